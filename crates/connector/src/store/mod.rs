//! The store: the only SQL of the program, spoken to in intentions.
//!
//! ```text
//! poll    ─► receive / see ──┐
//! people  ─► wish ───────────┤ write connection(s)       ┌─ audit, attempts, labels, scans
//! engine  ─► claim_due ──────┼──► SQLite or PostgreSQL ──┤
//!         ─► record ─► writer task (many per COMMIT)      └─ shipments: state, lane, due, lease
//! console ─► find, list, counts, audit_of ─► short readers
//! ```
//!
//! A shipment's row is its queue entry: what it is, where its next step waits (`lane`), when
//! (`due_at`) and who has it in hand (`lease_epoch`, `lease_until`). There is no second queue
//! whose truth could differ.
//!
//! Every record is fenced by the epoch its claim was given. A holder whose lease ran out and
//! whose shipment was claimed anew loses its state, but never what UPS or SYSPRO answered it:
//! evidence is written without the fence and makes the shipment due.
//!
//! A crash between two records costs the steps since the last one, which are readings and are
//! done again. The callers of [`Store::record`] are answered after the COMMIT, so what they then
//! do to the outside world is preceded by what stands on the disk.
//!
//! SQLite has one process and one write connection. PostgreSQL has any number of nodes, and every statement here holds
//! among them: what reads before it writes locks the row it decides by (a site's, mostly), claims pass over what another
//! node is claiming, and leases are judged by the database's clock. Transactions are READ COMMITTED, so that each
//! statement after a lock sees what was committed before the lock was given.
//!
//! What is deliberately not here: any decision about a shipment, any clock (times are
//! arguments), any cipher (secrets arrive and leave sealed).

mod address_checks;
mod alarms;
mod answers;
mod board;
mod chores;
mod claim;
mod column;
mod entity;
mod hint;
mod inbox;
mod intake;
mod lease;
mod migration;
mod notices;
mod open;
mod outages;
mod parcels;
mod people;
mod record;
mod reference;
mod reports;
mod secrets;
mod sessions;
mod sites;
mod transaction;
mod wishes;
mod writer;

#[cfg(test)]
mod tests;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};

use sea_orm::{DatabaseConnection, DbErr};
use shipment::number::SiteName;
use tokio::sync::{Notify, mpsc, watch};

pub use address_checks::AddressCheckRow;
pub(crate) use address_checks::ORDERS_WAIT;
pub use alarms::{AlarmChange, AlarmCount, AlarmFilter, AlarmRow, NewAlarm};
pub use answers::Begun;
pub use chores::{ChoreAsk, ChoreEnd, ChoreKey, ChorePause, ChoreRow, ChoreTaken};
pub use claim::{ClaimAsk, ClaimedRow};
pub(crate) use column::written;
pub use inbox::{FeedRow, Heard, HeardScan, InboxRow, News, QuantumPlace, Tally};
pub use intake::{Arrival, LINKED, NewSighting, OURS, PollerRow, Received, SightingRow};
pub use lease::Lease;
pub use notices::{Channel, NOTICES, NewEvent, NewMail, NoticeRow, Outbox, Untold};
pub use open::{DatabaseUrl, Options, Tenure};
pub use outages::{NewOutage, OutageRow};
pub(crate) use parcels::LASTS;
pub use parcels::{DueParcel, ParcelRow, Subscribed, Subscription};
pub use people::{NewPerson, NewToken, PeopleEventRow, PersonRow, TokenRow, WebSessionRow};
pub use record::{
    AuditLine, Evidence, Intent, LabelRow, NewAcceptedAddress, Outcome, Record, Recorded, Rivals, ScanRow, StateColumns,
};
pub use reference::{KeptRow, KeptTable};
pub use reports::{AttemptRow, AuditGap, AuditRow, Counts, LabelEntry, ListFilter, ListKey, ShipmentRow};
pub use secrets::SecretRow;
pub use sessions::{Before, SessionKey, SessionRow, SessionState, Taken};
pub use sites::{Applied, SettingsRow, SiteApplication, SiteEventRow, SiteRow};
pub use wishes::{NewWish, WishId, WishRow};

/// The lane of a shipment whose next step waits nowhere in particular.
pub const IDLE_LANE: &str = "idle";

/// The database of one data directory. Clones share it.
#[derive(Debug, Clone)]
pub struct Store(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    folder: PathBuf,
    /// Records that were made durable, for whoever counts what a shipment costs.
    recorded: AtomicU64,
    /// Where the database is, if not in the folder.
    place: Option<String>,
    /// Under which name leases are held.
    holder: String,
    leases: lease::LeaseClock,
    /// On SQLite one connection: it has one writer, and a queue in front of it is better than BUSY.
    write: DatabaseConnection,
    read: DatabaseConnection,
    records: mpsc::Sender<writer::Job>,
    /// Turns true when the writer task has ended.
    ended: watch::Receiver<bool>,
    /// Calls of UPS that wait for their COMMIT.
    inbox: inbox::Gathering,
    /// Raised whenever something may have become due.
    hint: Notify,
    /// Raised when other nodes are to be hinted too.
    told: Arc<Notify>,
    /// The site that was served last, per lane.
    turns: Mutex<claim::Turns>,
    /// Held for as long as anything of this process may still write. A guest holds none.
    lock: Option<Arc<File>>,
}

