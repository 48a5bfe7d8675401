//! Carries events to their receivers, one after another.
//!
//! ```text
//! clock moved · label voided · settled() ─► due ─► POST ─► WebhookSent
//!                       one batch at a time: who waits for the lock finds everything before it sent
//! ```
//!
//! A running clock is looked at four times a second; a driven one only when it moves. There is no
//! second attempt unless the manners say so: what a receiver does not take is lost.

use std::sync::OnceLock;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::Value;
use tokio::sync::{Mutex, Notify};

use super::subscription::{Webhook, WebhookToken};
use crate::CREDENTIALS;
use crate::ups::Ups;

/// What UPS calls itself.
const USER_AGENT: &str = "UPSPubSubTrackingService";

/// How often a clock that goes on by itself is looked at.
const LOOK: Duration = Duration::from_millis(250);

/// One webhook call, made or lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WebhookSent {
    /// When, by the sandbox's clock.
    pub at: Timestamp,
    /// The package it tells of.
    pub tracking_number: String,
    /// Where it went.
    pub url: String,
    /// Which attempt it was, from 1.
    pub attempt: u32,
    /// The event as sent.
    pub body: Value,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a webhook call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The receiver answered with this HTTP status; only 200 means it took the event.
    Answered(u16),
    /// Nobody answered, or too late.
    Unanswered(String),
    /// The receiver's token address gave no token, so the event was not posted.
    NoToken(String),
    /// The sandbox lost it on purpose.
    Lost,
}

/// An event on its way.
#[derive(Debug, Clone)]
pub(crate) struct Errand {
    pub(crate) url: String,
    /// Version 1's header; none for version 2.
    pub(crate) credential: Option<String>,
    pub(crate) body: Value,
    pub(crate) number: String,
    /// Whether it is lost on the way.
    pub(crate) lost: bool,
}

/// What sending needs besides the state.
#[derive(Debug, Default)]
pub(crate) struct Herald {
    /// Made when first needed; none if this machine cannot make one.
    http: OnceLock<Option<reqwest::Client>>,
    /// Held while a batch is collected and sent.
    underway: Mutex<()>,
    /// Something else than the clock may have made events due.
    nudge: Notify,
}

impl Herald {
    pub(crate) fn nudge(&self) {
        self.nudge.notify_one();
    }

    fn http(&self) -> Result<&reqwest::Client, String> {
        self.http.get_or_init(http_client).as_ref().ok_or_else(|| "no HTTP client can be made".to_owned())
    }
}

#[expect(clippy::disallowed_methods, reason = "the sandbox's only outgoing client; each call has its deadline")]
fn http_client() -> Option<reqwest::Client> {
    let builder = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    builder.user_agent(USER_AGENT).build().ok()
}

impl Ups {
    /// Registers the receiver of version 2's events, or takes it back; UPS has this on its developer
    /// portal, not in the API.
    pub fn register_webhook(&self, webhook: Option<Webhook>) {
        let mut state = self.state();
        state.alerts.webhook = webhook;
        state.alerts.token = None;
    }

    /// The receiver registered for version 2's events.
    #[must_use]
    pub fn registered_webhook(&self) -> Option<Webhook> {
        self.state().alerts.webhook.clone()
    }

    /// Every webhook call so far, oldest first.
    #[must_use]
    pub fn webhooks_sent(&self) -> Vec<WebhookSent> {
        self.state().alerts.sent.clone()
    }

