//! The address book: what of SYSPRO's five lines has to change for an address to read as UPS spells it.
//!
//! ```text
//! SYSPRO's lines ─ Map::read_place ─► Address ─► UPS ─► corrected Address ─ Map::rewrite ─► only what differs ─► SYSPRO
//! ```
//!
//! The map that reads an address writes it too, so that what was written reads back as what was meant. Nothing is cut to
//! fit: an address that SYSPRO's lines cannot hold is a person's to enter.

use super::{Address, Map, Place};
use crate::document::SysproAddress;

/// SYSPRO's length of an address line.
const LINE: usize = 40;
/// SYSPRO's length of a postal code.
const POSTAL_CODE: usize = 10;

/// What to write into an address in SYSPRO; the rest stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rewrite {
    /// Lines 1 to 5.
    pub lines: [Option<String>; 5],
    /// The postal code.
    pub postal_code: Option<String>,
    /// The state field.
    pub state: Option<String>,
}

impl Rewrite {
    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The address once it is written.
    #[must_use]
    pub fn applied_to(&self, ship_to: &SysproAddress) -> SysproAddress {
        let mut after = ship_to.clone();
        for (line, new) in after.lines.iter_mut().zip(&self.lines) {
            if let Some(new) = new {
                line.clone_from(new);
            }
        }
        if let Some(postal_code) = &self.postal_code {
            after.postal_code.clone_from(postal_code);
        }
        if let Some(state) = &self.state {
            after.state.clone_from(state);
        }
        after
    }
}

/// Why an address cannot be written into SYSPRO's lines.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoRoom {
    /// The site's map has no place for a part that differs.
    #[error("the site's [address] map has no place for the {part}")]
    NoPlace {
        /// Which part.
        part: &'static str,
    },
    /// The text is longer than SYSPRO's column.
    #[error("{text:?} has more than {max} characters")]
    TooLong {
        /// The text.
        text: String,
        /// The column's length.
        max: usize,
    },
    /// The street has another number of lines than the map reads.
    #[error("the street has {lines} lines, and the site's [address] map reads {places}")]
    TooManyLines {
        /// Lines of the street.
        lines: usize,
        /// Lines the map has for it.
        places: usize,
    },
    /// A line would have to be emptied, and whether SYSPRO empties a field is not known.
    #[error("line {number} ({text:?}) would have to be emptied")]
    MustBeEmptied {
        /// Which line.
        number: usize,
        /// What stands there.
        text: String,
    },
}

impl Map {
    /// What to write so that the address in SYSPRO reads as `to`. Parts that read the same already stay as they are.
    ///
    /// # Errors
    /// When SYSPRO's lines cannot hold it.
    pub fn rewrite(&self, ship_to: &SysproAddress, to: &Address) -> Result<Rewrite, NoRoom> {
        let mut rewrite = Rewrite::default();
        let streets = self.street.iter().copied();
        if to.lines.len() > self.street.len() {
            return Err(NoRoom::TooManyLines { lines: to.lines.len(), places: self.street.len() });
        }
        for (place, line) in streets.zip(to.lines.iter().map(String::as_str).chain(std::iter::repeat(""))) {
            rewrite.put(ship_to, place, line, "street")?;
        }
        rewrite.put(ship_to, self.city, &to.city, "city")?;
        rewrite.put(ship_to, self.state, &to.state, "state")?;
        let postal_code = spelt(&to.postal_code, &to.country);
        if !same(&ship_to.postal_code, &postal_code) {
            rewrite.postal_code = Some(fitting(&postal_code, POSTAL_CODE)?);
        }
        Ok(rewrite)
    }
}

