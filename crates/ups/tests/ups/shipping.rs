//! What a booking's request says, member by member: who pays, who signs, who is told, and in what it is packed.

use serde_json::{Value, json};
use ups::{
    AccessPointDelivery, Amount, Billing, Confirmation, Customs, DeclaredBy, Error, LabelFormat, LabelSpec, LabelStock,
    Notification, Occasion, Offer, Package, Packaging, Party, Payer, ReceiptFormat, ReferenceNumber, Service,
    ShipRequest, Shipment, WeightUnit,
};

use crate::desk::{customer, dock, number, refused, shipment, with, written};

/// US to Canada, with all that lane demands.
fn to_canada() -> Shipment {
    let buyer = customer().place("Toronto", "ON", "M5V 2T6", "CA").attention("Receiving").phone("416 555 0100");
    let mut shipment = shipment();
    shipment.shipper = dock().attention("Shipping");
    shipment.ship_to = buyer;
    shipment.service = Service::Standard;
    shipment.customs = Customs::OnPaper;
    shipment.description = "Hinges".to_owned();
    shipment.worth(Amount::usd(number("130")))
}

fn charges(shipment: &Shipment) -> Value {
    written(shipment)["PaymentInformation"].clone()
}

#[test]
fn each_payer_is_written_as_ups_wants_it() {
    let own = json!({ "Type": "01", "BillShipper": { "AccountNumber": "A1B2C3" } });
    assert_eq!(charges(&shipment()), json!({ "ShipmentCharge": [own] }));

    let receiver = shipment().billed(Billing::to(Payer::receiver("z9y8x7", "94501-1234")));
    let billed = json!({ "AccountNumber": "Z9Y8X7", "Address": { "PostalCode": "945011234" } });
    assert_eq!(charges(&receiver)["ShipmentCharge"], json!([{ "Type": "01", "BillReceiver": billed }]));

    let third = to_canada().billed(Billing::to(Payer::third_party("Z9Y8X7", "", "DE")).duties_to(Payer::Shipper));
    let billed = json!({ "AccountNumber": "Z9Y8X7", "Address": { "CountryCode": "DE" } });
    let expected = json!([{ "Type": "01", "BillThirdParty": billed },
        { "Type": "02", "BillShipper": { "AccountNumber": "A1B2C3" } }]);
    assert_eq!(charges(&third)["ShipmentCharge"], expected, "duties have a payer of their own");

    let consignee = shipment().billed(Billing::to(Payer::Consignee));
    let expected = json!([{ "Type": "01", "ConsigneeBilledIndicator": "" }]);
    assert_eq!(charges(&consignee)["ShipmentCharge"], expected);

    let mut split = Billing::to(Payer::Shipper).duties_to(Payer::receiver("Z9Y8X7", "M5V2T6"));
    split.split_duty_and_tax = true;
    assert_eq!(charges(&to_canada().billed(split))["SplitDutyVATIndicator"], "");
}

#[test]
fn a_payer_ups_would_refuse_is_refused_here() {
    let billed = |shipment: Shipment, billing: Billing| refused(&shipment.billed(billing));
    let no_postal = Payer::Receiver { account: "Z9Y8X7".to_owned(), postal_code: None };
    assert_eq!(billed(shipment(), Billing::to(no_postal)).0, "billing", "US accounts are told by postal code");
    assert_eq!(billed(shipment(), Billing::to(Payer::third_party("Z9Y8X7", "1", "US"))).0, "billing");
    assert_eq!(billed(shipment(), Billing::to(Payer::third_party("Z9", "94501", "US"))).0, "billing");
    assert_eq!(billed(to_canada(), Billing::to(Payer::Consignee)).0, "billing", "US and PR only");
    let (field, why) = billed(shipment(), Billing::default().duties_to(Payer::Shipper));
    assert_eq!((field, why.as_str()), ("billing.duties", "must be empty: there are no duties on this lane"));
    assert_eq!(billed(to_canada(), Billing::default().duties_to(Payer::Consignee)).0, "billing.duties");
    let mut split = Billing::default();
    split.split_duty_and_tax = true;
    assert_eq!(billed(shipment(), split).0, "billing.duties");
}

