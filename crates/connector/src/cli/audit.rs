//! `audit`: everything that happened to a shipment, and the proof that no line is missing.

use crate::store::AuditRow;
use anyhow::bail;
use clap::{Args, Subcommand};
use serde_json::json;
use shipment::number::{DocumentNumber, SiteName};

use super::Outcome;
use super::context::Context;
use super::output::time;

#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// What happened to a document's shipment, from first reading to delivery
    Show(Show),
    /// Is any line missing, in any shipment's history?
    Verify(Verify),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Times are UTC. Every line says what happened, who or what caused it, and why.

  ml-connector audit show 100482
  ml-connector audit show 100482 --release 2 --json")]
pub(crate) struct Show {
    /// The document: dispatch note or sales order, leading zeros may be left out
    document: DocumentNumber,
    /// The site, if there are several
    #[arg(long)]
    site: Option<SiteName>,
    /// Which release of the document, if not the newest
    #[arg(long)]
    release: Option<u32>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Lines are numbered without gaps per shipment. A gap is named and the command fails.

  ml-connector audit verify
  ml-connector audit verify oakland --json")]
pub(crate) struct Verify {
    /// Only this site
    site: Option<SiteName>,
}

pub(crate) async fn run(context: &Context, command: Audit) -> anyhow::Result<Outcome> {
    match command {
        Audit::Show(it) => show(context, &it).await?,
        Audit::Verify(it) => verify(context, it.site.as_ref()).await?,
    }
    Ok(Outcome::Well)
}

async fn show(context: &Context, show: &Show) -> anyhow::Result<()> {
    let row = context.shipment(show.site.as_ref(), &show.document, show.release).await?;
    let lines = context.store().await?.audit_of(&row.site, row.id).await?;
    for line in &lines {
        context.out.value(&value(line))?;
    }
    table(context, &lines);
    Ok(())
}

/// One line of history for programs.
pub(super) fn value(line: &AuditRow) -> serde_json::Value {
    let AuditRow { seq, at, actor, event, words, detail } = line;
    json!({ "seq": seq, "at": at, "actor": actor, "event": event, "words": words, "detail": detail })
}

/// A history for people.
pub(super) fn table(context: &Context, lines: &[AuditRow]) {
    let rows = lines.iter().map(|it| [it.seq.to_string(), time(it.at), it.actor.clone(), it.words.clone()]);
    context.out.table(["#", "at (UTC)", "by", "what"], rows.collect(), "nothing is recorded");
}

async fn verify(context: &Context, only: Option<&SiteName>) -> anyhow::Result<()> {
    let store = context.store().await?;
    let sites = match only {
        Some(name) => vec![context.site_row(Some(name)).await?],
        None => store.sites().await?,
    };
    let mut gaps = 0_usize;
    for site in &sites {
        for gap in store.verify_audit(&site.site).await? {
            gaps += 1;
            context.out.value(&json!({
                "site": site.site, "shipment": gap.shipment, "document": gap.document, "counted": gap.counted,
                "found": gap.found, "first": gap.first, "last": gap.last,
            }))?;
            let (document, counted, found) = (&gap.document, gap.counted, gap.found);
            context
                .out
                .say(format!("site {}, document {document}: {found} lines where {counted} were written", site.site));
        }
    }
    let lines = store.audit_lines(only).await?;
    context.out.value(&json!({ "sites": sites.len(), "audit_lines": lines, "gaps": gaps }))?;
    if gaps > 0 {
        bail!("{gaps} shipments have a gap in their history; restore the newest backup beside it and compare");
    }
    context.out.say(format!("{lines} audit lines of {} sites, no gap", sites.len()));
    Ok(())
}
