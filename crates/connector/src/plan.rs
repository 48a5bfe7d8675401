//! The plan: what would become of a document, without anything happening.
//!
//! ```text
//! document number ─► read from SYSPRO by key ─► ours? ─► engine with its hands tied ─► Plan
//!                      (store: what people added)            (address, packages, quote)   ├─ the booking's JSON
//!                                                                                         └─ what SYSPRO would hold
//! ```
//!
//! Nothing is stored, booked or written, and nobody is logged on: SYSPRO is read through OData alone, UPS is asked for the
//! address and the price. The document need not be known here yet. What people have added to a known shipment (weights, an
//! address, a service) counts as it will count for the label.

use std::sync::Arc;

use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value as Json;
use shipment::address::{Address, Class};
use shipment::decide::{Mode, Next, Waiting};
use shipment::document::{Document, Source, SysproAddress};
use shipment::hold::{Hold, Reason};
use shipment::number::{DocumentNumber, ReleaseNumber, SiteName, TrackingNumber};
use shipment::ours::{self, Verdict};
use shipment::packing::{Package, pack};
use shipment::service::Service;
use shipment::state::{Rated, Received, State};
use shipment::tracking::Status;
use shipment::waybill::{Charges, Quote, Waybill};
use shipment::write_back::{self, FieldWrite, StepName, Target};

use crate::app::{App, SiteRuntime};
use crate::engine::dry_run::{self, Walked};
use crate::engine::life::Life;
use crate::intake::reading::{self, Reading};
use crate::remote::trouble::Trouble;
use crate::store::{ShipmentRow, StoreError};

/// Stands where UPS's number will stand; it has no check digit, so it cannot be taken for one.
const PLACEHOLDER: &str = "1ZXXXXXXXXXXXXXXXX";
/// To how many digits SYSPRO pads a number; which one is set up per company.
const PADDED: [usize; 3] = [15, 8, 6];

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// SYSPRO did not give the document.
    #[error("document {document} cannot be read from SYSPRO: {words}{}", cure.map(|it| format!("; {it}")).unwrap_or_default())]
    Remote {
        /// Which.
        document: DocumentNumber,
        /// What happened.
        words: String,
        /// What to do.
        cure: Option<&'static str>,
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

/// What would become of a document.
#[derive(Debug, Clone, Serialize)]
pub struct Plan {
    /// Whose.
    pub site: SiteName,
    /// Which kind of document.
    pub source: Source,
    /// As SYSPRO wrote its number.
    pub document: DocumentNumber,
    /// Which release.
    pub release: ReleaseNumber,
    /// Where it stands here, if it is known.
    pub known: Option<Known>,
    /// As SYSPRO holds it now.
    pub read: Read,
    /// Whether it is ours.
    pub verdict: Told,
    /// The UPS service.
    pub service: Option<Service>,
    /// What becomes of its address.
    pub address: Option<AddressPlan>,
    /// The packages.
    pub packages: Vec<Package>,
    /// The day on the label.
    pub ship_date: Option<Date>,
    /// The price.
    pub quote: Option<Quote>,
    /// The body of the booking as it would be sent; the reference is that of the next attempt.
    pub request: Option<Json>,
    /// Whether this site writes to SYSPRO at all.
    pub writes_to_syspro: bool,
    /// What SYSPRO would hold afterwards.
    pub syspro_after: Vec<After>,
    /// What happens next.
    pub next: Told,
    /// Why a person must look first, if one must.
    pub hold: Option<HoldTold>,
}

/// What a person is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HoldTold {
    /// For programs.
    pub code: &'static str,
    /// What happened.
    pub words: String,
    /// What to do.
    pub next_step: String,
    /// Who can usually help.
    pub owner: String,
}

/// A stable name and a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Told {
    /// For programs.
    pub code: String,
    /// For people.
    pub words: String,
}

/// A shipment that is known already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Known {
    /// Where it stands.
    pub stage: String,
    /// Why it is held.
    pub hold: Option<String>,
    /// Its lead tracking number.
    pub tracking_number: Option<TrackingNumber>,
    /// Attempts to buy a label so far.
    pub attempts_made: u32,
}

