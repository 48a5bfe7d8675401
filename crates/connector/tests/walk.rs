//! Random walks: what a year of bad days would bring, in seconds, over and over, with other dice each time.
//!
//! ```text
//! seed ─► operations ─► World ─┬─ SYSPRO's clerks: documents appear, change, are cancelled, come back   ┐
//!                              ├─ people here: hold, release, void, decide at the desk, new secrets     │
//!                              ├─ nodes: one or several Apps on one database, dying at a random await   ├─► judge, after
//!                              ├─ both sandboxes: faults on any call, outages, stolen sessions          │   every round
//!                              └─ clocks: driven time, a wall clock that jumps                          ┘
//!                    … at the end everything is mended, time runs on ─► at rest: strict equalities
//! ```
//!
//! One process, real HTTP to both sandboxes, a real store. A node has a runtime of its own; its death is the end of that
//! runtime, so every task of it ends at whatever await it has come to, its database connections and open calls included.
//! Business time is driven and moves only when nothing is in flight. What must hold is asked of the two sandboxes (they
//! know what really happened) and compared with the store by `judge.rs`.
//!
//! A walk is decided by its seed: which operations come when, which calls are struck, when a node dies. It is not fully
//! deterministic: sockets, threads and the database are real, so the same death may find a call answered or not. A failure
//! therefore prints the seed *and* everything that happened; it tries shorter walks of the same seed to tell the
//! shortest that fails, and repeating a seed several times usually strikes again.
//!
//! ```sh
//! cargo test -p ml-connector --test walk                                   # half a minute for each database
//! ML_CONNECTOR_WALK_SECONDS=3600 cargo test -p ml-connector --test walk    # an hour for each
//! ML_CONNECTOR_WALK_SEED=4711 cargo test -p ml-connector --test walk -- --nocapture
//! ML_CONNECTOR_WALK_SEED=4711 ML_CONNECTOR_WALK_STEPS=12 …                 # only as far as its twelfth round
//! ```
//!
//! What is deliberately not here: process death (`tests/crashes.rs`), since a runtime that ends leaves the operating
//! system's buffers alone; and expectations about a particular story (`tests/stories/`).

#[path = "walk/documents.rs"]
mod documents;
#[path = "walk/judge.rs"]
mod judge;
#[path = "walk/mishaps.rs"]
mod mishaps;
#[path = "walk/node.rs"]
mod node;
#[path = "walk/people.rs"]
mod people;
#[path = "walk/rest.rs"]
mod rest;
#[path = "walk/tally.rs"]
mod tally;
#[path = "walk/world.rs"]
mod world;

use std::io::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use cluster::Cluster;
use connector::clock::Clock;

use crate::tally::Tally;
use crate::world::{Base, World};

/// How long walks go on for each database, in seconds of real time; CI asks for three minutes.
const SECONDS: &str = "ML_CONNECTOR_WALK_SECONDS";
/// The one walk to repeat.
const SEED: &str = "ML_CONNECTOR_WALK_SEED";
/// So many rounds of it and no more.
const STEPS: &str = "ML_CONNECTOR_WALK_STEPS";
/// Without a word from outside: an ordinary run of all tests, and CI's.
const DEFAULT_SECONDS: u64 = 25;
const CI_SECONDS: u64 = 180;
/// Rounds of a walk before everything is mended.
const MOST_STEPS: usize = 24;
/// Walks under way at once: each mostly waits for its own disk and sockets.
const AT_ONCE: usize = 2;

#[test]
fn random_walks_on_sqlite() {
    walks("sqlite", Base::Sqlite);
}

#[test]
fn random_walks_on_postgres() {
    if let Some(cluster) = Cluster::shared() {
        walks("postgres", Base::Postgres(cluster));
    }
}

/// Walks one after another, several at once, until the time is over or one has failed.
fn walks(name: &str, base: Base) {
    if let Some(seed) = number(SEED) {
        let steps = number(STEPS).and_then(|it| usize::try_from(it).ok());
        let tally = once(seed, base, steps, true).unwrap_or_else(|failed| panic!("{failed}"));
        say(&format!("counted: walk {seed} on {name}: {tally}"));
        return;
    }
    let clock = Clock::system();
    let usual = if std::env::var("CI").is_ok_and(|it| it == "true") { CI_SECONDS } else { DEFAULT_SECONDS };
    let until = clock.monotonic() + Duration::from_secs(number(SECONDS).unwrap_or(usual));
    let first = fastrand::u64(1..1_000_000_000);
    let next = AtomicU64::new(first);
    let total = Mutex::new(Tally::default());
    let failed: Mutex<Option<String>> = Mutex::new(None);
    let is_over = || clock.monotonic() >= until || held(&failed).is_some();
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while !is_over() {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    match once(seed, base, None, false) {
                        Ok(tally) => held(&total).add(&tally),
                        Err(words) => {
                            let words = shortest(seed, base).unwrap_or(words);
                            held(&failed).get_or_insert(words);
                        }
                    }
                }
            });
        }
    });
    let total = held(&total);
    say(&format!("counted: walks on {name}, from seed {first}: {total}"));
    if let Some(words) = held(&failed).as_ref() {
        panic!("{words}");
    }
    assert!(total.walks > 0, "no walk came to its end");
}

/// A shorter walk of the same seed that fails too, if a few tries find one.
fn shortest(seed: u64, base: Base) -> Option<String> {
    [4, 8, 12, 20, 30].into_iter().find_map(|steps| once(seed, base, Some(steps), false).err())
}

fn once(seed: u64, base: Base, steps: Option<usize>, aloud: bool) -> Result<Tally, String> {
    let steps = steps.unwrap_or(MOST_STEPS);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("threads");
    let mut left = None;
    let ended = runtime.block_on(async {
        let world = World::open(seed, base, aloud).await.map_err(|error| format!("{error:#}"))?;
        let world = left.insert(world);
        match world.walk(steps).await {
            Ok(()) => Ok(world.tally().clone()),
            Err(error) => Err(world.told(steps, &error).await),
        }
    });
    {
        // Nodes own runtimes, which may end outside of one only.
        let _within = runtime.enter();
        drop(left);
    }
    runtime.shutdown_timeout(Duration::from_secs(5));
    ended
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable}={text} is no number")))
}

/// Past the harness's capture: how much was walked is worth knowing when all went well, too.
fn say(words: &str) {
    let mut out = std::io::stderr().lock();
    // Nothing is left to do when the terminal is gone.
    let _ = writeln!(out, "{words}");
}

fn held<T>(lock: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}
