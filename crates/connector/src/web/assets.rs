//! Stylesheet and script, part of the program.
//!
//! Their addresses carry a hash of their contents, so browsers keep them for good and take new ones with a new program.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use sha2::{Digest as _, Sha256};

use super::problem::Problem;

const STYLE: &str = include_str!("assets/console.css");
const SCRIPT: &str = include_str!("assets/console.js");
const SIGN: &str = include_str!("assets/sign.svg");

static HASH: LazyLock<String> = LazyLock::new(|| {
    let sum = Sha256::new().chain_update(STYLE).chain_update(SCRIPT).chain_update(SIGN).finalize();
    sum.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
});

/// The address of an asset.
pub(super) fn address(name: &str) -> String {
    format!("/assets/{}/{name}", *HASH)
}

pub(super) async fn asset(Path((_, name)): Path<(String, String)>) -> Result<Response, Problem> {
    let (kind, text) = match name.as_str() {
        "console.css" => ("text/css; charset=utf-8", STYLE),
        "console.js" => ("text/javascript; charset=utf-8", SCRIPT),
        "sign.svg" => ("image/svg+xml", SIGN),
        _ => return Err(Problem::not_found("this file")),
    };
    let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")];
    Ok((headers, text).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_is_short_and_ours() {
        assert!(SCRIPT.lines().count() <= 200, "{} lines", SCRIPT.lines().count());
        assert!(!SCRIPT.contains("http:") && !SCRIPT.contains("https:"), "nothing is fetched from elsewhere");
        assert!(!STYLE.contains("url(") && !STYLE.contains("@import"), "nothing is fetched from elsewhere");
    }
}
