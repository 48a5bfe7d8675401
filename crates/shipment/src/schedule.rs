//! When something that is done again and again is done next.
//!
//! ```text
//! after ─► the day, in the schedule's zone ─► a peak's rule, else the usual one
//!               ▲                               │ no working day, or past its hours
//!               └──── the next day ◄────────────┤
//!                                               └─ interval or cron, within the day's hours ─► the next moment
//! ```
//!
//! An interval is counted in real hours, so the night in which clocks change has as many runs as its length allows. A
//! cron expression is read on the wall clock: a time that the clock leaps over is run right after the leap, a time that
//! comes twice is run once, and "every few minutes" runs through both. What was missed is one run, not many: the next
//! moment is always reckoned from the last run, never from the last moment. What is deliberately not here: who runs, and
//! what; a schedule is a question and an answer.

use std::fmt::Write as _;
use std::str::FromStr;

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _, Zoned};

/// How many days, or cron moments outside the schedule's days and hours, are looked at before it is taken for empty: ten
/// years of days.
const LOOKED_AT: usize = 3660;

/// When something is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// The zone of its days and hours.
    pub time_zone: TimeZone,
    /// What counts on most days.
    pub usual: Rule,
    /// Days on which it is done more often, or at all; the first that holds a day counts.
    pub peaks: Vec<Peak>,
}

/// How often, on which days and between which hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// How often.
    pub rhythm: Rhythm,
    /// The days of the week.
    pub working_days: Vec<Weekday>,
    /// Days on which nothing is done, although they are working days.
    pub holidays: Vec<Date>,
    /// From this hour of the day on.
    pub from: Time,
    /// Until this hour of the day, which no longer counts; `None` is the end of the day.
    pub until: Option<Time>,
}

/// Days with a rule of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peak {
    /// The first day.
    pub from: Day,
    /// The last day; before `from` when both recur, it is that of the next year.
    pub until: Day,
    /// What counts on them.
    pub rule: Rule,
}

/// A day of one year, or of every year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Day {
    /// This one only.
    Of(Date),
    /// Every year: month and day.
    Every {
        /// 1 to 12.
        month: i8,
        /// 1 to 31.
        day: i8,
    },
}

/// How often something is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rhythm {
    /// So long after the last time.
    Every(SignedDuration),
    /// At moments of the wall clock.
    Cron(Box<CronExpression>),
}

/// A cron expression of five fields: minute, hour, day of the month, month, day of the week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CronExpression {
    text: String,
    cron: Cron,
}

/// Why a text is no cron expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadCron(String);

impl FromStr for CronExpression {
    type Err = BadCron;

    fn from_str(text: &str) -> Result<Self, BadCron> {
        let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
        let cron = parser.parse(text).map_err(|error| BadCron(error.to_string()))?;
        Ok(Self { text: text.split_whitespace().collect::<Vec<_>>().join(" "), cron })
    }
}

/// A text is no day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it is neither a date such as 2026-12-24 nor month and day such as 12-24")]
pub struct BadDay;

impl FromStr for Day {
    type Err = BadDay;

    fn from_str(text: &str) -> Result<Self, BadDay> {
        if let Ok(date) = text.parse::<Date>() {
            return Ok(Self::Of(date));
        }
        // A leap year knows every day that any year has.
        let date: Date = format!("2024-{text}").parse().map_err(|_| BadDay)?;
        Ok(Self::Every { month: date.month(), day: date.day() })
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Of(date) => write!(f, "{date}"),
            Self::Every { month, day } => write!(f, "{month:02}-{day:02}"),
        }
    }
}

impl Peak {
    fn holds(&self, date: Date) -> bool {
        let today = (date.month(), date.day());
        let of = |day: Day| match day {
            Day::Of(day) => (day.month(), day.day()),
            Day::Every { month, day } => (month, day),
        };
        match (self.from, self.until) {
            (Day::Of(from), Day::Of(until)) => from <= date && date <= until,
            (from, until) => {
                let after = match from {
                    Day::Of(from) => from <= date,
                    Day::Every { .. } => of(from) <= today,
                };
                let before = match until {
                    Day::Of(until) => date <= until,
                    Day::Every { .. } => today <= of(until),
                };
                // From November to January lies on both ends of a year.
                let round_the_year =
                    matches!((from, until), (Day::Every { .. }, Day::Every { .. })) && of(from) > of(until);
                if round_the_year { after || before } else { after && before }
            }
        }
    }
}

/// All days of the week.
pub const EVERY_DAY: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

impl Rule {
    /// At an interval, day and night.
    #[must_use]
    pub fn every(every: SignedDuration) -> Self {
        Self {
            rhythm: Rhythm::Every(every),
            working_days: EVERY_DAY.to_vec(),
            holidays: Vec::new(),
            from: Time::midnight(),
            until: None,
        }
    }

    fn works_on(&self, date: Date) -> bool {
        self.working_days.contains(&date.weekday()) && !self.holidays.contains(&date)
    }

    /// An interval day and night, to which a zone means nothing.
    fn is_plain(&self) -> bool {
        matches!(self.rhythm, Rhythm::Every(every) if *self == Self::every(every))
    }

