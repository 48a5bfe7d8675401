//! `cargo xtask guarantees`: the proof of `docs/guarantees.md`, run again, and its counts in one table.
//!
//! ```text
//! crash matrix, random walks ─► cargo test ─► what each of them counted ─► printed at the end
//! ```

use std::io::{BufRead as _, BufReader, Read};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::{Context as _, Result, bail};

use crate::cargo;
use crate::need::{self, NEEDS};

/// How long the walks go on for each database, in seconds.
const SECONDS: &str = "ML_CONNECTOR_WALK_SECONDS";
/// What a test counted begins with this.
const COUNTED: &str = "counted: ";

/// Runs the crash matrix and the walks; the argument is how long walks go on for each database, in seconds.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let seconds = match arguments {
        [] => "180".to_owned(),
        [seconds] if seconds.parse::<u64>().is_ok() => seconds.clone(),
        _ => bail!("`cargo xtask guarantees [SECONDS]` takes how long the walks go on for each database"),
    };
    for need in need::fill(NEEDS) {
        eprintln!("LEFT OUT: {} is not installed, so it is not tested {}.", need.program, need.proves);
    }
    let mut command = cargo();
    command.args([
        "test",
        "-p",
        "ml-connector",
        "--locked",
        "--test",
        "crashes",
        "--test",
        "walk",
        "--",
        "--nocapture",
    ]);
    command.env(SECONDS, seconds).stdout(Stdio::piped()).stderr(Stdio::piped());
    println!("$ {}", crate::shown(&command));
    let mut child = command.spawn().context("cargo cannot be started")?;
    let counted = Arc::new(Mutex::new(Vec::new()));
    let readers = [read(child.stdout.take(), &counted), read(child.stderr.take(), &counted)];
    let status = child.wait()?;
    for reader in readers {
        // A reader that panicked has printed why.
        let _ = reader.join();
    }
    println!("\ncounts of this run");
    for line in counted.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        println!("  {line}");
    }
    if !status.success() {
        bail!("a guarantee does not hold: the tests ended with {status}");
    }
    Ok(())
}

/// Shows what a test says, and keeps what it counted.
fn read(pipe: Option<impl Read + Send + 'static>, counted: &Arc<Mutex<Vec<String>>>) -> thread::JoinHandle<()> {
    let counted = Arc::clone(counted);
    thread::spawn(move || {
        let Some(pipe) = pipe else { return };
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            println!("{line}");
            if let Some((_, words)) = line.split_once(COUNTED) {
                counted.lock().unwrap_or_else(PoisonError::into_inner).push(words.to_owned());
            }
        }
    })
}
