//! Accepted corrections of the address book become SYSPRO's: written, and read back.
//!
//! ```text
//! accepted ─► read ship-to ─ not what was checked ─► settled: check again
//!                │
//!                └─► ARSSMA (only what differs) ─► read back ─► open orders that carry it: SORTOI ─► read back ─► settled
//! ```
//!
//! What is written is compared with what stands there first, so doing it twice costs a reading. A row without an outcome
//! is done again after a crash. The customer's own address is no ship-to address and has no business object that writes
//! it here: it is settled as a person's to correct. Orders are changed only where they carry the very text that was
//! corrected, and are still open.

use std::sync::Arc;

use shipment::address::Rewrite;
use shipment::document::SysproAddress;
use syspro::{Find, OrderChange, PostalAddress, Posting, Row, SetupVerb, ShipToChange};

use crate::address_book::{ADDRESS, Finding, SHIP_TOS, address_of, text_of};
use crate::app::{App, SiteRuntime};
use crate::remote::Remote;
use crate::remote::session::Seat;
use crate::remote::trouble::Trouble;
use crate::store::{AddressCheckRow, StoreError};

/// How many corrections are carried out in one go, so that shipments are not kept waiting for the session.
const BATCH: usize = 20;
/// Statuses of orders whose ship-to no longer matters: ready to invoice, complete, cancelled.
const CLOSED: [&str; 5] = ["8", "9", "*", "\\", "/"];

/// Carries out what was accepted, at every site that may write.
///
/// # Errors
/// When the store fails; a remote that is away pauses its site.
pub(crate) async fn carry_out(app: &App) -> Result<(), StoreError> {
    for site in app.sites() {
        let away = site.paused().syspro.is_some_and(|until| until > app.clock.now());
        if away || !site.site.may_write_to_syspro() {
            continue;
        }
        let rows = app.store.accepted_corrections(&site.site.name, BATCH).await?;
        if rows.is_empty() {
            continue;
        }
        if let Err(trouble) = correct(app, &site, rows).await {
            tracing::warn!(site = %site.site.name, trouble = %trouble.words, "accepted addresses wait");
            if trouble.is_the_sites() {
                app.pause(&site, Remote::Syspro, &trouble).await?;
            }
        }
    }
    Ok(())
}

async fn correct(app: &App, site: &Arc<SiteRuntime>, rows: Vec<AddressCheckRow>) -> Result<(), Trouble> {
    let mut seat = app.sessions.take(app, site).await?;
    for row in rows {
        let outcome = match one(&mut seat, site, &row).await {
            Err(trouble) if trouble.code == "session_lost" => {
                seat.lost().await?;
                one(&mut seat, site, &row).await
            }
            done => done,
        };
        let words = match outcome {
            Ok(words) => words,
            Err(trouble) if trouble.is_the_sites() => return Err(trouble),
            Err(trouble) => format!("not written: {}", trouble.words),
        };
        app.store.settle_correction(&site.site.name, (&row.customer, &row.code), &words).await?;
    }
    Ok(())
}

/// One correction, and what became of it.
async fn one(seat: &mut Seat<'_>, site: &SiteRuntime, row: &AddressCheckRow) -> Result<String, Trouble> {
    let finding: Option<Finding> = serde_json::from_str(&row.body).ok();
    let Some((was, now)) = finding.and_then(|it| Some((it.was, it.now?))) else {
        return Ok("not written: there is no correction to write".to_owned());
    };
    if row.code.is_empty() {
        let words = "not written: it is the customer's own address; correct it in SYSPRO's customer maintenance";
        return Ok(words.to_owned());
    }
    let Some(standing) = ship_to(seat, row).await? else {
        return Ok("not written: SYSPRO no longer has this ship-to address".to_owned());
    };
    let rewrite = match site.site.address.rewrite(&standing, &now) {
        Ok(rewrite) => rewrite,
        Err(no_room) => return Ok(format!("not written: {no_room}; enter it in SYSPRO by hand")),
    };
    if !rewrite.is_empty() && text_of(&standing) != row.asked {
        return Ok("not written: it has changed in SYSPRO since it was checked; check it again".to_owned());
    }
    if !rewrite.is_empty() {
        let change =
            ShipToChange { customer: row.customer.clone(), code: row.code.clone(), address: written(&rewrite) };
        let token = seat.token()?;
        let posted = seat.site.enet.arssma(&token, &[change], SetupVerb::Update, Posting::default()).await;
        let said = refusal(posted)?;
        // Whatever it said, only what stands there counts.
        let wanted = rewrite.applied_to(&standing);
        let held = ship_to(seat, row).await?.unwrap_or_default();
        if text_of(&held) != text_of(&wanted) {
            let said = said.unwrap_or_else(|| "SYSPRO took it without a word and still has the old address".to_owned());
            return Ok(format!("not written: {said}"));
        }
    }
    let orders = orders(seat, site, row, &was, &now).await?;
    Ok(format!("written and read back{orders}"))
}

