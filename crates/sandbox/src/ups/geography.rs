//! Where things are: sorting hubs, the states' ZIP codes, distances and zones.
//!
//! Coordinates are tenths of a degree, distances whole miles on a flat map: good enough for a zone
//! and a believable route, and the same on every machine.

use jiff::tz::TimeZone;

/// A sorting hub and the part of a state it serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hub {
    pub(crate) city: &'static str,
    pub(crate) state: &'static str,
    pub(crate) country: &'static str,
    /// First three digits of the ZIP codes it serves.
    zips: (u16, u16),
    north: i32,
    west: i32,
    zone: &'static str,
}

impl Hub {
    /// The hub's own time zone.
    pub(crate) fn time_zone(&self) -> TimeZone {
        TimeZone::get(self.zone).unwrap_or(TimeZone::UTC)
    }

    /// Whole miles to another hub; within one hub's area a typical drive.
    pub(crate) fn miles_to(&self, other: &Self) -> u32 {
        let up = (self.north - other.north).unsigned_abs() * 69 / 10;
        let across = (self.west - other.west).unsigned_abs() * 54 / 10;
        (up * up + across * across).isqrt().max(60)
    }

    /// The hub that serves an address. Unknown foreign places are served from Louisville's gateway.
    pub(crate) fn serving(country: &str, state: &str, postal: &str) -> Self {
        let of_state = |hub: &&Hub| hub.country == country && hub.state == state;
        let three = first_three(postal);
        HUBS.iter()
            .filter(of_state)
            .find(|hub| three.is_some_and(|zip| (hub.zips.0..=hub.zips.1).contains(&zip)))
            .or_else(|| HUBS.iter().find(of_state))
            .or_else(|| HUBS.iter().find(|hub| hub.country == country))
            .copied()
            .unwrap_or(LOUISVILLE)
    }
}

/// The air hub.
pub(crate) const LOUISVILLE: Hub = us("Louisville", "KY", (400, 427), 382, 857, "America/Kentucky/Louisville");

/// The largest ground hub, near Chicago.
pub(crate) const HODGKINS: Hub = us("Hodgkins", "IL", (600, 629), 418, 879, "America/Chicago");

const fn us(
    city: &'static str,
    state: &'static str,
    zips: (u16, u16),
    north: i32,
    west: i32,
    zone: &'static str,
) -> Hub {
    Hub { city, state, country: "US", zips, north, west, zone }
}

