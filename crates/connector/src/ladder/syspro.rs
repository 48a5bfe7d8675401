//! The rungs to SYSPRO: e.net with its one session, OData beside it, and what is to be written.

use std::sync::Arc;

use jiff::civil::Date;
use shipment::document::Source;
use shipment::number::DocumentNumber;
use shipment::write_back::DispatchField;
use syspro::{DispatchHeader, Find, FormData, FormMode, FormValue, Posted, Posting};

use super::{Ladder, Light, Rung};
use crate::app::{App, SiteRuntime};
use crate::config::{Definition, Selection, SourceSettings};
use crate::intake::reader::Reader;
use crate::intake::reading;
use crate::remote::session::{Seat, key_of};
use crate::remote::trouble::Trouble;
use crate::store::StoreError;

const READ_CURE: &str = "allow the connector's operator this business object in SYSPRO, then ping again";
const ODATA_CURE: &str = "check url, company_segment and sets in [syspro.odata]";
const LOGON: &str = "SYSPRO logon";
const LOGOFF: &str = "SYSPRO logoff";

/// How far the climb came.
pub(super) struct Climbed {
    /// Reading works by both ways, so what was paused can go on.
    pub(super) works: bool,
    /// The company's name as SYSPRO tells it.
    pub(super) company: Option<String>,
}

/// A ready document found over e.net.
struct Ready {
    number: DocumentNumber,
    /// What the note's user fields hold now.
    user_fields: [String; 2],
    /// The sales order whose custom form is concerned.
    sales_order: Option<String>,
}

pub(super) async fn climb(app: &App, site: &Arc<SiteRuntime>, ladder: &mut Ladder<'_>) -> Result<Climbed, StoreError> {
    let mut seat = log_on(app, site, ladder).await?;
    let company = match &seat {
        Some(seat) => company(seat, site, ladder).await,
        None => None,
    };
    let mut works = seat.is_some();
    let mut sales_order = None;
    for source in &site.site.sources {
        let since = crate::intake::first_day(site, source, None, app.clock.now());
        let ready = read_ready(seat.as_ref(), site, source, since, ladder).await;
        match Reader::of(app, site, &mut seat) {
            Some(reader) => {
                works &= intake(&reader, site, source, since, ready.as_ref(), ladder).await;
                seat = reader.into_seat().or(seat);
            }
            None => ladder.skip([named(site, "e.net tables", source.source).as_str()], LOGON),
        }
        may_write(seat.as_ref(), site, source.source, ready.as_ref(), ladder).await;
        sales_order = sales_order.or(ready.and_then(|it| it.sales_order));
    }
    form_fields(seat.as_ref(), site, sales_order.as_deref(), ladder).await;
    carries(site, ladder);
    log_off(seat, site, ladder).await;
    Ok(Climbed { works, company })
}

// ---- the session ----

async fn log_on<'a>(
    app: &'a App,
    site: &Arc<SiteRuntime>,
    ladder: &mut Ladder<'_>,
) -> Result<Option<Seat<'a>>, StoreError> {
    let version = site.enet.version().await;
    let fell = match &version {
        Err(syspro::Error::Unreachable { obstacle, why, .. }) => Some((height(*obstacle), why.as_str())),
        Ok(_) | Err(_) => None,
    };
    let url = &site.site.syspro.enet_url;
    if !ladder.reach("SYSPRO", url.host_str().unwrap_or_default(), url.scheme() == "https", fell) {
        ladder.skip([LOGON], "a connection");
        return Ok(None);
    }
    let address = "check transport, enet_url and the service's prefix in [syspro]";
    if let Err(error) = version {
        ladder.add(Rung::notice("SYSPRO e.net", error.to_string(), address));
    }
    match app.sessions.take(app, site).await {
        Ok(seat) => Ok(Some(seat)),
        Err(trouble) => {
            let rung = Rung::of(&site.site.name, LOGON, Err(left_alone(app, site, trouble).await?), address);
            ladder.add(rung);
            Ok(None)
        }
    }
}

/// A refused logon is not repeated at once, and then it is worth knowing until when.
async fn left_alone(app: &App, site: &SiteRuntime, mut trouble: Trouble) -> Result<Trouble, StoreError> {
    if trouble.code == "stand_back" {
        let until = app.store.session(&key_of(&site.site)).await?.and_then(|row| row.state.not_before);
        let until = match until.filter(|it| *it < jiff::Timestamp::MAX) {
            Some(until) => format!("not before {} UTC", until.strftime("%F %T")),
            None => "not before its password is set anew".to_owned(),
        };
        trouble.words = format!("{}; not tried again now, because SYSPRO locks operators, but {until}", trouble.words);
    }
    Ok(trouble)
}

