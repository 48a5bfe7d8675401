//! The whole product on one machine: both pretended systems, the connector and its console in one process.
//!
//! ```text
//! sandbox (UPS, SYSPRO) ◄── real HTTP ──► App ─► store, labels in a folder
//!      ├──────── one driven business clock ───┤      └─► console, terminal lines, summary
//!      └─ calls at every scan (Track Alert) ──┘
//! ```
//!
//! Nothing is short-circuited: the site is applied from a site file, the secrets are sealed, labels are bought over
//! loopback and tracking numbers are read back from the pretended SYSPRO. Only time is special: it stands still while
//! work is under way and then jumps to the next moment at which something is due, so parcels are delivered within a
//! minute. The summary counts labels from the sandbox's ledger and tracking numbers from its SYSPRO, never from our store.

mod story;
mod summary;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use jiff::{SignedDuration, Timestamp};
use sandbox::Sandbox;
use sandbox::ups::{Fate, WebhookToken};
use secrecy::{ExposeSecret as _, SecretString};
use shipment::number::{ShipmentId, SiteName};
use shipment::state::{Stage, State};
use shipment::tracking::explain;
use tokio::net::TcpListener;

pub use story::Story;
pub use summary::Summary;

use crate::app::App;
use crate::clock::Clock;
use crate::config::{Mode, SiteFile, Start, pretend_secrets, pretend_site};
use crate::engine::life::Life;
use crate::store::{Options, ShipmentRow, SiteApplication, Store};
use crate::vault::{MasterKey, Vault};
use crate::web;
use crate::web::webhook::Webhook;

/// A Monday morning at the pretended warehouse.
const START: &str = "2026-09-14T13:00:00Z";
/// After so much business time the demo ends whatever is still open.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 45);
/// The longest step of the clock while somebody watches.
const WATCHED_STEP: SignedDuration = SignedDuration::from_hours(2);
/// A poll that read nothing is repeated after this.
const POLL_AGAIN: SignedDuration = SignedDuration::from_mins(1);
/// How long a step is shown.
const SHOWN: Duration = Duration::from_millis(600);
/// Of a thousand calls on a bad day, so many go wrong.
const BAD_DAY: u32 = 30;
/// On a bad day somebody logs on with the connector's operator every so many steps.
const KICKED_EVERY: usize = 9;

/// What is to be shown.
#[derive(Debug, Clone)]
pub struct Demo {
    /// Documents of ours.
    pub orders: usize,
    /// Decides every invented thing.
    pub seed: u64,
    /// Lost answers, errors, lost sessions.
    pub faults: bool,
    /// Nobody watches: no pauses, no page.
    pub headless: bool,
    /// Where the data goes.
    pub data_dir: PathBuf,
}

/// A running demo.
#[derive(Debug)]
pub struct Running {
    demo: Demo,
    sandbox: Sandbox,
    app: Arc<App>,
    clock: Clock,
    started: std::time::Instant,
    console: Option<web::Console>,
    webhook: Webhook,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("data_dir", &self.data_dir).finish_non_exhaustive()
    }
}

impl Demo {
    /// Starts the pretended systems and the connector over them.
    ///
    /// # Errors
    /// When no port is free or the data directory cannot be used.
    pub async fn start(self) -> anyhow::Result<Running> {
        let start: Timestamp = START.parse()?;
        // Parcels may be late or find nobody in, but none is refused: the demo ends when all have arrived.
        let ups = sandbox::ups::Manners { refusals: false, ..sandbox::ups::Manners::default() };
        let settings = sandbox::Settings { seed: self.seed, orders: self.orders, ups, ..sandbox::Settings::new(start) };
        let sandbox = Sandbox::start(settings).await.context("the pretended systems cannot listen on loopback")?;
        let clock = Clock::driven(start);
        let started = clock.monotonic();
        let store = Store::open(&self.data_dir, Options::default()).await?;
        let vault = vault_of(&self.data_dir)?;
        let calls = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let public_url = format!("http://{}", calls.local_addr()?);
        apply(&store, &vault, &sandbox, &public_url, start).await?;
        let app = App::new(store, vault, clock.clone(), &self.data_dir).await?;
        let webhook = Webhook::over(Arc::clone(&app), calls, None)?;
        register(&sandbox, &app);
        let console = match self.headless {
            true => None,
            false => Some(web::Console::open(Arc::clone(&app), web::Settings::demo()).await?),
        };
        if self.faults {
            sandbox.faults().sprinkle(self.seed, BAD_DAY);
        }
        Ok(Running { demo: self, sandbox, app, clock, started, console, webhook })
    }
}

