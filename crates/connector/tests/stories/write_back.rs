//! Write-back: SYSPRO is told, and what counts is the reading afterwards.

use connector::engine::wishes::Wish;
use sandbox::world::{FormField, FormKind};
use sandbox::{Call, Fault, Kind};
use shipment::alarm::Kind as Alarm;

use crate::dock::{Dock, hours, minutes, note};

fn ways() -> [Kind; 6] {
    [Kind::Reset, Kind::Truncated, Kind::Garbage, Kind::Html(502), Kind::Status(500), Kind::Text(200, String::new())]
}

/// What SYSPRO says when it pretends to have written.
fn says_it_wrote() -> Kind {
    let answer = "<?xml version=\"1.0\" encoding=\"Windows-1252\"?><postdispnoteheader Language='05'><Item><DispatchNote>\
                  000000000000700</DispatchNote></Item><StatusofItems><ItemsProcessed>000001</ItemsProcessed>\
                  <ItemsInvalid>000000</ItemsInvalid></StatusofItems></postdispnoteheader>";
    Kind::Text(200, answer.to_owned())
}

/// The answer to a post is lost after SYSPRO has written: the reading proves it, so it is not posted again.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_lost_answer_is_settled_by_reading() {
    for call in [Call::post("SORTDH"), Call::Setup(Some("COMSFM".to_owned()))] {
        for kind in ways() {
            let dock = Dock::open().await;
            dock.loses_the_answer_to(call.clone(), kind.clone());
            dock.releases([note("700").of_order("500")]);
            dock.settle().await;
            assert_eq!(dock.tracking_in_syspro("700"), dock.only_tracking_number(), "{call} {kind}");
            assert_eq!(dock.asked(&Call::post("SORTDH")), 1, "{call} {kind}");
            dock.until_quiet().await;
            assert_eq!(dock.stage_of("700").await, "delivered", "{call} {kind}");
            assert_eq!(dock.form_in_syspro("500", "SHPSTS"), "DELIVERED", "{call} {kind}");
        }
    }
}

/// The post never reached SYSPRO: the reading shows it, and it is posted again.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_post_that_never_arrived_is_repeated() {
    for kind in ways() {
        let dock = Dock::open().await;
        dock.never_hears(Call::post("SORTDH"), kind.clone());
        dock.releases([note("700").of_order("500")]);
        dock.until_quiet().await;
        assert_eq!(dock.tracking_in_syspro("700"), dock.only_tracking_number(), "{kind}");
        assert_eq!(dock.stage_of("700").await, "delivered", "{kind}");
    }
}

/// SYSPRO hangs in the middle of a post: the session is not trusted any more, a new one finds the work done.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_hanging_post_is_settled_in_a_new_session() {
    let dock = Dock::set_up().setting("syspro.timeout", "1s").open().await;
    dock.loses_the_answer_to(Call::post("SORTDH"), Kind::Hang);
    dock.releases([note("700")]);
    dock.settle().await;
    assert_eq!(dock.tracking_in_syspro("700"), dock.only_tracking_number());
    assert_eq!(dock.ledger().logons, 2);
    assert_eq!(dock.asked(&Call::post("SORTDH")), 1);
    dock.until_quiet().await;
}

/// SYSPRO says "processed" and has not written: only the reading counts. After some tries a person is asked.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn success_without_writing_is_noticed() {
    let dock = Dock::open().await;
    dock.fault(Fault::before(Call::post("SORTDH"), says_it_wrote()).times(2));
    dock.releases([note("700")]);
    dock.until_quiet().await;
    assert_eq!(dock.tracking_in_syspro("700"), dock.only_tracking_number());

    dock.fault(Fault::before(Call::post("SORTDH"), says_it_wrote()).times(Fault::FOREVER));
    dock.releases([note("701")]);
    dock.advance(hours(2)).await;
    let hold = dock.hold_of("701").await;
    assert_eq!(hold.code(), "write_back_refused");
    assert!(hold.words().contains("tracking number"), "{}", hold.words());

    dock.sandbox.faults().clear();
    dock.wishes("701", Wish::Retry).await;
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("701").await, "delivered");
    assert_eq!(dock.tracking_in_syspro("701"), dock.booked("701").await.waybill.tracking_numbers[0].as_str());
    assert!(dock.state_of("701").await.hold().is_none());
}

