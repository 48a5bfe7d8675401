//! Buying the label, and finding out what became of it.
//!
//! ```text
//! Rated ─► token good? request well-formed? ─► INTENT (durable) ─► ask UPS ─┬─ waybill ──────► evidence + Booked (durable)
//!                                                                           ├─ certainly not ► evidence + Rated
//!                                                                           └─ silence ──────► evidence + Booking in doubt
//! Booking in doubt ─► stored evidence? ─► ask UPS by our reference ─► adopted · voided · nothing (yet) ─► … ─► desk
//! ```
//!
//! This is the one moment that cannot be undone, so the order of the lines below is the point of the whole program:
//! everything that can fail without UPS fails before the intent; the intent is on disk before a socket opens; what UPS
//! answered is appended to the attempt even if somebody else holds the shipment by then. UPS has no idempotency key, so
//! a second call buys a second label: a shipment found in `Booking` is asked about, never booked again.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use shipment::hold::{Hold, Reason};
use shipment::money::Money;
use shipment::number::{AttemptNumber, Reference, ShipmentIdentificationNumber, TrackingNumber};
use shipment::service::Service;
use shipment::state::{Attempt, Booking, Event, Rated, State};
use shipment::waybill::{Charges, ItemizedCharge, Waybill};
use shipment::write_back;

use super::journey::{ENGINE, Journey};
use super::request::booking_of;
use crate::app::App;
use crate::clock::Clock;
use crate::config::ShipFrom;
use crate::crash::{self, Point};
use crate::remote::trouble::Trouble;
use crate::store::{Evidence, Intent, LabelRow, ListFilter, Outcome, StoreError};

/// How long an old reference may still bring a surprise, and is remembered for that.
const WATCH: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Storing an intent that took longer than this leaves too little of the lease.
const LONGEST_STORING: Duration = Duration::from_secs(30);

/// Since when, by a clock nobody sets.
#[derive(Clone, Copy)]
struct Stopwatch(Instant);

impl Stopwatch {
    fn elapsed_on(self, clock: &Clock) -> Duration {
        clock.monotonic().duration_since(self.0)
    }
}

/// What a booking left the journey with.
pub(super) enum Asked {
    /// The journey goes on.
    GoOn,
    /// Somebody else holds the shipment; what UPS said is kept with the attempt.
    Lost,
}

pub(super) async fn book(app: &App, journey: &mut Journey, now: Timestamp) -> Result<Asked, Trouble> {
    let State::Rated(rated) = journey.state().clone() else { return Ok(Asked::GoOn) };
    let Some((ship_from, service)) = parties(journey, &rated, now) else { return Ok(Asked::GoOn) };
    if !journey.site.may_book(now) {
        return Ok(Asked::GoOn);
    }
    // A refused token or a malformed request must not cost an attempt.
    journey.site.ups.ready().await?;
    let number = AttemptNumber(rated.received().attempts_made + 1);
    let site = &journey.site.site;
    let source = rated.received().document.source;
    let reference = Reference::derive(&site.name, &source, &journey.document, journey.release, number);
    let request = booking_of(site, &ship_from, &rated, &service, &reference);
    let body = request.body_json()?;

    crash::point(Point::IntentDecided);
    let attempt = Attempt { number, reference: reference.clone(), asked_at: now };
    journey.intent = Some(Intent {
        attempt: number,
        reference,
        request_digest: hex(&Sha256::digest(body.as_bytes())),
        request: body,
        asked_at: now,
        watch_until: now + WATCH,
    });
    journey.step(now, ENGINE, Event::Asked(attempt), format!("booking asked, attempt {number}"));
    let lease = app.clock.real_now() + journey.site.booking_lease();
    let stored = Stopwatch(app.clock.monotonic());
    match app.record_and_keep(journey, now, lease).await {
        Ok(true) => {}
        Ok(false) => return Ok(Asked::Lost),
        // Whether the intent stands is not known, and what it was made of is spent. Nothing was sent: whoever claims the
        // shipment when its lease has run out finds it as it stands.
        Err(error) => {
            tracing::error!(document = %journey.document, error = &error as &dyn std::error::Error, "an intent was not recorded; nothing is asked");
            return Ok(Asked::Lost);
        }
    }
    crash::point(Point::IntentRecorded);
    ask(app, journey, &rated, number, &request, (lease, stored)).await
}

