//! Telling SYSPRO what was booked, and proving that it heard: many shipments share documents, none shares a fate.
//!
//! ```text
//! pending steps ─► read all targets ─► what differs ─► documents of many items ─► read all targets again ─► Proven
//!                    │ already true: done                │ answer lost, unclear            │ not there
//!                    └─► no second write                 └─► the reading decides           └─► later, one at a time
//! ```
//!
//! SYSPRO ignores unknown elements silently and can say success without writing, so answers to posts are only listened
//! to for refusals; whether a value stands is what the reading says. A document of many items is not all-or-nothing: one
//! refused item does not stop its neighbours. A step that is accepted and still not there after several posts is shown to
//! a person, because its field probably does not exist. Everything here may be done twice.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use shipment::number::SiteName;
use shipment::remedy::wait_before_retry;
use shipment::state::{Event, Part, State};
use shipment::write_back::{FieldWrite, Progress, Record, StepName, Target, WriteStep, in_hand};

use self::posting::{Replies, foreign_number, is_open, is_true, post_all};
use self::reading::{FormTarget, Held, read};
use super::journey::{ENGINE, Journey};
use crate::app::{App, SiteRuntime};
use crate::crash::{self, Point};
use crate::remote::Remote;
use crate::remote::trouble::Trouble;
use crate::store::StoreError;

mod posting;
mod reading;

/// Posts after which a value that was accepted and is not there is shown to a person.
const MOST_POSTS: u32 = 4;
/// A post that adds a line and was not answered is not repeated before this: SYSPRO may still be at it.
const LINE_SETTLES: SignedDuration = SignedDuration::from_mins(2);

pub(super) async fn write(app: &Arc<App>, journeys: &mut [Journey]) -> Result<(), StoreError> {
    let mut groups: BTreeMap<SiteName, Vec<&mut Journey>> = BTreeMap::new();
    for journey in journeys {
        groups.entry(journey.site.site.name.clone()).or_default().push(journey);
    }
    for group in groups.into_values() {
        let Some(site) = group.first().map(|it| Arc::clone(&it.site)) else { continue };
        let mut group = group;
        if let Err(trouble) = write_site(app, &site, &mut group).await {
            if trouble.is_the_sites() {
                app.pause(&site, Remote::Syspro, &trouble).await?;
            } else {
                app.pause_if_away(&site, Remote::Syspro, &trouble).await?;
            }
            postpone(app, &mut group, &trouble);
        }
    }
    Ok(())
}

fn postpone(app: &App, group: &mut [&mut Journey], trouble: &Trouble) {
    let now = app.clock.now();
    for journey in group {
        let State::Booked(booked) = journey.state() else { continue };
        let tries = booked.write_back.tries;
        let adds = pending_of(journey).any(|step| step.writes.iter().any(|it| it.target.adds_a_line()));
        // A site that is paused spends no tries; decide waits for the next look by itself. A line that may have been posted
        // has to be waited for all the same.
        if trouble.is_the_sites() && !adds {
            continue;
        }
        let mut next_at = now + wait_before_retry(tries, super::chance());
        if adds {
            next_at = next_at.max(now + LINE_SETTLES);
        }
        if tries == 0 {
            journey.remark(now, ENGINE, "postponed", format!("writing to SYSPRO: {}", trouble.words));
        }
        journey.quietly(Event::Part(Part::WriteBackLater { next_at }));
    }
}

async fn write_site(app: &App, site: &Arc<SiteRuntime>, group: &mut [&mut Journey]) -> Result<(), Trouble> {
    let mut seat = app.sessions.take(app, site).await?;
    let pending: Vec<WriteStep> = group.iter().flat_map(|it| pending_of(it)).cloned().collect();
    let targets: Vec<&Target> = pending.iter().flat_map(|it| &it.writes).flat_map(FieldWrite::looks_at).collect();
    let before = read(&mut seat, site, &targets).await?;
    let replies = post_all(&mut seat, site, &pending, &before).await?;
    crash::point(Point::WriteBackPosted);
    let after = read(&mut seat, site, &targets).await?;
    crash::point(Point::WriteBackRead);
    let now = app.clock.now();
    for journey in group {
        conclude(journey, &before, &after, &replies, now);
    }
    Ok(())
}

