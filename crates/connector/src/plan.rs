//! The plan: what would become of a document, without anything happening.
//!
//! ```text
//! document number ─► read from SYSPRO by key ─► ours? ─► engine with its hands tied ─► Plan
//!                      (store: what people added)            (address, packages, quote)   ├─ the booking's JSON
//!                                                                                         └─ what SYSPRO would hold
//! ```
//!
//! Nothing is stored, booked or written: SYSPRO is read as a poll reads it, UPS is asked for the address and the price. The document need not be known here yet. What people have added to a known shipment (weights, an
//! address, a service) counts as it will count for the label.

mod after;
mod shown;

use std::sync::Arc;

use shipment::address::{Address, Class};
use shipment::decide::{Mode, Next, Waiting};
use shipment::document::Document;
use shipment::hold::{Hold, Reason};
use shipment::number::{DocumentNumber, SiteName};
use shipment::ours::{self, Verdict};
use shipment::packing::pack;
use shipment::state::{Rated, Received, State};

pub use shown::{AddressPlan, After, HoldTold, Known, PartChanged, Plan, Read, Told};

use crate::app::{App, SiteRuntime};
use crate::config::SourceSettings;
use crate::engine::dry_run::{self, Walked};
use crate::engine::life::Life;
use crate::intake::reader::Reader;
use crate::intake::reading::{self, Reading};
use crate::remote::trouble::Trouble;
use crate::store::{ShipmentRow, StoreError};

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// SYSPRO did not give the document.
    #[error("document {document} cannot be read from SYSPRO: {words}")]
    Remote {
        /// Which.
        document: DocumentNumber,
        /// What happened, and what to do.
        words: String,
    },
    /// There is no such document.
    #[error("SYSPRO has no {looked_for} {document}; check the number and the company of site {site}")]
    NotFound {
        /// Which.
        document: DocumentNumber,
        /// As what it was looked for.
        looked_for: String,
        /// Whose SYSPRO was asked.
        site: SiteName,
    },
    /// A state of another version of this program.
    #[error("the stored state of document {document} is of another version of this program: {why}")]
    State {
        /// Which.
        document: DocumentNumber,
        /// Why.
        why: serde_json::Error,
    },
}

impl Plan {
    /// Plans a document of a site.
    ///
    /// # Errors
    /// When the document cannot be read or is not there. What UPS says against it is part of the plan.
    pub async fn of(app: &App, site: &Arc<SiteRuntime>, number: &DocumentNumber) -> Result<Self, PlanError> {
        let state_error = |why| PlanError::State { document: number.clone(), why };
        let row = app.store.find(Some(&site.site.name), number).await?.pop();
        let life = row.as_ref().map(|row| Life::read(&row.state)).transpose().map_err(state_error)?;
        let Reading { mut document, problem } = read(app, site, number, row.as_ref()).await?;
        if let Some(row) = &row {
            document.release = row.release;
        }
        let mut plan = Self::begin(site, &document, row.as_ref(), life.as_ref());
        let judged = verdict(site, &document, problem);
        plan.verdict = match &judged {
            Verdict::NotOurs(why) => told(why.code(), format!("not ours: {}", why.words())),
            Verdict::Ours { .. } | Verdict::Hold { .. } => told("ours", "ours"),
        };
        // A label that is bought stays bought, whatever became of the document.
        if let Some(over) = life.as_ref().and_then(|life| over(&life.state)) {
            plan.next = over;
            return Ok(plan);
        }
        let (service, hold) = match judged {
            Verdict::NotOurs(_) => {
                plan.next = told("nothing", "nothing: it gets no shipment");
                return Ok(plan);
            }
            Verdict::Ours { service } => (Some(service), None),
            Verdict::Hold { service, hold } => (service, Some(hold)),
        };
        let received = with_what_people_added(Received::new(document, service, app.clock.now()), life.as_ref());
        plan.service.clone_from(&received.service);
        plan.packages = pack(&received.document, &site.site.packing, received.bench.as_ref()).unwrap_or_default();
        let as_read = site.site.address.read(&received.document, &site.site.phone).ok();
        let walked = dry_run::walk(app, site, received).await.map_err(state_error)?;
        plan.take_address(as_read, &walked);
        if let Some(rated) = rated(&walked.state) {
            plan.take_booking(site, rated);
        }
        plan.conclude(site, walked, hold, life.as_ref());
        Ok(plan)
    }

