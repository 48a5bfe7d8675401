//! `key`: the master key that wraps every site's secrets. It is never in the database.

use std::path::PathBuf;

use crate::vault::{KeySource, MasterKey, Vault, VaultError};
use clap::{Args, Subcommand};
use secrecy::ExposeSecret as _;
use serde_json::json;

use super::Outcome;
use super::context::Context;

#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// Make a new master key
    New(New),
    /// Does the given key open what is sealed?
    Check(Check),
    /// Wrap all secrets anew with another key
    Rotate(Rotate),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Without the key the sealed secrets cannot be opened by anybody: keep a copy apart from the data and its backups. \
A file that exists is not overwritten.

  ml-connector key new ml-connector.key       into a file, for --key-file
  ml-connector key new                        to standard output, for ML_CONNECTOR_KEY")]
pub(crate) struct New {
    /// The file to write it to
    file: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "  ml-connector key check --key-file ml-connector.key")]
pub(crate) struct Check {}

#[derive(Debug, Args)]
#[command(after_help = "\
The secrets themselves are not touched, only what they are wrapped in. Afterwards the old key opens nothing.

  ml-connector key new new.key
  ml-connector key rotate new.key --key-file ml-connector.key")]
pub(crate) struct Rotate {
    /// The file with the new key
    to: PathBuf,
}

pub(crate) async fn run(context: &Context, command: Key) -> anyhow::Result<Outcome> {
    match command {
        Key::New(it) => new(context, it.file)?,
        Key::Check(Check {}) => check(context).await?,
        Key::Rotate(it) => rotate(context, it.to).await?,
    }
    Ok(Outcome::Well)
}

fn new(context: &Context, file: Option<PathBuf>) -> anyhow::Result<()> {
    let key = MasterKey::generate()?;
    let Some(file) = file else {
        context.out.raw(key.written().expose_secret());
        return Ok(());
    };
    key.save_new(&file)?;
    context.out.value(&json!({ "written": file, "fingerprint": key.fingerprint() }))?;
    let name = file.display();
    context.out.say(format!("key {} is in {name}; keep a copy apart from the data", key.fingerprint()));
    Ok(())
}

async fn check(context: &Context) -> anyhow::Result<()> {
    let vault = context.vault()?;
    let secrets = context.store().await?.secrets(None).await?;
    for row in &secrets {
        vault.open(&row.sealed)?;
    }
    context.out.value(&json!({ "fingerprint": vault.key_id(), "opened": secrets.len() }))?;
    context.out.say(format!("key {} opens all {} sealed secrets", vault.key_id(), secrets.len()));
    Ok(())
}

async fn rotate(context: &Context, to: PathBuf) -> anyhow::Result<()> {
    let (old, new) = (context.vault()?, Vault::new(MasterKey::load(&KeySource::File(to))?));
    let store = context.store().await?;
    let secrets = store.secrets(None).await?;
    let rewrapped: Result<Vec<_>, VaultError> = secrets.iter().map(|row| old.rewrap(&row.sealed, &new)).collect();
    store.rewrap_secrets(&rewrapped?, context.clock.now()).await?;
    context.out.value(&json!({ "before": old.key_id(), "after": new.key_id(), "rewrapped": secrets.len() }))?;
    context.out.say(format!("{} secrets are wrapped with key {}; use it from now on", secrets.len(), new.key_id()));
    Ok(())
}
