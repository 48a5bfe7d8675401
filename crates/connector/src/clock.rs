//! What time it is, for business and for leases: two questions with two answers.
//!
//! ```text
//! business time  now()        due times, probes, polls, ship dates, retention   may be driven
//! real time      real_now()   leases                                            never driven
//!                monotonic()  deadlines, how long a call took                   never driven
//! ```
//!
//! A driven clock stands still until somebody advances it, so a test or the demo walks a parcel
//! to its delivery in seconds. A following clock is the wall clock plus an offset which another
//! process writes into a file: that is how the sandbox and a connector beside it agree on a day
//! that is not today. Leases and timeouts stay on real time in every case: a demo that jumps
//! five days ahead must not make every lease run out.
//!
//! This module holds the only wall clock of the application.

#![expect(clippy::disallowed_methods, reason = "this is the place where the clocks are read")]

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

/// How long a following clock believes the offset it last read.
const OFFSET_AGE: Duration = Duration::from_millis(50);

/// The longest uninterrupted sleep: wall clocks are set and machines are suspended, so a
/// sleeper looks again at least this often.
const LONGEST_NAP: Duration = Duration::from_secs(1);

/// A clock that can be handed to everything that asks for the time. Clones share one time.
#[derive(Clone)]
pub struct Clock(Arc<Inner>);

struct Inner {
    business: Business,
    moved: watch::Sender<u64>,
}

enum Business {
    System,
    Driven(Mutex<Timestamp>),
    Following { path: PathBuf, seen: Mutex<Seen> },
}

struct Seen {
    offset: SignedDuration,
    read_at: Option<Instant>,
}

/// Why a clock could not be moved.
#[derive(Debug, thiserror::Error)]
pub enum ClockError {
    /// The system clock is nobody's to move.
    #[error("the system clock cannot be moved")]
    NotDriven,
    /// The instant lies outside what a timestamp can say.
    #[error("clock cannot be moved beyond the range of timestamps")]
    OutOfRange,
    /// The offset file could not be written.
    #[error("clock offset file {}", path.display())]
    Offset {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

impl Clock {
    /// The wall clock, for business too.
    #[must_use]
    pub fn system() -> Self {
        Self::of(Business::System)
    }

    /// A clock that stands at `start` until it is advanced.
    #[must_use]
    pub fn driven(start: Timestamp) -> Self {
        Self::of(Business::Driven(Mutex::new(start)))
    }

    /// The wall clock plus the whole number of microseconds standing in the file at `path`.
    ///
    /// A file that is missing or unreadable means the offset last read, and no offset at first:
    /// the writer replaces the file by rename and may be between two steps.
    #[must_use]
    pub fn following(path: impl Into<PathBuf>) -> Self {
        let seen = Mutex::new(Seen { offset: SignedDuration::ZERO, read_at: None });
        Self::of(Business::Following { path: path.into(), seen })
    }

    fn of(business: Business) -> Self {
        Self(Arc::new(Inner { business, moved: watch::Sender::new(0) }))
    }

    /// Business time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match &self.0.business {
            Business::System => wall(),
            Business::Driven(at) => *held(at),
            Business::Following { path, seen } => {
                let offset = held(seen).refreshed(path);
                wall().checked_add(offset).unwrap_or_else(|_| wall())
            }
        }
    }

    /// Real time, for leases that other processes read. Never driven.
    #[must_use]
    pub fn real_now(&self) -> Timestamp {
        wall()
    }

    /// Real time that no one can set, for deadlines inside this process.
    #[must_use]
    pub fn monotonic(&self) -> Instant {
        Instant::now()
    }

    /// Whether somebody else moves this clock, so that waiting alone gets nowhere.
    #[must_use]
    pub fn is_driven(&self) -> bool {
        matches!(self.0.business, Business::Driven(_))
    }

    /// Moves business time on by `by` and returns the new time.
    ///
    /// # Errors
    /// When this is the system clock, the time leaves the calendar or the offset file of a
    /// following clock cannot be written.
    pub fn advance(&self, by: SignedDuration) -> Result<Timestamp, ClockError> {
        let moved = match &self.0.business {
            Business::System => return Err(ClockError::NotDriven),
            Business::Driven(at) => {
                let mut at = held(at);
                *at = at.checked_add(by).map_err(|_| ClockError::OutOfRange)?;
                *at
            }
            Business::Following { path, seen } => {
                let mut seen = held(seen);
                seen.read_at = None;
                let offset = seen.refreshed(path).checked_add(by).ok_or(ClockError::OutOfRange)?;
                let moved = wall().checked_add(offset).map_err(|_| ClockError::OutOfRange)?;
                write_offset(path, offset)?;
                *seen = Seen { offset, read_at: Some(self.monotonic()) };
                moved
            }
        };
        self.0.moved.send_modify(|times| *times += 1);
        Ok(moved)
    }

