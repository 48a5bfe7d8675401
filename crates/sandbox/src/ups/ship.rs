//! Ship: checks, sells and answers with numbers, charges and labels.
//!
//! ```text
//! ShipmentRequest ─► asked ─► check ─► price ─► shelf.sell ─► ledger ─► draw labels ─► answer
//!                      └ 400, nothing sold        (from here on it is sold, whatever happens)
//! ```
//!
//! There is no idempotency key: the same request twice sells two shipments. `LabelSpecification`
//! counts only as a child of `ShipmentRequest`; anywhere else it is ignored and the label is a GIF.

use std::sync::Arc;

use jiff::civil::Date;
use serde_json::{Value, json};

use super::asked::Asked;
use super::envelope::{Refusal, Shape, alert, success};
use super::geography::Hub;
use super::journey::{Fate, Journey};
use super::label::{self, Face, Format};
use super::price::Price;
use super::rate::{billing_weight, itemize, items, money};
use super::reading::{at, present, text};
use super::service::Service;
use super::shelf::{Booked, Order, Parcel};
use super::{Manners, Ups, Visit, check};
use crate::CREDENTIALS;
use crate::ledger::LabelEntry;
use crate::serve::Reply;

/// What the test host shows instead of a number.
const MASKED: &str = "1ZXXXXXXXXXXXXXXXX";

pub(super) fn answer(ups: &Ups, visit: &Visit<'_>) -> Result<Reply, Refusal> {
    let body = visit.json()?;
    let request = at(&body, &["ShipmentRequest"]);
    let shipment = at(request, &["Shipment"]);
    let asked = Asked::read(shipment, "Packaging");
    let today = today(&asked, visit);
    check::ship(&asked, shipment, CREDENTIALS.ups_account, today)?;
    if visit.query_flag("additionaladdressvalidation", "city") {
        let fits = ups.state().atlas.city_fits(&asked.ship_to.city, &asked.ship_to.postal);
        if !fits {
            return Err(Refusal::bad("120802", "Address Validation Error on ShipTo address"));
        }
    }
    let format = label_format(request)?;
    let Some(service) = Service::by_code(&asked.service) else {
        return Err(Refusal::bad("120500", "Missing or invalid service code"));
    };
    let manners = ups.state().manners.clone();
    let price = Price::of(&asked, &service, manners.negotiated()).shifted(manners.price_delta);
    let ship_date = Date::strptime("%Y%m%d", &asked.ship_date).unwrap_or(today);
    let booked = sell(ups, &asked, service, &price, ship_date, visit);
    let context = text(request, &["Request", "TransactionReference", "CustomerContext"]);
    let shape = Shape::of(visit.segment(2), 2403, manners.collapse_lists);
    let response = success(shape, &context, &visit.transaction, alerts(&asked, shipment, &manners));
    let results = results(&booked, &price, format, shape, &manners);
    Ok(Reply::json(200, &json!({"ShipmentResponse": {"Response": response, "ShipmentResults": results}})))
}

fn today(asked: &Asked, visit: &Visit<'_>) -> Date {
    let origin = asked.origin();
    let zone = Hub::serving(&origin.country, &origin.state, &origin.postal).time_zone();
    visit.now.to_zoned(zone).date()
}

/// GIF unless something else was asked for in the right place.
fn label_format(request: &Value) -> Result<Format, Refusal> {
    let specification = at(request, &["LabelSpecification"]);
    let code = text(specification, &["LabelImageFormat", "Code"]);
    let format = match code.to_uppercase().as_str() {
        "" | "GIF" => Format::Gif,
        "PNG" => Format::Png,
        "ZPL" => Format::Zpl,
        _ => return Err(Refusal::bad("120701", "Missing or invalid label image format code")),
    };
    let stock = at(specification, &["LabelStockSize"]);
    let size = (text(stock, &["Height"]), text(stock, &["Width"]));
    if format == Format::Zpl
        && present(specification, &["LabelStockSize"])
        && !matches!((&*size.0, &*size.1), ("6" | "8", "4"))
    {
        return Err(Refusal::bad("120704", "Missing or invalid label stock size"));
    }
    Ok(format)
}

