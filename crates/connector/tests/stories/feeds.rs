//! The three feeds: UPS calls, files are read, parcels are asked about, and one truth comes of it.

use connector::config::AlertVersion;
use sandbox::ups::{Fate, Outcome, WebhookToken};
use sandbox::{Call, Fault, Kind as Trouble};
use shipment::alarm::Kind;
use shipment::tracking::Feed;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::dock::{Dock, days, hours, note};

/// UPS's tracking answers nobody: questions bring nothing for as long as the fault stands.
pub(crate) fn nobody_answers_questions() -> Fault {
    Fault { count: Fault::FOREVER, ..Fault::before(Call::Track, Trouble::Status(503)) }
}

/// UPS calls and nothing else tells: the parcel is followed to the door, in both versions of Track Alert.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn calls_alone_bring_a_parcel_to_the_door() {
    for version in [AlertVersion::V1, AlertVersion::V2] {
        let dock = Dock::set_up().called_by_ups(version).fault(nobody_answers_questions()).open().await;
        dock.releases([note("700").of_order("500")]);
        dock.until_quiet().await;
        assert_eq!(dock.stage_of("700").await, "delivered", "{version:?}");
        assert_eq!(dock.form_in_syspro("500", "SHPSTS"), "DELIVERED", "{version:?}");
        let sent = dock.sandbox.ups().webhooks_sent();
        assert!(!sent.is_empty() && sent.iter().all(|it| it.outcome == Outcome::Answered(200)), "{version:?}");
        let feed = dock.feed(Feed::TrackAlert).await.expect("heard");
        assert_eq!((feed.others, feed.unreadable, feed.refused), (0, 0, 0), "{version:?}");
        assert_eq!(feed.events, i64::try_from(sent.len()).expect("a count"), "{version:?}");
        assert!(dock.feed(Feed::TrackApi).await.is_none());
    }
}

/// The day of delivery in SYSPRO is that of the place, as UPS's call tells it.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_day_of_delivery_is_that_of_the_door() {
    let dock = Dock::set_up().called_by_ups(AlertVersion::V2).fault(nobody_answers_questions()).open().await;
    dock.releases([note("700").of_order("500")]);
    dock.until_quiet().await;
    let booked = dock.booked("700").await;
    let summary = booked.tracking.summary.expect("scans");
    let day = summary.days.delivered.expect("a day");
    assert_eq!(Some(day), summary.evidence.day());
    assert!(dock.field_in_syspro("700", "ActualDeliveryDate").starts_with(&day.to_string()));
    assert_eq!(summary.days.promised, Some(day), "nothing went wrong on the way");
}

/// Everything UPS calls comes twice and out of order: the same story, told once.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn every_call_twice_and_shuffled_tells_the_same_story() {
    for fate in [Fate::OnTime, Fate::SecondAttempt, Fate::Refused] {
        let mut told = Vec::new();
        for chaos in [0, 100] {
            let dock = Dock::set_up()
                .called_by_ups(AlertVersion::V1)
                .ups(|it| {
                    it.webhook_duplicated_percent = chaos;
                    it.webhook_shuffled_percent = chaos / 2;
                    it.webhook_leading_blank_percent = chaos;
                    it.webhook_numeric_codes = chaos > 0;
                    it.resubscribing_duplicates = chaos > 0;
                })
                .fault(nobody_answers_questions())
                .open()
                .await;
            dock.releases([note("700").of_order("500")]);
            dock.settle().await;
            dock.sandbox.ups().decide_fate(&dock.only_tracking_number(), fate);
            dock.until_quiet().await;
            let summary = dock.booked("700").await.tracking.summary.expect("scans");
            let feed = dock.feed(Feed::TrackAlert).await.expect("heard");
            assert_eq!(feed.again > 0, chaos > 0, "{fate:?} {chaos}");
            told.push((summary.status, summary.at, summary.days, dock.form_in_syspro("500", "SHPSTS"), feed.events));
        }
        assert_eq!(told[0], told[1], "{fate:?}");
    }
}

