//! The dock: one warehouse with the real connector, a pretended SYSPRO and a pretended UPS.
//!
//! ```text
//! story ─► Dock ─┬─ releases, changes, faults ─► Sandbox ◄── real HTTP ──┐
//!                ├─ settle, advance, until_quiet ─► App (real store, site file, sealed secrets)
//!                └─ audit_of, state_of, labels_bought, tracking_in_syspro ◄── store, ledger, SYSPRO
//! ```
//!
//! Time stands still while work is under way. It moves only when told, in both worlds together and only when nothing is
//! in flight, from one due moment to the next; nothing sleeps. When a dock closes after a story that went well it looks
//! round and objects to whatever should never be left behind: a second standing label for one document, a gap in an audit
//! trail, a shipment that waits for nobody, a bought label that no shipment knows, a planned fault that never struck. For
//! that it has to wait inside `drop`, so stories run on a runtime with a worker beside the test's own thread.
//!
//! A dock's data is in SQLite, or in a PostgreSQL of this run where a story has several nodes. With
//! `ML_CONNECTOR_STORIES=postgres` every story happens on PostgreSQL.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

use cluster::Cluster;
use connector::app::{App, Away};
use connector::clock::Clock;
use connector::config::{
    AlertVersion, Mode, PRETEND_SITE, SecretName, SiteFile, Start, mode_name, pretend_secrets, pretend_site,
    templates_of,
};
use connector::engine::life::Life;
use connector::engine::wishes::Wish;
use connector::intake::Polled;
use connector::remote::{Remote, prove};
use connector::store::{
    AlarmFilter, AlarmRow, AttemptRow, DatabaseUrl, FeedRow, ListFilter, Options, ShipmentRow, SightingRow,
    SiteApplication, Store,
};
use connector::vault::{MasterKey, Vault};
use connector::web::webhook::Webhook;
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use regex::Regex;
use sandbox::ups::WebhookToken;
use sandbox::world::{DispatchNoteSpec, InvoiceSpec, PurchaseOrderSpec, ShipTo, places};
use sandbox::{Call, Fault, Kind, Ledger, Sandbox};
use secrecy::{ExposeSecret, SecretString};
use shipment::alarm::{self, Kind as AlarmKind};
use shipment::document::Source;
use shipment::hold::Hold;
use shipment::number::{DocumentNumber, SiteName};
use shipment::state::{Booked, State};
use shipment::tracking::Feed;
use tempfile::TempDir;
use tokio::net::TcpListener;

/// A Monday, nine o'clock at the warehouse in Ohio.
pub(crate) const MONDAY_MORNING: &str = "2026-09-14T13:00:00Z";
/// Who wishes something in a story.
pub(crate) const CLERK: &str = "ann";
/// After so much business time a story that is still not quiet has gone wrong.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 45);
/// So often something may be due again at once.
const MOST_STANDS: usize = 50;
/// A poll that could not read is repeated after this, as `serve` does.
const POLL_AGAIN: SignedDuration = SignedDuration::from_mins(1);

/// How documents come out of SYSPRO.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Way {
    /// `rest` or `soap`.
    pub(crate) transport: &'static str,
    /// Through OData; otherwise through e.net alone.
    pub(crate) odata: bool,
    pub(crate) source: Source,
}

impl Way {
    /// Whether a document of its source names a customer, whose phone number is then known. A return to a supplier does
    /// not.
    pub(crate) fn has_customer(self) -> bool {
        self.source != Source::PurchaseOrders
    }
}

/// How a dock is to be before it opens.
pub(crate) struct SetUp {
    mode: Mode,
    start: Start,
    sandbox: sandbox::Settings,
    changes: Vec<(String, Option<toml::Value>)>,
    secrets: Vec<(SecretName, String)>,
    ready: Vec<DispatchNoteSpec>,
    faults: Vec<Fault>,
    further_warehouse: Option<String>,
    templates: Vec<(String, String)>,
    database: Option<DatabaseUrl>,
    called: Option<AlertVersion>,
}

/// The place where stories happen.
pub(crate) struct Dock {
    pub(crate) sandbox: Sandbox,
    pub(crate) app: Arc<App>,
    pub(crate) site: SiteName,
    clock: Clock,
    folder: TempDir,
    database: Option<DatabaseUrl>,
    /// Where UPS calls.
    webhook: Option<Webhook>,
    /// How often in a row there was something to do that brought no moment forward.
    stands: AtomicUsize,
    closed: bool,
}

impl SetUp {
    pub(crate) fn mode(self, mode: Mode) -> Self {
        Self { mode, ..self }
    }

    pub(crate) fn start(self, start: Start) -> Self {
        Self { start, ..self }
    }

    /// Another hour than Monday morning.
    pub(crate) fn at(mut self, instant: &str) -> Self {
        self.sandbox.start = instant.parse().expect("an instant");
        self
    }

    /// Another value in the site file; `path` as in `ups.timeouts.ship_call`, with numbers for lists.
    pub(crate) fn setting(mut self, path: &str, value: impl Into<toml::Value>) -> Self {
        self.changes.push((path.to_owned(), Some(value.into())));
        self
    }

