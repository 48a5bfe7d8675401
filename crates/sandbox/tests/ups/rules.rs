//! What ship refuses, by which code, and what it lets pass in silence.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::counter::{Counter, REFERENCE, number, parcel, parcel_with, results};
use sandbox::ledger::PaidBy;

/// Ships `parcel` with one value changed, for each case, and expects the code; nothing is bought.
async fn refuse(cases: &[(&str, Value, &str)]) {
    let counter = Counter::open().await;
    for (pointer, value, code) in cases {
        counter.ship(&parcel_with(pointer, value.clone())).await.refused_with(code);
    }
    assert_eq!((counter.bought(), counter.sandbox.ledger().refused.len()), (0, cases.len()));
}

#[tokio::test]
async fn parties_are_checked_field_by_field() {
    let long = json!("x".repeat(36));
    refuse(&[
        ("/Shipment/Shipper/ShipperNumber", json!("ZZZZZZ"), "120100"),
        ("/Shipment/Shipper/Name", Value::Null, "120101"),
        ("/Shipment/Shipper/Address/City", json!("x".repeat(31)), "120105"),
        ("/Shipment/Shipper/EMailAddress", json!("nobody at home"), "120112"),
        ("/Shipment/ShipTo/Name", Value::Null, "120200"),
        ("/Shipment/ShipTo/AttentionName", long.clone(), "120201"),
        ("/Shipment/ShipTo/Address/AddressLine", json!([long]), "120202"),
        ("/Shipment/ShipTo/Address/AddressLine", json!(["22 Foundry St", long]), "120203"),
        ("/Shipment/ShipTo/Address/City", Value::Null, "120205"),
        ("/Shipment/ShipTo/Address/StateProvinceCode", json!("XX"), "120206"),
        ("/Shipment/ShipTo/Address/PostalCode", json!("94607"), "120207"),
        ("/Shipment/ShipTo/Address/CountryCode", json!("USA"), "120208"),
        ("/Shipment/ShipTo/Phone", json!({"Number": "555"}), "120213"),
        ("/Shipment/ShipTo/Phone", json!({"Number": "16175550100", "Extension": "12345"}), "120212"),
        (
            "/Shipment/ShipFrom",
            json!({"Name": "Lakeshore Tools", "Address": {
                "AddressLine": "10 Front St", "City": "Toronto", "StateProvinceCode": "ON", "PostalCode": "M5J1A1",
                "CountryCode": "CA",
            }}),
            "120317",
        ),
    ])
    .await;
}

#[tokio::test]
async fn services_run_on_their_lanes_only() {
    refuse(&[
        ("/Shipment/Service/Code", json!("99"), "120500"),
        ("/Shipment/Service/Code", json!("93"), "120500"),
        ("/Shipment/Service/Code", json!("11"), "121210"),
        ("/Shipment/Service/Code", json!("08"), "121210"),
        ("/Shipment/Service/Code", json!("14"), "120209"),
        ("/Shipment/ShipmentDate", json!("20260930"), "20008"),
        ("/Request/RequestOption", json!("verify"), "120051"),
    ])
    .await;
}

