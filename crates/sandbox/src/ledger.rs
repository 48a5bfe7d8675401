//! What really happened in the two systems: the truth a test compares the connector's belief with.
//!
//! ```text
//! ups/ship, ups/void ──► labels, voided        ┐
//! syspro posts, logons ► writes, logons, …     ├─► Book ─► Ledger (a snapshot) ─► tests, GET /ledger
//! serve.rs, every call ► calls, refused        ┘
//! ```
//!
//! Only effects are entered, at the moment they are committed: a label whose answer was lost by a
//! fault stands here, a request that was refused does not (it stands under `refused`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde::Serialize;

use crate::fault::Call;

/// A snapshot of every effect since the start of the sandbox.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Ledger {
    /// One entry for each package label UPS sold, oldest first.
    pub labels: Vec<LabelEntry>,
    /// One entry for each field SYSPRO really changed on request, oldest first.
    pub writes: Vec<SysproWrite>,
    /// Freight and comment lines that SYSPRO was asked to add and that still stand, by document.
    pub syspro_lines: BTreeMap<String, SysproLines>,
    /// Uses of what no public evidence shows of SYSPRO, and how often each.
    pub unproven: BTreeMap<String, u64>,
    /// Successful logons to SYSPRO.
    pub logons: u64,
    /// Logoffs of sessions that were alive.
    pub logoffs: u64,
    /// Logons refused for a wrong operator, company or password.
    pub wrong_passwords: u64,
    /// UPS tokens issued.
    pub tokens: u64,
    /// How often each call was made, answered or not, by the call's text form.
    pub calls: BTreeMap<String, u64>,
    /// Every call that was refused by the system itself, not by a fault.
    pub refused: Vec<Refused>,
}

/// One package label that UPS sold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LabelEntry {
    /// The package's number.
    pub tracking_number: String,
    /// The number of the shipment it belongs to: its first package's number.
    pub shipment_identification_number: String,
    /// Reference values, of the package first, then of its shipment.
    pub references: Vec<String>,
    /// Whether it goes out or comes back.
    pub direction: Direction,
    /// Whether the label was voided afterwards.
    pub voided: bool,
    /// When it was voided.
    pub voided_at: Option<Timestamp>,
    /// When it was sold.
    pub booked_at: Timestamp,
    /// The UPS service code asked for.
    pub service: String,
    /// The account that pays, six characters.
    pub account: String,
    /// What the sandbox charges for the whole shipment, for example `18.40 USD`: the negotiated
    /// price if there is one.
    pub charge: String,
    /// The published price of the whole shipment.
    pub published: String,
    /// The account's own price of the whole shipment, if it asked for one and has one.
    pub negotiated: Option<String>,
    /// Who pays for the transportation.
    pub paid_by: PaidBy,
    /// Who pays duties and taxes; the receiver, without an entry here, where any are due.
    pub duties_paid_by: Option<PaidBy>,
    /// Who receives it, as sent.
    pub ship_to: String,
    /// What the goods are worth, for example `42.50 USD`, where it was said.
    pub goods_value: Option<String>,
}

/// Which way a label's parcel goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From the shipper to a receiver.
    Forward,
    /// Back to the shipper, under a return service.
    Return,
}

/// Who pays for something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PaidBy {
    /// The shipper's own account.
    Shipper,
    /// The receiver's account, by its number.
    Receiver(String),
    /// Somebody else's account, by its number.
    ThirdParty(String),
    /// The consignee, without an account number.
    Consignee,
}

/// One field that SYSPRO changed because it was asked to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SysproWrite {
    /// When.
    pub at: Timestamp,
    /// The business object that wrote it, for example `SORTDH`.
    pub business_object: String,
    /// The key of what was changed: a dispatch note, an order, a form's key.
    pub key: String,
    /// The field's name.
    pub field: String,
    /// What stood there before.
    pub before: String,
    /// What stands there now.
    pub after: String,
}

