//! Reading tables through SYSPRO's OData service: version 4, JSON, GET only, Basic authentication.
//!
//! ```text
//! Select ─► filter rendered (long lists halved until the address fits) ─► page ─► page ─► … ─► Row…
//!             │ dates: by setting or by $metadata, read once                └─ next link, else $skip
//! ```
//!
//! Pages are only stable if the rows are ordered by their whole key, so a [`Select`] without an order is refused. A row that
//! enters the set while it is being read can shift another one onto two pages: rows are told apart by that key and
//! come back once. A row that leaves the set can make another one be missed; whoever reads a set again and again
//! finds it the next time. The service gives at most 5000 rows for one request. Next links are followed by
//! their query only, at our own address, so credentials never travel to a host that an answer names.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::time::Duration;

use percent_encoding::utf8_percent_encode;
use reqwest::Url;
use reqwest::header::ACCEPT;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::sync::OnceCell;

use crate::error::Error;
use crate::filter::{Filter, ListOperator, Spelling, identifier};
use crate::http::{self, Effect, Http, Reach, Reply};
use crate::metadata::{Metadata, Missing};
use crate::row::{ReadError, Row};
use crate::text::{self, Encoding};
use crate::transport::rest::PLAIN;

/// The most rows the service gives for one request.
const MAX_PAGE: u32 = 5000;

/// How dates are spelt in a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DateLiteral {
    /// As `$metadata` types the column.
    #[default]
    Auto,
    /// `2026-01-31T00:00:00Z`.
    DateTimeOffset,
    /// `2026-01-31`.
    Date,
    /// `datetime'2026-01-31T00:00:00'`, as services before version 4 want it.
    DateTimeV3,
}

/// How to reach an OData service and as whom.
#[derive(Clone)]
pub struct ODataSettings {
    /// The service's root, as `https://erp.example.com/SYSPRO8Odata/SYSPROOData`.
    pub root: String,
    /// The company's path segment; empty for none.
    pub company_segment: String,
    /// The user. OData users are not e.net operators.
    pub user: String,
    /// The user's password.
    pub password: SecretString,
    /// Rows asked for at once, 1 to 5000.
    pub page_size: u32,
    /// Longest wait for a connection.
    pub connect_timeout: Duration,
    /// Longest wait for a page.
    pub timeout: Duration,
    /// Addresses longer than this many bytes are split or refused.
    pub url_limit: usize,
    /// How dates are spelt in a filter.
    pub date_literal: DateLiteral,
    /// How lists are spelt in a filter.
    pub lists: ListOperator,
    /// Whether plain http to another machine is allowed.
    pub allow_plain_http: bool,
    /// Further certificate authorities to trust, in PEM form.
    pub ca_pem: Option<Vec<u8>>,
}

impl ODataSettings {
    /// Settings with the defaults: pages of 1000 rows, 10 s to connect, 60 s a page, addresses up to 6000 bytes.
    pub fn new(
        root: impl Into<String>,
        company_segment: impl Into<String>,
        user: impl Into<String>,
        password: SecretString,
    ) -> Self {
        Self {
            root: root.into(),
            company_segment: company_segment.into(),
            user: user.into(),
            password,
            page_size: 1000,
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(60),
            url_limit: 6000,
            date_literal: DateLiteral::Auto,
            lists: ListOperator::Or,
            allow_plain_http: false,
            ca_pem: None,
        }
    }
}

/// The address and the password are left out.
impl fmt::Debug for ODataSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ODataSettings")
            .field("company_segment", &self.company_segment)
            .field("user", &self.user)
            .field("page_size", &self.page_size)
            .finish_non_exhaustive()
    }
}

/// What to read from a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Select {
    /// The entity set, as `MdnMaster`.
    pub set: String,
    /// The columns; none means all.
    pub columns: Vec<String>,
    /// Which rows.
    pub filter: Filter,
    /// The set's whole key, by which rows are ordered and told apart.
    pub order_by: Vec<String>,
}

impl Select {
    /// All columns of the rows that fulfil the filter, in the order of their key.
    pub fn new<S: Into<String>>(set: impl Into<String>, filter: Filter, order_by: impl IntoIterator<Item = S>) -> Self {
        Self { set: set.into(), columns: Vec::new(), filter, order_by: order_by.into_iter().map(Into::into).collect() }
    }

