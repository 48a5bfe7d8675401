//! Finding bookings again: the way out of a lost answer.

use serde_json::{Value, json};
use ups::{
    DocumentKind, Error, ImageFormat, LabelFormat, LabelSpec, LabelStock, Locator, Recovery, RecoveryAnswer,
    RecoveryRequest,
};

use crate::desk::{ACCOUNT, Desk, envelope};

const NUMBER: &str = "1Z999AA10123456784";

fn by_number() -> Locator {
    Locator::TrackingNumber(NUMBER.to_owned())
}

fn asked(request: &RecoveryRequest) -> Value {
    let text = request.body_json(ACCOUNT).expect("a request that fits");
    serde_json::from_str::<Value>(&text).expect("json")["LabelRecoveryRequest"].take()
}

/// UPS refuses none and two locators, a paper beside an image, and a locale beside a translation.
#[test]
fn a_question_has_one_locator_and_paper_only_for_printers() {
    let request = asked(&RecoveryRequest::new(Locator::reference("REF-1"), "ZPL"));
    let locator = json!({ "ReferenceNumber": { "Value": "REF-1" }, "ShipperNumber": ACCOUNT });
    assert_eq!(request["ReferenceValues"], locator);
    assert_eq!(request.get("TrackingNumber"), None);
    assert_eq!(
        request["LabelSpecification"],
        json!({
            "LabelImageFormat": { "Code": "ZPL" }, "LabelStockSize": { "Height": "6", "Width": "4" },
        })
    );
    assert_eq!(request["Translate"]["LanguageCode"], "eng");

    let request = asked(&RecoveryRequest::new(by_number(), "PDF"));
    assert_eq!((&request["TrackingNumber"], request.get("ReferenceValues")), (&json!(NUMBER), None));
    assert_eq!(request["LabelSpecification"], json!({ "LabelImageFormat": { "Code": "PDF" } }));

    let png = LabelSpec::from(LabelFormat::Png);
    let request = asked(&RecoveryRequest::like(by_number(), &png));
    assert_eq!(request["LabelSpecification"]["LabelImageFormat"]["Code"], "GIF", "recovery makes no PNG");
    let tall = LabelSpec::new(LabelFormat::Epl).on(LabelStock::FourByEight);
    let mut like = RecoveryRequest::like(by_number(), &tall);
    (like.locale, like.links) = (Some("de_DE".to_owned()), true);
    let request = asked(&like);
    assert_eq!(request["LabelSpecification"]["LabelStockSize"]["Height"], "8");
    assert_eq!((request["Locale"].as_str(), request.get("Translate")), (Some("de_DE"), None));
    assert_eq!(request["LabelDelivery"]["LabelLinkIndicator"], "");

    let other = Locator::Reference { value: "REF-1".to_owned(), account: Some("z9y8x7".to_owned()) };
    let request = asked(&RecoveryRequest::new(other, "GIF"));
    assert_eq!(request["ReferenceValues"]["ShipperNumber"], "Z9Y8X7");
    let mail = asked(&RecoveryRequest::new(Locator::MailInnovations("9261290100130000000000".to_owned()), "GIF"));
    assert_eq!(mail["MailInnovationsTrackingNumber"], "9261290100130000000000");
    let long = RecoveryRequest::new(Locator::reference("r".repeat(36)), "GIF").body_json(ACCOUNT);
    assert!(matches!(long, Err(Error::Invalid { field: "reference", .. })));
}

