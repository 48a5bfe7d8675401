//! Guessing passwords is made slow: after a few wrong ones a name waits.
//!
//! ```text
//! wrong ─► count of the name + 1 ─► from the sixth on: not before …   right ─► forgotten
//! ```
//!
//! Kept in memory, per node: a restart forgives, which is slower than waiting. A name that does not exist counts like one that
//! does. So that made-up names cannot fill the memory, the oldest are forgotten first.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::clock::Clock;

/// So many wrong ones cost nothing.
const FREE: u32 = 5;
/// What the next one costs; it doubles with each.
const FIRST_WAIT: Duration = Duration::from_secs(15);
/// What one costs at most.
const LONGEST_WAIT: Duration = Duration::from_mins(15);
/// So many names are remembered.
const MOST_NAMES: usize = 10_000;

pub(super) struct Throttle {
    clock: Clock,
    names: Mutex<HashMap<String, Wrong>>,
}

struct Wrong {
    count: u32,
    last: Instant,
    not_before: Instant,
}

impl Throttle {
    pub(super) fn new(clock: Clock) -> Self {
        Self { clock, names: Mutex::default() }
    }

    /// How long a name must still wait.
    pub(super) fn wait(&self, name: &str) -> Option<Duration> {
        let now = self.clock.monotonic();
        let names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let left = names.get(name)?.not_before.checked_duration_since(now)?;
        (!left.is_zero()).then_some(left)
    }

    /// A password was wrong.
    pub(super) fn wrong(&self, name: &str) {
        let now = self.clock.monotonic();
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        if names.len() >= MOST_NAMES && !names.contains_key(name) {
            let oldest = names.iter().min_by_key(|(_, it)| it.last).map(|(name, _)| name.clone());
            oldest.and_then(|oldest| names.remove(&oldest));
        }
        let wrong = names.entry(name.to_owned()).or_insert(Wrong { count: 0, last: now, not_before: now });
        wrong.count = wrong.count.saturating_add(1);
        wrong.last = now;
        if let Some(over) = wrong.count.checked_sub(FREE + 1) {
            wrong.not_before = now + (FIRST_WAIT * 2_u32.pow(over.min(10))).min(LONGEST_WAIT);
        }
    }

    /// A password was right.
    pub(super) fn right(&self, name: &str) {
        self.names.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sixth_wrong_password_makes_the_name_wait_and_no_other() {
        let throttle = Throttle::new(Clock::system());
        (0..FREE).for_each(|_| throttle.wrong("ann"));
        assert_eq!(throttle.wait("ann"), None);
        throttle.wrong("ann");
        assert!(throttle.wait("ann").is_some_and(|left| left > FIRST_WAIT / 2));
        assert_eq!(throttle.wait("bob"), None);
        throttle.right("ann");
        assert_eq!(throttle.wait("ann"), None);
    }

    #[test]
    fn made_up_names_do_not_fill_the_memory() {
        let throttle = Throttle::new(Clock::system());
        (0..MOST_NAMES + 50).for_each(|number| throttle.wrong(&number.to_string()));
        assert_eq!(throttle.names.lock().expect("held").len(), MOST_NAMES);
    }
}
