//! Query objects by name, and what they have in common: the logon profile, cells as text.

use jiff::Timestamp;

use crate::world::table::{Kind, Table, Value};
use crate::world::{COMPANY_NAME, WAREHOUSE, local_date};

use super::enet::{Failure, Job};
use super::xml::{Element, Writer};
use super::{Office, comfnd, documents, form};

/// Runs a query object.
pub(crate) fn run(office: &Office, job: &Job) -> Result<String, Failure> {
    let query = Element::parse(&job.document).map_err(Failure::exception)?;
    match job.business_object.as_str() {
        "COMFND" => comfnd::find(&office.world.tables, &query),
        "SORQRY" => documents::order(&office.world, &query),
        "SORQDN" => documents::dispatch_note(&office.world, &query),
        "SORQSO" => documents::orders(&office.world, &query),
        "SORQDL" => documents::dispatch_notes(&office.world, &query),
        "COMQFM" => form::definition(&office.world, &query),
        other => Err(Failure::exception(format!("business object {other} could not be found"))),
    }
}

/// The logon profile of a session.
pub(crate) fn profile(operator: &str, now: Timestamp) -> String {
    let today = local_date(now).to_string();
    let mut xml = Writer::new("LogonProfile");
    for (name, value) in [
        ("CompanyName", COMPANY_NAME),
        ("OperatorCode", operator),
        ("OperatorGroup", "SHIP"),
        ("OperatorLanguageCode", "05"),
        ("SystemLanguage", "05"),
        ("AccountingDate", &today),
        ("CompanyDate", &today),
        ("DefaultArBranch", "10"),
        ("DefaultWarehouse", WAREHOUSE),
        ("SystemNationalityCode", "USA"),
        ("LocalCurrencyCode", "USD"),
        ("CurrencyDescription", "US dollar"),
        ("DecimalFormat", "1"),
        ("DateFormat", "01"),
        ("DatabaseType", "SQL"),
        ("SysproVersion", "8.0.000"),
        ("EnetVersion", "8.0.0.0"),
        ("SysproServerBitWidth", "64"),
    ] {
        xml.field(name, value);
    }
    xml.finish()
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
