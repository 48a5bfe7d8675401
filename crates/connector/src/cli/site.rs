//! `site`: what a company's file becomes, and what may be changed without a file.
//!
//! ```text
//! site.toml ─► parse ─► secrets read ─► compared with what is sealed ─► one transaction: text, secrets, event
//! ```
//!
//! A secret whose source is gone but which is sealed already is kept, so that a file can be applied again without its
//! secrets at hand. The mode in the file counts when it changes there; a mode set by `site mode` otherwise stays.

use std::io::{IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};

use crate::config::{Environment, Mode, SecretName, SecretSource, Site as Settings, SiteFile, mode_name, templates_of};
use crate::intake;
use crate::remote::prove::{lift, prove};
use crate::site_apply::{self, Applying};
use crate::site_mode::{self, Asked};
use crate::store::Applied;
use anyhow::{Context as _, bail};
use clap::{Args, Subcommand, ValueEnum};
use secrecy::SecretString;
use serde_json::json;
use shipment::number::SiteName;

use super::Outcome;
use super::context::Context;
use super::output::time;

#[derive(Debug, Subcommand)]
pub(crate) enum Site {
    /// Check a site file, seal its secrets and store it
    Apply(Apply),
    /// All sites
    List(List),
    /// One site: settings, secrets, what was done to it
    Show(Show),
    /// What is ready in SYSPRO, and how the site's rules read it
    Probe(super::probe::Probe),
    /// Change how much the connector does on its own
    Mode(SetMode),
    /// Let polls go on after the brake stopped them
    Resume(Resume),
    /// What UPS has to be told so that it calls at every scan
    Webhook(super::webhook::Webhook),
    /// Passwords and keys of a site; they can be set and never read
    #[command(subcommand)]
    Secret(Secret),
}

#[derive(Debug, Args)]
#[command(after_help = "\
The file's secrets are read from where it says, once, and sealed with the master key; the file can be applied again \
without them. Nothing is sent anywhere: `ping` tries the connections.

  ml-connector site apply site.toml --key-file ml-connector.key
  ml-connector site apply site.toml --check         reads the file and its secrets, stores nothing")]
pub(crate) struct Apply {
    /// The site file
    file: PathBuf,
    /// Only check; needs neither key nor data
    #[arg(long)]
    check: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "  ml-connector site list\n  ml-connector site list --json")]
pub(crate) struct List {}

#[derive(Debug, Args)]
#[command(after_help = "\
  ml-connector site show oakland
  ml-connector site show oakland --file > site.toml     the stored site file, as it was applied")]
pub(crate) struct Show {
    /// The site; may be left out when there is only one
    site: Option<SiteName>,
    /// Only the stored site file
    #[arg(long)]
    file: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
  shadow     reads and plans, books nothing
  approve    books when a person or the packing bench says so
  automatic  books what is ready

  ml-connector site mode oakland automatic")]
pub(crate) struct SetMode {
    /// The site
    site: SiteName,
    /// The new mode
    mode: ModeName,
    /// Book more planned shipments at once than max_new_per_cycle allows
    #[arg(long)]
    yes: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
A poll that brings more new documents than max_new_per_cycle stops, so that a mistake in SYSPRO does not become a \
hundred labels. After a look at them, this lets polls go on, for an hour without the brake.

