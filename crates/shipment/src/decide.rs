//! What to do next with a shipment. Pure: no clock, no database, no network.
//!
//! ```text
//! state + now + policy ─► decide ─► Do(step)        the engine performs it in the step's lane
//!                                   At(time, step)  due then; the row waits in that step's lane
//!                                   Person(why)     a person or a setting must move first
//!                                   Rest            nothing is left to do
//! ```
//!
//! The dry run (`shipment plan`) is this function without the engine. A paused remote moves its steps to the next probe
//! and leaves the others alone: with SYSPRO away, labels print and parcels are followed. Every state has an answer here;
//! `every_state_has_a_next_step_or_a_person` holds it to that.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::number::AttemptNumber;
use crate::ship_date::{Calendar, ship_date};
use crate::state::{Booked, Booking, Delivery, Doubt, PROBES, Rated, State, Void};

/// What a site lets the connector do by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Reads and plans, books nothing.
    Shadow,
    /// Books when a person or the bench says so.
    Approve,
    /// Books by itself.
    Automatic,
}

/// A step, performed by the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// Read the document again by its key.
    Reread,
    /// Map the address and let UPS check it.
    CheckAddress,
    /// Plan the packages.
    Pack,
    /// Ask for the price of the coming ship date.
    Quote,
    /// Record the intent, then ask for the label.
    Book,
    /// Ask UPS what became of the attempt.
    Probe,
    /// Hand the doubt to a person.
    ToDesk,
    /// Ask once more at the desk, and make the one further attempt that the site allows if UPS still knows nothing.
    TryAgain,
    /// Look for the late twin of an attempt that is over, or void the one that was found.
    Watch,
    /// Undo the booking.
    Void,
    /// Bring the label to folder or printer.
    DeliverLabel,
    /// Tell SYSPRO and read it back.
    WriteBack,
    /// Ask for scans.
    Track,
    /// Start the release again after a void.
    Reopen,
}

/// Where a step waits for its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Lane {
    /// Calls to UPS.
    Ups,
    /// Questions about parcels, which wait for calls that ship.
    Tracking,
    /// Readings in the operator's one session.
    Syspro,
    /// Write-backs in the same session: they wait for each other, and no label waits for them.
    WriteBack,
    /// A printer or folder.
    Printer,
}

impl Step {
    /// Whether the step happens here, so that neither a remote that is away nor an earlier failure delays it.
    pub fn asks_nobody(self) -> bool {
        matches!(self, Self::Pack | Self::ToDesk | Self::Reopen)
    }

    /// The lane the step belongs to. Steps without a remote run in the lane they are found in, usually UPS's.
    pub fn lane(self) -> Lane {
        match self {
            Self::Reread => Lane::Syspro,
            Self::WriteBack => Lane::WriteBack,
            Self::DeliverLabel => Lane::Printer,
            Self::CheckAddress
            | Self::Pack
            | Self::Quote
            | Self::Book
            | Self::Probe
            | Self::ToDesk
            | Self::TryAgain
            | Self::Watch
            | Self::Void
            | Self::Reopen => Lane::Ups,
            Self::Track => Lane::Tracking,
        }
    }
}

/// What a shipment waits for that time alone does not bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Waiting {
    /// It was ready before the connector came.
    Release,
    /// The site only plans.
    Shadow,
    /// The site books on a word.
    Approval,
    /// A hold.
    Hold,
    /// The in-doubt desk.
    Desk,
    /// Everything about a booked shipment is done but for a look at what went differently.
    Attention,
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Now.
    Do(Step),
    /// Then.
    At(Timestamp, Step),
    /// A person or a setting.
    Person(Waiting),
    /// Nothing is left to do.
    Rest,
}

/// Remotes that are away, each with its next probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Paused {
    /// UPS.
    pub ups: Option<Timestamp>,
    /// New bookings only, after three doubts in a row.
    pub booking: Option<Timestamp>,
    /// SYSPRO.
    pub syspro: Option<Timestamp>,
    /// UPS's products one by one: a product that the account lacks leaves the others alone.
    pub products: Products,
}

