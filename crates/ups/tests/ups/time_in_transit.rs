//! Time in transit: days, questions about places, and the refusal that looks like an outage.

use serde_json::{Value, json};
use ups::time_in_transit::{Contents, Query, ServiceLevel, TransitAnswer, TransitPlace};
use ups::{Amount, Error, Weight, WeightUnit};

use crate::desk::{Desk, envelope};

fn oakland() -> TransitPlace {
    TransitPlace {
        country: "US".to_owned(),
        state: "CA".to_owned(),
        city: "Oakland".to_owned(),
        postal_code: "94607".to_owned(),
        ..TransitPlace::default()
    }
}

fn reno() -> TransitPlace {
    TransitPlace { state: "NV".to_owned(), city: "Reno".to_owned(), postal_code: "89502".to_owned(), ..oakland() }
}

fn toronto() -> TransitPlace {
    TransitPlace {
        country: "CA".to_owned(),
        state: "ON".to_owned(),
        city: "Toronto".to_owned(),
        postal_code: "M5V3L9".to_owned(),
        ..TransitPlace::default()
    }
}

/// Inside a country the total of days is 0, times may have lost their zeros, and indicators are digits.
#[tokio::test]
async fn services_are_read_with_their_days() {
    let answer = json!({ "emsResponse": {
        "shipDate": "2026-09-01", "shipTime": "16:58:1", "serviceLevel": "A", "guaranteeSuspended": false,
        "numberOfServices": 2, "originCityName": "OAKLAND", "originCountryCode": "US",
        "destinationCityName": "RENO", "destinationPostalCodeLow": "89502", "destinationPostalCodeHigh": "89502",
        "services": [
            { "serviceLevel": "1DA", "serviceLevelDescription": "UPS Next Day Air® ", "deliveryDate": "2026-09-02",
              "deliveryTime": "12:00:00", "commitTime": "12:00:00", "deliveryDayOfWeek": "WED",
              "guaranteeIndicator": "1", "sundayDeliveryIndicator": "0", "businessTransitDays": 1, "totalTransitDays": 0, "holidayCount": 0,
              "saturdayDeliveryDate": "2026-09-05", "saturdayDeliveryTime": "" },
            { "serviceLevel": "68", "serviceLevelDescription": "UPS Standard", "deliveryDate": "",
              "guaranteeIndicator": "0", "businessTransitDays": "2", "totalTransitDays": 4, "delayCount": 1 },
        ],
    } });
    let desk = Desk::open().await.answers_json(200, answer).await;
    let answer = desk.client.time_in_transit(&Query::new(oakland(), reno())).await.expect("an answer");
    let TransitAnswer::Services(found) = answer else { panic!("{answer:?}") };
    assert_eq!((found.ship_time, found.guarantee_suspended), (Some(jiff::civil::time(16, 58, 1, 0)), Some(false)));
    assert_eq!((found.origin.city.as_deref(), found.count), (Some("OAKLAND"), Some(2)));
    assert_eq!(found.destination.postal_range, Some(("89502".to_owned(), "89502".to_owned())));
    let [air, standard] = found.services.as_slice() else { panic!("{:?}", found.services) };
    assert_eq!((&air.level, air.guaranteed), (&ServiceLevel::NextDayAir, Some(true)));
    assert_eq!((air.sunday_delivery, air.sunday_pickup), (Some(false), None));
    assert_eq!(air.delivery_date, Some(jiff::civil::date(2026, 9, 2)));
    assert_eq!((air.business_days, air.total_days, air.holidays), (Some(1), None, Some(0)));
    assert_eq!(air.saturday_delivery, Some((jiff::civil::date(2026, 9, 5), None)));
    assert_eq!(standard.level, ServiceLevel::Other("68".to_owned()));
    assert_eq!((standard.business_days, standard.total_days, standard.customs_days), (Some(2), Some(4), Some(1)));
    assert_eq!((standard.delivery_date, standard.saturday_delivery), (None, None));

    let call = &desk.calls().await[0];
    assert_eq!(call.url.path(), "/api/shipments/v1/transittimes");
    assert_eq!(call.headers["transid"].len(), 32);
    let sent: Value = call.body_json().expect("json");
    assert_eq!(sent["residentialIndicator"], "02");
    assert_eq!((&sent["avvFlag"], &sent["numberOfPackages"]), (&json!(true), &Value::Null));
}

