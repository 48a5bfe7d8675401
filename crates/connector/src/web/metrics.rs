//! `/metrics`: figures for a monitoring system, in Prometheus' text format.
//!
//! ```text
//! scrape ─► store: counts, alarms, outages, chores, outbox ─► gauges of this moment ─┐
//! calls to UPS, as they end ─► counters of this process ────────────────────────────┴─► text
//! ```
//!
//! The gauges are read from the store when somebody asks, so they are those of all nodes, and a series whose cause is gone
//! is gone too. The counters are this process' own and begin at nought with it. No figure names a customer, a document or
//! a tracking number. Counting shipments by stage walks an index, which grows with the history; all else follows the open
//! work, and how long news take is measured on the newest shipments of a site. The list stands in `docs/operations.md`.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use metrics::{counter, gauge};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use shipment::state::Stage;

use crate::app::App;
use crate::store::{FeedRow, StoreError, Subscribed};
use crate::tracking::budget::Budget;
use crate::tracking::health::{self, Lag};

/// The names of all figures, as `docs/operations.md` explains them.
pub const NAMES: [&str; 17] = [
    "ml_connector_up",
    "ml_connector_shipments",
    "ml_connector_holds",
    "ml_connector_alarms_open",
    "ml_connector_remote_away",
    "ml_connector_chores_overdue",
    "ml_connector_chore_lag_seconds",
    "ml_connector_notices_waiting",
    "ml_connector_notices_oldest_seconds",
    "ml_connector_feed_events",
    "ml_connector_feed_refused",
    "ml_connector_feed_silent_seconds",
    "ml_connector_subscriptions",
    "ml_connector_subscription_first_end_seconds",
    "ml_connector_news_lag_seconds",
    "ml_connector_news_measured",
    "ml_connector_ups_calls_total",
];

/// What this process counts as it goes.
static COUNTED: OnceLock<PrometheusHandle> = OnceLock::new();

/// Begins to count; once in a process, and nothing is counted before.
pub(crate) fn count_from_now_on() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    // A second node in one process (tests, the demo) counts into the first one's figures.
    if metrics::set_global_recorder(recorder).is_ok() {
        let _ = COUNTED.set(handle);
    }
}

/// Counts the exchanges of a site with UPS, for the figures and for its budget.
#[derive(Debug)]
pub(crate) struct UpsCalls {
    pub(crate) site: String,
    pub(crate) budget: Budget,
}

impl ups::Observer for UpsCalls {
    fn observed(&self, exchange: &ups::Exchange<'_>) {
        let outcome = exchange.error.map_or("ok", ups::Error::code);
        let labels = [("site", self.site.clone()), ("call", exchange.call.to_owned()), ("outcome", outcome.to_owned())];
        counter!("ml_connector_ups_calls_total", &labels).increment(1);
        self.budget.observed(exchange);
    }
}

/// Answers a scrape.
pub(super) async fn metrics(State(app): State<Arc<App>>) -> Response {
    match figures(&app).await {
        Ok(text) => ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "the store cannot be read for /metrics");
            (StatusCode::INTERNAL_SERVER_ERROR, "the store cannot be read; see the log").into_response()
        }
    }
}

