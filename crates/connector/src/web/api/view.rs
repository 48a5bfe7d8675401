//! What programs are told: stable names and plain values, whatever the types inside are called.

use serde::{Deserialize, Serialize};
use shipment::money::Money;
use shipment::state::State;
use utoipa::ToSchema;

use crate::engine::life::Life;
use crate::store::{AuditRow, ShipmentRow};

/// A shipment.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ShipmentView {
    /// Its id, for every further call.
    #[schema(example = "0190a4b2-0000-7000-8000-000000000001")]
    pub(super) id: String,
    /// Its site.
    pub(super) site: String,
    /// Which kind of document it was read from.
    #[schema(example = "dispatch_notes")]
    pub(super) source: String,
    /// The document's number as SYSPRO wrote it.
    pub(super) document: String,
    /// Which release of the document.
    pub(super) release: u32,
    /// Its sales order.
    pub(super) sales_order: Option<String>,
    /// The customer's code.
    pub(super) customer: Option<String>,
    /// Where it stands, e.g. `rated`, `booked`, `delivered`, `held`, `in_doubt`.
    pub(super) stage: String,
    /// Why a person is needed, if one is.
    pub(super) hold: Option<HoldView>,
    /// One number a package, the first leading.
    pub(super) tracking_numbers: Vec<String>,
    /// What the label cost, as booked.
    pub(super) cost: Option<MoneyView>,
    /// What UPS's scans say, once there are any, e.g. `in_transit`.
    pub(super) status: Option<String>,
    /// When it was received.
    #[schema(format = DateTime)]
    pub(super) created_at: String,
    /// When it last changed.
    #[schema(format = DateTime)]
    pub(super) updated_at: String,
}

/// Why a shipment waits for a person.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HoldView {
    /// For programs.
    #[schema(example = "missing_mass")]
    code: String,
    /// What happened.
    words: String,
    /// What to do.
    next_step: String,
    /// Who can usually help.
    owner: String,
}

/// An amount.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MoneyView {
    /// In the currency's own digits, as text, because a float is no money.
    #[schema(example = "18.40")]
    amount: String,
    /// ISO 4217.
    #[schema(example = "USD")]
    currency: String,
}

impl MoneyView {
    pub(in crate::web) fn of(money: Money) -> Self {
        Self { amount: money.decimal().to_string(), currency: money.currency().to_string() }
    }
}

/// A page of shipments, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Page {
    /// The shipments.
    pub(super) items: Vec<ShipmentView>,
    /// What `after` has to be for the next page; none on the last.
    pub(super) next: Option<String>,
}

/// A shipment with its history.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Whole {
    /// As it stands.
    pub(super) shipment: ShipmentView,
    /// What happened, oldest first, numbered without a gap.
    pub(super) audit: Vec<AuditView>,
    /// Its papers.
    pub(super) labels: Vec<LabelView>,
}

/// A line of history.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditView {
    /// Counts from one.
    seq: i64,
    /// When (business time).
    #[schema(format = DateTime)]
    at: String,
    /// Who.
    actor: String,
    /// For programs.
    event: String,
    /// For people.
    words: String,
}

/// A paper of a package.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LabelView {
    /// Counts from one.
    pub(super) package: u32,
    /// `label`, or another paper.
    pub(super) kind: String,
    /// `gif`, `png`, `zpl` …
    pub(super) format: String,
    /// The package's number.
    pub(super) tracking_number: String,
    /// Where it is fetched.
    pub(super) href: String,
}

/// How many shipments stand where.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CountsView {
    /// By stage.
    pub(super) stages: std::collections::BTreeMap<String, i64>,
    /// By the reason of the hold.
    pub(super) holds: std::collections::BTreeMap<String, i64>,
    /// Documents that were seen and are not ours.
    pub(super) not_ours: i64,
}

/// What was put down.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PutDown {
    /// The wish; what becomes of it stands in the history.
    #[schema(example = "hold")]
    pub(super) wish: String,
}

