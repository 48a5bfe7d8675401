//! Shipments in lists: the same words and colours wherever they stand.

use maud::{Markup, html};
use shipment::state::{Stage, State};
use shipment::tracking::Status;

use super::super::frame::tag;
use super::super::sessions::Visitor;
use crate::engine::life::Life;
use crate::store::ShipmentRow;

/// The address of a shipment's page.
pub(super) fn address(row: &ShipmentRow) -> String {
    format!("/shipments/{}/{}", row.site, row.id)
}

/// A stage in words people use.
pub(super) fn stage_words(stage: &str) -> &str {
    match stage {
        "already_there" => "already there",
        "received" | "addressed" | "packed" => "being prepared",
        "rated" => "ready for a label",
        "booking" => "asking UPS",
        "in_doubt" => "in doubt",
        "booked" => "on the way",
        "delivered" => "delivered",
        "ended" => "returned or lost",
        "voided" => "voided",
        "held" => "needs you",
        "cancelled" => "ended without label",
        other => other,
    }
}

/// Where a shipment is, as a small coloured word: the scans' word once there are scans.
pub(super) fn whereabouts(row: &ShipmentRow) -> Markup {
    let state = Life::read(&row.state).ok().map(|it| it.state);
    let scanned = match &state {
        Some(State::Booked(booked)) if !booked.is_voided() => booked.status().map(Status::code),
        _ => None,
    };
    let words = scanned.map_or_else(|| stage_words(&row.stage).to_owned(), |it| it.replace('_', " "));
    let kind = match row.stage.as_str() {
        _ if row.hold_code.is_some() => "warn",
        it if it == Stage::InDoubt.as_str() => "bad",
        it if it == Stage::Delivered.as_str() => "good",
        "booked" => "way",
        "voided" | "cancelled" | "already_there" => "soft",
        _ => "plain",
    };
    tag(kind, &words)
}

/// What waits for a person: which, why, who.
pub(super) fn holds(visitor: &Visitor, rows: &[ShipmentRow]) -> Markup {
    html! {
        ul.rows {
            @for row in rows {
                @let hold = Life::read(&row.state).ok().and_then(|it| it.state.hold().cloned());
                li { a href=(address(row)) {
                    span.row-head { strong { (row.document.canonical()) } @if let Some(hold) = &hold { (tag("warn", &hold.owner().to_string())) } }
                    span { (hold.as_ref().map_or_else(|| "waits for a person".to_owned(), shipment::hold::Hold::words)) }
                    span.soft { "since " (visitor.zone.time(row.updated_at)) }
                } }
            }
        }
    }
}

/// Shipments, one line each.
pub(super) fn brief(visitor: &Visitor, rows: &[ShipmentRow]) -> Markup {
    html! {
        div.scroll { table {
            thead { tr { th scope="col" { "Document" } th scope="col" { "Customer" } th scope="col" { "Where it is" } th scope="col" { "Changed" } } }
            tbody {
                @for row in rows {
                    tr {
                        td.number { a href=(address(row)) { (row.document.canonical()) } }
                        td { (row.customer.as_deref().unwrap_or("")) }
                        td { (whereabouts(row)) }
                        td.number { (visitor.zone.time(row.updated_at)) }
                    }
                }
            }
        } }
    }
}
