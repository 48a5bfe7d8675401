//! What an HTTP answer of UPS means. Pure: status, headers and body in, a judgement out.
//!
//! ```text
//!              reading call                        changing call
//! 2xx + JSON   Answer                              Answer (the caller looks for its numbers)
//! 200 empty    `errorcode` ─► Rejected             `errorcode` ─► Rejected
//!              none ─► Unreadable                  none ─► AnswerLost
//! 400          envelope ─► Rejected                envelope ─► Rejected, nothing happened
//!              none ─► Unreadable                  none ─► AnswerLost
//! 401          a new token, once                   a new token, once: the gateway turned it away
//! 403, 404/405, 429                                the gateway turned it away
//! 5xx          Unavailable                         AnswerLost, even with an envelope
//! the rest     Unreadable                          AnswerLost
//! ```
//!
//! UPS answers 200 with no body and an `errorcode` header when it could not parse a request (a raw
//! control character is enough). So an empty 200 is a rejection with that header and a riddle
//! without it. A success is never read from the status alone.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::error::{Alert, Error, RawAnswer, field_of};
use crate::json::{Node, errors_of};

/// Whether a call changes something at UPS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Reading,
    Changing,
}

impl Kind {
    /// The error of a call that was sent and brought no answer that could be used.
    pub(crate) fn lost(self, status: Option<u16>, why: String, body: RawAnswer) -> Error {
        match self {
            Self::Reading => Error::Unavailable { status, code: None, why },
            Self::Changing => Error::AnswerLost { status, why, body },
        }
    }

    /// The error of an answer that came whole and makes no sense.
    pub(crate) fn senseless(self, status: u16, what: &str, body: RawAnswer) -> Error {
        match self {
            Self::Reading => Error::unreadable(what),
            Self::Changing => Error::AnswerLost { status: Some(status), why: what.to_owned(), body },
        }
    }
}

/// The headers in which UPS repeats the first error, and how long to wait.
#[derive(Debug, Clone, Default)]
pub(crate) struct Signals {
    pub(crate) errorcode: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) retry_after: Option<Duration>,
}

impl Signals {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let text = |name: &str| {
            let value = headers.get(name)?.to_str().ok()?.trim();
            (!value.is_empty()).then(|| value.to_owned())
        };
        Self {
            errorcode: text("errorcode"),
            description: text("errordescription").or_else(|| text("apierrormsg")),
            retry_after: text("retry-after").and_then(|value| value.parse().ok()).map(Duration::from_secs),
        }
    }

    fn alert(&self) -> Option<Alert> {
        let code = self.errorcode.clone()?;
        let message = self.description.clone().unwrap_or_else(|| "without words".to_owned());
        Some(Alert { code, message })
    }
}

/// A 2xx with a JSON body that carries no errors.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) value: Value,
    pub(crate) raw: RawAnswer,
}

impl Answer {
    /// An answer that was kept, as it came with status 200.
    pub(crate) fn kept(raw: &[u8]) -> Result<Self, Error> {
        let value = serde_json::from_slice(raw).map_err(|why| Error::unreadable(format!("a kept answer: {why}")))?;
        Ok(Self { status: 200, value, raw: RawAnswer(Bytes::copy_from_slice(raw)) })
    }

    pub(crate) fn root(&self) -> Node<'_> {
        Node::new(&self.value)
    }

    /// The answer's own container, if UPS says in it that it succeeded.
    pub(crate) fn container(&self, name: &str) -> Result<Node<'_>, String> {
        let container = self.root().at(name);
        if !container.is_filled() {
            return Err(format!("the answer has no {name}"));
        }
        match container.path(&["Response", "ResponseStatus", "Code"]).text().as_deref() {
            Some("1") => Ok(container),
            Some(other) => Err(format!("{name}.Response.ResponseStatus.Code is {other:?} instead of 1")),
            None => Err(format!("{name} has no Response.ResponseStatus.Code")),
        }
    }
}

/// What an answer means, before tokens are thought of.
#[derive(Debug)]
pub(crate) enum Judgement {
    Answered(Answer),
    /// 401: nothing happened, the token or the right to use it is missing.
    Unauthorised(Option<Alert>),
    Failed(Error),
}

/// The body of an answer: whole, or as much of it as came.
#[derive(Debug, Clone, Default)]
pub(crate) struct Body {
    pub(crate) bytes: Bytes,
    /// Why it is not whole.
    pub(crate) broken: Option<String>,
}

impl Body {
    fn whole(&self) -> Option<&Bytes> {
        self.broken.is_none().then_some(&self.bytes)
    }

