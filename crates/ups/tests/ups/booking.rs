//! Booking a shipment and what UPS says to it.

use serde_json::{Value, json};
use ups::{DocumentKind, Error, ImageFormat, Waybill, WeightUnit};
use wiremock::matchers::{header, path};
use wiremock::{Mock, ResponseTemplate};

use crate::desk::{Desk, SHIP_PATH, booked, envelope, order};

/// UPS sends an object where a list is documented, `""` for an object, a number for text.
#[tokio::test]
async fn a_waybill_is_read_in_whatever_shape_it_comes() {
    let desk = Desk::open().await.answers_json(200, booked()).await;
    let waybill = desk.client.ship(&order()).await.expect("booked");

    assert_eq!(waybill.shipment_identification_number, "1Z999AA10123456784");
    let label = waybill.packages[0].label.as_ref().expect("a label");
    assert_eq!((&label.format, label.bytes.as_ref()), (&ImageFormat::Zpl, b"^XA^XZ".as_slice()));
    assert_eq!(waybill.published.total.expect("a price").value.to_string(), "24.18");
    assert_eq!(waybill.negotiated, None, "an absent price is not a price");
    let line = &waybill.published.itemized[0];
    assert_eq!((line.code.name(), &line.sub_type), (Some("residential delivery"), &None));
    assert_eq!(waybill.packages[0].published.itemized[0].code.as_str(), "375");
    let weight = waybill.billing_weight.expect("a weight");
    assert_eq!((weight.value.normalize().to_string(), weight.unit), ("13".to_owned(), WeightUnit::Pounds));
    assert_eq!(waybill.alerts[0].code, "120900");
    assert_eq!(waybill.alerts[0].message, "not qualified to receive negotiated rates");
}

#[tokio::test]
async fn two_packages_bring_two_numbers_in_their_order() {
    let mut answer = booked();
    let one = |number: &str| json!({ "TrackingNumber": number, "ShippingLabel": "" });
    answer["ShipmentResponse"]["ShipmentResults"]["PackageResults"] =
        json!([one("1Z999AA10123456784"), one("1Z204W4R0308071865")]);
    let desk = Desk::open().await.answers_json(200, answer).await;
    let mut order = order();
    order.shipment.packages.push(order.shipment.packages[0].clone());

    let waybill = desk.client.ship(&order).await.expect("booked");
    let numbers: Vec<_> = waybill.packages.iter().map(|package| package.tracking_number.as_str()).collect();
    assert_eq!(numbers, ["1Z999AA10123456784", "1Z204W4R0308071865"]);
    assert_eq!(waybill.packages[0].label, None, "booked and paid for, though its label did not come");
}

/// Forms, receipts and reports come as objects or lists, in pieces, and with line breaks; links open them to anybody.
#[test]
fn papers_are_kept_beside_the_labels() {
    let mut answer = booked();
    let results = &mut answer["ShipmentResponse"]["ShipmentResults"];
    results["Form"] = json!([{ "Code": "01", "Description": "All Requested International Forms",
        "Image": { "ImageFormat": { "Code": "PDF" }, "GraphicImage": "JVBE\r\nRi0=" } }]);
    results["ControlLogReceipt"] = json!({ "ImageFormat": { "Code": "HTML" }, "GraphicImage": "PGh0bWw+" });
    results["DGPaperImage"] = json!(["JVBERi0="]);
    results["LabelURL"] = json!("https://www.ups.com/uel/llp/secret");
    results["PackageResults"]["ShippingReceipt"] =
        json!({ "ImageFormat": { "Code": "HTML" }, "GraphicImage": "PGh0bWw+" });
    let label = &mut results["PackageResults"]["ShippingLabel"];
    label["GraphicImage"] = Value::Null;
    label["GraphicImagePart"] = json!(["XlhBX", "lha"]);
    label["InternationalSignatureGraphicImage"] = json!("R0lGODlh");
    results["PackageResults"]["USPSPICNumber"] = json!("9261290100130000000000");

    let waybill = Waybill::from_raw(answer.to_string().as_bytes(), 1).expect("a waybill");
    assert_eq!(waybill.packages[0].label.as_ref().expect("a label").bytes.as_ref(), b"^XA^XZ");
    assert_eq!(waybill.packages[0].postal_number.as_deref(), Some("9261290100130000000000"));
    let papers: Vec<_> = waybill.papers().map(|paper| (paper.kind, paper.format.code().to_owned())).collect();
    let expected = [
        (DocumentKind::InternationalForms, "PDF"),
        (DocumentKind::ControlLog, "HTML"),
        (DocumentKind::DangerousGoods, "PDF"),
        (DocumentKind::SignaturePage, "GIF"),
        (DocumentKind::Receipt, "HTML"),
    ];
    assert_eq!(papers, expected.map(|(kind, format)| (kind, format.to_owned())));
    assert_eq!(waybill.documents[0].bytes.as_ref(), b"%PDF-");
    assert_eq!(waybill.links.label.as_deref(), Some("https://www.ups.com/uel/llp/secret"));
    let shown = format!("{waybill:?}");
    assert!(!shown.contains("secret") && !shown.contains("%PDF"), "{shown}");
}

