//! Modes, tokens, quotas, and the shapes answers take.

use jiff::SignedDuration;
use sandbox::Settings;
use sandbox::fault::Call;
use sandbox::ups::{Manners, Mode, Quota};
use serde_json::{Value, json};

use crate::counter::{Answer, Counter, MONDAY, REFERENCE, number, parcel, parcel_with, results, settle};

async fn with(change: impl FnOnce(&mut Manners)) -> Counter {
    let mut settings = Settings::empty(MONDAY.parse().unwrap());
    change(&mut settings.ups);
    Counter::with(settings).await
}

async fn log_in(counter: &Counter, client: &str, secret: &str) -> Answer {
    let url = format!("{}/security/v1/oauth/token", counter.sandbox.ups_url());
    let form = [("grant_type", "client_credentials")];
    settle(counter.http.post(url).basic_auth(client, Some(secret)).form(&form)).await
}

#[tokio::test]
async fn every_value_of_a_token_is_a_text_and_the_test_host_leaves_two_out() {
    let counter = Counter::open().await;
    counter.sandbox.ups().change(|manners| manners.token_lifetime = SignedDuration::from_secs(14_399));
    let known = counter.sandbox.credentials();
    let token = log_in(&counter, known.ups_client_id, known.ups_client_secret).await.body;
    assert!(token.as_object().unwrap().values().all(Value::is_string), "{token}");
    assert_eq!((&token["expires_in"], &token["scope"]), (&json!("14399"), &json!("")));
    counter.sandbox.ups().change(|manners| manners.mode = Mode::CieLike);
    let token = log_in(&counter, known.ups_client_id, known.ups_client_secret).await.body;
    assert!(token["scope"].is_null() && token["refresh_count"].is_null(), "{token}");
}

#[tokio::test]
async fn a_token_is_worth_nothing_on_another_host() {
    let (here, mut there) = (Counter::open().await, Counter::open().await);
    there.token.clone_from(&here.token);
    let known = there.sandbox.credentials();
    let answer = there.ship(&parcel(REFERENCE)).await;
    assert_eq!((answer.status, answer.errorcode()), (401, "250002"));
    let fresh = log_in(&there, known.ups_client_id, known.ups_client_secret).await;
    fresh.body["access_token"].as_str().unwrap().clone_into(&mut there.token);
    assert_eq!(there.ship(&parcel(REFERENCE)).await.status, 200);
}

#[tokio::test]
async fn a_refused_token_is_worded_in_several_ways() {
    let mut counter = with(|manners| manners.expired_token_is_invalid = true).await;
    counter.sandbox.clock().advance(SignedDuration::from_hours(2));
    let answer = counter.ship(&parcel(REFERENCE)).await;
    assert_eq!((answer.status, answer.errorcode()), (401, "250002"));
    let body = json!({"locale": "en_US", "countryCode": "US", "trackingNumberList": ["1ZA1B2C30300000000"]});
    counter.token = "invented".to_owned();
    let answer = counter.post("/api/track/v2/subscription/standard/package", &body).await;
    assert_eq!((answer.status, answer.errorcode()), (401, "UJ0001"));
    counter.sandbox.ups().change(|manners| manners.html_unauthorized = true);
    let answer = counter.ship(&parcel(REFERENCE)).await;
    assert_eq!((answer.status, &answer.headers["content-type"]), (401, &"text/html".parse().unwrap()));
}

#[tokio::test]
async fn each_product_can_be_missing_from_the_application() {
    let counter = with(|manners| manners.missing_products = vec![Call::TimeInTransit]).await;
    let answer = counter.post("/api/shipments/v1/transittimes", &json!({"originCountryCode": "US"})).await;
    assert_eq!((answer.status, answer.errorcode()), (401, "250002"));
    assert_eq!(counter.ship(&parcel(REFERENCE)).await.status, 200);
}

#[tokio::test]
async fn quotas_belong_to_the_application_and_tokens_have_their_own() {
    let mut counter = with(|manners| {
        manners.call_quota = Some(Quota { burst: 2, per_minute: 60 });
        manners.token_quota = Some(Quota { burst: 2, per_minute: 1 });
    })
    .await;
    assert_eq!(counter.ship(&parcel(REFERENCE)).await.status, 200);
    assert_eq!(counter.recover(REFERENCE).await.status, 200);
    let throttled = counter.ship(&parcel(REFERENCE)).await;
    assert_eq!((throttled.status, throttled.errorcode()), (429, "10429"));
    assert_eq!(throttled.body, json!({"response": {"errors": [{"code": "10429", "message": "Too Many Requests"}]}}));
    let named = |name: &reqwest::header::HeaderName| name.as_str().contains("ratelimit") || name == "retry-after";
    assert!(!throttled.headers.keys().any(named));

    counter.sandbox.ups().add_application("second", "secret");
    let known = counter.sandbox.credentials();
    assert_eq!(log_in(&counter, known.ups_client_id, known.ups_client_secret).await.status, 200);
    let spent = log_in(&counter, known.ups_client_id, known.ups_client_secret).await;
    assert_eq!(
        (spent.status, spent.body["response"]["errors"][0]["message"].as_str()),
        (429, Some("Quota Limit Exceeded"))
    );
    let second = log_in(&counter, "second", "secret").await;
    assert_eq!((second.status, &second.body["client_id"]), (200, &json!("second")));
    let first = counter.token.clone();
    second.body["access_token"].as_str().unwrap().clone_into(&mut counter.token);
    assert_eq!(counter.ship(&parcel(REFERENCE)).await.status, 200);

    counter.token = first;
    counter.sandbox.clock().advance(SignedDuration::from_secs(1));
    assert_eq!(counter.ship(&parcel(REFERENCE)).await.status, 200);
    assert_eq!(counter.ship(&parcel(REFERENCE)).await.status, 429);
}

