//! Posts and setups: what every business object that changes something has in common.
//!
//! ```text
//! parameters ─► ValidateOnly, ApplyIfEntireDocumentValid, IgnoreWarnings
//! document ───► items ─► check (pure) ─► changes | complaints ─► tables, ledger ─► answer
//! ```
//!
//! Elements nobody asks for are ignored in silence, whatever they say: a misspelt one looks like
//! success. An item that is refused carries error children; its siblings go on, unless the whole
//! document was to be valid. A warning refuses an item as well, unless warnings are to be ignored.

use crate::ledger::SysproWrite;
use crate::serve::House;
use crate::world::World;
use crate::world::table::{Fields, Kind, Value};

use super::enet::{Failure, Job, unknown};
use super::xml::{Element, FieldError, GENERIC, Writer};
use super::{Manners, Office, dispatch, form, import, lines};

/// Runs a transaction post.
pub(crate) fn run(office: &mut Office, job: &Job, house: &House) -> Result<String, Failure> {
    let object = job.business_object.as_str();
    if office.manners.missing_objects.iter().any(|it| it.eq_ignore_ascii_case(object)) {
        return Err(unknown(object));
    }
    match object {
        "SORTDH" => items(office, job, &dispatch::HEADER, house),
        "SORTDS" => items(office, job, &dispatch::STATUS, house),
        "SORTOS" => items(office, job, &dispatch::ORDER_STATUS, house),
        "SORTDA" => lines::to_dispatch_notes(office, job, house),
        "SORTOI" => import::orders(office, job, house),
        "COMTFM" => form::post(office, job, house),
        _ => Err(unknown(object)),
    }
}

/// One row to change.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) table: String,
    pub(crate) key: Vec<String>,
    /// The key as the ledger shows it.
    pub(crate) shown: String,
    /// What the ledger calls the field, its column and the new value.
    pub(crate) cells: Vec<(String, String, Value)>,
    /// Columns to fill when the row does not exist yet.
    pub(crate) otherwise_new: Option<Fields>,
    /// The row goes.
    pub(crate) delete: bool,
}

/// What an item wants, or what is wrong with it.
pub(crate) type Checked = Result<Vec<Change>, Vec<FieldError>>;

/// How an item is checked: nothing is changed by it.
pub(crate) type Check<'a> = &'a dyn Fn(&World, &Manners, &Element) -> Checked;

/// A business object whose document is a list of `Item`s.
pub(crate) struct ItemPost {
    pub(crate) root: &'static str,
    /// The element that names the document and is echoed.
    pub(crate) key: &'static str,
    /// The element around what is echoed, and what is echoed beside the key.
    pub(crate) echo: (Option<&'static str>, &'static [&'static str]),
    /// Whether items are counted in the answer.
    pub(crate) numbered: bool,
    /// The name of the block of counters, which differs by object.
    pub(crate) status: &'static str,
    pub(crate) check: fn(&World, &Manners, &Element) -> Checked,
}

/// What `IgnoreWarnings` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Warnings {
    /// `N`: a warning refuses the item.
    Refuse,
    /// `Y`: as if there were none.
    Ignore,
    /// `W`: the item is processed and the warning told.
    Tell,
}

/// How a document is to be carried out.
pub(crate) struct Orders {
    pub(crate) validate_only: bool,
    pub(crate) all_or_nothing: bool,
    pub(crate) warnings: Warnings,
    /// A warning this object has about every item.
    pub(crate) warning: Option<String>,
    /// Why every item is refused.
    refusal: Option<FieldError>,
    pretending: bool,
}

impl Orders {
    /// Whether valid items are written.
    pub(crate) fn takes_effect(&self) -> bool {
        !self.validate_only && !self.pretending
    }

    /// Why an item is refused whatever it holds.
    pub(crate) fn refusal(&self) -> Option<FieldError> {
        let warned = self.warning.clone().filter(|_| self.warnings == Warnings::Refuse);
        self.refusal.clone().or_else(|| warned.map(|text| FieldError::warning(&text)))
    }

