//! Everything alive, put together in one place.
//!
//! ```text
//! data directory ─► Store, Vault ─► a SiteRuntime per site (settings, clients, what is paused) ─► App
//! CLI, web, demo ─► App ─► poll · drive · wish
//! ```
//!
//! An `App` is what one node is. What it does from time to time are chores, rows in the store: `serve` drives it in a
//! loop, `sync` once, tests and the demo step by step with a driven clock. What is deliberately not here: SQL, rules,
//! calls to remotes.

mod outages;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use shipment::address::{AcceptedAddress, Address, Class, memory_key};
use shipment::alarm::Kind;
use shipment::decide::Mode;
use shipment::document::Source;
use shipment::number::{ShipmentId, SiteName, WarehouseCode};
use shipment::ours;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use crate::chore;
use crate::clock::Clock;
use crate::config::{Environment, SecretName, Site, SiteFile, SourceSettings};
use crate::engine;
use crate::engine::address::KnownPlaces;
use crate::engine::journey::Journey;
use crate::intake;
use crate::remote::Remote;
use crate::remote::session::{self, Sessions};
use crate::store::{
    Lease, NewAcceptedAddress, NewAlarm, NewWish, OutageRow, Record, Recorded, SessionKey, SiteRow, Store, StoreError,
    written,
};
use crate::tracking;
use crate::tracking::budget::Budget;
use crate::tracking::door::Door;
use crate::vault::{Vault, VaultError};
pub use outages::Away;
pub(crate) use outages::WAITS;
use outages::{DOUBTS_IN_A_ROW, away_of};

/// Between two rounds of the engine while chores run, real time: what is due and cannot be done must not heat the room.
const BREATH: Duration = Duration::from_millis(200);
/// How long the end of chores that were stopped is waited for, real time.
const CHORES_END: Duration = Duration::from_secs(3);
/// Why a site cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The vault.
    #[error("site {site}: secret {name} cannot be opened: {source}")]
    Secret {
        /// Whose.
        site: SiteName,
        /// Which.
        name: String,
        /// Why.
        source: VaultError,
    },
    /// A secret was never given.
    #[error("site {site}: secret {name} is not set; set it with: ml-connector site secret set {site} {name}")]
    NoSecret {
        /// Whose.
        site: SiteName,
        /// Which.
        name: String,
    },
    /// The stored settings are of another program version.
    #[error("site {site}: its stored settings cannot be read: {why}")]
    Settings {
        /// Whose.
        site: SiteName,
        /// Why.
        why: String,
    },
}

/// A site with its clients, ready to work.
pub struct SiteRuntime {
    /// Its settings.
    pub site: Site,
    /// Their version.
    pub version: i64,
    /// Which documents are ours.
    pub rules: ours::Rules,
    /// UPS.
    pub ups: ups::Client,
    /// SYSPRO's e.net.
    pub enet: syspro::Enet,
    /// SYSPRO's OData service, where the site has one.
    pub odata: Option<syspro::OData>,
    mode: Mode,
    /// What it was put together from; other than what stands in the store, it is put together anew.
    edition: Edition,
    away: Mutex<BTreeMap<Remote, Away>>,
    /// Calls a minute that UPS gets.
    pub(crate) budget: Budget,
    /// Where UPS calls, if the site wants to be called.
    pub door: Option<Door>,
    /// Calls at the door without the right credentials, not counted in the store yet.
    pub(crate) refused_calls: AtomicU32,
    doubts: Mutex<u32>,
    /// When it was last looked whether a remote's bad answer is about all questions (business time).
    looked: Mutex<BTreeMap<Remote, Timestamp>>,
    pub(crate) known_places: KnownPlaces,
    form_columns: RwLock<BTreeMap<String, BTreeMap<String, String>>>,
    clock: Clock,
}

/// What a site is put together from, as far as it may change.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Edition {
    version: i64,
    mode: String,
    secrets: Vec<(String, i64)>,
}

impl std::fmt::Debug for SiteRuntime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SiteRuntime")
            .field("site", &self.site.name)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

impl SiteRuntime {
    /// How much it does on its own, as last set.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// How a source is read here; none if the site no longer reads it.
    pub(crate) fn source(&self, source: Source) -> Option<&SourceSettings> {
        self.site.sources.iter().find(|it| it.source == source)
    }

