//! Accepted corrections of the address book become SYSPRO's: written, and read back.
//!
//! ```text
//! accepted ─► read ship-to ─ not what was checked ─► settled: check again
//!                │
//!                └─► ARSSMA (only what differs) ─► read back ─► open orders that carry it: SORTOI ─► read back ─► settled
//! ```
//!
//! What is written is compared with what stands there first, so doing it twice costs a reading. Only what is known for
//! certain is an outcome: a row without one, after a crash or a call that did not get through, is done again. The
//! customer's own address is no ship-to address and has no business object that writes it here: it is settled as a
//! person's to correct. Orders are changed only where they carry the very text that was corrected, are still open, and
//! are not on their way.

use std::sync::Arc;

use jiff::SignedDuration;
use shipment::address::{Address, Rewrite};
use shipment::document::SysproAddress;
use shipment::number::SalesOrderNumber;
use shipment::remedy::Remedy;
use syspro::{Find, OrderChange, PostalAddress, Posting, Row, SetupVerb, ShipToChange};

use crate::address_book::{ADDRESS, Finding, SHIP_TOS, address_of, text_of};
use crate::app::{App, SiteRuntime};
use crate::remote::Remote;
use crate::remote::session::Seat;
use crate::remote::trouble::Trouble;
use crate::store::{AddressCheckRow, ORDERS_WAIT, StoreError};

/// How many corrections are carried out in one go, so that shipments are not kept waiting for the session.
const BATCH: usize = 20;
/// The first and the longest wait before one that failed in passing is tried again: it must not keep the others from
/// their turn.
const FIRST_WAIT: SignedDuration = SignedDuration::from_mins(1);
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(6);
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
        let rows = app.store.accepted_corrections(&site.site.name, app.clock.now(), BATCH).await?;
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
        let mut tried = one(app, &seat, site, &row).await;
        if tried.code() == Some("session_lost") {
            seat.lost().await?;
            tried = one(app, &seat, site, &row).await;
        }
        let code = tried.code().map(str::to_owned);
        let Tried { words, left } = tried;
        if let Some(words) = words.filter(|words| row.outcome.as_ref() != Some(words))
            && !app.store.settle_correction(&site.site.name, &row, &words).await?
        {
            tracing::info!(customer = %row.customer, ship_to = %row.code, "an address was checked anew while it was written");
        }
        match left {
            Some(trouble) if trouble.is_the_sites() => return Err(trouble),
            Some(trouble) => {
                tracing::warn!(customer = %row.customer, ship_to = %row.code, trouble = %trouble.words, "an accepted address waits");
                let wait = FIRST_WAIT.checked_mul(1 << row.tries.min(9)).unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT);
                app.store.postpone_correction(&site.site.name, &row, app.clock.now() + wait).await?;
            }
            None => {}
        }
        // What SYSPRO still does with a session whose call hung is unknown, so that session is not used again.
        if code.as_deref() == Some("answer_lost") {
            seat.renew().await?;
        }
    }
    Ok(())
}

/// How far one correction came.
struct Tried {
    /// What is known of it for certain; none while nothing is.
    words: Option<String>,
    /// What passes and is tried again.
    left: Option<Trouble>,
}

impl Tried {
    fn code(&self) -> Option<&str> {
        self.left.as_ref().map(|trouble| trouble.code.as_str())
    }
}

/// The ship-to of a correction.
enum Written {
    /// It stands there, read back: as it was, and as it is now.
    Proven(Box<(SysproAddress, Address)>),
    /// It is not there and will not be, and why.
    Refused(String),
}

/// One correction: its ship-to and then, once that is proven, its open orders.
async fn one(app: &App, seat: &Seat<'_>, site: &SiteRuntime, row: &AddressCheckRow) -> Tried {
    let (was, now) = match write_ship_to(seat, site, row).await {
        Ok(Written::Proven(both)) => *both,
        Ok(Written::Refused(_)) if row.outcome.is_some() => {
            let words = "written and read back; it has changed in SYSPRO since, and its open orders were left";
            return Tried { words: Some(words.to_owned()), left: None };
        }
        Ok(Written::Refused(why)) => return Tried { words: Some(format!("not written: {why}")), left: None },
        Err(trouble) if row.outcome.is_none() && matches!(trouble.remedy, Remedy::FixData { .. }) => {
            return Tried { words: Some(format!("not written: {}", trouble.words)), left: None };
        }
        Err(trouble) => return Tried { words: None, left: Some(trouble) },
    };
    match orders(app, seat, site, row, &was, &now).await {
        Ok(orders) => Tried { words: Some(format!("written and read back{orders}")), left: None },
        Err(trouble) => Tried { words: Some(format!("{ORDERS_WAIT}: {}", trouble.words)), left: Some(trouble) },
    }
}

