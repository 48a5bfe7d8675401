//! What went wrong with a request, told once: the guard turns it into a page or into `application/problem+json`.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::people::password::PasswordError;
use crate::store::StoreError;
use crate::vault::VaultError;
use crate::wishing::Unaskable;

/// A request that was not done, with what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(super) status: StatusCode,
    /// A stable name for programs.
    pub(super) code: &'static str,
    /// What happened and what to do, for people.
    pub(super) words: String,
}

impl Problem {
    pub(super) fn new(status: StatusCode, code: &'static str, words: impl Into<String>) -> Self {
        Self { status, code, words: words.into() }
    }

    /// There is no such thing, or none this person may see: the two look alike on purpose.
    pub(super) fn not_found(what: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", format!("{what} is not known, or not at a site of yours"))
    }

    /// What was sent cannot be used.
    pub(super) fn unusable(words: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "unusable", words)
    }

    /// It may not be done by this person.
    pub(super) fn forbidden(words: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", words)
    }

    /// It does not go with what is there.
    pub(super) fn conflict(words: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", words)
    }

    fn ours(error: &dyn std::fmt::Display) -> Self {
        tracing::error!(%error, "a request could not be answered");
        let words = "something on this server failed; its log says what, and nothing was changed halfway";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "failed", words)
    }
}

/// Carries the problem to the guard, which knows in which form to tell it.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unknown { what } => Self::not_found(what),
            other => Self::ours(&other),
        }
    }
}

impl From<Unaskable> for Problem {
    fn from(error: Unaskable) -> Self {
        match error {
            Unaskable::State { .. } => Self::ours(&error),
            Unaskable::NoAddress(_) => Self::conflict(error.to_string()),
            Unaskable::NoProposal { .. }
            | Unaskable::Address(_)
            | Unaskable::Weight(_)
            | Unaskable::Count { .. }
            | Unaskable::Box { .. } => Self::unusable(error.to_string()),
        }
    }
}

impl From<PasswordError> for Problem {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Length(_) | PasswordError::IsName => Self::unusable(error.to_string()),
            PasswordError::Machine(_) => Self::ours(&error),
        }
    }
}

impl From<VaultError> for Problem {
    fn from(error: VaultError) -> Self {
        Self::ours(&error)
    }
}
