//! Tracking by number and by reference.
//!
//! An unknown or not yet manifested number is a 200 with warning `TW0001` and no package. Times are
//! local to the scan, with the instant beside them; the newest activity comes first, the manifest
//! last wherever its instant lies.

use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde_json::{Value, json};

use super::asked::Party;
use super::envelope::Refusal;
use super::journey::{Scan, VOIDED};
use super::shelf::{Booked, Parcel};
use super::{Ups, Visit};
use crate::serve::{Reply, Request};

/// Tracking forgets a parcel after this many days.
const RETENTION_DAYS: i64 = 120;

/// Tracking insists on two headers.
pub(super) fn require_headers(request: &Request) -> Result<(), Refusal> {
    let given = |name: &str, max: usize| request.header(name).is_some_and(|text| (1..=max).contains(&text.len()));
    if !given("transid", 32) {
        return Err(Refusal::bad("VSS002", "Missing or invalid transId."));
    }
    if !given("transactionsrc", 512) {
        return Err(Refusal::bad("VSS004", "Missing or invalid transactionSrc."));
    }
    Ok(())
}

pub(super) fn by_number(ups: &Ups, visit: &Visit<'_>) -> Result<Reply, Refusal> {
    let number = visit.segments.last().map_or("", String::as_str);
    if !(7..=34).contains(&number.len()) || !number.bytes().all(|c| c.is_ascii_alphanumeric()) {
        return Err(Refusal::bad("TV1002", "Invalid inquiry number"));
    }
    let whole_shipment = visit.segment(3) == "shipment";
    let found = ups.state().shelf.by_tracking_number(number);
    let packages: Vec<Value> = match &found {
        None => Vec::new(),
        Some((booked, _)) if whole_shipment => page(visit, known_packages(booked, visit.now)),
        Some((booked, index)) => package(booked, &booked.parcels[*index], visit.now).into_iter().collect(),
    };
    Ok(answer(&[shipment(number, packages)]))
}

/// Finds only parcels already picked up, by pickup date in a window of two weeks unless said.
pub(super) fn by_reference(ups: &Ups, visit: &Visit<'_>) -> Result<Reply, Refusal> {
    let reference = visit.segments.last().map_or("", String::as_str);
    let today = visit.now.to_zoned(TimeZone::UTC).date();
    let day = |name: &str, default: Date| match visit.request.query_value(name) {
        None => Ok(default),
        Some(text) => Date::strptime("%Y%m%d", &text).map_err(|_| Refusal::bad("TV1003", format!("Invalid {name}"))),
    };
    let window = day("fromPickUpDate", today.saturating_sub(Span::new().days(14)))?..=day("toPickUpDate", today)?;
    let shipper = visit.request.query_value("shipperNum");
    let found: Vec<Arc<Booked>> = ups
        .state()
        .shelf
        .by_reference(reference)
        .into_iter()
        .filter(|booked| shipper.as_ref().is_none_or(|number| *number == booked.account))
        .filter(|booked| booked.possession().is_some_and(|held| held <= visit.now))
        .filter(|booked| booked.pickup_day().is_some_and(|day| window.contains(&day)))
        .collect();
    let mut shipments: Vec<Value> =
        found.iter().map(|booked| shipment(booked.number(), known_packages(booked, visit.now))).collect();
    if shipments.is_empty() {
        shipments.push(shipment(reference, Vec::new()));
    }
    Ok(answer(&shipments))
}

fn answer(shipments: &[Value]) -> Reply {
    Reply::json(200, &json!({"trackResponse": {"shipment": shipments}}))
}

fn shipment(number: &str, packages: Vec<Value>) -> Value {
    let mut shipment = json!({"inquiryNumber": number});
    if packages.is_empty() {
        shipment["warnings"] = json!([{"code": "TW0001", "message": "Tracking Information Not Found"}]);
    } else {
        shipment["package"] = Value::Array(packages);
    }
    shipment
}

fn known_packages(booked: &Booked, now: Timestamp) -> Vec<Value> {
    booked.parcels.iter().filter_map(|parcel| package(booked, parcel, now)).collect()
}

