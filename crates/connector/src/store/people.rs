//! People, their sessions and tokens, and what was done to them.
//!
//! ```text
//! user add ─► people ◄─ log-in ─► web_sessions (hash of the token)     every change ─► people_events
//!                    ◄─ token new ─► api_tokens (hash of the token)
//! ```
//!
//! Neither table holds anything that opens a door by itself: passwords are argon2id, tokens are SHA-256 of 256 random bits.
//! Expiry is real time, because business time may be driven. A person who is disabled, renamed in role, or given a new
//! password loses every session in the same transaction: no stale right outlives its reason.

use jiff::Timestamp;
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult, Value};

use super::column::{failed, get, maybe_time, micros, parsed, sql, time};
use super::{Store, StoreError, intake};
use crate::people::{Role, Sites};

/// A person to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPerson {
    /// What they log in as, in small letters.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Where.
    pub sites: Sites,
    /// Their password, hashed; none cannot log in by password.
    pub password: Option<String>,
}

/// A person as they stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRow {
    /// What they log in as.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Where.
    pub sites: Sites,
    /// Their password, hashed.
    pub password: Option<String>,
    /// Since when they may do nothing (real time).
    pub disabled_at: Option<Timestamp>,
    /// When they were added (real time).
    pub created_at: Timestamp,
}

/// A browser that is logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebSessionRow {
    /// What is kept of its token.
    pub token_hash: String,
    /// Whose.
    pub person: String,
    /// When it logged in (real time).
    pub opened_at: Timestamp,
    /// When it last asked (real time, to the minute).
    pub used_at: Timestamp,
    /// When it ends whatever happens (real time).
    pub ends_at: Timestamp,
    /// What the browser calls itself.
    pub agent: String,
}

/// An API token to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    /// What is kept of it.
    pub token_hash: String,
    /// What people call it; also its name in the audit, after `api:`.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Where.
    pub sites: Sites,
    /// When it ends (real time).
    pub ends_at: Timestamp,
}

/// An API token as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    /// What people call it.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Where.
    pub sites: Sites,
    /// Who made it.
    pub made_by: String,
    /// When (real time).
    pub made_at: Timestamp,
    /// When it ends (real time).
    pub ends_at: Timestamp,
    /// When it was last shown (real time, to the minute).
    pub used_at: Option<Timestamp>,
    /// When it was revoked (real time).
    pub revoked_at: Option<Timestamp>,
}

/// Something done to people, sessions or tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeopleEventRow {
    /// When (real time).
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// What kind of thing.
    pub event: String,
    /// What, for people.
    pub words: String,
}

/// A use is written down when the last one written is at least so old: a page is not worth a write.
const NOTED_EVERY: jiff::SignedDuration = jiff::SignedDuration::from_mins(1);

const PERSON: &str = "SELECT name, role, sites, password, disabled_at, created_at FROM people";
const TOKEN: &str = "SELECT name, role, sites, made_by, made_at, ends_at, used_at, revoked_at FROM api_tokens";

impl Store {
    // ---- people ----

