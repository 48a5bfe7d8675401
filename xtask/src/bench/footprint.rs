//! `footprint`: how long `serve` takes to start, how much memory it holds, and how large the program is.
//!
//! ```text
//! serve ─ ready ─ idle ─► sandbox releases nothing ─► memory
//! serve over a hundred ready notes, UPS slow ─► 64 in flight ─► memory
//! sync, so many shipments at once ─► serve over what became of them ─► memory, once more after as many again
//! ```

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use rust_decimal::Decimal;

use super::Wanted;
use super::figure::{Figure, Goal};
use super::stage::{Stage, now, seconds, wait};
use super::whole_way::in_automatic;

const MEGABYTE: Decimal = Decimal::from_parts(1_048_576, 0, 0, false, 0);

pub(super) fn run(wanted: &Wanted) -> Result<Vec<Figure>> {
    let size = fs::metadata(&wanted.programs.connector).context("the program's size")?.len();
    let mut figures = vec![Figure::new("footprint/binary", Decimal::from(size) / MEGABYTE, "MB")];
    figures.extend(at_rest(wanted)?);
    figures.push(in_flight(wanted)?);
    figures.extend(after_work(wanted)?);
    Ok(figures)
}

fn megabytes(kilobytes: Option<u64>) -> Result<Decimal> {
    let kilobytes = kilobytes.context("memory is read from /proc, which is not here")?;
    Ok(Decimal::from(kilobytes) / Decimal::from(1_024))
}

fn at_rest(wanted: &Wanted) -> Result<[Figure; 2]> {
    let stage = Stage::set(&wanted.programs, "footprint-rest", 0)?;
    stage.apply(in_automatic)?;
    let mut starts = Vec::new();
    for _ in 0..5 {
        let begun = now();
        let running = stage.serve()?;
        starts.push(seconds(now() - begun) * Decimal::from(1_000));
        drop(running);
    }
    starts.sort_unstable();
    let running = stage.serve()?;
    wait(Duration::from_secs(3));
    let rest = megabytes(running.memory())?;
    let start = starts.get(starts.len() / 2).copied().unwrap_or_default();
    Ok([
        Figure::new("footprint/start", start, "ms to ready").goal(Goal::AtMost(Decimal::from(150))),
        Figure::new("footprint/idle", rest, "MB resident").goal(Goal::AtMost(Decimal::from(60))),
    ])
}

fn in_flight(wanted: &Wanted) -> Result<Figure> {
    let stage = Stage::set(&wanted.programs, "footprint-flight", 300)?;
    stage.apply(in_automatic)?;
    stage.sandbox.slow("ups.*", 1_000)?;
    let running = stage.serve()?;
    let mut most = Decimal::ZERO;
    for _ in 0..50 {
        wait(Duration::from_millis(200));
        most = most.max(megabytes(running.memory())?);
    }
    Ok(Figure::new("footprint/64-in-flight", most, "MB resident").goal(Goal::AtMost(Decimal::from(150))))
}

/// Memory must follow the work in hand, not the work done: measured after so many shipments and after as many again.
fn after_work(wanted: &Wanted) -> Result<[Figure; 2]> {
    let half = wanted.shipments.max(2) / 2;
    let mut held = Vec::new();
    for shipments in [half, half * 2] {
        let stage = Stage::set(&wanted.programs, "footprint-work", shipments)?;
        stage.apply(in_automatic)?;
        let running = stage.serve()?;
        let mut last = 0;
        // Until a few looks in a row bring no new label.
        let mut quiet = 0;
        while quiet < 5 {
            wait(Duration::from_secs(1));
            let labels = stage.sandbox.shipments()?;
            quiet = if labels == last && labels > 0 { quiet + 1 } else { 0 };
            last = labels;
        }
        if last == 0 {
            bail!("nothing was booked");
        }
        held.push((last, megabytes(running.memory())?));
    }
    let [(few, little), (many, more)] = held[..] else { bail!("two runs were measured") };
    let of = |shipments: u64| format!("footprint/after-{shipments}");
    Ok([
        Figure::new(of(few), little, "MB resident"),
        Figure::new(of(many), more, "MB resident").against(little).goal(Goal::RatioAtMost(Decimal::new(12, 1))),
    ])
}