/// A folder of its own per run below or beside `base`, so that what was shown stays to be looked at.
///
/// # Errors
/// When it cannot be made, or there are too many.
pub fn fresh_folder(base: &Path) -> anyhow::Result<PathBuf> {
    let name = base.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
    for number in 1..10_000 {
        let folder = base.with_file_name(format!("{name}-{number}"));
        if !folder.exists() {
            std::fs::create_dir_all(&folder)?;
            return Ok(folder);
        }
    }
    bail!("there are too many folders like {}; delete some", base.display())
}

/// The demo's own master key, beside its data: nothing in it is worth a secret.
fn vault_of(data_dir: &Path) -> anyhow::Result<Vault> {
    let master = MasterKey::generate()?;
    let file = data_dir.join("demo.key");
    master.save_new(&file).with_context(|| format!("the demo's key cannot be written to {}", file.display()))?;
    Ok(Vault::new(master))
}

async fn apply(store: &Store, vault: &Vault, sandbox: &Sandbox, public_url: &str, at: Timestamp) -> anyhow::Result<()> {
    let alerts = format!("\n[tracking.alerts]\npublic_url = \"{public_url}\"\n");
    let body = pretend_site(sandbox, Mode::Automatic, Start::Everything) + &alerts;
    let site = SiteFile::parse(&body)?;
    let written = pretend_secrets(sandbox);
    let mut secrets = Vec::new();
    for (name, source) in site.secrets() {
        let secret = match source {
            crate::config::SecretSource::File(file) => {
                let file = file.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
                let known = written.iter().find(|(name, _)| *name == file).map(|(_, secret)| *secret);
                SecretString::from(known.context("a pretended secret is missing")?.to_owned())
            }
            plain => plain.read(Path::new("."))?,
        };
        secrets.push(vault.seal(&site.name, name.as_str(), 1, &secret)?);
    }
    let application = SiteApplication {
        templates: Vec::new(),
        site: site.name.clone(),
        body,
        mode: Some("automatic".to_owned()),
        environment: site.ups.environment.as_str().to_owned(),
        secrets,
        actor: "demo".to_owned(),
        at,
    };
    store.apply_site(&application).await?;
    Ok(())
}

/// What a company enters on UPS's developer portal: where to call, and with which credentials.
fn register(sandbox: &Sandbox, app: &App) {
    for site in app.sites() {
        let (Some(alerts), Some(door)) = (&site.site.tracking.alerts, &site.door) else { continue };
        let Some(client_secret) = door.client_secret() else { continue };
        let token = WebhookToken::Fetched {
            token_url: alerts.token_address(door.path()).to_string(),
            client_id: door.client_id(),
            client_secret: client_secret.expose_secret().to_owned(),
        };
        let url = alerts.address(door.path()).to_string();
        sandbox.ups().register_webhook(Some(sandbox::ups::Webhook { url, api_key: None, token }));
    }
}

impl Running {
    /// The link that opens the console, if somebody watches.
    pub fn console(&self) -> Option<&str> {
        self.console.as_ref().and_then(web::Console::entry)
    }

