//! Intake: documents that were read become shipments, once each.
//!
//! ```text
//! poll ─► receive ─► shipment + first audit line + sighting, one transaction ─► New
//!    │                └─ the release is here already ────────────────────────► Known
//!    └──► see / forget: what was read and is not ours, or has left the ready set
//! ```
//!
//! The same document is read again and again. The unique key (site, source, document, release)
//! decides, so two polls cannot make two shipments of one release; and only one at a time may
//! receive for a site, so two nodes cannot make two shipments of two documents of one order. A crash in the middle of a
//! page costs a second reading of the page and nothing else.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;

use jiff::Timestamp;
use jiff::civil::Date;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, QueryFilter, Value,
};
use shipment::alarm::{Alarm, Kind};
use shipment::document::Source;
use shipment::number::{DocumentNumber, ReleaseNumber, SalesOrderNumber, ShipmentId, SiteName};
use uuid::{ContextV7, Uuid};

use super::alarms::{self, NewAlarm};
use super::column::{
    count, failed, get, json, maybe_micros, maybe_parsed, maybe_time, micros, source as source_of, sql, time, tuples,
};
use super::record::{self, AuditLine, Rivals};
use super::transaction::only_one_at;
use super::{IDLE_LANE, Store, StoreError, entity};

/// How many rows one INSERT carries; SQLite takes some 32 000 parameters.
const CHUNK: usize = 500;

/// A release that is ours, as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrival {
    /// Where it was read.
    pub source: Source,
    /// Its document, as read.
    pub document: DocumentNumber,
    /// Which release of the document.
    pub release: ReleaseNumber,
    /// Its sales orders; the first is what people look for.
    pub sales_orders: Vec<SalesOrderNumber>,
    /// Its customer, for people who look for it.
    pub customer: Option<String>,
    /// The name of its first state.
    pub stage: String,
    /// Where its first step waits.
    pub lane: Option<String>,
    /// When its first step is due; `None` waits for a wish.
    pub due_at: Option<Timestamp>,
    /// Its first state as JSON.
    pub state: String,
    /// Why it is held from the start, if it is.
    pub hold_code: Option<String>,
    /// The settings it was read under.
    pub settings_version: i64,
    /// The fingerprint of the document.
    pub fingerprint: String,
    /// What is told of its coming.
    pub audit: Vec<AuditLine>,
    /// What a person has to know of it from the start.
    pub alarms: Vec<Alarm>,
    /// What the poll remembers of its header.
    pub sighting: NewSighting,
}

/// What became of an arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    /// A shipment was made of it.
    New(ShipmentId),
    /// There is a shipment of this release already.
    Known(ShipmentId),
    /// A shipment of another source fulfils one of its sales orders: none was made.
    Linked(ShipmentId),
}

/// The verdict of a document that a shipment was made of.
pub const OURS: &str = "ours";

/// The verdict of a document that counts as one with another source's shipment.
pub const LINKED: &str = "linked";

/// What a poll remembers of a document it has judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSighting {
    /// The document, as read.
    pub document: DocumentNumber,
    /// The fingerprint of the header, as cheap as one list read allows.
    pub fingerprint: String,
    /// What was found: ours, or why not.
    pub verdict: String,
    /// Its ship-via, for the counters.
    pub ship_via: String,
    /// The shipment it led to; [`Store::receive`] fills it in for those it makes.
    pub shipment: Option<ShipmentId>,
}

/// A remembered document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SightingRow {
    /// The document's key: see `DocumentNumber::canonical`.
    pub document_key: String,
    /// The fingerprint of the header.
    pub fingerprint: String,
    /// What was found.
    pub verdict: String,
    /// Its ship-via.
    pub ship_via: String,
    /// The shipment it led to.
    pub shipment: Option<ShipmentId>,
    /// When it was first read (business time).
    pub first_seen: Timestamp,
    /// When it was last read anew (business time).
    pub last_seen: Timestamp,
}

/// How far a source of a site has been read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PollerRow {
    /// When the baseline was taken; before that, what is ready was there already.
    pub baseline_at: Option<Timestamp>,
    /// The last complete poll.
    pub last_poll: Option<Timestamp>,
    /// The date up to which a dated source was fully read.
    pub watermark: Option<Date>,
    /// Why it does not poll.
    pub paused_reason: Option<String>,
    /// Until when a person allows polls to bring more than the site's brake would (business time).
    pub leave_until: Option<Timestamp>,
}

