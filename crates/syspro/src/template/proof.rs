//! How a written value is read back.
//!
//! ```text
//! <proof slot query path/> + the item's values ─► query ─► elements at the path ─► ReadBack { expected, found, proven }
//! ```
//!
//! SYSPRO ignores elements it does not know and may report success without having written, so only reading back proves
//! a write. A value counts as proven if one of the elements at its path holds it: as text without blanks around it, or
//! as the same number, or as the same date.

use super::{Slots, Text};
use crate::row;
use crate::xml::Element;

/// Which query shows a slot's value, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The slot whose value is proven.
    pub slot: String,
    /// The query object, by the name of its template, which is filled from the same item.
    pub query: String,
    path: Text,
}

/// One value read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadBack {
    /// The slot that was written.
    pub slot: String,
    /// The query that was asked.
    pub query: String,
    /// What was written.
    pub expected: String,
    /// What stands at the path, blanks around it cut off.
    pub found: Vec<String>,
}

impl ReadBack {
    /// Whether SYSPRO holds the value.
    pub fn is_proven(&self) -> bool {
        self.found.iter().any(|found| same(&self.expected, found))
    }
}

impl Proof {
    pub(super) fn read(element: &Element) -> Result<Self, String> {
        let attribute = |key: &str| {
            let value = element.attribute_value(key).map(str::trim).filter(|value| !value.is_empty());
            value.ok_or_else(|| format!("a proof has no {key}"))
        };
        Ok(Self {
            slot: attribute("slot")?.to_owned(),
            query: attribute("query")?.to_owned(),
            path: Text::read(attribute("path")?, "proof")?,
        })
    }

    /// The slots it depends on.
    pub(super) fn slots(&self) -> impl Iterator<Item = &str> {
        [self.slot.as_str()].into_iter().chain(self.path.slots().map(|(slot, _)| slot))
    }

    /// What this proof expects of an item and of the records in it: one for each value.
    pub(crate) fn expectations(&self, item: &Slots) -> Vec<(String, String)> {
        let mut found = Vec::new();
        self.collect(&[item], &mut found);
        found
    }

    fn collect(&self, scope: &[&Slots], found: &mut Vec<(String, String)>) {
        let Some(record) = scope.last() else { return };
        if let (Some(expected), Ok(Some(path))) = (record.get(&self.slot), self.path.fill(scope)) {
            found.push((path, expected.to_owned()));
        }
        for (_, records) in record.sections() {
            for inner in records {
                let mut scope = scope.to_vec();
                scope.push(inner);
                self.collect(&scope, found);
            }
        }
    }

    /// What an answer holds at one of the paths.
    pub(crate) fn read_back(&self, answer: &Element, path: &str, expected: String) -> ReadBack {
        let found = answer.at_path(path).iter().map(|element| element.text().to_owned()).collect();
        ReadBack { slot: self.slot.clone(), query: self.query.clone(), expected, found }
    }
}

/// Whether two texts are the same value.
fn same(expected: &str, found: &str) -> bool {
    let (expected, found) = (expected.trim(), found.trim());
    let numbers = || match (row::decimal(expected), row::decimal(found)) {
        (Ok(Some(expected)), Ok(Some(found))) => expected == found,
        _ => false,
    };
    let dates = || match (row::date(expected), row::date(found)) {
        (Ok(Some(expected)), Ok(Some(found))) => expected == found,
        _ => false,
    };
    expected == found || dates() || (has_point(expected, found) && numbers())
}

/// Numbers with decimals may be spelt with more or fewer noughts; keys that are digits only may not.
fn has_point(expected: &str, found: &str) -> bool {
    expected.contains('.') || found.contains('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_compared_as_what_they_are() {
        for (expected, found) in
            [("1Z9", " 1Z9 "), ("18.4", "       18.400000"), ("2026-01-31", "2026-01-31"), ("", "  ")]
        {
            assert!(same(expected, found), "{expected} {found}");
        }
        for (expected, found) in [("1Z9", "1z9"), ("1Z9", ""), ("18.4", "18.5"), ("007", "7"), ("18.4", "1,018.4")] {
            assert!(!same(expected, found), "{expected} {found}");
        }
    }

    #[test]
    fn a_proof_may_name_the_record_it_looks_for() {
        let proof =
            Element::parse("<proof slot='alpha' query='COMQFM' path='Field[Name={{field}}]/Value'/>").expect("xml");
        let proof = Proof::read(&proof).expect("a proof");
        let item = Slots::new().with("field", "TRKNUM").with("alpha", "1Z9");
        let answer = Element::parse(
            "<Query><Field><Name>OTHER</Name><Value>1Z9</Value></Field><Field><Name>TRKNUM</Name><Value>old</Value></Field></Query>",
        )
        .expect("xml");
        let [(path, expected)] = &proof.expectations(&item)[..] else { panic!("one value") };
        let read = proof.read_back(&answer, path, expected.clone());
        assert_eq!((read.found.as_slice(), read.is_proven()), (["old".to_owned()].as_slice(), false));
    }
}
