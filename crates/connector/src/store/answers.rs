//! Answers already given to programs, so that the same request sent twice is done once.
//!
//! ```text
//! key ─► begin ─┬─ fresh ─► done ─► finish (status, body)
//!               ├─ same request, finished ─► the same answer
//!               ├─ same request, under way ─► wait
//!               └─ other request ─► refused
//! ```
//!
//! Dying between beginning and finishing leaves a row without an answer. It is begun again after a while, because what
//! it asked for is a wish, and the engine answers the second of two. Rows are kept for a day.

use jiff::{SignedDuration, Timestamp};
use sea_orm::{ConnectionTrait, Value};

use super::column::{failed, get, micros, sql};
use super::{Store, StoreError};

/// So long an answer is kept (real time).
const KEPT: SignedDuration = SignedDuration::from_hours(24);
/// A request that has no answer after this was cut off (real time).
const CUT_OFF: SignedDuration = SignedDuration::from_mins(2);

/// What is known of a request's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// It is new: do it, then finish it.
    Fresh,
    /// It was answered.
    Answered {
        /// The HTTP status.
        status: u16,
        /// The body.
        body: String,
    },
    /// The same is being done right now.
    UnderWay,
    /// The key was used for something else.
    OtherRequest,
}

impl Store {
    /// Begins a request of a caller under a key.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin_answer(
        &self,
        caller: &str,
        key: &str,
        request: &str,
        now: Timestamp,
    ) -> Result<Begun, StoreError> {
        self.write("begin an answer", |transaction| async move {
            let transaction = &*transaction;
            let run = async |text: &str, values: Vec<Value>| {
                transaction.execute_raw(sql(transaction, text, values)).await.map_err(failed("begin an answer"))
            };
            run("DELETE FROM api_answers WHERE made_at < $1", vec![micros(now - KEPT).into()]).await?;
            let text = "INSERT INTO api_answers (caller, answer_key, request, made_at) VALUES ($1, $2, $3, $4) \
                        ON CONFLICT (caller, answer_key) DO NOTHING";
            let values = vec![caller.into(), key.into(), request.into(), micros(now).into()];
            if run(text, values).await?.rows_affected() == 1 {
                return Ok(Begun::Fresh);
            }
            let text = "SELECT request, status, body, made_at FROM api_answers WHERE caller = $1 AND answer_key = $2";
            let row = transaction.query_one_raw(sql(transaction, text, vec![caller.into(), key.into()])).await;
            let Some(row) = row.map_err(failed("begin an answer"))? else { return Ok(Begun::UnderWay) };
            if get::<String>(&row, 0)? != request {
                return Ok(Begun::OtherRequest);
            }
            if let (Some(status), Some(body)) = (get::<Option<i64>>(&row, 1)?, get::<Option<String>>(&row, 2)?) {
                let status = u16::try_from(status)
                    .map_err(|error| StoreError::Unreadable { what: "status", why: error.to_string() })?;
                return Ok(Begun::Answered { status, body });
            }
            let made_at: i64 = get(&row, 3)?;
            if made_at > micros(now - CUT_OFF) {
                return Ok(Begun::UnderWay);
            }
            // Of two who find it cut off, one takes it over.
            let text = "UPDATE api_answers SET made_at = $3 WHERE caller = $1 AND answer_key = $2 AND made_at = $4";
            let taken = run(text, vec![caller.into(), key.into(), micros(now).into(), made_at.into()]).await?;
            Ok(if taken.rows_affected() == 1 { Begun::Fresh } else { Begun::UnderWay })
        })
        .await
    }

    /// Keeps the answer of a request that was begun.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn finish_answer(&self, caller: &str, key: &str, status: u16, body: &str) -> Result<(), StoreError> {
        self.write("finish an answer", |transaction| async move {
            let transaction = &*transaction;
            let text = "UPDATE api_answers SET status = $3, body = $4 WHERE caller = $1 AND answer_key = $2";
            let values: Vec<Value> = vec![caller.into(), key.into(), i64::from(status).into(), body.into()];
            transaction.execute_raw(sql(transaction, text, values)).await.map_err(failed("finish an answer")).map(drop)
        })
        .await
    }

    /// Forgets a request that was begun and not done, so that it can be sent again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_answer(&self, caller: &str, key: &str) -> Result<(), StoreError> {
        self.write("forget an answer", |transaction| async move {
            let transaction = &*transaction;
            let text = "DELETE FROM api_answers WHERE caller = $1 AND answer_key = $2";
            let values: Vec<Value> = vec![caller.into(), key.into()];
            transaction.execute_raw(sql(transaction, text, values)).await.map_err(failed("forget an answer")).map(drop)
        })
        .await
    }
}