/// The account's files and nothing else: a parcel is followed to the door, others' parcels are counted and not kept, and
/// no file is read twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn files_alone_bring_a_parcel_to_the_door() {
    let dock = Dock::set_up()
        .setting("ups.quantum_view", true)
        .fault(nobody_answers_questions())
        // More than one page for a day.
        .ups(|it| it.quantum_page_bytes = 400)
        .open()
        .await;
    dock.releases([note("700").of_order("500")]);
    dock.settle().await;
    dock.somebody_ships_elsewhere().await;
    dock.advance(days(6)).await;
    assert_eq!(dock.stage_of("700").await, "delivered", "{}", dock.audit_of("700").await);
    assert_eq!(dock.form_in_syspro("500", "SHPSTS"), "DELIVERED");
    let delivered = dock.field_in_syspro("700", "ActualDeliveryDate");
    let (_, last) = dock
        .sandbox
        .ups()
        .journey_of(&dock.booked("700").await.waybill.tracking_numbers[0].to_string())
        .expect("a journey");
    let day = last.to_zoned(jiff::tz::TimeZone::get("America/Denver").expect("a zone")).date();
    assert!(delivered.starts_with(&day.to_string()), "{delivered} {day}");
    let feed = dock.feed(Feed::QuantumView).await.expect("read");
    assert!(feed.others > 0 && feed.events > 0, "{feed:?}");
    assert_eq!((feed.again, feed.words), (0, None), "overlapping ranges bring known files, which are passed over");
}

/// The account has no Quantum View subscription: what `330050` means is told, and the parcel is followed by questions.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_account_without_quantum_view_is_told_what_to_do() {
    let dock = Dock::set_up().setting("ups.quantum_view", true).ups(|it| it.quantum_view.clear()).open().await;
    dock.releases([note("700").of_order("500")]);
    dock.advance(hours(3)).await;
    let words = dock.feed(Feed::QuantumView).await.expect("told").words.expect("words");
    assert!(words.contains("no Quantum View subscription") && words.contains("Manage Subscriptions"), "{words}");
    assert!(dock.away(connector::remote::Remote::Ups).is_none());
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");
}

/// All three feeds tell every scan: each counts once, and SYSPRO hears each status once.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn three_feeds_tell_one_story() {
    let dock = Dock::set_up()
        .called_by_ups(AlertVersion::V2)
        .setting("ups.quantum_view", true)
        .setting("tracking.every", "1h")
        .open()
        .await;
    dock.releases([note("700").of_order("500")]);
    dock.settle().await;
    dock.sandbox.ups().decide_fate(&dock.only_tracking_number(), Fate::Refused);
    dock.advance(days(14)).await;
    assert_eq!(dock.form_in_syspro("500", "SHPSTS"), "RETURNED");
    let told: Vec<String> = dock.events_of("700").await.into_iter().filter(|it| it == "tracked").collect();
    assert!(told.len() <= 8, "{}", dock.audit_of("700").await);
    for feed in Feed::ALL.into_iter().filter(|it| *it != Feed::TrackApi) {
        assert!(dock.feed(feed).await.expect("heard").events > 0, "{feed:?}");
    }
}

/// Each kind of trouble opens one alarm and settles by itself where it resolves.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn trouble_on_the_way_is_one_alarm_until_it_is_over() {
    let dock = Dock::set_up().setting("tracking.every", "2h").open().await;
    dock.releases([note("700").of_order("500")]);
    dock.settle().await;
    dock.sandbox.ups().decide_fate(&dock.only_tracking_number(), Fate::SecondAttempt);
    let mut seen = Vec::new();
    while dock.stage_of("700").await != "delivered" {
        dock.advance(hours(2)).await;
        for kind in dock.alarm_kinds().await {
            if !seen.contains(&kind) {
                seen.push(kind);
            }
        }
    }
    seen.sort();
    assert_eq!(seen, [Kind::Exception, Kind::Late]);
    assert!(dock.alarms().await.is_empty(), "{:?}", dock.alarms().await);
}

/// A package falls off a belt: it is asked after, and in the end it is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_package_that_is_scanned_no_more_is_asked_after() {
    let dock = Dock::set_up().setting("tracking.every", "6h").open().await;
    dock.releases([note("700").of_order("500")]);
    dock.settle().await;
    dock.sandbox.ups().decide_fate(&dock.only_tracking_number(), Fate::Lost);
    dock.advance(days(5)).await;
    let kinds = dock.alarm_kinds().await;
    assert!(kinds.contains(&Kind::NoScan), "{kinds:?}");
    dock.until_quiet().await;
    assert_eq!(dock.alarm_kinds().await, [Kind::Lost]);
}

