//! What a command says: sentences and tables for people, JSON for programs, never both.
//!
//! ```text
//! command ─► Output ─┬─ people:   sentences, tables fitted to the terminal ─► stdout
//!                    └─ programs: one JSON value a line ─────────────────────► stdout
//! logs and progress ───────────────────────────────────────────────────────► stderr
//! ```
//!
//! A reader that goes away (`… | head`) ends the output and is no failure.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use comfy_table::{ContentArrangement, Table, presets};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use serde::Serialize;

/// Where a command's answer goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    json: bool,
}

impl Output {
    /// For people, or for a program.
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether a program reads.
    pub(crate) fn is_json(self) -> bool {
        self.json
    }

    /// A sentence for people; a program gets its answer as a value.
    pub(crate) fn say(self, sentence: impl AsRef<str>) {
        if !self.json {
            write_line(sentence.as_ref());
        }
    }

    /// Text that is the answer itself, for both (a template, a key).
    pub(crate) fn raw(self, text: &str) {
        write_line(text.trim_end_matches('\n'));
    }

    /// One value for programs.
    pub(crate) fn value(self, value: &impl Serialize) -> serde_json::Result<()> {
        if self.json {
            write_line(&serde_json::to_string(value)?);
        }
        Ok(())
    }

    /// A table for people; nothing but the sentence `empty` when it has no rows.
    pub(crate) fn table<const N: usize>(self, headings: [&str; N], rows: Vec<[String; N]>, empty: &str) {
        if self.json {
            return;
        }
        if rows.is_empty() {
            return write_line(empty);
        }
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
        table.set_header(headings.map(str::to_uppercase));
        table.add_rows(rows);
        write_line(&table.to_string());
    }

    /// Names and values under each other, for people.
    pub(crate) fn facts(self, facts: &[(&str, String)]) {
        let width = facts.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        for (name, value) in facts {
            self.say(format!("{name:width$}  {value}"));
        }
    }
}

/// A line on standard error that lives while work is under way and a person watches; otherwise nothing is drawn.
pub(crate) struct Working(ProgressBar);

impl Output {
    /// Begins to show that work is under way.
    pub(crate) fn working(self, what: &'static str) -> Working {
        if self.json || !io::stderr().is_terminal() {
            return Working(ProgressBar::hidden());
        }
        let bar = ProgressBar::new_spinner().with_message(what);
        bar.enable_steady_tick(Duration::from_millis(120));
        Working(bar)
    }
}

/// How much of a known amount is done, drawn while a person watches.
pub(crate) struct Bar(ProgressBar);

impl Output {
    /// Begins to show how much is done.
    pub(crate) fn bar(self, what: &'static str) -> Bar {
        if self.json || !io::stderr().is_terminal() {
            return Bar(ProgressBar::hidden());
        }
        let bar = ProgressBar::new(0).with_message(what);
        if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos} of {len}, {eta} to go") {
            bar.set_style(style);
        }
        Bar(bar)
    }
}

impl Bar {
    /// So many are done of so many.
    pub(crate) fn at(&self, done: usize, all: usize) {
        self.0.set_length(u64::try_from(all).unwrap_or(u64::MAX));
        self.0.set_position(u64::try_from(done).unwrap_or(u64::MAX));
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

impl Working {
    /// Says what is under way now.
    pub(crate) fn now(&self, what: impl Into<String>) {
        self.0.set_message(what.into());
    }

    /// Writes above the line, which is drawn again afterwards.
    pub(crate) fn above(&self, write: impl FnOnce()) {
        self.0.suspend(write);
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// A moment as people read it, in UTC to the second; programs get it whole.
pub(crate) fn time(at: Timestamp) -> String {
    at.strftime("%F %T").to_string()
}

fn write_line(line: &str) {
    // A closed pipe is a reader who has seen enough.
    let _ = writeln!(io::stdout().lock(), "{line}");
}
