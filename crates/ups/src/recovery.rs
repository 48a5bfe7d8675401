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
use crate::codes::codes;
use crate::document::{Document, Links};
use crate::error::{Alert, Error, RawAnswer};
use crate::json::Node;
use crate::label::{BROWSER, LabelFormat, LabelSpec, LabelStock};
use crate::package::indicator;
use crate::shipping::{PackageResult, read_documents, read_packages};
use crate::{moment, text};

/// By what to look for a shipment. UPS takes exactly one.
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
    /// The postal number of a Mail Innovations package, at most 34 characters.
    MailInnovations(String),
}

impl Locator {
    /// A reference of the client's own account.
    pub fn reference(value: impl Into<String>) -> Self {
        Self::Reference { value: value.into(), account: None }
    }
}

codes! {
    /// Which label to ask for again. Recovery makes PDFs and no PNGs.
    pub enum RecoveryFormat {
        Gif = "GIF", "GIF image";
        /// All pages stand in the first package's label.
        Pdf = "PDF", "PDF document";
        Zpl = "ZPL", "Zebra's printer language";
        Epl = "EPL", "Eltron's printer language";
        Spl = "SPL", "Star's printer language";
    }
}

impl From<&LabelFormat> for RecoveryFormat {
    /// The same format; a GIF for a PNG, which recovery does not make.
    fn from(format: &LabelFormat) -> Self {
        match format {
            LabelFormat::Png => Self::Gif,
            other => Self::of(other.code()),
        }
    }
}

/// A question for a booked shipment and its labels.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecoveryRequest {
    /// By what to look for it.
    pub locator: Locator,
    /// Which label to bring.
    pub format: RecoveryFormat,
    /// The printer's paper. It is left out for images, with which UPS refuses it (`9801050`).
    pub stock: LabelStock,
    /// Whether to bring links to label and receipt as well (returns only).
    pub links: bool,
    /// A language and a country for instructions and receipts, such as `de_DE`; English otherwise.
    pub locale: Option<String>,
    /// Echoed by UPS, 5 to 512 characters; may be empty.
    pub customer_context: String,
}

impl RecoveryRequest {
    /// A question by that locator.
    pub fn new(locator: Locator, format: impl Into<RecoveryFormat>) -> Self {
        Self {
            locator,
            format: format.into(),
            stock: LabelStock::default(),
            links: false,
            locale: None,
            customer_context: String::new(),
        }
    }

    /// A question for the label that was ordered.
    #[must_use]
    pub fn like(locator: Locator, label: &LabelSpec) -> Self {
        Self { stock: label.stock, ..Self::new(locator, &label.format) }
    }

    /// The JSON exactly as it will be sent for a client of that account.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] names the first field that does not fit UPS's form.
    pub fn body_json(&self, own_account: &str) -> Result<String, Error> {
        let thermal = matches!(self.format, RecoveryFormat::Zpl | RecoveryFormat::Epl | RecoveryFormat::Spl);
        let context = text::optional("customer_context", Some(&self.customer_context), 512)?;
        if context.as_deref().is_some_and(|it| it.chars().count() < 5) {
            return Err(Error::invalid("customer_context", "needs five characters here"));
        }
        // Either a locale or a translation: UPS refuses both.
        let locale = text::optional("locale", self.locale.as_deref(), 5)?;
        let english = locale.is_none().then(|| json!({ "LanguageCode": "eng", "DialectCode": "US", "Code": "01" }));
        let mut request = json!({
            "Request": {
                "SubVersion": "1903",
                "TransactionReference": context.map(|context| json!({ "CustomerContext": context })),
            },
            "LabelSpecification": {
                "LabelImageFormat": { "Code": text::required("format", self.format.code(), 4)? },
                "LabelStockSize": thermal.then(|| self.stock.write()),
                "HTTPUserAgent": (self.format == RecoveryFormat::Gif).then_some(BROWSER),
            },
            "Translate": english,
            "Locale": locale,
            "LabelDelivery": { "LabelLinkIndicator": indicator(self.links) },
        });
        match &self.locator {
            Locator::TrackingNumber(number) => {
                request["TrackingNumber"] = json!(text::tracking_number("tracking_number", number)?);
            }
            Locator::MailInnovations(number) => {
                request["MailInnovationsTrackingNumber"] = json!(text::tracking_number("tracking_number", number)?);
            }
            Locator::Reference { value, account } => {
                let account = text::account("account", account.as_deref().unwrap_or(own_account))?;
                request["ReferenceValues"] = json!({
                    "ReferenceNumber": { "Value": text::required("reference", value, 35)? },
                    "ShipperNumber": account,
                });
            }
        }
        Ok(text::compact(json!({ "LabelRecoveryRequest": request })).to_string())
    }
}