    /// Reads and ships one kind of document, in one way.
    pub(crate) fn way(self, way: Way) -> Self {
        let set_up = self.setting("syspro.transport", way.transport).setting("source.0.kind", way.source.code());
        let set_up = set_up.without("source.0.ready");
        if way.odata { set_up } else { set_up.without("syspro.odata") }
    }

    /// A second ship-from, in all but the warehouse like the first.
    pub(crate) fn ships_from_too(mut self, warehouse: &str) -> Self {
        self.further_warehouse = Some(warehouse.to_owned());
        self
    }

    /// With a template of the site's own, in a folder beside its file.
    pub(crate) fn template(mut self, name: &str, text: String) -> Self {
        self.templates.push((name.to_owned(), text));
        self.setting("syspro.templates", "templates")
    }

    /// Without a key of the site file.
    pub(crate) fn without(mut self, path: &str) -> Self {
        self.changes.push((path.to_owned(), None));
        self
    }

    /// Other manners of UPS.
    pub(crate) fn ups(mut self, change: impl FnOnce(&mut sandbox::ups::Manners)) -> Self {
        change(&mut self.sandbox.ups);
        self
    }

    /// Other manners of SYSPRO.
    pub(crate) fn syspro(mut self, change: impl FnOnce(&mut sandbox::syspro::Manners)) -> Self {
        change(&mut self.sandbox.syspro);
        self
    }

    /// A secret that is not the right one.
    pub(crate) fn secret(mut self, name: SecretName, value: &str) -> Self {
        self.secrets.push((name, value.to_owned()));
        self
    }

    /// A dispatch note that is ready before the connector comes.
    pub(crate) fn already_ready(mut self, spec: DispatchNoteSpec) -> Self {
        self.ready.push(spec);
        self
    }

    /// Everything is kept in this PostgreSQL database, which other nodes may use too.
    pub(crate) fn database(mut self, url: &str) -> Self {
        self.database = Some(DatabaseUrl::parse(url).expect("an address"));
        self
    }

    pub(crate) fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// A secret of the webhook that the site gives itself.
    pub(crate) fn secret_in_alerts(self, key: &str, value: &str) -> Self {
        let name: SecretName = format!("tracking.alerts.{key}").parse().expect("a secret's name");
        let source: toml::Table = [("file".to_owned(), toml::Value::from("not read"))].into_iter().collect();
        self.setting(&format!("tracking.alerts.{key}"), source).secret(name, value)
    }

    /// UPS calls at every scan: a webhook listens, and is registered at UPS where the version has that.
    pub(crate) fn called_by_ups(mut self, version: AlertVersion) -> Self {
        self.called = Some(version);
        self.setting("tracking.alerts.version", version.as_str())
    }

    pub(crate) async fn open(mut self) -> Dock {
        let listener = match self.called {
            Some(_) => Some(TcpListener::bind("127.0.0.1:0").await.expect("a free port")),
            None => None,
        };
        if let Some(listener) = &listener {
            let public_url = format!("http://{}", listener.local_addr().expect("an address"));
            self = self.setting("tracking.alerts.public_url", public_url);
        }
        let start = self.sandbox.start;
        let sandbox = Sandbox::start(self.sandbox.clone()).await.expect("free ports");
        for spec in &self.ready {
            sandbox.syspro().release(spec);
        }
        for fault in &self.faults {
            sandbox.faults().add(fault.clone());
        }
        let folder = tempfile::tempdir().expect("a folder");
        let clock = Clock::driven(start);
        let options = Options { database: self.database.clone(), ..Options::default() };
        let store = Store::open(folder.path(), options).await.expect("a store");
        let vault = Vault::new(MasterKey::generate().expect("a key"));
        let site = self.apply(&store, &vault, &sandbox, &folder).await;
        let app = App::new(store, vault, clock.clone(), folder.path()).await.expect("the connector starts");
        let database = self.database;
        let webhook = listener.map(|it| Webhook::over(Arc::clone(&app), it, None).expect("a socket"));
        let dock =
            Dock { sandbox, app, site, clock, folder, database, webhook, stands: AtomicUsize::new(0), closed: false };
        if self.called == Some(AlertVersion::V2) {
            dock.registers_the_webhook();
        }
        dock
    }

