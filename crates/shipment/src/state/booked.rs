//! After booking: four parts that wait for none of each other, and what a person should look at.
//!
//! ```text
//!            ┌─ delivery    Pending ─► Delivered · MaybePrinted ─(person)─► Pending · NotNeeded (voided first)
//! Booked ────┼─ write-back  steps, each Pending ─► Proven · Refused ─(person)─► Pending · NotWritten
//!            ├─ tracking    next poll ─► … ─► none
//!            └─ void        none ─► Asked ─► Voided ─► (SYSPRO told) ─► Received again, if it is to be shipped anew
//! ```
//!
//! A void is the only part that reaches into the others: it stops the poll, drops what was not yet written, and adds the
//! step that takes back what was. Nothing after booking can lose the waybill; only a void that SYSPRO has heard of leads
//! out of here.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::apply::Next;
use super::{Attempt, Change, Ended, Gone, Part, Rated, State, Watched};
use crate::document::Document;
use crate::hold::{Hold, Reason};
use crate::number::TrackingNumber;
use crate::tracking::{Hearing, Status, Summary};
use crate::waybill::Waybill;
use crate::write_back::{self, Progress, WriteStep};

/// The label's way to the printer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Delivery {
    /// Not delivered yet.
    Pending {
        /// Failed tries so far.
        tries: u32,
        /// Not before.
        next_at: Timestamp,
        /// A second print of a label that was delivered before.
        reprint: bool,
    },
    /// In the folder, or every byte taken by the printer's socket.
    Delivered {
        /// When (business time).
        at: Timestamp,
        /// Printer or folder.
        to: String,
    },
    /// Some bytes went out and then the connection broke: port 9100 acknowledges nothing, so a person looks.
    MaybePrinted {
        /// When (business time).
        at: Timestamp,
        /// The printer.
        printer: String,
    },
    /// Voided before it was delivered: a label nobody may use is not printed.
    NotNeeded {
        /// When (business time).
        at: Timestamp,
    },
}

/// What SYSPRO is to be told, and how far that has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteBack {
    /// In order; later steps do not wait for refused ones.
    pub steps: Vec<WriteStep>,
    /// Failed tries since the last progress.
    pub tries: u32,
    /// Not before.
    pub next_at: Timestamp,
}

impl WriteBack {
    /// Whether something can still be written or proven without a person.
    pub fn is_pending(&self) -> bool {
        write_back::in_hand(&self.steps).next().is_some()
    }

    /// Whether a post may be on its way that would add a line.
    fn may_add_a_line(&self) -> bool {
        let adds = |step: &WriteStep| step.writes.iter().any(|it| it.target.adds_a_line());
        self.steps.iter().any(|step| step.is_pending() && adds(step))
    }
}

/// Following the parcel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tracking {
    /// What the scans say so far.
    pub summary: Option<Summary>,
    /// The next poll; none when the end is reached.
    pub next_at: Option<Timestamp>,
    /// What UPS told by itself, and what people were told.
    #[serde(default)]
    pub hearing: Hearing,
}

/// Undoing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Void {
    /// A person wants it.
    Asked {
        /// Who.
        by: String,
        /// Why.
        reason: String,
        /// Ship the release again afterwards.
        restart: bool,
        /// Only these packages; the whole shipment if none are named.
        #[serde(default)]
        packages: Vec<TrackingNumber>,
        /// Failed tries so far.
        tries: u32,
        /// Not before.
        next_at: Timestamp,
    },
    /// UPS has voided it.
    Voided {
        /// When (business time).
        at: Timestamp,
        /// Ship the release again once SYSPRO is told.
        restart: bool,
    },
}

/// Bought. Four parts, each with its own next time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booked {
    /// The stage before.
    pub rated: Rated,
    /// The try that succeeded.
    pub attempt: Attempt,
    /// Numbers and charges.
    pub waybill: Waybill,
    /// The label's way to the printer.
    pub delivery: Delivery,
    /// What SYSPRO is told.
    pub write_back: WriteBack,
    /// Where the parcel is.
    pub tracking: Tracking,
    /// Undoing, if asked.
    pub void: Option<Void>,
    /// Packages that UPS has voided while others go on.
    #[serde(default)]
    pub voided_packages: Vec<TrackingNumber>,
    /// What became of the document since; told once, however often it is read.
    pub changed: Option<Change>,
    /// What a person should look at while the parts go on, the oldest first, each kind once.
    pub attention: Vec<Hold>,
}

