//! Questions: prices, lost bookings, voids, and trouble with any of them.

use serde_json::{Value, json};
use ups::{Error, Locator, RateRequest, Rates, Recovery, RecoveryRequest, VoidOutcome};
use wiremock::ResponseTemplate;

use crate::desk::{ACCOUNT, Desk, envelope, shipment};

const NUMBER: &str = "1Z999AA10123456784";

fn rated(negotiated: &Value) -> Value {
    json!({ "RateResponse": {
        "Response": { "ResponseStatus": { "Code": "1" }, "Alert": [{ "Code": "110971", "Description": "may vary" }] },
        "RatedShipment": {
            "Service": { "Code": "03", "Description": "" }, "Zone": "005",
            "RatedShipmentAlert": { "Code": "120900", "Description": "not applied" },
            "TotalCharges": { "CurrencyCode": "USD", "MonetaryValue": "24.18" },
            "NegotiatedRateCharges": negotiated,
            "RatedPackage": { "ItemizedCharges": [{ "Code": "375", "CurrencyCode": "USD", "MonetaryValue": "5.65" }] },
        },
    } })
}

#[tokio::test]
async fn a_quote_keeps_both_prices_apart() {
    let own = json!({ "BaseServiceCharge": {}, "TotalCharge": { "CurrencyCode": "USD", "MonetaryValue": "23.94" } });
    let desk = Desk::open().await.answers_json(200, rated(&own)).await;
    let quote = desk.client.rate(&RateRequest::new(shipment())).await.and_then(Rates::only).expect("a quote");
    assert_eq!(quote.negotiated.expect("the account's price").total.expect("a total").value.to_string(), "23.94");
    assert_eq!(quote.published.total.expect("the list price").value.to_string(), "24.18");
    assert_eq!(quote.packages[0].published.itemized[0].code.as_str(), "375");

    let desk = Desk::open().await.answers_json(200, rated(&Value::Null)).await;
    let quote = desk.client.rate(&RateRequest::new(shipment())).await.and_then(Rates::only).expect("a quote");
    assert_eq!(quote.negotiated, None);
    let codes: Vec<_> = quote.alerts.iter().map(|alert| alert.code.as_str()).collect();
    assert_eq!(codes, ["110971", "120900"]);

    let sent: Value = desk.calls().await[0].body_json().expect("json");
    assert_eq!(sent["RateRequest"]["Shipment"]["Package"][0]["PackagingType"]["Code"], "02");
    assert_eq!(sent["RateRequest"]["Shipment"]["ShipmentRatingOptions"]["NegotiatedRatesIndicator"], "");
}

#[tokio::test]
async fn a_lost_booking_is_found_by_its_reference() {
    let found = json!({ "LabelRecoveryResponse": {
        "Response": { "ResponseStatus": { "Code": "1" }, "TransactionReference": "" },
        "ShipmentIdentificationNumber": NUMBER,
        "LabelResults": {
            "TrackingNumber": NUMBER, "Receipt": "",
            "LabelImage": { "LabelImageFormat": { "Code": "zpl" }, "GraphicImage": "XlhBXlha" },
        },
    } });
    let desk = Desk::open().await.answers_json(200, found).await;
    let answer = desk
        .client
        .recover(&RecoveryRequest::new(Locator::reference("REF-1"), "ZPL"))
        .await
        .map(|answer| answer.outcome);
    let Ok(Recovery::Found(found)) = answer else {
        panic!("{answer:?}");
    };
    assert_eq!(found.packages[0].label.as_ref().expect("a label").bytes.as_ref(), b"^XA^XZ");
    let sent: Value = desk.calls().await[0].body_json().expect("json");
    let locator = json!({ "ReferenceNumber": { "Value": "REF-1" }, "ShipperNumber": ACCOUNT });
    assert_eq!(sent["LabelRecoveryRequest"]["ReferenceValues"], locator);
    assert_eq!(sent["LabelRecoveryRequest"].get("TrackingNumber"), None, "exactly one locator");
}

/// UPS tells by codes what became of a booking, with and without the outer envelope.
#[tokio::test]
async fn every_fate_of_a_booking_is_an_answer() {
    let locator = Locator::TrackingNumber(NUMBER.to_owned());
    let told = async |answer: Value| {
        let desk = Desk::open().await.answers_json(400, answer).await;
        desk.client.recover(&RecoveryRequest::new(locator.clone(), "GIF")).await.map(|answer| answer.outcome)
    };
    assert_eq!(told(envelope("9801031")).await, Ok(Recovery::NotFound));
    assert_eq!(told(json!({ "errors": [{ "code": "9801031", "message": "" }] })).await, Ok(Recovery::NotFound));
    assert_eq!(told(envelope("9801040")).await, Ok(Recovery::Voided));
    assert_eq!(told(envelope("9801028")).await, Ok(Recovery::AlreadySent));
    assert_eq!(told(envelope("9800020")).await, Ok(Recovery::Expired));
    for code in ["9801039", "9801041", "9801042"] {
        assert_eq!(told(envelope(code)).await, Ok(Recovery::ExistsNotReady { code: code.to_owned() }));
    }
    assert!(matches!(told(envelope("9801050")).await, Err(Error::Rejected { .. })));
    assert!(matches!(told(envelope("9800000")).await, Err(Error::Unavailable { .. })));
}

