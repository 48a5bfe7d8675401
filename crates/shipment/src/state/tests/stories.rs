//! Single stories: what each of them would cost if it went wrong is why it is told.

use super::life::booked_of;
use super::sample::*;
use crate::hold::Reason;
use crate::state::{Change, Delivery, Event, Gone, Look, Part, Received, Stage, State, Void};
use crate::tracking::Status;
use crate::write_back::{Progress, StepName};

fn there_already() -> State {
    State::AlreadyThere(Box::new(Received::new(note(), Some(ground()), morning())))
}

fn attention(state: &State) -> Vec<&'static str> {
    booked_of(state).expect("a booked shipment").attention.iter().map(|it| it.code()).collect()
}

fn progress(state: &State) -> Vec<(StepName, &Progress)> {
    let booked = booked_of(state).expect("a booked shipment");
    booked.write_back.steps.iter().map(|step| (step.name, &step.progress)).collect()
}

// ---- before booking ----

#[test]
fn what_the_bench_weighed_of_an_order_that_was_there_already_is_not_lost_with_the_release() {
    let state = then(there_already(), [weighed(), approved(after(5))]);
    assert_eq!(state.stage(), Stage::Received);
    assert!(state.received().bench.is_some() && state.received().approved.is_some());
    assert!(state.received().stale, "somebody may have shipped it before we came");
}

#[test]
fn an_order_cancelled_and_ready_again_goes_on_counting_its_attempts() {
    let state = then(rated(), [Event::Asked(attempt(1, morning())), not_booked(), Event::Gone(Gone::Vanished)]);
    let state = then(state, [reread(note(), after(9)), settled(), Event::Packed(vec![package()]), quoted(today())]);
    assert!(state.clone().apply(Event::Asked(attempt(1, after(10)))).is_err(), "UPS has seen that reference");
    assert_eq!(then(state, [Event::Asked(attempt(2, after(10)))]).stage(), Stage::Booking);
}

#[test]
fn what_a_person_withdrew_stays_away_however_often_syspro_shows_it() {
    let gone =
        then(rated(), [approved(after(1)), withdrawn(), reread(note(), after(2)), reread(readdressed(), after(3))]);
    assert_eq!(gone.stage(), Stage::Cancelled);
    let also = then(rated(), [Event::Gone(Gone::Vanished), withdrawn(), reread(note(), after(2))]);
    assert_eq!(also.stage(), Stage::Cancelled);
    let back = then(gone, [released()]);
    assert_eq!(back.stage(), Stage::Received);
    assert!(back.received().stale && back.received().approved.is_none());
}

#[test]
fn a_hold_is_lifted_by_the_correction_it_asked_for_and_by_no_other() {
    let customer = note().customer;
    let cases = [
        (Reason::AddressNotFound, [true, false, false]),
        (Reason::MissingMass { stock_codes: Vec::new() }, [false, true, false]),
        (Reason::UnmappedShipVia { ship_via: "UPS ?".to_owned() }, [false, false, true]),
        (Reason::CustomerOnHold { customer }, [false, false, false]),
        (Reason::HeldByPerson { words: "wait".to_owned() }, [false, false, false]),
    ];
    for (reason, lifts) in cases {
        for (correction, lifts) in [address_chosen(), weighed(), service_chosen()].into_iter().zip(lifts) {
            let name = correction.name();
            let state = then(received(), [held(reason.clone()), correction]);
            assert_eq!(state.stage() != Stage::Held, lifts, "{name} on {}", reason.code());
        }
    }
}

#[test]
fn a_correction_that_does_not_lift_the_hold_is_there_after_the_release() {
    let state = then(rated(), [held_by_a_person(), weighed(), address_chosen(), released()]);
    assert_eq!(state.stage(), Stage::Received);
    assert!(state.received().bench.is_some() && state.received().chosen_address.is_some());
}

#[test]
fn a_person_s_hold_outlives_a_changed_reading_and_a_missing_weight_does_not() {
    let by_person = then(rated(), [held_by_a_person(), reread(readdressed(), after(9))]);
    assert_eq!(by_person.stage(), Stage::Held);
    assert_eq!(then(by_person, [released()]).stage(), Stage::Received);
    let by_rule = then(received(), [held(Reason::BenchWeighs), reread(readdressed(), after(9))]);
    assert_eq!(by_rule.stage(), Stage::Received);
}

