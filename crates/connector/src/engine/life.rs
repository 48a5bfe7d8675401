//! What the store keeps of a shipment as JSON: its state, the step in hand's failures, and a wish to be read again.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shipment::state::State;

use crate::store::written;

/// A shipment between two claims.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Life {
    /// The state; changed by `State::apply` only.
    pub state: State,
    /// Failures of the step in hand; gone as soon as a step succeeds.
    pub stumbling: Option<Stumbling>,
    /// Someone asked for a fresh reading.
    pub reread: bool,
    /// UPS said something about the attempt that only a person can make sense of: no further attempt by itself.
    #[serde(default)]
    pub for_people: bool,
}

/// Failures of one step in a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stumbling {
    /// How many.
    pub tries: u32,
    /// The first one (business time).
    pub since: Timestamp,
    /// Not to be tried before.
    pub not_before: Timestamp,
    /// What the last one said, in plain words.
    pub words: String,
}

impl Life {
    /// A state that nothing has happened to yet.
    pub fn new(state: State) -> Self {
        Self { state, stumbling: None, reread: false, for_people: false }
    }

    /// As the store keeps it.
    pub fn written(&self) -> String {
        written(self)
    }

    /// Reads what the store kept.
    ///
    /// # Errors
    /// When it was written by a program that knew other states.
    pub fn read(json: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(json)
    }
}
