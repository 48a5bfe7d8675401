//! Opening the store: lock, durability, snapshot, migration, leases, in this order.
//!
//! ```text
//! lock file ─► connections ─► durable? ─► newer? ─► snapshot ─► migrate ─► free leases ─► writer
//!    │ taken                    │ no        │ yes   (SQLite)
//!    └► Busy                    └► NotDurable └► Newer
//! ```
//!
//! On SQLite a second process finds the lock taken and is told so before it touches anything. The lock is the operating
//! system's and goes with the process, so a crash leaves nothing to clean up; leases of the process before are freed
//! here because nobody can hold them any more.
//!
//! On PostgreSQL the lock does not guard the database but a *name*: a node keeps one in its data directory and holds its
//! leases under it. Whoever has the lock frees what the process before held under that name; whoever has not goes by a
//! name of its own, made up for the occasion. Nodes that start at the same time on a new database all try to migrate it:
//! a migration and its note are one transaction, so one of them makes it and the others find it made.

mod postgres;
mod sqlite;

use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr};
use sea_orm_migration::{MigratorTraitSelf, SchemaManager};
use tokio::sync::{Notify, mpsc, watch};

use super::column::{failed, get, sql};
use super::lease::LeaseClock;
use super::{Inner, Store, StoreError, claim, hint, inbox, migration, writer};

pub use postgres::DatabaseUrl;
#[cfg(test)]
pub(super) use postgres::check_durability as check_server;
pub(super) use postgres::version;
#[cfg(test)]
pub(super) use sqlite::check_durability;

/// The database's file in the data directory.
pub(super) const DATABASE_FILE: &str = "ml-connector.db";

const LOCK_FILE: &str = "ml-connector.lock";
/// A node's name, for as long as its data directory lasts.
const NODE_FILE: &str = "ml-connector.node";

/// How often a migration is begun while other nodes are at it too.
const MIGRATIONS: u32 = 20;
const MIGRATION_PAUSE: Duration = Duration::from_millis(250);

/// What may be chosen when a store is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where PostgreSQL is; `None` is SQLite in the data directory.
    pub database: Option<DatabaseUrl>,
    /// What the process is in its data directory. SQLite's is always [`Tenure::Sole`].
    pub tenure: Tenure,
    /// How long a statement waits for another program that has the database file in hand (SQLite).
    pub busy_timeout: Duration,
    /// Connections for reading.
    pub readers: u32,
    /// Connections for writing (PostgreSQL; SQLite has one).
    pub writers: u32,
    /// The most records that share one COMMIT.
    pub group: usize,
    /// Leases by the caller's clock on PostgreSQL too, so that a test need not wait for them.
    #[cfg(test)]
    pub(crate) told_time: bool,
}

/// What a process is in its data directory, where the database is elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tenure {
    /// A node, alone in its directory; refused when there is one already.
    Sole,
    /// A node if there is none yet, otherwise a guest.
    Free,
    /// A guest: it has a name for as long as it runs, and leaves nothing behind.
    Guest,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            database: None,
            tenure: Tenure::Free,
            busy_timeout: Duration::from_secs(5),
            readers: 4,
            writers: 6,
            group: 64,
            #[cfg(test)]
            told_time: false,
        }
    }
}

impl Store {
    /// Opens the store: SQLite in `folder`, created when there is none, or the PostgreSQL that the options name.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when another process has the folder, [`StoreError::Newer`] when a newer
    /// program wrote the database, [`StoreError::NotDurable`] when it would answer before the
    /// disk does, otherwise whatever the file system or the database said.
    pub async fn open(folder: &Path, options: Options) -> Result<Self, StoreError> {
        Self::open_with(folder, options, &migration::Migrator).await
    }

    pub(super) async fn open_with(
        folder: &Path,
        options: Options,
        migrator: &impl MigratorTraitSelf,
    ) -> Result<Self, StoreError> {
        match options.database.clone() {
            None => Self::open_sqlite(folder, &options, migrator).await,
            Some(url) => Self::open_postgres(folder, &url, &options, migrator).await,
        }
    }

    async fn open_sqlite(
        folder: &Path,
        options: &Options,
        migrator: &impl MigratorTraitSelf,
    ) -> Result<Self, StoreError> {
        let lock = lock(folder)?.ok_or_else(|| StoreError::Busy { folder: folder.to_owned() })?;
        let file = folder.join(DATABASE_FILE);
        let write = sqlite::connect(&file, options, sqlite::Access::Write).await?;
        sqlite::check_durability(&write).await?;
        if let Some(next) = next_migration(&write, migrator).await? {
            if next.has_rows {
                sqlite::snapshot(&write, &folder.join(snapshot_name(&next.name))).await?;
            }
            migrator.up(&write, None).await.map_err(failed("migrate"))?;
        }
        sqlite::free_leases(&write).await?;
        let read = sqlite::connect(&file, options, sqlite::Access::Read).await?;
        let parts = Parts { write, read, lock: Some(lock), holder: made_up(), place: None, leases: LeaseClock::Caller };
        // One write connection has one transaction at a time.
        Ok(Self::of(folder, parts, options.group, 1))
    }