    /// As `site apply` does: the file is parsed, its secrets are read from files beside it and sealed.
    async fn apply(&self, store: &Store, vault: &Vault, sandbox: &Sandbox, folder: &TempDir) -> SiteName {
        let mut body = pretend_site(sandbox, self.mode, self.start);
        if let Some(warehouse) = &self.further_warehouse {
            body = with_ship_from(&body, warehouse);
        }
        let body = changed(&body, &self.changes);
        let site = SiteFile::parse(&body).unwrap_or_else(|error| panic!("{error}\n{body}"));
        for (file, secret) in pretend_secrets(sandbox) {
            std::fs::write(folder.path().join(file), secret).expect("written");
        }
        for (name, text) in &self.templates {
            std::fs::create_dir_all(folder.path().join("templates")).expect("a folder");
            std::fs::write(folder.path().join("templates").join(format!("{name}.xml")), text).expect("written");
        }
        let mut secrets = Vec::new();
        for (name, source) in site.secrets() {
            let other = self.secrets.iter().find(|(other, _)| *other == name).map(|(_, it)| it.clone());
            let secret = match other {
                Some(secret) => SecretString::from(secret),
                None => source.read(folder.path()).expect("a secret"),
            };
            secrets.push(vault.seal(&site.name, name.as_str(), 1, &secret).expect("sealed"));
        }
        let templates = templates_of(&site, folder.path()).unwrap_or_else(|error| panic!("{error}"));
        let application = SiteApplication {
            templates,
            site: site.name.clone(),
            mode: Some(mode_name(self.mode).to_owned()),
            environment: site.ups.environment.as_str().to_owned(),
            secrets,
            actor: "story".to_owned(),
            at: sandbox.clock().now(),
            body,
        };
        store.apply_site(&application).await.expect("applied");
        site.name
    }
}

fn with_ship_from(body: &str, warehouse: &str) -> String {
    let mut root: toml::Table = body.parse().expect("a site file");
    let froms = root.get_mut("ship_from").and_then(toml::Value::as_array_mut).expect("ship-froms");
    let mut further = froms.first().and_then(toml::Value::as_table).expect("a ship-from").clone();
    further.insert("warehouse".to_owned(), warehouse.into());
    froms.push(further.into());
    toml::to_string(&root).expect("a site file")
}

fn changed(body: &str, changes: &[(String, Option<toml::Value>)]) -> String {
    let mut root = toml::Value::Table(body.parse().expect("a site file"));
    for (path, value) in changes {
        let mut at = &mut root;
        let steps: Vec<&str> = path.split('.').collect();
        let (last, way) = steps.split_last().expect("a path");
        for step in way {
            at = match at {
                toml::Value::Array(list) => &mut list[step.parse::<usize>().expect("a number")],
                toml::Value::Table(table) => {
                    table.entry((*step).to_owned()).or_insert_with(|| toml::Value::Table(toml::Table::new()))
                }
                _ => panic!("{path} leads nowhere"),
            };
        }
        let table = at.as_table_mut().expect("a table");
        match value {
            Some(value) => table.insert((*last).to_owned(), value.clone()),
            None => table.remove(*last),
        };
    }
    toml::to_string(&root).expect("a site file")
}

impl Dock {
    /// A site in automatic that ships everything, before anything happened.
    pub(crate) async fn open() -> Self {
        Self::set_up().open().await
    }

    pub(crate) fn set_up() -> SetUp {
        let start = MONDAY_MORNING.parse().expect("an instant");
        let mut sandbox = sandbox::Settings::empty(start);
        sandbox.ups.mishaps = 0;
        SetUp {
            mode: Mode::Automatic,
            start: Start::Everything,
            sandbox,
            // A parcel asked about four times a day arrives as well as one asked about twelve times.
            changes: vec![
                ("tracking.every".to_owned(), Some(toml::Value::from("6h"))),
                // No story waits for real time.
                ("tracking.calls_per_minute".to_owned(), Some(toml::Value::from(1_000_000))),
            ],
            secrets: Vec::new(),
            ready: Vec::new(),
            faults: Vec::new(),
            further_warehouse: None,
            templates: Vec::new(),
            database: everywhere(),
            called: None,
        }
    }

    /// One more node: the same database and master key, a data directory of its own.
    pub(crate) async fn another_node(&self) -> (Arc<App>, TempDir) {
        let database = Some(self.database.clone().expect("nodes share a PostgreSQL"));
        let folder = tempfile::tempdir().expect("a folder");
        let options = Options { database, ..Options::default() };
        let store = Store::open(folder.path(), options).await.expect("a store");
        let node = App::new(store, self.app.vault.clone(), self.clock.clone(), folder.path()).await;
        (node.expect("the connector starts"), folder)
    }

    /// Moves time on for so long while several nodes work, stopping wherever something is due.
    pub(crate) async fn advance_nodes(&self, nodes: &[&Arc<App>], by: SignedDuration) {
        let end = self.now() + by;
        loop {
            for done in join_all(nodes.iter().map(|node| node.poll())).await {
                done.expect("polled");
            }
            for done in join_all(nodes.iter().map(|node| node.drive())).await {
                done.expect("driven");
            }
            if self.now() >= end {
                return;
            }
            let due = join_all(nodes.iter().map(|node| node.next_due())).await;
            let due = due.into_iter().filter_map(|it| it.expect("a store")).min();
            self.move_on(due.map_or(end, |due| due.min(end))).await;
        }
    }

    // ---- what happens at SYSPRO and UPS ----

    /// SYSPRO releases dispatch notes.
    pub(crate) fn releases(&self, specs: impl IntoIterator<Item = DispatchNoteSpec>) {
        for spec in specs {
            self.sandbox.syspro().release(&spec);
        }
    }

