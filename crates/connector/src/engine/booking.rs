//! Buying the label, and finding out what became of it.
//!
//! ```text
//! Rated ─► token good? request well-formed? ─► INTENT (durable) ─► ask UPS ─┬─ waybill ──────► evidence + Booked (durable)
//!                                                                           ├─ certainly not ► evidence + Rated
//!                                                                           └─ silence ──────► evidence + Booking in doubt
//! ```
//!
//! This is the one moment that cannot be undone, so the order of the lines below is the point of the whole program:
//! everything that can fail without UPS fails before the intent; the intent is on disk before a socket opens; what UPS
//! answered is appended to the attempt even if somebody else holds the shipment by then. UPS has no idempotency key, so
//! a second call buys a second label: a shipment found in `Booking` is asked about (`doubt.rs`), never booked again. And
//! because another node may have booked for the same sales order, or a person released its second document, the intent is
//! recorded only while no other document of the order has a live shipment.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use shipment::hold::{Hold, Reason};
use shipment::money::Money;
use shipment::number::{AttemptNumber, Reference, ShipmentId, ShipmentIdentificationNumber, TrackingNumber};
use shipment::service::Service;
use shipment::state::{Attempt, Event, Gone, Rated, State};
use shipment::waybill::{Charges, ItemizedCharge, Waybill};
use shipment::write_back;

use super::journey::{ENGINE, Journey};
use super::request::booking_of;
use crate::app::{App, Kept};
use crate::clock::Clock;
use crate::config::ShipFrom;
use crate::crash::{self, Point};
use crate::remote::trouble::Trouble;
use crate::store::{Evidence, Intent, LabelRow, Outcome, Rivals, StoreError};

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
    if !app.may_book(&journey.site, now).await? {
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

    let document = &rated.received().document;
    let rivals = Rivals { source, orders: document.sales_orders.clone() };

    crash::point(Point::IntentDecided);
    let mark = journey.marked();
    let attempt = Attempt { number, reference: reference.clone(), asked_at: now };
    journey.intent = Some(Intent {
        attempt: number,
        reference,
        request_digest: hex(&Sha256::digest(body.as_bytes())),
        request: body,
        asked_at: now,
        watch_until: now + WATCH,
        unless: Some(rivals),
    });
    journey.step(now, ENGINE, Event::Asked(attempt), format!("booking asked, attempt {number}"));
    let lease = app.clock.real_now() + journey.site.booking_lease();
    let stored = Stopwatch(app.clock.monotonic());
    match app.record_and_keep(journey, now, lease).await {
        Ok(Kept::Yes) => {}
        Ok(Kept::Lost) => return Ok(Asked::Lost),
        Ok(Kept::Linked(other)) => {
            journey.return_to(mark);
            gives_way(app, journey, other, now).await?;
            return Ok(Asked::GoOn);
        }
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

/// Another document of the same sales order is bought already, or being bought: this one is not.
async fn gives_way(app: &App, journey: &mut Journey, other: ShipmentId, now: Timestamp) -> Result<(), StoreError> {
    let row = app.store.shipment(&journey.site.site.name, other).await?;
    let name = row.map_or_else(|| format!("shipment {other}"), |it| format!("{} {}", it.source.noun(), it.document));
    let gone = Gone::NotOurs { what: format!("its sales order is shipped with {name}") };
    let words = format!("not booked: {}", gone.words());
    journey.step(now, ENGINE, Event::Gone(gone), words);
    Ok(())
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
            booked(app, journey, &waybill, rated, number, now).await?;
            Ok(Asked::GoOn)
        }
        Err(error) => {
            let outcome = if error.may_have_taken_effect() { Outcome::InDoubt } else { Outcome::NotBooked };
            journey.evidence = Some(Evidence { attempt: number, outcome, answer: Some(kept(&error)), at: now });
            let trouble = Trouble::from(&error);
            if error.may_have_taken_effect() {
                let words = format!("in doubt: {}", trouble.words);
                journey.step(now, ENGINE, Event::AnswerLost { at: now, why: trouble.words }, words);
                app.doubted(&journey.site).await?;
                return Ok(Asked::GoOn);
            }
            let words = format!("not booked: {}", trouble.words);
            journey.step(now, ENGINE, Event::NotBooked { why: trouble.words.clone() }, words);
            Err(trouble)
        }
    }
}

/// UPS answered with a waybill.
pub(super) async fn booked(
    app: &App,
    journey: &mut Journey,
    answer: &ups::Waybill,
    rated: &Rated,
    attempt: AttemptNumber,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(shipment_number) = lead_number(&answer.shipment_identification_number, &answer.packages) else {
        super::doubt::unreadable_number(journey, now);
        return Ok(());
    };
    let mut tracking_numbers = Vec::new();
    for (index, package) in answer.packages.iter().enumerate() {
        let Some(number) = tracking_number(&package.tracking_number) else { continue };
        keep_label(journey, attempt, index, &number, package.label.as_ref());
        tracking_numbers.push(number);
    }
    let charges = Charges::Booked {
        published: answer.published.total.as_ref().and_then(money),
        negotiated: answer.negotiated.as_ref().and_then(|it| money(it.total.as_ref()?)),
        itemized: answer.published.itemized.iter().filter_map(itemized).collect(),
    };
    let waybill = Waybill { shipment_number, tracking_numbers, charges, adopted: false, booked_at: now };
    let cost = waybill.charges.payable().map_or("price unknown".to_owned(), |it| it.to_string());
    let words = format!("booked {} for {cost}", waybill.shipment_number);
    bought(journey, waybill, rated, words, now);
    app.settled(&journey.site).await
}

/// A waybill is ours: SYSPRO is told, where it may be.
pub(super) fn bought(journey: &mut Journey, waybill: Waybill, rated: &Rated, words: String, now: Timestamp) {
    let rules = &journey.site.site.write_back.rules;
    let steps = if journey.site.site.may_write_to_syspro() {
        write_back::plan(&rated.received().document, &waybill, rated.ship_date, rules)
    } else {
        Vec::new()
    };
    journey.step(now, ENGINE, Event::Booked { waybill: Box::new(waybill), steps }, words);
}

/// A package may be bought and its label unreadable; the label can be fetched again by its number.
pub(super) fn keep_label(
    journey: &mut Journey,
    attempt: AttemptNumber,
    index: usize,
    number: &TrackingNumber,
    label: Option<&ups::Label>,
) {
    let Some(label) = label else {
        tracing::warn!(document = %journey.document, "a bought package came without a readable label");
        return;
    };
    journey.labels.push(LabelRow {
        attempt,
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
pub(super) fn lead_number(number: &str, packages: &[ups::PackageResult]) -> Option<ShipmentIdentificationNumber> {
    shipment_number(number).or_else(|| packages.iter().find_map(|it| shipment_number(&it.tracking_number)))
}

fn tracking_number(text: &str) -> Option<TrackingNumber> {
    text.parse().ok()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
