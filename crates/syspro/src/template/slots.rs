//! What goes into a template, and what a template may ask for.
//!
//! ```text
//! Offer (which slots a caller fills: always, perhaps) ─► checked against the template when it is loaded
//! Slots (their values, and records for repeated sections) ─► written through the template
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Values for the slots of a template.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Slots {
    values: BTreeMap<String, String>,
    sections: BTreeMap<String, Vec<Slots>>,
}

impl Slots {
    /// No values yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Fills a slot.
    #[must_use]
    pub fn with(mut self, slot: &str, value: impl Into<String>) -> Self {
        self.values.insert(slot.to_owned(), value.into());
        self
    }

    /// Fills a slot if there is a value for it.
    #[must_use]
    pub fn maybe(self, slot: &str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.with(slot, value),
            None => self,
        }
    }

    /// Gives the records of a repeated section.
    #[must_use]
    pub fn section(mut self, name: &str, records: impl IntoIterator<Item = Slots>) -> Self {
        self.sections.insert(name.to_owned(), records.into_iter().collect());
        self
    }

    /// A slot's value.
    pub fn get(&self, slot: &str) -> Option<&str> {
        self.values.get(slot).map(String::as_str)
    }

    /// The records of a section, none if it was not given.
    pub fn records(&self, section: &str) -> &[Slots] {
        self.sections.get(section).map_or(&[], Vec::as_slice)
    }

    /// The values with the slots they fill.
    pub fn values(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.iter().map(|(slot, value)| (slot.as_str(), value.as_str()))
    }

    /// The sections with their records.
    pub fn sections(&self) -> impl Iterator<Item = (&str, &[Slots])> {
        self.sections.iter().map(|(name, records)| (name.as_str(), records.as_slice()))
    }
}

/// Only names: values are customers' data and have no business in a log.
impl fmt::Debug for Slots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sections = self.sections.iter().map(|(name, records)| format!("{name} ×{}", records.len()));
        f.debug_list().entries(self.values.keys().cloned().chain(sections)).finish()
    }
}

/// How a caller fills a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fill {
    /// Always, and a template without it would be wrong.
    Must,
    /// Always, but a template need not use it.
    Always,
    /// Perhaps: the element it stands in is left out without it.
    Perhaps,
}

/// The slots and repeated sections a caller offers to a template.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Offer {
    pub(crate) slots: BTreeMap<String, Fill>,
    pub(crate) sections: BTreeMap<String, Offer>,
}

impl Offer {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Slots that are always filled and without which a template is wrong, for example a key.
    #[must_use]
    pub fn must(self, slots: &[&str]) -> Self {
        self.add(slots, Fill::Must)
    }

    /// Slots that are always filled and that a template may leave out.
    #[must_use]
    pub fn always(self, slots: &[&str]) -> Self {
        self.add(slots, Fill::Always)
    }

    /// Slots that may have no value; a template writes them as `{{slot?}}`.
    #[must_use]
    pub fn perhaps(self, slots: &[&str]) -> Self {
        self.add(slots, Fill::Perhaps)
    }

    /// A section that is written once for each of its records. Inside it the outer slots can be used too.
    #[must_use]
    pub fn section(mut self, name: &str, offer: Offer) -> Self {
        self.sections.insert(name.to_owned(), offer);
        self
    }

    fn add(mut self, slots: &[&str], fill: Fill) -> Self {
        self.slots.extend(slots.iter().map(|&slot| (slot.to_owned(), fill)));
        self
    }

    /// The names of all slots, of sections too.
    pub(crate) fn names(&self) -> BTreeSet<&str> {
        let inner = self.sections.values().flat_map(Offer::names);
        self.slots.keys().map(String::as_str).chain(inner).collect()
    }
}
