//! `whole-way`: ready releases a second until their labels are stored and their numbers written and read back.
//!
//! ```text
//! whole  a process of the connector, `sync`, beside the sandbox's
//! bare   the same HTTP calls by the same clients, batched alike; nothing is stored
//! store  what the whole recorded, once more through the same store; nothing is called
//! ratio  whole ÷ 1/(1/bare + 1/store): what is lost beside calls and records
//! ```

use anyhow::{Context as _, Result, bail};
use cluster::Cluster;
use rust_decimal::Decimal;
use serde_json::Value;

use super::Wanted;
use super::figure::{Figure, Goal};
use super::stage::{Stage, cpu_per_shipment, measure, now, number, seconds, text_of};

pub(super) fn run(wanted: &Wanted) -> Result<Vec<Figure>> {
    let mut figures = over(wanted, "whole-way/sqlite", None)?;
    // Where there is no PostgreSQL its figures are left out, and that is said.
    if let Some(cluster) = Cluster::shared() {
        figures.extend(over(wanted, "whole-way/postgres", Some(cluster))?);
    }
    Ok(figures)
}

fn over(wanted: &Wanted, name: &str, cluster: Option<&Cluster>) -> Result<Vec<Figure>> {
    let stage = Stage::set(&wanted.programs, name, wanted.shipments)?;
    let stage = match cluster {
        Some(cluster) => stage.on(cluster),
        None => stage,
    };
    stage.apply(in_automatic)?;
    let sandbox_before = stage.sandbox.process.cpu();
    let begun = now();
    let (said, connector) = stage.connector(&["sync"])?;
    let took = seconds(now() - begun);
    let sandbox = stage.sandbox.process.cpu().zip(sandbox_before).map(|(after, before)| after - before);
    let shipments = stage.sandbox.shipments()?;
    if shipments == 0 {
        bail!("nothing was booked: {said}");
    }
    let whole = Decimal::from(shipments) / took;
    let store = rate(&stage.replay(cluster)?)?;
    let bare = {
        let fresh = Stage::set(&wanted.programs, &format!("{name}-bare"), wanted.shipments)?;
        fresh.apply(in_automatic)?;
        rate(&measure(&wanted.programs, &["bare", &text_of(&fresh.folder)?])?)?
    };
    let combined = Decimal::ONE / (Decimal::ONE / bare + Decimal::ONE / store);
    let used = cpu_per_shipment(shipments, &[("connector", connector), ("sandbox", sandbox)]);
    let unit = "shipments/s";
    Ok(vec![
        Figure::new(name, whole, unit).goal(Goal::AtLeast(Decimal::ONE_HUNDRED)).beside(used),
        Figure::new(format!("{name}/bare"), bare, unit),
        Figure::new(format!("{name}/store"), store, unit),
        Figure::new(format!("{name}/ratio"), whole, unit)
            .against(combined)
            .goal(Goal::RatioAtLeast(Decimal::new(8, 1)))
            .beside("of what calls and records alone allow"),
    ])
}

fn rate(said: &Value) -> Result<Decimal> {
    let micros = number(said, "micros")?;
    if micros.is_zero() {
        bail!("nothing was measured: {said}");
    }
    Ok(number(said, "shipments")? * Decimal::from(1_000_000) / micros)
}

/// Books what is ready; labels stay in the store, for thermal printers: a pretended UPS that draws pictures uses more of the
/// machine than everything that is measured.
pub(super) fn in_automatic(site: &mut toml::Table) -> Result<()> {
    site.insert("mode".to_owned(), "automatic".into());
    site.insert("max_new_per_cycle".to_owned(), 100_000.into());
    let froms = site.get_mut("ship_from").and_then(toml::Value::as_array_mut).context("no [[ship_from]]")?;
    for from in froms.iter_mut().filter_map(toml::Value::as_table_mut) {
        from.remove("printer");
        from.insert("label_format".to_owned(), "zpl".into());
    }
    Ok(())
}
