//! The one way out: every call of this crate passes through [`Client`].
//!
//! ```text
//! request ─► strict writer ─► token ─► deadline ─► socket ─► answer ─► judge ─► forgiving reader
//!               │ Invalid       │ not sent            │ not sent (no connection)
//!               ▼               ▼                     ▼ else: see `answer`
//! ```
//!
//! A call is sent once. Only a 401 sends it again, with a new token, because the gateway turned the
//! first one away. Calls that change something never share a connection with others: a connection
//! kept for later may be closed by the other side just as the request is written, and then nobody
//! could say whether it arrived. No redirect is followed, and no library below retries.

use std::error::Error as _;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Method, Url};
use secrecy::ExposeSecret;

use crate::answer::{Answer, Body, Judgement, Kind, Signals, judge};
use crate::clock::{Deadline, Stopwatch};
use crate::error::{Alert, Error, RawAnswer, Rung};
use crate::observer::Exchange;
use crate::settings::{Settings, is_this_machine};
use crate::text;
use crate::token::{AuthCode, Bearer, Tokens};

/// An answer is not read beyond this: 200 labels stay far below it.
const LARGEST_ANSWER: usize = 64 * 1024 * 1024;

/// What a token call is called. Its bodies are secret and never shown.
const TOKEN: &str = "token";

/// A client of UPS. Cloning it is cheap and shares the token.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    settings: Settings,
    base: Url,
    reading: reqwest::Client,
    changing: reqwest::Client,
    tokens: Tokens,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let settings = &self.inner.settings;
        f.debug_struct("Client")
            .field("environment", &settings.environment)
            .field("account", &settings.account)
            .finish_non_exhaustive()
    }
}

/// One call, written and checked, not yet sent.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) kind: Kind,
    /// What the call is called in logs.
    pub(crate) name: &'static str,
    /// The product an application needs for it.
    pub(crate) product: &'static str,
    pub(crate) method: Method,
    pub(crate) path: Vec<String>,
    pub(crate) query: Vec<(&'static str, String)>,
    /// Headers beside those every call carries.
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Option<String>,
}

impl Call {
    pub(crate) fn new(kind: Kind, name: &'static str, product: &'static str, method: Method, path: &[&str]) -> Self {
        let path = path.iter().map(|&segment| segment.to_owned()).collect();
        Self { kind, name, product, method, path, query: Vec::new(), headers: Vec::new(), body: None }
    }

    pub(crate) fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn body(mut self, body: String) -> Self {
        self.body = Some(body);
        self
    }
}

impl Client {
    /// Builds a client. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if the address, the client id or the account cannot be right.
    pub fn new(mut settings: Settings) -> Result<Self, Error> {
        let base = settings.environment.base()?;
        settings.account = text::account("account", &settings.account)?;
        settings.client_id = text::required("client_id", &settings.client_id, 256)?;
        if settings.client_secret.expose_secret().trim().is_empty() {
            return Err(Error::invalid("client_secret", "is missing"));
        }
        let times = &settings.timeouts;
        let reading = http(&base, times.connect.min(times.read_call / 4))?.build();
        let changing =
            http(&base, times.connect.min(times.changing_call / 4))?.http1_only().pool_max_idle_per_host(0).build();
        let (Ok(reading), Ok(changing)) = (reading, changing) else {
            return Err(Error::invalid("environment", "cannot be used: the encryption library did not start"));
        };
        Ok(Self { inner: Arc::new(Inner { settings, base, reading, changing, tokens: Tokens::default() }) })
    }

