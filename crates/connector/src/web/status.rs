//! The status page's contents.

use jiff::tz::TimeZone;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use shipment::state::{Stage, State};
use shipment::tracking::Status;

use crate::app::App;
use crate::config::Environment;
use crate::engine::life::Life;
use crate::store::{ListFilter, ShipmentRow, StoreError};

const STYLE: &str = "
:root { --ink: #1b2430; --soft: #5d6b7a; --line: #d9dfe6; --paper: #ffffff; --ground: #f4f6f8; --warn: #9a5b00; --good: #1d6b3a; }
* { box-sizing: border-box }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground) }
header { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; align-items: baseline; padding: 1rem 1.5rem; background: var(--paper); border-bottom: 1px solid var(--line) }
h1 { font-size: 1.25rem; margin: 0 }
h2 { font-size: 1rem; margin: 2rem 0 .5rem }
main { max-width: 76rem; margin: 0 auto; padding: 0 1.5rem 3rem }
.pretend { margin: 0; padding: .5rem 1.5rem; background: #fff4dd; color: #6b4300; border-bottom: 1px solid #eddcb4 }
.board { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem; padding: 0; margin: 1.5rem 0 0; list-style: none }
.board li { background: var(--paper); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem }
.board b { display: block; font-size: 1.75rem; line-height: 1.2; font-variant-numeric: tabular-nums }
.board span, .soft { color: var(--soft) }
.scroll { overflow-x: auto; background: var(--paper); border: 1px solid var(--line); border-radius: .5rem }
table { border-collapse: collapse; width: 100%; font-size: .9375rem }
th { text-align: left; font-weight: 600; color: var(--soft) }
th, td { padding: .5rem .75rem; border-bottom: 1px solid var(--line); vertical-align: top }
tr:last-child td { border-bottom: 0 }
td.number { white-space: nowrap; font-variant-numeric: tabular-nums }
.held { color: var(--warn) } .delivered { color: var(--good) }
";

const NEWEST: u64 = 60;

/// Renders the page.
pub(super) async fn page(app: &App) -> Result<Markup, StoreError> {
    let counts = app.store.counts(None).await?;
    let count = |stages: &[Stage]| stages.iter().filter_map(|it| counts.stages.get(it.as_str())).sum::<i64>();
    let newest = app.store.list(&ListFilter::default(), None, NEWEST).await?;
    let waiting = app.store.list(&ListFilter { held: true, ..ListFilter::default() }, None, NEWEST).await?;
    let pretended = app.sites().iter().any(|it| it.site.ups.environment != Environment::Production);
    Ok(html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="refresh" content="2";
                title { "ml-connector" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { "ml-connector" }
                    span.soft { "business time " (app.clock.now().to_zoned(TimeZone::UTC).strftime("%a %d %b %Y, %H:%M UTC")) }
                }
                @if pretended { p.pretend role="status" { "Not production: labels here are samples and cost nothing." } }
                main {
                    ul.board {
                        (tile("being prepared", count(&[Stage::Received, Stage::Addressed, Stage::Packed])))
                        (tile("ready to book", count(&[Stage::Rated])))
                        (tile("already there", count(&[Stage::AlreadyThere])))
                        (tile("need you", count(&[Stage::Held])))
                        (tile("in doubt", count(&[Stage::Booking, Stage::InDoubt])))
                        (tile("on the way", count(&[Stage::Booked])))
                        (tile("delivered", count(&[Stage::Delivered])))
                    }
                    (outages(app))
                    h2 { "Needs you" }
                    (holds(&waiting))
                    h2 { "Newest shipments" }
                    (shipments(&newest))
                }
            }
        }
    })
}

fn tile(label: &str, count: i64) -> Markup {
    html! { li { b { (count) } span { (label) } } }
}

fn outages(app: &App) -> Markup {
    let away: Vec<_> = app
        .sites()
        .into_iter()
        .flat_map(|site| {
            site.outages()
                .into_iter()
                .map(move |(remote, away)| (site.site.name.clone(), remote, away))
                .collect::<Vec<_>>()
        })
        .collect();
    html! {
        @if !away.is_empty() {
            h2 { "Away" }
            div.scroll { table {
                thead { tr { th { "Site" } th { "System" } th { "What happened, and what to do" } } }
                tbody {
                    @for (site, remote, it) in &away {
                        tr { td { (site) } td { (remote.as_str()) } td.held { (it.words) } }
                    }
                }
            } }
        }
    }
}

/// The canonical status once there are scans, the stage until then.
fn whereabouts(row: &ShipmentRow) -> String {
    let state = Life::read(&row.state).ok().map(|it| it.state);
    let scanned = match &state {
        Some(State::Booked(booked)) if !booked.is_voided() => booked.status().map(Status::code),
        _ => None,
    };
    scanned.unwrap_or(&row.stage).replace('_', " ")
}

fn holds(rows: &[ShipmentRow]) -> Markup {
    if rows.is_empty() {
        return html! { p.soft { "Nothing waits for a person." } };
    }
    html! {
        div.scroll { table {
            thead { tr { th { "Document" } th { "What happened" } th { "What to do" } th { "Who can help" } } }
            tbody {
                @for row in rows {
                    @if let Some(hold) = Life::read(&row.state).ok().and_then(|it| it.state.hold().cloned()) {
                        tr {
                            td.number { (row.document.canonical()) }
                            td.held { (hold.words()) }
                            td { (hold.next_step()) }
                            td { (hold.owner()) }
                        }
                    }
                }
            }
        } }
    }
}

fn shipments(rows: &[ShipmentRow]) -> Markup {
    if rows.is_empty() {
        return html! { p.soft { "No shipment yet. The next poll looks for documents that are ready in SYSPRO." } };
    }
    html! {
        div.scroll { table {
            thead { tr { th { "Document" } th { "Customer" } th { "Where it is" } th { "Tracking number" } } }
            tbody {
                @for row in rows {
                    tr {
                        td.number { (row.document.canonical()) }
                        td { (row.customer.as_deref().unwrap_or("")) }
                        td class=(row.stage) { (whereabouts(row)) }
                        td.number { (row.tracking_number.as_ref().map(ToString::to_string).unwrap_or_default()) }
                    }
                }
            }
        } }
    }
}
