//! `doctor`: everything on this side of the wire that has to be in order; `ping` looks at the other side.

use anyhow::bail;
use clap::Args;
use serde_json::json;

use super::Outcome;
use super::context::Context;
use crate::checkup::{Finding, Level, checkup};

#[derive(Debug, Args)]
#[command(after_help = "\
Looks at the disk, the store, the clock, the master key, every site's settings, printers, polls \
and history, and at what waits; calls neither UPS nor SYSPRO. For those: ml-connector ping

  ml-connector doctor
  ml-connector doctor --json     one object: level, findings

Exit codes: 0 in order, 2 something asks for attention, 1 something is bad, 3 another process \
holds the data.")]
pub(crate) struct Doctor {}

pub(crate) async fn run(context: &Context, _: Doctor) -> anyhow::Result<Outcome> {
    let store = context.store().await?;
    let vault = context.vault().map_err(|error| format!("{error:#}"));
    let findings = checkup(store, vault, &context.clock).await?;
    let worst = findings.iter().map(|it| it.level).max().unwrap_or(Level::Ok);
    context.out.value(&json!({ "level": worst, "findings": findings }))?;
    for finding in &findings {
        show(context, finding);
    }
    if worst == Level::Bad {
        let bad: Vec<&str> = findings.iter().filter(|it| it.level == Level::Bad).map(|it| it.check.as_str()).collect();
        bail!("not in order: {}", bad.join(", "));
    }
    Ok(if worst == Level::Attention { Outcome::Waiting } else { Outcome::Well })
}

fn show(context: &Context, finding: &Finding) {
    const NAME: usize = 22;
    let level = match finding.level {
        Level::Ok => "ok ",
        Level::Attention => " ! ",
        Level::Bad => "BAD",
    };
    context.out.say(format!("{level}  {:NAME$}  {}", finding.check, finding.words));
    if let Some(cure) = &finding.cure {
        context.out.say(format!("     {:NAME$}  -> {cure}", ""));
    }
}
