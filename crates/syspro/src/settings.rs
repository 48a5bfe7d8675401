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

use crate::session::{LICENCE_FULL, OPERATOR_BUSY, SESSION_LOST};
use crate::text::Encoding;

/// How to reach a SYSPRO server and as whom.
#[derive(Clone)]
pub struct EnetSettings {
    /// Scheme, host and port. SYSPRO has no default port.
    pub base_url: String,
    /// The path of the REST service.
    pub rest_prefix: String,
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
    /// Addresses longer than this many bytes are not sent at all.
    pub longest_url: usize,
    /// Whether plain http to another machine is allowed.
    pub allow_plain_http: bool,
    /// Further certificate authorities to trust, in PEM form.
    pub ca_pem: Option<Vec<u8>>,
    /// How answers are encoded.
    pub encoding: Encoding,
    /// Regular expressions of the sentences that mean a lost session.
    pub session_lost_patterns: Vec<String>,
    /// Regular expressions of the sentences that mean that no seat is free.
    pub licence_full_patterns: Vec<String>,
    /// Regular expressions of the sentences that mean that the operator is logged on elsewhere.
    pub operator_busy_patterns: Vec<String>,
    /// Whether the blanks at the end of a token are cut off; SYSPRO accepts it both ways.
    pub trim_token: bool,
    /// Whether to ask the logon to fail rather than end the operator's present session. It is unproven whether the REST
    /// service heeds this.
    pub fail_when_logged_in: bool,
}

impl EnetSettings {
    /// Settings with the defaults: 10 s to connect, 60 s a call, PostLD above 2000 bytes, no address above 8000 bytes.
    pub fn new(
        base_url: impl Into<String>,
        operator: impl Into<String>,
        operator_password: SecretString,
        company: impl Into<String>,
    ) -> Self {
        let owned = |patterns: &[&str]| patterns.iter().map(|&pattern| pattern.to_owned()).collect();
        Self {
            base_url: base_url.into(),
            rest_prefix: "/SYSPROWCFService/Rest".to_owned(),
            operator: operator.into(),
            operator_password,
            company: company.into(),
            company_password: None,
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(60),
            url_limit: 2000,
            longest_url: 8000,
            allow_plain_http: false,
            ca_pem: None,
            encoding: Encoding::Auto,
            session_lost_patterns: owned(SESSION_LOST),
            licence_full_patterns: owned(LICENCE_FULL),
            operator_busy_patterns: owned(OPERATOR_BUSY),
            trim_token: true,
            fail_when_logged_in: false,
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
