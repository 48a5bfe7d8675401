//! People: who may log in, as what, where; their browsers; tokens for programs. For administrators.

use axum::extract::{Path, State};
use axum::response::{Html, Redirect};
use jiff::SignedDuration;
use maud::{Markup, html};
use secrecy::SecretString;

use super::super::Web;
use super::super::forms::Fields;
use super::super::frame::{Place, done, heading, new_password, page, tag, token};
use super::super::problem::Problem;
use super::super::sessions::Visitor;
use super::actions::did;
use crate::people::token::Token;
use crate::people::{Role, Sites, password, person_name};
use crate::store::{NewPerson, NewToken, PersonRow, TokenRow, WebSessionRow};

/// How long a token may live, in days.
const LONGEST_TOKEN: i64 = 3_650;

pub(crate) async fn people(State(web): State<Web>, who: Visitor, fields: Fields) -> Result<Html<String>, Problem> {
    shown(&web, &who, &fields, None).await
}

async fn shown(
    web: &Web,
    who: &Visitor,
    fields: &Fields,
    fresh: Option<(&str, &Token)>,
) -> Result<Html<String>, Problem> {
    let (store, now) = (&web.app().store, web.app().clock.real_now());
    let mut rows = Vec::new();
    for person in store.people().await? {
        let sessions = store.web_sessions_of(&person.name, now).await?;
        rows.push((person, sessions));
    }
    let tokens = store.tokens().await?;
    let inside = html! {
        (heading("People", "Who may log in, what they may do, and where. A change of role or password logs their browsers out."))
        @if let Some(words) = did(fields) { (done(words)) }
        @if let Some((name, token)) = fresh {
            div.done role="status" {
                p { strong { "The token of " (name) ", shown this once:" } }
                p.mono { (token.expose()) " " button type="button" data-copy=(token.expose()) { "Copy" } }
                p { "Programs send it as " code { "Authorization: Bearer …" } ". Only its fingerprint is kept here." }
            }
        }
        details.card { summary { "What the roles may do" } dl.facts { @for role in Role::ALL { dt { (role) } dd { (role.words()) } } } }
        div.stack { @for (person, sessions) in &rows { (one(web, who, person, sessions)) } }
        div.halves {
            section aria-labelledby="add" { h2 #add { "Let somebody in" } (add_form(web, who)) }
            section aria-labelledby="tokens" { h2 #tokens { "Tokens for programs" } (token_list(web, who, &tokens)) }
        }
    };
    Ok(page(web, who, Place::People, "People", &inside))
}

fn one(web: &Web, who: &Visitor, person: &PersonRow, sessions: &[WebSessionRow]) -> Markup {
    let to = format!("/people/{}", person.name);
    let id = |name: &str| format!("{name}-{}", person.name);
    html! {
        article.card aria-label=(person.name) {
            div.row-head {
                strong { (person.name) @if person.name == who.name { span.soft { " (you)" } } }
                span {
                    (tag(if person.disabled_at.is_some() { "bad" } else { "plain" }, if person.disabled_at.is_some() { "disabled" } else { person.role.as_str() }))
                    " " span.soft { (places(&person.sites)) }
                }
            }
            p.soft {
                (person.role.words()) ". "
                @match sessions {
                    [] => "Not logged in.",
                    [newest, ..] => { "Logged in on " (sessions.len()) " browsers, last used " (who.zone.time(newest.used_at)) "." }
                }
            }
            details {
                summary { "Change…" }
                div.halves {
                    form method="post" action={ (to) "/role" } {
                        (token(who))
                        (role_field(&id("role"), person.role))
                        (sites_field(web, &id("sites"), &person.sites))
                        p.actions { button type="submit" { "Change role" } }
                    }
                    form method="post" action={ (to) "/password" } {
                        (token(who))
                        (new_password(&id("password")))
                        p.actions { button type="submit" { "Set password" } }
                    }
                }
                div.actions {
                    form.inline method="post" action={ (to) "/log-out" } { (token(who)) button type="submit" { "Log their browsers out" } }
                    @if person.disabled_at.is_some() {
                        form.inline method="post" action={ (to) "/enable" } { (token(who)) button type="submit" { "Let them in again" } }
                    } @else if person.name != who.name {
                        form.inline method="post" action={ (to) "/disable" } data-confirm={ (person.name) " can then log in no more, and their browsers are logged out. What they did stays in the history." } {
                            (token(who)) button.danger type="submit" { "Shut them out" }
                        }
                    }
                }
            }
        }
    }
}

fn places(sites: &Sites) -> String {
    match sites {
        Sites::All => "all sites".to_owned(),
        Sites::Only(names) if names.is_empty() => "no site".to_owned(),
        Sites::Only(_) => sites.written().replace(',', ", "),
    }
}

fn role_field(id: &str, now: Role) -> Markup {
    html! {
        label for=(id) { "Role" }
        select id=(id) name="role" required {
            @for role in Role::ALL { option value=(role) selected[role == now] { (role) } }
        }
    }
}

fn sites_field(web: &Web, id: &str, now: &Sites) -> Markup {
    html! {
        fieldset {
            legend { "Sites" }
            label.check { input type="checkbox" name="all_sites" value="yes" checked[*now == Sites::All]; "all, those to come included" }
            @for site in web.app().sites() {
                @let name = &site.site.name;
                label.check for={ (id) "-" (name) } {
                    input id={ (id) "-" (name) } type="checkbox" name="site" value=(name) checked[*now != Sites::All && now.includes(name)];
                    (name)
                }
            }
        }
    }
}

fn add_form(web: &Web, who: &Visitor) -> Markup {
    html! {
        form.card method="post" action="/people" {
            (token(who))
            label for="new-name" { "Name" }
            input #new-name name="name" required autocomplete="off" autocapitalize="none" maxlength="60";
            (role_field("new-role", Role::Viewer))
            (sites_field(web, "new-sites", &Sites::All))
            (new_password("new-password"))
            p.actions { button.primary type="submit" { "Let them in" } }
        }
    }
}

fn token_list(web: &Web, who: &Visitor, tokens: &[TokenRow]) -> Markup {
    let now = web.app().clock.real_now();
    html! {
        @if !tokens.is_empty() {
            div.scroll { table {
                thead { tr { th scope="col" { "Name" } th scope="col" { "May" } th scope="col" { "Until" } th scope="col" { "Last used" } th scope="col" { span.unseen { "Revoke" } } } }
                tbody {
                    @for it in tokens {
                        tr {
                            td { (it.name) }
                            td { (it.role) ", " (places(&it.sites)) }
                            td.number { @if it.revoked_at.is_some() { (tag("soft", "revoked")) } @else if it.ends_at <= now { (tag("soft", "ended")) } @else { (who.zone.day(it.ends_at)) } }
                            td.number { @if let Some(at) = it.used_at { (who.zone.time(at)) } @else { span.soft { "never" } } }
                            td { @if it.revoked_at.is_none() && it.ends_at > now {
                                form method="post" action={ "/tokens/" (it.name) "/revoke" } data-confirm={ "Programs that use " (it.name) " are then refused at once." } {
                                    (token(who)) button.danger type="submit" { "Revoke" span.unseen { " " (it.name) } }
                                }
                            } }
                        }
                    }
                }
            } }
        }
        form.card method="post" action="/tokens" {
            (token(who))
            label for="token-name" { "Name of the token, e.g. station-3" }
            input #token-name name="name" required autocomplete="off" maxlength="60";
            (role_field("token-role", Role::Shipper))
            (sites_field(web, "token-sites", &Sites::All))
            label for="token-days" { "Days until it ends" }
            input #token-days name="days" inputmode="numeric" value="90" required;
            p.actions { button type="submit" { "Make a token" } }
        }
    }
}

// ---- what the forms do ----

fn role_of(fields: &Fields) -> Result<Role, Problem> {
    fields.parsed("role")?.ok_or_else(|| Problem::unusable("no role is chosen"))
}

fn sites_of(web: &Web, fields: &Fields) -> Result<Sites, Problem> {
    if fields.get("all_sites").is_some() {
        return Ok(Sites::All);
    }
    let known = web.app().sites();
    let named = fields.all("site").map(|name| {
        let found = known.iter().find(|it| it.site.name.as_str() == name);
        found.map(|it| it.site.name.clone()).ok_or_else(|| Problem::not_found(format!("site {name}")))
    });
    Ok(Sites::Only(named.collect::<Result<_, _>>()?))
}

pub(crate) async fn add(State(web): State<Web>, who: Visitor, fields: Fields) -> Result<Redirect, Problem> {
    let name = person_name(fields.required("name")?).map_err(|error| Problem::unusable(error.to_string()))?;
    let typed = SecretString::from(fields.get("password").unwrap_or("").to_owned());
    password::check(&name, &typed)?;
    let person = NewPerson {
        name: name.clone(),
        role: role_of(&fields)?,
        sites: sites_of(&web, &fields)?,
        password: Some(password::hash(typed).await?),
    };
    if !web.app().store.add_person(&person, &who.name, web.app().clock.real_now()).await? {
        return Err(Problem::conflict(format!("there is a {name} already")));
    }
    Ok(Redirect::to("/people?did=added"))
}

/// Nobody takes their own administration away: the last one could not be made again here.
fn not_self(who: &Visitor, name: &str) -> Result<(), Problem> {
    if who.name == name {
        return Err(Problem::conflict("this is you; another administrator may do it"));
    }
    Ok(())
}

pub(crate) async fn role(
    State(web): State<Web>,
    who: Visitor,
    Path(name): Path<String>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    not_self(&who, &name)?;
    let (role, sites) = (role_of(&fields)?, sites_of(&web, &fields)?);
    web.app().store.set_role(&name, role, &sites, &who.name, web.app().clock.real_now()).await?;
    Ok(Redirect::to("/people?did=changed"))
}

pub(crate) async fn set_password(
    State(web): State<Web>,
    who: Visitor,
    Path(name): Path<String>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let typed = SecretString::from(fields.get("password").unwrap_or("").to_owned());
    password::check(&name, &typed)?;
    let hashed = password::hash(typed).await?;
    web.app().store.set_password(&name, &hashed, &who.name, web.app().clock.real_now()).await?;
    Ok(Redirect::to("/people?did=changed"))
}

pub(crate) async fn disable(
    State(web): State<Web>,
    who: Visitor,
    Path(name): Path<String>,
) -> Result<Redirect, Problem> {
    not_self(&who, &name)?;
    web.app().store.set_disabled(&name, true, &who.name, web.app().clock.real_now()).await?;
    Ok(Redirect::to("/people?did=changed"))
}

pub(crate) async fn enable(
    State(web): State<Web>,
    who: Visitor,
    Path(name): Path<String>,
) -> Result<Redirect, Problem> {
    web.app().store.set_disabled(&name, false, &who.name, web.app().clock.real_now()).await?;
    Ok(Redirect::to("/people?did=added"))
}

pub(crate) async fn log_out(
    State(web): State<Web>,
    who: Visitor,
    Path(name): Path<String>,
) -> Result<Redirect, Problem> {
    web.app().store.close_web_sessions(&name, &who.name, web.app().clock.real_now()).await?;
    Ok(Redirect::to("/people?did=changed"))
}

pub(crate) async fn new_token(State(web): State<Web>, who: Visitor, fields: Fields) -> Result<Html<String>, Problem> {
    let name = person_name(fields.required("name")?).map_err(|error| Problem::unusable(error.to_string()))?;
    let days: i64 = fields.parsed("days")?.unwrap_or(90);
    if !(1..=LONGEST_TOKEN).contains(&days) {
        return Err(Problem::unusable(format!("a token lives 1 to {LONGEST_TOKEN} days")));
    }
    let (token, now) = (Token::for_programs()?, web.app().clock.real_now());
    let new = NewToken {
        token_hash: token.hash(),
        name: name.clone(),
        role: role_of(&fields)?,
        sites: sites_of(&web, &fields)?,
        ends_at: now + SignedDuration::from_hours(24 * days),
    };
    if !web.app().store.add_token(&new, &who.name, now).await? {
        return Err(Problem::conflict(format!("there is a token {name} already; take another name")));
    }
    shown(&web, &who, &fields, Some((&name, &token))).await
}

pub(crate) async fn revoke(
    State(web): State<Web>,
    who: Visitor,
    Path(name): Path<String>,
) -> Result<Redirect, Problem> {
    web.app().store.revoke_token(&name, &who.name, web.app().clock.real_now()).await?;
    Ok(Redirect::to("/people?did=revoked"))
}
