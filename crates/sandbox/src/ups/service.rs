//! UPS's services: their names, where each goes, how long it takes.
//!
//! One code bears different names by origin: `01` is Next Day Air from Ohio and Express from
//! Ontario. Time in transit has codes of its own, which never equal these.

use super::Manners;
use super::asked::{Party, is_in_eu};

/// A service UPS sells on some lane.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Service {
    /// `Service.Code`.
    pub(crate) code: &'static str,
    /// Its name from the United States.
    pub(crate) name: &'static str,
    /// Its name from Canada, where that differs.
    canadian: Option<&'static str>,
    reach: Reach,
    /// Business days whatever the distance; ground has none.
    days: Option<u32>,
    /// Price against ground, in hundredths.
    pub(crate) factor: u32,
    /// When it is guaranteed by, if it is.
    pub(crate) by: Option<&'static str>,
    /// Its code in time in transit within the United States; none where that does not show it.
    level: Option<&'static str>,
    /// The same where a border is crossed. The codes are *assumed*: UPS lists them without names.
    level_abroad: Option<&'static str>,
    /// The hundreds of its zones.
    zones: u32,
    pub(crate) by_contract: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// Within the United States and Puerto Rico, and from the one to the other; Canada by itself.
    Everywhere,
    /// Within the United States, and to Puerto Rico.
    Ground,
    /// Within the United States, and within Canada.
    HomeAndCanada,
    /// Within the United States.
    Home,
    /// The 48 states, and to them from Canada.
    FortyEight,
    /// Canada, Mexico and Europe over land.
    Standard,
    /// Out of the country; within Europe too.
    Abroad,
    /// Out of the country only.
    AbroadOnly,
}

const PLAIN: Service = Service {
    code: "",
    name: "",
    canadian: None,
    reach: Reach::Home,
    days: None,
    factor: 100,
    by: None,
    level: None,
    level_abroad: None,
    zones: 0,
    by_contract: false,
};

const SERVICES: [Service; 18] = [
    Service { code: "03", name: "UPS Ground", reach: Reach::Ground, level: Some("GND"), ..PLAIN },
    Service {
        code: "12",
        name: "UPS 3 Day Select",
        reach: Reach::FortyEight,
        days: Some(3),
        factor: 190,
        level: Some("3DS"),
        level_abroad: Some("33"),
        zones: 3,
        ..PLAIN
    },
    Service {
        code: "02",
        name: "UPS 2nd Day Air",
        canadian: Some("UPS Expedited"),
        reach: Reach::Everywhere,
        days: Some(2),
        factor: 260,
        by: Some("11:59 P.M."),
        level: Some("2DA"),
        zones: 2,
        ..PLAIN
    },
    Service {
        code: "59",
        name: "UPS 2nd Day Air A.M.",
        days: Some(2),
        factor: 290,
        by: Some("10:30 A.M."),
        level: Some("2DM"),
        zones: 2,
        ..PLAIN
    },
    Service {
        code: "13",
        name: "UPS Next Day Air Saver",
        canadian: Some("UPS Express Saver"),
        reach: Reach::HomeAndCanada,
        days: Some(1),
        factor: 410,
        by: Some("3:00 P.M."),
        level: Some("1DP"),
        zones: 1,
        ..PLAIN
    },
    Service {
        code: "01",
        name: "UPS Next Day Air",
        canadian: Some("UPS Express"),
        reach: Reach::Everywhere,
        days: Some(1),
        factor: 460,
        by: Some("10:30 A.M."),
        level: Some("1DA"),
        zones: 1,
        ..PLAIN
    },
    Service {
        code: "14",
        name: "UPS Next Day Air Early",
        canadian: Some("UPS Express Early"),
        reach: Reach::HomeAndCanada,
        days: Some(1),
        factor: 590,
        by: Some("8:00 A.M."),
        level: Some("1DM"),
        zones: 1,
        ..PLAIN
    },
    Service {
        code: "11",
        name: "UPS Standard",
        reach: Reach::Standard,
        factor: 240,
        level_abroad: Some("03"),
        zones: 3,
        ..PLAIN
    },
    Service {
        code: "08",
        name: "UPS Worldwide Expedited",
        reach: Reach::AbroadOnly,
        days: Some(4),
        factor: 520,
        level_abroad: Some("05"),
        zones: 6,
        ..PLAIN
    },
    Service {
        code: "65",
        name: "UPS Worldwide Saver",
        canadian: Some("UPS Express Saver"),
        reach: Reach::Abroad,
        days: Some(2),
        factor: 640,
        level_abroad: Some("28"),
        zones: 4,
        ..PLAIN
    },
    Service {
        code: "07",
        name: "UPS Worldwide Express",
        reach: Reach::Abroad,
        days: Some(2),
        factor: 700,
        by: Some("10:30 A.M."),
        level_abroad: Some("01"),
        zones: 9,
        ..PLAIN
    },
    Service {
        code: "54",
        name: "UPS Worldwide Express Plus",
        reach: Reach::Abroad,
        days: Some(2),
        factor: 990,
        by: Some("8:30 A.M."),
        level_abroad: Some("21"),
        zones: 9,
        ..PLAIN
    },
    contract("92", "UPS Ground Saver - Less than 1 lb", Reach::Home, 62),
    contract("93", "UPS Ground Saver - 1 lb or Greater", Reach::Home, 78),
    contract("94", "UPS Ground Saver - Bound Printed Matter", Reach::Home, 70),
    contract("95", "UPS Ground Saver - Media Mail", Reach::Home, 70),
    contract("17", "UPS Worldwide Economy DDU", Reach::AbroadOnly, 210),
    contract("72", "UPS Worldwide Economy DDP", Reach::AbroadOnly, 230),
];

