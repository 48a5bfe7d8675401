//! The address book: every customer's ship-to addresses, asked of UPS before an order needs them.
//!
//! ```text
//! ArCustomer, ArMultAddress ─► site's map ─► UPS ─► finding ─► store, one by one ─► report (table, CSV, JSON)
//!                                                     └─ corrected ─ a person accepts ─► engine writes it to SYSPRO
//! ```
//!
//! A check of thousands of addresses takes its time and may be broken off at any moment: what was found is stored address
//! by address, and the next check goes on with those that are not known, changed since, or were asked too long ago.
//! Where UPS checks no streets, postal code and province of Canada and Mexico are compared here; that is never "confirmed".
//! Nothing is changed here; accepting a correction is a wish that `engine::address_book` carries out.

use futures_util::{StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use shipment::address::{Address, Judgement, judge};
use shipment::document::SysproAddress;
use shipment::hold::{Hold, Reason};
use shipment::number::SiteName;
use std::collections::HashMap;
use std::sync::Arc;
use syspro::Row;
use ups::LocalCheck;

use crate::app::{App, SiteRuntime};
use crate::engine::address::ask;
use crate::intake::reader::{Question, Reader, Rows};
use crate::remote::trouble::Trouble;
use crate::store::{AddressCheckRow, Store, StoreError, written};

/// How many addresses are asked of UPS at once.
const AT_ONCE: usize = 8;

/// The table of customers, with the columns of their own ship-to.
pub(crate) const CUSTOMERS: BookTable = BookTable { table: "ArCustomer", key: &["Customer"], name: "Name", code: None };
/// The table of their further ship-to addresses.
pub(crate) const SHIP_TOS: BookTable =
    BookTable { table: "ArMultAddress", key: &["Customer", "AddrCode"], name: "ShipToName", code: Some("AddrCode") };

/// The columns of an address, the same in both tables.
pub(crate) const ADDRESS: [&str; 8] = [
    "ShipToAddr1",
    "ShipToAddr2",
    "ShipToAddr3",
    "ShipToAddr4",
    "ShipToAddr5",
    "ShipPostalCode",
    "State",
    "Nationality",
];

/// A table of the address book.
pub(crate) struct BookTable {
    pub(crate) table: &'static str,
    key: &'static [&'static str],
    name: &'static str,
    code: Option<&'static str>,
}

/// One address of the book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) customer: String,
    /// Empty for the customer's own address.
    pub(crate) code: String,
    pub(crate) ship_to: SysproAddress,
}

/// What UPS says of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It is as SYSPRO has it, perhaps in another spelling.
    Confirmed,
    /// UPS knows the place under another street, number, city or postal code.
    Corrected,
    /// UPS knows several places it could be.
    Ambiguous,
    /// UPS knows no such place.
    Unknown,
    /// It cannot be asked: a part is missing, does not fit on a label, or is nothing UPS delivers to.
    Unreadable,
    /// UPS checks no streets there; postal code and province were compared here and belong together.
    Consistent,
    /// UPS checks no streets there; postal code and province were compared here and cannot both be right.
    Inconsistent,
    /// UPS checks no streets there, and nothing is known here to compare.
    NotCovered,
}

impl Verdict {
    /// The stable word in the store, in CSV and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Corrected => "corrected",
            Self::Ambiguous => "ambiguous",
            Self::Unknown => "unknown",
            Self::Unreadable => "unreadable",
            Self::Consistent => "consistent",
            Self::Inconsistent => "inconsistent",
            Self::NotCovered => "not_covered",
        }
    }
}

/// What was found of an address, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What UPS says.
    pub verdict: Verdict,
    /// The address as SYSPRO has it.
    pub was: SysproAddress,
    /// The address as UPS has it, where it proposes one.
    pub now: Option<Address>,
    /// The places it could be.
    pub candidates: Vec<String>,
    /// What was found, for people.
    pub words: String,
}