impl Rewrite {
    fn put(&mut self, ship_to: &SysproAddress, place: Place, text: &str, part: &'static str) -> Result<(), NoRoom> {
        if same(place.text_in(ship_to), text) {
            return Ok(());
        }
        match place {
            Place::Line(number) => {
                let number = usize::from(number);
                let slot = number.checked_sub(1).and_then(|at| self.lines.get_mut(at));
                let slot = slot.ok_or(NoRoom::NoPlace { part })?;
                if text.is_empty() {
                    return Err(NoRoom::MustBeEmptied { number, text: place.text_in(ship_to).to_owned() });
                }
                *slot = Some(fitting(text, LINE)?);
            }
            Place::State => self.state = Some(fitting(text, 2)?),
            Place::Nationality | Place::Absent => return Err(NoRoom::NoPlace { part }),
        }
        Ok(())
    }
}

/// Whether two texts are the same address part but for case and blanks.
fn same(one: &str, other: &str) -> bool {
    let level = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_uppercase();
    level(one) == level(other)
}

fn fitting(text: &str, max: usize) -> Result<String, NoRoom> {
    if text.chars().count() > max {
        return Err(NoRoom::TooLong { text: text.to_owned(), max });
    }
    Ok(text.to_owned())
}

/// ZIP+4 as people write it, with a hyphen.
fn spelt(postal_code: &str, country: &str) -> String {
    let is_zip =
        matches!(country, "US" | "PR") && postal_code.len() == 9 && postal_code.bytes().all(|it| it.is_ascii_digit());
    match postal_code.split_at_checked(5).filter(|_| is_zip) {
        Some((zip, extension)) => format!("{zip}-{extension}"),
        None => postal_code.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn map() -> Map {
        Map {
            street: vec![Place::Line(1), Place::Line(2)],
            city: Place::Line(3),
            state: Place::State,
            country: Place::Absent,
            default_country: "US".to_owned(),
            countries: BTreeMap::new(),
        }
    }

    fn standing() -> SysproAddress {
        SysproAddress {
            name: "Bay Bicycles".to_owned(),
            lines: ["1200 Brodway", "", "Oakland", "", ""].map(str::to_owned),
            postal_code: "94607".to_owned(),
            state: "CA".to_owned(),
            nationality: String::new(),
        }
    }

    fn corrected() -> Address {
        let read = map().read_place(&standing()).expect("readable");
        Address { lines: vec!["1200 BROADWAY".to_owned()], postal_code: "946121234".to_owned(), ..read }
    }

    #[test]
    fn only_what_differs_is_written_and_reads_back_as_what_was_meant() {
        let rewrite = map().rewrite(&standing(), &corrected()).expect("it fits");
        assert_eq!(rewrite.lines, [Some("1200 BROADWAY".to_owned()), None, None, None, None]);
        assert_eq!((rewrite.postal_code.as_deref(), rewrite.state.as_deref()), (Some("94612-1234"), None));
        let after = map().read_place(&rewrite.applied_to(&standing())).expect("readable");
        assert_eq!((after.lines, after.postal_code), (corrected().lines, corrected().postal_code));
        assert!(map().rewrite(&rewrite.applied_to(&standing()), &corrected()).expect("it fits").is_empty());
    }

    #[test]
    fn what_syspro_cannot_hold_is_a_persons_to_enter() {
        let with = |change: fn(&mut SysproAddress)| {
            let mut standing = standing();
            change(&mut standing);
            map().rewrite(&standing, &corrected())
        };
        let emptied = with(|it| it.lines[1] = "Building 4".to_owned());
        assert!(matches!(emptied, Err(NoRoom::MustBeEmptied { number: 2, .. })), "{emptied:?}");
        let three = Address { lines: vec!["A".to_owned(); 3], ..corrected() };
        let refused = map().rewrite(&standing(), &three);
        assert_eq!(refused, Err(NoRoom::TooManyLines { lines: 3, places: 2 }));
        let nowhere = Map { state: Place::Absent, ..map() }.rewrite(&standing(), &corrected());
        assert_eq!(nowhere, Err(NoRoom::NoPlace { part: "state" }));
    }
}
