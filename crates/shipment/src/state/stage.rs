//! The names of the states, for columns, lists and messages.
//!
//! A booked shipment has several: what people ask for is whether the parcel is still on its way, has arrived, came back,
//! or was voided, and they ask it of the list before they open one.

use serde::{Deserialize, Serialize};

/// A state's name, for columns, lists and messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// See [`super::State::AlreadyThere`].
    AlreadyThere,
    /// See [`super::State::Received`].
    Received,
    /// See [`super::State::Addressed`].
    Addressed,
    /// See [`super::State::Packed`].
    Packed,
    /// See [`super::State::Rated`].
    Rated,
    /// See [`super::State::Booking`].
    Booking,
    /// See [`super::State::Desk`].
    InDoubt,
    /// Bought and on its way.
    Booked,
    /// Bought and at its end: delivered.
    Delivered,
    /// Bought and at another end: returned, lost.
    Ended,
    /// Voided.
    Voided,
    /// See [`super::State::Held`].
    Held,
    /// See [`super::State::Cancelled`].
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
