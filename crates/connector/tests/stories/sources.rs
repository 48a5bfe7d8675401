//! Sources: the same stories, whichever kind of document is read, by whichever way.
//!
//! Each story is told for the eight ways of `ways`.

use connector::config::Mode;
use connector::engine::wishes::Wish;
use connector::ladder::{Ladder, Light, climb};
use connector::remote::Remote;
use sandbox::world::{DispatchNoteSpec, InvoiceSpec, OTHER_WAREHOUSE, PurchaseOrderSpec, WAREHOUSE};
use shipment::document::Source;
use shipment::state::State;

use crate::dock::{Dock, SetUp, Way, consignee, days, hours, minutes, note};

in_every_way!(
    a_wanted_document_is_shipped_once
    a_new_ship_to_is_what_stands_on_the_label
    a_lost_session_loses_no_document
    a_hundred_documents_cost_less_than_ten_calls
    every_rung_of_reading_holds
);

/// A site in approve that ships this way; a label needs somebody's word, so that stories can look before it is bought.
fn shipping(way: Way) -> SetUp {
    Dock::set_up().mode(Mode::Approve).way(way).setting("max_new_per_cycle", 1000)
}

async fn a_wanted_document_is_shipped_once(way: Way) {
    let dock = shipping(way).open().await;
    dock.places(way.source, "700100", "Denver");
    dock.until_quiet().await;
    let State::Rated(rated) = dock.state_of("700100").await else { panic!("{}", dock.audit_of("700100").await) };
    assert_eq!(rated.packed.addressed.address.city, "DENVER");
    assert_eq!(rated.packed.packages.len(), 1);
    assert_eq!(rated.packed.packages[0].weight.to_string(), "5.3 lb");
    assert_eq!(rated.packed.addressed.received.document.phone.is_some(), way.has_customer());
    assert_eq!(dock.labels_bought(), 0);

    dock.wishes("700100", Wish::Ship { bench: None }).await;
    dock.until_quiet().await;
    dock.advance(days(1)).await;
    assert_eq!(dock.stage_of("700100").await, "delivered", "{}", dock.audit_of("700100").await);
    assert_eq!(dock.labels_bought(), 1);
    assert_eq!(dock.shipments().await.len(), 1);
}

async fn a_new_ship_to_is_what_stands_on_the_label(way: Way) {
    let dock = shipping(way).open().await;
    dock.places(way.source, "700100", "Denver");
    dock.settle().await;
    dock.sends_elsewhere(way.source, "700100", "Austin");
    // An invoice's header does not show it; whatever is older than five minutes is read again before its label.
    dock.advance(minutes(10)).await;
    dock.wishes("700100", Wish::Ship { bench: None }).await;
    dock.until_quiet().await;
    if dock.labels_bought() == 0 {
        // The approval was for another address, so it is asked for again.
        dock.wishes("700100", Wish::Ship { bench: None }).await;
        dock.until_quiet().await;
    }
    assert_eq!(dock.booked("700100").await.rated.packed.addressed.address.city, "AUSTIN");
    assert_eq!(dock.labels_bought(), 1);
}

async fn a_lost_session_loses_no_document(way: Way) {
    let dock = shipping(way).open().await;
    dock.places(way.source, "700100", "Denver");
    dock.settle().await;
    dock.sandbox.syspro().restart();
    dock.places(way.source, "700101", "Denver");
    dock.settle().await;
    assert_eq!(dock.stage_of("700101").await, "rated");
}

/// Every document is new, and nothing of the masters is known yet: it cannot get dearer.
async fn a_hundred_documents_cost_less_than_ten_calls(way: Way) {
    let dock = shipping(way).open().await;
    for number in 700_100..700_200 {
        dock.places(way.source, &number.to_string(), "Denver");
    }
    dock.app.poll().await.expect("polled");
    let calls = dock.syspro_calls();
    assert_eq!(dock.shipments().await.len(), 100);
    assert!(calls < 10, "{calls} calls: {:#?}", dock.ledger().calls);
    dock.until_quiet().await;
}

