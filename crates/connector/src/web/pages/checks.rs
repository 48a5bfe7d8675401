//! A site before it ships: every connection rung by rung, three documents side by side with what UPS would get, printers, the
//! baseline, and the three modes in their order.

use axum::extract::{Path, State};
use axum::response::{Html, Redirect};
use maud::{Markup, html};
use shipment::number::{DocumentNumber, SiteName};
use shipment::state::Stage;

use super::super::Web;
use super::super::checks::{Check, DOCUMENTS};
use super::super::forms::Fields;
use super::super::frame::{Place, done, heading, page, tag, token};
use super::super::problem::Problem;
use super::super::sessions::Visitor;
use super::actions::{did, runtime};
use super::{printers, sites};
use crate::app::SiteRuntime;
use crate::config::Start;
use crate::ladder::{Light, Rung};
use crate::people::Right;
use crate::plan::Plan;
use crate::probe::{Probe, Survey};
use crate::store::Counts;

pub(crate) async fn checks(
    State(web): State<Web>,
    who: Visitor,
    Path(name): Path<SiteName>,
    fields: Fields,
) -> Result<Html<String>, Problem> {
    let site = runtime(&web, &name)?;
    let check = web.0.checks.of(&name);
    let store = &web.app().store;
    let (counts, not_ours) = (store.counts(Some(&name)).await?, store.not_ours(&name).await?);
    let inside = html! {
        (heading(&format!("Site {name}: before it ships"), "From top to bottom: connections, what UPS would get, printers, what was ready already, and how much it does by itself. Looking buys and writes nothing."))
        @if let Some(words) = did(&fields) { (done(words)) }
        section.card aria-labelledby="look" {
            h2 #look { "1. Connections and mapping" }
            @if who.may(Right::Decide) {
                form.filters method="post" action={ "/sites/" (name) "/checks" } {
                    (token(&who))
                    div {
                        label for="documents" { "Documents to show, up to " (DOCUMENTS) }
                        input #documents name="documents" autocomplete="off" placeholder="empty: some that are ready" maxlength="200";
                    }
                    button.primary type="submit" { "Try everything" }
                }
            }
            div #checks data-live="" {
                @match &check {
                    None => p.soft { "Nothing was tried since this program started." },
                    Some(check) => (shown(&who, check)),
                }
            }
        }
        section.card aria-labelledby="printers" {
            h2 #printers { "2. Printers" }
            @for printer in &site.site.printers { div.row-head { p { strong { (printer.name) } " " span.soft { (printers::place(printer)) } } (printers::test_form(&who, &site, printer, &format!("/sites/{name}/checks"))) } }
        }
        section.card aria-labelledby="baseline" { h2 #baseline { "3. What was ready already" } div #counted data-live="" { (baseline(&site, &counts, not_ours)) } }
        section.card aria-labelledby="mode" {
            h2 #mode { "4. How much it does by itself" }
            p { strong { "Shadow" } " reads and plans: look at its plans under " a href={ "/shipments?site=" (name) } { "Shipments" } ". " strong { "Approve" } " buys each label when a person or the packing bench says so: begin with it. " strong { "Automatic" } " buys by itself what is clear." }
            @if who.may(Right::Administer) { (sites::mode_form(&who, &site)) } @else { p.soft { "An administrator changes it." } }
            p { a href={ "/connect?site=" (name) } { "Change the site file" } }
        }
    };
    Ok(page(&web, &who, Place::Sites, &format!("Site {name}: before it ships"), &inside))
}

pub(crate) async fn begin(
    State(web): State<Web>,
    who: Visitor,
    Path(name): Path<SiteName>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let site = runtime(&web, &name)?;
    let typed = fields.get("documents").unwrap_or("").split([' ', ',', ';']).filter(|it| !it.is_empty());
    let documents: Result<Vec<DocumentNumber>, _> = typed.map(str::parse).collect();
    let documents =
        documents.map_err(|error| Problem::unusable(format!("a document number cannot be read: {error}")))?;
    web.0.checks.begin(web.app(), site, documents, who.name);
    Ok(Redirect::to(&format!("/sites/{name}/checks")))
}

fn shown(who: &Visitor, check: &Check) -> Markup {
    html! {
        p.soft data-soon=[check.doing.as_ref().map(|_| "")] {
            "Begun by " (check.by) " at " (who.zone.time(check.at)) ". "
            @match &check.doing { Some(doing) => strong role="status" { "Now: " (doing) "…" }, None => "It has ended." }
        }
        ol.rungs { @for rung in &check.rungs { (one_rung(rung)) } }
        @if let Some(money) = &check.money { p { strong { (money.line()) } } }
        @for trouble in &check.troubles { p.wrong role="status" { (trouble) } }
        @for plan in &check.plans { (side_by_side(plan)) }
        @if let Some(survey) = &check.survey { (surveyed(survey)) }
        @for probe in &check.probes { (probed(probe)) }
    }
}

fn one_rung(rung: &Rung) -> Markup {
    let (kind, words) = match rung.light {
        Light::Green => ("good", "holds"),
        Light::NotTried => ("soft", "not tried"),
        Light::Notice => ("warn", "look"),
        Light::Red => ("bad", "red"),
    };
    html! { li { (tag(kind, words)) " " strong { (rung.rung) } ": " (rung.words) @if let Some(cure) = &rung.cure { br; span.soft { "To do: " (cure) } } } }
}

