//! Packages by their numbers: whose they are, whether they are followed, and UPS's subscription to each.
//!
//! ```text
//! record of a booked shipment ─► a row per number ─► subscribe_at ─ claim ─► subscribed_until, next subscribe_at
//!                                     ▲                                        │ refused: words, no further try
//! UPS's call, a file's record ────────┘ whose number is it?                    └ at its end: subscribe_at is none
//! ```
//!
//! A subscription is a fact at UPS that ends by itself, so nothing is lost with a row's lease but a second subscription,
//! which UPS allows. Leases are real time, all else is business time.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use sea_orm::{ConnectionTrait, DatabaseTransaction, Value};
use shipment::number::{ShipmentId, SiteName, TrackingNumber};

use super::column::{count, failed, get, maybe_micros, maybe_time, micros, parsed, sql, tuples};
use super::record::Record;
use super::{Store, StoreError, transaction};

/// How long UPS calls after a subscription (its documentation of Track Alert).
pub(crate) const LASTS: SignedDuration = SignedDuration::from_hours(24 * 14);

/// A package of a booked shipment, as a record tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParcelRow {
    /// Its number.
    pub tracking_number: TrackingNumber,
    /// Whether anything more is expected of it.
    pub followed: bool,
}

/// A package whose subscription is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueParcel {
    /// Its number.
    pub tracking_number: TrackingNumber,
    /// Whose it is.
    pub shipment: ShipmentId,
    /// Tries in vain.
    pub tries: i64,
}

/// What became of a package's subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subscription {
    /// UPS calls until then; it is renewed before.
    Taken {
        /// When UPS stops calling.
        until: Timestamp,
        /// When to subscribe again.
        renew_at: Timestamp,
    },
    /// UPS does not take this number.
    Refused {
        /// Its words, and ours.
        words: String,
    },
    /// Nothing is known; again later.
    Later {
        /// Not before.
        at: Timestamp,
        /// What happened.
        words: String,
    },
}

/// How a site's packages are subscribed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subscribed {
    /// Packages of which something more is expected.
    pub followed: i64,
    /// Of those, subscribed and not run out.
    pub subscribed: i64,
    /// Of those, run out within a day.
    pub ending: i64,
    /// Of the followed, subscribed once and run out, and still to be renewed.
    pub ended: i64,
    /// Of the followed, refused by UPS and not subscribed.
    pub refused: i64,
    /// The earliest moment at which a subscription in force runs out.
    pub first_end: Option<Timestamp>,
}

