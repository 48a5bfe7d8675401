//! Packages: what stands on the scale.
//!
//! Rating and shipping spell one member differently (`PackagingType` and `Packaging`) and ignore what they do not
//! know, so a package is written for one of them.

use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Value, json};

use crate::codes::codes;
use crate::delivery::Confirmation;
use crate::error::Error;
use crate::money::Amount;
use crate::reference::ReferenceNumber;
use crate::text;

codes! {
    /// The unit of a weight.
    pub enum WeightUnit {
        Pounds = "LBS", "pounds";
        Kilograms = "KGS", "kilograms";
        /// Mail Innovations and Worldwide Economy only.
        Ounces = "OZS", "ounces";
    }
}

codes! {
    /// The unit of a length.
    pub enum LengthUnit {
        Inches = "IN", "inches";
        Centimetres = "CM", "centimetres";
    }
}

codes! {
    /// What the goods are packed in.
    pub enum Packaging {
        /// Rating only.
        Unknown = "00", "unknown";
        /// Needs no weight.
        Letter = "01", "UPS Letter";
        Customer = "02", "customer's own packaging";
        Tube = "03", "UPS Tube";
        Pak = "04", "UPS Pak";
        ExpressBox = "21", "UPS Express Box";
        /// Not for returns.
        Box25Kg = "24", "UPS 25 KG Box";
        /// Not for returns.
        Box10Kg = "25", "UPS 10 KG Box";
        Pallet = "30", "pallet";
        /// Express services only; the small letter counts.
        SmallExpressBox = "2a", "UPS Small Express Box";
        /// Express services only; the small letter counts.
        MediumExpressBox = "2b", "UPS Medium Express Box";
        /// Express services only; the small letter counts.
        LargeExpressBox = "2c", "UPS Large Express Box";
        Flats = "56", "flats";
        Parcels = "57", "parcels";
        BoundPrinted = "58", "bound printed matter";
        FirstClass = "59", "first class";
        Priority = "60", "priority";
        Machineables = "61", "machineables";
        Irregulars = "62", "irregulars";
        ParcelPost = "63", "parcel post";
        BoundPrintedParcel = "64", "bound printed matter parcel";
        MediaMail = "65", "media mail";
        BoundPrintedFlat = "66", "bound printed matter flat";
        StandardFlat = "67", "standard flat";
    }
}

/// A weight with its unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weight {
    /// The value, in that unit.
    pub value: Decimal,
    /// The unit.
    pub unit: WeightUnit,
}

impl Weight {
    /// A weight in that unit.
    #[must_use]
    pub fn new(value: Decimal, unit: WeightUnit) -> Self {
        Self { value, unit }
    }

    /// UPS takes five characters: rounded up to one decimal, since it bills the next full unit anyway.
    fn write(&self, field: &'static str) -> Result<Value, Error> {
        if self.value <= Decimal::ZERO {
            return Err(Error::invalid(field, "must be more than zero"));
        }
        let limit = match self.unit {
            WeightUnit::Pounds => Decimal::from(150),
            WeightUnit::Ounces => Decimal::from(2_400),
            WeightUnit::Kilograms | WeightUnit::Other(_) => Decimal::from(70),
        };
        if self.value > limit {
            let unit = self.unit.code();
            return Err(Error::invalid(field, format!("is {} {unit}, UPS takes {limit}", self.value)));
        }
        Ok(self.write_unlimited())
    }

    /// The same for a sum, which has no limit of its own.
    pub(crate) fn write_unlimited(&self) -> Value {
        json!({ "UnitOfMeasurement": self.write_unit(), "Weight": rounded_up(self.value, 1) })
    }

    fn write_unit(&self) -> Value {
        json!({ "Code": self.unit.code(), "Description": self.unit.name() })
    }
}

/// The outside of a package. The sides may come in any order.
#[derive(Debug, Clone, PartialEq, Eq)]
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

impl Dimensions {
    /// Whole inches.
    #[must_use]
    pub fn inches(length: u32, width: u32, height: u32) -> Self {
        Self::whole([length, width, height], LengthUnit::Inches)
    }

