//! Pretend UPS and SYSPRO: real HTTP servers with a ledger of effects and faults on request.
//!
//! ```text
//!                      ┌─ ups/     all of UPS a shipper needs, and webhooks ─ HTTP ─► your receiver
//! connector ─ HTTP ─► serve.rs
//!                      └─ syspro/  e.net (REST, SOAP) and OData over world/ (masters, orders, notes,
//!                                  invoices, purchase orders)
//!    faults strike here ┘            │ both enter their effects
//!                                    ▼
//! test, demo, `ml-connector sandbox` ◄─ Ledger · Clock · Faults, as a library or over control.rs
//! ```
//!
//! The two systems share one driven [`Clock`] and one [`Ledger`]. Nothing of the connector's own
//! crates is used, so a misreading of UPS or SYSPRO cannot sit on both sides of a test.
//!
//! ```no_run
//! # async fn run() -> std::io::Result<()> {
//! use sandbox::fault::{Call, Fault, Kind};
//!
//! let start = "2026-09-14T13:00:00Z".parse().expect("an instant");
//! let sandbox = sandbox::Sandbox::start(sandbox::Settings::new(start)).await?;
//! sandbox.faults().add(Fault::after(Call::Ship, Kind::Reset));
//! // … ship something through sandbox.ups_url() …
//! assert_eq!(sandbox.ledger().labels_bought(), 1);
//! # Ok(())
//! # }
//! ```

mod call;
pub mod clock;
mod control;
pub mod fault;
pub mod ledger;
mod serve;
pub mod syspro;
pub mod ups;
pub mod world;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use jiff::Timestamp;

pub use crate::clock::Clock;
pub use crate::fault::{Call, Fault, Faults, Fired, Kind, When};
use crate::ledger::Book;
pub use crate::ledger::Ledger;
use crate::serve::{Door, House};

/// How a sandbox is to be.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Decides every invented thing: customers, orders, tracking numbers, scans.
    pub seed: u64,
    /// How many documents ready for UPS the world holds at the start.
    pub orders: usize,
    /// Whether documents that are nobody's business (other carriers, cancelled, on hold …) are
    /// mixed in.
    pub noise: bool,
    /// The time both systems start at.
    pub start: Timestamp,
    /// Whether the clock goes on by itself. A driven one moves only when told.
    pub running_clock: bool,
    /// Where UPS listens; port 0 takes a free one.
    pub ups_addr: SocketAddr,
    /// Where SYSPRO listens, e.net and OData alike.
    pub syspro_addr: SocketAddr,
    /// Where the control address listens.
    pub control_addr: SocketAddr,
    /// UPS's manners.
    pub ups: ups::Manners,
    /// SYSPRO's manners.
    pub syspro: syspro::Manners,
}

impl Settings {
    /// A small seeded world on free loopback ports, its clock standing still at `start`.
    #[must_use]
    pub fn new(start: Timestamp) -> Self {
        let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            seed: 1,
            orders: 20,
            noise: true,
            start,
            running_clock: false,
            ups_addr: free,
            syspro_addr: free,
            control_addr: free,
            ups: ups::Manners::default(),
            syspro: syspro::Manners::default(),
        }
    }

    /// A world without documents: a test releases its own.
    #[must_use]
    pub fn empty(start: Timestamp) -> Self {
        Self { orders: 0, noise: false, ..Self::new(start) }
    }
}

/// Names and passwords the sandbox accepts. Invented, worth nothing elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Credentials {
    /// OAuth client id of the one UPS application.
    pub ups_client_id: &'static str,
    /// Its secret.
    pub ups_client_secret: &'static str,
    /// The UPS account, six characters.
    pub ups_account: &'static str,
    /// SYSPRO's operator.
    pub syspro_operator: &'static str,
    /// The operator's password.
    pub syspro_operator_password: &'static str,
    /// SYSPRO's company id.
    pub syspro_company: &'static str,
    /// The company's password: none, as in most companies.
    pub syspro_company_password: &'static str,
    /// User of the OData service.
    pub odata_user: &'static str,
    /// Its password.
    pub odata_password: &'static str,
}

