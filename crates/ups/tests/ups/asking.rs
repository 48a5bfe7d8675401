//! Questions: addresses, prices, lost bookings, voids, tracking.

use serde_json::{Value, json};
use ups::{
    AddressAnswer, AddressQuery, Class, Error, LabelFormat, Locator, RateRequest, Recovery, Tracking, VoidAnswer,
};
use wiremock::ResponseTemplate;

use crate::desk::{ACCOUNT, Desk, envelope, shipment};

const NUMBER: &str = "1Z999AA10123456784";

fn street() -> AddressQuery {
    AddressQuery {
        name: "Hill Hardware".to_owned(),
        lines: vec!["12380 morris road".to_owned()],
        city: "Alpharetta".to_owned(),
        state: "GA".to_owned(),
        postal_code: "30005-4616".to_owned(),
        country: "us".to_owned(),
    }
}

fn checked(outcome: &str, candidates: &Value) -> Value {
    json!({ "XAVResponse": {
        "Response": { "ResponseStatus": { "Code": "1" } }, outcome: "", "Candidate": candidates,
    } })
}

fn candidate() -> Value {
    json!({
        "AddressClassification": { "Code": "2", "Description": "Residential" },
        "AddressKeyFormat": {
            "AddressLine": "12380 MORRIS RD", "PoliticalDivision2": "ALPHARETTA", "PoliticalDivision1": "GA",
            "PostcodePrimaryLow": 30005, "PostcodeExtendedLow": "4616", "CountryCode": "US",
        },
    })
}

/// A single candidate comes as an object, its single line as text.
#[tokio::test]
async fn a_known_address_comes_back_as_ups_writes_it() {
    let desk = Desk::open().await.answers_json(200, checked("ValidAddressIndicator", &candidate())).await;
    let Ok(AddressAnswer::Valid(found)) = desk.client.check_address(&street()).await else {
        panic!("a valid address was expected");
    };
    assert_eq!(found.lines, ["12380 MORRIS RD"]);
    assert_eq!(found.postal_code.as_deref(), Some("30005"));
    assert_eq!((found.postal_extension.as_deref(), found.class), (Some("4616"), Class::Residential));

    let call = &desk.calls().await[0];
    assert_eq!(call.url.path(), "/api/addressvalidation/v2/3");
    let sent: Value = call.body_json().expect("json");
    assert_eq!(sent["XAVRequest"]["AddressKeyFormat"]["PostcodeExtendedLow"], "4616");
}

#[tokio::test]
async fn an_address_may_be_ambiguous_unknown_or_not_looked_at() {
    let several = checked("AmbiguousAddressIndicator", &json!([candidate(), candidate()]));
    let desk = Desk::open().await.answers_json(200, several).await;
    let answer = desk.client.check_address(&street()).await.expect("an answer");
    assert!(matches!(answer, AddressAnswer::Ambiguous(candidates) if candidates.len() == 2));

    let desk = Desk::open().await.answers_json(200, checked("NoCandidatesIndicator", &json!(""))).await;
    assert_eq!(desk.client.check_address(&street()).await, Ok(AddressAnswer::NotFound));

    let abroad = AddressQuery { country: "CA".to_owned(), ..street() };
    assert_eq!(desk.client.check_address(&abroad).await, Ok(AddressAnswer::NotCovered));
    assert_eq!(desk.calls().await.len(), 1, "nothing is asked about a country UPS does not cover");

    let desk = Desk::open().await.refuses("9264030").await;
    assert_eq!(desk.client.check_address(&street()).await, Ok(AddressAnswer::NotCovered));
}

/// No marker, or a "valid" without its candidate, is no answer; nothing is assumed in its place.
#[tokio::test]
async fn an_address_answer_without_a_verdict_is_unreadable() {
    for answer in [checked("SomethingNew", &json!([])), checked("ValidAddressIndicator", &json!([])), json!({})] {
        let desk = Desk::open().await.answers_json(200, answer).await;
        let error = desk.client.check_address(&street()).await.expect_err("no verdict");
        assert!(matches!(error, Error::Unreadable { .. }), "{error}");
    }
}

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
    let quote = desk.client.rate(&RateRequest::new(shipment())).await.expect("a quote");
    assert_eq!(quote.negotiated.expect("the account's price").value.to_string(), "23.94");
    assert_eq!(quote.published.expect("the list price").value.to_string(), "24.18");
    assert_eq!(quote.itemized[0].code, "375");

    let desk = Desk::open().await.answers_json(200, rated(&Value::Null)).await;
    let quote = desk.client.rate(&RateRequest::new(shipment())).await.expect("a quote");
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
    let answer = desk.client.recover(&Locator::reference("REF-1"), LabelFormat::Zpl).await;
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
        desk.client.recover(&locator, LabelFormat::Gif).await
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
    let answer = desk.client.recover(&Locator::reference("PO 7"), LabelFormat::Zpl).await;
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
    assert_eq!(told(voided("&#xD;1", "&#xD;Voided", "None", &Value::Null)).await, VoidAnswer::Voided);
    let already = voided("1", "Already Voided", "PackageLevelResult", &package("1"));
    assert_eq!(told(already).await, VoidAnswer::AlreadyVoided);
    for spelling in ["PackageLevelResult", "PackageLevelResults"] {
        let some = voided("1", "Partially Voided", spelling, &json!([package("1"), package("0")]));
        let answer = told(some).await;
        assert!(matches!(&answer, VoidAnswer::Partly(packages) if packages.len() == 2), "{answer:?}");
    }
    let none = told(voided("0", "Not Voided", "PackageLevelResult", &package("0"))).await;
    assert!(matches!(none, VoidAnswer::NotVoided { .. }));
}

