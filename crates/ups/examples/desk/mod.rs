//! What the examples share: a client of the sandbox, the sandbox's date, and a hand on its controls.
//!
//! `ml-connector sandbox` in another terminal is all they need. Other addresses and credentials come from the
//! environment: `UPS_URL`, `UPS_CLIENT_ID`, `UPS_CLIENT_SECRET`, `UPS_ACCOUNT`, `UPS_SANDBOX_CONTROL`.
//!
//! A real UPS has no controls. What an example does with them (time passes, an answer is lost) happens there by itself.

#![allow(dead_code, reason = "each example uses its own part of this")]

use std::error::Error as StdError;
use std::process::ExitCode;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use ups::{Amount, Client, Dimensions, Environment, Error, Package, Party, Service, Settings, Shipment, Url};

pub(crate) type Outcome<T = ()> = Result<T, Box<dyn StdError>>;

/// Ends an example: in words, if it went wrong.
#[expect(clippy::print_stderr, reason = "an example talks to whoever runs it")]
pub(crate) fn end(outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn setting(name: &str, of_sandbox: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| of_sandbox.to_owned())
}

/// A client that has its token.
pub(crate) async fn client() -> Outcome<Client> {
    let url = setting("UPS_URL", "http://127.0.0.1:8091");
    let settings = Settings::new(
        Environment::At(Url::parse(&url)?),
        setting("UPS_CLIENT_ID", "sandbox-client"),
        setting("UPS_CLIENT_SECRET", "sandbox-secret"),
        setting("UPS_ACCOUNT", "A1B2C3"),
    );
    let client = Client::new(settings)?;
    match client.ready().await {
        Ok(()) => Ok(client),
        Err(Error::Unreachable { why, .. }) => Err(format!(
            "nobody answers at {url} ({why}).\nStart `ml-connector sandbox` in another terminal, or set UPS_URL."
        )
        .into()),
        Err(error) => Err(error.into()),
    }
}

/// The sandbox's controls.
#[derive(Debug)]
pub(crate) struct Controls {
    url: String,
    http: reqwest::Client,
}

impl Controls {
    #[expect(clippy::disallowed_methods, reason = "the controls are no UPS: they are on this machine")]
    pub(crate) fn new() -> Outcome<Self> {
        let url = setting("UPS_SANDBOX_CONTROL", "http://127.0.0.1:8090");
        Ok(Self { url, http: reqwest::Client::builder().no_proxy().build()? })
    }

    /// Today's date at the dock in Oakland, by the sandbox's clock.
    pub(crate) async fn today(&self) -> Outcome<Date> {
        let clock: Value = self.http.get(format!("{}/clock", self.url)).send().await?.json().await?;
        let now: Timestamp = clock["now"].as_str().ok_or("the sandbox tells no time")?.parse()?;
        Ok(now.to_zoned(TimeZone::get("America/Los_Angeles")?).date())
    }

    /// Lets time pass, `PT36H` for example.
    pub(crate) async fn wait(&self, time: &str) -> Outcome {
        self.set("clock", json!({ "advance": time })).await
    }

    /// Has the answer to the next booking lost on its way.
    pub(crate) async fn lose_the_next_booking(&self) -> Outcome {
        self.set("faults", json!({ "call": "ups.ship", "when": "after", "kind": "reset" })).await
    }

    /// Has a parcel arrive as planned.
    pub(crate) async fn bring_in_time(&self, tracking_number: &str) -> Outcome {
        self.set("ups/fate", json!({ "tracking_number": tracking_number, "fate": "on_time" })).await
    }

    /// Where UPS calls back: with UPS itself, this is set on the developer portal.
    pub(crate) async fn call_back_at(&self, url: &str) -> Outcome {
        self.set("ups/webhooks", json!({ "url": url, "bearer": "a token of ours" })).await
    }

    /// One of UPS's manners.
    pub(crate) async fn manner(&self, name: &str, value: impl Into<Value>) -> Outcome {
        self.set("ups/manners", json!({ name: value.into() })).await
    }

    async fn set(&self, path: &str, body: Value) -> Outcome {
        let answer = self.http.post(format!("{}/{path}", self.url)).body(body.to_string()).send().await?;
        if answer.status().is_success() { Ok(()) } else { Err(answer.text().await?.into()) }
    }
}

/// An amount in words. An absent price is no price, never zero.
pub(crate) fn told(amount: Option<&Amount>) -> String {
    amount.map_or("not told".to_owned(), ToString::to_string)
}

/// The dock that ships.
pub(crate) fn dock() -> Party {
    Party::new("Ridge Supply")
        .street("120 Dock Road")
        .place("Oakland", "CA", "94607", "US")
        .attention("Shipping Desk")
        .phone("(510) 555-0100")
}

/// Who receives.
pub(crate) fn customer() -> Party {
    Party::new("Harbor Machine Works").street("22 Foundry St").place("Boston", "MA", "02118", "US")
}

/// A Ground parcel from one to the other.
pub(crate) fn parcel(client: &Client, day: Date) -> Outcome<Shipment> {
    let package = Package::pounds("12.5".parse()?).sized(Dimensions::inches(12, 10, 8));
    Ok(Shipment::domestic(client.account(), dock(), customer(), Service::Ground).package(package).negotiated().on(day))
}
