//! What UPS tells by itself: taken in whole and at once, then read.
//!
//! ```text
//! UPS's call ─► take_in: many calls, one COMMIT ─► 200      (nothing is read yet)
//! inbox ─► waiting ─► scans read by `crate::tracking` ─► hear: rows out, scans in, shipments woken, one transaction
//! files of Quantum View ──────────────────────────────────┘ (with the place in the range)
//! ```
//!
//! Calls that arrive while a COMMIT is under way gather and share the next one; whoever finds nobody committing does it
//! for all, so no call waits for a timer. A crash before the COMMIT costs a call that UPS was not told it had made; one
//! between taking in and hearing costs nothing. Two nodes may read the same rows: only those that one of them takes out
//! are heard.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use sea_orm::{ConnectionTrait, DatabaseTransaction, Value};
use shipment::number::{ShipmentId, SiteName};
use shipment::tracking::Feed;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::column::{count, failed, get, maybe_micros, maybe_time, micros, parsed, sql, time, tuples};
use super::record::ScanRow;
use super::{Store, StoreError, intake, wishes};

/// The most calls that share a COMMIT.
const GROUP: usize = 512;
/// The most calls that one statement inserts.
const MOST_ROWS: usize = 128;
/// Rows are remembered by name for so long after they were read; UPS keeps them for seven days.
const FILES_KEPT: jiff::SignedDuration = jiff::SignedDuration::from_hours(24 * 10);

/// Calls that wait for the COMMIT under way to end.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    waiting: Mutex<Vec<Waiting>>,
    /// Held by whoever commits for all.
    committing: tokio::sync::Mutex<()>,
    /// Raised when calls stand in the inbox.
    arrived: tokio::sync::Notify,
}

#[derive(Debug)]
struct Waiting {
    site: SiteName,
    body: Vec<u8>,
    at: Timestamp,
    answer: oneshot::Sender<Result<(), Arc<StoreError>>>,
}

/// A call of UPS that was not read yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxRow {
    /// Its number.
    pub id: Uuid,
    /// When it was taken in (business time).
    pub heard_at: Timestamp,
    /// Its body as it came.
    pub body: Vec<u8>,
}

/// A scan that was told, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeardScan {
    /// The call it came with; none of a file.
    pub call: Option<Uuid>,
    /// Whose package it is.
    pub shipment: ShipmentId,
    /// The scan.
    pub scan: ScanRow,
}

/// What a feed brought besides scans of ours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Events of packages nobody here knows.
    pub others: i64,
    /// What could not be read.
    pub unreadable: i64,
    /// Calls without the right credentials.
    pub refused: i64,
}

/// How far the account's files are read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QuantumPlace {
    /// Everything before this is read.
    pub read_until: Option<Timestamp>,
    /// The range being read: from, to, and UPS's bookmark of the next page.
    pub range: Option<(Timestamp, Timestamp, Option<String>)>,
}

/// Everything that is heard at once.
#[derive(Debug, Clone)]
pub struct Heard<'a> {
    /// Whose.
    pub site: &'a SiteName,
    /// Who told it.
    pub feed: Feed,
    /// When (business time).
    pub at: Timestamp,
    /// Calls that are read with this; empty for files.
    pub calls: &'a [Uuid],
    /// Scans of our packages.
    pub scans: &'a [HeardScan],
    /// What else there was.
    pub tally: Tally,
    /// Files that are read with this, and how many records they have.
    pub files: &'a [(String, usize)],
    /// How far the files are read with this.
    pub place: Option<&'a QuantumPlace>,
}

/// What was new in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct News {
    /// Scans that were not known.
    pub new: i64,
    /// Scans that this feed had told before.
    pub again: i64,
    /// Shipments that were woken.
    pub shipments: BTreeSet<ShipmentId>,
}

/// How a feed is heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedRow {
    /// Which.
    pub feed: Feed,
    /// Scans it told first, or differently from before.
    pub events: i64,
    /// Scans it told again.
    pub again: i64,
    /// Events of packages nobody here knows.
    pub others: i64,
    /// What could not be read.
    pub unreadable: i64,
    /// Calls without the right credentials.
    pub refused: i64,
    /// When it last told something (business time).
    pub last_at: Option<Timestamp>,
    /// Why it cannot be used at present.
    pub words: Option<String>,
}

