//! Claiming: who may go on with which shipment, and until when.
//!
//! ```text
//! sites with something due in the lane, beginning after the one served last
//!   ─► so many of each ─► epoch + 1, lease ─► rows with their open wishes
//! ```
//!
//! Claims go site by site in turn, so that a site with ten thousand waiting orders leaves the
//! others their place. Every claim raises the epoch, which is what fences the holder before.
//! Due times are business time; leases are real time and never follow a driven clock. Two nodes
//! that claim at once pass over each other's rows instead of waiting for them.

use std::collections::HashMap;
use std::sync::PoisonError;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult, Value};
use shipment::document::Source;
use shipment::number::{DocumentNumber, ReleaseNumber, ShipmentId, SiteName};

use super::column::{count, counted, failed, get, maybe_time, micros, parsed, source, sql, time};
use super::lease::{Lease, LeaseClock, micros_of};
use super::transaction::passing_over_locked;
use super::wishes::{self, WishRow};
use super::{Store, StoreError};

/// What a holder asks for.
#[derive(Debug, Clone)]
pub struct ClaimAsk {
    /// Where the next steps wait.
    pub lane: String,
    /// Business time: what is due until now.
    pub now: Timestamp,
    /// Real time: which leases have run out. A shared database asks its own clock instead.
    pub real_now: Timestamp,
    /// How long the claim holds, in real time.
    pub lease: SignedDuration,
    /// The most shipments to claim.
    pub limit: usize,
    /// Sites to pass over, because their remote is paused.
    pub except: Vec<SiteName>,
}

/// A shipment in hand.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimedRow {
    /// Whose it is.
    pub site: SiteName,
    /// Which it is.
    pub id: ShipmentId,
    /// Where its document was read.
    pub source: Source,
    /// Its document, as read.
    pub document: DocumentNumber,
    /// Which release of the document.
    pub release: ReleaseNumber,
    /// The number of its last audit line.
    pub seq: i64,
    /// The fence of this claim.
    pub epoch: i64,
    /// How often it was woken so far.
    pub woken: i64,
    /// Tries of the step in hand.
    pub tries: i64,
    /// The name of its state.
    pub stage: String,
    /// Where its next step waits.
    pub lane: String,
    /// When it became due; `None` when it was claimed by name without being due.
    pub due_at: Option<Timestamp>,
    /// Its state as JSON.
    pub state: String,
    /// The settings it was read under.
    pub settings_version: i64,
    /// Until when it is held, in real time.
    pub lease_until: Timestamp,
    /// When it was received.
    pub created_at: Timestamp,
    /// What people, webhooks and schedules want of it, oldest first.
    pub wishes: Vec<WishRow>,
}

/// The site served last, per lane.
#[derive(Debug, Default)]
pub(super) struct Turns(HashMap<String, String>);

const CLAIMED: &str = "site_id, id, source, document, release_no, seq, lease_epoch, woken, tries, stage, lane, \
                       due_at, state, settings_version, lease_until, created_at";

