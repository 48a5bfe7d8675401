//! Intake: which documents become shipments, when, and who must say so first.

use connector::config::{Mode, Start};
use connector::engine::wishes::Wish;
use connector::intake;
use sandbox::Call;
use sandbox::world::ship_via::{COLLECT, OTHERS, WILL_CALL};
use sandbox::world::{DispatchNoteSpec, OTHER_WAREHOUSE};
use shipment::alarm::Kind as Alarm;
use shipment::hold::Owner;
use shipment::packing::Bench;

use crate::dock::{CLERK, Dock, consignee, days, minutes, note};

/// What the bench put on the scale, in pounds.
fn weighed(pounds: &[i64]) -> Wish {
    let packages =
        pounds.iter().map(|it| format!("{it} lb").parse::<shipment::measure::Weight>().expect("a weight").into());
    Wish::Ship { bench: Some(Bench { packages: packages.collect() }) }
}

/// An ordinary dispatch note: ready in the morning, delivered some days later, and SYSPRO knows it all.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_ready_dispatch_note_is_booked_written_back_and_delivered() {
    let dock = Dock::set_up().setting("tracking.every", "2h").open().await;
    dock.releases([note("100482").of_order("500100")]);
    dock.until_quiet().await;

    assert_eq!(dock.stage_of("100482").await, "delivered");
    assert_eq!(dock.labels_bought(), 1);
    let number = dock.only_tracking_number();
    assert_eq!(dock.tracking_in_syspro("100482"), number);
    assert_eq!(dock.field_in_syspro("100482", "UserField2"), "1");
    assert_eq!(dock.form_in_syspro("500100", "TRKNUM"), number);
    assert_eq!(dock.form_in_syspro("500100", "SHPSTS"), "DELIVERED");
    assert!(dock.form_in_syspro("500100", "FRTCST").starts_with("16.37"));
    assert!(dock.form_in_syspro("500100", "SHPDAT").starts_with("2026-09-14"));
    assert!(dock.field_in_syspro("100482", "ActualDeliveryDate").starts_with("2026-09-17"));
    insta::assert_snapshot!(dock.audit_of("100482").await, @r#"
    received dispatch note 100482 for COPPDW000
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
    delivered: DELIVERED DENVER CO US
    shipping status written and read back; delivery date written and read back
    "#);
}

/// A company without dispatch notes ships sales orders; what it is told stands on the order's custom form.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_sales_order_is_shipped_and_its_form_filled_in() {
    let dock =
        Dock::set_up().setting("source.0.kind", "sales_orders").setting("source.0.ready", vec!["4"]).open().await;
    let order = || DispatchNoteSpec::next().to(consignee("Denver"));
    dock.orders([order().of_order("500100").order_status('4'), order().of_order("500101").order_status('1')]);
    dock.until_quiet().await;

    assert_eq!(dock.stage_of("500100").await, "delivered");
    assert!(dock.maybe_shipment("500101").await.is_none());
    assert_eq!(dock.form_in_syspro("500100", "TRKNUM"), dock.only_tracking_number());
    assert_eq!(dock.form_in_syspro("500100", "SHPSTS"), "DELIVERED");
    assert_ne!(dock.form_in_syspro("500100", "FRTCST"), "");
}

/// A sales order whose back order is released later is shipped a second time, as a release of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_back_order_released_later_is_a_release_of_its_own() {
    let dock =
        Dock::set_up().setting("source.0.kind", "sales_orders").setting("source.0.ready", vec!["4"]).open().await;
    let part = DispatchNoteSpec::next().of_order("500100").to(consignee("Denver")).order_status('4');
    dock.orders([part.partial_line("VLV-1010", 5, 2)]);
    dock.until_quiet().await;
    dock.sandbox.syspro().set_order_status("500100", '2');
    dock.settle().await;
    dock.sandbox.syspro().release_back_order("500100").expect("three are owed");
    dock.until_quiet().await;

    let shipments = dock.shipments().await;
    assert_eq!(shipments.iter().map(|it| it.release.to_string()).collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!(shipments.iter().map(|it| it.stage.as_str()).collect::<Vec<_>>(), ["delivered", "delivered"]);
    assert_eq!(dock.labels_bought(), 2);
}

