//! Lines and statuses: what is added to a document is added once, whatever dies, and a void answers it.

use connector::engine::wishes::Wish;
use sandbox::{Call, Fault, Kind};

use crate::dock::{Dock, SetUp, minutes, note};

fn ways() -> [Kind; 4] {
    [Kind::Reset, Kind::Truncated, Kind::Html(502), Kind::Text(200, String::new())]
}

/// A site that charges the customer what UPS bills, on the document itself.
fn with_freight() -> SetUp {
    Dock::set_up().setting("write_back.comment_line", "document").setting("write_back.freight_line.charge", "actual")
}

/// SYSPRO writes the lines and its answer is lost: the marker is found, and no second line is added.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_lost_answer_adds_no_second_line() {
    for kind in ways() {
        for lost in [1, 2] {
            let dock = with_freight().open().await;
            dock.fault(Fault::after(Call::post("SORTDA"), kind.clone()).times(lost));
            dock.releases([note("700").of_order("500")]);
            dock.until_quiet().await;
            let number = dock.only_tracking_number();
            let syspro = dock.sandbox.syspro();
            assert_eq!(syspro.freight_lines("700"), 1, "{kind} {lost}");
            assert_eq!(
                syspro.comments("700").iter().filter(|it| it.contains(&number)).collect::<Vec<_>>().len(),
                2,
                "the number's own comment and the freight line's marker, {kind} {lost}"
            );
            assert!(dock.audit_of("700").await.contains("freight line written and read back"), "{kind} {lost}");
        }
    }
}

/// The delivery is told in a line of its own where a site wants that: once, though answers are lost and the parcel is looked
/// at again and again.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_delivery_is_told_in_one_line() {
    for (on, document, object) in [("document", "700", "SORTDA"), ("sales_order", "500", "SORTOI")] {
        for kind in ways() {
            let dock = Dock::set_up().setting("write_back.delivery_comment", on).open().await;
            dock.releases([note("700").of_order("500")]);
            dock.settle().await;
            assert!(dock.sandbox.syspro().comments(document).is_empty(), "nothing before it has arrived");
            dock.fault(Fault::after(Call::post(object), kind.clone()));
            dock.until_quiet().await;
            let day = dock.booked("700").await.tracking.summary.and_then(|it| it.days.delivered).expect("a day");
            let line = format!("UPS delivered {day} {}", dock.only_tracking_number());
            assert_eq!(dock.sandbox.syspro().comments(document), [line], "{on} {kind}");
            let audit = dock.audit_of("700").await;
            assert!(audit.contains("comment line of the delivery written and read back"), "{on} {kind}: {audit}");
            assert_eq!(dock.asked(&Call::post(object)), 1, "{on} {kind}");
        }
    }
}

/// A sales order that is complete takes no line any more, and that is in order.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_complete_order_closes_the_line_of_the_delivery() {
    let dock = Dock::set_up().setting("write_back.delivery_comment", "sales_order").open().await;
    dock.releases([note("700").of_order("500")]);
    dock.settle().await;
    dock.sandbox.syspro().invoice("700").expect("an invoice");
    dock.until_quiet().await;
    assert!(dock.sandbox.syspro().comments("500").is_empty());
    let audit = dock.audit_of("700").await;
    assert!(audit.contains("comment line of the delivery not written: the sales order is complete"), "{audit}");
    assert!(dock.state_of("700").await.hold().is_none());
}

/// The post never reached SYSPRO: it is repeated, though not before SYSPRO can have finished with the first one.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_line_that_never_arrived_is_added_later() {
    let dock = with_freight().open().await;
    dock.never_hears(Call::post("SORTDA"), Kind::Reset);
    dock.releases([note("700").of_order("500")]);
    dock.settle().await;
    let added = || dock.sandbox.syspro().comments("700").len() + dock.sandbox.syspro().freight_lines("700");
    let at_once = added();
    dock.advance(minutes(1)).await;
    assert_eq!(added(), at_once, "within the first two minutes nothing is repeated");
    dock.until_quiet().await;
    assert_eq!((dock.sandbox.syspro().freight_lines("700"), added()), (1, 3));
}