const fn contract(code: &'static str, name: &'static str, reach: Reach, factor: u32) -> Service {
    Service { code, name, reach, factor, by_contract: true, ..PLAIN }
}

/// Where UPS carries nothing.
pub(crate) fn is_embargoed(country: &str) -> bool {
    matches!(country, "CU" | "IR" | "KP" | "SY")
}

impl Service {
    pub(crate) fn by_code(code: &str) -> Option<Self> {
        SERVICES.into_iter().find(|service| service.code == code)
    }

    /// Every service between two places, cheapest first.
    pub(crate) fn between(from: &Party, to: &Party, manners: &Manners) -> Vec<Self> {
        let had = |one: &Self| !one.by_contract || manners.contract_services.iter().any(|code| code == one.code);
        let mut all: Vec<Self> = SERVICES.into_iter().filter(|one| had(one) && one.runs(from, to)).collect();
        all.sort_by_key(|service| service.factor);
        all
    }

    /// Whether it is sold at all in a country.
    pub(crate) fn starts_in(&self, country: &str) -> bool {
        let home = matches!(country, "US" | "PR");
        match self.reach {
            Reach::Everywhere => home || country == "CA",
            Reach::Ground | Reach::Home => home,
            Reach::HomeAndCanada | Reach::FortyEight => country == "US" || country == "CA",
            Reach::Standard => matches!(country, "US" | "CA" | "MX") || is_in_eu(country),
            Reach::Abroad | Reach::AbroadOnly => !is_embargoed(country),
        }
    }

    /// Whether it runs between two places.
    pub(crate) fn runs(&self, origin: &Party, destination: &Party) -> bool {
        let home = |country: &str| matches!(country, "US" | "PR");
        let near = |place: &Party| place.country == "US" && !matches!(&*place.state, "AK" | "HI");
        let (from, to) = (origin.country.as_str(), destination.country.as_str());
        if is_embargoed(from) || is_embargoed(to) {
            return false;
        }
        match self.reach {
            Reach::Everywhere => (home(from) && home(to)) || (from, to) == ("CA", "CA"),
            Reach::Ground => (home(from) && home(to)) && (from, to) != ("PR", "US"),
            Reach::HomeAndCanada => from == to && matches!(from, "US" | "CA"),
            Reach::Home => (from, to) == ("US", "US"),
            Reach::FortyEight => near(destination) && (near(origin) || from == "CA"),
            Reach::Standard => {
                let by_land = [("US", "CA"), ("US", "MX"), ("CA", "CA"), ("CA", "US"), ("CA", "MX"), ("MX", "US")];
                by_land.contains(&(from, to)) || (is_in_eu(from) && is_in_eu(to))
            }
            Reach::Abroad => (from != to && !(home(from) && home(to))) || (is_in_eu(from) && is_in_eu(to)),
            Reach::AbroadOnly => from != to && !(home(from) && home(to)),
        }
    }

    /// Business days from pickup to delivery, 1 to 4.
    pub(crate) fn business_days(&self, zone: u32) -> u32 {
        let by_land = match zone {
            ..=2 => 1,
            3 | 4 => 2,
            5 | 6 => 3,
            _ => 4,
        };
        self.days.unwrap_or(by_land)
    }

    /// The zone as UPS writes it: `005` on the ground, `205` for a second-day service.
    pub(crate) fn printed_zone(&self, zone: u32) -> String {
        format!("{}{zone:02}", self.zones)
    }

    /// Its name from a country.
    pub(crate) fn name_from(&self, country: &str) -> &'static str {
        if country == "CA" { self.canadian.unwrap_or(self.name) } else { self.name }
    }

    /// Its code in time in transit on a lane.
    pub(crate) fn level(&self, abroad: bool) -> Option<&'static str> {
        if abroad { self.level_abroad } else { self.level }
    }

    /// Whether it flies over the air hub.
    pub(crate) fn flies(&self) -> bool {
        self.days.is_some() && self.code != "12"
    }

    /// Whether a Saturday delivery can be bought with it.
    pub(crate) fn delivers_on_saturday(&self) -> bool {
        matches!(self.code, "01" | "02" | "14" | "07" | "54")
    }

    /// Whether its parcels may be weighed in ounces.
    pub(crate) fn weighs_ounces(&self) -> bool {
        matches!(self.code, "92" | "94" | "95" | "17" | "72")
    }

    /// The two characters that stand for it in a 1Z number. `YW` was seen for Ground Saver; that the
    /// others repeat the service's code is *assumed*.
    pub(crate) fn indicator(&self) -> &'static str {
        if matches!(self.code, "92" | "93" | "94" | "95") { "YW" } else { self.code }
    }

    /// The commitment as `HHMMSS`: `230000` for the end of the day.
    pub(crate) fn commit_time(&self) -> &'static str {
        match self.by {
            Some("8:00 A.M.") => "080000",
            Some("8:30 A.M.") => "083000",
            Some("10:30 A.M.") => "103000",
            Some("3:00 P.M.") => "150000",
            _ => "230000",
        }
    }
}
