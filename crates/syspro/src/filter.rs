//! Conditions for OData reads, built from values so that no text can become syntax.
//!
//! ```text
//! Filter::is_in("DispatchNoteStatus", ["5", "7"]).and(Filter::ge_date("InvoiceDate", day)) ─► $filter text ─► percent-encoded
//! ```
//!
//! Text literals stand in single quotes with quotes inside doubled; a backslash means itself (SYSPRO's cancelled orders
//! have the status `\`) and is only percent-encoded. `in` is newer than the OData version SYSPRO serves, so a list
//! becomes a chain of `or` unless a site says that its service knows `in`.

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::error::Error;
use crate::odata::DateLiteral;

/// A condition on rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// Every row.
    All,
    /// A column compares so with a value.
    Compare {
        /// The column.
        column: String,
        /// The comparison.
        op: Op,
        /// The value.
        value: Literal,
    },
    /// A column has one of several values; none of them if there are none.
    AnyOf {
        /// The column.
        column: String,
        /// The values.
        values: Vec<Literal>,
    },
    /// All hold.
    And(Vec<Filter>),
    /// At least one holds.
    Or(Vec<Filter>),
}

/// A value to compare with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Literal {
    /// Text.
    Text(String),
    /// A number.
    Number(Decimal),
    /// A calendar date, spelt as the service types the column.
    Date(Date),
    /// No value.
    Null,
}

/// How a list of values is spelt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ListOperator {
    /// `(Status eq '5' or Status eq '7')`, which every service knows.
    #[default]
    Or,
    /// `Status in ('5','7')`, which came with OData 4.01; shorter, so fewer requests for long lists.
    In,
}

/// How a service wants conditions spelt.
pub(crate) struct Spelling<'a> {
    /// How a column's dates are spelt.
    pub(crate) dates: &'a dyn Fn(&str) -> DateLiteral,
    pub(crate) lists: ListOperator,
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Greater.
    Gt,
    /// Greater or equal.
    Ge,
    /// Less.
    Lt,
    /// Less or equal.
    Le,
}

impl Op {
    /// The spelling in OData.
    fn odata(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::Gt => "gt",
            Self::Ge => "ge",
            Self::Lt => "lt",
            Self::Le => "le",
        }
    }

    /// The spelling in COMFND.
    pub(crate) fn comfnd(self) -> &'static str {
        match self {
            Self::Eq => "EQ",
            Self::Ne => "NE",
            Self::Gt => "GT",
            Self::Ge => "GE",
            Self::Lt => "LT",
            Self::Le => "LE",
        }
    }
}

impl From<&str> for Literal {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Literal {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Decimal> for Literal {
    fn from(number: Decimal) -> Self {
        Self::Number(number)
    }
}

impl From<Date> for Literal {
    fn from(date: Date) -> Self {
        Self::Date(date)
    }
}

impl Filter {
    /// Rows whose column equals the value.
    pub fn eq(column: impl Into<String>, value: impl Into<Literal>) -> Self {
        Self::compare(column, Op::Eq, value)
    }

    /// Rows whose column differs from the value.
    pub fn ne(column: impl Into<String>, value: impl Into<Literal>) -> Self {
        Self::compare(column, Op::Ne, value)
    }

    /// Rows whose column is this day or later. SYSPRO's dates are whole days, so "later" alone would lose records.
    pub fn ge_date(column: impl Into<String>, date: Date) -> Self {
        Self::compare(column, Op::Ge, date)
    }

    /// Rows whose column compares so with the value.
    pub fn compare(column: impl Into<String>, op: Op, value: impl Into<Literal>) -> Self {
        Self::Compare { column: column.into(), op, value: value.into() }
    }

    /// Rows whose column has one of the values; repeated values count once.
    pub fn is_in<L: Into<Literal>>(column: impl Into<String>, values: impl IntoIterator<Item = L>) -> Self {
        let mut seen = std::collections::BTreeSet::new();
        let values = values.into_iter().map(Into::into).filter(|value| seen.insert(value.clone())).collect();
        Self::AnyOf { column: column.into(), values }
    }

