//! Milestones: the few moments of a shipment's life that other programs want to hear of.
//!
//! ```text
//! state before ─► reached ─┐
//!                          ├─► what is new ─► (connector) an event, written with the step that reached it
//! state after  ─► reached ─┘
//! ```
//!
//! Derived from the state alone, so a step that is done again after a crash reaches nothing twice. An exception that
//! resolves and comes back is reached again. What is deliberately not here: who is told, and how.

use serde::{Deserialize, Serialize};

use crate::state::State;
use crate::tracking::Status;

/// A moment worth telling other programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Milestone {
    /// The label is bought.
    Booked,
    /// UPS reports an exception.
    Exception,
    /// The last package arrived.
    Delivered,
    /// The label was voided.
    Voided,
}

impl Milestone {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Booked, Self::Exception, Self::Delivered, Self::Voided];

    /// Its name for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Booked => "booked",
            Self::Exception => "exception",
            Self::Delivered => "delivered",
            Self::Voided => "voided",
        }
    }

    /// The milestone of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == name)
    }
}

/// The milestones at which a shipment in this state stands or which it has behind it.
pub fn reached(state: &State) -> Vec<Milestone> {
    let State::Booked(booked) = state else { return Vec::new() };
    let mut reached = vec![Milestone::Booked];
    match booked.status() {
        Some(Status::Exception) => reached.push(Milestone::Exception),
        Some(Status::Delivered) => reached.push(Milestone::Delivered),
        Some(_) | None => {}
    }
    if booked.is_voided() {
        reached.push(Milestone::Voided);
    }
    reached
}
