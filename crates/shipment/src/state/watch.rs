//! Attempts that are over and may still bring a late twin.
//!
//! ```text
//! not booked · said absent · voided ─► Watched ─ look ─ look ─ … ─► over after seven days
//!                                         └─ UPS has a label under that reference ─► twin ─► voided · a person
//! ```
//!
//! UPS may finish a request long after everybody has given it up. So every attempt that is over without a label of ours
//! is looked for by its own reference, at growing intervals, wherever the shipment is by then: the looks belong to the
//! reading underneath, which outlives all states. An attempt whose end is not certain is looked for seven times in a week,
//! any other twice: UPS's own refusal and a void have never been seen to be wrong, and cost little to be sure of.
//!
//! What happens twice: a look. What a crash costs: one look more, or one void more, which UPS answers with "already
//! voided". A twin is written down before its void is asked, so that whoever comes next voids it too.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Attempt, Received};
use crate::number::{AttemptNumber, ShipmentIdentificationNumber, TrackingNumber};

/// How an attempt ended without a label that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// UPS refused it, or it was never sent.
    NotBooked,
    /// UPS had it as voided.
    FoundVoided,
    /// A person, or the site's settings, said that there is none.
    SaidAbsent,
    /// We had it voided.
    Voided,
    /// It was adopted under one number, and UPS had named others under the same reference.
    Several,
}

impl Ended {
    /// Plain words.
    pub fn words(self) -> &'static str {
        match self {
            Self::NotBooked => "not booked",
            Self::FoundVoided => "found voided",
            Self::SaidAbsent => "said absent",
            Self::Voided => "voided",
            Self::Several => "adopted under another number",
        }
    }

    /// When it is looked for, after its end.
    fn looks(self) -> &'static [SignedDuration] {
        const HOUR: i64 = 60 * 60;
        const UNCERTAIN: [SignedDuration; 7] = [
            SignedDuration::from_mins(30),
            SignedDuration::from_secs(2 * HOUR),
            SignedDuration::from_secs(6 * HOUR),
            SignedDuration::from_secs(24 * HOUR),
            SignedDuration::from_secs(2 * 24 * HOUR),
            SignedDuration::from_secs(4 * 24 * HOUR),
            SignedDuration::from_secs(7 * 24 * HOUR),
        ];
        const CERTAIN: [SignedDuration; 2] =
            [SignedDuration::from_secs(24 * HOUR), SignedDuration::from_secs(7 * 24 * HOUR)];
        match self {
            Self::SaidAbsent | Self::Several => &UNCERTAIN,
            Self::NotBooked | Self::FoundVoided | Self::Voided => &CERTAIN,
        }
    }
}

/// An attempt that is over and is looked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watched {
    /// Which.
    pub attempt: Attempt,
    /// How it ended.
    pub ended: Ended,
    /// When it ended, or was asked where nobody noted that (business time).
    pub since: Timestamp,
    /// The packages it had, where a label of ours was voided: a scan of one of them is news.
    #[serde(default)]
    pub packages: Vec<TrackingNumber>,
    /// The next look, or the next try to void the twin.
    pub next_at: Timestamp,
    /// Failed tries in a row.
    #[serde(default)]
    pub tries: u32,
    /// A shipment UPS has under its reference and that nobody wants: it is to be voided.
    #[serde(default)]
    pub twin: Option<ShipmentIdentificationNumber>,
}

/// What a look at an attempt that is over brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Look {
    /// UPS has no standing label under its reference, and no scan of a voided one.
    Nothing {
        /// When it was looked.
        at: Timestamp,
    },
    /// UPS could not be asked, or could not say.
    Later {
        /// Not before.
        next_at: Timestamp,
    },
    /// UPS has a standing label under its reference: it is to be voided.
    Twin {
        /// Its number.
        number: ShipmentIdentificationNumber,
        /// When it was found.
        at: Timestamp,
    },
    /// The twin is voided.
    TwinVoided {
        /// When.
        at: Timestamp,
    },
    /// The looking is over: the rest is a person's, or there is nothing to look for.
    Over,
}

impl Watched {
    /// Of a label that was adopted: what else stands under its reference is looked for at once.
    pub(super) fn beside(attempt: Attempt, at: Timestamp) -> Self {
        Self { next_at: at, ..Self::new(attempt, Ended::Several, at, Vec::new()) }
    }

    pub(super) fn new(attempt: Attempt, ended: Ended, since: Timestamp, packages: Vec<TrackingNumber>) -> Self {
        let next_at = since + ended.looks().first().copied().unwrap_or_default();
        Self { attempt, ended, since, packages, next_at, tries: 0, twin: None }
    }

    /// The look after `at`, if there is one more.
    fn look_after(&self, at: Timestamp) -> Option<Timestamp> {
        self.ended.looks().iter().map(|wait| self.since + *wait).find(|look| *look > at)
    }

    /// When the last look is.
    pub fn until(&self) -> Timestamp {
        self.since + self.ended.looks().last().copied().unwrap_or_default()
    }
}

impl Received {
    /// Watches an attempt from now on; one that is watched already is not watched twice. A twin that was found stays to be
    /// voided: the attempt may have been adopted under one number, another found beside it, and the first be voided now.
    pub(super) fn watch(&mut self, mut watched: Watched) {
        let known = self.watched.iter().position(|it| it.attempt.number == watched.attempt.number);
        if let Some(known) = known.map(|index| self.watched.remove(index))
            && known.twin.is_some()
        {
            watched.next_at = known.next_at.min(watched.next_at);
            watched.tries = known.tries;
            watched.twin = known.twin;
        }
        self.watched.push(watched);
    }

    /// What is to be looked for next: a twin to be voided before anything else.
    pub fn next_look(&self) -> Option<&Watched> {
        self.watched.iter().min_by_key(|it| (it.twin.is_none(), it.next_at))
    }

    /// Whether a label that nobody wants is known to stand at UPS.
    pub fn has_twin(&self) -> bool {
        self.watched.iter().any(|it| it.twin.is_some())
    }

    pub(super) fn looked(&mut self, attempt: AttemptNumber, look: Look) -> Result<(), &'static str> {
        let Some(index) = self.watched.iter().position(|it| it.attempt.number == attempt) else {
            return Err("that attempt is not looked for");
        };
        let watched = &mut self.watched[index];
        let next = match look {
            Look::Nothing { .. } if watched.twin.is_some() => return Err("its twin is to be voided first"),
            Look::Nothing { at } => watched.look_after(at),
            Look::Later { next_at } => {
                watched.tries = watched.tries.saturating_add(1);
                watched.next_at = next_at;
                return Ok(());
            }
            Look::Twin { number, at } => {
                watched.twin = Some(number);
                Some(at)
            }
            Look::TwinVoided { .. } if watched.twin.is_none() => return Err("it has no twin"),
            Look::TwinVoided { at } => {
                watched.twin = None;
                watched.look_after(at)
            }
            Look::Over => None,
        };
        match next {
            Some(next_at) => {
                watched.tries = 0;
                watched.next_at = next_at;
            }
            None => drop(self.watched.remove(index)),
        }
        Ok(())
    }
}
