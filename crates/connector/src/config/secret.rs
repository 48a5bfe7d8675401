//! Where a site's secrets come from.
//!
//! ```text
//! { env = "UPS_SECRET" } ─┐
//! { file = "ups.txt" } ───┴─► read once at `site apply` ─► vault ─► store
//! ```
//!
//! A site file is mailed, copied and put under version control, so a secret written into it in clear is refused. The
//! file's text is kept in the store; its secrets are kept beside it, sealed, and never read from the source again.

use std::fmt;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::site::Site;

/// Where a secret is read at `site apply`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// An environment variable.
    Env(String),
    /// A file; a relative path is beside the site file.
    File(PathBuf),
    /// The text itself, for values that are no secret but are kept with them (UPS's client id).
    Literal(String),
}

impl fmt::Display for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "environment variable {name}"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Literal(_) => f.write_str("the site file"),
        }
    }
}

/// A secret could not be read from where the site file says it is.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The environment variable is not there.
    #[error("environment variable {0} is not set; set it for this one command, the value is sealed into the store")]
    NotSet(String),
    /// The file cannot be read.
    #[error("file {} cannot be read: {why}; put the secret alone into that file, readable only by you", path.display())]
    NotReadable {
        /// The file.
        path: PathBuf,
        /// The system's words.
        why: String,
    },
    /// There is nothing in it.
    #[error("{0} is empty; it has to hold the secret and nothing else")]
    Empty(SecretSource),
}

impl SecretSource {
    /// Reads the secret; one line end after it is not part of it. `base` is the site file's folder.
    ///
    /// # Errors
    /// The source is absent, unreadable or empty.
    pub fn read(&self, base: &Path) -> Result<SecretString, SecretError> {
        let text = match self {
            Self::Env(name) => std::env::var(name).map_err(|_| SecretError::NotSet(name.clone()))?,
            Self::File(path) => {
                let path = base.join(path);
                std::fs::read_to_string(&path)
                    .map_err(|error| SecretError::NotReadable { path, why: error.to_string() })?
            }
            Self::Literal(text) => text.clone(),
        };
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        if text.is_empty() {
            return Err(SecretError::Empty(self.clone()));
        }
        Ok(SecretString::from(text))
    }
}

/// The names under which a site's secrets are sealed; also what `site secret set` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SecretName {
    /// The SYSPRO operator's password.
    SysproOperatorPassword,
    /// The SYSPRO company's password.
    SysproCompanyPassword,
    /// The certificate authority that signed SYSPRO's certificate, in PEM.
    SysproCa,
    /// The OData user's password.
    SysproODataPassword,
    /// UPS's client id.
    UpsClientId,
    /// UPS's client secret.
    UpsClientSecret,
    /// What UPS shows when it calls, version 1.
    AlertCredential,
    /// The bearer token UPS shows when it calls, version 2.
    AlertBearer,
    /// The API key UPS shows when it calls, version 2.
    AlertApiKey,
    /// The mail server's password.
    MailPassword,
    /// The certificate authority that signed the mail server's certificate, in PEM.
    MailCa,
    /// What signs requests to a receiver of webhooks.
    WebhookSecret,
}

impl SecretName {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::SysproOperatorPassword,
        Self::SysproCompanyPassword,
        Self::SysproCa,
        Self::SysproODataPassword,
        Self::UpsClientId,
        Self::UpsClientSecret,
        Self::AlertCredential,
        Self::AlertBearer,
        Self::AlertApiKey,
        Self::MailPassword,
        Self::MailCa,
        Self::WebhookSecret,
    ];

    /// The key's path in the site file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SysproOperatorPassword => "syspro.operator_password",
            Self::SysproCompanyPassword => "syspro.company_password",
            Self::SysproCa => "syspro.ca_file",
            Self::SysproODataPassword => "syspro.odata.password",
            Self::UpsClientId => "ups.client_id",
            Self::UpsClientSecret => "ups.client_secret",
            Self::AlertCredential => "tracking.alerts.credential",
            Self::AlertBearer => "tracking.alerts.bearer",
            Self::AlertApiKey => "tracking.alerts.api_key",
            Self::MailPassword => "mail.password",
            Self::MailCa => "mail.ca_file",
            Self::WebhookSecret => "webhook.secret",
        }
    }
}

impl fmt::Display for SecretName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for SecretName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|name| name.as_str() == text).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|name| name.as_str()).collect();
            format!("no secret is called {text:?}; there are {}", names.join(", "))
        })
    }
}

impl Site {
    /// Every secret this site needs and where `site apply` reads it.
    pub fn secrets(&self) -> Vec<(SecretName, &SecretSource)> {
        let mut all = vec![(SecretName::SysproOperatorPassword, &self.syspro.operator_password)];
        all.extend(self.syspro.company_password.as_ref().map(|it| (SecretName::SysproCompanyPassword, it)));
        all.extend(self.syspro.ca_file.as_ref().map(|it| (SecretName::SysproCa, it)));
        all.extend(self.syspro.odata.as_ref().map(|it| (SecretName::SysproODataPassword, &it.password)));
        all.push((SecretName::UpsClientId, &self.ups.client_id));
        all.push((SecretName::UpsClientSecret, &self.ups.client_secret));
        if let Some(alerts) = &self.tracking.alerts {
            all.extend(alerts.credential.as_ref().map(|it| (SecretName::AlertCredential, it)));
            all.extend(alerts.bearer.as_ref().map(|it| (SecretName::AlertBearer, it)));
            all.extend(alerts.api_key.as_ref().map(|it| (SecretName::AlertApiKey, it)));
        }
        let mail = self.mail.as_ref();
        all.extend(mail.and_then(|it| it.password.as_ref()).map(|it| (SecretName::MailPassword, it)));
        all.extend(mail.and_then(|it| it.ca_file.as_ref()).map(|it| (SecretName::MailCa, it)));
        all.extend(self.webhook.as_ref().map(|it| (SecretName::WebhookSecret, &it.secret)));
        all
    }
}