    /// The shipper's account.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.inner.settings.account
    }

    /// The host that is talked to.
    #[must_use]
    pub fn host(&self) -> &str {
        self.inner.base.host_str().unwrap_or_default()
    }

    /// Proves the credentials by asking for a new token, even if there is one.
    ///
    /// # Errors
    ///
    /// [`Error::Credentials`] if UPS refuses them, or what may go wrong with any reading call.
    pub async fn token(&self) -> Result<(), Error> {
        let deadline = Deadline::after(self.inner.settings.timeouts.read_call);
        let current = self.inner.tokens.serial().await;
        self.bearer(deadline, current).await.map(drop)
    }

    /// Makes sure that there is a token which is still good, asking for one only where there is none. Before a call that
    /// must not fail for want of a token.
    ///
    /// # Errors
    ///
    /// Those of [`Client::token`].
    pub async fn ready(&self) -> Result<(), Error> {
        let deadline = Deadline::after(self.inner.settings.timeouts.read_call);
        self.bearer(deadline, None).await.map(drop)
    }

    /// Sends a call once; once more with a new token if UPS did not take the first.
    pub(crate) async fn send(&self, call: Call) -> Result<Answer, Error> {
        let times = &self.inner.settings.timeouts;
        let budget = match call.kind {
            Kind::Reading => times.read_call,
            Kind::Changing => times.changing_call,
        };
        let deadline = Deadline::after(budget);
        let mut bearer = self.bearer(deadline, None).await?;
        let mut renewed = false;
        loop {
            let left = deadline.left();
            if call.kind == Kind::Changing && left < budget / 2 {
                return Err(no_time(call.name));
            }
            match self.once(&call, &bearer, left).await? {
                Judgement::Answered(answer) => return Ok(answer),
                Judgement::Failed(error) => return Err(error),
                Judgement::Unauthorised(alert) if renewed => return Err(denied(call.product, alert)),
                Judgement::Unauthorised(Some(alert)) if AuthCode::of(&alert.code) == AuthCode::NotEntitled => {
                    return Err(denied(call.product, Some(alert)));
                }
                Judgement::Unauthorised(_) => {
                    bearer = self.bearer(deadline, Some(bearer.serial)).await?;
                    renewed = true;
                }
            }
        }
    }

    async fn once(&self, call: &Call, bearer: &Bearer, left: Duration) -> Result<Judgement, Error> {
        let mut url = self.url(&call.path);
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        let mut authorization = HeaderValue::from_str(&bearer.header())
            .map_err(|_| Error::unreadable("access_token contains characters no header can carry"))?;
        authorization.set_sensitive(true);
        let mut request =
            self.http(call.kind).request(call.method.clone(), url).header(AUTHORIZATION, authorization).timeout(left);
        for (name, value) in &call.headers {
            request = request.header(*name, value);
        }
        if let Some(body) = &call.body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.clone());
        }
        self.exchange(request, call.kind, call.name, call.body.as_deref()).await
    }

    /// A token, waited for no longer than the deadline. Whatever fails here, the call was not sent.
    async fn bearer(&self, deadline: Deadline, refused: Option<u64>) -> Result<Bearer, Error> {
        let now = self.inner.settings.clock.now();
        let asking = self.inner.tokens.bearer(now, refused, async || self.ask_for_token().await);
        tokio::time::timeout_at(deadline.0, asking).await.unwrap_or_else(|_| Err(no_time(TOKEN)))
    }

    async fn ask_for_token(&self) -> Result<Answer, Error> {
        let settings = &self.inner.settings;
        let url = self.url(&["security", "v1", "oauth", "token"].map(str::to_owned));
        let mut request = self
            .inner
            .reading
            .post(url)
            .basic_auth(&settings.client_id, Some(settings.client_secret.expose_secret()))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body("grant_type=client_credentials")
            .timeout(settings.timeouts.read_call);
        if settings.send_merchant_id {
            request = request.header("x-merchant-id", &settings.account);
        }
        match self.exchange(request, Kind::Reading, TOKEN, None).await? {
            Judgement::Answered(answer) => Ok(answer),
            Judgement::Unauthorised(alert) => Err(credentials(alert)),
            // 404 and 405 speak of the address, not of the credentials.
            Judgement::Failed(Error::Rejected { code, message, .. }) if code != "404" && code != "405" => {
                Err(Error::Credentials { code, message })
            }
            Judgement::Failed(Error::Throttled { retry_after, .. }) => {
                Err(Error::Throttled { retry_after, on_token: true })
            }
            Judgement::Failed(error) => Err(error),
        }
    }

    /// Sends a request, judges what comes back, and tells the observer.
    async fn exchange(
        &self,
        request: reqwest::RequestBuilder,
        kind: Kind,
        call: &'static str,
        sent: Option<&str>,
    ) -> Result<Judgement, Error> {
        // UPS demands a `transId` of at most 32 characters on some calls and echoes it. It is for
        // correlation only: equal ones do not make UPS recognise a repeated call.
        let trans_id = format!("{:032x}", fastrand::u128(..));
        let request = request.header("transId", &trans_id).header("transactionSrc", "ml-connector");
        let request = request.build().map_err(|error| unsent_or_lost(kind, &error))?;
        let (method, path) = (request.method().clone(), path_of(request.url()));
        let http = self.http(kind);
        let watch = Stopwatch::start();
        let (status, signals, body, outcome) = match http.execute(request).await {
            Ok(response) => {
                let status = response.status().as_u16();
                let signals = Signals::of(response.headers());
                let body = whole_body(response).await;
                let outcome = judge(kind, status, &signals, body.clone());
                (Some(status), signals, body.bytes, Ok(outcome))
            }
            Err(error) => (None, Signals::default(), Bytes::new(), Err(unsent_or_lost(kind, &error))),
        };
        let error = match &outcome {
            Ok(Judgement::Failed(error)) | Err(error) => Some(error),
            Ok(Judgement::Answered(_) | Judgement::Unauthorised(_)) => None,
        };
        let errorcode = signals.errorcode.as_deref();
        let duration = watch.elapsed();
        tracing::debug!(call, trans_id, status, errorcode, ?duration, "asked UPS to {call}");
        if let Some(observer) = &self.inner.settings.observer {
            observer.observed(&Exchange {
                call,
                changing: kind == Kind::Changing,
                method: method.as_str(),
                path: &path,
                trans_id: &trans_id,
                status,
                errorcode,
                duration,
                error,
                sent,
                came: (call != TOKEN).then_some(&body),
            });
        }
        outcome
    }

    fn http(&self, kind: Kind) -> &reqwest::Client {
        match kind {
            Kind::Reading => &self.inner.reading,
            Kind::Changing => &self.inner.changing,
        }
    }

    fn url(&self, path: &[String]) -> Url {
        let mut url = self.inner.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }
}

