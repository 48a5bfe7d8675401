//! What SYSPRO's clerks do: documents appear, change, are cancelled, and come back.
//!
//! The model of a document is small: whether SYSPRO wants it shipped by us, since when not, and what people here have
//! said that excuses it from being shipped.

use jiff::Timestamp;
use sandbox::world::places::plain_commercial;
use sandbox::world::ship_via::{GROUND, OTHERS, SECOND_DAY};
use sandbox::world::{DispatchNoteSpec, InvoiceSpec, PurchaseOrderSpec, ShipTo};
use shipment::document::Source;

use crate::world::World;

/// The most documents of one walk.
const MOST: usize = 16;

/// Where the warehouse of the pretended site stands.
const OWN_ZIP: &str = "43215";

/// A document and what is wanted of it.
#[derive(Debug, Clone)]
pub(crate) struct Doc {
    /// As SYSPRO stores it.
    pub(crate) number: String,
    /// The sales order behind it, where there is one.
    pub(crate) order: String,
    /// In a status from which it is shipped.
    pub(crate) ready: bool,
    /// Its ship-via is one of ours.
    pub(crate) ours: bool,
    /// Since when SYSPRO does not want it shipped by us any more.
    pub(crate) unwanted_since: Option<Timestamp>,
    /// Somebody here withdrew it, at least once.
    pub(crate) withdrawn: bool,
    /// Somebody here wanted its label voided, and not to be bought anew.
    pub(crate) voided: bool,
    /// The note was cancelled, and its order with it: the note's own status does not bring them back.
    pub(crate) cancelled: bool,
    /// It is billed: whoever has no label by then gets none.
    pub(crate) billed: bool,
}

impl Doc {
    /// Whether SYSPRO wants a label for it, now that all is at rest.
    pub(crate) fn must_ship(&self) -> bool {
        self.ready && self.ours && !self.billed && !self.cancelled
    }
}

impl World {
    /// New documents become ready.
    pub(crate) fn documents_appear(&mut self) {
        for _ in 0..self.dice.usize(1..3) {
            if self.docs.len() >= MOST {
                return;
            }
            let doc = self.place();
            self.note(format!("{} {} is ready", self.way.source.noun(), doc.number));
            self.docs.push(doc);
        }
    }

    fn place(&mut self) -> Doc {
        let to = self.consignee();
        let number = (700_100 + self.docs.len()).to_string();
        let boxes = self.dice.i64(1..4);
        let partly = self.dice.bool();
        let syspro = self.sandbox.syspro();
        let spec = DispatchNoteSpec::next().to(to.clone());
        let spec = if partly { spec.partial_line("VLV-1020", boxes + 2, boxes) } else { spec.line("VLV-1020", boxes) };
        let (number, order) = match self.way.source {
            Source::DispatchNotes => {
                let made = syspro.release(&spec);
                (made.dispatch_note, made.sales_order)
            }
            Source::SalesOrders => {
                let made = syspro.place_order(&spec.order_status('4'));
                (made.sales_order.clone(), made.sales_order)
            }
            Source::Invoices => {
                let made = syspro.bill(&InvoiceSpec::next().of(spec));
                (made.invoice, made.sales_order)
            }
            Source::PurchaseOrders => {
                let made = syspro.place_purchase_order(&PurchaseOrderSpec::new(&number).to(to).line("VLV-1020", boxes));
                (made, String::new())
            }
        };
        Doc {
            number,
            order,
            ready: true,
            ours: true,
            unwanted_since: None,
            withdrawn: false,
            voided: false,
            cancelled: false,
            billed: false,
        }
    }

    fn consignee(&mut self) -> ShipTo {
        // What comes to our own dock is not shipped from it.
        let elsewhere: Vec<_> = plain_commercial().filter(|it| it.zip5 != OWN_ZIP).collect();
        let place = elsewhere[self.dice.usize(0..elsewhere.len())];
        ShipTo::at("Summit Pump & Supply", place)
    }

    /// A clerk does something to a document that is there.
    pub(crate) fn a_clerk_changes_something(&mut self) {
        if self.docs.is_empty() {
            return self.documents_appear();
        }
        let index = self.dice.usize(0..self.docs.len());
        match self.dice.u8(0..10) {
            0..=2 => self.goes_elsewhere(index),
            3 => self.changes_ship_via(index),
            4..=5 => self.changes_status(index),
            6 => self.changes_quantity(index),
            7 => self.is_cancelled(index),
            8 => self.is_billed(index),
            _ => self.is_opened_or_closed(index),
        }
    }

