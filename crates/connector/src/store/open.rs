//! Opening the store: lock, durability, snapshot, migration, leases, in this order.
//!
//! ```text
//! lock file ─► connections ─► synchronous = FULL? ─► newer? ─► snapshot ─► migrate ─► free leases ─► writer
//!    │ taken                      │ no                  │ yes
//!    └► Busy                      └► NotDurable         └► Newer
//! ```
//!
//! A second process finds the lock taken and is told so before it touches anything. The lock is
//! the operating system's and goes with the process, so a crash leaves nothing to clean up;
//! leases of the process before are freed here because nobody can hold them any more.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection, SqlxSqliteConnector};
use sea_orm_migration::{MigratorTraitSelf, SchemaManager};
use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use tokio::sync::{Notify, mpsc, watch};

use super::column::{failed, get, sql};
use super::{Inner, Store, StoreError, claim, migration, transaction, writer};

/// The database's file in the data directory.
pub(super) const DATABASE_FILE: &str = "ml-connector.db";

const LOCK_FILE: &str = "ml-connector.lock";

/// What may be chosen when a store is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// How long a statement waits for another program that has the database file in hand.
    pub busy_timeout: Duration,
    /// Connections for reading.
    pub readers: u32,
    /// The most records that share one COMMIT.
    pub group: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { busy_timeout: Duration::from_secs(5), readers: 4, group: 64 }
    }
}

impl Store {
    /// Opens the store in `folder`, creating it when there is none.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when another process has it, [`StoreError::Newer`] when a newer
    /// program wrote it, [`StoreError::NotDurable`] when the database would answer before the
    /// disk does, otherwise whatever the file system or the database said.
    pub async fn open(folder: &Path, options: Options) -> Result<Self, StoreError> {
        Self::open_with(folder, options, &migration::Migrator).await
    }

    pub(super) async fn open_with(
        folder: &Path,
        options: Options,
        migrator: &impl MigratorTraitSelf,
    ) -> Result<Self, StoreError> {
        let lock = Arc::new(lock(folder)?);
        let file = folder.join(DATABASE_FILE);
        let write = connect(&file, &options, Access::Write).await?;
        check_durability(&write).await?;
        migrate(&write, folder, migrator).await?;
        free_leases(&write).await?;
        let read = connect(&file, &options, Access::Read).await?;

        let (records, jobs) = mpsc::channel(4 * options.group.max(1));
        let (end, ended) = watch::channel(false);
        tokio::spawn(writer::run(write.clone(), jobs, options.group.max(1), end, Arc::clone(&lock)));
        Ok(Self(Arc::new(Inner {
            folder: folder.to_owned(),
            write,
            read,
            records,
            ended,
            hint: Notify::new(),
            turns: Mutex::new(claim::Turns::default()),
            _lock: lock,
        })))
    }
}

fn lock(folder: &Path) -> Result<File, StoreError> {
    let failed = |source| StoreError::Folder { folder: folder.to_owned(), source };
    std::fs::create_dir_all(folder).map_err(failed)?;
    let path = folder.join(LOCK_FILE);
    let file = File::options().create(true).truncate(false).write(true).open(path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Busy { folder: folder.to_owned() }),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Write,
    Read,
}

async fn connect(file: &Path, options: &Options, access: Access) -> Result<DatabaseConnection, StoreError> {
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
        .connect_with(settings)
        .await
        .map_err(|error| sea_orm::DbErr::Conn(sea_orm::RuntimeErr::SqlxError(Arc::new(error))))
        .map_err(failed("open"))?;
    Ok(SqlxSqliteConnector::from_sqlx_sqlite_pool(pool))
}

/// Refuses a database that would answer before the disk has the data: WAL and FULL were asked
/// for, and this asks what came of it (a network file system, for one, refuses WAL).
pub(super) async fn check_durability(db: &DatabaseConnection) -> Result<(), StoreError> {
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

async fn migrate(db: &DatabaseConnection, folder: &Path, migrator: &impl MigratorTraitSelf) -> Result<(), StoreError> {
    let applied = applied_migrations(db).await?;
    let known: Vec<String> = migrator.migrations().iter().map(|migration| migration.name().to_owned()).collect();
    if let Some(newer) = applied.iter().find(|name| !known.contains(name)) {
        return Err(StoreError::Newer { migration: newer.clone() });
    }
    let Some(next) = known.iter().find(|name| !applied.contains(name)) else { return Ok(()) };
    if !applied.is_empty() {
        snapshot(db, &folder.join(snapshot_name(next))).await?;
    }
    migrator.up(db, None).await.map_err(failed("migrate"))
}

/// The name of the copy that is kept before `migration` runs.
pub(super) fn snapshot_name(migration: &str) -> String {
    format!("ml-connector.before-{migration}.db")
}

/// Copies the database to `path`. A copy that is already there is kept: it was made before an
/// earlier try of the same migration, and is the better one.
async fn snapshot(db: &DatabaseConnection, path: &Path) -> Result<(), StoreError> {
    if path.exists() {
        return Ok(());
    }
    let target = path.to_string_lossy().into_owned();
    db.execute_raw(sql(db, "VACUUM INTO $1", vec![target.into()])).await.map_err(failed("copy itself"))?;
    Ok(())
}

async fn applied_migrations(db: &DatabaseConnection) -> Result<Vec<String>, StoreError> {
    let doing = "read its migrations";
    if !SchemaManager::new(db).has_table("seaql_migrations").await.map_err(failed(doing))? {
        return Ok(vec![]);
    }
    let rows = db
        .query_all_raw(sql(db, "SELECT version FROM seaql_migrations ORDER BY version", vec![]))
        .await
        .map_err(failed(doing))?;
    rows.iter().map(|row| get(row, 0)).collect()
}

/// On SQLite the lock file proves that no other process is alive, so no lease can be anyone's.
async fn free_leases(db: &DatabaseConnection) -> Result<(), StoreError> {
    let doing = "free the leases";
    let transaction = transaction::begin(db).await.map_err(failed(doing))?;
    for text in [
        "UPDATE shipments SET lease_until = NULL WHERE lease_until IS NOT NULL",
        "UPDATE operator_sessions SET holder = NULL, lease_until = NULL WHERE lease_until IS NOT NULL",
    ] {
        transaction.execute_raw(sql(&transaction, text, vec![])).await.map_err(failed(doing))?;
    }
    transaction.commit().await.map_err(failed(doing))
}
