//! e.net over SOAP 1.1: the four asmx services of SYSPRO's web services.
//!
//! ```text
//! arguments ─► <soap:Envelope> (inner documents escaped as text) ─► POST Utilities|Query|Setup|Transaction.asmx
//!    Answer ◄─ <OpResult> text, unescaped ◄─ envelope ◄──┐
//!    Refusal ◄─ faultstring without its stack ◄─ fault ◄─┴─ 200 or 500
//! ```
//!
//! The services spell `XMLIn` and `XMLParameters` where REST spells `XmlIn` and `XmlParameters`, but `XmlIn` in the logon.
//! A fault whose code is `Client` came from the web service before it called SYSPRO; so did one that says that SYSPRO's
//! library is not registered there (0x80040154). Any other fault is SYSPRO's word and judged like REST's `ERROR` text.
//! There is no operation for the version.

use reqwest::Url;
use reqwest::header::CONTENT_TYPE;

use super::rest::root;
use super::{Call, Operation, Said};
use crate::error::Error;
use crate::http::{self, Http, Reply};
use crate::session;
use crate::settings::EnetSettings;
use crate::text::{self, Encoding, forbidden_in_xml};
use crate::xml::{Element, escape_text};

/// SYSPRO's library is not registered on the web server.
const NOT_REGISTERED: &str = "80040154";

/// The asmx services of one server.
pub(crate) struct Asmx {
    /// Address of the folder without a slash at its end.
    root: String,
    encoding: Encoding,
    language_code: String,
    log_level: String,
    encore_instance: String,
}

/// A service: its file, and the last part of its namespace.
#[derive(Clone, Copy)]
struct Service {
    file: &'static str,
    namespace: &'static str,
}

const UTILITIES: Service = Service { file: "Utilities.asmx", namespace: "http://www.syspro.com/ns/utilities/" };
const QUERY: Service = Service { file: "Query.asmx", namespace: "http://www.syspro.com/ns/query/" };
const SETUP: Service = Service { file: "Setup.asmx", namespace: "http://www.syspro.com/ns/setup/" };
const TRANSACTION: Service = Service { file: "Transaction.asmx", namespace: "http://www.syspro.com/ns/transaction/" };

/// Where an operation lives and what it is called there.
fn place(operation: Operation) -> (Service, &'static str) {
    match operation {
        // There is none for the version: asking for the profile of no session tells that the service is there.
        Operation::Version | Operation::Profile => (UTILITIES, "GetLogonProfile"),
        Operation::Logon => (UTILITIES, "Logon"),
        Operation::Logoff => (UTILITIES, "Logoff"),
        Operation::Query => (QUERY, "Query"),
        Operation::Browse => (QUERY, "Browse"),
        Operation::Fetch => (QUERY, "Fetch"),
        Operation::NextKey => (QUERY, "NextKey"),
        Operation::PreviousKey => (QUERY, "PreviousKey"),
        Operation::Add => (SETUP, "Add"),
        Operation::Update => (SETUP, "Update"),
        Operation::Delete => (SETUP, "Delete"),
        Operation::Post => (TRANSACTION, "Post"),
        Operation::Build => (TRANSACTION, "Build"),
    }
}

impl Asmx {
    pub(crate) fn new(base: &Url, settings: &EnetSettings) -> Self {
        Self {
            root: root(base, &settings.asmx_prefix),
            encoding: settings.encoding,
            language_code: settings.language_code.clone(),
            log_level: settings.log_level.clone(),
            encore_instance: settings.encore_instance.clone(),
        }
    }

    pub(crate) async fn send(&self, http: &Http, call: &Call<'_>) -> Result<Said, Error> {
        let (service, operation) = place(call.operation);
        let address = format!("{}/{}", self.root, service.file);
        let url = Url::parse(&address).map_err(|_| Error::invalid("asmx_prefix", "makes no address"))?;
        let request = http
            .post(url)
            .header(CONTENT_TYPE, "text/xml; charset=utf-8")
            .header("SOAPAction", format!("\"{}{operation}\"", service.namespace))
            .body(self.envelope(call)?);
        let reply = http.send(&call.name, call.effect, request).await?;
        self.said(call, operation, &reply)
    }

