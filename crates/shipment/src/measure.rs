//! Weights and dimensions with their units.
//!
//! SYSPRO stores a mass without saying in which unit; the site does. From there on a number never travels
//! without its unit, and conversions use the exact factors (1 lb = 0.45359237 kg, 1 in = 2.54 cm).

use std::fmt;
use std::str::FromStr;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use crate::number::BadNumber;

/// A unit of mass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MassUnit {
    /// kg
    Kilogram,
    /// lb (avoirdupois)
    Pound,
}

/// A mass with its unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weight {
    /// How many units.
    pub value: Decimal,
    /// Of what.
    pub unit: MassUnit,
}

/// A unit of length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LengthUnit {
    /// in
    Inch,
    /// cm
    Centimetre,
}

/// The sides of a package, all in one unit; no order is required.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dimensions {
    /// The long side, as the site sees it.
    pub length: Decimal,
    /// The second side.
    pub width: Decimal,
    /// The third side.
    pub height: Decimal,
    /// The unit of all three.
    pub unit: LengthUnit,
}

/// Kilograms in one pound, exactly.
const KILOGRAMS_PER_POUND: Decimal = Decimal::from_parts(45_359_237, 0, 0, false, 8);
/// Centimetres in one inch, exactly.
const CENTIMETRES_PER_INCH: Decimal = Decimal::from_parts(254, 0, 0, false, 2);

impl Weight {
    /// `value` units of mass.
    pub fn new(value: Decimal, unit: MassUnit) -> Self {
        Self { value, unit }
    }

    /// No mass at all.
    pub fn zero(unit: MassUnit) -> Self {
        Self::new(Decimal::ZERO, unit)
    }

    /// The same mass in another unit, to the sixth decimal when it has to change.
    #[must_use]
    pub fn to(self, unit: MassUnit) -> Self {
        let value = match (self.unit, unit) {
            (MassUnit::Kilogram, MassUnit::Kilogram) | (MassUnit::Pound, MassUnit::Pound) => return self,
            (MassUnit::Pound, MassUnit::Kilogram) => self.value.checked_mul(KILOGRAMS_PER_POUND),
            (MassUnit::Kilogram, MassUnit::Pound) => self.value.checked_div(KILOGRAMS_PER_POUND),
        };
        // What no number holds is heavier than any limit, whichever.
        let value = value.unwrap_or(Decimal::MAX);
        Self::new(value.round_dp_with_strategy(6, RoundingStrategy::MidpointAwayFromZero), unit)
    }

    /// The sum, in this weight's unit; `None` when it is too large to reckon.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let value = self.value.checked_add(other.to(self.unit).value)?;
        Some(Self::new(value, self.unit))
    }

    /// Whether this is heavier than the other.
    pub fn exceeds(self, other: Self) -> bool {
        self.value > other.to(self.unit).value
    }

    /// As it is declared to UPS: rounded up to a tenth, because UPS takes five characters at most and a
    /// weight declared too low is corrected for a fee.
    #[must_use]
    pub fn declared(self) -> Self {
        let value = self.value.round_dp_with_strategy(1, RoundingStrategy::ToPositiveInfinity);
        Self::new(value.normalize(), self.unit)
    }
}

/// "12 lb"
impl fmt::Display for Weight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.value.normalize(), self.unit)
    }
}

/// Reads "12 lb", "0.5kg", "70 kilograms".
impl FromStr for Weight {
    type Err = BadNumber;

    fn from_str(text: &str) -> Result<Self, BadNumber> {
        let bad = |why| BadNumber { what: "weight", value: text.to_owned(), why };
        let trimmed = text.trim();
        let split =
            trimmed.find(|c: char| c.is_ascii_alphabetic()).ok_or_else(|| bad("it names no unit (lb or kg)"))?;
        let (value, unit) = trimmed.split_at(split);
        let value = Decimal::from_str_exact(value.trim()).map_err(|_| bad("it has no plain number"))?;
        if value.is_sign_negative() && !value.is_zero() {
            return Err(bad("it is negative"));
        }
        Ok(Self::new(value, unit.parse()?))
    }
}

impl fmt::Display for MassUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kilogram => "kg",
            Self::Pound => "lb",
        })
    }
}

impl FromStr for MassUnit {
    type Err = BadNumber;

    fn from_str(text: &str) -> Result<Self, BadNumber> {
        match text.trim().to_ascii_lowercase().as_str() {
            "kg" | "kgs" | "kilogram" | "kilograms" => Ok(Self::Kilogram),
            "lb" | "lbs" | "pound" | "pounds" => Ok(Self::Pound),
            _ => Err(BadNumber { what: "unit of mass", value: text.to_owned(), why: "it is lb or kg" }),
        }
    }
}

