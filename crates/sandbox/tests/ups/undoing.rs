//! Void and recovery: every answer they have.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::counter::{Answer, Counter, REFERENCE, image, number, parcel, parcel_with, results};
use crate::customs::to_toronto;

async fn recover(counter: &Counter, request: Value) -> Answer {
    counter.post("/api/labels/v1/recovery", &json!({"LabelRecoveryRequest": request})).await
}

fn two_packages() -> Value {
    let one = parcel(REFERENCE)["ShipmentRequest"]["Shipment"]["Package"][0].clone();
    parcel_with("/Shipment/Package", json!([one, one]))
}

#[tokio::test]
async fn packages_are_voided_one_by_one_and_the_last_voids_the_shipment() {
    let counter = Counter::open().await;
    let answer = counter.ship(&two_packages()).await;
    let lead = number(&answer);
    let second = results(&answer)["PackageResults"][1]["TrackingNumber"].as_str().unwrap().to_owned();
    let partly = counter.void(&format!("{lead}?trackingnumber={second}")).await.body["VoidShipmentResponse"].clone();
    assert_eq!(partly["SummaryResult"]["Status"]["Description"], "Partially Voided");
    assert_eq!(partly["PackageLevelResult"][0]["Status"], json!({"Code": "1", "Description": "Voided"}));
    counter.sandbox.ups().change(|manners| manners.void_results_plural = true);
    let list = format!("{lead}?trackingnumber=%5B%22{lead}%22,%22{second}%22%5D");
    let rest = counter.void(&list).await.body["VoidShipmentResponse"].clone();
    assert_eq!(rest["SummaryResult"]["Status"]["Description"], "Voided");
    assert_eq!(rest["PackageLevelResults"][1]["Status"]["Description"], "Already Voided");
    counter.void(&lead).await.refused_with("190117");
    counter.sandbox.ups().change(|manners| manners.void_again_succeeds = true);
    assert_eq!(counter.void(&lead).await.status, 200);
    let ledger = counter.sandbox.ledger();
    assert!(ledger.labels.iter().all(|label| label.voided && label.voided_at.is_some()));
    assert_eq!(counter.bought(), 0);
}

#[tokio::test]
async fn a_void_is_refused_by_number_age_and_place() {
    let counter = Counter::open().await;
    let lead = number(&counter.ship(&parcel(REFERENCE)).await);
    counter.void("1Z").await.refused_with("190100");
    counter.void("1ZA1B2C30300000000").await.refused_with("190102");
    counter.void(&format!("{lead}?trackingnumber=string")).await.refused_with("190102");
    counter.void(&format!("{lead}?trackingnumber=1za1b2c30300000000")).await.refused_with("190109");
    counter.void(&format!("{lead}?trackingnumber=1ZA1B2C30300000000")).await.refused_with("190110");
    let crowd = vec![lead.clone(); 21].join(",");
    counter.void(&format!("{lead}?trackingnumber=%5B{crowd}%5D")).await.refused_with("190111");
    let abroad = number(&counter.ship(&to_toronto()).await);
    counter.void(&format!("{abroad}?trackingnumber={abroad}")).await.refused_with("190113");
    assert_eq!(counter.void(&abroad).await.status, 200);
    counter.sandbox.ups().change(|manners| manners.void_days = 0);
    counter.sandbox.clock().advance(SignedDuration::from_mins(1));
    counter.void(&lead).await.refused_with("190101");
}

#[tokio::test]
async fn a_return_is_voided_whole_and_early_or_not_at_all() {
    let mut counter = Counter::open().await;
    let lead = number(&counter.ship(&crate::returns::coming_back("9")).await);
    counter.void(&format!("{lead}?trackingnumber={lead}")).await.refused_with("190112");
    counter.sandbox.ups().change(|manners| manners.return_void_hours = Some(24));
    counter.wait(25).await;
    counter.void(&lead).await.refused_with("190101");
    counter.sandbox.ups().change(|manners| manners.return_void_hours = None);
    let (first_scan, _) = counter.sandbox.ups().journey_of(&lead).unwrap();
    counter.sandbox.clock().set(first_scan);
    counter.log_in().await;
    counter.void(&lead).await.refused_with("190104");
}

#[tokio::test]
async fn recovery_wants_exactly_one_locator_and_a_fitting_format() {
    let counter = Counter::open().await;
    let lead = number(&counter.ship(&parcel(REFERENCE)).await);
    let reference = json!({"ReferenceNumber": {"Value": REFERENCE}, "ShipperNumber": "A1B2C3"});
    for wrong in [
        json!({}),
        json!({"TrackingNumber": lead, "ReferenceValues": reference}),
        json!({"ReferenceValues": {"ReferenceNumber": {"Value": REFERENCE}}}),
        json!({"TrackingNumber": lead, "TrackingNumbers": ["1RABCDEFGHIJKLMN"]}),
    ] {
        recover(&counter, wrong).await.refused_with("9801030");
    }
    for code in ["GIF", "PDF"] {
        let specification =
            json!({"LabelImageFormat": {"Code": code}, "LabelStockSize": {"Height": "6", "Width": "4"}});
        let request = json!({"TrackingNumber": lead, "LabelSpecification": specification});
        recover(&counter, request).await.refused_with("9801050");
    }
    let strange = json!({"ReferenceNumber": {"Value": REFERENCE}, "ShipperNumber": "Z9Z9Z9"});
    recover(&counter, json!({"ReferenceValues": strange})).await.refused_with("9801031");
    recover(&counter, json!({"TrackingNumbers": ["1RABCDEFGHIJKLMN"]})).await.refused_with("9801031");
}

