//! Trying a secret before it replaces the one that is stored, and lifting the pause that the old one had caused.
//!
//! A wrong password that is stored would pause the site again, and three of them may lock SYSPRO's operator. So the new
//! one is used once, for the smallest call that needs it, and only then stored.

use secrecy::SecretString;

use super::session::forgiven;
use super::{Remote, build};
use crate::app::{AppError, Secrets, WAITS};
use crate::chore::POLL;
use crate::clock::Clock;
use crate::config::{SecretName, Site};
use crate::notify::post::Postman;
use crate::notify::receiver::Receiver;
use crate::store::{Store, StoreError};
use crate::vault::Vault;

/// Why a secret is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum Unproven {
    /// The remote refused it, or could not be asked.
    #[error("the new {name} does not work: {words}")]
    Refused {
        /// Which secret.
        name: SecretName,
        /// What the remote said.
        words: String,
    },
    /// The site's other secrets or settings cannot be used.
    #[error(transparent)]
    Site(#[from] AppError),
}

/// Uses a secret once for the smallest call that needs it.
///
/// # Errors
/// When the remote refuses it or cannot be asked.
pub async fn prove(
    store: &Store,
    vault: &Vault,
    clock: &Clock,
    site: &Site,
    name: SecretName,
    secret: &SecretString,
) -> Result<(), Unproven> {
    let secrets = Secrets::of(store, vault, &site.name).with(name, secret);
    let refused = |words: String| Unproven::Refused { name, words };
    match name {
        SecretName::UpsClientId | SecretName::UpsClientSecret => {
            build::ups(site, clock, &secrets).await?.token().await.map_err(|error| refused(error.to_string()))
        }
        SecretName::SysproOperatorPassword | SecretName::SysproCompanyPassword | SecretName::SysproCa => {
            let enet = build::enet(site, &secrets, syspro::Templates::shipped()).await?;
            let token = enet.logon().await.map_err(|error| refused(error.to_string()))?;
            // The password is proven; a logoff that fails costs a seat until it idles out.
            if let Err(error) = enet.logoff(&token).await {
                tracing::warn!(%error, "the session that proved the password could not be logged off");
            }
            Ok(())
        }
        // UPS shows it to us: whether it is the right one is learned from the next call.
        SecretName::AlertCredential | SecretName::AlertBearer | SecretName::AlertApiKey => Ok(()),
        SecretName::SysproODataPassword => {
            let Some(odata) = build::odata(site, &secrets).await? else {
                return Err(refused("the site reads through e.net and has no OData service".to_owned()));
            };
            odata.read(&build::nothing(site)).await.map(drop).map_err(|error| refused(error.to_string()))
        }
        SecretName::MailPassword | SecretName::MailCa => {
            let none = || refused("the site file has no [mail]".to_owned());
            let mail = site.mail.as_ref().ok_or_else(none)?;
            Postman::open(site, mail, &secrets).await.map_err(refused)?.knock().await.map_err(refused)
        }
        SecretName::WebhookSecret => {
            let none = || refused("the site file has no [webhook]".to_owned());
            let webhook = site.webhook.as_ref().ok_or_else(none)?;
            Receiver::open(webhook, &secrets).await.map_err(refused).map(drop)
        }
    }
}

/// A proven secret ends the pause that its predecessor caused; the shipments that waited for it are due at once.
///
/// # Errors
/// When the store fails.
pub async fn lift(store: &Store, site: &Site, name: SecretName, clock: &Clock) -> Result<(), StoreError> {
    let remote = match name {
        SecretName::UpsClientId | SecretName::UpsClientSecret => Remote::Ups,
        SecretName::SysproOperatorPassword
        | SecretName::SysproCompanyPassword
        | SecretName::SysproCa
        | SecretName::SysproODataPassword => Remote::Syspro,
        // Subscriptions of version 1 carry the credential, so they are all made anew.
        SecretName::AlertCredential => return store.subscribe_anew(&site.name, clock.now()).await,
        SecretName::AlertBearer | SecretName::AlertApiKey => return Ok(()),
        SecretName::MailPassword | SecretName::MailCa | SecretName::WebhookSecret => {
            return store.send_now(&site.name, clock.now()).await;
        }
    };
    if remote == Remote::Syspro {
        forgiven(store, site).await?;
    }
    let now = clock.now();
    store.outage_close(&site.name, remote.as_str(), now).await?;
    if remote == Remote::Syspro {
        store.chores_try_again(&site.name, POLL, now).await?;
    }
    store.wake_waiting(&site.name, now + WAITS, now).await
}