async fn ask(
    app: &App,
    journey: &mut Journey,
    rated: &Rated,
    number: AttemptNumber,
    request: &ups::ShipRequest,
    (lease, stored): (Timestamp, Stopwatch),
) -> Result<Asked, Trouble> {
    // Storing the intent may have taken long; nobody asks with a lease that ends before the call must. Both clocks must
    // agree, because either can be set or stand still.
    let slow = stored.elapsed_on(&app.clock) > LONGEST_STORING;
    if slow || lease.duration_since(app.clock.real_now()) < journey.site.ship_deadline() {
        let now = app.clock.now();
        let why = "it was never sent: storing the intent took too long".to_owned();
        journey.evidence = Some(Evidence {
            attempt: number,
            outcome: Outcome::NotBooked,
            answer: Some(why.clone().into_bytes()),
            at: now,
        });
        journey.step(now, ENGINE, Event::NotBooked { why: why.clone() }, format!("not booked: {why}"));
        return Ok(Asked::GoOn);
    }
    let answer = journey.site.ups.ship(request).await;
    crash::point(Point::BookingAnswered);
    let now = app.clock.now();
    match answer {
        Ok(waybill) => {
            journey.evidence = Some(Evidence {
                attempt: number,
                outcome: Outcome::Booked,
                answer: Some(waybill.raw.to_vec()),
                at: now,
            });
            booked(journey, &waybill, rated, false, now);
            Ok(Asked::GoOn)
        }
        Err(error) => {
            let outcome = if error.may_have_taken_effect() { Outcome::InDoubt } else { Outcome::NotBooked };
            journey.evidence = Some(Evidence { attempt: number, outcome, answer: Some(kept(&error)), at: now });
            let trouble = Trouble::from(&error);
            if error.may_have_taken_effect() {
                let words = format!("in doubt: {}", trouble.words);
                journey.step(now, ENGINE, Event::AnswerLost { at: now, why: trouble.words }, words);
                journey.site.doubted();
                return Ok(Asked::GoOn);
            }
            let words = format!("not booked: {}", trouble.words);
            journey.step(now, ENGINE, Event::NotBooked { why: trouble.words.clone() }, words);
            Err(trouble)
        }
    }
}

/// Resolves a doubt as far as it can be resolved now.
pub(super) async fn probe(app: &App, journey: &mut Journey, now: Timestamp) -> Result<(), Trouble> {
    let State::Booking(booking) = journey.state().clone() else { return Ok(()) };
    if from_evidence(app, journey, &booking, now).await? {
        return Ok(());
    }
    if booking.doubt.is_none() {
        let why = "the program ended before an answer was recorded".to_owned();
        journey.step(now, ENGINE, Event::AnswerLost { at: now, why: why.clone() }, format!("in doubt: {why}"));
        journey.site.doubted();
        return Ok(());
    }
    let answer = journey.site.ups.recover(&question_of(journey, &booking)).await?.outcome;
    crash::point(Point::ProbeAnswered);
    found(journey, &booking, answer, now);
    Ok(())
}

/// The one further attempt a site may opt in to: only after UPS was asked once more and still knows nothing.
pub(super) async fn try_again(journey: &mut Journey, now: Timestamp) -> Result<(), Trouble> {
    let State::Desk(booking) = journey.state().clone() else { return Ok(()) };
    let answer = journey.site.ups.recover(&question_of(journey, &booking)).await?.outcome;
    crash::point(Point::ProbeAnswered);
    match answer {
        ups::Recovery::NotFound => {
            let by = "the site's settings".to_owned();
            let reason = "UPS still knows nothing after the trust window".to_owned();
            let words = format!("one further attempt: {reason}");
            journey.step(now, ENGINE, Event::SaidAbsent { by, reason, at: now }, words);
        }
        ups::Recovery::Found(_) | ups::Recovery::Voided | ups::Recovery::ExistsNotReady { .. } => {
            found(journey, &booking, answer, now);
        }
        ups::Recovery::Candidates(_) | ups::Recovery::AlreadySent | ups::Recovery::Expired => {
            journey.life.for_people = true;
            journey.remark(
                now,
                ENGINE,
                "to_the_desk",
                "UPS knows something of it: a person must say under which number",
            );
        }
    }
    Ok(())
}

