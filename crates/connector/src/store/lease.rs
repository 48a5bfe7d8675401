//! Until when something is held: whose clock says so.
//!
//! ```text
//! SQLite       one process ─► the caller's real time, given with every call
//! PostgreSQL   many nodes ──► the database's clock at every statement, whatever the caller's clock shows
//! ```
//!
//! Leases end by real time, which no test and no demo drives. Two nodes whose clocks differ would take each other's
//! shipments or never let go, so where there may be several, one clock judges: every statement that writes or compares
//! a lease asks it, for the moment at which the statement came: one that waited for a row holds it a little shorter
//! than it asked for, never longer. A node whose clock was stepped, or that slept, learns of it by losing its fence.

use jiff::{SignedDuration, Timestamp};

/// How long something shall be held, as its holder sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// Real time now, by the holder's clock; a shared database asks its own.
    pub from: Timestamp,
    /// For so long from now.
    pub length: SignedDuration,
}

impl Lease {
    /// From `from` on, for `length`.
    #[must_use]
    pub fn of(from: Timestamp, length: SignedDuration) -> Self {
        Self { from, length }
    }

    pub(super) fn length_micros(self) -> i64 {
        micros_of(self.length)
    }
}

/// A length of time as it is added to a stored time.
pub(super) fn micros_of(length: SignedDuration) -> i64 {
    i64::try_from(length.as_micros()).unwrap_or(i64::MAX / 4)
}

/// Whose clock leases follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LeaseClock {
    /// The time the caller gives.
    Caller,
    /// The database's own.
    Database,
}

impl LeaseClock {
    /// Real time now as an SQL expression; `place` is the parameter that carries the caller's.
    pub(super) fn now(self, place: &str) -> String {
        match self {
            Self::Caller => place.to_owned(),
            Self::Database => "CAST(EXTRACT(EPOCH FROM statement_timestamp()) * 1000000 AS BIGINT)".to_owned(),
        }
    }
}
