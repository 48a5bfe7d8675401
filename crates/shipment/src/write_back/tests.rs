//! What is planned for SYSPRO, and what a void takes back.

use proptest::prelude::*;

use super::*;
use crate::document::{Document, Source, sample};
use crate::hold::Hold;
use crate::money::{Currency, Money};
use crate::state::tests::sample::*;
use crate::tracking::Status;
use crate::waybill::{Charges, Quote, Waybill};

fn told(steps: &[WriteStep]) -> Vec<String> {
    let place = |target: &Target| match target {
        Target::DispatchNote { note, field } => format!("{note} {}", field.column()),
        Target::OrderForm { order, field } => format!("{order} {field}"),
        Target::InvoiceCopy { order, field } => format!("{order} invoiced {field}"),
        Target::NoteForm { note, field } => format!("{note} {field}"),
        Target::PurchaseForm { order, field } => format!("{order} {field}"),
        Target::Status { of } => format!("{} status", of.number()),
        Target::Comment { on, .. } => format!("{} comment", on.number()),
        Target::Freight { on, marker } => format!("{} [{marker}]", on.number()),
    };
    steps.iter().flat_map(|it| &it.writes).map(|it| format!("{} = {}", place(&it.target), it.value)).collect()
}

#[test]
fn a_dispatch_note_carries_number_and_count_and_its_order_s_form_the_rest() {
    let steps = plan(&note(), &waybill(morning()), today(), &rules());
    assert_eq!(steps.iter().map(|it| it.name).collect::<Vec<_>>(), [StepName::TrackingNumber, StepName::ShippingForm]);
    assert_eq!(
        told(&steps),
        [
            "000346/0001 UserField1 = 1ZA1B2C30300000001",
            "000346/0001 UserField2 = 1",
            "000346 TRKNUM = 1ZA1B2C30300000001",
            "000346 FRTCST = 18.40",
            "000346 SHPDAT = 2026-03-03",
        ]
    );
    assert!(steps.iter().all(WriteStep::is_pending));
}

#[test]
fn a_sales_order_has_only_its_form_and_a_note_without_parents_only_its_fields() {
    let order = plan(&sample::order(), &waybill(morning()), today(), &rules());
    assert_eq!(told(&order)[0], "000346 TRKNUM = 1ZA1B2C30300000001");
    let orphan = Document { sales_orders: Vec::new(), ..note() };
    assert_eq!(plan(&orphan, &waybill(morning()), today(), &rules()).len(), 1);
}

#[test]
fn a_note_of_two_orders_tells_both_its_number_and_only_the_first_its_cost() {
    let orders = ["000346", "000350"].map(|it| it.parse().expect("a sales order number")).to_vec();
    let told = told(&plan(&Document { sales_orders: orders, ..note() }, &waybill(morning()), today(), &rules()));
    let about = |field: &str| told.iter().filter(|it| it.contains(field)).count();
    assert_eq!((about("TRKNUM"), about("SHPDAT"), about("FRTCST")), (2, 2, 1));
}

#[test]
fn what_the_site_did_not_choose_is_not_written() {
    let silent = Rules {
        tracking_field: None,
        count_field: None,
        delivery_date: false,
        form: None,
        form_for_dispatch_notes: false,
        ..rules()
    };
    assert_eq!(plan(&note(), &waybill(morning()), today(), &silent), []);
    assert_eq!(plan_status(&note(), &Status::InTransit, &silent), None);
    assert_eq!(plan_delivery(&note(), today(), &silent), None);
    assert!(!silent.carries_tracking(Source::DispatchNotes));
    assert!(rules().carries_tracking(Source::DispatchNotes) && rules().carries_tracking(Source::SalesOrders));
    let no_field = Rules { tracking_field: None, form_for_dispatch_notes: false, ..rules() };
    assert!(!no_field.carries_tracking(Source::DispatchNotes) && no_field.carries_tracking(Source::SalesOrders));
}

