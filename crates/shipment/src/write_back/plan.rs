//! What a site wants told to SYSPRO, turned into steps: at booking, at a new status, at delivery, and after a void.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use super::{DispatchField, FieldWrite, Guard, Progress, Record, StepName, Target, Value, WriteStep};
use crate::document::{Document, Source};
use crate::money::{Currency, Money};
use crate::number::{DocumentNumber, SalesOrderNumber, TrackingNumber};
use crate::tracking::Status;
use crate::waybill::{Charges, Waybill};

/// The most characters of a comment line (`NComment`, `reference/syspro.md` §5.2).
const COMMENT_ROOM: usize = 100;

/// How several tracking numbers go into one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ManyNumbers {
    /// Only the first.
    Lead,
    /// As many as fit, then `+n` for the rest.
    Joined,
}

/// The names of a site's custom form fields on one kind of record; an absent one is not written.
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

/// Which document gets a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LineOn {
    /// The one that ships.
    Document,
    /// Its first sales order.
    SalesOrder,
}

/// What a freight line charges the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChargeRule {
    /// Nothing: only our cost is noted.
    Nothing,
    /// What UPS bills us.
    Actual,
    /// UPS's published price.
    List,
    /// What UPS bills us and so many per cent on top.
    Markup {
        /// Per cent.
        percent: Decimal,
    },
}

/// How a void takes a freight line back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum OnVoid {
    /// By a second line of the opposite amounts.
    Opposite,
    /// By deleting the line; only sales orders allow it.
    Delete,
    /// Not at all: finance does it.
    Leave,
}

/// A site's wish for freight lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreightRule {
    /// Where.
    pub on: LineOn,
    /// What the customer is charged; our cost always stands beside it.
    pub charge: ChargeRule,
    /// What the shipper's company keeps its books in: the currency of a document that names none.
    pub currency: Currency,
    /// How many units of a document's currency one unit of UPS's is worth, by the document's currency; a document in a
    /// currency that is neither UPS's nor here gets no line and a person is told.
    pub rates: BTreeMap<Currency, Decimal>,
    /// What a void does.
    pub on_void: OnVoid,
}

/// Which documents are moved on in SYSPRO once all else is told. That has financial and stock meaning
/// (`reference/syspro.md` §7), so nothing moves unless a site says so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusMoves {
    /// Dispatch notes to 7, ready to invoice, by way of 5.
    pub dispatch_notes: bool,
    /// Sales orders from 4 to 8, ready to invoice.
    pub sales_orders: bool,
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
    /// Custom form fields of dispatch notes.
    pub note_form: Option<FormFields>,
    /// Custom form fields of purchase orders.
    pub purchase_form: Option<FormFields>,
    /// Tell the tracking numbers in a comment line.
    pub comment: Option<LineOn>,
    /// Tell the delivery in a comment line.
    pub delivery_comment: Option<LineOn>,
    /// Tell how it ended also in the copy of the sales order's form that SYSPRO keeps with the invoice.
    pub invoice_copy: bool,
    /// Add a freight line.
    pub freight: Option<FreightRule>,
    /// Move documents on.
    pub status_moves: StatusMoves,
}

