//! One operator's one session, shared by everything in this process that calls as that operator.
//!
//! ```text
//! Operator::session ─► wait for one's turn ─► young and in use ─► Session
//!                                              └─ too old, idle, lost or in doubt ─► log off ─► log on ─► Session
//! Session::call ─► the call ─► session lost: forgotten · answer lost: logged off before the next call
//! Operator::close, or dropping it ─► log off
//! ```
//!
//! SYSPRO allows an operator one session: a second logon ends the first, and calls are worked through one by one. So
//! whoever wants to call waits here for whoever is calling. A session is renewed before SYSPRO would end it, because a
//! logon costs less than a failed call, and after SYSPRO ended it. A call that may have hung leaves a session behind of
//! which nobody knows what it still does: it is not used again. A refused logon is an error each time and never repeated
//! here, because operators get locked.
//!
//! What is deliberately not here: sessions shared by processes, and any repetition of a call that changes something.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Mutex, MutexGuard};

use crate::clock::{Clock, SystemClock};
use crate::enet::Enet;
use crate::error::Error;
use crate::session::Token;

/// How long a session is used before a new one takes its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLimits {
    /// Longest time without a call. How long SYSPRO itself waits is a site's setting and unknown.
    pub max_idle: Duration,
    /// Longest time since the logon.
    pub max_age: Duration,
}

impl Default for SessionLimits {
    /// 10 minutes idle, 60 minutes old.
    fn default() -> Self {
        Self { max_idle: Duration::from_mins(10), max_age: Duration::from_mins(60) }
    }
}

/// An operator at a server, with the one session it may have.
pub struct Operator {
    enet: Arc<Enet>,
    limits: SessionLimits,
    clock: Arc<dyn Clock>,
    open: Mutex<Option<Open>>,
}

#[derive(Debug)]
struct Open {
    token: Token,
    since: Timestamp,
    used: Timestamp,
    in_doubt: bool,
}

/// The right to call as the operator, alone, until dropped. The session stays open for the next one.
pub struct Session<'a> {
    operator: &'a Operator,
    open: MutexGuard<'a, Option<Open>>,
}

impl Operator {
    /// An operator that is not logged on yet.
    pub fn new(enet: Enet, limits: SessionLimits) -> Self {
        Self { enet: Arc::new(enet), limits, clock: Arc::new(SystemClock), open: Mutex::new(None) }
    }

    /// Takes the time from elsewhere.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Waits for one's turn and sees that there is a session.
    ///
    /// # Errors
    /// Those of [`Enet::logon`].
    pub async fn session(&self) -> Result<Session<'_>, Error> {
        let mut session = Session { operator: self, open: self.open.lock().await };
        session.token().await?;
        Ok(session)
    }

    /// Waits for one's turn and logs off. A later [`Self::session`] logs on again.
    ///
    /// # Errors
    /// Those of [`Enet::logoff`]; a session that SYSPRO does not know any more is no error.
    pub async fn close(&self) -> Result<(), Error> {
        let mut open = self.open.lock().await;
        let Some(token) = open.as_mut().map(|open| {
            open.in_doubt = true;
            open.token.clone()
        }) else {
            return Ok(());
        };
        match self.enet.logoff(&token).await {
            Ok(()) | Err(Error::SessionLost { .. }) => {
                *open = None;
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    fn is_good(&self, open: &Open) -> bool {
        let now = self.clock.now();
        let within = |since: Timestamp, limit: Duration| {
            SignedDuration::try_from(limit).is_ok_and(|limit| now.duration_since(since) < limit)
        };
        !open.in_doubt && within(open.since, self.limits.max_age) && within(open.used, self.limits.max_idle)
    }
}

/// Logs off where a runtime is at hand: the last of the paths on which a session must not leak. [`Operator::close`] is
/// better, because it waits.
impl Drop for Operator {
    fn drop(&mut self) {
        let Some(open) = self.open.get_mut().take() else { return };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            tracing::warn!("an operator's session is left to SYSPRO's own time limit: dropped outside a runtime");
            return;
        };
        let enet = Arc::clone(&self.enet);
        runtime.spawn(async move {
            if let Err(error) = enet.logoff(&open.token).await {
                tracing::warn!(code = error.code(), "a dropped operator's session was not logged off: {error}");
            }
        });
    }
}

impl Session<'_> {
    /// The client to call with.
    pub fn enet(&self) -> &Enet {
        &self.operator.enet
    }

    /// The token to call with, of a new session where the last one is too old, idle, lost or in doubt. Whoever calls
    /// with it directly tells how it went by [`Self::note`]; [`Self::call`] does both.
    ///
    /// # Errors
    /// Those of [`Enet::logon`].
    pub async fn token(&mut self) -> Result<Token, Error> {
        let operator = self.operator;
        if let Some(open) = self.open.as_mut().filter(|open| operator.is_good(open)) {
            open.used = operator.clock.now();
            return Ok(open.token.clone());
        }
        // It stays on record until SYSPRO has answered, so that nothing is forgotten if this future is dropped meanwhile.
        if let Some(old) = self.open.as_ref().map(|open| open.token.clone())
            && let Err(error) = operator.enet.logoff(&old).await
        {
            tracing::info!(code = error.code(), "an old session could not be logged off; it is probably gone");
        }
        *self.open = None;
        let token = operator.enet.logon().await?;
        let now = operator.clock.now();
        *self.open = Some(Open { token: token.clone(), since: now, used: now, in_doubt: false });
        Ok(token)
    }

    /// Tells how a call with the token went, so that a session which is lost or in doubt is not used again.
    pub fn note(&mut self, error: &Error) {
        match error {
            Error::SessionLost { .. } => *self.open = None,
            Error::AnswerLost { .. } | Error::Unavailable { status: None, .. } => self.doubt(true),
            _ => {}
        }
    }

    fn doubt(&mut self, in_doubt: bool) {
        if let Some(open) = self.open.as_mut() {
            open.in_doubt = in_doubt;
        }
    }

    /// Makes one call.
    ///
    /// # Errors
    /// Those of the call, and of [`Enet::logon`].
    pub async fn call<T>(&mut self, call: impl AsyncFnOnce(&Enet, &Token) -> Result<T, Error>) -> Result<T, Error> {
        let token = self.token().await?;
        // So it stays if this future is dropped: nobody knows then what the session still does.
        self.doubt(true);
        let result = call(&self.operator.enet, &token).await;
        self.doubt(false);
        if let Err(error) = &result {
            self.note(error);
        }
        result
    }

    /// Makes a reading call, and makes it once more with a new session if SYSPRO says that the session is gone. For calls
    /// that change something there is [`Self::call`]: whether to repeat one is the caller's decision.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn read<T>(&mut self, call: impl AsyncFn(&Enet, &Token) -> Result<T, Error>) -> Result<T, Error> {
        match self.call(&call).await {
            Err(Error::SessionLost { .. }) => self.call(&call).await,
            result => result,
        }
    }
}

impl fmt::Debug for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operator").field("enet", &self.enet).field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl fmt::Debug for Session<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("operator", self.operator).finish_non_exhaustive()
    }
}
