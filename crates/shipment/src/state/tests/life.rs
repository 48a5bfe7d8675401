//! Random lives: the engine does what `decide` says with any outcome, and people, polls and late answers interfere.

use jiff::{SignedDuration, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;

use super::sample::*;
use crate::decide::{Mode, Next, Paused, Policy, Step, Waiting, decide};
use crate::hold::{Hold, Reason};
use crate::number::AttemptNumber;
use crate::ship_date::{Calendar, ship_date};
use crate::state::{Booked, Event, Gone, Look, Misstep, Part, Received, State, Void};
use crate::tracking::Status;
use crate::waybill::Waybill;
use crate::write_back::Progress;

/// One moment of a life: how long nothing happened, whether the engine or anybody else acts, and how it turns out.
#[derive(Debug, Clone)]
pub(crate) struct Beat {
    wait: u32,
    engine: bool,
    turn: u32,
}

/// What happened at one beat, refused or not.
pub(crate) struct Moment<'a> {
    pub(crate) before: &'a State,
    pub(crate) event: &'a Event,
    pub(crate) after: &'a Result<State, Misstep>,
    pub(crate) now: Timestamp,
}

pub(crate) fn lives() -> impl Strategy<Value = Vec<Beat>> {
    let wait = prop_oneof![4 => 0_u32..30, 2 => 0_u32..1_000, 1 => 0_u32..200_000];
    let beat = (wait, prop::bool::weighted(0.65), any::<u32>());
    vec(beat.prop_map(|(wait, engine, turn)| Beat { wait, engine, turn }), 1..80)
}

/// Lives a life from its first reading, or from having been there already, and shows every moment.
pub(crate) fn live(beats: &[Beat], mut see: impl FnMut(&Moment<'_>)) {
    let calendar = calendar();
    let first = Box::new(Received::new(note(), Some(ground()), morning()));
    let there_already = beats.first().is_some_and(|beat| beat.turn.is_multiple_of(8));
    let mut state = if there_already { State::AlreadyThere(first) } else { State::Received(first) };
    let mut now = morning();
    for beat in beats {
        now += SignedDuration::from_secs(beat.wait.into());
        let event = if beat.engine {
            let (at, event) = next(&state, now, &calendar, beat.turn);
            now = at;
            event
        } else {
            anything(&state, now, beat.turn)
        };
        let after = state.clone().apply(event.clone());
        see(&Moment { before: &state, event: &event, after: &after, now });
        if let Ok(after) = after {
            state = after;
        }
    }
}

/// A policy under which nothing is in the way.
pub(crate) fn free(mode: Mode, calendar: &Calendar) -> Policy<'_> {
    Policy {
        mode,
        fresh_for: SignedDuration::from_mins(5),
        calendar: Some(calendar),
        paused: Paused::default(),
        reread_wanted: false,
        not_before: None,
        further_attempt_after: None,
        references_tell: true,
    }
}

fn next(state: &State, now: Timestamp, calendar: &Calendar, turn: u32) -> (Timestamp, Event) {
    let (now, step) = match decide(state, now, &free(Mode::Automatic, calendar)) {
        Next::Do(step) => (now, step),
        Next::At(at, step) => (at, step),
        Next::Person(waiting) => return (now, person(waiting, now, turn)),
        Next::Rest => return (now, anything(state, now, turn)),
    };
    (now, outcome(step, state, now, calendar, turn))
}

fn person(waiting: Waiting, now: Timestamp, turn: u32) -> Event {
    match waiting {
        Waiting::Release | Waiting::Hold => released(),
        Waiting::Shadow | Waiting::Approval => approved(now),
        Waiting::Desk if turn.is_multiple_of(3) => said_absent(now),
        Waiting::Desk if turn.is_multiple_of(2) => adopted(now),
        // People take their time.
        Waiting::Desk => reread(note(), now),
        Waiting::Attention => Event::Part(Part::AttentionCleared { by: "desk".to_owned() }),
    }
}

