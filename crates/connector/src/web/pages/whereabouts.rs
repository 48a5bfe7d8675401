//! Where is it? One box and one plain sentence, for whoever has the customer on the telephone.

use axum::extract::State;
use axum::response::Html;
use maud::{Markup, html};
use shipment::hold::Owner;
use shipment::state::{Booked, State as Stand};
use shipment::tracking::{Scan, Status};

use super::super::Web;
use super::super::forms::Fields;
use super::super::frame::{Place, empty, heading, page};
use super::super::problem::Problem;
use super::super::sessions::Visitor;
use super::row;
use super::shipment::scanned;
use crate::engine::life::Life;
use crate::people::Sites;
use crate::store::{ListFilter, ShipmentRow};

const SHOWN: u64 = 20;

pub(crate) async fn whereabouts(State(web): State<Web>, who: Visitor, fields: Fields) -> Result<Html<String>, Problem> {
    let asked = fields.get("q");
    let mut found = Vec::new();
    if let Some(text) = asked {
        let within = (who.sites != Sites::All).then(|| who.sites_of(&web));
        let filter = ListFilter { within, text: Some(text.to_owned()), ..ListFilter::default() };
        for it in web.app().store.list(&filter, None, SHOWN).await? {
            let scans = web.app().store.scans_of(&it.site, it.id).await?;
            let scans: Vec<Scan> = scans.iter().filter_map(|it| serde_json::from_str(&it.body).ok()).collect();
            found.push((it, scans));
        }
    }
    let inside = html! {
        (heading("Where is it?", "Order, document, customer or tracking number; the answer in words for the customer."))
        form.filters method="get" action="/where" role="search" {
            div { label for="q" { "Number" } input.scan #q type="search" name="q" value=(asked.unwrap_or("")) data-search="" data-scan="" autofocus[asked.is_none()] autocomplete="off" required; }
            button.primary type="submit" { "Look" }
        }
        @if let (Some(text), true) = (asked, found.is_empty()) {
            (empty("Nothing is known under this number.", &format!("\"{text}\" is no document, sales order, customer or tracking number of a shipment here. Ready in SYSPRO since a moment? It is known after the next poll. Shipped by another carrier? Then it is not here.")))
        }
        @for (it, scans) in &found { (one(&who, it, scans)) }
    };
    Ok(page(&web, &who, Place::Where, "Where is it?", &inside))
}

fn one(who: &Visitor, row: &ShipmentRow, scans: &[Scan]) -> Markup {
    let Some(life) = Life::read(&row.state).ok() else { return html! {} };
    let state = &life.state;
    let document = &state.received().document;
    let numbers = state.waybill().map(|it| it.tracking_numbers.clone()).unwrap_or_default();
    html! {
        article.card aria-label={ (row.source.noun()) " " (row.document.canonical()) } {
            div.row-head { h2 { a href=(row::address(row)) { (row.source.noun()) " " (row.document.canonical()) } } (row::whereabouts(row)) }
            p { strong { (sentence(who, row, state)) } }
            dl.facts {
                @if let Some(order) = &row.sales_order { dt { "Order" } dd { (order) } }
                dt { "For" } dd { (document.customer_name) }
                @if !document.customer_po.trim().is_empty() { dt { "Their PO" } dd { (document.customer_po) } }
                @for number in &numbers {
                    dt { "Tracking" }
                    dd { span.mono { (number) } " " button.quiet type="button" data-copy={ "https://www.ups.com/track?tracknum=" (number) } { "Copy the link" span.unseen { " to " (number) } } }
                }
            }
            @if !scans.is_empty() { details { summary { "Every scan" } (scanned(who, scans.iter().rev().cloned())) } }
        }
    }
}

/// What a person would say on the telephone; what the warehouse has to do is not the customer's concern.
fn sentence(who: &Visitor, row: &ShipmentRow, state: &Stand) -> String {
    match state {
        Stand::AlreadyThere(_) => {
            "It has not been given to UPS by us; it was ready before this system came.".to_owned()
        }
        Stand::Received(_) | Stand::Addressed(_) | Stand::Packed(_) | Stand::Rated(_) => {
            "It is being prepared and has no tracking number yet.".to_owned()
        }
        Stand::Booking(_) | Stand::Desk(_) => {
            "It is being handed over to UPS; the tracking number is not confirmed yet.".to_owned()
        }
        Stand::Held(held) if held.hold.owner() == Owner::CustomerService => {
            format!("It waits for an answer from the customer: {}", held.hold.words())
        }
        Stand::Held(_) => "It is in the warehouse and a colleague is looking into a question about it.".to_owned(),
        Stand::Cancelled(it) => format!("It was not shipped from here: {}.", it.gone.words()),
        Stand::Booked(booked) if booked.is_voided() => "Its label was cancelled; it has not left.".to_owned(),
        Stand::Booked(booked) => on_the_way(who, row, booked),
    }
}

fn on_the_way(who: &Visitor, row: &ShipmentRow, booked: &Booked) -> String {
    let packages = booked.waybill.tracking_numbers.len();
    let what = if packages == 1 { "The package".to_owned() } else { format!("The shipment of {packages} packages") };
    let Some(summary) = &booked.tracking.summary else {
        return format!("{what} has its label and waits to be picked up by UPS.");
    };
    let place = Some(summary.evidence.place.as_str()).filter(|it| !it.is_empty());
    let place = place.map(|it| format!(" in {it}")).unwrap_or_default();
    let at = who.zone.words(summary.at);
    match &summary.status {
        Status::LabelCreated | Status::PickupPending => {
            format!("{what} has its label and waits to be picked up by UPS.")
        }
        Status::PickedUp => format!("{what} was picked up by UPS{place}, {at}."),
        Status::Delivered => format!("{what} was delivered{place}, {at}."),
        Status::DeliveredToAgent => format!("{what} was handed to a delivery partner{place}, {at}."),
        Status::OutForDelivery => format!("{what} is out for delivery{place} since {at}."),
        Status::DeliveryAttempted => format!("UPS tried to deliver{place}, {at}, and tries again."),
        Status::HeldForPickup => format!("{what} waits to be picked up by the customer{place} since {at}."),
        Status::Returning | Status::Returned | Status::Refused => {
            format!("{what} is coming back to us: {}.", summary.evidence.description)
        }
        Status::Lost => format!("UPS reports it lost, {at}. A colleague has to open a claim."),
        Status::Exception => format!("{what} is delayed{place}: {} ({at}).", summary.evidence.description),
        Status::InTransit | Status::Customs | Status::Preparing => {
            format!("{what} is on its way, last seen{place}, {at}.")
        }
        Status::Voided => format!("UPS says that the label of {} is void.", row.document.canonical()),
        Status::Notice { .. } | Status::Unknown { .. } => {
            format!("{what} is with UPS: {} ({at}).", summary.evidence.description)
        }
    }
}
