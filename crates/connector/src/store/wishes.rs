//! Wishes: what people, webhooks and schedules want of a shipment, and how it is woken.
//!
//! ```text
//! console, CLI, intake ─► wish ─► row in `wishes`, woken + 1, due now ─► next claim carries it
//! ```
//!
//! A wish never touches the state. Making the shipment due here serves the one that nobody
//! holds; where somebody does, the holder's record would overwrite the due time with its own,
//! and therefore looks whether `woken` moved since its claim. Between the two no wish is left
//! lying. A wish is done when the record of the holder who heeded it says so.

use jiff::Timestamp;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, Value};
use shipment::number::{ShipmentId, SiteName};
use shipment::tracking::Feed;
use uuid::Uuid;

use super::column::{failed, json, maybe_time, micros, sql, time};
use super::{Store, StoreError, entity, intake};

/// The kind of wish by which a feed tells a shipment that there are scans. It carries nothing else, so it goes when it is
/// heeded: the scans themselves say what happened.
pub(super) const HEARD: &str = "heard";

/// The number of a wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct WishId(pub Uuid);

/// A wish to be put down.
#[derive(Debug, Clone, PartialEq)]
pub struct NewWish {
    /// What is wanted, e.g. `void`.
    pub kind: String,
    /// Its particulars.
    pub body: serde_json::Value,
    /// Who wants it.
    pub actor: String,
    /// Why, in their words.
    pub reason: String,
    /// When (business time).
    pub at: Timestamp,
}

/// A wish as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct WishRow {
    /// Its number.
    pub id: WishId,
    /// What it is about.
    pub shipment: ShipmentId,
    /// What is wanted.
    pub kind: String,
    /// Its particulars.
    pub body: serde_json::Value,
    /// Who wants it.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// When it was put down (business time).
    pub made_at: Timestamp,
    /// When it was heeded or refused (business time).
    pub done_at: Option<Timestamp>,
}

impl Store {
    /// Puts a wish down and wakes the shipment.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] when there is no such shipment.
    pub async fn wish(&self, site: &SiteName, shipment: ShipmentId, wish: &NewWish) -> Result<WishId, StoreError> {
        let id = intake::fresh_id(wish.at);
        let body = &wish.body.to_string();
        self.write("put a wish down", |transaction| async move {
            let transaction = &*transaction;
            wake(transaction, site, shipment, wish.at).await?;
            let text = "INSERT INTO wishes (site_id, id, shipment_id, kind, body, actor, reason, made_at) \
                        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
            let values: Vec<Value> = vec![
                site.as_str().into(),
                id.into(),
                shipment.0.into(),
                wish.kind.as_str().into(),
                body.as_str().into(),
                wish.actor.as_str().into(),
                wish.reason.as_str().into(),
                micros(wish.at).into(),
            ];
            transaction.execute_raw(sql(transaction, text, values)).await.map_err(failed("put a wish down"))
        })
        .await?;
        self.hint();
        Ok(WishId(id))
    }

    /// Wakes the shipments of a site that wait for a remote: those due until `until`, and those that wait without an end
    /// because only a person could bring it back.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn wake_waiting(&self, site: &SiteName, until: Timestamp, at: Timestamp) -> Result<(), StoreError> {
        self.write("wake a site", |transaction| async move {
            // Others that are due by then are woken with them, which costs them a look.
            let text = "UPDATE shipments SET due_at = $2 WHERE site_id = $1 AND due_at > $2 AND (due_at <= $3 OR due_at >= $4)";
            let values: Vec<Value> =
                vec![site.as_str().into(), micros(at).into(), micros(until).into(), micros(Timestamp::MAX).into()];
            transaction.execute_raw(sql(&*transaction, text, values)).await.map_err(failed("wake a site"))
        })
        .await?;
        self.hint();
        Ok(())
    }

    /// Wakes a shipment without wanting anything in particular.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] when there is no such shipment.
    pub async fn wake(&self, site: &SiteName, shipment: ShipmentId, at: Timestamp) -> Result<(), StoreError> {
        self.write("wake a shipment", |transaction| async move {
            let transaction = &*transaction;
            wake(transaction, site, shipment, at).await
        })
        .await?;
        self.hint();
        Ok(())
    }

    /// Every wish about a shipment, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn wishes_of(&self, site: &SiteName, shipment: ShipmentId) -> Result<Vec<WishRow>, StoreError> {
        let found = entity::wish::Entity::find()
            .filter(entity::wish::Column::SiteId.eq(site.as_str()))
            .filter(entity::wish::Column::ShipmentId.eq(shipment.0))
            .order_by_asc(entity::wish::Column::MadeAt)
            .order_by_asc(entity::wish::Column::Id)
            .all(&self.0.read)
            .await
            .map_err(failed("read wishes"))?;
        found.into_iter().map(row).collect()
    }
}

