//! `webhook`: UPS's calls taken in for good a second, next to a handler that stores nothing, and how long a call waits at
//! half of that load.

use anyhow::{Context as _, Result};
use cluster::Cluster;
use rust_decimal::Decimal;

use super::Wanted;
use super::figure::{Figure, Goal};
use super::stage::{measure, number, text_of};

/// Calls for each shipment of the wanted size.
const CALLS: u32 = 20;

pub(super) fn run(wanted: &Wanted) -> Result<Vec<Figure>> {
    let mut figures = over(wanted, "webhook/sqlite", None)?;
    // Where there is no PostgreSQL its figures are left out, and that is said.
    if let Some(cluster) = Cluster::shared() {
        figures.extend(over(wanted, "webhook/postgres", Some(cluster))?);
    }
    Ok(figures)
}

fn over(wanted: &Wanted, name: &str, cluster: Option<&Cluster>) -> Result<Vec<Figure>> {
    let folder = std::env::temp_dir().join(format!("ml-connector-webhook-{}", std::process::id()));
    let (at, calls) = (text_of(&folder)?, (wanted.shipments * CALLS).to_string());
    let database = cluster.map(Cluster::database);
    let words: Vec<&str> = ["webhook", &at, &calls].into_iter().chain(database.as_deref()).collect();
    let said = measure(&wanted.programs, &words);
    std::fs::remove_dir_all(&folder).ok();
    let said = said.with_context(|| name.to_owned())?;
    let a_second = |micros: Decimal| number(&said, "calls").map(|calls| calls * Decimal::from(1_000_000) / micros);
    let (storing, bare) = (a_second(number(&said, "micros")?)?, a_second(number(&said, "bare_micros")?)?);
    let milliseconds = |key: &str| number(&said, key).map(|micros| micros / Decimal::ONE_THOUSAND);
    let median = milliseconds("median_micros")?.round_dp(2);
    Ok(vec![
        Figure::new(name, storing, "calls/s")
            .against(bare)
            .goal(Goal::RatioAtLeast(Decimal::new(5, 1)))
            .beside(format!("{} calls, 64 at once; baseline: nothing stored", number(&said, "calls")?)),
        Figure::new(format!("{name}/p99"), milliseconds("p99_micros")?, "ms")
            .goal(Goal::AtMost(Decimal::from(20)))
            .beside(format!("at {} calls/s; half of them within {median} ms", (storing / Decimal::TWO).round())),
    ])
}
