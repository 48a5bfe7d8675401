//! The outbox: mails and webhook events, written once and sent until somebody takes them.
//!
//! ```text
//! alarms nobody was told of ─► mails ────────────┐   claim (lease) ─► sent
//! alarm raised · settled, milestone ─► events ───┴─►                └─► postponed … ─► sent │ given up
//! ```
//!
//! A mail is written in the transaction that marks its alarms as told, an event in the one that raises the alarm or records
//! the milestone: neither is lost by a crash nor written twice by two nodes. Sending is at least once, under an id that
//! never changes, so that whoever receives can tell a repetition. A node that dies while it sends loses its lease, and
//! another sends again. Times of making and of the next try are business time, leases real time.

use jiff::Timestamp;
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, QueryResult, Value};
use shipment::alarm::Kind;
use shipment::hold::Owner;
use shipment::number::SiteName;

use super::alarms::{self, AlarmRow, fresh_name};
use super::column::{count, failed, get, json, maybe_micros, maybe_time, micros, parsed, sql, time, tuples};
use super::lease::Lease;
use super::transaction::passing_over_locked;
use super::{Store, StoreError};

/// By which way a notice goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channel {
    /// Mail to people.
    Mail,
    /// Signed requests to a program.
    Webhook,
}

/// An event for programs, to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    /// Its type, e.g. `shipment.booked`.
    pub kind: String,
    /// What is told; never a secret, nor a consignee's name.
    pub data: serde_json::Value,
    /// When it happened (business time).
    pub at: Timestamp,
}

/// A mail to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMail {
    /// Whose alarms it tells of.
    pub owner: Owner,
    /// Who gets it.
    pub recipients: Vec<String>,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub body: String,
    /// The alarms it tells of, by name.
    pub raised: Vec<String>,
    /// The alarms whose end it tells of, by name.
    pub ended: Vec<String>,
    /// What they are about.
    pub kinds: Vec<Kind>,
}

/// A notice as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeRow {
    /// Whose.
    pub site: SiteName,
    /// Its name, the same at every try.
    pub id: String,
    /// By which way it goes.
    pub channel: Channel,
    /// Who gets it, for mails.
    pub recipients: Vec<String>,
    /// A mail's subject or an event's type.
    pub title: String,
    /// A mail's text or an event's JSON.
    pub body: String,
    /// When it was written (business time).
    pub made_at: Timestamp,
    /// When it is sent next (business time); `None` when it was sent or given up.
    pub due_at: Option<Timestamp>,
    /// How often it was tried in vain.
    pub tries: i64,
    /// The fence of the claim.
    pub epoch: i64,
    /// When it was taken (business time).
    pub sent_at: Option<Timestamp>,
    /// Why it was not, the last time.
    pub trouble: Option<String>,
}

/// What may have to be told by mail.
#[derive(Debug, Clone, Default)]
pub struct Untold {
    /// Open alarms nobody was told of, the oldest first, each with its document if it is about one.
    pub raised: Vec<(AlarmRow, Option<String>)>,
    /// Settled alarms whose beginning was told and whose end was not.
    pub ended: Vec<(AlarmRow, Option<String>)>,
    /// When an owner was last written to about a kind.
    pub told: Vec<(Owner, Kind, Timestamp)>,
}

/// How many waiting notices a site has, and since when the oldest waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outbox {
    /// The site.
    pub site: SiteName,
    /// By which way.
    pub channel: Channel,
    /// How many wait.
    pub waiting: i64,
    /// When the oldest was written (business time).
    pub oldest: Timestamp,
}

/// The kind of the chore that writes and sends.
pub const NOTICES: &str = "notices";

/// One round looks at no more than this; the rest comes with the next.
const ROUND: usize = 1000;

impl Channel {
    /// Its name for programs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Webhook => "webhook",
        }
    }

    fn stored(text: &str) -> Result<Self, StoreError> {
        [Self::Mail, Self::Webhook]
            .into_iter()
            .find(|it| it.as_str() == text)
            .ok_or_else(|| StoreError::Unreadable { what: "notice", why: format!("{text:?} is no channel") })
    }
}

