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
use shipment::hold::{Hold, Owner, Reason};
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
    /// What SYSPRO would hold afterwards.
    pub syspro_after: Vec<After>,
    /// What happens next.
    pub next: Told,
    /// Who must move first, if somebody must.
    pub waits_for: Option<Owner>,
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
        let known = app.store.find(Some(&site.site.name), number).await?.pop();
        let mut reading = read(site, number, known.as_ref()).await?;
        let life = known.as_ref().map(|row| Life::read(&row.state)).transpose();
        let life = life.map_err(|why| PlanError::State { document: number.clone(), why })?;
        if let Some(row) = &known {
            reading.document.release = row.release;
        }
        let mut plan = Self::begun(site, &reading.document, known.as_ref(), life.as_ref());
        if let Some(life) = &life
            && let Some(told) = is_over(&life.state)
        {
            plan.next = told;
            return Ok(plan);
        }
        let Some(received) = plan.judge(app, site, reading, life.as_ref()) else { return Ok(plan) };
        let held = plan.hold.take();
        let document = received.document.clone();
        if let Ok(packages) = pack(&document, &site.site.packing, received.bench.as_ref()) {
            plan.plan.packages = packages;
        }
        let walked = dry_run::walk(app, site, received).await;
        let walked = walked.map_err(|why| PlanError::State { document: number.clone(), why })?;
        plan.walked(site, &document, walked, held);
        Ok(plan.plan)
    }
}
