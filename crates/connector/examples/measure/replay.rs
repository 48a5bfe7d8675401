//! What a run of the whole way recorded, once more into a new store, without any HTTP.
//!
//! ```text
//! store of the run ─► per shipment: document as received, intent, waybill with its label, proof, audit lines
//!                         └─► new store: receive ─► claim 64 ─► intent ─► waybill ─► claim 100 ─► proof
//! ```
//!
//! Each record is as large as it was: of the stored state the reading, the quote and the whole are cut out again.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use connector::clock::Clock;
use connector::store::{
    Arrival, AttemptRow, AuditLine, AuditRow, ClaimAsk, ClaimedRow, DatabaseUrl, Evidence, Intent, LabelRow, Lease,
    ListFilter, NewSighting, OURS, Options, Outcome, Record, ShipmentRow, SiteApplication, StateColumns, Store,
};
use futures_util::future::try_join_all;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use shipment::number::SiteName;
use tokio::task::JoinSet;

use crate::{micros_since, now};

const AT_ONCE: usize = 64;
const BATCH: usize = 100;
const UPS: &str = "ups";
const WRITE_BACK: &str = "write-back:replayed/REPLAY";

/// One shipment of the run.
struct Past {
    row: ShipmentRow,
    audit: Vec<AuditRow>,
    attempt: AttemptRow,
    labels: Vec<LabelRow>,
    received: String,
    rated: String,
}

struct Replay {
    store: Store,
    clock: Clock,
    past: HashMap<String, Past>,
}

/// A data directory, and a PostgreSQL where the database is not in it.
type Place<'a> = (&'a Path, Option<&'a str>);

async fn open((folder, url): Place<'_>) -> Result<Store> {
    let database = url.map(DatabaseUrl::parse).transpose()?;
    Ok(Store::open(folder, Options { database, ..Options::default() }).await?)
}

pub(crate) async fn run(from: Place<'_>, to: Place<'_>) -> Result<Value> {
    let (site, body, past) = read(from).await?;
    let store = open(to).await?;
    let clock = Clock::system();
    let application = SiteApplication {
        site: site.clone(),
        body,
        templates: Vec::new(),
        mode: Some("automatic".to_owned()),
        environment: "custom".to_owned(),
        secrets: Vec::new(),
        actor: "bench".to_owned(),
        at: clock.now(),
    };
    store.apply_site(&application).await?;
    let shipments = past.len();
    let replay = Arc::new(Replay { store, clock, past });
    let begun = now();
    let arrivals: Vec<Arrival> = replay.past.values().map(|it| replay.arrival(it)).collect();
    replay.store.receive(&site, &arrivals, replay.clock.now()).await?;
    let book = tokio::spawn(book(Arc::clone(&replay)));
    prove(&replay, shipments).await?;
    book.await??;
    let micros = micros_since(begun);
    replay.store.clone().close().await;
    Ok(json!({ "shipments": shipments, "micros": micros }))
}

async fn read(from: Place<'_>) -> Result<(SiteName, String, HashMap<String, Past>)> {
    let store = open(from).await?;
    let site = store.sites().await?.pop().context("the run had no site")?.site;
    let body = store.site_settings(&site, None).await?.context("no settings")?.body;
    let (mut past, mut after) = (HashMap::new(), None);
    loop {
        let page = store.list(&ListFilter::default(), after, 500).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.key());
        for row in page.into_iter().filter(|it| it.tracking_number.is_some()) {
            let audit = store.audit_of(&site, row.id).await?;
            let attempt = store.attempts_of(&site, row.id).await?.pop().context("booked without an attempt")?;
            let labels = store.labels_of(&site, row.id).await?.into_iter().map(|it| it.label).collect();
            let state: Value = serde_json::from_str(&row.state)?;
            let cut = |name: &str| found(&state, name).map(ToString::to_string).unwrap_or_default();
            let (received, rated) = (cut("received"), cut("rated"));
            past.insert(row.document.canonical(), Past { row, audit, attempt, labels, received, rated });
        }
    }
    store.close().await;
    Ok((site, body, past))
}

/// The first member of this name anywhere in a state.
fn found<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    match value {
        Value::Object(members) => members.get(name).or_else(|| members.values().find_map(|it| found(it, name))),
        Value::Array(items) => items.iter().find_map(|it| found(it, name)),
        _ => None,
    }
}

impl Replay {
    fn of(&self, claimed: &ClaimedRow) -> Result<&Past> {
        self.past.get(&claimed.document.canonical()).context("a shipment that the run did not have")
    }

    fn arrival(&self, past: &Past) -> Arrival {
        let row = &past.row;
        Arrival {
            source: row.source,
            document: row.document.clone(),
            release: row.release,
            sales_orders: row.sales_order.iter().filter_map(|it| it.parse().ok()).collect(),
            customer: row.customer.clone(),
            stage: "received".to_owned(),
            lane: Some(UPS.to_owned()),
            due_at: Some(self.clock.now()),
            state: past.received.clone(),
            hold_code: None,
            settings_version: 1,
            fingerprint: row.fingerprint.clone(),
            audit: lines(past, 0, "received"),
            alarms: Vec::new(),
            sighting: NewSighting {
                document: row.document.clone(),
                fingerprint: row.fingerprint.clone(),
                verdict: OURS.to_owned(),
                ship_via: "UPS Ground".to_owned(),
                shipment: None,
            },
        }
    }

