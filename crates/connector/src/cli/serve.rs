//! `serve`: the connector at work, until it is told to stop.
//!
//! ```text
//! ┌─► poll (each `poll_every`) ─► drive ─► sleep until something is due, hinted or Ctrl-C ─┐
//! └────────────────────────────────────────────────────────────────────────────────────────┘
//! ```
//!
//! A failure of the store ends it, because nothing may be done that cannot be recorded; a failure of UPS or SYSPRO
//! never does. Being killed costs nothing that the next start does not find again.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::Outcome;
use super::context::Context;
use crate::app::App;
use crate::web;

#[derive(Debug, Args)]
#[command(after_help = "\
Polls every site as often as its file says and does what is due, until Ctrl-C. The status page listens on this machine
only. The data directory is held: other commands on it end with exit code 3 meanwhile.

  ml-connector serve --log info
  ml-connector serve --port 8080 --log-format json")]
pub(crate) struct Serve {
    /// The status page's port; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 8088)]
    port: u16,
}

pub(crate) async fn run(context: &Context, wanted: Serve) -> anyhow::Result<Outcome> {
    let app = context.app().await?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, wanted.port));
    let page = web::Page::open_at(Arc::clone(&app), address).await;
    let page =
        page.with_context(|| format!("the status page cannot listen on {address}; --port names another port"))?;
    context.out.value(&json!({ "page": page.url(), "sites": app.sites().len() }))?;
    context.out.say(format!("{} sites, status page {}, stop with Ctrl-C", app.sites().len(), page.url()));
    let ended = tokio::select! {
        never = work(&app) => never,
        stopped = tokio::signal::ctrl_c() => stopped.context("the signal to stop cannot be heard"),
    };
    drop(page);
    app.close().await;
    ended.map(|()| Outcome::Well)
}

/// Polls and drives for ever.
async fn work(app: &Arc<App>) -> anyhow::Result<()> {
    let mut next_poll = Timestamp::MIN;
    loop {
        let now = app.clock.now();
        if now >= next_poll {
            for polled in app.poll().await? {
                if polled.received > 0 {
                    tracing::info!(site = %polled.site, received = polled.received, "received {} documents", polled.received);
                }
            }
            next_poll = now + shortest_poll(app);
        }
        app.drive().await?;
        let due = app.next_due().await?.map_or(next_poll, |due| due.min(next_poll));
        tokio::select! {
            () = app.clock.sleep_until(due) => {}
            () = app.store.hinted() => {}
        }
    }
}

/// The most impatient site's; a poll is cheap and reads keys only.
fn shortest_poll(app: &App) -> SignedDuration {
    let sites = app.sites();
    let shortest = sites.iter().map(|it| it.site.poll_every).min();
    shortest.unwrap_or(SignedDuration::from_mins(1))
}