/// What SYSPRO said against a post, if anything; only a failure that reading back cannot settle is one.
fn refusal<T>(posted: Result<T, syspro::Error>) -> Result<Option<String>, Trouble> {
    match posted {
        Ok(_) => Ok(None),
        Err(error @ (syspro::Error::Unreachable { .. } | syspro::Error::SessionLost { .. })) => Err(error.into()),
        Err(error) => Ok(Some(error.to_string())),
    }
}

fn written(rewrite: &Rewrite) -> PostalAddress {
    PostalAddress {
        lines: rewrite.lines.clone(),
        postal_code: rewrite.postal_code.clone(),
        state: rewrite.state.clone(),
        ..PostalAddress::default()
    }
}

async fn ship_to(seat: &Seat<'_>, row: &AddressCheckRow) -> Result<Option<SysproAddress>, Trouble> {
    let find = Find::new(SHIP_TOS.table)
        .columns(ADDRESS)
        .where_eq("Customer", &row.customer)
        .where_eq("AddrCode", &row.code)
        .first(1);
    let rows = seat.site.enet.comfnd(&seat.token()?, &find).await?;
    Ok(rows.first().map(|it| address_of(it, "ShipToName")))
}

/// Changes the ship-to of open orders that carry the address as it was; what became of them, in words.
async fn orders(
    seat: &Seat<'_>,
    site: &SiteRuntime,
    row: &AddressCheckRow,
    was: &SysproAddress,
    now: &shipment::address::Address,
) -> Result<String, Trouble> {
    let token = seat.token()?;
    let mut changed = 0;
    let mut refused = Vec::new();
    for order in seat.site.enet.comfnd(&token, &of_ship_to(row)).await? {
        let (Some(number), status) = (order.raw("SalesOrder"), order.get("OrderStatus").unwrap_or_default()) else {
            continue;
        };
        let standing = order_address(&order);
        if CLOSED.contains(&status) || text_of(&standing) != text_of(was) {
            continue;
        }
        let Ok(rewrite) = site.site.address.rewrite(&standing, now) else { continue };
        let change = OrderChange::new(number).ship_to(written(&rewrite));
        // What is locked or has a live dispatch note is refused; its label is held and a person decides.
        refusal(seat.site.enet.sortoi(&token, &[change], Posting::default()).await)?;
        let again = Find::new("SorMaster").columns(order_columns()).where_eq("SalesOrder", number).first(1);
        let held = seat.site.enet.comfnd(&token, &again).await?;
        let wanted = text_of(&rewrite.applied_to(&standing));
        match held.first().map(order_address) {
            Some(held) if text_of(&held) == wanted => changed += 1,
            _ => refused.push(number.trim().to_owned()),
        }
    }
    let changed = match changed {
        0 => String::new(),
        1 => "; 1 open order changed and read back".to_owned(),
        many => format!("; {many} open orders changed and read back"),
    };
    let refused = if refused.is_empty() {
        String::new()
    } else {
        format!("; SYSPRO keeps the old address on order {}", refused.join(", "))
    };
    Ok(format!("{changed}{refused}"))
}

fn of_ship_to(row: &AddressCheckRow) -> Find {
    Find::new("SorMaster")
        .columns(order_columns())
        .where_eq("Customer", &row.customer)
        .where_eq("MultiShipCode", &row.code)
        .order_by(["SalesOrder"])
}

fn order_columns() -> Vec<String> {
    let lines = (1..=5).map(|line| format!("ShipAddress{line}"));
    let others = ["SalesOrder", "OrderStatus", "ShipPostalCode", "State", "Nationality"];
    others.into_iter().map(str::to_owned).chain(lines).collect()
}

fn order_address(row: &Row) -> SysproAddress {
    let text = |column: &str| row.get(column).unwrap_or_default().to_owned();
    SysproAddress {
        name: String::new(),
        lines: [1, 2, 3, 4, 5].map(|line| text(&format!("ShipAddress{line}"))),
        postal_code: text("ShipPostalCode"),
        state: text("State"),
        nationality: text("Nationality"),
    }
}
