//! Time in transit: which services go there, and when they arrive.
//!
//! ```text
//! Query ─► POST /api/shipments/v1/transittimes ─► 200 ─► Services   one line per service
//!                                               ─► 206 ─► Unclear    UPS asks which place was meant
//!                                               ─► 503 / 10004 ─► Unavailable, which may mean a malformed request
//! ```
//!
//! A place UPS cannot tell is answered with a *partial* success: fields it did not take, and places to choose from. Its
//! service levels (`1DA`, `GND`, and two digits abroad) are a code space of their own and never equal to the service
//! codes of a booking; join on description and lane.
//!
//! The days come from UPS and already know holidays and weekends. Nothing is computed here.

use jiff::civil::{Date, Time};
use reqwest::Method;
use rust_decimal::Decimal;
use serde_json::json;

use crate::answer::{Answer, Kind};
use crate::client::{Call, Client};
use crate::codes::codes;
use crate::error::{Alert, Error, RawAnswer};
use crate::json::Node;
use crate::moment::{date, time};
use crate::money::{Amount, currency};
use crate::package::{Weight, WeightUnit};
use crate::text;

codes! {
    /// A service level: time in transit's own codes for a service. Codes of international services are kept as they
    /// come.
    pub enum ServiceLevel {
        NextDayAirEarlySaturday = "1DMS", "UPS Next Day Air Early, delivered on Saturday";
        NextDayAirSaturday = "1DAS", "UPS Next Day Air, delivered on Saturday";
        NextDayAirEarly = "1DM", "UPS Next Day Air Early";
        NextDayAir = "1DA", "UPS Next Day Air";
        NextDayAirSaver = "1DP", "UPS Next Day Air Saver";
        SecondDayAirAm = "2DM", "UPS 2nd Day Air A.M.";
        SecondDayAir = "2DA", "UPS 2nd Day Air";
        ThreeDaySelect = "3DS", "UPS 3 Day Select";
        Ground = "GND", "UPS Ground";
    }
}

codes! {
    /// What is sent across a border.
    pub enum Contents {
        Documents = "02", "documents";
        NonDocuments = "03", "goods";
        Pallets = "04", "pallets";
    }
}

/// Where it comes from or goes to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TransitPlace {
    /// Two letters of ISO 3166.
    pub country: String,
    /// State or province, at most 50 characters; may be empty.
    pub state: String,
    /// At most 50 characters; may be empty where there is a postal code.
    pub city: String,
    /// A part of the city, at most 50 characters; may be empty.
    pub town: String,
    /// At most 10 characters. UPS demands one inside a country.
    pub postal_code: String,
}

/// What to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Where it comes from.
    pub origin: TransitPlace,
    /// Where it goes to.
    pub destination: TransitPlace,
    /// Whether it goes to a residence. UPS demands to know it inside a country.
    pub residential: bool,
    /// When UPS gets it, by the date of the origin; UPS takes 35 days back to 60 ahead. Nothing means today.
    pub ship_date: Option<Date>,
    /// When UPS gets it, by the clock of the origin.
    pub ship_time: Option<Time>,
    /// The weight of the whole shipment, at most 70 kg or 150 lb. UPS demands it across a border.
    pub weight: Option<Weight>,
    /// What the contents are worth. UPS demands it for goods across a border.
    pub value: Option<Amount>,
    /// What is sent. UPS demands it across a border.
    pub contents: Option<Contents>,
    /// How many packages; nothing means one.
    pub packages: Option<u32>,
    /// Whether UPS should look the places up. `false` takes them as validated before.
    pub look_up_places: bool,
    /// How many places to choose from at most; nothing means UPS's own default, 200.
    pub candidates: Option<u32>,
    /// Services that UPS's own rules would leave out, too.
    pub unfiltered: bool,
}

