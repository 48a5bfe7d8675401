//! `nodes`: one, two and four nodes share the work of four sites over one PostgreSQL.
//!
//! ```text
//! 4 sandboxes (4 operators, UPS slow) ◄─ node 1, 2 or 4 of `serve`, 16 shipments in flight each ─► one PostgreSQL
//!      └─ calls to UPS from the first to the last fifth ─► pace; the pace of n nodes beside n times that of one
//! ```
//!
//! UPS's latency is so long that one machine has time for four nodes: what is shown is whether they share the work
//! without waiting for each other, not how fast the machine is. How busy it was stands beside each figure.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use cluster::Cluster;
use rust_decimal::Decimal;

use super::Wanted;
use super::figure::{Figure, Goal};
use super::stage::{Stage, machine, now, seconds, wait};
use super::whole_way::in_automatic;

const SITES: u32 = 4;
const IN_FLIGHT: u32 = 16;
const UPS_MS: u32 = 1_000;
/// How often the ledgers are looked at.
const LOOK: Duration = Duration::from_millis(500);
/// So long without a label means that all are bought.
const QUIET: Duration = Duration::from_secs(8);
const LONGEST: Duration = Duration::from_mins(10);

pub(super) fn run(wanted: &Wanted) -> Result<Vec<Figure>> {
    let Some(cluster) = Cluster::shared() else { return Ok(Vec::new()) };
    let mut figures = Vec::new();
    let mut of_one = Decimal::ZERO;
    for nodes in [1, 2, 4] {
        let (pace, busy) = share(wanted, cluster, nodes)?;
        let figure = Figure::new(format!("nodes/{nodes}"), pace, "calls/s");
        let busy = busy.map_or_else(String::new, |busy| format!("machine {busy} % busy"));
        figures.push(if nodes == 1 {
            of_one = pace;
            figure.beside(busy)
        } else {
            figure.against(of_one * Decimal::from(nodes)).goal(Goal::RatioAtLeast(Decimal::new(9, 1))).beside(busy)
        });
    }
    Ok(figures)
}

/// One look at all ledgers.
struct Seen {
    at: Instant,
    calls: u64,
    /// Ticks of the machine, at work and altogether.
    machine: Option<(u64, u64)>,
}

/// The pace of so many nodes in calls to UPS a second, and how busy the machine was meanwhile in percent.
fn share(wanted: &Wanted, cluster: &Cluster, nodes: u32) -> Result<(Decimal, Option<Decimal>)> {
    // As long for four nodes as for one.
    let orders = (wanted.shipments * nodes / 4 / SITES).max(20);
    let mut stages = Vec::new();
    for site in 0..SITES {
        stages.push(Stage::set(&wanted.programs, &format!("nodes-{nodes}-{site}"), orders)?);
    }
    let first = stages.remove(0).on(cluster);
    for (number, stage) in std::iter::once(&first).chain(&stages).enumerate() {
        first.apply_of(stage, |site| {
            site.insert("name".to_owned(), format!("site-{number}").into());
            in_automatic(site)
        })?;
        stage.sandbox.slow("ups.*", UPS_MS)?;
    }
    let all: Vec<&Stage<'_>> = std::iter::once(&first).chain(&stages).collect();
    let running = (1..=nodes).map(|number| first.node(number, IN_FLIGHT)).collect::<Result<Vec<_>>>()?;
    let mut seen: Vec<Seen> = Vec::new();
    let begun = now();
    let mut changed = begun;
    while now() - changed < QUIET {
        wait(LOOK);
        if now() - begun > LONGEST {
            bail!("after {LONGEST:?} there are still labels to buy");
        }
        let mut calls = 0;
        for stage in &all {
            calls += stage.sandbox.calls("ups.")?.values().sum::<u64>();
        }
        if calls == 0 || seen.last().is_none_or(|before| before.calls != calls) {
            changed = now();
        }
        seen.push(Seen { at: now(), calls, machine: machine() });
    }
    drop(running);
    let most = seen.last().map_or(0, |it| it.calls);
    let past = |part: u64| seen.iter().find(|it| it.calls * 5 >= most * part);
    let (Some(from), Some(until)) = (past(1), past(4)) else { bail!("UPS was not called") };
    if until.calls <= from.calls || until.at <= from.at {
        bail!("too few shipments to take a pace: {most} calls; more with --shipments");
    }
    let pace = Decimal::from(until.calls - from.calls) / seconds(until.at - from.at);
    let share = from.machine.zip(until.machine).filter(|((_, before), (_, after))| after > before);
    let share = share.map(|((work, all), (work_later, all_later))| {
        (Decimal::from(work_later - work) * Decimal::ONE_HUNDRED / Decimal::from(all_later - all)).round()
    });
    Ok((pace, share))
}