    fn moved(&self, claimed: &ClaimedRow, stage: &str, state: String, lane: Option<&str>) -> Record {
        record_of(claimed, self.clock.now(), stage, state, lane)
    }

    async fn claim(&self, lane: &str, limit: usize) -> Result<Vec<ClaimedRow>> {
        let ask = ClaimAsk {
            lane: lane.to_owned(),
            now: self.clock.now(),
            real_now: self.clock.real_now(),
            lease: SignedDuration::from_mins(5),
            limit,
            except: Vec::new(),
        };
        Ok(self.store.claim_due(&ask).await?)
    }

    /// Intent and waybill, as the engine records them.
    async fn book(&self, claimed: ClaimedRow) -> Result<()> {
        let past = self.of(&claimed)?;
        let lease = Lease::of(self.clock.real_now(), SignedDuration::from_mins(5));
        let intent = Record {
            keep_lease: Some(lease),
            audit: lines(past, 1, "booking_asked"),
            intent: Some(Intent {
                attempt: past.attempt.attempt,
                reference: past.attempt.reference.clone(),
                request_digest: past.attempt.request_digest.clone(),
                request: past.attempt.request.clone(),
                asked_at: past.attempt.asked_at,
                watch_until: past.attempt.watch_until,
                unless: None,
            }),
            ..self.moved(&claimed, "booking", past.rated.clone(), None)
        };
        self.store.record(intent).await?;
        let begins = 1 + lines(past, 1, "booking_asked").len();
        let mut booked = Record {
            audit: lines(past, begins, "booked"),
            evidence: Some(Evidence {
                attempt: past.attempt.attempt,
                outcome: Outcome::Booked,
                answer: past.attempt.answer.clone(),
                at: self.clock.now(),
            }),
            labels: past.labels.clone(),
            ..self.moved(&claimed, "booked", past.row.state.clone(), Some(WRITE_BACK))
        };
        booked.state.tracking_number.clone_from(&past.row.tracking_number);
        self.store.record(booked).await?;
        Ok(())
    }

    async fn prove(&self, claimed: &ClaimedRow) -> Result<()> {
        let past = self.of(claimed)?;
        let last = past.audit.last().map(line).into_iter().collect();
        let mut proven = Record { audit: last, ..self.moved(claimed, "booked", past.row.state.clone(), None) };
        proven.state.tracking_number.clone_from(&past.row.tracking_number);
        self.store.record(proven).await?;
        Ok(())
    }
}

async fn book(replay: Arc<Replay>) -> Result<()> {
    let mut walking = JoinSet::new();
    loop {
        if walking.len() <= AT_ONCE / 2 {
            for row in replay.claim(UPS, AT_ONCE - walking.len()).await? {
                let replay = Arc::clone(&replay);
                walking.spawn(async move { replay.book(row).await });
            }
        }
        match walking.join_next().await {
            Some(done) => done??,
            None => return Ok(()),
        }
    }
}

async fn prove(replay: &Replay, mut left: usize) -> Result<()> {
    while left > 0 {
        let enough = left.min(BATCH);
        if replay.store.due_in(WRITE_BACK, replay.clock.now(), replay.clock.real_now(), enough).await? < enough {
            replay.store.hinted().await;
            continue;
        }
        let rows = replay.claim(WRITE_BACK, BATCH).await?;
        try_join_all(rows.iter().map(|row| replay.prove(row))).await?;
        left -= rows.len();
    }
    Ok(())
}

fn line(row: &AuditRow) -> AuditLine {
    AuditLine {
        at: row.at,
        actor: row.actor.clone(),
        event: row.event.clone(),
        words: row.words.clone(),
        detail: row.detail.clone(),
    }
}

/// The lines from there up to the first of this event.
fn lines(past: &Past, from: usize, event: &str) -> Vec<AuditLine> {
    let rest = past.audit.get(from..).unwrap_or_default();
    let until = rest.iter().position(|it| it.event == event).map_or(1, |at| at + 1);
    rest.iter().take(until).map(line).collect()
}

/// A record that moves a claimed shipment and tells nothing; with a lane it is due there at once.
pub(crate) fn record_of(claimed: &ClaimedRow, at: Timestamp, stage: &str, state: String, lane: Option<&str>) -> Record {
    Record {
        site: claimed.site.clone(),
        id: claimed.id,
        epoch: claimed.epoch,
        woken_seen: claimed.woken,
        at,
        keep_lease: None,
        state: StateColumns {
            stage: stage.to_owned(),
            lane: lane.map(str::to_owned),
            due_at: lane.map(|_| at),
            tries: 0,
            state,
            hold_code: None,
            tracking_number: None,
            fingerprint: None,
            settings_version: None,
        },
        audit: Vec::new(),
        intent: None,
        evidence: None,
        labels: Vec::new(),
        scans: Vec::new(),
        parcels: Vec::new(),
        wishes_done: Vec::new(),
        accepted_address: None,
        alarms: Vec::new(),
        events: Vec::new(),
    }
}
