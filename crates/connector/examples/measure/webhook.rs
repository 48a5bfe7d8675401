//! How many calls of UPS are taken in for good a second, beside a handler that reads them and stores nothing.
//!
//! ```text
//! 64 callers, each with a connection of its own ─┬─► the webhook ─► inbox, durable ─► 200
//!                                                └─► the same server, a handler that stores nothing ─► 200
//! at half of the webhook's rate, by the clock ─────► the webhook: how long each call waits, from when it should have begun
//! ```
//!
//! Callers and servers share this process and its cores. Both are asked in turns, so that what else the machine does strikes
//! both.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::routing::post;
use connector::web::webhook::Webhook;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::house::House;
use crate::{micros_since, now};

/// Callers at once.
const CALLERS: u32 = 64;
/// Each server is asked so often in turn.
const TURNS: u32 = 4;

/// What UPS calls about, of a parcel of somebody else: taking it in does not look whose it is.
const EVENT: &str = r#"{"trackingNumber":"1Z999AA10123456784","localActivityDate":"20260915","localActivityTime":"101500",
"activityLocation":{"city":"LOUISVILLE","stateProvince":"KY","postalCode":"40209","country":"US"},
"activityStatus":{"type":"I","code":"DP","description":"Departed from Facility"},"scheduledDeliveryDate":"20260918",
"actualDeliveryDate":"","actualDeliveryTime":"","gmtActivityDate":"20260915","gmtActivityTime":"141500"}"#;

pub(crate) async fn run(folder: &Path, calls: u32, database: Option<&str>) -> Result<Value> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let alerts = format!(
        "\n[tracking.alerts]\npublic_url = \"http://{}\"\nversion = \"v1\"\n",
        listener.local_addr().context("an address")?
    );
    let house = House::open_with(folder, database, &alerts).await?;
    let site = house.app.site(&house.site).context("no site")?;
    let door = site.door.as_ref().context("the site has no door")?;
    let request = request(&format!("/ups/{}", door.path()), door.credential().expose_secret());
    let webhook = Webhook::over(Arc::clone(&house.app), listener, None)?;
    let bare = nothing_stored().await?;

    let per_turn = (calls / TURNS).max(CALLERS);
    flood(bare, &request, per_turn / 4).await?;
    flood(webhook.address(), &request, per_turn / 4).await?;
    let (mut storing, mut not_storing) = (0, 0);
    for _ in 0..TURNS {
        not_storing += flood(bare, &request, per_turn).await?;
        storing += flood(webhook.address(), &request, per_turn).await?;
    }
    let all = u64::from(per_turn * TURNS);
    // At half of what it took: the time between two calls is twice as long.
    let between = Duration::from_micros((storing * 2 / all).max(1));
    let mut waits = paced(webhook.address(), &request, per_turn * 2, between).await?;
    waits.sort_unstable();
    let p99 = waits.get(waits.len() * 99 / 100).copied().context("no call was paced")?;
    let stored = house.app.store.inbox(&house.site, usize::MAX >> 33).await?.len();
    drop(webhook);
    let said = json!({
        "calls": all, "micros": storing, "bare_micros": not_storing, "p99_micros": p99,
        "median_micros": waits.get(waits.len() / 2), "stored": stored,
    });
    if u64::try_from(stored)? != all + u64::from(per_turn / 4 + per_turn * 2) {
        bail!("a call that was answered is not in the inbox, or one too many: {said}");
    }
    house.app.clone().close().await;
    Ok(said)
}

/// A server that reads what it is sent, and answers.
async fn nothing_stored() -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let read = |body: Bytes| async move { if body.is_empty() { StatusCode::BAD_REQUEST } else { StatusCode::OK } };
    let routes = Router::new().route("/ups/{path}", post(read));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    Ok(address)
}

fn request(path: &str, credential: &str) -> Arc<[u8]> {
    let text = format!(
        "POST {path} HTTP/1.1\r\nhost: hooks.example.com\r\ncontent-type: application/json\r\ncredential: {credential}\r\n\
         content-length: {}\r\n\r\n{EVENT}",
        EVENT.len()
    );
    text.into_bytes().into()
}

/// Everybody calls as fast as answers come; the microseconds until the last answer.
async fn flood(to: SocketAddr, request: &Arc<[u8]>, calls: u32) -> Result<u64> {
    let left = Arc::new(AtomicU32::new(calls));
    let begun = now();
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let (left, request) = (Arc::clone(&left), Arc::clone(request));
        callers.spawn(async move {
            let mut caller = Caller::of(to).await?;
            while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |it| it.checked_sub(1)).is_ok() {
                caller.call(&request).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(done) = callers.join_next().await {
        done??;
    }
    Ok(micros_since(begun))
}

/// A call every so often, whatever becomes of the one before; how long each took from when it should have begun.
async fn paced(to: SocketAddr, request: &Arc<[u8]>, calls: u32, between: Duration) -> Result<Vec<u64>> {
    let begun = now();
    let mut callers = JoinSet::new();
    for first in 0..CALLERS {
        let request = Arc::clone(request);
        callers.spawn(async move {
            let mut caller = Caller::of(to).await?;
            let mut waits = Vec::new();
            for turn in (first..calls).step_by(usize::try_from(CALLERS)?) {
                let due = begun + between * turn;
                tokio::time::sleep(due.saturating_duration_since(now())).await;
                caller.call(&request).await?;
                waits.push(micros_since(due));
            }
            anyhow::Ok(waits)
        });
    }
    let mut waits = Vec::new();
    while let Some(done) = callers.join_next().await {
        waits.extend(done??);
    }
    Ok(waits)
}

/// One connection that is kept.
struct Caller {
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Caller {
    async fn of(to: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(to).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, answer: Vec::new() })
    }

    /// Calls and waits for the answer, which has no body.
    async fn call(&mut self, request: &[u8]) -> Result<()> {
        self.stream.write_all(request).await?;
        self.answer.clear();
        while !self.answer.ends_with(b"\r\n\r\n") {
            if self.stream.read_buf(&mut self.answer).await? == 0 {
                bail!("the server hung up");
            }
        }
        if !self.answer.starts_with(b"HTTP/1.1 200") {
            bail!("{}", String::from_utf8_lossy(&self.answer));
        }
        Ok(())
    }
}