    /// The pretended UPS and SYSPRO, for those who want to look.
    pub fn addresses(&self) -> [(&'static str, String); 4] {
        [
            ("UPS", self.sandbox.ups_url()),
            ("SYSPRO", self.sandbox.enet_url()),
            ("ledger and faults", self.sandbox.control_url()),
            ("UPS calls at", self.webhook.url()),
        ]
    }

    /// Runs until every order is delivered, held or at the desk, telling each step.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn until_quiet(&self, mut tell: impl FnMut(&Moment)) -> anyhow::Result<Summary> {
        let end = self.clock.now() + LONGEST;
        let mut step = 0_usize;
        let mut stages = BTreeMap::new();
        let mut in_trouble = None;
        loop {
            let polled = self.app.poll().await?;
            self.app.drive().await?;
            in_trouble = in_trouble.or_else(|| self.one_in_trouble());
            tell(&self.moment(&mut stages).await?);
            // Where nothing could be read, there is another poll to come.
            let unread = polled.iter().any(|it| it.trouble.is_some()).then(|| self.clock.now() + POLL_AGAIN);
            let due = self.app.next_step().await?;
            let Some(next) = [due, unread].into_iter().flatten().min() else { break };
            if next > end {
                break;
            }
            step += 1;
            if self.demo.faults && step.is_multiple_of(KICKED_EVERY) {
                self.sandbox.syspro().kick(self.sandbox.credentials().syspro_operator);
            }
            self.advance(next).await?;
        }
        self.sandbox.faults().clear();
        self.summary().await
    }

    /// Of all the first labels one meets nobody at the door: which trouble the dice deal out hangs on the order in which
    /// numbers are sold, and every visitor is to see one and its end. Its number, once there is a label.
    fn one_in_trouble(&self) -> Option<String> {
        let labels = self.sandbox.ledger().labels.into_iter();
        let first = labels.filter(|it| !it.voided).min_by(|a, b| a.references.cmp(&b.references))?;
        self.sandbox.ups().decide_fate(&first.tracking_number, Fate::SecondAttempt).then_some(first.tracking_number)
    }

    /// Does what people ask for afterwards, the clock standing still, until the node is told to stop.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn attend(&self) -> anyhow::Result<()> {
        while !self.app.is_stopping() {
            self.app.drive().await?;
            tokio::select! {
                () = self.app.store.hinted() => {}
                () = tokio::time::sleep(SHOWN) => {}
                () = self.app.stopped() => {}
            }
        }
        Ok(())
    }

    async fn advance(&self, next: Timestamp) -> anyhow::Result<()> {
        let now = self.clock.now();
        let to = if self.demo.headless { next } else { next.min(now + WATCHED_STEP) };
        self.sandbox.clock().set(to.max(now));
        self.clock.advance_to(to.max(now))?;
        self.sandbox.ups().webhooks_settled().await;
        if !self.demo.headless {
            tokio::time::sleep(SHOWN).await;
        }
        Ok(())
    }

    async fn moment(&self, known: &mut BTreeMap<ShipmentId, Known>) -> anyhow::Result<Moment> {
        let counts = self.app.store.counts(None).await?;
        let news = if self.demo.headless { Vec::new() } else { self.news(known).await? };
        let calls = self.sandbox.ups().webhooks_sent().len();
        Ok(Moment { at: self.clock.now(), stages: counts.stages, holds: counts.holds, calls, news })
    }

    /// What has become of shipments since the last moment, one sentence each.
    async fn news(&self, known: &mut BTreeMap<ShipmentId, Known>) -> anyhow::Result<Vec<String>> {
        let (mut people, mut news) = (Vec::new(), Vec::new());
        for row in summary::all(&self.app).await? {
            let before = known.get(&row.id);
            if before.map(|it| &it.stage) != Some(&row.stage) {
                // What needs a person is told before what went well.
                let needs_you = row.hold_code.is_some() || row.stage == Stage::InDoubt.as_str();
                if needs_you {
                    people.extend(sentence(&row));
                } else {
                    news.extend(sentence(&row));
                }
            }
            let trouble = trouble_of(&row);
            let shown = summary::status_in_syspro(&self.sandbox, &row)?;
            news.extend(on_the_way(&row, before.and_then(|it| it.trouble.as_deref()), trouble.as_deref(), &shown));
            known.insert(row.id, Known { stage: row.stage, trouble });
        }
        people.append(&mut news);
        Ok(people)
    }

    async fn summary(&self) -> anyhow::Result<Summary> {
        let elapsed = self.clock.monotonic().duration_since(self.started);
        Summary::count(&self.app, &self.sandbox, elapsed).await
    }

    /// The site the demo runs.
    pub fn site(&self) -> Option<SiteName> {
        self.app.sites().first().map(|it| it.site.name.clone())
    }

    /// Logs off and lets the data directory go.
    pub async fn close(self) {
        drop(self.console);
        self.app.close().await;
    }
}

