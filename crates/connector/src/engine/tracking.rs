//! Following a parcel: its scans come down to one status, SYSPRO hears what changed, people what should worry them.
//!
//! ```text
//! due: ask UPS for every package ─┐
//! woken: a feed told something ───┴─► all scans kept of it ─► reduce (pure) per package ─► combine ─► status, days
//!                                                               │ concerns per package                   │ changed
//!                                                               ▼                                        ▼
//!                                                             alarms                 status and delivery steps for SYSPRO
//! ```
//!
//! "Not found" is no news: a label is commonly unknown until the manifest is processed. A failed question postpones the
//! next one and nothing else; the parcel moves without us. Where UPS tells by itself, questions become rare, and what a
//! question brings that should have been told is remembered: then they are frequent again until UPS is heard.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use shipment::alarm::Kind;
use shipment::hold::{Hold, Reason};
use shipment::number::TrackingNumber;
use shipment::state::{Booked, Event, Part, State};
use shipment::tracking::{
    Concern, Expectation, Feed, Hearing, Pace, Scan, Status, Summary, combine, concerns, next_look, reduce,
};
use shipment::write_back::{self, WriteStep};

use super::journey::{ENGINE, Journey};
use crate::app::App;
use crate::config::AlertLevel;
use crate::crash::{self, Point};
use crate::remote::trouble::Trouble;
use crate::store::{ScanRow, StoreError};
use crate::tracking::inbox::TRACK_ALERT;
use crate::tracking::{kept, of_package, reading};

/// A site that was not called for so long although it should have been is silent.
const SILENT: SignedDuration = SignedDuration::from_hours(6);
/// A call of UPS may be on its way for so long before a question that brings its scan counts it as missed.
const ON_ITS_WAY: SignedDuration = SignedDuration::from_mins(15);

/// Asks UPS for every package.
pub(super) async fn follow(app: &App, journey: &mut Journey, now: Timestamp) -> Result<(), Trouble> {
    let State::Booked(booked) = journey.state().clone() else { return Ok(()) };
    let mut asked = Vec::new();
    for number in booked.standing() {
        journey.site.budget.wait().await;
        let answer = match journey.site.ups.track(number.as_str()).await {
            Ok(answer) => answer,
            Err(error) => return failed(journey, &booked, Trouble::from(&error), now),
        };
        asked.extend(scans_of(number, &answer));
    }
    crash::point(Point::Tracked);
    let rows = app.store.scans_of(&journey.site.site.name, journey.id).await?;
    let mut hearing = booked.tracking.hearing.clone();
    if missed(app, journey, &rows, &asked, now).await? {
        hearing.missed_at = Some(now);
        silent(app, journey, now).await?;
    }
    journey.scans.extend(asked.iter().map(|scan| kept(scan, now, None)));
    tell(journey, &booked, &Packages::of(&booked, &rows, &asked), hearing, now);
    Ok(())
}

/// A feed told something: what it told stands in the store.
pub(super) async fn heard(app: &App, journey: &mut Journey, now: Timestamp) -> Result<(), StoreError> {
    let State::Booked(booked) = journey.state().clone() else { return Ok(()) };
    if booked.is_voided() {
        return Ok(());
    }
    let rows = app.store.scans_of(&journey.site.site.name, journey.id).await?;
    let told = rows.iter().filter(|row| row.feed != Feed::TrackApi).filter_map(|row| row.heard_at);
    let hearing = &booked.tracking.hearing;
    let hearing = Hearing { heard_at: told.max().max(hearing.heard_at), ..hearing.clone() };
    tell(journey, &booked, &Packages::of(&booked, &rows, &[]), hearing, now);
    Ok(())
}

/// All scans known of each package, whoever told them.
struct Packages(Vec<Option<Summary>>);

impl Packages {
    fn of(booked: &Booked, rows: &[ScanRow], asked: &[Scan]) -> Self {
        let all = booked.standing().map(|number| {
            let mut scans = of_package(rows, number);
            scans.extend(asked.iter().filter(|scan| scan.tracking_number == *number).cloned());
            reduce(&scans)
        });
        Self(all.collect())
    }
}

/// Whether the question brought a scan that UPS should have told by itself and did not.
async fn missed(
    app: &App,
    journey: &Journey,
    rows: &[ScanRow],
    asked: &[Scan],
    now: Timestamp,
) -> Result<bool, StoreError> {
    let site = &journey.site;
    let Some(alerts) = &site.site.tracking.alerts else { return Ok(false) };
    let Some(since) = app.store.subscribed_since(&site.site.name, journey.id, now).await? else { return Ok(false) };
    let is_known = |scan: &Scan, feed: Feed| {
        let identity = Scan { feed, ..scan.clone() }.identity();
        rows.iter().any(|row| row.identity == identity)
    };
    let is_told = |scan: &Scan| {
        let chosen = alerts.events.is_empty() || alerts.events.contains(&scan.type_letter);
        alerts.level == AlertLevel::Standard || chosen
    };
    Ok(asked.iter().any(|scan| {
        let due = scan.at > since && now.duration_since(scan.at) > ON_ITS_WAY;
        due && is_told(scan) && !is_known(scan, Feed::TrackApi) && !is_known(scan, Feed::TrackAlert)
    }))
}

/// One parcel's call may be lost; a site that hears none for hours is told to a person. The next call settles it.
async fn silent(app: &App, journey: &mut Journey, now: Timestamp) -> Result<(), StoreError> {
    let feeds = app.store.feeds(&journey.site.site.name).await?;
    let heard = feeds.iter().find(|it| it.feed == Feed::TrackAlert).and_then(|it| it.last_at);
    if heard.is_some_and(|at| now.duration_since(at) < SILENT) {
        return Ok(());
    }
    let since = heard.map_or("ever".to_owned(), |at| format!("since {} UTC", at.strftime("%F %H:%M")));
    let words = format!("UPS has not called {since}, and questions bring scans it should have called about");
    journey.raise_for(now, Kind::WebhookSilent, TRACK_ALERT, words);
    Ok(())
}

