//! Tracking by number and by reference, and the journeys behind it.

use jiff::{SignedDuration, Timestamp};
use sandbox::ups::Fate;
use serde_json::{Value, json};

use crate::counter::{Counter, REFERENCE, number, parcel, parcel_with, settle};
use crate::returns::coming_back;

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

/// Ships one parcel of this fate and lets its whole journey go by.
async fn travelled(counter: &mut Counter, fate: Fate) -> Value {
    let number = number(&counter.ship(&parcel(REFERENCE)).await);
    assert!(counter.sandbox.ups().decide_fate(&number, fate));
    let (_, end) = counter.sandbox.ups().journey_of(&number).unwrap();
    counter.sandbox.clock().set(end);
    counter.log_in().await;
    counter.track(&number).await["package"][0].clone()
}

fn states(package: &Value) -> Vec<&str> {
    package["activity"].as_array().unwrap().iter().map(|one| one["status"]["statusCode"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_refused_parcel_is_returned_and_never_called_delivered() {
    let mut counter = Counter::open().await;
    let package = travelled(&mut counter, Fate::Refused).await;
    assert_eq!(states(&package)[..4], ["034", "036", "035", "064"]);
    assert_eq!(package["activity"][0]["location"]["address"]["city"], "OAKLAND");
    assert!(package["deliveryDate"].is_null());
    assert!(package["deliveryInformation"].is_null());
}

#[tokio::test]
async fn an_access_point_holds_a_parcel_until_it_is_fetched() {
    let mut counter = Counter::open().await;
    let number = number(&counter.ship(&parcel(REFERENCE)).await);
    counter.sandbox.ups().decide_fate(&number, Fate::AccessPoint);
    let (_, end) = counter.sandbox.ups().journey_of(&number).unwrap();
    counter.sandbox.clock().set(end - SignedDuration::from_hours(3));
    counter.log_in().await;
    let held = counter.track(&number).await["package"][0].clone();
    assert_eq!(held["currentStatus"]["code"], "161");
    assert_eq!(held["accessPointInformation"]["pickupByDate"], "20260925");
    assert!(held["deliveryDate"].is_null());
    counter.wait(3).await;
    let fetched = counter.track(&number).await["package"][0].clone();
    assert_eq!(fetched["activity"][0]["status"]["code"], "2W");
    assert_eq!(fetched["deliveryInformation"]["location"], "UPS Access Point");
}

#[tokio::test]
async fn what_went_wrong_moves_the_day_of_delivery() {
    let mut counter = Counter::open().await;
    let number = number(&counter.ship(&parcel(REFERENCE)).await);
    for (fate, wrong, day) in [
        (Fate::WrongAddress, "050", "20260921"),
        (Fate::SecondAttempt, "022", "20260921"),
        (Fate::Rescheduled, "055", "20260922"),
        (Fate::Damaged, "059", "20260921"),
    ] {
        counter.sandbox.ups().decide_fate(&number, fate);
        let (_, end) = counter.sandbox.ups().journey_of(&number).unwrap();
        counter.sandbox.clock().set(end - SignedDuration::from_mins(1));
        counter.log_in().await;
        let package = counter.track(&number).await["package"][0].clone();
        assert!(states(&package).contains(&wrong), "{fate:?}: {package}");
        assert_eq!(package["deliveryDate"][0], json!({"type": "RDD", "date": day}), "{fate:?}");
        assert_eq!(package["currentStatus"]["code"], "021");
        assert_eq!(package["deliveryTime"]["type"], "EDW");
    }
}

#[tokio::test]
async fn a_lost_parcel_is_silent_until_it_is_given_up() {
    let mut counter = Counter::open().await;
    let package = travelled(&mut counter, Fate::Lost).await;
    assert_eq!(states(&package)[0], "068");
    assert_eq!(package["activity"].as_array().unwrap().len(), 6);
}

#[tokio::test]
async fn a_manifest_stands_last_even_when_its_time_is_later() {
    let mut counter = Counter::open().await;
    let mut numbers = Vec::new();
    for _ in 0..24 {
        numbers.push(number(&counter.ship(&parcel(REFERENCE)).await));
    }
    counter.wait(24).await;
    let mut late = 0;
    for number in numbers {
        let package = counter.track(&number).await["package"][0].clone();
        let activity = package["activity"].as_array().unwrap();
        let at = |one: &Value| (one["gmtDate"].clone(), one["gmtTime"].clone());
        let [.., first, manifest] = activity.as_slice() else { panic!("{package}") };
        assert_eq!(manifest["status"]["code"], "MP");
        assert!(manifest["location"]["address"]["city"].is_null());
        let text = |(day, time): (Value, Value)| format!("{day}{time}");
        late += usize::from(text(at(manifest)) > text(at(first)));
    }
    assert!((1..12).contains(&late), "{late}");
}

#[tokio::test]
async fn one_package_by_number_all_of_them_by_shipment_in_pages() {
    let mut counter = Counter::open().await;
    let package = parcel(REFERENCE)["ShipmentRequest"]["Shipment"]["Package"][0].clone();
    let body = parcel_with("/Shipment/Package", json!([package, package, package]));
    let number = number(&counter.ship(&body).await);
    counter.wait(24).await;
    let one = counter.track(&number).await;
    assert_eq!(one["package"].as_array().unwrap().len(), 1);
    assert_eq!(one["package"][0]["packageCount"], 3);
    let page = |offset: usize| format!("/api/track/v1/shipment/details/{number}?offset={offset}&count=2");
    let length = |body: &Value| body["trackResponse"]["shipment"][0]["package"].as_array().unwrap().len();
    assert_eq!(length(&counter.get(&page(0)).await.body), 2);
    assert_eq!(length(&counter.get(&page(2)).await.body), 1);
}

#[tokio::test]
async fn one_package_can_have_a_fate_of_its_own() {
    let mut counter = Counter::open().await;
    let package = parcel(REFERENCE)["ShipmentRequest"]["Shipment"]["Package"][0].clone();
    let shipped = counter.ship(&parcel_with("/Shipment/Package", json!([package, package]))).await;
    let number = |index: usize| {
        let results = &shipped.body["ShipmentResponse"]["ShipmentResults"]["PackageResults"];
        results[index]["TrackingNumber"].as_str().unwrap().to_owned()
    };
    counter.sandbox.ups().decide_fate(&number(0), Fate::OnTime);
    assert!(counter.sandbox.ups().decide_fate_alone(&number(1), Fate::Lost));
    counter.wait(24 * 30).await;
    assert_eq!(counter.track(&number(0)).await["package"][0]["currentStatus"]["code"], "011");
    assert_eq!(counter.track(&number(1)).await["package"][0]["currentStatus"]["code"], "068");
}

#[tokio::test]
async fn proof_is_given_when_asked_for_and_entitled() {
    let mut counter = Counter::open().await;
    let home = parcel_with("/Shipment/ShipTo/Address/ResidentialAddressIndicator", json!(""));
    let number = number(&counter.ship(&home).await);
    let office = number_of_office(&counter).await;
    for one in [&number, &office] {
        counter.sandbox.ups().decide_fate(one, Fate::OnTime);
    }
    counter.wait(24 * 7).await;
    let asked = |number: &str| format!("/api/track/v1/details/{number}?returnSignature=true&returnPOD=true");
    let information = |body: &Value| body["trackResponse"]["shipment"][0]["package"][0]["deliveryInformation"].clone();

    assert_eq!(counter.track(&office).await["package"][0]["deliveryInformation"]["signature"], Value::Null);
    let signed = information(&counter.get(&asked(&office)).await.body);
    assert!(signed["signature"]["image"].as_str().unwrap().starts_with("R0lGOD"), "{signed}");
    assert!(signed["pod"]["content"].is_string());
    assert!(signed["deliveryPhoto"].is_null());
    let left = information(&counter.get(&asked(&number)).await.body);
    assert_eq!(left["location"], "Front Door");
    assert!(left["signature"].is_null());
    assert_eq!(left["deliveryPhoto"]["photoDispositionCode"], "V");

    counter.sandbox.ups().change(|manners| manners.proof_of_delivery = false);
    let denied = information(&counter.get(&asked(&office)).await.body);
    assert!(denied["signature"].is_null() && denied["pod"].is_null());
}

async fn number_of_office(counter: &Counter) -> String {
    number(&counter.ship(&parcel(REFERENCE)).await)
}

#[tokio::test]
async fn milestones_come_when_asked_for() {
    let mut counter = Counter::open().await;
    let number = number(&counter.ship(&parcel(REFERENCE)).await);
    counter.sandbox.ups().decide_fate(&number, Fate::OnTime);
    counter.wait(30).await;
    assert!(counter.track(&number).await["package"][0]["milestones"].is_null());
    let answer = counter.get(&format!("/api/track/v1/details/{number}?returnMilestones=true")).await.body;
    let milestones = answer["trackResponse"]["shipment"][0]["package"][0]["milestones"].clone();
    assert_eq!(milestones[2]["current"], true, "{milestones}");
    assert_eq!(milestones[2]["linkedActivity"], "0");
    assert!(milestones[3]["category"].is_null());
}

#[tokio::test]
async fn tracking_shows_a_void_or_forgets_the_label() {
    let mut counter = Counter::open().await;
    let number = number(&counter.ship(&parcel(REFERENCE)).await);
    counter.sandbox.clock().advance(SignedDuration::from_mins(50));
    assert_eq!(counter.void(&number).await.status, 200);
    counter.wait(48).await;
    let voided = counter.track(&number).await["package"][0].clone();
    assert_eq!(voided["currentStatus"]["code"], "007");
    assert_eq!(voided["activity"].as_array().unwrap().len(), 2);
    assert_eq!(voided["activity"][0]["status"]["type"], "MV");
    counter.sandbox.ups().change(|manners| manners.void_vanishes = true);
    assert_eq!(counter.track(&number).await["warnings"][0]["code"], "TW0001");
}

#[tokio::test]
async fn tracking_forgets_doubts_and_answers_as_documented_when_told_to() {
    let mut counter = Counter::open().await;
    let number = number(&counter.ship(&parcel(REFERENCE)).await);
    counter.wait(24).await;
    let path = format!("/api/track/v1/details/{number}");
    counter.sandbox.ups().change(|manners| manners.invalid_inquiry_percent = 100);
    counter.get(&path).await.refused_with("TV1002");
    counter.sandbox.ups().change(|manners| {
        manners.invalid_inquiry_percent = 0;
        manners.bare_gmt_time = true;
        manners.unknown_number_is_404 = true;
    });
    let newest = counter.track(&number).await["package"][0]["activity"][0].clone();
    assert!(newest["gmtTime"].as_str().unwrap().bytes().all(|c| c.is_ascii_digit()), "{newest}");
    assert_eq!(counter.get("/api/track/v1/details/1Z999AA10123456784").await.status, 404);
    counter.wait(24 * 120).await;
    assert_eq!(counter.get(&path).await.status, 404);
}

#[tokio::test]
async fn a_return_starts_where_the_customer_drops_it_off() {
    let mut counter = Counter::open().await;
    let number = number(&counter.ship(&coming_back("9")).await);
    counter.sandbox.ups().decide_fate(&number, Fate::OnTime);
    let (begins, end) = counter.sandbox.ups().journey_of(&number).unwrap();
    assert!(begins > "2026-09-15T12:00:00Z".parse::<Timestamp>().unwrap(), "{begins}");
    counter.sandbox.clock().set(end);
    counter.log_in().await;
    let package = counter.track(&number).await["package"][0].clone();
    let activity = package["activity"].as_array().unwrap();
    let dropped = activity.iter().find(|one| one["status"]["code"] == "XD").unwrap();
    assert_eq!(dropped["location"]["address"]["city"], "BOSTON");
    assert_eq!(activity[0]["location"]["address"]["city"], "OAKLAND");
    assert_eq!(package["currentStatus"]["code"], "011");
}

#[tokio::test]
async fn a_parcel_sent_to_an_access_point_is_fetched_there() {
    let mut counter = Counter::open().await;
    let body = parcel_with("/Shipment/ShipmentIndicationType", json!([{"Code": "01"}]));
    let number = number(&counter.ship(&body).await);
    counter.sandbox.ups().decide_fate(&number, Fate::OnTime);
    counter.wait(24 * 10).await;
    let package = counter.track(&number).await["package"][0].clone();
    assert_eq!(states(&package)[..2], ["011", "161"]);
}

#[tokio::test]
async fn a_voided_label_is_never_found_by_reference() {
    let mut counter = Counter::open().await;
    let number = number(&counter.ship(&parcel(REFERENCE)).await);
    assert_eq!(counter.void(&number).await.status, 200);
    counter.wait(30).await;
    let found = counter.get(&format!("/api/track/v1/reference/details/{REFERENCE}")).await.body;
    assert_eq!(found["trackResponse"]["shipment"][0]["warnings"][0]["code"], "TW0001");
}

#[tokio::test]
async fn a_search_by_reference_can_be_narrowed() {
    let mut counter = Counter::open().await;
    counter.ship(&parcel(REFERENCE)).await;
    counter.wait(30).await;
    let is_found = async |query: &str| {
        let answer = counter.get(&format!("/api/track/v1/reference/details/{REFERENCE}?{query}")).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.body);
        answer.body["trackResponse"]["shipment"][0]["package"].is_array()
    };
    for right in ["shipperNum=A1B2C3", "destCountry=US&destZip=02118", "fromPickUpDate=20260914&toPickUpDate=20260914"]
    {
        assert!(is_found(right).await, "{right}");
    }
    for wrong in ["shipperNum=ZZZZZZ", "destZip=94607", "toPickUpDate=20260913", "refNumType=fgv"] {
        assert!(!is_found(wrong).await, "{wrong}");
    }
    let path = format!("/api/track/v1/reference/details/{REFERENCE}?fromPickUpDate=yesterday");
    assert_eq!(counter.get(&path).await.status, 400);
}
