//! Alarms: one open row for each cause, raised as often as it is seen and settled once.
//!
//! ```text
//! record, outage, poll ─► raise ─┬─ open already ─► times + 1, last seen, new words
//!                                └─ none open ────► a row
//! the same ────────────► settle ─► settled_at; the row stays as history
//! ```
//!
//! A unique index over the open ones makes raising idempotent, on two nodes too. What follows from a shipment's state is
//! raised and settled in the transaction of the record that changes the state ([`super::Record::alarms`]), an outage's
//! alarm in that of the outage, a brake's in that of the poller: a crash loses no alarm and leaves none open whose cause
//! is gone. A cause that comes back after it was settled is a new alarm. What is deliberately not here: what an alarm
//! means (`shipment::alarm`), and who is told of it.

use jiff::Timestamp;
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult, Value};
use serde_json::json;
use shipment::alarm::{Alarm, Kind};
use shipment::hold::Owner;
use shipment::number::{ShipmentId, SiteName};
use uuid::Uuid;

use super::column::{count, failed, get, maybe_time, micros, parsed, sql, time};
use super::notices::{self, NewEvent};
use super::{Store, StoreError};

/// Something a person has to know of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAlarm {
    /// Whose.
    pub site: SiteName,
    /// What it is about.
    pub kind: Kind,
    /// Which shipment, remote, source or number: see [`Kind`].
    pub subject: String,
    /// Who should look; [`NewAlarm::of`] takes the kind's.
    pub owner: Owner,
    /// What happened, for people.
    pub words: String,
    /// The shipment it belongs to, if it does.
    pub shipment: Option<ShipmentId>,
    /// When (business time).
    pub at: Timestamp,
}

/// A change among the alarms that goes with a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AlarmChange {
    /// It stands.
    Raise(NewAlarm),
    /// It is over, if it stood.
    Settle {
        /// What it was about.
        kind: Kind,
        /// Its subject.
        subject: String,
        /// When (business time).
        at: Timestamp,
    },
}

/// An alarm as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmRow {
    /// Whose.
    pub site: SiteName,
    /// Its name at the site.
    pub id: String,
    /// What it is about.
    pub kind: Kind,
    /// Which shipment, remote, source or number.
    pub subject: String,
    /// Who should look.
    pub owner: Owner,
    /// What happened last, for people.
    pub words: String,
    /// The shipment it belongs to, if it does.
    pub shipment: Option<ShipmentId>,
    /// When it was first raised (business time).
    pub raised_at: Timestamp,
    /// When it was last raised (business time).
    pub last_seen: Timestamp,
    /// How often it was raised.
    pub times: i64,
    /// When it was settled (business time).
    pub settled_at: Option<Timestamp>,
    /// Who settled it.
    pub settled_by: Option<String>,
    /// Why, if a person did.
    pub settled_words: Option<String>,
}

/// Which alarms are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AlarmFilter {
    /// Only of this site.
    pub site: Option<SiteName>,
    /// Only for this owner.
    pub owner: Option<Owner>,
    /// Only of this kind.
    pub kind: Option<Kind>,
    /// Only about this shipment.
    pub shipment: Option<ShipmentId>,
    /// Settled ones too.
    pub settled_too: bool,
    /// Only older ones than this: where the page before ended.
    pub before: Option<(Timestamp, String)>,
}

/// How many open alarms of a kind a site has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmCount {
    /// The site.
    pub site: SiteName,
    /// The kind.
    pub kind: Kind,
    /// How many.
    pub open: i64,
}

impl NewAlarm {
    /// An alarm of a site, for the kind's owner.
    pub fn of(
        site: &SiteName,
        kind: Kind,
        subject: impl Into<String>,
        words: impl Into<String>,
        at: Timestamp,
    ) -> Self {
        Self {
            site: site.clone(),
            kind,
            subject: subject.into(),
            owner: kind.owner(),
            words: words.into(),
            shipment: None,
            at,
        }
    }

