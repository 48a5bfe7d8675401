//! A ship-via that no rule knows: what it means is said once, on the page that asks, and remembered in the site's settings.
//!
//! ```text
//! held for its ship-via ─► service chosen ─► a rule at the end of the site file ─► a new version ─► all that wait for it go on
//! ```
//!
//! The rule is added as text and read back by the same parser as the whole file, so a rule that cannot be is refused and
//! nothing changes. Said twice, the second finds nobody waiting.

use axum::extract::{Path, State};
use axum::response::Redirect;
use shipment::hold::Reason;
use shipment::service::Service;

use super::super::Web;
use super::super::forms::Fields;
use super::super::problem::Problem;
use super::super::sessions::Visitor;
use super::actions::{At, back, found, put_down};
use super::begin::in_force;
use crate::engine::life::Life;
use crate::engine::wishes::Wish;
use crate::store::{ListFilter, ShipmentRow};
use crate::wishing;

/// So many wait for one ship-via at most; more go on when somebody presses "try all again".
const WAITING: u64 = 500;

/// The ship-via a shipment waits for.
fn waits_for(row: &ShipmentRow) -> Option<String> {
    match &Life::read(&row.state).ok()?.state.hold()?.reason {
        Reason::UnmappedShipVia { ship_via } => Some(ship_via.clone()),
        _ => None,
    }
}

pub(crate) async fn remember(
    State(web): State<Web>,
    who: Visitor,
    at: At,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let service: Service = fields.parsed("service")?.ok_or_else(|| Problem::unusable("no service is chosen"))?;
    let Path((site, id)) = at;
    let row = found(&web, &site, id).await?;
    let nobody = || Problem::conflict("it does not wait for a ship-via any more");
    let waited = waits_for(&row).ok_or_else(nobody)?;
    let life = wishing::life(&row)?;
    let via = &life.state.received().document.ship_via;
    let app = web.app();
    let stored = app.store.site_settings(&site, None).await?.ok_or_else(nobody)?;
    let text = |value: String| toml::Value::String(value).to_string();
    let rule = match via.code.trim() {
        "" => format!("pattern = {}", text(format!("^{}$", regex::escape(via.text.trim())))),
        code => format!("code = {}", text(code.to_owned())),
    };
    let day = app.clock.now().strftime("%Y-%m-%d");
    let body = format!(
        "{}\n\n# said by {} on {day}\n[[ship_via]]\n{rule}\nservice = {}\n",
        stored.body.trim_end(),
        who.name,
        text(service.code().to_owned()),
    );
    in_force(&web, &who, &body, |_| None).await?;
    let filter =
        ListFilter { site: Some(site), hold_code: Some("unmapped_ship_via".to_owned()), ..ListFilter::default() };
    for row in app.store.list(&filter, None, WAITING).await? {
        if waits_for(&row).as_ref() == Some(&waited) {
            put_down(&web, &who, &row, &Wish::Retry, "its ship-via has a rule now").await?;
        }
    }
    Ok(back(&fields, "ship_via"))
}
