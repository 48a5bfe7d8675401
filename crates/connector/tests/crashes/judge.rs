//! What must be true when nothing is due any more, whatever happened on the way.
//!
//! ```text
//! UPS's ledger  ─► per document: shipments bought and not voided      ≤ 1, and 1 where it was to be shipped
//!               ─► standing labels                                    = those of our waybill = those in our store
//! SYSPRO        ─► the document's fields, the order's form            carry them
//! label folder  ─► finished files                                     = the labels we store, byte for byte
//! audit trail   ─► numbered without a gap, each arrow told once
//! sessions      ─► logons without a logoff                            only those nobody can know of
//! ```
//!
//! The truth about effects is asked of the pretended systems; of our own store only whether it agrees.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, ensure};
use connector::store::{AuditRow, LabelEntry, ListFilter, ShipmentRow, Store};
use sandbox::ledger::{LabelEntry as Sold, Ledger};
use shipment::state::{Stage, State};

use crate::world::{Note, World};

/// What a document is to come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// One label, delivered, told to SYSPRO.
    Delivered,
    /// A label that was voided, and SYSPRO told so.
    Voided,
}

/// Everything that must be true. `lost_seats` logons may have no logoff.
pub(crate) async fn judge(world: &World, lost_seats: u64) -> anyhow::Result<()> {
    let store = world.store().await?;
    let judged = all(world, &store).await;
    store.close().await;
    judged?;
    let ledger = world.sandbox.ledger();
    let open = world.sandbox.syspro().sessions();
    ensure!(open.is_empty(), "sessions left open at SYSPRO: {open:?}");
    let lost = ledger.logons - ledger.logoffs;
    ensure!(lost <= lost_seats, "{lost} of {} sessions were never logged off, {lost_seats} may be", ledger.logons);
    Ok(())
}

async fn all(world: &World, store: &Store) -> anyhow::Result<()> {
    let ledger = world.sandbox.ledger();
    let duplicates = ledger.duplicates();
    ensure!(duplicates.is_empty(), "bought more than once: {duplicates:?}");
    let rows = store.list(&ListFilter::default(), None, 1000).await?;
    let notes = world.notes();
    ensure!(rows.len() == notes.len(), "{} shipments for {} documents", rows.len(), notes.len());
    let mut known = BTreeSet::new();
    let mut files = BTreeSet::new();
    for note in &notes {
        let row = rows.iter().find(|row| row.document.as_str() == note.number).context("a document has no shipment")?;
        let labels = store.labels_of(&row.site, row.id).await?;
        let audit = store.audit_of(&row.site, row.id).await?;
        let attempts = store.attempts_of(&row.site, row.id).await?.len();
        let told = || format!("document {}, {}\n{}", note.number, row.stage, story(&audit));
        shipment(world, &ledger, note, row, &labels).with_context(told)?;
        trail(note, row, &audit, attempts).with_context(told)?;
        known.extend(labels.iter().map(|it| it.label.tracking_number.to_string()));
        files.extend(label_files(&world.data_dir().join("labels"), note, &labels).with_context(told)?);
    }
    let orphans: Vec<_> = standing(&ledger.labels).filter(|it| !known.contains(&it.tracking_number)).collect();
    ensure!(orphans.is_empty(), "labels that no shipment knows: {orphans:?}");
    let found = files_in(&world.data_dir().join("labels"))?;
    ensure!(found == files, "the label folder holds {found:?} instead of {files:?}");
    for site in store.sites().await? {
        let gaps = store.verify_audit(&site.site).await?;
        ensure!(gaps.is_empty(), "gaps in the audit trail: {gaps:?}");
    }
    Ok(())
}

fn standing<'a>(labels: impl IntoIterator<Item = &'a Sold>) -> impl Iterator<Item = &'a Sold> {
    labels.into_iter().filter(|it| !it.voided)
}