impl Store {
    /// Claims up to `ask.limit` shipments that are due in a lane and that nobody holds.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_due(&self, ask: &ClaimAsk) -> Result<Vec<ClaimedRow>, StoreError> {
        if ask.limit == 0 {
            return Ok(vec![]);
        }
        let served = self.turns().0.get(&ask.lane).cloned().unwrap_or_default();
        let claim = &Claim { ask, leases: self.0.leases, holder: &self.0.holder };
        let served = &served;
        let work = |transaction: Arc<DatabaseTransaction>| async move { take_turns(&transaction, claim, served).await };
        let (rows, last) = self.write("claim", work).await?;
        if let Some(last) = last {
            self.turns().0.insert(ask.lane.clone(), last);
        }
        Ok(rows)
    }

    /// Claims one shipment by name, due or not. `None` when somebody else holds it.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] when there is no such shipment.
    pub async fn claim_one(
        &self,
        site: &SiteName,
        id: ShipmentId,
        real_now: Timestamp,
        lease: SignedDuration,
    ) -> Result<Option<ClaimedRow>, StoreError> {
        let now = &self.0.leases.now("$4");
        let holder = self.0.holder.as_str();
        self.write("claim", |transaction| async move {
            let transaction = &*transaction;
            let text = format!(
                "UPDATE shipments SET lease_epoch = lease_epoch + 1, lease_until = {now} + $3, holder = $5 \
                 WHERE site_id = $1 AND id = $2 AND (lease_until IS NULL OR lease_until <= {now}) RETURNING {CLAIMED}"
            );
            let values: Vec<Value> = vec![
                site.as_str().into(),
                id.0.into(),
                micros_of(lease).into(),
                micros(real_now).into(),
                holder.into(),
            ];
            let found = transaction.query_all_raw(sql(transaction, text, values)).await.map_err(failed("claim"))?;
            if found.is_empty() {
                exists(transaction, site, id).await?;
                return Ok(None);
            }
            let mut rows = found.iter().map(claimed).collect::<Result<Vec<_>, _>>()?;
            with_wishes(transaction, site, &mut rows).await?;
            Ok(rows.pop())
        })
        .await
    }

    /// Gives a claimed shipment back as it stands. Nothing happens when the claim is no longer
    /// the last one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn let_go(&self, site: &SiteName, id: ShipmentId, epoch: i64) -> Result<(), StoreError> {
        self.write("let a shipment go", |transaction| async move {
            let transaction = &*transaction;
            let text = "UPDATE shipments SET lease_until = NULL WHERE site_id = $1 AND id = $2 AND lease_epoch = $3";
            let values: Vec<Value> = vec![site.as_str().into(), id.0.into(), epoch.into()];
            transaction.execute_raw(sql(transaction, text, values)).await.map_err(failed("let a shipment go"))
        })
        .await?;
        self.hint();
        Ok(())
    }

    /// Lengthens a lease without recording anything. `false` when the claim is no longer ours.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn renew(&self, site: &SiteName, id: ShipmentId, epoch: i64, lease: Lease) -> Result<bool, StoreError> {
        let now = &self.0.leases.now("$4");
        let done = self
            .write("renew a lease", |transaction| async move {
                let transaction = &*transaction;
                let text = format!(
                    "UPDATE shipments SET lease_until = {now} + $5 WHERE site_id = $1 AND id = $2 AND lease_epoch = $3"
                );
                let values: Vec<Value> = vec![
                    site.as_str().into(),
                    id.0.into(),
                    epoch.into(),
                    micros(lease.from).into(),
                    lease.length_micros().into(),
                ];
                transaction.execute_raw(sql(transaction, text, values)).await.map_err(failed("renew a lease"))
            })
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// The earliest business time at which a shipment that nobody holds becomes due.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next_due(&self, real_now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let free_at = self.0.leases.now("$1");
        let text = format!(
            "{LANES} SELECT MIN((SELECT s.due_at FROM shipments s WHERE s.due_at IS NOT NULL AND s.lane = lanes.lane \
             AND (s.lease_until IS NULL OR s.lease_until <= {free_at}) ORDER BY s.due_at LIMIT 1)) \
             FROM lanes WHERE lanes.lane IS NOT NULL"
        );
        let db = &self.0.read;
        let row = db.query_one_raw(sql(db, text, vec![micros(real_now).into()])).await;
        let row = row.map_err(failed("look for what is due next"))?;
        let due: Option<i64> = row.map(|row| get(&row, 0)).transpose()?.flatten();
        maybe_time("due time", due)
    }

    /// The lanes in which something is due that nobody holds.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lanes_due(&self, now: Timestamp, real_now: Timestamp) -> Result<Vec<String>, StoreError> {
        let free_at = self.0.leases.now("$2");
        let text = format!(
            "{LANES} SELECT lanes.lane FROM lanes WHERE lanes.lane IS NOT NULL AND EXISTS (SELECT 1 FROM shipments s \
             WHERE s.due_at <= $1 AND s.lane = lanes.lane AND (s.lease_until IS NULL OR s.lease_until <= {free_at}))"
        );
        let db = &self.0.read;
        let rows = db.query_all_raw(sql(db, text, vec![micros(now).into(), micros(real_now).into()])).await;
        rows.map_err(failed("look for lanes"))?.iter().map(|row| get(row, 0)).collect()
    }

    /// How many shipments are due in a lane, counted no further than `most`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn due_in(
        &self,
        lane: &str,
        now: Timestamp,
        real_now: Timestamp,
        most: usize,
    ) -> Result<usize, StoreError> {
        let free_at = self.0.leases.now("$3");
        let text = format!(
            "SELECT COUNT(*) FROM (SELECT 1 FROM shipments WHERE lane = $1 AND due_at <= $2 \
             AND (lease_until IS NULL OR lease_until <= {free_at}) LIMIT $4) AS due"
        );
        let limit = i64::try_from(most).unwrap_or(i64::MAX);
        let values = vec![lane.into(), micros(now).into(), micros(real_now).into(), limit.into()];
        let row = self.0.read.query_one_raw(sql(&self.0.read, text, values)).await;
        let counted: i64 = row.map_err(failed("count what is due"))?.map_or(Ok(0), |row| get(&row, 0))?;
        Ok(usize::try_from(counted).unwrap_or(0))
    }

    /// How many shipments somebody has in hand.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn in_flight(&self, real_now: Timestamp) -> Result<i64, StoreError> {
        let db = &self.0.read;
        let text = format!("SELECT COUNT(*) FROM shipments WHERE lease_until > {}", self.0.leases.now("$1"));
        let row = db.query_one_raw(sql(db, text, vec![micros(real_now).into()])).await;
        row.map_err(failed("count what is in hand"))?.map_or(Ok(0), |row| get(&row, 0))
    }

    fn turns(&self) -> std::sync::MutexGuard<'_, Turns> {
        self.0.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The lanes in use, found by stepping from one to the next in the index: the cost is the number
