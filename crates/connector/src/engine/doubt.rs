//! Finding out what became of a booking whose answer was lost.
//!
//! ```text
//! in doubt ─► stored evidence? ─► inquiry ─┬─ whole ────────► adopted, its charges quoted only
//!    ▲   2 s, 10 s, 30 s, 2 min, 10 min    ├─ voided ───────► held
//!    └─────── nothing (yet) ◄──────────────┼─ exists ───────► desk: nobody may call it absent any more
//!                  └─ to the end ─► desk ──┘ (looked at for a week: late visibility ends a doubt by itself)
//!                                    └─ a person: adopt · void and restart · absent, after UPS was asked once more
//! ```
//!
//! Nothing here books. What happens twice: every question. What a crash costs: a question more, because an answer is
//! applied and recorded in one transaction. What is deliberately not here: how UPS is asked (`inquiry.rs`), and the looks
//! at attempts that are over (`watch.rs`).

use jiff::Timestamp;
use shipment::hold::{Hold, Reason};
use shipment::number::TrackingNumber;
use shipment::state::{Booking, Event, Known, Part, State};
use shipment::waybill::{Charges, Waybill};

use super::booking::{booked, bought, keep_label, lead_number};
use super::inquiry::{Finding, Inquiry};
use super::journey::{ENGINE, Journey};
use crate::app::App;
use crate::crash::{self, Point};
use crate::remote::trouble::Trouble;
use crate::store::{ListFilter, Outcome, StoreError};

/// Resolves a doubt as far as it can be resolved now.
pub(super) async fn probe(app: &App, journey: &mut Journey, now: Timestamp) -> Result<(), Trouble> {
    let Some(booking) = journey.state().doubt().cloned() else { return Ok(()) };
    if from_evidence(app, journey, &booking, now).await? {
        return Ok(());
    }
    if booking.doubt.is_none() {
        let why = "the program ended before an answer was recorded".to_owned();
        journey.step(now, ENGINE, Event::AnswerLost { at: now, why: why.clone() }, format!("in doubt: {why}"));
        app.doubted(&journey.site).await?;
        return Ok(());
    }
    let finding = match asked(journey, &booking, now).await {
        Ok(finding) => finding,
        // At the desk a look that brought nothing is followed by the next one; a person is there already.
        Err(trouble) if matches!(journey.state(), State::Desk(_)) && !trouble.is_the_sites() => {
            let words = format!("UPS could not be asked: {}", trouble.words);
            journey.step(now, ENGINE, Event::ProbedNothing { at: now }, words);
            return Ok(());
        }
        Err(trouble) => return Err(trouble),
    };
    crash::point(Point::ProbeAnswered);
    concluded(journey, &booking, finding, now);
    Ok(())
}

async fn asked(journey: &Journey, booking: &Booking, now: Timestamp) -> Result<Finding, Trouble> {
    let inquiry = Inquiry::about(journey, &booking.attempt, booking.rated.received());
    inquiry.ask(booking.rated.packed.packages.len(), now).await
}

fn concluded(journey: &mut Journey, booking: &Booking, finding: Finding, now: Timestamp) {
    match finding {
        Finding::Whole(recovered) => {
            let words = format!("found at UPS by our reference: {}", recovered.shipment_identification_number);
            adopted(journey, booking, &recovered, words, now);
        }
        Finding::Voided => {
            journey.step(now, ENGINE, Event::FoundVoided, "UPS knows our reference only as voided");
        }
        Finding::Nothing { words } => journey.step(now, ENGINE, Event::ProbedNothing { at: now }, words),
        Finding::NotReady { code } => {
            // It exists: the question stays open however often it is asked, and nobody may call it absent.
            let trouble = Trouble::exists_not_ready(&code);
            learned(journey, booking, Known { at: now, words: trouble.words.clone(), numbers: Vec::new() });
            if matches!(journey.state(), State::Booking(_)) {
                journey.stumble(now, "asking UPS for the label", &trouble);
            }
        }
        Finding::Exists { words, numbers } => {
            learned(journey, booking, Known { at: now, words, numbers });
            if matches!(journey.state(), State::Booking(_)) {
                journey.step(now, ENGINE, Event::ProbesOver, "it exists: a person must say under which number");
            }
        }
    }
}

/// Told once, however often UPS says it.
fn learned(journey: &mut Journey, booking: &Booking, known: Known) {
    let before = booking.doubt.as_ref().and_then(|it| it.known.as_ref());
    if before.is_some_and(|it| it.words == known.words) {
        return journey.quietly(Event::Learned(known));
    }
    let (at, words) = (known.at, known.words.clone());
    // A try that failed before is still counted: UPS's patience is measured from the first.
    let stumbling = journey.life.stumbling.clone();
    journey.step(at, ENGINE, Event::Learned(known), words);
    journey.life.stumbling = stumbling;
}

