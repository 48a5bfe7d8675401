//! What the demo ends with, counted where the truth is: labels in the ledger, tracking numbers in SYSPRO.

use std::collections::BTreeMap;
use std::time::Duration;

use sandbox::Sandbox;
use serde::Serialize;
use shipment::state::{Stage, State};

use super::story::{self, Story};
use crate::app::App;
use crate::engine::life::Life;
use crate::store::{ListFilter, OURS, ShipmentRow};

/// The last line of `demo --json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Documents of ours.
    pub orders: usize,
    /// Ready documents that are not ours.
    pub not_ours: usize,
    /// Shipments with a label that is not voided.
    pub booked: usize,
    /// Of those, delivered.
    pub delivered: usize,
    /// Shipments that wait for a person, by reason.
    pub held: BTreeMap<String, usize>,
    /// Shipments of which nobody can say whether a label exists.
    pub in_doubt: usize,
    /// Labels bought, by the ledger of the pretended UPS.
    pub labels_bought: usize,
    /// Documents that paid for more than one standing shipment, by the same ledger.
    pub duplicate_labels: usize,
    /// Documents whose field in the pretended SYSPRO carries the number of their standing label.
    pub tracking_in_syspro: usize,
    /// Orders whose form in the pretended SYSPRO carries a freight cost.
    pub freight_in_syspro: usize,
    /// Orders whose form in the pretended SYSPRO says where their parcel is.
    pub status_in_syspro: usize,
    /// Shipments by what the form in the pretended SYSPRO says of their parcel.
    pub statuses: BTreeMap<String, usize>,
    /// Calls of the pretended UPS at our webhook that were taken in.
    pub calls_taken: usize,
    /// Parcels that were in trouble on their way, by the alarms that were raised.
    pub exceptions: usize,
    /// Of those, over by themselves.
    pub exceptions_over: usize,
    /// One of them from the trouble to the door.
    pub story: Option<Story>,
    /// Lines of the audit trail.
    pub audit_lines: i64,
    /// Shipments whose audit trail has a gap.
    pub audit_gaps: usize,
    /// Faults that struck.
    pub faults: usize,
    /// Real time.
    pub elapsed_ms: u128,
}

impl Summary {
    pub(super) async fn count(app: &App, sandbox: &Sandbox, elapsed: Duration) -> anyhow::Result<Self> {
        let shipments = all(app).await?;
        let ledger = sandbox.ledger();
        let mut held = BTreeMap::new();
        let (mut booked, mut delivered, mut in_doubt) = (0, 0, 0);
        let (mut tracking, mut freight) = (0, 0);
        let mut statuses = BTreeMap::new();
        for row in &shipments {
            let state = Life::read(&row.state)?.state;
            match state.stage() {
                Stage::Held => *held.entry(row.hold_code.clone().unwrap_or_default()).or_insert(0) += 1,
                Stage::Booking | Stage::InDoubt => in_doubt += 1,
                Stage::Booked | Stage::Delivered | Stage::Ended => booked += 1,
                _ => {}
            }
            delivered += usize::from(state.stage() == Stage::Delivered);
            let document = row.document.as_str();
            let written = sandbox.syspro().read_field(document, "UserField1").unwrap_or_default();
            let standing = ledger.labels_for(document).iter().any(|label| {
                !label.voided && (label.tracking_number == written || label.shipment_identification_number == written)
            });
            tracking += usize::from(!written.is_empty() && standing);
            freight += usize::from(on_a_form(sandbox, &state, "FRTCST"));
            let shown = status_in_syspro(sandbox, row)?;
            if !shown.is_empty() {
                *statuses.entry(shown).or_insert(0) += 1;
            }
        }
        let mut not_ours = 0;
        let mut audit_gaps = 0;
        for site in app.sites() {
            let name = &site.site.name;
            for source in &site.site.sources {
                let seen = app.store.sightings(name, source.source).await?;
                not_ours += seen.values().filter(|it| it.verdict != OURS).count();
            }
            audit_gaps += app.store.verify_audit(name).await?.len();
        }
        let troubles = story::troubles(app).await?;
        Ok(Self {
            orders: shipments.len(),
            not_ours,
            booked,
            delivered,
            held,
            in_doubt,
            labels_bought: ledger.labels_bought(),
            duplicate_labels: ledger.duplicates().len(),
            tracking_in_syspro: tracking,
            freight_in_syspro: freight,
            status_in_syspro: statuses.values().sum(),
            statuses,
            calls_taken: calls_taken(sandbox),
            exceptions: troubles.len(),
            exceptions_over: troubles.iter().filter(|it| it.settled_at.is_some()).count(),
            story: story::of_trouble(app, sandbox, &troubles).await?,
            audit_lines: app.store.audit_lines(None).await?,
            audit_gaps,
            faults: sandbox.faults().fired().len(),
            elapsed_ms: elapsed.as_millis(),
        })
    }

    /// Whether something waits for a person.
    pub fn waits(&self) -> bool {
        !self.held.is_empty() || self.in_doubt > 0
    }

    /// Whether a promise was broken.
    pub fn broken(&self) -> Option<String> {
        if self.duplicate_labels > 0 {
            return Some(format!("{} documents have more than one standing label", self.duplicate_labels));
        }
        if self.audit_gaps > 0 {
            return Some(format!("{} shipments have a gap in their audit trail", self.audit_gaps));
        }
        let accounted = self.booked + self.held.values().sum::<usize>() + self.in_doubt;
        (accounted != self.orders).then(|| format!("{accounted} of {} orders are accounted for", self.orders))
    }
}

/// What the form of a shipment's first order that says something says of its parcel; blank when none does.
pub(super) fn status_in_syspro(sandbox: &Sandbox, row: &ShipmentRow) -> anyhow::Result<String> {
    let state = Life::read(&row.state)?.state;
    let orders = &state.received().document.sales_orders;
    let shown = orders.iter().filter_map(|order| sandbox.syspro().form_value(order.as_str(), "SHPSTS"));
    Ok(shown.into_iter().find(|it| !it.is_empty()).unwrap_or_default())
}

fn on_a_form(sandbox: &Sandbox, state: &State, field: &str) -> bool {
    let orders = &state.received().document.sales_orders;
    orders.iter().any(|order| sandbox.syspro().form_value(order.as_str(), field).is_some_and(|it| !it.is_empty()))
}

fn calls_taken(sandbox: &Sandbox) -> usize {
    sandbox.ups().webhooks_sent().iter().filter(|it| it.outcome == sandbox::ups::Outcome::Answered(200)).count()
}

pub(super) async fn all(app: &App) -> anyhow::Result<Vec<ShipmentRow>> {
    const PAGE: u64 = 500;
    let mut found: Vec<ShipmentRow> = Vec::new();
    loop {
        let after = found.last().map(ShipmentRow::key);
        let page = app.store.list(&ListFilter::default(), after, PAGE).await?;
        let full = page.len() as u64 == PAGE;
        found.extend(page);
        if !full {
            return Ok(found);
        }
    }
}
