//! One request over the wire and what its failure means. Shared by e.net and OData.
//!
//! ```text
//! address ─► reqwest (no redirects, no proxies, no retries, deadline) ─► Reply { status, body }
//!              └─► not connected: Unreachable · later: AnswerLost (changing) or Unavailable (reading)
//! ```
//!
//! reqwest's errors carry the address, and the address carries the operator's password: errors are stripped of it here
//! and turned into words, and the words are cleaned of secrets. Nothing outside this module sees a `reqwest::Error`.

use std::error::Error as _;
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::{Certificate, Client, RequestBuilder, Url};

use crate::error::{Error, Obstacle};

/// The largest answer that is read, in bytes.
const MAX_BODY: usize = 64 * 1024 * 1024;
/// How long an unused connection is kept.
const IDLE: Duration = Duration::from_secs(30);
/// The longest text of another system's that an error repeats, in characters.
const MAX_WORDS: usize = 300;

/// Whether a call may change something over there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    Reading,
    Changing,
}

/// A request's answer, whatever its status.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Bytes,
}

pub(crate) struct Http {
    client: Client,
}

/// How to reach a server.
pub(crate) struct Reach<'a> {
    pub(crate) connect_timeout: Duration,
    pub(crate) timeout: Duration,
    pub(crate) ca_pem: Option<&'a [u8]>,
}

impl Http {
    pub(crate) fn new(reach: &Reach<'_>) -> Result<Self, Error> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place of this crate that builds it, with deadlines and without redirects"
        )]
        let builder = Client::builder();
        let mut builder = builder
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .http1_only()
            .connect_timeout(reach.connect_timeout)
            .timeout(reach.timeout)
            .pool_idle_timeout(IDLE);
        if let Some(pem) = reach.ca_pem {
            let certificates = Certificate::from_pem_bundle(pem)
                .map_err(|_| Error::invalid("ca_pem", "is no certificate in pem form"))?;
            if certificates.is_empty() {
                return Err(Error::invalid("ca_pem", "holds no certificate"));
            }
            builder = builder.tls_certs_merge(certificates);
        }
        let client = builder.build().map_err(|error| Error::invalid("http client", words(&error.without_url())))?;
        Ok(Self { client })
    }

    pub(crate) fn get(&self, url: Url) -> RequestBuilder {
        self.client.get(url)
    }

    pub(crate) fn post(&self, url: Url) -> RequestBuilder {
        self.client.post(url)
    }

    /// Sends a request once and reads the whole answer.
    pub(crate) async fn send(&self, call: &str, effect: Effect, request: RequestBuilder) -> Result<Reply, Error> {
        match exchange(request).await {
            Ok(reply) => {
                tracing::debug!(
                    call,
                    status = reply.status,
                    bytes = reply.body.len(),
                    "{call} answered {}",
                    reply.status
                );
                Ok(reply)
            }
            Err(failure) => {
                let error = failure.into_error(call, effect);
                tracing::debug!(call, code = error.code(), "{call} failed: {}", error.code());
                Err(error)
            }
        }
    }
}

/// How far an exchange got before it failed.
enum Failure {
    BeforeSending(reqwest::Error),
    Waiting(reqwest::Error),
    Reading(u16, String),
}

