//! The answer is lost, and before anybody could ask for it the process dies.

use anyhow::ensure;
use sandbox::world::WAREHOUSE;
use sandbox::{Call, Fault, Kind};
use serde_json::json;

use crate::judge::{End, judge};
use crate::points::dies;
use crate::world::{By, Manner, World};
use crate::{all_hold, has_crash_points};

/// A lost answer and a place to die behind it.
#[derive(Debug, Clone)]
struct Misfortune {
    fault: Fault,
    place: &'static str,
    /// The fault strikes in a cycle of its own, and the process dies in the next.
    in_two_cycles: bool,
    /// The first document is to be voided, and the fault strikes that.
    voiding: bool,
    lost_seats: u64,
}

impl Misfortune {
    fn new(fault: Fault, place: &'static str) -> Self {
        Self { fault, place, in_two_cycles: false, voiding: false, lost_seats: 0 }
    }
}

fn misfortunes() -> Vec<Misfortune> {
    let post = || Call::post("SORTDH");
    let setup = || Call::Setup(Some("COMSFM".to_owned()));
    let new = Misfortune::new;
    vec![
        // It dies before it can write down that there is a doubt.
        new(Fault::after(Call::Ship, Kind::Reset), "booking_answered"),
        new(Fault::after(Call::Ship, Kind::Truncated).times(4), "booking_answered:4"),
        // Found by reference, and dead before or after that is stored.
        Misfortune { in_two_cycles: true, ..new(Fault::after(Call::Ship, Kind::Status(500)), "probe_answered") },
        Misfortune { in_two_cycles: true, ..new(Fault::after(Call::Ship, Kind::Garbage), "waybill_recorded") },
        Misfortune { in_two_cycles: true, ..new(Fault::after(Call::Ship, Kind::Reset).times(2), "label_written") },
        // The session whose post was lost is given up: dead with the second one just opened, stored, used.
        Misfortune { lost_seats: 1, ..new(Fault::after(post(), Kind::Reset), "logged_on:2") },
        new(Fault::after(post(), Kind::Reset), "session_recorded:2"),
        new(Fault::before(post(), Kind::Html(502)), "write_back_posted"),
        new(Fault::after(setup(), Kind::Truncated), "write_back_posted"),
        new(Fault::after(setup(), Kind::Garbage), "write_back_read"),
        // SYSPRO opened a session whose token never came, and then the next one is lost too.
        Misfortune { in_two_cycles: true, lost_seats: 2, ..new(Fault::after(Call::Logon, Kind::Reset), "logged_on") },
        Misfortune {
            in_two_cycles: true,
            lost_seats: 1,
            ..new(Fault::after(Call::Logon, Kind::Truncated), "write_back_posted")
        },
        new(Fault::after(Call::Logoff, Kind::Reset), "logged_off"),
        new(Fault::before(Call::Logoff, Kind::Reset), "logged_off"),
        // Voided, not heard; asked again, heard, and dead before that is stored.
        Misfortune { in_two_cycles: true, voiding: true, ..new(Fault::after(Call::Void, Kind::Reset), "voided") },
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_death_behind_a_lost_answer_costs_neither_a_label_nor_a_number() {
    if !has_crash_points() {
        return;
    }
    all_hold(
        "a death behind a lost answer",
        misfortunes().into_iter().map(|it| {
            let name = format!("{} {:?} {}, then {}", it.fault.call, it.fault.when, it.fault.kind, it.place);
            (name, move || comes_over(it))
        }),
    )
    .await;
}

async fn comes_over(misfortune: Misfortune) -> anyhow::Result<()> {
    let world = World::open(By::Process, Manner::default()).await?;
    if misfortune.voiding {
        world.once().await?;
        world.wish(&world.notes()[0], "void", json!({ "kind": "void", "restart": false })).await?;
        world.expect(1, End::Voided);
    }
    world.sandbox.faults().add(misfortune.fault);
    if misfortune.in_two_cycles {
        let due = world.once().await?;
        world.move_to(due.unwrap_or_else(|| world.now()))?;
    }
    dies(&world, misfortune.place).await?;
    ensure!(world.sandbox.faults().coming().is_empty(), "no answer was lost");
    world.release("702", WAREHOUSE, 1);
    world.until_quiet().await?;
    judge(&world, misfortune.lost_seats).await
}
