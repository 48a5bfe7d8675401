//! Holds one exchange against the description of its operation.
//!
//! ```text
//! Exchange ─► operation ─► parameters, body        ─► Strikes of what was sent
//!                      └─► status, kind, body      ─► Strikes of what was answered
//! ```
//!
//! A [`Strike`] is one disagreement: where, which keyword, in words. Whether it is a fault or a known deviation
//! is decided by `deviations`.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;

use jsonschema::Validator;
use jsonschema::error::ValidationErrorKind;
use serde_json::Value;

use super::hop::Exchange;
use super::spec::{Book, Operation, Parameter};

/// Whose words are at odds with the description.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Side {
    /// The client's.
    Sent,
    /// The sandbox's.
    Answered,
}

/// One disagreement with the description.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Strike {
    pub(crate) operation: String,
    pub(crate) side: Side,
    /// A JSON pointer with `*` for every index, or such as `query trackingnumber`, `status 206`.
    pub(crate) place: String,
    pub(crate) keyword: String,
    pub(crate) words: String,
}

impl fmt::Display for Strike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { operation, side, place, keyword, words } = self;
        write!(f, "{operation} · {side:?} · {place} · {keyword} · {words}")
    }
}

/// Judges, with the schemas compiled so far.
pub(crate) struct Judge<'b> {
    book: &'b Book,
    schemas: RefCell<HashMap<String, Rc<Validator>>>,
}

impl<'b> Judge<'b> {
    pub(crate) fn new(book: &'b Book) -> Self {
        Self { book, schemas: RefCell::default() }
    }

    /// The operation of a call, and what is wrong with the call and its answer.
    ///
    /// # Panics
    ///
    /// If no description has such a call.
    pub(crate) fn judge(&self, exchange: &Exchange) -> (&'b Operation, Vec<Strike>) {
        if let Some((file, name)) = exchange.webhook {
            let operation = self.book.named(file, name);
            return (operation, self.webhook(operation, exchange));
        }
        let Exchange { method, path, .. } = exchange;
        let Some((operation, in_path)) = self.book.find(method, path) else {
            panic!("{}: no description has {method} {path} in a current version", exchange.story);
        };
        let mut strikes = self.sent(operation, exchange, &in_path);
        strikes.extend(self.answered(operation, exchange));
        (operation, strikes)
    }

    /// What is wrong with UPS's own call.
    fn webhook(&self, operation: &Operation, exchange: &Exchange) -> Vec<Strike> {
        let mut strikes = self.sent(operation, exchange, &[]);
        // Here the sandbox speaks first.
        strikes.iter_mut().for_each(|strike| strike.side = Side::Answered);
        strikes
    }