    /// Customers place sales orders, and no dispatch note is made of them.
    pub(crate) fn orders(&self, specs: impl IntoIterator<Item = DispatchNoteSpec>) {
        for spec in specs {
            self.sandbox.syspro().place_order(&spec);
        }
    }

    /// A document of a source comes into being, of one valve of 5.3 lb to a commercial address, and is to be shipped.
    pub(crate) fn places(&self, source: Source, number: &str, town: &str) {
        self.places_to(source, number, consignee(town));
    }

    /// The same to somewhere else.
    pub(crate) fn places_to(&self, source: Source, number: &str, to: ShipTo) {
        let syspro = self.sandbox.syspro();
        match source {
            Source::DispatchNotes => drop(syspro.release(&DispatchNoteSpec::new(number).to(to))),
            Source::SalesOrders => {
                let spec = DispatchNoteSpec::next().of_order(number).order_status('4').to(to);
                syspro.place_order(&spec);
            }
            Source::Invoices => drop(syspro.bill(&InvoiceSpec::new(number).of(DispatchNoteSpec::next().to(to)))),
            Source::PurchaseOrders => {
                syspro.place_purchase_order(&PurchaseOrderSpec::new(number).to(to).line("VLV-1020", 1));
            }
        }
    }

    /// A document that is ready is to go to another town after all.
    pub(crate) fn sends_elsewhere(&self, source: Source, number: &str, town: &str) {
        let (syspro, to) = (self.sandbox.syspro(), consignee(town));
        let done = match source {
            Source::DispatchNotes | Source::SalesOrders => syspro.change_ship_to(number, &to),
            Source::PurchaseOrders => syspro.change_delivery(number, &to),
            Source::Invoices => {
                let key = sandbox_key(number);
                let customer = syspro
                    .customers()
                    .into_iter()
                    .find_map(|it| syspro.cell("ArInvoice", &[&it.code, &key, "I"], "SalesOrder"));
                customer.is_some_and(|order| syspro.change_ship_to(&order, &to))
            }
        };
        assert!(done, "there is no {} {number}", source.noun());
    }

    /// How often SYSPRO was called, by whatever way.
    pub(crate) fn syspro_calls(&self) -> u64 {
        let of_syspro = |call: &str| call.starts_with("syspro") || call.starts_with("odata");
        self.ledger().calls.iter().filter(|(call, _)| of_syspro(call)).map(|(_, times)| times).sum()
    }

    /// The documents that shipments were made of, without leading zeros.
    pub(crate) async fn numbers_of_shipments(&self) -> Vec<String> {
        self.shipments().await.iter().map(|it| it.document.canonical()).collect()
    }

    /// The next such call goes wrong after its effect.
    pub(crate) fn loses_the_answer_to(&self, call: Call, kind: Kind) {
        self.sandbox.faults().add(Fault::after(call, kind));
    }

    /// The next such call goes wrong before it has any effect.
    pub(crate) fn never_hears(&self, call: Call, kind: Kind) {
        self.sandbox.faults().add(Fault::before(call, kind));
    }

    pub(crate) fn fault(&self, fault: Fault) {
        self.sandbox.faults().add(fault);
    }

    // ---- time ----

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// One look at SYSPRO and everything that is due now; time stands still.
    pub(crate) async fn settle(&self) -> Vec<Polled> {
        let polled = self.app.poll().await.expect("polled");
        self.app.drive().await.expect("driven");
        polled
    }

    /// Goes on until nothing is due any more: delivered, held, at the desk.
    pub(crate) async fn until_quiet(&self) {
        let end = self.now() + LONGEST;
        loop {
            let polled = self.settle().await;
            let unread = polled.iter().any(|it| it.trouble.is_some()).then(|| self.now() + POLL_AGAIN);
            let due = self.app.next_step().await.expect("a store");
            let Some(next) = [due, unread].into_iter().flatten().min() else { return };
            assert!(next <= end, "after {LONGEST:#} there is still something to do");
            self.move_on(next).await;
        }
    }

    /// Goes on for so long, stopping at every moment at which something is due.
    pub(crate) async fn advance(&self, by: SignedDuration) {
        let end = self.now() + by;
        loop {
            self.settle().await;
            if self.now() >= end {
                return;
            }
            let due = self.app.next_due_but_polls().await.expect("a store");
            self.move_on(due.map_or(end, |due| due.min(end))).await;
        }
    }

    /// Works for so long as `serve` does: what is due by itself and nothing else, at every moment at which something is.
    pub(crate) async fn serves(&self, by: SignedDuration) {
        let end = self.now() + by;
        loop {
            self.app.drive().await.expect("driven");
            if self.now() >= end {
                return;
            }
            let due = self.app.next_due().await.expect("a store");
            self.move_on(due.map_or(end, |due| due.min(end))).await;
        }
    }

    /// Time passes and nobody works.
    pub(crate) async fn passes(&self, by: SignedDuration) {
        self.move_to(self.now() + by).await;
    }

