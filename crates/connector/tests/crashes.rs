//! What a restart makes of a death, and what anybody makes of an answer that never came.
//!
//! ```text
//! points.rs   the real binary dies at every named place, then runs on     ┐
//! answers.rs  every call that changes something loses its answer,         │
//!             before or after its effect, in six ways                     ├─► judge.rs: the two ledgers, SYSPRO's fields,
//! both.rs     the answer is lost and then the process dies                │   the label folder and the audit trail agree
//! disk.rs     the disk is full in the middle                              │
//! wall.rs     somebody sets the wall clock meanwhile                      │
//! nodes.rs    a node stands still; PostgreSQL is gone in mid-commit       ┘
//! synced.rs   the system calls of the real binary: the intent is on disk before UPS hears a word
//! ```
//!
//! Each case has its own pretended UPS and SYSPRO ([`world`]), begins with documents that are ready, and is driven until
//! nothing is due any more. Then, whatever happened: at most one standing label per document, every standing label known
//! here and carried by SYSPRO, no gap in the audit trail, no half label in the folder, no session left open. Time is
//! moved, never slept; only a call that hangs is waited for.
//!
//! At most two cases run at once, however many tests the harness starts, because each of them starts processes.

#[path = "crashes/answers.rs"]
mod answers;
#[path = "crashes/both.rs"]
mod both;
#[path = "crashes/child.rs"]
mod child;
#[path = "crashes/disk.rs"]
mod disk;
#[path = "crashes/judge.rs"]
mod judge;
#[path = "crashes/nodes.rs"]
mod nodes;
#[path = "crashes/points.rs"]
mod points;
#[path = "crashes/synced.rs"]
mod synced;
#[path = "crashes/wall.rs"]
mod wall;
#[path = "crashes/world.rs"]
mod world;

use std::future::Future;
use std::io::Write as _;

use connector::clock::Clock;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Cases under way at once, over all tests of this binary.
static SEATS: Semaphore = Semaphore::const_new(2);

/// Runs cases side by side and tells all that failed, not only the first.
async fn all_hold<C, F>(what: &str, cases: impl IntoIterator<Item = (String, C)>)
where
    C: FnOnce() -> F + Send + 'static,
    F: Future<Output = anyhow::Result<()>> + Send,
{
    let mut running = JoinSet::new();
    for (name, case) in cases {
        running.spawn(async move {
            let _seat = SEATS.acquire().await.expect("nobody closes it");
            (name, case().await)
        });
    }
    let count = running.len();
    let clock = Clock::system();
    let begun = clock.monotonic();
    let mut failed = Vec::new();
    while let Some(done) = running.join_next().await {
        match done.expect("a case answers with an error, it does not panic") {
            (_, Ok(())) => {}
            (name, Err(error)) => failed.push(format!("{name}: {error:#}")),
        }
    }
    failed.sort();
    let seconds = clock.monotonic().duration_since(begun).as_secs();
    say(&format!("counted: {what}: {} of {count} cases hold ({seconds} s)", count - failed.len()));
    assert!(count > 0, "there is no case to try");
    assert!(failed.is_empty(), "{} of {count} cases failed:\n\n{}\n", failed.len(), failed.join("\n\n"));
}

/// Says loudly, past the harness's capture, that something was not tried; where nothing may be left out, fails.
fn leave_out(why: &str) {
    say(&format!("\n*** LEFT OUT of tests/crashes.rs: {why}\n"));
    let all = std::env::var("CI").is_ok_and(|it| it == "true");
    assert!(!all, "CI=true leaves nothing out: {why}");
}

fn say(words: &str) {
    let mut out = std::io::stderr().lock();
    // Nothing is left to do when the terminal is gone.
    let _ = writeln!(out, "{words}");
}

/// Whether the binary has crash points: it has them exactly when it was built like this test.
fn has_crash_points() -> bool {
    if !cfg!(debug_assertions) {
        leave_out("the binary is built without debug assertions and therefore has no crash points");
    }
    cfg!(debug_assertions)
}