/// As SYSPRO has it, and what UPS would get.
fn side_by_side(plan: &Plan) -> Markup {
    let to = plan.address.as_ref();
    let label = to.and_then(|it| it.on_label.as_ref().or(it.as_read.as_ref()));
    let read = &plan.read;
    let lines = read.ship_to.lines.iter().map(|it| it.trim()).filter(|it| !it.is_empty());
    html! {
        h3 { (plan.source.noun()) " " (plan.document.canonical()) " " (tag(if plan.hold.is_some() { "warn" } else { "plain" }, &plan.verdict.words)) }
        div.scroll { table {
            thead { tr { th scope="col" { "" } th scope="col" { "In SYSPRO" } th scope="col" { "UPS would get" } } }
            tbody {
                tr { th scope="row" { "Ship-to" }
                    td { (read.ship_to.name) @for line in lines { br; (line) } br; (read.ship_to.state) " " (read.ship_to.postal_code) }
                    td { @match label { Some(label) => { (super::fix::printed(label)) @if let Some(to) = to { span.soft { (to.how) } } }, None => span.soft { "nothing yet" } } }
                }
                tr { th scope="row" { "Service" } td { (read.ship_via) } td { @match &plan.service { Some(service) => (service), None => span.soft { "none" } } } }
                tr { th scope="row" { "Packages" } td { (read.lines_to_ship) " lines to ship" } td { @for it in &plan.packages { (it.weight) @if let Some(size) = &it.dimensions { ", " (size) } br; } } }
                tr { th scope="row" { "Ship date" } td { @if let Some(date) = read.required_date { "wanted " (date) } } td { @if let Some(date) = plan.ship_date { (date) } } }
                tr { th scope="row" { "Price" } td {} td { @if let Some(price) = plan.quote.as_ref().and_then(shipment::waybill::Quote::payable) { (price) } } }
                @for after in &plan.syspro_after {
                    tr { th scope="row" { (after.field) } td { "would become " span.mono { (after.value) } " with " (after.when) } td {} }
                }
            }
        } }
        p { strong { "Next: " } (plan.next.words) @if let Some(hold) = &plan.hold { " To do: " (hold.next_step) " (" (hold.owner) ")." } }
        @if let Some(request) = &plan.request {
            details { summary { "What UPS would get, in full" } pre tabindex="0" { (serde_json::to_string_pretty(request).unwrap_or_default()) } }
        }
    }
}

fn surveyed(survey: &Survey) -> Markup {
    let known = |value: &Option<String>| value.clone().unwrap_or_else(|| "not told".to_owned());
    html! {
        h3 { "What SYSPRO looks like" }
        dl.facts {
            dt { "SYSPRO" } dd { (known(&survey.syspro_version)) }
            dt { "Company" } dd { (known(&survey.company)) ", " (known(&survey.currency)) }
            @for kind in &survey.kinds { dt { (kind.source.noun()) "s" } dd { @match kind.wanted { Some(count) => { (count) " wanted" }, None => "cannot be read" } " " span.soft { (kind.words) } } }
        }
        @for (title, lines) in [("Proposed for the site file", &survey.proposals), ("To be asked", &survey.questions)] {
            @if !lines.is_empty() { h3 { (title) } ul { @for line in lines { li { (line) } } } }
        }
        @if !survey.site_file.is_empty() { details { summary { "The site file with what is proposed" } pre tabindex="0" { (survey.site_file) } } }
    }
}

fn probed(probe: &Probe) -> Markup {
    html! {
        h3 { (probe.ready) " " (probe.source.noun()) "s are ready, " (probe.ours) " of them ours" }
        div.halves {
            div.scroll { table {
                thead { tr { th scope="col" { "Ship-via" } th.right scope="col" { "Documents" } th scope="col" { "Meaning here" } } }
                tbody { @for it in &probe.ship_vias { tr { td { (it.ship_via) } td.number.right { (it.documents) } td { (it.words) } } } }
            } }
            div.scroll { table {
                thead { tr { th scope="col" { "Not ours, or held for" } th.right scope="col" { "Documents" } } }
                tbody { @for (code, count) in &probe.verdicts { tr { td { (code.replace('_', " ")) } td.number.right { (count) } } } }
            } }
        }
        @let masses = probe.our_lines;
        p.soft { "Lines without mass: " (masses.without_mass) " of " (masses.lines) " of ours." }
    }
}

fn baseline(site: &SiteRuntime, counts: &Counts, not_ours: i64) -> Markup {
    let already = counts.stages.get(Stage::AlreadyThere.as_str()).copied().unwrap_or(0);
    let all: i64 = counts.stages.values().sum();
    html! {
        @match site.site.start {
            Start::Baseline => p { strong { (already) } (if already == 1 { " document was" } else { " documents were" }) " ready before the connector came: the baseline, known and never shipped by itself, because somebody may have shipped it by hand. "
                @if already > 0 { a href={ "/shipments?site=" (site.site.name) "&stage=" (Stage::AlreadyThere.as_str()) } { "Look at them" } ", and release those that shall ship." } },
            Start::Everything => p { "This site ships what was ready already like everything else (" code { "start = \"everything\"" } ")." },
        }
        p.soft { (all - already) " came since and are planned here, " (not_ours) " were seen and are not ours. A site reads SYSPRO as its schedule says, the first time at once." }
    }
}
