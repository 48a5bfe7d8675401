//! What SYSPRO holds where we write: fields, forms, statuses and lines, many documents a question.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use shipment::alarm::Kind;
use shipment::number::canonical;
use shipment::write_back::{DispatchField, Record, Target};
use syspro::{Find, Row};

use crate::app::SiteRuntime;
use crate::config::FormPlace;
use crate::remote::session::Seat;
use crate::remote::trouble::Trouble;
use crate::store::{NewAlarm, StoreError};

/// SYSPRO's status of a dispatch note that is invoiced and closed.
const INVOICED: [&str; 2] = ["8", "9"];
/// SYSPRO's status of a sales order that is complete and takes no lines.
const COMPLETE: &str = "9";
/// SYSPRO's types of lines.
const FREIGHT_LINE: &str = "4";
const COMMENT_LINE: &str = "6";

/// So many lines may the documents of one reading have.
const MOST_LINES: u32 = 20_000;

/// What SYSPRO holds in our targets, and what is closed to us.
#[derive(Default)]
pub(super) struct Held {
    values: HashMap<Target, String>,
    /// Notes that take no more changes.
    invoiced: BTreeSet<String>,
    /// Orders that take no more lines.
    complete: BTreeSet<String>,
    /// The invoices that keep a copy of an order's form.
    copies: HashMap<Target, Vec<String>>,
    /// Freight lines whose marker stands, with the line's number where the line itself stands too.
    marked: HashMap<Target, Option<u32>>,
}

impl Held {
    /// The text in a target; none where the reading found no such record.
    pub(super) fn text(&self, target: &Target) -> Option<&str> {
        self.values.get(target).map(String::as_str)
    }

    /// Whether the target's dispatch note is invoiced, or the order whose line it is complete.
    pub(super) fn is_invoiced(&self, target: &Target) -> bool {
        let note = match target {
            Target::DispatchNote { note, .. } | Target::NoteForm { note, .. } => note,
            Target::Comment { on: Record::DispatchNote(note), .. }
            | Target::Freight { on: Record::DispatchNote(note), .. } => note,
            Target::Comment { on: Record::SalesOrder(order), .. }
            | Target::Freight { on: Record::SalesOrder(order), .. } => {
                return self.complete.contains(&order.canonical());
            }
            Target::OrderForm { .. }
            | Target::InvoiceCopy { .. }
            | Target::PurchaseForm { .. }
            | Target::Status { .. } => return false,
        };
        self.invoiced.contains(&note.canonical())
    }

    /// The invoices that keep a copy of an order's form, for a target in those copies.
    pub(super) fn copies_of(&self, target: &Target) -> &[String] {
        self.copies.get(target).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether a freight line's marker stands already, with or without the line.
    pub(super) fn is_marked(&self, target: &Target) -> bool {
        self.marked.contains_key(target)
    }

    /// The number of a freight line that stands.
    pub(super) fn line_of(&self, target: &Target) -> Option<u32> {
        self.marked.get(target).copied().flatten()
    }
}

/// Why nothing could be read.
pub(super) enum Failure {
    SessionLost,
    Other(Trouble),
}

impl Failure {
    pub(super) fn into_trouble(self) -> Trouble {
        match self {
            Self::SessionLost => Trouble::no_session(),
            Self::Other(trouble) => trouble,
        }
    }
}

impl From<syspro::Error> for Failure {
    fn from(error: syspro::Error) -> Self {
        match error {
            syspro::Error::SessionLost { .. } => Self::SessionLost,
            other => Self::Other(other.into()),
        }
    }
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        Self::Other(trouble)
    }
}

/// Reads all of them, in a new session if the present one is lost.
pub(super) async fn read(seat: &mut Seat<'_>, site: &SiteRuntime, targets: &[&Target]) -> Result<Held, Trouble> {
    match read_all(seat, site, targets).await {
        Err(Failure::SessionLost) => {
            seat.lost().await?;
            read_all(seat, site, targets).await.map_err(Failure::into_trouble)
        }
        other => other.map_err(Failure::into_trouble),
    }
}

