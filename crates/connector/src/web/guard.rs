//! The guard in front of every address: who asks, may they, and does the request come from a page of ours.
//!
//! ```text
//! request ─► known? ─ no ─► log-in (page) │ 401 (program)
//!              └─ yes ─► right? site? ─ no ─► 403 │ 404
//!                          └─ yes ─► changes something? ─► from our page, with its form's token? ─ no ─► 403
//!                                                              └─ yes ─► the route ─► security headers
//! ```
//!
//! A foreign page that posts here is refused three times over: the browser keeps the cookie back (`SameSite`), says where the
//! request comes from (`Sec-Fetch-Site`, else `Origin`), and the form's token is missing. Programs show a token of their own in
//! a header no foreign page can set, so they need none of this.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::FromRequestParts as _;
use axum::extract::{Form, FromRequest as _, Query, RawPathParams, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use shipment::number::SiteName;

use super::Web;
use super::forms::Fields;
use super::frame;
use super::once;
use super::problem::Problem;
use super::routes::{Face, Rule};
use super::sessions::{self, Visitor};
use crate::people::token::same;

/// Where forms carry their token.
pub(super) const FORM_TOKEN: &str = "form_token";

/// Nothing from elsewhere, no script or style in the page itself, and nobody frames us.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What the guard of one route knows.
#[derive(Clone)]
pub(super) struct Post {
    pub(super) web: Web,
    pub(super) rule: Rule,
    pub(super) face: Face,
}

pub(super) async fn stand(State(post): State<Post>, request: Request, next: Next) -> Response {
    let headers = request.headers().clone();
    let here = request.uri().path_and_query().map_or("/", |it| it.as_str()).to_owned();
    let visitor = match post.face {
        Face::Page => sessions::by_cookie(&post.web, &headers).await,
        Face::Program => sessions::by_bearer(&post.web, &headers).await,
    };
    let visitor = match visitor {
        Ok(visitor) => visitor.map(Arc::new),
        Err(error) => return finish(&post, None, Problem::from(error).into_response()).await,
    };
    let passed = pass(&post, visitor.as_deref(), request).await;
    let response = match passed {
        Ok(mut request) => {
            if let Some(visitor) = &visitor {
                request.extensions_mut().insert(Arc::clone(visitor));
            }
            run(&post, visitor.as_deref(), request, next).await
        }
        Err(Refused::Unknown) => unknown(&post, &headers, &here),
        Err(Refused::Problem(problem)) => problem.into_response(),
    };
    finish(&post, visitor.as_deref(), response).await
}

/// Runs the route; a program's write that carries a key is done once.
async fn run(post: &Post, visitor: Option<&Visitor>, request: Request, next: Next) -> Response {
    let writes = post.face == Face::Program && request.method() != Method::GET;
    let key = request.headers().get(once::KEY).map(|it| it.to_str().unwrap_or("").to_owned());
    match (writes, key, visitor) {
        (true, Some(key), Some(visitor)) => match once::once(&post.web, &visitor.name, &key, request, next).await {
            Ok(response) => response,
            Err(problem) => problem.into_response(),
        },
        _ => next.run(request).await,
    }
}

/// An answer with its problem, if it is one, written out.
pub(super) fn told_to_programs(mut response: Response) -> Response {
    match response.extensions_mut().remove::<Problem>() {
        Some(problem) => told(&problem),
        None => response,
    }
}

enum Refused {
    /// Nobody we know.
    Unknown,
    Problem(Problem),
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

async fn pass(post: &Post, visitor: Option<&Visitor>, request: Request) -> Result<Request, Refused> {
    match (post.rule, visitor) {
        (Rule::Public, _) | (Rule::Person, Some(_)) => {}
        (_, None) => return Err(Refused::Unknown),
        (Rule::Needs(right), Some(visitor)) if !visitor.may(right) => {
            let words = format!("a {} may not do this; ask an administrator", visitor.role);
            return Err(Problem::forbidden(words).into());
        }
        (Rule::Needs(_), Some(_)) => {}
    }
    let (mut parts, body) = request.into_parts();
    let named = RawPathParams::from_request_parts(&mut parts, &()).await.ok();
    let site = named.as_ref().and_then(|it| it.iter().find(|(name, _)| *name == "site"));
    if let (Some((_, site)), Some(visitor)) = (site, visitor) {
        let named: Result<SiteName, _> = site.parse();
        if !named.is_ok_and(|it| visitor.sites.includes(&it)) {
            return Err(Problem::not_found(format!("site {site}")).into());
        }
    }
    if parts.method == Method::GET || parts.method == Method::HEAD || post.face == Face::Program {
        let asked = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
        parts.extensions.insert(Fields(asked.map(|Query(pairs)| pairs).unwrap_or_default()));
        return Ok(Request::from_parts(parts, body));
    }
    if !from_here(&parts.headers) {
        return Err(Problem::forbidden("this request comes from another site; use the pages of the console").into());
    }
    let form = Form::<Vec<(String, String)>>::from_request(Request::from_parts(parts.clone(), body), &()).await;
    let fields = match form {
        Ok(Form(pairs)) => Fields(pairs),
        Err(error) => return Err(Problem::new(error.status(), "unusable", "the form cannot be read").into()),
    };
    if let Some(visitor) = visitor {
        let shown = fields.get(FORM_TOKEN).unwrap_or("");
        if !same(shown, &visitor.form_token()) {
            return Err(Problem::forbidden("this form is from another session; open the page again and repeat").into());
        }
    }
    parts.extensions.insert(fields);
    Ok(Request::from_parts(parts, Body::empty()))
}

/// Whether the browser says that a page of ours sent this; a browser that says nothing at all is too old for us.
fn from_here(headers: &HeaderMap) -> bool {
    let said = |name: &str| headers.get(name).and_then(|it| it.to_str().ok());
    match said("sec-fetch-site") {
        Some(site) => site == "same-origin",
        // Without TLS and not on loopback, browsers leave the header out, but not this one.
        None => said("origin")
            .zip(said("host"))
            .is_some_and(|(origin, host)| origin.split_once("://").is_some_and(|(_, from)| from == host)),
    }
}

fn unknown(post: &Post, headers: &HeaderMap, here: &str) -> Response {
    if post.face == Face::Program {
        let words = "no usable token came with the request; send `Authorization: Bearer …` with one made by \
                     `ml-connector user token new`";
        return Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", words).into_response();
    }
    // A page that fetches a part of itself is told, and then goes to the log-in as a whole.
    if headers.contains_key("x-part") {
        return Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", "the session has ended").into_response();
    }
    let to = utf8_percent_encode(here, NON_ALPHANUMERIC);
    Redirect::to(&format!("/login?to={to}")).into_response()
}

/// Tells problems in the route's form and adds what every answer carries.
async fn finish(post: &Post, visitor: Option<&Visitor>, mut response: Response) -> Response {
    let said = response.extensions_mut().remove::<Problem>().or_else(|| unsaid(&response));
    if let Some(problem) = said {
        response = match post.face {
            Face::Page => {
                (problem.status, Html(frame::problem(&post.web, visitor, &problem).into_string())).into_response()
            }
            Face::Program => told(&problem),
        };
    }
    let headers = response.headers_mut();
    let fixed = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    for (name, value) in fixed {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if post.web.0.secure {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    response
}

/// A refusal of the framework's, e.g. of an id that is none, is told like ours.
fn unsaid(response: &Response) -> Option<Problem> {
    let plain = response.headers().get(header::CONTENT_TYPE).is_some_and(|it| it.as_bytes().starts_with(b"text/plain"));
    let refused = plain && response.status().is_client_error();
    refused.then(|| Problem::new(response.status(), "unusable", "the address or what was sent cannot be read"))
}

/// A problem as programs read it (RFC 9457).
fn told(problem: &Problem) -> Response {
    let body = serde_json::json!({
        "type": format!("urn:ml-connector:{}", problem.code),
        "title": problem.status.canonical_reason().unwrap_or("problem"),
        "status": problem.status.as_u16(),
        "detail": problem.words,
    });
    let kind = [(header::CONTENT_TYPE, "application/problem+json")];
    (problem.status, kind, body.to_string()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        pairs.collect()
    }

    #[test]
    fn a_foreign_page_is_told_from_our_own() {
        assert!(from_here(&headers(&[("sec-fetch-site", "same-origin")])));
        assert!(!from_here(&headers(&[("sec-fetch-site", "cross-site"), ("origin", "http://here"), ("host", "here")])));
        assert!(!from_here(&headers(&[("sec-fetch-site", "none")])));
        assert!(from_here(&headers(&[("origin", "https://here:8443"), ("host", "here:8443")])));
        assert!(!from_here(&headers(&[("origin", "https://elsewhere"), ("host", "here:8443")])));
        assert!(!from_here(&headers(&[("origin", "null"), ("host", "here")])));
        assert!(!from_here(&headers(&[("host", "here")])), "a browser that says nothing");
    }
}
