//! A small in-memory database: tables with typed columns, a primary key and a row version.
//!
//! ```text
//! Fields::new().text(..).number(..) ─► Tables::put / alter ─► row (version + 1)
//!                                      Tables::table(name) ─► View ─► query objects, OData
//! ```
//!
//! Text columns are never null, they are blank; dates may be null. Comparison is binary and
//! case-sensitive, as with the collation such databases use.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Text of at most so many characters.
    Text(usize),
    /// Decimal number with this many digits, this many of them after the point.
    Number { precision: usize, scale: u32 },
    /// Calendar date or nothing.
    Date,
    /// The database's row version, eight bytes; not a time.
    Version,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Text(String),
    Number(Decimal),
    Date(Option<Date>),
    Version(u64),
}

/// Cells by column name, on their way into a table.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fields(Vec<(String, Value)>);

impl Fields {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn set(mut self, column: &str, value: Value) -> Self {
        self.0.push((column.to_owned(), value));
        self
    }

    pub(crate) fn text(self, column: &str, text: impl Into<String>) -> Self {
        self.set(column, Value::Text(text.into()))
    }

    pub(crate) fn number(self, column: &str, number: impl Into<Decimal>) -> Self {
        self.set(column, Value::Number(number.into()))
    }

    pub(crate) fn date(self, column: &str, date: Option<Date>) -> Self {
        self.set(column, Value::Date(date))
    }

    /// The columns that a table has.
    pub(crate) fn that_fit(mut self, table: &Table) -> Self {
        self.0.retain(|(column, _)| table.position(column).is_some());
        self
    }
}

/// A table: columns, how many leading ones are the key, and its rows in key order.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) columns: Vec<Column>,
    pub(crate) key_columns: usize,
    rows: BTreeMap<Vec<String>, Vec<Value>>,
}

impl Table {
    pub(crate) fn new(name: &str, columns: Vec<Column>, key_columns: usize) -> Self {
        Self { name: name.to_owned(), columns, key_columns, rows: BTreeMap::new() }
    }

    /// Position of a column, whatever the case of its name.
    pub(crate) fn position(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|it| it.name.eq_ignore_ascii_case(column))
    }

    /// Every row in key order.
    pub(crate) fn rows(&self) -> impl Iterator<Item = View<'_>> {
        self.rows.values().map(|cells| View { table: self, cells })
    }

    /// The rows whose leading key columns have these values.
    pub(crate) fn under<'a>(&'a self, leading: &[&str]) -> impl Iterator<Item = View<'a>> + use<'a> {
        let from: Vec<String> = leading.iter().map(|it| (*it).to_owned()).collect();
        let prefix = from.clone();
        self.rows
            .range(from..)
            .take_while(move |(key, _)| key.starts_with(&prefix))
            .map(|(_, cells)| View { table: self, cells })
    }

    /// The row with exactly this key.
    pub(crate) fn row(&self, key: &[&str]) -> Option<View<'_>> {
        let key: Vec<String> = key.iter().map(|it| (*it).to_owned()).collect();
        self.rows.get(&key).map(|cells| View { table: self, cells })
    }

    /// Adds a column, blank in every row; a column that exists stays.
    pub(crate) fn add_column(&mut self, name: &str, kind: Kind) {
        if self.position(name).is_none() {
            self.columns.push(Column { name: name.to_owned(), kind });
            for cells in self.rows.values_mut() {
                cells.push(blank(kind));
            }
        }
    }

    fn key_of(&self, cells: &[Value]) -> Vec<String> {
        cells.iter().take(self.key_columns).map(key_part).collect()
    }

    fn assign(&self, cells: &mut [Value], fields: Fields, version: u64) {
        for (column, value) in fields.0 {
            let Some(at) = self.position(&column) else {
                debug_assert!(false, "{} has no column {column}", self.name);
                continue;
            };
            cells[at] = fitted(self.columns[at].kind, value);
        }
        for (column, cell) in self.columns.iter().zip(cells) {
            if column.kind == Kind::Version {
                *cell = Value::Version(version);
            }
        }
    }
}

/// How a number stands in a key: line numbers sort as numbers.
pub(crate) fn key_number(number: impl Into<Decimal>) -> String {
    format!("{:0>10}", number.into().normalize().to_string())
}

fn key_part(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Number(number) => key_number(*number),
        Value::Date(date) => date.map_or_else(String::new, |it| it.to_string()),
        Value::Version(version) => version.to_string(),
    }
}

fn blank(kind: Kind) -> Value {
    match kind {
        // A flag nobody has set is one blank, a longer text is empty.
        Kind::Text(1) => Value::Text(" ".to_owned()),
        Kind::Text(_) => Value::Text(String::new()),
        Kind::Number { scale, .. } => Value::Number(Decimal::new(0, scale)),
        Kind::Date => Value::Date(None),
        Kind::Version => Value::Version(0),
    }
}

/// A value as its column can hold it: text cut to the column's length, numbers to its decimals.
fn fitted(kind: Kind, value: Value) -> Value {
    match (kind, value) {
        (Kind::Text(length), Value::Text(text)) => Value::Text(text.chars().take(length).collect()),
        (Kind::Number { scale, .. }, Value::Number(mut number)) => {
            number.rescale(scale);
            Value::Number(number)
        }
        (_, value) => value,
    }
}

/// A row together with its table's columns.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) table: &'a Table,
    pub(crate) cells: &'a [Value],
}