    fn raw(self) -> RawAnswer {
        RawAnswer(self.bytes)
    }
}

/// Judges one answer.
pub(crate) fn judge(kind: Kind, status: u16, signals: &Signals, body: Body) -> Judgement {
    let read = body.whole().and_then(|bytes| serde_json::from_slice::<Value>(bytes).ok());
    let errors = read.as_ref().map(errors_of).unwrap_or_default();
    let first = || errors.first().cloned().or_else(|| signals.alert());
    let error = match status {
        401 => return Judgement::Unauthorised(first()),
        403 => {
            let alert = first().unwrap_or_else(|| bare(status));
            Error::NotEntitled { code: alert.code, message: alert.message }
        }
        404 | 405 => refused(status, named(errors, signals).unwrap_or_else(|| vec![bare(status)]), signals, body.raw()),
        429 => Error::Throttled { retry_after: signals.retry_after, on_token: false },
        200..=299 => match success(kind, status, signals, body, read, errors) {
            Ok(answer) => return Judgement::Answered(answer),
            Err(error) => error,
        },
        400 if !errors.is_empty() => refused(status, errors, signals, body.raw()),
        500..=599 => no_success(kind, status, first(), body),
        _ => match (kind, named(errors, signals)) {
            (Kind::Reading, Some(errors)) => refused(status, errors, signals, body.raw()),
            _ => kind.senseless(status, &format!("status {status} without an error envelope"), body.raw()),
        },
    };
    Judgement::Failed(error)
}

fn success(
    kind: Kind,
    status: u16,
    signals: &Signals,
    body: Body,
    read: Option<Value>,
    errors: Vec<Alert>,
) -> Result<Answer, Error> {
    let raw = RawAnswer(body.bytes);
    if let Some(why) = body.broken {
        return Err(kind.lost(Some(status), why, raw));
    }
    if raw.trim_ascii().is_empty() {
        return Err(match signals.alert() {
            Some(alert) if status == 200 => refused(status, vec![alert], signals, raw),
            _ => kind.senseless(status, "an empty answer", raw),
        });
    }
    let Some(value) = read else {
        return Err(kind.senseless(status, "the answer is no JSON", raw));
    };
    match (kind, errors.first()) {
        (_, None) => Ok(Answer { status, value, raw }),
        (Kind::Reading, Some(_)) => Err(refused(status, errors, signals, raw)),
        // Success and errors in one answer contradict each other: look before repeating.
        (Kind::Changing, Some(alert)) => {
            let why = format!("status {status} with error {}: {}", alert.code, alert.message);
            Err(Error::AnswerLost { status: Some(status), why, body: raw })
        }
    }
}

fn no_success(kind: Kind, status: u16, first: Option<Alert>, body: Body) -> Error {
    let why = match &first {
        Some(alert) => format!("status {status}, {}: {}", alert.code, alert.message),
        None => format!("status {status}"),
    };
    match kind {
        Kind::Reading => Error::Unavailable { status: Some(status), code: first.map(|alert| alert.code), why },
        Kind::Changing => Error::AnswerLost { status: Some(status), why, body: body.raw() },
    }
}

/// The error that a list of remarks amounts to, wherever UPS put them. Nothing happened over there.
pub(crate) fn refusal(status: u16, all: Vec<Alert>, body: RawAnswer) -> Error {
    refused(status, all, &Signals::default(), body)
}

/// The error of an envelope, by its first code. Nothing happened over there.
fn refused(status: u16, all: Vec<Alert>, signals: &Signals, body: RawAnswer) -> Error {
    let Alert { code, message } = all.first().cloned().unwrap_or_else(|| bare(status));
    match code.as_str() {
        "10429" => Error::Throttled { retry_after: signals.retry_after, on_token: false },
        // 33005x: the account has no Quantum View subscription, whatever the application may do.
        "250002" | "250003" | "330050" | "330051" => Error::NotEntitled { code, message },
        "10004" | "20001" | "110001" | "120001" | "190001" | "190002" | "250050" | "9800000" | "9800001"
        | "9801027" => Error::Unavailable { status: Some(status), why: format!("{code}: {message}"), code: Some(code) },
        _ => Error::Rejected { field: field_of(&code), code, message, all, body },
    }
}

/// The envelope's errors, else the one the headers name.
fn named(errors: Vec<Alert>, signals: &Signals) -> Option<Vec<Alert>> {
    if errors.is_empty() { signals.alert().map(|alert| vec![alert]) } else { Some(errors) }
}

/// Stands for an envelope that did not come.
fn bare(status: u16) -> Alert {
    Alert { code: status.to_string(), message: format!("status {status} without an error envelope") }
}