/// From here on the shipment exists.
fn sell(ups: &Ups, asked: &Asked, service: Service, price: &Price, ship_date: Date, visit: &Visit<'_>) -> Arc<Booked> {
    let parcels = asked.packages.iter().map(|package| Parcel {
        number: String::new(),
        weight: package.weight.unwrap_or_default(),
        weight_unit: package.weight_unit.clone(),
        references: package.references.clone(),
        signature: package.signature,
        voided_at: None,
        fate: None,
        journey: Journey::none(ship_date),
    });
    let booked = Booked {
        account: asked.shipper_number.clone(),
        booked_at: visit.now,
        ship_date,
        shipper: asked.shipper.clone(),
        origin: asked.origin().clone(),
        ship_to: asked.ship_to.clone(),
        service,
        zone: price.zone,
        references: asked.references.clone(),
        parcels: parcels.collect(),
        international: asked.is_international(),
        fate: Fate::OnTime,
    };
    let mut state = ups.state();
    let (mishaps, refusals) = (state.manners.mishaps, state.manners.refusals);
    let manifest_delay = state.manners.manifest_delay;
    let booked = state.shelf.sell(Order { booked, mishaps, refusals, manifest_delay });
    let charged = price.negotiated.unwrap_or_else(|| price.total());
    let charge = format!("{charged:.2} {}", price.currency);
    ups.0.house.book.enter(|ledger| ledger.labels.extend(entries(&booked, &charge)));
    booked
}

fn entries<'a>(booked: &'a Booked, charge: &'a str) -> impl Iterator<Item = LabelEntry> + use<'a> {
    booked.parcels.iter().map(move |parcel| LabelEntry {
        tracking_number: parcel.number.clone(),
        shipment_identification_number: booked.number().to_owned(),
        references: parcel.references.iter().chain(&booked.references).map(|one| one.value.clone()).collect(),
        voided: false,
        booked_at: booked.booked_at,
        service: booked.service.code.to_owned(),
        account: booked.account.clone(),
        charge: charge.to_owned(),
        ship_to: booked.ship_to.name.clone(),
    })
}

fn alerts(asked: &Asked, shipment: &Value, manners: &Manners) -> Vec<Value> {
    let mut alerts = Vec::new();
    if asked.negotiated && manners.negotiated().is_none() {
        alerts.push(alert(
            "120900",
            "User Id and Shipper Number combination is not qualified to receive negotiated rates.",
        ));
    }
    if asked.is_international() && !present(shipment, &["ShipmentServiceOptions", "InternationalForms"]) {
        alerts.push(alert("120016", "A customs invoice is required when the shipment is tendered."));
    }
    alerts
}

fn results(booked: &Booked, price: &Price, format: Format, shape: Shape, manners: &Manners) -> Value {
    let currency = price.currency;
    let shown = |number: &str| if manners.is_cie() { MASKED.to_owned() } else { number.to_owned() };
    let packages =
        (0..booked.parcels.len()).map(|index| package_result(booked, price, index, format, shape, manners)).collect();
    let mut results = json!({
        "Disclaimer": shape.list(vec![json!({
            "Code": "01",
            "Description": "Taxes are included in the shipping cost and apply to the transportation charges.",
        })]),
        "ShipmentCharges": {
            "BaseServiceCharge": money(price.base(), currency),
            "TransportationCharges": money(price.total() - price.options(), currency),
            "ServiceOptionsCharges": money(price.options(), currency),
            "TotalCharges": money(price.total(), currency),
        },
        "RatingMethod": "02",
        "BillableWeightCalculationMethod": "02",
        "BillingWeight": billing_weight(price.billing_weight(), price.weight_unit),
        "ShipmentIdentificationNumber": shown(booked.number()),
        "PackageResults": shape.list(packages),
    });
    itemize(&mut results["ShipmentCharges"], price, shape);
    if let Some(negotiated) = price.negotiated {
        results["NegotiatedRateCharges"] = json!({"TotalCharge": money(negotiated, currency)});
    }
    results
}

fn package_result(
    booked: &Booked,
    price: &Price,
    index: usize,
    format: Format,
    shape: Shape,
    manners: &Manners,
) -> Value {
    let face = Face::of(booked, index);
    let number = if manners.is_cie() { MASKED } else { &booked.parcels[index].number };
    let mut label = json!({
        "ImageFormat": {"Code": format.code(), "Description": format.code()},
        "GraphicImage": label::encoded(&face.draw(format), manners.wrapped_images),
    });
    if format == Format::Gif {
        label["HTMLImage"] = json!(label::encoded(face.html().as_bytes(), manners.wrapped_images));
    }
    let charges = &price.packages[index];
    json!({
        "TrackingNumber": number,
        "BaseServiceCharge": money(charges.base, price.currency),
        "ServiceOptionsCharges": money(charges.options(), price.currency),
        "ShippingLabel": label,
        "ItemizedCharges": shape.list(items(&charges.own_items(), price.currency)),
    })
}
