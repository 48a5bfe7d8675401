//! The beginning, where there is no site yet: *Try it*, or *Connect my systems*.
//!
//! ```text
//! /begin ─┬─ Try it ─► a demo beside the data ─► its own console
//!         └─ Connect ─► facts ─► drafted site file ─► looked at, completed ─► `site apply`, in mode shadow ─► checks
//! ```
//!
//! A file may be applied here as often as one likes: an administrator changes settings with it, too. Secrets are typed into
//! fields that are never filled again; sources in the file (`env`, `file`) are not read here, because a browser must not make
//! the server read its own files.

use axum::extract::State;
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use maud::{Markup, html};
use secrecy::SecretString;
use shipment::number::SiteName;

use super::super::Web;
use super::super::forms::Fields;
use super::super::frame::{Place, done, heading, page, sentence, token};
use super::super::problem::Problem;
use super::super::sessions::Visitor;
use crate::config::{Draft, SecretName, SecretSource, SiteFile};
use crate::people::Right;
use crate::site_apply::{self, Applying};

/// What nearly every site needs; the others are behind a fold.
const USUAL: [SecretName; 4] = [
    SecretName::SysproOperatorPassword,
    SecretName::SysproODataPassword,
    SecretName::UpsClientId,
    SecretName::UpsClientSecret,
];

/// Whether the visitor has to begin: there is no site, and they may make one.
pub(super) fn has_to_begin(web: &Web, who: &Visitor) -> bool {
    web.app().sites().is_empty() && who.may(Right::Administer)
}

pub(crate) async fn begin(State(web): State<Web>, who: Visitor) -> Html<String> {
    let entry = web.0.trial.entry().await;
    let inside = html! {
        (heading("How would you like to begin?", "You can do the one now and the other later; neither stands in the other's way."))
        div.halves {
            section.card aria-labelledby="try" {
                h2 #try { "Try it" }
                p { "A pretended SYSPRO with forty orders and a pretended UPS, in this program, beside your data. Orders get labels, some need you, parcels travel: the board fills itself within a minute. Nothing is real and nothing costs money." }
                @match (&entry, web.0.local) {
                    (Some(entry), _) => {
                        (done("The pretended warehouse is open. It stays until this program stops."))
                        p.actions { a.button.primary href=(entry) { "Enter the pretended warehouse" } }
                    },
                    (None, true) => form method="post" action="/begin/try" { (token(&who)) p.actions { button.primary type="submit" { "Try it" } } },
                    (None, false) => p { "It opens on the machine itself: " code { "ml-connector demo --stay" } },
                }
            }
            section.card aria-labelledby="connect" {
                h2 #connect { "Connect my systems" }
                p { "You need the address of SYSPRO's e.net, an operator for the connector alone, and an app of developer.ups.com with its account. The new site begins in mode shadow: it reads and plans, and buys and writes nothing." }
                p { "Then every connection is tried, three of your documents are shown beside what UPS would get, and you say when it begins to ship." }
                p.actions { a.button.primary href="/connect" { "Connect my systems" } }
            }
        }
    };
    page(&web, &who, Place::Sites, "Begin", &inside)
}

pub(crate) async fn try_it(State(web): State<Web>) -> Result<Redirect, Problem> {
    if !web.0.local {
        return Err(Problem::conflict(
            "the pretended warehouse opens on the machine itself; run `ml-connector demo --stay` there",
        ));
    }
    web.0.trial.begin(&web).await?;
    // A link and no redirect: forms of ours may not lead to another port.
    Ok(Redirect::to("/begin"))
}

