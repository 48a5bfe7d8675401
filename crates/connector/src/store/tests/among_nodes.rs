//! Several nodes on one PostgreSQL, and a PostgreSQL that goes away.

use std::collections::BTreeSet;

use futures_util::future::join_all;

use super::super::Tenure;
use super::super::open::check_server;
use super::*;

/// A node: a store in a folder of its own.
struct Node {
    folder: TempDir,
    store: Store,
}

impl Node {
    /// A node whose leases follow the database's clock, as they do outside of tests.
    async fn at(url: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path(), real(url)).await.expect("opens");
        Self { folder, store }
    }
}

fn real(url: &str) -> Options {
    Options { told_time: false, ..On::Postgres(url.to_owned()).options() }
}

/// The address of a migrated database with the site `dayton`.
async fn database() -> Option<String> {
    let Some(On::Postgres(url)) = On::postgres().await else { return None };
    let node = Node::at(&url).await;
    node.store.apply_site(&application("dayton", "name = \"x\"")).await.expect("applied");
    node.store.close().await;
    Some(url)
}

async fn two_nodes() -> Option<[Node; 2]> {
    let url = database().await?;
    Some([Node::at(&url).await, Node::at(&url).await])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_start_together_migrate_a_new_database_once() {
    let Some(On::Postgres(url)) = On::empty().await else { return };
    let nodes = join_all((0..4).map(|_| Node::at(&url))).await;
    for node in &nodes {
        assert!(node.store.sites().await.expect("read").is_empty());
    }
    let names: BTreeSet<&str> = nodes.iter().map(|node| node.store.holder()).collect();
    assert_eq!(names.len(), 4, "every node has a name of its own");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_that_claim_at_once_share_the_work() {
    let Some(nodes) = two_nodes().await else { return };
    let arrivals: Vec<Arrival> = (1..=100).map(|it| arrival(&it.to_string())).collect();
    nodes[0].store.receive(&dayton(), &arrivals, noon()).await.expect("received");
    let claims = (0..40).map(|turn| {
        let store = nodes[turn % 2].store.clone();
        tokio::spawn(async move { store.claim_due(&ask(7)).await.expect("claimed") })
    });
    let mut claimed = BTreeSet::new();
    for rows in join_all(claims).await {
        for row in rows.expect("claimed") {
            assert!(claimed.insert(row.id), "{} was claimed twice", row.document);
            assert_eq!(row.epoch, 1);
        }
    }
    // Whoever passed over what another was claiming just then finds the rest.
    let rest = nodes[0].store.claim_due(&ask(100)).await.expect("claimed");
    assert_eq!(claimed.len() + rest.len(), 100);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_that_poll_at_once_make_one_shipment_of_a_release() {
    let Some(nodes) = two_nodes().await else { return };
    let page: Vec<Arrival> = (1..=40).map(|it| arrival(&it.to_string())).collect();
    let back: Vec<Arrival> = page.iter().rev().cloned().collect();
    let at_once = nodes.iter().zip([page, back]).map(|(node, page)| {
        let store = node.store.clone();
        tokio::spawn(async move { store.receive(&dayton(), &page, noon()).await.expect("received") })
    });
    let mut made = 0;
    for received in join_all(at_once).await {
        made += received.expect("received").iter().filter(|it| matches!(it, Received::New(_))).count();
    }
    let listed = nodes[0].store.list(&super::super::ListFilter::default(), None, 500).await.expect("listed");
    assert_eq!((made, listed.len()), (40, 40));
}

/// No unique key says that an order is shipped once when two kinds of documents speak of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_documents_of_one_order_at_two_nodes_make_one_shipment() {
    let Some(nodes) = two_nodes().await else { return };
    for number in 1..=20 {
        let sales_orders = vec![format!("90{number}").parse().expect("an order")];
        let note = Arrival { sales_orders: sales_orders.clone(), ..arrival(&format!("1{number}")) };
        let invoice = Arrival { sales_orders, source: Source::Invoices, ..arrival(&format!("2{number}")) };
        let at_once = nodes.iter().zip([note, invoice]).map(|(node, it)| {
            let store = node.store.clone();
            tokio::spawn(async move { store.receive(&dayton(), &[it], noon()).await.expect("received") })
        });
        let received: Vec<Received> =
            join_all(at_once).await.into_iter().flat_map(|it| it.expect("received")).collect();
        let new = received.iter().filter(|it| matches!(it, Received::New(_))).count();
        let linked = received.iter().filter(|it| matches!(it, Received::Linked(_))).count();
        assert_eq!((new, linked), (1, 1), "order 90{number}: {received:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_told_of_a_site_at_once_is_numbered_through() {
    let Some(nodes) = two_nodes().await else { return };
    let telling = (0..20).map(|turn| {
        let store = nodes[turn % 2].store.clone();
        tokio::spawn(async move { store.tell_site(&dayton(), noon(), "anna", "told", "words").await })
    });
    for told in join_all(telling).await {
        told.expect("told").expect("told");
    }
    let events = nodes[0].store.site_events(&dayton()).await.expect("read");
    let numbers: Vec<i64> = events.iter().map(|event| event.seq).collect();
    assert_eq!(numbers, (1..=21).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_node_with_a_wrong_clock_takes_nothing_from_others() {
    let Some(nodes) = two_nodes().await else { return };
    nodes[0].store.receive(&dayton(), &[arrival("1")], noon()).await.expect("received");
    let years = |count: i64| ClaimAsk { real_now: noon() + hours(24 * 365 * count), ..ask(1) };
    // The first node's clock is years behind; its lease is a minute from now all the same.
    let first = nodes[0].store.claim_due(&years(-5)).await.expect("claimed").pop().expect("due");
    assert!(nodes[1].store.claim_due(&years(5)).await.expect("claimed").is_empty());
    assert_eq!(nodes[1].store.in_flight(noon() + hours(24 * 365 * 5)).await.expect("counted"), 1);
    let key = super::super::SessionKey { server: "erp".to_owned(), operator: "SHIP".to_owned() };
    let [one, other] = &nodes;
    one.store.session_take(&key, "one", noon(), hours(1)).await.expect("taken");
    let taken = other.store.session_take(&key, "other", noon() + hours(24 * 365), hours(1)).await.expect("answered");
    assert!(matches!(taken, super::super::Taken::HeldBy { .. }), "{taken:?}");

    // Whose lease has ended by the database's clock is passed over, whatever its holder believes.
    let none = SignedDuration::ZERO;
    assert!(one.store.renew(&dayton(), first.id, first.epoch, Lease::of(noon(), none)).await.expect("answered"));
    let second = other.store.claim_due(&years(-5)).await.expect("claimed").pop().expect("run out");
    assert_eq!((second.id, second.epoch), (first.id, first.epoch + 1));
    let late = one.store.record(record(&first, "late")).await.expect("answered");
    assert_eq!(late, Recorded::FencedOff);
}

#[tokio::test]
async fn a_node_that_starts_again_frees_what_it_held_and_nothing_else() {
    let Some([one, other]) = two_nodes().await else { return };
    one.store.receive(&dayton(), &[arrival("1"), arrival("2")], noon()).await.expect("received");
    one.store.claim_due(&ask(1)).await.expect("claimed");
    other.store.claim_due(&ask(1)).await.expect("claimed");
    let (name, options) = (one.store.holder().to_owned(), real(&place_of(&one)));
    one.store.close().await;
    let again = Store::open(one.folder.path(), options).await.expect("opens");
    assert_eq!(again.holder(), name);
    assert_eq!(again.in_flight(noon()).await.expect("counted"), 1, "the other node's");
}

#[tokio::test]
async fn one_node_lives_in_a_folder_and_guests_beside_it() {
    let Some([one, _other]) = two_nodes().await else { return };
    let options = |tenure| Options { tenure, ..real(&place_of(&one)) };
    let second = Store::open(one.folder.path(), options(Tenure::Sole)).await;
    assert!(matches!(second, Err(StoreError::Busy { .. })), "{second:?}");
    for tenure in [Tenure::Free, Tenure::Guest] {
        let guest = Store::open(one.folder.path(), options(tenure)).await.expect("opens");
        assert_ne!(guest.holder(), one.store.holder());
        assert_eq!(guest.sites().await.expect("read").len(), 1);
        guest.close().await;
    }
}

/// The address is not kept by the store; the cluster names its databases by the place it shows.
fn place_of(node: &Node) -> String {
    let place = node.store.place();
    let words: Vec<&str> = place.split(' ').collect();
    match words.as_slice() {
        [_, _, database, _, folder] => format!("postgres://connector@localhost/{database}?host={folder}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_server_that_answers_before_its_disk_is_refused() {
    let Some(On::Postgres(url)) = On::postgres().await else { return };
    let address = DatabaseUrl::parse(&url).expect("an address");
    check_server(&address).await.expect("durable");
    let Some(cluster) = Cluster::shared() else { return };
    let name = cluster.execute(&url, "SELECT current_database()");
    for (setting, durable) in [("off", false), ("local", false), ("remote_apply", true), ("on", true)] {
        cluster.execute(&url, &format!("ALTER DATABASE {name} SET synchronous_commit = {setting}"));
        let folder = tempfile::tempdir().expect("a folder");
        let opened = Store::open(folder.path(), real(&url)).await;
        match opened {
            Ok(store) => {
                assert!(durable, "{setting} was taken");
                store.close().await;
            }
            Err(refused) => {
                assert!(!durable && matches!(refused, StoreError::NotDurable { .. }), "{setting}: {refused}");
                assert!(refused.to_string().contains(setting), "{refused}");
            }
        }
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_away_and_not_wrong() {
    let url = "postgres://anna:geheim@localhost/shipping?host=/nowhere/at/all";
    let folder = tempfile::tempdir().expect("a folder");
    let refused = Store::open(folder.path(), real(url)).await.expect_err("nobody is there");
    assert!(refused.is_away(), "{refused:?}");
    assert!(!format!("{refused:?} {refused}").contains("geheim"), "{refused:?}");
}

/// The server ends in the middle of commits, twice: once in order and once as if the machine had failed. Every record is
/// answered, stands once, and none is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_restarted_in_the_middle_of_commits_loses_and_doubles_nothing() {
    let Some(cluster) = Cluster::start() else { return };
    let node = Node::at(&cluster.database()).await;
    let store = &node.store;
    store.apply_site(&application("dayton", "name = \"x\"")).await.expect("applied");
    let arrivals: Vec<Arrival> = (1..=16).map(|it| arrival(&it.to_string())).collect();
    store.receive(&dayton(), &arrivals, noon()).await.expect("received");
    let lease = ClaimAsk { lease: hours(1), ..ask(16) };
    let rows = store.claim_due(&lease).await.expect("claimed");
    let walkers: Vec<_> = rows
        .into_iter()
        .map(|row| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut last = row.seq;
                for step in 0..150 {
                    let audit = vec![line(&format!("step {step}"))];
                    let record =
                        Record { audit, keep_lease: Some(Lease::of(noon(), hours(1))), ..record(&row, "walking") };
                    let seq = done(store.record(record).await.expect("recorded"));
                    assert_eq!(seq, last + 1, "a record was written twice, or lost");
                    last = seq;
                }
            })
        })
        .collect();
    for end in [Cluster::stop, Cluster::crash] {
        tokio::time::sleep(std::time::Duration::from_millis(150)).await;
        tokio::task::block_in_place(|| {
            end(&cluster);
            cluster.start_again();
        });
    }
    for walker in walkers {
        walker.await.expect("walked to the end");
    }
    assert!(store.verify_audit(&dayton()).await.expect("read").is_empty());
    assert_eq!(store.audit_lines(None).await.expect("counted"), 16 * 151);
    node.store.close().await;
}