    /// Both hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::All, it) | (it, Self::All) => it,
            (Self::And(mut all), Self::And(more)) => {
                all.extend(more);
                Self::And(all)
            }
            (Self::And(mut all), it) => {
                all.push(it);
                Self::And(all)
            }
            (one, other) => Self::And(vec![one, other]),
        }
    }

    /// At least one holds.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::All, _) | (_, Self::All) => Self::All,
            (one, other) => Self::Or(vec![one, other]),
        }
    }

    /// The columns compared with a date.
    pub(crate) fn date_columns(&self) -> Vec<&str> {
        match self {
            Self::Compare { column, value: Literal::Date(_), .. } => vec![column],
            Self::AnyOf { column, values } if values.iter().any(|value| matches!(value, Literal::Date(_))) => {
                vec![column]
            }
            Self::And(parts) | Self::Or(parts) => parts.iter().flat_map(Self::date_columns).collect(),
            Self::All | Self::Compare { .. } | Self::AnyOf { .. } => Vec::new(),
        }
    }

    /// Whether no row can fulfil it, because a list it depends on is empty.
    pub(crate) fn is_nothing(&self) -> bool {
        match self {
            Self::AnyOf { values, .. } => values.is_empty(),
            Self::And(parts) => parts.iter().any(Self::is_nothing),
            Self::Or(parts) => parts.iter().all(Self::is_nothing),
            Self::All | Self::Compare { .. } => false,
        }
    }

    /// The same condition in two halves of its longest list, if it depends on one with at least two values. A row fulfils
    /// the whole if it fulfils one of the halves, and never both.
    pub(crate) fn halves(&self) -> Option<(Self, Self)> {
        match self {
            Self::AnyOf { column, values } if values.len() > 1 => {
                let (first, second) = values.split_at(values.len().div_ceil(2));
                let half = |values: &[Literal]| Self::AnyOf { column: column.clone(), values: values.to_vec() };
                Some((half(first), half(second)))
            }
            Self::And(parts) => {
                let longest = parts.iter().enumerate().max_by_key(|(_, part)| part.list_length())?.0;
                let (first, second) = parts.get(longest)?.halves()?;
                let with = |half: Self| {
                    let mut parts = parts.clone();
                    if let Some(part) = parts.get_mut(longest) {
                        *part = half;
                    }
                    Self::And(parts)
                };
                Some((with(first), with(second)))
            }
            Self::All | Self::Compare { .. } | Self::AnyOf { .. } | Self::Or(_) => None,
        }
    }

    fn list_length(&self) -> usize {
        match self {
            Self::AnyOf { values, .. } => values.len(),
            Self::And(parts) => parts.iter().map(Self::list_length).max().unwrap_or(0),
            Self::All | Self::Compare { .. } | Self::Or(_) => 0,
        }
    }

    /// The condition in OData's words, `None` if it holds for every row.
    pub(crate) fn render(&self, spelling: &Spelling<'_>) -> Result<Option<String>, Error> {
        let joined = |parts: &[Self], joint: &str| -> Result<Option<String>, Error> {
            let rendered =
                parts.iter().filter_map(|part| part.render(spelling).transpose()).collect::<Result<Vec<_>, _>>()?;
            Ok((!rendered.is_empty()).then(|| bracketed(&rendered, joint)))
        };
        match self {
            Self::All => Ok(None),
            Self::Compare { column, op, value } => Ok(Some(comparison(column, *op, value, spelling)?)),
            Self::AnyOf { values, .. } if values.is_empty() => Ok(Some("false".to_owned())),
            Self::AnyOf { column, values } if spelling.lists == ListOperator::In && values.len() > 1 => {
                let each = values.iter().map(|value| written(column, value, spelling));
                let list = each.collect::<Result<Vec<_>, _>>()?.join(",");
                Ok(Some(format!("{} in ({list})", identifier("column", column)?)))
            }
            Self::AnyOf { column, values } => {
                let each = values.iter().map(|value| comparison(column, Op::Eq, value, spelling));
                Ok(Some(bracketed(&each.collect::<Result<Vec<_>, _>>()?, " or ")))
            }
            Self::And(parts) => joined(parts, " and "),
            Self::Or(parts) if parts.contains(&Self::All) => Ok(None),
            Self::Or(parts) => joined(parts, " or "),
        }
    }
}

