//! The clerk's desk: what people do in SYSPRO and what they can see there.
//!
//! ```text
//! test, demo ─► Syspro::release, change_…, cancel, invoice, kick, restart ─┐
//! control address ─► control.rs ───────────────────────────────────────────┴─► world, sessions
//! ```
//!
//! Keys are taken with or without leading zeros. A change to a document that does not exist
//! answers `false` and does nothing.

use rust_decimal::Decimal;
use serde::Serialize;

use crate::world::key::stored;
use crate::world::table::View;
use crate::world::{
    Customer, DispatchNoteSpec, FormField, Intended, InvoiceSpec, Invoiced, PurchaseOrderSpec, Released, ShipTo,
};

use super::post::plain;
use super::{Manners, Syspro, form};

/// A dispatch note as its header stands now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// The note's number, as stored.
    pub dispatch_note: String,
    /// Its sales order, as stored.
    pub sales_order: String,
    /// The customer's code.
    pub customer: String,
    /// Its status code.
    pub status: String,
    /// The text of its shipping instruction.
    pub ship_via: String,
    /// First user field; where a tracking number is written by default.
    pub user_field_1: String,
    /// Second user field.
    pub user_field_2: String,
}

impl Note {
    fn of(row: &View<'_>) -> Self {
        let text = |column: &str| row.text(column).trim_end().to_owned();
        Self {
            dispatch_note: text("DispatchNote"),
            sales_order: text("SalesOrder"),
            customer: text("Customer"),
            status: text("DispatchNoteStatus"),
            ship_via: text("ShippingInstrs"),
            user_field_1: text("UserField1"),
            user_field_2: text("UserField2"),
        }
    }
}

impl Syspro {
    /// Releases a dispatch note, and makes the order it belongs to.
    pub fn release(&self, spec: &DispatchNoteSpec) -> Released {
        let today = self.today();
        self.office().world.release(spec, today)
    }

    /// Places a sales order without a dispatch note; the spec's order status decides whether it
    /// is ready (`4`).
    pub fn place_order(&self, spec: &DispatchNoteSpec) -> Released {
        let today = self.today();
        self.office().world.place_order(spec, today)
    }

    /// Writes an invoice with the order, and if wanted the dispatch note, it came from.
    pub fn bill(&self, spec: &InvoiceSpec) -> Invoiced {
        let today = self.today();
        self.office().world.bill(spec, today)
    }

    /// Places a purchase order; answers its number as stored.
    pub fn place_purchase_order(&self, spec: &PurchaseOrderSpec) -> String {
        let today = self.today();
        self.office().world.place_purchase_order(spec, today)
    }

    /// Releases what an order has on back order: on another dispatch note if it has notes, otherwise
    /// the order is in the warehouse again. Nothing when nothing is on back order.
    pub fn release_back_order(&self, sales_order: &str) -> Option<Released> {
        self.office().world.release_back_order(sales_order)
    }

    /// Invoices an order that has no dispatch note; answers the invoice's number.
    pub fn invoice_order(&self, sales_order: &str) -> Option<String> {
        let today = self.today();
        self.office().world.invoice_order(sales_order, today)
    }

    /// Puts a purchase order into a status, whatever it was; `9` is complete, `*` cancelled.
    pub fn set_purchase_order_status(&self, purchase_order: &str, status: char) -> bool {
        let today = self.today();
        self.office().world.set_purchase_order_status(purchase_order, status, today)
    }

    /// Gives a purchase order another delivery address.
    pub fn change_delivery(&self, purchase_order: &str, ship_to: &ShipTo) -> bool {
        self.office().world.change_delivery(purchase_order, ship_to)
    }

    /// An operator opens a document (dispatch note or sales order) for maintenance: nobody else can
    /// change it until [`Syspro::unlock`].
    pub fn lock(&self, document: &str, operator: &str) {
        self.office().world.locks.insert(stored(document), operator.to_owned());
    }

    /// The document is closed again; says whether somebody had it open.
    pub fn unlock(&self, document: &str) -> bool {
        self.office().world.locks.remove(&stored(document)).is_some()
    }

