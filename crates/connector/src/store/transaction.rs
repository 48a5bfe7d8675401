//! One retry wrapper round every transaction.
//!
//! A database may end a transaction through nobody's fault: PostgreSQL with 40001 or 40P01,
//! SQLite with BUSY when a reader of another program is in the way. Nothing was written then,
//! and the work is done again from its beginning, whether it was told so on the way or at the
//! COMMIT. A connection that broke before the COMMIT was sent has kept nothing either: PostgreSQL
//! undoes what nobody commits. A COMMIT that failed in any other way is *not* repeated: whether it
//! took effect is not known.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::{
    ConnAcquireErr, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, IsolationLevel,
    RuntimeErr, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use shipment::number::SiteName;

use super::column::{failed, sql};
use super::{Store, StoreError};

/// How often one piece of work is begun.
const BEGINNINGS: u32 = 6;

/// The pause after the first collision; it doubles with each.
const FIRST_PAUSE: Duration = Duration::from_millis(5);

impl Store {
    /// Runs `work` in one write transaction and commits it.
    ///
    /// The work gets the transaction as its own share of it, so that its future has no borrowed argument: such a
    /// future is `Send` wherever its captures are, and callers may be spawned.
    pub(super) async fn write<T, Work>(
        &self,
        doing: &'static str,
        work: impl Fn(Arc<DatabaseTransaction>) -> Work,
    ) -> Result<T, StoreError>
    where
        Work: Future<Output = Result<T, StoreError>>,
    {
        let mut pause = FIRST_PAUSE;
        let mut beginnings = 0;
        loop {
            beginnings += 1;
            let (error, nothing_kept) = match once(&self.0.write, doing, &work).await {
                Ok(done) => return Ok(done),
                Err(Broken::Before(error)) => {
                    let nothing_kept = is_collision(&error) || is_broken_connection(&error);
                    (error, nothing_kept)
                }
                Err(Broken::AtCommit(error)) => {
                    let nothing_kept = is_collision(&error);
                    (error, nothing_kept)
                }
            };
            if beginnings == BEGINNINGS || !nothing_kept {
                return Err(closed_or(error));
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
    }
}

/// Where a transaction came to a bad end.
enum Broken {
    /// Nothing of it stands.
    Before(StoreError),
    /// It may stand.
    AtCommit(StoreError),
}

async fn once<T, Work>(
    db: &DatabaseConnection,
    doing: &'static str,
    work: &impl Fn(Arc<DatabaseTransaction>) -> Work,
) -> Result<T, Broken>
where
    Work: Future<Output = Result<T, StoreError>>,
{
    let transaction = Arc::new(begin(db).await.map_err(failed(doing)).map_err(Broken::Before)?);
    let done = work(Arc::clone(&transaction)).await.map_err(Broken::Before)?;
    // The work's share went with its future, so this is the last one.
    let transaction = Arc::into_inner(transaction).ok_or(Broken::Before(StoreError::Closed))?;
    transaction.commit().await.map_err(failed(doing)).map_err(Broken::AtCommit)?;
    Ok(done)
}

/// Begins a write transaction. IMMEDIATE, so that SQLite decides here and not in the middle who
/// may write. READ COMMITTED on PostgreSQL, whatever the database's own default: a statement that
/// waited for a row sees what its holder committed.
pub(super) async fn begin(db: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    db.begin_with_options(TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        isolation_level: (db.get_database_backend() == DbBackend::Postgres).then_some(IsolationLevel::ReadCommitted),
        ..TransactionOptions::default()
    })
    .await
}

/// Whether the database ended the work through nobody's fault and kept nothing of it.
pub(super) fn is_collision(error: &StoreError) -> bool {
    let StoreError::Database { source, .. } = error else { return false };
    let Some(code) = database_code(source) else { return false };
    // SQLite: BUSY, BUSY_RECOVERY, BUSY_SNAPSHOT. PostgreSQL: serialization failure, deadlock.
    matches!(code.as_str(), "5" | "261" | "517" | "40001" | "40P01")
}

/// Whether the connection is gone rather than the work refused.
fn is_broken_connection(error: &StoreError) -> bool {
    let StoreError::Database { source, .. } = error else { return false };
    match sqlx_error(source) {
        Some(sqlx::Error::Io(_)) => true,
        _ => database_code(source).is_some_and(|code| is_end_of_connection(&code)),
    }
}

/// Whether PostgreSQL is not there, or there and not able to serve: down, starting, out of connections, out of space, or
/// a standby that takes no writes yet.
pub(super) fn is_away(error: &DbErr) -> bool {
    if matches!(error, DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)) {
        return true;
    }
    match sqlx_error(error) {
        Some(sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::Protocol(_)) => true,
        _ => database_code(error).is_some_and(|code| {
            // Insufficient resources; read-only transaction; a lock not given in time.
            is_end_of_connection(&code) || code.starts_with("53") || matches!(code.as_str(), "25006" | "55P03")
        }),
    }
}

/// Connection exceptions, and ended or not yet opened by an administrator or a crash. Five characters, as no code of
/// SQLite's has.
fn is_end_of_connection(code: &str) -> bool {
    code.len() == 5 && (code.starts_with("08") || code.starts_with("57P") || code == "25P03")
}

fn sqlx_error(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error))
        | DbErr::Conn(RuntimeErr::SqlxError(error)) => Some(error.as_ref()),
        _ => None,
    }
}

/// The database's code of an error, if it is the database that objects.
pub(super) fn database_code(error: &DbErr) -> Option<String> {
    Some(sqlx_error(error)?.as_database_error()?.code()?.into_owned())
}

fn closed_or(error: StoreError) -> StoreError {
    match error {
        StoreError::Database { source: DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed), .. } => {
            StoreError::Closed
        }
        other => other,
    }
}

/// Makes a transaction the only one that decides something about a site: what is read afterwards stays true until the
/// COMMIT. Whoever only refers to the site (a foreign key) does not wait. SQLite has one writer anyway.
pub(super) async fn only_one_at(transaction: &DatabaseTransaction, site: &SiteName) -> Result<(), StoreError> {
    if transaction.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let text = "SELECT 1 FROM sites WHERE site_id = $1 FOR NO KEY UPDATE";
    let values = vec![site.as_str().into()];
    transaction.query_one_raw(sql(transaction, text, values)).await.map_err(failed("lock a site")).map(drop)
}

/// Behind a question for a row by which something is decided: nobody changes it before the COMMIT.
pub(super) fn locking<C: ConnectionTrait>(db: &C) -> &'static str {
    if db.get_database_backend() == DbBackend::Postgres { " FOR UPDATE" } else { "" }
}

/// Behind a question for rows that are to be changed: passes over those that another node has in hand just now. Nothing
/// on SQLite, which has one writer.
pub(super) fn passing_over_locked<C: ConnectionTrait>(db: &C) -> &'static str {
    if db.get_database_backend() == DbBackend::Postgres { " FOR UPDATE SKIP LOCKED" } else { "" }
}
