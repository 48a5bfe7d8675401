//! `shipment`: what is on its way, and what a person says about it.
//!
//! ```text
//! list, show ─► store (reading)
//! approve, hold, void, … ─► a wish in the store ─► carried out by the engine, like everything else
//! ```
//!
//! No command here changes a shipment: a wish makes it due, and whoever runs the engine next carries it out or says in
//! the audit trail why it may not follow.

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use shipment::hold::Hold;
use shipment::number::{DocumentNumber, ShipmentId, SiteName, TrackingNumber};
use shipment::state::State;

use super::context::Context;
use super::output::time;
use super::wish::{self, About};
use super::{Outcome, audit, doubt, ship};
use crate::engine::life::Life;
use crate::store::{AttemptRow, ListFilter, ListKey, ShipmentRow, Store};

#[derive(Debug, Subcommand)]
pub(crate) enum Shipment {
    /// Shipments, newest first
    List(List),
    /// One shipment: where it stands, what it waits for, what happened
    Show(Show),
    /// What would be booked and written for a document, without anything happening
    Plan(super::plan::Plan),
    /// A label may be bought as planned
    Approve(wish::Approve),
    /// Buy the label now, with what stands on the scale
    Ship(ship::Ship),
    /// Try what failed again, now
    Retry(wish::Retry),
    /// Stop here until it is released
    Hold(wish::HoldIt),
    /// Go on from where it was held, or ship what was already there
    Release(wish::Release),
    /// Settle a held address: take what UPS proposes, or keep what the order says
    Address(wish::ChooseAddress),
    /// Ship with another UPS service than the order's ship-via says
    Service(wish::ChooseService),
    /// Print a label again; nothing is bought
    Print(wish::Print),
    /// Void a bought label at UPS
    Void(wish::VoidIt),
    /// The in-doubt desk: say whether lost bookings exist at UPS, one or many
    Resolve(super::resolve::Resolve),
    /// Never ship it from here
    Withdraw(wish::Withdraw),
}

#[derive(Debug, Args)]
#[command(after_help = "\
  ml-connector shipment list --held                 what waits for a person
  ml-connector shipment list --stage in_doubt       bookings whose answer was lost
  ml-connector shipment list --text 1Z999AA1        by document, order, customer or tracking number")]
pub(crate) struct List {
    /// Only this site
    #[arg(long)]
    site: Option<SiteName>,
    /// Only these stages, e.g. received, rated, in_doubt, booked, delivered
    #[arg(long, value_name = "STAGE", value_delimiter = ',')]
    stage: Vec<String>,
    /// Only what is held
    #[arg(long)]
    held: bool,
    /// Only what is held for this reason, e.g. missing_mass
    #[arg(long, value_name = "CODE")]
    reason: Option<String>,
    /// Whose document, sales order, customer or tracking number is this
    #[arg(long)]
    text: Option<String>,
    /// How many at most
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=1000))]
    limit: u64,
    /// Go on behind the shipment with this id, as told at the end of a page; needs --site
    #[arg(long, value_name = "ID", requires = "site")]
    after: Option<ShipmentId>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
  ml-connector shipment show 100482
  ml-connector shipment show 000346/0001 --site oakland --json")]
pub(crate) struct Show {
    #[command(flatten)]
    about: About,
}

pub(crate) async fn run(context: &Context, command: Shipment) -> anyhow::Result<Outcome> {
    match command {
        Shipment::List(it) => list(context, it).await,
        Shipment::Show(it) => show(context, &it.about).await,
        Shipment::Plan(it) => it.run(context).await,
        Shipment::Approve(it) => it.run(context).await,
        Shipment::Ship(it) => it.run(context).await,
        Shipment::Retry(it) => it.run(context).await,
        Shipment::Hold(it) => it.run(context).await,
        Shipment::Release(it) => it.run(context).await,
        Shipment::Address(it) => it.run(context).await,
        Shipment::Service(it) => it.run(context).await,
        Shipment::Print(it) => it.run(context).await,
        Shipment::Void(it) => it.run(context).await,
        Shipment::Resolve(it) => it.run(context).await,
        Shipment::Withdraw(it) => it.run(context).await,
    }
}

async fn list(context: &Context, list: List) -> anyhow::Result<Outcome> {
    let store = context.store().await?;
    let after = match (&list.site, list.after) {
        (Some(site), Some(id)) => after(store, site, id).await?,
        _ => None,
    };
    let filter = ListFilter {
        site: list.site,
        within: None,
        stages: list.stage,
        hold_code: list.reason,
        held: list.held,
        text: list.text,
    };
    let rows = store.list(&filter, after, list.limit).await?;
    for row in &rows {
        context.out.value(&summary(row))?;
    }
    let last = rows.last().map(|row| (row.site.clone(), row.id));
    let full = u64::try_from(rows.len()).is_ok_and(|count| count == list.limit);
    let cells = rows.into_iter().map(|row| {
        let held = row.hold_code.unwrap_or_default();
        let tracking = row.tracking_number.map(|it| it.to_string()).unwrap_or_default();
        let document = row.document.to_string();
        [row.site.to_string(), document, row.stage, held, tracking, time(row.updated_at)]
    });
    let headings = ["site", "document", "stage", "held for", "tracking number", "changed (UTC)"];
    context.out.table(headings, cells.collect(), "no shipment is like that");
    if let (Some((site, id)), true) = (last, full) {
        context.out.say(format!("there may be more: --site {site} --after {id}"));
    }
    Ok(Outcome::Well)
}

