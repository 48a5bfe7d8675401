//! What the board counts beside the stages: lanes, documents that are not ours, labels bought since a moment.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, Value};
use shipment::number::SiteName;
use uuid::Uuid;

use super::column::{failed, get, micros, sql, time};
use super::intake::{LINKED, OURS};
use super::reports::shipment_row;
use super::{ShipmentRow, Store, StoreError, entity};

impl Store {
    /// How many shipments of a site have a next step, by the lane it waits in.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lanes(&self, site: &SiteName) -> Result<BTreeMap<String, i64>, StoreError> {
        let text = "SELECT lane, COUNT(*) FROM shipments WHERE site_id = $1 AND due_at IS NOT NULL GROUP BY lane ORDER BY lane";
        let db = &self.0.read;
        let rows = db.query_all_raw(sql(db, text, vec![site.as_str().into()])).await;
        rows.map_err(failed("count lanes"))?.iter().map(|row| Ok((get(row, 0)?, get(row, 1)?))).collect()
    }

    /// How many documents a site has seen and left alone, because they are not ours.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn not_ours(&self, site: &SiteName) -> Result<i64, StoreError> {
        let text = "SELECT COUNT(*) FROM sightings WHERE site_id = $1 AND verdict <> $2 AND verdict <> $3";
        let db = &self.0.read;
        let values: Vec<Value> = vec![site.as_str().into(), OURS.into(), LINKED.into()];
        let row = db.query_one_raw(sql(db, text, values)).await.map_err(failed("count what is not ours"))?;
        row.map_or(Ok(0), |row| get(&row, 0))
    }

    /// How many labels a site has bought since a moment (business time), voided ones with them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn labels_since(&self, site: &SiteName, since: Timestamp) -> Result<i64, StoreError> {
        let text = "SELECT COUNT(*) FROM attempts WHERE site_id = $1 AND asked_at >= $2 AND outcome = 'booked'";
        let db = &self.0.read;
        let row = db.query_one_raw(sql(db, text, vec![site.as_str().into(), micros(since).into()])).await;
        row.map_err(failed("count labels"))?.map_or(Ok(0), |row| get(&row, 0))
    }

    /// The shipments of a site whose label was asked for and bought between two moments (business time), with the asking,
    /// oldest first; what was voided since is among them, and one that was shipped anew comes with each asking.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn booked_between(
        &self,
        site: &SiteName,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<(ShipmentRow, Timestamp)>, StoreError> {
        let text = "SELECT shipment_id, asked_at FROM attempts WHERE site_id = $1 AND asked_at >= $2 AND asked_at < $3 \
                    AND outcome = 'booked' ORDER BY asked_at";
        let db = &self.0.read;
        let values: Vec<Value> = vec![site.as_str().into(), micros(from).into(), micros(to).into()];
        let rows = db.query_all_raw(sql(db, text, values)).await.map_err(failed("read bookings"))?;
        let mut asked = Vec::with_capacity(rows.len());
        for row in &rows {
            asked.push((get::<Uuid>(row, 0)?, time("asking time", get(row, 1)?)?));
        }
        let mut booked = Vec::with_capacity(asked.len());
        for chunk in asked.chunks(500) {
            let found = entity::shipment::Entity::find()
                .filter(entity::shipment::Column::SiteId.eq(site.as_str()))
                .filter(entity::shipment::Column::Id.is_in(chunk.iter().map(|(id, _)| *id)))
                .all(db)
                .await
                .map_err(failed("read bookings"))?;
            let found: HashMap<Uuid, _> = found.into_iter().map(|it| (it.id, it)).collect();
            for (id, at) in chunk {
                if let Some(model) = found.get(id) {
                    booked.push((shipment_row(model.clone())?, *at));
                }
            }
        }
        Ok(booked)
    }
}