#[tokio::test]
async fn a_lost_booking_is_found_by_its_reference_with_its_papers() {
    let found = json!({ "LabelRecoveryResponse": {
        "Response": { "ResponseStatus": { "Code": "1" }, "TransactionReference": "" },
        "ShipmentIdentificationNumber": NUMBER,
        "LabelResults": {
            "TrackingNumber": NUMBER,
            "LabelImage": {
                "LabelImageFormat": { "Code": "zpl" }, "GraphicImage": "XlhB\r\nXlha", "HTMLImage": "PGh0bWw+",
                "URL": "https://www.ups.com/uel/llp/secret",
            },
            "Receipt": { "HTMLImage": "PGh0bWw+", "URL": "https://www.ups.com/uel/rcp/secret" },
        },
        "Form": { "Image": { "ImageFormat": { "Code": "PDF" }, "GraphicImage": "JVBERi0=" } },
        "CODTurnInPage": { "Image": { "ImageFormat": { "Code": "01" }, "GraphicImage": "PGh0bWw+" } },
        "HighValueReport": "",
    } });
    let desk = Desk::open().await.answers_json(200, found).await;
    let answer = desk.client.recover(&RecoveryRequest::new(Locator::reference("REF-1"), "ZPL")).await.expect("found");
    assert_eq!(desk.calls().await[0].url.path(), "/api/labels/v1/recovery");
    assert_eq!(answer.outcome.was_booked(), Some(true));
    assert!(!answer.raw.is_empty());
    let Recovery::Found(found) = answer.outcome else { panic!("it was found") };
    let label = found.packages[0].label.as_ref().expect("a label");
    assert_eq!((&label.format, label.bytes.as_ref()), (&ImageFormat::Zpl, b"^XA^XZ".as_slice()));
    let kinds: Vec<_> = found.packages[0].documents.iter().map(|it| (it.kind, it.format.clone())).collect();
    assert_eq!(kinds, [(DocumentKind::LabelPage, ImageFormat::Html), (DocumentKind::Receipt, ImageFormat::Html)]);
    let kinds: Vec<_> = found.documents.iter().map(|it| (it.kind, it.format.clone())).collect();
    let html = "the code 01 is told by the page itself";
    assert_eq!(kinds[0], (DocumentKind::InternationalForms, ImageFormat::Pdf));
    assert_eq!(kinds[1], (DocumentKind::CodTurnIn, ImageFormat::Html), "{html}");
    assert_eq!(kinds.len(), 2);
    assert!(found.links.label.is_some() && found.links.receipt.is_some());
    assert!(!format!("{found:?}").contains("secret"), "links are shown to nobody");
}

/// UPS tells by codes what became of a booking, with and without the outer envelope.
#[tokio::test]
async fn every_fate_of_a_booking_is_an_answer() {
    let told = async |answer: Value| {
        let desk = Desk::open().await.answers_json(400, answer).await;
        desk.client.recover(&RecoveryRequest::new(by_number(), "GIF")).await
    };
    let bare = json!({ "errors": [{ "code": "9801031", "message": "" }] });
    let not_ready = |code: &str| Recovery::ExistsNotReady { code: code.to_owned() };
    let cases = [
        (bare, Recovery::NotFound, None),
        (envelope("9801031"), Recovery::NotFound, None),
        (envelope("9801040"), Recovery::Voided, Some(true)),
        (envelope("9801028"), Recovery::AlreadySent, Some(true)),
        (envelope("9800020"), Recovery::Expired, Some(true)),
        (envelope("9801039"), not_ready("9801039"), Some(true)),
        (envelope("9801041"), not_ready("9801041"), Some(true)),
        (envelope("9801042"), not_ready("9801042"), Some(true)),
        (envelope("300001"), Recovery::Candidates(Vec::new()), None),
        (envelope("300035"), Recovery::Candidates(Vec::new()), None),
    ];
    for (answer, outcome, booked) in cases {
        let came = told(answer.clone()).await.expect("an answer");
        assert_eq!((&came.outcome, came.outcome.was_booked()), (&outcome, booked), "{answer}");
        assert_eq!(serde_json::from_slice::<Value>(&came.raw).expect("json"), answer, "the refusal is kept");
    }
    assert!(matches!(told(envelope("9801030")).await, Err(Error::Rejected { .. })), "it speaks of the request");
    let stock = told(envelope("9801050")).await;
    assert!(matches!(stock, Err(Error::Rejected { field: Some("stock"), .. })), "{stock:?}");
    for code in ["9800000", "9800001", "9801027"] {
        assert!(matches!(told(envelope(code)).await, Err(Error::Unavailable { .. })), "{code}");
    }
}

#[test]
fn a_reference_used_twice_brings_candidates() {
    let one = json!({ "TrackingNumber": NUMBER, "DestinationPostalCode": "94501", "DestinationCountryCode": "US",
        "PickupDateRange": { "BeginDate": "20260901", "EndDate": "20260930" } });
    let told = |candidates: &Value| {
        let answer = json!({ "LabelRecoveryResponse": {
            "Response": { "ResponseStatus": { "Code": 1 } }, "TrackingCandidate": candidates,
        } });
        RecoveryAnswer::from_raw(answer.to_string().as_bytes()).map(|answer| answer.outcome)
    };
    for (list, count) in [(one.clone(), 1), (json!([one, { "TrackingNumber": "1Z204W4R0308071865" }]), 2)] {
        let Ok(Recovery::Candidates(candidates)) = told(&list) else { panic!("{list}") };
        assert_eq!((candidates.len(), candidates[0].tracking_number.as_str()), (count, NUMBER));
        assert_eq!(candidates[0].pickup.expect("a range").0, jiff::civil::date(2026, 9, 1));
    }
    assert!(matches!(told(&json!([])), Err(Error::Unreadable { .. })), "neither a package nor a candidate");
}
