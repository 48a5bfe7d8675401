//! What time it is, for business and for leases: two questions with two answers.
//!
//! ```text
//! business time  now()        due times, probes, polls, ship dates, retention   may be driven
//! real time      real_now()   leases                                            never driven
//!                monotonic()  deadlines, how long a call took                   never driven
//! ```
//!
//! A driven clock stands still until somebody advances it, so a test or the demo walks a parcel
//! to its delivery in seconds. Its wall clock, like that of a following one, can be set wrong on purpose. A following clock is the wall clock plus an offset which another
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
    Driven(Mutex<Hands>),
    Following { path: PathBuf, seen: Mutex<Seen> },
}

struct Hands {
    shown: Timestamp,
    /// How wrong the wall clock is made to be.
    wall: SignedDuration,
}

struct Seen {
    offset: Offset,
    read_at: Option<Instant>,
}

/// What stands in the file of a following clock: microseconds of business time and, behind a blank, of the wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Offset {
    business: SignedDuration,
    wall: SignedDuration,
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
        Self::of(Business::Driven(Mutex::new(Hands { shown: start, wall: SignedDuration::ZERO })))
    }

    /// The wall clock plus the whole number of microseconds standing in the file at `path`. A second number behind a blank
    /// sets the wall clock itself wrong by so much, see [`Clock::step_wall`].
    ///
    /// A file that is missing or unreadable means the offset last read, and no offset at first:
    /// the writer replaces the file by rename and may be between two steps.
    #[must_use]
    pub fn following(path: impl Into<PathBuf>) -> Self {
        let seen = Mutex::new(Seen { offset: Offset::default(), read_at: None });
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
            Business::Driven(hands) => held(hands).shown,
            Business::Following { path, seen } => {
                let Offset { business, wall } = held(seen).refreshed(path);
                shifted(shifted(self::wall(), wall), business)
            }
        }
    }

    /// Real time, for leases that other processes read. Never driven.
    #[must_use]
    pub fn real_now(&self) -> Timestamp {
        match &self.0.business {
            Business::System => wall(),
            Business::Driven(hands) => shifted(wall(), held(hands).wall),
            Business::Following { path, seen } => shifted(wall(), held(seen).refreshed(path).wall),
        }
    }

    /// Sets the wall clock forwards, or back, by `by`, as a person or a time server does to a machine's: leases of nodes
    /// that died run out, and what is timed by the wall alone goes wrong. For tests; [`Clock::monotonic`] stays as it is.
    ///
    /// # Errors
    /// When this is the system clock, or the offset file of a following clock cannot be written.
    pub fn step_wall(&self, by: SignedDuration) -> Result<(), ClockError> {
        match &self.0.business {
            Business::System => return Err(ClockError::NotDriven),
            Business::Driven(hands) => {
                let mut hands = held(hands);
                hands.wall = hands.wall.checked_add(by).ok_or(ClockError::OutOfRange)?;
            }
            Business::Following { path, seen } => {
                let mut seen = held(seen);
                seen.read_at = None;
                let offset = seen.refreshed(path);
                let wall = offset.wall.checked_add(by).ok_or(ClockError::OutOfRange)?;
                seen.put(path, Offset { wall, ..offset }, self.monotonic())?;
            }
        }
        self.0.moved.send_modify(|times| *times += 1);
        Ok(())
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
            Business::Driven(hands) => {
                let mut hands = held(hands);
                hands.shown = hands.shown.checked_add(by).map_err(|_| ClockError::OutOfRange)?;
                hands.shown
            }
            Business::Following { path, seen } => {
                let mut seen = held(seen);
                seen.read_at = None;
                let offset = seen.refreshed(path);
                let business = offset.business.checked_add(by).ok_or(ClockError::OutOfRange)?;
                let moved = shifted(wall(), offset.wall).checked_add(business).map_err(|_| ClockError::OutOfRange)?;
                seen.put(path, Offset { business, ..offset }, self.monotonic())?;
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
    fn refreshed(&mut self, path: &Path) -> Offset {
        let fresh = self.read_at.is_some_and(|at| at.elapsed() < OFFSET_AGE);
        if !fresh {
            if let Some(offset) = read_offset(path) {
                self.offset = offset;
            }
            self.read_at = Some(Instant::now());
        }
        self.offset
    }

    fn put(&mut self, path: &Path, offset: Offset, now: Instant) -> Result<(), ClockError> {
        let failed = |source| ClockError::Offset { path: path.to_owned(), source };
        let fresh = path.with_extension("new");
        let Offset { business, wall } = offset;
        std::fs::write(&fresh, format!("{} {}", business.as_micros(), wall.as_micros())).map_err(failed)?;
        std::fs::rename(&fresh, path).map_err(failed)?;
        *self = Self { offset, read_at: Some(now) };
        Ok(())
    }
}

fn read_offset(path: &Path) -> Option<Offset> {
    let text = std::fs::read_to_string(path).ok()?;
    let mut numbers = text.split_whitespace().map(|it| it.parse().ok().map(SignedDuration::from_micros));
    let business = numbers.next()??;
    let wall = numbers.next().unwrap_or(Some(SignedDuration::ZERO))?;
    Some(Offset { business, wall })
}

/// `at` moved by `by`; where that leaves the calendar, `at` itself.
fn shifted(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(at)
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
    fn a_stepped_wall_clock_takes_leases_along_and_leaves_deadlines_alone() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("clock");
        let ours = Clock::following(&path);
        ours.advance(SignedDuration::from_hours(72)).expect("writable");
        let (real, until) = (ours.real_now(), ours.monotonic() + Duration::from_secs(60));
        ours.step_wall(SignedDuration::from_mins(6)).expect("writable");
        let theirs = Clock::following(&path);
        assert!(theirs.real_now().duration_since(real) >= SignedDuration::from_mins(6));
        assert!(theirs.now().duration_since(theirs.real_now()) > SignedDuration::from_hours(71));
        assert!(theirs.monotonic() < until, "nobody sets a monotonic clock");

        let driven = Clock::driven(noon());
        driven.step_wall(-SignedDuration::from_mins(6)).expect("driven");
        assert!(driven.real_now() < theirs.real_now());
        assert_eq!(driven.now(), noon());
        assert!(matches!(Clock::system().step_wall(SignedDuration::ZERO), Err(ClockError::NotDriven)));
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
