//! Taking bookings back, whole and in part.

use serde_json::{Value, json};
use ups::{Error, TooLate, VoidAnswer, VoidOutcome};
use wiremock::ResponseTemplate;

use crate::desk::{Desk, envelope};

const NUMBER: &str = "1Z999AA10123456784";
const OTHER: &str = "1Z204W4R0308071865";

fn voided(code: &str, words: &str, spelling: &str, packages: &Value) -> Value {
    json!({ "VoidShipmentResponse": {
        "Response": { "ResponseStatus": { "Code": "1" }, "Alert": { "Code": "190119", "Description": "pickup" } },
        "SummaryResult": { "Status": { "Code": code, "Description": words } }, spelling: packages,
    } })
}

fn package(number: &str, code: &str) -> Value {
    json!({ "TrackingNumber": number, "Status": { "Code": code, "Description": "words " } })
}

/// A canned answer starts with a literal `&#xD;`; packages come under two names, as object or list.
#[test]
fn a_void_is_understood_in_both_spellings() {
    let told = |answer: Value| VoidAnswer::from_raw(answer.to_string().as_bytes()).expect("an answer");
    let whole = told(voided("&#xD;1", "&#xD;Voided", "None", &Value::Null));
    assert_eq!((&whole.outcome, whole.packages.len()), (&VoidOutcome::Voided, 0));
    assert!(whole.is_void());
    assert_eq!(whole.alerts[0].code, "190119", "its pickup still comes");
    let already = told(voided("1", "Already Voided", "PackageLevelResult", &package(NUMBER, "1")));
    assert_eq!(already.outcome, VoidOutcome::AlreadyVoided);
    assert!(already.is_void(), "the effect is the same");
    for spelling in ["PackageLevelResult", "PackageLevelResults"] {
        let both = json!([package(NUMBER, "1"), package(OTHER, "0")]);
        for words in ["Partially Voided", "Voided"] {
            let some = told(voided("1", words, spelling, &both));
            assert_eq!(some.outcome, VoidOutcome::Partly, "a package denies it");
            assert!(!some.is_void());
            let left: Vec<_> = some.packages.iter().filter(|it| !it.voided).collect();
            assert_eq!((left.len(), left[0].tracking_number.as_str()), (1, OTHER));
            assert_eq!(left[0].description.as_deref(), Some("words"));
        }
    }
    let none = told(voided("0", "Not Voided", "PackageLevelResult", &package(NUMBER, "0")));
    assert_eq!(none.outcome, VoidOutcome::NotVoided { code: "0".to_owned(), message: "Not Voided".to_owned() });
    let riddle = json!({ "VoidShipmentResponse": "" }).to_string();
    assert!(matches!(VoidAnswer::from_raw(riddle.as_bytes()), Err(Error::Unreadable { .. })));
}

#[tokio::test]
async fn a_shipment_is_named_in_the_path_and_packages_in_the_query() {
    let desk = Desk::open().await.answers_json(200, voided("1", "Voided", "None", &Value::Null)).await;
    desk.client.void("1z999aa10123456784").await.expect("voided");
    desk.client.void_packages(NUMBER, &[OTHER]).await.expect("voided");
    desk.client.void_packages(NUMBER, &[NUMBER, OTHER]).await.expect("voided");
    let calls = desk.calls().await;
    assert!(calls.iter().all(|call| call.url.path() == "/api/shipments/v2409/void/cancel/1Z999AA10123456784"));
    assert!(calls.iter().all(|call| call.method == "DELETE" && call.body.is_empty()));
    let lists: Vec<_> =
        calls.iter().map(|call| call.url.query_pairs().next().map(|(_, list)| list.into_owned())).collect();
    let two = format!("[\"{NUMBER}\",\"{OTHER}\"]");
    assert_eq!(lists, [None, Some(OTHER.to_owned()), Some(two)]);

    let many = vec![NUMBER; 21];
    let error = desk.client.void_packages(NUMBER, &many).await.expect_err("too many");
    assert_eq!(error.to_string(), "tracking_numbers has 21 entries, UPS takes 20");
    let error = desk.client.void_packages(NUMBER, &["string?x=1"]).await.expect_err("no number");
    assert!(matches!(error, Error::Invalid { field: "tracking_numbers", .. }));
    assert_eq!(desk.calls().await.len(), 3, "neither was sent");
}

/// UPS tells by codes whether a shipment can still be voided; whatever it says is kept.
#[tokio::test]
async fn a_void_that_is_refused_says_why() {
    let told = async |code: &str| {
        let desk = Desk::open().await.refuses(code).await;
        desk.client.void(NUMBER).await
    };
    let outcome = async |code: &str| told(code).await.expect("an answer").outcome;
    assert_eq!(outcome("190117").await, VoidOutcome::AlreadyVoided);
    let late = |reason| VoidOutcome::TooLate { reason, message: "words of UPS".to_owned() };
    assert_eq!(outcome("190101").await, late(TooLate::PeriodOver));
    assert_eq!(outcome("190103").await, late(TooLate::PickedUp));
    assert_eq!(outcome("190104").await, late(TooLate::ReturnProcessed));
    for code in ["190100", "190102", "190109"] {
        assert!(matches!(outcome(code).await, VoidOutcome::NotKnown { .. }), "{code}");
    }
    for code in ["190112", "190113"] {
        assert!(matches!(outcome(code).await, VoidOutcome::NotByPackage { .. }), "{code}");
    }
    assert!(matches!(outcome("190118").await, VoidOutcome::NotVoided { .. }));
    let refusal = told("190102").await.expect("an answer");
    assert_eq!(refusal.alerts[0].code, "190102");
    assert!(refusal.raw.starts_with(b"{"), "the refusal is kept as it came");
    assert!(matches!(told("190114").await, Err(Error::Rejected { .. })), "it speaks of the request");
    assert!(matches!(told("190001").await, Err(Error::Unavailable { .. })));

    let desk = Desk::open().await.answers(ResponseTemplate::new(500).set_body_json(envelope("190001"))).await;
    assert!(desk.client.void(NUMBER).await.expect_err("lost").may_have_taken_effect());
}
