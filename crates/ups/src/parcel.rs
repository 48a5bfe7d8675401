//! What rating and shipping have in common: parties, packages, references, and how they are written.
//!
//! ```text
//! Shipment ─► checked field by field ─► JSON members in UPS's spelling
//! ```
//!
//! The two systems spell some members differently (`PackagingType` and `Packaging`) and ignore what
//! they do not know, so each request puts the members written here in its own places.

use jiff::civil::Date;
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Value, json};

use crate::error::Error;
use crate::money::Amount;
use crate::text;

/// A shipper, a ship-to or a ship-from. UPS's limits are checked when a request is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// Company or person, at most 35 characters (30 are printed).
    pub name: String,
    /// Whom to ask for, at most 35 characters. UPS demands one across borders.
    pub attention: Option<String>,
    /// One to three street lines of at most 35 characters.
    pub lines: Vec<String>,
    /// At most 30 characters (15 are printed).
    pub city: String,
    /// State or province, at most five characters; empty where a country has none.
    pub state: String,
    /// US and PR: five or nine digits, a hyphen is left out. CA: `A9A9A9`. Else up to nine.
    pub postal_code: String,
    /// Two letters of ISO 3166.
    pub country: String,
    /// In North America ten digits; punctuation is left out. UPS demands one across borders.
    pub phone: Option<String>,
    /// At most 50 characters.
    pub email: Option<String>,
}

/// Pounds or kilograms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WeightUnit {
    /// Pounds, UPS's `LBS`.
    Pounds,
    /// Kilograms, UPS's `KGS`.
    Kilograms,
}

impl WeightUnit {
    fn code(self) -> &'static str {
        match self {
            Self::Pounds => "LBS",
            Self::Kilograms => "KGS",
        }
    }

    /// The heaviest package UPS takes.
    fn limit(self) -> Decimal {
        match self {
            Self::Pounds => Decimal::from(150),
            Self::Kilograms => Decimal::from(70),
        }
    }
}

/// Inches or centimetres.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LengthUnit {
    /// Inches, UPS's `IN`.
    Inches,
    /// Centimetres, UPS's `CM`.
    Centimetres,
}

impl LengthUnit {
    fn code(self) -> &'static str {
        match self {
            Self::Inches => "IN",
            Self::Centimetres => "CM",
        }
    }

    /// The longest side, and the largest length plus girth, that UPS takes.
    fn limits(self) -> (Decimal, Decimal) {
        match self {
            Self::Inches => (Decimal::from(108), Decimal::from(165)),
            Self::Centimetres => (Decimal::from(270), Decimal::from(330)),
        }
    }
}

/// The outside of a package. The sides may come in any order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dimensions {
    /// One side.
    pub length: Decimal,
    /// Another side.
    pub width: Decimal,
    /// The third side.
    pub height: Decimal,
    /// The unit of all three.
    pub unit: LengthUnit,
}

/// One package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// More than zero, at most 150 lb or 70 kg. Sent rounded up to one decimal, since UPS takes five
    /// characters and bills the next full unit anyway.
    pub weight: Decimal,
    /// The weight's unit, the same in all packages of a shipment.
    pub unit: WeightUnit,
    /// The outside, if known.
    pub dimensions: Option<Dimensions>,
    /// A declared value, if the shipper wants more than the carrier's standard liability.
    pub declared: Option<Amount>,
    /// UPS's packaging code; `02` is the customer's own.
    pub packaging: String,
}

impl Package {
    /// A package of the customer's own packaging without dimensions and declared value.
    #[must_use]
    pub fn new(weight: Decimal, unit: WeightUnit) -> Self {
        Self { weight, unit, dimensions: None, declared: None, packaging: "02".to_owned() }
    }
}

/// A number of the shipper's own, printed on the label and good for finding the shipment again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferenceNumber {
    /// UPS's two-character kind, such as `TN` (transaction), `PO`, `IK` (invoice).
    pub code: String,
    /// At most 35 characters.
    pub value: String,
}

/// What is to travel, from whom, to whom, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shipment {
    /// The account that ships and pays: six letters or digits.
    pub account: String,
    /// The account's owner.
    pub shipper: Party,
    /// Who receives.
    pub ship_to: Party,
    /// Where the goods leave, if not from the shipper's address.
    pub ship_from: Option<Party>,
    /// UPS's service code, such as `03` for Ground.
    pub service: String,
    /// One to two hundred packages.
    pub packages: Vec<Package>,
    /// At most five. Within the US and within Puerto Rico they travel on every package, on all other
    /// lanes on the shipment: UPS refuses them at the wrong level.
    pub references: Vec<ReferenceNumber>,
    /// Whether the ship-to is a residence, which costs more.
    pub residential: bool,
    /// Whether to ask for the account's own rates.
    pub negotiated: bool,
    /// The day the goods are tendered, in the zone of the place they leave; at most seven days ahead.
    pub ship_date: Date,
    /// What is inside, at most 50 characters. UPS demands it across borders.
    pub description: String,
}

