//! Recording: what a step found or did becomes durable, all of it or nothing.
//!
//! ```text
//! Record ─► evidence (no fence) ─► UPDATE … WHERE lease_epoch = ours ─► audit, intent, labels, scans, wishes, alarms
//!                                     │ no row
//!                                     └─► FencedOff; with evidence: woken + 1, due now
//! ```
//!
//! The audit's numbers are given out by the row itself in the same statement that changes the
//! state, so they have no gap whoever writes. What UPS or SYSPRO answered to a changing call goes
//! to its attempt even when the fence is lost: a bought label is a fact, whoever asked for it.
//! The present holder finds it there and applies it.

use std::sync::atomic::Ordering;

use jiff::Timestamp;
use sea_orm::{ConnectionTrait, DatabaseTransaction, Value};
use shipment::document::Source;
use shipment::number::{AttemptNumber, Reference, SalesOrderNumber, ShipmentId, SiteName, TrackingNumber};
use shipment::tracking::Feed;
use tokio::sync::oneshot;

use super::alarms::{self, AlarmChange};
use super::column::{count, failed, get, maybe_micros, micros, sql, tuples};
use super::lease::{Lease, LeaseClock};
use super::notices::{self, NewEvent};
use super::parcels::{self, ParcelRow};
use super::wishes::{self, WishId};
use super::{Store, StoreError, intake, writer};

/// The columns that follow the state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateColumns {
    /// The name of the state.
    pub stage: String,
    /// Where the next step waits; `None` leaves the lane as it is.
    pub lane: Option<String>,
    /// When the next step is due (business time); `None` waits for a wish.
    pub due_at: Option<Timestamp>,
    /// Tries of the step in hand.
    pub tries: i64,
    /// The state as JSON.
    pub state: String,
    /// Why it is held, if it is.
    pub hold_code: Option<String>,
    /// Its leading tracking number, if it has one.
    pub tracking_number: Option<TrackingNumber>,
    /// The fingerprint of a new reading; `None` leaves it as it is.
    pub fingerprint: Option<String>,
    /// The settings it is read under from now on; `None` leaves them as they are.
    pub settings_version: Option<i64>,
}

/// One line of a shipment's history.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditLine {
    /// When (business time).
    pub at: Timestamp,
    /// Who: the engine, or a person by name.
    pub actor: String,
    /// What kind of thing happened, for programs.
    pub event: String,
    /// What happened, for people.
    pub words: String,
    /// Particulars; never a secret and never a raw body.
    pub detail: serde_json::Value,
}

/// What is about to be asked of UPS: committed before the socket opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// Which try.
    pub attempt: AttemptNumber,
    /// Our own name for it at UPS.
    pub reference: Reference,
    /// A hash of the request.
    pub request_digest: String,
    /// The request as it is sent.
    pub request: String,
    /// When (business time).
    pub asked_at: Timestamp,
    /// Until when a late twin is looked for (business time).
    pub watch_until: Timestamp,
    /// Refused while another document of these sales orders is being bought, or is.
    pub unless: Option<Rivals>,
}

/// Whom an intent gives way to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rivals {
    /// The source of its own document: documents of the same source are no rivals.
    pub source: Source,
    /// Its sales orders.
    pub orders: Vec<SalesOrderNumber>,
}

/// What is known of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The label exists.
    Booked,
    /// It is certain that there is no label.
    NotBooked,
    /// There may be a label.
    InDoubt,
}

/// What was answered to a changing call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// To which attempt.
    pub attempt: AttemptNumber,
    /// What it proves.
    pub outcome: Outcome,
    /// The answer as it came, if one came.
    pub answer: Option<Vec<u8>>,
    /// When (business time).
    pub at: Timestamp,
}

/// A label or other paper to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelRow {
    /// Of which attempt: a label that was voided stays beside its successor.
    pub attempt: AttemptNumber,
    /// Which package, counting from one.
    pub package_no: u32,
    /// What paper it is, e.g. `label`.
    pub kind: String,
    /// The package's number.
    pub tracking_number: TrackingNumber,
    /// `zpl`, `gif`, `png` …
    pub format: String,
    /// The paper itself.
    pub bytes: Vec<u8>,
}

/// A scan to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScanRow {
    /// Of which package.
    pub tracking_number: TrackingNumber,
    /// What makes it this scan and no other.
    pub identity: String,
    /// When the package was scanned.
    pub at: Timestamp,
    /// The scan as JSON.
    pub body: String,
    /// Who told it.
    pub feed: Feed,
    /// When it was told (business time).
    pub heard_at: Option<Timestamp>,
    /// What was told, as it came.
    pub raw: Option<Vec<u8>>,
}

