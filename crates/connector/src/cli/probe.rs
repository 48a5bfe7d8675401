//! `site probe`: what SYSPRO looks like, what is ready in it, how the site's rules read it, and what is still to be asked.

use clap::Args;
use serde_json::json;
use shipment::number::SiteName;

use super::Outcome;
use super::context::Context;
use crate::app::App;
use crate::probe::{Masses, Probe as Probed, Survey};

/// How many stock codes without mass are named to people; a program gets them all.
const NAMED: usize = 10;

#[derive(Debug, Args)]
#[command(after_help = "\
Reads every ready document and counts: nothing is stored, bought or written. Run it before the first `sync`, and after changing [[ship_via]] or \
[[source]].

The operator's session is asked for; nobody's is ended for it.

  ml-connector site probe
  ml-connector site probe oakland --file > proposed.toml
  ml-connector site probe oakland --json")]
pub(crate) struct Probe {
    /// The site; may be left out when there is only one
    site: Option<SiteName>,
    /// Only the proposed site file, without comments
    #[arg(long)]
    file: bool,
}

pub(crate) async fn run(context: &Context, wanted: Probe) -> anyhow::Result<Outcome> {
    let name = context.site_row(wanted.site.as_ref()).await?.site;
    let app = context.app().await?;
    let surveyed = look(context, &app, &name, wanted.file).await;
    app.close().await;
    let (survey, probed) = surveyed?;
    if wanted.file {
        context.out.raw(&survey.site_file);
        return Ok(Outcome::Well);
    }
    context.out.value(&json!({ "site": name, "survey": survey, "sources": probed }))?;
    tell_survey(context, &survey);
    for probe in &probed {
        context.out.say("");
        tell(context, probe);
    }
    tell_open(context, &survey);
    Ok(Outcome::Well)
}

async fn look(context: &Context, app: &App, name: &SiteName, only_file: bool) -> anyhow::Result<(Survey, Vec<Probed>)> {
    let site = app.site(name).ok_or_else(|| anyhow::anyhow!("site {name} is not loaded"))?;
    let working = context.out.working("looking at SYSPRO");
    let survey = crate::probe::survey(app, &site)
        .await
        .map_err(|trouble| anyhow::anyhow!("SYSPRO of site {name} cannot be looked at: {}", trouble.told_at(name)))?;
    drop(working);
    let probed = if only_file { Vec::new() } else { probe(context, app, name).await? };
    Ok((survey, probed))
}

fn tell_survey(context: &Context, survey: &Survey) {
    let known = |value: &Option<String>| value.clone().unwrap_or_else(|| "not told".to_owned());
    context.out.facts(&[
        ("SYSPRO", known(&survey.syspro_version)),
        ("e.net", known(&survey.enet_version)),
        ("company", known(&survey.company)),
        ("currency", known(&survey.currency)),
        ("form fields", survey.form_fields.as_ref().map_or_else(|| "not told".to_owned(), |it| it.join(", "))),
    ]);
    context.out.say("");
    let rows = survey.kinds.iter().map(|it| {
        let wanted = it.wanted.map_or_else(|| "cannot be read".to_owned(), |count| count.to_string());
        [format!("{}s", it.source.noun()), wanted, it.words.clone()]
    });
    context.out.table(["documents", "wanted", "which"], rows.collect(), "");
}

fn tell_open(context: &Context, survey: &Survey) {
    for (heading, lines) in [("Proposed for the site file:", &survey.proposals), ("To be asked:", &survey.questions)] {
        if !lines.is_empty() {
            context.out.say(format!("\n{heading}"));
            for line in lines {
                context.out.say(format!("- {line}"));
            }
        }
    }
    if !survey.proposals.is_empty() {
        context.out.say("\nthe whole file with that: ml-connector site probe --file");
    }
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
