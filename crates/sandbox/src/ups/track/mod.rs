//! Tracking by number, by shipment and by reference.
//!
//! ```text
//! details/{number}            one package, even of a lead number
//! shipment/details/{number}   the shipment's packages, offset and count    ─► package ─► proof
//! reference/details/{value}   what was picked up in a window of days
//! ```
//!
//! An unknown or not yet manifested number is a 200 with warning `TW0001` and no package.

mod package;
mod proof;

use std::sync::Arc;

use jiff::Span;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::envelope::Refusal;
use super::manners::Manners;
use super::shelf::Booked;
use super::{Ups, Visit};
use crate::serve::{Reply, Request};
use package::Wanted;
pub(crate) use proof::{photo, received_by, spot};

/// Tracking insists on two headers. It is not known with which codes; Track Alert's are *assumed*.
pub(super) fn require_headers(request: &Request) -> Result<(), Refusal> {
    let length = |name: &str| request.header(name).map_or(0, str::len);
    let refuse = |code: &str, what: &str| Err(Refusal::bad(code, what));
    match (length("transid"), length("transactionsrc")) {
        (0, _) => refuse("VSS002", "Missing transId."),
        (33.., _) => refuse("VSS003", "Invalid transId."),
        (_, 0) => refuse("VSS004", "Missing transactionSrc."),
        (_, 513..) => refuse("VSS006", "Invalid transactionSrc."),
        _ => Ok(()),
    }
}

pub(super) fn by_number(ups: &Ups, visit: &Visit<'_>) -> Result<Reply, Refusal> {
    let number = visit.segments.last().map_or("", String::as_str);
    let manners = ups.state().manners.clone();
    let formed = (7..=34).contains(&number.len()) && number.bytes().all(|c| c.is_ascii_alphanumeric());
    if !formed || visit.dice().u32(0..100) < manners.invalid_inquiry_percent {
        return Err(Refusal::bad("TV1002", "Invalid inquiry number"));
    }
    let whole_shipment = visit.segment(3) == "shipment";
    let found = ups.state().shelf.by_tracking_number(number);
    let wanted = Wanted::read(visit, &manners);
    let packages: Vec<Value> = match &found {
        None => Vec::new(),
        Some((booked, _)) if whole_shipment => page(visit, packages(booked, visit, &wanted)),
        Some((booked, index)) => wanted.package(booked, &booked.parcels[*index], visit.now).into_iter().collect(),
    };
    answer(&manners, &[shipment(number, packages)])
}

/// Finds only parcels already picked up, by pickup date in a window of two weeks unless said.
pub(super) fn by_reference(ups: &Ups, visit: &Visit<'_>) -> Result<Reply, Refusal> {
    let reference = visit.segments.last().map_or("", String::as_str);
    let manners = ups.state().manners.clone();
    let wanted = Wanted::read(visit, &manners);
    let search = Search::read(visit)?;
    let mut found = ups.state().shelf.by_reference(reference);
    found.retain(|booked| search.finds(booked, visit));
    let mut shipments: Vec<Value> =
        found.iter().map(|booked| shipment(booked.number(), packages(booked, visit, &wanted))).collect();
    if shipments.is_empty() {
        shipments.push(shipment(reference, Vec::new()));
    }
    answer(&manners, &shipments)
}

/// What narrows a search by reference.
struct Search {
    from: Date,
    to: Date,
    shipper: Option<String>,
    country: Option<String>,
    zip: Option<String>,
    small_packages: bool,
}

impl Search {
    fn read(visit: &Visit<'_>) -> Result<Self, Refusal> {
        let today = visit.now.to_zoned(TimeZone::UTC).date();
        let given = |name: &str| visit.request.query_value(name).filter(|text| !text.is_empty());
        let day = |name: &str, default: Date| match given(name) {
            None => Ok(default),
            // UPS's code for this is not public; this one is assumed.
            Some(text) => {
                Date::strptime("%Y%m%d", &text).map_err(|_| Refusal::bad("TV1003", format!("Invalid {name}")))
            }
        };
        Ok(Self {
            from: day("fromPickUpDate", today.saturating_sub(Span::new().days(14)))?,
            to: day("toPickUpDate", today)?,
            shipper: given("shipperNum"),
            country: given("destCountry"),
            zip: given("destZip"),
            small_packages: given("refNumType").is_none_or(|kind| kind != "fgv"),
        })
    }

    fn finds(&self, booked: &Arc<Booked>, visit: &Visit<'_>) -> bool {
        let fits = |wanted: &Option<String>, own: &str| wanted.as_ref().is_none_or(|it| it.eq_ignore_ascii_case(own));
        self.small_packages
            && fits(&self.shipper, &booked.account)
            && fits(&self.country, &booked.ship_to.country)
            && self.zip.as_ref().is_none_or(|zip| booked.ship_to.postal.starts_with(zip.as_str()))
            && booked.possession().is_some_and(|held| held <= visit.now)
            && booked.pickup_day().is_some_and(|day| (self.from..=self.to).contains(&day))
    }
}

fn answer(manners: &Manners, shipments: &[Value]) -> Result<Reply, Refusal> {
    if manners.unknown_number_is_404 && shipments.iter().all(|one| one["package"].is_null()) {
        return Err(Refusal::with_status(404, "TW0001", "Tracking Information Not Found"));
    }
    Ok(Reply::json(200, &json!({"trackResponse": {"shipment": shipments}})))
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

fn packages(booked: &Booked, visit: &Visit<'_>, wanted: &Wanted) -> Vec<Value> {
    booked.parcels.iter().filter_map(|parcel| wanted.package(booked, parcel, visit.now)).collect()
}

fn page(visit: &Visit<'_>, packages: Vec<Value>) -> Vec<Value> {
    let number = |name: &str, default: usize| {
        visit.request.query_value(name).and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    packages.into_iter().skip(number("offset", 0)).take(number("count", 50)).collect()
}