/// What the digest is taken of is what goes over the wire, and every call can be told from the others.
#[tokio::test]
async fn the_request_is_sent_exactly_as_it_was_shown() {
    let desk = Desk::open().await.answers_json(200, booked()).await;
    desk.client.ship(&order()).await.expect("booked");
    desk.client.ship(&order()).await.expect("booked again: UPS knows no repetition");

    let calls = desk.calls().await;
    let shown = order().body_json().expect("a request that fits");
    assert_eq!(String::from_utf8_lossy(&calls[0].body), shown);
    assert_eq!(calls[0].url.path(), SHIP_PATH);
    assert_eq!(calls[0].url.query(), Some("additionaladdressvalidation=city"));
    let trans_id = |at: usize| calls[at].headers["transid"].to_str().expect("text").to_owned();
    assert_eq!(trans_id(0).len(), 32);
    assert_ne!(trans_id(0), trans_id(1));
    assert!(calls[0].headers.contains_key("transactionsrc"));
    assert_eq!(calls[0].headers["authorization"], "Bearer token-1");
}

/// Each of these answers says that nothing was booked.
#[tokio::test]
async fn a_refusal_means_not_booked() {
    let cases: [(ResponseTemplate, &str); 9] = [
        (ResponseTemplate::new(400).set_body_json(envelope("120202")), "120202"),
        (ResponseTemplate::new(400).set_body_json(json!({ "errors": { "code": 120_100, "message": "" } })), "120100"),
        (ResponseTemplate::new(400).set_body_json(envelope("120001")), "120001"),
        (ResponseTemplate::new(403).set_body_string("<html>Blocked Merchant</html>"), "403"),
        (ResponseTemplate::new(404), "404"),
        (ResponseTemplate::new(405), "405"),
        (ResponseTemplate::new(429).set_body_json(envelope("10429")), "throttled"),
        (ResponseTemplate::new(429).insert_header("retry-after", "7"), "throttled"),
        // A raw control character in the request is answered like this.
        (
            ResponseTemplate::new(200).insert_header("errorcode", "1").insert_header("errordescription", "not valid"),
            "1",
        ),
    ];
    for (answer, code) in cases {
        let desk = Desk::open().await.answers(answer).await;
        let error = desk.client.ship(&order()).await.expect_err("a refusal");
        assert_eq!(error.code(), code);
        assert!(!error.may_have_taken_effect(), "{error}");
        assert_eq!(desk.calls().await.len(), 1, "{code}: sent once");
    }
}

#[tokio::test]
async fn a_rejection_names_the_field_it_speaks_of() {
    let desk = Desk::open().await.refuses("120202").await;
    let Err(Error::Rejected { code, message, field, all, body }) = desk.client.ship(&order()).await else {
        panic!("a rejection was expected");
    };
    assert_eq!((code.as_str(), message.as_str(), field), ("120202", "words of UPS", Some("ship_to.lines")));
    assert_eq!(all.len(), 1);
    assert!(!body.is_empty(), "the answer is kept");
}

