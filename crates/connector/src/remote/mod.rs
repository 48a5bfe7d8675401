//! The two remotes of a site: their clients built from its settings, and what their failures mean.
//!
//! Clients are built once per settings version. A secret is opened from the vault for the building and for nothing else.

pub(crate) mod build;
pub mod prove;
pub mod session;
pub mod trouble;

use serde::{Deserialize, Serialize};
use shipment::decide::Step;

/// A remote that can be away for a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remote {
    /// UPS.
    Ups,
    /// Bookings only: too many in doubt in a row.
    Booking,
    /// SYSPRO, by e.net or OData.
    Syspro,
    /// UPS's address validation alone.
    Address,
    /// UPS's rating alone.
    Rating,
    /// UPS's shipping alone.
    Shipping,
    /// UPS's label recovery alone.
    Recovery,
    /// UPS's voiding alone.
    Void,
    /// UPS's tracking alone.
    Tracking,
}

impl Remote {
    /// All of them.
    pub(crate) const ALL: [Self; 9] = [
        Self::Ups,
        Self::Booking,
        Self::Syspro,
        Self::Address,
        Self::Rating,
        Self::Shipping,
        Self::Recovery,
        Self::Void,
        Self::Tracking,
    ];

    /// The name in the store and in messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ups => "ups",
            Self::Booking => "booking",
            Self::Syspro => "syspro",
            Self::Address => "ups.address",
            Self::Rating => "ups.rating",
            Self::Shipping => "ups.shipping",
            Self::Recovery => "ups.recovery",
            Self::Void => "ups.void",
            Self::Tracking => "ups.tracking",
        }
    }

    /// The product that a step asks of UPS; none for a step that asks it nothing.
    pub(crate) fn product_of(step: Step) -> Option<Self> {
        match step {
            Step::CheckAddress => Some(Self::Address),
            Step::Quote => Some(Self::Rating),
            Step::Book => Some(Self::Shipping),
            Step::Probe | Step::TryAgain | Step::Watch => Some(Self::Recovery),
            Step::Void => Some(Self::Void),
            Step::Track => Some(Self::Tracking),
            Step::Reread | Step::Pack | Step::ToDesk | Step::DeliverLabel | Step::WriteBack | Step::Reopen => None,
        }
    }

    /// Whether a small question tells that it works again. The others are tried by the next shipment that needs them.
    pub(crate) fn can_be_looked_at(self) -> bool {
        matches!(self, Self::Ups | Self::Syspro | Self::Address | Self::Rating)
    }

    /// Whether a ping whose rungs at UPS all hold ends its absence. Doubts about bookings it says nothing about.
    pub(crate) fn is_lifted_by_a_ping(self) -> bool {
        match self {
            Self::Ups
            | Self::Address
            | Self::Rating
            | Self::Shipping
            | Self::Recovery
            | Self::Void
            | Self::Tracking => true,
            Self::Booking | Self::Syspro => false,
        }
    }

    /// Reads the stored name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == name)
    }
}
