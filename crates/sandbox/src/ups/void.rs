//! Void: a whole shipment or single packages, until UPS has them in its hands.

use serde_json::{Value, json};

use super::envelope::{Refusal, Shape, success};
use super::shelf::Booked;
use super::{Ups, Visit};
use crate::serve::Reply;

pub(super) fn answer(ups: &Ups, visit: &Visit<'_>) -> Result<Reply, Refusal> {
    let number = visit.segment(5).to_owned();
    if number.len() != 18 || !number.bytes().all(|c| c.is_ascii_digit() || c.is_ascii_uppercase()) {
        return Err(Refusal::bad("190100", "Invalid shipment identification number."));
    }
    let mut state = ups.state();
    if state.manners.is_cie() {
        return test_host(&number, visit);
    }
    let Some((booked, _)) = state.shelf.by_tracking_number(&number).filter(|(booked, _)| booked.number() == number)
    else {
        return Err(Refusal::bad("190102", "No shipment found within the allowed void period."));
    };
    let packages = chosen_packages(visit, &booked)?;
    refuse_if_too_late(&booked, visit, state.manners.void_days)?;
    if packages.is_empty() && booked.is_voided() {
        return Err(Refusal::bad("190117", "The shipment has already been voided."));
    }
    let whole = packages.is_empty();
    let picked = |number: &str| whole || packages.iter().any(|one| one == number);
    state.shelf.void(&number, visit.now, picked);
    ups.0.house.book.enter(|ledger| {
        let labels = ledger.labels.iter_mut().filter(|label| label.shipment_identification_number == number);
        labels.filter(|label| picked(&label.tracking_number)).for_each(|label| {
            label.voided = true;
            label.voided_at.get_or_insert(visit.now);
        });
    });
    let shape = Shape::of(visit.segment(2), 2403, state.manners.collapse_lists);
    let all = state.shelf.by_tracking_number(&number).is_some_and(|(booked, _)| booked.is_voided());
    Ok(voided(shape, visit, all, package_results(&booked, &packages)))
}

/// The packages named in the query: one number, or a bracketed list of up to twenty.
fn chosen_packages(visit: &Visit<'_>, booked: &Booked) -> Result<Vec<String>, Refusal> {
    let Some(given) = visit.request.query_value("trackingnumber") else { return Ok(Vec::new()) };
    let numbers: Vec<String> = given
        .trim_matches(['[', ']'])
        .split(',')
        .map(|one| one.trim().trim_matches('"').to_owned())
        .filter(|one| !one.is_empty())
        .collect();
    let known = |number: &String| booked.parcels.iter().any(|parcel| parcel.number == *number);
    if numbers.is_empty() || numbers.len() > 20 || !numbers.iter().all(known) {
        return Err(Refusal::bad("190102", "No shipment found within the allowed void period."));
    }
    if booked.international {
        return Err(Refusal::bad("190113", "International shipments cannot be voided at package level."));
    }
    Ok(numbers)
}

fn refuse_if_too_late(booked: &Booked, visit: &Visit<'_>, days: u32) -> Result<(), Refusal> {
    let age = visit.now.duration_since(booked.booked_at);
    if age > jiff::SignedDuration::from_hours(24 * i64::from(days)) {
        return Err(Refusal::bad("190101", "Time for voiding has expired."));
    }
    if !booked.is_voided() && booked.possession().is_some_and(|held| held <= visit.now) {
        return Err(Refusal::bad("190103", "The pickup has already been completed or is in progress."));
    }
    Ok(())
}

fn package_results(booked: &Booked, packages: &[String]) -> Vec<Value> {
    packages
        .iter()
        .map(|number| {
            let again = booked.parcels.iter().any(|parcel| parcel.number == *number && parcel.voided_at.is_some());
            let words = if again { "Already Voided" } else { "Voided" };
            json!({"TrackingNumber": number, "Status": {"Code": "1", "Description": words}})
        })
        .collect()
}

/// The key is singular in practice, whatever the description says, and missing for a whole shipment.
fn voided(shape: Shape, visit: &Visit<'_>, all: bool, packages: Vec<Value>) -> Reply {
    let words = if all { "Voided" } else { "Partially Voided" };
    let mut answer = json!({
        "Response": success(shape, "", &visit.transaction, Vec::new()),
        "SummaryResult": {"Status": {"Code": "1", "Description": words}},
    });
    if !packages.is_empty() {
        answer["PackageLevelResult"] = shape.list(packages);
    }
    Reply::json(200, &json!({"VoidShipmentResponse": answer}))
}

/// UPS's test host knows two numbers.
fn test_host(number: &str, visit: &Visit<'_>) -> Result<Reply, Refusal> {
    if number == "1Z2220060290602143" {
        return Ok(voided(Shape::of("v2409", 2403, false), visit, true, Vec::new()));
    }
    Err(Refusal::bad("190102", "No shipment found within the allowed void period."))
}
