//! Costs: what the labels of some days cost, as booked; for accruals.
//!
//! A label counts on the day it was asked for, in the reader's zone, unless it is void. Where UPS told no charges with a label
//! that was found again, the quote stands in, and the line says so. Currencies are never added to each other. What UPS bills in
//! the end (weight it measured, corrected addresses) may differ and is not here.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::header;
use axum::response::{Html, IntoResponse as _, Response};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use maud::{Markup, html};
use shipment::money::Money;
use shipment::state::State as Stand;
use shipment::waybill::Charges;

use super::super::Web;
use super::super::api::manage::CostView;
use super::super::api::view::MoneyView;
use super::super::forms::Fields;
use super::super::frame::{Place, empty, heading, page};
use super::super::problem::Problem;
use super::super::sessions::Visitor;
use crate::engine::life::Life;
use crate::store::ShipmentRow;

/// The longest time that is added up at once.
const LONGEST: i64 = 92;
/// What is shown without dates.
const USUAL: i32 = 13;

/// One label's cost.
struct Cost {
    day: Date,
    row: ShipmentRow,
    service: String,
    customer: String,
    warehouse: String,
    number: String,
    amount: Option<Money>,
    quoted_only: bool,
}

/// Days asked for, both with.
#[derive(Clone, Copy)]
struct Days {
    from: Date,
    to: Date,
}

impl Days {
    fn read(web: &Web, who: &Visitor, fields: &Fields) -> Result<Self, Problem> {
        let today = who.zone.date(web.app().clock.now());
        let to: Date = fields.parsed("to")?.unwrap_or(today);
        let from: Date = match fields.parsed("from")? {
            Some(from) => from,
            None => to.saturating_sub(USUAL.days()),
        };
        let length = to.since(from).map_or(0, |it| i64::from(it.get_days()));
        if from > to || length > LONGEST {
            return Err(Problem::unusable(format!("choose up to {LONGEST} days, the first before the last")));
        }
        Ok(Self { from, to })
    }
}

async fn gathered(web: &Web, who: &Visitor, days: Days) -> Result<Vec<Cost>, Problem> {
    let from = who.zone.begin(days.from)?;
    let to = who.zone.begin(days.to.saturating_add(1.day()))?;
    let mut costs = Vec::new();
    for site in who.sites_of(web) {
        for (row, at) in web.app().store.booked_between(&site, from, to).await? {
            costs.extend(cost(who, row, at));
        }
    }
    Ok(costs)
}

/// One line a label, for programs.
pub(in crate::web) async fn lines(web: &Web, who: &Visitor, fields: &Fields) -> Result<Vec<CostView>, Problem> {
    let costs = gathered(web, who, Days::read(web, who, fields)?).await?;
    let line = |it: Cost| CostView {
        day: it.day.to_string(),
        site: it.row.site.to_string(),
        document: it.row.document.to_string(),
        service: it.service,
        customer: it.customer,
        warehouse: it.warehouse,
        tracking_number: it.number,
        cost: it.amount.map(MoneyView::of),
        quoted_only: it.quoted_only,
    };
    Ok(costs.into_iter().map(line).collect())
}

fn cost(who: &Visitor, row: ShipmentRow, at: Timestamp) -> Option<Cost> {
    let life = Life::read(&row.state).ok()?;
    let Stand::Booked(booked) = &life.state else { return None };
    // Shipped anew after a void: only the asking that stands counts.
    let stands = booked.attempt.asked_at.as_microsecond() == at.as_microsecond();
    if booked.is_voided() || !stands {
        return None;
    }
    let received = booked.rated.received();
    Some(Cost {
        day: who.zone.date(at),
        service: received.service.as_ref().map(ToString::to_string).unwrap_or_default(),
        customer: format!("{} {}", received.document.customer, received.document.customer_name),
        warehouse: received.document.warehouse.to_string(),
        number: booked.waybill.lead().map(ToString::to_string).unwrap_or_default(),
        amount: booked.waybill.charges.payable(),
        quoted_only: matches!(booked.waybill.charges, Charges::QuotedOnly(_)),
        row,
    })
}

/// Labels and money of one group; one sum for each currency.
#[derive(Default)]
struct Sum {
    labels: usize,
    unknown: usize,
    money: BTreeMap<String, Money>,
}

impl Sum {
    fn add(&mut self, cost: &Cost) {
        self.labels += 1;
        let Some(amount) = cost.amount else {
            self.unknown += 1;
            return;
        };
        let entry = self.money.entry(amount.currency().to_string()).or_insert_with(|| Money::zero(amount.currency()));
        // Same currency by construction; a sum beyond the range of money stays as it is and is told by nobody's account.
        if let Ok(sum) = entry.checked_add(amount) {
            *entry = sum;
        }
    }

    fn told(&self) -> String {
        let sums: Vec<_> = self.money.values().map(ToString::to_string).collect();
        sums.join(", ")
    }
}

fn by(costs: &[Cost], key: impl Fn(&Cost) -> String) -> BTreeMap<String, Sum> {
    let mut sums = BTreeMap::<String, Sum>::new();
    costs.iter().for_each(|cost| sums.entry(key(cost)).or_default().add(cost));
    sums
}

