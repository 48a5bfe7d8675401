//! On which days UPS works: weekdays without its holidays.

use jiff::Span;
use jiff::civil::{Date, Weekday};

use super::manners::{Holiday, Manners};

/// UPS's working days in the United States.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Calendar {
    holidays: Vec<Holiday>,
    closed: Vec<Date>,
}

impl Default for Calendar {
    fn default() -> Self {
        Self::of(&Manners::default())
    }
}

impl Calendar {
    pub(crate) fn of(manners: &Manners) -> Self {
        Self { holidays: manners.holidays.clone(), closed: manners.closed_days.clone() }
    }

    /// Whether UPS keeps the day as a holiday, or is closed for another reason.
    pub(crate) fn is_holiday(&self, day: Date) -> bool {
        self.closed.contains(&day) || self.holidays.iter().any(|holiday| falls_on(*holiday, day.year()) == Some(day))
    }

    pub(crate) fn is_business_day(&self, day: Date) -> bool {
        !is_weekend(day) && !self.is_holiday(day)
    }

    /// `day` or the next business day after it.
    pub(crate) fn business_day_from(&self, mut day: Date) -> Date {
        while !self.is_business_day(day) && day < Date::MAX {
            day = next(day);
        }
        day
    }

    /// The business day `count` business days after `day`.
    pub(crate) fn business_days_after(&self, mut day: Date, count: u32) -> Date {
        for _ in 0..count {
            day = self.business_day_from(next(day));
        }
        day
    }

    /// Days after `from` up to `to` that are weekends, and those that are holidays on weekdays.
    pub(crate) fn rest_between(&self, from: Date, to: Date) -> (u32, u32) {
        let (mut weekends, mut holidays) = (0, 0);
        let mut day = from;
        while day < to {
            day = next(day);
            weekends += u32::from(is_weekend(day));
            holidays += u32::from(!is_weekend(day) && self.is_holiday(day));
        }
        (weekends, holidays)
    }
}

pub(crate) fn is_weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

pub(crate) fn next(day: Date) -> Date {
    day.saturating_add(Span::new().days(1))
}

fn falls_on(holiday: Holiday, year: i16) -> Option<Date> {
    let fixed = |month, day| Date::new(year, month, day).ok();
    let nth = |month, nth, weekday| Date::new(year, month, 1).ok()?.nth_weekday_of_month(nth, weekday).ok();
    match holiday {
        Holiday::NewYearsDay => fixed(1, 1),
        Holiday::MartinLutherKingDay => nth(1, 3, Weekday::Monday),
        Holiday::PresidentsDay => nth(2, 3, Weekday::Monday),
        Holiday::MemorialDay => nth(5, -1, Weekday::Monday),
        Holiday::Juneteenth => fixed(6, 19),
        Holiday::IndependenceDay => fixed(7, 4),
        Holiday::LaborDay => nth(9, 1, Weekday::Monday),
        Holiday::ColumbusDay => nth(10, 2, Weekday::Monday),
        Holiday::VeteransDay => fixed(11, 11),
        Holiday::Thanksgiving => nth(11, 4, Weekday::Thursday),
        Holiday::Christmas => fixed(12, 25),
        Holiday::NewYearsEve => fixed(12, 31),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn thanksgiving_and_weekends_are_no_business_days() {
        let calendar = Calendar::default();
        assert!(!calendar.is_business_day(date(2026, 11, 26)));
        assert!(calendar.is_business_day(date(2026, 11, 27)));
        assert_eq!(calendar.business_days_after(date(2026, 11, 25), 2), date(2026, 11, 30));
        assert_eq!(calendar.rest_between(date(2026, 11, 25), date(2026, 11, 30)), (2, 1));
        assert!(!calendar.is_business_day(date(2026, 5, 25)) && !calendar.is_business_day(date(2026, 9, 7)));
    }

    #[test]
    fn friday_plus_one_business_day_is_monday() {
        let friday = date(2026, 9, 18);
        assert_eq!(Calendar::default().business_days_after(friday, 1), date(2026, 9, 21));
    }

    #[test]
    fn which_holidays_are_kept_is_a_manner() {
        let manners =
            Manners { holidays: vec![Holiday::Juneteenth], closed_days: vec![date(2026, 6, 22)], ..Manners::default() };
        let calendar = Calendar::of(&manners);
        assert_eq!(calendar.business_days_after(date(2026, 6, 18), 1), date(2026, 6, 23));
        assert!(calendar.is_business_day(date(2026, 12, 25)));
    }
}
