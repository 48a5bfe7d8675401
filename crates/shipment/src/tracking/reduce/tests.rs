//! Journeys told in every order, and what three feeds may say of one.

use jiff::civil::date;
use proptest::prelude::*;

use super::super::{Days, Feed};
use super::*;

/// A scan so many hours into the journey.
fn scan(hour: i64, status: Status) -> Scan {
    let start: Timestamp = "2026-03-03T18:00:00Z".parse().expect("an instant");
    let number = "1Z999AA10123456784".parse().expect("a tracking number");
    Scan {
        type_letter: "I".to_owned(),
        code: status.code().to_owned(),
        place: "Oakland, CA, US".to_owned(),
        ..Scan::new(number, start + SignedDuration::from_hours(hour), status, Feed::TrackApi)
    }
}

/// What Quantum View tells of the same moment: the place's clock, eight hours behind, and nothing of the zone.
fn file_record(hour: i64, status: Status) -> Scan {
    let precise = scan(hour, status);
    let local = precise.at.to_zoned(jiff::tz::TimeZone::UTC).datetime() - SignedDuration::from_hours(8);
    Scan {
        code: "QV".to_owned(),
        feed: Feed::QuantumView,
        local: Some(local),
        is_guess: true,
        // Three hours off: the place's zone was guessed wrong.
        at: precise.at + SignedDuration::from_hours(3),
        ..precise
    }
}

fn on_the_clock(scan: Scan) -> Scan {
    let local = scan.at.to_zoned(jiff::tz::TimeZone::UTC).datetime() - SignedDuration::from_hours(8);
    Scan { local: Some(local), ..scan }
}

fn notice() -> Status {
    Status::Notice { raw: "154 U/UT".to_owned() }
}

fn unknown() -> Status {
    Status::Unknown { raw: "999 Q/ZZ".to_owned() }
}

fn status(scans: &[Scan]) -> Status {
    reduce(scans).expect("there are scans").status
}

#[test]
fn a_package_goes_from_label_to_door() {
    let journey = [
        scan(0, Status::LabelCreated),
        scan(5, Status::InTransit),
        scan(20, Status::Preparing),
        scan(22, Status::OutForDelivery),
        scan(26, Status::Delivered),
    ];
    let told: Vec<String> = (1..=5).map(|count| status(&journey[..count]).to_string()).collect();
    assert_eq!(told, ["label created", "in transit", "preparing", "out for delivery", "delivered"]);
    assert_eq!(reduce(&[]), None);
    assert_eq!(reduce(&journey).expect("scans").possession, Some(journey[1].at));
}

#[test]
fn a_straggling_scan_does_not_undo_a_delivery() {
    let scans = [scan(26, Status::Delivered), scan(27, Status::InTransit), scan(28, Status::Delivered)];
    let summary = reduce(&scans).expect("there are scans");
    assert_eq!(summary.status, Status::Delivered);
    assert_eq!(summary.at, scans[0].at);
    assert_eq!(summary.contradicted, None, "an hour later is a straggler");
}

/// A feed that speaks of the package a day after its delivery contradicts it: the delivery stands, the doubt is shown.
#[test]
fn what_contradicts_a_delivery_is_kept_beside_it() {
    let later = scan(60, Status::OutForDelivery);
    let summary = reduce(&[scan(26, Status::Delivered), later.clone()]).expect("there are scans");
    assert_eq!(summary.status, Status::Delivered);
    assert_eq!(summary.contradicted.as_deref(), Some(&later));
}

/// One manifest in eight is uploaded after the pickup.
#[test]
fn label_data_told_late_does_not_take_the_package_back() {
    assert_eq!(status(&[scan(5, Status::PickedUp), scan(6, Status::LabelCreated)]), Status::PickedUp);
    assert_eq!(status(&[scan(5, Status::InTransit), scan(6, Status::Voided)]), Status::InTransit);
    assert_eq!(status(&[scan(5, Status::LabelCreated), scan(6, Status::Voided)]), Status::Voided);
}

#[test]
fn news_and_unknown_codes_move_nothing() {
    assert_eq!(status(&[scan(5, Status::InTransit), scan(6, notice())]), Status::InTransit);
    assert_eq!(status(&[scan(5, Status::InTransit), scan(6, unknown())]), Status::InTransit);
    assert_eq!(status(&[scan(6, notice())]).code(), "notice");
    assert_eq!(status(&[scan(6, unknown()), scan(7, notice())]).code(), "unknown");
}

