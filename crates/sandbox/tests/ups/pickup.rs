//! Pickups: rate, order, pending, cancel, on call and smart.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::counter::{Answer, Counter, settle};

/// A pickup in Oakland; Monday the 14th is the day of the tests.
fn wish(day: &str) -> Value {
    json!({"PickupCreationRequest": {
        "Request": {"TransactionReference": {"CustomerContext": "dock"}},
        "RatePickupIndicator": "Y",
        "Shipper": {"Account": {"AccountNumber": "A1B2C3", "AccountCountryCode": "US"}},
        "PickupDateInfo": {"CloseTime": "1700", "ReadyTime": "1300", "PickupDate": day},
        "PickupAddress": {
            "CompanyName": "Bay Fasteners", "ContactName": "Shipping Desk", "AddressLine": "1 Harbor Blvd",
            "City": "Oakland", "StateProvince": "CA", "PostalCode": "94607", "CountryCode": "US",
            "ResidentialIndicator": "N", "PickupPoint": "Dock 2", "Phone": {"Number": "5105550100"},
        },
        "AlternateAddressIndicator": "Y",
        "PickupPiece": [
            {"ServiceCode": "003", "Quantity": "4", "DestinationCountryCode": "US", "ContainerCode": "01"},
        ],
        "TotalWeight": {"Weight": "48.0", "UnitOfMeasurement": "LBS"},
        "OverweightIndicator": "N",
        "PaymentMethod": "01",
        "ReferenceNumber": "700",
    }})
}

async fn order(counter: &Counter, body: &Value) -> Answer {
    counter.post("/api/pickupcreation/v2409/pickup", body).await
}

fn prn(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let prn = answer.body["PickupCreationResponse"]["PRN"].as_str().unwrap().to_owned();
    assert!(prn.len() == 11 && prn.starts_with("29") && prn.bytes().all(|c| c.is_ascii_alphanumeric()), "{prn}");
    prn
}

