//! Track Alert: subscribing, and webhooks over real HTTP to a throw-away receiver.

use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, Uri};
use jiff::SignedDuration;
use sandbox::ups::{Blanks, Fate, Mode, Outcome, Webhook, WebhookToken};
use serde_json::{Value, json};

use crate::counter::{Answer, Counter, REFERENCE, number, parcel, parcel_with, settle};

/// What listens at a customer's: a token address and one for events.
struct Receiver {
    url: String,
    heard: Arc<Mutex<Vec<Heard>>>,
    tokens: Arc<AtomicU16>,
    answers: Arc<AtomicU16>,
}

#[derive(Clone)]
struct Heard {
    headers: HeaderMap,
    body: Value,
}

impl Heard {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    fn mark(&self) -> String {
        let status = &self.body["activityStatus"];
        format!("{}/{}", status["type"].as_str().unwrap(), status["code"].as_str().unwrap())
    }

    fn number(&self) -> String {
        self.body["trackingNumber"].as_str().unwrap().trim().to_owned()
    }
}

impl Receiver {
    async fn open() -> Self {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (tokens, answers) = (Arc::new(AtomicU16::new(0)), Arc::new(AtomicU16::new(200)));
        let (ears, issued, status) = (heard.clone(), tokens.clone(), answers.clone());
        let serve = move |uri: Uri, headers: HeaderMap, body: Bytes| async move {
            if uri.path() == "/token" {
                assert!(headers["authorization"].to_str().unwrap().starts_with("Basic "));
                assert_eq!(body.as_ref(), b"grant_type=client_credentials");
                let count = issued.fetch_add(1, Ordering::SeqCst) + 1;
                let token = json!({"access_token": format!("token-{count}"), "expires_in": "3600"});
                return (StatusCode::OK, token.to_string());
            }
            let body = serde_json::from_slice(&body).unwrap();
            ears.lock().unwrap().push(Heard { headers, body });
            (StatusCode::from_u16(status.load(Ordering::SeqCst)).unwrap(), String::new())
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = axum::Router::new().fallback(serve);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, heard, tokens, answers }
    }

    fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    fn marks(&self) -> Vec<String> {
        self.heard().iter().map(Heard::mark).collect()
    }

    fn register(&self, counter: &Counter) {
        let token = WebhookToken::Fetched {
            token_url: format!("{}/token", self.url),
            client_id: "own-client".to_owned(),
            client_secret: "own-secret".to_owned(),
        };
        let webhook = Webhook { url: format!("{}/events", self.url), api_key: None, token };
        counter.sandbox.ups().register_webhook(Some(webhook));
    }
}

async fn subscribe(counter: &Counter, kind: &str, body: &Value) -> Answer {
    counter.post(&format!("/api/track/v2/subscription/{kind}/package"), body).await
}

fn numbers(list: &[&str]) -> Value {
    json!({"locale": "en_US", "countryCode": "US", "trackingNumberList": list})
}

/// Lets the parcel's whole journey go by, and what is due be sent.
async fn to_the_end(counter: &mut Counter, number: &str) {
    let (_, end) = counter.sandbox.ups().journey_of(number).unwrap();
    counter.sandbox.clock().set(end);
    counter.sandbox.ups().webhooks_settled().await;
    counter.log_in().await;
}

/// A parcel of this fate, subscribed, at its registered receiver.
async fn subscribed(fate: Fate, kind: &str) -> (Counter, Receiver, String) {
    let counter = Counter::open().await;
    let receiver = Receiver::open().await;
    receiver.register(&counter);
    let number = number(&counter.ship(&parcel(REFERENCE)).await);
    counter.sandbox.ups().decide_fate(&number, fate);
    let answer = subscribe(&counter, kind, &numbers(&[&number])).await;
    assert_eq!(answer.body, json!({"validTrackingNumbers": [number], "invalidTrackingNumbers": []}));
    (counter, receiver, number)
}