pub(crate) async fn costs(State(web): State<Web>, who: Visitor, fields: Fields) -> Result<Html<String>, Problem> {
    let days = Days::read(&web, &who, &fields)?;
    let costs = gathered(&web, &who, days).await?;
    let mut all = Sum::default();
    costs.iter().for_each(|it| all.add(it));
    let csv = format!("/costs.csv?from={}&to={}", days.from, days.to);
    let inside = html! {
        (heading("Costs", "What the labels cost as booked, voided ones left out. UPS's invoice may differ: it weighs and measures again."))
        form.filters method="get" action="/costs" {
            div { label for="from" { "From" } input #from type="date" name="from" value=(days.from) required; }
            div { label for="to" { "To, with that day" } input #to type="date" name="to" value=(days.to) required; }
            button type="submit" { "Show" }
            a.button href=(csv) download={ "costs-" (days.from) "-" (days.to) ".csv" } { "As CSV" }
        }
        @if costs.is_empty() {
            (empty("No label was bought in these days.", "A label counts on the day UPS was asked for it. Choose other days."))
        } @else {
            section.card aria-labelledby="sum" {
                h2 #sum { (all.told()) }
                p.soft { (all.labels) " labels" @if all.unknown > 0 { ", " (all.unknown) " of them without a price" } }
                (chart(&costs, days))
            }
            div.halves {
                (table("By day", &by(&costs, |it| it.day.to_string()), &all))
                (table("By service", &by(&costs, |it| it.service.clone()), &all))
                (table("By customer", &by(&costs, |it| it.customer.clone()), &all))
                (table("By warehouse", &by(&costs, |it| it.warehouse.clone()), &all))
            }
        }
    };
    Ok(page(&web, &who, Place::Costs, "Costs", &inside))
}

fn table(title: &str, sums: &BTreeMap<String, Sum>, all: &Sum) -> Markup {
    html! {
        section {
            h2 { (title) }
            div.scroll { table {
                thead { tr { th scope="col" { (title.trim_start_matches("By ")) } th.right scope="col" { "Labels" } th.right scope="col" { "Cost" } } }
                tbody { @for (key, sum) in sums { tr { td { (key) } td.number.right { (sum.labels) } td.number.right { (sum.told()) } } } }
                tfoot { tr { td { "All" } td.number.right { (all.labels) } td.number.right { (all.told()) } } }
            } }
        }
    }
}

/// Labels a day as bars; the table beside it says the same in figures.
fn chart(costs: &[Cost], days: Days) -> Markup {
    const HEIGHT: usize = 120;
    const STEP: usize = 26;
    let mut counts = Vec::new();
    let mut day = days.from;
    while day <= days.to {
        counts.push((day, costs.iter().filter(|it| it.day == day).count()));
        day = day.saturating_add(1.day());
    }
    let most = counts.iter().map(|(_, count)| *count).max().unwrap_or(0).max(1);
    let width = counts.len() * STEP;
    html! {
        svg.chart viewBox={ "0 0 " (width.max(STEP * 24)) " " (HEIGHT + 34) } role="img" aria-label={ "Labels bought per day, at most " (most) } {
            @for (index, (day, count)) in counts.iter().enumerate() {
                @let tall = HEIGHT * count / most;
                rect x=(index * STEP + 3) y=(14 + HEIGHT - tall) width=(STEP - 6) height=(tall) rx="2" { title { (day) ": " (count) } }
                @if *count > 0 { text x=(index * STEP + STEP / 2) y=(10 + HEIGHT - tall) text-anchor="middle" { (count) } }
                @if index % 2 == 0 { text x=(index * STEP + STEP / 2) y=(HEIGHT + 30) text-anchor="middle" { (day.day()) } }
            }
            line x1="0" x2=(width) y1=(HEIGHT + 14) y2=(HEIGHT + 14) {}
        }
    }
}

/// One line a label, for a spreadsheet.
pub(crate) async fn csv(State(web): State<Web>, who: Visitor, fields: Fields) -> Result<Response, Problem> {
    let days = Days::read(&web, &who, &fields)?;
    let mut text = String::from(
        "day,site,document,release,sales_order,customer,warehouse,service,tracking_number,amount,currency,basis\r\n",
    );
    for it in gathered(&web, &who, days).await? {
        let amount = it.amount.map(|money| money.decimal().to_string()).unwrap_or_default();
        let currency = it.amount.map(|money| money.currency().to_string()).unwrap_or_default();
        let cells = [
            it.day.to_string(),
            it.row.site.to_string(),
            it.row.document.to_string(),
            it.row.release.to_string(),
            it.row.sales_order.unwrap_or_default(),
            it.customer,
            it.warehouse,
            it.service,
            it.number,
            amount,
            currency,
            if it.quoted_only { "quoted" } else { "booked" }.to_owned(),
        ];
        text.push_str(&cells.iter().map(|cell| quoted(cell)).collect::<Vec<_>>().join(","));
        text.push_str("\r\n");
    }
    Ok(([(header::CONTENT_TYPE, "text/csv; charset=utf-8")], text).into_response())
}

/// A cell as spreadsheets read it; one that begins like a formula is made text, so that a customer's name computes nothing.
fn quoted(cell: &str) -> String {
    let harmless =
        if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() };
    if harmless.contains(['"', ',', '\r', '\n']) { format!("\"{}\"", harmless.replace('"', "\"\"")) } else { harmless }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_computes_nothing() {
        assert_eq!(quoted("=1+1"), "'=1+1");
        assert_eq!(quoted("Miller, \"Bob\""), "\"Miller, \"\"Bob\"\"\"");
        assert_eq!(quoted("12.40"), "12.40");
    }
}
