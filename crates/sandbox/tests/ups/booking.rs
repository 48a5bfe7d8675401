//! Labels bought, recovered, voided; rates; tokens; the control address.

use std::time::Duration;

use jiff::SignedDuration;
use sandbox::Settings;
use sandbox::fault::{Call, Fault, Kind};
use serde_json::{Value, json};

use crate::counter::*;

/// Letters count (ASCII − 63) mod 10, every second character twice, all together a multiple of ten.
fn check_digit_holds(number: &str) -> bool {
    let value = |c: u8| if c.is_ascii_digit() { u32::from(c - b'0') } else { u32::from(c - 63) % 10 };
    let body: u32 = number[2..17].bytes().zip([1, 2].into_iter().cycle()).map(|(c, times)| value(c) * times).sum();
    (body + value(number.as_bytes()[17])).is_multiple_of(10)
}

#[tokio::test]
async fn a_label_is_bought_with_number_charges_and_zpl() {
    let counter = Counter::open().await;
    let answer = counter.ship(&parcel(REFERENCE)).await;
    assert_eq!(answer.headers["bkndtransid"], "test");
    let (results, number) = (results(&answer), number(&answer));
    assert!(number.starts_with("1ZA1B2C303") && check_digit_holds(&number), "{number}");
    assert_eq!(results["PackageResults"][0]["TrackingNumber"], number);
    assert_eq!(results["ShipmentCharges"]["TotalCharges"]["CurrencyCode"], "USD");
    assert!(results["NegotiatedRateCharges"]["TotalCharge"]["MonetaryValue"].is_string());
    let zpl = String::from_utf8(image(&results["PackageResults"][0]["ShippingLabel"])).unwrap();
    assert!(zpl.starts_with("^XA") && zpl.contains("SAMPLE") && zpl.contains(&number), "{zpl}");
    assert_eq!(counter.bought(), 1);
    assert_eq!(counter.sandbox.ledger().labels[0].references, [REFERENCE, "100482"]);
}

#[tokio::test]
async fn the_same_request_twice_buys_two_labels_and_the_ledger_knows() {
    let counter = Counter::open().await;
    let first = number(&counter.ship(&parcel(REFERENCE)).await);
    let second = number(&counter.ship(&parcel(REFERENCE)).await);
    assert_ne!(first, second);
    let duplicates = counter.sandbox.ledger().duplicates();
    assert_eq!((counter.bought(), duplicates.len(), duplicates[0].0.as_str()), (2, 1, "100482"));
    let several = counter.recover(REFERENCE).await;
    let answer = &several.body["LabelRecoveryResponse"];
    assert_eq!(answer["TrackingCandidate"].as_array().unwrap().len(), 2);
    assert!(answer["LabelResults"].is_null());
}

#[tokio::test]
async fn a_label_whose_answer_was_lost_is_found_by_its_reference() {
    let counter = Counter::open().await;
    counter.recover(REFERENCE).await.refused_with("9801031");
    let kinds = [Kind::Reset, Kind::Truncated, Kind::Status(503), Kind::Garbage, Kind::Html(502)];
    for (attempt, kind) in kinds.into_iter().enumerate() {
        counter.sandbox.faults().add(Fault::after(Call::Ship, kind.clone()));
        let reference = format!("0123456789ABCDEFGHJKMNPQR{attempt}");
        let sent = counter.call("POST", "/api/shipments/v2409/ship").json(&parcel(&reference)).send().await;
        let usable = match sent {
            Ok(answer) if answer.status() == 200 => answer.json::<Value>().await.is_ok(),
            _ => false,
        };
        assert!(!usable, "{kind}");
        let found = counter.recover(&reference).await;
        let answer = &found.body["LabelRecoveryResponse"];
        let bought = counter.sandbox.ledger().labels[attempt].tracking_number.clone();
        assert_eq!(answer["ShipmentIdentificationNumber"], bought, "{kind}");
        assert!(answer["LabelResults"]["LabelImage"]["GraphicImage"].is_string());
        assert!(answer.get("ShipmentCharges").is_none());
    }
    assert_eq!(counter.sandbox.faults().fired().len(), 5);
}

