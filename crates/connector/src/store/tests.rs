//! The store's promises, each as a small story, on SQLite and on PostgreSQL.
//!
//! A story is a function that is told on which database it happens; [`on_both!`] makes two tests of it. One that is
//! forgotten there is never called, which the compiler objects to.

/// Makes two tests of every story: `name::sqlite` and `name::postgres`.
macro_rules! on_both {
    (empty: $($story:ident),+) => { $( on_both!(@one (flavor = "current_thread") empty $story); )+ };
    (threads: $($story:ident),+) => { on_both!(@ (flavor = "multi_thread", worker_threads = 2) $($story),+); };
    ($($story:ident),+) => { on_both!(@ (flavor = "current_thread") $($story),+); };
    (@ $runtime:tt $($story:ident),+) => { $( on_both!(@one $runtime postgres $story); )+ };
    (@one ($($runtime:tt)+) $database:ident $story:ident) => {
        mod $story {
            #[tokio::test($($runtime)+)]
            async fn sqlite() {
                super::$story(super::On::Sqlite).await;
            }

            #[tokio::test($($runtime)+)]
            async fn postgres() {
                if let Some(on) = super::On::$database().await {
                    super::$story(on).await;
                }
            }
        }
    };
}

mod alarms;
mod among_nodes;
mod chores;
mod claiming;
mod hearing;
mod keeping;
mod notices;
mod opening;
mod people;
mod receiving;
mod recording;

use std::path::Path;

use cluster::Cluster;
use jiff::{SignedDuration, Timestamp};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, QueryResult};
use sea_orm_migration::MigratorTraitSelf;
use serde_json::json;
use shipment::document::Source;
use shipment::number::{AttemptNumber, ReleaseNumber, ShipmentId, SiteName};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::column::{get, sql};
use super::open::DATABASE_FILE;
use super::{
    Arrival, AuditLine, ClaimAsk, ClaimedRow, DatabaseUrl, Evidence, Intent, Lease, NewSighting, NewWish, Options,
    Outcome, Received, Record, Recorded, SiteApplication, StateColumns, Store, StoreError,
};

/// The database a story happens on.
#[derive(Debug, Clone)]
enum On {
    Sqlite,
    /// A database of its own, by its address.
    Postgres(String),
}

impl On {
    /// A new database on the cluster of this process; `None` where PostgreSQL is left out. A copy of one that is migrated
    /// already, because migrating takes most of a story's time.
    async fn postgres() -> Option<Self> {
        static MIGRATED: OnceCell<Option<String>> = OnceCell::const_new();
        let migrated = MIGRATED.get_or_init(async || {
            let url = Cluster::shared()?.database();
            let folder = tempfile::tempdir().expect("a folder");
            let store = Store::open(folder.path(), Self::Postgres(url.clone()).options()).await.expect("migrated");
            store.close().await;
            Some(url)
        });
        let migrated = migrated.await.as_ref()?;
        Some(Self::Postgres(Cluster::shared()?.copy_of(migrated)))
    }

    /// The same kind of database, without what happened on this one.
    async fn another(&self) -> Self {
        match self {
            Self::Sqlite => Self::Sqlite,
            Self::Postgres(_) => Self::postgres().await.expect("there was one before"),
        }
    }

    /// A database as an earlier release would have made it in `folder`, to be filled by hand.
    async fn as_of(&self, release: &impl MigratorTraitSelf, folder: &Path) -> DatabaseConnection {
        let url = match self {
            Self::Sqlite => format!("sqlite:{}?mode=rwc", folder.join(DATABASE_FILE).display()),
            Self::Postgres(url) => url.clone(),
        };
        let db = Database::connect(url).await.expect("connected");
        release.up(&db, None).await.expect("migrated");
        db
    }

    /// An id as it is written in a statement.
    fn id(&self, id: u128) -> String {
        match self {
            Self::Sqlite => format!("x'{id:032x}'"),
            Self::Postgres(_) => format!("'{id:032x}'"),
        }
    }

