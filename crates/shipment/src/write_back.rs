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
//! done, therefore doing all this twice costs a reading, not a second write. Steps that add a line to a document have no
//! field to look into; their line carries a marker, a text with our tracking number that no other line has, and whoever
//! finds it adds no second one. What is deliberately not here: documents, sessions and batching.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::hold::Reason;
use crate::number::{DocumentNumber, SalesOrderNumber};

mod plan;

pub use plan::{
    ChargeRule, FormFields, FreightRule, LineOn, ManyNumbers, OnVoid, Rules, StatusMoves, VOID_MARK, joined_numbers,
    plan, plan_delivery, plan_delivery_comment, plan_invoice_copy, plan_remaining, plan_reversal, plan_status,
};

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

/// A document of SYSPRO that has a status and takes lines.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Record {
    /// A dispatch note, as SYSPRO wrote its number.
    DispatchNote(DocumentNumber),
    /// A sales order, as SYSPRO wrote its number.
    SalesOrder(SalesOrderNumber),
}

impl Record {
    /// The number, as SYSPRO wrote it.
    pub fn number(&self) -> &str {
        match self {
            Self::DispatchNote(note) => note.as_str(),
            Self::SalesOrder(order) => order.as_str(),
        }
    }

    /// The number for comparing.
    pub fn canonical(&self) -> String {
        match self {
            Self::DispatchNote(note) => note.canonical(),
            Self::SalesOrder(order) => order.canonical(),
        }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DispatchNote(note) => write!(f, "dispatch note {note}"),
            Self::SalesOrder(order) => write!(f, "sales order {order}"),
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
    /// The same field in the copies of that form which SYSPRO keeps with the order's invoices, all of them.
    InvoiceCopy {
        /// The order, as SYSPRO wrote it.
        order: SalesOrderNumber,
        /// The field's key, at most six characters.
        field: String,
    },
    /// A custom form field of a dispatch note.
    NoteForm {
        /// The note, as SYSPRO wrote it.
        note: DocumentNumber,
        /// The field's key, at most six characters.
        field: String,
    },
    /// A custom form field of a purchase order.
    PurchaseForm {
        /// The purchase order, as SYSPRO wrote it.
        order: DocumentNumber,
        /// The field's key, at most six characters.
        field: String,
    },
    /// A document's status code.
    Status {
        /// Whose.
        of: Record,
    },
    /// A comment line of exactly this text, at most 100 characters.
    Comment {
        /// Where it is added.
        on: Record,
        /// The text, which is the marker too.
        text: String,
    },
    /// A freight line, added behind a comment line of exactly this text.
    Freight {
        /// Where it is added.
        on: Record,
        /// The comment's text: SYSPRO's freight lines have no text of their own when they are added.
        marker: String,
    },
}

impl Target {
    /// Whether writing it adds a line to a document: posted twice, it stands there twice.
    pub fn adds_a_line(&self) -> bool {
        matches!(self, Self::Comment { .. } | Self::Freight { .. })
    }

    /// The record and the field, for people.
    pub fn described(&self) -> (String, String) {
        match self {
            Self::DispatchNote { note, field } => (format!("dispatch note {note}"), field.column().to_owned()),
            Self::OrderForm { order, field } => (format!("sales order {order}, custom form"), field.clone()),
            Self::InvoiceCopy { order, field } => {
                (format!("sales order {order}, the invoice's copy of the custom form"), field.clone())
            }
            Self::NoteForm { note, field } => (format!("dispatch note {note}, custom form"), field.clone()),
            Self::PurchaseForm { order, field } => (format!("purchase order {order}, custom form"), field.clone()),
            Self::Status { of } => (of.to_string(), "status".to_owned()),
            Self::Comment { on, .. } => (on.to_string(), "comment line".to_owned()),
            Self::Freight { on, .. } => (on.to_string(), "freight line".to_owned()),
        }
    }
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
    /// A freight line's amounts, in the document's currency.
    Freight {
        /// What the customer is charged.
        charge: Decimal,
        /// What it cost us.
        cost: Decimal,
    },
    /// Nothing: a line that is to be taken away.
    Removed,
}

impl Value {
    /// Whether a field that reads like this holds the value. SYSPRO pads texts, writes numbers with its own number of
    /// decimals and dates with a time behind them.
    pub fn is_read_as(&self, held: &str) -> bool {
        let held = held.trim();
        match self {
            Self::Text(text) => held == text.trim(),
            Self::Number(number) => held.parse::<Decimal>().is_ok_and(|it| it == *number),
            // The cost may be hidden from the operator; then the charge alone is compared.
            Self::Freight { charge, cost } => {
                let mut amounts = held.split_whitespace().map(str::parse::<Decimal>);
                let same = |told: Option<Result<Decimal, _>>, wanted| told.and_then(Result::ok) == Some(wanted);
                let (told_charge, told_cost) = (amounts.next(), amounts.next());
                same(told_charge, *charge) && (told_cost.is_none() || same(told_cost, *cost))
            }
            Self::Date(date) => held.get(..10).unwrap_or(held) == date.to_string(),
            Self::Removed => held.is_empty(),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => write!(f, "{number}"),
            Self::Date(date) => write!(f, "{date}"),
            Self::Freight { charge, cost } => write!(f, "charge {charge}, cost {cost}"),
            Self::Removed => f.write_str("removed"),
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
    /// If given: written only while another target allows it, and done otherwise. So the taking back of a line that never
    /// arrived adds none, and a cost beside another shipment's number stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only_if: Option<Guard>,
}

/// What another target must hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    /// Where to look.
    pub target: Target,
    /// One of these; anything at all if none are given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<Value>,
}

impl Guard {
    fn allows(&self, held: &str) -> bool {
        if self.holds.is_empty() { !held.is_empty() } else { self.holds.iter().any(|it| it.is_read_as(held)) }
    }
}

impl FieldWrite {
    fn new(target: Target, value: Value) -> Self {
        Self { target, value, only_over: Vec::new(), only_if: None }
    }

