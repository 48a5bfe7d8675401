//! Track Alert: UPS calls back at every scan.
//!
//! ```text
//! PackageSubscription ─► POST /api/track/{v2·v1}/subscription/{standard·enhanced}/package ─► Subscribed { valid, invalid }
//! AccountSubscription ─► POST /api/track/v2/subscription/{…}/account                      ─► AccountSubscribed
//!
//! UPS ─► POST <your address> ─► bytes ─► AlertEvent::read ─► scan, place, status, photo
//! ```
//!
//! A subscription holds 14 days for each number, then ends without a word; subscribing again is allowed and may
//! double events. Nothing from before the subscription is told. UPS documents no repetition of a call that was not
//! taken: **events are lost while your address is not available**, so tracking has to be asked as well. Acknowledge
//! first (UPS expects the 200 within milliseconds), read later.
//!
//! Version 2 knows the address to call, and its credentials, from UPS's developer portal; version 1 takes both with
//! every subscription, in a [`Destination`].
//!
//! What is deliberately not here: a web server, and any check that a call is really UPS's. Version 1 carries the
//! destination's credential in the header `credential`; version 2 your client id in `x-api-key` and a bearer token
//! of yours.

mod event;

use jiff::civil::Date;
use reqwest::{Method, Url};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

pub use self::event::AlertEvent;
use crate::answer::{Answer, Kind};
use crate::client::{Call, Client};
use crate::codes::codes;
use crate::error::{Error, RawAnswer};
use crate::json::Node;
use crate::moment::date;
use crate::text;

/// UPS takes no more numbers at once.
pub const MOST_NUMBERS: usize = 100;

/// The name UPS gives itself when it calls back, in the header `User-Agent`.
pub const USER_AGENT: &str = "UPSPubSubTrackingService";

codes! {
    /// Kinds of events to be told of, with an enhanced subscription.
    pub enum EventPreference {
        Delivery = "D", "delivery, with updates and the photo";
        InProgress = "I", "in progress";
        Manifest = "M", "manifest";
        Exception = "X", "exception, with updates";
    }
}

/// What is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Level {
    /// Every event.
    Standard,
    /// Every event, or chosen kinds; with photo and receiver where the account is a party to the package.
    Enhanced {
        /// At most four kinds; none means all.
        events: Vec<EventPreference>,
    },
}

impl Level {
    fn as_str(&self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Enhanced { .. } => "enhanced",
        }
    }

    fn write(&self, request: &mut Value) -> Result<(), Error> {
        let Self::Enhanced { events } = self else { return Ok(()) };
        if events.len() > 4 {
            return Err(Error::invalid("events", format!("are {}, UPS takes 4", events.len())));
        }
        if !events.is_empty() {
            request["eventPreferences"] = events.iter().map(EventPreference::code).collect();
        }
        Ok(())
    }
}

/// Where UPS calls (version 1 only), and by what it is recognised there.
///
/// Changing the credential at your end breaks every subscription made with the old one.
#[derive(Debug, Clone)]
pub struct Destination {
    /// An `https` address; one of this machine may be plain.
    pub url: Url,
    /// What kind of credential it is, in a word of your own, such as `Bearer`.
    pub credential_type: String,
    /// What UPS sends in the header `credential`.
    pub credential: SecretString,
}

impl Destination {
    fn write(&self) -> Result<Value, Error> {
        // UPS takes https only; a stand-in for UPS on this machine may call over plain http.
        let host = self.url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        let here = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
        if self.url.scheme() != "https" && !here {
            return Err(Error::invalid("destination.url", "is no https address"));
        }
        let credential = self.credential.expose_secret();
        if credential.trim().is_empty() || credential.chars().any(char::is_control) {
            return Err(Error::invalid("destination.credential", "is missing or contains control characters"));
        }
        Ok(json!({
            "url": self.url.as_str(),
            "credentialType": text::required("destination.credential_type", &self.credential_type, 50)?,
            "credential": credential,
        }))
    }
}