#[tokio::test]
async fn a_border_needs_weight_contents_and_worth() {
    let desk = Desk::open().await.answers_json(200, json!({ "emsResponse": { "serviceLevel": "A" } })).await;
    let bare = Query::new(oakland(), toronto());
    let field = async |query: &Query| match desk.client.time_in_transit(query).await {
        Err(Error::Invalid { field, .. }) => field,
        other => panic!("{other:?}"),
    };
    assert_eq!(field(&bare).await, "weight");
    let weight = Some(Weight::new("12.5".parse().expect("a number"), WeightUnit::Pounds));
    assert_eq!(field(&Query { weight: weight.clone(), ..bare.clone() }).await, "contents");
    let heavy = Some(Weight::new("70.1".parse().expect("a number"), WeightUnit::Kilograms));
    assert_eq!(field(&Query { weight: heavy, ..bare.clone() }).await, "weight");
    assert_eq!(
        field(&Query::new(oakland(), TransitPlace { postal_code: String::new(), ..reno() })).await,
        "destination.postal_code"
    );
    assert_eq!(desk.calls().await.len(), 0);

    let whole = Query {
        weight,
        contents: Some(Contents::NonDocuments),
        value: Some(Amount::usd("100.50".parse().expect("a number"))),
        ship_date: Some(jiff::civil::date(2026, 9, 1)),
        ship_time: Some(jiff::civil::time(9, 5, 0, 0)),
        residential: true,
        unfiltered: true,
        ..bare
    };
    desk.client.time_in_transit(&whole).await.expect("an answer");
    let sent: Value = desk.calls().await[0].body_json().expect("json");
    let expected = json!({
        "originCountryCode": "US", "originStateProvince": "CA", "originCityName": "Oakland", "originPostalCode": "94607",
        "destinationCountryCode": "CA", "destinationStateProvince": "ON", "destinationCityName": "Toronto",
        "destinationPostalCode": "M5V3L9", "residentialIndicator": "01", "shipDate": "2026-09-01",
        "shipTime": "09:05:00", "weight": 12.5, "weightUnitOfMeasure": "LBS", "shipmentContentsValue": 100.5,
        "shipmentContentsCurrencyCode": "USD", "billType": "03", "avvFlag": true, "returnUnfilterdServices": true,
    });
    assert_eq!(sent, expected);
}

/// A partial success: no service, but the places UPS would take.
#[tokio::test]
async fn an_unclear_place_is_a_question_and_no_error() {
    let answer = json!({
        "validationList": { "invalidFieldList": ["DestinationCityName"], "invalidFieldListCodes": ["1070"],
            "destinationAmbiguous": true, "originAmbiguous": false },
        "destinationPickList": [
            { "countryName": "UNITED STATES", "countryCode": "US", "stateProvince": "CA", "city": "LOS ANGELES",
              "postalCode": "90230", "postalCodeLow": "90230", "postalCodeHigh": "90230" },
            { "countryName": "UNITED STATES", "city": "CULVER CITY" },
        ],
    });
    let desk = Desk::open().await.answers_json(206, answer.clone()).await;
    let said = desk.client.time_in_transit(&Query::new(oakland(), reno())).await.expect("an answer");
    let TransitAnswer::Unclear(unclear) = &said else { panic!("{said:?}") };
    let [field] = unclear.invalid.as_slice() else { panic!("{:?}", unclear.invalid) };
    assert_eq!((field.name.as_str(), field.code.as_deref()), ("DestinationCityName", Some("1070")));
    assert!(unclear.destination_ambiguous && !unclear.origin_ambiguous);
    let cities: Vec<_> = unclear.destinations.iter().filter_map(|place| place.city.as_deref()).collect();
    assert_eq!(cities, ["LOS ANGELES", "CULVER CITY"]);
    assert_eq!(TransitAnswer::from_raw(&unclear.raw).as_ref(), Ok(&said));

    let desk = Desk::open().await.answers_json(206, json!({ "validationList": {} })).await;
    let error = desk.client.time_in_transit(&Query::new(oakland(), reno())).await.expect_err("neither");
    assert!(error.to_string().contains("status 206 with neither emsResponse"), "{error}");
}

/// 503 with 10004 is said of an outage and of a request UPS could not read, and the words say so.
#[tokio::test]
async fn an_outage_may_be_a_malformed_request() {
    let desk = Desk::open().await.answers_json(503, envelope("10004")).await;
    let error = desk.client.time_in_transit(&Query::new(oakland(), reno())).await.expect_err("an outage");
    assert!(
        matches!(&error, Error::Unavailable { status: Some(503), code: Some(code), .. } if code == "10004"),
        "{error}"
    );
    assert!(error.to_string().contains("a request it could not read"), "{error}");
    assert!(!error.may_have_taken_effect());
    assert_eq!(desk.calls().await.len(), 1, "asked once");

    let desk = Desk::open().await.answers_json(400, json!({ "errors": [{ "code": "111546", "message": "no" }] })).await;
    let error = desk.client.time_in_transit(&Query::new(oakland(), reno())).await.expect_err("a refusal");
    assert_eq!(error.code(), "111546");
}