impl Store {
    /// What may have to be told by mail at a site.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn news(&self, site: &SiteName) -> Result<Untold, StoreError> {
        let doing = "read what is to be told";
        let db = &self.0.read;
        let columns = alarms::COLUMNS.split(", ").map(|it| format!("a.{it}")).collect::<Vec<_>>().join(", ");
        let from = format!(
            "SELECT {columns}, s.document FROM alarms a LEFT JOIN shipments s ON s.site_id = a.site_id AND \
             s.id = a.shipment_id WHERE a.site_id = $1"
        );
        let raised = "a.told_at IS NULL AND a.settled_at IS NULL ORDER BY a.raised_at";
        let raised = untold(db, format!("{from} AND {raised} LIMIT {ROUND}"), site).await?;
        let ended =
            "a.told_at IS NOT NULL AND a.settled_at IS NOT NULL AND a.end_told_at IS NULL ORDER BY a.settled_at";
        let ended = untold(db, format!("{from} AND {ended} LIMIT {ROUND}"), site).await?;
        if raised.is_empty() && ended.is_empty() {
            return Ok(Untold::default());
        }
        let text = "SELECT owner, kind, told_at FROM notice_causes WHERE site_id = $1";
        let found = db.query_all_raw(sql(db, text, vec![site.as_str().into()])).await.map_err(failed(doing))?;
        let told = found.iter().filter_map(|row| told(row).transpose()).collect::<Result<_, _>>()?;
        Ok(Untold { raised, ended, told })
    }

    /// Writes mails and marks what they tell of as told. `false`, and nothing is written, when somebody else has told some
    /// of it meanwhile.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_mails(&self, site: &SiteName, mails: &[NewMail], at: Timestamp) -> Result<bool, StoreError> {
        let written = self
            .write("write mails", |transaction| async move {
                let transaction = &*transaction;
                for mail in mails {
                    let raised = mark(transaction, site, &mail.raised, "told_at", at).await?;
                    let ended = mark(transaction, site, &mail.ended, "end_told_at", at).await?;
                    if !raised || !ended {
                        return Err(StoreError::Unknown { what: FOREIGN.to_owned() });
                    }
                    let recipients = serde_json::json!(mail.recipients).to_string();
                    let notice = (Channel::Mail, recipients.as_str(), mail.subject.as_str(), mail.body.as_str());
                    put(transaction, site, &fresh_name(), notice, at).await?;
                    for kind in &mail.kinds {
                        let text = "INSERT INTO notice_causes (site_id, owner, kind, told_at) VALUES ($1, $2, $3, $4) \
                                    ON CONFLICT (site_id, owner, kind) DO UPDATE SET told_at = excluded.told_at";
                        let values: Vec<Value> = vec![
                            site.as_str().into(),
                            mail.owner.as_str().into(),
                            kind.as_str().into(),
                            micros(at).into(),
                        ];
                        run(transaction, text, values).await?;
                    }
                }
                Ok(())
            })
            .await;
        match written {
            Ok(()) => Ok(true),
            Err(StoreError::Unknown { what }) if what == FOREIGN => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Alarms that are never mailed (that mail cannot be sent, or that nobody is named for) count as told.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn pass_over(&self, site: &SiteName, alarms: &[String], at: Timestamp) -> Result<(), StoreError> {
        if alarms.is_empty() {
            return Ok(());
        }
        self.write("pass alarms over", |transaction| async move {
            let transaction = &*transaction;
            mark(transaction, site, alarms, "told_at", at).await?;
            mark(transaction, site, alarms, "end_told_at", at).await.map(drop)
        })
        .await
    }

    /// Whether programs are told of a site from now on, and of its alarms too: `None` for not at all.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tell_programs(&self, site: &SiteName, alarms: Option<bool>, at: Timestamp) -> Result<(), StoreError> {
        let doing = "switch webhooks";
        let db = &self.0.read;
        let text = "SELECT alarms FROM webhook_sites WHERE site_id = $1";
        let found = db.query_one_raw(sql(db, text, vec![site.as_str().into()])).await.map_err(failed(doing))?;
        let standing: Option<bool> = found.map(|row| get(&row, 0)).transpose()?;
        if standing == alarms {
            return Ok(());
        }
        self.write(doing, |transaction| async move {
            match alarms {
                Some(alarms) => {
                    let text = "INSERT INTO webhook_sites (site_id, alarms, since) VALUES ($1, $2, $3) \
                                ON CONFLICT (site_id) DO UPDATE SET alarms = excluded.alarms";
                    run(&transaction, text, vec![site.as_str().into(), alarms.into(), micros(at).into()]).await
                }
                None => {
                    let text = "DELETE FROM webhook_sites WHERE site_id = $1";
                    run(&transaction, text, vec![site.as_str().into()]).await
                }
            }
        })
        .await
    }

    /// Takes the oldest notices that are due in hand.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_notices(
        &self,
        site: &SiteName,
        channel: Channel,
        now: Timestamp,
        lease: Lease,
        limit: usize,
    ) -> Result<Vec<NoticeRow>, StoreError> {
        let doing = "claim notices";
        let mut rows = self
            .write(doing, |transaction| async move {
                let transaction = &*transaction;
                let real_now = self.0.leases.now("$4");
                let lock = passing_over_locked(transaction);
                let text = format!(
                    "UPDATE notices SET lease_epoch = lease_epoch + 1, lease_until = {real_now} + $5 WHERE site_id = $1 \
                     AND notice_id IN (SELECT notice_id FROM notices WHERE site_id = $1 AND channel = $2 AND due_at <= $3 \
                     AND (lease_until IS NULL OR lease_until <= {real_now}) ORDER BY due_at, made_at LIMIT $6{lock}) \
                     AND (lease_until IS NULL OR lease_until <= {real_now}) RETURNING {COLUMNS}"
                );
                let values: Vec<Value> = vec![
                    site.as_str().into(),
                    channel.as_str().into(),
                    micros(now).into(),
                    micros(lease.from).into(),
                    lease.length_micros().into(),
                    count(limit).into(),
                ];
                let found = transaction.query_all_raw(sql(transaction, text, values)).await.map_err(failed(doing))?;
                found.iter().map(row).collect::<Result<Vec<_>, _>>()
            })
            .await?;
        rows.sort_by_key(|row| (row.due_at, row.made_at));
        Ok(rows)
    }

    /// A claimed notice was taken.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn notice_sent(&self, notice: &NoticeRow, at: Timestamp) -> Result<(), StoreError> {
        self.settle_notice(notice, None, Some(at), None).await
    }

    /// A claimed notice was not taken: it is tried again at `due_at`, or given up.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn notice_failed(
        &self,
        notice: &NoticeRow,
        due_at: Option<Timestamp>,
        trouble: &str,
    ) -> Result<(), StoreError> {
        self.settle_notice(notice, due_at, None, Some(trouble)).await
    }

    /// A claimed notice was not tried: it is due later, as if it had not been claimed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn notice_let_go(&self, notice: &NoticeRow, due_at: Timestamp) -> Result<(), StoreError> {
        self.settle_notice(notice, Some(due_at), None, None).await
    }

    async fn settle_notice(
        &self,
        notice: &NoticeRow,
        due_at: Option<Timestamp>,
        sent_at: Option<Timestamp>,
        trouble: Option<&str>,
    ) -> Result<(), StoreError> {
        self.write("settle a notice", |transaction| async move {
            let text = "UPDATE notices SET due_at = $4, sent_at = $5, trouble = $6, tries = tries + $7, lease_until = NULL \
                        WHERE site_id = $1 AND notice_id = $2 AND lease_epoch = $3";
            let values: Vec<Value> = vec![
                notice.site.as_str().into(),
                notice.id.as_str().into(),
                notice.epoch.into(),
                maybe_micros(due_at).into(),
                maybe_micros(sent_at).into(),
                trouble.map(ToOwned::to_owned).into(),
                i64::from(trouble.is_some()).into(),
            ];
            run(&transaction, text, values).await
        })
        .await
    }

    /// When the next waiting notice of a channel is due (business time).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next_notice(&self, site: &SiteName, channel: Channel) -> Result<Option<Timestamp>, StoreError> {
        let text = "SELECT MIN(due_at) FROM notices WHERE site_id = $1 AND channel = $2 AND due_at IS NOT NULL";
        let db = &self.0.read;
        let values: Vec<Value> = vec![site.as_str().into(), channel.as_str().into()];
        let found = db.query_one_raw(sql(db, text, values)).await;
        let found = found.map_err(failed("look for notices"))?;
        let due: Option<i64> = found.map_or(Ok(None), |row| get(&row, 0))?;
        maybe_time("notice time", due)
    }

    /// Sends events of a site once more that were made at or after `since`, under their old ids. How many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn replay(&self, site: &SiteName, since: Timestamp, now: Timestamp) -> Result<u64, StoreError> {
        let replayed = self
            .write("replay events", |transaction| async move {
                let text = "UPDATE notices SET due_at = $4, tries = 0, trouble = NULL WHERE site_id = $1 AND channel = $2 \
                            AND made_at >= $3";
                let values: Vec<Value> = vec![
                    site.as_str().into(),
                    Channel::Webhook.as_str().into(),
                    micros(since).into(),
                    micros(now).into(),
                ];
                let done = transaction.execute_raw(sql(&*transaction, text, values)).await;
                let replayed = done.map_err(failed("replay events"))?.rows_affected();
                wake(&transaction, site, now).await?;
                Ok(replayed)
            })
            .await?;
        self.hint();
        Ok(replayed)
    }

    /// Whatever waits is tried at once.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn send_now(&self, site: &SiteName, at: Timestamp) -> Result<(), StoreError> {
        self.write("send what waits", |transaction| async move {
            let text = "UPDATE notices SET due_at = $2 WHERE site_id = $1 AND due_at > $2";
            run(&transaction, text, vec![site.as_str().into(), micros(at).into()]).await?;
            wake(&transaction, site, at).await
        })
        .await?;
        self.hint();
        Ok(())
    }

    /// The newest notices of a site; only those that wait or were given up, unless all are asked for.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn notices(&self, site: &SiteName, all: bool, limit: usize) -> Result<Vec<NoticeRow>, StoreError> {
        let which = if all { "TRUE" } else { "sent_at IS NULL OR due_at IS NOT NULL" };
        let text = format!(
            "SELECT {COLUMNS} FROM notices WHERE site_id = $1 AND ({which}) ORDER BY made_at DESC, notice_id DESC LIMIT $2"
        );
        let db = &self.0.read;
        let values: Vec<Value> = vec![site.as_str().into(), count(limit).into()];
        let found = db.query_all_raw(sql(db, text, values)).await.map_err(failed("read notices"))?;
        found.iter().map(row).collect()
    }

    /// How many notices wait, by site and channel.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn outboxes(&self) -> Result<Vec<Outbox>, StoreError> {
        let text = "SELECT site_id, channel, COUNT(*), MIN(made_at) FROM notices WHERE due_at IS NOT NULL \
                    GROUP BY site_id, channel ORDER BY site_id, channel";
        let db = &self.0.read;
        let found = db.query_all_raw(sql(db, text, vec![])).await.map_err(failed("count notices"))?;
        found
            .iter()
            .map(|row| {
                let (site, channel): (String, String) = (get(row, 0)?, get(row, 1)?);
                Ok(Outbox {
                    site: parsed("site", &site)?,
                    channel: Channel::stored(&channel)?,
                    waiting: get(row, 2)?,
                    oldest: time("notice time", get(row, 3)?)?,
                })
            })
            .collect()
    }

    /// Forgets what was sent or given up before `before`. How many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_notices(&self, site: &SiteName, before: Timestamp) -> Result<u64, StoreError> {
        self.write("forget notices", |transaction| async move {
            let text = "DELETE FROM notices WHERE site_id = $1 AND made_at < $2 AND due_at IS NULL";
            let values: Vec<Value> = vec![site.as_str().into(), micros(before).into()];
            let done = transaction.execute_raw(sql(&*transaction, text, values)).await;
            done.map_err(failed("forget notices")).map(|it| it.rows_affected())
        })
        .await
    }
}

