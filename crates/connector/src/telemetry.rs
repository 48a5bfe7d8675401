//! Logs: to standard error, so that what a command answers on standard output stays clean.
//!
//! A line reads well alone and carries fields. No line holds a secret, a raw body or a
//! consignee's name; that is the care of whoever writes the line, there is no filter here.

use std::io::{self, IsTerminal as _};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt;

/// How a log line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, for programs.
    Json,
}

/// What to log and how.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// How a line is written.
    pub format: Format,
    /// What is logged, in the manner of `RUST_LOG` (`info,connector=debug`); `None` is `info`
    /// without the chatter of the libraries.
    pub filter: Option<String>,
}

/// Why logging could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter cannot be read.
    #[error("log filter {filter:?} cannot be read: {why}")]
    Filter {
        /// The filter as given.
        filter: String,
        /// What is wrong with it.
        why: String,
    },
    /// Something in this process logs already.
    #[error("logging is set up already")]
    Twice,
}

/// The libraries below speak of every statement and connection; that is not our log.
const USUAL: &str = "info,sqlx=warn,sea_orm=warn,sea_orm_migration=warn,hyper=warn,reqwest=warn,h2=warn,rustls=warn";

/// Sets logging up for the whole process.
///
/// # Errors
/// When the filter cannot be read, or something logs already.
pub fn start(settings: &Settings) -> Result<(), TelemetryError> {
    let filter = filter(settings.filter.as_deref().unwrap_or(USUAL))?;
    let lines = fmt().with_writer(io::stderr).with_ansi(io::stderr().is_terminal()).with_env_filter(filter);
    let started = match settings.format {
        Format::Text => lines.with_target(false).try_init(),
        Format::Json => lines.json().flatten_event(true).with_current_span(false).try_init(),
    };
    started.map_err(|_| TelemetryError::Twice)
}

fn filter(text: &str) -> Result<EnvFilter, TelemetryError> {
    EnvFilter::builder()
        .with_default_directive(LevelFilter::INFO.into())
        .parse(text)
        .map_err(|error| TelemetryError::Filter { filter: text.to_owned(), why: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_filter_can_be_read() {
        assert!(filter(USUAL).is_ok());
    }

    #[test]
    fn a_filter_that_cannot_be_read_is_named() {
        let error = filter("connector=loud").expect_err("there is no such level");
        assert!(error.to_string().contains("connector=loud"), "{error}");
    }
}
