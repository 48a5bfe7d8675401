//! A claimed shipment walking in memory between two durable points.
//!
//! ```text
//! claimed row ─► Journey ─ apply (pure) ─ apply ─ … ─► Record ─► store: state + audit + next due, one transaction
//! ```
//!
//! Audit lines of read-only steps wait here for the next durable point; a crash before it costs a second reading, not a
//! gap. Everything a record carries (labels, scans, evidence, the intent) is gathered here, so that there is one place
//! that knows what belongs together. What is deliberately not here: any call to a remote.

use std::sync::Arc;

use jiff::{SignedDuration, Span, Timestamp};
use serde_json::json;
use shipment::alarm::{self, Alarm, Kind};
use shipment::decide::{Lane, Next, Policy, Step, decide};
use shipment::hold::{Hold, Reason};
use shipment::milestone::{self, Milestone};
use shipment::number::{DocumentNumber, ReleaseNumber, ShipmentId, TrackingNumber};
use shipment::remedy::{Remedy, wait_before_retry};
use shipment::ship_date::{DAYS_AHEAD, ship_date};
use shipment::state::{Event, Misstep, Part, Stage, State};

use super::life::{Life, Stumbling};
use crate::app::SiteRuntime;
use crate::config::Printer;
use crate::remote::trouble::Trouble;
use crate::store::{
    AlarmChange, AuditLine, ClaimedRow, Evidence, Intent, LabelRow, Lease, NewAlarm, NewEvent, ParcelRow, Record,
    ScanRow, StateColumns, WishId, WishRow,
};

/// Who acts when nobody did.
pub(crate) const ENGINE: &str = "connector";

/// Between two looks whether a ship date is near enough.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_hours(6);

/// A shipment in hand.
pub(crate) struct Journey {
    pub(crate) site: Arc<SiteRuntime>,
    pub(crate) id: ShipmentId,
    pub(crate) document: DocumentNumber,
    pub(crate) release: ReleaseNumber,
    pub(crate) wishes: Vec<WishRow>,
    epoch: i64,
    woken_seen: i64,
    pub(crate) life: Life,
    audit: Vec<AuditLine>,
    wishes_done: Vec<(WishId, Timestamp)>,
    pub(crate) intent: Option<Intent>,
    pub(crate) evidence: Option<Evidence>,
    pub(crate) labels: Vec<LabelRow>,
    pub(crate) scans: Vec<ScanRow>,
    /// What its state had to say to people at the last durable point.
    told: Vec<Alarm>,
    alarms: Vec<AlarmChange>,
    /// Its packages as the store knows them.
    parcels: Vec<ParcelRow>,
    /// The milestones it had behind it at the last durable point.
    reached: Vec<Milestone>,
}

/// A journey at a moment before a record that may be refused.
pub(crate) struct Mark {
    life: Life,
    audit: Vec<AuditLine>,
    wishes_done: Vec<(WishId, Timestamp)>,
    told: Vec<Alarm>,
    alarms: Vec<AlarmChange>,
}

impl Journey {
    /// Takes a claimed row in hand.
    ///
    /// # Errors
    /// When the stored state cannot be read.
    pub(crate) fn begin(site: Arc<SiteRuntime>, row: ClaimedRow) -> Result<Self, serde_json::Error> {
        let life = Life::read(&row.state)?;
        Ok(Self {
            told: alarm::standing(&life.state),
            alarms: Vec::new(),
            parcels: parcels_of(&life.state),
            reached: milestone::reached(&life.state),
            life,
            site,
            id: row.id,
            document: row.document,
            release: row.release,
            wishes: row.wishes,
            epoch: row.epoch,
            woken_seen: row.woken,
            audit: Vec::new(),
            wishes_done: Vec::new(),
            intent: None,
            evidence: None,
            labels: Vec::new(),
            scans: Vec::new(),
        })
    }

    /// The shipment's state.
    pub(crate) fn state(&self) -> &State {
        &self.life.state
    }

