//! Custom forms: COMSFM writes one value, COMTFM a record's columns, COMQFM shows a form.
//!
//! ```text
//! form type ORD ─► CusSorMaster+ (SalesOrder, InvoiceNumber; blank on the order's own, filled on copies)     POR ─► PorMasterHdr+ (PurchaseOrder)
//! COMSFM: field name of ≤ 6 characters      COMTFM: names of SQL columns
//! ```
//!
//! A field must have been made by an administrator before COMSFM can write it; COMTFM ignores a
//! column it does not know, as SYSPRO ignores any element. What adding does where a value stands
//! is a switch, since real servers' manners are not documented.

use crate::serve::House;
use crate::world::key::{edited, stored};
use crate::world::table::{Fields, Value};
use crate::world::{Form, FormField, FormKind, World};

use super::dispatch::{bad_date, date};
use super::enet::{Failure, Job, Method};
use super::manners::FormWriting;
use super::post::{Change, Checked, carry_out, plain, read, text_for, unlocked};
use super::query::cell_text;
use super::setup::parsed;
use super::xml::{DUPLICATE, Element, FieldError, GENERIC, Writer};
use super::{Manners, Office};

/// The form type of sales orders.
pub(crate) const ORDER: &str = "ORD";
/// The form type of purchase orders.
pub(crate) const PURCHASE_ORDER: &str = "POR";
/// The form type of stock codes.
pub(crate) const STOCK: &str = "STK";
/// The form type of customers; *assumed*.
pub(crate) const CUSTOMER: &str = "CUS";

/// How COMSFM checks an item of a setup method.
pub(crate) fn check(method: Method) -> impl Fn(&World, &Manners, &Element) -> Checked {
    move |world, manners, item| {
        let (form, key, field) = target(world, item).map_err(|it| vec![it])?;
        if manners.locks_hold_forms {
            unlocked(world, manners, "KeyField", &key, &edited(&key)).map_err(|it| vec![it])?;
        }
        let stands = standing(world, form, &key, field).is_some();
        let wrong = |number: u32, words: String| Err(vec![FieldError::new("FieldName", &field.name, number, words)]);
        match (method, manners.form_writing) {
            (Method::Add, FormWriting::Strict) if stands => {
                return wrong(DUPLICATE, format!("Duplicate key: '{}' has a value", field.name));
            }
            (Method::Update, FormWriting::Strict | FormWriting::AddReplaces) | (Method::Delete, _) if !stands => {
                return wrong(GENERIC, format!("Field '{}' has no value to update", field.name));
            }
            _ => {}
        }
        let value =
            if method == Method::Delete { nothing(field.kind) } else { given(world, manners, form, field, item)? };
        let cells = vec![(field.name.clone(), field.column.clone(), value)];
        Ok(vec![change(form, &key, cells)])
    }
}

/// The form, document and field an item is about, if all exist.
fn target<'a>(world: &'a World, item: &Element) -> Result<(&'a Form, String, &'a FormField), FieldError> {
    let key = item.child("Key").cloned().unwrap_or_default();
    let value = |name: &str| key.value(name).unwrap_or_default().to_owned();
    let (form_type, document, name) = (value("FormType"), value("KeyField"), value("FieldName"));
    let form = world.form(&form_type).ok_or_else(|| {
        FieldError::new("FormType", &form_type, GENERIC, format!("Form type '{form_type}' is invalid"))
    })?;
    let key = known(world, form, &document).ok_or_else(|| {
        FieldError::new("KeyField", &document, GENERIC, format!("{} '{document}' not found", form.of))
    })?;
    match form.fields.iter().find(|it| it.name == name) {
        Some(field) => Ok((form, key, field)),
        None => Err(FieldError::new("FieldName", &name, GENERIC, format!("Field name '{name}' not found"))),
    }
}

/// The key of the document a form's record belongs to, as stored, if there is such a document.
fn known(world: &World, form: &Form, key: &str) -> Option<String> {
    let key = key.trim();
    [stored(key), key.to_owned()].into_iter().find(|it| world.tables.row(&form.base, &[it]).is_some())
}

/// The key of a document's record in the form's table: orders have the invoice's number as a
/// second part, blank for the living order.
fn record_key(form: &Form, key: &str) -> Vec<String> {
    std::iter::once(key.to_owned()).chain(form.keys.iter().skip(1).map(|_| String::new())).collect()
}

fn stored_or_blank(key: &str) -> String {
    if key.trim().is_empty() { String::new() } else { stored(key) }
}

fn change(form: &Form, key: &str, cells: Vec<(String, String, Value)>) -> Change {
    let row = form.keys.first().map_or_else(Fields::new, |column| Fields::new().text(column, key));
    Change {
        table: form.table.clone(),
        key: record_key(form, key),
        shown: key.to_owned(),
        cells,
        otherwise_new: Some(row),
        delete: false,
    }
}