async fn company(seat: &Seat<'_>, site: &SiteRuntime, ladder: &mut Ladder<'_>) -> Option<String> {
    let settings = &site.site.syspro;
    let asked = async {
        let token = seat.token()?;
        Ok::<_, Trouble>(site.enet.profile(&token).await?)
    };
    let profile = match asked.await {
        Ok(profile) => profile,
        Err(trouble) => {
            let cure = "the session did not live: give the connector an operator that nobody else uses";
            ladder.add(Rung::of(&site.site.name, LOGON, Err(trouble), cure));
            return None;
        }
    };
    let name = profile.company_name().map(str::to_owned);
    let of = name.as_deref().unwrap_or("without a name");
    let version = profile.syspro_version().map(|it| format!(", SYSPRO {it}")).unwrap_or_default();
    ladder.add(Rung::green(
        LOGON,
        format!("operator {} in company {}: {of}{version}", settings.operator, settings.company),
    ));
    name
}

async fn log_off(seat: Option<Seat<'_>>, site: &SiteRuntime, ladder: &mut Ladder<'_>) {
    let Some(seat) = seat else { return ladder.skip([LOGOFF], LOGON) };
    let ended = seat.log_off().await.map(|()| "the session is given back".to_owned());
    ladder.add(Rung::of(
        &site.site.name,
        LOGOFF,
        ended,
        "its licence seat is freed when SYSPRO lets the session idle out",
    ));
}

fn height(obstacle: syspro::Obstacle) -> usize {
    match obstacle {
        syspro::Obstacle::Name => 0,
        syspro::Obstacle::Connection => 1,
        syspro::Obstacle::Certificate => 2,
    }
}

// ---- reading ----

/// A rung's name; which kind of document is said only where a site ships several.
fn named(site: &SiteRuntime, rung: &str, source: Source) -> String {
    if site.site.sources.len() > 1 { format!("{rung} ({}s)", source.noun()) } else { rung.to_owned() }
}

async fn read_ready(
    seat: Option<&Seat<'_>>,
    site: &SiteRuntime,
    source: &SourceSettings,
    since: Date,
    ladder: &mut Ladder<'_>,
) -> Option<Ready> {
    let rung = named(site, "e.net read", source.source);
    let Some(seat) = seat else {
        ladder.skip([rung.as_str()], LOGON);
        return None;
    };
    let noun = source.source.noun();
    match one_ready(seat, site, source, since).await {
        Ok(Some((ready, lines))) => {
            let lines = lines.map(|it| format!(" with {it} lines")).unwrap_or_default();
            ladder.add(Rung::green(rung, format!("{noun} {}{lines}", ready.number)));
            Some(ready)
        }
        Ok(None) => {
            ladder.add(Rung::not_tried(rung, none_of(source, since)));
            None
        }
        Err(trouble) => {
            ladder.add(Rung::of(&site.site.name, rung, Err(trouble), READ_CURE));
            None
        }
    }
}

/// What is told where a source has nothing now.
fn none_of(source: &SourceSettings, since: Date) -> String {
    let noun = source.source.noun();
    match &source.definition.selection {
        Selection::Status { .. } => format!("no {noun} is in status {} now", source.ready.join(" or ")),
        Selection::Date { column, .. } => format!("no {noun} has {column} of {since} or later"),
    }
}

async fn one_ready(
    seat: &Seat<'_>,
    site: &SiteRuntime,
    source: &SourceSettings,
    since: Date,
) -> Result<Option<(Ready, Option<usize>)>, Trouble> {
    let token = seat.token()?;
    // What write-back reads and writes is SYSPRO's own table, whatever view the site's source stands on.
    let definition = Definition::usual(source.source);
    let find = Find::new(&definition.table).columns([&definition.number]);
    let find = match &definition.selection {
        Selection::Status { column } => find.where_any_of(column, source.ready.iter().cloned()),
        Selection::Date { column, .. } => find.where_ge_date(column, since),
    };
    let rows = site.enet.comfnd(&token, &find.first(1)).await?;
    let Some(number) = rows.first().and_then(|row| row.raw(&definition.number)) else { return Ok(None) };
    let parsed = number.parse().ok();
    let read = match source.source {
        Source::DispatchNotes => site.enet.sorqdn(&token, number).await?,
        Source::SalesOrders => site.enet.sorqry(&token, number).await?,
        // These are read by their tables alone.
        Source::Invoices | Source::PurchaseOrders => {
            let found = parsed.map(|number| Ready { number, user_fields: Default::default(), sales_order: None });
            return Ok(found.map(|ready| (ready, None)));
        }
    };
    let Some((order, number)) = read.zip(parsed) else { return Ok(None) };
    let text = |column: &str| order.header.get(column).unwrap_or_default().to_owned();
    let sales_order = Some(text("SalesOrder")).filter(|it| !it.is_empty());
    let user_fields = [text("UserField1"), text("UserField2")];
    Ok(Some((Ready { number, user_fields, sales_order }, Some(order.lines.len()))))
}