/// Each of these answers leaves open whether a label was bought: a 5xx even with an envelope.
#[tokio::test]
async fn an_unclear_answer_leaves_the_booking_in_doubt() {
    let mut without_packages = booked();
    without_packages["ShipmentResponse"]["ShipmentResults"]["PackageResults"] = Value::Null;
    let mut one_of_two = booked();
    one_of_two["ShipmentResponse"]["ShipmentResults"]["PackageResults"] =
        json!([{ "TrackingNumber": "1Z999AA10123456784" }, { "TrackingNumber": "1Z204W4R0308071865" }]);
    let cases: [(ResponseTemplate, u16); 11] = [
        (ResponseTemplate::new(200), 200),
        (ResponseTemplate::new(201).insert_header("errorcode", "1"), 201),
        (ResponseTemplate::new(200).set_body_string("<html>an intermediary</html>"), 200),
        (ResponseTemplate::new(200).set_body_json(envelope("120100")), 200),
        (ResponseTemplate::new(200).set_body_json(without_packages), 200),
        (ResponseTemplate::new(200).set_body_json(one_of_two), 200),
        (ResponseTemplate::new(500), 500),
        (ResponseTemplate::new(503).set_body_json(envelope("120001")), 503),
        (ResponseTemplate::new(400).set_body_string("<html>Bad Request</html>"), 400),
        (ResponseTemplate::new(408), 408),
        (ResponseTemplate::new(302).insert_header("location", "/elsewhere"), 302),
    ];
    for (answer, expected) in cases {
        let desk = Desk::open().await.answers(answer).await;
        let error = desk.client.ship(&order()).await.expect_err("an unclear answer");
        assert!(error.may_have_taken_effect(), "{expected}: {error}");
        assert!(matches!(error, Error::AnswerLost { status: Some(status), .. } if status == expected));
        let calls = desk.calls().await;
        assert_eq!(calls.len(), 1, "{expected}: sent once, and no redirect followed");
    }
}

/// A gateway that knows the token no more has not looked at the request, so it may be sent again.
#[tokio::test]
async fn an_old_token_is_replaced_once_and_the_shipment_booked() {
    let desk = Desk::open().await;
    let stale = Mock::given(path(SHIP_PATH)).and(header("authorization", "Bearer token-1"));
    stale.respond_with(ResponseTemplate::new(401).set_body_json(envelope("251004"))).mount(&desk.server).await;
    let fresh = Mock::given(path(SHIP_PATH)).and(header("authorization", "Bearer token-2"));
    fresh.respond_with(ResponseTemplate::new(200).set_body_json(booked())).mount(&desk.server).await;

    desk.client.ship(&order()).await.expect("booked with the second token");
    assert_eq!(desk.token_calls().await.len(), 2);
    assert_eq!(desk.calls().await.len(), 2);
}

/// 250002 for a token issued a moment ago: the credentials are good, the product is not on the application.
#[tokio::test]
async fn a_product_missing_on_the_application_is_told_by_its_name() {
    for answer in [
        ResponseTemplate::new(401).set_body_json(envelope("250002")),
        ResponseTemplate::new(401).set_body_string("<html>Unauthorized</html>"),
    ] {
        let desk = Desk::open().await.answers(answer).await;
        let error = desk.client.ship(&order()).await.expect_err("a denial");
        assert_eq!(error, Error::NotOnApp { product: "Shipping" });
        assert_eq!((desk.calls().await.len(), desk.token_calls().await.len()), (2, 2));
    }
    let desk = Desk::open().await.answers(ResponseTemplate::new(401).set_body_json(envelope("250003"))).await;
    let error = desk.client.ship(&order()).await.expect_err("a denial");
    assert!(matches!(error, Error::NotEntitled { .. }), "{error}");
    assert_eq!(desk.calls().await.len(), 1, "no other token would help");
}
