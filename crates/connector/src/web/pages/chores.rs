//! What a site does by itself and when, with a person's word about it: rest, go on, run now.

use axum::extract::{Path, State};
use axum::response::Redirect;
use maud::{Markup, html};
use shipment::number::SiteName;

use super::super::Web;
use super::super::forms::Fields;
use super::super::frame::{empty, tag, token};
use super::super::problem::Problem;
use super::super::sessions::Visitor;
use crate::people::Right;
use crate::store::{ChoreKey, ChorePause, ChoreRow};

/// A site's chores as a table, with buttons for those who may.
pub(super) fn table(who: &Visitor, site: &SiteName, rows: &[ChoreRow]) -> Markup {
    html! {
        @if rows.is_empty() { (empty("Nothing has run by itself yet.", "A site reads SYSPRO as [schedule] in its file says, the first time at once.")) }
        @for row in rows {
            @let name = row.key.name();
            div.chore {
                div.row-head {
                    strong { (name.replace(['_', ':'], " ")) }
                    span {
                        @if row.paused.is_some() { (tag("warn", "paused")) }
                        @else if row.holder.is_some() { (tag("way", "running")) }
                        @else if row.well == Some(false) { (tag("bad", "did not end well")) }
                        @else { (tag("plain", &row.plan)) }
                    }
                }
                p.soft {
                    @if let Some(at) = row.last_ended { "Last " (who.zone.time(at)) @if let Some(words) = &row.words { ": " (words) } ". " }
                    @match (&row.paused, row.due_at) {
                        (Some(pause), _) => { "Paused by " (pause.by) " at " (who.zone.time(pause.at)) ": " (pause.why) },
                        (None, Some(due)) => { "Next " (who.zone.time(due)) "." },
                        (None, None) => "It runs when somebody asks for it.",
                    }
                }
                @if who.may(Right::Decide) { (buttons(who, site, row, &name)) }
            }
        }
    }
}

fn buttons(who: &Visitor, site: &SiteName, row: &ChoreRow, name: &str) -> Markup {
    let to = format!("/sites/{site}/chores/{name}");
    let id = format!("why-{}", name.replace(':', "-"));
    html! {
        @if row.paused.is_some() {
            form.inline method="post" action={ (to) "/resume" } { (token(who)) button.quiet type="submit" { "Let it run again" } }
        } @else {
            form.inline method="post" action={ (to) "/run" } { (token(who)) button.quiet type="submit" { "Run it now" } }
            details {
                summary { "Pause it…" }
                form.filters method="post" action={ (to) "/pause" } {
                    (token(who))
                    div { label for=(id) { "Why" } input id=(id) name="reason" required maxlength="300"; }
                    button type="submit" { "Pause it" }
                }
            }
        }
    }
}

/// The chore of an address.
pub(in crate::web) async fn found(web: &Web, site: &SiteName, name: &str) -> Result<ChoreKey, Problem> {
    let rows = web.app().store.chores(Some(site)).await?;
    let found = rows.into_iter().map(|it| it.key).find(|it| it.name() == name);
    found.ok_or_else(|| Problem::not_found(format!("the chore {name}")))
}

/// Makes it due at once; the node that comes first runs it.
pub(in crate::web) async fn run_now(web: &Web, key: &ChoreKey) -> Result<(), Problem> {
    let app = web.app();
    match app.store.chore_run_now(key, app.clock.now()).await? {
        true => Ok(()),
        false => Err(Problem::conflict(format!("{} is paused; let it run again first", key.name()))),
    }
}

/// Lets it rest.
pub(in crate::web) async fn rest(web: &Web, who: &Visitor, key: &ChoreKey, why: &str) -> Result<(), Problem> {
    let pause = ChorePause { at: web.app().clock.now(), by: who.name.clone(), why: why.to_owned() };
    Ok(web.app().store.chore_pause(key, &pause).await?)
}

/// Lets it run again.
pub(in crate::web) async fn go_on(web: &Web, who: &Visitor, key: &ChoreKey) -> Result<(), Problem> {
    web.app().store.chore_resume(key, &who.name, web.app().clock.now()).await?;
    Ok(())
}

/// A chore's address.
type At = Path<(SiteName, String)>;

fn back(site: &SiteName, did: &str) -> Redirect {
    Redirect::to(&format!("/sites/{site}?did={did}"))
}

pub(crate) async fn run(State(web): State<Web>, Path((site, name)): At) -> Result<Redirect, Problem> {
    run_now(&web, &found(&web, &site, &name).await?).await?;
    Ok(back(&site, "run"))
}

pub(crate) async fn pause(
    State(web): State<Web>,
    who: Visitor,
    Path((site, name)): At,
    fields: Fields,
) -> Result<Redirect, Problem> {
    rest(&web, &who, &found(&web, &site, &name).await?, fields.required("reason")?).await?;
    Ok(back(&site, "paused"))
}

pub(crate) async fn resume(State(web): State<Web>, who: Visitor, Path((site, name)): At) -> Result<Redirect, Problem> {
    go_on(&web, &who, &found(&web, &site, &name).await?).await?;
    Ok(back(&site, "resumed"))
}