fn tell(journey: &mut Journey, booked: &Booked, packages: &Packages, mut hearing: Hearing, now: Timestamp) {
    let site = &journey.site.site;
    let summary = combine(&packages.0);
    let before = booked.tracking.summary.as_ref();
    let news = summary.as_ref().is_some_and(|it| Some(&it.status) != before.map(|it| &it.status));
    let steps = match &summary {
        Some(summary) if site.may_write_to_syspro() => steps_for(journey, booked, summary),
        _ => Vec::new(),
    };
    hearing.concerns = worries(journey, booked, packages, now);
    let arrived = summary.as_ref().or(before).is_some_and(|it| it.status.is_final());
    let next_at = if arrived { None } else { next_look(now, booked.waybill.booked_at, &hearing, &pace(journey)) };
    let given_up = !arrived && next_at.is_none() && booked.tracking.next_at.is_some();
    let words = summary.as_ref().map(words_of).unwrap_or_default();
    let part = Event::Part(Part::Tracked { summary: summary.map(Box::new), steps, next_at, hearing });
    if news {
        journey.step(now, ENGINE, part, words);
    } else {
        journey.quietly(part);
    }
    if given_up {
        gave_up(journey, now);
    }
}

fn words_of(summary: &Summary) -> String {
    let evidence = &summary.evidence;
    let words = format!("{}: {} {}", summary.status.code().replace('_', " "), evidence.description, evidence.place);
    words.trim().to_owned()
}

fn pace(journey: &Journey) -> Pace {
    let tracking = &journey.site.site.tracking;
    Pace { every: tracking.every, give_up_after: tracking.give_up_after }
}

fn worries(journey: &Journey, booked: &Booked, packages: &Packages, now: Timestamp) -> Vec<(TrackingNumber, Concern)> {
    let site = &journey.site.site;
    let to = &booked.rated.packed.addressed.address;
    let expected = Expectation {
        ship_date: booked.rated.ship_date,
        today: day_at_the_dock(journey, booked, now),
        state: &to.state,
        postal_code: &to.postal_code,
        country: &to.country,
        no_scan_after: site.tracking.no_scan_after,
    };
    let numbers = booked.standing().zip(&packages.0);
    let each = numbers.flat_map(|(number, summary)| {
        concerns(summary.as_ref(), now, &expected).into_iter().map(|it| (number.clone(), it))
    });
    each.collect()
}

fn day_at_the_dock(journey: &Journey, booked: &Booked, at: Timestamp) -> Date {
    let warehouse = &booked.rated.received().document.warehouse;
    let zone = journey.site.site.ship_from(warehouse).map(|it| it.calendar.time_zone.clone());
    at.to_zoned(zone.unwrap_or(TimeZone::UTC)).date()
}

/// Nobody asks any more, and no scan says that it arrived: a person looks, or nobody ever would.
fn gave_up(journey: &mut Journey, now: Timestamp) {
    let last = "no scan says that it has arrived, and UPS is not asked any more".to_owned();
    let hold = Hold::from(Reason::PatienceEnded { step: "following the parcel".to_owned(), last });
    let words = hold.words();
    journey.step(now, ENGINE, Event::Part(Part::Attention(hold)), words);
}

/// SYSPRO hears what changed: a status that moves something, and the day it arrived.
fn steps_for(journey: &Journey, booked: &Booked, summary: &Summary) -> Vec<WriteStep> {
    let document = &booked.rated.received().document;
    let rules = &journey.site.site.write_back.rules;
    let before = booked.tracking.summary.as_ref();
    let mut steps = Vec::new();
    let moved = !matches!(summary.status, Status::Notice { .. });
    if moved && before.map(|it| &it.status) != Some(&summary.status) {
        steps.extend(write_back::plan_status(document, &summary.status, rules));
    }
    let delivered = |it: &Summary| {
        (it.status == Status::Delivered).then(|| it.days.delivered.unwrap_or(day_at_the_dock(journey, booked, it.at)))
    };
    if let Some(day) = delivered(summary)
        && before.and_then(delivered) != Some(day)
    {
        steps.extend(write_back::plan_delivery(document, day, rules));
        let earlier = &booked.write_back.steps;
        steps.extend(write_back::plan_delivery_comment(document, &booked.waybill, day, rules, earlier));
    }
    if summary.status.is_final() && before.map(|it| &it.status) != Some(&summary.status) {
        steps.extend(write_back::plan_invoice_copy(document, &summary.status, rules));
    }
    steps
}

fn failed(journey: &mut Journey, booked: &Booked, trouble: Trouble, now: Timestamp) -> Result<(), Trouble> {
    if trouble.is_the_sites() {
        return Err(trouble);
    }
    let hearing = booked.tracking.hearing.clone();
    let next_at = next_look(now, booked.waybill.booked_at, &hearing, &pace(journey));
    let given_up = next_at.is_none();
    let summary = booked.tracking.summary.clone().map(Box::new);
    journey.quietly(Event::Part(Part::Tracked { summary, steps: Vec::new(), next_at, hearing }));
    if given_up {
        gave_up(journey, now);
    }
    tracing::warn!(document = %journey.document, trouble = %trouble.words, "tracking postponed");
    Ok(())
}

/// The scans of a package that was asked for, if UPS knows it.
pub(super) fn scans_of(number: &TrackingNumber, answer: &ups::Tracking) -> Vec<Scan> {
    answer.package(number.as_str()).map(|it| reading::of_package(number, it)).unwrap_or_default()
}
