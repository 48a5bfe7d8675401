//! The station: scan or type a document, see at once what happens, weigh, and the label prints.
//!
//! ```text
//! scan ─► what is it? ─► boxes, weights ─► the wish `ship` ─► wait for what becomes of it ─► number │ reason and who can help
//! ```
//!
//! Made for a keyboard, a scanner and a distance of two metres. The same wish as everywhere; the page only waits for its end,
//! and a label that takes longer comes all the same and shows when the document is scanned again.

use std::time::Duration;

use axum::extract::State;
use axum::response::Html;
use maud::{Markup, html};
use shipment::number::DocumentNumber;
use shipment::state::{Delivery, Stage, State as Stand};

use super::super::Web;
use super::super::forms::Fields;
use super::super::frame::{Place, page, token};
use super::super::problem::Problem;
use super::super::sessions::Visitor;
use super::{actions, fix, row};
use crate::engine::life::Life;
use crate::engine::wishes::Wish;
use crate::store::ShipmentRow;
use crate::wishing;

/// A station waits so long for a label before it says that it comes later.
pub(in crate::web) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) async fn station(State(web): State<Web>, who: Visitor, fields: Fields) -> Result<Html<String>, Problem> {
    let Some(typed) = fields.get("document") else { return Ok(shown(&web, &who, &fields, &nothing_yet())) };
    let inside = match known(&web, &who, typed).await? {
        Known::One(row) => {
            let life = wishing::life(&row)?;
            answer(&web, &who, &row, &life)
        }
        other => told(&other, typed),
    };
    Ok(shown(&web, &who, &fields, &inside))
}

/// Puts the wish down and waits for what becomes of it.
pub(crate) async fn ship(State(web): State<Web>, who: Visitor, fields: Fields) -> Result<Html<String>, Problem> {
    let typed = fields.required("document")?;
    let Known::One(row) = known(&web, &who, typed).await? else {
        return Err(Problem::not_found(format!("document {typed}")));
    };
    let bench = actions::bench(&*actions::runtime(&web, &row.site)?, &fields)?;
    actions::put_down(&web, &who, &row, &Wish::Ship { bench }, "").await?;
    let row = settled(&web, &row).await?;
    let life = wishing::life(&row)?;
    Ok(shown(&web, &who, &Fields::default(), &answer(&web, &who, &row, &life)))
}

/// Waits until a shipment has its label, needs a person, or patience ends.
pub(in crate::web) async fn settled(web: &Web, asked: &ShipmentRow) -> Result<ShipmentRow, Problem> {
    let mut heard = web.app().changes();
    let ends = tokio::time::sleep(PATIENCE);
    tokio::pin!(ends);
    loop {
        heard.borrow_and_update();
        let row = actions::found(web, &asked.site, asked.id).await?;
        let open = web.app().store.wishes_of(&row.site, row.id).await?.iter().any(|it| it.done_at.is_none());
        let life = wishing::life(&row)?;
        let under_way = match &life.state {
            Stand::Booked(booked) => matches!(booked.delivery, Delivery::Pending { tries: 0, .. }),
            Stand::Held(_) | Stand::Desk(_) | Stand::Cancelled(_) => false,
            _ => life.stumbling.is_none(),
        };
        if !open && !under_way {
            return Ok(row);
        }
        tokio::select! {
            // Another node may carry it out, whose records are not heard here.
            _ = tokio::time::timeout(Duration::from_millis(500), heard.changed()) => {}
            () = &mut ends => return Ok(row),
            () = web.app().stopped() => return Ok(row),
        }
    }
}

/// What a scanned number stands for.
pub(in crate::web) enum Known {
    One(Box<ShipmentRow>),
    /// At several sites or in several sources.
    Several(Vec<ShipmentRow>),
    None,
    /// It cannot be a document's number.
    Unreadable,
}

/// The newest release of a document at the visitor's sites.
pub(in crate::web) async fn known(web: &Web, who: &Visitor, typed: &str) -> Result<Known, Problem> {
    let Ok(number) = typed.parse::<DocumentNumber>() else { return Ok(Known::Unreadable) };
    let mut found = web.app().store.find(None, &number).await?;
    found.retain(|row| who.sites.includes(&row.site));
    let Some(newest) = found.pop() else { return Ok(Known::None) };
    let elsewhere = found.iter().any(|row| row.site != newest.site || row.source != newest.source);
    if elsewhere {
        found.push(newest);
        return Ok(Known::Several(found));
    }
    Ok(Known::One(Box::new(newest)))
}

fn shown(web: &Web, who: &Visitor, fields: &Fields, inside: &Markup) -> Html<String> {
    let whole = html! {
        div.station {
            h1.unseen { "Station" }
            form method="get" action="/station" {
                label for="scan" { "Scan or type a document" }
                div.actions {
                    input.scan #scan name="document" value=(fields.get("document").unwrap_or("")) autofocus[fields.get("document").is_none()] autocomplete="off" data-scan="" required;
                    button.primary type="submit" { "Look" }
                }
            }
            (inside)
        }
    };
    page(web, who, Place::Station, "Station", &whole)
}

