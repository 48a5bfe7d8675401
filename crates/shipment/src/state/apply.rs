//! The one place where a shipment changes state: a function per state, each answering every event.
//!
//! ```text
//! State + Event ─► apply ─► the next State
//!                       └─► Misstep: the event may not follow, and why
//! ```
//!
//! A look at an attempt that is over happens in every state and moves none. Three rules run through the rest. A reading that changed before booking starts the shipment again and takes the leave
//! to book with it; an equal one keeps everything. Once UPS was asked, only UPS's own word or the desk's ends the
//! attempt, and what people and SYSPRO do meanwhile is remembered for that moment. The count of attempts outlives
//! everything, because the next reference is derived from it and must not be one that UPS has seen.

use jiff::{SignedDuration, Timestamp};

use super::booked::{Booked, Delivery, Tracking, WriteBack};
use super::{
    Addressed, Approval, Booking, Cancelled, Change, Doubt, Ended, Event, Gone, Held, Misstep, Packed, Rated, Received,
    State, Watched,
};
use crate::document::{Document, Fingerprint};
use crate::hold::{Hold, Reason};
use crate::service::Service;
use crate::tracking::Hearing;
use crate::waybill::Waybill;
use crate::write_back::WriteStep;

/// The next state, or why the event may not follow.
pub(super) type Next = Result<State, &'static str>;

/// A label is commonly unknown to tracking for the first hours, so nobody asks earlier.
const FIRST_TRACKING: SignedDuration = SignedDuration::from_hours(2);

impl State {
    /// The only place where a shipment changes state.
    ///
    /// # Errors
    /// [`Misstep`] when the event may not follow; the caller's copy of the state is unchanged.
    pub fn apply(self, event: Event) -> Result<Self, Misstep> {
        let stage = self.stage();
        let name = event.name();
        if let Event::Looked { attempt, look } = event {
            let mut state = self;
            let looked = state.received_mut().looked(attempt, look);
            return looked.map(|()| state).map_err(|why| Misstep { stage, event: name, why });
        }
        let next = match self {
            Self::AlreadyThere(received) => already_there(*received, event),
            Self::Received(_) | Self::Addressed(_) | Self::Packed(_) | Self::Rated(_) => before_booking(self, event),
            Self::Booking(booking) => waiting_for_ups(booking, event),
            Self::Desk(booking) => at_the_desk(booking, event),
            Self::Booked(booked) => after_booking(*booked, event),
            Self::Held(held) => for_a_person(*held, event),
            Self::Cancelled(cancelled) => ended(*cancelled, event),
        };
        next.map_err(|why| Misstep { stage, event: name, why })
    }
}

// ---- before booking ----

fn already_there(mut received: Received, event: Event) -> Next {
    // It may have been shipped, invoiced or changed before anybody looked at it.
    let released = |received| Ok(State::Received(Box::new(Received { stale: true, ..received })));
    match event {
        Event::Released { .. } => released(received),
        Event::Approved(approval) => released(Received { approved: Some(approval), ..received }),
        Event::Weighed(bench) => {
            received.bench = Some(bench);
            Ok(State::AlreadyThere(Box::new(received)))
        }
        Event::AddressChosen { address, .. } => {
            received.chosen_address = Some(address);
            Ok(State::AlreadyThere(Box::new(received)))
        }
        Event::ServiceChosen { service, by } => {
            received.choose(service, by);
            Ok(State::AlreadyThere(Box::new(received)))
        }
        Event::Reread { document, service, at } => {
            let (received, _) = received.reread(*document, service, at);
            Ok(State::AlreadyThere(Box::new(received)))
        }
        Event::Gone(gone) => Ok(cancelled(received, gone)),
        _ => Err("it was ready before the connector came and waits for a release"),
    }
}