/// On sales orders the lines go in by SORTOI, and a void deletes the charge where the site wants that.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_void_deletes_the_order_s_freight_line() {
    let dock = with_freight()
        .setting("write_back.freight_line.on", "sales_order")
        .setting("write_back.freight_line.on_void", "delete")
        .open()
        .await;
    dock.releases([note("700").of_order("500")]);
    dock.settle().await;
    assert_eq!(dock.sandbox.syspro().freight_lines("500"), 1);
    dock.wishes_because("700", Wish::Void { restart: false }, "the customer cancelled").await;
    dock.until_quiet().await;
    assert_eq!(dock.sandbox.syspro().freight_lines("500"), 0);
    assert!(dock.sandbox.syspro().comments("700").iter().any(|it| it.starts_with("VOID UPS 1Z")));
}

/// Two shipments of one order, each with its charge: voiding the first takes its own line and leaves the other's.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_void_leaves_the_freight_line_of_another_shipment() {
    let dock = with_freight()
        .setting("write_back.freight_line.on", "sales_order")
        .setting("write_back.freight_line.on_void", "delete")
        .open()
        .await;
    dock.releases([note("700").of_order("500"), note("701").of_order("500")]);
    dock.settle().await;
    assert_eq!(dock.sandbox.syspro().freight_lines("500"), 2);
    dock.wishes_because("700", Wish::Void { restart: false }, "the customer cancelled").await;
    dock.until_quiet().await;
    assert_eq!(dock.sandbox.syspro().freight_lines("500"), 1, "the other shipment is still charged");
    assert!(dock.state_of("700").await.hold().is_none());
}

/// SYSPRO says that it added the lines and shows none: they are not added once more before somebody has looked.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_line_that_is_accepted_and_not_shown_is_asked_about() {
    let dock = with_freight().open().await;
    let accepted = "<postdispatchnotelines><StatusofItems><ItemsProcessed>000001</ItemsProcessed></StatusofItems></postdispatchnotelines>";
    dock.fault(Fault::before(Call::post("SORTDA"), Kind::Text(200, accepted.to_owned())).times(2));
    dock.releases([note("700").of_order("500")]);
    dock.settle().await;
    dock.advance(minutes(240)).await;
    assert_eq!(dock.asked(&Call::post("SORTDA")), 2, "the comment and the charge, each once");
    let hold = dock.hold_of("700").await;
    assert_eq!(hold.code(), "write_back_refused");
    assert!(hold.words().contains("Look whether it stands there"), "{}", hold.words());

    dock.wishes("700", Wish::Retry).await;
    dock.until_quiet().await;
    assert_eq!(dock.sandbox.syspro().freight_lines("700"), 1);
}

/// A dispatch note only takes more lines: a void adds the opposite one, once, though its answer is lost too.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_void_answers_the_note_s_freight_line_once() {
    let dock = with_freight().open().await;
    dock.releases([note("700").of_order("500")]);
    dock.settle().await;
    dock.loses_the_answer_to(Call::post("SORTDA"), Kind::Reset);
    dock.wishes_because("700", Wish::Void { restart: false }, "the customer cancelled").await;
    dock.until_quiet().await;
    let syspro = dock.sandbox.syspro();
    assert_eq!(syspro.freight_lines("700"), 2, "the charge and its opposite");
    let voids = syspro.comments("700").iter().filter(|it| it.starts_with("VOID ")).count();
    assert_eq!(voids, 2, "the number's and the charge's");
    assert_eq!(dock.tracking_in_syspro("700"), "VOID");
}

