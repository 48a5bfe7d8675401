//! The states of a shipment and the only place where it changes them.
//!
//! ```text
//! AlreadyThere ─released─► Received ─► Addressed ─► Packed ─► Rated ─asked─► Booking ─waybill─► Booked
//!                             ▲            │           │        │  ▲            │ answer lost      │ label · write-back
//!                             └─ reading ──┴───────────┴────────┘  └─not booked─┤                  │ tracking · void
//!                                changed         Held ◄──► (person)             └─probes over─► Desk
//! ```
//!
//! Each stage owns the one before, so a booked shipment without a quote cannot be written down. `Booking` is stored
//! before a byte leaves the house; whoever finds a shipment in `Booking` knows that a label may exist and can only ask.
//! [`State::apply`] takes the state by value and answers the next one or a [`Misstep`]; nothing else makes a state. After
//! booking the state is a product: label, write-back, tracking and void each go their own way and wait for none of the
//! others. What is deliberately not here: what to do next (`decide`), and every clock.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::address::{Address, Class};
use crate::document::Document;
use crate::hold::{Hold, Reason};
use crate::number::{AttemptNumber, Reference};
use crate::packing::{Bench, Package};
use crate::service::Service;
use crate::tracking::{Status, Summary};
use crate::waybill::{Quote, Waybill};
use crate::write_back::{Progress, WriteStep};

/// Who said that a label may be bought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The person or rule.
    pub by: String,
    /// When (business time).
    pub at: Timestamp,
}

/// A document of ours as last read, and what people have added to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Received {
    /// The reading.
    pub document: Document,
    /// The service its ship-via stands for; none until a person says what is meant.
    pub service: Option<Service>,
    /// When it was read (business time).
    pub read_at: Timestamp,
    /// What the bench weighed.
    pub bench: Option<Bench>,
    /// An address a person chose; it is not checked against the candidate again.
    pub chosen_address: Option<Address>,
    /// The leave to book, where the site's mode asks for one.
    pub approved: Option<Approval>,
    /// Attempts to buy a label so far, whatever became of them.
    pub attempts_made: u32,
}

impl Received {
    /// A fresh reading.
    pub fn new(document: Document, service: Option<Service>, read_at: Timestamp) -> Self {
        Self { document, service, read_at, bench: None, chosen_address: None, approved: None, attempts_made: 0 }
    }
}

/// With an address fit for a label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addressed {
    /// The stage before.
    pub received: Received,
    /// The ship-to as it will be printed.
    pub address: Address,
    /// Residential or commercial, as UPS classified it.
    pub class: Class,
}

/// With packages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Packed {
    /// The stage before.
    pub addressed: Addressed,
    /// At least one.
    pub packages: Vec<Package>,
}

/// With a ship date and a quote for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rated {
    /// The stage before.
    pub packed: Packed,
    /// The day the parcel is to be tendered; the same in quote and booking.
    pub ship_date: Date,
    /// The price.
    pub quote: Quote,
}

impl Rated {
    /// The reading underneath.
    pub fn received(&self) -> &Received {
        &self.packed.addressed.received
    }

    fn received_mut(&mut self) -> &mut Received {
        &mut self.packed.addressed.received
    }

    fn with_attempt_spent(mut self) -> Self {
        self.received_mut().attempts_made += 1;
        self
    }
}

/// One try to buy the label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Counts from one.
    pub number: AttemptNumber,
    /// Our reference, printed into the request and asked for when the answer is lost.
    pub reference: Reference,
    /// When the intent was recorded (business time).
    pub asked_at: Timestamp,
}

/// An answer that never came, or could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doubt {
    /// Since when (business time).
    pub since: Timestamp,
    /// What we saw instead of an answer.
    pub why: String,
    /// How often UPS was asked by reference and knew nothing.
    pub probes: u32,
}

/// Asked, and not known to be answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booking {
    /// The stage before.
    pub rated: Rated,
    /// The try.
    pub attempt: Attempt,
    /// Set once the answer is known to be lost.
    pub doubt: Option<Doubt>,
    /// The document changed or went away meanwhile: first the doubt is resolved, then a void is proposed.
    pub changed: Option<String>,
}

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
    /// Whether something is still to be written or proven.
    pub fn is_pending(&self) -> bool {
        self.steps.iter().any(WriteStep::is_pending)
    }
}

