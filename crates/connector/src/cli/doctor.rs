//! `doctor`: everything on this side of the wire that has to be in order; `ping` looks at the other side.
//!
//! ```text
//! data directory ─► store ─► master key ─► secrets ─► settings ─► printers ─► history ─► what waits
//! ```
//!
//! Nothing is changed and nobody is called, but a raw printer's port is touched without a byte being sent.

use std::path::Path;
use std::time::Duration;

use anyhow::bail;
use clap::Args;
use serde_json::json;
use tokio::net::TcpStream;

use super::Outcome;
use super::context::Context;
use super::ladder::{Ladder, Rung};
use crate::config::{Printer, PrinterKind, SiteFile};
use crate::store::{SiteRow, Store};

#[derive(Debug, Args)]
#[command(after_help = "\
Looks at the data directory, the master key, every site's settings and printers, and the history; calls neither UPS nor
SYSPRO. For those: ml-connector ping

  ml-connector doctor
  ml-connector doctor --json

Exit codes: 0 in order, 2 something waits for a person, 1 something is broken, 3 another process holds the data.")]
pub(crate) struct Doctor {}

/// How long a printer may take to open its port.
const PRINTER_PATIENCE: Duration = Duration::from_secs(5);

pub(crate) async fn run(context: &Context, _: Doctor) -> anyhow::Result<Outcome> {
    let mut ladder = Ladder::default();
    let store = context.store().await?;
    ladder.add(Rung::green("store", format!("{} opens and is durable", context.data_dir().display())));
    key(context, store, &mut ladder).await?;
    let sites = store.sites().await?;
    if sites.is_empty() {
        ladder.add(Rung::skipped("sites", "there is none yet; `ml-connector init` writes a file to start from"));
    }
    for site in &sites {
        settings(context, store, site, &mut ladder).await?;
        history(store, site, &mut ladder).await?;
    }
    let waits = waiting(store, &mut ladder).await?;
    context.out.value(&json!({ "green": ladder.red().is_none(), "waits": waits, "rungs": ladder.value() }))?;
    for line in ladder.lines() {
        context.out.say(line);
    }
    if let Some(red) = ladder.red() {
        bail!("{} is red", red.name);
    }
    Ok(if waits { Outcome::Waiting } else { Outcome::Well })
}

async fn key(context: &Context, store: &Store, ladder: &mut Ladder) -> anyhow::Result<()> {
    let secrets = store.secrets(None).await?;
    let opened = context.vault().and_then(|vault| {
        for row in &secrets {
            vault.open(&row.sealed)?;
        }
        Ok(format!("key {} opens all {} sealed secrets", vault.key_id(), secrets.len()))
    });
    let cure = "name the key the secrets were sealed with, by --key-file or ML_CONNECTOR_KEY";
    ladder.add(match opened {
        Ok(words) => Rung::green("master key", words),
        Err(error) => Rung::red("master key", format!("{error:#}"), cure),
    });
    Ok(())
}

async fn settings(context: &Context, store: &Store, site: &SiteRow, ladder: &mut Ladder) -> anyhow::Result<()> {
    let name = format!("site {}", site.site);
    let body = store.site_settings(&site.site, None).await?.map(|row| row.body).unwrap_or_default();
    let settings = match SiteFile::parse(&body) {
        Ok(settings) => settings,
        Err(fault) => {
            ladder.add(Rung::red(name, fault.to_string(), "correct the file and apply it: ml-connector site apply"));
            return Ok(());
        }
    };
    let missing = missing_secrets(store, &settings).await?;
    let (mode, version, environment) = (&site.mode, site.settings_version, &site.environment);
    ladder.add(if missing.is_empty() {
        Rung::green(&name, format!("settings version {version}, mode {mode}, UPS {environment}"))
    } else {
        let cure = format!("ml-connector site secret set {} {}", site.site, missing[0]);
        Rung::red(&name, format!("not sealed: {}", missing.join(", ")), cure)
    });
    for printer in &settings.printers {
        ladder.add(print_test(context, printer).await);
    }
    Ok(())
}

async fn missing_secrets(store: &Store, settings: &crate::config::Site) -> anyhow::Result<Vec<&'static str>> {
    let mut missing = Vec::new();
    for (name, _) in settings.secrets() {
        if store.secret(&settings.name, name.as_str()).await?.is_none() {
            missing.push(name.as_str());
        }
    }
    Ok(missing)
}

async fn print_test(context: &Context, printer: &Printer) -> Rung {
    let name = format!("printer {}", printer.name);
    match &printer.kind {
        PrinterKind::Folder(path) => folder_test(name, &context.data_dir().join(path)),
        PrinterKind::Raw(address) => {
            let opened = tokio::time::timeout(PRINTER_PATIENCE, TcpStream::connect(address)).await;
            let cure = "check that the printer is on and its address in [[printer]] is right";
            match opened {
                Ok(Ok(_)) => Rung::green(name, format!("{address} takes connections")),
                Ok(Err(error)) => Rung::red(name, format!("{address}: {error}"), cure),
                Err(_) => Rung::red(name, format!("{address} does not answer"), cure),
            }
        }
    }
}

/// A folder that is not there yet is made by the first label, in a parent that has to be writable.
fn folder_test(name: String, folder: &Path) -> Rung {
    let shown = folder.display();
    let existing = folder.ancestors().find(|it| it.exists()).unwrap_or(folder);
    match existing.metadata() {
        Ok(it) if !it.is_dir() => Rung::red(name, format!("{} is no folder", existing.display()), "name another path"),
        Ok(it) if it.permissions().readonly() => {
            Rung::red(name, format!("{} cannot be written to", existing.display()), "allow it, or name another path")
        }
        Ok(_) => Rung::green(name, format!("labels appear in {shown}")),
        Err(error) => Rung::red(name, format!("{shown}: {error}"), "name another path in [[printer]]"),
    }
}

async fn history(store: &Store, site: &SiteRow, ladder: &mut Ladder) -> anyhow::Result<()> {
    let gaps = store.verify_audit(&site.site).await?;
    let lines = store.audit_lines(Some(&site.site)).await?;
    let name = format!("history {}", site.site);
    ladder.add(match gaps.first() {
        None => Rung::green(name, format!("{lines} audit lines without a gap")),
        Some(gap) => {
            let words = format!("{} shipments have a gap, the first is document {}", gaps.len(), gap.document);
            Rung::red(name, words, "ml-connector audit verify names them all")
        }
    });
    Ok(())
}

/// What waits for a person; that is no fault of the installation.
async fn waiting(store: &Store, ladder: &mut Ladder) -> anyhow::Result<bool> {
    let outages = store.outages(None).await?;
    for outage in &outages {
        ladder.add(Rung::skipped(format!("{} {}", outage.site, outage.remote), format!("away: {}", outage.words)));
    }
    let counts = store.counts(None).await?;
    let held = counts.holds.values().sum::<i64>();
    let doubt = counts.stages.get("in_doubt").copied().unwrap_or_default();
    ladder.add(if held + doubt == 0 {
        Rung::green("waiting", "nothing waits for a person")
    } else {
        Rung::skipped(
            "waiting",
            format!("{held} held, {doubt} at the in-doubt desk: ml-connector shipment list --held"),
        )
    });
    Ok(held + doubt > 0 || !outages.is_empty())
}
