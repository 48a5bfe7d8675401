//! Telling SYSPRO what was booked, and proving that it heard: many shipments share documents, none shares a fate.
//!
//! ```text
//! pending steps ─► read all targets ─► what differs ─► documents of many items ─► read all targets again ─► Proven
//!                    │ already true: done                │ answer lost, unclear            │ not there
//!                    └─► no second write                 └─► the reading decides           └─► later, one at a time
//! ```
//!
//! SYSPRO ignores unknown elements silently and can say success without writing, so answers to posts are only listened
//! to for refusals; whether a value stands is what the reading says. A document of many items is not all-or-nothing: one
//! refused item does not stop its neighbours. A step that is accepted and still not there after several posts is shown to
//! a person, because its field probably does not exist. Everything here may be done twice.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use shipment::number::{SiteName, canonical};
use shipment::remedy::wait_before_retry;
use shipment::state::{Event, Part, State};
use shipment::write_back::{DispatchField, FieldWrite, Progress, StepName, Target, VOID_MARK, Value, WriteStep};
use syspro::{DispatchHeader, Find, FormData, FormMode, FormValue, Posted, Posting, Row};

use super::journey::{ENGINE, Journey};
use crate::app::{App, SiteRuntime};
use crate::crash::{self, Point};
use crate::remote::Remote;
use crate::remote::session::Seat;
use crate::remote::trouble::Trouble;
use crate::store::StoreError;

/// The live order's row of the form table; invoiced copies carry an invoice number.
const ORDER_FORM_TABLE: &str = "CusSorMaster+";
/// Posts after which a value that was accepted and is not there is shown to a person.
const MOST_POSTS: u32 = 4;
/// SYSPRO's status of a dispatch note that is invoiced and closed.
const INVOICED: [&str; 2] = ["8", "9"];

/// What SYSPRO holds in our targets, and which notes are closed.
#[derive(Default)]
struct Held {
    values: HashMap<Target, String>,
    invoiced: BTreeSet<String>,
}

/// SYSPRO's words about a refused target.
type Refusals = HashMap<Target, String>;

/// What the posts of one cycle came to, as far as answers tell.
#[derive(Default)]
struct Replies {
    refusals: Refusals,
    /// Targets of posts that were not answered as hoped: no verdict on them, however often.
    unsettled: HashSet<Target>,
}

pub(super) async fn write(app: &App, journeys: &mut [Journey]) -> Result<(), StoreError> {
    let mut groups: BTreeMap<SiteName, Vec<&mut Journey>> = BTreeMap::new();
    for journey in journeys {
        groups.entry(journey.site.site.name.clone()).or_default().push(journey);
    }
    for group in groups.into_values() {
        let Some(site) = group.first().map(|it| Arc::clone(&it.site)) else { continue };
        let mut group = group;
        if let Err(trouble) = write_site(app, &site, &mut group).await {
            if trouble.is_the_sites() {
                app.pause(&site, Remote::Syspro, &trouble).await?;
            }
            postpone(app, &mut group, &trouble);
        }
    }
    Ok(())
}

fn postpone(app: &App, group: &mut [&mut Journey], trouble: &Trouble) {
    let now = app.clock.now();
    for journey in group {
        let State::Booked(booked) = journey.state() else { continue };
        let tries = booked.write_back.tries;
        // A site that is paused spends no tries; decide waits for the next look by itself.
        if trouble.is_the_sites() {
            continue;
        }
        let next_at = now + wait_before_retry(tries, super::chance());
        if tries == 0 {
            journey.remark(now, ENGINE, "postponed", format!("writing to SYSPRO: {}", trouble.words));
        }
        journey.quietly(Event::Part(Part::WriteBackLater { next_at }));
    }
}

async fn write_site(app: &App, site: &Arc<SiteRuntime>, group: &mut [&mut Journey]) -> Result<(), Trouble> {
    let mut seat = app.sessions.take(app, site).await?;
    let pending: Vec<WriteStep> = group.iter().flat_map(|it| pending_of(it)).cloned().collect();
    let targets: Vec<&Target> = pending.iter().flat_map(|it| &it.writes).map(|it| &it.target).collect();
    let before = read_or_renew(&mut seat, site, &targets).await?;
    let replies = post_all(&mut seat, site, &pending, &before).await?;
    crash::point(Point::WriteBackPosted);
    let after = read_or_renew(&mut seat, site, &targets).await?;
    crash::point(Point::WriteBackRead);
    let now = app.clock.now();
    for journey in group {
        conclude(journey, &before, &after, &replies, now);
    }
    Ok(())
}

