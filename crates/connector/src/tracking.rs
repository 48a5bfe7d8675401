//! Following parcels: what UPS's three feeds tell becomes scans, and scans wake the shipments they are of.
//!
//! ```text
//! UPS's call ─► web/webhook ─► inbox ─► inbox::read ──┐
//! Quantum View's files ─► quantum_view::read ─────────┼─► scans kept, shipment woken ─► engine/tracking: one status
//! Track API ◄─ engine/tracking asks, in its own pace ─┘
//! ```
//!
//! Nothing here changes anything at UPS or SYSPRO and nothing here decides what a shipment is: that is
//! `shipment::tracking`, asked by the engine. Feeds may tell the same scan, late, twice and in any order; what they tell
//! of packages nobody here knows is counted and not kept.

pub mod budget;
pub mod door;
pub mod health;
pub(crate) mod inbox;
pub(crate) mod quantum_view;
pub(crate) mod reading;

use shipment::number::TrackingNumber;
use shipment::tracking::Scan;

use jiff::Timestamp;

use crate::store::{ScanRow, written};

/// A scan as the store keeps it.
pub(crate) fn kept(scan: &Scan, heard_at: Timestamp, raw: Option<Vec<u8>>) -> ScanRow {
    ScanRow {
        tracking_number: scan.tracking_number.clone(),
        identity: scan.identity(),
        at: scan.at,
        body: written(scan),
        feed: scan.feed,
        heard_at: Some(heard_at),
        raw,
    }
}

/// The scans the store kept of one package, without those another program version wrote and nobody can read.
pub(crate) fn of_package(rows: &[ScanRow], number: &TrackingNumber) -> Vec<Scan> {
    let own = rows.iter().filter(|row| row.tracking_number == *number);
    own.filter_map(|row| serde_json::from_str(&row.body).ok()).collect()
}
