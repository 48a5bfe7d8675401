//! A row of named texts, whether it came as XML or as JSON, and the reading of SYSPRO's ways of writing values.
//!
//! ```text
//! <Mass>           1.000000</Mass> ┐
//! "Mass": 1.000000                 ├─► Row ─► text · decimal · date · flag ─► value or ReadError
//! ```
//!
//! Names are matched without regard to case, because SYSPRO lower-cases some of its answers. Numbers are right-aligned with
//! leading blanks; *edited* numbers (`38,400.000`) are refused rather than guessed at. A column the operator may not see
//! is simply absent from the answer, so an absent column is an error and never a zero.

use std::collections::BTreeMap;
use std::fmt;

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::xml::Element;

/// Columns by name, regardless of case.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Row {
    cells: BTreeMap<String, Cell>,
}

#[derive(Clone, PartialEq, Eq)]
struct Cell {
    name: String,
    text: String,
}

/// Why a column's value could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The column is not in the answer: unknown to this SYSPRO, not asked for, or hidden from the operator.
    #[error("column {column} is missing from the answer")]
    Missing {
        /// The column asked for.
        column: String,
    },
    /// The column is blank where a value is needed.
    #[error("column {column} is blank")]
    Blank {
        /// The column asked for.
        column: String,
    },
    /// The text is not what the column should hold.
    #[error("column {column}: {value:?} {why}")]
    Bad {
        /// The column asked for.
        column: String,
        /// The text as it came.
        value: String,
        /// What is wrong with it.
        why: &'static str,
    },
}

impl Row {
    /// An empty row.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a column, replacing one of the same name. Useful for tests and for merging answers.
    pub fn set(&mut self, name: &str, text: impl Into<String>) -> &mut Self {
        self.cells.insert(name.to_ascii_lowercase(), Cell { name: name.to_owned(), text: text.into() });
        self
    }

    /// The leaf children of an element as columns. Where a name repeats, the first one counts, and one without a prefix
    /// before those with one; a prefixed field can also be had as `SALSLS_Name`, which is how older versions spell it.
    pub fn of_element(element: &Element) -> Self {
        Self::of(element.children().iter().filter(|child| child.children().is_empty()))
    }

