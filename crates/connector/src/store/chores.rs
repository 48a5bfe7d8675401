//! Chores: what a site does from time to time, as rows that a node takes on by lease.
//!
//! ```text
//! site loaded ─► ensure ─► due ─► claim (epoch + 1, lease) ─► renew … ─► done: next due, words ─► due …
//!                           ▲                │ its node died: the lease runs out
//!                           └────────────────┘
//! person ─► pause (nobody claims it) · resume · run now (due at once, also if it is running just now)
//! ```
//!
//! A chore is one row, so it never overlaps itself, on however many nodes. What was missed is made up once: a due time
//! that has long passed is one claim, and the end of the run sets the next. The end is fenced by the epoch of its claim;
//! whoever lost its lease changes nothing. A crash costs the run, which is begun anew when the lease has run out, or at
//! the next start on SQLite. Due times are business time, leases are real time. What is deliberately not here: what a
//! chore does and when the next one is (`crate::chore`, `shipment::schedule`).

use jiff::{SignedDuration, Timestamp};
use sea_orm::{ConnectionTrait, QueryResult, Value};
use shipment::number::SiteName;

use super::column::{count, failed, get, maybe_micros, maybe_time, micros, parsed, sql};
use super::lease::{Lease, micros_of};
use super::transaction::passing_over_locked;
use super::{Store, StoreError, sites};

/// Which chore.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChoreKey {
    /// Whose.
    pub site: SiteName,
    /// What is done, e.g. `poll`.
    pub kind: String,
    /// With what, e.g. a source; empty where there is only one of its kind.
    pub subject: String,
}

impl ChoreKey {
    /// As people call it at its site: `poll:invoices`.
    #[must_use]
    pub fn name(&self) -> String {
        if self.subject.is_empty() { self.kind.clone() } else { format!("{}:{}", self.kind, self.subject) }
    }
}

/// A chore as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChoreRow {
    /// Which.
    pub key: ChoreKey,
    /// Its schedule in words.
    pub plan: String,
    /// When it is next due (business time); `None` only when it is wanted by a person.
    pub due_at: Option<Timestamp>,
    /// When it was last begun (business time).
    pub last_begun: Option<Timestamp>,
    /// When it last ended (business time).
    pub last_ended: Option<Timestamp>,
    /// Whether it ended well; `None` before the first time.
    pub well: Option<bool>,
    /// What came of it, for people.
    pub words: Option<String>,
    /// That a person paused it.
    pub paused: Option<ChorePause>,
    /// The fence of the last claim.
    pub epoch: i64,
    /// How often it was wanted at once so far.
    pub woken: i64,
    /// Who runs it.
    pub holder: Option<String>,
    /// Until when nobody else may run it (real time).
    pub lease_until: Option<Timestamp>,
}

/// That a person does not want a chore to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChorePause {
    /// Since when (business time).
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// Why, in their words.
    pub why: String,
}

/// What a node asks for.
#[derive(Debug, Clone)]
pub struct ChoreAsk<'a> {
    /// Business time: what is due until now.
    pub now: Timestamp,
    /// Real time: which leases have run out.
    pub real_now: Timestamp,
    /// How long the claim holds unless it is renewed, in real time.
    pub lease: SignedDuration,
    /// Who asks.
    pub holder: &'a str,
}

/// What became of the wish to run a chore at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChoreTaken {
    /// It is ours until the lease runs out.
    Yes(Box<ChoreRow>),
    /// It is running already.
    Running {
        /// Who runs it.
        holder: String,
    },
    /// A person paused it.
    Paused(ChorePause),
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChoreEnd {
    /// When (business time).
    pub at: Timestamp,
    /// When the next one is due (business time); `None` waits for a person who wants it.
    pub next_due: Option<Timestamp>,
    /// Whether it did what it is for.
    pub well: bool,
    /// What came of it, for people.
    pub words: String,
}

const COLUMNS: &str = "site_id, kind, subject, plan, due_at, last_begun, last_ended, well, words, paused_at, paused_by, \
                       paused_why, lease_epoch, woken, holder, lease_until";

