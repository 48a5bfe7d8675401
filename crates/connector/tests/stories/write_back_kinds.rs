//! Write-back of every kind of document: custom forms, comment and freight lines, read back, and taken back by a void.
//!
//! Which of the two objects writes the form goes by turns, so that each is seen with every transport, way of reading and
//! kind of document. Invoices are closed and purchase orders are somebody else's delivery: neither takes lines.

use connector::engine::wishes::Wish;
use sandbox::{Call, Fault, Kind};
use shipment::document::Source;

use crate::dock::{Dock, SetUp, Way, hours};

const NUMBER: &str = "700100";

/// A site that writes forms of every kind.
fn writing(way: Way) -> SetUp {
    Dock::set_up()
        .way(way)
        .setting("write_back.purchase_form", toml::Table::new())
        .setting("write_back.form_object", object_of(way))
}

fn object_of(way: Way) -> &'static str {
    let newer = matches!(way.source, Source::Invoices | Source::PurchaseOrders);
    if newer == way.odata { "comtfm" } else { "comsfm" }
}

fn post_of(way: Way) -> Call {
    match object_of(way) {
        "comtfm" => Call::post("COMTFM"),
        _ => Call::Setup(Some("COMSFM".to_owned())),
    }
}

/// The document's first sales order; a purchase order's own number.
async fn form_owner(dock: &Dock, way: Way) -> String {
    match way.source {
        Source::PurchaseOrders => NUMBER.to_owned(),
        Source::DispatchNotes | Source::SalesOrders | Source::Invoices => {
            dock.state_of(NUMBER).await.received().document.sales_orders[0].to_string()
        }
    }
}

async fn on_form(dock: &Dock, way: Way, field: &str) -> String {
    let form_type = if way.source == Source::PurchaseOrders { "POR" } else { "ORD" };
    let owner = form_owner(dock, way).await;
    dock.sandbox.syspro().value_on_form(form_type, &owner, field).unwrap_or_default()
}

in_every_way!(
    a_form_is_written_read_back_and_taken_back
    a_form_that_only_seems_to_be_written_is_noticed
    a_lost_answer_to_a_form_is_settled_by_reading
);

async fn a_form_is_written_read_back_and_taken_back(way: Way) {
    let dock = writing(way).open().await;
    dock.places(way.source, NUMBER, "Denver");
    dock.settle().await;
    let number = dock.only_tracking_number();
    assert_eq!(on_form(&dock, way, "TRKNUM").await, number, "{}", dock.audit_of(NUMBER).await);
    assert!(on_form(&dock, way, "FRTCST").await.starts_with("16.37"));
    assert!(on_form(&dock, way, "SHPDAT").await.starts_with("2026-09-14"));
    assert!(dock.asked(&post_of(way)) > 0, "{:?}", dock.ledger().calls);
    let told = dock.audit_of(NUMBER).await;
    assert!(told.contains("tracking number written and read back"), "{told}");

    dock.wishes_because(NUMBER, Wish::Void { restart: false }, "the customer cancelled").await;
    dock.until_quiet().await;
    assert_eq!(dock.labels_bought(), 0);
    assert_eq!(on_form(&dock, way, "TRKNUM").await, "VOID");
    assert_eq!(on_form(&dock, way, "FRTCST").await.trim_matches(['0', '.']), "", "nought");
    assert!(dock.state_of(NUMBER).await.hold().is_none());
}

async fn a_form_that_only_seems_to_be_written_is_noticed(way: Way) {
    let object = object_of(way).to_uppercase();
    let dock = writing(way).syspro(|it| it.pretending = vec![object]).open().await;
    dock.places(way.source, NUMBER, "Denver");
    dock.settle().await;
    dock.advance(hours(2)).await;
    assert_eq!(on_form(&dock, way, "TRKNUM").await, "");
    assert_eq!(dock.held_because(NUMBER).await, "write_back_refused");

    dock.sandbox.syspro().manners(|it| it.pretending.clear());
    dock.wishes(NUMBER, Wish::Retry).await;
    dock.until_quiet().await;
    assert_eq!(on_form(&dock, way, "TRKNUM").await, dock.only_tracking_number());
    assert_eq!(on_form(&dock, way, "SHPSTS").await, "DELIVERED");
}

