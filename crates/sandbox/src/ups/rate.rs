//! Rating: one service or all of the lane, with or without time in transit.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::asked::Asked;
use super::envelope::{Refusal, Shape, alert, success};
use super::geography::{Hub, business_day_from, business_days_after};
use super::price::{Item, PackagePrice, Price};
use super::reading::{at, text};
use super::service::Service;
use super::{Ups, Visit, check};
use crate::CREDENTIALS;
use crate::serve::Reply;

const NO_NEGOTIATED: &str = "User is not qualified to receive negotiated rates.";

pub(super) fn answer(ups: &Ups, visit: &Visit<'_>) -> Result<Reply, Refusal> {
    let body = visit.json()?;
    let request = at(&body, &["RateRequest"]);
    let shipment = at(request, &["Shipment"]);
    let asked = Asked::read(shipment, "PackagingType");
    check::rate(&asked, CREDENTIALS.ups_account)?;
    let option = visit.segment(3).to_lowercase();
    let services = services(&option, &asked)?;
    let manners = ups.state().manners.clone();
    let percent = manners.negotiated().filter(|_| !asked.shipper_number.is_empty());
    let version = visit.segment(2);
    let shape = Shape::of(version, 2403, manners.collapse_lists);
    let transit = option.ends_with("timeintransit") || visit.query_flag("additionalinfo", "timeintransit");
    let rated = services
        .iter()
        .map(|service| {
            let price = Price::of(&asked, service, percent);
            let mut rated = rated_shipment(&price, service, shape);
            if transit {
                rated["TimeInTransit"] = time_in_transit(&asked, service, &price, visit);
            }
            rated
        })
        .collect();
    let mut alerts = vec![alert("110971", "Your invoice may vary from the displayed reference rates")];
    if asked.negotiated && percent.is_none() {
        alerts.push(alert("120900", NO_NEGOTIATED));
    }
    let context = text(request, &["Request", "TransactionReference", "CustomerContext"]);
    let rated_shape = Shape::of(version, 2409, manners.collapse_lists);
    Ok(Reply::json(
        200,
        &json!({"RateResponse": {
            "Response": success(shape, &context, &visit.transaction, alerts),
            "RatedShipment": rated_shape.list(rated),
        }}),
    ))
}

fn services(option: &str, asked: &Asked) -> Result<Vec<Service>, Refusal> {
    let (from, to) = (asked.origin().country.as_str(), asked.ship_to.country.as_str());
    let unavailable = || Refusal::bad("111210", "The requested service is unavailable between the selected locations.");
    match option {
        "shop" | "shoptimeintransit" => Some(Service::between(from, to)).filter(|all| !all.is_empty()),
        "rate" | "ratetimeintransit" => {
            if asked.service.is_empty() {
                return Err(Refusal::bad("111100", "The requested service is invalid from the selected origin."));
            }
            Service::by_code(&asked.service).filter(|service| service.serves(from, to)).map(|one| vec![one])
        }
        _ => return Err(Refusal::bad("110002", "No rating request option was given.")),
    }
    .ok_or_else(unavailable)
}

/// Amount and currency as UPS writes them.
pub(super) fn money(amount: Decimal, currency: &str) -> Value {
    json!({"CurrencyCode": currency, "MonetaryValue": format!("{amount:.2}")})
}

/// Adds the charges of the shipment as a whole, if there are any.
pub(super) fn itemize(charges: &mut Value, price: &Price, shape: Shape) {
    let items = items(&price.items(), price.currency);
    if !items.is_empty() {
        charges["ItemizedCharges"] = shape.list(items);
    }
}

/// Charge code, currency and amount of each item.
pub(super) fn items(items: &[Item], currency: &str) -> Vec<Value> {
    items
        .iter()
        .map(
            |item| json!({"Code": item.code, "CurrencyCode": currency, "MonetaryValue": format!("{:.2}", item.amount)}),
        )
        .collect()
}

/// The weight that is billed, with its unit.
pub(super) fn billing_weight(weight: Decimal, unit: &str) -> Value {
    let name = if unit == "KGS" { "Kilograms" } else { "Pounds" };
    json!({"UnitOfMeasurement": {"Code": unit, "Description": name}, "Weight": format!("{weight:.1}")})
}

fn rated_shipment(price: &Price, service: &Service, shape: Shape) -> Value {
    let currency = price.currency;
    let packages = price.packages.iter().map(|package| rated_package(package, price, shape)).collect();
    let mut rated = json!({
        "Service": {"Code": service.code, "Description": ""},
        "Zone": service.printed_zone(price.zone),
        "RatedShipmentAlert": shape.list(vec![
            alert("110971", "Your invoice may vary from the displayed reference rates"),
        ]),
        "BillingWeight": billing_weight(price.billing_weight(), price.weight_unit),
        "TransportationCharges": money(price.total() - price.options(), currency),
        "BaseServiceCharge": money(price.base(), currency),
        "ServiceOptionsCharges": money(price.options(), currency),
        "TotalCharges": money(price.total(), currency),
        "RatedPackage": shape.list(packages),
    });
    itemize(&mut rated, price, shape);
    if let Some(negotiated) = price.negotiated {
        rated["NegotiatedRateCharges"] = json!({"TotalCharge": money(negotiated, currency)});
    }
    if let Some(by) = service.by {
        let days = service.business_days(price.zone).to_string();
        rated["GuaranteedDelivery"] = json!({"BusinessDaysInTransit": days, "DeliveryByTime": by});
    }
    rated
}

fn rated_package(package: &PackagePrice, price: &Price, shape: Shape) -> Value {
    let currency = price.currency;
    json!({
        "TransportationCharges": money(package.total() - package.options(), currency),
        "BaseServiceCharge": money(package.base, currency),
        "ServiceOptionsCharges": money(package.options(), currency),
        "ItemizedCharges": shape.list(items(&package.own_items(), currency)),
        "TotalCharges": money(package.total(), currency),
        "Weight": format!("{:.1}", package.billing_weight),
        "BillingWeight": billing_weight(package.billing_weight, price.weight_unit),
    })
}

fn time_in_transit(asked: &Asked, service: &Service, price: &Price, visit: &Visit<'_>) -> Value {
    let origin = asked.origin();
    let zone = Hub::serving(&origin.country, &origin.state, &origin.postal).time_zone();
    let today = visit.now.to_zoned(zone).date();
    let pickup = business_day_from(Date::strptime("%Y%m%d", &asked.ship_date).unwrap_or(today));
    let days = service.business_days(price.zone);
    let arrival = business_days_after(pickup, days);
    let compact = |day: Date| day.strftime("%Y%m%d").to_string();
    json!({
        "PickupDate": compact(pickup),
        "PackageBillType": "03",
        "ServiceSummary": {
            "Service": {"Description": service.name},
            "GuaranteedIndicator": if service.by.is_some() { "1" } else { "0" },
            "EstimatedArrival": {
                "Arrival": {"Date": compact(arrival), "Time": "230000"},
                "BusinessDaysInTransit": days.to_string(),
                "Pickup": {"Date": compact(pickup), "Time": "180000"},
                "DayOfWeek": arrival.strftime("%a").to_string().to_uppercase(),
                "CustomerCenterCutoff": "160000",
                "TotalTransitDays": days.to_string(),
                "HolidayCount": "0", "DelayCount": "0", "RestDays": "0",
            },
            "SaturdayDelivery": "0",
            "SundayDelivery": "0",
        },
    })
}
