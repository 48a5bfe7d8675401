//! Quantum View: an account's events in files, unread or by range, page by page.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use sandbox::ups::Fate;
use serde_json::{Value, json};

use crate::counter::{Answer, Counter, REFERENCE, number, parcel};

async fn ask(counter: &Counter, version: &str, more: &Value) -> Answer {
    let mut request = json!({"Request": {"RequestAction": "QVEvents"}});
    for (name, value) in more.as_object().unwrap() {
        request[name] = value.clone();
    }
    counter.post(&format!("/api/quantumview/{version}/events"), &json!({"QuantumViewRequest": request})).await
}

fn response(answer: &Answer) -> &Value {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let response = &answer.body["QuantumViewResponse"];
    assert_eq!(response["Response"]["ResponseStatusCode"], "1");
    response
}

fn files(answer: &Answer) -> Vec<Value> {
    let events = &response(answer)["QuantumViewEvents"]["SubscriptionEvents"];
    events[0]["SubscriptionFile"].as_array().cloned().unwrap_or_default()
}

/// Every record of a kind in the files.
fn records(files: &[Value], kind: &str) -> Vec<Value> {
    files.iter().filter_map(|file| file[kind].as_array()).flatten().cloned().collect()
}

fn range(from: &str, to: &str) -> Value {
    let range = json!({"BeginDateTime": from, "EndDateTime": to});
    json!({"SubscriptionRequest": [{"Name": "OutboundXML", "DateTimeRange": range}]})
}

async fn shipped(counter: &Counter, fate: Fate) -> String {
    let number = number(&counter.ship(&parcel(REFERENCE)).await);
    assert!(counter.sandbox.ups().decide_fate(&number, fate));
    number
}

#[tokio::test]
async fn an_account_without_subscription_is_refused_in_either_way() {
    let counter = Counter::open().await;
    counter.sandbox.ups().change(|manners| manners.quantum_view.clear());
    ask(&counter, "v3", &json!({})).await.refused_with("330050");
    counter.sandbox.ups().change(|manners| manners.quantum_failures_in_200 = true);
    let answer = ask(&counter, "v3", &json!({})).await;
    assert_eq!(answer.status, 200);
    let inner = &answer.body["QuantumViewResponse"]["Response"];
    assert_eq!(inner["ResponseStatusCode"], "0");
    assert_eq!(inner["Error"][0]["ErrorCode"], "330050");
}

#[tokio::test]
async fn wrong_requests_are_refused() {
    let counter = Counter::open().await;
    ask(&counter, "v3", &json!({"Request": {}})).await.refused_with("20007");
    ask(&counter, "v3", &json!({"Request": {"RequestAction": "Everything"}})).await.refused_with("20006");
    ask(&counter, "v3", &json!({"SubscriptionRequest": [{"Name": "Nobody"}]})).await.refused_with("20008");
    ask(&counter, "v3", &range("20260801000000", "20260802000000")).await.refused_with("20008");
    ask(&counter, "v3", &range("20260914000000", "20260913000000")).await.refused_with("20008");
    ask(&counter, "v3", &json!({"Bookmark": "&&&"})).await.refused_with("20008");
}

#[tokio::test]
async fn unread_files_are_given_once_and_again_by_range() {
    let mut counter = Counter::open().await;
    shipped(&counter, Fate::OnTime).await;
    counter.wait(24).await;
    let first = files(&ask(&counter, "v3", &json!({})).await);
    assert!(!first.is_empty());
    assert!(first.iter().all(|file| file["StatusType"]["Code"] == "U"));
    assert_eq!(first[0]["FileName"], "260914_170000001");
    let again = ask(&counter, "v3", &json!({})).await;
    assert!(files(&again).is_empty());
    let subscription = &response(&again)["QuantumViewEvents"]["SubscriptionEvents"][0];
    assert_eq!(subscription["SubscriptionStatus"]["Code"], "A");

    let by_range = files(&ask(&counter, "v3", &range("20260914000000", "20260916000000")).await);
    assert_eq!(by_range.len(), first.len());
    assert!(by_range.iter().all(|file| file["StatusType"]["Code"] == "R"));
    let one = json!({"SubscriptionRequest": [{"Name": "OutboundXML", "FileName": [first[1]["FileName"]]}]});
    assert_eq!(files(&ask(&counter, "v3", &one).await).len(), 1);

    counter.sandbox.ups().change(|manners| manners.quantum_empty_code = Some("999999".to_owned()));
    let empty = ask(&counter, "v3", &json!({})).await;
    assert_eq!(empty.body["QuantumViewResponse"]["Response"]["Error"][0]["ErrorCode"], "999999");
}

