//! Intake: one shipment per release, however often and however it is read.

use super::super::PollerRow;
use super::*;

on_both!(
    a_release_becomes_one_shipment_however_often_it_is_read,
    the_next_release_of_an_order_is_another_shipment,
    a_page_is_received_whole_or_not_at_all,
    what_was_seen_is_remembered_until_it_leaves,
    a_poll_goes_on_where_it_was,
    a_document_of_the_same_order_counts_as_one_with_the_shipment_there_is,
    what_is_over_or_was_never_begun_links_nothing,
    a_voided_shipment_that_is_to_be_shipped_again_is_alive,
    what_comes_back_is_linked_when_the_order_has_shipped_meanwhile
);

async fn a_release_becomes_one_shipment_however_often_it_is_read(on: On) {
    let shelf = Shelf::on(on).await;
    let first = shelf.shipment("dayton", "000000000000346").await;
    // The same page again, and the same document in its short spelling.
    let again = [arrival("000000000000346"), arrival("346")];
    let received = shelf.store.receive(&dayton(), &again, noon()).await.expect("received");
    assert_eq!(received, [Received::Known(first), Received::Known(first)]);
    assert_eq!(shelf.store.audit_of(&dayton(), first).await.expect("read").len(), 1);
    let stands = shelf.store.shipment(&dayton(), first).await.expect("read").expect("a row");
    assert_eq!(stands.document.as_str(), "000000000000346");
}

async fn the_next_release_of_an_order_is_another_shipment(on: On) {
    let shelf = Shelf::on(on).await;
    let first = shelf.shipment("dayton", "346").await;
    let next = Arrival { release: ReleaseNumber(2), ..arrival("346") };
    let received = shelf.store.receive(&dayton(), &[next], noon()).await.expect("received");
    assert!(matches!(received[..], [Received::New(id)] if id != first), "{received:?}");
    let number = "346".parse().expect("a number");
    let found = shelf.store.find(Some(&dayton()), &number).await.expect("read");
    let releases: Vec<_> = found.iter().map(|row| (row.source, row.release)).collect();
    assert_eq!(releases, [1, 2].map(|release| (Source::DispatchNotes, ReleaseNumber(release))));
}

async fn a_page_is_received_whole_or_not_at_all(on: On) {
    let shelf = Shelf::on(on).await;
    let unknown_site = shelf.store.receive(&site("nowhere"), &[arrival("1")], noon()).await;
    assert!(matches!(unknown_site, Err(StoreError::Database { .. })), "{unknown_site:?}");
    assert_eq!(shelf.number("SELECT COUNT(*) FROM shipments").await, 0);
    assert_eq!(shelf.number("SELECT COUNT(*) FROM sightings").await, 0);
}

async fn what_was_seen_is_remembered_until_it_leaves(on: On) {
    let shelf = Shelf::on(on).await;
    let id = shelf.shipment("dayton", "000346").await;
    let fedex = NewSighting {
        document: "347".parse().expect("a number"),
        verdict: "other_carrier".to_owned(),
        ship_via: "FEDEX 2DAY".to_owned(),
        ..arrival("347").sighting
    };
    let twice = [fedex.clone(), NewSighting { fingerprint: "h2".to_owned(), ..fedex.clone() }];
    shelf.store.see(&dayton(), Source::DispatchNotes, &twice, noon() + hours(1)).await.expect("seen");

    let seen = shelf.store.sightings(&dayton(), Source::DispatchNotes).await.expect("read");
    assert_eq!(seen["346"].shipment, Some(id));
    assert_eq!((seen["347"].fingerprint.as_str(), seen["347"].shipment), ("h2", None));
    let counted = shelf.store.ship_vias(&dayton(), "other_carrier").await.expect("counted");
    assert_eq!(counted, [("FEDEX 2DAY".to_owned(), 1)]);

    // Seen again: the first time and the shipment stay.
    shelf
        .store
        .see(&dayton(), Source::DispatchNotes, &[arrival("346").sighting], noon() + hours(2))
        .await
        .expect("seen");
    let seen = shelf.store.sightings(&dayton(), Source::DispatchNotes).await.expect("read");
    assert_eq!((seen["346"].shipment, seen["346"].first_seen), (Some(id), noon()));
    assert_eq!(seen["346"].last_seen, noon() + hours(2));

    shelf.store.forget(&dayton(), Source::DispatchNotes, &["347".to_owned()]).await.expect("forgotten");
    let seen = shelf.store.sightings(&dayton(), Source::DispatchNotes).await.expect("read");
    assert_eq!(seen.keys().collect::<Vec<_>>(), ["346"]);
}

async fn a_poll_goes_on_where_it_was(on: On) {
    let shelf = Shelf::on(on).await;
    let fresh = shelf.store.poller(&dayton(), Source::Invoices).await.expect("read");
    assert_eq!(fresh.baseline_at, None);
    let row = PollerRow {
        baseline_at: Some(noon()),
        last_poll: Some(noon() + hours(1)),
        watermark: Some(jiff::civil::date(2026, 11, 16)),
        paused_reason: None,
        leave_until: None,
    };
    shelf.store.put_poller(&dayton(), Source::Invoices, &row, noon()).await.expect("put");
    let later = PollerRow { paused_reason: Some("61 new orders in one cycle".to_owned()), ..row };
    shelf.store.put_poller(&dayton(), Source::Invoices, &later, noon()).await.expect("put");
    assert_eq!(shelf.store.poller(&dayton(), Source::Invoices).await.expect("read"), later);
}

