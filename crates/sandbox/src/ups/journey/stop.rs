//! A city on the way, and the clocks it goes by.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::scan::{Mark, Scan};
use crate::ups::asked::Party;
use crate::ups::geography::Hub;

/// Where parcels enter and leave countries without a hub of their own: country, city, clocks. Any
/// other country is entered where the parcel goes, by Greenwich time.
const GATEWAYS: [(&str, &str, &str); 22] = [
    ("GB", "Castle Donington", "Europe/London"),
    ("IE", "Dublin", "Europe/Dublin"),
    ("DE", "Koeln", "Europe/Berlin"),
    ("FR", "Paris", "Europe/Paris"),
    ("NL", "Eindhoven", "Europe/Amsterdam"),
    ("BE", "Brussels", "Europe/Brussels"),
    ("IT", "Milano", "Europe/Rome"),
    ("ES", "Madrid", "Europe/Madrid"),
    ("PT", "Lisboa", "Europe/Lisbon"),
    ("CH", "Basel", "Europe/Zurich"),
    ("AT", "Wien", "Europe/Vienna"),
    ("PL", "Warszawa", "Europe/Warsaw"),
    ("SE", "Stockholm", "Europe/Stockholm"),
    ("JP", "Narita", "Asia/Tokyo"),
    ("KR", "Incheon", "Asia/Seoul"),
    ("CN", "Shanghai", "Asia/Shanghai"),
    ("HK", "Hong Kong", "Asia/Hong_Kong"),
    ("SG", "Singapore", "Asia/Singapore"),
    ("IN", "Delhi", "Asia/Kolkata"),
    ("AU", "Sydney", "Australia/Sydney"),
    ("BR", "Campinas", "America/Sao_Paulo"),
    ("CL", "Santiago", "America/Santiago"),
];

/// A city on the way.
#[derive(Debug, Clone)]
pub(super) struct Stop {
    city: String,
    state: String,
    country: String,
    pub(super) clocks: TimeZone,
    /// The hub it is served from; for a country without one, the hub parcels leave for it from.
    pub(super) hub: Hub,
    /// The gateway of a country without a hub.
    gateway: Option<&'static str>,
    /// Whether its country has no hub.
    pub(super) is_overseas: bool,
}

impl Stop {
    pub(super) fn city(party: &Party) -> Self {
        let hub = Hub::serving(&party.country, &party.state, &party.postal);
        let is_overseas = hub.country != party.country;
        let gateway = GATEWAYS.iter().find(|(country, _, _)| is_overseas && *country == party.country);
        let clocks = match gateway {
            Some((_, _, zone)) => TimeZone::get(zone).unwrap_or(TimeZone::UTC),
            None if is_overseas => TimeZone::UTC,
            None => hub.time_zone(),
        };
        Self {
            city: party.city.to_uppercase(),
            state: party.state.clone(),
            country: party.country.clone(),
            clocks,
            hub,
            gateway: gateway.map(|(_, city, _)| *city),
            is_overseas,
        }
    }

    pub(super) fn hub(hub: Hub) -> Self {
        Self {
            city: hub.city.to_uppercase(),
            state: hub.state.to_owned(),
            country: hub.country.to_owned(),
            clocks: hub.time_zone(),
            hub,
            gateway: None,
            is_overseas: false,
        }
    }

    /// A town in another state, where a parcel for this one is left by mistake.
    pub(super) fn elsewhere(&self) -> Self {
        let (city, state, postal) = if self.state == "NV" { ("Boise", "ID", "83702") } else { ("Reno", "NV", "89502") };
        Self::city(&Party {
            city: city.to_owned(),
            state: state.to_owned(),
            postal: postal.to_owned(),
            country: "US".to_owned(),
            ..Party::default()
        })
    }

    /// The facility its parcels are sorted in.
    pub(super) fn facility(&self) -> Self {
        match self.gateway {
            Some(city) => Self { city: city.to_uppercase(), state: String::new(), ..self.clone() },
            None if self.is_overseas => self.clone(),
            None => Self::hub(self.hub),
        }
    }

    /// Whether a border with customs lies between. Puerto Rico counts as home.
    pub(super) fn is_abroad_from(&self, other: &Self) -> bool {
        let home = |country: &str| if country == "PR" { "US".to_owned() } else { country.to_owned() };
        home(&self.country) != home(&other.country)
    }

    pub(super) fn scan(&self, at: Timestamp, mark: Mark) -> Scan {
        Scan {
            at,
            zone: self.clocks.clone(),
            mark,
            place: Some((self.city.clone(), self.state.clone())),
            country: self.country.clone(),
            new_date: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_gateway_has_clocks() {
        assert!(GATEWAYS.iter().all(|(_, _, zone)| TimeZone::get(zone).is_ok()));
    }
}
