//! From a client's error to its remedy: one exhaustive match per client, and no other place decides this.
//!
//! ```text
//! ups::Error, syspro::Error ─► Trouble { remedy, code, words } ─► the shipment waits, or the site, or a person is asked
//! ```
//!
//! The words are for people: what happened and, where it is the site's matter, what to do. They carry no URL and no
//! secret, because the clients' errors carry none. A new kind of error does not compile until it has a remedy.

use jiff::SignedDuration;
use shipment::alarm::Kind;
use shipment::number::SiteName;
use shipment::remedy::Remedy;

use super::Remote;
use crate::store::StoreError;

/// The code of a call that was not made because the operator is left alone for a while.
const STAND_BACK: &str = "stand_back";
/// The code of a logon refused because the operator works elsewhere.
const OPERATOR_BUSY: &str = "operator_busy";
const OWN_OPERATOR: &str = "give the connector an operator and password of its own: ml-connector site secret set SITE syspro.operator_password";

/// A failed call, ready to be acted on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What to do.
    pub remedy: Remedy,
    /// A stable code: the remote's own where it gave one.
    pub code: String,
    /// What happened, in plain words.
    pub words: String,
    /// What a person does about it, where the site must wait for one.
    pub cure: Option<&'static str>,
    /// The other side says that it cannot work just now: that may be about this question, or about all of them.
    pub unavailable: bool,
}

impl Trouble {
    fn new(remedy: Remedy, code: impl Into<String>, words: impl Into<String>) -> Self {
        Self { remedy, code: code.into(), words: words.into(), cure: None, unavailable: false }
    }

    fn unavailable(self) -> Self {
        Self { unavailable: true, ..self }
    }

    /// The same, once it is known to be about all questions: the site waits.
    pub(crate) fn as_outage(&self) -> Self {
        Self { remedy: Remedy::Outage, ..self.clone() }
            .with_cure("nothing is to be done here; the connector goes on by itself when the other side works again")
    }

    fn with_cure(mut self, cure: &'static str) -> Self {
        self.cure = Some(cure);
        self
    }

    /// What a person does about it at this site, whose name the commands in it need.
    pub fn cure_at(&self, site: &SiteName) -> Option<String> {
        self.cure.map(|cure| cure.replace(" SITE", &format!(" {site}")))
    }

    /// What happened and what to do about it, in one sentence.
    pub fn told_at(&self, site: &SiteName) -> String {
        match self.cure_at(site) {
            Some(cure) => format!("{}; {cure}", self.words),
            None => self.words.clone(),
        }
    }

    /// Whether the whole site waits for that remote.
    pub fn is_the_sites(&self) -> bool {
        matches!(self.remedy, Remedy::Outage | Remedy::Reauthenticate | Remedy::Operator)
    }
}

impl From<&ups::Error> for Trouble {
    fn from(error: &ups::Error) -> Self {
        use ups::Error as E;
        let words = error.to_string();
        let code = error.code().to_owned();
        match error {
            E::Unreachable { .. } => Self::new(Remedy::Outage, code, words)
                .with_cure("check the network, the proxy and the address in [ups]; the connector goes on by itself"),
            E::Throttled { retry_after, .. } => {
                let after = retry_after.and_then(|it| SignedDuration::try_from(it).ok());
                Self::new(Remedy::Retry { after }, code, words)
            }
            E::AnswerLost { .. } => Self::new(Remedy::AskFirst, code, words).unavailable(),
            E::Unavailable { .. } => Self::new(Remedy::Retry { after: None }, code, words).unavailable(),
            E::Unreadable { .. } => Self::new(Remedy::Retry { after: None }, code, words),
            E::Credentials { .. } => Self::new(Remedy::Reauthenticate, code, words)
                .with_cure("set the right client id and secret: ml-connector site secret set SITE ups.client_secret"),
            E::NotOnApp { .. } => Self::new(Remedy::Operator, code, words).with_cure(
                "add the product to the application on UPS's developer portal, then: ml-connector ping SITE",
            ),
            E::NotEntitled { .. } => {
                Self::new(Remedy::Operator, code, words).with_cure("ask UPS why the account may not use this service")
            }
            // An address that UPS does not serve is no fault of an order.
            E::Rejected { code, .. } if code == "404" || code == "405" => Self::new(Remedy::Operator, code, words)
                .with_cure("check the address in [ups]: UPS does not know that path"),
            E::Rejected { field, .. } => {
                Self::new(Remedy::FixData { field: (*field).unwrap_or("shipment") }, code, words)
            }
            E::Invalid { field, .. } => Self::new(Remedy::FixData { field }, code, words),
        }
    }
}

