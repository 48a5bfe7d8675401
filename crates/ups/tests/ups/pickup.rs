//! Pickups: what they cost, scheduling, following, cancelling.

use serde_json::{Value, json};
use ups::pickup::{
    CancelPickup, ChargeKind, Container, OnCallStatus, PendingPickups, PickupAddress, PickupKind, PickupPayment,
    PickupPiece, PickupRateRequest, PickupRequest, PickupScope, PickupTime, PickupWindow, Prn, RateStatus, RateType,
    ScheduledPickup, SmartPickupDay, TriggerStatus,
};
use ups::{Error, Service, Weight, WeightUnit};
use wiremock::ResponseTemplate;

use crate::desk::{ACCOUNT, Desk, envelope};

const PRN: &str = "2930O2BER9R";

fn dock() -> PickupAddress {
    PickupAddress {
        company: "Ridge Supply".to_owned(),
        contact: "Dispatch".to_owned(),
        line: "120 Dock Road".to_owned(),
        city: "Oakland".to_owned(),
        state: "CA".to_owned(),
        postal_code: "94607-1234".to_owned(),
        country: "US".to_owned(),
        pickup_point: "Lobby".to_owned(),
        phone: "+1 (510) 555-0100".to_owned(),
        ..PickupAddress::default()
    }
}

fn afternoon() -> PickupWindow {
    PickupWindow {
        date: jiff::civil::date(2026, 9, 1),
        ready: jiff::civil::time(9, 5, 0, 0),
        close: jiff::civil::time(17, 0, 0, 0),
    }
}

fn ground(quantity: u16) -> PickupPiece {
    PickupPiece { service: Service::Ground, quantity, destination: "US".to_owned(), container: Container::Package }
}

fn request() -> PickupRequest {
    PickupRequest::new(dock(), afternoon(), vec![ground(27)])
}

fn answer(name: &str, more: &Value) -> Value {
    let mut container = json!({ "Response": { "ResponseStatus": { "Code": "1", "Description": "Success" },
        "Alert": { "Code": "9500717", "Description": "no discount" }, "TransactionReference": "" } });
    container.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    json!({ name: container })
}

fn rated() -> Value {
    json!({ "RateType": "FD", "CurrencyCode": "USD", "ChargeDetail": {
        "ChargeCode": "B", "ChargeDescription": "BASE CHARGE", "ChargeAmount": "7.70", "TaxAmount": "0.00",
    }, "TotalTax": "0.00", "GrandTotalOfAllCharge": "8.12" })
}

#[tokio::test]
async fn a_pickup_is_scheduled_at_its_own_local_time() {
    let taken =
        answer("PickupCreationResponse", &json!({ "PRN": PRN, "RateStatus": { "Code": "01" }, "RateResult": rated() }));
    let desk = Desk::open().await.answers_json(200, taken).await;
    let whole = PickupRequest {
        weight: Some(Weight::new("5.5".parse().expect("a number"), WeightUnit::Pounds)),
        payment: PickupPayment::TrackingNumber("1Z999AA10123456784".to_owned()),
        rate: true,
        reference: "GATE 4".to_owned(),
        confirmation_email: "dock@example.com".to_owned(),
        ..request()
    };
    let pickup = desk.client.schedule_pickup(&whole).await.expect("a pickup");
    assert_eq!((pickup.prn.as_str(), &pickup.rate_status), (PRN, &RateStatus::Available));
    assert_eq!(
        pickup.rate.as_ref().and_then(|rate| rate.total.as_ref()).map(ToString::to_string).as_deref(),
        Some("8.12 USD")
    );
    assert_eq!(pickup.alerts[0].code, "9500717");
    assert_eq!(ScheduledPickup::from_raw(&pickup.raw), Ok(pickup));

    let call = &desk.calls().await[0];
    assert_eq!(call.url.path(), "/api/pickupcreation/v2409/pickup");
    let sent: Value = call.body_json().expect("json");
    let expected = json!({
        "Request": { "SubVersion": "2007" }, "RatePickupIndicator": "Y",
        "Shipper": { "Account": { "AccountNumber": ACCOUNT, "AccountCountryCode": "US" } },
        "PickupDateInfo": { "PickupDate": "20260901", "ReadyTime": "0905", "CloseTime": "1700" },
        "PickupAddress": { "CompanyName": "Ridge Supply", "ContactName": "Dispatch", "AddressLine": "120 Dock Road",
            "City": "Oakland", "StateProvince": "CA", "PostalCode": "94607", "CountryCode": "US",
            "ResidentialIndicator": "N", "PickupPoint": "Lobby", "Phone": { "Number": "5105550100" } },
        "AlternateAddressIndicator": "N",
        "PickupPiece": [{ "ServiceCode": "003", "Quantity": "27", "DestinationCountryCode": "US", "ContainerCode": "01" }],
        "TotalWeight": { "Weight": "5.5", "UnitOfMeasurement": "LBS" }, "OverweightIndicator": "N",
        "TrackingData": [{ "TrackingNumber": "1Z999AA10123456784" }], "PaymentMethod": "04",
        "ReferenceNumber": "GATE 4", "Notification": { "ConfirmationEmailAddress": "dock@example.com" },
    });
    assert_eq!(sent["PickupCreationRequest"], expected);
}