/// The document as SYSPRO holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Read {
    /// SYSPRO's status code.
    pub status: String,
    /// Its parent orders.
    pub sales_orders: Vec<String>,
    /// The customer's code.
    pub customer: String,
    /// The customer's name.
    pub customer_name: String,
    /// The ship-to's free lines.
    pub ship_to: SysproAddress,
    /// The ship-via's code and text.
    pub ship_via: String,
    /// The warehouse.
    pub warehouse: String,
    /// When the customer wants it.
    pub required_date: Option<Date>,
    /// Lines with something to ship.
    pub lines_to_ship: usize,
    /// What stands in the field for the tracking number now.
    pub carried_tracking: Option<String>,
}

/// What becomes of the address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AddressPlan {
    /// As the site's map reads it.
    pub as_read: Option<Address>,
    /// As it would be printed.
    pub on_label: Option<Address>,
    /// Residential, commercial or unknown.
    pub class: Option<Class>,
    /// What differs between the two, or between ours and UPS's proposal.
    pub difference: Vec<PartChanged>,
    /// How it was settled.
    pub how: String,
}

/// One part of an address in two spellings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartChanged {
    /// Which part.
    pub part: &'static str,
    /// As the order has it.
    pub was: String,
    /// As UPS has it.
    pub now: String,
}

