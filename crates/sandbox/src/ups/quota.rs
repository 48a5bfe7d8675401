//! Quotas: so many calls for each application, tokens counted apart.
//!
//! Buckets fill again by the sandbox's clock, so a test moves time instead of waiting. The answer to
//! a call too many carries no hint when to come back: UPS sends none.

use std::collections::HashMap;

use jiff::Timestamp;

use super::envelope::Refusal;
use super::manners::Quota;

/// One kind of calls' buckets, by client id.
#[derive(Debug, Default)]
pub(crate) struct Buckets(HashMap<String, Bucket>);

/// What is left, in sixty-thousandths of a call: one for each millisecond at a call a minute.
#[derive(Debug)]
struct Bucket {
    left: u64,
    filled: Timestamp,
}

const CALL: u64 = 60_000;

impl Buckets {
    /// Takes one call out of the client's bucket; refuses when there is none left.
    pub(crate) fn take(&mut self, client: &str, quota: Option<Quota>, now: Timestamp) -> Result<(), Refusal> {
        let Some(quota) = quota else { return Ok(()) };
        let full = u64::from(quota.burst) * CALL;
        let bucket = self.0.entry(client.to_owned()).or_insert(Bucket { left: full, filled: now });
        let gone = u64::try_from(now.duration_since(bucket.filled).as_millis()).unwrap_or(0);
        let gained = gone.saturating_mul(u64::from(quota.per_minute));
        bucket.left = bucket.left.saturating_add(gained).min(full);
        bucket.filled = now;
        let rest = bucket.left.checked_sub(CALL);
        bucket.left = rest.ok_or_else(|| Refusal::with_status(429, "10429", "Too Many Requests"))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let quota = Some(Quota { burst: 2, per_minute: 60 });
        let mut now = Timestamp::UNIX_EPOCH;
        let mut buckets = Buckets::default();
        let mut taken = |now| buckets.take("one", quota, now).is_ok();
        assert_eq!([taken(now), taken(now), taken(now)], [true, true, false]);
        now += SignedDuration::from_millis(999);
        assert!(!taken(now));
        now += SignedDuration::from_millis(1);
        assert!(taken(now) && !taken(now));
        assert!(buckets.take("another", quota, now).is_ok());
    }
}
