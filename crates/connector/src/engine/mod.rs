//! The loop that moves every shipment, and the only place that changes anything at UPS or SYSPRO.
//!
//! ```text
//! claim due ─► decide (pure) ─► perform ─► apply (pure) ─► … ─► record: state + audit + next due ─► let go
//!    ▲                             │ same lane, nothing to wait for: walk on in memory                │
//!    └────────────────────── due again, perhaps in another lane ◄─────────────────────────────────────┘
//! ```
//!
//! A lane is where a step waits: `ups` (many at a time), `tracking` (what shipping leaves room for), two per SYSPRO
//! operator (one session, so in batches: readings begin at once, write-backs wait for each other), one per printer (one
//! sheet after another). Webhooks, people and timers only make a shipment due; the rare way and the daily way are one way. What a crash costs: the steps since the last record are done again, and none of them buys anything,
//! because the one that does records its intent first. What is deliberately not here: rules (`shipment`), SQL (`store`).

pub(crate) mod address;
pub(crate) mod address_book;
pub(crate) mod booking;
mod company;
mod doubt;
pub(crate) mod dry_run;
mod inquiry;
pub(crate) mod journey;
pub(crate) mod label;
pub mod life;
pub(crate) mod packing;
pub(crate) mod rating;
pub(crate) mod reading;
pub mod reconcile;
pub(crate) mod request;
pub(crate) mod subscriptions;
pub(crate) mod tracking;
pub(crate) mod void;
mod watch;
pub mod wishes;
pub(crate) mod write_back;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::{join, join_all};
use jiff::{SignedDuration, Timestamp};
use shipment::decide::{Lane, Next, Step};
use shipment::remedy::Remedy;
use shipment::state::{Event, Part};
use tokio::task::JoinSet;

use crate::app::App;
use crate::crash::{self, Point};
use crate::remote::Remote;
use crate::remote::session::Sessions;
use crate::remote::trouble::Trouble;
use crate::store::{ClaimAsk, ClaimedRow, SessionKey, StoreError};
use booking::Asked;
use company::Company;
use journey::{ENGINE, Journey};

/// The lane of calls to UPS.
pub(crate) const UPS_LANE: &str = "ups";
/// The lane of questions about parcels.
pub(crate) const TRACKING_LANE: &str = "tracking";
/// How many parcels are asked about at once; one while anything waits to be shipped.
const TRACKING_AT_ONCE: usize = 16;
/// How the lanes of readings at SYSPRO begin; then comes the operator.
const SYSPRO_LANE: &str = "syspro:";
/// How the lanes of write-backs begin.
pub(crate) const WRITE_BACK_LANE: &str = "write-back:";
/// How many shipments of a node talk to UPS at once, unless `serve` is told otherwise.
pub(crate) const UPS_AT_ONCE: usize = 64;
/// How many shipments share SYSPRO documents.
const SYSPRO_BATCH: usize = 100;
/// How many labels are fetched for one printer at a time.
const PRINTER_BATCH: usize = 8;
/// A claim's lease, real time: longer than any batch's deadlines.
const LEASE: SignedDuration = SignedDuration::from_mins(5);
/// More steps than any way through the states has; a walk that takes more is put aside.
const LONGEST_WALK: usize = 24;

/// A number from 0 to 65 535 for the jitter of retries.
pub(crate) fn chance() -> u16 {
    fastrand::u16(..)
}

/// How long a lane is left alone whose session another node has, real time.
const LEFT_ALONE: Duration = Duration::from_secs(1);

/// How it went with a lane.
enum Lain {
    /// What was due when it began is done.
    Empty,
    /// Another node has the operator's session, and works on what is due.
    Elsewhere,
}

