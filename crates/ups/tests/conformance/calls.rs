//! The client's calls by name, each with a request that could be right, and the shipment they are about.

use jiff::civil::{Date, date, time};
use serde_json::Value;
use ups::pickup::{
    CancelPickup, Container, PickupAddress, PickupPiece, PickupRateRequest, PickupRequest, PickupScope, PickupTime,
    PickupWindow, SmartPickupDay,
};
use ups::time_in_transit::{Contents, TransitPlace};
use ups::track_alert::{AccountSubscription, Destination, Level, PackageSubscription};
use ups::{
    AddressQuery, Amount, Client, Dimensions, Error, LabelFormat, Locator, Package, Party, RateRequest, RecoveryFormat,
    RecoveryRequest, ReferenceKind, ReferenceNumber, ReferenceSearch, Service, ShipRequest, Shipment, TrackOptions,
    Url, Weight, WeightUnit, quantum_view, time_in_transit,
};

/// One call of the client, or the reader of UPS's own call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ask {
    Token,
    Address,
    Rate,
    Shop,
    RateWithTransit,
    TimeInTransit,
    Ship,
    Void,
    Recover,
    Track,
    TrackShipment,
    TrackReference,
    Subscribe,
    SubscribeFirstVersion,
    SubscribeAccount,
    UnsubscribeAccount,
    /// No call of the client's: UPS calls, and the client's reader reads.
    Alert,
    QuantumView,
    RatePickup,
    SchedulePickup,
    SmartPickup,
    PendingPickups,
    CancelPickup,
    PickupStates,
}

/// By which call the answers of an operation are read; where an operation answers in several forms, the member that
/// tells the form.
const READERS: &[(&str, Option<&str>, Ask)] = &[
    ("POST /security/v1/oauth/token", None, Ask::Token),
    ("POST /addressvalidation/{version}/{requestoption}", None, Ask::Address),
    ("POST /rating/{version}/{requestoption}", None, Ask::Rate),
    ("POST /rating/{version}/{requestoption}", None, Ask::Shop),
    ("POST /rating/{version}/{requestoption}", None, Ask::RateWithTransit),
    ("POST /shipments/{version}/transittimes", None, Ask::TimeInTransit),
    ("POST /shipments/{version}/ship", None, Ask::Ship),
    ("DELETE /shipments/{version}/void/cancel/{shipmentidentificationnumber}", None, Ask::Void),
    ("POST /labels/{version}/recovery", None, Ask::Recover),
    ("GET /track/v1/details/{inquiryNumber}", None, Ask::Track),
    ("GET /track/v1/shipment/details/{inquiryNumber}", None, Ask::TrackShipment),
    ("GET /track/v1/reference/details/{referenceNumber}", None, Ask::TrackReference),
    ("POST /subscription/{type}/package", None, Ask::Subscribe),
    ("POST /subscription/standard/package", None, Ask::SubscribeFirstVersion),
    ("POST /subscription/enhanced/package", None, Ask::SubscribeFirstVersion),
    ("POST /subscription/{type}/account", None, Ask::SubscribeAccount),
    ("DELETE /subscription/{type}/account", None, Ask::UnsubscribeAccount),
    ("webhook TrackingEvent v1", None, Ask::Alert),
    ("webhook TrackingEvent v2", None, Ask::Alert),
    ("webhook TrackingEventEnhanced v1", None, Ask::Alert),
    ("POST /quantumview/{version}/events", None, Ask::QuantumView),
    ("POST /shipments/{version}/pickup/{pickuptype}", None, Ask::RatePickup),
    ("POST /pickupcreation/{version}/pickup", Some("PickupCreationResponse"), Ask::SchedulePickup),
    ("POST /pickupcreation/{version}/pickup", Some("PickupTriggerGWNResponse"), Ask::SmartPickup),
    ("GET /shipments/{version}/pickup/{pickuptype}", None, Ask::PendingPickups),
    ("DELETE /shipments/{version}/pickup/{CancelBy}", None, Ask::CancelPickup),
    ("GET /pickup/{version}/countries/{countrycode}", None, Ask::PickupStates),
];

/// Operations the connector has no use for, and why.
pub(crate) const UNNEEDED: &[(&str, &str)] =
    &[("POST /pickup/{version}/servicecenterlocations", "a dock does not drop its packages off")];