/// The dearest of all: dispatch notes have parent orders, and without OData every list of keys travels in an address. What
/// is kept of customers and stock makes the next hundred cheaper than the first.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_hundred_notes_by_rest_alone_cost_less_than_ten_questions() {
    let dock = shipping(Way { transport: "rest", odata: false, source: Source::DispatchNotes }).open().await;
    let mut asked = Vec::new();
    for hundred in [700_100..700_200, 700_200..700_300] {
        for number in hundred {
            dock.places(Source::DispatchNotes, &number.to_string(), "Denver");
        }
        let before = dock.syspro_calls();
        dock.app.poll().await.expect("polled");
        asked.push(dock.syspro_calls() - before);
    }
    assert_eq!(dock.shipments().await.len(), 200);
    assert_eq!(dock.ledger().logons, 1);
    let [first, next] = asked[..] else { panic!("two polls") };
    assert!(first - 1 < 10 && next < first - 1, "{asked:?}, one of them the logon");
    dock.until_quiet().await;
}

/// Invoices are dated back: one of five days ago is found, one of three weeks ago is not; credit notes are none of ours.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn invoices_dated_back_within_the_overlap_are_found() {
    let dock = shipping(Way { transport: "rest", odata: true, source: Source::Invoices }).open().await;
    let today = jiff::civil::date(2026, 9, 14);
    let dated = |number: &str, ago: i64| {
        let of = DispatchNoteSpec::next().to(consignee("Denver"));
        InvoiceSpec::new(number).of(of).dated(today.saturating_sub(jiff::Span::new().days(ago)))
    };
    for invoice in [dated("9001", 5), dated("9002", 21), dated("9003", 0).document_type('C')] {
        dock.sandbox.syspro().bill(&invoice);
    }
    dock.settle().await;
    assert_eq!(dock.numbers_of_shipments().await, ["9001"]);
    // Only what was read moves the watermark: it stands at the last invoice's day, not at today.
    dock.advance(days(6)).await;
    dock.sandbox.syspro().bill(&dated("9004", 11));
    dock.settle().await;
    assert_eq!(dock.numbers_of_shipments().await, ["9001", "9004"]);
}

/// Somebody types next year on an invoice: it must not hide those of tomorrow.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_invoice_dated_next_year_does_not_hide_those_of_tomorrow() {
    let dock = shipping(Way { transport: "rest", odata: true, source: Source::Invoices }).open().await;
    let of = || DispatchNoteSpec::next().to(consignee("Denver"));
    dock.sandbox.syspro().bill(&InvoiceSpec::new("9001").of(of()).dated(jiff::civil::date(2027, 9, 14)));
    dock.settle().await;
    dock.advance(days(1)).await;
    dock.sandbox.syspro().bill(&InvoiceSpec::new("9002").of(of()));
    dock.settle().await;
    assert_eq!(dock.numbers_of_shipments().await, ["9001", "9002"]);
}

/// A purchase order is complete when its goods have come, and then there is nothing to ship.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_purchase_order_that_is_complete_or_cancelled_ships_nothing() {
    let dock = shipping(Way { transport: "rest", odata: true, source: Source::PurchaseOrders }).open().await;
    for (number, status) in [("70900", '9'), ("70901", '*'), ("70902", '1')] {
        let spec = PurchaseOrderSpec::new(number).to(consignee("Denver")).status(status);
        dock.sandbox.syspro().place_purchase_order(&spec);
    }
    dock.sandbox.syspro().place_purchase_order(&PurchaseOrderSpec::new("70903").inbound());
    dock.settle().await;
    assert_eq!(dock.numbers_of_shipments().await, ["70902"]);
    dock.sandbox.syspro().set_purchase_order_status("70902", '9');
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("70902").await, "cancelled");
}