/// What both HTTP clients share. A simulator on this machine is never asked through a proxy.
#[expect(clippy::disallowed_methods, reason = "this crate's one place for it: with deadlines, without redirects")]
fn http(base: &Url, connect: Duration) -> Result<reqwest::ClientBuilder, Error> {
    let builder = reqwest::Client::builder()
        .user_agent(concat!("ml-connector/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .connect_timeout(connect);
    Ok(if is_this_machine(base) { builder.no_proxy() } else { builder })
}

/// Path and query of a URL, without the host.
fn path_of(url: &Url) -> String {
    url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()))
}

async fn whole_body(mut response: reqwest::Response) -> Body {
    let mut body = BytesMut::new();
    let broken = loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > LARGEST_ANSWER => {
                break Some("the answer is larger than 64 MiB".to_owned());
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => break None,
            Err(error) if error.is_timeout() => break Some("the answer did not end in time".to_owned()),
            Err(error) => break Some(format!("the answer broke off: {}", innermost(&error))),
        }
    };
    Body { bytes: body.freeze(), broken }
}

/// Tells a call that never left from one whose fate is unknown.
///
/// `is_connect` is true for everything up to the end of the TLS handshake, the connection's own
/// timeout included. That timeout is shorter than the call's, so a call that ran out of time as a
/// whole had a connection.
fn unsent_or_lost(kind: Kind, error: &reqwest::Error) -> Error {
    if error.is_connect() || error.is_builder() {
        let why = if error.is_timeout() { "no connection in time".to_owned() } else { innermost(error) };
        return Error::Unreachable { rung: rung(error), why };
    }
    let why =
        if error.is_timeout() { "no answer in time".to_owned() } else { format!("no answer: {}", innermost(error)) };
    kind.lost(None, why, RawAnswer::default())
}

fn rung(error: &reqwest::Error) -> Rung {
    if error.is_dns() {
        return Rung::Name;
    }
    let mut source = error.source();
    while let Some(cause) = source {
        let words = cause.to_string().to_ascii_lowercase();
        if ["certificate", "handshake", "tls", "corrupt message", "unexpected eof"]
            .iter()
            .any(|sign| words.contains(sign))
        {
            return Rung::Certificate;
        }
        source = cause.source();
    }
    Rung::Connection
}

/// The last cause of an error: the only one that is not about our own plumbing. It names no URL.
fn innermost(error: &reqwest::Error) -> String {
    let mut words = "it could not be sent".to_owned();
    let mut source = error.source();
    while let Some(cause) = source {
        words = cause.to_string();
        source = cause.source();
    }
    words
}

fn no_time(name: &str) -> Error {
    Error::Unavailable { status: None, code: None, why: format!("no time was left to send {name}") }
}

fn credentials(alert: Option<Alert>) -> Error {
    let alert = alert.unwrap_or_else(|| Alert { code: "401".to_owned(), message: "without words".to_owned() });
    Error::Credentials { code: alert.code, message: alert.message }
}

/// 401 for a token that was issued a moment ago.
fn denied(product: &'static str, alert: Option<Alert>) -> Error {
    let Some(alert) = alert else { return Error::NotOnApp { product } };
    match AuthCode::of(&alert.code) {
        AuthCode::InvalidAuthentication | AuthCode::TokenInvalid => Error::NotOnApp { product },
        _ => Error::NotEntitled { code: alert.code, message: alert.message },
    }
}