/// What stands on the scale.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scale {
    /// One weight a package, packaging included, in the site's unit or with its own; none ships as planned.
    #[serde(default)]
    #[schema(example = json!(["12.4", "8.1 lb"]))]
    pub(super) weights: Vec<String>,
    /// So many packages of the one weight given.
    pub(super) boxes: Option<u16>,
    /// The box used, by its name in the site file.
    #[serde(rename = "box")]
    pub(super) box_name: Option<String>,
}

/// What became of a call of the station.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Shipped {
    /// `label`: it is bought. `held`: a person is needed. `in_doubt`: put it aside, a second label must not be bought. `later`:
    /// it is still under way. `no_label`: it gets none from here.
    pub(super) outcome: &'static str,
    /// The same for people.
    pub(super) words: String,
    /// The shipment.
    pub(super) shipment: ShipmentView,
    /// Its papers.
    pub(super) labels: Vec<LabelView>,
}

/// What a shipper may ask for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum WishRequest {
    /// A label may be bought as planned.
    Approve,
    /// Stop before the label until released.
    Hold {
        /// Why.
        reason: String,
    },
    /// Go on from where it was held, after reading the document again.
    Release {
        /// Why.
        #[serde(default)]
        reason: String,
    },
    /// Try what failed again, now.
    Retry,
    /// Print the label again; nothing is bought.
    Print,
    /// Use another UPS service.
    Service {
        /// UPS's code or name.
        #[schema(example = "03")]
        service: String,
    },
    /// Settle a held address: UPS's proposal with this number, or what the order says.
    Address {
        /// Counts from one; none keeps what the order says.
        take: Option<usize>,
    },
    /// A person has looked at what was to be looked at.
    Seen,
}

/// What a supervisor may decide.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum DecisionRequest {
    /// Void the label at UPS.
    Void {
        /// Why.
        reason: String,
        /// Ship the document anew afterwards.
        #[serde(default)]
        restart: bool,
    },
    /// Never ship it from here.
    Withdraw {
        /// Why.
        reason: String,
    },
    /// Void single packages at UPS; the others go on.
    VoidPackages {
        /// Their tracking numbers.
        packages: Vec<String>,
        /// Why.
        reason: String,
    },
    /// A lost booking exists under this number and nobody wants it: void it and ship anew.
    VoidAndRestart {
        /// The tracking number.
        number: String,
        /// How that is known.
        reason: String,
    },
    /// A lost booking exists under this number.
    Adopt {
        /// The tracking number.
        number: String,
        /// How that is known.
        reason: String,
    },
    /// A lost booking does not exist: one more attempt.
    Absent {
        /// How that is known.
        reason: String,
    },
}

impl ShipmentView {
    /// As it stands in the store; a state of another version is told by its columns alone.
    pub(super) fn of(row: &ShipmentRow) -> Self {
        let state = Life::read(&row.state).ok().map(|it| it.state);
        let waybill = state.as_ref().and_then(State::waybill);
        let scanned = match &state {
            Some(State::Booked(booked)) if !booked.is_voided() => booked.status().map(|it| it.code().to_owned()),
            _ => None,
        };
        Self {
            id: row.id.to_string(),
            site: row.site.to_string(),
            source: row.source.code().to_owned(),
            document: row.document.to_string(),
            release: row.release.0,
            sales_order: row.sales_order.clone(),
            customer: row.customer.clone(),
            stage: row.stage.clone(),
            hold: state.as_ref().and_then(State::hold).map(|it| HoldView {
                code: it.code().to_owned(),
                words: it.words(),
                next_step: it.next_step(),
                owner: it.owner().to_string(),
            }),
            tracking_numbers: waybill
                .map(|it| it.tracking_numbers.iter().map(ToString::to_string).collect())
                .unwrap_or_default(),
            cost: waybill.and_then(|it| it.charges.payable()).map(MoneyView::of),
            status: scanned,
            created_at: row.created_at.to_string(),
            updated_at: row.updated_at.to_string(),
        }
    }
}

impl AuditView {
    pub(super) fn of(row: AuditRow) -> Self {
        Self { seq: row.seq, at: row.at.to_string(), actor: row.actor, event: row.event, words: row.words }
    }
}
