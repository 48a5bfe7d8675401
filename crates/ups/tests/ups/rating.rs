//! Prices: what is asked, and what UPS answers in all its shapes.

use rust_decimal::Decimal;
use serde_json::{Value, json};
use ups::{
    Amount, Billing, Confirmation, Customs, Error, Packaging, Payer, RateOption, RateRequest, Rates, Returns, Service,
    Shipment, Weekend, Weight, WeightUnit,
};

use crate::desk::{Desk, customer, dock, number, shipment, with};

fn asked(request: &RateRequest) -> Value {
    let text = request.body_json().expect("a request that fits");
    serde_json::from_str::<Value>(&text).expect("json")["RateRequest"].take()
}

fn usd(value: &str) -> Value {
    json!({ "CurrencyCode": "USD", "MonetaryValue": value })
}

fn rated(service: &str, negotiated: &Value) -> Value {
    json!({
        "Service": { "Code": service, "Description": "" }, "Zone": "005",
        "RatedShipmentAlert": { "Code": "120900", "Description": "not applied" },
        "Disclaimer": { "Code": "02", "Description": "duties extra" },
        "BillingWeight": { "UnitOfMeasurement": { "Code": "LBS" }, "Weight": "13.0" },
        "TransportationCharges": usd("18.53"), "BaseServiceCharge": usd("15.33"),
        "ServiceOptionsCharges": usd("5.65"), "TotalCharges": usd("24.18"),
        "ItemizedCharges": { "Code": "270", "CurrencyCode": "USD", "MonetaryValue": "5.65", "SubType": "" },
        "NegotiatedRateCharges": negotiated,
        "RatedPackage": {
            "TotalCharges": usd("0.00"), "Weight": "12.4",
            "BillingWeight": { "UnitOfMeasurement": { "Code": "LBS" }, "Weight": "13.0" },
            "ItemizedCharges": [{ "Code": "375", "CurrencyCode": "USD", "MonetaryValue": "3.20" }],
            "NegotiatedCharges": { "RateModifier": { "ModifierType": "ORM", "ModifierDesc": "Origin", "Amount": "-1.00" } },
        },
    })
}

fn answered(rated: &Value) -> Value {
    json!({ "RateResponse": {
        "Response": {
            "ResponseStatus": { "Code": "1" },
            "Alert": { "Code": "110971", "Description": "may vary" },
            "TransactionReference": "",
        },
        "RatedShipment": rated,
    } })
}

#[test]
fn a_question_for_a_price_stands_where_ups_looks_for_it() {
    let mut asking = shipment().billed(Billing::to(Payer::third_party("Z9Y8X7", "30005-1234", "us")));
    asking.residential = true;
    asking.saturday_delivery = true;
    let request = asked(&RateRequest::new(asking));
    assert_eq!(request["Request"], json!({ "RequestOption": "Rate", "SubVersion": "2409" }));
    assert_eq!(request["PickupType"]["Code"], "01");
    assert_eq!(request["CustomerClassification"]["Code"], "00");
    let shipment = &request["Shipment"];
    assert_eq!(shipment["Shipper"]["ShipperNumber"], "A1B2C3");
    assert_eq!(shipment["Shipper"].get("Phone"), None, "rating takes names and places only");
    assert_eq!(shipment["ShipTo"]["Address"]["ResidentialAddressIndicator"], "");
    let third = json!({ "AccountNumber": "Z9Y8X7", "Address": { "PostalCode": "300051234", "CountryCode": "US" } });
    assert_eq!(shipment["PaymentDetails"], json!({ "ShipmentCharge": [{ "Type": "01", "BillThirdParty": third }] }));
    assert_eq!(shipment.get("PaymentInformation"), None, "the spelling of shipping");
    assert_eq!(shipment["Service"]["Code"], "03");
    assert_eq!(shipment["ShipmentRatingOptions"]["NegotiatedRatesIndicator"], "");
    assert_eq!(shipment["ShipmentServiceOptions"], json!({ "SaturdayDeliveryIndicator": "" }));
    assert_eq!(shipment["NumOfPieces"], "1");
    let package = &shipment["Package"][0];
    assert_eq!(package["PackagingType"]["Code"], "02");
    assert_eq!(package["PackageWeight"]["UnitOfMeasurement"]["Code"], "LBS");
    assert_eq!((package.get("Packaging"), package.get("ReferenceNumber")), (None, None));
    for absent in ["InvoiceLineTotal", "DeliveryTimeInformation", "ReferenceNumber", "ShipFrom", "Description"] {
        assert_eq!(shipment.get(absent), None, "{absent}");
    }
}

