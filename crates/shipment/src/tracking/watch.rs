//! What a person should hear of a parcel on its way.
//!
//! ```text
//! summary + what was expected + now ─► concerns ─► open one alarm each, settle those that are gone
//! ```
//!
//! Pure, and asked anew at every look: a concern that is no longer answered is settled. A concern never says that
//! somebody is at fault, only what is known.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Status, Summary, explain};

/// What was to be expected of a package.
#[derive(Debug, Clone)]
pub struct Expectation<'a> {
    /// The day it was to be handed to UPS.
    pub ship_date: Date,
    /// Today on the clocks of the dock.
    pub today: Date,
    /// State of the consignee.
    pub state: &'a str,
    /// Postal code of the consignee.
    pub postal_code: &'a str,
    /// Country of the consignee.
    pub country: &'a str,
    /// A parcel in UPS's hands that is not scanned for this long is asked after.
    pub no_scan_after: SignedDuration,
}

/// Something a person should hear of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Concern {
    /// UPS had it and has not scanned it for long.
    NoScan {
        /// Since when.
        since: Timestamp,
    },
    /// The label was bought, its day has passed, and UPS does not have the package.
    NotTendered {
        /// The day it was to be handed over.
        ship_date: Date,
    },
    /// In trouble, in plain words.
    Exception {
        /// What happened.
        what: String,
        /// What to do.
        next: String,
    },
    /// Not there on the day that was promised.
    Late {
        /// The day promised first.
        promised: Date,
        /// The day UPS speaks of now, if it does.
        expected: Option<Date>,
    },
    /// It came back.
    Returned,
    /// Lost or destroyed.
    Lost,
    /// Delivered, and not where it was sent.
    DeliveredElsewhere {
        /// Where.
        place: String,
    },
}

impl Concern {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoScan { .. } => "no_scan",
            Self::NotTendered { .. } => "not_tendered",
            Self::Exception { .. } => "exception",
            Self::Late { .. } => "late",
            Self::Returned => "returned",
            Self::Lost => "lost",
            Self::DeliveredElsewhere { .. } => "delivered_elsewhere",
        }
    }

    /// What is known, for people.
    pub fn words(&self) -> String {
        match self {
            Self::NoScan { since } => {
                format!("UPS has the package and has not scanned it since {} UTC", since.strftime("%F %H:%M"))
            }
            Self::NotTendered { ship_date } => {
                format!("its label is bought for {ship_date}, and UPS has not received the package")
            }
            Self::Exception { what, next } => format!("{what}; {next}"),
            Self::Late { promised, expected: Some(expected) } => {
                format!("it was promised for {promised} and is expected on {expected}")
            }
            Self::Late { promised, expected: None } => format!("it was promised for {promised} and is not there"),
            Self::Returned => "it came back to the shipper".to_owned(),
            Self::Lost => "UPS has lost or destroyed it".to_owned(),
            Self::DeliveredElsewhere { place } => {
                format!("it was delivered in {place}, which is not where it was sent")
            }
        }
    }
}

/// All that should be heard of a package now, worst last.
pub fn concerns(summary: Option<&Summary>, now: Timestamp, expected: &Expectation<'_>) -> Vec<Concern> {
    let mut found = Vec::new();
    let status = summary.map(|it| &it.status);
    let possessed = summary.is_some_and(|it| it.possession.is_some());
    if status == Some(&Status::Voided) {
        return found;
    }
    if !possessed && expected.today > expected.ship_date && !status.is_some_and(Status::is_final) {
        found.push(Concern::NotTendered { ship_date: expected.ship_date });
    }
    let Some(summary) = summary else { return found };
    if possessed && !summary.status.is_final() && now.duration_since(summary.at) > silence(summary, expected) {
        found.push(Concern::NoScan { since: summary.at });
    }
    found.extend(late(summary, expected));
    match &summary.status {
        Status::Lost => found.push(Concern::Lost),
        Status::Returned => found.push(Concern::Returned),
        Status::Delivered => found.extend(elsewhere(summary, expected)),
        status if status.is_trouble() => {
            let plain = explain(&summary.evidence);
            found.extend(plain.map(|it| Concern::Exception { what: it.what, next: it.next.to_owned() }));
        }
        _ => {}
    }
    found
}

/// A parcel that waits to be collected is not scanned meanwhile; UPS keeps it for a week.
fn silence(summary: &Summary, expected: &Expectation<'_>) -> SignedDuration {
    match summary.status {
        Status::HeldForPickup => expected.no_scan_after.max(SignedDuration::from_hours(24 * 7)),
        _ => expected.no_scan_after,
    }
}

/// Late against what UPS promised first. An arrival settles it, however late.
fn late(summary: &Summary, expected: &Expectation<'_>) -> Option<Concern> {
    if summary.status.is_final() || summary.status == Status::HeldForPickup || summary.possession.is_none() {
        return None;
    }
    let promised = summary.days.promised?;
    let now_expected = summary.days.expected.filter(|day| *day > promised);
    (expected.today > promised || now_expected.is_some()).then_some(Concern::Late { promised, expected: now_expected })
}