    fn begin(site: &SiteRuntime, document: &Document, row: Option<&ShipmentRow>, life: Option<&Life>) -> Self {
        Self {
            site: site.site.name.clone(),
            source: document.source,
            document: document.number.clone(),
            release: document.release,
            known: row.map(|row| Known {
                stage: row.stage.clone(),
                hold: row.hold_code.clone(),
                tracking_number: row.tracking_number.clone(),
                attempts_made: life.map_or(0, |life| life.state.received().attempts_made),
            }),
            read: Read::of(document),
            verdict: told("", ""),
            service: None,
            address: None,
            packages: Vec::new(),
            ship_date: None,
            quote: None,
            request: None,
            writes_to_syspro: site.site.may_write_to_syspro(),
            syspro_after: Vec::new(),
            next: told("", ""),
            hold: None,
        }
    }

    fn take_address(&mut self, as_read: Option<Address>, walked: &Walked) {
        let proposed = match hold_of(&walked.state).map(|hold| &hold.reason) {
            Some(Reason::AddressCorrected { was, candidate }) => candidate.applied_to(was).ok(),
            _ => None,
        };
        let addressed = addressed(&walked.state);
        let compared = addressed.map(|(address, _)| address.clone()).or(proposed);
        let difference = match (&as_read, &compared) {
            (Some(was), Some(now)) => differences(was, now),
            _ => Vec::new(),
        };
        let how = match addressed {
            Some(_) => walked.told.first().cloned().unwrap_or_default(),
            None => hold_of(&walked.state).map(Hold::words).unwrap_or_default(),
        };
        self.address = Some(AddressPlan {
            as_read,
            on_label: addressed.map(|(address, _)| address.clone()),
            class: addressed.map(|(_, class)| class),
            difference,
            how,
        });
    }

    fn take_booking(&mut self, site: &SiteRuntime, rated: &Rated) {
        self.packages.clone_from(&rated.packed.packages);
        self.ship_date = Some(rated.ship_date);
        self.quote = Some(rated.quote.clone());
        self.request = dry_run::booking_of(site, rated)
            .and_then(|(request, _)| request.body_json().ok())
            .and_then(|body| serde_json::from_str(&body).ok());
        if self.writes_to_syspro {
            self.syspro_after = after::of(site, rated);
        }
    }

    fn conclude(&mut self, site: &SiteRuntime, walked: Walked, hold: Option<Hold>, life: Option<&Life>) {
        let hold = hold.or_else(|| hold_of(&walked.state).cloned());
        if let Some(trouble) = walked.trouble {
            self.next = told("trouble", format!("the plan ends here: {}", trouble.told_at(&site.site.name)));
        } else if let Some(hold) = hold {
            let held = matches!(life.map(|life| &life.state), Some(State::Held(_)));
            let would = if held { "it stays held" } else { "it would be held" };
            self.next = told("hold", format!("{would}: {}", hold.words()));
            self.hold = Some(HoldTold::of(&hold));
        } else {
            self.next = next(site, walked.next, life);
        }
    }
}

fn told(code: impl Into<String>, words: impl Into<String>) -> Told {
    Told { code: code.into(), words: words.into() }
}

/// Reads the document by its key, in every spelling SYSPRO may have padded it to.
async fn read(
    app: &App,
    site: &Arc<SiteRuntime>,
    number: &DocumentNumber,
    row: Option<&ShipmentRow>,
) -> Result<Reading, PlanError> {
    let sources: Vec<SourceSettings> = match row {
        Some(row) => vec![site.source(row.source).cloned().unwrap_or_else(|| SourceSettings::usual(row.source))],
        None => site.site.sources.clone(),
    };
    let remote =
        |trouble: Trouble| PlanError::Remote { document: number.clone(), words: trouble.told_at(&site.site.name) };
    let reader = Reader::open(app, site).await.map_err(remote)?;
    let keys = row.map_or_else(|| reading::spellings(number), |row| vec![row.document.clone()]);
    for source in &sources {
        let found = reading::documents(&reader, source, &keys).await.map_err(remote)?;
        if let Some(reading) = found.into_iter().find(|it| it.document.number.canonical() == number.canonical()) {
            return Ok(reading);
        }
    }
    let looked_for = sources.iter().map(|it| it.source.noun()).collect::<Vec<_>>().join(" or ");
    Err(PlanError::NotFound { document: number.clone(), looked_for, site: site.site.name.clone() })
}

fn verdict(site: &SiteRuntime, document: &Document, problem: Option<String>) -> Verdict {
    let service = |verdict: Verdict| match verdict {
        Verdict::Ours { service } => Some(service),
        Verdict::Hold { service, .. } => service,
        Verdict::NotOurs(_) => None,
    };
    let judged = ours::judge(document, &site.rules);
    if let Some(what) = problem {
        return Verdict::Hold { service: service(judged), hold: Hold::from(Reason::NotReadable { what }) };
    }
    match (judged, document.carried_tracking.clone().filter(|it| it != "VOID")) {
        (Verdict::Ours { service }, Some(tracking)) => {
            Verdict::Hold { service: Some(service), hold: Hold::from(Reason::AlreadyShipped { tracking }) }
        }
        (judged, _) => judged,
    }
}

