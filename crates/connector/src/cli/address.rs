//! `address`: the address book of SYSPRO's customers, checked at UPS before an order needs it.
//!
//! `check` asks and reports, `accept` puts down that a correction is right; only the engine writes it into SYSPRO, and
//! `report` shows what became of it.

use std::collections::BTreeMap;

use clap::{Args, Subcommand};
use jiff::SignedDuration;
use serde_json::json;
use shipment::number::SiteName;

use super::Outcome;
use super::context::Context;
use crate::address_book::{self, Checked, Progress, Verdict};

#[derive(Debug, Subcommand)]
pub(crate) enum Address {
    /// Ask UPS about every address of SYSPRO's customers
    Check(Check),
    /// What was found, without asking again
    Report(Report),
    /// Corrections that are right: SYSPRO is to have them
    Accept(Accept),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Reads customers and their ship-to addresses, asks UPS about each and keeps what it says. It may be broken off and \
called again: it goes on where it was. Nothing is changed in SYSPRO.

  ml-connector address check oakland
  ml-connector address check oakland --again-after 0     asks about every address anew
  ml-connector address check oakland --csv > book.csv")]
pub(crate) struct Check {
    /// The site; may be left out when there is only one
    site: Option<SiteName>,
    /// After so many days an address is asked about again
    #[arg(long, value_name = "DAYS", default_value_t = 90)]
    again_after: u32,
    /// The report as CSV
    #[arg(long)]
    csv: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
  ml-connector address report oakland
  ml-connector address report oakland --csv > book.csv")]
pub(crate) struct Report {
    /// The site; may be left out when there is only one
    site: Option<SiteName>,
    /// As CSV
    #[arg(long)]
    csv: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
The engine writes accepted corrections into SYSPRO with its next cycle (`serve`, `sync`), reads them back, and changes \
open orders that carry the old text. Nothing is written for a site that may not write to SYSPRO.

