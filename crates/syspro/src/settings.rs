//! How to reach a SYSPRO server's e.net service, and as whom.
//!
//! ```text
//! EnetSettings::new (address, operator, password, company; defaults for the rest) ─► changed by the caller ─► Enet::new
//! ```
//!
//! The port has no default because SYSPRO has none. The sentences that SYSPRO says instead of XML are patterns here,
//! because only one of them is publicly known.

use std::fmt;
use std::time::Duration;

use secrecy::SecretString;

use crate::template::Templates;
use crate::text::Encoding;

/// Which of SYSPRO's services is used. Business objects behave alike over both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TransportKind {
    /// e.net over REST: GET, and PostLD for long documents.
    #[default]
    Rest,
    /// The asmx web services, SOAP 1.1. Documents may be of any length, and nothing travels in an address.
    Asmx,
}

/// Whether long documents go by `Transaction/PostLD`, which older services lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PostLd {
    /// When the address would be longer than [`EnetSettings::url_limit`], until the service answers 404 or 405 to it.
    #[default]
    Auto,
    /// Never: the service is known not to have it.
    Never,
}

/// The sentences which SYSPRO says instead of an answer, as regular expressions. Publicly known word for word are only
/// the one about a lost session and `Invalid operator password`; the other defaults are assumed and a site's to correct.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentencePatterns {
    /// The session no longer exists.
    pub session_lost: Vec<String>,
    /// A logon refused for its operator, password or company.
    pub logon_refused: Vec<String>,
    /// A logon refused because the password has to be changed.
    pub password_expired: Vec<String>,
    /// A logon refused because the operator is locked.
    pub operator_locked: Vec<String>,
    /// A logon refused because the operator is logged on elsewhere.
    pub operator_busy: Vec<String>,
    /// A logon refused because no seat is free.
    pub licence_full: Vec<String>,
    /// A business object that the operator may not use.
    pub unlicensed: Vec<String>,
    /// Something that does not exist.
    pub not_found: Vec<String>,
    /// A record that somebody else is working on.
    pub locked: Vec<String>,
}

impl Default for SentencePatterns {
    fn default() -> Self {
        let owned = |patterns: &[&str]| patterns.iter().map(|&pattern| pattern.to_owned()).collect();
        Self {
            session_lost: owned(&[
                "(?i)userid is invalid",
                "(?i)session has expired",
                "(?i)not logged in",
                "(?i)logon again",
            ]),
            logon_refused: owned(&["(?i)invalid (operator|company|user|password)", "(?i)(wrong|incorrect) password"]),
            password_expired: owned(&["(?i)password.*(expired|must be changed)"]),
            operator_locked: owned(&["(?i)operator.*lock"]),
            operator_busy: owned(&["(?i)already logged (on|in)"]),
            licence_full: owned(&["(?i)licen[cs]e", "(?i)maximum number of (users|sessions)", "(?i)too many users"]),
            unlicensed: owned(&["(?i)licen[cs]e", "(?i)not registered", "(?i)e\\.net exception 100000"]),
            not_found: owned(&["(?i)not found", "(?i)does not exist", "(?i)not on file"]),
            locked: owned(&[
                "(?i)locked by",
                "(?i)is (currently )?(locked|in use)",
                "(?i)(being|currently) maintained",
            ]),
        }
    }
}

/// How to reach a SYSPRO server and as whom.
#[derive(Clone)]
pub struct EnetSettings {
    /// Scheme, host and port. SYSPRO has no default port.
    pub base_url: String,
    /// Which service is used.
    pub transport: TransportKind,
    /// The path of the REST service.
    pub rest_prefix: String,
    /// The path of the asmx services; some servers have `/SYSPRO8WebServices`.
    pub asmx_prefix: String,
    /// The operator; one that nobody and nothing else uses.
    pub operator: String,
    /// The operator's password.
    pub operator_password: SecretString,
    /// The company's identifier, as `EDU1`.
    pub company: String,
    /// The company's password, where it has one.
    pub company_password: Option<SecretString>,
    /// Longest wait for a connection.
    pub connect_timeout: Duration,
    /// Longest wait for a whole call.
    pub timeout: Duration,
    /// Addresses longer than this many bytes make a post go by PostLD.
    pub url_limit: usize,
    /// Whether PostLD is used at all.
    pub post_ld: PostLd,
    /// Addresses longer than this many bytes are not sent at all.
    pub longest_url: usize,
    /// Whether keys that lie close together are asked for as one range. COMFND's conditions `GE` and `LE` are not evidenced,
    /// so a site tries them first.
    pub find_by_range: bool,
    /// Whether plain http to another machine is allowed.
    pub allow_plain_http: bool,
    /// Further certificate authorities to trust, in PEM form.
    pub ca_pem: Option<Vec<u8>>,
    /// How answers are encoded.
    pub encoding: Encoding,
    /// The site's own documents in the place of the shipped ones.
    pub templates: Templates,
    /// The sentences which SYSPRO says instead of an answer.
    pub sentences: SentencePatterns,
    /// Whether the blanks at the end of a token are cut off; SYSPRO accepts it both ways.
    pub trim_token: bool,
    /// Whether to ask the logon to fail (`Y`) or not to fail (`N`) when the operator has a session already; `None` does not
    /// ask. It is unproven whether the REST service heeds this.
    pub fail_when_already_logged_in: Option<bool>,
    /// The language of a logon over SOAP: `AUTO`, `ENGLISH`, `FRENCH` and so on.
    pub language_code: String,
    /// How much SYSPRO logs of a session opened over SOAP: `ldNoDebug` or `ldDebug`.
    pub log_level: String,
    /// Which instance of SYSPRO a logon over SOAP asks for: `EncoreInstance_0` to `EncoreInstance_9`.
    pub encore_instance: String,
}

impl EnetSettings {
    /// Settings with the defaults: REST, 10 s to connect, 60 s a call, PostLD above 2000 bytes, no address above 8000 bytes.
    pub fn new(
        base_url: impl Into<String>,
        operator: impl Into<String>,
        operator_password: SecretString,
        company: impl Into<String>,
    ) -> Self {
        Self {
            base_url: base_url.into(),
            transport: TransportKind::Rest,
            rest_prefix: "/SYSPROWCFService/Rest".to_owned(),
            asmx_prefix: "/SYSPROWebServices".to_owned(),
            operator: operator.into(),
            operator_password,
            company: company.into(),
            company_password: None,
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(60),
            url_limit: 2000,
            post_ld: PostLd::Auto,
            longest_url: 8000,
            find_by_range: false,
            allow_plain_http: false,
            ca_pem: None,
            encoding: Encoding::Auto,
            templates: Templates::shipped(),
            sentences: SentencePatterns::default(),
            trim_token: true,
            fail_when_already_logged_in: None,
            language_code: "AUTO".to_owned(),
            log_level: "ldNoDebug".to_owned(),
            encore_instance: "EncoreInstance_0".to_owned(),
        }
    }
}

/// The address and the passwords are left out.
impl fmt::Debug for EnetSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnetSettings")
            .field("operator", &self.operator)
            .field("company", &self.company)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
