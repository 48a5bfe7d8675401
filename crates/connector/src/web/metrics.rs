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
//! work. The list stands in `docs/operations.md`.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use metrics::{counter, gauge};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use shipment::state::Stage;

use crate::app::App;
use crate::store::StoreError;
use crate::tracking::budget::Budget;

/// The names of all figures, as `docs/operations.md` explains them.
pub const NAMES: [&str; 10] = [
    "ml_connector_up",
    "ml_connector_shipments",
    "ml_connector_holds",
    "ml_connector_alarms_open",
    "ml_connector_remote_away",
    "ml_connector_chores_overdue",
    "ml_connector_chore_lag_seconds",
    "ml_connector_notices_waiting",
    "ml_connector_notices_oldest_seconds",
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

async fn figures(app: &App) -> Result<String, StoreError> {
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