async fn a_lost_answer_to_a_form_is_settled_by_reading(way: Way) {
    let dock = writing(way).open().await;
    dock.loses_the_answer_to(post_of(way), Kind::Reset);
    dock.places(way.source, NUMBER, "Denver");
    dock.until_quiet().await;
    assert_eq!(on_form(&dock, way, "TRKNUM").await, dock.only_tracking_number());
    assert_eq!(on_form(&dock, way, "SHPSTS").await, "DELIVERED");
    assert_eq!(dock.stage_of(NUMBER).await, "delivered");
}

/// A site that tells the number in a comment line and charges what UPS bills.
fn with_lines(way: Way, on_void: &str) -> SetUp {
    writing(way)
        .setting("write_back.comment_line", "document")
        .setting("write_back.freight_line.charge", "actual")
        .setting("write_back.freight_line.on_void", on_void)
}

/// The documents that take further lines; for the others `site apply` refuses the settings.
const WITH_LINES: [Way; 4] = [
    Way { transport: "rest", odata: true, source: Source::DispatchNotes },
    Way { transport: "soap", odata: false, source: Source::DispatchNotes },
    Way { transport: "soap", odata: true, source: Source::SalesOrders },
    Way { transport: "rest", odata: false, source: Source::SalesOrders },
];

/// Our lines of a document: comments that name the number, and freight lines.
fn lines(dock: &Dock, number: &str) -> (usize, usize) {
    let syspro = dock.sandbox.syspro();
    let ours = syspro.comments(NUMBER).iter().filter(|it| it.contains(number)).count();
    (ours, syspro.freight_lines(NUMBER))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn lines_are_added_once() {
    for way in WITH_LINES {
        Box::pin(adds_lines_once(way)).await;
    }
}

async fn adds_lines_once(way: Way) {
    let dock = with_lines(way, "opposite").open().await;
    let post = if way.source == Source::SalesOrders { "SORTOI" } else { "SORTDA" };
    dock.fault(Fault::after(Call::post(post), Kind::Reset));
    dock.places(way.source, NUMBER, "Denver");
    dock.until_quiet().await;
    let number = dock.booked(NUMBER).await.waybill.tracking_numbers[0].to_string();
    // The number's own comment, and the freight line's marker.
    assert_eq!(lines(&dock, &number), (2, 1), "{}", dock.audit_of(NUMBER).await);
    assert_eq!(dock.stage_of(NUMBER).await, "delivered");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_void_answers_each_line_once() {
    for way in WITH_LINES {
        Box::pin(voids_lines_once(way)).await;
    }
}

async fn voids_lines_once(way: Way) {
    let of_an_order = way.source == Source::SalesOrders;
    // Only an order lets a line be taken away.
    let set_up = if of_an_order {
        with_lines(way, "delete").setting("write_back.freight_line.on", "sales_order")
    } else {
        with_lines(way, "opposite")
    };
    let dock = set_up.open().await;
    dock.places(way.source, NUMBER, "Denver");
    dock.settle().await;
    let number = dock.only_tracking_number();
    dock.wishes_because(NUMBER, Wish::Void { restart: false }, "the customer cancelled").await;
    dock.until_quiet().await;
    let (comments, freight) = lines(&dock, &number);
    // Of an order the charge is gone; its marker and the number's comment stay, and the latter is answered. Of a note both
    // are answered: by a comment each, and by the opposite charge.
    let expected = if of_an_order { (3, 0) } else { (4, 2) };
    assert_eq!((comments, freight), expected, "{}", dock.audit_of(NUMBER).await);
    assert!(dock.state_of(NUMBER).await.hold().is_none());
}