    fn envelope(&self, call: &Call<'_>) -> Result<String, Error> {
        let (service, operation) = place(call.operation);
        let mut body = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\
             <soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>\
             <{operation} xmlns=\"{}\">",
            service.namespace
        );
        for (name, value) in self.arguments(call) {
            if let Some(character) = value.chars().find(|c| forbidden_in_xml(*c)) {
                let why = format!("holds the character U+{:04X}, which xml cannot carry", u32::from(character));
                return Err(Error::invalid(name, why));
            }
            body.push_str(&format!("<{name}>{}</{name}>", escape_text(value)));
        }
        body.push_str(&format!("</{operation}></soap:Body></soap:Envelope>"));
        Ok(body)
    }

    /// The arguments in the services' order and spelling.
    fn arguments<'a>(&'a self, call: &'a Call<'_>) -> Vec<(&'static str, &'a str)> {
        let given = |wanted: &str| call.arguments.iter().find(|(name, _)| *name == wanted).map_or("", |(_, it)| *it);
        match call.operation {
            Operation::Logon => vec![
                ("Operator", given("Operator")),
                ("OperatorPassword", given("OperatorPassword")),
                ("CompanyId", given("CompanyId")),
                ("CompanyPassword", given("CompanyPassword")),
                ("LanguageCode", self.language_code.as_str()),
                ("LogLevel", self.log_level.as_str()),
                ("EncoreInstance", self.encore_instance.as_str()),
                ("XmlIn", given("XmlIn")),
            ],
            Operation::Version => vec![("UserId", "")],
            _ => call.arguments.iter().map(|(name, value)| (respelt(name), *value)).collect(),
        }
    }

    fn said(&self, call: &Call<'_>, operation: &str, reply: &Reply) -> Result<Said, Error> {
        // A fault comes with status 500; other statuses are the web server's own.
        if reply.status != 500 && !(200..300).contains(&reply.status) {
            return Err(call.turned_away(reply.status, 0));
        }
        let text = text::decode(&reply.body, self.encoding).map_err(|why| call.unreadable(why))?;
        match read_envelope(&text, operation) {
            Ok(Message::Result(text)) if session::is_error(&text) => Ok(Said::Refusal(text)),
            Ok(Message::Result(text)) if reply.status != 500 => Ok(Said::Answer(session::unwrap(text))),
            Ok(Message::Fault { client, words }) => {
                if client || words.contains(NOT_REGISTERED) {
                    let why = format!("the web service could not pass it on: {}", http::clean(&words, &[]));
                    return Err(Error::Unavailable { call: call.name.clone(), status: Some(reply.status), why });
                }
                Ok(Said::Refusal(words))
            }
            Ok(Message::Result(_)) | Err(_) if reply.status == 500 => Err(call.turned_away(500, 0)),
            Ok(Message::Result(text)) => Ok(Said::Answer(text)),
            Err(what) => Err(call.unreadable(what)),
        }
    }
}

/// The spelling of the query, setup and transaction services.
fn respelt(name: &'static str) -> &'static str {
    match name {
        "XmlIn" => "XMLIn",
        "XmlParameters" => "XMLParameters",
        other => other,
    }
}

/// What an envelope holds.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Message {
    Result(String),
    Fault { client: bool, words: String },
}

fn read_envelope(text: &str, operation: &str) -> Result<Message, String> {
    let envelope = Element::parse(text).map_err(|error| error.to_string())?;
    if !envelope.is("Envelope") {
        return Err("not a soap envelope".to_owned());
    }
    let body = envelope.child("Body").ok_or("a soap envelope without a body")?;
    if let Some(fault) = body.child("Fault") {
        let code = fault.value("faultcode").unwrap_or_default();
        let client = code.rsplit(':').next().is_some_and(|code| code.eq_ignore_ascii_case("Client"));
        return Ok(Message::Fault { client, words: without_stack(fault.value("faultstring").unwrap_or_default()) });
    }
    let result = format!("{operation}Result");
    let answer = body.find(&result).ok_or_else(|| format!("a soap envelope without {result}"))?;
    Ok(Message::Result(answer.raw_text().to_owned()))
}