impl From<&syspro::Error> for Trouble {
    fn from(error: &syspro::Error) -> Self {
        use syspro::Error as E;
        let words = error.to_string();
        let code = error.code();
        match error {
            E::Unreachable { .. } => Self::new(Remedy::Outage, code, words)
                .with_cure("check that SYSPRO's e.net and OData services run and that their addresses are right; the connector goes on by itself"),
            E::AnswerLost { .. } => Self::new(Remedy::AskFirst, code, words).unavailable(),
            E::Unavailable { .. } => Self::new(Remedy::Retry { after: None }, code, words).unavailable(),
            E::Unreadable { .. } | E::SessionLost { .. } | E::TooLong { .. } => {
                Self::new(Remedy::Retry { after: None }, code, words)
            }
            E::LogonRefused { reason, .. } => Self::new(Remedy::Reauthenticate, code, words).with_cure(match reason {
                syspro::LogonRefusal::Credentials | syspro::LogonRefusal::Unknown => {
                    "set the right password: ml-connector site secret set SITE syspro.operator_password"
                }
                syspro::LogonRefusal::PasswordExpired => {
                    "give the operator a new password in SYSPRO, then ml-connector site secret set SITE \
                     syspro.operator_password"
                }
                syspro::LogonRefusal::Locked => {
                    "the operator is locked: let SYSPRO's administrator unlock it, then ml-connector site secret set SITE \
                     syspro.operator_password"
                }
            }),
            E::Unauthorised { .. } => Self::new(Remedy::Reauthenticate, code, words)
                .with_cure("set the right password: ml-connector site secret set SITE syspro.odata.password"),
            E::LicenceFull { .. } => Self::new(Remedy::Outage, code, words)
                .with_cure("log idle users off in SYSPRO or buy a seat; the connector tries again by itself"),
            E::OperatorBusy { .. } => Self::new(Remedy::Outage, code, words)
                .with_cure("give the connector an operator that nobody else uses"),
            E::BusinessError { changing: true, .. } => Self::new(Remedy::AskFirst, code, words),
            E::BusinessError { changing: false, .. } | E::QueryRefused { .. } => {
                Self::new(Remedy::Retry { after: None }, code, words)
            }
            E::Unlicensed { .. } => Self::new(Remedy::Operator, code, words)
                .with_cure("license the business object for the connector's operator in SYSPRO"),
            E::Rejected(_) => Self::new(Remedy::AskFirst, code, words),
            E::Invalid { .. } => Self::new(Remedy::FixData { field: "write-back" }, code, words),
        }
    }
}

impl From<ups::Error> for Trouble {
    fn from(error: ups::Error) -> Self {
        Self::from(&error)
    }
}

impl From<syspro::Error> for Trouble {
    fn from(error: syspro::Error) -> Self {
        Self::from(&error)
    }
}

impl From<StoreError> for Trouble {
    /// Our own database: nothing is lost, the step is done again.
    fn from(error: StoreError) -> Self {
        Self::new(Remedy::Retry { after: None }, error.code(), format!("the connector's own database: {error}"))
    }
}

impl Trouble {
    /// Another node holds the operator's session and will let it go.
    pub(crate) fn session_held(operator: &str, holder: &str) -> Self {
        let words = format!("operator {operator} is in use by node {holder}");
        Self::new(Remedy::Retry { after: Some(SignedDuration::from_secs(15)) }, "session_held", words)
    }

    /// The session was given up between two calls.
    pub(crate) fn no_session() -> Self {
        Self::new(Remedy::Retry { after: None }, "no_session", "there is no session at SYSPRO")
    }

    /// The operator is to be left alone until then.
    pub(crate) fn stand_back(words: &str, until: jiff::Timestamp) -> Self {
        let remedy = if until == jiff::Timestamp::MAX { Remedy::Reauthenticate } else { Remedy::Outage };
        Self::new(remedy, STAND_BACK, words).with_cure(OWN_OPERATOR)
    }

    /// Somebody else works as the connector's operator.
    pub(crate) fn used_elsewhere(words: &str) -> Self {
        Self::new(Remedy::Outage, OPERATOR_BUSY, words).with_cure(OWN_OPERATOR)
    }

    /// What it is for people, as far as this failure knows: a remote that is left alone says nothing new.
    pub(crate) fn alarm(&self, remote: Remote) -> Option<Kind> {
        match (remote, &self.remedy) {
            (Remote::Booking, _) => Some(Kind::BookingPaused),
            (_, _) if self.code == OPERATOR_BUSY => Some(Kind::OperatorElsewhere),
            (_, Remedy::Reauthenticate) => Some(Kind::CredentialsFailing),
            (_, _) if self.code == STAND_BACK => None,
            (_, _) => Some(Kind::SitePaused),
        }
    }

    /// More rows share one whole key than e.net is asked for: what lies behind them cannot be read. That is this source's
    /// matter and no other's.
    pub(crate) fn cut_off(table: &str, rows: u32) -> Self {
        let words = format!("{rows} rows or more of {table} share one key, so not all of them can be read");
        Self::new(Remedy::FixData { field: "source" }, "cut_off", words)
            .with_cure("let key in [[source]] name the table's whole key, or read through OData")
    }

    /// UPS knows the label but cannot give it yet: it exists, so nobody may buy another.
    pub(crate) fn exists_not_ready(code: &str) -> Self {
        let words = "UPS knows the shipment but cannot give its label yet";
        Self::new(Remedy::Retry { after: Some(SignedDuration::from_secs(30)) }, code, words)
    }
}