impl Query {
    /// From here to there, to a business, handed over today.
    #[must_use]
    pub fn new(origin: TransitPlace, destination: TransitPlace) -> Self {
        Self {
            origin,
            destination,
            residential: false,
            ship_date: None,
            ship_time: None,
            weight: None,
            value: None,
            contents: None,
            packages: None,
            look_up_places: true,
            candidates: None,
            unfiltered: false,
        }
    }
}

/// What UPS answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TransitAnswer {
    /// The services of that lane.
    Services(Box<Services>),
    /// A partial success: UPS could not tell a place, and names what it would take.
    Unclear(Unclear),
}

/// The services of a lane.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Services {
    /// The date UPS reckons from; may be later than the date asked for.
    pub ship_date: Option<Date>,
    /// The time UPS reckons from. Seen to be the present time instead of the time asked for.
    pub ship_time: Option<Time>,
    /// The origin as UPS understood it.
    pub origin: PlaceFound,
    /// The destination as UPS understood it.
    pub destination: PlaceFound,
    /// Whether UPS guarantees nothing on these days, as before Christmas; nothing if not told.
    pub guarantee_suspended: Option<bool>,
    /// How many services UPS says there are.
    pub count: Option<u32>,
    /// The services, as UPS ordered them.
    pub services: Vec<TransitService>,
    /// Remarks on the places, where UPS answered all the same.
    pub remarks: Vec<Alert>,
    /// The answer as it came.
    pub raw: RawAnswer,
}

/// A place that UPS found, or one to choose.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct PlaceFound {
    /// The country's name, if told.
    pub country_name: Option<String>,
    /// Two letters, if told.
    pub country: Option<String>,
    /// State or province, if told.
    pub state: Option<String>,
    /// The city, if told.
    pub city: Option<String>,
    /// A part of the city, if told.
    pub town: Option<String>,
    /// The postal code, if told.
    pub postal_code: Option<String>,
    /// First and last of a range of postal codes, if told.
    pub postal_range: Option<(String, String)>,
}

/// A service, and when it arrives. Dates and times are local to the place they speak of.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TransitService {
    /// UPS's level.
    pub level: ServiceLevel,
    /// UPS's words, such as `UPS Next Day Air® Early`.
    pub description: Option<String>,
    /// When UPS gets it.
    pub ship_date: Option<Date>,
    /// When it is planned to be picked up; may differ from the date asked for.
    pub pickup_date: Option<Date>,
    /// The latest pickup; abroad only.
    pub pickup_time: Option<Time>,
    /// Until when a pickup can be asked for; abroad only.
    pub cutoff_time: Option<Time>,
    /// When it arrives.
    pub delivery_date: Option<Date>,
    /// Until when it arrives. `23:00` stands for the end of the day.
    pub delivery_time: Option<Time>,
    /// The committed time.
    pub commit_time: Option<Time>,
    /// The day of the week it arrives, three letters.
    pub delivery_day: Option<String>,
    /// When it would arrive on a Saturday for an extra charge, if it would.
    pub saturday_delivery: Option<(Date, Option<Time>)>,
    /// Whether a pickup on Saturday can be had for an extra charge.
    pub saturday_pickup: Option<bool>,
    /// Whether it is delivered on Sundays. Undocumented, but seen.
    pub sunday_delivery: Option<bool>,
    /// Whether it is picked up on Sundays. Undocumented, but seen.
    pub sunday_pickup: Option<bool>,
    /// Whether UPS changed the ship date to the next day; abroad only.
    pub next_day_pickup: Option<bool>,
    /// Whether UPS guarantees it.
    pub guaranteed: Option<bool>,
    /// UPS's business days from door to door.
    pub business_days: Option<u32>,
    /// Calendar days from door to door. Abroad only: inside a country UPS says 0, which is nothing here.
    pub total_days: Option<u32>,
    /// Rest days at the origin; abroad only.
    pub rest_days: Option<u32>,
    /// Holidays on the way.
    pub holidays: Option<u32>,
    /// Days that customs is reckoned to take.
    pub customs_days: Option<u32>,
    /// UPS's remarks.
    pub remarks: Option<String>,
}

