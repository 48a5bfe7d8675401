//! The in-doubt desk: bookings whose answer was lost and that asking UPS did not find.
//!
//! A person says what is true, and why they know. *It does not exist* is refused until UPS can no longer be working on the last
//! attempt; the page counts down to that moment.

use axum::extract::State;
use axum::response::Html;
use maud::{Markup, html};
use shipment::state::{Booking, Stage, State as Stand};

use super::super::Web;
use super::super::forms::Fields;
use super::super::frame::{Place, done, empty, heading, page, tag, token};
use super::super::problem::Problem;
use super::super::sessions::Visitor;
use super::super::when::span;
use super::actions;
use super::fix::{self, Around};
use super::row;
use crate::engine::life::Life;
use crate::people::{Right, Sites};
use crate::store::{ListFilter, ShipmentRow};

const SHOWN: u64 = 100;

pub(crate) async fn desk(State(web): State<Web>, who: Visitor, fields: Fields) -> Result<Html<String>, Problem> {
    let stages = vec![Stage::InDoubt.as_str().to_owned(), Stage::Booking.as_str().to_owned()];
    let within = (who.sites != Sites::All).then(|| who.sites_of(&web));
    let rows = web.app().store.list(&ListFilter { within, stages, ..ListFilter::default() }, None, SHOWN).await?;
    let inside = html! {
        (heading("In-doubt desk", "UPS was asked for a label and no answer came. A label may exist, so nothing is bought again until that is settled."))
        @if let Some(words) = actions::did(&fields) { (done(words)) }
        div #desk data-live="" {
            @if rows.is_empty() {
                (empty("Nothing is in doubt.", "Every label UPS was asked for is accounted for. When an answer is lost, UPS is asked for it by our own reference; only what that does not settle comes here."))
            }
            @for row in &rows { (one(&web, &who, row)) }
        }
        @if who.may(Right::Decide) && !rows.is_empty() { (many(&web, &who, &rows)) }
    };
    Ok(page(&web, &who, Place::Desk, "In-doubt desk", &inside))
}

/// After an outage of UPS: many are decided with one reason.
fn many(web: &Web, who: &Visitor, rows: &[ShipmentRow]) -> Markup {
    let now = web.app().clock.now();
    let may_be_absent = |row: &&ShipmentRow| {
        let (Ok(life), Some(site)) = (Life::read(&row.state), web.app().site(&row.site)) else { return false };
        let Stand::Desk(booking) = life.state else { return false };
        let known = booking.doubt.as_ref().is_some_and(|it| it.known.is_some());
        !known && now >= booking.attempt.asked_at + site.site.ups.attempt_over_after()
    };
    let absent: Vec<&ShipmentRow> = rows.iter().filter(may_be_absent).collect();
    html! {
        details.card {
            summary { "Many at once…" }
            form method="post" action="/desk/bulk" data-confirm="Every decision ticked or written here is put down. Should a label that does not exist turn up later, two were bought." {
                (token(who))
                input type="hidden" name="back" value="/desk";
                @if !absent.is_empty() {
                    fieldset {
                        legend { "These do not exist at UPS" }
                        @for row in absent { label.check { input type="checkbox" name="pick" value={ (row.site) "/" (row.id) }; (row.document.canonical()) " at " (row.site) } }
                    }
                }
                label for="decisions" { "Or a decision in each line" }
                textarea.code #decisions name="decisions" rows="4" aria-describedby="decisions-hint" {}
                p.hint #decisions-hint { "As " code { "100482,absent" } ", " code { "100482,adopt,1Z…" } " or " code { "100482,void-and-restart,1Z…" } }
                label for="desk-why" { "How you know" }
                input #desk-why name="reason" required maxlength="300";
                p.actions { button.danger type="submit" { "Put all decisions down" } }
            }
        }
    }
}

fn one(web: &Web, who: &Visitor, row: &ShipmentRow) -> Markup {
    let state = Life::read(&row.state).ok().map(|it| it.state);
    let (booking, decided): (Booking, bool) = match state {
        Some(Stand::Desk(it)) => (*it, true),
        Some(Stand::Booking(it)) => (*it, false),
        _ => return html! {},
    };
    let Some(site) = web.app().site(&row.site) else { return html! {} };
    let around = Around { visitor: who, site: &site, row, back: "/desk" };
    let (now, earliest) = (web.app().clock.now(), booking.attempt.asked_at + site.site.ups.attempt_over_after());
    html! {
        article.card aria-label={ (row.source.noun()) " " (row.document.canonical()) } {
            div.row-head {
                h2 { a href=(row::address(row)) { (row.document.canonical()) } }
                (tag(if decided { "bad" } else { "plain" }, if decided { "a person decides" } else { "UPS is being asked" }))
            }
            dl.facts {
                dt { "Our reference" } dd.mono { (booking.attempt.reference) }
                dt { "Asked" } dd { (who.zone.time(booking.attempt.asked_at)) ", attempt " (booking.attempt.number) }
                @match &booking.doubt {
                    Some(doubt) => {
                        dt { "Instead of an answer" } dd { (doubt.why) }
                        @if let Some(known) = &doubt.known { dt { "UPS says" } dd { (known.words) @for number in &known.numbers { " " span.mono { (number) } } } }
                        dt { "Asked by reference" } dd { (doubt.probes) " times in vain, since " (who.zone.time(doubt.since)) }
                    },
                    None => { dt { "Answer" } dd { "not known yet" } },
                }
                @if let Some(to) = Some(&booking.rated.packed.addressed.address) { dt { "Ship-to" } dd { (to.name) ", " (to.place_line()) } }
                @if let Some(price) = booking.rated.quote.payable() { dt { "Quoted" } dd { (price) } }
            }
            @if decided && who.may(Right::Decide) { (decisions(around, now, earliest)) }
            @else if decided { p.hint { "A supervisor decides." } }
        }
    }
}

fn decisions(around: Around<'_>, now: jiff::Timestamp, earliest: jiff::Timestamp) -> Markup {
    let id = |name: &str| format!("{name}-{}", around.row.id);
    html! {
        div.fix {
            p { "Look at the account's shipments of that day at ups.com, by this reference or the ship-to. Then say what is true:" }
            details {
                summary { "It exists: adopt its number…" }
                form method="post" action={ (row::address(around.row)) "/adopt" } {
                    (fix::fields(around))
                    label for=(id("number")) { "Tracking number" }
                    input id=(id("number")) name="number" required autocomplete="off" placeholder="1Z…";
                    label for=(id("adopt-why")) { "How you know" }
                    input id=(id("adopt-why")) name="reason" required maxlength="300";
                    label.check { input type="checkbox" name="unwanted" value="yes"; "nobody wants it: void it and ship the document anew" }
                    p.actions { button.primary type="submit" { "Adopt this number" } }
                }
            }
            @if now < earliest {
                p { strong { "It does not exist: " } "can be said in " (span(now, earliest)) ", at " (around.visitor.zone.time(earliest)) ". Until then UPS may still be working on it." }
            } @else {
                (fix::with_reason(around, "absent", "It does not exist: one more attempt…", "Say so only after looking: should the first label turn up later, two were bought.", "It does not exist", "danger"))
            }
        }
    }
}