/// An address that a person accepted, to be remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAcceptedAddress {
    /// What it is remembered by.
    pub memory_key: String,
    /// The address as JSON.
    pub address: String,
    /// Who accepted it.
    pub actor: String,
    /// When (business time).
    pub at: Timestamp,
}

/// Everything one step leaves behind.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Whose shipment.
    pub site: SiteName,
    /// Which shipment.
    pub id: ShipmentId,
    /// The fence of our claim.
    pub epoch: i64,
    /// How often it had been woken when we claimed it (or at our last record).
    pub woken_seen: i64,
    /// Business time of the record: the due time when somebody woke the shipment meanwhile.
    pub at: Timestamp,
    /// For how long we keep it in hand; `None` lets it go.
    pub keep_lease: Option<Lease>,
    /// Its state.
    pub state: StateColumns,
    /// What is told.
    pub audit: Vec<AuditLine>,
    /// What is about to be asked of UPS.
    pub intent: Option<Intent>,
    /// What was answered.
    pub evidence: Option<Evidence>,
    /// Papers to keep.
    pub labels: Vec<LabelRow>,
    /// Scans to keep; known ones are passed over.
    pub scans: Vec<ScanRow>,
    /// Its packages, where their numbers or whether they are followed have changed.
    pub parcels: Vec<ParcelRow>,
    /// Wishes that were heeded or refused, and when (business time).
    pub wishes_done: Vec<(WishId, Timestamp)>,
    /// An address to remember.
    pub accepted_address: Option<NewAcceptedAddress>,
    /// Alarms that stand or are over with this record.
    pub alarms: Vec<AlarmChange>,
    /// What programs are told, where they want to be.
    pub events: Vec<NewEvent>,
}

/// What became of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// It stands on the disk.
    Done {
        /// The number of the last audit line.
        seq: i64,
        /// How often the shipment has been woken, for the next record of this claim.
        woken: i64,
    },
    /// Somebody else has claimed the shipment since; only the evidence was kept.
    FencedOff,
    /// The intent gives way to this shipment of the same sales order; nothing was kept.
    Linked(ShipmentId),
}

impl Outcome {
    /// The name in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Booked => "booked",
            Self::NotBooked => "not_booked",
            Self::InDoubt => "in_doubt",
        }
    }

    pub(super) fn stored(text: &str) -> Result<Self, StoreError> {
        [Self::Booked, Self::NotBooked, Self::InDoubt]
            .into_iter()
            .find(|outcome| outcome.as_str() == text)
            .ok_or_else(|| StoreError::Unreadable { what: "outcome", why: format!("{text:?} is none") })
    }
}

impl Store {
    /// Makes a step durable. Answered after the COMMIT.
    ///
    /// Many records that are under way at the same time share one COMMIT; each stands or falls
    /// by itself.
    ///
    /// # Errors
    /// When the database refuses this record, or fails.
    pub async fn record(&self, record: Record) -> Result<Recorded, StoreError> {
        let (answer, answered) = oneshot::channel();
        let job = writer::Job::Record(Box::new(writer::Waiting { record, answer }));
        self.0.records.send(job).await.map_err(|_| StoreError::Closed)?;
        let recorded = answered.await.map_err(|_| StoreError::Closed)??;
        self.0.recorded.fetch_add(1, Ordering::Relaxed);
        self.hint();
        Ok(recorded)
    }

    /// How many records this process has made durable since it opened the store: each is a wait for the disk.
    pub fn records_made(&self) -> u64 {
        self.0.recorded.load(Ordering::Relaxed)
    }
}

