//! What the buttons do: each puts down one wish, under the visitor's name, and goes back to the page it came from.
//!
//! ```text
//! form ─► shipment of a site they may see ─► crate::wishing (as on the command line) ─► wish ─► 303 back, `did=…`
//! ```
//!
//! Nothing has happened yet when the page comes back: the engine carries the wish out, and the live part of the page shows it.

use axum::extract::{Path, State};
use axum::response::Redirect;
use shipment::address::Address;
use shipment::number::{ShipmentId, SiteName, TrackingNumber};
use shipment::service::Service;
use shipment::state::Stage;

use super::super::Web;
use super::super::forms::Fields;
use super::super::problem::Problem;
use super::super::sessions::Visitor;
use crate::app::SiteRuntime;
use crate::engine::wishes::Wish;
use crate::people::Right;
use crate::store::ShipmentRow;
use crate::wishing::{self, Proposals};

/// A shipment's address.
pub(crate) type At = Path<(SiteName, ShipmentId)>;

/// The shipment at an address.
pub(in crate::web) async fn found(web: &Web, site: &SiteName, id: ShipmentId) -> Result<ShipmentRow, Problem> {
    web.app().store.shipment(site, id).await?.ok_or_else(|| Problem::not_found(format!("shipment {id}")))
}

/// A site that is alive here.
pub(in crate::web) fn runtime(web: &Web, site: &SiteName) -> Result<std::sync::Arc<SiteRuntime>, Problem> {
    web.app().site(site).ok_or_else(|| Problem::not_found(format!("site {site}")))
}

/// Puts a wish down under the visitor's name.
pub(in crate::web) async fn put_down(
    web: &Web,
    visitor: &Visitor,
    row: &ShipmentRow,
    wish: &Wish,
    reason: &str,
) -> Result<String, Problem> {
    let app = web.app();
    Ok(wishing::put_down(&app.store, row, wish, &visitor.name, reason, app.clock.now()).await?)
}

async fn one(web: &Web, visitor: &Visitor, at: &At, fields: &Fields, wish: Wish) -> Result<Redirect, Problem> {
    let row = found(web, &at.0.0, at.0.1).await?;
    let kind = put_down(web, visitor, &row, &wish, fields.get("reason").unwrap_or("")).await?;
    Ok(back(fields, &kind))
}

/// Back to the page the form stood on, which then says what was put down.
pub(super) fn back(fields: &Fields, did: &str) -> Redirect {
    let page = fields.get("back").filter(|it| it.starts_with('/') && !it.starts_with("//") && !it.contains('\\'));
    let page = page.unwrap_or("/shipments");
    let joint = if page.contains('?') { '&' } else { '?' };
    Redirect::to(&format!("{page}{joint}did={did}"))
}

/// What was just put down, in words; a name nobody knows says nothing.
pub(super) fn did(fields: &Fields) -> Option<&'static str> {
    Some(match fields.get("did")? {
        "ship" => "Put down: it gets its label now, if nothing stands in the way.",
        "hold" => "Put down: it stops here until somebody releases it.",
        "release" => "Put down: the document is read again and goes on.",
        "retry" => "Put down: it is tried again now.",
        "address" => "Put down: it ships to the chosen address, which is remembered.",
        "service" => "Put down: it ships by the chosen service.",
        "print" => "Put down: the label is printed again; nothing is bought.",
        "void" => "Put down: UPS is asked to void the label.",
        "adopt" => "Put down: UPS is asked for that number, and it is adopted if it is ours.",
        "void_and_restart" => "Put down: UPS is asked for that number, voids it, and the document is shipped anew.",
        "absent" => "Put down: one more attempt, once UPS can no longer be working on the last one.",
        "withdraw" => "Put down: it is not shipped from here.",
        "seen" => "Put down: you have looked at it.",
        "bulk" => "Put down for all that were chosen.",
        "applied" => "The site file is applied. Nothing is bought yet: try everything, from top to bottom.",
        "run" => "It is due now and runs in a moment.",
        "paused" => "It rests until somebody lets it run again.",
        "resumed" => "It runs again; what it missed is made up once.",
        "ship_via" => "The rule is remembered; all that waited for it go on.",
        "void_packages" => "Put down: UPS is asked to void those packages; the others go on.",
        "tested" => "A test page was sent. Look whether it came out.",
        "mode" => "The mode is changed.",
        "revoked" => "The token is revoked.",
        "added" => "They may log in now.",
        "changed" => "Changed; their browsers are logged out.",
        _ => return None,
    })
}

