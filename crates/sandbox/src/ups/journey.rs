//! What happens to a parcel, decided when its label is sold and revealed as the clock goes on.
//!
//! ```text
//! label sold ─► manifest ─► pickup ─► origin hub ─► (Hodgkins | Louisville) ─► destination hub
//!                                                     a storm: one day late      │
//!                     delivered ◄─ out for delivery ◄─ loaded ◄─ prepared ◄──────┘
//!                       nobody in: again tomorrow │ left at an access point │ refused: goes back
//! ```
//!
//! The whole journey is written down at once with its instants; a track request shows what lies in
//! the past. A parcel's own number decides its luck, so the same run tells the same stories.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::asked::Party;
use super::geography::{HODGKINS, Hub, LOUISVILLE, business_day_from, business_days_after};
use super::service::Service;

/// How a parcel's journey goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// Delivered on the day UPS promised.
    OnTime,
    /// A storm on the way; delivered one business day late.
    Delayed,
    /// Nobody is in on the first day; delivered on the second.
    SecondAttempt,
    /// Left at an access point, fetched there the next business day.
    AccessPoint,
    /// Refused by the receiver; returns to the shipper.
    Refused,
}

impl Fate {
    /// The fate of the parcel whose dice these are; `mishaps` of a hundred do not go smoothly, and some of those are
    /// refused where `refusals` says so.
    pub(crate) fn drawn(dice: &mut fastrand::Rng, mishaps: u32, refusals: bool) -> Self {
        if dice.u32(0..100) >= mishaps {
            return Self::OnTime;
        }
        match dice.u32(0..10) {
            0..=4 => Self::Delayed,
            5..=7 => Self::SecondAttempt,
            8 => Self::AccessPoint,
            _ if refusals => Self::Refused,
            _ => Self::SecondAttempt,
        }
    }
}

/// One scan of a parcel.
#[derive(Debug, Clone)]
pub(crate) struct Scan {
    pub(crate) at: Timestamp,
    pub(crate) zone: TimeZone,
    /// The letter: `M`, `I`, `X`, `D`, or `MV`.
    pub(crate) kind: &'static str,
    /// The two characters of the scan, which mean different things under different letters.
    pub(crate) code: &'static str,
    /// The three digits of the state the parcel is in.
    pub(crate) status_code: &'static str,
    pub(crate) words: &'static str,
    /// City and state; none on a manifest, which has only a country.
    pub(crate) place: Option<(String, String)>,
    pub(crate) country: String,
}

impl Scan {
    /// Whether UPS held the parcel in its hands.
    pub(crate) fn is_physical(&self) -> bool {
        !self.kind.starts_with('M')
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
    /// How long the manifest takes until tracking shows it.
    pub(crate) manifest_delay: SignedDuration,
    pub(crate) luck: u64,
}

/// A parcel's whole way, in the order of time except for the manifest, which stands first.
#[derive(Debug, Clone)]
pub(crate) struct Journey {
    pub(crate) scans: Vec<Scan>,
    /// The day UPS promises.
    pub(crate) promised: Date,
    /// The day it really comes to its end.
    pub(crate) ends: Date,
}

type Words = (&'static str, &'static str, &'static str, &'static str);

const MANIFEST: Words = ("M", "MP", "003", "Shipper created a label, UPS has not received the package yet. ");
const PICKUP: Words = ("I", "PU", "038", "Pickup Scan ");
const HAVE: Words = ("I", "OC", "005", "We have your package ");
const ARRIVED: Words = ("I", "AR", "005", "Arrived at Facility ");
const DEPARTED: Words = ("I", "DP", "005", "Departed from Facility ");
const PREPARED: Words = ("I", "YP", "071", "Processing at UPS Facility ");
const LOADED: Words = ("I", "OF", "072", "Loaded on Delivery Vehicle ");
const OUT: Words = ("I", "OT", "021", "Out For Delivery Today ");
const DELIVERED: Words = ("D", "FS", "011", "DELIVERED ");
const STORM: Words = ("X", "2A", "049", "Severe weather conditions have delayed delivery. ");
const NOT_IN: Words =
    ("X", "48", "022", "The receiver was not available for delivery. We will make a second attempt. ");
const AT_ACCESS_POINT: Words = ("D", "2Q", "161", "Delivered to UPS Access Point ");
const FETCHED: Words = ("D", "2W", "011", "Picked up by the customer at the UPS Access Point ");
const REFUSED: Words = ("X", "53", "064", "The receiver refused the delivery. ");
const RETURNING: Words = ("X", "UA", "035", "The package is being returned to the sender. ");
const RETURNED: Words = ("D", "B0", "034", "Returned to the original sender ");
/// A voided label's only scan.
pub(crate) const VOIDED: Words = ("MV", "VP", "007", "Shipment information voided ");

impl Journey {
    pub(crate) fn of(plan: &Plan<'_>) -> Self {
        let mut dice = fastrand::Rng::with_seed(plan.luck);
        let home = Stop::city(plan.origin);
        let away = Stop::city(plan.ship_to);
        let pickup = pickup(plan, &home, &mut dice);
        let pickup_day = pickup.to_zoned(home.hub.time_zone()).date();
        let days = plan.service.business_days(plan.zone);
        let promised = business_days_after(pickup_day, days);
        let mut way = Way { scans: vec![manifest(plan, &home, pickup, &mut dice)], dice };
        way.scan(&home, pickup, PICKUP);
        let arrival_day = if plan.fate == Fate::Delayed { business_days_after(promised, 1) } else { promised };
        way.linehaul(plan, &home, &away, pickup, arrival_day);
        let ends = way.last_mile(plan, &home, &away, arrival_day);
        Self { scans: way.scans, promised, ends }
    }