impl Store {
    /// Makes shipments of those arrivals whose release is not here yet, and remembers these.
    ///
    /// The answers are in the order of the arrivals. What was known or linked is remembered by whoever acts on it, with
    /// [`Store::see`], and not before: else a crash between would lose what was to be done.
    ///
    /// # Errors
    /// When the database fails; then none of the arrivals is stored.
    pub async fn receive(
        &self,
        site: &SiteName,
        arrivals: &[Arrival],
        at: Timestamp,
    ) -> Result<Vec<Received>, StoreError> {
        let received = self
            .write("receive", |transaction| async move {
                let transaction = &*transaction;
                only_one_at(transaction, site).await?;
                let mut received = Vec::with_capacity(arrivals.len());
                let mut sightings: HashMap<Source, Vec<NewSighting>> = HashMap::new();
                for arrival in arrivals {
                    let outcome = receive_one(transaction, site, arrival, at).await?;
                    if let Received::New(id) = outcome {
                        let sighting = NewSighting { shipment: Some(id), ..arrival.sighting.clone() };
                        sightings.entry(arrival.source).or_default().push(sighting);
                    }
                    received.push(outcome);
                }
                for (source, sightings) in &sightings {
                    see(transaction, site, *source, sightings, at).await?;
                }
                Ok(received)
            })
            .await?;
        self.hint();
        Ok(received)
    }

    /// The shipment of another source that fulfils one of a document's sales orders: bought, being bought, or still to
    /// be. None while a shipment of the document itself is alive.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn linked(
        &self,
        site: &SiteName,
        source: Source,
        document: &DocumentNumber,
        orders: &[SalesOrderNumber],
    ) -> Result<Option<ShipmentId>, StoreError> {
        let db = &self.0.read;
        let Some(first) = linked(db, site, source, orders).await? else { return Ok(None) };
        let text = "SELECT id, stage, state FROM shipments WHERE site_id = $1 AND source = $2 AND document_key = $3";
        let values: Vec<Value> = vec![site.as_str().into(), source.code().into(), document.canonical().into()];
        Ok(alive(db, text, values).await?.is_none().then_some(first))
    }

    /// A shipment's document was read anew: from now on it also fulfils these sales orders, so that another source's document
    /// of theirs is linked to it. An order that it no longer names stays with it, because a label may have gone out for it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn also_fulfils(
        &self,
        site: &SiteName,
        shipment: ShipmentId,
        orders: &[SalesOrderNumber],
    ) -> Result<(), StoreError> {
        self.write("remember orders", |transaction| async move {
            remember_orders(&transaction, site, shipment, orders).await
        })
        .await
    }

    /// The documents of other sources that count as one with a shipment, by source and document key.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn linked_to(&self, site: &SiteName, shipment: ShipmentId) -> Result<Vec<(Source, String)>, StoreError> {
        let found = entity::sighting::Entity::find()
            .filter(entity::sighting::Column::SiteId.eq(site.as_str()))
            .filter(entity::sighting::Column::Verdict.eq(LINKED))
            .filter(entity::sighting::Column::ShipmentId.eq(shipment.0))
            .all(&self.0.read)
            .await
            .map_err(failed("read linked documents"))?;
        found.into_iter().map(|it| Ok((source_of(&it.source)?, it.document_key))).collect()
    }

    /// Remembers documents that were judged. Give it the new and the changed ones only: the
    /// whole ready set on every poll would be written for nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn see(
        &self,
        site: &SiteName,
        source: Source,
        sightings: &[NewSighting],
        at: Timestamp,
    ) -> Result<(), StoreError> {
        if sightings.is_empty() {
            return Ok(());
        }
        self.write("remember documents", |transaction| async move {
            let transaction = &*transaction;
            see(transaction, site, source, sightings, at).await
        })
        .await
    }

    /// Forgets documents that have left the ready set, so that their return is news.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget(&self, site: &SiteName, source: Source, document_keys: &[String]) -> Result<(), StoreError> {
        if document_keys.is_empty() {
            return Ok(());
        }
        self.write("forget documents", |transaction| async move {
            let transaction = &*transaction;
            for keys in document_keys.chunks(CHUNK) {
                entity::sighting::Entity::delete_many()
                    .filter(entity::sighting::Column::SiteId.eq(site.as_str()))
                    .filter(entity::sighting::Column::Source.eq(source.code()))
                    .filter(entity::sighting::Column::DocumentKey.is_in(keys.iter().map(String::as_str)))
                    .exec(transaction)
                    .await
                    .map_err(failed("forget documents"))?;
            }
            Ok(())
        })
        .await
    }

    /// Everything remembered of a source, by document key.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sightings(&self, site: &SiteName, source: Source) -> Result<HashMap<String, SightingRow>, StoreError> {
        let found = entity::sighting::Entity::find()
            .filter(entity::sighting::Column::SiteId.eq(site.as_str()))
            .filter(entity::sighting::Column::Source.eq(source.code()))
            .all(&self.0.read)
            .await
            .map_err(failed("read remembered documents"))?;
        found.into_iter().map(|model| Ok((model.document_key.clone(), sighting(model)?))).collect()
    }

    /// How far a source has been read; all empty when it never was.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn poller(&self, site: &SiteName, source: Source) -> Result<PollerRow, StoreError> {
        let found = entity::poller::Entity::find_by_id((site.as_str().to_owned(), source.code().to_owned()))
            .one(&self.0.read)
            .await
            .map_err(failed("read a poller"))?;
        let Some(found) = found else {
            return Ok(PollerRow::default());
        };
        Ok(PollerRow {
            baseline_at: maybe_time("baseline", found.baseline_at)?,
            last_poll: maybe_time("last poll", found.last_poll)?,
            watermark: maybe_parsed("watermark", found.watermark.as_deref())?,
            paused_reason: found.paused_reason,
            leave_until: maybe_time("leave", found.leave_until)?,
        })
    }

    /// Remembers how far a source has been read, and raises or settles the alarm of its brake.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_poller(
        &self,
        site: &SiteName,
        source: Source,
        row: &PollerRow,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        use entity::poller::{ActiveModel, Column, Entity};
        self.write("remember a poll", |transaction| async move {
            let transaction = &*transaction;
            let model = ActiveModel {
                site_id: Set(site.as_str().to_owned()),
                source: Set(source.code().to_owned()),
                baseline_at: Set(maybe_micros(row.baseline_at)),
                last_poll: Set(maybe_micros(row.last_poll)),
                watermark: Set(row.watermark.map(|date| date.to_string())),
                paused_reason: Set(row.paused_reason.clone()),
                leave_until: Set(maybe_micros(row.leave_until)),
            };
            let columns =
                [Column::BaselineAt, Column::LastPoll, Column::Watermark, Column::PausedReason, Column::LeaveUntil];
            Entity::insert(model)
                .on_conflict(OnConflict::columns([Column::SiteId, Column::Source]).update_columns(columns).to_owned())
                .exec_without_returning(transaction)
                .await
                .map_err(failed("remember a poll"))?;
            match &row.paused_reason {
                Some(reason) => {
                    let alarm = NewAlarm::of(site, Kind::CycleBrake, source.code(), reason, at);
                    alarms::raise(transaction, &alarm).await
                }
                None => alarms::settle(transaction, site, Kind::CycleBrake, source.code(), at).await,
            }
        })
        .await?;
        Ok(())
    }
}

