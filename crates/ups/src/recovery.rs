//! Label recovery: what became of a booking whose answer was lost.
//!
//! ```text
//! Locator ─► POST /api/labels/v1/recovery ─► Found          adopt it; charges are not told
//!                                          ─► Candidates     several share the reference
//!                                          ─► Voided · AlreadySent · Expired · ExistsNotReady
//!                                          ─► NotFound       no proof by itself
//! ```
//!
//! UPS tells most of these by the code of a 400. All but *not found* say that the shipment was
//! booked, so they are answers here and not errors.

use jiff::civil::Date;
use reqwest::Method;
use serde_json::json;

use crate::answer::{Answer, Kind};
use crate::client::{Call, Client};
use crate::error::{Error, RawAnswer};
use crate::json::Node;
use crate::label::LabelFormat;
use crate::shipping::{PackageResult, read_packages};
use crate::text;

/// By what to look for a shipment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Locator {
    /// A package's number.
    TrackingNumber(String),
    /// A reference the shipment was booked with.
    Reference {
        /// At most 35 characters.
        value: String,
        /// The account it was booked on, if not the client's own.
        account: Option<String>,
    },
}

impl Locator {
    /// A reference of the client's own account.
    pub fn reference(value: impl Into<String>) -> Self {
        Self::Reference { value: value.into(), account: None }
    }
}

/// What UPS knows of a booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recovery {
    /// It was booked.
    Found(Recovered),
    /// Several shipments carry the reference; ask again by number. Empty if there are too many to list.
    Candidates(Vec<TrackingCandidate>),
    /// Nothing is known under this locator. Within seconds of a booking inside the US that means that it
    /// was not booked; later, elsewhere, or on the test host it proves nothing.
    NotFound,
    /// It was booked and voided.
    Voided,
    /// It was booked, and UPS cannot show it yet. It must not be booked again.
    ExistsNotReady {
        /// UPS's code: `9801039`, `9801041` or `9801042`.
        code: String,
    },
    /// It was booked and has already travelled; the label is no longer given.
    AlreadySent,
    /// It was booked; its label has expired.
    Expired,
}

/// A shipment found again. UPS tells neither charges nor service nor address here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovered {
    /// One per shipment.
    pub shipment_identification_number: String,
    /// The packages with their labels, the very bytes of the booking.
    pub packages: Vec<PackageResult>,
    /// The answer as it came.
    pub raw: RawAnswer,
}

/// One of several shipments with the same reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackingCandidate {
    /// A package's number.
    pub tracking_number: String,
    /// Where it goes, if told.
    pub postal_code: Option<String>,
    /// Where it goes, if told.
    pub country: Option<String>,
    /// First and last day of the range in which it is picked up, if told.
    pub pickup: Option<(Date, Date)>,
}

impl Client {
    /// Looks for a booked shipment and its labels. Recovery makes no PNG, so [`LabelFormat::Png`] asks
    /// for a GIF.
    ///
    /// # Errors
    ///
    /// As with any reading call; what UPS knows of the shipment is never an error.
    pub async fn recover(&self, locator: &Locator, label: LabelFormat) -> Result<Recovery, Error> {
        let path = ["api", "labels", "v1", "recovery"];
        let body = self.recovery_json(locator, label)?;
        let call = Call::new(Kind::Reading, "recovery", "Shipping", Method::POST, &path).body(body);
        match self.send(call).await {
            Ok(answer) => Recovery::read(&answer).map_err(Error::unreadable),
            Err(Error::Rejected { code, message, field, all, body }) => {
                Recovery::told_by(&code).ok_or(Error::Rejected { code, message, field, all, body })
            }
            Err(error) => Err(error),
        }
    }

    fn recovery_json(&self, locator: &Locator, label: LabelFormat) -> Result<String, Error> {
        let label = if label == LabelFormat::Png { LabelFormat::Gif } else { label };
        let mut request = json!({
            "Request": { "SubVersion": "1903" },
            "LabelSpecification": label.write(),
            "Translate": { "LanguageCode": "eng", "DialectCode": "US", "Code": "01" },
        });
        // Exactly one locator: UPS refuses none and both.
        match locator {
            Locator::TrackingNumber(number) => {
                request["TrackingNumber"] = json!(text::tracking_number("tracking_number", number)?);
            }
            Locator::Reference { value, account } => {
                let account = text::account("account", account.as_deref().unwrap_or(self.account()))?;
                request["ReferenceValues"] = json!({
                    "ReferenceNumber": { "Value": text::required("reference", value, 35)? },
                    "ShipperNumber": account,
                });
            }
        }
        Ok(json!({ "LabelRecoveryRequest": request }).to_string())
    }
}

impl Recovery {
    /// What the code of a refusal says about the shipment; nothing if it speaks of the request.
    fn told_by(code: &str) -> Option<Self> {
        Some(match code {
            "9801031" => Self::NotFound,
            "9801040" => Self::Voided,
            "9801039" | "9801041" | "9801042" => Self::ExistsNotReady { code: code.to_owned() },
            "9801028" => Self::AlreadySent,
            "9800020" => Self::Expired,
            "300001" | "300035" => Self::Candidates(Vec::new()),
            _ => return None,
        })
    }

    fn read(answer: &Answer) -> Result<Self, String> {
        let container = answer.container("LabelRecoveryResponse")?;
        let packages = read_packages(container.at("LabelResults"), "LabelImage");
        if let Some(first) = packages.first() {
            let lead = container.text_at("ShipmentIdentificationNumber");
            return Ok(Self::Found(Recovered {
                shipment_identification_number: lead.unwrap_or_else(|| first.tracking_number.clone()),
                packages,
                raw: answer.raw.clone(),
            }));
        }
        let candidates: Vec<_> = container.at("TrackingCandidate").each().filter_map(TrackingCandidate::read).collect();
        if candidates.is_empty() {
            return Err("the answer names neither a package nor a candidate".to_owned());
        }
        Ok(Self::Candidates(candidates))
    }
}

impl TrackingCandidate {
    fn read(node: Node<'_>) -> Option<Self> {
        let day = |name: &str| Date::strptime("%Y%m%d", node.at("PickupDateRange").text_at(name)?).ok();
        Some(Self {
            tracking_number: node.text_at("TrackingNumber")?,
            postal_code: node.text_at("DestinationPostalCode"),
            country: node.text_at("DestinationCountryCode"),
            pickup: day("BeginDate").zip(day("EndDate")),
        })
    }
}