fn nothing_yet() -> Markup {
    html! { div.answer.plain { h2 { "Ready to scan" } p { "A dispatch note or sales order, as its barcode says; leading zeros may be left out." } } }
}

fn told(known: &Known, typed: &str) -> Markup {
    match known {
        Known::Several(rows) => html! {
            div.answer.warn role="status" { h2 { "Which one?" } p { (typed) " is more than one document." }
                ul { @for row in rows { li { a href=(row::address(row)) { (row.source.noun()) " at " (row.site) } } } } }
        },
        Known::Unreadable => {
            html! { div.answer.bad role="status" { h2 { "Not a number" } p { "\"" (typed) "\" cannot be a document. Scan it again." } } }
        }
        Known::None | Known::One(_) => html! {
            div.answer.bad role="status" { h2 { "Not known" } p { (typed) " was not seen ready in SYSPRO yet, or does not ship with UPS. It is known after the next poll has seen it ready." } }
        },
    }
}

fn answer(web: &Web, who: &Visitor, row: &ShipmentRow, life: &Life) -> Markup {
    let document = row.document.canonical();
    let more = html! { p { a href=(row::address(row)) { "All about " (document) } } };
    if let Some(hold) = life.state.hold() {
        let site = web.app().site(&row.site);
        return html! {
            div.answer.warn role="status" {
                h2 { (document) " · stop" }
                p { strong { (hold.words()) } }
                p { (hold.next_step()) }
                p { "Who can help: " strong { (hold.owner()) } }
            }
            @if let Some(site) = site { div.card { (fix::forms(fix::Around { visitor: who, site: &site, row, back: &row::address(row) }, hold)) } }
            (more)
        };
    }
    match &life.state {
        Stand::Booked(booked) if booked.is_voided() => {
            html! { div.answer.bad role="status" { h2 { (document) " · void" } p { "Its label is void. Do not use it." } } (more) }
        }
        Stand::Booked(booked) => html! {
            div.answer.good role="status" {
                h2 { (document) " · label" }
                @for number in &booked.waybill.tracking_numbers { p.mono { (number) } }
                p { @match &booked.delivery {
                    Delivery::Delivered { to, .. } => { "Printed: " (to) },
                    Delivery::Pending { .. } => "Its printer has not taken it yet; it prints as soon as the printer does.",
                    Delivery::MaybePrinted { printer, .. } => { "Look into the tray of " (printer) },
                    Delivery::NotNeeded { .. } => "It was not printed.",
                } }
                @if let Some(cost) = booked.waybill.charges.payable() { p { (cost) } }
            }
            (more)
        },
        Stand::Booking(_) | Stand::Desk(_) => html! {
            div.answer.bad role="status" { h2 { (document) " · wait" } p { "UPS was asked for the label and has not answered. Put the parcel aside: a second label must not be bought." } p { "Who can help: " strong { "a supervisor, at the in-doubt desk" } } } (more)
        },
        Stand::Cancelled(it) => {
            html! { div.answer.bad role="status" { h2 { (document) " · not from here" } p { (it.gone.words()) } } (more) }
        }
        Stand::AlreadyThere(_)
        | Stand::Received(_)
        | Stand::Addressed(_)
        | Stand::Packed(_)
        | Stand::Rated(_)
        | Stand::Held(_) => ready(web, who, row, life),
    }
}

fn ready(web: &Web, who: &Visitor, row: &ShipmentRow, life: &Life) -> Markup {
    let received = life.state.received();
    let old = row.stage == Stage::AlreadyThere.as_str();
    let Some(site) = web.app().site(&row.site) else { return html! {} };
    html! {
        div.answer.plain role="status" {
            h2 { (row.document.canonical()) " · ready" }
            p { (received.document.ship_to.name) @if let Some(service) = &received.service { " · " (service) } }
            @if let Some(stumbling) = &life.stumbling { p { "It did not work yet and is tried again: " (stumbling.words) } }
            @if old { p { "It was ready before the connector came; shipping it here releases it." } }
        }
        @if old {
            form.card method="post" action={ (row::address(row)) "/release" } { (token(who)) input type="hidden" name="back" value={ "/station?document=" (row.document.canonical()) }; p.actions { button.primary type="submit" { "Release it" } } }
        } @else {
            form.card method="post" action="/station" {
                (token(who))
                input type="hidden" name="document" value=(row.document.canonical());
                (fix::weight_fields(&site, "weights", "boxes", "box", &site.site.mass_unit.to_string()))
                p.hint { "Without a weight the packages are as planned." }
                p.actions { button.primary type="submit" { "Ship it" } }
            }
        }
    }
}
