//! Sessions at SYSPRO: who may log on as an operator, and the token that was given.
//!
//! ```text
//! take ─► holder for a while ─► logs on, calls, puts the token ─► lets go
//!   │ somebody holds it
//!   └─► HeldBy: wait, do not log on (a second logon would end the first session)
//! ```
//!
//! The row belongs to (server, operator) and to no site: two sites with one operator share its
//! one session. Only the holder writes. The token outlives its holder, sealed, so that the next
//! one can go on with it, where it was let go in good order, or log it off before a logon of its
//! own, where its holder's lease ran out. Leases are real time.

use jiff::{SignedDuration, Timestamp};
use sea_orm::{ConnectionTrait, EntityTrait, Value};

use super::column::{failed, get, maybe_micros, maybe_time, micros, sql};
use super::entity::operator_session::{Entity, Model};
use super::lease::{Lease, micros_of};
use super::transaction::locking;
use super::{Store, StoreError};

/// Whose session it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionKey {
    /// The e.net server, without credentials.
    pub server: String,
    /// The SYSPRO operator.
    pub operator: String,
}

impl SessionKey {
    /// The name of the lane that waits for this session.
    #[must_use]
    pub fn lane(&self) -> String {
        format!("{}/{}", self.server, self.operator)
    }

    /// The session a lane waits for, by the lane's name.
    #[must_use]
    pub fn of_lane(lane: &str) -> Option<Self> {
        // An origin has no path, so the last slash is ours.
        let (server, operator) = lane.rsplit_once('/')?;
        Some(Self { server: server.to_owned(), operator: operator.to_owned() })
    }
}

/// What the holder knows of a session.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionState {
    /// The token, sealed.
    pub token: Option<Vec<u8>>,
    /// In which company.
    pub company: Option<String>,
    /// When it was given (business time); `None` for a token that is only kept to be logged off.
    pub logged_on_at: Option<Timestamp>,
    /// When it was last used (business time).
    pub used_at: Option<Timestamp>,
    /// How often it was lost lately.
    pub lost_count: i64,
    /// When it was first lost lately (business time).
    pub lost_since: Option<Timestamp>,
    /// Logons refused in a row.
    pub refused_logons: i64,
    /// No logon before this time (business time).
    pub not_before: Option<Timestamp>,
    /// Why not, for people.
    pub words: Option<String>,
}

/// Who had a session before it was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Before {
    /// Whoever takes it now: it is the lease that was renewed.
    Us,
    /// Nobody: whoever had it let it go in good order, with what stands in the row.
    Nobody,
    /// Somebody whose lease ran out: it may be dead, or call on as if nothing had happened.
    Lapsed,
}

/// A session as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// Whose it is.
    pub key: SessionKey,
    /// Who holds it.
    pub holder: Option<String>,
    /// Until when (real time).
    pub lease_until: Option<Timestamp>,
    /// What the last holder knew.
    pub state: SessionState,
}

/// What became of the wish to hold a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// It is ours until the lease runs out.
    Yes(Box<SessionRow>, Before),
    /// Somebody else has it.
    HeldBy {
        /// Who.
        holder: String,
        /// Until when at least (real time).
        until: Option<Timestamp>,
    },
}