impl Ask {
    /// The calls that read an operation's answer.
    pub(crate) fn readers_of(operation: &str, answer: &Value) -> impl Iterator<Item = Self> {
        let is_form = |form: &Option<&str>| form.is_none_or(|form| answer.get(form).is_some());
        let of_operation = READERS.iter().filter(move |(name, ..)| *name == operation);
        let known_form = of_operation.clone().any(|(_, form, _)| is_form(form));
        // A refusal has no form; whichever call was made reads it.
        of_operation.filter(move |(_, form, _)| is_form(form) || !known_form).map(|(.., ask)| *ask)
    }

    /// The calls that read the answer to a request.
    pub(crate) fn readers_of_call(method: &str, path: &str, answer: &Value) -> Vec<Self> {
        let fits = |name: &str| {
            let Some((known, template)) = name.split_once(" /") else { return false };
            let mut pairs = template.rsplit('/').zip(path.rsplit('/'));
            known == method && pairs.all(|(known, given)| known.starts_with('{') || known == given)
        };
        let operation = READERS.iter().find(|(name, ..)| fits(name));
        operation.into_iter().flat_map(|(name, ..)| Self::readers_of(name, answer)).collect()
    }

    /// Makes the call. What was understood is shown as `Debug` shows it.
    pub(crate) async fn of(self, client: &Client) -> Result<String, Error> {
        match self {
            Self::Token => client.token().await.map(shown),
            Self::Address => client.check_address(&address("1 Main St", "Oakland", "CA", "94607")).await.map(shown),
            Self::Rate => client.rate(&RateRequest::new(parcel())).await.map(shown),
            Self::Shop => client.rate(&RateRequest::shop(parcel())).await.map(shown),
            Self::RateWithTransit => client.rate(&RateRequest::new(parcel()).with_time_in_transit()).await.map(shown),
            Self::TimeInTransit => client.time_in_transit(&transit()).await.map(shown),
            Self::Ship => client.ship(&ShipRequest::new(parcel(), LabelFormat::Zpl)).await.map(shown),
            Self::Void => client.void(NUMBER).await.map(shown),
            Self::Recover => client.recover(&lost(Locator::reference(REFERENCE))).await.map(shown),
            Self::Track => client.track(NUMBER).await.map(shown),
            Self::TrackShipment => client.track_shipment_page(NUMBER, &TrackOptions::default(), 0, 50).await.map(shown),
            Self::TrackReference => {
                client.track_reference(&ReferenceSearch::new(REFERENCE, MONDAY, MONDAY)).await.map(shown)
            }
            Self::Subscribe => client.subscribe(&PackageSubscription::new([NUMBER])).await.map(shown),
            Self::SubscribeFirstVersion => client.subscribe(&first_version([NUMBER], Level::Standard)).await.map(shown),
            Self::SubscribeAccount => client.subscribe_account(&AccountSubscription::new("dock")).await.map(shown),
            Self::UnsubscribeAccount => client.unsubscribe_account(&AccountSubscription::new("dock")).await.map(shown),
            Self::Alert => panic!("UPS makes this call"),
            Self::QuantumView => client.quantum_view(&files(), None).await.map(shown),
            Self::RatePickup => client.rate_pickup(&pickup_rate()).await.map(shown),
            Self::SchedulePickup => client.schedule_pickup(&pickup()).await.map(shown),
            Self::SmartPickup => client.trigger_smart_pickup(SmartPickupDay::Today).await.map(shown),
            Self::PendingPickups => client.pending_pickups(PickupScope::OnCall).await.map(shown),
            Self::CancelPickup => client.cancel_pickup(&CancelPickup::MostRecent).await.map(shown),
            Self::PickupStates => client.pickup_states("US").await.map(shown),
        }
    }
}

pub(crate) fn shown<T: std::fmt::Debug>(answer: T) -> String {
    format!("{answer:?}")
}

/// The day of most stories.
pub(crate) const MONDAY: Date = date(2026, 9, 14);

/// A number of the sandbox's account that was never given out.
pub(crate) const NUMBER: &str = "1ZA1B2C30300000000";

/// The reference every shipment here carries.
pub(crate) const REFERENCE: &str = "0123456789ABCDEFGHJKMNPQRS";

pub(crate) fn address(line: &str, city: &str, state: &str, postal_code: &str) -> AddressQuery {
    AddressQuery {
        name: "Hill Hardware".to_owned(),
        lines: vec![line.to_owned()],
        city: city.to_owned(),
        state: state.to_owned(),
        postal_code: postal_code.to_owned(),
        country: "US".to_owned(),
        ..AddressQuery::default()
    }
}