fn outcome(step: Step, state: &State, now: Timestamp, calendar: &Calendar, turn: u32) -> Event {
    let later = now + SignedDuration::from_secs(i64::from(turn % 900) + 5);
    let rarely = turn.is_multiple_of(7);
    match step {
        Step::Reread if rarely => reread(readdressed(), now),
        Step::Reread => reread(state.received().document.clone(), now),
        Step::CheckAddress if rarely => held(Reason::AddressNotFound),
        Step::CheckAddress => settled(),
        Step::Pack if rarely => held(Reason::BenchWeighs),
        Step::Pack => Event::Packed(vec![package()]),
        Step::Quote => match ship_date(now, calendar, None, None) {
            Ok(day) => quoted(day),
            Err(hold) => Event::Held(hold),
        },
        Step::Book => Event::Asked(attempt(state.received().attempts_made + 1, now)),
        Step::Probe => answer(state, now, turn),
        Step::ToDesk => Event::ProbesOver,
        Step::TryAgain => Event::SaidAbsent { by: "the site".to_owned(), reason: String::new(), at: now },
        Step::Watch => Event::Looked { attempt: watched(state), look: look(state, now, turn) },
        Step::Void if one_by_one(state) => {
            Event::Part(Part::PackagesVoided { at: now, packages: numbers(2).split_off(1), steps: Vec::new() })
        }
        Step::Void => match turn % 4 {
            0 => Event::Part(Part::VoidLater { next_at: later }),
            1 => Event::Part(Part::VoidRefused { words: "too late".to_owned() }),
            _ => voided(state, now),
        },
        Step::DeliverLabel => match turn % 4 {
            0 => Event::Part(Part::LabelLater { next_at: later }),
            1 => maybe_printed(now),
            _ => label_delivered(now),
        },
        Step::WriteBack if rarely => Event::Part(Part::WriteBackLater { next_at: later }),
        Step::WriteBack => written(progress(state, now, turn), later),
        Step::Track => tracked(status(turn), now),
        Step::Reopen => reopened(now),
    }
}

/// What UPS says of an attempt, at once or when asked again.
fn answer(state: &State, now: Timestamp, turn: u32) -> Event {
    let doubted = state.doubt().is_some_and(|it| it.doubt.is_some());
    match turn % 16 {
        0..10 if doubted => probed_nothing(now),
        10 if doubted => learned(now),
        0..8 => answer_lost(now),
        11 => Event::FoundVoided,
        12 => not_booked(),
        13 => adopted(now),
        _ => two_booked(now),
    }
}

/// Of two packages the second was asked for.
fn one_by_one(state: &State) -> bool {
    let void = booked_of(state).and_then(|it| it.void.as_ref());
    matches!(void, Some(Void::Asked { packages, .. }) if !packages.is_empty())
}

fn two_booked(now: Timestamp) -> Event {
    let waybill = Waybill { tracking_numbers: numbers(2), ..waybill(now) };
    Event::Booked { waybill: Box::new(waybill), steps: steps() }
}

fn watched(state: &State) -> AttemptNumber {
    state.received().next_look().map_or(AttemptNumber::FIRST, |it| it.attempt.number)
}

fn look(state: &State, now: Timestamp, turn: u32) -> Look {
    let found = state.received().next_look().is_some_and(|it| it.twin.is_some());
    match turn % 12 {
        0 | 1 => Look::Later { next_at: now + SignedDuration::from_secs(60) },
        2 | 3 if !found => twin(now),
        4 => Look::Over,
        _ if found => Look::TwinVoided { at: now },
        _ => Look::Nothing { at: now },
    }
}

