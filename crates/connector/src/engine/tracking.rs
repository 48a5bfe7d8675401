//! Following a parcel by asking for its scans until nothing more is expected.
//!
//! ```text
//! every package's scans ─► reduce (pure) per package ─► the least advanced package speaks for the shipment
//!                                                        │ changed
//!                                                        └─► status step, delivery step for SYSPRO
//! ```
//!
//! "Not found" is no news: a label is commonly unknown until the manifest is processed. A failed question postpones the
//! next one and nothing else; the parcel moves without us.

use jiff::Timestamp;
use jiff::civil::Date;
use shipment::hold::{Hold, Reason};
use shipment::number::TrackingNumber;
use shipment::state::{Booked, Event, Part, State};
use shipment::tracking::{Scan, Status, Summary, reduce};
use shipment::write_back::{self, WriteStep};

use super::journey::{ENGINE, Journey};
use crate::crash::{self, Point};
use crate::remote::trouble::Trouble;
use crate::store::ScanRow;

pub(super) async fn follow(journey: &mut Journey, now: Timestamp) -> Result<(), Trouble> {
    let State::Booked(booked) = journey.state().clone() else { return Ok(()) };
    let mut summaries = Vec::new();
    for number in booked.standing() {
        let answer = match journey.site.ups.track(number.as_str()).await {
            Ok(answer) => answer,
            Err(error) => return failed(journey, &booked, Trouble::from(&error), now),
        };
        let scans = scans_of(number, &answer);
        for scan in &scans {
            journey.scans.push(ScanRow {
                tracking_number: number.clone(),
                identity: scan.identity(),
                at: scan.at,
                body: serde_json::to_string(scan).unwrap_or_default(),
            });
        }
        summaries.push(reduce(&scans));
    }
    crash::point(Point::Tracked);
    tell(journey, &booked, combine(summaries).as_ref(), now);
    Ok(())
}

fn tell(journey: &mut Journey, booked: &Booked, summary: Option<&Summary>, now: Timestamp) {
    let site = &journey.site.site;
    let before = booked.status().cloned();
    let after = summary.map(|it| it.status.clone());
    let news = after.is_some() && after != before;
    let mut steps = Vec::new();
    if let (true, Some(summary)) = (news && site.may_write_to_syspro(), summary) {
        steps = steps_for(journey, booked, summary);
    }
    let over = after.as_ref().is_some_and(Status::is_final)
        || now.duration_since(booked.waybill.booked_at) > site.tracking.give_up_after;
    let next_at = (!over).then(|| now + site.tracking.every);
    let part = Event::Part(Part::Tracked { summary: summary.cloned().map(Box::new), steps, next_at });
    match (news, summary) {
        (true, Some(summary)) => {
            let words = format!(
                "{}: {} {}",
                summary.status.code().replace('_', " "),
                summary.evidence.description,
                summary.evidence.place
            );
            journey.step(now, ENGINE, part, words.trim().to_owned());
        }
        _ => journey.quietly(part),
    }
    let arrived = after.as_ref().is_some_and(Status::is_final);
    if over && !arrived {
        gave_up(journey, now);
    }
}

/// Nobody asks any more, and no scan says that it arrived: a person looks, or nobody ever would.
fn gave_up(journey: &mut Journey, now: Timestamp) {
    let last = "no scan says that it has arrived, and UPS is not asked any more".to_owned();
    let hold = Hold::from(Reason::PatienceEnded { step: "following the parcel".to_owned(), last });
    let words = hold.words();
    journey.step(now, ENGINE, Event::Part(Part::Attention(hold)), words);
}

fn steps_for(journey: &Journey, booked: &Booked, summary: &Summary) -> Vec<WriteStep> {
    let document = &booked.rated.received().document;
    let rules = &journey.site.site.write_back.rules;
    let mut steps: Vec<_> = write_back::plan_status(document, &summary.status, rules).into_iter().collect();
    if summary.status == Status::Delivered {
        let zone = journey.site.site.ship_from(&document.warehouse).map(|it| it.calendar.time_zone.clone());
        let day: Date = match zone {
            Some(zone) => summary.at.to_zoned(zone).date(),
            None => summary.at.to_zoned(jiff::tz::TimeZone::UTC).date(),
        };
        steps.extend(write_back::plan_delivery(document, day, rules));
    }
    steps
}

fn failed(journey: &mut Journey, booked: &Booked, trouble: Trouble, now: Timestamp) -> Result<(), Trouble> {
    if trouble.is_the_sites() {
        return Err(trouble);
    }
    let over = now.duration_since(booked.waybill.booked_at) > journey.site.site.tracking.give_up_after;
    let next_at = (!over).then(|| now + journey.site.site.tracking.every);
    journey.quietly(Event::Part(Part::Tracked {
        summary: booked.tracking.summary.clone().map(Box::new),
        steps: Vec::new(),
        next_at,
    }));
    if over {
        gave_up(journey, now);
    }
    tracing::warn!(document = %journey.document, trouble = %trouble.words, "tracking postponed");
    Ok(())
}

/// The shipment is where its least advanced package is; it is delivered when all are.
fn combine(summaries: Vec<Option<Summary>>) -> Option<Summary> {
    summaries.into_iter().collect::<Option<Vec<_>>>()?.into_iter().min_by_key(|it| (it.status.is_final(), it.at))
}

pub(super) fn scans_of(number: &TrackingNumber, answer: &ups::Tracking) -> Vec<Scan> {
    let Some(package) = answer.package(number.as_str()) else {
        return Vec::new();
    };
    let proven = package.delivery_dates.iter().any(|it| it.kind == ups::DeliveryDateKind::Delivered);
    package.activity.iter().filter_map(|activity| scan(number, activity, proven)).collect()
}

fn scan(number: &TrackingNumber, activity: &ups::Activity, proven: bool) -> Option<Scan> {
    let said = &activity.status;
    let place: Vec<&str> = [&activity.place.city, &activity.place.state, &activity.place.country]
        .into_iter()
        .filter_map(|it| it.as_deref())
        .collect();
    Some(Scan {
        tracking_number: number.clone(),
        at: activity.at?,
        status: status(said, if proven { said.canonical_with_proof() } else { said.canonical() }),
        type_letter: said.type_letter.clone().unwrap_or_default(),
        code: said.code.clone().unwrap_or_default(),
        status_code: said.status_code.clone().unwrap_or_default(),
        place: place.join(" "),
        description: said.description.clone().unwrap_or_default(),
    })
}

/// The client's vocabulary in the shipment's, which keeps the codes of what it cannot tell.
fn status(said: &ups::ScanStatus, meaning: ups::CanonicalStatus) -> Status {
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
        C::Notice => Status::Notice { raw: said.codes() },
        C::Unknown => Status::Unknown { raw: said.codes() },
    }
}