impl<'a> View<'a> {
    pub(crate) fn get(&self, column: &str) -> Option<&'a Value> {
        self.table.position(column).map(|at| &self.cells[at])
    }

    /// Text of a column; empty for a column that is not text or does not exist.
    pub(crate) fn text(&self, column: &str) -> &'a str {
        match self.get(column) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    /// Its cells on their way into another row; the row version stays behind.
    pub(crate) fn fields(&self) -> Fields {
        let cells = self.table.columns.iter().zip(self.cells);
        Fields(
            cells
                .filter(|(column, _)| column.kind != Kind::Version)
                .map(|(column, value)| (column.name.clone(), value.clone()))
                .collect(),
        )
    }

    pub(crate) fn date(&self, column: &str) -> Option<Date> {
        match self.get(column) {
            Some(Value::Date(date)) => *date,
            _ => None,
        }
    }

    pub(crate) fn number(&self, column: &str) -> Decimal {
        match self.get(column) {
            Some(Value::Number(number)) => *number,
            _ => Decimal::ZERO,
        }
    }
}

/// All tables of a company database.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tables {
    tables: BTreeMap<String, Table>,
    version: u64,
}

impl Tables {
    pub(crate) fn add(&mut self, table: Table) {
        self.tables.insert(table.name.to_ascii_lowercase(), table);
    }

    /// A table by name, whatever its case.
    pub(crate) fn table(&self, name: &str) -> Option<&Table> {
        self.tables.get(&name.to_ascii_lowercase())
    }

    pub(crate) fn table_mut(&mut self, name: &str) -> Option<&mut Table> {
        self.tables.get_mut(&name.to_ascii_lowercase())
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Table> {
        self.tables.values()
    }

    /// A row by table and full key.
    pub(crate) fn row(&self, table: &str, key: &[&str]) -> Option<View<'_>> {
        self.table(table)?.row(key)
    }

    /// The rows of a table under leading key values; none when there is no such table.
    pub(crate) fn under<'a>(&'a self, table: &str, leading: &[&str]) -> impl Iterator<Item = View<'a>> + use<'a> {
        let leading: Vec<String> = leading.iter().map(|it| (*it).to_owned()).collect();
        self.table(table)
            .into_iter()
            .flat_map(move |it| it.under(&leading.iter().map(String::as_str).collect::<Vec<_>>()))
    }

    /// Inserts a row, or replaces the one with the same key. Columns not named are blank.
    pub(crate) fn put(&mut self, table: &str, fields: Fields) {
        self.version += 1;
        let version = self.version;
        let Some(table) = self.table_mut(table) else {
            debug_assert!(false, "no table {table}");
            return;
        };
        let mut cells: Vec<Value> = table.columns.iter().map(|it| blank(it.kind)).collect();
        table.assign(&mut cells, fields, version);
        let key = table.key_of(&cells);
        table.rows.insert(key, cells);
    }

    /// Removes a row; says whether there was one.
    pub(crate) fn remove(&mut self, table: &str, key: &[&str]) -> bool {
        let key: Vec<String> = key.iter().map(|it| (*it).to_owned()).collect();
        self.version += 1;
        self.table_mut(table).is_some_and(|it| it.rows.remove(&key).is_some())
    }

    /// Changes cells of an existing row; says whether there is one.
    pub(crate) fn alter(&mut self, table: &str, key: &[&str], fields: Fields) -> bool {
        self.version += 1;
        let version = self.version;
        let Some(table) = self.table_mut(table) else { return false };
        let key: Vec<String> = key.iter().map(|it| (*it).to_owned()).collect();
        let Some(mut cells) = table.rows.remove(&key) else { return false };
        table.assign(&mut cells, fields, version);
        table.rows.insert(key, cells);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines() -> Tables {
        let text = |name: &str, length| Column { name: name.into(), kind: Kind::Text(length) };
        let mut tables = Tables::default();
        tables.add(Table::new(
            "Lines",
            vec![
                text("Order", 20),
                Column { name: "Line".into(), kind: Kind::Number { precision: 4, scale: 0 } },
                text("Comment", 5),
                Column { name: "TimeStamp".into(), kind: Kind::Version },
            ],
            2,
        ));
        for line in [2, 10, 1] {
            tables.put("lines", Fields::new().text("Order", "A").number("Line", line).text("Comment", "abcdefg"));
        }
        tables.put("Lines", Fields::new().text("Order", "B").number("Line", 1));
        tables
    }

    #[test]
    fn rows_come_in_key_order_and_text_is_cut_to_its_column() {
        let tables = lines();
        let seen: Vec<_> = tables.under("Lines", &["A"]).map(|it| it.number("line").to_string()).collect();
        assert_eq!(seen, ["1", "2", "10"]);
        assert_eq!(tables.row("Lines", &["A", &key_number(2)]).map(|it| it.text("Comment")), Some("abcde"));
    }

    #[test]
    fn every_write_raises_the_row_version() {
        let mut tables = lines();
        let key = ["A", &key_number(1)];
        let before = tables.row("Lines", &key).and_then(|it| it.get("TimeStamp")).cloned();
        assert!(tables.alter("Lines", &key, Fields::new().text("Comment", "x")));
        let after = tables.row("Lines", &key).and_then(|it| it.get("TimeStamp")).cloned();
        assert_ne!(before, after);
        assert!(!tables.alter("Lines", &["Z", "1"], Fields::new()));
    }
}