/// How many lines stand on a document because a client asked for them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct SysproLines {
    /// Freight lines: more than one is one too many.
    pub freight: u32,
    /// Comment lines.
    pub comment: u32,
}

/// A call that the system refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// The call's text form.
    pub call: String,
    /// When.
    pub at: Timestamp,
    /// The HTTP status of the refusal; 200 where SYSPRO refuses in words.
    pub status: u16,
    /// UPS's error code, or SYSPRO's words.
    pub why: String,
}

impl Ledger {
    /// Shipments bought and not voided.
    #[must_use]
    pub fn labels_bought(&self) -> usize {
        self.standing().map(|label| &label.shipment_identification_number).collect::<BTreeSet<_>>().len()
    }

    /// The source's own key values (sales order, dispatch note …) that paid for more than one
    /// shipment which still stands: reference value and the shipments' numbers.
    ///
    /// A reference of 26 characters of Crockford's base32 is an attempt's own and is left out, as
    /// it differs from attempt to attempt by design; so are returns, which repeat the key of what
    /// they bring back.
    #[must_use]
    pub fn duplicates(&self) -> Vec<(String, Vec<String>)> {
        let mut by_key: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for label in self.standing().filter(|label| label.direction == Direction::Forward) {
            for value in label.references.iter().filter(|value| !is_derived(value)) {
                by_key.entry(value).or_default().insert(&label.shipment_identification_number);
            }
        }
        by_key
            .into_iter()
            .filter(|(_, shipments)| shipments.len() > 1)
            .map(|(key, shipments)| (key.to_owned(), shipments.into_iter().map(str::to_owned).collect()))
            .collect()
    }

    /// Labels that carry `reference`, voided ones included.
    #[must_use]
    pub fn labels_for(&self, reference: &str) -> Vec<&LabelEntry> {
        self.labels.iter().filter(|label| label.references.iter().any(|value| value == reference)).collect()
    }

    /// How often `call` was made. A call that stands for several (`ups.*`) counts them all.
    #[must_use]
    pub fn calls_of(&self, call: &Call) -> u64 {
        self.calls
            .iter()
            .filter(|(text, _)| text.parse::<Call>().is_ok_and(|made| call.covers(&made)))
            .map(|(_, times)| times)
            .sum()
    }

    fn standing(&self) -> impl Iterator<Item = &LabelEntry> {
        self.labels.iter().filter(|label| !label.voided)
    }
}

fn is_derived(reference: &str) -> bool {
    let crockford = |c: char| c.is_ascii_digit() || (c.is_ascii_uppercase() && !"ILOU".contains(c));
    reference.len() == 26 && reference.chars().all(crockford)
}

/// The ledger while it is being written. Clones write into the same one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Book(Arc<Mutex<Ledger>>);

impl Book {
    /// Enters something. Keep it short: every server writes here.
    pub(crate) fn enter<T>(&self, entry: impl FnOnce(&mut Ledger) -> T) -> T {
        entry(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Notes a use of what no public evidence shows.
    pub(crate) fn unproven(&self, what: String) {
        self.enter(|ledger| *ledger.unproven.entry(what).or_default() += 1);
    }

    /// Counts a call; `serve.rs` does so for every request it recognises.
    pub(crate) fn called(&self, call: &Call) {
        self.enter(|ledger| *ledger.calls.entry(call.to_string()).or_default() += 1);
    }

    /// Enters a refusal. `serve.rs` does so for HTTP statuses from 400 on and for replies that say
    /// they refuse.
    pub(crate) fn refused(&self, call: &Call, at: Timestamp, status: u16, why: impl Into<String>) {
        let refused = Refused { call: call.to_string(), at, status, why: why.into() };
        self.enter(|ledger| ledger.refused.push(refused));
    }

    /// What has been entered so far.
    pub(crate) fn snapshot(&self) -> Ledger {
        self.enter(|ledger| ledger.clone())
    }
}
