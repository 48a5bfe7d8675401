//! Every call that changes something loses its answer, before its effect and after it, in every way an answer is lost.
//!
//! ```text
//! call × {reset, half an answer, garbage, 500, a gateway's page, silence} × {before, after the effect} ─► run on ─► judge
//! ```
//!
//! One node runs in this process, cycle after cycle, on a driven clock, as `serve` would. Where UPS was never reached it
//! does not know our reference, and the connector may not conclude from that: it asks a person, who says so once the
//! attempt can no longer be under way.

use anyhow::{Context as _, ensure};
use sandbox::world::WAREHOUSE;
use sandbox::{Call, Fault, Kind, When};
use serde_json::json;

use crate::all_hold;
use crate::judge::{End, judge};
use crate::world::{By, Manner, Note, World};

/// The ways to lose an answer.
fn kinds() -> [Kind; 6] {
    [Kind::Reset, Kind::Truncated, Kind::Garbage, Kind::Status(500), Kind::Html(502), Kind::Hang]
}

/// A call that changes something, in the situation in which it is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Changing {
    Ship,
    Void,
    /// The dispatch note's fields, the document in the address.
    DispatchNotes,
    /// The same, the document in a body.
    DispatchNotesByBody,
    /// Form values that are not there yet.
    FormAdd,
    /// A form value that is there and changes.
    FormUpdate,
    Logon,
    Logoff,
}

impl Changing {
    fn call(self) -> Call {
        let object = |name: &str| Some(name.to_owned());
        match self {
            Self::Ship => Call::Ship,
            Self::Void => Call::Void,
            Self::DispatchNotes => Call::Post(object("SORTDH")),
            Self::DispatchNotesByBody => Call::PostLd(object("SORTDH")),
            Self::FormAdd | Self::FormUpdate => Call::Setup(object("COMSFM")),
            Self::Logon => Call::Logon,
            Self::Logoff => Call::Logoff,
        }
    }
}

async fn loses_its_answers(changing: Changing) {
    let cases = kinds().into_iter().flat_map(|kind| [(When::Before, kind.clone()), (When::After, kind)]);
    all_hold(
        &format!("lost answers to {}", changing.call()),
        cases.map(|(when, kind)| {
            let name = format!("{} {when:?} {kind}", changing.call());
            (name, move || runs_on(changing, Fault { call: changing.call(), when, kind, count: 1, skip: 0 }))
        }),
    )
    .await;
}

/// UPS has no key by which it would know a second request: asking again for a label would buy another.
#[tokio::test(flavor = "multi_thread")]
async fn a_booking_whose_answer_is_lost_is_asked_for_and_never_repeated() {
    loses_its_answers(Changing::Ship).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_void_whose_answer_is_lost_is_asked_again() {
    loses_its_answers(Changing::Void).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_lost_post_left_in_a_dispatch_note_is_read() {
    loses_its_answers(Changing::DispatchNotes).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_lost_post_by_body_left_in_a_dispatch_note_is_read() {
    loses_its_answers(Changing::DispatchNotesByBody).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_lost_setup_left_in_a_form_is_read() {
    loses_its_answers(Changing::FormAdd).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_lost_update_left_in_a_form_is_read() {
    loses_its_answers(Changing::FormUpdate).await;
}

/// A seat may stay behind where SYSPRO opened a session whose token nobody ever saw.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_logon_is_done_again() {
    loses_its_answers(Changing::Logon).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_whose_logoff_was_lost_is_logged_off_by_the_next_holder() {
    loses_its_answers(Changing::Logoff).await;
}

async fn runs_on(changing: Changing, fault: Fault) -> anyhow::Result<()> {
    let manner = Manner {
        short_deadlines: fault.kind == Kind::Hang,
        short_addresses: changing == Changing::DispatchNotesByBody,
        ..Manner::default()
    };
    let world = World::open(By::Library, manner).await?;
    let fault = come_near(&world, changing, fault).await?;
    let lost_seats = u64::from(changing == Changing::Logon && fault.when == When::After);
    world.sandbox.faults().add(fault);
    world.once().await?;
    if changing == Changing::Logoff {
        world.close().await;
    }
    ensure!(world.sandbox.faults().fired().len() == 1, "the call was never made");
    // What was not reached now and needs a session must not have to wait for one.
    world.release("702", WAREHOUSE, 1);
    world.until_quiet().await?;
    judge(&world, lost_seats).await
}

/// Brings the world to where the next cycle makes the call; answers the fault that strikes the right one.
async fn come_near(world: &World, changing: Changing, fault: Fault) -> anyhow::Result<Fault> {
    match changing {
        Changing::Ship
        | Changing::DispatchNotes
        | Changing::DispatchNotesByBody
        | Changing::FormAdd
        | Changing::Logon
        | Changing::Logoff => Ok(fault),
        Changing::Void => {
            world.once().await?;
            let first = &world.notes()[0];
            world.wish(first, "void", json!({ "kind": "void", "restart": false })).await?;
            world.expect(1, End::Voided);
            Ok(fault)
        }
        Changing::FormUpdate => {
            // A first status is added; SYSPRO refuses to add the next one, and the update that follows is struck.
            let is_told = |note: &Note| world.sandbox.syspro().form_value(&note.order, "SHPSTS").is_some();
            while !world.notes().iter().any(is_told) {
                let due = world.once().await?.context("no status came before the last one")?;
                world.move_to(due)?;
            }
            Ok(fault.skipping(1))
        }
    }
}