const HUBS: [Hub; 66] = [
    us("Birmingham", "AL", (350, 369), 335, 868, "America/Chicago"),
    us("Anchorage", "AK", (995, 999), 612, 1499, "America/Anchorage"),
    us("Phoenix", "AZ", (850, 865), 334, 1121, "America/Phoenix"),
    us("Little Rock", "AR", (716, 729), 347, 923, "America/Chicago"),
    us("Ontario", "CA", (900, 935), 341, 1176, "America/Los_Angeles"),
    us("Oakland", "CA", (936, 961), 378, 1222, "America/Los_Angeles"),
    us("Commerce City", "CO", (800, 816), 398, 1049, "America/Denver"),
    us("Hartford", "CT", (60, 69), 418, 727, "America/New_York"),
    us("New Castle", "DE", (197, 199), 397, 756, "America/New_York"),
    us("Landover", "DC", (200, 205), 389, 769, "America/New_York"),
    us("Jacksonville", "FL", (320, 326), 303, 817, "America/New_York"),
    us("Orlando", "FL", (327, 329), 285, 814, "America/New_York"),
    us("Miami", "FL", (330, 334), 258, 803, "America/New_York"),
    us("Tampa", "FL", (335, 349), 279, 825, "America/New_York"),
    us("Atlanta", "GA", (300, 319), 337, 844, "America/New_York"),
    us("Honolulu", "HI", (967, 968), 213, 1579, "Pacific/Honolulu"),
    us("Boise", "ID", (832, 838), 436, 1162, "America/Boise"),
    HODGKINS,
    us("Indianapolis", "IN", (460, 479), 398, 862, "America/Indiana/Indianapolis"),
    us("Des Moines", "IA", (500, 528), 416, 936, "America/Chicago"),
    us("Lenexa", "KS", (660, 679), 390, 947, "America/Chicago"),
    LOUISVILLE,
    us("New Orleans", "LA", (700, 714), 300, 901, "America/Chicago"),
    us("Portland", "ME", (39, 49), 437, 703, "America/New_York"),
    us("Baltimore", "MD", (206, 219), 393, 766, "America/New_York"),
    us("Chelmsford", "MA", (10, 27), 426, 714, "America/New_York"),
    us("Livonia", "MI", (480, 499), 424, 834, "America/Detroit"),
    us("Minneapolis", "MN", (550, 567), 450, 933, "America/Chicago"),
    us("Jackson", "MS", (386, 397), 323, 902, "America/Chicago"),
    us("Earth City", "MO", (630, 639), 388, 905, "America/Chicago"),
    us("Kansas City", "MO", (640, 658), 391, 946, "America/Chicago"),
    us("Billings", "MT", (590, 599), 458, 1085, "America/Denver"),
    us("Omaha", "NE", (680, 693), 413, 959, "America/Chicago"),
    us("Las Vegas", "NV", (889, 893), 362, 1151, "America/Los_Angeles"),
    us("Sparks", "NV", (894, 898), 395, 1198, "America/Los_Angeles"),
    us("Manchester", "NH", (30, 38), 430, 715, "America/New_York"),
    us("Secaucus", "NJ", (70, 89), 408, 741, "America/New_York"),
    us("Albuquerque", "NM", (870, 884), 351, 1066, "America/Denver"),
    us("Maspeth", "NY", (100, 119), 407, 739, "America/New_York"),
    us("East Syracuse", "NY", (120, 149), 431, 761, "America/New_York"),
    us("Greensboro", "NC", (270, 289), 361, 798, "America/New_York"),
    us("Fargo", "ND", (580, 588), 469, 968, "America/Chicago"),
    us("Columbus", "OH", (430, 459), 400, 830, "America/New_York"),
    us("Oklahoma City", "OK", (730, 749), 355, 975, "America/Chicago"),
    us("Portland", "OR", (970, 979), 455, 1227, "America/Los_Angeles"),
    us("New Stanton", "PA", (150, 168), 402, 796, "America/New_York"),
    us("Philadelphia", "PA", (169, 196), 399, 752, "America/New_York"),
    us("Warwick", "RI", (28, 29), 417, 714, "America/New_York"),
    us("West Columbia", "SC", (290, 299), 340, 811, "America/New_York"),
    us("Sioux Falls", "SD", (570, 577), 435, 967, "America/Chicago"),
    us("Memphis", "TN", (380, 385), 351, 900, "America/Chicago"),
    us("Nashville", "TN", (370, 379), 362, 868, "America/Chicago"),
    us("Mesquite", "TX", (750, 769), 328, 966, "America/Chicago"),
    us("Houston", "TX", (770, 789), 298, 954, "America/Chicago"),
    us("El Paso", "TX", (790, 799), 318, 1065, "America/Denver"),
    us("Salt Lake City", "UT", (840, 847), 408, 1119, "America/Denver"),
    us("Burlington", "VT", (50, 59), 445, 732, "America/New_York"),
    us("Richmond", "VA", (220, 246), 375, 774, "America/New_York"),
    us("Tukwila", "WA", (980, 994), 474, 1223, "America/Los_Angeles"),
    us("Charleston", "WV", (247, 268), 383, 816, "America/New_York"),
    us("Milwaukee", "WI", (530, 549), 430, 879, "America/Chicago"),
    us("Cheyenne", "WY", (820, 831), 411, 1048, "America/Denver"),
    Hub {
        city: "Carolina",
        state: "PR",
        country: "PR",
        zips: (6, 9),
        north: 184,
        west: 660,
        zone: "America/Puerto_Rico",
    },
    us("Carolina", "PR", (6, 9), 184, 660, "America/Puerto_Rico"),
    Hub { city: "Concord", state: "ON", country: "CA", zips: (0, 0), north: 438, west: 795, zone: "America/Toronto" },
    Hub {
        city: "Mexico City",
        state: "CDMX",
        country: "MX",
        zips: (0, 0),
        north: 194,
        west: 991,
        zone: "America/Mexico_City",
    },
];

