//! UPS's calls, read after they were answered.
//!
//! ```text
//! inbox ─► bodies ─► AlertEvent::read ─► whose package? ─┬─ ours ─► scan kept, shipment woken ┐ one transaction,
//!                        │ unreadable: counted           └─ not ours: counted, not kept       ┘ rows out of the inbox
//! ```
//!
//! A crash anywhere leaves the rows where they are. Bodies of packages nobody here knows (an account-wide subscription
//! tells of other people's parcels) are gone with their row.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use jiff::Timestamp;
use shipment::alarm::Kind;
use shipment::number::TrackingNumber;
use shipment::tracking::Feed;
use ups::track_alert::AlertEvent;
use uuid::Uuid;

use super::{kept, reading};
use crate::app::{App, SiteRuntime};
use crate::crash::{self, Point};
use crate::store::{Heard, HeardScan, InboxRow, StoreError, Tally};

/// What the alarms of this feed are about.
pub(crate) const TRACK_ALERT: &str = "track_alert";
/// Calls that are read at once.
const BATCH: usize = 500;

/// Reads what every site was told, until nothing is left.
///
/// # Errors
/// When the store fails; what was not heard is read again.
pub(crate) async fn read(app: &App) -> Result<(), StoreError> {
    for site in app.sites() {
        count_refused(app, &site).await?;
        if site.door.is_none() {
            continue;
        }
        loop {
            let rows = app.store.inbox(&site.site.name, BATCH).await?;
            if rows.is_empty() {
                break;
            }
            hear(app, &site, rows).await?;
        }
    }
    Ok(())
}

/// Refused calls are counted in memory, so that whoever knocks cannot keep the disk busy.
async fn count_refused(app: &App, site: &SiteRuntime) -> Result<(), StoreError> {
    let refused = site.refused_calls.swap(0, Ordering::Relaxed);
    if refused == 0 {
        return Ok(());
    }
    tracing::warn!(site = %site.site.name, refused, "calls without the right credentials at the webhook");
    app.store.count_refused(&site.site.name, i64::from(refused)).await
}

async fn hear(app: &App, site: &Arc<SiteRuntime>, rows: Vec<InboxRow>) -> Result<(), StoreError> {
    let now = app.clock.now();
    let calls: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut tally = Tally::default();
    let mut events: Vec<(InboxRow, TrackingNumber, AlertEvent)> = Vec::new();
    for row in rows {
        let read = AlertEvent::read(&row.body).map_err(|error| error.to_string());
        let number = |event: &AlertEvent| event.tracking_number.to_uppercase().parse::<TrackingNumber>();
        match read.and_then(|event| Ok((number(&event).map_err(|error| error.to_string())?, event))) {
            Ok((number, event)) => events.push((row, number, event)),
            Err(why) => {
                tally.unreadable += 1;
                tracing::warn!(site = %site.site.name, bytes = row.body.len(), %why, "a call of UPS cannot be read");
            }
        }
    }
    let numbers: Vec<String> = events.iter().map(|(_, number, _)| number.to_string()).collect();
    let owners = app.store.owners_of(&site.site.name, &numbers).await?;
    let mut scans = Vec::new();
    for (row, number, event) in events {
        let Some(shipment) = owners.get(number.as_str()) else {
            tally.others += 1;
            continue;
        };
        match reading::of_alert(&number, &event) {
            Some(scan) => {
                let scan = kept(&scan, row.heard_at, Some(row.body));
                scans.push(HeardScan { call: Some(row.id), shipment: *shipment, scan });
            }
            None => tally.unreadable += 1,
        }
    }
    crash::point(Point::CallsRead);
    told(app, site, now, &calls, &scans, tally).await
}

async fn told(
    app: &App,
    site: &SiteRuntime,
    at: Timestamp,
    calls: &[Uuid],
    scans: &[HeardScan],
    tally: Tally,
) -> Result<(), StoreError> {
    let heard =
        Heard { site: &site.site.name, feed: Feed::TrackAlert, at, calls, scans, tally, files: &[], place: None };
    app.store.hear(&heard).await?;
    crash::point(Point::CallsHeard);
    if !scans.is_empty() {
        app.store.settle(&site.site.name, Kind::WebhookSilent, TRACK_ALERT, at).await?;
    }
    Ok(())
}