#[test]
fn a_service_a_person_chose_is_not_overruled_by_the_next_reading() {
    let state = then(received(), [service_chosen(), reread(note(), after(9))]);
    assert_eq!(state.received().service, Some(next_day_air()));
}

#[test]
fn a_ship_via_that_now_stands_for_another_service_is_quoted_and_approved_again() {
    let approved = then(rated(), [weighed(), approved(after(5))]);
    let event = Event::Reread { document: Box::new(note()), service: Some(next_day_air()), at: after(9) };
    let state = then(approved, [event]);
    assert_eq!(state.stage(), Stage::Received);
    assert_eq!(state.received().approved, None);
    assert!(state.received().bench.is_some(), "the packages have not changed");
}

#[test]
fn new_weights_need_new_packages_and_a_new_quote() {
    assert_eq!(then(rated(), [weighed()]).stage(), Stage::Addressed);
}

// ---- in doubt ----

#[test]
fn what_went_away_while_in_doubt_is_not_booked_again() {
    for gone in [withdrawn(), Event::Gone(Gone::Cancelled)] {
        assert_eq!(then(asked(), [gone.clone(), not_booked()]).stage(), Stage::Cancelled);
        assert_eq!(then(in_doubt(), [gone.clone(), Event::FoundVoided]).stage(), Stage::Cancelled);
        assert_eq!(then(at_the_desk(), [gone, said_absent(after(9_000))]).stage(), Stage::Cancelled);
    }
    let ended = then(asked(), [Event::Gone(Gone::Cancelled), not_booked()]);
    assert_eq!(ended.received().attempts_made, 1);
}

#[test]
fn what_changed_while_in_doubt_is_read_again_before_the_next_attempt() {
    let state = then(in_doubt(), [reread(readdressed(), after(60)), not_booked()]);
    assert_eq!(state.stage(), Stage::Received);
    assert!(state.received().stale);
    assert_eq!(state.received().attempts_made, 1);
    assert!(state.received().approved.is_none());
}

#[test]
fn what_changed_while_in_doubt_and_changed_back_is_no_news() {
    let events = [reread(readdressed(), after(60)), reread(note(), after(90)), not_booked()];
    assert_eq!(then(in_doubt(), events).stage(), Stage::Rated);
    let events = [withdrawn(), reread(note(), after(90)), not_booked()];
    assert_eq!(then(in_doubt(), events).stage(), Stage::Cancelled, "SYSPRO does not overrule a person");
}

#[test]
fn cancelled_while_in_doubt_and_found_at_ups_proposes_a_void() {
    let state = then(at_the_desk(), [Event::Gone(Gone::Cancelled), adopted(after(9_000))]);
    assert_eq!(attention(&state), ["changed_after_booking"]);
    let words = state.hold().expect("something to look at").words();
    assert!(words.contains("cancelled in SYSPRO") && words.contains("a void is proposed"), "{words}");
}

#[test]
fn the_desk_s_word_is_the_leave_for_one_more_attempt() {
    let state = then(at_the_desk(), [said_absent(after(9_000))]);
    assert_eq!(state.stage(), Stage::Rated);
    assert_eq!(state.received().approved.as_ref().map(|it| it.by.as_str()), Some("desk"));
    assert_eq!(then(state, [Event::Asked(attempt(2, after(9_001)))]).stage(), Stage::Booking);
}

#[test]
fn a_label_voided_by_somebody_else_is_a_person_s_matter() {
    let state = then(in_doubt(), [Event::FoundVoided]);
    assert_eq!(state.hold().map(|it| it.code()), Some("voided_elsewhere"));
    let state = then(state, [reread(readdressed(), after(90))]);
    assert_eq!(state.stage(), Stage::Held, "a changed street does not say why it was voided");
}