    /// How many freight lines stand on a dispatch note, or else on the order with that number.
    #[must_use]
    pub fn freight_lines(&self, document: &str) -> usize {
        self.lines_of(document, "4").len()
    }

    /// The comment lines on a dispatch note, or else on the order with that number.
    #[must_use]
    pub fn comments(&self, document: &str) -> Vec<String> {
        self.lines_of(document, "6")
    }

    /// Text of the lines of a type.
    fn lines_of(&self, document: &str, line_type: &str) -> Vec<String> {
        let key = stored(document);
        let office = self.office();
        let tables = &office.world.tables;
        let table = if tables.row("MdnMaster", &[&key]).is_some() { "MdnDetail" } else { "SorDetail" };
        let lines = tables.under(table, &[&key]).filter(|it| it.text("LineType") == line_type);
        lines.map(|it| it.text("NComment").trim_end().to_owned()).collect()
    }

    /// A cell of any table by its full key, blank or as a person would read it; nothing when there is
    /// no such table, row or column. Numbers in a key stand as ten digits.
    #[must_use]
    pub fn cell(&self, table: &str, key: &[&str], column: &str) -> Option<String> {
        self.office().world.tables.row(table, key)?.get(column).map(plain)
    }

    /// Gives a note and its order another ship-to.
    pub fn change_ship_to(&self, note: &str, ship_to: &ShipTo) -> bool {
        self.office().world.change_ship_to(note, ship_to)
    }

    /// Gives a note and its order another shipping instruction.
    pub fn change_ship_via(&self, note: &str, code: &str, text: &str) -> bool {
        self.office().world.change_ship_via(note, code, text)
    }

    /// Changes the quantity to ship on a line of a note.
    pub fn change_quantity(&self, note: &str, line: u32, to_ship: impl Into<Decimal>) -> bool {
        self.office().world.change_quantity(note, line, to_ship.into())
    }

    /// Puts a note into a status, whatever it was.
    pub fn set_status(&self, note: &str, status: char) -> bool {
        self.office().world.set_note_status(note, status)
    }

    /// Puts an order into a status, whatever it was.
    pub fn set_order_status(&self, order: &str, status: char) -> bool {
        self.office().world.set_order_status(order, status)
    }

    /// Cancels a note and its order.
    pub fn cancel(&self, note: &str) -> bool {
        self.office().world.cancel(note)
    }

    /// Invoices a note; answers the invoice's number.
    pub fn invoice(&self, note: &str) -> Option<String> {
        let today = self.today();
        self.office().world.invoice(note, today)
    }

    /// Puts a customer on hold or takes it off.
    pub fn hold_customer(&self, customer: &str, hold: bool) -> bool {
        self.office().world.hold_customer(customer, hold)
    }

    /// Writes into a note's first user field, as another program beside ours would.
    pub fn write_user_field_1(&self, note: &str, text: &str) -> bool {
        let fields = crate::world::table::Fields::new().text("UserField1", text);
        self.office().world.tables.alter("MdnMaster", &[&stored(note)], fields)
    }

    /// Writes into a field of a form, as a person or another program would; says whether document
    /// and field exist.
    pub fn write_form_value(&self, form_type: &str, document: &str, field: &str, text: &str) -> bool {
        let mut office = self.office();
        let world = &mut office.world;
        let Some(form) = world.form(form_type).cloned() else { return false };
        let Some(field) = form.fields.iter().find(|it| it.name == field) else { return false };
        form::write(world, &form, &stored(document), field, text)
    }

    /// A field of a dispatch note's header, else of the sales order or the purchase order with that
    /// number. Empty when the field is blank, nothing when there is no such document or column.
    #[must_use]
    pub fn read_field(&self, document: &str, field: &str) -> Option<String> {
        let key = stored(document);
        let office = self.office();
        let tables = &office.world.tables;
        let row = ["MdnMaster", "SorMaster", "PorMasterHdr"].iter().find_map(|it| tables.row(it, &[&key]))?;
        row.get(field).map(plain)
    }

    /// A custom form value of a sales order by the field's name; nothing when it was never
    /// written.
    #[must_use]
    pub fn form_value(&self, sales_order: &str, field: &str) -> Option<String> {
        self.value_on_form(form::ORDER, sales_order, field)
    }

