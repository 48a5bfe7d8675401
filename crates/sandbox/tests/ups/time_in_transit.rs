//! Days on the way, by lane and calendar.

use serde_json::{Value, json};

use crate::counter::{Answer, Counter, MONDAY, settle};

fn question() -> Value {
    json!({
        "originCountryCode": "US", "originStateProvince": "CA", "originCityName": "", "originPostalCode": "94607",
        "destinationCountryCode": "US", "destinationStateProvince": "MA", "destinationPostalCode": "02118",
        "shipDate": "2026-09-18", "shipTime": "10:00:00", "residentialIndicator": "02", "weight": "12",
        "weightUnitOfMeasure": "LBS",
    })
}

async fn ask(counter: &Counter, body: &Value) -> Answer {
    counter.post("/api/shipments/v1/transittimes", body).await
}

async fn services(counter: &Counter, body: &Value) -> Vec<Value> {
    let answer = ask(counter, body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let ems = &answer.body["emsResponse"];
    let list = ems["services"].as_array().unwrap().clone();
    assert_eq!(ems["numberOfServices"], list.len());
    list
}

fn level<'a>(services: &'a [Value], code: &str) -> &'a Value {
    services.iter().find(|one| one["serviceLevel"] == code).unwrap()
}

#[tokio::test]
async fn a_friday_parcel_rests_on_the_weekend_or_comes_on_saturday() {
    let counter = Counter::open().await;
    let all = services(&counter, &question()).await;
    let ground = level(&all, "GND");
    assert_eq!((&ground["deliveryDate"], &ground["businessTransitDays"]), (&json!("2026-09-24"), &json!(4)));
    // At home neither the total nor the rest days are counted.
    assert_eq!((&ground["totalTransitDays"], &ground["restDaysCount"]), (&json!(0), &json!(0)));
    assert_eq!((&ground["deliveryTime"], &ground["guaranteeIndicator"]), (&json!("23:00:00"), &json!("0")));
    assert_eq!(level(&all, "1DA")["deliveryDate"], "2026-09-21");
    assert_eq!(level(&all, "1DAS")["deliveryDate"], "2026-09-19");
    assert_eq!(level(&all, "1DM")["deliveryTime"], "08:00:00");
    assert_eq!(level(&all, "1DMS")["deliveryDayOfWeek"], "SAT");
}

#[tokio::test]
async fn holidays_closed_days_and_the_cut_off_move_the_delivery() {
    let mut settings = sandbox::Settings::empty("2026-11-23T16:00:00Z".parse().unwrap());
    settings.ups.closed_days = vec!["2026-11-27".parse().unwrap()];
    let counter = Counter::with(settings).await;
    let mut body = question();
    body["shipDate"] = json!("2026-11-25");
    // Thanksgiving, a closed Friday and the weekend lie between.
    assert_eq!(level(&services(&counter, &body).await, "1DA")["deliveryDate"], "2026-11-30");
    body["shipTime"] = json!("18:30:00");
    let late = services(&counter, &body).await;
    let next_day = level(&late, "1DA");
    assert_eq!((&next_day["pickupDate"], &next_day["deliveryDate"]), (&json!("2026-11-30"), &json!("2026-12-01")));
}

