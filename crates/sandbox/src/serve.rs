//! The sockets: one listener for each system, with an accept loop of our own.
//!
//! ```text
//! accept ─► Wire ─► hyper (HTTP/1.1) ─► Request (whole body) ─► Service::call ─► faults.take
//!                                                                  │ Before: the fault answers
//!                                                                  └► Service::answer ─► Reply
//!                                                                       After: the Reply is spoilt
//! ```
//!
//! The loop is our own because faults need the socket: a reset leaves with RST, a truncated body
//! keeps its full `Content-Length`, a hanging call never answers. A [`Door`] can also be shut, so
//! that connecting itself is refused, and opened again on the same port.
//!
//! A [`Service`] is plain synchronous code over its own locks: nothing in it may wait.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http_body_util::{BodyExt as _, StreamBody, combinators::UnsyncBoxBody};
use hyper::body::{Frame, Incoming};
use hyper::{HeaderMap, Method};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::clock::Clock;
use crate::fault::{Call, Faults, Kind, When};
use crate::ledger::Book;

/// One of the systems behind a door.
pub(crate) trait Service: Send + Sync + 'static {
    /// Which call a request is; nothing for a path this system does not have, which is then
    /// neither counted nor struck by faults.
    fn call(&self, request: &Request) -> Option<Call>;

    /// Acts and answers. `call` is what [`Service::call`] said.
    fn answer(&self, call: Option<&Call>, request: &Request) -> Reply;
}

/// A request with its whole body.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// GET, POST …
    pub(crate) method: Method,
    /// The path as sent, still percent-encoded.
    pub(crate) path: String,
    /// What follows the `?`, as sent.
    pub(crate) query: String,
    /// Headers; names compare without case.
    pub(crate) headers: HeaderMap,
    /// The body.
    pub(crate) body: Bytes,
}

impl Request {
    /// A header's text, if it is there and readable.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The path's segments, decoded.
    pub(crate) fn segments(&self) -> Vec<String> {
        self.path.split('/').filter(|segment| !segment.is_empty()).map(decode).collect()
    }

    /// The query's pairs in order, decoded (`+` is a blank).
    pub(crate) fn query_pairs(&self) -> Vec<(String, String)> {
        let plus = |text: &str| decode(&text.replace('+', "%20"));
        self.query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .map(|(name, value)| (plus(name), plus(value)))
            .collect()
    }

    /// The first query value under `name`, whatever the name's case.
    pub(crate) fn query_value(&self, name: &str) -> Option<String> {
        self.query_pairs().into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// User and password of basic authentication, if they were sent.
    pub(crate) fn basic_credentials(&self) -> Option<(String, String)> {
        use base64::Engine as _;
        let (scheme, sealed) = self.header("authorization")?.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let open = base64::engine::general_purpose::STANDARD.decode(sealed.trim()).ok()?;
        let (user, password) = str::from_utf8(&open).ok()?.split_once(':')?;
        Some((user.to_owned(), password.to_owned()))
    }
}

fn decode(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// What a system answers.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    /// The HTTP status.
    pub(crate) status: u16,
    /// Headers in order; `content-length` is added on the way out.
    pub(crate) headers: Vec<(String, String)>,
    /// The body.
    pub(crate) body: Bytes,
    /// The system's words when it refuses, for the ledger; the `errorcode` header does as well.
    pub(crate) refusal: Option<String>,
}

impl Reply {
    /// A status and nothing else.
    pub(crate) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Bytes::new(), refusal: None }
    }

    /// A body of `content_type`.
    pub(crate) fn new(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Self { status, headers, body: body.into(), refusal: None }
    }

    /// A JSON body.
    pub(crate) fn json(status: u16, body: &serde_json::Value) -> Self {
        Self::new(status, "application/json", body.to_string())
    }

    /// The same reply with one more header.
    pub(crate) fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// The same reply, entered in the ledger as a refusal in these words whatever its status.
    pub(crate) fn refusing(mut self, words: impl Into<String>) -> Self {
        self.refusal = Some(words.into());
        self
    }
}

/// A listening system that can be shut and opened again.
#[derive(Debug)]
pub(crate) struct Door {
    addr: SocketAddr,
    wish: watch::Sender<bool>,
    open: watch::Receiver<bool>,
    task: tokio::task::JoinHandle<()>,
}

