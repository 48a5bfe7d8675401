//! A site's clients, built from its settings and its opened secrets, and the smallest question that tells whether a
//! remote is back.

use std::sync::Arc;

use secrecy::ExposeSecret;
use shipment::document::Source;
use syspro::{Filter, Select};

use super::trouble::Trouble;
use crate::app::{App, AppError, Secrets, SiteRuntime};
use crate::clock::Clock;
use crate::config::{self, Definition, Environment, SecretName, Site};
use crate::intake::reader::{Question, Reader, Rows};
use crate::tracking::budget::Budget;
use crate::web::metrics::UpsCalls;

fn unusable(site: &Site, why: impl std::fmt::Display) -> AppError {
    AppError::Settings { site: site.name.clone(), why: why.to_string() }
}

/// A client of no particular budget: to prove a secret, or to look.
pub(crate) async fn ups(site: &Site, clock: &Clock, secrets: &Secrets<'_>) -> Result<ups::Client, AppError> {
    ups::Client::new(ups_settings(site, clock, secrets).await?).map_err(|error| unusable(site, error))
}

/// The site's own client, whose calls are counted in its budget.
pub(crate) async fn ups_within(
    site: &Site,
    clock: &Clock,
    secrets: &Secrets<'_>,
    budget: &Budget,
) -> Result<ups::Client, AppError> {
    let counted = UpsCalls { site: site.name.to_string(), budget: budget.clone() };
    let settings = ups_settings(site, clock, secrets).await?.watched_by(Arc::new(counted));
    ups::Client::new(settings).map_err(|error| unusable(site, error))
}

async fn ups_settings(site: &Site, clock: &Clock, secrets: &Secrets<'_>) -> Result<ups::Settings, AppError> {
    let environment = match &site.ups.environment {
        Environment::Production => ups::Environment::Production,
        Environment::Test => ups::Environment::Test,
        Environment::Custom(url) => ups::Environment::At(url.clone()),
    };
    let id = secrets.open(SecretName::UpsClientId).await?;
    let secret = secrets.open(SecretName::UpsClientSecret).await?;
    let mut settings = ups::Settings::new(environment, id.expose_secret(), secret, site.ups.account.as_str());
    settings.send_merchant_id = site.ups.merchant_id;
    settings.timeouts = ups::Timeouts {
        connect: site.ups.timeouts.connect,
        read_call: site.ups.timeouts.read_call,
        changing_call: site.ups.timeouts.ship_call,
    };
    settings.clock = Arc::new(clock.clone());
    Ok(settings)
}

pub(crate) async fn enet(
    site: &Site,
    secrets: &Secrets<'_>,
    templates: syspro::Templates,
) -> Result<syspro::Enet, AppError> {
    let wanted = &site.syspro;
    let password = secrets.open(SecretName::SysproOperatorPassword).await?;
    let mut settings = syspro::EnetSettings::new(wanted.enet_url.as_str(), &wanted.operator, password, &wanted.company);
    settings.company_password = secrets.maybe(SecretName::SysproCompanyPassword).await?;
    settings.rest_prefix.clone_from(&wanted.rest_prefix);
    settings.timeout = wanted.timeout;
    settings.url_limit = wanted.url_limit;
    settings.find_by_range = wanted.find_by_range;
    settings.allow_plain_http = wanted.allow_plain_http;
    settings.sentences.clone_from(&wanted.sentences);
    settings.fail_when_already_logged_in = wanted.fail_when_logged_in;
    settings.transport = match wanted.transport {
        config::Transport::Rest => syspro::TransportKind::Rest,
        config::Transport::Soap => syspro::TransportKind::Asmx,
    };
    settings.asmx_prefix.clone_from(&wanted.asmx_prefix);
    settings.post_ld = if wanted.post_large { syspro::PostLd::Auto } else { syspro::PostLd::Never };
    settings.trim_token = wanted.trim_token;
    settings.templates = templates;
    settings.ca_pem = ca(secrets).await?;
    settings.encoding = match wanted.encoding {
        config::Encoding::Auto => syspro::Encoding::Auto,
        config::Encoding::Utf8 => syspro::Encoding::Utf8,
        config::Encoding::Windows1252 => syspro::Encoding::Windows1252,
    };
    syspro::Enet::new(settings).map_err(|error| unusable(site, error))
}

