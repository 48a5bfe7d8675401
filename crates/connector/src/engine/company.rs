//! How write-backs wait for each other, so that a call to SYSPRO tells of many shipments at once.
//!
//! ```text
//! first one due ─► others still read, bought, printed? ─ no ─► begin
//!                     │ yes: wait for a full batch, as long as newcomers come, LONGEST at most
//! ```
//!
//! A batch costs the same few calls whether it holds two shipments or a hundred, and the operator's session serves one
//! call after another. What is deliberately not here: readings, because a label waits for those. Nothing is stored: after
//! a crash the wait begins anew.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::{SYSPRO_BATCH, WRITE_BACK_LANE};
use crate::app::App;
use crate::store::StoreError;

/// How long a newcomer is waited for, real time.
pub(super) const NEWCOMER: Duration = Duration::from_secs(3);
/// How long the first one waits at most, real time: a label printer needs about a second a sheet.
const LONGEST: Duration = Duration::from_mins(1);

/// Lanes of write-backs that wait for company.
#[derive(Debug, Default)]
pub(super) struct Company(HashMap<String, Gathered>);

#[derive(Debug, Clone, Copy)]
struct Gathered {
    since: Instant,
    /// When the last one came.
    last: Instant,
    many: usize,
}

impl Company {
    /// Whether any lane waits.
    pub(super) fn is_awaited(&self) -> bool {
        !self.0.is_empty()
    }

    /// Whether a lane that is due waits; one that does not is forgotten and may begin.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(super) async fn awaits(&mut self, app: &App, lane: &str, more_comes: bool) -> Result<bool, StoreError> {
        let awaits = more_comes && lane.starts_with(WRITE_BACK_LANE) && self.gathers(app, lane).await?;
        if !awaits {
            self.0.remove(lane);
        }
        Ok(awaits)
    }

    async fn gathers(&mut self, app: &App, lane: &str) -> Result<bool, StoreError> {
        let many = app.store.due_in(lane, app.clock.now(), app.clock.real_now(), SYSPRO_BATCH).await?;
        let now = app.clock.monotonic();
        let gathered = self.0.entry(lane.to_owned()).or_insert(Gathered { since: now, last: now, many });
        if many > gathered.many {
            gathered.last = now;
            gathered.many = many;
        }
        let for_long = |since: Instant, most: Duration| now.saturating_duration_since(since) >= most;
        Ok(many < SYSPRO_BATCH && !for_long(gathered.last, NEWCOMER) && !for_long(gathered.since, LONGEST))
    }
}
