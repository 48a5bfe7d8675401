//! Applying a site file: the same for the command line and the console.
//!
//! ```text
//! text ─► parse ─► secrets, from wherever the caller has them ─► compared with what is sealed ─► one transaction: text, secrets, event
//! ```
//!
//! A secret that cannot be had now but is sealed already is kept, so that a file can be applied again without its secrets at
//! hand. The mode in the file counts when it changes there; a mode set otherwise stays. Applied twice, the second time changes
//! nothing. What is deliberately not here: where a secret comes from, and trying it (`remote::prove`, the ladder).

use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};

use crate::config::{SecretName, SecretSource, Site, SiteFile, mode_name};
use crate::site_mode;
use crate::store::{Applied, SecretRow, SiteApplication, Store, StoreError};
use crate::vault::{Sealed, Vault, VaultError};

/// A site file somebody applies.
#[derive(Debug)]
pub struct Applying<'a> {
    /// What the text says.
    pub settings: &'a Site,
    /// The text.
    pub body: String,
    /// The site's own templates for SYSPRO's documents.
    pub templates: Vec<(String, String)>,
    /// Who applies it.
    pub actor: String,
    /// When (business time).
    pub at: Timestamp,
}

/// What became of it.
#[derive(Debug, Clone)]
pub struct SiteApplied {
    /// Whether there is a new version.
    pub applied: Applied,
    /// Secrets that were sealed now.
    pub sealed: Vec<String>,
    /// Secrets that stay as they were.
    pub kept: Vec<SecretName>,
}

/// Why nothing was applied.
#[derive(Debug, thiserror::Error)]
pub enum NotApplied {
    /// A secret is neither given nor sealed.
    #[error("`{name}` of site {site}: {why}")]
    Secret {
        /// Which.
        name: SecretName,
        /// Whose.
        site: String,
        /// Why it cannot be had.
        why: String,
    },
    /// The vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Stores a site file and its secrets; `secret` gets each secret by its name and source, or says why it cannot.
///
/// # Errors
/// See [`NotApplied`]; then nothing was stored.
pub async fn apply(
    store: &Store,
    vault: &Vault,
    applying: Applying<'_>,
    secret: impl Fn(SecretName, &SecretSource) -> Result<SecretString, String>,
) -> Result<SiteApplied, NotApplied> {
    let settings = applying.settings;
    let secrets = gather(store, vault, settings, secret).await?;
    let mode = mode_to_apply(store, settings).await?;
    let has_new_mode = mode.is_some();
    let sealed = secrets.fresh.iter().map(|it| it.name.clone()).collect();
    let application = SiteApplication {
        templates: applying.templates,
        site: settings.name.clone(),
        body: applying.body,
        mode,
        environment: settings.ups.environment.as_str().to_owned(),
        secrets: secrets.fresh,
        actor: applying.actor,
        at: applying.at,
    };
    let applied = store.apply_site(&application).await?;
    if has_new_mode {
        site_mode::wake_waiting_for_a_label(store, &settings.name, application.at).await?;
    }
    Ok(SiteApplied { applied, sealed, kept: secrets.kept })
}

/// Secrets of a site that is being applied.
struct Gathered {
    fresh: Vec<Sealed>,
    kept: Vec<SecretName>,
}

async fn gather(
    store: &Store,
    vault: &Vault,
    settings: &Site,
    secret: impl Fn(SecretName, &SecretSource) -> Result<SecretString, String>,
) -> Result<Gathered, NotApplied> {
    let everything = store.secrets(None).await?;
    vault.check(everything.iter().map(|row| &row.sealed))?;
    let mut gathered = Gathered { fresh: Vec::new(), kept: Vec::new() };
    for (name, source) in settings.secrets() {
        let known = store.secret(&settings.name, name.as_str()).await?;
        match secret(name, source) {
            Ok(secret) if is_same(vault, known.as_ref(), &secret)? => gathered.kept.push(name),
            Ok(secret) => {
                let version = store.next_secret_version(&settings.name, name.as_str()).await?;
                gathered.fresh.push(vault.seal(&settings.name, name.as_str(), version, &secret)?);
            }
            Err(_) if known.is_some() => gathered.kept.push(name),
            Err(why) => return Err(NotApplied::Secret { name, site: settings.name.to_string(), why }),
        }
    }
    Ok(gathered)
}

fn is_same(vault: &Vault, known: Option<&SecretRow>, secret: &SecretString) -> Result<bool, VaultError> {
    let Some(known) = known else { return Ok(false) };
    Ok(vault.open(&known.sealed)?.expose_secret() == secret.expose_secret())
}

/// The file's mode when the site is new or the file changed it; otherwise the site keeps what it has.
async fn mode_to_apply(store: &Store, settings: &Site) -> Result<Option<String>, StoreError> {
    let mode = mode_name(settings.mode).to_owned();
    if store.site(&settings.name).await?.is_none() {
        return Ok(Some(mode));
    }
    let before = store.site_settings(&settings.name, None).await?.and_then(|it| SiteFile::parse(&it.body).ok());
    Ok((before.map(|it| it.mode) != Some(settings.mode)).then_some(mode))
}
