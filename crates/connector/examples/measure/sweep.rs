//! What it costs to find out which parcels are to be asked about, where so many are followed.
//!
//! ```text
//! a hundred real shipments on their way ─► their rows copied under other keys, two thousand of them due, the others later
//!   ─► when is something due? ─► claim 64 that are ─► … ─► per due parcel      (questions)
//!   ─► when is something due? ─► claim 100 that are ─► … ─► per due parcel     (subscriptions)
//! ```
//!
//! Only the planning is timed: what UPS is asked and what becomes of it costs the same however many others there are.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use connector::store::ClaimAsk;
use jiff::SignedDuration;
use serde_json::{Value, json};
use sqlx::{Connection as _, SqliteConnection};

use crate::house::House;
use crate::{micros_since, now};

/// Real shipments that the others are copied from.
const REAL: u32 = 100;
/// Copies of each that are due.
const DUE: u32 = 20;
/// Claimed at once, as the engine and the subscriptions do it.
const QUESTIONS: usize = 64;
const NUMBERS: usize = 100;

pub(crate) async fn run(folder: &Path, followed: u32) -> Result<Value> {
    let house = House::open(folder).await?;
    house.release(700_000..700_000 + REAL)?;
    house.app.poll().await?;
    house.app.drive().await?;
    let counts = house.app.store.counts(None).await?.stages;
    if counts.get("booked").copied().unwrap_or_default() != i64::from(REAL) {
        bail!("not everything is on its way: {counts:?}");
    }
    copy(folder, followed.saturating_sub(REAL) / REAL, house.clock.now().as_microsecond()).await?;
    let rows = house.app.store.subscribed(&house.site, house.clock.now()).await?.followed;
    let (questions, asked) = questions(&house).await?;
    let (subscriptions, subscribed) = subscriptions(&house).await?;
    let wanted = REAL * DUE;
    if asked != wanted || subscribed != wanted {
        bail!("{asked} questions and {subscribed} subscriptions were due instead of {wanted}");
    }
    let said = json!({ "followed": rows, "due": wanted, "questions": questions, "subscriptions": subscriptions });
    house.app.clone().close().await;
    Ok(said)
}

/// All that are due, as the engine comes by them: microseconds, and how many.
async fn questions(house: &House) -> Result<(u64, u32)> {
    let store = &house.app.store;
    let ask = ClaimAsk {
        lane: "tracking".to_owned(),
        now: house.clock.now(),
        real_now: house.clock.real_now(),
        lease: SignedDuration::from_mins(30),
        limit: QUESTIONS,
        except: Vec::new(),
    };
    let (begun, mut found) = (now(), 0);
    loop {
        store.next_due(house.clock.real_now()).await?;
        let rows = store.claim_due(&ask).await?;
        if rows.is_empty() {
            return Ok((micros_since(begun), found));
        }
        found += u32::try_from(rows.len())?;
    }
}

/// The same of subscriptions.
async fn subscriptions(house: &House) -> Result<(u64, u32)> {
    let (store, at) = (&house.app.store, house.clock.now());
    let (begun, mut found) = (now(), 0);
    loop {
        store.next_subscription(&house.site).await?;
        let rows = store.claim_subscriptions(&house.site, at, house.clock.real_now(), NUMBERS).await?;
        if rows.is_empty() {
            return Ok((micros_since(begun), found));
        }
        found += u32::try_from(rows.len())?;
    }
}

/// Copies every shipment on its way so many times; the first copies are due at `now` (microseconds), the real ones not.
async fn copy(folder: &Path, times: u32, now: i64) -> Result<()> {
    let file = folder.join("ml-connector.db");
    let url = format!("sqlite://{}", file.to_str().context("a path that is no text")?);
    let mut db = SqliteConnection::connect(&url).await.with_context(|| format!("{url} cannot be opened"))?;
    // What is copied can be copied again; what is timed later goes through the store, which waits for the disk.
    sqlx::raw_sql("PRAGMA synchronous = OFF; PRAGMA cache_size = -200000; PRAGMA foreign_keys = OFF")
        .execute(&mut db)
        .await?;
    let later = format!("CASE WHEN i <= {DUE} THEN {now} ELSE {now} + i * 60000000 END");
    let shipments = format!(
        "INSERT INTO shipments (site_id, id, source, document, document_key, release_no, sales_order, customer, stage, \
         lane, due_at, woken, lease_epoch, lease_until, tries, seq, state, settings_version, fingerprint, hold_code, \
         tracking_number, created_at, updated_at) \
         SELECT site_id, unhex(printf('%012X', i) || substr(hex(id), 13, 20)), source, document || '-' || i, \
         document_key || '-' || i, release_no, sales_order, customer, stage, 'tracking', {later}, woken, lease_epoch, \
         NULL, tries, seq, state, settings_version, fingerprint, hold_code, tracking_number || '-' || i, \
         created_at - i * 60000000, updated_at FROM n, (SELECT * FROM shipments WHERE document NOT LIKE '%-%')"
    );
    let parcels = format!(
        "INSERT INTO parcels (site_id, tracking_number, shipment_id, followed, subscribe_at, tries) \
         SELECT site_id, substr(tracking_number, 1, 8) || printf('%010d', i * {REAL} + number), \
         unhex(printf('%012X', i) || substr(hex(shipment_id), 13, 20)), TRUE, {later}, 0 FROM n, \
         (SELECT *, row_number() OVER (ORDER BY tracking_number) - 1 AS number FROM parcels \
         WHERE shipment_id IN (SELECT id FROM shipments WHERE document NOT LIKE '%-%'))"
    );
    let statements = [
        "UPDATE shipments SET due_at = due_at + 864000000000 WHERE due_at IS NOT NULL".to_owned(),
        "UPDATE parcels SET subscribe_at = subscribe_at + 864000000000".to_owned(),
        parcels,
        shipments,
    ];
    for statement in statements {
        let copies = format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {times}) ");
        let text = if statement.starts_with("INSERT") { copies + &statement } else { statement };
        sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(&mut db).await?;
    }
    sqlx::raw_sql("ANALYZE; PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut db).await?;
    db.close().await?;
    Ok(())
}
