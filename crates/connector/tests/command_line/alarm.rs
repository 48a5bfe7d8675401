//! `alarm`: what stands is listed, explained, and ticked off only where the connector cannot see the end.

use connector::clock::Clock;
use connector::store::{NewAlarm, Options, Store};
use connector::web::metrics;
use sandbox::world::Trouble;
use shipment::alarm::{Closing, Kind};

use crate::Desk;

/// What people read when an alarm stands.
const OPERATIONS: &str = include_str!("../../../../docs/operations.md");

/// The handbook explains every kind as the program does, every figure, and nothing that does not exist.
#[test]
fn the_handbook_is_true_to_the_program() {
    let rows = OPERATIONS.lines().filter_map(|line| line.strip_prefix("| `"));
    let (figures, others): (Vec<&str>, Vec<&str>) = rows.partition(|row| row.starts_with("ml_connector_"));
    let kinds: Vec<&str> = others.into_iter().filter(|row| !row.starts_with("webhook-")).collect();
    let told = Kind::ALL.map(|kind| {
        let closes = match kind.closing() {
            Closing::ByItself => "by itself",
            Closing::ByPerson => "by a person",
        };
        let (owner, severity) = (kind.owner(), kind.severity().as_str());
        format!("{kind}` | {} | {owner} | {severity} | {closes} | {} |", kind.title(), kind.what_to_do())
    });
    assert_eq!(kinds, told);
    let names: Vec<&str> = figures.into_iter().filter_map(|row| row.split_once('`')).map(|(name, _)| name).collect();
    assert_eq!(names, metrics::NAMES);
}

/// A hold is an item of its owner with what to do; it is not ticked off, because lifting the hold closes it.
#[tokio::test(flavor = "multi_thread")]
async fn a_hold_is_listed_shown_and_closes_by_itself() {
    let desk = Desk::applied(40).await;
    assert_eq!(desk.run(&["alarm", "list"]).await.code, Some(0), "nothing has happened yet");
    let held = desk.troubled(Trouble::MisspeltStreet);
    assert_eq!(desk.run(&["sync"]).await.code, Some(2));

    let listed = desk.run(&["alarm", "list", "--kind", "needs_you", "--owner", "customer_service", "--json"]).await;
    assert_eq!(listed.code, Some(2), "something waits for a person");
    let rows = listed.out.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"));
    let shown = desk.run(&["shipment", "show", &held, "--json"]).await.value();
    let row = rows.into_iter().find(|it| it["shipment"] == shown["id"]).expect("the hold is an alarm");
    assert_eq!(row["words"], shown["held"]["words"]);
    let id = row["alarm"].as_str().expect("a name").to_owned();
    let told = desk.run(&["alarm", "show", &id]).await;
    assert_eq!(told.code, Some(2), "{}", told.err);
    assert!(told.out.contains(&held) && told.out.contains("shipment show"), "{}", told.out);

    let refused = desk.run(&["alarm", "done", &id, "--reason", "seen"]).await;
    assert_eq!(refused.code, Some(1));
    assert!(refused.err.contains("closes by itself"), "{}", refused.err);
    let withdrawn = desk.run(&["shipment", "withdraw", &held, "--reason", "sent by post"]).await;
    assert_eq!(withdrawn.code, Some(0), "{}", withdrawn.err);
    assert_ne!(desk.run(&["sync"]).await.code, Some(1));
    let after = desk.run(&["alarm", "show", &id, "--json"]).await;
    assert_eq!(after.code, Some(0), "{}", after.err);
    assert_eq!(after.value()["settled_by"], "connector");
}

/// A lost parcel stays an item until somebody says what became of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_parcel_is_ticked_off_with_a_reason() {
    let desk = Desk::applied(0).await;
    let store = Store::open(&desk.path().join("data"), Options::default()).await.expect("a store");
    let site = store.sites().await.expect("read").remove(0).site;
    let lost = NewAlarm::of(&site, Kind::Lost, "1Z0001", "UPS cannot find 1Z0001", Clock::system().now());
    store.raise(&lost).await.expect("raised");
    store.close().await;

    let id = desk.run(&["alarm", "list", "--json"]).await.value()["alarm"].as_str().expect("a name").to_owned();
    assert_eq!(desk.run(&["alarm", "done", "nosuchalarm", "--reason", "x"]).await.code, Some(1));
    let done = desk.run(&["alarm", "done", &id, "--reason", "claim 12 is filed", "--json"]).await;
    assert_eq!((done.code, &done.value()["done"]), (Some(0), &true.into()), "{}", done.err);
    assert_eq!(desk.run(&["alarm", "list"]).await.code, Some(0));
    let history = desk.run(&["alarm", "list", "--all", "--json"]).await.value();
    assert_eq!((&history["settled_by"], &history["settled_words"]), (&"ann".into(), &"claim 12 is filed".into()));
    let kinds = desk.run(&["alarm", "kinds", "--json"]).await.out;
    assert_eq!(kinds.lines().count(), Kind::ALL.len());
}