    /// A custom form value on any form by its type, the document and the field's name; nothing when
    /// it was never written.
    #[must_use]
    pub fn value_on_form(&self, form_type: &str, document: &str, field: &str) -> Option<String> {
        let office = self.office();
        let form = office.world.form(form_type)?;
        let field = form.fields.iter().find(|it| it.name == field)?;
        form::standing(&office.world, form, &stored(document), field)
    }

    /// Every dispatch note, in key order.
    #[must_use]
    pub fn notes(&self) -> Vec<Note> {
        self.office().world.tables.under("MdnMaster", &[]).map(|it| Note::of(&it)).collect()
    }

    /// A dispatch note.
    #[must_use]
    pub fn note(&self, note: &str) -> Option<Note> {
        self.office().world.tables.row("MdnMaster", &[&stored(note)]).map(|it| Note::of(&it))
    }

    /// What the seed meant with each document of ours.
    #[must_use]
    pub fn intended(&self) -> Vec<Intended> {
        self.office().world.intended.clone()
    }

    /// The company's customers.
    #[must_use]
    pub fn customers(&self) -> Vec<Customer> {
        self.office().world.customers.clone()
    }

    /// How many dispatch notes carry something in their first user field that looks like a UPS
    /// tracking number.
    #[must_use]
    pub fn tracking_numbers(&self) -> usize {
        self.notes().iter().filter(|it| it.user_field_1.starts_with("1Z")).count()
    }

    /// The service restarts: every session is gone, new OData users are known.
    pub fn restart(&self) {
        let mut office = self.office();
        office.sessions.forget_all();
        office.readers.restart();
    }

    /// Somebody logs on elsewhere as this operator, which ends its session; answers how many
    /// ended.
    pub fn kick(&self, operator: &str) -> usize {
        self.office().sessions.kick(operator)
    }

    /// Sets the number of licence seats.
    pub fn set_seats(&self, seats: usize) {
        self.office().manners.seats = seats;
    }

    /// Changes the server's manners.
    pub fn manners(&self, change: impl FnOnce(&mut Manners)) {
        change(&mut self.office().manners);
    }

    /// The server's manners now.
    #[must_use]
    pub fn current_manners(&self) -> Manners {
        self.office().manners.clone()
    }

    /// Operators with a session now, in the order of their logons.
    #[must_use]
    pub fn sessions(&self) -> Vec<String> {
        self.office().sessions.who()
    }

    /// Adds an operator, or gives a known one another password and unlocks it.
    pub fn set_operator(&self, code: &str, password: &str) {
        let mut office = self.office();
        office.sessions.operators.retain(|it| !it.code.eq_ignore_ascii_case(code));
        office.sessions.add_operator(code, password);
    }

    /// An operator's password is right from now on but has expired, or is good again.
    pub fn expire_password(&self, operator: &str, expired: bool) {
        let mut office = self.office();
        let known = office.sessions.operators.iter_mut().filter(|it| it.code.eq_ignore_ascii_case(operator));
        known.for_each(|it| it.expired = expired);
    }

    /// Whether an operator has been locked out.
    #[must_use]
    pub fn is_locked(&self, operator: &str) -> bool {
        self.office().sessions.operators.iter().any(|it| it.code.eq_ignore_ascii_case(operator) && it.locked)
    }

    /// Gives the OData service a user, known from its next restart on.
    pub fn announce_odata_user(&self, user: &str, password: &str) {
        self.office().readers.announce(user, password);
    }

    /// Adds a field to the sales order form, as an administrator would.
    pub fn add_form_field(&self, field: FormField) {
        self.add_form_field_to(form::ORDER, field);
    }

    /// Adds a field to a form of any type.
    pub fn add_form_field_to(&self, form_type: &str, field: FormField) {
        self.office().world.add_form_field(form_type, field);
    }

    /// Takes a field off the sales order form; what was written in it stays in the table.
    pub fn remove_form_field(&self, name: &str) {
        self.remove_form_field_from(form::ORDER, name);
    }

    /// Takes a field off a form of any type.
    pub fn remove_form_field_from(&self, form_type: &str, name: &str) {
        self.office().world.remove_form_field(form_type, name);
    }
}