async fn read_all(seat: &Seat<'_>, site: &SiteRuntime, targets: &[&Target]) -> Result<Held, Failure> {
    let mut held = Held::default();
    read_notes(seat, targets, &mut held).await?;
    read_orders(seat, targets, &mut held).await?;
    for kind in FormKind::ALL {
        read_forms(seat, site, kind, targets, &mut held).await?;
    }
    for table in [Lines::OF_NOTES, Lines::OF_ORDERS] {
        read_lines(seat, &table, targets, &mut held).await?;
    }
    Ok(held)
}

/// The keys to ask for, as SYSPRO wrote them, each once.
fn keys<'t>(records: impl Iterator<Item = (String, &'t str)>) -> Vec<String> {
    records
        .map(|(canonical, number)| (canonical, number.to_owned()))
        .collect::<BTreeMap<_, _>>()
        .into_values()
        .collect()
}

async fn rows_by(seat: &Seat<'_>, find: Find, key: &str, wanted: Vec<String>) -> Result<Vec<(String, Row)>, Failure> {
    let rows = seat.site.enet.comfnd(&seat.token()?, &find.where_any_of(key, wanted)).await?;
    Ok(rows.into_iter().filter_map(|row| Some((canonical(row.get(key)?), row))).collect())
}

// ---- headers ----

async fn read_notes(seat: &Seat<'_>, targets: &[&Target], held: &mut Held) -> Result<(), Failure> {
    let note_of = |target: &Target| match target {
        Target::DispatchNote { note, .. } | Target::NoteForm { note, .. } => Some(note.clone()),
        Target::Status { of: Record::DispatchNote(note) }
        | Target::Comment { on: Record::DispatchNote(note), .. }
        | Target::Freight { on: Record::DispatchNote(note), .. } => Some(note.clone()),
        Target::OrderForm { .. }
        | Target::InvoiceCopy { .. }
        | Target::PurchaseForm { .. }
        | Target::Status { .. }
        | Target::Comment { .. }
        | Target::Freight { .. } => None,
    };
    let notes: Vec<_> = targets.iter().filter_map(|it| note_of(it)).collect();
    let wanted = keys(notes.iter().map(|it| (it.canonical(), it.as_str())));
    if wanted.is_empty() {
        return Ok(());
    }
    let find = Find::new("MdnMaster").columns([
        "DispatchNote",
        "DispatchNoteStatus",
        "UserField1",
        "UserField2",
        "ActualDeliveryDate",
    ]);
    let rows: HashMap<String, Row> = rows_by(seat, find, "DispatchNote", wanted).await?.into_iter().collect();
    for (number, row) in &rows {
        if INVOICED.contains(&row.get("DispatchNoteStatus").unwrap_or_default()) {
            held.invoiced.insert(number.clone());
        }
    }
    for target in targets {
        let (row, column) = match target {
            Target::DispatchNote { note, field } => (rows.get(&note.canonical()), field.column()),
            Target::Status { of: Record::DispatchNote(note) } => (rows.get(&note.canonical()), "DispatchNoteStatus"),
            _ => continue,
        };
        let Some(row) = row else { continue };
        let text = if column == DispatchField::ActualDeliveryDate.column() {
            // A date is compared as a date: SYSPRO writes none as blanks or as 0000-00-00.
            row.date(column).ok().flatten().map(|it| it.to_string())
        } else {
            row.get(column).map(str::to_owned)
        };
        held.values.insert((*target).clone(), text.unwrap_or_default());
    }
    Ok(())
}

