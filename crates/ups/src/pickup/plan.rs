//! What UPS is asked to pick up: where, when, how much, and who pays.

use jiff::civil::{Date, Time};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::codes::codes;
use crate::error::Error;
use crate::moment::compact;
use crate::package::{Weight, WeightUnit};
use crate::service::Service;
use crate::text;

codes! {
    /// What stands ready.
    pub enum Container {
        Package = "01", "packages";
        Letter = "02", "letters";
        Pallet = "03", "pallets";
    }
}

/// Where UPS comes to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PickupAddress {
    /// At most 27 characters.
    pub company: String,
    /// Whom to ask for, at most 22 characters.
    pub contact: String,
    /// One street line of at most 73 characters.
    pub line: String,
    /// At most 8 characters; may be empty.
    pub room: String,
    /// At most 3 characters; may be empty.
    pub floor: String,
    /// At most 50 characters.
    pub city: String,
    /// State or province; UPS demands it in the US and Canada.
    pub state: String,
    /// Urbanization in Puerto Rico, barrio in Mexico, shire in the United Kingdom; may be empty.
    pub urbanization: String,
    /// At most 8 characters: of a ZIP+4 the first five digits are sent.
    pub postal_code: String,
    /// Two letters of ISO 3166.
    pub country: String,
    /// Whether it is a residence.
    pub residential: bool,
    /// Where exactly, such as `Lobby`, at most 11 characters; may be empty. Two pickups at one address differ by it.
    pub pickup_point: String,
    /// A telephone number.
    pub phone: String,
    /// Its extension, at most 6 digits; may be empty.
    pub extension: String,
    /// Whether it is another address than the account's own.
    pub alternate: bool,
}

/// When UPS may come: between two times of one day, local to the pickup address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PickupWindow {
    /// The day.
    pub date: Date,
    /// From when everything is ready.
    pub ready: Time,
    /// Until when somebody is there.
    pub close: Time,
}

/// When a pickup is rated for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PickupTime {
    /// Today.
    Today,
    /// Another day, whichever.
    AnotherDay,
    /// This day and time.
    At(PickupWindow),
}

/// Some pieces of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PickupPiece {
    /// The service they travel by. UPS wants its code with three digits here.
    pub service: Service,
    /// How many, 1 to 999.
    pub quantity: u16,
    /// Where they go, two letters of ISO 3166.
    pub destination: String,
    /// What they are.
    pub container: Container,
}

/// Who pays for the pickup. Payment by card is not offered: card numbers do not belong into a program like this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PickupPayment {
    /// Nothing is to be paid, as with a daily pickup (`00`).
    None,
    /// The shipper's account (`01`).
    Account,
    /// Whoever paid for the label of this number (`04`).
    TrackingNumber(String),
}

/// A question what a pickup would cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PickupRateRequest {
    /// Where. Name, contact and telephone number are not asked for here.
    pub address: PickupAddress,
    /// When.
    pub time: PickupTime,
    /// Whether to list taxes.
    pub taxes: bool,
}

/// A pickup to be scheduled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PickupRequest {
    /// Where.
    pub address: PickupAddress,
    /// When.
    pub window: PickupWindow,
    /// What.
    pub pieces: Vec<PickupPiece>,
    /// The weight of everything, with one decimal at most.
    pub weight: Option<Weight>,
    /// Whether any piece weighs more than 70 lb or 32 kg.
    pub overweight: bool,
    /// Who pays.
    pub payment: PickupPayment,
    /// The country of the shipper's account, two letters of ISO 3166.
    pub account_country: String,
    /// Whether to rate it.
    pub rate: bool,
    /// What the driver should know, at most 57 characters; may be empty.
    pub instruction: String,
    /// A reference, at most 35 characters; may be empty.
    pub reference: String,
    /// Where UPS confirms it by e-mail; may be empty.
    pub confirmation_email: String,
    /// Packages that are to be picked up, at most 30 numbers; may be empty.
    pub tracking_numbers: Vec<String>,
}