#[test]
fn a_cost_nobody_knows_is_not_written_as_nought() {
    let quote = Quote { published: None, negotiated: None, transit_days: None };
    let waybill = Waybill { charges: Charges::QuotedOnly(quote), ..waybill(morning()) };
    assert!(!told(&plan(&note(), &waybill, today(), &rules())).iter().any(|it| it.contains("FRTCST")));
}

#[test]
fn a_waybill_without_a_readable_package_number_is_told_by_the_shipment_s() {
    let waybill = Waybill { tracking_numbers: Vec::new(), ..waybill(morning()) };
    assert_eq!(told(&plan(&note(), &waybill, today(), &rules()))[0], "000346/0001 UserField1 = 1ZA1B2C30300000001");
}

#[test]
fn status_goes_to_the_form_and_the_day_of_delivery_to_the_note() {
    let status = plan_status(&note(), &Status::OutForDelivery, &rules()).expect("a step");
    assert_eq!(told(&[status]), ["000346 SHPSTS = OUT_FOR_DELIVERY"]);
    let delivery = plan_delivery(&note(), today(), &rules()).expect("a step");
    assert_eq!(told(&[delivery]), ["000346/0001 ActualDeliveryDate = 2026-03-03"]);
    assert_eq!(plan_delivery(&sample::order(), today(), &rules()), None);
}

#[test]
fn a_delivery_is_told_in_one_line_whatever_day_is_told_later() {
    let waybill = waybill(morning());
    let silent = plan_delivery_comment(&note(), &waybill, today(), &rules(), &[]);
    assert_eq!(silent, None, "nothing is added unless a site says so");
    let rules = Rules { delivery_comment: Some(LineOn::Document), ..rules() };
    let first = plan_delivery_comment(&note(), &waybill, today(), &rules, &[]).expect("a step");
    let text = "UPS delivered 2026-03-03 1ZA1B2C30300000001";
    assert_eq!(told(std::slice::from_ref(&first)), [format!("000346/0001 comment = {text}")]);
    let earlier = [first];
    let corrected = today().tomorrow().expect("a day");
    assert_eq!(plan_delivery_comment(&note(), &waybill, corrected, &rules, &earlier), None);
    let invoice = Document { source: Source::Invoices, ..note() };
    assert_eq!(plan_delivery_comment(&invoice, &waybill, today(), &rules, &[]), None, "an invoice takes no lines");
}

#[test]
fn the_invoice_s_copy_is_told_the_end_where_a_site_says_so() {
    assert_eq!(plan_invoice_copy(&note(), &Status::Delivered, &rules()), None);
    let rules = Rules { invoice_copy: true, ..rules() };
    let step = plan_invoice_copy(&note(), &Status::Delivered, &rules).expect("a step");
    assert_eq!(told(&[step]), ["000346 invoiced SHPSTS = DELIVERED"]);
    let without = Rules { form_for_dispatch_notes: false, ..rules };
    assert_eq!(plan_invoice_copy(&note(), &Status::Delivered, &without), None);
}

// ---- many numbers ----

#[test]
fn several_numbers_share_a_field_as_the_site_says() {
    let three = numbers(3);
    assert_eq!(joined_numbers(&three, ManyNumbers::Lead, 20), "1ZA1B2C30300000001");
    assert_eq!(
        joined_numbers(&three, ManyNumbers::Joined, 56),
        "1ZA1B2C30300000001,1ZA1B2C30300000002,1ZA1B2C30300000003"
    );
    assert_eq!(joined_numbers(&three, ManyNumbers::Joined, 55), "1ZA1B2C30300000001,1ZA1B2C30300000002 +1");
    assert_eq!(joined_numbers(&three, ManyNumbers::Joined, 39), "1ZA1B2C30300000001 +2");
    assert_eq!(joined_numbers(&three, ManyNumbers::Joined, 20), "1ZA1B2C30300000001", "there is no room for a count");
    assert_eq!(joined_numbers(&[], ManyNumbers::Joined, 20), "");
}