async fn read_orders(seat: &Seat<'_>, targets: &[&Target], held: &mut Held) -> Result<(), Failure> {
    let order_of = |target: &Target| match target {
        Target::Status { of: Record::SalesOrder(order) }
        | Target::Comment { on: Record::SalesOrder(order), .. }
        | Target::Freight { on: Record::SalesOrder(order), .. } => Some(order.clone()),
        _ => None,
    };
    let orders: Vec<_> = targets.iter().filter_map(|it| order_of(it)).collect();
    let wanted = keys(orders.iter().map(|it| (it.canonical(), it.as_str())));
    if wanted.is_empty() {
        return Ok(());
    }
    let find = Find::new("SorMaster").columns(["SalesOrder", "OrderStatus"]);
    let rows: HashMap<String, Row> = rows_by(seat, find, "SalesOrder", wanted).await?.into_iter().collect();
    for target in targets {
        let Some((number, row)) = order_of(target).and_then(|order| rows.get_key_value(&order.canonical())) else {
            continue;
        };
        let status = row.get("OrderStatus").unwrap_or_default();
        if matches!(target, Target::Status { .. }) {
            held.values.insert((*target).clone(), status.to_owned());
        } else if status == COMPLETE {
            held.complete.insert(number.clone());
        }
    }
    Ok(())
}

// ---- forms ----

/// The column that tells the invoice to which a copy of an order's form belongs; blank on the order's own
/// (`reference/syspro.md` §5.8).
pub(super) const INVOICE_OF_COPY: &str = "InvoiceNumber";

/// Whose custom form.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum FormKind {
    SalesOrder,
    DispatchNote,
    PurchaseOrder,
}

/// A form field among our targets.
pub(super) struct FormTarget<'t> {
    pub(super) kind: FormKind,
    pub(super) canonical: String,
    pub(super) number: &'t str,
    pub(super) field: &'t str,
    /// In the copies that belong to the order's invoices, not in the order's own form.
    pub(super) of_invoice: bool,
}

impl<'t> FormTarget<'t> {
    pub(super) fn of(target: &'t Target) -> Option<Self> {
        let (kind, canonical, number, field) = match target {
            Target::OrderForm { order, field } | Target::InvoiceCopy { order, field } => {
                (FormKind::SalesOrder, order.canonical(), order.as_str(), field)
            }
            Target::NoteForm { note, field } => (FormKind::DispatchNote, note.canonical(), note.as_str(), field),
            Target::PurchaseForm { order, field } => {
                (FormKind::PurchaseOrder, order.canonical(), order.as_str(), field)
            }
            Target::DispatchNote { .. } | Target::Status { .. } | Target::Comment { .. } | Target::Freight { .. } => {
                return None;
            }
        };
        let of_invoice = matches!(target, Target::InvoiceCopy { .. });
        Some(Self { kind, canonical, number, field, of_invoice })
    }
}

impl FormKind {
    const ALL: [Self; 3] = [Self::SalesOrder, Self::DispatchNote, Self::PurchaseOrder];

    /// The column that names the record in the form's table.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::SalesOrder => "SalesOrder",
            Self::DispatchNote => "DispatchNote",
            Self::PurchaseOrder => "PurchaseOrder",
        }
    }

    /// Whose form, for people.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::SalesOrder => "order form",
            Self::DispatchNote => "dispatch note's form",
            Self::PurchaseOrder => "purchase order's form",
        }
    }

    /// Where the site keeps it. A step that was planned under settings which named it may meet others that do not.
    pub(super) fn place(self, site: &SiteRuntime) -> Option<&FormPlace> {
        let write_back = &site.site.write_back;
        match self {
            Self::SalesOrder => Some(&write_back.order_form),
            Self::DispatchNote => write_back.note_form.as_ref(),
            Self::PurchaseOrder => write_back.purchase_form.as_ref(),
        }
    }
}

