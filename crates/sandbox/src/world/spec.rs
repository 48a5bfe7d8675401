//! A document as a test or the seed describes it, before it becomes rows.
//!
//! ```text
//! DispatchNoteSpec::new("100482").to(..).line("PMP-1040", 2) ─► World::release
//!      ─► SorMaster, SorDetail (the order) and MdnMaster, MdnDetail (the note)
//! ```
//!
//! Whatever is not said is plain and ready: dispatch note printed (status 5), order open, UPS
//! Ground, our warehouse, one line of one valve, the first customer at its first address.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::ship_to::ShipTo;
use super::ship_via::{GROUND, ShipVia};
use super::{WAREHOUSE, stock};

/// A dispatch note with the sales order it belongs to.
#[derive(Debug, Clone, PartialEq)]
pub struct DispatchNoteSpec {
    pub(crate) number: Option<String>,
    pub(crate) sales_order: Option<String>,
    pub(crate) parentless: bool,
    pub(crate) customer: Option<String>,
    pub(crate) ship_to: Option<ShipTo>,
    pub(crate) ship_via_code: String,
    pub(crate) ship_via_text: String,
    pub(crate) status: char,
    pub(crate) order_status: char,
    pub(crate) document_type: char,
    pub(crate) warehouse: String,
    pub(crate) target_warehouse: Option<String>,
    pub(crate) counter_sale: bool,
    pub(crate) customer_po: Option<String>,
    pub(crate) required: Option<Date>,
    pub(crate) ordered: Option<Date>,
    pub(crate) user_field_1: String,
    pub(crate) currency: String,
    pub(crate) lines: Vec<LineSpec>,
}