    /// Asks for these columns only. The key's columns are added if they are missing.
    #[must_use]
    pub fn columns<S: Into<String>>(mut self, columns: impl IntoIterator<Item = S>) -> Self {
        self.columns = columns.into_iter().map(Into::into).collect();
        self
    }

    fn check(&self) -> Result<(), Error> {
        if self.order_by.is_empty() {
            return Err(Error::invalid("order_by", format!("the key of set {} is needed for stable pages", self.set)));
        }
        self.columns.iter().chain(&self.order_by).try_for_each(|column| identifier("column", column).map(|_| ()))
    }

    /// The columns asked for, the key among them; empty for all.
    fn selected(&self) -> Vec<&str> {
        let mut selected: Vec<&str> = self.columns.iter().map(String::as_str).collect();
        if !selected.is_empty() {
            for key in &self.order_by {
                if !selected.iter().any(|column| column.eq_ignore_ascii_case(key)) {
                    selected.push(key);
                }
            }
        }
        selected
    }

    /// The row's key, with the blanks some very old keys begin with; a missing column is an unreadable answer.
    fn key_of(&self, row: &Row) -> Result<Vec<String>, Error> {
        let column = |column: &String| {
            let missing = || ReadError::Missing { column: column.clone() };
            let raw = row.raw(column).map(|text| text.trim_end().to_owned());
            raw.ok_or_else(|| Error::unreadable(self.call(), missing()))
        };
        self.order_by.iter().map(column).collect()
    }

    fn call(&self) -> String {
        format!("odata read {}", self.set)
    }
}

/// A client of one OData service for one user and company.
pub struct OData {
    http: Http,
    root: String,
    settings: ODataSettings,
    metadata: OnceCell<Metadata>,
}

impl fmt::Debug for OData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.settings.fmt(f)
    }
}

/// One page as the service sends it.
#[derive(Deserialize)]
struct Page {
    value: Vec<BTreeMap<String, Box<RawValue>>>,
    #[serde(rename = "@odata.nextLink", default)]
    next: Option<String>,
}

/// An error as the service sends it.
#[derive(Deserialize)]
struct Refusal {
    error: RefusalText,
}

#[derive(Deserialize)]
struct RefusalText {
    message: String,
}

impl OData {
    /// A client; nothing is sent yet.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the setting that cannot be used.
    pub fn new(settings: ODataSettings) -> Result<Self, Error> {
        let base = http::base_url("odata root", &settings.root, settings.allow_plain_http)?;
        if !(1..=MAX_PAGE).contains(&settings.page_size) {
            return Err(Error::invalid("page_size", format!("must be 1 to {MAX_PAGE}")));
        }
        let reach = Reach {
            connect_timeout: settings.connect_timeout,
            timeout: settings.timeout,
            ca_pem: settings.ca_pem.as_deref(),
        };
        let mut root = base.as_str().trim_end_matches('/').to_owned();
        let segment = settings.company_segment.trim_matches('/');
        if !segment.is_empty() {
            root.push('/');
            root.extend(utf8_percent_encode(segment, PLAIN));
        }
        Ok(Self { http: Http::new(&reach)?, root, settings, metadata: OnceCell::new() })
    }

    /// The service's description of its tables, read once.
    ///
    /// # Errors
    /// [`Error::Unauthorised`], and those of any reading call.
    pub async fn metadata(&self) -> Result<&Metadata, Error> {
        self.metadata.get_or_try_init(|| self.read_metadata()).await
    }

    async fn read_metadata(&self) -> Result<Metadata, Error> {
        let call = "odata read $metadata";
        let text = self.get(call, format!("{}/$metadata", self.root), "application/xml").await?;
        let metadata = Metadata::parse(text.as_bytes()).map_err(|error| Error::unreadable(call, error))?;
        if metadata.sets().next().is_none() { Err(Error::unreadable(call, "no entity sets")) } else { Ok(metadata) }
    }

