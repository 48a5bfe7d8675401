//! Address validation.

use sandbox::ups::Mode;
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

async fn ask(counter: &Counter, path: &str, request: &Value) -> Value {
    let answer = counter.post(&format!("/api/addressvalidation/{path}"), &json!({"XAVRequest": request})).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["XAVResponse"].clone()
}

/// A place whose street is known at one number only.
fn known() -> &'static Place {
    plain_commercial().find(|place| place.unit.is_none()).unwrap()
}

#[tokio::test]
async fn each_option_answers_what_it_is_for() {
    let counter = Counter::open().await;
    let key = key_of(known());
    let request = json!({"AddressKeyFormat": [key]});
    let first = ask(&counter, "v2/1", &request).await;
    assert_eq!(first["ValidAddressIndicator"], "");
    assert!(first["AddressClassification"].is_null());
    let candidate = &first["Candidate"][0]["AddressKeyFormat"];
    assert!(candidate["AddressLine"].is_string(), "{first}");
    assert_eq!(candidate["Region"], format!("{} {} {}", known().city.to_uppercase(), known().state, known().zip9()));
    let second = ask(&counter, "v2/2", &request).await;
    assert_eq!(second["AddressClassification"]["Description"], "Commercial");
    assert!(second["Candidate"].is_null() && second["ValidAddressIndicator"].is_null());
    let third = ask(&counter, "v2/3", &request).await;
    assert_eq!(third["Candidate"][0]["AddressClassification"]["Code"], "1");
    let fourth = counter.post("/api/addressvalidation/v2/4", &json!({"XAVRequest": request})).await;
    fourth.refused_with("9264028");
    let first_version = ask(&counter, "v1/1", &request).await;
    assert!(first_version["Candidate"].is_object());
    counter.sandbox.ups().change(|manners| manners.address_lines_as_list = true);
    let listed = ask(&counter, "v2/1", &request).await;
    assert!(listed["Candidate"][0]["AddressKeyFormat"]["AddressLine"].is_array());
}

#[tokio::test]
async fn an_unknown_number_gives_a_range_and_the_list_has_a_limit() {
    let counter = Counter::open().await;
    let place = known();
    let mut key = key_of(place);
    key["AddressLine"] = json!([format!("{} {}", place.number + 11, place.street)]);
    let answer = ask(&counter, "v2/3", &json!({"AddressKeyFormat": key})).await;
    assert_eq!(answer["AmbiguousAddressIndicator"], "");
    assert_eq!(answer["AddressClassification"], json!({"Code": "0", "Description": "Unknown"}));
    let line = answer["Candidate"][0]["AddressKeyFormat"]["AddressLine"].as_str().unwrap();
    let (range, _) = line.split_once(' ').unwrap();
    let (from, to) = range.split_once('-').unwrap();
    assert!(from.parse::<u32>().unwrap() <= place.number && place.number <= to.parse::<u32>().unwrap(), "{line}");

    let twin = places().iter().find(|place| place.twin).unwrap();
    let mut key = key_of(twin);
    key["AddressLine"] = json!([twin.line_without_direction()]);
    let request = json!({"AddressKeyFormat": key});
    let both = ask(&counter, "v2/1", &request).await;
    assert_eq!(both["Candidate"].as_array().unwrap().len(), 2);
    let one = ask(&counter, "v2/1?maximumcandidatelistsize=1", &request).await;
    assert_eq!(one["Candidate"].as_array().unwrap().len(), 1);
    let none = ask(&counter, "v2/1?maximumcandidatelistsize=0", &request).await;
    assert_eq!(none["AmbiguousAddressIndicator"], "");
    assert!(none["Candidate"].is_null());
    let path = "/api/addressvalidation/v2/1?maximumcandidatelistsize=51";
    counter.post(path, &json!({"XAVRequest": request})).await.refused_with("9264032");
}

#[tokio::test]
async fn a_region_is_looked_up_by_zip_or_by_city_in_either_spelling() {
    let counter = Counter::open().await;
    let place = known();
    let by_zip = json!({"AddressKeyFormat": {"PostcodePrimaryLow": place.zip5, "CountryCode": "US"}});
    let in_query = ask(&counter, "v2/1?regionalrequestindicator=True", &by_zip).await;
    assert_eq!(in_query["ValidAddressIndicator"], "");
    let key = &in_query["Candidate"][0]["AddressKeyFormat"];
    assert_eq!(
        (&key["PoliticalDivision2"], &key["PoliticalDivision1"]),
        (&json!(place.city.to_uppercase()), &json!(place.state))
    );
    assert!(key["AddressLine"].is_null());
    let mut in_body = by_zip.clone();
    in_body["RegionalRequestIndicator"] = json!("1");
    assert_eq!(ask(&counter, "v2/1", &in_body).await["Candidate"], in_query["Candidate"]);
    let region =
        json!({"AddressKeyFormat": {"Region": format!("{} {}", place.city, place.state), "CountryCode": "US"}});
    let by_city = ask(&counter, "v2/1?regionalrequestindicator=true", &region).await;
    assert_eq!(by_city["Candidate"][0]["AddressKeyFormat"]["PostcodePrimaryLow"], place.zip5);
    let wrong = json!({"AddressKeyFormat": {
        "PoliticalDivision1": "AK", "PostcodePrimaryLow": place.zip5, "CountryCode": "US",
    }});
    assert_eq!(ask(&counter, "v2/1?regionalrequestindicator=true", &wrong).await["NoCandidatesIndicator"], "");
}

#[tokio::test]
async fn the_test_host_knows_new_york_and_california_only() {
    let counter = Counter::open().await;
    counter.sandbox.ups().change(|manners| manners.mode = Mode::CieLike);
    for place in places().iter().step_by(7) {
        let body = json!({"XAVRequest": {"AddressKeyFormat": key_of(place)}});
        let answer = counter.post("/api/addressvalidation/v2/1", &body).await;
        if matches!(place.state, "NY" | "CA") {
            assert_eq!(answer.status, 200);
        } else {
            answer.refused_with("9264030");
        }
    }
}