/// A site whose dock ships by dispatch notes, and whose other warehouse has purchase orders shipped to customers.
async fn notes_and_drop_ships() -> Dock {
    let source = |kind: &str, warehouse: &str| {
        toml::toml! { kind = kind
        warehouses = [warehouse] }
    };
    let sources = vec![source("dispatch_notes", WAREHOUSE), source("purchase_orders", OTHER_WAREHOUSE)];
    Dock::set_up()
        .mode(Mode::Approve)
        .ships_from_too(OTHER_WAREHOUSE)
        .setting("source", sources.into_iter().map(toml::Value::Table).collect::<Vec<_>>())
        .open()
        .await
}

fn drop_ship(number: &str, order: &str) -> PurchaseOrderSpec {
    let spec = PurchaseOrderSpec::new(number).warehouse(OTHER_WAREHOUSE).to(consignee("Denver"));
    spec.drop_ship("COPPDW000", order)
}

/// An order ships from our dock, and part of it is drop-shipped through another warehouse: both count as one. The second
/// is linked to the first one's shipment and shown there, and no label is bought for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_drop_ship_of_an_order_that_ships_already_is_linked_and_not_booked() {
    let dock = notes_and_drop_ships().await;
    dock.releases([note("700").of_order("500")]);
    dock.settle().await;
    dock.wishes("700", Wish::Ship { bench: None }).await;
    dock.sandbox.syspro().place_purchase_order(&drop_ship("70900", "500"));
    dock.until_quiet().await;
    assert_eq!(dock.numbers_of_shipments().await, ["700"]);
    assert_eq!(dock.labels_bought(), 1);
    let told = dock.audit_of("700").await;
    assert!(told.contains("purchase order 70900 belongs to the same sales order: linked, not booked"), "{told}");
    dock.advance(days(1)).await;
    assert_eq!(dock.audit_of("700").await.matches("linked").count(), 1, "it is told once");
}

/// Newer purchase orders have moved the window on, and only then the shipment that a drop-ship counts as one with is given
/// up: the drop-ship is not forgotten.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_linked_drop_ship_is_looked_at_again_long_after_its_date() {
    let dock = notes_and_drop_ships().await;
    dock.releases([note("700").of_order("500"), note("701").of_order("501")]);
    dock.settle().await;
    dock.sandbox.syspro().place_purchase_order(&drop_ship("70900", "500"));
    dock.settle().await;
    dock.advance(days(10)).await;
    dock.sandbox.syspro().place_purchase_order(&drop_ship("70901", "501"));
    dock.settle().await;
    dock.settle().await;
    dock.advance(hours(5)).await;
    dock.settle().await;
    assert_eq!(dock.numbers_of_shipments().await, ["700", "701"]);
    dock.wishes_because("700", Wish::Withdraw, "the supplier ships it").await;
    dock.settle().await;
    dock.advance(hours(5)).await;
    dock.settle().await;
    assert_eq!(dock.numbers_of_shipments().await, ["700", "701", "70900"]);
}

/// An order is purged once it is complete; its invoice then knows ship-to and ship-via from the copy made at invoicing. That
/// the copy has a state and a ship-via is this company's to say.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_invoice_of_a_purged_order_knows_its_ship_to_from_history() {
    let joins = toml::toml! {
        // No order has such a number, as if all had been purged.
        [[join]]
        name = "order"
        table = "SorMaster"
        key = "SalesOrder"
        on = "CustomerPoNumber"
        [[join]]
        name = "history"
        table = "SorMasterRep"
        key = "InvoiceNumber"
        on = "Invoice"
        instead_of = "order"
        [[join]]
        name = "customer"
        table = "ArCustomer"
        key = "Customer"
        on = "Customer"
        [[ship_to]]
        join = "history"
        lines = ["ShipAddr1", "ShipAddr2", "ShipAddr3", "ShipAddr4", "ShipAddr5"]
        postal_code = "PostalCode"
        state = "State"
    };
    let dock = shipping(Way { transport: "rest", odata: true, source: Source::Invoices })
        .setting("source.0.join", joins["join"].clone())
        .setting("source.0.ship_to", joins["ship_to"].clone())
        .setting("source.0.columns.ship_via", vec!["order.ShippingInstrs", "history.ShippingInstrs"])
        .open()
        .await;
    dock.places(Source::Invoices, "9001", "Denver");
    dock.settle().await;
    let State::Rated(rated) = dock.state_of("9001").await else { panic!("{}", dock.audit_of("9001").await) };
    assert_eq!(rated.packed.addressed.address.city, "DENVER");
}