/// Performs everything that is due, until nothing is.
///
/// When the store fails nothing new is begun, and what is under way is waited for: an answer of UPS's that is still to
/// come is worth more than an early end.
///
/// # Errors
/// When the store cannot be read or written; remote failures are the shipments' matter.
pub(crate) async fn drive(app: &Arc<App>) -> Result<(), StoreError> {
    let mut running = HashSet::new();
    let mut lanes: JoinSet<(String, Result<Lain, StoreError>)> = JoinSet::new();
    let mut company = Company::default();
    // Lanes whose session another node has, and since when they are left alone.
    let mut elsewhere: HashMap<String, Instant> = HashMap::new();
    let mut failed = None;
    loop {
        let mut due = match failed {
            Some(_) => Vec::new(),
            None => app.store.lanes_due(app.clock.now(), app.clock.real_now()).await.unwrap_or_else(|error| {
                failed = Some(error);
                Vec::new()
            }),
        };
        // Last, when it is known what else is at work.
        due.sort_by_key(|lane| lane.starts_with(WRITE_BACK_LANE));
        for lane in due {
            let now = app.clock.monotonic();
            let left_alone =
                elsewhere.get(&lane).is_some_and(|since| now.saturating_duration_since(*since) < LEFT_ALONE);
            if app.is_stopping() || running.contains(&lane) || left_alone {
                continue;
            }
            // Labels are being bought and printed, after which their numbers are told.
            let more_comes = running.iter().any(|it: &String| !it.starts_with(WRITE_BACK_LANE) && it != TRACKING_LANE);
            match company.awaits(app, &lane, more_comes).await {
                Ok(false) => {}
                Ok(true) => continue,
                Err(error) => {
                    failed = Some(error);
                    break;
                }
            }
            elsewhere.remove(&lane);
            if running.insert(lane.clone()) {
                let app = Arc::clone(app);
                lanes.spawn(async move {
                    let done = run_lane(&app, &lane).await;
                    (lane, done)
                });
            }
        }
        if lanes.is_empty() {
            return failed.map_or(Ok(()), Err);
        }
        tokio::select! {
            finished = lanes.join_next() => {
                match finished {
                    Some(Ok((lane, Ok(Lain::Empty)))) => drop(running.remove(&lane)),
                    // It stays due, and is looked at again a little later.
                    Some(Ok((lane, Ok(Lain::Elsewhere)))) => {
                        running.remove(&lane);
                        elsewhere.insert(lane, app.clock.monotonic());
                    }
                    Some(Ok((_, Err(error)))) => drop(failed.get_or_insert(error)),
                    Some(Err(panicked)) => tracing::error!(%panicked, "a lane ended in a panic"),
                    None => {}
                }
            }
            // Somebody handed a shipment over: its lane may have been idle.
            () = app.handed_over.notified() => {}
            () = tokio::time::sleep(company::NEWCOMER), if company.is_awaited() => {}
            () = tokio::time::sleep(LEFT_ALONE), if !elsewhere.is_empty() => {}
        }
    }
}

async fn run_lane(app: &Arc<App>, lane: &str) -> Result<Lain, StoreError> {
    match lane.split_once(':').map_or(lane, |(kind, _)| kind) {
        UPS_LANE => run_ups(app).await.map(|()| Lain::Empty),
        TRACKING_LANE => run_tracking(app).await.map(|()| Lain::Empty),
        "syspro" | "write-back" => run_batch(app, lane).await,
        _ => print(app, lane).await,
    }
}

async fn run_ups(app: &Arc<App>) -> Result<(), StoreError> {
    let at_once = app.ups_at_once();
    // Claimed ahead, so that a shipment that is done makes room for one that is at hand.
    let reserve = at_once / 2;
    let mut at_hand = VecDeque::new();
    let mut walking = JoinSet::new();
    let mut failed = None;
    loop {
        if failed.is_none() && at_hand.len() + walking.len() <= at_once {
            match claim(app, UPS_LANE, (at_once + reserve).saturating_sub(at_hand.len() + walking.len())).await {
                Ok(rows) => at_hand.extend(rows),
                Err(error) => failed = Some(error),
            }
        }
        // On the way out too: a walk that begins then hands its shipment back.
        while let Some(row) = at_hand.pop_front_if(|_| walking.len() < at_once) {
            let app = Arc::clone(app);
            walking.spawn(async move { walk(&app, row, Lane::Ups).await });
        }
        match walking.join_next().await {
            Some(Ok(Ok(()))) => {}
            Some(Ok(Err(error))) => drop(failed.get_or_insert(error)),
            Some(Err(panicked)) => {
                tracing::error!(%panicked, "a shipment's walk ended in a panic; its lease will run out");
            }
            None => return failed.map_or(Ok(()), Err),
        }
    }
}

