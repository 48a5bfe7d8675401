//! Parcels that leave the country: contacts, values, forms, duties.

use serde_json::{Value, json};

use crate::counter::{Answer, Counter, REFERENCE, image, parcel, results};
use sandbox::ledger::PaidBy;

/// A parcel from Oakland to Toronto with everything customs wants.
pub(crate) fn to_toronto() -> Value {
    let mut body = parcel(REFERENCE);
    let shipment = &mut body["ShipmentRequest"]["Shipment"];
    shipment["ShipTo"] = json!({
        "Name": "Lakeshore Tools", "AttentionName": "Receiving", "Phone": {"Number": "4165550100"},
        "Address": {
            "AddressLine": ["10 Front St"], "City": "Toronto", "StateProvinceCode": "ON",
            "PostalCode": "M5J 1A1", "CountryCode": "CA",
        },
    });
    shipment["Shipper"]["Phone"] = json!({"Number": "5105550100"});
    shipment["Shipper"]["AttentionName"] = json!("Shipping");
    shipment["Service"]["Code"] = json!("11");
    shipment["Description"] = json!("Fasteners");
    shipment["InvoiceLineTotal"] = json!({"CurrencyCode": "USD", "MonetaryValue": "120"});
    shipment["ReferenceNumber"] = shipment["Package"][0]["ReferenceNumber"].take();
    shipment["ShipmentServiceOptions"] = json!({"InternationalForms": {
        "FormType": ["01"], "InvoiceNumber": "INV-100482", "InvoiceDate": "20260914", "TermsOfShipment": "DAP",
        "ReasonForExport": "SALE", "CurrencyCode": "USD",
        "Contacts": {"SoldTo": {
            "Name": "Lakeshore Tools Head Office", "AttentionName": "Payables", "Phone": {"Number": "4165550111"},
            "Address": {
                "AddressLine": "1 King St", "City": "Toronto", "StateProvinceCode": "ON", "PostalCode": "M5H1A1",
                "CountryCode": "CA",
            },
        }},
        "Product": [{
            "Description": ["Hex bolts (M8)"], "CommodityCode": "731815", "OriginCountryCode": "US",
            "Unit": {"Number": "100", "UnitOfMeasurement": {"Code": "PCS"}, "Value": "1.20"},
        }],
    }});
    body
}

/// `to_toronto` with one value below `Shipment` put in or, for null, taken out.
fn with(pointer: &str, value: Value) -> Value {
    let mut body = to_toronto();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = body.pointer_mut(&format!("/ShipmentRequest/Shipment{parent}")).unwrap().as_object_mut().unwrap();
    match value {
        Value::Null => parent.remove(name),
        value => parent.insert(name.to_owned(), value),
    };
    body
}

fn alerts(answer: &Answer) -> Vec<&str> {
    let list = answer.body["ShipmentResponse"]["Response"]["Alert"].as_array();
    list.map(|all| all.iter().map(|one| one["Code"].as_str().unwrap()).collect()).unwrap_or_default()
}

#[tokio::test]
async fn an_invoice_comes_as_a_pdf_with_the_goods_on_it() {
    let counter = Counter::open().await;
    let answer = counter.ship(&to_toronto()).await;
    let form = &results(&answer)["Form"];
    assert_eq!((&form["Code"], &form["Image"]["ImageFormat"]["Code"]), (&json!("01"), &json!("PDF")));
    let pdf = String::from_utf8(image(&form["Image"])).unwrap();
    assert!(pdf.starts_with("%PDF-1.4") && pdf.trim_end().ends_with("%%EOF"));
    for words in ["SAMPLE - Invoice", "INV-100482", "Hex bolts \\(M8\\)", "731815", "120.00 USD", "DAP"] {
        assert!(pdf.contains(words), "{words} is missing");
    }
    assert!(alerts(&answer).is_empty(), "{:?}", alerts(&answer));
    assert_eq!(counter.recover(REFERENCE).await.status, 200);
    counter.sandbox.ups().change(|manners| manners.recovery_finds_international = false);
    counter.recover(REFERENCE).await.refused_with("9801031");
}