/// Reads what a poll reads, and one document in full: every table and column intake needs is touched.
async fn intake(
    reader: &Reader<'_>,
    site: &SiteRuntime,
    source: &SourceSettings,
    since: Date,
    ready: Option<&Ready>,
    ladder: &mut Ladder<'_>,
) -> bool {
    let (rung, cure) = if reader.is_enet() {
        (named(site, "e.net tables", source.source), READ_CURE)
    } else {
        (named(site, "OData read", source.source), ODATA_CURE)
    };
    let noun = source.source.noun();
    let headers = match reading::headers(reader, source, since).await {
        Ok(headers) => headers,
        Err(trouble) => return ladder.add(Rung::of(&site.site.name, rung, Err(trouble), cure)),
    };
    let Some(number) = ready.map(|it| &it.number).or(headers.first().map(|it| &it.number)) else {
        return ladder.add(Rung::green(rung, none_of(source, since)));
    };
    let documents = match reading::documents(reader, source, std::slice::from_ref(number)).await {
        Ok(documents) => documents,
        Err(trouble) => return ladder.add(Rung::of(&site.site.name, rung, Err(trouble), cure)),
    };
    let count = headers.len();
    ladder.add(match documents.first() {
        None => {
            let words = format!("{noun} {number}, which e.net knows, is not to be found; {count} others are ready");
            Rung::red(rung, words, "check company_segment in [syspro.odata]: it seems to be another company")
        }
        Some(it) => match &it.problem {
            Some(problem) => {
                let cure =
                    "such a document is held; correct it in SYSPRO, or [address] and [[source]] in the site file";
                Rung::notice(rung, format!("{count} {noun}s are ready; of {number}: {problem}"), cure)
            }
            None => {
                let lines = it.document.lines.len();
                Rung::green(rung, format!("{count} {noun}s are ready; {number} read in full with {lines} lines"))
            }
        },
    })
}

// ---- writing ----

/// Asks whether a write would be accepted. The value is the one that stands there already, so that a service which does
/// not know "validate only" changes nothing either.
async fn may_write(
    seat: Option<&Seat<'_>>,
    site: &SiteRuntime,
    source: Source,
    ready: Option<&Ready>,
    ladder: &mut Ladder<'_>,
) {
    let rung = named(site, "write permission", source);
    let Some(seat) = seat else { return ladder.skip([rung.as_str()], LOGON) };
    let Some(ready) = ready else {
        ladder.add(Rung::not_tried(rung, format!("needs a ready {} to try it on", source.noun())));
        return;
    };
    let asked = match source {
        Source::DispatchNotes => on_note(seat, site, ready).await,
        Source::SalesOrders => on_form(seat, site, ready).await,
        Source::Invoices | Source::PurchaseOrders => {
            ladder.add(Rung::not_tried(rung, format!("nothing is written to {}s themselves", source.noun())));
            return;
        }
    };
    let cure = "allow the connector's operator to post this business object in SYSPRO, then ping again";
    ladder.add(Rung::of(&site.site.name, rung, asked, cure));
}

async fn on_note(seat: &Seat<'_>, site: &SiteRuntime, ready: &Ready) -> Result<String, Trouble> {
    let number = ready.number.as_str();
    let [first, second] = &ready.user_fields;
    let header = match site.site.write_back.rules.tracking_field {
        Some(DispatchField::UserField2) => DispatchHeader::new(number).user_field_2(second),
        Some(DispatchField::UserField1 | DispatchField::ActualDeliveryDate) | None => {
            DispatchHeader::new(number).user_field_1(first)
        }
    };
    site.enet.sortdh(&seat.token()?, &[header], Posting::dry_run()).await?;
    Ok(format!("SYSPRO would accept a change of dispatch note {number} (validated, not done)"))
}

