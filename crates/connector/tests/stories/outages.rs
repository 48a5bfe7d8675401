//! Outages: what is away is waited for by the whole site, and costs no shipment its patience.

use connector::config::{Mode, SecretName};
use connector::engine::wishes::Wish;
use connector::remote::Remote;
use sandbox::{Call, Fault, Kind};
use shipment::alarm::Kind as Alarm;

use crate::dock::{Dock, hours, minutes, note};

/// Friday, three o'clock at the warehouse.
const FRIDAY_AFTERNOON: &str = "2026-09-18T19:00:00Z";

fn a_dozen() -> Vec<String> {
    (700..712).map(|it| it.to_string()).collect()
}

/// As many as a busy Friday leaves.
const FIVE_HUNDRED: std::ops::Range<u32> = 1000..1500;

/// SYSPRO goes down on Friday evening with five hundred labels bought and not told. Nobody is asked anything, nothing is
/// tried again and again, and on Monday all of it is told by itself, a hundred at a time.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn five_hundred_wait_for_syspro_over_a_weekend() {
    let dock = Dock::set_up().at(FRIDAY_AFTERNOON).setting("tracking.every", "7d").open().await;
    // The licence is full, so that nothing can be told while labels are bought.
    dock.sandbox.syspro().set_seats(0);
    dock.releases(FIVE_HUNDRED.map(|it| note(&it.to_string())));
    dock.settle().await;
    dock.sandbox.shut_syspro().await;
    dock.advance(hours(64)).await;
    assert_eq!(dock.labels_bought(), 500);
    assert_eq!(dock.labels_in_folder().len(), 500);
    let rows = dock.shipments().await;
    assert_eq!(rows.len(), 500);
    for row in &rows {
        let booked = dock.booked(row.document.as_str()).await;
        assert!(booked.attention.is_empty(), "{}: {:?}", row.document, booked.attention);
        assert_eq!(booked.write_back.tries, 0, "{}", row.document);
    }
    assert_eq!(dock.alarm_kinds().await, [Alarm::SitePaused], "one cause, one item");

    dock.sandbox.syspro().set_seats(2);
    dock.sandbox.reopen_syspro().await;
    dock.advance(hours(1)).await;
    for number in FIVE_HUNDRED {
        assert_ne!(dock.tracking_in_syspro(&number.to_string()), "", "{number}");
    }
    assert!(dock.asked(&Call::post("SORTDH")) <= 15, "{} documents", dock.asked(&Call::post("SORTDH")));
    assert!(dock.alarm_kinds().await.is_empty());
    assert!(dock.away(Remote::Syspro).is_none());
}

/// The same of UPS: five hundred notes are released on Friday afternoon and have their labels on Monday, each one label.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn five_hundred_wait_for_ups_over_a_weekend() {
    let dock = Dock::set_up().at(FRIDAY_AFTERNOON).setting("tracking.every", "7d").open().await;
    dock.sandbox.shut_ups().await;
    dock.releases(FIVE_HUNDRED.map(|it| note(&it.to_string())));
    dock.advance(hours(64)).await;
    let rows = dock.shipments().await;
    assert_eq!(rows.len(), 500);
    for row in &rows {
        assert_eq!((row.stage.as_str(), row.tries), ("received", 0), "{}", row.document);
    }
    assert_eq!(dock.alarm_kinds().await, [Alarm::SitePaused], "one cause, one item");

    dock.sandbox.reopen_ups().await;
    dock.advance(hours(1)).await;
    assert_eq!(dock.labels_bought(), 500);
    for number in FIVE_HUNDRED {
        assert_ne!(dock.tracking_in_syspro(&number.to_string()), "", "{number}");
    }
    assert!(dock.alarm_kinds().await.is_empty());
    assert!(dock.away(Remote::Ups).is_none());
}

/// UPS is down from Friday to Monday: a dozen notes wait, nobody is asked anything, and all of it ends by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_weekend_without_ups_ends_by_itself() {
    let dock = Dock::set_up().at(FRIDAY_AFTERNOON).open().await;
    dock.sandbox.shut_ups().await;
    dock.releases(a_dozen().iter().map(|it| note(it)));
    dock.advance(hours(64)).await;
    for row in dock.shipments().await {
        assert_eq!((row.stage.as_str(), row.tries), ("received", 0), "{}", row.document);
    }
    let away = dock.away(Remote::Ups).expect("UPS is away");
    assert!(away.words.contains("the connector goes on by itself"), "{}", away.words);

    dock.sandbox.reopen_ups().await;
    dock.until_quiet().await;
    assert_eq!(dock.labels_bought(), 12);
    assert!(dock.away(Remote::Ups).is_none());
    for number in a_dozen() {
        assert_eq!(dock.stage_of(&number).await, "delivered", "{number}");
        assert!(dock.attempts_of(&number).await.len() == 1, "{number}");
    }
}

