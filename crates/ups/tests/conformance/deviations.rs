//! Where client or sandbox leave UPS's description on purpose, each with its reason.
//!
//! The list is short and may not rot: a deviation that strikes no more fails the test. Its place is as narrow as
//! the disagreement: one operation, one side, one pointer, one keyword.

use std::collections::BTreeSet;
use std::fmt;

use super::judge::{Side, Strike};

/// A disagreement that is meant, at one place or at several for the same reason.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deviation {
    operation: &'static str,
    side: Side,
    keyword: &'static str,
    places: &'static [&'static str],
    reason: &'static str,
}

impl Deviation {
    pub(crate) fn excuses(&self, strike: &Strike) -> bool {
        let Strike { operation, side, place, keyword, .. } = strike;
        let same = self.side == *side && self.operation == operation && self.keyword == keyword;
        same && self.places.contains(&place.as_str())
    }

    /// The places at which it strikes no more.
    pub(crate) fn idle(&self, strikes: &BTreeSet<Strike>) -> Vec<String> {
        let strikes_at = |place: &str| strikes.iter().any(|it| it.place == place && self.excuses(it));
        let Self { operation, side, keyword, .. } = self;
        let idle = self.places.iter().filter(|place| !strikes_at(place));
        idle.map(|place| format!("{operation} · {side:?} · {place} · {keyword}")).collect()
    }
}

impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { operation, side, keyword, places, reason } = self;
        writeln!(f, "  {operation} · {side:?} · {keyword}: {reason}")?;
        places.iter().try_for_each(|place| writeln!(f, "    {place}"))
    }
}

const XAV: &str = "POST /addressvalidation/{version}/{requestoption}";
const RATE: &str = "POST /rating/{version}/{requestoption}";
const TRANSIT: &str = "POST /shipments/{version}/transittimes";
const SHIP: &str = "POST /shipments/{version}/ship";
const VOID: &str = "DELETE /shipments/{version}/void/cancel/{shipmentidentificationnumber}";
const RECOVERY: &str = "POST /labels/{version}/recovery";
const SUBSCRIBE: &str = "POST /subscription/{type}/package";
const EVENT: &str = "webhook TrackingEvent v2";
const FIRST_EVENT: &str = "webhook TrackingEvent v1";
const ENHANCED_EVENT: &str = "webhook TrackingEventEnhanced v1";
const QUANTUM: &str = "POST /quantumview/{version}/events";
const PICKUP_RATE: &str = "POST /shipments/{version}/pickup/{pickuptype}";
const PICKUP: &str = "POST /pickupcreation/{version}/pickup";
const PICKUP_PENDING: &str = "GET /shipments/{version}/pickup/{pickuptype}";
const PICKUP_CANCEL: &str = "DELETE /shipments/{version}/pickup/{CancelBy}";
const PICKUP_STATES: &str = "GET /pickup/{version}/countries/{countrycode}";

/// UPS sends `""` where an object would be empty.
const EMPTY: &str = "observed: an empty text where the request had no customer context";
/// UPS's length annotations cannot be trusted.
const LENGTH: &str = "a length that excludes values the description lists, or shows, itself";
/// Nor can its largest numbers.
const COUNT: &str = "how often a member may come, written where the largest number belongs";

/// What version 1 of Track Alert writes blank, as its own examples do.
const BLANK: &str = "the description's own examples write a blank so";
const BLANKS: &[&str] = &[
    "/activityLocation/postalCode",
    "/activityLocation/stateProvince",
    "/actualDeliveryDate",
    "/actualDeliveryTime",
    "/deliveryEndTime",
    "/deliveryStartTime",
];

const fn sent(
    operation: &'static str,
    keyword: &'static str,
    places: &'static [&'static str],
    reason: &'static str,
) -> Deviation {
    Deviation { operation, side: Side::Sent, keyword, places, reason }
}

const fn answered(
    operation: &'static str,
    keyword: &'static str,
    places: &'static [&'static str],
    reason: &'static str,
) -> Deviation {
    Deviation { operation, side: Side::Answered, keyword, places, reason }
}

