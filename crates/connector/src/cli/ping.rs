//! `ping`: every connection of a site, rung by rung, without buying or writing anything.
//!
//! ```text
//! UPS     name ─► connection ─► certificate ─► token ─► address check ─► rate
//! SYSPRO  name ─► connection ─► certificate ─► logon ─► OData read ─► e.net read ─► validate-only post ─► logoff
//! site    a step that carries the tracking number · real labels, real money: yes/no
//! ```
//!
//! A rung that fails says why and what to do, and the rungs above it are not tried. The session is taken and given back
//! like the engine's own, so a `ping` never ends somebody's session.

use std::sync::Arc;

use anyhow::bail;
use clap::Args;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use shipment::address::Address;
use shipment::document::Source;
use shipment::measure::MassUnit;
use shipment::number::{DocumentNumber, SiteName};
use shipment::ship_date::ship_date;

use super::Outcome;
use super::context::Context;
use super::ladder::{Ladder, Rung};
use crate::app::{App, SiteRuntime};
use crate::config::ShipFrom;
use crate::intake::reading;
use crate::remote::session::Seat;
use crate::remote::trouble::Trouble;

#[derive(Debug, Args)]
#[command(after_help = "\
Nothing is bought, written or changed: a price is asked for, a document is read, a write is only validated.

  ml-connector ping
  ml-connector ping oakland --json

Exit codes: 0 every rung is green, 1 one is red.")]
pub(crate) struct Ping {
    /// The site; may be left out when there is only one
    site: Option<SiteName>,
}

pub(crate) async fn run(context: &Context, ping: Ping) -> anyhow::Result<Outcome> {
    let name = context.site_row(ping.site.as_ref()).await?.site;
    let app = context.app().await?;
    let mut ladder = Ladder::default();
    let company = match app.site(&name) {
        Some(site) => climb(&app, &site, &mut ladder).await,
        None => None,
    };
    let facts = app.site(&name).map(|site| facts(&site, company.as_deref()));
    app.close().await;
    tell(context, &name, &ladder, facts.as_ref())?;
    if let Some(red) = ladder.red() {
        bail!("site {name}: {} is red", red.name);
    }
    Ok(Outcome::Well)
}

/// What the site means, in one line and as a value.
struct Facts {
    line: String,
    value: Value,
}

fn facts(site: &SiteRuntime, company: Option<&str>) -> Facts {
    let real = site.site.buys_real_labels();
    let yes_no = if real { "yes" } else { "no" };
    let company = company.unwrap_or(&site.site.syspro.company);
    let written = if site.site.may_write_to_syspro() { "is written" } else { "is not written" };
    Facts {
        line: format!(
            "real labels, real money: {yes_no} (UPS at {}, SYSPRO company {company} {written})",
            site.ups.host()
        ),
        value: json!({
            "real_labels": real, "ups_host": site.ups.host(), "company": company,
            "writes_to_syspro": site.site.may_write_to_syspro(),
        }),
    }
}

/// Climbs both ladders; gives back the company's name as SYSPRO tells it.
async fn climb(app: &App, site: &Arc<SiteRuntime>, ladder: &mut Ladder) -> Option<String> {
    climb_ups(app, site, ladder).await;
    let company = climb_syspro(app, site, ladder).await;
    let carries = site.site.carries_tracking();
    let cure = "enable [write_back] tracking, or [write_back.custom_form] for sales orders";
    ladder.add(if carries {
        Rung::green("write-back", "a step carries the tracking number to SYSPRO")
    } else {
        Rung::red("write-back", "no step carries the tracking number to SYSPRO", cure)
    });
    company
}

async fn climb_ups(app: &App, site: &SiteRuntime, ladder: &mut Ladder) {
    let secure = site.site.ups.environment.is_encrypted();
    let token = site.ups.token().await;
    let fell = match &token {
        Err(ups::Error::Unreachable { rung, why }) => Some((at_ups(*rung), why.as_str())),
        Ok(()) | Err(_) => None,
    };
    if !ladder.reach("UPS", site.ups.host(), secure, fell) {
        return;
    }
    if !ladder.result("UPS token", token.map(|()| "client id and secret are right".to_owned()).map_err(Trouble::from)) {
        return;
    }
    for from in &site.site.ship_froms {
        ladder.result("UPS address check", address(site, from).await);
    }
    if let Some(from) = site.site.ship_froms.first() {
        ladder.result("UPS rate", rate(app, site, from).await);
    }
}