/// Following the parcel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tracking {
    /// What the scans say so far.
    pub summary: Option<Summary>,
    /// The next poll; none when the end is reached.
    pub next_at: Option<Timestamp>,
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
    /// Something a person must look at, while the parts go on.
    pub attention: Option<Hold>,
}

impl Booked {
    /// Whether UPS has voided it.
    pub fn is_voided(&self) -> bool {
        matches!(self.void, Some(Void::Voided { .. }))
    }

    /// The canonical status, if any scan was seen.
    pub fn status(&self) -> Option<&Status> {
        self.tracking.summary.as_ref().map(|summary| &summary.status)
    }
}

/// Waiting for a person, and where it will go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Why, and who can help.
    pub hold: Hold,
    /// The state it returns to.
    pub before: Box<State>,
}

/// Ended without a label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancelled {
    /// The reading it ended with.
    pub received: Received,
    /// Why.
    pub gone: Gone,
}

/// Why a release is no longer to be shipped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Gone {
    /// Cancelled in SYSPRO.
    Cancelled,
    /// Invoiced in SYSPRO before a label was bought.
    Invoiced,
    /// Its status left the ready set.
    NoLongerReady {
        /// SYSPRO's status code.
        status: String,
    },
    /// It is not to be found any more.
    Vanished,
    /// Its ship-via or its kind makes it another's.
    NotOurs {
        /// What it is now.
        what: String,
    },
    /// A person withdrew it.
    Withdrawn {
        /// Who.
        by: String,
        /// Why.
        reason: String,
    },
}

impl Gone {
    /// Plain words.
    pub fn words(&self) -> String {
        match self {
            Self::Cancelled => "cancelled in SYSPRO".to_owned(),
            Self::Invoiced => "invoiced in SYSPRO before a label was bought".to_owned(),
            Self::NoLongerReady { status } => format!("no longer ready in SYSPRO (status {status})"),
            Self::Vanished => "no longer found in SYSPRO".to_owned(),
            Self::NotOurs { what } => format!("no longer ours: {what}"),
            Self::Withdrawn { by, reason } => format!("withdrawn by {by}: {reason}"),
        }
    }
}

/// The life of a shipment so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// Ready before the connector came: waits for a release by a person.
    AlreadyThere(Box<Received>),
    /// Read, nothing asked yet.
    Received(Box<Received>),
    /// Address settled.
    Addressed(Box<Addressed>),
    /// Packages planned.
    Packed(Box<Packed>),
    /// Priced; the next thing is the label.
    Rated(Box<Rated>),
    /// Asked UPS for the label; the answer is not recorded.
    Booking(Box<Booking>),
    /// In doubt to the end: a person decides.
    Desk(Box<Booking>),
    /// Bought.
    Booked(Box<Booked>),
    /// A person must look.
    Held(Box<Held>),
    /// Ended without a label.
    Cancelled(Box<Cancelled>),
}

/// A state's name, for columns, lists and messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// See [`State::AlreadyThere`].
    AlreadyThere,
    /// See [`State::Received`].
    Received,
    /// See [`State::Addressed`].
    Addressed,
    /// See [`State::Packed`].
    Packed,
    /// See [`State::Rated`].
    Rated,
    /// See [`State::Booking`].
    Booking,
    /// See [`State::Desk`].
    InDoubt,
    /// Bought and on its way.
    Booked,
    /// Bought and at its end: delivered.
    Delivered,
    /// Bought and at another end: returned, lost.
    Ended,
    /// Voided.
    Voided,
    /// See [`State::Held`].
    Held,
    /// See [`State::Cancelled`].
    Cancelled,
}

impl Stage {
    /// All of them, in the order of a shipment's life.
    pub const ALL: [Self; 13] = [
        Self::AlreadyThere,
        Self::Received,
        Self::Addressed,
        Self::Packed,
        Self::Rated,
        Self::Booking,
        Self::InDoubt,
        Self::Booked,
        Self::Delivered,
        Self::Ended,
        Self::Voided,
        Self::Held,
        Self::Cancelled,
    ];