/// One document: what UPS sold, what we know of it, what SYSPRO holds.
fn shipment(
    world: &World,
    ledger: &Ledger,
    note: &Note,
    row: &ShipmentRow,
    labels: &[LabelEntry],
) -> anyhow::Result<()> {
    let sold = ledger.labels_for(&note.number);
    let shipments: BTreeSet<_> =
        standing(sold.iter().copied()).map(|it| it.shipment_identification_number.clone()).collect();
    ensure!(shipments.len() <= 1, "{} labels stand", shipments.len());
    let state = state_of(row)?;
    let ours: BTreeSet<_> =
        state.waybill().into_iter().flat_map(|it| &it.tracking_numbers).map(ToString::to_string).collect();
    let stored: BTreeSet<_> = labels.iter().map(|it| it.label.tracking_number.to_string()).collect();
    let bought: BTreeSet<_> = match note.end {
        End::Delivered => standing(sold.iter().copied()).map(|it| it.tracking_number.clone()).collect(),
        End::Voided => sold.iter().map(|it| it.tracking_number.clone()).collect(),
    };
    ensure!(!bought.is_empty(), "nothing was bought");
    ensure!(bought == ours, "UPS sold {bought:?}, our waybill says {ours:?}");
    ensure!(bought == stored, "UPS sold {bought:?}, we store labels of {stored:?}");
    let (stage, standing_shipments) = match note.end {
        End::Delivered => (Stage::Delivered, 1),
        End::Voided => (Stage::Voided, 0),
    };
    ensure!(state.stage() == stage, "it is {}", state.stage().as_str());
    ensure!(shipments.len() == standing_shipments, "{} labels stand", shipments.len());
    let lead = state.waybill().and_then(|it| it.lead()).map(ToString::to_string).unwrap_or_default();
    in_syspro(world, note, &lead, bought.len())
}

fn state_of(row: &ShipmentRow) -> anyhow::Result<State> {
    let mut life: serde_json::Value = serde_json::from_str(&row.state)?;
    Ok(serde_json::from_value(life["state"].take())?)
}

fn in_syspro(world: &World, note: &Note, lead: &str, packages: usize) -> anyhow::Result<()> {
    let syspro = world.sandbox.syspro();
    let field = |name: &str| syspro.read_field(&note.number, name).unwrap_or_default();
    let form = |name: &str| syspro.form_value(&note.order, name).unwrap_or_default();
    let held = [("UserField1", field("UserField1")), ("UserField2", field("UserField2")), ("TRKNUM", form("TRKNUM"))];
    let count = packages.to_string();
    let wanted = match note.end {
        End::Delivered => [lead, &count, lead],
        End::Voided => ["VOID", "0", "VOID"],
    };
    for ((name, held), wanted) in held.iter().zip(wanted) {
        ensure!(held == wanted, "SYSPRO's {name} holds {held:?} instead of {wanted:?}");
    }
    if note.end == End::Delivered {
        let status = form("SHPSTS");
        ensure!(status == "DELIVERED", "SYSPRO's SHPSTS holds {status:?}");
        for (name, held) in
            [("FRTCST", form("FRTCST")), ("SHPDAT", form("SHPDAT")), ("delivery", field("ActualDeliveryDate"))]
        {
            ensure!(!held.is_empty(), "SYSPRO's {name} is blank");
        }
    }
    Ok(())
}

/// Numbered without a gap, nothing told twice that happened once, nothing that happened left out.
fn trail(note: &Note, row: &ShipmentRow, audit: &[AuditRow], attempts: usize) -> anyhow::Result<()> {
    let numbers: Vec<i64> = audit.iter().map(|it| it.seq).collect();
    ensure!(numbers == (1..=row.seq).collect::<Vec<_>>(), "audit lines are numbered {numbers:?}");
    let times = |names: &[&str]| audit.iter().filter(|it| names.contains(&it.event.as_str())).count();
    let once: [&[&str]; 3] = [&["received"], &["booked", "adopted"], &["label_delivered"]];
    for names in once {
        ensure!(times(names) == 1, "{} is told {} times", names.join(" or "), times(names));
    }
    ensure!(times(&["booking_asked"]) == attempts, "{attempts} attempts, {} told", times(&["booking_asked"]));
    for name in ["address_settled", "packed", "quoted", "written_back"] {
        ensure!(times(&[name]) >= 1, "{name} is not told");
    }
    let voids = usize::from(note.end == End::Voided);
    ensure!(times(&["voided"]) == voids, "voided is told {} times", times(&["voided"]));
    ensure!(times(&["refused"]) == 0, "a step was refused");
    Ok(())
}

/// The names of a shipment's label files; each must hold what the store holds.
fn label_files(folder: &Path, note: &Note, labels: &[LabelEntry]) -> anyhow::Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for entry in labels {
        let name = format!("{}_{}.{}", note.number, entry.label.tracking_number, entry.label.format);
        let held = std::fs::read(folder.join(&name)).with_context(|| format!("label file {name}"))?;
        ensure!(held == entry.label.bytes, "label file {name} differs from the stored label");
        names.insert(name);
    }
    Ok(names)
}

/// Every file of the label folder, unfinished ones too.
fn files_in(folder: &Path) -> anyhow::Result<BTreeSet<String>> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("{}", folder.display()))?;
    entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
}

/// A history, for the message of a failed case.
fn story(audit: &[AuditRow]) -> String {
    audit.iter().map(|it| format!("  {} {} {}: {}\n", it.seq, it.at, it.event, it.words)).collect()
}
