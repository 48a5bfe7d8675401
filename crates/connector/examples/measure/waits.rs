//! How often a shipment waits for the disk, and how often UPS is called for it, on the way from ready to proven.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::house::House;

pub(crate) async fn run(shipments: u32) -> Result<Value> {
    let folder = std::env::temp_dir().join(format!("ml-connector-waits-{}", std::process::id()));
    let counted = count(&folder, shipments).await;
    std::fs::remove_dir_all(&folder).ok();
    counted
}

async fn count(folder: &std::path::Path, shipments: u32) -> Result<Value> {
    let house = House::open(folder).await?;
    house.release(700_000..700_000 + shipments)?;
    let before = house.app.store.records_made();
    house.app.poll().await?;
    house.app.drive().await?;
    let records = house.app.store.records_made() - before;
    let ledger = house.sandbox.ledger();
    ensure!(ledger.labels_bought() == usize::try_from(shipments)?, "only {} were booked", ledger.labels_bought());
    let ups: BTreeMap<&String, &u64> = ledger.calls.iter().filter(|(call, _)| call.starts_with("ups.")).collect();
    let consignees: std::collections::BTreeSet<String> = sandbox::world::places::plain_commercial()
        .take(usize::try_from(shipments)?)
        .map(|it| it.street_line())
        .collect();
    house.app.clone().close().await;
    Ok(json!({ "shipments": shipments, "records": records, "calls": ups, "consignees": consignees.len() }))
}