#[tokio::test]
async fn packages_keep_to_weight_size_units_and_packaging() {
    let box_of = |length: &str, width: &str, unit: &str| json!({"UnitOfMeasurement": {"Code": unit}, "Length": length, "Width": width, "Height": "30"});
    let package = "/Shipment/Package/0";
    let at = |rest: &str| format!("{package}/{rest}");
    let cases = [
        ("PackageWeight", Value::Null, "120546"),
        ("PackageWeight/Weight", Value::Null, "120608"),
        ("PackageWeight/Weight", json!("heavy"), "120601"),
        ("PackageWeight/Weight", json!("0"), "121030"),
        ("PackageWeight/Weight", json!("151"), "121035"),
        ("PackageWeight/UnitOfMeasurement/Code", json!("KGS"), "120546"),
        ("Dimensions", box_of("90", "30", "IN"), "121050"),
        ("Dimensions", box_of("110", "5", "IN"), "121056"),
        ("Dimensions", box_of("10", "0", "IN"), "120602"),
        ("Dimensions", box_of("10", "5", "CM"), "120548"),
        ("Dimensions", box_of("10", "5", "FT"), "120547"),
        ("Packaging", Value::Null, "120600"),
        ("Packaging/Code", json!("2A"), "120600"),
        ("Packaging/Code", json!("21"), "121510"),
        ("Packaging/Code", json!("25"), "121510"),
        (
            "PackageServiceOptions",
            json!({"DeclaredValue": {"CurrencyCode": "USD", "MonetaryValue": "50001"}}),
            "121025",
        ),
        ("PackageServiceOptions", json!({"DeclaredValue": {"CurrencyCode": "USD", "MonetaryValue": "much"}}), "120604"),
        ("PackageServiceOptions", json!({"DeliveryConfirmation": {"DCISType": "1"}}), "120599"),
        ("ReferenceNumber/0/Value", json!("x".repeat(36)), "120603"),
        ("ReferenceNumber/0/Code", json!("TNX"), "120607"),
        ("ReferenceNumber", json!(vec![json!({"Code": "TN", "Value": "X"}); 6]), "120544"),
    ];
    let cases: Vec<(String, Value, &str)> =
        cases.into_iter().map(|(rest, value, code)| (at(rest), value, code)).collect();
    let cases: Vec<(&str, Value, &str)> =
        cases.iter().map(|(pointer, value, code)| (pointer.as_str(), value.clone(), *code)).collect();
    refuse(&cases).await;

    let counter = Counter::open().await;
    let one = parcel(REFERENCE)["ShipmentRequest"]["Shipment"]["Package"][0].clone();
    let crowd = parcel_with("/Shipment/Package", json!(vec![one.clone(); 201]));
    counter.ship(&crowd).await.refused_with("120020");
    let mut other = one.clone();
    other["PackageServiceOptions"] = json!({"DeclaredValue": {"CurrencyCode": "CAD", "MonetaryValue": "5"}});
    let mut dear = one;
    dear["PackageServiceOptions"] = json!({"DeclaredValue": {"CurrencyCode": "USD", "MonetaryValue": "5"}});
    counter.ship(&parcel_with("/Shipment/Package", json!([dear, other]))).await.refused_with("120527");
}

