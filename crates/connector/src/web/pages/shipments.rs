//! Shipments: searched and filtered by what stands in the address, a page at a time, many acted on at once.
//!
//! The address is the filter, so a list can be kept, sent and gone back to. Pages go on behind the last row seen: the
//! thousandth costs what the first did.

use axum::extract::State;
use axum::response::Html;
use jiff::Timestamp;
use maud::{Markup, html};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use shipment::number::SiteName;
use shipment::state::Stage;

use super::super::Web;
use super::super::forms::Fields;
use super::super::frame::{Place, done, empty, heading, page, token};
use super::super::problem::Problem;
use super::super::sessions::Visitor;
use super::{actions, row};
use crate::people::{Right, Sites};
use crate::store::{ListFilter, ListKey, ShipmentRow};

/// Rows on a page.
const ROWS: u64 = 50;

/// What the address asks for.
pub(in crate::web) fn filter(web: &Web, visitor: &Visitor, fields: &Fields) -> Result<ListFilter, Problem> {
    let site: Option<SiteName> = fields.parsed("site")?;
    if site.as_ref().is_some_and(|it| !visitor.sites.includes(it)) {
        return Err(Problem::not_found("that site"));
    }
    Ok(ListFilter {
        site,
        // Whoever sees every site needs no list of them, which keeps the newest of all on one index.
        within: (visitor.sites != Sites::All).then(|| visitor.sites_of(web)),
        stages: fields
            .all("stage")
            .filter(|it| Stage::ALL.iter().any(|known| known.as_str() == *it))
            .map(str::to_owned)
            .collect(),
        hold_code: fields.get("why").map(str::to_owned),
        held: fields.get("held").is_some(),
        text: fields.get("q").map(str::to_owned),
    })
}

/// Where a page goes on, as it stands in the address.
pub(in crate::web) fn written_key(key: ListKey) -> String {
    format!("{}.{}", key.created_at.as_microsecond(), key.id)
}

/// Reads it back.
pub(in crate::web) fn read_key(text: &str) -> Result<ListKey, Problem> {
    let bad = || Problem::unusable("the place in the list cannot be read; begin at its first page");
    let (at, id) = text.split_once('.').ok_or_else(bad)?;
    let at = at.parse().ok().and_then(|it| Timestamp::from_microsecond(it).ok()).ok_or_else(bad)?;
    Ok(ListKey { created_at: at, id: id.parse().map_err(|_| bad())? })
}

pub(crate) async fn shipments(
    State(web): State<Web>,
    visitor: Visitor,
    fields: Fields,
) -> Result<Html<String>, Problem> {
    let filter = filter(&web, &visitor, &fields)?;
    let after = fields.get("after").map(read_key).transpose()?;
    let rows = web.app().store.list(&filter, after, ROWS + 1).await?;
    let more = rows.len() > usize::try_from(ROWS).unwrap_or(usize::MAX);
    let shown = if more { &rows[..rows.len() - 1] } else { &rows[..] };
    let next = shown.last().filter(|_| more).map(|last| here(&fields, Some(last.key())));
    let everything = filter == ListFilter { within: filter.within.clone(), ..ListFilter::default() };
    let inside = html! {
        (heading("Shipments", "Everything the connector has taken on, newest first."))
        @if let Some(words) = actions::did(&fields) { (done(words)) }
        (filters(&web, &visitor, &fields))
        @if shown.is_empty() {
            @if everything {
                (empty("No shipment yet.", "Documents that are ready in SYSPRO and ship with UPS appear here with the next poll. What is ready and not ours is counted under Sites."))
            } @else {
                (empty("No shipment is like that.", "Numbers are looked for whole: document, sales order, customer or tracking number. Take a filter away, or look under Where is it?"))
            }
        } @else {
            form method="post" action="/shipments/bulk" {
                (token(&visitor))
                input type="hidden" name="back" value=(here(&fields, after));
                div #list data-live="" { (table(&visitor, shown)) }
                (bar(&visitor))
            }
            @if after.is_some() || next.is_some() {
                nav.actions aria-label="Pages of the list" {
                    @if after.is_some() { a.button href=(here(&fields, None)) { "First page" } }
                    @if let Some(next) = next { a.button href=(next) rel="next" { "Next page" } }
                }
            }
        }
    };
    Ok(page(&web, &visitor, Place::Shipments, "Shipments", &inside))
}

/// This list's address, at another place in it.
fn here(fields: &Fields, after: Option<ListKey>) -> String {
    let kept = fields.0.iter().filter(|(name, value)| name != "after" && name != "did" && !value.is_empty());
    let mut pairs: Vec<String> = kept
        .map(|(name, value)| {
            let coded = |it: &str| utf8_percent_encode(it, NON_ALPHANUMERIC).to_string();
            format!("{}={}", coded(name), coded(value))
        })
        .collect();
    pairs.extend(after.map(|key| format!("after={}", written_key(key))));
    if pairs.is_empty() { "/shipments".to_owned() } else { format!("/shipments?{}", pairs.join("&")) }
}