    pub(crate) fn session_key(&self) -> SessionKey {
        session::key_of(&self.site)
    }

    pub(crate) fn printer_lane(&self, warehouse: &WarehouseCode) -> String {
        let printer = self.site.ship_from(warehouse).and_then(|it| it.printer.as_deref()).unwrap_or("none");
        format!("printer:{}/{printer}", self.site.name)
    }

    /// The columns of a custom form by field name, once SYSPRO has told them.
    pub(crate) fn form_columns(&self, form_type: &str) -> Option<BTreeMap<String, String>> {
        self.form_columns.read().unwrap_or_else(PoisonError::into_inner).get(form_type).cloned()
    }

    pub(crate) fn remember_form_columns(&self, form_type: &str, columns: &BTreeMap<String, String>) {
        let mut known = self.form_columns.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(form_type.to_owned(), columns.clone());
    }

    /// The deadline of a booking call, real time.
    pub(crate) fn ship_deadline(&self) -> SignedDuration {
        self.site.ups.ship_deadline()
    }

    /// How long a shipment is kept in hand for a booking, real time.
    pub(crate) fn booking_lease(&self) -> SignedDuration {
        self.site.ups.booking_lease()
    }

    /// After this, UPS can no longer be working on an attempt.
    pub(crate) fn trust_window(&self) -> SignedDuration {
        self.site.ups.attempt_over_after()
    }

    /// UPS's test host, where numbers are not unique.
    pub(crate) fn is_test_host(&self) -> bool {
        self.site.ups.environment == Environment::Test
    }
}

/// What became of a record after which the journey goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// It stands, and the shipment is still ours.
    Yes,
    /// Somebody else has it.
    Lost,
    /// Nothing was recorded: this shipment fulfils the same sales order and is being bought, or is.
    Linked(ShipmentId),
}

/// One node.
pub struct App {
    /// The system of record.
    pub store: Store,
    /// The secrets.
    pub vault: Vault,
    /// Business time.
    pub clock: Clock,
    /// The data directory.
    pub data_dir: PathBuf,
    /// This node's name in leases.
    pub(crate) holder: String,
    pub(crate) sessions: Sessions,
    /// Raised when a shipment was handed over to another lane.
    pub(crate) handed_over: Notify,
    /// Read-locked by every chore at work.
    pub(crate) chores_at_work: Arc<tokio::sync::RwLock<()>>,
    /// Counts the records of this node, for pages that show them.
    changed: watch::Sender<u64>,
    /// Cancelled once the node is told to stop.
    stopping: CancellationToken,
    sites: RwLock<BTreeMap<SiteName, Arc<SiteRuntime>>>,
    /// What could not be put together, and is not tried again before it is changed.
    unusable: Mutex<BTreeMap<SiteName, Edition>>,
    /// How many shipments of this node talk to UPS at once.
    ups_at_once: AtomicUsize,
}

impl App {
    /// Puts a node together and loads its sites.
    ///
    /// # Errors
    /// When the store cannot be read or a site's secrets cannot be opened.
    pub async fn new(store: Store, vault: Vault, clock: Clock, data_dir: &Path) -> Result<Arc<Self>, AppError> {
        let app = Arc::new(Self {
            holder: store.holder().to_owned(),
            store,
            vault,
            clock,
            data_dir: data_dir.to_owned(),
            sessions: Sessions::default(),
            handed_over: Notify::new(),
            chores_at_work: Arc::default(),
            changed: watch::Sender::new(0),
            stopping: CancellationToken::new(),
            sites: RwLock::default(),
            unusable: Mutex::default(),
            ups_at_once: AtomicUsize::new(engine::UPS_AT_ONCE),
        });
        app.load_sites().await?;
        Ok(app)
    }

    /// From now on at most so many shipments of this node talk to UPS at once; at least one does.
    pub fn limit_ups(&self, at_once: usize) {
        self.ups_at_once.store(at_once.max(1), Ordering::Relaxed);
    }

    pub(crate) fn ups_at_once(&self) -> usize {
        self.ups_at_once.load(Ordering::Relaxed)
    }

