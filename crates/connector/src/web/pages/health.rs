//! Health: which systems answer, what was last read, what waits in which lane.

use axum::extract::State;
use axum::response::Html;
use maud::{Markup, html};

use super::super::Web;
use super::super::frame::{Place, empty, heading, page, tag};
use super::super::problem::Problem;
use super::super::sessions::Visitor;
use super::super::when::span;
use crate::app::SiteRuntime;
use crate::config::{Environment, mode_name};
use crate::people::Right;
use crate::store::PollerRow;

pub(crate) async fn health(State(web): State<Web>, who: Visitor) -> Result<Html<String>, Problem> {
    let store = &web.app().store;
    let mut sites = Vec::new();
    for name in who.sites_of(&web) {
        let Some(site) = web.app().site(&name) else { continue };
        let mut polls = Vec::new();
        for source in &site.site.sources {
            polls.push((source.source, store.poller(&name, source.source).await?));
        }
        sites.push((site, polls, store.lanes(&name).await?));
    }
    let inside = html! {
        (heading("Health", "Which systems answer, what was last read, what waits where. `ml-connector doctor` looks deeper, at key, printers and history."))
        div #health data-live="" {
            @if sites.is_empty() { (empty("There is no site of yours.", "An administrator says under People which sites you see.")) }
            @for (site, polls, lanes) in &sites {
                section.card aria-label={ "Site " (site.site.name) } {
                    div.row-head { h2 { (site.site.name) } (tag("plain", mode_name(site.mode()))) }
                    (away(&web, &who, site))
                    div.halves {
                        div {
                            h3 { "Reading SYSPRO" }
                            div.scroll { table {
                                thead { tr { th scope="col" { "What" } th scope="col" { "Last read" } th scope="col" { "State" } } }
                                tbody { @for (source, poll) in polls { tr { td { (source.noun()) "s" } td.number { (last(&web, &who, poll)) } td { (state(poll)) } } } }
                            } }
                        }
                        div {
                            h3 { "What waits where" }
                            @if lanes.is_empty() { p.soft { "No shipment has a next step: all is done, or waits for a person." } } @else {
                                div.scroll { table {
                                    thead { tr { th scope="col" { "Lane" } th.right scope="col" { "Shipments with a next step" } } }
                                    tbody { @for (lane, count) in lanes { tr { td.mono { (lane) } td.number.right { (count) } } } }
                                } }
                            }
                        }
                    }
                    dl.facts {
                        dt { "UPS" } dd { (environment(&site.site.ups.environment)) ", account " (site.site.ups.account) }
                        dt { "SYSPRO" } dd { (site.site.syspro.enet_url) ", company " (site.site.syspro.company) ", operator " (site.site.syspro.operator) }
                        dt { "Settings" } dd { @if who.may(Right::Inspect) { a href={ "/sites/" (site.site.name) } { "version " (site.version) } } @else { "version " (site.version) } }
                    }
                }
            }
        }
    };
    Ok(page(&web, &who, Place::Health, "Health", &inside))
}

fn away(web: &Web, who: &Visitor, site: &SiteRuntime) -> Markup {
    let now = web.app().clock.now();
    html! {
        @for (remote, away) in site.outages() {
            p.wrong role="status" {
                strong { (remote.as_str()) } " is away since " (who.zone.time(away.since)) ": " (away.words)
                @if let Some(next) = away.next_probe { " Looked at again in " (span(now, next)) "." } @else { " It waits for a person." }
            }
        }
    }
}

fn last(web: &Web, who: &Visitor, poll: &PollerRow) -> Markup {
    html! {
        @match poll.last_poll {
            Some(at) => { (who.zone.time(at)) span.soft { " (" (span(at, web.app().clock.now())) " ago)" } },
            None => span.soft { "never yet" },
        }
    }
}

fn state(poll: &PollerRow) -> Markup {
    match &poll.paused_reason {
        Some(why) => html! { (tag("warn", "stopped")) " " (why) },
        None => html! { (tag("good", "reading")) },
    }
}

pub(super) fn environment(environment: &Environment) -> String {
    match environment {
        Environment::Production => "production: labels are real and cost money".to_owned(),
        Environment::Test => "UPS's test host: labels are samples".to_owned(),
        Environment::Custom(url) => format!("{url}: labels are samples"),
    }
}