#[test]
fn what_is_over_can_still_come_back() {
    assert_eq!(status(&[scan(26, Status::Delivered), scan(90, Status::Returned)]), Status::Returned);
    assert_eq!(status(&[scan(26, Status::Lost), scan(90, Status::InTransit)]), Status::InTransit);
    assert_eq!(status(&[scan(1, Status::Voided), scan(9, Status::InTransit)]), Status::InTransit);
}

#[test]
fn the_latest_place_is_told_while_the_package_travels() {
    let reno = Scan { place: "Reno, NV, US".to_owned(), ..scan(9, Status::InTransit) };
    let summary = reduce(&[reno.clone(), scan(5, Status::InTransit)]).expect("there are scans");
    assert_eq!(summary.evidence, reno);
}

/// Track Alert and the Track API spell the place differently and mean one scan.
#[test]
fn one_scan_told_by_two_feeds_is_one() {
    let asked = scan(26, Status::Delivered);
    let called = Scan { place: "OAKLAND CA US".to_owned(), feed: Feed::TrackAlert, ..asked.clone() };
    assert_eq!(asked.event(), called.event());
    assert_ne!(asked.identity(), called.identity());
    let doubtful = Scan { status: unknown(), ..called };
    assert_eq!(status(&[doubtful, asked]), Status::Delivered, "the telling that knows what it means counts");
}

/// The files say "first scan" and guess it after the departure; the same minute on the place's clock tells when it was.
#[test]
fn a_guessed_instant_takes_that_of_its_twin() {
    let journey = [on_the_clock(scan(5, Status::PickedUp)), on_the_clock(scan(6, Status::InTransit))];
    let files = [file_record(5, Status::PickedUp)];
    assert_eq!(status(&[&journey[..], &files[..]].concat()), Status::InTransit);
    // The twin knows better what it was, too.
    let refused = on_the_clock(scan(9, Status::Refused));
    assert_eq!(status(&[&journey[..], &[refused, file_record(9, Status::Exception)]].concat()), Status::Refused);
}

/// Files alone: a guess that is hours wrong moves the package forward only.
#[test]
fn a_guess_moves_a_package_forward_only() {
    let guessed = [file_record(5, Status::PickedUp), scan(6, Status::InTransit)];
    assert_eq!(status(&guessed), Status::InTransit);
    let files =
        [file_record(5, Status::PickedUp), file_record(22, Status::OutForDelivery), file_record(26, Status::Delivered)];
    let told: Vec<Status> = (1..=3).map(|count| status(&files[..count])).collect();
    assert_eq!(told, [Status::PickedUp, Status::OutForDelivery, Status::Delivered]);
    // The next day is beyond any zone.
    assert_eq!(status(&[file_record(22, Status::Exception), file_record(50, Status::InTransit)]), Status::InTransit);
}

#[test]
fn a_promise_is_what_was_said_first_and_the_expectation_what_was_said_last() {
    let with = |scan: Scan, scheduled, rescheduled, delivered| Scan {
        days: Days { scheduled, rescheduled, delivered },
        ..scan
    };
    let days = |scans: &[Scan]| reduce(scans).expect("scans").days;
    let first = with(scan(0, Status::LabelCreated), Some(date(2026, 3, 5)), None, None);
    let storm = with(scan(9, Status::Exception), Some(date(2026, 3, 6)), Some(date(2026, 3, 9)), None);
    let there = with(scan(140, Status::Delivered), None, None, Some(date(2026, 3, 9)));
    assert_eq!(days(std::slice::from_ref(&first)).expected, Some(date(2026, 3, 5)));
    let told = days(&[storm.clone(), first.clone()]);
    assert_eq!((told.promised, told.expected, told.delivered), (Some(date(2026, 3, 5)), Some(date(2026, 3, 9)), None));
    assert_eq!(days(&[there, storm, first]).delivered, Some(date(2026, 3, 9)));
    // The scan's own clock tells the day better than a member that may be missing.
    assert_eq!(days(&[on_the_clock(scan(13, Status::Delivered))]).delivered, Some(date(2026, 3, 3)));
}

