//! One table of a site file, read key by key; what nobody asked for is an unknown key.
//!
//! ```text
//! text ─► toml ─► Section (path, line, keys) ─take─► value │ ConfigError { key, line, why, cure }
//!                     └─finish─► nothing left │ "unknown key `acount`; is `account` meant?"
//! ```
//!
//! Keys are read by hand and not by serde's derive so that every fault carries the key's whole path, its line and a
//! cure in the words of the trade, and so that a key stands once, beside its default. Taking a key removes it,
//! therefore a key can neither be forgotten nor silently ignored.

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use jiff::SignedDuration;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::duration;
use super::error::ConfigError;

/// A result whose fault names the key.
pub(super) type Read<T> = Result<T, ConfigError>;

/// A table that is being read.
pub(super) struct Section<'a> {
    text: &'a str,
    path: String,
    line: Option<usize>,
    table: DeTable<'a>,
    asked: Vec<&'static str>,
}

/// A value with the place it stands at.
pub(super) struct Found<'a> {
    /// The key's whole path.
    pub(super) key: String,
    /// Its line.
    pub(super) line: usize,
    /// What stands there.
    pub(super) value: DeValue<'a>,
}

impl Found<'_> {
    /// A fault at this value.
    pub(super) fn fault(&self, what: impl Into<String>, why: impl Display, cure: impl Into<String>) -> ConfigError {
        ConfigError {
            key: self.key.clone(),
            line: Some(self.line),
            what: what.into(),
            why: why.to_string(),
            cure: cure.into(),
        }
    }

    fn wrong_type(&self, wanted: &str, cure: &str) -> ConfigError {
        self.fault(format!("{wanted} is wanted"), format!("{} is there", kind(&self.value)), cure)
    }

    /// The text of a string value.
    pub(super) fn text(&self, cure: &str) -> Read<String> {
        match &self.value {
            DeValue::String(text) => Ok(text.to_string()),
            _ => Err(self.wrong_type("text in quotes", cure)),
        }
    }

    /// A value read from text.
    pub(super) fn parsed<T: FromStr<Err: Display>>(&self, cure: &str) -> Read<T> {
        let text = self.text(cure)?;
        text.parse().map_err(|error| self.bad(&text, error, cure))
    }

    /// The fault of a text that cannot be read.
    pub(super) fn bad(&self, text: &str, why: impl Display, cure: &str) -> ConfigError {
        self.fault(format!("bad value {text:?}"), why, cure)
    }

    /// A whole number within bounds.
    pub(super) fn whole<T: TryFrom<i64>>(&self, min: i64, max: i64, cure: &str) -> Read<T> {
        let DeValue::Integer(number) = &self.value else {
            return Err(self.wrong_type("a whole number", cure));
        };
        let out_of_range = || self.bad(number.as_str(), format!("allowed is {min} to {max}"), cure);
        let value = i64::from_str_radix(number.as_str(), number.radix()).map_err(|_| out_of_range())?;
        if !(min..=max).contains(&value) {
            return Err(out_of_range());
        }
        T::try_from(value).map_err(|_| out_of_range())
    }
}

impl<'a> Section<'a> {
    /// The whole file.
    pub(super) fn root(text: &'a str) -> Read<Self> {
        let table = DeTable::parse(text).map_err(|error| ConfigError {
            key: String::new(),
            line: error.span().map(|span| line_of(text, span.start)),
            what: "the file is not TOML".to_owned(),
            why: error.message().to_owned(),
            cure: "compare the line with the output of `ml-connector init --print`".to_owned(),
        })?;
        Ok(Self { text, path: String::new(), line: None, table: table.into_inner(), asked: Vec::new() })
    }