/// Writes one record into `transaction`.
pub(super) async fn write(
    transaction: &DatabaseTransaction,
    record: &Record,
    leases: LeaseClock,
) -> Result<Recorded, StoreError> {
    if let Some(Intent { unless: Some(rivals), .. }) = &record.intent
        && let Some(other) = intake::being_bought(transaction, &record.site, record.id, rivals).await?
    {
        return Ok(Recorded::Linked(other));
    }
    let Some((seq, woken)) = change_state(transaction, record, leases).await? else {
        if let Some(evidence) = &record.evidence {
            keep_evidence(transaction, record, evidence).await?;
            wishes::wake(transaction, &record.site, record.id, record.at).await?;
        }
        return Ok(Recorded::FencedOff);
    };
    let first = seq - count(record.audit.len()) + 1;
    append_audit(transaction, &record.site, record.id, first, &record.audit).await?;
    if let Some(intent) = &record.intent {
        put_intent(transaction, record, intent).await?;
    }
    if let Some(evidence) = &record.evidence {
        keep_evidence(transaction, record, evidence).await?;
    }
    if record.state.tracking_number.is_some() {
        mark_booked(transaction, &record.site).await?;
    }
    for label in &record.labels {
        put_label(transaction, record, label).await?;
    }
    put_scans(transaction, record).await?;
    parcels::put_parcels(transaction, record).await?;
    for (wish, at) in &record.wishes_done {
        let text = "UPDATE wishes SET done_at = $3 WHERE site_id = $1 AND id = $2 AND done_at IS NULL AND kind <> $4";
        let (site, kind) = (record.site.as_str(), wishes::HEARD);
        run(transaction, text, vec![site.into(), wish.0.into(), micros(*at).into(), kind.into()]).await?;
        let text = "DELETE FROM wishes WHERE site_id = $1 AND id = $2 AND kind = $3";
        run(transaction, text, vec![site.into(), wish.0.into(), kind.into()]).await?;
    }
    if let Some(address) = &record.accepted_address {
        remember(transaction, &record.site, address).await?;
    }
    alarms::change(transaction, &record.site, &record.alarms).await?;
    for event in &record.events {
        notices::event(transaction, &record.site, event).await?;
    }
    if !record.events.is_empty() {
        notices::wake(transaction, &record.site, record.at).await?;
    }
    Ok(Recorded::Done { seq, woken })
}

/// The fenced part: the new `seq` and `woken`, or `None` when the fence is lost.
async fn change_state(
    transaction: &DatabaseTransaction,
    record: &Record,
    leases: LeaseClock,
) -> Result<Option<(i64, i64)>, StoreError> {
    // Nothing added to a time is no time, and the shipment is let go.
    let until = format!("{} + $17", leases.now("$16"));
    let text = format!(
        "UPDATE shipments SET stage = $4, lane = COALESCE($5, lane), \
                due_at = CASE WHEN woken <> $6 THEN $7 ELSE $8 END, tries = $9, seq = seq + $10, state = $11, \
                hold_code = $12, tracking_number = $13, fingerprint = COALESCE($14, fingerprint), \
                settings_version = COALESCE($15, settings_version), lease_until = {until}, updated_at = $7 \
                WHERE site_id = $1 AND id = $2 AND lease_epoch = $3 RETURNING seq, woken"
    );
    let state = &record.state;
    let values: Vec<Value> = vec![
        record.site.as_str().into(),
        record.id.0.into(),
        record.epoch.into(),
        state.stage.as_str().into(),
        state.lane.clone().into(),
        record.woken_seen.into(),
        micros(record.at).into(),
        maybe_micros(state.due_at).into(),
        state.tries.into(),
        count(record.audit.len()).into(),
        state.state.as_str().into(),
        state.hold_code.clone().into(),
        state.tracking_number.as_ref().map(|number| number.as_str().to_owned()).into(),
        state.fingerprint.clone().into(),
        state.settings_version.into(),
        record.keep_lease.map_or(0, |lease| micros(lease.from)).into(),
        record.keep_lease.map(Lease::length_micros).into(),
    ];
    let row = transaction.query_one_raw(sql(transaction, text, values)).await.map_err(failed("record"))?;
    row.map(|row| Ok((get(&row, 0)?, get(&row, 1)?))).transpose()
}

/// Appends lines whose first has the number `first`.
pub(super) async fn append_audit(
    transaction: &DatabaseTransaction,
    site: &SiteName,
    id: ShipmentId,
    first: i64,
    lines: &[AuditLine],
) -> Result<(), StoreError> {
    if lines.is_empty() {
        return Ok(());
    }
    let text = format!(
        "INSERT INTO audit (site_id, shipment_id, seq, at, actor, event, words, detail) VALUES {}",
        tuples(0, lines.len(), 8)
    );
    let mut values: Vec<Value> = Vec::with_capacity(lines.len() * 8);
    for (seq, line) in (first..).zip(lines) {
        values.extend([
            site.as_str().into(),
            id.0.into(),
            seq.into(),
            micros(line.at).into(),
            line.actor.as_str().into(),
            line.event.as_str().into(),
            line.words.as_str().into(),
            line.detail.to_string().into(),
        ]);
    }
    run(transaction, text, values).await
}

