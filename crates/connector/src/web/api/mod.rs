//! The API for programs: `/api/v1`, JSON, one description that is generated from these files.
//!
//! ```text
//! Bearer token ─► guard (right, site) ─► once (Idempotency-Key) ─► read.rs: the store │ write.rs: a wish, as everywhere
//! ```
//!
//! Every path stands in the route table with its right, and in the description by its annotation; a test holds the two against
//! each other. Problems are `application/problem+json`. Nothing here calls UPS or SYSPRO: a write puts a wish down and says so
//! (202), but for `ship`, which waits for what becomes of it.

pub(super) mod manage;
pub(super) mod read;
pub(super) mod view;
pub(super) mod write;

use axum::Json;
use axum::extract::{FromRequest, Request};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::Web;
use super::problem::Problem;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "ml-connector",
        description = "Shipments, their labels and what people decide about them. Send `Authorization: Bearer …` with a token \
                       made under People or with `ml-connector user token new`. Lists go on with `after`, taken from `next`. \
                       Writes may carry an `Idempotency-Key`: the same request with the same key is done once and answered \
                       alike for a day; another request with that key is refused with 409.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    paths(
        read::counts,
        read::list,
        read::show,
        read::label,
        read::document,
        write::ship,
        write::wish,
        write::decide,
        manage::sites,
        manage::mode,
        manage::list_chores,
        manage::chore,
        manage::alarms,
        manage::alarm_done,
        manage::list_costs,
        manage::people,
        manage::add_person,
        manage::person,
    ),
    modifiers(&Bearer),
    security(("bearer" = []))
)]
struct Description;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_with(Default::default);
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}

/// A body of JSON, with what is wrong with it told as a problem.
pub(crate) struct Sent<T>(pub(crate) T);

impl<T: serde::de::DeserializeOwned> FromRequest<Web> for Sent<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, web: &Web) -> Result<Self, Problem> {
        match Json::<T>::from_request(request, web).await {
            Ok(Json(body)) => Ok(Self(body)),
            Err(rejected) => Err(Problem::new(rejected.status(), "unusable", rejected.body_text())),
        }
    }
}

/// The description, as OpenAPI 3.1.
pub(super) fn description() -> utoipa::openapi::OpenApi {
    Description::openapi()
}

#[cfg(test)]
mod tests {
    use super::super::routes::{Face, table};
    use super::*;

    #[test]
    fn the_description_and_the_routes_are_the_same() {
        let written = serde_json::to_value(description()).expect("JSON");
        assert_eq!(written["openapi"], "3.1.0");
        let paths = written["paths"].as_object().expect("paths");
        let mut described: Vec<String> = paths
            .iter()
            .flat_map(|(path, methods)| {
                let methods = methods.as_object().expect("methods").keys();
                methods.map(|method| format!("{} {path}", method.to_uppercase())).collect::<Vec<_>>()
            })
            .collect();
        let routes = table().into_iter().filter(|it| it.face == Face::Program);
        let mut routed: Vec<String> = routes.map(|it| format!("{} {}", it.method, it.path)).collect();
        described.sort();
        routed.sort();
        assert_eq!(described, routed);
    }

    #[test]
    fn a_change_of_the_api_is_seen() {
        let written = description().to_pretty_json().expect("JSON").replace(env!("CARGO_PKG_VERSION"), "VERSION");
        insta::assert_snapshot!("openapi", written);
    }
}