impl fmt::Display for LengthUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Inch => "in",
            Self::Centimetre => "cm",
        })
    }
}

impl FromStr for LengthUnit {
    type Err = BadNumber;

    fn from_str(text: &str) -> Result<Self, BadNumber> {
        match text.trim().to_ascii_lowercase().as_str() {
            "in" | "inch" | "inches" => Ok(Self::Inch),
            "cm" | "centimetre" | "centimetres" | "centimeter" | "centimeters" => Ok(Self::Centimetre),
            _ => Err(BadNumber { what: "unit of length", value: text.to_owned(), why: "it is in or cm" }),
        }
    }
}

impl Dimensions {
    /// The longest side.
    pub fn longest(self) -> Decimal {
        self.length.max(self.width).max(self.height)
    }

    /// Length plus girth as carriers measure it: the longest side plus twice each of the others.
    pub fn length_and_girth(self) -> Decimal {
        let all = self.length + self.width + self.height;
        all + all - self.longest()
    }

    /// The same package in another unit, to the hundredth when it has to change.
    #[must_use]
    pub fn to(self, unit: LengthUnit) -> Self {
        let convert: fn(Decimal) -> Decimal = match (self.unit, unit) {
            (LengthUnit::Inch, LengthUnit::Inch) | (LengthUnit::Centimetre, LengthUnit::Centimetre) => return self,
            (LengthUnit::Inch, LengthUnit::Centimetre) => |side| (side * CENTIMETRES_PER_INCH).round_dp(2),
            (LengthUnit::Centimetre, LengthUnit::Inch) => |side| (side / CENTIMETRES_PER_INCH).round_dp(2),
        };
        Self { length: convert(self.length), width: convert(self.width), height: convert(self.height), unit }
    }
}

/// "12 x 10 x 8 in"
impl fmt::Display for Dimensions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [length, width, height] = [self.length, self.width, self.height].map(|side| side.normalize());
        write!(f, "{length} x {width} x {height} {}", self.unit)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::document::sample::dec;

    #[test]
    fn a_pound_is_defined_in_kilograms_and_an_inch_in_centimetres() {
        assert_eq!(Weight::new(dec("150"), MassUnit::Pound).to(MassUnit::Kilogram).value, dec("68.038856"));
        assert_eq!(Weight::new(dec("70"), MassUnit::Kilogram).to(MassUnit::Pound).value, dec("154.323584"));
        let box_ = Dimensions { length: dec("12"), width: dec("10"), height: dec("8"), unit: LengthUnit::Inch };
        assert_eq!(box_.to(LengthUnit::Centimetre).to_string(), "30.48 x 25.4 x 20.32 cm");
    }

    #[test]
    fn a_weight_is_declared_upwards_to_the_tenth() {
        let declared = |value| Weight::new(value, MassUnit::Pound).declared().to_string();
        assert_eq!(declared(dec("12.0001")), "12.1 lb");
        assert_eq!(declared(dec("12.000000")), "12 lb");
        assert_eq!(declared(dec("0.01")), "0.1 lb");
    }

    #[test]
    fn a_weight_in_the_settings_names_its_unit() {
        assert_eq!("12.5 lb".parse::<Weight>().expect("a weight").to_string(), "12.5 lb");
        assert_eq!("70kg".parse::<Weight>().expect("a weight").unit, MassUnit::Kilogram);
        assert!("12".parse::<Weight>().is_err());
        assert!("-1 lb".parse::<Weight>().is_err());
        assert!("lb".parse::<Weight>().is_err());
    }

    #[test]
    fn girth_is_measured_round_the_two_shorter_sides_whatever_they_are_called() {
        let tall = Dimensions { length: dec("8"), width: dec("10"), height: dec("40"), unit: LengthUnit::Inch };
        assert_eq!(tall.longest(), dec("40"));
        assert_eq!(tall.length_and_girth(), dec("76"));
    }

    proptest! {
        #[test]
        fn a_weight_survives_the_way_to_the_other_unit_and_back(thousandths in 0_i64..10_000_000) {
            let weight = Weight::new(Decimal::new(thousandths, 3), MassUnit::Pound);
            let back = weight.to(MassUnit::Kilogram).to(MassUnit::Pound);
            prop_assert_eq!(back.value.round_dp(4), weight.value);
        }
    }
}
