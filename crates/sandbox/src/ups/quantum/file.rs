//! Files: what happened within one hour, closed when the hour is over.
//!
//! Names carry the instant of closing, `YYMMDD_HHmmssnnn`; that it is Greenwich time is *assumed*.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::record::{Happening, happenings};
use crate::ups::manners::{Manners, QuantumRecord, QuantumSubscription};
use crate::ups::shelf::Shelf;

/// Which files were read.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    read: HashSet<(String, String)>,
}

impl Desk {
    /// The subscription's closed files that are kept, oldest first.
    pub(crate) fn files(
        &self,
        shelf: &Shelf,
        subscription: &QuantumSubscription,
        manners: &Manners,
        now: Timestamp,
    ) -> Vec<File> {
        let kept = SignedDuration::from_hours(24 * i64::from(manners.quantum_days));
        let step = manners.quantum_file_every.as_secs().max(1);
        let mut hours: BTreeMap<i64, Vec<Happening>> = BTreeMap::new();
        // Older shipments have nothing left to tell within the days kept.
        let oldest = SignedDuration::from_hours(24 * i64::from(manners.track_days));
        let living = shelf.all().iter().filter(|booked| now.duration_since(booked.booked_at) <= oldest);
        for happening in living.flat_map(|booked: &Arc<_>| happenings(booked)) {
            let closes = (happening.at.as_second().div_euclid(step) + 1) * step;
            let wanted = subscription.records.contains(&happening.kind);
            if wanted && closes <= now.as_second() && now.as_second() - closes <= kept.as_secs() {
                hours.entry(closes).or_default().push(happening);
            }
        }
        let files = hours.into_iter().filter_map(|(closes, mut happened)| {
            let closed = Timestamp::from_second(closes).ok()?;
            happened.sort_by_key(|one| one.at);
            let name = closed.to_zoned(TimeZone::UTC).strftime("%y%m%d_%H%M%S001").to_string();
            let is_read = self.read.contains(&(subscription.name.clone(), name.clone()));
            Some(File { name, closed, is_read, happened })
        });
        files.collect()
    }

    pub(crate) fn mark_read(&mut self, files: Vec<(String, String)>) {
        self.read.extend(files);
    }
}

#[derive(Debug)]
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) closed: Timestamp,
    pub(crate) is_read: bool,
    happened: Vec<Happening>,
}

impl File {
    pub(crate) fn written(&self) -> Value {
        let status = if self.is_read { ("R", "Read") } else { ("U", "Unread") };
        let mut file = json!({
            "FileName": self.name,
            "StatusType": {"Code": status.0, "Description": status.1},
        });
        for (kind, name) in [
            (QuantumRecord::Manifest, "Manifest"),
            (QuantumRecord::Origin, "Origin"),
            (QuantumRecord::Exception, "Exception"),
            (QuantumRecord::Delivery, "Delivery"),
            (QuantumRecord::Generic, "Generic"),
        ] {
            let records: Vec<Value> =
                self.happened.iter().filter(|one| one.kind == kind).map(|one| one.written()).collect();
            if !records.is_empty() {
                file[name] = Value::Array(records);
            }
        }
        file
    }
}
