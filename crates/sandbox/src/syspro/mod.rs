//! The pretend SYSPRO: e.net over REST and SOAP and the OData service, over one company database.
//!
//! ```text
//!            ┌─ rest ─┐            ┌► query objects (COMFND, SORQRY, SORQDN …) ─┐
//! request ───┤        ├─► enet ────┤                                            ├─► world
//!            ├─ soap ─┘  sessions  └► posts and setups (SORTDH, COMSFM …) ──────┤
//!            └─ odata ─► Basic authentication ─► filter, page ──────────────────┘
//! ```
//!
//! All live behind one listener. Over REST a business failure is a 200 whose text begins with
//! `ERROR` or whose XML carries error children; other statuses come from the layers in front (404,
//! 405, 414). Over SOAP a text that begins with `ERROR` is a fault instead.
//! Changes a clerk makes at the next desk are methods of [`Syspro`] and of the control address.

mod comfnd;
mod control;
mod desk;
mod dispatch;
mod documents;
mod enet;
mod fetch;
mod form;
mod import;
mod lines;
mod lists;
mod manners;
mod masters;
mod notepad;
mod odata;
mod post;
mod profile;
mod query;
mod rest;
mod session;
mod setup;
mod soap;
mod xml;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::fault::Call;
use crate::serve::{House, Reply, Request, Service};
use crate::world::World;

pub use desk::Note;
pub use manners::{Conditions, FormWriting, Manners, NameCase, TokenShape};
pub use session::{BAD_PASSWORD, SESSION_LOST};

/// Path below which the e.net REST calls live; any case is accepted.
pub const ENET_PATH: &str = "/SYSPROWCFService/Rest";
/// Path below which the asmx web services live; `/SYSPRO8WebServices` will do as well.
pub const ASMX_PATH: &str = "/SYSPROWebServices";
/// Path of the OData service; company and set follow.
pub const ODATA_PATH: &str = "/SYSPRO8Odata/SYSPROOData";
/// A person of the company, who has an operator of their own.
pub const CLERK: (&str, &str) = ("CLERK", "sandbox-clerk");

/// The pretend SYSPRO. Clones share one company.
#[derive(Debug, Clone)]
pub struct Syspro {
    office: Arc<Mutex<Office>>,
    house: House,
}

/// Everything behind the counter.
#[derive(Debug)]
pub(crate) struct Office {
    pub(crate) world: World,
    pub(crate) sessions: session::Sessions,
    pub(crate) manners: Manners,
    pub(crate) readers: odata::Readers,
}

impl Syspro {
    pub(crate) fn new(seed: u64, mut world: World, manners: Manners, house: &House) -> Self {
        let known = crate::CREDENTIALS;
        let mut sessions = session::Sessions::new(seed, known.syspro_company, known.syspro_company_password);
        sessions.add_operator(known.syspro_operator, known.syspro_operator_password);
        sessions.add_operator(CLERK.0, CLERK.1);
        world.add_dispatch_form(&manners.dispatch_form_type, &manners.dispatch_form_table);
        if manners.strict_seed {
            world.add_post_dates();
        }
        let readers = odata::Readers::new(seed, known.odata_user, known.odata_password);
        let office = Office { world, sessions, manners, readers };
        Self { office: Arc::new(Mutex::new(office)), house: house.clone() }
    }

    /// The application server's calendar date.
    pub(crate) fn today(&self) -> jiff::civil::Date {
        let skew = self.office().manners.clock_skew;
        crate::world::local_date(self.house.clock.now() + skew)
    }

    pub(crate) fn office(&self) -> MutexGuard<'_, Office> {
        self.office.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Service for Syspro {
    fn call(&self, request: &Request) -> Option<Call> {
        rest::call(request).or_else(|| soap::call(request)).or_else(|| odata::call(request))
    }

    fn answer(&self, _call: Option<&Call>, request: &Request) -> Reply {
        let mut office = self.office();
        if request.path.len() + request.query.len() + 1 > office.manners.url_limit {
            return too_long();
        }
        if odata::is_ours(request) {
            return odata::answer(&mut office, request);
        }
        if soap::is_ours(request) {
            return soap::answer(&mut office, request, &self.house);
        }
        rest::answer(&mut office, request, &self.house)
    }
}

/// What the HTTP layer of Windows says before SYSPRO sees anything.
fn too_long() -> Reply {
    let page = "<HTML><HEAD><TITLE>Request URL Too Long</TITLE></HEAD>\
        <BODY><h2>Request URL Too Long</h2><hr><p>HTTP Error 414. The request URL is too long.</p></BODY></HTML>";
    Reply::new(414, "text/html; charset=us-ascii", page).with_header("Server", "Microsoft-HTTPAPI/2.0")
}

#[cfg(test)]
impl Office {
    /// An office over a world, for the tests of its parts.
    pub(crate) fn over(world: World) -> Self {
        Self {
            world,
            sessions: session::Sessions::new(1, "EDU1", ""),
            manners: Manners::default(),
            readers: odata::Readers::new(1, "odata", "odata"),
        }
    }
}