proptest! {
    #[test]
    fn joined_numbers_fit_and_account_for_every_package(count in 1_usize..201, room in 23_usize..400) {
        let numbers = numbers(count);
        let text = joined_numbers(&numbers, ManyNumbers::Joined, room);
        prop_assert!(text.chars().count() <= room, "{text}");
        let (list, left) = match text.split_once(" +") {
            Some((list, left)) => (list, left.parse::<usize>().expect("a count")),
            None => (text.as_str(), 0),
        };
        let written: Vec<&str> = list.split(',').collect();
        prop_assert_eq!(written.len() + left, count);
        prop_assert!(written.iter().zip(&numbers).all(|(text, number)| *text == number.as_str()));
    }
}

// ---- readings ----

#[test]
fn a_value_is_recognised_in_syspro_s_way_of_writing_it() {
    assert!(Value::Text("1Z1".to_owned()).is_read_as(" 1Z1   "));
    assert!(!Value::Text("1Z1".to_owned()).is_read_as("1z1"));
    let cost = Value::Number("18.40".parse().expect("a number"));
    assert!(cost.is_read_as("          18.400000") && !cost.is_read_as("18.41") && !cost.is_read_as(""));
    let day = Value::Date(today());
    assert!(day.is_read_as("2026-03-03") && day.is_read_as("2026-03-03T00:00:00") && !day.is_read_as("0000-00-00"));
}

// ---- taking back ----

fn reversal() -> WriteStep {
    let mut steps = steps();
    steps.extend(plan_status(&note(), &Status::InTransit, &rules()));
    steps.extend(plan_status(&note(), &Status::OutForDelivery, &rules()));
    steps.extend(plan_delivery(&note(), today(), &rules()));
    plan_reversal(&steps, &rules()).expect("a step")
}

#[test]
fn a_void_takes_back_numbers_count_cost_and_status() {
    assert_eq!(
        told(&[reversal()]),
        [
            "000346/0001 UserField1 = VOID",
            "000346/0001 UserField2 = 0",
            "000346 TRKNUM = VOID",
            "000346 FRTCST = 0",
            "000346 SHPSTS = VOIDED",
        ]
    );
    assert_eq!(plan_reversal(&[], &rules()), None);
    let dates = plan_delivery(&note(), today(), &rules()).expect("a step");
    assert_eq!(plan_reversal(&[dates], &rules()), None);
}

/// The lead package is voided and the next one leads: its number goes over ours, and over nobody else's.
#[test]
fn the_numbers_that_remain_are_written_over_those_that_were_ours() {
    let all = waybill(morning());
    let numbers = numbers(3);
    let before = plan(&note(), &Waybill { tracking_numbers: numbers.clone(), ..all.clone() }, today(), &rules());
    let left = Waybill { tracking_numbers: numbers[1..].to_vec(), ..all };
    let step = plan_remaining(&note(), &left, today(), &rules(), &before).expect("a step");
    let lead = &step.writes[0];
    assert_eq!(lead.value, Value::Text(numbers[1].to_string()));
    let done = |held: &str| lead.is_done(|_| Some(held));
    assert!(!done(numbers[0].as_str()) && !done(""), "our own is replaced, and a blank filled");
    assert!(done(numbers[1].as_str()) && done("1Z999AA10123456784"), "another's number is left alone");
    let reversal = plan_reversal(&[before, vec![step]].concat(), &rules()).expect("a step");
    assert!(!reversal.writes[0].is_done(|_| Some(numbers[1].as_str())), "a void takes back the last one too");
}

#[test]
fn a_void_removes_only_its_own() {
    let reversal = reversal();
    let number = &reversal.writes[2];
    assert!(!number.is_done(|_| Some("1ZA1B2C30300000001")), "ours: still to be removed");
    assert!(number.is_done(|_| Some("VOID")), "removed");
    assert!(number.is_done(|_| Some("1ZA1B2C30399999999")), "another shipment's: left alone");
    assert!(number.is_done(|_| Some("")), "never written");
    assert!(!number.is_done(|_| None), "the form was not found");
    let status = &reversal.writes[4];
    let beside = |number: &'static str, held: &'static str| {
        let target = status.target.clone();
        move |asked: &Target| Some(if *asked == target { held } else { number })
    };
    for ours in ["1ZA1B2C30300000001", "VOID"] {
        assert!(
            !status.is_done(beside(ours, "IN_TRANSIT")) && !status.is_done(beside(ours, "OUT_FOR_DELIVERY")),
            "both were ours"
        );
        assert!(status.is_done(beside(ours, "DELIVERED")), "told by somebody else");
    }
    assert!(
        status.is_done(beside("1ZA1B2C30399999999", "IN_TRANSIT")),
        "the status of the shipment whose number stands there"
    );
}

