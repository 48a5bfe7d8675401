use jiff::civil::date;
use proptest::prelude::*;

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).expect("a time zone")
}

fn minutes(count: i64) -> SignedDuration {
    SignedDuration::from_mins(count)
}

fn cron(text: &str) -> Rhythm {
    Rhythm::Cron(Box::new(text.parse().expect("a cron expression")))
}

const WEEK: [Weekday; 5] = [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday];

/// Every five minutes from six to eight in the evening on working days in Chicago.
fn office() -> Schedule {
    let usual = Rule {
        working_days: WEEK.to_vec(),
        from: Time::constant(6, 0, 0, 0),
        until: Some(Time::constant(20, 0, 0, 0)),
        ..Rule::every(minutes(5))
    };
    Schedule { time_zone: zone("America/Chicago"), usual, peaks: Vec::new() }
}

fn in_chicago(rhythm: Rhythm) -> Schedule {
    let usual = Rule { rhythm, ..Rule::every(minutes(1)) };
    Schedule { time_zone: zone("America/Chicago"), usual, peaks: Vec::new() }
}

/// The moments from one instant to another, at which it is done.
fn moments(schedule: &Schedule, from: &str, to: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut last = at(from);
    while let Some(next) = schedule.next(last).filter(|next| *next < at(to)) {
        found.push(next.to_string());
        last = next;
    }
    found
}

#[test]
fn an_interval_goes_on_day_and_night() {
    let schedule = Schedule::every(minutes(90));
    assert_eq!(schedule.first(at("2026-09-19T23:00:00Z")), Some(at("2026-09-19T23:00:00Z")));
    assert_eq!(schedule.next(at("2026-09-19T23:00:00Z")), Some(at("2026-09-20T00:30:00Z")));
    assert_eq!(schedule.words(), "every 1h 30m");
}

#[test]
fn outside_its_hours_it_waits_for_the_next_working_day() {
    let schedule = office();
    // Friday, five to eight in Chicago: one more, and then Monday at six.
    let friday = at("2026-09-19T00:55:00Z");
    assert_eq!(schedule.next(friday - minutes(1)), Some(at("2026-09-19T00:59:00Z")));
    assert_eq!(schedule.next(friday), Some(at("2026-09-21T11:00:00Z")));
    assert_eq!(schedule.first(friday), Some(friday));
    assert_eq!(schedule.first(at("2026-09-19T12:00:00Z")), Some(at("2026-09-21T11:00:00Z")));
    assert_eq!(schedule.words(), "every 5m, mon tue wed thu fri, 06:00 to 20:00 (America/Chicago)");
}

#[test]
fn holidays_are_passed_over() {
    let mut schedule = office();
    schedule.usual.holidays = vec![date(2026, 12, 24), date(2026, 12, 25)];
    // Wednesday evening to Monday morning.
    assert_eq!(schedule.next(at("2026-12-24T02:00:00Z")), Some(at("2026-12-28T12:00:00Z")));
}

#[test]
fn the_weeks_before_a_holiday_are_denser() {
    let mut schedule = office();
    let peak = Rule { rhythm: Rhythm::Every(minutes(1)), working_days: EVERY_DAY.to_vec(), ..schedule.usual.clone() };
    schedule.peaks =
        vec![Peak { from: "11-16".parse().expect("a day"), until: "12-24".parse().expect("a day"), rule: peak }];
    assert_eq!(schedule.next(at("2026-11-13T16:00:00Z")), Some(at("2026-11-13T16:05:00Z")));
    assert_eq!(schedule.next(at("2026-11-16T16:00:00Z")), Some(at("2026-11-16T16:01:00Z")));
    // On a Sunday before Christmas too, and next year again.
    assert_eq!(schedule.next(at("2026-12-20T16:00:00Z")), Some(at("2026-12-20T16:01:00Z")));
    assert_eq!(schedule.next(at("2027-12-19T16:00:00Z")), Some(at("2027-12-19T16:01:00Z")));
    // The evening before the first day waits for the peak's rhythm, not for its own.
    assert_eq!(schedule.next(at("2026-11-14T02:30:00Z")), Some(at("2026-11-16T12:00:00Z")));
    assert_eq!(
        schedule.words(),
        "every 5m, mon tue wed thu fri, 06:00 to 20:00; 11-16 to 12-24: every 1m, 06:00 to 20:00 (America/Chicago)"
    );
}

#[test]
fn a_peak_cuts_a_long_interval_short() {
    let mut schedule = Schedule::every(SignedDuration::from_hours(72));
    schedule.peaks = vec![Peak {
        from: Day::Of(date(2026, 11, 20)),
        until: Day::Of(date(2026, 11, 20)),
        rule: Rule::every(SignedDuration::from_hours(6)),
    }];
    assert_eq!(schedule.next(at("2026-11-19T12:00:00Z")), Some(at("2026-11-20T00:00:00Z")));
    assert_eq!(schedule.next(at("2026-11-20T18:00:00Z")), Some(at("2026-11-23T18:00:00Z")));
}

#[test]
fn a_peak_may_go_round_the_new_year() {
    let peak = Peak {
        from: "12-15".parse().expect("a day"),
        until: "01-06".parse().expect("a day"),
        rule: Rule::every(minutes(1)),
    };
    for (day, holds) in [((2026, 12, 14), false), ((2026, 12, 15), true), ((2027, 1, 6), true), ((2027, 1, 7), false)] {
        assert_eq!(peak.holds(date(day.0, day.1, day.2)), holds, "{day:?}");
    }
}