async fn write_ship_to(seat: &Seat<'_>, site: &SiteRuntime, row: &AddressCheckRow) -> Result<Written, Trouble> {
    let refused = |why: &str| Ok(Written::Refused(why.to_owned()));
    let finding: Option<Finding> = serde_json::from_str(&row.body).ok();
    let Some((was, now)) = finding.and_then(|it| Some((it.was, it.now?))) else {
        return refused("there is no correction to write");
    };
    if row.code.is_empty() {
        return refused("it is the customer's own address; correct it in SYSPRO's customer maintenance");
    }
    let Some(standing) = ship_to(seat, row).await? else {
        return refused("SYSPRO no longer has this ship-to address");
    };
    let rewrite = match site.site.address.rewrite(&standing, &now) {
        Ok(rewrite) => rewrite,
        Err(no_room) => return Ok(Written::Refused(format!("{no_room}; enter it in SYSPRO by hand"))),
    };
    if rewrite.is_empty() {
        return Ok(Written::Proven(Box::new((was, now))));
    }
    if text_of(&standing) != row.asked {
        return refused("it has changed in SYSPRO since it was checked; check it again");
    }
    let change = ShipToChange { customer: row.customer.clone(), code: row.code.clone(), address: written(&rewrite) };
    let token = seat.token()?;
    let posted = seat.site.enet.arssma(&token, &[change], SetupVerb::Update, Posting::default()).await;
    let error = against(posted)?;
    // Whatever it said, only what stands there counts.
    let wanted = rewrite.applied_to(&standing);
    let held = ship_to(seat, row).await?.unwrap_or_default();
    match error {
        _ if text_of(&held) == text_of(&wanted) => Ok(Written::Proven(Box::new((was, now)))),
        Some(error) if passes(&error) => Err(error.into()),
        Some(error) => Ok(Written::Refused(error.to_string())),
        None => refused("SYSPRO took it without a word and still has the old address"),
    }
}

/// What went against a post, if anything, for reading back to settle; without a way to SYSPRO there is no reading back.
fn against<T>(posted: Result<T, syspro::Error>) -> Result<Option<syspro::Error>, Trouble> {
    match posted {
        Ok(_) => Ok(None),
        Err(error @ (syspro::Error::Unreachable { .. } | syspro::Error::SessionLost { .. })) => Err(error.into()),
        Err(error) => Ok(Some(error)),
    }
}

/// Whether the same post may work later: it did not get through, or somebody else is working on the record. Anything else
/// is SYSPRO's word against it.
fn passes(error: &syspro::Error) -> bool {
    use syspro::Error as E;
    error.is_locked() || matches!(error, E::AnswerLost { .. } | E::Unavailable { .. } | E::Unreadable { .. })
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

/// Changes the ship-to of open orders that carry the address as it was; what became of them, in words. An order that is
/// on its way keeps the address that stands on its label.
async fn orders(
    app: &App,
    seat: &Seat<'_>,
    site: &SiteRuntime,
    row: &AddressCheckRow,
    was: &SysproAddress,
    now: &Address,
) -> Result<String, Trouble> {
    let token = seat.token()?;
    let mut changed = 0;
    let mut refused = Vec::new();
    let mut on_their_way = Vec::new();
    for order in seat.site.enet.comfnd(&token, &of_ship_to(row)).await? {
        let (Some(number), status) = (order.raw("SalesOrder"), order.get("OrderStatus").unwrap_or_default()) else {
            continue;
        };
        let standing = order_address(&order);
        if CLOSED.contains(&status) || text_of(&standing) != text_of(was) {
            continue;
        }
        let Ok(rewrite) = site.site.address.rewrite(&standing, now) else { continue };
        if let Ok(known) = number.trim().parse::<SalesOrderNumber>()
            && app.store.is_on_its_way(&site.site.name, &known).await?
        {
            on_their_way.push(known.canonical());
            continue;
        }
        let change = OrderChange::new(number).ship_to(written(&rewrite));
        // What is locked or has a live dispatch note is refused; its label is held and a person decides.
        let error = against(seat.site.enet.sortoi(&token, &[change], Posting::default()).await)?;
        let again = Find::new("SorMaster").columns(order_columns()).where_eq("SalesOrder", number).first(1);
        let held = seat.site.enet.comfnd(&token, &again).await?;
        let wanted = text_of(&rewrite.applied_to(&standing));
        match (held.first().map(order_address), error) {
            (Some(held), _) if text_of(&held) == wanted => changed += 1,
            (_, Some(error)) if passes(&error) && !error.is_locked() => return Err(error.into()),
            _ => refused.push(number.trim().to_owned()),
        }
    }
    let mut words = match changed {
        0 => String::new(),
        1 => "; 1 open order changed and read back".to_owned(),
        many => format!("; {many} open orders changed and read back"),
    };
    if !refused.is_empty() {
        words.push_str(&format!("; SYSPRO keeps the old address on order {}", refused.join(", ")));
    }
    for order in on_their_way {
        words.push_str(&format!("; order {order} is already on its way and was left"));
    }
    Ok(words)
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
