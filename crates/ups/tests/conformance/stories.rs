//! The calls, made as the connector makes them.
//!
//! Each story opens a sandbox and a client of its own, with the recording hop between them, and looks at what
//! comes of its calls only as far as it needs to be sure that it told the story it meant.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use sandbox::fault::{Call, Fault, Kind};
use sandbox::ups::{Fate, Webhook, WebhookToken};
use sandbox::{Sandbox, Settings};
use serde_json::{Value, json};
use ups::pickup::{CancelPickup, PickupScope, SmartPickupDay};
use ups::quantum_view::Record;
use ups::time_in_transit::TransitAnswer;
use ups::track_alert::{AccountSubscription, EventPreference, Level, PackageSubscription};
use ups::{
    AccessPointDelivery, AddressAnswer, AddressOption, AddressQuery, Amount, Billing, CertifiedGoods, Client, Clock,
    Confirmation, Environment, Error, InternationalForms, Invoice, LabelFormat, Locator, Notification, Occasion,
    Package, Party, Payer, PreferenceCriterion, Producer, ProducerKnowledge, Product, RateRequest, ReasonForExport,
    Recovery, RecoveryFormat, RecoveryRequest, ReferenceSearch, Returns, Service, ShipRequest, Shipment,
    TermsOfShipment, TrackOptions, UnitOfMeasure, Url, UsmcaCertificate, VoidOutcome, Waybill, WeightUnit,
    quantum_view,
};

use super::calls::{
    Ask, MONDAY, NUMBER, REFERENCE, address, customer, first_version, ground, lost, package, parcel, party, pickup,
    pickup_rate, reference, shipper, transit,
};
use super::hop::{self, Tape};

/// A Monday morning in Oakland.
const START: &str = "2026-09-14T16:00:00Z";

/// A sandbox, and a client that reaches it through the hop.
struct Desk {
    sandbox: Sandbox,
    client: Client,
}

/// The sandbox's clock as the client's.
#[derive(Debug)]
struct Follows(sandbox::Clock);

impl Clock for Follows {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

impl Desk {
    async fn open(story: &'static str, tape: &Tape) -> Self {
        Self::with_secret(story, tape, sandbox::CREDENTIALS.ups_client_secret).await
    }

    async fn with_secret(story: &'static str, tape: &Tape, secret: &str) -> Self {
        let start = START.parse().expect("an instant");
        let sandbox = Sandbox::start(Settings::empty(start)).await.expect("free ports");
        let hop = hop::open(story, sandbox.ups_url(), tape.clone()).await;
        let known = sandbox.credentials();
        let at = Environment::At(Url::parse(&hop).expect("the hop's address"));
        let mut settings = ups::Settings::new(at, known.ups_client_id, secret, known.ups_account);
        settings.send_merchant_id = true;
        settings.clock = Arc::new(Follows(sandbox.clock()));
        let client = Client::new(settings).expect("settings that can be right");
        Self { sandbox, client }
    }

    fn wait(&self, hours: i64) {
        self.sandbox.clock().advance(SignedDuration::from_hours(hours));
    }

