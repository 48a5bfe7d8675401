//! `sandbox`: the pretended systems alone, for a connector in another terminal.
//!
//! ```text
//! this process: UPS · SYSPRO · control address ◄─ HTTP ─ ml-connector sync, ping, … in another terminal
//!                     └─ its clock's lead ─► --clock-file ─► the other terminal's business time
//! ```

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::clock::Clock;
use crate::config::{Mode, Start, pretend_secrets, pretend_site};
use anyhow::Context as _;
use clap::{Args, ValueEnum};
use serde_json::json;

use super::Outcome;
use super::context::Context;

/// How often the clock file follows a clock that was moved over the control address.
const FOLLOW: Duration = Duration::from_millis(100);

#[derive(Debug, Args)]
#[command(after_help = "\
Nothing here is real: labels are marked SAMPLE and cost nothing. The control address shows the ledger of effects, \
changes orders, sets faults and moves the time. --site-folder writes a site file and its secrets for this sandbox.

In one terminal:
  ml-connector sandbox --site-folder try --clock-file try/clock
In another:
  ml-connector key new try/key
  export ML_CONNECTOR_DATA_DIR=try/data ML_CONNECTOR_KEY_FILE=try/key
  export ML_CONNECTOR_CLOCK_FILE=try/clock
  ml-connector site apply try/site.toml
  ml-connector ping
  ml-connector sync
  curl -X POST localhost:8090/clock -d '{\"advance\": \"PT36H\"}'")]
pub(crate) struct Sandbox {
    /// How many documents of ours the distributor has ready
    #[arg(long, value_name = "N", default_value_t = 40)]
    orders: usize,
    /// Decides every invented thing; the same seed gives the same company
    #[arg(long, value_name = "S", default_value_t = 7)]
    seed: u64,
    /// The address to listen on
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    listen: IpAddr,
    /// UPS's port; 0 takes a free one, here and below
    #[arg(long, value_name = "PORT", default_value_t = 8091)]
    ups_port: u16,
    /// SYSPRO's port
    #[arg(long, value_name = "PORT", default_value_t = 8092)]
    syspro_port: u16,
    /// The control address's port
    #[arg(long, value_name = "PORT", default_value_t = 8090)]
    control_port: u16,
    /// Which of UPS's hosts is pretended
    #[arg(long, value_name = "MODE", value_enum, default_value_t = UpsMode::ProdLike)]
    ups_mode: UpsMode,
    /// One of UPS's manners, as GET /ups/manners on the control address names them; may be given several times
    #[arg(long = "ups", value_name = "NAME=VALUE")]
    ups_manners: Vec<String>,
    /// A folder to write a site file and its secrets to
    #[arg(long, value_name = "FOLDER")]
    site_folder: Option<PathBuf>,
}

/// UPS's hosts.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum UpsMode {
    /// unique numbers; labels can be recovered, voided and tracked
    ProdLike,
    /// UPS's test environment: masked numbers, nothing recoverable, canned voids
    CieLike,
}

fn ups_manners(wanted: &Sandbox) -> anyhow::Result<::sandbox::ups::Manners> {
    let mode = match wanted.ups_mode {
        UpsMode::ProdLike => ::sandbox::ups::Mode::ProdLike,
        UpsMode::CieLike => ::sandbox::ups::Mode::CieLike,
    };
    let mut manners = ::sandbox::ups::Manners { mode, ..::sandbox::ups::Manners::default() };
    for given in &wanted.ups_manners {
        let (name, value) = given.split_once('=').with_context(|| format!("--ups {given}: NAME=VALUE is expected"))?;
        manners.set(name, value).with_context(|| format!("--ups {given}"))?;
    }
    Ok(manners)
}

pub(crate) async fn run(context: &Context, wanted: Sandbox) -> anyhow::Result<Outcome> {
    let at = |port| SocketAddr::from((wanted.listen, port));
    let settings = ::sandbox::Settings {
        seed: wanted.seed,
        orders: wanted.orders,
        running_clock: true,
        ups_addr: at(wanted.ups_port),
        syspro_addr: at(wanted.syspro_port),
        control_addr: at(wanted.control_port),
        ups: ups_manners(&wanted)?,
        ..::sandbox::Settings::new(context.clock.now())
    };
    let sandbox = ::sandbox::Sandbox::start(settings).await.with_context(|| {
        format!("the sandbox cannot listen on {}; other ports can be given, see --help", wanted.listen)
    })?;
    if let Some(folder) = &wanted.site_folder {
        write_site(folder, &sandbox)?;
    }
    tell(context, &sandbox, wanted.site_folder.as_deref())?;
    tokio::select! {
        stopped = tokio::signal::ctrl_c() => stopped.context("the signal to stop cannot be heard")?,
        moved = lead(&context.clock, context.clock_file().is_some(), &sandbox) => moved?,
    }
    let ledger = sandbox.ledger();
    context.out.say(format!("labels bought: {}", ledger.labels_bought()));
    context.out.value(&json!({ "labels_bought": ledger.labels_bought() }))?;
    Ok(Outcome::Well)
}

fn write_site(folder: &Path, sandbox: &::sandbox::Sandbox) -> anyhow::Result<()> {
    let written = |file: &str, text: &str| {
        std::fs::write(folder.join(file), text)
            .with_context(|| format!("{} cannot be written", folder.join(file).display()))
    };
    std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    for (file, secret) in pretend_secrets(sandbox) {
        written(&file, secret)?;
    }
    written("site.toml", &pretend_site(sandbox, Mode::Approve, Start::Everything))
}

fn tell(context: &Context, sandbox: &::sandbox::Sandbox, folder: Option<&Path>) -> anyhow::Result<()> {
    let known = sandbox.credentials();
    context.out.value(&json!({
        "ups": sandbox.ups_url(), "enet": sandbox.enet_url(), "odata": sandbox.odata_url(),
        "control": sandbox.control_url(), "credentials": known, "site_folder": folder,
    }))?;
    context.out.facts(&[
        ("ups", sandbox.ups_url()),
        (
            "",
            format!(
                "client id {}, secret {}, account {}",
                known.ups_client_id, known.ups_client_secret, known.ups_account
            ),
        ),
        ("syspro", sandbox.enet_url()),
        (
            "",
            format!(
                "operator {}, password {}, company {}",
                known.syspro_operator, known.syspro_operator_password, known.syspro_company
            ),
        ),
        ("odata", sandbox.odata_url()),
        ("", format!("user {}, password {}", known.odata_user, known.odata_password)),
        ("control", sandbox.control_url()),
    ]);
    if let Some(folder) = folder {
        context.out.say(format!("site file: {}", folder.join("site.toml").display()));
    }
    context.out.say("stop with Ctrl-C");
    Ok(())
}

/// Hands the lead of the sandbox's clock on to whoever reads the clock file; without one, waits for ever.
async fn lead(clock: &Clock, is_shared: bool, sandbox: &::sandbox::Sandbox) -> anyhow::Result<()> {
    if !is_shared {
        return std::future::pending().await;
    }
    let mut ticks = tokio::time::interval(FOLLOW);
    loop {
        ticks.tick().await;
        let shown = sandbox.clock().now();
        if shown.duration_since(clock.now()) > jiff::SignedDuration::from_millis(50) {
            clock.advance_to(shown).context("the clock file cannot be written")?;
        }
    }
}
