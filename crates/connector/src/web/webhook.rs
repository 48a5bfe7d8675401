//! Where UPS calls: take in, answer, read later.
//!
//! ```text
//! POST /ups/{path}        who is it? ─► JSON, not too long ─► inbox (durable) ─► 200
//! POST /ups/{path}/token  client id and secret ─► a bearer token for the calls of version 2
//!            │ not UPS: 401 without a word, counted
//! ```
//!
//! It may listen on an address of its own, so that nothing else faces the internet, with a certificate of its own or
//! plain behind a reverse proxy. UPS does not call twice: so a call is answered with 200 only when it stands on the disk,
//! and with 503 when it cannot. The path of a site cannot be guessed, and a wrong path is answered like a wrong
//! credential. Whoever keeps failing is answered with 429; the right credentials are never kept waiting by others' wrong
//! ones. What is deliberately not here: reading what was called (`tracking::inbox`).

mod tls;

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::post;
use axum::serve::IncomingStream;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use secrecy::ExposeSecret;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::app::{App, SiteRuntime};
use crate::tracking::door::{Shown, TOKEN_LASTS};

pub use tls::{Certificate, CertificateError};

/// The longest body: an event with the driver's photo fits.
const LONGEST_BODY: usize = 2 * 1024 * 1024;
/// How long a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);
/// So many wrong calls a second one address may make, and so many at once.
const FAILURES_PER_SECOND: NonZeroU32 = NonZeroU32::MIN.saturating_add(1);
const FAILURES_AT_ONCE: NonZeroU32 = NonZeroU32::MIN.saturating_add(19);

/// The listener, until this is dropped.
#[derive(Debug)]
pub struct Webhook {
    address: SocketAddr,
    encrypted: bool,
    serving: JoinHandle<()>,
}

/// Who calls, as far as the socket tells.
#[derive(Debug, Clone, Copy)]
pub struct Caller(SocketAddr);

impl Connected<IncomingStream<'_, TcpListener>> for Caller {
    fn connect_info(stream: IncomingStream<'_, TcpListener>) -> Self {
        Self(*stream.remote_addr())
    }
}

struct Hook {
    app: Arc<App>,
    failures: DefaultKeyedRateLimiter<IpAddr>,
}

impl Webhook {
    /// Listens on an address, plain or with a certificate.
    ///
    /// # Errors
    /// When the address is taken.
    pub async fn open(app: Arc<App>, address: SocketAddr, certificate: Option<Certificate>) -> std::io::Result<Self> {
        Self::over(app, TcpListener::bind(address).await?, certificate)
    }

    /// Listens on a socket that is open already.
    ///
    /// # Errors
    /// When the socket is none any more.
    pub fn over(app: Arc<App>, listener: TcpListener, certificate: Option<Certificate>) -> std::io::Result<Self> {
        let address = listener.local_addr()?;
        let encrypted = certificate.is_some();
        let clock = app.clock.clone();
        let routes = router(app).into_make_service_with_connect_info::<Caller>();
        let serving = tokio::spawn(async move {
            let served = match certificate {
                Some(certificate) => axum::serve(tls::listener(listener, certificate, clock), routes).await,
                None => axum::serve(listener, routes).await,
            };
            if let Err(error) = served {
                tracing::error!(%error, "the webhook stopped listening");
            }
        });
        Ok(Self { address, encrypted, serving })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it listens, for people.
    pub fn url(&self) -> String {
        format!("{}://{}", if self.encrypted { "https" } else { "http" }, self.address)
    }
}

impl Drop for Webhook {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// The webhook's routes: of a listener of its own, or among others.
pub fn router(app: Arc<App>) -> Router {
    let quota = Quota::per_second(FAILURES_PER_SECOND).allow_burst(FAILURES_AT_ONCE);
    let hook = Arc::new(Hook { app, failures: RateLimiter::keyed(quota) });
    Router::new()
        .route("/ups/{path}", post(call))
        .route("/ups/{path}/token", post(token))
        .layer(DefaultBodyLimit::disable())
        .with_state(hook)
}

impl Hook {
    /// The site at whose door the caller stands. Every door is looked at, so that time tells nothing.
    fn site_at(&self, path: &str) -> Option<Arc<SiteRuntime>> {
        let is_at = |site: &SiteRuntime| site.door.as_ref().is_some_and(|door| door.is_at(path));
        let mut found = None;
        for site in self.app.sites() {
            if is_at(&site) {
                found = Some(site);
            }
        }
        found
    }