#[test]
fn whatever_became_of_a_step_its_fields_are_looked_at_when_it_is_taken_back() {
    for progress in [
        Progress::FRESH,
        Progress::Pending { posts: 3, waits: None },
        refused("one of two fields"),
        Progress::NotWritten { why: "the order form has no field TRKNUM".to_owned() },
        Progress::Proven { at: morning() },
    ] {
        let steps: Vec<_> = steps().into_iter().map(|step| WriteStep { progress: progress.clone(), ..step }).collect();
        let reversal = plan_reversal(&steps, &rules()).expect("a post may have arrived without our learning of it");
        assert_eq!(reversal.writes.len(), 4, "after {progress:?}");
    }
}

#[test]
fn a_step_is_overtaken_by_one_that_writes_to_the_same_field() {
    let old = plan_status(&note(), &Status::InTransit, &rules()).expect("a step");
    let new = plan_status(&note(), &Status::Delivered, &rules()).expect("a step");
    assert!(new.overtakes(&old) && !new.overtakes(&steps()[0]) && !new.takes_back());
    assert!(reversal().overtakes(&old) && reversal().takes_back());
}

// ---- lines and moves ----

fn freight_rule() -> FreightRule {
    FreightRule {
        on: LineOn::Document,
        charge: ChargeRule::Actual,
        currency: Currency::USD,
        rates: [(Currency::CAD, "1.36".parse().expect("a rate"))].into(),
        on_void: OnVoid::Opposite,
    }
}

fn with_lines(freight: FreightRule) -> Rules {
    Rules {
        tracking_field: None,
        count_field: None,
        form: None,
        comment: Some(LineOn::Document),
        freight: Some(freight),
        status_moves: StatusMoves { dispatch_notes: true, sales_orders: true },
        ..rules()
    }
}

fn priced(published: i64, negotiated: i64) -> Waybill {
    let dollars = |minor| Some(Money::new(minor, Currency::USD));
    let charges =
        Charges::Booked { published: dollars(published), negotiated: dollars(negotiated), itemized: Vec::new() };
    Waybill { charges, ..waybill(morning()) }
}

#[test]
fn lines_carry_the_number_as_their_marker_and_the_document_moves_on_last() {
    let rules = with_lines(freight_rule());
    let steps = plan(&note(), &priced(2_000, 1_210), today(), &rules);
    assert_eq!(
        told(&steps),
        [
            "000346/0001 comment = UPS 1ZA1B2C30300000001",
            "000346/0001 [UPS freight 1ZA1B2C30300000001] = charge 12.10, cost 12.10",
            "000346/0001 status = 7",
        ]
    );
    assert_eq!(in_hand(&steps).map(|it| it.name).collect::<Vec<_>>(), [StepName::Comment, StepName::Freight]);
    let told_all: Vec<_> = steps
        .iter()
        .map(|step| {
            let progress = if step.comes_last() { Progress::FRESH } else { Progress::Proven { at: morning() } };
            WriteStep { progress, ..step.clone() }
        })
        .collect();
    assert_eq!(in_hand(&told_all).map(|it| it.name).collect::<Vec<_>>(), [StepName::StatusMove]);
    let order = plan(&sample::order(), &priced(2_000, 1_210), today(), &rules);
    assert_eq!(told(&order)[2], "000346 status = 8");
    assert!(rules.carries_tracking(Source::DispatchNotes) && !rules.carries_tracking(Source::PurchaseOrders));
}

