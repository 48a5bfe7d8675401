//! Reading one document with its lines: sales orders (SORQRY), dispatch notes (SORQDN), purchase orders (PORQRY).
//!
//! ```text
//! key ─► <Query><Key/><Option/></Query> ─► answer ─► Order { header, lines, custom form fields } or None
//! ```
//!
//! The header's fields are the leaves directly below the root; a line is any element named after a kind of line that has
//! children, wherever it stands, or any that has an `MStockCode`. Fields are looked up by SYSPRO's own names, as `ShipPostalCode` for orders and
//! `DispatchPostalCode` for dispatch notes. What SYSPRO answers to a key that does not exist is not known: an answer
//! without the key, or one whose only complaint is that something was not found, counts as "there is none".

use crate::enet::Enet;
use crate::error::Error;
use crate::form::CustomField;
use crate::masters::not_blank;
use crate::row::Row;
use crate::session::Token;
use crate::status::{DispatchNoteStatus, SalesOrderStatus};
use crate::template::Slots;
use crate::xml::Element;

/// A sales order, dispatch note or purchase order as SYSPRO tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The header's fields.
    pub header: Row,
    /// The lines in the order of the answer.
    pub lines: Vec<Line>,
    /// The custom form fields, where SYSPRO sent them.
    pub custom_fields: Vec<CustomField>,
    /// The whole answer.
    pub answer: Element,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What the line is.
    pub kind: LineKind,
    /// The line's number, if it has a readable one.
    pub number: Option<u32>,
    /// The line's fields.
    pub fields: Row,
}

/// What a line is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineKind {
    /// Goods.
    Merchandise,
    /// A charge for freight.
    Freight,
    /// Another charge.
    Miscellaneous,
    /// Text.
    Comment,
    /// A kind this crate does not know, by its element's name or its code.
    Other(String),
}

impl LineKind {
    /// The kind for SYSPRO's `LineType` column: 1 merchandise, 4 freight, 5 miscellaneous, 6 comment; others are kept.
    pub fn from_code(code: &str) -> Self {
        match code.trim() {
            "1" => Self::Merchandise,
            "4" => Self::Freight,
            "5" => Self::Miscellaneous,
            "6" => Self::Comment,
            other => Self::Other(other.to_owned()),
        }
    }

    fn from_element(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "merchandise" | "merchandiseline" | "stockline" => Self::Merchandise,
            "freight" | "freightline" => Self::Freight,
            "misccharge" | "miscchargeline" => Self::Miscellaneous,
            "commentline" => Self::Comment,
            "nonstocked" | "nonstockedline" => Self::Other(name.to_owned()),
            _ => return None,
        })
    }
}

/// The names under which a line's number stands.
const LINE_NUMBERS: &[&str] = &["DispatchNoteLine", "DispatchLine", "SalesOrderLine", "PurchaseOrderLine", "Line"];

impl Enet {
    /// A sales order with its lines and custom form fields (`SORQRY`), or `None` if there is no such order.
    ///
    /// # Errors
    /// Those of [`Enet::query`].
    pub async fn sorqry(&self, token: &Token, sales_order: &str) -> Result<Option<Order>, Error> {
        self.read_order(token, "SORQRY", ("sales_order", sales_order), "SalesOrder").await
    }

    /// A dispatch note with its lines and custom form fields (`SORQDN`), or `None` if there is no such note.
    ///
    /// # Errors
    /// Those of [`Enet::query`].
    pub async fn sorqdn(&self, token: &Token, dispatch_note: &str) -> Result<Option<Order>, Error> {
        self.read_order(token, "SORQDN", ("dispatch_note", dispatch_note), "DispatchNote").await
    }

    /// A purchase order with its lines and custom form fields (`PORQRY`), or `None` if there is no such order.
    ///
    /// # Errors
    /// Those of [`Enet::query`].
    pub async fn porqry(&self, token: &Token, purchase_order: &str) -> Result<Option<Order>, Error> {
        self.read_order(token, "PORQRY", ("purchase_order", purchase_order), "PurchaseOrder").await
    }