/// A site without a ship date on its form: the rest is written, nobody is bothered.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_missing_form_field_costs_only_itself() {
    let dock = Dock::open().await;
    dock.sandbox.syspro().remove_form_field("SHPDAT");
    dock.releases([note("700").of_order("500")]);
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");
    assert!(dock.form_in_syspro("500", "FRTCST").starts_with("16.37"));
    assert_eq!(dock.form_in_syspro("500", "TRKNUM"), dock.only_tracking_number());
    assert!(dock.audit_of("700").await.contains("the order form has no field SHPDAT"));
    let told: Vec<_> = dock.alarms().await.into_iter().map(|it| (it.kind, it.subject)).collect();
    assert_eq!(told, [(Alarm::FormFieldMissing, "ORD/SHPDAT".to_owned())]);
    assert!(dock.state_of("700").await.hold().is_none());
}

/// Without a field for the tracking number somebody must look; when it has been made, a retry fills it.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_missing_tracking_field_is_shown_and_filled_once_it_exists() {
    let dock = Dock::open().await;
    dock.sandbox.syspro().remove_form_field("TRKNUM");
    dock.releases([note("700").of_order("500")]);
    dock.settle().await;
    let hold = dock.hold_of("700").await;
    assert_eq!(hold.code(), "write_back_refused");
    assert!(hold.words().contains("TRKNUM"), "{}", hold.words());
    assert_eq!(dock.tracking_in_syspro("700"), dock.only_tracking_number(), "the note itself carries it");

    dock.sandbox.syspro().add_form_field(FormField::new("TRKNUM", "TrackingNumber", FormKind::Alpha(40)));
    dock.wishes("700", Wish::Retry).await;
    dock.until_quiet().await;
    assert_eq!(dock.form_in_syspro("500", "TRKNUM"), dock.only_tracking_number());
    assert!(dock.state_of("700").await.hold().is_none());
}

/// Invoiced on the day it left: the delivery date can no longer be written, and that is in order.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_invoiced_note_closes_the_delivery_write() {
    let dock = Dock::open().await;
    dock.releases([note("700").of_order("500")]);
    dock.settle().await;
    dock.sandbox.syspro().invoice("700").expect("an invoice");
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");
    assert!(dock.state_of("700").await.hold().is_none(), "{:?}", dock.state_of("700").await.hold());
    assert!(dock.audit_of("700").await.contains("delivery date not written: the dispatch note is invoiced"));
    assert_eq!(dock.tracking_in_syspro("700"), dock.only_tracking_number());
}

/// Invoiced before it arrived, at a site that wants lines and copies: the date and the line close as not written, and the
/// form's copy that belongs to the invoice is told how it ended.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_invoice_s_copy_of_the_form_is_told_the_delivery() {
    let dock = Dock::set_up()
        .setting("write_back.form_object", "comtfm")
        .setting("write_back.custom_form.invoice_copy", true)
        .setting("write_back.delivery_comment", "document")
        .open()
        .await;
    dock.releases([note("700").of_order("500"), note("701").of_order("501")]);
    dock.settle().await;
    let invoice = dock.sandbox.syspro().invoice("700").expect("an invoice");
    let copied = |column: &str| {
        let key = format!("{:0>15}", "500");
        dock.sandbox.syspro().cell("CusSorMaster+", &[&key, &invoice], column).expect("a copy")
    };
    assert_ne!(copied("ShipmentStatus"), "DELIVERED");
    let lines = dock.sandbox.syspro().comments("700").len();
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");
    assert!(dock.state_of("700").await.hold().is_none(), "{:?}", dock.state_of("700").await.hold());
    let audit = dock.audit_of("700").await;
    for told in [
        "delivery date not written: the dispatch note is invoiced",
        "comment line of the delivery not written: the dispatch note is invoiced",
        "status on the invoice's copy of the form written and read back",
    ] {
        assert!(audit.contains(told), "{told}: {audit}");
    }
    assert_eq!(copied("ShipmentStatus"), "DELIVERED");
    assert_eq!(copied("TrackingNumber"), dock.tracking_in_syspro("700"));
    assert_eq!(dock.form_in_syspro("500", "SHPSTS"), "DELIVERED", "the order's own form as well");
    assert_eq!(dock.sandbox.syspro().comments("700").len(), lines);

    let audit = dock.audit_of("701").await;
    let why = "status on the invoice's copy of the form not written: the order has no invoice";
    assert!(audit.contains(why), "{audit}");
    assert!(dock.state_of("701").await.hold().is_none());
}

