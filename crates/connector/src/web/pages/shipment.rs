//! One shipment: what it waits for with the fix, its label, its costs, and everything that happened.

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{Html, IntoResponse as _, Response};
use maud::{Markup, html};
use shipment::number::{ShipmentId, SiteName};
use shipment::state::{Booked, Delivery, Rated, State as Stand, Void};
use shipment::tracking::Scan;
use shipment::waybill::Charges;
use shipment::write_back::Progress;

use super::super::Web;
use super::super::forms::Fields;
use super::super::frame::{Place, done, page, tag};
use super::super::problem::Problem;
use super::super::sessions::Visitor;
use super::actions::{At, did, found, runtime};
use super::fix::{self, Around};
use super::row;
use crate::people::Right;
use crate::store::{AttemptRow, AuditRow, LabelEntry, ShipmentRow, WishRow};
use crate::wishing;

/// In an exchange with UPS, a value longer than this is a picture or a file and not for reading.
const LONGEST_VALUE: usize = 400;

pub(crate) async fn shipment(
    State(web): State<Web>,
    who: Visitor,
    at: At,
    fields: Fields,
) -> Result<Html<String>, Problem> {
    let Path((site, id)) = at;
    let (row, site) = (found(&web, &site, id).await?, runtime(&web, &site)?);
    let store = &web.app().store;
    let life = wishing::life(&row)?;
    let (audit, labels) = (store.audit_of(&row.site, row.id).await?, store.labels_of(&row.site, row.id).await?);
    let (attempts, wishes) = (store.attempts_of(&row.site, row.id).await?, store.wishes_of(&row.site, row.id).await?);
    let (linked, scans) = (store.linked_to(&row.site, row.id).await?, store.scans_of(&row.site, row.id).await?);
    let back = row::address(&row);
    let around = Around { visitor: &who, site: &site, row: &row, back: &back };
    let title = format!("{} {}", row.source.noun(), row.document.canonical());
    let inside = html! {
        div #head data-live="" {
            div.heading-row {
                div {
                    h1 { (super::super::frame::sentence(&title).trim_end_matches('.')) }
                    p.lead {
                        (row::whereabouts(&row)) " "
                        @if let Some(number) = &row.tracking_number { span.mono { (number) } " " }
                        "at " (row.site)
                    }
                }
            }
            @for wish in wishes.iter().filter(|it| it.done_at.is_none()) { (pending(&who, wish)) }
        }
        @if let Some(words) = did(&fields) { (done(words)) }
        div.wide-left {
            div {
                div #now data-live="" {
                    @if let Some(hold) = life.state.hold() {
                        section.card aria-labelledby="hold" {
                            h2 #hold { "Needs you " (tag("warn", &hold.owner().to_string())) }
                            p { strong { (hold.words()) } }
                            p { (hold.next_step()) }
                            (fix::forms(around, hold))
                        }
                    }
                    @if let Some(stumbling) = &life.stumbling {
                        section.card {
                            p { (tag("warn", "trying again")) " " (stumbling.words) }
                            p.soft { (stumbling.tries) " tries since " (who.zone.time(stumbling.since)) ", the next " (who.zone.time(stumbling.not_before)) }
                        }
                    }
                    @if matches!(life.state, Stand::Desk(_) | Stand::Booking(_)) {
                        section.card { p { "UPS was asked for a label and the answer is not known yet. " a href="/desk" { "In-doubt desk" } } }
                    }
                }
                section.card aria-labelledby="acts-head" {
                    h2 #acts-head { "What you can do" }
                    div #acts data-live="" { (acts(around, &life.state)) }
                }
                section.card aria-labelledby="happened" {
                    h2 #happened { "What happened" }
                    div #timeline data-live="" { (timeline(&who, &audit)) }
                }
                @if !scans.is_empty() {
                    section.card aria-labelledby="scans" { h2 #scans { "Scans of UPS" } (scanned(&who, scans.iter().filter_map(|it| serde_json::from_str(&it.body).ok()))) }
                }
                @if who.may(Right::Inspect) && !attempts.is_empty() {
                    section.card aria-labelledby="exchanges" { h2 #exchanges { "Exchanges with UPS" } (exchanges(&who, &attempts)) }
                }
            }
            div #facts data-live="" {
                (document(&row, &life.state, &linked))
                (place(&life.state))
                @if let Some(rated) = rated(&life.state) { (packages(rated, &life.state)) (costs(rated, &life.state)) }
                (papers(&who, &row, &life.state, &labels))
                @if let Stand::Booked(booked) = &life.state { (write_back(booked)) }
            }
        }
    };
    Ok(page(&web, &who, Place::Shipments, &title, &inside))
}