#[tokio::test]
async fn what_customs_wants_is_asked_for() {
    let counter = Counter::open().await;
    let forms = "/ShipmentServiceOptions/InternationalForms";
    let at = |rest: &str| format!("{forms}/{rest}");
    let cases = [
        ("/ShipTo/Phone".to_owned(), Value::Null, "120209"),
        ("/ShipTo/AttentionName".to_owned(), Value::Null, "120201"),
        ("/Shipper/Phone".to_owned(), Value::Null, "120109"),
        ("/Shipper/AttentionName".to_owned(), Value::Null, "120110"),
        ("/ShipTo/Address/PostalCode".to_owned(), json!("M5J1A"), "120207"),
        ("/ShipTo/Address/StateProvinceCode".to_owned(), json!("ZZ"), "120206"),
        ("/InvoiceLineTotal".to_owned(), Value::Null, "120502"),
        ("/InvoiceLineTotal/MonetaryValue".to_owned(), json!("0"), "120502"),
        ("/InvoiceLineTotal/MonetaryValue".to_owned(), json!("100000000"), "120526"),
        ("/Description".to_owned(), Value::Null, "120512"),
        ("/Description".to_owned(), json!("x".repeat(51)), "120503"),
        ("/ReferenceNumber/0/Code".to_owned(), json!("T"), "120506"),
        ("/ReferenceNumber/0/Value".to_owned(), json!(""), "120501"),
        (at("FormType"), json!(["02"]), "128001"),
        (at("FormType"), json!(["05"]), "128001"),
        (at("FormType"), json!(["01", "01"]), "128205"),
        (at("InvoiceDate"), json!("2026-09-14"), "128066"),
        (at("ReasonForExport"), Value::Null, "128069"),
        (at("CurrencyCode"), Value::Null, "128114"),
        (at("TermsOfShipment"), json!("DDU"), "128068"),
        (at("Discount"), json!({"MonetaryValue": "500"}), "128072"),
        (at("OtherCharges"), json!({"MonetaryValue": "5"}), "128075"),
        (at("Contacts"), Value::Null, "9120800"),
        (at("Contacts/SoldTo/Address/CountryCode"), json!("US"), "128102"),
        (at("Contacts/SoldTo/Phone"), Value::Null, "128115"),
        (at("Product"), Value::Null, "128218"),
        (at("Product/0/Description"), Value::Null, "128113"),
        (at("Product/0/Unit"), Value::Null, "128043"),
        (at("Product/0/Unit/Value"), json!("a lot"), "128046"),
        (at("Product/0/CommodityCode"), json!("7318"), "128048"),
        (at("Product/0/OriginCountryCode"), Value::Null, "128049"),
        (at("UserCreatedForm"), json!({"DocumentID": ["short"]}), ""),
    ];
    for (pointer, value, code) in &cases {
        let answer = counter.ship(&with(pointer, value.clone())).await;
        if code.is_empty() {
            assert_eq!(answer.status, 200, "{pointer}: {}", answer.body);
        } else {
            assert_eq!(answer.errorcode(), *code, "{pointer}: {}", answer.body);
        }
    }
    let mut package_level = to_toronto();
    let shipment = &mut package_level["ShipmentRequest"]["Shipment"];
    shipment["Package"][0]["ReferenceNumber"] = shipment["ReferenceNumber"].take();
    counter.ship(&package_level).await.refused_with("120542");
}

#[tokio::test]
async fn bare_form_types_and_null_tariff_codes_are_taken() {
    let counter = Counter::open().await;
    let mut body = with("/ShipmentServiceOptions/InternationalForms/FormType", json!("01"));
    let product = "/ShipmentRequest/Shipment/ShipmentServiceOptions/InternationalForms/Product/0/CommodityCode";
    *body.pointer_mut(product).unwrap() = Value::Null;
    assert!(results(&counter.ship(&body).await)["Form"].is_object());
}

#[tokio::test]
async fn a_certificate_under_the_usmca_wants_producer_criterion_and_period() {
    let counter = Counter::open().await;
    let forms = "/ShipmentRequest/Shipment/ShipmentServiceOptions/InternationalForms";
    let mut body = with("/ShipmentServiceOptions/InternationalForms/FormType", json!(["01", "04"]));
    counter.ship(&body).await.refused_with("128027");
    body.pointer_mut(forms).unwrap()["Contacts"]["Producer"] = json!({"Option": "02"});
    counter.ship(&body).await.refused_with("128053");
    body.pointer_mut(forms).unwrap()["Product"][0]["PreferenceCriteria"] = json!("B");
    counter.ship(&body).await.refused_with("128076");
    body.pointer_mut(forms).unwrap()["BlanketPeriod"] = json!({"BeginDate": "20260901", "EndDate": "20270831"});
    let answer = counter.ship(&body).await;
    let pdf = String::from_utf8(image(&results(&answer)["Form"]["Image"])).unwrap();
    assert!(pdf.contains("/Count 2") && pdf.contains("USMCA"));
}

#[tokio::test]
async fn without_an_invoice_ups_says_one_is_needed_at_tender() {
    let counter = Counter::open().await;
    let answer = counter.ship(&with("/ShipmentServiceOptions", Value::Null)).await;
    assert_eq!(alerts(&answer), ["120016"]);
    assert!(results(&answer)["Form"].is_null());
}

#[tokio::test]
async fn duties_are_paid_by_whom_it_says_and_by_nobody_at_home() {
    let counter = Counter::open().await;
    let shipper = json!({"AccountNumber": "A1B2C3"});
    let both = json!([{"Type": "01", "BillShipper": shipper}, {"Type": "02", "BillShipper": shipper}]);
    let mut body = with("/PaymentInformation/ShipmentCharge", both.clone());
    body["ShipmentRequest"]["Request"]["SubVersion"] = json!("2409");
    let abroad = counter.ship(&body).await;
    let items = results(&abroad)["ShipmentCharges"]["ItemizedCharges"].as_array().unwrap();
    assert!(items.iter().any(|item| item["Code"] == "378"), "{items:?}");
    let home = crate::counter::parcel_with("/Shipment/PaymentInformation/ShipmentCharge", both);
    assert_eq!(alerts(&counter.ship(&home).await), ["121524"]);
    let duties: Vec<_> = counter.sandbox.ledger().labels.iter().map(|label| label.duties_paid_by.clone()).collect();
    assert_eq!(duties, [Some(PaidBy::Shipper), None]);

    let consignee = json!([{"Type": "01", "ConsigneeBilledIndicator": ""}]);
    counter.ship(&with("/PaymentInformation/ShipmentCharge", consignee)).await.refused_with("120125");
    counter.ship(&with("/PaymentInformation/SplitDutyVATIndicator", json!(""))).await.refused_with("121531");
}

#[tokio::test]
async fn signatures_abroad_are_asked_for_the_shipment() {
    let counter = Counter::open().await;
    let package = json!({"DeliveryConfirmation": {"DCISType": "2"}});
    let mut body = to_toronto();
    body["ShipmentRequest"]["Shipment"]["Package"][0]["PackageServiceOptions"] = package;
    counter.ship(&body).await.refused_with("120598");
    let body = with("/ShipmentServiceOptions/DeliveryConfirmation", json!({"DCISType": "2"}));
    assert_eq!(counter.ship(&body).await.status, 200);
}
