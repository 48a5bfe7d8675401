//! Booking: the price, the day, and buying the label once.

use connector::engine::wishes::Wish;
use sandbox::{Call, Fault, Kind};

use crate::dock::{Dock, minutes, note};

fn envelope(status: u16, code: &str, message: &str) -> Kind {
    Kind::Envelope { status, code: code.to_owned(), message: message.to_owned() }
}

/// Friday evening after the cut-off: quote, label and SYSPRO all say Monday.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn after_the_cut_off_it_ships_the_next_working_day() {
    let dock = Dock::set_up().at("2026-09-18T21:00:00Z").open().await;
    dock.releases([note("700").of_order("500")]);
    dock.until_quiet().await;
    assert_eq!(dock.booked("700").await.rated.ship_date.to_string(), "2026-09-21");
    assert!(dock.attempts_of("700").await[0].request.contains("20260921"));
    assert!(dock.form_in_syspro("500", "SHPDAT").starts_with("2026-09-21"));
}

/// Quoted in the morning, approved after the cut-off: the price is asked again for the new day.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_quote_for_a_day_that_has_passed_is_asked_again() {
    let dock = Dock::set_up().mode(connector::config::Mode::Approve).open().await;
    dock.releases([note("700")]);
    dock.until_quiet().await;
    dock.advance(minutes(8 * 60)).await;
    dock.wishes("700", Wish::Ship { bench: None }).await;
    dock.until_quiet().await;
    assert_eq!(dock.booked("700").await.rated.ship_date.to_string(), "2026-09-15");
    assert_eq!(dock.asked(&Call::Rate), 2);
}

/// Our reference and SYSPRO's number travel with the label, so that both find it.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_label_carries_our_reference_and_the_notes_number() {
    let dock = Dock::open().await;
    dock.releases([note("700")]);
    dock.settle().await;
    let attempt = &dock.attempts_of("700").await[0];
    let references = &dock.ledger().labels[0].references;
    assert!(references.contains(&attempt.reference.to_string()), "{references:?}");
    assert!(references.contains(&"000000000000700".to_owned()), "{references:?}");
    dock.until_quiet().await;
}

/// Dearer than the site allows: held before anything is bought, and bought when somebody approves the price.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_dear_shipment_is_asked_about() {
    let dock = Dock::set_up().setting("ups.max_spend", "10.00").open().await;
    dock.releases([note("700")]);
    dock.until_quiet().await;
    let hold = dock.hold_of("700").await;
    assert_eq!(hold.code(), "over_spend");
    assert!(hold.words().contains("16.37"), "{}", hold.words());
    assert_eq!(dock.labels_bought(), 0);

    dock.wishes_because("700", Wish::Ship { bench: None }, "the customer pays").await;
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");
}

/// An account without negotiated rates: the published price is paid and written back.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn without_negotiated_rates_the_published_price_counts() {
    let dock = Dock::set_up().ups(|it| it.negotiated_percent = None).open().await;
    dock.releases([note("700").of_order("500")]);
    dock.until_quiet().await;
    let booked = dock.booked("700").await;
    let paid = booked.waybill.charges.payable().expect("a price");
    assert!(paid.minor() > 1637, "{paid}");
    assert!(dock.form_in_syspro("500", "FRTCST").starts_with(&paid.decimal().to_string()));
}

