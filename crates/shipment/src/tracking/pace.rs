//! When to ask UPS again about a package: often while nobody else tells us, seldom where UPS calls by itself, less the
//! older it gets, and never after the end.
//!
//! ```text
//!  UPS's calls are heard and bring all news ─► every × 4        younger than 5 days × 1
//!  never heard, silent for two days, or a question                   to 10 days × 2
//!  brought what no call had told            ─► every                 to 30 days × 6
//!                                                                    older      × 12, two days at the most
//! ```
//!
//! UPS promises no second try for a call that was not taken, so asking never stops before the end: it only becomes rare.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Concern;
use crate::number::TrackingNumber;

/// A feed that has been silent for this long about a parcel that is not at its end is not relied on.
const SILENT_AFTER: SignedDuration = SignedDuration::from_hours(48);
/// The longest wait between two questions.
const LONGEST: SignedDuration = SignedDuration::from_hours(48);

/// A site's rhythm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Between two questions about a young parcel that nobody else tells of.
    pub every: SignedDuration,
    /// After so long without an end it is no longer asked about.
    pub give_up_after: SignedDuration,
}

/// What was heard of a shipment without asking, and whether asking brought what should have been heard.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hearing {
    /// When UPS last told something by itself, by a call or in the account's files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heard_at: Option<Timestamp>,
    /// When a question last brought a scan that should have been told and was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed_at: Option<Timestamp>,
    /// What a person should hear of, package by package; an alarm stands open for each kind of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub concerns: Vec<(TrackingNumber, Concern)>,
}

impl Hearing {
    /// Whether UPS is relied on to tell by itself what happens.
    pub fn is_told(&self, now: Timestamp) -> bool {
        let Some(heard) = self.heard_at else { return false };
        let missed = self.missed_at.is_some_and(|missed| missed >= heard);
        !missed && now.duration_since(heard) < SILENT_AFTER
    }
}

/// When to ask again about a shipment that is not at its end; nothing once it is given up. The last question is asked at
/// that very moment, so that no news of the last interval is missed.
pub fn next_look(now: Timestamp, booked_at: Timestamp, hearing: &Hearing, pace: &Pace) -> Option<Timestamp> {
    let end = booked_at + pace.give_up_after;
    if now >= end {
        return None;
    }
    let days = now.duration_since(booked_at).as_hours() / 24;
    let by_age = match days {
        ..5 => 1,
        5..10 => 2,
        10..30 => 6,
        _ => 12,
    };
    let by_feed = if hearing.is_told(now) { 4 } else { 1 };
    let wait = pace.every.checked_mul(by_age * by_feed).unwrap_or(LONGEST).min(LONGEST.max(pace.every));
    Some((now + wait).min(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY: SignedDuration = SignedDuration::from_hours(2);

    fn pace() -> Pace {
        Pace { every: EVERY, give_up_after: SignedDuration::from_hours(24 * 120) }
    }

    fn booked() -> Timestamp {
        "2026-09-14T13:00:00Z".parse().expect("an instant")
    }

    /// The hours until the next question, for a parcel of this age.
    fn hours(days: i64, hearing: &Hearing) -> Option<i64> {
        let now = booked() + SignedDuration::from_hours(24 * days);
        next_look(now, booked(), hearing, &pace()).map(|at| at.duration_since(now).as_hours())
    }

    #[test]
    fn the_older_a_parcel_the_rarer_the_question() {
        let waits: Vec<_> = [0, 4, 5, 10, 30, 119, 120].map(|days| hours(days, &Hearing::default())).into();
        assert_eq!(waits, [Some(2), Some(2), Some(4), Some(12), Some(24), Some(24), None]);
    }

    #[test]
    fn the_last_question_is_asked_at_the_end() {
        let now = booked() + SignedDuration::from_hours(24 * 120 - 3);
        assert_eq!(
            next_look(now, booked(), &Hearing::default(), &pace()),
            Some(booked() + SignedDuration::from_hours(24 * 120))
        );
    }

    #[test]
    fn where_ups_calls_by_itself_it_is_asked_seldom_until_a_call_is_missed_or_silence_falls() {
        let heard = booked() + SignedDuration::from_hours(20);
        let told = Hearing { heard_at: Some(heard), ..Hearing::default() };
        assert_eq!(hours(1, &told), Some(8));
        assert_eq!(hours(3, &told), Some(2), "silent for two days");
        let missed = Hearing { missed_at: Some(heard + SignedDuration::from_hours(1)), ..told };
        assert_eq!(hours(1, &missed), Some(2));
        let again = Hearing { heard_at: Some(heard + SignedDuration::from_hours(2)), ..missed };
        assert_eq!(hours(1, &again), Some(8), "it calls again");
    }

    #[test]
    fn a_rhythm_slower_than_two_days_is_the_sites_own() {
        let slow = Pace { every: SignedDuration::from_hours(24 * 5), ..pace() };
        let next = next_look(booked(), booked(), &Hearing::default(), &slow);
        assert_eq!(next, Some(booked() + SignedDuration::from_hours(24 * 5)));
    }
}
