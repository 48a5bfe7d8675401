//! Recording: the fence, the gapless history, evidence, and many records in one commit.

use super::super::transaction::begin;
use super::super::writer::stands;
use super::super::{LabelRow, NewAcceptedAddress, Rivals, ScanRow};
use super::*;

on_both!(
    a_record_changes_state_history_and_due_time_together,
    a_record_may_keep_the_shipment_in_hand,
    whoever_was_overtaken_changes_nothing,
    a_bought_label_is_known_though_its_buyer_was_overtaken,
    what_is_proven_booked_is_not_doubted_again,
    a_doubt_gives_way_to_what_is_found_later,
    a_shipment_woken_in_hand_is_due_at_once,
    one_bad_record_in_a_group_loses_only_its_own_rows,
    a_gap_in_the_history_is_found,
    a_lost_commit_is_settled_by_reading,
    papers_scans_and_addresses_are_kept_once,
    an_intent_gives_way_to_another_document_of_its_order_that_is_being_bought
);
on_both!(threads: the_history_has_no_gap_whoever_writes);

/// A claim whose lease ran out and the claim that took its place.
async fn overtaken(shelf: &Shelf) -> (ClaimedRow, ClaimedRow) {
    let late = shelf.claimed().await;
    let ask = ClaimAsk { real_now: noon() + SignedDuration::from_mins(2), ..ask(1) };
    let present = shelf.store.claim_due(&ask).await.expect("claimed").pop().expect("run out");
    (late, present)
}

async fn a_record_changes_state_history_and_due_time_together(on: On) {
    let shelf = Shelf::on(on).await;
    let id = shelf.shipment("dayton", "1").await;
    let row = shelf.claimed().await;
    let state = StateColumns {
        lane: Some("printer:dock".to_owned()),
        due_at: Some(noon() + hours(2)),
        tries: 3,
        hold_code: Some("no_phone".to_owned()),
        fingerprint: Some("f2".to_owned()),
        ..columns("packed")
    };
    let audit = vec![line("address confirmed"), line("1 package, 12 lb")];
    let recorded = shelf.store.record(Record { state, audit, ..record(&row, "packed") }).await.expect("recorded");
    assert_eq!(recorded, Recorded::Done { seq: 3, woken: 0 });

    let stands = shelf.store.shipment(&dayton(), id).await.expect("read").expect("a row");
    assert_eq!((stands.stage.as_str(), stands.lane.as_str(), stands.tries), ("packed", "printer:dock", 3));
    assert_eq!((stands.due_at, stands.lease_until), (Some(noon() + hours(2)), None));
    assert_eq!((stands.hold_code.as_deref(), stands.fingerprint.as_str()), (Some("no_phone"), "f2"));
    let history = shelf.store.audit_of(&dayton(), id).await.expect("read");
    let told: Vec<(i64, &str)> = history.iter().map(|line| (line.seq, line.words.as_str())).collect();
    assert_eq!(told, [(1, "received"), (2, "address confirmed"), (3, "1 package, 12 lb")]);
}

async fn a_record_may_keep_the_shipment_in_hand(on: On) {
    let shelf = Shelf::on(on).await;
    shelf.shipment("dayton", "1").await;
    let row = shelf.claimed().await;
    let keeping = Record { keep_lease: Some(Lease::of(noon(), hours(1))), ..record(&row, "packed") };
    assert_eq!(done(shelf.store.record(keeping).await.expect("recorded")), 2);
    assert_eq!(shelf.store.in_flight(noon()).await.expect("counted"), 1);
    assert_eq!(done(shelf.store.record(record(&row, "rated")).await.expect("recorded")), 3);
    assert_eq!(shelf.store.in_flight(noon()).await.expect("counted"), 0);
}

async fn whoever_was_overtaken_changes_nothing(on: On) {
    let shelf = Shelf::on(on).await;
    let id = shelf.shipment("dayton", "1").await;
    let (late, present) = overtaken(&shelf).await;
    let recorded = shelf.store.record(Record { intent: Some(intent(&late)), ..record(&late, "late") }).await;
    assert_eq!(recorded.expect("answered"), Recorded::FencedOff);
    assert!(shelf.store.attempts_of(&dayton(), id).await.expect("read").is_empty());

    assert_eq!(done(shelf.store.record(record(&present, "packed")).await.expect("recorded")), 2);
    let stands = shelf.store.shipment(&dayton(), id).await.expect("read").expect("a row");
    assert_eq!(stands.stage, "packed");
    assert!(shelf.store.verify_audit(&dayton()).await.expect("read").is_empty());
}