fn progress(state: &State, now: Timestamp, turn: u32) -> Vec<Progress> {
    let State::Booked(booked) = state else { return Vec::new() };
    let one = |turn: u32| match turn % 5 {
        0 => Progress::Pending { posts: 1, waits: None },
        1 => refused("field is full"),
        2 => Progress::NotWritten { why: "the dispatch note is invoiced".to_owned() },
        _ => Progress::Proven { at: now },
    };
    (0..).zip(&booked.write_back.steps).map(|(index, _)| one(turn.rotate_left(index * 3))).collect()
}

fn status(turn: u32) -> Status {
    match turn % 9 {
        0 => Status::Delivered,
        1 => Status::Returned,
        2 => Status::LabelCreated,
        3 => Status::Unknown { raw: "999 ZZ/99".to_owned() },
        4 => Status::OutForDelivery,
        _ => Status::InTransit,
    }
}

/// Any event at all, whether it makes sense or not.
fn anything(state: &State, now: Timestamp, turn: u32) -> Event {
    let detail = turn / 64;
    let attempts = state.received().attempts_made;
    let later = now + SignedDuration::from_secs(i64::from(detail % 900));
    let steps = booked_of(state).map_or(0, |it| it.write_back.steps.len());
    match turn % 43 {
        0 => reread(readdressed(), now),
        1 => reread(note(), now),
        2 => Event::Reread { document: Box::new(note()), service: Some(next_day_air()), at: now },
        3 => Event::Reread { document: Box::new(note()), service: None, at: now },
        4 => gone(detail),
        5 => settled(),
        6 => Event::Packed(vec![package(); usize::from(!detail.is_multiple_of(3))]),
        7 => quoted(today()),
        8 | 9 => approved(now),
        10 => weighed(),
        11 => address_chosen(),
        12 => service_chosen(),
        13 | 14 => Event::Asked(attempt(detail % 4, now)),
        15 | 16 => Event::Asked(attempt(attempts + 1, now)),
        17 | 18 => booked(now),
        19 => adopted(now),
        20 => not_booked(),
        21 => answer_lost(now),
        22 if detail.is_multiple_of(4) => learned(now),
        22 => probed_nothing(now),
        23 => Event::FoundVoided,
        24 => Event::ProbesOver,
        25 => said_absent(now),
        26 => held_by_a_person(),
        27 => held(Reason::CustomerOnHold { customer: note().customer }),
        28 | 29 => released(),
        30 => label_delivered(now),
        31 => print_asked(now),
        32 => written(vec![Progress::Proven { at: now }; steps], later),
        33 => Event::Part(Part::WriteBackAsked { by: "desk".to_owned(), at: now }),
        34 => tracked(status(detail), now),
        35 => void_asked(!detail.is_multiple_of(3), now),
        36 => Event::Part(Part::Voided { at: now, reversal: None }),
        37 => Event::Part(Part::Attention(Hold::from(Reason::NoLines))),
        38 => Event::Part(Part::AttentionCleared { by: "desk".to_owned() }),
        39 => Event::Looked { attempt: AttemptNumber(detail % 4), look: look(state, now, detail) },
        40 => Event::Part(Part::VoidAsked {
            by: "desk".to_owned(),
            reason: "one box less".to_owned(),
            restart: false,
            packages: numbers(2).split_off(1),
            at: now,
        }),
        41 => Event::Part(Part::Settled { code: "maybe_printed".to_owned() }),
        _ => reopened(now),
    }
}

fn gone(turn: u32) -> Event {
    match turn % 5 {
        0 => Event::Gone(Gone::Cancelled),
        1 => Event::Gone(Gone::NoLongerReady { status: "3".to_owned() }),
        2 => Event::Gone(Gone::Invoiced),
        3 => Event::Gone(Gone::NotOurs { what: "ship-via is now TRUCK".to_owned() }),
        _ => withdrawn(),
    }
}

pub(crate) fn booked_of(state: &State) -> Option<&Booked> {
    match state {
        State::Booked(booked) => Some(booked),
        _ => None,
    }
}
