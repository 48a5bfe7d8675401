//! Tokens: shared, renewed in time, and never asked for twice when once is enough.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use ups::{Client, Clock, Error, Locator, RecoveryRequest};
use wiremock::matchers::{header, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::desk::{ACCOUNT, Desk, TOKEN_PATH, client_of, envelope, settings_of, token};

#[derive(Debug)]
struct Watch(Mutex<Timestamp>);

impl Watch {
    fn advance(&self, by: SignedDuration) {
        let mut now = self.0.lock().expect("a watch");
        *now = now.checked_add(by).expect("a time");
    }
}

impl Clock for Watch {
    fn now(&self) -> Timestamp {
        *self.0.lock().expect("a watch")
    }
}

async fn ask(client: &Client) -> Result<(), Error> {
    client.recover(&RecoveryRequest::new(Locator::reference("none"), "ZPL")).await.map(drop)
}

#[tokio::test]
async fn many_calls_at_once_share_one_token() {
    let desk = Desk::open().await.refuses("9801031").await;
    let asking: Vec<_> = (0..8)
        .map(|_| {
            let client = desk.client.clone();
            tokio::spawn(async move { ask(&client).await })
        })
        .collect();
    for call in asking {
        call.await.expect("no panic").expect("an answer");
    }
    assert_eq!(desk.token_calls().await.len(), 1);
    assert_eq!(desk.calls().await.len(), 8);
}

#[tokio::test]
async fn a_token_is_renewed_before_its_hour_is_over() {
    let desk = Desk::open().await.refuses("9801031").await;
    let watch = Arc::new(Watch(Mutex::new(Timestamp::UNIX_EPOCH)));
    let mut settings = settings_of(&desk.server.uri());
    settings.clock = watch.clone();
    let client = Client::new(settings).expect("a client");

    ask(&client).await.expect("an answer");
    watch.advance(SignedDuration::from_mins(50));
    ask(&client).await.expect("an answer");
    assert_eq!(desk.token_calls().await.len(), 1);
    watch.advance(SignedDuration::from_mins(6));
    ask(&client).await.expect("an answer");
    assert_eq!(desk.token_calls().await.len(), 2);
}

/// A hundred waiting orders must not try a wrong secret a hundred times.
#[tokio::test]
async fn a_wrong_secret_is_tried_once_by_all_who_wait() {
    let server = MockServer::start().await;
    let refusal = ResponseTemplate::new(401).set_body_json(envelope("10401")).set_delay(Duration::from_millis(300));
    Mock::given(path(TOKEN_PATH)).respond_with(refusal).expect(1).mount(&server).await;
    let client = client_of(&server.uri());
    let calls = (0..6).map(|_| {
        let client = client.clone();
        tokio::spawn(async move { ask(&client).await })
    });
    for call in calls.collect::<Vec<_>>() {
        let error = call.await.expect("no panic").expect_err("a wrong secret");
        assert!(matches!(&error, Error::Credentials { code, .. } if code == "10401"), "{error}");
    }
}

#[tokio::test]
async fn the_token_call_proves_the_credentials_anew() {
    let desk = Desk::open().await;
    desk.client.token().await.expect("good credentials");
    desk.client.token().await.expect("good credentials");
    let calls = desk.token_calls().await;
    assert_eq!(calls.len(), 2);
    assert_eq!(calls[0].headers["authorization"], "Basic dGhlLWlkOnRoZS1zZWNyZXQ=");
    assert_eq!(String::from_utf8_lossy(&calls[0].body), "grant_type=client_credentials");
    assert!(!calls[0].headers.contains_key("x-merchant-id"));
}

#[tokio::test]
async fn the_account_is_named_where_the_site_says_so() {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(200).set_body_json(token("t"));
    let named = Mock::given(path(TOKEN_PATH)).and(header("x-merchant-id", ACCOUNT));
    named.respond_with(answer).expect(1).mount(&server).await;
    let mut settings = settings_of(&server.uri());
    settings.send_merchant_id = true;
    Client::new(settings).expect("a client").token().await.expect("a token");
}

/// Whatever happens to the token call, the call behind it was not sent.
#[tokio::test]
async fn trouble_with_the_token_is_never_a_doubt() {
    let cases = [
        (ResponseTemplate::new(429), "throttled"),
        (ResponseTemplate::new(503), "unavailable"),
        (ResponseTemplate::new(200).set_body_string("<html>"), "unreadable"),
        (ResponseTemplate::new(200).set_body_string("{\"expires_in\":\"3599\"}"), "unreadable"),
        (ResponseTemplate::new(400).set_body_json(envelope("10400")), "10400"),
        (ResponseTemplate::new(403), "403"),
        (ResponseTemplate::new(404), "404"),
    ];
    for (answer, code) in cases {
        let server = MockServer::start().await;
        Mock::given(path(TOKEN_PATH)).respond_with(answer).mount(&server).await;
        let error = client_of(&server.uri()).ship(&crate::desk::order()).await.expect_err("no token");
        assert_eq!(error.code(), code);
        assert!(!error.may_have_taken_effect());
        assert_eq!(matches!(error, Error::Throttled { on_token: true, .. }), code == "throttled");
    }
}

#[tokio::test]
async fn nothing_that_is_printed_shows_a_secret() {
    let desk = Desk::open().await;
    desk.client.token().await.expect("a token");
    let shown = format!("{:?} {:?}", desk.client, settings_of(&desk.server.uri()));
    assert!(!shown.contains("the-secret") && !shown.contains("token-1"), "{shown}");
}

#[test]
fn settings_that_cannot_be_right_are_refused_at_once() {
    let field = |change: fn(&mut ups::Settings)| {
        let mut settings = settings_of("http://127.0.0.1:1");
        change(&mut settings);
        match Client::new(settings) {
            Err(Error::Invalid { field, .. }) => field,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(field(|it| it.account = "A1B2C".to_owned()), "account");
    assert_eq!(field(|it| it.client_id = " ".to_owned()), "client_id");
    assert_eq!(field(|it| it.client_secret = String::new().into()), "client_secret");
    let far =
        |it: &mut ups::Settings| it.environment = ups::Environment::At("http://ups.example".parse().expect("a url"));
    assert_eq!(field(far), "environment");
}

/// A token belongs to the host that gave it, so two hosts never share one.
#[tokio::test]
async fn each_host_gives_its_own_token() {
    let here = Desk::open().await.refuses("9801031").await;
    let there = Desk::open().await.refuses("9801031").await;
    for _ in 0..2 {
        ask(&here.client).await.expect("an answer");
        ask(&there.client).await.expect("an answer");
    }
    for desk in [&here, &there] {
        assert_eq!(desk.token_calls().await.len(), 1);
        assert!(desk.calls().await.iter().all(|call| call.headers["authorization"] == "Bearer token-1"));
    }
}

/// A fresh token that one product refuses: the error names what is missing on the application.
#[tokio::test]
async fn a_product_that_is_not_on_the_application_is_named() {
    let desk = Desk::open().await.answers_json(401, envelope("250002")).await;
    let client = &desk.client;
    let day = jiff::civil::date(2026, 9, 1);
    let place = ups::time_in_transit::TransitPlace {
        country: "US".to_owned(),
        postal_code: "94607".to_owned(),
        ..Default::default()
    };
    let transit = ups::time_in_transit::Query::new(place.clone(), place);
    let address =
        ups::AddressQuery { lines: vec!["120 Dock Road".to_owned()], country: "US".to_owned(), ..Default::default() };
    let alert = ups::track_alert::PackageSubscription::new(["1Z999AA10123456784"]);
    let feed = ups::quantum_view::Query::range(day.at(0, 0, 0, 0), None);
    let errors = [
        ("Address Validation", client.check_address(&address).await.map(drop)),
        ("Time In Transit", client.time_in_transit(&transit).await.map(drop)),
        ("Tracking", client.track("1Z999AA10123456784").await.map(drop)),
        ("UPS Track Alert", client.subscribe(&alert).await.map(drop)),
        ("Quantum View", client.quantum_view(&feed, None).await.map(drop)),
        ("Pickup", client.pickup_states("US").await.map(drop)),
        ("Shipping", client.ship(&crate::desk::order()).await.map(drop)),
    ];
    for (product, answer) in errors {
        let error = answer.expect_err("not on the application");
        assert_eq!(error, Error::NotOnApp { product });
        let words = format!("the UPS application lacks the product {product}: it refused a token that was just issued");
        assert_eq!(error.to_string(), words);
    }
}

/// Only a token that was refused is renewed, once; what UPS says of the fresh one counts.
#[tokio::test]
async fn a_401_renews_the_token_once() {
    for (code, expected, tokens) in
        [("251004", "251004", 2), ("UJ0001", "not_on_app", 2), ("250003", "250003", 1), ("250002", "not_on_app", 2)]
    {
        let desk = Desk::open().await.answers_json(401, envelope(code)).await;
        let error = desk.client.track("1Z999AA10123456784").await.expect_err("refused");
        assert_eq!(error.code(), expected, "{error}");
        assert_eq!(desk.token_calls().await.len(), tokens, "{code}");
        assert!(!error.may_have_taken_effect());
    }
    let desk = Desk::open().await.answers(ResponseTemplate::new(403)).await;
    let error = desk.client.track("1Z999AA10123456784").await.expect_err("a blocked merchant");
    assert!(matches!(error, Error::NotEntitled { .. }), "{error}");
}