/// Asks about parcels, as many at once as shipping leaves room for.
async fn run_tracking(app: &Arc<App>) -> Result<(), StoreError> {
    let mut walking = JoinSet::new();
    loop {
        if walking.len() <= TRACKING_AT_ONCE / 2 {
            let shipping = app.store.lanes_due(app.clock.now(), app.clock.real_now()).await?;
            let room = if shipping.iter().any(|lane| lane == UPS_LANE) { 1 } else { TRACKING_AT_ONCE };
            for row in claim(app, TRACKING_LANE, room.saturating_sub(walking.len())).await? {
                let app = Arc::clone(app);
                walking.spawn(async move { walk(&app, row, Lane::Tracking).await });
            }
        }
        match walking.join_next().await {
            Some(Ok(done)) => done?,
            Some(Err(panicked)) => {
                tracing::error!(%panicked, "a shipment's walk ended in a panic; its lease will run out");
            }
            None => return Ok(()),
        }
    }
}

/// One batch: what is handed over meanwhile gathers, and is begun like the first.
async fn run_batch(app: &Arc<App>, lane: &str) -> Result<Lain, StoreError> {
    let operator = lane.strip_prefix(SYSPRO_LANE).or_else(|| lane.strip_prefix(WRITE_BACK_LANE));
    if let Some(key) = operator.and_then(SessionKey::of_lane)
        && Sessions::is_elsewhere(app, &key).await?
    {
        return Ok(Lain::Elsewhere);
    }
    let rows = claim(app, lane, SYSPRO_BATCH).await?;
    if !rows.is_empty() {
        walk_together(app, rows).await?;
    }
    Ok(Lain::Empty)
}

/// One sheet after another, until nothing is due.
async fn print(app: &Arc<App>, lane: &str) -> Result<Lain, StoreError> {
    loop {
        let rows = claim(app, lane, PRINTER_BATCH).await?;
        if rows.is_empty() {
            return Ok(Lain::Empty);
        }
        for row in rows {
            walk(app, row, Lane::Printer).await?;
        }
    }
}

async fn claim(app: &App, lane: &str, limit: usize) -> Result<Vec<ClaimedRow>, StoreError> {
    if app.is_stopping() {
        return Ok(Vec::new());
    }
    let ask = ClaimAsk {
        lane: lane.to_owned(),
        now: app.clock.now(),
        real_now: app.clock.real_now(),
        lease: LEASE,
        limit,
        except: Vec::new(),
    };
    let rows = app.store.claim_due(&ask).await?;
    if !rows.is_empty() {
        crash::point(Point::Claimed);
    }
    Ok(rows)
}

/// One shipment, as far as it gets in this lane.
pub(crate) async fn walk(app: &Arc<App>, row: ClaimedRow, lane: Lane) -> Result<(), StoreError> {
    let Some(mut journey) = begin(app, row) else { return Ok(()) };
    wishes::carry_out(app, &mut journey).await?;
    for _ in 0..LONGEST_WALK {
        if app.is_stopping() {
            break;
        }
        let now = app.clock.now();
        if !journey.life.reread && journey.day_of_hold(now).is_some_and(|day| day <= now) {
            journey.step(now, ENGINE, Event::Released { by: ENGINE.to_owned() }, "the ship date is near enough now");
        }
        let Next::Do(step) = journey.next(now) else { break };
        if !journey.walks_on(step, lane) {
            break;
        }
        match perform(app, &mut journey, step, now).await {
            Ok(Asked::GoOn) => works(app, &journey, step).await?,
            Ok(Asked::Lost) => return Ok(()),
            Err(trouble) => stumble(app, &mut journey, step, &trouble).await?,
        }
    }
    finish(app, &mut journey).await
}

/// Many shipments sharing the operator's session: readings together, write-backs together.
async fn walk_together(app: &Arc<App>, rows: Vec<ClaimedRow>) -> Result<(), StoreError> {
    let mut to_read = Vec::new();
    let mut to_write = Vec::new();
    let mut others = Vec::new();
    for row in rows {
        let Some(mut journey) = begin(app, row) else { continue };
        wishes::carry_out(app, &mut journey).await?;
        match journey.next(app.clock.now()) {
            Next::Do(Step::Reread) => to_read.push(journey),
            Next::Do(Step::WriteBack) => to_write.push(journey),
            Next::Do(_) | Next::At(..) | Next::Person(_) | Next::Rest => others.push(journey),
        }
    }
    reading::reread(app, &mut to_read).await?;
    write_back::write(app, &mut to_write).await?;
    // All at once, so that they share a commit.
    let finished = join_all(to_read.iter_mut().chain(&mut others).map(|journey| finish(app, journey)));
    let written = join_all(to_write.iter_mut().map(|journey| finish_written(app, journey)));
    let (finished, written) = join(finished, written).await;
    finished.into_iter().chain(written).collect()
}

