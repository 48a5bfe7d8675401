//! The records of a Quantum View file.
//!
//! Numbers come zero-padded and signed (`+0007.0`, `000001`). Sizes come as eight digits whose decimal point UPS does
//! not document, so they are kept as text.

use jiff::civil::{Date, DateTime, Time};
use rust_decimal::Decimal;

use crate::codes::codes;
use crate::json::Node;
use crate::moment::{date, time};
use crate::money::Amount;
use crate::status::CanonicalStatus;

/// The kinds of records this crate knows, by the names of their members.
pub(super) const KINDS: [&str; 5] = ["Manifest", "Origin", "Exception", "Delivery", "Generic"];

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Record {
    /// The data of a label: UPS does not have the package yet.
    Manifest(Box<Manifest>),
    /// The first scan: UPS has the package.
    Origin(Box<Origin>),
    /// Something went wrong, or otherwise than planned.
    Exception(Box<Exception>),
    /// It was delivered. This record is evidence by itself.
    Delivery(Box<Delivery>),
    /// Something else.
    Generic(Box<Generic>),
    /// A kind this crate does not know.
    Other {
        /// The name of the member it came in.
        kind: String,
        /// The record as JSON.
        json: String,
    },
}

codes! {
    /// What a generic record tells.
    pub enum ActivityKind {
        VoidForManifest = "VM", "void of a label";
        UndeliverableReturn = "UR", "undeliverable, returned";
        InvoiceRemovalDone = "IR", "invoice removed";
        TransportCompanyScan = "TC", "scan by the postal carrier";
        PostalPossession = "PS", "the postal service has it";
        EmailFailed = "FN", "an e-mail about an access point failed";
        DestinationScan = "DS", "scan at the destination";
        InTransit = "AG", "in transit to a facility of UPS";
        ReturnsExchange = "RE", "returns exchange";
        RetailPickup = "RP", "picked up from retail";
        UpdatedDeliveryDate = "UD", "changed day of delivery";
        OutForDelivery = "OD", "out for delivery";
        Scheduled = "SD", "scheduled for delivery";
        TenderedToPartner = "FM", "handed to a partner for the last mile";
        CourierHandOff = "PT", "handed to a courier";
        CourierConfirmation = "PC", "confirmed by the courier";
        OutForDeliveryToday = "OT", "out for delivery today";
        AtDeliverySite = "AD", "at the site of delivery";
        RoadieOutForDelivery = "RO", "out for delivery with Roadie";
    }
}

codes! {
    /// Who pays.
    pub enum BillingOption {
        Shipper = "01", "the shipper";
        Consignee = "02", "the consignee";
        ThirdParty = "03", "a third party";
        FreightCollect = "04", "freight collect";
    }
}

/// What all records about one package and one moment have.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// The package.
    pub tracking_number: String,
    /// The shipper's account, if told.
    pub shipper_number: Option<String>,
    /// The day, local to the place.
    pub date: Option<Date>,
    /// The time, local to the place.
    pub time: Option<Time>,
    /// Where, if told.
    pub place: Option<QuantumPlace>,
    /// References of the package.
    pub package_references: Vec<QuantumReference>,
    /// References of the shipment.
    pub shipment_references: Vec<QuantumReference>,
    /// Who pays, if told.
    pub bill_to: Option<BillTo>,
}

impl Event {
    /// Date and time at the place, if both were told. No instant: UPS tells no offset.
    #[must_use]
    pub fn local(&self) -> Option<DateTime> {
        Some(self.date?.to_datetime(self.time?))
    }
}

