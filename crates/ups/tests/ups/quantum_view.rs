//! Quantum View: a feed of files, page by page.

use serde_json::{Value, json};
use ups::quantum_view::{ActivityKind, BillingOption, FileStatus, Page, Query, Record, SubscriptionStatus};
use ups::{CanonicalStatus, Error};
use wiremock::{Mock, Request, ResponseTemplate};

use crate::desk::{Desk, envelope};

const NUMBER: &str = "1Z999AA10123456784";

fn range() -> Query {
    Query::range(jiff::civil::date(2026, 9, 1).at(6, 0, 0, 0), None)
}

fn answer(events: &Value) -> Value {
    json!({ "QuantumViewResponse": {
        "Response": { "TransactionReference": "", "ResponseStatusCode": "1", "ResponseStatusDescription": "Success" },
        "QuantumViewEvents": { "SubscriberID": "dock", "SubscriptionEvents": events },
    } })
}

fn manifest() -> Value {
    json!({
        "Shipper": { "Name": "Ridge Supply", "ShipperNumber": "A1B2C3", "Address": { "AddressLine1": "120 Dock Road",
            "City": "OAKLAND", "StateProvinceCode": "CA", "PostalCode": "94607", "CountryCode": "US" } },
        "ShipTo": { "CompanyName": "Hill Hardware", "Address": { "ConsigneeName": "", "City": "ALAMEDA" } },
        "ReferenceNumber": { "Number": "1", "Code": "TN", "Value": "ORDER-100482" },
        "Service": { "Code": "003" }, "PickupDate": "20260901", "ScheduledDeliveryDate": "20260903",
        "Package": { "TrackingNumber": NUMBER, "Activity": { "Date": "20260901", "Time": "174500" },
            "PackageWeight": { "Weight": "+0007.0" }, "PackageServiceOptions": { "COD": "" },
            "Dimensions": { "Length": "00001000", "Width": "00000800", "Height": "00000400" } },
        "ShipmentChargeType": "P/P", "BillToAccount": { "Option": "01", "Number": "A1B2C3" },
        "LeadShipmentTrackingNumber": NUMBER, "PackageCount": "000001",
        "CustomsValue": { "MonetaryValue": "+000000000120.50" },
    })
}

