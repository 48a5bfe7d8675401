//! Every state has an answer, at every site and whatever is away.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::state::tests::life::{free, live, lives};
use crate::state::tests::sample::*;
use crate::state::{Event, Gone, Look, Part, Received, Stage};
use crate::tracking::Status;

fn automatic(state: &State, now: Timestamp) -> Next {
    decide(state, now, &free(Mode::Automatic, &calendar()))
}

/// Nothing in a life is put off for longer than this: the last look for a late twin.
const LONGEST: SignedDuration = SignedDuration::from_hours(7 * 24);

proptest! {
    #[test]
    fn every_state_has_a_next_step_or_a_person(life in lives()) {
        let calendar = calendar();
        live(&life, |moment| {
            let Ok(state) = moment.after else { return };
            for mode in [Mode::Shadow, Mode::Approve, Mode::Automatic] {
                match decide(state, moment.now, &free(mode, &calendar)) {
                    Next::Do(_) => {}
                    Next::At(at, step) => {
                        assert!(at > moment.now, "{step:?} is due and not done");
                        assert!(at <= moment.now + LONGEST, "{step:?} is put off to {at}");
                    }
                    Next::Person(waiting) => assert!(waits_for(waiting, state, mode), "{waiting:?} at {state:?}"),
                    Next::Rest => assert!(is_over(state), "forgotten at {state:?}"),
                }
            }
        });
    }

    #[test]
    fn what_is_away_puts_off_its_own_steps_and_no_others(life in lives(), ups in any::<bool>(), syspro in any::<bool>()) {
        let calendar = calendar();
        live(&life, |moment| {
            let Ok(state) = moment.after else { return };
            let probe = moment.now + SignedDuration::from_mins(7);
            let mut policy = free(Mode::Automatic, &calendar);
            let free = decide(state, moment.now, &policy);
            policy.paused = Paused { ups: ups.then_some(probe), syspro: syspro.then_some(probe), ..Paused::default() };
            let away = |step: Step| !step.asks_nobody() && match step.lane() {
                Lane::Ups | Lane::Tracking => ups,
                Lane::Syspro | Lane::WriteBack => syspro,
                Lane::Printer => false,
            };
            match (decide(state, moment.now, &policy), free) {
                (Next::Do(step), _) => assert!(!away(step), "{step:?} although its remote is away"),
                (Next::At(at, step), _) if away(step) => assert!(at >= probe),
                (now, Next::Do(step) | Next::At(_, step)) if !away(step) => assert_eq!(now, free),
                (Next::At(_, step), Next::Do(_) | Next::At(..)) => assert!(!away(step)),
                (now, free) => assert_eq!(now, free),
            }
        });
    }

    #[test]
    fn a_pause_of_bookings_stops_bookings_and_nothing_else(life in lives()) {
        let calendar = calendar();
        live(&life, |moment| {
            let Ok(state) = moment.after else { return };
            let probe = moment.now + SignedDuration::from_mins(7);
            let mut policy = free(Mode::Automatic, &calendar);
            let free = decide(state, moment.now, &policy);
            policy.paused.booking = Some(probe);
            match (decide(state, moment.now, &policy), free) {
                (Next::At(at, Step::Book), Next::Do(Step::Book)) => assert_eq!(at, probe),
                // There is time for a look meanwhile.
                (Next::Do(Step::Watch), Next::Do(Step::Book)) => {}
                (Next::At(at, Step::Watch), Next::Do(Step::Book)) => assert!(at < probe),
                (now, free) => assert_eq!(now, free),
            }
        });
    }

    #[test]
    fn a_step_that_failed_is_not_repeated_at_once(life in lives(), wanted in any::<bool>()) {
        let calendar = calendar();
        live(&life, |moment| {
            let Ok(state) = moment.after else { return };
            let later = moment.now + SignedDuration::from_secs(30);
            let policy =
                Policy { not_before: Some(later), reread_wanted: wanted, ..free(Mode::Automatic, &calendar) };
            if let Next::Do(step) = decide(state, moment.now, &policy) {
                let counts_its_own = matches!(
                    step,
                    Step::Void | Step::DeliverLabel | Step::WriteBack | Step::Track | Step::Watch
                );
                assert!(step.asks_nobody() || counts_its_own, "{step:?} has just failed");
            }
        });
    }
}

