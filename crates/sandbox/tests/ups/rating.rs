//! Prices, and how many of them are told.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::counter::{Counter, MONDAY, REFERENCE, parcel};
use crate::customs::to_toronto;

/// A ship request as a question for its price, told in full.
fn asked(mut shipped: Value) -> Value {
    let mut body = json!({"RateRequest": shipped["ShipmentRequest"].take()});
    let request = &mut body["RateRequest"];
    request["Request"]["SubVersion"] = json!("2409");
    let packages = request["Shipment"]["Package"].as_array_mut().unwrap();
    for package in packages {
        let packaging = package["Packaging"].take();
        package["PackagingType"] = packaging;
    }
    body
}

fn question() -> Value {
    asked(parcel(REFERENCE))
}

async fn rated(counter: &Counter, option: &str, body: &Value) -> Vec<Value> {
    let answer = counter.post(&format!("/api/rating/v2409/{option}"), body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["RateResponse"]["RatedShipment"].as_array().unwrap().clone()
}

fn amount(value: &Value) -> Decimal {
    value["MonetaryValue"].as_str().unwrap().parse().unwrap()
}

fn item(charges: &Value, code: &str) -> Option<Decimal> {
    let all = charges["ItemizedCharges"].as_array()?;
    all.iter().find(|item| item["Code"] == code).map(amount)
}

#[tokio::test]
async fn the_parts_of_a_price_add_up_published_and_negotiated() {
    let counter = Counter::open().await;
    let mut body = question();
    let shipment = &mut body["RateRequest"]["Shipment"];
    shipment["ShipTo"]["Address"]["ResidentialAddressIndicator"] = json!("");
    shipment["Package"][0]["PackageWeight"]["Weight"] = json!("60");
    shipment["Package"][0]["PackageServiceOptions"] = json!({
        "DeclaredValue": {"CurrencyCode": "USD", "MonetaryValue": "550"},
        "DeliveryConfirmation": {"DCISType": "3"},
    });
    let one = rated(&counter, "Rate", &body).await.remove(0);
    let package = &one["RatedPackage"][0];
    // Fifty-sixty pounds are handled; a hundred of the declared 550 is free, five hundreds cost 1.35 each.
    assert_eq!(item(package, "100"), Some(Decimal::new(2800, 2)));
    assert_eq!(item(package, "120"), Some(Decimal::new(770, 2)));
    assert_eq!(item(package, "400"), Some(Decimal::new(675, 2)));
    assert_eq!(item(&one, "270"), Some(Decimal::new(565, 2)));
    let own: Decimal = package["ItemizedCharges"].as_array().unwrap().iter().map(amount).sum();
    let total = amount(&one["TotalCharges"]);
    assert_eq!(amount(&package["BaseServiceCharge"]) + own + Decimal::new(565, 2), total);
    assert_eq!(amount(&one["TransportationCharges"]) + amount(&one["ServiceOptionsCharges"]), total);
    let negotiated = &one["NegotiatedRateCharges"];
    let percent = amount(&negotiated["TotalCharge"]) * Decimal::ONE_HUNDRED / total;
    assert!((percent - Decimal::from(72)).abs() < Decimal::new(2, 1), "{percent}");
    assert_eq!(negotiated["BaseServiceCharge"][0]["CurrencyCode"], "USD");
    assert_eq!(one["Zone"], "008");
}

#[tokio::test]
async fn far_heavy_fast_and_large_cost_more() {
    let counter = Counter::open().await;
    let total = async |change: &dyn Fn(&mut Value)| {
        let mut body = question();
        change(&mut body["RateRequest"]["Shipment"]);
        amount(&rated(&counter, "Rate", &body).await[0]["TotalCharges"])
    };
    let sized =
        |length: &str| json!({"UnitOfMeasurement": {"Code": "IN"}, "Length": length, "Width": "20", "Height": "10"});
    let plain = total(&|_| {}).await;
    let near = total(&|it| {
        it["ShipTo"]["Address"] = json!({"AddressLine": ["1 A St"], "City": "San Jose", "StateProvinceCode": "CA",
            "PostalCode": "95112", "CountryCode": "US"});
    })
    .await;
    let rural = total(&|it| it["ShipTo"]["Address"]["PostalCode"] = json!("02190")).await;
    let fast = total(&|it| it["Service"]["Code"] = json!("01")).await;
    let bulky = total(&|it| it["Package"][0]["Dimensions"] = sized("40")).await;
    let large = total(&|it| it["Package"][0]["Dimensions"] = sized("100")).await;
    assert!(near < plain && plain < rural && rural < fast && plain < bulky && bulky < large);
}

#[tokio::test]
async fn what_is_told_depends_on_the_sub_version() {
    let counter = Counter::open().await;
    let mut body = question();
    let address = json!({"AddressLine": ["1 A St"], "City": "San Jose", "StateProvinceCode": "CA",
        "PostalCode": "95112", "CountryCode": "US", "ResidentialAddressIndicator": ""});
    body["RateRequest"]["Shipment"]["ShipTo"]["Address"] = address;
    let told = async |sub_version: &str| {
        let mut body = body.clone();
        body["RateRequest"]["Request"]["SubVersion"] = json!(sub_version);
        let one = rated(&counter, "Rate", &body).await.remove(0);
        let (package, negotiated) = (&one["RatedPackage"][0], &one["NegotiatedRateCharges"]);
        let values = [
            &one["ItemizedCharges"],
            &package["ItemizedCharges"],
            &one["BaseServiceCharge"],
            &negotiated["BaseServiceCharge"],
            &package["RateModifier"],
            &package["NegotiatedCharges"]["RateModifier"],
            &one["Zone"],
        ];
        values.into_iter().filter(|value| !value.is_null()).count()
    };
    let versions = ["", "1601", "1607", "1701", "2201", "2205", "2407", "2409"];
    for (index, version) in versions.into_iter().enumerate() {
        assert_eq!(told(version).await, index, "{version}");
    }
}

#[tokio::test]
async fn a_negotiated_price_is_given_to_those_who_ask_and_have_one() {
    let counter = Counter::open().await;
    let mut unasked = question();
    unasked["RateRequest"]["Shipment"]["ShipmentRatingOptions"] = Value::Null;
    assert!(rated(&counter, "Rate", &unasked).await[0]["NegotiatedRateCharges"].is_null());
    counter.sandbox.ups().change(|manners| manners.mode = sandbox::ups::Mode::CieLike);
    let one = rated(&counter, "Rate", &question()).await.remove(0);
    let share = amount(&one["NegotiatedRateCharges"]["TotalCharge"]) / amount(&one["TotalCharges"]);
    assert!(share > Decimal::new(985, 3) && share < Decimal::new(995, 3), "{share}");
    counter.sandbox.ups().change(|manners| manners.negotiated_percent = None);
    let answer = counter.post("/api/rating/v2409/Rate", &question()).await;
    let alerts = answer.body["RateResponse"]["Response"]["Alert"].as_array().unwrap().clone();
    assert!(alerts.iter().any(|alert| alert["Code"] == "120900"), "{alerts:?}");
    assert!(answer.body["RateResponse"]["RatedShipment"][0]["NegotiatedRateCharges"].is_null());
}

#[tokio::test]
async fn rating_refuses_with_codes_of_its_own() {
    let counter = Counter::open().await;
    let cases = [
        ("/Shipper/ShipperNumber", json!("ZZZZZZ"), "112111"),
        ("/ShipTo/Address/PostalCode", json!("78756"), "111286"),
        ("/Service/Code", json!("11"), "111210"),
        ("/Service/Code", json!("99"), "110500"),
        ("/Service", Value::Null, "111100"),
        ("/Package/0/PackageWeight/Weight", json!("151"), "111035"),
        ("/Package/0/PackagingType/Code", json!("21"), "111510"),
        (
            "/PaymentDetails",
            json!({"ShipmentCharge": {"Type": "01", "BillShipper": {"AccountNumber": "B1"}}}),
            "111580",
        ),
    ];
    for (pointer, value, code) in cases {
        let mut body = question();
        *body.pointer_mut("/RateRequest/Shipment").unwrap() = {
            let mut shipment = body["RateRequest"]["Shipment"].clone();
            if pointer == "/PaymentDetails" {
                shipment["PaymentDetails"] = value;
            } else {
                *shipment.pointer_mut(pointer).unwrap() = value;
            }
            shipment
        };
        let answer = counter.post("/api/rating/v2409/Rate", &body).await;
        assert_eq!(answer.errorcode(), code, "{pointer}: {}", answer.body);
    }
    counter.post("/api/rating/v2409/Guess", &question()).await.refused_with("20006");
}

#[tokio::test]
async fn shopping_on_a_friday_lists_saturday_beside_the_weekday() {
    let counter = Counter::open().await;
    let mut body = question();
    body["RateRequest"]["Shipment"]["DeliveryTimeInformation"] =
        json!({"PackageBillType": "03", "Pickup": {"Date": "20260918", "Time": "1000"}});
    let all = rated(&counter, "Shoptimeintransit", &body).await;
    let summary = |row: &Value| row["TimeInTransit"]["ServiceSummary"].clone();
    let arrivals: Vec<(Value, Value, Decimal)> = all
        .iter()
        .filter(|row| row["Service"]["Code"] == "01")
        .map(|row| {
            let summary = summary(row);
            let arrival = summary["EstimatedArrival"]["Arrival"]["Date"].clone();
            (arrival, summary["SaturdayDelivery"].clone(), amount(&row["TotalCharges"]))
        })
        .collect();
    assert_eq!(arrivals.len(), 2);
    assert_eq!((&arrivals[0].0, &arrivals[0].1), (&json!("20260921"), &json!("0")));
    assert_eq!((&arrivals[1].0, &arrivals[1].1), (&json!("20260919"), &json!("1")));
    assert_eq!(arrivals[1].2 - arrivals[0].2, Decimal::from(16));
    let ground = all.iter().find(|row| row["Service"]["Code"] == "03").unwrap();
    assert!(ground["GuaranteedDelivery"].is_null());
    assert_eq!(summary(ground)["EstimatedArrival"]["RestDays"], "2");
    assert!(all.iter().all(|row| row["Service"]["Description"] == ""));

    body["RateRequest"]["Shipment"]["DeliveryTimeInformation"]["Pickup"]["Date"] = json!("20270918");
    let answer = counter.post("/api/rating/v2409/Ratetimeintransit", &body).await;
    let alerts = answer.body["RateResponse"]["Response"]["Alert"].as_array().unwrap().clone();
    assert!(alerts.iter().any(|alert| alert["Code"] == "111730"), "{alerts:?}");
    body["RateRequest"]["Shipment"]["DeliveryTimeInformation"] = Value::Null;
    assert!(rated(&counter, "Ratetimeintransit", &body).await[0]["TimeInTransit"].is_null());
}

#[tokio::test]
async fn a_rate_across_the_border_wants_weight_and_value_for_its_days() {
    let counter = Counter::open().await;
    let mut body = asked(to_toronto());
    let shipment = &mut body["RateRequest"]["Shipment"];
    shipment["DeliveryTimeInformation"] = json!({"PackageBillType": "03", "Pickup": {"Date": "20260914"}});
    shipment["InvoiceLineTotal"] = Value::Null;
    let path = "/api/rating/v2409/Rate?additionalinfo=timeintransit";
    counter.post(path, &body).await.refused_with("111546");
    body["RateRequest"]["Shipment"]["ShipmentTotalWeight"] =
        json!({"UnitOfMeasurement": {"Code": "LBS"}, "Weight": "12"});
    counter.post(path, &body).await.refused_with("111549");
    body["RateRequest"]["Shipment"]["InvoiceLineTotal"] = json!({"CurrencyCode": "USD", "MonetaryValue": "120"});
    let answer = counter.post(path, &body).await;
    let one = &answer.body["RateResponse"]["RatedShipment"][0];
    assert_eq!(one["TimeInTransit"]["ServiceSummary"]["Service"]["Description"], "UPS Standard", "{}", answer.body);
}

#[tokio::test]
async fn ship_can_charge_more_than_rating_said() {
    let mut settings = sandbox::Settings::empty(MONDAY.parse().unwrap());
    settings.ups.price_delta = Decimal::new(125, 2);
    let counter = Counter::with(settings).await;
    let quoted = amount(&rated(&counter, "Rate", &question()).await[0]["TotalCharges"]);
    let bought = counter.ship(&parcel(REFERENCE)).await;
    let charged = amount(&crate::counter::results(&bought)["ShipmentCharges"]["TotalCharges"]);
    assert_eq!(charged - quoted, Decimal::new(125, 2));
    assert_eq!(counter.sandbox.ledger().labels[0].published, format!("{charged} USD"));
}

#[tokio::test]
async fn canadian_parcels_are_taxed_in_dollars_of_their_own() {
    let counter = Counter::open().await;
    let mut body = asked(to_toronto());
    let shipment = &mut body["RateRequest"]["Shipment"];
    let from = json!({"Name": "Plant", "Address": {"AddressLine": ["1 Main St"], "City": "Montreal",
        "StateProvinceCode": "QC", "PostalCode": "H2Y1C6", "CountryCode": "CA"}});
    shipment["ShipFrom"] = from.clone();
    shipment["Shipper"]["Address"] = from["Address"].clone();
    shipment["TaxInformationIndicator"] = json!("");
    shipment["ShipmentServiceOptions"] = Value::Null;
    let one = rated(&counter, "Rate", &body).await.remove(0);
    assert_eq!((&one["TotalCharges"]["CurrencyCode"], &one["TaxCharges"][0]["Type"]), (&json!("CAD"), &json!("HST")));
    let taxed = amount(&one["TotalChargesWithTaxes"]);
    assert_eq!(taxed, amount(&one["TotalCharges"]) + amount(&one["TaxCharges"][0]));
}