impl Store {
    /// Takes in a call of UPS. Answered after the COMMIT.
    ///
    /// # Errors
    /// When the database fails; then UPS must not be told that its call was taken.
    pub async fn take_in(&self, site: &SiteName, body: Vec<u8>, at: Timestamp) -> Result<(), Arc<StoreError>> {
        let (answer, mut answered) = oneshot::channel();
        self.0.inbox.waiting().push(Waiting { site: site.clone(), body, at, answer });
        loop {
            // Answers of a COMMIT go out at once: whoever waits does not queue for the lock to see its own.
            let _committing = tokio::select! {
                biased;
                done = &mut answered => return done.unwrap_or_else(|_| Err(Arc::new(StoreError::Closed))),
                committing = self.0.inbox.committing.lock() => committing,
            };
            if answered.is_empty() {
                self.commit_gathered().await;
            }
        }
    }

    async fn commit_gathered(&self) {
        let mut group = std::mem::take(&mut *self.0.inbox.waiting());
        let rest = group.split_off(group.len().min(GROUP));
        if !rest.is_empty() {
            let mut waiting = self.0.inbox.waiting();
            let later = std::mem::replace(&mut *waiting, rest);
            waiting.extend(later);
        }
        // A task of its own: a caller who hangs up meanwhile does not end the COMMIT of all the others.
        let store = self.clone();
        let committed = tokio::spawn(async move {
            let done = store.put_calls(&group).await.map_err(Arc::new);
            for waiting in group {
                // Whoever asked may have gone; what was taken in stands all the same.
                let _ = waiting.answer.send(done.clone());
            }
            store.0.inbox.arrived.notify_one();
        });
        // Had it panicked, everybody's answer is gone with it, which they see for themselves.
        let _ = committed.await;
    }

    /// Waits until calls stand in the inbox. Only a hint: one may stand for many, and one may be missed.
    pub async fn called(&self) {
        self.0.inbox.arrived.notified().await;
    }

    async fn put_calls(&self, group: &[Waiting]) -> Result<(), StoreError> {
        self.write("take in a call", |transaction| async move {
            let mut rest = group;
            while !rest.is_empty() {
                // By powers of two, so that the database knows every one of these few texts already.
                let (calls, later) = rest.split_at(1 << rest.len().min(MOST_ROWS).ilog2());
                rest = later;
                let text =
                    format!("INSERT INTO inbox (site_id, id, heard_at, body) VALUES {}", tuples(0, calls.len(), 4));
                let values = calls.iter().flat_map(|call| {
                    let id = intake::fresh_id(call.at);
                    [call.site.as_str().into(), id.into(), micros(call.at).into(), call.body.clone().into()]
                });
                let done = transaction.execute_raw(sql(&*transaction, text, values.collect())).await;
                done.map_err(failed("take in a call"))?;
            }
            Ok(())
        })
        .await
    }

