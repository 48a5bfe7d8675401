//! Writing through the API: wishes, as everywhere.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use shipment::number::TrackingNumber;
use shipment::service::Service;
use shipment::state::{Delivery, State as Stand};

use super::super::Web;
use super::super::pages::actions::{put_down, runtime};
use super::super::pages::station;
use super::super::problem::Problem;
use super::super::sessions::Visitor;
use super::Sent;
use super::read::{at, labels_of, newest};
use super::view::{DecisionRequest, PutDown, Scale, ShipmentView, Shipped, WishRequest};
use crate::engine::wishes::Wish;
use crate::store::ShipmentRow;
use crate::wishing::{self, Proposals};

/// Ships a document with what stands on the scale: the call for a station or a SYSPRO button.
///
/// Waits until the label is there or it is clear why not, at most 20 seconds; what takes longer goes on by itself. Calling it
/// again buys nothing more.
#[utoipa::path(
    post, path = "/api/v1/sites/{site}/documents/{document}/ship", tag = "write", request_body = Scale,
    params(
        ("site" = String, Path),
        ("document" = String, Path, description = "leading zeros may be left out"),
        ("Idempotency-Key" = Option<String>, Header, description = "the same request with the same key is done once"),
    ),
    responses(
        (status = 200, body = Shipped),
        (status = 404, description = "not seen ready yet, or not at a site of yours"),
        (status = 409, description = "several kinds of documents bear the number, or the key was used for another request"),
        (status = 422, description = "a weight or a box cannot be read"),
    )
)]
pub(crate) async fn ship(
    State(web): State<Web>,
    who: Visitor,
    Path((site, document)): Path<(String, String)>,
    Sent(scale): Sent<Scale>,
) -> Result<Json<Shipped>, Problem> {
    let row = newest(&web, &who, &site, &document).await?;
    let runtime = runtime(&web, &row.site)?;
    let bench = wishing::bench(&runtime.site, &scale.weights, scale.boxes, scale.box_name.as_deref())?;
    put_down(&web, &who, &row, &Wish::Ship { bench }, "").await?;
    let row = station::settled(&web, &row).await?;
    Ok(Json(shipped(&web, &row).await?))
}

async fn shipped(web: &Web, row: &ShipmentRow) -> Result<Shipped, Problem> {
    let life = wishing::life(row)?;
    let (outcome, words) = match (&life.state, life.state.hold()) {
        (Stand::Booked(it), _) if it.is_voided() => {
            ("no_label", "its label is void, and no other was bought".to_owned())
        }
        (Stand::Booked(it), _) => (
            "label",
            match &it.delivery {
                Delivery::Delivered { to, .. } => format!("printed: {to}"),
                Delivery::Pending { .. } => "bought; the printer has not taken it yet".to_owned(),
                Delivery::MaybePrinted { printer, .. } => format!("bought; look into the tray of {printer}"),
                Delivery::NotNeeded { .. } => "bought".to_owned(),
            },
        ),
        (_, Some(hold)) => ("held", format!("{} {} ({})", hold.words(), hold.next_step(), hold.owner())),
        (Stand::Booking(_) | Stand::Desk(_), None) => {
            ("in_doubt", "UPS was asked and has not answered; put the parcel aside".to_owned())
        }
        (Stand::Cancelled(it), None) => ("no_label", it.gone.words()),
        (_, None) => {
            let why = life.stumbling.as_ref().map_or_else(|| "it is under way".to_owned(), |it| it.words.clone());
            ("later", why)
        }
    };
    Ok(Shipped { outcome, words, shipment: ShipmentView::of(row), labels: labels_of(web, row).await? })
}