/// How the fields of a party are called in errors.
pub(crate) struct Names {
    name: &'static str,
    attention: &'static str,
    lines: &'static str,
    city: &'static str,
    state: &'static str,
    postal_code: &'static str,
    country: &'static str,
    phone: &'static str,
    email: &'static str,
}

macro_rules! names {
    ($party:literal) => {
        Names {
            name: concat!($party, ".name"),
            attention: concat!($party, ".attention"),
            lines: concat!($party, ".lines"),
            city: concat!($party, ".city"),
            state: concat!($party, ".state"),
            postal_code: concat!($party, ".postal_code"),
            country: concat!($party, ".country"),
            phone: concat!($party, ".phone"),
            email: concat!($party, ".email"),
        }
    };
}

pub(crate) const SHIPPER: Names = names!("shipper");
pub(crate) const SHIP_TO: Names = names!("ship_to");
pub(crate) const SHIP_FROM: Names = names!("ship_from");

/// Which system a party or package is written for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum For {
    Rating,
    Shipping,
}

impl Party {
    /// The party's members; rating takes name and address only.
    fn write(&self, names: &Names, form: For) -> Result<Value, Error> {
        let country = text::country(names.country, &self.country)?;
        let mut party = json!({
            "Name": text::required(names.name, &self.name, 35)?,
            "Address": {
                "AddressLine": text::lines(names.lines, &self.lines, 35)?,
                "City": text::required(names.city, &self.city, 30)?,
                "StateProvinceCode": text::state(names.state, &self.state, &country)?,
                "PostalCode": text::postal_code(names.postal_code, &self.postal_code, &country)?,
                "CountryCode": country,
            },
        });
        if form == For::Shipping {
            let phone = text::phone(names.phone, self.phone.as_deref(), &country)?;
            party["AttentionName"] = json!(text::optional(names.attention, self.attention.as_deref(), 35)?);
            party["Phone"] = phone.map_or(Value::Null, |number| json!({ "Number": number }));
            party["EMailAddress"] = json!(text::optional(names.email, self.email.as_deref(), 50)?);
        }
        Ok(party)
    }

    fn must_be_reachable(&self, names: &Names) -> Result<(), Error> {
        text::required(names.attention, self.attention.as_deref().unwrap_or_default(), 35)?;
        text::required(names.phone, self.phone.as_deref().unwrap_or_default(), 35)?;
        Ok(())
    }
}

impl Shipment {
    /// The members of `Shipment` that both systems take, without the nulls left out yet.
    pub(crate) fn write(&self, form: For) -> Result<Value, Error> {
        let account = text::account("account", &self.account)?;
        let mut shipper = self.shipper.write(&SHIPPER, form)?;
        shipper["ShipperNumber"] = json!(account);
        let mut ship_to = self.ship_to.write(&SHIP_TO, form)?;
        if self.residential {
            ship_to["Address"]["ResidentialAddressIndicator"] = json!("");
        }
        let ship_from = self.ship_from.as_ref().map(|party| party.write(&SHIP_FROM, form)).transpose()?;
        Ok(json!({
            "Shipper": shipper,
            "ShipTo": ship_to,
            "ShipFrom": ship_from,
            "Service": { "Code": self.service_code()? },
            "ShipmentRatingOptions": self.negotiated.then(|| json!({ "NegotiatedRatesIndicator": "" })),
            "Package": self.write_packages(form)?,
        }))
    }

    /// Who pays the transportation: always the shipper's account.
    pub(crate) fn charge(&self) -> Result<Value, Error> {
        let account = text::account("account", &self.account)?;
        Ok(json!({ "ShipmentCharge": [{ "Type": "01", "BillShipper": { "AccountNumber": account } }] }))
    }

    /// The day as UPS writes it, `YYYYMMDD`.
    pub(crate) fn day(&self) -> String {
        self.ship_date.strftime("%Y%m%d").to_string()
    }

    /// The country the goods leave.
    pub(crate) fn origin(&self) -> &str {
        self.ship_from.as_ref().unwrap_or(&self.shipper).country.trim()
    }

    fn is_lane(&self, from: &str, to: &str) -> bool {
        self.origin().eq_ignore_ascii_case(from) && self.ship_to.country.trim().eq_ignore_ascii_case(to)
    }

    pub(crate) fn crosses_a_border(&self) -> bool {
        !self.origin().eq_ignore_ascii_case(self.ship_to.country.trim())
    }