#[tokio::test]
async fn what_ground_outruns_is_left_out_unless_wanted() {
    let counter = Counter::open().await;
    let mut body = question();
    body["destinationStateProvince"] = json!("CA");
    body["destinationPostalCode"] = json!("95112");
    body["shipDate"] = json!("2026-09-15");
    let levels = async |body: &Value| {
        let all = services(&counter, body).await;
        all.iter().map(|one| one["serviceLevel"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(levels(&body).await, ["1DM", "1DA", "1DP", "GND"]);
    body["returnUnfilterdServices"] = json!(true);
    assert!(levels(&body).await.contains(&"3DS".to_owned()));
}

#[tokio::test]
async fn a_city_that_is_not_there_brings_a_pick_list() {
    let counter = Counter::open().await;
    let place = sandbox::world::places::places().iter().find(|place| place.state == "CA").unwrap();
    let mut body = question();
    body["destinationStateProvince"] = json!("CA");
    body["destinationPostalCode"] = json!(place.zip5);
    body["destinationCityName"] = json!("Nowhere");
    let answer = ask(&counter, &body).await;
    assert_eq!((answer.status, answer.errorcode()), (206, "1070"), "{}", answer.body);
    let list = &answer.body["validationList"];
    assert_eq!(list["invalidFieldList"], json!(["DestinationCityName"]));
    assert_eq!((&list["destinationAmbiguous"], &list["originAmbiguous"]), (&json!(true), &json!(false)));
    assert_eq!(answer.body["destinationPickList"][0]["city"], place.city.to_uppercase());
    assert!(answer.body["emsResponse"].is_null());
    body["avvFlag"] = json!(false);
    assert_eq!(ask(&counter, &body).await.status, 200);
}

#[tokio::test]
async fn a_request_it_cannot_read_looks_like_an_outage() {
    let counter = Counter::open().await;
    let mut body = question();
    body["destinationCityName"] = json!({"name": "Boston"});
    let answer = ask(&counter, &body).await;
    assert_eq!((answer.status, answer.errorcode()), (503, "10004"));
    assert_eq!(answer.headers["errordescription"], "UnexpectedEOFAtTarget");
    assert_eq!(answer.body["response"]["errors"][0]["message"], "The service is temporarily unavailable");
}

#[tokio::test]
async fn the_header_the_window_and_the_fields_are_insisted_on() {
    let counter = Counter::open().await;
    let url = format!("{}/api/shipments/v1/transittimes", counter.sandbox.ups_url());
    let bare = counter.http.post(url).bearer_auth(&counter.token).json(&question());
    settle(bare).await.refused_with("20007");
    for (name, value, code) in [
        ("shipDate", json!("2026-08-01"), "20008"),
        ("shipDate", json!("2026-12-24"), "20008"),
        ("originCountryCode", json!(""), "20007"),
        ("weight", json!("151"), "20008"),
        ("destinationCountryCode", json!("CA"), "20007"),
    ] {
        let mut body = question();
        body[name] = value;
        ask(&counter, &body).await.refused_with(code);
    }
}

#[tokio::test]
async fn across_the_border_the_codes_are_others_and_the_rest_is_counted() {
    let counter = Counter::open().await;
    let mut body = question();
    for (name, value) in [
        ("destinationCountryCode", json!("CA")),
        ("destinationStateProvince", json!("ON")),
        ("destinationPostalCode", json!("M5J1A1")),
        ("billType", json!("03")),
        ("shipmentContentsValue", json!(120)),
        ("shipmentContentsCurrencyCode", json!("USD")),
    ] {
        body[name] = value;
    }
    let all = services(&counter, &body).await;
    let standard = all.iter().find(|one| one["serviceLevelDescription"] == "UPS Standard").unwrap();
    assert_eq!(standard["restDaysCount"], 2);
    assert!(standard["totalTransitDays"].as_i64().unwrap() > standard["businessTransitDays"].as_i64().unwrap());
    assert!(all.iter().all(|one| one["serviceLevel"] != "GND"));
}

#[tokio::test]
async fn guarantees_can_be_suspended_and_times_sloppy() {
    let mut settings = sandbox::Settings::empty(MONDAY.parse().unwrap());
    settings.ups.guarantees_suspended = true;
    settings.ups.sloppy_ship_time = true;
    let counter = Counter::with(settings).await;
    let answer = ask(&counter, &question()).await;
    let ems = &answer.body["emsResponse"];
    assert_eq!((&ems["guaranteeSuspended"], &ems["shipTime"]), (&json!(true), &json!("09:00:0")));
    assert!(ems["services"].as_array().unwrap().iter().all(|one| one["guaranteeIndicator"] == "0"));
}