fn waits_for(waiting: Waiting, state: &State, mode: Mode) -> bool {
    match waiting {
        Waiting::Release => matches!(state, State::AlreadyThere(_)),
        Waiting::Shadow => matches!(state, State::Rated(_)) && mode == Mode::Shadow,
        Waiting::Approval => {
            matches!(state, State::Rated(it) if it.received().approved.is_none()) && mode == Mode::Approve
        }
        Waiting::Hold => matches!(state, State::Held(_)),
        Waiting::Desk => matches!(state, State::Desk(_)),
        Waiting::Attention => matches!(state, State::Booked(it) if !it.attention.is_empty()),
    }
}

/// Cancelled, or bought with every part at its end and nothing to look at.
fn is_over(state: &State) -> bool {
    match state {
        State::Cancelled(it) => it.received.watched.is_empty(),
        State::Booked(it) => {
            let label_out = !matches!(it.delivery, Delivery::Pending { .. });
            let void_over = matches!(it.void, None | Some(Void::Voided { restart: false, .. }));
            label_out
                && void_over
                && !it.write_back.is_pending()
                && it.tracking.next_at.is_none()
                && it.attention.is_empty()
                && it.rated.received().watched.is_empty()
        }
        _ => false,
    }
}

#[test]
fn an_order_goes_its_way_step_by_step() {
    let mut state = received();
    let way = [
        (Step::CheckAddress, settled()),
        (Step::Pack, Event::Packed(vec![package()])),
        (Step::Quote, quoted(today())),
        (Step::Book, Event::Asked(attempt(1, after(1)))),
    ];
    for (step, event) in way {
        assert_eq!(automatic(&state, after(1)), Next::Do(step));
        state = then(state, [event]);
    }
    assert_eq!(automatic(&state, after(2)), Next::At(after(3), Step::Probe), "whoever asked is still waiting");
}

#[test]
fn a_booking_whose_asker_died_is_asked_about_and_not_put_off_for_ever() {
    assert_eq!(automatic(&asked(), after(1)), Next::At(after(2), Step::Probe));
    assert_eq!(automatic(&asked(), after(2)), Next::Do(Step::Probe));
    assert_eq!(automatic(&asked(), after(90_000)), Next::Do(Step::Probe));
}

#[test]
fn a_doubt_is_probed_five_times_and_then_a_person_decides() {
    let mut state = in_doubt();
    for wait in [2, 10, 30, 120, 600] {
        assert_eq!(automatic(&state, after(30)), Next::At(after(30 + wait), Step::Probe));
        state = then(state, [probed_nothing(after(30 + wait))]);
    }
    assert_eq!(automatic(&state, after(700)), Next::Do(Step::ToDesk));
    const HOUR: i64 = 3_600;
    let mut desk = then(state, [Event::ProbesOver]);
    for look in [1_800, 2 * HOUR, 6 * HOUR, 24 * HOUR, 48 * HOUR, 96 * HOUR, 168 * HOUR] {
        assert_eq!(automatic(&desk, after(700)), Next::At(after(30 + look), Step::Probe));
        desk = then(desk, [probed_nothing(after(30 + look))]);
    }
    assert_eq!(automatic(&desk, after(700)), Next::Person(Waiting::Desk));
}

/// The machine was off for three days: one look makes up for those that were missed.
#[test]
fn looks_that_were_missed_are_not_made_up_for() {
    let late = after(3 * 24 * 3_600);
    let desk = then(at_the_desk(), [probed_nothing(late)]);
    assert_eq!(automatic(&desk, late), Next::At(after(30 + 96 * 3_600), Step::Probe));
}