fn before_booking(state: State, event: Event) -> Next {
    match (state, event) {
        (state, Event::Gone(gone)) => Ok(cancelled(state.into_received(), gone)),
        (state, Event::Reread { document, service, at }) => Ok(state.reread(*document, service, at).0),
        (state, Event::Held(hold)) => Ok(State::Held(Box::new(Held { hold, before: Box::new(state) }))),
        (state, Event::Approved(approval)) => Ok(state.with_received(|it| it.approved = Some(approval))),
        (state, event @ (Event::AddressChosen { .. } | Event::ServiceChosen { .. } | Event::Weighed(_))) => {
            Ok(state.corrected(event))
        }
        (State::Received(received), Event::AddressSettled { address, class, .. }) => {
            Ok(State::Addressed(Box::new(Addressed { received: *received, address, class })))
        }
        (State::Addressed(addressed), Event::Packed(packages)) if !packages.is_empty() => {
            Ok(State::Packed(Box::new(Packed { addressed: *addressed, packages })))
        }
        (State::Packed(packed), Event::Quoted { ship_date, quote }) => {
            Ok(State::Rated(Box::new(Rated { packed: *packed, ship_date, quote })))
        }
        (State::Rated(rated), Event::Quoted { ship_date, quote }) => {
            Ok(State::Rated(Box::new(Rated { ship_date, quote, ..*rated })))
        }
        (State::Rated(rated), Event::Asked(attempt)) => {
            let received = rated.received();
            if received.stale {
                return Err("its document must be read again first");
            }
            if received.has_twin() {
                return Err("a label that nobody wants is to be voided first");
            }
            if attempt.number.get() != received.attempts_made.saturating_add(1) {
                return Err("that is not the number of its next attempt");
            }
            Ok(State::Booking(Box::new(Booking { rated: *rated, attempt, doubt: None, changed: None })))
        }
        _ => Err("that does not follow here"),
    }
}

fn for_a_person(held: Held, event: Event) -> Next {
    let Held { hold, before } = held;
    let still_held = |hold, before| Ok(State::Held(Box::new(Held { hold, before: Box::new(before) })));
    match event {
        Event::Released { .. } => Ok(*before),
        Event::Held(hold) => still_held(hold, *before),
        Event::Gone(gone) => Ok(cancelled(before.into_received(), gone)),
        Event::Approved(approval) => still_held(hold, before.with_received(|it| it.approved = Some(approval))),
        Event::AddressChosen { .. } | Event::ServiceChosen { .. } | Event::Weighed(_) => {
            let answered = is_answered(&hold.reason, &event);
            let before = before.corrected(event);
            if answered { Ok(before) } else { still_held(hold, before) }
        }
        Event::Reread { document, service, at } => {
            let (before, new) = before.reread(*document, service, at);
            if new && !outlives_a_new_reading(&hold.reason) { Ok(before) } else { still_held(hold, before) }
        }
        _ => Err("a person must look first"),
    }
}

fn ended(cancelled: Cancelled, event: Event) -> Next {
    let Cancelled { received, gone } = cancelled;
    let withdrawn = matches!(gone, Gone::Withdrawn { .. });
    let stays = |received, gone| Ok(State::Cancelled(Box::new(Cancelled { received, gone })));
    match event {
        // What a person withdrew does not come back because SYSPRO still has it.
        Event::Reread { .. } if withdrawn => stays(received, gone),
        Event::Reread { document, service, at } => Ok(State::Received(Box::new(received.anew(*document, service, at)))),
        Event::Released { .. } if withdrawn => {
            Ok(State::Received(Box::new(Received { stale: true, approved: None, ..received })))
        }
        Event::Gone(by_a_person @ Gone::Withdrawn { .. }) if !withdrawn => stays(received, by_a_person),
        Event::Gone(_) => stays(received, gone),
        _ => Err("it ended without a label"),
    }
}

// ---- in doubt ----

const NO_DOUBT: &str = "its answer is not known to be lost";
const MAY_EXIST: &str = "a label may exist; first UPS or a person must say";

