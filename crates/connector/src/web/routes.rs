//! Every address of the console and the API, with the right it asks for.
//!
//! One table makes the router, and the test below walks the same table for every role: a route cannot be added without
//! a rule, and a rule cannot be forgotten by a page.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, on};

use super::guard::{self, Post};
use super::pages::{
    actions, audit, begin, board, checks, chores, costs, desk, entry, health, needs, people, printers, ship_via,
    shipment, shipments, sites, station, whereabouts,
};
use super::{Web, api, assets, docs, live};
use crate::people::Right;

/// What a form or a program may send; the longest is a site file with all its comments.
pub(super) const LONGEST_BODY: usize = 256 * 1024;

/// Who may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// Anybody, logged in or not.
    Public,
    /// Anybody who is logged in.
    Person,
    /// Whoever holds the right.
    Needs(Right),
}

/// Who is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Face {
    /// A person's browser: cookie, forms, HTML.
    Page,
    /// A program: bearer token, JSON.
    Program,
}

/// One address.
pub(super) struct Route {
    #[cfg_attr(not(test), expect(dead_code, reason = "the tests that walk the table ask by it"))]
    pub(super) method: Method,
    pub(super) path: &'static str,
    pub(super) rule: Rule,
    pub(super) face: Face,
    handler: MethodRouter<Web>,
}

