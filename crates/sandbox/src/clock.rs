//! The one time both pretended systems live in.
//!
//! ```text
//! Settings::start ─► Clock ─► token expiry, booked_at, scans, due documents
//!                      ▲
//!                      └─ advance / set: a test, the demo or POST /clock on the control address
//! ```
//!
//! A driven clock stands still until somebody moves it, so that a parcel is delivered because the
//! story said "three days later" and not because a test waited. A running clock starts at the given
//! instant and goes on with the machine's monotonic time; moving it works the same way. No wall
//! clock is read here: whoever starts the sandbox says what time it is.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

/// A shared, movable time. Clones show the same time.
#[derive(Debug, Clone)]
pub struct Clock(Arc<Case>);

#[derive(Debug)]
struct Case {
    hands: Mutex<Hands>,
    moved: watch::Sender<()>,
}

#[derive(Debug)]
struct Hands {
    shown: Timestamp,
    /// Set on a running clock: the moment at which `shown` was right.
    since: Option<Instant>,
}

impl Clock {
    /// A clock that stands still until it is moved.
    #[must_use]
    pub fn driven(start: Timestamp) -> Self {
        Self::with(Hands { shown: start, since: None })
    }

    /// A clock that goes on by itself from `start`.
    #[must_use]
    pub fn running(start: Timestamp) -> Self {
        Self::with(Hands { shown: start, since: Some(ticking()) })
    }

    fn with(hands: Hands) -> Self {
        Self(Arc::new(Case { hands: Mutex::new(hands), moved: watch::Sender::new(()) }))
    }

    /// The time both systems believe it is.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.hands().now()
    }

    /// Moves the time by `step`, which may be negative. At the ends of the calendar it stops.
    pub fn advance(&self, step: SignedDuration) {
        let mut hands = self.hands();
        let target = hands.now().saturating_add(step).unwrap_or(hands.shown);
        hands.set(target);
        drop(hands);
        self.0.moved.send_replace(());
    }

    /// Moves the time to `instant`.
    pub fn set(&self, instant: Timestamp) {
        self.hands().set(instant);
        self.0.moved.send_replace(());
    }

    /// Tells each time the clock is moved.
    pub(crate) fn moves(&self) -> watch::Receiver<()> {
        self.0.moved.subscribe()
    }

    /// Whether it goes on without being moved.
    pub(crate) fn goes_on_by_itself(&self) -> bool {
        self.hands().since.is_some()
    }

    fn hands(&self) -> MutexGuard<'_, Hands> {
        self.0.hands.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hands {
    fn now(&self) -> Timestamp {
        let Some(since) = self.since else { return self.shown };
        let gone = SignedDuration::try_from(ticking().duration_since(since)).unwrap_or(SignedDuration::MAX);
        self.shown.saturating_add(gone).unwrap_or(self.shown)
    }

    fn set(&mut self, instant: Timestamp) {
        self.shown = instant;
        self.since = self.since.map(|_| ticking());
    }
}

#[expect(clippy::disallowed_methods, reason = "the sandbox's own clock is where its time comes from")]
fn ticking() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_driven_clock_moves_only_when_told() {
        let clock = Clock::driven(Timestamp::UNIX_EPOCH);
        let other = clock.clone();
        other.advance(SignedDuration::from_hours(2));
        assert_eq!(clock.now(), "1970-01-01T02:00:00Z".parse().expect("an instant"));
    }
}