    /// The only way a claimed shipment changes; an audit line goes with it.
    pub(crate) fn apply(
        &mut self,
        now: Timestamp,
        actor: &str,
        event: Event,
        words: impl Into<String>,
    ) -> Result<(), Misstep> {
        let name = event.name();
        let from = self.life.state.stage();
        let next = self.life.state.clone().apply(event)?;
        let to = next.stage();
        self.life.state = next;
        self.life.stumbling = None;
        self.note(now, actor, name, words.into(), from, to);
        Ok(())
    }

    /// [`Journey::apply`] for events that follow by construction; a misstep is a defect and is written down as one.
    pub(crate) fn step(&mut self, now: Timestamp, actor: &str, event: Event, words: impl Into<String>) {
        if let Err(misstep) = self.apply(now, actor, event, words) {
            tracing::error!(document = %self.document, %misstep, "a step was refused");
            self.remark(now, actor, "refused", misstep.to_string());
        }
    }

    /// A change that is mostly no news: only where the shipment moved, or now needs a person, is there an audit line.
    pub(crate) fn told_if_moved(&mut self, now: Timestamp, event: Event, words: impl Into<String>) {
        let before = (self.state().stage(), self.state().hold().cloned());
        let name = event.name();
        self.quietly(event);
        let after = (self.state().stage(), self.state().hold().cloned());
        if before != after {
            self.note(now, ENGINE, name, words.into(), before.0, after.0);
        }
    }

    /// A change that is no news: a poll that brought nothing, one more retry. No arrow was passed, so no audit line.
    pub(crate) fn quietly(&mut self, event: Event) {
        match self.life.state.clone().apply(event) {
            Ok(next) => self.life.state = next,
            Err(misstep) => tracing::error!(document = %self.document, %misstep, "a step was refused"),
        }
    }

    /// An audit line without a change of state: something was asked and refused, or tried and postponed.
    pub(crate) fn remark(&mut self, now: Timestamp, actor: &str, event: &str, words: impl Into<String>) {
        let stage = self.life.state.stage();
        self.note(now, actor, event, words.into(), stage, stage);
    }

    fn note(&mut self, now: Timestamp, actor: &str, event: &str, words: String, from: Stage, to: Stage) {
        self.audit.push(AuditLine {
            at: now,
            actor: actor.to_owned(),
            event: event.to_owned(),
            words,
            detail: json!({ "from": from.as_str(), "to": to.as_str() }),
        });
    }

    /// As it stands, to return to if a record is refused.
    pub(crate) fn marked(&self) -> Mark {
        Mark {
            life: self.life.clone(),
            audit: self.audit.clone(),
            wishes_done: self.wishes_done.clone(),
            told: self.told.clone(),
            alarms: self.alarms.clone(),
        }
    }

    /// Returns to where it was marked: nothing since was recorded.
    pub(crate) fn return_to(&mut self, mark: Mark) {
        self.life = mark.life;
        self.audit = mark.audit;
        self.wishes_done = mark.wishes_done;
        self.told = mark.told;
        self.alarms = mark.alarms;
        self.intent = None;
    }

    /// What the next record would tell the audit trail; a dry run shows it instead.
    pub(crate) fn lines(&self) -> &[AuditLine] {
        &self.audit
    }

    /// A wish is carried out or refused; either way it is over.
    pub(crate) fn wish_done(&mut self, id: WishId, now: Timestamp) {
        self.wishes_done.push((id, now));
    }

    /// Holds the shipment for a person.
    pub(crate) fn hold(&mut self, now: Timestamp, hold: Hold) {
        let words = hold.words();
        self.step(now, ENGINE, Event::Held(hold), words);
    }