    /// Whole centimetres.
    #[must_use]
    pub fn centimetres(length: u32, width: u32, height: u32) -> Self {
        Self::whole([length, width, height], LengthUnit::Centimetres)
    }

    fn whole(sides: [u32; 3], unit: LengthUnit) -> Self {
        let [length, width, height] = sides.map(Decimal::from);
        Self { length, width, height, unit }
    }

    fn write(&self) -> Result<Value, Error> {
        const FIELD: &str = "packages.dimensions";
        let mut sides = [self.length, self.width, self.height];
        sides.sort_unstable_by(|a, b| b.cmp(a));
        let [length, width, height] = sides;
        if height <= Decimal::ZERO {
            return Err(Error::invalid(FIELD, "must be more than zero"));
        }
        let (longest, girth) = match self.unit {
            LengthUnit::Inches => (Decimal::from(108), Decimal::from(165)),
            LengthUnit::Centimetres | LengthUnit::Other(_) => (Decimal::from(270), Decimal::from(330)),
        };
        // A side far beyond the limit is refused first, so that the sum cannot overflow.
        if length > longest || length + (width + height) * Decimal::TWO > girth {
            let unit = self.unit.code();
            return Err(Error::invalid(
                FIELD,
                format!("is {length} x {width} x {height} {unit}, UPS takes {longest} long and {girth} with girth"),
            ));
        }
        Ok(json!({
            "UnitOfMeasurement": { "Code": self.unit.code(), "Description": self.unit.name() },
            "Length": rounded_up(length, 2),
            "Width": rounded_up(width, 2),
            "Height": rounded_up(height, 2),
        }))
    }
}

/// Who carries the value declared for a package. All packages of a shipment agree on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeclaredBy {
    /// Declared to the carrier (UPS's EVS), which charges for it.
    Carrier,
    /// The shipper's own declaration (UPS's DVS): forward shipments that the receiver or a third party pays.
    Shipper,
}

/// One package.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Package {
    /// What it is packed in.
    pub packaging: Packaging,
    /// More than zero, at most 150 lb or 70 kg; in the same unit in all packages of a shipment. Only a letter has
    /// none.
    pub weight: Option<Weight>,
    /// The outside, if known.
    pub dimensions: Option<Dimensions>,
    /// A declared value, if the shipper wants more than the carrier's standard liability.
    pub declared: Option<Amount>,
    /// To whom it is declared.
    pub declared_by: DeclaredBy,
    /// What is inside, at most 35 characters. UPS demands it on returns.
    pub description: Option<String>,
    /// References of this package beside those of the shipment, on lanes that refer by package.
    pub references: Vec<ReferenceNumber>,
    /// A signature for this package, on lanes that confirm by package. The shipment's own holds for all packages.
    pub confirmation: Option<Confirmation>,
    /// Whether it needs additional handling, such as one without corrugated outside.
    pub additional_handling: bool,
    /// Whether the driver may leave it without a signature: forward, within the US and Puerto Rico.
    pub release_without_signature: bool,
    /// Who is written to when a returned package arrives (returns only).
    pub return_notice: Vec<String>,
}

impl Package {
    /// A package of the customer's own packaging.
    #[must_use]
    pub fn new(weight: Decimal, unit: WeightUnit) -> Self {
        Self { weight: Some(Weight::new(weight, unit)), ..Self::letter().packed_in(Packaging::Customer) }
    }

    /// A package of the customer's own packaging, weighed in pounds.
    #[must_use]
    pub fn pounds(weight: Decimal) -> Self {
        Self::new(weight, WeightUnit::Pounds)
    }

    /// A package of the customer's own packaging, weighed in kilograms.
    #[must_use]
    pub fn kilograms(weight: Decimal) -> Self {
        Self::new(weight, WeightUnit::Kilograms)
    }

