//! From UPS's feeds to scans: the client's types in the shipment's vocabulary.
//!
//! ```text
//! ups::Activity (asked) ─┐
//! ups::AlertEvent (told) ┼─► Scan: instant, clock of the place, codes, meaning with evidence, days of delivery
//! ups::Record (file)     ┘
//! ```
//!
//! Pure. A scan without a time is no scan; one whose codes mean nothing is kept with them. Files tell no zone: it is
//! guessed from the place, else from the dock, and the scan says so.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use shipment::number::TrackingNumber;
use shipment::tracking::{Days, Feed, Scan, Status, zone_of};
use ups::quantum_view::{Event, Manifest, Record};
use ups::track_alert::AlertEvent;

/// The scans of a package that was asked for. Days of delivery stand beside them; the newest scan carries them.
pub(crate) fn of_package(number: &TrackingNumber, package: &ups::TrackedPackage) -> Vec<Scan> {
    let day =
        |kind: &ups::DeliveryDateKind| package.delivery_dates.iter().find(|it| it.kind == *kind).map(|it| it.date);
    let days = Days {
        scheduled: day(&ups::DeliveryDateKind::Scheduled),
        rescheduled: day(&ups::DeliveryDateKind::Rescheduled),
        delivered: day(&ups::DeliveryDateKind::Delivered),
    };
    let proven = days.delivered.is_some();
    let mut scans: Vec<Scan> = package.activity.iter().filter_map(|it| of_activity(number, it, proven)).collect();
    if let Some(newest) = scans.iter_mut().max_by_key(|scan| scan.at) {
        newest.days = days;
    }
    scans
}

fn of_activity(number: &TrackingNumber, activity: &ups::Activity, proven: bool) -> Option<Scan> {
    let said = &activity.status;
    let meaning = if proven { said.canonical_with_proof() } else { said.canonical() };
    let place = &activity.place;
    Some(Scan {
        local: activity.local,
        place: place_of([&place.city, &place.state, &place.country]),
        state: place.state.clone(),
        country: place.country.clone(),
        postal_code: place.postal_code.clone(),
        ..coded(Scan::new(number.clone(), activity.at?, status(said, meaning), Feed::TrackApi), said)
    })
}

/// What UPS told by itself; nothing without a time.
pub(crate) fn of_alert(number: &TrackingNumber, event: &AlertEvent) -> Option<Scan> {
    let said = &event.status;
    let place = &event.place;
    let (at, is_guess) = match (event.at, event.local) {
        (Some(at), _) => (at, false),
        (None, Some(local)) => {
            (guessed(local, place.country.as_deref(), place.state.as_deref(), &TimeZone::UTC)?, true)
        }
        (None, None) => return None,
    };
    // A new day of delivery comes as an update, and as the planned day of every event after it.
    let days = Days { scheduled: event.scheduled_delivery, rescheduled: None, delivered: event.actual_delivery };
    Some(Scan {
        local: event.local,
        is_guess,
        days,
        place: place_of([&place.city, &place.state, &place.country]),
        state: place.state.clone(),
        country: place.country.clone(),
        postal_code: place.postal_code.clone(),
        ..coded(Scan::new(number.clone(), at, status(said, event.canonical()), Feed::TrackAlert), said)
    })
}

/// A record of the account's files, of each package it speaks of.
pub(crate) fn of_record(record: &Record, dock: &TimeZone) -> Vec<Scan> {
    match record {
        Record::Manifest(manifest) => of_manifest(manifest, dock),
        Record::Other { .. } => Vec::new(),
        known => known.event().and_then(|event| of_event(known, event, dock)).into_iter().collect(),
    }
}

fn of_manifest(manifest: &Manifest, dock: &TimeZone) -> Vec<Scan> {
    let packages = manifest.packages.iter().filter_map(|package| {
        let number: TrackingNumber = package.tracking_number.as_deref()?.trim().parse().ok()?;
        let (date, time) = package.activity?;
        let local = date.to_datetime(time.unwrap_or_default());
        let at = guessed(local, manifest.shipper.country.as_deref(), manifest.shipper.state.as_deref(), dock)?;
        Some(Scan {
            type_letter: "M".to_owned(),
            code: "manifest".to_owned(),
            local: Some(local),
            is_guess: true,
            country: manifest.shipper.country.clone(),
            days: Days { scheduled: manifest.scheduled_delivery, ..Days::default() },
            ..Scan::new(number, at, Status::LabelCreated, Feed::QuantumView)
        })
    });
    packages.collect()
}

