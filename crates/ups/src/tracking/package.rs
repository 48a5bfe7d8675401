//! One package of a tracking answer. UPS's description requires no member of it, and practice leaves most out.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use rust_decimal::Decimal;

use crate::codes::codes;
use crate::json::Node;
use crate::moment::{civil, date, instant, offset, time};
use crate::proof::Proof;
use crate::status::{CanonicalStatus, DeliveryEvidence, ScanStatus};

/// One package.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TrackedPackage {
    /// Its number.
    pub tracking_number: String,
    /// How many packages its shipment has, if told; mostly more than the answer holds.
    pub package_count: Option<u32>,
    /// UPS's own summary, if there is one. Mostly a status code without a type.
    pub current: Option<ScanStatus>,
    /// What happened, as UPS ordered it: newest first, but not strictly.
    pub activity: Vec<Activity>,
    /// The milestones, where they were asked for.
    pub milestones: Vec<Milestone>,
    /// Days of delivery: planned, changed, done.
    pub delivery_dates: Vec<DeliveryDate>,
    /// The time of day of delivery, planned or done.
    pub delivery_time: Option<DeliveryTime>,
    /// Who took it, if told.
    pub received_by: Option<String>,
    /// Where it was left, such as `Front Door`, if told.
    pub left_at: Option<String>,
    /// The signature, where it was asked for and the account is entitled to it.
    pub signature: Option<Proof>,
    /// The proof of delivery, where it was asked for and the account is entitled to it.
    pub proof_of_delivery: Option<Proof>,
    /// The driver's photo, where there is one and the account is entitled to it.
    pub photo: Option<DeliveryPhoto>,
    /// Where it comes from and goes to.
    pub addresses: Vec<PackageAddress>,
    /// The access point it waits at, if it does.
    pub access_point: Option<AccessPoint>,
    /// The shipper's references, placeholders (`NA`) left out.
    pub references: Vec<TrackedReference>,
    /// Other numbers of the same package, such as the postal service's.
    pub alternate_numbers: Vec<AlternateNumber>,
    /// The service it travels by.
    pub service: Option<TrackedService>,
    /// Its weight.
    pub weight: Option<TrackedWeight>,
    /// Its size.
    pub dimensions: Option<TrackedDimensions>,
    /// Additional services, in UPS's words such as `SIGNATURE_REQUIRED`.
    pub additional_services: Vec<String>,
    /// What UPS leaves out of this answer on purpose, such as `DETAIL`.
    pub suppressed: Vec<String>,
}

impl TrackedPackage {
    /// Why it may be believed that the package reached its consignee; nothing if it may not.
    ///
    /// A day of type `DEL` counts only while the package does not wait to be collected: UPS calls one delivered that
    /// lies at an access point. That it was delivered does not say that it stayed: it may have come back since.
    #[must_use]
    pub fn delivered(&self) -> Option<DeliveryEvidence> {
        let newest = self.current.iter().chain(self.activity.first().map(|activity| &activity.status));
        let told = newest.clone().chain(self.activity.iter().map(|activity| &activity.status));
        let coded = told.filter(|status| status.canonical() == CanonicalStatus::Delivered);
        if let Some(code) = coded.filter_map(|status| status.status_code.clone()).next() {
            return Some(DeliveryEvidence::StatusCode(code));
        }
        let waits = newest.clone().any(|status| status.canonical() == CanonicalStatus::HeldForPickup);
        let day = self.delivery_dates.iter().find(|day| day.kind == DeliveryDateKind::Delivered)?;
        (!waits).then_some(DeliveryEvidence::Date(day.date))
    }
}

/// One scan.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Activity {
    /// The instant, if it can be told: from the GMT members, else from local time and offset.
    pub at: Option<Timestamp>,
    /// Date and time at the place, if told.
    pub local: Option<DateTime>,
    /// What it was.
    pub status: ScanStatus,
    /// Where it was.
    pub place: Place,
    /// UPS's own code of the building, if told.
    pub site: Option<String>,
    /// Whether UPS calls it a record without a physical scan. Unreliable in both directions: seen false for labels and
    /// true for departures, so it tells nothing about who has the package.
    pub logical: Option<bool>,
}

/// Where a scan was made. The record of the label itself has a country only.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Place {
    /// The city, if told.
    pub city: Option<String>,
    /// The state, if told.
    pub state: Option<String>,
    /// The postal code, if told.
    pub postal_code: Option<String>,
    /// Two letters, if told.
    pub country: Option<String>,
}

codes! {
    /// What a day of delivery is.
    pub enum DeliveryDateKind {
        Scheduled = "SDD", "scheduled";
        Rescheduled = "RDD", "rescheduled";
        Delivered = "DEL", "delivered";
    }
}

codes! {
    /// What a time of delivery is.
    pub enum DeliveryTimeKind {
        EndOfDay = "EOD", "end of day";
        Commitment = "CMT", "committed time";
        EstimatedWindow = "EDW", "estimated window";
        ConfirmedWindow = "CDW", "confirmed window";
        ImminentWindow = "IDW", "imminent window";
        Delivered = "DEL", "time of delivery";
    }
}

