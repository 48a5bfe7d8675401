//! The real binary dies at every named place and then runs on.
//!
//! ```text
//! documents ready ─► what brings it to that place ─► sync, dying there ─► one more document becomes ready
//!                                                          │ not there: the case fails
//!                                                          └─► cycle after cycle in this process ─► judge
//! ```
//!
//! The further document makes sure that the next process needs a session at once, and so has to do something about one
//! that the dead process left open.

use anyhow::ensure;
use cluster::Cluster;
use connector::crash::Point;
use jiff::SignedDuration;
use sandbox::world::WAREHOUSE;
use sandbox::{Call, Fault, Kind};
use serde_json::json;

use crate::judge::{End, judge};
use crate::world::{Base, By, COMPANY, Manner, World};
use crate::{all_hold, has_crash_points};

/// What must have happened before a `sync` comes by a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    /// Nothing: the first `sync` comes by.
    Nothing,
    /// The answers to so many bookings are lost, and the time to ask for them has come.
    LostBookings,
    /// So many labels are bought, written back, and somebody wants them voided.
    VoidsWished,
    /// Labels are bought and the time to ask for scans has come.
    OnTheWay,
    /// UPS is asked to call, and somebody looks up what the subscriptions came to afterwards.
    Subscribing,
    /// The same, and UPS has called about what happened since.
    Called,
    /// So many bookings were said absent and bought again; UPS has finished the first ones, and the time to look has come.
    LateTwins,
}

/// How a place is come by, and whether the same `sync` comes by a second time.
fn way_to(point: Point) -> (Before, bool) {
    use Point as P;
    match point {
        P::DocumentsRead
        | P::Received
        | P::Claimed
        | P::AddressChecked
        | P::Quoted
        | P::IntentDecided
        | P::IntentRecorded
        | P::BookingAnswered
        | P::WaybillRecorded
        | P::LabelWritten
        | P::LabelDelivered
        | P::WriteBackPosted
        | P::WriteBackRead
        | P::WriteBackRecorded => (Before::Nothing, true),
        // One operator has one session, whatever the number of documents and sites. `both.rs` loses it on the way.
        P::LoggedOn | P::SessionRecorded | P::LoggedOff => (Before::Nothing, false),
        P::ProbeAnswered => (Before::LostBookings, true),
        P::Tracked => (Before::OnTheWay, true),
        P::Voided => (Before::VoidsWished, true),
        // A call to UPS and a reading of the inbox for each of the two sites.
        P::Subscribed | P::SubscriptionRecorded => (Before::Subscribing, true),
        P::CallsRead | P::CallsHeard => (Before::Called, true),
        P::TwinLooked | P::TwinRecorded | P::TwinVoided => (Before::LateTwins, true),
    }
}

/// The machine stops at every place of an order's way: nothing is bought twice, nothing is lost.
#[tokio::test(flavor = "multi_thread")]
async fn a_death_at_any_place_costs_neither_a_label_nor_a_number() {
    if !has_crash_points() {
        return;
    }
    all_hold(
        "a death at every place",
        Point::ALL.iter().map(|point| (point.name().to_owned(), move || dies_and_runs_on(Base::Sqlite, *point, 1))),
    )
    .await;
}

/// The same over PostgreSQL: the node starts again, and has at once what it held.
#[tokio::test(flavor = "multi_thread")]
async fn a_death_over_postgres_costs_neither_a_label_nor_a_number() {
    let Some(cluster) = Cluster::shared().filter(|_| has_crash_points()) else { return };
    let base = Base::Postgres(cluster);
    all_hold(
        "a death at every place, over PostgreSQL",
        Point::ALL.iter().map(|point| (point.name().to_owned(), move || dies_and_runs_on(base, *point, 1))),
    )
    .await;
}

/// The same with two nodes: another one takes over what the dead one held, as soon as its leases have run out.
#[tokio::test(flavor = "multi_thread")]
async fn another_node_takes_over_from_one_that_died_at_any_place() {
    let Some(cluster) = Cluster::shared().filter(|_| has_crash_points()) else { return };
    let base = Base::AnotherNode(cluster);
    all_hold(
        "a death at every place, and another node",
        Point::ALL.iter().map(|point| (point.name().to_owned(), move || dies_and_runs_on(base, *point, 1))),
    )
    .await;
}

