//! The OData 4 service: read-only JSON over the company's tables.
//!
//! ```text
//! /SYSPRO8Odata/SYSPROOData/EDU1/MdnMaster?$filter=…&$orderby=…&$top=…&$skip=…
//!    Basic authentication ─► set ─► filter ─► (rows in no order) ─► $orderby ─► page of ≤ 5000
//! ```
//!
//! Its user is not an e.net operator. Without a complete `$orderby` rows come in another order on
//! each request, so that a client that pages carelessly loses some. A new user is known only
//! after the service was restarted.

mod filter;
mod metadata;
mod page;

use fastrand::Rng;

use crate::fault::Call;
use crate::serve::{Reply, Request};
use crate::world::table::{Table, Tables};

use super::{Manners, Office};

/// Who may read, and the dice that mix rows nobody ordered.
#[derive(Debug, Clone)]
pub(crate) struct Readers {
    known: Vec<(String, String)>,
    coming: Vec<(String, String)>,
    dice: Rng,
}

impl Readers {
    pub(crate) fn new(seed: u64, user: &str, password: &str) -> Self {
        let known = vec![(user.to_owned(), password.to_owned())];
        Self { known, coming: Vec::new(), dice: Rng::with_seed(seed ^ 0x0DA7A) }
    }

    /// Adds a user, or gives a known one another password, from the next restart on.
    pub(crate) fn announce(&mut self, user: &str, password: &str) {
        self.coming.push((user.to_owned(), password.to_owned()));
    }

    pub(crate) fn restart(&mut self) {
        for (user, password) in self.coming.drain(..) {
            self.known.retain(|(it, _)| *it != user);
            self.known.push((user, password));
        }
    }

    fn knows(&self, request: &Request) -> bool {
        request.basic_credentials().is_some_and(|it| self.known.contains(&it))
    }
}

/// Why a request is refused.
pub(crate) struct Refusal {
    status: u16,
    message: String,
}

impl Refusal {
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self { status: 400, message: message.into() }
    }

    fn not_found(message: impl Into<String>) -> Self {
        Self { status: 404, message: message.into() }
    }
}

/// Company and what was asked for below the service root.
struct Target {
    company: String,
    resource: String,
}

pub(crate) fn is_ours(request: &Request) -> bool {
    let segments = request.segments();
    matches!(segments.as_slice(), [app, service, ..]
        if app.eq_ignore_ascii_case("SYSPRO8Odata") && service.eq_ignore_ascii_case("SYSPROOData"))
}

fn target(request: &Request) -> Option<Target> {
    match request.segments().as_slice() {
        [_, _, company, resource] => Some(Target { company: company.clone(), resource: resource.clone() }),
        [_, _, company] => Some(Target { company: company.clone(), resource: String::new() }),
        _ => None,
    }
}

/// Which call a request is.
pub(crate) fn call(request: &Request) -> Option<Call> {
    if !is_ours(request) {
        return None;
    }
    Some(match target(request).map(|it| it.resource) {
        Some(resource) if resource == "$metadata" => Call::ODataMetadata,
        Some(resource) if !resource.is_empty() => Call::ODataRead(Some(resource)),
        _ => Call::ODataRead(None),
    })
}

/// Acts and answers.
pub(crate) fn answer(office: &mut Office, request: &Request) -> Reply {
    if !office.readers.knows(request) {
        return Reply::empty(401).with_header("WWW-Authenticate", "Basic realm=\"SYSPRO OData\"");
    }
    if request.method != hyper::Method::GET {
        return error(405, "The requested resource does not support this method").with_header("Allow", "GET");
    }
    match respond(office, request) {
        Ok(reply) => reply.with_header("OData-Version", "4.0"),
        Err(Refusal { status, message }) => error(status, &message),
    }
}

fn respond(office: &mut Office, request: &Request) -> Result<Reply, Refusal> {
    let Office { world, manners, readers, sessions } = office;
    let target = target(request).ok_or_else(|| Refusal::not_found("Resource not found"))?;
    if !target.company.eq_ignore_ascii_case(&sessions.company) {
        return Err(Refusal::not_found(format!("Company '{}' not found", target.company)));
    }
    let tables = &world.tables;
    match target.resource.as_str() {
        "$metadata" => {
            let document = metadata::document(tables, manners);
            Ok(Reply::new(200, "application/xml; charset=utf-8", document))
        }
        "" => Ok(json(&service_document(tables, manners))),
        set => {
            let table = table_of(tables, set, manners)
                .ok_or_else(|| Refusal::not_found(format!("Resource not found for the segment '{set}'.")))?;
            Ok(json(&page::read(table, request, manners, &mut readers.dice)?))
        }
    }
}

/// The name under which a table is served: a `+` is not allowed in one.
pub(crate) fn set_name(table: &Table, manners: &Manners) -> String {
    table.name.replace('+', &manners.odata_plus)
}

fn table_of<'a>(tables: &'a Tables, set: &str, manners: &Manners) -> Option<&'a Table> {
    tables.all().find(|it| set_name(it, manners) == set)
}

fn service_document(tables: &Tables, manners: &Manners) -> String {
    let sets: Vec<String> = tables
        .all()
        .map(|it| set_name(it, manners))
        .map(|name| format!("{{\"name\":\"{name}\",\"kind\":\"EntitySet\",\"url\":\"{name}\"}}"))
        .collect();
    format!("{{\"@odata.context\":\"$metadata\",\"value\":[{}]}}", sets.join(","))
}

fn json(body: &str) -> Reply {
    Reply::new(200, "application/json; odata.metadata=minimal; odata.streaming=true", body.to_owned())
}

fn error(status: u16, message: &str) -> Reply {
    let body = serde_json::json!({ "error": { "code": "", "message": message } });
    Reply::new(status, "application/json; odata.metadata=minimal", body.to_string()).with_header("OData-Version", "4.0")
}