    /// What a shipment's state has to say.
    pub fn of_shipment(site: &SiteName, shipment: ShipmentId, alarm: &Alarm, at: Timestamp) -> Self {
        let new = Self::of(site, alarm.kind, alarm.subject(shipment), &alarm.words, at);
        Self { owner: alarm.owner, ..new }.about(shipment)
    }

    /// The same, about a shipment; the subject is left as it is.
    #[must_use]
    pub fn about(self, shipment: ShipmentId) -> Self {
        Self { shipment: Some(shipment), ..self }
    }
}

impl Store {
    /// Raises an alarm. `false` when it is open already: then it counts, and its words become the new ones.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn raise(&self, alarm: &NewAlarm) -> Result<bool, StoreError> {
        let raised = self
            .write("raise an alarm", |transaction| async move {
                let transaction = &*transaction;
                raise(transaction, alarm).await
            })
            .await?;
        self.hint();
        Ok(raised)
    }

    /// Settles an alarm whose cause is gone. `false` when none was open.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn settle(&self, site: &SiteName, kind: Kind, subject: &str, at: Timestamp) -> Result<bool, StoreError> {
        // Most causes were never there: looking is a read, settling a transaction.
        if !standing(&self.0.read, site, kind, subject).await? {
            return Ok(false);
        }
        self.write("settle an alarm", |transaction| async move {
            let transaction = &*transaction;
            settle(transaction, site, kind, subject, at).await
        })
        .await
    }

    /// A person ticks an alarm off, with a reason. `false` when it is settled already.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] when there is none of that name.
    pub async fn alarm_done(
        &self,
        site: &SiteName,
        id: &str,
        (actor, reason): (&str, &str),
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let doing = "tick an alarm off";
        if self.alarm(site, id).await?.is_none() {
            return Err(StoreError::Unknown { what: format!("alarm {id} of site {site}") });
        }
        self.write(doing, |transaction| async move {
            let text = "UPDATE alarms SET settled_at = $3, settled_by = $4, settled_words = $5 \
                        WHERE site_id = $1 AND alarm_id = $2 AND settled_at IS NULL RETURNING ";
            let values: Vec<Value> =
                vec![site.as_str().into(), id.into(), micros(at).into(), actor.into(), reason.into()];
            settled(&transaction, format!("{text}{COLUMNS}"), values, at).await
        })
        .await
    }

    /// One alarm by its name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn alarm(&self, site: &SiteName, id: &str) -> Result<Option<AlarmRow>, StoreError> {
        let db = &self.0.read;
        let text = format!("SELECT {COLUMNS} FROM alarms WHERE site_id = $1 AND alarm_id = $2");
        let found = db.query_one_raw(sql(db, text, vec![site.as_str().into(), id.into()])).await;
        found.map_err(failed("read an alarm"))?.as_ref().map(row).transpose()
    }

    /// Alarms, the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn alarms(&self, filter: &AlarmFilter, limit: usize) -> Result<Vec<AlarmRow>, StoreError> {
        let mut values: Vec<Value> = Vec::new();
        let mut wanted: Vec<String> = Vec::new();
        if !filter.settled_too {
            wanted.push("settled_at IS NULL".to_owned());
        }
        let mut only = |column: &str, value: Value| {
            values.push(value);
            wanted.push(format!("{column} = ${}", values.len()));
        };
        if let Some(site) = &filter.site {
            only("site_id", site.as_str().into());
        }
        if let Some(owner) = filter.owner {
            only("owner", owner.as_str().into());
        }
        if let Some(kind) = filter.kind {
            only("kind", kind.as_str().into());
        }
        if let Some(shipment) = filter.shipment {
            only("shipment_id", shipment.0.into());
        }
        if let Some((at, id)) = &filter.before {
            values.push(micros(*at).into());
            values.push(id.as_str().into());
            let (at, id) = (values.len() - 1, values.len());
            wanted.push(format!("(raised_at < ${at} OR (raised_at = ${at} AND alarm_id < ${id}))"));
        }
        let wanted = if wanted.is_empty() { "TRUE".to_owned() } else { wanted.join(" AND ") };
        values.push(count(limit).into());
        let text = format!(
            "SELECT {COLUMNS} FROM alarms WHERE {wanted} ORDER BY raised_at DESC, alarm_id DESC LIMIT ${}",
            values.len()
        );
        let db = &self.0.read;
        let found = db.query_all_raw(sql(db, text, values)).await.map_err(failed("read alarms"))?;
        found.iter().map(row).collect()
    }

    /// How many alarms are open, by site and kind.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn alarms_open(&self) -> Result<Vec<AlarmCount>, StoreError> {
        let text = "SELECT site_id, kind, COUNT(*) FROM alarms WHERE settled_at IS NULL GROUP BY site_id, kind \
                    ORDER BY site_id, kind";
        let db = &self.0.read;
        let found = db.query_all_raw(sql(db, text, vec![])).await.map_err(failed("count alarms"))?;
        found
            .iter()
            .map(|row| {
                let (site, kind): (String, String) = (get(row, 0)?, get(row, 1)?);
                Ok(AlarmCount { site: parsed("site", &site)?, kind: kind_of(&kind)?, open: get(row, 2)? })
            })
            .collect()
    }
}

