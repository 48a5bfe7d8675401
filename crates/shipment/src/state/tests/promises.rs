//! What no life may break, whatever happens in it.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::life::{Moment, booked_of, live, lives};
use super::sample::*;
use crate::hold::Reason;
use crate::state::{Ended, Event, Look, Part, Stage, State};
use crate::write_back::Progress;

/// What is known at UPS, kept apart from the states so that it can convict them.
#[derive(Default)]
struct Witness {
    last_attempt: u32,
    may_exist: bool,
    bought: bool,
    voided: bool,
    /// UPS has said that the attempt in doubt exists.
    known: bool,
    /// Attempts that are over and whose label is known to stand.
    twins: BTreeSet<u32>,
}

impl Witness {
    fn sees(&mut self, moment: &Moment<'_>) {
        if moment.after.is_err() {
            return;
        }
        match moment.event {
            Event::Asked(attempt) => {
                assert!(!self.may_exist && !self.bought, "asked while a label may exist");
                assert!(self.twins.is_empty(), "asked while a label stands that nobody wants");
                self.known = false;
                assert!(attempt.number.get() > self.last_attempt, "attempt {} again", attempt.number);
                self.last_attempt = attempt.number.get();
                self.may_exist = true;
            }
            Event::Booked { .. } => {
                assert!(self.may_exist, "a label nobody asked for");
                assert!(!self.bought, "bought twice");
                self.bought = true;
            }
            Event::Learned(_) => self.known = true,
            Event::Looked { attempt, look: Look::Twin { .. } } => drop(self.twins.insert(attempt.get())),
            Event::Looked { attempt, look: Look::TwinVoided { .. } | Look::Over } => {
                self.twins.remove(&attempt.get());
            }
            Event::NotBooked { .. } | Event::FoundVoided | Event::SaidAbsent { .. } => {
                let said = matches!(moment.event, Event::SaidAbsent { .. });
                assert!(!(said && self.known), "a person overruled UPS");
                assert!(self.may_exist && !self.bought, "a label that exists was called absent");
                self.may_exist = false;
            }
            Event::Part(Part::Voided { .. }) => {
                assert!(self.bought && !self.voided);
                self.voided = true;
            }
            Event::Part(Part::Reopened { .. }) => {
                assert!(self.bought && self.voided, "started again with a label that stands");
                let twins = std::mem::take(&mut self.twins);
                *self = Self { last_attempt: self.last_attempt, twins, ..Self::default() };
            }
            _ => {}
        }
    }
}

proptest! {
    // The one promise that costs money, and the rare moments are the dangerous ones.
    #![proptest_config(ProptestConfig::with_cases(1_200))]

    #[test]
    fn no_life_buys_a_second_label(life in lives()) {
        let mut witness = Witness::default();
        live(&life, |moment| witness.sees(moment));
    }
}