#[tokio::test]
async fn a_pickup_that_cannot_be_right_is_not_sent() {
    let desk = Desk::open().await;
    let field = async |request: PickupRequest| match desk.client.schedule_pickup(&request).await {
        Err(Error::Invalid { field, .. }) => field,
        other => panic!("{other:?}"),
    };
    let at = |change: fn(&mut PickupAddress)| {
        let mut address = dock();
        change(&mut address);
        PickupRequest { address, ..request() }
    };
    assert_eq!(field(PickupRequest { pieces: Vec::new(), ..request() }).await, "pieces");
    assert_eq!(field(PickupRequest { pieces: vec![ground(0)], ..request() }).await, "pieces.quantity");
    let window = PickupWindow { close: jiff::civil::time(9, 0, 0, 0), ..afternoon() };
    assert_eq!(field(PickupRequest { window, ..request() }).await, "window");
    let tracking_numbers = (0..31).map(|at| format!("1Z999AA101{at:08}")).collect();
    assert_eq!(field(PickupRequest { tracking_numbers, ..request() }).await, "tracking_numbers");
    assert_eq!(field(at(|it| it.company = "c".repeat(28))).await, "address.company");
    assert_eq!(field(at(|it| it.state = String::new())).await, "address.state");
    assert_eq!(field(at(|it| it.phone = String::new())).await, "address.phone");
    assert_eq!(desk.calls().await.len(), 0);
}

/// Nobody could cancel a pickup without its number; and an answer that was lost may be a pickup.
#[tokio::test]
async fn a_pickup_without_a_number_is_in_doubt() {
    let nameless = answer("PickupCreationResponse", &json!({ "RateStatus": { "Code": "04" } }));
    let answers = [ResponseTemplate::new(200).set_body_json(nameless), ResponseTemplate::new(503)];
    for answer in answers {
        let desk = Desk::open().await.answers(answer).await;
        let error = desk.client.schedule_pickup(&request()).await.expect_err("no number");
        assert!(error.may_have_taken_effect(), "{error}");
        assert_eq!(desk.calls().await.len(), 1);
    }
    let desk = Desk::open().await.refuses("9510113").await;
    let error = desk.client.schedule_pickup(&request()).await.expect_err("too late for today");
    assert!(matches!(&error, Error::Rejected { code, .. } if code == "9510113"), "{error}");
}

#[tokio::test]
async fn a_rate_is_asked_for_today_another_day_or_a_certain_time() {
    let desk =
        Desk::open().await.answers_json(200, answer("PickupRateResponse", &json!({ "RateResult": rated() }))).await;
    for time in [PickupTime::Today, PickupTime::AnotherDay, PickupTime::At(afternoon())] {
        let request = PickupRateRequest { address: dock(), time, taxes: false };
        let rate = desk.client.rate_pickup(&request).await.expect("a rate");
        assert_eq!((rate.kind.as_ref(), &rate.charges[0].kind), (Some(&RateType::FutureDay), &ChargeKind::Base));
        assert_eq!(rate.charges[0].amount.as_ref().map(ToString::to_string).as_deref(), Some("7.70 USD"));
    }
    let calls = desk.calls().await;
    let bodies: Vec<Value> = calls.iter().map(|call| call.body_json().expect("json")).collect();
    let options: Vec<_> = bodies.iter().map(|body| body["PickupRateRequest"]["ServiceDateOption"].clone()).collect();
    assert_eq!(options, ["01", "02", "03"]);
    assert_eq!(bodies[0]["PickupRateRequest"]["PickupDateInfo"], Value::Null);
    assert_eq!(bodies[2]["PickupRateRequest"]["PickupDateInfo"]["CloseTime"], "1700");
    assert_eq!(calls[0].url.path(), "/api/shipments/v2409/pickup/oncall");

    let desk = Desk::open().await.answers_json(200, answer("PickupRateResponse", &json!({}))).await;
    let request = PickupRateRequest { address: dock(), time: PickupTime::Today, taxes: true };
    assert!(matches!(desk.client.rate_pickup(&request).await, Err(Error::Unreadable { .. })));
}

