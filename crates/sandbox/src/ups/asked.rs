//! A shipment as a request describes it, read once for rating and for ship.

use rust_decimal::Decimal;
use serde_json::Value;

use super::reading::{at, many, number, present, text, texts};

/// Shipper, ship-to or ship-from.
#[derive(Debug, Clone, Default)]
pub(crate) struct Party {
    pub(crate) name: String,
    pub(crate) attention: String,
    pub(crate) phone: String,
    pub(crate) lines: Vec<String>,
    pub(crate) city: String,
    pub(crate) state: String,
    pub(crate) postal: String,
    pub(crate) country: String,
    pub(crate) residential: bool,
}

impl Party {
    fn read(value: &Value) -> Self {
        let address = |name: &str| text(value, &["Address", name]);
        Self {
            name: text(value, &["Name"]),
            attention: text(value, &["AttentionName"]),
            phone: text(value, &["Phone", "Number"]),
            lines: texts(value, &["Address", "AddressLine"]),
            city: address("City"),
            state: address("StateProvinceCode").to_uppercase(),
            postal: address("PostalCode").replace([' ', '-'], "").to_uppercase(),
            country: address("CountryCode").to_uppercase(),
            residential: present(value, &["Address", "ResidentialAddressIndicator"]),
        }
    }

    /// `94607-2145` for nine digits, else as it is.
    pub(crate) fn printed_postal(&self) -> String {
        match self.postal.split_at_checked(5) {
            Some((five, four)) if four.len() == 4 && self.country == "US" => format!("{five}-{four}"),
            _ => self.postal.clone(),
        }
    }
}

/// A reference number with its code, which may be empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    pub(crate) code: String,
    pub(crate) value: String,
}

fn references(value: &Value) -> Vec<Reference> {
    many(value, &["ReferenceNumber"])
        .into_iter()
        .map(|one| Reference { code: text(one, &["Code"]), value: text(one, &["Value"]) })
        .collect()
}

/// One package to be rated or sent.
#[derive(Debug, Clone)]
pub(crate) struct Package {
    pub(crate) packaging: String,
    pub(crate) weight: Option<Decimal>,
    pub(crate) weight_unit: String,
    /// Length, width and height, if any was given; unreadable ones are zero.
    pub(crate) dimensions: Option<[Decimal; 3]>,
    pub(crate) dimension_unit: String,
    pub(crate) references: Vec<Reference>,
    pub(crate) declared: Option<Decimal>,
    pub(crate) signature: bool,
}

impl Package {
    fn read(value: &Value, packaging: &str) -> Self {
        let side = |name: &str| number(value, &["Dimensions", name]).unwrap_or_default();
        let dimensions = present(value, &["Dimensions"]).then(|| [side("Length"), side("Width"), side("Height")]);
        Self {
            packaging: text(value, &[packaging, "Code"]),
            weight: number(value, &["PackageWeight", "Weight"]),
            weight_unit: text(value, &["PackageWeight", "UnitOfMeasurement", "Code"]).to_uppercase(),
            dimensions,
            dimension_unit: text(value, &["Dimensions", "UnitOfMeasurement", "Code"]).to_uppercase(),
            references: references(value),
            declared: number(value, &["PackageServiceOptions", "DeclaredValue", "MonetaryValue"]),
            signature: present(value, &["PackageServiceOptions", "DeliveryConfirmation"]),
        }
    }

    /// Pounds, from whatever unit; zero when the weight is missing.
    pub(crate) fn pounds(&self) -> Decimal {
        let weight = self.weight.unwrap_or_default();
        match self.weight_unit.as_str() {
            "KGS" => weight * Decimal::new(220_462, 5),
            "OZS" => weight / Decimal::from(16),
            _ => weight,
        }
    }

    /// Sides in inches, from whatever unit.
    pub(crate) fn inches(&self) -> Option<[Decimal; 3]> {
        let scale = if self.dimension_unit == "CM" { Decimal::new(254, 2) } else { Decimal::ONE };
        self.dimensions.map(|sides| sides.map(|side| side / scale))
    }
}

/// A shipment as asked for.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) shipper_number: String,
    pub(crate) shipper: Party,
    pub(crate) ship_to: Party,
    pub(crate) ship_from: Option<Party>,
    pub(crate) service: String,
    pub(crate) description: String,
    pub(crate) packages: Vec<Package>,
    pub(crate) references: Vec<Reference>,
    pub(crate) negotiated: bool,
    pub(crate) ship_date: String,
    pub(crate) invoice_total: Option<Decimal>,
}

impl Asked {
    /// Reads `Shipment`. `packaging` is the element's name for the packaging type, which differs
    /// between rating (`PackagingType`) and ship (`Packaging`).
    pub(crate) fn read(shipment: &Value, packaging: &str) -> Self {
        Self {
            shipper_number: text(shipment, &["Shipper", "ShipperNumber"]).to_uppercase(),
            shipper: Party::read(at(shipment, &["Shipper"])),
            ship_to: Party::read(at(shipment, &["ShipTo"])),
            ship_from: present(shipment, &["ShipFrom"]).then(|| Party::read(at(shipment, &["ShipFrom"]))),
            service: text(shipment, &["Service", "Code"]),
            description: text(shipment, &["Description"]),
            packages: many(shipment, &["Package"]).into_iter().map(|one| Package::read(one, packaging)).collect(),
            references: references(shipment),
            negotiated: present(shipment, &["ShipmentRatingOptions", "NegotiatedRatesIndicator"]),
            ship_date: text(shipment, &["ShipmentDate"]),
            invoice_total: number(shipment, &["InvoiceLineTotal", "MonetaryValue"]),
        }
    }

    /// Where the parcel starts: ship-from, or else the shipper.
    pub(crate) fn origin(&self) -> &Party {
        self.ship_from.as_ref().unwrap_or(&self.shipper)
    }

    /// Whether origin and destination lie in different countries, Puerto Rico counting as home.
    pub(crate) fn is_international(&self) -> bool {
        let home = |party: &Party| if party.country == "PR" { "US".to_owned() } else { party.country.clone() };
        home(self.origin()) != home(&self.ship_to)
    }
}