#[test]
fn a_shipment_is_where_its_slowest_package_is_and_delivered_with_its_last() {
    let package = |hour, status| reduce(&[scan(hour, status)]);
    let (early, late) = (package(26, Status::Delivered), package(50, Status::Delivered));
    assert_eq!(combine(&[early.clone(), None]), None);
    assert_eq!(combine(&[early.clone(), package(30, Status::InTransit)]).expect("known").status, Status::InTransit);
    assert_eq!(combine(&[late.clone(), early.clone()]), late);
    assert_eq!(combine(&[early, package(20, Status::Lost)]).expect("known").status, Status::Lost);
}

fn any_status() -> impl Strategy<Value = Status> {
    prop::sample::select(vec![
        Status::LabelCreated,
        Status::PickedUp,
        Status::InTransit,
        Status::Voided,
        Status::Delivered,
        Status::OutForDelivery,
        Status::Exception,
        Status::Returning,
        Status::Returned,
        Status::Lost,
        Status::HeldForPickup,
        notice(),
        unknown(),
    ])
}

fn any_scan() -> impl Strategy<Value = Scan> {
    let codes = prop::sample::select(vec!["OC", "DP", "FS"]);
    let feeds = prop::sample::select(Feed::ALL.to_vec());
    let days = prop::option::of(1_i8..9).prop_map(|day| day.map(|day| date(2026, 3, day)));
    (0_i64..40, any_status(), codes, "[AB]?", feeds, days).prop_map(|(hour, said, code, words, feed, day)| {
        let base = if feed == Feed::QuantumView { file_record(hour, said) } else { on_the_clock(scan(hour, said)) };
        let days = Days { scheduled: day, ..Days::default() };
        Scan { description: words, code: code.to_owned(), feed, days, ..base }
    })
}

/// Whether a scan is evidence that a final status no longer holds.
fn overturns(status: &Status, scan: &Scan) -> bool {
    match status {
        Status::Delivered => matches!(scan.status, Status::Returning | Status::Returned),
        Status::Returned => false,
        Status::Lost => scan.status.is_physical(),
        Status::Voided => scan.status.is_physical() || scan.status == Status::Lost,
        _ => true,
    }
}

proptest! {
    /// Three feeds tell the same scans, late and twice.
    #[test]
    fn neither_order_nor_repetition_of_scans_matters(
        (scans, shuffled) in prop::collection::vec(any_scan(), 0..12).prop_flat_map(|scans| {
            let twice = [scans.clone(), scans.clone()].concat();
            (Just(scans), Just(twice).prop_shuffle())
        })
    ) {
        prop_assert_eq!(reduce(&scans), reduce(&shuffled));
    }

    #[test]
    fn nothing_is_delivered_without_evidence(scans in prop::collection::vec(any_scan(), 1..12)) {
        let evidence = scans.iter().any(|it| it.status == Status::Delivered);
        prop_assert!(evidence || status(&scans) != Status::Delivered);
    }

    /// Whatever else is told, and whenever: a parcel that arrived stays arrived unless a scan says that it comes back.
    #[test]
    fn a_final_status_ends_only_by_evidence_that_says_so(
        scans in prop::collection::vec(any_scan(), 1..10), further in any_scan(),
    ) {
        let before = status(&scans);
        let precise = !further.is_guess && scans.iter().all(|it| !it.is_guess);
        if before.is_final() && precise && !overturns(&before, &further) {
            let after = status(&[scans, vec![further]].concat());
            prop_assert_eq!(before, after);
        }
    }

    /// Guesses from the files are no exception for what matters most.
    #[test]
    fn a_delivery_is_not_undone_by_a_guess(
        scans in prop::collection::vec(any_scan(), 1..10), further in any_scan(),
    ) {
        let before = status(&scans);
        // A precise scan of the same minute is the same event, and knows better what happened.
        let precise = !further.is_guess && scans.iter().any(|it| it.is_guess && it.local.is_some() && it.local == further.local);
        if before == Status::Delivered && !precise && !overturns(&before, &further) {
            prop_assert_eq!(status(&[scans, vec![further]].concat()), Status::Delivered);
        }
    }
}