async fn a_bought_label_is_known_though_its_buyer_was_overtaken(on: On) {
    let shelf = Shelf::on(on).await;
    let id = shelf.shipment("dayton", "1").await;
    let row = shelf.claimed().await;
    let asked = Record {
        intent: Some(intent(&row)),
        keep_lease: Some(Lease::of(noon(), SignedDuration::ZERO)),
        ..record(&row, "booking")
    };
    shelf.store.record(asked).await.expect("recorded");
    let state = StateColumns { due_at: Some(noon()), ..columns("booking") };
    shelf.store.wake(&dayton(), id, noon()).await.expect("woken");
    let present = shelf.claimed().await;
    let waiting = Record { state: StateColumns { due_at: None, ..state }, ..record(&present, "booking") };

    let answered = Record { evidence: Some(evidence(Outcome::Booked)), ..record(&row, "booked") };
    assert_eq!(shelf.store.record(answered).await.expect("answered"), Recorded::FencedOff);
    let attempts = shelf.store.attempts_of(&dayton(), id).await.expect("read");
    assert_eq!(attempts[0].outcome, Some(Outcome::Booked));
    assert_eq!(attempts[0].answer.as_deref(), Some(b"{\"waybill\":1}".as_slice()));

    // The present holder did not know and wanted to wait; the shipment is due all the same.
    shelf.store.record(waiting).await.expect("recorded");
    let stands = shelf.store.shipment(&dayton(), id).await.expect("read").expect("a row");
    assert_eq!(stands.due_at, Some(noon() + SignedDuration::from_mins(5)));
}

async fn what_is_proven_booked_is_not_doubted_again(on: On) {
    let shelf = Shelf::on(on).await;
    let id = shelf.shipment("dayton", "1").await;
    let row = shelf.claimed().await;
    for (stage, outcome) in [("booked", Outcome::Booked), ("doubt", Outcome::InDoubt), ("not", Outcome::NotBooked)] {
        let asked = (outcome == Outcome::Booked).then(|| intent(&row));
        let record = Record { intent: asked, evidence: Some(evidence(outcome)), ..record(&row, stage) };
        shelf.store.record(record).await.expect("recorded");
    }
    let attempts = shelf.store.attempts_of(&dayton(), id).await.expect("read");
    assert_eq!(attempts[0].outcome, Some(Outcome::Booked));
}

async fn a_doubt_gives_way_to_what_is_found_later(on: On) {
    let shelf = Shelf::on(on).await;
    let id = shelf.shipment("dayton", "1").await;
    let row = shelf.claimed().await;
    let doubted = Evidence { answer: None, ..evidence(Outcome::InDoubt) };
    let asked = Record { intent: Some(intent(&row)), evidence: Some(doubted), ..record(&row, "booking") };
    shelf.store.record(asked).await.expect("recorded");
    assert_eq!(shelf.store.doubts_in_a_row(&dayton(), 3).await.expect("counted"), 1);
    assert_eq!(shelf.store.booked_since(&dayton(), noon()).await.expect("counted"), 1);
    let found = Record { evidence: Some(evidence(Outcome::Booked)), ..record(&row, "booked") };
    shelf.store.record(found).await.expect("recorded");
    assert_eq!(shelf.store.attempts_of(&dayton(), id).await.expect("read")[0].outcome, Some(Outcome::Booked));
    assert_eq!(shelf.store.doubts_in_a_row(&dayton(), 3).await.expect("counted"), 0);
}

async fn a_shipment_woken_in_hand_is_due_at_once(on: On) {
    let shelf = Shelf::on(on).await;
    let id = shelf.shipment("dayton", "1").await;
    let row = shelf.claimed().await;
    shelf.store.wish(&dayton(), id, &wish("void")).await.expect("put down");
    let far = StateColumns { due_at: Some(noon() + hours(48)), ..columns("booked") };
    let record_at = record(&row, "booked");
    let at = record_at.at;
    let recorded = shelf.store.record(Record { state: far.clone(), ..record_at }).await.expect("recorded");
    assert_eq!(recorded, Recorded::Done { seq: 2, woken: 1 });
    let stands = shelf.store.shipment(&dayton(), id).await.expect("read").expect("a row");
    assert_eq!(stands.due_at, Some(at));

    // Once the wish is seen, the due time is the holder's again.
    let seen = Record { woken_seen: 1, state: far, ..record(&row, "booked") };
    shelf.store.record(seen).await.expect("recorded");
    let stands = shelf.store.shipment(&dayton(), id).await.expect("read").expect("a row");
    assert_eq!(stands.due_at, Some(noon() + hours(48)));
}

