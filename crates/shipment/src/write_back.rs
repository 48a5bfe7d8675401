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

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::document::{Document, Source};
use crate::money::Money;
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

impl Value {
    /// Whether a field that reads like this holds the value. SYSPRO pads texts, writes numbers with its own number of
    /// decimals and dates with a time behind them.
    pub fn is_read_as(&self, held: &str) -> bool {
        let held = held.trim();
        match self {
            Self::Text(text) => held == text.trim(),
            Self::Number(number) => held.parse::<Decimal>().is_ok_and(|it| it == *number),
            Self::Date(date) => held.get(..10).unwrap_or(held) == date.to_string(),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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
    /// If any are given: written only over one of these. A target that holds something else is left alone, and that
    /// counts as done. So a void removes its own number and not that of another shipment of the same order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only_over: Vec<Value>,
}

impl FieldWrite {
    fn new(target: Target, value: Value) -> Self {
        Self { target, value, only_over: Vec::new() }
    }

    /// Whether nothing is left to write, by what a reading found in the target; `None` when the reading found no such
    /// target.
    pub fn is_done(&self, held: Option<&str>) -> bool {
        let Some(held) = held else { return false };
        let ours = self.only_over.is_empty() || self.only_over.iter().any(|own| own.is_read_as(held));
        self.value.is_read_as(held) || !ours
    }
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

    /// Whether this step writes where an older one wrote or still would, so that the older must not come after it.
    pub fn overtakes(&self, older: &Self) -> bool {
        self.writes.iter().any(|new| older.writes.iter().any(|old| old.target == new.target))
    }

    /// Whether it takes back what others wrote.
    pub fn takes_back(&self) -> bool {
        self.name == StepName::Reversal
    }
}

/// How several tracking numbers go into one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ManyNumbers {
    /// Only the first.
    Lead,
    /// As many as fit, then `+n` for the rest.
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

/// The text for a field of `room` characters that must hold one or several numbers: with [`ManyNumbers::Joined`] as
/// many as fit, and `+n` for those that do not. A number is never cut, so where not even one fits it is too long.
pub fn joined_numbers(numbers: &[TrackingNumber], many: ManyNumbers, room: usize) -> String {
    let numbers: Vec<&str> = numbers.iter().map(TrackingNumber::as_str).collect();
    let Some(lead) = numbers.first() else { return String::new() };
    if many == ManyNumbers::Lead {
        return (*lead).to_owned();
    }
    (1..=numbers.len())
        .rev()
        .map(|written| match numbers.len() - written {
            0 => numbers.join(","),
            left => format!("{} +{left}", numbers[..written].join(",")),
        })
        .find(|text| text.chars().count() <= room)
        .unwrap_or_else(|| (*lead).to_owned())
}

/// The steps after booking, in order.
pub fn plan(document: &Document, waybill: &Waybill, ship_date: Date, rules: &Rules) -> Vec<WriteStep> {
    let numbers = numbers_of(waybill, rules);
    let mut carrying = Vec::new();
    let mut details = Vec::new();
    if document.source == Source::DispatchNotes {
        let count = waybill.tracking_numbers.len().max(1);
        carrying.extend(rules.tracking_field.map(|field| on_note(document, field, Value::Text(numbers.clone()))));
        carrying.extend(rules.count_field.map(|field| on_note(document, field, Value::Text(count.to_string()))));
    }
    if let Some(form) = rules.form_for(document.source) {
        let cost = waybill.charges.payable().map(Money::decimal);
        for (index, order) in document.sales_orders.iter().enumerate() {
            let write = |field: &Option<String>, value| field.as_ref().map(|field| on_form(order, field, value));
            carrying.extend(write(&form.tracking, Value::Text(numbers.clone())));
            // The shipment cost once: a note with several parent orders tells the first, or finance would add it up twice.
            details.extend(cost.filter(|_| index == 0).and_then(|cost| write(&form.freight_cost, Value::Number(cost))));
            details.extend(write(&form.ship_date, Value::Date(ship_date)));
        }
    }
    [(StepName::TrackingNumber, carrying), (StepName::ShippingForm, details)]
        .into_iter()
        .filter(|(_, writes)| !writes.is_empty())
        .map(|(name, writes)| WriteStep::new(name, writes))
        .collect()
}

/// A waybill without a readable package number still has the shipment's, which is the first package's.
fn numbers_of(waybill: &Waybill, rules: &Rules) -> String {
    if waybill.tracking_numbers.is_empty() {
        return waybill.shipment_number.to_string();
    }
    joined_numbers(&waybill.tracking_numbers, rules.many, rules.user_field_length)
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

/// The text that stands where a voided shipment's tracking number stood. Whether SYSPRO lets a field be emptied is not
/// published, and a marker also tells people why there is no number.
pub const VOID_MARK: &str = "VOID";

/// The step that takes back after a void what this shipment wrote: its number becomes [`VOID_MARK`], its count and cost
/// nought, its status `VOIDED`; dates stay.
///
/// A step's progress is not asked: of a step that was refused one field may still have been written, and a post may
/// have arrived although we never learned of it. Instead each field is only written over a value of our own.
pub fn plan_reversal(steps: &[WriteStep]) -> Option<WriteStep> {
    let mut writes: Vec<FieldWrite> = Vec::new();
    for step in steps {
        for write in &step.writes {
            let Some(value) = taken_back(step.name, &write.value) else { continue };
            match writes.iter_mut().find(|it| it.target == write.target) {
                Some(known) if known.only_over.contains(&write.value) => {}
                Some(known) => known.only_over.push(write.value.clone()),
                None => {
                    let only_over = vec![write.value.clone()];
                    writes.push(FieldWrite { target: write.target.clone(), value, only_over });
                }
            }
        }
    }
    (!writes.is_empty()).then(|| WriteStep::new(StepName::Reversal, writes))
}

fn taken_back(step: StepName, value: &Value) -> Option<Value> {
    match (step, value) {
        (StepName::TrackingNumber, Value::Text(text)) if is_count(text) => Some(Value::Text("0".to_owned())),
        (StepName::TrackingNumber, Value::Text(_)) => Some(Value::Text(VOID_MARK.to_owned())),
        (StepName::ShippingForm, Value::Number(_)) => Some(Value::Number(Decimal::ZERO)),
        (StepName::Status, Value::Text(_)) => Some(Value::Text(Status::Voided.code().to_uppercase())),
        (
            StepName::TrackingNumber
            | StepName::ShippingForm
            | StepName::Status
            | StepName::Delivery
            | StepName::Reversal,
            _,
        ) => None,
    }
}

/// UPS takes at most 200 packages, and no tracking number is that short.
fn is_count(text: &str) -> bool {
    text.len() <= 3 && text.bytes().all(|it| it.is_ascii_digit())
}

fn on_note(document: &Document, field: DispatchField, value: Value) -> FieldWrite {
    FieldWrite::new(Target::DispatchNote { note: document.number.clone(), field }, value)
}

fn on_form(order: &SalesOrderNumber, field: &str, value: Value) -> FieldWrite {
    FieldWrite::new(Target::OrderForm { order: order.clone(), field: field.to_owned() }, value)
}

#[cfg(test)]
mod tests;