    /// Returns when every event that is due by the sandbox's clock has been sent, or has been tried.
    pub async fn webhooks_settled(&self) {
        let _batch = self.0.herald.underway.lock().await;
        let (due, manners) = {
            let now = self.now();
            let mut state = self.state();
            (state.due(now), state.manners.clone())
        };
        let patience = Duration::try_from(manners.webhook_patience).unwrap_or(LOOK);
        for errand in due {
            for attempt in 1..=manners.webhook_retries.saturating_add(1) {
                let outcome = if errand.lost { Outcome::Lost } else { self.carry(&errand, patience).await };
                let done = matches!(outcome, Outcome::Answered(200) | Outcome::Lost);
                let sent = WebhookSent {
                    at: self.now(),
                    tracking_number: errand.number.clone(),
                    url: errand.url.clone(),
                    attempt,
                    body: errand.body.clone(),
                    outcome,
                };
                self.state().alerts.sent.push(sent);
                if done {
                    break;
                }
            }
        }
    }

    /// Sends what becomes due, for as long as the sandbox lives.
    pub(crate) async fn keep_sending(self) {
        let clock = self.0.house.clock.clone();
        let mut moved = clock.moves();
        loop {
            tokio::select! {
                changed = moved.changed() => {
                    if changed.is_err() {
                        return;
                    }
                }
                () = self.0.herald.nudge.notified() => {}
                () = tokio::time::sleep(LOOK), if clock.goes_on_by_itself() => {}
            }
            self.webhooks_settled().await;
        }
    }

    async fn carry(&self, errand: &Errand, patience: Duration) -> Outcome {
        let http = match self.0.herald.http() {
            Ok(http) => http,
            Err(why) => return Outcome::Unanswered(why),
        };
        let request = http.post(&errand.url).timeout(patience).json(&errand.body);
        let request = match &errand.credential {
            Some(credential) => request.header("credential", credential),
            None => match self.introduced(request, patience).await {
                Ok(request) => request,
                Err(why) => return Outcome::NoToken(why),
            },
        };
        match request.send().await {
            Ok(answer) => {
                if answer.status().as_u16() == 401 {
                    self.state().alerts.token = None;
                }
                Outcome::Answered(answer.status().as_u16())
            }
            Err(why) => Outcome::Unanswered(why.without_url().to_string()),
        }
    }

    /// The request with version 2's two headers.
    async fn introduced(
        &self,
        request: reqwest::RequestBuilder,
        patience: Duration,
    ) -> Result<reqwest::RequestBuilder, String> {
        let Some(Webhook { api_key, token, .. }) = self.registered_webhook() else {
            return Err("no receiver is registered".to_owned());
        };
        let (client, bearer) = match token {
            WebhookToken::Given { bearer } => (CREDENTIALS.ups_client_id.to_owned(), bearer),
            WebhookToken::Fetched { token_url, client_id, client_secret } => {
                let bearer = self.token_of(&token_url, &client_id, &client_secret, patience).await?;
                (client_id, bearer)
            }
        };
        Ok(request.header("x-api-key", api_key.unwrap_or(client)).bearer_auth(bearer))
    }

    /// The receiver's token: kept while it lives.
    async fn token_of(&self, url: &str, client: &str, secret: &str, patience: Duration) -> Result<String, String> {
        let now = self.now();
        let kept = self.state().alerts.token.clone();
        if let Some((token, _)) = kept.filter(|(_, until)| *until > now) {
            return Ok(token);
        }
        let http = self.0.herald.http()?;
        let request = http.post(url).timeout(patience).basic_auth(client, Some(secret));
        let answer = request.form(&[("grant_type", "client_credentials")]).send().await;
        let answer = answer.map_err(|why| why.without_url().to_string())?;
        let status = answer.status();
        let body: Value = answer.json().await.map_err(|why| why.without_url().to_string())?;
        let Some(token) = body["access_token"].as_str().filter(|_| status.is_success()) else {
            return Err(format!("status {status}"));
        };
        let seconds = body["expires_in"].as_i64().or_else(|| body["expires_in"].as_str()?.parse().ok());
        let lives = SignedDuration::from_secs(seconds.unwrap_or_default());
        self.state().alerts.token = now.saturating_add(lives).ok().map(|until| (token.to_owned(), until));
        Ok(token.to_owned())
    }
}