fn steps_of(journey: &Journey) -> &[WriteStep] {
    match journey.state() {
        State::Booked(booked) => &booked.write_back.steps,
        _ => &[],
    }
}

fn pending_of(journey: &Journey) -> impl Iterator<Item = &WriteStep> {
    in_hand(steps_of(journey))
}

// ---- concluding ----

fn conclude(journey: &mut Journey, before: &Held, after: &Held, replies: &Replies, now: Timestamp) {
    let site = Arc::clone(&journey.site);
    let steps = steps_of(journey).to_vec();
    let mut progress: Vec<Progress> = steps.iter().map(|step| step.progress.clone()).collect();
    let (mut told, mut lines_unsettled) = (Vec::new(), false);
    for step in in_hand(&steps) {
        let Some(index) = steps.iter().position(|it| std::ptr::eq(it, step)) else { continue };
        let verdict = match (step.name, judge(&site, step, (before, after), replies, now)) {
            // It is only tried: how SYSPRO keys these copies for writing is not published, and the order's form has it.
            (StepName::InvoiceCopy, Progress::Refused { words }) => Progress::NotWritten { why: words },
            (_, verdict) => verdict,
        };
        told.extend(words_of(step, &verdict, before));
        let unsettled = |it: &FieldWrite| it.target.adds_a_line() && replies.unsettled.contains(&it.target);
        lines_unsettled |= matches!(verdict, Progress::Pending { .. }) && step.writes.iter().any(unsettled);
        if let Some(place) = progress.get_mut(index) {
            *place = verdict;
        }
    }
    // Tries that moved nothing space out further ones, also where nothing could be posted: a document that is open for an
    // hour is not looked at every few seconds.
    let tries = match journey.state() {
        State::Booked(booked) => booked.write_back.tries,
        _ => 0,
    };
    let mut next_at = now + wait_before_retry(tries, super::chance());
    if lines_unsettled {
        next_at = next_at.max(now + LINE_SETTLES);
    }
    let event = Event::Part(Part::Written { progress, next_at });
    if told.is_empty() { journey.quietly(event) } else { journey.step(now, ENGINE, event, told.join("; ")) }
}

fn words_of(step: &WriteStep, verdict: &Progress, before: &Held) -> Option<String> {
    if step.progress == *verdict {
        return None;
    }
    let name = step.name.words();
    match (verdict, &step.progress) {
        (Progress::Proven { .. }, _) if step.writes.iter().all(|it| is_true(it, before)) => {
            Some(format!("{name} found in SYSPRO"))
        }
        (Progress::Proven { .. }, _) => Some(format!("{name} written and read back")),
        (Progress::Refused { words }, _) => Some(format!("{name} refused by SYSPRO: {words}")),
        (Progress::NotWritten { why }, _) => Some(format!("{name} not written: {why}")),
        (Progress::Pending { waits: Some(words), .. }, Progress::Pending { waits, .. }) => {
            (waits.as_ref() != Some(words)).then(|| format!("{name} waits: {words}"))
        }
        (Progress::Pending { .. }, _) => None,
    }
}

