//! In doubt: UPS was asked for a label and the answer is lost. Never two labels, never a lost one.

use connector::config::Mode;
use connector::engine::wishes::Wish;
use connector::remote::Remote;
use sandbox::ups::Pieces;
use sandbox::world::ship_via::OTHERS;
use sandbox::{Call, Fault, Kind};
use shipment::hold::Reason;
use shipment::number::TrackingNumber;
use shipment::waybill::Charges;

use crate::dock::{Dock, hours, minutes, note};

/// Ways to lose an answer. A hanging call is a story of its own, since it lasts.
fn ways() -> [Kind; 7] {
    [Kind::Reset, Kind::Truncated, Kind::Garbage, Kind::Empty, Kind::Html(502), Kind::Status(500), Kind::Status(503)]
}

/// The label was bought and the answer never arrived, in whatever way: it is found by our reference, not bought again.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_lost_answer_does_not_buy_a_second_label() {
    for kind in ways() {
        let dock = Dock::open().await;
        dock.loses_the_answer_to(Call::Ship, kind.clone());
        dock.releases([note("100482")]);
        dock.until_quiet().await;

        assert_eq!(dock.stage_of("100482").await, "delivered", "{kind}");
        assert_eq!(dock.asked(&Call::Ship), 1, "{kind}");
        assert_eq!(dock.tracking_in_syspro("100482"), dock.only_tracking_number(), "{kind}");
        let waybill = dock.booked("100482").await.waybill;
        assert!(waybill.adopted, "{kind}");
        assert!(matches!(waybill.charges, Charges::QuotedOnly(_)), "{kind}: recovery tells no charges");
        assert_eq!(dock.labels_in_folder().len(), 1, "{kind}");
    }
}

/// The same, told once in full.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_story_of_a_lost_answer() {
    let dock = Dock::open().await;
    dock.loses_the_answer_to(Call::Ship, Kind::Reset);
    dock.releases([note("100482").of_order("500")]);
    dock.advance(minutes(5)).await;
    insta::assert_snapshot!(dock.booking_of("100482").await, @r#"
    received dispatch note 100482 for COPPDW000
    address taken over in UPS's spelling: street "8753 TECHNOLOGY DR" for "8753 Technology Dr", city "DENVER" for "Denver", postal code "802167555" for "80216"
    1 package, 5.3 lb
    quoted Ground 16.37 USD for 2026-09-14
    booking asked, attempt 1
    in doubt: the answer of UPS was lost: no answer: Connection reset by peer (os error 104)
    found at UPS by our reference: 1Z…
    1 label delivered to labels
    tracking number written and read back; freight cost and ship date written and read back
    "#);
    // The freight that is written back is the quote's, since no other is known.
    assert!(dock.form_in_syspro("500", "FRTCST").starts_with("16.37"));
    dock.until_quiet().await;
}

/// UPS does not answer at all: after the site's deadline it is a doubt like any other.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_hanging_booking_is_a_doubt_after_the_deadline() {
    let dock = Dock::set_up().setting("ups.timeouts.ship_call", "1s").open().await;
    dock.loses_the_answer_to(Call::Ship, Kind::Hang);
    dock.releases([note("700")]);
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");
    assert_eq!(dock.asked(&Call::Ship), 1);
}

