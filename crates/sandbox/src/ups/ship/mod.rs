//! Ship: checks, sells and answers with numbers, charges and labels.
//!
//! ```text
//! ShipmentRequest ─► asked ─► check ─► price ─► shelf.sell ─► ledger ─► answer (labels, receipts, forms)
//!                      └ 400, nothing sold        (from here on it is sold, whatever happens)
//! ```
//!
//! There is no idempotency key: the same request twice sells two shipments. `LabelSpecification`
//! counts only as a child of `ShipmentRequest`; anywhere else it is ignored and the label is a GIF.
//! A form is printed only if it is asked for inside `ShipmentServiceOptions`.

mod answer;

use std::sync::Arc;

use jiff::civil::Date;
use serde_json::{Value, json};

use self::answer::Waybill;
use super::asked::{Asked, Charge, For, Payer};
use super::calendar::Calendar;
use super::check::{self, Rules};
use super::envelope::{Lists, Refusal, accepted};
use super::geography::Hub;
use super::journey::{Fate, Journey};
use super::label::Format;
use super::price::{Price, zone_between};
use super::reading::{at, present, text};
use super::receipt::Paper;
use super::service::Service;
use super::shelf::{Booked, Parcel};
use super::transit::Tender;
use super::{Manners, Ups, Visit};
use crate::CREDENTIALS;
use crate::ledger::{Direction, LabelEntry, PaidBy};
use crate::serve::Reply;

pub(super) fn answer(ups: &Ups, visit: &Visit<'_>) -> Result<Reply, Refusal> {
    let body = visit.json()?;
    let request = at(&body, &["ShipmentRequest"]);
    let option = text(request, &["Request", "RequestOption"]).to_lowercase();
    if !matches!(&*option, "" | "validate" | "nonvalidate") {
        return Err(Refusal::bad("120051", "Invalid RequestOption"));
    }
    let manners = ups.manners();
    let asked = Asked::read(request, For::Ship);
    let today = today(&asked, visit);
    let service = check::ship(&asked, Rules { account: CREDENTIALS.ups_account, today, manners: &manners })?;
    if visit.query_flag("additionaladdressvalidation", "city") {
        let fits = ups.state().atlas.city_fits(&asked.ship_to.city, &asked.ship_to.postal);
        if !fits {
            return Err(Refusal::bad("120802", "Address Validation Error on ShipTo address"));
        }
    }
    let ship_date = Date::strptime("%Y%m%d", &asked.ship_date).unwrap_or(today);
    if asked.options.saturday_delivery && manners.saturday_needs_its_day {
        refuse_other_days(&asked, &service, ship_date, &manners)?;
    }
    let format = label_format(request)?;
    let paper = receipt_format(request, &asked, format)?;
    let published = Price::published(&asked, &service, &manners).shifted(manners.price_delta);
    let negotiated = published.negotiated(&asked, &manners);
    let bill = Bill { published: &published, negotiated: negotiated.as_ref() };
    let booked = sell(ups, &asked, service, bill, ship_date, visit);
    let context = text(request, &["Request", "TransactionReference", "CustomerContext"]);
    let waybill = Waybill {
        asked: &asked,
        booked: &booked,
        published: &published,
        negotiated: negotiated.as_ref(),
        format,
        paper,
        manners: &manners,
    };
    let response = accepted(&manners, &context, &visit.transaction, waybill.alerts());
    let whole = json!({"ShipmentResponse": {"Response": response, "ShipmentResults": waybill.results()}});
    Ok(Reply::json(200, &Lists::of(visit.segment(2), &manners).fold(whole)))
}

fn today(asked: &Asked, visit: &Visit<'_>) -> Date {
    let origin = asked.origin();
    let zone = Hub::serving(&origin.country, &origin.state, &origin.postal).time_zone();
    visit.now.to_zoned(zone).date()
}

fn refuse_other_days(asked: &Asked, service: &Service, ship_date: Date, manners: &Manners) -> Result<(), Refusal> {
    let tender = Tender {
        at: ship_date.at(12, 0, 0, 0),
        zone: zone_between(asked),
        calendar: Calendar::of(manners),
        cut_off: manners.cut_off,
    };
    match tender.by(service).saturday {
        Some(_) => Ok(()),
        None => Err(Refusal::bad("120505", "Saturday Delivery Option cannot be used for this shipment")),
    }
}

/// GIF unless something else was asked for in the right place.
fn label_format(request: &Value) -> Result<Format, Refusal> {
    let specification = at(request, &["LabelSpecification"]);
    let code = text(specification, &["LabelImageFormat", "Code"]);
    let format = match Format::by_code(&code) {
        Some(Format::Pdf) | None => return Err(Refusal::bad("120702", "Missing or invalid label image format code")),
        Some(format) => format,
    };
    stock_size(specification, format)?;
    Ok(format)
}

