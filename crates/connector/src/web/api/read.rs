//! Reading through the API.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use shipment::number::{ShipmentId, SiteName};

use super::super::Web;
use super::super::forms::Fields;
use super::super::pages::actions::found;
use super::super::pages::{shipments, station};
use super::super::problem::Problem;
use super::super::sessions::Visitor;
use super::view::{AuditView, CountsView, LabelView, Page, ShipmentView, Whole};
use crate::store::{LabelEntry, ShipmentRow};

/// Rows of a page without `limit`.
const USUAL: u64 = 50;
/// Rows of a page at most.
const MOST: u64 = 500;

/// How many shipments stand where.
#[utoipa::path(get, path = "/api/v1/counts", tag = "read", responses((status = 200, body = CountsView)))]
pub(crate) async fn counts(State(web): State<Web>, who: Visitor) -> Result<Json<CountsView>, Problem> {
    let mut sum = CountsView { stages: Default::default(), holds: Default::default(), not_ours: 0 };
    for site in who.sites_of(&web) {
        let counts = web.app().store.counts(Some(&site)).await?;
        counts.stages.into_iter().for_each(|(stage, count)| *sum.stages.entry(stage).or_default() += count);
        counts.holds.into_iter().for_each(|(hold, count)| *sum.holds.entry(hold).or_default() += count);
        sum.not_ours += web.app().store.not_ours(&site).await?;
    }
    Ok(Json(sum))
}

/// Shipments, newest first.
#[utoipa::path(
    get, path = "/api/v1/shipments", tag = "read",
    params(
        ("site" = Option<String>, Query, description = "only this site"),
        ("stage" = Option<Vec<String>>, Query, description = "only these stages; given once for each"),
        ("held" = Option<bool>, Query, description = "only what waits for a person"),
        ("why" = Option<String>, Query, description = "only what is held for this reason, e.g. missing_mass"),
        ("q" = Option<String>, Query, description = "whose document, sales order, customer or tracking number is this"),
        ("limit" = Option<u64>, Query, minimum = 1, maximum = 500, description = "rows of a page (50)"),
        ("after" = Option<String>, Query, description = "where to go on, taken from `next`"),
    ),
    responses((status = 200, body = Page), (status = 422, description = "a filter cannot be read"))
)]
pub(crate) async fn list(State(web): State<Web>, who: Visitor, fields: Fields) -> Result<Json<Page>, Problem> {
    let mut filter = shipments::filter(&web, &who, &fields)?;
    // `held=false` asks for nothing in particular.
    filter.held = fields.parsed::<bool>("held")?.unwrap_or(false);
    let limit = fields.parsed("limit")?.unwrap_or(USUAL);
    if !(1..=MOST).contains(&limit) {
        return Err(Problem::unusable(format!("limit is 1 to {MOST}")));
    }
    let after = fields.get("after").map(shipments::read_key).transpose()?;
    let rows = web.app().store.list(&filter, after, limit).await?;
    let full = u64::try_from(rows.len()).is_ok_and(|count| count == limit);
    let next = rows.last().filter(|_| full).map(|last| shipments::written_key(last.key()));
    Ok(Json(Page { items: rows.iter().map(ShipmentView::of).collect(), next }))
}

/// One shipment with its history.
#[utoipa::path(
    get, path = "/api/v1/shipments/{site}/{id}", tag = "read",
    params(("site" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = Whole), (status = 404, description = "not known, or not at a site of yours"))
)]
pub(crate) async fn show(
    State(web): State<Web>,
    Path((site, id)): Path<(String, String)>,
) -> Result<Json<Whole>, Problem> {
    let row = at(&web, &site, &id).await?;
    let audit = web.app().store.audit_of(&row.site, row.id).await?;
    let labels = labels_of(&web, &row).await?;
    let audit = audit.into_iter().map(AuditView::of).collect();
    Ok(Json(Whole { shipment: ShipmentView::of(&row), audit, labels }))
}

/// The newest release of a document.
#[utoipa::path(
    get, path = "/api/v1/sites/{site}/documents/{document}", tag = "read",
    params(("site" = String, Path), ("document" = String, Path, description = "leading zeros may be left out")),
    responses(
        (status = 200, body = ShipmentView),
        (status = 404, description = "not seen ready yet, or not at a site of yours"),
        (status = 409, description = "several kinds of documents bear the number"),
    )
)]
pub(crate) async fn document(
    State(web): State<Web>,
    who: Visitor,
    Path((site, document)): Path<(String, String)>,
) -> Result<Json<ShipmentView>, Problem> {
    Ok(Json(ShipmentView::of(&newest(&web, &who, &site, &document).await?)))
}

/// A label's own bytes.
#[utoipa::path(
    get, path = "/api/v1/shipments/{site}/{id}/labels/{package}/{kind}", tag = "read",
    params(("site" = String, Path), ("id" = String, Path), ("package" = u32, Path), ("kind" = String, Path)),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>), (status = 404, description = "there is none"))
)]
pub(crate) async fn label(
    State(web): State<Web>,
    Path((site, id, package, kind)): Path<(String, String, u32, String)>,
) -> Result<Response, Problem> {
    let row = at(&web, &site, &id).await?;
    let labels = web.app().store.labels_of(&row.site, row.id).await?;
    let found = labels.into_iter().map(|it| it.label).find(|it| it.package_no == package && it.kind == kind);
    let label = found.ok_or_else(|| Problem::not_found("this label"))?;
    let name = format!("attachment; filename=\"{}.{}\"", label.tracking_number, label.format);
    let headers = [(header::CONTENT_TYPE, "application/octet-stream".to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, label.bytes).into_response())
}

/// The shipment at an address; the guard has looked at the site.
pub(super) async fn at(web: &Web, site: &str, id: &str) -> Result<ShipmentRow, Problem> {
    let missing = || Problem::not_found(format!("shipment {id}"));
    let (site, id): (SiteName, ShipmentId) = (site.parse().map_err(|_| missing())?, id.parse().map_err(|_| missing())?);
    found(web, &site, id).await
}

/// The newest release of a document at a site.
pub(super) async fn newest(web: &Web, who: &Visitor, site: &str, document: &str) -> Result<ShipmentRow, Problem> {
    let several =
        || Problem::conflict(format!("several kinds of documents are called {document}; use the shipment's id"));
    match station::known(web, who, document).await? {
        station::Known::One(row) if row.site.as_str() == site => Ok(*row),
        station::Known::Several(rows) => {
            let mut here = rows.into_iter().filter(|row| row.site.as_str() == site);
            let first = here.next().ok_or_else(|| Problem::not_found(format!("document {document}")))?;
            match here.find(|it| it.source != first.source) {
                Some(_) => Err(several()),
                None => Ok(here.next_back().unwrap_or(first)),
            }
        }
        station::Known::One(_) | station::Known::None => Err(Problem::not_found(format!("document {document}"))),
        station::Known::Unreadable => Err(Problem::unusable(format!("{document} cannot be a document's number"))),
    }
}

pub(super) async fn labels_of(web: &Web, row: &ShipmentRow) -> Result<Vec<LabelView>, Problem> {
    let entry = |it: LabelEntry| LabelView {
        package: it.label.package_no,
        href: format!("/api/v1/shipments/{}/{}/labels/{}/{}", row.site, row.id, it.label.package_no, it.label.kind),
        kind: it.label.kind,
        format: it.label.format,
        tracking_number: it.label.tracking_number.to_string(),
    };
    Ok(web.app().store.labels_of(&row.site, row.id).await?.into_iter().map(entry).collect())
}
