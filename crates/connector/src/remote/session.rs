//! The operator's one session at SYSPRO: taken, renewed before it is lost, ended on every path.
//!
//! ```text
//! take ─► row leased? ─► token of ours or handed over, same company, young ─► use it
//!             │               └─ else log off what is left over ─► log on ─► seal and store the token ─► use it
//!             └─ another node holds it ─► wait; a second logon would end its session
//! ```
//!
//! On a database of several nodes the session is let go after every use, still logged on, and its sealed token lies in
//! the store: the next node that takes it goes on with it, so nodes pass one session round and nobody logs on anew. While
//! it is used its lease is kept up. A node whose lease ran out all the same (it was frozen, it lost the database) finds
//! so before it would log on, and leaves the session to whoever has it.
//!
//! A token whose holder did not let it go was left by a process that died: it is logged off before our own logon, so
//! that no licence seat leaks. (A crash between SYSPRO's answer and storing the token leaks one until it
//! idles out: that cannot be closed.) A refused logon is not repeated within a minute and stops at three, because
//! operators get locked. Lost twice within ten minutes means that a person uses the operator: never fight a person.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use shipment::remedy::Remedy;
use syspro::Token;
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::task::AbortHandle;

use super::trouble::Trouble;
use crate::app::{App, SiteRuntime};
use crate::config::Site;
use crate::crash::{self, Point};
use crate::store::{Before, Lease, SessionKey, SessionRow, SessionState, Store, StoreError, Taken};

