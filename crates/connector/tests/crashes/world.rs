//! Sites over one pretended UPS and one pretended SYSPRO, and the ways to let time go on.
//!
//! ```text
//! World::open ─► notes released ─► sites applied ─┬─► sync            the real binary, perhaps dying
//!                                                 ├─► cycle           the same in this process
//!                                                 └─► until_quiet     again and again, time moved to what is due next
//! ```
//!
//! The real binary has two sites, the second of which ships from the other warehouse. They share the operator, so that
//! what they write to SYSPRO goes through one session in two groups. Each site has a document of one package and one of
//! several. Parcels are asked about twice: when their labels are known to UPS, and when they have arrived.

use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{bail, ensure};
use cluster::Cluster;
use connector::app::App;
use connector::clock::Clock;
use connector::config::{Mode, SiteFile, Start, pretend_secrets, pretend_site};
use connector::crash;
use connector::store::{DatabaseUrl, ListFilter, NewWish, Options, SessionKey, SiteApplication, Store};
use connector::vault::{KeySource, MasterKey, Vault};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use sandbox::Sandbox;
use sandbox::world::places::plain_commercial;
use sandbox::world::{DispatchNoteSpec, OTHER_WAREHOUSE, ShipTo, WAREHOUSE};
use serde_json::json;
use shipment::tracking::Feed;
use tempfile::TempDir;

use crate::child::{self, Ended};
use crate::judge::End;

/// A Monday morning at the warehouse.
const START: &str = "2026-09-14T13:00:00Z";
/// The only certificate authority a child is shown.
const AUTHORITY: &str = "authority.pem";
/// UPS cannot be working on a booking any longer than this.
const TRUST: SignedDuration = SignedDuration::from_hours(1);
/// Steps that are due hours from now wait so much longer for each other's company: fewer cycles, the same steps.
pub(crate) const COMPANY: SignedDuration = SignedDuration::from_mins(30);
/// More cycles than any way to a delivered parcel needs.
const MOST_CYCLES: usize = 40;

/// Settings of a world that differ from the sandbox's usual site.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Manner {
    /// Deadlines short enough to wait for a call that hangs.
    pub(crate) short_deadlines: bool,
    /// Addresses so short that documents travel to SYSPRO in a body.
    pub(crate) short_addresses: bool,
    /// UPS is asked to call at every scan. Nobody listens: what it would call is put into the inbox by hand.
    pub(crate) called: bool,
}

/// A document of ours.
#[derive(Debug, Clone)]
pub(crate) struct Note {
    /// Its number, as SYSPRO stores it.
    pub(crate) number: String,
    /// The order behind it.
    pub(crate) order: String,
    /// What it is to come to.
    pub(crate) end: End,
}

/// Who has something to do in a world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// The real binary too: it shares its time by a file, and has two sites.
    Process,
    /// The library alone, in this process, at one site.
    Library,
}

/// Where records are kept.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Base {
    /// In SQLite, by one process at a time.
    Sqlite,
    /// In PostgreSQL; the library is the same node as the process that died.
    Postgres(&'static Cluster),
    /// In PostgreSQL; the library is another node, and what the dead one held it gets when its leases run out.
    AnotherNode(&'static Cluster),
}

/// The pretended systems, a data directory, and a shared time.
pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    folder: TempDir,
    clock: Clock,
    base: Base,
    /// PostgreSQL's address.
    database: Option<String>,
    notes: Mutex<Vec<Note>>,
    /// The library's node, from its first cycle until it is closed.
    node: tokio::sync::Mutex<Option<Arc<App>>>,
}

impl World {
    /// Documents are ready, both sites are applied, nothing has been read.
    pub(crate) async fn open(by: By, manner: Manner) -> anyhow::Result<Self> {
        Self::open_on(Base::Sqlite, by, manner).await
    }