/// SYSPRO is down over the weekend: labels that were approved are bought and printed, and told on Monday.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn labels_print_while_syspro_is_away() {
    let dock = Dock::set_up().at(FRIDAY_AFTERNOON).mode(Mode::Approve).open().await;
    dock.releases(a_dozen().iter().map(|it| note(it)));
    dock.until_quiet().await;
    dock.sandbox.shut_syspro().await;
    for number in a_dozen() {
        dock.wishes(&number, Wish::Ship { bench: None }).await;
    }
    assert_eq!(dock.labels_bought(), 12);
    assert_eq!(dock.labels_in_folder().len(), 12);
    dock.advance(hours(64)).await;
    for number in a_dozen() {
        let state = dock.state_of(&number).await;
        assert!(state.hold().is_none(), "{number}: {:?}", state.hold());
        assert_eq!(dock.tracking_in_syspro(&number), "", "{number}");
    }

    dock.sandbox.reopen_syspro().await;
    dock.advance(hours(1)).await;
    assert!(dock.asked(&Call::post("SORTDH")) <= 2, "a dozen notes share a document");
    dock.until_quiet().await;
    for number in a_dozen() {
        assert_eq!(dock.stage_of(&number).await, "delivered", "{number}");
        assert_ne!(dock.tracking_in_syspro(&number), "", "{number}");
    }
}

/// SYSPRO is down when its document must be read again before booking: it waits, and is read when SYSPRO is back.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_old_reading_is_not_booked_while_syspro_is_away() {
    let dock = Dock::set_up().mode(Mode::Approve).open().await;
    dock.releases([note("700")]);
    dock.until_quiet().await;
    dock.advance(minutes(10)).await;
    dock.sandbox.shut_syspro().await;
    dock.wishes("700", Wish::Ship { bench: None }).await;
    dock.advance(hours(30)).await;
    assert_eq!(dock.asked(&Call::Ship), 0);
    assert_eq!(dock.stage_of("700").await, "rated");

    dock.sandbox.reopen_syspro().await;
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");
}

/// SYSPRO is away when the day begins: what is released meanwhile is found when it is back.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn nothing_released_during_an_outage_is_missed() {
    let dock = Dock::open().await;
    dock.sandbox.shut_syspro().await;
    dock.advance(hours(2)).await;
    dock.releases([note("700")]);
    dock.advance(hours(2)).await;
    assert!(dock.maybe_shipment("700").await.is_none());
    dock.sandbox.reopen_syspro().await;
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");
}

/// The wrong client secret: the site says so, asks a few times and waits for a person; nobody's order is at fault.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_wrong_ups_secret_pauses_the_site() {
    let dock = Dock::set_up().secret(SecretName::UpsClientSecret, "last year's").open().await;
    dock.releases(["700", "701"].map(note));
    dock.advance(hours(8)).await;
    for number in ["700", "701"] {
        assert_eq!(dock.stage_of(number).await, "received", "{number}");
    }
    let away = dock.away(Remote::Ups).expect("UPS is left alone");
    assert!(away.words.contains("site secret set"), "{}", away.words);
    assert!(dock.asked(&Call::Token) <= 8, "{}", dock.asked(&Call::Token));

    dock.replaces_secret(SecretName::UpsClientSecret, dock.sandbox.credentials().ups_client_secret).await;
    dock.until_quiet().await;
    assert_eq!(dock.labels_bought(), 2);
}

/// The application at UPS lacks rating (250002 although the token is good): the words name the product and the cure.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_product_missing_at_ups_pauses_the_site() {
    let dock = Dock::set_up().ups(|it| it.missing_products = vec![Call::Rate]).open().await;
    dock.releases(["700", "701"].map(note));
    dock.advance(hours(2)).await;
    for number in ["700", "701"] {
        let state = dock.state_of(number).await;
        assert!(state.hold().is_none(), "{number}: {:?}", state.hold());
        assert_eq!(state.stage().as_str(), "packed", "{number}");
    }
    let away = dock.away(Remote::Rating).expect("rating is left alone");
    assert!(away.words.to_lowercase().contains("rating"), "{}", away.words);
    assert!(away.words.contains("developer portal"), "{}", away.words);
    assert!(dock.away(Remote::Ups).is_none(), "and nothing else is");
    assert!(dock.asked(&Call::Rate) <= 40, "{}", dock.asked(&Call::Rate));
    assert_eq!(dock.alarm_kinds().await, [Alarm::SitePaused]);
}

/// The application at UPS lacks tracking: labels are bought, printed and told all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn without_tracking_labels_are_bought_all_the_same() {
    let dock = Dock::set_up().ups(|it| it.missing_products = vec![Call::Track]).open().await;
    dock.releases([note("700")]);
    dock.advance(hours(12)).await;
    assert!(dock.away(Remote::Tracking).is_some());
    dock.releases([note("701")]);
    dock.advance(hours(1)).await;
    assert_eq!(dock.labels_bought(), 2);
    assert_ne!(dock.tracking_in_syspro("701"), "");
    for number in ["700", "701"] {
        assert!(dock.state_of(number).await.hold().is_none(), "{number}");
    }
}

