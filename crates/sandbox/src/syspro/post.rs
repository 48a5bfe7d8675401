//! Transaction posts: what every business object that changes something has in common.
//!
//! ```text
//! parameters ─► ValidateOnly, ApplyIfEntireDocumentValid
//! document ───► items ─► check (pure) ─► changes | field errors ─► tables, ledger ─► answer
//! ```
//!
//! Elements nobody asks for are ignored in silence, whatever they say: a misspelt one looks like
//! success. An item that is refused carries error children; its siblings go on, unless the whole
//! document was to be valid.

use crate::ledger::SysproWrite;
use crate::serve::House;
use crate::world::World;
use crate::world::table::{Fields, Kind, Value};

use super::enet::{Failure, Job};
use super::xml::{Element, FieldError, GENERIC, Writer};
use super::{Manners, Office, dispatch, lines};

/// Runs a transaction post.
pub(crate) fn run(office: &mut Office, job: &Job, house: &House) -> Result<String, Failure> {
    match job.business_object.as_str() {
        "SORTDH" => items(office, job, &dispatch::HEADER, house),
        "SORTDS" => items(office, job, &dispatch::STATUS, house),
        "SORTOS" => items(office, job, &dispatch::ORDER_STATUS, house),
        "SORTDA" => lines::to_dispatch_notes(office, job, house),
        "SORTOI" => lines::to_orders(office, job, house),
        other => Err(Failure::exception(format!("business object {other} could not be found"))),
    }
}

/// One row to change.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) table: &'static str,
    pub(crate) key: Vec<String>,
    /// The key as the ledger shows it.
    pub(crate) shown: String,
    /// What the ledger calls the field, its column and the new value.
    pub(crate) cells: Vec<(String, String, Value)>,
    /// Columns to fill when the row does not exist yet.
    pub(crate) otherwise_new: Option<Fields>,
}

/// What an item wants, or what is wrong with it.
pub(crate) type Checked = Result<Vec<Change>, Vec<FieldError>>;

/// A business object whose document is a list of `Item`s.
pub(crate) struct ItemPost {
    pub(crate) root: &'static str,
    /// Root of the answer, which some objects write in lower case.
    pub(crate) answer_root: &'static str,
    /// The element that is echoed.
    pub(crate) key: &'static str,
    pub(crate) check: fn(&World, &Manners, &Element) -> Checked,
}

/// How a document is to be carried out.
pub(crate) struct Orders {
    pub(crate) validate_only: bool,
    pub(crate) all_or_nothing: bool,
}

/// Reads parameters and document; both must have the object's root.
pub(crate) fn read(job: &Job, root: &str) -> Result<(Orders, Element), Failure> {
    let document = rooted(&job.document, root, &job.business_object)?;
    let parameters = if job.parameters.trim().is_empty() {
        Element::default()
    } else {
        rooted(&job.parameters, root, &job.business_object)?
    };
    let says = |name: &str| parameters.child("Parameters").is_some_and(|it| it.yes(name));
    let orders = Orders { validate_only: says("ValidateOnly"), all_or_nothing: says("ApplyIfEntireDocumentValid") };
    Ok((orders, document))
}

fn rooted(text: &str, root: &str, object: &str) -> Result<Element, Failure> {
    let element = Element::parse(text).map_err(Failure::exception)?;
    if element.name == root {
        Ok(element)
    } else {
        Err(Failure::exception(format!("the root element '{}' is not the one {object} expects", element.name)))
    }
}