    /// The same, on any database.
    pub(crate) async fn open_on(base: Base, by: By, manner: Manner) -> anyhow::Result<Self> {
        let start: Timestamp = START.parse()?;
        let mut settings = sandbox::Settings::empty(start);
        settings.ups.mishaps = 0;
        // A session that is not logged off stays, so that it can be counted.
        settings.syspro.idle = SignedDuration::from_hours(24 * 365);
        let sandbox = Sandbox::start(settings).await?;
        let folder = tempfile::tempdir()?;
        let clock = match by {
            By::Process => Clock::following(folder.path().join("clock")),
            By::Library => Clock::driven(start),
        };
        if by == By::Process {
            clock.advance(start.duration_since(clock.now()))?;
        }
        let database = match base {
            Base::Sqlite => None,
            Base::Postgres(cluster) | Base::AnotherNode(cluster) => {
                Some(tokio::task::spawn_blocking(|| cluster.database()).await?)
            }
        };
        let (notes, node) = (Mutex::default(), tokio::sync::Mutex::default());
        let world = Self { sandbox, folder, clock, base, database, notes, node };
        world.release("700", WAREHOUSE, 1);
        world.release("701", WAREHOUSE, 3);
        if by == By::Process {
            world.release("800", OTHER_WAREHOUSE, 1);
            world.release("801", OTHER_WAREHOUSE, 2);
        }
        MasterKey::generate()?.save_new(&world.key_file())?;
        std::fs::write(world.folder.path().join(AUTHORITY), include_str!("authority.pem"))?;
        for (name, secret) in pretend_secrets(&world.sandbox) {
            std::fs::write(world.folder.path().join(name), secret)?;
        }
        // Whichever node prints, the labels come together.
        let labels = format!("path = {:?}", world.data_dir().join("labels"));
        let [first, second] = sites(&world.sandbox, manner).map(|it| it.replace("path = \"labels\"", &labels));
        world.apply(first).await?;
        if by == By::Process {
            world.apply(second).await?;
        }
        Ok(world)
    }

