//! `shipment plan`: what would become of a document, without anything happening.

use clap::Args;
use serde_json::Value as Json;
use shipment::address::Class;
use shipment::number::{DocumentNumber, SiteName};

use super::Outcome;
use super::context::Context;
use crate::plan::Plan as Planned;

#[derive(Debug, Args)]
#[command(after_help = "\
Reads the document from SYSPRO, asks UPS for address and price, and shows what would be booked \
and written. Nothing is stored, bought or written, and the operator is not logged on. The document \
need not be known here yet.

  ml-connector shipment plan 100482
  ml-connector shipment plan 100482 --request      with the JSON that UPS would get
  ml-connector shipment plan 100482 --json         everything, for programs

Exit codes: 0 nothing stands in its way, or it is not ours; 2 a person is needed; 1 it could not be read.")]
pub(crate) struct Plan {
    /// The document: dispatch note or sales order, leading zeros may be left out
    document: DocumentNumber,
    /// The site, if there are several
    #[arg(long)]
    site: Option<SiteName>,
    /// Also show the JSON that UPS would get
    #[arg(long)]
    request: bool,
}

impl Plan {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Outcome> {
        let app = context.app().await?;
        let planned = match context.site_row(self.site.as_ref()).await {
            Ok(row) => self.plan(&app, &row.site).await,
            Err(error) => Err(error),
        };
        app.close().await;
        let plan = planned?;
        context.out.value(&plan)?;
        tell(context, &plan, self.request);
        let needs_person = matches!(plan.next.code.as_str(), "hold" | "in_doubt" | "release" | "trouble" | "paused");
        Ok(if needs_person { Outcome::Waiting } else { Outcome::Well })
    }

    async fn plan(&self, app: &crate::app::App, name: &SiteName) -> anyhow::Result<Planned> {
        let site = app.site(name).ok_or_else(|| anyhow::anyhow!("site {name} is not loaded"))?;
        Ok(Planned::of(app, &site, &self.document).await?)
    }
}

fn tell(context: &Context, plan: &Planned, with_request: bool) {
    let out = context.out;
    out.say(format!("{} {} of site {}, release {}", plan.source.noun(), plan.document, plan.site, plan.release));
    out.say("");
    out.facts(&as_read(plan));
    if plan.verdict.code == "ours" && !is_over(plan) {
        out.say("\nWould be shipped");
        out.facts(&shipped(plan));
        parts_changed(context, plan);
        in_syspro(context, plan);
    }
    if let (true, Some(request)) = (with_request, &plan.request) {
        out.say("\nUPS would get");
        out.say(pretty(request));
    }
    out.say(format!("\nNext: {}", plan.next.words));
    if let Some(hold) = &plan.hold {
        out.say(format!("To do: {} ({})", hold.next_step, hold.owner));
    }
    if plan.request.is_some() && !with_request {
        out.say("--request shows the JSON that UPS would get");
    }
}

/// A label is bought or may be, so nothing is planned.
fn is_over(plan: &Planned) -> bool {
    matches!(plan.next.code.as_str(), "booked" | "in_doubt")
}

fn as_read(plan: &Planned) -> Vec<(&'static str, String)> {
    let read = &plan.read;
    let to = &read.ship_to;
    let lines = to.lines.iter().chain([&to.state, &to.postal_code]).filter(|it| !it.trim().is_empty());
    let ship_to: Vec<&str> = std::iter::once(to.name.trim()).chain(lines.map(|it| it.trim())).collect();
    let mut facts = vec![
        ("status", read.status.clone()),
        ("customer", format!("{} {}", read.customer, read.customer_name)),
        ("ship-to", ship_to.join(" / ")),
        ("ship-via", read.ship_via.clone()),
        ("warehouse", read.warehouse.clone()),
        ("lines to ship", read.lines_to_ship.to_string()),
    ];
    if !read.sales_orders.is_empty() {
        facts.insert(0, ("sales order", read.sales_orders.join(", ")));
    }
    facts.extend(read.required_date.map(|date| ("required", date.to_string())));
    facts.extend(read.carried_tracking.clone().map(|number| ("carries already", number)));
    facts.push(("verdict", plan.verdict.words.clone()));
    if let Some(known) = &plan.known {
        let number = known.tracking_number.as_ref().map(|it| format!(", {it}")).unwrap_or_default();
        let hold = known.hold.as_ref().map(|it| format!(" for {it}")).unwrap_or_default();
        facts.push(("stands here", format!("{}{hold}{number}", known.stage)));
    }
    facts
}

fn shipped(plan: &Planned) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    facts.extend(plan.service.as_ref().map(|service| ("service", service.to_string())));
    if let Some(address) = &plan.address {
        // Why an address is not settled is said at the end, as what stands in the way.
        if let Some(label) = &address.on_label {
            facts.push(("address", address.how.clone()));
            let home = if address.class == Some(Class::Residential) { " (residential)" } else { "" };
            facts.push(("on the label", format!("{} / {}{home}", label.name, label.place_line())));
        }
    }
    for package in &plan.packages {
        let size = package.box_name.as_ref().map(|name| format!(", box {name}")).unwrap_or_default();
        facts.push(("package", format!("{}{size}", package.weight)));
    }
    facts.extend(plan.ship_date.map(|date| ("ship date", date.to_string())));
    if let Some(quote) = &plan.quote {
        let told = |amount: Option<shipment::money::Money>| amount.map_or("none".to_owned(), |it| it.to_string());
        let days = quote.transit_days.map(|days| format!(", {days} working days")).unwrap_or_default();
        facts.push((
            "price",
            format!("negotiated {}, published {}{days}", told(quote.negotiated), told(quote.published)),
        ));
    }
    facts
}

fn parts_changed(context: &Context, plan: &Planned) {
    let changed = plan.address.as_ref().map(|it| it.difference.as_slice()).unwrap_or_default();
    if changed.is_empty() {
        return;
    }
    let rows = changed.iter().map(|it| [it.part.to_owned(), it.was.clone(), it.now.clone()]);
    context.out.say("");
    context.out.table(["address", "the order has", "UPS has"], rows.collect(), "");
}

fn in_syspro(context: &Context, plan: &Planned) {
    if !plan.writes_to_syspro {
        context.out.say("\nSYSPRO is not written: UPS is not production and syspro.test_company is not set");
        return;
    }
    if plan.syspro_after.is_empty() {
        return;
    }
    context.out.say("\nSYSPRO would hold");
    let rows =
        plan.syspro_after.iter().map(|it| [it.record.clone(), it.field.clone(), it.value.clone(), it.when.to_owned()]);
    context.out.table(["record", "field", "value", "when"], rows.collect(), "");
}

fn pretty(request: &Json) -> String {
    serde_json::to_string_pretty(request).unwrap_or_default()
}
