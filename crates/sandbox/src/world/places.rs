//! The streets of the pretend country: what is true about addresses.
//!
//! ```text
//! towns (real city, state, ZIP) × streets ─► places() ─► ship-tos of the world's customers
//!                                               └──────► the pretend UPS's address validation
//! ```
//!
//! The list is the same for every seed, so a test can name an address and rely on it. City,
//! state and five-digit ZIP belong together in reality; house numbers and ZIP+4 are made up.
//! Some towns have *twins*: the same house number on the north and the south half of a street,
//! so that an address without its direction is ambiguous.

use std::sync::LazyLock;

use fastrand::Rng;

/// One deliverable address, spelled as the post office would.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// House number.
    pub number: u32,
    /// Street with direction and abbreviated suffix, e.g. `N Harbor Blvd`.
    pub street: String,
    /// Suite or unit, e.g. `Ste 210`.
    pub unit: Option<String>,
    /// City.
    pub city: &'static str,
    /// Two-letter state.
    pub state: &'static str,
    /// Five-digit ZIP code of the city.
    pub zip5: &'static str,
    /// The four digits of ZIP+4.
    pub zip4: String,
    /// Whether people live there; otherwise the address is commercial.
    pub residential: bool,
    /// Whether another place differs only in the direction (`N`/`S`) of its street.
    pub twin: bool,
}

impl Place {
    /// House number and street in one line, without the unit: `4120 N Harbor Blvd`.
    #[must_use]
    pub fn street_line(&self) -> String {
        format!("{} {}", self.number, self.street)
    }

    /// House number, street and unit in one line: `4120 N Harbor Blvd Ste 210`.
    #[must_use]
    pub fn full_line(&self) -> String {
        match &self.unit {
            Some(unit) => format!("{} {unit}", self.street_line()),
            None => self.street_line(),
        }
    }

    /// `94607-2145`.
    #[must_use]
    pub fn zip9(&self) -> String {
        format!("{}-{}", self.zip5, self.zip4)
    }

    /// The street line without its leading direction: what makes a twin ambiguous.
    #[must_use]
    pub fn line_without_direction(&self) -> String {
        let street = self.street.strip_prefix("N ").or_else(|| self.street.strip_prefix("S ")).unwrap_or(&self.street);
        format!("{} {street}", self.number)
    }
}

/// Every place there is, in a fixed order; the same in every run whatever the seed.
#[must_use]
pub fn places() -> &'static [Place] {
    static PLACES: LazyLock<Vec<Place>> = LazyLock::new(build);
    &PLACES
}

/// Commercial places that have no twin: an order there passes address validation as it stands.
pub fn plain_commercial() -> impl Iterator<Item = &'static Place> {
    places().iter().filter(|it| !it.residential && !it.twin)
}

/// The seed of the street list; not the world's, so that places stay put.
const STREETS_SEED: u64 = 0x05EE_D0F5;

/// How many towns get a second address, how many a pair of twins.
const SECOND_ADDRESSES: usize = 24;
const TWIN_TOWNS: usize = 8;

fn build() -> Vec<Place> {
    let mut rng = Rng::with_seed(STREETS_SEED);
    let mut list: Vec<Place> = Vec::new();
    for town in TOWNS.iter().chain(TOWNS.iter().step_by(4).take(SECOND_ADDRESSES)) {
        let place = address_in(town, &mut rng, &list);
        list.push(place);
    }
    for town in TOWNS.iter().skip(2).step_by(11).take(TWIN_TOWNS) {
        list.extend(twins_in(town, &mut rng));
    }
    list
}

fn address_in(town: &Town, rng: &mut Rng, taken: &[Place]) -> Place {
    let residential = rng.u32(0..100) < 22;
    let names = if residential { LIVING_STREETS } else { WORKING_STREETS };
    let street = loop {
        let name = names[rng.usize(0..names.len())];
        if !taken.iter().any(|it| it.city == town.city && it.street == name) {
            break name.to_owned();
        }
    };
    let unit = match (residential, rng.u32(0..100)) {
        (false, 0..24) => Some(format!("Ste {}", 100 + 10 * rng.u32(0..40))),
        (true, 0..20) => Some(format!("Apt {}", rng.u32(1..40))),
        _ => None,
    };
    Place {
        number: rng.u32(101..9_900),
        street,
        unit,
        city: town.city,
        state: town.state,
        zip5: town.zip,
        zip4: zip4(rng),
        residential,
        twin: false,
    }
}