/// A label's data, uploaded.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Manifest {
    /// Who ships.
    pub shipper: QuantumParty,
    /// Who receives.
    pub ship_to: QuantumParty,
    /// References of the shipment.
    pub references: Vec<QuantumReference>,
    /// The service in three digits (`003` for Ground's `03`), if told.
    pub service: Option<String>,
    /// When it is picked up.
    pub pickup_date: Option<Date>,
    /// When it is planned to arrive.
    pub scheduled_delivery: Option<Date>,
    /// Until when on that day.
    pub scheduled_time: Option<Time>,
    /// Its packages.
    pub packages: Vec<ManifestPackage>,
    /// How many packages the shipment has, if told.
    pub package_count: Option<u32>,
    /// The number that leads the shipment, if told.
    pub lead_tracking_number: Option<String>,
    /// UPS's code for the charges, such as `P/P`.
    pub charge_type: Option<String>,
    /// Who pays, if told.
    pub bill_to: Option<BillTo>,
    /// What it is worth to customs, in a currency UPS does not name here.
    pub customs_value: Option<Decimal>,
}

/// A package of a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ManifestPackage {
    /// Its number, if told.
    pub tracking_number: Option<String>,
    /// When its data came, local to the shipper.
    pub activity: Option<(Date, Option<Time>)>,
    /// What is in it.
    pub description: Option<String>,
    /// Its weight, in the shipper's unit, which UPS does not name here.
    pub weight: Option<Decimal>,
    /// Length, width and height as UPS wrote them: where the decimal point belongs is not documented.
    pub dimensions: Option<[String; 3]>,
    /// Its references.
    pub references: Vec<QuantumReference>,
    /// The cash to be collected on delivery, if any.
    pub cod: Option<Amount>,
}

/// The first scan.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Origin {
    /// Which package, when and where.
    pub event: Event,
    /// When it is planned to arrive.
    pub scheduled_delivery: Option<Date>,
    /// Until when on that day.
    pub scheduled_time: Option<Time>,
}

/// Something went wrong, or otherwise than planned.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exception {
    /// Which package, when and where.
    pub event: Event,
    /// UPS's status: code and words.
    pub status: (Option<String>, Option<String>),
    /// UPS's reason: code and words.
    pub reason: (Option<String>, Option<String>),
    /// UPS's resolution: code and words.
    pub resolution: (Option<String>, Option<String>),
    /// The new day of delivery.
    pub rescheduled_delivery: Option<Date>,
    /// Until when on that day.
    pub rescheduled_time: Option<Time>,
    /// The address UPS corrected, if it did.
    pub updated_address: Option<QuantumAddress>,
    /// The access point it went to, if it did.
    pub access_point: Option<String>,
}

/// It was delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delivery {
    /// Which package, when and where the scan was made.
    pub event: Event,
    /// UPS's words where the driver left it without a signature.
    pub driver_release: Option<String>,
    /// Where and to whom.
    pub location: Option<DeliveryLocation>,
    /// The cash collected, if any.
    pub cod: Option<Amount>,
    /// The last day it can be picked up, as UPS wrote it, if it waits.
    pub last_pickup_date: Option<String>,
    /// The access point it went to, if it did.
    pub access_point: Option<String>,
}

/// Where and to whom something was delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeliveryLocation {
    /// The address.
    pub address: QuantumAddress,
    /// UPS's code of the place, such as a door.
    pub code: Option<String>,
    /// UPS's words for it.
    pub description: Option<String>,
    /// Who signed.
    pub signed_for_by: Option<String>,
}

/// Something else that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Generic {
    /// What happened.
    pub kind: ActivityKind,
    /// Which package and when.
    pub event: Event,
    /// The service in three digits, if told.
    pub service: Option<String>,
    /// The new day of delivery, if told.
    pub rescheduled_delivery: Option<Date>,
    /// The e-mail address that could not be reached, if that is what happened.
    pub failed_email: Option<String>,
}

/// A party of a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct QuantumParty {
    /// The company.
    pub name: Option<String>,
    /// The person.
    pub attention: Option<String>,
    /// The shipper's account, of a shipper.
    pub account: Option<String>,
    /// Street lines.
    pub lines: Vec<String>,
    /// The city.
    pub city: Option<String>,
    /// The state.
    pub state: Option<String>,
    /// The postal code.
    pub postal_code: Option<String>,
    /// Two letters.
    pub country: Option<String>,
}

