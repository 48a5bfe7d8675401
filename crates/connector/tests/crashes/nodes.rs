//! What only several nodes, or a database of its own, can come over: a node that stands still past its leases, and a
//! PostgreSQL that is gone in the middle of a commit.
//!
//! ```text
//! node A asks UPS ─► SIGSTOP ─► A's leases run out ─► node B takes over, asks UPS by reference ─► SIGCONT ─► judge
//!                                                       │ found: adopted, A's late state write is refused
//!                                                       └ not yet: A's late waybill is kept, and B applies it
//! ```

#![cfg(unix)]

use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use cluster::Cluster;
use jiff::SignedDuration;
use sandbox::{Call, Fault, Kind, When};

use crate::judge::judge;
use crate::world::{Base, By, Manner, World};
use crate::{all_hold, child};

/// How often the pretended UPS is looked at.
const LOOK: Duration = Duration::from_millis(2);
/// The longest something at UPS is waited for.
const LOOKS: u32 = 15_000;

/// Waits until something has come true at the pretended UPS.
async fn until(what: &str, has_come: impl Fn() -> bool) -> anyhow::Result<()> {
    for _ in 0..LOOKS {
        if has_come() {
            return Ok(());
        }
        tokio::time::sleep(LOOK).await;
    }
    anyhow::bail!("{what} never came")
}

async fn signal(name: &str, process: u32) -> anyhow::Result<()> {
    let mut kill = Command::new("kill");
    kill.args([name, &process.to_string()]);
    let ended = child::run(kill).await?;
    ensure!(ended.status.success(), "kill {name}: {}", ended.err);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_stood_still_past_its_leases_changes_nothing_and_loses_nothing() {
    let Some(cluster) = Cluster::shared() else { return };
    let hidden = [("found meanwhile", SignedDuration::ZERO), ("not found meanwhile", SignedDuration::from_hours(3))];
    all_hold(
        "a node that stands still",
        hidden.into_iter().map(|(name, hidden)| (name.to_owned(), move || stands_still(cluster, hidden))),
    )
    .await;
}

async fn stands_still(cluster: &'static Cluster, hidden: SignedDuration) -> anyhow::Result<()> {
    let world = World::open_on(Base::AnotherNode(cluster), By::Process, Manner::default()).await?;
    world.sandbox.ups().change(|it| it.recovery_hidden = hidden);
    let ready = world.notes().len();
    let slow = Fault { call: Call::Ship, when: When::After, kind: Kind::Latency(1500), count: 8, skip: 0 };
    world.sandbox.faults().add(slow);
    let (process, running) = child::start(world.command(&["sync", "--json"]))?;
    let all_asked = || world.sandbox.ledger().calls_of(&Call::Ship) == u64::try_from(ready).unwrap_or(u64::MAX);
    until("every booking", all_asked).await?;
    signal("-STOP", process).await?;
    // UPS goes on meanwhile, and sells what it was asked for.
    until("the end of slow calls", || world.sandbox.faults().slow() == 0).await?;
    world.leases_run_out().await?;
    for _ in 0..3 {
        let due = world.once().await?.context("the other node sees nothing to do")?;
        world.move_to(due)?;
    }
    signal("-CONT", process).await?;
    let ended = running.await??;
    ensure!(matches!(ended.status.code(), Some(0 | 2)), "sync ended with {}: {}", ended.status, ended.err);
    world.leases_run_out().await?;
    world.until_quiet().await?;
    ensure!(world.sandbox.ledger().calls_of(&Call::Ship) == 4, "a label was asked for again");
    judge(&world, 1).await
}

/// The server ends without a word while records are written, and comes back: again and again, each time a little later.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_ends_in_mid_commit_costs_neither_a_label_nor_a_number() {
    let Some(cluster) = tokio::task::block_in_place(Cluster::start) else { return };
    // It is stopped together with the process, as the shared one is.
    let cluster: &'static Cluster = Box::leak(Box::new(cluster));
    let moments = [(Call::Rate, 20), (Call::Ship, 0), (Call::Ship, 9)];
    // One after the other: the server is everybody's.
    for (call, later) in moments {
        let name = format!("PostgreSQL ends {later} ms after {call}");
        all_hold(&name, [(name.clone(), move || ends_in_mid_commit(cluster, call, Duration::from_millis(later)))])
            .await;
    }
}

async fn ends_in_mid_commit(cluster: &'static Cluster, call: Call, later: Duration) -> anyhow::Result<()> {
    let world = World::open_on(Base::Postgres(cluster), By::Process, Manner::default()).await?;
    let running = tokio::spawn(child::run(world.command(&["sync", "--json"])));
    until("the call", || world.sandbox.ledger().calls_of(&call) > 0 || running.is_finished()).await?;
    tokio::time::sleep(later).await;
    tokio::task::spawn_blocking(|| {
        cluster.crash();
        cluster.start_again();
    })
    .await?;
    let ended = running.await??;
    ensure!(!ended.err.contains("panicked"), "{}", ended.err);
    ensure!(matches!(ended.status.code(), Some(0..=2)), "sync ended with {}: {}", ended.status, ended.err);
    world.until_quiet().await?;
    judge(&world, 1).await
}