    async fn open_postgres(
        folder: &Path,
        url: &DatabaseUrl,
        options: &Options,
        migrator: &impl MigratorTraitSelf,
    ) -> Result<Self, StoreError> {
        let lock = match options.tenure {
            Tenure::Guest => None,
            Tenure::Free => lock(folder)?,
            Tenure::Sole => Some(lock(folder)?.ok_or_else(|| StoreError::Busy { folder: folder.to_owned() })?),
        };
        postgres::check_durability(url).await?;
        let write = postgres::connect(url, options.writers);
        migrate_among_others(&write, migrator).await?;
        let holder = match &lock {
            Some(_) => {
                let name = name_of_node(folder)?;
                postgres::free_leases(&write, &name).await?;
                name
            }
            None => made_up(),
        };
        let read = postgres::connect(url, options.readers);
        let leases = LeaseClock::Database;
        #[cfg(test)]
        let leases = if options.told_time { LeaseClock::Caller } else { leases };
        let parts = Parts { write, read, lock, holder, place: Some(url.to_string()), leases };
        // Claims and wishes are to find a connection while records are written.
        let at_once = options.writers.saturating_sub(2).max(1);
        let store = Self::of(folder, parts, options.group, at_once);
        hint::exchange(&store.0, &postgres::apart(url), &store.0.told);
        Ok(store)
    }

    fn of(folder: &Path, parts: Parts, group: usize, at_once: u32) -> Self {
        let group = group.max(1);
        let (records, jobs) = mpsc::channel(4 * group);
        let (end, ended) = watch::channel(false);
        let lock = parts.lock.map(Arc::new);
        let writer = writer::Writer { db: parts.write.clone(), leases: parts.leases, group };
        tokio::spawn(writer::run(writer, jobs, at_once, end, lock.clone()));
        Self(Arc::new(Inner {
            folder: folder.to_owned(),
            recorded: AtomicU64::new(0),
            place: parts.place,
            holder: parts.holder,
            leases: parts.leases,
            write: parts.write,
            read: parts.read,
            records,
            ended,
            inbox: inbox::Gathering::default(),
            hint: Notify::new(),
            told: Arc::default(),
            turns: Mutex::new(claim::Turns::default()),
            lock,
        }))
    }
}

/// What a store is made of, whichever database it has.
struct Parts {
    write: DatabaseConnection,
    read: DatabaseConnection,
    lock: Option<File>,
    holder: String,
    place: Option<String>,
    leases: LeaseClock,
}

/// Takes the data directory; `None` when another process has it.
fn lock(folder: &Path) -> Result<Option<File>, StoreError> {
    let failed = |source| StoreError::Folder { folder: folder.to_owned(), source };
    std::fs::create_dir_all(folder).map_err(failed)?;
    let path = folder.join(LOCK_FILE);
    let file = File::options().create(true).truncate(false).write(true).open(path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

fn made_up() -> String {
    format!("{:032x}", fastrand::u128(..))
}

/// The name that the data directory keeps, made up when it keeps none yet. A copied directory has a copied name, which
/// the two nodes would free each other's leases by; so the name is of use only to whoever has the lock.
fn name_of_node(folder: &Path) -> Result<String, StoreError> {
    let failed = |source| StoreError::Folder { folder: folder.to_owned(), source };
    let path = folder.join(NODE_FILE);
    match std::fs::read_to_string(&path) {
        Ok(name) if !name.trim().is_empty() => return Ok(name.trim().to_owned()),
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(error)),
    }
    let name = made_up();
    std::fs::write(&path, &name).map_err(failed)?;
    Ok(name)
}

/// A migration that is to be made.
struct NextMigration {
    name: String,
    /// Whether there is something to lose: others were made before.
    has_rows: bool,
}

async fn next_migration(
    db: &DatabaseConnection,
    migrator: &impl MigratorTraitSelf,
) -> Result<Option<NextMigration>, StoreError> {
    let applied = applied_migrations(db).await?;
    let known: Vec<String> = migrator.migrations().iter().map(|migration| migration.name().to_owned()).collect();
    if let Some(newer) = applied.iter().find(|name| !known.contains(name)) {
        return Err(StoreError::Newer { migration: newer.clone() });
    }
    let next = known.into_iter().find(|name| !applied.contains(name));
    Ok(next.map(|name| NextMigration { name, has_rows: !applied.is_empty() }))
}

/// Migrates a database that other nodes may be migrating as well. Two cannot make the same migration: the table, or
/// else the note of it, is there already for the second, whose transaction is then undone and begun again further on.
async fn migrate_among_others(db: &DatabaseConnection, migrator: &impl MigratorTraitSelf) -> Result<(), StoreError> {
    let mut tries = 0;
    while next_migration(db, migrator).await?.is_some() {
        tries += 1;
        match migrator.up(db, None).await {
            Ok(()) => return Ok(()),
            Err(error) if tries >= MIGRATIONS => return Err(StoreError::Database { doing: "migrate", source: error }),
            Err(error) if !may_be_anothers_doing(&error) => {
                return Err(StoreError::Database { doing: "migrate", source: error });
            }
            Err(error) => {
                tracing::info!(%error, "another node is migrating the database; looking again");
                tokio::time::sleep(MIGRATION_PAUSE).await;
            }
        }
    }
    Ok(())
}

/// Something is there already, or a transaction was in another's way.
fn may_be_anothers_doing(error: &DbErr) -> bool {
    // Unique violation (of the catalogue or of the note), duplicate table, duplicate column, duplicate object, and the
    // collisions.
    let codes = ["23505", "42P07", "42701", "42710", "40001", "40P01"];
    super::transaction::database_code(error).is_some_and(|code| codes.contains(&code.as_str()))
}

/// The name of the copy that is kept before `migration` runs.
pub(super) fn snapshot_name(migration: &str) -> String {
    format!("ml-connector.before-{migration}.db")
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