const COLUMNS: &str = "site_id, notice_id, channel, recipients, title, body, made_at, due_at, tries, lease_epoch, sent_at, \
                       trouble";

/// Tells [`Store::put_mails`] apart from an unknown thing.
const FOREIGN: &str = "an alarm that nobody was told of";

/// Writes an event where the site tells programs of such.
pub(super) async fn event(
    transaction: &DatabaseTransaction,
    site: &SiteName,
    event: &NewEvent,
) -> Result<(), StoreError> {
    let body = serde_json::json!({ "type": event.kind, "timestamp": event.at, "data": event.data }).to_string();
    let wanted = if event.kind.starts_with("alarm.") { " AND alarms = TRUE" } else { "" };
    let text = format!(
        "INSERT INTO notices (site_id, notice_id, channel, recipients, title, body, made_at, due_at, tries, lease_epoch) \
         SELECT site_id, $2, $3, '[]', $4, $5, $6, $6, 0, 0 FROM webhook_sites WHERE site_id = $1{wanted}"
    );
    let values: Vec<Value> = vec![
        site.as_str().into(),
        fresh_name().into(),
        Channel::Webhook.as_str().into(),
        event.kind.as_str().into(),
        body.into(),
        micros(event.at).into(),
    ];
    run(transaction, &text, values).await
}