    /// Bytes, given in hexadecimal digits, as they are written in a statement.
    fn bytes(&self, digits: &str) -> String {
        match self {
            Self::Sqlite => format!("x'{digits}'"),
            Self::Postgres(_) => format!("'\\x{digits}'"),
        }
    }

    /// A new database without a table; `None` where PostgreSQL is left out.
    async fn empty() -> Option<Self> {
        Some(Self::Postgres(Cluster::shared()?.database()))
    }

    /// With leases by the time the story tells.
    fn options(&self) -> Options {
        let database = match self {
            Self::Sqlite => None,
            Self::Postgres(url) => Some(DatabaseUrl::parse(url).expect("an address")),
        };
        Options { database, told_time: true, readers: 2, writers: 4, ..Options::default() }
    }
}

/// A store in a folder of its own, with the site `dayton`.
struct Shelf {
    folder: TempDir,
    on: On,
    store: Store,
}

impl Shelf {
    async fn set_up() -> Self {
        Self::on(On::Sqlite).await
    }

    async fn on(on: On) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path(), on.options()).await.expect("opens");
        let shelf = Self { folder, on, store };
        shelf.site("dayton").await;
        shelf
    }

    /// The same data directory and database, opened by another process after this one has ended.
    async fn opened_again(self) -> Self {
        let Self { folder, on, store } = self;
        store.close().await;
        let store = Store::open(folder.path(), on.options()).await.expect("opens");
        Self { folder, on, store }
    }

    async fn site(&self, name: &str) {
        self.store.apply_site(&application(name, "name = \"x\"")).await.expect("applied");
    }

    /// A shipment of `site` for `document`, due at noon in the lane `ups`.
    async fn shipment(&self, site_name: &str, document: &str) -> ShipmentId {
        let received = self.store.receive(&site(site_name), &[arrival(document)], noon()).await.expect("received");
        match received.as_slice() {
            [Received::New(id)] => *id,
            other => panic!("{document}: {other:?}"),
        }
    }

    /// The only shipment that is due in the lane `ups`.
    async fn claimed(&self) -> ClaimedRow {
        let mut rows = self.store.claim_due(&ask(1)).await.expect("claimed");
        rows.pop().expect("something is due")
    }

    /// What the one row of a hand-written question says.
    async fn told(&self, question: &str) -> QueryResult {
        let db = &self.store.0.read;
        db.query_one_raw(sql(db, question, vec![])).await.expect("answered").expect("a row")
    }

    async fn number(&self, question: &str) -> i64 {
        get(&self.told(question).await, 0).expect("a number")
    }

    async fn text(&self, question: &str) -> String {
        get(&self.told(question).await, 0).expect("a text")
    }

    /// Does to the database what nobody should.
    async fn tamper(&self, statement: &str) {
        self.store.0.write.execute_unprepared(statement).await.expect("done");
    }
}

async fn open(folder: &Path) -> Result<Store, StoreError> {
    Store::open(folder, Options::default()).await
}

fn site(name: &str) -> SiteName {
    name.parse().expect("a site name")
}

fn dayton() -> SiteName {
    site("dayton")
}

fn noon() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().expect("a time")
}

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

fn application(name: &str, body: &str) -> SiteApplication {
    SiteApplication {
        templates: Vec::new(),
        site: site(name),
        body: body.to_owned(),
        mode: None,
        environment: "test".to_owned(),
        secrets: vec![],
        actor: "anna".to_owned(),
        at: noon(),
    }
}

fn line(words: &str) -> AuditLine {
    AuditLine {
        at: noon(),
        actor: "engine".to_owned(),
        event: "told".to_owned(),
        words: words.to_owned(),
        detail: json!({}),
    }
}