    /// The targets that must be read to tell whether it is done.
    pub fn looks_at(&self) -> impl Iterator<Item = &Target> {
        std::iter::once(&self.target).chain(self.only_if.as_ref().map(|it| &it.target))
    }

    /// Whether nothing is left to write, by what a reading found in the targets; `None` when the reading found no such
    /// target.
    pub fn is_done<'h>(&self, held: impl Fn(&Target) -> Option<&'h str>) -> bool {
        let Some(here) = held(&self.target) else { return false };
        let ours = self.only_over.is_empty() || self.only_over.iter().any(|own| own.is_read_as(here));
        let guarded = self.only_if.as_ref().and_then(|guard| held(&guard.target).map(|text| guard.allows(text)));
        let idle = guarded == Some(false);
        self.value.is_read_as(here) || !ours || idle
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
    /// The delivery as a comment line.
    DeliveryComment,
    /// How it ended, in the form's copy that belongs to the invoice.
    InvoiceCopy,
    /// The tracking number as a comment line.
    Comment,
    /// The freight line.
    Freight,
    /// The document's own status in SYSPRO.
    StatusMove,
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
            Self::DeliveryComment => "comment line of the delivery",
            Self::InvoiceCopy => "status on the invoice's copy of the form",
            Self::Comment => "comment line",
            Self::Freight => "freight line",
            Self::StatusMove => "document status",
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
        /// Why SYSPRO does not take it now, in its own words; it will be tried again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        waits: Option<String>,
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

impl Progress {
    /// Nothing done yet.
    pub const FRESH: Self = Self::Pending { posts: 0, waits: None };
}

impl WriteStep {
    fn new(name: StepName, writes: Vec<FieldWrite>) -> Self {
        Self { name, writes, progress: Progress::FRESH }
    }

    /// Still to be written or proven.
    pub fn is_pending(&self) -> bool {
        matches!(self.progress, Progress::Pending { .. })
    }

    /// What a person is told of it when SYSPRO, or our own planning, refused it.
    pub fn refusal(&self) -> Option<Reason> {
        let Progress::Refused { words } = &self.progress else { return None };
        Some(Reason::WriteBackRefused { step: self.name.words().to_owned(), message: words.clone() })
    }

    /// Whether this step writes where an older one wrote or still would, so that the older must not come after it.
    pub fn overtakes(&self, older: &Self) -> bool {
        self.writes.iter().any(|new| older.writes.iter().any(|old| old.target == new.target))
    }

    /// Whether it takes back what others wrote.
    pub fn takes_back(&self) -> bool {
        self.name == StepName::Reversal
    }

    /// Whether it comes last: a document is moved on only when all else is told, since SYSPRO may close it then.
    pub fn comes_last(&self) -> bool {
        self.name == StepName::StatusMove
    }
}

/// The steps in hand now: all that are pending, and those that [come last](WriteStep::comes_last) only when all others
/// are told, since what a person still has to settle could not be written into a closed document.
pub fn in_hand(steps: &[WriteStep]) -> impl Iterator<Item = &WriteStep> {
    let open = |step: &WriteStep| matches!(step.progress, Progress::Pending { .. } | Progress::Refused { .. });
    let others = steps.iter().any(|step| open(step) && !step.comes_last());
    steps.iter().filter(move |step| step.is_pending() && !(others && step.comes_last()))
}

#[cfg(test)]
mod tests;
