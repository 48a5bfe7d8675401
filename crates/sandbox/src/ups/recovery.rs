//! Label recovery: the same label again, by number or by the shipper's own reference.
//!
//! ```text
//! locator ─► nothing: 9801031 · voided: 9801040 · not ready: 9801042 · too old: 9800020
//!         ─► one: its labels       several: candidates, to be asked for by number
//! ```
//!
//! It answers with numbers and pictures only: no charges, no service, no addresses. The test host
//! checks the request and then finds nothing, whatever was asked for.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::envelope::{Lists, Refusal, accepted};
use super::label::{self, Face, Format, encoded, put_image};
use super::manners::Pieces;
use super::reading::{at, many, present, text};
use super::receipt::{self, Paper};
use super::shelf::Booked;
use super::{Manners, Ups, Visit};
use crate::CREDENTIALS;
use crate::serve::Reply;

pub(super) fn answer(ups: &Ups, visit: &Visit<'_>) -> Result<Reply, Refusal> {
    let body = visit.json()?;
    let request = at(&body, &["LabelRecoveryRequest"]);
    let manners = ups.manners();
    let locator = Locator::read(request)?;
    let format = label_format(request)?;
    let found = if manners.is_cie() { Vec::new() } else { locator.find(ups, &manners) };
    let mut answer = match choose(&found, &manners, visit.now)? {
        Choice::One(booked) => {
            let links = present(request, &["LabelDelivery", "LabelLinkIndicator"]);
            match locator.alone(booked, &manners) {
                Some(Alone::Package(index)) => Recovered { booked, format, links, manners: &manners }.package(index),
                Some(Alone::Candidates) => each_a_candidate(booked),
                None => Recovered { booked, format, links, manners: &manners }.answer(),
            }
        }
        Choice::Several(several) => candidates(&several),
    };
    let context = text(request, &["Request", "TransactionReference", "CustomerContext"]);
    answer["Response"] = accepted(&manners, &context, &visit.transaction, Vec::new());
    let whole = json!({"LabelRecoveryResponse": answer});
    Ok(Reply::json(200, &Lists::since(1701, visit.segment(2), &manners).fold(whole)))
}

/// By what a label is looked for: exactly one of them.
enum Locator {
    Number(String),
    Reference(String),
    /// Mail Innovations and Roadie numbers, of which the sandbox sells none.
    Foreign,
}

impl Locator {
    fn read(request: &Value) -> Result<Self, Refusal> {
        let incomplete =
            || Refusal::bad("9801030", "Either a tracking number or a reference and shipper number is required.");
        let number = text(request, &["TrackingNumber"]);
        let foreign = !text(request, &["MailInnovationsTrackingNumber"]).is_empty()
            || !many(request, &["TrackingNumbers"]).is_empty();
        let reference = present(request, &["ReferenceValues"]);
        match (!number.is_empty(), reference, foreign) {
            (true, false, false) => Ok(Self::Number(number)),
            (false, false, true) => Ok(Self::Foreign),
            (false, true, false) => Self::reference(request).ok_or_else(incomplete)?,
            _ => Err(incomplete()),
        }
    }

    /// Nothing when value or shipper number are missing; a refusal when the account is another's.
    fn reference(request: &Value) -> Option<Result<Self, Refusal>> {
        let value = text(request, &["ReferenceValues", "ReferenceNumber", "Value"]);
        let account = text(request, &["ReferenceValues", "ShipperNumber"]).to_uppercase();
        if account.is_empty() || !(1..=35).contains(&value.chars().count()) {
            return None;
        }
        Some(if account == CREDENTIALS.ups_account { Ok(Self::Reference(value)) } else { Err(nothing()) })
    }

    /// How the manners take a shipment of several packages apart.
    fn alone(&self, booked: &Booked, manners: &Manners) -> Option<Alone> {
        if manners.recovery_pieces == Pieces::Together || booked.parcels.len() < 2 {
            return None;
        }
        match self {
            Self::Number(number) => {
                booked.parcels.iter().position(|parcel| parcel.number == *number).map(Alone::Package)
            }
            Self::Reference(_) if manners.recovery_pieces == Pieces::Candidates => Some(Alone::Candidates),
            Self::Reference(_) => Some(Alone::Package(0)),
            Self::Foreign => None,
        }
    }

    fn find(&self, ups: &Ups, manners: &Manners) -> Vec<Arc<Booked>> {
        let state = ups.state();
        match self {
            Self::Number(number) => {
                state.shelf.by_tracking_number(number).map(|(booked, _)| booked).into_iter().collect()
            }
            Self::Reference(value) => {
                let known = |booked: &Arc<Booked>| manners.recovery_finds_international || !booked.international;
                state.shelf.by_reference(value).into_iter().filter(known).collect()
            }
            Self::Foreign => Vec::new(),
        }
    }
}

