//! A forgiving reader of UPS's answers.
//!
//! ```text
//! bytes ─► Document ─► Node ─ at("ShipmentResponse") ─► Node ─ each() ─► text · amount · decimal
//! ```
//!
//! UPS documents lists and sends an object when there is one element, documents objects and sends
//! `""` when they are empty, sends numbers as text and text as numbers, pads descriptions, and
//! collapses or expands lists without a change of version. A [`Node`] therefore never fails: a thing
//! is there or it is not, and whoever reads it decides whether its absence matters. Nothing is
//! invented in its place.

use std::str::FromStr;

use rust_decimal::Decimal;
use serde_json::Value;

use crate::error::Alert;
use crate::money::Amount;

/// A place in an answer, which may be empty.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node<'a>(Option<&'a Value>);

impl<'a> Node<'a> {
    pub(crate) fn new(value: &'a Value) -> Self {
        Self(Some(value))
    }

    /// The member of that name. A list of objects stands for its first element, and anything that
    /// is no object (`""` above all) has no members.
    pub(crate) fn at(self, name: &str) -> Node<'a> {
        let object = match self.0 {
            Some(Value::Array(items)) => items.first(),
            other => other,
        };
        Node(object.and_then(|value| value.get(name)))
    }

    /// Walks down several names.
    pub(crate) fn path(self, names: &[&str]) -> Node<'a> {
        names.iter().fold(self, |node, name| node.at(name))
    }

    /// The elements of a list that may have come as one object, as null, as `""`, or not at all.
    pub(crate) fn each(self) -> impl Iterator<Item = Node<'a>> {
        let items = match self.0 {
            Some(Value::Array(items)) => items.as_slice(),
            Some(value) => std::slice::from_ref(value),
            None => &[],
        };
        items.iter().filter(|value| !is_blank(value)).map(|value| Node(Some(value)))
    }

    /// The members of an object by name; of anything else none.
    pub(crate) fn members(self) -> impl Iterator<Item = (&'a str, Node<'a>)> {
        let members = self.0.and_then(Value::as_object);
        members.into_iter().flatten().map(|(name, value)| (name.as_str(), Node(Some(value))))
    }

    /// What stands here as JSON text, for what this crate does not know.
    pub(crate) fn json(self) -> String {
        self.0.map(Value::to_string).unwrap_or_default()
    }

    /// Whether there is an indicator: UPS marks "yes" by the mere presence of a member, whose value
    /// is mostly `""`.
    pub(crate) fn present(self) -> bool {
        !matches!(self.0, None | Some(Value::Null))
    }

    /// Whether there is an object with members, or a list with elements.
    pub(crate) fn is_filled(self) -> bool {
        match self.0 {
            Some(Value::Object(members)) => !members.is_empty(),
            Some(Value::Array(items)) => !items.is_empty(),
            _ => false,
        }
    }

    /// Text, also from a number or a boolean; trimmed; nothing if blank.
    ///
    /// A literal `&#xD;` comes in front of some canned answers and counts as white space.
    pub(crate) fn text(self) -> Option<String> {
        let raw = match self.0? {
            Value::String(text) => text.replace("&#xD;", " ").replace("&#13;", " "),
            Value::Number(number) => number.to_string(),
            Value::Bool(flag) => flag.to_string(),
            Value::Array(items) => return items.first().and_then(|item| Node::new(item).text()),
            Value::Null | Value::Object(_) => return None,
        };
        let text = raw.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// The text of a member.
    pub(crate) fn text_at(self, name: &str) -> Option<String> {
        self.at(name).text()
    }

    /// Text of any length exactly as it came, for images.
    pub(crate) fn long_text(self) -> Option<&'a str> {
        self.0.and_then(Value::as_str).filter(|text| !text.trim().is_empty())
    }

    /// A number, also from text such as `"+0007.0"`.
    pub(crate) fn decimal(self) -> Option<Decimal> {
        let text = self.text()?;
        let plain = text.strip_prefix('+').unwrap_or(&text);
        Decimal::from_str(plain).or_else(|_| Decimal::from_scientific(plain)).ok()
    }

    /// A count, also from text.
    pub(crate) fn count(self) -> Option<u32> {
        self.text()?.parse().ok()
    }

    /// Money as `{"CurrencyCode": …, "MonetaryValue": …}`; nothing unless both are there.
    pub(crate) fn amount(self) -> Option<Amount> {
        Some(Amount { currency: self.text_at("CurrencyCode")?, value: self.at("MonetaryValue").decimal()? })
    }

    /// A list of remarks, whichever of the spellings its members use.
    pub(crate) fn alerts(self) -> Vec<Alert> {
        self.each().filter_map(Node::alert).collect()
    }

    fn alert(self) -> Option<Alert> {
        let first = |names: [&str; 3]| names.iter().find_map(|name| self.text_at(name));
        let code = first(["code", "Code", "ErrorCode"]);
        let message = first(["message", "Description", "ErrorDescription"]);
        if code.is_none() && message.is_none() {
            return None;
        }
        Some(Alert {
            code: code.unwrap_or_else(|| "without code".to_owned()),
            message: message.unwrap_or_else(|| "without words".to_owned()),
        })
    }
}

fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => false,
    }
}

/// The errors of an answer, wherever that system of UPS puts them; empty if there are none.
pub(crate) fn errors_of(answer: &Value) -> Vec<Alert> {
    let root = Node::new(answer);
    let places = [
        root.path(&["response", "errors"]),
        root.at("errors"),
        root.path(&["Fault", "detail", "Errors", "ErrorDetail", "PrimaryErrorCode"]),
    ];
    places.into_iter().map(Node::alerts).find(|alerts| !alerts.is_empty()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_list_is_a_list_in_every_disguise() {
        let answer = json!({ "many": [{}, {}], "one": {}, "none": null, "blank": "", "empty": [] });
        let count = |name: &str| Node::new(&answer).at(name).each().count();
        assert_eq!(["many", "one", "none", "blank", "empty", "missing"].map(count), [2, 1, 0, 0, 0, 0]);
    }

    #[test]
    fn text_and_numbers_take_each_others_place() {
        let answer = json!({ "number": 17.35, "text": " +0007.0 ", "flag": true, "object": {}, "canned": "&#xD;1" });
        let root = Node::new(&answer);
        assert_eq!(root.text_at("number").as_deref(), Some("17.35"));
        assert_eq!(root.at("number").decimal().map(|it| it.to_string()).as_deref(), Some("17.35"));
        assert_eq!(root.at("text").decimal().map(|it| it.normalize().to_string()).as_deref(), Some("7"));
        assert_eq!(root.text_at("flag").as_deref(), Some("true"));
        assert_eq!(root.text_at("object"), None);
        assert_eq!(root.at("canned").count(), Some(1));
    }

    #[test]
    fn an_empty_text_is_an_indicator_but_no_object() {
        let answer = json!({ "Indicator": "", "Nothing": null, "TransactionReference": "" });
        let root = Node::new(&answer);
        assert!(root.at("Indicator").present());
        assert!(!root.at("Nothing").present() && !root.at("Missing").present());
        assert_eq!(root.at("TransactionReference").text_at("TransactionIdentifier"), None);
    }

    #[test]
    fn errors_are_found_in_every_envelope() {
        let error = json!({ "code": 120_202, "message": "words" });
        let old = json!({ "Code": "120202", "Description": "words" });
        for envelope in [
            json!({ "response": { "errors": [error] } }),
            json!({ "errors": error }),
            json!({ "Fault": { "detail": { "Errors": { "ErrorDetail": { "PrimaryErrorCode": old } } } } }),
        ] {
            let expected = Alert { code: "120202".to_owned(), message: "words".to_owned() };
            assert_eq!(errors_of(&envelope), [expected], "{envelope}");
        }
        assert_eq!(errors_of(&json!({ "response": { "errors": [] } })), []);
        assert_eq!(errors_of(&json!("text")), []);
    }
}