/// The same signature has other numbers and another place by lane.
#[test]
fn a_signature_stands_where_the_lane_wants_it() {
    let at_home = written(&shipment().confirmed_by(Confirmation::Signature));
    assert_eq!(at_home["Package"][0]["PackageServiceOptions"], json!({ "DeliveryConfirmation": { "DCISType": "2" } }));
    assert_eq!(at_home.get("ShipmentServiceOptions"), None);

    let abroad = written(&to_canada().confirmed_by(Confirmation::AdultSignature));
    assert_eq!(abroad["ShipmentServiceOptions"], json!({ "DeliveryConfirmation": { "DCISType": "2" } }));
    assert_eq!(abroad["Package"][0].get("PackageServiceOptions"), None);

    let mut one_of_two = shipment();
    one_of_two.packages.push(one_of_two.packages[0].clone().confirmed_by(Confirmation::AdultSignature));
    let packages = &written(&one_of_two)["Package"];
    assert_eq!(packages[0].get("PackageServiceOptions"), None);
    assert_eq!(packages[1]["PackageServiceOptions"]["DeliveryConfirmation"]["DCISType"], "3");
    let mut abroad = to_canada();
    abroad.packages[0].confirmation = Some(Confirmation::Signature);
    assert_eq!(refused(&abroad).0, "packages.confirmation");
}

#[test]
fn references_stand_where_the_lane_wants_them() {
    let mut two = shipment().reference(ReferenceNumber::new("PO", "4500012345").barcoded());
    two.packages.push(two.packages[0].clone().reference(ReferenceNumber::new("SE", "S-2")));
    let body = written(&two);
    let expected = json!([{ "Code": "TN", "Value": "7R0K5T3V9W2X4Y6Z8A1B3C5D7E" },
        { "BarCodeIndicator": "", "Code": "PO", "Value": "4500012345" }]);
    assert_eq!(body["Package"][0]["ReferenceNumber"], expected);
    assert_eq!(body["Package"][1]["ReferenceNumber"][2]["Code"], "SE", "its own, after those of the shipment");

    let mut abroad = to_canada();
    assert_eq!(written(&abroad)["ReferenceNumber"][0]["Code"], "TN");
    abroad.packages[0].references.push(ReferenceNumber::new("SE", "S-2"));
    assert_eq!(refused(&abroad).0, "packages.references");

    let barred = |value: &str| shipment().reference(ReferenceNumber::new("PO", value).barcoded());
    written(&barred(&"7".repeat(24)));
    assert_eq!(refused(&barred(&"7A".repeat(8))).0, "references", "letters and digits: fourteen");
    assert_eq!(refused(&barred("PO 7")).0, "references");
    assert_eq!(
        refused(&barred("1").reference(ReferenceNumber::new("IK", "2").barcoded())).1,
        "can have one bar code per shipment"
    );
}

#[test]
fn notifications_keep_to_their_limits() {
    let told = shipment()
        .notifying(Notification::new(Occasion::Ship, "a@example.com").and("b@example.com").memo("on its way"))
        .notifying(Notification::new(Occasion::Delivery, "a@example.com"));
    let body = written(&told);
    let list = &body["ShipmentServiceOptions"]["Notification"];
    assert_eq!(
        list[0],
        json!({ "NotificationCode": "6", "EMail": {
        "EMailAddress": ["a@example.com", "b@example.com"], "Memo": "on its way" } })
    );
    assert_eq!(list[1]["NotificationCode"], "8");

    let one = |occasion| shipment().notifying(Notification::new(occasion, "a@example.com"));
    assert_eq!(refused(&one(Occasion::InTransit)).0, "notifications", "returns only");
    assert_eq!(refused(&one(Occasion::ReturnLabel)).0, "notifications", "returns only");
    assert_eq!(refused(&shipment().notifying(Notification::new(Occasion::Ship, "nobody"))).0, "notifications");
    let twice = one(Occasion::Ship).notifying(Notification::new(Occasion::Ship, "c@example.com"));
    assert_eq!(refused(&twice).1, "names an occasion twice: the shipment was sent");
    let mut six = Notification::new(Occasion::Ship, "a@example.com");
    six.emails = vec!["a@example.com".to_owned(); 6];
    assert_eq!(refused(&shipment().notifying(six)).1, "has 6 addresses, UPS takes 5");
    let memos = told.notifying(Notification::new(Occasion::Exception, "a@example.com").memo("again"));
    assert_eq!(refused(&memos).1, "has more than one memo, UPS takes one per shipment");
    let mut texted = Notification::new(Occasion::AlternateDelivery, "a@example.com");
    (texted.text_to, texted.emails) = (Some("4165550100".to_owned()), Vec::new());
    let body = written(&shipment().notifying(texted.clone()));
    let one = &body["ShipmentServiceOptions"]["Notification"][0];
    assert_eq!((&one["NotificationCode"], &one["TextMessage"]["PhoneNumber"]), (&json!("012"), &json!("4165550100")));
    texted.occasion = Occasion::Delivery;
    assert_eq!(refused(&shipment().notifying(texted)).0, "notifications");
}

