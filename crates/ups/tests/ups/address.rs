//! Addresses: what UPS knows of them, and what it is asked.

use serde_json::{Value, json};
use ups::{AddressAnswer, AddressQuery, Class, Error};

use crate::desk::Desk;

fn street() -> AddressQuery {
    AddressQuery {
        name: "Hill Hardware".to_owned(),
        lines: vec!["12380 morris road".to_owned()],
        city: "Alpharetta".to_owned(),
        state: "GA".to_owned(),
        postal_code: "30005-4616".to_owned(),
        country: "us".to_owned(),
        ..AddressQuery::default()
    }
}

fn checked(outcome: &str, candidates: &Value) -> Value {
    json!({ "XAVResponse": {
        "Response": { "ResponseStatus": { "Code": "1" } }, outcome: "", "Candidate": candidates,
    } })
}

fn candidate() -> Value {
    json!({
        "AddressClassification": { "Code": "2", "Description": "Residential" },
        "AddressKeyFormat": {
            "AddressLine": "12380 MORRIS RD", "PoliticalDivision2": "ALPHARETTA", "PoliticalDivision1": "GA",
            "PostcodePrimaryLow": 30005, "PostcodeExtendedLow": "4616", "CountryCode": "US",
        },
    })
}

/// A single candidate comes as an object, its single line as text.
#[tokio::test]
async fn a_known_address_comes_back_as_ups_writes_it() {
    let desk = Desk::open().await.answers_json(200, checked("ValidAddressIndicator", &candidate())).await;
    let report = desk.client.check_address(&street()).await.expect("an answer");
    let AddressAnswer::Valid(found) = report.answer else {
        panic!("a valid address was expected");
    };
    assert_eq!(found.lines, ["12380 MORRIS RD"]);
    assert_eq!(found.postal_code.as_deref(), Some("30005"));
    assert_eq!((found.postal_extension.as_deref(), found.class), (Some("4616"), Class::Residential));

    let call = &desk.calls().await[0];
    assert_eq!(call.url.path(), "/api/addressvalidation/v2/3");
    let sent: Value = call.body_json().expect("json");
    assert_eq!(sent["XAVRequest"]["AddressKeyFormat"]["PostcodeExtendedLow"], "4616");
}

#[tokio::test]
async fn an_address_may_be_ambiguous_unknown_or_not_looked_at() {
    let several = checked("AmbiguousAddressIndicator", &json!([candidate(), candidate()]));
    let desk = Desk::open().await.answers_json(200, several).await;
    let answer = desk.client.check_address(&street()).await.expect("an answer").answer;
    assert!(matches!(answer, AddressAnswer::Ambiguous(candidates) if candidates.len() == 2));

    let desk = Desk::open().await.answers_json(200, checked("NoCandidatesIndicator", &json!(""))).await;
    assert_eq!(desk.client.check_address(&street()).await.expect("an answer").answer, AddressAnswer::NotFound);

    let abroad = AddressQuery { country: "CA".to_owned(), ..street() };
    assert_eq!(desk.client.check_address(&abroad).await.expect("an answer").answer, AddressAnswer::NotCovered);
    assert_eq!(desk.calls().await.len(), 1, "nothing is asked about a country UPS does not cover");

    let desk = Desk::open().await.refuses("9264030").await;
    assert_eq!(desk.client.check_address(&street()).await.expect("an answer").answer, AddressAnswer::NotCovered);
}

/// No marker, or a "valid" without its candidate, is no answer; nothing is assumed in its place.
#[tokio::test]
async fn an_address_answer_without_a_verdict_is_unreadable() {
    for answer in [checked("SomethingNew", &json!([])), checked("ValidAddressIndicator", &json!([])), json!({})] {
        let desk = Desk::open().await.answers_json(200, answer).await;
        let error = desk.client.check_address(&street()).await.expect_err("no verdict");
        assert!(matches!(error, Error::Unreadable { .. }), "{error}");
    }
}
