//! Which event may follow on which state, written out: `+` is taken, `.` is refused.

use super::sample::*;
use crate::hold::{Hold, Reason};
use crate::state::{Event, Gone, Look, Part, Received, Stage, State};
use crate::tracking::Status;

const LIFE: &str = "
                  there received addressed packed rated asked doubt desk held gone withdrawn booked
read_again          +      +         +        +     +     +     +    +    +    +       +       +
cancelled           +      +         +        +     +     +     +    +    +    +       +       +
address_settled     .      +         .        .     .     .     .    .    .    .       .       .
packed              .      .         +        .     .     .     .    .    .    .       .       .
quoted              .      .         .        +     +     .     .    .    .    .       .       .
approved            +      +         +        +     +     .     .    .    +    .       .       .
weighed             +      +         +        +     +     .     .    .    +    .       .       .
address_chosen      +      +         +        +     +     .     .    .    +    .       .       .
service_chosen      +      +         +        +     +     .     .    .    +    .       .       .
booking_asked       .      .         .        .     +     .     .    .    .    .       .       .
booked              .      .         .        .     .     +     +    +    .    .       .       .
adopted             .      .         .        .     .     +     +    +    .    .       .       .
not_booked          .      .         .        .     .     +     +    +    .    .       .       .
in_doubt            .      .         .        .     .     +     +    .    .    .       .       .
not_found_yet       .      .         .        .     .     .     +    +    .    .       .       .
exists              .      .         .        .     .     .     +    +    .    .       .       .
found_voided        .      .         .        .     .     +     +    +    .    .       .       .
to_the_desk         .      .         .        .     .     .     +    .    .    .       .       .
said_absent         .      .         .        .     .     .     .    +    .    .       .       .
held                .      +         +        +     +     .     .    .    +    .       .       .
released            +      .         .        .     .     .     .    .    +    .       +       .
no_twin             .      .         .        .     .     .     .    .    .    .       .       .
label_delivered     .      .         .        .     .     .     .    .    .    .       .       +
void_asked          .      .         .        .     .     .     .    .    .    .       .       +
";

const PARTS: &str = "
                     fresh quiet maybe_printed refused void_asked voided to_reopen
label_delivered        +     .         .          .        +         .       .
label_maybe_printed    +     .         .          .        +         .       .
label_later            +     .         .          .        +         .       .
print_asked            +     +         +          +        .         .       .
written_back           +     .         +          .        +         +       .
write_back_later       +     .         +          .        +         +       .
write_back_asked       +     .         +          +        +         +       .
tracked                +     +         +          +        +         .       .
void_asked             +     +         +          +        .         .       .
packages_voided        .     .         .          .        .         .       .
voided                 .     .         .          .        +         .       .
void_refused           .     .         .          .        +         .       .
void_later             .     .         .          .        +         .       .
attention              +     +         +          +        +         +       +
settled                .     .         +          .        .         .       .
attention_cleared      .     .         +          +        .         .       .
reopened               .     .         .          .        .         .       +
";

#[test]
fn what_may_follow_follows_and_nothing_else() {
    let states = [
        ("there", State::AlreadyThere(Box::new(Received::new(note(), Some(ground()), morning())))),
        ("received", received()),
        ("addressed", then(received(), [settled()])),
        ("packed", then(received(), [settled(), Event::Packed(vec![package()])])),
        ("rated", rated()),
        ("asked", asked()),
        ("doubt", in_doubt()),
        ("desk", at_the_desk()),
        ("held", then(rated(), [held_by_a_person()])),
        ("gone", then(rated(), [Event::Gone(Gone::Cancelled)])),
        ("withdrawn", then(rated(), [withdrawn()])),
        ("booked", just_booked()),
    ];
    let now = after(60);
    let events = [
        reread(note(), now),
        Event::Gone(Gone::Vanished),
        settled(),
        Event::Packed(vec![package()]),
        quoted(today()),
        approved(now),
        weighed(),
        address_chosen(),
        service_chosen(),
        Event::Asked(attempt(1, now)),
        booked(now),
        adopted(now),
        not_booked(),
        answer_lost(now),
        probed_nothing(now),
        learned(now),
        Event::FoundVoided,
        Event::ProbesOver,
        said_absent(now),
        held(Reason::NoLines),
        released(),
        looked(1, Look::Nothing { at: now }),
        label_delivered(now),
        void_asked(false, now),
    ];
    compare(LIFE, &states, &events);
}