#[test]
fn an_access_point_takes_the_place_of_the_door() {
    let shop =
        Party::new("Corner Shop").street("1 High Street").place("Alameda", "CA", "94501", "US").attention("Till");
    let mut held = shipment().to_access_point(AccessPointDelivery::hold_at(shop.clone()).with_id("U12345678"));
    let body = written(&held);
    assert_eq!(body["ShipmentIndicationType"], json!([{ "Code": "01" }]));
    assert_eq!(body["AlternateDeliveryAddress"]["UPSAccessPointID"], "U12345678");
    assert_eq!(body["AlternateDeliveryAddress"]["AttentionName"], "Till");
    assert_eq!(body["AlternateDeliveryAddress"]["Address"]["PostalCode"], "94501");
    held.direct_delivery_only = true;
    assert_eq!(refused(&held).0, "direct_delivery_only");
    let brought = shipment().to_access_point(AccessPointDelivery::deliver_to(shop.clone()));
    assert_eq!(written(&brought)["ShipmentIndicationType"][0]["Code"], "02");
    let nobody = with(shop, |it| it.attention = None);
    assert_eq!(refused(&shipment().to_access_point(AccessPointDelivery::hold_at(nobody))).0, "access_point.attention");
}

#[test]
fn what_it_is_packed_in_fits_the_service() {
    let packed = |packaging, service| {
        let mut shipment = shipment();
        shipment.packages[0].packaging = packaging;
        shipment.service = service;
        shipment
    };
    assert_eq!(
        written(&packed(Packaging::SmallExpressBox, Service::NextDayAir))["Package"][0]["Packaging"]["Code"],
        "2a"
    );
    assert_eq!(refused(&packed(Packaging::LargeExpressBox, Service::Ground)).0, "packages.packaging");
    assert_eq!(refused(&packed(Packaging::Unknown, Service::Ground)).0, "packages.packaging");
    let mut letter = shipment();
    letter.packages = vec![Package::letter()];
    letter.service = Service::NextDayAir;
    assert_eq!(
        written(&letter)["Package"][0],
        json!({
            "Packaging": { "Code": "01" },
            "ReferenceNumber": [{ "Code": "TN", "Value": "7R0K5T3V9W2X4Y6Z8A1B3C5D7E" }],
        })
    );
    letter.packages[0].packaging = Packaging::Pak;
    assert_eq!(refused(&letter).0, "packages.weight");

    let mut mail = shipment();
    mail.service = Service::FirstClassMail;
    mail.packages = vec![Package::new(number("7.5"), WeightUnit::Ounces)];
    assert_eq!(written(&mail)["Package"][0]["PackageWeight"]["UnitOfMeasurement"]["Code"], "OZS");
    mail.packages.push(mail.packages[0].clone());
    assert_eq!(refused(&mail).0, "packages");
    mail.packages.pop();
    mail.service = Service::Ground;
    assert_eq!(refused(&mail).0, "packages.unit");
}