/// of lanes, not the number of shipments waiting in them.
const LANES: &str = "WITH RECURSIVE lanes(lane) AS (\
     SELECT MIN(lane) FROM shipments WHERE due_at IS NOT NULL UNION ALL \
     SELECT (SELECT MIN(s.lane) FROM shipments s WHERE s.due_at IS NOT NULL AND s.lane > lanes.lane) \
     FROM lanes WHERE lanes.lane IS NOT NULL)";

/// What is asked for, by whom, and whose clock judges leases.
struct Claim<'a> {
    ask: &'a ClaimAsk,
    leases: LeaseClock,
    holder: &'a str,
}

async fn take_turns(
    transaction: &DatabaseTransaction,
    claim: &Claim<'_>,
    served: &str,
) -> Result<(Vec<ClaimedRow>, Option<String>), StoreError> {
    let mut sites = due_sites(transaction, claim).await?;
    // Those behind the site served last come first.
    let turn = sites.partition_point(|site| site.as_str() <= served);
    sites.rotate_left(turn);
    let mut rows = vec![];
    let mut last = None;
    let mut left = claim.ask.limit;
    while left > 0 && !sites.is_empty() {
        let share = left.div_ceil(sites.len());
        let mut more = vec![];
        for site in &sites {
            let wanted = share.min(left);
            if wanted == 0 {
                break;
            }
            let claimed = claim_of(transaction, site, claim, wanted).await?;
            left -= claimed.len();
            if claimed.len() == wanted {
                more.push(site.clone());
            }
            last = Some(site.as_str().to_owned());
            rows.extend(claimed);
        }
        sites = more;
    }
    Ok((rows, last))
}

async fn due_sites(transaction: &DatabaseTransaction, claim: &Claim<'_>) -> Result<Vec<SiteName>, StoreError> {
    let Claim { ask, leases, .. } = claim;
    let free_at = leases.now("$3");
    let text = format!(
        "SELECT site_id FROM sites WHERE EXISTS (SELECT 1 FROM shipments s WHERE s.site_id = sites.site_id \
                AND s.lane = $1 AND s.due_at <= $2 AND (s.lease_until IS NULL OR s.lease_until <= {free_at}))"
    );
    let values: Vec<Value> = vec![ask.lane.as_str().into(), micros(ask.now).into(), micros(ask.real_now).into()];
    let found = transaction.query_all_raw(sql(transaction, text, values)).await.map_err(failed("claim"))?;
    let mut sites = vec![];
    for row in &found {
        let site: SiteName = parsed("site", &get::<String>(row, 0)?)?;
        if !ask.except.contains(&site) {
            sites.push(site);
        }
    }
    // Not left to the database, which may sort otherwise than we compare.
    sites.sort();
    Ok(sites)
}

