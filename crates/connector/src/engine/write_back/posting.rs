//! Posting what differs: first tries share documents, adding steps and later tries go alone.
//!
//! A document of many items is not all-or-nothing: one refused item does not stop its neighbours. Answers are listened
//! to for refusals only; whether a value stands is what the reading says.

use std::collections::{HashMap, HashSet};

use shipment::write_back::{
    DispatchField, FieldWrite, Progress, Record, StepName, Target, VOID_MARK, Value, WriteStep,
};
use syspro::{
    DispatchHeader, DispatchLine, DispatchStatus, FormData, FormFunction, FormMode, FormRecord, FormValue,
    FreightCharge, OrderChange, OrderLineChange, OrderStatusChange, Posted, Posting,
};

use super::reading::{FormTarget, Held, INVOICE_OF_COPY};
use crate::app::SiteRuntime;
use crate::config::FormObject;
use crate::remote::session::Seat;
use crate::remote::trouble::Trouble;

/// What the posts of one cycle came to, as far as answers tell.
#[derive(Default)]
pub(super) struct Replies {
    /// SYSPRO's words about a refused target.
    pub(super) refusals: HashMap<Target, String>,
    /// SYSPRO's words about a target whose document somebody has open: that passes.
    pub(super) waiting: HashMap<Target, String>,
    /// Targets of posts that were not answered as hoped: no verdict on them, however often.
    pub(super) unsettled: HashSet<Target>,
}

pub(super) async fn post_all(
    seat: &mut Seat<'_>,
    site: &SiteRuntime,
    pending: &[WriteStep],
    before: &Held,
) -> Result<Replies, Trouble> {
    let mut replies = Replies::default();
    let (together, alone) = to_post(site, pending, before);
    let mut batches = documents_of(&together, site.site.write_back.max_items.max(1));
    batches.extend(alone.into_iter().map(|it| vec![it]));
    // From the end, so fields go before lines.
    batches.reverse();
    let mut rooms: HashMap<Kind, Room> = HashMap::new();
    while let Some(mut batch) = batches.pop() {
        let Some(room) = batch.first().map(|it| rooms.entry(Kind::of(&it.target)).or_default()) else { continue };
        if let Some(most) = room.most(batch.len()) {
            batches.push(batch.split_off(most));
        }
        let posted = post_batch(seat, site, &batch, before, &mut replies).await;
        let too_long = matches!(&posted, Err(trouble) if trouble.code == "too_long");
        room.learn(batch.len(), !too_long);
        if let Err(trouble) = posted {
            if trouble.is_the_sites() {
                return Err(trouble);
            }
            // Everything travels in an address, and some objects have no other way: nothing was sent, so send less.
            if too_long && batch.len() > 1 {
                batches.push(batch);
                continue;
            }
            tracing::warn!(site = %site.site.name, trouble = %trouble.words, "a post was not answered as hoped; the reading decides");
            let targets = batch.iter().map(|write| write.target.clone());
            // Nothing smaller can be sent, and what SYSPRO says of one item alone is about that item.
            if batch.len() == 1 && matches!(trouble.code.as_str(), "too_long" | "business_error" | "invalid") {
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

/// What travels in one post.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Header,
    Form,
    Status,
    Line,
}

impl Kind {
    fn of(target: &Target) -> Self {
        match target {
            Target::DispatchNote { .. } => Self::Header,
            Target::OrderForm { .. }
            | Target::InvoiceCopy { .. }
            | Target::NoteForm { .. }
            | Target::PurchaseForm { .. } => Self::Form,
            Target::Status { .. } => Self::Status,
            Target::Comment { .. } | Target::Freight { .. } => Self::Line,
        }
    }
}

/// How much goes into one post, as far as is known: what is too long is refused before it is sent, so trying costs no call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Room {
    fits: usize,
    too_many: Option<usize>,
}

impl Room {
    /// How many of so many to try; none where nothing speaks against all of them.
    fn most(&self, wanted: usize) -> Option<usize> {
        let too_many = self.too_many.filter(|it| *it <= wanted)?;
        Some(if too_many - self.fits > 1 { usize::midpoint(self.fits, too_many) } else { self.fits }.max(1))
    }

    /// Items differ in length: what fitted once may be too long the next time, and then counts for less.
    fn learn(&mut self, tried: usize, fitted: bool) {
        if fitted {
            self.fits = self.fits.max(tried);
            self.too_many = self.too_many.map(|it| it.max(tried + 1));
        } else {
            self.fits = self.fits.min(tried.saturating_sub(1));
            self.too_many = Some(tried);
        }
    }
}

/// Writes of one kind, as many records as may share a document. They are sorted, so those of one record stay together.
fn documents_of<'a>(writes: &[&'a FieldWrite], most: usize) -> Vec<Vec<&'a FieldWrite>> {
    let record = |target: &Target| (Kind::of(target), target.described().0);
    let mut documents: Vec<Vec<&FieldWrite>> = Vec::new();
    let (mut last, mut records) = (None, 0);
    for write in writes {
        let this = record(&write.target);
        let is_new = last.as_ref() != Some(&this);
        let other_kind = last.as_ref().is_some_and(|(kind, _)| *kind != this.0);
        records += usize::from(is_new);
        match documents.last_mut().filter(|_| !other_kind && records <= most) {
            Some(document) => document.push(write),
            None => {
                documents.push(vec![write]);
                records = 1;
            }
        }
        last = Some(this);
    }
    documents
}

