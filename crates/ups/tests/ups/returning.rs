//! Goods that come back.

use serde_json::json;
use ups::{
    Billing, Confirmation, InternationalForms, Invoice, Notification, Occasion, Package, Packaging, Payer, Product,
    ReasonForExport, ReturnService, Returns, Service, Shipment, UnitOfMeasure,
};

use crate::desk::{customer, dock, number, refused, written};

fn back(returns: Returns) -> Shipment {
    Shipment::returning("A1B2C3", dock(), customer(), Service::Ground, returns)
        .package(Package::pounds(number("4")).containing("Hinges, unused"))
}

#[test]
fn a_printed_return_goes_from_the_customer_to_the_dock() {
    let body = written(&back(Returns::printed()));
    assert_eq!(body["ReturnService"], json!({ "Code": "9" }));
    assert_eq!(body["ShipFrom"]["Name"], "Hill Hardware");
    assert_eq!((&body["Shipper"]["Name"], &body["ShipTo"]["Name"]), (&json!("Ridge Supply"), &json!("Ridge Supply")));
    assert_eq!(body["Package"][0]["Description"], "Hinges, unused");
    assert_eq!(body.get("ShipmentServiceOptions"), None);
    let elsewhere = written(&back(Returns::printed()).to(dock().place("Reno", "NV", "89501", "US")));
    assert_eq!(elsewhere["ShipTo"]["Address"]["City"], "Reno");
}

#[test]
fn an_electronic_label_needs_an_address_or_a_link() {
    let body = written(&back(Returns::emailed("customer@example.com")));
    assert_eq!(body["ReturnService"]["Code"], "8");
    let expected = json!({ "LabelDelivery": { "EMail": { "EMailAddress": "customer@example.com" } } });
    assert_eq!(body["ShipmentServiceOptions"], expected);
    let mut linked = back(Returns::by(ReturnService::ElectronicLabel));
    assert_eq!(refused(&linked).0, "returns.label_email");
    linked.label_links = true;
    assert_eq!(written(&linked)["ShipmentServiceOptions"], json!({ "LabelDelivery": { "LabelLinksIndicator": "" } }));
    let mut printed = Returns::printed();
    printed.label_email = Some("customer@example.com".to_owned());
    assert_eq!(refused(&back(printed)).0, "returns.label_email", "UPS would mail nothing");
}

#[test]
fn what_ups_takes_back_has_its_rules() {
    let with = |change: fn(&mut Shipment)| {
        let mut changed = back(Returns::printed());
        change(&mut changed);
        refused(&changed).0
    };
    assert_eq!(with(|it| it.packages[0].description = None), "packages.description");
    assert_eq!(with(|it| it.packages.push(it.packages[0].clone())), "packages", "one from the US");
    assert_eq!(with(|it| it.service = Service::NextDayAirSaver), "service");
    assert_eq!(with(|it| it.packages[0].packaging = Packaging::Box10Kg), "packages.packaging");
    assert_eq!(with(|it| it.confirmation = Some(Confirmation::Signature)), "confirmation");
    assert_eq!(with(|it| it.ship_from = None), "ship_from");
    assert_eq!(with(|it| it.billing = Billing::to(Payer::receiver("Z9Y8X7", "94607"))), "billing");
    assert_eq!(with(|it| it.notifications = vec![Notification::new(Occasion::Ship, "a@example.com")]), "notifications");
    assert_eq!(
        with(|it| {
            it.notifications = vec![Notification::new(Occasion::InTransit, "a@example.com")];
            it.returns = Some(Returns::by(ReturnService::CollectOnceBox1));
        }),
        "notifications"
    );
    let told = back(Returns::printed()).notifying(Notification::new(Occasion::InTransit, "a@example.com"));
    assert_eq!(written(&told)["ShipmentServiceOptions"]["Notification"][0]["NotificationCode"], "5");

    let mut noticed = back(Returns::printed());
    noticed.packages[0].return_notice = vec!["dock@example.com".to_owned()];
    let options = &written(&noticed)["Package"][0]["PackageServiceOptions"];
    assert_eq!(
        options["Notification"],
        json!({ "NotificationCode": "3", "EMail": { "EMailAddress": ["dock@example.com"] } })
    );
    let mut forward = crate::desk::shipment();
    forward.packages[0].return_notice = vec!["dock@example.com".to_owned()];
    assert_eq!(refused(&forward).0, "packages.return_notice");
}

/// Across a border a return has a partial invoice, and twenty packages.
#[test]
fn a_return_from_abroad_has_a_partial_invoice() {
    let abroad = customer().place("Toronto", "ON", "M5V 2T6", "CA").attention("Buyer").phone("416 555 0100");
    let dock = dock().attention("Returns");
    let invoice = Invoice::new("RMA-7", jiff::civil::date(2026, 9, 1), ReasonForExport::Return, "CAD");
    let hinges = Product::new("Steel hinges", 4, UnitOfMeasure::Pieces, number("3.25"));
    let forms = InternationalForms::invoice(invoice, dock.clone()).product(hinges);
    let package = || Package::pounds(number("4")).containing("Hinges");
    let mut back = Shipment::returning("A1B2C3", dock, abroad, Service::Standard, Returns::printed())
        .containing("Hinges")
        .packages([package(), package()]);
    back.customs = forms.clone().into();
    let body = written(&back);
    let written_forms = &body["ShipmentServiceOptions"]["InternationalForms"];
    assert_eq!((&written_forms["FormType"], body.get("InvoiceLineTotal")), (&json!(["05"]), None));
    back.customs = forms.uploaded("2013-12-04-00.15.33.207814").into();
    assert_eq!(refused(&back).0, "customs", "no other form on a return");
}
