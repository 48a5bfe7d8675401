//! How long a parcel is on its way: from the moment it is tendered to its delivery.
//!
//! ```text
//! tendered ─► after the cut-off, a weekend or a holiday: the next business day ─► pickup
//!          ─► so many business days of the service ─► delivery (Saturday, where that is bought)
//! ```

use jiff::civil::{Date, DateTime, Weekday};

use super::calendar::{Calendar, next};
use super::service::Service;

/// What is known of a lane and a day before asking for a service.
#[derive(Debug, Clone)]
pub(crate) struct Tender {
    /// When the parcel is handed over, on the origin's clocks.
    pub(crate) at: DateTime,
    pub(crate) zone: u32,
    pub(crate) calendar: Calendar,
    /// What comes later counts as coming on the next business day.
    pub(crate) cut_off: jiff::civil::Time,
}

/// The way of one service.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Transit {
    pub(crate) pickup: Date,
    pub(crate) delivery: Date,
    pub(crate) business_days: u32,
    /// Weekend days and holidays between pickup and delivery.
    pub(crate) rest_days: u32,
    pub(crate) holidays: u32,
    /// The Saturday it could be delivered on for a surcharge.
    pub(crate) saturday: Option<Date>,
}

impl Tender {
    /// The day UPS counts from.
    pub(crate) fn pickup(&self) -> Date {
        let day = if self.at.time() > self.cut_off { next(self.at.date()) } else { self.at.date() };
        self.calendar.business_day_from(day)
    }

    /// When `service` delivers.
    pub(crate) fn by(&self, service: &Service) -> Transit {
        let pickup = self.pickup();
        let business_days = service.business_days(self.zone);
        let delivery = self.calendar.business_days_after(pickup, business_days);
        let (rest_days, holidays) = self.calendar.rest_between(pickup, delivery);
        let early = (0..business_days).fold(pickup, |day, _| next(day));
        let undisturbed = self.calendar.rest_between(pickup, early) == (1, 0) && !self.calendar.is_holiday(early);
        let saturday = service.delivers_on_saturday() && early.weekday() == Weekday::Saturday && undisturbed;
        Transit { pickup, delivery, business_days, rest_days, holidays, saturday: saturday.then_some(early) }
    }
}

impl Transit {
    /// Calendar days from pickup to delivery.
    pub(crate) fn total_days(&self) -> u32 {
        self.business_days + self.rest_days + self.holidays
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn tender(at: DateTime) -> Tender {
        let cut_off = jiff::civil::time(18, 0, 0, 0);
        Tender { at, zone: 5, calendar: Calendar::default(), cut_off }
    }

    #[test]
    fn a_parcel_tendered_late_on_friday_is_picked_up_on_monday() {
        let ground = Service::by_code("03").expect("ground");
        let early = tender(date(2026, 9, 18).at(17, 0, 0, 0)).by(&ground);
        let late = tender(date(2026, 9, 18).at(18, 30, 0, 0)).by(&ground);
        assert_eq!((early.pickup, early.delivery), (date(2026, 9, 18), date(2026, 9, 23)));
        assert_eq!((late.pickup, late.delivery), (date(2026, 9, 21), date(2026, 9, 24)));
        assert_eq!((early.rest_days, early.total_days()), (2, 5));
    }

    #[test]
    fn next_day_air_on_friday_can_come_on_saturday() {
        let next_day = Service::by_code("01").expect("next day air");
        let friday = tender(date(2026, 9, 18).at(10, 0, 0, 0)).by(&next_day);
        assert_eq!((friday.delivery, friday.saturday), (date(2026, 9, 21), Some(date(2026, 9, 19))));
        assert_eq!(tender(date(2026, 9, 17).at(10, 0, 0, 0)).by(&next_day).saturday, None);
    }
}