async fn after(store: &Store, site: &SiteName, id: ShipmentId) -> anyhow::Result<Option<ListKey>> {
    let row = store.shipment(site, id).await?;
    let row = row.ok_or_else(|| anyhow::anyhow!("site {site} has no shipment {id} to go on behind"))?;
    Ok(Some(row.key()))
}

/// What stands in a shipment's row, for programs.
fn summary(row: &ShipmentRow) -> Value {
    json!({
        "site": row.site, "id": row.id, "source": row.source, "document": row.document, "release": row.release,
        "sales_order": row.sales_order, "customer": row.customer, "stage": row.stage, "hold": row.hold_code,
        "tracking_number": row.tracking_number, "lane": row.lane, "due_at": row.due_at, "tries": row.tries,
        "created_at": row.created_at, "updated_at": row.updated_at,
    })
}

async fn show(context: &Context, about: &About) -> anyhow::Result<Outcome> {
    let row = about.find(context).await?;
    let store = context.store().await?;
    let life = wish::life(&row)?;
    let attempts = store.attempts_of(&row.site, row.id).await?;
    let lines = store.audit_of(&row.site, row.id).await?;
    let labels = store.labels_of(&row.site, row.id).await?;
    let linked = store.linked_to(&row.site, row.id).await?;
    let hold = life.state.hold();
    if context.out.is_json() {
        let mut whole = summary(&row);
        whole["held"] = hold.map_or(Value::Null, told);
        whole["attempts"] = attempts.iter().map(attempt).collect();
        whole["labels"] = labels.len().into();
        whole["linked"] =
            linked.iter().map(|(source, document)| json!({ "source": source, "document": document })).collect();
        whole["cost"] = cost_value(&life);
        whole["doubt"] = doubt::value(context, &row, &life).await?;
        whole["watched"] = doubt::watched_value(&life);
        whole["audit"] = lines.iter().map(audit::value).collect();
        context.out.value(&whole)?;
    } else {
        facts(context, &row, &life);
        doubt::say(context, &row, &life).await?;
        for (source, document) in &linked {
            context.out.say(format!("the same order's {} {document} counts as one with it", source.noun()));
        }
        if let Some(hold) = hold {
            context.out.say(format!("\n{}\n{} ({})", hold.words(), hold.next_step(), hold.owner()));
        }
        context.out.say("");
        audit::table(context, &lines);
    }
    Ok(if hold.is_some() || matches!(life.state, State::Desk(_)) { Outcome::Waiting } else { Outcome::Well })
}

fn facts(context: &Context, row: &ShipmentRow, life: &Life) {
    let mut facts = vec![
        ("shipment", format!("{} {} of site {}", row.source.noun(), row.document, row.site)),
        ("release", row.release.to_string()),
        ("stage", row.stage.clone()),
    ];
    let named = [("sales order", &row.sales_order), ("customer", &row.customer)];
    facts.extend(named.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))));
    if let Some(waybill) = life.state.waybill() {
        let voided =
            |it: &TrackingNumber| matches!(&life.state, State::Booked(booked) if booked.voided_packages.contains(it));
        let told = |it: &TrackingNumber| if voided(it) { format!("{it} (voided)") } else { it.to_string() };
        let numbers: Vec<_> = waybill.tracking_numbers.iter().map(told).collect();
        facts.push(("tracking", numbers.join(", ")));
        facts.extend(waybill.charges.words().map(|cost| ("cost", cost)));
    }
    if let Some(stumbling) = &life.stumbling {
        facts.push((
            "failing",
            format!("{} tries since {} UTC: {}", stumbling.tries, time(stumbling.since), stumbling.words),
        ));
    }
    facts.extend(row.due_at.map(|at| ("next step", format!("{} UTC, {}", time(at), row.lane))));
    context.out.facts(&facts);
}

/// What the label cost, and whether UPS told: of an adopted label only the quote is known.
fn cost_value(life: &Life) -> Value {
    let Some(charges) = life.state.waybill().map(|it| &it.charges) else { return Value::Null };
    json!({ "amount": charges.payable().map(|it| it.to_string()), "quoted_only": charges.is_quoted_only() })
}

fn told(hold: &Hold) -> Value {
    json!({
        "code": hold.code(), "words": hold.words(), "next_step": hold.next_step(), "owner": hold.owner(),
        "field": hold.field(),
    })
}

/// An attempt without request and answer, which hold the consignee's name.
fn attempt(row: &AttemptRow) -> Value {
    json!({
        "attempt": row.attempt, "reference": row.reference, "asked_at": row.asked_at,
        "outcome": row.outcome.map(|it| it.as_str()), "answered_at": row.answered_at, "watch_until": row.watch_until,
    })
}

impl About {
    /// The shipment that is meant.
    pub(super) async fn find(&self, context: &Context) -> anyhow::Result<ShipmentRow> {
        let document: &DocumentNumber = &self.document;
        context.shipment(self.site.as_ref(), document, self.release).await
    }
}
