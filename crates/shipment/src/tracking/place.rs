//! The clocks of a place, guessed from its country and state.
//!
//! Quantum View tells what clocks at the place showed and not which clocks. A state that lies in two zones has the one of
//! most of its people; whoever uses the guess keeps it marked as one.

use jiff::tz::TimeZone;

/// Zones and the states and provinces in them.
const ZONES: [(&str, &str); 14] = [
    ("America/New_York", "CT DC DE FL GA IN KY MA MD ME MI NC NH NJ NY OH PA RI SC VA VT WV"),
    ("America/Chicago", "AL AR IA IL KS LA MN MO MS ND NE OK SD TN TX WI"),
    ("America/Denver", "CO ID MT NM UT WY"),
    ("America/Phoenix", "AZ"),
    ("America/Los_Angeles", "CA NV OR WA"),
    ("America/Anchorage", "AK"),
    ("Pacific/Honolulu", "HI"),
    ("America/Puerto_Rico", "PR VI"),
    ("America/Toronto", "ON QC"),
    ("America/Winnipeg", "MB"),
    ("America/Regina", "SK"),
    ("America/Edmonton", "AB NT"),
    ("America/Vancouver", "BC YT"),
    ("America/Halifax", "NB NS PE"),
];

/// Countries of one zone, or with one in which nearly all parcels are.
const COUNTRIES: [(&str, &str); 16] = [
    ("MX", "America/Mexico_City"),
    ("GB", "Europe/London"),
    ("IE", "Europe/Dublin"),
    ("DE", "Europe/Berlin"),
    ("FR", "Europe/Paris"),
    ("NL", "Europe/Amsterdam"),
    ("BE", "Europe/Brussels"),
    ("ES", "Europe/Madrid"),
    ("IT", "Europe/Rome"),
    ("PL", "Europe/Warsaw"),
    ("CH", "Europe/Zurich"),
    ("AT", "Europe/Vienna"),
    ("JP", "Asia/Tokyo"),
    ("CN", "Asia/Shanghai"),
    ("SG", "Asia/Singapore"),
    ("AU", "Australia/Sydney"),
];

/// The zone whose clocks most likely hang there; nothing for a country that has several and no known state.
pub fn zone_of(country: Option<&str>, state: Option<&str>) -> Option<TimeZone> {
    let known = |text: Option<&str>| text.map(|it| it.trim().to_uppercase()).filter(|it| !it.is_empty());
    let (country, state) = (known(country), known(state));
    let american = country.as_deref().is_none_or(|it| matches!(it, "US" | "CA" | "PR" | "VI"));
    let by_state = state.filter(|_| american).and_then(|state| {
        ZONES.iter().find(|(_, states)| states.split(' ').any(|it| it == state)).map(|(zone, _)| *zone)
    });
    let by_country = || {
        let country = country.as_deref()?;
        COUNTRIES.iter().find(|(known, _)| *known == country).map(|(_, zone)| *zone)
    };
    TimeZone::get(by_state.or_else(by_country)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_zone_in_the_tables_is_one() {
        for (zone, _) in ZONES {
            assert!(TimeZone::get(zone).is_ok(), "{zone}");
        }
        for (country, zone) in COUNTRIES {
            assert!(TimeZone::get(zone).is_ok(), "{country} {zone}");
        }
    }

    #[test]
    fn a_place_without_a_known_zone_is_not_guessed() {
        let name = |country, state| zone_of(country, state).and_then(|it| it.iana_name().map(str::to_owned));
        assert_eq!(name(Some("US"), Some("oh")).as_deref(), Some("America/New_York"));
        assert_eq!(name(None, Some("CO")).as_deref(), Some("America/Denver"));
        assert_eq!(name(Some("DE"), None).as_deref(), Some("Europe/Berlin"));
        // Delaware is no part of Germany.
        assert_eq!(name(Some("DE"), Some("DE")).as_deref(), Some("Europe/Berlin"));
        assert_eq!(name(Some("US"), None), None);
        assert_eq!(name(None, None), None);
    }
}