/// A delivered order that was only out of sight for a while stands ready with the same goods: nobody buys its label twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_order_that_comes_back_with_the_same_goods_is_asked_about() {
    let dock =
        Dock::set_up().setting("source.0.kind", "sales_orders").setting("source.0.ready", vec!["4"]).open().await;
    dock.orders([DispatchNoteSpec::next().of_order("500100").to(consignee("Denver")).order_status('4')]);
    dock.until_quiet().await;
    dock.sandbox.syspro().set_order_status("500100", 'S');
    dock.settle().await;
    dock.sandbox.syspro().set_order_status("500100", '4');
    dock.until_quiet().await;
    assert_eq!(dock.labels_bought(), 1);
    let second = dock.shipments().await.into_iter().find(|it| it.release.to_string() == "2").expect("a second release");
    assert_eq!(second.hold_code.as_deref(), Some("held_by_person"));
}

/// One dispatch note may fulfil several orders: every one of them is told.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_note_of_several_orders_tells_all_of_them() {
    let dock = Dock::open().await;
    dock.releases([note("700").of_order("500").line("VLV-1010", 1).line_of_order("501", "VLV-1020", 2)]);
    dock.until_quiet().await;

    let number = dock.only_tracking_number();
    assert_eq!(dock.tracking_in_syspro("700"), number);
    for order in ["500", "501"] {
        assert_eq!(dock.form_in_syspro(order, "TRKNUM"), number, "order {order}");
        assert_eq!(dock.form_in_syspro(order, "SHPSTS"), "DELIVERED", "order {order}");
    }
}

/// A note without any order is shipped too, and told on the note alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_note_without_an_order_is_told_on_the_note_alone() {
    let dock = Dock::open().await;
    dock.releases([note("700").without_order()]);
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");
    assert_eq!(dock.tracking_in_syspro("700"), dock.only_tracking_number());
}

/// What was ready before the connector came waits until somebody releases it; what comes later ships.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_first_start_ships_nothing_that_was_there_already() {
    let dock = Dock::set_up().start(Start::Baseline).already_ready(note("700")).already_ready(note("701")).open().await;
    dock.settle().await;
    dock.releases([note("702")]);
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "already_there");
    assert_eq!(dock.stage_of("702").await, "delivered");
    assert_eq!(dock.labels_bought(), 1);

    dock.wishes_because("700", Wish::Release, "still to be shipped").await;
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");
    assert_eq!(dock.stage_of("701").await, "already_there");
    assert_eq!(dock.labels_bought(), 2);
    assert!(dock.audit_of("700").await.contains("ann: released: still to be shipped"));
}

/// In shadow a site reads and plans, and buys nothing however long it runs.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_site_in_shadow_plans_and_books_nothing() {
    let dock = Dock::set_up().mode(Mode::Shadow).open().await;
    dock.releases([note("700")]);
    dock.advance(days(2)).await;
    assert_eq!(dock.stage_of("700").await, "rated");
    assert_eq!(dock.asked(&Call::Ship), 0);
    assert!(dock.ledger().writes.is_empty());
    insta::assert_snapshot!(dock.booking_of("700").await, @r#"
    received dispatch note 700 for COPPDW000
    address taken over in UPS's spelling: street "8753 TECHNOLOGY DR" for "8753 Technology Dr", city "DENVER" for "Denver", postal code "802167555" for "80216"
    1 package, 5.3 lb
    quoted Ground 16.37 USD for 2026-09-14
    "#);
}