/// A question of UPS: which place was meant?
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unclear {
    /// The fields UPS did not take, with the code it gives for each, such as `DestinationCityName` and `1070`.
    pub invalid: Vec<InvalidField>,
    /// Whether several origins would fit.
    pub origin_ambiguous: bool,
    /// Whether several destinations would fit.
    pub destination_ambiguous: bool,
    /// The origins to choose from.
    pub origins: Vec<PlaceFound>,
    /// The destinations to choose from.
    pub destinations: Vec<PlaceFound>,
    /// The answer as it came.
    pub raw: RawAnswer,
}

/// A field UPS did not take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidField {
    /// UPS's name of it.
    pub name: String,
    /// UPS's code, if it gave one.
    pub code: Option<String>,
}

impl Client {
    /// Asks which services go from one place to another, and when they arrive.
    ///
    /// # Errors
    ///
    /// As with any reading call. [`Error::Unavailable`] with code `10004` means one of two things, and UPS does not
    /// say which: it is out of order for a moment, or it could not read the request. Two repetitions tell; more are
    /// in vain.
    pub async fn time_in_transit(&self, query: &Query) -> Result<TransitAnswer, Error> {
        let path = ["api", "shipments", "v1", "transittimes"];
        let call = Call::new(Kind::Reading, "time_in_transit", "Time In Transit", Method::POST, &path);
        match self.send(call.body(query.body_json()?)).await {
            Ok(answer) => TransitAnswer::read(&answer).map_err(Error::unreadable),
            Err(Error::Unavailable { status, code: Some(code), why }) if code == "10004" => {
                let why = format!(
                    "{why}; either a passing disorder or a request it could not read, so repeat it twice at most"
                );
                Err(Error::Unavailable { status, code: Some(code), why })
            }
            Err(error) => Err(error),
        }
    }
}

impl Query {
    fn body_json(&self) -> Result<String, Error> {
        let origin = text::country("origin.country", &self.origin.country)?;
        let destination = text::country("destination.country", &self.destination.country)?;
        let of = |field, value: &str, max| text::optional(field, Some(value), max);
        let weight = self.weight.as_ref().map(weighed).transpose()?;
        let mut request = json!({
            "originCountryCode": origin,
            "originStateProvince": of("origin.state", &self.origin.state, 50)?,
            "originCityName": of("origin.city", &self.origin.city, 50)?,
            "originTownName": of("origin.town", &self.origin.town, 50)?,
            "originPostalCode": of("origin.postal_code", &self.origin.postal_code, 10)?,
            "destinationCountryCode": destination,
            "destinationStateProvince": of("destination.state", &self.destination.state, 50)?,
            "destinationCityName": of("destination.city", &self.destination.city, 50)?,
            "destinationTownName": of("destination.town", &self.destination.town, 50)?,
            "destinationPostalCode": of("destination.postal_code", &self.destination.postal_code, 10)?,
            "residentialIndicator": if self.residential { "01" } else { "02" },
            "shipDate": self.ship_date.map(|date| date.to_string()),
            "shipTime": self.ship_time.map(|time| time.strftime("%H:%M:%S").to_string()),
            "weight": weight.as_ref().map(|(value, _)| value),
            "weightUnitOfMeasure": weight.as_ref().map(|(_, unit)| unit),
            "billType": self.contents.as_ref().map(Contents::code),
            "numberOfPackages": self.packages,
            "avvFlag": self.look_up_places,
            "maxList": self.candidates,
        });
        if let Some(value) = &self.value {
            request["shipmentContentsValue"] = number("value", value.value)?;
            request["shipmentContentsCurrencyCode"] = json!(currency("value", &value.currency)?);
        }
        if self.unfiltered {
            // UPS's own spelling.
            request["returnUnfilterdServices"] = json!(true);
        }
        if origin == destination {
            // Inside a country UPS demands both; asked without, it answers with a list of the whole country.
            for (field, name) in
                [("origin.postal_code", "originPostalCode"), ("destination.postal_code", "destinationPostalCode")]
            {
                if request[name].is_null() && matches!(origin.as_str(), "US" | "PR" | "CA" | "MX") {
                    return Err(Error::invalid(field, "is missing"));
                }
            }
        } else if request["weight"].is_null() {
            return Err(Error::invalid("weight", "is missing, UPS demands it across a border"));
        } else if request["billType"].is_null() {
            return Err(Error::invalid("contents", "is missing, UPS demands it across a border"));
        }
        Ok(text::compact(request).to_string())
    }
}

