//! Track Alert: subscribing, in both versions.

use serde_json::{Value, json};
use ups::Error;
use ups::track_alert::{AccountSubscription, Destination, EventPreference, Level, PackageSubscription};
use wiremock::ResponseTemplate;

use crate::desk::{ACCOUNT, Desk, envelope};

const NUMBER: &str = "1Z999AA10123456784";

fn two() -> PackageSubscription {
    PackageSubscription::new([NUMBER, "1Z1234567$8"])
}

#[tokio::test]
async fn a_partial_success_is_a_success() {
    let answer = json!({ "validTrackingNumbers": [NUMBER], "invalidTrackingNumbers": "1Z1234567$8" });
    let desk = Desk::open().await.answers_json(200, answer).await;
    let subscribed = desk.client.subscribe(&two()).await.expect("an answer");
    assert_eq!(
        (subscribed.valid.as_slice(), subscribed.invalid.as_slice()),
        (&[NUMBER.to_owned()][..], &["1Z1234567$8".to_owned()][..])
    );
    assert!(!subscribed.is_complete());
    let call = &desk.calls().await[0];
    assert_eq!(call.url.path(), "/api/track/v2/subscription/standard/package");
    assert!(call.headers.contains_key("transid") && call.headers.contains_key("transactionsrc"));
    let sent: Value = call.body_json().expect("json");
    assert_eq!(sent, json!({ "locale": "en_US", "countryCode": "US", "trackingNumberList": [NUMBER, "1Z1234567$8"] }));
}

/// UPS refuses the request when it takes none of its numbers, and names them.
#[tokio::test]
async fn a_subscription_without_a_valid_number_is_an_answer() {
    let mut refusal = envelope("VSS210");
    refusal["invalidTrackingNumbers"] = json!(["1Z1234567$8"]);
    let desk = Desk::open().await.answers_json(400, refusal).await;
    let subscribed = desk.client.subscribe(&two()).await.expect("an answer");
    assert_eq!((subscribed.valid.len(), subscribed.invalid.as_slice()), (0, &["1Z1234567$8".to_owned()][..]));
    assert!(!subscribed.raw.is_empty());

    let desk = Desk::open().await.refuses("VSS215").await;
    assert_eq!(desk.client.subscribe(&two()).await.expect("an answer").invalid.len(), 2, "unnamed, all are meant");

    let desk = Desk::open().await.refuses("VSS300").await;
    assert!(matches!(desk.client.subscribe(&two()).await, Err(Error::Rejected { code, .. }) if code == "VSS300"));
}

#[tokio::test]
async fn version_one_brings_its_destination_and_keeps_its_secret() {
    let desk = Desk::open().await.answers_json(200, json!({ "validTrackingNumbers": [NUMBER] })).await;
    let destination = Destination {
        url: "https://dock.example/ups".parse().expect("a url"),
        credential_type: "Bearer".to_owned(),
        credential: "the-credential".into(),
    };
    let level = Level::Enhanced { events: vec![EventPreference::Delivery, EventPreference::Exception] };
    let subscription =
        PackageSubscription { destination: Some(destination), level, ..PackageSubscription::new([NUMBER]) };
    assert!(!format!("{subscription:?}").contains("the-credential"));
    assert!(desk.client.subscribe(&subscription).await.expect("an answer").is_complete());
    let call = &desk.calls().await[0];
    assert_eq!(call.url.path(), "/api/track/v1/subscription/enhanced/package");
    let sent: Value = call.body_json().expect("json");
    let expected =
        json!({ "url": "https://dock.example/ups", "credentialType": "Bearer", "credential": "the-credential" });
    assert_eq!((&sent["destination"], &sent["eventPreferences"]), (&expected, &json!(["D", "X"])));
}

#[tokio::test]
async fn what_ups_would_refuse_as_a_whole_is_not_sent() {
    let desk = Desk::open().await;
    let field = async |subscription: PackageSubscription| match desk.client.subscribe(&subscription).await {
        Err(Error::Invalid { field, .. }) => field,
        other => panic!("{other:?}"),
    };
    let many = |count: usize| PackageSubscription::new((0..count).map(|_| NUMBER));
    assert_eq!(field(many(0)).await, "tracking_numbers");
    assert_eq!(field(many(101)).await, "tracking_numbers");
    let plain = Destination {
        url: "http://dock.example/ups".parse().expect("a url"),
        credential_type: "Bearer".to_owned(),
        credential: "the-credential".into(),
    };
    assert_eq!(field(PackageSubscription { destination: Some(plain.clone()), ..many(1) }).await, "destination.url");
    let blank = Destination { url: "https://dock.example".parse().expect("a url"), credential: " ".into(), ..plain };
    assert_eq!(field(PackageSubscription { destination: Some(blank), ..many(1) }).await, "destination.credential");
    let five = Level::Enhanced { events: vec![EventPreference::Delivery; 5] };
    assert_eq!(field(PackageSubscription { level: five, ..many(1) }).await, "events");
    assert_eq!(desk.calls().await.len(), 0);
}

#[tokio::test]
async fn an_account_is_subscribed_and_released() {
    let desk = Desk::open().await.answers_json(200, json!({ "expiryDate": "9999-12-31" })).await;
    let subscription = AccountSubscription::new("dock");
    let subscribed = desk.client.subscribe_account(&subscription).await.expect("an answer");
    assert_eq!(subscribed.expires, Some(jiff::civil::date(9999, 12, 31)));
    desk.client.unsubscribe_account(&subscription).await.expect("an answer");
    let calls = desk.calls().await;
    assert_eq!(calls[0].url.path(), "/api/track/v2/subscription/standard/account");
    let sent: Value = calls[0].body_json().expect("json");
    assert_eq!((&sent["shipperAccountNumber"], &sent["subAccountType"]), (&json!(ACCOUNT), &json!(["Outbound"])));
    assert_eq!((calls[1].method.as_str(), calls[1].url.query()), ("DELETE", Some("shipper_account_number=A1B2C3")));
}

/// It may be subscribed or not: subscribing again does no harm, and nobody else decides that.
#[tokio::test]
async fn a_subscription_whose_answer_is_lost_may_have_happened() {
    for answer in [ResponseTemplate::new(500), ResponseTemplate::new(200).set_body_json(json!({}))] {
        let desk = Desk::open().await.answers(answer).await;
        let error = desk.client.subscribe(&two()).await.expect_err("no answer");
        assert!(error.may_have_taken_effect(), "{error}");
        assert_eq!(desk.calls().await.len(), 1);
    }
}