/// A line of a document.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LineSpec {
    pub(crate) kind: LineKind,
    /// The parent order, where it is not the note's own.
    pub(crate) sales_order: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum LineKind {
    Goods(Goods),
    Freight { cents: i64 },
    Misc { text: String, cents: i64 },
    Comment(String),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Goods {
    pub(crate) code: String,
    pub(crate) description: String,
    pub(crate) mass: Option<Decimal>,
    pub(crate) ordered: Decimal,
    pub(crate) to_ship: Decimal,
    pub(crate) cents: i64,
    /// `1` stocked, `7` non-stocked.
    pub(crate) line_type: char,
    /// `P` kit parent, `C` component, blank otherwise.
    pub(crate) bom_flag: char,
}

impl Default for DispatchNoteSpec {
    fn default() -> Self {
        Self {
            number: None,
            sales_order: None,
            parentless: false,
            customer: None,
            ship_to: None,
            ship_via_code: GROUND.code.to_owned(),
            ship_via_text: GROUND.text.to_owned(),
            status: '5',
            order_status: '1',
            document_type: 'O',
            warehouse: WAREHOUSE.to_owned(),
            target_warehouse: None,
            counter_sale: false,
            customer_po: None,
            required: None,
            ordered: None,
            user_field_1: String::new(),
            currency: "USD".to_owned(),
            lines: Vec::new(),
        }
    }
}

impl DispatchNoteSpec {
    /// A note with this number; a number of digits only is stored with fifteen of them.
    #[must_use]
    pub fn new(number: &str) -> Self {
        Self { number: Some(number.to_owned()), ..Self::default() }
    }

    /// A note that gets the next free number.
    #[must_use]
    pub fn next() -> Self {
        Self::default()
    }

    /// Belonging to this sales order, which is made if it does not exist.
    #[must_use]
    pub fn of_order(self, number: &str) -> Self {
        Self { sales_order: Some(number.to_owned()), ..self }
    }

    /// Without a parent order.
    #[must_use]
    pub fn without_order(self) -> Self {
        Self { parentless: true, ..self }
    }

    /// For this customer.
    #[must_use]
    pub fn customer(self, code: &str) -> Self {
        Self { customer: Some(code.to_owned()), ..self }
    }

    /// Going there.
    #[must_use]
    pub fn to(self, ship_to: ShipTo) -> Self {
        Self { ship_to: Some(ship_to), ..self }
    }

    /// With one of the company's shipping instructions.
    #[must_use]
    pub fn ship_via(self, via: ShipVia) -> Self {
        self.ship_via_text(via.code, via.text)
    }

    /// With a shipping instruction of its own.
    #[must_use]
    pub fn ship_via_text(self, code: &str, text: &str) -> Self {
        Self { ship_via_code: code.to_owned(), ship_via_text: text.to_owned(), ..self }
    }

    /// In this dispatch note status.
    #[must_use]
    pub fn status(self, status: char) -> Self {
        Self { status, ..self }
    }

    /// Its order in this order status.
    #[must_use]
    pub fn order_status(self, order_status: char) -> Self {
        Self { order_status, ..self }
    }

    /// Its order of this document type; `O` is an order, `C` a credit note.
    #[must_use]
    pub fn document_type(self, document_type: char) -> Self {
        Self { document_type, ..self }
    }

    /// Leaving from this warehouse.
    #[must_use]
    pub fn warehouse(self, warehouse: &str) -> Self {
        Self { warehouse: warehouse.to_owned(), ..self }
    }

    /// A supply-chain transfer to another warehouse of the company.
    #[must_use]
    pub fn transfer_to(self, warehouse: &str) -> Self {
        Self { target_warehouse: Some(warehouse.to_owned()), ..self }
    }

    /// A counter sale.
    #[must_use]
    pub fn counter_sale(self) -> Self {
        Self { counter_sale: true, ..self }
    }

    /// With the customer's purchase order number.
    #[must_use]
    pub fn customer_po(self, number: &str) -> Self {
        Self { customer_po: Some(number.to_owned()), ..self }
    }

    /// Required to ship on this date.
    #[must_use]
    pub fn required(self, date: Date) -> Self {
        Self { required: Some(date), ..self }
    }

    /// Already carrying this in its first user field.
    #[must_use]
    pub fn user_field_1(self, text: &str) -> Self {
        Self { user_field_1: text.to_owned(), ..self }
    }

    /// Its order in this currency, as the company calls it; empty for none.
    #[must_use]
    pub fn currency(self, code: &str) -> Self {
        Self { currency: code.to_owned(), ..self }
    }

    /// With a line of a stock code, all of it to ship. A code nobody sells has no mass.
    #[must_use]
    pub fn line(self, code: &str, quantity: i64) -> Self {
        self.partial_line(code, quantity, quantity)
    }

    /// With a line of which only a part ships now.
    #[must_use]
    pub fn partial_line(self, code: &str, ordered: i64, to_ship: i64) -> Self {
        self.goods(Goods::stocked(code, ordered, to_ship))
    }

    /// With a line of goods of this mass in pounds for one; `None` = nobody has entered it. A code
    /// that is new to the stock master is added there.
    #[must_use]
    pub fn item(self, code: &str, description: &str, pounds: Option<Decimal>, quantity: i64) -> Self {
        let goods = Goods::stocked(code, quantity, quantity);
        self.goods(Goods { description: description.to_owned(), mass: pounds, ..goods })
    }

    /// With a line of goods that are not in the stock master; their mass stands on the order's line
    /// alone.
    #[must_use]
    pub fn non_stocked(self, code: &str, description: &str, pounds: Option<Decimal>, quantity: i64) -> Self {
        let goods = Goods::stocked(code, quantity, quantity);
        self.goods(Goods { description: description.to_owned(), mass: pounds, line_type: '7', ..goods })
    }

    /// With a single unit of goods of this mass in pounds.
    #[must_use]
    pub fn weighing(self, pounds: impl Into<Decimal>) -> Self {
        let pounds = pounds.into();
        self.item(&format!("WT-{}", pounds.normalize()), "Goods by weight", Some(pounds), 1)
    }

    /// With a kit: the parent line and its components.
    #[must_use]
    pub fn kit(self, quantity: i64) -> Self {
        let parent = Goods { bom_flag: 'P', ..Goods::stocked(stock::KIT, quantity, quantity) };
        stock::KIT_PARTS.iter().fold(self.goods(parent), |spec, (code, per_kit)| {
            let part = Goods::stocked(code, per_kit * quantity, per_kit * quantity);
            spec.goods(Goods { bom_flag: 'C', ..part })
        })
    }

    /// With a line that belongs to another parent order than the rest.
    #[must_use]
    pub fn line_of_order(self, sales_order: &str, code: &str, quantity: i64) -> Self {
        let mut spec = self.line(code, quantity);
        if let Some(line) = spec.lines.last_mut() {
            line.sales_order = Some(sales_order.to_owned());
        }
        spec
    }

    /// With a comment line.
    #[must_use]
    pub fn comment(self, text: &str) -> Self {
        self.with(LineKind::Comment(text.to_owned()))
    }

    /// With a freight line of so many cents.
    #[must_use]
    pub fn freight(self, cents: i64) -> Self {
        self.with(LineKind::Freight { cents })
    }

    /// With a miscellaneous charge of so many cents.
    #[must_use]
    pub fn misc(self, text: &str, cents: i64) -> Self {
        self.with(LineKind::Misc { text: text.to_owned(), cents })
    }

    pub(crate) fn ordered(self, date: Date) -> Self {
        Self { ordered: Some(date), ..self }
    }

    fn goods(self, goods: Goods) -> Self {
        self.with(LineKind::Goods(goods))
    }

    fn with(mut self, kind: LineKind) -> Self {
        self.lines.push(LineSpec { kind, sales_order: None });
        self
    }
}

impl Goods {
    pub(crate) fn stocked(code: &str, ordered: i64, to_ship: i64) -> Self {
        let known = stock::find(code);
        Self {
            code: code.to_owned(),
            description: known.map_or("", |it| it.description).to_owned(),
            mass: known.and_then(stock::Stock::mass),
            ordered: ordered.into(),
            to_ship: to_ship.into(),
            cents: known.map_or(100, |it| it.cents),
            line_type: '1',
            bom_flag: ' ',
        }
    }
}
