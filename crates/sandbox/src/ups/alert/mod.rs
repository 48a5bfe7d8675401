//! Track Alert: subscribing, and events told by webhooks as the clock goes on.
//!
//! ```text
//! POST …/subscription/{standard|enhanced}/package ─► Subscription (14 days for each number)
//! POST …/subscription/standard/account            ─► Subscription (for ever)
//!                                                       │ clock moves, a label is voided
//! journeys on the shelf ─► Event ─► what is lost, doubled, shuffled ─► herald ─► your address
//!                                                                        └► WebhookSent
//! ```
//!
//! Version 1 names its receiver in each subscription and identifies itself with the header
//! `credential`. Version 2 has one receiver for the application, registered outside the API
//! ([`Ups::register_webhook`]), and brings `x-api-key` and a bearer token. Events of before the
//! subscription are never told, and what a receiver misses is lost.

mod event;
mod herald;
mod subscription;

use serde_json::{Value, json};

use super::envelope::{self, Refusal};
use super::reading::{present, text, texts};
use super::{Ups, Visit, track};
use crate::CREDENTIALS;
use crate::serve::{Reply, Request};
pub(crate) use herald::Herald;
pub use herald::{Outcome, WebhookSent};
pub(crate) use subscription::Alerts;
use subscription::{Receiver, Subject, Subscription};
pub use subscription::{Webhook, WebhookToken};

/// Numbers a request may hold.
const MOST: usize = 100;

/// The numbers UPS's test host has events for.
const TEST_NUMBERS: [&str; 3] = ["1ZCIETST0111111114", "1ZCIETST0422222228", "1ZCIEPIC0111111116"];

/// Track Alert insists on two headers.
pub(super) fn require_headers(request: &Request) -> Result<(), Refusal> {
    track::require_headers(request)
}

pub(super) fn answer(ups: &Ups, visit: &Visit<'_>) -> Result<Reply, Refusal> {
    let (version, kind, subject) = (visit.segment(2), visit.segment(4), visit.segment(5));
    if !matches!(kind, "standard" | "enhanced") {
        return Err(Refusal::bad("VSS930", "Invalid subscription type."));
    }
    match (visit.request.method.as_str(), version, subject) {
        ("POST", "v1" | "v2", "package") => packages(ups, visit, version == "v1", kind == "enhanced"),
        ("POST", "v2", "account") => account(ups, visit, kind == "enhanced"),
        ("DELETE", "v2", "account") => unsubscribe(ups, visit),
        _ => Err(Refusal::Bare(405)),
    }
}

/// The body, which must be JSON and say so.
fn body(visit: &Visit<'_>) -> Result<Value, Refusal> {
    let json = visit.request.header("content-type").is_some_and(|kind| kind.to_ascii_lowercase().contains("json"));
    if !json {
        return Err(Refusal::bad("10007", "Invalid or unsupported content type."));
    }
    let body = if visit.request.body.is_empty() { Value::Null } else { visit.json()? };
    match body.as_object() {
        Some(fields) if !fields.is_empty() => Ok(body),
        _ => Err(Refusal::bad("VSS110", "The request is empty. The subscription request has been rejected.")),
    }
}

/// What both kinds of subscription share. Answers the event preferences.
fn common(body: &Value, enhanced: bool) -> Result<Vec<String>, Refusal> {
    let locale = text(body, &["locale"]);
    if locale.is_empty() {
        return Err(Refusal::bad("VSS300", "Locale is required. The subscription request has been rejected."));
    }
    if !is_locale(&locale) {
        return Err(Refusal::bad("VSS310", "Invalid locale. The subscription request has been rejected."));
    }
    let country = text(body, &["countryCode"]);
    if !country.is_empty() && (country.len() != 2 || !country.bytes().all(|c| c.is_ascii_uppercase())) {
        return Err(Refusal::bad("VSS400", "Invalid country code. The subscription request has been rejected."));
    }
    let preferences = texts(body, &["eventPreferences"]);
    let known = preferences.iter().all(|one| matches!(one.as_str(), "D" | "I" | "M" | "X"));
    if enhanced && present(body, &["eventPreferences"]) && (!known || !(1..=4).contains(&preferences.len())) {
        return Err(Refusal::bad("VSS414", "Invalid event preference. The subscription request has been rejected."));
    }
    Ok(if enhanced { preferences } else { Vec::new() })
}

/// Two small letters, a line, two capitals.
fn is_locale(text: &str) -> bool {
    let small = |text: &str| text.len() == 2 && text.bytes().all(|c| c.is_ascii_lowercase());
    let capital = |text: &str| text.len() == 2 && text.bytes().all(|c| c.is_ascii_uppercase());
    text.split_once('_').is_some_and(|(language, country)| small(language) && capital(country))
}