/// An invoice of the order that a dispatch note ships, and an order of its own beside it.
fn invoice(number: &str, order: &str) -> Arrival {
    let sales_orders = vec![order.parse().expect("an order")];
    Arrival { source: Source::Invoices, sales_orders, ..arrival(number) }
}

async fn a_document_of_the_same_order_counts_as_one_with_the_shipment_there_is(on: On) {
    let shelf = Shelf::on(on).await;
    let note = shelf.shipment("dayton", "700").await;
    // The order's number is written shorter on the invoice.
    let arrivals = [invoice("9001", "346"), invoice("9002", "347")];
    let received = shelf.store.receive(&dayton(), &arrivals, noon()).await.expect("received");
    assert!(matches!(received[..], [Received::Linked(first), Received::New(_)] if first == note), "{received:?}");
    assert_eq!(shelf.number("SELECT COUNT(*) FROM shipments").await, 2);
    // Only what was made is remembered by then: a crash before the wish would lose the link else.
    let seen = shelf.store.sightings(&dayton(), Source::Invoices).await.expect("read");
    assert_eq!(seen.keys().collect::<Vec<_>>(), ["9002"]);
    let sighting = NewSighting { verdict: "linked".to_owned(), shipment: Some(note), ..arrivals[0].sighting.clone() };
    shelf.store.see(&dayton(), Source::Invoices, &[sighting], noon()).await.expect("seen");
    let linked = shelf.store.linked_to(&dayton(), note).await.expect("read");
    assert_eq!(linked, [(Source::Invoices, "9001".to_owned())]);
    // Judged again and not ours: the other shipment is no longer its own business.
    let not_ours = NewSighting { verdict: "other_carrier".to_owned(), ..arrivals[0].sighting.clone() };
    shelf.store.see(&dayton(), Source::Invoices, &[not_ours], noon()).await.expect("seen");
    let seen = shelf.store.sightings(&dayton(), Source::Invoices).await.expect("read");
    assert_eq!((seen["9001"].verdict.as_str(), seen["9001"].shipment), ("other_carrier", None));
    // Several dispatch notes of one order are several shipments, as ever.
    assert_ne!(shelf.shipment("dayton", "701").await, note);
}

async fn what_is_over_or_was_never_begun_links_nothing(on: On) {
    for stage in ["voided", "cancelled", "ended", "already_there"] {
        let shelf = Shelf::on(on.another().await).await;
        let over = Arrival { stage: stage.to_owned(), ..arrival("700") };
        shelf.store.receive(&dayton(), &[over], noon()).await.expect("received");
        let received = shelf.store.receive(&dayton(), &[invoice("9001", "346")], noon()).await.expect("received");
        assert!(matches!(received[..], [Received::New(_)]), "{stage}: {received:?}");
    }
}

async fn a_voided_shipment_that_is_to_be_shipped_again_is_alive(on: On) {
    for (restart, links) in [(true, true), (false, false)] {
        let shelf = Shelf::on(on.another().await).await;
        let voided = serde_json::json!({ "Voided": { "at": noon(), "restart": restart } });
        let state = serde_json::json!({ "state": { "Booked": { "void": voided } } }).to_string();
        let note = Arrival { stage: "voided".to_owned(), state, ..arrival("700") };
        shelf.store.receive(&dayton(), &[note], noon()).await.expect("received");
        let received = shelf.store.receive(&dayton(), &[invoice("9001", "346")], noon()).await.expect("received");
        assert_eq!(matches!(received[..], [Received::Linked(_)]), links, "{received:?}");
    }
}

async fn what_comes_back_is_linked_when_the_order_has_shipped_meanwhile(on: On) {
    for (stage, links) in [("cancelled", true), ("already_there", true), ("ended", true), ("rated", false)] {
        let shelf = Shelf::on(on.another().await).await;
        let own = Arrival { stage: stage.to_owned(), ..invoice("9001", "346") };
        shelf.store.receive(&dayton(), std::slice::from_ref(&own), noon()).await.expect("received");
        if stage == "rated" {
            shelf.tamper("UPDATE shipments SET stage = 'cancelled'").await;
        }
        let note = shelf.shipment("dayton", "700").await;
        if stage == "rated" {
            shelf.tamper("UPDATE shipments SET stage = 'rated' WHERE source = 'invoices'").await;
        }
        let received = shelf.store.receive(&dayton(), &[own], noon()).await.expect("received");
        let linked = matches!(received[..], [Received::Linked(first)] if first == note);
        let known = matches!(received[..], [Received::Known(own)] if own != note);
        assert_eq!((linked, known), (links, !links), "{stage}: {received:?}");
    }
}