impl Store {
    /// Sees to it that there is such a chore, as the settings of this version plan it. Only newer settings change a row: of
    /// two nodes, the one that has not read them yet leaves it alone. Another plan is due anew.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ensure_chore(
        &self,
        key: &ChoreKey,
        plan: &str,
        settings_version: i64,
        due_at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let doing = "plan a chore";
        let mut values = key_values(key);
        // Looked at first, because a node that starts would otherwise write what is there already.
        let text = "SELECT settings_version FROM chores WHERE site_id = $1 AND kind = $2 AND subject = $3";
        let db = &self.0.read;
        let known = db.query_one_raw(sql(db, text, values.clone())).await.map_err(failed(doing))?;
        if let Some(row) = known
            && get::<i64>(&row, 0)? >= settings_version
        {
            return Ok(());
        }
        values.extend([plan.into(), settings_version.into(), maybe_micros(due_at).into()]);
        let values = &values;
        self.write(doing, |transaction| async move {
            let text = "INSERT INTO chores (site_id, kind, subject, plan, settings_version, due_at, woken, lease_epoch) \
                        VALUES ($1, $2, $3, $4, $5, $6, 0, 0) ON CONFLICT (site_id, kind, subject) DO UPDATE SET \
                        due_at = CASE WHEN chores.plan <> excluded.plan THEN excluded.due_at ELSE chores.due_at END, \
                        woken = CASE WHEN chores.plan <> excluded.plan THEN chores.woken + 1 ELSE chores.woken END, \
                        plan = excluded.plan, settings_version = excluded.settings_version \
                        WHERE excluded.settings_version > chores.settings_version";
            let done = transaction.execute_raw(sql(&*transaction, text, values.clone())).await;
            done.map_err(failed(doing)).map(drop)
        })
        .await
    }

    /// Forgets a chore that the settings of this version do no more. Newer settings may do it again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_chore(&self, key: &ChoreKey, settings_version: i64) -> Result<(), StoreError> {
        let doing = "forget a chore";
        self.write(doing, |transaction| async move {
            let text =
                "DELETE FROM chores WHERE site_id = $1 AND kind = $2 AND subject = $3 AND settings_version <= $4";
            let mut values = key_values(key);
            values.push(settings_version.into());
            let done = transaction.execute_raw(sql(&*transaction, text, values)).await;
            done.map_err(failed(doing)).map(drop)
        })
        .await
    }

    /// Claims chores of these sites that are due, that nobody runs and that nobody paused, the longest due first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_chores(
        &self,
        ask: &ChoreAsk<'_>,
        sites: &[SiteName],
        limit: usize,
    ) -> Result<Vec<ChoreRow>, StoreError> {
        if sites.is_empty() || limit == 0 {
            return Ok(Vec::new());
        }
        let doing = "claim chores";
        let places: Vec<String> = (0..sites.len()).map(|at| format!("${}", at + 6)).collect();
        let real_now = self.0.leases.now("$2");
        let (others, due) = (passing_over_locked(&self.0.write), due(&real_now));
        // Picked once, by itself: within the UPDATE's own condition PostgreSQL might pick anew for every row.
        let text = format!(
            "WITH picked AS (SELECT site_id, kind, subject FROM chores WHERE {due} AND site_id IN ({}) \
             ORDER BY due_at, site_id, kind, subject LIMIT $5{others}) \
             UPDATE chores SET holder = $3, lease_until = {real_now} + $4, lease_epoch = lease_epoch + 1, \
             last_begun = $1 WHERE (site_id, kind, subject) IN (SELECT site_id, kind, subject FROM picked) \
             RETURNING {COLUMNS}",
            places.join(", ")
        );
        let mut values = ask_values(ask);
        values.push(count(limit).into());
        values.extend(sites.iter().map(|site| Value::from(site.as_str())));
        let (text, values) = (&text, &values);
        // Most times there is nothing: that is seen without a write.
        if self.next_chore_due(ask.real_now, &[]).await?.is_none_or(|due| due > ask.now) {
            return Ok(Vec::new());
        }
        self.write(doing, |transaction| async move {
            let rows = transaction.query_all_raw(sql(&*transaction, text, values.clone())).await;
            rows.map_err(failed(doing))?.iter().map(read).collect()
        })
        .await
    }

    /// Claims one chore by name, due or not.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] when there is no such chore.
    pub async fn claim_chore(&self, ask: &ChoreAsk<'_>, key: &ChoreKey) -> Result<ChoreTaken, StoreError> {
        let doing = "claim a chore";
        let real_now = &self.0.leases.now("$2");
        self.write(doing, |transaction| async move {
            let transaction = &*transaction;
            let text = format!(
                "UPDATE chores SET holder = $3, lease_until = {real_now} + $4, lease_epoch = lease_epoch + 1, \
                 last_begun = $1 WHERE site_id = $5 AND kind = $6 AND subject = $7 AND paused_at IS NULL \
                 AND (lease_until IS NULL OR lease_until <= {real_now}) RETURNING {COLUMNS}"
            );
            let mut values = ask_values(ask);
            values.extend(key_values(key));
            let taken = transaction.query_one_raw(sql(transaction, text, values)).await.map_err(failed(doing))?;
            if let Some(row) = taken {
                return Ok(ChoreTaken::Yes(Box::new(read(&row)?)));
            }
            let text = format!("SELECT {COLUMNS} FROM chores WHERE site_id = $1 AND kind = $2 AND subject = $3");
            let found = transaction.query_one_raw(sql(transaction, text, key_values(key))).await;
            let found = found.map_err(failed(doing))?.ok_or_else(|| unknown(key))?;
            let found = read(&found)?;
            Ok(match found.paused {
                Some(pause) => ChoreTaken::Paused(pause),
                None => ChoreTaken::Running { holder: found.holder.unwrap_or_default() },
            })
        })
        .await
    }

    /// Keeps a claimed chore for longer. `false`: the lease was lost and somebody else has it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn chore_renew(&self, row: &ChoreRow, lease: Lease) -> Result<bool, StoreError> {
        let doing = "keep a chore";
        let real_now = &self.0.leases.now("$4");
        self.write(doing, |transaction| async move {
            let text = format!(
                "UPDATE chores SET lease_until = {real_now} + $6 WHERE site_id = $1 AND kind = $2 AND subject = $3 \
                 AND lease_epoch = $5 AND holder IS NOT NULL"
            );
            let mut values = key_values(&row.key);
            values.extend([micros(lease.from).into(), row.epoch.into(), lease.length_micros().into()]);
            let done = transaction.execute_raw(sql(&*transaction, text, values)).await.map_err(failed(doing))?;
            Ok(done.rows_affected() == 1)
        })
        .await
    }

    /// Ends a run and lets the chore go. `false`: the lease was lost meanwhile, and nothing is noted. Where somebody wanted
    /// it at once since the claim, it is due at once.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn chore_done(&self, row: &ChoreRow, end: &ChoreEnd) -> Result<bool, StoreError> {
        let doing = "end a chore";
        let done = self
            .write(doing, |transaction| async move {
                let text = "UPDATE chores SET due_at = CASE WHEN woken <> $4 THEN $5 ELSE $6 END, last_ended = $5, \
                            well = $7, words = $8, holder = NULL, lease_until = NULL \
                            WHERE site_id = $1 AND kind = $2 AND subject = $3 AND lease_epoch = $9";
                let mut values = key_values(&row.key);
                values.extend([
                    row.woken.into(),
                    micros(end.at).into(),
                    maybe_micros(end.next_due).into(),
                    end.well.into(),
                    end.words.as_str().into(),
                    row.epoch.into(),
                ]);
                let done = transaction.execute_raw(sql(&*transaction, text, values)).await;
                Ok(done.map_err(failed(doing))?.rows_affected() == 1)
            })
            .await?;
        self.hint();
        Ok(done)
    }

    /// Lets go of every chore that a node still holds, unended: somebody else may begin them at once.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn chores_let_go(&self, holder: &str) -> Result<(), StoreError> {
        let doing = "let chores go";
        self.write(doing, |transaction| async move {
            let text = "UPDATE chores SET holder = NULL, lease_until = NULL WHERE holder = $1";
            let done = transaction.execute_raw(sql(&*transaction, text, vec![holder.into()])).await;
            done.map_err(failed(doing)).map(drop)
        })
        .await
    }

    /// A person does not want a chore to run for now. One that is running ends by itself.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] when there is no such chore.
    pub async fn chore_pause(&self, key: &ChoreKey, pause: &ChorePause) -> Result<(), StoreError> {
        let doing = "pause a chore";
        self.write(doing, |transaction| async move {
            let transaction = &*transaction;
            let text = "UPDATE chores SET paused_at = $4, paused_by = $5, paused_why = $6 \
                        WHERE site_id = $1 AND kind = $2 AND subject = $3";
            let mut values = key_values(key);
            values.extend([micros(pause.at).into(), pause.by.as_str().into(), pause.why.as_str().into()]);
            let done = transaction.execute_raw(sql(transaction, text, values)).await.map_err(failed(doing))?;
            if done.rows_affected() == 0 {
                return Err(unknown(key));
            }
            let words = format!("{}: paused: {}", key.name(), pause.why);
            sites::tell(transaction, &key.site, pause.at, &pause.by, "chore_paused", &words).await
        })
        .await
    }

    /// A paused chore runs again, and is due when it was: what it missed is made up once. Whether it was paused.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] when there is no such chore.
    pub async fn chore_resume(&self, key: &ChoreKey, by: &str, at: Timestamp) -> Result<bool, StoreError> {
        let doing = "resume a chore";
        let resumed = self
            .write(doing, |transaction| async move {
                let transaction = &*transaction;
                let text = "UPDATE chores SET paused_at = NULL, paused_by = NULL, paused_why = NULL \
                            WHERE site_id = $1 AND kind = $2 AND subject = $3 AND paused_at IS NOT NULL";
                let done = transaction.execute_raw(sql(transaction, text, key_values(key))).await;
                if done.map_err(failed(doing))?.rows_affected() == 1 {
                    let words = format!("{}: runs again", key.name());
                    sites::tell(transaction, &key.site, at, by, "chore_resumed", &words).await?;
                    return Ok(true);
                }
                let text = "SELECT plan FROM chores WHERE site_id = $1 AND kind = $2 AND subject = $3";
                let known = transaction.query_one_raw(sql(transaction, text, key_values(key))).await;
                known.map_err(failed(doing))?.map(|_| false).ok_or_else(|| unknown(key))
            })
            .await?;
        self.hint();
        Ok(resumed)
    }

    /// Makes a chore due at once; one that is running now runs once more after it. `false`: there is none, or it is paused.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn chore_run_now(&self, key: &ChoreKey, at: Timestamp) -> Result<bool, StoreError> {
        let doing = "want a chore";
        let done = self
            .write(doing, |transaction| async move {
                let text = "UPDATE chores SET woken = woken + 1, \
                            due_at = CASE WHEN due_at IS NULL OR due_at > $4 THEN $4 ELSE due_at END \
                            WHERE site_id = $1 AND kind = $2 AND subject = $3 AND paused_at IS NULL";
                let mut values = key_values(key);
                values.push(micros(at).into());
                let done = transaction.execute_raw(sql(&*transaction, text, values)).await;
                Ok(done.map_err(failed(doing))?.rows_affected() == 1)
            })
            .await?;
        self.hint();
        Ok(done)
    }

    /// Makes those chores of a kind due at once whose last run did not end well: what they waited for is there again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn chores_try_again(&self, site: &SiteName, kind: &str, at: Timestamp) -> Result<(), StoreError> {
        let doing = "want chores again";
        self.write(doing, |transaction| async move {
            let text = "UPDATE chores SET woken = woken + 1, due_at = $3 WHERE site_id = $1 AND kind = $2 \
                        AND well = $4 AND (due_at IS NULL OR due_at > $3)";
            let values: Vec<Value> = vec![site.as_str().into(), kind.into(), micros(at).into(), false.into()];
            transaction.execute_raw(sql(&*transaction, text, values)).await.map_err(failed(doing)).map(drop)
        })
        .await?;
        self.hint();
        Ok(())
    }

    /// When the next chore is due that nobody runs and nobody paused, apart from some kinds.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next_chore_due(&self, real_now: Timestamp, except: &[&str]) -> Result<Option<Timestamp>, StoreError> {
        let places: Vec<String> = (0..except.len()).map(|at| format!("${}", at + 2)).collect();
        let others = if except.is_empty() { String::new() } else { format!("AND kind NOT IN ({})", places.join(", ")) };
        let text = format!(
            "SELECT MIN(due_at) FROM chores WHERE due_at IS NOT NULL AND paused_at IS NULL \
             AND (lease_until IS NULL OR lease_until <= {}) {others}",
            self.0.leases.now("$1")
        );
        let mut values: Vec<Value> = vec![micros(real_now).into()];
        values.extend(except.iter().map(|kind| Value::from(*kind)));
        let db = &self.0.read;
        let row = db.query_one_raw(sql(db, text, values)).await.map_err(failed("look for chores"))?;
        let due = row.map(|row| get::<Option<i64>>(&row, 0)).transpose()?.flatten();
        maybe_time("due time", due)
    }

    /// Every chore, of one site or of all, by site, kind and subject.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn chores(&self, site: Option<&SiteName>) -> Result<Vec<ChoreRow>, StoreError> {
        let of_site = if site.is_some() { "WHERE site_id = $1" } else { "" };
        let text = format!("SELECT {COLUMNS} FROM chores {of_site} ORDER BY site_id, kind, subject");
        let values: Vec<Value> = site.map(|site| site.as_str().into()).into_iter().collect();
        let db = &self.0.read;
        let rows = db.query_all_raw(sql(db, text, values)).await.map_err(failed("read the chores"))?;
        rows.iter().map(read).collect()
    }
}