#[test]
fn the_customer_is_charged_by_the_site_s_rule() {
    let charged = |charge| {
        told(&plan(&note(), &priced(2_000, 1_210), today(), &with_lines(FreightRule { charge, ..freight_rule() })))[1]
            .clone()
    };
    let ends = |charge, wanted: &str| assert!(charged(charge).ends_with(wanted), "{charge:?}: {}", charged(charge));
    ends(ChargeRule::Nothing, "charge 0, cost 12.10");
    ends(ChargeRule::Actual, "charge 12.10, cost 12.10");
    ends(ChargeRule::List, "charge 20.00, cost 12.10");
    ends(ChargeRule::Markup { percent: Decimal::from(15) }, "charge 13.92, cost 12.10");
}

#[test]
fn a_foreign_currency_is_converted_by_the_site_s_rate_or_told_to_a_person() {
    let rules = with_lines(freight_rule());
    let step_in = |currency| {
        let document = Document { currency: Some(currency), ..note() };
        plan(&document, &priced(2_000, 1_000), today(), &rules).swap_remove(1)
    };
    assert_eq!(
        told(&[step_in(Currency::CAD)]),
        ["000346/0001 [UPS freight 1ZA1B2C30300000001] = charge 13.60, cost 13.60"]
    );
    let refusal = step_in(Currency::EUR).refusal().expect("no rate is known");
    assert!(Hold::from(refusal).words().contains("UPS billed"));
}

#[test]
fn a_void_answers_a_line_only_where_it_stands() {
    let rules = with_lines(freight_rule());
    let steps = plan(&note(), &priced(2_000, 1_210), today(), &rules);
    let reversal = plan_reversal(&steps, &rules).expect("a step");
    assert_eq!(
        told(std::slice::from_ref(&reversal)),
        [
            "000346/0001 comment = VOID UPS 1ZA1B2C30300000001",
            "000346/0001 [VOID UPS freight 1ZA1B2C30300000001] = charge -12.10, cost -12.10",
        ]
    );
    let freight = &reversal.writes[1];
    let original = freight.only_if.clone().expect("the line it answers").target;
    let stands = |line: &'static str, answer: &'static str| {
        let original = original.clone();
        move |target: &Target| Some(if *target == original { line } else { answer })
    };
    assert!(freight.is_done(stands("", "")), "the line never arrived");
    assert!(!freight.is_done(stands("12.100", "")), "it stands unanswered");
    assert!(freight.is_done(stands("12.100", "-12.10")), "it is answered");
    let deleting = FreightRule { on_void: OnVoid::Delete, on: LineOn::SalesOrder, ..freight_rule() };
    let rules = with_lines(deleting);
    let steps = plan(&note(), &priced(2_000, 1_210), today(), &rules);
    let gone = plan_reversal(&steps, &rules).expect("a step").writes.swap_remove(1);
    assert_eq!(gone.value, Value::Removed);
    assert!(gone.is_done(|_| Some("")) && !gone.is_done(|_| Some("12.10")));
    let kept = plan_reversal(&steps, &with_lines(FreightRule { on_void: OnVoid::Leave, ..freight_rule() }));
    assert_eq!(kept.expect("the comment").writes.len(), 1);
}

#[test]
fn invoices_tell_their_order_s_form_and_purchase_orders_their_own() {
    let fields = rules().form;
    let rules = Rules { purchase_form: fields.clone(), note_form: fields, ..rules() };
    let invoice = Document { source: Source::Invoices, ..sample::order() };
    assert_eq!(told(&plan(&invoice, &waybill(morning()), today(), &rules))[0], "000346 TRKNUM = 1ZA1B2C30300000001");
    let purchase = Document { source: Source::PurchaseOrders, sales_orders: Vec::new(), ..sample::order() };
    let steps = plan(&purchase, &waybill(morning()), today(), &rules);
    assert!(matches!(steps[0].writes[0].target, Target::PurchaseForm { .. }));
    let note_steps = plan(&note(), &waybill(morning()), today(), &rules);
    let forms = |wanted: fn(&Target) -> bool| note_steps[0].writes.iter().filter(|it| wanted(&it.target)).count();
    assert_eq!(forms(|it| matches!(it, Target::NoteForm { .. })), 1);
    assert_eq!(forms(|it| matches!(it, Target::OrderForm { .. })), 1);
}
