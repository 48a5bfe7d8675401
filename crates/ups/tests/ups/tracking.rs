//! Tracking: scans, deliveries and their proofs, by number, shipment and reference.

use serde_json::{Value, json};
use ups::{DeliveryDateKind, DeliveryEvidence, Error, Media, ReferenceSearch, TrackOptions, Tracking};
use wiremock::{Mock, Request, ResponseTemplate};

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

fn number(serial: u32) -> String {
    format!("1Z999AA101{serial:08}")
}

/// UPS answering page by page, as its query says.
async fn shipment_of(count: u32) -> Desk {
    let desk = Desk::open().await;
    let answer = move |request: &Request| {
        let asked = |name: &str| {
            let value = request.url.query_pairs().find(|(key, _)| key == name).expect("a query").1.into_owned();
            value.parse::<u32>().expect("a number")
        };
        let (offset, size) = (asked("offset"), asked("count"));
        let packages: Vec<_> = (offset..count.min(offset + size))
            .map(|serial| json!({ "trackingNumber": number(serial), "packageCount": count }))
            .collect();
        ResponseTemplate::new(200).set_body_json(json!({ "trackResponse": { "shipment": [{ "package": packages }] } }))
    };
    let path = wiremock::matchers::path_regex("^/api/track/v1/shipment/details/");
    Mock::given(path).respond_with(answer).mount(&desk.server).await;
    desk
}

#[tokio::test]
async fn a_shipment_is_followed_to_its_last_package() {
    let desk = shipment_of(120).await;
    let pages = desk.client.track_shipment(NUMBER, &TrackOptions::default()).await.expect("all pages");
    let sizes: Vec<_> = pages.iter().map(|page| page.tracking.packages.len()).collect();
    assert_eq!(sizes, [50, 50, 20]);
    assert!(pages.iter().all(|page| page.package_count == Some(120)));
    let queries: Vec<_> = desk.calls().await.iter().filter_map(|call| call.url.query().map(str::to_owned)).collect();
    assert_eq!(queries[1], "locale=en_US&offset=50&count=50");
    assert_eq!(queries.len(), 3);

    let desk = shipment_of(1).await;
    assert_eq!(desk.client.track_shipment(NUMBER, &TrackOptions::default()).await.expect("a page").len(), 1);
    let error = desk.client.track_shipment_page(NUMBER, &TrackOptions::default(), 0, 51).await.expect_err("too many");
    assert!(matches!(error, Error::Invalid { field: "count", .. }), "{error}");
}

/// A server that does not count on would be asked for ever.
#[tokio::test]
async fn a_page_that_comes_twice_ends_the_walk() {
    let page =
        json!({ "trackResponse": { "shipment": { "package": { "trackingNumber": NUMBER, "packageCount": 9 } } } });
    let desk = Desk::open().await.answers_json(200, page).await;
    let error = desk.client.track_shipment(NUMBER, &TrackOptions::default()).await.expect_err("the same page");
    assert!(matches!(&error, Error::Unreadable { what } if what.contains("repeats packages")), "{error}");
    assert_eq!(desk.calls().await.len(), 2);
}