async fn address(site: &SiteRuntime, from: &ShipFrom) -> Result<String, Trouble> {
    let place = &from.address;
    let query = ups::AddressQuery {
        name: place.name.clone(),
        lines: place.lines.clone(),
        city: place.city.clone(),
        state: place.state.clone(),
        postal_code: place.postal_code.clone(),
        country: place.country.clone(),
    };
    let words = match site.ups.check_address(&query).await? {
        ups::AddressAnswer::Valid(_) => "UPS knows the ship-from's address",
        ups::AddressAnswer::Ambiguous(_) => "UPS knows several places like the ship-from's address; look at it again",
        ups::AddressAnswer::NotFound => "UPS does not know the ship-from's address; look at it again",
        ups::AddressAnswer::NotCovered => "UPS does not check addresses in the ship-from's country",
    };
    Ok(format!("warehouse {}: {words}", from.warehouse))
}

/// A price for one small package from the ship-from to itself.
async fn rate(app: &App, site: &SiteRuntime, from: &ShipFrom) -> Result<String, Trouble> {
    let unit = match site.site.mass_unit {
        MassUnit::Pound => ups::WeightUnit::Pounds,
        MassUnit::Kilogram => ups::WeightUnit::Kilograms,
    };
    let now = app.clock.now();
    let today = now.to_zoned(from.calendar.time_zone.clone()).date();
    let party = party(&from.address);
    let shipment = ups::Shipment {
        account: from.account.as_ref().unwrap_or(&site.site.ups.account).to_string(),
        shipper: party.clone(),
        ship_to: party,
        ship_from: None,
        service: "03".to_owned(),
        packages: vec![ups::Package::new(Decimal::ONE, unit)],
        references: Vec::new(),
        residential: false,
        negotiated: site.site.ups.negotiated_rates,
        ship_date: ship_date(now, &from.calendar, None, None).unwrap_or(today),
        description: "Merchandise".to_owned(),
    };
    let quote = site.ups.rate(&ups::RateRequest::new(shipment)).await?;
    let told = |amount: &Option<ups::Amount>| amount.as_ref().map(|it| format!("{} {}", it.value, it.currency));
    let published = told(&quote.published).unwrap_or_else(|| "none".to_owned());
    Ok(match told(&quote.negotiated) {
        Some(negotiated) => format!("published {published}, negotiated {negotiated}"),
        None if site.site.ups.negotiated_rates => {
            format!("published {published}, no negotiated rate: ask UPS whether the account and the app are entitled")
        }
        None => format!("published {published}; negotiated rates are not asked for"),
    })
}

fn party(address: &Address) -> ups::Party {
    ups::Party {
        name: address.name.clone(),
        attention: address.attention.clone(),
        lines: address.lines.clone(),
        city: address.city.clone(),
        state: address.state.clone(),
        postal_code: address.postal_code.clone(),
        country: address.country.clone(),
        phone: address.phone.clone(),
        email: None,
    }
}

async fn climb_syspro(app: &App, site: &Arc<SiteRuntime>, ladder: &mut Ladder) -> Option<String> {
    let url = &site.site.syspro.enet_url;
    let version = site.enet.version().await;
    let fell = match &version {
        Err(syspro::Error::Unreachable { obstacle, why, .. }) => Some((at_syspro(*obstacle), why.as_str())),
        Ok(_) | Err(_) => None,
    };
    if !ladder.reach("SYSPRO", url.host_str().unwrap_or_default(), url.scheme() == "https", fell) {
        return None;
    }
    let seat = match app.sessions.take(app, site).await {
        Ok(seat) => seat,
        Err(trouble) => {
            ladder.result("SYSPRO logon", Err(trouble));
            return None;
        }
    };
    let company = profile(&seat, site, version.ok(), ladder).await;
    for source in site.site.sources.iter().map(|it| (it.source, it.ready.as_slice())) {
        documents(&seat, site, source, ladder).await;
    }
    drop(seat);
    app.sessions.close_all(app).await;
    ladder.add(Rung::green("SYSPRO logoff", "the session is given back"));
    company
}

