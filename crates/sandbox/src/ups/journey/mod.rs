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
mod stop;
mod way;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::asked::Party;
use super::calendar::Calendar;
use super::service::Service;
use super::transit::Tender;
use scan::Scan;
use stop::Stop;
use way::Way;

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
    /// Forgotten at the dock; handed over two business days after its day, and on time from there.
    Forgotten,
    /// Left on the promised day at a door in another state.
    Misdelivered,
}

impl Fate {
    /// Every fate there is.
    pub const ALL: [Self; 14] = [
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
        Self::Forgotten,
        Self::Misdelivered,
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
        let pickup_day = pickup.to_zoned(home.clocks.clone()).date();
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
/// customer brings a return one to four business days after that; a forgotten parcel is found after two.
fn pickup(plan: &Plan<'_>, home: &Stop, dice: &mut fastrand::Rng) -> Timestamp {
    let zone = home.clocks.clone();
    let booked_on = plan.booked_at.to_zoned(zone.clone()).date();
    let minutes = 16 * 60 + 20 + dice.i64(0..80);
    let mut day = plan.calendar.business_day_from(plan.ship_date.max(booked_on));
    while on(day, minutes, &zone) <= later(plan.booked_at, 20) {
        day = plan.calendar.business_days_after(day, 1);
    }
    if plan.brought {
        day = plan.calendar.business_days_after(day, dice.u32(1..5));
    }
    if plan.fate == Fate::Forgotten {
        day = plan.calendar.business_days_after(day, 2);
    }
    on(day, minutes, &zone)
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
    use crate::ups::geography::Hub;

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
        for (city, country) in [("Toronto", "CA"), ("Muenchen", "DE"), ("Osaka", "JP"), ("Nairobi", "KE")] {
            ends.push(Party { country: country.to_owned(), ..party(city, "", "") });
        }
        for luck in 0..20 {
            for (fate, to, service) in Fate::ALL.iter().flat_map(|fate| {
                ends.iter().flat_map(move |to| {
                    let services = if to.country == "US" { ["03", "01", "02", "14"] } else { ["08", "07", "65", "54"] };
                    services.map(|service| (*fate, to, service))
                })
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
    fn a_parcel_to_germany_leaves_over_the_air_hub_and_is_imported_by_german_time() {
        let munich = Party { country: "DE".to_owned(), ..party("Muenchen", "", "80331") };
        let scans = journey(Fate::CustomsHold, 3, "07", &munich).scans;
        let at = |code: &str| scans.iter().find(|scan| scan.mark.code == code).expect(code);
        let place = |code: &str| at(code).place.as_ref().map(|(city, _)| city.as_str());
        assert_eq!((place("EP"), place("IP"), place("71")), (Some("LOUISVILLE"), Some("KOELN"), Some("KOELN")));
        assert_eq!((&*at("IP").country, at("IP").mark.status_code), ("DE", "012"));
        let delivered = at("FS");
        let local = delivered.at.to_zoned(delivered.zone.clone());
        assert_eq!((local.offset().seconds(), place("FS")), (7200, Some("MUENCHEN")));
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
    fn a_misdelivered_parcel_is_left_in_another_state() {
        for (city, state, postal) in [("Boston", "MA", "02118"), ("Reno", "NV", "89502")] {
            let scans = journey(Fate::Misdelivered, 3, "03", &party(city, state, postal)).scans;
            let last = scans.last().expect("a delivery");
            let told = last.place.as_ref().map(|(_, state)| state.as_str());
            assert!(told.is_some_and(|told| told != state), "{last:?}");
        }
    }

    #[test]
    fn a_forgotten_parcel_is_handed_over_two_business_days_late() {
        let boston = party("Boston", "MA", "02118");
        let day = |fate| {
            let possession = journey(fate, 3, "03", &boston).possession().expect("a scan");
            possession.to_zoned(TimeZone::get("America/Los_Angeles").expect("a zone")).date()
        };
        assert_eq!(day(Fate::OnTime), jiff::civil::date(2026, 9, 14));
        assert_eq!(day(Fate::Forgotten), jiff::civil::date(2026, 9, 16));
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