async fn read_forms(
    seat: &Seat<'_>,
    site: &SiteRuntime,
    kind: FormKind,
    targets: &[&Target],
    held: &mut Held,
) -> Result<(), Failure> {
    let ours: Vec<(&Target, FormTarget<'_>)> =
        targets.iter().filter_map(|it| Some((*it, FormTarget::of(it).filter(|form| form.kind == kind)?))).collect();
    let Some(place) = kind.place(site) else { return Ok(()) };
    let wanted = keys(ours.iter().map(|(_, form)| (form.canonical.clone(), form.number)));
    let Some(any) = wanted.first().cloned() else { return Ok(()) };
    let fields: BTreeSet<String> = ours.iter().map(|(_, form)| form.field.to_uppercase()).collect();
    let columns = form_columns(seat, site, (kind, place), &any, &fields).await?;
    let mut selected = vec![kind.key().to_owned()];
    if kind == FormKind::SalesOrder {
        selected.push(INVOICE_OF_COPY.to_owned());
    }
    selected.extend(columns.values().cloned());
    let rows = rows_by(seat, Find::new(&place.table).columns(selected), kind.key(), wanted).await?;
    // The live order's row; invoiced copies carry an invoice number.
    let invoice_of = |row: &Row| row.get(INVOICE_OF_COPY).unwrap_or_default().to_owned();
    let (live, copies): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(_, row)| invoice_of(row).is_empty());
    let rows: HashMap<String, Row> = live.into_iter().collect();
    for (target, form) in ours {
        let column = columns.get(&form.field.to_uppercase());
        let text_in = |row: &Row| column.and_then(|it| row.get(it)).unwrap_or_default().to_owned();
        if form.of_invoice {
            let copies: Vec<&Row> = copies.iter().filter(|(key, _)| *key == form.canonical).map(|(_, it)| it).collect();
            let texts: BTreeSet<String> = copies.iter().map(|row| text_in(row)).collect();
            if !copies.is_empty() {
                held.copies.insert(target.clone(), copies.into_iter().map(invoice_of).collect());
                // Copies that differ hold no one value.
                held.values.insert(target.clone(), texts.into_iter().collect::<Vec<_>>().join("; "));
            }
            continue;
        }
        held.values.insert(target.clone(), rows.get(&form.canonical).map(text_in).unwrap_or_default());
    }
    Ok(())
}

/// Field name to column name: a field is written by the one and read by the other. Asked once, and again where a field
/// was missing, because somebody may have made it meanwhile.
async fn form_columns(
    seat: &Seat<'_>,
    site: &SiteRuntime,
    (kind, place): (FormKind, &FormPlace),
    number: &str,
    wanted: &BTreeSet<String>,
) -> Result<BTreeMap<String, String>, Failure> {
    let known = site.form_columns(&place.form_type);
    if let Some(known) = known.filter(|known| wanted.iter().all(|field| known.contains_key(field))) {
        return Ok(known);
    }
    let asked = seat.site.enet.comqfm(&seat.token()?, &place.form_type, number, &[(kind.key(), number)]).await;
    let fields = match asked {
        Ok(fields) => fields,
        // That one record is gone says nothing about the form; the next batch asks with another.
        Err(syspro::Error::QueryRefused { .. } | syspro::Error::BusinessError { .. }) => {
            return Ok(site.form_columns(&place.form_type).unwrap_or_default());
        }
        Err(error) => return Err(error.into()),
    };
    let columns: BTreeMap<String, String> =
        fields.into_iter().filter_map(|it| Some((it.name.to_uppercase(), it.column?))).collect();
    site.remember_form_columns(&place.form_type, &columns);
    tell_missing(seat, site, place, wanted, &columns).await.map_err(Trouble::from)?;
    Ok(columns)
}

/// Somebody took a field off the form, or never made it: told once, and over when it is there.
async fn tell_missing(
    seat: &Seat<'_>,
    site: &SiteRuntime,
    place: &FormPlace,
    wanted: &BTreeSet<String>,
    columns: &BTreeMap<String, String>,
) -> Result<(), StoreError> {
    let (store, name, now) = (&seat.app.store, &site.site.name, seat.app.clock.now());
    for field in wanted {
        let subject = format!("{}/{field}", place.form_type);
        if columns.contains_key(field) {
            store.settle(name, Kind::FormFieldMissing, &subject, now).await?;
        } else {
            let words = format!("custom form {} in SYSPRO has no field {field}; it is not written", place.form_type);
            store.raise(&NewAlarm::of(name, Kind::FormFieldMissing, subject, words, now)).await?;
        }
    }
    Ok(())
}