    /// All leaves below an element as columns, by the same rules, except what SYSPRO says of itself
    /// (`SystemInformation`).
    pub fn of_leaves(element: &Element) -> Self {
        fn walk<'a>(element: &'a Element, leaves: &mut Vec<&'a Element>) {
            for child in element.children().iter().filter(|child| !child.is("SystemInformation")) {
                if child.children().is_empty() { leaves.push(child) } else { walk(child, leaves) }
            }
        }
        let mut leaves = Vec::new();
        walk(element, &mut leaves);
        Self::of(leaves.into_iter())
    }

    fn of<'a>(leaves: impl Iterator<Item = &'a Element> + Clone) -> Self {
        let mut row = Self::new();
        let (prefixed, plain) = (leaves.clone(), leaves);
        for leaf in plain.filter(|leaf| leaf.prefix().is_empty()) {
            row.set_first(leaf.name(), leaf);
        }
        for leaf in prefixed.filter(|leaf| !leaf.prefix().is_empty()) {
            row.set_first(leaf.name(), leaf);
            row.set_first(&format!("{}_{}", leaf.prefix(), leaf.name()), leaf);
        }
        row
    }

    fn set_first(&mut self, name: &str, leaf: &Element) {
        if self.get(name).is_none() {
            self.set(name, leaf.raw_text());
        }
    }

    /// The column's text without surrounding blanks, or `None` if the column is absent.
    pub fn get(&self, column: &str) -> Option<&str> {
        self.cells.get(&column.to_ascii_lowercase()).map(|cell| cell.text.trim())
    }

    /// The column's text exactly as it came, with leading blanks that some very old keys have.
    pub fn raw(&self, column: &str) -> Option<&str> {
        self.cells.get(&column.to_ascii_lowercase()).map(|cell| cell.text.as_str())
    }

    /// The column's text without surrounding blanks; empty where SYSPRO holds blanks.
    ///
    /// # Errors
    /// [`ReadError::Missing`].
    pub fn text(&self, column: &str) -> Result<&str, ReadError> {
        self.get(column).ok_or_else(|| ReadError::Missing { column: column.to_owned() })
    }

    /// The column's number.
    ///
    /// # Errors
    /// If it is missing, blank, edited with thousands separators, or no number.
    pub fn decimal(&self, column: &str) -> Result<Decimal, ReadError> {
        self.optional_decimal(column)?.ok_or_else(|| ReadError::Blank { column: column.to_owned() })
    }

    /// The column's number, `None` where the column is blank. Where SYSPRO sends an edited number with its unedited twin
    /// (`Unedited_Mass` beside `Mass`), the twin is read.
    ///
    /// # Errors
    /// If it is missing, edited with thousands separators, or no number.
    pub fn optional_decimal(&self, column: &str) -> Result<Option<Decimal>, ReadError> {
        let text = self.text(column)?;
        match decimal(text) {
            Err(_) if text.contains(',') && self.get(&format!("Unedited_{column}")).is_some() => {
                self.optional_decimal(&format!("Unedited_{column}"))
            }
            read => read.map_err(|why| bad(column, text, why)),
        }
    }

    /// The column's whole number, zero-padded or not.
    ///
    /// # Errors
    /// If it is missing, blank, negative, or no whole number.
    pub fn whole(&self, column: &str) -> Result<u32, ReadError> {
        use rust_decimal::prelude::ToPrimitive as _;
        let number = self.decimal(column)?;
        let whole = if number.is_integer() { number.to_u32() } else { None };
        whole.ok_or_else(|| bad(column, self.get(column).unwrap_or_default(), "is not a whole number"))
    }

    /// The column's calendar date, `None` where SYSPRO holds none (blank, null or `0000-00-00`).
    ///
    /// # Errors
    /// If it is missing, no date, or carries a time of day: SYSPRO's dates have none, so a service that shows one has
    /// moved the date by a time zone and the day can no longer be trusted.
    pub fn date(&self, column: &str) -> Result<Option<Date>, ReadError> {
        let text = self.text(column)?;
        date(text).map_err(|why| bad(column, text, why))
    }

    /// The column's yes or no: `Y`, or `N` or blank.
    ///
    /// # Errors
    /// If it is missing or anything else.
    pub fn flag(&self, column: &str) -> Result<bool, ReadError> {
        let text = self.text(column)?;
        match text {
            "Y" | "y" => Ok(true),
            "N" | "n" | "" => Ok(false),
            _ => Err(bad(column, text, "is neither Y nor N")),
        }
    }

    /// The columns in alphabetical order: name as it came, text without surrounding blanks.
    pub fn columns(&self) -> impl Iterator<Item = (&str, &str)> {
        self.cells.values().map(|cell| (cell.name.as_str(), cell.text.trim()))
    }

    /// How many columns there are.
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether there is no column at all.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }
}

/// Only the names: values are customers' data and have no business in a log.
impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Row").field(&self.cells.values().map(|cell| &cell.name).collect::<Vec<_>>()).finish()
    }
}

fn bad(column: &str, value: &str, why: &'static str) -> ReadError {
    ReadError::Bad { column: column.to_owned(), value: value.to_owned(), why }
}

/// Reads a number with blanks before it; `None` for blanks only.
pub(crate) fn decimal(text: &str) -> Result<Option<Decimal>, &'static str> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if text.contains(',') {
        return Err("is an edited number; ask for the unedited field");
    }
    // SYSPRO writes the sign behind some numbers.
    let (sign, digits) = match text.strip_suffix('-') {
        Some(digits) => ("-", digits),
        None => ("", text),
    };
    if text.contains('_') {
        return Err("is not a number");
    }
    let parse = |text: &str| Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text));
    parse(&format!("{sign}{digits}")).map(Some).map_err(|_| "is not a number")
}

