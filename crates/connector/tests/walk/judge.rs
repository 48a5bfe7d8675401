//! What must hold, whatever happened: after every round, and more strictly once everything has come to rest.
//!
//! ```text
//! UPS's ledger ─► every label carries the reference of a stored attempt; at most one standing shipment for each of ours
//!              ─► an attempt said to have bought nothing has bought nothing
//!              ─► a standing label is on a waybill, or its shipment is in doubt about that very attempt
//! audit trail  ─► numbered without a gap; what was told once stays as it was told
//! store        ─► every shipment has a next step, or waits for a person, or is at its end
//! SYSPRO       ─► holds what we say is proven; its operator is not locked out                       (at rest)
//! documents    ─► what SYSPRO wants shipped is shipped, once; what nobody wants is not bought later (at rest)
//! ```

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, bail, ensure};
use connector::config::Mode;
use connector::store::{AttemptRow, Outcome, ShipmentRow};
use jiff::SignedDuration;
use sandbox::ledger::LabelEntry;
use shipment::number::{DocumentNumber, ShipmentId};
use shipment::state::{Booked, Gone, State, Void};
use shipment::write_back::{FieldWrite, Progress, Target};

use crate::documents::Doc;
use crate::people::life;
use crate::world::World;

/// A document may be bought for as long as it is fresh after SYSPRO stopped wanting it: `fresh_for`, and the time that a
/// walk moves between the reading and the purchase.
const FRESH: SignedDuration = SignedDuration::from_mins(5);

/// Everything that is asked about.
struct Books {
    rows: Vec<(ShipmentRow, State)>,
    attempts: BTreeMap<String, AttemptRow>,
    labels: Vec<LabelEntry>,
    /// What polls made of each document, by its key.
    verdicts: BTreeMap<String, String>,
}

impl Books {
    /// The attempt that bought a label.
    fn attempt_of(&self, label: &LabelEntry) -> anyhow::Result<&AttemptRow> {
        label.references.iter().find_map(|it| self.attempts.get(it)).with_context(|| {
            format!("label {} was bought without an intent: {:?}", label.tracking_number, label.references)
        })
    }

    fn standing(&self) -> impl Iterator<Item = &LabelEntry> {
        self.labels.iter().filter(|it| !it.voided)
    }
}

impl World {
    async fn books(&mut self) -> anyhow::Result<Books> {
        let mut rows = Vec::new();
        let mut attempts = BTreeMap::new();
        let app = self.somebody().await?;
        // First the ledger: what is sold later may be known already, what was sold before must be.
        let labels = self.sandbox.ledger().labels;
        for row in self.shipments().await? {
            for attempt in app.store.attempts_of(&row.site, row.id).await? {
                attempts.insert(attempt.reference.to_string(), attempt);
            }
            let state = life(&row)?.state;
            rows.push((row, state));
        }
        let seen = app.store.sightings(&self.site, self.way.source).await?;
        let verdicts = seen.into_iter().map(|(key, row)| (key, row.verdict)).collect();
        Ok(Books { rows, attempts, labels, verdicts })
    }

    /// What must hold at any time when nothing is in flight.
    pub(crate) async fn judge_always(&mut self) -> anyhow::Result<()> {
        let books = self.books().await?;
        labels(&books)?;
        self.trails(&books).await?;
        for (row, state) in &books.rows {
            let waits = row.due_at.is_none() && !rests(state, self.mode);
            ensure!(!waits, "{} is {} and waits for nobody", row.document, row.stage);
        }
        let operator = self.sandbox.credentials().syspro_operator;
        ensure!(!self.sandbox.syspro().is_locked(operator), "operator {operator} is locked out");
        Ok(())
    }

    /// Audit trails have no gap and only grow.
    async fn trails(&mut self, books: &Books) -> anyhow::Result<()> {
        let app = self.somebody().await?;
        let gaps = app.store.verify_audit(&self.site).await?;
        ensure!(gaps.is_empty(), "gaps in the audit trail: {gaps:?}");
        for (row, _) in &books.rows {
            let trail = app.store.audit_of(&row.site, row.id).await?;
            let before = self.trails.get(&row.id).map_or(&[][..], Vec::as_slice);
            ensure!(trail.starts_with(before), "the history of {} was rewritten: it was {before:#?}", row.document);
            self.trails.insert(row.id, trail);
        }
        Ok(())
    }

