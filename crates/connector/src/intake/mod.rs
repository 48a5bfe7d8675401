//! Intake: how a ready SYSPRO document becomes a shipment.
//!
//! ```text
//! whole ready set (key and header columns) ─► compare with what was seen ─┬─ known ─► nothing
//!                                                                         ├─ new, changed ─► read in full ─► ours? ─► receive
//!                                                                         └─ ours, unfinished, no longer there ─► a wish to look again
//! ```
//!
//! Becoming ready leaves no timestamp in SYSPRO, so there is no watermark: the whole ready set is read at every poll, and
//! only what is new or changed is read in full, in bulk. The same document is seen many times; `store.receive` answers
//! `New` or `Known`, and only `New` is audited. A crash costs a second reading, not an order. The first poll of a source
//! is its baseline: what is ready by then waits for a person, unless the site says otherwise. What is deliberately not
//! here: any decision whether an order can ship; that is asked of `shipment::ours`.
//!
//! Documents joined by a sales order count as one. A site's sources never share a warehouse, but a dispatch note and the
//! invoice of the same order can still both be read, when sources were changed or an order ships from two places. The
//! second is linked to the first one's shipment and shown there; the store decides it in the transaction that would
//! make the shipment. It is looked at again from time to time, in case the first is voided.

pub(crate) mod masters;
pub(crate) mod reader;
pub(crate) mod reading;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use shipment::alarm::{self, Kind};
use shipment::decide::{Mode, Next, Paused, Policy, decide};
use shipment::document::{Document, Source};
use shipment::hold::{Hold, Reason};
use shipment::number::{DocumentNumber, ReleaseNumber, ShipmentId, SiteName};
use shipment::ours::{self, Verdict};
use shipment::service::Service;
use shipment::state::{Held, Received as ReceivedState, Stage, State};
use shipment::tracking::Status;

use crate::app::{App, SiteRuntime};
use crate::config::{Selection, Site, SourceSettings, Start};
use crate::crash::{self, Point};
use crate::engine::UPS_LANE;
use crate::engine::life::Life;
use crate::engine::wishes::Wish;
use crate::remote::Remote;
use crate::remote::trouble::Trouble;
use crate::store::{
    Arrival, AuditLine, LINKED, NewAlarm, NewSighting, OURS, PollerRow, Received, ShipmentRow, SightingRow, Store,
    StoreError,
};
use reader::Reader;
use reading::{Header, Reading};

/// What one poll of one source found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Polled {
    /// Whose.
    pub site: SiteName,
    /// Which kind of document.
    pub source: Source,
    /// Documents in the ready set.
    pub ready: usize,
    /// Shipments made of them now.
    pub received: usize,
    /// Read in full and not ours.
    pub not_ours: usize,
    /// Why nothing was read, if nothing was.
    pub trouble: Option<String>,
    /// When it is worth trying again, where that is sooner than the next poll by plan.
    pub again: Option<Timestamp>,
}

impl Polled {
    /// Nothing was read yet.
    pub(crate) fn nothing(site: &SiteName, source: Source) -> Self {
        Self { site: site.clone(), source, ready: 0, received: 0, not_ours: 0, trouble: None, again: None }
    }
}

/// How long a person's leave to pass the brake lasts.
const LEAVE: SignedDuration = SignedDuration::from_hours(1);
/// After so long a document that was not ours is read in full again.
const JUDGED_AGAIN: SignedDuration = SignedDuration::from_hours(4);
/// A poll that failed in passing is tried again after this.
const AGAIN: SignedDuration = SignedDuration::from_mins(1);
/// How many documents are read in full at once; a list of keys that is too long for an address is split where it is asked.
const BATCH: usize = 500;

