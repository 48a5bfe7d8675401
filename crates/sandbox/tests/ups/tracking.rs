//! Tracking by number and by reference, and the journeys behind it.

use jiff::Timestamp;
use sandbox::ups::Fate;
use serde_json::json;

use crate::counter::{Counter, REFERENCE, number, parcel, settle};

#[tokio::test]
async fn a_parcel_travels_as_the_clock_goes_on() {
    let mut counter = Counter::open().await;
    let number = number(&counter.ship(&parcel(REFERENCE)).await);
    assert!(counter.sandbox.ups().decide_fate(&number, Fate::OnTime));
    let fresh = counter.track(&number).await;
    assert_eq!(fresh["warnings"][0]["code"], "TW0001");
    assert!(fresh["package"].is_null());

    counter.wait(18).await;
    let package = counter.track(&number).await["package"][0].clone();
    assert_eq!(package["currentStatus"]["code"], "005", "{package}");
    assert!(package["currentStatus"]["type"].is_null());
    assert_eq!(package["deliveryDate"][0], json!({"type": "SDD", "date": "20260918"}));
    assert_eq!(package["activity"].as_array().unwrap().last().unwrap()["status"]["code"], "MP");

    let (_, end) = counter.sandbox.ups().journey_of(&number).unwrap();
    counter.sandbox.clock().set(end);
    counter.log_in().await;
    let package = counter.track(&number).await["package"][0].clone();
    assert_eq!(package["currentStatus"]["code"], "011");
    assert_eq!(package["deliveryDate"][0], json!({"type": "DEL", "date": "20260918"}));
    let newest = &package["activity"][0];
    assert_eq!(newest["status"]["description"], "DELIVERED ");
    assert_eq!(newest["gmtOffset"], "-04:00");
    assert!(newest["gmtTime"].as_str().unwrap().contains(':'));
    assert_eq!(newest["location"]["address"]["city"], "BOSTON");
}

#[tokio::test]
async fn a_delayed_parcel_shows_the_storm_and_comes_a_day_later() {
    let mut counter = Counter::open().await;
    let number = number(&counter.ship(&parcel(REFERENCE)).await);
    counter.sandbox.ups().decide_fate(&number, Fate::Delayed);
    let (_, end) = counter.sandbox.ups().journey_of(&number).unwrap();
    assert!(end > "2026-09-21T00:00:00Z".parse::<Timestamp>().unwrap());
    counter.sandbox.clock().set(end);
    counter.log_in().await;
    let package = counter.track(&number).await["package"][0].clone();
    let exceptions = package["activity"].as_array().unwrap().iter().filter(|one| one["status"]["type"] == "X");
    assert_eq!(exceptions.count(), 1);
}

#[tokio::test]
async fn a_reference_finds_a_parcel_only_once_it_was_picked_up() {
    let mut counter = Counter::open().await;
    counter.ship(&parcel(REFERENCE)).await;
    let path = format!("/api/track/v1/reference/details/{REFERENCE}");
    let before = counter.get(&path).await.body;
    assert_eq!(before["trackResponse"]["shipment"][0]["warnings"][0]["code"], "TW0001");
    counter.wait(18).await;
    let after = counter.get(&path).await.body;
    assert_eq!(after["trackResponse"]["shipment"][0]["package"][0]["packageCount"], 1);
}

#[tokio::test]
async fn tracking_insists_on_its_headers() {
    let counter = Counter::open().await;
    let url = format!("{}/api/track/v1/details/1ZA1B2C30300000000", counter.sandbox.ups_url());
    settle(counter.http.get(&url).bearer_auth(&counter.token)).await.refused_with("VSS002");
}
