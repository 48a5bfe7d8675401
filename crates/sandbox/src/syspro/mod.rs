//! The pretend SYSPRO: e.net over REST and the OData service, over one company database.
//!
//! ```text
//!            ┌─ enet ─► session ─► query objects (COMFND, SORQRY, SORQDN …) ─┐
//! request ───┤                └──► posts and setups (SORTDH, COMSFM …) ──────┼─► world
//!            └─ odata ─► Basic authentication ─► filter, page ───────────────┘
//! ```
//!
//! Both live behind one listener. A business failure is a 200 whose text begins with `ERROR` or
//! whose XML carries error children; other statuses come from the layers in front (404, 405, 414).
//! Changes a clerk makes at the next desk are methods of [`Syspro`] and of the control address.

mod comfnd;
mod desk;
mod dispatch;
mod documents;
mod enet;
mod form;
mod lines;
mod manners;
mod odata;
mod post;
mod query;
mod session;
mod xml;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::fault::Call;
use crate::serve::{House, Reply, Request, Service};
use crate::world::World;

pub use desk::Note;
pub use manners::{Manners, TokenShape};
pub use session::{BAD_PASSWORD, SESSION_LOST};

/// Path below which the e.net REST calls live; any case is accepted.
pub const ENET_PATH: &str = "/SYSPROWCFService/Rest";
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
    pub(crate) fn new(seed: u64, world: World, manners: Manners, house: &House) -> Self {
        let known = crate::CREDENTIALS;
        let mut sessions = session::Sessions::new(seed, known.syspro_company, known.syspro_company_password);
        sessions.add_operator(known.syspro_operator, known.syspro_operator_password);
        sessions.add_operator(CLERK.0, CLERK.1);
        let readers = odata::Readers::new(seed, known.odata_user, known.odata_password);
        let office = Office { world, sessions, manners, readers };
        Self { office: Arc::new(Mutex::new(office)), house: house.clone() }
    }

    pub(crate) fn office(&self) -> MutexGuard<'_, Office> {
        self.office.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Service for Syspro {
    fn call(&self, request: &Request) -> Option<Call> {
        enet::call(request).or_else(|| odata::call(request))
    }

    fn answer(&self, call: Option<&Call>, request: &Request) -> Reply {
        let mut office = self.office();
        if request.path.len() + request.query.len() + 1 > office.manners.url_limit {
            return too_long();
        }
        if odata::is_ours(request) {
            return odata::answer(&mut office, request);
        }
        enet::answer(&mut office, call, request, &self.house)
    }
}

/// What the HTTP layer of Windows says before SYSPRO sees anything.
fn too_long() -> Reply {
    let page = "<HTML><HEAD><TITLE>Request URL Too Long</TITLE></HEAD>\
        <BODY><h2>Request URL Too Long</h2><hr><p>HTTP Error 414. The request URL is too long.</p></BODY></HTML>";
    Reply::new(414, "text/html; charset=us-ascii", page).with_header("Server", "Microsoft-HTTPAPI/2.0")
}