#[test]
fn rating_spells_a_return_and_a_signature_its_own_way() {
    let back = Shipment::returning("A1B2C3", dock(), customer(), Service::Ground, Returns::printed())
        .package(shipment().packages[0].clone());
    let request = asked(&RateRequest::new(back));
    assert_eq!(request["Shipment"]["ShipmentServiceOptions"]["ReturnService"]["Code"], "9");
    assert_eq!(request["Shipment"].get("ReturnService"), None, "the place of shipping");
    assert_eq!(request["Shipment"]["ShipFrom"]["Name"], "Hill Hardware");

    let signed = asked(&RateRequest::new(shipment().confirmed_by(Confirmation::AdultSignature)));
    let options = &signed["Shipment"]["Package"][0]["PackageServiceOptions"];
    assert_eq!(options, &json!({ "DeliveryConfirmation": { "DCISType": "3" } }));
}

#[test]
fn transit_times_across_a_border_need_weight_and_value() {
    let mut abroad = shipment();
    abroad.service = Service::Standard;
    abroad.ship_to = customer().place("Toronto", "ON", "M5V 2T6", "CA");
    abroad.packages.push(abroad.packages[0].clone());
    let request = RateRequest::shop(abroad.clone()).with_time_in_transit();
    assert_eq!(request.option, RateOption::ShopTimeInTransit);
    let Err(Error::Invalid { field, .. }) = request.body_json() else { panic!("the value is missing") };
    assert_eq!(field, "goods_value");

    let request = asked(&RateRequest::shop(abroad.worth(Amount::usd(number("130")))).with_time_in_transit());
    assert_eq!(request["Request"]["RequestOption"], "Shoptimeintransit");
    let shipment = &request["Shipment"];
    let time = json!({ "PackageBillType": "03", "Pickup": { "Date": "20260901" } });
    assert_eq!(shipment["DeliveryTimeInformation"], time);
    assert_eq!(shipment["ShipmentTotalWeight"]["Weight"], "24.7", "12.31 twice, rounded up once");
    assert_eq!(shipment["InvoiceLineTotal"], json!({ "CurrencyCode": "USD", "MonetaryValue": "130" }));

    let mut papers = crate::desk::shipment();
    papers.customs = Customs::Documents;
    let request = asked(&RateRequest::new(papers.clone()).with_time_in_transit());
    assert_eq!(request["Shipment"]["DeliveryTimeInformation"]["PackageBillType"], "02");
    assert_eq!(request["Shipment"]["DocumentsOnlyIndicator"], "");
    papers.ship_date = None;
    let Err(Error::Invalid { field, .. }) = RateRequest::new(papers).with_time_in_transit().body_json() else {
        panic!("a day is missing")
    };
    assert_eq!(field, "ship_date");
}

#[test]
fn weekends_are_shopped_for_and_a_payers_own_rates_asked_for() {
    let billed = shipment().billed(Billing::to(Payer::receiver("Z9Y8X7", "94501")));
    let shopping = RateRequest::shop(billed).on_weekends(Weekend::Both);
    let request = asked(&shopping);
    assert_eq!(request["Shipment"]["ShipmentServiceOptions"]["AvailableServicesOption"], "3");
    let both = json!({ "NegotiatedRatesIndicator": "", "TPFCNegotiatedRatesIndicator": "" });
    assert_eq!(request["Shipment"]["ShipmentRatingOptions"], both);
    let one = with(shopping, |it| it.option = RateOption::Rate);
    assert_eq!(asked(&one)["Shipment"].get("ShipmentServiceOptions"), None, "for shopping only");
}

