//! Shipping: buying labels. The one call that costs money.
//!
//! ```text
//! ShipRequest ─► body_json ─► POST /api/shipments/v2409/ship ─► Waybill            booked
//!     │ Invalid                     │ 400 · 401 · 403 · 404/405 · 429              not booked
//!     ▼                             │ 200 without body, with `errorcode`           not booked
//!  nothing sent                     └ anything else: AnswerLost                    in doubt
//! ```
//!
//! UPS has no idempotency key: the same request sent twice buys two shipments. Whoever gets an
//! [`Error::AnswerLost`] asks with [`Client::recover`] before sending anything again.

use reqwest::Method;
use serde_json::json;

use crate::answer::{Answer, Kind};
use crate::charges::{Charges, weight};
use crate::client::{Call, Client};
use crate::codes::codes;
use crate::document::{Document, DocumentKind, Links};
use crate::error::{Alert, Error, RawAnswer};
use crate::json::Node;
use crate::label::{Label, LabelSpec};
use crate::package::Weight;
use crate::rating::write_request;
use crate::shipment::Shipment;
use crate::text;

codes! {
    /// In what a receipt is printed.
    pub enum ReceiptFormat {
        Html = "HTML", "HTML page";
        Zpl = "ZPL", "Zebra's printer language";
        Epl = "EPL", "Eltron's printer language";
        Spl = "SPL", "Star's printer language";
    }
}

/// An order for labels.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShipRequest {
    /// What is to travel.
    pub shipment: Shipment,
    /// Which labels to make.
    pub label: LabelSpec,
    /// A receipt, where UPS makes one.
    pub receipt: Option<ReceiptFormat>,
    /// Whether UPS should refuse a city that does not fit state and postal code. Without it UPS lets a
    /// misspelt city pass. It never checks streets here.
    pub check_city: bool,
    /// Echoed by UPS, at most 512 characters; may be empty.
    pub customer_context: String,
}

/// What comes back from booking: numbers, charges, labels.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Waybill {
    /// One per shipment; the first package's tracking number. UPS's test host masks all numbers as
    /// `1ZXXXXXXXXXXXXXXXX`.
    pub shipment_identification_number: String,
    /// One per package, in the order of the request.
    pub packages: Vec<PackageResult>,
    /// The list price.
    pub published: Charges,
    /// The account's own price; absent if the account has none.
    pub negotiated: Option<Charges>,
    /// The weight UPS bills.
    pub billing_weight: Option<Weight>,
    /// Papers of the shipment: customs forms, high-value reports, receipts.
    pub documents: Vec<Document>,
    /// Links to label and receipt, if they were asked for.
    pub links: Links,
    /// What the price contains and what not.
    pub disclaimers: Vec<Alert>,
    /// Warnings, such as `120900`: negotiated rates do not apply.
    pub alerts: Vec<Alert>,
    /// The answer as it came.
    pub raw: RawAnswer,
}

/// One package of a waybill.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PackageResult {
    /// The package's tracking number, never checked: UPS's own samples have wrong check digits.
    pub tracking_number: String,
    /// The number of the postal service that delivers it, for Ground Saver and Mail Innovations.
    pub postal_number: Option<String>,
    /// The label. The package is booked and paid for even if its label could not be read; it can be
    /// fetched again with [`Client::recover`]. Absent where UPS mails the label.
    pub label: Option<Label>,
    /// What this package costs, as far as it is told.
    pub published: Charges,
    /// The account's own lines for it, if told.
    pub negotiated: Option<Charges>,
    /// Papers of the package: receipts, the label as a page, the signature page of the shipment.
    pub documents: Vec<Document>,
}

impl ShipRequest {
    /// An order with the city checked and no context.
    #[must_use]
    pub fn new(shipment: Shipment, label: impl Into<LabelSpec>) -> Self {
        Self { shipment, label: label.into(), receipt: None, check_city: true, customer_context: String::new() }
    }

    /// The JSON exactly as it will be sent; equal requests give equal text.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] names the first field that does not fit UPS's form.
    pub fn body_json(&self) -> Result<String, Error> {
        // RequestOption `validate` alone checks state and postal code; the city is checked by a query.
        let request = json!({ "ShipmentRequest": {
            "Request": write_request(&self.customer_context, "validate")?,
            "Shipment": self.shipment.write_for_shipping()?,
            "LabelSpecification": self.label.write()?,
            "ReceiptSpecification":
                self.receipt.as_ref().map(|format| json!({ "ImageFormat": { "Code": format.code() } })),
        } });
        Ok(text::compact(request).to_string())
    }
}