/// Reads a source's ready set once.
///
/// # Errors
/// When the store fails; a remote that is away pauses the site and is told in [`Polled::trouble`].
pub(crate) async fn poll(app: &Arc<App>, site: &Arc<SiteRuntime>, source: Source) -> Result<Polled, StoreError> {
    let mut polled = Polled::nothing(&site.site.name, source);
    let poller = app.store.poller(&site.site.name, source).await?;
    if let Some(reason) = &poller.paused_reason {
        polled.trouble = Some(reason.clone());
        return Ok(polled);
    }
    if let Some(until) = site.next_look(Remote::Syspro).filter(|until| *until > app.clock.now()) {
        polled.again = Some(until).filter(|it| *it < Timestamp::MAX);
        polled.trouble = Some(match polled.again {
            Some(until) => format!("SYSPRO is away; next look at {until}"),
            None => "SYSPRO is away and waits for a person".to_owned(),
        });
        return Ok(polled);
    }
    let Some(settings) = site.source(source) else { return Ok(polled) };
    match read_news(app, site, settings, poller.watermark).await {
        Ok(news) => {
            app.store.settle(&site.site.name, Kind::SourceUnreadable, source.code(), app.clock.now()).await?;
            take(app, site, source, &poller, news, &mut polled).await?;
        }
        Err(Failure::Store(error)) => return Err(error),
        Err(Failure::Remote(trouble)) => {
            tracing::warn!(site = %site.site.name, source = source.code(), trouble = %trouble.words, "poll failed");
            if trouble.is_the_sites() {
                app.pause(site, Remote::Syspro, &trouble).await?;
            } else if !app.pause_if_away(site, Remote::Syspro, &trouble).await? {
                let (name, code) = (&site.site.name, source.code());
                let alarm = NewAlarm::of(name, Kind::SourceUnreadable, code, &trouble.words, app.clock.now());
                app.store.raise(&alarm).await?;
            }
            polled.again = Some(app.clock.now() + AGAIN);
            polled.trouble = Some(trouble.words);
        }
    }
    Ok(polled)
}

enum Failure {
    Store(StoreError),
    Remote(Trouble),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        Self::Remote(trouble)
    }
}

struct News {
    headers: Vec<Header>,
    seen: HashMap<String, SightingRow>,
    /// Full readings of what is new or changed.
    readings: Vec<Reading>,
    /// Linked documents that have left the window of a dated source and were due to be looked at, by key; none if they
    /// are not there any more.
    late: BTreeMap<String, Option<Header>>,
    /// The day up to which a dated source is read now.
    watermark: Option<Date>,
}

async fn read_news(
    app: &App,
    site: &Arc<SiteRuntime>,
    settings: &SourceSettings,
    watermark: Option<Date>,
) -> Result<News, Failure> {
    let source = settings.source;
    let reader = Reader::open(app, site).await?;
    let today = today(site, app.clock.now());
    let headers = reading::headers(&reader, settings, first_day(site, settings, watermark, app.clock.now())).await?;
    let seen = app.store.sightings(&site.site.name, source).await?;
    let unknown: Vec<&Header> = headers.iter().filter(|it| is_news(it, &seen, app.clock.now())).collect();
    let mut readings = Vec::with_capacity(unknown.len());
    for headers in unknown.chunks(BATCH) {
        readings.extend(reading::news(&reader, settings, headers).await?);
    }
    let (of_late, late) = read_late(app, &reader, settings, &headers, &seen).await?;
    readings.extend(of_late);
    crash::point(Point::DocumentsRead);
    // Never beyond today: a document dated by mistake for next year must not hide those of tomorrow.
    let read = headers.iter().filter_map(|it| it.date).max().map(|date| date.min(today));
    // Where nothing was ever read the first day of polling counts, so that what is dated back later is still found.
    let watermark = watermark.max(read).or(is_dated(settings).then_some(today));
    Ok(News { headers, seen, readings, late, watermark })
}