#[test]
fn an_attempt_that_is_over_is_looked_for_and_a_twin_is_voided_before_another_label() {
    let state = then(at_the_desk(), [said_absent(after(3_600))]);
    let fresh = then(state.clone(), [reread(note(), after(3_600))]);
    assert_eq!(automatic(&fresh, after(3_600)), Next::Do(Step::Book), "a look is no hurry");
    let found = then(fresh, [looked(1, twin(after(3_700)))]);
    assert_eq!(automatic(&found, after(3_700)), Next::Do(Step::Watch));
    let refused = found.clone().apply(Event::Asked(attempt(2, after(3_701)))).expect_err("a twin stands");
    assert_eq!(refused.why, "a label that nobody wants is to be voided first");
    let voided = then(found, [looked(1, Look::TwinVoided { at: after(3_702) })]);
    assert_eq!(automatic(&voided, after(3_702)), Next::Do(Step::Book));

    let mut gone = then(state, [withdrawn()]);
    let mut asked = Vec::new();
    while let Next::At(at, Step::Watch) = automatic(&gone, after(3_600)) {
        asked.push(at.duration_since(after(3_600)).as_mins());
        gone = then(gone, [looked(1, Look::Nothing { at })]);
    }
    assert_eq!(asked, [30, 120, 360, 1_440, 2_880, 5_760, 10_080]);
    assert_eq!(automatic(&gone, after(3_600)), Next::Rest);
}

#[test]
fn where_references_tell_nothing_nobody_looks_for_them() {
    let calendar = calendar();
    let policy = Policy { references_tell: false, ..free(Mode::Automatic, &calendar) };
    assert_eq!(decide(&at_the_desk(), after(700), &policy), Next::Person(Waiting::Desk));
    let over = then(at_the_desk(), [said_absent(after(3_600)), withdrawn()]);
    assert_eq!(decide(&over, after(3_600), &policy), Next::Rest);
}

#[test]
fn what_ups_has_said_to_exist_is_neither_called_absent_nor_tried_again() {
    let calendar = calendar();
    let trust = SignedDuration::from_mins(20);
    let policy = Policy { further_attempt_after: Some(trust), ..free(Mode::Automatic, &calendar) };
    let known = then(at_the_desk(), [learned(after(640))]);
    assert_eq!(decide(&known, after(700), &policy), Next::At(after(30 + 7_200), Step::Probe), "that was a look too");
    assert!(known.clone().apply(said_absent(after(9_000))).is_err());
    assert!(then(known, [adopted(after(9_000))]).waybill().is_some());
}

#[test]
fn a_site_that_allows_one_further_attempt_has_one_and_only_for_what_was_asked() {
    let calendar = calendar();
    let trust = SignedDuration::from_mins(20);
    let policy = Policy { further_attempt_after: Some(trust), ..free(Mode::Automatic, &calendar) };
    assert_eq!(decide(&at_the_desk(), after(700), &policy), Next::At(morning() + trust, Step::TryAgain));
    assert_eq!(decide(&at_the_desk(), after(1_200), &policy), Next::Do(Step::TryAgain));
    let changed = then(at_the_desk(), [reread(readdressed(), after(700))]);
    assert_eq!(decide(&changed, after(1_200), &policy), Next::At(after(1_830), Step::Probe));
    let second = [Event::Asked(attempt(2, after(1_201))), answer_lost(after(1_210)), Event::ProbesOver];
    let second = then(then(at_the_desk(), [said_absent(after(1_200))]), second);
    assert!(!matches!(decide(&second, after(9_000), &policy), Next::Do(Step::TryAgain) | Next::At(_, Step::TryAgain)));
}

#[test]
fn the_mode_decides_who_gives_leave_to_book() {
    let at = |mode, state: &State| decide(state, after(1), &free(mode, &calendar()));
    assert_eq!(at(Mode::Shadow, &rated()), Next::Person(Waiting::Shadow));
    assert_eq!(at(Mode::Approve, &rated()), Next::Person(Waiting::Approval));
    let approved = then(rated(), [approved(after(1))]);
    assert_eq!(at(Mode::Approve, &approved), Next::Do(Step::Book));
    assert_eq!(at(Mode::Shadow, &approved), Next::Person(Waiting::Shadow));
}

#[test]
fn an_old_reading_is_renewed_and_yesterday_s_quote_asked_again_before_a_label_is_bought() {
    assert_eq!(automatic(&rated(), after(300)), Next::Do(Step::Book));
    assert_eq!(automatic(&rated(), after(301)), Next::Do(Step::Reread));
    let after_the_cut_off = "2026-03-03T23:30:00Z".parse().expect("an instant");
    assert_eq!(automatic(&rated(), after_the_cut_off), Next::Do(Step::Quote));
}

