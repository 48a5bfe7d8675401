//! What a failure asks for, and how long to wait before the same thing is tried again.
//!
//! ```text
//! client error ─► one exhaustive match (connector: remote/trouble.rs) ─► Remedy ─► engine
//! ```
//!
//! A remedy says nothing of what went wrong; the words travel beside it. What is deliberately not here:
//! the match itself, because it must see the client crates' errors and this crate sees no client.

use jiff::SignedDuration;

/// What to do about a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remedy {
    /// Nothing happened over there; the same call may work later.
    Retry {
        /// The earliest moment the other side named, if it named one.
        after: Option<SignedDuration>,
    },
    /// It may have happened: look before repeating.
    AskFirst,
    /// The credentials were refused; more tries may lock the operator.
    Reauthenticate,
    /// A person corrects this, named in their words.
    FixData {
        /// The field at fault.
        field: &'static str,
    },
    /// Neither patience nor better data helps: the account, the licence or the configuration.
    Operator,
    /// The remote as a whole is away: its shipments wait without spending patience.
    Outage,
}

/// The shortest wait before a shipment's own retry.
pub const FIRST_WAIT: SignedDuration = SignedDuration::from_secs(5);
/// The longest wait before a shipment's own retry.
pub const LONGEST_WAIT: SignedDuration = SignedDuration::from_mins(15);

/// The wait before try number `tries + 1`: 2ⁿ with full jitter, between [`FIRST_WAIT`] and [`LONGEST_WAIT`].
///
/// `chance` is a number from 0 to 65 535, drawn by the caller, since this crate has no randomness.
pub fn wait_before_retry(tries: u32, chance: u16) -> SignedDuration {
    let doublings = tries.min(8);
    let ceiling = FIRST_WAIT.checked_mul(1 << doublings).unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT);
    let spread = ceiling.as_millis().saturating_sub(FIRST_WAIT.as_millis());
    let drawn = spread * i128::from(chance) / i128::from(u16::MAX);
    FIRST_WAIT + SignedDuration::from_millis(i64::try_from(drawn).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_but_stay_between_five_seconds_and_a_quarter_of_an_hour() {
        for tries in 0..40 {
            for chance in [0, 1, 30_000, u16::MAX] {
                let wait = wait_before_retry(tries, chance);
                assert!(wait >= FIRST_WAIT && wait <= LONGEST_WAIT, "try {tries}: {wait:?}");
            }
        }
        assert_eq!(wait_before_retry(0, u16::MAX), FIRST_WAIT);
        assert_eq!(wait_before_retry(30, u16::MAX), LONGEST_WAIT);
        assert!(wait_before_retry(4, u16::MAX) > wait_before_retry(3, u16::MAX));
    }
}
