//! Printers: each printer of each site, what waits for it, what it took last, and a test page.
//!
//! Whether a page lies in the tray nobody but a person can say: a label printer acknowledges nothing.

use axum::extract::{Path, State};
use axum::response::{Html, Redirect};
use maud::{Markup, html};
use shipment::hold::Reason;
use shipment::number::SiteName;

use super::super::Web;
use super::super::forms::Fields;
use super::super::frame::{Place, done, empty, heading, page, sentence, tag, token};
use super::super::problem::Problem;
use super::super::sessions::Visitor;
use super::actions::{back, did, runtime};
use super::fix::{self, Around};
use super::row;
use crate::app::SiteRuntime;
use crate::config::{Printer, PrinterKind};
use crate::engine::life::Life;
use crate::people::Right;
use crate::printing::{self, Printed};
use crate::store::{ListFilter, ShipmentRow};

/// Labels that may or may not be out, of all sites.
const SHOWN: u64 = 100;

pub(crate) async fn printers(State(web): State<Web>, who: Visitor, fields: Fields) -> Result<Html<String>, Problem> {
    let store = &web.app().store;
    let mut sites = Vec::new();
    for name in who.sites_of(&web) {
        let Some(site) = web.app().site(&name) else { continue };
        let filter = ListFilter {
            site: Some(name.clone()),
            hold_code: Some("maybe_printed".to_owned()),
            ..ListFilter::default()
        };
        let maybe = store.list(&filter, None, SHOWN).await?;
        let lanes = store.lanes(&name).await?;
        let events = store.site_events(&name).await?;
        sites.push((site, maybe, lanes, events));
    }
    let inside = html! {
        (heading("Printers", "A label printer tells nobody whether a page came out, so what is not sure is asked here and never printed twice by itself."))
        @if let Some(words) = did(&fields) { (done(words)) }
        @if sites.is_empty() { (empty("There is no site of yours.", "Printers stand in a site's file, as [[printer]].")) }
        @for (site, maybe, lanes, events) in &sites {
            @for printer in &site.site.printers {
                @let waiting = lanes.get(&format!("printer:{}/{}", site.site.name, printer.name)).copied().unwrap_or(0);
                section.card aria-label={ "Printer " (printer.name) " of " (site.site.name) } {
                    div.row-head { h2 { (printer.name) span.soft { " · " (site.site.name) } } (tag(if waiting > 0 { "warn" } else { "plain" }, &format!("{waiting} waiting"))) }
                    dl.facts {
                        dt { "Where" } dd { (place(printer)) }
                        dt { "Format" } dd { (printer.format.as_str()) }
                        dt { "For" } dd { (site.site.ship_froms.iter().filter(|it| it.printer.as_deref() == Some(printer.name.as_str())).map(|it| it.warehouse.as_str()).collect::<Vec<_>>().join(", ")) }
                        @if let Some(last) = events.iter().rev().find(|it| it.event == TESTED && it.words.contains(&named(printer))) { dt { "Last test" } dd { (last.words) ", " (who.zone.time(last.at)) " by " (last.actor) } }
                    }
                    (test_form(&who, site, printer, "/printers"))
                    @for row in maybe.iter().filter(|it| at(it, printer)) { (perhaps(&who, site, row)) }
                }
            }
        }
    };
    Ok(page(&web, &who, Place::Printers, "Printers", &inside))
}

/// What is told of a site when a test page was sent.
const TESTED: &str = "printer_tested";

fn named(printer: &Printer) -> String {
    format!("printer {}:", printer.name)
}

/// Where labels of a printer come out.
pub(super) fn place(printer: &Printer) -> String {
    match &printer.kind {
        PrinterKind::Folder(path) => format!("folder {}", path.display()),
        PrinterKind::Raw(address) => address.clone(),
    }
}

fn at(row: &ShipmentRow, printer: &Printer) -> bool {
    let life = Life::read(&row.state).ok();
    let reason = life.as_ref().and_then(|it| it.state.hold()).map(|it| &it.reason);
    matches!(reason, Some(Reason::MaybePrinted { printer: name, .. }) if *name == printer.name)
}

fn perhaps(who: &Visitor, site: &SiteRuntime, row: &ShipmentRow) -> Markup {
    let around = Around { visitor: who, site, row, back: "/printers" };
    let hold = Life::read(&row.state).ok().and_then(|it| it.state.hold().cloned());
    html! {
        @if let Some(hold) = hold {
            div.fix {
                p { a href=(row::address(row)) { (row.document.canonical()) } ": " strong { (hold.words()) } }
                (fix::forms(around, &hold))
            }
        }
    }
}

/// The button that sends a test page.
pub(super) fn test_form(who: &Visitor, site: &SiteRuntime, printer: &Printer, back: &str) -> Markup {
    html! {
        @if who.may(Right::Ship) {
            form method="post" action={ "/sites/" (site.site.name) "/printers/" (printer.name) "/test" } {
                (token(who))
                input type="hidden" name="back" value=(back);
                p.actions { button type="submit" { "Print a test page" } }
            }
        }
    }
}

pub(crate) async fn test(
    State(web): State<Web>,
    who: Visitor,
    Path((name, printer)): Path<(SiteName, String)>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let site = runtime(&web, &name)?;
    let printer = site.site.printers.iter().find(|it| it.name == printer);
    let printer = printer.ok_or_else(|| Problem::not_found("this printer"))?;
    let app = web.app();
    let (words, failed) = match printing::test(app, printer, &who.name).await {
        Printed::Done { to } => (format!("a test page went to {to}"), false),
        Printed::NothingSent { why } => (format!("nothing was sent: {why}"), true),
        Printed::Perhaps { why } => (format!("perhaps a page is out: {why}"), true),
    };
    let told = format!("{} {words}", named(printer));
    app.store.tell_site(&name, app.clock.now(), &who.name, TESTED, &told).await?;
    if failed {
        return Err(Problem::conflict(sentence(&format!(
            "{told}; check that the printer is on and its address in the site file"
        ))));
    }
    Ok(back(&fields, "tested"))
}