#[tokio::test]
async fn a_void_that_is_refused_says_why() {
    let told = async |code: &str| {
        let desk = Desk::open().await.refuses(code).await;
        desk.client.void(NUMBER).await
    };
    assert_eq!(told("190117").await, Ok(VoidAnswer::AlreadyVoided));
    assert!(matches!(told("190101").await, Ok(VoidAnswer::TooLate { .. })));
    assert!(matches!(told("190103").await, Ok(VoidAnswer::TooLate { .. })));
    assert!(matches!(told("190102").await, Ok(VoidAnswer::NotKnown { .. })));
    assert!(matches!(told("190113").await, Err(Error::Rejected { .. })));
    assert!(matches!(told("190001").await, Err(Error::Unavailable { .. })));

    let desk = Desk::open().await.answers(ResponseTemplate::new(500)).await;
    assert!(desk.client.void(NUMBER).await.expect_err("lost").may_have_taken_effect());
}

async fn tracked(answer: Value) -> Result<Tracking, Error> {
    Desk::open().await.answers_json(200, answer).await.client.track(NUMBER).await
}

#[tokio::test]
async fn a_number_nobody_has_scanned_is_no_error() {
    let unknown = json!({ "trackResponse": { "shipment": [{ "inquiryNumber": NUMBER,
        "warnings": [{ "code": "TW0001", "message": "Tracking Information Not Found" }] }] } });
    let tracking = tracked(unknown).await.expect("an answer");
    assert!(!tracking.found());
    assert_eq!(tracking.warnings[0].code, "TW0001");

    let desk = Desk::open().await.answers_json(404, envelope("TW0001")).await;
    assert!(!desk.client.track(NUMBER).await.expect("an answer").found());
    let desk = Desk::open().await.refuses("TV1002").await;
    assert!(matches!(desk.client.track(NUMBER).await, Err(Error::Rejected { .. })));
    assert!(matches!(tracked(json!({ "trackResponse": { "shipment": [] } })).await, Err(Error::Unreadable { .. })));
}

/// The summary carries a status code where a scan code is documented; clock times come with colons,
/// without a leading zero, or only as local time with an offset.
#[tokio::test]
async fn scans_are_read_as_production_writes_them() {
    let scan = |more: Value| {
        let mut scan = json!({ "status": { "type": "I", "code": "OF", "statusCode": "072", "description": "Loaded " },
            "location": { "address": { "city": "NEWARK", "stateProvince": "CA", "postalCode": "" } } });
        scan.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        scan
    };
    let tracking = tracked(json!({ "trackResponse": { "shipment": { "package": {
        "trackingNumber": NUMBER, "packageCount": 1,
        "currentStatus": { "code": "011", "description": "Delivered" },
        "activity": [
            scan(json!({ "gmtDate": "20240202", "gmtTime": "20:04:35", "date": "20240202", "time": "120435" })),
            scan(json!({ "gmtDate": 20_240_202, "gmtTime": 74_700 })),
            scan(json!({ "date": "20240202", "time": "120435", "gmtOffset": "-08:00" })),
            scan(json!({ "date": "20240202", "time": "120435" })),
        ],
        "deliveryDate": { "type": "DEL", "date": "20240202" },
        "deliveryInformation": { "location": "Front Door", "receivedBy": "" },
        "referenceNumber": [{ "type": "PACKAGE", "number": "NA" }, { "type": "SHIPMENT", "number": "REF-1" }],
    } } } }))
    .await
    .expect("an answer");

    let package = &tracking.packages[0];
    let current = package.current.clone().expect("a summary");
    assert_eq!((current.status_code.as_deref(), current.code, current.type_letter), (Some("011"), None, None));
    let instants: Vec<_> = package.activity.iter().map(|scan| scan.at.map(|at| at.to_string())).collect();
    let expected = [Some("2024-02-02T20:04:35Z"), Some("2024-02-02T07:47:00Z"), Some("2024-02-02T20:04:35Z"), None];
    assert_eq!(instants, expected.map(|at| at.map(str::to_owned)));
    assert!(package.activity[3].local.is_some(), "local time without a zone is kept, not guessed");
    let status = &package.activity[0].status;
    assert_eq!((status.code.as_deref(), status.status_code.as_deref()), (Some("OF"), Some("072")));
    assert_eq!(status.description.as_deref(), Some("Loaded"));
    assert_eq!(package.activity[0].place.postal_code, None);
    assert_eq!((package.left_at.as_deref(), package.received_by.as_deref()), (Some("Front Door"), None));
    assert_eq!((package.delivery_dates[0].kind.as_str(), &package.references[..]), ("DEL", &["REF-1".to_owned()][..]));
}

#[tokio::test]
async fn tracking_by_reference_names_account_and_days() {
    let desk = Desk::open().await.refuses("TW0001").await;
    let day = jiff::civil::date(2026, 9, 1);
    desk.client.track_reference("PO/7 A", day, day).await.expect("an answer");
    let call = &desk.calls().await[0];
    assert_eq!(call.url.path(), "/api/track/v1/reference/details/PO%2F7%20A");
    let query = call.url.query().expect("a query");
    assert!(query.contains("fromPickUpDate=20260901") && query.contains("shipperNum=A1B2C3"), "{query}");
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
