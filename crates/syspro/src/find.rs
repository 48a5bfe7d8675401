//! Reading any table by COMFND.
//!
//! ```text
//! Find { table, columns, conditions, any of these keys } ─► one or more queries, each short enough to send ─► Row…
//! ```
//!
//! Long lists of keys are split over several queries, because everything travels in the address. A query asks for one row
//! more than it may return, so that an answer which SYSPRO cut off is noticed instead of being taken for the whole.
//! Only the condition `EQ` is proven; the others are probable. A site that has tried them may let keys that lie close
//! together be asked for as one range ([`crate::EnetSettings::find_by_range`]): fewer calls, and rows that nobody asked for,
//! which are left out here.

use std::collections::HashSet;

use jiff::civil::Date;

use crate::enet::Enet;
use crate::error::Error;
use crate::filter::Op;
use crate::row::Row;
use crate::session::Token;
use crate::xml::Element;

/// A question to a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Find {
    /// The table, as `SorMaster` or `CusSorMaster+`.
    pub table: String,
    /// The columns wanted; none means all.
    pub columns: Vec<String>,
    /// Conditions that must all hold.
    pub all_of: Vec<Condition>,
    /// A column that must have one of several values.
    pub any_of: Option<(String, Vec<String>)>,
    /// The columns to sort by.
    pub order_by: Vec<String>,
    /// The most rows that one query may return; more are an error, unless only the first are wanted.
    pub limit: u32,
    /// Whether the first rows are enough, however many there are.
    pub first_only: bool,
}

/// One condition on a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The column.
    pub column: String,
    /// The comparison.
    pub op: Op,
    /// The value to compare with.
    pub value: String,
}

impl Find {
    /// A question without conditions for all columns, and at most 1000 rows.
    pub fn new(table: impl Into<String>) -> Self {
        Self {
            table: table.into(),
            columns: Vec::new(),
            all_of: Vec::new(),
            any_of: None,
            order_by: Vec::new(),
            limit: 1000,
            first_only: false,
        }
    }

    /// Asks for these columns only.
    #[must_use]
    pub fn columns<S: Into<String>>(mut self, columns: impl IntoIterator<Item = S>) -> Self {
        self.columns = columns.into_iter().map(Into::into).collect();
        self
    }

    /// The column must equal the value.
    #[must_use]
    pub fn where_eq(self, column: impl Into<String>, value: impl Into<String>) -> Self {
        self.condition(column, Op::Eq, value)
    }

    /// The column must be this day or later. Probable, not proven.
    #[must_use]
    pub fn where_ge_date(self, column: impl Into<String>, date: Date) -> Self {
        self.condition(column, Op::Ge, date.to_string())
    }

    /// The column must compare so with the value.
    #[must_use]
    pub fn condition(mut self, column: impl Into<String>, op: Op, value: impl Into<String>) -> Self {
        self.all_of.push(Condition { column: column.into(), op, value: value.into() });
        self
    }

    /// The column must have one of these values. No values means no rows.
    #[must_use]
    pub fn where_any_of<S: Into<String>>(
        mut self,
        column: impl Into<String>,
        values: impl IntoIterator<Item = S>,
    ) -> Self {
        let mut distinct: Vec<String> = Vec::new();
        for value in values.into_iter().map(Into::into) {
            if !distinct.contains(&value) {
                distinct.push(value);
            }
        }
        self.any_of = Some((column.into(), distinct));
        self
    }

    /// Sorts by these columns.
    #[must_use]
    pub fn order_by<S: Into<String>>(mut self, columns: impl IntoIterator<Item = S>) -> Self {
        self.order_by = columns.into_iter().map(Into::into).collect();
        self
    }

    /// The most rows that one query may return.
    #[must_use]
    pub fn limit(mut self, limit: u32) -> Self {
        self.limit = limit;
        self
    }

    /// Only so many rows; that there are more is no error.
    #[must_use]
    pub fn first(mut self, rows: u32) -> Self {
        self.limit = rows;
        self.first_only = true;
        self
    }

    fn document(&self, any_of: &[String]) -> Element {
        // One row more than may come tells that SYSPRO cut the answer off.
        let rows = if self.first_only { self.limit } else { self.limit.saturating_add(1) };
        let mut query = Element::new("Query")
            .with(Element::leaf("TableName", &self.table))
            .with(Element::leaf("ReturnRows", rows.to_string()))
            .with(Element::leaf("AllColumns", if self.columns.is_empty() { "Y" } else { "N" }));
        if !self.columns.is_empty() {
            query = query.with(named_columns("Columns", &self.columns));
        }
        let expressions = self.expressions(any_of);
        if !expressions.is_empty() {
            query = query.with(Element::new("Where").with_all(expressions));
        }
        if !self.order_by.is_empty() {
            query = query.with(named_columns("OrderBy", &self.order_by));
        }
        query
    }