#[tokio::test]
async fn all_pages_of_a_recovered_pdf_stand_with_the_first_package() {
    let counter = Counter::open().await;
    let lead = number(&counter.ship(&two_packages()).await);
    let request = json!({"TrackingNumber": lead, "LabelSpecification": {"LabelImageFormat": {"Code": "PDF"}}});
    let answer = recover(&counter, request).await.body["LabelRecoveryResponse"].clone();
    let first = &answer["LabelResults"][0]["LabelImage"];
    assert_eq!(first["LabelImageFormat"]["Code"], "pdf");
    assert!(String::from_utf8(image(first)).unwrap().contains("/Count 2"));
    assert_eq!(answer["LabelResults"][1]["LabelImage"]["GraphicImage"], "");
    assert_eq!(answer["LabelResults"][0]["Receipt"], "");
    counter.sandbox.ups().change(|manners| manners.recovery_small_letters = false);
    let answer = recover(&counter, json!({"TrackingNumber": lead})).await.body["LabelRecoveryResponse"].clone();
    let label = &answer["LabelResults"][0]["LabelImage"];
    assert_eq!(label["LabelImageFormat"]["Code"], "GIF");
    assert!(label["HTMLImage"].is_string());
}

#[tokio::test]
async fn what_recovery_says_of_old_unready_and_voided_labels() {
    let counter = Counter::open().await;
    let lead = number(&counter.ship(&parcel(REFERENCE)).await);
    counter.sandbox.ups().change(|manners| {
        manners.recovery_unready = SignedDuration::from_mins(5);
        manners.recovery_unready_code = "9801039".to_owned();
        manners.recovery_days = Some(30);
    });
    counter.recover(REFERENCE).await.refused_with("9801039");
    counter.sandbox.clock().advance(SignedDuration::from_mins(10));
    assert_eq!(counter.recover(REFERENCE).await.status, 200);
    assert_eq!(counter.void(&lead).await.status, 200);
    counter.recover(REFERENCE).await.refused_with("9801040");
    let mut counter = counter;
    counter.ship(&parcel("ANOTHER-REFERENCE")).await;
    counter.wait(24 * 31).await;
    counter.recover("ANOTHER-REFERENCE").await.refused_with("9800020");
}

#[tokio::test]
async fn a_shipment_of_two_packages_may_be_recovered_in_pieces() {
    let counter = Counter::open().await;
    let lead = number(&counter.ship(&two_packages()).await);
    counter.sandbox.ups().change(|manners| manners.recovery_pieces = sandbox::ups::Pieces::Candidates);
    let listed = counter.recover(REFERENCE).await.body["LabelRecoveryResponse"].clone();
    assert_eq!(listed["TrackingCandidate"].as_array().map(Vec::len), Some(2));
    let second = listed["TrackingCandidate"][1]["TrackingNumber"].as_str().unwrap().to_owned();
    let request = json!({"TrackingNumber": second, "LabelSpecification": {"LabelImageFormat": {"Code": "GIF"}}});
    let alone = recover(&counter, request).await.body["LabelRecoveryResponse"].clone();
    assert_eq!(alone["ShipmentIdentificationNumber"], lead.as_str());
    // A list of one is folded, as everywhere in this version.
    assert_eq!(alone["LabelResults"]["TrackingNumber"], second.as_str());
    counter.sandbox.ups().change(|manners| manners.recovery_pieces = sandbox::ups::Pieces::First);
    let first = counter.recover(REFERENCE).await.body["LabelRecoveryResponse"].clone();
    assert_eq!(first["LabelResults"]["TrackingNumber"], lead.as_str());
    assert!(first["LabelResults"].is_object(), "one piece and no more");
}

#[tokio::test]
async fn a_parcel_may_travel_although_its_label_was_voided() {
    let mut counter = Counter::open().await;
    counter.sandbox.ups().change(|manners| manners.voided_travel = true);
    let lead = number(&counter.ship(&parcel(REFERENCE)).await);
    counter.wait(1).await;
    assert_eq!(counter.void(&lead).await.status, 200);
    counter.wait(30).await;
    let scans = counter.track(&lead).await;
    let told = scans.to_string();
    assert!(told.contains("\"007\"") && told.contains("\"type\":\"I\""), "{told}");
}
