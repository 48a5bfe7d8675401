//! The recording hop: every call goes through here on its way to the sandbox, and both halves are kept.
//!
//! ```text
//! ups::Client ─ HTTP ─► Hop ─ HTTP ─► sandbox
//!                        └─► Tape: what was sent, what was answered
//! ```
//!
//! UPS's own calls are recorded by a [`receiver`], which is what a customer of UPS would run.
//!
//! Bytes in, bytes out: neither side's types are used, so what is judged is what was on the wire.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};

/// A webhook by the description that has it: file and name.
pub(crate) type Webhook = (&'static str, &'static str);

/// A call and its answer.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    /// Nothing where the client calls UPS.
    pub(crate) webhook: Option<Webhook>,
    /// Which story the call belongs to.
    pub(crate) story: &'static str,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    pub(crate) status: u16,
    pub(crate) answer_headers: HeaderMap,
    pub(crate) answer: Vec<u8>,
}

impl Exchange {
    /// A subscription to one package with which nothing is wrong, written by hand.
    pub(crate) fn subscription() -> Self {
        let headers = |pairs: &[(&'static str, &'static str)]| {
            let pairs =
                pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
            pairs.collect::<HeaderMap>()
        };
        Self {
            webhook: None,
            story: "by hand",
            method: "POST".to_owned(),
            path: "/api/track/v2/subscription/standard/package".to_owned(),
            query: Vec::new(),
            headers: headers(&[("transid", "1"), ("transactionsrc", "us"), ("content-type", "application/json")]),
            body: br#"{"locale":"en_US","trackingNumberList":["1Z999AA10123456784"]}"#.to_vec(),
            status: 200,
            answer_headers: headers(&[("content-type", "application/json;charset=UTF-8")]),
            answer: br#"{"validTrackingNumbers":["1Z999AA10123456784"],"invalidTrackingNumbers":[]}"#.to_vec(),
        }
    }
}

/// What was recorded, in order. Clones are the same tape.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tape(Arc<Mutex<Vec<Exchange>>>);

impl Tape {
    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn add(&self, exchange: Exchange) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(exchange);
    }
}

#[derive(Clone)]
struct Hop {
    story: &'static str,
    to: String,
    tape: Tape,
    http: reqwest::Client,
}

/// Opens a hop to the given base address. Gives its own.
pub(crate) async fn open(story: &'static str, to: String, tape: Tape) -> String {
    let hop = Hop { story, to, tape, http: http() };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let router = Router::new().fallback(pass).with_state(hop);
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

#[expect(clippy::disallowed_methods, reason = "the hop is no client of UPS; it ends with the test")]
pub(crate) fn http() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client with no options that could fail")
}

async fn pass(State(hop): State<Hop>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.expect("the client sends whole bodies").to_vec();
    let target = parts.uri.path_and_query().map_or("/", |it| it.as_str());
    let mut headers = parts.headers.clone();
    for own in ["host", "content-length", "accept-encoding"] {
        headers.remove(own);
    }
    let forwarded = hop.http.request(parts.method.clone(), format!("{}{target}", hop.to)).headers(headers);
    let answer = forwarded.body(body.clone()).send().await.expect("the sandbox answers");
    let (status, answer_headers) = (answer.status().as_u16(), answer.headers().clone());
    let bytes = answer.bytes().await.expect("a whole answer").to_vec();
    let url = reqwest::Url::parse(&format!("{}{target}", hop.to)).expect("it was asked for");
    hop.tape.add(Exchange {
        webhook: None,
        story: hop.story,
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: url.query_pairs().into_owned().collect(),
        headers: parts.headers,
        body,
        status,
        answer_headers: answer_headers.clone(),
        answer: bytes.clone(),
    });
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = StatusCode::from_u16(status).expect("a status that came over HTTP");
    *response.headers_mut() = answer_headers;
    response
}

/// Opens an address for UPS's own calls, which says 200 to all. Gives the address.
pub(crate) async fn receiver(story: &'static str, webhook: Webhook, tape: Tape) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let hear = move |request: Request| async move {
        let (parts, body) = request.into_parts();
        let body = to_bytes(body, usize::MAX).await.expect("UPS sends whole bodies").to_vec();
        tape.add(Exchange {
            webhook: Some(webhook),
            story,
            method: parts.method.to_string(),
            path: parts.uri.path().to_owned(),
            query: Vec::new(),
            headers: parts.headers,
            body,
            status: 200,
            answer_headers: HeaderMap::new(),
            answer: Vec::new(),
        });
        StatusCode::OK
    };
    let router = Router::new().fallback(hear);
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}
