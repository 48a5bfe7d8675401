//! The operator's one session at SYSPRO: taken, renewed before it is lost, ended on every path.
//!
//! ```text
//! take ─► row leased? ─► token of ours, same company, young ─► use it
//!             │               └─ else log off what is left over ─► log on ─► seal and store the token ─► use it
//!             └─ another node holds it ─► wait; a second logon would end its session
//! ```
//!
//! A token found in the store that this process did not put there was left by one that died: it is logged off before our
//! own logon, so that no licence seat leaks. (A crash between SYSPRO's answer and storing the token leaks one until it
//! idles out: that cannot be closed.) A refused logon is not repeated within a minute and stops at three, because
//! operators get locked. Lost twice within ten minutes means that a person uses the operator: never fight a person.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use shipment::remedy::Remedy;
use syspro::Token;
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::trouble::Trouble;
use crate::app::{App, SiteRuntime};
use crate::config::Site;
use crate::crash::{self, Point};
use crate::store::{SessionKey, SessionState, Store, StoreError, Taken};

/// How long a node keeps a session for itself after its last use, real time.
const LEASE: SignedDuration = SignedDuration::from_mins(5);
/// No second logon after a refused one before this.
const AFTER_REFUSAL: SignedDuration = SignedDuration::from_mins(1);
/// Refused logons before a person must act.
const MOST_REFUSALS: i64 = 3;
/// Lost twice within this: somebody else uses the operator.
const LOST_TWICE_WITHIN: SignedDuration = SignedDuration::from_mins(10);
/// Then nobody logs on for this long.
const STAND_BACK: SignedDuration = SignedDuration::from_mins(15);

/// A session this process logged on.
#[derive(Debug)]
struct Open {
    token: Token,
    company: String,
    since: Timestamp,
    used: Timestamp,
    site: Arc<SiteRuntime>,
}

/// The sessions this process holds, one per server and operator.
#[derive(Debug, Default)]
pub struct Sessions {
    seats: Mutex<HashMap<SessionKey, Arc<Mutex<Option<Open>>>>>,
}

/// The right to call SYSPRO as a site's operator, alone, until dropped.
pub(crate) struct Seat<'a> {
    pub(crate) app: &'a App,
    pub(crate) site: Arc<SiteRuntime>,
    key: SessionKey,
    state: SessionState,
    open: OwnedMutexGuard<Option<Open>>,
}

impl Sessions {
    async fn seat(&self, key: &SessionKey) -> Arc<Mutex<Option<Open>>> {
        Arc::clone(self.seats.lock().await.entry(key.clone()).or_default())
    }

    /// Takes the operator's session, logging on where needed.
    ///
    /// # Errors
    /// When another node holds it, SYSPRO refuses the logon or is away, or the operator is to be left alone.
    pub(crate) async fn take<'a>(&self, app: &'a App, site: &Arc<SiteRuntime>) -> Result<Seat<'a>, Trouble> {
        let key = site.session_key();
        let open = self.seat(&key).await.lock_owned().await;
        let row = match app.store.session_take(&key, &app.holder, app.clock.real_now(), LEASE).await? {
            Taken::Yes(row, _) => row,
            Taken::HeldBy { holder, .. } => return Err(Trouble::session_held(&key.operator, &holder)),
        };
        let mut seat = Seat { app, site: Arc::clone(site), key, state: row.state, open };
        seat.be_logged_on().await?;
        Ok(seat)
    }

    /// Logs off everything this process holds.
    pub(crate) async fn close_all(&self, app: &App) {
        let seats: Vec<_> = self.seats.lock().await.drain().collect();
        for (key, seat) in seats {
            let mut open = seat.lock_owned().await;
            let Some(session) = open.take() else {
                // The logon failed: there is nothing to end, and another node need not wait for our lease.
                if let Err(error) = app.store.session_let_go(&key, &app.holder).await {
                    tracing::warn!(operator = %key.operator, %error, "the operator's session stays leased until its lease ends");
                }
                continue;
            };
            let ended = session.site.enet.logoff(&session.token).await;
            if let Err(error) = &ended {
                tracing::warn!(operator = %key.operator, %error, "logoff failed; it is tried again before the next logon");
            }
            crash::point(Point::LoggedOff);
            if let Err(trouble) = give_back(app, &key, ended.is_ok()).await {
                tracing::warn!(operator = %key.operator, trouble = %trouble.words, "the ended session stays on record");
            }
        }
    }
}

/// Whose session a site uses.
pub(crate) fn key_of(site: &Site) -> SessionKey {
    SessionKey { server: site.syspro.enet_url.origin().ascii_serialization(), operator: site.syspro.operator.clone() }
}

/// A new password has been proven: earlier refusals no longer count.
///
/// # Errors
/// When the store fails.
pub(crate) async fn forgiven(store: &Store, site: &Site) -> Result<(), StoreError> {
    store.session_forgive(&key_of(site)).await
}

/// Lets the operator's session go. The token of one that SYSPRO did not confirm as ended stays on record, so that the next
/// holder logs it off before its own logon.
async fn give_back(app: &App, key: &SessionKey, ended: bool) -> Result<(), Trouble> {
    if ended {
        let state = app.store.session(key).await?.map(|row| row.state).unwrap_or_default();
        let state = SessionState { token: None, logged_on_at: None, used_at: None, ..state };
        app.store.session_put(key, &app.holder, &state).await?;
    }
    app.store.session_let_go(key, &app.holder).await?;
    Ok(())
}