    /// Adds a person. `false` when the name is taken.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_person(&self, person: &NewPerson, actor: &str, at: Timestamp) -> Result<bool, StoreError> {
        self.write("add a person", |transaction| async move { add(&transaction, person, actor, at).await }).await
    }

    /// Adds the first administrator. `false` when there is one: of two who race, one wins.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_first_administrator(&self, person: &NewPerson, at: Timestamp) -> Result<bool, StoreError> {
        self.write("add the first administrator", |transaction| async move {
            // Every enabled administrator counts: the door of the first run is shut for good.
            let text = "SELECT COUNT(*) FROM people WHERE role = 'administrator' AND disabled_at IS NULL";
            let row = transaction.query_one_raw(sql(&*transaction, text, vec![])).await;
            let count: i64 = row.map_err(failed("count administrators"))?.map_or(Ok(0), |row| get(&row, 0))?;
            if count > 0 {
                return Ok(false);
            }
            add(&transaction, person, "first run", at).await
        })
        .await
    }

    /// Everybody, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn people(&self) -> Result<Vec<PersonRow>, StoreError> {
        let db = &self.0.read;
        let rows = db.query_all_raw(sql(db, format!("{PERSON} ORDER BY name"), vec![])).await;
        rows.map_err(failed("read people"))?.iter().map(person_row).collect()
    }

    /// One person.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn person(&self, name: &str) -> Result<Option<PersonRow>, StoreError> {
        let db = &self.0.read;
        let row = db.query_one_raw(sql(db, format!("{PERSON} WHERE name = $1"), vec![name.into()])).await;
        row.map_err(failed("read a person"))?.as_ref().map(person_row).transpose()
    }

    /// Whether somebody may administer: until then the console faces this machine only.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_administrator(&self) -> Result<bool, StoreError> {
        let people = self.people().await?;
        Ok(people.iter().any(|it| it.role == Role::Administrator && it.disabled_at.is_none()))
    }

    /// Gives a person another role and other sites; their sessions end.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] when there is no such person.
    pub async fn set_role(
        &self,
        name: &str,
        role: Role,
        sites: &Sites,
        actor: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let words = format!("{name} is {role} at {}", place(sites));
        let set = Change { name, event: "role_changed", words, actor, at };
        let values = vec![name.into(), role.as_str().into(), sites.written().into()];
        self.change(set, "UPDATE people SET role = $2, sites = $3 WHERE name = $1", values).await
    }

    /// Gives a person another password; their sessions end.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] when there is no such person.
    pub async fn set_password(&self, name: &str, hashed: &str, actor: &str, at: Timestamp) -> Result<(), StoreError> {
        let set = Change { name, event: "password_changed", words: format!("{name} has a new password"), actor, at };
        self.change(set, "UPDATE people SET password = $2 WHERE name = $1", vec![name.into(), hashed.into()]).await
    }

    /// Shuts a person out, or lets them in again; their sessions end.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] when there is no such person.
    pub async fn set_disabled(&self, name: &str, off: bool, actor: &str, at: Timestamp) -> Result<(), StoreError> {
        let (event, words) = if off { ("disabled", "may log in no more") } else { ("enabled", "may log in again") };
        let set = Change { name, event, words: format!("{name} {words}"), actor, at };
        let value: Option<i64> = off.then(|| micros(at));
        self.change(set, "UPDATE people SET disabled_at = $2 WHERE name = $1", vec![name.into(), value.into()]).await
    }

    async fn change(&self, change: Change<'_>, text: &str, values: Vec<Value>) -> Result<(), StoreError> {
        let (change, values) = (&change, &values);
        self.write("change a person", |transaction| async move {
            let transaction = &*transaction;
            let done = transaction.execute_raw(sql(transaction, text, values.clone())).await;
            if done.map_err(failed("change a person"))?.rows_affected() == 0 {
                return Err(StoreError::Unknown { what: format!("person {}", change.name) });
            }
            run(transaction, "DELETE FROM web_sessions WHERE person = $1", vec![change.name.into()]).await?;
            tell(transaction, change.at, change.actor, change.event, &change.words).await
        })
        .await
    }

    // ---- sessions ----

    /// Keeps a session that was just opened, and forgets those that have ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_web_session(&self, session: &WebSessionRow) -> Result<(), StoreError> {
        self.write("open a session", |transaction| async move {
            let transaction = &*transaction;
            let ended = vec![micros(session.opened_at).into()];
            run(transaction, "DELETE FROM web_sessions WHERE ends_at <= $1", ended).await?;
            let text = "INSERT INTO web_sessions (token_hash, person, opened_at, used_at, ends_at, agent) \
                        VALUES ($1, $2, $3, $4, $5, $6)";
            let values = vec![
                session.token_hash.as_str().into(),
                session.person.as_str().into(),
                micros(session.opened_at).into(),
                micros(session.used_at).into(),
                micros(session.ends_at).into(),
                session.agent.as_str().into(),
            ];
            run(transaction, text, values).await?;
            let words = format!("{} logged in", session.person);
            tell(transaction, session.opened_at, &session.person, "logged_in", &words).await
        })
        .await
    }

    /// A session by what is kept of its token, with its person, whether or not it is still good.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn web_session(&self, token_hash: &str) -> Result<Option<(WebSessionRow, PersonRow)>, StoreError> {
        let db = &self.0.read;
        let text =
            "SELECT token_hash, person, opened_at, used_at, ends_at, agent FROM web_sessions WHERE token_hash = $1";
        let row = db.query_one_raw(sql(db, text, vec![token_hash.into()])).await.map_err(failed("read a session"))?;
        let Some(session) = row.as_ref().map(session_row).transpose()? else { return Ok(None) };
        Ok(self.person(&session.person).await?.map(|person| (session, person)))
    }

    /// A person's open sessions, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn web_sessions_of(&self, person: &str, now: Timestamp) -> Result<Vec<WebSessionRow>, StoreError> {
        let db = &self.0.read;
        let text = "SELECT token_hash, person, opened_at, used_at, ends_at, agent FROM web_sessions \
                    WHERE person = $1 AND ends_at > $2 ORDER BY opened_at DESC";
        let rows = db.query_all_raw(sql(db, text, vec![person.into(), micros(now).into()])).await;
        rows.map_err(failed("read sessions"))?.iter().map(session_row).collect()
    }

    /// Notes that a session was used, at most once a minute.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn web_session_used(&self, session: &WebSessionRow, now: Timestamp) -> Result<(), StoreError> {
        if now.duration_since(session.used_at) < NOTED_EVERY {
            return Ok(());
        }
        let values = vec![session.token_hash.as_str().into(), micros(now).into()];
        self.just("note a session", "UPDATE web_sessions SET used_at = $2 WHERE token_hash = $1", values).await
    }

    /// Ends one session.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn close_web_session(&self, token_hash: &str) -> Result<(), StoreError> {
        let values = vec![token_hash.into()];
        self.just("close a session", "DELETE FROM web_sessions WHERE token_hash = $1", values).await
    }

    /// Ends every session of a person.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn close_web_sessions(&self, person: &str, actor: &str, at: Timestamp) -> Result<(), StoreError> {
        self.write("close sessions", |transaction| async move {
            let transaction = &*transaction;
            run(transaction, "DELETE FROM web_sessions WHERE person = $1", vec![person.into()]).await?;
            tell(transaction, at, actor, "logged_out", &format!("every session of {person} is ended")).await
        })
        .await
    }

    // ---- tokens ----

    /// Keeps a token. `false` when the name is taken.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_token(&self, token: &NewToken, actor: &str, at: Timestamp) -> Result<bool, StoreError> {
        self.write("add a token", |transaction| async move {
            let transaction = &*transaction;
            let text = "INSERT INTO api_tokens (token_hash, name, role, sites, made_by, made_at, ends_at) \
                        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (name) DO NOTHING";
            let values: Vec<Value> = vec![
                token.token_hash.as_str().into(),
                token.name.as_str().into(),
                token.role.as_str().into(),
                token.sites.written().into(),
                actor.into(),
                micros(at).into(),
                micros(token.ends_at).into(),
            ];
            let done = transaction.execute_raw(sql(transaction, text, values)).await.map_err(failed("add a token"))?;
            if done.rows_affected() == 0 {
                return Ok(false);
            }
            let words = format!("token {} may act as {} at {}", token.name, token.role, place(&token.sites));
            tell(transaction, at, actor, "token_made", &words).await?;
            Ok(true)
        })
        .await
    }

    /// All tokens, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tokens(&self) -> Result<Vec<TokenRow>, StoreError> {
        let db = &self.0.read;
        let rows = db.query_all_raw(sql(db, format!("{TOKEN} ORDER BY name"), vec![])).await;
        rows.map_err(failed("read tokens"))?.iter().map(token_row).collect()
    }

    /// A token that may still be used, by what is kept of it; its use is noted at most once a minute.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn token_shown(&self, token_hash: &str, now: Timestamp) -> Result<Option<TokenRow>, StoreError> {
        let db = &self.0.read;
        let row = db.query_one_raw(sql(db, format!("{TOKEN} WHERE token_hash = $1"), vec![token_hash.into()])).await;
        let Some(token) = row.map_err(failed("read a token"))?.as_ref().map(token_row).transpose()? else {
            return Ok(None);
        };
        if token.revoked_at.is_some() || token.ends_at <= now {
            return Ok(None);
        }
        if token.used_at.is_none_or(|at| now.duration_since(at) >= NOTED_EVERY) {
            let values = vec![token_hash.into(), micros(now).into()];
            self.just("note a token", "UPDATE api_tokens SET used_at = $2 WHERE token_hash = $1", values).await?;
        }
        Ok(Some(token))
    }

    /// Revokes a token.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] when there is no such token that could still be used.
    pub async fn revoke_token(&self, name: &str, actor: &str, at: Timestamp) -> Result<(), StoreError> {
        self.write("revoke a token", |transaction| async move {
            let transaction = &*transaction;
            let text = "UPDATE api_tokens SET revoked_at = $2 WHERE name = $1 AND revoked_at IS NULL";
            let values: Vec<Value> = vec![name.into(), micros(at).into()];
            let done =
                transaction.execute_raw(sql(transaction, text, values)).await.map_err(failed("revoke a token"))?;
            if done.rows_affected() == 0 {
                return Err(StoreError::Unknown { what: format!("token {name}") });
            }
            tell(transaction, at, actor, "token_revoked", &format!("token {name} is revoked")).await
        })
        .await
    }

    // ---- what was done ----

    /// What was done to people, sessions and tokens, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn people_events(&self, limit: u32) -> Result<Vec<PeopleEventRow>, StoreError> {
        let db = &self.0.read;
        let text = "SELECT at, actor, event, words FROM people_events ORDER BY at DESC, id DESC LIMIT $1";
        let rows = db.query_all_raw(sql(db, text, vec![i64::from(limit).into()])).await;
        let event = |row: &QueryResult| {
            let at = time("event time", get(row, 0)?)?;
            Ok(PeopleEventRow { at, actor: get(row, 1)?, event: get(row, 2)?, words: get(row, 3)? })
        };
        rows.map_err(failed("read what was done"))?.iter().map(event).collect()
    }

    /// Tells of something done to people, e.g. a log-in that was refused.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tell_people(&self, at: Timestamp, actor: &str, event: &str, words: &str) -> Result<(), StoreError> {
        self.write("tell of people", |transaction| async move { tell(&transaction, at, actor, event, words).await })
            .await
    }

    async fn just(&self, doing: &'static str, text: &str, values: Vec<Value>) -> Result<(), StoreError> {
        let values = &values;
        self.write(doing, |transaction| async move { run(&transaction, text, values.clone()).await }).await
    }
}