/// Asks for the booking by our reference.
fn question_of(journey: &Journey, booking: &Booking) -> ups::RecoveryRequest {
    let locator = ups::Locator::Reference {
        value: booking.attempt.reference.to_string(),
        account: Some(account_of(journey, &booking.rated)),
    };
    ups::RecoveryRequest::new(locator, &label_format_of(journey, &booking.rated))
}

/// Adopts a number a person named at the desk: UPS is asked for its label, so a wrong number is noticed.
pub(super) async fn adopt(
    app: &App,
    journey: &mut Journey,
    number: &TrackingNumber,
    (actor, reason): (&str, &str),
    now: Timestamp,
) -> Result<(), Trouble> {
    let (State::Desk(booking) | State::Booking(booking)) = journey.state().clone() else {
        journey.remark(now, actor, "refused", "nothing is in doubt here");
        return Ok(());
    };
    let locator = ups::Locator::TrackingNumber(number.to_string());
    let question = ups::RecoveryRequest::new(locator, &label_format_of(journey, &booking.rated));
    match journey.site.ups.recover(&question).await?.outcome {
        ups::Recovery::Found(recovered) => {
            if let Some(owner) = owner_of(app, journey, &recovered).await? {
                journey.remark(now, actor, "refused", format!("{number} is the label of {owner}"));
                return Ok(());
            }
            journey.remark(now, actor, "resolved", format!("adopts {number}: {reason}"));
            let words = format!("UPS gives the label of {number}");
            adopted(journey, &booking, &recovered, words, now);
        }
        other => {
            let words = format!("UPS does not give {number}: {}", why_not(&other));
            journey.remark(now, actor, "refused", words);
        }
    }
    Ok(())
}

/// Another shipment whose label it is, by its document: a number that was misread must not be shipped twice.
async fn owner_of(app: &App, journey: &Journey, recovered: &ups::Recovered) -> Result<Option<String>, Trouble> {
    let site = Some(journey.site.site.name.clone());
    for package in &recovered.packages {
        let filter =
            ListFilter { site: site.clone(), text: Some(package.tracking_number.clone()), ..ListFilter::default() };
        let found = app.store.list(&filter, None, 2).await?;
        if let Some(other) = found.into_iter().find(|it| it.id != journey.id) {
            return Ok(Some(format!("{} {}", other.source.noun(), other.document)));
        }
    }
    Ok(None)
}

fn why_not(answer: &ups::Recovery) -> &'static str {
    match answer {
        ups::Recovery::Found(_) => "it has another owner",
        ups::Recovery::Candidates(_) => "it stands for several shipments",
        ups::Recovery::NotFound => "it is not known",
        ups::Recovery::Voided => "it was voided",
        ups::Recovery::ExistsNotReady { .. } => "it exists and its label is not ready yet; try again later",
        ups::Recovery::AlreadySent => "it is on its way already and its label is no longer given",
        ups::Recovery::Expired => "its label has expired",
    }
}