    /// A person must look, in the way the state allows: a hold before booking, the desk in doubt, an attention after.
    pub(crate) fn ask_a_person(&mut self, now: Timestamp, hold: Hold) {
        let words = hold.words();
        self.life.reread = false;
        match self.state() {
            State::AlreadyThere(_) | State::Cancelled(_) => {
                self.life.stumbling = None;
                self.remark(now, ENGINE, "not_read", words);
            }
            State::Booking(booking) => {
                if booking.doubt.is_none() {
                    self.step(
                        now,
                        ENGINE,
                        Event::AnswerLost { at: now, why: words.clone() },
                        format!("in doubt: {words}"),
                    );
                }
                self.life.for_people = true;
                self.step(now, ENGINE, Event::ProbesOver, words);
            }
            State::Desk(_) => {
                self.life.for_people = true;
                self.remark(now, ENGINE, "to_the_desk", words);
            }
            State::Booked(_) => self.step(now, ENGINE, Event::Part(Part::Attention(hold)), words),
            _ => self.step(now, ENGINE, Event::Held(hold), words),
        }
    }

    /// A step failed before booking: later, or a person, or the whole site waits.
    pub(crate) fn stumble(&mut self, now: Timestamp, step: &str, trouble: &Trouble) {
        let after = match &trouble.remedy {
            Remedy::Retry { after } => *after,
            // The site waits; the shipment spends neither a try nor its patience.
            Remedy::Outage | Remedy::Reauthenticate | Remedy::Operator => return,
            Remedy::AskFirst => None,
            Remedy::FixData { field } => {
                let hold = Hold::from(Reason::RejectedByUps {
                    code: trouble.code.clone(),
                    message: trouble.words.clone(),
                    field: Some((*field).to_owned()),
                });
                self.ask_a_person(now, hold);
                return;
            }
        };
        let (tries, since) = self.life.stumbling.as_ref().map_or((0, now), |it| (it.tries, it.since));
        if now.duration_since(since) > self.site.site.patience {
            let hold = Hold::from(Reason::PatienceEnded { step: step.to_owned(), last: trouble.words.clone() });
            self.ask_a_person(now, hold);
            return;
        }
        let wait = after.unwrap_or_else(|| wait_before_retry(tries, super::chance()));
        if tries == 0 {
            self.remark(now, ENGINE, "postponed", format!("{step}: {}", trouble.words));
        }
        self.life.stumbling =
            Some(Stumbling { tries: tries + 1, since, not_before: now + wait, words: trouble.words.clone() });
    }

    /// What comes next, by the site's settings and what is paused there.
    pub(crate) fn next(&self, now: Timestamp) -> Next {
        let received = self.state().received();
        let ship_from = self.site.site.ship_from(&received.document.warehouse);
        let policy = Policy {
            mode: self.site.mode(),
            fresh_for: self.site.site.fresh_for,
            calendar: ship_from.map(|it| &it.calendar),
            paused: self.site.paused(),
            reread_wanted: self.life.reread,
            not_before: self.life.stumbling.as_ref().map(|it| it.not_before),
            further_attempt_after: self.further_attempt_after(),
            references_tell: !self.site.is_test_host(),
        };
        let next = decide(self.state(), now, &policy);
        let Some(day) = self.day_of_hold(now).filter(|_| !self.life.reread) else { return next };
        match next {
            Next::Do(Step::Watch) => next,
            Next::At(at, Step::Watch) if at < day => next,
            _ => Next::At(day.max(now), Step::Quote),
        }
    }

    /// How long after the first attempt the site allows one more by itself, if it does. Never on UPS's test host, where
    /// knowing nothing means nothing.
    fn further_attempt_after(&self) -> Option<SignedDuration> {
        let allowed =
            self.site.site.ups.one_automatic_further_attempt && !self.site.is_test_host() && !self.life.for_people;
        allowed.then(|| self.site.trust_window())
    }

