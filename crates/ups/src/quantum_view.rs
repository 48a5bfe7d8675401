//! Quantum View: everything UPS knows of an account's packages, as a feed of files.
//!
//! ```text
//! Query::range ─► POST /api/quantumview/v3/events ─► Page ─ subscriptions ─ files ─ records
//!    ▲                                                │
//!    └──────────── the same query and the bookmark ◄──┘ more to come
//!
//! record: Manifest (label) · Origin (first scan) · Exception · Delivery · Generic (void, out for delivery, …) · Other
//! ```
//!
//! The account needs a Quantum View *subscription*, made on ups.com, which decides about directions and kinds of
//! events; without it UPS answers `330050` to a token that is good for everything else.
//!
//! Ask by range of time (at most seven days back, which is how long UPS keeps files) and keep what was seen by file
//! name and record: the same range may be asked again and gives the same files. Asking for *unread* files marks them
//! read, and two programs that do so take each other's files away; so it has to be asked for by name
//! ([`Query::unread_and_mark_read`]).
//!
//! Times are local to the place of the event, without an offset: they order the events of one place and are no
//! instants.

mod record;

use std::collections::HashSet;

use jiff::civil::DateTime;
use reqwest::Method;
use serde_json::json;

pub use self::record::{
    ActivityKind, BillTo, BillingOption, Delivery, DeliveryLocation, Event, Exception, Generic, Manifest,
    ManifestPackage, Origin, QuantumAddress, QuantumParty, QuantumPlace, QuantumReference, Record,
};
use crate::answer::{Answer, Kind, refusal};
use crate::client::{Call, Client};
use crate::codes::codes;
use crate::error::{Alert, Error, RawAnswer};
use crate::json::Node;
use crate::text;

/// A walk through bookmarks ends here: at 150 KB a page it is far beyond what UPS keeps of an account in seven days.
const MOST_PAGES: usize = 10_000;

/// How UPS's own clients call the version of their requests.
const XPCI_VERSION: &str = "1.0007";

codes! {
    /// What became of a subscription.
    pub enum SubscriptionStatus {
        Unknown = "UN", "unknown";
        Activate = "AT", "ready to be activated";
        Pending = "P", "waits for authorisation";
        Active = "A", "active";
        Inactive = "I", "put on hold by the subscriber";
        Suspended = "S", "disabled by UPS";
    }
}

codes! {
    /// Whether a file was read before.
    pub enum FileStatus {
        Read = "R", "read";
        Unread = "U", "unread";
    }
}

/// What to ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Selection {
    Range { begin: DateTime, end: Option<DateTime> },
    Files(Vec<String>),
    Unread,
}

/// A question for files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    subscription: Option<String>,
    selection: Selection,
}

impl Query {
    /// Files of this range, read before or not. It may begin at most seven days back; without an end it lasts seven
    /// days. UPS does not document the time zone.
    #[must_use]
    pub fn range(begin: DateTime, end: Option<DateTime>) -> Self {
        Self { subscription: None, selection: Selection::Range { begin, end } }
    }

    /// Files of these names (`YYMMDD_HHmmssnnn`), read before or not.
    pub fn files(names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let names = names.into_iter().map(Into::into).collect();
        Self { subscription: None, selection: Selection::Files(names) }
    }

    /// All files nobody has read. **They are read from then on**: another program that asks the same will not get
    /// them, nor will this one if the answer is lost.
    #[must_use]
    pub fn unread_and_mark_read() -> Self {
        Self { subscription: None, selection: Selection::Unread }
    }

    /// Files of one subscription only, by its name of at most 21 characters.
    #[must_use]
    pub fn of_subscription(mut self, name: impl Into<String>) -> Self {
        self.subscription = Some(name.into());
        self
    }

    /// Marking files read changes something: lost with its answer, it is lost.
    fn kind(&self) -> Kind {
        match self.selection {
            Selection::Unread => Kind::Changing,
            Selection::Range { .. } | Selection::Files(_) => Kind::Reading,
        }
    }