/// In approve the bench packs, weighs and says "ship": only then is a label bought, with its boxes and weights.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_site_in_approve_books_what_the_bench_weighed() {
    let dock = Dock::set_up().mode(Mode::Approve).open().await;
    dock.releases([note("700"), note("701")]);
    dock.until_quiet().await;
    assert_eq!(dock.labels_bought(), 0);

    dock.wishes("700", weighed(&[12, 8])).await;
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");
    assert_eq!(dock.stage_of("701").await, "rated");
    assert_eq!(dock.ledger().labels.len(), 2);
    assert_eq!(dock.field_in_syspro("700", "UserField2"), "2");
    insta::assert_snapshot!(dock.booking_of("700").await, @r#"
    received dispatch note 700 for COPPDW000
    address taken over in UPS's spelling: street "8753 TECHNOLOGY DR" for "8753 Technology Dr", city "DENVER" for "Denver", postal code "802167555" for "80216"
    1 package, 5.3 lb
    quoted Ground 16.37 USD for 2026-09-14
    ann: 2 packages weighed
    ann: approved
    2 packages, 12 lb + 8 lb
    quoted Ground 32.73 USD for 2026-09-14
    booking asked, attempt 1
    booked 1Z… for 32.73 USD
    2 labels delivered to labels
    tracking number written and read back; freight cost and ship date written and read back
    "#);
}

/// A site that becomes automatic books what it had planned before.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_site_that_becomes_automatic_books_what_it_had_planned() {
    let dock = Dock::set_up().mode(Mode::Approve).open().await;
    dock.releases([note("700")]);
    dock.until_quiet().await;
    dock.becomes(Mode::Automatic).await;
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");
}

/// More new notes at once than the site expects: it stops before the first label and asks.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn too_many_new_notes_at_once_stop_the_site() {
    let dock = Dock::set_up().setting("max_new_per_cycle", 3).open().await;
    dock.releases(["700", "701", "702", "703"].map(note));
    let polled = dock.settle().await;
    assert_eq!(dock.labels_bought(), 0);
    assert!(dock.shipments().await.is_empty());
    let words = polled[0].trouble.clone().expect("a reason");
    assert!(words.contains("4 new dispatch notes in one poll are more than max_new_per_cycle = 3"), "{words}");
    dock.advance(minutes(30)).await;
    assert_eq!(dock.labels_bought(), 0, "it goes on asking");
    assert_eq!(dock.alarm_kinds().await, [Alarm::CycleBrake]);

    let site = dock.app.site(&dock.site).expect("the site");
    intake::resume(&dock.app.store, &site.site, CLERK, dock.now()).await.expect("resumed");
    assert_eq!(dock.alarm_kinds().await, []);
    dock.until_quiet().await;
    assert_eq!(dock.labels_bought(), 4);
}

/// FedEx, the customer's own truck, a counter sale, a transfer, another warehouse, freight collect: none of it is ours.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_is_not_ours_makes_no_shipment() {
    let dock = Dock::open().await;
    for (index, via) in OTHERS.into_iter().enumerate() {
        dock.releases([note(&format!("80{index}")).ship_via(via)]);
    }
    dock.releases([
        note("810").counter_sale(),
        note("811").transfer_to("WX"),
        note("812").warehouse(OTHER_WAREHOUSE),
        note("813").document_type('C'),
        note("814").ship_via(WILL_CALL),
        note("815").ship_via(COLLECT),
    ]);
    let polled = dock.settle().await;
    assert_eq!(polled[0].not_ours, 13);
    assert!(dock.shipments().await.is_empty());
    for (number, verdict) in [
        ("810", "counter_sale"),
        ("811", "supply_chain_transfer"),
        ("812", "warehouse"),
        ("813", "document_type"),
        ("814", "other_ship_via"),
        ("815", "ignored_ship_via"),
    ] {
        assert_eq!(dock.sighting_of(number).await.expect("seen").verdict, verdict, "{number}");
    }
    // Seen once, they are not read in full again.
    let reads = dock.asked(&Call::odata("MdnDetail"));
    dock.advance(minutes(10)).await;
    assert_eq!(dock.asked(&Call::odata("MdnDetail")), reads);
}

