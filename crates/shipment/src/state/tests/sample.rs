//! One order of two lines to Oakland, in every state it can be in.

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::address::{Address, Class};
use crate::document::{Document, Source, sample};
use crate::hold::{Hold, Reason};
use crate::measure::{MassUnit, Weight};
use crate::money::{Currency, Money};
use crate::number::{AttemptNumber, Reference, ReleaseNumber, TrackingNumber};
use crate::packing::{Bench, Package};
use crate::service::Service;
use crate::ship_date::Calendar;
use crate::state::{Approval, Attempt, Event, Gone, Known, Look, Part, Received, State};
use crate::tracking::{Feed, Hearing, Scan, Status, Summary, reduce};
use crate::waybill::{Charges, Quote, Waybill};
use crate::write_back::{self, DispatchField, FormFields, ManyNumbers, Progress, Rules, StatusMoves, WriteStep};

/// A Tuesday morning in Oakland.
pub(crate) fn morning() -> Timestamp {
    "2026-03-03T17:00:00Z".parse().expect("an instant")
}

/// So many seconds after that.
pub(crate) fn after(seconds: i64) -> Timestamp {
    morning() + SignedDuration::from_secs(seconds)
}

pub(crate) fn calendar() -> Calendar {
    Calendar {
        time_zone: TimeZone::get("America/Los_Angeles").expect("a time zone"),
        cut_off: Time::constant(15, 0, 0, 0),
        working_days: vec![Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday],
        holidays: Vec::new(),
        hold_for_required_date: false,
    }
}

/// A dispatch note with one parent order.
pub(crate) fn note() -> Document {
    Document {
        source: Source::DispatchNotes,
        number: "000346/0001".parse().expect("a document number"),
        ..sample::order()
    }
}

/// The same note, going elsewhere.
pub(crate) fn readdressed() -> Document {
    let mut document = note();
    document.ship_to.lines[0] = "1300 Broadway".to_owned();
    document
}

pub(crate) fn ground() -> Service {
    "03".parse().expect("a service")
}

pub(crate) fn next_day_air() -> Service {
    "01".parse().expect("a service")
}

pub(crate) fn received() -> State {
    State::Received(Box::new(Received::new(note(), Some(ground()), morning())))
}

pub(crate) fn address() -> Address {
    Address {
        name: "Bay Bicycles".to_owned(),
        attention: None,
        lines: vec!["1200 Broadway".to_owned()],
        city: "Oakland".to_owned(),
        state: "CA".to_owned(),
        postal_code: "94612".to_owned(),
        country: "US".to_owned(),
        phone: None,
        email: None,
    }
}

pub(crate) fn pounds(value: i64) -> Weight {
    Weight::new(value.into(), MassUnit::Pound)
}

pub(crate) fn package() -> Package {
    Package { weight: pounds(12), dimensions: None, box_name: None }
}

pub(crate) fn quote() -> Quote {
    let published = Some(Money::new(1_840, Currency::USD));
    Quote { published, negotiated: None, transit_days: None }
}

pub(crate) fn attempt(number: u32, at: Timestamp) -> Attempt {
    let site = "oakland".parse().expect("a site name");
    let number = AttemptNumber(number);
    let reference = Reference::derive(&site, &Source::DispatchNotes, &note().number, ReleaseNumber::FIRST, number);
    Attempt { number, reference, asked_at: at }
}

pub(crate) fn numbers(count: usize) -> Vec<TrackingNumber> {
    (1..=count).map(|it| format!("1ZA1B2C303{it:08}").parse().expect("a tracking number")).collect()
}

pub(crate) fn waybill(at: Timestamp) -> Waybill {
    let tracking_numbers = numbers(1);
    Waybill {
        shipment_number: tracking_numbers[0].as_str().parse().expect("a shipment number"),
        tracking_numbers,
        charges: Charges::Booked {
            published: Some(Money::new(1_840, Currency::USD)),
            negotiated: None,
            itemized: Vec::new(),
        },
        adopted: false,
        booked_at: at,
    }
}