    /// A hold that time lifts by itself: when to look whether UPS takes the ship date by now.
    pub(crate) fn day_of_hold(&self, now: Timestamp) -> Option<Timestamp> {
        let State::Held(held) = self.state() else { return None };
        let Reason::ShipDateTooFar { date, .. } = &held.hold.reason else { return None };
        let document = &self.state().received().document;
        let calendar = &self.site.site.ship_from(&document.warehouse)?.calendar;
        let day = date.checked_sub(Span::new().days(DAYS_AHEAD)).ok()?;
        let day = day.to_zoned(calendar.time_zone.clone()).ok()?.timestamp();
        let still_too_far = ship_date(now, calendar, document.required_date, None).is_err();
        Some(if day <= now && still_too_far { now + LOOK_AGAIN } else { day })
    }

    /// Whether a walk in this lane takes the step along, instead of handing it over by a record: what waits nowhere else.
    pub(crate) fn walks_on(&self, step: Step, lane: Lane) -> bool {
        step.lane() == lane
            || match step {
                Step::Pack => true,
                Step::DeliverLabel => self.printer().is_none(),
                _ => false,
            }
    }

    /// The printer of the warehouse that ships it; without one its labels stay in the store.
    pub(crate) fn printer(&self) -> Option<&Printer> {
        let ship_from = self.site.site.ship_from(&self.state().received().document.warehouse)?;
        self.site.site.printer_of(ship_from)
    }

    /// The name of the lane in which a step waits.
    pub(crate) fn lane_name(&self, lane: Lane) -> String {
        match lane {
            Lane::Ups => super::UPS_LANE.to_owned(),
            Lane::Tracking => super::TRACKING_LANE.to_owned(),
            Lane::Syspro => format!("{}{}", super::SYSPRO_LANE, self.site.session_key().lane()),
            Lane::WriteBack => format!("{}{}", super::WRITE_BACK_LANE, self.site.session_key().lane()),
            Lane::Printer => self.site.printer_lane(&self.state().received().document.warehouse),
        }
    }

    /// Raises an alarm with the next record. What the state itself has to say (holds, the desk, what to look at) is raised
    /// and settled by itself; this is for what only this step can know.
    pub(crate) fn raise(&mut self, now: Timestamp, kind: Kind, words: impl Into<String>) {
        let subject = self.id.to_string();
        let alarm = NewAlarm::of(&self.site.site.name, kind, subject, words, now).about(self.id);
        self.alarms.push(AlarmChange::Raise(alarm));
    }

    /// Settles an alarm about this shipment with the next record, if it stands.
    pub(crate) fn settle(&mut self, now: Timestamp, kind: Kind) {
        self.alarms.push(AlarmChange::Settle { kind, subject: self.id.to_string(), at: now });
    }

    /// Raises an alarm of the site with the next record: many shipments may meet the same cause.
    pub(crate) fn raise_for(&mut self, now: Timestamp, kind: Kind, subject: &str, words: impl Into<String>) {
        self.alarms.push(AlarmChange::Raise(NewAlarm::of(&self.site.site.name, kind, subject, words, now)));
    }

    /// Settles an alarm of the site with the next record, if it stands.
    pub(crate) fn settle_for(&mut self, now: Timestamp, kind: Kind, subject: &str) {
        self.alarms.push(AlarmChange::Settle { kind, subject: subject.to_owned(), at: now });
    }

    /// What is to be raised and settled since the last record.
    fn alarms_now(&mut self, now: Timestamp) -> Vec<AlarmChange> {
        let standing = alarm::standing(self.state());
        let changes = alarm::changes(&self.told, &standing);
        self.told = standing;
        let (site, id) = (self.site.site.name.clone(), self.id);
        let mut alarms = std::mem::take(&mut self.alarms);
        let settled = changes.settled.iter();
        alarms.extend(settled.map(|it| AlarmChange::Settle { kind: it.kind, subject: it.subject(id), at: now }));
        let raised = changes.raised.iter();
        alarms.extend(raised.map(|it| AlarmChange::Raise(NewAlarm::of_shipment(&site, id, it, now))));
        alarms
    }

