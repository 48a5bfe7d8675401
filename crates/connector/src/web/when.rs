//! Times as the reader's wall shows them, with the zone told.
//!
//! The browser says its zone in a cookie, because no header does; until then, and for a zone nobody knows, it is UTC. The zone
//! stands once in every page's foot and in the tip of each time.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use super::problem::Problem;

/// The reader's zone.
#[derive(Debug, Clone)]
pub(super) struct Zone(TimeZone);

impl Zone {
    /// By the name the browser gave.
    pub(super) fn named(name: Option<&str>) -> Self {
        let known = name.and_then(|name| TimeZone::get(name).ok());
        Self(known.unwrap_or(TimeZone::UTC))
    }

    /// Its name, with what it is called at a moment.
    pub(super) fn name(&self, at: Timestamp) -> String {
        let name = self.0.iana_name().unwrap_or("UTC");
        let short = at.to_zoned(self.0.clone()).strftime("%Z").to_string();
        if name == short { short } else { format!("{name} ({short})") }
    }

    /// The first moment of the day a moment lies in.
    pub(super) fn midnight(&self, at: Timestamp) -> Timestamp {
        at.to_zoned(self.0.clone()).start_of_day().map_or(at, |it| it.timestamp())
    }

    /// The day a moment lies in.
    pub(super) fn date(&self, at: Timestamp) -> Date {
        at.to_zoned(self.0.clone()).date()
    }

    /// The first moment of a day.
    pub(super) fn begin(&self, day: Date) -> Result<Timestamp, Problem> {
        let begins = day.to_zoned(self.0.clone()).map(|it| it.timestamp());
        begins.map_err(|_| Problem::unusable(format!("{day} is outside the calendar")))
    }

    /// A day, as in `Mon 14 Sep 2026`.
    pub(super) fn day(&self, at: Timestamp) -> String {
        at.to_zoned(self.0.clone()).strftime("%a %-d %b %Y").to_string()
    }

    /// As said in a sentence.
    pub(super) fn words(&self, at: Timestamp) -> String {
        at.to_zoned(self.0.clone()).strftime("%a %-d %b at %H:%M %Z").to_string()
    }

    /// Day and minute, the second and the zone in the tip.
    pub(super) fn time(&self, at: Timestamp) -> Markup {
        let zoned = at.to_zoned(self.0.clone());
        html! {
            time datetime=(at.strftime("%Y-%m-%dT%H:%M:%SZ")) title=(zoned.strftime("%A, %-d %B %Y, %H:%M:%S %Z")) {
                (zoned.strftime("%-d %b %H:%M"))
            }
        }
    }
}

/// How long ago, or how far ahead, in one unit.
pub(super) fn span(from: Timestamp, to: Timestamp) -> String {
    let seconds = to.duration_since(from).as_secs().abs();
    match seconds {
        0..=89 => format!("{seconds} s"),
        90..=5_399 => format!("{} min", (seconds + 30) / 60),
        5_400..=172_799 => format!("{} h", (seconds + 1_800) / 3_600),
        _ => format!("{} days", (seconds + 43_200) / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_stands_in_the_readers_zone_and_says_so() {
        let at: Timestamp = "2026-09-14T13:05:09Z".parse().expect("a time");
        let ohio = Zone::named(Some("America/New_York"));
        let shown = ohio.time(at).into_string();
        assert!(shown.contains("14 Sep 09:05") && shown.contains("09:05:09 EDT"), "{shown}");
        assert_eq!(ohio.name(at), "America/New_York (EDT)");
        assert_eq!(Zone::named(Some("<script>")).name(at), "UTC");
        assert_eq!(ohio.midnight(at).to_string(), "2026-09-14T04:00:00Z");
    }

    #[test]
    fn spans_are_told_in_one_unit() {
        let at: Timestamp = "2026-09-14T13:00:00Z".parse().expect("a time");
        let ahead = |seconds| span(at, at + jiff::SignedDuration::from_secs(seconds));
        assert_eq!([ahead(40), ahead(600), ahead(7_200), ahead(400_000)], ["40 s", "10 min", "2 h", "5 days"]);
    }
}
