//! What becomes of a document in SYSPRO while its shipment is under way.

use serde::{Deserialize, Serialize};

use crate::document::Fingerprint;

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

/// What became of the document after UPS was asked for a label with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    /// It is no longer to be shipped.
    Gone(Gone),
    /// It reads differently in something the label depends on.
    Reading(Fingerprint),
}
