//! The door at which UPS calls: its address, and by what UPS is recognised there.
//!
//! ```text
//! sealed key of the site ─┬─► path        the part of the address nobody can guess
//!                         ├─► credential  version 1 sends it in the header `credential`; it travels with each subscription
//!                         ├─► client id and secret   version 2 fetches a bearer token with them, at our own token path
//!                         └─► mark over each token   so that a token needs no memory
//! ```
//!
//! The key is made when a site that wants to be called is loaded for the first time, and sealed like every other secret.
//! What the site file gives itself (credential, bearer, API key) comes in the place of what is derived. Everything shown
//! is compared in constant time, and a caller is never told what was wrong.

use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use shipment::number::SiteName;

use crate::app::{AppError, Secrets};
use crate::config::{AlertVersion, Alerts, SecretName, Site};
use crate::store::Store;
use crate::vault::{Vault, VaultError, derived};

/// The name under which the site's key is sealed.
pub const KEY: &str = "tracking.alerts.key";
/// How long a bearer token of ours is good, real time: as long as UPS's own.
pub const TOKEN_LASTS: SignedDuration = SignedDuration::from_hours(1);
/// Letters of the path: 132 bits.
const PATH_LENGTH: usize = 22;

/// A site's door.
pub struct Door {
    site: SiteName,
    version: AlertVersion,
    key: SecretString,
    path: String,
    given: Given,
    ups_client_id: SecretString,
}

/// What the site file gives in the place of what is derived.
#[derive(Default)]
struct Given {
    credential: Option<SecretString>,
    bearer: Option<SecretString>,
    api_key: Option<SecretString>,
}

impl std::fmt::Debug for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Door").field("site", &self.site).field("version", &self.version).finish_non_exhaustive()
    }
}

/// What a caller shows.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shown<'a> {
    /// Version 1: the header `credential`.
    pub credential: Option<&'a str>,
    /// Version 2: the header `x-api-key`.
    pub api_key: Option<&'a str>,
    /// Version 2: the bearer token.
    pub bearer: Option<&'a str>,
}

impl Door {
    /// The door of a site that wants to be called, its key made if there is none yet; nothing for any other site.
    ///
    /// # Errors
    /// When a secret cannot be opened or the store fails.
    pub(crate) async fn of(
        store: &Store,
        vault: &Vault,
        site: &Site,
        secrets: &Secrets<'_>,
        now: Timestamp,
    ) -> Result<Option<Self>, AppError> {
        let Some(alerts) = &site.tracking.alerts else { return Ok(None) };
        let key = key_of(store, vault, &site.name, now).await?;
        let given = Given {
            credential: secrets.maybe(SecretName::AlertCredential).await?,
            bearer: secrets.maybe(SecretName::AlertBearer).await?,
            api_key: secrets.maybe(SecretName::AlertApiKey).await?,
        };
        let ups_client_id = secrets.open(SecretName::UpsClientId).await?;
        Ok(Some(Self::new(&site.name, alerts, key, given, ups_client_id)))
    }

    fn new(site: &SiteName, alerts: &Alerts, key: SecretString, given: Given, ups_client_id: SecretString) -> Self {
        let path: String =
            derived::word(&key, &["path", site.as_str()]).expose_secret().chars().take(PATH_LENGTH).collect();
        Self { site: site.clone(), version: alerts.version, key, path, given, ups_client_id }
    }

    /// The part of the address nobody can guess.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Which version's credentials are asked for.
    pub fn version(&self) -> AlertVersion {
        self.version
    }

    /// Whether a caller's path is this door's, compared in constant time.
    pub fn is_at(&self, path: &str) -> bool {
        derived::is_same(path, &self.path)
    }

    /// What version 1 sends with each event.
    pub fn credential(&self) -> SecretString {
        self.given.credential.clone().unwrap_or_else(|| self.word("credential"))
    }

    /// The user name for our token path.
    pub fn client_id(&self) -> String {
        format!("ups-{}", self.site)
    }

    /// The password for our token path; none where the site gives the bearer itself.
    pub fn client_secret(&self) -> Option<SecretString> {
        self.given.bearer.is_none().then(|| self.word("client secret"))
    }

    /// A bearer token for whoever shows the right client id and secret.
    pub fn token_for(&self, client_id: &str, client_secret: &str, real_now: Timestamp) -> Option<SecretString> {
        let wanted = self.client_secret()?;
        let known = derived::is_same(client_id, &self.client_id());
        let right = derived::is_same(client_secret, wanted.expose_secret());
        (known & right).then(|| derived::token(&self.key, &["bearer", self.site.as_str()], real_now + TOKEN_LASTS))
    }

    /// Whether a caller is UPS, as far as anybody can tell.
    pub fn knows(&self, shown: Shown<'_>, real_now: Timestamp) -> bool {
        match self.version {
            AlertVersion::V1 => {
                shown.credential.is_some_and(|it| derived::is_same(it, self.credential().expose_secret()))
            }
            AlertVersion::V2 => {
                let key = shown.api_key.is_some_and(|it| self.is_api_key(it));
                let bearer = shown.bearer.is_some_and(|it| self.is_bearer(it, real_now));
                key & bearer
            }
        }
    }