/// Reads `2026-01-31`, alone or followed by a midnight; `None` for blanks and `0000-00-00`.
pub(crate) fn date(text: &str) -> Result<Option<Date>, &'static str> {
    let text = text.trim();
    let (day, rest) = text.split_at_checked(10).unwrap_or((text, ""));
    if day.is_empty() || day == "0000-00-00" {
        return Ok(None);
    }
    let time = rest.trim_start_matches(['T', ' ']);
    let clock = time.find(['Z', '+', '-']).map_or(time, |end| &time[..end]);
    if clock.chars().any(|c| !matches!(c, '0' | ':' | '.')) {
        return Err("has a time of day, so its day cannot be trusted");
    }
    day.parse().map(Some).map_err(|_| "is not a date of the form 2026-01-31")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(column: &str, text: &str) -> Row {
        let mut row = Row::new();
        row.set(column, text);
        row
    }

    #[test]
    fn padded_numbers_are_read_and_edited_ones_refused() {
        assert_eq!(row("Mass", "           1.000000").decimal("mass"), Ok(Decimal::new(1_000_000, 6)));
        assert_eq!(row("Lines", "000012").whole("LINES"), Ok(12));
        assert_eq!(row("Value", "12.50-").decimal("Value"), Ok(Decimal::new(-1250, 2)));
        assert!(matches!(row("Qty", "   38,400.000").decimal("Qty"), Err(ReadError::Bad { .. })));
        assert!(matches!(row("Qty", "12a").decimal("Qty"), Err(ReadError::Bad { .. })));
        assert!(matches!(row("Qty", "  ").decimal("Qty"), Err(ReadError::Blank { .. })));
        assert!(matches!(row("Qty", "1").decimal("Mass"), Err(ReadError::Missing { .. })));
        assert!(matches!(row("Qty", "1.5").whole("Qty"), Err(ReadError::Bad { .. })));
    }

    #[test]
    fn a_date_is_a_day_or_nothing() {
        let day = Some(jiff::civil::date(2026, 1, 31));
        for text in [
            "2026-01-31",
            " 2026-01-31 ",
            "2026-01-31T00:00:00Z",
            "2026-01-31T00:00:00.000+02:00",
            "2026-01-31 00:00:00",
        ] {
            assert_eq!(row("D", text).date("d"), Ok(day), "{text}");
        }
        for text in ["", "   ", "0000-00-00"] {
            assert_eq!(row("D", text).date("d"), Ok(None), "{text}");
        }
        for text in ["2026-01-30T22:00:00Z", "31/01/2026", "2026-02-30", "soon", "2026-1-1", "2026-01-31x"] {
            assert!(row("D", text).date("d").is_err(), "{text}");
        }
    }

    #[test]
    fn flags_know_yes_no_and_nothing_else() {
        assert_eq!(row("F", "Y").flag("f"), Ok(true));
        assert_eq!(row("F", " ").flag("f"), Ok(false));
        assert!(row("F", "X").flag("f").is_err());
    }

    #[test]
    fn an_edited_number_is_read_from_its_unedited_twin() {
        let mut row = row("OnHand", "   38,400.000");
        assert!(row.decimal("OnHand").is_err());
        row.set("Unedited_OnHand", "       38400.000");
        assert_eq!(row.decimal("onhand"), Ok(Decimal::new(38_400_000, 3)));
    }

    #[test]
    fn a_prefixed_field_does_not_hide_a_plain_one() {
        let xml = "<SorDetail><SALSLS:Name>Field rep</SALSLS:Name><SALBRN:Description>North</SALBRN:Description>\
                   <TBLART:Description>Net 30</TBLART:Description><Name>Bayside</Name></SorDetail>";
        let row = Row::of_element(&Element::parse(xml).expect("test xml"));
        assert_eq!(row.text("Name"), Ok("Bayside"));
        assert_eq!(row.text("SALSLS_Name"), Ok("Field rep"));
        assert_eq!(row.text("TBLART_Description"), Ok("Net 30"));
    }

    #[test]
    fn debug_shows_no_values() {
        assert_eq!(format!("{:?}", row("CustomerName", "Somebody")), r#"Row(["CustomerName"])"#);
    }
}