/// The value a field holds now, if it was ever given one.
pub(crate) fn standing(world: &World, form: &Form, key: &str, field: &FormField) -> Option<String> {
    let key = record_key(form, key);
    let key: Vec<&str> = key.iter().map(String::as_str).collect();
    let row = world.tables.row(&form.table, &key)?;
    let value = row.get(&field.column)?;
    let blank = match value {
        Value::Text(text) => text.trim().is_empty(),
        Value::Number(number) => number.is_zero(),
        Value::Date(date) => date.is_none(),
        Value::Version(_) => true,
    };
    (!blank).then(|| plain(value))
}

/// Writes a value past every object, as a person in SYSPRO would; says whether it fits.
pub(crate) fn write(world: &mut World, form: &Form, key: &str, field: &FormField, text: &str) -> bool {
    let value = match field.kind {
        FormKind::Alpha(_) => Some(Value::Text(text.to_owned())),
        FormKind::Numeric => text.parse().ok().map(Value::Number),
        FormKind::Date => date(text).map(|it| Value::Date(Some(it))),
    };
    let (Some(value), Some(key)) = (value, known(world, form, key)) else { return false };
    let at = record_key(form, &key);
    let at: Vec<&str> = at.iter().map(String::as_str).collect();
    if world.tables.row(&form.table, &at).is_none()
        && let Some(column) = form.keys.first()
    {
        world.tables.put(&form.table, Fields::new().text(column, &key));
    }
    world.tables.alter(&form.table, &at, Fields::new().set(&field.column, value))
}

fn nothing(kind: FormKind) -> Value {
    match kind {
        FormKind::Alpha(_) => Value::Text(String::new()),
        FormKind::Numeric => Value::Number(0.into()),
        FormKind::Date => Value::Date(None),
    }
}

/// The value of a COMSFM item, in the element for the field's kind.
fn given(
    world: &World,
    manners: &Manners,
    form: &Form,
    field: &FormField,
    item: &Element,
) -> Result<Value, Vec<FieldError>> {
    match field.kind {
        FormKind::Alpha(_) => {
            let text = item.value("AlphaValue").unwrap_or_default();
            text_for(world, manners, &form.table, &field.column, text)
                .map_err(|it| vec![FieldError { field: "AlphaValue".to_owned(), ..it }])
        }
        FormKind::Numeric => {
            let text = item.value("NumericValue").unwrap_or_default();
            text.parse()
                .map(Value::Number)
                .map_err(|_| vec![FieldError::new("NumericValue", text, GENERIC, format!("'{text}' is not numeric"))])
        }
        FormKind::Date => {
            let text = item.value("DateValue").unwrap_or_default();
            Ok(Value::Date(Some(date(text).ok_or_else(|| vec![bad_date("DateValue", text)])?)))
        }
    }
}

/// COMTFM: columns of records. `Function` is `A` to add, `C` to change, `D` to blank; the last two
/// are *assumed*.
pub(crate) fn post(office: &mut Office, job: &Job, house: &House) -> Result<String, Failure> {
    let (orders, document) = read(office, job, "PostCustomForm")?;
    let function = Element::parse(&job.parameters)
        .ok()
        .and_then(|it| it.child("Parameters")?.value("Function").map(str::to_ascii_uppercase))
        .unwrap_or_default();
    if !matches!(function.as_str(), "A" | "C" | "D") {
        return Err(Failure::exception(format!("function '{function}' is invalid")));
    }
    let check = |world: &World, manners: &Manners, item: &Element| record(&function, world, manners, item);
    let items: Vec<&Element> = document.all("Item").collect();
    let checks = carry_out(office, "COMTFM", &orders, &items, &check, house);
    let mut xml = Writer::new("PostCustomForm", &office.manners);
    for (item, checked) in items.iter().zip(&checks) {
        xml.open("Item");
        if let Some(key) = item.child("Key") {
            xml.open("Key");
            xml.field("FormType", key.value("FormType").unwrap_or_default());
            xml.open("KeyFields");
            for part in key.child("KeyFields").into_iter().flat_map(|it| &it.children) {
                xml.field(&part.name, part.text.trim());
            }
            xml.close("KeyFields");
            xml.close("Key");
        }
        checked.iter().flat_map(|_| orders.told()).for_each(|it| xml.warning(it));
        checked.as_ref().err().into_iter().flatten().for_each(|it| it.written(&mut xml));
        xml.close("Item");
    }
    Ok(xml.finish())
}