/// An address in the pieces UPS keeps it in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct QuantumAddress {
    /// Who receives.
    pub consignee: Option<String>,
    /// House number, street, its type and directions, joined.
    pub street: Option<String>,
    /// Building, floor or suite, each as UPS wrote it.
    pub extended: Vec<String>,
    /// The city.
    pub city: Option<String>,
    /// The state.
    pub state: Option<String>,
    /// The postal code.
    pub postal_code: Option<String>,
    /// The country.
    pub country: Option<String>,
}

/// Where an event was.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub struct QuantumPlace {
    /// The city.
    pub city: Option<String>,
    /// The state.
    pub state: Option<String>,
    /// The country.
    pub country: Option<String>,
}

/// A reference of the shipper.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct QuantumReference {
    /// UPS's code of its kind, if told.
    pub code: Option<String>,
    /// Which of several it is, if told.
    pub number: Option<String>,
    /// The reference.
    pub value: String,
}

/// Who pays.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BillTo {
    /// In which role.
    pub option: BillingOption,
    /// The account.
    pub account: Option<String>,
}

impl Record {
    pub(super) fn read(kind: &str, node: Node<'_>) -> Result<Self, String> {
        Ok(match kind {
            "Manifest" => Self::Manifest(Box::new(Manifest::read(node))),
            "Origin" => Self::Origin(Box::new(Origin::read(node)?)),
            "Exception" => Self::Exception(Box::new(Exception::read(node)?)),
            "Delivery" => Self::Delivery(Box::new(Delivery::read(node)?)),
            "Generic" => Self::Generic(Box::new(Generic::read(node)?)),
            other => Self::Other { kind: other.to_owned(), json: node.json() },
        })
    }

    /// The packages it speaks of: one, or those of a manifest.
    #[must_use]
    pub fn tracking_numbers(&self) -> Vec<&str> {
        match self {
            Self::Manifest(it) => it.packages.iter().filter_map(|package| package.tracking_number.as_deref()).collect(),
            Self::Other { .. } => Vec::new(),
            known => known.event().map(|event| event.tracking_number.as_str()).into_iter().collect(),
        }
    }

    /// Package, moment and place; nothing of a manifest or an unknown kind.
    #[must_use]
    pub fn event(&self) -> Option<&Event> {
        match self {
            Self::Origin(it) => Some(&it.event),
            Self::Exception(it) => Some(&it.event),
            Self::Delivery(it) => Some(&it.event),
            Self::Generic(it) => Some(&it.event),
            Self::Manifest(_) | Self::Other { .. } => None,
        }
    }

    /// What the record says of its packages. A delivery to an access point is not the end.
    #[must_use]
    pub fn canonical(&self) -> CanonicalStatus {
        match self {
            Self::Manifest(_) => CanonicalStatus::LabelCreated,
            Self::Origin(_) => CanonicalStatus::PickedUp,
            Self::Exception(_) => CanonicalStatus::Exception,
            Self::Delivery(it) if it.access_point.is_some() => CanonicalStatus::HeldForPickup,
            Self::Delivery(_) => CanonicalStatus::Delivered,
            Self::Generic(it) => it.kind.canonical(),
            Self::Other { .. } => CanonicalStatus::Unknown,
        }
    }
}

impl ActivityKind {
    fn canonical(&self) -> CanonicalStatus {
        use CanonicalStatus as C;
        match self {
            Self::VoidForManifest => C::Voided,
            Self::UndeliverableReturn => C::Returning,
            Self::TransportCompanyScan
            | Self::PostalPossession
            | Self::DestinationScan
            | Self::InTransit
            | Self::TenderedToPartner
            | Self::CourierHandOff => C::InTransit,
            Self::RetailPickup => C::PickedUp,
            Self::AtDeliverySite => C::Preparing,
            Self::OutForDelivery | Self::OutForDeliveryToday | Self::RoadieOutForDelivery => C::OutForDelivery,
            Self::InvoiceRemovalDone
            | Self::EmailFailed
            | Self::ReturnsExchange
            | Self::UpdatedDeliveryDate
            | Self::Scheduled
            | Self::CourierConfirmation => C::Notice,
            Self::Other(_) => C::Unknown,
        }
    }
}