async fn one_bad_record_in_a_group_loses_only_its_own_rows(on: On) {
    let shelf = Shelf::on(on).await;
    for document in ["1", "2", "3", "4"] {
        shelf.shipment("dayton", document).await;
    }
    let rows = shelf.store.claim_due(&ask(4)).await.expect("claimed");
    let stolen = intent(&rows[0]);
    let records = [
        Record { intent: Some(stolen.clone()), ..record(&rows[0], "booking") },
        // The same reference for another shipment: the database refuses it.
        Record { intent: Some(stolen), ..record(&rows[1], "booking") },
        Record { epoch: 99, ..record(&rows[2], "booking") },
        record(&rows[3], "booking"),
    ];
    // All four are in the queue before the writer task gets its turn, so they are one group.
    let answers = futures_util::future::join_all(records.into_iter().map(|record| shelf.store.record(record))).await;
    assert_eq!(done(*answers[0].as_ref().expect("recorded")), 2);
    assert!(matches!(answers[1], Err(StoreError::Database { .. })), "{:?}", answers[1]);
    assert_eq!(*answers[2].as_ref().expect("answered"), Recorded::FencedOff);
    assert_eq!(done(*answers[3].as_ref().expect("recorded")), 2);

    assert_eq!(shelf.number("SELECT COUNT(*) FROM shipments WHERE stage = 'booking'").await, 2);
    assert_eq!(shelf.number("SELECT COUNT(*) FROM attempts").await, 1);
    assert!(shelf.store.verify_audit(&dayton()).await.expect("read").is_empty());
}

async fn the_history_has_no_gap_whoever_writes(on: On) {
    let shelf = Shelf::on(on).await;
    for document in 1..=20 {
        shelf.shipment("dayton", &document.to_string()).await;
    }
    let rows = shelf.store.claim_due(&ask(20)).await.expect("claimed");
    let mut writers = vec![];
    for row in rows {
        let store = shelf.store.clone();
        writers.push(tokio::spawn(async move {
            for step in 0..10 {
                let audit = vec![line("one"); step % 3];
                store.record(Record { audit, ..record(&row, "walking") }).await.expect("recorded");
                let stranger = Record { epoch: row.epoch - 1, ..record(&row, "stranger") };
                assert_eq!(store.record(stranger).await.expect("answered"), Recorded::FencedOff);
            }
        }));
    }
    for writer in writers {
        writer.await.expect("walked");
    }
    assert!(shelf.store.verify_audit(&dayton()).await.expect("read").is_empty());
    assert_eq!(shelf.store.audit_lines(Some(&dayton())).await.expect("counted"), 20 * (1 + 9));
}

async fn a_gap_in_the_history_is_found(on: On) {
    let shelf = Shelf::on(on).await;
    let id = shelf.shipment("dayton", "1").await;
    let row = shelf.claimed().await;
    shelf.store.record(record(&row, "packed")).await.expect("recorded");
    shelf.tamper("DELETE FROM audit WHERE seq = 1").await;
    let gaps = shelf.store.verify_audit(&dayton()).await.expect("read");
    assert_eq!(gaps.len(), 1);
    assert_eq!((gaps[0].shipment, gaps[0].counted, gaps[0].found, gaps[0].first), (id, 2, 1, Some(2)));
}

/// A COMMIT whose answer is lost: what stands is read, and only what does not is written again.
async fn a_lost_commit_is_settled_by_reading(on: On) {
    let shelf = Shelf::on(on).await;
    shelf.shipment("dayton", "1").await;
    let row = shelf.claimed().await;
    let packed = record(&row, "packed");
    let expected = Recorded::Done { seq: 2, woken: 0 };
    let read = async |record: &Record| {
        let transaction = begin(&shelf.store.0.write).await.expect("begun");
        stands(&transaction, record, expected).await.expect("read")
    };
    assert!(!read(&packed).await);
    shelf.store.record(packed.clone()).await.expect("recorded");
    assert!(read(&packed).await);
    // Another holder's line with the same number is not ours.
    assert!(!read(&record(&row, "rated")).await);
}

