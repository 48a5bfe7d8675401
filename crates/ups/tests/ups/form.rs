//! The strict side: what a request looks like, and what never leaves the house.

use serde_json::{Value, json};
use ups::{Amount, Customs, Dimensions, Error, LengthUnit, Package, ReferenceNumber, Service, Shipment, WeightUnit};

use crate::desk::{Desk, number, order, shipment};

fn written(change: impl FnOnce(&mut Shipment)) -> Result<Value, Error> {
    let mut order = order();
    change(&mut order.shipment);
    let text = order.body_json()?;
    Ok(serde_json::from_str(&text).expect("json"))
}

fn refused(change: impl FnOnce(&mut Shipment)) -> (&'static str, String) {
    match written(change) {
        Err(Error::Invalid { field, why }) => (field, why),
        other => panic!("{other:?}"),
    }
}

/// UPS ignores members at the wrong place without a word, so their places are pinned here.
#[test]
fn everything_stands_where_ups_looks_for_it() {
    let body = written(|it| it.residential = true).expect("a request that fits");
    let request = &body["ShipmentRequest"];
    assert_eq!(request["LabelSpecification"]["LabelImageFormat"]["Code"], "ZPL");
    assert_eq!(request["LabelSpecification"]["LabelStockSize"], json!({ "Height": "6", "Width": "4" }));
    let shipment = &request["Shipment"];
    assert_eq!(shipment["ShipTo"]["Address"]["ResidentialAddressIndicator"], "");
    assert_eq!(shipment["ShipTo"]["Address"]["AddressLine"], json!(["9 Main Street"]));
    assert_eq!(shipment["Shipper"]["Address"]["PostalCode"], "946071234");
    assert_eq!(shipment["Shipper"]["Phone"]["Number"], "5105550100");
    assert_eq!(shipment["Shipper"]["ShipperNumber"], "A1B2C3");
    assert_eq!(shipment["PaymentInformation"]["ShipmentCharge"][0]["BillShipper"]["AccountNumber"], "A1B2C3");
    assert_eq!(shipment["ShipmentRatingOptions"]["NegotiatedRatesIndicator"], "");
    assert_eq!(shipment["ShipmentDate"], "20260901");
    let package = &shipment["Package"][0];
    assert_eq!(package["Packaging"]["Code"], "02");
    assert_eq!(package["PackageWeight"]["Weight"], "12.4", "rounded up, never down");
    assert_eq!(package["ReferenceNumber"][0]["Code"], "TN");
    assert_eq!(shipment.get("ReferenceNumber"), None);
    assert_eq!(shipment.get("ShipFrom"), None, "what is absent is left out, not null");
    assert_eq!(shipment["ShipTo"].get("Phone"), None);
    assert_eq!(request["Request"].get("TransactionReference"), None);
}

#[test]
fn across_a_border_references_belong_to_the_shipment() {
    let to_toronto = |it: &mut Shipment| {
        it.service = Service::Standard;
        it.customs = Customs::OnPaper;
        it.goods_value = Some(Amount::usd(number("130")));
        it.description = "Hinges".to_owned();
        it.shipper.attention = Some("Shipping".to_owned());
        it.ship_to.attention = Some("Receiving".to_owned());
        it.ship_to.phone = Some("416 555 0100".to_owned());
        it.ship_to.country = "CA".to_owned();
        it.ship_to.state = "ON".to_owned();
        it.ship_to.postal_code = "m5v 2t6".to_owned();
    };
    let body = written(to_toronto).expect("a request that fits");
    let shipment = &body["ShipmentRequest"]["Shipment"];
    assert_eq!(shipment["ReferenceNumber"][0]["Code"], "TN");
    assert_eq!(shipment["Package"][0].get("ReferenceNumber"), None);
    assert_eq!(shipment["ShipTo"]["Address"]["PostalCode"], "M5V2T6");

    let lacking = |field: fn(&mut Shipment)| {
        refused(|it| {
            to_toronto(it);
            field(it);
        })
        .0
    };
    assert_eq!(lacking(|it| it.description = String::new()), "description");
    assert_eq!(lacking(|it| it.ship_to.phone = None), "ship_to.phone");
    assert_eq!(lacking(|it| it.ship_to.postal_code = "55555".to_owned()), "ship_to.postal_code");
    assert_eq!(lacking(|it| it.references[0].kind = "T".into()), "references");
}

/// The goods' way counts, not the shipper's seat.
#[test]
fn the_lane_begins_at_the_ship_from() {
    let body = written(|it| {
        it.shipper.country = "PR".to_owned();
        it.ship_from = Some(crate::desk::dock());
    });
    let body = body.expect("a request that fits");
    assert_eq!(body["ShipmentRequest"]["Shipment"]["Package"][0]["ReferenceNumber"][0]["Code"], "TN");
}