/// Reads linked documents by key that have left the window of a dated source: the shipment a document counts as one with
/// may be voided long after the document's own date.
async fn read_late(
    app: &App,
    reader: &Reader<'_>,
    settings: &SourceSettings,
    headers: &[Header],
    seen: &HashMap<String, SightingRow>,
) -> Result<(Vec<Reading>, BTreeMap<String, Option<Header>>), Failure> {
    let mut late: BTreeMap<String, Option<Header>> = BTreeMap::new();
    let mut readings = Vec::new();
    if !is_dated(settings) {
        return Ok((readings, late));
    }
    let shown: HashSet<String> = headers.iter().map(|it| it.number.canonical()).collect();
    let now = app.clock.now();
    let out = seen.values().filter(|it| it.verdict == LINKED && !shown.contains(&it.document_key));
    let due: Vec<&SightingRow> = out.filter(|it| now.duration_since(it.last_seen) > JUDGED_AGAIN).collect();
    late.extend(due.iter().map(|it| (it.document_key.clone(), None)));
    for rows in due.chunks(BATCH) {
        let numbers = rows.iter().filter_map(|it| it.document_key.parse::<DocumentNumber>().ok());
        let numbers: Vec<DocumentNumber> = numbers.flat_map(|it| reading::spellings(&it)).collect();
        for reading in reading::documents(reader, settings, &numbers).await? {
            let key = reading.document.number.canonical();
            if let Some(row) = seen.get(&key) {
                late.insert(key, Some(Header::remembered(reading.document.number.clone(), row)));
                readings.push(reading);
            }
        }
    }
    Ok((readings, late))
}

fn is_dated(settings: &SourceSettings) -> bool {
    matches!(settings.definition.selection, Selection::Date { .. })
}

/// The site's day, by the clock of its first ship-from.
fn today(site: &SiteRuntime, now: Timestamp) -> Date {
    let zone = site.site.ship_froms.first().map_or(TimeZone::UTC, |it| it.calendar.time_zone.clone());
    now.to_zoned(zone).date()
}

/// The first day of what a dated source is asked for: its watermark, or today where there is none yet, less the overlap.
pub(crate) fn first_day(site: &SiteRuntime, source: &SourceSettings, watermark: Option<Date>, now: Timestamp) -> Date {
    let from = watermark.unwrap_or_else(|| today(site, now));
    match source.definition.selection {
        Selection::Date { overlap, .. } => from.saturating_sub(overlap),
        Selection::Status { .. } => from,
    }
}

/// New or changed. What was not ours is judged again from time to time, because its parent order, which decides too, is
/// not in the header.
fn is_news(header: &Header, seen: &HashMap<String, SightingRow>, now: Timestamp) -> bool {
    seen.get(&header.number.canonical()).is_none_or(|known| {
        // What is linked is looked at again too: the shipment it counts as one with may have been voided.
        let open = known.shipment.is_none() || known.verdict != OURS;
        let stale = open && now.duration_since(known.last_seen) > JUDGED_AGAIN;
        stale || known.fingerprint != header.fingerprint
    })
}

