//! The status page: what is going on, read-only, on loopback.
//!
//! A plain page without a script that asks again every two seconds. It shows counts and the newest shipments and changes
//! nothing. The console with people, rights and actions is a later chapter; until then the page faces this machine only.

pub mod metrics;
mod status;
pub mod webhook;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::app::App;

/// The page, served until this is dropped.
#[derive(Debug)]
pub struct Page {
    address: SocketAddr,
    serving: JoinHandle<()>,
}

impl Page {
    /// Serves the page on a free loopback port.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn open(app: Arc<App>) -> std::io::Result<Self> {
        Self::open_at(app, SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await
    }

    /// Serves the page on an address of this machine.
    ///
    /// # Errors
    /// When the address is taken or not loopback.
    pub async fn open_at(app: Arc<App>, address: SocketAddr) -> std::io::Result<Self> {
        if !address.ip().is_loopback() {
            let why =
                format!("the status page has no log-in yet, so it listens on this machine only, not on {address}");
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, why));
        }
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let router = Router::new()
            .route("/", get(page))
            .route("/healthz", get(healthz))
            .route("/metrics", get(metrics::metrics))
            .with_state(app);
        let serving = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "the status page stopped");
            }
        });
        Ok(Self { address, serving })
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn page(State(app): State<Arc<App>>) -> Response {
    const POLICY: &str =
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    let headers: [(HeaderName, &str); 3] = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    match status::page(&app).await {
        Ok(markup) => (headers, Html(markup.into_string())).into_response(),
        Err(error) => {
            tracing::error!(%error, "the status page cannot read the store");
            (StatusCode::INTERNAL_SERVER_ERROR, "the store cannot be read; see the log").into_response()
        }
    }
}

async fn healthz(State(app): State<Arc<App>>) -> StatusCode {
    match app.store.counts(None).await {
        Ok(_) => StatusCode::OK,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}