/// Somebody shows the wrong token for a while: nothing is heard, each call is counted, questions bring the news.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn calls_with_wrong_credentials_are_counted_and_open_nothing() {
    let dock = Dock::set_up().called_by_ups(AlertVersion::V2).open().await;
    let right = dock.sandbox.ups().registered_webhook().expect("registered");
    let token = WebhookToken::Given { bearer: "guess".to_owned() };
    dock.sandbox.ups().register_webhook(Some(sandbox::ups::Webhook { token, ..right }));
    dock.releases([note("700").of_order("500")]);
    dock.until_quiet().await;
    let sent = dock.sandbox.ups().webhooks_sent();
    assert!(!sent.is_empty());
    assert!(sent.iter().all(|it| matches!(it.outcome, Outcome::Answered(401 | 429))), "{sent:?}");
    let feed = dock.feed(Feed::TrackAlert).await.expect("counted");
    assert_eq!((feed.events, feed.refused), (0, i64::try_from(sent.len()).expect("a count")));
    assert_eq!(feed.last_at, None);
    assert_eq!(dock.stage_of("700").await, "delivered");
}

/// Whoever does not know the path, the method or the credential learns nothing, and a body that is too long, no JSON or
/// no event is not taken for one.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_door_tells_strangers_nothing() {
    let dock =
        Dock::set_up().called_by_ups(AlertVersion::V1).secret_in_alerts("credential", "agreed with UPS").open().await;
    let path = dock.webhook_path();
    let right = "credential: agreed with UPS\r\ncontent-type: application/json\r\n";
    let event = r#"{"trackingNumber":"1Z999AA10123456784","activityStatus":{"type":"I","code":"DP"}}"#;
    let answers = [
        (dock.posts(&path, right, event).await, 200),
        (dock.posts(&path, "content-type: application/json\r\n", event).await, 401),
        (dock.posts(&path, "credential: agreed with UP\r\ncontent-type: application/json\r\n", event).await, 401),
        (dock.posts("/ups/oakland", right, event).await, 401),
        (dock.posts(&format!("{path}x"), right, event).await, 401),
        (dock.posts(&path, "credential: agreed with UPS\r\ncontent-type: text/html\r\n", event).await, 415),
        (dock.posts(&path, right, &"x".repeat(3 * 1024 * 1024)).await, 413),
        (dock.posts(&path, right, "not JSON").await, 200),
    ];
    for (at, (answer, expected)) in answers.iter().enumerate() {
        assert_eq!(answer, expected, "{at}");
    }
    dock.app.drive().await.expect("driven");
    let feed = dock.feed(Feed::TrackAlert).await.expect("counted");
    assert_eq!((feed.events, feed.others, feed.unreadable, feed.refused), (0, 1, 1, 2));
    assert!(dock.app.store.inbox(&dock.site, 10).await.expect("a store").is_empty(), "nothing foreign is kept");
}

/// A call was taken in and the program died before it was read: whoever starts next reads it.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_call_that_was_answered_is_never_lost() {
    let dock = Dock::set_up().called_by_ups(AlertVersion::V1).fault(nobody_answers_questions()).open().await;
    dock.releases([note("700").of_order("500")]);
    dock.settle().await;
    dock.advance(hours(1)).await;
    // Two nodes read the same calls at once; one of them is heard.
    let (first, second) = tokio::join!(dock.app.read_calls(), dock.app.read_calls());
    first.and(second).expect("read");
    let scans = dock.app.store.scans_of(&dock.site, dock.shipment("700").await.id).await.expect("a store");
    let feed = dock.feed(Feed::TrackAlert).await.expect("heard");
    assert_eq!(feed.events, i64::try_from(scans.len()).expect("a count"));
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");
}

/// UPS's calls stop on the second day: questions find out, become frequent, and become rare again once it calls.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn questions_take_over_from_a_webhook_that_dies_and_hand_back() {
    let dock = Dock::set_up().called_by_ups(AlertVersion::V2).setting("tracking.every", "2h").open().await;
    dock.releases([note("700").of_order("500")]);
    dock.settle().await;
    let number = dock.only_tracking_number();
    dock.sandbox.ups().decide_fate(&number, Fate::Unreachable);
    let asked_in = async |span| {
        let before = dock.asked(&Call::Track);
        dock.advance(span).await;
        dock.asked(&Call::Track) - before
    };
    // Tuesday: it is heard, and seldom asked.
    asked_in(hours(12)).await;
    let while_called = asked_in(days(1)).await;
    let registered = dock.sandbox.ups().registered_webhook();
    dock.sandbox.ups().register_webhook(None);
    asked_in(days(1)).await;
    assert!(dock.booked("700").await.tracking.hearing.missed_at.is_some(), "{}", dock.audit_of("700").await);
    let while_silent = asked_in(days(1)).await;
    assert!(dock.alarm_kinds().await.contains(&Kind::WebhookSilent), "{:?}", dock.alarms().await);
    dock.sandbox.ups().register_webhook(registered);
    asked_in(days(1)).await;
    let handed_back = dock.booked("700").await.tracking.hearing;
    assert!(handed_back.is_told(dock.now()), "{handed_back:?}");
    assert!(!dock.alarm_kinds().await.contains(&Kind::WebhookSilent), "{:?}", dock.alarms().await);
    assert!(while_called <= 4 && while_silent >= 8, "{while_called} {while_silent}");
    dock.until_quiet().await;
    assert_eq!(dock.form_in_syspro("500", "SHPSTS"), "RETURNED");
}