/// What UPS answered, and how it said so.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecoveryAnswer {
    /// What UPS knows of the booking.
    pub outcome: Recovery,
    /// Warnings beside a label; the errors by which UPS told anything else.
    pub alerts: Vec<Alert>,
    /// The answer as it came, be it a label or a refusal.
    pub raw: RawAnswer,
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

impl Recovery {
    /// Whether the booking was made: `None` if the answer proves neither.
    #[must_use]
    pub fn was_booked(&self) -> Option<bool> {
        match self {
            Self::Found(_) | Self::Voided | Self::ExistsNotReady { .. } | Self::AlreadySent | Self::Expired => {
                Some(true)
            }
            // Somebody's shipments carry the reference; whether this booking is among them must be looked at.
            Self::Candidates(_) | Self::NotFound => None,
        }
    }
}

/// A shipment found again. UPS tells neither charges nor service nor address here.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recovered {
    /// One per shipment.
    pub shipment_identification_number: String,
    /// The packages with their labels, the very bytes of the booking.
    pub packages: Vec<PackageResult>,
    /// Papers of the shipment: forms and reports.
    pub documents: Vec<Document>,
    /// Links to label and receipt, if they were asked for.
    pub links: Links,
}

/// One of several shipments with the same reference.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
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
    /// Looks for a booked shipment and its labels. Safe to repeat: it buys nothing.
    ///
    /// # Errors
    ///
    /// As with any reading call; what UPS knows of the shipment is never an error.
    pub async fn recover(&self, request: &RecoveryRequest) -> Result<RecoveryAnswer, Error> {
        let body = request.body_json(self.account())?;
        let call = Call::new(Kind::Reading, "recover", "Shipping", Method::POST, &["api", "labels", "v1", "recovery"])
            .body(body);
        match self.send(call).await {
            Ok(answer) => RecoveryAnswer::read(&answer).map_err(Error::unreadable),
            Err(Error::Rejected { code, message, field, all, body }) => match Recovery::told_by(&code) {
                Some(outcome) => Ok(RecoveryAnswer { outcome, alerts: all, raw: body }),
                None => Err(Error::Rejected { code, message, field, all, body }),
            },
            Err(error) => Err(error),
        }
    }
}

impl RecoveryAnswer {
    /// Reads an answer that was kept: labels or candidates.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`] if it is neither.
    pub fn from_raw(raw: &[u8]) -> Result<Self, Error> {
        Self::read(&Answer::kept(raw)?).map_err(Error::unreadable)
    }

    fn read(answer: &Answer) -> Result<Self, String> {
        let container = answer.container("LabelRecoveryResponse")?;
        let outcome = Recovery::read(container)?;
        Ok(Self { outcome, alerts: container.path(&["Response", "Alert"]).alerts(), raw: answer.raw.clone() })
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

    fn read(container: Node<'_>) -> Result<Self, String> {
        let results = container.at("LabelResults");
        let mut packages = read_packages(results, "LabelImage");
        for (package, node) in packages.iter_mut().zip(results.each()) {
            if package.label.is_none() {
                package.label = crate::label::Label::read(node.at("MailInnovationsLabelImage"));
            }
        }
        if let Some(first) = packages.first() {
            let lead = container.text_at("ShipmentIdentificationNumber");
            let link = |names: [&str; 2]| results.each().find_map(|node| node.path(&names).text());
            return Ok(Self::Found(Recovered {
                shipment_identification_number: lead.unwrap_or_else(|| first.tracking_number.clone()),
                documents: read_documents(container),
                links: Links {
                    label: link(["LabelImage", "URL"]),
                    receipt: link(["Receipt", "URL"]),
                    ..Links::default()
                },
                packages,
            }));
        }
        let candidates: Vec<_> = container.at("TrackingCandidate").each().filter_map(TrackingCandidate::read).collect();
        if candidates.is_empty() {
            return Err("LabelRecoveryResponse has neither LabelResults nor TrackingCandidate".to_owned());
        }
        Ok(Self::Candidates(candidates))
    }
}

impl TrackingCandidate {
    fn read(node: Node<'_>) -> Option<Self> {
        let day = |name: &str| moment::date(&node.at("PickupDateRange").text_at(name)?);
        Some(Self {
            tracking_number: node.text_at("TrackingNumber")?,
            postal_code: node.text_at("DestinationPostalCode"),
            country: node.text_at("DestinationCountryCode"),
            pickup: day("BeginDate").zip(day("EndDate")),
        })
    }
}