pub(crate) async fn odata(site: &Site, secrets: &Secrets<'_>) -> Result<Option<syspro::OData>, AppError> {
    let Some(wanted) = &site.syspro.odata else { return Ok(None) };
    let password = secrets.open(SecretName::SysproODataPassword).await?;
    let mut settings = syspro::ODataSettings::new(wanted.url.as_str(), &wanted.company_segment, &wanted.user, password);
    settings.page_size = wanted.page_size;
    settings.date_literal = match wanted.date_literal {
        config::DateLiteral::Auto => syspro::DateLiteral::Auto,
        config::DateLiteral::DateTimeOffset => syspro::DateLiteral::DateTimeOffset,
        config::DateLiteral::Date => syspro::DateLiteral::Date,
        config::DateLiteral::DateTimeV3 => syspro::DateLiteral::DateTimeV3,
    };
    settings.timeout = wanted.timeout;
    settings.allow_plain_http = site.syspro.allow_plain_http;
    settings.ca_pem = ca(secrets).await?;
    syspro::OData::new(settings).map(Some).map_err(|error| unusable(site, error))
}

async fn ca(secrets: &Secrets<'_>) -> Result<Option<Vec<u8>>, AppError> {
    Ok(secrets.maybe(SecretName::SysproCa).await?.map(|pem| pem.expose_secret().as_bytes().to_vec()))
}

/// Asks UPS for a token and for the ship-from's own address: enough to know that calls work again.
pub(crate) async fn look_at_ups(site: &SiteRuntime) -> Result<(), Trouble> {
    site.ups.token().await?;
    let Some(from) = site.site.ship_froms.first().map(|it| &it.address) else { return Ok(()) };
    let query = ups::AddressQuery {
        name: from.name.clone(),
        lines: from.lines.clone(),
        city: from.city.clone(),
        state: from.state.clone(),
        postal_code: from.postal_code.clone(),
        country: from.country.clone(),
        ..ups::AddressQuery::default()
    };
    match site.ups.check_address(&query).await {
        // UPS answers: what it says of the address is another matter.
        Ok(_) | Err(ups::Error::Rejected { .. } | ups::Error::Invalid { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Asks UPS what a pound costs from the ship-from to itself: enough to know that rating works again.
pub(crate) async fn look_at_rating(site: &SiteRuntime) -> Result<(), Trouble> {
    let Some(from) = site.site.ship_froms.first() else { return Ok(()) };
    match site.ups.rate(&crate::engine::request::smallest_of(&site.site, from)).await {
        // UPS answers: what it says of the parcel is another matter.
        Ok(_) | Err(ups::Error::Rejected { .. } | ups::Error::Invalid { .. } | ups::Error::Unreadable { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// The smallest question to OData: a document of the site's first source without a number, which there is not.
pub(crate) fn nothing(site: &Site) -> Select {
    let usual = Definition::usual(Source::SalesOrders);
    let definition = site.sources.first().map_or(&usual, |it| &it.definition);
    let set = site.syspro.odata.as_ref().map_or(definition.table.as_str(), |it| it.sets.of(&definition.table));
    let none = Filter::eq(&definition.number, "");
    Select::new(set, none, definition.key.iter().cloned()).columns([&definition.number])
}

/// Logs on (or finds the session alive) and reads one row.
pub(crate) async fn look_at_syspro(app: &App, site: &Arc<SiteRuntime>) -> Result<(), Trouble> {
    if let Some(odata) = &site.odata {
        odata.read(&nothing(&site.site)).await?;
        return app.sessions.take(app, site).await.map(drop);
    }
    // A session that is alive in our books asks SYSPRO nothing, so it is asked for a document without a number.
    let usual = Definition::usual(Source::SalesOrders);
    let definition = site.site.sources.first().map_or(&usual, |it| &it.definition);
    let none = [String::new()];
    let rows = Rows::Keyed { column: &definition.number, keys: &none };
    let question = Question { table: &definition.table, key: &definition.key, columns: vec![&definition.number], rows };
    Reader::open(app, site).await?.rows(&question).await.map(drop)
}
