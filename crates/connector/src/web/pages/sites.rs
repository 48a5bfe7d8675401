//! Sites: how each works, its settings in versions with what changed between them, and its mode.
//!
//! What it does by itself stands beside (`chores.rs`); settings are changed under `begin.rs`; a secret is never shown.

use axum::extract::{Path, State};
use axum::response::{Html, Redirect};
use maud::{Markup, html};
use shipment::number::SiteName;

use super::super::Web;
use super::super::forms::Fields;
use super::super::frame::{Place, done, empty, heading, page, tag, token};
use super::super::problem::Problem;
use super::super::sessions::Visitor;
use super::actions::{did, runtime};
use super::{board, chores, health};
use crate::app::SiteRuntime;
use crate::config::{MODES, mode_name};
use crate::people::Right;
use crate::store::SettingsRow;

pub(crate) async fn sites(State(web): State<Web>, who: Visitor, fields: Fields) -> Result<Html<String>, Problem> {
    let mut shown = Vec::new();
    for name in who.sites_of(&web) {
        let Some(site) = web.app().site(&name) else { continue };
        shown.push((site, web.app().store.not_ours(&name).await?));
    }
    let inside = html! {
        (heading("Sites", "A site is one SYSPRO company with one UPS account."))
        @if let Some(words) = did(&fields) { (done(words)) }
        @if shown.is_empty() { (empty("There is no site of yours.", "An administrator says under People which sites you see, and makes new ones here or with `ml-connector site apply`.")) }
        @if who.may(Right::Administer) { p.actions { a.button href="/begin" { "Add a site" } } }
        @for (site, not_ours) in &shown { (one(&who, site, *not_ours)) }
    };
    Ok(page(&web, &who, Place::Sites, "Sites", &inside))
}

fn one(who: &Visitor, site: &SiteRuntime, not_ours: i64) -> Markup {
    let it = &site.site;
    let warehouses: Vec<_> = it.ship_froms.iter().map(|it| it.warehouse.as_str()).collect();
    let sources: Vec<_> = it.sources.iter().map(|it| format!("{}s", it.source.noun())).collect();
    let printers: Vec<_> = it.printers.iter().map(|it| it.name.as_str()).collect();
    html! {
        section.card aria-label={ "Site " (it.name) } {
            div.row-head { h2 { (it.name) } (tag("plain", mode_name(site.mode()))) }
            dl.facts {
                dt { "UPS" } dd { (health::environment(&it.ups.environment)) ", account " (it.ups.account) }
                dt { "SYSPRO" } dd { (it.syspro.enet_url) " by " (it.syspro.transport.as_str()) ", company " (it.syspro.company) }
                dt { "Reads" } dd { (sources.join(", ")) " by " (if it.syspro.odata.is_some() { "OData" } else { "e.net" }) }
                dt { "Ships from" } dd { (warehouses.join(", ")) }
                dt { "Printers" } dd { (printers.join(", ")) }
                dt { "Writes to SYSPRO" } dd { (if it.may_write_to_syspro() { "yes" } else { "no: UPS is not production and the company is no test company" }) }
                dt { "Not ours" } dd { (not_ours) " documents were seen and left alone" }
            }
            @if who.may(Right::Inspect) { p { a href={ "/sites/" (it.name) } { "Schedules, settings (version " (site.version) ") and what was done" } " · " a href={ "/sites/" (it.name) "/checks" } { "Try connections and mapping" } } }
            @if who.may(Right::Administer) { (mode_form(who, site)) }
        }
    }
}

pub(super) fn mode_form(who: &Visitor, site: &SiteRuntime) -> Markup {
    let name = &site.site.name;
    let about = |mode: &str| match mode {
        "shadow" => "reads and plans, buys nothing",
        "approve" => "buys what a person approved",
        _ => "buys by itself what is clear",
    };
    html! {
        form.filters method="post" action={ "/sites/" (name) "/mode" } {
            (token(who))
            div {
                label for={ "mode-" (name) } { "Mode" }
                select id={ "mode-" (name) } name="mode" {
                    @for (word, mode) in MODES { option value=(word) selected[mode == site.mode()] { (word) ": " (about(word)) } }
                }
            }
            label.check { input type="checkbox" name="many" value="yes"; "even if more labels than one cycle takes are bought at once" }
            button type="submit" { "Change mode" }
        }
    }
}

