//! Reads `[schedule]`, when SYSPRO is read, and `[reconcile]`, when labels are compared.
//!
//! A schedule that can never come true is refused here, so that one that exists has a next moment.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use shipment::schedule::{CronExpression, Day, EVERY_DAY, Peak, Rhythm, Rule, Schedule};

use super::places::days;
use super::section::{Read, Section};

/// A schedule; `zone` is that of the site's first ship-from, `every` the interval where nothing is said.
pub(super) fn schedule(mut section: Section<'_>, zone: &TimeZone, every: &str) -> Read<Schedule> {
    let cure = "write a name of the time zone database, e.g. time_zone = \"America/Los_Angeles\"";
    let time_zone = match section.take("time_zone") {
        Some(found) => {
            let name = found.text(cure)?;
            TimeZone::get(&name).map_err(|why| found.bad(&name, why, cure))?
        }
        None => zone.clone(),
    };
    let plain = Rule {
        rhythm: Rhythm::Every(section.duration("every", every)?),
        working_days: EVERY_DAY.to_vec(),
        holidays: Vec::new(),
        from: Time::midnight(),
        until: None,
    };
    let usual = rule(&mut section, plain)?;
    let peaks = section.tables("peak")?;
    let peaks = peaks.into_iter().map(|it| peak(it, &usual)).collect::<Read<Vec<_>>>()?;
    let schedule = Schedule { time_zone, usual, peaks };
    // Any moment will do: whether there is a next one does not depend on it for ten years.
    if schedule.next(jiff::Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_hours(24 * 365 * 56)).is_none() {
        let why = "no moment of the next ten years fits its days, hours and cron expression";
        return Err(section.fault("", "never", why, "widen working_days or the hours, or mend the cron expression"));
    }
    section.finish()?;
    Ok(schedule)
}

/// Days with a rule of their own; what they do not say is as on other days.
fn peak(mut section: Section<'_>, usual: &Rule) -> Read<Peak> {
    let cure = "write a date such as \"2026-12-24\", or month and day for every year, such as \"12-24\"";
    let from: Day = section.parsed("from", cure)?;
    let until: Day = section.parsed("until", cure)?;
    if let (Day::Of(first), Day::Of(last)) = (from, until)
        && first > last
    {
        return Err(section.fault("until", format!("bad value {last}"), "it is before `from`", cure));
    }
    if matches!((from, until), (Day::Of(_), Day::Every { .. }) | (Day::Every { .. }, Day::Of(_))) {
        let why = "one names a year and the other does not";
        return Err(section.fault("until", "bad value", why, cure));
    }
    if !section.has("every") && !section.has("cron") {
        let cure = "write how often SYSPRO is read on these days, e.g. every = \"20s\"";
        return Err(section.fault("every", "missing", "without it these days are like others", cure));
    }
    let every =
        if section.has("every") { Rhythm::Every(section.duration("every", "1m")?) } else { usual.rhythm.clone() };
    let rule = rule(&mut section, Rule { rhythm: every, ..usual.clone() })?;
    section.finish()?;
    Ok(Peak { from, until, rule })
}

/// What the table says differently from `plain`, whose interval has been read from it.
fn rule(section: &mut Section<'_>, plain: Rule) -> Read<Rule> {
    let cure = "write minute, hour, day of the month, month and day of the week, e.g. cron = \"*/5 6-19 * * mon-fri\"";
    let cron: Option<CronExpression> = section.parsed_if("cron", cure)?;
    let holidays: Option<Vec<Date>> =
        section.list_if("holidays", "write dates as text, e.g. holidays = [\"2026-12-25\"]")?;
    let cure = "write an hour of the day, e.g. from_hour = \"06:00\"";
    let from = section.parsed_if("from_hour", cure)?.unwrap_or(plain.from);
    let until: Option<Time> = section.parsed_if("until_hour", cure)?.or(plain.until);
    if let Some(until) = until
        && until <= from
    {
        let cure = "let it be later on the same day; without it the day ends at midnight";
        return Err(section.fault("until_hour", format!("bad value {until}"), "it is not after from_hour", cure));
    }
    Ok(Rule {
        rhythm: cron.map_or(plain.rhythm, |it| Rhythm::Cron(Box::new(it))),
        working_days: days(section, &plain.working_days)?,
        holidays: holidays.unwrap_or(plain.holidays),
        from,
        until,
    })
}