fn record(function: &str, world: &World, manners: &Manners, item: &Element) -> Checked {
    let wrong =
        |field: &str, value: &str, number: u32, words: String| Err(vec![FieldError::new(field, value, number, words)]);
    let key = item.child("Key").cloned().unwrap_or_default();
    let form_type = key.value("FormType").unwrap_or_default();
    let Some(form) = world.form(form_type) else {
        return wrong("FormType", form_type, GENERIC, format!("Form type '{form_type}' is invalid"));
    };
    let column = form.keys.first().map(String::as_str).unwrap_or_default();
    let asked = key.child("KeyFields").and_then(|it| it.value(column)).unwrap_or_default();
    let Some(document) = known(world, form, asked) else {
        return wrong(column, asked, GENERIC, format!("{} '{asked}' not found", form.of));
    };
    if manners.locks_hold_forms {
        unlocked(world, manners, column, &document, asked).map_err(|it| vec![it])?;
    }
    // Of several records of one document (an order's own form, and the copies its invoices keep) the key names one.
    let further =
        form.keys.iter().skip(1).map(|column| {
            key.child("KeyFields").and_then(|it| it.value(column)).map(stored_or_blank).unwrap_or_default()
        });
    let at: Vec<String> = std::iter::once(document.clone()).chain(further).collect();
    let exists = world.tables.row(&form.table, &at.iter().map(String::as_str).collect::<Vec<_>>()).is_some();
    match (function, manners.form_writing) {
        ("A", FormWriting::Strict) if exists => {
            return wrong(column, asked, DUPLICATE, format!("Duplicate key: '{asked}' has a custom form record"));
        }
        ("C", FormWriting::Strict | FormWriting::AddReplaces) | ("D", _) if !exists => {
            return wrong(column, asked, GENERIC, format!("Custom form record of '{asked}' not found"));
        }
        _ => {}
    }
    let mut cells = Vec::new();
    let mut errors = Vec::new();
    for element in item.child("Fields").into_iter().flat_map(|it| &it.children) {
        let Some(field) = form.fields.iter().find(|it| it.column == element.name) else { continue };
        let value = if function == "D" {
            Ok(nothing(field.kind))
        } else {
            parsed(world, manners, &form.table, &field.column, element.text.trim())
        };
        match value {
            Ok(value) => cells.push((field.name.clone(), field.column.clone(), value)),
            Err(error) => errors.push(error),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let row = form.keys.iter().zip(&at).fold(Fields::new(), |row, (column, key)| row.text(column, key));
    Ok(vec![Change { key: at, otherwise_new: Some(row), ..change(form, &document, cells) }])
}

/// The custom form of a document with its values, as it stands in other objects' answers.
pub(crate) fn written(xml: &mut Writer, office: &Office, form_type: &str, key: &[&str]) {
    let Some(form) = office.world.form(form_type) else { return };
    xml.open("CustomForm");
    fields(xml, office, form, key);
    xml.close("CustomForm");
}

fn fields(xml: &mut Writer, office: &Office, form: &Form, key: &[&str]) {
    let row = office.world.tables.row(&form.table, key);
    for (sequence, field) in form.fields.iter().enumerate() {
        let (kind, length, decimals) = match field.kind {
            FormKind::Alpha(length) => ("A", length, 0),
            FormKind::Numeric => ("N", 18, 6),
            FormKind::Date => ("D", 10, 0),
        };
        let value = row.and_then(|row| {
            let at = row.table.position(&field.column)?;
            Some(cell_text(row.table, at, &row.cells[at]))
        });
        xml.open("Field");
        xml.field("Sequence", &(sequence + 1).to_string());
        xml.field("Name", &field.name);
        xml.field("Prompt", &field.column);
        xml.field("Column", &field.column);
        xml.field("Type", kind);
        xml.field("Length", &length.to_string());
        xml.field("Decimals", &decimals.to_string());
        xml.field("AllowNull", "Y");
        xml.field("Value", &value.unwrap_or_default());
        xml.field("ValueNull", if row.is_none() { "Y" } else { "N" });
        xml.close("Field");
    }
}

/// COMQFM: the fields of a form and a document's values.
pub(crate) fn definition(office: &Office, query: &Element) -> Result<String, Failure> {
    let key = query.child("Key").unwrap_or(query);
    let form_type = key.value("FormType").unwrap_or_default();
    let form = office
        .world
        .form(form_type)
        .ok_or_else(|| Failure::exception(format!("form type '{form_type}' is invalid")))?;
    let column = form.keys.first().map(String::as_str).unwrap_or_default();
    let asked = key
        .value("KeyField")
        .filter(|it| !it.is_empty())
        .or_else(|| key.child("KeyFields").and_then(|it| it.value(column)))
        .unwrap_or_default();
    let document = known(&office.world, form, asked).unwrap_or_else(|| stored(asked));
    let mut xml = Writer::new("Query", &office.manners);
    xml.open("Key");
    xml.field("FormType", form_type);
    xml.field("FormDescription", form.of);
    xml.field("KeyField", &edited(&document));
    xml.close("Key");
    for (sequence, column) in form.keys.iter().enumerate() {
        xml.open("KeyField");
        xml.field("Sequence", &(sequence + 1).to_string());
        xml.field("Column", column);
        xml.field("Type", "A");
        xml.field("Length", "20");
        xml.close("KeyField");
    }
    let at = record_key(form, &document);
    fields(&mut xml, office, form, &at.iter().map(String::as_str).collect::<Vec<_>>());
    Ok(xml.finish())
}