fn packages(ups: &Ups, visit: &Visit<'_>, first_version: bool, enhanced: bool) -> Result<Reply, Refusal> {
    let body = body(visit)?;
    let preferences = common(&body, enhanced)?;
    let numbers = texts(&body, &["trackingNumberList"]);
    if numbers.is_empty() {
        return Err(Refusal::bad("VSS200", "Tracking number list is required."));
    }
    if numbers.len() > MOST {
        return Err(Refusal::bad("VSS220", "The tracking number list exceeds the maximum of 100."));
    }
    let mut state = ups.state();
    let receiver = if first_version { destination(&body, state.manners.plain_webhooks)? } else { Receiver::Registered };
    let test_host = state.manners.is_cie();
    let accepted = |number: &String| if test_host { TEST_NUMBERS.contains(&&**number) } else { is_formed(number) };
    let (valid, invalid): (Vec<String>, Vec<String>) = numbers.into_iter().partition(accepted);
    if valid.is_empty() {
        let code = if test_host { "VSS215" } else { "VSS210" };
        return Ok(none_valid(code, &invalid));
    }
    for number in &valid {
        let subject = Subject::Package(number.clone());
        let subscription = Subscription::new(receiver.clone(), enhanced, subject, preferences.clone(), visit.now);
        state.subscribe(subscription);
    }
    Ok(Reply::json(200, &json!({"validTrackingNumbers": valid, "invalidTrackingNumbers": invalid})))
}

/// Small packages and Roadie's.
fn is_formed(number: &str) -> bool {
    let (prefix, rest) = number.split_at_checked(2).unwrap_or_default();
    let length = match prefix {
        "1Z" => rest.len() == 16,
        "1R" => matches!(rest.len(), 14 | 26),
        _ => false,
    };
    length && rest.bytes().all(|c| c.is_ascii_digit() || c.is_ascii_uppercase())
}

/// The error that says which numbers it means.
fn none_valid(code: &str, invalid: &[String]) -> Reply {
    let message = "None of the tracking numbers is valid. The subscription request has been rejected.";
    let mut reply = envelope::error(400, code, message);
    let errors = json!([{"code": code, "message": message}]);
    reply.body = json!({"invalidTrackingNumbers": invalid, "response": {"errors": errors}}).to_string().into();
    reply
}

/// Version 1's own receiver. Only https will do, but for one on this machine.
fn destination(body: &Value, plain_webhooks: bool) -> Result<Receiver, Refusal> {
    let refuse = |code: &str, what: &str| {
        let message = format!("{what} The subscription request has been rejected.");
        Err(Refusal::bad(code, message))
    };
    if !present(body, &["destination"]) {
        return refuse("VSS500", "Destination is required.");
    }
    let field = |name: &str| text(body, &["destination", name]);
    let (url, kind, credential) = (field("url"), field("credentialType"), field("credential"));
    if url.is_empty() {
        return refuse("VSS600", "Url is required.");
    }
    let plain = url.strip_prefix("http://").is_some_and(|rest| {
        let host = rest.split([':', '/']).next().unwrap_or_default();
        plain_webhooks || matches!(host, "127.0.0.1" | "localhost")
    });
    if !plain && !url.starts_with("https://") {
        return refuse("VSS610", "Invalid url.");
    }
    if credential.is_empty() {
        return refuse("VSS700", "Credential is required.");
    }
    if kind.is_empty() {
        return refuse("VSS800", "Credential type is required.");
    }
    Ok(Receiver::Named { url, credential })
}

/// Every package of the account from now on. The documentation has this for standard subscriptions
/// only; the code by which an enhanced one is refused is *assumed*.
fn account(ups: &Ups, visit: &Visit<'_>, enhanced: bool) -> Result<Reply, Refusal> {
    if enhanced {
        return Err(Refusal::bad("VSS930", "Enhanced subscriptions are available for packages only."));
    }
    let body = body(visit)?;
    common(&body, false)?;
    let account = own_account(&text(&body, &["shipperAccountNumber"]))?;
    let subject = Subject::Account(account);
    ups.state().subscribe(Subscription::new(Receiver::Registered, false, subject, Vec::new(), visit.now));
    Ok(Reply::json(200, &json!({"expiryDate": "9999-12-31"})))
}

fn unsubscribe(ups: &Ups, visit: &Visit<'_>) -> Result<Reply, Refusal> {
    let account = own_account(&visit.request.query_value("shipper_account_number").unwrap_or_default())?;
    if !ups.state().alerts.unsubscribe(&account) {
        return Err(Refusal::bad("VSS000", "There is no subscription for the account."));
    }
    Ok(Reply::json(200, &json!({"message": "Account unsubscribed"})))
}

fn own_account(account: &str) -> Result<String, Refusal> {
    if account.eq_ignore_ascii_case(CREDENTIALS.ups_account) {
        return Ok(CREDENTIALS.ups_account.to_owned());
    }
    Err(Refusal::bad("VSS000", "The account cannot be subscribed. The subscription request has been rejected."))
}
