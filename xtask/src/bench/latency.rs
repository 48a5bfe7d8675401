//! `latency`: with UPS 300 ms and SYSPRO 60 ms away, how much of what that allows is reached.
//!
//! 64 shipments are in flight, so UPS's latency allows 64 calls in 300 ms. The pace is taken between the first and the last
//! fifth of all calls, so that neither the poll nor the end counts. SYSPRO serves one call after another: its share of
//! the time is shown, and should leave room.

use std::time::Duration;

use anyhow::{Result, bail};
use rust_decimal::Decimal;

use super::Wanted;
use super::figure::{Figure, Goal};
use super::stage::{Stage, now, seconds, wait};
use super::whole_way::in_automatic;

const UPS_MS: u32 = 300;
const SYSPRO_MS: u32 = 60;
const IN_FLIGHT: u32 = 64;
/// How often the ledger is looked at.
const LOOK: Duration = Duration::from_millis(200);

pub(super) fn run(wanted: &Wanted) -> Result<Vec<Figure>> {
    let stage = Stage::set(&wanted.programs, "latency", wanted.shipments)?;
    stage.apply(in_automatic)?;
    stage.sandbox.slow("ups.*", UPS_MS)?;
    stage.sandbox.slow("syspro.*", SYSPRO_MS)?;
    let begun = now();
    let mut seen: Vec<(Duration, u64)> = Vec::new();
    let mut running = stage.command(&["sync"])?.stdout(std::process::Stdio::null()).spawn()?;
    while running.try_wait()?.is_none() {
        seen.push((now() - begun, stage.sandbox.calls("ups.")?.values().sum()));
        wait(LOOK);
    }
    let took = seconds(now() - begun);
    let all = seen.last().map_or(0, |(_, calls)| *calls);
    let at = |part: u64| seen.iter().find(|(_, calls)| *calls * 5 >= all * part);
    let (Some((from, fewer)), Some((until, more))) = (at(1), at(4)) else { bail!("UPS was not called") };
    if more <= fewer || until <= from {
        bail!("too few shipments to take a pace: {all} calls; more with --shipments");
    }
    let pace = Decimal::from(more - fewer) / seconds(*until - *from);
    let bound = Decimal::from(IN_FLIGHT) * Decimal::from(1_000) / Decimal::from(UPS_MS);
    let syspro: u64 = stage.sandbox.calls("syspro.")?.values().sum();
    let busy = Decimal::from(syspro) * Decimal::from(SYSPRO_MS) / Decimal::from(1_000) / took;
    let labels = Decimal::from(stage.sandbox.shipments()?);
    Ok(vec![
        Figure::new("latency/ups", pace, "calls/s").against(bound).goal(Goal::RatioAtLeast(Decimal::new(95, 2))),
        Figure::new("latency/syspro", busy * Decimal::ONE_HUNDRED, "% of the time busy")
            .beside(format!("{syspro} calls")),
        Figure::new("latency/shipments", labels / took, "shipments/s").beside("poll, labels, write-backs"),
    ])
}