proptest! {
    #[test]
    fn attempts_are_counted_for_good(life in lives()) {
        let mut asked = 0;
        live(&life, |moment| {
            let Ok(after) = moment.after else { return };
            let made = |state: &State| state.received().attempts_made;
            assert!(made(after) >= made(moment.before), "{} forgot an attempt", moment.event.name());
            asked += u32::from(matches!(moment.event, Event::Asked(_)));
            // The one in hand is counted when it ends.
            let in_hand = matches!(after, State::Booking(_) | State::Desk(_) | State::Booked(_));
            assert_eq!(made(after) + u32::from(in_hand), asked, "after {}", moment.event.name());
        });
    }

    #[test]
    fn a_bought_label_is_kept_until_it_is_voided_and_syspro_told(life in lives()) {
        live(&life, |moment| {
            let (Some(before), Ok(after)) = (booked_of(moment.before), moment.after) else { return };
            match booked_of(after) {
                Some(now) => assert_eq!(now.waybill, before.waybill),
                None => {
                    assert!(matches!(moment.event, Event::Part(Part::Reopened { .. })));
                    assert!(before.is_voided() && !before.write_back.is_pending());
                }
            }
        });
    }

    #[test]
    fn what_was_proven_in_syspro_stays_proven(life in lives()) {
        live(&life, |moment| {
            let (Some(before), Some(after)) = (booked_of(moment.before), moment.after.as_ref().ok().and_then(booked_of))
            else { return };
            assert!(after.write_back.steps.len() >= before.write_back.steps.len(), "steps are only appended");
            for (was, is) in before.write_back.steps.iter().zip(&after.write_back.steps) {
                assert_eq!((was.name, &was.writes), (is.name, &is.writes));
                if let Progress::Proven { .. } = was.progress {
                    assert_eq!(was.progress, is.progress);
                }
            }
        });
    }

    #[test]
    fn of_two_steps_for_one_field_only_the_last_is_ever_pending(life in lives()) {
        live(&life, |moment| {
            let Some(booked) = moment.after.as_ref().ok().and_then(booked_of) else { return };
            let steps = &booked.write_back.steps;
            for (index, step) in steps.iter().enumerate().filter(|(_, step)| step.is_pending()) {
                let overtaken = steps[index + 1..].iter().any(|newer| newer.overtakes(step));
                assert!(!overtaken, "{:?} would be written over {:?}", step, &steps[index + 1..]);
                assert!(!booked.is_voided() || step.takes_back(), "written although it is voided: {step:?}");
            }
        });
    }

    #[test]
    fn a_changed_reading_starts_again_without_the_old_leave_and_an_equal_one_keeps_everything(life in lives()) {
        live(&life, |moment| {
            let state = moment.before;
            let before_booking = matches!(
                state,
                State::AlreadyThere(_) | State::Received(_) | State::Addressed(_) | State::Packed(_) | State::Rated(_) | State::Held(_)
            );
            if !before_booking {
                return;
            }
            let known = state.received();
            let equal = Event::Reread {
                document: Box::new(known.document.clone()),
                service: known.service.clone(),
                at: moment.now,
            };
            let kept = then(state.clone(), [equal]);
            assert_eq!(kept.stage(), state.stage());
            let mut received = kept.received().clone();
            assert_eq!((received.read_at, received.stale), (moment.now, false));
            received.read_at = known.read_at;
            received.stale = known.stale;
            assert_eq!(&received, known);

            let mut other = known.document.clone();
            other.ship_to.lines[1] = "Suite 7".to_owned();
            let fresh = then(state.clone(), [reread(other.clone(), moment.now)]);
            let received = fresh.received();
            assert_eq!((&received.document, received.attempts_made), (&other, known.attempts_made));
            assert_eq!((&received.approved, &received.bench, &received.chosen_address), (&None, &None, &None));
            match (state, &fresh) {
                (State::AlreadyThere(_), State::AlreadyThere(_)) | (_, State::Received(_)) => {}
                (State::Held(was), State::Held(is)) => {
                    assert_eq!(was.hold, is.hold);
                    assert!(matches!(is.hold.reason, Reason::HeldByPerson { .. } | Reason::VoidedElsewhere));
                    assert_eq!(is.before.stage(), Stage::Received);
                }
                (_, other) => panic!("{:?} became {:?}", state.stage(), other.stage()),
            }
        });
    }

    #[test]
    fn every_attempt_that_is_over_without_a_label_is_looked_for(life in lives()) {
        let mut over = BTreeSet::new();
        live(&life, |moment| {
            let Ok(after) = moment.after else { return };
            if let (Some(booking), None) = (moment.before.doubt(), after.doubt())
                && booked_of(after).is_none()
            {
                over.insert(booking.attempt.number);
            }
            if let (Some(before), Event::Part(Part::Voided { .. })) = (booked_of(moment.before), moment.event) {
                over.insert(before.attempt.number);
            }
            if let Event::Looked { attempt, look } = moment.event {
                let gone = after.received().watched.iter().all(|it| it.attempt.number != *attempt);
                let last = matches!(look, Look::Over) || moment.before.received().next_look().is_some();
                assert!(!gone || last);
                over.retain(|it| !(gone && it == attempt));
            }
            let watched: BTreeSet<_> = after.received().watched.iter().filter(|it| it.ended != Ended::Several).map(|it| it.attempt.number).collect();
            assert_eq!(watched, over, "after {}", moment.event.name());
        });
    }

    #[test]
    fn a_hold_returns_to_where_it_was(life in lives()) {
        live(&life, |moment| {
            let Ok(state) = moment.after else { return };
            if let Ok(held) = state.clone().apply(held_by_a_person()) {
                let twice = then(held, [held_by_a_person(), released()]);
                let origin = if let State::Held(held) = state { &*held.before } else { state };
                assert_eq!(&twice, origin);
            }
        });
    }
}

proptest! {
    // Writing JSON is slow, and a life passes through many states.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_state_survives_the_store(life in lives()) {
        live(&life, |moment| {
            let Ok(state) = moment.after else { return };
            let stored = serde_json::to_string(state).expect("it can be written");
            assert_eq!(&serde_json::from_str::<State>(&stored).expect("it can be read"), state);
        });
    }
}

/// Promises about lives are worth something only if the lives get about.
#[test]
fn random_lives_come_through_every_stage_and_every_event() {
    let mut runner = TestRunner::deterministic();
    let (mut stages, mut events) = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..600 {
        let life = lives().new_tree(&mut runner).expect("a life").current();
        live(&life, |moment| {
            if let Ok(after) = moment.after {
                stages.insert(after.stage());
                events.insert(moment.event.name());
            }
        });
    }
    assert_eq!(stages, BTreeSet::from(Stage::ALL));
    let never: Vec<_> = ALL_EVENTS.into_iter().filter(|name| !events.contains(name)).collect();
    assert_eq!(never, Vec::<&str>::new());
}

const ALL_EVENTS: [&str; 43] = [
    "read_again",
    "cancelled",
    "address_settled",
    "packed",
    "quoted",
    "approved",
    "weighed",
    "address_chosen",
    "service_chosen",
    "booking_asked",
    "adopted",
    "booked",
    "not_booked",
    "in_doubt",
    "not_found_yet",
    "exists",
    "no_twin",
    "look_later",
    "late_twin",
    "twin_voided",
    "watch_over",
    "packages_voided",
    "settled",
    "found_voided",
    "to_the_desk",
    "said_absent",
    "held",
    "released",
    "label_delivered",
    "label_maybe_printed",
    "label_later",
    "print_asked",
    "written_back",
    "write_back_later",
    "write_back_asked",
    "tracked",
    "void_asked",
    "voided",
    "void_refused",
    "void_later",
    "attention",
    "attention_cleared",
    "reopened",
];
