//! Rating: what a shipment would cost, before it is booked.
//!
//! ```text
//! RateRequest ─► POST /api/rating/v2409/{Rate|Shop|…timeintransit} ─► Rates ─► Quote per service
//!                                                                           published · negotiated · transit
//! ```
//!
//! UPS leaves the negotiated price out when the account has none, with a warning beside it. An absent
//! price is never read as zero or as the published one. All calls here are safe to repeat.

use reqwest::Method;
use serde_json::{Value, json};

use crate::answer::{Answer, Kind};
use crate::charges::{Charges, weight};
use crate::client::{Call, Client};
use crate::codes::codes;
use crate::customs::Customs;
use crate::error::{Alert, Error, RawAnswer};
use crate::json::Node;
use crate::package::{Packaging, Weight};
use crate::service::Service;
use crate::shipment::Shipment;
use crate::text;
use crate::transit::{Guaranteed, RatedTransit};

/// What to ask of rating.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateOption {
    /// The price of the shipment's service.
    Rate,
    /// The prices of all services of the lane.
    Shop,
    /// The price of the shipment's service, and when it arrives.
    RateTimeInTransit,
    /// The prices of all services, and when each arrives. A service may come twice: on weekdays and on Saturday.
    ShopTimeInTransit,
}

impl RateOption {
    /// UPS wants it in the path and, by its description, in the body too.
    fn name(self) -> &'static str {
        match self {
            Self::Rate => "Rate",
            Self::Shop => "Shop",
            Self::RateTimeInTransit => "Ratetimeintransit",
            Self::ShopTimeInTransit => "Shoptimeintransit",
        }
    }

    fn tells_time(self) -> bool {
        matches!(self, Self::RateTimeInTransit | Self::ShopTimeInTransit)
    }
}

codes! {
    /// How UPS gets the packages. It ignores this where negotiated rates are asked for.
    pub enum PickupType {
        Daily = "01", "daily pickup";
        CustomerCounter = "03", "customer counter";
        OneTime = "06", "one-time pickup";
        LetterCenter = "19", "letter center";
        AirServiceCenter = "20", "air service center";
    }
}

codes! {
    /// Which list prices apply (US origin only).
    pub enum CustomerClassification {
        Account = "00", "rates of the account";
        Daily = "01", "daily rates";
        Retail = "04", "retail rates";
        Regional = "05", "regional rates";
        GeneralList = "06", "general list rates";
        StandardList = "53", "standard list rates";
    }
}

/// A question for a price.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateRequest {
    /// What is to travel.
    pub shipment: Shipment,
    /// What to ask.
    pub option: RateOption,
    /// How UPS gets the packages.
    pub pickup: PickupType,
    /// Which list prices apply; left out for origins outside the US.
    pub classification: CustomerClassification,
    /// Which weekends to shop for as well. It takes the place of the shipment's own Saturday.
    pub weekend: Option<Weekend>,
    /// Echoed by UPS, at most 512 characters; may be empty.
    pub customer_context: String,
}

/// Services of the weekend, shopped for beside those of weekdays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weekend {
    /// Deliveries on Saturday too.
    Saturday,
    /// Deliveries on Sunday too.
    Sunday,
    /// Both.
    Both,
}

/// The answer to a question for prices: at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rates {
    /// One per service, in UPS's order.
    pub quotes: Vec<Quote>,
    /// Warnings about all of them.
    pub alerts: Vec<Alert>,
    /// The answer as it came.
    pub raw: RawAnswer,
}

/// A price before booking. The invoice may differ.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Quote {
    /// The service.
    pub service: Service,
    /// The list price.
    pub published: Charges,
    /// The account's own price; absent if the account has none.
    pub negotiated: Option<Charges>,
    /// What each package costs. Some lanes tell zero here although the shipment's price is real.
    pub packages: Vec<RatedPackage>,
    /// The weight UPS bills.
    pub billing_weight: Option<Weight>,
    /// The zone, if told.
    pub zone: Option<String>,
    /// When UPS guarantees it; absent for Ground.
    pub guaranteed: Option<Guaranteed>,
    /// When it arrives, if that was asked.
    pub transit: Option<RatedTransit>,
    /// What the price contains and what not, such as `02`: duties and taxes extra.
    pub disclaimers: Vec<Alert>,
    /// Warnings of this service, such as `110971`: the invoice may vary.
    pub alerts: Vec<Alert>,
}