/// A record that has a custom form.
enum FormOf<'d> {
    Order(&'d SalesOrderNumber),
    Note(&'d DocumentNumber),
    Purchase(&'d DocumentNumber),
}

impl FormOf<'_> {
    fn write(&self, field: &str, value: Value) -> FieldWrite {
        let field = field.to_owned();
        let target = match *self {
            Self::Order(order) => Target::OrderForm { order: order.clone(), field },
            Self::Note(note) => Target::NoteForm { note: note.clone(), field },
            Self::Purchase(order) => Target::PurchaseForm { order: order.clone(), field },
        };
        FieldWrite::new(target, value)
    }
}

impl Rules {
    /// Whether some enabled step carries the tracking number for documents of this source; if not, the site may not
    /// book on its own.
    pub fn carries_tracking(&self, source: Source) -> bool {
        let carries = |form: Option<&FormFields>| form.is_some_and(|form| form.tracking.is_some());
        let field = source == Source::DispatchNotes && self.tracking_field.is_some();
        let line = self.comment.is_some() && matches!(source, Source::DispatchNotes | Source::SalesOrders);
        field
            || line
            || carries(self.order_form(source))
            || match source {
                Source::DispatchNotes => carries(self.note_form.as_ref()),
                Source::PurchaseOrders => carries(self.purchase_form.as_ref()),
                Source::SalesOrders | Source::Invoices => false,
            }
    }

    fn order_form(&self, source: Source) -> Option<&FormFields> {
        match source {
            Source::SalesOrders | Source::Invoices => self.form.as_ref(),
            Source::DispatchNotes if self.form_for_dispatch_notes => self.form.as_ref(),
            Source::DispatchNotes | Source::PurchaseOrders => None,
        }
    }

    /// The forms of a document, and whether it is the one that tells what the shipment cost. The shipment cost once: a
    /// note with several parent orders tells the first, or finance would add it up twice.
    fn forms<'d>(&'d self, document: &'d Document) -> Vec<(FormOf<'d>, &'d FormFields, bool)> {
        let mut forms = Vec::new();
        let number = &document.number;
        match (document.source, &self.note_form, &self.purchase_form) {
            (Source::DispatchNotes, Some(form), _) => forms.push((FormOf::Note(number), form, true)),
            (Source::PurchaseOrders, _, Some(form)) => forms.push((FormOf::Purchase(number), form, true)),
            (Source::DispatchNotes | Source::PurchaseOrders | Source::SalesOrders | Source::Invoices, _, _) => {}
        }
        if let Some(form) = self.order_form(document.source) {
            let orders = document.sales_orders.iter().enumerate();
            forms.extend(orders.map(|(index, order)| (FormOf::Order(order), form, index == 0)));
        }
        forms
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
    let numbers = numbers_of(waybill, rules.many, rules.user_field_length);
    let mut carrying = Vec::new();
    let mut details = Vec::new();
    if document.source == Source::DispatchNotes {
        let count = waybill.tracking_numbers.len().max(1);
        carrying.extend(rules.tracking_field.map(|field| on_note(document, field, Value::Text(numbers.clone()))));
        carrying.extend(rules.count_field.map(|field| on_note(document, field, Value::Text(count.to_string()))));
    }
    let cost = waybill.charges.payable().map(Money::decimal);
    for (of, form, tells_cost) in rules.forms(document) {
        let write = |field: &Option<String>, value| field.as_ref().map(|field| of.write(field, value));
        carrying.extend(write(&form.tracking, Value::Text(numbers.clone())));
        details.extend(cost.filter(|_| tells_cost).and_then(|cost| write(&form.freight_cost, Value::Number(cost))));
        details.extend(write(&form.ship_date, Value::Date(ship_date)));
    }
    let comment = rules.comment.and_then(|on| record(document, on)).map(|on| comment_on(on, "UPS", waybill));
    let step = |name, writes: Vec<FieldWrite>| (!writes.is_empty()).then(|| WriteStep::new(name, writes));
    [
        step(StepName::TrackingNumber, carrying),
        step(StepName::ShippingForm, details),
        step(StepName::Comment, comment.into_iter().collect()),
        rules.freight.as_ref().and_then(|rule| plan_freight(document, waybill, rule)),
        step(StepName::StatusMove, moved_on(document, rules.status_moves).into_iter().collect()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The numbers that remain when some packages of a shipment are voided: written over what earlier steps wrote there, or
/// would have, and over nothing else. `waybill` has the remaining packages only.
pub fn plan_remaining(
    document: &Document,
    waybill: &Waybill,
    ship_date: Date,
    rules: &Rules,
    earlier: &[WriteStep],
) -> Option<WriteStep> {
    let mut step =
        plan(document, waybill, ship_date, rules).into_iter().find(|it| it.name == StepName::TrackingNumber)?;
    for write in &mut step.writes {
        let before = earlier.iter().flat_map(|it| &it.writes).filter(|it| it.target == write.target);
        write.only_over = before.map(|it| it.value.clone()).chain([Value::Text(String::new())]).collect();
    }
    Some(step)
}

/// A waybill without a readable package number still has the shipment's, which is the first package's.
fn numbers_of(waybill: &Waybill, many: ManyNumbers, room: usize) -> String {
    if waybill.tracking_numbers.is_empty() {
        return waybill.shipment_number.to_string();
    }
    joined_numbers(&waybill.tracking_numbers, many, room)
}

// ---- lines and the document's status ----

/// Where a line goes. Invoices are closed and purchase orders are somebody else's delivery: neither takes one.
fn record(document: &Document, on: LineOn) -> Option<Record> {
    match (document.source, on) {
        (Source::DispatchNotes, LineOn::Document) => Some(Record::DispatchNote(document.number.clone())),
        (Source::DispatchNotes | Source::SalesOrders, LineOn::SalesOrder) | (Source::SalesOrders, LineOn::Document) => {
            document.sales_orders.first().cloned().map(Record::SalesOrder)
        }
        (Source::Invoices | Source::PurchaseOrders, _) => None,
    }
}

fn comment_on(on: Record, lead: &str, waybill: &Waybill) -> FieldWrite {
    let room = COMMENT_ROOM - lead.len() - 1;
    let text = format!("{lead} {}", numbers_of(waybill, ManyNumbers::Joined, room));
    FieldWrite::new(Target::Comment { on, text: text.clone() }, Value::Text(text))
}

fn plan_freight(document: &Document, waybill: &Waybill, rule: &FreightRule) -> Option<WriteStep> {
    let on = record(document, rule.on)?;
    let cost = waybill.charges.payable()?;
    let list = match &waybill.charges {
        Charges::Booked { published, .. } => *published,
        Charges::QuotedOnly(quote) => quote.published,
    };
    let charge = match rule.charge {
        ChargeRule::Nothing => Some(Decimal::ZERO),
        ChargeRule::Actual => Some(cost.decimal()),
        ChargeRule::List => list.filter(|it| it.currency() == cost.currency()).map(Money::decimal),
        ChargeRule::Markup { percent } => Some(cost.decimal() + cost.decimal() * percent / Decimal::ONE_HUNDRED),
    };
    let wanted = document.currency.unwrap_or(rule.currency);
    let rate = if wanted == cost.currency() { Some(Decimal::ONE) } else { rule.rates.get(&wanted).copied() };
    let refused = |words: String| WriteStep {
        // Nothing of it can be written, now or after trying again.
        progress: Progress::Refused { words },
        ..WriteStep::new(StepName::Freight, Vec::new())
    };
    let (charge, rate) = match (charge, rate) {
        (Some(charge), Some(rate)) => (charge, rate),
        (None, _) => {
            return Some(refused(
                "UPS told no published price to charge the customer; add the line by hand".to_owned(),
            ));
        }
        (_, None) => {
            let theirs = cost.currency();
            return Some(refused(format!(
                "the document is in {wanted} and UPS billed {cost} in {theirs}: add the line by hand, and for the next ones \
                 write the worth of one {theirs} in a [[write_back.freight_line.rate]] for {wanted}"
            )));
        }
    };
    // SYSPRO keeps two decimals (NMscChargeValue n(14,2)).
    let digits = wanted.minor_digits().min(2);
    let at_rate =
        |value: Decimal| (value * rate).round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero);
    let value = Value::Freight { charge: at_rate(charge), cost: at_rate(cost.decimal()) };
    let marker = format!("UPS freight {}", numbers_of(waybill, ManyNumbers::Lead, COMMENT_ROOM));
    Some(WriteStep::new(StepName::Freight, vec![FieldWrite::new(Target::Freight { on, marker }, value)]))
}

/// Only over statuses that lead there: a document that a person has moved elsewhere is left alone.
fn moved_on(document: &Document, moves: StatusMoves) -> Option<FieldWrite> {
    let text = |code: &str| Value::Text(code.to_owned());
    let (of, to, over) = match document.source {
        Source::DispatchNotes if moves.dispatch_notes => {
            (Record::DispatchNote(document.number.clone()), "7", vec![text("3"), text("5")])
        }
        Source::SalesOrders if moves.sales_orders => {
            (Record::SalesOrder(document.sales_orders.first()?.clone()), "8", vec![text("4")])
        }
        Source::DispatchNotes | Source::SalesOrders | Source::Invoices | Source::PurchaseOrders => return None,
    };
    Some(FieldWrite { only_over: over, ..FieldWrite::new(Target::Status { of }, text(to)) })
}

// ---- on the way ----

/// The step that tells a new canonical status, if the site has a field for it.
pub fn plan_status(document: &Document, status: &Status, rules: &Rules) -> Option<WriteStep> {
    let value = || Value::Text(status.code().to_uppercase());
    let writes: Vec<FieldWrite> = rules
        .forms(document)
        .into_iter()
        .filter_map(|(of, form, _)| Some(of.write(form.status.as_ref()?, value())))
        .collect();
    (!writes.is_empty()).then(|| WriteStep::new(StepName::Status, writes))
}

/// The step that tells the day of delivery, for dispatch notes.
pub fn plan_delivery(document: &Document, delivered: Date, rules: &Rules) -> Option<WriteStep> {
    (document.source == Source::DispatchNotes && rules.delivery_date).then(|| {
        let write = on_note(document, DispatchField::ActualDeliveryDate, Value::Date(delivered));
        WriteStep::new(StepName::Delivery, vec![write])
    })
}

/// The step that tells the delivery in a comment line. Lines cannot be changed, so a day that is corrected later adds no
/// second one to those planned `earlier`.
pub fn plan_delivery_comment(
    document: &Document,
    waybill: &Waybill,
    delivered: Date,
    rules: &Rules,
    earlier: &[WriteStep],
) -> Option<WriteStep> {
    let on = rules.delivery_comment?;
    if earlier.iter().any(|it| it.name == StepName::DeliveryComment) {
        return None;
    }
    let line = comment_on(record(document, on)?, &format!("UPS delivered {delivered}"), waybill);
    Some(WriteStep::new(StepName::DeliveryComment, vec![line]))
}

/// The step that tells how it ended in the invoice's copy of the sales orders' forms, if the site has that field. Whether
/// there is an invoice is found out when it is written.
pub fn plan_invoice_copy(document: &Document, status: &Status, rules: &Rules) -> Option<WriteStep> {
    let field = rules.order_form(document.source).filter(|_| rules.invoice_copy)?.status.clone()?;
    let value = || Value::Text(status.code().to_uppercase());
    let copy = |order: &SalesOrderNumber| Target::InvoiceCopy { order: order.clone(), field: field.clone() };
    let writes: Vec<_> = document.sales_orders.iter().map(|order| FieldWrite::new(copy(order), value())).collect();
    (!writes.is_empty()).then(|| WriteStep::new(StepName::InvoiceCopy, writes))
}

fn on_note(document: &Document, field: DispatchField, value: Value) -> FieldWrite {
    FieldWrite::new(Target::DispatchNote { note: document.number.clone(), field }, value)
}

// ---- taking back ----

/// The text that stands where a voided shipment's tracking number stood. Whether SYSPRO lets a field be emptied is not
/// published, and a marker also tells people why there is no number.
pub const VOID_MARK: &str = "VOID";

/// The step that takes back after a void what this shipment wrote: its number becomes [`VOID_MARK`], its count and cost
/// nought, its status `VOIDED`; a comment line is answered by a second one and a freight line as the site says; dates
/// and moves of the document's status stay.
///
/// A step's progress is not asked: of a step that was refused one field may still have been written, and a post may
/// have arrived although we never learned of it. Instead each field is only written over a value of our own, and each
/// line only answered where it stands.
pub fn plan_reversal(steps: &[WriteStep], rules: &Rules) -> Option<WriteStep> {
    let on_void = rules.freight.as_ref().map_or(OnVoid::Opposite, |it| it.on_void);
    let mut writes: Vec<FieldWrite> = Vec::new();
    for step in steps {
        for write in &step.writes {
            if write.target.adds_a_line() {
                writes.extend(line_taken_back(write, on_void));
                continue;
            }
            let Some(value) = taken_back(step.name, &write.value) else { continue };
            match writes.iter_mut().find(|it| it.target == write.target) {
                Some(known) if known.only_over.contains(&write.value) => {}
                Some(known) => known.only_over.push(write.value.clone()),
                None => {
                    let only_over = vec![write.value.clone()];
                    let only_if = number_beside(steps, step.name, &write.target);
                    writes.push(FieldWrite { only_over, only_if, ..FieldWrite::new(write.target.clone(), value) });
                }
            }
        }
    }
    (!writes.is_empty()).then(|| WriteStep::new(StepName::Reversal, writes))
}

/// Cost and status are ours only where our number stands beside them, or stood until just now: another shipment of the
/// same order may have written the same amounts.
fn number_beside(steps: &[WriteStep], step: StepName, target: &Target) -> Option<Guard> {
    if !matches!(step, StepName::ShippingForm | StepName::Status) {
        return None;
    }
    let record = form_record(target)?;
    let numbers = steps.iter().filter(|it| it.name == StepName::TrackingNumber).flat_map(|it| &it.writes);
    // Several where packages were voided one by one: each of them may stand there.
    let ours: Vec<&FieldWrite> = numbers.filter(|it| form_record(&it.target).as_ref() == Some(&record)).collect();
    let target = ours.first()?.target.clone();
    let own = ours.iter().filter(|it| it.target == target).map(|it| it.value.clone());
    let holds = own.chain([Value::Text(VOID_MARK.to_owned())]).collect();
    Some(Guard { target, holds })
}

/// Whose form a target is on: the kind and the number.
fn form_record(target: &Target) -> Option<(u8, String)> {
    match target {
        Target::OrderForm { order, .. } => Some((0, order.canonical())),
        Target::NoteForm { note, .. } => Some((1, note.canonical())),
        Target::PurchaseForm { order, .. } => Some((2, order.canonical())),
        Target::DispatchNote { .. }
        | Target::InvoiceCopy { .. }
        | Target::Status { .. }
        | Target::Comment { .. }
        | Target::Freight { .. } => None,
    }
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
            | StepName::DeliveryComment
            | StepName::InvoiceCopy
            | StepName::Comment
            | StepName::Freight
            | StepName::StatusMove
            | StepName::Reversal,
            _,
        ) => None,
    }
}

fn line_taken_back(write: &FieldWrite, on_void: OnVoid) -> Option<FieldWrite> {
    let answered = |text: &str| {
        let text: String = format!("{VOID_MARK} {text}").chars().take(COMMENT_ROOM).collect();
        text.trim_end().to_owned()
    };
    let (target, value) = match (&write.target, &write.value) {
        (Target::Comment { on, text }, _) => {
            let text = answered(text);
            (Target::Comment { on: on.clone(), text: text.clone() }, Value::Text(text))
        }
        (Target::Freight { on, marker }, Value::Freight { charge, cost }) => match (on_void, on) {
            (OnVoid::Leave, _) => return None,
            (OnVoid::Delete, Record::SalesOrder(_)) => {
                let only_over = vec![write.value.clone()];
                return Some(FieldWrite { only_over, ..FieldWrite::new(write.target.clone(), Value::Removed) });
            }
            (OnVoid::Delete | OnVoid::Opposite, _) => (
                Target::Freight { on: on.clone(), marker: answered(marker) },
                Value::Freight { charge: -charge, cost: -cost },
            ),
        },
        _ => return None,
    };
    let only_if = Some(Guard { target: write.target.clone(), holds: Vec::new() });
    Some(FieldWrite { only_if, ..FieldWrite::new(target, value) })
}

/// UPS takes at most 200 packages, and no tracking number is that short.
fn is_count(text: &str) -> bool {
    text.len() <= 3 && text.bytes().all(|it| it.is_ascii_digit())
}
