//! How UPS reads a request: leniently about shape, silently about what it does not know.
//!
//! A list may come as its only element, an element as a list of one; a number may come as text; an
//! indicator counts by being there, whatever it holds. Unknown names are not seen at all.

use rust_decimal::Decimal;
use serde_json::Value;

/// The value at `path`; on the way the first element stands for a list. `Null` when absent.
pub(crate) fn at<'a>(value: &'a Value, path: &[&str]) -> &'a Value {
    let mut here = first(value);
    for name in path {
        here = first(here.get(*name).unwrap_or(&Value::Null));
    }
    here
}

fn first(value: &Value) -> &Value {
    match value {
        Value::Array(list) => list.first().unwrap_or(&Value::Null),
        other => other,
    }
}

/// Text or number at `path`, trimmed; empty when absent.
pub(crate) fn text(value: &Value, path: &[&str]) -> String {
    scalar(at(value, path))
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

/// The list at `path`, whether it came as a list or as its only element.
pub(crate) fn many<'a>(value: &'a Value, path: &[&str]) -> Vec<&'a Value> {
    let Some((last, way)) = path.split_last() else { return Vec::new() };
    match at(value, way).get(*last) {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(list)) => list.iter().filter(|item| !item.is_null()).collect(),
        Some(only) => vec![only],
    }
}

/// The texts at `path`, empty ones left out.
pub(crate) fn texts(value: &Value, path: &[&str]) -> Vec<String> {
    many(value, path).into_iter().map(scalar).filter(|text| !text.is_empty()).collect()
}

/// Whether anything but null stands at `path`.
pub(crate) fn present(value: &Value, path: &[&str]) -> bool {
    !at(value, path).is_null()
}

/// The number at `path`, if there is a readable one.
pub(crate) fn number(value: &Value, path: &[&str]) -> Option<Decimal> {
    text(value, path).parse().ok()
}

/// Whether any string or name in it holds a control character.
pub(crate) fn has_control_character(value: &Value) -> bool {
    match value {
        Value::String(text) => text.chars().any(char::is_control),
        Value::Array(list) => list.iter().any(has_control_character),
        Value::Object(fields) => {
            fields.iter().any(|(name, inner)| name.chars().any(char::is_control) || has_control_character(inner))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
