//! `$filter`: comparisons, `in`, `and`, `or`, `not` and parentheses.
//!
//! ```text
//! text ─► tokens ─► or( and( not( comparison | group ) ) ) ─► holds(row)
//! ```
//!
//! Literals must fit the property: text in single quotes (doubled inside), plain numbers, and
//! dates as the service types them. Row versions cannot be compared. Anything else is a 400.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::syspro::Manners;
use crate::syspro::comfnd::compare;
use crate::world::table::{Kind, Table, Value, View};

use super::Refusal;
use super::page::property;

/// A parsed filter.
#[derive(Debug)]
pub(crate) enum Filter {
    Any(Vec<Filter>),
    All(Vec<Filter>),
    Not(Box<Filter>),
    Compare { position: usize, test: Test, value: Option<Value> },
    In { position: usize, values: Vec<Value> },
}

/// A comparison operator.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Test {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
}

impl Test {
    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "eq" => Self::Eq,
            "ne" => Self::Ne,
            "gt" => Self::Gt,
            "ge" => Self::Ge,
            "lt" => Self::Lt,
            "le" => Self::Le,
            _ => return None,
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

impl Filter {
    /// Reads a filter over a table's properties.
    pub(crate) fn parse(table: &Table, text: &str, manners: &Manners) -> Result<Self, Refusal> {
        let tokens = tokens(text)?;
        let mut reader =
            Reader { table, tokens: &tokens, at: 0, plain_dates: manners.odata_plain_dates, has_in: manners.odata_in };
        let filter = reader.any()?;
        match reader.peek() {
            None => Ok(filter),
            Some(token) => Err(syntax(token)),
        }
    }

    /// The values of the first key column outside which no row can pass, if there are such: rows
    /// are then looked up instead of searched for.
    pub(crate) fn keys(&self) -> Option<BTreeSet<&str>> {
        match self {
            Self::Compare { position: 0, test: Test::Eq, value: Some(Value::Text(key)) } => {
                Some(BTreeSet::from([key.as_str()]))
            }
            Self::In { position: 0, values } => {
                values.iter().map(|it| if let Value::Text(key) = it { Some(key.as_str()) } else { None }).collect()
            }
            Self::Any(parts) => {
                let each: Option<Vec<_>> = parts.iter().map(Self::keys).collect();
                each.map(|it| it.into_iter().flatten().collect())
            }
            Self::All(parts) => parts.iter().find_map(Self::keys),
            Self::Compare { .. } | Self::In { .. } | Self::Not(_) => None,
        }
    }

    /// Whether a row passes.
    pub(crate) fn holds(&self, row: &View<'_>) -> bool {
        match self {
            Self::Any(parts) => parts.iter().any(|it| it.holds(row)),
            Self::All(parts) => parts.iter().all(|it| it.holds(row)),
            Self::Not(part) => !part.holds(row),
            Self::In { position, values } => values.iter().any(|it| compare(&row.cells[*position], it).is_eq()),
            Self::Compare { position, test, value } => {
                let cell = &row.cells[*position];
                let null = matches!(cell, Value::Date(None));
                match (value, test) {
                    (None, Test::Eq) => null,
                    (None, _) => !null,
                    // As in SQL, a null date equals nothing and is not even unequal.
                    (Some(value), test) => !null && test.accepts(compare(cell, value)),
                }
            }
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Open,
    Close,
    Comma,
}

impl std::fmt::Display for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Word(word) => f.write_str(word),
            Self::Text(text) => write!(f, "'{text}'"),
            Self::Open => f.write_str("("),
            Self::Close => f.write_str(")"),
            Self::Comma => f.write_str(","),
        }
    }
}

fn syntax(token: impl std::fmt::Display) -> Refusal {
    Refusal::bad_request(format!("Syntax error at '{token}' in $filter."))
}

fn tokens(text: &str) -> Result<Vec<Token>, Refusal> {
    let mut rest = text.chars().peekable();
    let mut tokens = Vec::new();
    while let Some(letter) = rest.next() {
        match letter {
            ' ' => {}
            '(' => tokens.push(Token::Open),
            ')' => tokens.push(Token::Close),
            ',' => tokens.push(Token::Comma),
            '\'' => tokens.push(Token::Text(quoted(&mut rest)?)),
            _ => {
                let mut word = String::from(letter);
                while let Some(next) = rest.next_if(|it| !" (),'".contains(*it)) {
                    word.push(next);
                }
                tokens.push(Token::Word(word));
            }
        }
    }
    Ok(tokens)
}