impl Store {
    /// Takes a session, or keeps the one `holder` has.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session_take(
        &self,
        key: &SessionKey,
        holder: &str,
        real_now: Timestamp,
        lease: SignedDuration,
    ) -> Result<Taken, StoreError> {
        let doing = "take a session";
        let now = &self.0.leases.now("$5");
        self.write(doing, |transaction| async move {
            let transaction = &*transaction;
            let place: Vec<Value> = vec![key.server.as_str().into(), key.operator.as_str().into()];
            let text = "INSERT INTO operator_sessions (server, operator, lost_count, refused_logons) \
                        VALUES ($1, $2, 0, 0) ON CONFLICT (server, operator) DO NOTHING";
            transaction.execute_raw(sql(transaction, text, place.clone())).await.map_err(failed(doing))?;
            // Locked before it is read: of two that ask at once the second waits, and then reads the first's name.
            let text = format!(
                "SELECT holder FROM operator_sessions WHERE server = $1 AND operator = $2{}",
                locking(transaction)
            );
            let found = transaction.query_one_raw(sql(transaction, text, place)).await.map_err(failed(doing))?;
            let before: Option<String> = found.as_ref().map(|row| get(row, 0)).transpose()?.flatten();
            let text = format!(
                "UPDATE operator_sessions SET holder = $3, lease_until = {now} + $4 WHERE server = $1 AND operator = $2 \
                 AND (holder IS NULL OR holder = $3 OR lease_until IS NULL OR lease_until <= {now})"
            );
            let values: Vec<Value> = vec![
                key.server.as_str().into(),
                key.operator.as_str().into(),
                holder.into(),
                micros_of(lease).into(),
                micros(real_now).into(),
            ];
            let done = transaction.execute_raw(sql(transaction, text, values)).await.map_err(failed(doing))?;
            let found = Entity::find_by_id((key.server.clone(), key.operator.clone()))
                .one(transaction)
                .await
                .map_err(failed(doing))?
                .ok_or_else(|| StoreError::Unknown { what: format!("session of operator {}", key.operator) })?;
            let found = row(found)?;
            let before = match before {
                None => Before::Nobody,
                Some(before) if before == holder => Before::Us,
                Some(_) if done.rows_affected() == 1 => Before::Lapsed,
                Some(other) => return Ok(Taken::HeldBy { holder: other, until: found.lease_until }),
            };
            Ok(Taken::Yes(Box::new(found), before))
        })
        .await
    }

    /// Notes what the holder knows. `false` when `holder` does not hold it any more: then
    /// nothing is noted.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session_put(&self, key: &SessionKey, holder: &str, state: &SessionState) -> Result<bool, StoreError> {
        let done = self
            .write("note a session", |transaction| async move {
                let transaction = &*transaction;
                let text = "UPDATE operator_sessions SET token_sealed = $4, logged_on_at = $5, used_at = $6, \
                            lost_count = $7, lost_since = $8, refused_logons = $9, not_before = $10, words = $11, \
                            company = $12 \
                            WHERE server = $1 AND operator = $2 AND holder = $3";
                let values: Vec<Value> = vec![
                    key.server.as_str().into(),
                    key.operator.as_str().into(),
                    holder.into(),
                    state.token.clone().into(),
                    maybe_micros(state.logged_on_at).into(),
                    maybe_micros(state.used_at).into(),
                    state.lost_count.into(),
                    maybe_micros(state.lost_since).into(),
                    state.refused_logons.into(),
                    maybe_micros(state.not_before).into(),
                    state.words.clone().into(),
                    state.company.clone().into(),
                ];
                transaction.execute_raw(sql(transaction, text, values)).await.map_err(failed("note a session"))
            })
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Forgets that logons were refused, so that the next one may be tried at once.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session_forgive(&self, key: &SessionKey) -> Result<(), StoreError> {
        self.write("forgive refused logons", |transaction| async move {
            let text = "UPDATE operator_sessions SET refused_logons = 0, not_before = NULL, words = NULL \
                        WHERE server = $1 AND operator = $2";
            let values: Vec<Value> = vec![key.server.as_str().into(), key.operator.as_str().into()];
            transaction
                .execute_raw(sql(&*transaction, text, values))
                .await
                .map_err(failed("forgive refused logons"))
                .map(drop)
        })
        .await
    }

    /// Lengthens the lease of a session that is in use. `false` when `holder` does not hold it any more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session_keep(&self, key: &SessionKey, holder: &str, lease: Lease) -> Result<bool, StoreError> {
        let now = &self.0.leases.now("$4");
        let done = self
            .write("keep a session", |transaction| async move {
                let text = format!(
                    "UPDATE operator_sessions SET lease_until = {now} + $5 \
                     WHERE server = $1 AND operator = $2 AND holder = $3"
                );
                let values: Vec<Value> = vec![
                    key.server.as_str().into(),
                    key.operator.as_str().into(),
                    holder.into(),
                    micros(lease.from).into(),
                    lease.length_micros().into(),
                ];
                transaction.execute_raw(sql(&*transaction, text, values)).await.map_err(failed("keep a session"))
            })
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Hands a session over as it is, logged on, to whoever takes it next. Whether somebody waits for it just now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session_hand_over(
        &self,
        key: &SessionKey,
        holder: &str,
        used_at: Option<Timestamp>,
        real_now: Timestamp,
    ) -> Result<bool, StoreError> {
        let doing = "hand a session over";
        let now = &self.0.leases.now("$5");
        self.write(doing, |transaction| async move {
            let text = format!(
                "UPDATE operator_sessions SET holder = NULL, lease_until = NULL, used_at = COALESCE($4, used_at) \
                 WHERE server = $1 AND operator = $2 AND holder = $3 \
                 RETURNING COALESCE(wanted_until > {now}, FALSE)"
            );
            let values: Vec<Value> = vec![
                key.server.as_str().into(),
                key.operator.as_str().into(),
                holder.into(),
                maybe_micros(used_at).into(),
                micros(real_now).into(),
            ];
            let row = transaction.query_one_raw(sql(&*transaction, text, values)).await.map_err(failed(doing))?;
            row.map_or(Ok(false), |row| get(&row, 0))
        })
        .await
    }

    /// Says that somebody waits for a session, for so long.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session_wanted(&self, key: &SessionKey, wait: Lease) -> Result<(), StoreError> {
        let now = &self.0.leases.now("$3");
        self.write("wait for a session", |transaction| async move {
            let text =
                format!("UPDATE operator_sessions SET wanted_until = {now} + $4 WHERE server = $1 AND operator = $2");
            let values: Vec<Value> = vec![
                key.server.as_str().into(),
                key.operator.as_str().into(),
                micros(wait.from).into(),
                wait.length_micros().into(),
            ];
            let done = transaction.execute_raw(sql(&*transaction, text, values)).await;
            done.map_err(failed("wait for a session")).map(drop)
        })
        .await
    }

    /// Whether another than `holder` has a session just now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session_is_elsewhere(
        &self,
        key: &SessionKey,
        holder: &str,
        real_now: Timestamp,
    ) -> Result<bool, StoreError> {
        let db = &self.0.read;
        let text = format!(
            "SELECT 1 FROM operator_sessions WHERE server = $1 AND operator = $2 AND holder <> $3 AND lease_until > {}",
            self.0.leases.now("$4")
        );
        let values: Vec<Value> =
            vec![key.server.as_str().into(), key.operator.as_str().into(), holder.into(), micros(real_now).into()];
        let row = db.query_one_raw(sql(db, text, values)).await.map_err(failed("look for a session"))?;
        Ok(row.is_some())
    }

    /// Lets a session go, with what is known of it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session_let_go(&self, key: &SessionKey, holder: &str) -> Result<(), StoreError> {
        self.write("let a session go", |transaction| async move {
            let transaction = &*transaction;
            let text = "UPDATE operator_sessions SET holder = NULL, lease_until = NULL \
                        WHERE server = $1 AND operator = $2 AND holder = $3";
            let values: Vec<Value> = vec![key.server.as_str().into(), key.operator.as_str().into(), holder.into()];
            transaction.execute_raw(sql(transaction, text, values)).await.map_err(failed("let a session go")).map(drop)
        })
        .await
    }

    /// A session as it stands; `None` when nobody ever took it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session(&self, key: &SessionKey) -> Result<Option<SessionRow>, StoreError> {
        let found = Entity::find_by_id((key.server.clone(), key.operator.clone()))
            .one(&self.0.read)
            .await
            .map_err(failed("read a session"))?;
        found.map(row).transpose()
    }
}

fn row(found: Model) -> Result<SessionRow, StoreError> {
    Ok(SessionRow {
        key: SessionKey { server: found.server, operator: found.operator },
        holder: found.holder,
        lease_until: maybe_time("lease", found.lease_until)?,
        state: SessionState {
            token: found.token_sealed,
            company: found.company,
            logged_on_at: maybe_time("logon time", found.logged_on_at)?,
            used_at: maybe_time("session time", found.used_at)?,
            lost_count: found.lost_count,
            lost_since: maybe_time("session time", found.lost_since)?,
            refused_logons: found.refused_logons,
            not_before: maybe_time("session time", found.not_before)?,
            words: found.words,
        },
    })
}
