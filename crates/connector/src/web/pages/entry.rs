//! Coming in: the first run, the log-in, a demo's link; and going out.
//!
//! The first administrator is made by whoever holds the token that `serve` printed; the store takes only one, so a token that
//! was seen by two makes one. A wrong name and a wrong password get the same answer after the same time.

use axum::extract::{OriginalUri, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use maud::{Markup, html};
use secrecy::SecretString;
use serde::Deserialize;

use super::super::Web;
use super::super::assets::address;
use super::super::forms::Fields;
use super::super::frame::{new_password, outside};
use super::super::problem::Problem;
use super::super::sessions::{self, Visitor};
use super::super::when::span;
use crate::people::token::same;
use crate::people::{Role, Sites, password, person_name};
use crate::store::NewPerson;

#[derive(Debug, Default, Deserialize)]
pub(crate) struct To {
    to: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Shown {
    #[serde(default)]
    token: String,
}

// ---- the log-in ----

pub(crate) async fn log_in_form(State(web): State<Web>, Query(to): Query<To>) -> Result<Html<String>, Problem> {
    if web.0.setup.is_some() && !web.app().store.has_administrator().await? {
        let inside = html! {
            div.card.narrow {
                (sign())
                h1 { "First run" }
                p { "Nobody can log in yet. Open the address that " code { "ml-connector serve" } " printed when it started: it makes the first administrator." }
            }
        };
        return Ok(outside(&web, "First run", &inside));
    }
    Ok(outside(&web, "Log in", &log_in_card(&to.to.unwrap_or_default(), "", None)))
}

fn log_in_card(to: &str, name: &str, wrong: Option<&str>) -> Markup {
    html! {
        form.card.narrow method="post" action="/login" {
            (sign())
            h1 { "Log in" }
            @if let Some(words) = wrong { p.wrong role="alert" { (words) } }
            input type="hidden" name="to" value=(to);
            label for="name" { "Name" }
            input #name name="name" value=(name) required autocomplete="username" autofocus[name.is_empty()] autocapitalize="none";
            label for="password" { "Password" }
            input #password name="password" type="password" required autocomplete="current-password" autofocus[!name.is_empty()];
            p.actions { button.primary type="submit" { "Log in" } }
            p.hint { "Forgotten? An administrator gives you a new one under People, or on the server: " code { "ml-connector user password NAME" } }
        }
    }
}

fn sign() -> Markup {
    html! { p.sign { img src=(address("sign.svg")) alt="" width="36" height="36"; "ml-connector" } }
}

pub(crate) async fn log_in(State(web): State<Web>, headers: HeaderMap, fields: Fields) -> Result<Response, Problem> {
    let (to, name) = (fields.get("to").unwrap_or("/"), fields.get("name").unwrap_or("").to_lowercase());
    let again = |status: StatusCode, words: &str| {
        (status, outside(&web, "Log in", &log_in_card(to, &name, Some(words)))).into_response()
    };
    if let Some(left) = web.0.throttle.wait(&name) {
        let now = web.app().clock.real_now();
        let until = jiff::SignedDuration::try_from(left).map_or(now, |left| now + left);
        let words = format!("Too many wrong passwords for this name. Try again in {}.", span(now, until));
        return Ok(again(StatusCode::TOO_MANY_REQUESTS, &words));
    }
    let person = web.app().store.person(&name).await?.filter(|it| it.disabled_at.is_none());
    let typed = SecretString::from(fields.get("password").unwrap_or("").to_owned());
    let right = password::is_right(typed, person.as_ref().and_then(|it| it.password.clone())).await?;
    let (Some(person), true) = (person, right) else {
        web.0.throttle.wrong(&name);
        let at = web.app().clock.real_now();
        let shown: String = name.chars().take(60).collect();
        web.app().store.tell_people(at, &shown, "log_in_refused", "a log-in was refused").await?;
        return Ok(again(StatusCode::UNAUTHORIZED, "That name and password do not go together."));
    };
    web.0.throttle.right(&name);
    let cookie = sessions::open(&web, &person.name, &headers).await?;
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(inside(to))).into_response())
}

/// An address of ours, else the board: nobody is sent elsewhere after the log-in.
fn inside(to: &str) -> &str {
    let ours = to.starts_with('/') && !to.starts_with("//") && !to.contains(['\\', '\r', '\n']);
    if ours { to } else { "/" }
}