/// The rest of a quoted text; two quotes are one.
fn quoted(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<String, Refusal> {
    let mut text = String::new();
    loop {
        match rest.next() {
            None => return Err(Refusal::bad_request("There is an unterminated string literal in $filter.")),
            Some('\'') if rest.next_if_eq(&'\'').is_some() => text.push('\''),
            Some('\'') => return Ok(text),
            Some(letter) => text.push(letter),
        }
    }
}

struct Reader<'a> {
    table: &'a Table,
    tokens: &'a [Token],
    at: usize,
    plain_dates: bool,
    has_in: bool,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Result<&'a Token, Refusal> {
        let token = self.peek().ok_or_else(|| syntax("end of text"))?;
        self.at += 1;
        Ok(token)
    }

    fn take(&mut self, token: &Token) -> bool {
        let there = self.peek() == Some(token);
        self.at += usize::from(there);
        there
    }

    fn take_word(&mut self, word: &str) -> bool {
        self.take(&Token::Word(word.to_owned()))
    }

    fn expect(&mut self, token: &Token) -> Result<(), Refusal> {
        let next = self.next()?;
        if next == token { Ok(()) } else { Err(syntax(next)) }
    }

    fn any(&mut self) -> Result<Filter, Refusal> {
        let mut parts = vec![self.all()?];
        while self.take_word("or") {
            parts.push(self.all()?);
        }
        Ok(Filter::Any(parts))
    }

    fn all(&mut self) -> Result<Filter, Refusal> {
        let mut parts = vec![self.one()?];
        while self.take_word("and") {
            parts.push(self.one()?);
        }
        Ok(Filter::All(parts))
    }

    fn one(&mut self) -> Result<Filter, Refusal> {
        if self.take_word("not") {
            return Ok(Filter::Not(Box::new(self.one()?)));
        }
        if self.take(&Token::Open) {
            let inside = self.any()?;
            self.expect(&Token::Close)?;
            return Ok(inside);
        }
        match self.next()? {
            Token::Word(name) => self.comparison(name),
            other => Err(syntax(other)),
        }
    }

    fn comparison(&mut self, name: &str) -> Result<Filter, Refusal> {
        let position = property(self.table, name)?;
        if self.table.columns[position].kind == Kind::Version {
            let words = format!("The property '{name}' of type Edm.Binary cannot be used in $filter.");
            return Err(Refusal::bad_request(words));
        }
        let operator = self.next()?.clone();
        let Token::Word(word) = &operator else { return Err(syntax(operator)) };
        if word == "in" && self.has_in {
            return self.list(position);
        }
        let test = Test::parse(word).ok_or_else(|| syntax(word))?;
        if self.take_word("null") {
            return match test {
                Test::Eq | Test::Ne => Ok(Filter::Compare { position, test, value: None }),
                _ => Err(syntax("null")),
            };
        }
        let value = Some(self.literal(position)?);
        Ok(Filter::Compare { position, test, value })
    }

    fn list(&mut self, position: usize) -> Result<Filter, Refusal> {
        self.expect(&Token::Open)?;
        let mut values = vec![self.literal(position)?];
        while self.take(&Token::Comma) {
            values.push(self.literal(position)?);
        }
        self.expect(&Token::Close)?;
        Ok(Filter::In { position, values })
    }

    fn literal(&mut self, position: usize) -> Result<Value, Refusal> {
        let token = self.next()?;
        let column = &self.table.columns[position];
        let value = match (column.kind, token) {
            (Kind::Text(_), Token::Text(text)) => Some(Value::Text(text.clone())),
            (Kind::Number { .. }, Token::Word(word)) => word.parse::<Decimal>().ok().map(Value::Number),
            (Kind::Date, Token::Word(word)) if self.plain_dates => plain_date(word).map(|it| Value::Date(Some(it))),
            (Kind::Date, Token::Word(word)) => instant_date(word).map(|it| Value::Date(Some(it))),
            _ => None,
        };
        value.ok_or_else(|| {
            let words = format!("Incompatible types: '{token}' does not fit the property '{}'.", column.name);
            Refusal::bad_request(words)
        })
    }
}

