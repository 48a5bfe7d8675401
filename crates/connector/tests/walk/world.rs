//! The world of a walk: both sandboxes, a database, nodes that come and go, and what has happened so far.
//!
//! ```text
//! walk ─► round: operations ─► every node polls and drives, somebody may die or change something meanwhile ─► judge
//!   ▲       └─► time moves, if nothing is in flight ──────────────────────────────────────────────────────────────┘
//!   └─► at the end: rest.rs
//! ```

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use cluster::Cluster;
use connector::app::App;
use connector::clock::Clock;
use connector::config::{Mode, SiteFile, Start, pretend_secrets, pretend_site};
use connector::intake::Polled;
use connector::store::{AuditRow, ListFilter, ShipmentRow, SiteApplication, Store};
use connector::vault::{MasterKey, Vault};
use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use sandbox::Sandbox;
use shipment::document::Source;
use shipment::number::{ShipmentId, SiteName};
use tempfile::TempDir;

use crate::documents::Doc;
use crate::node::{Node, Parts};
use crate::tally::Tally;

/// A Monday, nine o'clock at the warehouse in Ohio.
const MONDAY_MORNING: &str = "2026-09-14T13:00:00Z";
/// The longest a round may take in real time; a busy loop would take for ever.
const LONGEST_ROUND: Duration = Duration::from_secs(90);
/// Longer than any lease, real time.
pub(crate) const LEASES: SignedDuration = SignedDuration::from_mins(6);
/// The longest that slow calls are waited for.
const SLOWEST: Duration = Duration::from_secs(20);

/// The database of a walk and who shares it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Base {
    /// SQLite: one node at a time, each opening the file anew.
    Sqlite,
    /// PostgreSQL: several nodes, each with a data directory of its own; a dead one may come back in its old one.
    Postgres(&'static Cluster),
}

/// How documents come out of SYSPRO.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Way {
    pub(crate) transport: &'static str,
    pub(crate) odata: bool,
    pub(crate) source: Source,
}

/// See the module.
pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    pub(crate) clock: Clock,
    pub(crate) dice: Rng,
    pub(crate) site: SiteName,
    pub(crate) way: Way,
    pub(crate) mode: Mode,
    pub(crate) nodes: Vec<Node>,
    pub(crate) docs: Vec<Doc>,
    /// Audit lines as they were seen before: none of them may ever change.
    pub(crate) trails: BTreeMap<ShipmentId, Vec<AuditRow>>,
    /// How often what SYSPRO refused was tried again at the end.
    pub(crate) retries: BTreeMap<ShipmentId, u32>,
    pub(crate) tally: Tally,
    pub(crate) trouble: crate::mishaps::Trouble,
    seed: u64,
    base: Base,
    aloud: bool,
    born: usize,
    events: Vec<(Timestamp, String)>,
    parts: Parts,
    /// Data directories of nodes that have ended.
    left: Vec<PathBuf>,
    folder: TempDir,
}

impl World {
    pub(crate) async fn open(seed: u64, base: Base, aloud: bool) -> anyhow::Result<Self> {
        let mut dice = Rng::with_seed(seed);
        let start: Timestamp = MONDAY_MORNING.parse()?;
        let mut settings = sandbox::Settings::empty(start);
        settings.seed = seed;
        settings.ups.mishaps = if dice.u8(..) < 64 { 30 } else { 0 };
        let sandbox = Sandbox::start(settings).await?;
        let folder = tempfile::tempdir()?;
        let clock = Clock::driven(start);
        let vault = Vault::new(MasterKey::generate()?);
        let way = way(&mut dice);
        // The pretended site writes no tracking number to purchase orders, and may not book by itself then.
        let mode =
            if dice.u8(..) < 40 || way.source == Source::PurchaseOrders { Mode::Approve } else { Mode::Automatic };
        let database = match base {
            Base::Sqlite => None,
            Base::Postgres(cluster) => Some(tokio::task::spawn_blocking(|| cluster.database()).await?),
        };
        let parts = Parts { database, vault, clock: clock.clone() };
        let first = folder.path().join("node");
        let store = parts.store(&first).await?;
        let site = apply(&store, &parts.vault, &sandbox, folder.path(), (way, mode), &mut dice).await?;
        store.close().await;
        let mut world = Self {
            sandbox,
            clock,
            dice,
            site,
            way,
            mode,
            nodes: Vec::new(),
            docs: Vec::new(),
            trails: BTreeMap::new(),
            retries: BTreeMap::new(),
            tally: Tally::default(),
            trouble: crate::mishaps::Trouble::default(),
            seed,
            base,
            aloud,
            born: 0,
            events: Vec::new(),
            parts,
            left: vec![first],
            folder,
        };
        world.note(format!("{way:?}, {mode:?}"));
        Ok(world)
    }