    async fn ship(&self, shipment: Shipment) -> Waybill {
        self.client.ship(&ShipRequest::new(shipment, LabelFormat::Zpl)).await.expect("a shipment the sandbox takes")
    }
}

/// Tells all stories and gives what was recorded.
pub(crate) async fn tell() -> Tape {
    let tape = Tape::default();
    tokens(&tape).await;
    addresses(&tape).await;
    prices(&tape).await;
    bookings(&tape).await;
    voids(&tape).await;
    recoveries(&tape).await;
    journeys(&tape).await;
    alerts(&tape).await;
    quantum_views(&tape).await;
    pickups(&tape).await;
    refusals(&tape).await;
    tape
}

async fn tokens(tape: &Tape) {
    let desk = Desk::open("token", tape).await;
    desk.client.token().await.expect("a token");
    let desk = Desk::with_secret("token refused", tape, "another secret").await;
    assert!(matches!(desk.client.token().await, Err(Error::Credentials { .. })));
}

async fn addresses(tape: &Tape) {
    let desk = Desk::open("address", tape).await;
    let place = sandbox::world::places::plain_commercial().next().expect("the world has places");
    let twin = sandbox::world::places::places().iter().find(|place| place.twin).expect("the world has twins");
    let known = address(&place.full_line(), place.city, place.state, &place.zip9());
    let answer = desk.client.check_address(&known).await.expect("an answer");
    assert!(matches!(answer.answer, AddressAnswer::Valid(_)), "{answer:?}");
    let half = address(&twin.line_without_direction(), twin.city, twin.state, twin.zip5);
    let answer = desk.client.check_address(&half).await.expect("an answer");
    assert!(matches!(answer.answer, AddressAnswer::Ambiguous(_)), "{answer:?}");
    let unknown = address("1 Nowhere Plz", place.city, place.state, place.zip5);
    let answer = desk.client.check_address(&unknown).await.expect("an answer");
    assert_eq!(answer.answer, AddressAnswer::NotFound);
    for option in [AddressOption::Validation, AddressOption::Classification] {
        let query = AddressQuery { option, ..known.clone() };
        desk.client.check_address(&query).await.expect("an answer");
    }
    let town = AddressQuery { regional: true, lines: Vec::new(), ..known };
    desk.client.check_address(&town).await.expect("an answer");
}

async fn prices(tape: &Tape) {
    let desk = Desk::open("rate", tape).await;
    let rates = desk.client.rate(&RateRequest::new(ground().packages([package("4"), package("25.5")]))).await;
    assert!(rates.expect("a price").quotes[0].negotiated.is_some());
    let desk = Desk::open("shop", tape).await;
    let rates = desk.client.rate(&RateRequest::shop(parcel())).await.expect("prices");
    assert!(rates.quotes.len() > 1);
    let desk = Desk::open("rate with time in transit", tape).await;
    let rates = desk.client.rate(&RateRequest::new(parcel()).with_time_in_transit()).await.expect("a price");
    assert!(rates.quotes[0].transit.is_some());
    let desk = Desk::open("shop with time in transit", tape).await;
    let rates = desk.client.rate(&RateRequest::shop(parcel()).with_time_in_transit()).await.expect("prices");
    assert!(rates.quotes.len() > 1);
    let rates = desk.client.rate(&RateRequest::shop(to_canada()).with_time_in_transit()).await.expect("prices");
    assert!(!rates.quotes.is_empty());
    times_in_transit(tape).await;
}

async fn times_in_transit(tape: &Tape) {
    let desk = Desk::open("time in transit", tape).await;
    let answer = desk.client.time_in_transit(&transit()).await.expect("an answer");
    assert!(matches!(answer, TransitAnswer::Services(_)), "{answer:?}");
    let mut unclear = transit();
    unclear.destination.city = "Springfield".to_owned();
    let answer = desk.client.time_in_transit(&unclear).await.expect("an answer");
    assert!(matches!(answer, TransitAnswer::Unclear(_)), "{answer:?}");
}

async fn bookings(tape: &Tape) {
    let desk = Desk::open("ship within the US", tape).await;
    for label in LabelFormat::KNOWN {
        let waybill = desk.client.ship(&ShipRequest::new(parcel(), label.clone())).await.expect("a shipment");
        assert!(waybill.packages[0].label.is_some(), "{label}");
    }
    let worth = Amount::new("250".parse().expect("a value"), "USD");
    let everything = Shipment::domestic(desk.client.account(), shipper(), customer(), Service::NextDayAir)
        .package(package("12.3").declared(worth).confirmed_by(Confirmation::Signature))
        .reference(reference())
        .residential()
        .notifying(Notification::new(Occasion::Ship, "buyer@example.com").memo("On its way"))
        .notifying(Notification::new(Occasion::Delivery, "buyer@example.com"))
        .on(MONDAY);
    desk.ship(everything).await;
    let other = Payer::third_party("Z9Y8X7", "60607", "US");
    desk.ship(parcel().billed(Billing::to(other))).await;

    Box::pin(ship_in_every_way(tape)).await;
    let desk = Desk::open("ship several packages", tape).await;
    let several = ground().packages([package("4"), package("25.5"), package("120")]);
    assert_eq!(desk.ship(several).await.packages.len(), 3);
    let desk = Desk::open("ship to Canada with an invoice", tape).await;
    let waybill = desk.ship(to_canada()).await;
    assert!(waybill.papers().next().is_some());
    let desk = Desk::open("return", tape).await;
    let back = |returns: Returns| {
        let account = sandbox::CREDENTIALS.ups_account;
        Shipment::returning(account, shipper(), customer(), Service::Ground, returns)
            .package(package("3"))
            .reference(reference())
            .on(MONDAY)
            .containing("Hinges, wrong size")
    };
    assert!(desk.ship(back(Returns::printed())).await.packages[0].label.is_some());
    desk.ship(back(Returns::emailed("buyer@example.com"))).await;
}

/// What a shipment can have beside packages. The sandbox may refuse it: what is judged here is how it is asked for.
async fn ship_in_every_way(tape: &Tape) {
    let desk = Desk::open("ship in every way", tape).await;
    let worth = |text: &str| Amount::new(text.parse().expect("a value"), "USD");
    let shop = || party("Corner Shop", "30 Foundry St", "Boston", "MA", "02118", "US");
    let by_air = || Shipment::domestic(desk.client.account(), shipper(), customer(), Service::NextDayAir).on(MONDAY);
    let paper = UsmcaCertificate::new(Producer::Exporter, MONDAY, MONDAY.tomorrow().expect("a Tuesday"));
    let certified = CertifiedGoods::new(PreferenceCriterion::A, ProducerKnowledge::Producer);
    let forms = |buyer: &Party| {
        let invoice = Invoice::new("INV-100483", MONDAY, ReasonForExport::Sample, "USD")
            .purchase_order("PO-7")
            .declaring("These goods are samples.")
            .freight(worth("12").value)
            .insurance(worth("1.5").value)
            .discount(worth("3").value);
        let hinges = Product::new(
            "Steel hinges for cabinet doors, zinc plated, with screws",
            40,
            UnitOfMeasure::Pieces,
            worth("3.25").value,
        )
        .tariff_code("830210")
        .made_in("US")
        .weighing(worth("9").value, WeightUnit::Pounds)
        .certified(certified.clone());
        InternationalForms::invoice(invoice, buyer.clone()).product(hinges).usmca(paper.clone())
    };
    let abroad = |buyer: Party, service: Service| {
        let forms = forms(&buyer);
        Shipment::international(desk.client.account(), shipper(), buyer, service, "Steel hinges", forms)
            .package(package("9"))
            .reference(reference())
            .confirmed_by(Confirmation::AdultSignature)
            .on(MONDAY)
    };
    let toronto = party("Lake Hardware", "40 King St W", "Toronto", "ON", "M5H 3Y2", "CA");
    let mexico = party("Ferreteria Centro", "Av Juarez 10", "Ciudad de Mexico", "DF", "06050", "MX");
    let san_juan = party("Isla Hardware", "100 Calle Fortaleza", "San Juan", "PR", "00901", "PR");
    let mut links = by_air().package(package("2"));
    (links.label_links, links.direct_delivery_only) = (true, true);
    let mut handled = package("2").declared(worth("900"));
    handled.additional_handling = true;
    let ways = [
        by_air().package(handled).from(shop()).billed(Billing::to(Payer::receiver("Z9Y8X7", "02118"))),
        by_air().package(package("2")).billed(Billing::to(Payer::Consignee)),
        by_air().package(Package::letter()).on_saturday(),
        by_air().package(package("2")).to_access_point(AccessPointDelivery::hold_at(shop()).with_id("U12345678")),
        by_air().package(package("2")).to_access_point(AccessPointDelivery::deliver_to(shop())),
        links,
        abroad(toronto, Service::Standard).billed(Billing::default().duties_to(Payer::receiver("Z9Y8X7", "M5H3Y2"))),
        abroad(mexico, Service::WorldwideExpedited).billed(Billing::default().duties_to(Payer::Shipper)),
        Shipment::domestic(desk.client.account(), shipper(), san_juan, Service::SecondDayAir)
            .package(package("2"))
            .containing("Steel hinges")
            .worth(worth("80"))
            .on(MONDAY),
    ];
    let mut booked = 0;
    for shipment in ways {
        let mut request = ShipRequest::new(shipment.clone(), LabelFormat::Zpl);
        request.customer_context = "every way".to_owned();
        match desk.client.ship(&request).await {
            Ok(_) => booked += 1,
            Err(Error::Rejected { .. }) => {}
            Err(other) => panic!("{other:?} of {shipment:?}"),
        }
        match desk.client.rate(&RateRequest::new(shipment.clone())).await {
            Ok(_) | Err(Error::Rejected { .. }) => {}
            Err(other) => panic!("{other:?} of {shipment:?}"),
        }
    }
    assert!(booked > 3, "{booked}");
}

async fn voids(tape: &Tape) {
    let desk = Desk::open("void a shipment", tape).await;
    let number = desk.ship(parcel()).await.shipment_identification_number;
    assert_eq!(desk.client.void(&number).await.expect("an answer").outcome, VoidOutcome::Voided);
    assert_eq!(desk.client.void(&number).await.expect("an answer").outcome, VoidOutcome::AlreadyVoided);
    let unknown = desk.client.void(NUMBER).await.expect("an answer");
    assert!(matches!(unknown.outcome, VoidOutcome::NotKnown { .. }));
    let desk = Desk::open("void packages", tape).await;
    let waybill = desk.ship(ground().packages([package("4"), package("25.5"), package("7")])).await;
    let numbers: Vec<&str> = waybill.packages.iter().map(|package| package.tracking_number.as_str()).collect();
    let answer = desk.client.void_packages(&waybill.shipment_identification_number, &numbers[1..]).await;
    let voided = answer.expect("an answer").packages;
    assert_eq!(voided.iter().filter(|package| package.voided).count(), 2, "{voided:?}");
}

async fn recoveries(tape: &Tape) {
    let desk = Desk::open("recover by number", tape).await;
    let number = desk.ship(parcel()).await.shipment_identification_number;
    for format in RecoveryFormat::KNOWN {
        let request = RecoveryRequest::new(Locator::TrackingNumber(number.clone()), format.clone());
        let answer = desk.client.recover(&request).await.expect("an answer");
        assert!(matches!(answer.outcome, Recovery::Found(_)), "{format}");
    }
    let desk = Desk::open("recover by reference", tape).await;
    let by_reference = lost(Locator::reference(REFERENCE));
    let recover = async || desk.client.recover(&by_reference).await.expect("an answer").outcome;
    assert_eq!(recover().await, Recovery::NotFound);
    desk.ship(ground().packages([package("4"), package("25.5")])).await;
    assert!(matches!(recover().await, Recovery::Found(found) if found.packages.len() == 2));
    desk.ship(parcel()).await;
    assert!(matches!(recover().await, Recovery::Candidates(found) if found.len() == 2));
}

/// Sends a page and follows its bookmark, by range and by what is unread.
async fn quantum_views(tape: &Tape) {
    let desk = Desk::open("quantum view", tape).await;
    let ups = desk.sandbox.ups();
    // Small pages, so that there are bookmarks.
    ups.change(|manners| manners.quantum_page_bytes = 2_000);
    for _ in 0..3 {
        let number = desk.ship(parcel()).await.shipment_identification_number;
        ups.decide_fate(&number, Fate::OnTime);
    }
    let voided = desk.ship(parcel()).await.shipment_identification_number;
    desk.client.void(&voided).await.expect("an answer");
    desk.wait(24 * 5);
    let range = quantum_view::Query::range(MONDAY.at(0, 0, 0, 0), None);
    let mut pages = desk.client.quantum_view_pages(range);
    let (mut records, mut bookmarks) = (Vec::new(), 0);
    while let Some(page) = pages.next().await.expect("a page") {
        bookmarks += usize::from(page.bookmark.is_some());
        records.extend(page.records().map(|(_, record)| record.clone()));
    }
    assert!(bookmarks > 0);
    assert!(records.iter().any(|record| matches!(record, Record::Manifest(_))), "{records:?}");
    assert!(records.iter().any(|record| matches!(record, Record::Delivery(_))));
    let unread = quantum_view::Query::unread_and_mark_read();
    desk.client.quantum_view(&unread, None).await.expect("a page");
}

async fn pickups(tape: &Tape) {
    let desk = Desk::open("pickup", tape).await;
    desk.client.rate_pickup(&pickup_rate()).await.expect("a price");
    let scheduled = desk.client.schedule_pickup(&pickup()).await.expect("a pickup");
    let pending = desk.client.pending_pickups(PickupScope::OnCall).await.expect("an answer");
    assert_eq!(pending.pickups.len(), 1);
    desk.client.cancel_pickup(&CancelPickup::Prn(scheduled.prn)).await.expect("an answer");
    desk.client.schedule_pickup(&pickup()).await.expect("a pickup");
    desk.client.cancel_pickup(&CancelPickup::MostRecent).await.expect("an answer");
    let none = desk.client.pending_pickups(PickupScope::Both).await;
    assert!(none.is_err() || none.is_ok_and(|none| none.pickups.is_empty()));
    desk.client.pickup_states("CA").await.expect("provinces");
    let desk = Desk::open("smart pickup", tape).await;
    desk.client.trigger_smart_pickup(SmartPickupDay::NextBusinessDay).await.expect("a pickup");
    desk.client.pending_pickups(PickupScope::Smart).await.expect("an answer");
}

async fn journeys(tape: &Tape) {
    let desk = Desk::open("track by number", tape).await;
    let number = desk.ship(parcel()).await.shipment_identification_number;
    assert!(!desk.client.track(&number).await.expect("an answer").found(), "a fresh label is unknown");
    let (picked_up, delivered) = desk.sandbox.ups().journey_of(&number).expect("a journey");
    for instant in [picked_up, delivered] {
        desk.sandbox.clock().set(instant + SignedDuration::from_mins(1));
        assert!(desk.client.track(&number).await.expect("an answer").found());
    }
    let desk = Desk::open("track a shipment", tape).await;
    let several = ground().packages([package("4"), package("25.5"), package("7")]);
    let number = desk.ship(several).await.shipment_identification_number;
    desk.wait(36);
    let first = desk.client.track_shipment_page(&number, &TrackOptions::default(), 0, 2).await.expect("an answer");
    assert_eq!((first.tracking.packages.len(), first.next_offset), (2, Some(2)));
    let desk = Desk::open("track by reference", tape).await;
    desk.ship(parcel()).await;
    desk.wait(36);
    let search = ReferenceSearch::new(REFERENCE, MONDAY, MONDAY.tomorrow().expect("a Tuesday"));
    let found = desk.client.track_reference(&search).await;
    assert!(found.expect("an answer").found());
}

/// UPS calls by itself, in both versions and at both levels.
async fn alerts(tape: &Tape) {
    const SECOND: (&str, &str) = ("UPSTrackAlert.yaml", "webhook TrackingEvent v2");
    let enhanced = Level::Enhanced { events: vec![EventPreference::Delivery, EventPreference::InProgress] };
    for (story, level) in [("alert, standard", Level::Standard), ("alert, enhanced", enhanced.clone())] {
        let desk = Desk::open(story, tape).await;
        let url = hop::receiver(story, SECOND, tape.clone()).await;
        let token = WebhookToken::Given { bearer: "a given token".to_owned() };
        desk.sandbox.ups().register_webhook(Some(Webhook { url, api_key: None, token }));
        let home = parcel().residential();
        let number = desk.ship(home).await.shipment_identification_number;
        desk.sandbox.ups().decide_fate(&number, Fate::OnTime);
        let subscription = PackageSubscription { level, ..PackageSubscription::new([number.as_str(), "no number"]) };
        let subscribed = desk.client.subscribe(&subscription).await.expect("a partial success");
        assert_eq!((subscribed.valid.len(), subscribed.invalid.len()), (1, 1));
        let (_, end) = desk.sandbox.ups().journey_of(&number).expect("a journey");
        desk.sandbox.clock().set(end);
        desk.sandbox.ups().webhooks_settled().await;
        assert!(!desk.sandbox.ups().webhooks_sent().is_empty());
        let nothing = desk.client.subscribe(&PackageSubscription::new(["no number"])).await.expect("an answer");
        assert!(nothing.valid.is_empty());
    }
    const FIRST: (&str, &str) = ("UPSTrackAlert-v1-20250922.yaml", "webhook TrackingEvent v1");
    const FIRST_ENHANCED: (&str, &str) = ("UPSTrackAlertEnhanced-v1-20250922.yaml", "webhook TrackingEventEnhanced v1");
    let firsts = [("alert v1, standard", Level::Standard, FIRST), ("alert v1, enhanced", enhanced, FIRST_ENHANCED)];
    for (story, level, webhook) in firsts {
        let desk = Desk::open(story, tape).await;
        let subscribed = desk.client.subscribe(&first_version([NUMBER], level.clone())).await.expect("a success");
        assert!(subscribed.is_complete());
        let number = desk.ship(parcel()).await.shipment_identification_number;
        desk.sandbox.ups().decide_fate(&number, Fate::OnTime);
        let receiver = hop::receiver(story, webhook, tape.clone()).await;
        subscribe_by_hand(&desk, &level, &number, &receiver).await;
        let (_, end) = desk.sandbox.ups().journey_of(&number).expect("a journey");
        desk.sandbox.clock().set(end);
        desk.sandbox.ups().webhooks_settled().await;
        assert!(!desk.sandbox.ups().webhooks_sent().is_empty());
    }
    let desk = Desk::open("alert of an account", tape).await;
    let account = AccountSubscription::new("dock");
    desk.client.subscribe_account(&account).await.expect("a success");
    desk.client.unsubscribe_account(&account).await.expect("a success");
}

/// Version 1 names its receiver, and the client insists on https, which a receiver on this machine has not.
async fn subscribe_by_hand(desk: &Desk, level: &Level, number: &str, receiver: &str) {
    let (http, known) = (hop::http(), desk.sandbox.credentials());
    let token = http.post(format!("{}/security/v1/oauth/token", desk.sandbox.ups_url()));
    let token = token.basic_auth(known.ups_client_id, Some(known.ups_client_secret));
    let token = token.form(&[("grant_type", "client_credentials")]).send().await.expect("an answer");
    let token: Value = token.json().await.expect("a token");
    let kind = if *level == Level::Standard { "standard" } else { "enhanced" };
    let body = json!({
        "locale": "en_US", "countryCode": "US", "trackingNumberList": [number],
        "destination": { "url": receiver, "credentialType": "Bearer", "credential": "a word of our own" },
    });
    let call = http.post(format!("{}/api/track/v1/subscription/{kind}/package", desk.sandbox.ups_url()));
    let call = call.bearer_auth(token["access_token"].as_str().expect("a text"));
    let answer = call.header("transId", "by hand").header("transactionSrc", "by hand").json(&body).send().await;
    assert_eq!(answer.expect("an answer").status(), 200);
}

/// Every call once with each status a gateway gives by itself, and one refusal of its own.
async fn refusals(tape: &Tape) {
    let desk = Desk::open("refused", tape).await;
    desk.client.token().await.expect("a token");
    for (status, code) in [(401, "250003"), (403, "250003"), (429, "10429")] {
        let envelope = Kind::Envelope { status, code: code.to_owned(), message: "Words of the gateway".to_owned() };
        for call in [Call::AddressValidation, Call::Rate, Call::Ship, Call::Recovery, Call::Void] {
            desk.sandbox.faults().add(Fault::before(call, envelope.clone()));
        }
        for ask in [Ask::Address, Ask::Rate, Ask::Ship, Ask::Recover, Ask::Void] {
            ask.of(&desk.client).await.expect_err("it was turned away");
        }
    }
    let wrong =
        Shipment::domestic(desk.client.account(), shipper(), customer(), Service::Standard).package(package("3"));
    assert!(matches!(desk.client.ship(&ShipRequest::new(wrong, LabelFormat::Zpl)).await, Err(Error::Rejected { .. })));
    assert_eq!(desk.sandbox.ledger().labels_bought(), 0);
}

/// By Standard to Toronto, with an invoice.
fn to_canada() -> Shipment {
    let buyer = party("Lake Hardware", "40 King St W", "Toronto", "ON", "M5H 3Y2", "CA");
    let value = |text: &str| text.parse().expect("a value");
    let invoice =
        Invoice::new("INV-100482", MONDAY, ReasonForExport::Sale, "USD").terms(TermsOfShipment::DeliveredAtPlace);
    let hinges = Product::new("Steel hinges", 40, UnitOfMeasure::Pieces, value("3.25"))
        .tariff_code("8302.10")
        .made_in("US")
        .part_number("H-40");
    let forms = InternationalForms::invoice(invoice, buyer.clone()).product(hinges);
    let account = sandbox::CREDENTIALS.ups_account;
    Shipment::international(account, shipper(), buyer, Service::Standard, "Steel hinges", forms)
        .package(package("9"))
        .reference(reference())
        .negotiated()
        .on(MONDAY)
        .worth(Amount::new(value("130"), "USD"))
        .billed(Billing::default().duties_to(Payer::Shipper))
}