#[test]
fn a_warehouse_that_is_no_ship_from_any_more_is_found_by_asking_for_a_quote() {
    let calendar = calendar();
    let policy = Policy { calendar: None, ..free(Mode::Automatic, &calendar) };
    assert_eq!(decide(&rated(), after(1), &policy), Next::Do(Step::Quote));
}

#[test]
fn what_was_there_already_is_read_again_before_anything_is_asked_of_ups() {
    let there = State::AlreadyThere(Box::new(Received::new(note(), Some(ground()), morning())));
    assert_eq!(automatic(&there, after(1)), Next::Person(Waiting::Release));
    let released = then(there, [released()]);
    assert_eq!(automatic(&released, after(1)), Next::Do(Step::Reread));
    let read = then(released, [reread(note(), after(2))]);
    assert_eq!(automatic(&read, after(2)), Next::Do(Step::CheckAddress));
}

#[test]
fn a_wish_to_read_again_comes_first_but_not_before_a_doubt_is_resolved() {
    let calendar = calendar();
    let policy = Policy { reread_wanted: true, ..free(Mode::Automatic, &calendar) };
    let held = then(rated(), [held_by_a_person()]);
    let gone = then(rated(), [Event::Gone(Gone::Cancelled)]);
    for state in [received(), rated(), held, gone, just_booked()] {
        assert_eq!(decide(&state, after(9), &policy), Next::Do(Step::Reread), "{:?}", state.stage());
    }
    assert_eq!(decide(&in_doubt(), after(32), &policy), Next::Do(Step::Probe));
    assert_eq!(decide(&at_the_desk(), after(32), &policy), Next::At(after(1_830), Step::Probe));
}

#[test]
fn with_syspro_away_labels_print_and_parcels_are_followed() {
    let calendar = calendar();
    let mut policy = free(Mode::Automatic, &calendar);
    policy.paused.syspro = Some(after(36_000));
    assert_eq!(decide(&just_booked(), after(5), &policy), Next::Do(Step::DeliverLabel));
    let printed = then(just_booked(), [label_delivered(after(5))]);
    assert_eq!(decide(&printed, after(5), &policy), Next::At(after(7_202), Step::Track));
    assert_eq!(decide(&printed, after(40_000), &policy), Next::Do(Step::WriteBack));
}

#[test]
fn a_void_goes_before_everything_and_no_label_is_printed_meanwhile() {
    let state = then(just_booked(), [void_asked(false, after(5))]);
    assert_eq!(automatic(&state, after(5)), Next::Do(Step::Void));
    let postponed = then(state, [Event::Part(Part::VoidLater { next_at: after(600) })]);
    assert_eq!(automatic(&postponed, after(6)), Next::Do(Step::WriteBack));
    let told = all_proven(&postponed, after(7));
    assert_eq!(automatic(&then(postponed, [told]), after(8)), Next::At(after(600), Step::Void));
}

#[test]
fn a_voided_release_starts_again_once_syspro_is_told() {
    let state = void_done(quiet(), true);
    assert_eq!(automatic(&state, after(102)), Next::Do(Step::WriteBack));
    let told = all_proven(&state, after(103));
    let state = then(state, [told]);
    assert_eq!(automatic(&state, after(103)), Next::Do(Step::Reopen));
    assert_eq!(automatic(&void_done(quiet(), false), after(102)), Next::Do(Step::WriteBack));
}

#[test]
fn a_delivered_parcel_rests_and_a_doubtful_print_does_not() {
    let state = then(quiet(), [tracked(Status::Delivered, after(90_000))]);
    let told = all_proven(&state, after(90_001));
    let state = then(state, [told]);
    assert_eq!((state.stage(), automatic(&state, after(90_002))), (Stage::Delivered, Next::Rest));
    let doubtful = then(just_booked(), [maybe_printed(after(3)), tracked(Status::Delivered, after(90_000))]);
    let told = all_proven(&doubtful, after(90_001));
    assert_eq!(automatic(&then(doubtful, [told]), after(90_002)), Next::Person(Waiting::Attention));
}