/// The request was lost before UPS saw it, but nobody can know: the desk decides, and not before UPS must be done with it.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_request_that_never_arrived_ends_at_the_desk() {
    let dock = Dock::open().await;
    dock.never_hears(Call::Ship, Kind::Reset);
    dock.releases([note("700")]);
    dock.advance(minutes(11)).await;
    assert_eq!(dock.stage_of("700").await, "in_doubt");
    assert_eq!(dock.labels_bought(), 0);
    assert_eq!(dock.asked(&Call::Recovery), 5);

    // Ten minutes later the clerk is sure, but UPS might still be working on it.
    dock.wishes_because("700", Wish::Absent, "nothing on ups.com").await;
    assert_eq!(dock.stage_of("700").await, "in_doubt");
    assert_eq!(dock.asked(&Call::Ship), 1);

    dock.advance(minutes(30)).await;
    dock.wishes_because("700", Wish::Absent, "still nothing on ups.com").await;
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");
    assert_eq!(dock.labels_bought(), 1);
    let attempts = dock.attempts_of("700").await;
    assert_eq!(attempts.len(), 2);
    assert_ne!(attempts[0].reference, attempts[1].reference);
    insta::assert_snapshot!(dock.booking_of("700").await, @r#"
    received dispatch note 700 for COPPDW000
    address taken over in UPS's spelling: street "8753 TECHNOLOGY DR" for "8753 Technology Dr", city "DENVER" for "Denver", postal code "802167555" for "80216"
    1 package, 5.3 lb
    quoted Ground 16.37 USD for 2026-09-14
    booking asked, attempt 1
    in doubt: the answer of UPS was lost: no answer: Connection reset by peer (os error 104)
    UPS does not know our reference yet (asked: label recovery, tracking)
    UPS does not know our reference yet (asked: label recovery, tracking)
    UPS does not know our reference yet (asked: label recovery, tracking)
    UPS does not know our reference yet (asked: label recovery, tracking)
    UPS does not know our reference yet (asked: label recovery, tracking)
    UPS knows nothing of it to the end: a person decides
    ann: too early: UPS may still finish the last attempt; not before 2026-09-14T13:18:30Z
    UPS does not know our reference yet (asked: label recovery, tracking)
    ann: said absent: still nothing on ups.com
    booking asked, attempt 2
    booked 1Z… for 16.37 USD
    1 label delivered to labels
    tracking number written and read back; freight cost and ship date written and read back
    "#);
}

/// A site may leave one further attempt to the connector: it comes when UPS must be done with the first, and only once.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_site_may_allow_one_further_attempt() {
    let dock = Dock::set_up().setting("ups.one_automatic_further_attempt", true).open().await;
    dock.never_hears(Call::Ship, Kind::Reset);
    dock.releases([note("700")]);
    dock.advance(minutes(12)).await;
    assert_eq!(dock.asked(&Call::Ship), 1, "UPS may still finish the first");
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");
    assert_eq!(dock.asked(&Call::Ship), 2);
    assert_eq!(dock.labels_bought(), 1);

    dock.fault(Fault::before(Call::Ship, Kind::Reset).times(2));
    dock.releases([note("702")]);
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("702").await, "in_doubt", "the second doubt is a person's");
    assert_eq!(dock.asked(&Call::Ship), 4);
}

/// Recovery fails, and the clerk reads the number from ups.com: adopted under it, after UPS has confirmed that it exists.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_desk_adopts_a_number() {
    let dock = Dock::set_up().ups(|it| it.recovery_hidden = hours(1)).open().await;
    dock.loses_the_answer_to(Call::Ship, Kind::Reset);
    dock.releases([note("700")]);
    dock.advance(minutes(11)).await;
    assert_eq!(dock.stage_of("700").await, "in_doubt");

    let wrong: TrackingNumber = "1Z999AA10123456784".parse().expect("a number");
    dock.wishes_because("700", Wish::Adopt { number: wrong }, "misread").await;
    assert_eq!(dock.stage_of("700").await, "in_doubt");

    dock.advance(minutes(55)).await;
    let number: TrackingNumber = dock.only_tracking_number().parse().expect("a number");
    dock.wishes_because("700", Wish::Adopt { number }, "seen on ups.com").await;
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");
    assert_eq!(dock.asked(&Call::Ship), 1);
    assert_eq!(dock.tracking_in_syspro("700"), dock.only_tracking_number());
    insta::assert_snapshot!(dock.booking_of("700").await, @r#"
    received dispatch note 700 for COPPDW000
    address taken over in UPS's spelling: street "8753 TECHNOLOGY DR" for "8753 Technology Dr", city "DENVER" for "Denver", postal code "802167555" for "80216"
    1 package, 5.3 lb
    quoted Ground 16.37 USD for 2026-09-14
    booking asked, attempt 1
    in doubt: the answer of UPS was lost: no answer: Connection reset by peer (os error 104)
    UPS does not know our reference yet (asked: label recovery, tracking)
    UPS does not know our reference yet (asked: label recovery, tracking)
    UPS does not know our reference yet (asked: label recovery, tracking)
    UPS does not know our reference yet (asked: label recovery, tracking)
    UPS does not know our reference yet (asked: label recovery, tracking)
    UPS knows nothing of it to the end: a person decides
    ann: UPS does not give 1Z…: it is not known
    UPS does not know our reference yet (asked: label recovery, tracking)
    ann: adopts 1Z…: seen on ups.com
    UPS gives the label of 1Z…
    1 label delivered to labels
    tracking number written and read back; freight cost and ship date written and read back
    "#);
}