impl Booked {
    /// Whether UPS has voided it.
    pub fn is_voided(&self) -> bool {
        matches!(self.void, Some(Void::Voided { .. }))
    }

    /// The packages that stand: all that were bought, but for those voided one by one.
    pub fn standing(&self) -> impl Iterator<Item = &TrackingNumber> {
        self.waybill.tracking_numbers.iter().filter(|it| !self.voided_packages.contains(it))
    }

    /// The waybill of the packages that stand, for telling SYSPRO.
    pub fn standing_waybill(&self) -> Waybill {
        Waybill { tracking_numbers: self.standing().cloned().collect(), ..self.waybill.clone() }
    }

    /// The canonical status, if any scan was seen.
    pub fn status(&self) -> Option<&Status> {
        self.tracking.summary.as_ref().map(|summary| &summary.status)
    }

    // ---- the document ----

    /// A reading equal to the one the label was bought with takes back what an earlier one had raised.
    pub(super) fn reread(&mut self, document: &Document) {
        let now = document.fingerprint();
        if now == self.rated.received().document.fingerprint() {
            self.changed = None;
            self.settle("changed_after_booking");
        } else {
            self.notice(Change::Reading(now));
        }
    }

    /// The document changed or went away although its label is bought.
    pub(super) fn notice(&mut self, change: Change) {
        if self.changed.as_ref() == Some(&change) {
            return;
        }
        if let (Some(what), None) = (self.worth_a_look(&change), &self.void) {
            self.raise(Reason::ChangedAfterBooking { what });
        }
        self.changed = Some(change);
    }

    fn worth_a_look(&self, change: &Change) -> Option<String> {
        match change {
            Change::Reading(_) => Some("ship-to, ship-via, quantities or required date changed in SYSPRO".to_owned()),
            // Invoicing or leaving the ready set is how a shipped document ends.
            Change::Gone(Gone::Invoiced | Gone::NoLongerReady { .. } | Gone::Vanished) => None,
            Change::Gone(gone @ (Gone::Cancelled | Gone::NotOurs { .. } | Gone::Withdrawn { .. })) => {
                let unscanned = self.status().is_none_or(|status| *status == Status::LabelCreated);
                let rest = if unscanned {
                    "UPS has not scanned it, so a void is proposed"
                } else {
                    "it is already on its way"
                };
                Some(format!("{}; {rest}", gone.words()))
            }
        }
    }

    // ---- what a person should look at ----

    fn raise(&mut self, hold: impl Into<Hold>) {
        let hold = hold.into();
        match self.attention.iter_mut().find(|it| it.code() == hold.code()) {
            Some(older) => *older = hold,
            None => self.attention.push(hold),
        }
    }

    /// Raises what was refused already when it was planned.
    pub(super) fn notice_refused(&mut self) {
        let refused: Vec<Reason> = self.write_back.steps.iter().filter_map(WriteStep::refusal).collect();
        for reason in refused {
            self.raise(reason);
        }
    }

    /// Whether a person has yet to look at something that SYSPRO refused.
    pub(crate) fn is_refused(&self) -> bool {
        self.attention.iter().any(|it| it.code() == "write_back_refused")
    }

    fn settle(&mut self, code: &str) {
        self.attention.retain(|it| it.code() != code);
    }

    // ---- the parts ----

