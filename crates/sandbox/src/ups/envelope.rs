//! How UPS words success and failure: the envelopes, and the headers that mirror an error.
//!
//! Every failure carries `errorcode` and `errordescription` (and their `api…` twins) beside the
//! body's first error; a request UPS could not parse is answered 200 with the headers alone.

use serde_json::{Value, json};

use super::Manners;
use crate::serve::{Reply, gateway_page};

/// Why UPS does not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// A status with the error envelope.
    Coded { status: u16, code: String, message: String },
    /// 200 without a body.
    Unparsable,
    /// A status and nothing else.
    Bare(u16),
    /// A gateway's HTML page.
    Page(u16),
}

impl Refusal {
    /// A 400: the request's data are wrong, or the thing is in the wrong state.
    pub(crate) fn bad(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::with_status(400, code, message)
    }

    pub(crate) fn with_status(status: u16, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Coded { status, code: code.into(), message: message.into() }
    }

    pub(crate) fn reply(&self) -> Reply {
        match self {
            Self::Coded { status, code, message } => error(*status, code, message),
            Self::Unparsable => unparsable(),
            Self::Bare(status) => Reply::empty(*status),
            Self::Page(status) => gateway_page(*status),
        }
    }
}

/// `{"response":{"errors":[{code, message}]}}` with the mirroring headers.
pub(crate) fn error(status: u16, code: &str, message: &str) -> Reply {
    let body = json!({"response": {"errors": [{"code": code, "message": message}]}});
    mirrored(Reply::json(status, &body), code, message)
}

/// UPS's answer to a request with a control character in it: 200, no body, `errorcode: 1`.
pub(crate) fn unparsable() -> Reply {
    mirrored(Reply::empty(200), "1", "The request is not valid. Review for errors before re-submitting.")
}

/// The headers that repeat an error, on whatever reply.
pub(crate) fn mirrored(reply: Reply, code: &str, message: &str) -> Reply {
    // A header cannot carry everything a message can.
    let message: String = message.chars().map(|c| if c.is_ascii_graphic() { c } else { ' ' }).collect();
    reply
        .with_header("errorcode", code)
        .with_header("errordescription", message.clone())
        .with_header("apierrorcode", code)
        .with_header("apierrormsg", message)
}

/// A warning inside a success.
pub(crate) fn alert(code: &str, description: &str) -> Value {
    json!({"Code": code, "Description": description})
}

/// The `Response` element of a success, its alerts as a list to be folded by [`Lists`].
pub(crate) fn accepted(manners: &Manners, context: &str, transaction: &str, alerts: Vec<Value>) -> Value {
    let mut reference = json!({"TransactionIdentifier": transaction});
    if !context.is_empty() {
        reference["CustomerContext"] = json!(context);
    } else if manners.empty_transaction_reference {
        // Without a customer context UPS writes an empty text where an object is documented.
        reference = json!("");
    }
    let mut response = json!({
        "ResponseStatus": {"Code": "1", "Description": "Success"},
        "TransactionReference": reference,
    });
    if !alerts.is_empty() {
        response["Alert"] = Value::Array(alerts);
    }
    response
}

/// Which lists of one an answer shows as their only element.
#[derive(Debug)]
pub(crate) struct Lists<'a> {
    version: u32,
    /// The version from which a list stays one.
    since: u32,
    manners: &'a Manners,
}

impl<'a> Lists<'a> {
    /// For ship, void and rating: lists since v2403, rated shipments and control logs since v2409.
    pub(crate) fn of(version: &str, manners: &'a Manners) -> Self {
        Self::since(2403, version, manners)
    }

    /// For a call whose lists are lists from version `since` on.
    pub(crate) fn since(since: u32, version: &str, manners: &'a Manners) -> Self {
        let version = version.trim_start_matches('v').parse().unwrap_or(0);
        Self { version, since, manners }
    }

    fn folds(&self, name: &str) -> bool {
        let named = |list: &[String]| list.iter().any(|one| one == name);
        if self.manners.collapse_lists || named(&self.manners.collapsed_lists) {
            return true;
        }
        let since = if matches!(name, "RatedShipment" | "ControlLogReceipt") { 2409 } else { self.since };
        self.version < since && !named(&self.manners.kept_lists)
    }

    /// The answer with its lists of one folded.
    pub(crate) fn fold(&self, value: Value) -> Value {
        match value {
            Value::Object(fields) => {
                let fold = |(name, inner): (String, Value)| {
                    let inner = match self.fold(inner) {
                        Value::Array(mut list) if list.len() == 1 && self.folds(&name) => list.remove(0),
                        other => other,
                    };
                    (name, inner)
                };
                Value::Object(fields.into_iter().map(fold).collect())
            }
            Value::Array(list) => Value::Array(list.into_iter().map(|item| self.fold(item)).collect()),
            other => other,
        }
    }
}
