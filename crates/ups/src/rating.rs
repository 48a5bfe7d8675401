//! Rating: what a shipment would cost, before it is booked.
//!
//! ```text
//! RateRequest ─► /api/rating/v2409/Rate ─► RatedShipment ─► Quote
//! ```
//!
//! UPS leaves the negotiated price out when the account has none, with a warning beside it. An absent
//! price is never read as zero or as the published one.

use reqwest::Method;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::answer::{Answer, Kind};
use crate::client::{Call, Client};
use crate::error::{Alert, Error, RawAnswer};
use crate::json::Node;
use crate::money::Amount;
use crate::parcel::{For, Shipment};
use crate::text;

/// One line of a price, such as `375` for fuel or `270` for a residential address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemizedCharge {
    /// UPS's charge code; unknown ones are kept.
    pub code: String,
    /// UPS's finer distinction, such as `Rural`.
    pub sub_type: Option<String>,
    /// The amount, if it could be read.
    pub amount: Option<Amount>,
}

/// A question for a price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateRequest {
    /// What is to travel.
    pub shipment: Shipment,
    /// Whether to ask also how many days it takes.
    pub with_transit_days: bool,
    /// Echoed by UPS, at most 512 characters; may be empty.
    pub customer_context: String,
}

/// A price before booking. The invoice may differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// UPS's service code, as answered.
    pub service: String,
    /// The list price in total, without taxes.
    pub published: Option<Amount>,
    /// The list price with taxes, where UPS tells it.
    pub published_with_taxes: Option<Amount>,
    /// The account's own price in total, without taxes; absent if the account has none.
    pub negotiated: Option<Amount>,
    /// The account's own price with taxes, where UPS tells it.
    pub negotiated_with_taxes: Option<Amount>,
    /// What the published total consists of, of the shipment and of each package.
    pub itemized: Vec<ItemizedCharge>,
    /// The weight UPS bills, in the unit `LBS` or `KGS`.
    pub billing_weight: Option<(Decimal, String)>,
    /// The zone, if told.
    pub zone: Option<String>,
    /// Working days on the way, if told.
    pub business_days: Option<u32>,
    /// Warnings, such as `120900`: negotiated rates do not apply.
    pub alerts: Vec<Alert>,
    /// The answer as it came.
    pub raw: RawAnswer,
}

impl RateRequest {
    /// A question for the price alone.
    #[must_use]
    pub fn new(shipment: Shipment) -> Self {
        Self { shipment, with_transit_days: false, customer_context: String::new() }
    }

    /// The JSON exactly as it will be sent.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] names the first field that does not fit UPS's form.
    pub fn body_json(&self) -> Result<String, Error> {
        let mut shipment = self.shipment.write(For::Rating)?;
        shipment["PaymentDetails"] = self.shipment.charge()?;
        shipment["NumOfPieces"] = json!(self.shipment.packages.len().to_string());
        if self.with_transit_days {
            shipment["DeliveryTimeInformation"] =
                json!({ "PackageBillType": "03", "Pickup": { "Date": self.shipment.day() } });
        }
        let us_origin = self.shipment.origin().eq_ignore_ascii_case("US");
        let request = json!({ "RateRequest": {
            "Request": write_request(&self.customer_context, None)?,
            "PickupType": { "Code": "01" },
            "CustomerClassification": us_origin.then(|| json!({ "Code": "00" })),
            "Shipment": shipment,
        } });
        Ok(text::without_nulls(request).to_string())
    }
}

/// The `Request` container. A context of nothing is left out.
pub(crate) fn write_request(context: &str, option: Option<&str>) -> Result<Value, Error> {
    let context = text::optional("customer_context", Some(context), 512)?;
    Ok(json!({
        "RequestOption": option,
        "SubVersion": "2409",
        "TransactionReference": context.map(|context| json!({ "CustomerContext": context })),
    }))
}

impl Client {
    /// Asks what a shipment would cost.
    ///
    /// # Errors
    ///
    /// As with any reading call; [`Error::Rejected`] if UPS does not carry this.
    pub async fn rate(&self, request: &RateRequest) -> Result<Quote, Error> {
        let option = if request.with_transit_days { "Ratetimeintransit" } else { "Rate" };
        let call = Call::new(Kind::Reading, "rate", "Rating", Method::POST, &["api", "rating", "v2409", option])
            .body(request.body_json()?);
        let answer = self.send(call).await?;
        Quote::read(&answer).map_err(Error::unreadable)
    }
}

impl Quote {
    fn read(answer: &Answer) -> Result<Self, String> {
        let container = answer.container("RateResponse")?;
        let rated = container.at("RatedShipment");
        let service = rated.at("Service").text_at("Code").ok_or("the answer has no rated service")?;
        let negotiated = rated.at("NegotiatedRateCharges");
        let mut itemized = itemized(rated.at("ItemizedCharges"));
        itemized
            .extend(rated.at("RatedPackage").each().flat_map(|package| self::itemized(package.at("ItemizedCharges"))));
        let mut alerts = container.path(&["Response", "Alert"]).alerts();
        alerts.extend(rated.at("RatedShipmentAlert").alerts());
        let quote = Self {
            service,
            published: rated.at("TotalCharges").amount(),
            published_with_taxes: rated.at("TotalChargesWithTaxes").amount(),
            negotiated: negotiated.at("TotalCharge").amount(),
            negotiated_with_taxes: negotiated.at("TotalChargesWithTaxes").amount(),
            itemized,
            billing_weight: weight(rated.at("BillingWeight")),
            zone: rated.text_at("Zone"),
            business_days: business_days(rated),
            alerts,
            raw: answer.raw.clone(),
        };
        if quote.published.is_none() && quote.negotiated.is_none() {
            return Err("the answer has no price".to_owned());
        }
        Ok(quote)
    }
}

/// The lines of a price, with their codes; a line without a code says nothing.
pub(crate) fn itemized(node: Node<'_>) -> Vec<ItemizedCharge> {
    let line = |node: Node<'_>| {
        Some(ItemizedCharge { code: node.text_at("Code")?, sub_type: node.text_at("SubType"), amount: node.amount() })
    };
    node.each().filter_map(line).collect()
}

/// A weight with its unit.
pub(crate) fn weight(node: Node<'_>) -> Option<(Decimal, String)> {
    Some((node.at("Weight").decimal()?, node.at("UnitOfMeasurement").text_at("Code")?))
}

/// `GuaranteedDelivery` is absent for Ground; the time-in-transit part has the days for all services.
fn business_days(rated: Node<'_>) -> Option<u32> {
    let places = [
        rated.path(&["TimeInTransit", "ServiceSummary", "EstimatedArrival", "BusinessDaysInTransit"]),
        rated.path(&["GuaranteedDelivery", "BusinessDaysInTransit"]),
    ];
    places.into_iter().find_map(Node::count)
}