// ---- lines ----

/// A table of lines. The columns of a dispatch note's lines are taken to be named like an order's
/// (`reference/syspro.md` §5.3 shows only some of them).
struct Lines {
    table: &'static str,
    key: &'static str,
    line: &'static str,
    of_notes: bool,
}

impl Lines {
    const OF_NOTES: Self = Self { table: "MdnDetail", key: "DispatchNote", line: "DispatchNoteLine", of_notes: true };
    const OF_ORDERS: Self = Self { table: "SorDetail", key: "SalesOrder", line: "SalesOrderLine", of_notes: false };

    fn record<'t>(&self, target: &'t Target) -> Option<&'t Record> {
        let (Target::Comment { on, .. } | Target::Freight { on, .. }) = target else { return None };
        (matches!(on, Record::DispatchNote(_)) == self.of_notes).then_some(on)
    }
}

async fn read_lines(seat: &Seat<'_>, lines: &Lines, targets: &[&Target], held: &mut Held) -> Result<(), Failure> {
    let wanted = keys(targets.iter().filter_map(|it| lines.record(it)).map(|it| (it.canonical(), it.number())));
    if wanted.is_empty() {
        return Ok(());
    }
    let columns = [lines.key, lines.line, "LineType", "NComment", "NMscChargeValue", "NMscChargeCost"];
    let find = Find::new(lines.table).columns(columns).limit(MOST_LINES);
    let mut documents: HashMap<String, Vec<(u32, Row)>> = HashMap::new();
    for (document, row) in rows_by(seat, find, lines.key, wanted).await? {
        // A number that cannot be read sorts last, and its line is looked at all the same.
        let number = row.get(lines.line).and_then(|it| it.parse().ok()).unwrap_or(u32::MAX);
        documents.entry(document).or_default().push((number, row));
    }
    documents.values_mut().for_each(|rows| rows.sort_by_key(|(number, _)| *number));
    for target in targets {
        let Some(rows) = lines.record(target).and_then(|on| documents.get(&on.canonical())) else { continue };
        let is_a = |row: &Row, kind: &str| row.get("LineType") == Some(kind);
        let behind = |text: &str| {
            let at = rows.iter().position(|(_, row)| is_a(row, COMMENT_LINE) && row.get("NComment") == Some(text))?;
            Some(&rows[at + 1..])
        };
        let text = match target {
            Target::Comment { text, .. } => behind(text).map(|_| text.clone()),
            Target::Freight { marker, .. } => behind(marker).and_then(|rest| {
                // Up to the next comment: what stands behind that belongs to somebody else.
                let own = rest.iter().take_while(|(_, row)| !is_a(row, COMMENT_LINE));
                let line = own.into_iter().find(|(_, row)| is_a(row, FREIGHT_LINE));
                held.marked.insert((*target).clone(), line.map(|(number, _)| *number));
                line.map(|(_, row)| amounts(row))
            }),
            _ => continue,
        };
        held.values.insert((*target).clone(), text.unwrap_or_default());
    }
    Ok(())
}

/// Charge and cost of a freight line. The cost is left out where the operator may not see it.
fn amounts(row: &Row) -> String {
    let told = |column: &str| row.optional_decimal(column).ok().flatten().map(|it| it.to_string());
    let shown = told("NMscChargeValue").or_else(|| row.get("NMscChargeValue").map(str::to_owned)).unwrap_or_default();
    [Some(shown), told("NMscChargeCost")].into_iter().flatten().collect::<Vec<_>>().join(" ")
}
