//! `site probe`: what is ready in SYSPRO, and how the site's rules read it.

use clap::Args;
use serde_json::json;
use shipment::number::SiteName;

use super::Outcome;
use super::context::Context;
use crate::app::App;
use crate::probe::{Masses, Probe as Probed};

/// How many stock codes without mass are named to people; a program gets them all.
const NAMED: usize = 10;

#[derive(Debug, Args)]
#[command(after_help = "\
Reads every ready document and counts: nothing is stored, bought or written. Run it before the first `sync`, and after changing [[ship_via]] or \
[[source]].

  ml-connector site probe
  ml-connector site probe oakland --json")]
pub(crate) struct Probe {
    /// The site; may be left out when there is only one
    site: Option<SiteName>,
}

pub(crate) async fn run(context: &Context, wanted: Probe) -> anyhow::Result<Outcome> {
    let name = context.site_row(wanted.site.as_ref()).await?.site;
    let app = context.app().await?;
    let probed = probe(context, &app, &name).await;
    app.close().await;
    let probed = probed?;
    context.out.value(&json!({ "site": name, "sources": probed }))?;
    for probe in &probed {
        tell(context, probe);
    }
    Ok(Outcome::Well)
}

async fn probe(context: &Context, app: &App, name: &SiteName) -> anyhow::Result<Vec<Probed>> {
    let site = app.site(name).ok_or_else(|| anyhow::anyhow!("site {name} is not loaded"))?;
    let working = context.out.working("reading the ready set");
    let mut probed = Vec::new();
    for source in &site.site.sources {
        let noun = source.source.noun();
        let told = |read, all| working.now(format!("{read} of {all} {noun}s"));
        let probe = crate::probe::probe(app, &site, source, told).await.map_err(|trouble| {
            anyhow::anyhow!("ready {noun}s of site {name} cannot be read: {}", trouble.told_at(name))
        })?;
        probed.push(probe);
    }
    Ok(probed)
}

fn tell(context: &Context, probe: &Probed) {
    let (out, noun) = (context.out, probe.source.noun());
    out.say(format!("{} {noun}s are ready, {} of them ours", probe.ready, probe.ours));
    out.say("");
    let rows = probe.statuses.iter().map(|it| {
        let oldest = it.oldest.map(|date| date.to_string()).unwrap_or_default();
        let document = it.oldest_document.as_ref().map(ToString::to_string).unwrap_or_default();
        [it.status.clone(), it.documents.to_string(), oldest, document]
    });
    out.table(["status", "documents", "oldest wanted on", "which"], rows.collect(), "no status means ready");
    if probe.ready == 0 {
        return;
    }
    out.say("");
    let rows = probe.ship_vias.iter().map(|it| [it.ship_via.clone(), it.documents.to_string(), it.words.clone()]);
    out.table(["ship-via", "documents", "meaning here"], rows.collect(), "");
    out.say("");
    let rows = probe.verdicts.iter().map(|(code, count)| [code.replace('_', " "), count.to_string()]);
    out.table(["not ours or held for", "documents"], rows.collect(), "every one would be shipped");
    out.say(format!("\nlines without mass: {} of all, {} of ours", share(probe.lines), share(probe.our_lines)));
    if !probe.without_mass.is_empty() {
        let named = probe.without_mass.iter().take(NAMED).map(|(code, lines)| format!("{code} ({lines})"));
        let named: Vec<_> = named.collect();
        let more = probe.without_mass.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        out.say(format!("stock without mass: {}{more}", named.join(", ")));
        out.say("enter their mass in SYSPRO's stock codes, or choose packing.missing_weight in the site file");
    }
}

fn share(masses: Masses) -> String {
    let Masses { lines, without_mass } = masses;
    let per_mille = masses.per_mille();
    format!("{without_mass} of {lines} ({}.{} %)", per_mille / 10, per_mille % 10)
}
