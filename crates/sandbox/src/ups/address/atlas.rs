//! What address validation knows: the world's places, and those a test adds.

use super::street::{Street, standard_city};
use super::{Query, Region};
use crate::world::places::{Place, places};

/// Every known place in its standard spelling.
#[derive(Debug, Clone)]
pub(crate) struct Atlas(Vec<Known>);

#[derive(Debug, Clone)]
pub(super) struct Known {
    street: Street,
    pub(super) city: String,
    pub(super) state: String,
    pub(super) zip: String,
    extension: String,
    pub(super) residential: bool,
}

impl Atlas {
    /// The world's places.
    pub(crate) fn of_the_world() -> Self {
        Self(places().iter().map(Known::of).collect())
    }

    pub(crate) fn add(&mut self, place: &Place) {
        self.0.push(Known::of(place));
    }

    /// Whether a city lies at a ZIP code, as far as a place with that code is known.
    pub(crate) fn city_fits(&self, city: &str, postal: &str) -> bool {
        let city = standard_city(city);
        let mut around = self.0.iter().filter(|known| postal.starts_with(&known.zip)).peekable();
        around.peek().is_none() || around.any(|known| known.city == city)
    }

    /// Every known place's city, state and ZIP code.
    pub(crate) fn towns(&self) -> impl Iterator<Item = [&str; 3]> {
        self.0.iter().map(|known| [&*known.city, &*known.state, &*known.zip])
    }

    /// The city a ZIP code is of, as far as a place there is known.
    pub(super) fn city_of(&self, zip: &str) -> Option<&str> {
        self.0.iter().find(|known| known.zip == zip).map(|known| known.city.as_str())
    }

    /// The ZIP codes known in a city of a state, each once.
    pub(super) fn zips_of(&self, region: &Region) -> Vec<(&str, &str)> {
        let here = self.0.iter().filter(|known| known.city == region.city);
        let mut zips: Vec<(&str, &str)> = here
            .filter(|known| region.state.is_empty() || known.state == region.state)
            .map(|known| (known.state.as_str(), known.zip.as_str()))
            .collect();
        zips.sort_unstable();
        zips.dedup();
        zips
    }

    pub(super) fn find(&self, asked: &Query) -> Finding {
        let Some(street) = &asked.street else { return Finding::Nothing };
        let near: Vec<&Known> = self.0.iter().filter(|known| asked.region.is_around(known)).collect();
        let numbered = |known: &&&Known| known.street.number == street.number;
        let exact: Vec<&Known> =
            near.iter().filter(numbered).filter(|known| known.street.name == street.name).copied().collect();
        if !exact.is_empty() {
            return Finding::among(exact, street);
        }
        let alike: Vec<&Known> =
            near.iter().filter(numbered).filter(|known| known.street.resembles(street)).copied().collect();
        if !alike.is_empty() {
            return Finding::among(alike, street);
        }
        let same_street: Vec<&Known> = near.iter().filter(|known| known.street.name == street.name).copied().collect();
        if same_street.is_empty() {
            Finding::Nothing
        } else {
            Finding::Several(same_street.into_iter().map(Known::range).collect())
        }
    }
}

impl Known {
    fn of(place: &Place) -> Self {
        Self {
            street: Street::read(&[place.full_line()]).unwrap_or_default(),
            city: standard_city(place.city),
            state: place.state.to_owned(),
            zip: place.zip5.to_owned(),
            extension: place.zip4.clone(),
            residential: place.residential,
        }
    }

    /// The place with the unit that was asked for: UPS neither adds nor corrects suites.
    fn candidate(&self, unit: Option<&str>) -> Candidate {
        let line = format!("{} {}", self.street.number, self.street.name);
        let line = unit.map_or(line.clone(), |unit| format!("{line} {unit}"));
        Candidate { line, extension: self.extension.clone(), known: self.clone() }
    }

    /// The block the place stands in, as a range of numbers.
    fn range(&self) -> Candidate {
        let number: u32 = self.street.number.parse().unwrap_or_default();
        let block = number / 100 * 100;
        let line = format!("{}-{} {}", block + 1, block + 99, self.street.name);
        Candidate { line, extension: String::new(), known: self.clone() }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) line: String,
    /// The four digits of ZIP+4; none for a range of numbers.
    pub(super) extension: String,
    pub(super) known: Known,
}

pub(super) enum Finding {
    One(Candidate),
    Several(Vec<Candidate>),
    Nothing,
}

impl Finding {
    fn among(found: Vec<&Known>, asked: &Street) -> Self {
        let mut candidates: Vec<Candidate> =
            found.into_iter().map(|known| known.candidate(asked.unit.as_deref())).collect();
        if candidates.len() == 1 { Self::One(candidates.remove(0)) } else { Self::Several(candidates) }
    }
}
