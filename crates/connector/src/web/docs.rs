//! The API's description for people, offline: Swagger UI from a crate, over our own description.
//!
//! Its page needs styles of its own, so it is the one page with a wider policy; its scripts come from this program like all
//! others. It sends no request by itself, and a token typed into it stays in the browser.

use std::sync::{Arc, LazyLock};

use axum::extract::Path;
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use utoipa_swagger_ui::{Config, serve};

use super::api;
use super::problem::Problem;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";

static CONFIG: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| Arc::new(Config::from("/docs/openapi.json")));

pub(crate) async fn begin() -> Redirect {
    Redirect::to("/docs/")
}

pub(crate) async fn page() -> Result<Response, Problem> {
    asset("index.html")
}

pub(crate) async fn file(Path(name): Path<String>) -> Result<Response, Problem> {
    if name == "openapi.json" {
        return Ok(axum::Json(api::description()).into_response());
    }
    asset(&name)
}

fn asset(name: &str) -> Result<Response, Problem> {
    let found = serve(name, Arc::clone(&CONFIG)).ok().flatten().ok_or_else(|| Problem::not_found("this file"))?;
    let headers: [(HeaderName, String); 2] =
        [(header::CONTENT_TYPE, found.content_type), (header::CONTENT_SECURITY_POLICY, POLICY.to_owned())];
    Ok((headers, found.bytes.into_owned()).into_response())
}