    fn goes_elsewhere(&mut self, index: usize) {
        let to = self.consignee();
        let doc = self.docs[index].clone();
        let syspro = self.sandbox.syspro();
        let done = match self.way.source {
            Source::DispatchNotes => syspro.change_ship_to(&doc.number, &to),
            Source::SalesOrders => syspro.change_ship_to(&doc.order, &to),
            Source::PurchaseOrders => syspro.change_delivery(&doc.number, &to),
            Source::Invoices => syspro.change_ship_to(&doc.order, &to),
        };
        self.note(format!("{} goes elsewhere: {done}", doc.number));
    }

    fn changes_ship_via(&mut self, index: usize) {
        let doc = self.docs[index].clone();
        let key = match self.way.source {
            Source::DispatchNotes => &doc.number,
            Source::SalesOrders => &doc.order,
            // The one is printed already, the other's cannot be changed in the sandbox.
            Source::Invoices | Source::PurchaseOrders => return,
        };
        let via = if self.dice.bool() { OTHERS[0] } else { [GROUND, SECOND_DAY][self.dice.usize(0..2)] };
        let done = self.sandbox.syspro().change_ship_via(key, via.code, via.text);
        self.note(format!("{} is to go by {}: {done}", doc.number, via.text));
        self.docs[index].ours = via.ups_service.is_some();
        self.wants(index);
    }

    fn changes_status(&mut self, index: usize) {
        let doc = self.docs[index].clone();
        let ready = self.dice.bool();
        let syspro = self.sandbox.syspro();
        let done = match self.way.source {
            Source::DispatchNotes => syspro.set_status(&doc.number, if ready { '5' } else { '3' }),
            Source::SalesOrders => syspro.set_order_status(&doc.order, if ready { '4' } else { '1' }),
            Source::PurchaseOrders => syspro.set_purchase_order_status(&doc.number, if ready { '1' } else { '9' }),
            Source::Invoices => return,
        };
        self.note(format!("{} is {}ready: {done}", doc.number, if ready { "" } else { "not " }));
        self.docs[index].ready = ready;
        self.docs[index].billed = false;
        self.wants(index);
    }

    fn changes_quantity(&mut self, index: usize) {
        let doc = self.docs[index].clone();
        let key = match self.way.source {
            Source::DispatchNotes => &doc.number,
            Source::SalesOrders => &doc.order,
            Source::Invoices | Source::PurchaseOrders => return,
        };
        let quantity = self.dice.i64(1..4);
        let done = self.sandbox.syspro().change_quantity(key, 1, quantity);
        self.note(format!("{} ships {quantity}: {done}", doc.number));
    }

    fn is_cancelled(&mut self, index: usize) {
        let doc = self.docs[index].clone();
        let syspro = self.sandbox.syspro();
        let done = match self.way.source {
            Source::DispatchNotes => syspro.cancel(&doc.number),
            Source::SalesOrders => syspro.cancel(&doc.order),
            Source::PurchaseOrders => syspro.set_purchase_order_status(&doc.number, '*'),
            Source::Invoices => return,
        };
        self.note(format!("{} is cancelled: {done}", doc.number));
        self.docs[index].ready = false;
        self.docs[index].cancelled |= done && self.way.source == Source::DispatchNotes;
        self.wants(index);
    }

    fn is_billed(&mut self, index: usize) {
        let doc = self.docs[index].clone();
        let syspro = self.sandbox.syspro();
        let done = match self.way.source {
            Source::DispatchNotes => syspro.invoice(&doc.number),
            Source::SalesOrders => syspro.invoice_order(&doc.order),
            Source::Invoices | Source::PurchaseOrders => return,
        };
        self.note(format!("{} is billed: {done:?}", doc.number));
        if done.is_some() {
            self.docs[index].billed = true;
            self.docs[index].ready = false;
            self.wants(index);
        }
    }

    fn is_opened_or_closed(&mut self, index: usize) {
        let doc = self.docs[index].clone();
        let key = if doc.order.is_empty() || self.way.source == Source::DispatchNotes { doc.number } else { doc.order };
        if self.sandbox.syspro().unlock(&key) {
            self.note(format!("{key} is closed again"));
        } else {
            self.sandbox.syspro().lock(&key, "BOB");
            self.note(format!("{key} is open in front of BOB"));
        }
    }

    fn wants(&mut self, index: usize) {
        let now = self.clock.now();
        let doc = &mut self.docs[index];
        let wanted = doc.ready && doc.ours && !doc.cancelled;
        doc.unwanted_since = if wanted { None } else { Some(doc.unwanted_since.unwrap_or(now)) };
    }
}
