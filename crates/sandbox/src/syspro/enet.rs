//! The e.net REST surface: which call a request is, its session, and the shape of answers.
//!
//! ```text
//! /…/Rest/Logon?Operator=…            ─► token, 36 characters
//! /…/Rest/Query/Query?UserId=&XmlIn=  ─► query.rs
//! /…/Rest/Transaction/Post?…          ─► post.rs      (PostLD: the same, by POST, in a body)
//! /…/Rest/Setup/Add|Update?…          ─► form.rs
//! ```
//!
//! Paths and parameter names match in any case, parameters in any order, unknown ones are
//! ignored. Everything is a GET with the whole document in the query string, except `PostLD`.

use crate::fault::Call;
use crate::serve::{House, Reply, Request};

use super::session::{Credentials, Refusal, SESSION_LOST};
use super::xml::Element;
use super::{Office, TokenShape, form, post, query};

/// A text that begins with `ERROR`, answered with status 200.
pub(crate) struct Failure(pub(crate) String);

impl Failure {
    /// What SYSPRO's framework says with its all-purpose number.
    pub(crate) fn exception(text: impl std::fmt::Display) -> Self {
        Self(format!("ERROR: e.net exception 100000: {text}"))
    }
}

/// One call to a business object, whichever way it came.
pub(crate) struct Job {
    pub(crate) business_object: String,
    pub(crate) parameters: String,
    pub(crate) document: String,
}

/// The REST methods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    GetVersion,
    Logon,
    Logoff,
    Profile,
    Query,
    SetupAdd,
    SetupUpdate,
    Post,
    PostLd,
}

const METHODS: [(&str, Method); 9] = [
    ("getversion", Method::GetVersion),
    ("logon", Method::Logon),
    ("logoff", Method::Logoff),
    ("getlogonprofile", Method::Profile),
    ("query/query", Method::Query),
    ("setup/add", Method::SetupAdd),
    ("setup/update", Method::SetupUpdate),
    ("transaction/post", Method::Post),
    ("transaction/postld", Method::PostLd),
];

fn method(request: &Request) -> Option<Method> {
    let path = request.segments().join("/").to_ascii_lowercase();
    let below = path.strip_prefix("sysprowcfservice/rest/")?;
    METHODS.iter().find(|(name, _)| *name == below).map(|(_, method)| *method)
}

/// Which call a request is.
pub(crate) fn call(request: &Request) -> Option<Call> {
    let object = || request.query_value("BusinessObject").map(|it| it.to_ascii_uppercase());
    Some(match method(request)? {
        Method::GetVersion => Call::Version,
        Method::Logon => Call::Logon,
        Method::Logoff => Call::Logoff,
        Method::Profile => Call::Profile,
        Method::Query => Call::Query(object()),
        Method::SetupAdd | Method::SetupUpdate => Call::Setup(object()),
        Method::Post => Call::Post(object()),
        Method::PostLd => {
            let body = Element::parse(&String::from_utf8_lossy(&request.body)).ok();
            Call::PostLd(body.and_then(|it| it.value("BusinessObject").map(str::to_ascii_uppercase)))
        }
    })
}

/// Acts and answers.
pub(crate) fn answer(office: &mut Office, call: Option<&Call>, request: &Request, house: &House) -> Reply {
    let Some(method) = method(request) else { return refused_by_service(404) };
    let verb = if method == Method::PostLd { "POST" } else { "GET" };
    if request.method.as_str() != verb || (method == Method::PostLd && !office.manners.post_ld) {
        return refused_by_service(405);
    }
    match perform(office, method, request, house) {
        Ok(text) => octets(encoded(&text, office.manners.utf8)),
        Err(Failure(text)) => {
            if let Some(call) = call {
                house.book.refused(call, house.clock.now(), 200, &text);
            }
            octets(text.into_bytes())
        }
    }
}

fn perform(office: &mut Office, method: Method, request: &Request, house: &House) -> Result<String, Failure> {
    match method {
        Method::GetVersion => Ok("8.0.0.0".to_owned()),
        Method::Logon => logon(office, request, house),
        Method::Logoff => logoff(office, request, house),
        Method::PostLd => post_large(office, request, house),
        Method::Profile | Method::Query | Method::SetupAdd | Method::SetupUpdate | Method::Post => {
            let operator = enter(office, &request.query_value("UserId").unwrap_or_default(), house)?;
            let job = Job {
                business_object: request.query_value("BusinessObject").unwrap_or_default().to_ascii_uppercase(),
                parameters: request.query_value("XmlParameters").unwrap_or_default(),
                document: request.query_value("XmlIn").unwrap_or_default(),
            };
            work(office, method, &job, &operator, house)
        }
    }
}

