//! Needs you: what waits for a person, by reason, the oldest first, each with its fix in place.

use axum::extract::State;
use axum::response::Html;
use maud::{Markup, html};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use shipment::hold::Hold;

use super::super::Web;
use super::super::forms::Fields;
use super::super::frame::{Place, done, empty, heading, page, tag, token};
use super::super::problem::Problem;
use super::super::sessions::Visitor;
use super::super::when::span;
use super::fix::{self, Around};
use super::{actions, row, shipments};
use crate::engine::life::Life;
use crate::people::Right;
use crate::store::{AlarmFilter, AlarmRow, ListFilter, ShipmentRow};

/// So many are shown with their fixes; more of a reason are a filter away.
const SHOWN: usize = 40;
/// So many are looked through for an owner or an age.
const LOOKED_THROUGH: u64 = 500;
/// Ages to choose from, in hours.
const AGES: [(i64, &str); 4] = [(1, "an hour"), (4, "four hours"), (24, "a day"), (72, "three days")];
/// Alarms of one site.
const ALARMS: usize = 100;

pub(crate) async fn needs(State(web): State<Web>, who: Visitor, fields: Fields) -> Result<Html<String>, Problem> {
    let store = &web.app().store;
    let filter = ListFilter { held: true, ..shipments::filter(&web, &who, &fields)? };
    let (owner, hours): (_, Option<i64>) = (fields.get("owner"), fields.parsed("hours")?);
    let now = web.app().clock.now();
    let mut rows = store.list(&filter, None, LOOKED_THROUGH).await?;
    let mut owners: Vec<String> = rows.iter().filter_map(hold_of).map(|it| it.owner().to_string()).collect();
    owners.sort();
    owners.dedup();
    rows.retain(|row| {
        let theirs = owner.is_none_or(|owner| hold_of(row).is_some_and(|it| it.owner().to_string() == owner));
        theirs && hours.is_none_or(|hours| now.duration_since(row.updated_at).as_hours() >= hours)
    });
    rows.sort_by_key(|it| it.updated_at);
    let found = rows.len();
    rows.truncate(SHOWN);
    let here = here(&fields);
    let mut reasons = std::collections::BTreeMap::<String, i64>::new();
    for site in who.sites_of(&web) {
        for (code, count) in store.counts(Some(&site)).await?.holds {
            *reasons.entry(code).or_default() += count;
        }
    }
    let all: i64 = reasons.values().sum();
    let mut alarms = Vec::new();
    for site in who.sites_of(&web) {
        let open = store.alarms(&AlarmFilter { site: Some(site), ..AlarmFilter::default() }, ALARMS).await?;
        alarms.extend(open.into_iter().filter(|it| it.shipment.is_none()));
    }
    let inside = html! {
        (heading("Needs you", "Nothing here is lost or bought: each waits for a decision, told with what to do and who can help."))
        @if let Some(words) = actions::did(&fields) { (done(words)) }
        @if !alarms.is_empty() { section aria-labelledby="alarms" { h2 #alarms { "About a whole site" } (about_sites(&web, &who, &alarms)) } }
        @if all == 0 {
            (empty("Nothing waits for a person.", "When an address, a weight, a price or an answer of SYSPRO needs a decision, it stands here with its fix. Until then everything goes on by itself."))
        } @else {
            nav aria-label="Reasons" { ul.counts {
                li { a.count href="/needs" aria-current=[fields.get("why").is_none().then_some("page")] { b { (all) } span { "all reasons" } } }
                @for (code, count) in &reasons {
                    li { a.count href={ "/needs?why=" (code) } aria-current=[(fields.get("why") == Some(code)).then_some("page")] { b { (count) } span { (code.replace('_', " ")) } } }
                }
            } }
            (filters(&fields, &owners))
            @if found > rows.len() { p.soft { "The oldest " (rows.len()) " of " (found) "." } }
            @if rows.is_empty() { (empty("Nothing is like that.", "Take a filter away.")) }
            @if who.may(Right::Ship) { (all_at_once(&who, &rows, &here)) }
            div #holds data-live="" {
                @for it in &rows { (one(&web, &who, it, &here)) }
            }
        }
    };
    Ok(page(&web, &who, Place::Needs, "Needs you", &inside))
}

/// What concerns no single shipment: a system that is away, a secret that is refused.
fn about_sites(web: &Web, who: &Visitor, alarms: &[AlarmRow]) -> Markup {
    html! {
        @for it in alarms {
            article.card aria-label=(it.kind.title()) {
                div.row-head {
                    h3 { (it.kind.title()) span.soft { " · " (it.site) } }
                    span { (tag("warn", &it.owner.to_string())) " " span.soft { "for " (span(it.raised_at, web.app().clock.now())) ", last seen " (who.zone.time(it.last_seen)) } }
                }
                p { strong { (it.words) } }
                p { (it.kind.what_to_do()) }
            }
        }
    }
}

fn hold_of(row: &ShipmentRow) -> Option<Hold> {
    Life::read(&row.state).ok().and_then(|it| it.state.hold().cloned())
}

/// This page's address with its filters.
fn here(fields: &Fields) -> String {
    let kept = ["why", "owner", "hours"].into_iter().filter_map(|name| fields.get(name).map(|it| (name, it)));
    let coded = |it: &str| utf8_percent_encode(it, NON_ALPHANUMERIC).to_string();
    let pairs: Vec<String> = kept.map(|(name, value)| format!("{name}={}", coded(value))).collect();
    if pairs.is_empty() { "/needs".to_owned() } else { format!("/needs?{}", pairs.join("&")) }
}

fn filters(fields: &Fields, owners: &[String]) -> Markup {
    let hours: Option<i64> = fields.get("hours").and_then(|it| it.parse().ok());
    html! {
        form.filters method="get" action="/needs" {
            @if let Some(why) = fields.get("why") { input type="hidden" name="why" value=(why); }
            div {
                label for="owner" { "Who can help" }
                select #owner name="owner" {
                    option value="" { "anybody" }
                    @for owner in owners { option value=(owner) selected[fields.get("owner") == Some(owner)] { (owner) } }
                }
            }
            div {
                label for="hours" { "Waits for" }
                select #hours name="hours" {
                    option value="" { "any time" }
                    @for (count, words) in AGES { option value=(count) selected[hours == Some(count)] { (words) " or longer" } }
                }
            }
            button type="submit" { "Show" }
        }
    }
}