#[test]
fn a_price_may_be_asked_for_what_cannot_be_sent_yet() {
    let mut unpacked = shipment();
    unpacked.packages[0].packaging = Packaging::Unknown;
    unpacked.ship_to.country = "CA".to_owned();
    (unpacked.ship_to.state, unpacked.ship_to.postal_code) = ("ON".to_owned(), "M5V 2T6".to_owned());
    let request = asked(&RateRequest::new(unpacked.clone()));
    assert_eq!(request["Shipment"]["Package"][0]["PackagingType"]["Code"], "00");
    let origin = &mut unpacked.shipper;
    (origin.country, origin.state, origin.postal_code) = ("DE".to_owned(), String::new(), "10115".to_owned());
    origin.phone = None;
    let request = asked(&RateRequest::new(unpacked));
    assert_eq!(request.get("CustomerClassification"), None, "UPS has classes for the US only");
}

/// UPS sends one service as an object, several as a list, and a warning as either.
#[tokio::test]
async fn a_quote_keeps_both_prices_apart() {
    let own = json!({
        "BaseServiceCharge": [usd("15.00")], "TotalCharge": usd("23.94"),
        "TaxCharges": { "Type": "GST", "MonetaryValue": "1.20" },
        "TotalChargesWithTaxes": usd("25.14"),
    });
    let desk = Desk::open().await.answers_json(200, answered(&rated("03", &own))).await;
    let quote = desk.client.rate(&RateRequest::new(shipment())).await.and_then(Rates::only).expect("a quote");
    assert_eq!(desk.calls().await[0].url.path(), "/api/rating/v2409/Rate");
    assert_eq!(quote.service, Service::Ground);
    assert_eq!(quote.published.total, Some(Amount::usd(number("24.18"))));
    assert_eq!(quote.published.base, Some(Amount::usd(number("15.33"))));
    let negotiated = quote.negotiated.as_ref().expect("the account's price");
    assert_eq!(negotiated.total, Some(Amount::usd(number("23.94"))));
    assert_eq!(negotiated.base, Some(Amount::usd(number("15.00"))), "a list where an object was seen");
    assert_eq!(negotiated.total_with_taxes, Some(Amount::usd(number("25.14"))));
    assert_eq!((negotiated.taxes[0].kind.as_str(), negotiated.taxes[0].value), ("GST", number("1.20")));
    let lines: Vec<_> = quote.lines().map(|line| line.code.to_string()).collect();
    assert_eq!(lines, ["residential delivery", "fuel surcharge"]);
    assert_eq!(quote.billing_weight, Some(Weight::new(number("13.0"), WeightUnit::Pounds)));
    assert_eq!(quote.zone.as_deref(), Some("005"));
    let modifier = &quote.packages[0].negotiated.as_ref().expect("modifiers").modifiers[0];
    assert_eq!((modifier.kind.as_str(), modifier.value), ("ORM", Decimal::NEGATIVE_ONE));
    assert_eq!(quote.packages[0].published.total, Some(Amount::usd(number("0.00"))), "told as zero on some lanes");
    assert_eq!(quote.disclaimers[0].code, "02");
    let codes: Vec<_> = quote.alerts.iter().map(|alert| alert.code.as_str()).collect();
    assert_eq!(codes, ["110971", "120900"]);
}