    /// So many rounds, then everything is mended and must come to rest.
    pub(crate) async fn walk(&mut self, steps: usize) -> anyhow::Result<()> {
        self.weather_changes();
        for _ in 0..steps {
            self.tally.rounds += 1;
            for _ in 0..self.dice.usize(1..6) {
                self.something_happens().await?;
            }
            self.round(true).await?;
            self.judge_always().await?;
            self.time_passes().await?;
        }
        self.come_to_rest().await?;
        self.judge_always().await?;
        self.judge_at_rest().await?;
        self.tally.walks = 1;
        self.count();
        while let Some(node) = self.nodes.pop() {
            node.leaves().await?;
        }
        self.judge_sessions()
    }

    // ---- nodes ----

    fn one_at_a_time(&self) -> bool {
        matches!(self.base, Base::Sqlite)
    }

    /// One more node, if the database can have it.
    pub(crate) async fn a_node_starts(&mut self) -> anyhow::Result<()> {
        if self.one_at_a_time() && !self.nodes.is_empty() {
            return Ok(());
        }
        self.born += 1;
        let number = self.born;
        let anew = self.left.is_empty() || (!self.one_at_a_time() && self.dice.bool());
        let folder = if anew { self.folder.path().join(format!("node-{number}")) } else { self.left.remove(0) };
        self.note(format!("node {number} starts {}", if anew { "" } else { "where one has ended" }));
        let node = Node::start(number, &self.parts, folder).await?;
        self.nodes.push(node);
        Ok(())
    }

    /// A node ends in order.
    pub(crate) async fn a_node_leaves(&mut self) -> anyhow::Result<()> {
        if self.nodes.is_empty() {
            return Ok(());
        }
        let node = self.nodes.remove(self.dice.usize(0..self.nodes.len()));
        self.note(format!("node {} ends in order", node.number));
        self.left.push(node.folder.clone());
        node.leaves().await
    }

    /// Whoever can be asked or told something now; a person would start a node first.
    pub(crate) async fn somebody(&mut self) -> anyhow::Result<Arc<App>> {
        if self.nodes.is_empty() {
            self.a_node_starts().await?;
        }
        let node = self.nodes.first().context("a node")?;
        Ok(Arc::clone(&node.app))
    }

    // ---- a round ----

