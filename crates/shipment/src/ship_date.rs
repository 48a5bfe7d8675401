//! Ship date: on which day the label says the package goes.
//!
//! ```text
//! now, in the ship-from's zone ─► today before the cut-off, else tomorrow ─┐
//! required date less transit, if the site keeps goods back for it ─────────┴─► the later ─► next working day
//!                                                                       more than 7 days ahead ─► Hold
//! ```
//!
//! The same date goes into rating, time in transit and booking. It is reckoned anew at each of them: an order
//! that was quoted before the cut-off and is booked after it goes a day later and has to be quoted again.

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::hold::{Hold, Reason};

/// When a ship-from ships.
#[derive(Debug, Clone, PartialEq)]
pub struct Calendar {
    /// Its time zone.
    pub time_zone: TimeZone,
    /// Until when what is ready goes today.
    pub cut_off: Time,
    /// The days on which it ships.
    pub working_days: Vec<Weekday>,
    /// Days on which it does not, although they are working days.
    pub holidays: Vec<Date>,
    /// Whether to keep goods back until the required date less transit.
    pub hold_for_required_date: bool,
}

/// UPS takes ship dates from today to this many days ahead.
pub const DAYS_AHEAD: i64 = 7;

/// How far the calendar is searched for a working day; longer than any plant closes.
const SEARCHED_DAYS: usize = 60;

/// The ship date: today before the cut-off on a working day, else the next working day, in the ship-from's zone.
///
/// Where the site keeps goods back for the required date, never before that date less `transit_days` working
/// days; without known transit days nothing is kept back, because early is better than late.
///
/// # Errors
/// A hold when that is more than seven days ahead, which UPS does not take, or there is no working day.
pub fn ship_date(
    now: Timestamp,
    calendar: &Calendar,
    required: Option<Date>,
    transit_days: Option<u32>,
) -> Result<Date, Hold> {
    let local = now.to_zoned(calendar.time_zone.clone());
    let today = local.date();
    let soonest = if local.time() < calendar.cut_off { today } else { today.saturating_add(1.day()) };
    let from = match (required, transit_days) {
        (Some(required), Some(days)) if calendar.hold_for_required_date => {
            soonest.max(calendar.days_before(required, days))
        }
        _ => soonest,
    };
    let no_working_day = Reason::NoWorkingDay { from };
    let date = calendar.working_day_from(from).ok_or(no_working_day)?;
    let latest = today.saturating_add(DAYS_AHEAD.days());
    if date > latest {
        return Err(Reason::ShipDateTooFar { date, latest }.into());
    }
    Ok(date)
}

impl Calendar {
    /// Whether the ship-from ships on this day.
    pub fn works_on(&self, date: Date) -> bool {
        self.working_days.contains(&date.weekday()) && !self.holidays.contains(&date)
    }

    /// This day, or the first working day after it; `None` when there is none within two months.
    fn working_day_from(&self, date: Date) -> Option<Date> {
        date.series(1.day()).take(SEARCHED_DAYS).find(|day| self.works_on(*day))
    }

    /// The day from which `working_days` of transit end on `date`. Days on which nobody works are no transit,
    /// and a calendar without working days ends the search.
    fn days_before(&self, date: Date, working_days: u32) -> Date {
        let mut day = date;
        let mut left = working_days;
        for _ in 0..SEARCHED_DAYS {
            if left == 0 {
                break;
            }
            day = day.saturating_sub(1.day());
            left -= u32::from(self.works_on(day));
        }
        day
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    const WEEK: [Weekday; 5] =
        [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday];

    fn oakland() -> Calendar {
        Calendar {
            time_zone: TimeZone::get("America/Los_Angeles").expect("a time zone"),
            cut_off: Time::constant(15, 0, 0, 0),
            working_days: WEEK.to_vec(),
            holidays: vec![date(2026, 3, 9)],
            hold_for_required_date: true,
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    #[test]
    fn before_the_cut_off_it_goes_today_and_after_it_tomorrow() {
        // 14:59 and 15:00 on a Wednesday in Oakland
        assert_eq!(ship_date(at("2026-03-04T22:59:59Z"), &oakland(), None, None), Ok(date(2026, 3, 4)));
        assert_eq!(ship_date(at("2026-03-04T23:00:00Z"), &oakland(), None, None), Ok(date(2026, 3, 5)));
    }

    #[test]
    fn the_day_is_the_ship_froms_and_not_greenwichs() {
        assert_eq!(ship_date(at("2026-03-05T01:00:00Z"), &oakland(), None, None), Ok(date(2026, 3, 5)));
        assert_eq!(ship_date(at("2026-03-05T09:00:00Z"), &oakland(), None, None), Ok(date(2026, 3, 5)));
    }

    #[test]
    fn friday_evening_goes_on_the_next_working_day_that_is_no_holiday() {
        // Monday the 9th is a holiday
        assert_eq!(ship_date(at("2026-03-07T00:30:00Z"), &oakland(), None, None), Ok(date(2026, 3, 10)));
    }

    #[test]
    fn goods_are_kept_back_for_the_required_date_less_transit() {
        let now = at("2026-03-03T18:00:00Z");
        // three working days before Wednesday the 11th; neither the weekend nor Monday's holiday is one
        assert_eq!(ship_date(now, &oakland(), Some(date(2026, 3, 11)), Some(3)), Ok(date(2026, 3, 5)));
        // without knowing the transit, early beats late
        assert_eq!(ship_date(now, &oakland(), Some(date(2026, 3, 11)), None), Ok(date(2026, 3, 3)));
        // a required date in the past hurries nothing
        assert_eq!(ship_date(now, &oakland(), Some(date(2026, 3, 1)), Some(3)), Ok(date(2026, 3, 3)));
    }

    #[test]
    fn a_date_ups_does_not_take_yet_is_a_hold_that_names_it() {
        let hold = ship_date(at("2026-03-03T18:00:00Z"), &oakland(), Some(date(2026, 4, 1)), Some(2))
            .expect_err("it is four weeks away");
        assert_eq!(hold.reason, Reason::ShipDateTooFar { date: date(2026, 3, 30), latest: date(2026, 3, 10) });
    }

    #[test]
    fn a_calendar_without_working_days_is_told_and_not_searched_for_ever() {
        let never = Calendar { working_days: Vec::new(), ..oakland() };
        let hold = ship_date(at("2026-03-03T18:00:00Z"), &never, None, None).expect_err("nobody works");
        assert_eq!(hold.code(), "no_working_day");
    }

    proptest! {
        #[test]
        fn a_ship_date_is_a_working_day_of_the_coming_week(hour in 0_i64..20_000, required in 0_i32..60, transit in 0_u32..8) {
            let now = at("2026-01-01T00:00:00Z") + jiff::SignedDuration::from_hours(hour);
            let today = now.to_zoned(oakland().time_zone).date();
            let required = today.saturating_add(required.days());
            if let Ok(day) = ship_date(now, &oakland(), Some(required), Some(transit)) {
                prop_assert!(oakland().works_on(day));
                prop_assert!(day >= today && day <= today.saturating_add(DAYS_AHEAD.days()));
            }
        }
    }
}