pub(crate) async fn approve(State(web): State<Web>, who: Visitor, at: At, fields: Fields) -> Result<Redirect, Problem> {
    one(&web, &who, &at, &fields, Wish::Ship { bench: None }).await
}

pub(crate) async fn ship(State(web): State<Web>, who: Visitor, at: At, fields: Fields) -> Result<Redirect, Problem> {
    let wish = Wish::Ship { bench: bench(&*runtime(&web, &at.0.0)?, &fields)? };
    one(&web, &who, &at, &fields, wish).await
}

/// What a form says stands on the scale.
pub(super) fn bench(site: &SiteRuntime, fields: &Fields) -> Result<Option<shipment::packing::Bench>, Problem> {
    let typed = fields.get("weights").unwrap_or("");
    // "12.4 lb" is one weight, "12.4 8.1" are two.
    let mut weights: Vec<String> = Vec::new();
    for word in typed.split([' ', ';']).filter(|it| !it.is_empty()) {
        match weights.last_mut() {
            Some(last) if word.starts_with(char::is_alphabetic) => {
                last.push(' ');
                last.push_str(word);
            }
            _ => weights.push(word.to_owned()),
        }
    }
    let boxes: Option<u16> = fields.parsed("boxes")?;
    if weights.is_empty() && boxes.is_some() {
        return Err(Problem::unusable("boxes need a weight; type what one of them weighs"));
    }
    if boxes.is_some_and(|it| !(1..=200).contains(&it)) {
        return Err(Problem::unusable("UPS takes 1 to 200 packages in one shipment"));
    }
    Ok(wishing::bench(&site.site, &weights, boxes, fields.get("box"))?)
}

pub(crate) async fn retry(State(web): State<Web>, who: Visitor, at: At, fields: Fields) -> Result<Redirect, Problem> {
    one(&web, &who, &at, &fields, Wish::Retry).await
}

pub(crate) async fn hold(State(web): State<Web>, who: Visitor, at: At, fields: Fields) -> Result<Redirect, Problem> {
    fields.required("reason")?;
    one(&web, &who, &at, &fields, Wish::Hold).await
}

pub(crate) async fn release(State(web): State<Web>, who: Visitor, at: At, fields: Fields) -> Result<Redirect, Problem> {
    one(&web, &who, &at, &fields, Wish::Release).await
}

pub(crate) async fn seen(State(web): State<Web>, who: Visitor, at: At, fields: Fields) -> Result<Redirect, Problem> {
    one(&web, &who, &at, &fields, Wish::Seen).await
}

pub(crate) async fn print(State(web): State<Web>, who: Visitor, at: At, fields: Fields) -> Result<Redirect, Problem> {
    one(&web, &who, &at, &fields, Wish::Print).await
}

pub(crate) async fn service(State(web): State<Web>, who: Visitor, at: At, fields: Fields) -> Result<Redirect, Problem> {
    let service: Service = fields.parsed("service")?.ok_or_else(|| Problem::unusable("no service is chosen"))?;
    one(&web, &who, &at, &fields, Wish::Service { service }).await
}

pub(crate) async fn address(State(web): State<Web>, who: Visitor, at: At, fields: Fields) -> Result<Redirect, Problem> {
    let row = found(&web, &at.0.0, at.0.1).await?;
    let proposals = Proposals::of(&runtime(&web, &at.0.0)?.site, &row)?;
    let address = match fields.required("take")? {
        "as-written" => proposals.choose(None)?,
        "typed" => typed(&proposals.written, &fields)?,
        number => {
            let number = number.parse().map_err(|_| Problem::unusable("that proposal has no number"))?;
            proposals.choose(Some(number))?
        }
    };
    one(&web, &who, &at, &fields, Wish::Address { address }).await
}

/// An address as somebody typed it; what the form does not ask for stays.
fn typed(written: &Address, fields: &Fields) -> Result<Address, Problem> {
    let lines = fields.required("street")?.split(',').map(|it| it.trim().to_owned()).filter(|it| !it.is_empty());
    Ok(Address {
        name: fields.required("name")?.to_owned(),
        lines: lines.collect(),
        city: fields.required("city")?.to_owned(),
        state: fields.get("state").unwrap_or("").to_owned(),
        postal_code: fields.required("postal_code")?.to_owned(),
        ..written.clone()
    })
}

// ---- what a supervisor decides ----

