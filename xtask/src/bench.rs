//! `cargo xtask bench`: figures that are counted or measured, not hoped for.
//!
//! ```text
//! stage: release binary (site apply, sync, serve) ◄─ HTTP ─► sandbox, a process of its own ─► ledger
//!    │        └─ /proc/<pid>: CPU, memory                      examples/measure: bare clients, the store alone
//!    └─► Figure { name, value, unit, baseline, ratio, goal } ─► table │ --json, one object a line
//! ```
//!
//! A file for each bench. Every case starts from nothing in a folder of its own, on loopback; counts do not depend on the
//! machine, and every ratio compares two values of one run on one machine. What is deliberately not here: thresholds that
//! fail a build, because a busy machine is no defect.

mod calls;
mod figure;
mod footprint;
mod growth;
mod latency;
mod nodes;
mod stage;
mod sweep;
mod waits;
mod webhook;
mod whole_way;

use anyhow::{Context as _, Result, bail};

use crate::{cargo, run as run_shown};
use figure::Figure;
use stage::Programs;

pub(crate) const HELP: &str = "\
  bench [names] [--json] [--debug] [--as-built] [--shipments N] [--past N]
                figures; all of them unless some are named:
                  intake, write-back   calls to SYSPRO, counted
                  waits                durable waits and calls to UPS of a shipment, counted
                  whole-way            shipments a second, beside the bare clients and the bare store
                  latency              share of what slow remotes allow
                  nodes                one, two and four nodes over one PostgreSQL
                  footprint            start, memory and size of the binary
                  growth               the store with few and with many past shipments
                  webhook              calls of UPS taken in a second, beside a handler that stores nothing
                  sweep                planning the questions that are due, with few and with many followed parcels
                --shipments (1000) and --past (1000000) set the size (20 calls a shipment, as many parcels followed);
                --debug measures the debug build, which says something about counts only; --as-built builds nothing
                first
";

/// What a bench is given.
struct Wanted {
    programs: Programs,
    /// How many shipments a measured run has.
    shipments: u32,
    /// How many past shipments, or followed parcels, the larger of two stores holds.
    past: u32,
}

type Bench = fn(&Wanted) -> Result<Vec<Figure>>;

const BENCHES: [(&str, Bench); 10] = [
    ("intake", calls::intake),
    ("write-back", calls::write_back),
    ("waits", waits::run),
    ("whole-way", whole_way::run),
    ("latency", latency::run),
    ("nodes", nodes::run),
    ("footprint", footprint::run),
    ("growth", growth::run),
    ("webhook", webhook::run),
    ("sweep", sweep::run),
];

/// Measures what was named, or everything.
pub(crate) fn run(words: &[String]) -> Result<()> {
    let mut names: Vec<&str> = Vec::new();
    let (mut as_json, mut debug, mut as_built) = (false, false, false);
    let (mut shipments, mut past) = (1_000, 1_000_000);
    let mut words = words.iter().map(String::as_str);
    while let Some(word) = words.next() {
        let mut value = || words.next().with_context(|| format!("{word} wants a value"));
        match word {
            "--json" => as_json = true,
            "--debug" => debug = true,
            "--as-built" => as_built = true,
            "--shipments" => shipments = value()?.parse().context("--shipments wants a number")?,
            "--past" => past = value()?.parse().context("--past wants a number")?,
            name if BENCHES.iter().any(|(known, _)| *known == name) => names.push(name),
            unknown => {
                let known: Vec<_> = BENCHES.iter().map(|(name, _)| *name).collect();
                bail!("no bench is called {unknown:?}; there are {}", known.join(", "));
            }
        }
    }
    let profile = if debug { "debug" } else { "release" };
    if !as_built {
        let mut build = cargo();
        build.args(["build", "--locked", "--package", "ml-connector", "--bin", "ml-connector", "--example", "measure"]);
        if !debug {
            build.arg("--release");
        }
        run_shown(&mut build)?;
    }
    let wanted = Wanted { programs: Programs::of(profile)?, shipments, past };
    for (name, bench) in BENCHES {
        if !names.is_empty() && !names.contains(&name) {
            continue;
        }
        for figure in bench(&wanted).with_context(|| format!("the bench {name}"))? {
            figure.print(as_json);
        }
    }
    Ok(())
}