fn waiting_for_ups(mut booking: Box<Booking>, event: Event) -> Next {
    match event {
        Event::AnswerLost { at, why } => {
            booking.doubt.get_or_insert(Doubt { since: at, why, probes: 0, known: None });
            Ok(State::Booking(booking))
        }
        Event::ProbedNothing { .. } => {
            let Some(doubt) = booking.doubt.as_mut() else { return Err(NO_DOUBT) };
            doubt.probes = doubt.probes.saturating_add(1);
            Ok(State::Booking(booking))
        }
        Event::Learned(known) => {
            let Some(doubt) = booking.doubt.as_mut() else { return Err(NO_DOUBT) };
            doubt.learn(known);
            Ok(State::Booking(booking))
        }
        Event::ProbesOver if booking.doubt.is_some() => Ok(State::Desk(booking)),
        other => resolved(booking, other, State::Booking),
    }
}

fn at_the_desk(mut booking: Box<Booking>, event: Event) -> Next {
    match event {
        Event::ProbedNothing { at } => {
            let Some(doubt) = booking.doubt.as_mut() else { return Err(NO_DOUBT) };
            doubt.looked(at);
            Ok(State::Desk(booking))
        }
        Event::Learned(known) => {
            let Some(doubt) = booking.doubt.as_mut() else { return Err(NO_DOUBT) };
            doubt.looked(known.at);
            doubt.learn(known);
            Ok(State::Desk(booking))
        }
        Event::SaidAbsent { .. } if booking.doubt.as_ref().is_some_and(|it| it.known.is_some()) => {
            Err("UPS has said that it exists; adopt its number, or void it")
        }
        Event::SaidAbsent { by, at, .. } => {
            // Saying so is the leave for one more attempt, with the document as it was asked for.
            Ok(match booking.without_label(Ended::SaidAbsent, at) {
                State::Rated(rated) => State::Rated(rated).with_received(|it| it.approved = Some(Approval { by, at })),
                ended_or_again => ended_or_again,
            })
        }
        other => resolved(booking, other, State::Desk),
    }
}

/// What ends a doubt wherever it stands, and what is only remembered until then.
fn resolved(mut booking: Box<Booking>, event: Event, stays: fn(Box<Booking>) -> State) -> Next {
    match event {
        Event::Booked { waybill, steps } => Ok(State::Booked(Box::new(booking.booked(*waybill, steps)))),
        Event::NotBooked { .. } => {
            let asked_at = booking.attempt.asked_at;
            Ok(booking.without_label(Ended::NotBooked, asked_at))
        }
        Event::FoundVoided => {
            let asked_at = booking.attempt.asked_at;
            Ok(match booking.without_label(Ended::FoundVoided, asked_at) {
                ended @ State::Cancelled(_) => ended,
                before => {
                    State::Held(Box::new(Held { hold: Hold::from(Reason::VoidedElsewhere), before: Box::new(before) }))
                }
            })
        }
        Event::Gone(gone) => {
            if !booking.is_withdrawn() {
                booking.changed = Some(Change::Gone(gone));
            }
            Ok(stays(booking))
        }
        Event::Reread { document, .. } => {
            if !booking.is_withdrawn() {
                booking.changed = booking.difference(&document);
            }
            Ok(stays(booking))
        }
        _ => Err(MAY_EXIST),
    }
}

impl Booking {
    fn is_withdrawn(&self) -> bool {
        matches!(self.changed, Some(Change::Gone(Gone::Withdrawn { .. })))
    }

    fn difference(&self, document: &Document) -> Option<Change> {
        let now = document.fingerprint();
        (now != self.rated.received().document.fingerprint()).then_some(Change::Reading(now))
    }

    fn booked(self, waybill: Waybill, steps: Vec<WriteStep>) -> Booked {
        let at = waybill.booked_at;
        let known = self.doubt.as_ref().and_then(|it| it.known.as_ref());
        let several = known.is_some_and(|it| it.numbers.iter().any(|other| !waybill.tracking_numbers.contains(other)));
        let beside = several.then(|| Watched::beside(self.attempt.clone(), at));
        let mut booked = Booked {
            rated: self.rated,
            attempt: self.attempt,
            waybill,
            delivery: Delivery::Pending { tries: 0, next_at: at, reprint: false },
            write_back: WriteBack { steps, tries: 0, next_at: at },
            tracking: Tracking { summary: None, next_at: Some(at + FIRST_TRACKING), hearing: Hearing::default() },
            void: None,
            voided_packages: Vec::new(),
            changed: None,
            attention: Vec::new(),
        };
        if let Some(watched) = beside {
            booked.rated.packed.addressed.received.watch(watched);
        }
        booked.notice_refused();
        if let Some(change) = self.changed {
            booked.notice(change);
        }
        booked
    }

