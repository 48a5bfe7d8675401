//! What a person says about one shipment, put down as a wish.
//!
//! ```text
//! arguments ─► Wish + who + why ─► store ─► "carried out by the next `sync`"
//! ```
//!
//! Nothing is called here and nothing is decided; a wish that may not follow is answered in the audit trail.

use clap::Args;
use serde_json::json;
use shipment::address::{Address, Candidate};
use shipment::number::{DocumentNumber, SiteName, TrackingNumber};
use shipment::service::Service;

use super::Outcome;
use super::context::Context;
use crate::engine::life::Life;
use crate::engine::wishes::Wish;
use crate::store::ShipmentRow;
use crate::wishing::{self, Proposals};

/// Which shipment is meant.
#[derive(Debug, Args)]
pub(crate) struct About {
    /// The document: dispatch note or sales order, leading zeros may be left out
    pub(super) document: DocumentNumber,
    /// The site, if there are several
    #[arg(long)]
    pub(super) site: Option<SiteName>,
    /// Which release of the document, if not the newest
    #[arg(long, value_name = "N")]
    pub(super) release: Option<u32>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
For sites in mode approve. Bought is what `shipment show` tells, after everything was read again from SYSPRO.

  ml-connector shipment approve 100482
  ml-connector sync")]
pub(crate) struct Approve {
    #[command(flatten)]
    about: About,
}

#[derive(Debug, Args)]
#[command(after_help = "\
What was corrected in SYSPRO is read again first. A lost answer of UPS is asked for, never bought again.

  ml-connector shipment retry 100482")]
pub(crate) struct Retry {
    #[command(flatten)]
    about: About,
    /// Why, for the audit trail
    #[arg(long, default_value = "")]
    reason: String,
}

#[derive(Debug, Args)]
#[command(after_help = "  ml-connector shipment hold 100482 --reason 'customer asked to wait until Monday'")]
pub(crate) struct HoldIt {
    #[command(flatten)]
    about: About,
    /// Why, for whoever releases it
    #[arg(long)]
    reason: String,
}

#[derive(Debug, Args)]
#[command(after_help = "\
The document is read again from SYSPRO first, so what was corrected there counts. Also for documents that were ready \
before the connector came, which are shipped only when somebody says so.

  ml-connector shipment release 100482 --reason 'street corrected in SYSPRO'")]
pub(crate) struct Release {
    #[command(flatten)]
    about: About,
    /// Why, for the audit trail
    #[arg(long, default_value = "")]
    reason: String,
}

#[derive(Debug, Args)]
#[command(after_help = "\
The choice is remembered for this customer and this very text, so it is asked once. SYSPRO is not changed.

  ml-connector shipment address 100482                 shows what UPS proposes
  ml-connector shipment address 100482 --take 1        ships to the first proposal
  ml-connector shipment address 100482 --as-written    ships to what the order says")]
pub(crate) struct ChooseAddress {
    #[command(flatten)]
    about: About,
    /// Take this one of UPS's proposals
    #[arg(long, value_name = "N")]
    take: Option<usize>,
    /// Keep what the order says
    #[arg(long, conflicts_with = "take")]
    as_written: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
  ml-connector shipment service 100482 03
  ml-connector shipment service 100482 '2nd Day Air'")]
pub(crate) struct ChooseService {
    #[command(flatten)]
    about: About,
    /// UPS's code or name of the service
    service: Service,
}

#[derive(Debug, Args)]
#[command(after_help = "  ml-connector shipment print 100482")]
pub(crate) struct Print {
    #[command(flatten)]
    about: About,
}

#[derive(Debug, Args)]
#[command(after_help = "\
The tracking number is taken out of SYSPRO again.

  ml-connector shipment void 100482 --reason 'wrong box'
  ml-connector shipment void 100482 --reason 'wrong service' --restart     and ship it anew
  ml-connector shipment void 100482 --package 1Z999AA10123456784 --reason 'one box less'

UPS voids single packages of shipments within a country only; the others go on, and SYSPRO is told the numbers that \
remain.")]
pub(crate) struct VoidIt {
    #[command(flatten)]
    about: About,
    /// Why, for the audit trail
    #[arg(long)]
    reason: String,
    /// Ship the document anew once the label is void
    #[arg(long, conflicts_with = "package")]
    restart: bool,
    /// Only this package; may be given several times
    #[arg(long, value_name = "NUMBER")]
    package: Vec<TrackingNumber>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
For a document that is shipped in another way. A label that is bought already has to be voided first.