    /// Which of the configured sets and columns the service does not have, with the nearest names that it has.
    ///
    /// # Errors
    /// As [`Self::metadata`].
    pub async fn missing<'a, C>(&self, wanted: impl IntoIterator<Item = (&'a str, C)>) -> Result<Vec<Missing>, Error>
    where
        C: IntoIterator<Item = &'a str>,
    {
        Ok(self.metadata().await?.missing(wanted))
    }

    /// All rows that fulfil the filter, each once. They come in the order of their key, except that a list too long for
    /// one address is read in parts one after another.
    ///
    /// # Errors
    /// [`Error::Unauthorised`]; [`Error::BusinessError`] in the service's words, for example about an unknown column;
    /// [`Error::TooLong`] if the filter cannot be split; those of any reading call.
    pub async fn read(&self, select: &Select) -> Result<Vec<Row>, Error> {
        select.check()?;
        let dates = self.date_literals(select).await?;
        let mut rows = Vec::new();
        let mut seen = HashSet::new();
        let mut waiting = vec![select.filter.clone()];
        while let Some(filter) = waiting.pop() {
            if filter.is_nothing() {
                continue;
            }
            let address = self.address(select, &filter, &dates)?;
            if address.len() <= self.settings.url_limit {
                self.read_part(select, &address, &mut rows, &mut seen).await?;
            } else if let Some((first, second)) = filter.halves() {
                waiting.extend([second, first]);
            } else {
                return Err(Error::TooLong {
                    call: select.call(),
                    length: address.len(),
                    limit: self.settings.url_limit,
                });
            }
        }
        Ok(rows)
    }

    /// Reads page after page of one filter until a short page without a next link.
    async fn read_part(
        &self,
        select: &Select,
        address: &str,
        rows: &mut Vec<Row>,
        seen: &mut HashSet<Vec<String>>,
    ) -> Result<(), Error> {
        let call = select.call();
        let mut skip = 0;
        let mut link: Option<String> = None;
        loop {
            let page_address = match &link {
                Some(query) => format!("{}?{query}", set_address(address)),
                None if skip == 0 => address.to_owned(),
                None => format!("{address}&$skip={skip}"),
            };
            let page = self.page(&call, page_address).await?;
            let (length, before) = (page.value.len(), seen.len());
            for cells in page.value {
                let row = read_row(&call, cells)?;
                if seen.insert(select.key_of(&row)?) {
                    rows.push(row);
                }
            }
            skip += length;
            let advanced = seen.len() > before;
            let full = length >= usize::try_from(self.settings.page_size).unwrap_or(usize::MAX);
            let next = page.next.as_deref().and_then(|next| Some(next.split_once('?')?.1.to_owned()));
            if next.is_none() && (!full || length == 0) {
                return Ok(());
            }
            if !advanced {
                return Err(Error::unreadable(call, "the service sends the same rows again instead of the next page"));
            }
            // Once links are given, their absence is the end.
            if next.is_none() && link.is_some() {
                return Ok(());
            }
            link = next;
        }
    }

    async fn page(&self, call: &str, address: String) -> Result<Page, Error> {
        let text = self.get(call, address, "application/json").await?;
        serde_json::from_str(&text).map_err(|error| Error::unreadable(call, json_words(&error)))
    }

    /// How the dates of each column in the filter are spelt.
    async fn date_literals(&self, select: &Select) -> Result<BTreeMap<String, DateLiteral>, Error> {
        let mut literals = BTreeMap::new();
        for column in select.filter.date_columns() {
            let literal = match self.settings.date_literal {
                DateLiteral::Auto => self.typed_literal(&select.set, column).await?,
                fixed => fixed,
            };
            literals.insert(column.to_owned(), literal);
        }
        Ok(literals)
    }

    async fn typed_literal(&self, set: &str, column: &str) -> Result<DateLiteral, Error> {
        let metadata = self.metadata().await?;
        let absent =
            || Error::invalid(format!("{set}.{column}"), "is not in the service's $metadata; set date_literal");
        match metadata.property(set, column).ok_or_else(absent)?.type_name.as_str() {
            "Edm.Date" => Ok(DateLiteral::Date),
            "Edm.DateTimeOffset" => Ok(DateLiteral::DateTimeOffset),
            "Edm.DateTime" => Ok(DateLiteral::DateTimeV3),
            other => Err(Error::invalid(format!("{set}.{column}"), format!("has the type {other}, which is no date"))),
        }
    }

    fn address(
        &self,
        select: &Select,
        filter: &Filter,
        dates: &BTreeMap<String, DateLiteral>,
    ) -> Result<String, Error> {
        let encoded = |text: &str| utf8_percent_encode(text, PLAIN).to_string();
        let mut address = format!("{}/{}?$top={}", self.root, encoded(&select.set), self.settings.page_size);
        let mut option = |name: &str, value: &str| {
            address.push_str(&format!("&{name}={}", encoded(value)));
        };
        option("$orderby", &select.order_by.join(","));
        let selected = select.selected();
        if !selected.is_empty() {
            option("$select", &selected.join(","));
        }
        let literal = |column: &str| dates.get(column).copied().unwrap_or(DateLiteral::DateTimeOffset);
        let spelling = Spelling { dates: &literal, lists: self.settings.lists };
        if let Some(filter) = filter.render(&spelling)? {
            option("$filter", &filter);
        }
        Ok(address)
    }

    async fn get(&self, call: &str, address: String, accept: &'static str) -> Result<String, Error> {
        let url = Url::parse(&address).map_err(|_| Error::invalid("odata root", "makes no address"))?;
        let request = self.http.get(url).basic_auth(&self.settings.user, Some(self.settings.password.expose_secret()));
        let reply = self.http.send(call, Effect::Reading, request.header(ACCEPT, accept)).await?;
        if reply.status == 200 {
            return text::decode(&reply.body, Encoding::Auto).map_err(|why| Error::unreadable(call, why));
        }
        Err(self.refusal(call, &reply, address.len()))
    }

    fn refusal(&self, call: &str, reply: &Reply, length: usize) -> Error {
        let call = call.to_owned();
        let status = reply.status;
        let words = serde_json::from_slice::<Refusal>(&reply.body).ok().map(|refusal| refusal.error.message);
        match (status, words) {
            (401 | 403, _) => Error::Unauthorised { status },
            (414 | 431, _) => Error::TooLong { call, length, limit: length.saturating_sub(1) },
            (400..=499, Some(words)) => {
                let text = http::clean(&words, &[self.settings.password.expose_secret()]);
                Error::BusinessError { call, text, changing: false, locked: false }
            }
            (404, None) => Error::Unavailable {
                call,
                status: Some(status),
                why: "status 404: no such service, company or set".to_owned(),
            },
            (_, Some(words)) => {
                let words = http::clean(&words, &[self.settings.password.expose_secret()]);
                Error::Unavailable { call, status: Some(status), why: format!("status {status}: {words}") }
            }
            (_, None) => Error::Unavailable { call, status: Some(status), why: format!("status {status}") },
        }
    }
}

