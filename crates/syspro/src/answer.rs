//! What an answer to a posted document claims.
//!
//! ```text
//! XML answer ─► error elements anywhere ─┐
//!            ─► StatusOfItems counts     ├─► Posted ─► verdict: accepted · partial · refused · unclear
//!            ─► warnings                 ┘
//! ```
//!
//! SYSPRO marks a refused field by giving its element the children `Value`, `ErrorNumber` and `ErrorDescription` instead
//! of text; errors without a field sit in `ErrorMessage`. The counts come in a block called `StatusOfItems` or
//! `StatusofItems` whose children differ by business object, and some objects send none. What is deliberately not here:
//! proof. An accepted document may still not hold what was sent, because unknown elements are dropped without a word.

use std::fmt;

use crate::row;
use crate::xml::Element;

/// What SYSPRO claims to have done with a posted document.
#[derive(Clone, PartialEq)]
pub struct Posted {
    /// The business object that was asked.
    pub business_object: String,
    /// Whether it was only asked to validate.
    pub validate_only: bool,
    /// Items processed, if the answer counts them.
    pub processed: Option<u32>,
    /// Items found invalid or rejected with warnings, if the answer counts them.
    pub invalid: Option<u32>,
    /// The error elements, in the order of the answer.
    pub item_errors: Vec<ItemError>,
    /// The warnings, in the order of the answer.
    pub warnings: Vec<Warning>,
    /// The whole answer.
    pub answer: Element,
    /// Whether an item came back with its key empty, which SYSPRO does with orders it rejected without a word.
    pub empty_key: bool,
}

/// How an answer is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// No error, and at least one item processed where the answer counts them.
    Accepted,
    /// Some items were processed and some refused.
    Partial,
    /// Errors, and nothing is said to have been processed.
    Refused,
    /// Neither errors nor anything processed, or an item came back without its key: only reading back can tell.
    Unclear,
}

/// One error in an answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ItemError {
    /// Which of the items sent, counted from zero, if it can be told.
    pub index: Option<usize>,
    /// The item's key as the answer repeats it, its parts joined by a blank.
    pub key: Option<String>,
    /// The element at fault; empty for a message about the whole.
    pub field: String,
    /// SYSPRO's number, as `240004`; empty if it gave none.
    pub number: String,
    /// SYSPRO's words.
    pub description: String,
    /// The value at fault as SYSPRO repeats it.
    pub value: String,
    /// Whether the words say that something does not exist, by the site's patterns.
    pub not_found: bool,
    /// Whether the words say that somebody else is working on the record, by the site's patterns.
    pub locked: bool,
}

/// One warning in an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// SYSPRO's number; empty if it gave none.
    pub number: String,
    /// SYSPRO's words.
    pub description: String,
}

/// SYSPRO's number for a key that exists already.
const DUPLICATE_KEY: &str = "120001";

impl fmt::Display for ItemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(key) = &self.key {
            write!(f, "{key}: ")?;
        }
        if !self.field.is_empty() {
            write!(f, "{}: ", self.field)?;
        }
        f.write_str(if self.description.is_empty() { "no description" } else { &self.description })?;
        if self.number.is_empty() { Ok(()) } else { write!(f, " ({})", self.number) }
    }
}

impl ItemError {
    /// Whether the error says that the key exists already (120001).
    pub fn is_duplicate(&self) -> bool {
        self.number.trim_start_matches('0') == DUPLICATE_KEY
    }

    /// Whether SYSPRO's words say that something does not exist.
    pub fn is_not_found(&self) -> bool {
        self.not_found
    }

    /// Whether SYSPRO's words say that somebody else is working on the record: it may be tried again later.
    pub fn is_locked(&self) -> bool {
        self.locked
    }
}

impl Posted {
    /// Reads an answer.
    pub fn read(business_object: &str, validate_only: bool, answer: Element) -> Self {
        let empty_key = items(&answer).any(|item| item.value("SalesOrder").is_some_and(str::is_empty));
        let (processed, invalid) = answer.find("StatusOfItems").map_or((None, None), counts);
        Self {
            business_object: business_object.to_owned(),
            validate_only,
            processed,
            invalid,
            item_errors: errors(&answer),
            warnings: warnings(&answer),
            empty_key,
            answer,
        }
    }