    /// The name in snake case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AlreadyThere => "already_there",
            Self::Received => "received",
            Self::Addressed => "addressed",
            Self::Packed => "packed",
            Self::Rated => "rated",
            Self::Booking => "booking",
            Self::InDoubt => "in_doubt",
            Self::Booked => "booked",
            Self::Delivered => "delivered",
            Self::Ended => "ended",
            Self::Voided => "voided",
            Self::Held => "held",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What became of a booked shipment's part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Part {
    /// Delivered to folder or printer.
    LabelDelivered {
        /// When.
        at: Timestamp,
        /// Where.
        to: String,
    },
    /// Perhaps printed.
    LabelMaybePrinted {
        /// When.
        at: Timestamp,
        /// The printer.
        printer: String,
    },
    /// Not delivered, no byte sent: again later.
    LabelLater {
        /// Not before.
        next_at: Timestamp,
    },
    /// A person wants it printed (again).
    PrintAsked {
        /// Who.
        by: String,
        /// When.
        at: Timestamp,
    },
    /// Write-back steps came this far; one entry per step of the write-back, in order.
    Written {
        /// The new progress of each step.
        progress: Vec<Progress>,
        /// When to look again if something is pending.
        next_at: Timestamp,
    },
    /// Nothing could be written or read; again later.
    WriteBackLater {
        /// Not before.
        next_at: Timestamp,
    },
    /// A person wants refused steps tried again.
    WriteBackAsked {
        /// Who.
        by: String,
        /// When.
        at: Timestamp,
    },
    /// Asked for scans.
    Tracked {
        /// What all scans say now.
        summary: Option<Summary>,
        /// New steps for SYSPRO.
        steps: Vec<WriteStep>,
        /// The next poll; none at the end.
        next_at: Option<Timestamp>,
    },
    /// A person wants it undone.
    VoidAsked {
        /// Who.
        by: String,
        /// Why.
        reason: String,
        /// Ship again afterwards.
        restart: bool,
        /// When.
        at: Timestamp,
    },
    /// UPS voided it.
    Voided {
        /// When.
        at: Timestamp,
        /// The step that takes the number back out of SYSPRO.
        reversal: Option<WriteStep>,
    },
    /// UPS will not void it.
    VoidRefused {
        /// UPS's words.
        words: String,
    },
    /// The void could not be asked; again later.
    VoidLater {
        /// Not before.
        next_at: Timestamp,
    },
    /// Something a person must look at.
    Attention(Hold),
    /// A person has looked.
    AttentionCleared {
        /// Who.
        by: String,
    },
    /// Voided, SYSPRO told, and the release is to be shipped again.
    Reopened {
        /// Who asked for the restart (the void's author or a person).
        at: Timestamp,
    },
}

/// Everything that can happen to a shipment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// The document was read again.
    Reread {
        /// The reading.
        document: Box<Document>,
        /// Its service.
        service: Option<Service>,
        /// When.
        at: Timestamp,
    },
    /// The document is no longer to be shipped.
    Gone(Gone),
    /// An address fit for a label.
    AddressSettled {
        /// As it will be printed.
        address: Address,
        /// Residential or commercial.
        class: Class,
        /// What was taken over or confirmed, in plain words.
        how: String,
    },
    /// Packages planned.
    Packed(Vec<Package>),
    /// Priced for a day.
    Quoted {
        /// The day.
        ship_date: Date,
        /// The price.
        quote: Quote,
    },
    /// A person or the bench says that a label may be bought.
    Approved(Approval),
    /// The bench told boxes and weights.
    Weighed(Bench),
    /// A person gave the address.
    AddressChosen {
        /// As it is to be printed.
        address: Address,
        /// Who.
        by: String,
    },
    /// A person gave the service.
    ServiceChosen {
        /// The service.
        service: Service,
        /// Who.
        by: String,
    },
    /// The intent to ask UPS for a label. Durable before the socket opens.
    Asked(Attempt),
    /// UPS answered with a waybill, or was found to know one under our reference.
    Booked {
        /// The waybill.
        waybill: Box<Waybill>,
        /// What SYSPRO is to be told.
        steps: Vec<WriteStep>,
    },
    /// UPS certainly has no label from this attempt.
    NotBooked {
        /// How we know.
        why: String,
    },
    /// The answer never came or could not be read.
    AnswerLost {
        /// When we noticed.
        at: Timestamp,
        /// What we saw.
        why: String,
    },
    /// Asked UPS by reference; it knows nothing (yet).
    ProbedNothing,
    /// Under our reference UPS knows only a voided shipment.
    FoundVoided,
    /// The last probe found nothing.
    ProbesOver,
    /// A person at the in-doubt desk says that no label exists.
    SaidAbsent {
        /// Who.
        by: String,
        /// Why.
        reason: String,
        /// When.
        at: Timestamp,
    },
    /// A person must look.
    Held(Hold),
    /// A person has looked: go on.
    Released {
        /// Who.
        by: String,
    },
    /// Something about a booked shipment.
    Part(Part),
}

