//! The document: what SYSPRO asks us to ship, as it was read.
//!
//! ```text
//! rows from SYSPRO ─► Document ─► ours? ─► address ─► packing …
//!                        │
//!                        └─► fingerprint: did anything that matters to the label change?
//! ```
//!
//! A document is read several times: at every poll, and once more just before booking. Whether a reading
//! differs *in what a label depends on* is the [`Fingerprint`]'s answer. Addresses are still SYSPRO's five
//! free lines here; making sense of them is the address rule's work.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::goods_value::LinePrice;
use crate::money::Currency;
use crate::number::{
    BadNumber, CustomerCode, DocumentNumber, Hash, ReleaseNumber, SalesOrderNumber, StockCode, WarehouseCode,
};

#[cfg(test)]
pub(crate) mod sample;

/// Where ready documents are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Dispatch notes: one release each.
    DispatchNotes,
    /// Sales orders: may come back with new quantities as a further release.
    SalesOrders,
    /// Accounts-receivable invoices: one release each.
    Invoices,
    /// Purchase orders: returns, drop-ships and collect shipments from suppliers.
    PurchaseOrders,
}

/// One release of a SYSPRO document, as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// Where it was read.
    pub source: Source,
    /// Its number as SYSPRO wrote it.
    pub number: DocumentNumber,
    /// Which release of it.
    pub release: ReleaseNumber,
    /// Its parent orders; a dispatch note may have several, or none.
    pub sales_orders: Vec<SalesOrderNumber>,
    /// SYSPRO's status code, raw.
    pub status: String,
    /// SYSPRO's document type, raw (`O` order, `C` credit note, …).
    pub document_type: String,
    /// A supply-chain transfer between own warehouses, not a sale.
    pub inter_warehouse: bool,
    /// Sold over the counter: the customer took it along.
    pub counter_sale: bool,
    /// Cancelled in SYSPRO.
    pub cancelled: bool,
    /// Whose order it is.
    pub customer: CustomerCode,
    /// The customer's name.
    pub customer_name: String,
    /// The customer is on hold in SYSPRO's accounts.
    pub customer_on_hold: bool,
    /// SYSPRO's code of the customer's ship-to, when the order names one.
    pub ship_to_code: Option<String>,
    /// Where it goes, as SYSPRO's free lines.
    pub ship_to: SysproAddress,
    /// The consignee's phone, from the first of the site's places that has one.
    pub phone: Option<String>,
    /// The consignee's mail address.
    pub email: Option<String>,
    /// How it is to travel, by SYSPRO's code and text.
    pub ship_via: ShipVia,
    /// The customer's own order number.
    pub customer_po: String,
    /// The currency of its prices; `None` where SYSPRO names none, or one by a code of the company's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// When the customer wants it.
    pub required_date: Option<Date>,
    /// The warehouse it leaves from.
    pub warehouse: WarehouseCode,
    /// Its lines.
    pub lines: Vec<Line>,
    /// What the field that tracking is written back to holds now.
    pub carried_tracking: Option<String>,
}

/// A ship-to as SYSPRO keeps it: five lines whose meaning is each site's habit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SysproAddress {
    /// The consignee.
    pub name: String,
    /// Lines 1 to 5.
    pub lines: [String; 5],
    /// The postal code, a field of its own.
    pub postal_code: String,
    /// The two-character state field; often blank outside the United States.
    pub state: String,
    /// The three-character nationality field; often blank.
    pub nationality: String,
}

/// How an order is to travel, in SYSPRO's words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShipVia {
    /// The shipping instruction's code (six characters at most); blank when none was chosen.
    pub code: String,
    /// The shipping instruction's text; may have been typed over.
    pub text: String,
}