    /// The time that leases go by.
    pub(crate) fn real_now(&self) -> Timestamp {
        self.clock.real_now()
    }

    /// Time passes while a call is under way.
    pub(crate) fn time_passes(&self, by: SignedDuration) {
        let to = self.now() + by;
        self.sandbox.clock().set(to);
        self.clock.advance_to(to).expect("driven");
    }

    /// The next moment at which something is due.
    pub(crate) async fn next_due(&self) -> Option<Timestamp> {
        self.app.next_step().await.expect("a store")
    }

    /// Time does not stand still for ever: what is due and stays due is nobody's to do.
    async fn move_on(&self, at: Timestamp) {
        let stands = if at > self.now() { 0 } else { self.stands.load(Ordering::Relaxed) + 1 };
        self.stands.store(stands, Ordering::Relaxed);
        if stands == MOST_STANDS {
            let due: Vec<_> =
                self.shipments().await.into_iter().filter(|it| it.due_at.is_some_and(|due| due <= at)).collect();
            let away = self.app.site(&self.site).expect("the site").outages();
            panic!("at {at} something is due and stays due: {due:#?} {away:#?}");
        }
        self.move_to(at).await;
    }

    async fn move_to(&self, at: Timestamp) {
        let in_flight = self.app.store.in_flight(self.clock.real_now()).await.expect("a store");
        assert_eq!(in_flight, 0, "time may move only when nothing is in flight");
        let to = at.max(self.now());
        self.sandbox.clock().set(to);
        self.clock.advance_to(to).expect("driven");
        if self.webhook.is_some() {
            self.sandbox.ups().webhooks_settled().await;
        }
    }

    // ---- UPS calling ----

    /// Somebody enters address and credentials on UPS's developer portal, as `site webhook` shows them.
    pub(crate) fn registers_the_webhook(&self) {
        let runtime = self.app.site(&self.site).expect("the site");
        let (alerts, door) = (runtime.site.tracking.alerts.as_ref(), runtime.door.as_ref());
        let (alerts, door) = (alerts.expect("alerts"), door.expect("a door"));
        let token = WebhookToken::Fetched {
            token_url: alerts.token_address(door.path()).to_string(),
            client_id: door.client_id(),
            client_secret: door.client_secret().expect("a secret").expose_secret().to_owned(),
        };
        let url = alerts.address(door.path()).to_string();
        self.sandbox.ups().register_webhook(Some(sandbox::ups::Webhook { url, api_key: None, token }));
    }

    /// Where UPS calls: the socket.
    pub(crate) fn webhook_address(&self) -> std::net::SocketAddr {
        self.webhook.as_ref().expect("a webhook").address()
    }

    /// Where UPS calls: the path.
    pub(crate) fn webhook_path(&self) -> String {
        let runtime = self.app.site(&self.site).expect("the site");
        format!("/ups/{}", runtime.door.as_ref().expect("a door").path())
    }

    /// How a feed was heard.
    pub(crate) async fn feed(&self, feed: Feed) -> Option<FeedRow> {
        self.app.store.feeds(&self.site).await.expect("a store").into_iter().find(|it| it.feed == feed)
    }

    // ---- what people do ----

    /// A clerk wishes something for the shipment of a document; it is carried out.
    pub(crate) async fn wishes(&self, document: &str, wish: Wish) {
        self.wishes_because(document, wish, "").await;
    }

    pub(crate) async fn wishes_because(&self, document: &str, wish: Wish, reason: &str) {
        let row = self.shipment(document).await;
        self.app.wish(&self.site, row.id, &wish, CLERK, reason).await.expect("a wish");
        self.app.drive().await.expect("driven");
    }

    /// The site works in another mode from now on.
    pub(crate) async fn becomes(&self, mode: Mode) {
        self.app.store.set_mode(&self.site, mode_name(mode), CLERK, self.now()).await.expect("set");
        for row in self.shipments().await {
            self.app.store.wake(&self.site, row.id, self.now()).await.expect("woken");
        }
        self.app.load_sites().await.expect("loaded");
        self.settle().await;
    }

    /// A secret is replaced by another and the site reads it.
    pub(crate) async fn replaces_secret(&self, name: SecretName, value: &str) {
        let version = self.app.store.next_secret_version(&self.site, name.as_str()).await.expect("a version");
        let secret = SecretString::from(value.to_owned());
        let sealed = self.app.vault.seal(&self.site, name.as_str(), version, &secret).expect("sealed");
        self.app.store.put_secret(&sealed, CLERK, self.now()).await.expect("put");
        let site = self.app.site(&self.site).expect("the site");
        prove::lift(&self.app.store, &site.site, name, &self.clock).await.expect("lifted");
        self.app.load_sites().await.expect("loaded");
    }

