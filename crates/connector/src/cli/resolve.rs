//! `shipment resolve`: the in-doubt desk, one document or many.
//!
//! ```text
//! documents, --all or a file ─► what is at the desk ─► preview (who, since when, what UPS says, from when absent counts)
//!                                                        └─ --yes, or one document alone ─► a wish each
//! ```
//!
//! Nothing is decided here: the engine asks UPS once more before "absent" buys another label, and refuses a number that is
//! not there or is another shipment's. A row that cannot follow is shown and left out; the others are put down.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail, ensure};
use clap::Args;
use jiff::Timestamp;
use serde_json::json;
use shipment::number::{DocumentNumber, SiteName, TrackingNumber};
use shipment::state::State;

use super::Outcome;
use super::context::Context;
use super::output::time;
use super::wish::{life, record};
use crate::engine::wishes::Wish;
use crate::store::{ListFilter, ShipmentRow};
use crate::wishing;

/// The most shipments decided on at once.
const MOST: u64 = 1000;

#[derive(Debug, Args)]
#[command(after_help = "\
UPS was asked for a label and its answer was lost; asking by our reference found nothing certain. Look at UPS's own list \
of that day's shipments, then say what is true. `absent` allows one more attempt; it counts only when UPS can no longer be \
working on the first, and UPS is asked once more before another label is bought.

  ml-connector shipment resolve 100482 --adopt 1Z999AA10123456784 --reason 'seen in UPS history'
  ml-connector shipment resolve 100482 --void-and-restart 1Z999AA10123456784 --reason 'wrong box anyway'
  ml-connector shipment resolve 100482 --absent --reason 'not in UPS history'

Many at once, after an outage of UPS: a preview first, then the same with --yes.

  ml-connector shipment resolve --all --absent --reason 'UPS confirmed by telephone'
  ml-connector shipment resolve --file decisions.csv --reason 'UPS history of 14 September' --yes

A line of the file is `document,absent`, `document,adopt,1Z…` or `document,void-and-restart,1Z…`.

Exit codes: 0 put down, 1 failed, 2 a preview, or some could not be put down.")]
pub(crate) struct Resolve {
    /// The documents; leading zeros may be left out
    documents: Vec<DocumentNumber>,
    /// The site, if there are several
    #[arg(long)]
    site: Option<SiteName>,
    /// Which release of the document, if not the newest
    #[arg(long, value_name = "N")]
    release: Option<u32>,
    /// Everything at the in-doubt desk
    #[arg(long, conflicts_with_all = ["documents", "file"])]
    all: bool,
    /// A file with a decision in each line
    #[arg(long, value_name = "FILE", conflicts_with = "documents")]
    file: Option<PathBuf>,
    /// It exists at UPS under this tracking number
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["absent", "void_and_restart"])]
    adopt: Option<TrackingNumber>,
    /// It exists at UPS under this tracking number and nobody wants it: void it and ship anew
    #[arg(long, value_name = "NUMBER", conflicts_with = "absent")]
    void_and_restart: Option<TrackingNumber>,
    /// It does not exist at UPS: one more attempt
    #[arg(long)]
    absent: bool,
    /// How you know, for the audit trail
    #[arg(long)]
    reason: String,
    /// Put the decisions down; without it several are only shown
    #[arg(long)]
    yes: bool,
}

/// One shipment and what is said of it.
struct Decision {
    row: ShipmentRow,
    wish: Wish,
    /// Since when UPS was asked, and what it said.
    asked_at: Option<Timestamp>,
    known: String,
    /// Why it cannot be put down.
    refused: Option<String>,
}

impl Resolve {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Outcome> {
        let single = self.documents.len() == 1;
        let wanted = self.wanted(context).await?;
        ensure!(!wanted.is_empty() || self.all, "name a document, --all, or a --file with decisions");
        let mut decisions = Vec::new();
        for (row, wish) in wanted {
            decisions.push(Decision::about(context, row, wish).await?);
        }
        let put_down = single || self.yes;
        let mut outcome = if put_down { Outcome::Well } else { Outcome::Waiting };
        for decision in &decisions {
            let put_down = put_down && decision.refused.is_none();
            if put_down {
                record(context, &decision.row, &decision.wish, &self.reason).await?;
            } else if decision.refused.is_some() {
                outcome = Outcome::Waiting;
            }
            context.out.value(&decision.value(put_down))?;
        }
        if let ([decision], true) = (decisions.as_slice(), single) {
            decision.say(context);
            return Ok(outcome);
        }
        let rows = decisions.iter().map(Decision::cells).collect();
        let headings = ["site", "document", "asked (UTC)", "UPS says", "decision", "note"];
        context.out.table(headings, rows, "nothing is at the in-doubt desk");
        let ready = decisions.iter().filter(|it| it.refused.is_none()).count();
        if put_down {
            context.out.say(format!("{ready} put down, the next `ml-connector sync` carries them out"));
        } else if ready > 0 {
            context.out.say(format!("nothing is put down yet: add --yes to put {ready} down"));
        }
        Ok(if decisions.is_empty() { Outcome::Well } else { outcome })
    }

