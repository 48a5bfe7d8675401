//! Schedules: when SYSPRO is read by itself, and what a person says about it.

use connector::chore::{Chore, RunNow, run_now};
use connector::store::{ChoreAsk, ChoreKey, ChorePause, ChoreRow};
use jiff::SignedDuration;
use sandbox::Call;
use shipment::document::Source;

use crate::dock::{CLERK, Dock, days, hours, minutes, note};

fn poll_of(dock: &Dock) -> ChoreKey {
    Chore::Poll(Source::DispatchNotes).key(&dock.site)
}

async fn row_of(dock: &Dock) -> ChoreRow {
    let rows = dock.app.store.chores(Some(&dock.site)).await.expect("a store");
    rows.into_iter().find(|row| row.key == poll_of(dock)).expect("a poll")
}

/// How often the ready set was read.
fn readings(dock: &Dock) -> u64 {
    dock.asked(&Call::odata("MdnMaster"))
}

/// Nobody says "poll": what is ready is found at the interval of the schedule, and shipped.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_source_is_read_at_its_interval() {
    let dock = Dock::set_up().setting("schedule.every", "10m").open().await;
    dock.serves(minutes(59)).await;
    assert_eq!(readings(&dock), 6, "at once, and then every ten minutes");
    dock.releases([note("700")]);
    dock.serves(minutes(2)).await;
    assert_eq!(dock.labels_bought(), 1);
    let row = row_of(&dock).await;
    assert_eq!((row.plan.as_str(), row.well), ("every 10m", Some(true)));
    assert_eq!(row.words.as_deref(), Some("1 ready, 1 new, 0 not ours"));
}

/// From Friday evening to Monday morning nobody looks, and on Monday at six it goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn outside_its_hours_nobody_looks() {
    // Friday, a quarter to eight in the evening at the warehouse in Ohio.
    let set_up = Dock::set_up().at("2026-09-18T23:45:00Z").setting("schedule.every", "10m");
    let week: Vec<toml::Value> = ["mon", "tue", "wed", "thu", "fri"].map(toml::Value::from).to_vec();
    let set_up = set_up.setting("schedule.working_days", week).setting("schedule.from_hour", "06:00");
    let dock = set_up.setting("schedule.until_hour", "20:00").open().await;
    dock.serves(hours(24)).await;
    assert_eq!(readings(&dock), 2);
    let monday = "2026-09-21T10:00:00Z".parse().expect("an instant");
    assert_eq!(row_of(&dock).await.due_at, Some(monday));
    dock.releases([note("700")]);
    dock.serves(monday.duration_since(dock.now()) - minutes(1)).await;
    assert!(dock.maybe_shipment("700").await.is_none());
    dock.serves(minutes(2)).await;
    assert_eq!(dock.labels_bought(), 1);
}

/// The machine was off for three nights: what should have been read each night is read once.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_was_missed_is_made_up_once() {
    let dock = Dock::set_up().setting("schedule.cron", "30 4 * * *").open().await;
    dock.app.drive().await.expect("driven");
    assert_eq!(readings(&dock), 0, "it is not half past four");
    dock.passes(days(3)).await;
    dock.app.drive().await.expect("driven");
    dock.app.drive().await.expect("driven");
    assert_eq!(readings(&dock), 1);
    let next = "2026-09-18T08:30:00Z".parse().expect("an instant");
    assert_eq!(row_of(&dock).await.due_at, Some(next));
}

/// SYSPRO is away when the nightly reading is due: it is made up when SYSPRO is back, not a night later.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_reading_that_failed_is_made_up_when_syspro_is_back() {
    let dock = Dock::set_up().setting("schedule.cron", "30 4 * * *").open().await;
    dock.releases([note("700")]);
    dock.sandbox.shut_syspro().await;
    dock.serves(hours(20)).await;
    assert_eq!(row_of(&dock).await.well, Some(false));
    dock.sandbox.reopen_syspro().await;
    dock.serves(hours(1)).await;
    assert_eq!(dock.labels_bought(), 1);
}

/// A person lets the readings rest, and sees why later; `sync` heeds it too. Resumed, what was missed is made up once.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_person_lets_readings_rest() {
    let dock = Dock::open().await;
    let pause = ChorePause { at: dock.now(), by: CLERK.to_owned(), why: "stock taking".to_owned() };
    dock.app.store.chore_pause(&poll_of(&dock), &pause).await.expect("paused");
    dock.releases([note("700")]);
    dock.serves(hours(3)).await;
    let polled = dock.settle().await;
    assert_eq!(polled[0].trouble.as_deref(), Some("paused by ann: stock taking"));
    let wanted = run_now(&dock.app, &poll_of(&dock)).await.expect("asked");
    assert!(matches!(wanted, RunNow::Paused(found) if found == pause));
    assert_eq!(readings(&dock), 0);

    assert!(dock.app.store.chore_resume(&poll_of(&dock), CLERK, dock.now()).await.expect("resumed"));
    dock.app.drive().await.expect("driven");
    assert_eq!(readings(&dock), 2, "once the headers, once what is new");
    assert_eq!(dock.labels_bought(), 1);
}

/// Somebody cannot wait for the night.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_reading_is_run_now() {
    let dock = Dock::set_up().setting("schedule.cron", "30 4 * * *").open().await;
    let ran = run_now(&dock.app, &poll_of(&dock)).await.expect("run");
    assert!(matches!(ran, RunNow::Ran(row) if row.well == Some(true)));
    assert_eq!(readings(&dock), 1);
    assert!(dock.app.store.chore_run_now(&poll_of(&dock), dock.now()).await.expect("wanted"));
    dock.app.drive().await.expect("driven");
    assert_eq!(readings(&dock), 2);
}

/// Another node is reading: nobody reads beside it. When that node has died, its reading is begun anew.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn two_nodes_do_not_read_at_once() {
    let dock = Dock::open().await;
    dock.releases([note("700")]);
    let real_now = dock.real_now();
    let ask = ChoreAsk { now: dock.now(), real_now, lease: SignedDuration::from_mins(2), holder: "another node" };
    let theirs = dock.app.store.claim_chores(&ask, std::slice::from_ref(&dock.site), 9).await.expect("claimed");
    assert_eq!(theirs.len(), 1);
    dock.app.drive().await.expect("driven");
    let polled = dock.settle().await;
    assert_eq!(polled[0].trouble.as_deref(), Some("it is being read just now"));
    assert!(matches!(run_now(&dock.app, &poll_of(&dock)).await.expect("asked"), RunNow::Running));
    assert_eq!(readings(&dock), 0);

    dock.app.store.chores_let_go("another node").await.expect("let go");
    dock.app.drive().await.expect("driven");
    assert_eq!(readings(&dock), 2, "once the headers, once what is new");
    assert_eq!(dock.labels_bought(), 1);
}

/// The weeks before Christmas are read more often, without anybody touching the settings.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_weeks_before_christmas_are_read_more_often() {
    let set_up = Dock::set_up().at("2026-11-16T03:00:00Z").setting("schedule.every", "30m");
    let peak: toml::Table = "from = \"11-16\"\nuntil = \"12-24\"\nevery = \"5m\"".parse().expect("a table");
    let dock = set_up.setting("schedule.peak", vec![toml::Value::Table(peak)]).open().await;
    // Two hours before midnight in Ohio, and the first hour of the peak.
    dock.serves(minutes(119)).await;
    assert_eq!(readings(&dock), 4);
    dock.serves(minutes(60)).await;
    assert_eq!(readings(&dock), 4 + 12);
}