#[test]
fn the_first_doubt_is_the_one_probes_are_counted_from() {
    let State::Booking(booking) = then(in_doubt(), [probed_nothing(after(32)), answer_lost(after(500))]) else {
        panic!("still in doubt")
    };
    let doubt = booking.doubt.expect("a doubt");
    assert_eq!((doubt.since, doubt.probes), (after(30), 1));
}

// ---- after booking ----

#[test]
fn two_things_to_look_at_do_not_hide_each_other() {
    let state = then(just_booked(), [Event::Gone(Gone::Cancelled), maybe_printed(after(3))]);
    assert_eq!(attention(&state), ["changed_after_booking", "maybe_printed"]);
    let seen = then(state, [Event::Part(Part::AttentionCleared { by: "desk".to_owned() })]);
    assert_eq!(attention(&seen), ["maybe_printed"]);
}

#[test]
fn the_same_change_is_told_once_and_taken_back_when_it_is_undone() {
    let seen = Event::Part(Part::AttentionCleared { by: "desk".to_owned() });
    let state = then(just_booked(), [reread(readdressed(), after(60)), seen, reread(readdressed(), after(90))]);
    assert_eq!(attention(&state), Vec::<&str>::new());
    assert!(matches!(booked_of(&state).and_then(|it| it.changed.clone()), Some(Change::Reading(_))));

    let state = then(just_booked(), [reread(readdressed(), after(60)), reread(note(), after(90))]);
    assert_eq!(attention(&state), Vec::<&str>::new());
}

#[test]
fn invoicing_a_shipped_order_alarms_nobody() {
    let invoiced = [Event::Gone(Gone::Invoiced), Event::Gone(Gone::NoLongerReady { status: "8".to_owned() })];
    assert_eq!(attention(&then(quiet(), invoiced)), Vec::<&str>::new());
}

#[test]
fn a_refused_step_does_not_stop_its_neighbours_and_is_told_once() {
    let report = vec![refused("field is full"), Progress::Pending { posts: 1, waits: None }];
    let state = then(just_booked(), [written(report, after(10))]);
    assert_eq!(attention(&state), ["write_back_refused"]);
    let booked = booked_of(&state).expect("a booked shipment");
    assert!(booked.write_back.is_pending(), "the other step goes on");

    let seen = Event::Part(Part::AttentionCleared { by: "desk".to_owned() });
    let report = vec![refused("field is full"), Progress::Proven { at: after(20) }];
    let state = then(state, [seen, written(report, after(20))]);
    assert_eq!(attention(&state), Vec::<&str>::new());
    assert_eq!(progress(&state)[1].1, &Progress::Proven { at: after(20) });
}

#[test]
fn a_newer_status_takes_the_place_of_one_that_was_not_written_yet() {
    let state = then(quiet(), [tracked(Status::InTransit, after(20)), tracked(Status::Delivered, after(30))]);
    let statuses: Vec<_> = progress(&state).into_iter().filter(|(name, _)| *name == StepName::Status).collect();
    assert!(matches!(statuses[0].1, Progress::NotWritten { .. }));
    assert!(matches!(statuses[1].1, Progress::Pending { .. }));
    assert_eq!(state.stage(), Stage::Delivered);
}

#[test]
fn trying_refused_steps_again_does_not_write_yesterday_s_status_over_today_s() {
    let retry = Event::Part(Part::WriteBackAsked { by: "desk".to_owned(), at: after(50) });
    let state = then(quiet(), [tracked(Status::InTransit, after(20))]);
    let untouched = Progress::FRESH;
    let state = then(state, [written(vec![untouched.clone(), untouched, refused("field is full")], after(21))]);
    let state = then(state, [tracked(Status::Delivered, after(30)), retry]);
    let statuses: Vec<_> = progress(&state).into_iter().filter(|(name, _)| *name == StepName::Status).collect();
    assert!(matches!(statuses[0].1, Progress::Refused { .. }));
    assert!(matches!(statuses[1].1, Progress::Pending { .. }));
}