/// The address without its query.
fn set_address(address: &str) -> &str {
    address.split_once('?').map_or(address, |(set, _)| set)
}

/// A row's columns; annotations are left out.
fn read_row(call: &str, cells: BTreeMap<String, Box<RawValue>>) -> Result<Row, Error> {
    let mut row = Row::new();
    for (name, value) in cells.into_iter().filter(|(name, _)| !name.contains('@')) {
        let raw = value.get();
        let text = match raw.as_bytes().first() {
            Some(b'"') => {
                serde_json::from_str::<String>(raw).map_err(|error| Error::unreadable(call, json_words(&error)))?
            }
            _ if raw == "null" => String::new(),
            // Numbers keep their spelling: a number with a point is never a float here.
            _ => raw.to_owned(),
        };
        row.set(&name, text);
    }
    Ok(row)
}

/// Reads one page of rows as a service sends it. Never panics, whatever the bytes.
///
/// # Errors
/// [`Error::Unreadable`] if it is no page of rows.
pub fn read_page(bytes: &[u8]) -> Result<Vec<Row>, Error> {
    let call = "odata read page";
    let page: Page = serde_json::from_slice(bytes).map_err(|error| Error::unreadable(call, json_words(&error)))?;
    page.value.into_iter().map(|cells| read_row(call, cells)).collect()
}

/// What is wrong with JSON, without repeating any of it.
fn json_words(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        serde_json::error::Category::Eof => "the json is cut off",
        serde_json::error::Category::Syntax => "not json",
        serde_json::error::Category::Data => "not a page of rows",
        serde_json::error::Category::Io => "unreadable json",
    };
    format!("{what} at line {} column {}", error.line(), error.column())
}