/// A stock size belongs to thermal labels: 6 or 8 inches by 4. Elsewhere it is not looked at.
fn stock_size(specification: &Value, format: Format) -> Result<(), Refusal> {
    if !format.is_thermal() || !present(specification, &["LabelStockSize"]) {
        return Ok(());
    }
    let stock = at(specification, &["LabelStockSize"]);
    if !matches!(&*text(stock, &["Height"]), "6" | "8") {
        return Err(Refusal::bad("120704", "Missing or invalid label stock size height"));
    }
    if text(stock, &["Width"]) != "4" {
        return Err(Refusal::bad("120705", "Missing or invalid label stock size width"));
    }
    Ok(())
}

/// Receipts are HTML pages unless a thermal one was asked for; papers beside thermal labels are
/// thermal.
fn receipt_format(request: &Value, asked: &Asked, label: Format) -> Result<Paper, Refusal> {
    let code = text(request, &["ReceiptSpecification", "ImageFormat", "Code"]).to_uppercase();
    if code.is_empty() {
        return Ok(Paper(Some(label).filter(|format| format.is_thermal())));
    }
    if !matches!(asked.return_service.as_deref(), Some("9" | "10")) {
        return Err(Refusal::bad("124998", "ReceiptSpecification applies only to print and exchange return labels"));
    }
    match Format::by_code(&code) {
        Some(format) if format.is_thermal() => Ok(Paper(Some(format))),
        _ if code == "HTML" => Ok(Paper(None)),
        _ => Err(Refusal::bad("124999", "Invalid ImageFormat code")),
    }
}

/// The two prices of one shipment.
#[derive(Clone, Copy)]
struct Bill<'a> {
    published: &'a Price,
    negotiated: Option<&'a Price>,
}

/// From here on the shipment exists.
fn sell(ups: &Ups, asked: &Asked, service: Service, bill: Bill<'_>, ship_date: Date, visit: &Visit<'_>) -> Arc<Booked> {
    let parcels = asked.packages.iter().map(|package| Parcel {
        number: String::new(),
        packaging: package.packaging.clone(),
        weight: package.weight.unwrap_or_default(),
        weight_unit: package.weight_unit.clone(),
        dimensions: package.dimensions,
        dimension_unit: package.dimension_unit.clone(),
        declared: package.declared.as_ref().map(|declared| declared.value),
        confirmation: package.confirmation.clone(),
        references: package.references.clone(),
        voided_at: None,
        travels_anyway: false,
        signature: package.confirmation.is_some() || asked.options.confirmation.is_some(),
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
        zone: bill.published.zone,
        references: asked.references.clone(),
        parcels: parcels.collect(),
        international: asked.is_international(),
        return_service: asked.return_service.clone(),
        indications: asked.indications.clone(),
        saturday: asked.options.saturday_delivery,
        confirmation: asked.options.confirmation.clone(),
        payer: asked.charge("01").and_then(Charge::payer).cloned(),
        fate: Fate::OnTime,
    };
    let state = &mut *ups.state();
    let booked = state.shelf.sell(booked, &state.manners);
    ups.0.house.book.enter(|ledger| ledger.labels.extend(entries(&booked, asked, bill)));
    booked
}

fn entries(booked: &Booked, asked: &Asked, bill: Bill<'_>) -> Vec<LabelEntry> {
    let written = |price: &Price| format!("{:.2} {}", price.total(), price.currency);
    let published = written(bill.published);
    let negotiated = bill.negotiated.map(written);
    let entry = |parcel: &Parcel| LabelEntry {
        tracking_number: parcel.number.clone(),
        shipment_identification_number: booked.number().to_owned(),
        references: parcel.references.iter().chain(&booked.references).map(|one| one.value.clone()).collect(),
        direction: if asked.is_return() { Direction::Return } else { Direction::Forward },
        voided: false,
        voided_at: None,
        booked_at: booked.booked_at,
        service: booked.service.code.to_owned(),
        account: booked.account.clone(),
        charge: negotiated.clone().unwrap_or_else(|| published.clone()),
        published: published.clone(),
        negotiated: negotiated.clone(),
        paid_by: paid_by(asked, "01").unwrap_or(PaidBy::Shipper),
        // On a lane without duties the payer of duties pays nothing.
        duties_paid_by: paid_by(asked, "02").filter(|_| !asked.is_qualified_domestic()),
        ship_to: booked.ship_to.name.clone(),
        goods_value: asked.invoice_total.as_ref().map(|it| format!("{:.2} {}", it.value, it.currency)),
    };
    booked.parcels.iter().map(entry).collect()
}

fn paid_by(asked: &Asked, kind: &str) -> Option<PaidBy> {
    Some(match asked.charge(kind)?.payer()? {
        Payer::Shipper { .. } => PaidBy::Shipper,
        Payer::Receiver { account, .. } => PaidBy::Receiver(account.clone()),
        Payer::ThirdParty { account, .. } => PaidBy::ThirdParty(account.clone()),
        Payer::Consignee => PaidBy::Consignee,
    })
}