    /// Every node reads and drives once, and why a source was read by none of them is told; with `chaos` one of them may
    /// die meanwhile, or something happen.
    pub(crate) async fn round(&mut self, chaos: bool) -> anyhow::Result<Vec<String>> {
        if self.nodes.is_empty() || (chaos && self.nodes.len() < 3 && self.dice.u8(..) < 50) {
            self.a_node_starts().await?;
        }
        let mut running: BTreeMap<usize, _> = self.nodes.iter().map(|it| (it.number, it.cycle())).collect();
        if chaos && self.dice.u8(..) < 100 {
            self.pause(2000).await;
            self.something_happens_outside().await;
        }
        if chaos && self.dice.u8(..) < 90 {
            self.pause(4000).await;
            let node = self.nodes.remove(self.dice.usize(0..self.nodes.len()));
            running.remove(&node.number);
            self.note(format!("node {} dies", node.number));
            self.tally.deaths += 1;
            self.left.push(node.folder.clone());
            node.dies().await;
        }
        let mut polls: BTreeMap<Source, Vec<Polled>> = BTreeMap::new();
        for (number, cycle) in running {
            let ended = tokio::time::timeout(LONGEST_ROUND, cycle).await;
            let ended = ended.with_context(|| format!("node {number} is still at it after {LONGEST_ROUND:?}"))?;
            for polled in ended.with_context(|| format!("node {number} panicked"))?.context("the store failed")? {
                polls.entry(polled.source).or_default().push(polled);
            }
        }
        let begun = self.clock.monotonic();
        while self.sandbox.faults().slow() > 0 {
            ensure!(self.clock.monotonic().duration_since(begun) < SLOWEST, "a slow call does not end");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        // Nodes that come at the same moment leave a source to the one that has begun.
        let unread = polls.into_values().filter(|of_one| of_one.iter().all(|it| it.trouble.is_some()));
        Ok(unread.flatten().filter_map(|it| it.trouble).collect())
    }

    /// Waits a moment of real time, short ones as likely as long ones; `longest` in tenths of a millisecond.
    async fn pause(&mut self, longest: u32) {
        let most = 32 - longest.leading_zeros();
        let tenths = 1_u64 << self.dice.u32(0..most);
        let tenths = self.dice.u64(tenths / 2..=tenths);
        self.note(format!("after {tenths} tenths of a millisecond:"));
        tokio::time::sleep(Duration::from_micros(tenths * 100)).await;
    }

    // ---- time ----

    async fn time_passes(&mut self) -> anyhow::Result<()> {
        let due = match self.nodes.first() {
            Some(node) => node.app.next_due_but_polls().await?,
            None => None,
        };
        let now = self.clock.now();
        let by = match self.dice.u8(0..10) {
            0..=5 => due.map_or(SignedDuration::from_mins(1), |due| due.duration_since(now)),
            6 => SignedDuration::from_secs(self.dice.i64(1..90)),
            7 => SignedDuration::from_mins(self.dice.i64(1..90)),
            8 => SignedDuration::from_hours(self.dice.i64(1..30)),
            _ => SignedDuration::ZERO,
        };
        self.move_by(by.max(SignedDuration::ZERO))?;
        // Leases of the dead run out sooner or later; sometimes the wall clock is simply set wrong.
        match self.dice.u8(0..10) {
            0..=2 => self.leases_run_out().await?,
            3 => {
                let minutes = self.dice.i64(-20..20);
                self.step_wall(SignedDuration::from_mins(minutes))?;
            }
            _ => {}
        }
        Ok(())
    }

    pub(crate) fn move_by(&mut self, by: SignedDuration) -> anyhow::Result<()> {
        if by > SignedDuration::ZERO {
            self.note(format!("{by:#} pass"));
            let now = self.clock.advance(by)?;
            self.sandbox.clock().set(now);
        }
        Ok(())
    }

    /// More real time passes than any lease lasts. PostgreSQL's leases go by the server's clock, which is nobody's to set.
    pub(crate) async fn leases_run_out(&mut self) -> anyhow::Result<()> {
        let (Base::Postgres(cluster), Some(url)) = (self.base, self.parts.database.clone()) else {
            return self.step_wall(LEASES);
        };
        self.note("leases run out".to_owned());
        let age = ["shipments", "operator_sessions", "chores"]
            .map(|table| format!("UPDATE {table} SET lease_until = 1 WHERE lease_until IS NOT NULL"));
        tokio::task::spawn_blocking(move || cluster.execute(&url, &age.join("; "))).await?;
        Ok(())
    }

    pub(crate) fn step_wall(&mut self, by: SignedDuration) -> anyhow::Result<()> {
        self.note(format!("the wall clock is set by {by:#}"));
        Ok(self.clock.step_wall(by)?)
    }

    // ---- what is known ----

    pub(crate) async fn shipments(&mut self) -> anyhow::Result<Vec<ShipmentRow>> {
        let app = self.somebody().await?;
        let rows = app.store.list(&ListFilter::default(), None, 1000).await?;
        ensure!(rows.len() < 1000, "more shipments than a walk has");
        Ok(rows)
    }

    /// Something happened: it is remembered, in case the walk fails.
    pub(crate) fn note(&mut self, words: String) {
        let now = self.clock.now();
        if self.aloud {
            crate::say(&format!("{now} {words}"));
        }
        self.events.push((now, words));
    }

    pub(crate) fn tally(&self) -> &Tally {
        &self.tally
    }

    fn count(&mut self) {
        let ledger = self.sandbox.ledger();
        self.tally.documents = self.docs.len() as u64;
        self.tally.labels = ledger.labels.len() as u64;
        self.tally.standing = ledger.labels.iter().filter(|it| !it.voided).count() as u64;
        let told = self.trails.values().flatten();
        self.tally.doubts = told.filter(|it| it.event == "in_doubt").count() as u64;
        self.tally.faults = self.sandbox.faults().fired().len() as u64;
        self.tally.calls = ledger.calls.values().sum();
    }

    /// A failed walk for people: what failed, how to repeat it, and everything that happened.
    pub(crate) async fn told(&mut self, steps: usize, error: &anyhow::Error) -> String {
        let mut words = format!(
            "walk {} failed in round {} of at most {steps}: {error:#}\n\nrepeat it with:\n  ML_CONNECTOR_WALK_SEED={} \
             ML_CONNECTOR_WALK_STEPS={steps} cargo test -p ml-connector --test walk -- --nocapture\n\nwhat happened:\n",
            self.seed, self.tally.rounds, self.seed
        );
        for (at, event) in &self.events {
            words.push_str(&format!("  {at} {event}\n"));
        }
        words.push_str("\nfaults that struck:\n");
        for fired in self.sandbox.faults().fired() {
            words.push_str(&format!("  {} {} {:?} {}\n", fired.at, fired.call, fired.when, fired.kind));
        }
        if let Ok(story) = tokio::time::timeout(LONGEST_ROUND, self.story()).await {
            words.push_str(&story.unwrap_or_else(|error| format!("the store cannot be read: {error:#}\n")));
        }
        words
    }

    /// Every shipment with its history, and every label UPS sold.
    async fn story(&mut self) -> anyhow::Result<String> {
        let mut words = String::new();
        let rows = self.shipments().await?;
        let app = self.somebody().await?;
        for row in rows {
            words.push_str(&format!(
                "\n{} release {}: {} due {:?}\n",
                row.document, row.release.0, row.stage, row.due_at
            ));
            for line in app.store.audit_of(&row.site, row.id).await? {
                words.push_str(&format!(
                    "  {} {} {} by {}: {}\n",
                    line.seq, line.at, line.event, line.actor, line.words
                ));
            }
        }
        words.push_str("\nlabels:\n");
        for label in self.sandbox.ledger().labels {
            words.push_str(&format!(
                "  {} {} of {:?}, voided {:?}\n",
                label.booked_at, label.tracking_number, label.references, label.voided_at
            ));
        }
        Ok(words)
    }
}

fn way(dice: &mut Rng) -> Way {
    let source = match dice.u8(0..8) {
        0..=3 => Source::DispatchNotes,
        4..=5 => Source::SalesOrders,
        6 => Source::Invoices,
        _ => Source::PurchaseOrders,
    };
    Way { transport: if dice.bool() { "rest" } else { "soap" }, odata: dice.u8(0..4) > 0, source }
}

async fn apply(
    store: &Store,
    vault: &Vault,
    sandbox: &Sandbox,
    folder: &Path,
    (way, mode): (Way, Mode),
    dice: &mut Rng,
) -> anyhow::Result<SiteName> {
    let mut root = toml::Value::Table(pretend_site(sandbox, mode, Start::Everything).parse()?);
    let source = table(&mut root, "source.0")?;
    source.insert("kind".to_owned(), way.source.code().into());
    // The ready set of the pretended site is dispatch notes'; every other source has its own by default.
    source.remove("ready");
    table(&mut root, "tracking")?.insert("every".to_owned(), "2d".into());
    let syspro = table(&mut root, "syspro")?;
    syspro.insert("transport".to_owned(), way.transport.into());
    syspro.insert("timeout".to_owned(), "2s".into());
    if !way.odata {
        syspro.remove("odata");
    }
    table(&mut root, "ups")?.insert("one_automatic_further_attempt".to_owned(), (dice.u8(..) < 64).into());
    for call in ["ship_call", "read_call"] {
        table(&mut root, "ups.timeouts")?.insert(call.to_owned(), "2s".into());
    }
    let body = toml::to_string(&root)?;
    let site = SiteFile::parse(&body).map_err(|error| anyhow::anyhow!("{error}\n{body}"))?;
    for (file, secret) in pretend_secrets(sandbox) {
        std::fs::write(folder.join(file), secret)?;
    }
    let mut secrets = Vec::new();
    for (name, source) in site.secrets() {
        secrets.push(vault.seal(&site.name, name.as_str(), 1, &source.read(folder)?)?);
    }
    let application = SiteApplication {
        site: site.name.clone(),
        mode: Some(connector::config::mode_name(mode).to_owned()),
        environment: site.ups.environment.as_str().to_owned(),
        secrets,
        actor: "walk".to_owned(),
        at: sandbox.clock().now(),
        templates: Vec::new(),
        body,
    };
    store.apply_site(&application).await?;
    Ok(site.name)
}

/// A table of the site file by its path, with numbers for lists; made where there is none.
fn table<'a>(root: &'a mut toml::Value, path: &str) -> anyhow::Result<&'a mut toml::Table> {
    let mut at = root;
    for step in path.split('.') {
        at = match at {
            toml::Value::Array(list) => list.get_mut(step.parse::<usize>()?).context("no such entry")?,
            toml::Value::Table(table) => {
                table.entry(step.to_owned()).or_insert_with(|| toml::Value::Table(toml::Table::new()))
            }
            _ => anyhow::bail!("{path} leads nowhere"),
        };
    }
    at.as_table_mut().context("no table")
}