async fn finish_written(app: &App, journey: &mut Journey) -> Result<(), StoreError> {
    finish(app, journey).await?;
    crash::point(Point::WriteBackRecorded);
    Ok(())
}

/// A shipment that cannot be worked on keeps its lease: letting it go would make it due at once, over and over.
fn begin(app: &App, row: ClaimedRow) -> Option<Journey> {
    let (site, id) = (row.site.clone(), row.id);
    let Some(runtime) = app.site(&site) else {
        tracing::error!(%site, shipment = %id, "a shipment's site is gone; it is looked at again when its lease has run out");
        return None;
    };
    match Journey::begin(runtime, row) {
        Ok(journey) => Some(journey),
        Err(error) => {
            tracing::error!(%site, shipment = %id, %error, "a stored state cannot be read; it is looked at again when its lease has run out");
            None
        }
    }
}

async fn perform(app: &App, journey: &mut Journey, step: Step, now: Timestamp) -> Result<Asked, Trouble> {
    match step {
        Step::CheckAddress => address::settle(app, journey, now).await?,
        Step::Pack => packing::plan(journey, now),
        Step::Quote => rating::quote(journey, now).await?,
        Step::Book => return booking::book(app, journey, now).await,
        Step::Probe => doubt::probe(app, journey, now).await?,
        Step::ToDesk => {
            journey.step(now, ENGINE, Event::ProbesOver, "UPS knows nothing of it to the end: a person decides");
        }
        Step::TryAgain => doubt::try_again(journey, now).await?,
        Step::Watch => return watch::look(app, journey, now).await,
        Step::Void => void::void(journey, now).await?,
        Step::DeliverLabel => label::deliver(app, journey, now).await?,
        Step::Track => tracking::follow(app, journey, now).await?,
        Step::Reopen => {
            journey.step(now, ENGINE, Event::Part(Part::Reopened { at: now }), "starts again after the void");
        }
        // These two go in batches and never come here.
        Step::Reread | Step::WriteBack => {}
    }
    Ok(Asked::GoOn)
}

/// UPS answered: a product that was away and is only tried by shipments works again. (What became of a booking says the
/// booking itself.)
async fn works(app: &App, journey: &Journey, step: Step) -> Result<(), StoreError> {
    let product = Remote::product_of(step).filter(|it| *it != Remote::Shipping || journey.state().waybill().is_some());
    match product {
        Some(product) if !product.can_be_looked_at() => app.back(&journey.site, product).await,
        Some(_) | None => Ok(()),
    }
}

async fn stumble(app: &Arc<App>, journey: &mut Journey, step: Step, trouble: &Trouble) -> Result<(), StoreError> {
    let now = app.clock.now();
    let product = Remote::product_of(step).unwrap_or(Remote::Ups);
    if trouble.is_the_sites() {
        // What the account lacks is one product's matter; the network and the credentials are all of UPS's.
        let remote = if trouble.remedy == Remedy::Operator { product } else { Remote::Ups };
        app.pause(&journey.site, remote, trouble).await?;
    } else {
        let site = Arc::clone(&journey.site);
        let remote = if product.can_be_looked_at() { product } else { Remote::Ups };
        if app.pause_if_away(&site, remote, trouble).await? {
            return Ok(());
        }
    }
    journey.stumble(now, words_of(step), trouble);
    Ok(())
}

/// A step's name in a message to people.
fn words_of(step: Step) -> &'static str {
    match step {
        Step::Reread => "reading the document again",
        Step::CheckAddress => "checking the address",
        Step::Pack => "planning packages",
        Step::Quote => "asking for the price",
        Step::Book => "buying the label",
        Step::Probe => "asking UPS for the label",
        Step::ToDesk => "handing over to the desk",
        Step::TryAgain => "asking UPS once more",
        Step::Watch => "looking for a late twin",
        Step::Void => "voiding",
        Step::DeliverLabel => "delivering the label",
        Step::WriteBack => "writing to SYSPRO",
        Step::Track => "asking for scans",
        Step::Reopen => "starting again",
    }
}

/// Makes everything durable and lets the shipment go.
async fn finish(app: &App, journey: &mut Journey) -> Result<(), StoreError> {
    let now = app.clock.now();
    let bought = !journey.labels.is_empty();
    let next = journey.next(now);
    let record = journey.record(now, next, None);
    app.commit(record).await?;
    if bought {
        crash::point(Point::WaybillRecorded);
    }
    Ok(())
}
