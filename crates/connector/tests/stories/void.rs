//! Void: undoing a label, at UPS and in SYSPRO.

use connector::engine::wishes::Wish;
use sandbox::{Call, Fault, Kind};

use crate::dock::{Dock, hours, note};

/// The customer calls at noon: the label is voided and SYSPRO says so.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_voided_label_is_taken_back_out_of_syspro() {
    let dock = Dock::open().await;
    dock.releases([note("700").of_order("500")]);
    dock.settle().await;
    dock.wishes_because("700", Wish::Void { restart: false }, "the customer cancelled").await;
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "voided");
    assert_eq!(dock.labels_bought(), 0);
    assert_eq!(dock.tracking_in_syspro("700"), "VOID");
    assert_eq!(dock.form_in_syspro("500", "TRKNUM"), "VOID");
    insta::assert_snapshot!(dock.audit_of("700").await, @r#"
    received dispatch note 700 for COPPDW000
    address taken over in UPS's spelling: street "8753 TECHNOLOGY DR" for "8753 Technology Dr", city "DENVER" for "Denver", postal code "802167555" for "80216"
    1 package, 5.3 lb
    quoted Ground 16.37 USD for 2026-09-14
    booking asked, attempt 1
    booked 1Z… for 16.37 USD
    1 label delivered to labels
    tracking number written and read back; freight cost and ship date written and read back
    ann: void asked: the customer cancelled
    voided 1Z… at UPS
    removal of the voided tracking number written and read back
    "#);
}

/// A wrong box: void, start again, and the new number replaces the old one everywhere.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_voided_label_can_be_started_again() {
    let dock = Dock::open().await;
    dock.releases([note("700").of_order("500")]);
    dock.settle().await;
    let first = dock.only_tracking_number();
    dock.wishes_because("700", Wish::Void { restart: true }, "packed anew").await;
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");
    let second = dock.only_tracking_number();
    assert_ne!(first, second);
    assert_eq!(dock.tracking_in_syspro("700"), second);
    assert_eq!(dock.form_in_syspro("500", "TRKNUM"), second);
    assert_eq!(dock.labels_in_folder().len(), 2, "the old label is not printed a second time");
    insta::assert_snapshot!(dock.audit_of("700").await, @r#"
    received dispatch note 700 for COPPDW000
    address taken over in UPS's spelling: street "8753 TECHNOLOGY DR" for "8753 Technology Dr", city "DENVER" for "Denver", postal code "802167555" for "80216"
    1 package, 5.3 lb
    quoted Ground 16.37 USD for 2026-09-14
    booking asked, attempt 1
    booked 1Z… for 16.37 USD
    1 label delivered to labels
    tracking number written and read back; freight cost and ship date written and read back
    ann: void asked: packed anew
    voided 1Z… at UPS
    removal of the voided tracking number written and read back
    starts again after the void
    address taken over in UPS's spelling: street "8753 TECHNOLOGY DR" for "8753 Technology Dr", city "DENVER" for "Denver", postal code "802167555" for "80216"
    1 package, 5.3 lb
    quoted Ground 16.37 USD for 2026-09-14
    booking asked, attempt 2
    booked 1Z… for 16.37 USD
    1 label delivered to labels
    tracking number written and read back; freight cost and ship date written and read back
    label created: Shipper created a label, UPS has not received the package yet. US
    shipping status written and read back
    picked up: Pickup Scan COLUMBUS OH US
    shipping status written and read back
    in transit: Departed from Facility COLUMBUS OH US
    shipping status written and read back
    out for delivery: Out For Delivery Today DENVER CO US
    shipping status written and read back
    delivered: DELIVERED DENVER CO US
    shipping status written and read back; delivery date written and read back
    "#);
}

/// The answer to the void is lost: asking again finds it voided.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_lost_answer_to_a_void_is_asked_again() {
    for kind in [Kind::Reset, Kind::Truncated, Kind::Garbage, Kind::Html(502), Kind::Status(500)] {
        let dock = Dock::open().await;
        dock.releases([note("700")]);
        dock.settle().await;
        dock.loses_the_answer_to(Call::Void, kind.clone());
        dock.wishes("700", Wish::Void { restart: false }).await;
        dock.until_quiet().await;
        assert_eq!(dock.stage_of("700").await, "voided", "{kind}");
        assert_eq!(dock.tracking_in_syspro("700"), "VOID", "{kind}");
    }
}

/// Delivered already: UPS refuses, and somebody is told.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_delivered_parcel_is_not_voided() {
    let dock = Dock::open().await;
    dock.releases([note("700")]);
    dock.until_quiet().await;
    dock.wishes("700", Wish::Void { restart: false }).await;
    dock.until_quiet().await;
    assert_eq!(dock.held_because("700").await, "void_refused");
    assert_eq!(dock.tracking_in_syspro("700"), dock.only_tracking_number());
}

/// UPS is away when somebody wants to void: it waits and is done when UPS is back.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_void_waits_for_ups() {
    let dock = Dock::open().await;
    dock.releases([note("700")]);
    dock.settle().await;
    dock.sandbox.shut_ups().await;
    dock.wishes("700", Wish::Void { restart: false }).await;
    dock.advance(hours(3)).await;
    assert_eq!(dock.stage_of("700").await, "booked");
    dock.sandbox.reopen_ups().await;
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "voided");
}