/// How a shipment of several packages is taken apart.
enum Alone {
    /// One package, by its place.
    Package(usize),
    /// A candidate for each.
    Candidates,
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
    let too_old = |booked: &Booked| {
        let days = manners.recovery_days.map(|days| SignedDuration::from_hours(24 * i64::from(days)));
        days.is_some_and(|days| age(booked) > days)
    };
    let visible: Vec<&Booked> =
        found.iter().map(AsRef::as_ref).filter(|booked| age(booked) >= manners.recovery_hidden).collect();
    let standing: Vec<&Booked> = visible.iter().copied().filter(|booked| !booked.is_voided()).collect();
    match standing.as_slice() {
        [] if visible.is_empty() => Err(nothing()),
        [] => Err(Refusal::bad("9801040", "The shipment was voided.")),
        [one] if age(one) < manners.recovery_hidden + manners.recovery_unready => {
            let code = manners.recovery_unready_code.clone();
            Err(Refusal::bad(code, "The shipment exists but cannot be processed at this time."))
        }
        all if all.iter().all(|booked| too_old(booked)) => {
            Err(Refusal::bad("9800020", "The label or forms have expired and cannot be recovered."))
        }
        [one] => Ok(Choice::One(one)),
        _ => Ok(Choice::Several(standing)),
    }
}

fn label_format(request: &Value) -> Result<Format, Refusal> {
    let specification = at(request, &["LabelSpecification"]);
    let code = text(specification, &["LabelImageFormat", "Code"]);
    let Some(format) = Format::by_code(&code).filter(|format| *format != Format::Png) else {
        return Err(Refusal::bad("120702", "Missing or invalid label image format code"));
    };
    if !format.is_thermal() && present(specification, &["LabelStockSize"]) {
        return Err(Refusal::bad("9801050", "Label stock size is not allowed with this image format."));
    }
    Ok(format)
}

/// A label on its second way out.
struct Recovered<'a> {
    booked: &'a Booked,
    format: Format,
    links: bool,
    manners: &'a Manners,
}

impl Recovered<'_> {
    fn answer(&self) -> Value {
        let parcels = &self.booked.parcels;
        let standing: Vec<usize> = (0..parcels.len()).filter(|index| parcels[*index].voided_at.is_none()).collect();
        let results: Vec<Value> = standing.iter().map(|index| self.result(*index, &standing)).collect();
        json!({
            "ShipmentIdentificationNumber": self.booked.number(),
            "LabelResults": results,
        })
    }

    /// One package of several.
    fn package(&self, index: usize) -> Value {
        json!({
            "ShipmentIdentificationNumber": self.booked.number(),
            "LabelResults": [self.result(index, &[index])],
        })
    }

    fn result(&self, index: usize, standing: &[usize]) -> Value {
        let (format, manners) = (self.format, self.manners);
        let code = if manners.recovery_small_letters { format.code().to_lowercase() } else { format.code().to_owned() };
        let mut image = json!({"LabelImageFormat": {"Code": code}});
        let face = |index: usize| Face::of(self.booked, index, manners);
        match format {
            // All pages of a PDF stand with the first package.
            Format::Pdf if standing.first() == Some(&index) => {
                let faces: Vec<Face> = standing.iter().map(|index| face(*index)).collect();
                put_image(&mut image, &label::pages(&faces), manners);
            }
            Format::Pdf => image["GraphicImage"] = json!(""),
            _ => put_image(&mut image, &face(index).draw(format), manners),
        }
        if format == Format::Gif {
            image["HTMLImage"] = json!(encoded(face(index).html().as_bytes(), manners));
        }
        let number = &self.booked.parcels[index].number;
        if self.links {
            image["URL"] = json!(format!("https://labels.sandbox.invalid/uel/llp/{number}/link/labelAll/en_US"));
        }
        let receipt = if self.booked.return_service.is_some() {
            json!({"HTMLImage": receipt::of_return(self.booked, index, Paper(None), manners)["GraphicImage"]})
        } else {
            // An object is documented; a forward shipment shows an empty text.
            json!("")
        };
        json!({"TrackingNumber": number, "LabelImage": image, "Receipt": receipt})
    }
}

fn each_a_candidate(booked: &Booked) -> Value {
    let standing = booked.parcels.iter().filter(|parcel| parcel.voided_at.is_none());
    json!({"TrackingCandidate": standing.map(|parcel| candidate(booked, &parcel.number)).collect::<Vec<_>>()})
}

fn candidates(several: &[&Booked]) -> Value {
    let all: Vec<Value> = several.iter().map(|booked| candidate(booked, booked.number())).collect();
    json!({"TrackingCandidate": all})
}

fn candidate(booked: &Booked, number: &str) -> Value {
    let day = booked.ship_date.strftime("%Y%m%d").to_string();
    let end = booked.ship_date.saturating_add(jiff::Span::new().days(30));
    json!({
        "TrackingNumber": number,
        "DestinationPostalCode": booked.ship_to.postal,
        "DestinationCountryCode": booked.ship_to.country,
        "PickupDateRange": {"BeginDate": day, "EndDate": end.strftime("%Y%m%d").to_string()},
    })
}