    pub(super) fn part(mut self, part: Part) -> Next {
        match part {
            Part::LabelDelivered { at, to } => self.label_came_out(Delivery::Delivered { at, to })?,
            Part::LabelMaybePrinted { at, printer } => {
                self.label_came_out(Delivery::MaybePrinted { at, printer: printer.clone() })?;
                self.raise(Reason::MaybePrinted { printer });
            }
            Part::LabelLater { next_at } => self.label_later(next_at)?,
            Part::PrintAsked { at, .. } => self.print_again(at)?,
            Part::Written { progress, next_at } => self.written(progress, next_at)?,
            Part::WriteBackLater { next_at } => self.write_back_later(next_at)?,
            Part::WriteBackAsked { at, .. } => self.write_back_again(at)?,
            Part::Tracked { summary, steps, next_at, hearing } => {
                self.tracked(summary, steps, next_at)?;
                self.tracking.hearing = hearing;
            }
            Part::VoidAsked { by, reason, restart, packages, at } => {
                if self.void.is_some() {
                    return Err("a void is asked already");
                }
                if restart && !packages.is_empty() {
                    return Err("only a whole shipment can be shipped again");
                }
                if packages.iter().any(|asked| self.standing().all(|own| own != asked)) {
                    return Err("a package is not one of its standing ones");
                }
                // All that stand are the whole shipment, by whatever way it was said.
                let whole = self.standing().all(|own| packages.contains(own));
                let packages = if whole { Vec::new() } else { packages };
                self.void = Some(Void::Asked { by, reason, restart, packages, tries: 0, next_at: at });
            }
            Part::PackagesVoided { at, packages, steps } => self.packages_voided(at, packages, steps)?,
            Part::VoidLater { next_at } => self.void_later(next_at)?,
            Part::Voided { at, reversal } => self.voided(at, reversal)?,
            Part::VoidRefused { words } => {
                if !matches!(self.void, Some(Void::Asked { .. })) {
                    return Err(NO_VOID);
                }
                self.void = None;
                self.raise(Reason::VoidRefused { words });
            }
            Part::Attention(hold) => self.raise(hold),
            Part::Settled { code } => {
                if !self.attention.iter().any(|it| it.code() == code) {
                    return Err("nobody was to look at that");
                }
                self.settle(&code);
            }
            Part::AttentionCleared { .. } => {
                if self.attention.is_empty() {
                    return Err("there is nothing to look at");
                }
                self.attention.remove(0);
            }
            Part::Reopened { .. } => return self.reopened(),
        }
        Ok(State::Booked(Box::new(self)))
    }

    // ---- the label ----

    fn label_came_out(&mut self, how: Delivery) -> Done {
        let Delivery::Pending { .. } = self.delivery else { return Err(NO_LABEL) };
        self.delivery = how;
        Ok(())
    }

    fn label_later(&mut self, later: Timestamp) -> Done {
        let Delivery::Pending { tries, next_at, .. } = &mut self.delivery else { return Err(NO_LABEL) };
        *tries = tries.saturating_add(1);
        *next_at = later;
        Ok(())
    }

    fn print_again(&mut self, at: Timestamp) -> Done {
        if self.void.is_some() {
            return Err("its label is void, or about to be");
        }
        let first = matches!(self.delivery, Delivery::Pending { reprint: false, .. });
        self.delivery = Delivery::Pending { tries: 0, next_at: at, reprint: !first };
        self.settle("maybe_printed");
        Ok(())
    }

    // ---- the write-back ----

    fn written(&mut self, progress: Vec<Progress>, next_at: Timestamp) -> Done {
        // Steps are only ever appended, so a shorter report speaks of the first ones.
        if !self.write_back.is_pending() || progress.len() > self.write_back.steps.len() {
            return Err(NOTHING_TO_WRITE);
        }
        let mut moved = false;
        let mut changed = Vec::new();
        for (step, now) in self.write_back.steps.iter_mut().zip(progress).filter(|(step, _)| step.is_pending()) {
            moved |= !matches!(now, Progress::Pending { .. });
            step.progress = now;
            changed.extend(step.refusal());
        }
        for reason in changed {
            self.raise(reason);
        }
        self.write_back.tries = if moved { 0 } else { self.write_back.tries.saturating_add(1) };
        self.write_back.next_at = next_at;
        Ok(())
    }

    fn write_back_later(&mut self, next_at: Timestamp) -> Done {
        if !self.write_back.is_pending() {
            return Err(NOTHING_TO_WRITE);
        }
        self.write_back.tries = self.write_back.tries.saturating_add(1);
        self.write_back.next_at = next_at;
        Ok(())
    }

    /// Refused steps are tried again, but for those a later step has overtaken: yesterday's status does not go over
    /// today's, nor a voided number over its removal.
    fn write_back_again(&mut self, at: Timestamp) -> Done {
        let voided = self.is_voided();
        let steps = &mut self.write_back.steps;
        for index in (0..steps.len()).rev() {
            let (earlier, later) = steps.split_at_mut(index + 1);
            let Some(step) = earlier.last_mut() else { continue };
            let overtaken = later.iter().any(|newer| newer.overtakes(step));
            let revivable = !overtaken && (!voided || step.takes_back()) && !step.writes.is_empty();
            if matches!(step.progress, Progress::Refused { .. }) && revivable {
                step.progress = Progress::FRESH;
            }
        }
        if !self.write_back.is_pending() {
            return Err(NOTHING_TO_WRITE);
        }
        self.write_back.tries = 0;
        self.write_back.next_at = at;
        self.settle("write_back_refused");
        Ok(())
    }