pub(crate) async fn log_out(State(web): State<Web>, visitor: Visitor) -> Result<Response, Problem> {
    let Some(token) = &visitor.token else { return Err(Problem::forbidden("there is no session to end")) };
    let cookie = sessions::close(&web, &visitor.name, token).await?;
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/login")).into_response())
}

// ---- the first run ----

pub(crate) async fn set_up_form(State(web): State<Web>, Query(shown): Query<Shown>) -> Result<Html<String>, Problem> {
    may_set_up(&web, &shown.token).await?;
    Ok(outside(&web, "First run", &set_up_card(&shown.token, "", None)))
}

fn set_up_card(token: &str, name: &str, wrong: Option<&str>) -> Markup {
    html! {
        form.card.narrow method="post" action="/setup" {
            (sign())
            h1 { "Welcome" }
            p { "You are the first here. Make yourself the administrator; you can let others in afterwards." }
            @if let Some(words) = wrong { p.wrong role="alert" { (words) } }
            input type="hidden" name="token" value=(token);
            label for="name" { "Name" }
            input #name name="name" value=(name) required autocomplete="username" autofocus autocapitalize="none" aria-describedby="name-hint";
            p.hint #name-hint { "What you log in with, and what stands in the history of everything you do." }
            (new_password("password"))
            label for="again" { "The same again" }
            input #again name="again" type="password" required autocomplete="new-password";
            p.actions { button.primary type="submit" { "Begin" } }
        }
    }
}

pub(crate) async fn set_up(State(web): State<Web>, headers: HeaderMap, fields: Fields) -> Result<Response, Problem> {
    let token = fields.get("token").unwrap_or("");
    may_set_up(&web, token).await?;
    let name = person_name(fields.required("name")?);
    let typed = SecretString::from(fields.get("password").unwrap_or("").to_owned());
    let wrong = match &name {
        Err(error) => Some(error.to_string()),
        Ok(_) if fields.get("password") != fields.get("again") => Some("the two passwords differ".to_owned()),
        Ok(name) => password::check(name, &typed).err().map(|it| it.to_string()),
    };
    let (Ok(name), None) = (&name, &wrong) else {
        let words = super::super::frame::sentence(&wrong.unwrap_or_default());
        let card = set_up_card(token, fields.get("name").unwrap_or(""), Some(&words));
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, outside(&web, "First run", &card)).into_response());
    };
    let hashed = password::hash(typed).await?;
    let person = NewPerson { name: name.clone(), role: Role::Administrator, sites: Sites::All, password: Some(hashed) };
    if !web.app().store.add_first_administrator(&person, web.app().clock.real_now()).await? {
        return Err(Problem::conflict("somebody was faster: there is an administrator, or the name is taken"));
    }
    let cookie = sessions::open(&web, name, &headers).await?;
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response())
}

async fn may_set_up(web: &Web, shown: &str) -> Result<(), Problem> {
    let right = web.0.setup.as_ref().is_some_and(|token| same(token.expose(), shown));
    if !right || web.app().store.has_administrator().await? {
        let words =
            "this address is not, or no longer, the one of the first run; log in, or look at what `serve` printed";
        return Err(Problem::forbidden(words));
    }
    Ok(())
}

// ---- a demo ----

pub(crate) async fn enter(
    State(web): State<Web>,
    headers: HeaderMap,
    Query(shown): Query<Shown>,
) -> Result<Response, Problem> {
    if !web.0.guest.as_ref().is_some_and(|token| same(token.expose(), &shown.token)) {
        return Err(Problem::not_found("this page"));
    }
    let cookie = sessions::open(&web, super::super::GUEST, &headers).await?;
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response())
}

/// An address nobody made.
pub(crate) async fn nowhere(OriginalUri(uri): OriginalUri) -> Problem {
    let shown: String = uri.path().chars().take(80).collect();
    Problem::not_found(format!("the page {shown}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_elsewhere_after_the_log_in() {
        assert_eq!(inside("/shipments?stage=held"), "/shipments?stage=held");
        for to in ["https://elsewhere", "//elsewhere", "/\\elsewhere", "javascript:x", "", "/a\r\nb"] {
            assert_eq!(inside(to), "/", "{to:?}");
        }
    }
}
