//! One telling of one scan, by one of UPS's three feeds.
//!
//! ```text
//! Track API     instant, place's clock, codes, place ┐
//! Track Alert   the same, and the planned day        ├─► Scan ─► event(): the same for all tellings of one scan
//! Quantum View  place's clock only, kind of record   ┘
//! ```
//!
//! Quantum View tells no zone. Its instant is then a guess from the place, marked as one, and gives way to that of
//! another feed which tells the same minute on the same package's clock.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};

use super::Status;
use crate::number::TrackingNumber;

/// Who told a scan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feed {
    /// UPS called us.
    TrackAlert,
    /// We asked for the package.
    #[default]
    TrackApi,
    /// We read the account's files.
    QuantumView,
}

impl Feed {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::TrackAlert, Self::TrackApi, Self::QuantumView];

    /// A stable name ("track_alert").
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TrackAlert => "track_alert",
            Self::TrackApi => "track_api",
            Self::QuantumView => "quantum_view",
        }
    }

    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Self::TrackAlert => "UPS's call (Track Alert)",
            Self::TrackApi => "our question (Track API)",
            Self::QuantumView => "the account's files (Quantum View)",
        }
    }
}

impl std::str::FromStr for Feed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|feed| feed.as_str() == text).ok_or_else(|| format!("no feed is called {text:?}"))
    }
}

/// Days of delivery that were told with a scan, at the destination.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Days {
    /// The day it is planned for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheduled: Option<Date>,
    /// The day it was moved to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rescheduled: Option<Date>,
    /// The day it was delivered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered: Option<Date>,
}

impl Days {
    /// Nothing was told.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What two tellings of one scan say together. Where they differ, the later day: whatever is told twice is told the
    /// same, and of two plans the pessimist's is the one to reckon with.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            scheduled: self.scheduled.max(other.scheduled),
            rescheduled: self.rescheduled.max(other.rescheduled),
            delivered: self.delivered.max(other.delivered),
        }
    }
}

/// One scan of one package.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Scan {
    /// Which package.
    pub tracking_number: TrackingNumber,
    /// When.
    pub at: Timestamp,
    /// UPS's type letter (`I`, `D`, `X`, `M`, `MV`, …).
    pub type_letter: String,
    /// UPS's scan code, whose meaning depends on the type.
    pub code: String,
    /// UPS's three-digit status code, or blank.
    pub status_code: String,
    /// Where, in words; may be blank.
    pub place: String,
    /// UPS's words.
    pub description: String,
    /// What it says of the package, with the evidence the feed gave. Scans kept by a version that did not say are unknown;
    /// what they came to stands in their summary.
    #[serde(default = "Status::untold")]
    pub status: Status,
    /// Who told it.
    #[serde(default)]
    pub feed: Feed,
    /// Date and time on the clocks of the place, if told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local: Option<DateTime>,
    /// The feed told no zone: `at` is a guess, some hours wrong at the most.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_guess: bool,
    /// Days of delivery told with it.
    #[serde(default, skip_serializing_if = "Days::is_empty")]
    pub days: Days,
    /// State or province of the place, two letters, if told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Country of the place, two letters, if told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Postal code of the place, if told: UPS tells it of deliveries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
}

impl Scan {
    /// A scan of which nothing but when and what is known.
    pub fn new(tracking_number: TrackingNumber, at: Timestamp, status: Status, feed: Feed) -> Self {
        Self {
            tracking_number,
            at,
            type_letter: String::new(),
            code: String::new(),
            status_code: String::new(),
            place: String::new(),
            description: String::new(),
            status,
            feed,
            local: None,
            is_guess: false,
            days: Days::default(),
            state: None,
            country: None,
            postal_code: None,
        }
    }

    /// What makes two tellings of a scan the same one: number, instant, type, code (the status code where there is none)
    /// and place.
    pub fn event(&self) -> String {
        let at = self.at.as_second().to_string();
        let code = Some(self.code.trim()).filter(|it| !it.is_empty()).unwrap_or(self.status_code.trim());
        let place: Vec<&str> = self.place.split([' ', ',']).filter(|it| !it.is_empty()).collect();
        let parts =
            [self.tracking_number.as_str(), &at, self.type_letter.trim(), code, &place.join(" ").to_uppercase()];
        parts.join("|")
    }

    /// What it is kept by: the event and who told it, so that a feed which says more does not overwrite the others.
    pub fn identity(&self) -> String {
        format!("{}|{}", self.feed.as_str(), self.event())
    }

    /// The day it happened on the clocks of the place; nothing if neither clock nor zone is known.
    pub fn day(&self) -> Option<Date> {
        self.local.map(|local| local.date())
    }
}