/// One line of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// SYSPRO's line number.
    pub number: u32,
    /// What sort of line.
    pub kind: LineKind,
    /// What is shipped; `None` on lines without a stock code (comments, freight, charges).
    pub stock_code: Option<StockCode>,
    /// Its description, or the comment's text.
    pub description: String,
    /// How many stocking units are to ship now.
    pub quantity_to_ship: Decimal,
    /// The stocking unit of measure.
    pub unit_of_measure: String,
    /// The mass of one stocking unit, in the site's mass unit. SYSPRO has no unit for it and holds zero when
    /// nobody maintained it.
    pub unit_mass: Option<Decimal>,
    /// The line's own warehouse, when it differs from the header's.
    pub warehouse: Option<WarehouseCode>,
    /// What its goods are sold for; `None` where SYSPRO shows no price, or it was not asked because nothing needs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<LinePrice>,
}

/// What sort of line it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// Goods from stock.
    Merchandise,
    /// The heading of a kit whose components follow as lines of their own.
    KitParent,
    /// A freight charge.
    Freight,
    /// A miscellaneous charge.
    Miscellaneous,
    /// A comment.
    Comment,
    /// Goods not kept in stock.
    NonStocked,
    /// A line type we do not know, raw.
    Other(String),
}

/// What of a document a label depends on, hashed: equal fingerprints need no new label.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Source {
    /// All sources.
    pub const ALL: [Self; 4] = [Self::DispatchNotes, Self::SalesOrders, Self::Invoices, Self::PurchaseOrders];

    /// The name in settings, in the store and on the wire.
    pub fn code(self) -> &'static str {
        match self {
            Self::DispatchNotes => "dispatch_notes",
            Self::SalesOrders => "sales_orders",
            Self::Invoices => "invoices",
            Self::PurchaseOrders => "purchase_orders",
        }
    }

    /// One document of it, in people's words ("dispatch note").
    pub fn noun(self) -> &'static str {
        match self {
            Self::DispatchNotes => "dispatch note",
            Self::SalesOrders => "sales order",
            Self::Invoices => "invoice",
            Self::PurchaseOrders => "purchase order",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Source {
    type Err = BadNumber;

    fn from_str(text: &str) -> Result<Self, BadNumber> {
        let wanted = text.trim();
        Self::ALL.into_iter().find(|source| source.code() == wanted).ok_or_else(|| BadNumber {
            what: "source",
            value: text.to_owned(),
            why: "it is dispatch_notes, sales_orders, invoices or purchase_orders",
        })
    }
}

impl ShipVia {
    /// Whether neither code nor text says anything.
    pub fn is_blank(&self) -> bool {
        self.code.trim().is_empty() && self.text.trim().is_empty()
    }
}

/// "UPSG (UPS GROUND)", or the one of the two that is there, or "blank"
impl fmt::Display for ShipVia {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.code.trim(), self.text.trim()) {
            ("", "") => f.write_str("blank"),
            (one, "") | ("", one) => f.write_str(one),
            (code, text) => write!(f, "{code} ({text})"),
        }
    }
}