fn plain_date(word: &str) -> Option<Date> {
    (word.len() == 10).then(|| word.parse().ok()).flatten()
}

/// The date of an instant with offset; all dates in the tables are midnights.
fn instant_date(word: &str) -> Option<Date> {
    let instant: Timestamp = word.parse().ok()?;
    Some(instant.to_zoned(jiff::tz::TimeZone::UTC).date())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{DispatchNoteSpec, World};

    fn matching(set: &str, key: &str, text: &str) -> Result<Vec<String>, String> {
        let mut world = World::without_documents(1);
        let today = "2026-09-14".parse().expect("a date");
        for (number, status, order) in [("1", '5', '1'), ("2", '7', '4'), ("3", '9', '\\')] {
            let po = format!("O'Neil {number}");
            let spec = DispatchNoteSpec::new(number).of_order(number).status(status).order_status(order);
            world.release(&spec.customer_po(&po), today);
        }
        let table = world.tables.table(set).expect("a table");
        let filter = Filter::parse(table, text, &Manners::default()).map_err(|it| it.message)?;
        Ok(table.rows().filter(|it| filter.holds(it)).map(|it| it.text(key)[14..].to_owned()).collect())
    }

    fn notes(text: &str) -> Vec<String> {
        matching("MdnMaster", "DispatchNote", text).expect("a filter")
    }

    #[test]
    fn operators_lists_and_parentheses_are_understood() {
        assert_eq!(notes("DispatchNoteStatus in ('5','7')"), ["1", "2"]);
        assert_eq!(notes("not (DispatchNoteStatus eq '5') and DispatchNote ne '000000000000003'"), ["2"]);
        assert_eq!(notes("DispatchNoteStatus eq '9' or DispatchNoteStatus eq '5' and State eq 'XX'"), ["3"]);
        assert_eq!(notes("CustomerPoNumber eq 'O''Neil 2'"), ["2"]);
        assert_eq!(notes("PlannedDeliverDate ge 2026-09-14T00:00:00Z and ActualDeliveryDate eq null").len(), 3);
        assert_eq!(notes("PlannedDeliverDate gt 2026-09-14T00:00:00Z").len(), 0);
        assert_eq!(notes("NextDetailLine ge 2 and NextDetailLine lt 2.5").len(), 3);
    }

    #[test]
    fn keys_are_known_where_every_alternative_names_one() {
        let world = World::without_documents(1);
        let table = world.tables.table("MdnDetail").expect("a table");
        let keys = |text: &str| {
            let filter = Filter::parse(table, text, &Manners::default()).map_err(|it| it.message).expect("a filter");
            filter.keys().map(|it| it.into_iter().map(str::to_owned).collect::<Vec<_>>())
        };
        let both = Some(vec!["1".to_owned(), "2".to_owned()]);
        assert_eq!(keys("(DispatchNote eq '2' or DispatchNote eq '1') and LineType eq '1'"), both);
        assert_eq!(keys("LineType eq '1' and DispatchNote in ('1','2')"), both);
        assert_eq!(keys("DispatchNote eq '1' or LineType eq '1'"), None);
        assert_eq!(keys("not (DispatchNote eq '1')"), None);
    }

    #[test]
    fn a_backslash_is_a_status_like_any_other() {
        let orders = matching("SorMaster", "SalesOrder", r"OrderStatus eq '\'");
        assert_eq!(orders.expect("a filter"), ["3"]);
    }

    #[test]
    fn what_does_not_fit_is_refused_by_name() {
        for (text, named) in [
            ("PostDate ge 2026-01-01T00:00:00Z", "PostDate"),
            ("TimeStamp gt 5", "TimeStamp"),
            ("DispatchNoteStatus eq 5", "DispatchNoteStatus"),
            ("PlannedDeliverDate ge '2026-01-01'", "PlannedDeliverDate"),
            ("PlannedDeliverDate ge 2026-01-01", "PlannedDeliverDate"),
            ("DispatchNoteStatus eq '5' and", "end of text"),
            ("DispatchNoteStatus like '5'", "like"),
            ("(DispatchNoteStatus eq '5'", "end of text"),
            ("CustomerPoNumber eq 'O", "unterminated"),
        ] {
            let message = matching("MdnMaster", "DispatchNote", text).expect_err(text);
            assert!(message.contains(named), "{message}");
        }
    }
}