/// That a chore is due at `$1` and nobody runs it at the real time `real_now`.
fn due(real_now: &str) -> String {
    format!("due_at <= $1 AND paused_at IS NULL AND (lease_until IS NULL OR lease_until <= {real_now})")
}

fn unknown(key: &ChoreKey) -> StoreError {
    StoreError::Unknown { what: format!("chore {} of site {}", key.name(), key.site) }
}

fn key_values(key: &ChoreKey) -> Vec<Value> {
    vec![key.site.as_str().into(), key.kind.as_str().into(), key.subject.as_str().into()]
}

/// `$1` to `$4` of a claim.
fn ask_values(ask: &ChoreAsk<'_>) -> Vec<Value> {
    vec![micros(ask.now).into(), micros(ask.real_now).into(), ask.holder.into(), micros_of(ask.lease).into()]
}

fn read(row: &QueryResult) -> Result<ChoreRow, StoreError> {
    let (by, why): (Option<String>, Option<String>) = (get(row, 10)?, get(row, 11)?);
    let paused = maybe_time("pause", get(row, 9)?)?;
    Ok(ChoreRow {
        key: ChoreKey { site: parsed("site", &get::<String>(row, 0)?)?, kind: get(row, 1)?, subject: get(row, 2)? },
        plan: get(row, 3)?,
        due_at: maybe_time("due time", get(row, 4)?)?,
        last_begun: maybe_time("chore time", get(row, 5)?)?,
        last_ended: maybe_time("chore time", get(row, 6)?)?,
        well: get(row, 7)?,
        words: get(row, 8)?,
        paused: paused.map(|at| ChorePause { at, by: by.unwrap_or_default(), why: why.unwrap_or_default() }),
        epoch: get(row, 12)?,
        woken: get(row, 13)?,
        holder: get(row, 14)?,
        lease_until: maybe_time("lease", get(row, 15)?)?,
    })
}
