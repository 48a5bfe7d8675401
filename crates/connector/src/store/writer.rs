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
//! A COMMIT whose answer is lost may have taken effect. What stands in the rows is read before
//! anything is written again.

use std::fs::File;
use std::sync::Arc;

use sea_orm::{ConnectionTrait, DatabaseConnection, Value};
use tokio::sync::{mpsc, oneshot, watch};
use tracing::warn;

use super::StoreError;
use super::column::{count, failed, get, sql};
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

/// Why a transaction of records did not come to its end.
enum Broken {
    /// Before the COMMIT: nothing of it stands.
    Before(StoreError),
    /// At the COMMIT: it may stand.
    AtCommit(StoreError, Vec<Recorded>),
}

/// How often one record is tried against collisions.
const TRIES: u32 = 6;

/// Writes records until it is told to end or nobody is left to send any. Holds the lock of the
/// data directory for as long as it may write.
pub(super) async fn run(
    db: DatabaseConnection,
    mut jobs: mpsc::Receiver<Job>,
    group: usize,
    end: watch::Sender<bool>,
    _lock: Arc<File>,
) {
    let mut ending = false;
    while !ending {
        let mut gathered = vec![];
        match jobs.recv().await {
            None | Some(Job::End) => break,
            Some(Job::Record(waiting)) => gathered.push(*waiting),
        }
        while gathered.len() < group {
            match jobs.try_recv() {
                Ok(Job::Record(waiting)) => gathered.push(*waiting),
                Ok(Job::End) => {
                    ending = true;
                    break;
                }
                Err(_) => break,
            }
        }
        write_group(&db, gathered).await;
    }
    end.send_replace(true);
}

async fn write_group(db: &DatabaseConnection, gathered: Vec<Waiting>) {
    let records: Vec<&Record> = gathered.iter().map(|waiting| &waiting.record).collect();
    match together(db, &records).await {
        Ok(recorded) => {
            for (waiting, recorded) in gathered.into_iter().zip(recorded) {
                answer(waiting, Ok(recorded));
            }
        }
        Err(broken) => {
            let expected = match broken {
                Broken::Before(_) => None,
                Broken::AtCommit(error, expected) => {
                    warn!(records = gathered.len(), %error, "a commit was not answered; reading what stands");
                    Some(expected)
                }
            };
            for (at, waiting) in gathered.into_iter().enumerate() {
                let expected = expected.as_ref().and_then(|expected| expected.get(at)).copied();
                let result = alone(db, &waiting.record, expected).await;
                answer(waiting, result);
            }
        }
    }
}

async fn together(db: &DatabaseConnection, records: &[&Record]) -> Result<Vec<Recorded>, Broken> {
    let transaction = begin(db).await.map_err(failed("record")).map_err(Broken::Before)?;
    let mut recorded = Vec::with_capacity(records.len());
    for record in records {
        recorded.push(write(&transaction, record).await.map_err(Broken::Before)?);
    }
    match transaction.commit().await.map_err(failed("commit")) {
        Ok(()) => Ok(recorded),
        Err(error) => Err(Broken::AtCommit(error, recorded)),
    }
}

/// Writes one record by itself. `expected` is what a COMMIT without an answer would have given.
async fn alone(
    db: &DatabaseConnection,
    record: &Record,
    mut expected: Option<Recorded>,
) -> Result<Recorded, StoreError> {
    let mut tries = 0;
    loop {
        tries += 1;
        if let Some(expected) = expected
            && stands(db, record, expected).await?
        {
            return Ok(expected);
        }
        let failure = match together(db, &[record]).await {
            Ok(recorded) => return recorded.first().copied().ok_or(StoreError::Closed),
            Err(Broken::Before(failure)) => failure,
            Err(Broken::AtCommit(failure, recorded)) => {
                expected = recorded.first().copied();
                if tries < TRIES {
                    continue;
                }
                failure
            }
        };
        if tries >= TRIES || !is_collision(&failure) {
            return Err(failure);
        }
    }
}

/// Whether `record` took effect though its COMMIT was not answered: the row is past the number
/// it would have reached, and the line with that number is ours.
///
/// A record without an audit line leaves no such trace and is written again. It has no intent
/// either (every intent is told), and all else that it can hold may be written twice.
pub(super) async fn stands(db: &DatabaseConnection, record: &Record, expected: Recorded) -> Result<bool, StoreError> {
    let (Recorded::Done { seq, .. }, Some(line)) = (expected, record.audit.last()) else { return Ok(false) };
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
    let row = db.query_one_raw(sql(db, text, values)).await.map_err(failed("read what stands"))?;
    let found: i64 = row.map_or(Ok(0), |row| get(&row, 0))?;
    Ok(found == count(1))
}

fn answer(waiting: Waiting, result: Result<Recorded, StoreError>) {
    // Whoever asked may have gone; what was recorded stands all the same.
    let _ = waiting.answer.send(result);
}
