//! The one place of this crate that looks at a clock.
//!
//! Only the age of an access token is measured with the wall clock, which somebody may drive. Deadlines
//! of calls run on the runtime's monotonic time and do not follow it.

use std::fmt;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use tokio::time::Instant;

/// Where the client takes the time from, so that a test or a demonstration can drive it.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

/// The machine's own clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "this is the crate's door for the wall clock")]
        let now = SystemTime::now();
        // A machine whose clock lies outside jiff's range (year 9999) has no sensible token age;
        // the epoch makes every token look young, and UPS's 401 then asks for a new one.
        Timestamp::try_from(now).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

/// When a call must have ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline(pub(crate) Instant);

impl Deadline {
    /// The deadline of a call that begins now.
    pub(crate) fn after(budget: Duration) -> Self {
        Self(present() + budget)
    }

    /// What is left of it.
    pub(crate) fn left(self) -> Duration {
        self.0.saturating_duration_since(present())
    }
}

/// Measures how long an exchange took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self(present())
    }

    pub(crate) fn elapsed(self) -> Duration {
        present().saturating_duration_since(self.0)
    }
}

#[expect(clippy::disallowed_methods, reason = "deadlines of calls are real time, whatever the clock says")]
fn present() -> Instant {
    Instant::now()
}