impl Event {
    fn read(node: Node<'_>, when: Node<'_>) -> Result<Self, String> {
        Ok(Self {
            tracking_number: node.text_at("TrackingNumber").ok_or("has no TrackingNumber")?,
            shipper_number: node.text_at("ShipperNumber"),
            date: day(when, "Date"),
            time: clock(when, "Time"),
            place: QuantumPlace::read(node.path(&["ActivityLocation", "AddressArtifactFormat"])),
            package_references: QuantumReference::list(node.at("PackageReferenceNumber")),
            shipment_references: QuantumReference::list(node.at("ShipmentReferenceNumber")),
            bill_to: BillTo::read(node.at("BillToAccount")),
        })
    }
}

impl Manifest {
    fn read(node: Node<'_>) -> Self {
        Self {
            shipper: QuantumParty::read(node.at("Shipper")),
            ship_to: QuantumParty::read(node.at("ShipTo")),
            references: QuantumReference::list(node.at("ReferenceNumber")),
            service: node.at("Service").text_at("Code"),
            pickup_date: day(node, "PickupDate"),
            scheduled_delivery: day(node, "ScheduledDeliveryDate"),
            scheduled_time: clock(node, "ScheduledDeliveryTime"),
            packages: node.at("Package").each().map(ManifestPackage::read).collect(),
            package_count: node.at("PackageCount").count(),
            lead_tracking_number: node.text_at("LeadShipmentTrackingNumber"),
            charge_type: node.text_at("ShipmentChargeType"),
            bill_to: BillTo::read(node.at("BillToAccount")),
            customs_value: node.at("CustomsValue").at("MonetaryValue").decimal(),
        }
    }
}

impl ManifestPackage {
    fn read(node: Node<'_>) -> Self {
        let activity = node.at("Activity");
        let size = node.at("Dimensions");
        let sides = ["Length", "Width", "Height"].map(|name| size.text_at(name));
        Self {
            tracking_number: node.text_at("TrackingNumber"),
            activity: day(activity, "Date").map(|date| (date, clock(activity, "Time"))),
            description: node.text_at("Description"),
            weight: node.at("PackageWeight").at("Weight").decimal(),
            dimensions: match sides {
                [Some(length), Some(width), Some(height)] => Some([length, width, height]),
                _ => None,
            },
            references: QuantumReference::list(node.at("ReferenceNumber")),
            cod: node.path(&["PackageServiceOptions", "COD", "CODAmount"]).amount(),
        }
    }
}

impl Origin {
    fn read(node: Node<'_>) -> Result<Self, String> {
        Ok(Self {
            event: Event::read(node, node)?,
            scheduled_delivery: day(node, "ScheduledDeliveryDate"),
            scheduled_time: clock(node, "ScheduledDeliveryTime"),
        })
    }
}

impl Exception {
    fn read(node: Node<'_>) -> Result<Self, String> {
        let resolution = node.at("Resolution");
        Ok(Self {
            event: Event::read(node, node)?,
            status: (node.text_at("StatusCode"), node.text_at("StatusDescription")),
            reason: (node.text_at("ReasonCode"), node.text_at("ReasonDescription")),
            resolution: (resolution.text_at("Code"), resolution.text_at("Description")),
            rescheduled_delivery: day(node, "RescheduledDeliveryDate"),
            rescheduled_time: clock(node, "RescheduledDeliveryTime"),
            updated_address: QuantumAddress::read(node.at("UpdatedAddress")),
            access_point: node.text_at("AccessPointLocationID"),
        })
    }
}

impl Delivery {
    fn read(node: Node<'_>) -> Result<Self, String> {
        Ok(Self {
            event: Event::read(node, node)?,
            driver_release: node.text_at("DriverRelease"),
            location: DeliveryLocation::read(node.at("DeliveryLocation")),
            cod: node.path(&["COD", "CODAmount"]).amount(),
            last_pickup_date: node.text_at("LastPickupDate"),
            access_point: node.text_at("AccessPointLocationID"),
        })
    }
}