fn get<H, T>(path: &'static str, rule: Rule, handler: H) -> Route
where
    H: Handler<T, Web>,
    T: 'static,
{
    let handler = on(axum::routing::MethodFilter::GET, handler);
    Route { method: Method::GET, path, rule, face: Face::Page, handler }
}

fn post<H, T>(path: &'static str, rule: Rule, handler: H) -> Route
where
    H: Handler<T, Web>,
    T: 'static,
{
    let handler = on(axum::routing::MethodFilter::POST, handler);
    Route { method: Method::POST, path, rule, face: Face::Page, handler }
}

fn api_get<H, T>(path: &'static str, right: Right, handler: H) -> Route
where
    H: Handler<T, Web>,
    T: 'static,
{
    Route { face: Face::Program, ..get(path, Rule::Needs(right), handler) }
}

fn api_post<H, T>(path: &'static str, right: Right, handler: H) -> Route
where
    H: Handler<T, Web>,
    T: 'static,
{
    Route { face: Face::Program, ..post(path, Rule::Needs(right), handler) }
}

/// The table.
#[rustfmt::skip]
pub(super) fn table() -> Vec<Route> {
    use Right::{Administer, Decide, Inspect, See, Ship};
    use Rule::{Needs, Person, Public};
    vec![
        // coming in and going out
        get("/login", Public, entry::log_in_form),
        post("/login", Public, entry::log_in),
        post("/logout", Person, entry::log_out),
        get("/setup", Public, entry::set_up_form),
        post("/setup", Public, entry::set_up),
        get("/enter", Public, entry::enter),
        get("/assets/{hash}/{name}", Public, assets::asset),
        get("/healthz", Public, board::healthz),
        // looking
        get("/", Needs(See), board::board),
        get("/live", Needs(See), live::live),
        post("/sites/{site}/pause", Needs(Decide), board::pause),
        get("/shipments", Needs(See), shipments::shipments),
        get("/shipments/{site}/{id}", Needs(See), shipment::shipment),
        get("/shipments/{site}/{id}/labels/{package}/{kind}", Needs(See), shipment::paper),
        get("/needs", Needs(See), needs::needs),
        get("/desk", Needs(See), desk::desk),
        get("/where", Needs(See), whereabouts::whereabouts),
        get("/costs", Needs(See), costs::costs),
        get("/costs.csv", Needs(See), costs::csv),
        get("/health", Needs(See), health::health),
        get("/sites", Needs(See), sites::sites),
        get("/sites/{site}", Needs(Inspect), sites::site),
        get("/audit", Needs(Inspect), audit::audit),
        get("/printers", Needs(See), printers::printers),
        get("/sites/{site}/checks", Needs(Inspect), checks::checks),
        // shipping
        get("/station", Needs(Ship), station::station),
        post("/station", Needs(Ship), station::ship),
        post("/shipments/bulk", Needs(Ship), actions::bulk),
        post("/shipments/{site}/{id}/approve", Needs(Ship), actions::approve),
        post("/shipments/{site}/{id}/ship", Needs(Ship), actions::ship),
        post("/shipments/{site}/{id}/retry", Needs(Ship), actions::retry),
        post("/shipments/{site}/{id}/hold", Needs(Ship), actions::hold),
        post("/shipments/{site}/{id}/release", Needs(Ship), actions::release),
        post("/shipments/{site}/{id}/seen", Needs(Ship), actions::seen),
        post("/shipments/{site}/{id}/print", Needs(Ship), actions::print),
        post("/shipments/{site}/{id}/service", Needs(Ship), actions::service),
        post("/shipments/{site}/{id}/address", Needs(Ship), actions::address),
        post("/sites/{site}/printers/{printer}/test", Needs(Ship), printers::test),
        // deciding
        post("/sites/{site}/checks", Needs(Decide), checks::begin),
        post("/shipments/{site}/{id}/void", Needs(Decide), actions::void),
        post("/shipments/{site}/{id}/withdraw", Needs(Decide), actions::withdraw),
        post("/desk/bulk", Needs(Decide), actions::resolve),
        post("/sites/{site}/chores/{chore}/run", Needs(Decide), chores::run),
        post("/sites/{site}/chores/{chore}/pause", Needs(Decide), chores::pause),
        post("/sites/{site}/chores/{chore}/resume", Needs(Decide), chores::resume),
        post("/shipments/{site}/{id}/adopt", Needs(Decide), actions::adopt),
        post("/shipments/{site}/{id}/absent", Needs(Decide), actions::absent),
        // administering
        get("/begin", Needs(Administer), begin::begin),
        post("/begin/try", Needs(Administer), begin::try_it),
        post("/shipments/{site}/{id}/ship-via", Needs(Administer), ship_via::remember),
        get("/connect", Needs(Administer), begin::connect),
        post("/connect", Needs(Administer), begin::apply),
        post("/sites/{site}/mode", Needs(Administer), sites::set_mode),
        get("/people", Needs(Administer), people::people),
        post("/people", Needs(Administer), people::add),
        post("/people/{name}/role", Needs(Administer), people::role),
        post("/people/{name}/password", Needs(Administer), people::set_password),
        post("/people/{name}/disable", Needs(Administer), people::disable),
        post("/people/{name}/enable", Needs(Administer), people::enable),
        post("/people/{name}/log-out", Needs(Administer), people::log_out),
        post("/tokens", Needs(Administer), people::new_token),
        post("/tokens/{name}/revoke", Needs(Administer), people::revoke),
        // the API, and its description for people
        get("/docs", Person, docs::begin),
        get("/docs/", Person, docs::page),
        get("/docs/{file}", Person, docs::file),
        api_get("/api/v1/counts", See, api::read::counts),
        api_get("/api/v1/shipments", See, api::read::list),
        api_get("/api/v1/shipments/{site}/{id}", See, api::read::show),
        api_get("/api/v1/shipments/{site}/{id}/labels/{package}/{kind}", See, api::read::label),
        api_get("/api/v1/sites/{site}/documents/{document}", See, api::read::document),
        api_post("/api/v1/sites/{site}/documents/{document}/ship", Ship, api::write::ship),
        api_post("/api/v1/shipments/{site}/{id}/wishes", Ship, api::write::wish),
        api_post("/api/v1/shipments/{site}/{id}/decisions", Decide, api::write::decide),
        api_get("/api/v1/sites", See, api::manage::sites),
        api_post("/api/v1/sites/{site}/mode", Administer, api::manage::mode),
        api_get("/api/v1/sites/{site}/chores", See, api::manage::list_chores),
        api_post("/api/v1/sites/{site}/chores/{chore}", Decide, api::manage::chore),
        api_get("/api/v1/alarms", See, api::manage::alarms),
        api_post("/api/v1/sites/{site}/alarms/{alarm}/done", Ship, api::manage::alarm_done),
        api_get("/api/v1/costs", See, api::manage::list_costs),
        api_get("/api/v1/people", Administer, api::manage::people),
        api_post("/api/v1/people", Administer, api::manage::add_person),
        api_post("/api/v1/people/{name}", Administer, api::manage::person),
    ]
}

/// The table as a router.
pub(super) fn router(web: Web) -> Router {
    let mut router = Router::new();
    for route in table() {
        let post = Post { web: web.clone(), rule: route.rule, face: route.face };
        router = router.route(route.path, route.handler.layer(from_fn_with_state(post, guard::stand)));
    }
    let lost = Post { web: web.clone(), rule: Rule::Person, face: Face::Page };
    let fallback = axum::routing::any(entry::nowhere);
    router
        .fallback_service(fallback.layer(from_fn_with_state(lost, guard::stand)).with_state(web.clone()))
        .layer(DefaultBodyLimit::max(LONGEST_BODY))
        .with_state(web)
}
