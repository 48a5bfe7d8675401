//! Outages: a remote that a site cannot use, told once and not by every shipment that waits.
//!
//! ```text
//! first failure ─► open ─► probed … probed ─► closed
//! ```
//!
//! An outage that is open is not opened again; its history is in the site's events. Its alarm is raised and settled in the
//! same transactions.

use jiff::Timestamp;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, Value,
};
use shipment::alarm::Kind;
use shipment::number::SiteName;

use super::alarms::{self, NewAlarm};
use super::column::{failed, maybe_micros, maybe_time, micros, parsed, sql, time};
use super::entity::outage::{ActiveModel, Column, Entity, Model};
use super::transaction::only_one_at;
use super::{Store, StoreError, sites};

/// An outage to be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOutage {
    /// The site.
    pub site: SiteName,
    /// Which remote, e.g. `ups`.
    pub remote: String,
    /// What kind of outage, for programs.
    pub cause: String,
    /// What happened and what to do, for people.
    pub words: String,
    /// Since when (business time).
    pub since: Timestamp,
    /// When to look again (business time); `None` waits for a person.
    pub next_probe: Option<Timestamp>,
    /// The alarm it is; `None` when there is no news of that.
    pub alarm: Option<Kind>,
}

/// An outage as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutageRow {
    /// The site.
    pub site: SiteName,
    /// Which remote.
    pub remote: String,
    /// Since when (business time).
    pub since: Timestamp,
    /// What kind of outage.
    pub cause: String,
    /// What happened and what to do.
    pub words: String,
    /// When to look again (business time); `None` waits for a person.
    pub next_probe: Option<Timestamp>,
    /// How often it was looked at in vain.
    pub probes: i64,
    /// When it ended (business time).
    pub closed_at: Option<Timestamp>,
}

