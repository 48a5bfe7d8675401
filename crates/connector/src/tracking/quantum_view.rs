//! Quantum View: the account's files, read by range.
//!
//! ```text
//! place (read until) ─ less the overlap ─► pages of a range, one call each, by UPS's bookmark
//!                                            │ file read before, with as many records: passed over
//!                                            └► scans of ours kept, others counted, place moved: one transaction a page
//! ```
//!
//! The place moves with the page, so a crash reads one page twice; the same range may be asked any number of times and
//! gives the same files. Files UPS marks as unread are never asked for: that would take them from any other program of
//! the company. UPS keeps files for seven days; whoever comes later begins there. What a file does not say (the zone of
//! its clocks) is guessed from the place, and another feed's word on the same scan is better.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use shipment::tracking::Feed;
use ups::quantum_view::{Page, Query};

use super::{kept, reading};
use crate::app::{App, SiteRuntime};
use crate::remote::trouble::Trouble;
use crate::store::{Heard, HeardScan, QuantumPlace, StoreError, Tally};

/// How far back a range begins again: files are closed late, and times carry no zone.
const OVERLAP: SignedDuration = SignedDuration::from_hours(3);
/// How long UPS keeps files, less an hour so that a range does not begin too early by UPS's clock.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 7 - 1);

/// What a reading brought.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Read {
    /// Files that were not read before.
    pub(crate) files: usize,
    /// Scans that were not known.
    pub(crate) news: i64,
    /// Records of packages nobody here knows.
    pub(crate) others: i64,
    /// Why it could not be read, or not to the end.
    pub(crate) trouble: Option<Trouble>,
}

impl Read {
    /// In one line, for people.
    pub(crate) fn words(&self) -> String {
        match &self.trouble {
            Some(Trouble { words, cure: Some(cure), .. }) => format!("{words}; {cure}"),
            Some(trouble) => trouble.words.clone(),
            None => format!("{} new files, {} new scans, {} records of others", self.files, self.news, self.others),
        }
    }
}

/// Reads what the account's files have told since the last time.
///
/// # Errors
/// When the store fails; what UPS answers is no error here but stands in [`Read::trouble`].
pub(crate) async fn read(app: &App, site: &SiteRuntime) -> Result<Read, StoreError> {
    let name = &site.site.name;
    let now = app.clock.now();
    let place = app.store.quantum_place(name).await?;
    let earliest = now - KEPT;
    // A range whose reading was cut short is read to its end, unless its files are gone meanwhile.
    let (from, to, mut bookmark) = match place.range {
        Some((from, to, bookmark)) if from >= earliest => (from, to, bookmark),
        _ => (place.read_until.map_or(earliest, |until| (until - OVERLAP).max(earliest)), now, None),
    };
    let query = query(site, from, to);
    let mut brought = Read::default();
    let mut seen = BTreeSet::new();
    loop {
        site.budget.wait().await;
        let page = match site.ups.quantum_view(&query, bookmark.as_deref()).await {
            Ok(page) => page,
            Err(error) => {
                brought.trouble = Some(explained(Trouble::from(&error)));
                break;
            }
        };
        bookmark = page.bookmark.clone().filter(|next| seen.insert(next.clone()));
        let done = bookmark.is_none();
        let place = QuantumPlace {
            read_until: if done { Some(to) } else { place.read_until },
            range: (!done).then(|| (from, to, bookmark.clone())),
        };
        hear(app, site, &page, &place, &mut brought).await?;
        if done {
            break;
        }
    }
    let words = brought.trouble.as_ref().map(|it| it.told_at(name));
    app.store.say_of_feed(name, Feed::QuantumView, words.as_deref()).await?;
    Ok(brought)
}

fn query(site: &SiteRuntime, from: Timestamp, to: Timestamp) -> Query {
    // UPS does not document the zone of a range; the overlap covers what that may cost at its ends.
    let moment = |at: Timestamp| at.to_zoned(TimeZone::UTC).datetime();
    let query = Query::range(moment(from), Some(moment(to)));
    match &site.site.tracking.quantum_view_subscription {
        Some(subscription) => query.of_subscription(subscription),
        None => query,
    }
}

/// `330050` says "invalid user" and means something else.
fn explained(trouble: Trouble) -> Trouble {
    if !matches!(trouble.code.as_str(), "330050" | "330051") {
        return trouble;
    }
    Trouble {
        words: "UPS says that the account has no Quantum View subscription".to_owned(),
        cure: Some(
            "create one on ups.com (Quantum View, Manage Subscriptions: outbound, all kinds of events), or write \
             quantum_view = false in [ups]; parcels are followed by questions meanwhile",
        ),
        ..trouble
    }
}

async fn hear(
    app: &App,
    site: &SiteRuntime,
    page: &Page,
    place: &QuantumPlace,
    brought: &mut Read,
) -> Result<(), StoreError> {
    let name = &site.site.name;
    let now = app.clock.now();
    let dock = site.site.ship_froms.first().map_or(TimeZone::UTC, |it| it.calendar.time_zone.clone());
    let known = app.store.files_read(name).await?;
    let files: Vec<(String, usize)> = page
        .subscriptions
        .iter()
        .flat_map(|it| it.files.iter().map(move |file| (named(it.name.as_deref(), &file.name), file.records.len())))
        .collect();
    let is_new =
        |file: &str, records: usize| !known.contains(&(file.to_owned(), i64::try_from(records).unwrap_or(i64::MAX)));
    let mut told = Vec::new();
    for subscription in &page.subscriptions {
        for file in &subscription.files {
            if is_new(&named(subscription.name.as_deref(), &file.name), file.records.len()) {
                brought.files += 1;
                told.extend(file.records.iter().flat_map(|record| reading::of_record(record, &dock)));
            }
        }
    }
    let numbers: Vec<String> = told.iter().map(|scan| scan.tracking_number.to_string()).collect();
    let owners = app.store.owners_of(name, &numbers).await?;
    let mut tally = Tally::default();
    let mut scans = Vec::new();
    for scan in told {
        match owners.get(scan.tracking_number.as_str()) {
            Some(shipment) => scans.push(HeardScan { call: None, shipment: *shipment, scan: kept(&scan, now, None) }),
            None => tally.others += 1,
        }
    }
    let files: Vec<_> = files.into_iter().filter(|(file, records)| is_new(file, *records)).collect();
    let heard = Heard {
        site: name,
        feed: Feed::QuantumView,
        at: now,
        calls: &[],
        scans: &scans,
        tally,
        files: &files,
        place: Some(place),
    };
    brought.news += app.store.hear(&heard).await?.new;
    brought.others += tally.others;
    Ok(())
}

/// Two subscriptions close files of one name at the same moment.
fn named(subscription: Option<&str>, file: &str) -> String {
    format!("{}/{file}", subscription.unwrap_or_default())
}