fn work(office: &mut Office, method: Method, job: &Job, operator: &str, house: &House) -> Result<String, Failure> {
    if method == Method::Profile {
        return Ok(query::profile(operator, house.clock.now()));
    }
    if office.manners.unlicensed.iter().any(|it| it.eq_ignore_ascii_case(&job.business_object)) {
        return Err(Failure::exception(format!(
            "operator {operator} is not licensed for business object {}",
            job.business_object
        )));
    }
    match method {
        Method::Query => query::run(office, job),
        Method::SetupAdd => form::setup(office, job, false, house),
        Method::SetupUpdate => form::setup(office, job, true, house),
        _ => post::run(office, job, house),
    }
}

/// Checks and stamps the session; names its operator.
fn enter(office: &mut Office, token: &str, house: &House) -> Result<String, Failure> {
    let Office { sessions, manners, .. } = office;
    sessions.touch(token, manners, house.clock.now()).ok_or_else(|| {
        let before = if manners.bare_session_lost { "" } else { "ERROR: " };
        Failure(format!("{before}{SESSION_LOST}"))
    })
}

fn logon(office: &mut Office, request: &Request, house: &House) -> Result<String, Failure> {
    let value = |name: &str| request.query_value(name).unwrap_or_default();
    let extra = Element::parse(&value("XmlIn")).ok();
    let who = Credentials {
        operator: value("Operator"),
        password: value("OperatorPassword"),
        company: value("CompanyId"),
        company_password: value("CompanyPassword"),
        fail_when_already_logged_in: extra.is_some_and(|it| it.yes("FailWhenAlreadyLoggedIn")),
    };
    let Office { sessions, manners, .. } = office;
    match sessions.logon(&who, manners, house.clock.now()) {
        Ok(token) => {
            house.book.enter(|ledger| ledger.logons += 1);
            Ok(match manners.token_shape {
                TokenShape::Plain | TokenShape::Long => format!("{token}  "),
                TokenShape::JsonQuoted => format!("\"{token}  \""),
                TokenShape::InXml => {
                    format!("<string xmlns=\"http://schemas.microsoft.com/2003/10/Serialization/\">{token}  </string>")
                }
            })
        }
        Err(Refusal::Credentials(text)) => {
            house.book.enter(|ledger| ledger.wrong_passwords += 1);
            Err(Failure(text))
        }
        Err(Refusal::Busy(text)) => Err(Failure(text)),
    }
}

fn logoff(office: &mut Office, request: &Request, house: &House) -> Result<String, Failure> {
    if office.sessions.logoff(&request.query_value("UserId").unwrap_or_default()) {
        house.book.enter(|ledger| ledger.logoffs += 1);
        return Ok("0".to_owned());
    }
    Err(Failure("ERROR: Unable to read the SYSPRO base directory registry string BaseDir8".to_owned()))
}

/// `PostLD`: the same post, its arguments in a body of the service's namespace.
fn post_large(office: &mut Office, request: &Request, house: &House) -> Result<String, Failure> {
    let text = String::from_utf8_lossy(&request.body);
    let body = Element::parse(&text).map_err(Failure::exception)?;
    if body.name != "TransactionPostLD" || !body.declares("http://SYSPROWcfService") {
        return Err(Failure::exception("the body is not a TransactionPostLD document"));
    }
    // Text of an element keeps its blanks: the document inside may be escaped or in CDATA.
    let value = |name: &str| body.child(name).map(|it| it.text.clone()).unwrap_or_default();
    let operator = enter(office, &value("UserId"), house)?;
    let job = Job {
        business_object: value("BusinessObject").trim().to_ascii_uppercase(),
        parameters: value("XmlParameters"),
        document: value("XmlIn"),
    };
    work(office, Method::PostLd, &job, &operator, house)
}

/// The bytes of an answer: Windows-1252 as declared, or UTF-8 under the same declaration.
fn encoded(text: &str, utf8: bool) -> Vec<u8> {
    if utf8 { text.as_bytes().to_vec() } else { encoding_rs::WINDOWS_1252.encode(text).0.into_owned() }
}

fn octets(body: Vec<u8>) -> Reply {
    Reply::new(200, "application/octet-stream", body).with_header("Server", "Microsoft-HTTPAPI/2.0")
}

/// Unknown path or wrong verb: the service layer answers, not SYSPRO.
fn refused_by_service(status: u16) -> Reply {
    let page = "<?xml version=\"1.0\" encoding=\"utf-8\"?><html><head><title>Service</title></head>\
        <body><p>Endpoint not found.</p></body></html>";
    Reply::new(status, "text/html; charset=UTF-8", page).with_header("Server", "Microsoft-HTTPAPI/2.0")
}