    /// The attempt is spent and bought nothing: back to the quote, unless the document has changed or gone meanwhile.
    fn without_label(self, ended: Ended, since: Timestamp) -> State {
        let watched = Watched::new(self.attempt, ended, since, Vec::new());
        let rated = State::Rated(Box::new(self.rated)).with_received(|it| {
            it.spend_attempt();
            it.watch(watched);
        });
        match self.changed {
            None => rated,
            Some(Change::Gone(gone)) => cancelled(rated.into_received(), gone),
            Some(Change::Reading(_)) => {
                let received = Received { stale: true, approved: None, ..rated.into_received() };
                State::Received(Box::new(received))
            }
        }
    }
}

// ---- after booking ----

fn after_booking(mut booked: Booked, event: Event) -> Next {
    match event {
        Event::Part(part) => booked.part(part),
        Event::Reread { document, .. } => {
            booked.reread(&document);
            Ok(State::Booked(Box::new(booked)))
        }
        Event::Gone(gone) => {
            booked.notice(Change::Gone(gone));
            Ok(State::Booked(Box::new(booked)))
        }
        _ => Err("its label is bought"),
    }
}

// ---- readings and corrections ----

fn cancelled(received: Received, gone: Gone) -> State {
    State::Cancelled(Box::new(Cancelled { received, gone }))
}

impl Received {
    fn fingerprint(&self) -> Fingerprint {
        self.document.fingerprint()
    }

    fn choose(&mut self, service: Service, by: String) {
        self.service = Some(service);
        self.service_by = Some(by);
    }

    pub(super) fn spend_attempt(&mut self) {
        self.attempts_made = self.attempts_made.saturating_add(1);
    }

    /// Another document: nothing is left but what is known of attempts.
    fn anew(self, document: Document, service: Option<Service>, at: Timestamp) -> Self {
        Self { attempts_made: self.attempts_made, watched: self.watched, ..Self::new(document, service, at) }
    }

    /// The reading renewed, and whether the shipment has to start again with it.
    ///
    /// A changed document leaves nothing but the count of attempts. An equal one keeps everything, except that a
    /// ship-via which now stands for another service needs another quote, and another leave to book at that price.
    fn reread(mut self, document: Document, service: Option<Service>, at: Timestamp) -> (Self, bool) {
        if self.fingerprint() != document.fingerprint() {
            return (self.anew(document, service, at), true);
        }
        self.document = document;
        self.read_at = at;
        self.stale = false;
        if self.service_by.is_some() || service.is_none() || service == self.service {
            return (self, false);
        }
        if self.service.is_some() {
            self.approved = None;
        }
        self.service = service;
        (self, true)
    }
}

impl State {
    fn reread(self, document: Document, service: Option<Service>, at: Timestamp) -> (Self, bool) {
        let (received, new) = self.received().clone().reread(document, service, at);
        let state = if new { Self::Received(Box::new(received)) } else { self.with_received(|it| *it = received) };
        (state, new)
    }

    /// A person's correction, and back to the stage that depends on it.
    fn corrected(self, event: Event) -> Self {
        match event {
            Event::AddressChosen { address, .. } => {
                let received = Received { chosen_address: Some(address), ..self.into_received() };
                Self::Received(Box::new(received))
            }
            Event::ServiceChosen { service, by } => {
                let mut received = self.into_received();
                received.choose(service, by);
                Self::Received(Box::new(received))
            }
            Event::Weighed(bench) => match self {
                Self::Packed(it) => Self::Addressed(Box::new(it.addressed)),
                Self::Rated(it) => Self::Addressed(Box::new(it.packed.addressed)),
                other => other,
            }
            .with_received(|it| it.bench = Some(bench)),
            _ => self,
        }
    }