  ml-connector shipment withdraw 100482 --reason 'customer collects'")]
pub(crate) struct Withdraw {
    #[command(flatten)]
    about: About,
    /// Why, for the audit trail
    #[arg(long)]
    reason: String,
}

impl Approve {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Outcome> {
        put_down(context, &self.about, &Wish::Ship { bench: None }, "").await
    }
}

impl Retry {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Outcome> {
        put_down(context, &self.about, &Wish::Retry, &self.reason).await
    }
}

impl HoldIt {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Outcome> {
        put_down(context, &self.about, &Wish::Hold, &self.reason).await
    }
}

impl Release {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Outcome> {
        put_down(context, &self.about, &Wish::Release, &self.reason).await
    }
}

impl ChooseService {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Outcome> {
        put_down(context, &self.about, &Wish::Service { service: self.service }, "").await
    }
}

impl Print {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Outcome> {
        put_down(context, &self.about, &Wish::Print, "").await
    }
}

impl VoidIt {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Outcome> {
        let wish = match self.package.is_empty() {
            true => Wish::Void { restart: self.restart },
            false => Wish::VoidPackages { packages: self.package },
        };
        put_down(context, &self.about, &wish, &self.reason).await
    }
}

impl Withdraw {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Outcome> {
        put_down(context, &self.about, &Wish::Withdraw, &self.reason).await
    }
}

impl ChooseAddress {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Outcome> {
        let row = self.about.find(context).await?;
        let proposals = proposed(context, &row).await?;
        if self.take.is_none() && !self.as_written {
            return list(context, &proposals.written, &proposals.candidates);
        }
        let address = proposals.choose(self.take)?;
        put_down(context, &self.about, &Wish::Address { address }, "").await
    }
}

fn list(context: &Context, written: &Address, proposals: &[Candidate]) -> anyhow::Result<Outcome> {
    context.out.value(&json!({ "as_written": written, "proposals": proposals }))?;
    let row = |name: String, lines: &[String], place: String| [name, lines.join(", "), place];
    let mut rows = vec![row("as written".to_owned(), &written.lines, written.place_line())];
    let numbered = proposals.iter().zip(1..);
    rows.extend(numbered.map(|(it, number): (_, usize)| row(number.to_string(), &it.lines, it.place_line())));
    context.out.table(["choice", "street", "place"], rows, "");
    Ok(Outcome::Waiting)
}

/// What the order says, and what UPS proposed instead.
async fn proposed(context: &Context, row: &ShipmentRow) -> anyhow::Result<Proposals> {
    let (_, site) = context.settings(&row.site).await?;
    Ok(Proposals::of(&site, row)?)
}

/// A shipment's state as the store kept it.
pub(super) fn life(row: &ShipmentRow) -> anyhow::Result<Life> {
    Ok(wishing::life(row)?)
}

async fn put_down(context: &Context, about: &About, wish: &Wish, reason: &str) -> anyhow::Result<Outcome> {
    let row = about.find(context).await?;
    let kind = record(context, &row, wish, reason).await?;
    let name = format!("{} {}", row.source.noun(), row.document);
    context.out.value(&json!({ "site": row.site, "document": row.document, "release": row.release, "wish": kind }))?;
    context.out.say(format!("{name}: {kind} is put down, the next `ml-connector sync` carries it out"));
    Ok(Outcome::Well)
}

/// Puts a wish into the store and wakes the shipment; gives back the wish's name.
pub(super) async fn record(context: &Context, row: &ShipmentRow, wish: &Wish, reason: &str) -> anyhow::Result<String> {
    let (store, now) = (context.store().await?, context.clock.now());
    Ok(wishing::put_down(store, row, wish, &context.actor(), reason, now).await?)
}
