//! UPS's services: their names, where each goes, how long it takes.

/// A service UPS sells on some lane.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Service {
    /// `Service.Code`.
    pub(crate) code: &'static str,
    pub(crate) name: &'static str,
    reach: Reach,
    /// Business days whatever the distance; ground has none.
    days: Option<u32>,
    /// Price against ground, in hundredths.
    pub(crate) factor: u32,
    /// When it is guaranteed by, if it is.
    pub(crate) by: Option<&'static str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// Within the United States, and to Puerto Rico.
    HomeAndPuertoRico,
    Home,
    /// Canada and Mexico, over land.
    Neighbours,
    Abroad,
}

const SERVICES: [Service; 12] = [
    row("03", "UPS Ground", Reach::HomeAndPuertoRico, None, 100, None),
    row("12", "UPS 3 Day Select", Reach::Home, Some(3), 190, None),
    row("02", "UPS 2nd Day Air", Reach::HomeAndPuertoRico, Some(2), 260, Some("11:59 P.M.")),
    row("59", "UPS 2nd Day Air A.M.", Reach::Home, Some(2), 290, Some("10:30 A.M.")),
    row("13", "UPS Next Day Air Saver", Reach::Home, Some(1), 410, Some("3:00 P.M.")),
    row("01", "UPS Next Day Air", Reach::HomeAndPuertoRico, Some(1), 460, Some("10:30 A.M.")),
    row("14", "UPS Next Day Air Early", Reach::Home, Some(1), 590, Some("8:00 A.M.")),
    row("11", "UPS Standard", Reach::Neighbours, None, 240, None),
    row("08", "UPS Worldwide Expedited", Reach::Abroad, Some(4), 520, None),
    row("65", "UPS Worldwide Saver", Reach::Abroad, Some(2), 640, None),
    row("07", "UPS Worldwide Express", Reach::Abroad, Some(2), 700, Some("10:30 A.M.")),
    row("54", "UPS Worldwide Express Plus", Reach::Abroad, Some(2), 990, Some("8:30 A.M.")),
];

const fn row(
    code: &'static str,
    name: &'static str,
    reach: Reach,
    days: Option<u32>,
    factor: u32,
    by: Option<&'static str>,
) -> Service {
    Service { code, name, reach, days, factor, by }
}

impl Service {
    pub(crate) fn by_code(code: &str) -> Option<Self> {
        SERVICES.into_iter().find(|service| service.code == code)
    }

    /// Every service between two countries, cheapest first. Only the United States and Puerto Rico
    /// send.
    pub(crate) fn between(from: &str, to: &str) -> Vec<Self> {
        SERVICES.into_iter().filter(|service| service.serves(from, to)).collect()
    }

    /// Whether it runs between two countries.
    pub(crate) fn serves(&self, from: &str, to: &str) -> bool {
        let home = |country: &str| matches!(country, "US" | "PR");
        if !home(from) {
            return false;
        }
        match self.reach {
            Reach::HomeAndPuertoRico => home(to),
            Reach::Home => from == "US" && to == "US",
            Reach::Neighbours => matches!(to, "CA" | "MX"),
            Reach::Abroad => !home(to),
        }
    }

    /// Business days from pickup to delivery, 1 to 4.
    pub(crate) fn business_days(&self, zone: u32) -> u32 {
        self.days.unwrap_or(match zone {
            ..=2 => 1,
            3 | 4 => 2,
            5 | 6 => 3,
            _ => 4,
        })
    }

    /// The zone as UPS writes it: `005` on the ground, `205` for a second-day service.
    pub(crate) fn printed_zone(&self, zone: u32) -> String {
        format!("{}{zone:02}", self.days.unwrap_or(0))
    }

    /// Whether it flies over the air hub.
    pub(crate) fn flies(&self) -> bool {
        self.days.is_some()
    }
}