/// Which state each three-digit ZIP prefix belongs to.
const ZIP_RANGES: [(u16, u16, &str); 59] = [
    (5, 5, "NY"),
    (6, 7, "PR"),
    (8, 8, "VI"),
    (9, 9, "PR"),
    (10, 27, "MA"),
    (28, 29, "RI"),
    (30, 38, "NH"),
    (39, 49, "ME"),
    (50, 59, "VT"),
    (60, 69, "CT"),
    (70, 89, "NJ"),
    (100, 149, "NY"),
    (150, 196, "PA"),
    (197, 199, "DE"),
    (200, 200, "DC"),
    (201, 201, "VA"),
    (202, 205, "DC"),
    (206, 219, "MD"),
    (220, 246, "VA"),
    (247, 268, "WV"),
    (270, 289, "NC"),
    (290, 299, "SC"),
    (300, 319, "GA"),
    (320, 349, "FL"),
    (350, 369, "AL"),
    (370, 385, "TN"),
    (386, 397, "MS"),
    (398, 399, "GA"),
    (400, 427, "KY"),
    (430, 459, "OH"),
    (460, 479, "IN"),
    (480, 499, "MI"),
    (500, 528, "IA"),
    (530, 549, "WI"),
    (550, 567, "MN"),
    (570, 577, "SD"),
    (580, 588, "ND"),
    (590, 599, "MT"),
    (600, 629, "IL"),
    (630, 658, "MO"),
    (660, 679, "KS"),
    (680, 693, "NE"),
    (700, 714, "LA"),
    (716, 729, "AR"),
    (730, 749, "OK"),
    (750, 799, "TX"),
    (800, 816, "CO"),
    (820, 831, "WY"),
    (832, 838, "ID"),
    (840, 847, "UT"),
    (850, 865, "AZ"),
    (870, 884, "NM"),
    (885, 885, "TX"),
    (889, 898, "NV"),
    (900, 961, "CA"),
    (967, 968, "HI"),
    (970, 979, "OR"),
    (980, 994, "WA"),
    (995, 999, "AK"),
];

fn first_three(postal: &str) -> Option<u16> {
    postal.get(..3)?.parse().ok()
}

/// The state a US or Puerto Rican ZIP code lies in.
pub(crate) fn state_of_zip(postal: &str) -> Option<&'static str> {
    let three = first_three(postal)?;
    ZIP_RANGES.iter().find(|(from, to, _)| (*from..=*to).contains(&three)).map(|(_, _, state)| *state)
}

/// Whether it is a state, the District or Puerto Rico.
pub(crate) fn is_us_state(state: &str) -> bool {
    ZIP_RANGES.iter().any(|(_, _, known)| *known == state)
}

/// The states, the District and Puerto Rico, each once.
pub(crate) fn us_states() -> impl Iterator<Item = &'static str> {
    let states: std::collections::BTreeSet<&str> = ZIP_RANGES.iter().map(|(_, _, state)| *state).collect();
    states.into_iter()
}

/// UPS's ground zone for a distance, 2 to 8.
pub(crate) fn zone(miles: u32) -> u32 {
    match miles {
        ..=150 => 2,
        151..=300 => 3,
        301..=600 => 4,
        601..=1000 => 5,
        1001..=1400 => 6,
        1401..=1800 => 7,
        _ => 8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zip_codes_lie_in_their_states_and_have_a_hub() {
        for place in crate::world::places::places() {
            assert_eq!(state_of_zip(place.zip5), Some(place.state), "{place:?}");
            assert_eq!(Hub::serving("US", place.state, place.zip5).state, place.state);
        }
        assert!(HUBS.iter().all(|hub| TimeZone::get(hub.zone).is_ok()));
    }

    #[test]
    fn oakland_to_boston_is_the_farthest_zone() {
        let oakland = Hub::serving("US", "CA", "94607");
        assert_eq!(zone(oakland.miles_to(&Hub::serving("US", "MA", "02118"))), 8);
        assert_eq!(zone(oakland.miles_to(&Hub::serving("US", "CA", "95811"))), 2);
    }
}