fn items(office: &mut Office, job: &Job, object: &ItemPost, house: &House) -> Result<String, Failure> {
    let (orders, document) = read(job, object.root)?;
    let items: Vec<&Element> = document.all("Item").collect();
    let checks = carry_out(office, &job.business_object, &orders, &items, object.check, house);
    let mut xml = Writer::new(object.answer_root);
    let mut invalid = 0;
    for (item, checked) in items.iter().zip(&checks) {
        xml.open("Item");
        match checked {
            Ok(_) => xml.field(object.key, item.value(object.key).unwrap_or_default()),
            Err(errors) => {
                invalid += 1;
                if errors.iter().all(|it| it.field != object.key) {
                    xml.field(object.key, item.value(object.key).unwrap_or_default());
                }
                errors.iter().for_each(|it| xml.error(it));
            }
        }
        xml.close("Item");
    }
    xml.open("StatusofItems");
    let processed = if invalid > 0 && orders.all_or_nothing { 0 } else { items.len() - invalid };
    xml.field("ItemsProcessed", &format!("{processed:06}"));
    xml.field("ItemsInvalid", &format!("{invalid:06}"));
    xml.close("StatusofItems");
    Ok(xml.finish())
}

/// Checks every item and applies what may be applied.
pub(crate) fn carry_out(
    office: &mut Office,
    object: &str,
    orders: &Orders,
    items: &[&Element],
    check: fn(&World, &Manners, &Element) -> Checked,
    house: &House,
) -> Vec<Checked> {
    let Office { world, manners, .. } = office;
    let mut checks = Vec::new();
    if orders.validate_only || orders.all_or_nothing {
        checks.extend(items.iter().map(|it| check(world, manners, it)));
        if orders.validate_only || checks.iter().any(Result::is_err) {
            return checks;
        }
        checks.clear();
    }
    for item in items {
        let checked = check(world, manners, item);
        for change in checked.iter().flatten() {
            apply(world, object, change, house);
        }
        checks.push(checked);
    }
    checks
}

/// Writes a change and enters each of its fields in the ledger.
pub(crate) fn apply(world: &mut World, object: &str, change: &Change, house: &House) {
    let key: Vec<&str> = change.key.iter().map(String::as_str).collect();
    let shown = |world: &World, column: &str| {
        let row = world.tables.row(change.table, &key);
        row.and_then(|it| it.get(column)).map(plain).unwrap_or_default()
    };
    let before: Vec<String> = change.cells.iter().map(|(_, column, _)| shown(world, column)).collect();
    let fields =
        change.cells.iter().fold(Fields::new(), |fields, (_, column, value)| fields.set(column, value.clone()));
    if !world.tables.alter(change.table, &key, fields.clone())
        && let Some(new) = change.otherwise_new.clone()
    {
        world.tables.put(change.table, new);
        world.tables.alter(change.table, &key, fields);
    }
    for ((field, column, _), before) in change.cells.iter().zip(before) {
        let entry = SysproWrite {
            at: house.clock.now(),
            business_object: object.to_owned(),
            key: change.shown.clone(),
            field: field.clone(),
            before,
            after: shown(world, column),
        };
        house.book.enter(|ledger| ledger.writes.push(entry));
    }
}

/// A cell without padding, as a person would read it.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::Text(text) => text.trim_end().to_owned(),
        Value::Number(number) => number.normalize().to_string(),
        Value::Date(date) => date.map_or_else(String::new, |it| it.to_string()),
        Value::Version(version) => version.to_string(),
    }
}

/// Text for a column: refused or cut when too long, without letters Windows-1252 lacks.
pub(crate) fn text_for(
    world: &World,
    manners: &Manners,
    table: &str,
    column: &str,
    text: &str,
) -> Result<Value, FieldError> {
    let storable = storable(text);
    let kind = world.tables.table(table).and_then(|it| it.position(column).map(|at| it.columns[at].kind));
    match kind {
        Some(Kind::Text(length)) if storable.chars().count() > length && !manners.cut_long_text => {
            let words = format!("{column} may not be longer than {length} characters");
            Err(FieldError::new(column, text, GENERIC, words))
        }
        _ => Ok(Value::Text(storable)),
    }
}

/// What remains of a text in a Windows-1252 column: letters it lacks become question marks.
fn storable(text: &str) -> String {
    text.chars()
        .map(|letter| {
            let (_, _, lacking) = encoding_rs::WINDOWS_1252.encode(letter.encode_utf8(&mut [0; 4]));
            if lacking { '?' } else { letter }
        })
        .collect()
}