async fn exchange(request: RequestBuilder) -> Result<Reply, Failure> {
    let sent = request.send().await.map_err(reqwest::Error::without_url);
    let mut response = sent.map_err(|error| {
        if error.is_connect() || error.is_builder() { Failure::BeforeSending(error) } else { Failure::Waiting(error) }
    })?;
    let status = response.status().as_u16();
    let mut body = BytesMut::new();
    loop {
        let chunk = response.chunk().await.map_err(|error| Failure::Reading(status, words(&error.without_url())))?;
        let Some(chunk) = chunk else { return Ok(Reply { status, body: body.freeze() }) };
        if body.len() + chunk.len() > MAX_BODY {
            return Err(Failure::Reading(status, format!("the answer has more than {MAX_BODY} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
}

impl Failure {
    fn into_error(self, call: &str, effect: Effect) -> Error {
        let call = call.to_owned();
        let (status, why) = match self {
            Self::BeforeSending(error) => {
                let why = words(&error);
                return Error::Unreachable { call, obstacle: obstacle(&why), why };
            }
            Self::Waiting(error) => (None, words(&error)),
            Self::Reading(status, why) => (Some(status), why),
        };
        match effect {
            Effect::Changing => Error::AnswerLost { call, status, why },
            Effect::Reading => Error::Unavailable { call, status, why },
        }
    }
}

/// A transport error in words: its kind and its innermost cause.
fn words(error: &reqwest::Error) -> String {
    let kind = if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else if error.is_body() || error.is_decode() {
        "the answer broke off"
    } else if error.is_builder() {
        "the request could not be built"
    } else {
        "the connection broke"
    };
    let mut chain = Vec::new();
    let mut source = error.source();
    while let Some(cause) = source {
        chain.push(cause.to_string());
        source = cause.source();
    }
    match chain.last() {
        Some(innermost) if !error.is_timeout() => {
            let dns = chain.iter().any(|cause| cause.contains("dns error"));
            clean(&format!("{}{kind}: {innermost}", if dns { "name not found, " } else { "" }), &[])
        }
        Some(_) | None => kind.to_owned(),
    }
}

fn obstacle(why: &str) -> Obstacle {
    let why = why.to_ascii_lowercase();
    if why.contains("name not found") {
        Obstacle::Name
    } else if ["certificate", "tls", "handshake", "alert", "corrupt message"].iter().any(|word| why.contains(word)) {
        Obstacle::Certificate
    } else {
        Obstacle::Connection
    }
}

/// Another system's text, fit to be shown: one line, not too long, without secrets and addresses.
pub(crate) fn clean(text: &str, secrets: &[&str]) -> String {
    let mut text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for secret in secrets.iter().map(|secret| secret.trim()).filter(|secret| secret.len() >= 3) {
        text = text.replace(secret, "[secret]");
    }
    let shown = text.split(' ').map(|word| if word.contains("://") { "[address]" } else { word });
    let shown = shown.collect::<Vec<_>>().join(" ");
    match shown.char_indices().nth(MAX_WORDS) {
        Some((end, _)) => format!("{}…", &shown[..end]),
        None => shown,
    }
}

/// Reads a base address: http or https, no credentials, query or fragment in it, and plain http only where allowed.
pub(crate) fn base_url(field: &str, text: &str, allow_plain_http: bool) -> Result<Url, Error> {
    let url = Url::parse(text.trim()).map_err(|error| Error::invalid(field, format!("is no address: {error}")))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(Error::invalid(field, "must begin with http:// or https:// and name a host"));
    }
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err(Error::invalid(field, "must not hold a user, a password, a query or a fragment"));
    }
    if url.scheme() == "http" && !allow_plain_http && !is_loopback(&url) {
        return Err(Error::invalid(
            field,
            "is plain http to another machine, where passwords travel readable; use https or set allow_plain_http",
        ));
    }
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Http")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_needs_leave_unless_it_stays_on_the_machine() {
        for url in ["http://127.0.0.1:30001", "http://localhost/", "http://[::1]:8080", "https://erp.example.com"] {
            assert!(base_url("base_url", url, false).is_ok(), "{url}");
        }
        for url in [
            "http://erp.example.com",
            "ftp://127.0.0.1",
            "erp:30001",
            "",
            "https://user:pw@erp.example.com",
            "https://erp.example.com/?a=b",
        ] {
            assert!(base_url("base_url", url, false).is_err(), "{url}");
        }
        assert!(base_url("base_url", "http://erp.example.com", true).is_ok());
    }

    #[test]
    fn texts_of_others_are_cleaned() {
        let text = "ERROR:\n bad  hunter2 at http://erp/Rest/Logon?OperatorPassword=hunter2 end";
        assert_eq!(clean(text, &["hunter2"]), "ERROR: bad [secret] at [address] end");
        assert!(clean(&"x ".repeat(1000), &[]).chars().count() <= MAX_WORDS + 1);
    }
}
