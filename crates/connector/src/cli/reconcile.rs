//! `reconcile`: our labels and UPS's, compared; nothing is changed.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use shipment::number::SiteName;

use super::Outcome;
use super::context::Context;
use super::output::time;
use crate::app::App;
use crate::engine::reconcile::{Compared, Cursor, Finding, reconcile};

/// Without --since: as long as UPS keeps Quantum View's files.
const A_WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Rows of the table; a file or --json has all.
const MOST_ROWS: usize = 500;

#[derive(Debug, Args)]
#[command(after_help = "\
Compares the labels bought through this site with what UPS knows: its Quantum View manifests, where the account has a \
subscription ([ups] quantum_view), and its label recovery, one call for each label that no manifest showed. Nothing is \
changed, here or at UPS; each row says what a person would do.

  ml-connector reconcile oakland
  ml-connector reconcile oakland --since 2026-09-01 --csv differences.csv
  ml-connector reconcile oakland --json                 a line for each difference, the last one sums up

Exit codes: 0 nothing differs, 1 failed or UPS is away (the place to go on from is told), 2 something needs a person.")]
pub(crate) struct Reconcile {
    /// The site, if there are several
    site: Option<SiteName>,
    /// Labels asked for since this day, UTC; the last seven days unless given
    #[arg(long, value_name = "DATE")]
    since: Option<Date>,
    /// Writes every difference to this file too
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Goes on behind the place at which an earlier run stopped
    #[arg(long, value_name = "PLACE")]
    after: Option<Cursor>,
}

pub(crate) async fn run(context: &Context, command: Reconcile) -> anyhow::Result<Outcome> {
    let app = context.app().await?;
    let outcome = compare(context, &app, command).await;
    app.close().await;
    outcome
}

async fn compare(context: &Context, app: &App, command: Reconcile) -> anyhow::Result<Outcome> {
    let name = context.site_row(command.site.as_ref()).await?.site;
    let site = app.site(&name).with_context(|| format!("site {name} cannot be loaded"))?;
    let since = match command.since {
        Some(day) => day.to_zoned(TimeZone::UTC)?.timestamp(),
        None => context.clock.now() - A_WEEK,
    };
    let mut csv = command.csv.as_ref().map(Sheet::begin).transpose()?;
    let (mut rows, mut needs, mut failed) = (Vec::new(), 0_u64, None);
    let working = context.out.working("asking UPS");
    let compared = reconcile(app, &site, since, command.after, |finding| {
        needs += u64::from(finding.kind.needs_a_person());
        if let Some(sheet) = &mut csv
            && let Err(error) = sheet.add(finding)
        {
            failed = Some(error);
        }
        if let Err(error) = context.out.value(&value(finding)) {
            failed = Some(error.into());
        }
        if !context.out.is_json() && rows.len() < MOST_ROWS {
            rows.push(cells(finding));
        }
    })
    .await?;
    drop(working);
    if let Some(error) = failed {
        return Err(error.context("the differences cannot be written"));
    }
    let headings = ["what", "number", "document", "what to do"];
    context.out.table(headings, rows, "nothing differs");
    tell(context, &name, since, needs, &compared)?;
    match compared.stopped {
        Some((_, trouble)) => Err(anyhow::anyhow!("UPS could not be asked to the end: {}", trouble.told_at(&name))),
        None if needs > 0 => Ok(Outcome::Waiting),
        None => Ok(Outcome::Well),
    }
}

fn tell(context: &Context, site: &SiteName, since: Timestamp, needs: u64, compared: &Compared) -> anyhow::Result<()> {
    let after = compared.stopped.as_ref().and_then(|(at, _)| *at).map(|it| it.to_string());
    context.out.value(&json!({
        "site": site, "since": since, "manifests": compared.manifests, "attempts": compared.attempts,
        "recovery_calls": compared.recovered, "foreign": compared.foreign, "need_a_person": needs,
        "not_compared": compared.left_out, "go_on_after": after,
    }))?;
    context.out.say(format!(
        "since {} UTC: {} manifests of UPS and {} bookings of ours compared, {} labels of other systems, {needs} need a person",
        time(since),
        compared.manifests,
        compared.attempts,
        compared.foreign
    ));
    for words in &compared.left_out {
        context.out.say(format!("not compared: {words}"));
    }
    if let Some(after) = after {
        context
            .out
            .say(format!("it stopped before the end; go on with: ml-connector reconcile {site} --after {after}"));
    }
    Ok(())
}

fn value(finding: &Finding) -> serde_json::Value {
    json!({
        "difference": finding.kind, "number": finding.number, "document": finding.document,
        "attempt": finding.attempt, "proposal": finding.proposal,
    })
}

fn cells(finding: &Finding) -> [String; 4] {
    let document = finding.document.as_ref().map(ToString::to_string).unwrap_or_default();
    [finding.kind.words().to_owned(), finding.number.clone(), document, finding.proposal.clone()]
}

/// A file of comma-separated values.
struct Sheet(std::io::BufWriter<std::fs::File>);

impl Sheet {
    fn begin(path: &PathBuf) -> anyhow::Result<Self> {
        let file = std::fs::File::create(path).with_context(|| format!("{} cannot be written", path.display()))?;
        let mut sheet = Self(std::io::BufWriter::new(file));
        writeln!(sheet.0, "difference,number,document,attempt,proposal")?;
        Ok(sheet)
    }

    fn add(&mut self, finding: &Finding) -> anyhow::Result<()> {
        let document = finding.document.as_ref().map(ToString::to_string).unwrap_or_default();
        let attempt = finding.attempt.map(|it| it.to_string()).unwrap_or_default();
        let cells = [finding.kind.code(), &finding.number, &document, &attempt, &finding.proposal].map(quoted);
        writeln!(self.0, "{}", cells.join(","))?;
        Ok(self.0.flush()?)
    }
}

/// A cell in quotes; one that a spreadsheet would take for a formula begins with an apostrophe.
fn quoted(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@']);
    format!("\"{}{}\"", if formula { "'" } else { "" }, cell.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_no_formula_and_keeps_its_quotes() {
        assert_eq!(quoted("=1+1"), "\"'=1+1\"");
        assert_eq!(quoted("a \"b\""), "\"a \"\"b\"\"\"");
    }
}