impl Store {
    /// Whose packages these numbers are. Numbers nobody knows are missing from the answer.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn owners_of(
        &self,
        site: &SiteName,
        numbers: &[String],
    ) -> Result<HashMap<String, ShipmentId>, StoreError> {
        let mut owners = HashMap::new();
        for numbers in numbers.chunks(500) {
            let text = format!(
                "SELECT tracking_number, shipment_id FROM parcels WHERE site_id = $1 AND tracking_number IN {}",
                tuples(1, 1, numbers.len())
            );
            let mut values: Vec<Value> = vec![site.as_str().into()];
            values.extend(numbers.iter().map(|number| Value::from(number.as_str())));
            let db = &self.0.read;
            let rows = db.query_all_raw(sql(db, text, values)).await.map_err(failed("look for packages"))?;
            for row in &rows {
                owners.insert(get::<String>(row, 0)?, ShipmentId(get(row, 1)?));
            }
        }
        Ok(owners)
    }

    /// When a subscription of a site is next due.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next_subscription(&self, site: &SiteName) -> Result<Option<Timestamp>, StoreError> {
        let text = "SELECT MIN(subscribe_at) FROM parcels WHERE site_id = $1 AND subscribe_at IS NOT NULL";
        let db = &self.0.read;
        let row = db.query_one_raw(sql(db, text, vec![site.as_str().into()])).await;
        let due: Option<i64> =
            row.map_err(failed("look for subscriptions"))?.map(|row| get(&row, 0)).transpose()?.flatten();
        maybe_time("subscription", due)
    }

    /// Takes packages in hand whose subscription is due by `until`, the longest due first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_subscriptions(
        &self,
        site: &SiteName,
        until: Timestamp,
        real_now: Timestamp,
        limit: usize,
    ) -> Result<Vec<DueParcel>, StoreError> {
        /// Longer than the call's deadline, in microseconds.
        const LEASE: i64 = 5 * 60 * 1_000_000;
        let now = &self.0.leases.now("$3");
        self.write("claim subscriptions", |transaction| async move {
            let text = format!(
                "UPDATE parcels SET lease_until = {now} + $4 WHERE site_id = $1 AND tracking_number IN (\
                 SELECT tracking_number FROM parcels WHERE site_id = $1 AND subscribe_at <= $2 \
                 AND (lease_until IS NULL OR lease_until <= {now}) ORDER BY subscribe_at, tracking_number \
                 LIMIT $5{}) RETURNING tracking_number, shipment_id, tries",
                transaction::passing_over_locked(&*transaction)
            );
            let values: Vec<Value> = vec![
                site.as_str().into(),
                micros(until).into(),
                micros(real_now).into(),
                LEASE.into(),
                count(limit).into(),
            ];
            let rows = transaction.query_all_raw(sql(&*transaction, text, values)).await;
            let rows = rows.map_err(failed("claim subscriptions"))?;
            let due = rows.iter().map(|row| {
                Ok(DueParcel {
                    tracking_number: parsed("tracking number", &get::<String>(row, 0)?)?,
                    shipment: ShipmentId(get(row, 1)?),
                    tries: get(row, 2)?,
                })
            });
            due.collect()
        })
        .await
    }

    /// Writes down what became of subscriptions, and lets the packages go. One that came to its end meanwhile stays
    /// without a further subscription.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn subscriptions_done(
        &self,
        site: &SiteName,
        outcomes: &[(TrackingNumber, Subscription)],
    ) -> Result<(), StoreError> {
        self.write("write down subscriptions", |transaction| async move {
            for (number, outcome) in outcomes {
                let (next, until, tries, words) = match outcome {
                    Subscription::Taken { until, renew_at } => (Some(*renew_at), Some(*until), 0, None),
                    Subscription::Refused { words } => (None, None, 0, Some(words.as_str())),
                    Subscription::Later { at, words } => (Some(*at), None, 1, Some(words.as_str())),
                };
                let text = "UPDATE parcels SET subscribe_at = CASE WHEN followed THEN $3 ELSE NULL END, \
                            subscribed_until = COALESCE($4, subscribed_until), \
                            tries = CASE WHEN $5 = 0 THEN 0 ELSE tries + $5 END, words = $6, lease_until = NULL \
                            WHERE site_id = $1 AND tracking_number = $2";
                let values: Vec<Value> = vec![
                    site.as_str().into(),
                    number.as_str().into(),
                    maybe_micros(next).into(),
                    maybe_micros(until).into(),
                    i64::from(tries).into(),
                    words.map(str::to_owned).into(),
                ];
                let done = transaction.execute_raw(sql(&*transaction, text, values)).await;
                done.map_err(failed("write down subscriptions"))?;
            }
            Ok(())
        })
        .await
    }

    /// Makes every followed package of a site due to be subscribed anew: the credentials have changed, and subscriptions
    /// made with the old ones no longer bring anything.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn subscribe_anew(&self, site: &SiteName, at: Timestamp) -> Result<(), StoreError> {
        self.write("subscribe anew", |transaction| async move {
            let text = "UPDATE parcels SET subscribe_at = $2, subscribed_until = NULL, tries = 0, words = NULL \
                        WHERE site_id = $1 AND followed = TRUE";
            let values: Vec<Value> = vec![site.as_str().into(), micros(at).into()];
            transaction.execute_raw(sql(&*transaction, text, values)).await.map_err(failed("subscribe anew")).map(drop)
        })
        .await?;
        self.hint();
        Ok(())
    }

    /// Since when UPS calls for every package of a shipment, as far as the last subscriptions tell; nothing while one of
    /// them is not subscribed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn subscribed_since(
        &self,
        site: &SiteName,
        id: ShipmentId,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let text = "SELECT COUNT(CASE WHEN subscribed_until > $3 THEN 1 END), COUNT(*), MAX(subscribed_until) \
                    FROM parcels WHERE site_id = $1 AND shipment_id = $2";
        let values: Vec<Value> = vec![site.as_str().into(), id.0.into(), micros(now).into()];
        let db = &self.0.read;
        let row = db.query_one_raw(sql(db, text, values)).await.map_err(failed("look for subscriptions"))?;
        let Some(row) = row else { return Ok(None) };
        let (standing, all): (i64, i64) = (get(&row, 0)?, get(&row, 1)?);
        let until = maybe_time("subscription", get(&row, 2)?)?;
        Ok(until.filter(|_| all > 0 && standing == all).map(|until| until - LASTS))
    }

    /// How a site's packages are subscribed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn subscribed(&self, site: &SiteName, now: Timestamp) -> Result<Subscribed, StoreError> {
        let text = "SELECT COUNT(*), COUNT(CASE WHEN subscribed_until > $2 THEN 1 END), \
                    COUNT(CASE WHEN subscribed_until > $2 AND subscribed_until <= $3 THEN 1 END), \
                    COUNT(CASE WHEN subscribed_until <= $2 AND subscribe_at IS NOT NULL THEN 1 END), \
                    COUNT(CASE WHEN (subscribed_until IS NULL OR subscribed_until <= $2) AND subscribe_at IS NULL \
                    AND words IS NOT NULL THEN 1 END), \
                    MIN(CASE WHEN subscribed_until > $2 THEN subscribed_until END) \
                    FROM parcels WHERE site_id = $1 AND followed = TRUE";
        let day = SignedDuration::from_hours(24);
        let values: Vec<Value> = vec![site.as_str().into(), micros(now).into(), micros(now + day).into()];
        let db = &self.0.read;
        let row = db.query_one_raw(sql(db, text, values)).await.map_err(failed("count subscriptions"))?;
        let Some(row) = row else { return Ok(Subscribed::default()) };
        Ok(Subscribed {
            followed: get(&row, 0)?,
            subscribed: get(&row, 1)?,
            ending: get(&row, 2)?,
            ended: get(&row, 3)?,
            refused: get(&row, 4)?,
            first_end: maybe_time("subscription", get(&row, 5)?)?,
        })
    }
}

/// The packages of a record. One that is followed again after its end is subscribed again.
pub(super) async fn put_parcels(transaction: &DatabaseTransaction, record: &Record) -> Result<(), StoreError> {
    for parcels in record.parcels.chunks(200) {
        let text = format!(
            "INSERT INTO parcels (site_id, tracking_number, shipment_id, followed, subscribe_at, tries) VALUES {} \
             ON CONFLICT (site_id, tracking_number) DO UPDATE SET shipment_id = excluded.shipment_id, \
             followed = excluded.followed, subscribe_at = CASE WHEN excluded.followed = FALSE THEN NULL \
             WHEN parcels.followed THEN parcels.subscribe_at ELSE excluded.subscribe_at END",
            tuples(0, parcels.len(), 6)
        );
        let mut values: Vec<Value> = Vec::with_capacity(parcels.len() * 6);
        for parcel in parcels {
            values.extend([
                record.site.as_str().into(),
                parcel.tracking_number.as_str().into(),
                record.id.0.into(),
                parcel.followed.into(),
                parcel.followed.then(|| micros(record.at)).into(),
                0_i64.into(),
            ]);
        }
        transaction.execute_raw(sql(transaction, text, values)).await.map_err(failed("record"))?;
    }
    Ok(())
}
