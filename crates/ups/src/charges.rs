//! Charges: what UPS says a shipment costs, line by line.
//!
//! ```text
//! published   Charges   list prices
//! negotiated  Charges   the account's own; absent where it has none, and an absent price is never a price
//!   └ total, taxes, base, itemized ─► ItemizedCharge { code 375 "fuel surcharge", sub type, amount }
//! ```
//!
//! All of it is an estimate; UPS's invoice decides.

use std::fmt;

use rust_decimal::Decimal;

use crate::json::Node;
use crate::money::Amount;
use crate::package::{Weight, WeightUnit};

/// One kind of price in all its parts, as far as UPS tells them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Charges {
    /// The total without taxes.
    pub total: Option<Amount>,
    /// The total with taxes, if they were asked for and UPS knows them.
    pub total_with_taxes: Option<Amount>,
    /// Carrying it: base and fuel.
    pub transportation: Option<Amount>,
    /// The service alone. Some lanes tell it per package and leave zero here.
    pub base: Option<Amount>,
    /// All extra services together.
    pub options: Option<Amount>,
    /// What the total consists of.
    pub itemized: Vec<ItemizedCharge>,
    /// Taxes, one by one.
    pub taxes: Vec<Tax>,
    /// What UPS added or took off by its own reckoning, such as an origin modifier.
    pub modifiers: Vec<RateModifier>,
}

impl Charges {
    /// Reads `ShipmentCharges`, `RatedShipment` or `RatedPackage`, which spell the total `TotalCharges`, or a negotiated
    /// container, which spells it `TotalCharge`.
    pub(crate) fn read(node: Node<'_>) -> Self {
        let total = ["TotalCharges", "TotalCharge"].iter().find_map(|name| node.at(name).amount());
        let taxes = node.at("TotalChargesWithTaxes").amount();
        Self {
            transportation: node.at("TransportationCharges").amount(),
            base: node.at("BaseServiceCharge").amount(),
            options: node.at("ServiceOptionsCharges").amount(),
            itemized: itemized(node.at("ItemizedCharges")),
            taxes: node.at("TaxCharges").each().filter_map(Tax::read).collect(),
            modifiers: node.at("RateModifier").each().filter_map(RateModifier::read).collect(),
            total_with_taxes: taxes,
            total,
        }
    }

    /// Reads a negotiated container: nothing without a price in it.
    pub(crate) fn read_negotiated(node: Node<'_>) -> Option<Self> {
        let charges = Self::read(node);
        (charges.total.is_some() || charges.total_with_taxes.is_some()).then_some(charges)
    }

    /// Whether UPS told anything.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// One line of a price.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ItemizedCharge {
    /// What it is for.
    pub code: ChargeCode,
    /// UPS's finer distinction, such as `Rural`.
    pub sub_type: Option<String>,
    /// UPS's own words. It mostly has none; see [`ChargeCode::name`].
    pub description: Option<String>,
    /// The amount, if it could be read.
    pub amount: Option<Amount>,
}

/// A tax on a price, in the currency of the price.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tax {
    /// UPS's abbreviation, such as `GST`, `HST`, `QST`, `VAT`.
    pub kind: String,
    /// How much.
    pub value: Decimal,
}

impl Tax {
    fn read(node: Node<'_>) -> Option<Self> {
        Some(Self { kind: node.text_at("Type")?, value: node.at("MonetaryValue").decimal()? })
    }
}

/// What UPS added to a price or took off, in the currency of the price.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateModifier {
    /// UPS's kind, such as `ORM`.
    pub kind: String,
    /// UPS's words for it.
    pub description: Option<String>,
    /// How much; less than zero if it was taken off.
    pub value: Decimal,
}

impl RateModifier {
    fn read(node: Node<'_>) -> Option<Self> {
        Some(Self {
            kind: node.text_at("ModifierType")?,
            description: node.text_at("ModifierDesc"),
            value: node.at("Amount").decimal()?,
        })
    }
}

/// UPS's number for a line of a price. There are more than any table has; an unknown one keeps its number.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ChargeCode(String);

