//! `site webhook`: what UPS has to be told so that it can call, and how it is heard.
//!
//! Address and client id are shown to whoever may read the data; what is as good as a password only when asked for, once
//! it has to be entered at UPS.

use anyhow::bail;
use clap::Args;
use secrecy::ExposeSecret;
use serde_json::json;
use shipment::number::SiteName;

use super::context::Context;
use crate::config::AlertVersion;
use crate::tracking::door::renew;

#[derive(Debug, Args)]
#[command(after_help = "\
UPS calls at every scan (Track Alert) once [tracking.alerts] stands in the site file and `serve` listens with \
--webhook-listen under its public_url. Version 2: enter address, token address, client id and client secret under \
\"Manage webhook\" on UPS's developer portal. Version 1: nothing has to be entered, address and credential travel with \
each subscription.

  ml-connector site webhook oakland
  ml-connector site webhook oakland --reveal     with the secret, to be entered at UPS
  ml-connector site webhook oakland --renew      another address and other secrets; the old ones open nothing any more

Exit codes: 0 done, 1 failed, 3 another process holds the data.")]
pub(crate) struct Webhook {
    /// The site
    site: SiteName,
    /// Show what is as good as a password
    #[arg(long)]
    reveal: bool,
    /// Make address and secrets anew; every parcel on its way is subscribed again
    #[arg(long)]
    renew: bool,
}

pub(crate) async fn run(context: &Context, wanted: &Webhook) -> anyhow::Result<()> {
    let app = context.app().await?;
    let name = &wanted.site;
    if app.site(name).is_none() {
        bail!("there is no site {name}; `ml-connector site list` names them");
    }
    if wanted.renew {
        renew(&app.store, &app.vault, name, &context.actor(), app.clock.now()).await?;
        app.load_sites().await?;
    }
    let site = app.site(name);
    let parts = site.as_ref().and_then(|it| Some((it.site.tracking.alerts.as_ref()?, it.door.as_ref()?)));
    let Some((alerts, door)) = parts else {
        bail!(
            "site {name} does not ask UPS to call: write [tracking.alerts] with public_url into its file, apply it again"
        );
    };
    let hidden = || "(hidden; --reveal shows it)".to_owned();
    let secret = match alerts.version {
        AlertVersion::V1 => Some(door.credential()),
        AlertVersion::V2 => door.client_secret(),
    };
    let secret = secret.map(|it| if wanted.reveal { it.expose_secret().to_owned() } else { hidden() });
    let address = alerts.address(door.path());
    let token_address = alerts.token_address(door.path());
    context.out.value(&json!({
        "site": name, "version": alerts.version.as_str(), "address": address.as_str(),
        "token_address": (alerts.version == AlertVersion::V2).then_some(token_address.as_str()),
        "client_id": door.client_id(), "secret": wanted.reveal.then_some(secret.clone()),
    }))?;
    let mut facts = vec![("version", alerts.version.as_str().to_owned()), ("address", address.to_string())];
    match (alerts.version, secret) {
        (AlertVersion::V1, Some(credential)) => facts.push(("credential", credential)),
        (AlertVersion::V2, Some(secret)) => facts.extend([
            ("token address", token_address.to_string()),
            ("client id", door.client_id()),
            ("client secret", secret),
        ]),
        (_, None) => facts.push(("bearer", "as given in the site file".to_owned())),
    }
    context.out.facts(&facts);
    Ok(())
}
