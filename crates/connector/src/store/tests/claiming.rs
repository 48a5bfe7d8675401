//! Claiming: in turn, one holder at a time, wishes on board.

use super::*;

on_both!(
    sites_are_served_in_turn,
    the_turn_goes_on_where_it_ended,
    a_paused_site_is_passed_over,
    what_is_held_or_not_yet_due_or_elsewhere_is_not_claimed,
    a_lease_that_ran_out_gives_way_to_a_higher_epoch,
    leases_follow_real_time_and_not_a_driven_clock,
    only_the_last_claim_can_be_let_go_or_renewed,
    one_can_be_claimed_by_name_due_or_not,
    what_is_due_next_is_found_in_every_lane_but_not_in_hand,
    a_wish_makes_a_waiting_shipment_due_and_travels_with_the_claim,
    a_wish_about_nothing_is_refused,
    a_hint_wakes_whoever_waits
);

fn documents(rows: &[ClaimedRow]) -> Vec<String> {
    rows.iter().map(|row| format!("{} {}", row.site, row.document)).collect()
}

async fn sites_are_served_in_turn(on: On) {
    let shelf = Shelf::on(on).await;
    shelf.site("lima").await;
    for document in ["1", "2", "3", "4"] {
        shelf.shipment("dayton", document).await;
    }
    shelf.shipment("lima", "9").await;

    let first = shelf.store.claim_due(&ask(2)).await.expect("claimed");
    assert_eq!(documents(&first), ["dayton 1", "lima 9"]);
    let rest = shelf.store.claim_due(&ask(8)).await.expect("claimed");
    assert_eq!(documents(&rest), ["dayton 2", "dayton 3", "dayton 4"]);
}

async fn the_turn_goes_on_where_it_ended(on: On) {
    let shelf = Shelf::on(on).await;
    shelf.site("lima").await;
    shelf.site("xenia").await;
    for site in ["dayton", "lima", "xenia"] {
        shelf.shipment(site, "1").await;
        shelf.shipment(site, "2").await;
    }
    let mut served = vec![];
    for _ in 0..6 {
        served.extend(documents(&shelf.store.claim_due(&ask(1)).await.expect("claimed")));
    }
    assert_eq!(served, ["dayton 1", "lima 1", "xenia 1", "dayton 2", "lima 2", "xenia 2"]);
}

async fn a_paused_site_is_passed_over(on: On) {
    let shelf = Shelf::on(on).await;
    shelf.site("lima").await;
    shelf.shipment("dayton", "1").await;
    shelf.shipment("lima", "1").await;
    let ask = ClaimAsk { except: vec![dayton()], ..ask(8) };
    assert_eq!(documents(&shelf.store.claim_due(&ask).await.expect("claimed")), ["lima 1"]);
}

async fn what_is_held_or_not_yet_due_or_elsewhere_is_not_claimed(on: On) {
    let shelf = Shelf::on(on).await;
    shelf.shipment("dayton", "1").await;
    let later = Arrival { due_at: Some(noon() + hours(1)), ..arrival("2") };
    let elsewhere = Arrival { lane: Some("printer:dock".to_owned()), ..arrival("3") };
    let waiting = Arrival { due_at: None, lane: None, ..arrival("4") };
    shelf.store.receive(&dayton(), &[later, elsewhere, waiting], noon()).await.expect("received");

    assert_eq!(documents(&shelf.store.claim_due(&ask(8)).await.expect("claimed")), ["dayton 1"]);
    assert!(shelf.store.claim_due(&ask(8)).await.expect("claimed").is_empty());
    assert_eq!(shelf.store.in_flight(noon()).await.expect("counted"), 1);
}

async fn a_lease_that_ran_out_gives_way_to_a_higher_epoch(on: On) {
    let shelf = Shelf::on(on).await;
    shelf.shipment("dayton", "1").await;
    let first = shelf.claimed().await;
    let later = ClaimAsk { real_now: noon() + SignedDuration::from_mins(2), ..ask(1) };
    let second = shelf.store.claim_due(&later).await.expect("claimed").pop().expect("run out");
    assert_eq!((first.id, first.epoch + 1), (second.id, second.epoch));
}

async fn leases_follow_real_time_and_not_a_driven_clock(on: On) {
    let shelf = Shelf::on(on).await;
    shelf.shipment("dayton", "1").await;
    shelf.claimed().await;
    let driven = ClaimAsk { now: noon() + hours(24 * 30), ..ask(1) };
    assert!(shelf.store.claim_due(&driven).await.expect("claimed").is_empty());
}