/// As older versions come: every list with one element is an object, numbers are padded, `COD` is empty text.
#[tokio::test]
async fn the_five_records_are_read_in_their_collapsed_shapes() {
    let place = json!({ "AddressArtifactFormat": { "PoliticalDivision2": "RENO", "PoliticalDivision1": "NV", "CountryCode": "US" } });
    let scan = |more: Value| {
        let mut scan = json!({ "TrackingNumber": NUMBER, "ShipperNumber": "A1B2C3", "Date": "20260902", "Time": "093000",
            "ActivityLocation": place, "PackageReferenceNumber": { "Value": "ORDER-100482" } });
        scan.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        scan
    };
    let file = json!({
        "FileName": "260902_093000001", "StatusType": { "Code": "U", "Description": "Unread" },
        "Manifest": [manifest()],
        "Origin": scan(json!({ "ScheduledDeliveryDate": "20260903", "BillToAccount": { "Option": "03", "Number": "F00BA2" } })),
        "Exception": scan(json!({ "StatusCode": "X", "ReasonDescription": "weather ", "Resolution": { "Code": "10" },
            "RescheduledDeliveryDate": "20260904", "UpdatedAddress": { "StreetNumberLow": "9", "StreetName": "MAIN" } })),
        "Delivery": scan(json!({ "DeliveryLocation": { "Code": "03", "Description": "FRONT DOOR", "SignedForByName": "SMITH",
            "AddressArtifactFormat": { "PoliticalDivision2": "ALAMEDA" } } })),
        "Generic": { "ActivityType": "VM", "TrackingNumber": NUMBER, "Activity": { "Date": "20260902", "Time": "094500" } },
        "Weather": [{ "Sun": "yes" }],
    });
    let events =
        json!({ "Name": "Outbound", "Number": "1", "SubscriptionStatus": { "Code": "A" }, "SubscriptionFile": file });
    let desk = Desk::open().await.answers_json(200, answer(&events)).await;
    let page = desk.client.quantum_view(&range(), None).await.expect("a page");
    assert_eq!((page.subscriber.as_deref(), page.bookmark.as_deref()), (Some("dock"), None));
    let subscription = &page.subscriptions[0];
    assert_eq!(
        (subscription.name.as_deref(), &subscription.status),
        (Some("Outbound"), &Some(SubscriptionStatus::Active))
    );
    assert_eq!(subscription.files[0].status, Some(FileStatus::Unread));
    assert!(page.records().all(|(file, _)| file == "260902_093000001"));
    let [
        Record::Manifest(manifest),
        Record::Origin(origin),
        Record::Exception(exception),
        Record::Delivery(delivery),
        Record::Generic(generic),
        Record::Other { kind, json },
    ] = subscription.files[0].records.as_slice()
    else {
        panic!("{:?}", subscription.files[0].records)
    };
    let package = &manifest.packages[0];
    assert_eq!(package.weight.map(|weight| weight.normalize().to_string()).as_deref(), Some("7"));
    assert_eq!(package.dimensions.as_ref().map(|sides| sides[0].as_str()), Some("00001000"));
    assert_eq!((manifest.package_count, package.cod.as_ref()), (Some(1), None));
    assert_eq!(manifest.customs_value.map(|value| value.to_string()).as_deref(), Some("120.50"));
    assert_eq!(
        (manifest.shipper.name.as_deref(), manifest.ship_to.name.as_deref()),
        (Some("Ridge Supply"), Some("Hill Hardware"))
    );
    assert_eq!(manifest.references[0].value, "ORDER-100482");
    assert_eq!(manifest.bill_to.as_ref().map(|bill| &bill.option), Some(&BillingOption::Shipper));
    assert_eq!(origin.event.local(), Some(jiff::civil::date(2026, 9, 2).at(9, 30, 0, 0)));
    assert_eq!(origin.event.place.as_ref().and_then(|place| place.city.as_deref()), Some("RENO"));
    assert_eq!(origin.event.bill_to.as_ref().map(|bill| &bill.option), Some(&BillingOption::ThirdParty));
    assert_eq!((exception.reason.1.as_deref(), exception.resolution.0.as_deref()), (Some("weather"), Some("10")));
    assert_eq!(exception.updated_address.as_ref().and_then(|at| at.street.as_deref()), Some("9 MAIN"));
    let location = delivery.location.as_ref().expect("a place");
    assert_eq!((location.signed_for_by.as_deref(), location.address.city.as_deref()), (Some("SMITH"), Some("ALAMEDA")));
    assert_eq!(
        (&generic.kind, generic.event.time),
        (&ActivityKind::VoidForManifest, Some(jiff::civil::time(9, 45, 0, 0)))
    );
    assert_eq!((kind.as_str(), json.as_str()), ("Weather", "{\"Sun\":\"yes\"}"), "an unknown kind is kept");

    let said: Vec<_> = page.records().map(|(_, record)| record.canonical().as_str()).collect();
    assert_eq!(said, ["label_created", "picked_up", "exception", "delivered", "voided", "unknown"]);
    assert_eq!(
        page.records().map(|(_, record)| record.tracking_numbers().len()).collect::<Vec<_>>(),
        [1, 1, 1, 1, 1, 0]
    );
    assert_eq!(Page::from_raw(&page.raw), Ok(page));
}

#[tokio::test]
async fn a_parcel_at_an_access_point_is_not_delivered() {
    let delivery =
        json!({ "TrackingNumber": NUMBER, "AccessPointLocationID": "U12345678", "LastPickupDate": "20260909" });
    let file = json!({ "FileName": "260902_093000001", "Delivery": [delivery] });
    let desk = Desk::open().await.answers_json(200, answer(&json!([{ "SubscriptionFile": [file] }]))).await;
    let page = desk.client.quantum_view(&range(), None).await.expect("a page");
    let (_, record) = page.records().next().expect("a record");
    assert_eq!(record.canonical(), CanonicalStatus::HeldForPickup);
}