#[tokio::test]
async fn a_recovered_label_is_the_same_byte_for_byte() {
    let counter = Counter::open().await;
    let bought = counter.ship(&parcel(REFERENCE)).await;
    let recovered = counter.recover(REFERENCE).await;
    // The only version of recovery writes a list of one as its element.
    let label = &recovered.body["LabelRecoveryResponse"]["LabelResults"]["LabelImage"];
    assert_eq!(image(label), image(&results(&bought)["PackageResults"][0]["ShippingLabel"]));
    assert_eq!(label["LabelImageFormat"]["Code"], "zpl");
}

#[tokio::test]
async fn a_label_may_exist_before_recovery_sees_it() {
    let mut settings = Settings::empty(MONDAY.parse().unwrap());
    settings.ups.recovery_hidden = SignedDuration::from_secs(20);
    settings.ups.recovery_unready = SignedDuration::from_secs(60);
    let counter = Counter::with(settings).await;
    counter.ship(&parcel(REFERENCE)).await;
    counter.recover(REFERENCE).await.refused_with("9801031");
    counter.sandbox.clock().advance(SignedDuration::from_secs(20));
    counter.recover(REFERENCE).await.refused_with("9801042");
    counter.sandbox.clock().advance(SignedDuration::from_secs(60));
    assert_eq!(counter.recover(REFERENCE).await.status, 200);
}

#[tokio::test]
async fn a_fault_before_the_effect_buys_nothing() {
    let counter = Counter::open().await;
    let busy = Kind::Envelope { status: 429, code: "10429".to_owned(), message: "Too Many Requests".to_owned() };
    counter.sandbox.faults().add(Fault::before(Call::Ship, busy));
    let answer = counter.ship(&parcel(REFERENCE)).await;
    assert_eq!((answer.status, answer.errorcode()), (429, "10429"));
    assert_eq!((counter.bought(), counter.sandbox.ledger().calls_of(&Call::Ship)), (0, 1));
}

#[tokio::test]
async fn a_hanging_call_never_answers_but_has_its_effect() {
    let counter = Counter::open().await;
    counter.sandbox.faults().add(Fault::after(Call::Ship, Kind::Hang));
    let request = counter.call("POST", "/api/shipments/v2409/ship").json(&parcel(REFERENCE));
    let sent = request.timeout(Duration::from_millis(500)).send().await;
    assert!(sent.unwrap_err().is_timeout());
    assert_eq!(counter.bought(), 1);
}

#[tokio::test]
async fn a_shut_door_refuses_connections_until_it_opens_again() {
    let counter = Counter::open().await;
    counter.sandbox.shut_ups().await;
    let sent = counter.call("POST", "/api/shipments/v2409/ship").json(&parcel(REFERENCE)).send().await;
    assert!(sent.unwrap_err().is_connect());
    counter.sandbox.reopen_ups().await;
    assert_eq!(counter.ship(&parcel(REFERENCE)).await.status, 200);
}

#[tokio::test]
async fn a_misspelt_city_is_seen_only_when_asked_for() {
    let counter = Counter::open().await;
    let misspelt = parcel_with("/Shipment/ShipTo/Address/City", json!("Bostn"));
    let asked = counter.post("/api/shipments/v2409/ship?additionaladdressvalidation=city", &misspelt).await;
    asked.refused_with("120802");
    assert_eq!(counter.ship(&misspelt).await.status, 200);
}