    /// What tracking knows at `now`, oldest first. The manifest comes first, though its instant may
    /// lie after the first physical scans.
    pub(crate) fn known_at(&self, now: Timestamp) -> impl Iterator<Item = &Scan> {
        self.scans.iter().filter(move |scan| scan.at <= now)
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
    let mut scan = home.scan(at, MANIFEST);
    scan.place = None;
    scan
}

/// Late in the afternoon of the ship date, or of the next business day if the label comes too late.
fn pickup(plan: &Plan<'_>, home: &Stop, dice: &mut fastrand::Rng) -> Timestamp {
    let zone = home.hub.time_zone();
    let booked_on = plan.booked_at.to_zoned(zone.clone()).date();
    let minutes = 16 * 60 + 20 + dice.i64(0..80);
    let mut day = business_day_from(plan.ship_date.max(booked_on));
    while on(day, minutes, &zone) <= later(plan.booked_at, 20) {
        day = business_days_after(day, 1);
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

    fn scan(&self, at: Timestamp, (kind, code, status_code, words): Words) -> Scan {
        Scan {
            at,
            zone: self.hub.time_zone(),
            kind,
            code,
            status_code,
            words,
            place: Some((self.city.clone(), self.state.clone())),
            country: self.country.clone(),
        }
    }
}

struct Way {
    scans: Vec<Scan>,
    dice: fastrand::Rng,
}

impl Way {
    fn scan(&mut self, stop: &Stop, at: Timestamp, words: Words) {
        self.scans.push(stop.scan(at, words));
    }

    /// From the pickup to the destination's hub, the stops spread evenly over the time there is.
    fn linehaul(&mut self, plan: &Plan<'_>, home: &Stop, away: &Stop, pickup: Timestamp, arrival_day: Date) {
        let origin = Stop::hub(home.hub);
        let far = Stop::hub(away.hub);
        let received = later(pickup, 70 + self.dice.i64(0..60));
        self.scan(&origin, received, HAVE);
        let gone = later(received, 90 + self.dice.i64(0..60));
        self.scan(&origin, gone, DEPARTED);
        let arrival = on(arrival_day, 4 * 60 + self.dice.i64(0..50), &away.hub.time_zone());
        if far.hub == origin.hub {
            return;
        }
        let through = Stop::hub(if plan.service.flies() { LOUISVILLE } else { HODGKINS });
        let road = arrival.duration_since(gone).as_mins().max(120);
        if plan.zone >= 4 && through.hub != origin.hub && through.hub != far.hub {
            let stopover = later(gone, road * 4 / 10);
            self.scan(&through, stopover, ARRIVED);
            let onward = later(stopover, (road / 10).min(150));
            if plan.fate == Fate::Delayed {
                self.scan(&through, later(stopover, (road / 20).min(75)), STORM);
            }
            self.scan(&through, onward, DEPARTED);
        } else if plan.fate == Fate::Delayed {
            self.scan(&origin, later(gone, road * 3 / 10), STORM);
        }
        self.scan(&far, later(gone, road * 85 / 100), ARRIVED);
    }

    /// The day of delivery and what follows; answers the day the journey ends.
    fn last_mile(&mut self, plan: &Plan<'_>, home: &Stop, away: &Stop, day: Date) -> Date {
        if plan.fate == Fate::Delayed && away.hub == home.hub {
            let storm = on(day, 60, &away.hub.time_zone());
            self.scan(away, storm, STORM);
        }
        let door = self.out_for_delivery(plan, away, day);
        let next = business_days_after(day, 1);
        match plan.fate {
            Fate::OnTime | Fate::Delayed => self.scan(away, door, DELIVERED),
            Fate::SecondAttempt => {
                self.scan(away, door, NOT_IN);
                let again = self.out_for_delivery(plan, away, next);
                self.scan(away, again, DELIVERED);
                return next;
            }
            Fate::AccessPoint => {
                self.scan(away, door, AT_ACCESS_POINT);
                let fetched = 12 * 60 + self.dice.i64(0..300);
                self.scan(away, on(next, fetched, &away.hub.time_zone()), FETCHED);
                return next;
            }
            Fate::Refused => {
                self.scan(away, door, REFUSED);
                self.scan(away, later(door, 200), RETURNING);
                let back = business_days_after(day, plan.service.business_days(plan.zone) + 1);
                self.scan(home, on(back, 11 * 60, &home.hub.time_zone()), RETURNED);
                return back;
            }
        }
        day
    }

    /// Prepared, loaded, out; answers when the driver is at the door.
    fn out_for_delivery(&mut self, plan: &Plan<'_>, away: &Stop, day: Date) -> Timestamp {
        let zone = away.hub.time_zone();
        let prepared = 4 * 60 + 55 + self.dice.i64(0..25);
        self.scan(away, on(day, prepared, &zone), PREPARED);
        let loaded = 5 * 60 + 40 + self.dice.i64(0..30);
        self.scan(away, on(day, loaded, &zone), LOADED);
        let out = 6 * 60 + 30 + self.dice.i64(0..40);
        self.scan(away, on(day, out, &zone), OUT);
        let door = match plan.service.by {
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

    fn journey(fate: Fate, luck: u64, service: &str, to: &Party) -> Journey {
        let booked_at = "2026-09-14T17:00:00Z".parse().expect("an instant");
        let origin = party("Oakland", "CA", "94607");
        let service = Service::by_code(service).expect("a service");
        let hub = Hub::serving("US", &to.state, &to.postal);
        let zone = super::super::geography::zone(Hub::serving("US", "CA", "94607").miles_to(&hub));
        Journey::of(&Plan {
            booked_at,
            ship_date: jiff::civil::date(2026, 9, 14),
            origin: &origin,
            ship_to: to,
            service,
            zone,
            fate,
            manifest_delay: SignedDuration::from_mins(20),
            luck,
        })
    }

    #[test]
    fn scans_follow_one_another_whatever_the_luck() {
        let fates = [Fate::OnTime, Fate::Delayed, Fate::SecondAttempt, Fate::AccessPoint, Fate::Refused];
        let ends = [party("Boston", "MA", "02118"), party("San Jose", "CA", "95112"), party("Reno", "NV", "89502")];
        for luck in 0..60 {
            for (fate, to, service) in fates.iter().flat_map(|fate| {
                ends.iter().flat_map(move |to| ["03", "01", "02", "14"].map(|service| (*fate, to, service)))
            }) {
                let scans = journey(fate, luck, service, to).scans;
                let physical: Vec<_> = scans.iter().filter(|scan| scan.is_physical()).collect();
                let ordered = physical.windows(2).all(|two| two[0].at < two[1].at);
                assert!(ordered, "{fate:?} {luck} {service} {}: {scans:#?}", to.city);
                assert!(physical.len() >= 7);
            }
        }
    }

    #[test]
    fn next_day_air_takes_a_day_and_ground_across_the_country_four() {
        let boston = party("Boston", "MA", "02118");
        assert_eq!(journey(Fate::OnTime, 3, "01", &boston).ends, jiff::civil::date(2026, 9, 15));
        assert_eq!(journey(Fate::OnTime, 3, "03", &boston).ends, jiff::civil::date(2026, 9, 18));
        assert_eq!(journey(Fate::Delayed, 3, "03", &boston).ends, jiff::civil::date(2026, 9, 21));
    }
}
