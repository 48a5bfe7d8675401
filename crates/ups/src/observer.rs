//! Watching the exchanges with UPS without their secrets.
//!
//! ```text
//! Client ─► one HTTP exchange ─► Observer::observed(&Exchange)
//!                                   method, path, status, duration, error ─► a log, a metric
//!                                   request(), answer() ─► redacted JSON ─► a record of the shipment
//! ```
//!
//! What an [`Exchange`] never shows: the client id and secret, access tokens, credentials of webhooks, card numbers,
//! images of labels, forms, signatures and doorsteps, and the links under which UPS shows labels to anybody. Names and
//! addresses of people do stand in the bodies: keep them where the shipment is kept, and out of logs.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;

use crate::error::Error;

/// Is told of every HTTP exchange with UPS, token calls among them, once it has ended.
///
/// It is called on the task that made the call, before the call's result is known to its caller; so it should be
/// quick and leave slow work to others.
pub trait Observer: fmt::Debug + Send + Sync + 'static {
    /// One exchange has ended, well or not.
    fn observed(&self, exchange: &Exchange<'_>);
}

/// One HTTP exchange. A call that gets a new token after a 401 has two, and the token has one of its own.
#[derive(Clone)]
#[non_exhaustive]
pub struct Exchange<'a> {
    /// What the call is called in this crate, such as `ship`, `rate`, `token`.
    pub call: &'static str,
    /// Whether it may change something at UPS.
    pub changing: bool,
    /// `GET`, `POST`, `DELETE`, …
    pub method: &'a str,
    /// Path and query. UPS puts numbers there and no secrets.
    pub path: &'a str,
    /// The correlation id that was sent; UPS's support can find the exchange by it.
    pub trans_id: &'a str,
    /// The status, if an answer began.
    pub status: Option<u16>,
    /// UPS's `errorcode` header, which also stands on some 2xx.
    pub errorcode: Option<&'a str>,
    /// From writing the request to the last byte of the answer.
    pub duration: Duration,
    /// What the exchange came to, if it failed. A 401 is no failure yet: the call goes on with a new token.
    pub error: Option<&'a Error>,
    pub(crate) sent: Option<&'a str>,
    pub(crate) came: Option<&'a Bytes>,
}

impl Exchange<'_> {
    /// The request's body with secrets and images left out; nothing for a call without one and for token calls.
    #[must_use]
    pub fn request(&self) -> Option<String> {
        self.sent.map(|text| redacted(text.as_bytes()))
    }

    /// The answer's body with secrets and images left out, as far as it came; nothing for token calls.
    #[must_use]
    pub fn answer(&self) -> Option<String> {
        self.came.filter(|bytes| !bytes.is_empty()).map(|bytes| redacted(bytes))
    }
}

impl fmt::Debug for Exchange<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = |bytes: Option<usize>| bytes.map_or(Cow::Borrowed("none"), |it| format!("{it} bytes").into());
        f.debug_struct("Exchange")
            .field("call", &self.call)
            .field("method", &self.method)
            .field("path", &self.path)
            .field("trans_id", &self.trans_id)
            .field("status", &self.status)
            .field("errorcode", &self.errorcode)
            .field("duration", &self.duration)
            .field("error", &self.error)
            .field("request", &size(self.sent.map(str::len)))
            .field("answer", &size(self.came.map(Bytes::len)))
            .finish()
    }
}

/// Members that carry an image, a document, or a link that opens one.
const IMAGES: [&str; 18] = [
    "GraphicImage",
    "GraphicImagePart",
    "HTMLImage",
    "InternationalSignatureGraphicImage",
    "PDF417",
    "BarCodeImage",
    "DGPaperImage",
    "PalletLabel",
    "BillOfLading",
    "UserCreatedFormFile",
    "LabelURL",
    "LocalLanguageLabelURL",
    "ReceiptURL",
    "LocalLanguageReceiptURL",
    "URL",
    "image",
    "photo",
    "content/pod",
];

/// Members that carry a secret.
const SECRETS: [&str; 9] = [
    "access_token",
    "client_id",
    "client_secret",
    "refresh_token",
    "credential",
    "Number/CreditCard",
    "SecurityCode",
    "ExpirationDate",
    "password",
];