    /// Somebody voids a shipment on UPS's own pages, without telling us.
    pub(crate) async fn somebody_voids(&self, shipment_number: &str) {
        let known = self.sandbox.credentials();
        let url = self.sandbox.ups_url().parse().expect("an address");
        let secret = SecretString::from(known.ups_client_secret);
        let settings = ups::Settings::new(ups::Environment::At(url), known.ups_client_id, secret, known.ups_account);
        let elsewhere = ups::Client::new(settings).expect("a client");
        let answer = elsewhere.void(shipment_number).await.expect("an answer");
        assert_eq!(answer.outcome, ups::VoidOutcome::Voided);
    }

    /// Somebody ships with the same account on UPS's own pages: a label no shipment of ours knows.
    pub(crate) async fn somebody_ships(&self) -> String {
        let known = self.sandbox.credentials();
        let url = self.sandbox.ups_url().parse().expect("an address");
        let secret = SecretString::from(known.ups_client_secret);
        let settings = ups::Settings::new(ups::Environment::At(url), known.ups_client_id, secret, known.ups_account);
        let elsewhere = ups::Client::new(settings).expect("a client");
        let dock = ups::Party::new("Ridge Supply").street("120 Dock Road").place("Oakland", "CA", "94607", "US");
        let to = ups::Party::new("Harbor Works").street("22 Foundry St").place("Boston", "MA", "02118", "US");
        let five_pounds = ups::Package::pounds("5".parse().expect("a weight"));
        let shipment = ups::Shipment::domestic(known.ups_account, dock, to, ups::Service::Ground).package(five_pounds);
        let request = ups::ShipRequest::new(shipment, ups::LabelFormat::Gif);
        elsewhere.ship(&request).await.expect("a label").shipment_identification_number
    }

    /// Time passes and nobody works.
    pub(crate) async fn clock_only(&self, by: SignedDuration) {
        self.move_to(self.now() + by).await;
    }

    // ---- what became of it ----

    pub(crate) async fn shipments(&self) -> Vec<ShipmentRow> {
        let mut rows = self.app.store.list(&ListFilter::default(), None, 500).await.expect("a store");
        rows.reverse();
        rows
    }

    /// The latest shipment of a document, if there is one.
    pub(crate) async fn maybe_shipment(&self, document: &str) -> Option<ShipmentRow> {
        let number: DocumentNumber = document.parse().expect("a number");
        self.app.store.find(Some(&self.site), &number).await.expect("a store").pop()
    }

    pub(crate) async fn shipment(&self, document: &str) -> ShipmentRow {
        self.maybe_shipment(document).await.unwrap_or_else(|| panic!("no shipment of {document}"))
    }

    pub(crate) async fn state_of(&self, document: &str) -> State {
        life(&self.shipment(document).await).state
    }