pub(crate) fn party(name: &str, line: &str, city: &str, state: &str, postal_code: &str, country: &str) -> Party {
    Party::new(name)
        .street(line)
        .place(city, state, postal_code, country)
        .attention("Receiving Dock")
        .phone("510 555 0100")
        .email("dock@example.com")
}

pub(crate) fn shipper() -> Party {
    party("Bay Fasteners", "1 Harbor Blvd", "Oakland", "CA", "94607", "US")
}

pub(crate) fn customer() -> Party {
    party("Harbor Machine Works", "22 Foundry St", "Boston", "MA", "02118", "US")
}

pub(crate) fn package(pounds: &str) -> Package {
    Package::pounds(pounds.parse().expect("a weight")).sized(Dimensions::inches(12, 10, 8)).containing("Hinges")
}

pub(crate) fn reference() -> ReferenceNumber {
    ReferenceNumber::new(ReferenceKind::Transaction, REFERENCE)
}

/// A shipment from Oakland to Boston by Ground, without packages yet.
pub(crate) fn ground() -> Shipment {
    Shipment::domestic(sandbox::CREDENTIALS.ups_account, shipper(), customer(), Service::Ground)
        .reference(reference())
        .negotiated()
        .on(MONDAY)
        .containing("Hinges")
}

/// The same with one package.
pub(crate) fn parcel() -> Shipment {
    ground().package(package("12.3"))
}

/// What to ask to get a lost label again.
pub(crate) fn lost(locator: Locator) -> RecoveryRequest {
    RecoveryRequest::new(locator, RecoveryFormat::Zpl)
}

/// From Oakland to Boston, with all UPS might want to know.
pub(crate) fn transit() -> time_in_transit::Query {
    let place = |city: &str, state: &str, postal_code: &str| TransitPlace {
        country: "US".to_owned(),
        state: state.to_owned(),
        city: city.to_owned(),
        town: String::new(),
        postal_code: postal_code.to_owned(),
    };
    time_in_transit::Query {
        ship_date: Some(MONDAY),
        ship_time: Some(time(10, 0, 0, 0)),
        weight: Some(Weight::new("12.3".parse().expect("a weight"), WeightUnit::Pounds)),
        value: Some(Amount::new("120".parse().expect("a value"), "USD")),
        contents: Some(Contents::NonDocuments),
        packages: Some(1),
        ..time_in_transit::Query::new(place("Oakland", "CA", "94607"), place("Boston", "MA", "02118"))
    }
}

/// A subscription of version 1, which names where UPS calls.
pub(crate) fn first_version<const N: usize>(numbers: [&str; N], level: Level) -> PackageSubscription {
    let destination = Destination {
        url: Url::parse("https://dock.example.com/alerts").expect("a url"),
        credential_type: "Bearer".to_owned(),
        credential: "a word of our own".into(),
    };
    PackageSubscription { level, destination: Some(destination), ..PackageSubscription::new(numbers) }
}

/// The files of Monday.
pub(crate) fn files() -> quantum_view::Query {
    quantum_view::Query::range(MONDAY.at(0, 0, 0, 0), Some(MONDAY.at(23, 59, 59, 0)))
}

fn dock() -> PickupAddress {
    PickupAddress {
        company: "Bay Fasteners".to_owned(),
        contact: "Shipping Desk".to_owned(),
        line: "1 Harbor Blvd".to_owned(),
        city: "Oakland".to_owned(),
        state: "CA".to_owned(),
        postal_code: "94607".to_owned(),
        country: "US".to_owned(),
        pickup_point: "Dock 2".to_owned(),
        phone: "5105550100".to_owned(),
        ..PickupAddress::default()
    }
}

fn window() -> PickupWindow {
    PickupWindow { date: MONDAY, ready: time(14, 0, 0, 0), close: time(17, 30, 0, 0) }
}

pub(crate) fn pickup_rate() -> PickupRateRequest {
    PickupRateRequest { address: dock(), time: PickupTime::At(window()), taxes: true }
}

pub(crate) fn pickup() -> PickupRequest {
    let pieces = PickupPiece {
        service: Service::Ground,
        quantity: 4,
        destination: "US".to_owned(),
        container: Container::Package,
    };
    PickupRequest {
        weight: Some(Weight::new("49.2".parse().expect("a weight"), WeightUnit::Pounds)),
        rate: true,
        instruction: "Ring twice".to_owned(),
        reference: "Monday's orders".to_owned(),
        ..PickupRequest::new(dock(), window(), vec![pieces])
    }
}
