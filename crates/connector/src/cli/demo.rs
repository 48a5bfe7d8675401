//! `demo`: the whole product on pretended systems, nothing else needed.

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;

use super::Outcome;
use super::context::Context;
use crate::demo::{Demo as Wanted, Summary, fresh_folder};

#[derive(Debug, Args)]
#[command(after_help = "\
Starts a pretended UPS and a pretended SYSPRO on free loopback ports, applies a site in mode automatic, and ships: over \
real HTTP, with labels in a folder, tracking numbers read back, parcels followed to the door by UPS's own calls. Business \
time is driven. At the end it tells what SYSPRO shows, and one parcel's trouble on its way and how that ended.

  ml-connector demo
  ml-connector demo --faults           a bad day: lost answers, errors, lost sessions
  ml-connector demo --headless --until-quiet --json --orders 200
                                       for programs; the last line is the summary

Exit codes: 0 everything delivered, 2 something waits for a person (some addresses are wrong on purpose), 1 a promise \
was broken.")]
pub(crate) struct Demo {
    /// How many documents of ours are ready at the start; others that are not ours stand beside them
    #[arg(long, value_name = "N", default_value_t = 40)]
    orders: usize,
    /// Decides every invented thing; the same seed gives the same company
    #[arg(long, value_name = "S", default_value_t = 7)]
    seed: u64,
    /// Nobody watches: no console, no pauses
    #[arg(long)]
    headless: bool,
    /// End as soon as every order is delivered, held or at the desk (also what happens without --stay)
    #[arg(long)]
    until_quiet: bool,
    /// A bad day: lost answers, errors, lost sessions
    #[arg(long)]
    faults: bool,
    /// Keep the console open afterwards, until Ctrl-C
    #[arg(long, conflicts_with_all = ["headless", "until_quiet"])]
    stay: bool,
}

pub(crate) async fn run(context: &Context, wanted: Demo) -> anyhow::Result<Outcome> {
    let data_dir = fresh_folder(&beside(context.data_dir()))?;
    let out = context.out;
    let demo = Wanted {
        orders: wanted.orders,
        seed: wanted.seed,
        faults: wanted.faults,
        headless: wanted.headless,
        data_dir: data_dir.clone(),
    };
    let running = demo.start().await?;
    out.say(format!("data        {}", data_dir.display()));
    for (name, url) in running.addresses() {
        out.say(format!("{name:<11} {url}"));
    }
    if let Some(console) = running.console() {
        out.say(format!("console     {console}\n"));
    }
    let mut last = String::new();
    let summary = running
        .until_quiet(|moment| {
            tell_news(context, &moment.news);
            let line = moment.line();
            let news = line.split_once("  ").map(|(_, rest)| rest.to_owned()).unwrap_or_default();
            if news != last {
                out.say(&line);
                last = news;
            }
            // A program follows by one object per step, the summary last.
            let _ = out.value(&serde_json::json!({ "at": moment.at, "stages": moment.stages, "holds": moment.holds }));
        })
        .await?;
    tell(context, &summary)?;
    if wanted.stay {
        out.say("\nThe console stays open until Ctrl-C.");
        tokio::select! {
            stopped = tokio::signal::ctrl_c() => stopped?,
            failed = running.attend() => failed?,
        }
    }
    running.close().await;
    if let Some(broken) = summary.broken() {
        bail!("the demo broke its promise: {broken}");
    }
    Ok(if summary.waits() { Outcome::Waiting } else { Outcome::Well })
}

/// Demos stand beside the data directory, never in it.
fn beside(data_dir: &Path) -> PathBuf {
    let name = data_dir.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
    data_dir.with_file_name(format!("{name}-demo"))
}

/// Single shipments while they are few enough to be read.
fn tell_news(context: &Context, news: &[String]) {
    const READABLE: usize = 12;
    for sentence in news.iter().take(READABLE) {
        context.out.say(format!("    {sentence}"));
    }
    if news.len() > READABLE {
        context.out.say(format!("    … and {} more like these", news.len() - READABLE));
    }
}

fn tell(context: &Context, summary: &Summary) -> anyhow::Result<()> {
    let out = context.out;
    let held: Vec<String> = summary.held.iter().map(|(reason, count)| format!("{reason} {count}")).collect();
    out.say("");
    out.facts(&[
        ("orders", format!("{} ours, {} not ours", summary.orders, summary.not_ours)),
        ("booked", summary.booked.to_string()),
        ("delivered", summary.delivered.to_string()),
        ("held", if held.is_empty() { "none".to_owned() } else { held.join(", ") }),
        ("in doubt", summary.in_doubt.to_string()),
        (
            "labels",
            format!("{} bought, {} documents with more than one", summary.labels_bought, summary.duplicate_labels),
        ),
        (
            "in SYSPRO",
            format!(
                "{} tracking numbers, {} freight costs, {} shipping statuses ({})",
                summary.tracking_in_syspro,
                summary.freight_in_syspro,
                summary.status_in_syspro,
                summary.statuses.iter().map(|(status, many)| format!("{many} {status}")).collect::<Vec<_>>().join(", ")
            ),
        ),
        ("UPS called", format!("{} times", summary.calls_taken)),
        (
            "trouble",
            format!("{} parcels on their way, over by itself with {}", summary.exceptions, summary.exceptions_over),
        ),
        ("audit", format!("{} lines, {} gaps", summary.audit_lines, summary.audit_gaps)),
        ("faults", summary.faults.to_string()),
        ("took", format!("{} ms", summary.elapsed_ms)),
    ]);
    if let Some(story) = &summary.story {
        let (document, number, calls) = (&story.document, &story.tracking_number, story.calls);
        out.say(format!("\nOne of them: document {document}, parcel {number}, about which UPS called {calls} times"));
        for line in &story.lines {
            out.say(format!("    {line}"));
        }
    }
    out.value(summary)?;
    Ok(())
}