fn filters(web: &Web, visitor: &Visitor, fields: &Fields) -> Markup {
    let sites = visitor.sites_of(web);
    let stage = fields.get("stage").unwrap_or("");
    let several = fields.all("stage").count() > 1;
    html! {
        form.filters method="get" action="/shipments" role="search" {
            div {
                label for="q" { "Document, order, customer or tracking number" }
                input #q type="search" name="q" value=(fields.get("q").unwrap_or("")) data-search="" autocomplete="off";
            }
            div {
                label for="stage" { "Where it is" }
                select #stage name="stage" {
                    option value="" { (if several { "several, as chosen" } else { "anywhere" }) }
                    @for it in Stage::ALL {
                        option value=(it.as_str()) selected[!several && stage == it.as_str()] { (stage_option(it)) }
                    }
                }
            }
            @if sites.len() > 1 {
                div {
                    label for="site" { "Site" }
                    select #site name="site" {
                        option value="" { "all of mine" }
                        @for it in &sites { option value=(it) selected[fields.get("site") == Some(it.as_str())] { (it) } }
                    }
                }
            }
            button type="submit" { "Search" }
            @if !fields.0.is_empty() { a.button href="/shipments" { "Clear" } }
        }
    }
}

/// Stages that share a word are told apart in the filter.
fn stage_option(stage: Stage) -> &'static str {
    match stage {
        Stage::Received => "just received",
        Stage::Addressed => "address settled",
        Stage::Packed => "packed",
        other => match other.as_str() {
            "held" => "needs you",
            "booked" => "on the way",
            "rated" => "ready for a label",
            "booking" => "asking UPS",
            "in_doubt" => "in doubt",
            "delivered" => "delivered",
            "ended" => "returned or lost",
            "voided" => "voided",
            "already_there" => "already there",
            _ => "ended without label",
        },
    }
}

fn table(visitor: &Visitor, rows: &[ShipmentRow]) -> Markup {
    let may = visitor.may(Right::Ship);
    html! {
        div.scroll { table {
            thead { tr {
                @if may { th scope="col" { input type="checkbox" data-all="" aria-label="Tick all on this page"; } }
                th scope="col" { "Document" } th scope="col" { "Order" } th scope="col" { "Customer" } th scope="col" { "Where it is" }
                th scope="col" { "Tracking number" } th scope="col" { "Received" } th scope="col" { "Changed" }
            } }
            tbody {
                @for it in rows {
                    tr {
                        @if may { td { input type="checkbox" name="pick" value={ (it.site) "/" (it.id) } aria-label={ "Tick " (it.document.canonical()) }; } }
                        td.number { a href=(row::address(it)) { (it.document.canonical()) } }
                        td.number { (it.sales_order.as_deref().unwrap_or("")) }
                        td { (it.customer.as_deref().unwrap_or("")) }
                        td { (row::whereabouts(it)) }
                        td.number { (it.tracking_number.as_ref().map(ToString::to_string).unwrap_or_default()) }
                        td.number { (visitor.zone.time(it.created_at)) }
                        td.number { (visitor.zone.time(it.updated_at)) }
                    }
                }
            }
        } }
    }
}

/// What can be done to all that are ticked.
fn bar(visitor: &Visitor) -> Markup {
    html! {
        @if visitor.may(Right::Ship) {
            div.filters {
                div {
                    label for="action" { "With those ticked" }
                    select #action name="action" {
                        option value="approve" { "buy their labels" }
                        option value="release" { "release them" }
                        option value="retry" { "try again now" }
                        option value="print" { "print their labels again" }
                        option value="hold" { "hold them" }
                    }
                }
                div { label for="bulk-reason" { "Why (needed to hold)" } input #bulk-reason name="reason" maxlength="300"; }
                button.primary type="submit" { "Do it" }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_the_list_is_read_as_written() {
        let id = "0190a4b2-0000-7000-8000-000000000001".parse().expect("an id");
        let key = ListKey { created_at: "2026-09-14T13:00:00.000001Z".parse().expect("a time"), id };
        assert_eq!(read_key(&written_key(key)), Ok(key));
        assert!(read_key("1.x").is_err() && read_key("").is_err() && read_key("9999999999999999999.x").is_err());
    }

    #[test]
    fn the_address_keeps_the_filter_and_forgets_what_was_done() {
        let fields =
            Fields(vec![("q".into(), "a&b".into()), ("did".into(), "ship".into()), ("after".into(), "1.x".into())]);
        assert_eq!(here(&fields, None), "/shipments?q=a%26b");
    }
}