/// What the sandbox accepts.
pub const CREDENTIALS: Credentials = Credentials {
    ups_client_id: "sandbox-client",
    ups_client_secret: "sandbox-secret",
    ups_account: "A1B2C3",
    syspro_operator: "MLCONN",
    syspro_operator_password: "sandbox-operator",
    syspro_company: "EDU1",
    syspro_company_password: "",
    odata_user: "odata",
    odata_password: "sandbox-odata",
};

/// Both systems, listening until this is dropped.
#[derive(Debug)]
pub struct Sandbox {
    ups: ups::Ups,
    syspro: syspro::Syspro,
    ups_door: Door,
    syspro_door: Door,
    control_door: Door,
    house: House,
    /// Sends webhooks for as long as it is here.
    _herald: tokio::task::JoinSet<()>,
}

impl Sandbox {
    /// Builds the world and opens the doors.
    ///
    /// # Errors
    /// An address that cannot be listened on.
    pub async fn start(settings: Settings) -> io::Result<Self> {
        let clock = if settings.running_clock { Clock::running(settings.start) } else { Clock::driven(settings.start) };
        let house = House { clock, faults: Faults::default(), book: Book::default() };
        let ups = ups::Ups::new(settings.seed, settings.ups.clone(), &house);
        let ups_door = Door::open(settings.ups_addr, Arc::new(ups.clone()), house.clone()).await?;
        let world = world::World::seeded(settings.seed, settings.orders, settings.noise, settings.start);
        let syspro = syspro::Syspro::new(settings.seed, world, settings.syspro.clone(), &house);
        let syspro_door = Door::open(settings.syspro_addr, Arc::new(syspro.clone()), house.clone()).await?;
        let control = control::Control {
            house: house.clone(),
            syspro: syspro.clone(),
            ups: ups.clone(),
            ups_url: url(ups_door.addr()),
            syspro_url: url(syspro_door.addr()),
        };
        let control_door = Door::open(settings.control_addr, Arc::new(control), house.clone()).await?;
        let mut herald = tokio::task::JoinSet::new();
        herald.spawn(ups.clone().keep_sending());
        Ok(Self { ups, syspro, ups_door, syspro_door, control_door, house, _herald: herald })
    }

    /// Base of UPS's addresses, without a slash at the end.
    #[must_use]
    pub fn ups_url(&self) -> String {
        url(self.ups_door.addr())
    }

    /// Base of SYSPRO's e.net REST calls: scheme and host; [`syspro::ENET_PATH`] follows.
    #[must_use]
    pub fn enet_url(&self) -> String {
        url(self.syspro_door.addr())
    }

    /// Root of SYSPRO's OData service; the company's segment and the set follow.
    #[must_use]
    pub fn odata_url(&self) -> String {
        format!("{}{}", self.enet_url(), syspro::ODATA_PATH)
    }

    /// The control address, without a slash at the end.
    #[must_use]
    pub fn control_url(&self) -> String {
        url(self.control_door.addr())
    }

    /// What the sandbox accepts.
    #[must_use]
    pub fn credentials(&self) -> Credentials {
        CREDENTIALS
    }

    /// The shared clock.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.house.clock.clone()
    }

    /// The faults to come.
    #[must_use]
    pub fn faults(&self) -> Faults {
        self.house.faults.clone()
    }

    /// What has really happened so far.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        self.house.book.snapshot()
    }

    /// UPS, to be asked and steered past its HTTP face.
    #[must_use]
    pub fn ups(&self) -> &ups::Ups {
        &self.ups
    }

    /// SYSPRO, to be asked and steered past its HTTP face.
    #[must_use]
    pub fn syspro(&self) -> &syspro::Syspro {
        &self.syspro
    }

    /// From now on nobody can connect to UPS; open connections end.
    pub async fn shut_ups(&self) {
        self.ups_door.shut().await;
    }

    /// UPS listens again, on the same port.
    pub async fn reopen_ups(&self) {
        self.ups_door.reopen().await;
    }
    /// From now on nobody can connect to SYSPRO, e.net and OData alike; open connections end.
    pub async fn shut_syspro(&self) {
        self.syspro_door.shut().await;
    }

    /// SYSPRO listens again, on the same port. Its sessions have survived.
    pub async fn reopen_syspro(&self) {
        self.syspro_door.reopen().await;
    }
}

fn url(addr: SocketAddr) -> String {
    format!("http://{addr}")
}
