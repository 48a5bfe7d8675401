//! `shipment ship`: the packing bench's way to a label.
//!
//! ```text
//! boxes and weights ─► wish ─► the engine, at once ─► tracking number, label │ why not
//! ```
//!
//! The same wish as `approve`, with what stands on the scale, and the engine is run until it has nothing left to do. So
//! the bench's label is bought on the one path to a label there is.

use std::sync::Arc;

use clap::Args;
use serde_json::json;
use shipment::state::{Delivery, State};

use super::context::Context;
use super::wish::{self, About};
use super::{Outcome, wish::life};
use crate::app::App;
use crate::config::PrinterKind;
use crate::engine::wishes::Wish;
use crate::printing::Sheet;
use crate::store::{LabelEntry, ShipmentRow};
use crate::wishing;

#[derive(Debug, Args)]
#[command(after_help = "\
Without weights the packages are as planned. A weight is one package's, packaging included; a plain number is in the \
site's unit. A document that became ready since the last poll is looked for first. The same wish twice buys one label.

  ml-connector shipment ship 100482
  ml-connector shipment ship 100482 --weight 12.4 --weight '8.1 lb'
  ml-connector shipment ship 100482 --boxes 3 --weight 10 --box M       three boxes M of 10 each

Exit codes: 0 the label is there, 2 a person is needed, and it says why.")]
pub(crate) struct Ship {
    #[command(flatten)]
    about: About,
    /// How many packages, all of the one weight given
    #[arg(long, value_name = "N", requires = "weight", value_parser = clap::value_parser!(u16).range(1..=200))]
    boxes: Option<u16>,
    /// What a package weighs; once for each package
    #[arg(long, value_name = "WEIGHT")]
    weight: Vec<String>,
    /// The box used, by its name in the site file
    #[arg(long = "box", value_name = "NAME", requires = "weight")]
    box_name: Option<String>,
}

impl Ship {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Outcome> {
        let app = context.app().await?;
        let told = self.ship(context, &app).await;
        app.close().await;
        told
    }

    async fn ship(&self, context: &Context, app: &Arc<App>) -> anyhow::Result<Outcome> {
        let row = self.known(context, app).await?;
        let (_, site) = context.settings(&row.site).await?;
        let wish = Wish::Ship { bench: wishing::bench(&site, &self.weight, self.boxes, self.box_name.as_deref())? };
        wish::record(context, &row, &wish, "").await?;
        app.drive_shipments().await?;
        let row = self.about.find(context).await?;
        tell(context, app, &row).await
    }

    /// The document's shipment. The bench may be faster than the next poll, so what is not known yet is looked for once.
    async fn known(&self, context: &Context, app: &Arc<App>) -> anyhow::Result<ShipmentRow> {
        if let Ok(row) = self.about.find(context).await {
            return Ok(row);
        }
        app.poll().await?;
        self.about.find(context).await
    }
}

async fn tell(context: &Context, app: &App, row: &ShipmentRow) -> anyhow::Result<Outcome> {
    let life = life(row)?;
    let kept = context.store().await?.labels_of(&row.site, row.id).await?;
    let (labels, places) = (kept.len(), places(app, row, &life.state, kept));
    let numbers: Vec<_> = life.state.waybill().map(|it| it.tracking_numbers.clone()).unwrap_or_default();
    let cost = life.state.waybill().and_then(|it| it.charges.payable());
    let quoted_only = life.state.waybill().is_some_and(|it| it.charges.is_quoted_only());
    let hold = life.state.hold();
    context.out.value(&json!({
        "site": row.site, "document": row.document, "release": row.release, "stage": row.stage,
        "tracking_numbers": numbers, "cost": cost.map(|it| it.to_string()),
        "cost_quoted_only": quoted_only, "labels": labels,
        "label_places": places,
        "hold": hold.map(shipment::hold::Hold::code), "words": hold.map(shipment::hold::Hold::words),
    }))?;
    let name = format!("{} {}", row.source.noun(), row.document);
    if let Some(hold) = hold {
        context.out.say(format!("{name} is held: {}\n{} ({})", hold.words(), hold.next_step(), hold.owner()));
        return Ok(Outcome::Waiting);
    }
    if matches!(&life.state, State::Booked(booked) if booked.is_voided()) {
        context.out.say(format!("{name}: its label is void, and no other was bought"));
        return Ok(Outcome::Waiting);
    }
    if numbers.is_empty() {
        let why = life.stumbling.map_or_else(|| format!("it is {}", row.stage), |it| it.words);
        context.out.say(format!("{name} has no label yet: {why}; `ml-connector sync` goes on with it"));
        return Ok(Outcome::Waiting);
    }
    let numbers: Vec<_> = numbers.iter().map(ToString::to_string).collect();
    let cost = cost.map(|it| format!(", {it}")).unwrap_or_default();
    let noun = if labels == 1 { "label" } else { "labels" };
    context.out.say(format!("{name}: {}{cost}, {labels} {noun}", numbers.join(", ")));
    places.iter().for_each(|place| context.out.say(place));
    Ok(Outcome::Well)
}

/// Where the labels came out: their files, or the printer.
fn places(app: &App, row: &ShipmentRow, state: &State, labels: Vec<LabelEntry>) -> Vec<String> {
    let State::Booked(booked) = state else { return Vec::new() };
    let document = &booked.rated.received().document;
    let site = app.site(&row.site);
    let from = site.as_ref().and_then(|it| it.site.ship_from(&document.warehouse));
    let printer = site.as_ref().zip(from).and_then(|(it, from)| it.site.printer_of(from));
    match (&booked.delivery, printer.map(|it| &it.kind)) {
        (Delivery::Delivered { .. }, Some(PrinterKind::Folder(folder))) => {
            let folder = app.data_dir.join(folder);
            let files = labels.into_iter().map(|it| folder.join(Sheet::of(document, it.label, false).file_name));
            files.map(|file| file.display().to_string()).collect()
        }
        (Delivery::Delivered { to, .. }, _) => vec![to.clone()],
        (Delivery::NotNeeded { .. }, _) => Vec::new(),
        (Delivery::Pending { .. }, _) => vec!["the printer has not taken them yet; they wait for it".to_owned()],
        (Delivery::MaybePrinted { printer, .. }, _) => {
            vec![format!("printer {printer}: maybe printed, look into its tray")]
        }
    }
}