/// The innermost exception's words: what stands before it are the web service's, what follows is where it happened.
fn without_stack(words: &str) -> String {
    let lines = words.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("at "));
    let said = lines.filter(|line| !line.starts_with("---") || line.contains("--->")).collect::<Vec<_>>().join(" ");
    let innermost = said.rsplit("---> ").next().unwrap_or_default();
    // The exception's class, as System.Exception or System.Runtime.InteropServices.COMException.
    let told = match innermost.split_once(": ") {
        Some((class, rest)) if class.ends_with("Exception") && !class.contains(' ') => rest,
        Some((class, rest)) if class.contains("Exception (0x") => {
            return format!("{rest} ({class})");
        }
        Some(_) | None => innermost,
    };
    told.trim().to_owned()
}

/// Reads a SOAP answer of the named operation: the inner text, or the fault's words. Never panics, whatever the bytes.
///
/// # Errors
/// What is wrong with the envelope, or the words of the fault it holds.
pub fn read_soap(bytes: &[u8], operation: &str) -> Result<String, String> {
    let text = text::decode(bytes, Encoding::Auto)?;
    match read_envelope(&text, operation)? {
        Message::Result(text) => Ok(text),
        Message::Fault { words, .. } => Err(words),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Effect;

    #[test]
    fn a_fault_is_told_by_its_innermost_words() {
        let fault = "System.Web.Services.Protocols.SoapException: Server was unable to process request. ---> \
                     System.Exception: Invalid operator password\n   at Encore.Utilities.Logon(String Operator)\n   --- End of inner exception stack trace ---";
        assert_eq!(without_stack(fault), "Invalid operator password");
        assert_eq!(without_stack("The supplied UserID is invalid."), "The supplied UserID is invalid.");
        let com = "System.Runtime.InteropServices.COMException (0x80040154): Class not registered";
        assert_eq!(
            without_stack(com),
            "Class not registered (System.Runtime.InteropServices.COMException (0x80040154))"
        );
    }

    #[test]
    fn inner_documents_are_escaped_as_text() {
        let settings = EnetSettings::new("https://erp.example.com", "UPSCONN", "pw".to_owned().into(), "EDU1");
        let base = Url::parse("https://erp.example.com").expect("an address");
        let asmx = Asmx::new(&base, &settings);
        let call = Call::new("post", Operation::Post, Effect::Changing).with("XmlIn", "<A>1 &amp; 2</A>");
        let envelope = asmx.envelope(&call).expect("an envelope");
        assert!(envelope.contains("<XMLIn>&lt;A&gt;1 &amp;amp; 2&lt;/A&gt;</XMLIn>"), "{envelope}");
        assert!(asmx.envelope(&call.with("UserId", "\u{1}")).is_err());
        let logon = Call::new("logon", Operation::Logon, Effect::Changing).with("Operator", "A");
        let names: Vec<_> = asmx.arguments(&logon).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names[4..], ["LanguageCode", "LogLevel", "EncoreInstance", "XmlIn"]);
    }

    #[test]
    fn an_envelope_gives_its_result_or_its_fault() {
        let soap = |body: &str| {
            format!(
                "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>{body}</s:Body></s:Envelope>"
            )
        };
        let answer = soap("<QueryResponse xmlns=\"x\"><QueryResult>&lt;A/&gt;</QueryResult></QueryResponse>");
        assert_eq!(read_soap(answer.as_bytes(), "Query").as_deref(), Ok("<A/>"));
        let fault = soap("<s:Fault><faultcode>s:Server</faultcode><faultstring>no</faultstring></s:Fault>");
        assert_eq!(read_soap(fault.as_bytes(), "Query"), Err("no".to_owned()));
        for text in ["", "<html/>", &soap("")[..20], &soap("<QueryResponse/>")] {
            assert!(read_soap(text.as_bytes(), "Query").is_err(), "{text}");
        }
    }
}
