//! Address validation.

use sandbox::world::places::{Place, places, plain_commercial};
use serde_json::{Value, json};

use crate::counter::Counter;

fn key_of(place: &Place) -> Value {
    json!({
        "AddressLine": [place.full_line()], "PoliticalDivision2": place.city, "PoliticalDivision1": place.state,
        "PostcodePrimaryLow": place.zip5, "CountryCode": "US",
    })
}

async fn validate(counter: &Counter, key: &Value) -> Value {
    let body = json!({"XAVRequest": {"AddressKeyFormat": key}});
    let answer = counter.post("/api/addressvalidation/v2/3", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["XAVResponse"].clone()
}

fn candidate(answer: &Value) -> &Value {
    assert!(answer["ValidAddressIndicator"].is_string(), "{answer}");
    assert_eq!(answer["Candidate"].as_array().unwrap().len(), 1);
    &answer["Candidate"][0]["AddressKeyFormat"]
}

#[tokio::test]
async fn every_place_of_the_world_is_a_valid_address() {
    let counter = Counter::open().await;
    for place in places() {
        let answer = validate(&counter, &key_of(place)).await;
        let key = candidate(&answer);
        assert_eq!(key["AddressLine"], place.full_line().to_uppercase(), "{place:?}");
        assert_eq!(key["PostcodeExtendedLow"], place.zip4);
        let class = if place.residential { "2" } else { "1" };
        assert_eq!(answer["AddressClassification"]["Code"], class);
    }
}

#[tokio::test]
async fn a_slip_of_the_pen_is_corrected_and_an_unknown_street_is_not() {
    let counter = Counter::open().await;
    let place = plain_commercial().find(|place| place.unit.is_none() && place.street.len() > 9).unwrap();
    let line = place.full_line().to_uppercase();
    let key_with = |name: &str, value: Value| {
        let mut key = key_of(place);
        key[name] = value;
        key
    };
    let mut misspelt = place.street.clone();
    misspelt.remove(3);
    let answer = validate(&counter, &key_with("AddressLine", json!([format!("{} {misspelt}", place.number)]))).await;
    assert_eq!(candidate(&answer)["AddressLine"], line);

    let answer = validate(&counter, &key_with("PostcodePrimaryLow", json!("99999"))).await;
    assert_eq!(candidate(&answer)["PostcodePrimaryLow"], place.zip5);

    let answer = validate(&counter, &key_with("PoliticalDivision2", json!("Elsewhere"))).await;
    assert_eq!(candidate(&answer)["PoliticalDivision2"], place.city.to_uppercase());

    let other = format!("9{} {}", place.number, place.street);
    let answer = validate(&counter, &key_with("AddressLine", json!([other]))).await;
    assert!(answer["AmbiguousAddressIndicator"].is_string(), "{answer}");

    let answer = validate(&counter, &key_with("AddressLine", json!("17 Nowhere Crescent"))).await;
    assert!(answer["NoCandidatesIndicator"].is_string() && answer["Candidate"].is_null(), "{answer}");
}

#[tokio::test]
async fn a_twin_without_its_direction_is_ambiguous() {
    let counter = Counter::open().await;
    let twin = places().iter().find(|place| place.twin).unwrap();
    let mut key = key_of(twin);
    key["AddressLine"] = json!(twin.line_without_direction());
    let answer = validate(&counter, &key).await;
    assert!(answer["AmbiguousAddressIndicator"].is_string(), "{answer}");
    assert_eq!(answer["Candidate"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn only_the_united_states_have_street_validation() {
    let counter = Counter::open().await;
    let body = json!({"XAVRequest": {"AddressKeyFormat": {"AddressLine": ["10 Front St"], "CountryCode": "CA"}}});
    assert_eq!(counter.post("/api/addressvalidation/v2/3", &body).await.status, 400);
}