#[tokio::test]
async fn the_question_names_a_range_files_or_nothing() {
    let desk = Desk::open().await.answers_json(200, answer(&json!([]))).await;
    let end = jiff::civil::date(2026, 9, 2).at(6, 0, 0, 0);
    let begin = jiff::civil::date(2026, 9, 1).at(6, 0, 0, 0);
    let client = &desk.client;
    client.quantum_view(&Query::range(begin, Some(end)).of_subscription("Outbound"), None).await.expect("a page");
    client.quantum_view(&Query::files(["220104_140019001"]), Some("Ym9va21hcms=")).await.expect("a page");
    client.quantum_view(&Query::unread_and_mark_read(), None).await.expect("a page");
    let bodies: Vec<Value> = desk.calls().await.iter().map(|call| call.body_json().expect("json")).collect();
    let request = |at: usize| &bodies[at]["QuantumViewRequest"];
    assert_eq!(request(0)["Request"]["RequestAction"], "QVEvents");
    let dates = json!({ "BeginDateTime": "20260901060000", "EndDateTime": "20260902060000" });
    assert_eq!(request(0)["SubscriptionRequest"], json!([{ "Name": "Outbound", "DateTimeRange": dates }]));
    assert_eq!(request(1)["SubscriptionRequest"], json!([{ "FileName": ["220104_140019001"] }]));
    assert_eq!(request(1)["Bookmark"], "Ym9va21hcms=", "beside the subscription, not within");
    assert_eq!(request(2)["SubscriptionRequest"], Value::Null);

    let backwards = client.quantum_view(&Query::range(end, Some(begin)), None).await.expect_err("no such range");
    assert!(matches!(backwards, Error::Invalid { field: "range", .. }), "{backwards}");
    let none = client.quantum_view(&Query::files(Vec::<String>::new()), None).await.expect_err("no files");
    assert!(matches!(none, Error::Invalid { field: "files", .. }), "{none}");
}

/// As many pages as there are bookmarks; the same bookmark twice would never end.
async fn feed(bookmarks: &'static [&'static str]) -> Desk {
    let desk = Desk::open().await;
    let asked = std::sync::atomic::AtomicUsize::new(0);
    let page = move |_: &Request| {
        let at = asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let mut answer = answer(&json!([{ "SubscriptionFile": { "FileName": format!("260902_0930{at:05}") } }]));
        answer["QuantumViewResponse"]["Bookmark"] = json!(bookmarks.get(at).copied().unwrap_or_default());
        ResponseTemplate::new(200).set_body_json(answer)
    };
    let path = wiremock::matchers::path("/api/quantumview/v3/events");
    Mock::given(path).respond_with(page).mount(&desk.server).await;
    desk
}

#[tokio::test]
async fn a_walk_ends_without_a_bookmark() {
    let desk = feed(&["YQ==", "Yg=="]).await;
    let mut pages = desk.client.quantum_view_pages(range());
    let mut files = Vec::new();
    while let Some(page) = pages.next().await.expect("a page") {
        files.push(page.subscriptions[0].files[0].name.clone());
    }
    assert_eq!(files, ["260902_093000000", "260902_093000001", "260902_093000002"]);
    assert_eq!(pages.next().await, Ok(None));
    let bodies: Vec<Value> = desk.calls().await.iter().map(|call| call.body_json().expect("json")).collect();
    let sent: Vec<_> = bodies.iter().map(|body| body["QuantumViewRequest"]["Bookmark"].as_str()).collect();
    assert_eq!(sent, [None, Some("YQ=="), Some("Yg==")]);
    let same = |at: usize| bodies[at]["QuantumViewRequest"]["SubscriptionRequest"].clone();
    assert_eq!(same(0), same(2), "the identical question, plus the bookmark");
}

/// The page that closes the circle is given all the same: its files may have been marked read.
#[tokio::test]
async fn a_walk_in_a_circle_is_noticed() {
    let desk = feed(&["YQ==", "Yg==", "YQ==", "Yg==", "YQ=="]).await;
    let mut pages = desk.client.quantum_view_pages(range());
    for _ in 0..3 {
        pages.next().await.expect("a page").expect("more");
    }
    let error = pages.next().await.expect_err("a circle");
    assert!(matches!(&error, Error::Unreadable { what } if what.contains("Bookmark")), "{error}");
    assert_eq!(pages.next().await, Ok(None), "after an error nothing more is asked");
    assert_eq!(desk.calls().await.len(), 3);
}