#[tokio::test]
async fn pending_pickups_are_listed_whatever_their_shape() {
    let one = json!({ "PickupType": "01", "ServiceDate": "20260901", "PRN": PRN, "OnCallStatusCode": "012",
        "PickupStatusMessage": "Being processed", "ContactName": "Dispatch", "ReferenceNumber": "GATE 4" });
    let other = json!({ "PickupType": "02", "PRN": "GPE58AB041C", "GWNStatusCode": "77" });
    for (list, count) in [(one.clone(), 1), (json!([one, other]), 2), (Value::Null, 0)] {
        let pending = answer("PickupPendingStatusResponse", &json!({ "PendingStatus": list }));
        let desk = Desk::open().await.answers_json(200, pending).await;
        let pending = desk.client.pending_pickups(PickupScope::Both).await.expect("an answer");
        assert_eq!(pending.pickups.len(), count);
        if let Some(first) = pending.pickups.first() {
            assert_eq!(
                (first.kind.as_ref(), first.on_call.as_ref()),
                (Some(&PickupKind::OnCall), Some(&OnCallStatus::Processing))
            );
            assert_eq!(first.service_date, Some(jiff::civil::date(2026, 9, 1)));
        }
        if let Some(second) = pending.pickups.get(1) {
            assert_eq!(second.smart.as_ref().map(|status| status.code()), Some("77"), "an unknown code is kept");
        }
        let call = &desk.calls().await[0];
        assert_eq!(
            (call.url.path(), &call.headers["accountnumber"]),
            ("/api/shipments/v2409/pickup/both", &ACCOUNT.parse().expect("a header"))
        );
        assert_eq!(PendingPickups::from_raw(&pending.raw), Ok(pending));
    }
}

#[tokio::test]
async fn a_pickup_is_cancelled_by_number_or_the_latest_of_the_account() {
    let cancelled = answer("PickupCancelResponse", &json!({ "PickupType": "01" }));
    let desk = Desk::open().await.answers_json(200, cancelled).await;
    let prn: Prn = PRN.to_lowercase().parse().expect("a number");
    let done = desk.client.cancel_pickup(&CancelPickup::Prn(prn)).await.expect("cancelled");
    assert_eq!(done.kind, Some(PickupKind::OnCall));
    desk.client.cancel_pickup(&CancelPickup::MostRecent).await.expect("cancelled");
    let calls = desk.calls().await;
    assert_eq!((calls[0].method.as_str(), calls[0].url.path()), ("DELETE", "/api/shipments/v2409/pickup/02"));
    assert_eq!(calls[0].headers["prn"], PRN);
    assert_eq!(calls[1].url.path(), "/api/shipments/v2409/pickup/01");
    assert!(!calls[1].headers.contains_key("prn"));
    assert!("2930 O2BER9R".parse::<Prn>().is_err() && "".parse::<Prn>().is_err());

    let desk = Desk::open().await.answers_json(400, envelope("9510115")).await;
    let error = desk.client.cancel_pickup(&CancelPickup::MostRecent).await.expect_err("on its way");
    assert_eq!(error.code(), "9510115");
}

#[tokio::test]
async fn a_smart_pickup_after_the_cut_off_is_for_the_next_business_day() {
    let triggered = json!({ "PickupTriggerGWNResponse": { "ServiceDate": "20260902", "NextBusinessDayIndicator": "Y",
        "PRN": "GPE58AB041C", "TriggerStatus": { "Code": "02", "Description": "EXISTING" } } });
    let desk = Desk::open().await.answers_json(200, triggered).await;
    let pickup = desk.client.trigger_smart_pickup(SmartPickupDay::Today).await.expect("a pickup");
    assert!(pickup.next_business_day);
    assert_eq!(
        (pickup.service_date, pickup.status),
        (Some(jiff::civil::date(2026, 9, 2)), Some(TriggerStatus::Existing))
    );
    let sent: Value = desk.calls().await[0].body_json().expect("json");
    let expected = json!({ "Request": {}, "AccountNumber": ACCOUNT, "ServiceDateOption": "01" });
    assert_eq!(sent["PickupTriggerGWNRequest"], expected);
}

#[tokio::test]
async fn the_states_of_a_country_can_be_asked_for() {
    let states = answer("PickupGetPoliticalDivision1ListResponse", &json!({ "PoliticalDivision1": ["AB", "BC"] }));
    let desk = Desk::open().await.answers_json(200, states).await;
    assert_eq!(desk.client.pickup_states("ca").await.expect("an answer"), ["AB", "BC"]);
    let call = &desk.calls().await[0];
    assert_eq!(call.url.path(), "/api/pickup/v2409/countries/CA");
    assert!(call.headers.contains_key("transid"));
}
