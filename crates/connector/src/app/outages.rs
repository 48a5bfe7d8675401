//! Remotes that are away for a site: what waits, who looks whether they are back, and what a run of doubts stops.
//!
//! ```text
//! trouble ─► pause: outage stored, seen by every node ─► looks, further and further apart ─► back: what waited is due
//! lost answers, three in a row ─► bookings paused ─► one at a time is the probe ─► a waybill ─► settled
//! ```
//!
//! A remote's absence is the site's matter: shipments spend neither tries nor patience on it. It is stored, so that it is
//! known after a restart and at other nodes, and one node at a time looks. What is deliberately not here: what an error
//! means (`remote/trouble.rs`).

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use jiff::{SignedDuration, Timestamp};
use shipment::alarm::Kind;
use shipment::decide::{Paused, Products};
use shipment::remedy::Remedy;

use super::{App, SiteRuntime};
use crate::chore;
use crate::remote::Remote;
use crate::remote::trouble::Trouble;
use crate::store::{NewOutage, OutageRow, StoreError};

/// Doubts in a row that stop a site from booking.
pub(super) const DOUBTS_IN_A_ROW: u32 = 3;
/// How long it then waits before it tries one again: doubled after each that is in doubt too, up to the longest.
const BOOKING_PAUSE: SignedDuration = SignedDuration::from_mins(10);
const LONGEST_BOOKING_PAUSE: SignedDuration = SignedDuration::from_hours(4);
/// Whoever waits for a remote that is looked at is woken when it is back; and looks by itself so seldom.
pub(crate) const WAITS: SignedDuration = SignedDuration::from_hours(6);
/// A good look at a remote is believed for this long: then a single bad answer is the question's own matter.
const LOOKED_LATELY: SignedDuration = SignedDuration::from_secs(30);
/// The first and the longest wait between two looks at a remote that is away.
const FIRST_PROBE: SignedDuration = SignedDuration::from_secs(30);
const LONGEST_PROBE: SignedDuration = SignedDuration::from_mins(15);
/// Credentials are not tried more often than this.
const REFUSED_PROBE: SignedDuration = SignedDuration::from_mins(1);
const MOST_REFUSED_PROBES: u32 = 3;

/// A remote that is away.
#[derive(Debug, Clone)]
pub struct Away {
    /// Since when (business time).
    pub since: Timestamp,
    /// The next look; none waits for a person.
    pub next_probe: Option<Timestamp>,
    /// Looks in vain.
    pub probes: u32,
    /// Whether credentials are the cause.
    pub refused: bool,
    /// What happened and what to do.
    pub words: String,
}

impl SiteRuntime {
    fn away(&self) -> std::sync::MutexGuard<'_, BTreeMap<Remote, Away>> {
        self.away.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remotes that are away, each with the time until which its steps wait.
    pub(crate) fn paused(&self) -> Paused {
        let away = self.away();
        let floor = self.clock.now() + WAITS;
        let until = |remote: Remote| {
            let next_probe = away.get(&remote)?.next_probe.unwrap_or(Timestamp::MAX);
            // A weekend's shipments are not taken up at every look.
            Some(if remote.can_be_looked_at() { next_probe.max(floor) } else { next_probe })
        };
        let products = Products {
            address: until(Remote::Address),
            rating: until(Remote::Rating),
            shipping: until(Remote::Shipping),
            recovery: until(Remote::Recovery),
            void: until(Remote::Void),
            tracking: until(Remote::Tracking),
        };
        Paused { ups: until(Remote::Ups), booking: until(Remote::Booking), syspro: until(Remote::Syspro), products }
    }

    /// When a remote that is away is looked at next; `None` when it is not away.
    pub(crate) fn next_look(&self, remote: Remote) -> Option<Timestamp> {
        self.away().get(&remote).map(|it| it.next_probe.unwrap_or(Timestamp::MAX))
    }

    /// Whether a bad answer is a reason to look at a remote: not when it was looked at just now.
    fn may_look(&self, remote: Remote, now: Timestamp) -> bool {
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        let lately = looked.get(&remote).is_some_and(|at| now.duration_since(*at) < LOOKED_LATELY);
        if !lately {
            looked.insert(remote, now);
        }
        !lately
    }

    /// Sees what stands in the store: another node may have found a remote away, or back.
    pub(super) fn see_pauses(&self, standing: BTreeMap<Remote, Away>) {
        *self.away() = standing;
    }