    /// The one decision of the options, where there is one.
    fn decision(&self) -> anyhow::Result<Wish> {
        match (&self.adopt, &self.void_and_restart, self.absent) {
            (Some(number), None, false) => Ok(Wish::Adopt { number: number.clone() }),
            (None, Some(number), false) => Ok(Wish::VoidAndRestart { number: number.clone() }),
            (None, None, true) => Ok(Wish::Absent),
            _ => bail!("say what is true: --adopt NUMBER, --void-and-restart NUMBER or --absent"),
        }
    }

    async fn wanted(&self, context: &Context) -> anyhow::Result<Vec<(ShipmentRow, Wish)>> {
        if let Some(file) = &self.file {
            let mut wanted = Vec::new();
            for (document, wish) in read(file)? {
                wanted.push((context.shipment(self.site.as_ref(), &document, None).await?, wish));
            }
            return Ok(wanted);
        }
        let wish = self.decision()?;
        let several = self.all || self.documents.len() > 1;
        ensure!(!several || matches!(wish, Wish::Absent), "one number is one shipment's: name one document for it");
        if self.all {
            let filter =
                ListFilter { site: self.site.clone(), stages: vec!["in_doubt".to_owned()], ..ListFilter::default() };
            let rows = context.store().await?.list(&filter, None, MOST).await?;
            return Ok(rows.into_iter().map(|row| (row, wish.clone())).collect());
        }
        let mut wanted = Vec::new();
        for document in &self.documents {
            wanted.push((context.shipment(self.site.as_ref(), document, self.release).await?, wish.clone()));
        }
        Ok(wanted)
    }
}

/// The lines of a file with decisions; blank ones and those that begin with `#` are passed over.
fn read(file: &Path) -> anyhow::Result<Vec<(DocumentNumber, Wish)>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty() && !line.trim().starts_with('#'));
    lines
        .map(|(at, line)| {
            wishing::decision(line)
                .map_err(|why| anyhow!(why))
                .with_context(|| format!("{}, line {at}", file.display()))
        })
        .collect()
}

impl Decision {
    async fn about(context: &Context, row: ShipmentRow, wish: Wish) -> anyhow::Result<Self> {
        let state = life(&row)?.state;
        let booking = state.doubt();
        let asked_at = booking.map(|it| it.attempt.asked_at);
        let said = booking.and_then(|it| it.doubt.as_ref()).and_then(|it| it.known.as_ref());
        let known = said.map_or_else(|| "nothing".to_owned(), |it| it.words.clone());
        let refused = match (&wish, &state) {
            (Wish::Absent, State::Desk(booking)) => {
                let (_, site) = context.settings(&row.site).await?;
                let earliest = booking.attempt.asked_at + site.ups.attempt_over_after();
                match said {
                    Some(_) => Some("UPS has said that it exists".to_owned()),
                    None if context.clock.now() < earliest => {
                        Some(format!("too early: UPS may still finish it until {} UTC", time(earliest)))
                    }
                    None => None,
                }
            }
            (Wish::Absent, State::Booking(_)) => Some("UPS is still being asked for it".to_owned()),
            (_, State::Booking(_) | State::Desk(_)) => None,
            _ => Some(format!("it is {}, not in doubt", row.stage)),
        };
        Ok(Self { row, wish, asked_at, known, refused })
    }

    fn words(&self) -> String {
        match &self.wish {
            Wish::Adopt { number } => format!("adopt {number}"),
            Wish::VoidAndRestart { number } => format!("void {number} and restart"),
            _ => "absent: one more attempt".to_owned(),
        }
    }

    /// A number whose check digit is wrong is mostly misread; UPS is asked for it all the same.
    fn warning(&self) -> Option<String> {
        let (Wish::Adopt { number } | Wish::VoidAndRestart { number }) = &self.wish else { return None };
        let wrong = number.check_digit_ok() == Some(false);
        wrong.then(|| format!("the check digit of {number} is not right; UPS is asked for it all the same"))
    }

    fn value(&self, put_down: bool) -> serde_json::Value {
        json!({
            "site": self.row.site, "document": self.row.document, "release": self.row.release, "asked_at": self.asked_at,
            "ups_says": self.known, "decision": self.words(), "put_down": put_down, "refused": self.refused,
            "warning": self.warning(),
        })
    }

    fn cells(&self) -> [String; 6] {
        let note = self.refused.clone().or_else(|| self.warning()).unwrap_or_default();
        let asked = self.asked_at.map(time).unwrap_or_default();
        let (site, document) = (self.row.site.to_string(), self.row.document.to_string());
        [site, document, asked, self.known.clone(), self.words(), note]
    }

    fn say(&self, context: &Context) {
        let name = format!("{} {}", self.row.source.noun(), self.row.document);
        if let Some(warning) = self.warning() {
            context.out.say(warning);
        }
        match &self.refused {
            Some(why) => context.out.say(format!("{name}: nothing is put down: {why}")),
            None => {
                let decision = self.words();
                context.out.say(format!("{name}: {decision} is put down, the next `ml-connector sync` carries it out"));
            }
        }
    }
}