    /// Calls that were not read yet, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn inbox(&self, site: &SiteName, limit: usize) -> Result<Vec<InboxRow>, StoreError> {
        let text = "SELECT id, heard_at, body FROM inbox WHERE site_id = $1 ORDER BY id LIMIT $2";
        let db = &self.0.read;
        let rows = db.query_all_raw(sql(db, text, vec![site.as_str().into(), count(limit).into()])).await;
        let rows = rows.map_err(failed("read the inbox"))?;
        let row = |row| Ok(InboxRow { id: get(row, 0)?, heard_at: time("call", get(row, 1)?)?, body: get(row, 2)? });
        rows.iter().map(row).collect()
    }

    /// Hears what a feed told: keeps scans of ours, wakes their shipments, counts the rest, takes the calls out.
    ///
    /// # Errors
    /// When the database fails; then nothing of it was heard.
    pub async fn hear(&self, heard: &Heard<'_>) -> Result<News, StoreError> {
        let news = self.write("hear", |transaction| async move { hear(&transaction, heard).await }).await?;
        self.hint();
        Ok(news)
    }

    /// How far the account's files are read.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn quantum_place(&self, site: &SiteName) -> Result<QuantumPlace, StoreError> {
        let text = "SELECT read_until, range_from, range_to, bookmark FROM quantum_views WHERE site_id = $1";
        let db = &self.0.read;
        let row = db.query_one_raw(sql(db, text, vec![site.as_str().into()])).await;
        let Some(row) = row.map_err(failed("read the place in the files"))? else {
            return Ok(QuantumPlace::default());
        };
        let moment = |at: usize| maybe_time("place in the files", get(&row, at)?);
        let range = moment(1)?.zip(moment(2)?);
        let bookmark: Option<String> = get(&row, 3)?;
        Ok(QuantumPlace { read_until: moment(0)?, range: range.map(|(from, to)| (from, to, bookmark)) })
    }

    /// Which of these files are read, with as many records.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn files_read(&self, site: &SiteName) -> Result<BTreeSet<(String, i64)>, StoreError> {
        let text = "SELECT file, records FROM quantum_files WHERE site_id = $1";
        let db = &self.0.read;
        let rows = db.query_all_raw(sql(db, text, vec![site.as_str().into()])).await;
        rows.map_err(failed("read which files are read"))?.iter().map(|row| Ok((get(row, 0)?, get(row, 1)?))).collect()
    }

    /// How a site's feeds are heard.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn feeds(&self, site: &SiteName) -> Result<Vec<FeedRow>, StoreError> {
        let text = "SELECT feed, events, again, others, unreadable, refused, last_at, words FROM feeds \
                    WHERE site_id = $1 ORDER BY feed";
        let db = &self.0.read;
        let rows = db.query_all_raw(sql(db, text, vec![site.as_str().into()])).await;
        let rows = rows.map_err(failed("read the feeds"))?;
        let row = |row: &sea_orm::QueryResult| {
            Ok(FeedRow {
                feed: parsed("feed", &get::<String>(row, 0)?)?,
                events: get(row, 1)?,
                again: get(row, 2)?,
                others: get(row, 3)?,
                unreadable: get(row, 4)?,
                refused: get(row, 5)?,
                last_at: maybe_time("feed", get(row, 6)?)?,
                words: get(row, 7)?,
            })
        };
        rows.iter().map(row).collect()
    }

    /// Says why a feed cannot be used at present; nothing when it can.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn say_of_feed(&self, site: &SiteName, feed: Feed, words: Option<&str>) -> Result<(), StoreError> {
        self.write("say something of a feed", |transaction| async move {
            tell_feed(&transaction, site, feed, Tally::default(), (0, 0), None).await?;
            let text = "UPDATE feeds SET words = $3 WHERE site_id = $1 AND feed = $2";
            let values: Vec<Value> = vec![site.as_str().into(), feed.as_str().into(), words.map(str::to_owned).into()];
            let done = transaction.execute_raw(sql(&*transaction, text, values)).await;
            done.map_err(failed("say something of a feed")).map(drop)
        })
        .await
    }

    /// Counts calls without the right credentials.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_refused(&self, site: &SiteName, refused: i64) -> Result<(), StoreError> {
        let tally = Tally { refused, ..Tally::default() };
        self.write("count refused calls", |transaction| async move {
            tell_feed(&transaction, site, Feed::TrackAlert, tally, (0, 0), None).await
        })
        .await
    }
}