  ml-connector address accept oakland --customer COPPDW000 --ship-to 02
  ml-connector address accept oakland --all")]
pub(crate) struct Accept {
    /// The site
    site: SiteName,
    /// Every correction that was found
    #[arg(long, conflicts_with = "customer")]
    all: bool,
    /// Only this customer's
    #[arg(long, value_name = "CUSTOMER", required_unless_present = "all")]
    customer: Option<String>,
    /// Only this ship-to code of the customer's
    #[arg(long, value_name = "CODE", requires = "customer")]
    ship_to: Option<String>,
}

pub(crate) async fn run(context: &Context, command: Address) -> anyhow::Result<Outcome> {
    match command {
        Address::Check(it) => check(context, it).await,
        Address::Report(it) => {
            let name = context.site_row(it.site.as_ref()).await?.site;
            let book = address_book::report(context.store().await?, &name).await?;
            report(context, (&name, &book), None, it.csv)
        }
        Address::Accept(it) => accept(context, it).await,
    }
}

async fn check(context: &Context, wanted: Check) -> anyhow::Result<Outcome> {
    let name = context.site_row(wanted.site.as_ref()).await?.site;
    let app = context.app().await?;
    let site = app.site(&name).ok_or_else(|| anyhow::anyhow!("site {name} is not loaded"))?;
    let bar = context.out.bar("addresses");
    let again_after = SignedDuration::from_hours(24 * i64::from(wanted.again_after));
    let told = |it: Progress| bar.at(it.known + it.asked + it.unanswered, it.all);
    let checked = address_book::check(&app, &site, again_after, told).await;
    drop(bar);
    drop(site);
    // Closing ends the store too.
    let book = address_book::report(&app.store, &name).await;
    app.close().await;
    let progress = checked.map_err(|trouble| {
        anyhow::anyhow!(
            "the check of site {name} stops here, and goes on when called again: {}",
            trouble.told_at(&name)
        )
    })?;
    report(context, (&name, &book?), Some(progress), wanted.csv)
}

fn report(
    context: &Context,
    (name, checked): (&SiteName, &[Checked]),
    progress: Option<Progress>,
    csv: bool,
) -> anyhow::Result<Outcome> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for it in checked {
        *counts.entry(it.finding.verdict.as_str()).or_default() += 1;
    }
    let settled = [Verdict::Confirmed, Verdict::Consistent, Verdict::NotCovered];
    let worth_a_look = |it: &&Checked| !settled.contains(&it.finding.verdict);
    let open: Vec<&Checked> = checked.iter().filter(worth_a_look).collect();
    let outcome = if open.iter().any(|it| it.outcome.is_none()) { Outcome::Waiting } else { Outcome::Well };
    if csv {
        context.out.raw(&as_csv(&open));
        return Ok(outcome);
    }
    context.out.value(&json!({ "site": name, "progress": progress, "counts": counts, "addresses": open }))?;
    let rows = open.iter().map(|it| {
        [
            it.customer.clone(),
            it.ship_to_code.clone(),
            it.finding.verdict.as_str().replace('_', " "),
            in_syspro(it),
            proposed(it),
            it.outcome
                .clone()
                .or_else(|| it.accepted_by.as_ref().map(|by| format!("accepted by {by}")))
                .unwrap_or_default(),
        ]
    });
    let headings = ["customer", "ship-to", "found", "in SYSPRO", "at UPS", "state"];
    context.out.table(headings, rows.collect(), "every address is as UPS knows it");
    let counted: Vec<_> =
        counts.iter().map(|(verdict, count)| format!("{count} {}", verdict.replace('_', " "))).collect();
    context.out.say(format!("\n{} addresses checked: {}", checked.len(), counted.join(", ")));
    if let Some(it) = progress.filter(|it| it.unanswered > 0) {
        context.out.say(format!("{} were not answered; call it again", it.unanswered));
    }
    if open.iter().any(|it| it.finding.verdict == Verdict::Corrected && it.accepted_by.is_none()) {
        context.out.say(format!("accept corrections with: ml-connector address accept {name} --all"));
    }
    Ok(outcome)
}

async fn accept(context: &Context, wanted: Accept) -> anyhow::Result<Outcome> {
    let name = context.site_row(Some(&wanted.site)).await?.site;
    let store = context.store().await?;
    let (_, settings) = context.settings(&name).await?;
    let is_meant = |it: &Checked| {
        let customer = wanted.customer.as_ref().is_none_or(|code| it.customer.trim() == code.trim());
        let ship_to = wanted.ship_to.as_ref().is_none_or(|code| it.ship_to_code == *code);
        it.finding.verdict == Verdict::Corrected && customer && ship_to
    };
    let mut accepted = 0;
    for it in address_book::report(store, &name).await?.into_iter().filter(is_meant) {
        let key = (it.customer.as_str(), it.ship_to_code.as_str());
        accepted += usize::from(store.accept_correction(&name, key, &context.actor(), context.clock.now()).await?);
    }
    if accepted > 0 {
        let words = format!("{accepted} corrected addresses accepted");
        store.tell_site(&name, context.clock.now(), &context.actor(), "addresses_accepted", &words).await?;
    }
    context.out.value(&json!({ "site": name, "accepted": accepted, "may_write": settings.may_write_to_syspro() }))?;
    context.out.say(format!("{accepted} corrections accepted"));
    if !settings.may_write_to_syspro() {
        context.out.say("they are not written: UPS is not production and syspro.test_company is not set");
    } else if accepted > 0 {
        context.out.say("they are written with the next cycle of `serve` or `sync`; see: ml-connector address report");
    }
    Ok(Outcome::Well)
}

/// The address as SYSPRO has it, on one line.
fn in_syspro(checked: &Checked) -> String {
    let was = &checked.finding.was;
    let parts = was.lines.iter().chain([&was.state, &was.postal_code]).map(|it| it.trim()).filter(|it| !it.is_empty());
    parts.collect::<Vec<_>>().join(", ")
}

/// What UPS proposes, or why there is nothing.
fn proposed(checked: &Checked) -> String {
    let finding = &checked.finding;
    match &finding.now {
        Some(now) => now.place_line(),
        None if finding.candidates.is_empty() => finding.words.clone(),
        None => finding.candidates.join(" | "),
    }
}

fn as_csv(checked: &[&Checked]) -> String {
    let mut text = String::from("customer,ship_to_code,verdict,in_syspro,at_ups,words,accepted_by,outcome\n");
    for it in checked {
        let fields = [
            it.customer.as_str(),
            &it.ship_to_code,
            it.finding.verdict.as_str(),
            &in_syspro(it),
            &proposed(it),
            &it.finding.words,
            it.accepted_by.as_deref().unwrap_or_default(),
            it.outcome.as_deref().unwrap_or_default(),
        ];
        text.push_str(&fields.map(quoted).join(","));
        text.push('\n');
    }
    text
}

/// A field of CSV (RFC 4180). One that a spreadsheet would take for a formula begins with an apostrophe.
fn quoted(field: &str) -> String {
    let formula = field.starts_with(['=', '+', '-', '@']);
    let field = if formula { format!("'{field}") } else { field.to_owned() };
    if field.contains([',', '"', '\n', '\r']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_csv_are_quoted_where_they_must_be_and_never_formulas() {
        assert_eq!(quoted("COPPDW000"), "COPPDW000");
        assert_eq!(quoted("12 Main St, Suite \"B\""), "\"12 Main St, Suite \"\"B\"\"\"");
        assert_eq!(quoted("=HYPERLINK(1)"), "'=HYPERLINK(1)");
    }
}
