//! Outages: what is away is waited for by the whole site, and costs no shipment its patience.

use connector::config::{Mode, SecretName};
use connector::engine::wishes::Wish;
use connector::remote::Remote;
use sandbox::{Call, Fault, Kind};

use crate::dock::{Dock, hours, minutes, note};

/// Friday, three o'clock at the warehouse.
const FRIDAY_AFTERNOON: &str = "2026-09-18T19:00:00Z";

fn a_dozen() -> Vec<String> {
    (700..712).map(|it| it.to_string()).collect()
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
    let away = dock.away(Remote::Ups).expect("UPS is left alone");
    assert!(away.words.to_lowercase().contains("rating"), "{}", away.words);
    assert!(away.words.contains("developer portal"), "{}", away.words);
    assert!(dock.asked(&Call::Rate) <= 40, "{}", dock.asked(&Call::Rate));
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
