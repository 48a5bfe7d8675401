//! What every command is given: where the data is, who asks, what time it is, how to answer.

use std::path::PathBuf;
use std::sync::Arc;

use crate::app::App;
use crate::clock::Clock;
use crate::config::{Site, SiteFile};
use crate::store::{DatabaseUrl, Options, SettingsRow, ShipmentRow, SiteRow, Store, Tenure};
use crate::telemetry;
use crate::vault::{KeySource, MasterKey, Vault};
use anyhow::{Context as _, anyhow, bail};
use clap::{Args, ValueEnum};
use shipment::number::{DocumentNumber, ReleaseNumber, SiteName};
use tokio::sync::OnceCell;

use super::output::Output;

/// The environment variable that may hold the master key itself.
const KEY_VARIABLE: &str = "ML_CONNECTOR_KEY";

/// Options of every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Global {
    /// The folder that holds the database, the labels and the lock; only one process uses it at a time. With a database
    /// elsewhere it holds a node's labels and its name, and any command may use it beside the node
    #[arg(
        long,
        global = true,
        value_name = "FOLDER",
        env = "ML_CONNECTOR_DATA_DIR",
        default_value = "ml-connector-data"
    )]
    data_dir: PathBuf,
    /// A PostgreSQL database instead of the one in the folder, e.g. postgres://connector@db.example.com/shipping; a
    /// password in it is seen by whoever sees this machine's processes, one in the environment or in PGPASSFILE is not
    // Never shown, not even in the help: it may hold a password.
    #[arg(long, global = true, value_name = "URL", env = "ML_CONNECTOR_DATABASE_URL", hide_env_values = true)]
    database_url: Option<Hidden>,
    /// The file that holds the master key; ML_CONNECTOR_KEY may hold the key itself instead
    #[arg(long, global = true, value_name = "FILE", env = "ML_CONNECTOR_KEY_FILE")]
    key_file: Option<PathBuf>,
    /// Answer in JSON, one value a line, for programs
    #[arg(long, global = true)]
    json: bool,
    /// Who asks, for the audit trail; the name you are logged on with unless given
    #[arg(long = "as", global = true, value_name = "NAME", env = "ML_CONNECTOR_ACTOR")]
    actor: Option<String>,
    /// What is logged to standard error, e.g. `info` or `warn,connector=debug`
    #[arg(long, global = true, value_name = "FILTER", env = "ML_CONNECTOR_LOG", default_value = "warn")]
    log: String,
    /// How log lines are written
    #[arg(long, global = true, value_name = "FORMAT", env = "ML_CONNECTOR_LOG_FORMAT", default_value = "text")]
    log_format: LogFormat,
    /// A file with microseconds to add to the clock, shared with a sandbox whose time is moved
    #[arg(long, global = true, value_name = "FILE", env = "ML_CONNECTOR_CLOCK_FILE", hide_short_help = true)]
    clock_file: Option<PathBuf>,
}

/// A text that is shown nowhere.
#[derive(Clone)]
struct Hidden(String);

impl From<String> for Hidden {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    Text,
    Json,
}

impl Global {
    /// What is logged, and how.
    pub(crate) fn telemetry(&self) -> telemetry::Settings {
        let format = match self.log_format {
            LogFormat::Text => telemetry::Format::Text,
            LogFormat::Json => telemetry::Format::Json,
        };
        telemetry::Settings { format, filter: Some(self.log.clone()) }
    }
}

/// What a command works with. The store is opened by the first command that needs it.
pub(crate) struct Context {
    global: Global,
    tenure: Tenure,
    store: OnceCell<Store>,
    /// Business time.
    pub(crate) clock: Clock,
    /// Where answers go.
    pub(crate) out: Output,
}

impl Context {
    /// From the options of every command, and what the one that was given is in its data directory.
    pub(crate) fn new(global: Global, tenure: Tenure) -> Self {
        let clock = global.clock_file.as_ref().map_or_else(Clock::system, Clock::following);
        Self { out: Output::new(global.json), clock, global, tenure, store: OnceCell::new() }
    }

    /// The folder that holds the data.
    pub(crate) fn data_dir(&self) -> &std::path::Path {
        &self.global.data_dir
    }

    /// The file the sandbox writes its clock's offset to.
    pub(crate) fn clock_file(&self) -> Option<&std::path::Path> {
        self.global.clock_file.as_deref()
    }