pub(crate) fn rules() -> Rules {
    let field = |name: &str| Some(name.to_owned());
    Rules {
        tracking_field: Some(DispatchField::UserField1),
        count_field: Some(DispatchField::UserField2),
        delivery_date: true,
        many: ManyNumbers::Lead,
        user_field_length: 20,
        form: Some(FormFields {
            tracking: field("TRKNUM"),
            status: field("SHPSTS"),
            freight_cost: field("FRTCST"),
            ship_date: field("SHPDAT"),
        }),
        form_for_dispatch_notes: true,
        note_form: None,
        purchase_form: None,
        comment: None,
        delivery_comment: None,
        invoice_copy: false,
        freight: None,
        status_moves: StatusMoves::default(),
    }
}

pub(crate) fn today() -> Date {
    jiff::civil::date(2026, 3, 3)
}

/// The tracking number step and the form step.
pub(crate) fn steps() -> Vec<WriteStep> {
    write_back::plan(&note(), &waybill(morning()), today(), &rules())
}

pub(crate) fn summary(status: Status, at: Timestamp) -> Summary {
    let scan = Scan {
        type_letter: "I".to_owned(),
        code: "DP".to_owned(),
        status_code: "005".to_owned(),
        place: "Oakland CA US".to_owned(),
        description: "Departed".to_owned(),
        ..Scan::new(numbers(1).remove(0), at, status, Feed::TrackApi)
    };
    reduce(&[scan]).expect("a scan")
}

// ---- events ----

pub(crate) fn reread(document: Document, at: Timestamp) -> Event {
    Event::Reread { document: Box::new(document), service: Some(ground()), at }
}

pub(crate) fn settled() -> Event {
    Event::AddressSettled { address: address(), class: Class::Commercial, how: "address confirmed".to_owned() }
}

pub(crate) fn quoted(ship_date: Date) -> Event {
    Event::Quoted { ship_date, quote: quote() }
}

pub(crate) fn approved(at: Timestamp) -> Event {
    Event::Approved(Approval { by: "bench".to_owned(), at })
}

pub(crate) fn weighed() -> Event {
    Event::Weighed(Bench { packages: vec![pounds(13).into()] })
}

pub(crate) fn address_chosen() -> Event {
    Event::AddressChosen { address: address(), by: "desk".to_owned() }
}

pub(crate) fn service_chosen() -> Event {
    Event::ServiceChosen { service: next_day_air(), by: "desk".to_owned() }
}

pub(crate) fn booked(at: Timestamp) -> Event {
    Event::Booked { waybill: Box::new(waybill(at)), steps: steps() }
}

pub(crate) fn adopted(at: Timestamp) -> Event {
    let waybill = Waybill { adopted: true, charges: Charges::QuotedOnly(quote()), ..waybill(at) };
    Event::Booked { waybill: Box::new(waybill), steps: steps() }
}

pub(crate) fn not_booked() -> Event {
    Event::NotBooked { why: "UPS refused it".to_owned() }
}

pub(crate) fn answer_lost(at: Timestamp) -> Event {
    Event::AnswerLost { at, why: "connection reset".to_owned() }
}

pub(crate) fn probed_nothing(at: Timestamp) -> Event {
    Event::ProbedNothing { at }
}

pub(crate) fn learned(at: Timestamp) -> Event {
    Event::Learned(Known { at, words: "UPS knows two shipments".to_owned(), numbers: numbers(2) })
}

pub(crate) fn looked(attempt: u32, look: Look) -> Event {
    Event::Looked { attempt: AttemptNumber(attempt), look }
}

pub(crate) fn twin(at: Timestamp) -> Look {
    Look::Twin { number: "1ZA1B2C30399999999".parse().expect("a shipment number"), at }
}

pub(crate) fn said_absent(at: Timestamp) -> Event {
    Event::SaidAbsent { by: "desk".to_owned(), reason: "nothing on ups.com".to_owned(), at }
}