/// The clerk reads the wrong line: the number is another shipment's, and one label must not go on two boxes.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_desk_does_not_adopt_another_shipments_number() {
    let dock = Dock::open().await;
    dock.releases([note("700")]);
    dock.settle().await;
    let number: TrackingNumber = dock.only_tracking_number().parse().expect("a number");
    dock.never_hears(Call::Ship, Kind::Reset);
    dock.releases([note("701")]);
    dock.until_quiet().await;
    dock.wishes_because("701", Wish::Adopt { number }, "seen on ups.com").await;
    assert_eq!(dock.stage_of("701").await, "in_doubt");
    assert!(dock.audit_of("701").await.ends_with("ann: 1Z… is the label of dispatch note 700"));
}

/// UPS shows the label to recovery only after a while: one of the later questions finds it.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_label_that_becomes_visible_late_is_found() {
    let dock = Dock::set_up().ups(|it| it.recovery_hidden = minutes(5)).open().await;
    dock.loses_the_answer_to(Call::Ship, Kind::Garbage);
    dock.releases([note("700")]);
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");
    assert_eq!(dock.asked(&Call::Recovery), 5, "the last of five");
    assert_eq!(dock.labels_bought(), 1);
}

/// UPS knows it and cannot give its label yet: that is no absence, so it is asked until it can.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_label_that_exists_and_is_not_ready_is_waited_for() {
    let dock = Dock::set_up().ups(|it| it.recovery_unready = minutes(40)).open().await;
    dock.loses_the_answer_to(Call::Ship, Kind::Reset);
    dock.releases([note("700")]);
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");
    assert_eq!(dock.labels_bought(), 1);
}

/// Three doubts in a row: something is wrong with UPS, so nothing more is booked until one succeeds.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn three_doubts_in_a_row_pause_the_site() {
    let dock = Dock::set_up().ups(|it| it.recovery_hidden = minutes(5)).open().await;
    dock.fault(Fault::after(Call::Ship, Kind::Reset).times(3));
    for number in ["700", "701", "702"] {
        dock.releases([note(number)]);
        dock.settle().await;
    }
    dock.releases([note("703"), note("704")]);
    dock.settle().await;
    assert_eq!(dock.asked(&Call::Ship), 3, "703 and 704 wait");
    assert_eq!(dock.stage_of("703").await, "rated");
    let away = dock.away(Remote::Booking).expect("bookings are paused");
    assert!(away.words.contains("3 bookings in a row are in doubt"), "{}", away.words);

    dock.until_quiet().await;
    for number in ["700", "701", "702", "703", "704"] {
        assert_eq!(dock.stage_of(number).await, "delivered", "{number}");
    }
    assert_eq!(dock.labels_bought(), 5);
    assert!(dock.away(Remote::Booking).is_none());
}

/// Somebody voids the label on ups.com before we found it: nobody ships under a dead number, and a person decides.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_label_voided_elsewhere_is_told() {
    let dock = Dock::open().await;
    dock.loses_the_answer_to(Call::Ship, Kind::Reset);
    dock.releases([note("700")]);
    dock.settle().await;
    dock.somebody_voids(&dock.only_tracking_number()).await;
    dock.until_quiet().await;
    assert_eq!(dock.held_because("700").await, "voided_elsewhere");
    assert_eq!(dock.labels_bought(), 0);

    dock.wishes_because("700", Wish::Release, "a new label, then").await;
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");
    assert_eq!(dock.labels_bought(), 1);
}

