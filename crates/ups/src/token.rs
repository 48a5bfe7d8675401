//! The access token: fetched once, shared by all calls, renewed by one caller at a time.
//!
//! ```text
//! bearer ─► young? ─► use it
//!             │ old, none, or refused by a 401
//!             ▼
//!           one caller asks UPS ─► others wait for the same answer, good or bad
//! ```
//!
//! Tokens belong to one host, so the shelf lives inside the client of that host. UPS cut their
//! lifetime from four hours to one in 2026; it is taken from the answer and never assumed. Those who
//! waited while a fetch failed get that failure instead of asking again, so that a wrong secret
//! is tried once and not once per order.
//!
//! | What UPS says | Where | What it becomes |
//! | --- | --- | --- |
//! | `10401`, any other 401 | token call | [`Error::Credentials`]: client id or secret |
//! | `10400`, any other 400 | token call | [`Error::Credentials`]: UPS did not understand the token call |
//! | 429 | token call | [`Error::Throttled`] with `on_token`: its quota is not that of the calls |
//! | `250050`, 5xx | token call | [`Error::Unavailable`] |
//! | 403 | any call | [`Error::NotEntitled`]: a blocked merchant |
//! | `251004`, `UJ0001`, `250002`, 401 without a code | other calls, first time | a new token, and the call once more |
//! | `250002`, `UJ0001`, 401 without a code | other calls, with the new token | [`Error::NotOnApp`]: the product is not on the application |
//! | `250003` | other calls | [`Error::NotEntitled`]; no new token is asked for |
//!
//! None of these means that a call took effect.

use std::sync::atomic::{AtomicU64, Ordering};

use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use crate::answer::Answer;
use crate::codes::codes;
use crate::error::Error;

codes! {
    /// What UPS's gateway says about credentials, tokens and rights: the codes of [`Error::code`] that are the same for
    /// every call.
    pub enum AuthCode {
        ClientIdInvalid = "10401", "the client id is invalid";
        MalformedTokenCall = "10400", "the token call is malformed";
        TooManyRequests = "10429", "too many requests";
        InvalidAuthentication = "250002", "bad token, or the product is not on the application";
        NotEntitled = "250003", "not entitled to this service";
        LicenceSystemDown = "250050", "the licence system is not available";
        TokenExpired = "251004", "the token has expired";
        TokenInvalid = "UJ0001", "the token is invalid or missing";
    }
}

/// However long UPS promises, a token is not used longer than this.
const LONGEST: SignedDuration = SignedDuration::from_mins(210);

/// A token in use. `serial` tells one from the next, so that a 401 throws away only its own.
#[derive(Debug, Clone)]
pub(crate) struct Bearer {
    pub(crate) secret: SecretString,
    pub(crate) serial: u64,
    renew_at: Timestamp,
}

#[derive(Debug, Default)]
struct Shelf {
    bearer: Option<Bearer>,
    serial: u64,
    last_failure: Option<Error>,
}

/// The one token of a client.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    shelf: Mutex<Shelf>,
    /// Counts failed fetches, to be compared before and after waiting for the shelf.
    failures: AtomicU64,
}

impl Tokens {
    /// The serial of the token in use, if there is one.
    pub(crate) async fn serial(&self) -> Option<u64> {
        self.shelf.lock().await.bearer.as_ref().map(|bearer| bearer.serial)
    }

    /// The token to use, fetched if there is none or it grew old. `refused` is the serial of a token
    /// that UPS has just answered with 401.
    pub(crate) async fn bearer<F>(&self, now: Timestamp, refused: Option<u64>, fetch: F) -> Result<Bearer, Error>
    where
        F: AsyncFnOnce() -> Result<Answer, Error>,
    {
        let failures_before = self.failures.load(Ordering::SeqCst);
        let mut shelf = self.shelf.lock().await;
        if let Some(bearer) = &shelf.bearer
            && now < bearer.renew_at
            && Some(bearer.serial) != refused
        {
            return Ok(bearer.clone());
        }
        if self.failures.load(Ordering::SeqCst) != failures_before
            && let Some(failure) = &shelf.last_failure
        {
            return Err(failure.clone());
        }
        shelf.bearer = None;
        let serial = shelf.serial + 1;
        match fetch().await.and_then(|answer| read(&answer, now, serial)) {
            Ok(bearer) => {
                shelf.serial = serial;
                shelf.last_failure = None;
                shelf.bearer = Some(bearer.clone());
                Ok(bearer)
            }
            Err(error) => {
                self.failures.fetch_add(1, Ordering::SeqCst);
                shelf.last_failure = Some(error.clone());
                Err(error)
            }
        }
    }
}

impl Bearer {
    /// The value of the `Authorization` header.
    pub(crate) fn header(&self) -> String {
        format!("Bearer {}", self.secret.expose_secret())
    }
}

/// UPS sends every member as text, and leaves some out; only the token and its lifetime are needed.
fn read(answer: &Answer, now: Timestamp, serial: u64) -> Result<Bearer, Error> {
    let root = answer.root();
    let secret = root.text_at("access_token").ok_or_else(|| Error::unreadable("the answer has no access_token"))?;
    if !secret.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(Error::unreadable("access_token contains characters no header can carry"));
    }
    let seconds = root.at("expires_in").count().ok_or_else(|| Error::unreadable("the answer has no expires_in"))?;
    Ok(Bearer { secret: secret.into(), serial, renew_at: now.saturating_add(usable(seconds)).unwrap_or(now) })
}

/// The lifetime less a margin of a tenth, at most five minutes, and never beyond [`LONGEST`].
fn usable(seconds: u32) -> SignedDuration {
    let margin = (seconds / 10).min(300);
    SignedDuration::from_secs(i64::from(seconds - margin)).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_renewed_before_it_ends() {
        assert_eq!(usable(3599), SignedDuration::from_secs(3299));
        assert_eq!(usable(14_399), LONGEST);
        assert_eq!(usable(60), SignedDuration::from_secs(54));
        assert_eq!(usable(0), SignedDuration::ZERO);
    }
}
