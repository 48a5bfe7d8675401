//! The one place of this crate that looks at a clock, to know how old a session is.

use std::fmt;
use std::time::SystemTime;

use jiff::Timestamp;

/// Where the time is taken from, so that a test or a demonstration can drive it.
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
        // Outside jiff's range (year 9999) every session looks young, and SYSPRO's own word then ends it.
        Timestamp::try_from(now).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}
