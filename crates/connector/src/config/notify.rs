//! Who is told what, and how: `[mail]` for people, `[webhook]` for programs.
//!
//! ```text
//! [mail]    server · sender · recipients by owner, else everyone · how long to gather, how often to repeat
//! [webhook] address · secret · which events
//! ```
//!
//! Both are off unless their table stands in the file. A password never crosses a network readable: mail without TLS goes
//! to this machine only, and so does a webhook by plain http.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::SignedDuration;
use lettre::message::Mailbox;
use reqwest::Url;
use shipment::hold::Owner;
use shipment::milestone::Milestone;

use super::remotes::{is_loopback, is_loopback_host, secret, url};
use super::secret::SecretSource;
use super::section::{Read, Section};

/// How people of a site are written to.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The mail server's host name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: MailTls,
    /// A private certificate authority to trust, in PEM.
    pub ca_file: Option<SecretSource>,
    /// The name to log on with, where the server wants one.
    pub user: Option<String>,
    /// Its password.
    pub password: Option<SecretSource>,
    /// The sender.
    pub from: Mailbox,
    /// Who gets what nobody in particular is named for.
    pub to: Vec<Mailbox>,
    /// Who gets what belongs to an owner; others go to everyone.
    pub owners: BTreeMap<Owner, Vec<Mailbox>>,
    /// How long the first mail of a cause waits for more of its kind; urgent ones do not wait.
    pub gather: SignedDuration,
    /// After the first mail of a cause, more of it comes in digests this far apart.
    pub digest: SignedDuration,
    /// Where the console is, for links.
    pub console: Option<Url>,
    /// The deadline of one conversation with the server.
    pub timeout: Duration,
}

/// How a connection to a mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailTls {
    /// Not at all; only to this machine.
    None,
    /// Begun plain and then encrypted, or given up.
    StartTls,
    /// Encrypted from the first byte.
    Tls,
}

/// A program that is told by signed requests.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// Where.
    pub url: Url,
    /// What signs.
    pub secret: SecretSource,
    /// Whether alarms are told, raised and settled.
    pub alarms: bool,
    /// Which milestones of shipments are told.
    pub milestones: Vec<Milestone>,
    /// The deadline of one request.
    pub timeout: Duration,
    /// How long an event is sent again before it is given up.
    pub give_up_after: SignedDuration,
}

impl Mail {
    /// Who gets what belongs to `owner`.
    pub fn recipients(&self, owner: Owner) -> &[Mailbox] {
        self.owners.get(&owner).filter(|it| !it.is_empty()).unwrap_or(&self.to)
    }
}

const MAILBOX: &str = "write an address, e.g. \"shipping@example.com\" or \"Shipping <shipping@example.com>\"";

/// Reads `[mail]`.
pub(super) fn mail(mut section: Section<'_>) -> Read<Mail> {
    let host = section.text("host", "name the mail server, e.g. host = \"smtp.example.com\"")?;
    let words = [("none", MailTls::None), ("starttls", MailTls::StartTls), ("tls", MailTls::Tls)];
    let tls = section.choice("tls", &words, MailTls::StartTls)?;
    if tls == MailTls::None && !is_loopback_host(&host) {
        let why = "mail and its password would cross the network readable";
        let cure = "write tls = \"starttls\" (mostly port 587) or tls = \"tls\" (mostly port 465)";
        return Err(section.fault("tls", "no encryption", why, cure));
    }
    let usual = match tls {
        MailTls::None => 25,
        MailTls::StartTls => 587,
        MailTls::Tls => 465,
    };
    let user = section.parsed_if::<String>("user", "write the name to log on with")?;
    let password = section.has("password").then(|| secret(&mut section, "password")).transpose()?;
    if user.is_some() != password.is_some() {
        let cure = "write both user and password, or neither";
        return Err(section.fault("user", "half a logon", "a user needs a password and a password a user", cure));
    }
    let to = section.list_if("to", MAILBOX)?.unwrap_or_default();
    let mut owners = BTreeMap::new();
    for (key, owner) in [
        ("warehouse", Owner::Warehouse),
        ("customer_service", Owner::CustomerService),
        ("finance", Owner::Finance),
        ("it", Owner::It),
    ] {
        if let Some(list) = section.list_if(key, MAILBOX)? {
            owners.insert(owner, list);
        }
    }
    if let (true, Some(owner)) = (to.is_empty(), Owner::ALL.into_iter().find(|it| !owners.contains_key(it))) {
        let why = format!("nobody would be told what belongs to {owner}");
        return Err(section.fault("to", "missing", why, "name who gets what no one in particular is named for"));
    }
    let mail = Mail {
        port: section.whole("port", usual, 1, 65_535)?,
        ca_file: section
            .take("ca_file")
            .map(|found| found.text("name a PEM file").map(|path| SecretSource::File(path.into())))
            .transpose()?,
        from: section.parsed("from", MAILBOX)?,
        gather: section.duration("gather", "1m")?,
        digest: section.duration("digest", "1h")?,
        console: section.take("console").map(|found| url(&found, CONSOLE)).transpose()?,
        timeout: section.deadline("timeout", "30s")?,
        host,
        tls,
        user,
        password,
        to,
        owners,
    };
    section.finish()?;
    Ok(mail)
}

const CONSOLE: &str =
    "write the address under which your people reach the console, e.g. \"https://shipping.example.com\"";
const RECEIVER: &str = "write the receiver's address, e.g. url = \"https://hooks.example.com/shipping\"";

/// Reads `[webhook]`.
pub(super) fn webhook(mut section: Section<'_>) -> Read<Webhook> {
    let found = section.need("url", RECEIVER)?;
    let url = url(&found, RECEIVER)?;
    if url.scheme() != "https" && !is_loopback(&url) {
        let why = "what is told of your shipments would cross the network readable";
        return Err(found.fault("plain http", why, "write https, or an address of this machine"));
    }
    let mut alarms = true;
    let mut milestones = Milestone::ALL.to_vec();
    if let Some(found) = section.take("events") {
        alarms = false;
        milestones.clear();
        let names = Milestone::ALL.map(|it| format!("\"{}\"", it.as_str())).join(", ");
        let cure = format!("write some of \"alarm\", {names}");
        for item in section.items(found, &cure)? {
            let name = item.text(&cure)?;
            match Milestone::from_name(&name) {
                Some(milestone) => milestones.push(milestone),
                None if name == "alarm" => alarms = true,
                None => return Err(item.bad(&name, "there is no such event", &cure)),
            }
        }
    }
    let webhook = Webhook {
        url,
        secret: secret(&mut section, "secret")?,
        alarms,
        milestones,
        timeout: section.deadline("timeout", "15s")?,
        give_up_after: section.duration("give_up_after", "3d")?,
    };
    section.finish()?;
    Ok(webhook)
}