/// Cancelled in SYSPRO while in doubt: first the label is found, then its void is proposed, and nothing is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_note_cancelled_while_in_doubt_is_resolved_first() {
    let dock = Dock::set_up().ups(|it| it.recovery_hidden = minutes(1)).open().await;
    dock.loses_the_answer_to(Call::Ship, Kind::Reset);
    dock.releases([note("700")]);
    dock.settle().await;
    dock.sandbox.syspro().cancel("700");
    dock.advance(minutes(5)).await;
    assert_eq!(dock.held_because("700").await, "changed_after_booking");
    let Reason::ChangedAfterBooking { what } = dock.hold_of("700").await.reason else { panic!("another reason") };
    assert!(what.contains("cancelled"), "{what}");
    dock.wishes("700", Wish::Void { restart: false }).await;
    dock.until_quiet().await;
    assert_eq!(dock.labels_bought(), 0);
}

/// Changed to FedEx, or readdressed, after its label was bought: somebody is told, and the parts go on.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_change_after_booking_is_told() {
    let dock = Dock::open().await;
    dock.releases([note("700"), note("701")]);
    dock.settle().await;
    dock.sandbox.syspro().change_ship_via("700", OTHERS[0].code, OTHERS[0].text);
    dock.sandbox.syspro().change_ship_to("701", &crate::dock::consignee("Boston"));
    dock.settle().await;
    assert_eq!(dock.held_because("700").await, "changed_after_booking");
    assert_eq!(dock.held_because("701").await, "changed_after_booking");
    dock.wishes_because("700", Wish::Seen, "the clerk was too late, it has left").await;
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");
    assert_eq!(dock.stage_of("701").await, "delivered");
}

/// A person's "ship" does not hurry a shipment in doubt into a second label.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn no_wish_books_a_shipment_in_doubt_again() {
    let dock = Dock::set_up().mode(Mode::Approve).ups(|it| it.recovery_hidden = hours(1)).open().await;
    dock.loses_the_answer_to(Call::Ship, Kind::Status(500));
    dock.releases([note("700")]);
    dock.settle().await;
    dock.wishes("700", Wish::Ship { bench: None }).await;
    for _ in 0..4 {
        dock.wishes("700", Wish::Ship { bench: None }).await;
        dock.wishes("700", Wish::Retry).await;
        dock.wishes("700", Wish::Release).await;
        dock.wishes("700", Wish::Withdraw).await;
        dock.advance(minutes(4)).await;
    }
    assert_eq!(dock.stage_of("700").await, "in_doubt");
    assert_eq!(dock.asked(&Call::Ship), 1);
}

/// Nobody came to the desk, and the label became visible after hours: the doubt ends by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_doubt_at_the_desk_ends_by_itself_when_the_label_becomes_visible() {
    let dock = Dock::set_up().ups(|it| it.recovery_hidden = hours(5)).open().await;
    dock.loses_the_answer_to(Call::Ship, Kind::Reset);
    dock.releases([note("700")]);
    dock.advance(minutes(11)).await;
    assert_eq!(dock.stage_of("700").await, "in_doubt");
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");
    assert_eq!((dock.asked(&Call::Ship), dock.labels_bought()), (1, 1));
}

/// Label recovery never finds it, as it may be on lanes abroad: the manifest of Quantum View names the number.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_manifest_of_quantum_view_finds_what_recovery_does_not() {
    let dock = Dock::set_up().setting("ups.quantum_view", true).open().await;
    dock.loses_the_answer_to(Call::Ship, Kind::Reset);
    // By number recovery knows it, by our reference it says that it knows nothing.
    dock.fault(Fault::before(Call::Recovery, not_found()).times(6));
    dock.releases([note("700")]);
    dock.advance(minutes(31)).await;
    assert_eq!(dock.stage_of("700").await, "in_doubt");
    let told = dock.audit_of("700").await;
    assert!(told.contains("(asked: label recovery, tracking, Quantum View)"), "{told}");
    dock.fault(Fault::before(Call::Recovery, not_found()));
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");
    assert_eq!((dock.asked(&Call::Ship), dock.labels_bought()), (1, 1));
    assert!(dock.booked("700").await.waybill.adopted);
}