    /// A UPS Letter, which nobody weighs.
    #[must_use]
    pub fn letter() -> Self {
        Self {
            packaging: Packaging::Letter,
            weight: None,
            dimensions: None,
            declared: None,
            declared_by: DeclaredBy::Carrier,
            description: None,
            references: Vec::new(),
            confirmation: None,
            additional_handling: false,
            release_without_signature: false,
            return_notice: Vec::new(),
        }
    }

    /// What it is packed in.
    #[must_use]
    pub fn packed_in(mut self, packaging: Packaging) -> Self {
        self.packaging = packaging;
        self
    }

    /// How large it is.
    #[must_use]
    pub fn sized(mut self, dimensions: Dimensions) -> Self {
        self.dimensions = Some(dimensions);
        self
    }

    /// Declares its value to the carrier.
    #[must_use]
    pub fn declared(mut self, value: Amount) -> Self {
        self.declared = Some(value);
        self
    }

    /// What is inside.
    #[must_use]
    pub fn containing(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Adds a reference of this package.
    #[must_use]
    pub fn reference(mut self, reference: ReferenceNumber) -> Self {
        self.references.push(reference);
        self
    }

    /// Asks for a signature.
    #[must_use]
    pub fn confirmed_by(mut self, confirmation: Confirmation) -> Self {
        self.confirmation = Some(confirmation);
        self
    }

    /// Packaging, weight and size: what both systems take.
    fn write(&self, spelling: &str) -> Result<Value, Error> {
        const FIELD: &str = "packages.weight";
        let weight = match &self.weight {
            None if self.packaging == Packaging::Letter => None,
            None => return Err(Error::invalid(FIELD, "is missing")),
            Some(weight) => Some(weight.write(FIELD)?),
        };
        let mut package = json!({
            "PackageWeight": weight,
            "Dimensions": self.dimensions.as_ref().map(Dimensions::write).transpose()?,
            "AdditionalHandlingIndicator": indicator(self.additional_handling),
        });
        package[spelling] = json!({ "Code": text::required("packages.packaging", self.packaging.code(), 2)? });
        Ok(package)
    }

    pub(crate) fn write_for_rating(&self, confirmation: Option<Confirmation>) -> Result<Value, Error> {
        let mut package = self.write("PackagingType")?;
        package["PackageServiceOptions"] = self.write_options(confirmation)?;
        Ok(package)
    }

    pub(crate) fn write_for_shipping(&self, confirmation: Option<Confirmation>) -> Result<Value, Error> {
        if self.packaging == Packaging::Unknown {
            return Err(Error::invalid("packages.packaging", "may be unknown for a price only"));
        }
        let mut package = self.write("Packaging")?;
        package["Description"] = json!(text::optional("packages.description", self.description.as_deref(), 35)?);
        let mut options = self.write_options(confirmation)?;
        if !self.return_notice.is_empty() {
            let notice = text::emails("packages.return_notice", &self.return_notice, 5)?;
            options["Notification"] = json!({ "NotificationCode": "3", "EMail": { "EMailAddress": notice } });
        }
        options["ShipperReleaseIndicator"] = json!(indicator(self.release_without_signature));
        package["PackageServiceOptions"] = options;
        Ok(package)
    }

    fn write_options(&self, confirmation: Option<Confirmation>) -> Result<Value, Error> {
        let mut options = json!({});
        if let Some(declared) = &self.declared {
            options["DeclaredValue"] = declared.write("packages.declared")?;
            if self.declared_by == DeclaredBy::Shipper {
                options["DeclaredValue"]["Type"] = json!({ "Code": "02" });
            }
        }
        if let Some(confirmation) = self.confirmation.or(confirmation) {
            options["DeliveryConfirmation"] = json!({ "DCISType": confirmation.on_package() });
        }
        Ok(options)
    }
}

/// UPS takes a member's presence for a yes, whatever it contains.
pub(crate) fn indicator(present: bool) -> Option<&'static str> {
    present.then_some("")
}

pub(crate) fn rounded_up(value: Decimal, decimals: u32) -> String {
    value.round_dp_with_strategy(decimals, RoundingStrategy::AwayFromZero).normalize().to_string()
}
