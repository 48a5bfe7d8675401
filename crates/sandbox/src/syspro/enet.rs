//! What e.net can be asked, whichever transport carries it, and what it then does.
//!
//! ```text
//! rest.rs ─┐                  ┌─ Logon, Logoff, version, profile ─► session.rs
//!          ├─► Ask ─► answer ─┤
//! soap.rs ─┘                  └─ Work: session ─► licence ─► query.rs │ setup.rs │ post.rs
//! ```
//!
//! A failure is a text that begins with `ERROR`; REST sends it as the body of a 200, SOAP as a
//! fault.

use crate::fault::Call;
use crate::serve::House;

use super::session::{Credentials, Refusal, SESSION_LOST};
use super::{Office, post, profile, query, setup};

/// A text that begins with `ERROR`.
pub(crate) struct Failure(pub(crate) String);

impl Failure {
    /// What SYSPRO's framework says with its all-purpose number.
    pub(crate) fn exception(text: impl std::fmt::Display) -> Self {
        Self(format!("ERROR: e.net exception 100000: {text}"))
    }
}

/// One call to a business object.
#[derive(Debug, Clone, Default)]
pub(crate) struct Job {
    pub(crate) business_object: String,
    pub(crate) parameters: String,
    pub(crate) document: String,
}

/// The methods that run a business object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Query,
    Browse,
    Fetch,
    Add,
    Update,
    Delete,
    Post,
    PostLd,
    Build,
    Run,
}

impl Method {
    /// The object of the methods that always run the same one.
    fn own_object(self) -> Option<&'static str> {
        match self {
            Self::Browse => Some("COMBRW"),
            Self::Fetch => Some("COMFCH"),
            _ => None,
        }
    }
}

/// What a client asks.
#[derive(Debug, Clone)]
pub(crate) enum Ask {
    Version,
    Logon(Credentials),
    Logoff { token: String },
    Profile { token: String },
    Work { token: String, method: Method, job: Job },
}

impl Ask {
    /// Work for a business object; its name in capitals.
    pub(crate) fn work(token: String, method: Method, job: Job) -> Self {
        let named = job.business_object.trim().to_ascii_uppercase();
        let business_object = method.own_object().map_or(named, str::to_owned);
        Self::Work { token, method, job: Job { business_object, ..job } }
    }

    /// The call's name for faults and ledger; the transport does not show in it, except that
    /// `PostLD` has a name of its own.
    pub(crate) fn call(&self) -> Call {
        match self {
            Self::Version => Call::Version,
            Self::Logon(_) => Call::Logon,
            Self::Logoff { .. } => Call::Logoff,
            Self::Profile { .. } => Call::Profile,
            Self::Work { method, job, .. } => {
                let object = Some(job.business_object.clone()).filter(|it| !it.is_empty());
                match method {
                    Method::Query | Method::Browse | Method::Fetch => Call::Query(object),
                    Method::Add | Method::Update | Method::Delete => Call::Setup(object),
                    Method::Post => Call::Post(object),
                    Method::PostLd => Call::PostLd(object),
                    Method::Build => Call::Other(Some("Build".to_owned())),
                    Method::Run => Call::Other(Some("Run".to_owned())),
                }
            }
        }
    }
}

/// Does what was asked.
pub(crate) fn answer(office: &mut Office, ask: &Ask, house: &House) -> Result<String, Failure> {
    match ask {
        Ask::Version => Ok(VERSION.to_owned()),
        Ask::Logon(who) => logon(office, who, house),
        Ask::Logoff { token } => logoff(office, token, house),
        Ask::Profile { token } => {
            let operator = enter(office, token, house)?;
            Ok(profile::of(office, &operator, house.clock.now()))
        }
        Ask::Work { token, method, job } => {
            let operator = enter(office, token, house)?;
            work(office, *method, job, &operator, house)
        }
    }
}

/// What `GetVersion` answers.
const VERSION: &str = "8.0.0.0";

fn work(office: &mut Office, method: Method, job: &Job, operator: &str, house: &House) -> Result<String, Failure> {
    if office.manners.unlicensed.iter().any(|it| it.eq_ignore_ascii_case(&job.business_object)) {
        return Err(Failure::exception(format!(
            "operator {operator} is not licensed for business object {}",
            job.business_object
        )));
    }
    match method {
        Method::Query | Method::Browse | Method::Fetch => query::run(office, method, job, house),
        Method::Add | Method::Update | Method::Delete => setup::run(office, method, job, house),
        Method::Post | Method::PostLd => post::run(office, job, house),
        Method::Build | Method::Run => Err(unknown(&job.business_object)),
    }
}

/// The business object does not exist, or not for this method.
pub(crate) fn unknown(business_object: &str) -> Failure {
    Failure::exception(format!("business object {business_object} could not be found"))
}

/// Checks and stamps the session; names its operator.
fn enter(office: &mut Office, token: &str, house: &House) -> Result<String, Failure> {
    let Office { sessions, manners, .. } = office;
    sessions.touch(token, manners, house.clock.now()).ok_or_else(|| {
        let before = if manners.bare_session_lost { "" } else { "ERROR: " };
        Failure(format!("{before}{SESSION_LOST}"))
    })
}

/// Logs on; answers the token with its two trailing blanks.
fn logon(office: &mut Office, who: &Credentials, house: &House) -> Result<String, Failure> {
    let Office { sessions, manners, .. } = office;
    match sessions.logon(who, manners, house.clock.now()) {
        Ok(token) => {
            house.book.enter(|ledger| ledger.logons += 1);
            Ok(format!("{token}  "))
        }
        Err(Refusal::Credentials(text)) => {
            house.book.enter(|ledger| ledger.wrong_passwords += 1);
            Err(Failure(text))
        }
        Err(Refusal::Busy(text)) => Err(Failure(text)),
    }
}

fn logoff(office: &mut Office, token: &str, house: &House) -> Result<String, Failure> {
    if office.sessions.logoff(token) {
        house.book.enter(|ledger| ledger.logoffs += 1);
        return Ok("0".to_owned());
    }
    Err(Failure("ERROR: Unable to read the SYSPRO base directory registry string BaseDir8".to_owned()))
}