fn found(journey: &mut Journey, booking: &Booking, answer: ups::Recovery, now: Timestamp) {
    match answer {
        // UPS's test host gives every shipment the same number, so its recovery decides nothing.
        ups::Recovery::Found(_) if journey.site.is_test_host() => {
            journey.step(now, ENGINE, Event::ProbedNothing, "UPS's test host cannot tell our label from others");
        }
        ups::Recovery::Found(recovered) if recovered.packages.len() != booking.rated.packed.packages.len() => {
            journey.life.for_people = true;
            let (got, asked) = (recovered.packages.len(), booking.rated.packed.packages.len());
            journey.remark(
                now,
                ENGINE,
                "not_whole",
                format!("UPS gives {got} of {asked} packages under our reference"),
            );
            if matches!(journey.state(), State::Booking(_)) {
                journey.step(now, ENGINE, Event::ProbesOver, "it exists: a person must find its other packages");
            }
        }
        ups::Recovery::Found(recovered) => {
            let words = format!("found at UPS by our reference: {}", recovered.shipment_identification_number);
            adopted(journey, booking, &recovered, words, now);
        }
        ups::Recovery::Voided => {
            journey.step(now, ENGINE, Event::FoundVoided, "UPS knows our reference only as voided");
        }
        ups::Recovery::NotFound => {
            journey.step(now, ENGINE, Event::ProbedNothing, "UPS does not know our reference yet");
        }
        ups::Recovery::ExistsNotReady { code } => {
            journey.life.for_people = true;
            // It exists: the question stays open however often it is asked, and nobody may call it absent.
            let trouble = Trouble::exists_not_ready(&code);
            journey.stumble(now, "asking UPS for the label", &trouble);
        }
        ups::Recovery::Candidates(list) => {
            let numbers: Vec<_> = list.iter().map(|it| it.tracking_number.as_str()).collect();
            let words = format!("UPS knows several shipments under our reference: {}", numbers.join(", "));
            journey.life.for_people = true;
            journey.remark(now, ENGINE, "several_found", words);
            journey.step(now, ENGINE, Event::ProbesOver, "a person must say which number is right");
        }
        ups::Recovery::AlreadySent | ups::Recovery::Expired => {
            journey.life.for_people = true;
            journey.remark(now, ENGINE, "label_gone", "UPS knows the shipment and no longer gives its label");
            journey.step(now, ENGINE, Event::ProbesOver, "it exists: a person must say under which number");
        }
    }
}

fn adopted(journey: &mut Journey, booking: &Booking, recovered: &ups::Recovered, words: String, now: Timestamp) {
    let Some(shipment_number) = lead_number(&recovered.shipment_identification_number, &recovered.packages) else {
        return unreadable_number(journey, now);
    };
    let mut tracking_numbers = Vec::new();
    for (index, package) in recovered.packages.iter().enumerate() {
        let Some(number) = tracking_number(&package.tracking_number) else { continue };
        keep_label(journey, index, &number, package.label.as_ref());
        tracking_numbers.push(number);
    }
    let waybill = Waybill {
        shipment_number,
        tracking_numbers,
        charges: Charges::QuotedOnly(booking.rated.quote.clone()),
        adopted: true,
        booked_at: now,
    };
    bought(journey, waybill, &booking.rated, words, now);
}