/// Something may have to be told: the site's round is due.
pub(super) async fn wake(transaction: &DatabaseTransaction, site: &SiteName, at: Timestamp) -> Result<(), StoreError> {
    let text = "UPDATE chores SET woken = woken + 1, due_at = CASE WHEN due_at IS NULL OR due_at > $3 THEN $3 ELSE due_at END \
                WHERE site_id = $1 AND kind = $2";
    run(transaction, text, vec![site.as_str().into(), NOTICES.into(), micros(at).into()]).await
}

async fn put(
    transaction: &DatabaseTransaction,
    site: &SiteName,
    id: &str,
    (channel, recipients, title, body): (Channel, &str, &str, &str),
    at: Timestamp,
) -> Result<(), StoreError> {
    let text = "INSERT INTO notices (site_id, notice_id, channel, recipients, title, body, made_at, due_at, tries, \
                lease_epoch) VALUES ($1, $2, $3, $4, $5, $6, $7, $7, 0, 0)";
    let values: Vec<Value> = vec![
        site.as_str().into(),
        id.into(),
        channel.as_str().into(),
        recipients.into(),
        title.into(),
        body.into(),
        micros(at).into(),
    ];
    run(transaction, text, values).await
}

/// Marks alarms that are not marked yet; whether all of them were not.
async fn mark(
    transaction: &DatabaseTransaction,
    site: &SiteName,
    names: &[String],
    column: &'static str,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let mut marked = 0;
    for names in names.chunks(200) {
        let places = tuples(2, 1, names.len());
        let text =
            format!("UPDATE alarms SET {column} = $2 WHERE site_id = $1 AND alarm_id IN {places} AND {column} IS NULL");
        let mut values: Vec<Value> = vec![site.as_str().into(), micros(at).into()];
        values.extend(names.iter().map(|it| Value::from(it.as_str())));
        let done = transaction.execute_raw(sql(transaction, text, values)).await.map_err(failed("mark alarms"))?;
        marked += done.rows_affected();
    }
    Ok(usize::try_from(marked).is_ok_and(|it| it == names.len()))
}