/// How long a node keeps a session for itself after its last use, real time.
const LEASE: SignedDuration = SignedDuration::from_mins(5);
/// How often the lease of a session in use is lengthened, real time.
const KEEP_EVERY: Duration = Duration::from_secs(60);
/// How often, and how long in all, one looks whether another node is done with it, real time.
const LOOK_EVERY: Duration = Duration::from_millis(100);
const LOOKS: u32 = 200;
/// How long a look says that somebody waits, and how long the holder then stands back before it takes it again.
const WANTED: SignedDuration = SignedDuration::from_millis(500);
const STAND_ASIDE: Duration = Duration::from_millis(300);
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
    /// The token as it lies in the store: another one there is another session.
    sealed: Option<Vec<u8>>,
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
    /// Ours alone in this process; none once it is given back.
    open: Option<OwnedMutexGuard<Option<Open>>>,
    /// Keeps up the lease while the seat is taken.
    keeper: Option<AbortHandle>,
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
        let (row, before) = waited_for(app, &key).await?;
        let keeper = app.store.is_shared().then(|| keep_up(app, &key));
        let mut seat = Seat { app, site: Arc::clone(site), key, state: row.state, open: Some(open), keeper };
        seat.find(&before).await?;
        seat.be_logged_on().await?;
        Ok(seat)
    }

    /// Whether another node has the operator's session just now, so that nothing can be done in its lane here.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn is_elsewhere(app: &App, key: &SessionKey) -> Result<bool, StoreError> {
        if !app.store.is_shared() {
            return Ok(false);
        }
        app.store.session_is_elsewhere(key, &app.holder, app.clock.real_now()).await
    }

    /// Logs off everything this process holds.
    pub(crate) async fn close_all(&self, app: &App) {
        let seats: Vec<_> = self.seats.lock().await.drain().collect();
        for (key, seat) in seats {
            let mut open = seat.lock_owned().await;
            match is_still(app, &key, open.as_ref()).await {
                Ok(true) => {}
                // Another node goes on with it, and ends it one day.
                Ok(false) => continue,
                Err(trouble) => {
                    tracing::warn!(operator = %key.operator, trouble = %trouble.words, "whose the operator's session is cannot be told; it idles out");
                    continue;
                }
            }
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

/// Takes the row, waiting for another node that has it. Nodes let it go after every use, so this is a matter of moments.
async fn waited_for(app: &App, key: &SessionKey) -> Result<(SessionRow, Before), Trouble> {
    let mut looks = 0;
    loop {
        match app.store.session_take(key, &app.holder, app.clock.real_now(), LEASE).await? {
            Taken::Yes(row, before) => return Ok((*row, before)),
            Taken::HeldBy { holder, .. } if looks >= LOOKS || !app.store.is_shared() || app.is_stopping() => {
                return Err(Trouble::session_held(&key.operator, &holder));
            }
            Taken::HeldBy { .. } => {
                looks += 1;
                app.store.session_wanted(key, Lease::of(app.clock.real_now(), WANTED)).await?;
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
    }
}

/// Lengthens the lease for as long as the seat is taken. Only of a session that is ours: one that was taken from us, or
/// that we have just let go, is left alone.
fn keep_up(app: &App, key: &SessionKey) -> AbortHandle {
    let (store, clock, holder, key) = (app.store.clone(), app.clock.clone(), app.holder.clone(), key.clone());
    let kept = tokio::spawn(async move {
        loop {
            tokio::time::sleep(KEEP_EVERY).await;
            match store.session_keep(&key, &holder, Lease::of(clock.real_now(), LEASE)).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    tracing::warn!(operator = %key.operator, %error, "the session's lease was not lengthened");
                }
            }
        }
    });
    kept.abort_handle()
}

/// Whether the session this process remembers is the one in the store and nobody else has it in hand; then it is ours
/// until it is given back.
async fn is_still(app: &App, key: &SessionKey, open: Option<&Open>) -> Result<bool, Trouble> {
    if !app.store.is_shared() {
        return Ok(true);
    }
    let Some(open) = open else { return Ok(false) };
    match app.store.session_take(key, &app.holder, app.clock.real_now(), LEASE).await? {
        Taken::Yes(row, _) if row.state.token.is_some() && row.state.token == open.sealed => Ok(true),
        Taken::Yes(_, Before::Lapsed) => give_back(app, key, false).await.map(|()| false),
        Taken::Yes(..) => {
            app.store.session_let_go(key, &app.holder).await?;
            Ok(false)
        }
        Taken::HeldBy { .. } => Ok(false),
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
    let state = app.store.session(key).await?.map(|row| row.state).unwrap_or_default();
    let token = if ended { None } else { state.token.clone() };
    let state = SessionState { token, logged_on_at: None, used_at: None, ..state };
    app.store.session_put(key, &app.holder, &state).await?;
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
        let Some(session) = self.open.as_mut().and_then(|open| open.take()) else { return Err(Trouble::no_session()) };
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
        self.opened().map(|open| open.token.clone()).ok_or_else(Trouble::no_session)
    }

    fn opened(&self) -> Option<&Open> {
        self.open.as_ref().and_then(|open| open.as_ref())
    }

    fn close(&mut self) -> Option<Open> {
        self.open.as_mut().and_then(|open| open.take())
    }

    /// Brings together what this process remembers of the session and what stands in the store.
    async fn find(&mut self, before: &Before) -> Result<(), Trouble> {
        // The store's token is the one that is logged on: another node may have had the session since.
        if self.opened().is_some_and(|open| open.sealed != self.state.token) {
            self.close();
        }
        if self.opened().is_some() {
            return Ok(());
        }
        if *before != Before::Nobody {
            // Whoever left it may still be calling with it: it is to be logged off and not gone on with, by the next node
            // too, should we not come to it.
            if self.state.token.is_some() && self.state.logged_on_at.take().is_some() {
                self.app.store.session_put(&self.key, &self.app.holder, &self.state).await?;
            }
            return Ok(());
        }
        let SessionState { token: Some(sealed), company: Some(company), logged_on_at: Some(since), .. } = &self.state
        else {
            return Ok(());
        };
        let Some(token) = self.unsealed(sealed) else { return Ok(()) };
        let open = Open {
            token,
            sealed: Some(sealed.clone()),
            company: company.clone(),
            since: *since,
            used: self.state.used_at.unwrap_or(*since),
            site: Arc::clone(&self.site),
        };
        if let Some(place) = self.open.as_mut() {
            **place = Some(open);
        }
        Ok(())
    }

    /// Whether the session is still ours, right before we log on: whoever has it now would lose it to us.
    async fn is_ours(&mut self) -> Result<(), Trouble> {
        match self.app.store.session_take(&self.key, &self.app.holder, self.app.clock.real_now(), LEASE).await? {
            Taken::Yes(_, Before::Us) => Ok(()),
            // It went through other hands meanwhile, and what is known here of it is old.
            Taken::Yes(_, before) => {
                self.close();
                if before == Before::Lapsed {
                    give_back(self.app, &self.key, false).await?;
                } else {
                    self.app.store.session_let_go(&self.key, &self.app.holder).await?;
                }
                Err(Trouble::session_held(&self.key.operator, "that had it meanwhile"))
            }
            Taken::HeldBy { holder, .. } => {
                self.close();
                Err(Trouble::session_held(&self.key.operator, &holder))
            }
        }
    }

    async fn be_logged_on(&mut self) -> Result<(), Trouble> {
        let now = self.app.clock.now();
        if let Some(until) = self.state.not_before.filter(|until| now < *until) {
            let words = self.state.words.clone().unwrap_or_default();
            return Err(Trouble::stand_back(&words, until));
        }
        let settings = &self.site.site.syspro;
        if let Some(open) = self.open.as_mut().and_then(|open| open.as_mut()) {
            let young = now.duration_since(open.since) < settings.session_max_age;
            let busy = now.duration_since(open.used) < settings.session_max_idle;
            if young && busy && open.company == settings.company {
                open.used = now;
                return Ok(());
            }
        }
        self.leave().await?;
        self.log_on(now).await
    }

    /// Ends what is left over: our own session, or one that a dead process stored.
    async fn leave(&mut self) -> Result<(), Trouble> {
        let left = match self.close() {
            Some(open) => Some(open.token),
            None => self.state.token.as_ref().and_then(|sealed| self.unsealed(sealed)),
        };
        let Some(token) = left else { return Ok(()) };
        if let Err(error) = self.site.enet.logoff(&token).await {
            tracing::info!(operator = %self.key.operator, %error, "an old session could not be logged off; it is probably gone");
        }
        self.state = SessionState { token: None, logged_on_at: None, ..self.state.clone() };
        if self.app.store.is_shared() {
            // Should the logon fail, nobody goes on with what has ended.
            self.app.store.session_put(&self.key, &self.app.holder, &self.state).await?;
        }
        Ok(())
    }

    fn unsealed(&self, sealed: &[u8]) -> Option<Token> {
        match self.app.vault.open_passing(&place(&self.key), sealed) {
            Ok(token) => Some(Token::new(token)),
            Err(error) => {
                tracing::warn!(operator = %self.key.operator, %error, "a stored session cannot be opened");
                None
            }
        }
    }

    async fn log_on(&mut self, now: Timestamp) -> Result<(), Trouble> {
        self.is_ours().await?;
        let token = match self.site.enet.logon().await {
            Ok(token) => token,
            Err(error) => return Err(self.refused(now, &error).await),
        };
        crash::point(Point::LoggedOn);
        let bare = SecretString::from(token.expose().to_owned());
        let sealed = self.app.vault.seal_passing(&place(&self.key), &bare).ok();
        let company = self.site.site.syspro.company.clone();
        self.state = SessionState {
            token: sealed.clone(),
            company: Some(company.clone()),
            logged_on_at: Some(now),
            used_at: Some(now),
            refused_logons: 0,
            not_before: None,
            words: None,
            ..self.state.clone()
        };
        self.app.store.session_put(&self.key, &self.app.holder, &self.state).await?;
        crash::point(Point::SessionRecorded);
        if let Some(place) = self.open.as_mut() {
            **place = Some(Open { token, sealed, company, since: now, used: now, site: Arc::clone(&self.site) });
        }
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
        self.is_ours().await?;
        let now = self.app.clock.now();
        self.close();
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
        self.is_ours().await?;
        self.leave().await?;
        self.log_on(self.app.clock.now()).await
    }
}

impl Drop for Seat<'_> {
    /// On a shared database the session goes to whoever wants it next, logged on as it is. This process has it back only
    /// after that, so that it cannot let go what it has just taken again.
    fn drop(&mut self) {
        if let Some(keeper) = self.keeper.take() {
            keeper.abort();
        }
        let (true, Some(open)) = (self.app.store.is_shared(), self.open.take()) else { return };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let (store, holder, key) = (self.app.store.clone(), self.app.holder.clone(), self.key.clone());
        let real_now = self.app.clock.real_now();
        runtime.spawn(async move {
            let used = open.as_ref().map(|it| it.used);
            match store.session_hand_over(&key, &holder, used, real_now).await {
                Ok(true) => tokio::time::sleep(STAND_ASIDE).await,
                Ok(false) => {}
                Err(error) => {
                    tracing::info!(operator = %key.operator, %error, "a session stays leased until its lease ends");
                }
            }
            drop(open);
        });
    }
}

/// Where a stored token belongs: one copied into another row does not open.
fn place(key: &SessionKey) -> [&str; 3] {
    ["session", &key.server, &key.operator]
}
