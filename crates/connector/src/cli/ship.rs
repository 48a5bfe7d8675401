//! `shipment ship`: the packing bench's way to a label.
//!
//! ```text
//! boxes and weights ─► wish ─► the engine, at once ─► tracking number, label │ why not
//! ```
//!
//! The same wish as `approve`, with what stands on the scale, and the engine is run until it has nothing left to do. So
//! the bench's label is bought on the one path to a label there is.

use std::str::FromStr as _;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use clap::Args;
use serde_json::json;
use shipment::measure::Weight;
use shipment::packing::{Bench, Weighed};

use super::context::Context;
use super::wish::{self, About};
use super::{Outcome, wish::life};
use crate::app::App;
use crate::config::Site;
use crate::engine::wishes::Wish;
use crate::store::ShipmentRow;

#[derive(Debug, Args)]
#[command(after_help = "\
Without weights the packages are as planned. A weight is one package's, packaging included; a plain number is in the \
site's unit.

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
        let row = self.about.find(context).await?;
        let (_, site) = context.settings(&row.site).await?;
        let wish = Wish::Ship { bench: self.bench(&site)? };
        let app = context.app().await?;
        wish::record(context, &row, &wish, "").await?;
        let told = self.drive(context, &app).await;
        app.close().await;
        told
    }

    async fn drive(&self, context: &Context, app: &Arc<App>) -> anyhow::Result<Outcome> {
        app.drive().await?;
        let row = self.about.find(context).await?;
        tell(context, &row).await
    }

    fn bench(&self, site: &Site) -> anyhow::Result<Option<Bench>> {
        if self.weight.is_empty() {
            return Ok(None);
        }
        let mut weights = self.weight.iter().map(|text| weight(text, site)).collect::<anyhow::Result<Vec<_>>>()?;
        if let Some(boxes) = self.boxes.map(usize::from) {
            match weights.as_slice() {
                [one] => weights = vec![*one; boxes],
                several if several.len() == boxes => {}
                several => {
                    bail!("{boxes} boxes and {} weights; give one weight for all, or one for each", several.len())
                }
            }
        }
        let known = self.box_name.as_ref().map(|name| {
            let found = site.packing.boxes.iter().find(|it| it.name == *name);
            found.with_context(|| format!("site {} has no box {name:?}", site.name))
        });
        let known = known.transpose()?;
        let weighed = |weight| Weighed {
            weight,
            dimensions: known.map(|it| it.dimensions),
            box_name: known.map(|it| it.name.clone()),
        };
        Ok(Some(Bench { packages: weights.into_iter().map(weighed).collect() }))
    }
}

/// A weight with its unit, or a plain number in the site's.
fn weight(text: &str, site: &Site) -> anyhow::Result<Weight> {
    let plain = text.trim().ends_with(|it: char| it.is_ascii_digit());
    let text = if plain { format!("{text} {}", site.mass_unit) } else { text.to_owned() };
    Ok(Weight::from_str(&text)?)
}

async fn tell(context: &Context, row: &ShipmentRow) -> anyhow::Result<Outcome> {
    let life = life(row)?;
    let labels = context.store().await?.labels_of(&row.site, row.id).await?.len();
    let numbers: Vec<_> = life.state.waybill().map(|it| it.tracking_numbers.clone()).unwrap_or_default();
    let cost = life.state.waybill().and_then(|it| it.charges.payable());
    let hold = life.state.hold();
    context.out.value(&json!({
        "site": row.site, "document": row.document, "release": row.release, "stage": row.stage,
        "tracking_numbers": numbers, "cost": cost.map(|it| it.to_string()), "labels": labels,
        "hold": hold.map(shipment::hold::Hold::code), "words": hold.map(shipment::hold::Hold::words),
    }))?;
    let name = format!("{} {}", row.source.noun(), row.document);
    if let Some(hold) = hold {
        context.out.say(format!("{name} is held: {}\n{} ({})", hold.words(), hold.next_step(), hold.owner()));
        return Ok(Outcome::Waiting);
    }
    if numbers.is_empty() {
        let why = life.stumbling.map_or_else(|| format!("it is {}", row.stage), |it| it.words);
        context.out.say(format!("{name} has no label yet: {why}; `ml-connector sync` goes on with it"));
        return Ok(Outcome::Waiting);
    }
    let numbers: Vec<_> = numbers.iter().map(ToString::to_string).collect();
    let cost = cost.map(|it| format!(", {it}")).unwrap_or_default();
    context.out.say(format!("{name}: {}{cost}, {labels} labels", numbers.join(", ")));
    Ok(Outcome::Well)
}