    /// What the answer amounts to.
    pub fn verdict(&self) -> Verdict {
        let complaints = !self.item_errors.is_empty() || self.invalid.is_some_and(|count| count > 0);
        match (complaints, self.processed) {
            (true, Some(1..)) => Verdict::Partial,
            (true, Some(0) | None) => Verdict::Refused,
            (false, Some(0)) => Verdict::Unclear,
            (false, Some(1..) | None) if self.empty_key => Verdict::Unclear,
            (false, Some(1..) | None) => Verdict::Accepted,
        }
    }

    /// Whether something may have been changed: always, unless it was a validation or the answer counts no processed item.
    pub fn may_have_taken_effect(&self) -> bool {
        let refused = self.verdict() == Verdict::Refused && self.processed == Some(0);
        !self.validate_only && !refused
    }

    /// The errors of one of the items sent, counted from zero.
    pub fn errors_of(&self, index: usize) -> impl Iterator<Item = &ItemError> {
        self.item_errors.iter().filter(move |error| error.index == Some(index))
    }

    /// Finds for each error which of the sent items it belongs to: by the key it repeats, else by its place if the
    /// answer has as many items as were sent.
    pub(crate) fn align(&mut self, sent: &[String]) {
        let answered = items(&self.answer).count();
        for error in &mut self.item_errors {
            let by_key = error.key.as_deref().and_then(|key| only_position(sent, key));
            let by_place = error.index.filter(|_| answered == sent.len());
            error.index = by_key.or(by_place);
        }
    }
}

/// The answer itself is left out: it holds customers' data.
impl fmt::Debug for Posted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Posted")
            .field("business_object", &self.business_object)
            .field("validate_only", &self.validate_only)
            .field("processed", &self.processed)
            .field("invalid", &self.invalid)
            .field("item_errors", &self.item_errors)
            .field("warnings", &self.warnings)
            .finish_non_exhaustive()
    }
}

/// A key in the form two spellings of it share: each part without blanks around and zeros before it.
pub(crate) fn canonical_key(key: &str) -> String {
    let part = |part: &str| {
        let digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let bare = if digits { part.trim_start_matches('0') } else { part };
        if digits && bare.is_empty() { "0".to_owned() } else { bare.to_ascii_uppercase() }
    };
    key.split_whitespace().map(part).collect::<Vec<_>>().join(" ")
}

/// The place of a key among those sent, if it is there once.
fn only_position(sent: &[String], key: &str) -> Option<usize> {
    let wanted = canonical_key(key);
    let mut places = sent.iter().enumerate().filter(|(_, key)| canonical_key(key) == wanted);
    let (place, _) = places.next()?;
    places.next().is_none().then_some(place)
}

/// What the answers of the different objects call an item.
const ITEMS: &[&str] = &["Item", "Order", "DispatchNote", "DispatchNoteLine"];

fn is_item(element: &Element) -> bool {
    ITEMS.iter().any(|name| element.is(name)) && element.child("ErrorNumber").is_none()
}

/// The answer's items.
fn items(answer: &Element) -> impl Iterator<Item = &Element> {
    answer.children().iter().filter(|child| is_item(child))
}

/// Every error element of an answer.
pub(crate) fn errors(answer: &Element) -> Vec<ItemError> {
    let mut found = Vec::new();
    for (index, item) in items(answer).enumerate() {
        let key = item_key(item);
        let mine = item.descendants().filter_map(error_of);
        found.extend(mine.map(|error| ItemError { index: Some(index), key: key.clone(), ..error }));
    }
    for child in answer.children().iter().filter(|child| !is_item(child)) {
        found.extend(child.descendants().filter_map(error_of));
    }
    found.extend(error_of(answer));
    found
}

/// The error an element carries in its direct children.
fn error_of(element: &Element) -> Option<ItemError> {
    let number = element.value("ErrorNumber").unwrap_or_default();
    let mut description = element.value("ErrorDescription").unwrap_or_default();
    if description.is_empty() && element.name().to_ascii_lowercase().contains("exception") {
        description = element.value("Message").unwrap_or_default();
    }
    let none = number.bytes().all(|byte| byte == b'0') && description.is_empty();
    if none {
        return None;
    }
    let field = if element.is("ErrorMessage") { "" } else { element.name() };
    Some(ItemError {
        index: None,
        key: None,
        field: field.to_owned(),
        number: number.to_owned(),
        description: description.to_owned(),
        value: element.value("Value").unwrap_or_default().to_owned(),
        not_found: false,
        locked: false,
    })
}