/// UPS answers 500 to everything from Friday to Monday: no shipment is at fault, so none is held and no label is tried.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_weekend_of_server_errors_at_ups_ends_by_itself() {
    let dock = Dock::set_up().at(FRIDAY_AFTERNOON).open().await;
    dock.fault(Fault::before(Call::AddressValidation, Kind::Status(500)).times(Fault::FOREVER));
    dock.fault(Fault::before(Call::Rate, Kind::Status(503)).times(Fault::FOREVER));
    dock.releases(a_dozen().iter().map(|it| note(it)));
    dock.advance(hours(64)).await;
    for row in dock.shipments().await {
        assert_eq!((row.stage.as_str(), row.hold_code), ("received", None), "{}", row.document);
    }
    assert!(dock.asked(&Call::AddressValidation) < 400, "{}", dock.asked(&Call::AddressValidation));
    assert_eq!(dock.alarm_kinds().await, [Alarm::SitePaused]);
    assert_eq!(dock.asked(&Call::Ship), 0);

    dock.sandbox.faults().clear();
    dock.until_quiet().await;
    assert_eq!(dock.labels_bought(), 12);
    for number in a_dozen() {
        assert_eq!(dock.stage_of(&number).await, "delivered", "{number}");
        assert_eq!(dock.attempts_of(&number).await.len(), 1, "{number}");
    }
}

/// Only rating answers 500 for two days: addresses are checked meanwhile, and nobody is held.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn two_days_without_prices_hold_nobody() {
    let dock = Dock::open().await;
    dock.fault(Fault::before(Call::Rate, Kind::Status(500)).times(Fault::FOREVER));
    dock.releases(["700", "701"].map(note));
    dock.advance(hours(48)).await;
    for number in ["700", "701"] {
        assert_eq!(dock.stage_of(number).await, "packed", "{number}");
    }
    assert!(dock.away(Remote::Rating).is_some());
    dock.sandbox.faults().clear();
    dock.until_quiet().await;
    assert_eq!(dock.labels_bought(), 2);
}

/// Booking answers 500 all weekend. What was asked is in doubt, and few more are asked until UPS works again.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_weekend_of_server_errors_on_booking_asks_few() {
    let dock = Dock::set_up().at(FRIDAY_AFTERNOON).open().await;
    dock.fault(Fault::before(Call::Ship, Kind::Status(500)).times(Fault::FOREVER));
    dock.releases((700..850).map(|it| note(&it.to_string())));
    dock.advance(hours(64)).await;
    let asked = dock.asked(&Call::Ship);
    // Those that were on the wire before the third doubt, and one at a time at growing intervals.
    assert!(asked < 64 + 30, "{asked}");
    let mut untried = 0;
    for row in dock.shipments().await {
        let state = dock.state_of(row.document.as_str()).await;
        assert!(state.hold().is_none(), "{}: {:?}", row.document, state.hold());
        untried += usize::from(row.stage == "rated");
    }
    assert!(untried > 50, "{untried} wait untried, {asked} were asked");
}

/// SYSPRO's reading service answers 503 for two days while an approved order must be read again: it waits.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn two_days_of_server_errors_at_syspro_hold_nobody() {
    let dock = Dock::set_up().mode(Mode::Approve).open().await;
    dock.releases([note("700")]);
    dock.until_quiet().await;
    dock.advance(minutes(10)).await;
    dock.fault(Fault::before(Call::ODataRead(None), Kind::Status(503)).times(Fault::FOREVER));
    dock.wishes("700", Wish::Ship { bench: None }).await;
    dock.advance(hours(48)).await;
    assert_eq!(dock.stage_of("700").await, "rated");
    assert_eq!(dock.alarm_kinds().await, [Alarm::SitePaused], "one cause, one item");
    dock.sandbox.faults().clear();
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");
}

/// Tracking answers badly for a day: nothing is held, the parcel moves without us.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_day_without_tracking_costs_nothing() {
    let dock = Dock::open().await;
    dock.fault(Fault::before(Call::Track, Kind::Status(500)).times(9));
    dock.releases([note("700")]);
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");
}

/// A retry that never succeeds ends in a hold when the site's patience ends, with the last words of the other side.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn patience_ends_in_a_hold() {
    let dock = Dock::set_up().setting("patience", "2h").open().await;
    dock.fault(Fault::before(Call::Rate, Kind::Garbage).times(Fault::FOREVER));
    dock.releases([note("700")]);
    dock.until_quiet().await;
    assert_eq!(dock.held_because("700").await, "patience_ended");
    dock.sandbox.faults().clear();
    dock.wishes("700", Wish::Retry).await;
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");
}