    /// Packages whose number or following is not as the store knows it.
    fn changed_parcels(&mut self, at: Timestamp) -> Vec<ParcelRow> {
        let now = parcels_of(&self.life.state);
        let changed: Vec<ParcelRow> = now.iter().filter(|it| !self.parcels.contains(it)).cloned().collect();
        self.parcels = now;
        for ended in changed.iter().filter(|it| !it.followed) {
            // What UPS did not take is no matter any more.
            self.settle_for(at, Kind::SubscriptionRefused, ended.tracking_number.as_str());
        }
        changed
    }

    /// The milestones reached since the last record that the site's receiver wants to hear of.
    fn events_now(&mut self, now: Timestamp) -> Vec<NewEvent> {
        let reached = milestone::reached(self.state());
        let before = std::mem::replace(&mut self.reached, reached);
        let Some(webhook) = &self.site.site.webhook else { return Vec::new() };
        let news = self.reached.iter().filter(|it| !before.contains(it) && webhook.milestones.contains(it));
        news.map(|it| self.event_of(*it, now)).collect()
    }

    fn event_of(&self, milestone: Milestone, at: Timestamp) -> NewEvent {
        let state = self.state();
        let document = &state.received().document;
        let waybill = state.waybill();
        let status = match state {
            State::Booked(booked) => booked.tracking.summary.as_ref(),
            _ => None,
        };
        let data = json!({
            "site": self.site.site.name, "production": self.site.site.buys_real_labels(), "shipment": self.id,
            "source": document.source.code(), "document": document.number, "release": document.release,
            "sales_orders": document.sales_orders, "customer": document.customer,
            "tracking_numbers": waybill.map(|it| &it.tracking_numbers),
            "status": status.map(|it| it.status.code()), "status_at": status.map(|it| it.at),
            "words": status.map(|it| &it.evidence.description),
        });
        NewEvent { kind: format!("shipment.{}", milestone.as_str()), data, at }
    }

    /// Everything gathered so far, ready to be made durable. The journey may go on if the lease is kept.
    pub(crate) fn record(&mut self, now: Timestamp, next: Next, keep_lease: Option<Lease>) -> Record {
        let (lane, due_at) = match next {
            Next::Do(step) => (Some(self.lane_name(step.lane())), Some(now)),
            Next::At(at, step) => (Some(self.lane_name(step.lane())), Some(at)),
            Next::Person(_) | Next::Rest => (None, None),
        };
        let state = self.state();
        let columns = StateColumns {
            stage: state.stage().as_str().to_owned(),
            lane,
            due_at,
            tries: self.life.stumbling.as_ref().map_or(0, |it| i64::from(it.tries)),
            state: self.life.written(),
            hold_code: state.hold().map(|hold| hold.code().to_owned()),
            tracking_number: state.waybill().and_then(|it| it.lead().cloned()),
            fingerprint: Some(state.received().document.fingerprint().to_string()),
            settings_version: None,
        };
        let parcels = self.changed_parcels(now);
        Record {
            site: self.site.site.name.clone(),
            id: self.id,
            epoch: self.epoch,
            woken_seen: self.woken_seen,
            at: now,
            keep_lease,
            state: columns,
            audit: std::mem::take(&mut self.audit),
            intent: self.intent.take(),
            evidence: self.evidence.take(),
            labels: std::mem::take(&mut self.labels),
            scans: std::mem::take(&mut self.scans),
            parcels,
            wishes_done: std::mem::take(&mut self.wishes_done),
            accepted_address: None,
            alarms: self.alarms_now(now),
            events: self.events_now(now),
        }
    }
}

/// The packages of a booked shipment; followed while UPS is still asked about them.
fn parcels_of(state: &State) -> Vec<ParcelRow> {
    let State::Booked(booked) = state else { return Vec::new() };
    let asked = booked.tracking.next_at.is_some();
    let of = |number: &TrackingNumber| ParcelRow {
        tracking_number: number.clone(),
        followed: asked && booked.standing().any(|it| it == number),
    };
    booked.waybill.tracking_numbers.iter().map(of).collect()
}