struct Change<'a> {
    name: &'a str,
    event: &'a str,
    words: String,
    actor: &'a str,
    at: Timestamp,
}

async fn add(
    transaction: &DatabaseTransaction,
    person: &NewPerson,
    actor: &str,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let text = "INSERT INTO people (name, role, sites, password, created_at) VALUES ($1, $2, $3, $4, $5) \
                ON CONFLICT (name) DO NOTHING";
    let values: Vec<Value> = vec![
        person.name.as_str().into(),
        person.role.as_str().into(),
        person.sites.written().into(),
        person.password.clone().into(),
        micros(at).into(),
    ];
    let done = transaction.execute_raw(sql(transaction, text, values)).await.map_err(failed("add a person"))?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    let words = format!("{} is {} at {}", person.name, person.role, place(&person.sites));
    tell(transaction, at, actor, "added", &words).await?;
    Ok(true)
}

async fn tell(
    transaction: &DatabaseTransaction,
    at: Timestamp,
    actor: &str,
    event: &str,
    words: &str,
) -> Result<(), StoreError> {
    let text = "INSERT INTO people_events (id, at, actor, event, words) VALUES ($1, $2, $3, $4, $5)";
    let id = intake::fresh_id(at);
    run(transaction, text, vec![id.into(), micros(at).into(), actor.into(), event.into(), words.into()]).await
}

