//! What a mail says: the site, what happened, how often, and what to do, in plain text.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use shipment::alarm::{Closing, Kind};
use shipment::hold::Owner;

use crate::config::{Mail, Site};
use crate::store::AlarmRow;

/// A mail names so many of a kind and counts the rest.
const NAMED: usize = 20;

/// Which mail it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Letter {
    /// The first word of a cause.
    First(Kind),
    /// What has gathered since.
    Digest,
}

/// What one mail tells.
pub(super) struct Told<'a> {
    pub(super) site: &'a Site,
    pub(super) mail: &'a Mail,
    pub(super) owner: Owner,
    pub(super) now: Timestamp,
    /// New alarms, with their documents.
    pub(super) raised: Vec<(AlarmRow, Option<String>)>,
    /// Alarms that are over.
    pub(super) ended: Vec<(AlarmRow, Option<String>)>,
}

/// A site as mails call it; what is no production says so.
pub(super) fn named(site: &Site) -> String {
    if site.buys_real_labels() { site.name.to_string() } else { format!("{}, test", site.name) }
}

impl Told<'_> {
    pub(super) fn subject(&self, letter: Letter) -> String {
        let site = named(self.site);
        match (letter, self.raised.as_slice()) {
            (Letter::First(kind), [(_, Some(document))]) => format!("[{site}] {document}: {}", kind.title()),
            (Letter::First(kind), [_]) => format!("[{site}] {}", kind.title()),
            (Letter::First(kind), many) => format!("[{site}] {} × {}", many.len(), kind.title()),
            (Letter::Digest, []) => format!("[{site}] {} over", counted(self.ended.len())),
            (Letter::Digest, raised) if self.ended.is_empty() => format!("[{site}] {} more", counted(raised.len())),
            (Letter::Digest, raised) => format!("[{site}] {} more, {} over", counted(raised.len()), self.ended.len()),
        }
    }

    pub(super) fn body(&self) -> String {
        let mut text = format!("Site {}", self.site.name);
        if !self.site.buys_real_labels() {
            text.push_str(" (no production: its labels are not real)");
        }
        text.push_str("\n\n");
        for (kind, alarms) in by_kind(&self.raised) {
            self.section(&mut text, kind, &alarms);
        }
        if !self.ended.is_empty() {
            text.push_str("OVER\n");
            for (alarm, document) in self.ended.iter().take(NAMED) {
                let until = self.time(alarm.settled_at.unwrap_or(self.now));
                let what = alarm.kind.title();
                let _ = writeln!(text, "- {}{what} (until {until})", about(document.as_deref(), alarm));
            }
            rest(&mut text, self.ended.len());
            text.push('\n');
        }
        let _ = writeln!(text, "-- \nYou get this for {} of site {}.", self.owner, self.site.name);
        text
    }

    fn section(&self, text: &mut String, kind: Kind, alarms: &[&(AlarmRow, Option<String>)]) {
        let _ = writeln!(text, "{} ({})", kind.title().to_uppercase(), alarms.len());
        for (alarm, document) in alarms.iter().take(NAMED).copied() {
            let since = self.time(alarm.raised_at);
            let _ = writeln!(text, "- {}{} (since {since})", about(document.as_deref(), alarm), alarm.words);
        }
        rest(text, alarms.len());
        let _ = writeln!(text, "What to do: {}", kind.what_to_do());
        let closing = match kind.closing() {
            Closing::ByItself => "It closes by itself when its cause is gone.",
            Closing::ByPerson => "It stays open until somebody ticks it off.",
        };
        let _ = writeln!(text, "{closing}");
        let site = &self.site.name;
        match &self.mail.console {
            Some(console) => {
                let base = console.as_str().trim_end_matches('/');
                let _ = writeln!(text, "See {base}/alarms?site={site}&kind={kind}\n");
            }
            None => {
                let _ = writeln!(text, "See: ml-connector alarm list --site {site} --kind {kind}\n");
            }
        }
    }

    /// In the time of the site's first ship-from.
    fn time(&self, at: Timestamp) -> String {
        let zone = self.site.ship_froms.first().map_or(TimeZone::UTC, |it| it.calendar.time_zone.clone());
        at.to_zoned(zone).strftime("%F %H:%M %Z").to_string()
    }
}

/// An alarm with the document it is about.
type Named = (AlarmRow, Option<String>);

fn by_kind(alarms: &[Named]) -> Vec<(Kind, Vec<&Named>)> {
    let mut sections: Vec<(Kind, Vec<&Named>)> = Vec::new();
    for alarm in alarms {
        match sections.iter_mut().find(|(kind, _)| *kind == alarm.0.kind) {
            Some((_, list)) => list.push(alarm),
            None => sections.push((alarm.0.kind, vec![alarm])),
        }
    }
    sections.sort_by_key(|(kind, _)| (std::cmp::Reverse(kind.severity()), *kind));
    sections
}

/// What it is about, in front of what happened.
fn about(document: Option<&str>, alarm: &AlarmRow) -> String {
    match document {
        Some(document) => format!("{document}: "),
        None if alarm.shipment.is_some() => String::new(),
        None => format!("{}: ", alarm.subject),
    }
}

fn rest(text: &mut String, all: usize) {
    if let Some(more) = all.checked_sub(NAMED).filter(|it| *it > 0) {
        let _ = writeln!(text, "… and {more} more");
    }
}

fn counted(number: usize) -> String {
    if number == 1 { "1 item".to_owned() } else { format!("{number} items") }
}
