//! The goods on the forms.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::usmca::CertifiedGoods;
use crate::codes::codes;
use crate::error::Error;
use crate::package::{Weight, WeightUnit, rounded_up};
use crate::{money, text};

codes! {
    /// In what goods are counted.
    pub enum UnitOfMeasure {
        Bag = "BG", "bag";
        Barrel = "BA", "barrel";
        Bolt = "BT", "bolt";
        Box = "BOX", "box";
        Bunch = "BH", "bunch";
        Bundle = "BE", "bundle";
        Butt = "BU", "butt";
        Canister = "CI", "canister";
        Carton = "CT", "carton";
        Case = "CS", "case";
        Centimetre = "CM", "centimetre";
        Container = "CON", "container";
        Crate = "CR", "crate";
        Cylinder = "CY", "cylinder";
        Dozen = "DOZ", "dozen";
        Each = "EA", "each";
        Envelope = "EN", "envelope";
        Foot = "FT", "foot";
        Kilogram = "KG", "kilogram";
        Kilograms = "KGS", "kilograms";
        Litre = "L", "litre";
        Metre = "M", "metre";
        Number = "NMB", "number";
        Package = "PKG", "package";
        Packet = "PA", "packet";
        Pair = "PR", "pair";
        Pairs = "PRS", "pairs";
        Pallet = "PAL", "pallet";
        Piece = "PC", "piece";
        Pieces = "PCS", "pieces";
        Pound = "LB", "pound";
        Pounds = "LBS", "pounds";
        ProofLitre = "PF", "proof litre";
        Roll = "RL", "roll";
        Set = "SET", "set";
        SquareMetre = "SME", "square metre";
        SquareYard = "SYD", "square yard";
        Tube = "TU", "tube";
        Yard = "YD", "yard";
    }
}

/// One kind of goods.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Product {
    /// One to three lines of at most 35 characters.
    pub description: Vec<String>,
    /// How many, at most seven digits.
    pub quantity: u32,
    /// Of what.
    pub unit: UnitOfMeasure,
    /// What one of them is worth, in the invoice's currency, with at most six decimals.
    pub unit_value: Decimal,
    /// The tariff code: six to fifteen letters and digits. The USMCA certificate demands it.
    pub tariff_code: Option<String>,
    /// The shipper's number for it, at most 35 characters.
    pub part_number: Option<String>,
    /// Where it was made, grown or produced: two letters of ISO 3166. The invoice demands it.
    pub origin: Option<String>,
    /// What all of them weigh.
    pub weight: Option<Weight>,
    /// What the USMCA certificate says of it; without, it is left out of the certificate.
    pub certified: Option<CertifiedGoods>,
}

impl Product {
    /// So many of a kind, each worth so much. A long description is broken into lines between its words.
    #[must_use]
    pub fn new(description: &str, quantity: u32, unit: UnitOfMeasure, unit_value: Decimal) -> Self {
        Self {
            description: broken(description),
            quantity,
            unit,
            unit_value,
            tariff_code: None,
            part_number: None,
            origin: None,
            weight: None,
            certified: None,
        }
    }

    /// The tariff code. Points and blanks are left out.
    #[must_use]
    pub fn tariff_code(mut self, code: &str) -> Self {
        self.tariff_code = Some(code.chars().filter(|c| !matches!(c, '.' | ' ')).collect());
        self
    }

    /// The country of origin.
    #[must_use]
    pub fn made_in(mut self, country: impl Into<String>) -> Self {
        self.origin = Some(country.into());
        self
    }

    /// The shipper's number for it.
    #[must_use]
    pub fn part_number(mut self, number: impl Into<String>) -> Self {
        self.part_number = Some(number.into());
        self
    }

    /// What all of them weigh.
    #[must_use]
    pub fn weighing(mut self, value: Decimal, unit: WeightUnit) -> Self {
        self.weight = Some(Weight::new(value, unit));
        self
    }

    /// Certifies its origin.
    #[must_use]
    pub fn certified(mut self, goods: CertifiedGoods) -> Self {
        self.certified = Some(goods);
        self
    }

    /// What all of them are worth.
    pub(super) fn value(&self) -> Option<Decimal> {
        self.unit_value.checked_mul(Decimal::from(self.quantity))
    }

    pub(super) fn write(&self, invoiced: bool, certificate: bool) -> Result<Value, Error> {
        const FIELD: &str = "customs.products";
        if !(1..=9_999_999).contains(&self.quantity) {
            return Err(Error::invalid("customs.products.quantity", "must be 1 to 9999999"));
        }
        let tariff_code = text::optional("customs.products.tariff_code", self.tariff_code.as_deref(), 15)?;
        if tariff_code.as_deref().is_some_and(|it| it.len() < 6 || !it.bytes().all(|b| b.is_ascii_alphanumeric())) {
            return Err(Error::invalid("customs.products.tariff_code", "must have six to fifteen letters and digits"));
        }
        let origin = self.origin.as_deref().map(|it| text::country("customs.products.origin", it)).transpose()?;
        if invoiced && origin.is_none() {
            return Err(Error::invalid("customs.products.origin", "is missing"));
        }
        let weight = self.weight.as_ref().map(write_weight).transpose()?;
        let mut product = json!({
            "Description": text::lines(FIELD, &self.description, 35)?,
            "Unit": {
                "Number": self.quantity.to_string(),
                "UnitOfMeasurement": { "Code": text::required("customs.products.unit", self.unit.code(), 3)? },
                "Value": money::text_of("customs.products.unit_value", self.unit_value, 6, 19)?,
            },
            "CommodityCode": tariff_code,
            "PartNumber": text::optional("customs.products.part_number", self.part_number.as_deref(), 35)?,
            "OriginCountryCode": origin,
            "ProductWeight": weight,
        });
        match &self.certified {
            Some(goods) if certificate => {
                if tariff_code.is_none() {
                    return Err(Error::invalid("customs.products.tariff_code", "is missing on certified goods"));
                }
                goods.write(&mut product);
            }
            None if certificate => product["ExcludeFromForm"] = json!({ "FormType": ["04"] }),
            Some(_) | None => {}
        }
        Ok(product)
    }
}

fn write_weight(weight: &Weight) -> Result<Value, Error> {
    const FIELD: &str = "customs.products.weight";
    let written = rounded_up(weight.value, 1);
    if weight.value <= Decimal::ZERO || written.len() > 5 {
        return Err(Error::invalid(FIELD, "must be more than zero, of at most five characters"));
    }
    Ok(json!({ "UnitOfMeasurement": { "Code": weight.unit.code() }, "Weight": written }))
}

/// Breaks a text into lines of at most 35 characters between words; a longer word stays whole and is refused later.
fn broken(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= 35 => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_description_is_broken_between_words_and_never_cut() {
        let text = "Steel hinges for cabinet doors, zinc plated, with screws";
        assert_eq!(broken(text), ["Steel hinges for cabinet doors,", "zinc plated, with screws"].map(str::to_owned));
        assert!(broken(text).iter().all(|line| line.chars().count() <= 36));
        assert_eq!(broken("  "), Vec::<String>::new());
    }
}
