//! What a plan shows: the same for a person's screen and for a program.

use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value as Json;
use shipment::address::{Address, Class};
use shipment::document::{Document, Source, SysproAddress};
use shipment::hold::Hold;
use shipment::number::{DocumentNumber, ReleaseNumber, SiteName, TrackingNumber};
use shipment::packing::Package;
use shipment::service::Service;
use shipment::waybill::Quote;

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

impl Read {
    pub(super) fn of(document: &Document) -> Self {
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
    pub(super) fn of(hold: &Hold) -> Self {
        Self { code: hold.code(), words: hold.words(), next_step: hold.next_step(), owner: hold.owner().to_string() }
    }
}