#[test]
fn a_voided_number_is_not_written_again_by_trying_again() {
    let retry = Event::Part(Part::WriteBackAsked { by: "desk".to_owned(), at: after(200) });
    let report = vec![refused("field is full"), refused("no such order")];
    let state = then(just_booked(), [label_delivered(after(3)), written(report, after(10))]);
    let state = then(void_done(state, false), [retry]);
    let pending: Vec<_> = booked_of(&state)
        .expect("a booked shipment")
        .write_back
        .steps
        .iter()
        .filter(|step| step.is_pending())
        .map(|step| step.name)
        .collect();
    assert_eq!(pending, [StepName::Reversal]);
}

#[test]
fn a_label_that_is_void_is_not_printed() {
    let state = void_done(just_booked(), false);
    assert!(matches!(booked_of(&state).map(|it| &it.delivery), Some(Delivery::NotNeeded { .. })));
    assert!(state.clone().apply(print_asked(after(300))).is_err());
    assert_eq!(state.stage(), Stage::Voided);
}

#[test]
fn a_reprint_says_so_and_a_first_print_does_not() {
    let reprint = |state: &State| match booked_of(state).map(|it| &it.delivery) {
        Some(Delivery::Pending { reprint, .. }) => *reprint,
        other => panic!("{other:?}"),
    };
    assert!(!reprint(&then(just_booked(), [print_asked(after(5))])), "none has come out yet");
    assert!(reprint(&then(quiet(), [print_asked(after(5))])));
    let maybe = then(just_booked(), [maybe_printed(after(3)), print_asked(after(5))]);
    assert!(reprint(&maybe));
    assert_eq!(attention(&maybe), Vec::<&str>::new());
}

#[test]
fn a_refused_void_leaves_the_shipment_as_it_was_and_tells_a_person() {
    let refused = Event::Part(Part::VoidRefused { words: "picked up already".to_owned() });
    let state = then(quiet(), [void_asked(true, after(100)), refused]);
    assert_eq!(attention(&state), ["void_refused"]);
    assert_eq!(booked_of(&state).and_then(|it| it.void.clone()), None);
    assert_eq!(then(state, [void_asked(true, after(200))]).stage(), Stage::Booked);
}

#[test]
fn a_void_to_restart_leads_back_to_a_fresh_reading_with_the_next_attempt() {
    let state = void_done(quiet(), true);
    assert!(matches!(booked_of(&state).and_then(|it| it.void.clone()), Some(Void::Voided { restart: true, .. })));
    let told = all_proven(&state, after(102));
    let state = then(state, [told, reopened(after(103))]);
    assert_eq!(state.stage(), Stage::Received);
    assert_eq!((state.received().attempts_made, state.received().stale), (1, true));
}

/// UPS knew two shipments of one attempt: one was adopted, the other is found to stand, and then the adopted one is voided
/// to start again. The other is still to be voided.
#[test]
fn a_twin_outlives_the_void_of_the_label_it_stood_beside() {
    let beside = then(in_doubt(), [learned(after(5)), adopted(after(6)), looked(1, twin(after(7)))]);
    let voided = void_done(beside, true);
    let told = all_proven(&voided, after(102));
    let again = then(voided, [told, reopened(after(103))]);
    let look = again.received().next_look().expect("it is looked for");
    assert!(look.twin.is_some() && look.next_at == after(7), "{look:?}");
    assert!(again.received().has_twin(), "a label stands that nobody wants");
    let free = then(again, [looked(1, Look::TwinVoided { at: after(120) })]);
    assert!(!free.received().has_twin());
}

#[test]
fn nothing_is_bought_on_a_reading_that_is_out_of_date() {
    let mut state = rated();
    if let State::Rated(rated) = &mut state {
        rated.packed.addressed.received.stale = true;
    }
    let misstep = state.apply(Event::Asked(attempt(1, morning()))).expect_err("it must be read again");
    assert_eq!(misstep.why, "its document must be read again first");
}

#[test]
fn a_state_stored_before_a_field_was_added_can_still_be_read() {
    let mut stored = serde_json::to_value(received()).expect("it can be written");
    let fields = stored["Received"].as_object_mut().expect("the reading");
    fields.remove("service_by");
    fields.remove("stale");
    assert_eq!(serde_json::from_value::<State>(stored).expect("it can be read"), received());
}