  ml-connector site resume oakland")]
pub(crate) struct Resume {
    /// The site
    site: SiteName,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ModeName {
    Shadow,
    Approve,
    Automatic,
}

impl From<ModeName> for Mode {
    fn from(name: ModeName) -> Self {
        match name {
            ModeName::Shadow => Self::Shadow,
            ModeName::Approve => Self::Approve,
            ModeName::Automatic => Self::Automatic,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Secret {
    /// Replace a secret
    Set(SetSecret),
}

#[derive(Debug, Args)]
#[command(after_help = "\
The new secret is tried before it replaces the old one, and lifts the pause that the old one had caused. \
The secret comes from an environment variable, a file or standard input, never from the command line, where other \
programs on this machine could read it.

  ml-connector site secret set oakland syspro.operator_password --file password.txt
  pass show syspro | ml-connector site secret set oakland syspro.operator_password")]
pub(crate) struct SetSecret {
    /// The site
    site: SiteName,
    /// Which secret, by its key in the site file
    name: SecretName,
    /// The environment variable it stands in
    #[arg(long, value_name = "VARIABLE")]
    env: Option<String>,
    /// The file it stands in
    #[arg(long, value_name = "FILE", conflicts_with = "env")]
    file: Option<PathBuf>,
    /// Store it without trying it first, for a machine that does not reach the other side now
    #[arg(long)]
    unproven: bool,
}

pub(crate) async fn run(context: &Context, command: Site) -> anyhow::Result<Outcome> {
    match command {
        Site::Apply(it) => apply(context, &it).await?,
        Site::List(List {}) => list(context).await?,
        Site::Show(it) => show(context, &it).await?,
        Site::Probe(it) => return super::probe::run(context, it).await,
        Site::Mode(it) => set_mode(context, &it).await?,
        Site::Resume(it) => resume(context, &it).await?,
        Site::Webhook(it) => super::webhook::run(context, &it).await?,
        Site::Secret(Secret::Set(it)) => set_secret(context, &it).await?,
    }
    Ok(Outcome::Well)
}

async fn apply(context: &Context, apply: &Apply) -> anyhow::Result<()> {
    let name = apply.file.display();
    let body = std::fs::read_to_string(&apply.file)
        .with_context(|| format!("{name} cannot be read; `ml-connector init` writes one to start from"))?;
    let settings = SiteFile::parse(&body).with_context(|| name.to_string())?;
    let base = apply.file.parent().unwrap_or(Path::new("."));
    let templates = templates_of(&settings, base).with_context(|| name.to_string())?;
    if apply.check {
        for (secret, source) in settings.secrets() {
            source.read(base).with_context(|| format!("{name}: `{secret}`"))?;
        }
        context.out.value(&json!({ "site": settings.name, "checked": true }))?;
        context.out.say(format!("{name}: site {} is in order; nothing was stored", settings.name));
        return Ok(());
    }
    let (store, vault) = (context.store().await?, context.vault()?);
    let applying = Applying { settings: &settings, body, templates, actor: context.actor(), at: context.clock.now() };
    let read = |_, source: &SecretSource| source.read(base).map_err(|error| error.to_string());
    let done = site_apply::apply(store, &vault, applying, read).await.with_context(|| name.to_string())?;
    tell(context, &settings, done.applied, &done.sealed, &done.kept)
}

fn tell(
    context: &Context,
    settings: &Settings,
    applied: Applied,
    sealed: &[String],
    kept: &[SecretName],
) -> anyhow::Result<()> {
    let (result, version) = match applied {
        Applied::Created => ("created", 1),
        Applied::Changed(version) => ("changed", version),
        Applied::Unchanged(version) => ("unchanged", version),
    };
    let kept: Vec<_> = kept.iter().map(|name| name.as_str()).collect();
    context.out.value(&json!({
        "site": settings.name, "result": result, "settings_version": version,
        "secrets_sealed": sealed, "secrets_kept": kept, "real_labels": settings.buys_real_labels(),
    }))?;
    let out = context.out;
    out.say(format!("site {}: {result}, settings version {version}", settings.name));
    out.say(format!("secrets: {} sealed, {} kept as they were", sealed.len(), kept.len()));
    out.say(money(&settings.ups.environment));
    if !settings.may_write_to_syspro() {
        out.say("SYSPRO is not written: UPS is not production and syspro.test_company is not set");
    }
    Ok(())
}

fn money(environment: &Environment) -> String {
    match environment {
        Environment::Production => "real labels, real money: yes".to_owned(),
        Environment::Test => "real labels, real money: no (UPS's test host)".to_owned(),
        Environment::Custom(url) => format!("real labels, real money: no (own address {url})"),
    }
}

async fn list(context: &Context) -> anyhow::Result<()> {
    let store = context.store().await?;
    let mut rows = Vec::new();
    for site in store.sites().await? {
        let counts = store.counts(Some(&site.site)).await?;
        let (all, held) = (counts.stages.values().sum::<i64>(), counts.holds.values().sum::<i64>());
        context.out.value(&json!({
            "site": site.site, "mode": site.mode, "environment": site.environment, "booked_once": site.booked_once,
            "settings_version": site.settings_version, "created_at": site.created_at, "shipments": counts.stages,
            "holds": counts.holds,
        }))?;
        rows.push([site.site.to_string(), site.mode, site.environment, all.to_string(), held.to_string()]);
    }
    let empty = "there is no site yet; `ml-connector init` writes a file to start from";
    context.out.table(["site", "mode", "ups", "shipments", "held"], rows, empty);
    Ok(())
}

async fn show(context: &Context, show: &Show) -> anyhow::Result<()> {
    let row = context.site_row(show.site.as_ref()).await?;
    let store = context.store().await?;
    let (text, settings) = context.settings(&row.site).await?;
    if show.file {
        context.out.raw(&text.body);
        return Ok(());
    }
    let templates = store.site_templates(&row.site, text.version).await?;
    let templates: Vec<&str> = templates.iter().map(|(name, _)| name.as_str()).collect();
    let secrets = store.secrets(Some(&row.site)).await?;
    let events = store.site_events(&row.site).await?;
    let chores = store.chores(Some(&row.site)).await?;
    if context.out.is_json() {
        let secrets: Vec<_> = secrets
            .iter()
            .map(|it| json!({ "name": it.sealed.name, "version": it.sealed.version, "made_at": it.made_at }))
            .collect();
        let events: Vec<_> = events
            .iter()
            .map(|it| json!({ "seq": it.seq, "at": it.at, "actor": it.actor, "event": it.event, "words": it.words }))
            .collect();
        context.out.value(&json!({
            "site": row.site, "mode": row.mode, "environment": row.environment, "booked_once": row.booked_once,
            "settings_version": row.settings_version, "secrets": secrets, "events": events,
            "chores": chores.iter().map(super::chore::value).collect::<Vec<_>>(),
            "real_labels": settings.buys_real_labels(), "transport": settings.syspro.transport.as_str(),
            "templates": templates, "reads_by": if settings.syspro.odata.is_some() { "odata" } else { "enet" },
        }))?;
        return Ok(());
    }
    let from: Vec<_> = settings.ship_froms.iter().map(|it| it.warehouse.as_str()).collect();
    let sources: Vec<_> = settings.sources.iter().map(|it| it.source.code()).collect();
    context.out.facts(&[
        ("site", row.site.to_string()),
        ("mode", row.mode.clone()),
        ("ups", format!("{}, account {}", row.environment, settings.ups.account)),
        (
            "syspro",
            format!(
                "{} by {}, company {}, operator {}",
                settings.syspro.enet_url,
                settings.syspro.transport.as_str(),
                settings.syspro.company,
                settings.syspro.operator
            ),
        ),
        ("reads by", if settings.syspro.odata.is_some() { "OData" } else { "e.net" }.to_owned()),
        ("templates", if templates.is_empty() { "as shipped".to_owned() } else { templates.join(", ") }),
        ("ships from", from.join(", ")),
        ("reads", sources.join(", ")),
        ("settings", format!("version {}, by {} at {} UTC", text.version, text.actor, time(text.made_at))),
        ("money", money(&settings.ups.environment)),
    ]);
    let rows = chores.iter().map(|it| [it.key.name(), it.plan.clone(), super::chore::next(it)]);
    context.out.table(["runs by itself", "when", "next (UTC)"], rows.collect(), "nothing has run by itself yet");
    let rows = secrets.iter().map(|it| [it.sealed.name.clone(), it.sealed.version.to_string(), time(it.made_at)]);
    context.out.table(["secret", "version", "sealed (UTC)"], rows.collect(), "no secret is sealed");
    let rows = events.iter().map(|it| [time(it.at), it.actor.clone(), it.words.clone()]);
    context.out.table(["at (UTC)", "by", "what"], rows.collect(), "nothing was done to it yet");
    Ok(())
}

async fn set_mode(context: &Context, wanted: &SetMode) -> anyhow::Result<()> {
    let row = context.site_row(Some(&wanted.site)).await?;
    let mode = Mode::from(wanted.mode);
    let (_, settings) = context.settings(&row.site).await?;
    let asked = Asked { mode, many: wanted.yes, actor: &context.actor(), at: context.clock.now() };
    site_mode::change(context.store().await?, &settings, asked).await?;
    context.out.value(&json!({ "site": row.site, "mode": mode_name(mode), "before": row.mode }))?;
    context.out.say(format!("site {} is now in mode {}, it was {}", row.site, mode_name(mode), row.mode));
    Ok(())
}

async fn resume(context: &Context, wanted: &Resume) -> anyhow::Result<()> {
    let row = context.site_row(Some(&wanted.site)).await?;
    let (_, settings) = context.settings(&row.site).await?;
    intake::resume(context.store().await?, &settings, &context.actor(), context.clock.now()).await?;
    context.out.value(&json!({ "site": row.site, "resumed": true }))?;
    context.out.say(format!("polls of site {} go on, for an hour without the brake", row.site));
    Ok(())
}

async fn set_secret(context: &Context, wanted: &SetSecret) -> anyhow::Result<()> {
    let row = context.site_row(Some(&wanted.site)).await?;
    let (store, vault) = (context.store().await?, context.vault()?);
    vault.check(store.secrets(None).await?.iter().map(|row| &row.sealed))?;
    let secret = match (&wanted.env, &wanted.file) {
        (Some(name), _) => SecretSource::Env(name.clone()).read(Path::new("."))?,
        (None, Some(file)) => SecretSource::File(file.clone()).read(Path::new("."))?,
        (None, None) => from_standard_input()?,
    };
    let (_, settings) = context.settings(&row.site).await?;
    if !wanted.unproven {
        prove(store, &vault, &context.clock, &settings, wanted.name, &secret)
            .await
            .context("nothing is changed; --unproven stores it all the same")?;
    }
    let version = store.next_secret_version(&row.site, wanted.name.as_str()).await?;
    let sealed = vault.seal(&row.site, wanted.name.as_str(), version, &secret)?;
    store.put_secret(&sealed, &context.actor(), context.clock.now()).await?;
    lift(store, &settings, wanted.name, &context.clock).await?;
    context.out.value(&json!({ "site": row.site, "secret": wanted.name.as_str(), "version": version }))?;
    context.out.say(format!("{} of site {} is replaced, version {version}", wanted.name, row.site));
    Ok(())
}

fn from_standard_input() -> anyhow::Result<SecretString> {
    if std::io::stdin().is_terminal() {
        bail!("the secret would be shown while you type; pipe it in, or use --env or --file");
    }
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).context("the secret cannot be read from standard input")?;
    Ok(SecretSource::Literal(text).read(Path::new("."))?)
}