/// One fact of the draft: its field, what it is called, an example.
type Fact = (&'static str, &'static str, &'static str);

/// What is asked, in groups.
const FACTS: &[(&str, &[Fact])] = &[
    (
        "SYSPRO",
        &[
            ("name", "Name of the site, in small letters", "oakland"),
            ("enet_url", "Address of e.net", "https://syspro.example.com:30661"),
            ("operator", "Operator, for the connector alone", "SHIPPING"),
            ("company", "Company", "EDU1"),
            ("odata_url", "Address of OData, if there is one", ""),
            ("mass_unit", "Unit of masses in stock codes: lb or kg", "lb"),
        ],
    ),
    (
        "UPS",
        &[
            ("ups", "Environment: test, production, or a sandbox's address", "test"),
            ("account", "Account, six letters or digits", "A1B2C3"),
            ("ground", "The ship-via that means UPS Ground", "UPS GROUND"),
        ],
    ),
    (
        "Warehouse",
        &[
            ("warehouse", "Its code in SYSPRO", "FG"),
            ("sender", "Name on labels", ""),
            ("street", "Street", ""),
            ("city", "City", ""),
            ("state", "State", ""),
            ("postal_code", "Postal code", ""),
            ("phone", "Phone", ""),
            ("time_zone", "Time zone", "America/New_York"),
            ("printer", "Label printer, host:port; empty for files in a folder", ""),
        ],
    ),
];

fn draft(fields: &Fields) -> Draft {
    let of = |name: &str| fields.get(name).unwrap_or("").to_owned();
    Draft {
        name: of("name"),
        enet_url: of("enet_url"),
        operator: of("operator"),
        company: of("company"),
        odata_url: of("odata_url"),
        ups: of("ups"),
        account: of("account"),
        warehouse: of("warehouse"),
        sender: of("sender"),
        street: of("street"),
        city: of("city"),
        state: of("state"),
        postal_code: of("postal_code"),
        phone: of("phone"),
        time_zone: of("time_zone"),
        ground: of("ground"),
        printer: of("printer"),
        mass_unit: of("mass_unit"),
    }
}

pub(crate) async fn connect(State(web): State<Web>, who: Visitor, fields: Fields) -> Result<Html<String>, Problem> {
    let body = if fields.get("file").is_some() {
        Some(SiteFile::TEMPLATE.to_owned())
    } else if let Some(site) = fields.parsed::<SiteName>("site")? {
        let stored = web.app().store.site_settings(&site, None).await?;
        Some(
            stored
                .filter(|_| who.sites.includes(&site))
                .ok_or_else(|| Problem::not_found(format!("site {site}")))?
                .body,
        )
    } else {
        fields.get("enet_url").map(|_| draft(&fields).site_file())
    };
    Ok(page(&web, &who, Place::Sites, "Connect", &connecting(&who, &fields, body.as_deref(), None)))
}

fn connecting(who: &Visitor, fields: &Fields, body: Option<&str>, wrong: Option<&str>) -> Markup {
    html! {
        (heading("Connect my systems", "First a few facts, then the site file they make, which you complete and apply. Nothing is bought or written by it."))
        @match body {
            None => (facts(fields)),
            Some(body) => (file(who, body, wrong)),
        }
    }
}

fn facts(fields: &Fields) -> Markup {
    let examples = ["time_zone", "mass_unit", "ups"];
    html! {
        form.card method="get" action="/connect" {
            @for (group, facts) in FACTS {
                fieldset {
                    legend { (group) }
                    div.fields {
                        @for (name, words, example) in *facts {
                            div {
                                label for=(name) { (words) }
                                @let value = fields.get(name).or_else(|| examples.contains(name).then_some(*example));
                                input id=(name) name=(name) value=[value] placeholder=(example) maxlength="200"
                                    required[!matches!(*name, "odata_url" | "printer")] autocomplete="off";
                            }
                        }
                    }
                }
            }
            p.actions {
                button.primary type="submit" { "Make the site file" }
                a.button href="/connect?file=all" { "I write it myself" }
            }
        }
    }
}

fn file(who: &Visitor, body: &str, wrong: Option<&str>) -> Markup {
    let others = SecretName::ALL.into_iter().filter(|it| !USUAL.contains(it));
    html! {
        form.card method="post" action="/connect" {
            (token(who))
            @if let Some(words) = wrong { p.wrong role="alert" { (words) } }
            label for="body" { "Site file" }
            textarea.code #body name="body" rows="24" required spellcheck="false" aria-describedby="body-hint" { (body) }
            p.hint #body-hint { "Every version is kept. " code { "env" } " and " code { "file" } " say where the command line reads a secret; here it is typed below, sealed with the master key, and never shown again." }
            fieldset {
                legend { "Secrets" }
                p.hint { "An empty field keeps what is sealed already." }
                div.fields { @for name in USUAL { (secret(name)) } }
                details { summary { "More secrets" } div.fields { @for name in others { (secret(name)) } } }
            }
            p.actions { button.primary type="submit" { "Apply it" } a.button href="/connect" { "Back to the facts" } }
        }
    }
}

fn secret(name: SecretName) -> Markup {
    let id = name.as_str().replace('.', "-");
    html! {
        div {
            label for=(id) { code { (name) } }
            @if matches!(name, SecretName::SysproCa | SecretName::MailCa) {
                textarea id=(id) name=(name) rows="3" autocomplete="off" {}
            } @else {
                input id=(id) name=(name) type="password" autocomplete="off";
            }
        }
    }
}

pub(crate) async fn apply(State(web): State<Web>, who: Visitor, fields: Fields) -> Result<Response, Problem> {
    let body = fields.required("body")?.replace("\r\n", "\n");
    let typed = |name: SecretName| fields.get(name.as_str()).map(|it| SecretString::from(it.to_owned()));
    match in_force(&web, &who, &body, typed).await {
        Ok(site) => Ok(Redirect::to(&format!("/sites/{site}/checks?did=applied")).into_response()),
        Err(problem) => {
            let inside = connecting(&who, &fields, Some(&body), Some(&sentence(&problem.words)));
            Ok((problem.status, page(&web, &who, Place::Sites, "Connect", &inside)).into_response())
        }
    }
}

/// Applies a site file, and has this node work by it from here on.
pub(super) async fn in_force(
    web: &Web,
    who: &Visitor,
    body: &str,
    typed: impl Fn(SecretName) -> Option<SecretString>,
) -> Result<SiteName, Problem> {
    let settings = SiteFile::parse(body).map_err(|error| Problem::unusable(error.to_string()))?;
    if !who.sites.includes(&settings.name) {
        return Err(Problem::not_found(format!("site {}", settings.name)));
    }
    let app = web.app();
    let known = app.store.site(&settings.name).await?;
    let templates = match (&settings.syspro.templates, known) {
        (None, _) => Vec::new(),
        (Some(_), Some(row)) => app.store.site_templates(&row.site, row.settings_version).await?,
        (Some(_), None) => {
            let words = "a folder of templates is read by `ml-connector site apply`, on the server";
            return Err(Problem::unusable(words));
        }
    };
    let secret = |name: SecretName, source: &SecretSource| match (typed(name), source) {
        (Some(typed), _) => Ok(typed),
        (None, SecretSource::Literal(text)) => Ok(SecretString::from(text.clone())),
        (None, _) => Err("type it into its field below; it is not sealed yet".to_owned()),
    };
    let (actor, at) = (who.name.clone(), app.clock.now());
    let applying = Applying { settings: &settings, body: body.to_owned(), templates, actor, at };
    let applied = site_apply::apply(&app.store, &app.vault, applying, secret).await;
    applied.map_err(|error| Problem::unusable(error.to_string()))?;
    // A site that cannot be put together is told as an alarm too, and the others go on.
    app.load_sites().await.map_err(|error| Problem::conflict(error.to_string()))?;
    Ok(settings.name)
}
