//! The look at attempts that are over: a late twin is voided, and told.
//!
//! ```text
//! due look ─► inquiry by the attempt's reference ─┬─ nothing stands ──────► the next look, later and later
//!                                                 ├─ the standing label ──► over: it is no twin
//!                                                 └─ another label ───────► TWIN (durable) ─► void ─┬─ voided, told
//! voided label ─► its packages' scans ─ a scan ─► a person                                          └─ a person
//! ```
//!
//! Only what is certain to be ours is voided: a shipment that UPS has under a reference which is derived for that one
//! attempt, whose numbers neither this shipment nor any other of the site stands on. It is written down before its void is
//! asked, so a crash between the two voids it again, which UPS answers with "already voided".
//!
//! What it costs: an attempt that was said absent is asked about seven times in seven days, at most 21 calls (recovery,
//! tracking, Quantum View each time); one that UPS refused or voided twice, two calls, and two more for each of at most
//! five packages of a voided label. What is deliberately not here: the times, which are `shipment::state::watch`'s.

use jiff::{SignedDuration, Timestamp};
use shipment::alarm::Kind;
use shipment::hold::{Hold, Reason};
use shipment::number::ShipmentIdentificationNumber;
use shipment::remedy::{Remedy, wait_before_retry};
use shipment::state::{Ended, Event, Look, Part, State, Watched};
use shipment::tracking::{Status, reduce};

use super::booking::Asked;
use super::doubt::owner_of;
use super::inquiry::Inquiry;
use super::journey::{ENGINE, Journey};
use super::{tracking, void};
use crate::app::{App, Kept};
use crate::crash::{self, Point};
use crate::remote::trouble::Trouble;

/// After an answer that says nothing, such as "not ready".
const LOOK_AGAIN: SignedDuration = SignedDuration::from_mins(30);
/// So many failures in a row are retried within minutes, so many more within the hour.
const SOON: u32 = 6;
const MOST_TRIES: u32 = 40;
/// The packages of a voided label that are asked for.
const MOST_PACKAGES: usize = 5;

/// Makes the look that is due, or voids the twin that was found.
pub(super) async fn look(app: &App, journey: &mut Journey, now: Timestamp) -> Result<Asked, Trouble> {
    let Some(watched) = journey.state().received().next_look().cloned() else { return Ok(Asked::GoOn) };
    let outcome = match watched.twin.clone() {
        Some(number) => undo(journey, &watched, &number, now).await,
        None => search(app, journey, &watched, now).await,
    };
    let trouble = match outcome {
        Ok(asked) => return Ok(asked),
        Err(trouble) => trouble,
    };
    match &trouble.remedy {
        Remedy::Outage | Remedy::Reauthenticate | Remedy::Operator => Err(trouble),
        Remedy::Retry { .. } | Remedy::AskFirst | Remedy::FixData { .. } => {
            // A look counts its own failures: the shipment's next step does not wait for it.
            let wait = wait_before_retry(watched.tries, super::chance());
            let next_at = now + if watched.tries < SOON { wait } else { LOOK_AGAIN };
            if watched.tries == 0 {
                let words = format!("looking for a late twin of attempt {}: {}", watched.attempt.number, trouble.words);
                journey.remark(now, ENGINE, "look_later", words);
            }
            // A look that fails all day is given up for the next one; a twin that is known is not.
            let give_up = watched.twin.is_none() && watched.tries > MOST_TRIES;
            let look = if give_up { Look::Nothing { at: now } } else { Look::Later { next_at } };
            journey.quietly(looked(&watched, look));
            Ok(Asked::GoOn)
        }
    }
}

fn looked(watched: &Watched, look: Look) -> Event {
    Event::Looked { attempt: watched.attempt.number, look }
}

async fn search(app: &App, journey: &mut Journey, watched: &Watched, now: Timestamp) -> Result<Asked, Trouble> {
    let inquiry = Inquiry::about(journey, &watched.attempt, journey.state().received());
    let seen = match watched.ended {
        Ended::SaidAbsent | Ended::Several => inquiry.everything(now).await?,
        Ended::NotBooked | Ended::FoundVoided | Ended::Voided => inquiry.recovery().await?,
    };
    crash::point(Point::TwinLooked);
    let waybill = journey.state().waybill().filter(|_| !voided_here(journey, watched));
    let own: Vec<String> = waybill.into_iter().flat_map(|it| &it.tracking_numbers).map(ToString::to_string).collect();
    let mut is_the_standing_one = false;
    for found in &seen.standing {
        let numbers: Vec<String> = found.packages.iter().map(|it| it.tracking_number.clone()).collect();
        if numbers.iter().any(|number| own.contains(number)) || owner_of(app, journey, &numbers).await?.is_some() {
            is_the_standing_one = true;
            continue;
        }
        let Ok(number) = found.shipment_identification_number.parse::<ShipmentIdentificationNumber>() else { continue };
        return found_twin(app, journey, watched, number, now).await;
    }
    let stranger = seen.without_label.iter().find(|number| !own.contains(number)).cloned();
    if let Some(number) = stranger {
        let hold = match watched.ended {
            Ended::Voided => voided_but_scanned(&number, "UPS is carrying it"),
            _ => late_twin(&number, "it is on its way already"),
        };
        told_to_a_person(journey, hold, now);
        journey.quietly(looked(watched, Look::Over));
        return Ok(Asked::GoOn);
    }
    if seen.not_ready.is_some() {
        if now < watched.until() {
            journey.quietly(looked(watched, Look::Later { next_at: now + LOOK_AGAIN }));
            return Ok(Asked::GoOn);
        }
        let hold = late_twin(watched.attempt.reference.as_str(), "UPS knows it and never came to show it");
        told_to_a_person(journey, hold, now);
        journey.quietly(looked(watched, Look::Over));
        return Ok(Asked::GoOn);
    }
    if watched.ended == Ended::Voided
        && let Some(hold) = scanned(journey, watched).await?
    {
        told_to_a_person(journey, hold, now);
        journey.quietly(looked(watched, Look::Over));
        return Ok(Asked::GoOn);
    }
    let look = if is_the_standing_one { Look::Over } else { Look::Nothing { at: now } };
    journey.quietly(looked(watched, look));
    Ok(Asked::GoOn)
}

