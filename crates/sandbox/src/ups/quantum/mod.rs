//! Quantum View: everything that happened to an account's packages, in files, for a week.
//!
//! ```text
//! journeys ─► Happening (manifest, origin, exception, delivery, generic) ─► files by the hour
//!                                                                             │ unread · range · name
//!      answer ◄─ pages of about 150 kB with a bookmark ◄───────────────────────┘
//! ```
//!
//! The account needs a subscription, set up on ups.com and not in the API
//! ([`Manners::quantum_view`](super::Manners::quantum_view)). Asking without a range or a file name
//! gives what is unread, and reads it: two who ask so steal from each other.

mod file;
mod record;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::envelope::{Lists, Refusal};
use super::manners::{Manners, QuantumSubscription};
use super::reading::{at, many, present, text, texts};
use super::{Ups, Visit};
use crate::CREDENTIALS;
use crate::serve::Reply;
pub(crate) use file::Desk;
use file::File;

pub(super) fn answer(ups: &Ups, visit: &Visit<'_>) -> Result<Reply, Refusal> {
    let manners = ups.state().manners.clone();
    match events(ups, visit, &manners) {
        Err(Refusal::Coded { code, message, .. }) if manners.quantum_failures_in_200 => {
            Ok(Reply::json(200, &failure(&code, &message)))
        }
        other => other,
    }
}

fn events(ups: &Ups, visit: &Visit<'_>, manners: &Manners) -> Result<Reply, Refusal> {
    let body = visit.json()?;
    let request = at(&body, &["QuantumViewRequest"]);
    match text(request, &["Request", "RequestAction"]).as_str() {
        "QVEvents" => {}
        "" => return Err(Refusal::bad("20007", "Missing required field: RequestAction")),
        _ => return Err(Refusal::bad("20006", "Invalid request action.")),
    }
    if manners.quantum_view.is_empty() {
        return Err(Refusal::bad("330050", "Invalid QV user. Please check your login."));
    }
    let selections = selections(request, manners, visit.now)?;
    let bookmark = bookmark(request)?;
    let mut state = ups.state();
    let mut found: Vec<(usize, File)> = Vec::new();
    for (index, selection) in selections.iter().enumerate() {
        let files = state.quantum.files(&state.shelf, selection.subscription, manners, visit.now);
        found.extend(files.into_iter().filter(|file| selection.choice.takes(file)).map(|file| (index, file)));
    }
    if let Some(after) = &bookmark {
        // The bookmark of unread data names no file: what was sent is read and gone.
        let place = found.iter().position(|(index, file)| selections[*index].place(file) == *after);
        found.drain(..place.map_or(0, |place| place + 1));
    }
    // Lists of one collapse below version 3 within a file, below version 2 around them.
    let inner = Lists::since(3, visit.segment(2), manners);
    let mut page = Page::new(manners.quantum_page_bytes, inner);
    let mut next = None;
    let mut taken = Vec::new();
    for (index, file) in found {
        let selection = &selections[index];
        if page.is_full() {
            next = Some(if selection.is_unread() { String::new() } else { page.last.clone() });
            break;
        }
        if selection.is_unread() {
            taken.push((selection.subscription.name.clone(), file.name.clone()));
        }
        page.add(index, selection, &file);
    }
    state.quantum.mark_read(taken);
    if page.is_empty()
        && let Some(code) = &manners.quantum_empty_code
    {
        return Ok(Reply::json(200, &failure(code, "No unread data.")));
    }
    let context = text(request, &["Request", "TransactionReference", "CustomerContext"]);
    let mut response = json!({
        "Response": {
            "TransactionReference": {"CustomerContext": context, "XpciVersion": "1.0007"},
            "ResponseStatusCode": "1",
            "ResponseStatusDescription": "Success",
        },
        "QuantumViewEvents": page.written(&selections),
    });
    if let Some(place) = next {
        response["Bookmark"] = json!(STANDARD.encode(format!("{}{place}", CREDENTIALS.ups_client_id)));
    }
    let outer = Lists::since(2, visit.segment(2), manners);
    Ok(Reply::json(200, &outer.fold(json!({"QuantumViewResponse": response}))))
}

/// The documented failure inside a success.
fn failure(code: &str, message: &str) -> Value {
    json!({"QuantumViewResponse": {
        "Response": {
            "TransactionReference": {"XpciVersion": "1.0007"},
            "ResponseStatusCode": "0",
            "ResponseStatusDescription": "Failure",
            "Error": [{"ErrorSeverity": "Hard", "ErrorCode": code, "ErrorDescription": message, "ErrorLocation": []}],
        },
        "QuantumViewEvents": {"SubscriberID": CREDENTIALS.ups_client_id, "SubscriptionEvents": []},
    }})
}

/// Which files of a subscription are wanted.
enum Choice {
    Unread,
    Range { from: Timestamp, to: Timestamp },
    Names(Vec<String>),
}

impl Choice {
    fn takes(&self, file: &File) -> bool {
        match self {
            Self::Unread => !file.is_read,
            Self::Range { from, to } => (*from..=*to).contains(&file.closed),
            Self::Names(names) => names.contains(&file.name),
        }
    }
}