#[tokio::test]
async fn a_reference_used_twice_brings_candidates() {
    let several = json!({ "LabelRecoveryResponse": {
        "Response": { "ResponseStatus": { "Code": 1 } },
        "TrackingCandidate": { "TrackingNumber": NUMBER, "DestinationPostalCode": "94501",
            "PickupDateRange": { "BeginDate": "20260901", "EndDate": "20260930" } },
    } });
    let desk = Desk::open().await.answers_json(200, several).await;
    let answer = desk
        .client
        .recover(&RecoveryRequest::new(Locator::reference("PO 7"), "ZPL"))
        .await
        .map(|answer| answer.outcome);
    let Ok(Recovery::Candidates(candidates)) = answer else {
        panic!("{answer:?}");
    };
    assert_eq!(candidates[0].tracking_number, NUMBER);
    assert_eq!(candidates[0].pickup.expect("a range").0, jiff::civil::date(2026, 9, 1));
}

fn voided(code: &str, words: &str, spelling: &str, packages: &Value) -> Value {
    json!({ "VoidShipmentResponse": {
        "Response": { "ResponseStatus": { "Code": "1" } },
        "SummaryResult": { "Status": { "Code": code, "Description": words } }, spelling: packages,
    } })
}

/// A canned answer starts with a literal `&#xD;`; packages come under two names, as object or list.
#[tokio::test]
async fn a_void_is_understood_in_both_spellings() {
    let package = |code: &str| json!({ "TrackingNumber": NUMBER, "Status": { "Code": code, "Description": "x" } });
    let told = async |answer: Value| {
        let desk = Desk::open().await.answers_json(200, answer).await;
        let answer = desk.client.void("1z999aa10123456784").await;
        let calls = desk.calls().await;
        assert_eq!(calls[0].url.path(), "/api/shipments/v2409/void/cancel/1Z999AA10123456784");
        assert_eq!(calls[0].url.query(), None);
        answer.expect("an answer")
    };
    assert_eq!(told(voided("&#xD;1", "&#xD;Voided", "None", &Value::Null)).await.outcome, VoidOutcome::Voided);
    let already = voided("1", "Already Voided", "PackageLevelResult", &package("1"));
    assert_eq!(told(already).await.outcome, VoidOutcome::AlreadyVoided);
    for spelling in ["PackageLevelResult", "PackageLevelResults"] {
        let some = voided("1", "Partially Voided", spelling, &json!([package("1"), package("0")]));
        let answer = told(some).await;
        assert!(answer.outcome == VoidOutcome::Partly && answer.packages.len() == 2, "{answer:?}");
    }
    let none = told(voided("0", "Not Voided", "PackageLevelResult", &package("0"))).await;
    assert!(matches!(none.outcome, VoidOutcome::NotVoided { .. }));
}

#[tokio::test]
async fn a_void_that_is_refused_says_why() {
    let told = async |code: &str| {
        let desk = Desk::open().await.refuses(code).await;
        desk.client.void(NUMBER).await.map(|answer| answer.outcome)
    };
    assert_eq!(told("190117").await, Ok(VoidOutcome::AlreadyVoided));
    assert!(matches!(told("190101").await, Ok(VoidOutcome::TooLate { .. })));
    assert!(matches!(told("190103").await, Ok(VoidOutcome::TooLate { .. })));
    assert!(matches!(told("190102").await, Ok(VoidOutcome::NotKnown { .. })));
    assert!(matches!(told("190113").await, Ok(VoidOutcome::NotByPackage { .. })));
    assert!(matches!(told("190001").await, Err(Error::Unavailable { .. })));

    let desk = Desk::open().await.answers(ResponseTemplate::new(500)).await;
    assert!(desk.client.void(NUMBER).await.expect_err("lost").may_have_taken_effect());
}

/// A reading call that fails says so without a doubt: asking again costs nothing.
#[tokio::test]
async fn trouble_with_a_question_is_never_a_doubt() {
    let cases = [
        (ResponseTemplate::new(500), "unavailable"),
        (ResponseTemplate::new(503).set_body_json(envelope("10004")), "10004"),
        (ResponseTemplate::new(200), "unreadable"),
        (ResponseTemplate::new(200).set_body_string("<html>"), "unreadable"),
        (ResponseTemplate::new(302).insert_header("location", "/elsewhere"), "unreadable"),
        (ResponseTemplate::new(200).insert_header("errorcode", "1"), "1"),
        (ResponseTemplate::new(200).set_body_json(envelope("120100")), "120100"),
    ];
    for (answer, code) in cases {
        let desk = Desk::open().await.answers(answer).await;
        let error = desk.client.track(NUMBER).await.expect_err("trouble");
        assert_eq!(error.code(), code);
        assert!(!error.may_have_taken_effect());
        assert_eq!(desk.calls().await.len(), 1, "asked once");
    }
}