#[tokio::test]
async fn references_belong_to_the_shipment_when_it_leaves_the_country() {
    let counter = Counter::open().await;
    let mut body = parcel(REFERENCE);
    let shipment = &mut body["ShipmentRequest"]["Shipment"];
    shipment["ShipTo"] = json!({
        "Name": "Lakeshore Tools", "AttentionName": "Receiving", "Phone": {"Number": "4165550100"},
        "Address": {
            "AddressLine": ["10 Front St"], "City": "Toronto", "StateProvinceCode": "ON",
            "PostalCode": "M5J 1A1", "CountryCode": "CA",
        },
    });
    shipment["Shipper"]["Phone"] = json!({"Number": "5105550100"});
    shipment["Shipper"]["AttentionName"] = json!("Shipping");
    shipment["Service"]["Code"] = json!("11");
    shipment["Description"] = json!("Fasteners");
    shipment["InvoiceLineTotal"] = json!({"CurrencyCode": "USD", "MonetaryValue": "120"});
    counter.ship(&body).await.refused_with("120542");
    let references = body["ShipmentRequest"]["Shipment"]["Package"][0]["ReferenceNumber"].take();
    body["ShipmentRequest"]["Shipment"]["ReferenceNumber"] = references;
    let answer = counter.ship(&body).await;
    assert_eq!(answer.body["ShipmentResponse"]["Response"]["Alert"][0]["Code"], "120016", "{}", answer.body);
    assert_eq!(counter.recover(REFERENCE).await.status, 200);
}

#[tokio::test]
async fn a_control_character_is_a_200_without_body_and_buys_nothing() {
    let counter = Counter::open().await;
    let raw = parcel(REFERENCE).to_string().replace("Harbor Machine", "Harbor\u{8}Machine");
    let escaped = parcel_with("/Shipment/ShipTo/Name", json!("Harbor\u{8}Machine")).to_string();
    for text in [raw, escaped] {
        let answer = settle(counter.call("POST", "/api/shipments/v2409/ship").body(text)).await;
        assert_eq!((answer.status, answer.errorcode(), &answer.body), (200, "1", &Value::Null));
    }
    assert_eq!(counter.bought(), 0);
}

#[tokio::test]
async fn a_misplaced_label_specification_gives_a_gif() {
    let counter = Counter::open().await;
    let mut body = parcel(REFERENCE);
    body["LabelSpecification"] = body["ShipmentRequest"]["LabelSpecification"].take();
    let answer = counter.ship(&body).await;
    let label = &results(&answer)["PackageResults"][0]["ShippingLabel"];
    assert_eq!(label["ImageFormat"]["Code"], "GIF");
    let bytes = image(label);
    let mut decoder = gif::DecodeOptions::new().read_info(bytes.as_slice()).unwrap();
    let frame = decoder.read_next_frame().unwrap().unwrap();
    assert_eq!((frame.width, frame.height), (1400, 800));
    assert!(frame.buffer.contains(&1));
}

#[tokio::test]
async fn png_labels_can_be_decoded() {
    let counter = Counter::open().await;
    let body = parcel_with("/LabelSpecification", json!({"LabelImageFormat": {"Code": "PNG"}}));
    let answer = counter.ship(&body).await;
    let bytes = image(&results(&answer)["PackageResults"][0]["ShippingLabel"]);
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!((info.width, info.height), (1400, 800));
}

#[tokio::test]
async fn old_versions_and_the_switch_write_a_list_of_one_as_its_element() {
    let counter = Counter::open().await;
    let old = counter.post("/api/shipments/v2205/ship", &parcel(REFERENCE)).await;
    assert!(results(&old)["PackageResults"].is_object());
    counter.sandbox.ups().change(|manners| manners.collapse_lists = true);
    assert!(results(&counter.ship(&parcel(REFERENCE)).await)["PackageResults"].is_object());
}

#[tokio::test]
async fn tokens_expire_and_a_missing_product_looks_like_a_bad_token() {
    let mut counter = Counter::open().await;
    counter.sandbox.clock().advance(SignedDuration::from_hours(1));
    let answer = counter.ship(&parcel(REFERENCE)).await;
    assert_eq!((answer.status, answer.errorcode()), (401, "251004"));
    counter.log_in().await;
    counter.sandbox.ups().change(|manners| manners.missing_products = vec![Call::Track]);
    let answer = counter.get("/api/track/v1/details/1ZA1B2C30300000000").await;
    assert_eq!((answer.status, answer.errorcode()), (401, "250002"));
    counter.token = "invented".to_owned();
    let answer = counter.ship(&parcel(REFERENCE)).await;
    assert_eq!((answer.status, answer.errorcode()), (401, "250002"));
}

