//! The same request sent twice by a program is done once: its `Idempotency-Key`.
//!
//! ```text
//! key, method, path, body ─► begun before? ─┬─ no ─► do it ─► keep the answer
//!                                           └─ yes ─► the same answer │ 409
//! ```
//!
//! A refusal (4xx) is an answer and is kept; a failure of ours (5xx) is none and may be sent again.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use sha2::{Digest as _, Sha256};

use super::Web;
use super::problem::Problem;
use super::routes::LONGEST_BODY;
use crate::store::Begun;

/// The header that carries the key.
pub(super) const KEY: &str = "idempotency-key";
/// The header that tells an answer given before.
const REPLAYED: &str = "idempotency-replayed";
const LONGEST_KEY: usize = 200;
/// Answers to writes are short; a longer one would be a fault of ours.
const LONGEST_ANSWER: usize = 1024 * 1024;

/// Does a request under its key, or tells what became of it before.
pub(super) async fn once(
    web: &Web,
    caller: &str,
    key: &str,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    if key.is_empty() || key.len() > LONGEST_KEY {
        return Err(Problem::unusable(format!("an Idempotency-Key has 1 to {LONGEST_KEY} characters")));
    }
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, LONGEST_BODY)
        .await
        .map_err(|_| Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "the request's body is too long"))?;
    let digest = Sha256::new().chain_update(parts.method.as_str()).chain_update(" ").chain_update(parts.uri.path());
    let digest = digest.chain_update("\n").chain_update(&body).finalize();
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let store = &web.app().store;
    match store.begin_answer(caller, key, &digest, web.app().clock.real_now()).await? {
        Begun::Fresh => {}
        Begun::Answered { status, body } => return Ok(replayed(status, body)),
        Begun::UnderWay => {
            return Err(Problem::conflict("the same request is being done right now; ask again in a moment"));
        }
        Begun::OtherRequest => {
            return Err(Problem::conflict("this Idempotency-Key was used for another request; take a fresh one"));
        }
    }
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    let response = super::guard::told_to_programs(response);
    let status = response.status();
    if status.is_server_error() {
        store.forget_answer(caller, key).await?;
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body =
        to_bytes(body, LONGEST_ANSWER).await.map_err(|_| Problem::conflict("the answer is too long to be kept"))?;
    store.finish_answer(caller, key, status.as_u16(), &String::from_utf8_lossy(&body)).await?;
    Ok(Response::from_parts(parts, Body::from(body)))
}

fn replayed(status: u16, body: String) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let kind = if status.is_client_error() { "application/problem+json" } else { "application/json" };
    let mut response = (status, [(header::CONTENT_TYPE, kind)], body).into_response();
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    response
}