codes! {
    /// What became of the driver's photo.
    pub enum PhotoDisposition {
        Viewable = "V", "viewable";
        NotViewable = "N", "not viewable";
        NotStored = "U", "not stored";
    }
}

codes! {
    /// What an address is to a package.
    pub enum PackageAddressKind {
        Origin = "ORIGIN", "origin";
        Destination = "DESTINATION", "destination";
    }
}

codes! {
    /// What a reference belongs to.
    pub enum TrackedReferenceKind {
        Package = "PACKAGE", "the package";
        Shipment = "SHIPMENT", "the shipment";
    }
}

/// A day of delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeliveryDate {
    /// Scheduled, changed, or done.
    pub kind: DeliveryDateKind,
    /// The day at the destination.
    pub date: Date,
}

/// A time of day of delivery, at the destination.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeliveryTime {
    /// A time, a window, or the end of the day.
    pub kind: DeliveryTimeKind,
    /// Where a window begins.
    pub start: Option<Time>,
    /// Where it ends; of a commitment or a delivery the time itself.
    pub end: Option<Time>,
}

/// The driver's photo of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeliveryPhoto {
    /// The photo, if it came.
    pub photo: Option<Proof>,
    /// Whether one was taken, if told.
    pub captured: Option<bool>,
    /// Whether it may be seen, if told.
    pub disposition: Option<PhotoDisposition>,
}

/// A step of the way, in UPS's words for consignees.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Milestone {
    /// UPS's code, if told.
    pub code: Option<String>,
    /// UPS's words, always English.
    pub description: Option<String>,
    /// Its category; of completed milestones only.
    pub category: Option<String>,
    /// Whether it is completed, in UPS's word.
    pub state: Option<String>,
    /// Whether the package is here now, if told.
    pub current: Option<bool>,
    /// Which activity completed it, counted from 0 in [`TrackedPackage::activity`].
    pub activity: Option<u32>,
    /// The category of the milestone within it, if there is one.
    pub sub_category: Option<String>,
}

/// An address of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PackageAddress {
    /// Origin or destination, if told.
    pub kind: Option<PackageAddressKind>,
    /// Whose it is, if told.
    pub name: Option<String>,
    /// The person, if told.
    pub attention: Option<String>,
    /// Street lines, if told.
    pub lines: Vec<String>,
    /// The rest of it.
    pub place: Place,
}

/// An access point a package waits at.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccessPoint {
    /// Until when it waits, if told.
    pub pickup_by: Option<Date>,
}

/// A shipper's reference.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TrackedReference {
    /// What it belongs to, if told.
    pub kind: Option<TrackedReferenceKind>,
    /// The reference.
    pub number: String,
}

/// Another number of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AlternateNumber {
    /// Whose number it is, such as `USPS_PIC`; nothing is UPS's own.
    pub kind: Option<String>,
    /// The number.
    pub number: String,
}

/// The service a package travels by.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TrackedService {
    /// An internal code of UPS (`518`), no service code.
    pub code: Option<String>,
    /// The service code in three digits: `003` for Ground's `03`.
    pub level_code: Option<String>,
    /// UPS's words.
    pub description: Option<String>,
}

/// A package's weight as UPS has it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TrackedWeight {
    /// How much.
    pub value: Decimal,
    /// `LBS` or `KGS`, if told.
    pub unit: Option<String>,
}

/// A package's size as UPS has it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TrackedDimensions {
    /// The longest side.
    pub length: Decimal,
    /// The second.
    pub width: Decimal,
    /// The third.
    pub height: Decimal,
    /// `IN` or `CM`, if told.
    pub unit: Option<String>,
}

impl TrackedPackage {
    pub(super) fn read(node: Node<'_>, at: usize) -> Result<Self, String> {
        let number = node.text_at("trackingNumber");
        let tracking_number =
            number.ok_or_else(|| format!("trackResponse.shipment.package[{at}] has no trackingNumber"))?;
        let delivery = node.at("deliveryInformation");
        let current = node.at("currentStatus");
        Ok(Self {
            tracking_number,
            package_count: node.at("packageCount").count(),
            current: current.is_filled().then(|| ScanStatus::read(current)),
            activity: node.at("activity").each().map(Activity::read).collect(),
            milestones: node.at("milestones").each().map(Milestone::read).collect(),
            delivery_dates: node.at("deliveryDate").each().filter_map(DeliveryDate::read).collect(),
            delivery_time: DeliveryTime::read(node.at("deliveryTime")),
            received_by: delivery.text_at("receivedBy"),
            left_at: delivery.text_at("location"),
            signature: Proof::read(delivery.path(&["signature", "image"])),
            proof_of_delivery: Proof::read(delivery.path(&["pod", "content"])),
            photo: DeliveryPhoto::read(delivery.at("deliveryPhoto")),
            addresses: node.at("packageAddress").each().map(PackageAddress::read).collect(),
            access_point: AccessPoint::read(node.at("accessPointInformation")),
            references: node.at("referenceNumber").each().filter_map(TrackedReference::read).collect(),
            alternate_numbers: node.at("alternateTrackingNumber").each().filter_map(AlternateNumber::read).collect(),
            service: TrackedService::read(node.at("service")),
            weight: TrackedWeight::read(node.at("weight")),
            dimensions: TrackedDimensions::read(node.at("dimension")),
            additional_services: node.at("additionalServices").each().filter_map(Node::text).collect(),
            suppressed: node.at("suppressionIndicators").each().filter_map(Node::text).collect(),
        })
    }
}

