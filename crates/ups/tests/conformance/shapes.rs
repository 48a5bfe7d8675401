//! Answers bent out of shape the way UPS bends them, and worse.
//!
//! ```text
//! an answer of the sandbox ─► one to six bends, each at a place of its own ─► the client's reader
//! ```
//!
//! Lists collapse to their element and elements grow into lists; objects become `""`; members go, are null, or are
//! of another type; numbers come as text and texts are padded. A reader must make sense of it or name what it
//! misses.

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

/// One change at one place.
#[derive(Debug, Clone)]
pub(crate) struct Bend {
    place: Index,
    way: Way,
}

#[derive(Debug, Clone)]
enum Way {
    /// The member or element is gone.
    Gone,
    /// `[x]` becomes `x`, and `[]` becomes null.
    Collapsed,
    /// `x` becomes `[x]`.
    Listed,
    /// `x` becomes `[x, x]`.
    Doubled,
    /// `x` becomes `{"…": x}`.
    Wrapped(String),
    /// A number becomes text, a text that is a number becomes one, anything else is padded.
    Retyped,
    /// White space around a text.
    Padded,
    /// Something else stands there.
    Replaced(Value),
    /// The member has another name.
    Renamed(String),
}

/// Up to six bends.
pub(crate) fn bends() -> impl Strategy<Value = Vec<Bend>> {
    proptest::collection::vec((any::<Index>(), way()).prop_map(|(place, way)| Bend { place, way }), 1..=6)
}

fn way() -> impl Strategy<Value = Way> {
    prop_oneof![
        3 => Just(Way::Gone),
        3 => Just(Way::Collapsed),
        3 => Just(Way::Listed),
        1 => Just(Way::Doubled),
        1 => name().prop_map(Way::Wrapped),
        3 => Just(Way::Retyped),
        2 => Just(Way::Padded),
        4 => stranger().prop_map(Way::Replaced),
        1 => name().prop_map(Way::Renamed),
    ]
}

/// Names that mean something somewhere, and one that never does.
fn name() -> impl Strategy<Value = String> {
    let names = ["Code", "code", "Description", "errors", "Response", "response", "Number", "value", "Unheard"];
    proptest::sample::select(names.to_vec()).prop_map(str::to_owned)
}

/// Any JSON of some depth; the usual suspects most often.
pub(crate) fn stranger() -> impl Strategy<Value = Value> {
    let usual = proptest::sample::select(vec![
        Value::Null,
        json!(""),
        json!("   "),
        json!([]),
        json!({}),
        json!([{}]),
        json!([null]),
        json!(true),
        json!(0),
        json!(-1),
        json!(17.35),
        json!(1e300),
        json!(u64::MAX),
        json!("NaN"),
        json!("+0007.0"),
        json!("99999999999999999999999999999999999999.99"),
        json!("20260231"),
        json!("246060"),
        json!("-99:99"),
        json!("&#xD;1"),
        json!("1Z\u{e4}\u{1f69a}"),
        json!("="),
    ]);
    let leaf = prop_oneof![
        6 => usual,
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        2 => proptest::collection::vec(any::<char>(), 0..12).prop_map(|text| Value::from(String::from_iter(text))),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::Array),
            proptest::collection::vec((name(), inner), 0..3)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// The answer with all bends made, one after the other.
pub(crate) fn bent(mut answer: Value, bends: &[Bend]) -> Value {
    for Bend { place, way } in bends {
        let mut pointers = Vec::new();
        collect(&answer, "", &mut pointers);
        if pointers.is_empty() {
            return answer;
        }
        bend(&mut answer, &pointers[place.index(pointers.len())], way);
    }
    answer
}

/// The pointers of everything below the root.
fn collect(value: &Value, at: &str, pointers: &mut Vec<String>) {
    let mut below = |name: &str, value: &Value| {
        let pointer = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
        collect(value, &pointer, pointers);
        pointers.push(pointer);
    };
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| below(name, value)),
        Value::Array(items) => items.iter().enumerate().for_each(|(index, value)| below(&index.to_string(), value)),
        _ => {}
    }
}

fn bend(answer: &mut Value, pointer: &str, way: &Way) {
    let Some((parent, name)) = pointer.rsplit_once('/') else { return };
    let name = name.replace("~1", "/").replace("~0", "~");
    let there = answer.pointer(pointer).cloned().unwrap_or_default();
    let instead = match way {
        Way::Gone | Way::Renamed(_) => {
            match answer.pointer_mut(parent) {
                Some(Value::Object(members)) => {
                    members.remove(&name);
                    if let Way::Renamed(other) = way {
                        members.insert(other.clone(), there);
                    }
                }
                Some(Value::Array(items)) => drop(name.parse().map(|index: usize| items.remove(index))),
                _ => {}
            }
            return;
        }
        Way::Collapsed => match there {
            Value::Array(items) => items.into_iter().next().unwrap_or_default(),
            other => other,
        },
        Way::Listed => json!([there]),
        Way::Doubled => json!([there, there]),
        Way::Wrapped(name) => json!({ name: there }),
        Way::Retyped => match there {
            Value::Number(number) => json!(number.to_string()),
            Value::String(text) => serde_json::from_str(&text).unwrap_or_else(|_| json!(format!(" {text} "))),
            other => json!(other.to_string()),
        },
        Way::Padded => match there {
            Value::String(text) => json!(format!(" \t{text}  \r\n")),
            other => other,
        },
        Way::Replaced(stranger) => stranger.clone(),
    };
    if let Some(place) = answer.pointer_mut(pointer) {
        *place = instead;
    }
}