impl Store {
    /// Opens an outage. `false` when that remote of the site is out already; then the cause, the
    /// words and the next probe become the new ones.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn outage_open(&self, outage: &NewOutage) -> Result<bool, StoreError> {
        let doing = "open an outage";
        self.write(doing, |transaction| async move {
            let transaction = &*transaction;
            only_one_at(transaction, &outage.site).await?;
            if let Some(standing) = standing(transaction, &outage.site, &outage.remote).await? {
                let model = ActiveModel {
                    cause: Set(outage.cause.clone()),
                    words: Set(outage.words.clone()),
                    next_probe: Set(maybe_micros(outage.next_probe)),
                    ..standing.into()
                };
                Entity::update(model).exec(transaction).await.map_err(failed(doing))?;
                if let Some(kind) = outage.alarm {
                    alarm(transaction, outage, kind).await?;
                }
                return Ok(false);
            }
            let model = ActiveModel {
                site_id: Set(outage.site.as_str().to_owned()),
                remote: Set(outage.remote.clone()),
                since: Set(micros(outage.since)),
                cause: Set(outage.cause.clone()),
                words: Set(outage.words.clone()),
                next_probe: Set(maybe_micros(outage.next_probe)),
                probes: Set(0),
                closed_at: Set(None),
            };
            Entity::insert(model).exec_without_returning(transaction).await.map_err(failed(doing))?;
            let words = format!("{}: {}", outage.remote, outage.words);
            sites::tell(transaction, &outage.site, outage.since, "engine", "outage_opened", &words).await?;
            alarm(transaction, outage, outage.alarm.unwrap_or(Kind::SitePaused)).await?;
            Ok(true)
        })
        .await
    }

    /// Notes a probe in vain, how many there were by now, and when to look again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn outage_probed(
        &self,
        site: &SiteName,
        remote: &str,
        probes: i64,
        next_probe: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        self.write("note a probe", |transaction| async move {
            let transaction = &*transaction;
            only_one_at(transaction, site).await?;
            let Some(standing) = standing(transaction, site, remote).await? else { return Ok(()) };
            let model =
                ActiveModel { probes: Set(probes), next_probe: Set(maybe_micros(next_probe)), ..standing.into() };
            Entity::update(model).exec(transaction).await.map_err(failed("note a probe")).map(drop)
        })
        .await
    }

    /// Takes the look that is due: `true` for one caller only, whichever node it is on.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn outage_probe_taken(
        &self,
        site: &SiteName,
        remote: &str,
        now: Timestamp,
        next_probe: Timestamp,
    ) -> Result<bool, StoreError> {
        let doing = "take a probe";
        let done = self
            .write(doing, |transaction| async move {
                let text = "UPDATE outages SET next_probe = $4, probes = probes + 1 WHERE site_id = $1 AND remote = $2 \
                            AND closed_at IS NULL AND next_probe <= $3";
                let values: Vec<Value> =
                    vec![site.as_str().into(), remote.into(), micros(now).into(), micros(next_probe).into()];
                transaction.execute_raw(sql(&*transaction, text, values)).await.map_err(failed(doing))
            })
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Ends an outage. `false` when there was none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn outage_close(&self, site: &SiteName, remote: &str, at: Timestamp) -> Result<bool, StoreError> {
        let closed = self
            .write("close an outage", |transaction| async move {
                let transaction = &*transaction;
                only_one_at(transaction, site).await?;
                let Some(standing) = standing(transaction, site, remote).await? else { return Ok(false) };
                let model = ActiveModel { closed_at: Set(Some(micros(at))), ..standing.into() };
                Entity::update(model).exec(transaction).await.map_err(failed("close an outage"))?;
                let words = format!("{remote}: works again");
                sites::tell(transaction, site, at, "engine", "outage_closed", &words).await?;
                for kind in ALARMS {
                    alarms::settle(transaction, site, kind, remote, at).await?;
                }
                Ok(true)
            })
            .await?;
        self.hint();
        Ok(closed)
    }

    /// The outages that are open, of one site or of all.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn outages(&self, site: Option<&SiteName>) -> Result<Vec<OutageRow>, StoreError> {
        let mut found = Entity::find().filter(Column::ClosedAt.is_null());
        if let Some(site) = site {
            found = found.filter(Column::SiteId.eq(site.as_str()));
        }
        let found = found.order_by_asc(Column::Since).all(&self.0.read).await.map_err(failed("read the outages"))?;
        found.into_iter().map(row).collect()
    }
}

/// The alarms an outage can be; its subject is the remote.
const ALARMS: [Kind; 4] = [Kind::SitePaused, Kind::CredentialsFailing, Kind::OperatorElsewhere, Kind::BookingPaused];

/// Raises an outage's alarm; what it was before it turned into this is settled.
async fn alarm(transaction: &DatabaseTransaction, outage: &NewOutage, kind: Kind) -> Result<(), StoreError> {
    let NewOutage { site, remote, words, since, .. } = outage;
    for other in ALARMS.into_iter().filter(|it| *it != kind) {
        alarms::settle(transaction, site, other, remote, *since).await?;
    }
    alarms::raise(transaction, &NewAlarm::of(site, kind, remote, words, *since)).await.map(drop)
}

async fn standing(
    transaction: &DatabaseTransaction,
    site: &SiteName,
    remote: &str,
) -> Result<Option<Model>, StoreError> {
    Entity::find()
        .filter(Column::SiteId.eq(site.as_str()))
        .filter(Column::Remote.eq(remote))
        .filter(Column::ClosedAt.is_null())
        .one(transaction)
        .await
        .map_err(failed("read an outage"))
}

fn row(found: Model) -> Result<OutageRow, StoreError> {
    Ok(OutageRow {
        site: parsed("site", &found.site_id)?,
        remote: found.remote,
        since: time("outage time", found.since)?,
        cause: found.cause,
        words: found.words,
        next_probe: maybe_time("probe time", found.next_probe)?,
        probes: found.probes,
        closed_at: maybe_time("outage time", found.closed_at)?,
    })
}