async fn take(
    app: &App,
    site: &SiteRuntime,
    source: Source,
    poller: &PollerRow,
    news: News,
    polled: &mut Polled,
) -> Result<(), StoreError> {
    let now = app.clock.now();
    let name = &site.site.name;
    polled.ready = news.headers.len();
    let headers: BTreeMap<String, &Header> = news.headers.iter().map(|it| (it.number.canonical(), it)).collect();
    let baseline = poller.baseline_at.is_none() && site.site.start == Start::Baseline;
    let mut arrivals = Vec::new();
    let mut others = Vec::new();
    let mut to_reread = Vec::new();
    let mut links = Vec::new();
    for reading in news.readings {
        let key = reading.document.number.canonical();
        let late = || news.late.get(&key).and_then(Option::as_ref);
        let Some(header) = headers.get(&key).copied().or_else(late) else { continue };
        let known = news.seen.get(&key);
        let linked = known.filter(|it| it.verdict == LINKED).and_then(|it| it.shipment);
        if let Some(shipment) = known.filter(|it| it.verdict == OURS).and_then(|it| it.shipment) {
            let document = &reading.document;
            // What is over, or was never begun, does not come back beside another source's shipment.
            match app.store.linked(name, source, &document.number, &document.sales_orders).await? {
                Some(first) => {
                    links.push((first, document.number.clone()));
                    others.push(NewSighting { shipment: Some(first), ..sighting(header, LINKED) });
                }
                None => {
                    app.store.also_fulfils(name, shipment, &document.sales_orders).await?;
                    to_reread.push(shipment);
                    others.push(sighting(header, OURS));
                }
            }
            continue;
        }
        match judged(reading, site) {
            Judged::NotOurs(code) => others.push(sighting(header, code)),
            Judged::Ours { document, service, hold } => {
                if let Some(first) = app.store.linked(name, source, &document.number, &document.sales_orders).await? {
                    if linked != Some(first) {
                        links.push((first, document.number.clone()));
                    }
                    others.push(NewSighting { shipment: Some(first), ..sighting(header, LINKED) });
                    continue;
                }
                let (release, on_its_way) = next_release(app, name, source, &document).await?;
                let hold = hold.or(on_its_way);
                let document = Document { release, ..*document };
                arrivals.push(arrival(
                    site,
                    &document,
                    (service, hold.as_ref()),
                    baseline,
                    now,
                    sighting(header, OURS),
                ));
            }
        }
    }
    polled.not_ours = others.iter().filter(|it| it.verdict != OURS && it.verdict != LINKED).count();
    brake(app, site, source, poller, &mut arrivals, baseline, polled).await?;
    let received = app.store.receive(name, &arrivals, now).await?;
    for (received, arrival) in received.into_iter().zip(&arrivals) {
        match received {
            Received::New(_) => polled.received += 1,
            // It left the ready set and came back: whatever became of it, it is looked at again.
            Received::Known(shipment) => {
                to_reread.push(shipment);
                others.push(NewSighting { shipment: Some(shipment), ..arrival.sighting.clone() });
            }
            // Another node has made the shipment since we looked.
            Received::Linked(first) => {
                links.push((first, arrival.document.clone()));
                let verdict = LINKED.to_owned();
                others.push(NewSighting { shipment: Some(first), verdict, ..arrival.sighting.clone() });
            }
        }
    }
    crash::point(Point::Received);
    let gone = look_for_missing(app, site, source, &headers, &news.seen, &news.late, &mut to_reread).await?;
    // Wishes come before what makes the next poll see no news: a crash between costs a second reading, not a change.
    for shipment in to_reread {
        app.wish(name, shipment, &Wish::Reread, "poll", "").await?;
    }
    for (first, document) in links {
        app.wish(name, first, &Wish::Linked { source, document }, "connector", "").await?;
    }
    app.store.see(name, source, &others, now).await?;
    app.store.forget(name, source, &gone).await?;
    let standing = app.store.poller(name, source).await?;
    // What the brake held back was not taken in: it has to be read again.
    let watermark = if polled.trouble.is_none() { news.watermark } else { standing.watermark };
    let row = PollerRow { baseline_at: poller.baseline_at.or(Some(now)), last_poll: Some(now), watermark, ..standing };
    app.store.put_poller(name, source, &row, now).await
}

/// A person has looked at what the brake stopped: polls go on, and for an hour may bring as much as there is.
///
/// # Errors
/// When the store fails.
pub async fn resume(store: &Store, site: &Site, actor: &str, now: Timestamp) -> Result<(), StoreError> {
    for source in &site.sources {
        let standing = store.poller(&site.name, source.source).await?;
        let row = PollerRow { paused_reason: None, leave_until: Some(now + LEAVE), ..standing };
        store.put_poller(&site.name, source.source, &row, now).await?;
    }
    store.tell_site(&site.name, now, actor, "polling_resumed", "polls go on, for an hour without the brake").await
}