async fn claim_of(
    transaction: &DatabaseTransaction,
    site: &SiteName,
    claim: &Claim<'_>,
    limit: usize,
) -> Result<Vec<ClaimedRow>, StoreError> {
    let Claim { ask, leases, holder } = claim;
    let (now, passing_over_locked) = (leases.now("$5"), passing_over_locked(transaction));
    // Picked once, by itself: within the UPDATE's own condition PostgreSQL might pick anew for every row.
    let text = format!(
        "WITH picked AS (SELECT id FROM shipments WHERE site_id = $1 AND lane = $2 AND due_at <= $3 \
         AND (lease_until IS NULL OR lease_until <= {now}) ORDER BY due_at LIMIT $6{passing_over_locked}) \
         UPDATE shipments SET lease_epoch = lease_epoch + 1, lease_until = {now} + $4, holder = $7 \
         WHERE site_id = $1 AND id IN (SELECT id FROM picked) RETURNING {CLAIMED}"
    );
    let values: Vec<Value> = vec![
        site.as_str().into(),
        ask.lane.as_str().into(),
        micros(ask.now).into(),
        micros_of(ask.lease).into(),
        micros(ask.real_now).into(),
        count(limit).into(),
        (*holder).into(),
    ];
    let found = transaction.query_all_raw(sql(transaction, text, values)).await.map_err(failed("claim"))?;
    let mut rows = found.iter().map(claimed).collect::<Result<Vec<_>, _>>()?;
    rows.sort_by_key(|row| (row.due_at, row.id));
    with_wishes(transaction, site, &mut rows).await?;
    Ok(rows)
}

async fn with_wishes(
    transaction: &DatabaseTransaction,
    site: &SiteName,
    rows: &mut [ClaimedRow],
) -> Result<(), StoreError> {
    let ids: Vec<ShipmentId> = rows.iter().map(|row| row.id).collect();
    for wish in wishes::open_wishes(transaction, site, &ids).await? {
        if let Some(row) = rows.iter_mut().find(|row| row.id == wish.shipment) {
            row.wishes.push(wish);
        }
    }
    Ok(())
}

/// Says that a shipment is not known, where it is not.
pub(super) async fn exists(
    transaction: &DatabaseTransaction,
    site: &SiteName,
    id: ShipmentId,
) -> Result<(), StoreError> {
    let text = "SELECT 1 FROM shipments WHERE site_id = $1 AND id = $2";
    let values: Vec<Value> = vec![site.as_str().into(), id.0.into()];
    let row = transaction.query_one_raw(sql(transaction, text, values)).await.map_err(failed("find a shipment"))?;
    row.map(drop).ok_or_else(|| StoreError::Unknown { what: format!("shipment {id} of site {site}") })
}

fn claimed(row: &QueryResult) -> Result<ClaimedRow, StoreError> {
    Ok(ClaimedRow {
        site: parsed("site", &get::<String>(row, "site_id")?)?,
        id: ShipmentId(get(row, "id")?),
        source: source(&get::<String>(row, "source")?)?,
        document: parsed("document number", &get::<String>(row, "document")?)?,
        release: ReleaseNumber(counted("release", get(row, "release_no")?)?),
        seq: get(row, "seq")?,
        epoch: get(row, "lease_epoch")?,
        woken: get(row, "woken")?,
        tries: get(row, "tries")?,
        stage: get(row, "stage")?,
        lane: get(row, "lane")?,
        due_at: maybe_time("due time", get(row, "due_at")?)?,
        state: get(row, "state")?,
        settings_version: get(row, "settings_version")?,
        lease_until: time("lease", get(row, "lease_until")?)?,
        created_at: time("creation time", get(row, "created_at")?)?,
        wishes: vec![],
    })
}
