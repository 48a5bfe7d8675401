//! e.net over REST: GET with everything in the query, PostLD for long documents.
//!
//! ```text
//! arguments ─► percent-encoded query ─► GET ─► 200 + bytes ─► text ─► unwrapped ─► ERROR text ─► Refusal
//!                │ longer than url_limit                                         └► anything else ─► Answer
//!                └─► POST Transaction/PostLD ─► 404/405 (older service) ─► GET after all, if short enough
//! ```
//!
//! Everything travels in the query, the password included. HTTP status 200 means that SYSPRO spoke, not that it agreed.
//! That only posts have a way for long documents is SYSPRO's: a setup document that is too long has to be split.

use std::sync::atomic::{AtomicBool, Ordering};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Url;
use reqwest::header::CONTENT_TYPE;

use super::{Call, Operation, Said};
use crate::error::Error;
use crate::http::{Http, Reply};
use crate::session;
use crate::settings::{EnetSettings, PostLd};
use crate::text::{self, Encoding};

/// What stays readable wherever it stands in an address.
pub(crate) const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// What stays readable in a query value (RFC 3986 §3.4): XML is full of slashes, and the address is short of room.
const IN_QUERY: &AsciiSet = &PLAIN.remove(b'/').remove(b':').remove(b',');

/// The REST service of one server.
pub(crate) struct Rest {
    /// Address of the service without a slash at its end.
    root: String,
    url_limit: usize,
    longest_url: usize,
    encoding: Encoding,
    post_ld_absent: AtomicBool,
}

impl Rest {
    pub(crate) fn new(base: &Url, settings: &EnetSettings) -> Self {
        Self {
            root: root(base, &settings.rest_prefix),
            url_limit: settings.url_limit,
            longest_url: settings.longest_url,
            encoding: settings.encoding,
            post_ld_absent: AtomicBool::new(settings.post_ld == PostLd::Never),
        }
    }

    pub(crate) async fn send(&self, http: &Http, call: &Call<'_>) -> Result<Said, Error> {
        let long = call.operation == Operation::Post && self.address(call).len() > self.url_limit;
        if long
            && self.has_post_ld()
            && let Some(said) = self.post_ld(http, call).await?
        {
            return Ok(said);
        }
        let url = self.url(call)?;
        let length = url.as_str().len();
        let reply = http.send(&call.name, call.effect, http.get(url)).await?;
        self.said(call, &reply, length)
    }

    pub(crate) fn fits(&self, call: &Call<'_>) -> bool {
        self.address(call).len() <= self.longest_url || (call.operation == Operation::Post && self.has_post_ld())
    }

    fn has_post_ld(&self) -> bool {
        !self.post_ld_absent.load(Ordering::Relaxed)
    }

    /// Posts by body; `None` if the service does not know how, in which case nothing happened.
    async fn post_ld(&self, http: &Http, call: &Call<'_>) -> Result<Option<Said>, Error> {
        let url = parse(&format!("{}/Transaction/PostLD", self.root))?;
        let request = http.post(url).header(CONTENT_TYPE, "application/xml").body(post_ld_body(&call.arguments)?);
        let reply = http.send(&format!("{} by PostLD", call.name), call.effect, request).await?;
        if matches!(reply.status, 404 | 405) {
            self.post_ld_absent.store(true, Ordering::Relaxed);
            return Ok(None);
        }
        self.said(call, &reply, 0).map(Some)
    }

    fn address(&self, call: &Call<'_>) -> String {
        let mut address = format!("{}{}", self.root, path(call.operation));
        for (index, (name, value)) in call.arguments.iter().enumerate() {
            address.push(if index == 0 { '?' } else { '&' });
            address.push_str(name);
            address.push('=');
            address.extend(utf8_percent_encode(value, IN_QUERY));
        }
        address
    }

    fn url(&self, call: &Call<'_>) -> Result<Url, Error> {
        let address = self.address(call);
        if address.len() > self.longest_url {
            return Err(Error::TooLong { call: call.name.clone(), length: address.len(), limit: self.longest_url });
        }
        parse(&address)
    }

    fn said(&self, call: &Call<'_>, reply: &Reply, length: usize) -> Result<Said, Error> {
        if !(200..300).contains(&reply.status) {
            return Err(call.turned_away(reply.status, length));
        }
        let text = text::decode(&reply.body, self.encoding).map_err(|why| call.unreadable(why))?;
        let text = session::unwrap(text);
        Ok(if session::is_error(&text) { Said::Refusal(text) } else { Said::Answer(text) })
    }
}

fn path(operation: Operation) -> &'static str {
    match operation {
        Operation::Version => "/GetVersion",
        Operation::Logon => "/Logon",
        Operation::Logoff => "/Logoff",
        Operation::Profile => "/GetLogonProfile",
        Operation::Query => "/Query/Query",
        Operation::Browse => "/Query/Browse",
        Operation::Fetch => "/Query/Fetch",
        Operation::NextKey => "/Query/NextKey",
        Operation::PreviousKey => "/Query/PreviousKey",
        Operation::Add => "/Setup/Add",
        Operation::Update => "/Setup/Update",
        Operation::Delete => "/Setup/Delete",
        Operation::Post => "/Transaction/Post",
        Operation::Build => "/Transaction/Build",
    }
}

fn parse(address: &str) -> Result<Url, Error> {
    Url::parse(address).map_err(|_| Error::invalid("rest_prefix", "makes no address"))
}

/// A service's address: the base with the prefix, unless the base ends in the prefix already.
pub(crate) fn root(base: &Url, prefix: &str) -> String {
    let base = base.as_str().trim_end_matches('/');
    let prefix = prefix.trim_matches('/');
    if prefix.is_empty() || base.to_ascii_lowercase().ends_with(&format!("/{}", prefix.to_ascii_lowercase())) {
        base.to_owned()
    } else {
        format!("{base}/{prefix}")
    }
}

/// The body of `Transaction/PostLD`. The inner documents hold no `]]>`, because the writer escapes every `>`.
fn post_ld_body(arguments: &[(&str, &str)]) -> Result<String, Error> {
    let mut body = String::from("<TransactionPostLD xmlns=\"http://SYSPROWcfService\">");
    for (name, value) in arguments {
        if value.contains("]]>") {
            return Err(Error::invalid(*name, "holds the end of a character data section"));
        }
        body.push_str(&format!("<{name}><![CDATA[{value}]]></{name}>"));
    }
    body.push_str("</TransactionPostLD>");
    Ok(body)
}