fn bracketed(parts: &[String], joint: &str) -> String {
    match parts {
        [one] => one.clone(),
        many => format!("({})", many.join(joint)),
    }
}

fn comparison(column: &str, op: Op, value: &Literal, spelling: &Spelling<'_>) -> Result<String, Error> {
    Ok(format!("{} {} {}", identifier("column", column)?, op.odata(), written(column, value, spelling)?))
}

/// A value as a literal.
fn written(column: &str, value: &Literal, spelling: &Spelling<'_>) -> Result<String, Error> {
    Ok(match value {
        Literal::Text(value) => quoted(value),
        Literal::Number(number) => number.to_string(),
        Literal::Date(date) => match (spelling.dates)(column) {
            DateLiteral::Date => date.to_string(),
            DateLiteral::DateTimeV3 => format!("datetime'{date}T00:00:00'"),
            DateLiteral::DateTimeOffset | DateLiteral::Auto => format!("{date}T00:00:00Z"),
        },
        Literal::Null => "null".to_owned(),
    })
}

/// A text literal.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Lets only names through that OData allows, so that a name from a site's settings cannot become syntax.
pub(crate) fn identifier<'a>(field: &str, name: &'a str) -> Result<&'a str, Error> {
    let mut chars = name.chars();
    let starts = chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    if starts && name.len() <= 128 && chars.all(|c| c.is_ascii_alphanumeric() || c == '_') {
        Ok(name)
    } else {
        Err(Error::invalid(field, format!("{name:?} is no name in odata")))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn spelt(filter: &Filter, lists: ListOperator) -> String {
        let spelling = Spelling { dates: &|_| DateLiteral::DateTimeOffset, lists };
        filter.render(&spelling).expect("a filter").unwrap_or_default()
    }

    fn text(filter: &Filter) -> String {
        spelt(filter, ListOperator::Or)
    }

    /// Which of the rows (columns C and D) a filter in OData's words selects: a reader of its own, which knows `eq`, `in`,
    /// `and`, `or`, brackets and text literals, and nothing of how the filter was made.
    struct Service<'a> {
        rest: &'a str,
        row: [&'a str; 2],
    }

    impl<'a> Service<'a> {
        fn selects(filter: &'a str, row: [&'a str; 2]) -> Option<bool> {
            let mut service = Service { rest: filter, row };
            let selected = service.any()?;
            service.rest.is_empty().then_some(selected)
        }

        fn any(&mut self) -> Option<bool> {
            let mut holds = self.all()?;
            while self.take(" or ") {
                holds |= self.all()?;
            }
            Some(holds)
        }

        fn all(&mut self) -> Option<bool> {
            let mut holds = self.one()?;
            while self.take(" and ") {
                holds &= self.one()?;
            }
            Some(holds)
        }

        fn one(&mut self) -> Option<bool> {
            if self.take("(") {
                let holds = self.any()?;
                return self.take(")").then_some(holds);
            }
            let column = if self.take("C") { 0 } else { usize::from(self.take("D")) };
            let held = self.row[column];
            if self.take(" eq ") {
                return Some(self.literal()? == held);
            }
            if !self.take(" in (") {
                return None;
            }
            let mut holds = self.literal()? == held;
            while self.take(",") {
                holds |= self.literal()? == held;
            }
            self.take(")").then_some(holds)
        }

        fn literal(&mut self) -> Option<String> {
            let mut value = String::new();
            if !self.take("'") {
                return None;
            }
            loop {
                let end = self.rest.find('\'')?;
                value.push_str(&self.rest[..end]);
                self.rest = &self.rest[end + 1..];
                if !self.take("'") {
                    return Some(value);
                }
                value.push('\'');
            }
        }

        fn take(&mut self, token: &str) -> bool {
            self.rest.strip_prefix(token).map(|rest| self.rest = rest).is_some()
        }
    }

    #[test]
    fn filters_read_as_odata() {
        assert_eq!(text(&Filter::eq("OrderStatus", "\\")), "OrderStatus eq '\\'");
        assert_eq!(text(&Filter::eq("Customer", "O'Neil")), "Customer eq 'O''Neil'");
        let ready = Filter::is_in("DispatchNoteStatus", ["5", "7", "5"]);
        assert_eq!(text(&ready), "(DispatchNoteStatus eq '5' or DispatchNoteStatus eq '7')");
        assert_eq!(spelt(&ready, ListOperator::In), "DispatchNoteStatus in ('5','7')");
        let dated = ready.and(Filter::ge_date("InvoiceDate", jiff::civil::date(2026, 1, 31)));
        assert_eq!(
            text(&dated),
            "((DispatchNoteStatus eq '5' or DispatchNoteStatus eq '7') and InvoiceDate ge 2026-01-31T00:00:00Z)"
        );
        assert_eq!(text(&Filter::All.and(Filter::ne("A", Decimal::new(15, 1)))), "A ne 1.5");
        assert_eq!(text(&Filter::compare("A", Op::Gt, Literal::Null)), "A gt null");
        assert_eq!(text(&Filter::All), "");
        let spelling = Spelling { dates: &|_| DateLiteral::Date, lists: ListOperator::In };
        assert!(Filter::eq("x eq 1 or y", "z").render(&spelling).is_err());
        assert!(Filter::is_in("x eq 1 or y", ["a", "b"]).render(&spelling).is_err());
    }

    #[test]
    fn dates_are_spelt_as_the_service_types_them() {
        let filter = Filter::ge_date("D", jiff::civil::date(2026, 1, 31));
        let with = |literal: DateLiteral| {
            filter.render(&Spelling { dates: &move |_| literal, lists: ListOperator::Or }).expect("a filter")
        };
        assert_eq!(with(DateLiteral::Date).as_deref(), Some("D ge 2026-01-31"));
        assert_eq!(with(DateLiteral::DateTimeV3).as_deref(), Some("D ge datetime'2026-01-31T00:00:00'"));
    }

    #[test]
    fn an_empty_list_is_fulfilled_by_nothing() {
        let none = Filter::is_in("A", Vec::<String>::new());
        assert!(none.is_nothing() && none.clone().and(Filter::eq("B", "1")).is_nothing());
        assert!(!none.or(Filter::eq("B", "1")).is_nothing());
    }

    #[test]
    fn a_long_list_can_be_halved_where_it_stands() {
        let filter = Filter::eq("B", "1").and(Filter::is_in("A", ["1", "2", "3"]));
        let (first, second) = filter.halves().expect("halves");
        assert_eq!(text(&first), "(B eq '1' and (A eq '1' or A eq '2'))");
        assert_eq!(text(&second), "(B eq '1' and A eq '3')");
        assert!(second.halves().is_none());
    }

    /// Keys as people and attackers write them: quotes, brackets, words of the language, anything.
    fn key() -> impl Strategy<Value = String> {
        prop_oneof![any::<String>(), "['\\\\ CDa%&)(,=]{0,12}", "' (or|and) (C|D) (eq|in) '.{0,4}"]
    }

    proptest! {
        #[test]
        fn whatever_a_key_holds_the_filter_selects_it_alone(wanted in key(), other in key(), status in key()) {
            for lists in [ListOperator::Or, ListOperator::In] {
                let filter = Filter::eq("C", wanted.as_str()).and(Filter::is_in("D", [status.as_str(), "end"]));
                let filter = spelt(&filter, lists);
                prop_assert_eq!(Service::selects(&filter, [&wanted, &status]), Some(true), "{}", filter);
                prop_assert_eq!(Service::selects(&filter, [&wanted, "end"]), Some(true), "{}", filter);
                prop_assert_eq!(Service::selects(&filter, [&other, &status]), Some(other == wanted), "{}", filter);
            }
        }

        #[test]
        fn the_halves_of_a_list_select_what_the_list_does(keys in proptest::collection::vec(key(), 2..8), row in key()) {
            let filter = Filter::is_in("C", keys.iter().map(String::as_str));
            let whole = Service::selects(&text(&filter), [&row, ""]);
            if let Some((first, second)) = filter.halves() {
                let halves = [first, second].map(|half| Service::selects(&text(&half), [&row, ""]));
                prop_assert_eq!(whole, Some(halves.contains(&Some(true))));
                prop_assert!(halves != [Some(true), Some(true)]);
            }
            prop_assert_eq!(whole, Some(keys.contains(&row)));
        }
    }
}