    /// What must hold when nothing is due any more and nothing waits for a person.
    pub(crate) async fn judge_at_rest(&mut self) -> anyhow::Result<()> {
        let books = self.books().await?;
        for label in books.standing() {
            let owner = books.attempt_of(label)?.shipment;
            let known = books.rows.iter().any(|(row, state)| row.id == owner && is_on_waybill(state, label));
            ensure!(known, "label {} stands and no shipment knows it", label.tracking_number);
        }
        for (row, state) in &books.rows {
            self.judge_shipment(&books, row, state).with_context(|| format!("{}, {}", row.document, row.stage))?;
        }
        for doc in &self.docs {
            self.judge_document(&books, doc).with_context(|| format!("{}: {doc:?}", doc.number))?;
        }
        Ok(())
    }

    fn judge_shipment(&self, books: &Books, row: &ShipmentRow, state: &State) -> anyhow::Result<()> {
        match state {
            State::Booked(booked) => {
                let numbers: BTreeSet<_> = booked.waybill.tracking_numbers.iter().map(|it| it.as_str()).collect();
                let sold: Vec<_> =
                    books.labels.iter().filter(|it| numbers.contains(it.tracking_number.as_str())).collect();
                ensure!(
                    sold.len() == numbers.len(),
                    "UPS sold {} of the {} labels on its waybill",
                    sold.len(),
                    numbers.len()
                );
                let standing = sold.iter().filter(|it| !it.voided).count();
                let wanted = if booked.is_voided() { 0 } else { numbers.len() };
                ensure!(standing == wanted, "{standing} of its labels stand instead of {wanted}");
                self.judge_write_back(books, row, booked)
            }
            State::Cancelled(_) => Ok(()),
            State::AlreadyThere(_)
            | State::Received(_)
            | State::Addressed(_)
            | State::Packed(_)
            | State::Rated(_)
            | State::Booking(_)
            | State::Desk(_)
            | State::Held(_) => bail!("it is not at an end"),
        }
    }

    /// What we say is proven stands in SYSPRO. Fields that shipments share are their last writer's.
    fn judge_write_back(&self, books: &Books, row: &ShipmentRow, booked: &Booked) -> anyhow::Result<()> {
        let others: BTreeSet<&Target> = books
            .rows
            .iter()
            .filter(|(other, _)| other.id != row.id)
            .flat_map(|(_, state)| proven(state))
            .map(|write| &write.target)
            .collect();
        let mut last: BTreeMap<&Target, &FieldWrite> = BTreeMap::new();
        for write in booked.write_back.steps.iter().filter(|it| is_proven(&it.progress)).flat_map(|it| &it.writes) {
            last.insert(&write.target, write);
        }
        for write in last.into_values().filter(|it| !others.contains(&it.target)) {
            let Some(held) = self.held_in_syspro(&write.target) else { continue };
            let guard = write.only_if.as_ref().and_then(|it| self.held_in_syspro(&it.target));
            let is_done =
                write.is_done(|target| if *target == write.target { Some(held.as_str()) } else { guard.as_deref() });
            ensure!(is_done, "SYSPRO's {:?} holds {held:?} instead of the proven {}", write.target, write.value);
        }
        Ok(())
    }

    fn held_in_syspro(&self, target: &Target) -> Option<String> {
        let syspro = self.sandbox.syspro();
        match target {
            Target::DispatchNote { note, field } => syspro.read_field(note.as_str(), field.column()),
            Target::OrderForm { order, field } => Some(syspro.form_value(order.as_str(), field).unwrap_or_default()),
            Target::NoteForm { note, field } => {
                Some(syspro.value_on_form("DSP", note.as_str(), field).unwrap_or_default())
            }
            Target::PurchaseForm { order, field } => {
                Some(syspro.value_on_form("POR", order.as_str(), field).unwrap_or_default())
            }
            Target::InvoiceCopy { .. } | Target::Status { .. } | Target::Comment { .. } | Target::Freight { .. } => {
                None
            }
        }
    }