/// A subscription to packages by their numbers.
#[derive(Debug, Clone)]
pub struct PackageSubscription {
    /// One to a hundred numbers. UPS says of each whether it took it.
    pub tracking_numbers: Vec<String>,
    /// What is told.
    pub level: Level,
    /// The language of descriptions. UPS knows `en_US` only, so far.
    pub locale: String,
    /// Two letters of ISO 3166, if anything; UPS keeps it for later.
    pub country: Option<String>,
    /// Makes it a subscription of version 1, which calls there. Nothing: version 2, as the portal says.
    pub destination: Option<Destination>,
}

impl PackageSubscription {
    /// A standard subscription of version 2.
    pub fn new(tracking_numbers: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            tracking_numbers: tracking_numbers.into_iter().map(Into::into).collect(),
            level: Level::Standard,
            locale: "en_US".to_owned(),
            country: Some("US".to_owned()),
            destination: None,
        }
    }
}

/// What became of a subscription: a partial success is a success.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Subscribed {
    /// The numbers that are followed from now on, for 14 days.
    pub valid: Vec<String>,
    /// The numbers UPS did not take, as it wrote them. They are no numbers of UPS's, or (on the test host) no test
    /// numbers.
    pub invalid: Vec<String>,
    /// The answer as it came.
    pub raw: RawAnswer,
}

impl Subscribed {
    /// Whether every number is followed.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.invalid.is_empty()
    }
}

/// A subscription to all packages of an account, version 2 only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountSubscription {
    /// The account, if not the client's own. Its owner must be a party to the packages.
    pub account: Option<String>,
    /// A name of the subscription. UPS demands it of most clients and calls it by two names; both are sent.
    pub subscription_id: String,
    /// What is told. UPS documents `enhanced` for packages only, so far.
    pub level: Level,
    /// The language of descriptions. UPS knows `en_US` only, so far.
    pub locale: String,
    /// Two letters of ISO 3166, if anything.
    pub country: Option<String>,
}

impl AccountSubscription {
    /// A standard subscription to the packages the client's account sends.
    pub fn new(subscription_id: impl Into<String>) -> Self {
        Self {
            account: None,
            subscription_id: subscription_id.into(),
            level: Level::Standard,
            locale: "en_US".to_owned(),
            country: Some("US".to_owned()),
        }
    }
}

/// An account is subscribed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccountSubscribed {
    /// When it ends; the year 9999 stands for never. Nothing if not told.
    pub expires: Option<Date>,
    /// The answer as it came.
    pub raw: RawAnswer,
}

impl Client {
    /// Has UPS call back at every event of these packages, for 14 days from now.
    ///
    /// # Errors
    ///
    /// As with any changing call. After [`Error::AnswerLost`] simply subscribe again: it costs nothing but events that
    /// may come twice. [`Error::Invalid`] unless there are 1 to 100 numbers. That all numbers are invalid is no error:
    /// see [`Subscribed::invalid`].
    pub async fn subscribe(&self, subscription: &PackageSubscription) -> Result<Subscribed, Error> {
        let version = if subscription.destination.is_some() { "v1" } else { "v2" };
        let path = ["api", "track", version, "subscription", subscription.level.as_str(), "package"];
        let call = alert_call("subscribe", Method::POST, &path).body(subscription.body_json()?);
        match self.send(call).await {
            Ok(answer) => Subscribed::read(&answer)
                .ok_or_else(|| senseless(&answer, "neither validTrackingNumbers nor invalidTrackingNumbers")),
            // All numbers invalid: a refusal by its status, an answer by its contents.
            Err(Error::Rejected { code, message, field, all, body }) => match code.as_str() {
                "VSS210" | "VSS215" => Ok(Subscribed::refused(subscription, body)),
                _ => Err(Error::Rejected { code, message, field, all, body }),
            },
            Err(error) => Err(error),
        }
    }