/// Invoiced before the tracking number was written: it cannot be any more, and somebody is told.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_note_invoiced_too_early_is_told() {
    let dock = Dock::open().await;
    dock.fault(Fault::before(Call::Logon, Kind::Status(503)).times(Fault::FOREVER));
    dock.releases([note("700").of_order("500")]);
    dock.settle().await;
    dock.sandbox.syspro().invoice("700").expect("an invoice");
    dock.sandbox.faults().clear();
    dock.advance(hours(1)).await;
    let hold = dock.hold_of("700").await;
    assert_eq!(hold.code(), "write_back_refused");
    assert!(hold.words().contains("invoiced"), "{}", hold.words());
    dock.until_quiet().await;
}

/// Thirty notes at once share a few documents, and none shares another's fate.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn many_notes_share_documents_and_no_fate() {
    let dock = Dock::open().await;
    let numbers: Vec<String> = (700..730).map(|it| it.to_string()).collect();
    dock.releases(numbers.iter().map(|it| note(it)));
    dock.app.poll().await.expect("polled");
    // One of them is closed while its label is bought.
    dock.sandbox.syspro().set_status("712", '9');
    dock.app.drive().await.expect("driven");
    assert_eq!(dock.labels_bought(), 30);
    assert!(dock.asked(&Call::post("SORTDH")) < 30, "{}", dock.asked(&Call::post("SORTDH")));
    for number in numbers.iter().filter(|it| *it != "712") {
        let lead = dock.booked(number).await.waybill.tracking_numbers[0].to_string();
        assert_eq!(dock.tracking_in_syspro(number), lead, "{number}");
    }
    assert_eq!(dock.held_because("712").await, "write_back_refused");
    dock.until_quiet().await;
}

/// A field that holds 15 characters: SYSPRO refuses the number, and says so in its own words.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_refused_value_is_shown_in_syspros_words() {
    let dock = Dock::open().await;
    let refused = "<?xml version=\"1.0\" encoding=\"Windows-1252\"?><postdispnoteheader Language='05'><Item><DispatchNote>\
                   000000000000700</DispatchNote><UserField1><Value>1Z</Value><ErrorNumber>280012</ErrorNumber>\
                   <ErrorDescription>User field 1 is too long</ErrorDescription></UserField1></Item><StatusofItems>\
                   <ItemsProcessed>000000</ItemsProcessed><ItemsInvalid>000001</ItemsInvalid></StatusofItems>\
                   </postdispnoteheader>";
    dock.fault(Fault::before(Call::post("SORTDH"), Kind::Text(200, refused.to_owned())));
    dock.releases([note("700")]);
    dock.settle().await;
    let hold = dock.hold_of("700").await;
    assert_eq!(hold.code(), "write_back_refused");
    assert!(hold.words().contains("User field 1 is too long"), "{}", hold.words());
    dock.wishes("700", Wish::Retry).await;
    dock.advance(minutes(1)).await;
    assert!(dock.state_of("700").await.hold().is_none());
    dock.until_quiet().await;
}

/// SYSPRO takes only short addresses: documents are made smaller, and every note is told.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn documents_too_long_for_an_address_are_made_smaller() {
    let dock = Dock::set_up()
        .syspro(|it| {
            it.url_limit = 1_900;
            it.post_ld = false;
        })
        .open()
        .await;
    let numbers: Vec<String> = (700..712).map(|it| it.to_string()).collect();
    dock.releases(numbers.iter().map(|it| note(it)));
    dock.settle().await;
    for number in &numbers {
        let lead = dock.booked(number).await.waybill.tracking_numbers[0].to_string();
        assert_eq!(dock.tracking_in_syspro(number), lead, "{}", dock.audit_of(number).await);
    }
    dock.until_quiet().await;
}
