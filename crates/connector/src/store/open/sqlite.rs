//! SQLite in the data directory: one write connection, a few readers, durable or refused.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection, SqlxSqliteConnector};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection as _};

use super::Options;
use crate::store::column::{failed, get, sql};
use crate::store::{StoreError, transaction};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Write,
    Read,
}

pub(super) async fn connect(file: &Path, options: &Options, access: Access) -> Result<DatabaseConnection, StoreError> {
    let settings = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(access == Access::Write)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(options.busy_timeout)
        .foreign_keys(true)
        .disable_statement_logging();
    let settings = match access {
        Access::Write => settings,
        Access::Read => settings.pragma("query_only", "ON"),
    };
    let connections = match access {
        Access::Write => 1,
        Access::Read => options.readers.max(1),
    };
    let pool = SqlitePoolOptions::new()
        .max_connections(connections)
        .idle_timeout(None)
        .max_lifetime(None)
        // The one write connection is queued for; a busy hour must not turn into an error.
        .acquire_timeout(Duration::from_secs(300))
        .test_before_acquire(false)
        // A disk that is full makes SQLite end a transaction by itself, and the driver's count of open ones stays one too
        // high: its next transaction would be a savepoint inside another that nobody commits, answered as stored and lost
        // with the process. Nobody is in a transaction here, so a connection that believes so is thrown away.
        .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
        .connect_with(settings)
        .await
        .map_err(|error| sea_orm::DbErr::Conn(sea_orm::RuntimeErr::SqlxError(Arc::new(error))))
        .map_err(failed("open"))?;
    Ok(SqlxSqliteConnector::from_sqlx_sqlite_pool(pool))
}

/// Refuses a database that would answer before the disk has the data: WAL and FULL were asked
/// for, and this asks what came of it (a network file system, for one, refuses WAL).
pub(in crate::store) async fn check_durability(db: &DatabaseConnection) -> Result<(), StoreError> {
    let journal: String = pragma(db, "journal_mode").await?;
    if journal != "wal" {
        return Err(StoreError::NotDurable { what: format!("journal_mode is {journal}, not wal") });
    }
    // 2 is FULL, 3 is EXTRA.
    let synchronous: i64 = pragma(db, "synchronous").await?;
    if synchronous < 2 {
        return Err(StoreError::NotDurable { what: format!("synchronous is {synchronous}, not 2 (FULL)") });
    }
    Ok(())
}

async fn pragma<T: sea_orm::TryGetable>(db: &DatabaseConnection, name: &str) -> Result<T, StoreError> {
    let row = db.query_one_raw(sql(db, format!("PRAGMA {name}"), vec![])).await.map_err(failed("read a pragma"))?;
    let row = row.ok_or_else(|| StoreError::NotDurable { what: format!("{name} is not known to the database") })?;
    get(&row, 0)
}

/// Copies the database to `path`. A copy that is already there is kept: it was made before an
/// earlier try of the same migration, and is the better one.
pub(super) async fn snapshot(db: &DatabaseConnection, path: &Path) -> Result<(), StoreError> {
    if path.exists() {
        return Ok(());
    }
    let target = path.to_string_lossy().into_owned();
    db.execute_raw(sql(db, "VACUUM INTO $1", vec![target.into()])).await.map_err(failed("copy itself"))?;
    Ok(())
}

/// The lock file proves that no other process is alive, so no lease can be anyone's.
pub(super) async fn free_leases(db: &DatabaseConnection) -> Result<(), StoreError> {
    let doing = "free the leases";
    let transaction = transaction::begin(db).await.map_err(failed(doing))?;
    for text in [
        "UPDATE shipments SET lease_until = NULL WHERE lease_until IS NOT NULL",
        "UPDATE parcels SET lease_until = NULL WHERE lease_until IS NOT NULL",
        // Its holder stays on record: a session that was not let go in good order is ended before the next logon.
        "UPDATE operator_sessions SET lease_until = NULL WHERE lease_until IS NOT NULL",
        "UPDATE chores SET holder = NULL, lease_until = NULL WHERE lease_until IS NOT NULL",
    ] {
        transaction.execute_raw(sql(&transaction, text, vec![])).await.map_err(failed(doing))?;
    }
    transaction.commit().await.map_err(failed(doing))
}