fn weighed(weight: &Weight) -> Result<(serde_json::Value, &str), Error> {
    let most = match &weight.unit {
        WeightUnit::Pounds => 150,
        WeightUnit::Kilograms => 70,
        other => return Err(Error::invalid("weight", format!("cannot be in {other}"))),
    };
    let (value, unit) = (weight.value, weight.unit.code());
    if value > Decimal::from(most) {
        return Err(Error::invalid("weight", format!("is {value} {unit}, UPS takes {most}")));
    }
    Ok((number("weight", value)?, unit))
}

/// A positive JSON number with the digits of the decimal; two decimals at most survive the way through JSON.
fn number(field: &'static str, value: Decimal) -> Result<serde_json::Value, Error> {
    let plain = value.normalize();
    if plain <= Decimal::ZERO || plain.scale() > 2 {
        return Err(Error::invalid(field, "must be more than zero with at most two decimals"));
    }
    serde_json::from_str(&plain.to_string()).map_err(|_| Error::invalid(field, "is no number"))
}

impl TransitAnswer {
    /// Reads an answer that was kept.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`] if it is no answer about times in transit.
    pub fn from_raw(raw: &[u8]) -> Result<Self, Error> {
        Self::read(&Answer::kept(raw)?).map_err(Error::unreadable)
    }

    fn read(answer: &Answer) -> Result<Self, String> {
        let root = answer.root();
        let services = root.at("emsResponse");
        if services.is_filled() {
            return Services::read(services, root, answer).map(|found| Self::Services(Box::new(found)));
        }
        let unclear = Unclear::read(root, answer);
        let told = !(unclear.invalid.is_empty() && unclear.origins.is_empty() && unclear.destinations.is_empty());
        if told || unclear.origin_ambiguous || unclear.destination_ambiguous {
            return Ok(Self::Unclear(unclear));
        }
        Err(format!("status {} with neither emsResponse nor validationList nor a pick list", answer.status))
    }
}

impl Services {
    fn read(node: Node<'_>, root: Node<'_>, answer: &Answer) -> Result<Self, String> {
        let services = node.at("services").each().enumerate().map(|(at, service)| TransitService::read(service, at));
        let remarks = InvalidField::list(root.at("validationList"))
            .into_iter()
            .map(|field| Alert { code: field.code.unwrap_or_else(|| "without code".to_owned()), message: field.name });
        Ok(Self {
            ship_date: day(node, "shipDate"),
            ship_time: clock(node, "shipTime"),
            origin: PlaceFound::of_lane(node, "origin"),
            destination: PlaceFound::of_lane(node, "destination"),
            guarantee_suspended: flag(node, "guaranteeSuspended"),
            count: node.at("numberOfServices").count(),
            services: services.collect::<Result<_, _>>()?,
            remarks: remarks.collect(),
            raw: answer.raw.clone(),
        })
    }
}