/// Another country, another state, or a postal code that begins differently: cities are spelled in many ways.
fn elsewhere(summary: &Summary, expected: &Expectation<'_>) -> Option<Concern> {
    let scan = &summary.evidence;
    let differs = |told: &Option<String>, wanted: &str| {
        told.as_deref()
            .is_some_and(|it| !it.trim().is_empty() && !wanted.is_empty() && !it.trim().eq_ignore_ascii_case(wanted))
    };
    let area = |code: &str| code.trim().chars().take(3).collect::<String>().to_uppercase();
    let postal = scan.postal_code.as_deref().filter(|it| !it.trim().is_empty() && !expected.postal_code.is_empty());
    let elsewhere = differs(&scan.country, expected.country)
        || differs(&scan.state, expected.state)
        || postal.is_some_and(|it| area(it) != area(expected.postal_code));
    elsewhere.then(|| Concern::DeliveredElsewhere { place: scan.place.clone() })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::{Feed, Scan, reduce};
    use super::*;

    fn start() -> Timestamp {
        "2026-09-14T18:00:00Z".parse().expect("an instant")
    }

    fn at(hours: i64) -> Timestamp {
        start() + SignedDuration::from_hours(hours)
    }

    fn expectation(today: Date) -> Expectation<'static> {
        Expectation {
            ship_date: date(2026, 9, 14),
            today,
            state: "CO",
            postal_code: "80216",
            country: "US",
            no_scan_after: SignedDuration::from_hours(36),
        }
    }

    /// A scan so many hours after the booking, of a package promised for Thursday.
    fn scan(hours: i64, status: Status) -> Scan {
        let number = "1Z999AA10123456784".parse().expect("a tracking number");
        let mut scan = Scan::new(number, at(hours), status, Feed::TrackApi);
        scan.days.scheduled = Some(date(2026, 9, 17));
        scan
    }

    fn codes(scans: &[Scan], hours: i64, today: Date) -> Vec<&'static str> {
        concerns(reduce(scans).as_ref(), at(hours), &expectation(today)).iter().map(Concern::code).collect()
    }

    #[test]
    fn a_label_that_is_not_handed_over_on_its_day_is_a_concern_until_it_is() {
        assert!(codes(&[], 3, date(2026, 9, 14)).is_empty());
        assert_eq!(codes(&[], 20, date(2026, 9, 15)), ["not_tendered"]);
        assert_eq!(codes(&[scan(1, Status::LabelCreated)], 20, date(2026, 9, 15)), ["not_tendered"]);
        assert!(codes(&[scan(19, Status::PickedUp)], 20, date(2026, 9, 15)).is_empty());
        assert!(codes(&[scan(1, Status::LabelCreated), scan(2, Status::Voided)], 30, date(2026, 9, 16)).is_empty());
    }

    #[test]
    fn silence_is_a_concern_while_the_package_travels() {
        let moving = [scan(3, Status::PickedUp), scan(5, Status::InTransit)];
        assert!(codes(&moving, 40, date(2026, 9, 16)).is_empty());
        assert_eq!(codes(&moving, 42, date(2026, 9, 16)), ["no_scan"]);
        let waits = [scan(3, Status::PickedUp), scan(5, Status::HeldForPickup)];
        assert!(codes(&waits, 60, date(2026, 9, 18)).is_empty());
    }

    #[test]
    fn late_is_what_misses_the_first_promise_until_it_arrives() {
        let moving = [scan(3, Status::PickedUp), scan(60, Status::InTransit)];
        assert_eq!(codes(&moving, 80, date(2026, 9, 18)), ["late"]);
        let mut storm = scan(61, Status::Exception);
        storm.days.rescheduled = Some(date(2026, 9, 19));
        let told = concerns(reduce(&[moving[0].clone(), storm]).as_ref(), at(62), &expectation(date(2026, 9, 16)));
        assert_eq!(told[0].words(), "it was promised for 2026-09-17 and is expected on 2026-09-19");
        assert_eq!(told[1].code(), "exception");
        let arrived = [moving[0].clone(), scan(100, Status::Delivered)];
        assert!(codes(&arrived, 101, date(2026, 9, 18)).is_empty());
    }

    #[test]
    fn delivered_elsewhere_goes_by_state_and_postal_area_and_not_by_the_citys_spelling() {
        let delivered = |state: &str, postal: Option<&str>| Scan {
            place: format!("SOMEWHERE {state} US"),
            state: Some(state.to_owned()),
            country: Some("US".to_owned()),
            postal_code: postal.map(str::to_owned),
            ..scan(60, Status::Delivered)
        };
        assert!(codes(&[delivered("CO", Some("80202"))], 61, date(2026, 9, 17)).is_empty());
        assert!(codes(&[delivered("CO", None)], 61, date(2026, 9, 17)).is_empty());
        assert_eq!(codes(&[delivered("NV", None)], 61, date(2026, 9, 17)), ["delivered_elsewhere"]);
        assert_eq!(codes(&[delivered("CO", Some("81501"))], 61, date(2026, 9, 17)), ["delivered_elsewhere"]);
    }

    #[test]
    fn how_it_ended_badly_is_told() {
        assert_eq!(codes(&[scan(60, Status::Returned)], 61, date(2026, 9, 17)), ["returned"]);
        assert_eq!(codes(&[scan(3, Status::PickedUp), scan(60, Status::Lost)], 61, date(2026, 9, 17)), ["lost"]);
    }
}