/// The application lacks Track Alert: it is told once, shipping goes on, and the day it is added it is used.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_site_without_track_alert_ships_and_asks() {
    let dock = Dock::set_up()
        .called_by_ups(AlertVersion::V1)
        .ups(|it| it.missing_products = vec![Call::TrackAlert])
        .open()
        .await;
    dock.releases([note("700").of_order("500"), note("701").of_order("501")]);
    dock.settle().await;
    assert_eq!(dock.labels_bought(), 2);
    assert!(dock.away(connector::remote::Remote::Ups).is_none(), "shipping is not paused");
    let words = dock.feed(Feed::TrackAlert).await.expect("told").words.expect("words");
    assert!(words.contains("UPS Track Alert") && words.contains("developer portal"), "{words}");
    assert_eq!(dock.asked(&Call::TrackAlert), 2, "one call for both, with the token and with a fresh one, and no more");
    assert_eq!(dock.alarm_kinds().await, [Kind::SubscriptionRefused]);
    dock.sandbox.ups().change(|it| it.missing_products.clear());
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");
    assert!(dock.alarms().await.is_empty(), "{:?}", dock.alarms().await);
    assert_eq!(dock.feed(Feed::TrackAlert).await.expect("told").words, None);
    assert!(dock.feed(Feed::TrackAlert).await.expect("heard").events > 0);
}

/// Ten shipments are booked within minutes: UPS is asked to call for all of them at once, and each answer counts by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn bookings_of_one_hour_share_a_subscription() {
    let dock = Dock::set_up().called_by_ups(AlertVersion::V1).open().await;
    dock.releases((0..10).map(|at| note(&format!("7{at:02}")).of_order(&format!("5{at:02}"))));
    dock.settle().await;
    dock.settle().await;
    let subscribed = dock.app.store.subscribed(&dock.site, dock.now()).await.expect("a store");
    let told = (subscribed.followed, subscribed.subscribed, subscribed.refused);
    assert_eq!(told, (10, 10, 0), "{:?}", dock.feed(Feed::TrackAlert).await);
    assert!(dock.asked(&Call::TrackAlert) <= 2, "{}", dock.asked(&Call::TrackAlert));
    dock.until_quiet().await;
    let after = dock.app.store.subscribed(&dock.site, dock.now()).await.expect("a store");
    assert_eq!(after.followed, 0);
}

/// A quarter of a year of one site's parcels: every one is subscribed from its booking to its end without a gap, renewed
/// every ten days, in as few calls as the days ask for.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_quarter_of_parcels_is_renewed_on_the_right_days() {
    let dock = Dock::set_up()
        .called_by_ups(AlertVersion::V1)
        .setting("tracking.every", "24h")
        // Some are never handed over: they are followed to the end of UPS's memory.
        .ups(|it| it.refusals = false)
        .open()
        .await;
    let start = dock.now();
    for week in 0..13_i64 {
        let documents: Vec<String> = (0..3).map(|at| format!("{}", 700 + week * 3 + at)).collect();
        dock.releases(documents.iter().map(|it| note(it).of_order(&format!("5{it}"))));
        dock.settle().await;
        if let Some(document) = documents.first().filter(|_| week % 4 == 0) {
            let number = dock.booked(document).await.waybill.tracking_numbers[0].to_string();
            dock.sandbox.ups().decide_fate(&number, Fate::Lost);
        }
        for _ in 0..7 {
            dock.advance(days(1)).await;
            let now = dock.now();
            let subscribed = dock.app.store.subscribed(&dock.site, now).await.expect("a store");
            assert_eq!(subscribed.subscribed, subscribed.followed, "a gap at {now}");
            // Renewed four days before it ends, a day late at most because the dock looks once a day.
            assert!(subscribed.first_end.is_none_or(|end| end.duration_since(now) >= days(3)), "{subscribed:?}");
        }
    }
    assert_eq!(dock.labels_bought(), 39);
    let weeks: u64 = 13;
    let calls = dock.asked(&Call::TrackAlert);
    assert!((weeks..=weeks * 3).contains(&calls), "{calls} subscriptions since {start}");
}

