//! What happens to documents afterwards, by the hands of SYSPRO's own people.
//!
//! These are the changes a connector must notice: another address, another carrier, other
//! quantities, a cancelled or invoiced note. They ask no session and obey no status machine,
//! because the clerk at the next desk is not our client.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::ship_to::ShipTo;
use super::table::{Fields, key_number};
use super::{World, key};

impl World {
    /// Gives a note another ship-to, and its order as well.
    pub(crate) fn change_ship_to(&mut self, note: &str, ship_to: &ShipTo) -> bool {
        let note = key::stored(note);
        let Some(order) = self.order_of(&note) else { return false };
        let address = |prefix: &str, postal: &str| {
            let fields =
                ship_to.lines.iter().zip(1..).fold(Fields::new(), |fields, (line, number)| {
                    fields.text(&format!("{prefix}Address{number}"), line)
                });
            fields
                .text(postal, &ship_to.postal_code)
                .text("State", &ship_to.state)
                .text("Nationality", &ship_to.nationality)
                .text("MultiShipCode", &ship_to.ship_to_code)
        };
        let order_fields = address("Ship", "ShipPostalCode").text("CustomerName", &ship_to.name);
        self.tables.alter("SorMaster", &[&order], order_fields);
        let note_fields = address("Dispatch", "DispatchPostalCode").text("DispatchName", &ship_to.name);
        self.tables.alter("MdnMaster", &[&note], note_fields)
    }

    /// Gives a note and its order another shipping instruction.
    pub(crate) fn change_ship_via(&mut self, note: &str, code: &str, text: &str) -> bool {
        let note = key::stored(note);
        let Some(order) = self.order_of(&note) else { return false };
        let fields = Fields::new().text("ShippingInstrs", text);
        self.tables.alter("SorMaster", &[&order], fields.clone().text("ShippingInstrsCod", code));
        self.tables.alter("MdnMaster", &[&note], fields)
    }

    /// Changes what is to ship on a line of a note; the rest goes on back order.
    pub(crate) fn change_quantity(&mut self, note: &str, line: u32, to_ship: Decimal) -> bool {
        let note = key::stored(note);
        let line = key_number(line);
        let Some(row) = self.tables.row("MdnDetail", &[&note, &line]) else { return false };
        let ordered = row.number("MOrderQty");
        let (order, order_line) = (row.text("SalesOrder").to_owned(), key_number(row.number("SalesOrderLine")));
        let fields = Fields::new()
            .number("MShipQty", to_ship)
            .number("MStockQtyToShp", to_ship)
            .number("MQtyDispatched", to_ship)
            .number("MBackOrderQty", (ordered - to_ship).max(Decimal::ZERO));
        self.tables.alter("SorDetail", &[&order, &order_line], fields);
        self.tables.alter("MdnDetail", &[&note, &line], Fields::new().number("MStockQtyToShp", to_ship))
    }

    /// Puts a note into a status, whatever it was.
    pub(crate) fn set_note_status(&mut self, note: &str, status: char) -> bool {
        let note = key::stored(note);
        let Some(row) = self.tables.row("MdnMaster", &[&note]) else { return false };
        let before = row.text("DispatchNoteStatus").to_owned();
        let fields = Fields::new().text("DispatchNoteStatus", status).text("PrevStatus", &before);
        let fields = if status == 'H' { fields.text("StatusWhenHeld", before) } else { fields };
        self.tables.alter("MdnMaster", &[&note], fields)
    }

    /// Puts an order into a status, whatever it was.
    pub(crate) fn set_order_status(&mut self, order: &str, status: char) -> bool {
        let cancelled = "*\\/".contains(status);
        let fields = Fields::new()
            .text("OrderStatus", status)
            .text("CancelledFlag", if cancelled { "Y" } else { "N" })
            .text("ActiveFlag", if cancelled || status == '9' { "N" } else { "Y" });
        self.tables.alter("SorMaster", &[&key::stored(order)], fields)
    }

    /// Cancels a note and its order.
    pub(crate) fn cancel(&mut self, note: &str) -> bool {
        let note = key::stored(note);
        if let Some(order) = self.order_of(&note) {
            self.set_order_status(&order, '\\');
        }
        self.set_note_status(&note, '*')
    }

    /// Invoices a note: status 9, an invoice in the receivables, the order complete.
    pub(crate) fn invoice(&mut self, note: &str, today: Date) -> Option<String> {
        let note = key::stored(note);
        let order = self.order_of(&note)?;
        let row = self.tables.row("MdnMaster", &[&note])?;
        let customer = row.text("Customer").to_owned();
        let customer_po = row.text("CustomerPoNumber").to_owned();
        let invoice = key::stored(&self.next_invoice().to_string());
        let header = Fields::new()
            .text("Customer", customer)
            .text("Invoice", &invoice)
            .text("DocumentType", "I")
            .date("InvoiceDate", Some(today))
            .text("SalesOrder", &order)
            .text("CustomerPoNumber", customer_po)
            .text("Branch", "10")
            .text("PostCurrency", "USD")
            .number("InvoiceYear", i64::from(today.year()))
            .number("InvoiceMonth", i64::from(today.month()))
            .text("LastDelNote", &note);
        self.tables.put("ArInvoice", header);
        self.set_order_status(&order, '9');
        let fields = Fields::new().text("LastInvoice", &invoice).text("LiveDispExist", "N");
        self.tables.alter("SorMaster", &[&order], fields);
        self.set_note_status(&note, '9');
        let fields = Fields::new().text("Invoice", &invoice).date("InvoiceCreatedDate", Some(today));
        self.tables.alter("MdnMaster", &[&note], fields);
        Some(invoice)
    }

    /// Puts a customer on hold or takes it off.
    pub(crate) fn hold_customer(&mut self, customer: &str, hold: bool) -> bool {
        let fields = Fields::new().text("CustomerOnHold", if hold { "Y" } else { "N" });
        self.tables.alter("ArCustomer", &[customer], fields)
    }

    /// The order a note belongs to; empty for a note without one.
    fn order_of(&self, note: &str) -> Option<String> {
        self.tables.row("MdnMaster", &[note]).map(|it| it.text("SalesOrder").to_owned())
    }
}