enum Judged {
    NotOurs(&'static str),
    Ours { document: Box<Document>, service: Option<Service>, hold: Option<Hold> },
}

fn judged(reading: Reading, site: &SiteRuntime) -> Judged {
    let document = Box::new(reading.document);
    if let Some(what) = reading.problem {
        return Judged::Ours { document, service: None, hold: Some(Hold::from(Reason::NotReadable { what })) };
    }
    let other_label = document.carried_tracking.clone().filter(|it| it != "VOID");
    match ours::judge(&document, &site.rules) {
        Verdict::NotOurs(why) => Judged::NotOurs(why.code()),
        Verdict::Ours { service } => {
            let hold = other_label.map(|tracking| Hold::from(Reason::AlreadyShipped { tracking }));
            Judged::Ours { document, service: Some(service), hold }
        }
        Verdict::Hold { service, hold } => Judged::Ours { document, service, hold: Some(hold) },
    }
}

/// A dispatch note is one release. A sales order whose last release has come to its end is a further one when it is ready
/// again, and so is one that is ready with other quantities after UPS has picked the last one up: those goods have left.
/// While the last one has no label it is that same release, looked at again; while its package stands in the warehouse
/// nobody but a person knows whether the order is ready with more goods or has only been set back.
async fn next_release(
    app: &App,
    site: &SiteName,
    source: Source,
    document: &Document,
) -> Result<(ReleaseNumber, Option<Hold>), StoreError> {
    if source != Source::SalesOrders {
        return Ok((ReleaseNumber::FIRST, None));
    }
    let known = app.store.find(Some(site), &document.number).await?;
    let Some(last) = known.into_iter().filter(|row| row.source == source).max_by_key(|row| row.release) else {
        return Ok((ReleaseNumber::FIRST, None));
    };
    let same_goods = last.fingerprint == document.fingerprint().as_str();
    Ok(match (last.stage.as_str(), &last.tracking_number) {
        // What was released anew has other quantities. The very same goods again may be an order that was only out of sight
        // for a while: edited, in suspense, or between two pages of a reading.
        ("delivered" | "ended", Some(number)) if same_goods => {
            let words = format!(
                "these very goods were shipped as {number} and the order stands ready again; release it if they are to \
                 be shipped once more"
            );
            (last.release.next(), Some(Hold::from(Reason::HeldByPerson { words })))
        }
        ("delivered" | "ended" | "voided", _) => (last.release.next(), None),
        (_, Some(_)) if !same_goods && has_left(&last) => (last.release.next(), None),
        (_, Some(number)) => {
            let words = format!(
                "an earlier release of this order is on its way as {number}; release this one if it is a further shipment"
            );
            (last.release.next(), Some(Hold::from(Reason::HeldByPerson { words })))
        }
        (_, None) => (last.release, None),
    })
}

/// Whether UPS has scanned a shipment: its goods are no longer in the warehouse.
fn has_left(row: &ShipmentRow) -> bool {
    let state = Life::read(&row.state).map(|life| life.state);
    let Ok(State::Booked(booked)) = state else { return false };
    booked.status().is_some_and(|status| {
        use Status as S;
        !matches!(status, S::LabelCreated | S::Voided | S::PickupPending | S::Notice { .. } | S::Unknown { .. })
    })
}

fn sighting(header: &Header, verdict: &str) -> NewSighting {
    NewSighting {
        document: header.number.clone(),
        fingerprint: header.fingerprint.clone(),
        verdict: verdict.to_owned(),
        ship_via: header.ship_via.clone(),
        shipment: None,
    }
}

fn arrival(
    site: &SiteRuntime,
    document: &Document,
    (service, hold): (Option<Service>, Option<&Hold>),
    baseline: bool,
    now: Timestamp,
    sighting: NewSighting,
) -> Arrival {
    let received = Box::new(ReceivedState::new(document.clone(), service, now));
    let mut words = format!("received {} {} for {}", document.source.noun(), document.number, document.customer);
    let state = match (baseline, hold) {
        (true, _) => {
            words.push_str("; it was ready before the connector came, so it waits for a release");
            State::AlreadyThere(received)
        }
        (false, Some(hold)) => {
            words = format!("{words}; {}", hold.words());
            State::Held(Box::new(Held { hold: hold.clone(), before: Box::new(State::Received(received)) }))
        }
        (false, None) => State::Received(received),
    };
    let due = matches!(first_step(&state, now), Next::Do(_) | Next::At(..));
    Arrival {
        source: document.source,
        document: document.number.clone(),
        release: document.release,
        sales_orders: document.sales_orders.clone(),
        customer: Some(document.customer.to_string()),
        stage: state.stage().as_str().to_owned(),
        lane: due.then(|| UPS_LANE.to_owned()),
        due_at: due.then_some(now),
        hold_code: state.hold().map(|hold| hold.code().to_owned()),
        settings_version: site.version,
        fingerprint: document.fingerprint().to_string(),
        audit: vec![AuditLine {
            at: now,
            actor: "connector".to_owned(),
            event: "received".to_owned(),
            words,
            detail: serde_json::json!({ "to": state.stage().as_str(), "status": document.status }),
        }],
        alarms: alarm::standing(&state),
        state: Life::new(state).written(),
        sighting,
    }
}

/// Whether anything is to be done at once; the answer does not depend on the site's mode before a quote is there.
fn first_step(state: &State, now: Timestamp) -> Next {
    let policy = Policy {
        mode: Mode::Shadow,
        fresh_for: jiff::SignedDuration::ZERO,
        calendar: None,
        paused: Paused::default(),
        reread_wanted: false,
        not_before: None,
        further_attempt_after: None,
        references_tell: true,
    };
    decide(state, now, &policy)
}

/// A cycle that would book more than the site allows stops and asks: nothing is received, so nothing is lost either.
async fn brake(
    app: &App,
    site: &SiteRuntime,
    source: Source,
    poller: &PollerRow,
    arrivals: &mut Vec<Arrival>,
    baseline: bool,
    polled: &mut Polled,
) -> Result<(), StoreError> {
    let most = usize::try_from(site.site.max_new_per_cycle).unwrap_or(usize::MAX);
    let held_back = arrivals.len();
    let allowed = poller.leave_until.is_some_and(|until| app.clock.now() < until);
    if baseline || allowed || site.mode() != Mode::Automatic || held_back <= most {
        return Ok(());
    }
    arrivals.clear();
    let reason = format!(
        "{held_back} new {}s in one poll are more than max_new_per_cycle = {most}; look at them in SYSPRO, then go on with: \
         ml-connector site resume {}",
        source.noun(),
        site.site.name
    );
    tracing::warn!(site = %site.site.name, "{reason}");
    let row = PollerRow { paused_reason: Some(reason.clone()), ..poller.clone() };
    app.store.put_poller(&site.site.name, source, &row, app.clock.now()).await?;
    app.store.tell_site(&site.site.name, app.clock.now(), "connector", "polling_stopped", &reason).await?;
    polled.trouble = Some(reason);
    Ok(())
}

/// Shipments on their way whose document a full read no longer shows are looked at again by key: cancelled, invoiced,
/// or with a label bought and nothing to put it on.
async fn look_for_missing(
    app: &App,
    site: &SiteRuntime,
    source: Source,
    headers: &BTreeMap<String, &Header>,
    seen: &HashMap<String, SightingRow>,
    late: &BTreeMap<String, Option<Header>>,
    to_reread: &mut Vec<ShipmentId>,
) -> Result<Vec<String>, StoreError> {
    let missing: Vec<&SightingRow> = seen.values().filter(|it| !headers.contains_key(&it.document_key)).collect();
    if missing.is_empty() {
        return Ok(Vec::new());
    }
    let unfinished: HashSet<_> = app.store.unfinished(&site.site.name).await?.into_iter().collect();
    // A linked document that has only left the window is remembered until its shipment has arrived or it is looked at.
    let is_dated = site.source(source).is_some_and(is_dated);
    let mut gone = Vec::new();
    for row in &missing {
        let waits = is_dated && row.verdict == LINKED && !matches!(late.get(&row.document_key), Some(None));
        if !waits || has_arrived(app, site, row).await? {
            gone.push(row.document_key.clone());
        }
    }
    let own = missing.iter().filter(|it| it.verdict != LINKED);
    to_reread.extend(own.filter_map(|it| it.shipment).filter(|id| unfinished.contains(id)));
    Ok(gone)
}

/// Whether the shipment a document counts as one with is at its goal: it will not be voided any more.
async fn has_arrived(app: &App, site: &SiteRuntime, row: &SightingRow) -> Result<bool, StoreError> {
    let Some(id) = row.shipment else { return Ok(true) };
    let shipment = app.store.shipment(&site.site.name, id).await?;
    Ok(shipment.is_none_or(|it| it.stage == Stage::Delivered.as_str()))
}