/// The one further attempt a site may opt in to: only after UPS was asked once more and still knows nothing.
pub(super) async fn try_again(journey: &mut Journey, now: Timestamp) -> Result<(), Trouble> {
    let State::Desk(booking) = journey.state().clone() else { return Ok(()) };
    let finding = asked(journey, &booking, now).await?;
    crash::point(Point::ProbeAnswered);
    let Finding::Nothing { .. } = finding else {
        concluded(journey, &booking, finding, now);
        return Ok(());
    };
    let by = "the site's settings".to_owned();
    let reason = "UPS still knows nothing after the trust window".to_owned();
    let words = format!("one further attempt: {reason}");
    journey.step(now, ENGINE, Event::SaidAbsent { by, reason, at: now }, words);
    Ok(())
}

/// A person says that there is none. Not while UPS may still be working on it, and not without asking UPS once more.
pub(super) async fn absent(journey: &mut Journey, by: &str, reason: &str, now: Timestamp) {
    let State::Desk(booking) = journey.state().clone() else {
        journey.remark(now, by, "refused", "nothing is at the in-doubt desk");
        return;
    };
    let earliest = booking.attempt.asked_at + journey.site.trust_window();
    if now < earliest {
        let words = format!("too early: UPS may still finish the last attempt; not before {earliest}");
        journey.remark(now, by, "refused", words);
        return;
    }
    match asked(journey, &booking, now).await {
        Ok(Finding::Nothing { .. }) => {
            let event = Event::SaidAbsent { by: by.to_owned(), reason: reason.to_owned(), at: now };
            if let Err(misstep) = journey.apply(now, by, event, format!("said absent: {reason}")) {
                journey.remark(now, by, "refused", misstep.to_string());
            }
        }
        Ok(finding) => {
            journey.remark(now, by, "refused", format!("said absent ({reason}), and UPS was asked once more"));
            concluded(journey, &booking, finding, now);
        }
        Err(trouble) => {
            let words =
                format!("UPS could not be asked once more, and without that nothing is bought: {}", trouble.words);
            journey.remark(now, by, "refused", words);
        }
    }
}

/// Adopts a number a person named at the desk: UPS is asked for its label, so a wrong number is noticed. `true` once it is
/// adopted.
pub(super) async fn adopt(
    app: &App,
    journey: &mut Journey,
    number: &TrackingNumber,
    (actor, reason): (&str, &str),
    now: Timestamp,
) -> Result<bool, Trouble> {
    let Some(booking) = journey.state().doubt().cloned() else {
        journey.remark(now, actor, "refused", "nothing is in doubt here");
        return Ok(false);
    };
    let packages = booking.rated.packed.packages.len();
    let inquiry = Inquiry::about(journey, &booking.attempt, booking.rated.received());
    let finding = inquiry.by_number(number, packages).await?;
    let Finding::Whole(recovered) = finding else {
        // Its label is no longer given: then tracking has to say that it is ours.
        let gone = matches!(finding, Finding::Exists { .. }) && !journey.site.is_test_host();
        if !gone || !inquiry.carries_our_reference(number).await? {
            let words = format!("UPS does not give {number}: {}", finding.why_not());
            journey.remark(now, actor, "refused", words);
            return Ok(false);
        }
        if let Some(owner) = owner_of(app, journey, &[number.to_string()]).await? {
            journey.remark(now, actor, "refused", format!("{number} is the label of {owner}"));
            return Ok(false);
        }
        journey.remark(now, actor, "resolved", format!("adopts {number}: {reason}"));
        without_label(journey, &booking, number, now);
        return Ok(true);
    };
    let numbers: Vec<String> = recovered.packages.iter().map(|it| it.tracking_number.clone()).collect();
    if let Some(owner) = owner_of(app, journey, &numbers).await? {
        journey.remark(now, actor, "refused", format!("{number} is the label of {owner}"));
        return Ok(false);
    }
    journey.remark(now, actor, "resolved", format!("adopts {number}: {reason}"));
    adopted(journey, &booking, &recovered, format!("UPS gives the label of {number}"), now);
    Ok(true)
}

/// It exists and travels, and its label is not to be had any more.
fn without_label(journey: &mut Journey, booking: &Booking, number: &TrackingNumber, now: Timestamp) {
    let Ok(shipment_number) = number.as_str().parse() else { return };
    let waybill = Waybill {
        shipment_number,
        tracking_numbers: vec![number.clone()],
        charges: Charges::QuotedOnly(booking.rated.quote.clone()),
        adopted: true,
        booked_at: now,
    };
    bought(journey, waybill, &booking.rated, "UPS carries it under our reference".to_owned(), now);
}

