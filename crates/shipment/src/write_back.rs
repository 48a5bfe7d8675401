//! What SYSPRO is to hold once a shipment is booked, step by step, and how far each step has come.
//!
//! ```text
//! waybill, scans ─► plan / plan_status ─► WriteStep (targets and values) ─► engine posts many as one document
//!                                            ▲                                      │
//!                                            └── Proven only when the reading back ◄┘
//! ```
//!
//! SYSPRO ignores unknown elements silently and may say success without writing, so a step never becomes
//! [`Progress::Proven`] by an answer to a post, only by a reading. A step whose target already holds the value is
//! done, therefore doing all this twice costs a reading, not a second write. What is deliberately not here: documents,
//! sessions and batching.

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::document::{Document, Source};
use crate::number::{DocumentNumber, SalesOrderNumber, TrackingNumber};
use crate::tracking::Status;
use crate::waybill::Waybill;

/// The fields of a dispatch note header that SYSPRO lets us change after printing (`SORTDH`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum DispatchField {
    /// `UserField1`, by default the lead tracking number.
    UserField1,
    /// `UserField2`, by default the number of packages.
    UserField2,
    /// `ActualDeliveryDate`.
    ActualDeliveryDate,
}

impl DispatchField {
    /// The column and element name.
    pub fn column(self) -> &'static str {
        match self {
            Self::UserField1 => "UserField1",
            Self::UserField2 => "UserField2",
            Self::ActualDeliveryDate => "ActualDeliveryDate",
        }
    }
}

/// One place in SYSPRO that we write.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Target {
    /// A field of a dispatch note's header.
    DispatchNote {
        /// The note, as SYSPRO wrote it.
        note: DocumentNumber,
        /// The field.
        field: DispatchField,
    },
    /// A custom form field of a sales order (`COMSFM`, read back from the order's form table).
    OrderForm {
        /// The order, as SYSPRO wrote it.
        order: SalesOrderNumber,
        /// The field's key, at most six characters.
        field: String,
    },
}

/// A value as SYSPRO is to hold it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Value {
    /// Text.
    Text(String),
    /// A number, e.g. a cost.
    Number(Decimal),
    /// A calendar date.
    Date(Date),
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => write!(f, "{number}"),
            Self::Date(date) => write!(f, "{date}"),
        }
    }
}

/// One target and what it is to hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldWrite {
    /// Where.
    pub target: Target,
    /// What.
    pub value: Value,
}

/// What a step tells SYSPRO.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum StepName {
    /// The tracking number and the number of packages.
    TrackingNumber,
    /// Cost and ship date on the order's form.
    ShippingForm,
    /// Where the parcel is.
    Status,
    /// The day it arrived.
    Delivery,
    /// Taking back what a voided shipment had written.
    Reversal,
}

impl StepName {
    /// Plain words for audit lines and messages.
    pub fn words(self) -> &'static str {
        match self {
            Self::TrackingNumber => "tracking number",
            Self::ShippingForm => "freight cost and ship date",
            Self::Status => "shipping status",
            Self::Delivery => "delivery date",
            Self::Reversal => "removal of the voided tracking number",
        }
    }
}

/// How far a step has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Progress {
    /// Not posted, or posted and not yet seen: read, then write what differs.
    Pending {
        /// How often it was posted without being seen afterwards.
        posts: u32,
    },
    /// Read back and equal.
    Proven {
        /// When (business time).
        at: Timestamp,
    },
    /// SYSPRO refused the value; a person is needed.
    Refused {
        /// SYSPRO's own words.
        words: String,
    },
    /// It will not be written, and that is in order.
    NotWritten {
        /// Why: the field does not exist at this site, the document is invoiced.
        why: String,
    },
}

/// One provable change in SYSPRO.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteStep {
    /// What it tells.
    pub name: StepName,
    /// Its targets; proven together.
    pub writes: Vec<FieldWrite>,
    /// How far it is.
    pub progress: Progress,
}

impl WriteStep {
    fn new(name: StepName, writes: Vec<FieldWrite>) -> Self {
        Self { name, writes, progress: Progress::Pending { posts: 0 } }
    }

    /// Still to be written or proven.
    pub fn is_pending(&self) -> bool {
        matches!(self.progress, Progress::Pending { .. })
    }
}

/// How several tracking numbers go into one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ManyNumbers {
    /// Only the first.
    Lead,
    /// As many as fit, then `+n`.
    Joined,
}

/// The names of a site's custom form fields on sales orders; an absent one is not written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormFields {
    /// Tracking number (alpha).
    pub tracking: Option<String>,
    /// Shipping status (alpha).
    pub status: Option<String>,
    /// Freight cost (numeric).
    pub freight_cost: Option<String>,
    /// Ship date (date).
    pub ship_date: Option<String>,
}

/// A site's choice of what is written where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// Dispatch notes: the field for the tracking number.
    pub tracking_field: Option<DispatchField>,
    /// Dispatch notes: the field for the number of packages.
    pub count_field: Option<DispatchField>,
    /// Dispatch notes: write `ActualDeliveryDate` when the last package is delivered.
    pub delivery_date: bool,
    /// How several numbers share a field.
    pub many: ManyNumbers,
    /// The longest text a user field takes; SYSPRO publishes no length, 20 is assumed.
    pub user_field_length: usize,
    /// Custom form fields of sales orders.
    pub form: Option<FormFields>,
    /// Also write the form of a dispatch note's sales orders.
    pub form_for_dispatch_notes: bool,
}

