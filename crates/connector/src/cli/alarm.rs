//! `alarm`: what a person has to know of, once for each cause, and ticking off what the connector cannot see the end of.

use anyhow::{anyhow, bail};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use shipment::alarm::{Closing, Kind};
use shipment::hold::Owner;
use shipment::number::SiteName;

use super::Outcome;
use super::context::Context;
use super::output::time;
use crate::store::{AlarmFilter, AlarmRow};

#[derive(Debug, Subcommand)]
pub(crate) enum Alarm {
    /// What stands, the newest first
    List(List),
    /// One alarm whole: what happened, since when, what to do, by whom
    Show(Show),
    /// Tick off an alarm whose end the connector cannot see
    Done(Done),
    /// Every kind of alarm there is: its owner, how much it presses, what to do
    Kinds(Kinds),
}

#[derive(Debug, Args)]
#[command(after_help = "\
One line for each cause, however often it was seen. Most alarms close by themselves when their cause is gone.

  ml-connector alarm list
  ml-connector alarm list --site oakland --owner warehouse
  ml-connector alarm list --kind in_doubt --json

Exit codes: 0 nothing stands, 1 failed, 2 something waits for a person.")]
pub(crate) struct List {
    /// Only this site
    #[arg(long)]
    site: Option<SiteName>,
    /// Only for this owner: warehouse, customer_service, finance, it
    #[arg(long, value_parser = owner)]
    owner: Option<Owner>,
    /// Only of this kind; `alarm kinds` lists them
    #[arg(long, value_parser = kind)]
    kind: Option<Kind>,
    /// Settled ones too
    #[arg(long)]
    all: bool,
    /// At most so many
    #[arg(long, default_value_t = 50, value_name = "N")]
    limit: usize,
    /// Go on behind this alarm, as the page before said
    #[arg(long, value_name = "ALARM", requires = "site")]
    after: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
  ml-connector alarm show 4k2m9xq7a1bd
  ml-connector alarm show 4k2m9xq7a1bd --site oakland --json")]
pub(crate) struct Show {
    /// The alarm, as `alarm list` names it
    alarm: String,
    /// The site, if there are several
    #[arg(long)]
    site: Option<SiteName>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Only for alarms that do not close by themselves: a voided second label, a lost parcel. It changes nothing at UPS or
SYSPRO. Alarms that close by themselves are refused here: what causes them would only raise them again.

  ml-connector alarm done 4k2m9xq7a1bd --reason \"the second label was thrown away\"")]
pub(crate) struct Done {
    /// The alarm, as `alarm list` names it
    alarm: String,
    /// The site, if there are several
    #[arg(long)]
    site: Option<SiteName>,
    /// Why, for those who read it later
    #[arg(long, value_name = "WORDS")]
    reason: String,
}

#[derive(Debug, Args)]
#[command(after_help = "\
  ml-connector alarm kinds
  ml-connector alarm kinds --json")]
pub(crate) struct Kinds {}

pub(crate) async fn run(context: &Context, command: Alarm) -> anyhow::Result<Outcome> {
    match command {
        Alarm::List(it) => list(context, it).await,
        Alarm::Show(it) => show(context, &it).await,
        Alarm::Done(it) => done(context, &it).await,
        Alarm::Kinds(_) => kinds(context),
    }
}

async fn list(context: &Context, list: List) -> anyhow::Result<Outcome> {
    let store = context.store().await?;
    let before = match (&list.site, &list.after) {
        (Some(site), Some(id)) => {
            let row = find(context, site, id).await?;
            Some((row.raised_at, row.id))
        }
        _ => None,
    };
    let filter = AlarmFilter {
        site: list.site,
        owner: list.owner,
        kind: list.kind,
        shipment: None,
        settled_too: list.all,
        before,
    };
    let rows = store.alarms(&filter, list.limit).await?;
    for row in &rows {
        context.out.value(&told(row))?;
    }
    let waiting = rows.iter().any(|row| row.settled_at.is_none());
    let last = rows.last().map(|row| (row.site.clone(), row.id.clone())).filter(|_| rows.len() == list.limit);
    let cells = rows.into_iter().map(|row| {
        let what = format!("{}: {}", row.kind.title(), row.words);
        let until = row.settled_at.map(|at| format!("settled {}", time(at))).unwrap_or_default();
        [row.id, row.site.to_string(), row.owner.to_string(), time(row.raised_at), until, what]
    });
    let headings = ["alarm", "site", "owner", "since (UTC)", "until", "what"];
    context.out.table(headings, cells.collect(), "nothing needs anybody");
    if let Some((site, id)) = last {
        context.out.say(format!("there may be more: --site {site} --after {id}"));
    }
    Ok(if waiting { Outcome::Waiting } else { Outcome::Well })
}