fn twins_in(town: &Town, rng: &mut Rng) -> [Place; 2] {
    let number = rng.u32(101..1_900);
    ["N", "S"].map(|direction| Place {
        number,
        street: format!("{direction} Meridian Ave"),
        unit: None,
        city: town.city,
        state: town.state,
        zip5: town.zip,
        zip4: zip4(rng),
        residential: false,
        twin: true,
    })
}

fn zip4(rng: &mut Rng) -> String {
    format!("{:04}", rng.u32(1_001..9_899))
}

struct Town {
    city: &'static str,
    state: &'static str,
    zip: &'static str,
}

const fn town(city: &'static str, state: &'static str, zip: &'static str) -> Town {
    Town { city, state, zip }
}

const WORKING_STREETS: &[&str] = &[
    "Industrial Pkwy",
    "Commerce Dr",
    "Harbor Blvd",
    "Foundry St",
    "Railroad Ave",
    "Distribution Way",
    "Enterprise Ct",
    "Market St",
    "W 9th St",
    "E Broadway",
    "Airport Rd",
    "Mill Rd",
    "Trade Center Dr",
    "Depot St",
    "N Canal St",
    "Union Ave",
    "Technology Dr",
    "Old Quarry Rd",
    "Warehouse Ln",
    "S Water St",
];

const LIVING_STREETS: &[&str] = &[
    "Maple Ave",
    "Oakwood Dr",
    "Willow Ln",
    "Cedar Ridge Rd",
    "Chestnut St",
    "Hillcrest Ter",
    "Orchard Pl",
    "Birchwood Ct",
    "Lakeview Dr",
    "Sycamore St",
];

