//! What can go wrong in a call, told by what the caller can do about it.
//!
//! ```text
//! reqwest error · HTTP status · ERROR text · XML answer ─► Error ─► may_have_taken_effect · code ─► your remedy
//! ```
//!
//! The enum is exhaustive on purpose: a new kind of failure should make every caller decide. Texts that came from the
//! other side are cut and cleaned of the session's secrets and of addresses before they get in here. What is
//! deliberately not here: advice to retry.

use std::fmt;

use crate::answer::{ItemError, Posted};

/// Why a call did not give what was asked for.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// No connection came about, so nothing was sent.
    #[error("{call}: not reached ({obstacle}): {why}")]
    Unreachable {
        /// The call, as `query SORQDN`.
        call: String,
        /// What stood in the way.
        obstacle: Obstacle,
        /// The failure in words.
        why: String,
    },
    /// A call that changes something was sent and its answer never came, or is no answer of SYSPRO's.
    #[error("{call}: answer lost: {why}")]
    AnswerLost {
        /// The call.
        call: String,
        /// The HTTP status, if one arrived.
        status: Option<u16>,
        /// The failure in words.
        why: String,
    },
    /// A call failed on the way without any effect: a reading call, or a changing one that was turned away before
    /// SYSPRO saw it.
    #[error("{call}: not available: {why}")]
    Unavailable {
        /// The call.
        call: String,
        /// The HTTP status, if one arrived.
        status: Option<u16>,
        /// The failure in words.
        why: String,
    },
    /// The session no longer exists: expired, ended by another logon of the same operator, or SYSPRO was restarted.
    #[error("{call}: session lost: {text}")]
    SessionLost {
        /// The call.
        call: String,
        /// SYSPRO's words.
        text: String,
    },
    /// SYSPRO refused the logon. Repeating it may lock the operator.
    #[error("logon refused: {text}")]
    LogonRefused {
        /// SYSPRO's words.
        text: String,
        /// What the words mean, as far as they are known.
        reason: LogonRefusal,
    },
    /// No licence seat is free.
    #[error("no licence seat is free: {text}")]
    LicenceFull {
        /// SYSPRO's words.
        text: String,
    },
    /// The operator is logged on elsewhere and this logon was told not to end that session.
    #[error("the operator is in use elsewhere: {text}")]
    OperatorBusy {
        /// SYSPRO's words.
        text: String,
    },
    /// SYSPRO answered with an `ERROR` text, or an OData service refused a request.
    #[error("{call}: {text}")]
    BusinessError {
        /// The call.
        call: String,
        /// The other side's words.
        text: String,
        /// Whether the call was one that changes something.
        changing: bool,
        /// Whether the words say that somebody else is working on the record, by the site's patterns.
        locked: bool,
    },
    /// The business object is not licensed or not registered for this operator.
    #[error("business object {business_object} is not licensed for this operator: {text}")]
    Unlicensed {
        /// The six-character name.
        business_object: String,
        /// SYSPRO's words.
        text: String,
    },
    /// The OData service does not accept the user or password (401), or does not let the user see the data (403).
    #[error("the odata service refused the credentials with status {status}")]
    Unauthorised {
        /// 401 or 403.
        status: u16,
    },
    /// A reading call's answer could not be read.
    #[error("{call}: unreadable answer: {what}")]
    Unreadable {
        /// The call.
        call: String,
        /// What could not be read.
        what: String,
    },
    /// A reading call was answered with error elements.
    #[error("{call}: refused: {}", listed(.errors))]
    QueryRefused {
        /// The call.
        call: String,
        /// The error elements in the order of the answer.
        errors: Vec<ItemError>,
    },
    /// A posted document was refused as a whole: the answer names errors and claims nothing was processed, or gives no
    /// count at all.
    #[error("post {} refused: {}", .0.business_object, listed(&.0.item_errors))]
    Rejected(Box<Posted>),
    /// A value or setting cannot be used; nothing was sent.
    #[error("{field}: {why}")]
    Invalid {
        /// The setting or field.
        field: String,
        /// Why it cannot be used.
        why: String,
    },
    /// The address of the call would be, or was, too long. Split the work and try again; nothing happened.
    #[error("{call}: the address of the call has {length} bytes, more than {limit}")]
    TooLong {
        /// The call.
        call: String,
        /// Length of the address in bytes.
        length: usize,
        /// The limit that applied in bytes; the address's own length less one when the server turned it away.
        limit: usize,
    },
}