async fn only_the_last_claim_can_be_let_go_or_renewed(on: On) {
    let shelf = Shelf::on(on).await;
    let id = shelf.shipment("dayton", "1").await;
    let row = shelf.claimed().await;
    assert!(shelf.store.renew(&dayton(), id, row.epoch, Lease::of(noon(), hours(1))).await.expect("renewed"));
    assert!(!shelf.store.renew(&dayton(), id, row.epoch - 1, Lease::of(noon(), hours(1))).await.expect("answered"));
    shelf.store.let_go(&dayton(), id, row.epoch - 1).await.expect("answered");
    assert_eq!(shelf.store.in_flight(noon()).await.expect("counted"), 1);
    shelf.store.let_go(&dayton(), id, row.epoch).await.expect("let go");
    assert_eq!(shelf.store.in_flight(noon()).await.expect("counted"), 0);
}

async fn one_can_be_claimed_by_name_due_or_not(on: On) {
    let shelf = Shelf::on(on).await;
    let waiting = Arrival { due_at: None, ..arrival("1") };
    let received = shelf.store.receive(&dayton(), &[waiting], noon()).await.expect("received");
    let [Received::New(id)] = received[..] else { panic!("{received:?}") };
    let minute = SignedDuration::from_mins(1);

    let row = shelf.store.claim_one(&dayton(), id, noon(), minute).await.expect("answered").expect("claimed");
    assert_eq!((row.epoch, row.due_at), (1, None));
    assert_eq!(shelf.store.claim_one(&dayton(), id, noon(), minute).await.expect("answered"), None);
    let nobody = ShipmentId(uuid::Uuid::nil());
    let unknown = shelf.store.claim_one(&dayton(), nobody, noon(), minute).await;
    assert!(matches!(unknown, Err(StoreError::Unknown { .. })), "{unknown:?}");
}

async fn what_is_due_next_is_found_in_every_lane_but_not_in_hand(on: On) {
    let shelf = Shelf::on(on).await;
    assert_eq!(shelf.store.next_due(noon()).await.expect("answered"), None);
    shelf.shipment("dayton", "1").await;
    let elsewhere = Arrival { lane: Some("printer:dock".to_owned()), due_at: Some(noon() + hours(2)), ..arrival("2") };
    let later = Arrival { due_at: Some(noon() + hours(3)), ..arrival("3") };
    shelf.store.receive(&dayton(), &[elsewhere, later], noon()).await.expect("received");

    assert_eq!(shelf.store.next_due(noon()).await.expect("answered"), Some(noon()));
    assert_eq!(shelf.store.lanes_due(noon(), noon()).await.expect("answered"), ["ups"]);
    shelf.claimed().await;
    assert_eq!(shelf.store.next_due(noon()).await.expect("answered"), Some(noon() + hours(2)));
    assert!(shelf.store.lanes_due(noon(), noon()).await.expect("answered").is_empty());
    let in_three_hours = noon() + hours(3);
    assert_eq!(shelf.store.lanes_due(in_three_hours, noon()).await.expect("answered"), ["printer:dock", "ups"]);
}

async fn a_wish_makes_a_waiting_shipment_due_and_travels_with_the_claim(on: On) {
    let shelf = Shelf::on(on).await;
    let waiting = Arrival { due_at: None, ..arrival("1") };
    let received = shelf.store.receive(&dayton(), &[waiting], noon()).await.expect("received");
    let [Received::New(id)] = received[..] else { panic!("{received:?}") };
    shelf.store.wish(&dayton(), id, &wish("release")).await.expect("put down");
    shelf.store.wish(&dayton(), id, &wish("reprint")).await.expect("put down");

    let later = ClaimAsk { now: noon() + hours(1), ..ask(1) };
    let row = shelf.store.claim_due(&later).await.expect("claimed").pop().expect("due");
    let kinds: Vec<&str> = row.wishes.iter().map(|wish| wish.kind.as_str()).collect();
    assert_eq!((kinds, row.woken), (vec!["release", "reprint"], 2));

    let heeded = vec![(row.wishes[0].id, noon() + hours(1))];
    shelf.store.record(Record { wishes_done: heeded, ..record(&row, "packed") }).await.expect("recorded");
    shelf.store.wake(&dayton(), id, noon()).await.expect("woken");
    let left = shelf.claimed().await.wishes;
    assert_eq!(left.iter().map(|wish| wish.kind.as_str()).collect::<Vec<_>>(), ["reprint"]);
    assert_eq!(shelf.store.wishes_of(&dayton(), id).await.expect("read").len(), 2);
}

async fn a_wish_about_nothing_is_refused(on: On) {
    let shelf = Shelf::on(on).await;
    let nobody = ShipmentId(uuid::Uuid::nil());
    let refused = shelf.store.wish(&dayton(), nobody, &wish("void")).await;
    assert!(matches!(refused, Err(StoreError::Unknown { .. })), "{refused:?}");
    assert_eq!(shelf.number("SELECT COUNT(*) FROM wishes").await, 0);
}

async fn a_hint_wakes_whoever_waits(on: On) {
    let shelf = Shelf::on(on).await;
    let store = shelf.store.clone();
    let waiting = tokio::spawn(async move { store.hinted().await });
    shelf.shipment("dayton", "1").await;
    waiting.await.expect("hinted");
}
