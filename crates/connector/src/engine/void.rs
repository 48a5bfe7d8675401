//! Undoing a booking at UPS, and taking its number back out of SYSPRO.
//!
//! UPS's void is idempotent by its effect: voiding twice answers "already voided", which is success. A lost answer is
//! therefore simply asked again.

use jiff::Timestamp;
use shipment::remedy::{Remedy, wait_before_retry};
use shipment::state::{Event, Part, State, Void};
use shipment::write_back;
use ups::VoidOutcome;

use super::journey::{ENGINE, Journey};
use crate::crash::{self, Point};
use crate::remote::trouble::Trouble;

fn refusal(answer: &ups::VoidAnswer) -> String {
    match &answer.outcome {
        VoidOutcome::Partly => {
            let left: Vec<_> =
                answer.packages.iter().filter(|it| !it.voided).map(|it| it.tracking_number.as_str()).collect();
            format!("only some packages are voided; not {}", left.join(", "))
        }
        VoidOutcome::NotVoided { code, message }
        | VoidOutcome::NotKnown { code, message }
        | VoidOutcome::NotByPackage { code, message } => {
            format!("{message} ({code})")
        }
        VoidOutcome::TooLate { message, .. } => {
            let code = answer.alerts.first().map_or("too late", |it| it.code.as_str());
            format!("{message} ({code})")
        }
        other => format!("{other:?}"),
    }
}

pub(super) async fn void(journey: &mut Journey, now: Timestamp) -> Result<(), Trouble> {
    let State::Booked(booked) = journey.state() else { return Ok(()) };
    let tries = match &booked.void {
        Some(Void::Asked { tries, .. }) => *tries,
        Some(Void::Voided { .. }) | None => return Ok(()),
    };
    let number = booked.waybill.shipment_number.to_string();
    let reversal = write_back::plan_reversal(&booked.write_back.steps, &journey.site.site.write_back.rules);
    match journey.site.ups.void(&number).await {
        Ok(answer) if answer.is_void() => {
            crash::point(Point::Voided);
            let event = Event::Part(Part::Voided { at: now, reversal });
            journey.step(now, ENGINE, event, format!("voided {number} at UPS"));
            Ok(())
        }
        Ok(answer) => {
            let words = refusal(&answer);
            journey.step(
                now,
                ENGINE,
                Event::Part(Part::VoidRefused { words: words.clone() }),
                format!("UPS does not void {number}: {words}"),
            );
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
                    let words = trouble.words.clone();
                    journey.step(
                        now,
                        ENGINE,
                        Event::Part(Part::VoidRefused { words }),
                        format!("UPS does not void {number}: {}", trouble.words),
                    );
                    Ok(())
                }
                Remedy::Outage | Remedy::Reauthenticate | Remedy::Operator => Err(trouble),
            }
        }
    }
}