    fn received_mut(&mut self) -> &mut Received {
        match self {
            Self::AlreadyThere(received) | Self::Received(received) => received,
            Self::Addressed(it) => &mut it.received,
            Self::Packed(it) => &mut it.addressed.received,
            Self::Rated(it) => &mut it.packed.addressed.received,
            Self::Booking(it) | Self::Desk(it) => &mut it.rated.packed.addressed.received,
            Self::Booked(it) => &mut it.rated.packed.addressed.received,
            Self::Held(it) => it.before.received_mut(),
            Self::Cancelled(it) => &mut it.received,
        }
    }

    fn into_received(self) -> Received {
        match self {
            Self::AlreadyThere(received) | Self::Received(received) => *received,
            Self::Addressed(it) => it.received,
            Self::Packed(it) => it.addressed.received,
            Self::Rated(it) => it.packed.addressed.received,
            Self::Booking(it) | Self::Desk(it) => it.rated.packed.addressed.received,
            Self::Booked(it) => it.rated.packed.addressed.received,
            Self::Held(it) => it.before.into_received(),
            Self::Cancelled(it) => it.received,
        }
    }

    fn with_received(mut self, change: impl FnOnce(&mut Received)) -> Self {
        match &mut self {
            Self::AlreadyThere(received) | Self::Received(received) => change(received),
            Self::Addressed(it) => change(&mut it.received),
            Self::Packed(it) => change(&mut it.addressed.received),
            Self::Rated(it) => change(&mut it.packed.addressed.received),
            // Once UPS was asked, the reading underneath is the one that was asked with; a hold has its own way in.
            Self::Booking(_) | Self::Desk(_) | Self::Booked(_) | Self::Held(_) | Self::Cancelled(_) => {}
        }
        self
    }
}

// ---- holds ----

/// A hold about the document's own data starts anew with new data; one that a person or another system brought about
/// stays until a person lifts it.
fn outlives_a_new_reading(reason: &Reason) -> bool {
    matches!(reason, Reason::HeldByPerson { .. } | Reason::VoidedElsewhere | Reason::LateTwin { .. })
}

/// Whether a correction puts the hold right by itself. A corrected address does not lift a credit hold.
fn is_answered(reason: &Reason, correction: &Event) -> bool {
    match reason {
        Reason::NoPostalCode { .. }
        | Reason::NoStreet
        | Reason::AddressIncomplete { .. }
        | Reason::AddressCorrected { .. }
        | Reason::AddressAmbiguous { .. }
        | Reason::AddressNotFound
        | Reason::PoBox { .. }
        | Reason::MilitaryAddress { .. }
        | Reason::NameTooLong { .. }
        | Reason::TextNotPrintable { .. }
        | Reason::NoPhone { .. } => matches!(correction, Event::AddressChosen { .. }),
        Reason::MissingMass { .. }
        | Reason::BenchWeighs
        | Reason::Overweight { .. }
        | Reason::Oversize { .. }
        | Reason::TooManyPackages { .. } => matches!(correction, Event::Weighed(_)),
        Reason::UnmappedShipVia { .. } | Reason::ShipViaHold { .. } => {
            matches!(correction, Event::ServiceChosen { .. })
        }
        // Another weight or service is another price, and the new quote is measured against the limit again.
        Reason::OverSpend { .. } => matches!(correction, Event::Weighed(_) | Event::ServiceChosen { .. }),
        // UPS says what it minds in its own words; any correction is worth asking again.
        Reason::RejectedByUps { .. } => true,
        Reason::NoLines
        | Reason::CustomerOnHold { .. }
        | Reason::InSuspense { .. }
        | Reason::ShipDateTooFar { .. }
        | Reason::NoWorkingDay { .. }
        | Reason::NoGoodsValue { .. }
        | Reason::AlreadyShipped { .. }
        | Reason::ChangedAfterBooking { .. }
        | Reason::VoidedElsewhere
        | Reason::VoidRefused { .. }
        | Reason::LateTwin { .. }
        | Reason::VoidedButScanned { .. }
        | Reason::WriteBackRefused { .. }
        | Reason::PatienceEnded { .. }
        | Reason::NotReadable { .. }
        | Reason::MaybePrinted { .. }
        | Reason::HeldByPerson { .. } => false,
    }
}
