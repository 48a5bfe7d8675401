//! Telling a program, by signed requests after the Standard Webhooks convention.
//!
//! ```text
//! event ─► POST  webhook-id: msg_<name> · webhook-timestamp: seconds · webhook-signature: v1,<HMAC of id.timestamp.body>
//!            2xx ─► taken        410 ─► never again        anything else, or nothing ─► later
//! ```
//!
//! The id stays the same at every try and at a replay, so a receiver that keeps the ids it has seen does nothing twice;
//! timestamp and signature are made for each try, by real time, because receivers refuse old ones. The address is the
//! site's own setting and no one else's: https (plain http to this machine only), no redirect is followed, and of the
//! answer nothing but its status is looked at.

use std::error::Error as _;

use jiff::Timestamp;
use reqwest::{StatusCode, Url, redirect};

use super::Refusal;
use crate::app::Secrets;
use crate::config::{SecretName, Site, Webhook};
use crate::store::{Channel, NoticeRow};
use crate::vault::signing::Signer;

/// What tells one receiver.
pub(crate) struct Receiver {
    client: reqwest::Client,
    url: Url,
    signer: Signer,
}

impl Receiver {
    /// Opens the secret and prepares; nothing is connected yet.
    ///
    /// # Errors
    /// What is missing or cannot be used, for people.
    pub(crate) async fn open(webhook: &Webhook, secrets: &Secrets<'_>) -> Result<Self, String> {
        let secret = secrets.open(SecretName::WebhookSecret).await.map_err(|error| error.to_string())?;
        let signer = Signer::new(&secret).map_err(|why| format!("the secret of [webhook] cannot be used: {why}"))?;
        #[expect(clippy::disallowed_methods, reason = "the one place that tells programs; deadline set, no redirects")]
        let client = reqwest::Client::builder()
            .timeout(webhook.timeout)
            .redirect(redirect::Policy::none())
            .user_agent(concat!("ml-connector/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self { client, url: webhook.url.clone(), signer })
    }

    /// Tells an event that says that webhooks work.
    pub(crate) async fn try_out(&self, site: &Site, real_now: Timestamp) -> Result<(), Refusal> {
        let data = serde_json::json!({ "site": site.name, "production": site.buys_real_labels() });
        let notice = NoticeRow {
            site: site.name.clone(),
            id: format!("test{}", real_now.as_millisecond()),
            channel: Channel::Webhook,
            recipients: Vec::new(),
            title: "test".to_owned(),
            body: serde_json::json!({ "type": "test", "timestamp": real_now, "data": data }).to_string(),
            made_at: real_now,
            due_at: None,
            tries: 0,
            epoch: 0,
            sent_at: None,
            trouble: None,
        };
        self.send(&notice, real_now).await
    }

    /// Tells one event. `real_now` is what receivers hold the timestamp against.
    pub(crate) async fn send(&self, notice: &NoticeRow, real_now: Timestamp) -> Result<(), Refusal> {
        let id = format!("msg_{}", notice.id);
        let at = real_now.as_second();
        let request = self
            .client
            .post(self.url.clone())
            .header("content-type", "application/json")
            .header("webhook-id", &id)
            .header("webhook-timestamp", at)
            .header("webhook-signature", self.signer.signature(&id, at, &notice.body))
            .body(notice.body.clone());
        let host = self.url.host_str().unwrap_or_default();
        match request.send().await {
            Ok(answer) if answer.status().is_success() => Ok(()),
            Ok(answer) => {
                let status = answer.status();
                let words = format!("receiver {host} answered {status}");
                Err(Refusal { words, for_good: status == StatusCode::GONE })
            }
            Err(error) => {
                // Without the address: its path may be as good as a password.
                let error = error.without_url();
                let cause = error.source().map(|it| format!(": {it}")).unwrap_or_default();
                Err(Refusal { words: format!("receiver {host}: {error}{cause}"), for_good: false })
            }
        }
    }
}