    fn words(&self) -> String {
        let mut words = match &self.rhythm {
            Rhythm::Every(every) => format!("every {every:#}"),
            Rhythm::Cron(cron) => format!("cron {}", cron.text),
        };
        if self.working_days.len() < EVERY_DAY.len() {
            let days = EVERY_DAY.iter().filter(|day| self.working_days.contains(day)).map(|day| short_name(*day));
            let _ = write!(words, ", {}", days.collect::<Vec<_>>().join(" "));
        }
        if !self.holidays.is_empty() {
            let days: Vec<String> = self.holidays.iter().map(ToString::to_string).collect();
            let _ = write!(words, ", not on {}", days.join(" "));
        }
        if self.from != Time::midnight() || self.until.is_some() {
            let until = self.until.map_or_else(|| "24:00".to_owned(), |it| it.strftime("%H:%M").to_string());
            let _ = write!(words, ", {} to {until}", self.from.strftime("%H:%M"));
        }
        words
    }

    /// The rule's hours of a day: from the first moment on, the second no longer counts.
    fn hours_of(&self, date: Date, zone: &TimeZone) -> Option<(Timestamp, Timestamp)> {
        let opens = zone.to_zoned(date.to_datetime(self.from)).ok()?;
        let closes = match self.until {
            Some(until) => zone.to_zoned(date.to_datetime(until)).ok()?,
            None => zone.to_zoned(date.tomorrow().ok()?.to_datetime(Time::midnight())).ok()?,
        };
        Some((opens.timestamp(), closes.timestamp()))
    }
}

impl Schedule {
    /// At an interval, day and night.
    #[must_use]
    pub fn every(every: SignedDuration) -> Self {
        Self { time_zone: TimeZone::UTC, usual: Rule::every(every), peaks: Vec::new() }
    }

    /// The first moment at which it is to be done, for something that never was: with an interval at once, if its days and
    /// hours allow it now.
    #[must_use]
    pub fn first(&self, now: Timestamp) -> Option<Timestamp> {
        let today = self.local(now).date();
        let rule = self.rule_of(today);
        let open = rule.works_on(today)
            && rule.hours_of(today, &self.time_zone).is_some_and(|(opens, closes)| opens <= now && now < closes);
        match rule.rhythm {
            Rhythm::Every(_) if open => Some(now),
            Rhythm::Every(_) | Rhythm::Cron(_) => self.next(now),
        }
    }

    /// The next moment after a run. An interval counts from the end, so that a long run is not followed by another at
    /// once; a moment of the wall clock that passed during the run is made up, once.
    #[must_use]
    pub fn after_run(&self, begun: Timestamp, ended: Timestamp) -> Option<Timestamp> {
        match self.rule_of(self.local(ended).date()).rhythm {
            Rhythm::Every(_) => self.next(ended),
            Rhythm::Cron(_) => self.next(begun).map(|next| next.max(ended)),
        }
    }

    /// The next moment after this one; none if there is none within ten years.
    #[must_use]
    pub fn next(&self, after: Timestamp) -> Option<Timestamp> {
        let mut date = self.local(after).date();
        for _ in 0..LOOKED_AT {
            let rule = self.rule_of(date);
            let hours = if rule.works_on(date) { rule.hours_of(date, &self.time_zone) } else { None };
            let mut tomorrow = date.tomorrow().ok()?;
            if let Some((opens, closes)) = hours {
                let next = match &rule.rhythm {
                    Rhythm::Every(every) => after.checked_add(*every).ok()?.max(opens),
                    Rhythm::Cron(cron) => cron.next(after, opens, &self.time_zone)?,
                };
                if next < closes {
                    return Some(next);
                }
                // A peak may begin between this day and the moment found, so only the days without one are leapt over.
                if self.peaks.is_empty() {
                    tomorrow = tomorrow.max(self.local(next).date());
                }
            }
            date = tomorrow;
        }
        None
    }

    /// In words, e.g. `every 1m, mon tue wed thu fri, 06:00 to 20:00 (America/Chicago)`.
    #[must_use]
    pub fn words(&self) -> String {
        let mut words = self.usual.words();
        for peak in &self.peaks {
            let _ = write!(words, "; {} to {}: {}", peak.from, peak.until, peak.rule.words());
        }
        let is_plain = self.peaks.is_empty() && self.usual.is_plain();
        if let (false, Some(zone)) = (is_plain, self.time_zone.iana_name()) {
            let _ = write!(words, " ({zone})");
        }
        words
    }

    fn rule_of(&self, date: Date) -> &Rule {
        self.peaks.iter().find(|peak| peak.holds(date)).map_or(&self.usual, |peak| &peak.rule)
    }

    fn local(&self, at: Timestamp) -> Zoned {
        at.to_zoned(self.time_zone.clone())
    }
}

impl CronExpression {
    /// The first moment after `after` that is not before `opens`.
    fn next(&self, after: Timestamp, opens: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let (from, inclusive) = if opens > after { (opens, true) } else { (after, false) };
        let next = self.cron.find_next_occurrence(&from.to_zoned(zone.clone()), inclusive).ok()?.timestamp();
        // A run may begin within the second that the expression names.
        if next > after { Some(next) } else { self.next(after.checked_add(1.second()).ok()?, opens, zone) }
    }
}

/// As site files write a day of the week.
fn short_name(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "mon",
        Weekday::Tuesday => "tue",
        Weekday::Wednesday => "wed",
        Weekday::Thursday => "thu",
        Weekday::Friday => "fri",
        Weekday::Saturday => "sat",
        Weekday::Sunday => "sun",
    }
}

#[cfg(test)]
mod tests;