#[tokio::test]
async fn events_come_as_the_clock_goes_on_with_key_and_token() {
    let (mut counter, receiver, number) = subscribed(Fate::OnTime, "standard").await;
    counter.sandbox.ups().webhooks_settled().await;
    assert!(receiver.heard().is_empty());
    to_the_end(&mut counter, &number).await;
    let marks = receiver.marks();
    assert_eq!(marks.first().map(String::as_str), Some("M/MP"), "{marks:?}");
    assert_eq!(marks.last().map(String::as_str), Some("D/FS"));
    for between in ["I/PU", "I/OR", "I/AR", "I/DP", "I/YP", "I/OT", "U/UT"] {
        assert!(marks.iter().any(|mark| mark == between), "{between} in {marks:?}");
    }
    let first = &receiver.heard()[0];
    assert_eq!(first.header("user-agent"), "UPSPubSubTrackingService");
    assert_eq!(first.header("x-api-key"), "own-client");
    assert_eq!(first.header("authorization"), "Bearer token-1");
    assert!(first.headers.get("credential").is_none());
    assert_eq!(receiver.tokens.load(Ordering::SeqCst), 1);

    let delivered = receiver.heard().last().unwrap().body.clone();
    assert_eq!(delivered["activityStatus"]["descriptionCode"], "011");
    assert_eq!(delivered["actualDeliveryDate"], "20260918");
    assert_eq!(delivered["gmtOffset"], "-04.00");
    assert_eq!(delivered["activityLocation"]["postalCode"], "02118");
    assert!(delivered["receivedBy"].is_null(), "{delivered}");

    let before = receiver.heard().len();
    counter.wait(24).await;
    counter.sandbox.ups().webhooks_settled().await;
    assert_eq!(receiver.heard().len(), before);
    let sent = counter.sandbox.ups().webhooks_sent();
    assert_eq!(sent.len(), before);
    assert!(sent.iter().all(|one| one.outcome == Outcome::Answered(200) && one.attempt == 1));
}

#[tokio::test]
async fn version_one_names_its_receiver_and_writes_blanks() {
    let mut counter = Counter::open().await;
    let receiver = Receiver::open().await;
    let number = number(&counter.ship(&parcel(REFERENCE)).await);
    counter.sandbox.ups().decide_fate(&number, Fate::OnTime);
    let path = "/api/track/v1/subscription/standard/package";
    let mut body = numbers(&[&number]);
    counter.post(path, &body).await.refused_with("VSS500");
    for (destination, code) in [
        (json!({"url": "", "credentialType": "Bearer", "credential": "x"}), "VSS600"),
        (json!({"url": "http://example.com", "credentialType": "Bearer", "credential": "x"}), "VSS610"),
        (json!({"url": "https://example.com", "credentialType": "Bearer"}), "VSS700"),
        (json!({"url": "https://example.com", "credential": "x"}), "VSS800"),
    ] {
        body["destination"] = destination;
        counter.post(path, &body).await.refused_with(code);
    }
    body["destination"] = json!({"url": receiver.url, "credentialType": "Bearer", "credential": "our word"});
    assert_eq!(counter.post(path, &body).await.status, 200);
    to_the_end(&mut counter, &number).await;
    let first = &receiver.heard()[0];
    assert_eq!(first.header("credential"), "our word");
    assert!(first.headers.get("authorization").is_none());
    assert_eq!(
        first.body["activityLocation"],
        json!({"city": "", "stateProvince": "", "postalCode": "", "country": "US"})
    );
    assert_eq!(first.body["deliveryPhoto"], "");
    assert!(first.body.get("receivedBy").is_none() && first.body.get("alternateTrackingNumber").is_none());
}

