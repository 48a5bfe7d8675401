//! One package, and the reference numbers it may carry.

use rust_decimal::Decimal;
use serde_json::Value;

use super::{For, at, many, number, present, text};

/// A reference number with its code, which may be empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    pub(crate) code: String,
    pub(crate) value: String,
    /// Whether it is to be printed as a barcode.
    pub(crate) barcode: bool,
}

impl Reference {
    pub(super) fn list(value: &Value) -> Vec<Self> {
        let read = |one| Self {
            code: text(one, &["Code"]),
            value: text(one, &["Value"]),
            barcode: present(one, &["BarCodeIndicator"]),
        };
        many(value, &["ReferenceNumber"]).into_iter().map(read).collect()
    }
}

/// What a package is declared to be worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Declared {
    pub(crate) value: Decimal,
    pub(crate) currency: String,
    /// `01` (EVS, what is meant when nothing is said) or `02` (DVS).
    pub(crate) kind: String,
}

/// One package to be rated or sent.
#[derive(Debug, Clone)]
pub(crate) struct Package {
    pub(crate) description: String,
    pub(crate) packaging: String,
    pub(crate) weight: Option<Decimal>,
    /// Whether a weight was given at all, readable or not.
    pub(crate) has_weight: bool,
    pub(crate) weight_unit: String,
    /// Length, width and height, if any was given; unreadable ones are zero.
    pub(crate) dimensions: Option<[Decimal; 3]>,
    pub(crate) dimension_unit: String,
    pub(crate) references: Vec<Reference>,
    /// What it is declared to be worth; a value that cannot be read is refused as less than nothing.
    pub(crate) declared: Option<Declared>,
    /// `DCISType` of the package: 2 signature, 3 signature of an adult.
    pub(crate) confirmation: Option<String>,
    pub(crate) additional_handling: bool,
    pub(crate) large: bool,
}

impl Package {
    /// Rating and ship name the packaging differently.
    pub(super) fn read(value: &Value, call: For) -> Self {
        let packaging = if call == For::Ship { "Packaging" } else { "PackagingType" };
        let side = |name: &str| number(value, &["Dimensions", name]).unwrap_or_default();
        let dimensions = present(value, &["Dimensions"]).then(|| [side("Length"), side("Width"), side("Height")]);
        let options = at(value, &["PackageServiceOptions"]);
        let declared = present(options, &["DeclaredValue"]).then(|| Declared {
            value: number(options, &["DeclaredValue", "MonetaryValue"]).unwrap_or(Decimal::NEGATIVE_ONE),
            currency: text(options, &["DeclaredValue", "CurrencyCode"]),
            kind: text(options, &["DeclaredValue", "Type", "Code"]),
        });
        Self {
            description: text(value, &["Description"]),
            packaging: text(value, &[packaging, "Code"]),
            weight: number(value, &["PackageWeight", "Weight"]),
            has_weight: present(value, &["PackageWeight", "Weight"]),
            weight_unit: text(value, &["PackageWeight", "UnitOfMeasurement", "Code"]).to_uppercase(),
            dimensions,
            dimension_unit: text(value, &["Dimensions", "UnitOfMeasurement", "Code"]).to_uppercase(),
            references: Reference::list(value),
            declared,
            confirmation: present(options, &["DeliveryConfirmation"])
                .then(|| text(options, &["DeliveryConfirmation", "DCISType"])),
            additional_handling: present(value, &["AdditionalHandlingIndicator"]),
            large: present(value, &["LargePackageIndicator"]),
        }
    }

    /// A UPS Letter, which needs neither weight nor size.
    pub(crate) fn is_letter(&self) -> bool {
        self.packaging == "01"
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

    /// Sides in inches from whatever unit, the longest first.
    pub(crate) fn inches(&self) -> Option<[Decimal; 3]> {
        let scale = if matches!(&*self.dimension_unit, "CM" | "00") { Decimal::new(254, 2) } else { Decimal::ONE };
        let mut sides = self.dimensions?.map(|side| side / scale);
        sides.sort_unstable_by(|a, b| b.cmp(a));
        Some(sides)
    }

    /// Length and girth together, in inches; nothing without dimensions.
    pub(crate) fn length_and_girth(&self) -> Decimal {
        self.inches().map_or(Decimal::ZERO, |[length, width, height]| length + Decimal::TWO * (width + height))
    }
}