#[test]
fn accessorials_of_packages_stand_in_their_options() {
    let mut dear = shipment();
    dear.packages[0] = dear.packages[0].clone().declared(Amount::usd(number("1500")));
    dear.packages[0].additional_handling = true;
    dear.packages[0].release_without_signature = true;
    let body = written(&dear);
    let package = &body["Package"][0];
    assert_eq!(package["AdditionalHandlingIndicator"], "");
    assert_eq!(
        package["PackageServiceOptions"],
        json!({ "ShipperReleaseIndicator": "",
        "DeclaredValue": { "CurrencyCode": "USD", "MonetaryValue": "1500" } })
    );
    dear.packages.push(dear.packages[0].clone());
    dear.packages[1].declared_by = DeclaredBy::Shipper;
    assert_eq!(refused(&dear).0, "packages.declared_by", "one kind per shipment");
    dear.packages[0].declared_by = DeclaredBy::Shipper;
    let body = written(&dear);
    assert_eq!(body["Package"][0]["PackageServiceOptions"]["DeclaredValue"]["Type"]["Code"], "02");
    let mut abroad = to_canada();
    abroad.packages[0].release_without_signature = true;
    assert_eq!(refused(&abroad).0, "packages.release_without_signature");
}

#[test]
fn saturdays_and_doors_are_options_of_the_shipment() {
    let mut weekend = shipment().on_saturday();
    weekend.saturday_pickup = true;
    weekend.direct_delivery_only = true;
    weekend.label_links = true;
    let expected = json!({ "SaturdayDeliveryIndicator": "", "SaturdayPickupIndicator": "",
        "DirectDeliveryOnlyIndicator": "", "LabelDelivery": { "LabelLinksIndicator": "" } });
    assert_eq!(written(&weekend)["ShipmentServiceOptions"], expected);
}

#[test]
fn the_label_is_specified_beside_the_shipment() {
    let specified = |label: LabelSpec| {
        let mut request = ShipRequest::new(shipment(), label);
        request.receipt = Some(ReceiptFormat::Html);
        let text = request.body_json().expect("a request that fits");
        serde_json::from_str::<Value>(&text).expect("json")["ShipmentRequest"].take()
    };
    for format in [LabelFormat::Zpl, LabelFormat::Epl, LabelFormat::Spl] {
        let request = specified(LabelSpec::new(format.clone()).on(LabelStock::FourByEight));
        let expected =
            json!({ "LabelImageFormat": { "Code": format.code() }, "LabelStockSize": { "Height": "8", "Width": "4" } });
        assert_eq!(request["LabelSpecification"], expected);
        assert_eq!(request["ReceiptSpecification"]["ImageFormat"]["Code"], "HTML");
    }
    let gif = specified(LabelFormat::Gif.into());
    assert_eq!(
        gif["LabelSpecification"],
        json!({ "LabelImageFormat": { "Code": "GIF" }, "HTTPUserAgent": "Mozilla/4.5" })
    );
    let mut french = LabelSpec::new(LabelFormat::Png);
    french.character_set = Some("fra".to_owned());
    let png = specified(french);
    assert_eq!(png["LabelSpecification"], json!({ "LabelImageFormat": { "Code": "PNG" }, "CharacterSet": "fra" }));
    assert_eq!(png["Shipment"].get("LabelSpecification"), None);
}

/// Lanes change without notice: an odd service is worth a remark, and UPS decides.
#[test]
fn an_odd_service_is_remarked_and_still_written() {
    let mut odd = to_canada();
    odd.service = Service::Ground;
    assert_eq!(odd.service.on(&odd.lane()), Offer::NotOffered);
    let remarks = odd.remarks();
    assert_eq!(
        (remarks[0].field, remarks[0].words.as_str()),
        ("service", "UPS Ground is not known to be offered from US to CA")
    );
    assert_eq!(written(&odd)["Service"]["Code"], "03");
    let mut long = shipment();
    assert!(long.remarks().is_empty());
    (long.ship_to.name, long.ship_to.city) = ("n".repeat(31), "c".repeat(16));
    long.service = Service::GroundSaver;
    let fields: Vec<_> = long.remarks().iter().map(|it| it.field).collect();
    assert_eq!(fields, ["service", "ship_to.name", "ship_to.city"]);
}

#[test]
fn a_taken_price_asks_for_taxes_only_when_told() {
    let mut taxed = shipment();
    assert_eq!(written(&taxed).get("TaxInformationIndicator"), None);
    taxed.with_taxes = true;
    assert_eq!(written(&taxed)["TaxInformationIndicator"], "");
    let error = ShipRequest::new(with(taxed, |it| it.packages.clear()), LabelFormat::Zpl).body_json();
    assert!(matches!(error, Err(Error::Invalid { field: "packages", .. })));
}