/// Puts down that a feed told something of a shipment, and wakes it.
pub(super) async fn put_heard(
    transaction: &DatabaseTransaction,
    site: &SiteName,
    shipment: ShipmentId,
    feed: Feed,
    at: Timestamp,
) -> Result<(), StoreError> {
    wake(transaction, site, shipment, at).await?;
    let body = serde_json::json!({ "kind": HEARD, "feed": feed }).to_string();
    let text = "INSERT INTO wishes (site_id, id, shipment_id, kind, body, actor, reason, made_at) \
                VALUES ($1, $2, $3, $4, $5, $6, '', $7)";
    let values: Vec<Value> = vec![
        site.as_str().into(),
        intake::fresh_id(at).into(),
        shipment.0.into(),
        HEARD.into(),
        body.into(),
        "ups".into(),
        micros(at).into(),
    ];
    transaction.execute_raw(sql(transaction, text, values)).await.map_err(failed("put a wish down")).map(drop)
}

pub(super) async fn wake(
    transaction: &DatabaseTransaction,
    site: &SiteName,
    shipment: ShipmentId,
    at: Timestamp,
) -> Result<(), StoreError> {
    let text = "UPDATE shipments SET woken = woken + 1, \
                due_at = CASE WHEN due_at IS NULL OR due_at > $3 THEN $3 ELSE due_at END, \
                lane = CASE WHEN lane = $4 OR lane LIKE $6 THEN $5 ELSE lane END \
                WHERE site_id = $1 AND id = $2";
    // Whoever is woken does not stand in line with parcels to be asked about, nor with numbers that wait for company.
    let (tracking, ups) = (crate::engine::TRACKING_LANE, crate::engine::UPS_LANE);
    let telling = format!("{}%", crate::engine::WRITE_BACK_LANE);
    let values: Vec<Value> =
        vec![site.as_str().into(), shipment.0.into(), micros(at).into(), tracking.into(), ups.into(), telling.into()];
    let done = transaction.execute_raw(sql(transaction, text, values)).await.map_err(failed("wake a shipment"))?;
    if done.rows_affected() == 0 {
        return Err(StoreError::Unknown { what: format!("shipment {shipment} of site {site}") });
    }
    Ok(())
}

/// The wishes about `shipments` that are not done, oldest first.
pub(super) async fn open_wishes(
    transaction: &DatabaseTransaction,
    site: &SiteName,
    shipments: &[ShipmentId],
) -> Result<Vec<WishRow>, StoreError> {
    if shipments.is_empty() {
        return Ok(vec![]);
    }
    let found = entity::wish::Entity::find()
        .filter(entity::wish::Column::SiteId.eq(site.as_str()))
        .filter(entity::wish::Column::ShipmentId.is_in(shipments.iter().map(|shipment| shipment.0)))
        .filter(entity::wish::Column::DoneAt.is_null())
        .order_by_asc(entity::wish::Column::MadeAt)
        .order_by_asc(entity::wish::Column::Id)
        .all(transaction)
        .await
        .map_err(failed("read wishes"))?;
    found.into_iter().map(row).collect()
}

fn row(found: entity::wish::Model) -> Result<WishRow, StoreError> {
    Ok(WishRow {
        id: WishId(found.id),
        shipment: ShipmentId(found.shipment_id),
        body: json("wish", &found.body)?,
        made_at: time("wish time", found.made_at)?,
        done_at: maybe_time("wish time", found.done_at)?,
        kind: found.kind,
        actor: found.actor,
        reason: found.reason,
    })
}