/// What differs: first tries share documents, later ones go alone so that one bad item cannot spoil its neighbours, and
/// so does everything that adds a line, because half a document of them could not be told from none.
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
            // A document whose lines could not be seen may have ours: nothing is added blindly.
            if write.target.adds_a_line() && before.text(&write.target).is_none() {
                continue;
            }
            match step.progress {
                Progress::Pending { posts: 0 | 1, .. } if !write.target.adds_a_line() => together.push(write),
                _ => alone.push(write),
            }
        }
    }
    // Fields of one record stay next to each other, so that they share an item.
    together.sort_by(|a, b| a.target.cmp(&b.target));
    (together, alone)
}

/// A number in the field for ours that nobody of us wrote: another system has shipped it since the last reading.
pub(super) fn foreign_number(
    site: &SiteRuntime,
    step: &WriteStep,
    write: &FieldWrite,
    before: &Held,
) -> Option<String> {
    let Target::DispatchNote { field, .. } = &write.target else { return None };
    if step.name != StepName::TrackingNumber || Some(*field) != site.site.write_back.rules.tracking_field {
        return None;
    }
    let held = before.text(&write.target)?.trim();
    let earlier = || write.only_over.iter().any(|own| own.is_read_as(held));
    let ours = held.is_empty() || held == VOID_MARK || write.value.is_read_as(held) || earlier();
    (!ours).then(|| format!("the field holds {held}, which is not ours: has another system shipped it?"))
}

/// Whether nothing is left to write.
pub(super) fn is_true(write: &FieldWrite, held: &Held) -> bool {
    write.is_done(|target| held.text(target))
}

/// Whether the target can be written at all: its document is not closed, its form has the field, and its line does not
/// stand there already with other amounts.
pub(super) fn is_open(site: &SiteRuntime, write: &FieldWrite, held: &Held) -> bool {
    if held.is_invoiced(&write.target) {
        return false;
    }
    match FormTarget::of(&write.target) {
        Some(form) => form.kind.place(site).is_some_and(|place| {
            let is_there = !form.of_invoice || !held.copies_of(&write.target).is_empty();
            let columns = site.form_columns(&place.form_type);
            is_there && columns.is_none_or(|it| it.contains_key(&form.field.to_uppercase()))
        }),
        None => !held.is_marked(&write.target) || write.value == Value::Removed,
    }
}

async fn post_batch(
    seat: &Seat<'_>,
    site: &SiteRuntime,
    batch: &[&FieldWrite],
    before: &Held,
    replies: &mut Replies,
) -> Result<(), Trouble> {
    let of = |wanted: fn(&Target) -> bool| batch.iter().copied().filter(|it| wanted(&it.target)).collect::<Vec<_>>();
    let notes = of(|it| matches!(it, Target::DispatchNote { .. }));
    if !notes.is_empty() {
        post_notes(seat, &notes, replies).await?;
    }
    let forms = of(|it| FormTarget::of(it).is_some());
    if !forms.is_empty() {
        match site.site.write_back.form_object {
            FormObject::Comsfm => post_forms(seat, site, &forms, replies).await?,
            FormObject::Comtfm => post_form_records(seat, site, &forms, before, replies).await?,
        }
    }
    let statuses = of(|it| matches!(it, Target::Status { .. }));
    if !statuses.is_empty() {
        post_statuses(seat, &statuses, before, replies).await?;
    }
    for line in of(Target::adds_a_line) {
        post_line(seat, line, before, replies).await?;
    }
    Ok(())
}

async fn post_notes(seat: &Seat<'_>, writes: &[&FieldWrite], replies: &mut Replies) -> Result<(), Trouble> {
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
            (DispatchField::ActualDeliveryDate, _) => {}
        }
    }
    let posted = seat.site.enet.sortdh(&seat.token()?, &headers, Posting::default()).await;
    listen(posted, &owners, replies)
}