/// A clerk changes FedEx to UPS Ground: from then on the note is ours.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_note_changed_to_ups_is_picked_up() {
    let dock = Dock::open().await;
    dock.releases([note("700").ship_via(OTHERS[0])]);
    dock.settle().await;
    assert!(dock.maybe_shipment("700").await.is_none());
    dock.sandbox.syspro().change_ship_via("700", "UPSG", "UPS Ground");
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");
}

/// A ship-via that speaks of UPS and is no rule's is not guessed: somebody says which service is meant.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_unknown_ups_service_is_asked_about() {
    let dock = Dock::open().await;
    dock.releases([note("700").ship_via_text("UPSX", "UPS 3rd party billing")]);
    dock.until_quiet().await;
    assert_eq!(dock.held_because("700").await, "unmapped_ship_via");
    assert_eq!(dock.labels_bought(), 0);
    let alarms = dock.alarms().await;
    let told: Vec<_> = alarms.iter().map(|it| (it.kind, it.owner, it.shipment)).collect();
    assert_eq!(told, [(Alarm::NeedsYou, Owner::It, Some(dock.shipment("700").await.id))]);
    assert!(alarms[0].words.contains("UPS 3rd party billing"), "{}", alarms[0].words);

    dock.wishes("700", Wish::Service { service: "12".parse().expect("a service") }).await;
    assert_eq!(dock.alarm_kinds().await, [], "lifted, so nothing is left to look at");
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");
    assert_eq!(dock.ledger().labels[0].service, "12");
}

/// Before its label is bought a note gets another ship-to: everything starts again, for the new place.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_changed_ship_to_starts_again() {
    let dock = Dock::set_up().mode(Mode::Approve).open().await;
    dock.releases([note("700")]);
    dock.until_quiet().await;
    dock.sandbox.syspro().change_ship_to("700", &consignee("Boston"));
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "rated");

    dock.wishes("700", Wish::Ship { bench: None }).await;
    dock.until_quiet().await;
    assert!(dock.attempts_of("700").await[0].request.contains("BOSTON"));
    insta::assert_snapshot!(dock.booking_of("700").await, @r#"
    received dispatch note 700 for COPPDW000
    address taken over in UPS's spelling: street "8753 TECHNOLOGY DR" for "8753 Technology Dr", city "DENVER" for "Denver", postal code "802167555" for "80216"
    1 package, 5.3 lb
    quoted Ground 16.37 USD for 2026-09-14
    changed in SYSPRO: read again
    address taken over in UPS's spelling: street "2439 FOUNDRY ST" for "2439 Foundry St", city "BOSTON" for "Boston", postal code "021184211" for "02118"
    1 package, 5.3 lb
    quoted Ground 15.06 USD for 2026-09-14
    ann: approved
    booking asked, attempt 1
    booked 1Z… for 15.06 USD
    1 label delivered to labels
    tracking number written and read back; freight cost and ship date written and read back
    "#);
}

/// Quantities changed after a clerk had approved: the old leave does not cover the new packages.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn changed_quantities_need_a_new_leave() {
    let dock = Dock::set_up().mode(Mode::Approve).open().await;
    dock.releases([note("700").line("VLV-1020", 1)]);
    dock.until_quiet().await;
    dock.sandbox.syspro().change_quantity("700", 1, 3);
    dock.advance(minutes(10)).await;
    dock.wishes("700", Wish::Ship { bench: None }).await;
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "rated");
    assert_eq!(dock.labels_bought(), 0);

    dock.wishes("700", Wish::Ship { bench: None }).await;
    dock.until_quiet().await;
    let weight = dock.booked("700").await.rated.packed.packages[0].weight.to_string();
    assert_eq!(weight, "15.9 lb");
}