    /// Moves business time on to `at`; a time already past changes nothing. Returns the time.
    ///
    /// # Errors
    /// As [`Clock::advance`].
    pub fn advance_to(&self, at: Timestamp) -> Result<Timestamp, ClockError> {
        let now = self.now();
        if at > now { self.advance(at.duration_since(now)) } else { Ok(now) }
    }

    /// Waits until business time has reached `at`, however it gets there: by itself or by
    /// [`Clock::advance`].
    pub async fn sleep_until(&self, at: Timestamp) {
        let mut moved = self.0.moved.subscribe();
        loop {
            let now = self.now();
            if now >= at {
                return;
            }
            let left = Duration::try_from(at.duration_since(now)).unwrap_or(LONGEST_NAP);
            let changed = async {
                if moved.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
            };
            match &self.0.business {
                Business::Driven(_) => changed.await,
                Business::System => tokio::time::sleep(left.min(LONGEST_NAP)).await,
                Business::Following { .. } => {
                    let nap = left.min(OFFSET_AGE);
                    tokio::select! { () = changed => (), () = tokio::time::sleep(nap) => () }
                }
            }
        }
    }
}

impl ups::Clock for Clock {
    fn now(&self) -> Timestamp {
        Self::now(self)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match &self.0.business {
            Business::System => "system",
            Business::Driven(_) => "driven",
            Business::Following { .. } => "following",
        };
        write!(f, "Clock({kind}, {})", self.now())
    }
}

impl Seen {
    fn refreshed(&mut self, path: &Path) -> SignedDuration {
        let fresh = self.read_at.is_some_and(|at| at.elapsed() < OFFSET_AGE);
        if !fresh {
            if let Some(offset) = read_offset(path) {
                self.offset = offset;
            }
            self.read_at = Some(Instant::now());
        }
        self.offset
    }
}

fn read_offset(path: &Path) -> Option<SignedDuration> {
    let text = std::fs::read_to_string(path).ok()?;
    text.trim().parse().ok().map(SignedDuration::from_micros)
}

fn write_offset(path: &Path, offset: SignedDuration) -> Result<(), ClockError> {
    let failed = |source| ClockError::Offset { path: path.to_owned(), source };
    let fresh = path.with_extension("new");
    std::fs::write(&fresh, offset.as_micros().to_string()).map_err(failed)?;
    std::fs::rename(&fresh, path).map_err(failed)
}

fn wall() -> Timestamp {
    // Microseconds, because that is what the store keeps: a time read back must equal the
    // time written.
    let now = Timestamp::now();
    Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
}

/// A poisoned lock only means that another thread panicked while it looked at the time.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> Timestamp {
        "2026-11-23T12:00:00Z".parse().expect("a timestamp")
    }

    #[test]
    fn a_driven_clock_stands_until_it_is_advanced() {
        let clock = Clock::driven(noon());
        let other_hand = clock.clone();
        assert_eq!(clock.now(), noon());
        clock.advance(SignedDuration::from_hours(5)).expect("driven");
        assert_eq!(other_hand.now(), noon() + SignedDuration::from_hours(5));
    }

    #[test]
    fn advancing_to_the_past_changes_nothing() {
        let clock = Clock::driven(noon());
        clock.advance_to(noon() - SignedDuration::from_hours(1)).expect("driven");
        assert_eq!(clock.now(), noon());
    }

    #[test]
    fn real_time_does_not_follow_a_driven_clock() {
        let clock = Clock::driven(noon());
        let before = clock.real_now();
        clock.advance(SignedDuration::from_hours(24 * 365)).expect("driven");
        assert!(clock.real_now().duration_since(before) < SignedDuration::from_hours(1));
    }

    #[test]
    fn nobody_moves_the_system_clock() {
        let moved = Clock::system().advance(SignedDuration::from_secs(1));
        assert!(matches!(moved, Err(ClockError::NotDriven)));
    }

    #[test]
    fn two_followers_of_one_file_agree() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("clock");
        let ours = Clock::following(&path);
        ours.advance(SignedDuration::from_hours(72)).expect("writable");
        let theirs = Clock::following(&path);
        let apart = theirs.now().duration_since(ours.now());
        assert!(apart.abs() < SignedDuration::from_mins(1), "{apart}");
        assert!(theirs.now().duration_since(theirs.real_now()) > SignedDuration::from_hours(71));
    }

    #[test]
    fn a_garbled_offset_file_leaves_the_time_alone() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("clock");
        std::fs::write(&path, "tomorrow").expect("writable");
        let clock = Clock::following(&path);
        assert!(clock.now().duration_since(clock.real_now()).abs() < SignedDuration::from_mins(1));
    }

    #[tokio::test]
    async fn a_sleeper_wakes_when_the_clock_is_driven_past_its_hour() {
        let clock = Clock::driven(noon());
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep_until(noon() + SignedDuration::from_hours(2)).await }
        });
        tokio::task::yield_now().await;
        clock.advance(SignedDuration::from_hours(1)).expect("driven");
        tokio::task::yield_now().await;
        assert!(!sleeper.is_finished());
        clock.advance(SignedDuration::from_hours(1)).expect("driven");
        sleeper.await.expect("woken");
    }
}