async fn post_forms(
    seat: &Seat<'_>,
    site: &SiteRuntime,
    writes: &[&FieldWrite],
    replies: &mut Replies,
) -> Result<(), Trouble> {
    let (values, owners): (Vec<FormValue>, Vec<Vec<&Target>>) =
        writes.iter().filter_map(|write| Some((form_value(site, write)?, vec![&write.target]))).unzip();
    let token = seat.token()?;
    // Whether Add replaces is not known; where SYSPRO says that the value exists, Update is the way.
    let added = seat.site.enet.comsfm(&token, &values, FormMode::Add, false).await;
    let Some(again) = present(added, &values, owners, replies)? else { return Ok(()) };
    let updated = seat.site.enet.comsfm(&token, &again.items, FormMode::Update, false).await;
    listen(updated, &again.owners, replies)
}

fn form_value(site: &SiteRuntime, write: &FieldWrite) -> Option<FormValue> {
    // COMSFM's key has no place for the invoice, so it would write into the order's own form.
    let form = FormTarget::of(&write.target).filter(|form| !form.of_invoice)?;
    let form_type = form.kind.place(site)?.form_type.clone();
    Some(FormValue {
        form_type,
        key: form.number.to_owned(),
        field: form.field.to_owned(),
        value: form_data(&write.value)?,
    })
}

fn form_data(value: &Value) -> Option<FormData> {
    match value {
        Value::Text(text) => Some(FormData::Alpha(text.clone())),
        Value::Number(number) => Some(FormData::Numeric(*number)),
        Value::Date(date) => Some(FormData::Date(*date)),
        Value::Freight { .. } | Value::Removed => None,
    }
}

/// The newer object: one item a record, its fields by their columns. Whether a record is there is learned by adding.
async fn post_form_records(
    seat: &Seat<'_>,
    site: &SiteRuntime,
    writes: &[&FieldWrite],
    before: &Held,
    replies: &mut Replies,
) -> Result<(), Trouble> {
    let mut records: Vec<FormRecord> = Vec::new();
    let mut owners: Vec<Vec<&Target>> = Vec::new();
    for write in writes {
        let Some((form, value)) = FormTarget::of(&write.target).zip(form_data(&write.value)) else { continue };
        let Some(place) = form.kind.place(site) else { continue };
        let columns = site.form_columns(&place.form_type).unwrap_or_default();
        let Some(column) = columns.get(&form.field.to_uppercase()) else { continue };
        let key = vec![(form.kind.key().to_owned(), form.number.to_owned())];
        if form.of_invoice {
            for invoice in before.copies_of(&write.target) {
                let key = [key.clone(), vec![(INVOICE_OF_COPY.to_owned(), invoice.clone())]].concat();
                let fields = vec![(column.clone(), value.clone())];
                records.push(FormRecord { form_type: place.form_type.clone(), key, fields });
                owners.push(vec![&write.target]);
            }
            continue;
        }
        if records.last().is_none_or(|it| it.form_type != place.form_type || it.key != key) {
            records.push(FormRecord { form_type: place.form_type.clone(), key, fields: Vec::new() });
            owners.push(Vec::new());
        }
        let (Some(record), Some(owned)) = (records.last_mut(), owners.last_mut()) else { continue };
        record.fields.push((column.clone(), value));
        owned.push(&write.target);
    }
    let token = seat.token()?;
    let added = seat.site.enet.comtfm(&token, &records, FormFunction::Add, Posting::default()).await;
    let Some(again) = present(added, &records, owners, replies)? else { return Ok(()) };
    let changed = seat.site.enet.comtfm(&token, &again.items, FormFunction::Change, Posting::default()).await;
    listen(changed, &again.owners, replies)
}

/// Items that an adding post found there already, with their owners.
struct Present<'t, T> {
    items: Vec<T>,
    owners: Vec<Vec<&'t Target>>,
}

/// Takes from an adding post's answer what is there already; all else it said is listened to.
fn present<'t, T: Clone>(
    added: Result<Posted, syspro::Error>,
    items: &[T],
    mut owners: Vec<Vec<&'t Target>>,
    replies: &mut Replies,
) -> Result<Option<Present<'t, T>>, Trouble> {
    let present = duplicates(&added);
    if present.is_empty() {
        listen(added, &owners, replies)?;
        return Ok(None);
    }
    let again = present.iter().filter_map(|&at| Some((items.get(at)?.clone(), std::mem::take(owners.get_mut(at)?))));
    let (items, of_again) = again.collect::<Vec<_>>().into_iter().unzip();
    listen(added, &owners, replies)?;
    Ok(Some(Present { items, owners: of_again }))
}

// ---- statuses ----