    /// A further document becomes ready, so many boxes of it.
    pub(crate) fn release(&self, number: &str, warehouse: &str, boxes: i64) {
        let place = plain_commercial().nth(self.notes().len()).expect("there are more places than documents");
        let spec = DispatchNoteSpec::new(number)
            .of_order(&format!("9{number}"))
            .warehouse(warehouse)
            .to(ShipTo::at("Harbor Pump and Valve", place))
            // Two of them are heavier than a package may be.
            .item("BOX-40", "Boxed fittings", Some(Decimal::from(40)), boxes);
        let made = self.sandbox.syspro().release(&spec);
        let note = Note { number: made.dispatch_note, order: made.sales_order, end: End::Delivered };
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).push(note);
    }

    /// Every document so far.
    pub(crate) fn notes(&self) -> Vec<Note> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From now on these documents, counted from the first, are to come to another end.
    pub(crate) fn expect(&self, first: usize, end: End) {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).iter_mut().take(first).for_each(|it| it.end = end);
    }

    /// The data directory.
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn key_file(&self) -> PathBuf {
        self.folder.path().join("key")
    }

    fn vault(&self) -> anyhow::Result<Vault> {
        Ok(Vault::new(MasterKey::load(&KeySource::File(self.key_file()))?))
    }

    /// The store. A node of the library lets it go first, as at the end of a process.
    pub(crate) async fn store(&self) -> anyhow::Result<Store> {
        self.close().await;
        self.opened().await
    }

    async fn opened(&self) -> anyhow::Result<Store> {
        let database = self.database.as_deref().map(DatabaseUrl::parse).transpose()?;
        Ok(Store::open(&self.library_dir(), Options { database, ..Options::default() }).await?)
    }

    /// The data directory of the library's node.
    fn library_dir(&self) -> PathBuf {
        match self.base {
            Base::Sqlite | Base::Postgres(_) => self.data_dir(),
            Base::AnotherNode(_) => self.folder.path().join("other"),
        }
    }

    /// More real time passes than any lease of a dead node lasts. Where its own successor starts, nobody waits for that.
    pub(crate) async fn leases_run_out(&self) -> anyhow::Result<()> {
        // Packages in hand name no node, so over PostgreSQL their lease is waited for in any case.
        let (cluster, tables): (_, &[&str]) = match self.base {
            Base::Sqlite => return Ok(()),
            Base::Postgres(cluster) => (cluster, &["parcels"]),
            Base::AnotherNode(cluster) => (cluster, &["shipments", "operator_sessions", "chores", "parcels"]),
        };
        let Some(url) = self.database.clone() else { return Ok(()) };
        let age: Vec<String> = tables
            .iter()
            .map(|table| format!("UPDATE {table} SET lease_until = 1 WHERE lease_until IS NOT NULL"))
            .collect();
        tokio::task::spawn_blocking(move || cluster.execute(&url, &age.join("; "))).await?;
        Ok(())
    }

    // ---- the real binary ----

    /// The binary with the world's data, key and time, not started yet.
    ///
    /// Nothing here speaks TLS, and reading a machine's hundreds of authorities takes most of a short process's time in
    /// a debug build: it is shown a single one, which has never signed anything.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ml-connector"));
        command
            .args(arguments)
            .env("ML_CONNECTOR_DATA_DIR", self.data_dir())
            .env("ML_CONNECTOR_KEY_FILE", self.key_file())
            .env("ML_CONNECTOR_CLOCK_FILE", self.folder.path().join("clock"))
            .env("SSL_CERT_FILE", self.folder.path().join(AUTHORITY))
            .env("SSL_CERT_DIR", self.folder.path().join("authorities"))
            .env_remove("ML_CONNECTOR_DATABASE_URL")
            .env_remove("ML_CONNECTOR_KEY")
            .env_remove("ML_CONNECTOR_LOG")
            .env_remove(crash::VARIABLE);
        if let Some(url) = &self.database {
            command.env("ML_CONNECTOR_DATABASE_URL", url);
        }
        command
    }

    /// One `sync`, told to die at a place. A node of the library lets the data go first.
    pub(crate) async fn dying_sync(&self, place: &str) -> anyhow::Result<Ended> {
        self.close().await;
        let mut command = self.command(&["sync", "--json"]);
        command.env(crash::VARIABLE, place);
        let ended = child::run(command).await;
        self.leases_run_out().await?;
        ended
    }

    /// Whether the process died between SYSPRO's answer to a logon and its storing: nobody can know that token, and the
    /// seat is free again when it idles out. It may come so at any place, since shipments go their ways side by side.
    pub(crate) async fn has_lost_a_seat(&self) -> anyhow::Result<bool> {
        let store = self.opened().await?;
        let site = SiteFile::parse(&pretend_site(&self.sandbox, Mode::Automatic, Start::Everything))?;
        let server = site.syspro.enet_url.origin().ascii_serialization();
        let known = store.session(&SessionKey { server, operator: site.syspro.operator }).await?;
        store.close().await;
        let is_known = known.is_some_and(|it| it.state.token.is_some());
        Ok(!is_known && !self.sandbox.syspro().sessions().is_empty())
    }

    // ---- the library ----

    async fn apply(&self, body: String) -> anyhow::Result<()> {
        let site = SiteFile::parse(&body)?;
        let vault = self.vault()?;
        let mut secrets = Vec::new();
        for (name, source) in site.secrets() {
            secrets.push(vault.seal(&site.name, name.as_str(), 1, &source.read(self.folder.path())?)?);
        }
        let application = SiteApplication {
            templates: Vec::new(),
            site: site.name.clone(),
            body,
            mode: Some("automatic".to_owned()),
            environment: site.ups.environment.as_str().to_owned(),
            secrets,
            actor: "test".to_owned(),
            at: self.clock.now(),
        };
        let store = self.store().await?;
        store.apply_site(&application).await?;
        store.close().await;
        Ok(())
    }

    /// One cycle in this process, as `sync` does it and `serve` repeats it; answers when something is due next. It comes
    /// much cheaper than a process, whose start takes longer than its work.
    pub(crate) async fn once(&self) -> anyhow::Result<Option<Timestamp>> {
        let mut node = self.node.lock().await;
        let app = match &*node {
            Some(app) => app,
            None => {
                let store = self.opened().await?;
                node.insert(App::new(store, self.vault()?, self.clock.clone(), &self.library_dir()).await?)
            }
        };
        app.poll().await?;
        app.drive().await?;
        Ok(app.next_step().await?)
    }

    /// Ends the library's node in order: it logs off and lets the data directory go. The next cycle starts another.
    pub(crate) async fn close(&self) {
        if let Some(app) = self.node.lock().await.take() {
            app.close().await;
        }
    }

    // ---- time ----

    /// The shared clock.
    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The shared time.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Moves the time of everybody to `at`; it never goes back.
    pub(crate) fn move_to(&self, at: Timestamp) -> anyhow::Result<()> {
        self.clock.advance_to(at)?;
        self.sandbox.clock().set(self.clock.now());
        Ok(())
    }

    /// Cycle after cycle, each at the moment when something is due, until nothing is. Where the connector asks a person
    /// whether a label exists, somebody looks it up and says no as soon as that counts: it would have been found.
    pub(crate) async fn until_quiet(&self) -> anyhow::Result<()> {
        for _ in 0..MOST_CYCLES {
            match self.once().await? {
                // What is due a little later than the first is taken along.
                Some(due) if due.duration_since(self.now()) > COMPANY => self.move_to(due + COMPANY)?,
                Some(due) => self.move_to(due)?,
                None if self.say_absent().await? => {}
                None => return Ok(()),
            }
        }
        bail!("something is still due after {MOST_CYCLES} cycles")
    }

    // ---- UPS calling ----

    /// UPS calls about everything that has happened by now, and is answered: so many calls stand in the inbox.
    pub(crate) async fn is_called(&self) -> anyhow::Result<usize> {
        self.sandbox.ups().webhooks_settled().await;
        let store = self.store().await?;
        let mut calls = 0;
        // Whoever does not answer is called again: each event counts once.
        for sent in self.sandbox.ups().webhooks_sent().into_iter().filter(|it| it.attempt == 1) {
            let number = std::slice::from_ref(&sent.tracking_number);
            for row in store.sites().await? {
                if !store.owners_of(&row.site, number).await?.is_empty() {
                    store.take_in(&row.site, sent.body.to_string().into_bytes(), self.now()).await?;
                    calls += 1;
                }
            }
        }
        store.close().await;
        Ok(calls)
    }

    /// Every call that was answered is heard once, and every package on its way is subscribed.
    pub(crate) async fn judge_calls(&self, calls: usize) -> anyhow::Result<()> {
        let store = self.store().await?;
        let (mut events, mut again) = (0, 0);
        for row in store.sites().await? {
            let waiting = store.inbox(&row.site, 10).await?.len();
            ensure!(waiting == 0, "{waiting} calls still stand in the inbox of {}", row.site);
            for feed in store.feeds(&row.site).await?.into_iter().filter(|it| it.feed == Feed::TrackAlert) {
                events += feed.events;
                again += feed.again + feed.others + feed.unreadable;
            }
            let subscribed = store.subscribed(&row.site, self.now()).await?;
            ensure!(subscribed.subscribed == subscribed.followed, "{}: {subscribed:?}", row.site);
        }
        store.close().await;
        ensure!(
            (usize::try_from(events)?, again) == (calls, 0),
            "of {calls} calls {events} counted, {again} otherwise"
        );
        Ok(())
    }

    // ---- people ----

    /// Somebody's wish for a document.
    pub(crate) async fn wish(&self, note: &Note, kind: &str, body: serde_json::Value) -> anyhow::Result<()> {
        let store = self.store().await?;
        for row in store.find(None, &note.number.parse()?).await? {
            let new = NewWish {
                kind: kind.to_owned(),
                body: body.clone(),
                actor: "test".to_owned(),
                reason: "looked at UPS's own list".to_owned(),
                at: self.now(),
            };
            store.wish(&row.site, row.id, &new).await?;
        }
        store.close().await;
        Ok(())
    }

    /// Says of every shipment at the in-doubt desk that UPS has no label, when nothing can be under way any more.
    async fn say_absent(&self) -> anyhow::Result<bool> {
        let waiting = self.notes_at_the_desk().await?;
        if waiting.is_empty() {
            return Ok(false);
        }
        self.move_to(self.now() + TRUST)?;
        for note in &waiting {
            ensure!(
                self.sandbox.ledger().labels_for(&note.number).is_empty(),
                "{} is bought and not found",
                note.number
            );
            self.wish(note, "absent", json!({ "kind": "absent" })).await?;
        }
        Ok(true)
    }

    /// The documents whose shipments are at the in-doubt desk.
    pub(crate) async fn notes_at_the_desk(&self) -> anyhow::Result<Vec<Note>> {
        let store = self.store().await?;
        let desk = ListFilter { stages: vec!["in_doubt".to_owned()], ..ListFilter::default() };
        let waiting = store.list(&desk, None, 100).await?;
        store.close().await;
        let at_the_desk = |note: &Note| waiting.iter().any(|row| row.document.as_str() == note.number);
        Ok(self.notes().into_iter().filter(at_the_desk).collect())
    }
}

/// Both site files, by the name of the file.
fn sites(sandbox: &Sandbox, manner: Manner) -> [String; 2] {
    let usual = pretend_site(sandbox, Mode::Automatic, Start::Everything);
    let mut syspro = String::new();
    let mut further = "\n[tracking]\nevery = \"10d\"\n".to_owned();
    if manner.called {
        further.push_str("\n[tracking.alerts]\npublic_url = \"http://127.0.0.1:9\"\nversion = \"v1\"\n");
    }
    if manner.short_deadlines {
        syspro.push_str("timeout = \"2s\"\n");
        further.push_str("\n[ups.timeouts]\nship_call = \"2s\"\n");
    }
    if manner.short_addresses {
        syspro.push_str("url_limit = 200\n");
    }
    let first = usual.replace("test_company = true\n", &format!("test_company = true\n{syspro}")) + &further;
    let second = first
        .replace("name = \"sandbox\"", "name = \"second\"")
        .replace(&format!("warehouse = \"{WAREHOUSE}\""), &format!("warehouse = \"{OTHER_WAREHOUSE}\""));
    [first, second]
}