fn pending(who: &Visitor, wish: &WishRow) -> Markup {
    html! {
        p.done role="status" {
            strong { (wish.kind.replace('_', " ")) } " is put down by " (wish.actor) " at " (who.zone.time(wish.made_at)) " and carried out next."
        }
    }
}

fn acts(around: Around<'_>, state: &Stand) -> Markup {
    let may = |right| around.visitor.may(right);
    if !may(Right::Ship) {
        return html! { p.soft { "You may look at everything here and change nothing." } };
    }
    let withdraw = html! {
        @if may(Right::Decide) {
            (fix::with_reason(around, "withdraw", "Ship it another way…", "It is then not shipped from here, now or later.", "Withdraw it", "danger"))
        }
    };
    let hold = fix::with_reason(
        around,
        "hold",
        "Hold it…",
        "It stops before its label until somebody releases it.",
        "Hold it",
        "",
    );
    html! {
        @match state {
            Stand::AlreadyThere(_) => {
                p { "It was ready before the connector came, so it ships only when somebody says so." }
                (fix::button(around, "release", "Ship it too", "primary")) (withdraw)
            },
            Stand::Received(_) | Stand::Addressed(_) | Stand::Packed(_) | Stand::Rated(_) => {
                (fix::button(around, "approve", "Buy the label now", "primary"))
                (fix::button(around, "retry", "Look at it now", ""))
                details { summary { "Weigh it…" } (fix::weights(around)) }
                (hold) (withdraw)
            },
            Stand::Held(_) => { (withdraw) @if !may(Right::Decide) { p.soft { "Above stands what settles it." } } },
            Stand::Booking(_) | Stand::Desk(_) => { p { "Nothing is bought again while the answer is unknown. " a href="/desk" { "To the desk" } } },
            Stand::Booked(booked) if booked.is_voided() => { p.soft { "Its label is void." } },
            Stand::Booked(booked) => {
                (fix::button(around, "print", "Print the label again", ""))
                (fix::button(around, "retry", "Write it to SYSPRO again", ""))
                @match &booked.void {
                    Some(Void::Asked { reason, .. }) => p { (tag("warn", "void asked")) " " (reason) },
                    Some(Void::Voided { .. }) | None => (fix::void(around)),
                }
            },
            Stand::Cancelled(it) => p.soft { "It ended without a label: " (it.gone.words()) },
        }
    }
}

fn timeline(who: &Visitor, lines: &[AuditRow]) -> Markup {
    let engine = |actor: &str| matches!(actor, "engine" | "connector" | "poll" | "intake");
    html! {
        ol.timeline {
            @for line in lines.iter().rev() {
                li.(if engine(&line.actor) { "engine" } else { "person" }) {
                    (line.words)
                    span.soft { (who.zone.time(line.at)) " · " (line.actor) }
                }
            }
        }
    }
}

pub(super) fn scanned(who: &Visitor, scans: impl Iterator<Item = Scan>) -> Markup {
    html! {
        ol.timeline {
            @for scan in scans {
                li.engine {
                    (scan.description)
                    span.soft { (who.zone.time(scan.at)) @if !scan.place.is_empty() { " · " (scan.place) } " · " (scan.tracking_number) }
                }
            }
        }
    }
}

