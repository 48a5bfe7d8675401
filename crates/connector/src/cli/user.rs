//! `user`: who may use the console and the API.
//!
//! Needs the data directory to itself, like every command that writes: while `serve` runs, the console's page People does the
//! same. A password is never an argument, where others on the machine could read it.

use std::io::{IsTerminal as _, Read as _};

use anyhow::{Context as _, anyhow, bail};
use clap::{Args, Subcommand};
use jiff::SignedDuration;
use secrecy::SecretString;
use serde_json::json;
use shipment::number::SiteName;

use super::Outcome;
use super::context::Context;
use super::output::time;
use crate::config::SecretSource;
use crate::people::token::Token as ApiToken;
use crate::people::{Role, Sites, password, person_name};
use crate::store::{NewPerson, NewToken};

#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// Let somebody in
    Add(Add),
    /// Who may log in
    List(List),
    /// Give somebody another role, or other sites
    Role(SetRole),
    /// Give somebody a new password; their browsers are logged out
    Password(Password),
    /// Shut somebody out; their browsers are logged out
    Disable(Disable),
    /// Let somebody in again
    Enable(Enable),
    /// Tokens with which programs call the API
    #[command(subcommand)]
    Token(Token),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Roles: viewer sees; shipper ships; supervisor also voids and decides doubts; administrator also people and modes; auditor \
reads everything and changes nothing. The password comes from standard input or a variable, at least 12 characters.

  ml-connector user add ann --role shipper --site oakland < password.txt
  ml-connector user add lee@example.com --role administrator --password-env FIRST_PASSWORD

Exit codes: 0 added, 1 the name is taken or the password is too short, 3 another process holds the data.")]
pub(crate) struct Add {
    /// What they log in with, e.g. an e-mail address
    name: String,
    /// What they may do
    #[arg(long)]
    role: Role,
    /// Only at this site; once for each. Without it at all sites
    #[arg(long)]
    site: Vec<SiteName>,
    /// The environment variable that holds the password; standard input otherwise
    #[arg(long, value_name = "NAME")]
    password_env: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "  ml-connector user list --json\n\nExit codes: 0 listed, 3 another process holds the data.")]
pub(crate) struct List {}

#[derive(Debug, Args)]
#[command(after_help = "\
Their browsers are logged out, so that no page still offers what is no longer theirs.

  ml-connector user role ann supervisor
  ml-connector user role ann shipper --site oakland --site reno")]
pub(crate) struct SetRole {
    /// Who
    name: String,
    /// What they may do from now on
    role: Role,
    /// Only at this site; once for each. Without it at all sites
    #[arg(long)]
    site: Vec<SiteName>,
}

#[derive(Debug, Args)]
#[command(after_help = "  ml-connector user password ann < password.txt")]
pub(crate) struct Password {
    /// Whose
    name: String,
    /// The environment variable that holds the password; standard input otherwise
    #[arg(long, value_name = "NAME")]
    password_env: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "  ml-connector user disable ann\n\nWhat they did stays in the history under their name.")]
pub(crate) struct Disable {
    /// Who
    name: String,
}

#[derive(Debug, Args)]
#[command(after_help = "  ml-connector user enable ann")]
pub(crate) struct Enable {
    /// Who
    name: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Token {
    /// Make one; it is shown once
    New(NewApiToken),
    /// Which there are
    List(ListTokens),
    /// Make one useless
    Revoke(Revoke),
}

#[derive(Debug, Args)]
#[command(after_help = "\
The token is printed once and kept nowhere; only its SHA-256 is stored. What is done with it stands in the history as \
`api:NAME`.

  ml-connector user token new station-3 --role shipper --site oakland --days 365")]
pub(crate) struct NewApiToken {
    /// What people call it
    name: String,
    /// What it may do
    #[arg(long)]
    role: Role,
    /// Only at this site; once for each. Without it at all sites
    #[arg(long)]
    site: Vec<SiteName>,
    /// For how many days
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=3650))]
    days: u16,
}

#[derive(Debug, Args)]
#[command(after_help = "  ml-connector user token list --json")]
pub(crate) struct ListTokens {}

#[derive(Debug, Args)]
#[command(after_help = "  ml-connector user token revoke station-3")]
pub(crate) struct Revoke {
    /// Which
    name: String,
}

pub(crate) async fn run(context: &Context, command: User) -> anyhow::Result<Outcome> {
    match command {
        User::Add(it) => add(context, it).await?,
        User::List(_) => list(context).await?,
        User::Role(it) => role(context, &it).await?,
        User::Password(it) => new_password(context, &it).await?,
        User::Disable(it) => switch(context, &it.name, true).await?,
        User::Enable(it) => switch(context, &it.name, false).await?,
        User::Token(Token::New(it)) => new_token(context, &it).await?,
        User::Token(Token::List(_)) => tokens(context).await?,
        User::Token(Token::Revoke(it)) => {
            let now = context.clock.real_now();
            context.store().await?.revoke_token(&it.name, &context.actor(), now).await?;
            tell(context, &it.name, "is revoked")?;
        }
    }
    Ok(Outcome::Well)
}