impl Gathering {
    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn hear(transaction: &DatabaseTransaction, heard: &Heard<'_>) -> Result<News, StoreError> {
    let taken = take_out(transaction, heard).await?;
    let mut news = News::default();
    for one in heard.scans.iter().filter(|one| one.call.is_none_or(|call| taken.contains(&call))) {
        if put_scan(transaction, heard.site, one).await? {
            news.new += 1;
            news.shipments.insert(one.shipment);
        } else {
            news.again += 1;
        }
    }
    for shipment in &news.shipments {
        wishes::put_heard(transaction, heard.site, *shipment, heard.feed, heard.at).await?;
    }
    // Another node has read and counted all of it.
    let counted = if heard.calls.is_empty() || !taken.is_empty() { heard.tally } else { Tally::default() };
    let told = !heard.scans.is_empty() || counted.others > 0;
    let at = told.then_some(heard.at);
    tell_feed(transaction, heard.site, heard.feed, counted, (news.new, news.again), at).await?;
    put_files(transaction, heard).await?;
    Ok(news)
}

async fn take_out(transaction: &DatabaseTransaction, heard: &Heard<'_>) -> Result<BTreeSet<Uuid>, StoreError> {
    let mut taken = BTreeSet::new();
    for calls in heard.calls.chunks(500) {
        let text = format!("DELETE FROM inbox WHERE site_id = $1 AND id IN {} RETURNING id", tuples(1, 1, calls.len()));
        let mut values: Vec<Value> = vec![heard.site.as_str().into()];
        values.extend(calls.iter().map(|id| Value::from(*id)));
        let rows = transaction.query_all_raw(sql(transaction, text, values)).await;
        for row in &rows.map_err(failed("take calls out"))? {
            taken.insert(get(row, 0)?);
        }
    }
    Ok(taken)
}

/// Whether it is news: the feed had not told it, or tells it differently.
async fn put_scan(transaction: &DatabaseTransaction, site: &SiteName, one: &HeardScan) -> Result<bool, StoreError> {
    let text = "INSERT INTO scans (site_id, tracking_number, identity, shipment_id, at, body, feed, heard_at, raw) \
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (site_id, tracking_number, identity) \
                DO UPDATE SET body = excluded.body, at = excluded.at WHERE scans.body <> excluded.body";
    let scan = &one.scan;
    let values: Vec<Value> = vec![
        site.as_str().into(),
        scan.tracking_number.as_str().into(),
        scan.identity.as_str().into(),
        one.shipment.0.into(),
        micros(scan.at).into(),
        scan.body.as_str().into(),
        scan.feed.as_str().into(),
        maybe_micros(scan.heard_at).into(),
        scan.raw.clone().into(),
    ];
    let done = transaction.execute_raw(sql(transaction, text, values)).await.map_err(failed("keep a scan"))?;
    Ok(done.rows_affected() > 0)
}

async fn tell_feed(
    transaction: &DatabaseTransaction,
    site: &SiteName,
    feed: Feed,
    tally: Tally,
    (new, again): (i64, i64),
    at: Option<Timestamp>,
) -> Result<(), StoreError> {
    let text = "INSERT INTO feeds (site_id, feed, events, again, others, unreadable, refused, last_at) \
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (site_id, feed) DO UPDATE SET \
                events = feeds.events + excluded.events, again = feeds.again + excluded.again, \
                others = feeds.others + excluded.others, unreadable = feeds.unreadable + excluded.unreadable, \
                refused = feeds.refused + excluded.refused, last_at = COALESCE(excluded.last_at, feeds.last_at)";
    let values: Vec<Value> = vec![
        site.as_str().into(),
        feed.as_str().into(),
        new.into(),
        again.into(),
        tally.others.into(),
        tally.unreadable.into(),
        tally.refused.into(),
        maybe_micros(at).into(),
    ];
    transaction.execute_raw(sql(transaction, text, values)).await.map_err(failed("count what was heard")).map(drop)
}

async fn put_files(transaction: &DatabaseTransaction, heard: &Heard<'_>) -> Result<(), StoreError> {
    let doing = "write down the place in the files";
    for (file, records) in heard.files {
        let text = "INSERT INTO quantum_files (site_id, file, records, read_at) VALUES ($1, $2, $3, $4) \
                    ON CONFLICT (site_id, file) DO UPDATE SET records = excluded.records, read_at = excluded.read_at";
        let values: Vec<Value> =
            vec![heard.site.as_str().into(), file.as_str().into(), count(*records).into(), micros(heard.at).into()];
        transaction.execute_raw(sql(transaction, text, values)).await.map_err(failed(doing))?;
    }
    let Some(place) = heard.place else { return Ok(()) };
    let text = "DELETE FROM quantum_files WHERE site_id = $1 AND read_at < $2";
    let values: Vec<Value> = vec![heard.site.as_str().into(), micros(heard.at - FILES_KEPT).into()];
    transaction.execute_raw(sql(transaction, text, values)).await.map_err(failed(doing))?;
    let text = "INSERT INTO quantum_views (site_id, read_until, range_from, range_to, bookmark) \
                VALUES ($1, $2, $3, $4, $5) ON CONFLICT (site_id) DO UPDATE SET read_until = excluded.read_until, \
                range_from = excluded.range_from, range_to = excluded.range_to, bookmark = excluded.bookmark";
    let range = place.range.as_ref();
    let values: Vec<Value> = vec![
        heard.site.as_str().into(),
        maybe_micros(place.read_until).into(),
        maybe_micros(range.map(|it| it.0)).into(),
        maybe_micros(range.map(|it| it.1)).into(),
        range.and_then(|it| it.2.clone()).into(),
    ];
    transaction.execute_raw(sql(transaction, text, values)).await.map_err(failed(doing)).map(drop)
}