    /// The warning to tell beside an item that was processed.
    pub(crate) fn told(&self) -> Option<&str> {
        self.warning.as_deref().filter(|_| self.warnings == Warnings::Tell)
    }
}

/// Reads parameters and document; both must have the object's root.
pub(crate) fn read(office: &Office, job: &Job, root: &str) -> Result<(Orders, Element), Failure> {
    let manners = &office.manners;
    let object = job.business_object.as_str();
    let document = rooted(manners, &job.document, root, object)?;
    let parameters = if job.parameters.trim().is_empty() {
        Element::default()
    } else {
        rooted(manners, &job.parameters, root, object)?
    };
    let parameters = parameters.child("Parameters");
    let says = |name: &str| parameters.is_some_and(|it| it.yes(name));
    let named = |list: &[String]| list.iter().any(|it| it.eq_ignore_ascii_case(object));
    let warnings = match parameters.and_then(|it| it.value("IgnoreWarnings")).map(str::to_ascii_uppercase).as_deref() {
        Some("Y") => Warnings::Ignore,
        Some("W") => Warnings::Tell,
        _ => Warnings::Refuse,
    };
    let closed = named(&manners.closed_period_for);
    let orders = Orders {
        validate_only: says("ValidateOnly"),
        all_or_nothing: says("ApplyIfEntireDocumentValid"),
        warnings,
        warning: manners.warnings.iter().find(|(it, _)| it.eq_ignore_ascii_case(object)).map(|(_, text)| text.clone()),
        refusal: closed.then(|| FieldError::new("ErrorMessage", "", GENERIC, manners.closed_period.clone())),
        pretending: named(&manners.pretending),
    };
    Ok((orders, document))
}

fn rooted(manners: &Manners, text: &str, root: &str, object: &str) -> Result<Element, Failure> {
    let mut element = Element::parse(text).map_err(Failure::exception)?;
    if element.name != root {
        let given = element.name;
        return Err(Failure::exception(format!("the root element '{given}' is not the one {object} expects")));
    }
    element.forget(&manners.ignored_elements);
    Ok(element)
}

fn items(office: &mut Office, job: &Job, object: &ItemPost, house: &House) -> Result<String, Failure> {
    let (orders, document) = read(office, job, object.root)?;
    let items: Vec<&Element> = document.all("Item").collect();
    let checks = carry_out(office, &job.business_object, &orders, &items, &object.check, house);
    let mut xml = Writer::low(object.root, &office.manners);
    let mut tally = Tally::default();
    for ((item, checked), number) in items.iter().zip(&checks).zip(1_u32..) {
        xml.open("Item");
        match checked {
            Ok(_) => {
                let (around, beside) = object.echo;
                around.into_iter().for_each(|it| xml.open(it));
                for name in std::iter::once(&object.key).chain(beside) {
                    xml.field(name, item.value(name).unwrap_or_default());
                }
                around.into_iter().for_each(|it| xml.close(it));
                orders.told().into_iter().for_each(|it| xml.warning(it));
            }
            Err(errors) => {
                if errors.iter().all(|it| it.field != object.key) {
                    xml.field(object.key, item.value(object.key).unwrap_or_default());
                }
                errors.iter().for_each(|it| it.written(&mut xml));
            }
        }
        if object.numbered {
            xml.field("ItemNumber", &format!("{number:06}"));
        }
        tally.count(checked, &orders);
        xml.close("Item");
    }
    tally.written(&mut xml, object.status, 6);
    Ok(xml.finish())
}

/// The counters behind the items.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    valid: usize,
    invalid: usize,
    refused_with_warnings: usize,
    processed_with_warnings: usize,
    all_or_nothing: bool,
}