/// All of them.
#[rustfmt::skip]
pub(crate) const DEVIATIONS: &[Deviation] = &[
    // What the client sends.
    sent(RATE, "maxLength", &["path requestoption"], LENGTH),
    sent(RATE, "minLength", &["/RateRequest/Shipment/Service/Code"], LENGTH),
    sent(RATE, "minLength", &["/RateRequest/Shipment/Package/*/PackageServiceOptions/DeclaredValue/MonetaryValue"],
        "eight characters at least would begin at ten thousand dollars"),
    sent(TRANSIT, "maximum", &["/weight", "/shipmentContentsValue"], COUNT),
    sent(SHIP, "required", &["/ShipmentRequest/LabelSpecification/LabelStockSize"],
        "paper has a size for thermal printers only; recovery even refuses it beside an image (9801050)"),
    sent(RECOVERY, "minLength", &["/LabelRecoveryRequest/LabelSpecification/LabelImageFormat/Code"], LENGTH),
    sent(RECOVERY, "required", &["/LabelRecoveryRequest/TrackingNumbers", "/LabelRecoveryRequest/ReferenceValues"],
        "observed: exactly one locator is taken, two are refused (9801030)"),
    sent(SUBSCRIBE, "pattern", &["/trackingNumberList/*"], "a number that is none, asked on purpose to be told so"),
    sent(QUANTUM, "minLength", &["/QuantumViewRequest/Request/RequestAction"], LENGTH),
    sent(QUANTUM, "unknown", &["/QuantumViewRequest/Request/TransactionReference/XpciVersion"],
        "the description's own example has it"),
    sent(PICKUP_RATE, "maxLength", &["/PickupRateRequest/ServiceDateOption"], LENGTH),
    sent(PICKUP, "maxLength", &["/PickupCreationRequest/PickupDateInfo/PickupDate"], LENGTH),
    sent(PICKUP, "minLength", &["/PickupCreationRequest/TotalWeight/Weight"], LENGTH),
    sent(PICKUP, "type", &["/PickupCreationRequest/PickupAddress/AddressLine"],
        "the description's own examples and all clients seen send a text"),
    // What the sandbox answers, as UPS was seen to.
    answered(XAV, "type", &["/XAVResponse/Response/TransactionReference"], EMPTY),
    answered(XAV, "type", &["/XAVResponse/Candidate/*/AddressKeyFormat/AddressLine"],
        "observed: a text where there is one line, on v2 too"),
    answered(RATE, "type", &["/RateResponse/Response/TransactionReference"], EMPTY),
    answered(RATE, "minLength", &["/RateResponse/RatedShipment/*/Service/Description"], "observed: always empty"),
    answered(TRANSIT, "unknown", &["status 206"], "observed: 206 and a list to pick from where a place is not clear"),
    answered(TRANSIT, "unknown", &[
        "/emsResponse/services/*/sundayDeliveryIndicator",
        "/emsResponse/services/*/sundayPickupIndicator",
    ], "observed beside the documented indicators of Saturday"),
    answered(TRANSIT, "maximum", &["/emsResponse/numberOfServices", "/emsResponse/services/*/businessTransitDays"], COUNT),
    answered(TRANSIT, "maxLength", &["/emsResponse/services/*/serviceLevel", "/emsResponse/shipDate"], LENGTH),
    answered(SHIP, "type", &["/ShipmentResponse/Response/TransactionReference"], EMPTY),
    answered(SHIP, "unknown", &["/ShipmentResponse/Response/TransactionReference/TransactionIdentifier"],
        "observed beside the customer context"),
    answered(SHIP, "required", &["/ShipmentResponse/ShipmentResults/PackageResults/*/RateModifier/*/CurrencyCode"],
        "demanded here and described nowhere; the same container elsewhere does without"),
    answered(SHIP, "minLength", &["/ShipmentResponse/ShipmentResults/BillingWeight/Weight"],
        "observed: `8.0`; no weight of UPS has eight characters"),
    answered(VOID, "type", &["/VoidShipmentResponse/Response/TransactionReference"], EMPTY),
    answered(VOID, "unknown", &["/VoidShipmentResponse/PackageLevelResult"], "observed: the singular"),
    answered(VOID, "maxLength", &["/VoidShipmentResponse/SummaryResult/Status/Description"], LENGTH),
    answered(RECOVERY, "type", &["/LabelRecoveryResponse/Response/TransactionReference"], EMPTY),
    answered(RECOVERY, "type", &["/LabelRecoveryResponse/LabelResults"], "observed: an object where there is one package"),
    answered(RECOVERY, "required", &["/LabelRecoveryResponse/LabelResults"],
        "several shipments: candidates come in its place"),
    answered(RECOVERY, "minLength", &["/LabelRecoveryResponse/LabelResults/*/LabelImage/LabelImageFormat/Code"], LENGTH),
    answered(RECOVERY, "type", &["/LabelRecoveryResponse/LabelResults/*/Receipt"],
        "observed: an empty text where there is no receipt"),
    answered(EVENT, "pattern", &["/trackingNumber"], "the examples of version 1 begin with a blank"),
    answered(EVENT, "unknown", &["/activityStatus/descriptionCode"], "all examples have it, the schema has not"),
    answered(FIRST_EVENT, "pattern", &["/trackingNumber"], "its own examples begin with a blank"),
    answered(FIRST_EVENT, "pattern", BLANKS, BLANK),
    answered(FIRST_EVENT, "minLength", BLANKS, BLANK),
    answered(FIRST_EVENT, "unknown", &["/activityStatus/descriptionCode", "/deliveryPhoto"],
        "its own examples have them, the schema has not"),
    answered(ENHANCED_EVENT, "pattern", &["/trackingNumber"], "its own examples begin with a blank"),
    answered(ENHANCED_EVENT, "pattern", BLANKS, BLANK),
    answered(ENHANCED_EVENT, "minLength", BLANKS, BLANK),
    answered(ENHANCED_EVENT, "unknown", &["/activityStatus/descriptionCode"], "all examples have it, the schema has not"),
    answered(QUANTUM, "minLength", &[
        "/QuantumViewResponse/QuantumViewEvents/SubscriptionEvents/*/SubscriptionFile/*/Delivery/*/ActivityLocation/AddressArtifactFormat/CountryCode",
        "/QuantumViewResponse/QuantumViewEvents/SubscriptionEvents/*/SubscriptionFile/*/Origin/*/ActivityLocation/AddressArtifactFormat/CountryCode",
        "/QuantumViewResponse/QuantumViewEvents/SubscriptionEvents/*/SubscriptionFile/*/Origin/*/PackageReferenceNumber/*/Code",
        "/QuantumViewResponse/QuantumViewEvents/SubscriptionEvents/*/SubscriptionFile/*/Manifest/*/Package/*/Dimensions/Height",
        "/QuantumViewResponse/QuantumViewEvents/SubscriptionEvents/*/SubscriptionFile/*/Manifest/*/Package/*/Dimensions/Width",
    ], LENGTH),
    answered(QUANTUM, "maxLength", &[
        "/QuantumViewResponse/QuantumViewEvents/SubscriptionEvents/*/SubscriptionFile/*/Manifest/*/Package/*/Dimensions/Length",
        "/QuantumViewResponse/QuantumViewEvents/SubscriptionEvents/*/SubscriptionFile/*/Manifest/*/Package/*/PackageWeight/Weight",
    ], LENGTH),
    answered(QUANTUM, "required", &[
        "/QuantumViewResponse/QuantumViewEvents/SubscriptionEvents/*/SubscriptionFile/*/Manifest/*/CollectBillIndicator",
        "/QuantumViewResponse/QuantumViewEvents/SubscriptionEvents/*/SubscriptionFile/*/Manifest/*/ConsigneeBillIndicator",
        "/QuantumViewResponse/QuantumViewEvents/SubscriptionEvents/*/SubscriptionFile/*/Manifest/*/Package/*/PackageServiceOptions/HoldForPickup",
    ], "an indicator says yes by being there, so it cannot be required"),
    answered(QUANTUM, "type", &[
        "/QuantumViewResponse/QuantumViewEvents/SubscriptionEvents/*/SubscriptionFile/*/Manifest/*/Package/*/PackageServiceOptions/COD",
    ], "observed: an empty text where nothing is collected"),
    answered(PICKUP_RATE, "type", &["/PickupRateResponse/Response/TransactionReference"], EMPTY),
    answered(PICKUP_RATE, "minLength", &[
        "/PickupRateResponse/RateResult/ChargeDetail/*/ChargeAmount",
        "/PickupRateResponse/RateResult/ChargeDetail/*/TaxAmount",
        "/PickupRateResponse/RateResult/GrandTotalOfAllCharge",
        "/PickupRateResponse/RateResult/PreTaxTotalCharge",
        "/PickupRateResponse/RateResult/TotalTax",
    ], "an amount of exactly eight characters begins at ten thousand dollars"),
    answered(PICKUP, "type", &[
        "/PickupCreationResponse/Response/TransactionReference",
        "/PickupTriggerGWNResponse/Response/TransactionReference",
    ], EMPTY),
    answered(PICKUP, "minLength", &[
        "/PickupCreationResponse/RateResult/ChargeDetail/*/ChargeAmount",
        "/PickupCreationResponse/RateResult/ChargeDetail/*/TaxAmount",
        "/PickupCreationResponse/RateResult/GrandTotalOfAllCharge",
        "/PickupCreationResponse/RateResult/TotalTax",
    ], "an amount of exactly eight characters begins at ten thousand dollars"),
    answered(PICKUP_PENDING, "type", &["/PickupPendingStatusResponse/Response/TransactionReference"], EMPTY),
    answered(PICKUP_PENDING, "maxLength", &["/PickupPendingStatusResponse/PendingStatus/*/GWNStatusCode"], LENGTH),
    answered(PICKUP_CANCEL, "type", &["/PickupCancelResponse/Response/TransactionReference"], EMPTY),
    answered(PICKUP_STATES, "type", &["/PickupGetPoliticalDivision1ListResponse/Response/TransactionReference"], EMPTY),
];