pub(crate) async fn set_mode(
    State(web): State<Web>,
    who: Visitor,
    Path(site): Path<SiteName>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let word = fields.required("mode")?;
    let mode = MODES.iter().find(|(known, _)| *known == word).map(|(_, mode)| *mode);
    let mode = mode.ok_or_else(|| Problem::unusable(format!("there is no mode {word}")))?;
    board::set_mode(&web, &who, &site, mode, fields.get("many").is_some()).await?;
    Ok(Redirect::to("/sites?did=mode"))
}

pub(crate) async fn site(
    State(web): State<Web>,
    who: Visitor,
    Path(name): Path<SiteName>,
    fields: Fields,
) -> Result<Html<String>, Problem> {
    let runtime = runtime(&web, &name)?;
    let store = &web.app().store;
    let newest = store.site_settings(&name, None).await?.ok_or_else(|| Problem::not_found("the settings"))?;
    let version: i64 = fields.parsed("version")?.unwrap_or(newest.version);
    let chosen = store.site_settings(&name, Some(version)).await?;
    let chosen = chosen.ok_or_else(|| Problem::not_found(format!("version {version}")))?;
    let before = if version > 1 { store.site_settings(&name, Some(version - 1)).await? } else { None };
    let (events, runs) = (store.site_events(&name).await?, store.chores(Some(&name)).await?);
    let inside = html! {
        (heading(&format!("Site {name}"), "Every version of the settings is kept, and every shipment names the one it was read under."))
        @if let Some(words) = did(&fields) { (done(words)) }
        p.actions {
            a.button href={ "/sites/" (name) "/checks" } { "Try connections and mapping" }
            @if who.may(Right::Administer) { a.button href={ "/connect?site=" (name) } { "Change the settings" } }
        }
        section.card aria-labelledby="chores" {
            h2 #chores { "What it does by itself" }
            div #chore-list data-live="" { (chores::table(&who, &name, &runs)) }
        }
        section.card aria-labelledby="versions" {
            h2 #versions { "Settings, version " (chosen.version) }
            p.soft { "applied " (who.zone.time(chosen.made_at)) " by " (chosen.actor) @if chosen.version == runtime.version { ", at work now" } }
            nav.actions aria-label="Versions" {
                @if version > 1 { a.button href={ "/sites/" (name) "?version=" (version - 1) } { "Version " (version - 1) } }
                @if version < newest.version { a.button href={ "/sites/" (name) "?version=" (version + 1) } { "Version " (version + 1) } }
            }
            @if let Some(before) = &before { h3 { "What changed from version " (before.version) } (difference(before, &chosen)) }
            details open[before.is_none()] { summary { "The whole text" } pre tabindex="0" { (chosen.body) } }
        }
        section.card aria-labelledby="events" {
            h2 #events { "What was done" }
            ol.timeline { @for it in events.iter().rev().take(100) { li.engine { (it.words) span.soft { (who.zone.time(it.at)) " · " (it.actor) } } } }
        }
    };
    Ok(page(&web, &who, Place::Sites, &format!("Site {name}"), &inside))
}

/// Lines that are in one of two versions only.
fn difference(before: &SettingsRow, now: &SettingsRow) -> Markup {
    let (gone, come) = changed(&before.body, &now.body);
    html! {
        @if gone.is_empty() && come.is_empty() { p.soft { "Only the order of lines." } }
        ul {
            @for line in &gone { li { span.unseen { "taken away: " } code.was { (line) } } }
            @for line in &come { li { span.unseen { "added: " } code.now { (line) } } }
        }
    }
}

/// The lines only the first text has, and those only the second has; comments and blank lines do not count.
fn changed<'a>(first: &'a str, second: &'a str) -> (Vec<&'a str>, Vec<&'a str>) {
    let lines = |text: &'a str| -> Vec<&'a str> {
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
    };
    let (mut gone, mut come) = (lines(first), Vec::new());
    for line in lines(second) {
        match gone.iter().position(|it| *it == line) {
            Some(at) => drop(gone.remove(at)),
            None => come.push(line),
        }
    }
    (gone, come)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_that_differ_are_told() {
        let (gone, come) = changed("a = 1\n# why\nb = 2\nb = 2", "b = 2\na = 3\n");
        assert_eq!((gone, come), (vec!["a = 1", "b = 2"], vec!["a = 3"]));
    }
}
