//! Label recovery: the same label again, by number or by the shipper's own reference.
//!
//! It answers with numbers and pictures only: no charges, no service, no addresses.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::envelope::{Refusal, Shape, success};
use super::label::{self, Face, Format};
use super::reading::{at, present, text};
use super::shelf::Booked;
use super::{Manners, Ups, Visit};
use crate::CREDENTIALS;
use crate::serve::Reply;

pub(super) fn answer(ups: &Ups, visit: &Visit<'_>) -> Result<Reply, Refusal> {
    let body = visit.json()?;
    let request = at(&body, &["LabelRecoveryRequest"]);
    let locator = Locator::read(request)?;
    let format = label_format(request)?;
    let manners = ups.state().manners.clone();
    let found = if manners.is_cie() { Vec::new() } else { locator.find(ups) };
    let shape = Shape::of(visit.segment(2), 1701, manners.collapse_lists);
    let context = text(request, &["Request", "TransactionReference", "CustomerContext"]);
    let mut answer = match choose(&found, &manners, visit.now)? {
        Choice::One(booked) => labels(booked, format, shape, &manners),
        Choice::Several(several) => candidates(&several),
    };
    answer["Response"] = success(shape, &context, &visit.transaction, Vec::new());
    Ok(Reply::json(200, &json!({"LabelRecoveryResponse": answer})))
}

/// By which of the two a label is looked for.
enum Locator {
    Number(String),
    Reference(String),
}

impl Locator {
    fn read(request: &Value) -> Result<Self, Refusal> {
        let incomplete =
            || Refusal::bad("9801030", "Either a tracking number or a reference and shipper number is required.");
        let number = text(request, &["TrackingNumber"]);
        let value = text(request, &["ReferenceValues", "ReferenceNumber", "Value"]);
        match (number.is_empty(), present(request, &["ReferenceValues"])) {
            (false, false) => Ok(Self::Number(number)),
            (true, true) if value.is_empty() || value.chars().count() > 35 => Err(incomplete()),
            (true, true) => match text(request, &["ReferenceValues", "ShipperNumber"]).to_uppercase() {
                own if own == CREDENTIALS.ups_account => Ok(Self::Reference(value)),
                missing if missing.is_empty() => Err(incomplete()),
                _ => Err(nothing()),
            },
            _ => Err(incomplete()),
        }
    }

    fn find(&self, ups: &Ups) -> Vec<Arc<Booked>> {
        let state = ups.state();
        match self {
            Self::Number(number) => {
                state.shelf.by_tracking_number(number).map(|(booked, _)| booked).into_iter().collect()
            }
            Self::Reference(value) => state.shelf.by_reference(value),
        }
    }
}

fn nothing() -> Refusal {
    Refusal::bad("9801031", "No label was found for the given tracking number or reference.")
}

enum Choice<'a> {
    One(&'a Booked),
    Several(Vec<&'a Booked>),
}

/// The one that stands; several; or why there is none.
fn choose<'a>(found: &'a [Arc<Booked>], manners: &Manners, now: Timestamp) -> Result<Choice<'a>, Refusal> {
    let age = |booked: &Booked| now.duration_since(booked.booked_at);
    let visible: Vec<&Booked> =
        found.iter().map(AsRef::as_ref).filter(|booked| age(booked) >= manners.recovery_hidden).collect();
    let standing: Vec<&Booked> = visible.iter().copied().filter(|booked| !booked.is_voided()).collect();
    match standing.as_slice() {
        [] if visible.is_empty() => Err(nothing()),
        [] => Err(Refusal::bad("9801040", "The shipment was voided.")),
        [one] if age(one) < manners.recovery_hidden + manners.recovery_unready => {
            Err(Refusal::bad("9801042", "The shipment exists but cannot be processed at this time."))
        }
        [one] => Ok(Choice::One(one)),
        _ => Ok(Choice::Several(standing)),
    }
}

fn label_format(request: &Value) -> Result<Format, Refusal> {
    let specification = at(request, &["LabelSpecification"]);
    let code = text(specification, &["LabelImageFormat", "Code"]);
    let format = match code.to_uppercase().as_str() {
        "" | "GIF" => Format::Gif,
        "ZPL" => Format::Zpl,
        "PDF" => Format::Pdf,
        _ => return Err(Refusal::bad("120701", "Missing or invalid label image format code")),
    };
    if format != Format::Zpl && present(specification, &["LabelStockSize"]) {
        return Err(Refusal::bad("9801050", "Label stock size is not allowed with this image format."));
    }
    Ok(format)
}

fn labels(booked: &Booked, format: Format, shape: Shape, manners: &Manners) -> Value {
    let results = (0..booked.parcels.len()).filter(|index| booked.parcels[*index].voided_at.is_none()).map(|index| {
        let face = Face::of(booked, index);
        json!({
            "TrackingNumber": booked.parcels[index].number,
            "LabelImage": {
                // Recovery writes the code in small letters.
                "LabelImageFormat": {"Code": format.code().to_lowercase()},
                "GraphicImage": label::encoded(&face.draw(format), manners.wrapped_images),
            },
            "Receipt": "",
        })
    });
    json!({
        "ShipmentIdentificationNumber": booked.number(),
        "LabelResults": shape.list(results.collect()),
    })
}

fn candidates(several: &[&Booked]) -> Value {
    let list: Vec<Value> = several
        .iter()
        .map(|booked| {
            let day = booked.ship_date.strftime("%Y%m%d").to_string();
            let end = booked.ship_date.saturating_add(jiff::Span::new().days(30));
            json!({
                "TrackingNumber": booked.number(),
                "DestinationPostalCode": booked.ship_to.postal,
                "DestinationCountryCode": booked.ship_to.country,
                "PickupDateRange": {"BeginDate": day, "EndDate": end.strftime("%Y%m%d").to_string()},
            })
        })
        .collect();
    json!({"TrackingCandidate": list})
}