const TOWNS: &[Town] = &[
    town("Oakland", "CA", "94607"),
    town("San Jose", "CA", "95112"),
    town("Fresno", "CA", "93706"),
    town("Sacramento", "CA", "95811"),
    town("Los Angeles", "CA", "90021"),
    town("San Diego", "CA", "92101"),
    town("Portland", "OR", "97209"),
    town("Eugene", "OR", "97402"),
    town("Seattle", "WA", "98108"),
    town("Spokane", "WA", "99202"),
    town("Tacoma", "WA", "98402"),
    town("Boise", "ID", "83702"),
    town("Salt Lake City", "UT", "84104"),
    town("Reno", "NV", "89502"),
    town("Las Vegas", "NV", "89118"),
    town("Phoenix", "AZ", "85009"),
    town("Tucson", "AZ", "85714"),
    town("Albuquerque", "NM", "87102"),
    town("Denver", "CO", "80216"),
    town("Colorado Springs", "CO", "80903"),
    town("Cheyenne", "WY", "82001"),
    town("Billings", "MT", "59101"),
    town("Fargo", "ND", "58102"),
    town("Sioux Falls", "SD", "57104"),
    town("Omaha", "NE", "68102"),
    town("Lincoln", "NE", "68508"),
    town("Wichita", "KS", "67202"),
    town("Kansas City", "MO", "64108"),
    town("Saint Louis", "MO", "63103"),
    town("Tulsa", "OK", "74103"),
    town("Oklahoma City", "OK", "73108"),
    town("Dallas", "TX", "75207"),
    town("Houston", "TX", "77003"),
    town("San Antonio", "TX", "78205"),
    town("Austin", "TX", "78744"),
    town("El Paso", "TX", "79901"),
    town("Little Rock", "AR", "72201"),
    town("Memphis", "TN", "38103"),
    town("Nashville", "TN", "37210"),
    town("Knoxville", "TN", "37902"),
    town("New Orleans", "LA", "70130"),
    town("Baton Rouge", "LA", "70802"),
    town("Jackson", "MS", "39201"),
    town("Birmingham", "AL", "35203"),
    town("Mobile", "AL", "36602"),
    town("Atlanta", "GA", "30318"),
    town("Savannah", "GA", "31401"),
    town("Jacksonville", "FL", "32202"),
    town("Orlando", "FL", "32809"),
    town("Tampa", "FL", "33619"),
    town("Miami", "FL", "33166"),
    town("Charlotte", "NC", "28206"),
    town("Raleigh", "NC", "27601"),
    town("Greensboro", "NC", "27401"),
    town("Columbia", "SC", "29201"),
    town("Charleston", "SC", "29403"),
    town("Richmond", "VA", "23224"),
    town("Norfolk", "VA", "23510"),
    town("Roanoke", "VA", "24011"),
    town("Charleston", "WV", "25301"),
    town("Baltimore", "MD", "21224"),
    town("Wilmington", "DE", "19801"),
    town("Philadelphia", "PA", "19134"),
    town("Pittsburgh", "PA", "15222"),
    town("Harrisburg", "PA", "17101"),
    town("Newark", "NJ", "07105"),
    town("Trenton", "NJ", "08611"),
    town("Brooklyn", "NY", "11232"),
    town("Buffalo", "NY", "14203"),
    town("Syracuse", "NY", "13204"),
    town("Rochester", "NY", "14606"),
    town("Albany", "NY", "12207"),
    town("Hartford", "CT", "06103"),
    town("Providence", "RI", "02903"),
    town("Worcester", "MA", "01604"),
    town("Boston", "MA", "02118"),
    town("Springfield", "MA", "01103"),
    town("Manchester", "NH", "03101"),
    town("Portland", "ME", "04101"),
    town("Burlington", "VT", "05401"),
    town("Cleveland", "OH", "44114"),
    town("Columbus", "OH", "43215"),
    town("Cincinnati", "OH", "45214"),
    town("Toledo", "OH", "43604"),
    town("Dayton", "OH", "45402"),
    town("Detroit", "MI", "48207"),
    town("Grand Rapids", "MI", "49503"),
    town("Lansing", "MI", "48912"),
    town("Indianapolis", "IN", "46225"),
    town("Evansville", "IN", "47708"),
    town("Chicago", "IL", "60609"),
    town("Rockford", "IL", "61104"),
    town("Peoria", "IL", "61602"),
    town("Springfield", "IL", "62703"),
    town("Milwaukee", "WI", "53204"),
    town("Madison", "WI", "53713"),
    town("Green Bay", "WI", "54303"),
    town("Minneapolis", "MN", "55413"),
    town("Duluth", "MN", "55806"),
    town("Des Moines", "IA", "50309"),
    town("Cedar Rapids", "IA", "52401"),
    town("Louisville", "KY", "40202"),
    town("Lexington", "KY", "40508"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_many_distinct_and_spread_over_the_country() {
        let mut lines: Vec<_> =
            places().iter().map(|it| format!("{}|{}|{}", it.full_line(), it.city, it.state)).collect();
        let all = lines.len();
        lines.sort();
        lines.dedup();
        assert_eq!(lines.len(), all);
        assert!(all >= 120, "{all}");
        let mut states: Vec<_> = places().iter().map(|it| it.state).collect();
        states.sort_unstable();
        states.dedup();
        assert!(states.len() >= 40, "{}", states.len());
    }

    #[test]
    fn a_twin_has_a_counterpart_which_differs_in_the_direction_only() {
        for place in places().iter().filter(|it| it.twin) {
            let same =
                |it: &&Place| it.city == place.city && it.line_without_direction() == place.line_without_direction();
            assert_eq!(places().iter().filter(same).count(), 2);
        }
    }

    #[test]
    fn some_places_are_residential() {
        let homes = places().iter().filter(|it| it.residential).count();
        assert!((10..60).contains(&homes), "{homes}");
        assert!(plain_commercial().count() > 60);
    }
}