/// Signature, photo and proof come for entitled accounts only, and only where they are asked for.
#[tokio::test]
async fn proofs_of_a_delivery_are_read_where_they_come() {
    let desk = Desk::open().await;
    let body = json!({ "trackResponse": { "shipment": [{ "package": [{
        "trackingNumber": NUMBER,
        "currentStatus": { "type": "D", "code": "FS", "statusCode": "011" },
        "deliveryTime": { "type": "DEL", "startTime": "", "endTime": "93015" },
        "deliveryInformation": {
            "receivedBy": "SMITH", "signature": { "image": "R0lGODlh\r\n" }, "pod": { "content": "PGh0bWw+" },
            "deliveryPhoto": { "photo": "/9j/4A==", "photoCaptureInd": "Y", "photoDispositionCode": "V" },
        },
        "milestones": [{ "code": "M1", "current": true, "linkedActivity": "0", "subMilestone": { "category": "S" } }],
        "packageAddress": [{ "type": "DESTINATION", "name": "Hill Hardware", "address": { "city": "ALAMEDA" } }],
        "service": { "code": "518", "levelCode": "003", "description": "UPS Ground" },
        "weight": { "unitOfMeasurement": "LBS", "weight": "13.00" },
        "dimension": { "height": "15.00", "length": "21.50", "width": "18.00", "unitOfDimension": "IN" },
        "accessPointInformation": { "pickupByDate": "20240210" },
        "alternateTrackingNumber": [{ "number": "92419900000033499522966220", "type": "USPS_PIC" }],
        "additionalServices": ["SIGNATURE_REQUIRED"],
    }] }] } });
    let desk = desk.answers_json(200, body).await;
    let tracking = desk.client.track_with(NUMBER, &TrackOptions::everything()).await.expect("an answer");
    let package = tracking.package(&NUMBER.to_lowercase()).expect("the package");
    let media = |proof: &Option<ups::Proof>| proof.as_ref().map(|proof| proof.media);
    assert_eq!(media(&package.signature), Some(Media::Gif));
    assert_eq!(media(&package.proof_of_delivery), Some(Media::Html));
    let photo = package.photo.as_ref().expect("a photo");
    assert_eq!((media(&photo.photo), photo.captured), (Some(Media::Jpeg), Some(true)));
    assert_eq!(photo.disposition, Some(ups::PhotoDisposition::Viewable));
    let time = package.delivery_time.as_ref().expect("a time");
    assert_eq!((&time.kind, time.start), (&ups::DeliveryTimeKind::Delivered, None));
    assert_eq!(time.end, Some(jiff::civil::time(9, 30, 15, 0)));
    assert_eq!((package.milestones[0].current, package.milestones[0].activity), (Some(true), Some(0)));
    assert_eq!(package.service.as_ref().and_then(|service| service.level_code.as_deref()), Some("003"));
    assert_eq!(package.weight.as_ref().map(|weight| weight.value.to_string()).as_deref(), Some("13.00"));
    assert_eq!(package.dimensions.as_ref().map(|size| size.length.to_string()).as_deref(), Some("21.50"));
    let access_point = package.access_point.as_ref().expect("an access point");
    assert_eq!(access_point.pickup_by, Some(jiff::civil::date(2024, 2, 10)));
    assert_eq!(package.alternate_numbers[0].kind.as_deref(), Some("USPS_PIC"));
    assert_eq!(package.addresses[0].kind, Some(ups::PackageAddressKind::Destination));
    assert_eq!(package.additional_services, ["SIGNATURE_REQUIRED"]);
    assert_eq!(package.delivered(), Some(DeliveryEvidence::StatusCode("011".to_owned())));
    let query = desk.calls().await[0].url.query().map(str::to_owned).expect("a query");
    assert_eq!(query, "locale=en_US&returnSignature=true&returnMilestones=true&returnPOD=true");

    let kept = Tracking::from_raw(&tracking.raw).expect("the kept answer");
    assert_eq!(kept, tracking);
}

/// "Delivered" without the code or the day of it is a word.
#[tokio::test]
async fn a_delivery_is_believed_only_with_evidence() {
    let evidence = async |current: Value, dates: Value| {
        let package = json!({ "trackingNumber": NUMBER, "currentStatus": current, "deliveryDate": dates });
        let tracking = tracked(json!({ "trackResponse": { "shipment": [{ "package": [package] }] } })).await;
        tracking.expect("an answer").packages[0].delivered()
    };
    let done = json!([{ "type": "DEL", "date": "20240202" }]);
    let planned = json!([{ "type": "SDD", "date": "20240202" }]);
    let day = DeliveryEvidence::Date(jiff::civil::date(2024, 2, 2));
    assert_eq!(evidence(json!({ "type": "D", "description": "Delivered" }), json!([])).await, None);
    assert_eq!(evidence(json!({ "code": "021" }), planned).await, None);
    assert_eq!(evidence(json!({ "code": "011" }), json!([])).await, Some(DeliveryEvidence::StatusCode("011".into())));
    assert_eq!(evidence(json!({ "type": "D", "code": "FS" }), done.clone()).await, Some(day));
    // It lies at an access point, whatever the date says.
    assert_eq!(evidence(json!({ "code": "161" }), done).await, None);
}

#[tokio::test]
async fn a_reference_can_be_narrowed_down() {
    let desk = Desk::open().await.refuses("TW0001").await;
    let day = jiff::civil::date(2026, 9, 1);
    let search = ReferenceSearch {
        account: Some("f00ba2".to_owned()),
        country: Some("us".to_owned()),
        postal_code: Some("94607".to_owned()),
        freight: true,
        ..ReferenceSearch::new("PO 7", day, day.tomorrow().expect("a day"))
    };
    desk.client.track_reference(&search).await.expect("an answer");
    let query = desk.calls().await[0].url.query().map(str::to_owned).expect("a query");
    assert_eq!(
        query,
        "locale=en_US&fromPickUpDate=20260901&toPickUpDate=20260902&shipperNum=F00BA2&refNumType=fgv\
         &destCountry=US&destZip=94607"
    );
    let backwards = ReferenceSearch { picked_up: (day, day.yesterday().expect("a day")), ..search };
    let error = desk.client.track_reference(&backwards).await.expect_err("no such days");
    assert!(matches!(error, Error::Invalid { field: "picked_up", .. }), "{error}");
}

#[tokio::test]
async fn a_package_without_its_number_is_named_by_its_place() {
    let answer = json!({ "trackResponse": { "shipment": [{ "package": [{ "trackingNumber": NUMBER }, {}] }] } });
    let error = tracked(answer).await.expect_err("a package without a number");
    assert!(error.to_string().contains("trackResponse.shipment.package[1] has no trackingNumber"), "{error}");
}
