//! The asmx web services in IIS: the same calls in SOAP 1.1 envelopes.
//!
//! ```text
//! POST /SYSPROWebServices/Transaction.asmx, SOAPAction "…/ns/transaction/Post"
//!   Envelope/Body/Post{UserId, BusinessObject, XMLParameters, XMLIn}   (inner XML escaped)
//!       ─► Ask ─► enet.rs ─► PostResponse/PostResult (escaped), or a Fault with status 500
//! ```
//!
//! Unlike REST, argument names count by case and in the spelling of each service (`XMLIn` here,
//! `XmlIn` in `Utilities`), an argument that is missing is empty, and failures are faults. Newer
//! installs have the services under `/SYSPRO8WebServices` as well.

use crate::fault::Call;
use crate::serve::{House, Reply, Request};

use super::Office;
use super::enet::{self, Ask, Failure, Job, Method};
use super::session::Credentials;
use super::xml::{Element, escape};

/// What a web service can do, by the operation's name.
#[derive(Debug, Clone, Copy)]
enum Operation {
    Logon,
    Logoff,
    Profile,
    Work(Method),
}

/// A service's page, its name in the namespace, its operations.
type Service = (&'static str, &'static str, &'static [(&'static str, Operation)]);

const SERVICES: [Service; 4] = [
    (
        "utilities.asmx",
        "utilities",
        &[
            ("Logon", Operation::Logon),
            ("Logoff", Operation::Logoff),
            ("GetLogonProfile", Operation::Profile),
            ("Run", Operation::Work(Method::Run)),
        ],
    ),
    (
        "query.asmx",
        "query",
        &[
            ("Query", Operation::Work(Method::Query)),
            ("Browse", Operation::Work(Method::Browse)),
            ("Fetch", Operation::Work(Method::Fetch)),
        ],
    ),
    (
        "setup.asmx",
        "setup",
        &[
            ("Add", Operation::Work(Method::Add)),
            ("Update", Operation::Work(Method::Update)),
            ("Delete", Operation::Work(Method::Delete)),
        ],
    ),
    (
        "transaction.asmx",
        "transaction",
        &[("Post", Operation::Work(Method::Post)), ("Build", Operation::Work(Method::Build))],
    ),
];

/// The values of three arguments of `Logon` that SOAP insists on.
const LANGUAGES: [&str; 14] = [
    "AUTO",
    "ENGLISH_US",
    "FRENCH_CANADIAN",
    "DANISH",
    "DUTCH",
    "ENGLISH",
    "FINNISH",
    "FRENCH",
    "GERMAN",
    "ITALIAN",
    "NORWEGIAN",
    "PORTUGUESE",
    "SPANISH",
    "SWEDISH",
];
const LOG_LEVELS: [&str; 2] = ["ldNoDebug", "ldDebug"];

/// Whether a request is for one of the web services.
pub(crate) fn is_ours(request: &Request) -> bool {
    service(request).is_some()
}

fn service(request: &Request) -> Option<&'static Service> {
    let path = request.segments().join("/").to_ascii_lowercase();
    let page =
        ["sysprowebservices/", "syspro8webservices/"].iter().find_map(|application| path.strip_prefix(application))?;
    SERVICES.iter().find(|(name, ..)| *name == page)
}

/// Which call a request is; nothing for one that is no proper SOAP call.
pub(crate) fn call(request: &Request) -> Option<Call> {
    let asked = read(service(request)?, request).ok()?;
    Some(asked.ask.call())
}

/// Acts and answers.
pub(crate) fn answer(office: &mut Office, request: &Request, house: &House) -> Reply {
    let Some(service) = service(request) else { return Reply::empty(404) };
    if request.method != hyper::Method::POST {
        // A browser gets a page of documentation there, which no client reads.
        return Reply::new(405, "text/html; charset=utf-8", "<html><body>Use SOAP.</body></html>");
    }
    if !office.manners.asmx {
        return Reply::new(
            404,
            "text/html; charset=utf-8",
            "<html><body>404 - File or directory not found.</body></html>",
        );
    }
    let asked = match read(service, request) {
        Ok(asked) => asked,
        Err(why) => return fault("soap:Client", &why),
    };
    match enet::answer(office, &asked.ask, house) {
        Ok(text) => envelope(service.1, asked.operation, &text),
        Err(Failure(text)) => fault("soap:Server", &worded(&text, office.manners.soap_stack_trace)).refusing(text),
    }
}