    fn body_json(&self, bookmark: Option<&str>) -> Result<String, Error> {
        let mut subscription = json!({ "Name": text::optional("subscription", self.subscription.as_deref(), 21)? });
        match &self.selection {
            Selection::Range { begin, end } => {
                if end.is_some_and(|end| end < *begin) {
                    return Err(Error::invalid("range", "ends before it begins"));
                }
                let stamp = |moment: &DateTime| moment.strftime("%Y%m%d%H%M%S").to_string();
                let range = json!({ "BeginDateTime": stamp(begin), "EndDateTime": end.as_ref().map(stamp) });
                subscription["DateTimeRange"] = range;
            }
            Selection::Files(names) if names.is_empty() => return Err(Error::invalid("files", "are missing")),
            Selection::Files(names) => {
                let names = names.iter().map(|name| text::required("files", name, 16));
                subscription["FileName"] = json!(names.collect::<Result<Vec<_>, _>>()?);
            }
            Selection::Unread => {}
        }
        let subscription = text::compact(subscription);
        let mut request = json!({
            "Request": {
                "TransactionReference": { "CustomerContext": "", "XpciVersion": XPCI_VERSION },
                "RequestAction": "QVEvents",
            },
        });
        if subscription.as_object().is_some_and(|members| !members.is_empty()) {
            request["SubscriptionRequest"] = json!([subscription]);
        }
        // Beside the subscription: one of UPS's examples has it within, where it does not belong.
        if let Some(bookmark) = bookmark {
            request["Bookmark"] = json!(bookmark);
        }
        Ok(json!({ "QuantumViewRequest": request }).to_string())
    }
}

/// One page of the feed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page {
    /// The subscriber, if told.
    pub subscriber: Option<String>,
    /// The subscriptions with their files; empty where there is nothing to tell.
    pub subscriptions: Vec<Subscription>,
    /// There is more: ask the same with this bookmark.
    pub bookmark: Option<String>,
    /// Remarks, such as that there is nothing to tell.
    pub alerts: Vec<Alert>,
    /// The answer as it came.
    pub raw: RawAnswer,
}

impl Page {
    /// All records with the name of the file they stand in, as UPS ordered them.
    pub fn records(&self) -> impl Iterator<Item = (&str, &Record)> {
        let files = self.subscriptions.iter().flat_map(|subscription| &subscription.files);
        files.flat_map(|file| file.records.iter().map(move |record| (file.name.as_str(), record)))
    }
}

/// A subscription and its files.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Subscription {
    /// Its name, if told.
    pub name: Option<String>,
    /// Its number, if told.
    pub number: Option<String>,
    /// What became of it, if told.
    pub status: Option<SubscriptionStatus>,
    /// Its files.
    pub files: Vec<File>,
}

/// A file of the feed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct File {
    /// Its name: with the record, what tells one telling from another.
    pub name: String,
    /// Whether it was read before this question, if told.
    pub status: Option<FileStatus>,
    /// Its records: manifests, origins, exceptions, deliveries, generic ones, others, each in UPS's order.
    pub records: Vec<Record>,
}

/// A walk through all pages of a query.
#[derive(Debug)]
pub struct Pages {
    client: Client,
    query: Query,
    bookmark: Option<String>,
    seen: HashSet<String>,
    asked: usize,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Asking,
    /// The last page gave a bookmark that leads nowhere new.
    Circle,
    Over,
}

impl Pages {
    /// The next page; nothing after the last one, and nothing after an error.
    ///
    /// # Errors
    ///
    /// As [`Client::quantum_view`]; [`Error::Unreadable`] if the page before, which was given all the same, had a
    /// bookmark that leads in a circle.
    pub async fn next(&mut self) -> Result<Option<Page>, Error> {
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Over => return Ok(None),
            Stage::Circle => {
                return Err(Error::unreadable(
                    "QuantumViewResponse.Bookmark leads in a circle: the walk would never end",
                ));
            }
            Stage::Asking => {}
        }
        let page = self.client.quantum_view(&self.query, self.bookmark.as_deref()).await?;
        self.asked += 1;
        if let Some(bookmark) = &page.bookmark {
            let on = self.goes_on(&page, bookmark) && self.asked < MOST_PAGES;
            self.stage = if on { Stage::Asking } else { Stage::Circle };
            self.bookmark = Some(bookmark.clone());
        }
        Ok(Some(page))
    }

    /// A bookmark names the place in a range, and must be new. Of unread files it names the subscriber only and stays
    /// the same, while the files move on because they are read; so there the files must be new.
    fn goes_on(&mut self, page: &Page, bookmark: &str) -> bool {
        match self.query.selection {
            Selection::Range { .. } | Selection::Files(_) => self.seen.insert(bookmark.to_owned()),
            Selection::Unread => {
                let files = page.subscriptions.iter().flat_map(|it| it.files.iter().map(move |file| (it, file)));
                let names = files.map(|(of, file)| format!("{:?} {:?} {}", of.name, of.number, file.name));
                names.filter(|name| self.seen.insert(name.clone())).count() > 0
            }
        }
    }
}

