//! Tracking: from UPS's scans to one canonical status, and what follows from it.
//!
//! ```text
//! Track Alert ─┐
//! Track API   ─┼─► Scan ─► reduce: each event once, in order of time ─► Summary: one status with its evidence, the days
//! Quantum View ┘  (any order, any number of times)                        │         of delivery
//!                                                                          ├─► watch: what a person should hear of
//!                                                                          └─► pace: when to ask again
//! ```
//!
//! What a scan's codes mean is UPS's affair and told by whoever reads the feed (the table is `ups::CanonicalStatus`'s
//! module); here is what many scans come down to. The codes stay with the scan: they identify it, and a meaning nobody
//! knows is shown by them. Everything here is a function of the *set* of scans: nothing depends on which came first, and
//! a scan that three feeds tell is one scan.

mod pace;
mod place;
mod reduce;
mod scan;
mod watch;
mod words;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use pace::{Hearing, Pace, next_look};
pub use place::zone_of;
pub use reduce::{DeliveryDays, Summary, combine, reduce};
pub use scan::{Days, Feed, Scan};
pub use watch::{Concern, Expectation, concerns};
pub use words::{Plain, explain};

/// Where a package is, in one vocabulary for all of UPS's feeds.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// UPS has the data, not yet the package.
    LabelCreated,
    /// The label was voided.
    Voided,
    /// UPS was asked to come, or came in vain.
    PickupPending,
    /// UPS has the package.
    PickedUp,
    /// On its way.
    InTransit,
    /// With customs or a broker.
    Customs,
    /// Sorted for, or loaded on, the delivery vehicle.
    Preparing,
    /// On the delivery vehicle's round.
    OutForDelivery,
    /// Tried and not delivered.
    DeliveryAttempted,
    /// Waits to be collected, at an access point for example.
    HeldForPickup,
    /// Delivered, with evidence.
    Delivered,
    /// Handed to an agent who brings it on.
    DeliveredToAgent,
    /// Delayed or in trouble.
    Exception,
    /// The consignee refused it.
    Refused,
    /// On its way back.
    Returning,
    /// Back at the shipper.
    Returned,
    /// Lost or destroyed.
    Lost,
    /// News that move nothing: a requested change, a new estimate, a photo, a claim.
    Notice {
        /// `statusCode type/code` as UPS gave them.
        raw: String,
    },
    /// Codes nobody knows, or a delivery without evidence.
    Unknown {
        /// `statusCode type/code` as UPS gave them.
        raw: String,
    },
}

impl Status {
    fn untold() -> Self {
        Self::Unknown { raw: String::new() }
    }

    /// Whether nothing more is expected.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Delivered | Self::Returned | Self::Lost | Self::Voided)
    }

    /// Whether it says that UPS has, or had, the package in its hands.
    pub fn is_physical(&self) -> bool {
        match self {
            Self::LabelCreated
            | Self::Voided
            | Self::PickupPending
            | Self::Notice { .. }
            | Self::Unknown { .. }
            // Said of a label that was never seen as well.
            | Self::Lost => false,
            Self::PickedUp
            | Self::InTransit
            | Self::Customs
            | Self::Preparing
            | Self::OutForDelivery
            | Self::DeliveryAttempted
            | Self::HeldForPickup
            | Self::Delivered
            | Self::DeliveredToAgent
            | Self::Exception
            | Self::Refused
            | Self::Returning
            | Self::Returned => true,
        }
    }

    /// Whether the package does not go its way.
    pub fn is_trouble(&self) -> bool {
        matches!(
            self,
            Self::Exception | Self::DeliveryAttempted | Self::Refused | Self::Returning | Self::Returned | Self::Lost
        )
    }

    /// A stable name ("out_for_delivery").
    pub fn code(&self) -> &'static str {
        match self {
            Self::LabelCreated => "label_created",
            Self::Voided => "voided",
            Self::PickupPending => "pickup_pending",
            Self::PickedUp => "picked_up",
            Self::InTransit => "in_transit",
            Self::Customs => "customs",
            Self::Preparing => "preparing",
            Self::OutForDelivery => "out_for_delivery",
            Self::DeliveryAttempted => "delivery_attempted",
            Self::HeldForPickup => "held_for_pickup",
            Self::Delivered => "delivered",
            Self::DeliveredToAgent => "delivered_to_agent",
            Self::Exception => "exception",
            Self::Refused => "refused",
            Self::Returning => "returning",
            Self::Returned => "returned",
            Self::Lost => "lost",
            Self::Notice { .. } => "notice",
            Self::Unknown { .. } => "unknown",
        }
    }

    /// Whether a later scan saying `next` takes this status' place.
    ///
    /// News and codes nobody knows move nothing. Label data, told late, does not undo a scan of the package itself, nor
    /// does a void: UPS holds it. A final status outlives stragglers such as an arrival scan told after the delivery.
    /// What ends it is news that cannot be a straggler: a delivered package comes back, a lost one turns up, a label is
    /// used although it was voided.
    fn gives_way_to(&self, next: &Self) -> bool {
        match (self, next) {
            (Self::Notice { .. }, _) | (Self::Unknown { .. }, Self::Unknown { .. }) => true,
            (_, Self::Notice { .. } | Self::Unknown { .. }) => false,
            (Self::Delivered, _) => matches!(next, Self::Delivered | Self::Returning | Self::Returned),
            (Self::Returned, _) => matches!(next, Self::Returned),
            (Self::Lost, _) => *next == Self::Lost || next.is_physical(),
            (Self::Voided, _) => *next == Self::Voided || *next == Self::Lost || next.is_physical(),
            (held, Self::LabelCreated | Self::PickupPending | Self::Voided) => !held.is_physical(),
            _ => true,
        }
    }

    /// How far along a package is; decides between scans of the same instant.
    fn progress(&self) -> u8 {
        match self {
            Self::Notice { .. } => 0,
            Self::Unknown { .. } => 1,
            Self::LabelCreated => 2,
            Self::PickupPending => 3,
            Self::PickedUp => 4,
            Self::InTransit => 5,
            Self::Customs => 6,
            Self::Preparing => 7,
            Self::OutForDelivery => 8,
            Self::Exception => 9,
            Self::DeliveryAttempted => 10,
            Self::HeldForPickup => 11,
            Self::DeliveredToAgent => 12,
            Self::Refused => 13,
            Self::Returning => 14,
            Self::Lost => 15,
            Self::Voided => 16,
            Self::Delivered => 17,
            Self::Returned => 18,
        }
    }
}

/// "out for delivery"
impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Notice { raw } | Self::Unknown { raw } => write!(f, "{} ({raw})", self.code()),
            known => f.write_str(&known.code().replace('_', " ")),
        }
    }
}