#[test]
fn an_absent_price_is_no_price() {
    for none in [Value::Null, json!(""), json!({}), json!({ "TotalCharge": "" })] {
        let raw = answered(&rated("03", &none)).to_string();
        let quote = Rates::from_raw(raw.as_bytes()).and_then(Rates::only).expect("a quote");
        assert_eq!(quote.negotiated, None, "{none}");
    }
    let mut nothing = rated("03", &Value::Null);
    nothing["TotalCharges"] = json!("");
    let error = Rates::from_raw(answered(&nothing).to_string().as_bytes()).expect_err("no price at all");
    assert!(error.to_string().contains("service 03 has neither TotalCharges nor NegotiatedRateCharges"), "{error}");
}

fn arriving(service: &str, saturday: &str) -> Value {
    let mut rated = rated(service, &Value::Null);
    rated["GuaranteedDelivery"] = json!({ "BusinessDaysInTransit": "1", "DeliveryByTime": "10:30 A.M." });
    rated["TimeInTransit"] = json!({
        "PickupDate": "20260904", "PackageBillType": "03", "AutoDutyCode": "09", "Disclaimer": ["one", "two"],
        "ServiceSummary": {
            "Service": { "Description": "UPS Next Day Air" }, "GuaranteedIndicator": "",
            "Disclaimer": "three",
            "EstimatedArrival": {
                "Arrival": { "Date": "20260905", "Time": "103000" }, "BusinessDaysInTransit": "1",
                "Pickup": { "Date": "20260904", "Time": "1800" }, "DayOfWeek": "SAT", "CustomerCenterCutoff": "160000",
                "TotalTransitDays": "1", "HolidayCount": "0", "DelayCount": "0", "RestDays": "0",
            },
            "SaturdayDelivery": saturday, "SundayDelivery": "0",
        },
    });
    rated
}

/// A service may come twice, on weekdays and on Saturday, and only one row tells which.
#[tokio::test]
async fn shopping_brings_every_service_and_when_it_arrives() {
    let several = json!([rated("03", &Value::Null), arriving("01", "0"), arriving("01", "1"), arriving("Q7", "0")]);
    let desk = Desk::open().await.answers_json(200, answered(&several)).await;
    let rates = desk.client.rate(&RateRequest::shop(shipment()).with_time_in_transit()).await.expect("rates");
    assert_eq!(desk.calls().await[0].url.path(), "/api/rating/v2409/Shoptimeintransit");
    let services: Vec<_> = rates.quotes.iter().map(|quote| quote.service.code()).collect();
    assert_eq!(services, ["03", "01", "01", "Q7"]);
    assert_eq!(rates.quotes[3].service, Service::Other("Q7".to_owned()), "an unknown service is kept");
    assert_eq!((rates.alerts[0].code.as_str(), rates.quotes[0].alerts[0].code.as_str()), ("110971", "120900"));
    assert!(rates.quotes[0].guaranteed.is_none() && rates.quotes[0].transit.is_none());
    assert_eq!(rates.quotes[0].business_days(), None);

    let saturday = rates.quotes[2].transit.as_ref().expect("a time");
    assert!(saturday.saturday_delivery && saturday.guaranteed && !saturday.sunday_delivery);
    assert!(!rates.quotes[1].transit.as_ref().expect("a time").saturday_delivery);
    assert_eq!(saturday.arrival_date, Some(jiff::civil::date(2026, 9, 5)));
    assert_eq!(saturday.arrival_time, Some(jiff::civil::time(10, 30, 0, 0)));
    assert_eq!(saturday.pickup_time, Some(jiff::civil::time(18, 0, 0, 0)), "four digits are hours and minutes");
    assert_eq!(saturday.disclaimers, ["one", "two", "three"], "one text, or a list of texts");
    assert_eq!(rates.quotes[2].business_days(), Some(1));
    let by = rates.quotes[2].guaranteed.as_ref().and_then(|it| it.by.as_deref());
    assert_eq!(by, Some("10:30 A.M."));
    assert_eq!(rates.of(&Service::NextDayAir), Some(&rates.quotes[1]));
    let error = rates.only().expect_err("four are not one");
    assert!(error.to_string().contains("4 rated services"), "{error}");
}