/// Asks for something a shipper may ask for.
#[utoipa::path(
    post, path = "/api/v1/shipments/{site}/{id}/wishes", tag = "write", request_body = WishRequest,
    params(
        ("site" = String, Path), ("id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "the same request with the same key is done once"),
    ),
    responses(
        (status = 202, body = PutDown, description = "put down; what becomes of it stands in the history"),
        (status = 404, description = "not known, or not at a site of yours"),
        (status = 409, description = "there is no address to choose, or the key was used for another request"),
        (status = 422, description = "the wish cannot be read"),
    )
)]
pub(crate) async fn wish(
    State(web): State<Web>,
    who: Visitor,
    Path((site, id)): Path<(String, String)>,
    Sent(asked): Sent<WishRequest>,
) -> Result<(StatusCode, Json<PutDown>), Problem> {
    let row = at(&web, &site, &id).await?;
    let (wish, reason) = match asked {
        WishRequest::Approve => (Wish::Ship { bench: None }, String::new()),
        WishRequest::Hold { reason } => (Wish::Hold, said(reason)?),
        WishRequest::Release { reason } => (Wish::Release, reason),
        WishRequest::Retry => (Wish::Retry, String::new()),
        WishRequest::Print => (Wish::Print, String::new()),
        WishRequest::Seen => (Wish::Seen, String::new()),
        WishRequest::Service { service } => {
            let service: Service = service.parse().map_err(|error| unreadable(&error))?;
            (Wish::Service { service }, String::new())
        }
        WishRequest::Address { take } => {
            let address = Proposals::of(&runtime(&web, &row.site)?.site, &row)?.choose(take)?;
            (Wish::Address { address }, String::new())
        }
    };
    let wish = put_down(&web, &who, &row, &wish, &reason).await?;
    Ok((StatusCode::ACCEPTED, Json(PutDown { wish })))
}

/// Decides something a supervisor may decide.
#[utoipa::path(
    post, path = "/api/v1/shipments/{site}/{id}/decisions", tag = "write", request_body = DecisionRequest,
    params(
        ("site" = String, Path), ("id" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "the same request with the same key is done once"),
    ),
    responses(
        (status = 202, body = PutDown, description = "put down; what becomes of it stands in the history"),
        (status = 404, description = "not known, or not at a site of yours"),
        (status = 409, description = "the key was used for another request"),
        (status = 422, description = "the decision cannot be read, or its reason is missing"),
    )
)]
pub(crate) async fn decide(
    State(web): State<Web>,
    who: Visitor,
    Path((site, id)): Path<(String, String)>,
    Sent(asked): Sent<DecisionRequest>,
) -> Result<(StatusCode, Json<PutDown>), Problem> {
    let row = at(&web, &site, &id).await?;
    let (wish, reason) = match asked {
        DecisionRequest::Void { reason, restart } => (Wish::Void { restart }, reason),
        DecisionRequest::Withdraw { reason } => (Wish::Withdraw, reason),
        DecisionRequest::Absent { reason } => (Wish::Absent, reason),
        DecisionRequest::VoidPackages { packages, reason } => {
            let packages: Result<Vec<TrackingNumber>, _> = packages.iter().map(|it| it.parse()).collect();
            let packages = packages.map_err(|error| unreadable(&error))?;
            if packages.is_empty() {
                return Err(Problem::unusable("no package is named; `void` voids the whole shipment"));
            }
            (Wish::VoidPackages { packages }, reason)
        }
        DecisionRequest::VoidAndRestart { number, reason } => {
            let number: TrackingNumber = number.parse().map_err(|error| unreadable(&error))?;
            (Wish::VoidAndRestart { number }, reason)
        }
        DecisionRequest::Adopt { number, reason } => {
            let number: TrackingNumber = number.parse().map_err(|error| unreadable(&error))?;
            (Wish::Adopt { number }, reason)
        }
    };
    let wish = put_down(&web, &who, &row, &wish, &said(reason)?).await?;
    Ok((StatusCode::ACCEPTED, Json(PutDown { wish })))
}

fn unreadable(error: &dyn std::fmt::Display) -> Problem {
    Problem::unusable(error.to_string())
}

/// A reason, which must not be blank.
pub(super) fn said(reason: String) -> Result<String, Problem> {
    if reason.trim().is_empty() {
        return Err(Problem::unusable("a reason is missing; it stands in the history"));
    }
    Ok(reason)
}
