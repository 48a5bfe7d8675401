//! `serve`: the connector at work, until it is told to stop.
//!
//! ```text
//! chores:    run what is due ─ sleep until due ─ …                  ┐
//! shipments: drive ─ sleep until due, hinted or probed ─ …           ┴─► told to stop ─► finish or hand back ─► log off ─► end
//! ```
//!
//! A failure of the store ends it, because nothing may be done that cannot be recorded; a failure of UPS or SYSPRO
//! never does. A PostgreSQL that is away is waited for: nothing is begun meanwhile, and it goes on by itself. Being killed costs nothing that the next start does not find again; being asked to stop saves it the
//! finding.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use jiff::SignedDuration;
use reqwest::Url;
use serde_json::json;

use super::Outcome;
use super::context::Context;
use crate::app::App;
use crate::chore;
use crate::service::told_to_stop;
use crate::store::StoreError;
use crate::web;
use crate::web::webhook::{Certificate, Webhook};

/// Hints can be missed, so the engine also looks by itself.
const LOOK_BY_ITSELF: SignedDuration = SignedDuration::from_mins(1);
/// On a database of several nodes, for what another process put there. Hints make it quicker, when they arrive.
const LOOK_AT_OTHERS: SignedDuration = SignedDuration::from_secs(2);
/// What another process changed (settings, secrets, pauses) is seen within this time, however busy the node is.
const LOOK_AROUND: Duration = Duration::from_secs(5);
/// The first and the longest pause while PostgreSQL is away.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// Another node may have taken a call in and died.
const LOOK_INTO_INBOX: Duration = Duration::from_secs(15);
/// Between two rounds of the engine, however much seems to be due: what is due and cannot be done must not heat the room.
const BREATH: Duration = Duration::from_millis(200);
/// Logging off and closing the store.
const LEAVING: Duration = Duration::from_secs(10);

#[derive(Debug, Args)]
#[command(after_help = "\
Reads every site as often as its schedule says and does what is due, until Ctrl-C or SIGTERM. The \
console is served with it; /healthz answers 200 while the store does. At the first start it prints \
an address with a one-time token that makes the first administrator, and listens on this machine \
only. No site is needed for that: the console begins with a pretended warehouse, or with your \
systems. Afterwards --listen may be any address, with a certificate of its own or behind a proxy \
that has one. The data directory is held: other commands on it end with exit code 3 meanwhile. With \
--database-url they run beside it, and so do more nodes, each with a data directory of its own; a \
database that is away is waited for.

Told to stop, it begins nothing new, finishes the calls under way, logs off and ends, all within \
--stop-within and ten seconds. A second Ctrl-C ends it at once, and that loses nothing either: a \
label whose answer did not arrive is asked for at the next start.

  ml-connector serve --log info
  ml-connector serve --listen 127.0.0.1:9000 --log-format json
  ml-connector serve --webhook-listen 0.0.0.0:8443 --webhook-cert chain.pem --webhook-key key.pem
                                       UPS calls here: see site webhook and docs/tracking.md
  ml-connector serve --listen 0.0.0.0:8443 --tls-cert chain.pem --tls-key key.pem
  ml-connector serve --listen 10.0.0.5:8080 --public-url https://shipping.example.com

Exit codes: 0 stopped as asked, 1 failed, 3 another process holds the data.")]
pub(crate) struct Serve {
    /// Where the console listens; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Where UPS calls, an address of its own that may face the internet: only the webhook answers there
    #[arg(long, value_name = "ADDRESS")]
    webhook_listen: Option<SocketAddr>,
    /// The webhook's certificate chain in PEM; without it the webhook speaks plain http, for a reverse proxy in front
    #[arg(long, value_name = "FILE", requires = "webhook_listen", requires = "webhook_key")]
    webhook_cert: Option<PathBuf>,
    /// The key of the webhook's certificate in PEM
    #[arg(long, value_name = "FILE", requires = "webhook_cert")]
    webhook_key: Option<PathBuf>,
    /// The certificate chain for the console, PEM
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The certificate's private key, PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// How browsers reach the console when a proxy in front has the certificate
    #[arg(long, value_name = "URL", conflicts_with = "tls_cert")]
    public_url: Option<Url>,
    /// How many shipments of this node talk to UPS at once
    #[arg(long, value_name = "COUNT", default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=256))]
    ups_at_once: u16,
    /// How long calls under way may take to finish once it is told to stop
    #[arg(long, value_name = "SECONDS", default_value_t = 75)]
    stop_within: u64,
}

pub(crate) async fn run(context: &Context, wanted: Serve) -> anyhow::Result<Outcome> {
    let app = context.app().await?;
    let served = serve(context, &app, &wanted).await;
    if tokio::time::timeout(LEAVING, Arc::clone(&app).close()).await.is_err() {
        tracing::warn!("SYSPRO did not answer the logoff in time; the seat is freed when it idles out");
    }
    served.map(|()| Outcome::Well)
}