/// What one package costs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RatedPackage {
    /// The list price.
    pub published: Charges,
    /// The account's own lines, if told.
    pub negotiated: Option<Charges>,
    /// The weight UPS bills.
    pub billing_weight: Option<Weight>,
}

impl RateRequest {
    /// A question for the price of the shipment's service.
    #[must_use]
    pub fn new(shipment: Shipment) -> Self {
        Self::asking(RateOption::Rate, shipment)
    }

    /// A question for the prices of all services.
    #[must_use]
    pub fn shop(shipment: Shipment) -> Self {
        Self::asking(RateOption::Shop, shipment)
    }

    /// Another question.
    #[must_use]
    pub fn asking(option: RateOption, shipment: Shipment) -> Self {
        Self {
            shipment,
            option,
            pickup: PickupType::Daily,
            classification: CustomerClassification::Account,
            weekend: None,
            customer_context: String::new(),
        }
    }

    /// Shops for services of the weekend as well.
    #[must_use]
    pub fn on_weekends(mut self, days: Weekend) -> Self {
        self.weekend = Some(days);
        self
    }

    /// Asks also when it arrives.
    #[must_use]
    pub fn with_time_in_transit(mut self) -> Self {
        self.option = match self.option {
            RateOption::Rate | RateOption::RateTimeInTransit => RateOption::RateTimeInTransit,
            RateOption::Shop | RateOption::ShopTimeInTransit => RateOption::ShopTimeInTransit,
        };
        self
    }

    /// The JSON exactly as it will be sent.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] names the first field that does not fit UPS's form.
    pub fn body_json(&self) -> Result<String, Error> {
        let mut shipment = self.shipment.write_for_rating()?;
        if self.option.tells_time() {
            self.write_time(&mut shipment)?;
        }
        if let (Some(days), RateOption::Shop | RateOption::ShopTimeInTransit) = (self.weekend, self.option) {
            let code = match days {
                Weekend::Saturday => "1",
                Weekend::Sunday => "2",
                Weekend::Both => "3",
            };
            shipment["ShipmentServiceOptions"]["AvailableServicesOption"] = json!(code);
        }
        let us_origin = self.shipment.lane().origin() == "US";
        let request = json!({ "RateRequest": {
            "Request": write_request(&self.customer_context, self.option.name())?,
            "PickupType": { "Code": self.pickup.code() },
            "CustomerClassification": us_origin.then(|| json!({ "Code": self.classification.code() })),
            "Shipment": shipment,
        } });
        Ok(text::compact(request).to_string())
    }

    /// Transit times need a day; across borders the whole weight (`111546`) and the goods' value (`111549`) as well.
    fn write_time(&self, shipment: &mut Value) -> Result<(), Error> {
        let Some(day) = self.shipment.day() else { return Err(Error::invalid("ship_date", "is missing")) };
        let pallets = self.shipment.packages.iter().any(|it| it.packaging == Packaging::Pallet);
        let documents = self.shipment.customs == Customs::Documents;
        let bill = match (documents, pallets) {
            (true, _) => "02",
            (false, true) => "04",
            (false, false) => "03",
        };
        shipment["DeliveryTimeInformation"] = json!({ "PackageBillType": bill, "Pickup": { "Date": day } });
        if self.shipment.lane().crosses_a_border() {
            shipment["ShipmentTotalWeight"] = json!(self.shipment.total_weight().map(|it| it.write_unlimited()));
            if shipment["InvoiceLineTotal"].is_null() && !documents {
                return Err(Error::invalid("goods_value", "is missing: transit times across borders need it"));
            }
        }
        Ok(())
    }
}