    pub(crate) async fn stage_of(&self, document: &str) -> &'static str {
        self.state_of(document).await.stage().as_str()
    }

    /// The booked shipment of a document.
    pub(crate) async fn booked(&self, document: &str) -> Booked {
        match self.state_of(document).await {
            State::Booked(booked) => *booked,
            other => panic!("{document} is {}: {other:?}", other.stage().as_str()),
        }
    }

    /// Why a document waits for a person.
    pub(crate) async fn hold_of(&self, document: &str) -> Hold {
        let state = self.state_of(document).await;
        state.hold().unwrap_or_else(|| panic!("{document} is not held but {}", state.stage().as_str())).clone()
    }

    pub(crate) async fn held_because(&self, document: &str) -> &'static str {
        self.hold_of(document).await.code()
    }

    pub(crate) async fn attempts_of(&self, document: &str) -> Vec<AttemptRow> {
        let row = self.shipment(document).await;
        self.app.store.attempts_of(&self.site, row.id).await.expect("a store")
    }

    /// A document's history, a line for each arrow, without what differs from run to run.
    pub(crate) async fn audit_of(&self, document: &str) -> String {
        let row = self.shipment(document).await;
        let lines = self.app.store.audit_of(&self.site, row.id).await.expect("a store");
        let told = lines.iter().map(|line| {
            let by = if line.actor == "connector" { String::new() } else { format!("{}: ", line.actor) };
            format!("{by}{}", self.plain(&line.words))
        });
        told.collect::<Vec<_>>().join("\n")
    }

    /// The same as far as the booking and its first telling: what comes before UPS's first scan.
    pub(crate) async fn booking_of(&self, document: &str) -> String {
        let audit = self.audit_of(document).await;
        audit.lines().take_while(|line| !line.starts_with("label created: ")).collect::<Vec<_>>().join("\n")
    }

    /// The events of a document's history by their names.
    pub(crate) async fn events_of(&self, document: &str) -> Vec<String> {
        let row = self.shipment(document).await;
        let lines = self.app.store.audit_of(&self.site, row.id).await.expect("a store");
        lines.into_iter().map(|line| line.event).collect()
    }

    fn plain(&self, words: &str) -> String {
        static NUMBER: LazyLock<Regex> = LazyLock::new(|| Regex::new("1Z[0-9A-Z]{16}").expect("a pattern"));
        static PADDED: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\b0{4,}([0-9]+)").expect("a pattern"));
        let words = words.replace(&format!("{}/", self.folder.path().display()), "");
        let words = NUMBER.replace_all(&words, "1Z…");
        let words = words.replace(&self.sandbox.ups_url(), "UPS");
        PADDED.replace_all(&words, "$1").into_owned()
    }

    pub(crate) fn ledger(&self) -> Ledger {
        self.sandbox.ledger()
    }

    /// Shipments that stand at UPS and will be billed.
    pub(crate) fn labels_bought(&self) -> usize {
        self.ledger().labels_bought()
    }

    /// How often UPS or SYSPRO was asked this.
    pub(crate) fn asked(&self, call: &Call) -> u64 {
        self.ledger().calls_of(call)
    }

    /// The only tracking number UPS sold and did not void.
    pub(crate) fn only_tracking_number(&self) -> String {
        let ledger = self.ledger();
        let standing: Vec<_> = ledger.labels.iter().filter(|it| !it.voided).collect();
        assert_eq!(standing.len(), 1, "{standing:?}");
        standing[0].tracking_number.clone()
    }

    /// What SYSPRO shows as the tracking number of a dispatch note.
    pub(crate) fn tracking_in_syspro(&self, note: &str) -> String {
        self.field_in_syspro(note, "UserField1")
    }

    pub(crate) fn field_in_syspro(&self, document: &str, field: &str) -> String {
        self.sandbox.syspro().read_field(document, field).unwrap_or_else(|| panic!("no {field} on {document}"))
    }

    /// What a sales order's custom form holds; blank when it was never written.
    pub(crate) fn form_in_syspro(&self, order: &str, field: &str) -> String {
        self.sandbox.syspro().form_value(order, field).unwrap_or_default()
    }

    /// The label files in the dock's folder, by name.
    pub(crate) fn labels_in_folder(&self) -> BTreeSet<String> {
        let Ok(entries) = std::fs::read_dir(self.label_folder()) else { return BTreeSet::new() };
        entries.map(|it| it.expect("a file").file_name().to_string_lossy().into_owned()).collect()
    }

    /// The folder with the site's own templates, which is read when the site is applied.
    pub(crate) fn template_folder(&self) -> PathBuf {
        self.folder.path().join("templates")
    }

    pub(crate) fn label_folder(&self) -> PathBuf {
        self.folder.path().join("labels")
    }

    /// How a document was judged at the last polls.
    pub(crate) async fn sighting_of(&self, document: &str) -> Option<SightingRow> {
        let number: DocumentNumber = document.parse().expect("a number");
        let mut seen = self.app.store.sightings(&self.site, Source::DispatchNotes).await.expect("a store");
        seen.remove(&number.canonical())
    }

    /// What is away, if it is.
    pub(crate) fn away(&self, remote: Remote) -> Option<Away> {
        self.app.site(&self.site).expect("the site").outages().remove(&remote)
    }

    // ---- looking round ----

    /// The connector ends in good order.
    pub(crate) async fn closes(&mut self) {
        let objections = self.objections().await;
        assert!(objections.is_empty(), "left behind at the dock:\n  {}", objections.join("\n  "));
        self.closed = true;
        Arc::clone(&self.app).close().await;
    }

    async fn objections(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (key, shipments) in self.ledger().duplicates() {
            let number: DocumentNumber = key.parse().expect("a number");
            let releases = self.app.store.find(Some(&self.site), &number).await.expect("a store").len();
            if shipments.len() > releases {
                found.push(format!("{key} has {releases} releases and the standing labels {}", shipments.join(", ")));
            }
        }
        for gap in self.app.store.verify_audit(&self.site).await.expect("a store") {
            found.push(format!("the audit of {} has a gap: {gap:?}", gap.document));
        }
        let rows = self.shipments().await;
        let states: Vec<State> = rows.iter().map(|row| life(row).state).collect();
        let mode = self.app.site(&self.site).expect("the site").mode();
        for (row, state) in rows.iter().zip(&states) {
            if row.due_at.is_none() && !rests(state, mode) {
                found.push(format!("{} is {} and waits for nobody", row.document, row.stage));
            }
        }
        for label in self.ledger().labels.iter().filter(|it| !it.voided) {
            let known = states.iter().any(|state| knows(state, &label.tracking_number, &label.references));
            if !known {
                found.push(format!("label {} is bought and no shipment knows it", label.tracking_number));
            }
        }
        found.extend(self.alarms_amiss(rows.iter().zip(&states)).await);
        for fault in self.sandbox.faults().coming().iter().filter(|it| it.count != Fault::FOREVER) {
            found.push(format!("a planned fault never struck: {fault:?}"));
        }
        let operator = self.sandbox.credentials().syspro_operator;
        if self.sandbox.syspro().is_locked(operator) {
            found.push(format!("operator {operator} is locked out"));
        }
        found
    }

    /// What the states and the outages say stands as an alarm, and nothing else does.
    async fn alarms_amiss(&self, shipments: impl Iterator<Item = (&ShipmentRow, &State)>) -> Vec<String> {
        let mut wanted = BTreeSet::new();
        for (row, state) in shipments {
            let standing = alarm::standing(state);
            wanted.extend(standing.iter().map(|it| (it.kind, it.subject(row.id), row.document.to_string())));
        }
        let mut amiss = Vec::new();
        for row in self.alarms().await {
            let before = wanted.len();
            wanted.retain(|(kind, subject, _)| (*kind, subject) != (row.kind, &row.subject));
            if wanted.len() == before && alarm::OF_THE_STATE.contains(&row.kind) {
                amiss.push(format!("alarm {} of {} stands and its cause is gone", row.kind, row.subject));
            }
        }
        amiss.extend(wanted.iter().map(|(kind, _, document)| format!("{document} is {kind} and no alarm says so")));
        let away: BTreeSet<_> = self.app.site(&self.site).expect("the site").outages().into_keys().collect();
        for remote in [Remote::Ups, Remote::Syspro, Remote::Address, Remote::Rating, Remote::Tracking] {
            let paused = [AlarmKind::SitePaused, AlarmKind::CredentialsFailing, AlarmKind::OperatorElsewhere];
            let alarms = self.alarms().await.into_iter().filter(|it| paused.contains(&it.kind));
            let told = alarms.filter(|it| it.subject == remote.as_str()).count();
            if told != usize::from(away.contains(&remote)) {
                amiss.push(format!("{} is away: {}, alarms: {told}", remote.as_str(), away.contains(&remote)));
            }
        }
        amiss
    }

    /// What the open alarms are about.
    pub(crate) async fn alarm_kinds(&self) -> Vec<AlarmKind> {
        self.alarms().await.into_iter().map(|it| it.kind).collect()
    }

    /// The alarms that are open, the newest first.
    pub(crate) async fn alarms(&self) -> Vec<AlarmRow> {
        self.app.store.alarms(&AlarmFilter::default(), 1000).await.expect("a store")
    }
}

