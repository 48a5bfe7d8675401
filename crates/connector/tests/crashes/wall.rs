//! Somebody sets the wall clock, forwards or back, while a label is being bought.
//!
//! Leases and business time follow the wall; deadlines do not. Whatever jumps, a label is bought once and none is lost.

use std::time::Duration;

use anyhow::ensure;
use jiff::SignedDuration;
use sandbox::{Call, Fault, Kind, When};

use crate::judge::judge;
use crate::world::{By, Manner, World};
use crate::{all_hold, child};

/// How often the pretended UPS is looked at.
const LOOK: Duration = Duration::from_millis(5);
/// The longest a call may be waited for.
const LONGEST: u32 = 6000;

#[tokio::test(flavor = "multi_thread")]
async fn a_wall_clock_that_jumps_costs_neither_a_label_nor_a_number() {
    let jumps = [SignedDuration::from_mins(10), SignedDuration::from_hours(26), -SignedDuration::from_mins(10)];
    let calls = [Call::Rate, Call::Ship];
    let cases = jumps.into_iter().flat_map(|by| calls.iter().map(move |call| (by, call.clone())));
    all_hold(
        "a wall clock that jumps",
        cases.map(|(by, call)| (format!("{by:#} during {call}"), move || jumps_during(by, call))),
    )
    .await;
}

async fn jumps_during(by: SignedDuration, call: Call) -> anyhow::Result<()> {
    let world = World::open(By::Process, Manner::default()).await?;
    let slow = Fault { call: call.clone(), when: When::After, kind: Kind::Latency(500), count: 2, skip: 0 };
    world.sandbox.faults().add(slow);
    let running = tokio::spawn(child::run(world.command(&["sync", "--json"])));
    let mut looks = 0;
    while world.sandbox.ledger().calls_of(&call) == 0 {
        looks += 1;
        ensure!(looks < LONGEST && !running.is_finished(), "the call was never made");
        tokio::time::sleep(LOOK).await;
    }
    world.clock().step_wall(by)?;
    let ended = running.await??;
    ensure!(matches!(ended.status.code(), Some(0 | 2)), "sync ended with {}: {}", ended.status, ended.err);
    world.until_quiet().await?;
    judge(&world, 0).await
}