pub(super) const COLUMNS: &str = "site_id, alarm_id, kind, subject, owner, words, shipment_id, raised_at, last_seen, times, \
                       settled_at, settled_by, settled_words";

/// Carries out what goes with a record.
pub(super) async fn change(
    transaction: &DatabaseTransaction,
    site: &SiteName,
    changes: &[AlarmChange],
) -> Result<(), StoreError> {
    for change in changes {
        match change {
            AlarmChange::Raise(alarm) => raise(transaction, alarm).await?,
            AlarmChange::Settle { kind, subject, at } => settle(transaction, site, *kind, subject, *at).await?,
        };
    }
    Ok(())
}

/// Raises an alarm in `transaction`; whether it is new.
pub(super) async fn raise(transaction: &DatabaseTransaction, alarm: &NewAlarm) -> Result<bool, StoreError> {
    let text = "INSERT INTO alarms (site_id, alarm_id, kind, subject, owner, words, shipment_id, raised_at, last_seen, \
                times) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, 1) \
                ON CONFLICT (site_id, kind, subject) WHERE settled_at IS NULL DO UPDATE SET \
                last_seen = excluded.last_seen, times = alarms.times + 1, words = excluded.words, \
                owner = excluded.owner RETURNING alarm_id, times";
    let name = fresh_name();
    let values: Vec<Value> = vec![
        alarm.site.as_str().into(),
        name.as_str().into(),
        alarm.kind.as_str().into(),
        alarm.subject.as_str().into(),
        alarm.owner.as_str().into(),
        alarm.words.as_str().into(),
        alarm.shipment.map(|it| it.0).into(),
        micros(alarm.at).into(),
    ];
    let row = transaction.query_one_raw(sql(transaction, text, values)).await.map_err(failed("raise an alarm"))?;
    let times: i64 = row.map_or(Ok(0), |row| get(&row, 1))?;
    if times != 1 {
        return Ok(false);
    }
    tell(transaction, &alarm.site, "alarm.raised", &name, alarm).await?;
    Ok(true)
}

/// Settles an alarm in `transaction`; whether one was open.
pub(super) async fn settle(
    transaction: &DatabaseTransaction,
    site: &SiteName,
    kind: Kind,
    subject: &str,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let text = "UPDATE alarms SET settled_at = $4, settled_by = 'connector' \
                WHERE site_id = $1 AND kind = $2 AND subject = $3 AND settled_at IS NULL RETURNING ";
    let values: Vec<Value> = vec![site.as_str().into(), kind.as_str().into(), subject.into(), micros(at).into()];
    settled(transaction, format!("{text}{COLUMNS}"), values, at).await
}