    /// The path of a key in this table.
    pub(super) fn key(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// A fault of a key that is not there, or of the table as a whole.
    pub(super) fn fault(
        &self,
        key: &str,
        what: impl Into<String>,
        why: impl Display,
        cure: impl Into<String>,
    ) -> ConfigError {
        let key = if key.is_empty() { self.path.clone() } else { self.key(key) };
        ConfigError { key, line: self.line, what: what.into(), why: why.to_string(), cure: cure.into() }
    }

    /// Takes a key out of the table, if it is there.
    pub(super) fn take(&mut self, key: &'static str) -> Option<Found<'a>> {
        self.asked.push(key);
        let value = self.table.remove(key)?;
        let line = line_of(self.text, value.span().start);
        Some(Found { key: self.key(key), line, value: value.into_inner() })
    }

    /// Takes a key that has to be there.
    pub(super) fn need(&mut self, key: &'static str, cure: &str) -> Read<Found<'a>> {
        if let Some(found) = self.take(key) {
            return Ok(found);
        }
        let why = match self.left_over().find(|(other, _)| alike(other, key)) {
            Some((other, line)) => format!("line {line} has `{other}`, which looks like it"),
            None => "it has no default".to_owned(),
        };
        Err(self.fault(key, "missing", why, cure))
    }

    /// Text that has to be there and say something.
    pub(super) fn text(&mut self, key: &'static str, cure: &str) -> Read<String> {
        let found = self.need(key, cure)?;
        let text = found.text(cure)?;
        if text.trim().is_empty() {
            return Err(found.bad(&text, "it is empty", cure));
        }
        Ok(text)
    }

    /// Text, or its default.
    pub(super) fn text_or(&mut self, key: &'static str, default: &str, cure: &str) -> Read<String> {
        self.take(key).map_or_else(|| Ok(default.to_owned()), |found| found.text(cure))
    }

    /// A value read from text that has to be there.
    pub(super) fn parsed<T: FromStr<Err: Display>>(&mut self, key: &'static str, cure: &str) -> Read<T> {
        self.need(key, cure)?.parsed(cure)
    }

    /// A value read from text, if it is there.
    pub(super) fn parsed_if<T: FromStr<Err: Display>>(&mut self, key: &'static str, cure: &str) -> Read<Option<T>> {
        self.take(key).map(|found| found.parsed(cure)).transpose()
    }

    /// `true` or `false`, or the default.
    pub(super) fn flag(&mut self, key: &'static str, default: bool) -> Read<bool> {
        let Some(found) = self.take(key) else { return Ok(default) };
        match found.value {
            DeValue::Boolean(flag) => Ok(flag),
            _ => Err(found.wrong_type("true or false", &format!("write {key} = {default}"))),
        }
    }

    /// A whole number within bounds, or the default.
    pub(super) fn whole<T: TryFrom<i64>>(&mut self, key: &'static str, default: T, min: i64, max: i64) -> Read<T> {
        let cure = format!("write a whole number without quotes, {min} to {max}");
        self.take(key).map_or(Ok(default), |found| found.whole(min, max, &cure))
    }

    /// A span of time such as `"5m"`, or the default.
    pub(super) fn duration(&mut self, key: &'static str, default: &str) -> Read<SignedDuration> {
        let cure = format!("write a number and a unit, s, m, h or d, e.g. {key} = \"{default}\"");
        match self.take(key) {
            Some(found) => {
                let text = found.text(&cure)?;
                duration::parse(&text).map_err(|why| found.bad(&text, why, &cure))
            }
            None => duration::parse(default).map_err(|why| self.fault(key, "bad default", why, cure)),
        }
    }

    /// A deadline on real time such as `"30s"`, or the default.
    pub(super) fn deadline(&mut self, key: &'static str, default: &str) -> Read<Duration> {
        let span = self.duration(key, default)?;
        Duration::try_from(span).map_err(|why| self.fault(key, "bad value", why, "write a positive span of time"))
    }

    /// One of several words, or the default.
    pub(super) fn choice<T: Copy>(&mut self, key: &'static str, words: &[(&str, T)], default: T) -> Read<T> {
        self.take(key).map_or(Ok(default), |found| pick(&found, words))
    }

    /// One of several words that has to be there.
    pub(super) fn needed_choice<T: Copy>(&mut self, key: &'static str, words: &[(&str, T)]) -> Read<T> {
        let found = self.need(key, &one_of(words))?;
        pick(&found, words)
    }

    /// A list of values read from text, if it is there.
    pub(super) fn list_if<T: FromStr<Err: Display>>(&mut self, key: &'static str, cure: &str) -> Read<Option<Vec<T>>> {
        let Some(found) = self.take(key) else { return Ok(None) };
        self.items(found, cure)?.iter().map(|item| item.parsed(cure)).collect::<Read<Vec<T>>>().map(Some)
    }

    /// The items of a list, each with its own path.
    pub(super) fn items(&self, found: Found<'a>, cure: &str) -> Read<Vec<Found<'a>>> {
        let DeValue::Array(items) = found.value else {
            return Err(found.wrong_type("a list in square brackets", cure));
        };
        Ok(items
            .into_iter()
            .enumerate()
            .map(|(at, item)| Found {
                key: format!("{}[{}]", found.key, at + 1),
                line: line_of(self.text, item.span().start),
                value: item.into_inner(),
            })
            .collect())
    }

    /// A table below this one, if it is there.
    pub(super) fn table(&mut self, key: &'static str) -> Read<Option<Self>> {
        self.take(key).map(|found| self.section(found, &format!("write [{}]", self.key(key)))).transpose()
    }

    /// A table below this one that has to be there.
    pub(super) fn needed_table(&mut self, key: &'static str, cure: &str) -> Read<Self> {
        let found = self.need(key, cure)?;
        self.section(found, cure)
    }

    /// The tables of a `[[list]]`, numbered from 1 as people count.
    pub(super) fn tables(&mut self, key: &'static str) -> Read<Vec<Self>> {
        let cure = format!("write [[{}]], in double brackets", self.key(key));
        let Some(found) = self.take(key) else { return Ok(Vec::new()) };
        self.items(found, &cure)?.into_iter().map(|item| self.section(item, &cure)).collect()
    }

    /// A value as a table.
    pub(super) fn section(&self, found: Found<'a>, cure: &str) -> Read<Self> {
        match found.value {
            DeValue::Table(table) => {
                Ok(Self { text: self.text, path: found.key, line: Some(found.line), table, asked: Vec::new() })
            }
            _ => Err(found.wrong_type("a table", cure)),
        }
    }

    /// Whether a key is there, without taking it.
    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Nothing may be left.
    pub(super) fn finish(self) -> Read<()> {
        let Some((key, line)) = self.left_over().next() else { return Ok(()) };
        let nearest = self.asked.iter().find(|asked| alike(asked, &key));
        let why = nearest.map_or_else(String::new, |nearest| format!("`{nearest}` looks like it"));
        let mut known = self.asked.clone();
        known.sort_unstable();
        known.dedup();
        let place = if self.path.is_empty() { "the file itself".to_owned() } else { format!("[{}]", self.path) };
        Err(ConfigError {
            key: self.key(&key),
            line: Some(line),
            what: "unknown key".to_owned(),
            why,
            cure: format!("known in {place}: {}", known.join(", ")),
        })
    }

    fn left_over(&self) -> impl Iterator<Item = (String, usize)> {
        self.table.keys().map(|key: &Spanned<_>| {
            let line = line_of(self.text, key.span().start);
            (key.get_ref().to_string(), line)
        })
    }
}

fn pick<T: Copy>(found: &Found<'_>, words: &[(&str, T)]) -> Read<T> {
    let cure = one_of(words);
    let text = found.text(&cure)?;
    let chosen = words.iter().find(|(word, _)| *word == text);
    chosen.map(|(_, value)| *value).ok_or_else(|| found.bad(&text, "that word means nothing here", &cure))
}

fn one_of<T>(words: &[(&str, T)]) -> String {
    let words: Vec<_> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
    format!("write one of {}", words.join(", "))
}

fn alike(one: &str, other: &str) -> bool {
    one != other && strsim::jaro_winkler(one, other) > 0.88
}

fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a decimal point",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date without quotes",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
