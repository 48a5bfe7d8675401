//! The clerk's desk: what people do in SYSPRO and what they can see there.
//!
//! ```text
//! test, demo ─► Syspro::release, change_…, cancel, invoice, kick, restart ─┐
//! control address ─► Syspro::control ──────────────────────────────────────┴─► world, sessions
//! ```
//!
//! Keys are taken with or without leading zeros. A change to a document that does not exist
//! answers `false` and does nothing.

use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::world::key::stored;
use crate::world::table::View;
use crate::world::{Customer, DispatchNoteSpec, FormField, Intended, Released, ShipTo, local_date, ship_via};

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
        let today = local_date(self.house.clock.now());
        self.office().world.release(spec, today)
    }

    /// Places a sales order without a dispatch note; the spec's order status decides whether it
    /// is ready (`4`).
    pub fn place_order(&self, spec: &DispatchNoteSpec) -> Released {
        let today = local_date(self.house.clock.now());
        self.office().world.place_order(spec, today)
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
        let today = local_date(self.house.clock.now());
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

    /// A field of a dispatch note's header, else of the sales order with that number. Empty when
    /// the field is blank, nothing when there is no such document or column.
    #[must_use]
    pub fn read_field(&self, document: &str, field: &str) -> Option<String> {
        let key = stored(document);
        let office = self.office();
        let tables = &office.world.tables;
        let row = tables.row("MdnMaster", &[&key]).or_else(|| tables.row("SorMaster", &[&key]))?;
        row.get(field).map(plain)
    }

    /// A custom form value of a sales order by the field's name; nothing when it was never
    /// written.
    #[must_use]
    pub fn form_value(&self, sales_order: &str, field: &str) -> Option<String> {
        let office = self.office();
        let field = office.world.forms.iter().find(|it| it.name == field)?.clone();
        form::standing(&office.world, &stored(sales_order), &field)
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
        self.office().world.add_form_field(field);
    }

    /// Takes a field off the sales order form; what was written in it stays in the table.
    pub fn remove_form_field(&self, name: &str) {
        self.office().world.forms.retain(|it| it.name != name);
    }

    /// Requests to the control address; `path` begins with `syspro`. Nothing for a path there is
    /// not.
    ///
    /// To be read: `notes`, `notes/{note}`, `sessions`. To be sent: `release`,
    /// `notes/{note}/{ship-to|ship-via|quantity|status|cancel|invoice}`, `restart`, `kick`, `seats`.
    pub(crate) fn control(&self, path: &[&str], body: &Json) -> Option<Result<Json, String>> {
        let text = |name: &str| body.get(name).and_then(Json::as_str).unwrap_or_default();
        let number = |name: &str| {
            let value = body.get(name).and_then(Json::as_u64);
            value.and_then(|it| usize::try_from(it).ok()).ok_or_else(|| format!("no number {name} was given"))
        };
        Some(match path {
            ["syspro", "notes"] => Ok(json!(self.notes())),
            ["syspro", "sessions"] => Ok(json!(self.sessions())),
            ["syspro", "release"] => {
                let made = self.release(&released(body));
                Ok(json!({ "dispatch_note": made.dispatch_note, "sales_order": made.sales_order }))
            }
            ["syspro", "restart"] => {
                self.restart();
                Ok(json!({ "done": true }))
            }
            ["syspro", "kick"] => Ok(json!({ "ended": self.kick(text("operator")) })),
            ["syspro", "seats"] => number("seats").map(|seats| {
                self.set_seats(seats);
                json!({ "done": true })
            }),
            ["syspro", "notes", note] => {
                self.note(note).map(|it| json!(it)).ok_or_else(|| format!("no such dispatch note: {note}"))
            }
            ["syspro", "notes", note, change] => {
                let done = match *change {
                    "ship-to" => self.change_ship_to(note, &ship_to(body)),
                    "ship-via" => self.change_ship_via(note, text("code"), text("text")),
                    "quantity" => match number("line").and_then(|line| Ok((line, number("to_ship")?))) {
                        Ok((line, to_ship)) => self.change_quantity(note, u32::try_from(line).unwrap_or(0), to_ship),
                        Err(why) => return Some(Err(why)),
                    },
                    "status" => match text("status").chars().next() {
                        Some(status) => self.set_status(note, status),
                        None => return Some(Err("no status was given".to_owned())),
                    },
                    "cancel" => self.cancel(note),
                    "invoice" => self.invoice(note).is_some(),
                    _ => return None,
                };
                if done { Ok(json!({ "done": true })) } else { Err(format!("no such dispatch note or line: {note}")) }
            }
            _ => return None,
        })
    }
}

/// A spec from `{number, ship_via, status, lines: [{code, quantity}], ship_to: {…}}`.
fn released(body: &Json) -> DispatchNoteSpec {
    let text = |name: &str| body.get(name).and_then(Json::as_str).filter(|it| !it.is_empty());
    let mut spec = text("number").map_or_else(DispatchNoteSpec::next, DispatchNoteSpec::new);
    if let Some(via) = text("ship_via").and_then(ship_via::find) {
        spec = spec.ship_via(via);
    }
    if let Some(status) = text("status").and_then(|it| it.chars().next()) {
        spec = spec.status(status);
    }
    for line in body.get("lines").and_then(Json::as_array).into_iter().flatten() {
        let code = line.get("code").and_then(Json::as_str).unwrap_or_default();
        spec = spec.line(code, line.get("quantity").and_then(Json::as_i64).unwrap_or(1));
    }
    match body.get("ship_to") {
        Some(place) => spec.to(ship_to(place)),
        None => spec,
    }
}

/// A ship-to from `{name, lines: […], postal_code, state}`.
fn ship_to(body: &Json) -> ShipTo {
    let text = |name: &str| body.get(name).and_then(Json::as_str).unwrap_or_default();
    let plain = ShipTo::default().name(text("name")).postal_code(text("postal_code")).state(text("state"));
    let lines = body.get("lines").and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
    lines.iter().filter_map(Json::as_str).zip(1..).fold(plain, |ship_to, (line, number)| ship_to.line(number, line))
}