#[tokio::test]
async fn lists_fold_by_version_by_name_or_all() {
    let counter = Counter::open().await;
    let mut body = parcel_with("/Shipment/ShipTo/Address/ResidentialAddressIndicator", json!(""));
    body["ShipmentRequest"]["Request"]["SubVersion"] = json!("2205");
    body["ShipmentRequest"]["Shipment"]["Package"][0]["PackageWeight"]["Weight"] = json!("60");
    let answer = counter.post("/api/shipments/v2205/ship", &body).await;
    let old = results(&answer);
    assert!(old["PackageResults"].is_object() && old["ShipmentCharges"]["ItemizedCharges"].is_object(), "{old}");
    // UPS kept alerts a list where it folded everything else.
    assert!(answer.body["ShipmentResponse"]["Response"]["Alert"].is_array());
    counter.sandbox.ups().change(|manners| {
        manners.collapsed_lists = vec!["ItemizedCharges".to_owned(), "RatedShipment".to_owned()];
        manners.kept_lists = vec!["PackageResults".to_owned()];
    });
    let now = results(&counter.ship(&body).await).clone();
    assert!(now["PackageResults"].is_array() && now["ShipmentCharges"]["ItemizedCharges"].is_object(), "{now}");
    let old = counter.post("/api/shipments/v1801/ship", &body).await;
    assert!(results(&old)["PackageResults"].is_array());
}

#[tokio::test]
async fn without_a_context_the_reference_is_an_empty_text_unless_told() {
    let counter = Counter::open().await;
    let body = parcel_with("/Request/TransactionReference", Value::Null);
    let reference =
        async || counter.ship(&body).await.body["ShipmentResponse"]["Response"]["TransactionReference"].clone();
    assert_eq!(reference().await, "");
    counter.sandbox.ups().change(|manners| manners.empty_transaction_reference = false);
    assert_eq!(reference().await, json!({"TransactionIdentifier": "test"}));
}

#[tokio::test]
async fn the_test_host_masks_every_number_but_the_one_in_the_link() {
    let counter = with(|manners| manners.mode = Mode::CieLike).await;
    let links = json!({"LabelDelivery": {"LabelLinksIndicator": ""}});
    let answer = counter.ship(&parcel_with("/Shipment/ShipmentServiceOptions", links)).await;
    assert_eq!(number(&answer), "1ZXXXXXXXXXXXXXXXX");
    let results = results(&answer);
    let zpl = String::from_utf8(crate::counter::image(&results["PackageResults"][0]["ShippingLabel"])).unwrap();
    assert!(zpl.contains("SAMPLE") && zpl.contains("1ZXXXXXXXXXXXXXXXX"), "{zpl}");
    let real = counter.sandbox.ledger().labels[0].tracking_number.clone();
    let link = results["LabelURL"].as_str().unwrap();
    assert!(link.contains(&real) && link.ends_with("cie=true"), "{link}");
    counter.recover(REFERENCE).await.refused_with("9801031");
}

#[tokio::test]
async fn the_test_host_voids_its_own_numbers_only() {
    let counter = with(|manners| manners.mode = Mode::CieLike).await;
    assert_eq!(counter.void("1Z2220060290602143").await.status, 200);
    counter.void("1Z2220060292634221").await.refused_with("190102");
    counter.void("1Z2220060294314162").await.refused_with("190102");
    let package = counter.void("1Z2220060294314162?trackingnumber=1Z2220060291994175").await;
    assert_eq!(package.body["VoidShipmentResponse"]["PackageLevelResult"][0]["Status"]["Description"], "Voided");
    counter.sandbox.ups().change(|manners| manners.void_stray_returns = true);
    let status =
        counter.void("1Z2220060290602143").await.body["VoidShipmentResponse"]["SummaryResult"]["Status"].clone();
    assert_eq!(status, json!({"Code": "&#xD;1", "Description": "&#xD;Voided"}));
}
