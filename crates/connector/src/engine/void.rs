//! Undoing a booking at UPS, whole or package by package, and taking its numbers back out of SYSPRO.
//!
//! ```text
//! asked ─► void (whole, or up to 20 packages) ─┬─ voided ────────► reversal in SYSPRO ─► over, or shipped again
//!                                              ├─ some packages ─► the numbers that remain are written
//!                                              ├─ refused ───────► a person, with UPS's reason and what to do
//!                                              └─ no answer ─────► asked again
//! ```
//!
//! UPS's void is idempotent by its effect: voiding twice answers "already voided", which is success. A lost answer is
//! therefore simply asked again, and a crash costs one call. How long something can be voided is UPS's decision; its codes
//! are put into words by `ups::void_code`, and one that nobody knows is shown as it came.

use jiff::Timestamp;
use shipment::number::TrackingNumber;
use shipment::remedy::{Remedy, wait_before_retry};
use shipment::state::{Booked, Event, Part, State, Void};
use shipment::write_back::{self, WriteStep};
use ups::VoidOutcome;

use super::journey::{ENGINE, Journey};
use crate::crash::{self, Point};
use crate::remote::trouble::Trouble;

/// UPS takes no more packages in one call.
const MOST_PACKAGES: usize = 20;

/// Why UPS did not void, in words for people, with what they can do.
pub(super) fn refusal(answer: &ups::VoidAnswer) -> String {
    match &answer.outcome {
        VoidOutcome::Partly => {
            let left: Vec<_> =
                answer.packages.iter().filter(|it| !it.voided).map(|it| it.tracking_number.as_str()).collect();
            format!("only some packages are voided; not {}", left.join(", "))
        }
        VoidOutcome::NotVoided { code, message }
        | VoidOutcome::NotKnown { code, message }
        | VoidOutcome::NotByPackage { code, message } => explained(code, message),
        VoidOutcome::TooLate { message, .. } => {
            explained(answer.alerts.first().map_or("too late", |it| it.code.as_str()), message)
        }
        other => format!("{other:?}"),
    }
}

/// UPS's code in plain words and what to do about it; UPS's own words where the code is not known.
pub(super) fn explained(code: &str, message: &str) -> String {
    match ups::void_code(code) {
        Some(known) => format!("{} ({code}); {}", known.meaning, known.remedy),
        None => format!("{message} ({code})"),
    }
}

pub(super) async fn void(journey: &mut Journey, now: Timestamp) -> Result<(), Trouble> {
    let State::Booked(booked) = journey.state().clone() else { return Ok(()) };
    let (tries, packages) = match &booked.void {
        Some(Void::Asked { tries, packages, .. }) => (*tries, packages.clone()),
        Some(Void::Voided { .. }) | None => return Ok(()),
    };
    let number = booked.waybill.shipment_number.to_string();
    let some: Vec<&str> = packages.iter().take(MOST_PACKAGES).map(TrackingNumber::as_str).collect();
    match journey.site.ups.void_packages(&number, &some).await {
        Ok(answer) => {
            crash::point(Point::Voided);
            answered(journey, &booked, &some, &answer, now);
            Ok(())
        }
        Err(error) => {
            let trouble = Trouble::from(&error);
            match &trouble.remedy {
                Remedy::Retry { .. } | Remedy::AskFirst => {
                    let next_at = now + wait_before_retry(tries, super::chance());
                    if tries == 0 {
                        journey.remark(now, ENGINE, "void_later", format!("void postponed: {}", trouble.words));
                    }
                    journey.quietly(Event::Part(Part::VoidLater { next_at }));
                    Ok(())
                }
                Remedy::FixData { .. } => {
                    let words = match &error {
                        ups::Error::Rejected { code, message, .. } => explained(code, message),
                        _ => trouble.words,
                    };
                    refused(journey, &number, words, now);
                    Ok(())
                }
                Remedy::Outage | Remedy::Reauthenticate | Remedy::Operator => Err(trouble),
            }
        }
    }
}

fn answered(journey: &mut Journey, booked: &Booked, asked: &[&str], answer: &ups::VoidAnswer, now: Timestamp) {
    let number = booked.waybill.shipment_number.to_string();
    let gone: Vec<TrackingNumber> = match &answer.outcome {
        VoidOutcome::Voided | VoidOutcome::AlreadyVoided if asked.is_empty() => booked.standing().cloned().collect(),
        VoidOutcome::Voided | VoidOutcome::AlreadyVoided => {
            booked.standing().filter(|it| asked.contains(&it.as_str())).cloned().collect()
        }
        VoidOutcome::Partly => {
            let voided = |it: &&TrackingNumber| {
                answer.packages.iter().any(|told| told.voided && told.tracking_number == it.as_str())
            };
            booked.standing().filter(voided).cloned().collect()
        }
        _ => Vec::new(),
    };
    if booked.standing().all(|it| gone.contains(it)) {
        let reversal = write_back::plan_reversal(&booked.write_back.steps, &journey.site.site.write_back.rules);
        let event = Event::Part(Part::Voided { at: now, reversal });
        return journey.step(now, ENGINE, event, format!("voided {number} at UPS"));
    }
    if !gone.is_empty() {
        let names: Vec<_> = gone.iter().map(TrackingNumber::as_str).collect();
        let words = format!("voided {} of {number} at UPS; the other packages go on", names.join(", "));
        let steps = remaining(journey, booked, &gone);
        journey.step(now, ENGINE, Event::Part(Part::PackagesVoided { at: now, packages: gone, steps }), words);
    }
    if !answer.is_void() {
        refused(journey, &number, refusal(answer), now);
    }
}

/// What SYSPRO is to hold when some packages are gone: the numbers that remain and their count.
fn remaining(journey: &Journey, booked: &Booked, gone: &[TrackingNumber]) -> Vec<WriteStep> {
    let site = &journey.site.site;
    if !site.may_write_to_syspro() {
        return Vec::new();
    }
    let mut waybill = booked.standing_waybill();
    waybill.tracking_numbers.retain(|it| !gone.contains(it));
    let document = &booked.rated.received().document;
    let (rules, earlier) = (&site.write_back.rules, &booked.write_back.steps);
    write_back::plan_remaining(document, &waybill, booked.rated.ship_date, rules, earlier).into_iter().collect()
}

fn refused(journey: &mut Journey, number: &str, words: String, now: Timestamp) {
    // Some packages may be done and nothing be left of what was asked.
    let open = matches!(journey.state(), State::Booked(it) if matches!(it.void, Some(Void::Asked { .. })));
    if !open {
        return;
    }
    let told = format!("UPS does not void {number}: {words}");
    journey.step(now, ENGINE, Event::Part(Part::VoidRefused { words }), told);
}
