//! Who asks: a browser by its cookie, a program by its token.
//!
//! ```text
//! cookie ─► SHA-256 ─► web_sessions ─► not idle, not over, person not disabled ─► Visitor
//! Authorization: Bearer ─► SHA-256 ─► api_tokens ─► not over, not revoked ─► Visitor `api:<name>`
//! ```
//!
//! Over TLS the cookie is called `__Host-…`: a browser then takes it from this host alone and over TLS alone. On plain loopback
//! that name is not possible, so it has another one.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use shipment::number::SiteName;

use super::Web;
use super::problem::Problem;
use super::when::Zone;
use crate::people::token::Token;
use crate::people::{Right, Role, Sites};
use crate::store::{StoreError, WebSessionRow};

/// The cookie in which a browser's script tells its zone.
const ZONE: &str = "zone";
/// What a browser calls itself is kept so long.
const LONGEST_AGENT: usize = 120;

/// Somebody who is known.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    /// The name in every audit line.
    pub(super) name: String,
    pub(super) role: Role,
    pub(super) sites: Sites,
    pub(super) zone: Zone,
    /// What the browser showed; none for a program.
    pub(super) token: Option<Token>,
}

impl Visitor {
    /// Whether they hold a right.
    pub(super) fn may(&self, right: Right) -> bool {
        self.role.may(right)
    }

    /// What their forms carry.
    pub(super) fn form_token(&self) -> String {
        self.token.as_ref().map(Token::of_forms).unwrap_or_default()
    }

    /// The sites of this node they may see, by name.
    pub(super) fn sites_of(&self, web: &Web) -> Vec<SiteName> {
        let sites = web.app().sites().into_iter().map(|it| it.site.name.clone());
        sites.filter(|name| self.sites.includes(name)).collect()
    }
}

/// The visitor the guard found.
impl FromRequestParts<Web> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Web) -> Result<Self, Problem> {
        let known = parts.extensions.get::<Arc<Self>>().map(|it| Self::clone(it));
        known.ok_or_else(|| Problem::forbidden("log in first"))
    }
}

/// The zone a browser said it is in.
pub(super) fn zone(headers: &HeaderMap) -> Zone {
    let said = cookie(headers, ZONE).map(|it| it.replace("%2F", "/"));
    Zone::named(said.as_deref())
}

/// The person behind a browser's cookie, if the session is still good.
pub(super) async fn by_cookie(web: &Web, headers: &HeaderMap) -> Result<Option<Visitor>, StoreError> {
    let Some(token) = cookie(headers, cookie_name(web)).map(Token::shown) else { return Ok(None) };
    let Some((session, person)) = web.app().store.web_session(&token.hash()).await? else { return Ok(None) };
    let now = web.app().clock.real_now();
    let idle = now.duration_since(session.used_at) >= web.0.idle;
    if idle || session.ends_at <= now || person.disabled_at.is_some() {
        web.app().store.close_web_session(&session.token_hash).await?;
        return Ok(None);
    }
    web.app().store.web_session_used(&session, now).await?;
    Ok(Some(Visitor {
        name: person.name,
        role: person.role,
        sites: person.sites,
        zone: zone(headers),
        token: Some(token),
    }))
}

/// The token behind a program's header, if it is still good.
pub(super) async fn by_bearer(web: &Web, headers: &HeaderMap) -> Result<Option<Visitor>, StoreError> {
    let said = headers.get(header::AUTHORIZATION).and_then(|it| it.to_str().ok());
    let Some(shown) = said.and_then(|it| it.strip_prefix("Bearer ")) else { return Ok(None) };
    let (token, now) = (Token::shown(shown.trim()), web.app().clock.real_now());
    let found = web.app().store.token_shown(&token.hash(), now).await?;
    Ok(found.map(|it| Visitor {
        name: format!("api:{}", it.name),
        role: it.role,
        sites: it.sites,
        zone: Zone::named(None),
        token: None,
    }))
}

/// Opens a session; gives back the cookie.
pub(super) async fn open(web: &Web, person: &str, headers: &HeaderMap) -> Result<HeaderValue, Problem> {
    let (token, now) = (Token::fresh()?, web.app().clock.real_now());
    let agent = headers.get(header::USER_AGENT).and_then(|it| it.to_str().ok()).unwrap_or("");
    let session = WebSessionRow {
        token_hash: token.hash(),
        person: person.to_owned(),
        opened_at: now,
        used_at: now,
        ends_at: now + web.0.longest,
        agent: agent.chars().take(LONGEST_AGENT).collect(),
    };
    web.app().store.open_web_session(&session).await?;
    set_cookie(web, token.expose(), web.0.longest.as_secs())
}

/// Ends a session; gives back the cookie that forgets it.
pub(super) async fn close(web: &Web, name: &str, token: &Token) -> Result<HeaderValue, Problem> {
    web.app().store.close_web_session(&token.hash()).await?;
    web.app().store.tell_people(web.app().clock.real_now(), name, "logged_out", "logged out").await?;
    set_cookie(web, "", 0)
}

fn set_cookie(web: &Web, value: &str, seconds: i64) -> Result<HeaderValue, Problem> {
    let secure = if web.0.secure { "; Secure" } else { "" };
    let text = format!("{}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}", cookie_name(web));
    HeaderValue::try_from(text).map_err(|_| Problem::unusable("the cookie cannot be written"))
}

fn cookie_name(web: &Web) -> &'static str {
    match (web.0.secure, &web.0.guest) {
        (true, _) => "__Host-ml-connector",
        // Cookies do not tell ports apart: a demo beside the real console must not log its reader out of it.
        (false, Some(_)) => "ml-connector-demo",
        (false, None) => "ml-connector",
    }
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|it| it.to_str().ok());
    let mut pairs = lines.flat_map(|it| it.split(';')).filter_map(|it| it.trim().split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, value)| value)
}
