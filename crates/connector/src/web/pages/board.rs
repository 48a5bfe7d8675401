//! The board: what stands where, which systems answer, and one big pause.
//!
//! Counts are links to the list behind them. They are one grouped count per site and cost the same however many shipments
//! there are; the page fetches itself again when something was recorded.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::{Markup, html};
use shipment::decide::Mode;
use shipment::number::SiteName;
use shipment::state::Stage;

use super::super::Web;
use super::super::frame::{Place, empty, heading, page, tag, token};
use super::super::problem::Problem;
use super::super::sessions::Visitor;
use super::super::when::span;
use super::{begin, row};
use crate::app::{AppError, SiteRuntime};
use crate::config::mode_name;
use crate::people::Right;
use crate::remote::Remote;
use crate::site_mode::{self, Asked};
use crate::store::{ListFilter, StoreError};

/// So many of each are shown below the counts.
const SHOWN: u64 = 8;

/// What stands where, of all sites the visitor sees.
#[derive(Debug, Default)]
struct Sum {
    stages: std::collections::BTreeMap<String, i64>,
    attention: i64,
    printing: i64,
    syspro: i64,
    not_ours: i64,
    today: i64,
}

impl Sum {
    async fn of(web: &Web, visitor: &Visitor) -> Result<Self, StoreError> {
        let (store, mut sum) = (&web.app().store, Self::default());
        let midnight = visitor.zone.midnight(web.app().clock.now());
        for site in visitor.sites_of(web) {
            let counts = store.counts(Some(&site)).await?;
            sum.attention += counts.holds.values().sum::<i64>();
            for (stage, count) in counts.stages {
                *sum.stages.entry(stage).or_default() += count;
            }
            for (lane, count) in store.lanes(&site).await? {
                match lane.split_once(':').map(|(kind, _)| kind) {
                    Some("printer") => sum.printing += count,
                    Some("syspro") => sum.syspro += count,
                    _ => {}
                }
            }
            sum.not_ours += store.not_ours(&site).await?;
            sum.today += store.labels_since(&site, midnight).await?;
        }
        Ok(sum)
    }

    fn at(&self, stages: &[Stage]) -> i64 {
        stages.iter().filter_map(|it| self.stages.get(it.as_str())).sum()
    }
}

pub(crate) async fn board(State(web): State<Web>, visitor: Visitor) -> Result<Response, Problem> {
    if begin::has_to_begin(&web, &visitor) {
        return Ok(Redirect::to("/begin").into_response());
    }
    let sum = Sum::of(&web, &visitor).await?;
    let store = &web.app().store;
    let within = Some(visitor.sites_of(&web));
    let waiting = ListFilter { within: within.clone(), held: true, ..ListFilter::default() };
    let waiting = store.list(&waiting, None, SHOWN).await?;
    let newest = store.list(&ListFilter { within, ..ListFilter::default() }, None, SHOWN).await?;
    let inside = html! {
        (heading("Board", "What stands where, right now."))
        div #board data-live="" {
            (counts(&sum))
            (lights(&web, &visitor))
            div.halves {
                section aria-labelledby="needs" {
                    h2 #needs { "Needs you" }
                    @if waiting.is_empty() {
                        (empty("Nothing waits for a person.", "When an address, a weight or a price needs a decision, it stands here with what to do."))
                    } @else {
                        (row::holds(&visitor, &waiting))
                        p.more { a href="/needs" { "All that needs you" } }
                    }
                }
                section aria-labelledby="newest" {
                    h2 #newest { "Newest" }
                    @if newest.is_empty() {
                        (empty("No shipment yet.", "The next poll looks for documents that are ready in SYSPRO; those that ship with UPS appear here by themselves."))
                    } @else {
                        (row::brief(&visitor, &newest))
                        p.more { a href="/shipments" { "All shipments" } }
                    }
                }
            }
        }
    };
    Ok(page(&web, &visitor, Place::Board, "Board", &inside).into_response())
}

