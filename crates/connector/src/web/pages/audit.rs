//! Audit: what was done to people and sites, and the way to every shipment's own history. For those who inspect.

use axum::extract::State;
use axum::response::Html;
use maud::html;

use super::super::Web;
use super::super::forms::Fields;
use super::super::frame::{Place, empty, heading, page};
use super::super::problem::Problem;
use super::super::sessions::Visitor;
use super::row;
use crate::people::{Right, Sites};
use crate::store::ListFilter;

const SHOWN: u32 = 200;

pub(crate) async fn audit(State(web): State<Web>, who: Visitor, fields: Fields) -> Result<Html<String>, Problem> {
    let store = &web.app().store;
    let mut sites = Vec::new();
    for site in who.sites_of(&web) {
        sites.extend(store.site_events(&site).await?.into_iter().map(|event| (site.clone(), event)));
    }
    sites.sort_by_key(|(_, event)| std::cmp::Reverse(event.at));
    // What people did is everybody's, so only who sees every site, or administers, sees it.
    let may_people = who.sites == Sites::All || who.may(Right::Administer);
    let people = if may_people { store.people_events(SHOWN).await? } else { Vec::new() };
    let asked = fields.get("q");
    let found = match asked {
        Some(text) => {
            let within = (who.sites != Sites::All).then(|| who.sites_of(&web));
            store.list(&ListFilter { within, text: Some(text.to_owned()), ..ListFilter::default() }, None, 50).await?
        }
        None => Vec::new(),
    };
    let inside = html! {
        (heading("Audit", "Every line says what, when and who. A shipment's lines are numbered without a gap, which `ml-connector audit verify` proves."))
        form.filters method="get" action="/audit" role="search" {
            div { label for="q" { "The history of a document, order or tracking number" } input #q type="search" name="q" value=(asked.unwrap_or("")) data-search="" required; }
            button type="submit" { "Find" }
        }
        @if asked.is_some() {
            @if found.is_empty() { (empty("No shipment is like that.", "The number is looked for whole.")) } @else { (row::brief(&who, &found)) }
        }
        h2 #sites { "Sites" }
        @if sites.is_empty() { (empty("Nothing was done to a site yet.", "Settings applied, modes changed, secrets replaced and systems that were away are told here.")) } @else {
            div.scroll { table {
                thead { tr { th scope="col" { "When" } th scope="col" { "Site" } th scope="col" { "Who" } th scope="col" { "What" } } }
                tbody { @for (site, it) in sites.iter().take(200) { tr { td.number { (who.zone.time(it.at)) } td { (site) } td { (it.actor) } td { (it.words) } } } }
            } }
        }
        @if may_people {
            h2 #people { "People" }
            @if people.is_empty() { (empty("Nothing was done to people yet.", "Log-ins, refused ones too, new people, roles, passwords and tokens are told here.")) } @else {
                div.scroll { table {
                    thead { tr { th scope="col" { "When" } th scope="col" { "Who" } th scope="col" { "What" } } }
                    tbody { @for it in &people { tr { td.number { (who.zone.time(it.at)) } td { (it.actor) } td { (it.words) } } } }
                } }
            }
        }
    };
    Ok(page(&web, &who, Place::Audit, "Audit", &inside))
}