/// An address of the book with what was found of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// The customer.
    pub customer: String,
    /// The ship-to's code; empty for the customer's own address.
    pub ship_to_code: String,
    /// What was found.
    #[serde(flatten)]
    pub finding: Finding,
    /// When.
    pub checked_at: Timestamp,
    /// Who accepted the correction.
    pub accepted_by: Option<String>,
    /// What became of writing it.
    pub outcome: Option<String>,
}

/// How a check went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// Addresses in the book.
    pub all: usize,
    /// Of them, known from before and not asked again.
    pub known: usize,
    /// Asked now.
    pub asked: usize,
    /// Not answered now; the next check asks them again.
    pub unanswered: usize,
}

/// Checks every address that is not known well enough, and tells after each how far it is.
///
/// # Errors
/// When SYSPRO cannot be read, or UPS cannot be asked at all; what was found by then is kept.
pub async fn check(
    app: &App,
    site: &Arc<SiteRuntime>,
    again_after: SignedDuration,
    mut progress: impl FnMut(Progress),
) -> Result<Progress, Trouble> {
    let name = &site.site.name;
    let entries = read(app, site).await?;
    let known: HashMap<(String, String), AddressCheckRow> = app
        .store
        .address_checks(name)
        .await?
        .into_iter()
        .map(|it| ((it.customer.clone(), it.code.clone()), it))
        .collect();
    let now = app.clock.now();
    let is_known = |entry: &Entry| {
        let row = known.get(&(entry.customer.clone(), entry.code.clone()));
        row.is_some_and(|row| row.asked == text_of(&entry.ship_to) && now.duration_since(row.checked_at) < again_after)
    };
    let all = entries.len();
    let open: Vec<Entry> = entries.into_iter().filter(|it| !is_known(it)).collect();
    let mut told = Progress { all, known: all - open.len(), ..Progress::default() };
    progress(told);
    let asked = open.into_iter().map(|entry| async move { (find(site, &entry.ship_to).await, entry) });
    let mut asked = stream::iter(asked).buffer_unordered(AT_ONCE);
    while let Some((found, entry)) = asked.next().await {
        match found {
            Ok(finding) => {
                app.store.put_address_check(name, &row_of(&entry, &finding, app.clock.now())).await?;
                told.asked += 1;
            }
            Err(trouble) if trouble.is_the_sites() => return Err(trouble),
            Err(trouble) => {
                tracing::info!(site = %name, trouble = %trouble.words, "an address was not answered");
                told.unanswered += 1;
            }
        }
        progress(told);
    }
    Ok(told)
}

/// Everything that was found so far, by customer and code.
///
/// # Errors
/// When the store fails.
pub async fn report(store: &Store, site: &SiteName) -> Result<Vec<Checked>, StoreError> {
    let unreadable = |why: serde_json::Error| StoreError::Unreadable { what: "address check", why: why.to_string() };
    let rows = store.address_checks(site).await?.into_iter();
    let checked = rows.map(|row| {
        let finding = serde_json::from_str(&row.body).map_err(unreadable)?;
        Ok(Checked {
            customer: row.customer,
            ship_to_code: row.code,
            finding,
            checked_at: row.checked_at,
            accepted_by: row.accepted_by,
            outcome: row.outcome,
        })
    });
    checked.collect()
}

/// The address book as SYSPRO has it; addresses without a line are left out.
async fn read(app: &App, site: &Arc<SiteRuntime>) -> Result<Vec<Entry>, Trouble> {
    let reader = Reader::open(app, site).await?;
    let mut entries = Vec::new();
    for book in [CUSTOMERS, SHIP_TOS] {
        let key: Vec<String> = book.key.iter().map(|it| (*it).to_owned()).collect();
        let mut columns = ADDRESS.to_vec();
        columns.push(book.name);
        let rows = reader.rows(&Question { table: book.table, key: &key, columns, rows: Rows::All }).await?;
        entries.extend(rows.iter().filter_map(|row| entry(row, &book)));
    }
    Ok(entries)
}

