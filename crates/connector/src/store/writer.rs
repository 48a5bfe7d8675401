//! The writer task: many records, one COMMIT.
//!
//! ```text
//! record ─► queue ─► all that wait, up to a group ─► one transaction ─► COMMIT ─► answers
//!                          │ one is refused              │ COMMIT fails
//!                          └─► the group one by one ◄────┴─ read what stands; only what does not
//! ```
//!
//! The disk is waited for once per group, which is most of what a record costs. A group is what
//! has gathered while the one before was written; nobody waits for it to fill. A record whose
//! fence is lost touches no row of the others. When the database refuses one, the group is
//! rolled back and written one by one, so that the refusal reaches only the one it is about.
//!
//! A COMMIT whose answer is lost may have taken effect, or may be about to: PostgreSQL goes on
//! with a COMMIT whose connection is gone. The shipment's row is locked, which waits for whoever
//! still has it, and what then stands is read before anything is written again.
//!
//! SQLite has one group at a time, PostgreSQL several, each on a connection of its own; two
//! records of one shipment are never under way together, because whoever makes them waits. While
//! PostgreSQL is away what is to be recorded waits for it, for a while: a waybill in memory is
//! worth the waiting, and a shipment whose record is lost is asked for at UPS instead.

use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, Value};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tracing::warn;

use super::StoreError;
use super::column::{count, failed, get, sql};
use super::lease::LeaseClock;
use super::record::{Record, Recorded, write};
use super::transaction::{begin, is_collision};

/// What the writer is asked to do.
#[derive(Debug)]
pub(super) enum Job {
    /// To make a record durable.
    Record(Box<Waiting>),
    /// To end, after what is queued before it.
    End,
}

/// A record and whoever waits for it.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) record: Record,
    pub(super) answer: oneshot::Sender<Result<Recorded, StoreError>>,
}

/// How records are written.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    pub(super) db: DatabaseConnection,
    pub(super) leases: LeaseClock,
    /// The most records that share a COMMIT.
    pub(super) group: usize,
}

/// Why a transaction of records did not come to its end.
enum Broken {
    /// Before the COMMIT: nothing of it stands.
    Before(StoreError),
    /// At the COMMIT: it may stand.
    AtCommit(StoreError, Vec<Recorded>),
}

/// How often one record is tried against collisions.
const TRIES: u32 = 6;
/// The first and the longest pause while the database is away.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// How long records wait for a database that is away: less than a booking's lease, so that whoever claims the shipment
/// next finds either the record or nobody at work on it.
const PATIENCE: Duration = Duration::from_secs(120);

/// Writes records until it is told to end or nobody is left to send any, up to so many groups at once. Holds the lock of
/// the data directory for as long as it may write.
pub(super) async fn run(
    writer: Writer,
    mut jobs: mpsc::Receiver<Job>,
    at_once: u32,
    end: watch::Sender<bool>,
    _lock: Option<Arc<File>>,
) {
    let places = Arc::new(Semaphore::new(usize::try_from(at_once).unwrap_or(1).max(1)));
    let mut ending = false;
    while !ending {
        let mut gathered = vec![];
        match jobs.recv().await {
            None | Some(Job::End) => break,
            Some(Job::Record(waiting)) => gathered.push(*waiting),
        }
        // What comes while all connections are busy shares the next COMMIT.
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { break };
        while gathered.len() < writer.group {
            match jobs.try_recv() {
                Ok(Job::Record(waiting)) => gathered.push(*waiting),
                Ok(Job::End) => {
                    ending = true;
                    break;
                }
                Err(_) => break,
            }
        }
        let writer = writer.clone();
        tokio::spawn(async move {
            writer.write_group(gathered).await;
            drop(place);
        });
    }
    // Every place is free again when every group is written.
    let _ = places.acquire_many(at_once.max(1)).await;
    end.send_replace(true);
}

impl Writer {
    async fn write_group(&self, gathered: Vec<Waiting>) {
        let records: Vec<&Record> = gathered.iter().map(|waiting| &waiting.record).collect();
        let broken = match self.together(&records).await {
            Ok(recorded) => {
                for (waiting, recorded) in gathered.into_iter().zip(recorded) {
                    answer(waiting, Ok(recorded));
                }
                return;
            }
            Err(broken) => broken,
        };
        let expected = match broken {
            Broken::Before(_) => None,
            Broken::AtCommit(error, expected) => {
                warn!(records = gathered.len(), %error, "a commit was not answered; reading what stands");
                Some(expected)
            }
        };
        let patience = tokio::time::sleep(PATIENCE);
        tokio::pin!(patience);
        for (at, waiting) in gathered.into_iter().enumerate() {
            let expected = expected.as_ref().and_then(|expected| expected.get(at)).copied();
            let mut away = None;
            let result = tokio::select! {
                biased;
                result = self.alone(&waiting.record, expected, &mut away) => result,
                () = &mut patience, if self.may_be_away() => Err(StoreError::Closed),
            };
            // Whoever waited to the end is told why.
            let result = match (result, away) {
                (Err(StoreError::Closed), Some(failure)) => Err(failure),
                (result, _) => result,
            };
            answer(waiting, result);
        }
    }

