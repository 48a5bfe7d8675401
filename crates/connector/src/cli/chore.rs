//! `chore`: what runs by itself, when it last did and when it does next; and a person's word about it.
//!
//! ```text
//! list ─► rows ─► table      pause, resume ─► a mark on the row      run ─► claimed and run here, at once
//! ```
//!
//! A chore is called by its kind and, where there are several of one kind, by what it is done with: `poll:invoices`.

use anyhow::{anyhow, bail};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use shipment::number::SiteName;

use super::Outcome;
use super::context::Context;
use super::output::time;
use crate::chore::{RunNow, run_now};
use crate::store::{ChoreKey, ChorePause, ChoreRow};

#[derive(Debug, Subcommand)]
pub(crate) enum Chore {
    /// Every chore: its schedule, its last run, its next
    List(List),
    /// Run one here and now, due or not
    Run(Run),
    /// Let one rest until somebody resumes it
    Pause(Pause),
    /// Let one run again
    Resume(Resume),
}

#[derive(Debug, Args)]
#[command(after_help = "\
When a chore runs is said in the site file, [schedule] and [source.schedule]. What was missed is made up once, and none \
runs beside itself, on however many nodes.

  ml-connector chore list
  ml-connector chore list oakland --json     one object a chore

Exit codes: 0 all ran well or have not run yet, 2 one is paused or did not end well, 1 failed, 3 another process holds \
the data.")]
pub(crate) struct List {
    /// Only those of this site
    site: Option<SiteName>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Runs it in this process, and its next run is reckoned from now. One that is running elsewhere is not run twice, one that \
is paused is not run at all. Labels are not bought by it: `sync` and `serve` do that.

  ml-connector chore run poll:dispatch_notes
  ml-connector chore run poll:invoices --site oakland --json

Exit codes: 0 it ended well, 2 it did not, 1 failed, 3 another process holds the data.")]
pub(crate) struct Run {
    #[command(flatten)]
    about: About,
}

#[derive(Debug, Args)]
#[command(after_help = "\
One that is running now ends by itself. `sync` does not run it either. What it missed is made up once when it is resumed.