/// What this integration is described with in public: invoices and purchase orders by a posting date, where a company has a
/// view with one.
async fn a_posting_date_can_be_read_by(way: Way) {
    let dock = shipping(way)
        .setting("source.0.watermark", "PostDate")
        .syspro(|manners| manners.strict_seed = true)
        .open()
        .await;
    dock.places(way.source, "700100", "Denver");
    dock.settle().await;
    assert_eq!(dock.stage_of("700100").await, "rated");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn invoices_are_read_by_a_posting_date_where_there_is_one() {
    a_posting_date_can_be_read_by(Way { transport: "rest", odata: true, source: Source::Invoices }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn purchase_orders_are_read_by_a_posting_date_where_there_is_one() {
    a_posting_date_can_be_read_by(Way { transport: "soap", odata: false, source: Source::PurchaseOrders }).await;
}

/// One customer has more invoices than e.net gives at once: they are read along the rest of their key, and none is missed.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_customer_with_more_invoices_than_a_page_is_read_to_the_end() {
    let way = Way { transport: "soap", odata: false, source: Source::Invoices };
    let dock = shipping(way).setting("syspro.find_rows", 3).open().await;
    let customers: Vec<String> = dock.sandbox.syspro().customers().into_iter().map(|it| it.code).take(2).collect();
    let (few, many) = (&customers[0], &customers[1]);
    for (at, customer) in [few, many, many, many, many, many, many, many, few].into_iter().enumerate() {
        let order = DispatchNoteSpec::next().customer(customer).to(consignee("Denver"));
        dock.sandbox.syspro().bill(&InvoiceSpec::new(&format!("70020{at}")).of(order));
    }
    dock.until_quiet().await;
    assert_eq!(dock.shipments().await.len(), 9);
    assert!(dock.away(Remote::Syspro).is_none());
    assert!(dock.alarm_kinds().await.is_empty());
}

/// Real tables have no posting date: the source says so, and nothing is made up.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_posting_date_that_is_not_there_is_told_and_nothing_is_read() {
    let way = Way { transport: "rest", odata: true, source: Source::Invoices };
    let dock = shipping(way).setting("source.0.watermark", "PostDate").open().await;
    dock.places(way.source, "700100", "Denver");
    let polled = dock.app.poll().await.expect("polled");
    let trouble = polled[0].trouble.clone().expect("it cannot be read");
    assert!(trouble.contains("PostDate"), "{trouble}");
    assert!(dock.shipments().await.is_empty());
}

/// `ping` reads the same way as a poll, and finds everything in order whichever way that is.
async fn every_rung_of_reading_holds(way: Way) {
    let dock = shipping(way).open().await;
    dock.places(way.source, "700100", "Denver");
    let site = dock.app.site(&dock.site).expect("the site");
    let mut ladder = Ladder::watched(|_| ());
    climb(&dock.app, &site, &mut ladder).await.expect("climbed");
    let reads = if way.odata { "OData read" } else { "e.net tables" };
    let rung = ladder.rungs().iter().find(|it| it.rung == reads).expect("a rung for reading");
    assert_eq!(rung.light, Light::Green, "{}", rung.words);
    assert!(rung.words.contains("read in full with 1 lines"), "{}", rung.words);
    for name in ["SYSPRO connection", "SYSPRO logon", "e.net read", "SYSPRO logoff"] {
        let rung = ladder.rungs().iter().find(|it| it.rung == name).expect("a rung");
        assert_eq!(rung.light, Light::Green, "{name}: {}", rung.words);
    }
}