impl Rules {
    /// Whether some enabled step carries the tracking number for documents of this source; if not, the site may not
    /// book on its own.
    pub fn carries_tracking(&self, source: Source) -> bool {
        let form = self.form.as_ref().is_some_and(|form| form.tracking.is_some());
        match source {
            Source::DispatchNotes => self.tracking_field.is_some() || (form && self.form_for_dispatch_notes),
            Source::SalesOrders => form,
            Source::Invoices | Source::PurchaseOrders => false,
        }
    }

    fn form_for(&self, source: Source) -> Option<&FormFields> {
        match source {
            Source::SalesOrders => self.form.as_ref(),
            Source::DispatchNotes if self.form_for_dispatch_notes => self.form.as_ref(),
            Source::DispatchNotes | Source::Invoices | Source::PurchaseOrders => None,
        }
    }
}

/// The text for a field that must hold one or several numbers.
pub fn joined_numbers(numbers: &[TrackingNumber], many: ManyNumbers, room: usize) -> String {
    let Some(lead) = numbers.first() else { return String::new() };
    let mut text = lead.to_string();
    if many == ManyNumbers::Lead {
        return text;
    }
    for (written, number) in numbers.iter().enumerate().skip(1) {
        let left = numbers.len() - written;
        let rest = format!(" +{left}");
        let longer = format!("{text},{number}");
        let tail = if left > 1 { 4 } else { 0 };
        if longer.chars().count() + tail > room {
            return if text.chars().count() + rest.len() <= room { text + &rest } else { text };
        }
        text = longer;
    }
    text
}

/// The steps after booking, in order.
pub fn plan(document: &Document, waybill: &Waybill, ship_date: Date, rules: &Rules) -> Vec<WriteStep> {
    let mut steps = Vec::new();
    let numbers = joined_numbers(&waybill.tracking_numbers, rules.many, rules.user_field_length);
    let mut carrying = Vec::new();
    if document.source == Source::DispatchNotes {
        if let Some(field) = rules.tracking_field {
            carrying.push(on_note(document, field, Value::Text(numbers.clone())));
        }
        if let Some(field) = rules.count_field {
            carrying.push(on_note(document, field, Value::Text(waybill.tracking_numbers.len().to_string())));
        }
    }
    let mut details = Vec::new();
    if let Some(form) = rules.form_for(document.source) {
        for order in &document.sales_orders {
            if let Some(field) = &form.tracking {
                carrying.push(on_form(order, field, Value::Text(numbers.clone())));
            }
            if let (Some(field), Some(cost)) = (&form.freight_cost, waybill.charges.payable()) {
                details.push(on_form(order, field, Value::Number(cost.decimal())));
            }
            if let Some(field) = &form.ship_date {
                details.push(on_form(order, field, Value::Date(ship_date)));
            }
        }
    }
    if !carrying.is_empty() {
        steps.push(WriteStep::new(StepName::TrackingNumber, carrying));
    }
    if !details.is_empty() {
        steps.push(WriteStep::new(StepName::ShippingForm, details));
    }
    steps
}

/// The step that tells a new canonical status, if the site has a field for it.
pub fn plan_status(document: &Document, status: &Status, rules: &Rules) -> Option<WriteStep> {
    let form = rules.form_for(document.source)?;
    let field = form.status.as_ref()?;
    let writes = document
        .sales_orders
        .iter()
        .map(|order| on_form(order, field, Value::Text(status.code().to_uppercase())))
        .collect::<Vec<_>>();
    (!writes.is_empty()).then(|| WriteStep::new(StepName::Status, writes))
}

/// The step that tells the day of delivery, for dispatch notes.
pub fn plan_delivery(document: &Document, delivered: Date, rules: &Rules) -> Option<WriteStep> {
    (document.source == Source::DispatchNotes && rules.delivery_date).then(|| {
        let write = on_note(document, DispatchField::ActualDeliveryDate, Value::Date(delivered));
        WriteStep::new(StepName::Delivery, vec![write])
    })
}

/// The step that takes our own tracking number back after a void: only what a step of ours had proven or posted.
pub fn plan_reversal(steps: &[WriteStep]) -> Option<WriteStep> {
    let writes: Vec<_> = steps
        .iter()
        .filter(|step| step.name == StepName::TrackingNumber)
        .filter(|step| matches!(step.progress, Progress::Proven { .. } | Progress::Pending { posts: 1.. }))
        .flat_map(|step| &step.writes)
        .map(|write| FieldWrite { target: write.target.clone(), value: Value::Text("VOID".to_owned()) })
        .collect();
    (!writes.is_empty()).then(|| WriteStep::new(StepName::Reversal, writes))
}

fn on_note(document: &Document, field: DispatchField, value: Value) -> FieldWrite {
    FieldWrite { target: Target::DispatchNote { note: document.number.clone(), field }, value }
}

fn on_form(order: &SalesOrderNumber, field: &str, value: Value) -> FieldWrite {
    FieldWrite { target: Target::OrderForm { order: order.clone(), field: field.to_owned() }, value }
}
