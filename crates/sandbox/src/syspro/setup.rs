//! Setups: COMSFM (custom form values), ARSSMA (ship-to addresses), COMSNO (notepads).
//!
//! ```text
//! Setup/Add │ Update │ Delete ─► Item{Key{…}, …} ─► item/key/… + StatusOfItems{RecordsRead, RecordsInvalid}
//! ```
//!
//! Answers have root, item and key in lower case. Adding what exists is refused as a duplicate
//! key, changing or deleting what does not as not found.

use crate::serve::House;
use crate::world::World;
use crate::world::key::stored;
use crate::world::table::{Fields, Kind, Value};

use super::enet::{Failure, Job, Method, unknown};
use super::post::{Change, Checked, Orders, carry_out, read, text_for};
use super::xml::{DUPLICATE, Element, FieldError, GENERIC, MAY_NOT_BE_SPACES, Writer};
use super::{Manners, Office, form, notepad};

/// Runs a setup.
pub(crate) fn run(office: &mut Office, method: Method, job: &Job, house: &House) -> Result<String, Failure> {
    let object = job.business_object.as_str();
    if office.manners.missing_objects.iter().any(|it| it.eq_ignore_ascii_case(object)) {
        return Err(unknown(object));
    }
    match object {
        "COMSFM" => {
            let (mut orders, document) = read(office, job, "SetupCustomForm")?;
            // COMSFM knows ValidateOnly alone.
            orders.all_or_nothing = false;
            let check = form::check(method);
            Ok(items(office, job, &orders, &document, &["FormType", "KeyField", "FieldName"], &check, house))
        }
        "ARSSMA" => {
            let (orders, document) = read(office, job, "SetupArMultipleShipAddresses")?;
            let check = move |world: &World, manners: &Manners, item: &Element| address(method, world, manners, item);
            Ok(items(office, job, &orders, &document, &["Customer", "AddrCode"], &check, house))
        }
        "COMSNO" if method != Method::Delete => notepad::write(office, job, house),
        _ => Err(unknown(object)),
    }
}

/// Carries out the items and writes the answer: each item's key, errors at the element at fault.
fn items(
    office: &mut Office,
    job: &Job,
    orders: &Orders,
    document: &Element,
    key_names: &[&str],
    check: super::post::Check<'_>,
    house: &House,
) -> String {
    let items: Vec<&Element> = document.all("Item").collect();
    let checks = carry_out(office, &job.business_object, orders, &items, check, house);
    let mut xml = Writer::low(&document.name, &office.manners);
    let (item_name, key_name) = (xml.lowered("Item"), xml.lowered("Key"));
    for (item, checked) in items.iter().zip(&checks) {
        let key = item.child("Key").cloned().unwrap_or_default();
        let errors = checked.as_ref().err().map(Vec::as_slice).unwrap_or_default();
        xml.open(&item_name);
        xml.open(&key_name);
        for name in key_names {
            let low = xml.lowered(name);
            match errors.iter().find(|it| it.field == *name) {
                Some(error) => FieldError { field: low, ..error.clone() }.written(&mut xml),
                None => xml.field(&low, key.value(name).unwrap_or_default()),
            }
        }
        xml.close(&key_name);
        errors.iter().filter(|it| !key_names.contains(&it.field.as_str())).for_each(|it| it.written(&mut xml));
        if checked.is_ok() {
            orders.told().into_iter().for_each(|it| xml.warning(it));
        }
        xml.close(&item_name);
    }
    let invalid = checks.iter().filter(|it| it.is_err()).count();
    xml.status("StatusOfItems", 5, &[("RecordsRead", items.len()), ("RecordsInvalid", invalid)]);
    xml.finish()
}

/// The elements of a ship-to address that bear the names of their columns.
const ADDRESS: &[&str] = &[
    "ShipToName",
    "ShipToAddr1",
    "ShipToAddr2",
    "ShipToAddr3",
    "ShipToAddr3Loc",
    "ShipToAddr4",
    "ShipToAddr5",
    "ShipPostalCode",
    "ShipToGpsLat",
    "ShipToGpsLong",
    "Area",
    "State",
    "CountyZip",
    "City",
    "RouteCode",
    "Nationality",
];

/// ARSSMA: one ship-to address of a customer.
fn address(method: Method, world: &World, manners: &Manners, item: &Element) -> Checked {
    let key = item.child("Key").cloned().unwrap_or_default();
    let value = |name: &str| key.value(name).unwrap_or_default().to_owned();
    let (asked, code) = (value("Customer"), value("AddrCode"));
    let customer = stored(&asked);
    let wrong =
        |field: &str, value: &str, number: u32, words: String| Err(vec![FieldError::new(field, value, number, words)]);
    if world.tables.row("ArCustomer", &[&customer]).is_none() {
        return wrong("Customer", &asked, GENERIC, format!("Customer '{asked}' not found"));
    }
    if code.is_empty() {
        return wrong("AddrCode", &code, MAY_NOT_BE_SPACES, "Address code may not be spaces".to_owned());
    }
    let exists = world.tables.row("ArMultAddress", &[&customer, &code]).is_some();
    match method {
        Method::Add if exists => return wrong("AddrCode", &code, DUPLICATE, format!("Duplicate key: '{code}'")),
        Method::Update | Method::Delete if !exists => {
            return wrong("AddrCode", &code, GENERIC, format!("Address code '{code}' not found"));
        }
        _ => {}
    }
    let mut cells = Vec::new();
    let mut errors = Vec::new();
    for field in ADDRESS.iter().filter(|_| method != Method::Delete) {
        let Some(text) = item.value(field).filter(|it| !it.is_empty() || manners.empty_clears) else { continue };
        match parsed(world, manners, "ArMultAddress", field, text) {
            Ok(value) => cells.push(((*field).to_owned(), (*field).to_owned(), value)),
            Err(error) => errors.push(error),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(vec![Change {
        table: "ArMultAddress".to_owned(),
        key: vec![customer.clone(), code.clone()],
        shown: format!("{customer} {code}"),
        cells,
        otherwise_new: (method == Method::Add)
            .then(|| Fields::new().text("Customer", &customer).text("AddrCode", &code)),
        delete: method == Method::Delete,
    }])
}

/// A text as its column's kind wants it.
pub(crate) fn parsed(
    world: &World,
    manners: &Manners,
    table: &str,
    column: &str,
    text: &str,
) -> Result<Value, FieldError> {
    let kind = world.tables.table(table).and_then(|it| it.position(column).map(|at| it.columns[at].kind));
    match kind {
        Some(Kind::Number { .. }) if text.is_empty() => Ok(Value::Number(0.into())),
        Some(Kind::Number { scale, .. }) => match text.parse::<rust_decimal::Decimal>() {
            Ok(number) if number.normalize().scale() <= scale => Ok(Value::Number(number)),
            _ => Err(FieldError::new(column, text, GENERIC, format!("'{text}' is not numeric"))),
        },
        Some(Kind::Date) if text.is_empty() => Ok(Value::Date(None)),
        Some(Kind::Date) => match super::dispatch::date(text) {
            Some(date) => Ok(Value::Date(Some(date))),
            None => Err(super::dispatch::bad_date(column, text)),
        },
        _ => text_for(world, manners, table, column, text),
    }
}