impl ChargeCode {
    /// The number as UPS wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What it stands for, if it is in this crate's table.
    #[must_use]
    pub fn name(&self) -> Option<&'static str> {
        NAMES.iter().find(|(code, _)| *code == self.0).map(|(_, name)| *name)
    }
}

impl From<&str> for ChargeCode {
    fn from(code: &str) -> Self {
        Self(code.trim().to_owned())
    }
}

impl fmt::Display for ChargeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "charge {}", self.0),
        }
    }
}

const NAMES: &[(&str, &str)] = &[
    ("100", "additional handling"),
    ("110", "collect on delivery"),
    ("120", "delivery confirmation"),
    ("121", "delivery confirmation of the shipment"),
    ("153", "notification"),
    ("154", "notification"),
    ("155", "notification"),
    ("156", "notification"),
    ("157", "notification"),
    ("158", "notification"),
    ("171", "notification"),
    ("172", "notification"),
    ("173", "notification"),
    ("174", "notification"),
    ("175", "notification"),
    ("176", "notification"),
    ("177", "notification"),
    ("178", "notification"),
    ("179", "notification"),
    ("190", "extended area"),
    ("200", "dry ice"),
    ("220", "hold for pickup"),
    ("240", "certificate of origin"),
    ("250", "print return label"),
    ("258", "export licence verification"),
    ("260", "print and mail return label"),
    ("270", "residential delivery"),
    ("280", "return, one attempt"),
    ("290", "return, three attempts"),
    ("300", "Saturday delivery"),
    ("310", "Saturday pickup"),
    ("350", "electronic return label"),
    ("374", "export declaration prepared by UPS"),
    ("375", "fuel surcharge"),
    ("376", "delivery area surcharge"),
    ("377", "large package"),
    ("378", "shipper pays duties and taxes"),
    ("379", "shipper pays duties and taxes, unpaid"),
    ("400", "declared value"),
    ("401", "additional handling of the shipment"),
    ("402", "shipper release"),
    ("407", "extended area pickup"),
    ("430", "peak surcharge"),
    ("431", "large package, seasonal"),
    ("432", "additional handling, seasonal"),
    ("434", "peak surcharge"),
    ("440", "large package of the shipment"),
    ("441", "carbon neutral"),
    ("444", "import control"),
    ("445", "import control"),
    ("446", "import control"),
    ("447", "import control"),
    ("448", "import control"),
    ("449", "import control"),
    ("450", "import control"),
    ("464", "exchange print return label"),
    ("480", "security surcharge"),
    ("492", "customer transaction fee"),
    ("500", "collect on delivery of the shipment"),
    ("510", "lift gate"),
    ("511", "lift gate"),
    ("541", "direct delivery only"),
    ("542", "delivery to the addressee only"),
];

/// The lines of a price; a line without a code says nothing.
pub(crate) fn itemized(node: Node<'_>) -> Vec<ItemizedCharge> {
    let line = |node: Node<'_>| {
        Some(ItemizedCharge {
            code: ChargeCode::from(node.text_at("Code")?.as_str()),
            sub_type: node.text_at("SubType"),
            description: node.text_at("Description"),
            amount: node.amount(),
        })
    };
    node.each().filter_map(line).collect()
}

/// A weight with its unit, as in `BillingWeight`.
pub(crate) fn weight(node: Node<'_>) -> Option<Weight> {
    let unit = node.at("UnitOfMeasurement").text_at("Code")?;
    Some(Weight { value: node.at("Weight").decimal()?, unit: WeightUnit::of(&unit) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_charge_has_a_name_or_keeps_its_number() {
        assert_eq!(ChargeCode::from("375").name(), Some("fuel surcharge"));
        assert_eq!(ChargeCode::from("375").to_string(), "fuel surcharge");
        assert_eq!((ChargeCode::from("999").name(), ChargeCode::from("999").as_str()), (None, "999"));
        assert_eq!(ChargeCode::from("999").to_string(), "charge 999");
        assert!(NAMES.windows(2).all(|pair| pair[0].0 < pair[1].0), "sorted, each once");
    }
}