impl PickupRequest {
    /// A pickup for the account of the client, in the country of the pickup address, without a rate.
    #[must_use]
    pub fn new(address: PickupAddress, window: PickupWindow, pieces: Vec<PickupPiece>) -> Self {
        Self {
            account_country: address.country.clone(),
            address,
            window,
            pieces,
            weight: None,
            overweight: false,
            payment: PickupPayment::Account,
            rate: false,
            instruction: String::new(),
            reference: String::new(),
            confirmation_email: String::new(),
            tracking_numbers: Vec::new(),
        }
    }
}

/// Which day a smart pickup is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmartPickupDay {
    /// Today; after the cut-off time UPS makes it the next business day, and says so.
    Today,
    /// The next business day.
    NextBusinessDay,
}

impl SmartPickupDay {
    pub(super) fn body_json(self, account: &str) -> String {
        let option = match self {
            Self::Today => "01",
            Self::NextBusinessDay => "02",
        };
        let request = json!({ "Request": {}, "AccountNumber": account, "ServiceDateOption": option });
        json!({ "PickupTriggerGWNRequest": request }).to_string()
    }
}

impl PickupRateRequest {
    pub(super) fn body_json(&self, account: &str) -> Result<String, Error> {
        let address = &self.address;
        let country = text::country("address.country", &address.country)?;
        let (option, window) = match &self.time {
            PickupTime::Today => ("01", None),
            PickupTime::AnotherDay => ("02", None),
            PickupTime::At(window) => ("03", Some(window.write()?)),
        };
        let request = json!({
            "Request": request_of(),
            "ShipperAccount": { "AccountNumber": account, "AccountCountryCode": country },
            "PickupAddress": address.place(&country)?,
            "AlternateAddressIndicator": yes_no(address.alternate),
            "ServiceDateOption": option,
            "PickupDateInfo": window,
            "TaxInformationIndicator": yes_no(self.taxes),
        });
        Ok(text::compact(json!({ "PickupRateRequest": request })).to_string())
    }
}

impl PickupRequest {
    pub(super) fn body_json(&self, account: &str) -> Result<String, Error> {
        let country = text::country("address.country", &self.address.country)?;
        let pieces = self.pieces.iter().map(PickupPiece::write).collect::<Result<Vec<_>, _>>()?;
        if pieces.is_empty() {
            return Err(Error::invalid("pieces", "are missing"));
        }
        let numbers: Result<Vec<_>, _> =
            self.tracking_numbers.iter().map(|number| text::tracking_number("tracking_numbers", number)).collect();
        let mut numbers = numbers?;
        if let PickupPayment::TrackingNumber(number) = &self.payment {
            let number = text::tracking_number("payment", number)?;
            if !numbers.contains(&number) {
                numbers.insert(0, number);
            }
        }
        if numbers.len() > 30 {
            return Err(Error::invalid("tracking_numbers", format!("are {}, UPS takes 30", numbers.len())));
        }
        let tracking: Vec<_> = numbers.iter().map(|number| json!({ "TrackingNumber": number })).collect();
        let email = text::optional("confirmation_email", Some(&self.confirmation_email), 50)?;
        let request = json!({
            "Request": request_of(),
            "RatePickupIndicator": yes_no(self.rate),
            "Shipper": { "Account": {
                "AccountNumber": account,
                "AccountCountryCode": text::country("account_country", &self.account_country)?,
            } },
            "PickupDateInfo": self.window.write()?,
            "PickupAddress": self.address.write(&country)?,
            "AlternateAddressIndicator": yes_no(self.address.alternate),
            "PickupPiece": pieces,
            "TotalWeight": self.weight.as_ref().map(weighed).transpose()?,
            "OverweightIndicator": yes_no(self.overweight),
            "TrackingData": (!tracking.is_empty()).then_some(tracking),
            "PaymentMethod": self.payment.code(),
            "SpecialInstruction": text::optional("instruction", Some(&self.instruction), 57)?,
            "ReferenceNumber": text::optional("reference", Some(&self.reference), 35)?,
            "Notification": email.map(|email| json!({ "ConfirmationEmailAddress": email })),
        });
        Ok(text::compact(json!({ "PickupCreationRequest": request })).to_string())
    }
}

