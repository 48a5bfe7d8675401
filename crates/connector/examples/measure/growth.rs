//! What claiming, recording, polling, listing and searching cost in a store with so many past shipments.
//!
//! ```text
//! a hundred real shipments, delivered ─► their rows copied under other keys until there are enough ─► each thing timed
//! ```
//!
//! Past shipments are copied row by row in the database, because buying a million labels takes hours. Their labels are
//! left out. What is timed goes through the product's own store and poll.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use connector::store::{ClaimAsk, ListFilter};
use jiff::SignedDuration;
use serde_json::{Value, json};
use sqlx::{Connection as _, SqliteConnection};

use crate::house::House;
use crate::replay::record_of;
use crate::{micros_since, now};

/// Real shipments that the past is made of.
const REAL: u32 = 100;
/// Documents that are ready and known while the poll is timed.
const READY: u32 = 200;
/// How often each thing is done; the middle one counts.
const TIMES: usize = 21;

pub(crate) async fn run(folder: &Path, past: u32) -> Result<Value> {
    let house = House::open(folder).await?;
    house.release(700_000..700_000 + REAL)?;
    house.until_quiet().await?;
    copy(folder, past.saturating_sub(REAL) / REAL).await?;
    let rows = house.app.store.counts(None).await?.stages.values().sum::<i64>();
    house.release(800_000..800_000 + READY)?;
    house.app.poll().await?;
    let said = json!({
        "past": rows,
        "poll": poll(&house).await?,
        "claim": claim(&house).await?,
        "record": record(&house).await?,
        "list": list(&house).await?,
        "search": search(&house).await?,
    });
    house.app.clone().close().await;
    Ok(said)
}

/// The middle of several measurements, in microseconds.
fn middle(mut micros: Vec<u64>) -> u64 {
    micros.sort_unstable();
    micros.get(micros.len() / 2).copied().unwrap_or_default()
}

async fn poll(house: &House) -> Result<u64> {
    let mut micros = Vec::new();
    for _ in 0..TIMES {
        let begun = now();
        house.app.poll().await?;
        micros.push(micros_since(begun));
    }
    Ok(middle(micros))
}

fn ask(house: &House, limit: usize) -> ClaimAsk {
    ClaimAsk {
        lane: "ups".to_owned(),
        now: house.clock.now(),
        real_now: house.clock.real_now(),
        lease: SignedDuration::from_mins(30),
        limit,
        except: Vec::new(),
    }
}

/// A claim of four.
async fn claim(house: &House) -> Result<u64> {
    let mut micros = Vec::new();
    for _ in 0..TIMES {
        let begun = now();
        let rows = house.app.store.claim_due(&ask(house, 4)).await?;
        micros.push(micros_since(begun));
        if rows.len() != 4 {
            bail!("only {} were due", rows.len());
        }
    }
    Ok(middle(micros))
}

/// One record that keeps the shipment as it is, alone in its commit.
async fn record(house: &House) -> Result<u64> {
    let mut micros = Vec::new();
    for _ in 0..TIMES {
        let claimed = house.app.store.claim_due(&ask(house, 1)).await?.pop().context("nothing is due")?;
        let state = claimed.state.clone();
        let record = record_of(&claimed, house.clock.now(), &claimed.stage, state, None);
        let begun = now();
        house.app.store.record(record).await?;
        micros.push(micros_since(begun));
    }
    Ok(middle(micros))
}

/// The newest fifty, and the fifty behind them.
async fn list(house: &House) -> Result<u64> {
    let mut micros = Vec::new();
    for _ in 0..TIMES {
        let begun = now();
        let first = house.app.store.list(&ListFilter::default(), None, 50).await?;
        let last = first.last().context("an empty list")?.key();
        house.app.store.list(&ListFilter::default(), Some(last), 50).await?;
        micros.push(micros_since(begun));
    }
    Ok(middle(micros))
}

/// By document, and by tracking number.
async fn search(house: &House) -> Result<u64> {
    let mut micros = Vec::new();
    let store = &house.app.store;
    for number in 0..u32::try_from(TIMES)? {
        let document = (700_000 + number).to_string().parse().context("a number")?;
        let begun = now();
        let found = store.find(Some(&house.site), &document).await?;
        let tracking = found.first().and_then(|it| it.tracking_number.as_ref()).context("a past shipment")?.to_string();
        let filter = ListFilter { text: Some(tracking), ..ListFilter::default() };
        let rows = store.list(&filter, None, 50).await?;
        micros.push(micros_since(begun));
        if rows.is_empty() {
            bail!("{document} is not found by its tracking number");
        }
    }
    Ok(middle(micros))
}

/// Copies every finished shipment so many times, with all that belongs to it but labels.
async fn copy(folder: &Path, times: u32) -> Result<()> {
    let file = folder.join("ml-connector.db");
    let url = format!("sqlite://{}", file.to_str().context("a path that is no text")?);
    let mut db = SqliteConnection::connect(&url).await.with_context(|| format!("{url} cannot be opened"))?;
    // What is copied can be copied again; what is timed later goes through the store, which waits for the disk.
    sqlx::raw_sql("PRAGMA synchronous = OFF; PRAGMA cache_size = -200000; PRAGMA foreign_keys = OFF")
        .execute(&mut db)
        .await?;
    for statement in COPIES {
        let text =
            format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {times}) {statement}");
        if times > 0 {
            sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(&mut db).await?;
        }
    }
    sqlx::raw_sql("ANALYZE; PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut db).await?;
    db.close().await?;
    Ok(())
}

/// A copy's id begins with its number, in six bytes, and ends as the original's.
const COPIES: [&str; 3] = [
    "INSERT INTO shipments (site_id, id, source, document, document_key, release_no, sales_order, customer, stage, lane, \
     due_at, woken, lease_epoch, lease_until, tries, seq, state, settings_version, fingerprint, hold_code, \
     tracking_number, created_at, updated_at) \
     SELECT site_id, unhex(printf('%012X', i) || substr(hex(id), 13, 20)), source, \
     document || '-' || i, document_key || '-' || i, release_no, sales_order, customer, stage, lane, NULL, woken, \
     lease_epoch, NULL, tries, seq, state, settings_version, fingerprint, hold_code, tracking_number || '-' || i, \
     created_at - i * 60000000, updated_at FROM n, (SELECT * FROM shipments WHERE document NOT LIKE '%-%')",
    "INSERT INTO audit (site_id, shipment_id, seq, at, actor, event, words, detail) \
     SELECT a.site_id, unhex(printf('%012X', i) || substr(hex(shipment_id), 13, 20)), \
     a.seq, a.at, actor, event, words, detail \
     FROM n, audit a JOIN shipments s ON s.site_id = a.site_id AND s.id = a.shipment_id WHERE s.document NOT LIKE '%-%'",
    "INSERT INTO attempts (site_id, shipment_id, attempt, reference, request_digest, request, asked_at, outcome, answer, \
     answered_at, watch_until) \
     SELECT a.site_id, unhex(printf('%012X', i) || substr(hex(shipment_id), 13, 20)), \
     attempt, reference || '-' || i, request_digest, request, asked_at, outcome, NULL, answered_at, watch_until \
     FROM n, attempts a JOIN shipments s ON s.site_id = a.site_id AND s.id = a.shipment_id WHERE s.document NOT LIKE '%-%'",
];
