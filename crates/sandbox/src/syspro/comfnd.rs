//! COMFND: rows of any table by conditions on its columns.
//!
//! ```text
//! Query{TableName, Columns, Where{Expression …}, OrderBy, ReturnRows} ─► <Table><Row>…</Row>…
//! ```
//!
//! Conditions are `Expression` blocks; text in `Where` is refused. `And` binds closer than `Or`,
//! brackets group. Comparison is binary; a date that is null matches nothing. Only `EQ` is known
//! from real traffic; the other conditions are a switch, and each use of one is entered in the
//! ledger as unproven.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use crate::serve::House;
use crate::world::table::{Kind, Table, Value, View};

use super::Office;
use super::enet::Failure;
use super::fetch::element_name;
use super::manners::Conditions;
use super::query::cell_text;
use super::xml::{Element, Writer};

pub(crate) fn find(office: &Office, query: &Element, house: &House) -> Result<String, Failure> {
    if query.name != "Query" {
        return Err(Failure::exception(format!("COMFND expects a Query document, not {}", query.name)));
    }
    let name = query.value("TableName").unwrap_or_default();
    let tables = &office.world.tables;
    let table = tables.table(name).ok_or_else(|| Failure::exception(format!("invalid object name '{name}'")))?;
    let columns = columns(table, query)?;
    let condition = match query.child("Where") {
        Some(block) => Some(Condition::parse(table, block, office.manners.conditions)?),
        None => None,
    };
    if let Some(condition) = &condition {
        condition.unproven().for_each(|test| house.book.unproven(format!("COMFND condition {test:?}")));
    }
    let keys = condition.as_ref().and_then(Condition::keys);
    let holds = |row: &View<'_>| condition.as_ref().is_none_or(|it| it.holds(row));
    let mut rows: Vec<View<'_>> = match keys {
        Some(keys) => keys.iter().flat_map(|key| table.under(&[*key])).filter(holds).collect(),
        None => table.rows().filter(holds).collect(),
    };
    order(table, query, &mut rows)?;
    let limit = query.value("ReturnRows").and_then(|it| it.parse().ok()).filter(|it| *it > 0);
    rows.truncate(limit.unwrap_or(usize::MAX));
    Ok(written(office, table, &columns, &rows))
}