#[tokio::test]
async fn options_are_checked_against_service_and_lane() {
    let notice = |code: &str, emails: Value| json!([{"NotificationCode": code, "EMail": {"EMailAddress": emails}}]);
    let many: Vec<String> = (0..6).map(|index| format!("dock{index}@example.com")).collect();
    refuse(&[
        ("/Shipment/ReferenceNumber", json!([{"Code": "TN", "Value": "X"}]), "120541"),
        ("/Shipment/ShipmentServiceOptions", json!({"SaturdayDeliveryIndicator": ""}), "121045"),
        ("/Shipment/ShipmentServiceOptions", json!({"SaturdayPickupIndicator": ""}), "121140"),
        ("/Shipment/ShipmentServiceOptions", json!({"DeliveryConfirmation": {"DCISType": "1"}}), "129087"),
        ("/Shipment/ShipmentServiceOptions", json!({"Notification": notice("6", json!([]))}), "120516"),
        ("/Shipment/ShipmentServiceOptions", json!({"Notification": notice("6", json!(many))}), "120520"),
        ("/Shipment/ShipmentServiceOptions", json!({"Notification": notice("6", json!(["dock at home"]))}), "120514"),
        (
            "/Shipment/ShipmentServiceOptions",
            json!({"Notification": notice("2", json!(["dock@example.com"]))}),
            "20008",
        ),
        ("/LabelSpecification/LabelImageFormat/Code", json!("PDF"), "120702"),
        ("/LabelSpecification/LabelStockSize/Height", json!("5"), "120704"),
        ("/LabelSpecification/LabelStockSize/Width", json!("6"), "120705"),
    ])
    .await;
    let counter = Counter::open().await;
    let told = notice("6", json!("dock@example.com"));
    let answer = counter.ship(&parcel_with("/Shipment/ShipmentServiceOptions", json!({"Notification": told}))).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[tokio::test]
async fn exactly_one_payer_and_one_ups_can_bill() {
    let charge = "/Shipment/PaymentInformation/ShipmentCharge";
    let shipper = json!({"AccountNumber": "A1B2C3"});
    let third = |postal: &str, country: Value| {
        json!([{"Type": "01", "BillThirdParty": {
            "AccountNumber": "T1T1T1", "Address": {"PostalCode": postal, "CountryCode": country},
        }}])
    };
    let receiver = |account: &str, postal: &str| json!([{"Type": "01", "BillReceiver": {"AccountNumber": account, "Address": {"PostalCode": postal}}}]);
    refuse(&[
        ("/Shipment/PaymentInformation", Value::Null, "120400"),
        (charge, json!([{"Type": "01", "BillShipper": {"AccountNumber": "B1B1B1"}}]), "120415"),
        (charge, json!([{"Type": "02", "BillShipper": shipper}]), "121527"),
        (charge, json!([{"Type": "01"}]), "121537"),
        (charge, json!([{"Type": "01", "BillShipper": shipper, "ConsigneeBilledIndicator": ""}]), "121529"),
        (charge, json!([{"Type": "09", "BillShipper": shipper}]), "120400"),
        (charge, receiver("R1", "02118"), "120412"),
        (charge, receiver("R1R1R1", ""), "120437"),
        (charge, third("60607", Value::Null), "120430"),
        (charge, third("6060", json!("US")), "120437"),
    ])
    .await;

    let mut settings = sandbox::Settings::empty(crate::counter::MONDAY.parse().unwrap());
    settings.ups.payer_postal_codes = BTreeMap::from([("R1R1R1".to_owned(), "02118".to_owned())]);
    settings.ups.unbillable_accounts = vec!["T1T1T1".to_owned()];
    let counter = Counter::with(settings).await;
    counter.ship(&parcel_with(charge, receiver("R1R1R1", "02119"))).await.refused_with("120437");
    counter.ship(&parcel_with(charge, third("60607", json!("US")))).await.refused_with("120413");
    let collect = number(&counter.ship(&parcel_with(charge, receiver("R1R1R1", "02118"))).await);
    let consignee = json!([{"Type": "01", "ConsigneeBilledIndicator": ""}]);
    let billed = number(&counter.ship(&parcel_with(charge, consignee)).await);
    let ledger = counter.sandbox.ledger();
    let payer =
        |number: &str| ledger.labels.iter().find(|label| label.tracking_number == number).unwrap().paid_by.clone();
    assert_eq!((payer(&collect), payer(&billed)), (PaidBy::Receiver("R1R1R1".to_owned()), PaidBy::Consignee));
}

#[tokio::test]
async fn what_is_unknown_or_in_the_wrong_place_is_not_seen() {
    let counter = Counter::open().await;
    let mut body = parcel(REFERENCE);
    let shipment = &mut body["ShipmentRequest"]["Shipment"];
    shipment["InternationalForms"] = json!({"FormType": ["01"]});
    shipment["ShipTo"]["Residential"] = json!("");
    shipment["ShipTo"]["PhoneNumber"] = json!("1");
    shipment["NegotiatedRatesIndicator"] = shipment["ShipmentRatingOptions"]["NegotiatedRatesIndicator"].take();
    shipment["ShipmentRatingOptions"] = Value::Null;
    let answer = counter.ship(&body).await;
    let results = results(&answer);
    assert!(results["Form"].is_null() && results["NegotiatedRateCharges"].is_null(), "{results}");
    assert!(answer.body["ShipmentResponse"]["Response"]["Alert"].is_null());
}

#[tokio::test]
async fn sub_version_decides_which_charges_are_told() {
    let counter = Counter::open().await;
    let mut body = parcel_with("/Shipment/ShipTo/Address/ResidentialAddressIndicator", json!(""));
    let plain = counter.ship(&body).await;
    assert!(results(&plain)["ShipmentCharges"]["ItemizedCharges"].is_null());
    assert!(results(&plain)["PackageResults"][0]["BaseServiceCharge"].is_null());
    body["ShipmentRequest"]["Request"]["SubVersion"] = json!("v2409");
    let told = counter.ship(&body).await;
    let results = results(&told);
    assert_eq!(results["ShipmentCharges"]["ItemizedCharges"][0]["Code"], "270");
    assert_eq!(results["PackageResults"][0]["ItemizedCharges"][0]["Code"], "375");
    assert!(results["PackageResults"][0]["NegotiatedCharges"]["ItemizedCharges"][0]["MonetaryValue"].is_string());
    assert!(results["NegotiatedRateCharges"]["ItemizedCharges"].is_array());
}

#[tokio::test]
async fn several_packages_have_their_own_numbers_in_the_order_of_the_request() {
    let counter = Counter::open().await;
    let one = parcel(REFERENCE)["ShipmentRequest"]["Shipment"]["Package"][0].clone();
    let weighing = |pounds: &str| {
        let mut package = one.clone();
        package["PackageWeight"]["Weight"] = json!(pounds);
        package
    };
    let answer = counter.ship(&parcel_with("/Shipment/Package", json!([weighing("5"), weighing("61")]))).await;
    let results = results(&answer);
    let packages = results["PackageResults"].as_array().unwrap();
    assert_eq!(results["ShipmentIdentificationNumber"], packages[0]["TrackingNumber"]);
    let (first, second) =
        (packages[0]["TrackingNumber"].as_str().unwrap(), packages[1]["TrackingNumber"].as_str().unwrap());
    assert!(first != second && first[..10] == second[..10], "{first} {second}");
    let zpl = String::from_utf8(crate::counter::image(&packages[1]["ShippingLabel"])).unwrap();
    assert!(zpl.contains("61 LBS") && zpl.contains("2 OF 2"), "{zpl}");
    // Sixty-one pounds need handling that nobody asked for.
    let alerts = &answer.body["ShipmentResponse"]["Response"]["Alert"];
    assert_eq!(alerts[0]["Code"], "129001", "{alerts}");
}

#[tokio::test]
async fn high_value_brings_a_control_log() {
    let counter = Counter::open().await;
    let dear = json!({"DeclaredValue": {"CurrencyCode": "USD", "MonetaryValue": "1500"}});
    let answer = counter.ship(&parcel_with("/Shipment/Package/0/PackageServiceOptions", dear)).await;
    let results = results(&answer);
    let log = &results["ControlLogReceipt"][0];
    assert_eq!(log["ImageFormat"]["Code"], "ZPL");
    let text = String::from_utf8(crate::counter::image(log)).unwrap();
    assert!(text.starts_with("^XA") && text.contains("1500.00") && text.contains("SAMPLE"), "{text}");
    assert_eq!(answer.body["ShipmentResponse"]["Response"]["Alert"][0]["Code"], "120022");
}

#[tokio::test]
async fn labels_come_in_every_language_of_the_printers() {
    let counter = Counter::open().await;
    for (code, start) in [("EPL", "\nN\n"), ("SPL", "SPL SAMPLE"), ("zpl", "^XA")] {
        let wish = json!({"LabelImageFormat": {"Code": code}, "LabelStockSize": {"Height": "8", "Width": "4"}});
        let answer = counter.ship(&parcel_with("/LabelSpecification", wish)).await;
        let label = &results(&answer)["PackageResults"][0]["ShippingLabel"];
        let text = String::from_utf8(crate::counter::image(label)).unwrap();
        assert!(text.starts_with(start) && text.contains("SAMPLE"), "{text}");
        assert_eq!(label["ImageFormat"]["Code"], code.to_uppercase());
        assert!(label["HTMLImage"].is_null());
    }
}

#[tokio::test]
async fn images_come_in_lines_or_in_pieces() {
    let counter = Counter::open().await;
    let plain =
        crate::counter::image(&results(&counter.ship(&parcel(REFERENCE)).await)["PackageResults"][0]["ShippingLabel"]);
    counter.sandbox.ups().change(|manners| manners.wrapped_images = true);
    let answer = counter.ship(&parcel(REFERENCE)).await;
    let label = &results(&answer)["PackageResults"][0]["ShippingLabel"];
    assert!(label["GraphicImage"].as_str().unwrap().contains("\r\n"));
    assert_eq!(crate::counter::image(label).len(), plain.len());
    counter.sandbox.ups().change(|manners| manners.images_in_pieces = true);
    let answer = counter.ship(&parcel(REFERENCE)).await;
    let label = &results(&answer)["PackageResults"][0]["ShippingLabel"];
    let pieces: Vec<&str> =
        label["GraphicImagePart"].as_array().unwrap().iter().map(|piece| piece.as_str().unwrap()).collect();
    assert!(pieces.len() > 1 && label["GraphicImage"].is_null());
    let whole = json!({"GraphicImage": pieces.concat()});
    assert_eq!(crate::counter::image(&whole).len(), plain.len());
}

#[tokio::test]
async fn ground_saver_is_sold_by_contract_under_an_indicator_of_its_own() {
    let mut settings = sandbox::Settings::empty(crate::counter::MONDAY.parse().unwrap());
    settings.ups.contract_services = vec!["93".to_owned()];
    let counter = Counter::with(settings).await;
    let answer = counter.ship(&parcel_with("/Shipment/Service/Code", json!("93"))).await;
    assert!(number(&answer).starts_with("1ZA1B2C3YW"), "{}", number(&answer));
    let pic = results(&answer)["PackageResults"][0]["USPSPICNumber"].as_str().unwrap().to_owned();
    assert!(pic.starts_with("92") && pic.len() == 22, "{pic}");
}

#[tokio::test]
async fn saturday_delivery_may_want_a_friday() {
    let counter = Counter::open().await;
    let mut body = parcel_with("/Shipment/ShipmentServiceOptions", json!({"SaturdayDeliveryIndicator": ""}));
    body["ShipmentRequest"]["Shipment"]["Service"]["Code"] = json!("01");
    assert_eq!(counter.ship(&body).await.status, 200);
    counter.sandbox.ups().change(|manners| manners.saturday_needs_its_day = true);
    counter.ship(&body).await.refused_with("120505");
    body["ShipmentRequest"]["Shipment"]["ShipmentDate"] = json!("20260918");
    let answer = counter.ship(&body).await;
    let zpl =
        String::from_utf8(crate::counter::image(&results(&answer)["PackageResults"][0]["ShippingLabel"])).unwrap();
    assert!(zpl.contains("SATURDAY DELIVERY"), "{zpl}");
}