impl Seat<'_> {
    /// Ends the session and gives it back, telling how that went; whoever only lets go leaves that to
    /// [`Sessions::close_all`].
    ///
    /// # Errors
    /// When SYSPRO did not confirm; the session is given back all the same, and the next holder logs it off.
    pub(crate) async fn log_off(mut self) -> Result<(), Trouble> {
        let Some(session) = self.open.take() else { return Err(Trouble::no_session()) };
        let ended = session.site.enet.logoff(&session.token).await;
        crash::point(Point::LoggedOff);
        give_back(self.app, &self.key, ended.is_ok()).await?;
        ended.map_err(Trouble::from)
    }

    /// The token to call with.
    ///
    /// # Errors
    /// When the session was given up meanwhile.
    pub(crate) fn token(&self) -> Result<Token, Trouble> {
        self.open.as_ref().map(|open| open.token.clone()).ok_or_else(Trouble::no_session)
    }

    async fn be_logged_on(&mut self) -> Result<(), Trouble> {
        let now = self.app.clock.now();
        if let Some(until) = self.state.not_before.filter(|until| now < *until) {
            let words = self.state.words.clone().unwrap_or_default();
            return Err(Trouble::stand_back(&words, until));
        }
        let settings = &self.site.site.syspro;
        if let Some(open) = self.open.as_mut() {
            let young = now.duration_since(open.since) < settings.session_max_age;
            let busy = now.duration_since(open.used) < settings.session_max_idle;
            if young && busy && open.company == settings.company {
                open.used = now;
                return Ok(());
            }
        }
        self.leave().await;
        self.log_on(now).await
    }

    /// Ends what is left over: our own session, or one that a dead process stored.
    async fn leave(&mut self) {
        let left = match self.open.take() {
            Some(open) => Some(open.token),
            None => self.state.token.as_ref().and_then(|sealed| self.opened(sealed)),
        };
        if let Some(token) = left
            && let Err(error) = self.site.enet.logoff(&token).await
        {
            tracing::info!(operator = %self.key.operator, %error, "an old session could not be logged off; it is probably gone");
        }
        self.state.token = None;
    }

    fn opened(&self, sealed: &[u8]) -> Option<Token> {
        match self.app.vault.open_passing(&place(&self.key), sealed) {
            Ok(token) => Some(Token::new(token)),
            Err(error) => {
                tracing::warn!(operator = %self.key.operator, %error, "a stored session cannot be opened");
                None
            }
        }
    }

    async fn log_on(&mut self, now: Timestamp) -> Result<(), Trouble> {
        let token = match self.site.enet.logon().await {
            Ok(token) => token,
            Err(error) => return Err(self.refused(now, &error).await),
        };
        crash::point(Point::LoggedOn);
        let bare = SecretString::from(token.expose().to_owned());
        let sealed = self.app.vault.seal_passing(&place(&self.key), &bare);
        self.state = SessionState {
            token: sealed.ok(),
            logged_on_at: Some(now),
            used_at: Some(now),
            refused_logons: 0,
            not_before: None,
            words: None,
            ..self.state.clone()
        };
        self.app.store.session_put(&self.key, &self.app.holder, &self.state).await?;
        crash::point(Point::SessionRecorded);
        let company = self.site.site.syspro.company.clone();
        *self.open = Some(Open { token, company, since: now, used: now, site: Arc::clone(&self.site) });
        Ok(())
    }

    async fn refused(&mut self, now: Timestamp, error: &syspro::Error) -> Trouble {
        let trouble = Trouble::from(error);
        let refused = trouble.remedy == Remedy::Reauthenticate;
        if refused || matches!(error, syspro::Error::LicenceFull { .. } | syspro::Error::OperatorBusy { .. }) {
            self.state.refused_logons += i64::from(refused);
            // After the third the operator may be one try from being locked: only a new password starts it again.
            let wait = if self.state.refused_logons >= MOST_REFUSALS { None } else { Some(AFTER_REFUSAL) };
            self.state.not_before = Some(wait.map_or(Timestamp::MAX, |wait| now + wait));
            self.state.words = Some(trouble.words.clone());
            if let Err(error) = self.app.store.session_put(&self.key, &self.app.holder, &self.state).await {
                return Trouble::from(error);
            }
        }
        trouble
    }

    /// SYSPRO says that the session is gone. Once may be a restart; twice in ten minutes is a person.
    pub(crate) async fn lost(&mut self) -> Result<(), Trouble> {
        let now = self.app.clock.now();
        *self.open = None;
        self.state.token = None;
        let again = self.state.lost_since.is_some_and(|since| now.duration_since(since) < LOST_TWICE_WITHIN);
        self.state.lost_count = if again { self.state.lost_count + 1 } else { 1 };
        self.state.lost_since = if again { self.state.lost_since } else { Some(now) };
        let fought = self.state.lost_count >= 2;
        if fought {
            self.state.not_before = Some(now + STAND_BACK);
            self.state.words =
                Some(format!("operator {} is used by someone else: its session was ended twice", self.key.operator));
            self.state.lost_count = 0;
            self.state.lost_since = None;
        }
        self.app.store.session_put(&self.key, &self.app.holder, &self.state).await?;
        if fought {
            return Err(Trouble::used_elsewhere(self.state.words.as_deref().unwrap_or_default()));
        }
        self.be_logged_on().await
    }

    /// A call hung or was cut off: what SYSPRO still does with the session is unknown, so it is not used again.
    pub(crate) async fn renew(&mut self) -> Result<(), Trouble> {
        self.leave().await;
        self.log_on(self.app.clock.now()).await
    }
}

/// Where a stored token belongs: one copied into another row does not open.
fn place(key: &SessionKey) -> [&str; 3] {
    ["session", &key.server, &key.operator]
}
