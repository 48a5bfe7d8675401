//! `waits`: how often a shipment waits for the disk on its way from ready to proven, and how often UPS is called for it.
//!
//! Counted in one process with everything on loopback. Documents of one poll are received in one commit, which counts as
//! one wait for each of them; every record of a step is a wait for its shipment.

use anyhow::{Context as _, Result};
use rust_decimal::Decimal;

use super::Wanted;
use super::figure::{Figure, Goal};
use super::stage::{measure, number};

pub(super) fn run(wanted: &Wanted) -> Result<Vec<Figure>> {
    let said = measure(&wanted.programs, &["waits", &wanted.shipments.min(400).to_string()])?;
    let shipments = number(&said, "shipments")?;
    let records = number(&said, "records")?;
    let calls = said.get("calls").and_then(serde_json::Value::as_object).context("no calls")?;
    let of = |name: &str| calls.get(name).and_then(serde_json::Value::as_u64).map_or(Decimal::ZERO, Decimal::from);
    let told: Vec<String> = calls.iter().map(|(call, many)| format!("{many} {call}")).collect();
    // A token for the session, then each consignee once, and a price and a label for each shipment.
    let needed = (number(&said, "consignees")? + shipments * Decimal::TWO) / shipments;
    let made = (of("ups.address") + of("ups.rate") + of("ups.ship")) / shipments;
    Ok(vec![
        Figure::new("waits/durable", Decimal::ONE + records / shipments, "commits/shipment")
            .goal(Goal::AtMost(Decimal::from(4))),
        Figure::new("waits/ups-calls", made, "calls/shipment")
            .against(needed)
            .goal(Goal::RatioAtMost(Decimal::ONE))
            .beside(told.join(", ")),
    ])
}
