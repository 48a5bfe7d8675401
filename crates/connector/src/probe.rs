//! The probe: what a site's ready documents look like, before anything is shipped.
//!
//! ```text
//! ready set (as a poll reads it) ─► documents in full ─► per status · per ship-via · masses · verdicts
//! ```
//!
//! It answers what a new site asks first: how much would be shipped, how old is what SYSPRO calls ready, which ship-vias
//! have no rule, and for how many lines nobody maintained a mass. Nothing is stored.

mod survey;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Serialize;
use shipment::document::{Document, LineKind, ShipVia, Source};
use shipment::number::{DocumentNumber, StockCode};
use shipment::ours::{self, Verdict};
use shipment::service::{Found, Table};

pub use survey::{KindSeen, Survey, survey};

use crate::app::{App, SiteRuntime};
use crate::config::SourceSettings;
use crate::intake;
use crate::intake::reader::Reader;
use crate::intake::reading::{self, Reading};
use crate::remote::trouble::Trouble;

/// How many documents are read in full at once.
const BATCH: usize = 100;

/// What one source has ready.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Probe {
    /// Which kind of document.
    pub source: Source,
    /// Ready documents.
    pub ready: usize,
    /// Of them, what the site would ship; some of it may be held.
    pub ours: usize,
    /// Per status that means ready, also those without a document.
    pub statuses: Vec<Status>,
    /// Per ship-via, the most frequent first.
    pub ship_vias: Vec<ShipViaFound>,
    /// Why documents are not ours or would be held at once, by code.
    pub verdicts: BTreeMap<String, usize>,
    /// Lines with goods to ship, of all ready documents.
    pub lines: Masses,
    /// Lines with goods to ship, of the documents that are ours.
    pub our_lines: Masses,
    /// Stock codes without mass and how many of our lines have them, the most frequent first.
    pub without_mass: Vec<(StockCode, usize)>,
}

/// The documents in one status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// SYSPRO's code.
    pub status: String,
    /// How many.
    pub documents: usize,
    /// The earliest date on which one of them was wanted: planned delivery of a dispatch note, ship date of an order.
    pub oldest: Option<Date>,
    /// Which one that is.
    pub oldest_document: Option<DocumentNumber>,
}

/// A ship-via as it stands on ready documents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShipViaFound {
    /// Code and text.
    pub ship_via: String,
    /// How many documents.
    pub documents: usize,
    /// `service`, `ignore`, `hold`, `hold_unmapped` or `not_ours`.
    pub mapped: &'static str,
    /// UPS's service code, where it is mapped to one.
    pub service: Option<String>,
    /// The mapping for people.
    pub words: String,
}

/// How many lines have a mass.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Masses {
    /// Lines.
    pub lines: usize,
    /// Of them, lines of stock without a mass.
    pub without_mass: usize,
}

impl Masses {
    /// The share of lines without a mass, in tenths of a percent.
    pub fn per_mille(self) -> usize {
        (self.without_mass * 1000).checked_div(self.lines).unwrap_or(0)
    }

    fn count(&mut self, has_mass: bool) {
        self.lines += 1;
        self.without_mass += usize::from(!has_mass);
    }
}

/// Probes one source. `progress` is told how many of how many documents are read.
///
/// # Errors
/// When SYSPRO cannot be read.
pub async fn probe(
    app: &App,
    site: &Arc<SiteRuntime>,
    source: &SourceSettings,
    mut progress: impl FnMut(usize, usize),
) -> Result<Probe, Trouble> {
    let reader = Reader::open(app, site).await?;
    let headers = reading::headers(&reader, source, intake::first_day(site, source, None, app.clock.now())).await?;
    let keys: Vec<DocumentNumber> = headers.into_iter().map(|it| it.number).collect();
    let mut tally = Tally::new(site, source.source, &source.ready);
    let mut read = 0;
    for batch in keys.chunks(BATCH) {
        for reading in reading::documents(&reader, source, batch).await? {
            tally.take(&reading);
        }
        read += batch.len();
        progress(read, keys.len());
    }
    Ok(tally.finish())
}

struct Tally<'a> {
    rules: &'a ours::Rules,
    probe: Probe,
    ship_vias: BTreeMap<String, (ShipVia, usize)>,
    without_mass: BTreeMap<String, (StockCode, usize)>,
}