    /// What is away, for people.
    pub fn outages(&self) -> BTreeMap<Remote, Away> {
        self.away().clone()
    }

    fn doubts(&self) -> std::sync::MutexGuard<'_, u32> {
        self.doubts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl App {
    /// One more booking whose answer was lost; three in a row stop the site's bookings, on every node, until one succeeds.
    pub(crate) async fn doubted(&self, site: &SiteRuntime) -> Result<(), StoreError> {
        let doubts = {
            let mut doubts = site.doubts();
            *doubts += 1;
            *doubts
        };
        let paused = site.away().contains_key(&Remote::Booking);
        if doubts < DOUBTS_IN_A_ROW || paused {
            return Ok(());
        }
        let now = self.clock.now();
        let next_probe = Some(now + BOOKING_PAUSE);
        let words = format!("{doubts} bookings in a row are in doubt; bookings wait until UPS answers again");
        let outage = NewOutage {
            site: site.site.name.clone(),
            remote: Remote::Booking.as_str().to_owned(),
            cause: "in_doubt".to_owned(),
            words: words.clone(),
            since: now,
            next_probe,
            alarm: Some(Kind::BookingPaused),
        };
        site.away().insert(Remote::Booking, Away { since: now, next_probe, probes: 0, refused: false, words });
        self.store.outage_open(&outage).await.map(drop)
    }

    /// Whether a booking may be tried now. While bookings are paused one at a time may, on one node, and is the probe.
    pub(crate) async fn may_book(&self, site: &SiteRuntime, now: Timestamp) -> Result<bool, StoreError> {
        for remote in [Remote::Booking, Remote::Shipping] {
            let Some((probe, probes)) = site.away().get(&remote).map(|it| (it.next_probe, it.probes)) else { continue };
            if probe.is_none_or(|at| at > now) {
                return Ok(false);
            }
            // A weekend of lost answers is not asked about six times an hour.
            let doubled = BOOKING_PAUSE.checked_mul(1 << probes.saturating_add(1).min(6));
            let next = now + doubled.unwrap_or(LONGEST_BOOKING_PAUSE).min(LONGEST_BOOKING_PAUSE);
            let ours = self.store.outage_probe_taken(&site.site.name, remote.as_str(), now, next).await?;
            if let Some(away) = site.away().get_mut(&remote) {
                away.next_probe = Some(next);
                away.probes = probes.saturating_add(1);
            }
            if !ours {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// UPS answered a booking in full.
    pub(crate) async fn settled(&self, site: &SiteRuntime) -> Result<(), StoreError> {
        *site.doubts() = 0;
        self.back(site, Remote::Booking).await
    }

    /// A remote is away for a site: its shipments wait without spending tries or patience.
    pub(crate) async fn pause(&self, site: &SiteRuntime, remote: Remote, trouble: &Trouble) -> Result<(), StoreError> {
        let now = self.clock.now();
        let refused = trouble.remedy == Remedy::Reauthenticate;
        let (since, probes) = match site.away().get(&remote) {
            // Somebody was a moment late to hear of the pause: that is no further look.
            Some(it) if it.next_probe.is_none_or(|at| at > now) => return Ok(()),
            Some(it) => (it.since, it.probes + 1),
            None => (now, 0),
        };
        let next_probe = next_probe(now, &trouble.remedy, probes);
        let words = trouble.told_at(&site.site.name);
        site.away().insert(remote, Away { since, next_probe, probes, refused, words: words.clone() });
        let outage = NewOutage {
            site: site.site.name.clone(),
            remote: remote.as_str().to_owned(),
            cause: trouble.code.clone(),
            words: words.clone(),
            since,
            next_probe,
            alarm: trouble.alarm(remote),
        };
        if self.store.outage_open(&outage).await? {
            tracing::warn!(site = %site.site.name, remote = remote.as_str(), "{}: {words}", remote.as_str());
        }
        Ok(())
    }

    /// A remote says that it cannot work just now. One question may be the cause, and then it is tried again by itself;
    /// where a small question gets no better answer the remote is away, and the whole site waits. Whether it is.
    pub(crate) async fn pause_if_away(
        self: &Arc<Self>,
        site: &Arc<SiteRuntime>,
        remote: Remote,
        trouble: &Trouble,
    ) -> Result<bool, StoreError> {
        if !trouble.unavailable || !remote.can_be_looked_at() {
            return Ok(false);
        }
        if !site.may_look(remote, self.clock.now()) {
            return Ok(site.next_look(remote).is_some());
        }
        let Err(looked) = self.look(site, remote).await else { return Ok(false) };
        let outage = if looked.is_the_sites() { looked } else { looked.as_outage() };
        self.pause(site, remote, &outage).await?;
        Ok(true)
    }

    /// The small question that tells whether a remote works.
    async fn look(&self, site: &Arc<SiteRuntime>, remote: Remote) -> Result<(), Trouble> {
        match remote {
            Remote::Ups | Remote::Address => crate::remote::build::look_at_ups(site).await,
            Remote::Rating => crate::remote::build::look_at_rating(site).await,
            Remote::Syspro => crate::remote::build::look_at_syspro(self, site).await,
            // The next shipment that needs them is the look, and lifts the pause itself.
            Remote::Booking | Remote::Shipping | Remote::Recovery | Remote::Void | Remote::Tracking => Ok(()),
        }
    }

    /// Looks at every remote that is away and due for a look.
    pub(super) async fn look_at_remotes(self: &Arc<Self>) -> Result<(), StoreError> {
        let now = self.clock.now();
        for site in self.sites() {
            for (remote, away) in site.outages() {
                if remote.can_be_looked_at() && away.next_probe.is_some_and(|at| at <= now) {
                    self.look_at(&site, remote, &away).await?;
                }
            }
        }
        Ok(())
    }

    async fn look_at(&self, site: &Arc<SiteRuntime>, remote: Remote, away: &Away) -> Result<(), StoreError> {
        // One node looks for all; should it die meanwhile, another looks a minute later.
        if self.store.is_shared() {
            let (name, now) = (&site.site.name, self.clock.now());
            if !self.store.outage_probe_taken(name, remote.as_str(), now, now + REFUSED_PROBE).await? {
                return self.refresh().await;
            }
        }
        let looked = self.look(site, remote).await;
        let now = self.clock.now();
        match looked {
            Ok(()) => self.back(site, remote).await,
            Err(trouble) => {
                let probes = away.probes + 1;
                let next_probe = next_probe(now, &trouble.remedy, probes);
                if let Some(it) = site.away().get_mut(&remote) {
                    it.probes = probes;
                    it.next_probe = next_probe;
                    it.refused = trouble.remedy == Remedy::Reauthenticate;
                    it.words = trouble.told_at(&site.site.name);
                }
                self.store.outage_probed(&site.site.name, remote.as_str(), i64::from(probes), next_probe).await
            }
        }
    }

    /// A remote works again for a site: what waited for it is due.
    pub(crate) async fn back(&self, site: &SiteRuntime, remote: Remote) -> Result<(), StoreError> {
        let now = self.clock.now();
        if site.away().remove(&remote).is_none() {
            return Ok(());
        }
        self.store.outage_close(&site.site.name, remote.as_str(), now).await?;
        if remote == Remote::Syspro {
            self.store.chores_try_again(&site.site.name, chore::POLL, now).await?;
        }
        self.store.wake_waiting(&site.site.name, now + WAITS, now).await
    }
}

pub(super) fn away_of(rows: Vec<OutageRow>) -> BTreeMap<Remote, Away> {
    let known = rows.into_iter().filter_map(|row| Some((Remote::from_name(&row.remote)?, row)));
    let away = known.map(|(remote, row)| {
        let probes = u32::try_from(row.probes).unwrap_or(0);
        let refused = row.next_probe.is_none();
        (remote, Away { since: row.since, next_probe: row.next_probe, probes, refused, words: row.words })
    });
    away.collect()
}

fn next_probe(now: Timestamp, remedy: &Remedy, probes: u32) -> Option<Timestamp> {
    match remedy {
        Remedy::Reauthenticate => (probes + 1 < MOST_REFUSED_PROBES).then(|| now + REFUSED_PROBE),
        // A person adds a product or a licence elsewhere and nobody tells us.
        Remedy::Operator => Some(now + LONGEST_PROBE),
        Remedy::Retry { .. } | Remedy::AskFirst | Remedy::FixData { .. } | Remedy::Outage => {
            let wait = FIRST_PROBE.checked_mul(1 << probes.min(6)).unwrap_or(LONGEST_PROBE).min(LONGEST_PROBE);
            Some(now + wait)
        }
    }
}