async fn papers_scans_and_addresses_are_kept_once(on: On) {
    let shelf = Shelf::on(on).await;
    let id = shelf.shipment("dayton", "1").await;
    let row = shelf.claimed().await;
    let number: shipment::number::TrackingNumber = "1Z12345E0205271688".parse().expect("a number");
    let label = LabelRow {
        attempt: AttemptNumber::FIRST,
        package_no: 1,
        kind: "label".to_owned(),
        tracking_number: number.clone(),
        format: "zpl".to_owned(),
        bytes: b"^XA^XZ".to_vec(),
    };
    let scan = |identity: &str, at| ScanRow {
        tracking_number: number.clone(),
        identity: identity.to_owned(),
        at,
        body: "{}".to_owned(),
        feed: shipment::tracking::Feed::TrackApi,
        heard_at: None,
        raw: None,
    };
    let address = NewAcceptedAddress {
        memory_key: "0000012|MAIN|1 elm st".to_owned(),
        address: "{\"city\":\"Dayton\"}".to_owned(),
        actor: "anna".to_owned(),
        at: noon(),
    };
    for scans in [vec![scan("b", noon() + hours(2)), scan("a", noon())], vec![scan("a", noon())]] {
        let record = Record {
            labels: vec![label.clone()],
            scans,
            accepted_address: Some(address.clone()),
            ..record(&row, "booked")
        };
        shelf.store.record(record).await.expect("recorded");
    }
    let labels = shelf.store.labels_of(&dayton(), id).await.expect("read");
    assert_eq!(labels.iter().map(|entry| &entry.label).collect::<Vec<_>>(), [&label]);
    // Bought again after a void: the first label stays, people are shown the second.
    let second = LabelRow { attempt: AttemptNumber(2), bytes: b"^XA2^XZ".to_vec(), ..label.clone() };
    let again = Record { labels: vec![second.clone()], ..record(&row, "booked") };
    shelf.store.record(again).await.expect("recorded");
    let labels = shelf.store.labels_of(&dayton(), id).await.expect("read");
    assert_eq!(labels.iter().map(|entry| &entry.label).collect::<Vec<_>>(), [&second]);
    let first = shelf.store.labels_of_attempt(&dayton(), id, AttemptNumber::FIRST).await.expect("read");
    assert_eq!(first.iter().map(|entry| &entry.label).collect::<Vec<_>>(), [&label]);
    let scans = shelf.store.scans_of(&dayton(), id).await.expect("read");
    assert_eq!(scans.iter().map(|scan| scan.identity.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    let remembered = shelf.store.accepted_address(&dayton(), &address.memory_key).await.expect("read");
    assert_eq!(remembered.as_deref(), Some("{\"city\":\"Dayton\"}"));
}

/// A person released the second document of an order while the first was on its way: the intent that comes later gives way,
/// in the transaction that would have stored it.
async fn an_intent_gives_way_to_another_document_of_its_order_that_is_being_bought(on: On) {
    let shelf = Shelf::on(on).await;
    let there = Arrival { stage: "already_there".to_owned(), ..arrival("700") };
    shelf.store.receive(&dayton(), &[there], noon()).await.expect("received");
    let note = shelf.claimed().await;
    let invoice = Arrival { source: Source::Invoices, ..arrival("9001") };
    let received = shelf.store.receive(&dayton(), &[invoice], noon()).await.expect("received");
    assert!(matches!(received[..], [Received::New(_)]), "{received:?}");
    let invoice = shelf.claimed().await;
    let asks = |row: &ClaimedRow| {
        let rivals = Rivals { source: row.source, orders: vec!["346".parse().expect("an order")] };
        Record { intent: Some(Intent { unless: Some(rivals), ..intent(row) }), ..record(row, "booking") }
    };
    // Both are alive and neither is being bought: whoever asks first may.
    done(shelf.store.record(asks(&note)).await.expect("recorded"));
    let refused = shelf.store.record(asks(&invoice)).await.expect("answered");
    assert_eq!(refused, Recorded::Linked(note.id));
    assert_eq!(shelf.number("SELECT COUNT(*) FROM attempts").await, 1);
    assert_eq!(shelf.text("SELECT stage FROM shipments WHERE document = '9001'").await, "received");
    // The first is voided for good: the second may ask.
    shelf.tamper("UPDATE shipments SET stage = 'voided' WHERE document = '700'").await;
    done(shelf.store.record(asks(&invoice)).await.expect("recorded"));
}