/// Of unread files the bookmark names the subscriber only: it stays the same while the files move on.
#[tokio::test]
async fn unread_files_move_on_under_one_bookmark() {
    let desk = feed(&["YQ==", "YQ==", "YQ=="]).await;
    let mut pages = desk.client.quantum_view_pages(Query::unread_and_mark_read());
    let mut count = 0;
    while pages.next().await.expect("a page").is_some() {
        count += 1;
    }
    assert_eq!(count, 4);

    let mut same = answer(&json!([{ "SubscriptionFile": { "FileName": "260902_093000001" } }]));
    same["QuantumViewResponse"]["Bookmark"] = json!("YQ==");
    let desk = Desk::open().await.answers_json(200, same).await;
    let mut pages = desk.client.quantum_view_pages(Query::unread_and_mark_read());
    for _ in 0..2 {
        pages.next().await.expect("a page").expect("more");
    }
    pages.next().await.expect_err("the same file again");
    assert_eq!(desk.calls().await.len(), 2);
}

/// This system says no with a 200 and a status of its own, or with a 400 and the common envelope.
#[tokio::test]
async fn a_refusal_is_read_whichever_way_it_comes() {
    let failed = |code: &str, words: &str| {
        json!({ "QuantumViewResponse": { "Response": { "ResponseStatusCode": "0",
            "Error": { "ErrorSeverity": "Hard", "ErrorCode": code, "ErrorDescription": words } } } })
    };
    let code = async |status: u16, body: Value| {
        let desk = Desk::open().await.answers_json(status, body).await;
        desk.client.quantum_view(&range(), None).await
    };
    for (status, body) in [(200, failed("330050", "Invalid QV user.")), (400, envelope("330050"))] {
        let error = code(status, body).await.expect_err("no subscription");
        assert!(matches!(&error, Error::NotEntitled { code, .. } if code == "330050"), "{error}");
    }
    let error = code(200, failed("330028", "Invalid range")).await.expect_err("refused");
    assert!(matches!(&error, Error::Rejected { code, .. } if code == "330028"), "{error}");
    let page = code(200, failed("330099", "No unread data found")).await.expect("an empty page");
    assert_eq!((page.subscriptions.len(), page.alerts[0].code.as_str()), (0, "330099"));
    assert!(code(200, answer(&Value::Null)).await.expect("an empty page").subscriptions.is_empty());
    for senseless in [json!({}), json!({ "QuantumViewResponse": { "Response": "" } }), failed_without_code()] {
        assert!(matches!(code(200, senseless).await, Err(Error::Unreadable { .. })));
    }
}

fn failed_without_code() -> Value {
    json!({ "QuantumViewResponse": { "Response": { "ResponseStatusCode": "7" } } })
}

#[tokio::test]
async fn what_cannot_be_read_is_named_by_file_and_record() {
    let file =
        json!({ "FileName": "260902_093000001", "Origin": [{ "TrackingNumber": NUMBER }, { "Date": "20260902" }] });
    let desk = Desk::open().await.answers_json(200, answer(&json!({ "SubscriptionFile": file }))).await;
    let error = desk.client.quantum_view(&range(), None).await.expect_err("a record without a number");
    assert!(error.to_string().contains("file 260902_093000001: Origin[1] has no TrackingNumber"), "{error}");
}

/// Unread files that were asked for may be marked read although nobody got them.
#[tokio::test]
async fn only_a_question_for_unread_files_can_be_in_doubt() {
    let desk = Desk::open().await.answers(ResponseTemplate::new(500)).await;
    let unread = desk.client.quantum_view(&Query::unread_and_mark_read(), None).await.expect_err("no answer");
    assert!(unread.may_have_taken_effect(), "{unread}");
    let reading = desk.client.quantum_view(&range(), None).await.expect_err("no answer");
    assert!(!reading.may_have_taken_effect(), "{reading}");
}