async fn untold(
    db: &DatabaseConnection,
    text: String,
    site: &SiteName,
) -> Result<Vec<(AlarmRow, Option<String>)>, StoreError> {
    let found = db.query_all_raw(sql(db, text, vec![site.as_str().into()])).await;
    let found = found.map_err(failed("read what is to be told"))?;
    found.iter().map(|row| Ok((alarms::row(row)?, get(row, 13)?))).collect()
}

/// A kind that only another version knows was told by that one.
fn told(row: &QueryResult) -> Result<Option<(Owner, Kind, Timestamp)>, StoreError> {
    let (owner, kind): (String, String) = (get(row, 0)?, get(row, 1)?);
    let at = time("mail time", get(row, 2)?)?;
    Ok(Owner::from_name(&owner).zip(Kind::from_name(&kind)).map(|(owner, kind)| (owner, kind, at)))
}

fn row(found: &QueryResult) -> Result<NoticeRow, StoreError> {
    let (site, channel, recipients): (String, String, String) = (get(found, 0)?, get(found, 2)?, get(found, 3)?);
    let recipients = json("recipients", &recipients)?;
    let recipients = recipients.as_array().into_iter().flatten().filter_map(|it| it.as_str()).map(ToOwned::to_owned);
    Ok(NoticeRow {
        site: parsed("site", &site)?,
        id: get(found, 1)?,
        channel: Channel::stored(&channel)?,
        recipients: recipients.collect(),
        title: get(found, 4)?,
        body: get(found, 5)?,
        made_at: time("notice time", get(found, 6)?)?,
        due_at: maybe_time("notice time", get(found, 7)?)?,
        tries: get(found, 8)?,
        epoch: get(found, 9)?,
        sent_at: maybe_time("notice time", get(found, 10)?)?,
        trouble: get(found, 11)?,
    })
}

async fn run(transaction: &DatabaseTransaction, text: &str, values: Vec<Value>) -> Result<(), StoreError> {
    transaction.execute_raw(sql(transaction, text, values)).await.map_err(failed("write a notice")).map(drop)
}