#[test]
fn a_text_that_is_too_long_is_refused_and_never_cut() {
    let (field, why) = refused(|it| it.ship_to.name = "n".repeat(36));
    assert_eq!((field, why.as_str()), ("ship_to.name", "has 36 characters, UPS takes 35"));
    written(|it| it.ship_to.name = "ñ".repeat(35)).expect("characters are counted, not bytes");
    assert_eq!(refused(|it| it.ship_to.lines = vec!["l".repeat(36)]).0, "ship_to.lines");
    assert_eq!(refused(|it| it.ship_to.lines = vec!["1".to_owned(); 4]).0, "ship_to.lines");
    assert_eq!(refused(|it| it.ship_to.lines = vec![" ".to_owned()]).0, "ship_to.lines");
    assert_eq!(refused(|it| it.ship_to.city = "c".repeat(31)).0, "ship_to.city");
    assert_eq!(refused(|it| it.shipper.email = Some("e".repeat(51))).0, "shipper.email");
    assert_eq!(refused(|it| it.references[0].value = "r".repeat(36)).0, "references");
    assert_eq!(refused(|it| it.references = vec![it.references[0].clone(); 6]).0, "references");
}

/// UPS answers such a text with an empty 200.
#[tokio::test]
async fn a_control_character_never_reaches_ups() {
    let desk = Desk::open().await;
    let mut order = order();
    order.shipment.ship_to.lines = vec!["9 Main\u{8} Street".to_owned()];
    let error = desk.client.ship(&order).await.expect_err("refused here");
    assert_eq!(error.to_string(), "ship_to.lines contains the control character U+0008");
    assert!(!error.may_have_taken_effect());
    assert!(desk.calls().await.is_empty());
    assert!(desk.token_calls().await.is_empty());
}

#[test]
fn numbers_of_places_and_people_have_their_form() {
    assert_eq!(refused(|it| it.ship_to.postal_code = "9450".to_owned()).0, "ship_to.postal_code");
    assert_eq!(refused(|it| it.ship_to.postal_code = String::new()).0, "ship_to.postal_code");
    assert_eq!(refused(|it| it.ship_to.state = String::new()).0, "ship_to.state");
    assert_eq!(refused(|it| it.ship_to.country = "USA".to_owned()).0, "ship_to.country");
    assert_eq!(refused(|it| it.shipper.phone = Some("555-0100".to_owned())).0, "shipper.phone");
    assert_eq!(refused(|it| it.account = "A1B2C3D4E5".to_owned()).0, "account");
    assert_eq!(refused(|it| it.service = "Ground".into()).0, "service");
    let earliest = |it: &mut Shipment| {
        it.service = Service::NextDayAirEarly;
        it.ship_to.attention = Some("Receiving".to_owned());
    };
    assert_eq!(refused(earliest).0, "ship_to.phone", "the earliest service wants somebody to call");
}

#[test]
fn a_package_fits_or_is_refused() {
    let heavy = |weight: &str, unit| vec![Package::new(number(weight), unit)];
    let (field, why) = refused(|it| it.packages = heavy("150.01", WeightUnit::Pounds));
    assert_eq!((field, why.as_str()), ("packages.weight", "is 150.01 LBS, UPS takes 150"));
    assert_eq!(refused(|it| it.packages = heavy("70.5", WeightUnit::Kilograms)).0, "packages.weight");
    assert_eq!(refused(|it| it.packages = heavy("0", WeightUnit::Pounds)).0, "packages.weight");
    assert_eq!(refused(|it| it.packages = Vec::new()).0, "packages");
    assert_eq!(refused(|it| it.packages = vec![it.packages[0].clone(); 201]).0, "packages");
    let mixed = |it: &mut Shipment| it.packages.extend(heavy("1", WeightUnit::Kilograms));
    assert_eq!(refused(mixed).0, "packages.unit");

    let sized = |length: &str, width: &str, height: &str| {
        let [length, width, height] = [length, width, height].map(number);
        move |it: &mut Shipment| {
            it.packages[0].dimensions = Some(Dimensions { length, width, height, unit: LengthUnit::Inches });
        }
    };
    assert_eq!(refused(sized("109", "1", "1")).0, "packages.dimensions");
    assert_eq!(refused(sized("60", "40", "20")).0, "packages.dimensions", "length and girth make 180");
    assert_eq!(refused(sized("10", "10", "0")).0, "packages.dimensions");
    let body = written(sized("4", "10.126", "8")).expect("it fits");
    let dimensions = &body["ShipmentRequest"]["Shipment"]["Package"][0]["Dimensions"];
    assert_eq!(dimensions["Length"], "10.13", "the longest side is the length");
    assert_eq!(dimensions["Height"], "4");

    let worth = |value: &str| {
        let declared = Amount::usd(number(value));
        move |it: &mut Shipment| it.packages[0].declared = Some(declared)
    };
    assert_eq!(refused(worth("100.001")).0, "packages.declared");
    let body = written(worth("100.50")).expect("it fits");
    let options = &body["ShipmentRequest"]["Shipment"]["Package"][0]["PackageServiceOptions"];
    assert_eq!(options["DeclaredValue"]["MonetaryValue"], "100.5");
}

#[test]
fn equal_requests_are_written_alike() {
    let mut other = order();
    other.shipment.references = vec![ReferenceNumber::new("TN", "another")];
    assert_eq!(order().body_json(), order().body_json());
    assert_ne!(order().body_json(), other.body_json());
    assert_eq!(shipment(), order().shipment);
}