/// What may go wrong in the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process holds the data directory.
    #[error("data directory {} is in use by another process", folder.display())]
    Busy {
        /// The data directory.
        folder: PathBuf,
    },
    /// The address of the database is not one.
    #[error("the database's address is not one: {why}")]
    Url {
        /// What is wrong with it; never the address itself.
        why: String,
    },
    /// The database has seen a migration that this program does not know.
    #[error("database was written by a newer version of this program (migration {migration})")]
    Newer {
        /// The first migration that is not known here.
        migration: String,
    },
    /// The data directory or a file in it cannot be used.
    #[error("data directory {}", folder.display())]
    Folder {
        /// The data directory.
        folder: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The database would answer before the disk has the data.
    #[error("database is not durable: {what}")]
    NotDurable {
        /// What was found.
        what: String,
    },
    /// The database refused or failed.
    #[error("database failed to {doing}")]
    Database {
        /// What the store was about to do.
        doing: &'static str,
        /// What the database said.
        source: DbErr,
    },
    /// There is no such thing.
    #[error("{what} is not known")]
    Unknown {
        /// Which thing, with its number.
        what: String,
    },
    /// A value in the database cannot be read back.
    #[error("stored {what} cannot be read: {why}")]
    Unreadable {
        /// Which column.
        what: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// A site that has booked keeps its UPS environment.
    #[error("site {site} has booked labels in the {was} environment and cannot move to {asked}")]
    EnvironmentFixed {
        /// The site.
        site: SiteName,
        /// The environment it has booked in.
        was: String,
        /// The environment that was asked for.
        asked: String,
    },
    /// The store was closed while the call waited.
    #[error("store is closed")]
    Closed,
}

impl StoreError {
    /// A stable code for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Busy { .. } => "store_busy",
            Self::Url { .. } => "store_url",
            Self::Newer { .. } => "store_newer",
            Self::Folder { .. } => "store_folder",
            Self::NotDurable { .. } => "store_not_durable",
            Self::Database { .. } => "store_database",
            Self::Unknown { .. } => "store_unknown",
            Self::Unreadable { .. } => "store_unreadable",
            Self::EnvironmentFixed { .. } => "environment_fixed",
            Self::Closed => "store_closed",
        }
    }

    /// Whether the database cannot be reached, or not yet be used: it may come back, and nothing is wrong with what was
    /// asked. Only a database on its own server goes away like this; a file that fails has failed.
    #[must_use]
    pub fn is_away(&self) -> bool {
        matches!(self, Self::Database { source, .. } if transaction::is_away(source))
    }
}

impl Store {
    /// The data directory.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.0.folder
    }

    /// Where the database is, for people; never with a password.
    #[must_use]
    pub fn place(&self) -> String {
        self.0.place.clone().unwrap_or_else(|| self.0.folder.display().to_string())
    }

    /// Whether other processes may work on the same database at the same time.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.0.place.is_some()
    }

    /// The name under which this process holds leases.
    #[must_use]
    pub fn holder(&self) -> &str {
        &self.0.holder
    }

    /// The version of a database server; `None` for SQLite, which is a part of this program.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn server_version(&self) -> Result<Option<String>, StoreError> {
        if self.is_shared() { open::version(&self.0.read).await.map(Some) } else { Ok(None) }
    }

    /// Waits until something may have become due: an arrival, a wish, evidence that came late.
    ///
    /// Only a hint without payload, and one hint may stand for many: whoever waits also looks by
    /// itself from time to time.
    pub async fn hinted(&self) {
        self.0.hint.notified().await;
    }

    /// Closes the store: waits for the records under way, then lets the data directory go.
    ///
    /// Clones of this store answer [`StoreError::Closed`] from then on.
    pub async fn close(self) {
        let _ = self.0.records.send(writer::Job::End).await;
        let mut ended = self.0.ended.clone();
        // An error means that the task is gone, which is what is waited for.
        let _ = ended.wait_for(|ended| *ended).await;
        // Closing fails only on connections that are closed already.
        let _ = self.0.write.close_by_ref().await;
        let _ = self.0.read.close_by_ref().await;
        // The lock goes with the last clone; unlocking by hand would not wait for them.
        if let Some(lock) = &self.0.lock {
            let _ = lock.unlock();
        }
    }

    fn hint(&self) {
        self.0.hint.notify_one();
        self.0.told.notify_one();
    }
}