pub(crate) async fn void(State(web): State<Web>, who: Visitor, at: At, fields: Fields) -> Result<Redirect, Problem> {
    fields.required("reason")?;
    let packages: Result<Vec<TrackingNumber>, _> = fields.all("package").map(str::parse).collect();
    let packages =
        packages.map_err(|error| Problem::unusable(format!("a package's number cannot be read: {error}")))?;
    let restart = fields.get("restart").is_some();
    let wish = match (packages.is_empty(), restart) {
        (true, restart) => Wish::Void { restart },
        (false, false) => Wish::VoidPackages { packages },
        (false, true) => {
            return Err(Problem::unusable("single packages are voided without shipping anew; tick none for the whole"));
        }
    };
    one(&web, &who, &at, &fields, wish).await
}

pub(crate) async fn withdraw(
    State(web): State<Web>,
    who: Visitor,
    at: At,
    fields: Fields,
) -> Result<Redirect, Problem> {
    fields.required("reason")?;
    one(&web, &who, &at, &fields, Wish::Withdraw).await
}

pub(crate) async fn adopt(State(web): State<Web>, who: Visitor, at: At, fields: Fields) -> Result<Redirect, Problem> {
    fields.required("reason")?;
    let number: TrackingNumber = fields.parsed("number")?.ok_or_else(|| Problem::unusable("no number is given"))?;
    let wish = match fields.get("unwanted") {
        Some(_) => Wish::VoidAndRestart { number },
        None => Wish::Adopt { number },
    };
    one(&web, &who, &at, &fields, wish).await
}

pub(crate) async fn absent(State(web): State<Web>, who: Visitor, at: At, fields: Fields) -> Result<Redirect, Problem> {
    fields.required("reason")?;
    one(&web, &who, &at, &fields, Wish::Absent).await
}

// ---- many at once ----

/// The desk, many at once: those that were ticked do not exist, or a decision in each line, as `shipment resolve --file` reads it.
pub(crate) async fn resolve(State(web): State<Web>, who: Visitor, fields: Fields) -> Result<Redirect, Problem> {
    let reason = fields.required("reason")?;
    let mut decided = Vec::new();
    for pick in fields.all("pick") {
        let Some((Ok(site), Ok(id))) = pick.split_once('/').map(|(site, id)| (site.parse(), id.parse())) else {
            continue;
        };
        if who.sites.includes(&site) {
            decided.push((found(&web, &site, id).await?, Wish::Absent));
        }
    }
    let lines = fields.get("decisions").unwrap_or("").lines().map(str::trim);
    for line in lines.filter(|it| !it.is_empty() && !it.starts_with('#')) {
        let (document, wish) = wishing::decision(line).map_err(|why| Problem::unusable(format!("{line}: {why}")))?;
        let mut rows = web.app().store.find(None, &document).await?;
        rows.retain(|it| it.stage == Stage::InDoubt.as_str() && who.sites.includes(&it.site));
        match <[ShipmentRow; 1]>::try_from(rows) {
            Ok([row]) => decided.push((row, wish)),
            Err(rows) if rows.is_empty() => return Err(Problem::conflict(format!("{line}: it is not at the desk"))),
            Err(_) => {
                return Err(Problem::conflict(format!("{line}: several documents of that number are at the desk")));
            }
        }
    }
    if decided.is_empty() {
        return Err(Problem::unusable("nothing was ticked, and no line says a decision"));
    }
    // Everything was read before the first is put down: a mistake in a line leaves all as they were.
    for (row, wish) in &decided {
        put_down(&web, &who, row, wish, reason).await?;
    }
    Ok(back(&fields, "bulk"))
}

/// One wish for every shipment that was ticked; one that is gone or not theirs stops none of the others.
pub(crate) async fn bulk(State(web): State<Web>, who: Visitor, fields: Fields) -> Result<Redirect, Problem> {
    let wish = match fields.required("action")? {
        "approve" => Wish::Ship { bench: None },
        "retry" => Wish::Retry,
        "release" => Wish::Release,
        "print" => Wish::Print,
        "seen" => Wish::Seen,
        "hold" => {
            fields.required("reason")?;
            Wish::Hold
        }
        _ => return Err(Problem::unusable("that cannot be done to several at once")),
    };
    let mut picked = 0_usize;
    for pick in fields.all("pick") {
        let Some((Ok(site), Ok(id))) = pick.split_once('/').map(|(site, id)| (site.parse(), id.parse())) else {
            continue;
        };
        if !who.sites.includes(&site) || !who.may(Right::Ship) {
            continue;
        }
        if let Some(row) = web.app().store.shipment(&site, id).await? {
            put_down(&web, &who, &row, &wish, fields.get("reason").unwrap_or("")).await?;
            picked += 1;
        }
    }
    if picked == 0 {
        return Err(Problem::unusable("nothing was ticked; tick the shipments first"));
    }
    Ok(back(&fields, "bulk"))
}