/// A number UPS does not take for Track Alert is tried a few times, explained, and followed by questions.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_number_ups_does_not_take_is_explained_and_asked_about() {
    let refused = Trouble::Envelope {
        status: 400,
        code: "VSS210".to_owned(),
        message: "None of the tracking numbers is valid.".to_owned(),
    };
    let dock = Dock::set_up().called_by_ups(AlertVersion::V1).open().await;
    dock.fault(Fault { count: 4, ..Fault::before(Call::TrackAlert, refused) });
    dock.releases([note("700").of_order("500")]);
    dock.settle().await;
    dock.advance(days(1)).await;
    let subscribed = dock.app.store.subscribed(&dock.site, dock.now()).await.expect("a store");
    assert_eq!((subscribed.followed, subscribed.subscribed, subscribed.refused), (1, 0, 1));
    assert_eq!(dock.alarm_kinds().await, [Kind::SubscriptionRefused]);
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");
    assert!(dock.alarms().await.is_empty(), "{:?}", dock.alarms().await);
    assert_eq!(dock.asked(&Call::TrackAlert), 4);
}

/// Address and secrets are changed: the old ones open nothing, and what is on its way is subscribed anew.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_renewed_webhook_is_told_to_ups_for_every_parcel_on_its_way() {
    let dock = Dock::set_up().called_by_ups(AlertVersion::V1).fault(nobody_answers_questions()).open().await;
    dock.releases([note("700").of_order("500")]);
    dock.settle().await;
    dock.settle().await;
    let before = dock.webhook_path();
    let app = &dock.app;
    connector::tracking::door::renew(&app.store, &app.vault, &dock.site, "ann", dock.now()).await.expect("renewed");
    app.load_sites().await.expect("loaded");
    assert_ne!(dock.webhook_path(), before);
    dock.until_quiet().await;
    assert_eq!(dock.stage_of("700").await, "delivered");
    let feed = dock.feed(Feed::TrackAlert).await.expect("heard");
    assert!(feed.events > 0);
}

impl Dock {
    /// Another program of the company ships something on the same account.
    async fn somebody_ships_elsewhere(&self) {
        let known = self.sandbox.credentials();
        let url = self.sandbox.ups_url().parse().expect("an address");
        let settings = ups::Settings::new(
            ups::Environment::At(url),
            known.ups_client_id,
            secrecy::SecretString::from(known.ups_client_secret),
            known.ups_account,
        );
        let elsewhere = ups::Client::new(settings).expect("a client");
        let from = ups::Party::new("Ridgeline Annex").street("120 Dock Road").place("Columbus", "OH", "43215", "US");
        let to = ups::Party::new("Harbor Machine Works").street("22 Foundry St").place("Boston", "MA", "02118", "US");
        let day = self.now().to_zoned(jiff::tz::TimeZone::UTC).date();
        let parcel = ups::Package::pounds("12.5".parse().expect("a weight"));
        let shipment =
            ups::Shipment::domestic(elsewhere.account(), from, to, ups::Service::Ground).package(parcel).on(day);
        let request = ups::ShipRequest::new(shipment, ups::LabelFormat::Zpl);
        let waybill = elsewhere.ship(&request).await.expect("a label");
        self.advance(hours(2)).await;
        // A mistake, and so no label that stands.
        elsewhere.void(&waybill.shipment_identification_number).await.expect("voided");
    }

    /// Posts to the webhook over a plain socket; the status of the answer.
    async fn posts(&self, path: &str, headers: &str, body: &str) -> u16 {
        let mut socket = TcpStream::connect(self.webhook_address()).await.expect("a connection");
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: dock\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n",
            body.len()
        );
        socket.write_all(head.as_bytes()).await.expect("written");
        // Whoever is refused may hang up before it is all sent.
        let _ = socket.write_all(body.as_bytes()).await;
        let mut answer = Vec::new();
        let _ = socket.read_to_end(&mut answer).await;
        let answer = String::from_utf8_lossy(&answer);
        answer.split(' ').nth(1).and_then(|it| it.parse().ok()).unwrap_or_else(|| panic!("no answer: {answer}"))
    }
}