async fn run(transaction: &DatabaseTransaction, text: &str, values: Vec<Value>) -> Result<(), StoreError> {
    transaction.execute_raw(sql(transaction, text, values)).await.map_err(failed("write of people")).map(drop)
}

fn place(sites: &Sites) -> String {
    match sites {
        Sites::All => "all sites".to_owned(),
        Sites::Only(names) if names.is_empty() => "no site".to_owned(),
        Sites::Only(_) => sites.written(),
    }
}

fn sites_of(text: &str) -> Result<Sites, StoreError> {
    Sites::read(text).map_err(|error| StoreError::Unreadable { what: "sites", why: error.to_string() })
}

fn person_row(row: &QueryResult) -> Result<PersonRow, StoreError> {
    Ok(PersonRow {
        name: get(row, 0)?,
        role: parsed("role", &get::<String>(row, 1)?)?,
        sites: sites_of(&get::<String>(row, 2)?)?,
        password: get(row, 3)?,
        disabled_at: maybe_time("time of disabling", get(row, 4)?)?,
        created_at: time("creation time", get(row, 5)?)?,
    })
}

fn session_row(row: &QueryResult) -> Result<WebSessionRow, StoreError> {
    Ok(WebSessionRow {
        token_hash: get(row, 0)?,
        person: get(row, 1)?,
        opened_at: time("session time", get(row, 2)?)?,
        used_at: time("session time", get(row, 3)?)?,
        ends_at: time("session time", get(row, 4)?)?,
        agent: get(row, 5)?,
    })
}

fn token_row(row: &QueryResult) -> Result<TokenRow, StoreError> {
    Ok(TokenRow {
        name: get(row, 0)?,
        role: parsed("role", &get::<String>(row, 1)?)?,
        sites: sites_of(&get::<String>(row, 2)?)?,
        made_by: get(row, 3)?,
        made_at: time("token time", get(row, 4)?)?,
        ends_at: time("token time", get(row, 5)?)?,
        used_at: maybe_time("token time", get(row, 6)?)?,
        revoked_at: maybe_time("token time", get(row, 7)?)?,
    })
}
