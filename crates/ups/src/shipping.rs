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
use rust_decimal::Decimal;
use serde_json::json;

use crate::answer::{Answer, Kind};
use crate::client::{Call, Client};
use crate::error::{Alert, Error, RawAnswer};
use crate::json::Node;
use crate::label::{Label, LabelFormat};
use crate::money::Amount;
use crate::parcel::{For, Shipment};
use crate::rating::{ItemizedCharge, itemized, weight, write_request};
use crate::text;

/// An order for labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShipRequest {
    /// What is to travel.
    pub shipment: Shipment,
    /// Which labels to make.
    pub label: LabelFormat,
    /// Whether UPS should refuse a city that does not fit state and postal code. Without it UPS lets a
    /// misspelt city pass. It never checks streets here.
    pub check_city: bool,
    /// Echoed by UPS, at most 512 characters; may be empty.
    pub customer_context: String,
}

/// What comes back from booking: numbers, charges, labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waybill {
    /// One per shipment; the first package's tracking number. UPS's test host masks all numbers as
    /// `1ZXXXXXXXXXXXXXXXX`.
    pub shipment_identification_number: String,
    /// One per package, in the order of the request.
    pub packages: Vec<PackageResult>,
    /// The list price in total, without taxes.
    pub published: Option<Amount>,
    /// The list price with taxes, where UPS tells it.
    pub published_with_taxes: Option<Amount>,
    /// The account's own price in total, without taxes; absent if the account has none.
    pub negotiated: Option<Amount>,
    /// The account's own price with taxes, where UPS tells it.
    pub negotiated_with_taxes: Option<Amount>,
    /// What the published total consists of, as far as it belongs to the shipment as a whole.
    pub itemized: Vec<ItemizedCharge>,
    /// The weight UPS bills, in the unit `LBS` or `KGS`.
    pub billing_weight: Option<(Decimal, String)>,
    /// Warnings, such as `120900`: negotiated rates do not apply.
    pub alerts: Vec<Alert>,
    /// The answer as it came.
    pub raw: RawAnswer,
}

/// One package of a waybill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageResult {
    /// The package's tracking number, never checked: UPS's own samples have wrong check digits.
    pub tracking_number: String,
    /// The label. The package is booked and paid for even if its label could not be read; it can be
    /// fetched again with [`Client::recover`].
    pub label: Option<Label>,
    /// What this package adds to the price.
    pub charges: Vec<ItemizedCharge>,
}

impl ShipRequest {
    /// An order with the city checked and no context.
    #[must_use]
    pub fn new(shipment: Shipment, label: LabelFormat) -> Self {
        Self { shipment, label, check_city: true, customer_context: String::new() }
    }

    /// The JSON exactly as it will be sent; equal requests give equal text.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] names the first field that does not fit UPS's form.
    pub fn body_json(&self) -> Result<String, Error> {
        let mut shipment = self.shipment.write(For::Shipping)?;
        self.shipment.check_lane()?;
        shipment["Description"] = json!(text::optional("description", Some(&self.shipment.description), 50)?);
        shipment["PaymentInformation"] = self.shipment.charge()?;
        shipment["ShipmentDate"] = json!(self.shipment.day());
        let references = self.shipment.write_references()?;
        if self.shipment.refers_by_package() {
            for package in shipment["Package"].as_array_mut().into_iter().flatten() {
                package["ReferenceNumber"] = references.clone();
            }
        } else {
            shipment["ReferenceNumber"] = references;
        }
        let request = json!({ "ShipmentRequest": {
            "Request": write_request(&self.customer_context, Some("validate"))?,
            "Shipment": shipment,
            "LabelSpecification": self.label.write(),
        } });
        Ok(text::without_nulls(request).to_string())
    }
}

impl Client {
    /// Books a shipment and brings its labels. Never repeats itself.
    ///
    /// # Errors
    ///
    /// [`Error::AnswerLost`] if the shipment may exist; every other error means that it does not.
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
        let value =
            serde_json::from_slice(raw).map_err(|error| Error::unreadable(format!("a kept waybill: {error}")))?;
        let answer = Answer { status: 200, value, raw: RawAnswer(bytes::Bytes::copy_from_slice(raw)) };
        Self::read(&answer, packages).map_err(Error::unreadable)
    }

    /// Readable is a waybill that names every package asked for. Charges and labels may be missing.
    fn read(answer: &Answer, asked: usize) -> Result<Self, String> {
        let container = answer.root().at("ShipmentResponse");
        let results = container.at("ShipmentResults");
        let packages = read_packages(results.at("PackageResults"), "ShippingLabel");
        let Some(first) = packages.first() else {
            return Err("the answer names no package".to_owned());
        };
        if packages.len() != asked {
            return Err(format!("the answer names {} of {asked} packages", packages.len()));
        }
        let lead = results.text_at("ShipmentIdentificationNumber").unwrap_or_else(|| first.tracking_number.clone());
        let (charges, negotiated) = (results.at("ShipmentCharges"), results.at("NegotiatedRateCharges"));
        Ok(Self {
            shipment_identification_number: lead,
            published: charges.at("TotalCharges").amount(),
            published_with_taxes: charges.at("TotalChargesWithTaxes").amount(),
            negotiated: negotiated.at("TotalCharge").amount(),
            negotiated_with_taxes: negotiated.at("TotalChargesWithTaxes").amount(),
            itemized: itemized(charges.at("ItemizedCharges")),
            billing_weight: weight(results.at("BillingWeight")),
            alerts: container.path(&["Response", "Alert"]).alerts(),
            raw: answer.raw.clone(),
            packages,
        })
    }
}

/// The packages of a booking or a recovery; one without a number is none.
pub(crate) fn read_packages(list: Node<'_>, label: &str) -> Vec<PackageResult> {
    let package = |node: Node<'_>| {
        Some(PackageResult {
            tracking_number: node.text_at("TrackingNumber")?,
            label: Label::read(node.at(label)),
            charges: itemized(node.at("ItemizedCharges")),
        })
    };
    list.each().filter_map(package).collect()
}
