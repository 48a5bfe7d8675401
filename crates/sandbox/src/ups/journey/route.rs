//! Which sorting hubs a parcel sees between its first and its last.

use crate::ups::geography::{HODGKINS, Hub, LOUISVILLE};

/// The large ground hubs a long haul may lead through: state and a ZIP code they serve.
const GROUND: [(&str, &str); 11] = [
    ("CO", "80022"),
    ("UT", "84104"),
    ("TX", "75149"),
    ("KS", "66219"),
    ("MO", "63045"),
    ("TN", "37210"),
    ("GA", "30336"),
    ("OH", "43228"),
    ("PA", "15672"),
    ("NC", "27409"),
    ("OK", "73108"),
];

/// Hubs nearer to an end than this are driven past.
const NEAR: u32 = 250;

/// The hubs between two, in the order of the way. Air goes over Louisville; ground takes up to two
/// large hubs that lie on the way.
pub(crate) fn between(from: Hub, to: Hub, flies: bool) -> Vec<Hub> {
    let whole = from.miles_to(&to);
    if flies {
        let needed = whole > 300 && from != LOUISVILLE && to != LOUISVILLE;
        return if needed { vec![LOUISVILLE] } else { Vec::new() };
    }
    let on_the_way = |hub: &Hub| {
        let (before, after) = (from.miles_to(hub), hub.miles_to(&to));
        before.min(after) >= NEAR && (before + after) * 100 <= whole * 108
    };
    let hubs = GROUND.iter().map(|(state, zip)| Hub::serving("US", state, zip)).chain([HODGKINS]);
    let mut fitting: Vec<Hub> = hubs.filter(on_the_way).collect();
    let mut chosen = Vec::new();
    let parts = if whole > 1600 { 2 } else { 1 };
    for part in 1..=parts {
        let goal = whole * part / (parts + 1);
        fitting.sort_by_key(|hub| (from.miles_to(hub).abs_diff(goal), hub.city));
        if !fitting.is_empty() {
            chosen.push(fitting.remove(0));
        }
    }
    chosen.sort_by_key(|hub| from.miles_to(hub));
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_haul_gets_ever_farther_from_its_start() {
        let oakland = Hub::serving("US", "CA", "94607");
        let boston = Hub::serving("US", "MA", "02118");
        let way = between(oakland, boston, false);
        assert_eq!(way.len(), 2, "{way:?}");
        assert!(oakland.miles_to(&way[0]) < oakland.miles_to(&way[1]));
        assert_eq!(between(oakland, boston, true), [LOUISVILLE]);
        assert!(between(oakland, Hub::serving("US", "CA", "95811"), false).is_empty());
    }
}
