//! Where a document goes, as it stands in SYSPRO: five free lines, postal code, state.
//!
//! This company writes the street in line 1, a suite in line 2, the city in line 3 and the
//! country, if at all, in line 5; the state has its own column. The functions here also write
//! addresses the way people get them wrong.

use super::places::Place;

/// A ship-to in SYSPRO's positional form.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ShipTo {
    /// Name of the consignee, at most 50 characters.
    pub name: String,
    /// Address lines 1 to 5, at most 40 characters each.
    pub lines: [String; 5],
    /// Postal code, at most 10 characters.
    pub postal_code: String,
    /// Two-letter state.
    pub state: String,
    /// Nationality code, at most 3 characters; mostly blank.
    pub nationality: String,
    /// Code of the customer's ship-to address, when it came from there.
    pub ship_to_code: String,
}

impl ShipTo {
    /// The place written as the post office would.
    #[must_use]
    pub fn at(name: &str, place: &Place) -> Self {
        Self {
            name: name.to_owned(),
            lines: [
                place.street_line(),
                place.unit.clone().unwrap_or_default(),
                place.city.to_owned(),
                String::new(),
                "USA".to_owned(),
            ],
            postal_code: place.zip5.to_owned(),
            state: place.state.to_owned(),
            nationality: String::new(),
            ship_to_code: String::new(),
        }
    }

    /// With another address line; `number` counts from 1, as in SYSPRO.
    #[must_use]
    pub fn line(mut self, number: usize, text: &str) -> Self {
        if let Some(line) = number.checked_sub(1).and_then(|at| self.lines.get_mut(at)) {
            text.clone_into(line);
        }
        self
    }

    /// With another consignee.
    #[must_use]
    pub fn name(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// With another postal code; empty for none.
    #[must_use]
    pub fn postal_code(mut self, code: &str) -> Self {
        code.clone_into(&mut self.postal_code);
        self
    }

    /// With another state.
    #[must_use]
    pub fn state(mut self, state: &str) -> Self {
        state.clone_into(&mut self.state);
        self
    }
}

/// Ways to write an address which mean the same: nobody needs to be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spelling {
    AsThePostOffice,
    Capitals,
    LongSuffix,
    WithZip4,
    NoCountry,
}

pub(crate) const SPELLINGS: [Spelling; 5] =
    [Spelling::AsThePostOffice, Spelling::Capitals, Spelling::LongSuffix, Spelling::WithZip4, Spelling::NoCountry];

pub(crate) fn spelled(ship_to: ShipTo, place: &Place, spelling: Spelling) -> ShipTo {
    match spelling {
        Spelling::AsThePostOffice => ship_to,
        Spelling::Capitals => {
            let lines = ship_to.lines.clone().map(|it| it.to_uppercase());
            ShipTo { lines, ..ship_to }
        }
        Spelling::LongSuffix => {
            let street = long_suffix(&ship_to.lines[0]);
            ship_to.line(1, &street)
        }
        Spelling::WithZip4 => ship_to.postal_code(&place.zip9()),
        Spelling::NoCountry => ship_to.line(5, ""),
    }
}

const SUFFIXES: [(&str, &str); 10] = [
    (" St", " Street"),
    (" Ave", " Avenue"),
    (" Blvd", " Boulevard"),
    (" Dr", " Drive"),
    (" Rd", " Road"),
    (" Ln", " Lane"),
    (" Ct", " Court"),
    (" Pkwy", " Parkway"),
    (" Pl", " Place"),
    (" Ter", " Terrace"),
];

fn long_suffix(street: &str) -> String {
    SUFFIXES
        .iter()
        .find_map(|(short, long)| street.strip_suffix(short).map(|stem| format!("{stem}{long}")))
        .unwrap_or_else(|| street.to_owned())
}

/// The street with two letters of its longest word missing: another street, to whoever checks
/// it. `None` when no word is long enough to be misspelt and still recognised.
pub(crate) fn misspelt(line: &str) -> Option<String> {
    let longest = line.split(' ').filter(|it| it.len() >= 6).max_by_key(|it| it.len())?;
    let middle = longest.len() / 2;
    let wrong = format!("{}{}", &longest[..middle], &longest[middle + 2..]);
    Some(line.replace(longest, &wrong))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::places::places;

    #[test]
    fn a_misspelt_street_is_another_street_but_keeps_its_number() {
        assert_eq!(misspelt("4120 N Harbor Blvd").as_deref(), Some("4120 N Harr Blvd"));
        for place in places() {
            let Some(wrong) = misspelt(&place.street_line()) else { continue };
            assert_ne!(wrong, place.street_line());
            assert!(wrong.starts_with(&format!("{} ", place.number)), "{wrong}");
        }
    }

    #[test]
    fn no_address_line_is_longer_than_its_column() {
        for place in places() {
            for spelling in SPELLINGS {
                let ship_to = spelled(ShipTo::at("x", place), place, spelling);
                assert!(ship_to.lines.iter().all(|it| it.chars().count() <= 40), "{ship_to:?}");
                assert!(ship_to.postal_code.len() <= 10);
            }
        }
    }
}