/// An answer that came after the desk was asked: it is applied, and the desk has nothing left to decide.
pub(super) async fn late_evidence(app: &App, journey: &mut Journey) -> Result<(), StoreError> {
    let State::Desk(booking) = journey.state().clone() else { return Ok(()) };
    let now = app.clock.now();
    let attempts = app.store.attempts_of(&journey.site.site.name, journey.id).await?;
    let answered = attempts.into_iter().find(|row| row.attempt == booking.attempt.number);
    let Some((Some(Outcome::Booked), Some(raw))) = answered.map(|row| (row.outcome, row.answer)) else { return Ok(()) };
    match ups::Waybill::from_raw(&raw, booking.rated.packed.packages.len()) {
        Ok(waybill) => booked(journey, &waybill, &booking.rated, false, now),
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
            booked(journey, &waybill, &booking.rated, false, now);
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

fn booked(journey: &mut Journey, answer: &ups::Waybill, rated: &Rated, adopted: bool, now: Timestamp) {
    let Some(shipment_number) = lead_number(&answer.shipment_identification_number, &answer.packages) else {
        return unreadable_number(journey, now);
    };
    let mut tracking_numbers = Vec::new();
    for (index, package) in answer.packages.iter().enumerate() {
        let Some(number) = tracking_number(&package.tracking_number) else { continue };
        keep_label(journey, index, &number, package.label.as_ref());
        tracking_numbers.push(number);
    }
    let charges = Charges::Booked {
        published: answer.published.total.as_ref().and_then(money),
        negotiated: answer.negotiated.as_ref().and_then(|it| money(it.total.as_ref()?)),
        itemized: answer.published.itemized.iter().filter_map(itemized).collect(),
    };
    let waybill = Waybill { shipment_number, tracking_numbers, charges, adopted, booked_at: now };
    let cost = waybill.charges.payable().map_or("price unknown".to_owned(), |it| it.to_string());
    let words = format!("booked {} for {cost}", waybill.shipment_number);
    journey.site.settled();
    bought(journey, waybill, rated, words, now);
}

fn bought(journey: &mut Journey, waybill: Waybill, rated: &Rated, words: String, now: Timestamp) {
    let rules = &journey.site.site.write_back.rules;
    let steps = if journey.site.site.may_write_to_syspro() {
        write_back::plan(&rated.received().document, &waybill, rated.ship_date, rules)
    } else {
        Vec::new()
    };
    journey.step(now, ENGINE, Event::Booked { waybill: Box::new(waybill), steps }, words);
}

/// A package may be bought and its label unreadable; the label can be fetched again by its number.
fn keep_label(journey: &mut Journey, index: usize, number: &TrackingNumber, label: Option<&ups::Label>) {
    let Some(label) = label else {
        tracing::warn!(document = %journey.document, "a bought package came without a readable label");
        return;
    };
    journey.labels.push(LabelRow {
        package_no: u32::try_from(index + 1).unwrap_or(u32::MAX),
        kind: "label".to_owned(),
        tracking_number: number.clone(),
        format: label.format.code().to_lowercase(),
        bytes: label.bytes.to_vec(),
    });
}

/// Ship-from and service; a hold is applied where one is missing or too dear.
fn parties(journey: &mut Journey, rated: &Rated, now: Timestamp) -> Option<(ShipFrom, Service)> {
    let received = rated.received();
    let Some(ship_from) = journey.site.site.ship_from(&received.document.warehouse).cloned() else {
        let what = format!("warehouse {} is no longer a ship-from of this site", received.document.warehouse);
        journey.hold(now, Hold::from(Reason::NotReadable { what }));
        return None;
    };
    let Some(service) = received.service.clone() else {
        let ship_via = received.document.ship_via.to_string();
        journey.hold(now, Hold::from(Reason::UnmappedShipVia { ship_via }));
        return None;
    };
    Some((ship_from, service))
}

fn account_of(journey: &Journey, rated: &Rated) -> String {
    let site = &journey.site.site;
    site.ship_from(&rated.received().document.warehouse)
        .and_then(|it| it.account.as_ref())
        .unwrap_or(&site.ups.account)
        .to_string()
}

fn label_format_of(journey: &Journey, rated: &Rated) -> ups::LabelFormat {
    let site = &journey.site.site;
    site.ship_from(&rated.received().document.warehouse)
        .map_or(ups::LabelFormat::Gif, |it| super::request::label_format(site, it))
}

fn money(amount: &ups::Amount) -> Option<Money> {
    Money::from_decimal(amount.value, amount.currency.parse().ok()?).ok()
}

fn itemized(charge: &ups::ItemizedCharge) -> Option<ItemizedCharge> {
    Some(ItemizedCharge { code: charge.code.as_str().to_owned(), amount: money(charge.amount.as_ref()?)? })
}

/// What is kept of an answer that was no waybill: as much of it as came, or else our words.
fn kept(error: &ups::Error) -> Vec<u8> {
    match error {
        ups::Error::AnswerLost { body, .. } if !body.is_empty() => body.to_vec(),
        other => other.to_string().into_bytes(),
    }
}

fn shipment_number(text: &str) -> Option<ShipmentIdentificationNumber> {
    text.parse().ok()
}

/// The shipment's number, or else the first package's, which is the same number by UPS's rule.
fn lead_number(number: &str, packages: &[ups::PackageResult]) -> Option<ShipmentIdentificationNumber> {
    shipment_number(number).or_else(|| packages.iter().find_map(|it| shipment_number(&it.tracking_number)))
}

/// UPS sold a label whose number nobody can read: a person must find it, and nothing is bought meanwhile.
fn unreadable_number(journey: &mut Journey, now: Timestamp) {
    journey.life.for_people = true;
    let what = "UPS booked it and its number cannot be read; the answer is kept with the attempt".to_owned();
    journey.ask_a_person(now, Hold::from(Reason::NotReadable { what }));
}

fn tracking_number(text: &str) -> Option<TrackingNumber> {
    text.parse().ok()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