/// What every request behind a door is measured by.
#[derive(Debug, Clone)]
pub(crate) struct House {
    pub(crate) clock: Clock,
    pub(crate) faults: Faults,
    pub(crate) book: Book,
}

#[cfg(test)]
impl House {
    /// A house where nothing has happened, for tests of its systems' parts.
    pub(crate) fn idle() -> Self {
        Self { clock: Clock::driven(jiff::Timestamp::UNIX_EPOCH), faults: Faults::default(), book: Book::default() }
    }
}

impl Door {
    /// Listens on `addr` (port 0 takes a free one) until dropped.
    pub(crate) async fn open(addr: SocketAddr, service: Arc<dyn Service>, house: House) -> io::Result<Self> {
        let listener = TcpListener::bind(addr).await?;
        let addr = listener.local_addr()?;
        let (wish, wished) = watch::channel(true);
        let (report, open) = watch::channel(true);
        let porter = Porter { addr, service, house };
        let task = tokio::spawn(porter.keep(listener, wished, report));
        Ok(Self { addr, wish, open, task })
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Shuts the door: connecting is refused and open connections end, until [`Door::reopen`].
    pub(crate) async fn shut(&self) {
        self.turn(false).await;
    }

    /// Opens it again on the same port.
    pub(crate) async fn reopen(&self) {
        self.turn(true).await;
    }

    async fn turn(&self, open: bool) {
        self.wish.send_replace(open);
        // The porter only goes away with this door.
        let _ = self.open.clone().wait_for(|now| *now == open).await;
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Keeps one door.
struct Porter {
    addr: SocketAddr,
    service: Arc<dyn Service>,
    house: House,
}

impl Porter {
    async fn keep(self, first: TcpListener, mut wished: watch::Receiver<bool>, report: watch::Sender<bool>) {
        let mut listener = Some(first);
        loop {
            if let Some(open) = listener.take() {
                self.accept_until_shut(&open, &mut wished).await;
                drop(open);
                report.send_replace(false);
            }
            if wished.wait_for(|open| *open).await.is_err() {
                return;
            }
            match TcpListener::bind(self.addr).await {
                Ok(again) => {
                    report.send_replace(true);
                    listener = Some(again);
                }
                // Another program may hold the port for a moment.
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    }

    /// Returns, and with that ends every connection, when the door is to be shut.
    async fn accept_until_shut(&self, listener: &TcpListener, wished: &mut watch::Receiver<bool>) {
        let mut guests = JoinSet::new();
        loop {
            tokio::select! {
                shut = wished.wait_for(|open| !*open) => {
                    drop(shut);
                    return;
                }
                Some(_) = guests.join_next() => {}
                arrived = listener.accept() => {
                    if let Ok((stream, _)) = arrived {
                        guests.spawn(attend(stream, self.service.clone(), self.house.clone()));
                    }
                }
            }
        }
    }
}

/// One connection, request after request, until either side ends it.
async fn attend(stream: TcpStream, service: Arc<dyn Service>, house: House) {
    // Without it small answers wait for the client's delayed acknowledgement.
    let _ = stream.set_nodelay(true);
    let reset = Arc::new(AtomicBool::new(false));
    let wire = Wire { stream, reset: reset.clone() };
    let serve =
        hyper::service::service_fn(move |incoming| handle(incoming, service.clone(), house.clone(), reset.clone()));
    // An error here is a client that left or a fault that was asked for.
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(wire), serve).await;
}

/// Why a connection is dropped in the middle: a fault wanted it, or the client broke off.
#[derive(Debug)]
struct Dropped;

impl std::fmt::Display for Dropped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("connection dropped on purpose")
    }
}

impl std::error::Error for Dropped {}

type Answer = hyper::Response<UnsyncBoxBody<Bytes, Dropped>>;

async fn handle(
    incoming: hyper::Request<Incoming>,
    service: Arc<dyn Service>,
    house: House,
    reset: Arc<AtomicBool>,
) -> Result<Answer, Dropped> {
    let request = read(incoming).await?;
    let call = service.call(&request);
    let fault = call.as_ref().and_then(|call| {
        house.book.called(call);
        house.faults.take(call, house.clock.now())
    });
    let (when, kind) = match fault {
        None => return send(&act(service.as_ref(), call.as_ref(), &request, &house)),
        Some((_, Kind::Latency(ms))) => return slowly(ms, service, call, request, house).await,
        Some(fault) => fault,
    };
    let reply = (when == When::After).then(|| act(service.as_ref(), call.as_ref(), &request, &house));
    strike(kind, reply, &reset).await
}

/// Acts after a while, whether or not the client is still there to hear of it: a caller who dies or gives up does not take
/// its request back.
async fn slowly(
    ms: u64,
    service: Arc<dyn Service>,
    call: Option<Call>,
    request: Request,
    house: House,
) -> Result<Answer, Dropped> {
    house.faults.slow_begins();
    let acting = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(ms)).await;
        let reply = act(service.as_ref(), call.as_ref(), &request, &house);
        house.faults.slow_ends();
        reply
    });
    send(&acting.await.map_err(|_| Dropped)?)
}

