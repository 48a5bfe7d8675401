//! How parcels are heard of at a site: feed by feed, how UPS is subscribed to, and how long news take to SYSPRO.
//!
//! ```text
//! store: feeds, parcels ─┐
//! newest shipments' steps┴─► Health ─► doctor, metrics
//! ```

use jiff::{SignedDuration, Timestamp};
use shipment::number::SiteName;
use shipment::state::State;
use shipment::write_back::{Progress, StepName};

use crate::engine::life::Life;
use crate::store::{FeedRow, ListFilter, Store, StoreError, Subscribed};

/// So many of the newest shipments tell how long news take.
const SAMPLE: u64 = 500;

/// How a site's parcels are heard of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// Each feed that ever told something or could not be used.
    pub feeds: Vec<FeedRow>,
    /// UPS's subscriptions.
    pub subscribed: Subscribed,
    /// From scan to the status proven in SYSPRO, of the newest shipments.
    pub lag: Lag,
}

/// Times from a scan to its status proven in SYSPRO.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lag {
    /// How many were measured.
    pub measured: usize,
    /// Half of them were faster.
    pub median: SignedDuration,
    /// Nineteen of twenty were faster.
    pub p95: SignedDuration,
    /// Ninety-nine of a hundred were faster.
    pub p99: SignedDuration,
}

/// Looks at a site's feeds.
///
/// # Errors
/// When the store fails.
pub async fn of(store: &Store, site: &SiteName, now: Timestamp) -> Result<Health, StoreError> {
    let filter = ListFilter { site: Some(site.clone()), ..ListFilter::default() };
    let newest = store.list(&filter, None, SAMPLE).await?;
    let lags = newest.iter().filter_map(|row| lag_of(&Life::read(&row.state).ok()?.state)).collect();
    Ok(Health { feeds: store.feeds(site).await?, subscribed: store.subscribed(site, now).await?, lag: Lag::of(lags) })
}

/// From the deciding scan to the last proof of a status in SYSPRO.
fn lag_of(state: &State) -> Option<SignedDuration> {
    let State::Booked(booked) = state else { return None };
    let told = booked.write_back.steps.iter().rfind(|step| step.name == StepName::Status)?;
    let Progress::Proven { at } = told.progress else { return None };
    let scan = booked.tracking.summary.as_ref()?.at;
    Some(at.duration_since(scan)).filter(|lag| !lag.is_negative())
}

impl Lag {
    fn of(mut lags: Vec<SignedDuration>) -> Self {
        lags.sort_unstable();
        let at = |per_mille: usize| {
            let place = (lags.len() * per_mille).div_ceil(1000).saturating_sub(1);
            lags.get(place).copied().unwrap_or_default()
        };
        Self { measured: lags.len(), median: at(500), p95: at(950), p99: at(990) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let minutes = |count: i64| SignedDuration::from_mins(count);
        let lag = Lag::of((1..=100).rev().map(minutes).collect());
        assert_eq!((lag.measured, lag.median, lag.p95, lag.p99), (100, minutes(50), minutes(95), minutes(99)));
        assert_eq!(Lag::of(vec![minutes(7)]).p99, minutes(7));
        assert_eq!(Lag::of(Vec::new()), Lag::default());
    }
}