/// UPS refuses the shipment's data: a person corrects it, and the second attempt has a name of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_ups_refuses_waits_for_a_person() {
    let dock = Dock::open().await;
    dock.fault(Fault::before(Call::Ship, envelope(400, "120213", "Missing or invalid ship to phone number")));
    dock.releases([note("700")]);
    dock.settle().await;
    let hold = dock.hold_of("700").await;
    assert_eq!(hold.code(), "rejected_by_ups");
    assert!(hold.words().contains("phone number"), "{}", hold.words());
    assert_eq!(dock.labels_bought(), 0);

    dock.wishes("700", Wish::Retry).await;
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");
    let attempts = dock.attempts_of("700").await;
    assert_eq!(attempts.len(), 2);
    assert_ne!(attempts[0].reference, attempts[1].reference);
    insta::assert_snapshot!(dock.booking_of("700").await, @r#"
    received dispatch note 700 for COPPDW000
    address taken over in UPS's spelling: street "8753 TECHNOLOGY DR" for "8753 Technology Dr", city "DENVER" for "Denver", postal code "802167555" for "80216"
    1 package, 5.3 lb
    quoted Ground 16.37 USD for 2026-09-14
    booking asked, attempt 1
    not booked: UPS rejected the request (120213): Missing or invalid ship to phone number
    UPS refused the ship_to: "UPS rejected the request (120213): Missing or invalid ship to phone number" (code 120213).
    ann: retry
    booking asked, attempt 2
    booked 1Z… for 16.37 USD
    1 label delivered to labels
    tracking number written and read back; freight cost and ship date written and read back
    "#);
}

/// Certainly not booked: too many requests, a request UPS could not parse, an error before anything happened.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_refusal_that_will_pass_is_repeated() {
    let dock = Dock::open().await;
    dock.fault(Fault::before(Call::Ship, envelope(429, "10429", "Too Many Requests")));
    dock.fault(Fault::before(Call::Rate, Kind::Status(503)));
    dock.fault(Fault::before(Call::AddressValidation, Kind::Html(502)));
    dock.releases([note("700")]);
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");
    assert_eq!(dock.ledger().labels.len(), 1);
    insta::assert_snapshot!(dock.booking_of("700").await, @r#"
    received dispatch note 700 for COPPDW000
    checking the address: UPS is not available: status 502
    address taken over in UPS's spelling: street "8753 TECHNOLOGY DR" for "8753 Technology Dr", city "DENVER" for "Denver", postal code "802167555" for "80216"
    1 package, 5.3 lb
    asking for the price: UPS is not available: status 503
    quoted Ground 16.37 USD for 2026-09-14
    booking asked, attempt 1
    not booked: UPS asks for fewer calls
    buying the label: UPS asks for fewer calls
    booking asked, attempt 2
    booked 1Z… for 16.37 USD
    1 label delivered to labels
    tracking number written and read back; freight cost and ship date written and read back
    "#);
}

/// UPS could not parse the request: certainly nothing was bought, and repeating it would not help.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_request_ups_cannot_parse_is_not_repeated_for_ever() {
    let dock = Dock::open().await;
    dock.fault(Fault::before(Call::Ship, Kind::EmptyWithErrorcode).times(Fault::FOREVER));
    dock.releases([note("700")]);
    dock.until_quiet().await;
    assert_eq!(dock.held_because("700").await, "rejected_by_ups");
    assert_eq!(dock.asked(&Call::Ship), 1);
}

/// A token taken back by UPS is fetched anew, and nobody notices.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_token_taken_back_is_fetched_anew() {
    let dock = Dock::open().await;
    dock.releases([note("700")]);
    dock.settle().await;
    dock.sandbox.ups().revoke_tokens();
    dock.releases([note("701")]);
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("701").await, "delivered");
    assert!(!dock.audit_of("701").await.contains("postponed"));
}

/// A clerk stops a shipment before its label, lets it go again, or withdraws it.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_person_holds_releases_and_withdraws() {
    let dock = Dock::set_up().mode(connector::config::Mode::Approve).open().await;
    dock.releases([note("700"), note("701")]);
    dock.until_quiet().await;
    dock.wishes_because("700", Wish::Hold, "the customer wants to add a line").await;
    assert_eq!(dock.held_because("700").await, "held_by_person");
    dock.wishes("700", Wish::Release).await;
    dock.wishes("700", Wish::Ship { bench: None }).await;
    dock.wishes_because("701", Wish::Withdraw, "goes with our own truck").await;
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");
    assert_eq!(dock.stage_of("701").await, "cancelled");
    assert_eq!(dock.labels_bought(), 1);
}
