//! The console: what people open in a browser, served by the same program.
//!
//! ```text
//! browser ─► guard (who? may they? from here?) ─► page ─► store (reading) ─► maud ─► HTML
//!    ▲                └─ no ─► log-in │ 403         └─► wish ─► the engine, like every wish ─┐
//!    └──────────── one SSE word "changed", the page is fetched again ◄── App::changed ───────┘
//! ```
//!
//! Every address is a line of one table (`routes.rs`) with the right it asks for; the guard stands in front of each line, so a
//! page cannot forget to ask. Pages decide nothing and call nobody: they read the store or put down a wish through
//! `crate::wishing`, the same functions the command line uses. Pressing a button twice puts a wish down twice, and the engine
//! answers the second in the audit. A crash costs the page on the screen and nothing else; sessions are in the store.
//!
//! Until an administrator exists the console listens on loopback only and opens to a one-time token that `serve` prints.
//! Afterwards it may listen anywhere, with its own certificate or behind a proxy that has one; a plain address that others can
//! reach is refused, because a password would cross the network in the clear.
//!
//! What is deliberately not here: any rule about shipments, any call to UPS or SYSPRO, any script from elsewhere.

mod api;
mod assets;
mod checks;
mod docs;
mod forms;
mod frame;
mod guard;
mod live;
pub mod metrics;
mod once;
mod pages;
mod problem;
mod routes;
mod sessions;
#[cfg(test)]
mod tests;
mod throttle;
mod tls;
mod trial;
pub mod webhook;
mod when;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use jiff::SignedDuration;
use reqwest::Url;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::app::App;
use crate::people::token::Token;
use crate::people::{Role, Sites};
use crate::store::{NewPerson, StoreError};
use crate::vault::VaultError;

/// A shift with a break: a browser nobody uses for longer is logged out.
const IDLE: SignedDuration = SignedDuration::from_hours(2);
/// However busy, a browser logs in once a shift.
const LONGEST: SignedDuration = SignedDuration::from_hours(12);
/// Who looks at a demo.
const GUEST: &str = "guest";

/// Why the console cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum ConsoleError {
    /// Nobody could log in, and anybody could take the first account.
    #[error(
        "nobody may administer yet, so the console listens on this machine only, not on {0}; open it here first, or add \
         somebody with `ml-connector user add NAME --role administrator`"
    )]
    NoAdministrator(SocketAddr),
    /// Passwords would cross the network in the clear.
    #[error(
        "on {0} passwords would cross the network in the clear; give --tls-cert and --tls-key, or --public-url https://… when a \
         proxy in front has the certificate"
    )]
    InTheClear(SocketAddr),
    /// The address is taken or not of this machine.
    #[error(transparent)]
    Listen(#[from] std::io::Error),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No token can be made.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The certificate cannot be used.
    #[error("the certificate cannot be used: {0}")]
    Certificate(String),
}

/// Where and how the console listens.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The address; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Certificate chain and key, both PEM.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// How browsers reach it, when that is not `listen`: behind a proxy.
    pub public_url: Option<Url>,
    /// A browser nobody uses for so long is logged out.
    pub idle: SignedDuration,
    /// A browser is logged out after so long.
    pub longest: SignedDuration,
    /// A demo: whoever holds its link is in, as administrator of nothing real.
    pub guest: bool,
}

impl Settings {
    /// On an address, otherwise as usual.
    #[must_use]
    pub fn on(listen: SocketAddr) -> Self {
        Self { listen, tls: None, public_url: None, idle: IDLE, longest: LONGEST, guest: false }
    }

    /// On a free port of this machine, open to whoever holds the link.
    #[must_use]
    pub fn demo() -> Self {
        Self { guest: true, ..Self::on(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))) }
    }
}

/// What every page is given.
#[derive(Clone)]
pub(crate) struct Web(Arc<Inner>);

struct Inner {
    app: Arc<App>,
    /// Opens the first run's form; of no use once there is an administrator.
    setup: Option<Token>,
    /// Opens a demo.
    guest: Option<Token>,
    /// Whether browsers come over TLS.
    secure: bool,
    idle: SignedDuration,
    longest: SignedDuration,
    throttle: throttle::Throttle,
    /// Whether only browsers of this machine reach it.
    local: bool,
    trial: trial::Trial,
    checks: checks::Checks,
}

impl Web {
    fn app(&self) -> &Arc<App> {
        &self.0.app
    }
}

/// The console, served until this is dropped.
#[derive(Debug)]
pub struct Console {
    url: String,
    entry: Option<String>,
    serving: JoinHandle<()>,
}

impl Console {
    /// Opens the console.
    ///
    /// # Errors
    /// See [`ConsoleError`].
    pub async fn open(app: Arc<App>, settings: Settings) -> Result<Self, ConsoleError> {
        let administered = app.store.has_administrator().await?;
        let proxied = settings.public_url.as_ref().is_some_and(|url| url.scheme() == "https");
        let secure = settings.tls.is_some() || proxied;
        if !settings.listen.ip().is_loopback() {
            if !administered {
                return Err(ConsoleError::NoAdministrator(settings.listen));
            }
            if !secure {
                return Err(ConsoleError::InTheClear(settings.listen));
            }
        }
        let guest = if settings.guest { Some(guest(&app).await?) } else { None };
        let setup = if administered || settings.guest { None } else { Some(Token::fresh()?) };
        let certificate = settings.tls.as_ref().map(|(chain, key)| tls::Certificate::read(chain, key)).transpose()?;
        let listener = TcpListener::bind(settings.listen).await?;
        let address = listener.local_addr()?;
        let scheme = if settings.tls.is_some() { "https" } else { "http" };
        let url = match &settings.public_url {
            Some(url) => url.as_str().trim_end_matches('/').to_owned(),
            None => format!("{scheme}://{address}"),
        };
        let entry = match (&guest, &setup) {
            (Some(token), _) => Some(format!("{url}/enter?token={}", token.expose())),
            (None, Some(token)) => Some(format!("{url}/setup?token={}", token.expose())),
            (None, None) => None,
        };
        let figures = Arc::clone(&app);
        let web = Web(Arc::new(Inner {
            throttle: throttle::Throttle::new(app.clock.clone()),
            app,
            setup,
            guest,
            secure,
            idle: settings.idle,
            longest: settings.longest,
            local: settings.listen.ip().is_loopback() && settings.public_url.is_none(),
            trial: trial::Trial::default(),
            checks: checks::Checks::default(),
        }));
        let mut router = routes::router(web);
        // Figures need no log-in, so they are told on this machine only.
        if settings.listen.ip().is_loopback() {
            router = router.merge(Router::new().route("/metrics", get(metrics::metrics)).with_state(figures));
        }
        let serving = tokio::spawn(async move {
            let ended = match certificate {
                Some(certificate) => axum::serve(certificate.listen(listener), router).await,
                None => axum::serve(listener, router).await,
            };
            if let Err(error) = ended {
                tracing::error!(%error, "the console stopped");
            }
        });
        Ok(Self { url, entry, serving })
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where the first administrator is made, or a demo is entered; none when people log in.
    #[must_use]
    pub fn entry(&self) -> Option<&str> {
        self.entry.as_deref()
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// The person who looks at a demo: no password, so the link is the only way in.
async fn guest(app: &App) -> Result<Token, ConsoleError> {
    let person = NewPerson { name: GUEST.to_owned(), role: Role::Administrator, sites: Sites::All, password: None };
    // A second start finds the guest there already.
    app.store.add_person(&person, "demo", app.clock.real_now()).await?;
    Ok(Token::fresh()?)
}
