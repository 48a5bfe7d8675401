//! Addresses: what UPS knows of them, and what it is asked.

use serde_json::{Value, json};
use ups::{AddressAnswer, AddressOption, AddressQuery, Class, Error};

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

async fn sent(query: &AddressQuery) -> (String, Value) {
    let desk = Desk::open().await.answers_json(200, checked("NoCandidatesIndicator", &json!(""))).await;
    desk.client.check_address(query).await.expect("an answer");
    let call = desk.calls().await.remove(0);
    let url = format!("{}?{}", call.url.path(), call.url.query().unwrap_or_default());
    let body: Value = call.body_json().expect("json");
    (url, body["XAVRequest"]["AddressKeyFormat"].clone())
}

#[tokio::test]
async fn the_question_says_what_is_wanted() {
    let (url, _) = sent(&AddressQuery { option: AddressOption::Validation, candidates: 50, ..street() }).await;
    assert_eq!(url, "/api/addressvalidation/v2/1?regionalrequestindicator=False&maximumcandidatelistsize=50");

    let region = AddressQuery {
        regional: true,
        postal_code: "30005".to_owned(),
        country: "US".to_owned(),
        ..Default::default()
    };
    let (url, address) = sent(&region).await;
    assert_eq!(url, "/api/addressvalidation/v2/3?regionalrequestindicator=True&maximumcandidatelistsize=15");
    assert_eq!(address, json!({ "PostcodePrimaryLow": "30005", "CountryCode": "US" }), "a ZIP is enough for a region");

    let island = AddressQuery { country: "PR".to_owned(), urbanization: "URB LAS GLADIOLAS".to_owned(), ..street() };
    assert_eq!(sent(&island).await.1["Urbanization"], "URB LAS GLADIOLAS");
}

#[tokio::test]
async fn a_question_that_makes_no_sense_is_not_sent() {
    let desk = Desk::open().await;
    let cases = [
        (AddressQuery { candidates: 51, ..street() }, "candidates"),
        (AddressQuery { urbanization: "URB LAS GLADIOLAS".to_owned(), ..street() }, "urbanization"),
        (AddressQuery { lines: vec![" ".to_owned()], ..street() }, "lines"),
        (AddressQuery { postal_code: "3000".to_owned(), ..street() }, "postal_code"),
        (AddressQuery { regional: true, postal_code: String::new(), city: String::new(), ..street() }, "postal_code"),
    ];
    for (query, expected) in cases {
        match desk.client.check_address(&query).await {
            Err(Error::Invalid { field, .. }) => assert_eq!(field, expected),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(desk.calls().await.len(), 0);
}

/// The second option brings neither indicator nor candidate.
#[tokio::test]
async fn a_class_may_come_alone() {
    let class = json!({ "Response": { "ResponseStatus": { "Code": "1" } }, "AddressClassification": { "Code": "1" } });
    let desk = Desk::open().await.answers_json(200, json!({ "XAVResponse": class })).await;
    let query = AddressQuery { option: AddressOption::Classification, ..street() };
    let report = desk.client.check_address(&query).await.expect("an answer");
    assert_eq!((report.answer, report.class), (AddressAnswer::Classified, Class::Commercial));
    assert!(report.raw.starts_with(b"{\"XAVResponse\""));
    // Who asked for more is not told "classified".
    assert!(matches!(desk.client.check_address(&street()).await, Err(Error::Unreadable { .. })));
}

#[tokio::test]
async fn a_side_of_a_street_is_no_place_to_deliver_to() {
    let range = json!({ "AddressKeyFormat": {
        "AddressLine": ["1200-1298 BROADWAY"], "PoliticalDivision2": "OAKLAND", "PoliticalDivision1": "CA",
        "PostcodePrimaryLow": "94612", "PostcodeExtendedLow": "1200-1299", "Region": "OAKLAND CA 94612",
        "CountryCode": "US",
    } });
    let desk = Desk::open().await.answers_json(200, checked("AmbiguousAddressIndicator", &json!([range]))).await;
    let AddressAnswer::Ambiguous(found) = desk.client.check_address(&street()).await.expect("an answer").answer else {
        panic!("an ambiguous address was expected");
    };
    let street = found[0].street_range().expect("a range of house numbers");
    assert_eq!((street.low.as_str(), street.high.as_str()), ("1200", "1298"));
    assert_eq!(found[0].postal_range().expect("a range of extensions").high, "1299");
    assert_eq!(found[0].region.as_deref(), Some("OAKLAND CA 94612"));
}