/// What kept a connection from coming about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// The host name could not be resolved.
    Name,
    /// The host was not reached, or refused.
    Connection,
    /// TLS failed; usually the certificate is not trusted.
    Certificate,
}

/// Why SYSPRO refused a logon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogonRefusal {
    /// Operator, password or company are not accepted.
    Credentials,
    /// The password has to be changed first.
    PasswordExpired,
    /// The operator is locked, for example after too many wrong passwords.
    Locked,
    /// Words that no pattern knows.
    Unknown,
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Name => "name",
            Self::Connection => "connection",
            Self::Certificate => "certificate",
        })
    }
}

impl Error {
    /// Whether the call may have changed something over there: read back before repeating it.
    ///
    /// A refused document counts as having no effect only if the answer itself says that no item was processed, because
    /// SYSPRO has been seen reporting a system message although the data were stored.
    pub fn may_have_taken_effect(&self) -> bool {
        match self {
            Self::AnswerLost { .. } => true,
            Self::BusinessError { changing, .. } => *changing,
            Self::Rejected(posted) => posted.may_have_taken_effect(),
            Self::Unreachable { .. }
            | Self::Unavailable { .. }
            | Self::SessionLost { .. }
            | Self::LogonRefused { .. }
            | Self::LicenceFull { .. }
            | Self::OperatorBusy { .. }
            | Self::Unlicensed { .. }
            | Self::Unauthorised { .. }
            | Self::Unreadable { .. }
            | Self::QueryRefused { .. }
            | Self::Invalid { .. }
            | Self::TooLong { .. } => false,
        }
    }

    /// Whether all that went wrong is that somebody else is working on the record: it may be tried again later.
    pub fn is_locked(&self) -> bool {
        let all = |errors: &[ItemError]| !errors.is_empty() && errors.iter().all(ItemError::is_locked);
        match self {
            Self::BusinessError { locked, .. } => *locked,
            Self::QueryRefused { errors, .. } => all(errors),
            Self::Rejected(posted) => all(&posted.item_errors),
            _ => false,
        }
    }

    /// A short stable name of the kind of failure, for counters and records.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "unreachable",
            Self::AnswerLost { .. } => "answer_lost",
            Self::Unavailable { .. } => "unavailable",
            Self::SessionLost { .. } => "session_lost",
            Self::LogonRefused { .. } => "logon_refused",
            Self::LicenceFull { .. } => "licence_full",
            Self::OperatorBusy { .. } => "operator_busy",
            Self::BusinessError { .. } => "business_error",
            Self::Unlicensed { .. } => "unlicensed",
            Self::Unauthorised { .. } => "unauthorised",
            Self::Unreadable { .. } => "unreadable",
            Self::QueryRefused { .. } => "query_refused",
            Self::Rejected(_) => "rejected",
            Self::Invalid { .. } => "invalid",
            Self::TooLong { .. } => "too_long",
        }
    }

    pub(crate) fn invalid(field: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), why: why.into() }
    }

    pub(crate) fn unreadable(call: impl Into<String>, what: impl fmt::Display) -> Self {
        Self::Unreadable { call: call.into(), what: what.to_string() }
    }
}

/// The descriptions of at most three errors, for one line.
fn listed(errors: &[ItemError]) -> String {
    let mut words: Vec<String> = errors.iter().take(3).map(ToString::to_string).collect();
    if errors.len() > words.len() {
        words.push(format!("and {} more", errors.len() - words.len()));
    }
    if words.is_empty() { "no reason given".to_owned() } else { words.join("; ") }
}