/// What was told of a shipment last.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Known {
    stage: String,
    trouble: Option<String>,
}

/// What is wrong with a parcel on its way, in plain words.
fn trouble_of(row: &ShipmentRow) -> Option<String> {
    let State::Booked(booked) = Life::read(&row.state).ok()?.state else { return None };
    let summary = booked.tracking.summary.as_ref()?;
    let plain = explain(&summary.evidence)?;
    Some(format!("{}; {}", plain.what, plain.next))
}

/// An exception and its end, and what SYSPRO shows of it.
fn on_the_way(row: &ShipmentRow, before: Option<&str>, after: Option<&str>, shown: &str) -> Option<String> {
    let document = row.document.canonical();
    match (before, after) {
        (before, Some(after)) if before != Some(after) => {
            Some(format!("{document}  UPS calls: {after} (SYSPRO shows {shown})"))
        }
        (Some(_), None) if row.stage == Stage::Booked.as_str() => {
            Some(format!("{document}  UPS calls: it goes on its way again (SYSPRO shows {shown})"))
        }
        _ => None,
    }
}

/// A change of stage that a person at the dock would speak of.
fn sentence(row: &ShipmentRow) -> Option<String> {
    let state = Life::read(&row.state).ok()?.state;
    let document = row.document.canonical();
    Some(match state.stage() {
        Stage::Booked => {
            let waybill = state.waybill()?;
            let packages = waybill.tracking_numbers.len();
            let more = if packages > 1 { format!(" and {} more", packages - 1) } else { String::new() };
            let cost = waybill.charges.words().map(|it| format!(", {it}")).unwrap_or_default();
            let found = if waybill.adopted { " (its answer was lost; found again by our reference)" } else { "" };
            format!("{document}  label {}{more}{cost}{found}", waybill.shipment_number)
        }
        Stage::Held => {
            let hold = state.hold()?;
            format!("{document}  held for {}: {}", hold.owner(), hold.words())
        }
        Stage::Booking => format!("{document}  asked UPS for a label and got no answer; asking by our reference"),
        Stage::InDoubt => format!("{document}  UPS knows no label of ours; a person decides"),
        Stage::Delivered => format!("{document}  delivered"),
        Stage::Ended => format!("{document}  {}", state.stage().as_str()),
        _ => return None,
    })
}

/// What stands where at a moment of business time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// The moment.
    pub at: Timestamp,
    /// Shipments per stage.
    pub stages: BTreeMap<String, i64>,
    /// Shipments per reason of a hold.
    pub holds: BTreeMap<String, i64>,
    /// Calls of UPS so far.
    pub calls: usize,
    /// What has just become of single shipments; nothing when nobody watches.
    pub news: Vec<String>,
}

impl Moment {
    /// One line for the terminal.
    pub fn line(&self) -> String {
        let count = |names: &[&str]| names.iter().filter_map(|name| self.stages.get(*name)).sum::<i64>();
        format!(
            "{}  preparing {:>3} · on the way {:>3} · delivered {:>3} · held {:>3} · in doubt {:>2} · UPS called {:>4}",
            self.at.strftime("%a %d %b %H:%M UTC"),
            count(&["received", "addressed", "packed", "rated"]),
            count(&["booked"]),
            count(&["delivered", "ended"]),
            count(&["held"]),
            count(&["booking", "in_doubt"]),
            self.calls,
        )
    }
}