impl Tally {
    /// Counts an item.
    pub(crate) fn count<T>(&mut self, checked: &Result<T, Vec<FieldError>>, orders: &Orders) {
        self.all_or_nothing = orders.all_or_nothing;
        match checked {
            Ok(_) if orders.told().is_some() => self.processed_with_warnings += 1,
            Ok(_) => self.valid += 1,
            Err(errors) if errors.iter().all(|it| it.is_warning) => self.refused_with_warnings += 1,
            Err(_) => self.invalid += 1,
        }
    }

    /// Writes the status block; counters about warnings only where there were any.
    pub(crate) fn written(&self, xml: &mut Writer, name: &str, digits: usize) {
        let refused = self.invalid + self.refused_with_warnings;
        let processed = if refused > 0 && self.all_or_nothing { 0 } else { self.valid + self.processed_with_warnings };
        let mut counters = vec![("ItemsProcessed", processed)];
        if self.refused_with_warnings > 0 {
            counters.push(("ItemsRejectedWithWarnings", self.refused_with_warnings));
        }
        if self.processed_with_warnings > 0 {
            counters.push(("ItemsProcessedWithWarnings", self.processed_with_warnings));
        }
        counters.push(("ItemsInvalid", self.invalid));
        xml.status(name, digits, &counters);
    }
}

/// Checks every item and applies what may be applied.
pub(crate) fn carry_out(
    office: &mut Office,
    object: &str,
    orders: &Orders,
    items: &[&Element],
    check: Check<'_>,
    house: &House,
) -> Vec<Checked> {
    let Office { world, manners, .. } = office;
    let judged = |world: &World, item: &Element| match orders.refusal() {
        Some(refusal) => check(world, manners, item).and(Err(vec![refusal])),
        None => check(world, manners, item),
    };
    let mut checks = Vec::new();
    if !orders.takes_effect() || orders.all_or_nothing {
        checks.extend(items.iter().map(|it| judged(world, it)));
        if !orders.takes_effect() || checks.iter().any(Result::is_err) {
            return checks;
        }
        checks.clear();
    }
    for item in items {
        let checked = judged(world, item);
        for change in checked.iter().flatten() {
            apply(world, object, change, house);
        }
        checks.push(checked);
    }
    checks
}

/// Writes a change and enters each of its fields in the ledger.
pub(crate) fn apply(world: &mut World, object: &str, change: &Change, house: &House) {
    if change.delete {
        return delete(world, object, change, house);
    }
    let key: Vec<&str> = change.key.iter().map(String::as_str).collect();
    let shown = |world: &World, column: &str| {
        let row = world.tables.row(&change.table, &key);
        row.and_then(|it| it.get(column)).map(plain).unwrap_or_default()
    };
    let before: Vec<String> = change.cells.iter().map(|(_, column, _)| shown(world, column)).collect();
    let fields =
        change.cells.iter().fold(Fields::new(), |fields, (_, column, value)| fields.set(column, value.clone()));
    if !world.tables.alter(&change.table, &key, fields.clone())
        && let Some(new) = change.otherwise_new.clone()
    {
        world.tables.put(&change.table, new);
        world.tables.alter(&change.table, &key, fields);
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

fn delete(world: &mut World, object: &str, change: &Change, house: &House) {
    let key: Vec<&str> = change.key.iter().map(String::as_str).collect();
    if world.tables.remove(&change.table, &key) {
        let entry = SysproWrite {
            at: house.clock.now(),
            business_object: object.to_owned(),
            key: change.shown.clone(),
            field: format!("{} row", change.table),
            before: "there".to_owned(),
            after: String::new(),
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

/// Somebody who is maintaining a document keeps everyone else from changing it.
pub(crate) fn unlocked(
    world: &World,
    manners: &Manners,
    field: &str,
    key: &str,
    asked: &str,
) -> Result<(), FieldError> {
    match world.locks.get(key) {
        None => Ok(()),
        Some(operator) => {
            let words = manners.document_locked.replace("{document}", asked).replace("{operator}", operator);
            Err(FieldError::new(field, asked, GENERIC, words))
        }
    }
}
