//! One word to every open page: something changed.
//!
//! ```text
//! record ─► App::changed ─► at most once a second ─► "changed" ─► the page fetches its live parts again
//! ```
//!
//! The word carries nothing, so it needs no rights of its own: what a page then fetches goes past the guard. A session that
//! ended is noticed by that fetch. Pages that hear nothing (another node did it) fetch by themselves from time to time.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream};

use super::Web;

/// Between two words.
const BREATH: Duration = Duration::from_secs(1);

pub(super) async fn live(State(web): State<Web>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let heard = web.app().changes();
    let words = stream::unfold((web, heard), |(web, mut heard)| async move {
        tokio::select! {
            changed = heard.changed() => changed.ok()?,
            () = web.app().stopped() => return None,
        }
        tokio::time::sleep(BREATH).await;
        heard.borrow_and_update();
        Some((Ok(Event::default().event("changed").data("")), (web, heard)))
    });
    Sse::new(words).keep_alive(KeepAlive::default())
}