struct Selection<'a> {
    subscription: &'a QuantumSubscription,
    choice: Choice,
}

impl Selection<'_> {
    fn is_unread(&self) -> bool {
        matches!(self.choice, Choice::Unread)
    }

    /// Where a file stands among all, as bookmarks write it.
    fn place(&self, file: &File) -> String {
        format!("|{}|{}", self.subscription.name, file.name)
    }
}

/// What the request asks for: each subscription named, or all of them.
fn selections<'a>(request: &Value, manners: &'a Manners, now: Timestamp) -> Result<Vec<Selection<'a>>, Refusal> {
    let asked = many(request, &["SubscriptionRequest"]);
    if asked.is_empty() {
        let all = manners.quantum_view.iter();
        return Ok(all.map(|subscription| Selection { subscription, choice: Choice::Unread }).collect());
    }
    let mut selections = Vec::new();
    for one in asked {
        let name = text(one, &["Name"]);
        let fitting: Vec<&QuantumSubscription> =
            manners.quantum_view.iter().filter(|own| name.is_empty() || own.name == name).collect();
        if fitting.is_empty() {
            return Err(Refusal::bad("20008", "Invalid value: SubscriptionRequest/Name"));
        }
        for subscription in fitting {
            selections.push(Selection { subscription, choice: choice(one, manners, now)? });
        }
    }
    Ok(selections)
}

fn choice(one: &Value, manners: &Manners, now: Timestamp) -> Result<Choice, Refusal> {
    let names = texts(one, &["FileName"]);
    if !names.is_empty() {
        return Ok(Choice::Names(names));
    }
    if !present(one, &["DateTimeRange"]) {
        return Ok(Choice::Unread);
    }
    let invalid = |field: &str| Refusal::bad("20008", format!("Invalid value: DateTimeRange/{field}"));
    let instant = |field: &str| -> Result<Option<Timestamp>, Refusal> {
        let written = text(one, &["DateTimeRange", field]);
        if written.is_empty() {
            return Ok(None);
        }
        let local = DateTime::strptime("%Y%m%d%H%M%S", &written).map_err(|_| invalid(field))?;
        local.to_zoned(TimeZone::UTC).map(|zoned| Some(zoned.timestamp())).map_err(|_| invalid(field))
    };
    let days = |count: u32| jiff::SignedDuration::from_hours(24 * i64::from(count));
    let from = instant("BeginDateTime")?.ok_or_else(|| invalid("BeginDateTime"))?;
    let to = match instant("EndDateTime")? {
        Some(to) => to,
        None => from.saturating_add(days(7)).map_err(|_| invalid("BeginDateTime"))?,
    };
    // Seven days count from the start of the present day.
    if from < to && now.duration_since(from) <= days(manners.quantum_days + 1) {
        Ok(Choice::Range { from, to })
    } else {
        Err(invalid("BeginDateTime"))
    }
}

/// The place a bookmark stands for. One nested in `SubscriptionRequest`, as an example of UPS has it,
/// is not seen.
fn bookmark(request: &Value) -> Result<Option<String>, Refusal> {
    let given = text(request, &["Bookmark"]);
    if given.is_empty() {
        return Ok(None);
    }
    let open = STANDARD.decode(&given).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let place = open.and_then(|open| open.strip_prefix(CREDENTIALS.ups_client_id).map(str::to_owned));
    place.map(Some).ok_or_else(|| Refusal::bad("20008", "Invalid value: Bookmark"))
}

/// The files of one answer.
struct Page<'a> {
    files: Vec<(usize, Value)>,
    bytes: usize,
    limit: usize,
    /// Where the last file stands.
    last: String,
    inner: Lists<'a>,
}

impl<'a> Page<'a> {
    fn new(limit: usize, inner: Lists<'a>) -> Self {
        Self { files: Vec::new(), bytes: 0, limit, last: String::new(), inner }
    }

    fn is_full(&self) -> bool {
        self.bytes >= self.limit
    }

    fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    fn add(&mut self, index: usize, selection: &Selection<'_>, file: &File) {
        let written = self.inner.fold(file.written());
        self.bytes += written.to_string().len();
        self.files.push((index, written));
        self.last = selection.place(file);
    }

    /// Every subscription asked for, also one without files.
    fn written(self, selections: &[Selection<'_>]) -> Value {
        let events = selections.iter().enumerate().map(|(index, selection)| {
            let files: Vec<Value> =
                self.files.iter().filter(|(of, _)| *of == index).map(|(_, file)| file.clone()).collect();
            let mut one = json!({
                "Name": selection.subscription.name,
                "Number": selection.subscription.number,
                "SubscriptionStatus": {"Code": "A", "Description": "Active"},
            });
            if let Choice::Range { from, to } = &selection.choice {
                let day = |at: &Timestamp| at.to_zoned(TimeZone::UTC).strftime("%m-%d-%Y-%H-%M").to_string();
                one["DateRange"] = json!({"BeginDate": day(from), "EndDate": day(to)});
            }
            if !files.is_empty() {
                one["SubscriptionFile"] = Value::Array(files);
            }
            one
        });
        json!({
            "SubscriberID": CREDENTIALS.ups_client_id,
            "SubscriptionEvents": events.collect::<Vec<_>>(),
        })
    }
}