/// The item's key: the leaves of its `Key`, else its sales order, else its first field.
fn item_key(item: &Element) -> Option<String> {
    let own = |child: &&Element| !child.is("ErrorMessage");
    let parts: Vec<&str> = match item.child("Key") {
        Some(key) => key.descendants().filter(|leaf| is_field(leaf)).map(value_of).collect(),
        None => {
            let mut fields =
                item.children().iter().filter(own).flat_map(Element::descendants).filter(|it| is_field(it));
            let order = item.find("SalesOrder").filter(|order| is_field(order));
            order.or_else(|| fields.next()).map(value_of).into_iter().collect()
        }
    };
    let key = parts.join(" ");
    (!key.trim().is_empty()).then_some(key)
}

/// Whether an element is a field: a leaf that is no part of an error, or one that is marked as wrong.
fn is_field(element: &Element) -> bool {
    let part_of_an_error = ["Value", "ErrorNumber", "ErrorDescription"].iter().any(|name| element.is(name));
    let marked = element.child("ErrorNumber").is_some();
    marked || (element.children().is_empty() && !part_of_an_error)
}

/// An element's text, also when it is marked as wrong.
fn value_of(element: &Element) -> &str {
    element.value("Value").unwrap_or_else(|| element.text())
}

fn warnings(answer: &Element) -> Vec<Warning> {
    let of = |element: &Element| {
        let description = element.value("WarningDescription").or_else(|| element.value("BackOrderComment"));
        let number = element.value("WarningNumber").unwrap_or_default();
        let description = description.unwrap_or_default();
        (!number.is_empty() || !description.is_empty())
            .then(|| Warning { number: number.to_owned(), description: description.to_owned() })
    };
    answer.descendants().filter_map(of).collect()
}

/// Processed and invalid items of a status block.
fn counts(block: &Element) -> (Option<u32>, Option<u32>) {
    let count = |names: &[&str]| -> Option<u32> {
        let texts = names.iter().filter_map(|name| block.value(name));
        texts.filter_map(whole).reduce(u32::saturating_add)
    };
    let invalid = count(&["ItemsInvalid", "RecordsInvalid", "InvalidItems", "ItemsRejectedWithWarnings"]);
    let processed = count(&["ItemsProcessed"])
        .max(count(&["ItemsProcessedWithWarnings"]))
        .or_else(|| count(&["ItemsValidated"]))
        .or_else(|| count(&["RecordsWritten"]))
        .or_else(|| count(&["RecordsRead"]).map(|read| read.saturating_sub(invalid.unwrap_or(0))));
    (processed, invalid)
}