    /// UPS's description leaves open whose client id it is: that of the application at UPS, or the one it fetched our
    /// token with.
    fn is_api_key(&self, shown: &str) -> bool {
        match &self.given.api_key {
            Some(given) => derived::is_same(shown, given.expose_secret()),
            None => {
                derived::is_same(shown, self.ups_client_id.expose_secret()) | derived::is_same(shown, &self.client_id())
            }
        }
    }

    fn is_bearer(&self, shown: &str, real_now: Timestamp) -> bool {
        match &self.given.bearer {
            Some(given) => derived::is_same(shown, given.expose_secret()),
            None => derived::is_token(&self.key, &["bearer", self.site.as_str()], shown, real_now),
        }
    }

    fn word(&self, purpose: &str) -> SecretString {
        derived::word(&self.key, &[purpose, self.site.as_str()])
    }
}

/// The sealed key; made at the first call. Two nodes may make one at once: both read back what stands.
async fn key_of(store: &Store, vault: &Vault, site: &SiteName, now: Timestamp) -> Result<SecretString, AppError> {
    let broken = |source: VaultError| AppError::Secret { site: site.clone(), name: KEY.to_owned(), source };
    if store.secret(site, KEY).await?.is_none() {
        let key = derived::fresh().map_err(broken)?;
        let sealed = vault.seal(site, KEY, 1, &key).map_err(broken)?;
        store.put_first_secret(&sealed, now).await?;
    }
    let row = store.secret(site, KEY).await?;
    let row = row.ok_or_else(|| AppError::NoSecret { site: site.clone(), name: KEY.to_owned() })?;
    vault.open(&row.sealed).map_err(broken)
}

/// Changes the site's key: address, credential and password become others, and all subscriptions are made anew.
///
/// # Errors
/// When the store fails or there is no randomness.
pub async fn renew(store: &Store, vault: &Vault, site: &SiteName, actor: &str, now: Timestamp) -> Result<(), AppError> {
    let broken = |source: VaultError| AppError::Secret { site: site.clone(), name: KEY.to_owned(), source };
    let version = store.next_secret_version(site, KEY).await?;
    let sealed = vault.seal(site, KEY, version, &derived::fresh().map_err(broken)?).map_err(broken)?;
    store.put_secret(&sealed, actor, now).await?;
    store.subscribe_anew(site, now).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::AlertLevel;

    fn door(version: AlertVersion, given: Given) -> Door {
        let alerts = Alerts {
            version,
            level: AlertLevel::Standard,
            events: Vec::new(),
            public_url: "https://hooks.example.com".parse().expect("an address"),
            renew_every: SignedDuration::from_hours(240),
            credential: None,
            bearer: None,
            api_key: None,
        };
        let key = SecretString::from("a key of this test");
        let site = "oakland".parse().expect("a name");
        Door::new(&site, &alerts, key, given, SecretString::from("app-id"))
    }

    fn now() -> Timestamp {
        "2026-09-14T13:00:00Z".parse().expect("an instant")
    }

    #[test]
    fn version_1_is_known_by_its_credential() {
        let door = door(AlertVersion::V1, Given::default());
        let right = door.credential();
        let knows = |credential| door.knows(Shown { credential, ..Shown::default() }, now());
        assert!(knows(Some(right.expose_secret())));
        assert!(!knows(None) && !knows(Some("")) && !knows(Some("guess")));
        let own = Given { credential: Some(SecretString::from("chosen")), ..Given::default() };
        let door = self::door(AlertVersion::V1, own);
        assert!(door.knows(Shown { credential: Some("chosen"), ..Shown::default() }, now()));
        assert!(!door.knows(Shown { credential: Some(right.expose_secret()), ..Shown::default() }, now()));
    }

    #[test]
    fn version_2_needs_api_key_and_a_token_of_ours_that_has_not_ended() {
        let door = door(AlertVersion::V2, Given::default());
        let secret = door.client_secret().expect("a secret");
        assert!(door.token_for("ups-oakland", "guess", now()).is_none());
        assert!(door.token_for("ups-dayton", secret.expose_secret(), now()).is_none());
        let token = door.token_for("ups-oakland", secret.expose_secret(), now()).expect("a token");
        let knows = |api_key, bearer, at| door.knows(Shown { api_key, bearer, credential: None }, at);
        let bearer = Some(token.expose_secret());
        assert!(knows(Some("app-id"), bearer, now()) && knows(Some("ups-oakland"), bearer, now()));
        assert!(!knows(None, bearer, now()) && !knows(Some("app-id"), None, now()));
        assert!(!knows(Some("other"), bearer, now()) && !knows(Some("app-id"), Some("other"), now()));
        assert!(!knows(Some("app-id"), bearer, now() + TOKEN_LASTS));
        // Version 1's credential opens nothing here.
        let credential = door.credential();
        assert!(!door.knows(Shown { credential: Some(credential.expose_secret()), ..Shown::default() }, now()));
    }

    #[test]
    fn a_given_bearer_takes_the_place_of_our_tokens() {
        let given = Given {
            bearer: Some(SecretString::from("agreed")),
            api_key: Some(SecretString::from("key")),
            ..Given::default()
        };
        let door = door(AlertVersion::V2, given);
        assert!(door.client_secret().is_none() && door.token_for("ups-oakland", "x", now()).is_none());
        let knows = |api_key, bearer| door.knows(Shown { api_key, bearer, credential: None }, now());
        assert!(knows(Some("key"), Some("agreed")));
        assert!(!knows(Some("app-id"), Some("agreed")) && !knows(Some("key"), Some("agree")));
    }
}