impl PickupPayment {
    fn code(&self) -> &'static str {
        match self {
            Self::None => "00",
            Self::Account => "01",
            Self::TrackingNumber(_) => "04",
        }
    }
}

/// Since this version of the answer the weekend's service is told per day.
fn request_of() -> Value {
    json!({ "SubVersion": "2007" })
}

fn yes_no(yes: bool) -> &'static str {
    if yes { "Y" } else { "N" }
}

fn weighed(weight: &Weight) -> Result<Value, Error> {
    let plain = weight.value.normalize();
    if plain <= Decimal::ZERO || plain.scale() > 1 {
        return Err(Error::invalid("weight", "must be more than zero with at most one decimal"));
    }
    match &weight.unit {
        WeightUnit::Pounds | WeightUnit::Kilograms => {}
        other => return Err(Error::invalid("weight", format!("cannot be in {other}"))),
    }
    Ok(json!({ "Weight": format!("{plain:.1}"), "UnitOfMeasurement": weight.unit.code() }))
}

impl PickupWindow {
    fn write(&self) -> Result<Value, Error> {
        if self.close <= self.ready {
            return Err(Error::invalid("window", "closes before anything is ready"));
        }
        let clock = |time: Time| time.strftime("%H%M").to_string();
        Ok(json!({
            "PickupDate": compact(self.date),
            "ReadyTime": clock(self.ready),
            "CloseTime": clock(self.close),
        }))
    }
}

impl PickupPiece {
    fn write(&self) -> Result<Value, Error> {
        let service = text::required("pieces.service", self.service.code(), 3)?;
        if !(1..=999).contains(&self.quantity) {
            return Err(Error::invalid("pieces.quantity", format!("is {}, UPS takes 1 to 999", self.quantity)));
        }
        Ok(json!({
            "ServiceCode": format!("{service:0>3}"),
            "Quantity": self.quantity.to_string(),
            "DestinationCountryCode": text::country("pieces.destination", &self.destination)?,
            "ContainerCode": self.container.code(),
        }))
    }
}

impl PickupAddress {
    /// What both requests need of it. UPS's description makes the street a list when scheduling and a text when
    /// rating; its own examples send a text for both, as do clients in use, and so does this one.
    fn place(&self, country: &str) -> Result<Value, Error> {
        let state = text::optional("address.state", Some(&self.state), 50)?;
        if state.is_none() && matches!(country, "US" | "CA") {
            return Err(Error::invalid("address.state", "is missing"));
        }
        let postal_code = text::postal_code("address.postal_code", &self.postal_code, country)?;
        let postal_code = match (country, postal_code) {
            ("US" | "PR", Some(zip)) => Some(zip.chars().take(5).collect()),
            (_, Some(code)) if code.chars().count() > 8 => {
                return Err(Error::invalid("address.postal_code", "has more than 8 characters"));
            }
            (_, code) => code,
        };
        Ok(json!({
            "AddressLine": text::required("address.line", &self.line, 73)?,
            "City": text::required("address.city", &self.city, 50)?,
            "StateProvince": state,
            "PostalCode": postal_code,
            "CountryCode": country,
            "ResidentialIndicator": yes_no(self.residential),
        }))
    }

    fn write(&self, country: &str) -> Result<Value, Error> {
        let phone = text::phone("address.phone", Some(&self.phone), country)?;
        let phone = phone.ok_or_else(|| Error::invalid("address.phone", "is missing"))?;
        let mut address = self.place(country)?;
        let of = |field, value: &str, max| text::optional(field, Some(value), max);
        let more = [
            ("CompanyName", Some(text::required("address.company", &self.company, 27)?)),
            ("ContactName", Some(text::required("address.contact", &self.contact, 22)?)),
            ("Room", of("address.room", &self.room, 8)?),
            ("Floor", of("address.floor", &self.floor, 3)?),
            ("Urbanization", of("address.urbanization", &self.urbanization, 50)?),
            ("PickupPoint", of("address.pickup_point", &self.pickup_point, 11)?),
        ];
        for (name, value) in more {
            address[name] = json!(value);
        }
        let extension = of("address.extension", &self.extension, 6)?;
        address["Phone"] = json!({ "Number": phone, "Extension": extension });
        Ok(address)
    }
}