fn entry(row: &Row, book: &BookTable) -> Option<Entry> {
    let ship_to = address_of(row, book.name);
    let is_blank = ship_to.lines.iter().all(String::is_empty);
    (!is_blank).then_some(())?;
    let code = book.code.and_then(|it| row.get(it)).unwrap_or_default().to_owned();
    Some(Entry { customer: row.raw("Customer")?.to_owned(), code, ship_to })
}

/// An address of either table.
pub(crate) fn address_of(row: &Row, name: &str) -> SysproAddress {
    let text = |column: &str| row.get(column).unwrap_or_default().to_owned();
    SysproAddress {
        name: text(name),
        lines: [1, 2, 3, 4, 5].map(|line| text(&format!("ShipToAddr{line}"))),
        postal_code: text("ShipPostalCode"),
        state: text("State"),
        nationality: text("Nationality"),
    }
}

/// An address as one text, by which a later change is seen.
pub(crate) fn text_of(ship_to: &SysproAddress) -> String {
    let rest = [&ship_to.postal_code, &ship_to.state, &ship_to.nationality];
    ship_to.lines.iter().chain(rest).map(|it| it.trim()).collect::<Vec<_>>().join("\u{1f}")
}

async fn find(site: &SiteRuntime, ship_to: &SysproAddress) -> Result<Finding, Trouble> {
    let finding =
        |verdict, words: String| Finding { verdict, was: ship_to.clone(), now: None, candidates: Vec::new(), words };
    let address = match site.site.address.read_place(ship_to) {
        Ok(address) => address,
        Err(hold) => return Ok(finding(Verdict::Unreadable, hold.words())),
    };
    Ok(match judge(&address, &ask(site, &address).await?) {
        Judgement::Confirmed { .. } | Judgement::TakenOver { .. } => {
            finding(Verdict::Confirmed, "UPS knows it as it stands".to_owned())
        }
        Judgement::Unchecked => match ups::check_locally(&address.country, &address.state, &address.postal_code) {
            LocalCheck::Consistent { province, .. } => {
                let words =
                    format!("postal code and province belong together ({province}); nobody has looked at the street");
                finding(Verdict::Consistent, words)
            }
            LocalCheck::Inconsistent(findings) => {
                let words: Vec<String> = findings.iter().map(ToString::to_string).collect();
                finding(Verdict::Inconsistent, words.join("; "))
            }
            _ => finding(Verdict::NotCovered, "UPS checks no streets there".to_owned()),
        },
        Judgement::Ask(hold) => asked(&hold, finding),
    })
}

fn asked(hold: &Hold, finding: impl Fn(Verdict, String) -> Finding) -> Finding {
    match &hold.reason {
        Reason::AddressCorrected { was, candidate } => match candidate.applied_to(was) {
            Ok(now) => Finding {
                candidates: vec![candidate.place_line()],
                now: Some(now),
                ..finding(Verdict::Corrected, hold.words())
            },
            Err(does_not_fit) => finding(Verdict::Ambiguous, does_not_fit.words()),
        },
        Reason::AddressAmbiguous { candidates } => Finding {
            candidates: candidates.iter().map(shipment::address::Candidate::place_line).collect(),
            ..finding(Verdict::Ambiguous, hold.words())
        },
        Reason::AddressNotFound => finding(Verdict::Unknown, hold.words()),
        _ => finding(Verdict::Unreadable, hold.words()),
    }
}

fn row_of(entry: &Entry, finding: &Finding, at: Timestamp) -> AddressCheckRow {
    AddressCheckRow {
        customer: entry.customer.clone(),
        code: entry.code.clone(),
        asked: text_of(&entry.ship_to),
        verdict: finding.verdict.as_str().to_owned(),
        body: written(finding),
        checked_at: at,
        accepted_by: None,
        accepted_at: None,
        outcome: None,
        tries: 0,
    }
}