  ml-connector chore pause poll:dispatch_notes --reason 'stock taking until Monday'

Exit codes: 0 paused, 1 failed, 3 another process holds the data.")]
pub(crate) struct Pause {
    #[command(flatten)]
    about: About,
    /// Why, for whoever finds it paused
    #[arg(long)]
    reason: String,
}

#[derive(Debug, Args)]
#[command(after_help = "\
  ml-connector chore resume poll:dispatch_notes

Exit codes: 0 it runs again, 1 failed, 3 another process holds the data.")]
pub(crate) struct Resume {
    #[command(flatten)]
    about: About,
}

/// Which chore is meant.
#[derive(Debug, Args)]
struct About {
    /// The chore, as `chore list` calls it, e.g. poll:dispatch_notes
    chore: String,
    /// The site, if there are several
    #[arg(long)]
    site: Option<SiteName>,
}

pub(crate) async fn run(context: &Context, command: Chore) -> anyhow::Result<Outcome> {
    match command {
        Chore::List(it) => list(context, it.site.as_ref()).await,
        Chore::Run(it) => run_one(context, &it.about).await,
        Chore::Pause(it) => pause(context, &it).await,
        Chore::Resume(it) => resume(context, &it.about).await,
    }
}

async fn list(context: &Context, site: Option<&SiteName>) -> anyhow::Result<Outcome> {
    if let Some(site) = site {
        context.site_row(Some(site)).await?;
    }
    let rows = context.store().await?.chores(site).await?;
    for row in &rows {
        context.out.value(&value(row))?;
    }
    let table = rows.iter().map(|row| {
        [
            row.key.site.to_string(),
            row.key.name(),
            row.plan.clone(),
            row.last_ended.map(time).unwrap_or_default(),
            next(row),
            row.words.clone().unwrap_or_default(),
        ]
    });
    let empty = "there is no chore yet: a site's chores begin with its first sync or serve";
    context.out.table(["site", "chore", "when", "last (UTC)", "next (UTC)", "what came of it"], table.collect(), empty);
    let waits = rows.iter().any(|row| row.paused.is_some() || row.well == Some(false));
    Ok(if waits { Outcome::Waiting } else { Outcome::Well })
}

/// When it runs next, for people.
pub(super) fn next(row: &ChoreRow) -> String {
    match (&row.paused, row.due_at) {
        (Some(pause), _) => format!("paused by {} at {}: {}", pause.by, time(pause.at), pause.why),
        (None, Some(due)) => time(due),
        (None, None) => "when somebody runs it".to_owned(),
    }
}

async fn run_one(context: &Context, about: &About) -> anyhow::Result<Outcome> {
    let app = context.app().await?;
    let key = known(context, about).await?;
    let ran = run_now(&app, &key).await;
    app.close().await;
    let row = match ran? {
        RunNow::Ran(row) => *row,
        RunNow::Running => {
            bail!("{} of site {} is running already; `chore list` tells when it ended", key.name(), key.site)
        }
        RunNow::Paused(pause) => bail!(
            "{} of site {} was paused by {} ({}); resume it first: ml-connector chore resume {} --site {}",
            key.name(),
            key.site,
            pause.by,
            pause.why,
            key.name(),
            key.site
        ),
    };
    context.out.value(&value(&row))?;
    context.out.say(format!("{}: {}", key.name(), row.words.clone().unwrap_or_default()));
    Ok(if row.well == Some(false) { Outcome::Waiting } else { Outcome::Well })
}

async fn pause(context: &Context, wanted: &Pause) -> anyhow::Result<Outcome> {
    let why = wanted.reason.trim().to_owned();
    if why.is_empty() {
        bail!("say why with --reason: whoever finds {} paused will want to know", wanted.about.chore);
    }
    let key = known(context, &wanted.about).await?;
    let pause = ChorePause { at: context.clock.now(), by: context.actor(), why };
    context.store().await?.chore_pause(&key, &pause).await?;
    context.out.value(&json!({ "site": key.site, "chore": key.name(), "paused": true }))?;
    context.out.say(format!(
        "{} of site {} rests until: ml-connector chore resume {}",
        key.name(),
        key.site,
        key.name()
    ));
    Ok(Outcome::Well)
}

async fn resume(context: &Context, about: &About) -> anyhow::Result<Outcome> {
    let key = known(context, about).await?;
    let resumed = context.store().await?.chore_resume(&key, &context.actor(), context.clock.now()).await?;
    context.out.value(&json!({ "site": key.site, "chore": key.name(), "resumed": resumed }))?;
    let was = if resumed { "runs again" } else { "was not paused" };
    context.out.say(format!("{} of site {} {was}", key.name(), key.site));
    Ok(Outcome::Well)
}

/// The row a person means.
async fn known(context: &Context, about: &About) -> anyhow::Result<ChoreKey> {
    let site = context.site_row(about.site.as_ref()).await?.site;
    let rows = context.store().await?.chores(Some(&site)).await?;
    let names: Vec<String> = rows.iter().map(|row| row.key.name()).collect();
    rows.into_iter().map(|row| row.key).find(|key| key.name() == about.chore).ok_or_else(|| {
        if names.is_empty() {
            anyhow!("site {site} has no chores yet: they begin with its first sync or serve")
        } else {
            anyhow!("site {site} has no chore {:?}; there are {}", about.chore, names.join(", "))
        }
    })
}

/// For programs.
pub(super) fn value(row: &ChoreRow) -> Value {
    json!({
        "site": row.key.site, "chore": row.key.name(), "schedule": row.plan, "last_begun": row.last_begun,
        "last_ended": row.last_ended, "well": row.well, "words": row.words, "next_due": row.due_at,
        "running": row.holder.is_some(),
        "paused": row.paused.as_ref().map(|it| json!({ "at": it.at, "by": it.by, "why": it.why })),
    })
}