fn with_what_people_added(fresh: Received, life: Option<&Life>) -> Received {
    let Some(before) = life.map(|life| life.state.received()) else { return fresh };
    Received {
        service: fresh.service.or_else(|| before.service.clone()),
        bench: before.bench.clone(),
        chosen_address: before.chosen_address.clone(),
        approved: before.approved.clone(),
        attempts_made: before.attempts_made,
        ..fresh
    }
}

/// States in which nothing would be planned any more.
fn over(state: &State) -> Option<Told> {
    match state {
        State::Booked(booked) => {
            let numbers: Vec<_> = booked.waybill.tracking_numbers.iter().map(ToString::to_string).collect();
            Some(told("booked", format!("its label is bought: {}; no other will be", numbers.join(", "))))
        }
        State::Booking(_) | State::Desk(_) => {
            let words = "a label may have been bought, and UPS's answer was lost; that is settled first";
            Some(told("in_doubt", words))
        }
        State::AlreadyThere(_)
        | State::Received(_)
        | State::Addressed(_)
        | State::Packed(_)
        | State::Rated(_)
        | State::Held(_)
        | State::Cancelled(_) => None,
    }
}

fn hold_of(state: &State) -> Option<&Hold> {
    if let State::Held(held) = state { Some(&held.hold) } else { None }
}

fn addressed(state: &State) -> Option<(&Address, Class)> {
    let addressed = match state {
        State::Addressed(it) => it,
        State::Packed(it) => &it.addressed,
        State::Rated(it) => &it.packed.addressed,
        State::Held(held) => return addressed(&held.before),
        State::AlreadyThere(_)
        | State::Received(_)
        | State::Booking(_)
        | State::Desk(_)
        | State::Booked(_)
        | State::Cancelled(_) => return None,
    };
    Some((&addressed.address, addressed.class))
}

fn rated(state: &State) -> Option<&Rated> {
    if let State::Rated(rated) = state { Some(rated) } else { None }
}

fn differences(was: &Address, now: &Address) -> Vec<PartChanged> {
    let parts = |it: &Address| {
        [
            ("name", it.name.clone()),
            ("street", it.lines.join(", ")),
            ("city", it.city.clone()),
            ("state", it.state.clone()),
            ("postal code", it.postal_code.clone()),
            ("country", it.country.clone()),
        ]
    };
    let pairs = parts(was).into_iter().zip(parts(now));
    let changed = pairs.filter(|((_, was), (_, now))| was != now);
    changed.map(|((part, was), (_, now))| PartChanged { part, was, now }).collect()
}

fn next(site: &SiteRuntime, next: Next, life: Option<&Life>) -> Told {
    match life.map(|life| &life.state) {
        Some(State::AlreadyThere(_)) => {
            return told("release", "nothing until it is released: it was ready before the connector came");
        }
        Some(State::Held(held)) => {
            let words =
                format!("it is held ({}), and now nothing else stands in its way: release it", held.hold.code());
            return told("release", words);
        }
        Some(State::Cancelled(it)) => {
            return told(
                "ended",
                format!("it has ended here: {}; a poll that sees it ready begins it anew", it.gone.words()),
            );
        }
        _ => {}
    }
    match next {
        Next::Person(Waiting::Approval) => told("approval", "a label is bought when somebody approves it"),
        Next::Person(Waiting::Shadow) => told("shadow", "no label is bought: the site is in mode shadow"),
        Next::At(at, _) => {
            let away = site.outages().into_values().next().map(|it| format!(": {}", it.words)).unwrap_or_default();
            told("paused", format!("the plan ends here until {at}{away}"))
        }
        Next::Do(_) if site.mode() == Mode::Automatic => told("book", "a label is bought at the next poll"),
        Next::Do(_) => told("book", "a label is bought"),
        Next::Person(_) | Next::Rest => told("hold", "a person must look first"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_looked_for_in_every_padding() {
        let number = |text: &str| text.parse::<DocumentNumber>().expect("a number");
        let texts =
            |number: &DocumentNumber| reading::spellings(number).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(texts(&number("700")), ["700", "000000000000700", "00000700", "000700"]);
        assert_eq!(texts(&number("000346/0001")), ["000346/0001"]);
        assert!(texts(&number("000000000000700")).contains(&"700".to_owned()));
    }
}
