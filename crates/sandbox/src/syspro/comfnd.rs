//! COMFND: rows of any table by conditions on its columns.
//!
//! ```text
//! Query{TableName, Columns, Where{Expression …}, OrderBy, ReturnRows} ─► <Table><Row>…</Row>…
//! ```
//!
//! Conditions are `Expression` blocks; text in `Where` is refused. `And` binds closer than `Or`,
//! brackets group. Comparison is binary; a date that is null matches nothing. Only `EQ` is known
//! from real traffic; the other conditions are accepted because they are likely.

use std::cmp::Ordering;

use crate::world::table::{Kind, Table, Tables, Value, View};

use super::enet::Failure;
use super::query::cell_text;
use super::xml::{Element, Writer};

pub(crate) fn find(tables: &Tables, query: &Element) -> Result<String, Failure> {
    if query.name != "Query" {
        return Err(Failure::exception(format!("COMFND expects a Query document, not {}", query.name)));
    }
    let name = query.value("TableName").unwrap_or_default();
    let table = tables.table(name).ok_or_else(|| Failure::exception(format!("invalid object name '{name}'")))?;
    let columns = columns(table, query)?;
    let condition = match query.child("Where") {
        Some(block) => Some(Condition::parse(table, block)?),
        None => None,
    };
    let mut rows: Vec<View<'_>> =
        table.rows().filter(|row| condition.as_ref().is_none_or(|it| it.holds(row))).collect();
    order(table, query, &mut rows)?;
    let limit = query.value("ReturnRows").and_then(|it| it.parse().ok()).filter(|it| *it > 0);
    rows.truncate(limit.unwrap_or(usize::MAX));
    Ok(written(table, &columns, &rows))
}

fn written(table: &Table, columns: &[usize], rows: &[View<'_>]) -> String {
    // A table of custom form fields has a name no element can have.
    let mut xml = Writer::new(&table.name.replace('+', "_Plus"));
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
    let Some(block) = query.child("OrderBy") else { return Ok(()) };
    let columns: Vec<usize> =
        block.all("Column").map(|it| position(table, it.text.trim())).collect::<Result<_, _>>()?;
    rows.sort_by(|one, other| {
        columns
            .iter()
            .map(|at| compare(&one.cells[*at], &other.cells[*at]))
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

#[derive(Debug, Clone, Copy)]
enum Test {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
}

impl Test {
    fn parse(text: &str) -> Result<Self, Failure> {
        Ok(match text.to_ascii_uppercase().as_str() {
            "EQ" => Self::Eq,
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
    fn parse(table: &Table, block: &Element) -> Result<Self, Failure> {
        if !block.text.trim().is_empty() {
            return Err(Failure::exception("Where must consist of Expression elements"));
        }
        let mut tokens = Vec::new();
        for expression in block.all("Expression") {
            tokens.extend(flattened(table, expression, tokens.is_empty())?);
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

fn flattened(table: &Table, expression: &Element, first: bool) -> Result<Vec<Token>, Failure> {
    let mut tokens = Vec::new();
    // The first expression may carry a joining word too; it joins nothing.
    if !first {
        let or = expression.value("AndOr").is_some_and(|it| it.eq_ignore_ascii_case("or"));
        tokens.push(if or { Token::Or } else { Token::And });
    }
    tokens.extend((0..brackets(expression, "OpenBracket", '(')).map(|_| Token::Open));
    let column = expression.value("Column").unwrap_or_default();
    let position = position(table, column)?;
    let test = Test::parse(expression.value("Condition").unwrap_or_default())?;
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
        let answer = find(&world().tables, &query).map_err(|Failure(text)| text)?;
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
        let Ok(answer) = find(&world().tables, &Element::parse(text).expect("a query")) else { panic!("refused") };
        assert!(answer.contains("<RowsReturned>       1</RowsReturned>"), "{answer}");
        assert!(answer.contains("<Mass>           0.150000</Mass>"), "{answer}");
    }
}