async fn receive_one(
    transaction: &DatabaseTransaction,
    site: &SiteName,
    arrival: &Arrival,
    at: Timestamp,
) -> Result<Received, StoreError> {
    let doing = "receive";
    if let Some(first) = linked(transaction, site, arrival.source, &arrival.sales_orders).await? {
        // What is over, or was never begun, does not come back beside a shipment that is alive.
        let (text, values) = release_of(site, arrival);
        return Ok(alive(transaction, text, values).await?.map_or(Received::Linked(first), Received::Known));
    }
    let id = fresh_id(at);
    let text = "INSERT INTO shipments (site_id, id, source, document, document_key, release_no, sales_order, customer, \
                stage, lane, due_at, woken, lease_epoch, lease_until, tries, seq, state, settings_version, fingerprint, \
                hold_code, tracking_number, created_at, updated_at) \
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, 0, NULL, 0, $12, $13, $14, $15, $16, NULL, \
                $17, $17) ON CONFLICT (site_id, source, document_key, release_no) DO NOTHING";
    let values: Vec<Value> = vec![
        site.as_str().into(),
        id.into(),
        arrival.source.code().into(),
        arrival.document.as_str().into(),
        arrival.document.canonical().into(),
        i64::from(arrival.release.0).into(),
        arrival.sales_orders.first().map(ToString::to_string).into(),
        arrival.customer.clone().into(),
        arrival.stage.as_str().into(),
        arrival.lane.as_deref().unwrap_or(IDLE_LANE).into(),
        maybe_micros(arrival.due_at).into(),
        count(arrival.audit.len()).into(),
        arrival.state.as_str().into(),
        arrival.settings_version.into(),
        arrival.fingerprint.as_str().into(),
        arrival.hold_code.clone().into(),
        micros(at).into(),
    ];
    let done = transaction.execute_raw(sql(transaction, text, values)).await.map_err(failed(doing))?;
    if done.rows_affected() == 0 {
        let known = known(transaction, site, arrival).await?;
        let unknown = || StoreError::Unknown { what: format!("document {}", arrival.document) };
        return known.map(Received::Known).ok_or_else(unknown);
    }
    remember_orders(transaction, site, ShipmentId(id), &arrival.sales_orders).await?;
    record::append_audit(transaction, site, ShipmentId(id), 1, &arrival.audit).await?;
    for alarm in &arrival.alarms {
        alarms::raise(transaction, &NewAlarm::of_shipment(site, ShipmentId(id), alarm, at)).await?;
    }
    Ok(Received::New(ShipmentId(id)))
}