impl Event {
    /// The event's name in snake case, for audit lines and messages.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Reread { .. } => "read_again",
            Self::Gone(_) => "cancelled",
            Self::AddressSettled { .. } => "address_settled",
            Self::Packed(_) => "packed",
            Self::Quoted { .. } => "quoted",
            Self::Approved(_) => "approved",
            Self::Weighed(_) => "weighed",
            Self::AddressChosen { .. } => "address_chosen",
            Self::ServiceChosen { .. } => "service_chosen",
            Self::Asked(_) => "booking_asked",
            Self::Booked { waybill, .. } if waybill.adopted => "adopted",
            Self::Booked { .. } => "booked",
            Self::NotBooked { .. } => "not_booked",
            Self::AnswerLost { .. } => "in_doubt",
            Self::ProbedNothing => "not_found_yet",
            Self::FoundVoided => "found_voided",
            Self::ProbesOver => "to_the_desk",
            Self::SaidAbsent { .. } => "said_absent",
            Self::Held(_) => "held",
            Self::Released { .. } => "released",
            Self::Part(part) => part.name(),
        }
    }
}

impl Part {
    fn name(&self) -> &'static str {
        match self {
            Self::LabelDelivered { .. } => "label_delivered",
            Self::LabelMaybePrinted { .. } => "label_maybe_printed",
            Self::LabelLater { .. } => "label_later",
            Self::PrintAsked { .. } => "print_asked",
            Self::Written { .. } => "written_back",
            Self::WriteBackLater { .. } => "write_back_later",
            Self::WriteBackAsked { .. } => "write_back_asked",
            Self::Tracked { .. } => "tracked",
            Self::VoidAsked { .. } => "void_asked",
            Self::Voided { .. } => "voided",
            Self::VoidRefused { .. } => "void_refused",
            Self::VoidLater { .. } => "void_later",
            Self::Attention(_) => "attention",
            Self::AttentionCleared { .. } => "attention_cleared",
            Self::Reopened { .. } => "reopened",
        }
    }
}

/// An event that may not follow on a state.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{event} cannot happen to a shipment that is {}: {why}", .stage.as_str())]
pub struct Misstep {
    /// Where the shipment stood.
    pub stage: Stage,
    /// What was tried.
    pub event: &'static str,
    /// Why not.
    pub why: &'static str,
}

impl State {
    /// The state's name.
    pub fn stage(&self) -> Stage {
        match self {
            Self::AlreadyThere(_) => Stage::AlreadyThere,
            Self::Received(_) => Stage::Received,
            Self::Addressed(_) => Stage::Addressed,
            Self::Packed(_) => Stage::Packed,
            Self::Rated(_) => Stage::Rated,
            Self::Booking(_) => Stage::Booking,
            Self::Desk(_) => Stage::InDoubt,
            Self::Held(_) => Stage::Held,
            Self::Cancelled(_) => Stage::Cancelled,
            Self::Booked(booked) if booked.is_voided() => Stage::Voided,
            Self::Booked(booked) => match booked.status() {
                Some(Status::Delivered) => Stage::Delivered,
                Some(status) if status.is_final() => Stage::Ended,
                Some(_) | None => Stage::Booked,
            },
        }
    }