    fn sent(&self, operation: &Operation, exchange: &Exchange, in_path: &[(String, String)]) -> Vec<Strike> {
        let strike = |place: String, keyword: &str, words: String| Strike {
            operation: operation.name.clone(),
            side: Side::Sent,
            place,
            keyword: keyword.to_owned(),
            words,
        };
        let mut strikes = Vec::new();
        for parameter in &operation.parameters {
            let Parameter { place, name, required, schema } = parameter;
            let place_name = format!("{place} {name}");
            let given = match place.as_str() {
                "path" => in_path.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()),
                "query" => exchange.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()),
                _ => exchange
                    .headers
                    .get(name.as_str())
                    .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()),
            };
            // The version was compared when the operation was found.
            let Some(given) = given else {
                if *required && name != "version" {
                    strikes.push(strike(place_name, "required", "is missing".to_owned()));
                }
                continue;
            };
            let value = in_type(&schema["type"], &given);
            let key = format!("{} {} {place_name}", operation.document.file, operation.name);
            let validator = self.validator(&key, || operation.document.json_schema(schema));
            strikes.extend(
                faults(&validator, &value).map(|(_, keyword, words)| strike(place_name.clone(), &keyword, words)),
            );
        }
        let known = |name: &str| operation.parameters.iter().any(|it| it.place == "query" && it.name == name);
        for (name, _) in exchange.query.iter().filter(|(name, _)| !known(name)) {
            strikes.push(strike(format!("query {name}"), "unknown", "is no parameter of this call".to_owned()));
        }
        let kinds = operation.request_bodies();
        if kinds.is_empty() {
            if !exchange.body.is_empty() {
                strikes.push(strike("body".to_owned(), "unknown", "this call has no body".to_owned()));
            }
            return strikes;
        }
        let kind = content_type(&exchange.headers);
        match kinds.iter().find(|(known, _)| *known == kind) {
            None => strikes.push(strike("header content-type".to_owned(), "unknown", format!("is {kind:?}"))),
            Some((_, schema)) => {
                let key = format!("{} {} sent {kind}", operation.document.file, operation.name);
                strikes.extend(
                    self.body_faults(operation, &key, schema, &kind, &exchange.body)
                        .into_iter()
                        .map(|(place, keyword, words)| strike(place, &keyword, words)),
                );
            }
        }
        strikes
    }

    fn answered(&self, operation: &Operation, exchange: &Exchange) -> Vec<Strike> {
        let strike = |place: String, keyword: &str, words: String| Strike {
            operation: operation.name.clone(),
            side: Side::Answered,
            place,
            keyword: keyword.to_owned(),
            words,
        };
        let status = exchange.status;
        let Some(kinds) = operation.answer_bodies(status) else {
            return vec![strike(format!("status {status}"), "unknown", "the description does not have it".to_owned())];
        };
        let kind = content_type(&exchange.answer_headers);
        let Some((_, schema)) = kinds.iter().find(|(known, _)| *known == kind) else {
            let words = format!("is {kind:?} with status {status}");
            return vec![strike("header content-type".to_owned(), "unknown", words)];
        };
        let key = format!("{} {} {status}", operation.document.file, operation.name);
        let faults = self.body_faults(operation, &key, schema, &kind, &exchange.answer);
        faults.into_iter().map(|(place, keyword, words)| strike(place, &keyword, words)).collect()
    }

    fn body_faults(&self, operation: &Operation, key: &str, schema: &Value, kind: &str, body: &[u8]) -> Vec<Fault> {
        let value = match read_body(kind, body) {
            Ok(value) => value,
            Err(why) => return vec![(String::new(), "syntax".to_owned(), why)],
        };
        // Where a description offers whole forms to choose from, the first member tells which was meant.
        let document = &operation.document;
        let meant = schema["oneOf"].as_array().and_then(|ways| {
            ways.iter().enumerate().find(|(_, way)| {
                let members = document.resolve(way)["properties"].as_object();
                members.is_some_and(|members| members.keys().any(|name| value.get(name).is_some()))
            })
        });
        let (key, schema) = match meant {
            Some((index, way)) => (format!("{key} {index}"), way),
            None => (key.to_owned(), schema),
        };
        let validator = self.validator(&key, || document.json_schema(schema));
        faults(&validator, &value).collect()
    }

    fn validator(&self, key: &str, schema: impl FnOnce() -> Value) -> Rc<Validator> {
        let mut schemas = self.schemas.borrow_mut();
        let compiled = schemas.entry(key.to_owned()).or_insert_with(|| {
            let compiled = jsonschema::draft202012::new(&schema());
            Rc::new(compiled.unwrap_or_else(|error| panic!("{key} is no JSON Schema: {error}")))
        });
        Rc::clone(compiled)
    }
}

/// Where, which keyword, in words.
type Fault = (String, String, String);

/// A missing or unknown member is a fault at its own place, one each.
fn faults<'v>(validator: &'v Validator, value: &'v Value) -> impl Iterator<Item = Fault> {
    validator.iter_errors(value).flat_map(|error| {
        let place = starred(error.instance_path().as_str());
        match error.kind() {
            ValidationErrorKind::Required { property } => {
                let name = property.as_str().unwrap_or_default();
                vec![(format!("{place}/{name}"), "required".to_owned(), "is missing".to_owned())]
            }
            ValidationErrorKind::AdditionalProperties { unexpected }
            | ValidationErrorKind::UnevaluatedProperties { unexpected } => unexpected
                .iter()
                .map(|name| {
                    (format!("{place}/{name}"), "unknown".to_owned(), "the description does not have it".to_owned())
                })
                .collect(),
            kind => {
                let mut words = error.to_string();
                words.truncate(words.floor_char_boundary(160));
                vec![(place, kind.keyword().to_owned(), words)]
            }
        }
    })
}

/// A pointer with `*` for every index.
fn starred(pointer: &str) -> String {
    let star = |segment: &str| if segment.parse::<usize>().is_ok() { "*".to_owned() } else { segment.to_owned() };
    pointer.split('/').map(star).collect::<Vec<_>>().join("/")
}

/// A parameter's text in the type its schema asks for, if it can be read as such.
fn in_type(kind: &Value, text: &str) -> Value {
    let plain = || Value::String(text.to_owned());
    match kind.as_str() {
        Some("integer" | "number" | "boolean") => serde_json::from_str(text).unwrap_or_else(|_| plain()),
        _ => plain(),
    }
}

fn content_type(headers: &axum::http::HeaderMap) -> String {
    let text = headers.get("content-type").and_then(|it| it.to_str().ok()).unwrap_or_default();
    text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn read_body(kind: &str, body: &[u8]) -> Result<Value, String> {
    if kind == "application/x-www-form-urlencoded" {
        let text = String::from_utf8_lossy(body);
        let url = reqwest::Url::parse(&format!("http://it/?{text}")).map_err(|error| error.to_string())?;
        let pairs = url.query_pairs().into_owned().map(|(name, value)| (name, Value::String(value)));
        return Ok(Value::Object(pairs.collect()));
    }
    serde_json::from_slice(body).map_err(|error| error.to_string())
}