/// The `Request` container. A context of nothing is left out.
pub(crate) fn write_request(context: &str, option: &str) -> Result<Value, Error> {
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
    /// As with any reading call; [`Error::Rejected`] if UPS does not carry this. Nothing is bought by asking.
    pub async fn rate(&self, request: &RateRequest) -> Result<Rates, Error> {
        let path = ["api", "rating", "v2409", request.option.name()];
        let call = Call::new(Kind::Reading, "rate", "Rating", Method::POST, &path).body(request.body_json()?);
        let answer = self.send(call).await?;
        Rates::read(&answer).map_err(Error::unreadable)
    }
}

impl Rates {
    /// The quote of that service, the first if there are several.
    #[must_use]
    pub fn of(&self, service: &Service) -> Option<&Quote> {
        self.quotes.iter().find(|quote| quote.service == *service)
    }

    /// The only quote, with the warnings about all among its own.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`] if UPS rated several services, as it does when asked to shop.
    pub fn only(mut self) -> Result<Quote, Error> {
        let count = self.quotes.len();
        match (self.quotes.pop(), count) {
            (Some(mut quote), 1) => {
                self.alerts.append(&mut quote.alerts);
                quote.alerts = self.alerts;
                Ok(quote)
            }
            _ => Err(Error::unreadable(format!("the answer has {count} rated services instead of one"))),
        }
    }

    /// Reads an answer that was kept.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`] if there is no price in it.
    pub fn from_raw(raw: &[u8]) -> Result<Self, Error> {
        Self::read(&Answer::kept(raw)?).map_err(Error::unreadable)
    }

    fn read(answer: &Answer) -> Result<Self, String> {
        let container = answer.container("RateResponse")?;
        let quotes: Result<Vec<Quote>, String> = container.at("RatedShipment").each().map(Quote::read).collect();
        let quotes = quotes?;
        if quotes.is_empty() {
            return Err("RateResponse has no RatedShipment".to_owned());
        }
        Ok(Self { quotes, alerts: container.path(&["Response", "Alert"]).alerts(), raw: answer.raw.clone() })
    }
}

impl Quote {
    fn read(rated: Node<'_>) -> Result<Self, String> {
        let code = rated.at("Service").text_at("Code").ok_or("a RatedShipment has no Service.Code")?;
        let published = Charges::read(rated);
        let negotiated = Charges::read_negotiated(rated.at("NegotiatedRateCharges"));
        if published.total.is_none() && negotiated.is_none() {
            return Err(format!(
                "the RatedShipment of service {code} has neither TotalCharges nor NegotiatedRateCharges"
            ));
        }
        Ok(Self {
            service: Service::of(&code),
            published,
            negotiated,
            packages: rated.at("RatedPackage").each().map(RatedPackage::read).collect(),
            billing_weight: weight(rated.at("BillingWeight")),
            zone: rated.text_at("Zone"),
            guaranteed: Guaranteed::read(rated.at("GuaranteedDelivery")),
            transit: RatedTransit::read(rated.at("TimeInTransit")),
            disclaimers: rated.at("Disclaimer").alerts(),
            alerts: rated.at("RatedShipmentAlert").alerts(),
        })
    }

    /// Working days on the way, if told: by the time in transit, which has them for all services, or by the guarantee.
    #[must_use]
    pub fn business_days(&self) -> Option<u32> {
        let transit = self.transit.as_ref().and_then(|it| it.business_days);
        transit.or_else(|| self.guaranteed.as_ref().and_then(|it| it.business_days))
    }

    /// What the published total consists of, lines of the shipment first and then those of each package.
    pub fn lines(&self) -> impl Iterator<Item = &crate::charges::ItemizedCharge> {
        self.published.itemized.iter().chain(self.packages.iter().flat_map(|it| &it.published.itemized))
    }
}

impl RatedPackage {
    fn read(node: Node<'_>) -> Self {
        let negotiated = Charges::read(node.at("NegotiatedCharges"));
        Self {
            published: Charges::read(node),
            negotiated: (!negotiated.is_empty()).then_some(negotiated),
            billing_weight: weight(node.at("BillingWeight")),
        }
    }
}
