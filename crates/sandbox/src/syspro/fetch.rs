//! COMFCH, one row of a table, and COMBRW, a page of one.
//!
//! Rows of a fetch are the table's columns as elements; those of a browse have each cell as
//! `Value` and `DataType`. A browse is taken to bear its table's name.

use crate::world::key::stored;
use crate::world::table::{Kind, Table, View};

use super::Office;
use super::enet::Failure;
use super::query::{cell_text, cells, not_found};
use super::xml::{Element, Writer};

/// COMFCH: the row of `Key` and `OptionalKey1` to `OptionalKey12`.
pub(crate) fn one(office: &Office, fetch: &Element) -> Result<String, Failure> {
    let name = fetch.value("TableName").unwrap_or_default();
    let table = table(office, name)?;
    let mut key = vec![fetch.value("Key").unwrap_or_default().to_owned()];
    for number in 1..table.key_columns.min(13) {
        key.push(fetch.value(&format!("OptionalKey{number}")).unwrap_or_default().to_owned());
    }
    let mut xml = Writer::new(&element_name(table), &office.manners);
    let exact: Vec<&str> = key.iter().map(String::as_str).collect();
    let padded: Vec<String> = key.iter().map(|it| stored(it)).collect();
    let padded: Vec<&str> = padded.iter().map(String::as_str).collect();
    let Some(row) = table.row(&exact).or_else(|| table.row(&padded)) else {
        return Ok(not_found(xml, "Key", &key.join(" "), name));
    };
    let columns: Vec<&str> = table.columns.iter().map(|it| it.name.as_str()).filter(|it| *it != "TimeStamp").collect();
    cells(&mut xml, &row, &columns);
    Ok(xml.finish())
}

/// COMBRW: rows from `StartAtKey` on that pass the filters.
pub(crate) fn browse(office: &Office, browse: &Element) -> Result<String, Failure> {
    let details = browse.child("BrowseDetails");
    let named = details.and_then(|it| it.value("TableName")).filter(|it| !it.is_empty());
    let table = table(office, named.or_else(|| browse.value("BrowseName")).unwrap_or_default())?;
    let asked: Vec<&str> =
        details.map(|it| it.all("Column").filter_map(|it| it.value("ColumnName")).collect()).unwrap_or_default();
    let known: Vec<&str> = table.columns.iter().take(5).map(|it| it.name.as_str()).collect();
    let columns = if asked.is_empty() { known } else { asked };
    let start = browse.value("StartAtKey").map(stored).unwrap_or_default();
    let most = browse.value("ReturnRows").and_then(|it| it.parse().ok()).unwrap_or(usize::MAX);
    let passes = |row: &View<'_>| {
        browse.all("Filter").all(|it| {
            let column = it.value("ColumnFilterName").unwrap_or_default();
            column.is_empty() || row.text(column).trim() == it.value("ColumnFilterValue").unwrap_or_default()
        })
    };
    let mut xml = Writer::new(&element_name(table), &office.manners);
    xml.field("Title", details.and_then(|it| it.value("Title")).unwrap_or(&table.name));
    let key = table.columns.first().map(|it| it.name.as_str()).unwrap_or_default();
    for row in table.rows().filter(|it| it.text(key) >= start.as_str()).filter(passes).take(most) {
        xml.open("Row");
        for column in &columns {
            let at =
                table.position(column).ok_or_else(|| Failure::exception(format!("invalid column name '{column}'")))?;
            xml.open(column);
            xml.field("Value", &cell_text(table, at, &row.cells[at]));
            xml.field("DataType", data_type(table.columns[at].kind));
            xml.close(column);
        }
        xml.close("Row");
    }
    Ok(xml.finish())
}

fn data_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Text(_) | Kind::Version => "AlphaNumeric",
        Kind::Number { .. } => "Numeric",
        Kind::Date => "Date",
    }
}

fn table<'a>(office: &'a Office, name: &str) -> Result<&'a Table, Failure> {
    office.world.tables.table(name).ok_or_else(|| Failure::exception(format!("invalid object name '{name}'")))
}

/// A table of custom form fields has a name no element can have.
pub(crate) fn element_name(table: &Table) -> String {
    table.name.replace('+', "_Plus")
}