fn of_event(record: &Record, event: &Event, dock: &TimeZone) -> Option<Scan> {
    let number: TrackingNumber = event.tracking_number.trim().parse().ok()?;
    let place = event.place.clone().unwrap_or_default();
    let local = event.local()?;
    let at = guessed(local, place.country.as_deref(), place.state.as_deref(), dock)?;
    let told = told(record);
    let meaning = record.canonical();
    Some(Scan {
        type_letter: told.letter.to_owned(),
        code: told.code,
        description: told.words,
        days: told.days,
        local: Some(local),
        is_guess: true,
        place: place_of([&place.city, &place.state, &place.country]),
        state: place.state.clone(),
        country: place.country.clone(),
        ..Scan::new(number, at, vocabulary(meaning, || format!("file {}", told.letter)), Feed::QuantumView)
    })
}

/// What a record says besides package, moment and place.
struct Told {
    letter: &'static str,
    code: String,
    words: String,
    days: Days,
}

fn told(record: &Record) -> Told {
    let of =
        |letter, code: &str, words: &str, days| Told { letter, code: code.to_owned(), words: words.to_owned(), days };
    let none = Days::default();
    match record {
        Record::Origin(it) => of("I", "origin", "first scan", Days { scheduled: it.scheduled_delivery, ..none }),
        Record::Exception(it) => {
            let words = it.reason.1.as_deref().or(it.status.1.as_deref()).unwrap_or("exception");
            let code = it.reason.0.as_deref().or(it.status.0.as_deref()).unwrap_or("exception");
            of("X", code, words, Days { rescheduled: it.rescheduled_delivery, ..none })
        }
        Record::Delivery(it) => {
            let words = it.location.as_ref().and_then(|place| place.description.as_deref()).unwrap_or("delivered");
            of("D", "delivery", words, Days { delivered: it.event.date, ..none })
        }
        Record::Generic(it) => {
            of("G", it.kind.code(), it.kind.name(), Days { rescheduled: it.rescheduled_delivery, ..none })
        }
        // Manifests have scans of their own; a kind this program does not know says nothing.
        _ => of("", "", "", none),
    }
}

fn coded(scan: Scan, said: &ups::ScanStatus) -> Scan {
    Scan {
        type_letter: said.type_letter.clone().unwrap_or_default(),
        code: said.code.clone().unwrap_or_default(),
        status_code: said.status_code.clone().unwrap_or_default(),
        description: said.description.clone().unwrap_or_default(),
        ..scan
    }
}

fn place_of(parts: [&Option<String>; 3]) -> String {
    parts
        .into_iter()
        .filter_map(|it| it.as_deref())
        .map(str::trim)
        .filter(|it| !it.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn guessed(local: DateTime, country: Option<&str>, state: Option<&str>, dock: &TimeZone) -> Option<Timestamp> {
    let zone = zone_of(country, state).unwrap_or_else(|| dock.clone());
    local.to_zoned(zone).ok().map(|zoned| zoned.timestamp())
}

fn status(said: &ups::ScanStatus, meaning: ups::CanonicalStatus) -> Status {
    vocabulary(meaning, || said.codes())
}

/// The client's vocabulary in the shipment's, which keeps the codes of what it cannot tell.
fn vocabulary(meaning: ups::CanonicalStatus, codes: impl Fn() -> String) -> Status {
    use ups::CanonicalStatus as C;
    match meaning {
        C::LabelCreated => Status::LabelCreated,
        C::Voided => Status::Voided,
        C::PickupPending => Status::PickupPending,
        C::PickedUp => Status::PickedUp,
        C::InTransit => Status::InTransit,
        C::Customs => Status::Customs,
        C::Preparing => Status::Preparing,
        C::OutForDelivery => Status::OutForDelivery,
        C::DeliveryAttempted => Status::DeliveryAttempted,
        C::HeldForPickup => Status::HeldForPickup,
        C::Delivered => Status::Delivered,
        C::DeliveredToAgent => Status::DeliveredToAgent,
        C::Exception => Status::Exception,
        C::Refused => Status::Refused,
        C::Returning => Status::Returning,
        C::Returned => Status::Returned,
        C::Lost => Status::Lost,
        C::Notice => Status::Notice { raw: codes() },
        C::Unknown => Status::Unknown { raw: codes() },
    }
}
