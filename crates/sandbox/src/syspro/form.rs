//! Custom form values on sales orders: COMSFM writes one, COMQFM shows the form.
//!
//! A field must have been made by an administrator before a value can be written; its name has
//! at most six characters and is not the name of its column in `CusSorMaster+`. Adding where a
//! value stands is refused as a duplicate key, updating where none stands as missing; both are
//! what a cautious client has to be ready for, since real servers' manners are not documented.

use crate::serve::House;
use crate::world::key::{edited, stored};
use crate::world::schema::ORDER_FORM;
use crate::world::table::{Fields, Value};
use crate::world::{FormField, FormKind, World};

use super::dispatch::{bad_date, date};
use super::enet::{Failure, Job};
use super::post::{Change, Checked, Orders, carry_out, plain, read, text_for};
use super::xml::{DUPLICATE, Element, FieldError, GENERIC, Writer};
use super::{Manners, Office, documents};

/// The form type of sales orders.
const SALES_ORDER: &str = "ORD";

/// Runs a setup post.
pub(crate) fn setup(office: &mut Office, job: &Job, update: bool, house: &House) -> Result<String, Failure> {
    if job.business_object != "COMSFM" {
        let object = &job.business_object;
        return Err(Failure::exception(format!("business object {object} could not be found")));
    }
    let (orders, document) = read(job, "SetupCustomForm")?;
    // COMSFM knows ValidateOnly alone.
    let orders = Orders { all_or_nothing: false, ..orders };
    let items: Vec<&Element> = document.all("Item").collect();
    let check = if update { check_update } else { check_add };
    let checks = carry_out(office, "COMSFM", &orders, &items, check, house);
    Ok(written(&items, &checks))
}

fn written(items: &[&Element], checks: &[Checked]) -> String {
    let mut xml = Writer::new("setupcustomform");
    for (item, checked) in items.iter().zip(checks) {
        let key = item.child("Key").cloned().unwrap_or_default();
        let errors = checked.as_ref().err().map(Vec::as_slice).unwrap_or_default();
        xml.open("item");
        xml.open("key");
        for (field, shown) in [("FormType", "formtype"), ("KeyField", "keyfield"), ("FieldName", "fieldname")] {
            match errors.iter().find(|it| it.field == shown) {
                Some(error) => xml.error(error),
                None => xml.field(shown, key.value(field).unwrap_or_default()),
            }
        }
        xml.close("key");
        errors.iter().filter(|it| it.field.ends_with("Value")).for_each(|it| xml.error(it));
        xml.close("item");
    }
    let invalid = checks.iter().filter(|it| it.is_err()).count();
    xml.open("StatusOfItems");
    xml.field("RecordsRead", &format!("{:05}", items.len()));
    xml.field("RecordsInvalid", &format!("{invalid:05}"));
    xml.close("StatusOfItems");
    xml.finish()
}

fn check_add(world: &World, manners: &Manners, item: &Element) -> Checked {
    let (order, field) = target(world, item).map_err(|it| vec![it])?;
    if standing(world, &order, &field).is_some() && !manners.form_add_replaces {
        let name = &field.name;
        let error = FieldError::new("fieldname", name, DUPLICATE, format!("Duplicate key: '{name}' has a value"));
        return Err(vec![error]);
    }
    change(world, manners, item, order, &field)
}

fn check_update(world: &World, manners: &Manners, item: &Element) -> Checked {
    let (order, field) = target(world, item).map_err(|it| vec![it])?;
    if standing(world, &order, &field).is_none() {
        let name = &field.name;
        let error = FieldError::new("fieldname", name, GENERIC, format!("Field '{name}' has no value to update"));
        return Err(vec![error]);
    }
    change(world, manners, item, order, &field)
}

/// The order and the field an item is about, if both exist.
fn target(world: &World, item: &Element) -> Result<(String, FormField), FieldError> {
    let key = item.child("Key").cloned().unwrap_or_default();
    let value = |name: &str| key.value(name).unwrap_or_default().to_owned();
    let (form, order, name) = (value("FormType"), value("KeyField"), value("FieldName"));
    if form != SALES_ORDER {
        return Err(FieldError::new("formtype", &form, GENERIC, format!("Form type '{form}' is invalid")));
    }
    if world.tables.row("SorMaster", &[&stored(&order)]).is_none() {
        return Err(FieldError::new("keyfield", &order, GENERIC, format!("Sales order '{order}' not found")));
    }
    match world.forms.iter().find(|it| it.name == name) {
        Some(field) => Ok((stored(&order), field.clone())),
        None => Err(FieldError::new("fieldname", &name, GENERIC, format!("Field name '{name}' not found"))),
    }
}

/// The value a field holds now, if it was ever given one.
pub(crate) fn standing(world: &World, order: &str, field: &FormField) -> Option<String> {
    let row = world.tables.row(ORDER_FORM, &[order, ""])?;
    let value = row.get(&field.column)?;
    let blank = match value {
        Value::Text(text) => text.trim().is_empty(),
        Value::Number(number) => number.is_zero(),
        Value::Date(date) => date.is_none(),
        Value::Version(_) => true,
    };
    (!blank).then(|| plain(value))
}

fn change(world: &World, manners: &Manners, item: &Element, order: String, field: &FormField) -> Checked {
    let value = match field.kind {
        FormKind::Alpha(_) => {
            let text = item.value("AlphaValue").unwrap_or_default();
            text_for(world, manners, ORDER_FORM, &field.column, text)
                .map_err(|it| vec![FieldError { field: "AlphaValue".to_owned(), ..it }])?
        }
        FormKind::Numeric => {
            let text = item.value("NumericValue").unwrap_or_default();
            let number = text.parse().map_err(|_| {
                vec![FieldError::new("NumericValue", text, GENERIC, format!("'{text}' is not numeric"))]
            })?;
            Value::Number(number)
        }
        FormKind::Date => {
            let text = item.value("DateValue").unwrap_or_default();
            Value::Date(Some(date(text).ok_or_else(|| vec![bad_date("DateValue", text)])?))
        }
    };
    let row = Fields::new().text("SalesOrder", &order).text("InvoiceNumber", "");
    Ok(vec![Change {
        table: ORDER_FORM,
        key: vec![order.clone(), String::new()],
        shown: order,
        cells: vec![(field.name.clone(), field.column.clone(), value)],
        otherwise_new: Some(row),
    }])
}

/// COMQFM: the fields of the form and an order's values.
pub(crate) fn definition(world: &World, query: &Element) -> Result<String, Failure> {
    let key = query.child("Key").unwrap_or(query);
    let form = key.value("FormType").unwrap_or_default();
    if form != SALES_ORDER {
        return Err(Failure::exception(format!("form type '{form}' is invalid")));
    }
    let order = key
        .value("KeyField")
        .or_else(|| key.child("KeyFields").and_then(|it| it.value("SalesOrder")))
        .unwrap_or_default();
    let mut xml = Writer::new("QueryCustomForm");
    xml.field("FormType", form);
    xml.field("KeyField", &edited(order));
    documents::custom_forms(&mut xml, world, &stored(order));
    Ok(xml.finish())
}