impl TransitService {
    fn read(node: Node<'_>, at: usize) -> Result<Self, String> {
        let level = node.text_at("serviceLevel");
        let level = level.ok_or_else(|| format!("emsResponse.services[{at}] has no serviceLevel"))?;
        let saturday = day(node, "saturdayDeliveryDate");
        Ok(Self {
            level: ServiceLevel::of(&level),
            description: node.text_at("serviceLevelDescription"),
            ship_date: day(node, "shipDate"),
            pickup_date: day(node, "pickupDate"),
            pickup_time: clock(node, "pickupTime"),
            cutoff_time: clock(node, "cstccutoffTime"),
            delivery_date: day(node, "deliveryDate"),
            delivery_time: clock(node, "deliveryTime"),
            commit_time: clock(node, "commitTime"),
            delivery_day: node.text_at("deliveryDayOfWeek"),
            saturday_delivery: saturday.map(|date| (date, clock(node, "saturdayDeliveryTime"))),
            saturday_pickup: flag(node, "saturdayPickupIndicator"),
            sunday_delivery: flag(node, "sundayDeliveryIndicator"),
            sunday_pickup: flag(node, "sundayPickupIndicator"),
            next_day_pickup: flag(node, "nextDayPickupIndicator"),
            guaranteed: flag(node, "guaranteeIndicator"),
            business_days: node.at("businessTransitDays").count(),
            total_days: node.at("totalTransitDays").count().filter(|days| *days > 0),
            rest_days: node.at("restDaysCount").count(),
            holidays: node.at("holidayCount").count(),
            customs_days: node.at("delayCount").count(),
            remarks: node.text_at("serviceRemarksText"),
        })
    }
}

impl Unclear {
    fn read(root: Node<'_>, answer: &Answer) -> Self {
        let list = root.at("validationList");
        let places = |name: &str| root.at(name).each().map(PlaceFound::read).collect();
        Self {
            invalid: InvalidField::list(list),
            origin_ambiguous: flag(list, "originAmbiguous") == Some(true),
            destination_ambiguous: flag(list, "destinationAmbiguous") == Some(true),
            origins: places("originPickList"),
            destinations: places("destinationPickList"),
            raw: answer.raw.clone(),
        }
    }
}

impl InvalidField {
    /// Names and codes stand in two lists side by side.
    fn list(list: Node<'_>) -> Vec<Self> {
        let mut codes = list.at("invalidFieldListCodes").each().map(Node::text);
        let names = list.at("invalidFieldList").each().filter_map(Node::text);
        let mut fields: Vec<_> = names.map(|name| Self { name, code: codes.next().flatten() }).collect();
        fields.extend(codes.flatten().map(|code| Self { name: "without name".to_owned(), code: Some(code) }));
        fields
    }
}

impl PlaceFound {
    fn read(node: Node<'_>) -> Self {
        Self {
            country_name: node.text_at("countryName"),
            country: node.text_at("countryCode"),
            state: node.text_at("stateProvince"),
            city: node.text_at("city"),
            town: node.text_at("town"),
            postal_code: node.text_at("postalCode"),
            postal_range: node.text_at("postalCodeLow").zip(node.text_at("postalCodeHigh")),
        }
    }

    /// In the answer with services the members carry the end of the lane in front.
    fn of_lane(node: Node<'_>, end: &str) -> Self {
        let at = |name: &str| node.text_at(&format!("{end}{name}"));
        Self {
            country_name: at("CountryName"),
            country: at("CountryCode"),
            state: at("StateProvince"),
            city: at("CityName"),
            town: at("TownName"),
            postal_code: at("PostalCode"),
            postal_range: at("PostalCodeLow").zip(at("PostalCodeHigh")),
        }
    }
}

fn day(node: Node<'_>, name: &str) -> Option<Date> {
    node.text_at(name).as_deref().and_then(date)
}

fn clock(node: Node<'_>, name: &str) -> Option<Time> {
    node.text_at(name).as_deref().and_then(time)
}

fn flag(node: Node<'_>, name: &str) -> Option<bool> {
    match node.text_at(name)?.as_str() {
        "1" | "true" => Some(true),
        "0" | "false" => Some(false),
        _ => None,
    }
}
