//! Nodes: several connectors over one PostgreSQL, sharing the work and nothing else.

use std::sync::Arc;

use cluster::Cluster;
use connector::app::App;
use connector::config::{Mode, SecretName, mode_name};
use connector::remote::Remote;
use connector::store::{ListFilter, SessionKey, Taken};
use sandbox::{Call, Fault, Kind};
use secrecy::SecretString;

use crate::dock::{CLERK, Dock, SetUp, hours, minutes, note};

/// Longer than it takes the other node to come and look.
const LATE_ANSWER: u64 = 4_000;
/// More than a node keeps to its database.
const MOST_CONNECTIONS: usize = 100;

/// A dock on a database of its own; `None` where PostgreSQL is left out.
fn shared() -> Option<(SetUp, &'static Cluster, String)> {
    let cluster = Cluster::shared()?;
    let url = cluster.database();
    Some((Dock::set_up().database(&url), cluster, url))
}

/// The leases of whoever is frozen, or dead, run out.
fn all_leases_run_out(cluster: &Cluster, url: &str) {
    cluster.execute(url, "UPDATE shipments SET lease_until = 1 WHERE lease_until IS NOT NULL");
    cluster.execute(url, "UPDATE operator_sessions SET lease_until = 1 WHERE lease_until IS NOT NULL");
}

fn key_of(dock: &Dock) -> SessionKey {
    let site = dock.app.site(&dock.site).expect("the site");
    SessionKey {
        server: site.site.syspro.enet_url.origin().ascii_serialization(),
        operator: site.site.syspro.operator.clone(),
    }
}

/// Two nodes poll at the same moments and work on a hundred orders: each is shipped once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_ship_a_hundred_orders_once_each() {
    let Some((set_up, ..)) = shared() else { return };
    let mut dock = set_up.open().await;
    let (other, _folder) = dock.another_node().await;
    let numbers: Vec<String> = (500..600).map(|it| it.to_string()).collect();
    dock.releases(numbers.iter().map(|it| note(it)));
    dock.advance_nodes(&[&dock.app, &other], hours(1)).await;

    assert_eq!(dock.labels_bought(), 100);
    assert_eq!(dock.shipments().await.len(), 100, "two polls at once made two shipments of a document");
    for number in &numbers {
        assert_eq!(dock.stage_of(number).await, "booked", "{number}");
        assert_eq!(dock.attempts_of(number).await.len(), 1, "{number}");
        assert_ne!(dock.tracking_in_syspro(number), "", "{number}");
    }
    // One operator, one session: handed from node to node, and ended by nobody but us.
    assert_eq!(dock.ledger().logons, 1);
    other.close().await;
    dock.closes().await;
    assert!(dock.sandbox.syspro().sessions().is_empty(), "no licence seat is left taken");
}

/// A node is frozen while UPS thinks, until its lease has run out. The other one takes the shipment; when the first wakes
/// with the waybill, it may not change the shipment any more, and the waybill is not lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_late_waybill_of_a_frozen_node_is_adopted_by_the_next() {
    let Some((set_up, cluster, url)) = shared() else { return };
    let dock = set_up.open().await;
    let (other, _folder) = dock.another_node().await;
    dock.releases([note("700")]);
    dock.fault(Fault::after(Call::Ship, Kind::Latency(LATE_ANSWER)));
    dock.app.poll().await.expect("polled");
    let frozen = tokio::spawn({
        let node = Arc::clone(&dock.app);
        async move { node.drive().await }
    });
    until_asked(&dock, &Call::Ship).await;
    all_leases_run_out(cluster, &url);
    dock.time_passes(minutes(1));
    other.drive().await.expect("driven");
    assert_eq!(dock.stage_of("700").await, "booking", "the next holder found that somebody had asked");
    assert!(dock.audit_of("700").await.contains("in doubt"), "{}", dock.audit_of("700").await);

    frozen.await.expect("it woke").expect("driven");
    dock.advance_nodes(&[&dock.app, &other], minutes(1)).await;
    assert_eq!(dock.stage_of("700").await, "booked", "{}", dock.audit_of("700").await);
    let booked = dock.booked("700").await;
    assert_eq!(booked.waybill.lead().map(ToString::to_string), Some(dock.only_tracking_number()));
    assert_eq!(dock.attempts_of("700").await.len(), 1);
    assert_eq!((dock.asked(&Call::Ship), dock.labels_bought()), (1, 1));
    assert_eq!(dock.asked(&Call::Recovery), 0, "the waybill was at hand, UPS need not be asked");
    dock.advance_nodes(&[&dock.app, &other], minutes(30)).await;
    assert_ne!(dock.tracking_in_syspro("700"), "");
    other.close().await;
}

/// Waits, in real time, until a call has arrived.
async fn until_asked(dock: &Dock, call: &Call) {
    for _ in 0..600 {
        if dock.asked(call) > 0 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("{call:?} was never asked");
}

/// UPS is away for one node: the other hears of it, asks nothing, and both go on when it is back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_away_for_one_node_is_away_for_all() {
    let Some((set_up, ..)) = shared() else { return };
    let dock = set_up.open().await;
    let (other, _folder) = dock.another_node().await;
    dock.sandbox.shut_ups().await;
    dock.releases([note("700")]);
    dock.settle().await;
    assert!(dock.away(Remote::Ups).is_some());

    other.refresh().await.expect("a store");
    let seen = |node: &App| node.site(&dock.site).expect("the site").outages().contains_key(&Remote::Ups);
    assert!(seen(&other), "the other node knows nothing of it");
    dock.sandbox.reopen_ups().await;
    dock.advance_nodes(&[&other], hours(1)).await;
    assert!(!seen(&other));
    dock.app.refresh().await.expect("a store");
    assert!(!seen(&dock.app), "the node that noticed it still waits");
    assert_eq!(dock.labels_bought(), 1);
    other.close().await;
}