#[tokio::test]
async fn wrong_credentials_get_no_token() {
    let counter = Counter::open().await;
    let url = format!("{}/security/v1/oauth/token", counter.sandbox.ups_url());
    let form = [("grant_type", "client_credentials")];
    let answer = settle(counter.http.post(&url).basic_auth("nobody", Some("x")).form(&form)).await;
    assert_eq!((answer.status, answer.errorcode()), (401, "10401"));
    let known = counter.sandbox.credentials();
    let request = counter.http.post(&url).basic_auth(known.ups_client_id, Some(known.ups_client_secret));
    settle(request.form(&[("grant_type", "password")])).await.refused_with("10400");
}

fn rating(service: &str) -> Value {
    let mut body = json!({"RateRequest": parcel(REFERENCE)["ShipmentRequest"].take()});
    let shipment = &mut body["RateRequest"]["Shipment"];
    let packaging = shipment["Package"][0]["Packaging"].take();
    shipment["Package"][0]["PackagingType"] = packaging;
    shipment["Service"]["Code"] = json!(service);
    body
}

async fn quote(counter: &Counter, body: &Value) -> Value {
    let answer = counter.post("/api/rating/v2409/Rate", body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["RateResponse"]["RatedShipment"][0].clone()
}

#[tokio::test]
async fn ship_charges_what_rating_quoted() {
    let counter = Counter::open().await;
    let quoted = quote(&counter, &rating("03")).await;
    let bought = counter.ship(&parcel(REFERENCE)).await;
    let results = results(&bought);
    assert_eq!(results["ShipmentCharges"]["TotalCharges"], quoted["TotalCharges"]);
    assert_eq!(results["NegotiatedRateCharges"]["TotalCharge"], quoted["NegotiatedRateCharges"]["TotalCharge"]);
    assert!(quoted["NegotiatedRateCharges"]["TotalCharge"]["MonetaryValue"].is_string());
}

#[tokio::test]
async fn an_account_without_negotiated_rates_is_told_so() {
    let mut settings = Settings::empty(MONDAY.parse().unwrap());
    settings.ups.negotiated_percent = None;
    let counter = Counter::with(settings).await;
    assert!(quote(&counter, &rating("03")).await["NegotiatedRateCharges"].is_null());
    let bought = counter.ship(&parcel(REFERENCE)).await;
    assert_eq!(bought.body["ShipmentResponse"]["Response"]["Alert"][0]["Code"], "120900");
}

#[tokio::test]
async fn shopping_lists_the_services_of_the_lane_with_their_days() {
    let counter = Counter::open().await;
    let mut body = rating("");
    body["RateRequest"]["Shipment"]["DeliveryTimeInformation"] =
        json!({"PackageBillType": "03", "Pickup": {"Date": "20260914"}});
    let answer = counter.post("/api/rating/v2409/Shoptimeintransit", &body).await;
    let rated = answer.body["RateResponse"]["RatedShipment"].as_array().unwrap();
    let days = |code: &str| {
        let one = rated.iter().find(|one| one["Service"]["Code"] == code).unwrap();
        one["TimeInTransit"]["ServiceSummary"]["EstimatedArrival"]["BusinessDaysInTransit"].clone()
    };
    assert_eq!((days("01"), days("02"), days("03")), (json!("1"), json!("2"), json!("4")));
}

#[tokio::test]
async fn a_postal_code_of_another_state_cannot_be_rated() {
    let counter = Counter::open().await;
    let mut body = rating("03");
    body["RateRequest"]["Shipment"]["ShipTo"]["Address"]["PostalCode"] = json!("78756");
    counter.post("/api/rating/v2409/Rate", &body).await.refused_with("111286");
}

#[tokio::test]
async fn a_void_counts_once_and_not_after_the_pickup() {
    let mut counter = Counter::open().await;
    let first = number(&counter.ship(&parcel(REFERENCE)).await);
    let answer = counter.void(&first).await;
    let response = &answer.body["VoidShipmentResponse"];
    assert_eq!(response["SummaryResult"]["Status"]["Description"], "Voided");
    assert!(response["PackageLevelResult"].is_null());
    assert_eq!(counter.bought(), 0);
    counter.void(&first).await.refused_with("190117");
    counter.recover(REFERENCE).await.refused_with("9801040");
    counter.void("1ZA1B2C30300000000").await.refused_with("190102");

    let second = number(&counter.ship(&parcel(REFERENCE)).await);
    counter.wait(18).await;
    counter.void(&second).await.refused_with("190103");
    assert_eq!(counter.bought(), 1);
}

#[tokio::test]
async fn one_package_of_two_can_be_voided() {
    let counter = Counter::open().await;
    let mut body = parcel(REFERENCE);
    let packages = body["ShipmentRequest"]["Shipment"]["Package"].as_array_mut().unwrap();
    packages.push(packages[0].clone());
    let answer = counter.ship(&body).await;
    let sold = results(&answer)["PackageResults"].as_array().unwrap().clone();
    assert_eq!(sold.len(), 2);
    let (lead, second) = (number(&answer), sold[1]["TrackingNumber"].as_str().unwrap());
    let path = format!("/api/shipments/v2409/void/cancel/{lead}?trackingnumber={second}");
    let answer = settle(counter.call("DELETE", &path)).await;
    let response = &answer.body["VoidShipmentResponse"];
    assert_eq!(response["SummaryResult"]["Status"]["Description"], "Partially Voided");
    assert_eq!(response["PackageLevelResult"][0]["TrackingNumber"], second);
    assert_eq!(counter.bought(), 1);
}

#[tokio::test]
async fn the_test_host_masks_numbers_and_recovers_nothing() {
    let mut settings = Settings::empty(MONDAY.parse().unwrap());
    settings.ups.mode = sandbox::ups::Mode::CieLike;
    let counter = Counter::with(settings).await;
    assert_eq!(number(&counter.ship(&parcel(REFERENCE)).await), "1ZXXXXXXXXXXXXXXXX");
    counter.recover(REFERENCE).await.refused_with("9801031");
    let key = json!({"AddressLine": ["22 Foundry St"], "PoliticalDivision1": "MA", "CountryCode": "US"});
    let body = json!({"XAVRequest": {"AddressKeyFormat": key}});
    counter.post("/api/addressvalidation/v2/3", &body).await.refused_with("9264030");
    assert_eq!(counter.void("1Z2220060290602143").await.status, 200);
}

#[tokio::test]
async fn the_control_address_shows_and_steers() {
    let counter = Counter::open().await;
    let control = counter.sandbox.control_url();
    let fault = json!({"call": "ups.ship", "when": "before", "kind": "status:503"});
    let answer = settle(counter.http.post(format!("{control}/faults")).json(&fault)).await;
    assert_eq!(answer.body["coming"][0]["kind"], "status:503", "{}", answer.body);
    assert_eq!(counter.ship(&parcel(REFERENCE)).await.status, 503);
    let moved = json!({"advance": "PT36H"});
    let answer = settle(counter.http.post(format!("{control}/clock")).json(&moved)).await;
    assert_eq!(answer.body["now"], "2026-09-16T04:00:00Z", "{}", answer.body);
    let ledger = settle(counter.http.get(format!("{control}/ledger"))).await.body;
    assert_eq!((&ledger["labels_bought"], &ledger["calls"]["ups.ship"]), (&json!(0), &json!(1)));
    assert_eq!(settle(counter.http.get(format!("{control}/nothing"))).await.status, 404);
}

#[tokio::test]
async fn manners_are_read_and_changed_by_name_over_the_control_address() {
    let counter = Counter::open().await;
    let url = format!("{}/ups/manners", counter.sandbox.control_url());
    let before = settle(counter.http.get(&url)).await.body;
    assert_eq!((&before["mode"], &before["void_days"]), (&json!("prod-like"), &json!(90)));
    let wish = json!({"mode": "cie-like", "token_lifetime": "PT4H", "missing_products": ["ups.rate"]});
    let after = settle(counter.http.post(&url).json(&wish)).await;
    assert_eq!((after.status, &after.body["mode"]), (200, &json!("cie-like")));
    assert!(counter.sandbox.ups().manners().is_cie());
    let wrong = settle(counter.http.post(&url).json(&json!({"void_days": 3, "moods": 1}))).await;
    assert_eq!((wrong.status, counter.sandbox.ups().manners().void_days), (400, 90));
}
