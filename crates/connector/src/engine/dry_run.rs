//! The engine with its hands tied: the same steps as far as they only ask, and nothing of it is kept.
//!
//! ```text
//! reading ─► decide ─► address check · packages · quote ─► … ─► Rated: what the booking would send
//!                └─ anything that buys, writes, prints or waits ─► here it stops, and says so
//! ```
//!
//! The steps are the engine's own, so a plan cannot differ from what will be done; only the journey they run on is never
//! recorded. UPS is asked twice (address, price), and neither costs anything. A remote that is paused for the site is
//! left alone here as well.

use std::sync::Arc;

use jiff::Timestamp;
use shipment::decide::{Next, Step};
use shipment::number::{AttemptNumber, Reference, ShipmentId};
use shipment::state::{Rated, Received, State};

use super::journey::Journey;
use super::life::Life;
use super::{address, packing, rating, request};
use crate::app::{App, SiteRuntime};
use crate::remote::trouble::Trouble;
use crate::store::ClaimedRow;

/// Where a shipment would get to.
#[derive(Debug)]
pub(crate) struct Walked {
    /// The state it would reach before anything is bought.
    pub(crate) state: State,
    /// What the audit trail would say of the way there.
    pub(crate) told: Vec<String>,
    /// What would come next.
    pub(crate) next: Next,
    /// What the last step failed with, if it failed.
    pub(crate) trouble: Option<Trouble>,
}

/// Walks a reading as far as nothing is changed by it, here or elsewhere.
///
/// # Errors
/// When the reading cannot be kept as a state, which is a defect.
pub(crate) async fn walk(app: &App, site: &Arc<SiteRuntime>, received: Received) -> Result<Walked, serde_json::Error> {
    let mut journey = Journey::begin(Arc::clone(site), unclaimed(site, received, app.clock.now())?)?;
    let mut trouble = None;
    let mut next = journey.next(app.clock.now());
    for _ in 0..super::LONGEST_WALK {
        let now = app.clock.now();
        next = journey.next(now);
        let done = match next {
            Next::Do(Step::CheckAddress) => address::settle(app, &mut journey, now).await,
            // A quote that is there already is asked for again only when its day has passed.
            Next::Do(Step::Quote) => rating::quote(&mut journey, now).await,
            Next::Do(Step::Pack) => {
                packing::plan(&mut journey, now);
                Ok(())
            }
            Next::Do(_) | Next::At(..) | Next::Person(_) | Next::Rest => break,
        };
        if let Err(failed) = done {
            trouble = Some(failed);
            break;
        }
    }
    let told = journey.lines().iter().map(|line| line.words.clone()).collect();
    Ok(Walked { state: journey.life.state, told, next, trouble })
}

/// A row as a claim would give it, of a shipment that is nowhere.
fn unclaimed(site: &SiteRuntime, received: Received, now: Timestamp) -> Result<ClaimedRow, serde_json::Error> {
    let document = &received.document;
    Ok(ClaimedRow {
        site: site.site.name.clone(),
        id: ShipmentId(uuid::Uuid::nil()),
        source: document.source,
        document: document.number.clone(),
        release: document.release,
        seq: 0,
        epoch: 0,
        woken: 0,
        tries: 0,
        stage: String::new(),
        lane: String::new(),
        due_at: None,
        settings_version: site.version,
        lease_until: now,
        created_at: now,
        wishes: Vec::new(),
        state: serde_json::to_string(&Life::new(State::Received(Box::new(received))))?,
    })
}

/// The booking as the next attempt would send it, and the reference under which it would be asked for. `None` where the
/// engine would hold it for want of a ship-from or a service.
pub(crate) fn booking_of(site: &SiteRuntime, rated: &Rated) -> Option<(ups::ShipRequest, Reference)> {
    let received = rated.received();
    let document = &received.document;
    let ship_from = site.site.ship_from(&document.warehouse)?;
    let number = AttemptNumber(received.attempts_made + 1);
    let reference = Reference::derive(&site.site.name, &document.source, &document.number, document.release, number);
    let request = request::booking_of(&site.site, ship_from, rated, received.service.as_ref()?, &reference);
    Some((request, reference))
}