/// The note is moved on to "ready to invoice" by its allowed steps, and only after everything else is told.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_note_moves_on_when_all_else_is_told() {
    let dock = Dock::set_up().setting("write_back.status_move.dispatch_notes", true).open().await;
    dock.fault(Fault::before(Call::post("SORTDH"), Kind::Status(503)).times(2));
    dock.releases([note("700").of_order("500")]);
    dock.settle().await;
    assert_eq!(dock.sandbox.syspro().read_field("700", "DispatchNoteStatus").as_deref(), Some("5"));
    dock.advance(minutes(30)).await;
    assert_eq!(dock.tracking_in_syspro("700"), dock.only_tracking_number());
    assert_eq!(dock.sandbox.syspro().read_field("700", "DispatchNoteStatus").as_deref(), Some("7"));
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");
}

/// A person put the note on hold meanwhile: it is left where it stands, and nobody is bothered.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_note_on_hold_is_not_moved() {
    let dock = Dock::set_up().setting("write_back.status_move.dispatch_notes", true).open().await;
    dock.fault(Fault::before(Call::post("SORTDH"), Kind::Status(503)));
    dock.releases([note("700").of_order("500")]);
    dock.settle().await;
    assert!(dock.sandbox.syspro().set_status("700", 'H'));
    dock.until_quiet().await;
    assert_eq!(dock.sandbox.syspro().read_field("700", "DispatchNoteStatus").as_deref(), Some("H"));
    assert!(dock.audit_of("700").await.contains("document status not written: its status is H now"));
    assert!(dock.state_of("700").await.hold().is_none());
}

/// Somebody has the note open: the write-back waits where all can see it, and ends by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_locked_document_is_waited_for() {
    let dock = Dock::open().await;
    dock.releases([note("700").of_order("500"), note("701").of_order("501")]);
    dock.sandbox.syspro().lock("700", "MILLER");
    dock.settle().await;
    assert_eq!(dock.tracking_in_syspro("700"), "");
    assert!(!dock.tracking_in_syspro("701").is_empty(), "its neighbour is not held up");
    dock.advance(minutes(120)).await;
    assert!(dock.audit_of("700").await.contains("tracking number waits:"), "{}", dock.audit_of("700").await);
    assert!(dock.state_of("700").await.hold().is_none(), "nobody is asked");
    assert!(dock.sandbox.syspro().unlock("700"));
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");
    assert_eq!(dock.tracking_in_syspro("700"), dock.booked("700").await.waybill.tracking_numbers[0].as_str());
}

/// The newer object writes whole records by column; whether a record is there is learned by adding.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn forms_are_written_by_the_newer_object_too() {
    let dock = Dock::set_up().setting("write_back.form_object", "comtfm").open().await;
    dock.releases([note("700").of_order("500")]);
    dock.until_quiet().await;
    assert_eq!(dock.form_in_syspro("500", "TRKNUM"), dock.only_tracking_number());
    assert_eq!(dock.form_in_syspro("500", "SHPSTS"), "DELIVERED");
    assert_eq!(dock.asked(&Call::Setup(Some("COMSFM".to_owned()))), 0);
    assert!(dock.asked(&Call::post("COMTFM")) >= 2);
}

/// A site whose dispatch notes have a form of their own names its type and table.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_dispatch_note_s_own_form_is_written_and_read_back() {
    let manners = sandbox::syspro::Manners::default();
    let dock = Dock::set_up()
        .setting("write_back.dispatch_form.form_type", manners.dispatch_form_type.as_str())
        .setting("write_back.dispatch_form.table", manners.dispatch_form_table.as_str())
        .setting("write_back.dispatch_form.freight_cost", "")
        .setting("write_back.dispatch_form.ship_date", "")
        .open()
        .await;
    dock.releases([note("700").of_order("500")]);
    dock.until_quiet().await;
    let on_form = |field: &str| dock.sandbox.syspro().value_on_form(&manners.dispatch_form_type, "700", field);
    assert_eq!(on_form("TRKNUM"), Some(dock.only_tracking_number()));
    assert_eq!(on_form("SHPSTS").as_deref(), Some("DELIVERED"));
}
