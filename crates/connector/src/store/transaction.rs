//! One retry wrapper round every transaction.
//!
//! A database may end a transaction through nobody's fault: PostgreSQL with 40001 or 40P01,
//! SQLite with BUSY when a reader of another program is in the way. Nothing was written then,
//! and the work is done again from its beginning. A COMMIT that failed in any other way is *not*
//! repeated: whether it took effect is not known.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::{
    DatabaseConnection, DatabaseTransaction, DbErr, RuntimeErr, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};

use super::column::failed;
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
            let error = match once(&self.0.write, doing, &work).await {
                Ok(done) => return Ok(done),
                Err(error) => error,
            };
            if beginnings == BEGINNINGS || !is_collision(&error) {
                return Err(closed_or(error));
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
    }
}

async fn once<T, Work>(
    db: &DatabaseConnection,
    doing: &'static str,
    work: &impl Fn(Arc<DatabaseTransaction>) -> Work,
) -> Result<T, StoreError>
where
    Work: Future<Output = Result<T, StoreError>>,
{
    let transaction = Arc::new(begin(db).await.map_err(failed(doing))?);
    let done = work(Arc::clone(&transaction)).await?;
    // The work's share went with its future, so this is the last one.
    let transaction = Arc::into_inner(transaction).ok_or(StoreError::Closed)?;
    transaction.commit().await.map_err(failed(doing))?;
    Ok(done)
}

/// Begins a write transaction. IMMEDIATE, so that SQLite decides here and not in the middle who
/// may write.
pub(super) async fn begin(db: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
    db.begin_with_options(TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
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

fn database_code(error: &DbErr) -> Option<String> {
    let (DbErr::Exec(RuntimeErr::SqlxError(error))
    | DbErr::Query(RuntimeErr::SqlxError(error))
    | DbErr::Conn(RuntimeErr::SqlxError(error))) = error
    else {
        return None;
    };
    Some(error.as_database_error()?.code()?.into_owned())
}

fn closed_or(error: StoreError) -> StoreError {
    match error {
        StoreError::Database { source: DbErr::ConnectionAcquire(_), .. } => StoreError::Closed,
        other => other,
    }
}