/// Cancelled in SYSPRO before a label was bought: nothing is bought, even if somebody says "ship".
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_note_cancelled_before_booking_is_not_shipped() {
    let dock = Dock::set_up().mode(Mode::Approve).open().await;
    dock.releases([note("700"), note("701")]);
    dock.until_quiet().await;
    dock.sandbox.syspro().cancel("700");
    dock.settle().await;
    assert_eq!(dock.stage_of("700").await, "cancelled");

    // The other is cancelled between two polls, and the clerk is quicker than the next one.
    dock.advance(minutes(10)).await;
    dock.sandbox.syspro().cancel("701");
    dock.wishes("701", Wish::Ship { bench: None }).await;
    assert_eq!(dock.stage_of("701").await, "cancelled");
    assert_eq!(dock.asked(&Call::Ship), 0);
    insta::assert_snapshot!(dock.booking_of("701").await, @r#"
    received dispatch note 701 for COPPDW000
    address taken over in UPS's spelling: street "8753 TECHNOLOGY DR" for "8753 Technology Dr", city "DENVER" for "Denver", postal code "802167555" for "80216"
    1 package, 5.3 lb
    quoted Ground 16.37 USD for 2026-09-14
    ann: approved
    cancelled in SYSPRO
    "#);
}

/// A note that goes back to the warehouse and is released again is shipped once, not twice and not never.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_note_that_comes_back_is_shipped_once() {
    let dock = Dock::set_up().mode(Mode::Approve).open().await;
    dock.releases([note("700")]);
    dock.until_quiet().await;
    dock.sandbox.syspro().set_status("700", '3');
    dock.settle().await;
    assert_eq!(dock.stage_of("700").await, "cancelled");

    dock.sandbox.syspro().set_status("700", '5');
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "rated");
    dock.wishes("700", Wish::Ship { bench: None }).await;
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");
    assert_eq!(dock.labels_bought(), 1);
}

/// Somebody else has shipped it already: the note carries a number that is not ours.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_note_that_carries_a_foreign_number_is_held() {
    let foreign = "1Z999AA10123456784";
    let dock = Dock::open().await;
    dock.releases([note("700").user_field_1(foreign)]);
    dock.until_quiet().await;
    assert_eq!(dock.held_because("700").await, "already_shipped");
    assert!(dock.hold_of("700").await.words().contains(foreign));
    assert_eq!(dock.labels_bought(), 0);

    // It was a mistake: the clerk clears the field and releases it.
    dock.sandbox.syspro().write_user_field_1("700", "");
    dock.wishes("700", Wish::Release).await;
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");
}

/// The old shipping program is quicker: its number appears between our reading and our label.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_foreign_number_that_appears_before_booking_is_noticed() {
    let dock = Dock::set_up().mode(Mode::Approve).open().await;
    dock.releases([note("700")]);
    dock.until_quiet().await;
    dock.advance(minutes(10)).await;
    dock.sandbox.syspro().write_user_field_1("700", "1Z999AA10123456784");
    dock.wishes("700", Wish::Ship { bench: None }).await;
    dock.until_quiet().await;
    assert_eq!(dock.held_because("700").await, "already_shipped");
    assert_eq!(dock.asked(&Call::Ship), 0);
}

/// A customer on hold gets nothing until finance clears the account; then the order goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_customer_on_hold_gets_nothing() {
    let dock = Dock::open().await;
    let customer = dock.sandbox.syspro().customers()[0].code.clone();
    dock.sandbox.syspro().hold_customer(&customer, true);
    dock.releases([note("700").customer(&customer)]);
    dock.until_quiet().await;
    assert_eq!(dock.held_because("700").await, "customer_on_hold");

    dock.sandbox.syspro().hold_customer(&customer, false);
    dock.wishes("700", Wish::Release).await;
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");
}

/// A note put in suspense before its label is held, and goes on when SYSPRO releases it.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_note_in_suspense_waits_for_syspro() {
    let dock = Dock::set_up().mode(Mode::Approve).open().await;
    dock.releases([note("700")]);
    dock.until_quiet().await;
    dock.sandbox.syspro().set_status("700", 'H');
    dock.settle().await;
    assert_eq!(dock.held_because("700").await, "in_suspense");

    dock.sandbox.syspro().set_status("700", '5');
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "rated");
}