    // ---- tracking ----

    fn tracked(&mut self, summary: Option<Box<Summary>>, steps: Vec<WriteStep>, next_at: Option<Timestamp>) -> Done {
        if self.is_voided() {
            return Err("it is voided, so nothing is on its way");
        }
        // A status that was never written need not be written once there is a newer one.
        self.overtake(steps, "a newer status came first");
        if let Some(summary) = summary {
            self.tracking.summary = Some(*summary);
        }
        self.tracking.next_at = next_at;
        Ok(())
    }

    fn overtake(&mut self, steps: Vec<WriteStep>, why: &str) {
        for older in self.write_back.steps.iter_mut().filter(|step| step.is_pending()) {
            if steps.iter().any(|newer| newer.overtakes(older)) {
                older.progress = Progress::NotWritten { why: why.to_owned() };
            }
        }
        self.write_back.steps.extend(steps);
    }

    // ---- undoing ----

    /// Some packages are gone and the others go on; with the last one the shipment itself is voided, and that is another
    /// event.
    fn packages_voided(&mut self, at: Timestamp, gone: Vec<TrackingNumber>, steps: Vec<WriteStep>) -> Done {
        let Some(Void::Asked { packages, .. }) = &mut self.void else { return Err(NO_VOID) };
        packages.retain(|it| !gone.contains(it));
        let left = !packages.is_empty();
        if self.standing().all(|own| gone.contains(own)) {
            return Err("these are all that stand: the shipment is voided");
        }
        self.voided_packages.extend(gone);
        self.overtake(steps, "a package was voided first");
        if self.write_back.is_pending() {
            self.write_back.next_at = at;
        }
        if !left {
            self.void = None;
        }
        Ok(())
    }

    fn void_later(&mut self, later: Timestamp) -> Done {
        let Some(Void::Asked { tries, next_at, .. }) = &mut self.void else { return Err(NO_VOID) };
        *tries = tries.saturating_add(1);
        *next_at = later;
        Ok(())
    }

    fn voided(&mut self, at: Timestamp, reversal: Option<WriteStep>) -> Done {
        let Some(Void::Asked { restart, .. }) = self.void else { return Err(NO_VOID) };
        self.void = Some(Void::Voided { at, restart });
        let packages = self.waybill.tracking_numbers.clone();
        let watched = Watched::new(self.attempt.clone(), Ended::Voided, at, packages);
        self.rated.packed.addressed.received.watch(watched);
        // A line that SYSPRO is still adding must be there before it is looked for.
        let settled = if self.write_back.may_add_a_line() { self.write_back.next_at.max(at) } else { at };
        for step in self.write_back.steps.iter_mut().filter(|step| step.is_pending()) {
            step.progress = Progress::NotWritten { why: "the shipment was voided".to_owned() };
        }
        self.write_back.steps.extend(reversal);
        self.write_back.tries = 0;
        self.write_back.next_at = settled;
        self.tracking.next_at = None;
        self.tracking.hearing.concerns.clear();
        self.attention.clear();
        if let Delivery::Pending { .. } = self.delivery {
            self.delivery = Delivery::NotNeeded { at };
        }
        Ok(())
    }

    /// Its document is read again before anything else: it was changed, or the label would not have been voided.
    fn reopened(self) -> Next {
        match self.void {
            Some(Void::Voided { restart: true, .. }) if !self.write_back.is_pending() && !self.is_refused() => {
                let mut received = self.rated.packed.addressed.received;
                received.spend_attempt();
                received.stale = true;
                Ok(State::Received(Box::new(received)))
            }
            Some(Void::Voided { restart: true, .. }) => Err("SYSPRO is not told of the void yet"),
            Some(_) | None => Err("it is not voided to be shipped again"),
        }
    }
}

/// A part changed, or why it may not.
type Done = Result<(), &'static str>;

const NO_LABEL: &str = "no label waits to be delivered";
const NO_VOID: &str = "no void is asked";
const NOTHING_TO_WRITE: &str = "SYSPRO is to be told nothing";