/// A body for the record. JSON keeps its shape; anything else (an error page, half an answer) is cut short and loses
/// every long run of characters in which an image or a token could hide.
pub(crate) fn redacted(body: &[u8]) -> String {
    match serde_json::from_slice::<Value>(body) {
        Ok(mut value) => {
            redact(&mut value, None, None);
            value.to_string()
        }
        Err(_) => masked(body),
    }
}

fn redact(value: &mut Value, name: Option<&str>, parent: Option<&str>) {
    if let (Some(name), Some(hidden)) = (name, name.and_then(|name| kind_of(name, parent))) {
        return hide(value, hidden, name);
    }
    match value {
        Value::Object(members) => {
            for (member, value) in members.iter_mut() {
                redact(value, Some(member.as_str()), name);
            }
        }
        Value::Array(items) => {
            for item in items {
                redact(item, name, parent);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn kind_of(name: &str, parent: Option<&str>) -> Option<&'static str> {
    let is = |listed: &&str| match listed.split_once('/') {
        Some((member, within)) => name.eq_ignore_ascii_case(member) && parent == Some(within),
        None => name.eq_ignore_ascii_case(listed),
    };
    if SECRETS.iter().any(&is) {
        Some("secret")
    } else if IMAGES.iter().any(is) {
        Some("left out")
    } else {
        None
    }
}

/// Texts are replaced; an object under such a name (UPS has `Image` containers) is looked into instead.
fn hide(value: &mut Value, why: &str, name: &str) {
    match value {
        Value::String(text) if text.is_empty() => {}
        Value::String(text) => *value = Value::String(format!("({why}: {} characters)", text.len())),
        Value::Number(_) => *value = Value::String(format!("({why})")),
        Value::Array(items) => items.iter_mut().for_each(|item| hide(item, why, name)),
        Value::Object(members) => {
            for (member, value) in members.iter_mut() {
                redact(value, Some(member.as_str()), Some(name));
            }
        }
        Value::Null | Value::Bool(_) => {}
    }
}

/// Longer than any word of an error page, shorter than any token.
const LONGEST_WORD: usize = 48;

/// So much of an answer that is no JSON is kept.
const LONGEST_PAGE: usize = 2_000;

fn masked(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let mut kept = String::new();
    let mut rest = text.as_ref();
    while !rest.is_empty() && kept.len() < LONGEST_PAGE {
        let secretive = |c: char| c.is_ascii_alphanumeric() || "+/=_-.%".contains(c);
        let run = rest.find(|c| !secretive(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(run);
        if word.len() > LONGEST_WORD {
            kept.push_str("(left out)");
        } else {
            kept.push_str(word);
        }
        let mut others = after.chars();
        kept.extend(others.next());
        rest = others.as_str();
    }
    if !rest.is_empty() {
        kept.push_str(" …");
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_and_secrets_are_left_out_of_json() {
        let body = r#"{"A":{"GraphicImage":"XlhB","Image":{"ImageFormat":{"Code":"PDF"},"GraphicImage":"JVBE"}},
            "GraphicImagePart":["XlhB","XlhB"],"LabelURL":"https://www.ups.com/uel/llp/1Z",
            "CreditCard":{"Number":"4111111111111111"},"ReferenceNumber":{"Number":"7"},"credential":"c"}"#;
        let shown = redacted(body.as_bytes());
        for hidden in ["XlhB", "JVBE", "uel", "4111", "\"c\""] {
            assert!(!shown.contains(hidden), "{hidden} in {shown}");
        }
        assert!(shown.contains(r#""Code":"PDF""#) && shown.contains(r#""Number":"7""#), "{shown}");
        assert!(shown.contains("(left out: 4 characters)"), "{shown}");
    }

    #[test]
    fn half_an_answer_keeps_its_words_and_loses_its_image() {
        let half = format!(r#"{{"ShipmentResponse":{{"GraphicImage":"{}"#, "QUJD".repeat(50));
        let shown = redacted(half.as_bytes());
        assert!(shown.contains("ShipmentResponse") && shown.contains("(left out)"), "{shown}");
        assert!(!shown.contains("QUJDQUJD"), "{shown}");
        assert_eq!(redacted(b"<html>Service Unavailable</html>"), "<html>Service Unavailable</html>");
        assert!(redacted("\u{fc} ".repeat(2_000).as_bytes()).ends_with(" …"));
    }
}