impl<'a> Tally<'a> {
    fn new(site: &'a SiteRuntime, source: Source, ready: &[String]) -> Self {
        let statuses: BTreeSet<&String> = ready.iter().collect();
        let nothing =
            |status: &String| Status { status: status.clone(), documents: 0, oldest: None, oldest_document: None };
        let probe = Probe {
            source,
            ready: 0,
            ours: 0,
            statuses: statuses.into_iter().map(nothing).collect(),
            ship_vias: Vec::new(),
            verdicts: BTreeMap::new(),
            lines: Masses::default(),
            our_lines: Masses::default(),
            without_mass: Vec::new(),
        };
        Self { rules: &site.rules, probe, ship_vias: BTreeMap::new(), without_mass: BTreeMap::new() }
    }

    fn take(&mut self, reading: &Reading) {
        let document = &reading.document;
        self.probe.ready += 1;
        self.status(document);
        self.ship_vias.entry(document.ship_via.to_string()).or_insert_with(|| (document.ship_via.clone(), 0)).1 += 1;
        let (ours, code) = match ours::judge(document, self.rules) {
            Verdict::Ours { .. } if reading.problem.is_some() => (true, Some("not_readable")),
            Verdict::Ours { .. } => (true, None),
            Verdict::Hold { hold, .. } => (true, Some(hold.code())),
            Verdict::NotOurs(why) => (false, Some(why.code())),
        };
        self.probe.ours += usize::from(ours);
        if let Some(code) = code {
            *self.probe.verdicts.entry(code.to_owned()).or_default() += 1;
        }
        self.masses(document, ours);
    }

    fn status(&mut self, document: &Document) {
        let Some(status) = self.probe.statuses.iter_mut().find(|it| it.status == document.status) else { return };
        status.documents += 1;
        let is_older = match (document.required_date, status.oldest) {
            (Some(date), Some(oldest)) => date < oldest,
            (date, None) => date.is_some(),
            (None, Some(_)) => false,
        };
        if is_older {
            status.oldest = document.required_date;
            status.oldest_document = Some(document.number.clone());
        }
    }

    fn masses(&mut self, document: &Document, ours: bool) {
        let goods = |kind: &LineKind| matches!(kind, LineKind::Merchandise | LineKind::NonStocked);
        for line in document.lines.iter().filter(|it| goods(&it.kind) && it.quantity_to_ship > Decimal::ZERO) {
            let has_mass = line.unit_mass.is_some();
            self.probe.lines.count(has_mass);
            if !ours {
                continue;
            }
            self.probe.our_lines.count(has_mass);
            if let (false, Some(code)) = (has_mass, &line.stock_code) {
                self.without_mass.entry(code.to_string()).or_insert_with(|| (code.clone(), 0)).1 += 1;
            }
        }
    }

    fn finish(self) -> Probe {
        let mut probe = self.probe;
        let found = self.ship_vias.into_iter();
        probe.ship_vias = found.map(|(words, (via, count))| mapped(&self.rules.ship_via, words, &via, count)).collect();
        probe.ship_vias.sort_by(|a, b| b.documents.cmp(&a.documents).then_with(|| a.ship_via.cmp(&b.ship_via)));
        probe.without_mass = self.without_mass.into_values().collect();
        probe.without_mass.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.as_str().cmp(b.0.as_str())));
        probe
    }
}

fn mapped(table: &Table, ship_via: String, via: &ShipVia, documents: usize) -> ShipViaFound {
    let (mapped, service, words) = match table.find(via) {
        Found::Service(service) => {
            ("service", Some(service.code().to_owned()), format!("UPS {service} ({})", service.code()))
        }
        Found::Ignore => ("ignore", None, "ignored by a rule".to_owned()),
        Found::Hold(hold) if hold.code() == "unmapped_ship_via" => {
            ("hold_unmapped", None, "held: it speaks of UPS and no rule fits; add a [[ship_via]]".to_owned())
        }
        Found::Hold(_) => ("hold", None, "held by a rule".to_owned()),
        Found::NotOurs { .. } => ("not_ours", None, "not ours".to_owned()),
    };
    ShipViaFound { ship_via, documents, mapped, service, words }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_nothing_is_nothing() {
        assert_eq!(Masses::default().per_mille(), 0);
        assert_eq!(Masses { lines: 8, without_mass: 1 }.per_mille(), 125);
    }

    #[test]
    fn a_ship_via_that_speaks_of_ups_without_a_rule_asks_for_one() {
        let via = |text: &str| ShipVia { code: String::new(), text: text.to_owned() };
        let found = |text: &str| mapped(&Table::default(), text.to_owned(), &via(text), 3).mapped;
        assert_eq!(found("UPS RED"), "hold_unmapped");
        assert_eq!(found("FEDEX GROUND"), "not_ours");
    }
}