    /// The store of the data directory.
    pub(crate) async fn store(&self) -> anyhow::Result<&Store> {
        self.store
            .get_or_try_init(async || {
                let url = self.global.database_url.as_ref().filter(|it| !it.0.is_empty());
                let database = url.map(|it| DatabaseUrl::parse(&it.0)).transpose();
                let database = database.context("--database-url (or ML_CONNECTOR_DATABASE_URL)")?;
                let place = database.as_ref().map(|it| format!(" ({it})")).unwrap_or_default();
                let options = Options { database, tenure: self.tenure, ..Options::default() };
                let opened = Store::open(self.data_dir(), options).await;
                opened.with_context(|| format!("the store cannot be opened{place}"))
            })
            .await
    }

    /// One node over the store: sites with their clients, ready to poll and drive.
    pub(crate) async fn app(&self) -> anyhow::Result<Arc<App>> {
        let vault = self.vault()?;
        let store = self.store().await?.clone();
        Ok(App::new(store, vault, self.clock.clone(), self.data_dir()).await?)
    }

    /// Lets the data directory go.
    pub(crate) async fn close(self) {
        if let Some(store) = self.store.into_inner() {
            store.close().await;
        }
    }

    /// What seals and opens secrets.
    pub(crate) fn vault(&self) -> anyhow::Result<Vault> {
        Ok(Vault::new(self.master_key()?))
    }

    /// The master key, from the file named on the command line, else from the environment.
    pub(crate) fn master_key(&self) -> anyhow::Result<MasterKey> {
        let source = match &self.global.key_file {
            Some(file) => KeySource::File(file.clone()),
            None if std::env::var_os(KEY_VARIABLE).is_some() => KeySource::Env(KEY_VARIABLE.to_owned()),
            None => bail!(
                "no master key is given; make one with `ml-connector key new ml-connector.key` and name it with \
                 --key-file, or put it into {KEY_VARIABLE}"
            ),
        };
        Ok(MasterKey::load(&source)?)
    }

    /// Who asks.
    pub(crate) fn actor(&self) -> String {
        let logged_on = || ["USER", "USERNAME"].iter().find_map(|name| std::env::var(name).ok());
        self.global.actor.clone().or_else(logged_on).filter(|it| !it.is_empty()).unwrap_or_else(|| "cli".to_owned())
    }

    /// One site by name, or the only one there is.
    pub(crate) async fn site_row(&self, name: Option<&SiteName>) -> anyhow::Result<SiteRow> {
        let sites = self.store().await?.sites().await?;
        let names: Vec<_> = sites.iter().map(|it| it.site.to_string()).collect();
        match name {
            Some(name) => sites.into_iter().find(|it| it.site == *name).ok_or_else(|| unknown_site(name, &names)),
            None => match <[SiteRow; 1]>::try_from(sites) {
                Ok([only]) => Ok(only),
                Err(_) if names.is_empty() => {
                    Err(anyhow!("there is no site yet; apply one with `ml-connector site apply`"))
                }
                Err(_) => Err(anyhow!("there are several sites ({}); name one with --site", names.join(", "))),
            },
        }
    }

    /// A site's newest settings, as text and parsed.
    pub(crate) async fn settings(&self, name: &SiteName) -> anyhow::Result<(SettingsRow, Site)> {
        let row = self.store().await?.site_settings(name, None).await?;
        let row = row.ok_or_else(|| anyhow!("site {name} has no settings; apply its site file again"))?;
        let site = SiteFile::parse(&row.body)
            .with_context(|| format!("the stored settings of site {name} cannot be read; apply its site file again"))?;
        Ok((row, site))
    }

    /// The shipment of a document: the newest release unless one is named.
    pub(crate) async fn shipment(
        &self,
        site: Option<&SiteName>,
        document: &DocumentNumber,
        release: Option<u32>,
    ) -> anyhow::Result<ShipmentRow> {
        let mut found = self.store().await?.find(site, document).await?;
        if let Some(release) = release {
            found.retain(|row| row.release == ReleaseNumber(release));
        }
        let newest = found.pop().ok_or_else(|| {
            anyhow!("no shipment is known for document {document}; it is known after a poll has seen it ready")
        })?;
        let elsewhere = found.iter().find(|row| row.site != newest.site || row.source != newest.source);
        if let Some(other) = elsewhere {
            bail!(
                "document {document} is a {} at site {} and a {} at site {}; name the site with --site",
                other.source.noun(),
                other.site,
                newest.source.noun(),
                newest.site
            );
        }
        Ok(newest)
    }
}

fn unknown_site(name: &SiteName, known: &[String]) -> anyhow::Error {
    if known.is_empty() {
        anyhow!("site {name} is not known; apply its file with `ml-connector site apply`")
    } else {
        anyhow!("site {name} is not known; there are {}", known.join(", "))
    }
}
