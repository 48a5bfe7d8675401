//! What stands round every page: name, way about, where we are pretending, zone and who is logged in.

use axum::response::Html;
use maud::{DOCTYPE, Markup, html};

use super::Web;
use super::assets::address;
use super::guard::FORM_TOKEN;
use super::problem::Problem;
use super::sessions::Visitor;
use crate::config::{Environment, mode_name};
use crate::people::Right;
use crate::people::password::SHORTEST;

/// A place one can go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Board,
    Shipments,
    Needs,
    Desk,
    Station,
    Costs,
    Where,
    Audit,
    Health,
    Sites,
    Printers,
    People,
    Elsewhere,
}

/// The way about, what is used daily: where to, what it is called, who is shown it.
const DAILY: &[(Place, &str, &str, Right)] = &[
    (Place::Board, "/", "Board", Right::See),
    (Place::Needs, "/needs", "Needs you", Right::See),
    (Place::Desk, "/desk", "In-doubt desk", Right::See),
    (Place::Station, "/station", "Station", Right::Ship),
    (Place::Shipments, "/shipments", "Shipments", Right::See),
    (Place::Where, "/where", "Where is it?", Right::See),
    (Place::Costs, "/costs", "Costs", Right::See),
];

/// What is looked at now and then.
const MANAGED: &[(Place, &str, &str, Right)] = &[
    (Place::Audit, "/audit", "Audit", Right::Inspect),
    (Place::Health, "/health", "Health", Right::See),
    (Place::Printers, "/printers", "Printers", Right::See),
    (Place::Sites, "/sites", "Sites", Right::See),
    (Place::People, "/people", "People", Right::Administer),
];

/// A whole page for somebody who is logged in.
pub(super) fn page(web: &Web, visitor: &Visitor, place: Place, title: &str, inside: &Markup) -> Html<String> {
    Html(whole(web, Some((visitor, place)), title, inside).into_string())
}

/// A whole page for somebody who is not.
pub(super) fn outside(web: &Web, title: &str, inside: &Markup) -> Html<String> {
    Html(whole(web, None, title, inside).into_string())
}

/// A request that was not done, as a page.
pub(super) fn problem(web: &Web, visitor: Option<&Visitor>, problem: &Problem) -> Markup {
    let title = match problem.status.as_u16() {
        403 => "Not allowed",
        404 => "Not found",
        409 => "Does not go together",
        500..=599 => "Something failed here",
        _ => "Not done",
    };
    let inside = html! {
        div.card.narrow role="alert" {
            h1 { (title) }
            p.lead { (sentence(&problem.words)) }
            p.actions { a.button href="/" { "To the board" } }
        }
    };
    whole(web, visitor.map(|it| (it, Place::Elsewhere)), title, &inside)
}

fn whole(web: &Web, whose: Option<(&Visitor, Place)>, title: &str, inside: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " · ml-connector" }
                link rel="stylesheet" href=(address("console.css"));
                link rel="icon" type="image/svg+xml" href=(address("sign.svg"));
                script src=(address("console.js")) type="module" {}
            }
            body class=[whose.is_none().then_some("outside")] {
                a.skip href="#main" { "To the contents" }
                (pretended(web, whose.map(|(visitor, _)| visitor)))
                @if let Some((visitor, place)) = whose { (head(visitor, place)) }
                main #main { (inside) }
                @if let Some((visitor, _)) = whose { (foot(web, visitor)) }
            }
        }
    }
}

fn head(visitor: &Visitor, place: Place) -> Markup {
    html! {
        header.top {
            a.name href="/" { img src=(address("sign.svg")) alt="" width="28" height="28"; "ml-connector" }
            nav aria-label="Pages" {
                (places(visitor, place, DAILY))
                @let manages = MANAGED.iter().any(|(to, ..)| *to == place);
                details.menu { summary.current[manages] { "Manage" } (places(visitor, place, MANAGED)) }
            }
            form.who method="post" action="/logout" {
                (token(visitor))
                span { (visitor.name) span.soft { " · " (visitor.role) } }
                button.quiet type="submit" { "Log out" }
            }
        }
    }
}

fn places(visitor: &Visitor, here: Place, places: &[(Place, &str, &str, Right)]) -> Markup {
    html! {
        ul {
            @for (to, href, words, right) in places {
                @if visitor.may(*right) {
                    li { a href=(href) aria-current=[(*to == here).then_some("page")] { (words) } }
                }
            }
        }
    }
}

fn foot(web: &Web, visitor: &Visitor) -> Markup {
    let now = web.app().clock.now();
    html! {
        footer {
            span { "Times are " (visitor.zone.name(now)) "; business time now " (visitor.zone.time(now)) "." }
            span { a href="/docs/" { "API" } " · ml-connector " (env!("CARGO_PKG_VERSION")) }
        }
    }
}

/// Says on every page which sites are not production.
fn pretended(web: &Web, visitor: Option<&Visitor>) -> Markup {
    let sites = web.app().sites();
    let shown = sites.iter().filter(|it| visitor.is_none_or(|who| who.sites.includes(&it.site.name)));
    let not_real: Vec<_> = shown.filter(|it| it.site.ups.environment != Environment::Production).collect();
    html! {
        @if !not_real.is_empty() {
            p.pretend role="status" {
                strong { "Not production." }
                " Labels of "
                (not_real.iter().map(|it| it.site.name.as_str()).collect::<Vec<_>>().join(", "))
                " are samples: they cost nothing and move no parcel."
            }
        }
        @for site in sites.iter().filter(|it| visitor.is_some_and(|who| who.sites.includes(&it.site.name))) {
            @if mode_name(site.mode()) == "shadow" {
                p.pretend.paused role="status" {
                    strong { "Paused." }
                    " Site " (site.site.name) " reads and plans, and buys no label. "
                    a href="/sites" { "Change its mode" }
                }
            }
        }
    }
}

// ---- pieces every page uses ----

/// The token every form carries.
pub(super) fn token(visitor: &Visitor) -> Markup {
    html! { input type="hidden" name=(FORM_TOKEN) value=(visitor.form_token()); }
}

/// The head of a page.
pub(super) fn heading(title: &str, lead: &str) -> Markup {
    html! { div.heading { h1 { (title) } p.lead { (lead) } } }
}

/// Where there is nothing to show: why, and what brings something here.
pub(super) fn empty(title: &str, words: &str) -> Markup {
    html! { div.empty { p { strong { (title) } } p { (words) } } }
}

/// A stage, a mode or a verdict as a small coloured word; the colour never says more than the word.
pub(super) fn tag(kind: &str, words: &str) -> Markup {
    html! { span.tag.(kind) { (words) } }
}

/// Something that was just done.
pub(super) fn done(words: &str) -> Markup {
    html! { p.done role="status" { (words) } }
}

/// A pair of password fields.
pub(super) fn new_password(name: &str) -> Markup {
    html! {
        label for=(name) { "Password" }
        input #(name) name="password" type="password" required minlength=(SHORTEST) autocomplete="new-password"
            aria-describedby={ (name) "-hint" };
        p.hint id={ (name) "-hint" } { "At least " (SHORTEST) " characters. A sentence is easier to remember than signs." }
    }
}

/// With a capital and a full stop.
pub(super) fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|it| it.to_uppercase().collect::<String>()).unwrap_or_default();
    let rest = letters.as_str();
    let stop = if words.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{rest}{stop}")
}