fn whole(text: &str) -> Option<u32> {
    use rust_decimal::prelude::ToPrimitive as _;
    row::decimal(text).ok().flatten()?.to_u32()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn posted(xml: &str) -> Posted {
        Posted::read("SORTDH", false, Element::parse(xml).expect("test xml"))
    }

    #[test]
    fn an_answer_without_errors_and_with_a_count_is_accepted() {
        for block in ["StatusofItems", "StatusOfItems", "statusofitems"] {
            let answer = posted(&format!(
                "<r><Item><DispatchNote>1</DispatchNote></Item><{block}><ItemsProcessed>000001</ItemsProcessed><ItemsInvalid>000000</ItemsInvalid></{block}></r>"
            ));
            assert_eq!((answer.verdict(), answer.processed, answer.invalid), (Verdict::Accepted, Some(1), Some(0)));
        }
        assert_eq!(posted("<r><Item/></r>").verdict(), Verdict::Accepted);
        let setup = posted(
            "<r><StatusOfItems><RecordsRead>2</RecordsRead><RecordsInvalid>0</RecordsInvalid></StatusOfItems></r>",
        );
        assert_eq!(setup.processed, Some(2));
    }

    #[test]
    fn a_refused_field_is_told_with_its_item() {
        let mut answer = posted(
            "<setupcustomform><item><key><formtype>ORD</formtype><keyfield>000346</keyfield><fieldname>TRKNUM</fieldname></key></item>\
             <item><key><formtype>ORD</formtype><keyfield>000347</keyfield><fieldname>NOSUCH</fieldname></key>\
             <fieldname><Value>NOSUCH</Value><ErrorNumber>240010</ErrorNumber><ErrorDescription>Field not found</ErrorDescription></fieldname></item>\
             <StatusOfItems><RecordsRead>2</RecordsRead><RecordsInvalid>1</RecordsInvalid></StatusOfItems></setupcustomform>",
        );
        answer.align(&["ORD 347 NOSUCH".to_owned(), "ORD 346 TRKNUM".to_owned()]);
        assert_eq!(answer.verdict(), Verdict::Partial);
        assert!(answer.may_have_taken_effect());
        let errors: Vec<_> = answer.errors_of(0).map(ToString::to_string).collect();
        assert_eq!(errors, ["ORD 000347 NOSUCH: fieldname: Field not found (240010)"]);
        assert_eq!(answer.errors_of(1).count(), 0);
    }

    #[test]
    fn a_message_without_a_field_refuses_the_whole() {
        let answer = posted(
            "<r><ErrorMessage><Value/><ErrorNumber>100000</ErrorNumber><ErrorDescription>e.net exception 100000</ErrorDescription></ErrorMessage></r>",
        );
        assert_eq!(answer.verdict(), Verdict::Refused);
        assert!(answer.may_have_taken_effect(), "nothing was counted, so it may");
        assert_eq!(answer.item_errors[0].to_string(), "e.net exception 100000 (100000)");
        let exception = posted("<Exception><Message>no such object</Message></Exception>");
        assert_eq!(exception.verdict(), Verdict::Refused);
    }

    #[test]
    fn nothing_processed_and_no_complaint_is_unclear() {
        let answer = posted(
            "<r><StatusOfItems><ItemsProcessed>0</ItemsProcessed><ItemsInvalid>0</ItemsInvalid></StatusOfItems></r>",
        );
        assert_eq!(answer.verdict(), Verdict::Unclear);
        assert!(answer.may_have_taken_effect());
    }

    #[test]
    fn warnings_do_not_refuse() {
        let answer = posted(
            "<r><Order><WarningMessages><WarningDescription>credit limit</WarningDescription></WarningMessages></Order>\
             <StatusOfItems><ItemsProcessed>1</ItemsProcessed><ItemsProcessedWithWarnings>1</ItemsProcessedWithWarnings></StatusOfItems></r>",
        );
        assert_eq!(answer.verdict(), Verdict::Accepted);
        assert_eq!(answer.warnings.len(), 1);
        assert_eq!(answer.processed, Some(1));
    }

    #[test]
    fn items_go_by_other_names_too() {
        let mut answer = posted(
            "<SalesOrders><Order><CustomerPoNumber>P1</CustomerPoNumber><SalesOrder>000346</SalesOrder>\
             <Comment><Value>x</Value><ErrorNumber>100030</ErrorNumber><ErrorDescription>may not be spaces</ErrorDescription></Comment></Order>\
             <StatusOfItems><ItemsProcessed>1</ItemsProcessed><ItemsInvalid>1</ItemsInvalid></StatusOfItems></SalesOrders>",
        );
        answer.align(&["345".to_owned(), "346".to_owned()]);
        assert_eq!((answer.errors_of(0).count(), answer.errors_of(1).count()), (0, 1));
        let mut status = posted(
            "<postsororderstatus><Item><Order><SalesOrder><Value>9</Value><ErrorNumber>1</ErrorNumber><ErrorDescription>not on file</ErrorDescription></SalesOrder></Order></Item></postsororderstatus>",
        );
        status.align(&["8".to_owned(), "9".to_owned()]);
        assert_eq!(status.errors_of(1).count(), 1);
    }

    #[test]
    fn an_order_without_its_number_is_unclear() {
        let answer = posted(
            "<SalesOrders><Order><SalesOrder/></Order><StatusOfItems><ItemsProcessed>1</ItemsProcessed></StatusOfItems></SalesOrders>",
        );
        assert_eq!(answer.verdict(), Verdict::Unclear);
        let clean =
            posted("<SalesOrders><StatusOfItems><ItemsProcessed>1</ItemsProcessed></StatusOfItems></SalesOrders>");
        assert_eq!(clean.verdict(), Verdict::Accepted);
    }

    #[test]
    fn keys_are_compared_without_padding() {
        assert_eq!(canonical_key(" ORD 000346 trknum"), canonical_key("ORD 346 TRKNUM"));
        assert_ne!(canonical_key("000346/0001"), canonical_key("000346/0002"));
        assert_eq!(canonical_key("000"), "0");
    }
}