fn page(visit: &Visit<'_>, packages: Vec<Value>) -> Vec<Value> {
    let number = |name: &str, default: usize| {
        visit.request.query_value(name).and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    packages.into_iter().skip(number("offset", 0)).take(number("count", 50)).collect()
}

/// The package as far as tracking knows it; nothing before its first record or after retention.
fn package(booked: &Booked, parcel: &Parcel, now: Timestamp) -> Option<Value> {
    let forgotten = now.duration_since(booked.booked_at).as_hours() > 24 * RETENTION_DAYS;
    let scans = scans(parcel, now);
    let newest = scans.iter().rev().find(|scan| scan.is_physical()).or(scans.last()).filter(|_| !forgotten)?;
    let references = parcel.references.iter().map(|one| json!({"type": "PACKAGE", "number": one.value}));
    let shipment_level = booked.references.iter().map(|one| json!({"type": "SHIPMENT", "number": one.value}));
    let mut package = json!({
        "trackingNumber": parcel.number,
        "packageCount": booked.parcels.len(),
        "currentStatus": current_status(newest),
        "activity": activities(&scans),
        "packageAddress": [
            {"type": "ORIGIN", "address": address(&booked.origin)},
            {"type": "DESTINATION", "address": address(&booked.ship_to)},
        ],
        "referenceNumber": references.chain(shipment_level).collect::<Vec<_>>(),
        "service": {
            "code": "518",
            "levelCode": format!("{:0>3}", booked.service.code),
            "description": booked.service.name,
        },
        "weight": {"unitOfMeasurement": parcel.weight_unit, "weight": format!("{:.2}", parcel.weight)},
    });
    delivery(&mut package, parcel, newest, &booked.ship_to);
    Some(package)
}

/// Manifest first, then physical scans as they happened; of a voided label only the void.
fn scans(parcel: &Parcel, now: Timestamp) -> Vec<Scan> {
    let Some(voided_at) = parcel.voided_at else { return parcel.journey.known_at(now).cloned().collect() };
    let manifest = parcel.journey.scans.first().filter(|scan| scan.at <= voided_at);
    let (kind, code, status_code, words) = VOIDED;
    let void = manifest.map(|manifest| Scan { at: voided_at, kind, code, status_code, words, ..manifest.clone() });
    manifest.cloned().into_iter().chain(void).collect()
}

/// Newest first; the manifest stands last even when its instant is later.
fn activities(scans: &[Scan]) -> Vec<Value> {
    scans.iter().rev().map(activity).collect()
}

/// Three digits under `code` and no letter, unlike an activity's status.
fn current_status(scan: &Scan) -> Value {
    let words = scan.words.trim_end();
    json!({"code": scan.status_code, "description": words, "simplifiedTextDescription": words})
}

fn activity(scan: &Scan) -> Value {
    let local = scan.at.to_zoned(scan.zone.clone());
    let greenwich = scan.at.to_zoned(TimeZone::UTC);
    let mut address = json!({"countryCode": scan.country, "country": scan.country});
    if let Some((city, state)) = &scan.place {
        address["city"] = json!(city);
        address["stateProvince"] = json!(state);
        address["postalCode"] = json!("");
    }
    json!({
        "location": {"address": address},
        "status": {
            "type": scan.kind,
            "code": scan.code,
            "statusCode": scan.status_code,
            "description": scan.words,
        },
        "date": local.strftime("%Y%m%d").to_string(),
        "time": local.strftime("%H%M%S").to_string(),
        "gmtDate": greenwich.strftime("%Y%m%d").to_string(),
        "gmtTime": greenwich.strftime("%H:%M:%S").to_string(),
        "gmtOffset": local.strftime("%:z").to_string(),
        // True for some physical scans and false for manifests in UPS's own data: proves nothing.
        "logicalScan": matches!(scan.code, "AR" | "DP"),
    })
}

fn address(party: &Party) -> Value {
    json!({
        "city": party.city.to_uppercase(),
        "stateProvince": party.state,
        "postalCode": "",
        "countryCode": party.country,
        "country": party.country,
    })
}

/// Promised, rescheduled or really delivered.
fn delivery(package: &mut Value, parcel: &Parcel, newest: &Scan, ship_to: &Party) {
    let compact = |day: Date| day.strftime("%Y%m%d").to_string();
    if matches!(newest.status_code, "007" | "034" | "035" | "064") {
        return;
    }
    if newest.status_code == "011" {
        let local = newest.at.to_zoned(newest.zone.clone());
        package["deliveryDate"] = json!([{"type": "DEL", "date": compact(local.date())}]);
        let time = local.strftime("%H%M%S").to_string();
        package["deliveryTime"] = json!({"type": "DEL", "startTime": "", "endTime": time});
        let spot = if ship_to.residential { "Front Door" } else { "Dock" };
        package["deliveryInformation"] = json!({"location": spot});
    } else if newest.kind == "X" {
        package["deliveryDate"] = json!([{"type": "RDD", "date": compact(parcel.journey.ends)}]);
    } else {
        package["deliveryDate"] = json!([{"type": "SDD", "date": compact(parcel.journey.promised)}]);
    }
}