/// One move nearer to the wanted status: SYSPRO refuses skips, and the reading shows what is left.
async fn post_statuses(
    seat: &Seat<'_>,
    writes: &[&FieldWrite],
    before: &Held,
    replies: &mut Replies,
) -> Result<(), Trouble> {
    let mut notes = (Vec::new(), Vec::new());
    let mut orders = (Vec::new(), Vec::new());
    for write in writes {
        let Target::Status { of } = &write.target else { continue };
        let held = before.text(&write.target).unwrap_or_default().to_owned();
        let next = match (of, held.as_str()) {
            (Record::DispatchNote(_), "3") => "5".to_owned(),
            _ => write.value.to_string(),
        };
        match of {
            Record::DispatchNote(note) => {
                notes.0.push(DispatchStatus { dispatch_note: note.as_str().to_owned(), from: Some(held), to: next });
                notes.1.push(vec![&write.target]);
            }
            Record::SalesOrder(order) => {
                let sales_order = order.as_str().to_owned();
                orders.0.push(OrderStatusChange { sales_order, from: Some(held), to: next, delivery_note: None });
                orders.1.push(vec![&write.target]);
            }
        }
    }
    if !notes.0.is_empty() {
        let posted = seat.site.enet.sortds(&seat.token()?, &notes.0, Posting::default()).await;
        listen(posted, &notes.1, replies)?;
    }
    if !orders.0.is_empty() {
        let posted = seat.site.enet.sortos(&seat.token()?, &orders.0, Posting::default()).await;
        listen(posted, &orders.1, replies)?;
    }
    Ok(())
}

// ---- lines ----

/// One line, in a document of its own: with its marker, where it has no text itself.
async fn post_line(seat: &Seat<'_>, write: &FieldWrite, before: &Held, replies: &mut Replies) -> Result<(), Trouble> {
    let (on, text, charge) = match (&write.target, &write.value) {
        (Target::Comment { on, text }, _) => (on, text, None),
        (Target::Freight { on, marker }, Value::Freight { charge, cost }) => {
            (on, marker, Some(FreightCharge::new(*charge).costing(*cost)))
        }
        (Target::Freight { on, .. }, Value::Removed) => return remove_line(seat, write, on, before, replies).await,
        _ => return Ok(()),
    };
    let text = text.clone();
    let token = seat.token()?;
    let posted = match on {
        Record::SalesOrder(order) => {
            let mut change = OrderChange::new(order.as_str()).line(OrderLineChange::AddComment { text });
            if let Some(charge) = charge {
                change = change.line(OrderLineChange::AddFreight { charge });
            }
            seat.site.enet.sortoi(&token, &[change], Posting::default()).await
        }
        Record::DispatchNote(note) => {
            let dispatch_note = note.as_str().to_owned();
            let mut lines = vec![DispatchLine::Comment { dispatch_note: dispatch_note.clone(), text }];
            lines.extend(charge.map(|charge| DispatchLine::Freight { dispatch_note, charge }));
            seat.site.enet.sortda(&token, &lines, Posting::default()).await
        }
    };
    listen(posted, &[vec![&write.target]], replies)
}

async fn remove_line(
    seat: &Seat<'_>,
    write: &FieldWrite,
    on: &Record,
    before: &Held,
    replies: &mut Replies,
) -> Result<(), Trouble> {
    let (Record::SalesOrder(order), Some(line)) = (on, before.line_of(&write.target)) else { return Ok(()) };
    let change = OrderChange::new(order.as_str()).line(OrderLineChange::RemoveFreight { line, cancel_code: None });
    let posted = seat.site.enet.sortoi(&seat.token()?, &[change], Posting::default()).await;
    listen(posted, &[vec![&write.target]], replies)
}

// ---- answers ----

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
    replies: &mut Replies,
) -> Result<(), Trouble> {
    let posted = match posted {
        Ok(posted) => posted,
        Err(syspro::Error::Rejected(posted)) => *posted,
        // Said of one document alone; of several the reading finds out whose it was.
        Err(error) if error.is_locked() && owners.len() == 1 => {
            let words = Trouble::from(error).words;
            replies.waiting.extend(owners.concat().into_iter().map(|target| (target.clone(), words.clone())));
            return Ok(());
        }
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
            let heard = if error.is_locked() { &mut replies.waiting } else { &mut replies.refusals };
            heard.entry(target.clone()).or_insert_with(|| words.clone());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_much_fits_is_found_by_what_was_too_long() {
        let mut room = Room::default();
        let (mut left, mut posts, mut tries) = (300, 0, 0);
        while left > 0 {
            let size = room.most(left).unwrap_or(left);
            tries += 1;
            room.learn(size, size <= 37);
            if size <= 37 {
                left -= size;
                posts += 1;
            }
        }
        assert_eq!(posts, 9, "300 by 37");
        assert!(tries < 20, "{tries}");
    }

    #[test]
    fn what_fitted_once_and_does_not_again_counts_for_less() {
        let mut room = Room::default();
        room.learn(40, true);
        room.learn(30, false);
        assert_eq!(room.most(30), Some(29));
        room.learn(29, false);
        assert_eq!(room.most(29), Some(28));
        room.learn(1, false);
        assert_eq!(room.most(5), Some(1), "never nothing");
    }
}