fn one(web: &Web, who: &Visitor, row: &ShipmentRow, here: &str) -> Markup {
    let (Some(hold), Some(site)) = (hold_of(row), web.app().site(&row.site)) else { return html! {} };
    let around = Around { visitor: who, site: &site, row, back: here };
    html! {
        article.card aria-label={ (row.source.noun()) " " (row.document.canonical()) } {
            div.row-head {
                h2 { a href=(row::address(row)) { (row.document.canonical()) } @if let Some(customer) = &row.customer { span.soft { " · " (customer) } } }
                span { (tag("warn", &hold.owner().to_string())) " " span.soft { "for " (span(row.updated_at, web.app().clock.now())) } }
            }
            p { strong { (hold.words()) } }
            p { (hold.next_step()) @if let Some(field) = hold.field() { span.soft { " Field: " (field) "." } } }
            (fix::forms(around, &hold))
        }
    }
}

/// For a cause that was one for many, e.g. a printer or a ship-via.
fn all_at_once(who: &Visitor, rows: &[ShipmentRow], back: &str) -> Markup {
    html! {
        @if rows.len() > 1 {
            form.actions method="post" action="/shipments/bulk" data-confirm={ "This is put down for all " (rows.len()) " shown here. Nothing is bought twice." } {
                (token(who))
                input type="hidden" name="back" value=(back);
                @for it in rows { input type="hidden" name="pick" value={ (it.site) "/" (it.id) }; }
                span.soft { "All " (rows.len()) " shown:" }
                button type="submit" name="action" value="retry" { "Try all " (rows.len()) " again" }
                button type="submit" name="action" value="release" { "Release all" }
                button type="submit" name="action" value="print" { "Print all again" }
                button type="submit" name="action" value="seen" { "Mark all as seen" }
            }
        }
    }
}
