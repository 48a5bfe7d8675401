//! What of the check-up is about telling: alarms that stand, the mail server, the outbox.

use jiff::{SignedDuration, Timestamp};

use super::Finding;
use crate::app::Secrets;
use crate::config::Site;
use crate::notify::post::Postman;
use crate::store::{Store, StoreError};
use crate::vault::Vault;

/// What has waited for longer than this is told of.
const LONG: SignedDuration = SignedDuration::from_hours(1);

/// Alarms that stand, by kind.
pub(super) async fn alarms(store: &Store) -> Result<Finding, StoreError> {
    let open = store.alarms_open().await?;
    if open.is_empty() {
        return Ok(Finding::ok("alarms", "none stands"));
    }
    let told: Vec<String> = open.iter().map(|it| format!("{} {} at {}", it.open, it.kind, it.site)).collect();
    Ok(Finding::attention("alarms", told.join(", "), "ml-connector alarm list says what to do about each"))
}

/// Whether a site's mail server takes the connector's logon. Nothing is sent.
pub(super) async fn mail(store: &Store, vault: &Result<Vault, String>, site: &Site) -> Option<Finding> {
    let mail = site.mail.as_ref()?;
    let check = format!("mail of {}", site.name);
    let Ok(vault) = vault else {
        return Some(Finding::attention(check, "not tried without the master key", "name the key by --key-file"));
    };
    let secrets = Secrets::of(store, vault, &site.name);
    let knocked = match Postman::open(site, mail, &secrets).await {
        Ok(postman) => postman.knock().await,
        Err(words) => Err(words),
    };
    Some(match knocked {
        Ok(()) => Finding::ok(check, format!("{}:{} takes mail", mail.host, mail.port)),
        Err(words) => {
            let cure = format!("mend [mail] and apply the file again, then: ml-connector notify test {}", site.name);
            Finding::attention(check, words, cure)
        }
    })
}

/// Notices that nobody takes.
pub(super) async fn outbox(store: &Store, now: Timestamp) -> Result<Vec<Finding>, StoreError> {
    let late = store.outboxes().await?.into_iter().filter(|it| now.duration_since(it.oldest) > LONG);
    let told = |it: crate::store::Outbox| {
        let check = format!("{} of {}", it.channel.as_str(), it.site);
        let words = format!("{} wait to be sent, the oldest since {} UTC", it.waiting, it.oldest.strftime("%F %T"));
        Finding::attention(check, words, format!("ml-connector notify list {} says why", it.site))
    };
    Ok(late.map(told).collect())
}
