//! What happens to a parcel, decided when its label is sold and revealed as the clock goes on.
//!
//! ```text
//! label sold ─► manifest ─► pickup ─► origin hub ─► hubs on the way ─► destination hub
//!                                       (customs)   a storm, damage      │
//!                     delivered ◄─ out for delivery ◄─ loaded ◄─ prepared┘
//!                       │ nobody in, wrong address, another day: again later
//!                       │ left at an access point: fetched, or not and back
//!                       └ refused, nobody in three times: 035 … 034
//! ```
//!
//! The whole journey is written down at once with its instants; a track request shows what lies in
//! the past, Track Alert tells it as it happens, Quantum View collects it by the hour. A parcel's own
//! number decides its luck, so the same run tells the same stories.

mod route;
pub(crate) mod scan;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::asked::Party;
use super::calendar::Calendar;
use super::geography::Hub;
use super::service::Service;
use super::transit::Tender;
use scan::{Mark, Scan};

/// How a parcel's journey goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// Delivered on the day UPS promised.
    OnTime,
    /// A storm on the way; delivered one business day late.
    Delayed,
    /// Damaged in a hub and packed again; delivered one business day late.
    Damaged,
    /// Customs want to know more; delivered one business day late. Within one country like
    /// [`Delayed`](Self::Delayed).
    CustomsHold,
    /// Nobody is in on the first day; delivered on the second.
    SecondAttempt,
    /// The address is incomplete; delivered on the next business day.
    WrongAddress,
    /// The receiver asks for a later day; delivered two business days later.
    Rescheduled,
    /// Left at an access point, fetched there the next business day.
    AccessPoint,
    /// Left at an access point, never fetched; returns to the shipper.
    Uncollected,
    /// Nobody is in on three days; returns to the shipper.
    Unreachable,
    /// Refused by the receiver; returns to the shipper.
    Refused,
    /// Never seen again after the first hub; sent to lost and found in the end.
    Lost,
}

impl Fate {
    /// Every fate there is.
    pub const ALL: [Self; 12] = [
        Self::OnTime,
        Self::Delayed,
        Self::Damaged,
        Self::CustomsHold,
        Self::SecondAttempt,
        Self::WrongAddress,
        Self::Rescheduled,
        Self::AccessPoint,
        Self::Uncollected,
        Self::Unreachable,
        Self::Refused,
        Self::Lost,
    ];

    /// The fate of the parcel whose dice these are; `mishaps` of a hundred do not go smoothly, and some of those are
    /// never delivered where `refusals` says so.
    pub(crate) fn drawn(dice: &mut fastrand::Rng, mishaps: u32, refusals: bool) -> Self {
        if dice.u32(0..100) >= mishaps {
            return Self::OnTime;
        }
        match dice.u32(0..20) {
            0..=7 => Self::Delayed,
            8..=11 => Self::SecondAttempt,
            12 | 13 => Self::AccessPoint,
            14 => Self::WrongAddress,
            15 => Self::Rescheduled,
            16 => Self::Damaged,
            _ if !refusals => Self::SecondAttempt,
            17 | 18 => Self::Refused,
            _ => match dice.u32(0..3) {
                0 => Self::Unreachable,
                1 => Self::Uncollected,
                _ => Self::Lost,
            },
        }
    }

    /// Business days by which it comes late to the last mile.
    fn days_late(self) -> u32 {
        u32::from(matches!(self, Self::Delayed | Self::Damaged | Self::CustomsHold))
    }
}

/// What the journey is computed from.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    pub(crate) booked_at: Timestamp,
    pub(crate) ship_date: Date,
    pub(crate) origin: &'a Party,
    pub(crate) ship_to: &'a Party,
    pub(crate) service: Service,
    pub(crate) zone: u32,
    pub(crate) fate: Fate,
    /// The days UPS works on.
    pub(crate) calendar: &'a Calendar,
    /// Whether Saturday delivery was bought.
    pub(crate) saturday: bool,
    /// Whether it is sent to an access point, or held there for the receiver.
    pub(crate) held: bool,
    /// Whether it is a return: the customer brings it some days later, nobody picks it up.
    pub(crate) brought: bool,
    /// Whether the driver photographs it at the door.
    pub(crate) photographed: bool,
    /// How long the manifest takes until tracking shows it.
    pub(crate) manifest_delay: SignedDuration,
    pub(crate) luck: u64,
}