#[tokio::test]
async fn enhanced_subscriptions_tell_who_took_it_and_only_what_is_preferred() {
    let mut counter = Counter::open().await;
    let receiver = Receiver::open().await;
    receiver.register(&counter);
    let home = parcel_with("/Shipment/ShipTo/Address/ResidentialAddressIndicator", json!(""));
    let (home, office) = (number(&counter.ship(&home).await), number(&counter.ship(&parcel(REFERENCE)).await));
    for one in [&home, &office] {
        counter.sandbox.ups().decide_fate(one, Fate::OnTime);
    }
    let mut body = numbers(&[&home, &office]);
    body["eventPreferences"] = json!(["Z"]);
    subscribe(&counter, "enhanced", &body).await.refused_with("VSS414");
    body["eventPreferences"] = json!(["D"]);
    assert_eq!(subscribe(&counter, "enhanced", &body).await.status, 200);
    counter.wait(24 * 6).await;
    counter.sandbox.ups().webhooks_settled().await;
    let heard = receiver.heard();
    let of = |number: &str| heard.iter().filter(|one| one.number() == number).cloned().collect::<Vec<_>>();
    assert!(heard.iter().all(|one| ["D/FS", "U/UT", "U/PX"].contains(&&*one.mark())), "{:?}", receiver.marks());
    let photo = of(&home).into_iter().find(|one| one.mark() == "U/PX").unwrap();
    assert!(photo.body["deliveryPhoto"].as_str().unwrap().starts_with("R0lGOD"));
    assert!(of(&office).iter().all(|one| one.mark() != "U/PX"));
    let delivered = of(&office).into_iter().find(|one| one.mark() == "D/FS").unwrap();
    assert!(!delivered.body["receivedBy"].as_str().unwrap().is_empty());
}

#[tokio::test]
async fn some_numbers_may_be_wrong_but_not_all_and_not_too_many() {
    let counter = Counter::open().await;
    let good = "1Z999AA10123456784";
    let answer = subscribe(&counter, "standard", &numbers(&[good, "1Z1234567$8", "1z999aa10123456784"])).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body["validTrackingNumbers"], json!([good]));
    assert_eq!(answer.body["invalidTrackingNumbers"].as_array().unwrap().len(), 2);
    let again = subscribe(&counter, "standard", &numbers(&[good, "1R12345678912345"])).await;
    assert_eq!(again.body["validTrackingNumbers"].as_array().unwrap().len(), 2);

    let none = subscribe(&counter, "standard", &numbers(&["nothing"])).await;
    assert_eq!(none.body["invalidTrackingNumbers"], json!(["nothing"]));
    none.refused_with("VSS210");
    subscribe(&counter, "standard", &numbers(&[good; 101])).await.refused_with("VSS220");
    subscribe(&counter, "standard", &numbers(&[])).await.refused_with("VSS200");
    subscribe(&counter, "standard", &json!({})).await.refused_with("VSS110");
    subscribe(&counter, "standard", &json!({"trackingNumberList": [good]})).await.refused_with("VSS300");
    subscribe(&counter, "standard", &json!({"locale": "english", "trackingNumberList": [good]}))
        .await
        .refused_with("VSS310");
    subscribe(&counter, "premium", &numbers(&[good])).await.refused_with("VSS930");
}

#[tokio::test]
async fn headers_are_insisted_on() {
    let counter = Counter::open().await;
    let path = format!("{}/api/track/v2/subscription/standard/package", counter.sandbox.ups_url());
    let bare = || counter.http.post(&path).bearer_auth(&counter.token).json(&numbers(&["1Z999AA10123456784"]));
    settle(bare()).await.refused_with("VSS002");
    settle(bare().header("transId", "x".repeat(33))).await.refused_with("VSS003");
    settle(bare().header("transId", "x")).await.refused_with("VSS004");
}