    /// The conditions joined by `And`, then the alternatives joined by `Or`, in brackets where both occur.
    fn expressions(&self, any_of: &[String]) -> Vec<Element> {
        let mut expressions = Vec::new();
        for condition in &self.all_of {
            expressions.push(expression("And", "", &condition.column, condition.op, &condition.value, ""));
        }
        let column = self.any_of.as_ref().map_or("", |(column, _)| column.as_str());
        let brackets = any_of.len() > 1 && !self.all_of.is_empty();
        for (index, value) in any_of.iter().enumerate() {
            let joint = if index == 0 { "And" } else { "Or" };
            let open = if brackets && index == 0 { "(" } else { "" };
            let close = if brackets && index + 1 == any_of.len() { ")" } else { "" };
            expressions.push(expression(joint, open, column, Op::Eq, value, close));
        }
        expressions
    }
}

fn named_columns(name: &str, columns: &[String]) -> Element {
    Element::new(name).with_all(columns.iter().map(|column| Element::leaf("Column", column)))
}

fn expression(joint: &str, open: &str, column: &str, op: Op, value: &str, close: &str) -> Element {
    Element::new("Expression")
        .with(Element::leaf("AndOr", joint))
        .with_all((!open.is_empty()).then(|| Element::leaf("OpenBracket", open)))
        .with(Element::leaf("Column", column))
        .with(Element::leaf("Condition", op.comfnd()))
        .with(Element::leaf("Value", value))
        .with_all((!close.is_empty()).then(|| Element::leaf("CloseBracket", close)))
}

/// A range of keys is asked for only where it holds at most so many possible keys for each one wanted.
const STRANGERS: u64 = 20;

/// The lowest and highest of keys that SYSPRO sorts as their numbers: digits alone, all of one length.
fn close_together(values: &[String]) -> Option<(&str, &str)> {
    let (low, high) = (values.iter().min()?.as_str(), values.iter().max()?.as_str());
    let alike = values.iter().all(|it| it.len() == low.len() && it.bytes().all(|byte| byte.is_ascii_digit()));
    let many = u64::try_from(values.len()).ok().filter(|it| *it > 1 && alike)?;
    let span = high.parse::<u64>().ok()?.checked_sub(low.parse().ok()?)?;
    (span <= many.saturating_mul(STRANGERS)).then_some((low, high))
}

/// A key without what SYSPRO pads it with.
fn significant(key: &str) -> &str {
    let key = key.trim();
    if key.bytes().all(|it| it.is_ascii_digit()) { key.trim_start_matches('0') } else { key }
}

impl Enet {
    /// The rows of a table that fulfil the conditions (`COMFND`).
    ///
    /// # Errors
    /// Those of [`Enet::query`]; [`Error::Unreadable`] if there are more rows than [`Find::limit`] in one query.
    pub async fn comfnd(&self, token: &Token, find: &Find) -> Result<Vec<Row>, Error> {
        if find.table.trim().is_empty() {
            return Err(Error::invalid("TableName", "is blank"));
        }
        let Some((_, values)) = &find.any_of else { return self.find_once(token, find, &[]).await };
        if let Some(rows) = self.find_in_range(token, find).await? {
            return Ok(rows);
        }
        let mut rows = Vec::new();
        let mut rest = values.as_slice();
        let mut most = usize::MAX;
        while !rest.is_empty() {
            let size = self.as_many_as_fit(token, find, rest)?.min(most);
            let (now, later) = rest.split_at(size);
            match self.find_once(token, find, now).await {
                Ok(found) => {
                    rows.extend(found);
                    rest = later;
                }
                // The server takes only shorter addresses than the settings say.
                Err(Error::TooLong { .. }) if size > 1 => most = size / 2,
                Err(error) => return Err(error),
            }
        }
        Ok(rows)
    }

    /// How many of the values one query can ask for: as many as there is room for, and at least one.
    fn as_many_as_fit(&self, token: &Token, find: &Find, values: &[String]) -> Result<usize, Error> {
        let fits = |size: usize| self.query_fits(token, "COMFND", &find.document(&values[..size]));
        if fits(values.len())? {
            return Ok(values.len());
        }
        // `size` is taken for fitting, `too_many` is known not to.
        let (mut size, mut too_many) = (1, values.len());
        while size + 1 < too_many {
            let middle = usize::midpoint(size, too_many);
            if fits(middle)? { size = middle } else { too_many = middle }
        }
        Ok(size)
    }