#[test]
fn each_part_of_a_booked_shipment_takes_what_is_its_own() {
    let refused = then(
        then(just_booked(), [label_delivered(after(3))]),
        [written(vec![refused("field is full"), refused("no such order")], after(4))],
    );
    let waits = then(just_booked(), [void_asked(false, after(100))]);
    let to_reopen = void_done(quiet(), true);
    let told = all_proven(&to_reopen, after(102));
    let states = [
        ("fresh", just_booked()),
        ("quiet", quiet()),
        ("maybe_printed", then(just_booked(), [maybe_printed(after(3))])),
        ("refused", refused),
        ("void_asked", waits),
        ("voided", void_done(quiet(), false)),
        ("to_reopen", then(to_reopen, [told])),
    ];
    let now = after(200);
    let parts = [
        label_delivered(now),
        maybe_printed(now),
        Event::Part(Part::LabelLater { next_at: now }),
        print_asked(now),
        written(Vec::new(), now),
        Event::Part(Part::WriteBackLater { next_at: now }),
        Event::Part(Part::WriteBackAsked { by: "desk".to_owned(), at: now }),
        tracked(Status::InTransit, now),
        void_asked(true, now),
        Event::Part(Part::PackagesVoided { at: now, packages: numbers(1), steps: Vec::new() }),
        Event::Part(Part::Voided { at: now, reversal: None }),
        Event::Part(Part::VoidRefused { words: "too late".to_owned() }),
        Event::Part(Part::VoidLater { next_at: now }),
        Event::Part(Part::Attention(Hold::from(Reason::NoLines))),
        Event::Part(Part::Settled { code: "maybe_printed".to_owned() }),
        Event::Part(Part::AttentionCleared { by: "desk".to_owned() }),
        reopened(now),
    ];
    compare(PARTS, &states, &parts);
}

#[test]
fn an_event_that_is_right_in_kind_and_wrong_in_content_is_refused() {
    let nothing_packed = then(received(), [settled()]).apply(Event::Packed(Vec::new()));
    assert_eq!(nothing_packed.map_err(|it| it.event), Err("packed"));
    for number in [0, 2, 7] {
        let misstep = rated().apply(Event::Asked(attempt(number, morning()))).expect_err("attempt 1 is next");
        assert_eq!((misstep.stage, misstep.why), (Stage::Rated, "that is not the number of its next attempt"));
    }
    let too_many = just_booked().apply(written(vec![refused("no"); 9], morning()));
    assert!(too_many.is_err(), "there are two steps only");
    let waits_for_syspro = void_done(quiet(), true).apply(reopened(after(102))).expect_err("SYSPRO is not told");
    assert_eq!(
        waits_for_syspro.to_string(),
        "reopened cannot happen to a shipment that is voided: SYSPRO is not told of the void yet"
    );
}

fn compare(table: &str, states: &[(&str, State)], events: &[Event]) {
    let mut rows = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()).filter(|row| !row.is_empty());
    let heading = rows.next().expect("a heading");
    assert_eq!(heading, states.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    let mut rows = rows.peekable();
    for event in events {
        let row = rows.next().expect("a row per event");
        assert_eq!(row[0], event.name());
        for ((name, state), cell) in states.iter().zip(&row[1..]) {
            let taken = state.clone().apply(event.clone());
            assert_eq!(taken.is_ok(), *cell == "+", "{} on {name}: {:?}", event.name(), taken.err());
        }
    }
    assert_eq!(rows.next(), None, "a row without an event");
}