fn counts(sum: &Sum) -> Markup {
    use Stage::{Addressed, AlreadyThere, Booked, Booking, Delivered, Ended, InDoubt, Packed, Rated, Received};
    html! {
        ul.counts {
            (count("Needs you", sum.attention, "/needs", if sum.attention > 0 { "warn" } else { "" }))
            (count("In doubt", sum.at(&[InDoubt]), "/desk", if sum.at(&[InDoubt]) > 0 { "bad" } else { "" }))
            (count("Being prepared", sum.at(&[Received, Addressed, Packed]), "/shipments?stage=received&stage=addressed&stage=packed", ""))
            (count("Ready for a label", sum.at(&[Rated]), "/shipments?stage=rated", ""))
            (count("Asking UPS", sum.at(&[Booking]), "/shipments?stage=booking", ""))
            (count("Printing", sum.printing, "/health", ""))
            (count("For SYSPRO", sum.syspro, "/health", ""))
            (count("Labels today", sum.today, "/costs", ""))
            (count("On the way", sum.at(&[Booked]), "/shipments?stage=booked", ""))
            (count("Delivered", sum.at(&[Delivered]), "/shipments?stage=delivered", "good"))
            (count("Returned or lost", sum.at(&[Ended]), "/shipments?stage=ended", ""))
            (count("Already there", sum.at(&[AlreadyThere]), "/shipments?stage=already_there", ""))
            (count("Not ours", sum.not_ours, "/sites", "soft"))
        }
    }
}

fn count(words: &str, number: i64, to: &str, kind: &str) -> Markup {
    html! { li { a.count.(kind) href=(to) { b { (number) } span { (words) } } } }
}

/// Which systems answer, site by site.
fn lights(web: &Web, visitor: &Visitor) -> Markup {
    let sites: Vec<_> = web.app().sites().into_iter().filter(|it| visitor.sites.includes(&it.site.name)).collect();
    html! {
        section aria-labelledby="systems" {
            h2 #systems { "Systems" }
            ul.lights {
                @for site in &sites {
                    li.card {
                        div.light-head {
                            strong { (site.site.name) }
                            (tag(if site.mode() == Mode::Shadow { "warn" } else { "plain" }, mode_name(site.mode())))
                        }
                        (light(web, site, Remote::Syspro, "SYSPRO", &format!("company {}, operator {}", site.site.syspro.company, site.site.syspro.operator)))
                        (light(web, site, Remote::Ups, "UPS", &format!("account {}", site.site.ups.account)))
                        @for remote in site.outages().into_keys().filter(|it| !matches!(it, Remote::Ups | Remote::Syspro)) { (light(web, site, remote, remote.as_str(), "")) }
                        @if visitor.may(Right::Decide) && site.mode() != Mode::Shadow {
                            form method="post" action={ "/sites/" (site.site.name) "/pause" }
                                data-confirm={ "Site " (site.site.name) " then buys no label until somebody sets its mode again. What is bought already is printed, written back and followed." } {
                                (token(visitor))
                                button.danger type="submit" { "Pause " (site.site.name) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn light(web: &Web, site: &SiteRuntime, remote: Remote, name: &str, about: &str) -> Markup {
    let outages = site.outages();
    let now = web.app().clock.now();
    html! {
        @match outages.get(&remote) {
            None => p.light.on { span.dot aria-hidden="true" {} strong { (name) } " answers" @if !about.is_empty() { span.soft { " · " (about) } } },
            Some(away) => p.light.off role="status" {
                span.dot aria-hidden="true" {} strong { (name) } " is away for " (span(away.since, now)) ": " (away.words)
                @if let Some(next) = away.next_probe { span.soft { " Looked at again in " (span(now, next)) "." } }
            },
        }
    }
}

/// Buys nothing more at a site until somebody says otherwise.
pub(crate) async fn pause(
    State(web): State<Web>,
    visitor: Visitor,
    Path(site): Path<SiteName>,
) -> Result<Redirect, Problem> {
    set_mode(&web, &visitor, &site, Mode::Shadow, false).await?;
    Ok(Redirect::to("/"))
}

/// Changes a site's mode, here and in the store.
pub(crate) async fn set_mode(
    web: &Web,
    visitor: &Visitor,
    site: &SiteName,
    mode: Mode,
    many: bool,
) -> Result<(), Problem> {
    let app = web.app();
    let runtime = app.site(site).ok_or_else(|| Problem::not_found(format!("site {site}")))?;
    let asked = Asked { mode, many, actor: &visitor.name, at: app.clock.now() };
    site_mode::change(&app.store, &runtime.site, asked).await.map_err(|error| match error {
        site_mode::NotChanged::Store(error) => Problem::from(error),
        other => Problem::conflict(other.to_string()),
    })?;
    // This node works in it from here on; others see it with their next look.
    app.load_sites().await.map_err(|error| match error {
        AppError::Store(error) => Problem::from(error),
        other => Problem::conflict(other.to_string()),
    })
}

/// 200 while the store answers.
pub(crate) async fn healthz(State(web): State<Web>) -> StatusCode {
    match web.app().store.sites().await {
        Ok(_) => StatusCode::OK,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}