fn not_found() -> Kind {
    let message = "No label was found for the given tracking number or reference.".to_owned();
    Kind::Envelope { status: 400, code: "9801031".to_owned(), message }
}

/// Three boxes under one reference, given piece by piece: one shipment, not several, and adopted only when it is whole.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_shipment_of_several_packages_is_put_together_from_its_pieces() {
    for pieces in [Pieces::Together, Pieces::Candidates, Pieces::First] {
        let dock = Dock::set_up().ups(|it| it.recovery_pieces = pieces).open().await;
        dock.loses_the_answer_to(Call::Ship, Kind::Reset);
        dock.releases([note("700").line("PMP-1040", 6)]);
        dock.until_quiet().await;
        let booked = dock.booked("700").await;
        let packages = booked.rated.packed.packages.len();
        assert!(packages > 1, "one box is no story");
        assert_eq!(booked.waybill.tracking_numbers.len(), packages, "{pieces:?}");
        assert_eq!(dock.labels_in_folder().len(), packages, "{pieces:?}: every box has its label");
        assert_eq!((dock.asked(&Call::Ship), dock.labels_bought()), (1, 1), "{pieces:?}");
        assert_eq!(dock.field_in_syspro("700", "UserField2"), packages.to_string(), "{pieces:?}");
    }
}

/// UPS has said that it exists: from then on nobody, not even a person, may call it absent.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_ups_has_said_to_exist_cannot_be_called_absent() {
    let expired = Kind::Envelope { status: 400, code: "9800020".to_owned(), message: "expired".to_owned() };
    let dock = Dock::set_up().setting("ups.one_automatic_further_attempt", true).open().await;
    dock.loses_the_answer_to(Call::Ship, Kind::Reset);
    dock.fault(Fault::before(Call::Recovery, expired));
    dock.releases([note("700")]);
    dock.advance(minutes(20)).await;
    assert_eq!(dock.stage_of("700").await, "in_doubt", "a site's own further attempt is off the table too");
    dock.fault(Fault::before(Call::Recovery, not_found()));
    dock.wishes_because("700", Wish::Absent, "nothing on ups.com").await;
    let told = dock.audit_of("700").await;
    assert!(told.ends_with("UPS has said that it exists; adopt its number, or void it"), "{told}");
    assert_eq!(dock.asked(&Call::Ship), 1);
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered", "a later look has its label again");
}

/// Said absent, bought again, and UPS finishes the first after all: the late twin is found, voided and told.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_late_twin_is_voided_and_told() {
    let dock = Dock::set_up().ups(|it| it.recovery_hidden = hours(3)).open().await;
    dock.loses_the_answer_to(Call::Ship, Kind::Reset);
    dock.releases([note("700")]);
    dock.advance(minutes(25)).await;
    dock.wishes_because("700", Wish::Absent, "nothing on ups.com").await;
    dock.advance(minutes(5)).await;
    assert_eq!(dock.labels_bought(), 2, "nobody could know");
    dock.until_quiet().await;
    assert_eq!(dock.labels_bought(), 1);
    let number = dock.only_tracking_number();
    assert_eq!(dock.tracking_in_syspro("700"), number, "the one that travels stays");
    assert_eq!(dock.stage_of("700").await, "delivered");
    let told = dock.audit_of("700").await;
    let twin = "UPS has 1Z… of attempt 1, which was said absent: it is voided";
    assert!(told.contains(&format!("{twin}\nlate twin 1Z… voided at UPS")), "{told}");
    assert_eq!(dock.asked(&Call::Void), 1);
}