impl Client {
    /// Asks for one page of files; the next one with the bookmark of this.
    ///
    /// # Errors
    ///
    /// As with any reading call. [`Error::NotEntitled`] with `330050` (or `330051`): the account has no Quantum View
    /// subscription on ups.com. Only a query for unread files can end as [`Error::AnswerLost`]: then files may be
    /// marked read that nobody has seen, and a query by range finds them again.
    pub async fn quantum_view(&self, query: &Query, bookmark: Option<&str>) -> Result<Page, Error> {
        let path = ["api", "quantumview", "v3", "events"];
        let call = Call::new(query.kind(), "quantum_view", "Quantum View", Method::POST, &path);
        match self.send(call.body(query.body_json(bookmark)?)).await {
            Ok(answer) => Page::read(&answer, query.kind()),
            Err(Error::Rejected { all, body, .. }) if says_nothing_there(&all) => Ok(Page::empty(all, body)),
            Err(error) => Err(error),
        }
    }

    /// Walks through all pages of a query, one call each. Nothing is asked before [`Pages::next`].
    #[must_use]
    pub fn quantum_view_pages(&self, query: Query) -> Pages {
        Pages { client: self.clone(), query, bookmark: None, seen: HashSet::new(), asked: 0, stage: Stage::Asking }
    }
}

/// UPS publishes no code for "nothing new", so its words decide.
fn says_nothing_there(alerts: &[Alert]) -> bool {
    alerts.first().is_some_and(|alert| {
        let words = alert.message.to_ascii_lowercase();
        ["no data", "no unread", "no new data"].iter().any(|sign| words.contains(sign))
    })
}

impl Page {
    /// Reads an answer that was kept.
    ///
    /// # Errors
    ///
    /// Those of [`Client::quantum_view`] for an answer that came with status 200.
    pub fn from_raw(raw: &[u8]) -> Result<Self, Error> {
        Self::read(&Answer::kept(raw)?, Kind::Reading)
    }

    fn empty(alerts: Vec<Alert>, raw: RawAnswer) -> Self {
        Self { subscriber: None, subscriptions: Vec::new(), bookmark: None, alerts, raw }
    }

    /// This system tells its own status flatly, and fails with HTTP 200.
    fn read(answer: &Answer, kind: Kind) -> Result<Self, Error> {
        let senseless = |what: &str| kind.senseless(answer.status, what, answer.raw.clone());
        let container = answer.root().at("QuantumViewResponse");
        if !container.is_filled() {
            return Err(senseless("the answer has no QuantumViewResponse"));
        }
        let response = container.at("Response");
        let alerts = response.at("Error").alerts();
        match response.text_at("ResponseStatusCode").as_deref() {
            Some("1") => {}
            Some("0") if says_nothing_there(&alerts) => return Ok(Self::empty(alerts, answer.raw.clone())),
            Some("0") => return Err(refusal(answer.status, alerts, answer.raw.clone())),
            Some(other) => {
                let what = format!("QuantumViewResponse.Response.ResponseStatusCode is {other} instead of 1");
                return Err(senseless(&what));
            }
            None => return Err(senseless("QuantumViewResponse.Response has no ResponseStatusCode")),
        }
        let events = container.at("QuantumViewEvents");
        let subscriptions =
            events.at("SubscriptionEvents").each().enumerate().map(|(at, it)| Subscription::read(it, at));
        Ok(Self {
            subscriber: events.text_at("SubscriberID"),
            subscriptions: subscriptions.collect::<Result<_, _>>().map_err(|what: String| senseless(&what))?,
            bookmark: container.text_at("Bookmark"),
            alerts,
            raw: answer.raw.clone(),
        })
    }
}

impl Subscription {
    fn read(node: Node<'_>, at: usize) -> Result<Self, String> {
        let place = format!("SubscriptionEvents[{at}]");
        let files = node.at("SubscriptionFile").each().enumerate();
        Ok(Self {
            name: node.text_at("Name"),
            number: node.text_at("Number"),
            status: node.at("SubscriptionStatus").text_at("Code").as_deref().map(SubscriptionStatus::of),
            files: files.map(|(at, file)| File::read(file, &place, at)).collect::<Result<_, _>>()?,
        })
    }
}

impl File {
    fn read(node: Node<'_>, place: &str, at: usize) -> Result<Self, String> {
        let name = node.text_at("FileName");
        let name = name.ok_or_else(|| format!("{place}.SubscriptionFile[{at}] has no FileName"))?;
        let mut records = Vec::new();
        for kind in record::KINDS {
            for (at, one) in node.at(kind).each().enumerate() {
                let read = Record::read(kind, one).map_err(|what| format!("file {name}: {kind}[{at}] {what}"))?;
                records.push(read);
            }
        }
        for (kind, members) in node.members() {
            if !record::KINDS.contains(&kind) && !matches!(kind, "FileName" | "StatusType") {
                let others = members.each().map(|one| Record::Other { kind: kind.to_owned(), json: one.json() });
                records.extend(others);
            }
        }
        let status = node.at("StatusType").text_at("Code").as_deref().map(FileStatus::of);
        Ok(Self { name, status, records })
    }
}