async fn add(context: &Context, wanted: Add) -> anyhow::Result<()> {
    let name = person_name(&wanted.name)?;
    let hashed = hashed(&name, wanted.password_env.as_deref()).await?;
    let person = NewPerson {
        name: name.clone(),
        role: wanted.role,
        sites: sites(context, wanted.site).await?,
        password: Some(hashed),
    };
    if !context.store().await?.add_person(&person, &context.actor(), context.clock.real_now()).await? {
        bail!("there is a {name} already; `ml-connector user role` and `user password` change people");
    }
    tell(context, &name, &format!("may log in as {}", wanted.role))
}

async fn list(context: &Context) -> anyhow::Result<()> {
    let people = context.store().await?.people().await?;
    for it in &people {
        context.out.value(&json!({
            "name": it.name, "role": it.role.as_str(), "sites": it.sites.written(), "disabled_at": it.disabled_at,
            "created_at": it.created_at,
        }))?;
    }
    let rows = people.into_iter().map(|it| {
        let state = it.disabled_at.map_or("may log in".to_owned(), |at| format!("disabled since {}", time(at)));
        [it.name, it.role.to_string(), it.sites.written(), state]
    });
    let empty = "nobody may log in yet; add somebody with `ml-connector user add`, or open the address `serve` prints";
    context.out.table(["name", "role", "sites", "state"], rows.collect(), empty);
    Ok(())
}

async fn role(context: &Context, wanted: &SetRole) -> anyhow::Result<()> {
    let sites = sites(context, wanted.site.clone()).await?;
    let (store, now) = (context.store().await?, context.clock.real_now());
    store.set_role(&wanted.name, wanted.role, &sites, &context.actor(), now).await?;
    tell(context, &wanted.name, &format!("is {} now", wanted.role))
}

async fn new_password(context: &Context, wanted: &Password) -> anyhow::Result<()> {
    let hashed = hashed(&wanted.name, wanted.password_env.as_deref()).await?;
    let (store, now) = (context.store().await?, context.clock.real_now());
    store.set_password(&wanted.name, &hashed, &context.actor(), now).await?;
    tell(context, &wanted.name, "has a new password")
}

async fn switch(context: &Context, name: &str, off: bool) -> anyhow::Result<()> {
    let now = context.clock.real_now();
    context.store().await?.set_disabled(name, off, &context.actor(), now).await?;
    tell(context, name, if off { "may log in no more" } else { "may log in again" })
}

async fn new_token(context: &Context, wanted: &NewApiToken) -> anyhow::Result<()> {
    let (token, now) = (ApiToken::for_programs()?, context.clock.real_now());
    let new = NewToken {
        token_hash: token.hash(),
        name: person_name(&wanted.name)?,
        role: wanted.role,
        sites: sites(context, wanted.site.clone()).await?,
        ends_at: now + SignedDuration::from_hours(24 * i64::from(wanted.days)),
    };
    if !context.store().await?.add_token(&new, &context.actor(), now).await? {
        bail!("there is a token {} already; revoke it or take another name", new.name);
    }
    context.out.value(&json!({ "name": new.name, "token": token.expose(), "ends_at": new.ends_at }))?;
    context.out.say(format!(
        "token {}, until {} UTC, shown this once:\n{}",
        new.name,
        time(new.ends_at),
        token.expose()
    ));
    Ok(())
}

async fn tokens(context: &Context) -> anyhow::Result<()> {
    let (tokens, now) = (context.store().await?.tokens().await?, context.clock.real_now());
    for it in &tokens {
        context.out.value(&json!({
            "name": it.name, "role": it.role.as_str(), "sites": it.sites.written(), "made_by": it.made_by,
            "made_at": it.made_at, "ends_at": it.ends_at, "used_at": it.used_at, "revoked_at": it.revoked_at,
        }))?;
    }
    let rows = tokens.into_iter().map(|it| {
        let state = match it.revoked_at {
            Some(at) => format!("revoked {}", time(at)),
            None if it.ends_at <= now => format!("ended {}", time(it.ends_at)),
            None => format!("until {}", time(it.ends_at)),
        };
        [it.name, it.role.to_string(), it.sites.written(), state, it.used_at.map(time).unwrap_or_default()]
    });
    context.out.table(["name", "role", "sites", "state (UTC)", "last used"], rows.collect(), "there is no token");
    Ok(())
}

fn tell(context: &Context, name: &str, what: &str) -> anyhow::Result<()> {
    context.out.value(&json!({ "name": name, "result": what }))?;
    context.out.say(format!("{name} {what}"));
    Ok(())
}

/// Sites that exist: a misspelt one would be a right at nothing.
async fn sites(context: &Context, named: Vec<SiteName>) -> anyhow::Result<Sites> {
    if named.is_empty() {
        return Ok(Sites::All);
    }
    let known: Vec<SiteName> = context.store().await?.sites().await?.into_iter().map(|it| it.site).collect();
    match named.iter().find(|it| !known.contains(it)) {
        Some(unknown) => Err(anyhow!("site {unknown} is not known; see `ml-connector site list`")),
        None => Ok(Sites::Only(named)),
    }
}

async fn hashed(name: &str, variable: Option<&str>) -> anyhow::Result<String> {
    let typed: SecretString = match variable {
        Some(variable) => SecretSource::Env(variable.to_owned()).read(std::path::Path::new("."))?,
        None => {
            if std::io::stdin().is_terminal() {
                bail!("the password would be shown while you type; pipe it in, or use --password-env");
            }
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).context("no password could be read from standard input")?;
            text.trim_end_matches(['\r', '\n']).to_owned().into()
        }
    };
    password::check(name, &typed)?;
    Ok(password::hash(typed).await?)
}
