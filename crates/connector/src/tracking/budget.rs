//! How many calls a minute UPS gets from a site: shipping takes what it needs, questions about parcels what is left.
//!
//! ```text
//! book, rate, void … ─► told by the client's observer ─► taken from the budget, never waiting
//! question about a parcel ─► waits until the budget has room ─► asked
//! ```
//!
//! UPS publishes no limits and answers 429 when they are passed; a sweep over many parcels must not be what makes a
//! label wait. Real time: the limit is the machine's on the other side.

use std::num::NonZeroU32;
use std::sync::Arc;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use ups::{Exchange, Observer};

/// The name of the call that asks for a parcel.
const QUESTION: &str = "track";

/// A site's budget. Clones share it.
#[derive(Clone)]
pub struct Budget(Arc<DefaultDirectRateLimiter>);

impl std::fmt::Debug for Budget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Budget")
    }
}

impl Budget {
    /// So many calls a minute; as many may come at once after a quiet minute.
    #[must_use]
    pub fn per_minute(calls: u32) -> Self {
        let calls = NonZeroU32::new(calls).unwrap_or(NonZeroU32::MIN);
        Self(Arc::new(RateLimiter::direct(Quota::per_minute(calls))))
    }

    /// Waits until a question may be asked.
    pub(crate) async fn wait(&self) {
        self.0.until_ready().await;
    }
}

impl Observer for Budget {
    fn observed(&self, exchange: &Exchange<'_>) {
        if exchange.call != QUESTION {
            // Shipping goes first: what it takes beyond the budget is missing to questions and to nobody else.
            let _ = self.0.check();
        }
    }
}

#[cfg(test)]
mod tests {
    use governor::clock::FakeRelativeClock;
    use std::time::Duration;

    use super::*;

    /// The limiter's own arithmetic over a clock that is moved: what shipping took is missing to questions.
    #[test]
    fn a_minute_holds_so_many_calls_whoever_makes_them() {
        let clock = FakeRelativeClock::default();
        let quota = Quota::per_minute(NonZeroU32::new(60).expect("a number"));
        let limiter = RateLimiter::direct_with_clock(quota, clock.clone());
        assert!((0..60).all(|_| limiter.check().is_ok()));
        assert!(limiter.check().is_err());
        clock.advance(Duration::from_secs(2));
        assert!(limiter.check().is_ok() && limiter.check().is_ok() && limiter.check().is_err());
    }
}