    async fn read_order(
        &self,
        token: &Token,
        object: &str,
        (slot, key): (&str, &str),
        key_name: &str,
    ) -> Result<Option<Order>, Error> {
        not_blank(key_name, key)?;
        match self.ask_by(token, self.template(object)?, &Slots::new().with(slot, key)).await {
            Ok(answer) => Ok(Order::read(answer, key_name)),
            Err(Error::QueryRefused { errors, .. }) if errors.iter().all(crate::ItemError::is_not_found) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Order {
    /// Reads an answer; `None` if its header does not hold the key.
    fn read(answer: Element, key_name: &str) -> Option<Self> {
        let mut header = Row::of_element(&answer);
        // Some versions put the header into an element of its own.
        for child in answer.children().iter().filter(|child| LineKind::from_element(child.name()).is_none()) {
            if header.get(key_name).is_none()
                && child.children().iter().any(|leaf| leaf.is(key_name) && leaf.children().is_empty())
            {
                header = Row::of_element(child);
            }
        }
        header.get(key_name).filter(|key| !key.is_empty())?;
        let lines = answer.descendants().filter_map(Line::read).collect();
        let custom_fields = CustomField::all_in(&answer);
        Some(Self { header, lines, custom_fields, answer })
    }

    /// The state of a sales order (`OrderStatus`), if the answer tells it.
    pub fn sales_order_status(&self) -> Option<SalesOrderStatus> {
        self.header.get("OrderStatus").map(SalesOrderStatus::from_code)
    }

    /// The state of a dispatch note (`DispatchNoteStatus`), if the answer tells it.
    pub fn dispatch_note_status(&self) -> Option<DispatchNoteStatus> {
        self.header.get("DispatchNoteStatus").map(DispatchNoteStatus::from_code)
    }

    /// The custom form field of this name, regardless of case.
    pub fn custom_field(&self, name: &str) -> Option<&CustomField> {
        self.custom_fields.iter().find(|field| field.name.eq_ignore_ascii_case(name))
    }
}

impl Line {
    fn read(element: &Element) -> Option<Self> {
        let of_goods = || element.child("MStockCode").map(|_| LineKind::Merchandise);
        let kind =
            LineKind::from_element(element.name()).filter(|_| !element.children().is_empty()).or_else(of_goods)?;
        let fields = Row::of_element(element);
        let number = LINE_NUMBERS.iter().find_map(|name| fields.whole(name).ok());
        Some(Self { kind, number, fields })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_lines_and_form_fields_are_found_in_an_order() {
        let answer = Element::parse(
            "<SorDetail Language='05'><SalesOrder>000346</SalesOrder><CustomerName>Bayside</CustomerName><ShipPostalCode>94607</ShipPostalCode>\
             <CustomForm><Field><Name>TRKNUM</Name><Column>TrackingNumber</Column><Value>1Z1</Value></Field></CustomForm>\
             <SalesOrderLine><Merchandise><SalesOrderLine>   1</SalesOrderLine><MStockCode>B100</MStockCode>\
             <MStockUnitMass>   1.500000</MStockUnitMass></Merchandise></SalesOrderLine>\
             <SalesOrderLine><CommentLine><SalesOrderLine>2</SalesOrderLine><NComment>call first</NComment></CommentLine></SalesOrderLine>\
             </SorDetail>",
        )
        .expect("test xml");
        let order = Order::read(answer, "SalesOrder").expect("an order");
        assert_eq!(order.header.text("shippostalcode"), Ok("94607"));
        assert_eq!(order.lines.iter().map(|line| line.number).collect::<Vec<_>>(), [Some(1), Some(2)]);
        assert_eq!(order.lines[0].kind, LineKind::Merchandise);
        assert_eq!(order.lines[1].kind, LineKind::Comment);
        assert_eq!(order.custom_field("trknum").map(|field| field.value.as_str()), Some("1Z1"));
    }

    #[test]
    fn an_answer_without_the_key_is_no_order() {
        let answer = Element::parse("<SorDetail><SalesOrder/></SorDetail>").expect("test xml");
        assert_eq!(Order::read(answer, "SalesOrder"), None);
    }

    #[test]
    fn an_unknown_line_type_is_kept() {
        assert_eq!(LineKind::from_code("7"), LineKind::Other("7".to_owned()));
        assert_eq!(LineKind::from_code(" 1 "), LineKind::Merchandise);
    }
}
