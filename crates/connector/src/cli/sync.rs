//! `sync`: one cycle, then an answer: for a scheduler, for trying things out, for a person who wants to watch.
//!
//! ```text
//! poll every site ─► drive until nothing is due ─► what was read, where shipments stand, who waits for whom
//! ```
//!
//! It may be run as often as one likes: what is done stays done, and what waits for a time waits for it. Ctrl-C ends it
//! between two steps; the next run goes on there.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use serde_json::{Value, json};
use shipment::number::SiteName;

use super::Outcome;
use super::context::Context;
use super::output::time;
use crate::app::App;
use crate::intake::Polled;
use crate::store::{Counts, OutageRow};

/// How often a watching person is told where shipments stand.
const LOOK: Duration = Duration::from_millis(500);

#[derive(Debug, Args)]
#[command(after_help = "\
Reads what is ready at every site, does everything that is due, and ends. Sites in mode approve buy a label only for \
what was approved, sites in mode shadow buy none.

  ml-connector sync
  ml-connector sync --json                 one object: polled, stages, holds, outages, next_due
  while ml-connector sync; [ $? -le 2 ]; do sleep 60; done

Exit codes: 0 nothing waits for a person, 2 something does, 1 failed, 3 another process holds the data.")]
pub(crate) struct Sync {}

pub(crate) async fn run(context: &Context, _: Sync) -> anyhow::Result<Outcome> {
    let app = context.app().await?;
    let cycle = watched(context, &app).await;
    let outcome = match cycle {
        Ok(polled) => tell(context, &app, &polled).await,
        Err(error) => Err(error),
    };
    app.close().await;
    outcome
}

/// One cycle, shown while a person watches. Ctrl-C begins nothing new and finishes what is in hand: a call that buys is
/// not dropped in mid-air.
async fn watched(context: &Context, app: &Arc<App>) -> anyhow::Result<Vec<Polled>> {
    let mut working = std::pin::pin!(cycle(app));
    tokio::select! {
        done = &mut working => done,
        never = watch(context, app) => never,
        stopped = tokio::signal::ctrl_c() => {
            app.stop();
            stopped.context("the signal to stop cannot be heard")?;
            working.await
        }
    }
}

async fn cycle(app: &Arc<App>) -> anyhow::Result<Vec<Polled>> {
    let polled = app.poll().await?;
    app.drive().await?;
    Ok(polled)
}

/// Shows where shipments stand while the cycle runs. Never ends by itself.
async fn watch(context: &Context, app: &App) -> anyhow::Result<Vec<Polled>> {
    let working = context.out.working("reading SYSPRO");
    let mut ticks = tokio::time::interval(LOOK);
    loop {
        ticks.tick().await;
        let stages = app.store.counts(None).await?.stages;
        let told: Vec<_> = stages.iter().map(|(stage, count)| format!("{stage} {count}")).collect();
        if !told.is_empty() {
            working.now(told.join(" · "));
        }
    }
}

async fn tell(context: &Context, app: &App, polled: &[Polled]) -> anyhow::Result<Outcome> {
    let counts = app.store.counts(None).await?;
    let outages: Vec<_> = app.store.outages(None).await?;
    let next_due = app.next_step().await?;
    context.out.value(&json!({
        "polled": polled.iter().map(polled_value).collect::<Value>(), "stages": counts.stages, "holds": counts.holds,
        "outages": outages.iter().map(outage_value).collect::<Value>(), "next_due": next_due,
    }))?;
    let rows = polled.iter().map(|it| {
        let trouble = it.trouble.clone().unwrap_or_default();
        let numbers = [it.ready, it.received, it.not_ours].map(|number| number.to_string());
        let [ready, received, not_ours] = numbers;
        [it.site.to_string(), it.source.code().to_owned(), ready, received, not_ours, trouble]
    });
    let headings = ["site", "read", "ready", "new", "not ours", "trouble"];
    context.out.table(headings, rows.collect(), "there is no site yet; apply one with `ml-connector site apply`");
    say_counts(context, &counts);
    for outage in &outages {
        context.out.say(format!(
            "site {}: {} is away since {} UTC: {}",
            outage.site,
            outage.remote,
            time(outage.since),
            outage.words
        ));
    }
    if let Some(at) = next_due {
        context.out.say(format!("next step due {} UTC", time(at)));
    }
    let waits = waits_for_a_person(&counts) || !outages.is_empty() || polled.iter().any(|it| it.trouble.is_some());
    Ok(if waits { Outcome::Waiting } else { Outcome::Well })
}

/// Where shipments stand, for people.
fn say_counts(context: &Context, counts: &Counts) {
    let rows = counts.stages.iter().map(|(stage, count)| [stage.clone(), count.to_string()]);
    context.out.table(["stage", "shipments"], rows.collect(), "no shipment is known yet");
    if !counts.holds.is_empty() {
        let rows = counts.holds.iter().map(|(code, count)| [code.clone(), count.to_string()]);
        context.out.table(["held for", "shipments"], rows.collect(), "");
        context.out.say("`ml-connector shipment list --held` names them, `shipment show` says what to do");
    }
}

fn waits_for_a_person(counts: &Counts) -> bool {
    let desk = ["in_doubt", "already_there"].iter().any(|stage| counts.stages.contains_key(*stage));
    desk || !counts.holds.is_empty()
}

fn polled_value(polled: &Polled) -> Value {
    let Polled { site, source, ready, received, not_ours, trouble, again: _ } = polled;
    json!({
        "site": site, "source": source, "ready": ready, "received": received, "not_ours": not_ours, "trouble": trouble,
    })
}

fn outage_value(outage: &OutageRow) -> Value {
    let site: &SiteName = &outage.site;
    json!({ "site": site, "remote": outage.remote, "since": outage.since, "cause": outage.cause, "words": outage.words })
}