impl Plan<'_> {
    /// The day of delivery as time in transit tells it.
    fn promised(&self, pickup: Date) -> Date {
        let noon = pickup.at(12, 0, 0, 0);
        let tender = Tender { at: noon, zone: self.zone, calendar: self.calendar.clone(), cut_off: Time::MAX };
        let transit = tender.by(&self.service);
        transit.saturday.filter(|_| self.saturday).unwrap_or(transit.delivery)
    }
}

/// A parcel's whole way, in the order of time except for the manifest, which stands first.
#[derive(Debug, Clone)]
pub(crate) struct Journey {
    pub(crate) scans: Vec<Scan>,
    /// The day UPS promises.
    pub(crate) promised: Date,
}

impl Journey {
    /// Of a parcel that is not sold yet.
    pub(crate) fn none(day: Date) -> Self {
        Self { scans: Vec::new(), promised: day }
    }

    pub(crate) fn of(plan: &Plan<'_>) -> Self {
        let mut dice = fastrand::Rng::with_seed(plan.luck);
        let home = Stop::city(plan.origin);
        let away = Stop::city(plan.ship_to);
        let pickup = pickup(plan, &home, &mut dice);
        let pickup_day = pickup.to_zoned(home.hub.time_zone()).date();
        let promised = plan.promised(pickup_day);
        let arrival = plan.calendar.business_days_after(promised, plan.fate.days_late());
        let scans = vec![manifest(plan, &home, pickup, &mut dice)];
        let mut way = Way { plan, home, away, scans, dice, promised };
        way.scan_home(pickup, if plan.brought { scan::DROPPED_OFF } else { scan::PICKUP });
        let sorted = way.first_hub(pickup);
        if plan.fate == Fate::Lost {
            way.lost(promised);
        } else {
            way.linehaul(sorted, arrival);
            way.last_mile(arrival);
        }
        Self { scans: way.scans, promised }
    }

    /// When UPS first held the parcel.
    pub(crate) fn possession(&self) -> Option<Timestamp> {
        self.scans.iter().filter(|scan| scan.is_physical()).map(|scan| scan.at).min()
    }
}

/// A manifest is uploaded with the day's end: for one parcel in eight that is after the pickup.
fn manifest(plan: &Plan<'_>, home: &Stop, pickup: Timestamp, dice: &mut fastrand::Rng) -> Scan {
    let at = if dice.u32(0..8) == 0 {
        later(pickup, 20 + dice.i64(0..30))
    } else {
        plan.booked_at.saturating_add(plan.manifest_delay).unwrap_or(plan.booked_at)
    };
    let mut scan = home.scan(at, scan::MANIFEST);
    scan.place = None;
    scan
}

/// Late in the afternoon of the ship date, or of the next business day if the label comes too late. A
/// customer brings a return one to four business days after that.
fn pickup(plan: &Plan<'_>, home: &Stop, dice: &mut fastrand::Rng) -> Timestamp {
    let zone = home.hub.time_zone();
    let booked_on = plan.booked_at.to_zoned(zone.clone()).date();
    let minutes = 16 * 60 + 20 + dice.i64(0..80);
    let mut day = plan.calendar.business_day_from(plan.ship_date.max(booked_on));
    while on(day, minutes, &zone) <= later(plan.booked_at, 20) {
        day = plan.calendar.business_days_after(day, 1);
    }
    if plan.brought {
        day = plan.calendar.business_days_after(day, dice.u32(1..5));
    }
    on(day, minutes, &zone)
}

/// A city on the way and the hub whose clocks it goes by.
#[derive(Debug, Clone)]
struct Stop {
    city: String,
    state: String,
    country: String,
    hub: Hub,
}