fn written(office: &Office, table: &Table, columns: &[usize], rows: &[View<'_>]) -> String {
    let mut xml = Writer::new(&element_name(table), &office.manners);
    xml.open("HeaderDetails");
    xml.field("TableName", &table.name);
    xml.open("Columns");
    for position in columns {
        xml.field("Column", &table.columns[*position].name);
    }
    xml.close("Columns");
    xml.close("HeaderDetails");
    for row in rows {
        xml.open("Row");
        for position in columns {
            let text = cell_text(table, *position, &row.cells[*position]);
            xml.field(&table.columns[*position].name, &text);
        }
        xml.close("Row");
    }
    xml.field("RowsReturned", &format!("{:>8}", rows.len()));
    xml.finish()
}

fn columns(table: &Table, query: &Element) -> Result<Vec<usize>, Failure> {
    if query.yes("AllColumns") {
        return Ok((0..table.columns.len()).collect());
    }
    let named: Vec<&str> =
        query.child("Columns").map(|it| it.all("Column").map(|it| it.text.trim()).collect()).unwrap_or_default();
    if named.is_empty() {
        return Err(Failure::exception("no columns were asked for"));
    }
    named.into_iter().map(|name| position(table, name)).collect()
}

fn position(table: &Table, column: &str) -> Result<usize, Failure> {
    table.position(column).ok_or_else(|| Failure::exception(format!("invalid column name '{column}'")))
}

fn order(table: &Table, query: &Element, rows: &mut [View<'_>]) -> Result<(), Failure> {
    let mut keys: Vec<(usize, bool)> = Vec::new();
    for column in query.child("OrderBy").into_iter().flat_map(|it| it.all("Column")) {
        keys.push((position(table, column.text.trim())?, false));
    }
    // A sequence says the direction of a column, whether it was named in OrderBy or not.
    for column in query.child("Sequence").into_iter().flat_map(|it| it.all("Column")) {
        let at = position(table, column.attribute("Name").unwrap_or_default())?;
        let descending = column.attribute("Orderby").is_some_and(|it| it.eq_ignore_ascii_case("d"));
        match keys.iter_mut().find(|(it, _)| *it == at) {
            Some(key) => key.1 = descending,
            None => keys.push((at, descending)),
        }
    }
    rows.sort_by(|one, other| {
        keys.iter()
            .map(|(at, descending)| {
                let order = compare(&one.cells[*at], &other.cells[*at]);
                if *descending { order.reverse() } else { order }
            })
            .find(|it| it.is_ne())
            .unwrap_or(Ordering::Equal)
    });
    Ok(())
}

/// Order of two cells of one column; a null date comes first.
pub(crate) fn compare(one: &Value, other: &Value) -> Ordering {
    match (one, other) {
        (Value::Text(one), Value::Text(other)) => one.trim_end().cmp(other.trim_end()),
        (Value::Number(one), Value::Number(other)) => one.cmp(other),
        (Value::Date(one), Value::Date(other)) => one.cmp(other),
        (Value::Version(one), Value::Version(other)) => one.cmp(other),
        _ => Ordering::Equal,
    }
}

#[derive(Debug)]
enum Condition {
    Any(Vec<Condition>),
    All(Vec<Condition>),
    Compare { position: usize, test: Test, value: Value },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Test {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
}

impl Test {
    fn parse(text: &str, accepted: Conditions) -> Result<Self, Failure> {
        let word = text.to_ascii_uppercase();
        Ok(match word.as_str() {
            "EQ" => Self::Eq,
            other if accepted == Conditions::EqOnly => {
                return Err(Failure::exception(format!("invalid condition '{other}'")));
            }
            "NE" => Self::Ne,
            "GT" => Self::Gt,
            "GE" => Self::Ge,
            "LT" => Self::Lt,
            "LE" => Self::Le,
            other => return Err(Failure::exception(format!("invalid condition '{other}'"))),
        })
    }

    fn accepts(self, order: Ordering) -> bool {
        match self {
            Self::Eq => order.is_eq(),
            Self::Ne => order.is_ne(),
            Self::Gt => order.is_gt(),
            Self::Ge => order.is_ge(),
            Self::Lt => order.is_lt(),
            Self::Le => order.is_le(),
        }
    }
}

/// The expressions of a `Where`, flattened.
#[derive(Debug)]
enum Token {
    And,
    Or,
    Open,
    Close,
    Compare { position: usize, test: Test, value: Value },
}

impl Condition {
    fn parse(table: &Table, block: &Element, accepted: Conditions) -> Result<Self, Failure> {
        if !block.text.trim().is_empty() {
            return Err(Failure::exception("Where must consist of Expression elements"));
        }
        let mut tokens = Vec::new();
        for expression in block.all("Expression") {
            tokens.extend(flattened(table, expression, tokens.is_empty(), accepted)?);
        }
        let mut rest = tokens.into_iter().peekable();
        let condition = Self::any(&mut rest)?;
        match rest.next() {
            None => Ok(condition),
            Some(_) => Err(unbalanced()),
        }
    }

    fn any(rest: &mut Tokens) -> Result<Self, Failure> {
        let mut parts = vec![Self::all(rest)?];
        while rest.next_if(|it| matches!(it, Token::Or)).is_some() {
            parts.push(Self::all(rest)?);
        }
        Ok(Self::Any(parts))
    }

    fn all(rest: &mut Tokens) -> Result<Self, Failure> {
        let mut parts = vec![Self::one(rest)?];
        while rest.next_if(|it| matches!(it, Token::And)).is_some() {
            parts.push(Self::one(rest)?);
        }
        Ok(Self::All(parts))
    }

    fn one(rest: &mut Tokens) -> Result<Self, Failure> {
        match rest.next() {
            Some(Token::Compare { position, test, value }) => Ok(Self::Compare { position, test, value }),
            Some(Token::Open) => {
                let inside = Self::any(rest)?;
                rest.next_if(|it| matches!(it, Token::Close)).map(|_| inside).ok_or_else(unbalanced)
            }
            _ => Err(unbalanced()),
        }
    }

    /// The conditions used that no real traffic shows.
    fn unproven(&self) -> Box<dyn Iterator<Item = Test> + '_> {
        match self {
            Self::Any(parts) | Self::All(parts) => Box::new(parts.iter().flat_map(Self::unproven)),
            Self::Compare { test, .. } => Box::new(Some(*test).into_iter().filter(|it| *it != Test::Eq)),
        }
    }

    /// The values of the first key column outside which no row can pass, if there are such.
    fn keys(&self) -> Option<BTreeSet<&str>> {
        match self {
            Self::Compare { position: 0, test: Test::Eq, value: Value::Text(key) } => {
                Some(BTreeSet::from([key.trim_end()]))
            }
            Self::Any(parts) => {
                let each: Option<Vec<_>> = parts.iter().map(Self::keys).collect();
                each.map(|it| it.into_iter().flatten().collect())
            }
            Self::All(parts) => parts.iter().find_map(Self::keys),
            Self::Compare { .. } => None,
        }
    }

    fn holds(&self, row: &View<'_>) -> bool {
        match self {
            Self::Any(parts) => parts.iter().any(|it| it.holds(row)),
            Self::All(parts) => parts.iter().all(|it| it.holds(row)),
            Self::Compare { position, test, value } => match &row.cells[*position] {
                Value::Date(None) => false,
                cell => test.accepts(compare(cell, value)),
            },
        }
    }
}

type Tokens = std::iter::Peekable<std::vec::IntoIter<Token>>;

fn unbalanced() -> Failure {
    Failure::exception("incorrect syntax in Where: brackets or conditions are incomplete")
}

fn flattened(table: &Table, expression: &Element, first: bool, accepted: Conditions) -> Result<Vec<Token>, Failure> {
    let mut tokens = Vec::new();
    // The first expression may carry a joining word too; it joins nothing.
    if !first {
        let or = expression.value("AndOr").is_some_and(|it| it.eq_ignore_ascii_case("or"));
        tokens.push(if or { Token::Or } else { Token::And });
    }
    tokens.extend((0..brackets(expression, "OpenBracket", '(')).map(|_| Token::Open));
    let column = expression.value("Column").unwrap_or_default();
    let position = position(table, column)?;
    let test = Test::parse(expression.value("Condition").unwrap_or_default(), accepted)?;
    let text = expression.child("Value").map(|it| it.text.as_str()).unwrap_or_default();
    let value = read(table, position, text)
        .ok_or_else(|| Failure::exception(format!("conversion failed for column '{column}'")))?;
    tokens.push(Token::Compare { position, test, value });
    tokens.extend((0..brackets(expression, "CloseBracket", ')')).map(|_| Token::Close));
    Ok(tokens)
}

fn brackets(expression: &Element, name: &str, bracket: char) -> usize {
    expression.value(name).map_or(0, |it| it.matches(bracket).count())
}

fn read(table: &Table, position: usize, text: &str) -> Option<Value> {
    Some(match table.columns[position].kind {
        Kind::Text(_) => Value::Text(text.to_owned()),
        Kind::Number { .. } => Value::Number(text.trim().parse().ok()?),
        Kind::Date => Value::Date(Some(text.trim().parse().ok()?)),
        Kind::Version => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{DispatchNoteSpec, World};

    fn world() -> World {
        let mut world = World::without_documents(1);
        let today = "2026-09-14".parse().expect("a date");
        for (number, status) in [("1", '5'), ("2", '7'), ("3", '9')] {
            world.release(&DispatchNoteSpec::new(number).status(status), today);
        }
        world
    }

    fn numbers(conditions: &str) -> Result<Vec<String>, String> {
        let text = format!(
            "<Query><TableName>mdnmaster</TableName><Columns><Column>DispatchNote</Column></Columns>\
             <Where>{conditions}</Where><OrderBy><Column>DispatchNote</Column></OrderBy></Query>"
        );
        let query = Element::parse(&text).expect("a query");
        let answer = find(&Office::over(world()), &query, &House::idle()).map_err(|Failure(text)| text)?;
        let answer = Element::parse(&answer).expect("an answer");
        Ok(answer.all("Row").map(|it| it.value("DispatchNote").unwrap_or_default()[14..].to_owned()).collect())
    }

    fn expression(join: &str, open: &str, column: &str, test: &str, value: &str, close: &str) -> String {
        format!(
            "<Expression><AndOr>{join}</AndOr><OpenBracket>{open}</OpenBracket><Column>{column}</Column>\
             <Condition>{test}</Condition><Value>{value}</Value><CloseBracket>{close}</CloseBracket></Expression>"
        )
    }

    #[test]
    fn and_binds_closer_than_or_unless_brackets_say_otherwise() {
        let status = |join, open, value, close| expression(join, open, "DispatchNoteStatus", "EQ", value, close);
        let not_one = |open, close| expression("And", open, "DispatchNote", "NE", "000000000000001", close);
        let plain = format!("{}{}{}", status("And", "", "5", ""), status("Or", "", "7", ""), not_one("", ""));
        assert_eq!(numbers(&plain).expect("rows"), ["1", "2"]);
        let grouped = format!("{}{}{}", status("And", "(", "5", ""), status("Or", "", "7", ")"), not_one("", ""));
        assert_eq!(numbers(&grouped).expect("rows"), ["2"]);
    }

    #[test]
    fn sql_text_unknown_columns_and_open_brackets_are_refused() {
        for conditions in [
            "DispatchNoteStatus = '5'".to_owned(),
            expression("And", "", "TrackingNumber", "EQ", "1Z", ""),
            expression("And", "(", "DispatchNoteStatus", "EQ", "5", ""),
            expression("And", "", "PlannedDeliverDate", "GE", "14/09/2026", ""),
        ] {
            let refused = numbers(&conditions).expect_err("refused");
            assert!(refused.starts_with("ERROR"), "{refused}");
        }
    }

    #[test]
    fn numbers_are_padded_and_the_count_is_right_aligned() {
        let text = "<Query><TableName>InvMaster</TableName><Columns><Column>Mass</Column></Columns><ReturnRows>1</ReturnRows></Query>";
        let query = Element::parse(text).expect("a query");
        let Ok(answer) = find(&Office::over(world()), &query, &House::idle()) else { panic!("refused") };
        assert!(answer.contains("<RowsReturned>       1</RowsReturned>"), "{answer}");
        assert!(answer.contains("<Mass>           0.150000</Mass>"), "{answer}");
    }
}