/// The words of a fault: the exception's text, behind what ASP.NET puts before it.
fn worded(text: &str, trace: bool) -> String {
    let text = text.strip_prefix("ERROR: ").unwrap_or(text);
    if trace {
        format!(
            "System.Web.Services.Protocols.SoapException: Server was unable to process request. ---> \
             System.Exception: {text}\n   --- End of inner exception stack trace ---"
        )
    } else {
        format!("Server was unable to process request. ---> {text}")
    }
}

/// A SOAP request once read.
struct Asked {
    operation: &'static str,
    ask: Ask,
}

fn read(service: &'static Service, request: &Request) -> Result<Asked, String> {
    let (_, short, operations) = service;
    let namespace = format!("http://www.syspro.com/ns/{short}/");
    let action = request.header("soapaction").unwrap_or_default().trim().trim_matches('"');
    let found = action.strip_prefix(&namespace).and_then(|name| operations.iter().find(|(it, _)| *it == name));
    let Some((name, operation)) = found else {
        return Err(format!("Server did not recognize the value of HTTP Header SOAPAction: {action}."));
    };
    let text = String::from_utf8_lossy(&request.body);
    let envelope = Element::parse(&text).map_err(|why| format!("Request format is invalid: {why}"))?;
    if envelope.name != "Envelope" || !envelope.declares("http://schemas.xmlsoap.org/soap/envelope/") {
        return Err("Possible SOAP version mismatch: the envelope is not one of SOAP 1.1.".to_owned());
    }
    let body = envelope.child("Body").and_then(|it| it.child(name));
    let Some(body) = body.filter(|it| it.declares(&namespace) || envelope.declares(&namespace)) else {
        return Err(format!("The SOAP body holds no {name} of {namespace}."));
    };
    let value = |name: &str| body.child(name).map(|it| it.text.clone()).unwrap_or_default();
    let ask = match operation {
        Operation::Logon => Ask::Logon(credentials(body)?),
        Operation::Logoff => Ask::Logoff { token: value("UserId") },
        Operation::Profile => Ask::Profile { token: value("UserId") },
        Operation::Work(Method::Run) => {
            let job = Job { business_object: value("BusinessObject"), document: value("Parameter"), ..Job::default() };
            Ask::work(value("UserId"), Method::Run, job)
        }
        Operation::Work(method) => {
            let job = Job {
                business_object: value("BusinessObject"),
                parameters: value("XMLParameters"),
                document: value("XMLIn"),
            };
            Ask::work(value("UserId"), *method, job)
        }
    };
    Ok(Asked { operation: name, ask })
}

fn credentials(body: &Element) -> Result<Credentials, String> {
    let value = |name: &str| body.child(name).map(|it| it.text.clone()).unwrap_or_default();
    let instance = |it: &str| it.starts_with("EncoreInstance_") || it == "EncoreInstanceTostring_10";
    let wrong = if !LANGUAGES.contains(&value("LanguageCode").trim()) {
        Some("LanguageCode")
    } else if !LOG_LEVELS.contains(&value("LogLevel").trim()) {
        Some("LogLevel")
    } else if !instance(value("EncoreInstance").trim()) {
        Some("EncoreInstance")
    } else {
        None
    };
    if let Some(name) = wrong {
        let text = value(name);
        return Err(format!("Server was unable to read request. ---> '{text}' is not a valid value for {name}."));
    }
    Ok(Credentials {
        operator: value("Operator"),
        password: value("OperatorPassword"),
        company: value("CompanyId"),
        company_password: value("CompanyPassword"),
        fail_when_already_logged_in: Element::parse(&value("XmlIn")).is_ok_and(|it| it.yes("FailWhenAlreadyLoggedIn")),
    })
}

fn envelope(short: &str, operation: &str, text: &str) -> Reply {
    let namespace = format!("http://www.syspro.com/ns/{short}/");
    let result = escape(text);
    let inside = format!(
        "<{operation}Response xmlns=\"{namespace}\"><{operation}Result>{result}</{operation}Result></{operation}Response>"
    );
    wrapped(200, &inside)
}

fn fault(code: &str, text: &str) -> Reply {
    let text = escape(text);
    wrapped(
        500,
        &format!("<soap:Fault><faultcode>{code}</faultcode><faultstring>{text}</faultstring><detail /></soap:Fault>"),
    )
}

fn wrapped(status: u16, inside: &str) -> Reply {
    let page = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\">\
         <soap:Body>{inside}</soap:Body></soap:Envelope>"
    );
    Reply::new(status, "text/xml; charset=utf-8", page)
        .with_header("Server", "Microsoft-IIS/10.0")
        .with_header("X-AspNet-Version", "4.0.30319")
}