/// One field of SYSPRO and what it would hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct After {
    /// The step that writes it.
    pub step: &'static str,
    /// The record: a dispatch note or a sales order.
    pub record: String,
    /// The field.
    pub field: String,
    /// The value; `1ZXXXXXXXXXXXXXXXX` stands for the number UPS will give.
    pub value: String,
    /// With what it is written.
    pub when: &'static str,
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
        let Reading { mut document, problem } = read(site, number, row.as_ref()).await?;
        if let Some(row) = &row {
            document.release = row.release;
        }
        let mut plan = Self::begin(site, &document, row.as_ref(), life.as_ref());
        let (service, hold) = match verdict(site, &document, problem) {
            Verdict::NotOurs(why) => {
                plan.verdict = told(why.code(), format!("not ours: {}", why.words()));
                plan.next = told("nothing", "nothing: it gets no shipment");
                return Ok(plan);
            }
            Verdict::Ours { service } => (Some(service), None),
            Verdict::Hold { service, hold } => (service, Some(hold)),
        };
        plan.verdict = told("ours", "ours");
        plan.service.clone_from(&service);
        if let Some(over) = life.as_ref().and_then(|life| over(&life.state)) {
            plan.next = over;
            return Ok(plan);
        }
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
            self.syspro_after = after(site, rated);
        }
    }

    fn conclude(&mut self, site: &SiteRuntime, walked: Walked, hold: Option<Hold>, life: Option<&Life>) {
        let hold = hold.or_else(|| hold_of(&walked.state).cloned());
        if let Some(trouble) = walked.trouble {
            self.next = in_trouble(&trouble);
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

impl Read {
    fn of(document: &Document) -> Self {
        let to_ship = document.lines.iter().filter(|line| !line.quantity_to_ship.is_zero()).count();
        Self {
            status: document.status.clone(),
            sales_orders: document.sales_orders.iter().map(ToString::to_string).collect(),
            customer: document.customer.to_string(),
            customer_name: document.customer_name.clone(),
            ship_to: document.ship_to.clone(),
            ship_via: document.ship_via.to_string(),
            warehouse: document.warehouse.to_string(),
            required_date: document.required_date,
            lines_to_ship: to_ship,
            carried_tracking: document.carried_tracking.clone(),
        }
    }
}

impl HoldTold {
    fn of(hold: &Hold) -> Self {
        Self { code: hold.code(), words: hold.words(), next_step: hold.next_step(), owner: hold.owner().to_string() }
    }
}

fn told(code: impl Into<String>, words: impl Into<String>) -> Told {
    Told { code: code.into(), words: words.into() }
}

/// Reads the document by its key, in every spelling SYSPRO may have padded it to.
async fn read(site: &SiteRuntime, number: &DocumentNumber, row: Option<&ShipmentRow>) -> Result<Reading, PlanError> {
    let sources: Vec<Source> = match row {
        Some(row) => vec![row.source],
        None => site.site.sources.iter().map(|it| it.source).collect(),
    };
    let keys = row.map_or_else(|| spellings(number), |row| vec![row.document.clone()]);
    for source in &sources {
        let found = reading::documents(&site.odata, &site.site, *source, &keys).await.map_err(|error| {
            let trouble = Trouble::from(error);
            PlanError::Remote { document: number.clone(), words: trouble.words, cure: trouble.cure }
        })?;
        if let Some(reading) = found.into_iter().find(|it| it.document.number.canonical() == number.canonical()) {
            return Ok(reading);
        }
    }
    let looked_for = sources.iter().map(|it| it.noun()).collect::<Vec<_>>().join(" or ");
    Err(PlanError::NotFound { document: number.clone(), looked_for, site: site.site.name.clone() })
}

/// A person leaves out leading zeros, and SYSPRO's keys compare as they are stored.
fn spellings(number: &DocumentNumber) -> Vec<DocumentNumber> {
    let canonical = number.canonical();
    let mut all = vec![number.clone()];
    if canonical.bytes().all(|it| it.is_ascii_digit()) {
        let padded = PADDED.iter().map(|width| format!("{canonical:0>width$}"));
        let other = padded.chain([canonical.clone()]).filter_map(|it| it.parse().ok());
        all.extend(other.filter(|it| it != number));
    }
    all
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

/// The write-back's own planning, with a waybill whose numbers nobody has given yet.
fn after(site: &SiteRuntime, rated: &Rated) -> Vec<After> {
    let document = &rated.received().document;
    let rules = &site.site.write_back.rules;
    let (Ok(shipment_number), Ok(number)) = (PLACEHOLDER.parse(), PLACEHOLDER.parse::<TrackingNumber>()) else {
        return Vec::new();
    };
    let waybill = Waybill {
        shipment_number,
        tracking_numbers: rated.packed.packages.iter().map(|_| number.clone()).collect(),
        charges: Charges::QuotedOnly(rated.quote.clone()),
        adopted: false,
        booked_at: rated.received().read_at,
    };
    let first = write_back::plan(document, &waybill, rated.ship_date, rules).into_iter().map(|it| (it, "booked"));
    let status = write_back::plan_status(document, &Status::LabelCreated, rules).map(|it| (it, "at every new status"));
    let delivered = write_back::plan_delivery(document, rated.ship_date, rules).map(|it| (it, "delivered"));
    let steps = first.chain(status).chain(delivered);
    steps
        .flat_map(|(step, when)| {
            step.writes.iter().map(|write| field_after(step.name, write, when)).collect::<Vec<_>>()
        })
        .collect()
}

fn field_after(step: StepName, write: &FieldWrite, when: &'static str) -> After {
    let (record, field) = match &write.target {
        Target::DispatchNote { note, field } => (format!("dispatch note {note}"), field.column().to_owned()),
        Target::OrderForm { order, field } => (format!("sales order {order}, custom form"), field.clone()),
    };
    let value = match step {
        StepName::Delivery => "the day of delivery".to_owned(),
        StepName::TrackingNumber | StepName::ShippingForm | StepName::Status | StepName::Reversal => {
            write.value.to_string()
        }
    };
    After { step: step.words(), record, field, value, when }
}

fn in_trouble(trouble: &Trouble) -> Told {
    let cure = trouble.cure.map(|it| format!("; {it}")).unwrap_or_default();
    told("trouble", format!("the plan ends here: {}{cure}", trouble.words))
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
        let texts = |number: &DocumentNumber| spellings(number).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(texts(&number("700")), ["700", "000000000000700", "00000700", "000700"]);
        assert_eq!(texts(&number("000346/0001")), ["000346/0001"]);
        assert!(texts(&number("000000000000700")).contains(&"700".to_owned()));
    }

    #[test]
    fn the_placeholder_can_stand_for_a_number_and_is_none() {
        let number: TrackingNumber = PLACEHOLDER.parse().expect("readable");
        assert_eq!(number.check_digit_ok(), None);
    }
}
