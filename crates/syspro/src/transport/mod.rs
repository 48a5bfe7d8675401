//! The two ways to e.net, and what a call is before it takes one of them.
//!
//! ```text
//! Call { operation, business object, documents } ─► Transport ─┬─ Rest: query string (PostLD when long) ─┐
//!                                                              └─ Asmx: SOAP envelope                     ├─► Said
//!                                     ERROR text · bare sentence · SOAP fault = Refusal · else = Answer ◄─┘
//! ```
//!
//! Whoever makes a call does not know which way it goes. Both ways tell SYSPRO's refusals as the same [`Said::Refusal`], so
//! that whether a call may have taken effect is judged in one place. Nothing is sent twice, except that a document
//! refused by PostLD with 404 or 405 was not seen and goes by GET.

pub(crate) mod asmx;
pub(crate) mod rest;

use std::fmt;

use crate::error::Error;
use crate::http::{Effect, Http};
use crate::session::Token;
use asmx::Asmx;
use rest::Rest;

/// What e.net can be asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    Version,
    Logon,
    Logoff,
    Profile,
    Query,
    Browse,
    Fetch,
    NextKey,
    PreviousKey,
    Add,
    Update,
    Delete,
    Post,
    Build,
}

/// One call on its way.
pub(crate) struct Call<'a> {
    /// The call in words, for errors.
    pub(crate) name: String,
    pub(crate) operation: Operation,
    pub(crate) effect: Effect,
    pub(crate) business_object: Option<&'a str>,
    pub(crate) token: Option<&'a Token>,
    /// Names and values in the order SOAP wants them, spelt as REST spells them.
    pub(crate) arguments: Vec<(&'static str, &'a str)>,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Said {
    /// The answer's text, out of its wrappings.
    Answer(String),
    /// SYSPRO's or its web service's words instead of an answer.
    Refusal(String),
}

/// How calls travel.
pub(crate) enum Transport {
    Rest(Box<Rest>),
    Asmx(Box<Asmx>),
}

impl<'a> Call<'a> {
    pub(crate) fn new(name: impl Into<String>, operation: Operation, effect: Effect) -> Self {
        Self { name: name.into(), operation, effect, business_object: None, token: None, arguments: Vec::new() }
    }

    /// Names the session.
    pub(crate) fn with_token(mut self, token: &'a Token) -> Self {
        self.token = Some(token);
        self.with("UserId", token.expose())
    }

    /// Names the business object.
    pub(crate) fn of(mut self, business_object: &'a str) -> Self {
        self.business_object = Some(business_object);
        self.with("BusinessObject", business_object)
    }

    pub(crate) fn with(mut self, name: &'static str, value: &'a str) -> Self {
        self.arguments.push((name, value));
        self
    }

    /// An answer that is none of SYSPRO's.
    pub(crate) fn unreadable(&self, what: impl fmt::Display) -> Error {
        let (call, why) = (self.name.clone(), what.to_string());
        match self.effect {
            Effect::Changing => Error::AnswerLost { call, status: Some(200), why: format!("unreadable answer: {why}") },
            Effect::Reading => Error::Unreadable { call, what: why },
        }
    }

    /// What a status other than success means. A redirect, a refused credential, an unknown path and an over-long
    /// address come from in front of SYSPRO and prove that it never saw the call; any other status does not: 400 and 5xx
    /// are also what the service answers after an exception of its own.
    pub(crate) fn turned_away(&self, status: u16, length: usize) -> Error {
        let name = self.name.clone();
        let why = match status {
            300..=399 => format!("status {status}: a redirect, which is not followed"),
            404 | 405 => {
                format!("status {status}: the service is not at this address; check rest_prefix or asmx_prefix")
            }
            _ => format!("status {status}"),
        };
        let unseen = matches!(status, 300..=399 | 401 | 403 | 404 | 405 | 413);
        match (status, self.effect) {
            (414 | 431, _) => Error::TooLong { call: name, length, limit: length.saturating_sub(1) },
            (_, Effect::Changing) if !unseen => Error::AnswerLost { call: name, status: Some(status), why },
            _ => Error::Unavailable { call: name, status: Some(status), why },
        }
    }
}

impl Transport {
    pub(crate) async fn send(&self, http: &Http, call: &Call<'_>) -> Result<Said, Error> {
        match self {
            Self::Rest(rest) => rest.send(http, call).await,
            Self::Asmx(asmx) => asmx.send(http, call).await,
        }
    }

    /// Whether the call is short enough to be sent.
    pub(crate) fn fits(&self, call: &Call<'_>) -> bool {
        match self {
            Self::Rest(rest) => rest.fits(call),
            Self::Asmx(_) => true,
        }
    }
}
