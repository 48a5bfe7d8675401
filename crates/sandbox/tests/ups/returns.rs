//! Parcels that come back.

use serde_json::{Value, json};

use crate::counter::{Counter, REFERENCE, image, number, parcel, results};
use sandbox::ledger::Direction;

/// A return from Boston to Oakland under a return service.
pub(crate) fn coming_back(service: &str) -> Value {
    let mut body = parcel(REFERENCE);
    let shipment = &mut body["ShipmentRequest"]["Shipment"];
    shipment["ShipFrom"] = shipment["ShipTo"].take();
    shipment["ShipTo"] = shipment["Shipper"].clone();
    shipment["ReturnService"] = json!({"Code": service});
    shipment["Package"][0]["Description"] = json!("Wrong valve");
    body
}

fn with(pointer: &str, value: Value) -> Value {
    let mut body = coming_back("9");
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = body.pointer_mut(&format!("/ShipmentRequest/Shipment{parent}")).unwrap().as_object_mut().unwrap();
    match value {
        Value::Null => parent.remove(name),
        value => parent.insert(name.to_owned(), value),
    };
    body
}

#[tokio::test]
async fn a_printed_return_label_comes_with_a_receipt_and_its_charge() {
    let counter = Counter::open().await;
    let mut body = coming_back("9");
    body["ShipmentRequest"]["Request"]["SubVersion"] = json!("2409");
    body["ShipmentRequest"]["Shipment"]["ShipmentServiceOptions"] =
        json!({"LabelDelivery": {"LabelLinksIndicator": ""}});
    let answer = counter.ship(&body).await;
    let results = results(&answer);
    let package = &results["PackageResults"][0];
    let zpl = String::from_utf8(image(&package["ShippingLabel"])).unwrap();
    assert!(zpl.contains("RETURN SERVICE") && zpl.contains("HARBOR MACHINE WORKS"), "{zpl}");
    assert_eq!(package["ShippingReceipt"]["ImageFormat"]["Code"], "ZPL");
    let items = results["ShipmentCharges"]["ItemizedCharges"].as_array().unwrap();
    assert!(items.iter().any(|item| item["Code"] == "250"), "{items:?}");
    assert!(results["LabelURL"].is_string() && results["ReceiptURL"].is_string());
    assert_eq!(counter.sandbox.ledger().labels[0].direction, Direction::Return);

    let mut paper = coming_back("9");
    paper["ShipmentRequest"]["ReceiptSpecification"] = json!({"ImageFormat": {"Code": "HTML"}});
    let answer = counter.ship(&paper).await;
    let receipt = &crate::counter::results(&answer)["PackageResults"][0]["ShippingReceipt"];
    assert!(String::from_utf8(image(receipt)).unwrap().starts_with("<html>"));
}

#[tokio::test]
async fn an_e_mailed_label_does_not_come_with_the_answer() {
    let counter = Counter::open().await;
    counter.ship(&coming_back("8")).await.refused_with("129176");
    let mut body = coming_back("8");
    let mail = json!({"LabelDelivery": {"EMail": {"EMailAddress": "customer@example.com"}}});
    body["ShipmentRequest"]["Shipment"]["ShipmentServiceOptions"] = mail;
    let answer = counter.ship(&body).await;
    let package = &results(&answer)["PackageResults"][0];
    assert!(package["ShippingLabel"].is_null() && package["TrackingNumber"].is_string(), "{package}");
}

#[tokio::test]
async fn a_return_has_rules_of_its_own() {
    let counter = Counter::open().await;
    let one = coming_back("9")["ShipmentRequest"]["Shipment"]["Package"][0].clone();
    let receiver = json!({"AccountNumber": "R1R1R1", "Address": {"PostalCode": "94607"}});
    let signature = json!({"DeliveryConfirmation": {"DCISType": "2"}});
    let cases = [
        ("/ReturnService/Code", json!("7"), "20008"),
        ("/ShipFrom", Value::Null, "120300"),
        ("/Service/Code", json!("13"), "121320"),
        ("/Service/Code", json!("59"), "121320"),
        ("/Package/0/Description", Value::Null, "120622"),
        ("/Package", json!([one, one]), "120624"),
        ("/Package/0/PackageServiceOptions", signature, "121020"),
        ("/PaymentInformation/ShipmentCharge", json!([{"Type": "01", "BillReceiver": receiver}]), "121526"),
    ];
    for (pointer, value, code) in cases {
        let answer = counter.ship(&with(pointer, value)).await;
        assert_eq!(answer.errorcode(), code, "{pointer}: {}", answer.body);
    }
    let mut saturday = with("/Service/Code", json!("01"));
    saturday["ShipmentRequest"]["Shipment"]["ShipmentServiceOptions"] = json!({"SaturdayDeliveryIndicator": ""});
    counter.ship(&saturday).await.refused_with("121015");
    let bought = number(&counter.ship(&coming_back("9")).await);
    assert_eq!(counter.sandbox.ledger().labels[0].tracking_number, bought);
}