fn arrival(document: &str) -> Arrival {
    let number = document.parse().expect("a document number");
    Arrival {
        source: Source::DispatchNotes,
        document: document.parse().expect("a document number"),
        release: ReleaseNumber::FIRST,
        sales_orders: vec!["000346".parse().expect("an order")],
        customer: Some("0000012".to_owned()),
        stage: "received".to_owned(),
        lane: Some("ups".to_owned()),
        due_at: Some(noon()),
        state: "{}".to_owned(),
        hold_code: None,
        settings_version: 1,
        fingerprint: "f1".to_owned(),
        audit: vec![line("received")],
        alarms: vec![],
        sighting: NewSighting {
            document: number,
            fingerprint: "h1".to_owned(),
            verdict: "ours".to_owned(),
            ship_via: "UPS GROUND".to_owned(),
            shipment: None,
        },
    }
}

/// What is due at noon in the lane `ups`, for a minute of real time that begins at noon too.
fn ask(limit: usize) -> ClaimAsk {
    ClaimAsk {
        lane: "ups".to_owned(),
        now: noon(),
        real_now: noon(),
        lease: SignedDuration::from_mins(1),
        limit,
        except: vec![],
    }
}

fn columns(stage: &str) -> StateColumns {
    StateColumns {
        stage: stage.to_owned(),
        lane: None,
        due_at: None,
        tries: 0,
        state: format!("{{\"stage\":\"{stage}\"}}"),
        hold_code: None,
        tracking_number: None,
        fingerprint: None,
        settings_version: None,
    }
}

/// A record of the holder of `row` that lets the shipment go.
fn record(row: &ClaimedRow, stage: &str) -> Record {
    Record {
        site: row.site.clone(),
        id: row.id,
        epoch: row.epoch,
        woken_seen: row.woken,
        at: noon() + SignedDuration::from_mins(5),
        keep_lease: None,
        state: columns(stage),
        audit: vec![line(stage)],
        intent: None,
        evidence: None,
        labels: vec![],
        scans: vec![],
        parcels: vec![],
        wishes_done: vec![],
        accepted_address: None,
        alarms: vec![],
        events: vec![],
    }
}

fn intent(row: &ClaimedRow) -> Intent {
    let attempt = AttemptNumber::FIRST;
    Intent {
        attempt,
        reference: shipment::number::Reference::derive(&row.site, &row.source, &row.document, row.release, attempt),
        request_digest: "d1".to_owned(),
        request: "{\"ShipmentRequest\":{}}".to_owned(),
        asked_at: noon(),
        watch_until: noon() + hours(24 * 7),
        unless: None,
    }
}

fn evidence(outcome: Outcome) -> Evidence {
    Evidence { attempt: AttemptNumber::FIRST, outcome, answer: Some(b"{\"waybill\":1}".to_vec()), at: noon() }
}

fn wish(kind: &str) -> NewWish {
    NewWish {
        kind: kind.to_owned(),
        body: json!({ "because": "test" }),
        actor: "anna".to_owned(),
        reason: "the customer called".to_owned(),
        at: noon() + SignedDuration::from_mins(1),
    }
}

fn done(recorded: Recorded) -> i64 {
    match recorded {
        Recorded::Done { seq, .. } => seq,
        Recorded::FencedOff | Recorded::Linked(_) => panic!("{recorded:?}"),
    }
}

/// The engine runs these on any thread: every future of the store may be sent to one.
#[test]
fn every_future_may_change_threads() {
    fn sent<T: Send>(_: T) {}
    #[expect(dead_code, reason = "only its types are looked at")]
    fn all(store: &Store, record: Record, row: &ClaimedRow) {
        let (site, id) = (&row.site, row.id);
        sent(Store::open(Path::new("x"), Options::default()));
        sent(store.clone().close());
        sent(store.hinted());
        sent(store.claim_due(&ask(1)));
        sent(store.claim_one(site, id, noon(), hours(1)));
        sent(store.let_go(site, id, 1));
        sent(store.record(record));
        sent(store.receive(site, &[], noon()));
        sent(store.wish(site, id, &wish("void")));
        sent(store.apply_site(&application("x", "")));
        sent(store.forget(site, Source::SalesOrders, &[]));
        sent(store.list(&super::ListFilter::default(), None, 1));
        sent(store.outage_close(site, "ups", noon()));
    }
}
