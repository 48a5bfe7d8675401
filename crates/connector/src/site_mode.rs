//! Changing how much a site does on its own: the same for the command line, the console and the API.
//!
//! ```text
//! shadow ◄─► approve ◄─► automatic ─► carries the number back? more than a cycle's worth planned? ─► store ─► woken
//! ```
//!
//! Automatic books what is planned at once, so it is refused while nothing would tell SYSPRO the number, and asks again when
//! many are planned. Dying between the mode and the waking costs a look by itself, which comes within the minute.

use jiff::Timestamp;
use shipment::decide::Mode;
use shipment::number::SiteName;

use crate::config::{Site, mode_name};
use crate::store::{ListFilter, Store, StoreError};

/// States before the label.
const PLANNED: [&str; 4] = ["received", "addressed", "packed", "rated"];

/// A change of mode somebody asks for.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The mode.
    pub mode: Mode,
    /// Whether more labels at once than a cycle takes were agreed to.
    pub many: bool,
    /// Who asks.
    pub actor: &'a str,
    /// When (business time).
    pub at: Timestamp,
}

/// Why a mode is not changed.
#[derive(Debug, thiserror::Error)]
pub enum NotChanged {
    /// SYSPRO would never learn the tracking numbers.
    #[error(
        "site {0} cannot become automatic: no enabled step writes the tracking number for every source; enable \
         [write_back] tracking or [write_back.custom_form] in its file and apply it again"
    )]
    NoTracking(SiteName),
    /// Somebody has to agree to so many.
    #[error(
        "{planned} planned shipments of site {site} would get their labels at once, more than max_new_per_cycle = {most}; look \
         at them with `ml-connector shipment list`, then repeat this with --yes"
    )]
    Many {
        /// Which site.
        site: SiteName,
        /// How many there are.
        planned: i64,
        /// How many a cycle takes.
        most: u32,
    },
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Changes a site's mode and wakes what was planned under the old one.
///
/// # Errors
/// See [`NotChanged`].
pub async fn change(store: &Store, site: &Site, asked: Asked<'_>) -> Result<(), NotChanged> {
    let Asked { mode, many, actor, at } = asked;
    if mode == Mode::Automatic && !site.carries_tracking() {
        return Err(NotChanged::NoTracking(site.name.clone()));
    }
    if mode == Mode::Automatic && !many {
        let planned = planned_without_a_label(store, &site.name).await?;
        if planned > i64::from(site.max_new_per_cycle) {
            return Err(NotChanged::Many { site: site.name.clone(), planned, most: site.max_new_per_cycle });
        }
    }
    store.set_mode(&site.name, mode_name(mode), actor, at).await?;
    Ok(wake_waiting_for_a_label(store, &site.name, at).await?)
}

/// What the mode automatic would book at the next cycle, whatever a poll brings.
async fn planned_without_a_label(store: &Store, site: &SiteName) -> Result<i64, StoreError> {
    let stages = store.counts(Some(site)).await?.stages;
    Ok(PLANNED.iter().filter_map(|stage| stages.get(*stage)).sum())
}

/// What was planned and stopped before its label is looked at again under the new mode.
pub(crate) async fn wake_waiting_for_a_label(store: &Store, site: &SiteName, at: Timestamp) -> Result<(), StoreError> {
    let stages = PLANNED.map(str::to_owned).to_vec();
    let filter = ListFilter { site: Some(site.clone()), stages, ..ListFilter::default() };
    let mut after = None;
    loop {
        let page = store.list(&filter, after, 500).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.key());
        for row in &page {
            store.wake(site, row.id, at).await?;
        }
    }
}
