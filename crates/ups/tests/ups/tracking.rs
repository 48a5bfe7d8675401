//! Tracking: scans, deliveries and their proofs, by number, shipment and reference.

use serde_json::{Value, json};
use ups::{DeliveryDateKind, Error, ReferenceSearch, Tracking};

use crate::desk::{Desk, envelope};

const NUMBER: &str = "1Z999AA10123456784";

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
    assert_eq!(package.delivery_dates[0].kind, DeliveryDateKind::Delivered);
    let references: Vec<_> = package.references.iter().map(|reference| reference.number.as_str()).collect();
    assert_eq!(references, ["REF-1"], "a placeholder is no reference");
}

#[tokio::test]
async fn tracking_by_reference_names_account_and_days() {
    let desk = Desk::open().await.refuses("TW0001").await;
    let day = jiff::civil::date(2026, 9, 1);
    desk.client.track_reference(&ReferenceSearch::new("PO/7 A", day, day)).await.expect("an answer");
    let call = &desk.calls().await[0];
    assert_eq!(call.url.path(), "/api/track/v1/reference/details/PO%2F7%20A");
    let query = call.url.query().expect("a query");
    assert!(query.contains("fromPickUpDate=20260901") && query.contains("shipperNum=A1B2C3"), "{query}");
}