fn steps_of(journey: &Journey) -> &[WriteStep] {
    match journey.state() {
        State::Booked(booked) => &booked.write_back.steps,
        _ => &[],
    }
}

fn pending_of(journey: &Journey) -> impl Iterator<Item = &WriteStep> {
    steps_of(journey).iter().filter(|step| step.is_pending())
}

// ---- reading ----

async fn read_or_renew(seat: &mut Seat<'_>, site: &SiteRuntime, targets: &[&Target]) -> Result<Held, Trouble> {
    match read(seat, site, targets).await {
        Err(Failure::SessionLost) => {
            seat.lost().await?;
            read(seat, site, targets).await.map_err(Failure::into_trouble)
        }
        other => other.map_err(Failure::into_trouble),
    }
}

enum Failure {
    SessionLost,
    Other(Trouble),
}

impl Failure {
    fn into_trouble(self) -> Trouble {
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

async fn read(seat: &Seat<'_>, site: &SiteRuntime, targets: &[&Target]) -> Result<Held, Failure> {
    let mut held = Held::default();
    read_notes(seat, targets, &mut held).await?;
    read_forms(seat, site, targets, &mut held).await?;
    Ok(held)
}

async fn read_notes(seat: &Seat<'_>, targets: &[&Target], held: &mut Held) -> Result<(), Failure> {
    let mut notes: BTreeMap<String, String> = BTreeMap::new();
    for target in targets {
        if let Target::DispatchNote { note, .. } = target {
            notes.insert(note.canonical(), note.as_str().to_owned());
        }
    }
    if notes.is_empty() {
        return Ok(());
    }
    let find = Find::new("MdnMaster")
        .columns(["DispatchNote", "DispatchNoteStatus", "UserField1", "UserField2", "ActualDeliveryDate"])
        .where_any_of("DispatchNote", notes.into_values());
    let rows = seat.site.enet.comfnd(&seat.token()?, &find).await?;
    let rows: HashMap<String, Row> =
        rows.into_iter().filter_map(|row| Some((canonical(row.get("DispatchNote")?), row))).collect();
    for target in targets {
        let Target::DispatchNote { note, field } = target else { continue };
        let Some(row) = rows.get(&note.canonical()) else { continue };
        if INVOICED.contains(&row.get("DispatchNoteStatus").unwrap_or_default()) {
            held.invoiced.insert(note.canonical());
        }
        let text = match field {
            // A date is compared as a date: SYSPRO writes none as blanks or as 0000-00-00.
            DispatchField::ActualDeliveryDate => row.date(field.column()).ok().flatten().map(|it| it.to_string()),
            DispatchField::UserField1 | DispatchField::UserField2 => row.get(field.column()).map(str::to_owned),
        };
        held.values.insert((*target).clone(), text.unwrap_or_default());
    }
    Ok(())
}

async fn read_forms(seat: &Seat<'_>, site: &SiteRuntime, targets: &[&Target], held: &mut Held) -> Result<(), Failure> {
    let mut orders: BTreeMap<String, String> = BTreeMap::new();
    let mut fields: BTreeSet<String> = BTreeSet::new();
    for target in targets {
        if let Target::OrderForm { order, field } = target {
            orders.insert(order.canonical(), order.as_str().to_owned());
            fields.insert(field.to_uppercase());
        }
    }
    let Some(any) = orders.values().next().cloned() else { return Ok(()) };
    let columns = form_columns(seat, site, &any, &fields).await?;
    let mut wanted = vec!["SalesOrder".to_owned(), "InvoiceNumber".to_owned()];
    wanted.extend(columns.values().cloned());
    let find = Find::new(ORDER_FORM_TABLE).columns(wanted).where_any_of("SalesOrder", orders.into_values());
    let rows = seat.site.enet.comfnd(&seat.token()?, &find).await?;
    let live = rows.into_iter().filter(|row| row.get("InvoiceNumber").unwrap_or_default().is_empty());
    let rows: HashMap<String, Row> = live.filter_map(|row| Some((canonical(row.get("SalesOrder")?), row))).collect();
    for target in targets {
        let Target::OrderForm { order, field } = target else { continue };
        let text = rows
            .get(&order.canonical())
            .zip(columns.get(&field.to_uppercase()))
            .and_then(|(row, column)| row.get(column));
        held.values.insert((*target).clone(), text.unwrap_or_default().to_owned());
    }
    Ok(())
}

/// Field name to column name: a field is written by the one and read by the other. Asked once, and again where a field
/// was missing, because somebody may have made it meanwhile.
async fn form_columns(
    seat: &Seat<'_>,
    site: &SiteRuntime,
    order: &str,
    wanted: &BTreeSet<String>,
) -> Result<BTreeMap<String, String>, Failure> {
    if let Some(known) = site.form_columns().filter(|known| wanted.iter().all(|field| known.contains_key(field))) {
        return Ok(known);
    }
    let form_type = &site.site.write_back.form_type;
    let fields = match seat.site.enet.comqfm(&seat.token()?, form_type, order, &[("SalesOrder", order)]).await {
        Ok(fields) => fields,
        // That one order is gone says nothing about the form; the next batch asks with another.
        Err(syspro::Error::QueryRefused { .. } | syspro::Error::BusinessError { .. }) => return Ok(BTreeMap::new()),
        Err(error) => return Err(error.into()),
    };
    let columns: BTreeMap<String, String> =
        fields.into_iter().filter_map(|it| Some((it.name.to_uppercase(), it.column?))).collect();
    site.remember_form_columns(&columns);
    Ok(columns)
}

// ---- writing ----

async fn post_all(
    seat: &mut Seat<'_>,
    site: &SiteRuntime,
    pending: &[WriteStep],
    before: &Held,
) -> Result<Replies, Trouble> {
    let mut replies = Replies::default();
    let (together, alone) = to_post(site, pending, before);
    let most = site.site.write_back.max_items.max(1);
    let mut batches: Vec<Vec<&FieldWrite>> =
        together.chunks(most).map(<[&FieldWrite]>::to_vec).chain(alone.into_iter().map(|it| vec![it])).collect();
    while let Some(mut batch) = batches.pop() {
        if let Err(trouble) = post_batch(seat, site, &batch, &mut replies.refusals).await {
            if trouble.is_the_sites() {
                return Err(trouble);
            }
            // Everything travels in an address, and some objects have no other way: nothing was sent, so send less.
            if trouble.code == "too_long" && batch.len() > 1 {
                let rest = batch.split_off(batch.len() / 2);
                batches.extend([rest, batch]);
                continue;
            }
            tracing::warn!(site = %site.site.name, trouble = %trouble.words, "a post was not answered as hoped; the reading decides");
            let targets = batch.iter().map(|write| write.target.clone());
            // Nothing smaller can be sent, and what SYSPRO says of one item alone is about that item.
            if batch.len() == 1 && matches!(trouble.code.as_str(), "too_long" | "business_error") {
                replies.refusals.extend(targets.map(|target| (target, trouble.words.clone())));
            } else {
                replies.unsettled.extend(targets);
            }
            match trouble.code.as_str() {
                // What SYSPRO still does with a session whose call hung is unknown, so that session is not used again.
                "answer_lost" => seat.renew().await?,
                "session_lost" => seat.lost().await?,
                _ => {}
            }
        }
    }
    Ok(replies)
}

/// What differs: first tries share documents, later ones go alone so that one bad item cannot spoil its neighbours.
fn to_post<'a>(
    site: &SiteRuntime,
    pending: &'a [WriteStep],
    before: &Held,
) -> (Vec<&'a FieldWrite>, Vec<&'a FieldWrite>) {
    let mut together = Vec::new();
    let mut alone = Vec::new();
    for step in pending {
        for write in step.writes.iter().filter(|write| !is_true(write, before) && is_open(site, write, before)) {
            if foreign_number(site, step, write, before).is_some() {
                continue;
            }
            match step.progress {
                Progress::Pending { posts: 0 | 1 } => together.push(write),
                _ => alone.push(write),
            }
        }
    }
    // Fields of one record stay next to each other, so that they share an item.
    together.sort_by(|a, b| a.target.cmp(&b.target));
    (together, alone)
}

/// A number in the field for ours that nobody of us wrote: another system has shipped it since the last reading.
fn foreign_number(site: &SiteRuntime, step: &WriteStep, write: &FieldWrite, before: &Held) -> Option<String> {
    let Target::DispatchNote { field, .. } = &write.target else { return None };
    if step.name != StepName::TrackingNumber || Some(*field) != site.site.write_back.rules.tracking_field {
        return None;
    }
    let held = before.values.get(&write.target)?.trim();
    let ours = held.is_empty() || held == VOID_MARK || write.value.is_read_as(held);
    (!ours).then(|| format!("the field holds {held}, which is not ours: has another system shipped it?"))
}

/// Whether the target can be written at all: the form field exists and the note is not closed.
fn is_open(site: &SiteRuntime, write: &FieldWrite, before: &Held) -> bool {
    match &write.target {
        Target::DispatchNote { note, .. } => !before.invoiced.contains(&note.canonical()),
        Target::OrderForm { field, .. } => site.form_columns().is_none_or(|it| it.contains_key(&field.to_uppercase())),
    }
}

async fn post_batch(
    seat: &Seat<'_>,
    site: &SiteRuntime,
    batch: &[&FieldWrite],
    refusals: &mut Refusals,
) -> Result<(), Trouble> {
    let (notes, forms): (Vec<&FieldWrite>, Vec<&FieldWrite>) =
        batch.iter().partition(|write| matches!(write.target, Target::DispatchNote { .. }));
    if !notes.is_empty() {
        post_notes(seat, &notes, refusals).await?;
    }
    if !forms.is_empty() {
        post_forms(seat, site, &forms, refusals).await?;
    }
    Ok(())
}

async fn post_notes(seat: &Seat<'_>, writes: &[&FieldWrite], refusals: &mut Refusals) -> Result<(), Trouble> {
    let mut headers: Vec<DispatchHeader> = Vec::new();
    let mut owners: Vec<Vec<&Target>> = Vec::new();
    for write in writes {
        let Target::DispatchNote { note, field } = &write.target else { continue };
        if headers.last().is_none_or(|it| it.dispatch_note != note.as_str()) {
            headers.push(DispatchHeader::new(note.as_str()));
            owners.push(Vec::new());
        }
        let (Some(header), Some(owned)) = (headers.last_mut(), owners.last_mut()) else { continue };
        owned.push(&write.target);
        match (field, &write.value) {
            (DispatchField::UserField1, value) => header.user_field_1 = Some(value.to_string()),
            (DispatchField::UserField2, value) => header.user_field_2 = Some(value.to_string()),
            (DispatchField::ActualDeliveryDate, Value::Date(date)) => header.actual_delivery_date = Some(*date),
            (DispatchField::ActualDeliveryDate, Value::Text(_) | Value::Number(_)) => {}
        }
    }
    let posted = seat.site.enet.sortdh(&seat.token()?, &headers, Posting::default()).await;
    listen(posted, &owners, refusals)
}

async fn post_forms(
    seat: &Seat<'_>,
    site: &SiteRuntime,
    writes: &[&FieldWrite],
    refusals: &mut Refusals,
) -> Result<(), Trouble> {
    let values: Vec<FormValue> = writes.iter().filter_map(|write| form_value(site, write)).collect();
    let owners: Vec<Vec<&Target>> = writes.iter().map(|write| vec![&write.target]).collect();
    let token = seat.token()?;
    let added = seat.site.enet.comsfm(&token, &values, FormMode::Add, false).await;
    let present = duplicates(&added);
    if present.is_empty() {
        return listen(added, &owners, refusals);
    }
    // Whether Add replaces is not known; where SYSPRO says that the value exists, Update is the way.
    let again: Vec<FormValue> = present.iter().filter_map(|index| values.get(*index).cloned()).collect();
    let others: Vec<Vec<&Target>> = owners
        .iter()
        .enumerate()
        .map(|(index, it)| if present.contains(&index) { Vec::new() } else { it.clone() })
        .collect();
    listen(added, &others, refusals)?;
    let owners: Vec<Vec<&Target>> = present.iter().filter_map(|index| owners.get(*index).cloned()).collect();
    let updated = seat.site.enet.comsfm(&token, &again, FormMode::Update, false).await;
    listen(updated, &owners, refusals)
}

fn form_value(site: &SiteRuntime, write: &FieldWrite) -> Option<FormValue> {
    let Target::OrderForm { order, field } = &write.target else { return None };
    let value = match &write.value {
        Value::Text(text) => FormData::Alpha(text.clone()),
        Value::Number(number) => FormData::Numeric(*number),
        Value::Date(date) => FormData::Date(*date),
    };
    let form_type = site.site.write_back.form_type.clone();
    Some(FormValue { form_type, key: order.as_str().to_owned(), field: field.clone(), value })
}

fn duplicates(posted: &Result<Posted, syspro::Error>) -> Vec<usize> {
    let posted = match posted {
        Ok(posted) => posted,
        Err(syspro::Error::Rejected(posted)) => posted,
        Err(_) => return Vec::new(),
    };
    posted.item_errors.iter().filter(|it| it.is_duplicate()).filter_map(|it| it.index).collect()
}

/// Takes refusals from an answer. Anything else an answer says, the reading says better.
fn listen(
    posted: Result<Posted, syspro::Error>,
    owners: &[Vec<&Target>],
    refusals: &mut Refusals,
) -> Result<(), Trouble> {
    let posted = match posted {
        Ok(posted) => posted,
        Err(syspro::Error::Rejected(posted)) => *posted,
        Err(error) => return Err(error.into()),
    };
    for error in &posted.item_errors {
        let words = format!("{} {}", error.description, error.number).trim().to_owned();
        let refused: Vec<&Target> = match error.index.and_then(|index| owners.get(index)) {
            Some(targets) => targets.clone(),
            // An error that names no item is everybody's only where there is just one.
            None if owners.len() == 1 => owners.concat(),
            None => Vec::new(),
        };
        for target in refused {
            refusals.entry(target.clone()).or_insert_with(|| words.clone());
        }
    }
    Ok(())
}

// ---- concluding ----

fn is_true(write: &FieldWrite, held: &Held) -> bool {
    write.is_done(held.values.get(&write.target).map(String::as_str))
}

fn conclude(journey: &mut Journey, before: &Held, after: &Held, replies: &Replies, now: Timestamp) {
    let site = Arc::clone(&journey.site);
    let steps = steps_of(journey).to_vec();
    let progress: Vec<Progress> = steps.iter().map(|step| judge(&site, step, (before, after), replies, now)).collect();
    let mut told = Vec::new();
    for (step, progress) in steps.iter().zip(&progress) {
        if step.progress == *progress {
            continue;
        }
        let name = step.name.words();
        match progress {
            Progress::Proven { .. } if step.writes.iter().all(|it| is_true(it, before)) => {
                told.push(format!("{name} found in SYSPRO"));
            }
            Progress::Proven { .. } => told.push(format!("{name} written and read back")),
            Progress::Refused { words } => told.push(format!("{name} refused by SYSPRO: {words}")),
            Progress::NotWritten { why } => told.push(format!("{name} not written: {why}")),
            Progress::Pending { .. } => {}
        }
    }
    let posts =
        progress.iter().filter_map(|it| if let Progress::Pending { posts } = it { Some(*posts) } else { None }).max();
    let next_at = now + wait_before_retry(posts.unwrap_or(0), super::chance());
    let event = Event::Part(Part::Written { progress, next_at });
    if told.is_empty() { journey.quietly(event) } else { journey.step(now, ENGINE, event, told.join("; ")) }
}

fn judge(
    site: &SiteRuntime,
    step: &WriteStep,
    (before, after): (&Held, &Held),
    replies: &Replies,
    now: Timestamp,
) -> Progress {
    let Progress::Pending { posts } = step.progress else { return step.progress.clone() };
    if step.writes.iter().all(|write| is_true(write, after)) {
        return Progress::Proven { at: now };
    }
    if let Some(closed) = step.writes.iter().find(|write| !is_open(site, write, after)) {
        return cannot(step, closed);
    }
    if let Some(words) = step.writes.iter().find_map(|write| foreign_number(site, step, write, before)) {
        return Progress::Refused { words };
    }
    if let Some(words) = step.writes.iter().find_map(|write| replies.refusals.get(&write.target)) {
        return Progress::Refused { words: words.clone() };
    }
    // A write-back never times out into a hold: a post that failed says nothing about the value.
    if step.writes.iter().any(|write| replies.unsettled.contains(&write.target)) {
        return Progress::Pending { posts: (posts + 1).min(MOST_POSTS - 2) };
    }
    if posts + 1 >= MOST_POSTS {
        let words = "SYSPRO accepts the value and does not hold it afterwards: does the field exist?".to_owned();
        return Progress::Refused { words };
    }
    Progress::Pending { posts: posts + 1 }
}

fn cannot(step: &WriteStep, write: &FieldWrite) -> Progress {
    let why = match &write.target {
        Target::DispatchNote { .. } => "the dispatch note is invoiced".to_owned(),
        Target::OrderForm { field, .. } => format!("the order form has no field {field}"),
    };
    // A site may live without a status field; without the tracking number somebody must look.
    match step.name {
        StepName::TrackingNumber => Progress::Refused { words: why },
        StepName::ShippingForm | StepName::Status | StepName::Delivery | StepName::Reversal => {
            Progress::NotWritten { why }
        }
    }
}
