//! The states of a shipment.
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
//! others.
//!
//! Here are the states. What can happen to them is in `state/event.rs`, what follows from it in `state/apply.rs` and, after
//! booking, in `state/booked.rs`. What is deliberately not here: what to do next (`decide`), and every clock.

mod apply;
mod booked;
mod event;
mod gone;
mod stage;
#[cfg(test)]
pub(crate) mod tests;
mod watch;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use self::booked::{Booked, Delivery, Tracking, Void, WriteBack};
pub use self::event::{Event, Misstep, Part};
pub use self::gone::{Change, Gone};
pub use self::stage::Stage;
pub use self::watch::{Ended, Look, Watched};
use crate::address::{Address, Class};
use crate::document::Document;
use crate::hold::Hold;
use crate::number::{AttemptNumber, Reference, TrackingNumber};
use crate::packing::{Bench, Package};
use crate::service::Service;
use crate::tracking::Status;
use crate::waybill::{Quote, Waybill};

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
    /// The service its ship-via stands for, or a person chose; none until somebody says what is meant.
    pub service: Option<Service>,
    /// Who chose the service, if a person did: the site's table does not overrule a person.
    #[serde(default)]
    pub service_by: Option<String>,
    /// When it was read (business time).
    pub read_at: Timestamp,
    /// Too much has happened since it was read: it is read again before anything else is done with it.
    #[serde(default)]
    pub stale: bool,
    /// What the bench weighed.
    pub bench: Option<Bench>,
    /// An address a person chose; it is not checked against the candidate again.
    pub chosen_address: Option<Address>,
    /// The leave to book, where the site's mode asks for one.
    pub approved: Option<Approval>,
    /// Attempts to buy a label so far, whatever became of them.
    pub attempts_made: u32,
    /// Attempts that are over and may still bring a late twin.
    #[serde(default)]
    pub watched: Vec<Watched>,
}

impl Received {
    /// A fresh reading.
    pub fn new(document: Document, service: Option<Service>, read_at: Timestamp) -> Self {
        Self {
            document,
            service,
            service_by: None,
            read_at,
            stale: false,
            bench: None,
            chosen_address: None,
            approved: None,
            attempts_made: 0,
            watched: Vec::new(),
        }
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
    /// What UPS said of it that was not enough to adopt it: it exists, and nobody may call it absent.
    #[serde(default)]
    pub known: Option<Known>,
}

impl Doubt {
    /// The next question by reference, while the series lasts.
    pub fn next_probe(&self) -> Option<Timestamp> {
        let wait = usize::try_from(self.probes).ok().and_then(|asked| PROBES.get(asked))?;
        Some(self.since + *wait)
    }

    /// The next look after the series, while a person is asked: late visibility ends a doubt by itself.
    pub fn next_look(&self) -> Option<Timestamp> {
        let looks = usize::try_from(self.probes).ok()?.saturating_sub(PROBES.len());
        DESK_LOOKS.get(looks).map(|wait| self.since + *wait)
    }

    /// A look at the desk was made; those that were missed meanwhile are not made up for.
    fn looked(&mut self, at: Timestamp) {
        let series = u32::try_from(PROBES.len()).unwrap_or(u32::MAX);
        self.probes = self.probes.max(series).saturating_add(1);
        while self.next_look().is_some_and(|next| next <= at) {
            self.probes = self.probes.saturating_add(1);
        }
    }

    /// The first moment counts, the last words do.
    fn learn(&mut self, known: Known) {
        let at = self.known.as_ref().map_or(known.at, |it| it.at);
        self.known = Some(Known { at, ..known });
    }
}

/// Waits between the moment of doubt and each question by reference.
pub const PROBES: [SignedDuration; 5] = [
    SignedDuration::from_secs(2),
    SignedDuration::from_secs(10),
    SignedDuration::from_secs(30),
    SignedDuration::from_mins(2),
    SignedDuration::from_mins(10),
];

/// Waits between the moment of doubt and the looks while a person is asked.
pub const DESK_LOOKS: [SignedDuration; 7] = [
    SignedDuration::from_mins(30),
    SignedDuration::from_mins(2 * 60),
    SignedDuration::from_mins(6 * 60),
    SignedDuration::from_mins(24 * 60),
    SignedDuration::from_mins(2 * 24 * 60),
    SignedDuration::from_mins(4 * 24 * 60),
    SignedDuration::from_mins(7 * 24 * 60),
];

/// What UPS knows of an attempt in doubt without giving its label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// When it said so first (business time).
    pub at: Timestamp,
    /// In plain words.
    pub words: String,
    /// The numbers it named, one of which a person may adopt.
    pub numbers: Vec<TrackingNumber>,
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
    /// The document changed or went away meanwhile: first the doubt is resolved. With a label a void is proposed then,
    /// without one the shipment ends or starts again.
    pub changed: Option<Change>,
}

/// Waiting for a person, and where it will go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Why, and who can help.
    pub hold: Hold,
    /// The state it returns to; always one before booking.
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

    /// The doubt about an attempt, while there is one.
    pub fn doubt(&self) -> Option<&Booking> {
        match self {
            Self::Booking(booking) | Self::Desk(booking) => Some(booking),
            _ => None,
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

    /// What a person must look at, before or after booking; of several things the oldest.
    pub fn hold(&self) -> Option<&Hold> {
        match self {
            Self::Held(held) => Some(&held.hold),
            Self::Booked(booked) => booked.attention.first(),
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
}
