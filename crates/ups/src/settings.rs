//! What a client is told: which UPS, as whom, how patiently, and who watches.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use secrecy::SecretString;

use crate::clock::{Clock, SystemClock};
use crate::error::Error;
use crate::observer::Observer;

/// Which UPS to talk to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Environment {
    /// `onlinetools.ups.com`: real labels, real money.
    Production,
    /// `wwwcie.ups.com`, UPS's Customer Integration Environment: real credentials, sample labels,
    /// masked tracking numbers.
    Test,
    /// Another address, such as a simulator. Plain `http` is taken for this machine only, since the
    /// token call carries the client's secret.
    At(Url),
}

impl Environment {
    /// The address below which `security/v1/…` and `api/…` stand.
    pub(crate) fn base(&self) -> Result<Url, Error> {
        let invalid = |why: &str| Error::invalid("environment", why);
        let url = match self {
            Self::Production => Url::parse("https://onlinetools.ups.com/"),
            Self::Test => Url::parse("https://wwwcie.ups.com/"),
            Self::At(url) => Ok(url.clone()),
        }
        .map_err(|_| invalid("is no URL"))?;
        match url.scheme() {
            "https" => Ok(url),
            "http" if is_this_machine(&url) => Ok(url),
            "http" => Err(invalid("is plain http to another machine, which would show it the client's secret")),
            _ => Err(invalid("is neither https nor http")),
        }
    }
}

pub(crate) fn is_this_machine(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// How long to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Name, connection and encryption together; never more than a quarter of the call's own time.
    pub connect: Duration,
    /// A reading call from beginning to end, its token included.
    pub read_call: Duration,
    /// A changing call from beginning to end, its token included. It is not begun with less than half
    /// of that time left.
    pub changing_call: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            read_call: Duration::from_secs(30),
            changing_call: Duration::from_secs(60),
        }
    }
}

/// What a client needs to know.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Which UPS to talk to.
    pub environment: Environment,
    /// The application's client id from UPS's developer portal.
    pub client_id: String,
    /// Its secret.
    pub client_secret: SecretString,
    /// The shipper's account: six letters or digits.
    pub account: String,
    /// Whether to name the account as `x-merchant-id` when asking for a token.
    pub send_merchant_id: bool,
    /// How long to wait.
    pub timeouts: Timeouts,
    /// Tells the age of the token.
    pub clock: Arc<dyn Clock>,
    /// Is told of every exchange, without its secrets.
    pub observer: Option<Arc<dyn Observer>>,
}

impl Settings {
    /// Settings with the default timeouts, the machine's clock, no `x-merchant-id`, and nobody watching.
    pub fn new(
        environment: Environment,
        client_id: impl Into<String>,
        client_secret: impl Into<SecretString>,
        account: impl Into<String>,
    ) -> Self {
        Self {
            environment,
            client_id: client_id.into(),
            client_secret: client_secret.into(),
            account: account.into(),
            send_merchant_id: false,
            timeouts: Timeouts::default(),
            clock: Arc::new(SystemClock),
            observer: None,
        }
    }

    /// Has somebody told of every exchange.
    #[must_use]
    pub fn watched_by(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = Some(observer);
        self
    }
}
