//! Measures the libraries without the program around them, for `cargo xtask bench`, and says one object.
//!
//! ```text
//! measure bare   SITE_FOLDER           the HTTP calls of the whole way, by the same clients; nothing is stored
//! measure store  DATA_OF_A_RUN FOLDER [ITS_DATABASE DATABASE]
//!                                      what that run recorded, once more into a new store; nothing is called
//! measure waits  SHIPMENTS             one run in this process: records a shipment, calls to UPS
//! measure growth FOLDER PAST           a store with so many past shipments: what each thing costs
//! measure webhook FOLDER CALLS [DATABASE]
//!                                      calls of UPS taken in, beside a handler that stores nothing
//! measure sweep  FOLDER FOLLOWED       so many parcels on their way: what it costs to plan the questions that are due
//! ```
//!
//! No product command: a bench needs to reach behind the program, its users do not.

#![expect(clippy::print_stdout, reason = "what it says is read by the bench")]

mod bare;
mod growth;
mod house;
mod replay;
mod sweep;
mod waits;
mod webhook;

use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};

#[tokio::main]
async fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let said = match words[..] {
        ["bare", folder] => bare::run(Path::new(folder)).await?,
        ["store", from, folder] => replay::run((Path::new(from), None), (Path::new(folder), None)).await?,
        ["store", from, folder, run, fresh] => {
            replay::run((Path::new(from), Some(run)), (Path::new(folder), Some(fresh))).await?
        }
        ["waits", shipments] => waits::run(shipments.parse().context("how many shipments?")?).await?,
        ["growth", folder, past] => growth::run(Path::new(folder), past.parse().context("how many?")?).await?,
        ["webhook", folder, calls] => webhook::run(Path::new(folder), calls.parse()?, None).await?,
        ["webhook", folder, calls, database] => webhook::run(Path::new(folder), calls.parse()?, Some(database)).await?,
        ["sweep", folder, followed] => sweep::run(Path::new(folder), followed.parse().context("how many?")?).await?,
        _ => bail!("measure bare|store|waits|growth|webhook|sweep: see the first lines of this example"),
    };
    println!("{said}");
    Ok(())
}

/// Real time, which is what is measured.
#[expect(clippy::disallowed_methods, reason = "a bench measures real time and nothing else")]
fn now() -> Instant {
    Instant::now()
}

/// Microseconds since then.
fn micros_since(begun: Instant) -> u64 {
    u64::try_from(now().saturating_duration_since(begun).as_micros()).unwrap_or(u64::MAX)
}
