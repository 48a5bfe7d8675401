//! Many scans, one truth.
//!
//! ```text
//! tellings ─► one per event ─► guessed instants take those of a precise twin ─► by time, then by progress ─► fold
//!             (the most telling wins)     (same minute on the place's clock)                                  │
//!                         Summary { status, evidence, days of delivery, possession, contradicted } ◄──────────┘
//! ```
//!
//! The tellings are put in one fixed order first, so the result cannot depend on the order or number in which they came.
//! A guessed instant may be some hours wrong: within that margin a scan moves the package forward only.

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, Timestamp, Unit};
use serde::{Deserialize, Serialize};

use super::{Scan, Status};

/// The zones of this world lie no further from each other than a guess from the country may be wrong.
const GUESS_MARGIN: SignedDuration = SignedDuration::from_hours(14);

/// What UPS said about the day of delivery, at the destination.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryDays {
    /// The day first promised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promised: Option<Date>,
    /// The day UPS spoke of last: a new one where it was moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Date>,
    /// The day it was delivered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered: Option<Date>,
}

/// What all scans of one package come down to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Where it is.
    pub status: Status,
    /// When the deciding scan was made.
    pub at: Timestamp,
    /// The scan that says so.
    pub evidence: Scan,
    /// Days of delivery: promised, expected, done.
    #[serde(default)]
    pub days: DeliveryDays,
    /// When UPS first had the package in its hands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub possession: Option<Timestamp>,
    /// The latest scan of the package itself that does not fit a final status before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contradicted: Option<Box<Scan>>,
}

/// What the scans of one package come down to, in whatever order and however often they were told;
/// `None` without scans.
pub fn reduce(scans: &[Scan]) -> Option<Summary> {
    let scans = in_order(scans);
    let mut rest = scans.iter();
    let first = rest.next()?;
    let mut contradicted = None;
    let mut possession = first.status.is_physical().then_some(first.at);
    let held = rest.fold(first, |held, next| {
        if possession.is_none() && next.status.is_physical() {
            possession = Some(next.at);
        }
        if takes_over(held, next) {
            contradicted = None;
            return next;
        }
        if held.status.is_final() && next.status != held.status && next.status.is_physical() && !is_close(held, next) {
            contradicted = Some(Box::new(next.clone()));
        }
        held
    });
    Some(Summary {
        status: held.status.clone(),
        at: held.at,
        evidence: held.clone(),
        days: days(&scans, held),
        possession,
        contradicted,
    })
}

/// The shipment is where its least advanced package is, and delivered when all are: at the moment of the last. Of
/// packages that are all at an end the one that ended worst speaks. `None` while any package has no scan.
pub fn combine(summaries: &[Option<Summary>]) -> Option<Summary> {
    let known: Vec<&Summary> = summaries.iter().map(Option::as_ref).collect::<Option<_>>()?;
    let moving = known.iter().filter(|it| !it.status.is_final());
    let slowest = moving.min_by_key(|it| (it.status.progress(), it.at));
    let ended = || known.iter().max_by_key(|it| (badness(&it.status), it.at));
    slowest.or_else(ended).map(|it| (*it).clone())
}

fn badness(status: &Status) -> u8 {
    match status {
        Status::Lost => 3,
        Status::Returned => 2,
        Status::Voided => 1,
        _ => 0,
    }
}

/// Of a final status the first scan counts: delivered at nine is not delivered at ten. Of any other the last, which
/// knows the latest place.
fn takes_over(held: &Scan, next: &Scan) -> bool {
    if held.status == next.status && held.status.is_final() {
        return false;
    }
    let unsure = (held.is_guess || next.is_guess) && is_close(held, next);
    let forward = next.status.progress() >= held.status.progress();
    held.status.gives_way_to(&next.status) && (!unsure || forward)
}

fn is_close(held: &Scan, next: &Scan) -> bool {
    next.at.duration_since(held.at) <= GUESS_MARGIN
}

/// One scan per event, by time; at one instant the more advanced comes last.
fn in_order(scans: &[Scan]) -> Vec<Scan> {
    let mut tellings: Vec<Scan> = scans.to_vec();
    set_right(&mut tellings);
    tellings.sort_by_cached_key(|it| (it.event(), it.feed, it.status.to_string(), it.description.clone(), it.days));
    let mut events: BTreeMap<String, Scan> = BTreeMap::new();
    for telling in tellings {
        match events.get_mut(&telling.event()) {
            Some(known) => merge(known, telling),
            None => drop(events.insert(telling.event(), telling)),
        }
    }
    let mut scans: Vec<Scan> = events.into_values().collect();
    scans.sort_by_cached_key(|it| (it.at, it.status.progress(), it.event(), it.status.to_string()));
    scans
}

/// A guessed instant is that of a precise scan of the same minute on the place's clock. Such a scan knows better what
/// happened, too: only a delivery that it could not prove is proven so.
fn set_right(tellings: &mut [Scan]) {
    let minute = |local: DateTime| local.round(Unit::Minute).unwrap_or(local);
    let precise: Vec<(DateTime, Timestamp, Status)> = tellings
        .iter()
        .filter(|it| !it.is_guess)
        .filter_map(|it| Some((minute(it.local?), it.at, it.status.clone())))
        .collect();
    for guess in tellings.iter_mut().filter(|it| it.is_guess) {
        let Some(local) = guess.local.map(minute) else { continue };
        let twins = || precise.iter().filter(|(other, ..)| *other == local);
        let Some(at) = twins().map(|(_, at, _)| *at).min() else { continue };
        guess.at = at;
        guess.is_guess = false;
        let told = |status: &Status| !matches!(status, Status::Unknown { .. } | Status::Notice { .. });
        if twins().any(|(.., status)| told(status)) {
            guess.status = Status::Notice { raw: format!("{} {}", guess.type_letter, guess.code).trim().to_owned() };
        }
    }
}

/// Two tellings of one event: the one that knows what it means counts, and of two that do the more advanced.
fn merge(known: &mut Scan, other: Scan) {
    let days = known.days.or(other.days);
    let weight = |scan: &Scan| scan.status.progress();
    if weight(&other) > weight(known) {
        *known = other;
    } else {
        known.local = known.local.or(other.local);
        known.postal_code = known.postal_code.take().or(other.postal_code);
        if known.description.is_empty() {
            known.description = other.description;
        }
    }
    known.days = days;
}

/// A promise is what was said first; what is expected, what was said last. The day of a delivery is its scan's own,
/// on the clocks of the place.
fn days(scans: &[Scan], evidence: &Scan) -> DeliveryDays {
    let told = |scan: &Scan| scan.days.rescheduled.or(scan.days.scheduled);
    let delivered = matches!(evidence.status, Status::Delivered);
    DeliveryDays {
        promised: scans.iter().find_map(|scan| scan.days.scheduled),
        expected: scans.iter().rev().find_map(told),
        delivered: delivered.then(|| evidence.day().or(evidence.days.delivered)).flatten(),
    }
}

#[cfg(test)]
mod tests;
