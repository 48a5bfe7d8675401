//! Tracking: from the first scan to the last, and what SYSPRO hears of it.

use sandbox::ups::Fate;
use sandbox::{Call, Fault, Kind};

use crate::dock::{Dock, days, hours, note};

/// A fresh label is unknown to tracking for a while: no news, no hold.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_label_without_scans_is_no_trouble() {
    let dock = Dock::set_up().ups(|it| it.manifest_delay = hours(5)).setting("tracking.every", "1h").open().await;
    dock.releases([note("700")]);
    dock.advance(hours(4)).await;
    assert_eq!(dock.stage_of("700").await, "booked");
    assert!(dock.booked("700").await.status().is_none());
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");
}

/// Two packages: the shipment is delivered when both are, not when the first is.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_shipment_is_delivered_when_all_its_packages_are() {
    let dock = Dock::open().await;
    dock.releases([note("700").of_order("500").line("PMP-1040", 4)]);
    dock.settle().await;
    let numbers: Vec<String> = dock.ledger().labels.iter().map(|it| it.tracking_number.clone()).collect();
    let (_, last) = dock.sandbox.ups().journey_of(&numbers[1]).expect("a journey");
    // At each question UPS knows the first package and not the second.
    while dock.now() < last + hours(6) {
        let unknown = Kind::Envelope {
            status: 404,
            code: "TW0001".to_owned(),
            message: "Tracking Information Not Found".to_owned(),
        };
        dock.fault(Fault::before(Call::Track, unknown).skipping(1));
        dock.advance(hours(6)).await;
    }
    assert_eq!(dock.stage_of("700").await, "booked");
    assert_ne!(dock.form_in_syspro("500", "SHPSTS"), "DELIVERED");
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");
    assert_eq!(dock.form_in_syspro("500", "SHPSTS"), "DELIVERED");
}

/// A storm, nobody in, an access point: each is told, and in the end it arrives.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_detour_is_told_and_ends() {
    for fate in [Fate::Delayed, Fate::SecondAttempt, Fate::AccessPoint] {
        let dock = Dock::set_up().setting("tracking.every", "2h").open().await;
        dock.releases([note("700").of_order("500")]);
        dock.settle().await;
        dock.sandbox.ups().decide_fate(&dock.only_tracking_number(), fate);
        dock.until_quiet().await;
        assert_eq!(dock.stage_of("700").await, "delivered", "{fate:?}");
        assert_eq!(dock.form_in_syspro("500", "SHPSTS"), "DELIVERED", "{fate:?}");
        let told = dock.events_of("700").await.iter().filter(|it| *it == "tracked").count();
        assert!(told >= 4, "{fate:?}: {}", dock.audit_of("700").await);
    }
}

/// Refused at the door: it comes back, SYSPRO says so and carries no delivery date.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_refused_parcel_comes_back() {
    let dock = Dock::set_up().setting("tracking.every", "2h").open().await;
    dock.releases([note("700").of_order("500")]);
    dock.settle().await;
    dock.sandbox.ups().decide_fate(&dock.only_tracking_number(), Fate::Refused);
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "ended");
    assert_eq!(dock.form_in_syspro("500", "SHPSTS"), "RETURNED");
    let delivered = dock.field_in_syspro("700", "ActualDeliveryDate");
    assert!(!delivered.starts_with("2026"), "{delivered}");
    insta::assert_snapshot!(dock.audit_of("700").await, @r#"
    received dispatch note 700 for COPPDW000
    address taken over in UPS's spelling: street "8753 TECHNOLOGY DR" for "8753 Technology Dr", city "DENVER" for "Denver", postal code "802167555" for "80216"
    1 package, 5.3 lb
    quoted Ground 16.37 USD for 2026-09-14
    booking asked, attempt 1
    booked 1Z… for 16.37 USD
    1 label delivered to labels
    tracking number written and read back; freight cost and ship date written and read back
    label created: Shipper created a label, UPS has not received the package yet. US
    shipping status written and read back
    picked up: Pickup Scan COLUMBUS OH US
    shipping status written and read back
    in transit: We have your package COLUMBUS OH US
    shipping status written and read back
    out for delivery: Out For Delivery Today DENVER CO US
    shipping status written and read back
    refused: The receiver refused the delivery. DENVER CO US
    shipping status written and read back
    returning: The package is being returned to the sender. DENVER CO US
    shipping status written and read back
    returned: Returned to the original sender COLUMBUS OH US
    shipping status written and read back
    "#);
}

/// A parcel that is never scanned is followed for as long as the site says, and no longer.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_parcel_that_never_left_is_given_up() {
    let dock = Dock::set_up()
        .ups(|it| it.manifest_delay = days(400))
        .setting("tracking.give_up_after", "3d")
        .setting("tracking.every", "2h")
        .open()
        .await;
    dock.releases([note("700")]);
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "booked");
    assert!(dock.next_due().await.is_none());
    let asked = dock.asked(&Call::Track);
    assert!((30..=40).contains(&asked), "{asked}");
}

/// Asked every two hours, not more often, and not at all once it has arrived.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn tracking_asks_in_its_own_rhythm() {
    let dock = Dock::set_up().setting("tracking.every", "2h").open().await;
    dock.releases([note("700")]);
    dock.until_quiet().await;
    let asked = dock.asked(&Call::Track);
    assert!((30..=60).contains(&asked), "{asked}");
    dock.advance(days(5)).await;
    assert_eq!(dock.asked(&Call::Track), asked);
}