impl Stop {
    fn city(party: &Party) -> Self {
        let hub = Hub::serving(&party.country, &party.state, &party.postal);
        Self { city: party.city.to_uppercase(), state: party.state.clone(), country: party.country.clone(), hub }
    }

    fn hub(hub: Hub) -> Self {
        Self { city: hub.city.to_uppercase(), state: hub.state.to_owned(), country: hub.country.to_owned(), hub }
    }

    fn scan(&self, at: Timestamp, mark: Mark) -> Scan {
        Scan {
            at,
            zone: self.hub.time_zone(),
            mark,
            place: Some((self.city.clone(), self.state.clone())),
            country: self.country.clone(),
            new_date: None,
        }
    }
}

/// The journey being written.
struct Way<'a> {
    plan: &'a Plan<'a>,
    home: Stop,
    away: Stop,
    scans: Vec<Scan>,
    dice: fastrand::Rng,
    promised: Date,
}

impl Way<'_> {
    fn scan(&mut self, stop: &Stop, at: Timestamp, mark: Mark) {
        self.scans.push(stop.scan(at, mark));
    }

    fn scan_home(&mut self, at: Timestamp, mark: Mark) {
        self.scans.push(self.home.scan(at, mark));
    }

    fn scan_away(&mut self, at: Timestamp, mark: Mark) {
        self.scans.push(self.away.scan(at, mark));
    }

    /// An exception that moves the delivery to another day, and the update that says so.
    fn moved(&mut self, stop: &Stop, at: Timestamp, mark: Mark, day: Date) {
        for (at, mark) in [(at, mark), (later(at, 6), scan::NEW_DATE)] {
            let mut scan = stop.scan(at, mark);
            scan.new_date = Some(day);
            self.scans.push(scan);
        }
    }

    /// Received and sorted where it starts; answers when it leaves there.
    fn first_hub(&mut self, pickup: Timestamp) -> Timestamp {
        let origin = Stop::hub(self.home.hub);
        let received = later(pickup, 70 + self.dice.i64(0..60));
        self.scan(&origin, received, scan::HAVE);
        self.scan(&origin, later(received, 25), scan::ORIGIN);
        let gone = later(received, 90 + self.dice.i64(0..60));
        self.scan(&origin, gone, scan::DEPARTED);
        gone
    }

    /// The hubs on the way, spread over the time there is by the miles between them.
    fn linehaul(&mut self, gone: Timestamp, arrival: Date) {
        let (from, to) = (self.home.hub, self.away.hub);
        let at_dawn = on(arrival, 4 * 60 + self.dice.i64(0..50), &to.time_zone());
        let trouble = self.trouble();
        if to == from {
            if let Some(mark) = trouble {
                let away = self.away.clone();
                self.moved(&away, on(arrival, 60, &to.time_zone()), mark, arrival);
            }
            return;
        }
        let stops = route::between(from, to, self.plan.service.flies());
        let road = at_dawn.duration_since(gone).as_mins().max(180) * 85 / 100;
        let mut miles: Vec<i64> = Vec::new();
        let mut before = from;
        for hub in stops.iter().chain([&to]) {
            miles.push(i64::from(before.miles_to(hub)));
            before = *hub;
        }
        let whole: i64 = miles.iter().sum::<i64>().max(1);
        let abroad = self.home.country != self.away.country;
        let rest = (road / 12).clamp(20, 150);
        let mut travelled = 0;
        let mut struck = trouble;
        for (hub, leg) in stops.iter().zip(&miles) {
            travelled += leg;
            let stop = Stop::hub(*hub);
            let there = later(gone, road * travelled / whole);
            self.scan(&stop, there, scan::ARRIVED);
            if let Some(mark) = struck.take_if(|_| !abroad) {
                self.moved(&stop, later(there, rest / 4), mark, arrival);
            }
            if abroad && travelled + miles.last().copied().unwrap_or_default() >= whole {
                self.scan(&stop, later(there, rest / 2), scan::EXPORT);
            }
            self.scan(&stop, later(there, rest), scan::DEPARTED);
        }
        if abroad && stops.is_empty() {
            self.scan(&Stop::hub(from), later(gone, 12), scan::EXPORT);
        }
        let far = Stop::hub(to);
        let there = later(gone, road);
        if let Some(mark) = struck.take_if(|_| !abroad) {
            self.moved(&Stop::hub(from), later(gone, road * 3 / 10), mark, arrival);
        }
        self.scan(&far, there, scan::ARRIVED);
        let shortly = (road / 40).clamp(2, 12);
        if abroad {
            self.scan(&far, later(there, shortly), scan::IMPORT);
        }
        if let Some(mark) = struck {
            self.moved(&far, later(there, shortly * 2), mark, arrival);
        }
    }

    /// What goes wrong on the road.
    fn trouble(&self) -> Option<Mark> {
        let abroad = self.home.country != self.away.country;
        match self.plan.fate {
            Fate::Delayed => Some(scan::STORM),
            Fate::Damaged => Some(scan::DAMAGED),
            Fate::CustomsHold => Some(if abroad { scan::CUSTOMS } else { scan::STORM }),
            _ => None,
        }
    }

    /// Nothing is heard for eight business days; then it is given up.
    fn lost(&mut self, promised: Date) {
        let origin = Stop::hub(self.home.hub);
        let day = self.plan.calendar.business_days_after(promised, 8);
        self.scan(&origin, on(day, 15 * 60, &origin.hub.time_zone()), scan::LOST);
    }

    /// The day of delivery and what follows.
    fn last_mile(&mut self, day: Date) {
        let away = self.away.clone();
        let next = self.plan.calendar.business_days_after(day, 1);
        match self.plan.fate {
            Fate::OnTime | Fate::SecondAttempt | Fate::WrongAddress if self.plan.held => self.held(day, next),
            Fate::Rescheduled => {
                let wished = self.plan.calendar.business_days_after(day, 2);
                let asked = on(day, 5 * 60 + 20, &away.hub.time_zone());
                self.moved(&away, asked, scan::POSTPONED, wished);
                self.delivered(wished);
            }
            Fate::WrongAddress => {
                let door = self.out_for_delivery(day);
                self.moved(&away, door, scan::WRONG_ADDRESS, next);
                self.delivered(next);
            }
            Fate::SecondAttempt => {
                let door = self.out_for_delivery(day);
                self.moved(&away, door, scan::NOT_IN, next);
                self.delivered(next);
            }
            Fate::AccessPoint => self.held(day, next),
            Fate::Uncollected => {
                let door = self.out_for_delivery(day);
                self.scan_away(door, scan::AT_ACCESS_POINT);
                self.goes_back(on(self.plan.calendar.business_days_after(day, 7), 9 * 60, &away.hub.time_zone()));
            }
            Fate::Unreachable => {
                let door = self.out_for_delivery(day);
                self.moved(&away, door, scan::NOT_IN, next);
                let last = self.plan.calendar.business_days_after(next, 1);
                let door = self.out_for_delivery(next);
                self.moved(&away, door, scan::NOT_IN_AGAIN, last);
                let door = self.out_for_delivery(last);
                self.scan_away(door, scan::NOT_IN_AT_LAST);
                self.goes_back(later(door, 240));
            }
            Fate::Refused => {
                let door = self.out_for_delivery(day);
                self.scan_away(door, scan::REFUSED);
                self.goes_back(later(door, 200));
            }
            Fate::OnTime | Fate::Delayed | Fate::Damaged | Fate::CustomsHold | Fate::Lost => self.delivered(day),
        }
    }

    /// Left at an access point on one day, fetched on another.
    fn held(&mut self, day: Date, next: Date) {
        let door = self.out_for_delivery(day);
        self.scan_away(door, scan::AT_ACCESS_POINT);
        let fetched = 12 * 60 + self.dice.i64(0..300);
        self.scan_away(on(next, fetched, &self.away.hub.time_zone()), scan::FETCHED);
    }

    fn delivered(&mut self, day: Date) {
        let door = self.out_for_delivery(day);
        self.scan_away(door, scan::DELIVERED);
        if self.plan.photographed {
            self.scan_away(later(door, 3), scan::PHOTO);
        }
    }

    /// From here back to the sender, a business day slower than the way there.
    fn goes_back(&mut self, at: Timestamp) {
        self.scan_away(at, scan::RETURNING);
        let from = at.to_zoned(self.away.hub.time_zone()).date();
        let back = self.plan.calendar.business_days_after(from, self.plan.service.business_days(self.plan.zone) + 1);
        let zone = self.home.hub.time_zone();
        let near = Stop::hub(self.home.hub);
        self.scan(&near, on(back, 4 * 60 + 10, &zone), scan::ON_THE_WAY_BACK);
        self.scan_home(on(back, 11 * 60, &zone), scan::RETURNED);
    }

    /// Prepared, loaded, out; answers when the driver is at the door.
    fn out_for_delivery(&mut self, day: Date) -> Timestamp {
        let zone = self.away.hub.time_zone();
        let prepared = 4 * 60 + 55 + self.dice.i64(0..25);
        self.scan_away(on(day, prepared, &zone), scan::PREPARED);
        let loaded = 5 * 60 + 40 + self.dice.i64(0..30);
        self.scan_away(on(day, loaded, &zone), scan::LOADED);
        let out = 6 * 60 + 30 + self.dice.i64(0..40);
        self.scan_away(on(day, out, &zone), scan::OUT);
        let mut update = self.away.scan(on(day, out + 4, &zone), scan::NEW_TIME);
        update.new_date = (day != self.promised).then_some(day);
        self.scans.push(update);
        let door = match self.plan.service.by {
            Some("8:00 A.M." | "8:30 A.M.") => 7 * 60 + 20 + self.dice.i64(0..35),
            Some("10:30 A.M.") => 8 * 60 + 20 + self.dice.i64(0..120),
            _ => 9 * 60 + 30 + self.dice.i64(0..480),
        };
        on(day, door, &zone)
    }
}