    /// Reads every site's settings anew. A site that cannot be loaded is an alarm, and the others work.
    ///
    /// # Errors
    /// When the store fails, or no site at all can be loaded.
    pub async fn load_sites(&self) -> Result<(), AppError> {
        let mut secrets = self.store.secret_versions().await?;
        let mut first = None;
        for row in self.store.sites().await? {
            let edition = edition_of(&row, &mut secrets);
            if let Err(error) = Box::pin(self.put_together(&row, edition)).await? {
                first.get_or_insert(error);
            }
        }
        match first {
            Some(error) if self.sites().is_empty() => Err(error),
            Some(_) | None => Ok(()),
        }
    }

    /// Sees what other processes changed on a shared database: settings, modes, secrets, and which remotes are away. A site
    /// that cannot be put together anew goes on as it was, which is said.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn refresh(&self) -> Result<(), StoreError> {
        if !self.store.is_shared() {
            return Ok(());
        }
        let mut secrets = self.store.secret_versions().await?;
        let mut outages: BTreeMap<SiteName, Vec<OutageRow>> = BTreeMap::new();
        for row in self.store.outages(None).await? {
            outages.entry(row.site.clone()).or_default().push(row);
        }
        for row in self.store.sites().await? {
            let edition = edition_of(&row, &mut secrets);
            match self.site(&row.site) {
                Some(site) if site.edition == edition => {
                    site.see_pauses(away_of(outages.remove(&row.site).unwrap_or_default()));
                }
                _ if self.unusable().get(&row.site) == Some(&edition) => {}
                _ => {
                    tracing::info!(site = %row.site, version = row.settings_version, "a site was changed elsewhere");
                    // One that cannot be put together is told as an alarm.
                    let _ = Box::pin(self.put_together(&row, edition)).await?;
                }
            }
        }
        Ok(())
    }

    fn unusable(&self) -> std::sync::MutexGuard<'_, BTreeMap<SiteName, Edition>> {
        self.unusable.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a site together and plans its chores. One that cannot be is an alarm, and the others work.
    async fn put_together(&self, row: &SiteRow, edition: Edition) -> Result<Result<(), AppError>, StoreError> {
        let now = self.clock.now();
        match self.load_site(&row.site, edition.clone()).await {
            Ok(runtime) => {
                self.unusable().remove(&row.site);
                chore::plan(self, &runtime.site, runtime.version).await?;
                let tells = runtime.site.webhook.as_ref().map(|it| it.alarms);
                self.store.tell_programs(&row.site, tells, now).await?;
                self.store.settle(&row.site, Kind::SiteNotLoaded, row.site.as_str(), now).await?;
                self.sites.write().unwrap_or_else(PoisonError::into_inner).insert(row.site.clone(), Arc::new(runtime));
                Ok(Ok(()))
            }
            Err(AppError::Store(error)) => Err(error),
            // One site's trouble does not stop the others.
            Err(error) => {
                self.unusable().insert(row.site.clone(), edition);
                tracing::error!(site = %row.site, %error, "a site cannot be loaded");
                let (name, words) = (&row.site, error.to_string());
                self.store.raise(&NewAlarm::of(name, Kind::SiteNotLoaded, name.as_str(), words, now)).await?;
                Ok(Err(error))
            }
        }
    }

    async fn load_site(&self, name: &SiteName, edition: Edition) -> Result<SiteRuntime, AppError> {
        let unreadable = |why: String| AppError::Settings { site: name.clone(), why };
        let settings =
            self.store.site_settings(name, None).await?.ok_or_else(|| unreadable("they are missing".to_owned()))?;
        let site = SiteFile::parse(&settings.body).map_err(|error| unreadable(error.to_string()))?;
        let mode = match edition.mode.as_str() {
            "shadow" => Mode::Shadow,
            "approve" => Mode::Approve,
            "automatic" => Mode::Automatic,
            other => return Err(unreadable(format!("mode {other} is not known"))),
        };
        let secrets = Secrets::of(&self.store, &self.vault, name);
        let budget = Budget::per_minute(site.tracking.calls_per_minute);
        let ups = crate::remote::build::ups_within(&site, &self.clock, &secrets, &budget).await?;
        let door = Door::of(&self.store, &self.vault, &site, &secrets, self.clock.now()).await?;
        let templates = self.store.site_templates(name, settings.version).await?;
        let templates =
            templates.into_iter().fold(syspro::Templates::shipped(), |it, (name, text)| it.with(&name, text));
        let enet = crate::remote::build::enet(&site, &secrets, templates).await?;
        let odata = crate::remote::build::odata(&site, &secrets).await?;
        let away = away_of(self.store.outages(Some(name)).await?);
        let doubts = self.store.doubts_in_a_row(name, DOUBTS_IN_A_ROW).await?;
        let runtime = SiteRuntime {
            rules: rules_of(&site),
            site,
            version: edition.version,
            edition,
            ups,
            enet,
            odata,
            mode,
            away: Mutex::new(away),
            budget,
            door,
            refused_calls: AtomicU32::new(0),
            doubts: Mutex::new(doubts),
            looked: Mutex::new(BTreeMap::new()),
            known_places: KnownPlaces::default(),
            form_columns: RwLock::new(BTreeMap::new()),
            clock: self.clock.clone(),
        };
        Ok(runtime)
    }

    /// Hears whenever this node has recorded something.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// A site by name.
    pub fn site(&self, name: &SiteName) -> Option<Arc<SiteRuntime>> {
        self.sites.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// All sites.
    pub fn sites(&self) -> Vec<Arc<SiteRuntime>> {
        self.sites.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// Reads what is ready at every site, once.
    ///
    /// # Errors
    /// When the store fails; a remote that is away pauses its site and is no error here.
    pub async fn poll(self: &Arc<Self>) -> Result<Vec<intake::Polled>, StoreError> {
        let mut polled = Vec::new();
        for site in self.sites() {
            polled.extend(self.poll_site(&site).await?);
        }
        Ok(polled)
    }

    /// Reads what is ready at one site, once.
    ///
    /// # Errors
    /// See [`App::poll`].
    pub async fn poll_site(self: &Arc<Self>, site: &Arc<SiteRuntime>) -> Result<Vec<intake::Polled>, StoreError> {
        let mut polled = Vec::new();
        for source in site.site.sources.iter().map(|it| it.source).collect::<Vec<Source>>() {
            polled.push(Box::pin(chore::poll_now(self, site, source)).await?);
        }
        Ok(polled)
    }

    /// Nothing new is begun from here on; what is in hand is finished as far as its call goes, recorded and let go.
    pub fn stop(&self) {
        self.stopping.cancel();
    }

    /// Whether the node was told to stop.
    pub fn is_stopping(&self) -> bool {
        self.stopping.is_cancelled()
    }

    /// Waits until the node is told to stop.
    pub async fn stopped(&self) {
        self.stopping.cancelled().await;
    }

    /// Reads what UPS has told by itself and wakes the shipments it is about.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn read_calls(&self) -> Result<(), StoreError> {
        tracking::inbox::read(self).await
    }

    /// Has UPS call for what was booked, where a site wants to be called and a subscription is due.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn subscribe(&self) -> Result<(), StoreError> {
        engine::subscriptions::carry_out(self).await
    }

    /// Performs everything that is due, shipments and chores beside each other, until nothing is.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn drive(self: &Arc<Self>) -> Result<(), StoreError> {
        self.refresh().await?;
        loop {
            if self.is_stopping() || !self.has_chores_due().await? {
                self.drive_shipments().await?;
            } else {
                let (busy, chores) = watch::channel(true);
                let run_chores = async {
                    let done = chore::drive(self).await;
                    // The receiver lives as long as this does.
                    busy.send_replace(false);
                    done
                };
                // Both to their ends: what is under way in one is not dropped because the other failed.
                let (chores_run, shipments_driven) = tokio::join!(run_chores, self.drive_beside(chores));
                chores_run?;
                shipments_driven?;
            }
            // A shipment's step may have made a chore due.
            if self.is_stopping() || !self.has_chores_due().await? {
                return Ok(());
            }
        }
    }

    async fn has_chores_due(&self) -> Result<bool, StoreError> {
        let due = self.store.next_chore_due(self.clock.real_now(), &[]).await?;
        Ok(due.is_some_and(|due| due <= self.clock.now()))
    }

    /// Performs what is due of shipments, and no chore.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn drive_shipments(self: &Arc<Self>) -> Result<(), StoreError> {
        self.look_at_remotes().await?;
        engine::address_book::carry_out(self).await?;
        self.read_calls().await?;
        engine::drive(self).await?;
        self.subscribe().await
    }

    /// The same, for as long as chores may make more of it due.
    async fn drive_beside(self: &Arc<Self>, mut chores: watch::Receiver<bool>) -> Result<(), StoreError> {
        loop {
            // Looked at before, so that what the last chore brought is still performed.
            let chores_run = *chores.borrow_and_update();
            self.drive_shipments().await?;
            if !chores_run {
                return Ok(());
            }
            let next = self.next_step().await?.unwrap_or(Timestamp::MAX);
            tokio::select! {
                _ = chores.changed() => {}
                () = self.store.hinted() => {}
                () = async { tokio::time::sleep(BREATH).await; self.clock.sleep_until(next).await } => {}
            }
        }
    }

    /// When something will next be due: a shipment, a look at a remote, a chore.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let chore = self.store.next_chore_due(self.clock.real_now(), &[]).await?;
        Ok([self.next_step().await?, chore].into_iter().flatten().min())
    }

    /// The same, apart from polls, which are due for ever.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn next_due_but_polls(&self) -> Result<Option<Timestamp>, StoreError> {
        let chore = self.store.next_chore_due(self.clock.real_now(), &[chore::POLL]).await?;
        Ok([self.next_step().await?, chore].into_iter().flatten().min())
    }

    /// When a shipment or a look at a remote is next due: none, and every shipment rests.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn next_step(&self) -> Result<Option<Timestamp>, StoreError> {
        let shipments = self.store.next_due(self.clock.real_now()).await?;
        // What cannot be looked at needs no look: the shipment that waits for it is due by itself.
        let away = self.sites().into_iter().flat_map(|site| site.outages());
        let probes = away.filter(|(remote, _)| remote.can_be_looked_at()).filter_map(|(_, it)| it.next_probe).min();
        let subscriptions = engine::subscriptions::next_due(self).await?;
        Ok([shipments, probes, subscriptions].into_iter().flatten().filter(|it| *it < Timestamp::MAX).min())
    }

    /// Logs off and lets go of what it has in hand. The store stays open for other nodes of this process.
    pub async fn leave(&self) {
        // What still runs is not let go: its lease ends by itself, and nobody begins it beside this.
        if tokio::time::timeout(CHORES_END, self.chores_at_work.write()).await.is_err() {
            tracing::warn!("a chore is still at work; it stays leased until its lease ends");
        } else if let Err(error) = self.store.chores_let_go(&self.holder).await {
            tracing::warn!(%error, "chores stay leased until their leases end");
        }
        self.sessions.close_all(self).await;
    }

    /// Logs off, lets go of what it has in hand and of the data directory.
    pub async fn close(self: Arc<Self>) {
        self.leave().await;
        self.store.clone().close().await;
    }

    /// Writes down a wish; whoever holds the shipment carries it out.
    ///
    /// # Errors
    /// When the store fails or does not know the shipment.
    ///
    /// # Panics
    /// Never: a wish always serializes.
    pub async fn wish(
        &self,
        site: &SiteName,
        id: ShipmentId,
        wish: &engine::wishes::Wish,
        actor: &str,
        reason: &str,
    ) -> Result<(), StoreError> {
        let body = serde_json::to_value(wish).expect("a wish can be written as JSON");
        let kind = body.get("kind").and_then(serde_json::Value::as_str).unwrap_or("wish").to_owned();
        let new = NewWish { kind, body, actor: actor.to_owned(), reason: reason.to_owned(), at: self.clock.now() };
        self.store.wish(site, id, &new).await.map(drop)
    }

    /// Makes a journey's record durable and keeps the shipment in hand.
    pub(crate) async fn record_and_keep(
        &self,
        journey: &mut Journey,
        now: Timestamp,
        lease: Timestamp,
    ) -> Result<Kept, StoreError> {
        let next = journey.next(now);
        let real_now = self.clock.real_now();
        let lease = Lease::of(real_now, lease.duration_since(real_now));
        let record = journey.record(now, next, Some(lease));
        let recorded = self.store.record(record).await?;
        self.changed.send_modify(|count| *count = count.wrapping_add(1));
        match recorded {
            // A wish that came meanwhile was not loaded with the claim: the next record must still find the row woken.
            Recorded::Done { .. } => Ok(Kept::Yes),
            Recorded::FencedOff => Ok(Kept::Lost),
            Recorded::Linked(other) => Ok(Kept::Linked(other)),
        }
    }

    /// Makes a journey's record durable and lets the shipment go.
    pub(crate) async fn commit(&self, record: Record) -> Result<(), StoreError> {
        let handed_over = record.state.lane.is_some();
        let id = record.id;
        match self.store.record(record).await? {
            // Only an intent is refused for another shipment's sake, and an intent is never let go.
            Recorded::Done { .. } | Recorded::Linked(_) => {}
            Recorded::FencedOff => {
                tracing::warn!(shipment = %id, "another holder has the shipment; only evidence was kept");
            }
        }
        self.changed.send_modify(|count| *count = count.wrapping_add(1));
        if handed_over {
            self.handed_over.notify_one();
        }
        Ok(())
    }

    pub(crate) async fn accepted_address(
        &self,
        site: &SiteName,
        memory_key: &str,
    ) -> Result<Option<AcceptedAddress>, StoreError> {
        let Some(stored) = self.store.accepted_address(site, memory_key).await? else { return Ok(None) };
        serde_json::from_str(&stored)
            .map(Some)
            .map_err(|error| StoreError::Unreadable { what: "accepted address", why: error.to_string() })
    }

    pub(crate) async fn remember_address(
        &self,
        journey: &Journey,
        address: &Address,
        by: &str,
    ) -> Result<(), StoreError> {
        let document = &journey.state().received().document;
        let site = &journey.site.site;
        // Only an address the map can read has a text to remember it by.
        let Ok(mapped) = site.address.read(document, &site.phone) else { return Ok(()) };
        let accepted = AcceptedAddress { address: address.clone(), class: Class::Unknown };
        let new = NewAcceptedAddress {
            memory_key: memory_key(document, &mapped),
            address: written(&accepted),
            actor: by.to_owned(),
            at: self.clock.now(),
        };
        self.store.remember_address(&site.name, &new).await
    }
}

