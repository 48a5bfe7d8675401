//! The whole connector and both pretended systems in this process, over real HTTP on loopback, with a driven clock.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use connector::app::App;
use connector::clock::Clock;
use connector::config::{Mode, SiteFile, Start, pretend_secrets, pretend_site};
use connector::store::{DatabaseUrl, Options, SiteApplication, Store};
use connector::vault::{MasterKey, Vault};
use jiff::Timestamp;
use sandbox::Sandbox;
use sandbox::world::{DispatchNoteSpec, ShipTo, places};
use shipment::number::SiteName;

/// A Monday morning.
const START: &str = "2026-09-14T13:00:00Z";

pub(crate) struct House {
    pub(crate) sandbox: Sandbox,
    pub(crate) app: Arc<App>,
    pub(crate) site: SiteName,
    pub(crate) clock: Clock,
}

impl House {
    /// A site in automatic whose labels stay in the store.
    pub(crate) async fn open(folder: &Path) -> Result<Self> {
        Self::open_with(folder, None, "").await
    }

    /// The same over a database of its own, and with more in the site file.
    pub(crate) async fn open_with(folder: &Path, database: Option<&str>, further: &str) -> Result<Self> {
        let start: Timestamp = START.parse()?;
        let mut settings = sandbox::Settings::empty(start);
        settings.ups.mishaps = 0;
        let sandbox = Sandbox::start(settings).await?;
        let body = pretend_site(&sandbox, Mode::Automatic, Start::Everything).replace("printer = \"dock\"\n", "");
        let body = body.replace("max_new_per_cycle = 1000", "max_new_per_cycle = 100000") + further;
        let site = SiteFile::parse(&body)?;
        std::fs::create_dir_all(folder)?;
        for (file, secret) in pretend_secrets(&sandbox) {
            std::fs::write(folder.join(file), secret)?;
        }
        let database = database.map(DatabaseUrl::parse).transpose()?;
        let store = Store::open(folder, Options { database, ..Options::default() }).await?;
        let vault = Vault::new(MasterKey::generate()?);
        let secrets = site.secrets().into_iter().map(|(name, source)| {
            let secret = source.read(folder)?;
            Ok(vault.seal(&site.name, name.as_str(), 1, &secret)?)
        });
        let application = SiteApplication {
            site: site.name.clone(),
            templates: Vec::new(),
            mode: Some("automatic".to_owned()),
            environment: site.ups.environment.as_str().to_owned(),
            secrets: secrets.collect::<Result<_>>()?,
            actor: "bench".to_owned(),
            at: start,
            body,
        };
        store.apply_site(&application).await?;
        let clock = Clock::driven(start);
        let app = App::new(store, vault, clock.clone(), folder).await?;
        Ok(Self { sandbox, app, site: site.name, clock })
    }

    /// So many plain notes become ready, to as many towns as the sandbox knows in turn.
    pub(crate) fn release(&self, numbers: std::ops::Range<u32>) -> Result<()> {
        let towns: Vec<_> = places::plain_commercial().collect();
        for number in numbers {
            let at = usize::try_from(number)? % towns.len();
            let to = ShipTo::at("Summit Pump & Supply", towns.get(at).context("the sandbox knows no place")?);
            let order = (number + 1_000_000).to_string();
            self.sandbox.syspro().release(&DispatchNoteSpec::new(&number.to_string()).of_order(&order).to(to));
        }
        Ok(())
    }

    /// Polls and drives, and moves the time to the next moment at which a shipment is due, until none is. Chores are due
    /// for ever.
    pub(crate) async fn until_quiet(&self) -> Result<()> {
        loop {
            self.app.poll().await?;
            self.app.drive().await?;
            let Some(next) = self.app.store.next_due(self.clock.real_now()).await? else { return Ok(()) };
            let next = next.max(self.clock.now());
            self.sandbox.clock().set(next);
            self.clock.advance_to(next).ok().context("the clock is not driven")?;
        }
    }
}