    /// Whether the database is a server, which may go and come back.
    fn may_be_away(&self) -> bool {
        self.db.get_database_backend() == DbBackend::Postgres
    }

    async fn together(&self, records: &[&Record]) -> Result<Vec<Recorded>, Broken> {
        let transaction = begin(&self.db).await.map_err(failed("record")).map_err(Broken::Before)?;
        self.in_one(transaction, records).await
    }

    async fn in_one(&self, transaction: DatabaseTransaction, records: &[&Record]) -> Result<Vec<Recorded>, Broken> {
        let mut recorded = Vec::with_capacity(records.len());
        for record in records {
            recorded.push(write(&transaction, record, self.leases).await.map_err(Broken::Before)?);
        }
        match transaction.commit().await.map_err(failed("commit")) {
            Ok(()) => Ok(recorded),
            Err(error) => Err(Broken::AtCommit(error, recorded)),
        }
    }

    /// Writes one record by itself, waiting for a database that is `away`. `expected` is what a COMMIT without an answer
    /// would have given.
    async fn alone(
        &self,
        record: &Record,
        mut expected: Option<Recorded>,
        away: &mut Option<StoreError>,
    ) -> Result<Recorded, StoreError> {
        let mut tries = 0;
        let mut pause = FIRST_PAUSE;
        loop {
            tries += 1;
            let failure = match self.once_more(record, expected).await {
                Ok(recorded) => return Ok(recorded),
                Err(Broken::Before(failure)) => failure,
                Err(Broken::AtCommit(failure, recorded)) => {
                    expected = recorded.first().copied();
                    if tries < TRIES && !failure.is_away() {
                        continue;
                    }
                    failure
                }
            };
            if failure.is_away() && self.may_be_away() {
                *away = Some(failure);
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            } else if tries >= TRIES || !is_collision(&failure) {
                return Err(failure);
            }
        }
    }

    /// Writes one record unless it stands already.
    async fn once_more(&self, record: &Record, expected: Option<Recorded>) -> Result<Recorded, Broken> {
        let transaction = begin(&self.db).await.map_err(failed("record")).map_err(Broken::Before)?;
        if let Some(expected) = expected
            && stands(&transaction, record, expected).await.map_err(Broken::Before)?
        {
            return Ok(expected);
        }
        let recorded = self.in_one(transaction, &[record]).await?;
        recorded.first().copied().ok_or(Broken::Before(StoreError::Closed))
    }
}

/// Whether `record` took effect though its COMMIT was not answered: the row is past the number
/// it would have reached, and the line with that number is ours. The row is locked first, so that a
/// COMMIT still under way is over when the line is looked for.
///
/// A record without an audit line leaves no such trace and is written again. It has no intent
/// either (every intent is told), and all else that it can hold may be written twice.
pub(super) async fn stands(
    transaction: &DatabaseTransaction,
    record: &Record,
    expected: Recorded,
) -> Result<bool, StoreError> {
    let doing = "read what stands";
    let (Recorded::Done { seq, .. }, Some(line)) = (expected, record.audit.last()) else { return Ok(false) };
    if transaction.get_database_backend() == DbBackend::Postgres {
        let text = "SELECT 1 FROM shipments WHERE site_id = $1 AND id = $2 FOR UPDATE";
        let values: Vec<Value> = vec![record.site.as_str().into(), record.id.0.into()];
        transaction.query_one_raw(sql(transaction, text, values)).await.map_err(failed(doing))?;
    }
    let text = "SELECT COUNT(*) FROM shipments s JOIN audit a ON a.site_id = s.site_id AND a.shipment_id = s.id \
                WHERE s.site_id = $1 AND s.id = $2 AND s.lease_epoch >= $3 AND s.seq >= $4 AND a.seq = $4 \
                AND a.at = $5 AND a.event = $6 AND a.words = $7";
    let values: Vec<Value> = vec![
        record.site.as_str().into(),
        record.id.0.into(),
        record.epoch.into(),
        seq.into(),
        line.at.as_microsecond().into(),
        line.event.as_str().into(),
        line.words.as_str().into(),
    ];
    let row = transaction.query_one_raw(sql(transaction, text, values)).await.map_err(failed(doing))?;
    let found: i64 = row.map_or(Ok(0), |row| get(&row, 0))?;
    Ok(found == count(1))
}

fn answer(waiting: Waiting, result: Result<Recorded, StoreError>) {
    // Whoever asked may have gone; what was recorded stands all the same.
    let _ = waiting.answer.send(result);
}