/// The twin is on its way already, so UPS does not void it: a person is told, and the standing one is left alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_late_twin_that_travels_is_a_persons_matter() {
    let dock = Dock::set_up().ups(|it| it.recovery_hidden = hours(3)).open().await;
    dock.loses_the_answer_to(Call::Ship, Kind::Reset);
    dock.releases([note("700")]);
    dock.advance(minutes(25)).await;
    dock.wishes_because("700", Wish::Absent, "nothing on ups.com").await;
    let too_late = Kind::Envelope { status: 400, code: "190103".to_owned(), message: "in progress".to_owned() };
    dock.fault(Fault::before(Call::Void, too_late));
    dock.advance(hours(7)).await;
    let hold = dock.hold_of("700").await;
    assert_eq!(hold.code(), "late_twin");
    assert!(hold.words().contains("stop the parcel with UPS Delivery Intercept"), "{}", hold.words());
    // Somebody telephones UPS.
    let standing = dock.booked("700").await.waybill.shipment_number.to_string();
    let ledger = dock.ledger();
    let twin = ledger.labels.iter().find(|it| it.shipment_identification_number != standing).expect("a twin");
    dock.somebody_voids(&twin.tracking_number).await;
    dock.wishes_because("700", Wish::Seen, "voided by telephone").await;
    dock.until_quiet().await;
    assert_eq!((dock.stage_of("700").await, dock.labels_bought()), ("delivered", 1));
}

/// The number at the desk is right and nobody wants that label any more: void and restart, in one word.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_desk_voids_and_restarts() {
    let dock = Dock::open().await;
    dock.loses_the_answer_to(Call::Ship, Kind::Reset);
    dock.fault(Fault::before(Call::Recovery, not_found()).times(5));
    dock.releases([note("700")]);
    dock.advance(minutes(11)).await;
    assert_eq!(dock.stage_of("700").await, "in_doubt");
    let first = dock.only_tracking_number();
    let number: TrackingNumber = first.parse().expect("a number");
    dock.wishes_because("700", Wish::VoidAndRestart { number }, "wrong box anyway").await;
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");
    assert_ne!(dock.only_tracking_number(), first);
    assert_eq!(dock.labels_in_folder().len(), 1, "the label nobody wanted was never printed");
}

/// What a look for a twin costs, for those who watch their quota: seven looks at a doubt, two at a refusal.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn looking_for_late_twins_costs_few_calls() {
    let dock = Dock::open().await;
    dock.never_hears(Call::Ship, Kind::Reset);
    dock.releases([note("700")]);
    dock.advance(minutes(25)).await;
    let before = dock.asked(&Call::Recovery);
    dock.wishes_because("700", Wish::Absent, "nothing on ups.com").await;
    dock.until_quiet().await;
    assert_eq!(dock.asked(&Call::Recovery) - before, 1 + 7);

    let refused = Kind::Envelope { status: 400, code: "120213".to_owned(), message: "phone".to_owned() };
    let dock = Dock::open().await;
    dock.fault(Fault::before(Call::Ship, refused));
    dock.releases([note("700")]);
    dock.until_quiet().await;
    assert_eq!(dock.asked(&Call::Recovery), 2);
}

/// The pause after three doubts is on disk: a node that starts anew, or another one, does not book into it.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_pause_of_bookings_outlives_a_restart() {
    let dock = Dock::set_up().ups(|it| it.recovery_hidden = minutes(5)).open().await;
    dock.fault(Fault::after(Call::Ship, Kind::Reset).times(3));
    for number in ["700", "701", "702"] {
        dock.releases([note(number)]);
        dock.settle().await;
    }
    dock.app.load_sites().await.expect("loaded");
    assert!(dock.away(Remote::Booking).is_some(), "bookings are paused");
    dock.releases([note("703")]);
    dock.settle().await;
    assert_eq!(dock.asked(&Call::Ship), 3);
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("703").await, "delivered");
    let open = dock.app.store.outages(Some(&dock.site)).await.expect("a store");
    assert!(open.is_empty(), "{open:?}");
}
