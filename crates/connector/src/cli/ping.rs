//! `ping`: every connection of a site, rung by rung, without buying or writing anything.

use std::sync::Arc;

use anyhow::bail;
use clap::Args;
use serde_json::json;
use shipment::number::SiteName;

use super::Outcome;
use super::context::Context;
use super::output::Output;
use crate::app::App;
use crate::ladder::{self, Ladder, Light, Money, Rung};

#[derive(Debug, Args)]
#[command(after_help = "\
Nothing is bought, written or changed: an address and a price are asked for, a document is read, \
a write is only validated. A red rung stops only those that stand on it. What was paused and works \
again goes on. A refused SYSPRO logon is not repeated before its minute is over, however often you \
ping.

  ml-connector ping
  ml-connector ping oakland --json     one object: rungs, red, money

Exit codes: 0 every rung holds, 2 one asks you to look at something, 1 one is red, 3 another \
process holds the data.")]
pub(crate) struct Ping {
    /// The site; may be left out when there is only one
    site: Option<SiteName>,
}

pub(crate) async fn run(context: &Context, ping: Ping) -> anyhow::Result<Outcome> {
    let name = context.site_row(ping.site.as_ref()).await?.site;
    let app = context.app().await?;
    let climbed = climb(context, &app, &name).await;
    app.close().await;
    let (rungs, money) = climbed?;
    let red: Vec<&str> = rungs.iter().filter(|it| it.light == Light::Red).map(|it| it.rung.as_str()).collect();
    context.out.value(&json!({ "site": name, "rungs": rungs, "red": red, "money": money }))?;
    context.out.say(format!("\n{}", money.line()));
    if !red.is_empty() {
        bail!("site {name}: {} red: {}", if red.len() == 1 { "one rung is" } else { "rungs are" }, red.join(", "));
    }
    let look = rungs.iter().any(|it| it.light == Light::Notice);
    Ok(if look { Outcome::Waiting } else { Outcome::Well })
}

async fn climb(context: &Context, app: &Arc<App>, name: &SiteName) -> anyhow::Result<(Vec<Rung>, Money)> {
    let site = app.site(name).ok_or_else(|| anyhow::anyhow!("site {name} is not loaded"))?;
    let out = context.out;
    let working = out.working("asking UPS and SYSPRO");
    let mut ladder = Ladder::watched(|rung| working.above(|| show(out, rung)));
    let money = ladder::climb(app, &site, &mut ladder).await?;
    Ok((ladder.rungs().to_vec(), money))
}

/// A rung for people, and below it what to do.
pub(super) fn show(out: Output, rung: &Rung) {
    const NAME: usize = 22;
    let light = match rung.light {
        Light::Green => "ok ",
        Light::NotTried => " - ",
        Light::Notice => " ! ",
        Light::Red => "RED",
    };
    out.say(format!("{light}  {:NAME$}  {}", rung.rung, rung.words));
    if let Some(cure) = &rung.cure {
        out.say(format!("     {:NAME$}  -> {cure}", ""));
    }
}