impl Drop for Dock {
    fn drop(&mut self) {
        if std::thread::panicking() || self.closed {
            return;
        }
        let runtime = tokio::runtime::Handle::current();
        let objections = tokio::task::block_in_place(|| runtime.block_on(self.objections()));
        assert!(objections.is_empty(), "left behind at the dock:\n  {}", objections.join("\n  "));
    }
}

/// A database of its own for every story, where all of them are to happen on PostgreSQL.
fn everywhere() -> Option<DatabaseUrl> {
    if std::env::var("ML_CONNECTOR_STORIES").is_ok_and(|it| it == "postgres") {
        let cluster = Cluster::shared().expect("PostgreSQL was asked for");
        return Some(DatabaseUrl::parse(&cluster.database()).expect("an address"));
    }
    None
}

fn life(row: &ShipmentRow) -> Life {
    Life::read(&row.state).unwrap_or_else(|error| panic!("{}: {error}", row.document))
}

/// Whether a shipment may stand still: it is at an end, or a person moves next.
fn rests(state: &State, mode: Mode) -> bool {
    match state {
        State::AlreadyThere(_) | State::Held(_) | State::Desk(_) | State::Cancelled(_) => true,
        State::Rated(_) => mode != Mode::Automatic,
        State::Booked(booked) => {
            let finished = booked.is_voided() || booked.tracking.next_at.is_none();
            finished && !booked.write_back.is_pending()
        }
        State::Received(_) | State::Addressed(_) | State::Packed(_) | State::Booking(_) => false,
    }
}

/// Whether a shipment owns a label, or is known to be in doubt about it.
fn knows(state: &State, tracking_number: &str, references: &[String]) -> bool {
    match state {
        State::Booked(booked) => booked.waybill.tracking_numbers.iter().any(|it| it.as_str() == tracking_number),
        State::Booking(booking) | State::Desk(booking) => {
            references.iter().any(|it| it == booking.attempt.reference.as_str())
        }
        _ => false,
    }
}

/// A consignee at the known commercial address of a town.
pub(crate) fn consignee(town: &str) -> ShipTo {
    let place = places::plain_commercial().find(|it| it.city == town);
    ShipTo::at("Summit Pump & Supply", place.unwrap_or_else(|| panic!("no commercial address in {town}")))
}

/// A dispatch note of one valve of 5.3 lb to Denver, UPS Ground, for order 500: a plain one.
pub(crate) fn note(number: &str) -> DispatchNoteSpec {
    DispatchNoteSpec::new(number).to(consignee("Denver"))
}

/// A number of digits as the sandbox's tables hold it.
fn sandbox_key(number: &str) -> String {
    format!("{number:0>15}")
}

/// So many minutes.
pub(crate) fn minutes(count: i64) -> SignedDuration {
    SignedDuration::from_mins(count)
}

/// So many hours.
pub(crate) fn hours(count: i64) -> SignedDuration {
    SignedDuration::from_hours(count)
}

/// So many days.
pub(crate) fn days(count: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * count)
}

#[test]
fn the_pretended_site_has_one_name() {
    assert!(PRETEND_SITE.parse::<SiteName>().is_ok());
}