async fn remember_orders(
    transaction: &DatabaseTransaction,
    site: &SiteName,
    shipment: ShipmentId,
    orders: &[SalesOrderNumber],
) -> Result<(), StoreError> {
    if orders.is_empty() {
        return Ok(());
    }
    let text = format!(
        "INSERT INTO shipment_orders (site_id, order_key, shipment_id) VALUES {} ON CONFLICT DO NOTHING",
        tuples(0, orders.len(), 3)
    );
    let values = orders.iter().flat_map(|it| [site.as_str().into(), it.canonical().into(), shipment.0.into()]);
    transaction.execute_raw(sql(transaction, text, values.collect())).await.map_err(failed("receive"))?;
    Ok(())
}

/// One shipment fulfils an order: of another source's, the first that is alive.
async fn linked<C: ConnectionTrait>(
    db: &C,
    site: &SiteName,
    source: Source,
    orders: &[SalesOrderNumber],
) -> Result<Option<ShipmentId>, StoreError> {
    if orders.is_empty() {
        return Ok(None);
    }
    let places: Vec<String> = (0..orders.len()).map(|at| format!("${}", at + 3)).collect();
    let text = format!(
        "SELECT s.id, s.stage, s.state FROM shipment_orders o \
         JOIN shipments s ON s.site_id = o.site_id AND s.id = o.shipment_id \
         WHERE o.site_id = $1 AND s.source <> $2 AND o.order_key IN ({}) ORDER BY s.created_at, s.id",
        places.join(", ")
    );
    let mut values: Vec<Value> = vec![site.as_str().into(), source.code().into()];
    values.extend(orders.iter().map(|it| Value::from(it.canonical())));
    alive(db, &text, values).await
}

/// The shipment of another source that is bought, or being bought, for one of the sales orders.
///
/// On PostgreSQL the orders' rows are locked first, so that of two nodes one waits for the other; SQLite has one writer.
pub(super) async fn being_bought(
    transaction: &DatabaseTransaction,
    site: &SiteName,
    id: ShipmentId,
    rivals: &Rivals,
) -> Result<Option<ShipmentId>, StoreError> {
    if rivals.orders.is_empty() {
        return Ok(None);
    }
    let doing = "look for linked documents";
    let keys: Vec<Value> = rivals.orders.iter().map(|it| Value::from(it.canonical())).collect();
    if transaction.get_database_backend() == DbBackend::Postgres {
        let places: Vec<String> = (0..keys.len()).map(|at| format!("${}", at + 2)).collect();
        let text = format!(
            "SELECT 1 FROM shipment_orders WHERE site_id = $1 AND order_key IN ({}) \
             ORDER BY order_key, shipment_id FOR UPDATE",
            places.join(", ")
        );
        let mut values: Vec<Value> = vec![site.as_str().into()];
        values.extend(keys.iter().cloned());
        transaction.query_all_raw(sql(transaction, text, values)).await.map_err(failed(doing))?;
    }
    let places: Vec<String> = (0..keys.len()).map(|at| format!("${}", at + 4)).collect();
    let text = format!(
        "SELECT s.id, s.stage, s.state FROM shipment_orders o \
         JOIN shipments s ON s.site_id = o.site_id AND s.id = o.shipment_id \
         WHERE o.site_id = $1 AND s.source <> $2 AND s.id <> $3 AND o.order_key IN ({}) \
         AND s.stage IN ('booking', 'in_doubt', 'booked', 'delivered', 'voided') ORDER BY s.created_at, s.id",
        places.join(", ")
    );
    let mut values: Vec<Value> = vec![site.as_str().into(), rivals.source.code().into(), id.0.into()];
    values.extend(keys);
    alive(transaction, &text, values).await
}