/// In Chicago the clock goes from 02:00 to 03:00 on 8 March 2026.
#[test]
fn a_time_that_the_clock_leaps_over_is_made_up_right_after() {
    let nightly = in_chicago(cron("30 2 * * *"));
    assert_eq!(
        moments(&nightly, "2026-03-07T00:00:00Z", "2026-03-10T00:00:00Z"),
        ["2026-03-07T08:30:00Z", "2026-03-08T08:00:00Z", "2026-03-09T07:30:00Z"]
    );
}

/// On 1 November 2026 the hour from 01:00 to 02:00 comes twice.
#[test]
fn a_time_that_comes_twice_is_run_once() {
    let nightly = in_chicago(cron("30 1 * * *"));
    assert_eq!(
        moments(&nightly, "2026-10-31T00:00:00Z", "2026-11-03T00:00:00Z"),
        ["2026-10-31T06:30:00Z", "2026-11-01T06:30:00Z", "2026-11-02T07:30:00Z"]
    );
}

#[test]
fn every_few_minutes_runs_through_both_hours() {
    let often = in_chicago(cron("*/30 * * * *"));
    let night = moments(&often, "2026-11-01T05:59:00Z", "2026-11-01T08:00:00Z");
    assert_eq!(night, ["2026-11-01T06:00:00Z", "2026-11-01T06:30:00Z", "2026-11-01T07:00:00Z", "2026-11-01T07:30:00Z"]);
    let spring = moments(&often, "2026-03-08T07:29:00Z", "2026-03-08T08:31:00Z");
    assert_eq!(spring, ["2026-03-08T07:30:00Z", "2026-03-08T08:00:00Z", "2026-03-08T08:30:00Z"]);
}

/// A day that begins at one in the morning, because midnight is leapt over (Beirut, 29 March 2026).
#[test]
fn a_day_without_a_midnight_has_its_hours() {
    let usual = Rule { working_days: vec![Weekday::Sunday], ..Rule::every(SignedDuration::from_hours(8)) };
    let schedule = Schedule { time_zone: zone("Asia/Beirut"), usual, peaks: Vec::new() };
    assert_eq!(schedule.next(at("2026-03-27T00:00:00Z")), Some(at("2026-03-28T22:00:00Z")));
}

#[test]
fn hours_and_holidays_narrow_a_cron_expression() {
    let mut schedule = office();
    schedule.usual.rhythm = cron("0 */6 * * *");
    schedule.usual.holidays = vec![date(2026, 9, 22)];
    // 06:00, 12:00 and 18:00 in Chicago, not at midnight, not on Tuesday.
    assert_eq!(
        moments(&schedule, "2026-09-21T00:00:00Z", "2026-09-23T12:00:00Z"),
        ["2026-09-21T11:00:00Z", "2026-09-21T17:00:00Z", "2026-09-21T23:00:00Z", "2026-09-23T11:00:00Z"]
    );
}

#[test]
fn what_passed_during_a_run_is_made_up_once() {
    let hourly = in_chicago(cron("0 * * * *"));
    let (begun, ended) = (at("2026-09-21T11:00:00Z"), at("2026-09-21T14:20:00Z"));
    assert_eq!(hourly.after_run(begun, ended), Some(ended));
    assert_eq!(hourly.after_run(ended, ended), Some(at("2026-09-21T15:00:00Z")));
    let interval = Schedule::every(minutes(1));
    assert_eq!(interval.after_run(begun, ended), Some(ended + minutes(1)));
}

#[test]
fn a_schedule_without_a_moment_says_so() {
    let mut schedule = office();
    schedule.usual.working_days.clear();
    assert_eq!(schedule.next(at("2026-09-21T00:00:00Z")), None);
    let never = in_chicago(cron("0 0 30 2 *"));
    assert_eq!(never.next(at("2026-09-21T00:00:00Z")), None);
}

#[test]
fn what_is_no_cron_expression_or_day_says_so() {
    for text in ["", "every day", "* * * *", "0 0 0 * * *", "61 * * * *"] {
        assert!(text.parse::<CronExpression>().is_err(), "{text:?}");
    }
    for text in ["", "13-01", "02-30", "monday"] {
        assert_eq!(text.parse::<Day>(), Err(BadDay), "{text:?}");
    }
    assert_eq!("02-29".parse(), Ok(Day::Every { month: 2, day: 29 }));
}

proptest! {
    /// The next moment is later, on a day and at an hour of the schedule, however the clocks change.
    #[test]
    fn the_next_moment_is_later_and_allowed(
        seconds in 1_700_000_000_i64..1_900_000_000,
        every in 1_i64..3_000,
        place in prop::sample::select(vec!["America/Chicago", "Asia/Beirut", "Australia/Lord_Howe", "UTC"]),
        by_cron in any::<bool>(),
    ) {
        let mut schedule = office();
        schedule.time_zone = zone(place);
        schedule.usual.rhythm = if by_cron { cron("*/7 * * * *") } else { Rhythm::Every(minutes(every)) };
        let after = Timestamp::from_second(seconds).expect("an instant");
        let next = schedule.next(after).expect("a moment");
        prop_assert!(next > after);
        let local = next.to_zoned(schedule.time_zone);
        prop_assert!(WEEK.contains(&local.weekday()), "{local}");
        prop_assert!(local.hour() >= 6 && local.hour() < 20, "{local}");
    }
}