async fn serve(context: &Context, app: &Arc<App>, wanted: &Serve) -> anyhow::Result<()> {
    let sites: Vec<String> = app.sites().iter().map(|it| it.site.name.to_string()).collect();
    app.limit_ups(usize::from(wanted.ups_at_once));
    web::metrics::count_from_now_on();
    let settings = web::Settings {
        tls: wanted.tls_cert.clone().zip(wanted.tls_key.clone()),
        public_url: wanted.public_url.clone(),
        ..web::Settings::on(wanted.listen)
    };
    let console = web::Console::open(Arc::clone(app), settings).await;
    let console = console
        .with_context(|| format!("the console cannot listen on {}; see `ml-connector serve --help`", wanted.listen))?;
    context.out.value(&json!({ "page": console.url(), "entry": console.entry(), "sites": sites }))?;
    match sites.as_slice() {
        [] => context.out.say("no site yet: the console shows how to try it or to connect your systems"),
        sites => context.out.say(format!("serving {}", sites.join(", "))),
    }
    context.out.say(format!("console {}, stop with Ctrl-C", console.url()));
    if let Some(entry) = console.entry() {
        context.out.say(format!("\nnobody can log in yet; make the first administrator here, once:\n  {entry}\n"));
    }
    let webhook = webhook(app, wanted).await?;
    if let Some(webhook) = &webhook {
        context.out.say(format!("webhook {}", webhook.url()));
    }
    let mut work = Box::pin(work(app));
    tokio::select! {
        failed = &mut work => return Ok(failed?),
        told = told_to_stop() => told.context("the signal to stop cannot be heard")?,
    }
    app.stop();
    context.out.say(format!("stopping: calls under way may take up to {} s", wanted.stop_within));
    tokio::select! {
        ended = &mut work => ended?,
        () = tokio::time::sleep(Duration::from_secs(wanted.stop_within)) => {
            tracing::warn!("calls were still under way; what they did is looked up at the next start");
        }
        _ = told_to_stop() => tracing::warn!("stopped at once; what is under way is looked up at the next start"),
    }
    context.out.value(&json!({ "stopped": true }))?;
    Ok(())
}

async fn webhook(app: &Arc<App>, wanted: &Serve) -> anyhow::Result<Option<Webhook>> {
    let Some(address) = wanted.webhook_listen else { return Ok(None) };
    let files = wanted.webhook_cert.as_ref().zip(wanted.webhook_key.as_ref());
    let certificate = files.map(|(chain, key)| Certificate::read(chain, key)).transpose()?;
    let webhook = Webhook::open(Arc::clone(app), address, certificate).await;
    let failed = || format!("the webhook cannot listen on {address}; name another with --webhook-listen");
    webhook.map(Some).with_context(failed)
}

/// Reads what UPS calls, and has it call, beside the engine: a busy hour must keep neither waiting.
async fn listen(app: &Arc<App>) -> Result<(), StoreError> {
    let mut pause = FIRST_PAUSE;
    while !app.is_stopping() {
        let heard = match app.read_calls().await {
            Ok(()) => app.subscribe().await,
            Err(error) => Err(error),
        };
        match heard {
            Ok(()) => pause = FIRST_PAUSE,
            Err(error) => outlast(app, error, &mut pause).await?,
        }
        tokio::select! {
            () = app.store.called() => {}
            () = tokio::time::sleep(LOOK_INTO_INBOX) => {}
            () = app.stopped() => {}
        }
    }
    Ok(())
}

/// Does what is due and hears what UPS calls, until the node is told to stop.
async fn work(app: &Arc<App>) -> Result<(), StoreError> {
    tokio::try_join!(chores(app), ship(app), listen(app), look_around(app)).map(drop)
}

/// Waits a moment for a database that is away; any other failure of the store ends the work.
async fn outlast(app: &App, error: StoreError, pause: &mut Duration) -> Result<(), StoreError> {
    if !error.is_away() {
        return Err(error);
    }
    tracing::error!(
        error = &error as &dyn std::error::Error,
        "the database is away; nothing is begun until it is back"
    );
    tokio::select! {
        () = tokio::time::sleep(*pause) => {}
        () = app.stopped() => {}
    }
    *pause = (*pause * 2).min(LONGEST_PAUSE);
    Ok(())
}

/// Sees what other nodes and commands changed.
async fn look_around(app: &App) -> Result<(), StoreError> {
    let mut pause = FIRST_PAUSE;
    while app.store.is_shared() && !app.is_stopping() {
        match app.refresh().await {
            Ok(()) => pause = FIRST_PAUSE,
            Err(error) => outlast(app, error, &mut pause).await?,
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_AROUND) => {}
            () = app.stopped() => {}
        }
    }
    Ok(())
}

/// Runs what is periodic.
async fn chores(app: &Arc<App>) -> Result<(), StoreError> {
    let mut pause = FIRST_PAUSE;
    while let Err(error) = chore::serve(app).await {
        outlast(app, error, &mut pause).await?;
    }
    Ok(())
}

/// Moves shipments on.
async fn ship(app: &Arc<App>) -> Result<(), StoreError> {
    let mut pause = FIRST_PAUSE;
    while !app.is_stopping() {
        let due = match app.drive_shipments().await {
            Ok(()) => app.next_step().await,
            Err(error) => Err(error),
        };
        let due = match due {
            Ok(due) => due,
            Err(error) => {
                outlast(app, error, &mut pause).await?;
                continue;
            }
        };
        pause = FIRST_PAUSE;
        let look = app.clock.now() + if app.store.is_shared() { LOOK_AT_OTHERS } else { LOOK_BY_ITSELF };
        let next = due.map_or(look, |due| due.min(look));
        tokio::select! {
            () = async { tokio::time::sleep(BREATH).await; app.clock.sleep_until(next).await } => {}
            () = app.store.hinted() => {}
            () = app.stopped() => {}
        }
    }
    Ok(())
}