fn document(row: &ShipmentRow, state: &Stand, linked: &[(shipment::document::Source, String)]) -> Markup {
    let received = state.received();
    let it = &received.document;
    let fact = |name: &str, value: &str| html! { @if !value.trim().is_empty() { dt { (name) } dd { (value) } } };
    html! {
        section.card aria-labelledby="document" {
            h2 #document { "Document" }
            dl.facts {
                (fact("Orders", &it.sales_orders.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")))
                (fact("Customer", &format!("{} {}", it.customer, it.customer_name)))
                (fact("Their PO", &it.customer_po))
                (fact("Ship-via", &it.ship_via.to_string()))
                (fact("Service", &received.service.as_ref().map(ToString::to_string).unwrap_or_default()))
                (fact("Warehouse", it.warehouse.as_str()))
                (fact("Wanted", &it.required_date.map(|it| it.to_string()).unwrap_or_default()))
                (fact("Status there", &it.status))
                @if row.release.0 > 1 { (fact("Release", &row.release.to_string())) }
                @for (source, number) in linked { (fact("Counts as one with", &format!("{} {number}", source.noun()))) }
            }
        }
    }
}

/// What the order says and what the label says, with what differs marked.
fn place(state: &Stand) -> Markup {
    let written = &state.received().document.ship_to;
    let label = match state {
        Stand::Held(held) => addressed(&held.before),
        other => addressed(other),
    };
    html! {
        section.card aria-labelledby="ship-to" {
            h2 #ship-to { "Ship-to" }
            @if let Some((to, class)) = label {
                p.soft { "On the label (" (class) ")" }
                (fix::printed(to))
            }
            details open[label.is_none()] {
                summary { "As SYSPRO has it" }
                address {
                    (written.name) br;
                    @for line in written.lines.iter().filter(|it| !it.trim().is_empty()) { (line) br; }
                    (written.state) " " (written.postal_code) " " (written.nationality)
                }
            }
        }
    }
}

fn addressed(state: &Stand) -> Option<(&shipment::address::Address, &'static str)> {
    use shipment::address::Class;
    let it = match state {
        Stand::Addressed(it) => it.as_ref(),
        Stand::Packed(it) => &it.addressed,
        other => &rated(other)?.packed.addressed,
    };
    let class = match it.class {
        Class::Residential => "residential",
        Class::Commercial => "commercial",
        Class::Unknown => "class not known",
    };
    Some((&it.address, class))
}

pub(super) fn rated(state: &Stand) -> Option<&Rated> {
    match state {
        Stand::Rated(it) => Some(it),
        Stand::Booking(it) | Stand::Desk(it) => Some(&it.rated),
        Stand::Booked(it) => Some(&it.rated),
        Stand::Held(it) => rated(&it.before),
        Stand::AlreadyThere(_) | Stand::Received(_) | Stand::Addressed(_) | Stand::Packed(_) | Stand::Cancelled(_) => {
            None
        }
    }
}

fn packages(rated: &Rated, state: &Stand) -> Markup {
    let numbers = state.waybill().map(|it| it.tracking_numbers.as_slice()).unwrap_or_default();
    html! {
        section.card aria-labelledby="packages" {
            h2 #packages { "Packages" }
            ol {
                @for (index, it) in rated.packed.packages.iter().enumerate() {
                    li {
                        (it.weight)
                        @if let Some(dimensions) = &it.dimensions { ", " (dimensions) }
                        @if let Some(name) = &it.box_name { " (box " (name) ")" }
                        @if let Some(number) = numbers.get(index) { br; span.mono { (number) } }
                    }
                }
            }
            p.soft { "Ship date " (rated.ship_date) }
        }
    }
}

fn costs(rated: &Rated, state: &Stand) -> Markup {
    let told = |it: Option<shipment::money::Money>| it.map_or_else(|| "not told".to_owned(), |it| it.to_string());
    html! {
        section.card aria-labelledby="costs" {
            h2 #costs { "Costs" }
            dl.facts {
                dt { "Quoted" } dd { (told(rated.quote.payable())) @if rated.quote.negotiated.is_none() { span.soft { " (list price)" } } }
                @if let Some(waybill) = state.waybill() {
                    @match &waybill.charges {
                        Charges::Booked { negotiated, itemized, .. } => {
                            dt { "Booked" } dd { strong { (told(waybill.charges.payable())) } @if negotiated.is_none() { span.soft { " (list price)" } } }
                            @for it in itemized { dt { "Charge " (it.code) } dd { (it.amount) } }
                        },
                        Charges::QuotedOnly(_) => { dt { "Booked" } dd { (told(waybill.charges.payable())) span.soft { " as quoted: a label found again comes without its charges" } } },
                    }
                }
            }
        }
    }
}

fn papers(who: &Visitor, row: &ShipmentRow, state: &Stand, labels: &[LabelEntry]) -> Markup {
    let Stand::Booked(booked) = state else { return html! {} };
    html! {
        section.card aria-labelledby="label" {
            h2 #label { "Label" }
            p {
                @match &booked.delivery {
                    Delivery::Pending { tries: 0, .. } => "Waits for its printer.",
                    Delivery::Pending { tries, next_at, .. } => { "The printer did not take it (" (tries) " tries); again " (who.zone.time(*next_at)) "." },
                    Delivery::Delivered { at, to } => { "Printed to " (to) " at " (who.zone.time(*at)) "." },
                    Delivery::MaybePrinted { printer, .. } => { "Maybe printed: look into the tray of " (printer) "." },
                    Delivery::NotNeeded { .. } => "Voided before it was printed.",
                }
            }
            @for entry in labels {
                @let it = &entry.label;
                @let to = format!("{}/labels/{}/{}", row::address(row), it.package_no, it.kind);
                @if picture(&it.format).is_some() {
                    a href=(to) { img.label-picture src=(to) alt={ (it.kind) " of package " (it.package_no) ", " (it.tracking_number) } loading="lazy"; }
                } @else {
                    p.soft { (it.kind) " of package " (it.package_no) " is " (it.format.to_uppercase()) ", which a browser cannot show. " a href=(to) download={ (it.tracking_number) "." (it.format) } { "Save the file" } }
                }
            }
        }
    }
}

fn picture(format: &str) -> Option<&'static str> {
    match format.to_ascii_lowercase().as_str() {
        "gif" => Some("image/gif"),
        "png" => Some("image/png"),
        _ => None,
    }
}

/// A label or another paper, as UPS made it.
pub(crate) async fn paper(
    State(web): State<Web>,
    Path((site, id, package, kind)): Path<(SiteName, ShipmentId, u32, String)>,
) -> Result<Response, Problem> {
    let labels = web.app().store.labels_of(&site, id).await?;
    let found = labels.into_iter().map(|it| it.label).find(|it| it.package_no == package && it.kind == kind);
    let label = found.ok_or_else(|| Problem::not_found("this label"))?;
    // Whatever UPS sent is shown as a picture or saved as a file, never as a page.
    let kind = picture(&label.format).unwrap_or("application/octet-stream");
    Ok(([(header::CONTENT_TYPE, kind)], label.bytes).into_response())
}

fn write_back(booked: &Booked) -> Markup {
    html! {
        @if !booked.write_back.steps.is_empty() {
            section.card aria-labelledby="syspro" {
                h2 #syspro { "In SYSPRO" }
                ul {
                    @for step in &booked.write_back.steps {
                        li {
                            (step.name.words()) " "
                            @match &step.progress {
                                Progress::Pending { .. } => (tag("plain", "to be written")),
                                Progress::Proven { .. } => (tag("good", "read back")),
                                Progress::Refused { .. } => (tag("warn", "refused")),
                                Progress::NotWritten { why } => { (tag("soft", "not written")) " " span.soft { (why) } },
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What was asked and answered, without pictures and credentials: a request holds none, an answer's files are cut out.
fn exchanges(who: &Visitor, attempts: &[AttemptRow]) -> Markup {
    let shown = |text: &str| {
        let value = serde_json::from_str::<serde_json::Value>(text).map(cut);
        value
            .ok()
            .and_then(|it| serde_json::to_string_pretty(&it).ok())
            .unwrap_or_else(|| text.chars().take(4_000).collect())
    };
    html! {
        @for it in attempts {
            details {
                summary { "Attempt " (it.attempt) ", reference " (it.reference) }
                p.soft {
                    "asked " (who.zone.time(it.asked_at))
                    @if let Some(at) = it.answered_at { ", answered " (who.zone.time(at)) }
                    @if let Some(outcome) = it.outcome { ": " (outcome.as_str().replace('_', " ")) } @else { ": no answer is known" }
                }
                h3 { "Request" } pre { (shown(&it.request)) }
                @if let Some(answer) = &it.answer { h3 { "Answer" } pre { (shown(&String::from_utf8_lossy(answer))) } }
            }
        }
    }
}

fn cut(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::String(text) if text.len() > LONGEST_VALUE => Value::String(format!("({} characters)", text.len())),
        Value::Array(items) => Value::Array(items.into_iter().map(cut).collect()),
        Value::Object(fields) => Value::Object(fields.into_iter().map(|(name, it)| (name, cut(it))).collect()),
        other => other,
    }
}