pub(crate) fn held(reason: Reason) -> Event {
    Event::Held(Hold::from(reason))
}

pub(crate) fn held_by_a_person() -> Event {
    held(Reason::HeldByPerson { words: "the customer rang".to_owned() })
}

pub(crate) fn released() -> Event {
    Event::Released { by: "desk".to_owned() }
}

pub(crate) fn withdrawn() -> Event {
    Event::Gone(Gone::Withdrawn { by: "desk".to_owned(), reason: "collected".to_owned() })
}

pub(crate) fn label_delivered(at: Timestamp) -> Event {
    Event::Part(Part::LabelDelivered { at, to: "dock-2".to_owned() })
}

pub(crate) fn maybe_printed(at: Timestamp) -> Event {
    Event::Part(Part::LabelMaybePrinted { at, printer: "dock-2".to_owned() })
}

pub(crate) fn print_asked(at: Timestamp) -> Event {
    Event::Part(Part::PrintAsked { by: "bench".to_owned(), at })
}

pub(crate) fn written(progress: Vec<Progress>, next_at: Timestamp) -> Event {
    Event::Part(Part::Written { progress, next_at })
}

/// Every pending step proven, whatever its place.
pub(crate) fn all_proven(state: &State, at: Timestamp) -> Event {
    let State::Booked(booked) = state else { panic!("only a booked shipment is written back") };
    written(vec![Progress::Proven { at }; booked.write_back.steps.len()], at)
}

pub(crate) fn refused(words: &str) -> Progress {
    Progress::Refused { words: words.to_owned() }
}

pub(crate) fn tracked(status: Status, at: Timestamp) -> Event {
    let next_at = (!status.is_final()).then(|| at + SignedDuration::from_hours(4));
    let steps = write_back::plan_status(&note(), &status, &rules()).into_iter().collect();
    let hearing = Hearing::default();
    Event::Part(Part::Tracked { summary: Some(Box::new(summary(status, at))), steps, next_at, hearing })
}

pub(crate) fn void_asked(restart: bool, at: Timestamp) -> Event {
    Event::Part(Part::VoidAsked {
        by: "desk".to_owned(),
        reason: "wrong house".to_owned(),
        restart,
        packages: Vec::new(),
        at,
    })
}

/// UPS voided it; the reversal is what the state itself says has to be taken back.
pub(crate) fn voided(state: &State, at: Timestamp) -> Event {
    let State::Booked(booked) = state else { panic!("only a booked shipment is voided") };
    Event::Part(Part::Voided { at, reversal: write_back::plan_reversal(&booked.write_back.steps, &rules()) })
}

pub(crate) fn reopened(at: Timestamp) -> Event {
    Event::Part(Part::Reopened { at })
}

// ---- states ----

/// A state after events that must all be taken.
pub(crate) fn then(state: State, events: impl IntoIterator<Item = Event>) -> State {
    events.into_iter().fold(state, |state, event| state.apply(event).expect("it may follow"))
}

pub(crate) fn rated() -> State {
    then(received(), [settled(), Event::Packed(vec![package()]), quoted(today())])
}

pub(crate) fn asked() -> State {
    then(rated(), [Event::Asked(attempt(1, morning()))])
}

pub(crate) fn in_doubt() -> State {
    then(asked(), [answer_lost(after(30))])
}

pub(crate) fn at_the_desk() -> State {
    then(in_doubt(), [Event::ProbesOver])
}

pub(crate) fn just_booked() -> State {
    then(asked(), [booked(after(2))])
}

/// Label out, SYSPRO told.
pub(crate) fn quiet() -> State {
    let state = then(just_booked(), [label_delivered(after(3))]);
    let proven = all_proven(&state, after(4));
    then(state, [proven])
}

pub(crate) fn void_done(state: State, restart: bool) -> State {
    let state = then(state, [void_asked(restart, after(100))]);
    let event = voided(&state, after(101));
    then(state, [event])
}