impl Activity {
    fn read(node: Node<'_>) -> Self {
        let address = node.path(&["location", "address"]);
        let local = civil(node, "date", "time");
        let greenwich = civil(node, "gmtDate", "gmtTime");
        Self {
            at: instant(greenwich, local, node.text_at("gmtOffset").as_deref().and_then(offset)),
            local,
            status: ScanStatus::read(node.at("status")),
            place: Place::read(address),
            site: node.at("location").text_at("slic"),
            logical: flag(node.at("logicalScan")),
        }
    }
}

impl Place {
    /// Reads the members that tracking and Track Alert share.
    pub(crate) fn read(address: Node<'_>) -> Self {
        Self {
            city: address.text_at("city"),
            state: address.text_at("stateProvince"),
            postal_code: address.text_at("postalCode"),
            country: address.text_at("countryCode").or_else(|| address.text_at("country")),
        }
    }
}

impl DeliveryDate {
    fn read(node: Node<'_>) -> Option<Self> {
        Some(Self { kind: DeliveryDateKind::of(&node.text_at("type")?), date: date(&node.text_at("date")?)? })
    }
}

impl DeliveryTime {
    fn read(node: Node<'_>) -> Option<Self> {
        let at = |name: &str| node.text_at(name).as_deref().and_then(time);
        let kind = DeliveryTimeKind::of(&node.text_at("type")?);
        Some(Self { kind, start: at("startTime"), end: at("endTime") })
    }
}

impl DeliveryPhoto {
    fn read(node: Node<'_>) -> Option<Self> {
        node.is_filled().then(|| Self {
            photo: Proof::read(node.at("photo")),
            captured: flag(node.at("photoCaptureInd")),
            disposition: node.text_at("photoDispositionCode").as_deref().map(PhotoDisposition::of),
        })
    }
}

impl Milestone {
    fn read(node: Node<'_>) -> Self {
        Self {
            code: node.text_at("code"),
            description: node.text_at("description"),
            category: node.text_at("category"),
            state: node.text_at("state"),
            current: flag(node.at("current")),
            activity: node.at("linkedActivity").count(),
            sub_category: node.at("subMilestone").text_at("category"),
        }
    }
}

impl PackageAddress {
    fn read(node: Node<'_>) -> Self {
        let address = node.at("address");
        let lines = ["addressLine1", "addressLine2", "addressLine3"];
        Self {
            kind: node.text_at("type").as_deref().map(PackageAddressKind::of),
            name: node.text_at("name"),
            attention: node.text_at("attentionName"),
            lines: lines.iter().filter_map(|name| address.text_at(name)).collect(),
            place: Place::read(address),
        }
    }
}

impl AccessPoint {
    fn read(node: Node<'_>) -> Option<Self> {
        node.is_filled().then(|| Self { pickup_by: node.text_at("pickupByDate").as_deref().and_then(date) })
    }
}

impl TrackedReference {
    fn read(node: Node<'_>) -> Option<Self> {
        let number = node.text_at("number").filter(|number| number != "NA")?;
        Some(Self { kind: node.text_at("type").as_deref().map(TrackedReferenceKind::of), number })
    }
}

impl AlternateNumber {
    fn read(node: Node<'_>) -> Option<Self> {
        Some(Self { kind: node.text_at("type"), number: node.text_at("number")? })
    }
}

impl TrackedService {
    fn read(node: Node<'_>) -> Option<Self> {
        node.is_filled().then(|| Self {
            code: node.text_at("code"),
            level_code: node.text_at("levelCode"),
            description: node.text_at("description"),
        })
    }
}

impl TrackedWeight {
    fn read(node: Node<'_>) -> Option<Self> {
        Some(Self { value: node.at("weight").decimal()?, unit: node.text_at("unitOfMeasurement") })
    }
}

impl TrackedDimensions {
    fn read(node: Node<'_>) -> Option<Self> {
        Some(Self {
            length: node.at("length").decimal()?,
            width: node.at("width").decimal()?,
            height: node.at("height").decimal()?,
            unit: node.text_at("unitOfDimension"),
        })
    }
}

fn flag(node: Node<'_>) -> Option<bool> {
    match node.text()?.as_str() {
        "true" | "Y" => Some(true),
        "false" | "N" => Some(false),
        _ => None,
    }
}