impl Client {
    /// Books a shipment and brings its labels. Never repeats itself.
    ///
    /// # Errors
    ///
    /// [`Error::AnswerLost`] if the shipment may exist and may have to be paid; every other error means that it
    /// does not exist and costs nothing.
    pub async fn ship(&self, request: &ShipRequest) -> Result<Waybill, Error> {
        let path = ["api", "shipments", "v2409", "ship"];
        let mut call = Call::new(Kind::Changing, "ship", "Shipping", Method::POST, &path).body(request.body_json()?);
        if request.check_city {
            call = call.query("additionaladdressvalidation", "city");
        }
        let answer = self.send(call).await?;
        Waybill::read(&answer, request.shipment.packages.len())
            .map_err(|what| Kind::Changing.senseless(answer.status, &what, answer.raw.clone()))
    }
}

impl Waybill {
    /// Reads an answer that was kept, for a shipment of so many packages.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`] if it is no waybill.
    pub fn from_raw(raw: &[u8], packages: usize) -> Result<Self, Error> {
        Self::read(&Answer::kept(raw)?, packages).map_err(Error::unreadable)
    }

    /// All papers, those of the packages included.
    pub fn papers(&self) -> impl Iterator<Item = &Document> {
        self.documents.iter().chain(self.packages.iter().flat_map(|package| &package.documents))
    }

    /// Readable is a waybill that names every package asked for. Charges and labels may be missing.
    fn read(answer: &Answer, asked: usize) -> Result<Self, String> {
        let container = answer.root().at("ShipmentResponse");
        let results = container.at("ShipmentResults");
        let packages = read_packages(results.at("PackageResults"), "ShippingLabel");
        let Some(first) = packages.first() else {
            return Err("ShipmentResults.PackageResults names no package".to_owned());
        };
        if packages.len() != asked {
            return Err(format!("ShipmentResults.PackageResults names {} of {asked} packages", packages.len()));
        }
        let lead = results.text_at("ShipmentIdentificationNumber").unwrap_or_else(|| first.tracking_number.clone());
        Ok(Self {
            shipment_identification_number: lead,
            published: Charges::read(results.at("ShipmentCharges")),
            negotiated: Charges::read_negotiated(results.at("NegotiatedRateCharges")),
            billing_weight: weight(results.at("BillingWeight")),
            documents: read_documents(results),
            links: Links::read(results),
            disclaimers: results.at("Disclaimer").alerts(),
            alerts: container.path(&["Response", "Alert"]).alerts(),
            raw: answer.raw.clone(),
            packages,
        })
    }
}

/// The papers that belong to a shipment as a whole, of a booking or a recovery.
pub(crate) fn read_documents(node: Node<'_>) -> Vec<Document> {
    let places = [
        ("Form", DocumentKind::InternationalForms),
        ("ControlLogReceipt", DocumentKind::ControlLog),
        ("HighValueReport", DocumentKind::HighValueReport),
        ("CODTurnInPage", DocumentKind::CodTurnIn),
        ("DGPaperImage", DocumentKind::DangerousGoods),
    ];
    places.into_iter().flat_map(|(name, kind)| Document::read_all(node.at(name), kind)).collect()
}

/// The packages of a booking or a recovery; one without a number is none.
pub(crate) fn read_packages(list: Node<'_>, label: &str) -> Vec<PackageResult> {
    let package = |node: Node<'_>| {
        let image = node.at(label);
        let negotiated = Charges::read(node.at("NegotiatedCharges"));
        let mut documents = Document::read_beside_label(image);
        for (name, kind) in [
            ("ShippingReceipt", DocumentKind::Receipt),
            ("Receipt", DocumentKind::Receipt),
            ("Form", DocumentKind::PackageForm),
        ] {
            documents.extend(Document::read_all(node.at(name), kind));
        }
        Some(PackageResult {
            tracking_number: node.text_at("TrackingNumber")?,
            postal_number: ["USPSPICNumber", "MailInnovationsTrackingNumber"]
                .iter()
                .find_map(|name| node.text_at(name)),
            label: Label::read(image),
            published: Charges::read(node),
            negotiated: (!negotiated.is_empty()).then_some(negotiated),
            documents,
        })
    };
    list.each().filter_map(package).collect()
}