/// Voided before it was written back: SYSPRO never shows the number.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_label_voided_before_its_write_back_is_never_shown() {
    let dock = Dock::open().await;
    dock.fault(
        Fault::before(Call::Logon, Kind::Text(200, "ERROR: the service is starting".to_owned())).times(Fault::FOREVER),
    );
    dock.releases([note("700")]);
    dock.settle().await;
    assert_eq!(dock.stage_of("700").await, "booked");
    dock.wishes("700", Wish::Void { restart: false }).await;
    dock.sandbox.faults().clear();
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "voided");
    assert_eq!(dock.tracking_in_syspro("700"), "");
}

/// One of three boxes is taken out again: its label is voided, the others go on, and SYSPRO is told the numbers that remain.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn one_package_of_several_is_voided() {
    let dock = Dock::open().await;
    dock.releases([note("700").line("PMP-1040", 6).of_order("500")]);
    dock.settle().await;
    let numbers = dock.booked("700").await.waybill.tracking_numbers;
    assert!(numbers.len() > 1, "one box is no story");
    let lead = numbers[0].clone();
    dock.wishes_because("700", Wish::VoidPackages { packages: vec![lead.clone()] }, "one box less").await;
    dock.settle().await;
    let standing: Vec<_> = dock.ledger().labels.into_iter().filter(|it| !it.voided).collect();
    assert_eq!(standing.len(), numbers.len() - 1);
    let booked = dock.booked("700").await;
    assert_eq!((booked.voided_packages.as_slice(), booked.void.is_none()), ([lead].as_slice(), true));
    let told = dock.audit_of("700").await;
    assert_eq!(dock.tracking_in_syspro("700"), numbers[1].as_str(), "{told}");
    assert_eq!(dock.field_in_syspro("700", "UserField2"), (numbers.len() - 1).to_string());
    assert_eq!(dock.form_in_syspro("500", "TRKNUM"), numbers[1].as_str());

    dock.wishes_because("700", Wish::VoidPackages { packages: numbers[1..].to_vec() }, "all of it, then").await;
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "voided", "with the last package the shipment is void");
    assert_eq!((dock.labels_bought(), dock.tracking_in_syspro("700").as_str()), (0, "VOID"));
}

/// UPS's codes are told in words that say what to do; one that nobody knows is shown as it came.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_ups_says_of_a_void_is_put_into_words() {
    let cases = [
        ("190101", "the time for voiding is over (190101); ask UPS to void it by telephone"),
        ("190102", "UPS finds no such shipment that can still be voided (190102)"),
        ("190103", "UPS has picked it up, or is just doing so (190103); stop the parcel"),
        ("190113", "an international shipment is voided as a whole only (190113)"),
        ("190199", "As UPS said it (190199)"),
    ];
    for (code, words) in cases {
        let dock = Dock::open().await;
        dock.releases([note("700")]);
        dock.settle().await;
        let refusal = Kind::Envelope { status: 400, code: code.to_owned(), message: "As UPS said it".to_owned() };
        dock.fault(Fault::before(Call::Void, refusal));
        dock.wishes("700", Wish::Void { restart: false }).await;
        let hold = dock.hold_of("700").await;
        assert_eq!(hold.code(), "void_refused");
        assert!(hold.words().contains(words), "{code}: {}", hold.words());
        dock.until_quiet().await;
    }
}

/// The box was in the driver's hands when its label was voided: UPS scans it, and somebody is told.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_voided_label_that_travels_is_told() {
    let dock = Dock::set_up().ups(|it| it.voided_travel = true).open().await;
    dock.releases([note("700")]);
    dock.advance(hours(1)).await;
    dock.wishes_because("700", Wish::Void { restart: false }, "the customer cancelled").await;
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "voided");
    let hold = dock.hold_of("700").await;
    assert_eq!(hold.code(), "voided_but_scanned");
    assert!(hold.words().contains("UPS has scanned the package"), "{}", hold.words());
    assert_eq!(dock.tracking_in_syspro("700"), "VOID");
}

/// Void and restart keeps both labels: the first one is what a driver may still hold in his hands.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_label_of_a_voided_attempt_is_kept() {
    let dock = Dock::open().await;
    dock.releases([note("700")]);
    dock.settle().await;
    let first = dock.only_tracking_number();
    dock.wishes_because("700", Wish::Void { restart: true }, "packed anew").await;
    dock.until_quiet().await;
    let row = dock.shipment("700").await;
    let label_of = async |attempt: u32| {
        let attempt = shipment::number::AttemptNumber(attempt);
        let labels = dock.app.store.labels_of_attempt(&dock.site, row.id, attempt).await.expect("a store");
        labels.into_iter().map(|it| it.label.tracking_number.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(label_of(1).await, [first]);
    assert_eq!(label_of(2).await, [dock.only_tracking_number()]);
    let newest = dock.app.store.labels_of(&dock.site, row.id).await.expect("a store");
    assert_eq!(newest.len(), 1, "people are shown the one that counts");
}