async fn pending(counter: &Counter, kind: &str) -> Vec<Value> {
    let call = counter.call("GET", &format!("/api/shipments/v2409/pickup/{kind}"));
    let answer = settle(call.header("AccountNumber", "A1B2C3")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["PickupPendingStatusResponse"]["PendingStatus"].as_array().unwrap().clone()
}

async fn cancel(counter: &Counter, prn: &str) -> Answer {
    settle(counter.call("DELETE", "/api/shipments/v2409/pickup/02").header("Prn", prn)).await
}

#[tokio::test]
async fn ordering_twice_gives_the_same_number() {
    let counter = Counter::open().await;
    let first = order(&counter, &wish("20260915")).await;
    let body = &first.body["PickupCreationResponse"];
    assert_eq!(body["RateStatus"]["Code"], "01");
    assert_eq!(body["RateResult"]["RateType"], "FD");
    let again = order(&counter, &wish("20260915")).await;
    assert_eq!(prn(&first), prn(&again));
    let other_day = order(&counter, &wish("20260916")).await;
    assert_ne!(prn(&first), prn(&other_day));
    let mut elsewhere = wish("20260915");
    elsewhere["PickupCreationRequest"]["PickupAddress"]["AddressLine"] = json!(["2 Harbor Blvd"]);
    assert_ne!(prn(&first), prn(&order(&counter, &elsewhere).await));
    let pickups = counter.sandbox.ups().pickups();
    assert_eq!(pickups.iter().map(|one| one.times).collect::<Vec<_>>(), [2, 1, 1]);
}

#[tokio::test]
async fn a_pickup_goes_its_way_and_cannot_be_called_off_once_dispatched() {
    let mut counter = Counter::open().await;
    let number = prn(&order(&counter, &wish("20260915")).await);
    let status = async |counter: &Counter| {
        let pending = pending(counter, "oncall").await;
        pending.first().map(|one| one["OnCallStatusCode"].as_str().unwrap().to_owned())
    };
    assert_eq!(status(&counter).await.as_deref(), Some("001"));
    counter.sandbox.clock().advance(SignedDuration::from_mins(15));
    assert_eq!(status(&counter).await.as_deref(), Some("012"));
    let one = pending(&counter, "both").await[0].clone();
    assert_eq!(one["PickupType"], "01");
    assert_eq!(one["ServiceDate"], "20260915");
    assert_eq!((&one["ContactName"], &one["ReferenceNumber"]), (&json!("Shipping Desk"), &json!("700")));
    assert!(pending(&counter, "smart").await.is_empty());
    counter.wait(24).await;
    assert_eq!(status(&counter).await.as_deref(), Some("002"));
    cancel(&counter, &number).await.refused_with("9510115");
    counter.wait(8).await;
    assert_eq!(status(&counter).await, None);
    assert_eq!(counter.sandbox.ups().pickups()[0].status, "003");
    // Done is done: the same wish is a new pickup, and for a day gone by none at all.
    order(&counter, &wish("20260914")).await.refused_with("9510113");
}

#[tokio::test]
async fn a_pickup_is_called_off_by_number_or_as_the_latest() {
    let counter = Counter::open().await;
    let first = prn(&order(&counter, &wish("20260915")).await);
    let second = prn(&order(&counter, &wish("20260916")).await);
    let answer = cancel(&counter, &first.to_lowercase()).await;
    assert_eq!(answer.body["PickupCancelResponse"]["PickupType"], "01");
    cancel(&counter, &first).await.refused_with("9510115");
    cancel(&counter, "2900NOTHERE").await.refused_with("9500510");
    let latest = settle(counter.call("DELETE", "/api/shipments/v2409/pickup/01")).await;
    assert_eq!(latest.status, 200);
    assert!(counter.sandbox.ups().pickups().iter().all(|one| one.status == "007"));
    let again = prn(&order(&counter, &wish("20260916")).await);
    assert_ne!(again, second, "a pickup called off is not brought back");
}

#[tokio::test]
async fn incomplete_orders_are_refused() {
    let counter = Counter::open().await;
    for (pointer, value) in [
        ("/PickupAddress/ContactName", json!("")),
        ("/PickupAddress/CompanyName", json!("A company whose name is far too long")),
        ("/PickupAddress/StateProvince", json!("")),
        ("/PickupAddress/Phone/Number", json!("")),
        ("/PickupAddress/ResidentialIndicator", json!("maybe")),
        ("/PickupPiece/0/Quantity", json!("1000")),
        ("/PickupPiece/0/ServiceCode", json!("3")),
        ("/PickupPiece", json!([])),
        ("/PaymentMethod", json!("02")),
        ("/Shipper/Account/AccountNumber", json!("ZZZZZZ")),
        ("/PickupDateInfo/CloseTime", json!("1200")),
        ("/PickupDateInfo/PickupDate", json!("2026-09-15")),
    ] {
        let mut body = wish("20260915");
        *body["PickupCreationRequest"].pointer_mut(pointer).unwrap() = value;
        order(&counter, &body).await.refused_with("9500510");
    }
    assert!(counter.sandbox.ups().pickups().is_empty());
}

#[tokio::test]
async fn a_pickup_is_priced_by_day_and_home() {
    let counter = Counter::open().await;
    let price = async |option: &str, residential: &str| {
        let body = json!({"PickupRateRequest": {
            "Request": {}, "ServiceDateOption": option, "AlternateAddressIndicator": "Y",
            "PickupAddress": {
                "AddressLine": "1 Harbor Blvd", "City": "Oakland", "StateProvince": "CA", "PostalCode": "94607",
                "CountryCode": "US", "ResidentialIndicator": residential,
            },
            "UserLevelDiscountIndicator": "Y",
        }});
        let answer = counter.post("/api/shipments/v2409/pickup/oncall", &body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let response = answer.body["PickupRateResponse"].clone();
        assert_eq!(response["Response"]["Alert"][0]["Code"], "9500717");
        let result = response["RateResult"].clone();
        let total = result["GrandTotalOfAllCharge"].as_str().unwrap().parse::<rust_decimal::Decimal>().unwrap();
        (result["RateType"].as_str().unwrap().to_owned(), total)
    };
    let (today, same_day) = price("01", "N").await;
    let (tomorrow, next_day) = price("02", "N").await;
    let (_, home) = price("02", "Y").await;
    assert_eq!((today.as_str(), tomorrow.as_str()), ("SD", "FD"));
    assert!(same_day > next_day && home > next_day);
}

#[tokio::test]
async fn a_smart_pickup_after_the_cut_off_moves_to_the_next_day() {
    let mut counter = Counter::open().await;
    let trigger = async |counter: &Counter| {
        let body = json!({"PickupTriggerGWNRequest": {
            "Request": {}, "AccountNumber": "A1B2C3", "ServiceDateOption": "01",
        }});
        order(counter, &body).await.body["PickupTriggerGWNResponse"].clone()
    };
    let first = trigger(&counter).await;
    assert_eq!(first["TriggerStatus"], json!({"Code": "01", "Description": "NEW"}));
    assert_eq!(first["ServiceDate"], "20260914");
    let second = trigger(&counter).await;
    assert_eq!(second["TriggerStatus"]["Code"], "02");
    assert_eq!(second["PRN"], first["PRN"]);
    assert_eq!(pending(&counter, "smart").await[0]["GWNStatusCode"], "001");
    counter.wait(5).await;
    let late = trigger(&counter).await;
    assert_eq!(late["ServiceDate"], "20260915");
    assert_eq!(late["NextBusinessDayIndicator"], "Y");
    let gone = cancel(&counter, late["PRN"].as_str().unwrap()).await;
    assert_eq!(gone.body["PickupCancelResponse"]["GWNStatus"]["Code"], "002");
}

#[tokio::test]
async fn countries_list_their_states_for_who_says_who_asks() {
    let counter = Counter::open().await;
    let states = counter.get("/api/pickup/v2409/countries/US").await.body;
    let list = states["PickupGetPoliticalDivision1ListResponse"]["PoliticalDivision1"].as_array().unwrap().clone();
    assert!(list.contains(&json!("OH")) && list.len() > 50, "{list:?}");
    let url = format!("{}/api/pickup/v2409/countries/US", counter.sandbox.ups_url());
    settle(counter.http.get(url).bearer_auth(&counter.token)).await.refused_with("20007");
}