fn edition_of(row: &SiteRow, secrets: &mut BTreeMap<SiteName, Vec<(String, i64)>>) -> Edition {
    let secrets = secrets.remove(&row.site).unwrap_or_default();
    Edition { version: row.settings_version, mode: row.mode.clone(), secrets }
}

fn rules_of(site: &Site) -> ours::Rules {
    // An empty list says nothing, so it is no rule.
    let codes = |list: fn(&SourceSettings) -> &Vec<String>| {
        let said = site.sources.iter().filter(|it| !list(it).is_empty());
        said.map(|it| (it.source, list(it).clone())).collect::<BTreeMap<_, _>>()
    };
    ours::Rules {
        warehouses: site.sources.iter().map(|it| (it.source, it.warehouses.clone())).collect(),
        ready_statuses: codes(|it| &it.ready),
        finished_statuses: codes(|it| &it.finished),
        document_types: codes(|it| &it.document_types),
        ship_via: site.ship_via.clone(),
        docks: site
            .ship_froms
            .iter()
            .filter_map(|it| ours::Dock::at(&it.address.postal_code, &it.address.lines))
            .collect(),
    }
}

/// Opens a site's secrets one by one, for building its clients.
pub(crate) struct Secrets<'a> {
    store: &'a Store,
    vault: &'a Vault,
    site: &'a SiteName,
    /// One that is to be tried before it replaces what is stored.
    candidate: Option<(SecretName, &'a SecretString)>,
}

impl<'a> Secrets<'a> {
    pub(crate) fn of(store: &'a Store, vault: &'a Vault, site: &'a SiteName) -> Self {
        Self { store, vault, site, candidate: None }
    }

    /// The same, with one secret that is not stored yet.
    pub(crate) fn with(self, name: SecretName, secret: &'a SecretString) -> Self {
        Self { candidate: Some((name, secret)), ..self }
    }

    pub(crate) async fn open(&self, name: SecretName) -> Result<SecretString, AppError> {
        self.maybe(name)
            .await?
            .ok_or_else(|| AppError::NoSecret { site: self.site.clone(), name: name.as_str().to_owned() })
    }

    pub(crate) async fn maybe(&self, name: SecretName) -> Result<Option<SecretString>, AppError> {
        if let Some((_, secret)) = self.candidate.filter(|(candidate, _)| *candidate == name) {
            return Ok(Some(secret.clone()));
        }
        let Some(row) = self.store.secret(self.site, name.as_str()).await? else { return Ok(None) };
        let opened = self.vault.open(&row.sealed).map_err(|source| AppError::Secret {
            site: self.site.clone(),
            name: name.as_str().to_owned(),
            source,
        })?;
        Ok(Some(opened))
    }
}
