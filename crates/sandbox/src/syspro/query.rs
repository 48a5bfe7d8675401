//! Query objects by name, and what they have in common: keys, options, filters, cells as text.
//!
//! ```text
//! Query{Key, Option{IncludeX Y/N}, Filter{X FilterType= FilterValue=}} ─► rows ─► answer
//! ```

use crate::serve::House;
use crate::world::key::stored;
use crate::world::table::{Kind, Table, Value, View};

use super::enet::{Failure, Job, Method, unknown};
use super::xml::{Element, FieldError, GENERIC, Writer};
use super::{Office, comfnd, documents, fetch, form, lists, masters, notepad, profile};

/// Runs a query object.
pub(crate) fn run(office: &Office, method: Method, job: &Job, house: &House) -> Result<String, Failure> {
    let object = job.business_object.as_str();
    if office.manners.missing_objects.iter().any(|it| it.eq_ignore_ascii_case(object)) {
        return Err(unknown(object));
    }
    let mut query = Element::parse(&job.document).map_err(Failure::exception)?;
    query.forget(&office.manners.ignored_elements);
    match (method, object) {
        (Method::Fetch, _) => fetch::one(office, &query),
        (Method::Browse, _) => fetch::browse(office, &query),
        (_, "COMFND") => comfnd::find(office, &query, house),
        (_, "COMQFM") => form::definition(office, &query),
        (_, "COMQUS") => Ok(profile::users(office)),
        (_, "COMNOT") => notepad::read(office, &query),
        (_, "SORQRY") => documents::order(office, &query),
        (_, "SORQDN") => documents::dispatch_note(office, &query),
        (_, "SORQSO") => lists::orders(office, &query),
        (_, "SORQDL") => lists::dispatch_notes(office, &query),
        (_, "ARSQMA") => lists::ship_to_addresses(office, &query),
        (_, "ARSQRY") => masters::customer(office, &query),
        (_, "INVQRY") => masters::stock_code(office, &query),
        (_, "PORQRY") => masters::purchase_order(office, &query),
        _ => Err(unknown(object)),
    }
}

/// The key a query asks about.
pub(crate) fn key_of<'a>(query: &'a Element, name: &str) -> Result<&'a str, Failure> {
    query
        .child("Key")
        .and_then(|it| it.value(name))
        .filter(|it| !it.is_empty())
        .ok_or_else(|| Failure::exception(format!("the query has no Key/{name}")))
}

/// The answer about a key that does not exist. Its form is *assumed*: no capture shows one.
pub(crate) fn not_found(mut xml: Writer, element: &str, asked: &str, what: &str) -> String {
    xml.error(&FieldError::new(element, asked, GENERIC, format!("{what} '{asked}' not found")));
    xml.finish()
}

/// Whether an option says `Y`.
pub(crate) fn option(query: &Element, name: &str) -> bool {
    query.child("Option").is_some_and(|it| it.yes(name))
}

/// The text of an option; nothing when it is absent or blank.
pub(crate) fn option_text<'a>(query: &'a Element, name: &str) -> Option<&'a str> {
    query.child("Option").and_then(|it| it.value(name)).filter(|it| !it.is_empty())
}

/// A filter by type: all, one, a list or a range.
pub(crate) enum Filter {
    All,
    Nothing,
    Among(Vec<String>),
    Between(String, String),
}

impl Filter {
    /// The filter of this name in a query; absent means all.
    pub(crate) fn of(query: &Element, name: &str) -> Self {
        let block = query.child("Filter").and_then(|it| it.child(name));
        let value = block.and_then(|it| it.attribute("FilterValue")).unwrap_or_default();
        let parts: Vec<String> = value.split(',').map(|it| it.trim().to_owned()).collect();
        match (block.and_then(|it| it.attribute("FilterType")), parts.as_slice()) {
            (Some("S"), _) => Self::Among(vec![value.trim().to_owned()]),
            (Some("L"), _) => Self::Among(parts),
            (Some("R"), [from, to]) => Self::Between(from.clone(), to.clone()),
            (Some("N"), _) => Self::Nothing,
            _ => Self::All,
        }
    }

    /// Whether a cell passes; keys compare in any padding, dates as dates.
    pub(crate) fn accepts(&self, value: &str) -> bool {
        let value = value.trim();
        match self {
            Self::All => true,
            Self::Nothing => false,
            Self::Among(list) => list.iter().any(|it| it == value || stored(it) == value),
            Self::Between(from, to) => (stored(from).as_str()..=stored(to).as_str()).contains(&stored(value).as_str()),
        }
    }
}

/// A cell as query objects write it: numbers right-aligned in their width, a missing date empty.
pub(crate) fn cell_text(table: &Table, position: usize, value: &Value) -> String {
    match (table.columns[position].kind, value) {
        (Kind::Number { precision, .. }, Value::Number(number)) => format!("{number:>width$}", width = precision + 1),
        (_, Value::Number(number)) => number.to_string(),
        (_, Value::Text(text)) => text.trim_end().to_owned(),
        (_, Value::Date(date)) => date.map_or_else(String::new, |it| it.to_string()),
        (_, Value::Version(version)) => format!("{version:016X}"),
    }
}

/// Writes a row's column as an element of another name, unless there is no such column.
pub(crate) fn cell(xml: &mut Writer, row: &View<'_>, element: &str, column: &str) {
    if let Some(at) = row.table.position(column) {
        xml.field(element, &cell_text(row.table, at, &row.cells[at]));
    }
}

/// Writes columns as elements of the same names.
pub(crate) fn cells(xml: &mut Writer, row: &View<'_>, columns: &[&str]) {
    columns.iter().for_each(|column| cell(xml, row, column, column));
}

/// A number as a person reads it: thousands separated by commas.
pub(crate) fn edited_number(text: &str) -> String {
    let (sign, text) = text.trim().strip_prefix('-').map_or(("", text.trim()), |it| ("-", it));
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let point = if decimals.is_empty() { "" } else { "." };
    format!("{sign}{grouped}{point}{decimals}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edited_numbers_have_separators_and_are_not_for_machines() {
        assert_eq!(edited_number("   38400.000"), "38,400.000");
        assert_eq!(edited_number("-1234567.5"), "-1,234,567.5");
        assert_eq!(edited_number("999"), "999");
    }

    #[test]
    fn filters_compare_keys_in_any_padding_and_dates_as_text() {
        let query = Element::parse(
            "<Query><Filter><A FilterType='R' FilterValue='000790,000812'/><B FilterType='L' FilterValue='1,4'/>\
             <C FilterType='R' FilterValue='2026-09-01,2026-09-14'/><D FilterType='N'/></Filter></Query>",
        )
        .expect("a query");
        let accepts = |name: &str, value: &str| Filter::of(&query, name).accepts(value);
        assert!(accepts("A", "000000000000800") && !accepts("A", "000000000000813"));
        assert!(accepts("B", "4") && !accepts("B", "2"));
        assert!(accepts("C", "2026-09-14") && !accepts("C", "2026-09-15"));
        assert!(!accepts("D", "x") && accepts("E", "x"));
    }
}
