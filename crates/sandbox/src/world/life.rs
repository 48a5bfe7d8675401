//! What happens to documents afterwards, by the hands of SYSPRO's own people.
//!
//! These are the changes a connector must notice: another address, another carrier, other
//! quantities, a cancelled or invoiced note. They ask no session and obey no status machine,
//! because the clerk at the next desk is not our client.

use rust_decimal::Decimal;

use super::release::Released;
use super::ship_to::ShipTo;
use super::table::{Fields, key_number};
use super::{World, key};

impl World {
    /// Gives a note another ship-to, and its order as well; or an order alone.
    pub(crate) fn change_ship_to(&mut self, note: &str, ship_to: &ShipTo) -> bool {
        let note = key::stored(note);
        let order = self.order_of(&note);
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
        let Some(order) = order else { return self.tables.alter("SorMaster", &[&note], order_fields) };
        self.tables.alter("SorMaster", &[&order], order_fields);
        let note_fields = address("Dispatch", "DispatchPostalCode").text("DispatchName", &ship_to.name);
        self.tables.alter("MdnMaster", &[&note], note_fields)
    }

    /// Gives a purchase order another delivery address.
    pub(crate) fn change_delivery(&mut self, purchase_order: &str, ship_to: &ShipTo) -> bool {
        let fields = ship_to
            .lines
            .iter()
            .zip(1..)
            .fold(Fields::new(), |fields, (line, number)| fields.text(&format!("DeliveryAddr{number}"), line))
            .text("DeliveryName", &ship_to.name)
            .text("PostalCode", &ship_to.postal_code)
            .text("State", &ship_to.state);
        self.tables.alter("PorMasterHdr", &[&key::stored(purchase_order)], fields)
    }

    /// Gives a note and its order, or an order alone, another shipping instruction.
    pub(crate) fn change_ship_via(&mut self, note: &str, code: &str, text: &str) -> bool {
        let note = key::stored(note);
        let order = self.order_of(&note);
        let fields = Fields::new().text("ShippingInstrs", text);
        let order_fields = fields.clone().text("ShippingInstrsCod", code);
        let Some(order) = order else { return self.tables.alter("SorMaster", &[&note], order_fields) };
        self.tables.alter("SorMaster", &[&order], order_fields);
        self.tables.alter("MdnMaster", &[&note], fields)
    }

    /// Changes what is to ship on a line of a note, or of an order without notes; the rest goes on
    /// back order.
    pub(crate) fn change_quantity(&mut self, note: &str, line: u32, to_ship: Decimal) -> bool {
        let note = key::stored(note);
        let line = key_number(line);
        let Some(row) =
            self.tables.row("MdnDetail", &[&note, &line]).or_else(|| self.tables.row("SorDetail", &[&note, &line]))
        else {
            return false;
        };
        let ordered = row.number("MOrderQty");
        let (order, order_line) = (row.text("SalesOrder").to_owned(), key_number(row.number("SalesOrderLine")));
        let fields = Fields::new()
            .number("MShipQty", to_ship)
            .number("MStockQtyToShp", to_ship)
            .number("MQtyDispatched", to_ship)
            .number("MBackOrderQty", (ordered - to_ship).max(Decimal::ZERO));
        let of_order = self.tables.alter("SorDetail", &[&order, &order_line], fields);
        self.tables.alter("MdnDetail", &[&note, &line], Fields::new().number("MStockQtyToShp", to_ship)) || of_order
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

    /// Cancels a note and its order, or an order alone.
    pub(crate) fn cancel(&mut self, note: &str) -> bool {
        let note = key::stored(note);
        match self.order_of(&note) {
            None => self.set_order_status(&note, '\\'),
            Some(order) => {
                self.set_order_status(&order, '\\');
                self.set_note_status(&note, '*')
            }
        }
    }

    /// Releases what is on back order: on another note if the order has notes, otherwise the order
    /// is in the warehouse again. Nothing when nothing is on back order.
    pub(crate) fn release_back_order(&mut self, order: &str) -> Option<Released> {
        let order = key::stored(order);
        let owed: Vec<(Decimal, Decimal)> = self
            .tables
            .under("SorDetail", &[&order])
            .filter(|it| it.number("MBackOrderQty") > Decimal::ZERO)
            .map(|it| (it.number("SalesOrderLine"), it.number("MBackOrderQty")))
            .collect();
        if owed.is_empty() {
            return None;
        }
        for (line, quantity) in &owed {
            let fields = Fields::new()
                .number("MShipQty", *quantity)
                .number("MStockQtyToShp", *quantity)
                .number("MBackOrderQty", 0);
            self.tables.alter("SorDetail", &[&order, &key_number(*line)], fields);
        }
        let note = self.tables.under("MdnMaster", &[]).filter(|it| it.text("SalesOrder") == order).last();
        let header = note.map(|it| (it.text("DispatchNote").to_owned(), it.fields()));
        let Some((before, header)) = header else {
            self.set_order_status(&order, '4');
            return Some(Released { dispatch_note: String::new(), sales_order: order });
        };
        let note = key::stored(&self.next_note().to_string());
        let header = header
            .text("DispatchNote", &note)
            .number("NextDetailLine", 1)
            .text("DispatchNoteStatus", "5")
            .text("Invoice", "")
            .date("InvoiceCreatedDate", None)
            .date("ActualDeliveryDate", None)
            .text("UserField1", "")
            .text("UserField2", "");
        self.tables.put("MdnMaster", header);
        for (line, quantity) in owed {
            let same = |it: &super::table::View<'_>| it.number("SalesOrderLine") == line;
            let Some(fields) = self.tables.under("MdnDetail", &[&before]).find(same).map(|it| it.fields()) else {
                continue;
            };
            let number = self.next_line("MdnMaster", &note);
            let fields = fields.text("DispatchNote", &note).number("DispatchNoteLine", number);
            self.tables.put("MdnDetail", fields.number("MStockQtyToShp", quantity));
        }
        self.set_order_status(&order, '3');
        let count = self.tables.row("SorMaster", &[&order]).map_or(Decimal::ONE, |it| it.number("NumDispatches"));
        let fields = Fields::new().text("LiveDispExist", "Y").number("NumDispatches", count + Decimal::ONE);
        self.tables.alter("SorMaster", &[&order], fields);
        Some(Released { dispatch_note: note, sales_order: order })
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