    /// Has UPS call back at every event of an account's packages.
    ///
    /// # Errors
    ///
    /// As [`Client::subscribe`].
    pub async fn subscribe_account(&self, subscription: &AccountSubscription) -> Result<AccountSubscribed, Error> {
        let path = ["api", "track", "v2", "subscription", subscription.level.as_str(), "account"];
        let body = subscription.body_json(self.account())?;
        let answer = self.send(alert_call("subscribe_account", Method::POST, &path).body(body)).await?;
        let expires = answer.root().text_at("expiryDate").as_deref().and_then(date);
        Ok(AccountSubscribed { expires, raw: answer.raw })
    }

    /// Ends the subscription to an account's packages: of the same account at the same level. Subscriptions to
    /// packages cannot be ended, they expire.
    ///
    /// # Errors
    ///
    /// As with any changing call; it may be asked for again.
    pub async fn unsubscribe_account(&self, subscription: &AccountSubscription) -> Result<(), Error> {
        let account = text::account("account", subscription.account.as_deref().unwrap_or(self.account()))?;
        let path = ["api", "track", "v2", "subscription", subscription.level.as_str(), "account"];
        let call = alert_call("unsubscribe_account", Method::DELETE, &path).query("shipper_account_number", account);
        self.send(call).await.map(drop)
    }
}

fn alert_call(name: &'static str, method: Method, path: &[&str]) -> Call {
    Call::new(Kind::Changing, name, "UPS Track Alert", method, path)
}

fn senseless(answer: &Answer, what: &str) -> Error {
    Kind::Changing.senseless(answer.status, &format!("the answer has {what}"), answer.raw.clone())
}

impl PackageSubscription {
    fn body_json(&self) -> Result<String, Error> {
        let count = self.tracking_numbers.len();
        if !(1..=MOST_NUMBERS).contains(&count) {
            let why = format!("are {count}, UPS takes 1 to {MOST_NUMBERS} at once");
            return Err(Error::invalid("tracking_numbers", why));
        }
        let numbers = self.tracking_numbers.iter().map(|number| text::required("tracking_numbers", number, 35));
        let mut request = common(&self.locale, self.country.as_deref())?;
        request["trackingNumberList"] = json!(numbers.collect::<Result<Vec<_>, _>>()?);
        self.level.write(&mut request)?;
        if let Some(destination) = &self.destination {
            request["destination"] = destination.write()?;
        }
        Ok(request.to_string())
    }
}

impl AccountSubscription {
    fn body_json(&self, own: &str) -> Result<String, Error> {
        let id = text::required("subscription_id", &self.subscription_id, 50)?;
        let mut request = common(&self.locale, self.country.as_deref())?;
        request["shipperAccountNumber"] = json!(text::account("account", self.account.as_deref().unwrap_or(own))?);
        request["subscriptionId"] = json!(id);
        request["clientSubscriptionId"] = json!(id);
        request["subAccountType"] = json!(["Outbound"]);
        self.level.write(&mut request)?;
        Ok(request.to_string())
    }
}

fn common(locale: &str, country: Option<&str>) -> Result<Value, Error> {
    let mut request = json!({ "locale": text::required("locale", locale, 5)? });
    if let Some(country) = country {
        request["countryCode"] = json!(text::country("country", country)?);
    }
    Ok(request)
}

impl Subscribed {
    fn read(answer: &Answer) -> Option<Self> {
        let root = answer.root();
        let (valid, invalid) = (numbers(root.at("validTrackingNumbers")), numbers(root.at("invalidTrackingNumbers")));
        let told = root.at("validTrackingNumbers").present() || root.at("invalidTrackingNumbers").present();
        told.then(|| Self { valid, invalid, raw: answer.raw.clone() })
    }

    /// UPS took none: those it names, else all that were asked for.
    fn refused(subscription: &PackageSubscription, body: RawAnswer) -> Self {
        let value = serde_json::from_slice::<Value>(&body).unwrap_or_default();
        let named = numbers(Node::new(&value).at("invalidTrackingNumbers"));
        let invalid = if named.is_empty() { subscription.tracking_numbers.clone() } else { named };
        Self { valid: Vec::new(), invalid, raw: body }
    }
}

fn numbers(node: Node<'_>) -> Vec<String> {
    node.each().filter_map(Node::text).collect()
}