async fn put_intent(transaction: &DatabaseTransaction, record: &Record, intent: &Intent) -> Result<(), StoreError> {
    let text = "INSERT INTO attempts (site_id, shipment_id, attempt, reference, request_digest, request, asked_at, \
                watch_until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let values: Vec<Value> = vec![
        record.site.as_str().into(),
        record.id.0.into(),
        i64::from(intent.attempt.0).into(),
        intent.reference.as_str().into(),
        intent.request_digest.as_str().into(),
        intent.request.as_str().into(),
        micros(intent.asked_at).into(),
        micros(intent.watch_until).into(),
    ];
    run(transaction, text, values).await
}

/// Writes an answer to its attempt. What is proven to be booked stays so: a later doubt about
/// the same attempt knows less.
async fn keep_evidence(
    transaction: &DatabaseTransaction,
    record: &Record,
    evidence: &Evidence,
) -> Result<(), StoreError> {
    let text = "UPDATE attempts SET outcome = $4, answer = COALESCE($5, answer), answered_at = $6 \
                WHERE site_id = $1 AND shipment_id = $2 AND attempt = $3 \
                AND (outcome IS NULL OR outcome <> 'booked' OR $4 = 'booked')";
    let values: Vec<Value> = vec![
        record.site.as_str().into(),
        record.id.0.into(),
        i64::from(evidence.attempt.0).into(),
        evidence.outcome.as_str().into(),
        evidence.answer.clone().into(),
        micros(evidence.at).into(),
    ];
    run(transaction, text, values).await
}

async fn mark_booked(transaction: &DatabaseTransaction, site: &SiteName) -> Result<(), StoreError> {
    let text = "UPDATE sites SET booked_once = TRUE WHERE site_id = $1 AND booked_once = FALSE";
    run(transaction, text, vec![site.as_str().into()]).await
}

async fn put_label(transaction: &DatabaseTransaction, record: &Record, label: &LabelRow) -> Result<(), StoreError> {
    let text = "INSERT INTO labels (site_id, shipment_id, attempt, package_no, kind, tracking_number, format, bytes, made_at) \
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (site_id, shipment_id, attempt, package_no, kind) \
                DO UPDATE SET tracking_number = excluded.tracking_number, format = excluded.format, \
                bytes = excluded.bytes, made_at = excluded.made_at";
    let values: Vec<Value> = vec![
        record.site.as_str().into(),
        record.id.0.into(),
        i64::from(label.attempt.0).into(),
        i64::from(label.package_no).into(),
        label.kind.as_str().into(),
        label.tracking_number.as_str().into(),
        label.format.as_str().into(),
        label.bytes.clone().into(),
        micros(record.at).into(),
    ];
    run(transaction, text, values).await
}

async fn put_scans(transaction: &DatabaseTransaction, record: &Record) -> Result<(), StoreError> {
    for scans in record.scans.chunks(500) {
        let text = format!(
            "INSERT INTO scans (site_id, tracking_number, identity, shipment_id, at, body, feed, heard_at, raw) VALUES {} \
             ON CONFLICT (site_id, tracking_number, identity) DO UPDATE SET body = excluded.body, at = excluded.at \
             WHERE scans.body <> excluded.body",
            tuples(0, scans.len(), 9)
        );
        let mut values: Vec<Value> = Vec::with_capacity(scans.len() * 9);
        for scan in scans {
            values.extend([
                record.site.as_str().into(),
                scan.tracking_number.as_str().into(),
                scan.identity.as_str().into(),
                record.id.0.into(),
                micros(scan.at).into(),
                scan.body.as_str().into(),
                scan.feed.as_str().into(),
                maybe_micros(scan.heard_at).into(),
                scan.raw.clone().into(),
            ]);
        }
        run(transaction, text, values).await?;
    }
    Ok(())
}

/// Remembers an address that a person accepted.
pub(super) async fn remember(
    transaction: &DatabaseTransaction,
    site: &SiteName,
    address: &NewAcceptedAddress,
) -> Result<(), StoreError> {
    let text = "INSERT INTO accepted_addresses (site_id, memory_key, address, actor, made_at) \
                VALUES ($1, $2, $3, $4, $5) ON CONFLICT (site_id, memory_key) DO UPDATE SET \
                address = excluded.address, actor = excluded.actor, made_at = excluded.made_at";
    let values: Vec<Value> = vec![
        site.as_str().into(),
        address.memory_key.as_str().into(),
        address.address.as_str().into(),
        address.actor.as_str().into(),
        micros(address.at).into(),
    ];
    run(transaction, text, values).await
}

async fn run(transaction: &DatabaseTransaction, text: impl Into<String>, values: Vec<Value>) -> Result<(), StoreError> {
    transaction.execute_raw(sql(transaction, text, values)).await.map_err(failed("record")).map(drop)
}