/// Runs a statement that settles alarms and tells programs of each; whether there was any.
async fn settled(
    transaction: &DatabaseTransaction,
    text: String,
    values: Vec<Value>,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let rows = transaction.query_all_raw(sql(transaction, text, values)).await.map_err(failed("settle an alarm"))?;
    for found in &rows {
        let AlarmRow { site, id, kind, subject, owner, words, shipment, .. } = row(found)?;
        let over = NewAlarm { site, kind, subject, owner, words, shipment, at };
        tell(transaction, &over.site, "alarm.settled", &id, &over).await?;
    }
    Ok(!rows.is_empty())
}

/// Programs are told of it where they want to be, and the site's mail is looked at. That a receiver does not answer is
/// not told to it.
async fn tell(
    transaction: &DatabaseTransaction,
    site: &SiteName,
    event: &str,
    id: &str,
    alarm: &NewAlarm,
) -> Result<(), StoreError> {
    let NewAlarm { kind, subject, owner, words, shipment, at, .. } = alarm;
    if *kind != Kind::ReceiverAway {
        let data = json!({
            "site": site, "alarm": id, "kind": kind, "title": kind.title(), "subject": subject, "owner": owner,
            "severity": kind.severity(), "words": words, "to_do": kind.what_to_do(), "shipment": shipment,
        });
        let event = NewEvent { kind: event.to_owned(), data, at: *at };
        notices::event(transaction, site, &event).await?;
    }
    notices::wake(transaction, site, *at).await
}

/// Settles all alarms of a kind at a site.
pub(super) async fn settle_all(
    transaction: &DatabaseTransaction,
    site: &SiteName,
    kind: Kind,
    at: Timestamp,
) -> Result<(), StoreError> {
    let text = "UPDATE alarms SET settled_at = $3, settled_by = 'connector' \
                WHERE site_id = $1 AND kind = $2 AND settled_at IS NULL RETURNING ";
    let values: Vec<Value> = vec![site.as_str().into(), kind.as_str().into(), micros(at).into()];
    settled(transaction, format!("{text}{COLUMNS}"), values, at).await.map(drop)
}

async fn standing<C: ConnectionTrait>(db: &C, site: &SiteName, kind: Kind, subject: &str) -> Result<bool, StoreError> {
    let text = "SELECT 1 FROM alarms WHERE site_id = $1 AND kind = $2 AND subject = $3 AND settled_at IS NULL";
    let values: Vec<Value> = vec![site.as_str().into(), kind.as_str().into(), subject.into()];
    let found = db.query_one_raw(sql(db, text, values)).await.map_err(failed("look for an alarm"))?;
    Ok(found.is_some())
}

/// A name people can read out: twelve letters and digits, without those that are mistaken for each other.
pub(super) fn fresh_name() -> String {
    const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    (0..12).map(|_| char::from(LETTERS[fastrand::usize(..LETTERS.len())])).collect()
}

fn kind_of(name: &str) -> Result<Kind, StoreError> {
    Kind::from_name(name)
        .ok_or_else(|| StoreError::Unreadable { what: "alarm", why: format!("{name:?} is no kind of alarm") })
}

pub(super) fn row(found: &QueryResult) -> Result<AlarmRow, StoreError> {
    let (site, kind, owner): (String, String, String) = (get(found, 0)?, get(found, 2)?, get(found, 4)?);
    let shipment: Option<Uuid> = get(found, 6)?;
    Ok(AlarmRow {
        site: parsed("site", &site)?,
        id: get(found, 1)?,
        kind: kind_of(&kind)?,
        subject: get(found, 3)?,
        owner: Owner::from_name(&owner)
            .ok_or_else(|| StoreError::Unreadable { what: "alarm", why: format!("{owner:?} owns nothing") })?,
        words: get(found, 5)?,
        shipment: shipment.map(ShipmentId),
        raised_at: time("alarm time", get(found, 7)?)?,
        last_seen: time("alarm time", get(found, 8)?)?,
        times: get(found, 9)?,
        settled_at: maybe_time("alarm time", get(found, 10)?)?,
        settled_by: get(found, 11)?,
        settled_words: get(found, 12)?,
    })
}