async fn read(incoming: hyper::Request<Incoming>) -> Result<Request, Dropped> {
    let (parts, body) = incoming.into_parts();
    let body = body.collect().await.map_err(|_| Dropped)?.to_bytes();
    Ok(Request {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body,
    })
}

fn act(service: &dyn Service, call: Option<&Call>, request: &Request, house: &House) -> Reply {
    let reply = service.answer(call, request);
    if let Some(call) = call
        && (reply.status >= 400 || reply.refusal.is_some())
    {
        let code = reply.headers.iter().find(|(name, _)| name == "errorcode").map(|(_, code)| code.clone());
        let why = reply.refusal.clone().or(code).unwrap_or_default();
        house.book.refused(call, house.clock.now(), reply.status, why);
    }
    reply
}

/// Answers as the fault wants it. `reply` is the real answer of an `After` fault.
async fn strike(kind: Kind, reply: Option<Reply>, reset: &AtomicBool) -> Result<Answer, Dropped> {
    match kind {
        Kind::Latency(_) => send(&reply.unwrap_or_else(|| Reply::empty(200))),
        Kind::Status(status) => send(&Reply::empty(status)),
        Kind::Html(status) => send(&gateway_page(status)),
        Kind::Text(status, text) => send(&Reply::new(status, "text/plain", text)),
        Kind::Envelope { status, code, message } => send(&crate::ups::envelope::error(status, &code, &message)),
        Kind::Reset => {
            reset.store(true, Ordering::Relaxed);
            Err(Dropped)
        }
        Kind::Truncated => Ok(truncated(&reply.unwrap_or_else(|| gateway_page(200)))),
        Kind::Garbage => send(&Reply::new(200, "application/json", "\u{1}\u{7}<<>{]: half a frame")),
        Kind::Hang => std::future::pending().await,
        Kind::Empty => send(&Reply::empty(200)),
        Kind::EmptyWithErrorcode => send(&crate::ups::envelope::unparsable()),
    }
}

/// What a gateway in front of a system says when it has no JSON to give.
pub(crate) fn gateway_page(status: u16) -> Reply {
    let page = format!(
        "<html><head><title>{status}</title></head><body><h1>Gateway {status}</h1>\
         <p>The request could not be completed. Reference 18.sandbox</p></body></html>"
    );
    Reply::new(status, "text/html", page)
}

fn send(reply: &Reply) -> Result<Answer, Dropped> {
    let body = http_body_util::Full::new(reply.body.clone()).map_err(|never: Infallible| match never {});
    Ok(head(reply, body.boxed_unsync()))
}

/// Half the body under the length of the whole, then the connection ends.
fn truncated(reply: &Reply) -> Answer {
    let half = reply.body.slice(..reply.body.len() / 2);
    // Being asked twice lets the first half leave before the end.
    let end = stream::once(async {
        tokio::task::yield_now().await;
        Err(Dropped)
    });
    let body = StreamBody::new(stream::iter([Ok(Frame::data(half))]).chain(end));
    head(reply, body.boxed_unsync())
}

fn head(reply: &Reply, body: UnsyncBoxBody<Bytes, Dropped>) -> Answer {
    let mut builder =
        hyper::Response::builder().status(reply.status).header("content-length", reply.body.len().to_string());
    for (name, value) in &reply.headers {
        builder = builder.header(name, value);
    }
    let spoilt = hyper::Response::new(http_body_util::Empty::new().map_err(|never| match never {}).boxed_unsync());
    builder.body(body).unwrap_or(spoilt)
}

/// The socket, which leaves with RST instead of FIN once `reset` is set.
struct Wire {
    stream: TcpStream,
    reset: Arc<AtomicBool>,
}

impl Drop for Wire {
    fn drop(&mut self) {
        if self.reset.load(Ordering::Relaxed) {
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, data)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
