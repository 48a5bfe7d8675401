//! Void: a whole shipment or single packages, until UPS has them in its hands.
//!
//! ```text
//! number ─► 190100 no number of ours in form · 190102 unknown · 190101 too old · 190117 voided already
//!        ─► UPS has it: 190103, a return 190104
//! packages ─► 190111 more than 20 · 190109 no number · 190110 not of this shipment
//!          ─► 190113 international · 190112 return
//! ```
//!
//! A package that was voided before counts as success, a shipment does not, unless the manners say
//! so. A pickup that was called for goes on.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::envelope::{Lists, Refusal, accepted};
use super::shelf::Booked;
use super::{Manners, Ups, Visit};
use crate::serve::Reply;

/// The most packages one request voids.
const MOST_PACKAGES: usize = 20;

pub(super) fn answer(ups: &Ups, visit: &Visit<'_>) -> Result<Reply, Refusal> {
    let number = visit.segment(5).to_owned();
    if !is_number(&number) {
        return Err(Refusal::bad("190100", "Invalid shipment identification number."));
    }
    let manners = ups.manners();
    let packages = chosen_packages(visit)?;
    if manners.is_cie() {
        return test_host(&number, &packages, visit, &manners);
    }
    let mut state = ups.state();
    let Some((booked, _)) = state.shelf.by_tracking_number(&number).filter(|(booked, _)| booked.number() == number)
    else {
        return Err(unknown());
    };
    refuse_packages(&booked, &packages)?;
    refuse_if_too_late(&booked, &packages, visit, &manners)?;
    let whole = packages.is_empty();
    if whole && booked.is_voided() && !manners.void_again_succeeds {
        return Err(Refusal::bad("190117", "The shipment has already been voided."));
    }
    let picked = |number: &str| whole || packages.iter().any(|one| one == number);
    state.shelf.void(&number, visit.now, manners.voided_travel, picked);
    ups.0.house.book.enter(|ledger| {
        let labels = ledger.labels.iter_mut().filter(|label| label.shipment_identification_number == number);
        labels.filter(|label| picked(&label.tracking_number)).for_each(|label| {
            label.voided = true;
            label.voided_at.get_or_insert(visit.now);
        });
    });
    let all = state.shelf.by_tracking_number(&number).is_some_and(|(booked, _)| booked.is_voided());
    Ok(voided(visit, &manners, all, package_results(&booked, &packages)))
}

fn is_number(number: &str) -> bool {
    number.len() == 18 && number.bytes().all(|c| c.is_ascii_digit() || c.is_ascii_uppercase())
}

fn unknown() -> Refusal {
    Refusal::bad("190102", "No shipment found within the allowed void period.")
}

/// The packages named in the query: one number, or a bracketed list.
fn chosen_packages(visit: &Visit<'_>) -> Result<Vec<String>, Refusal> {
    let Some(given) = visit.request.query_value("trackingnumber") else { return Ok(Vec::new()) };
    let numbers: Vec<String> = given
        .trim()
        .trim_matches(['[', ']'])
        .split(',')
        .map(|one| one.trim().trim_matches('"').to_owned())
        .filter(|one| !one.is_empty())
        .collect();
    if numbers.len() > MOST_PACKAGES {
        return Err(Refusal::bad("190111", "Package void limit exceeded."));
    }
    // The word a code generator leaves there is no number of any shipment.
    if given.trim() == "string" {
        return Err(unknown());
    }
    if numbers.is_empty() || !numbers.iter().all(|number| is_number(number)) {
        return Err(Refusal::bad("190109", "Invalid tracking number."));
    }
    Ok(numbers)
}

fn refuse_packages(booked: &Booked, packages: &[String]) -> Result<(), Refusal> {
    let stranger = packages.iter().find(|number| booked.parcels.iter().all(|parcel| parcel.number != **number));
    if let Some(number) = stranger {
        return Err(Refusal::bad("190110", format!("Invalid void package {number}.")));
    }
    if packages.is_empty() {
        return Ok(());
    }
    if booked.return_service.is_some() {
        return Err(Refusal::bad("190112", "Return service shipments cannot be voided at the package level."));
    }
    if booked.international {
        return Err(Refusal::bad("190113", "International shipments cannot be voided at the package level."));
    }
    Ok(())
}

fn refuse_if_too_late(
    booked: &Booked,
    packages: &[String],
    visit: &Visit<'_>,
    manners: &Manners,
) -> Result<(), Refusal> {
    let age = visit.now.duration_since(booked.booked_at);
    let expired = || Refusal::bad("190101", "Time for voiding has expired.");
    if age > SignedDuration::from_hours(24 * i64::from(manners.void_days)) {
        return Err(expired());
    }
    let is_return = booked.return_service.is_some();
    let hours = manners.return_void_hours.filter(|_| is_return);
    if hours.is_some_and(|hours| age > SignedDuration::from_hours(i64::from(hours))) {
        return Err(expired());
    }
    let chosen = |number: &str| packages.is_empty() || packages.iter().any(|one| one == number);
    let held = booked
        .parcels
        .iter()
        .filter(|parcel| chosen(&parcel.number) && parcel.voided_at.is_none())
        .filter_map(|parcel| parcel.journey.possession())
        .any(|held| held <= visit.now);
    match (held, is_return) {
        (false, _) => Ok(()),
        (true, true) => Err(Refusal::bad("190104", "Return shipments cannot be voided.")),
        (true, false) => Err(Refusal::bad("190103", "The pickup has already been completed or is in progress.")),
    }
}

fn package_results(booked: &Booked, packages: &[String]) -> Vec<Value> {
    let result = |number: &String| {
        let again = booked.parcels.iter().any(|parcel| parcel.number == *number && parcel.voided_at.is_some());
        let words = if again { "Already Voided" } else { "Voided" };
        json!({"TrackingNumber": number, "Status": {"Code": "1", "Description": words}})
    };
    packages.iter().map(result).collect()
}

/// The key is singular in practice, whatever the description says, and missing for a whole shipment.
fn voided(visit: &Visit<'_>, manners: &Manners, all: bool, packages: Vec<Value>) -> Reply {
    let words = if all { "Voided" } else { "Partially Voided" };
    let stray = |text: &str| if manners.void_stray_returns { format!("&#xD;{text}") } else { text.to_owned() };
    let mut answer = json!({
        "Response": accepted(manners, "", &visit.transaction, Vec::new()),
        "SummaryResult": {"Status": {"Code": stray("1"), "Description": stray(words)}},
    });
    if !packages.is_empty() {
        let name = if manners.void_results_plural { "PackageLevelResults" } else { "PackageLevelResult" };
        answer[name] = Value::Array(packages);
    }
    Reply::json(200, &Lists::of(visit.segment(2), manners).fold(json!({"VoidShipmentResponse": answer})))
}

/// UPS's test host knows a whole shipment, one that cannot be voided, and one with a package.
fn test_host(number: &str, packages: &[String], visit: &Visit<'_>, manners: &Manners) -> Result<Reply, Refusal> {
    match (number, packages) {
        ("1Z2220060290602143", []) => Ok(voided(visit, manners, true, Vec::new())),
        ("1Z2220060294314162", [package]) if package == "1Z2220060291994175" => {
            let result = json!({"TrackingNumber": package, "Status": {"Code": "1", "Description": "Voided"}});
            Ok(voided(visit, manners, false, vec![result]))
        }
        _ => Err(unknown()),
    }
}
