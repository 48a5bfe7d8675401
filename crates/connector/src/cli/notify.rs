//! `notify`: trying mail and webhooks out, what waits to be sent, and sending events again.

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde_json::json;
use shipment::hold::Owner;
use shipment::number::SiteName;

use super::Outcome;
use super::context::Context;
use super::output::time;
use crate::app::Secrets;
use crate::config::Site;
use crate::notify::Refusal;
use crate::notify::post::Postman;
use crate::notify::receiver::Receiver;
use crate::store::{Channel, NoticeRow};

#[derive(Debug, Subcommand)]
pub(crate) enum Notify {
    /// Send a test mail to everybody a site names, and a test event to its receiver
    Test(Test),
    /// What waits to be sent, what was given up, and why
    List(List),
    /// Send a site's events again that were made since a time
    Replay(Replay),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Uses [mail] and [webhook] of the site file as they are stored, with their sealed secrets. It says what the servers said.

  ml-connector notify test oakland

Exit codes: 0 everything was taken, 1 something was not, or nothing is set up.")]
pub(crate) struct Test {
    /// The site, if there are several
    site: Option<SiteName>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
  ml-connector notify list oakland
  ml-connector notify list oakland --all --json

Exit codes: 0 nothing waits, 1 failed, 2 something waits or was given up.")]
pub(crate) struct List {
    /// The site, if there are several
    site: Option<SiteName>,
    /// What was sent, too
    #[arg(long)]
    all: bool,
    /// At most so many
    #[arg(long, default_value_t = 50, value_name = "N")]
    limit: usize,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Each event keeps its id, so a receiver that remembers the ids it has seen does nothing twice. The running connector sends
them, or the next `sync`. Sent events are kept for 90 days.

  ml-connector notify replay oakland --since 2026-11-20T00:00:00Z")]
pub(crate) struct Replay {
    /// The site, if there are several
    site: Option<SiteName>,
    /// Since when, with the zone: 2026-11-20T00:00:00Z
    #[arg(long, value_name = "TIME")]
    since: Timestamp,
}

pub(crate) async fn run(context: &Context, command: Notify) -> anyhow::Result<Outcome> {
    match command {
        Notify::Test(it) => test(context, it.site.as_ref()).await,
        Notify::List(it) => list(context, &it).await,
        Notify::Replay(it) => replay(context, &it).await,
    }
}

async fn test(context: &Context, site: Option<&SiteName>) -> anyhow::Result<Outcome> {
    let name = context.site_row(site).await?.site;
    let (_, site) = context.settings(&name).await?;
    if site.mail.is_none() && site.webhook.is_none() {
        bail!(
            "site {name} tells nobody: its file has neither [mail] nor [webhook]; `ml-connector init --print` shows both"
        );
    }
    let mut failed = 0;
    for (what, done) in tried(context, &site).await? {
        failed += usize::from(done.is_err());
        context.out.value(&json!({ "to": what, "taken": done.is_ok(), "words": done.as_ref().err() }))?;
        context.out.say(match done {
            Ok(()) => format!("{what}: taken"),
            Err(words) => format!("{what}: not taken: {words}"),
        });
    }
    if failed > 0 {
        bail!(
            "site {name}: {failed} of the tests were not taken; mend [mail] or [webhook] and apply the site file again"
        );
    }
    Ok(Outcome::Well)
}

async fn tried(context: &Context, site: &Site) -> anyhow::Result<Vec<(String, Result<(), String>)>> {
    let (store, vault) = (context.store().await?, context.vault()?);
    let secrets = Secrets::of(store, &vault, &site.name);
    let words = |done: Result<(), Refusal>| done.map_err(|it| it.words);
    let mut tried = Vec::new();
    if let Some(mail) = &site.mail {
        let mut recipients: Vec<String> =
            Owner::ALL.iter().flat_map(|owner| mail.recipients(*owner)).map(ToString::to_string).collect();
        recipients.sort_unstable();
        recipients.dedup();
        let what = format!("mail to {}", recipients.join(", "));
        let done = match Postman::open(site, mail, &secrets).await {
            Ok(postman) => words(postman.try_out(site, recipients, context.clock.now()).await),
            Err(why) => Err(why),
        };
        tried.push((what, done));
    }
    if let Some(webhook) = &site.webhook {
        let what = format!("event to {}", webhook.url.host_str().unwrap_or_default());
        let done = match Receiver::open(webhook, &secrets).await {
            Ok(receiver) => words(receiver.try_out(site, context.clock.real_now()).await),
            Err(why) => Err(why),
        };
        tried.push((what, done));
    }
    Ok(tried)
}

async fn list(context: &Context, list: &List) -> anyhow::Result<Outcome> {
    let site = context.site_row(list.site.as_ref()).await?.site;
    let rows = context.store().await?.notices(&site, list.all, list.limit).await?;
    let open = rows.iter().any(|row| row.sent_at.is_none() || row.due_at.is_some());
    for row in &rows {
        let NoticeRow { id, channel, recipients, title, made_at, due_at, tries, sent_at, trouble, .. } = row;
        context.out.value(&json!({
            "site": site, "notice": id, "channel": channel.as_str(), "to": recipients, "title": title,
            "made_at": made_at, "due_at": due_at, "tries": tries, "sent_at": sent_at, "trouble": trouble,
        }))?;
    }
    let cells = rows.into_iter().map(|row| {
        let stands = match (row.sent_at, row.due_at) {
            (_, Some(due)) => format!("waits until {}", time(due)),
            (Some(at), None) => format!("sent {}", time(at)),
            (None, None) => "given up".to_owned(),
        };
        let to = match row.channel {
            Channel::Mail => row.recipients.join(", "),
            Channel::Webhook => "receiver".to_owned(),
        };
        [time(row.made_at), to, row.title, stands, row.trouble.unwrap_or_default()]
    });
    context.out.table(["made (UTC)", "to", "what", "stands", "trouble"], cells.collect(), "nothing waits to be sent");
    Ok(if open { Outcome::Waiting } else { Outcome::Well })
}

async fn replay(context: &Context, replay: &Replay) -> anyhow::Result<Outcome> {
    let site = context.site_row(replay.site.as_ref()).await?.site;
    let (_, settings) = context.settings(&site).await?;
    if settings.webhook.is_none() {
        bail!("site {site} has no receiver; add [webhook] to its file and apply it again");
    }
    let now = context.clock.now();
    let store = context.store().await?;
    let replayed = store.replay(&site, replay.since, now).await.context("the events cannot be replayed")?;
    context.out.value(&json!({ "site": site, "replayed": replayed }))?;
    context.out.say(format!("{replayed} events of site {site} are sent again"));
    Ok(Outcome::Well)
}