/// A figure of this moment.
struct Figure {
    name: &'static str,
    labels: Vec<(&'static str, String)>,
    value: i64,
}

/// All figures of this moment, in Prometheus' text format.
///
/// # Errors
/// When the store fails.
pub async fn figures(app: &App) -> Result<String, StoreError> {
    let figures = gathered(app).await?;
    let recorder = PrometheusBuilder::new().build_recorder();
    metrics::with_local_recorder(&recorder, || {
        for Figure { name, labels, value } in figures {
            // Prometheus knows floats only; counts are exact up to 2^53.
            #[expect(clippy::cast_precision_loss, reason = "no count here comes near 2^53")]
            gauge!(name, &labels).set(value as f64);
        }
    });
    let counted = COUNTED.get().map(PrometheusHandle::render).unwrap_or_default();
    Ok(recorder.handle().render() + &counted)
}

async fn gathered(app: &App) -> Result<Vec<Figure>, StoreError> {
    let now = app.clock.now();
    let store = &app.store;
    let mut figures = vec![Figure { name: "ml_connector_up", labels: vec![("version", version())], value: 1 }];
    for row in store.sites().await? {
        let site = || ("site", row.site.to_string());
        let counts = store.counts(Some(&row.site)).await?;
        let stages: BTreeMap<&str, i64> = counts.stages.iter().map(|(stage, count)| (stage.as_str(), *count)).collect();
        for stage in Stage::ALL.map(Stage::as_str) {
            let value = stages.get(stage).copied().unwrap_or(0);
            figures.push(Figure {
                name: "ml_connector_shipments",
                labels: vec![site(), ("stage", stage.to_owned())],
                value,
            });
        }
        for (reason, value) in counts.holds {
            figures.push(Figure { name: "ml_connector_holds", labels: vec![site(), ("reason", reason)], value });
        }
        let heard = health::of(store, &row.site, now).await?;
        figures.extend(heard.feeds.iter().flat_map(|feed| of_feed(row.site.as_str(), feed, now)));
        figures.extend(of_subscriptions(row.site.as_str(), &heard.subscribed, now));
        figures.extend(of_lag(row.site.as_str(), heard.lag));
    }
    for open in store.alarms_open().await? {
        let labels = vec![
            ("site", open.site.to_string()),
            ("kind", open.kind.as_str().to_owned()),
            ("owner", open.kind.owner().as_str().to_owned()),
            ("severity", open.kind.severity().as_str().to_owned()),
        ];
        figures.push(Figure { name: "ml_connector_alarms_open", labels, value: open.open });
    }
    for outage in store.outages(None).await? {
        let labels = vec![("site", outage.site.to_string()), ("remote", outage.remote)];
        figures.push(Figure { name: "ml_connector_remote_away", labels, value: 1 });
    }
    figures.extend(of_chores(app).await?);
    for outbox in store.outboxes().await? {
        let labels = vec![("site", outbox.site.to_string()), ("channel", outbox.channel.as_str().to_owned())];
        let oldest = now.duration_since(outbox.oldest).as_secs();
        figures.push(Figure { name: "ml_connector_notices_waiting", labels: labels.clone(), value: outbox.waiting });
        figures.push(Figure { name: "ml_connector_notices_oldest_seconds", labels, value: oldest });
    }
    Ok(figures)
}

/// What a feed told, how often strangers called on it, and how long it has been silent.
fn of_feed(site: &str, feed: &FeedRow, now: Timestamp) -> Vec<Figure> {
    let labels = |told: Option<&str>| {
        let told = told.map(|told| ("told", told.to_owned()));
        [("site", site.to_owned()), ("feed", feed.feed.as_str().to_owned())].into_iter().chain(told).collect()
    };
    let told =
        [("first", feed.events), ("again", feed.again), ("others", feed.others), ("unreadable", feed.unreadable)];
    let mut figures: Vec<Figure> = told
        .map(|(told, value)| Figure { name: "ml_connector_feed_events", labels: labels(Some(told)), value })
        .into_iter()
        .collect();
    figures.push(Figure { name: "ml_connector_feed_refused", labels: labels(None), value: feed.refused });
    figures.extend(feed.last_at.map(|last| Figure {
        name: "ml_connector_feed_silent_seconds",
        labels: labels(None),
        value: now.duration_since(last).as_secs(),
    }));
    figures
}

/// How the packages on their way are subscribed, each counted in one place, and when the first of them runs out.
fn of_subscriptions(site: &str, counted: &Subscribed, now: Timestamp) -> Vec<Figure> {
    let Subscribed { followed, subscribed, ending, ended, refused, first_end } = *counted;
    let none = followed - subscribed - ended - refused;
    let states =
        [("in_force", subscribed - ending), ("ending", ending), ("ended", ended), ("refused", refused), ("none", none)];
    let mut figures: Vec<Figure> = states
        .map(|(state, value)| Figure {
            name: "ml_connector_subscriptions",
            labels: vec![("site", site.to_owned()), ("state", state.to_owned())],
            value,
        })
        .into_iter()
        .collect();
    figures.extend(first_end.map(|end| Figure {
        name: "ml_connector_subscription_first_end_seconds",
        labels: vec![("site", site.to_owned())],
        value: end.duration_since(now).as_secs(),
    }));
    figures
}

/// How long news take from the scan to the proof in SYSPRO.
fn of_lag(site: &str, lag: Lag) -> Vec<Figure> {
    let measured = i64::try_from(lag.measured).unwrap_or(i64::MAX);
    let labels = || vec![("site", site.to_owned())];
    let mut figures = vec![Figure { name: "ml_connector_news_measured", labels: labels(), value: measured }];
    if lag.measured > 0 {
        figures.extend([("0.5", lag.median), ("0.95", lag.p95), ("0.99", lag.p99)].map(|(quantile, lag)| Figure {
            name: "ml_connector_news_lag_seconds",
            labels: [labels(), vec![("quantile", quantile.to_owned())]].concat(),
            value: lag.as_secs(),
        }));
    }
    figures
}

/// A chore that is due and not run, or whose node is silent, lags.
async fn of_chores(app: &App) -> Result<Vec<Figure>, StoreError> {
    let now = app.clock.now();
    let mut overdue: BTreeMap<String, i64> = BTreeMap::new();
    let mut figures = Vec::new();
    for row in app.store.chores(None).await? {
        let late = row.due_at.filter(|due| row.paused.is_none() && *due < now);
        let lag = late.map_or(0, |due| now.duration_since(due).as_secs());
        *overdue.entry(row.key.site.to_string()).or_default() += i64::from(lag > OVERDUE_SECONDS);
        let labels = vec![("site", row.key.site.to_string()), ("chore", row.key.name())];
        figures.push(Figure { name: "ml_connector_chore_lag_seconds", labels, value: lag });
    }
    let counted = overdue.into_iter();
    figures.extend(counted.map(|(site, value)| Figure {
        name: "ml_connector_chores_overdue",
        labels: vec![("site", site)],
        value,
    }));
    Ok(figures)
}

/// A chore that waits for longer than this is overdue.
const OVERDUE_SECONDS: i64 = 300;

fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}