    /// What SYSPRO wants shipped is shipped, or a person has said otherwise; what it does not want is not bought.
    fn judge_document(&self, books: &Books, doc: &Doc) -> anyhow::Result<()> {
        let rows: Vec<_> = books.rows.iter().filter(|(row, _)| row.document.as_str() == doc.number).collect();
        if let Some(since) = doc.unwanted_since {
            let ids: BTreeSet<ShipmentId> = rows.iter().map(|(row, _)| row.id).collect();
            for label in books.labels.iter().filter(|it| it.booked_at > since + FRESH) {
                let late = ids.contains(&books.attempt_of(label)?.shipment);
                ensure!(!late, "label {} was bought at {}", label.tracking_number, label.booked_at);
            }
        }
        if !doc.must_ship() {
            return Ok(());
        }
        let Some((_, state)) = rows.last() else {
            let key = doc.number.parse::<DocumentNumber>()?.canonical();
            let verdict = books.verdicts.get(&key).map_or("no poll has seen it", String::as_str);
            bail!("it was never received: {verdict}")
        };
        match state {
            State::Booked(booked) => match &booked.void {
                None => Ok(()),
                Some(Void::Voided { restart: false, .. }) if doc.voided => Ok(()),
                Some(void) => bail!("nobody wanted its label void for good: {void:?}"),
            },
            State::Cancelled(it) if doc.withdrawn && matches!(it.gone, Gone::Withdrawn { .. }) => Ok(()),
            State::Cancelled(it) => bail!("it was given up although SYSPRO wants it: {:?}", it.gone),
            _ => bail!("it has no label"),
        }
    }

    /// Once every node has gone: no seat is left taken that somebody could have given back.
    pub(crate) fn judge_sessions(&self) -> anyhow::Result<()> {
        let ours = self.sandbox.credentials().syspro_operator;
        let lost =
            self.tally.deaths > 0 || self.sandbox.faults().fired().iter().any(|it| it.call.to_string().contains("log"));
        let left = self.sandbox.syspro().sessions().iter().filter(|it| *it == ours).count();
        ensure!(left == 0 || lost, "{left} sessions are left open at SYSPRO");
        Ok(())
    }
}

/// What the ledger and the attempts say of each other.
fn labels(books: &Books) -> anyhow::Result<()> {
    let mut standing: BTreeMap<ShipmentId, BTreeSet<&str>> = BTreeMap::new();
    for label in &books.labels {
        let attempt = books.attempt_of(label)?;
        ensure!(
            attempt.outcome != Some(Outcome::NotBooked),
            "attempt {} is said to have bought nothing and has bought {}",
            attempt.reference,
            label.tracking_number
        );
        if label.voided {
            continue;
        }
        standing.entry(attempt.shipment).or_default().insert(&label.shipment_identification_number);
        let (row, state) =
            books.rows.iter().find(|(row, _)| row.id == attempt.shipment).context("an attempt of nobody")?;
        let known = is_on_waybill(state, label) || is_in_doubt_about(state, attempt);
        ensure!(known, "label {} stands and {}, {}, does not know it", label.tracking_number, row.document, row.stage);
    }
    for (id, numbers) in standing {
        ensure!(numbers.len() == 1, "shipment {id} has {} standing labels: {numbers:?}", numbers.len());
    }
    Ok(())
}

fn is_on_waybill(state: &State, label: &LabelEntry) -> bool {
    state.waybill().is_some_and(|it| it.tracking_numbers.iter().any(|it| it.as_str() == label.tracking_number))
}

fn is_in_doubt_about(state: &State, attempt: &AttemptRow) -> bool {
    match state {
        State::Booking(booking) | State::Desk(booking) => booking.attempt.reference == attempt.reference,
        _ => false,
    }
}

fn is_proven(progress: &Progress) -> bool {
    matches!(progress, Progress::Proven { .. })
}

fn proven(state: &State) -> impl Iterator<Item = &FieldWrite> {
    let steps = match state {
        State::Booked(booked) => booked.write_back.steps.as_slice(),
        _ => &[],
    };
    steps.iter().filter(|it| is_proven(&it.progress)).flat_map(|it| &it.writes)
}

/// Whether a shipment may stand still: it is at an end, or a person moves next.
fn rests(state: &State, mode: Mode) -> bool {
    match state {
        State::AlreadyThere(_) | State::Held(_) | State::Desk(_) | State::Cancelled(_) => true,
        State::Rated(_) => mode != Mode::Automatic,
        State::Booked(booked) => {
            let finished = booked.is_voided() || booked.tracking.next_at.is_none();
            finished && !booked.write_back.is_pending()
        }
        State::Received(_) | State::Addressed(_) | State::Packed(_) | State::Booking(_) => false,
    }
}