#[tokio::test]
async fn a_number_is_told_of_for_fourteen_days_and_nothing_before_is_told() {
    let (mut counter, receiver, number) = subscribed(Fate::Lost, "standard").await;
    counter.sandbox.ups().change(|manners| manners.webhook_leading_blank_percent = 0);
    counter.wait(24 * 13).await;
    counter.sandbox.ups().webhooks_settled().await;
    let before = receiver.heard().len();
    assert!(before >= 4, "{:?}", receiver.marks());
    to_the_end(&mut counter, &number).await;
    assert_eq!(receiver.heard().len(), before, "the end lies behind the fortnight: {:?}", receiver.marks());

    let late = Receiver::open().await;
    late.register(&counter);
    assert_eq!(subscribe(&counter, "standard", &numbers(&[&number])).await.status, 200);
    counter.wait(24).await;
    counter.sandbox.ups().webhooks_settled().await;
    assert!(late.heard().is_empty());
}

#[tokio::test]
async fn what_a_receiver_does_not_take_is_lost_unless_told_otherwise() {
    let (mut counter, receiver, number) = subscribed(Fate::OnTime, "standard").await;
    receiver.answers.store(500, Ordering::SeqCst);
    counter.wait(20).await;
    counter.sandbox.ups().webhooks_settled().await;
    let missed = receiver.heard().len();
    assert!(missed > 0);
    assert!(counter.sandbox.ups().webhooks_sent().iter().all(|one| one.outcome == Outcome::Answered(500)));
    receiver.answers.store(200, Ordering::SeqCst);
    counter.sandbox.ups().change(|manners| manners.webhook_retries = 2);
    to_the_end(&mut counter, &number).await;
    let sent = counter.sandbox.ups().webhooks_sent();
    assert_eq!(sent.len(), receiver.heard().len());
    assert!(sent[missed..].iter().all(|one| one.attempt == 1));

    receiver.answers.store(503, Ordering::SeqCst);
    let again = crate::counter::number(&counter.ship(&parcel(REFERENCE)).await);
    subscribe(&counter, "standard", &numbers(&[&again])).await;
    counter.sandbox.clock().advance(SignedDuration::from_mins(59));
    counter.sandbox.ups().webhooks_settled().await;
    let attempts: Vec<u32> = counter.sandbox.ups().webhooks_sent()[sent.len()..].iter().map(|it| it.attempt).collect();
    assert_eq!(attempts, [1, 2, 3]);
}

#[tokio::test]
async fn events_can_go_astray() {
    let (mut counter, receiver, number) = subscribed(Fate::Delayed, "standard").await;
    counter.sandbox.ups().change(|manners| {
        manners.webhook_lost_percent = 25;
        manners.webhook_duplicated_percent = 30;
        manners.webhook_shuffled_percent = 40;
        manners.webhook_leading_blank_percent = 50;
        manners.webhook_numeric_codes = true;
        manners.webhook_blanks = Blanks::Absent;
    });
    to_the_end(&mut counter, &number).await;
    let sent = counter.sandbox.ups().webhooks_sent();
    let lost = sent.iter().filter(|one| one.outcome == Outcome::Lost).count();
    assert!(lost > 0, "{sent:#?}");
    assert_eq!(receiver.heard().len(), sent.len() - lost);
    let at = |one: &Heard| format!("{}{}", one.body["gmtActivityDate"], one.body["gmtActivityTime"]);
    let heard = receiver.heard();
    let times: Vec<String> = heard.iter().map(at).collect();
    assert!(!times.is_sorted());
    let marks = receiver.marks();
    let twice =
        marks.iter().enumerate().any(|(at, mark)| marks[..at].contains(mark) && times[..at].contains(&times[at]));
    assert!(twice, "{marks:?}");
    assert!(heard.iter().any(|one| one.body["trackingNumber"].as_str().unwrap().starts_with(' ')));
    assert!(heard.iter().all(|one| one.body["activityStatus"]["descriptionCode"].is_number()));
}

#[tokio::test]
async fn a_void_is_told_at_once() {
    let (counter, receiver, number) = subscribed(Fate::OnTime, "standard").await;
    counter.sandbox.clock().advance(SignedDuration::from_mins(50));
    assert_eq!(counter.void(&number).await.status, 200);
    counter.sandbox.ups().webhooks_settled().await;
    assert_eq!(receiver.marks(), ["M/MP", "MV/VP"]);
}

