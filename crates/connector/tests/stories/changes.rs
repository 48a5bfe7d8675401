//! Changes in SYSPRO: edits, cancellations and further releases, before and after the label.

use connector::config::Mode;
use connector::engine::wishes::Wish;
use sandbox::world::DispatchNoteSpec;
use shipment::alarm::Kind as Alarm;
use shipment::document::Source;

use crate::dock::{Dock, SetUp, consignee, hours, minutes, note};

fn orders() -> SetUp {
    Dock::set_up().setting("source.0.kind", "sales_orders").setting("source.0.ready", vec!["4"])
}

fn order(number: &str) -> DispatchNoteSpec {
    DispatchNoteSpec::next().of_order(number).to(consignee("Denver")).order_status('4')
}

/// A clerk gives a bought order another ship-to: the label stays as it is, and somebody is told once.
async fn changed_after_booking(source: Source) {
    let dock = Dock::set_up().setting("source.0.kind", source.code()).without("source.0.ready").open().await;
    dock.places(source, "700100", "Denver");
    dock.settle().await;
    assert_eq!(dock.labels_bought(), 1);
    dock.sends_elsewhere(source, "700100", "Austin");
    dock.advance(hours(5)).await;
    let booked = dock.booked("700100").await;
    assert_eq!(booked.rated.packed.addressed.address.city, "DENVER");
    let codes: Vec<_> = booked.attention.iter().map(shipment::hold::Hold::code).collect();
    assert_eq!(codes, ["changed_after_booking"]);
    assert_eq!(dock.audit_of("700100").await.matches("changed in SYSPRO").count(), 1, "it is told once");
    assert_eq!(dock.labels_bought(), 1);

    // The clerk takes it back: there is nothing to look at any more.
    dock.sends_elsewhere(source, "700100", "Denver");
    dock.advance(hours(5)).await;
    assert!(dock.booked("700100").await.attention.is_empty());
    dock.until_quiet().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_note_changed_after_its_label_is_told_once() {
    Box::pin(changed_after_booking(Source::DispatchNotes)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_order_changed_after_its_label_is_told_once() {
    Box::pin(changed_after_booking(Source::SalesOrders)).await;
}

/// Cancelled after its label was bought and before UPS has scanned it: a void is proposed, and one word does it.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_void_is_proposed_for_what_was_cancelled_and_not_scanned() {
    let dock = Dock::open().await;
    dock.releases([note("700")]);
    dock.settle().await;
    let number = dock.only_tracking_number();
    assert_eq!(dock.tracking_in_syspro("700"), number);
    dock.sandbox.syspro().cancel("700");
    dock.advance(minutes(5)).await;
    let words = dock.booked("700").await.attention[0].words();
    assert!(words.contains("cancelled in SYSPRO; UPS has not scanned it, so a void is proposed"), "{words}");
    assert!(dock.alarm_kinds().await.contains(&Alarm::CancelledAfterBooking), "{:?}", dock.alarm_kinds().await);
    assert!(!dock.ledger().labels[0].voided, "nothing is voided without a word");

    dock.wishes_because("700", Wish::Void { restart: false }, "cancelled by the customer").await;
    dock.until_quiet().await;
    assert_eq!(dock.labels_bought(), 0);
    assert!(dock.audit_of("700").await.contains("ann: void asked: cancelled by the customer"));
}

/// Cancelled when the parcel is on its way already: no void is proposed, because UPS would refuse it.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_is_on_its_way_is_not_proposed_to_be_voided() {
    let dock = Dock::open().await;
    dock.releases([note("700")]);
    dock.advance(hours(30)).await;
    dock.sandbox.syspro().cancel("700");
    dock.advance(minutes(5)).await;
    let words = dock.booked("700").await.attention[0].words();
    assert!(words.contains("it is already on its way"), "{words}");
    dock.until_quiet().await;
    assert_eq!(dock.labels_bought(), 1);
}

/// Cancelled before its label, as an order: nothing is bought.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_order_cancelled_before_its_label_is_not_shipped() {
    let dock = orders().mode(Mode::Approve).open().await;
    dock.orders([order("500100")]);
    dock.until_quiet().await;
    dock.sandbox.syspro().set_order_status("500100", '*');
    dock.settle().await;
    assert_eq!(dock.stage_of("500100").await, "cancelled");
}

/// UPS has picked up the first part when the back order is released: it is a shipment of its own, without anybody's word.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_back_order_ships_by_itself_once_the_first_part_has_left() {
    let dock = orders().open().await;
    dock.orders([order("500100").partial_line("VLV-1010", 5, 2)]);
    dock.settle().await;
    dock.sandbox.syspro().set_order_status("500100", '2');
    dock.advance(hours(30)).await;
    dock.sandbox.syspro().release_back_order("500100").expect("three are owed");
    dock.advance(minutes(5)).await;
    let shipments = dock.shipments().await;
    assert_eq!(shipments.iter().map(|it| it.release.to_string()).collect::<Vec<_>>(), ["1", "2"]);
    assert!(shipments.iter().all(|it| it.hold_code.is_none()), "{shipments:?}");
    assert_eq!(dock.labels_bought(), 2);
    dock.until_quiet().await;
}

/// The first part still stands in the warehouse: whether the order was released anew or only set back is a person's to say.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_back_order_beside_a_package_that_has_not_left_is_asked_about() {
    let dock = orders().open().await;
    dock.orders([order("500100").partial_line("VLV-1010", 5, 2)]);
    dock.settle().await;
    dock.sandbox.syspro().set_order_status("500100", '2');
    dock.settle().await;
    dock.sandbox.syspro().release_back_order("500100").expect("three are owed");
    dock.settle().await;
    assert_eq!(dock.held_because("500100").await, "held_by_person");
    assert_eq!(dock.labels_bought(), 1);
    dock.wishes("500100", Wish::Release).await;
    dock.until_quiet().await;
    assert_eq!(dock.labels_bought(), 2);
}

/// One order leaves on several dispatch notes: each is a shipment of its own, and the order is told of each.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn several_notes_of_one_order_are_several_shipments() {
    let dock = Dock::open().await;
    dock.releases([note("700").of_order("500").line("VLV-1010", 1), note("701").of_order("500").line("VLV-1020", 2)]);
    dock.until_quiet().await;
    assert_eq!(dock.numbers_of_shipments().await, ["700", "701"]);
    assert_eq!(dock.labels_bought(), 2);
    for number in ["700", "701"] {
        assert_eq!(dock.stage_of(number).await, "delivered", "{number}");
        assert_ne!(dock.tracking_in_syspro(number), "", "{number}");
    }
}