    /// Whether references belong on the packages of this lane, rather than on the shipment.
    pub(crate) fn refers_by_package(&self) -> bool {
        self.is_lane("US", "US") || self.is_lane("PR", "PR")
    }

    /// Refuses what UPS demands only across borders, or for its earliest service.
    pub(crate) fn check_lane(&self) -> Result<(), Error> {
        if self.crosses_a_border() {
            text::required("description", &self.description, 50)?;
            self.shipper.must_be_reachable(&SHIPPER)?;
        }
        if self.crosses_a_border() || self.service.trim() == "14" {
            self.ship_to.must_be_reachable(&SHIP_TO)?;
        }
        Ok(())
    }

    pub(crate) fn write_references(&self) -> Result<Value, Error> {
        const FIELD: &str = "references";
        if self.references.len() > 5 {
            return Err(Error::invalid(FIELD, "has more than five entries"));
        }
        let mut written = Vec::new();
        for reference in &self.references {
            let code = text::optional(FIELD, Some(&reference.code), 2)?;
            if !self.refers_by_package() && code.as_deref().is_none_or(|code| code.len() != 2) {
                return Err(Error::invalid(FIELD, "needs a code of two characters on this lane"));
            }
            written.push(json!({ "Code": code, "Value": text::required(FIELD, &reference.value, 35)? }));
        }
        Ok(if written.is_empty() { Value::Null } else { Value::Array(written) })
    }

    fn service_code(&self) -> Result<String, Error> {
        let code = text::required("service", &self.service, 2)?;
        if code.len() == 2 && code.bytes().all(|b| b.is_ascii_alphanumeric()) {
            Ok(code)
        } else {
            Err(Error::invalid("service", "must have two letters or digits"))
        }
    }

    fn write_packages(&self, form: For) -> Result<Value, Error> {
        let Some(first) = self.packages.first() else {
            return Err(Error::invalid("packages", "is empty"));
        };
        if self.packages.len() > 200 {
            return Err(Error::invalid("packages", format!("has {} entries, UPS takes 200", self.packages.len())));
        }
        if self.packages.iter().any(|package| package.unit != first.unit) {
            return Err(Error::invalid("packages.unit", "differs between packages"));
        }
        let mut written = Vec::new();
        for package in &self.packages {
            written.push(package.write(form)?);
        }
        Ok(Value::Array(written))
    }
}

impl Package {
    fn write(&self, form: For) -> Result<Value, Error> {
        let packaging = json!({ "Code": text::required("packages.packaging", &self.packaging, 2)? });
        let mut package = json!({
            "PackageWeight": { "UnitOfMeasurement": { "Code": self.unit.code() }, "Weight": self.weight_text()? },
            "Dimensions": self.dimensions.map(Dimensions::write).transpose()?,
        });
        let spelling = match form {
            For::Rating => "PackagingType",
            For::Shipping => "Packaging",
        };
        package[spelling] = packaging;
        if let Some(declared) = &self.declared {
            package["PackageServiceOptions"] = json!({ "DeclaredValue": declared.write("packages.declared")? });
        }
        Ok(package)
    }

    fn weight_text(&self) -> Result<String, Error> {
        const FIELD: &str = "packages.weight";
        if self.weight <= Decimal::ZERO {
            return Err(Error::invalid(FIELD, "must be more than zero"));
        }
        if self.weight > self.unit.limit() {
            let (limit, unit) = (self.unit.limit(), self.unit.code());
            return Err(Error::invalid(FIELD, format!("is {} {unit}, UPS takes {limit}", self.weight)));
        }
        Ok(rounded_up(self.weight, 1))
    }
}

impl Dimensions {
    fn write(self) -> Result<Value, Error> {
        const FIELD: &str = "packages.dimensions";
        let mut sides = [self.length, self.width, self.height];
        sides.sort_unstable_by(|a, b| b.cmp(a));
        let [length, width, height] = sides;
        if height <= Decimal::ZERO {
            return Err(Error::invalid(FIELD, "must be more than zero"));
        }
        let (longest, girth) = self.unit.limits();
        // A side far beyond the limit is refused first, so that the sum cannot overflow.
        if length > longest || length + (width + height) * Decimal::TWO > girth {
            let unit = self.unit.code();
            return Err(Error::invalid(
                FIELD,
                format!("is {length} x {width} x {height} {unit}, UPS takes {longest} long and {girth} with girth"),
            ));
        }
        Ok(json!({
            "UnitOfMeasurement": { "Code": self.unit.code() },
            "Length": rounded_up(length, 2),
            "Width": rounded_up(width, 2),
            "Height": rounded_up(height, 2),
        }))
    }
}

fn rounded_up(value: Decimal, decimals: u32) -> String {
    value.round_dp_with_strategy(decimals, RoundingStrategy::AwayFromZero).normalize().to_string()
}