#[tokio::test]
async fn an_account_hears_of_all_its_packages_until_it_unsubscribes() {
    let mut counter = Counter::open().await;
    let receiver = Receiver::open().await;
    let bearer = "a given token".to_owned();
    let webhook =
        Webhook { url: receiver.url.clone(), api_key: Some("key".to_owned()), token: WebhookToken::Given { bearer } };
    counter.sandbox.ups().register_webhook(Some(webhook));
    let path = "/api/track/v2/subscription/standard/account";
    let body = json!({"locale": "en_US", "shipperAccountNumber": "A1B2C3", "subAccountType": ["Outbound"]});
    let answer = counter.post(path, &body).await;
    assert_eq!((answer.status, answer.body), (200, json!({"expiryDate": "9999-12-31"})));
    let foreign = json!({"locale": "en_US", "shipperAccountNumber": "ZZZZZZ"});
    counter.post(path, &foreign).await.refused_with("VSS000");
    let numbers: Vec<String> =
        [counter.ship(&parcel(REFERENCE)).await, counter.ship(&parcel(REFERENCE)).await].iter().map(number).collect();
    counter.wait(20).await;
    counter.sandbox.ups().webhooks_settled().await;
    let heard = receiver.heard();
    assert!(numbers.iter().all(|number| heard.iter().any(|one| one.number() == *number)));
    assert_eq!(heard[0].header("x-api-key"), "key");
    assert_eq!(heard[0].header("authorization"), "Bearer a given token");

    let gone = settle(counter.call("DELETE", &format!("{path}?shipper_account_number=A1B2C3"))).await;
    assert_eq!(gone.body, json!({"message": "Account unsubscribed"}));
    counter.wait(48).await;
    counter.sandbox.ups().webhooks_settled().await;
    assert_eq!(receiver.heard().len(), heard.len());
}

#[tokio::test]
async fn the_test_host_makes_up_a_journey_a_second_apart() {
    let counter = Counter::open().await;
    counter.sandbox.ups().change(|manners| manners.mode = Mode::CieLike);
    let receiver = Receiver::open().await;
    receiver.register(&counter);
    subscribe(&counter, "enhanced", &numbers(&["1Z999AA10123456784"])).await.refused_with("VSS215");
    assert_eq!(subscribe(&counter, "enhanced", &numbers(&["1ZCIEPIC0111111116"])).await.status, 200);
    counter.sandbox.clock().advance(SignedDuration::from_secs(3));
    counter.sandbox.ups().webhooks_settled().await;
    assert_eq!(receiver.marks(), ["M/MP", "I/OR", "I/DP"]);
    counter.sandbox.clock().advance(SignedDuration::from_secs(60));
    counter.sandbox.ups().webhooks_settled().await;
    assert_eq!(receiver.marks()[3..], ["I/AR", "I/YP", "I/OT", "D/FS", "U/PX"]);
}

#[tokio::test]
async fn the_control_address_registers_a_receiver_and_shows_what_was_sent() {
    let mut counter = Counter::open().await;
    let receiver = Receiver::open().await;
    let address = format!("{}/ups/webhooks", counter.sandbox.control_url());
    let body = json!({"url": receiver.url, "bearer": "given"});
    let answer = settle(counter.http.post(&address).json(&body)).await;
    assert_eq!(answer.body["registered"], receiver.url);
    let number = number(&counter.ship(&parcel(REFERENCE)).await);
    subscribe(&counter, "standard", &numbers(&[&number])).await;
    to_the_end(&mut counter, &number).await;
    let shown = settle(counter.http.get(&address)).await.body;
    assert_eq!(shown["sent"].as_array().unwrap().len(), receiver.heard().len());
    assert_eq!(shown["sent"][0]["outcome"], json!({"answered": 200}));
}