impl DeliveryLocation {
    fn read(node: Node<'_>) -> Option<Self> {
        node.is_filled().then(|| Self {
            address: QuantumAddress::read(node.at("AddressArtifactFormat")).unwrap_or_default(),
            code: node.text_at("Code"),
            description: node.text_at("Description"),
            signed_for_by: node.text_at("SignedForByName"),
        })
    }
}

impl Generic {
    fn read(node: Node<'_>) -> Result<Self, String> {
        let kind = node.text_at("ActivityType").ok_or("has no ActivityType")?;
        Ok(Self {
            kind: ActivityKind::of(&kind),
            event: Event::read(node, node.at("Activity"))?,
            service: node.at("Service").text_at("Code"),
            rescheduled_delivery: day(node, "RescheduledDeliveryDate"),
            failed_email: node.at("FailureNotification").text_at("FailedEmailAddress"),
        })
    }
}

impl QuantumParty {
    /// Shipper and consignee spell their names differently.
    fn read(node: Node<'_>) -> Self {
        let address = node.at("Address");
        let lines = ["AddressLine1", "AddressLine2", "AddressLine3"];
        let names = [node.text_at("Name"), node.text_at("CompanyName"), address.text_at("ConsigneeName")];
        Self {
            name: names.into_iter().flatten().next(),
            attention: node.text_at("AttentionName"),
            account: node.text_at("ShipperNumber"),
            lines: lines.iter().filter_map(|name| address.text_at(name)).collect(),
            city: address.text_at("City"),
            state: address.text_at("StateProvinceCode"),
            postal_code: address.text_at("PostalCode"),
            country: address.text_at("CountryCode"),
        }
    }
}

impl QuantumAddress {
    fn read(node: Node<'_>) -> Option<Self> {
        let street = ["StreetNumberLow", "StreetPrefix", "StreetName", "StreetType", "StreetSuffix"];
        let street: Vec<_> = street.iter().filter_map(|name| node.text_at(name)).collect();
        let piece = |node: Node<'_>| {
            let parts: Vec<_> = ["Type", "Low", "High"].iter().filter_map(|name| node.text_at(name)).collect();
            (!parts.is_empty()).then(|| parts.join(" "))
        };
        let building = node.text_at("BuildingName").into_iter();
        node.is_filled().then(|| Self {
            consignee: node.text_at("ConsigneeName"),
            street: (!street.is_empty()).then(|| street.join(" ")),
            extended: building.chain(node.at("AddressExtendedInformation").each().filter_map(piece)).collect(),
            city: node.text_at("PoliticalDivision2"),
            state: node.text_at("PoliticalDivision1"),
            postal_code: node.text_at("PostcodePrimaryLow"),
            country: node.text_at("CountryCode"),
        })
    }
}

impl QuantumPlace {
    fn read(node: Node<'_>) -> Option<Self> {
        node.is_filled().then(|| Self {
            city: node.text_at("PoliticalDivision2"),
            state: node.text_at("PoliticalDivision1"),
            country: node.text_at("CountryCode"),
        })
    }
}

impl QuantumReference {
    fn list(node: Node<'_>) -> Vec<Self> {
        let read = |node: Node<'_>| {
            Some(Self { code: node.text_at("Code"), number: node.text_at("Number"), value: node.text_at("Value")? })
        };
        node.each().filter_map(read).collect()
    }
}

impl BillTo {
    fn read(node: Node<'_>) -> Option<Self> {
        Some(Self { option: BillingOption::of(&node.text_at("Option")?), account: node.text_at("Number") })
    }
}

fn day(node: Node<'_>, name: &str) -> Option<Date> {
    node.text_at(name).as_deref().and_then(date)
}

fn clock(node: Node<'_>, name: &str) -> Option<Time> {
    node.text_at(name).as_deref().and_then(time)
}