impl LineKind {
    /// Reads SYSPRO's `LineType` and, for merchandise, its `MBomFlag` (`P` marks a kit's parent).
    pub fn read(line_type: &str, bom_flag: &str) -> Self {
        match line_type.trim() {
            "1" if bom_flag.trim() == "P" => Self::KitParent,
            "1" => Self::Merchandise,
            "4" => Self::Freight,
            "5" => Self::Miscellaneous,
            "6" => Self::Comment,
            "7" => Self::NonStocked,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl Line {
    /// Whether the line puts something into a package. A line of unknown kind counts: it is for packing to
    /// ask about it, not for us to leave it behind.
    pub fn ships(&self) -> bool {
        let goods = match self.kind {
            LineKind::Merchandise | LineKind::KitParent | LineKind::NonStocked | LineKind::Other(_) => true,
            LineKind::Freight | LineKind::Miscellaneous | LineKind::Comment => false,
        };
        goods && !self.quantity_to_ship.is_zero()
    }
}

impl Document {
    /// "sales order 000346"
    pub fn title(&self) -> String {
        format!("{} {}", self.source.noun(), self.number)
    }

    /// What a label depends on: ship-to, ship-via, merchandise quantities and required date.
    ///
    /// Status, operator, timestamps, freight and comment lines and the fields we write ourselves are left
    /// out, or our own write-back would look like a change. The order in which lines were read does not count.
    pub fn fingerprint(&self) -> Fingerprint {
        let ship_to = &self.ship_to;
        let mut hash = Hash::of("ml-connector fingerprint 1").text(ship_to.name.trim());
        for line in &ship_to.lines {
            hash = hash.text(line.trim());
        }
        hash = hash
            .text(ship_to.postal_code.trim())
            .text(ship_to.state.trim())
            .text(ship_to.nationality.trim())
            .text(self.ship_via.code.trim())
            .text(self.ship_via.text.trim())
            .text(&self.required_date.map(|date| date.to_string()).unwrap_or_default());
        let mut goods: Vec<&Line> = self.lines.iter().filter(|line| line.ships()).collect();
        goods.sort_by_key(|line| (line.number, &line.stock_code, line.quantity_to_ship));
        for line in goods {
            hash = hash
                .text(&line.number.to_string())
                .text(line.stock_code.as_ref().map_or("", StockCode::as_str))
                .text(&line.quantity_to_ship.normalize().to_string());
        }
        Fingerprint(hash.hex())
    }
}

impl Fingerprint {
    /// The 64 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::sample::{self, dec};
    use super::*;

    #[test]
    fn what_we_write_back_does_not_look_like_a_change() {
        let before = sample::order();
        let mut after = before.clone();
        after.status = "8".to_owned();
        after.carried_tracking = Some("1Z999AA10123456784".to_owned());
        after.lines.push(Line { kind: LineKind::Freight, ..sample::line(90, "FREIGHT", dec("1"), None) });
        after.lines.push(Line { kind: LineKind::Comment, ..sample::line(91, "UPS", dec("1"), None) });
        assert_eq!(before.fingerprint(), after.fingerprint());
    }

    #[test]
    fn what_goes_onto_the_label_is_a_change() {
        let before = sample::order().fingerprint();
        let changed = |change: fn(&mut Document)| {
            let mut order = sample::order();
            change(&mut order);
            order.fingerprint()
        };
        assert_ne!(before, changed(|it| it.ship_to.lines[0] = "1201 Broadway".to_owned()));
        assert_ne!(before, changed(|it| it.ship_to.postal_code = "94607".to_owned()));
        assert_ne!(before, changed(|it| it.ship_via.text = "UPS 2ND DAY".to_owned()));
        assert_ne!(before, changed(|it| it.lines[0].quantity_to_ship = dec("3")));
        assert_ne!(before, changed(|it| it.required_date = None));
    }

    #[test]
    fn the_order_in_which_lines_were_read_and_trailing_zeros_do_not_count() {
        let before = sample::order();
        let mut after = before.clone();
        after.lines.reverse();
        after.lines[0].quantity_to_ship = dec("4.000000");
        assert_eq!(before.lines[1].quantity_to_ship, dec("4"));
        assert_eq!(before.fingerprint(), after.fingerprint());
    }

    #[test]
    fn a_kit_is_told_from_its_components_and_an_unknown_line_type_is_kept() {
        assert_eq!(LineKind::read("1", "P"), LineKind::KitParent);
        assert_eq!(LineKind::read("1", " "), LineKind::Merchandise);
        assert_eq!(LineKind::read("3", ""), LineKind::Other("3".to_owned()));
    }

    #[test]
    fn an_order_survives_being_stored() {
        let order = sample::order();
        let stored = serde_json::to_string(&order).expect("it can be written");
        assert_eq!(serde_json::from_str::<Document>(&stored).expect("it can be read"), order);
    }
}