/// UPS's products that are away, each with its next probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Products {
    /// Address validation.
    pub address: Option<Timestamp>,
    /// Rating.
    pub rating: Option<Timestamp>,
    /// Shipping.
    pub shipping: Option<Timestamp>,
    /// Label recovery.
    pub recovery: Option<Timestamp>,
    /// Voiding.
    pub void: Option<Timestamp>,
    /// Tracking.
    pub tracking: Option<Timestamp>,
}

impl Paused {
    /// Until when a step waits, if what it asks is away.
    fn until(&self, step: Step) -> Option<Timestamp> {
        let product = match step {
            Step::CheckAddress => self.products.address,
            Step::Quote => self.products.rating,
            Step::Book => self.products.shipping.max(self.booking),
            Step::Probe | Step::TryAgain | Step::Watch => self.products.recovery,
            Step::Void => self.products.void,
            Step::Track => self.products.tracking,
            Step::Reread | Step::Pack | Step::ToDesk | Step::DeliverLabel | Step::WriteBack | Step::Reopen => None,
        };
        match step.lane() {
            Lane::Ups | Lane::Tracking => self.ups.max(product),
            Lane::Syspro | Lane::WriteBack => self.syspro,
            Lane::Printer => None,
        }
    }
}

/// What a site's settings say about deciding.
#[derive(Debug, Clone)]
pub struct Policy<'a> {
    /// The site's mode.
    pub mode: Mode,
    /// A reading older than this is read again before the intent.
    pub fresh_for: SignedDuration,
    /// The ship-from's calendar; none when the warehouse is no longer listed, and then nothing is booked.
    pub calendar: Option<&'a Calendar>,
    /// Remotes that are away.
    pub paused: Paused,
    /// A wish to read the document again is pending.
    pub reread_wanted: bool,
    /// The step in hand failed and is not to be tried before this time.
    pub not_before: Option<Timestamp>,
    /// The site allows one further attempt without a person, so long after the first was asked.
    pub further_attempt_after: Option<SignedDuration>,
    /// Whether asking UPS by reference decides anything here: not on its test host.
    pub references_tell: bool,
}

/// Decides the next step. See the module.
pub fn decide(state: &State, now: Timestamp, policy: &Policy<'_>) -> Next {
    let reread = Next::Do(Step::Reread);
    let next = match state {
        State::AlreadyThere(_) | State::Held(_) | State::Cancelled(_) if policy.reread_wanted => reread,
        State::AlreadyThere(_) => Next::Person(Waiting::Release),
        State::Held(_) => Next::Person(Waiting::Hold),
        State::Cancelled(_) => Next::Rest,
        State::Received(_) | State::Addressed(_) | State::Packed(_) | State::Rated(_)
            if policy.reread_wanted || state.received().stale =>
        {
            reread
        }
        State::Received(_) => Next::Do(Step::CheckAddress),
        State::Addressed(_) => Next::Do(Step::Pack),
        State::Packed(_) => Next::Do(Step::Quote),
        State::Rated(rated) => book(rated, now, policy),
        // A reading that is wanted waits until the doubt is resolved: it could not change what was asked.
        State::Booking(booking) => resolve(booking),
        State::Desk(booking) => desk(booking, policy),
        State::Booked(booked) => most_urgent(booked, now, policy),
    };
    with_watch(state, delayed(next, now, policy), now, policy)
}

/// The look at attempts that are over comes when nothing else is to be done, but no label is asked for while one that
/// nobody wants is known to stand.
fn with_watch(state: &State, next: Next, now: Timestamp, policy: &Policy<'_>) -> Next {
    let Some(watched) = state.received().next_look().filter(|_| policy.references_tell) else { return next };
    let look = not_before(Step::Watch, watched.next_at, policy);
    let first = match next {
        Next::Do(Step::Book) => watched.twin.is_some(),
        Next::Do(_) => false,
        Next::At(at, _) => look < at,
        Next::Person(_) | Next::Rest => true,
    };
    match first {
        false => next,
        true if look <= now => Next::Do(Step::Watch),
        true => Next::At(look, Step::Watch),
    }
}

fn resolve(booking: &Booking) -> Next {
    // No doubt recorded means that whoever asked died before it could write down an answer, or is still waiting for one
    // and holds the lease.
    let Some(doubt) = &booking.doubt else { return Next::At(booking.attempt.asked_at + PROBES[0], Step::Probe) };
    doubt.next_probe().map_or(Next::Do(Step::ToDesk), |at| Next::At(at, Step::Probe))
}