/// The same when one shipment is already past the place and the next one is just there.
#[tokio::test(flavor = "multi_thread")]
async fn a_death_between_two_shipments_costs_neither_a_label_nor_a_number() {
    if !has_crash_points() {
        return;
    }
    let places = Point::ALL.iter().filter(|point| way_to(**point).1);
    all_hold(
        "a death between two shipments",
        places.map(|point| (format!("{}:2", point.name()), move || dies_and_runs_on(Base::Sqlite, *point, 2))),
    )
    .await;
}

async fn dies_and_runs_on(base: Base, point: Point, occurrence: u32) -> anyhow::Result<()> {
    let before = way_to(point).0;
    let called = matches!(before, Before::Subscribing | Before::Called);
    let world = World::open_on(base, By::Process, Manner { called, ..Manner::default() }).await?;
    let calls = come_near(&world, before).await?;
    dies(&world, &format!("{}:{occurrence}", point.name())).await?;
    let lost_seats = u64::from(world.has_lost_a_seat().await?);
    world.release("702", WAREHOUSE, 1);
    if called {
        // What the dead process left is taken up, and what it never began is done.
        world.once().await?;
        world.once().await?;
        world.judge_calls(calls).await?;
    }
    world.until_quiet().await?;
    judge(&world, lost_seats).await
}

/// Answers how many calls of UPS stand in the inbox.
async fn come_near(world: &World, before: Before) -> anyhow::Result<usize> {
    match before {
        Before::Nothing | Before::Subscribing => {}
        Before::Called => {
            world.once().await?;
            world.once().await?;
            world.move_to(world.now() + SignedDuration::from_hours(30))?;
            let calls = world.is_called().await?;
            ensure!(calls > 0, "UPS called about nothing");
            return Ok(calls);
        }
        Before::LostBookings => {
            world.sandbox.faults().add(Fault::after(Call::Ship, Kind::Reset).times(2));
            let due = world.once().await?;
            ensure!(world.sandbox.faults().coming().is_empty(), "no booking was asked for");
            world.move_to(due.unwrap_or_else(|| world.now()))?;
        }
        Before::VoidsWished => {
            world.once().await?;
            let wanted = 2;
            for note in world.notes().iter().take(wanted) {
                world.wish(note, "void", json!({ "kind": "void", "restart": false })).await?;
            }
            world.expect(wanted, End::Voided);
        }
        Before::LateTwins => {
            world.sandbox.ups().change(|manners| manners.recovery_hidden = SignedDuration::from_hours(3));
            world.sandbox.faults().add(Fault::after(Call::Ship, Kind::Reset).times(2));
            // Five questions in vain, and then the desk; UPS can no longer be working on it.
            for _ in 0..6 {
                world.once().await?;
                world.move_to(world.now() + SignedDuration::from_mins(11))?;
            }
            let doubted = world.notes_at_the_desk().await?;
            ensure!(doubted.len() == 2, "{} bookings are at the desk", doubted.len());
            for note in &doubted {
                world.wish(note, "absent", json!({ "kind": "absent" })).await?;
            }
            // The second labels are bought and told to SYSPRO before, so that no logon is under way at the death.
            let soon = world.now() + SignedDuration::from_mins(5);
            while let Some(due) = world.once().await?.filter(|due| *due <= soon) {
                world.move_to(due + COMPANY)?;
            }
            ensure!(world.sandbox.ledger().labels.len() >= 4, "nothing was bought again");
            world.move_to(world.now() + SignedDuration::from_hours(4))?;
        }
        Before::OnTheWay => {
            let due = world.once().await?;
            world.move_to(due.unwrap_or_else(|| world.now()))?;
        }
    }
    Ok(0)
}

/// One `sync` that has to die at that place and nowhere else.
pub(crate) async fn dies(world: &World, place: &str) -> anyhow::Result<()> {
    let ended = world.dying_sync(place).await?;
    ensure!(ended.aborted(), "never reached: sync ended with {}: {}{}", ended.status, ended.out, ended.err);
    let name = place.split(':').next().unwrap_or(place);
    ensure!(ended.err.contains(&format!("crash point {name}")), "it died elsewhere: {}", ended.err);
    Ok(())
}