async fn on_form(seat: &Seat<'_>, site: &SiteRuntime, ready: &Ready) -> Result<String, Trouble> {
    let rules = &site.site.write_back.rules;
    let Some(field) = rules.form.as_ref().and_then(|form| form.tracking.clone()) else {
        return Ok("nothing is to be written to sales orders".to_owned());
    };
    let form_type = site.site.write_back.order_form.form_type.clone();
    let value =
        FormValue { form_type, key: ready.number.as_str().to_owned(), field, value: FormData::Alpha(String::new()) };
    let posted = site.enet.comsfm(&seat.token()?, &[value], FormMode::Add, true).await;
    // That a value stands there already means that it could be changed.
    let stands = |posted: &Posted| posted.item_errors.iter().all(syspro::ItemError::is_duplicate);
    match posted {
        Err(syspro::Error::Rejected(posted)) if stands(&posted) => {}
        other => drop(other?),
    }
    Ok(format!("SYSPRO would accept a change of the form of sales order {} (validated, not done)", ready.number))
}

/// Whether the custom form fields that are to be written exist.
async fn form_fields(seat: Option<&Seat<'_>>, site: &SiteRuntime, order: Option<&str>, ladder: &mut Ladder<'_>) {
    const RUNG: &str = "custom form";
    let rules = &site.site.write_back.rules;
    let orders = site.site.sources.iter().any(|it| it.source == Source::SalesOrders);
    let Some(form) = rules.form.as_ref().filter(|_| orders || rules.form_for_dispatch_notes) else { return };
    let Some(seat) = seat else { return ladder.skip([RUNG], LOGON) };
    let Some(order) = order else {
        ladder.add(Rung::not_tried(RUNG, "needs the sales order of a ready document to look at"));
        return;
    };
    let asked = async {
        let token = seat.token()?;
        let form_type = &site.site.write_back.order_form.form_type;
        Ok::<_, Trouble>(site.enet.comqfm(&token, form_type, order, &[("SalesOrder", order)]).await?)
    };
    let known: Vec<String> = match asked.await {
        Ok(fields) => fields.into_iter().map(|it| it.name.to_uppercase()).collect(),
        Err(trouble) => {
            ladder.add(Rung::of(&site.site.name, RUNG, Err(trouble), READ_CURE));
            return;
        }
    };
    let wanted = [&form.tracking, &form.status, &form.freight_cost, &form.ship_date];
    let (there, missing): (Vec<&String>, Vec<&String>) =
        wanted.into_iter().flatten().partition(|name| known.contains(&name.to_uppercase()));
    let list = |names: &[&String]| names.iter().map(|it| it.as_str()).collect::<Vec<_>>().join(", ");
    let light = if missing.is_empty() {
        Light::Green
    } else if form.tracking.as_ref().is_some_and(|it| missing.contains(&it)) {
        Light::Red
    } else {
        Light::Notice
    };
    let cure = format!(
        "create {} on the sales order's custom form in SYSPRO, or leave it out with \"\" in [write_back.custom_form]",
        list(&missing)
    );
    ladder.add(match light {
        Light::Red => Rung::red(RUNG, format!("{} cannot be written: no such field", list(&missing)), cure),
        Light::Notice => Rung::notice(RUNG, format!("{} is not written: no such field", list(&missing)), cure),
        Light::Green | Light::NotTried => Rung::green(RUNG, format!("{} exist", list(&there))),
    });
}

fn carries(site: &SiteRuntime, ladder: &mut Ladder<'_>) {
    const RUNG: &str = "tracking number";
    let rules = &site.site.write_back.rules;
    if let Some(without) = site.site.sources.iter().find(|it| !rules.carries_tracking(it.source)) {
        let words = format!("no enabled step writes it for {}s", without.source.noun());
        let cure = "enable [write_back] tracking, or tracking in [write_back.custom_form]; until then the site cannot be automatic";
        ladder.add(Rung::red(RUNG, words, cure));
    } else if site.site.may_write_to_syspro() {
        ladder.add(Rung::green(RUNG, "an enabled step writes it and reads it back"));
    } else {
        let words = "not written: UPS is not production, and the company is not declared a test company";
        ladder.add(Rung::notice(RUNG, words, "write test_company = true in [syspro], if it is one"));
    }
}