    /// The rows by one question for a range, where the site allows it and the keys suit it.
    ///
    /// Keys compare as they are stored. One row of a wanted key shows that the range is spelt as SYSPRO stores keys; wanted
    /// keys without a row then have none, as custom forms have none until they are first written. Where the range brings
    /// no wanted row at all, one short list of keys asks whether the range alone was misspelt.
    async fn find_in_range(&self, token: &Token, find: &Find) -> Result<Option<Vec<Row>>, Error> {
        let wanted = find.any_of.as_ref().filter(|_| self.finds_by_range() && !find.first_only);
        let Some((column, values)) = wanted else { return Ok(None) };
        let Some((low, high)) = close_together(values) else { return Ok(None) };
        let range =
            Find { any_of: None, ..find.clone() }.condition(column, Op::Ge, low).condition(column, Op::Le, high);
        let found = match self.find_once(token, &range, &[]).await {
            Ok(found) => found,
            // More rows lie between the keys than may come: the list of keys finds its own.
            Err(Error::Unreadable { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let wanted: HashSet<&str> = values.iter().map(|value| significant(value)).collect();
        let is_wanted = |row: &Row| row.get(column).is_some_and(|key| wanted.contains(significant(key)));
        let rows: Vec<Row> = found.into_iter().filter(is_wanted).collect();
        if !rows.is_empty() {
            return Ok(Some(rows));
        }
        let size = self.as_many_as_fit(token, find, values)?;
        let listed = self.find_once(token, find, &values[..size]).await?;
        Ok((size == values.len() || listed.is_empty()).then_some(listed))
    }

    async fn find_once(&self, token: &Token, find: &Find, any_of: &[String]) -> Result<Vec<Row>, Error> {
        let answer = self.query(token, "COMFND", &find.document(any_of)).await?;
        let mut rows: Vec<Row> =
            answer.children().iter().filter(|child| child.is("Row")).map(Row::of_element).collect();
        if find.first_only {
            rows.truncate(usize::try_from(find.limit).unwrap_or(usize::MAX));
        }
        if rows.len() > usize::try_from(find.limit).unwrap_or(usize::MAX) {
            let what = format!("table {} has more than the {} rows expected", find.table, find.limit);
            return Err(Error::unreadable("query COMFND", what));
        }
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternatives_stand_in_brackets_beside_other_conditions() {
        let find = Find::new("CusSorMaster+")
            .columns(["SalesOrder"])
            .where_eq("InvoiceNumber", "")
            .where_any_of("SalesOrder", ["1", "2", "1"]);
        let (_, values) = find.any_of.clone().expect("alternatives");
        assert_eq!(values, ["1", "2"]);
        let xml = find.document(&values).to_xml().expect("writable");
        assert_eq!(
            xml,
            "<Query><TableName>CusSorMaster+</TableName><ReturnRows>1001</ReturnRows><AllColumns>N</AllColumns><Columns><Column>SalesOrder</Column></Columns><Where>\
             <Expression><AndOr>And</AndOr><Column>InvoiceNumber</Column><Condition>EQ</Condition><Value/></Expression>\
             <Expression><AndOr>And</AndOr><OpenBracket>(</OpenBracket><Column>SalesOrder</Column><Condition>EQ</Condition><Value>1</Value></Expression>\
             <Expression><AndOr>Or</AndOr><Column>SalesOrder</Column><Condition>EQ</Condition><Value>2</Value><CloseBracket>)</CloseBracket></Expression>\
             </Where></Query>"
        );
    }

    #[test]
    fn only_keys_that_sort_like_numbers_and_lie_close_make_a_range() {
        let range = |keys: &[&str]| {
            let keys: Vec<String> = keys.iter().map(|it| (*it).to_owned()).collect();
            close_together(&keys).map(|(low, high)| format!("{low}..{high}"))
        };
        assert_eq!(range(&["000701", "000700", "000705"]).as_deref(), Some("000700..000705"));
        assert_eq!(range(&["000700", "000999"]), None, "far apart");
        assert_eq!(range(&["700", "000705"]), None, "7 sorts behind 0");
        assert_eq!(range(&["000346/0001", "000346/0002"]), None, "no numbers");
        assert_eq!(range(&["000700"]), None, "one key needs no range");
        assert_eq!((significant(" 000700 "), significant("0A7")), ("700", "0A7"));
    }

    #[test]
    fn alternatives_alone_need_no_brackets() {
        let find = Find::new("MdnMaster").where_any_of("DispatchNoteStatus", ["5", "7"]);
        let xml = find.document(&["5".to_owned(), "7".to_owned()]).to_xml().expect("writable");
        assert!(!xml.contains("Bracket") && xml.contains("<AllColumns>Y</AllColumns>"), "{xml}");
    }
}