async fn profile(seat: &Seat<'_>, site: &SiteRuntime, version: Option<String>, ladder: &mut Ladder) -> Option<String> {
    let operator = &site.site.syspro.operator;
    let told = async {
        let token = seat.token()?;
        Ok::<_, Trouble>(site.enet.profile(&token).await?)
    };
    match told.await {
        Ok(profile) => {
            let company = profile.company_name().map(str::to_owned);
            let name = company.as_deref().unwrap_or(&site.site.syspro.company);
            let version = version.map(|it| format!(", e.net {it}")).unwrap_or_default();
            ladder.add(Rung::green("SYSPRO logon", format!("operator {operator}, company {name}{version}")));
            company
        }
        Err(trouble) => {
            ladder.result("SYSPRO logon", Err(trouble));
            None
        }
    }
}

/// Reads what is ready, reads one document over e.net, and asks whether writing to it would be accepted.
async fn documents(seat: &Seat<'_>, site: &SiteRuntime, read: (Source, &[String]), ladder: &mut Ladder) {
    let (source, ready) = read;
    let Some(odata) = &site.site.syspro.odata else { return };
    let headers = match reading::headers(&site.odata, &odata.sets, source, ready).await {
        Ok(headers) => headers,
        Err(error) => {
            ladder.result("OData read", Err(error.into()));
            return;
        }
    };
    ladder
        .add(Rung::green("OData read", format!("{} {}s in status {}", headers.len(), source.noun(), ready.join(", "))));
    let Some(first) = headers.first() else {
        ladder.add(Rung::skipped("e.net read", format!("no {} is ready to be read", source.noun())));
        return;
    };
    let found = one(seat, site, source, &first.number).await;
    if ladder.result("e.net read", found) {
        ladder.result("write permission", may_write(seat, site, source, &first.number).await);
    }
}

async fn one(seat: &Seat<'_>, site: &SiteRuntime, source: Source, number: &DocumentNumber) -> Result<String, Trouble> {
    let token = seat.token()?;
    let order = match source {
        Source::DispatchNotes => site.enet.sorqdn(&token, number.as_str()).await?,
        Source::SalesOrders | Source::Invoices | Source::PurchaseOrders => {
            site.enet.sorqry(&token, number.as_str()).await?
        }
    };
    let noun = source.noun();
    Ok(order.map_or_else(
        || format!("{noun} {number} is gone meanwhile"),
        |it| format!("{noun} {number} with {} lines", it.lines.len()),
    ))
}

/// Validates a write without doing it.
async fn may_write(
    seat: &Seat<'_>,
    site: &SiteRuntime,
    source: Source,
    number: &DocumentNumber,
) -> Result<String, Trouble> {
    let token = seat.token()?;
    let rules = &site.site.write_back.rules;
    if source == Source::DispatchNotes {
        let header = syspro::DispatchHeader::new(number.as_str()).user_field_1("");
        site.enet.sortdh(&token, &[header], syspro::Sortdh { validate_only: true }).await?;
        return Ok("SYSPRO would accept a change of the dispatch note's header (validated, not done)".to_owned());
    }
    let Some(field) = rules.form.as_ref().and_then(|form| form.tracking.clone()) else {
        return Ok("no custom form field is to be written".to_owned());
    };
    let value = syspro::FormValue {
        form_type: site.site.write_back.form_type.clone(),
        key: number.as_str().to_owned(),
        field,
        value: syspro::FormData::Alpha(String::new()),
    };
    site.enet.comsfm(&token, &[value], syspro::FormMode::Update, true).await?;
    Ok("SYSPRO would accept a change of the order's custom form (validated, not done)".to_owned())
}

fn at_ups(rung: ups::Rung) -> usize {
    match rung {
        ups::Rung::Name => 0,
        ups::Rung::Connection => 1,
        ups::Rung::Certificate => 2,
    }
}

fn at_syspro(obstacle: syspro::Obstacle) -> usize {
    match obstacle {
        syspro::Obstacle::Name => 0,
        syspro::Obstacle::Connection => 1,
        syspro::Obstacle::Certificate => 2,
    }
}

fn tell(context: &Context, site: &SiteName, ladder: &Ladder, facts: Option<&Facts>) -> anyhow::Result<()> {
    let mut value = json!({ "site": site, "green": ladder.red().is_none(), "rungs": ladder.value() });
    if let (Some(facts), Some(object)) = (facts, value.as_object_mut()) {
        object.extend(facts.value.as_object().cloned().unwrap_or_default());
    }
    context.out.value(&value)?;
    for line in ladder.lines() {
        context.out.say(line);
    }
    if let Some(facts) = facts {
        context.out.say(&facts.line);
    }
    Ok(())
}
