//! Comparing our labels with UPS's: nothing changes, and every difference is told with what to do.

use connector::engine::reconcile::{Compared, Finding, Kind as Difference, reconcile};
use connector::engine::wishes::Wish;
use connector::store::{AlarmFilter, AlarmRow};
use jiff::Timestamp;
use sandbox::{Call, Kind};
use shipment::alarm;
use shipment::number::TrackingNumber;

use crate::dock::{Dock, days, hours, minutes, note};

async fn compared(dock: &Dock, since: Timestamp) -> (Vec<Finding>, Compared) {
    let site = dock.app.site(&dock.site).expect("the site");
    let mut found = Vec::new();
    let compared = reconcile(&dock.app, &site, since, None, |it| found.push(it.clone())).await.expect("a store");
    assert_eq!(compared.stopped, None);
    (found, compared)
}

fn told(found: &[Finding]) -> Vec<(Difference, String)> {
    found.iter().map(|it| (it.kind, it.number.clone())).collect()
}

/// Somebody ships on ups.com with the same account, another label is lost in doubt, a third is voided on ups.com: each is
/// told, twice the same, and nothing is touched.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn every_difference_is_told_and_nothing_is_changed() {
    let dock = Dock::set_up().setting("ups.quantum_view", true).ups(|it| it.recovery_hidden = hours(20)).open().await;
    let since = dock.now();
    dock.releases([note("700"), note("701")]);
    dock.settle().await;
    let standing = dock.booked("701").await.waybill.shipment_number.to_string();
    dock.loses_the_answer_to(Call::Ship, Kind::Reset);
    dock.releases([note("702")]);
    dock.advance(hours(5)).await;
    let lost = dock.ledger().labels[2].tracking_number.clone();
    dock.sandbox.ups().change(|it| it.recovery_hidden = minutes(0));
    // The manifest of one label in eight comes only after its pickup.
    let foreign = [dock.somebody_ships().await, dock.somebody_ships().await];
    dock.somebody_voids(&standing).await;
    dock.clock_only(hours(2)).await;

    let labels = dock.labels_bought();
    let (found, counted) = compared(&dock, since).await;
    let (theirs, mut differences): (Vec<_>, Vec<_>) =
        told(&found).into_iter().partition(|(kind, _)| *kind == Difference::Foreign);
    differences.sort();
    assert!(!theirs.is_empty() && theirs.iter().all(|(_, number)| foreign.contains(number)), "{theirs:?}");
    let expected = [(Difference::Found, lost.clone()), (Difference::VoidedThere, standing.clone())];
    assert_eq!(differences, expected, "{counted:?} {:#?}", dock.ledger().labels);
    assert!(found.iter().any(|it| it.proposal.contains(&format!("--adopt {lost}"))), "{found:?}");
    assert_eq!((counted.foreign, counted.attempts), (u64::try_from(theirs.len()).expect("few"), 3));
    assert_eq!(told(&compared(&dock, since).await.0), told(&found), "a second run finds the same");
    let alarms = dock.app.store.alarms(&AlarmFilter::default(), 100).await.expect("a store");
    let of_it: Vec<_> = alarms.iter().filter(|it| it.kind == alarm::Kind::UnknownAtUps).map(|it| &it.subject).collect();
    assert_eq!(of_it, [&standing], "one alarm, however often it is found");
    assert_eq!(dock.labels_bought(), labels, "nothing is changed");
    assert_eq!(dock.stage_of("702").await, "in_doubt");

    for number in &foreign {
        dock.somebody_voids(number).await;
    }
    let number: TrackingNumber = lost.parse().expect("a number");
    dock.wishes_because("702", Wish::Adopt { number }, "found by reconcile").await;
    dock.wishes_because("701", Wish::Void { restart: false }, "voided at UPS").await;
    dock.until_quiet().await;
    assert_eq!(dock.tracking_in_syspro("701"), "VOID");
    let (found, _) = compared(&dock, dock.now() - days(1)).await;
    assert!(found.iter().all(|it| it.kind == Difference::Foreign), "{found:?}");
}

/// A site that wants it compares its labels every week by itself: one that UPS does not know is an alarm, once, and the
/// chore tells what it counted.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_site_compares_its_labels_every_week() {
    let weekly = Dock::set_up().setting("reconcile.every", "7d").setting("schedule.every", "1d");
    let dock = weekly.ups(|it| it.recovery_hidden = days(60)).open().await;
    dock.serves(hours(1)).await;
    dock.releases([note("700")]);
    dock.serves(days(6)).await;
    let of_it = |alarms: Vec<AlarmRow>| alarms.into_iter().filter(|it| it.kind == alarm::Kind::UnknownAtUps).collect();
    let before: Vec<AlarmRow> = of_it(dock.alarms().await);
    assert!(before.is_empty(), "not before the week is over: {before:?}");
    dock.serves(days(9)).await;
    let alarms: Vec<AlarmRow> = of_it(dock.alarms().await);
    let subjects: Vec<_> = alarms.iter().map(|it| it.subject.clone()).collect();
    assert_eq!(subjects, [dock.only_tracking_number()]);
    let chores = dock.app.store.chores(Some(&dock.site)).await.expect("a store");
    let chore = chores.iter().find(|it| it.key.kind == "reconcile").expect("a chore");
    let words = chore.words.clone().unwrap_or_default();
    assert!(words.contains("bookings of ours compared") && words.contains("no Quantum View subscription"), "{words}");
}

/// Without a Quantum View subscription our labels are compared by recovery, and it is said what was not.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_cannot_be_compared_is_said() {
    let dock = Dock::open().await;
    let chores = dock.app.store.chores(Some(&dock.site)).await.expect("a store");
    assert!(chores.iter().all(|it| it.key.kind != "reconcile"), "not by itself unless the site says so");
    let since = dock.now();
    dock.releases([note("700")]);
    dock.settle().await;
    dock.sandbox.ups().change(|it| it.recovery_hidden = hours(2));
    let (found, counted) = compared(&dock, since).await;
    assert_eq!(told(&found), [(Difference::UnknownThere, dock.only_tracking_number())]);
    assert!(counted.left_out[0].contains("no Quantum View subscription"), "{:?}", counted.left_out);
    dock.sandbox.ups().change(|it| it.recovery_hidden = hours(0));
    assert_eq!(compared(&dock, since).await.0, []);
    dock.until_quiet().await;
}