#[tokio::test]
async fn all_kinds_of_records_agree_with_tracking() {
    let mut counter = Counter::open().await;
    let smooth = shipped(&counter, Fate::OnTime).await;
    let late = shipped(&counter, Fate::SecondAttempt).await;
    let voided = shipped(&counter, Fate::OnTime).await;
    counter.sandbox.clock().advance(SignedDuration::from_mins(55));
    assert_eq!(counter.void(&voided).await.status, 200);
    let mut all = Vec::new();
    for _ in 0..9 {
        counter.wait(24).await;
        all.extend(files(&ask(&counter, "v3", &json!({})).await));
    }
    let of = |kind: &str, number: &str| -> Vec<Value> {
        let all = records(&all, kind);
        all.into_iter().filter(|one| one["TrackingNumber"] == number).collect()
    };
    let manifests = records(&all, "Manifest");
    let package = &manifests.iter().find(|one| one["LeadShipmentTrackingNumber"] == *smooth).unwrap()["Package"][0];
    assert_eq!(package["TrackingNumber"], smooth);
    assert_eq!(package["PackageWeight"]["Weight"], "+0012.0");
    assert_eq!(package["PackageServiceOptions"]["COD"], "");
    assert_eq!(package["ReferenceNumber"][0], json!({"Number": "1", "Code": "TN", "Value": REFERENCE}));

    let origin = &of("Origin", &smooth)[0];
    assert_eq!(origin["ActivityLocation"]["AddressArtifactFormat"]["PoliticalDivision2"], "OAKLAND");
    assert_eq!(origin["ScheduledDeliveryDate"], "20260918");
    assert_eq!(origin["BillToAccount"], json!({"Option": "01", "Number": "A1B2C3"}));
    assert!(of("Origin", &voided).is_empty());
    assert_eq!(of("Generic", &voided)[0]["ActivityType"], "VM");

    let exception = &of("Exception", &late)[0];
    assert_eq!(exception["ReasonCode"], "48");
    assert_eq!(exception["RescheduledDeliveryDate"], "20260921");
    assert!(of("Generic", &late).iter().any(|one| one["ActivityType"] == "UD"));
    assert!(of("Exception", &smooth).is_empty());

    for number in [&smooth, &late] {
        let delivery = of("Delivery", number);
        assert_eq!(delivery.len(), 1);
        let tracked = counter.track(number).await["package"][0].clone();
        let newest = &tracked["activity"][0];
        assert_eq!((&delivery[0]["Date"], &delivery[0]["Time"]), (&newest["date"], &newest["time"]));
        let receiver = &delivery[0]["DeliveryLocation"]["SignedForByName"];
        assert_eq!(*receiver, tracked["deliveryInformation"]["receivedBy"]);
    }
}

#[tokio::test]
async fn a_bookmark_leads_through_all_pages() {
    let mut counter = Counter::open().await;
    for _ in 0..3 {
        shipped(&counter, Fate::OnTime).await;
    }
    counter.wait(24 * 5).await;
    let asked = range("20260914000000", "20260920000000");
    let whole = files(&ask(&counter, "v3", &asked).await);
    assert!(whole.len() > 3);
    counter.sandbox.ups().change(|manners| manners.quantum_page_bytes = 1500);
    let mut names = BTreeSet::new();
    let mut bookmarks = Vec::new();
    let mut request = asked;
    loop {
        let page = ask(&counter, "v3", &request).await;
        for file in files(&page) {
            assert!(names.insert(file["FileName"].as_str().unwrap().to_owned()), "{file}");
        }
        let Some(bookmark) = response(&page)["Bookmark"].as_str() else { break };
        assert!(!bookmarks.contains(&bookmark.to_owned()));
        bookmarks.push(bookmark.to_owned());
        request["Bookmark"] = json!(bookmark);
    }
    assert!(bookmarks.len() > 1);
    assert_eq!(names.len(), whole.len());

    // The bookmark of unread files names none of them and stays the same.
    let first = ask(&counter, "v3", &json!({})).await;
    let bookmark = response(&first)["Bookmark"].clone();
    let second = ask(&counter, "v3", &json!({"Bookmark": bookmark})).await;
    assert_eq!(response(&second)["Bookmark"], bookmark);
    assert_ne!(files(&first)[0]["FileName"], files(&second)[0]["FileName"]);
}

#[tokio::test]
async fn files_are_kept_for_a_week() {
    let mut counter = Counter::open().await;
    shipped(&counter, Fate::Lost).await;
    counter.wait(24 * 8).await;
    assert!(files(&ask(&counter, "v3", &json!({})).await).is_empty());
}

#[tokio::test]
async fn older_versions_write_a_list_of_one_as_its_element() {
    let mut counter = Counter::open().await;
    shipped(&counter, Fate::OnTime).await;
    counter.wait(2).await;
    let asked = range("20260914000000", "20260915000000");
    let events = |answer: &Answer| response(answer)["QuantumViewEvents"]["SubscriptionEvents"].clone();
    let third = events(&ask(&counter, "v3", &asked).await);
    assert!(third[0]["SubscriptionFile"][0]["Manifest"][0]["Package"].is_array(), "{third}");
    let second = events(&ask(&counter, "v2", &asked).await);
    assert!(second[0]["SubscriptionFile"][0]["Manifest"]["Package"].is_object(), "{second}");
    let first = events(&ask(&counter, "v1", &asked).await);
    assert!(first["SubscriptionFile"]["Manifest"].is_object(), "{first}");
}