/// The first of the shipments asked for (id, stage, state) that is alive. What waits since before the connector came was
/// never begun, and what came back or was voided is over, unless it is to be shipped again.
async fn alive<C: ConnectionTrait>(db: &C, text: &str, values: Vec<Value>) -> Result<Option<ShipmentId>, StoreError> {
    let rows = db.query_all_raw(sql(db, text, values)).await.map_err(failed("look for linked documents"))?;
    for row in &rows {
        let stage: String = get(row, 1)?;
        let is_alive = match stage.as_str() {
            "already_there" | "cancelled" | "ended" => false,
            "voided" => {
                let state = json("state", &get::<String>(row, 2)?)?;
                state.pointer("/state/Booked/void/Voided/restart").and_then(serde_json::Value::as_bool) == Some(true)
            }
            _ => true,
        };
        if is_alive {
            return Ok(Some(ShipmentId(get(row, 0)?)));
        }
    }
    Ok(None)
}

/// The question for the shipment of an arrival's release.
fn release_of(site: &SiteName, arrival: &Arrival) -> (&'static str, Vec<Value>) {
    let text = "SELECT id, stage, state FROM shipments \
                WHERE site_id = $1 AND source = $2 AND document_key = $3 AND release_no = $4";
    let values = vec![
        site.as_str().into(),
        arrival.source.code().into(),
        arrival.document.canonical().into(),
        i64::from(arrival.release.0).into(),
    ];
    (text, values)
}

async fn known(
    transaction: &DatabaseTransaction,
    site: &SiteName,
    arrival: &Arrival,
) -> Result<Option<ShipmentId>, StoreError> {
    let (text, values) = release_of(site, arrival);
    let row = transaction.query_one_raw(sql(transaction, text, values)).await.map_err(failed("receive"))?;
    row.map(|row| Ok(ShipmentId(get(&row, 0)?))).transpose()
}

async fn see(
    transaction: &DatabaseTransaction,
    site: &SiteName,
    source: Source,
    sightings: &[NewSighting],
    at: Timestamp,
) -> Result<(), StoreError> {
    for chunk in sightings.chunks(CHUNK) {
        // One statement may not touch a row twice, and a page may carry a document twice.
        // In the order of their keys, so that two nodes do not wait for each other.
        let mut latest: BTreeMap<String, &NewSighting> = BTreeMap::new();
        for sighting in chunk {
            latest.insert(sighting.document.canonical(), sighting);
        }
        let text = format!(
            "INSERT INTO sightings (site_id, source, document_key, fingerprint, verdict, ship_via, shipment_id, \
             first_seen, last_seen) VALUES {} ON CONFLICT (site_id, source, document_key) DO UPDATE SET \
             fingerprint = excluded.fingerprint, verdict = excluded.verdict, ship_via = excluded.ship_via, \
             shipment_id = CASE WHEN excluded.verdict = '{OURS}' AND sightings.verdict = '{OURS}' \
             THEN COALESCE(excluded.shipment_id, sightings.shipment_id) ELSE excluded.shipment_id END, \
             last_seen = excluded.last_seen",
            tuples(0, latest.len(), 9)
        );
        let mut values: Vec<Value> = Vec::with_capacity(latest.len() * 9);
        for (key, sighting) in latest {
            values.extend([
                site.as_str().into(),
                source.code().into(),
                key.into(),
                sighting.fingerprint.as_str().into(),
                sighting.verdict.as_str().into(),
                sighting.ship_via.as_str().into(),
                sighting.shipment.map(|shipment| shipment.0).into(),
                micros(at).into(),
                micros(at).into(),
            ]);
        }
        transaction.execute_raw(sql(transaction, text, values)).await.map_err(failed("remember documents"))?;
    }
    Ok(())
}

fn sighting(found: entity::sighting::Model) -> Result<SightingRow, StoreError> {
    Ok(SightingRow {
        first_seen: time("first sighting", found.first_seen)?,
        last_seen: time("last sighting", found.last_seen)?,
        document_key: found.document_key,
        fingerprint: found.fingerprint,
        verdict: found.verdict,
        ship_via: found.ship_via,
        shipment: found.shipment_id.map(ShipmentId),
    })
}

/// What keeps ids of one instant in the order they were made.
static ORDER: Mutex<ContextV7> = Mutex::new(ContextV7::new());

/// A new id that sorts by the time it was made, and within one instant by turn: a page that was
/// read at once is worked off in its own order.
pub(super) fn fresh_id(at: Timestamp) -> Uuid {
    let micros = u64::try_from(at.as_microsecond()).unwrap_or(0);
    let nanos = u32::try_from(micros % 1_000_000).unwrap_or(0) * 1_000;
    Uuid::new_v7(uuid::Timestamp::from_unix(&ORDER, micros / 1_000_000, nanos))
}