    /// Whoever fails is told nothing, and after many failures nothing for a while.
    fn refuse(&self, site: Option<&SiteRuntime>, from: SocketAddr) -> Response {
        if let Some(site) = site {
            site.refused_calls.fetch_add(1, Ordering::Relaxed);
        }
        match self.failures.check_key(&from.ip()) {
            Ok(()) => StatusCode::UNAUTHORIZED.into_response(),
            Err(_) => StatusCode::TOO_MANY_REQUESTS.into_response(),
        }
    }
}

async fn call(
    State(hook): State<Arc<Hook>>,
    ConnectInfo(Caller(from)): ConnectInfo<Caller>,
    Path(path): Path<String>,
    request: Request,
) -> Response {
    let site = hook.site_at(&path);
    let Some((site, door)) = site.as_ref().and_then(|site| Some((site, site.door.as_ref()?))) else {
        return hook.refuse(None, from);
    };
    let headers = request.headers();
    if !door.knows(shown(headers), hook.app.clock.real_now()) {
        return hook.refuse(Some(site), from);
    }
    if !is_json(headers) {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    let body = match body(request.into_body()).await {
        Ok(body) => body,
        Err(status) => return status.into_response(),
    };
    match hook.app.store.take_in(&site.site.name, body.to_vec(), hook.app.clock.now()).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(error) => {
            tracing::error!(site = %site.site.name, %error, "a call of UPS could not be taken in");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

/// The client credentials grant of OAuth 2: id and secret in the header, or in the form.
async fn token(
    State(hook): State<Arc<Hook>>,
    ConnectInfo(Caller(from)): ConnectInfo<Caller>,
    Path(path): Path<String>,
    request: Request,
) -> Response {
    let site = hook.site_at(&path);
    let Some((site, door)) = site.as_ref().and_then(|site| Some((site, site.door.as_ref()?))) else {
        return hook.refuse(None, from);
    };
    let basic = basic(request.headers());
    let form = match body(request.into_body()).await {
        Ok(body) => body,
        Err(status) => return status.into_response(),
    };
    let shown = basic.or_else(|| in_form(&form));
    let real_now = hook.app.clock.real_now();
    let token = shown.and_then(|(id, secret)| door.token_for(&id, &secret, real_now));
    match token {
        Some(token) => {
            let told = json!({
                "access_token": token.expose_secret(),
                "token_type": "Bearer",
                "expires_in": TOKEN_LASTS.as_secs(),
            });
            ([(header::CACHE_CONTROL, "no-store")], Json(told)).into_response()
        }
        None => hook.refuse(Some(site), from),
    }
}

fn shown(headers: &HeaderMap) -> Shown<'_> {
    let text = |name: &str| headers.get(name).and_then(|it| it.to_str().ok()).map(str::trim);
    let bearer = text("authorization").and_then(|it| {
        let (scheme, token) = it.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    });
    Shown { credential: text("credential"), api_key: text("x-api-key"), bearer }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

async fn body(body: Body) -> Result<Bytes, StatusCode> {
    match tokio::time::timeout(PATIENCE, to_bytes(body, LONGEST_BODY)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) => Err(StatusCode::PAYLOAD_TOO_LARGE),
        Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
    }
}

fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = text.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

fn in_form(body: &[u8]) -> Option<(String, String)> {
    let pairs: Vec<(String, String)> = reqwest::Url::parse("http://form/?")
        .ok()
        .map(|mut url| {
            url.set_query(std::str::from_utf8(body).ok());
            url.query_pairs().map(|(key, value)| (key.into_owned(), value.into_owned())).collect()
        })
        .unwrap_or_default();
    let of = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    Some((of("client_id")?, of("client_secret")?))
}
