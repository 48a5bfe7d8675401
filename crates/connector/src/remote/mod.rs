//! The two remotes of a site: their clients built from its settings, and what their failures mean.
//!
//! Clients are built once per settings version. A secret is opened from the vault for the building and for nothing else.

pub(crate) mod build;
pub mod prove;
pub mod session;
pub mod trouble;

use serde::{Deserialize, Serialize};

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
}

impl Remote {
    /// The name in the store and in messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ups => "ups",
            Self::Booking => "booking",
            Self::Syspro => "syspro",
        }
    }

    /// Reads the stored name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Ups, Self::Booking, Self::Syspro].into_iter().find(|it| it.as_str() == name)
    }
}
