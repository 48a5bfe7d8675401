//! Hints among nodes: something may have become due, said by `NOTIFY` and heard by `LISTEN`.
//!
//! ```text
//! a commit here ─► told ─► at most ten times a second: NOTIFY with our name ─► PostgreSQL
//! PostgreSQL ─► LISTEN ─► another's name? ─► whoever waits for a hint here looks
//! ```
//!
//! A hint is worth nothing but time: it carries no payload that anything is decided by, it may be lost, come twice or
//! never (a pooler between us and the server swallows it), and everybody also looks by himself. It is sent by itself and
//! not with the transaction it is about, because the commits of notifying transactions queue behind one lock.

use std::sync::{Arc, Weak};
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::{Notify, watch};

use super::Inner;

const CHANNEL: &str = "ml_connector";
/// Hints are told no more often than this.
const PAUSE: Duration = Duration::from_millis(100);
/// After a failure, before the next try.
const AFTER_FAILURE: Duration = Duration::from_secs(2);

/// Tells and hears until the store has ended.
pub(super) fn exchange(inner: &Arc<Inner>, pool: &PgPool, told: &Arc<Notify>) {
    let ended = inner.ended.clone();
    let hearing = hear(Arc::downgrade(inner), pool.clone(), inner.holder.clone());
    let telling = tell(pool.clone(), Arc::clone(told), inner.holder.clone());
    tokio::spawn(until(ended.clone(), hearing));
    tokio::spawn(until(ended, telling));
}

async fn until(mut ended: watch::Receiver<bool>, work: impl Future<Output = ()>) {
    tokio::select! {
        () = work => {}
        // An error means that the store is gone.
        _ = ended.wait_for(|ended| *ended) => {}
    }
}

async fn tell(pool: PgPool, told: Arc<Notify>, holder: String) {
    loop {
        told.notified().await;
        let sent = sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(&holder).execute(&pool).await;
        if let Err(error) = sent {
            tracing::debug!(%error, "a hint was not told; the others look by themselves");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn hear(store: Weak<Inner>, pool: PgPool, holder: String) {
    loop {
        let heard = listen(&store, &pool, &holder).await;
        let Err(error) = heard else { return };
        tracing::debug!(%error, "hints are not heard; we look by ourselves");
        tokio::time::sleep(AFTER_FAILURE).await;
    }
}

/// Hears until the store is gone, which is no error, or the connection.
async fn listen(store: &Weak<Inner>, pool: &PgPool, holder: &str) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    loop {
        let notification = listener.recv().await?;
        let Some(store) = store.upgrade() else { return Ok(()) };
        if notification.payload() != holder {
            store.hint.notify_one();
        }
    }
}