async fn show(context: &Context, show: &Show) -> anyhow::Result<Outcome> {
    let site = context.site_row(show.site.as_ref()).await?.site;
    let row = find(context, &site, &show.alarm).await?;
    context.out.value(&told(&row))?;
    let mut facts = vec![
        ("alarm", format!("{} of site {}", row.id, row.site)),
        ("kind", format!("{} ({})", row.kind.title(), row.kind)),
        ("what", row.words.clone()),
        ("about", subject(context, &row).await?),
        ("owner", row.owner.to_string()),
        ("since", format!("{} UTC", time(row.raised_at))),
        ("seen", format!("{} times, last {} UTC", row.times, time(row.last_seen))),
    ];
    match row.settled_at {
        None => facts.push(("to do", row.kind.what_to_do().to_owned())),
        Some(at) => {
            let by = row.settled_by.as_deref().unwrap_or("the connector");
            let why = row.settled_words.as_ref().map(|words| format!(": {words}")).unwrap_or_default();
            facts.push(("settled", format!("{} UTC by {by}{why}", time(at))));
        }
    }
    context.out.facts(&facts);
    Ok(if row.settled_at.is_none() { Outcome::Waiting } else { Outcome::Well })
}

async fn subject(context: &Context, row: &AlarmRow) -> anyhow::Result<String> {
    let Some(id) = row.shipment else { return Ok(row.subject.clone()) };
    let shipment = context.store().await?.shipment(&row.site, id).await?;
    Ok(shipment.map_or_else(|| row.subject.clone(), |it| format!("{} {}", it.source.noun(), it.document)))
}

async fn done(context: &Context, done: &Done) -> anyhow::Result<Outcome> {
    let site = context.site_row(done.site.as_ref()).await?.site;
    let row = find(context, &site, &done.alarm).await?;
    if row.kind.closing() == Closing::ByItself {
        bail!("alarm {} of site {site} closes by itself when its cause is gone: {}", row.id, row.kind.what_to_do());
    }
    if done.reason.trim().is_empty() {
        bail!("alarm {} of site {site}: say why it is done with --reason", row.id);
    }
    let (store, actor) = (context.store().await?, context.actor());
    let ticked = store.alarm_done(&site, &row.id, (&actor, &done.reason), context.clock.now()).await?;
    context.out.value(&json!({ "site": site, "alarm": row.id, "done": ticked }))?;
    context.out.say(if ticked {
        format!("alarm {} of site {site} is done", row.id)
    } else {
        format!("alarm {} of site {site} was settled already", row.id)
    });
    Ok(Outcome::Well)
}

fn kinds(context: &Context) -> anyhow::Result<Outcome> {
    for kind in Kind::ALL {
        context.out.value(&json!({
            "kind": kind, "title": kind.title(), "owner": kind.owner(), "severity": kind.severity(),
            "closes": kind.closing(), "to_do": kind.what_to_do(),
        }))?;
    }
    let rows = Kind::ALL.map(|kind| {
        [
            kind.as_str().to_owned(),
            kind.owner().to_string(),
            kind.severity().as_str().to_owned(),
            kind.title().to_owned(),
        ]
    });
    context.out.table(["kind", "owner", "presses", "what"], rows.to_vec(), "");
    Ok(Outcome::Well)
}

async fn find(context: &Context, site: &SiteName, id: &str) -> anyhow::Result<AlarmRow> {
    let found = context.store().await?.alarm(site, id).await?;
    found.ok_or_else(|| anyhow!("site {site} has no alarm {id}; `ml-connector alarm list --all` names them"))
}

/// An alarm for programs.
fn told(row: &AlarmRow) -> Value {
    json!({
        "site": row.site, "alarm": row.id, "kind": row.kind, "subject": row.subject, "owner": row.owner,
        "severity": row.kind.severity(), "words": row.words, "shipment": row.shipment, "raised_at": row.raised_at,
        "last_seen": row.last_seen, "times": row.times, "settled_at": row.settled_at, "settled_by": row.settled_by,
        "settled_words": row.settled_words, "to_do": row.kind.what_to_do(), "closes": row.kind.closing(),
    })
}

fn owner(text: &str) -> Result<Owner, String> {
    let names = Owner::ALL.map(Owner::as_str).join(", ");
    Owner::from_name(text).ok_or_else(|| format!("there are {names}"))
}

fn kind(text: &str) -> Result<Kind, String> {
    Kind::from_name(text).ok_or_else(|| "no such kind; `ml-connector alarm kinds` lists them".to_owned())
}