    /// The reading underneath, whatever the state.
    pub fn received(&self) -> &Received {
        match self {
            Self::AlreadyThere(received) | Self::Received(received) => received,
            Self::Addressed(it) => &it.received,
            Self::Packed(it) => &it.addressed.received,
            Self::Rated(it) => it.received(),
            Self::Booking(it) | Self::Desk(it) => it.rated.received(),
            Self::Booked(it) => it.rated.received(),
            Self::Held(it) => it.before.received(),
            Self::Cancelled(it) => &it.received,
        }
    }

    /// What a person must look at, before or after booking.
    pub fn hold(&self) -> Option<&Hold> {
        match self {
            Self::Held(held) => Some(&held.hold),
            Self::Booked(booked) => booked.attention.as_ref(),
            Self::AlreadyThere(_)
            | Self::Received(_)
            | Self::Addressed(_)
            | Self::Packed(_)
            | Self::Rated(_)
            | Self::Booking(_)
            | Self::Desk(_)
            | Self::Cancelled(_) => None,
        }
    }

    /// The waybill, once booked.
    pub fn waybill(&self) -> Option<&Waybill> {
        match self {
            Self::Booked(booked) => Some(&booked.waybill),
            _ => None,
        }
    }

    /// The only place where a shipment changes state.
    ///
    /// # Errors
    /// [`Misstep`] when the event may not follow; the caller's copy of the state is unchanged.
    pub fn apply(self, event: Event) -> Result<Self, Misstep> {
        use {Event as E, State as S};
        let stage = self.stage();
        let name = event.name();
        let misstep = move |why| Misstep { stage, event: name, why };
        match (self, event) {
            (S::Booked(booked), E::Part(part)) => booked.part(part).ok_or_else(|| misstep("that part is not there yet, or over")),
            (S::Booked(booked), E::Reread { document, .. }) => Ok(S::Booked(Box::new(booked.reread(&document)))),
            (S::Booked(booked), E::Gone(gone)) => Ok(S::Booked(Box::new(booked.gone(&gone)))),
            (S::Booked(_), _) => Err(misstep("its label is bought")),

            (S::Booking(it), E::Booked { waybill, steps }) | (S::Desk(it), E::Booked { waybill, steps }) => {
                Ok(S::Booked(Box::new(it.booked(*waybill, steps))))
            }
            (S::Booking(it), E::NotBooked { .. }) => Ok(S::Rated(Box::new(it.rated.with_attempt_spent()))),
            (S::Booking(mut it), E::AnswerLost { at, why }) => {
                it.doubt.get_or_insert(Doubt { since: at, why, probes: 0 });
                Ok(S::Booking(it))
            }
            (S::Booking(mut it), E::ProbedNothing) => match it.doubt.as_mut() {
                Some(doubt) => {
                    doubt.probes += 1;
                    Ok(S::Booking(it))
                }
                None => Err(misstep("its answer is not known to be lost")),
            },
            (S::Booking(it), E::ProbesOver) if it.doubt.is_some() => Ok(S::Desk(it)),
            (S::Booking(it) | S::Desk(it), E::FoundVoided) => {
                let hold = Hold::from(Reason::VoidedElsewhere);
                let before = Box::new(S::Rated(Box::new(it.rated.with_attempt_spent())));
                Ok(S::Held(Box::new(Held { hold, before })))
            }
            (S::Desk(it), E::SaidAbsent { by, at, .. }) => {
                let mut rated = it.rated.with_attempt_spent();
                rated.received_mut().approved = Some(Approval { by, at });
                Ok(S::Rated(Box::new(rated)))
            }
            (S::Booking(mut it), E::Gone(gone)) => {
                it.changed = Some(gone.words());
                Ok(S::Booking(it))
            }
            (S::Desk(mut it), E::Gone(gone)) => {
                it.changed = Some(gone.words());
                Ok(S::Desk(it))
            }
            (S::Booking(it), E::Reread { document, .. }) => Ok(S::Booking(it.reread(&document))),
            (S::Desk(it), E::Reread { document, .. }) => Ok(S::Desk(it.reread(&document))),
            (S::Booking(_) | S::Desk(_), _) => Err(misstep("a label may exist; first UPS or a person must say")),

            (S::Cancelled(_), E::Reread { document, service, at }) => {
                Ok(S::Received(Box::new(Received::new(*document, service, at))))
            }
            (S::Cancelled(it), E::Gone(_)) => Ok(S::Cancelled(it)),
            (S::Cancelled(_), _) => Err(misstep("it ended without a label")),

            (state, E::Gone(gone)) => {
                Ok(S::Cancelled(Box::new(Cancelled { received: state.into_received(), gone })))
            }
            (state, E::Reread { document, service, at }) => Ok(state.reread(*document, service, at)),

            (S::AlreadyThere(received), E::Released { .. }) => Ok(S::Received(received)),
            (S::AlreadyThere(mut received), E::Approved(approval)) => {
                received.approved = Some(approval);
                Ok(S::Received(received))
            }
            (S::AlreadyThere(_), _) => Err(misstep("it was ready before the connector came and waits for a release")),

            (S::Held(held), E::Released { .. }) => Ok(*held.before),
            (S::Held(held), E::Held(hold)) => Ok(S::Held(Box::new(Held { hold, before: held.before }))),
            (S::Held(held), E::Approved(approval)) => {
                let before = Box::new(held.before.apply(E::Approved(approval))?);
                Ok(S::Held(Box::new(Held { hold: held.hold, before })))
            }
            (S::Held(held), event @ (E::AddressChosen { .. } | E::Weighed(_) | E::ServiceChosen { .. })) => {
                held.before.apply(event)
            }
            (S::Held(_), _) => Err(misstep("a person must look first")),

            (state, E::Held(hold)) => Ok(S::Held(Box::new(Held { hold, before: Box::new(state) }))),
            (state, E::Approved(approval)) => Ok(state.with_received(|it| it.approved = Some(approval))),
            (state, E::AddressChosen { address, .. }) => {
                let mut received = state.into_received();
                received.chosen_address = Some(address);
                Ok(S::Received(Box::new(received)))
            }
            (state, E::ServiceChosen { service, .. }) => {
                let mut received = state.into_received();
                received.service = Some(service);
                Ok(S::Received(Box::new(received)))
            }
            (state, E::Weighed(bench)) => Ok(state.weighed(bench)),

            (S::Received(received), E::AddressSettled { address, class, .. }) => {
                Ok(S::Addressed(Box::new(Addressed { received: *received, address, class })))
            }
            (S::Addressed(addressed), E::Packed(packages)) if !packages.is_empty() => {
                Ok(S::Packed(Box::new(Packed { addressed: *addressed, packages })))
            }
            (S::Packed(packed), E::Quoted { ship_date, quote }) => {
                Ok(S::Rated(Box::new(Rated { packed: *packed, ship_date, quote })))
            }
            (S::Rated(rated), E::Quoted { ship_date, quote }) => {
                Ok(S::Rated(Box::new(Rated { ship_date, quote, ..*rated })))
            }
            (S::Rated(rated), E::Asked(attempt)) if attempt.number.get() == rated.received().attempts_made + 1 => {
                Ok(S::Booking(Box::new(Booking { rated: *rated, attempt, doubt: None, changed: None })))
            }
            (S::Received(_) | S::Addressed(_) | S::Packed(_) | S::Rated(_), _) => Err(misstep("that does not follow here")),
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

    fn with_received(self, change: impl FnOnce(&mut Received)) -> Self {
        match self {
            Self::AlreadyThere(mut it) => {
                change(&mut it);
                Self::AlreadyThere(it)
            }
            Self::Received(mut it) => {
                change(&mut it);
                Self::Received(it)
            }
            Self::Addressed(mut it) => {
                change(&mut it.received);
                Self::Addressed(it)
            }
            Self::Packed(mut it) => {
                change(&mut it.addressed.received);
                Self::Packed(it)
            }
            Self::Rated(mut it) => {
                change(it.received_mut());
                Self::Rated(it)
            }
            Self::Held(it) => {
                let before = Box::new(it.before.with_received(change));
                Self::Held(Box::new(Held { hold: it.hold, before }))
            }
            // Once UPS was asked, the reading underneath is the one that was asked with.
            Self::Booking(_) | Self::Desk(_) | Self::Booked(_) | Self::Cancelled(_) => self,
        }
    }

    /// The same reading keeps everything and is only fresher; another one starts again, without the old approval.
    fn reread(self, document: Document, service: Option<Service>, at: Timestamp) -> Self {
        let old = self.received();
        if old.document.fingerprint() == document.fingerprint() {
            return self.with_received(|it| {
                it.document = document;
                it.service = service.or_else(|| it.service.take());
                it.read_at = at;
            });
        }
        let attempts_made = old.attempts_made;
        let fresh = Box::new(Received { attempts_made, ..Received::new(document, service, at) });
        match self {
            Self::AlreadyThere(_) => Self::AlreadyThere(fresh),
            _ => Self::Received(fresh),
        }
    }

    fn weighed(self, bench: Bench) -> Self {
        match self {
            Self::Packed(it) => Self::Addressed(Box::new(it.addressed)),
            Self::Rated(it) => Self::Addressed(Box::new(it.packed.addressed)),
            other => other,
        }
        .with_received(|it| it.bench = Some(bench))
    }
}

impl Booking {
    fn booked(self, waybill: Waybill, steps: Vec<WriteStep>) -> Booked {
        let at = waybill.booked_at;
        let attention = self.changed.map(|what| Hold::from(Reason::ChangedAfterBooking { what }));
        Booked {
            rated: self.rated,
            attempt: self.attempt,
            waybill,
            delivery: Delivery::Pending { tries: 0, next_at: at, reprint: false },
            write_back: WriteBack { steps, tries: 0, next_at: at },
            tracking: Tracking { summary: None, next_at: Some(at + FIRST_TRACKING) },
            void: None,
            attention,
        }
    }

    fn reread(mut self: Box<Self>, document: &Document) -> Box<Self> {
        if self.rated.received().document.fingerprint() != document.fingerprint() {
            self.changed = Some("changed in SYSPRO while the booking was in doubt".to_owned());
        }
        self
    }
}

/// A label is commonly unknown to tracking for the first hours, so nobody asks earlier.
const FIRST_TRACKING: SignedDuration = SignedDuration::from_hours(2);

impl Booked {
    fn reread(mut self: Box<Self>, document: &Document) -> Self {
        if self.rated.received().document.fingerprint() != document.fingerprint() && self.void.is_none() {
            let what = "ship-to, ship-via, quantities or required date changed in SYSPRO".to_owned();
            self.attention = Some(Hold::from(Reason::ChangedAfterBooking { what }));
        }
        *self
    }

    fn gone(mut self: Box<Self>, gone: &Gone) -> Self {
        let unscanned = self.status().is_none_or(|status| *status == Status::LabelCreated);
        match gone {
            // Invoicing or leaving the ready set is how a shipped document ends.
            Gone::Invoiced | Gone::NoLongerReady { .. } | Gone::Vanished => {}
            Gone::Cancelled | Gone::NotOurs { .. } | Gone::Withdrawn { .. } if self.void.is_none() => {
                let what = if unscanned {
                    format!("{}; UPS has not scanned it, so a void is proposed", gone.words())
                } else {
                    format!("{}; it is already on its way", gone.words())
                };
                self.attention = Some(Hold::from(Reason::ChangedAfterBooking { what }));
            }
            Gone::Cancelled | Gone::NotOurs { .. } | Gone::Withdrawn { .. } => {}
        }
        *self
    }

    fn part(mut self: Box<Self>, part: Part) -> Option<State> {
        match part {
            Part::LabelDelivered { at, to } => self.delivery = Delivery::Delivered { at, to },
            Part::LabelMaybePrinted { at, printer } => {
                self.attention = Some(Hold::from(Reason::MaybePrinted { printer: printer.clone() }));
                self.delivery = Delivery::MaybePrinted { at, printer };
            }
            Part::LabelLater { next_at } => match &mut self.delivery {
                Delivery::Pending { tries, next_at: next, .. } => {
                    *tries += 1;
                    *next = next_at;
                }
                Delivery::Delivered { .. } | Delivery::MaybePrinted { .. } => return None,
            },
            Part::PrintAsked { at, .. } => {
                let reprint = !matches!(self.delivery, Delivery::Pending { reprint: false, .. });
                self.delivery = Delivery::Pending { tries: 0, next_at: at, reprint };
                self.clear_attention("maybe_printed");
            }
            Part::Written { progress, next_at } => self.written(progress, next_at)?,
            Part::WriteBackLater { next_at } => {
                self.write_back.tries += 1;
                self.write_back.next_at = next_at;
            }
            Part::WriteBackAsked { at, .. } => {
                for step in &mut self.write_back.steps {
                    if matches!(step.progress, Progress::Refused { .. }) {
                        step.progress = Progress::Pending { posts: 0 };
                    }
                }
                self.write_back.next_at = at;
                self.clear_attention("write_back_refused");
            }
            Part::Tracked { summary, steps, next_at } => {
                if !steps.is_empty() {
                    self.supersede(&steps);
                    self.write_back.steps.extend(steps);
                }
                if let Some(summary) = summary {
                    self.tracking.summary = Some(summary);
                }
                self.tracking.next_at = next_at;
            }
            Part::VoidAsked { by, reason, restart, at } => {
                if self.void.is_some() {
                    return None;
                }
                self.void = Some(Void::Asked { by, reason, restart, tries: 0, next_at: at });
            }
            Part::VoidLater { next_at } => match &mut self.void {
                Some(Void::Asked { tries, next_at: next, .. }) => {
                    *tries += 1;
                    *next = next_at;
                }
                Some(Void::Voided { .. }) | None => return None,
            },
            Part::Voided { at, reversal } => self.voided(at, reversal)?,
            Part::VoidRefused { words } => {
                if !matches!(self.void, Some(Void::Asked { .. })) {
                    return None;
                }
                self.void = None;
                self.attention = Some(Hold::from(Reason::VoidRefused { words }));
            }
            Part::Attention(hold) => self.attention = Some(hold),
            Part::AttentionCleared { .. } => self.attention = None,
            Part::Reopened { .. } => return self.reopened(),
        }
        Some(State::Booked(self))
    }

    fn clear_attention(&mut self, code: &str) {
        if self.attention.as_ref().is_some_and(|hold| hold.code() == code) {
            self.attention = None;
        }
    }

    fn written(&mut self, progress: Vec<Progress>, next_at: Timestamp) -> Option<()> {
        let steps = &mut self.write_back.steps;
        // Steps are only ever appended, so a shorter report speaks of the first ones.
        if progress.len() > steps.len() {
            return None;
        }
        let mut moved = false;
        for (step, now) in steps.iter_mut().zip(progress) {
            if let Progress::Refused { words } = &now {
                let hold = Reason::WriteBackRefused { step: step.name.words().to_owned(), message: words.clone() };
                self.attention = Some(Hold::from(hold));
            }
            moved |= step.is_pending() && !matches!(now, Progress::Pending { .. });
            step.progress = now;
        }
        self.write_back.tries = if moved { 0 } else { self.write_back.tries + 1 };
        self.write_back.next_at = next_at;
        Some(())
    }

    /// A status that was never written need not be written once there is a newer one.
    fn supersede(&mut self, newer: &[WriteStep]) {
        for step in &mut self.write_back.steps {
            if step.is_pending() && newer.iter().any(|new| new.name == step.name) {
                step.progress = Progress::NotWritten { why: "a newer status came first".to_owned() };
            }
        }
    }

    fn voided(&mut self, at: Timestamp, reversal: Option<WriteStep>) -> Option<()> {
        let Some(Void::Asked { restart, .. }) = &self.void else { return None };
        self.void = Some(Void::Voided { at, restart: *restart });
        for step in &mut self.write_back.steps {
            if step.is_pending() {
                step.progress = Progress::NotWritten { why: "the shipment was voided".to_owned() };
            }
        }
        self.write_back.steps.extend(reversal);
        self.write_back.next_at = at;
        self.tracking.next_at = None;
        self.attention = None;
        if let Delivery::Pending { .. } = self.delivery {
            self.delivery = Delivery::Delivered { at, to: "nowhere: voided before it was printed".to_owned() };
        }
        Some(())
    }

    fn reopened(self) -> Option<State> {
        if !matches!(self.void, Some(Void::Voided { restart: true, .. })) || self.write_back.is_pending() {
            return None;
        }
        let rated = self.rated.with_attempt_spent();
        Some(State::Received(Box::new(rated.packed.addressed.received)))
    }
}