/// Another shipment whose label it is, by its document: a number that was misread must not be shipped twice.
pub(super) async fn owner_of(app: &App, journey: &Journey, numbers: &[String]) -> Result<Option<String>, Trouble> {
    let site = Some(journey.site.site.name.clone());
    for number in numbers {
        let filter = ListFilter { site: site.clone(), text: Some(number.clone()), ..ListFilter::default() };
        let found = app.store.list(&filter, None, 2).await?;
        if let Some(other) = found.into_iter().find(|it| it.id != journey.id) {
            return Ok(Some(format!("{} {}", other.source.noun(), other.document)));
        }
    }
    Ok(None)
}

fn adopted(journey: &mut Journey, booking: &Booking, recovered: &ups::Recovered, words: String, now: Timestamp) {
    let Some(shipment_number) = lead_number(&recovered.shipment_identification_number, &recovered.packages) else {
        return unreadable_number(journey, now);
    };
    let mut tracking_numbers = Vec::new();
    for (index, package) in recovered.packages.iter().enumerate() {
        let Ok(number) = package.tracking_number.parse() else { continue };
        keep_label(journey, booking.attempt.number, index, &number, package.label.as_ref());
        tracking_numbers.push(number);
    }
    let missing = booking.rated.packed.packages.len().saturating_sub(tracking_numbers.len());
    let waybill = Waybill {
        shipment_number,
        tracking_numbers,
        charges: Charges::QuotedOnly(booking.rated.quote.clone()),
        adopted: true,
        booked_at: now,
    };
    bought(journey, waybill, &booking.rated, words, now);
    if missing > 0 {
        let what = format!("UPS gave {missing} packages fewer than were asked for; look at them on UPS's own site");
        let hold = Hold::from(Reason::NotReadable { what });
        let words = hold.words();
        journey.step(now, ENGINE, Event::Part(Part::Attention(hold)), words);
    }
}

/// UPS sold a label whose number nobody can read: a person must find it, and nothing is bought meanwhile.
pub(super) fn unreadable_number(journey: &mut Journey, now: Timestamp) {
    let what = "UPS booked it and its number cannot be read; the answer is kept with the attempt".to_owned();
    journey.ask_a_person(now, Hold::from(Reason::NotReadable { what: what.clone() }));
    journey.quietly(Event::Learned(Known { at: now, words: what, numbers: Vec::new() }));
}

/// An answer that came after the desk was asked: it is applied, and the desk has nothing left to decide.
pub(super) async fn late_evidence(app: &App, journey: &mut Journey) -> Result<(), StoreError> {
    let State::Desk(booking) = journey.state().clone() else { return Ok(()) };
    let now = app.clock.now();
    let attempts = app.store.attempts_of(&journey.site.site.name, journey.id).await?;
    let answered = attempts.into_iter().find(|row| row.attempt == booking.attempt.number);
    let Some((Some(Outcome::Booked), Some(raw))) = answered.map(|row| (row.outcome, row.answer)) else { return Ok(()) };
    match ups::Waybill::from_raw(&raw, booking.rated.packed.packages.len()) {
        Ok(waybill) => booked(app, journey, &waybill, &booking.rated, booking.attempt.number, now).await?,
        Err(error) => tracing::error!(document = %journey.document, %error, "a kept waybill cannot be read"),
    }
    Ok(())
}

/// What UPS answered may be on record although the state never was: by a holder whose lease ended too early.
async fn from_evidence(app: &App, journey: &mut Journey, booking: &Booking, now: Timestamp) -> Result<bool, Trouble> {
    let attempts = app.store.attempts_of(&journey.site.site.name, journey.id).await?;
    let Some(row) = attempts.into_iter().find(|row| row.attempt == booking.attempt.number) else { return Ok(false) };
    match (row.outcome, row.answer) {
        (Some(Outcome::Booked), Some(raw)) => {
            let waybill = ups::Waybill::from_raw(&raw, booking.rated.packed.packages.len())?;
            booked(app, journey, &waybill, &booking.rated, booking.attempt.number, now).await?;
            Ok(true)
        }
        (Some(Outcome::NotBooked), _) => {
            let why = "UPS had refused it".to_owned();
            journey.step(now, ENGINE, Event::NotBooked { why }, "not booked: on record from an earlier holder");
            Ok(true)
        }
        (Some(Outcome::InDoubt | Outcome::Booked) | None, _) => Ok(false),
    }
}
