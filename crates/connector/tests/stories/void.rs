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
