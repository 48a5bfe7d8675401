//! The REST front of e.net: which call a request is, and the looks of answers.
//!
//! ```text
//! /…/Rest/Logon?Operator=…            ─► token, 36 characters
//! /…/Rest/Query/Query?UserId=&XmlIn=  ─► Ask ─► enet.rs ─► 200, application/octet-stream
//! /…/Rest/Transaction/PostLD          ─► the same by POST, its arguments in the body
//! ```
//!
//! Paths and parameter names match in any case, parameters in any order, unknown ones are
//! ignored. Everything is a GET with the whole document in the query string, except `PostLD`.
//! A failure is a 200 whose text begins with `ERROR`; other statuses come from the layer in front.

use crate::fault::Call;
use crate::serve::{House, Reply, Request};

use super::enet::{self, Ask, Failure, Job, Method};
use super::session::Credentials;
use super::xml::Element;
use super::{Manners, Office, TokenShape};

/// What a path stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Path {
    GetVersion,
    Logon,
    Logoff,
    Profile,
    Work(Method),
}

const PATHS: [(&str, Path); 13] = [
    ("getversion", Path::GetVersion),
    ("logon", Path::Logon),
    ("logoff", Path::Logoff),
    ("getlogonprofile", Path::Profile),
    ("query/query", Path::Work(Method::Query)),
    ("query/browse", Path::Work(Method::Browse)),
    ("query/fetch", Path::Work(Method::Fetch)),
    ("setup/add", Path::Work(Method::Add)),
    ("setup/update", Path::Work(Method::Update)),
    ("setup/delete", Path::Work(Method::Delete)),
    ("transaction/post", Path::Work(Method::Post)),
    ("transaction/postld", Path::Work(Method::PostLd)),
    ("transaction/build", Path::Work(Method::Build)),
];

fn path(request: &Request) -> Option<Path> {
    let path = request.segments().join("/").to_ascii_lowercase();
    let below = path.strip_prefix("sysprowcfservice/rest/")?;
    PATHS.iter().find(|(name, _)| *name == below).map(|(_, path)| *path)
}

/// Which call a request is.
pub(crate) fn call(request: &Request) -> Option<Call> {
    let path = path(request)?;
    // A body that cannot be read is still a PostLD.
    Some(ask(path, request, &Manners::default()).map_or(Call::PostLd(None), |it| it.call()))
}

/// Acts and answers.
pub(crate) fn answer(office: &mut Office, request: &Request, house: &House) -> Reply {
    let Some(path) = path(request) else { return refused_by_service(404) };
    let large = path == Path::Work(Method::PostLd);
    if request.method.as_str() != if large { "POST" } else { "GET" } || (large && !office.manners.post_ld) {
        return refused_by_service(405);
    }
    let done = ask(path, request, &office.manners).and_then(|it| enet::answer(office, &it, house));
    match done {
        Ok(token) if path == Path::Logon => octets(shaped(&token, office.manners.token_shape).into_bytes()),
        Ok(text) => octets(encoded(&text, office.manners.utf8)),
        Err(Failure(text)) => octets(text.clone().into_bytes()).refusing(text),
    }
}

fn ask(path: Path, request: &Request, manners: &Manners) -> Result<Ask, Failure> {
    let value = |name: &str| request.query_value(name).unwrap_or_default();
    Ok(match path {
        Path::GetVersion => Ask::Version,
        Path::Logoff => Ask::Logoff { token: value("UserId") },
        Path::Profile => Ask::Profile { token: value("UserId") },
        Path::Logon => {
            let extra = if manners.rest_logon_reads_xml { value("XmlIn") } else { String::new() };
            Ask::Logon(Credentials {
                operator: value("Operator"),
                password: value("OperatorPassword"),
                company: value("CompanyId"),
                company_password: value("CompanyPassword"),
                fail_when_already_logged_in: Element::parse(&extra).is_ok_and(|it| it.yes("FailWhenAlreadyLoggedIn")),
            })
        }
        Path::Work(Method::PostLd) => large(request)?,
        Path::Work(method) => {
            let job = Job {
                business_object: value("BusinessObject"),
                parameters: value("XmlParameters"),
                document: value("XmlIn"),
            };
            Ask::work(value("UserId"), method, job)
        }
    })
}

/// `PostLD`: the arguments in a body of the service's namespace.
fn large(request: &Request) -> Result<Ask, Failure> {
    let text = String::from_utf8_lossy(&request.body);
    let body = Element::parse(&text).map_err(Failure::exception)?;
    if body.name != "TransactionPostLD" || !body.declares("http://SYSPROWcfService") {
        return Err(Failure::exception("the body is not a TransactionPostLD document"));
    }
    // Text of an element keeps its blanks: the document inside may be escaped or in CDATA.
    let value = |name: &str| body.child(name).map(|it| it.text.clone()).unwrap_or_default();
    let job =
        Job { business_object: value("BusinessObject"), parameters: value("XmlParameters"), document: value("XmlIn") };
    Ok(Ask::work(value("UserId"), Method::PostLd, job))
}

fn shaped(token: &str, shape: TokenShape) -> String {
    match shape {
        TokenShape::Plain | TokenShape::Long => token.to_owned(),
        TokenShape::JsonQuoted => format!("\"{token}\""),
        TokenShape::InXml => {
            format!("<string xmlns=\"http://schemas.microsoft.com/2003/10/Serialization/\">{token}</string>")
        }
    }
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