/// Whether the label in hand is the one that was voided: then finding it standing is news.
fn voided_here(journey: &Journey, watched: &Watched) -> bool {
    matches!(journey.state(), State::Booked(it) if it.is_voided() && it.attempt.number == watched.attempt.number)
}

async fn found_twin(
    app: &App,
    journey: &mut Journey,
    watched: &Watched,
    number: ShipmentIdentificationNumber,
    now: Timestamp,
) -> Result<Asked, Trouble> {
    let words = format!(
        "UPS has {number} of attempt {}, which was {}: it is voided",
        watched.attempt.number,
        watched.ended.words()
    );
    tracing::warn!(document = %journey.document, "{words}");
    journey.raise(now, Kind::LateTwin, &words);
    journey.step(now, ENGINE, looked(watched, Look::Twin { number, at: now }), words);
    // On disk before UPS hears of it: whoever comes next must void it too, and people must learn that it was there.
    let lease = app.clock.real_now() + super::LEASE;
    match app.record_and_keep(journey, now, lease).await {
        Ok(Kept::Yes) => {}
        Ok(Kept::Lost | Kept::Linked(_)) => return Ok(Asked::Lost),
        // Whether it stands is not known; whoever claims the shipment when its lease has run out looks again.
        Err(error) => {
            tracing::error!(document = %journey.document, error = &error as &dyn std::error::Error, "a late twin was not recorded; its void is not asked");
            return Ok(Asked::Lost);
        }
    }
    crash::point(Point::TwinRecorded);
    Ok(Asked::GoOn)
}

async fn undo(
    journey: &mut Journey,
    watched: &Watched,
    number: &ShipmentIdentificationNumber,
    now: Timestamp,
) -> Result<Asked, Trouble> {
    let refused = match journey.site.ups.void(number.as_str()).await {
        Ok(answer) if answer.is_void() => {
            crash::point(Point::TwinVoided);
            let words = format!("late twin {number} voided at UPS");
            journey.settle(now, Kind::LateTwin);
            journey.raise(now, Kind::LateTwinVoided, &words);
            journey.step(now, ENGINE, looked(watched, Look::TwinVoided { at: now }), words);
            return Ok(Asked::GoOn);
        }
        Ok(answer) => void::refusal(&answer),
        Err(error) => {
            let trouble = Trouble::from(&error);
            match &trouble.remedy {
                Remedy::FixData { .. } => void::explained(&trouble.code, &trouble.words),
                _ => return Err(trouble),
            }
        }
    };
    journey.settle(now, Kind::LateTwin);
    told_to_a_person(journey, late_twin(number.as_str(), &refused), now);
    journey.quietly(looked(watched, Look::Over));
    Ok(Asked::GoOn)
}

fn late_twin(number: &str, words: &str) -> Hold {
    Hold::from(Reason::LateTwin { number: number.to_owned(), words: words.to_owned() })
}

fn voided_but_scanned(number: &str, scan: &str) -> Hold {
    Hold::from(Reason::VoidedButScanned { number: number.to_owned(), scan: scan.to_owned() })
}

/// A package that travels although its label was voided.
async fn scanned(journey: &Journey, watched: &Watched) -> Result<Option<Hold>, Trouble> {
    for number in watched.packages.iter().take(MOST_PACKAGES) {
        let answer = journey.site.ups.track(number.as_str()).await?;
        let Some(summary) = reduce(&tracking::scans_of(number, &answer)) else { continue };
        if is_carried(&summary.status) {
            let scan = format!("{} {}", summary.evidence.description, summary.evidence.place);
            return Ok(Some(voided_but_scanned(number.as_str(), scan.trim())));
        }
    }
    Ok(None)
}

/// Whether UPS has, or had, the package in its hands.
pub(super) fn is_carried(status: &Status) -> bool {
    match status {
        Status::LabelCreated
        | Status::Voided
        | Status::PickupPending
        | Status::Notice { .. }
        | Status::Unknown { .. } => false,
        Status::PickedUp
        | Status::InTransit
        | Status::Customs
        | Status::Preparing
        | Status::OutForDelivery
        | Status::DeliveryAttempted
        | Status::HeldForPickup
        | Status::Delivered
        | Status::DeliveredToAgent
        | Status::Exception
        | Status::Refused
        | Status::Returning
        | Status::Returned
        | Status::Lost => true,
    }
}

/// Before booking a hold stops another label; after it, and where nothing can be held, it is told beside.
fn told_to_a_person(journey: &mut Journey, hold: Hold, now: Timestamp) {
    let words = hold.words();
    match journey.state() {
        State::Booked(_) => journey.step(now, ENGINE, Event::Part(Part::Attention(hold)), words),
        State::Received(_) | State::Addressed(_) | State::Packed(_) | State::Rated(_) | State::Held(_) => {
            journey.step(now, ENGINE, Event::Held(hold), words);
        }
        State::Booking(_) | State::Desk(_) | State::AlreadyThere(_) | State::Cancelled(_) => {
            let kind = match &hold.reason {
                Reason::VoidedButScanned { .. } => Kind::VoidedButScanned,
                _ => Kind::LateTwinNotVoided,
            };
            journey.raise(now, kind, &words);
            journey.remark(now, ENGINE, hold.code(), words);
        }
    }
}
