//! Specimens: for every answer a description promises, one with all its members filled.
//!
//! The descriptions hold few examples of answers, so one is made from each schema: every member there, with its own
//! example as value where it has one. What it says is nonsense; its shape is UPS's.

use serde_json::{Map, Value, json};

use super::spec::Document;

/// Deeper than any answer of UPS; a schema that contains itself ends here.
const DEEPEST: usize = 24;

/// One specimen of a schema, or one of each of the forms it offers to choose from.
pub(crate) fn specimens(document: &Document, schema: &Value) -> Vec<Value> {
    match schema["oneOf"].as_array() {
        Some(ways) => ways.iter().map(|way| filled(document, "", way, 0)).collect(),
        None => vec![filled(document, "", schema, 0)],
    }
}

/// The same with every list of one as its element, the way old versions write them.
pub(crate) fn collapsed(value: Value) -> Value {
    match value {
        Value::Array(items) if items.len() == 1 => items.into_iter().next().map_or(Value::Null, collapsed),
        Value::Array(items) => items.into_iter().map(collapsed).collect(),
        Value::Object(members) => members.into_iter().map(|(name, it)| (name, collapsed(it))).collect(),
        other => other,
    }
}

fn filled(document: &Document, name: &str, schema: &Value, depth: usize) -> Value {
    let schema = document.resolve(schema);
    if depth > DEEPEST {
        return Value::Null;
    }
    if let Some(way) = schema["oneOf"].get(0).filter(|way| way.get("const").is_none()) {
        return filled(document, name, way, depth + 1);
    }
    let mut members = Map::new();
    for part in schema["allOf"].as_array().into_iter().flatten() {
        if let Value::Object(of_part) = filled(document, name, part, depth + 1) {
            members.extend(of_part);
        }
    }
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        members.insert(name.clone(), filled(document, name, member, depth + 1));
    }
    if !members.is_empty() {
        return Value::Object(members);
    }
    match schema["type"].as_str() {
        Some("array") => json!([filled(document, name, &schema["items"], depth + 1)]),
        Some("object") => json!({}),
        Some("boolean") => json!(true),
        Some("integer" | "number") => json!(1),
        _ => json!(text_of(name, schema)),
    }
}

/// A member's own example, else something its name allows.
fn text_of(name: &str, schema: &Value) -> String {
    let places = [
        &schema["example"],
        &schema["examples"][0],
        &schema["const"],
        &schema["enum"][0],
        &schema["oneOf"][0]["const"],
    ];
    let own = places.into_iter().find_map(|place| match place {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    });
    own.unwrap_or_else(|| {
        let fitting = [("Date", "20260914"), ("Time", "101500"), ("CurrencyCode", "USD"), ("expires_in", "3599")];
        let fits = fitting.iter().find(|(ending, _)| name.ends_with(ending));
        fits.map_or("1", |(_, text)| text).to_owned()
    })
}