fn judge(
    site: &SiteRuntime,
    step: &WriteStep,
    (before, after): (&Held, &Held),
    replies: &Replies,
    now: Timestamp,
) -> Progress {
    let Progress::Pending { posts, .. } = step.progress else { return step.progress.clone() };
    let undone: Vec<&FieldWrite> = step.writes.iter().filter(|write| !is_true(write, after)).collect();
    if undone.is_empty() {
        return left_alone(step, after).unwrap_or(Progress::Proven { at: now });
    }
    if let Some(words) = undone.iter().find_map(|write| foreign_number(site, step, write, before)) {
        return Progress::Refused { words };
    }
    if let Some(words) = undone.iter().find_map(|write| replies.refusals.get(&write.target)) {
        return Progress::Refused { words: words.clone() };
    }
    // Somebody has the document open: that passes, so no person is asked, but everybody can see it.
    if let Some(words) = undone.iter().find_map(|write| replies.waiting.get(&write.target)) {
        return Progress::Pending { posts, waits: Some(words.clone()) };
    }
    let line = undone.iter().find(|write| write.target.adds_a_line());
    // A write-back never times out into a hold: a post that failed says nothing about the value. Only a line is not posted
    // again and again without an answer, because each of them may have arrived.
    if undone.iter().any(|write| replies.unsettled.contains(&write.target)) {
        return match line {
            Some(line) if posts > 0 => ask_for(line, "SYSPRO did not answer twice when it was added"),
            _ => Progress::Pending { posts: (posts + 1).min(MOST_POSTS - 2), waits: None },
        };
    }
    if let Some(closed) = undone.iter().find(|write| !is_open(site, write, after))
        && undone.iter().all(|write| !is_open(site, write, after))
    {
        return cannot(step, closed, after);
    }
    if let Some(line) = line.filter(|write| before.text(&write.target).is_some()) {
        return ask_for(line, "SYSPRO accepted it and does not show it");
    }
    if posts + 1 >= MOST_POSTS {
        let words = "SYSPRO accepts the value and does not hold it afterwards: does the field exist?".to_owned();
        return Progress::Refused { words };
    }
    Progress::Pending { posts: posts + 1, waits: None }
}

/// A line that must not be added once more before somebody has looked.
fn ask_for(write: &FieldWrite, what: &str) -> Progress {
    let (record, line) = write.target.described();
    Progress::Refused {
        words: format!(
            "the {line} of {record} ({}): {what}. Look whether it stands there, then try again",
            write.value
        ),
    }
}

/// A document that stands at a status from which it is not ours to move.
fn left_alone(step: &WriteStep, after: &Held) -> Option<Progress> {
    if step.name != StepName::StatusMove {
        return None;
    }
    let (write, held) = step.writes.iter().find_map(|write| Some((write, after.text(&write.target)?)))?;
    (!write.value.is_read_as(held)).then(|| Progress::NotWritten { why: format!("its status is {held} now") })
}

fn cannot(step: &WriteStep, write: &FieldWrite, held: &Held) -> Progress {
    let why = match FormTarget::of(&write.target) {
        _ if held.is_invoiced(&write.target) => match write.target {
            Target::Comment { on: Record::SalesOrder(_), .. } | Target::Freight { on: Record::SalesOrder(_), .. } => {
                "the sales order is complete".to_owned()
            }
            _ => "the dispatch note is invoiced".to_owned(),
        },
        Some(form) if form.of_invoice && held.copies_of(&write.target).is_empty() => {
            "the order has no invoice that keeps a copy of its form".to_owned()
        }
        Some(form) => format!("the {} has no field {}", form.kind.words(), form.field),
        None => {
            let (record, _) = write.target.described();
            let text = match &write.target {
                Target::Freight { marker, .. } => marker.as_str(),
                _ => "our comment",
            };
            let found = held.text(&write.target).filter(|it| !it.is_empty());
            let found = found.map_or("is missing".to_owned(), |it| format!("shows {it}"));
            return Progress::Refused {
                words: format!(
                    "on {record} the text \"{text}\" stands, but the freight line below it {found} instead of {}: add or \
                     correct that line in SYSPRO, then try again",
                    write.value
                ),
            };
        }
    };
    // A site may live without a status field; without the tracking number or the freight charge somebody must look.
    match step.name {
        StepName::TrackingNumber | StepName::Freight => Progress::Refused { words: why },
        // Money that a voided shipment left on a document is somebody's to settle.
        StepName::Reversal if step.writes.iter().any(|it| matches!(it.target, Target::Freight { .. })) => {
            Progress::Refused { words: format!("{why}, and the charge for the voided shipment still stands there") }
        }
        StepName::ShippingForm
        | StepName::Status
        | StepName::Delivery
        | StepName::DeliveryComment
        | StepName::InvoiceCopy
        | StepName::Comment
        | StepName::StatusMove
        | StepName::Reversal => Progress::NotWritten { why },
    }
}