/// A person decides, and meanwhile UPS is asked now and then. A site may have opted in to one further attempt: the second
/// one, never for a document that has changed meanwhile, and never where UPS has said that the first exists.
fn desk(booking: &Booking, policy: &Policy<'_>) -> Next {
    let known = booking.doubt.as_ref().is_some_and(|it| it.known.is_some());
    if let Some(after) = policy.further_attempt_after
        && booking.attempt.number == AttemptNumber::FIRST
        && booking.changed.is_none()
        && !known
    {
        return Next::At(booking.attempt.asked_at + after, Step::TryAgain);
    }
    let look = booking.doubt.as_ref().filter(|_| policy.references_tell).and_then(Doubt::next_look);
    look.map_or(Next::Person(Waiting::Desk), |at| Next::At(at, Step::Probe))
}

fn book(rated: &Rated, now: Timestamp, policy: &Policy<'_>) -> Next {
    let received = rated.received();
    match policy.mode {
        Mode::Shadow => return Next::Person(Waiting::Shadow),
        Mode::Approve if received.approved.is_none() => return Next::Person(Waiting::Approval),
        Mode::Approve | Mode::Automatic => {}
    }
    // A quote for a day that has passed is no quote. Where there is no calendar any more, asking for a quote is what
    // tells a person that the warehouse is gone.
    let required = received.document.required_date;
    let day = policy.calendar.and_then(|it| ship_date(now, it, required, rated.quote.transit_days).ok());
    if day != Some(rated.ship_date) {
        return Next::Do(Step::Quote);
    }
    if now.duration_since(received.read_at) > policy.fresh_for {
        return Next::Do(Step::Reread);
    }
    Next::Do(Step::Book)
}

/// What is due now goes in the order below; of what is due later, the earliest.
fn most_urgent(booked: &Booked, now: Timestamp, policy: &Policy<'_>) -> Next {
    let told = !booked.write_back.is_pending();
    let reread = policy.reread_wanted.then_some((now, Step::Reread));
    let void = match &booked.void {
        Some(Void::Asked { next_at, .. }) => Some((*next_at, Step::Void)),
        Some(Void::Voided { at, restart: true }) if told && !booked.is_refused() => Some((*at, Step::Reopen)),
        Some(Void::Voided { .. }) | None => None,
    };
    let label = match &booked.delivery {
        // While a void is asked, nobody should be handed a label to stick on.
        Delivery::Pending { next_at, .. } if booked.void.is_none() => Some((*next_at, Step::DeliverLabel)),
        Delivery::Pending { .. }
        | Delivery::Delivered { .. }
        | Delivery::MaybePrinted { .. }
        | Delivery::NotNeeded { .. } => None,
    };
    let write_back = (!told).then_some((booked.write_back.next_at, Step::WriteBack));
    let tracking = booked.tracking.next_at.map(|at| (at, Step::Track));
    let parts = [reread, void, label, write_back, tracking];
    let due = parts.into_iter().flatten().map(|(at, step)| (not_before(step, at, policy), step));
    match due.min_by_key(|(at, _)| (*at).max(now)) {
        Some((at, step)) => Next::At(at, step),
        None if booked.attention.is_empty() => Next::Rest,
        None => Next::Person(Waiting::Attention),
    }
}

fn delayed(next: Next, now: Timestamp, policy: &Policy<'_>) -> Next {
    let (at, step) = match next {
        Next::Do(step) => (now, step),
        Next::At(at, step) => (at, step),
        Next::Person(_) | Next::Rest => return next,
    };
    let at = not_before(step, at, policy);
    if at <= now { Next::Do(step) } else { Next::At(at, step) }
}

/// The time of a step, put off while its remote is away or it has just failed.
fn not_before(step: Step, at: Timestamp, policy: &Policy<'_>) -> Timestamp {
    if step.asks_nobody() {
        return at;
    }
    let away = policy.paused.until(step);
    // The parts of a booked shipment count their own failures.
    let failed = match step {
        Step::Void | Step::DeliverLabel | Step::WriteBack | Step::Track | Step::Watch => None,
        _ => policy.not_before,
    };
    away.into_iter().chain(failed).fold(at, Timestamp::max)
}

#[cfg(test)]
mod tests;