fn later(at: Timestamp, minutes: i64) -> Timestamp {
    at.saturating_add(SignedDuration::from_mins(minutes)).unwrap_or(at)
}

/// The instant `minutes` after midnight on the clocks of `zone`.
fn on(day: Date, minutes: i64, zone: &TimeZone) -> Timestamp {
    let midnight = day.to_datetime(Time::midnight()).to_zoned(zone.clone());
    midnight.map_or(Timestamp::UNIX_EPOCH, |zoned| later(zoned.timestamp(), minutes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn party(city: &str, state: &str, postal: &str) -> Party {
        Party {
            city: city.to_owned(),
            state: state.to_owned(),
            postal: postal.to_owned(),
            country: "US".to_owned(),
            ..Party::default()
        }
    }

    fn sent(fate: Fate, luck: u64, service: &str, ends: [&Party; 2], change: impl FnOnce(&mut Plan<'_>)) -> Journey {
        let [origin, ship_to] = ends;
        let hub = |party: &Party| Hub::serving(&party.country, &party.state, &party.postal);
        let calendar = Calendar::default();
        let mut plan = Plan {
            booked_at: "2026-09-14T17:00:00Z".parse().expect("an instant"),
            ship_date: jiff::civil::date(2026, 9, 14),
            origin,
            ship_to,
            service: Service::by_code(service).expect("a service"),
            zone: super::super::geography::zone(hub(origin).miles_to(&hub(ship_to))),
            fate,
            calendar: &calendar,
            saturday: false,
            held: false,
            brought: false,
            photographed: false,
            manifest_delay: SignedDuration::from_mins(20),
            luck,
        };
        change(&mut plan);
        Journey::of(&plan)
    }

    fn journey(fate: Fate, luck: u64, service: &str, to: &Party) -> Journey {
        sent(fate, luck, service, [&party("Oakland", "CA", "94607"), to], |_| {})
    }

    fn last_day(journey: &Journey) -> Option<Date> {
        journey.scans.last().map(|scan| scan.at.to_zoned(scan.zone.clone()).date())
    }

    #[test]
    fn scans_follow_one_another_whatever_the_luck() {
        let mut ends = vec![party("Boston", "MA", "02118"), party("San Jose", "CA", "95112")];
        ends.push(Party { country: "CA".to_owned(), ..party("Toronto", "ON", "M5V2T6") });
        for luck in 0..40 {
            for (fate, to, service) in Fate::ALL.iter().flat_map(|fate| {
                ends.iter().flat_map(move |to| ["03", "01", "02", "14"].map(|service| (*fate, to, service)))
            }) {
                let scans = journey(fate, luck, service, to).scans;
                let after: Vec<_> = scans.iter().filter(|scan| scan.mark.kind != "M").collect();
                let ordered = after.windows(2).all(|two| two[0].at < two[1].at);
                assert!(ordered, "{fate:?} {luck} {service} {}: {scans:#?}", to.city);
                assert!(fate == Fate::Lost || after.len() >= 8, "{fate:?}");
            }
        }
    }

    #[test]
    fn every_fate_ends_as_its_name_says() {
        let boston = party("Boston", "MA", "02118");
        for fate in Fate::ALL {
            let wanted = match fate {
                Fate::Uncollected | Fate::Unreachable | Fate::Refused => "034",
                Fate::Lost => "068",
                _ => "011",
            };
            let scans = journey(fate, 3, "03", &boston).scans;
            assert_eq!(scans.last().map(|scan| scan.mark.status_code), Some(wanted), "{fate:?}");
        }
    }

    #[test]
    fn a_return_is_brought_by_the_customer_days_later() {
        let origin = party("Boston", "MA", "02118");
        let home = party("Oakland", "CA", "94607");
        let sent = sent(Fate::OnTime, 5, "03", [&origin, &home], |plan| plan.brought = true);
        let first = sent.scans.iter().find(|scan| scan.is_physical()).expect("a scan");
        assert_eq!(first.mark.code, "XD");
        assert!(sent.possession() > Some("2026-09-15T12:00:00Z".parse().expect("an instant")));
    }

    #[test]
    fn next_day_air_takes_a_day_and_ground_across_the_country_four() {
        let boston = party("Boston", "MA", "02118");
        let ends = |fate, service| last_day(&journey(fate, 3, service, &boston));
        assert_eq!(ends(Fate::OnTime, "01"), Some(jiff::civil::date(2026, 9, 15)));
        assert_eq!(ends(Fate::OnTime, "03"), Some(jiff::civil::date(2026, 9, 18)));
        assert_eq!(ends(Fate::Delayed, "03"), Some(jiff::civil::date(2026, 9, 21)));
        assert_eq!(ends(Fate::Rescheduled, "03"), Some(jiff::civil::date(2026, 9, 22)));
    }

    #[test]
    fn saturday_counts_where_it_was_bought_and_held_parcels_are_fetched() {
        let ends = [&party("Oakland", "CA", "94607"), &party("Boston", "MA", "02118")];
        let friday = |plan: &mut Plan<'_>| plan.ship_date = jiff::civil::date(2026, 9, 18);
        let plain = sent(Fate::OnTime, 3, "01", ends, friday);
        assert_eq!(last_day(&plain), Some(jiff::civil::date(2026, 9, 21)));
        let bought = sent(Fate::OnTime, 3, "01", ends, |plan| {
            friday(plan);
            plan.saturday = true;
        });
        assert_eq!(last_day(&bought), Some(jiff::civil::date(2026, 9, 19)));
        let held = sent(Fate::OnTime, 3, "03", ends, |plan| plan.held = true);
        let codes: Vec<&str> = held.scans.iter().rev().take(2).map(|scan| scan.mark.code).collect();
        assert_eq!(codes, ["2W", "2Q"]);
    }
}