/// Settings, mode and secrets that a command changed are used by a running node at its next round.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_node_sees_what_a_command_changed() {
    let Some((set_up, ..)) = shared() else { return };
    let dock = set_up.mode(Mode::Approve).open().await;
    let (other, _folder) = dock.another_node().await;
    let site = |node: &App| node.site(&dock.site).expect("the site");
    let before = site(&other);
    other.refresh().await.expect("a store");
    assert!(Arc::ptr_eq(&before, &site(&other)), "nothing was changed and all was made anew");

    dock.app.store.set_mode(&dock.site, mode_name(Mode::Automatic), CLERK, dock.now()).await.expect("set");
    other.refresh().await.expect("a store");
    assert_eq!(site(&other).mode(), Mode::Automatic);

    let before = site(&other);
    let name = SecretName::UpsClientSecret;
    let version = dock.app.store.next_secret_version(&dock.site, name.as_str()).await.expect("a version");
    let secret = SecretString::from(dock.sandbox.credentials().ups_client_secret.to_owned());
    let sealed = dock.app.vault.seal(&dock.site, name.as_str(), version, &secret).expect("sealed");
    dock.app.store.put_secret(&sealed, CLERK, dock.now()).await.expect("put");
    other.refresh().await.expect("a store");
    assert!(!Arc::ptr_eq(&before, &site(&other)), "the new secret is not used");
    other.close().await;
}

/// A node dies with the operator's session in hand. The next one ends that session before it begins its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_session_of_a_dead_node_is_ended_by_the_next() {
    let Some((set_up, cluster, url)) = shared() else { return };
    let dock = set_up.open().await;
    let (other, _folder) = dock.another_node().await;
    dock.releases([note("700")]);
    dock.settle().await;
    assert_eq!(dock.ledger().logons, 1);
    // It died with the session in its hand: nobody let it go.
    let key = key_of(&dock);
    let taken = dock.app.store.session_take(&key, "the dead node", dock.now(), hours(1)).await;
    assert!(matches!(taken, Ok(Taken::Yes(..))), "{taken:?}");
    dock.releases([note("701")]);
    all_leases_run_out(cluster, &url);
    dock.advance_nodes(&[&other], minutes(10)).await;
    assert_ne!(dock.tracking_in_syspro("701"), "");
    assert_eq!(dock.ledger().logons, 2);
    assert_eq!(dock.sandbox.syspro().sessions().len(), 1, "the dead node's seat is free again");
    other.close().await;
}

/// A node that is told to stop hands back what it has: the other one need not wait for any lease.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_stops_hands_back_what_it_has() {
    let Some((set_up, cluster, url)) = shared() else { return };
    let dock = set_up.open().await;
    let (other, _folder) = dock.another_node().await;
    dock.releases((700..720).map(|it| note(&it.to_string())));
    dock.fault(Fault::after(Call::Ship, Kind::Latency(500)));
    dock.app.poll().await.expect("polled");
    let stopping = tokio::spawn({
        let node = Arc::clone(&other);
        async move { node.drive().await }
    });
    until_asked(&dock, &Call::Ship).await;
    other.stop();
    stopping.await.expect("it stopped").expect("driven");
    let leased = cluster.execute(&url, "SELECT COUNT(*) FROM shipments WHERE lease_until IS NOT NULL");
    assert_eq!(leased, "0", "something is kept by a node that has stopped");
    other.close().await;
    dock.advance(hours(1)).await;
    assert_eq!(dock.labels_bought(), 20);
}

/// PostgreSQL ends and comes back while a label is being bought: the answer waits for it, and nothing is bought twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_waits_for_a_database_that_is_away() {
    let Some(cluster) = Cluster::start() else { return };
    let dock = Dock::set_up().database(&cluster.database()).open().await;
    dock.releases([note("700")]);
    dock.fault(Fault::after(Call::Ship, Kind::Latency(700)));
    dock.app.poll().await.expect("polled");
    let buying = tokio::spawn({
        let node = Arc::clone(&dock.app);
        async move { node.drive().await }
    });
    until_asked(&dock, &Call::Ship).await;
    tokio::task::block_in_place(|| cluster.stop());
    let nothing_works = dock.app.store.sites().await.expect_err("there is no database");
    assert!(nothing_works.is_away(), "{nothing_works:?}");
    tokio::time::sleep(std::time::Duration::from_millis(1_000)).await;
    tokio::task::block_in_place(|| cluster.start_again());

    // The round it was in may have ended for want of a database; the next one goes on.
    let ended = buying.await.expect("it ended by itself");
    assert!(ended.as_ref().err().is_none_or(|error| error.is_away()), "{ended:?}");
    // Connections that the restart broke are found out one by one.
    for _ in 0..MOST_CONNECTIONS {
        if dock.app.store.list(&ListFilter::default(), None, 1).await.is_ok() {
            break;
        }
    }
    let booked = dock.booked("700").await;
    assert_eq!(booked.waybill.lead().map(ToString::to_string), Some(dock.only_tracking_number()));
    assert_eq!(dock.asked(&Call::Recovery), 0, "the answer was kept until it could be recorded");
    dock.advance(hours(1)).await;
    assert_ne!(dock.tracking_in_syspro("700"), "");
}
