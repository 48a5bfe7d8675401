//! Sites, schedules, alarms, costs and people through the API: what their pages do, by the same functions.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use shipment::alarm::Closing;
use shipment::number::SiteName;
use utoipa::ToSchema;

use super::super::Web;
use super::super::forms::Fields;
use super::super::pages::actions::runtime;
use super::super::pages::{board, chores, costs};
use super::super::problem::Problem;
use super::super::sessions::Visitor;
use super::Sent;
use super::view::MoneyView;
use super::write::said;
use crate::app::SiteRuntime;
use crate::config::{MODES, mode_name};
use crate::people::{Role, Sites, password, person_name};
use crate::store::{AlarmFilter, AlarmRow, ChoreRow, NewPerson, PersonRow};

/// Alarms of one answer.
const ALARMS: usize = 500;

/// A site.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SiteView {
    /// Its name.
    site: String,
    /// `shadow`, `approve` or `automatic`.
    mode: String,
    /// UPS's environment.
    environment: String,
    /// Whether its labels cost money.
    real_labels: bool,
    /// The version of its settings at work.
    settings_version: i64,
    /// What it reads.
    sources: Vec<String>,
    /// Its warehouses.
    warehouses: Vec<String>,
    /// Its printers.
    printers: Vec<String>,
    /// What is away now.
    away: Vec<String>,
}

impl SiteView {
    fn of(site: &SiteRuntime) -> Self {
        let it = &site.site;
        Self {
            site: it.name.to_string(),
            mode: mode_name(site.mode()).to_owned(),
            environment: it.ups.environment.as_str().to_owned(),
            real_labels: it.buys_real_labels(),
            settings_version: site.version,
            sources: it.sources.iter().map(|it| it.source.code().to_owned()).collect(),
            warehouses: it.ship_froms.iter().map(|it| it.warehouse.to_string()).collect(),
            printers: it.printers.iter().map(|it| it.name.clone()).collect(),
            away: site.outages().keys().map(|it| it.as_str().to_owned()).collect(),
        }
    }
}

/// The sites you see.
#[utoipa::path(get, path = "/api/v1/sites", tag = "manage", responses((status = 200, body = Vec<SiteView>)))]
pub(crate) async fn sites(State(web): State<Web>, who: Visitor) -> Json<Vec<SiteView>> {
    let shown = who.sites_of(&web).into_iter().filter_map(|name| web.app().site(&name));
    Json(shown.map(|it| SiteView::of(&it)).collect())
}

/// A mode that is wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModeRequest {
    /// `shadow`, `approve` or `automatic`.
    #[schema(example = "approve")]
    mode: String,
    /// Even if more labels than one cycle takes are bought at once.
    #[serde(default)]
    many: bool,
}

fn site_of(site: &str) -> Result<SiteName, Problem> {
    site.parse().map_err(|_| Problem::not_found(format!("site {site}")))
}

/// Changes how much a site does on its own.
#[utoipa::path(
    post, path = "/api/v1/sites/{site}/mode", tag = "manage", request_body = ModeRequest,
    params(("site" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 200, body = SiteView),
        (status = 404, description = "not a site of yours"),
        (status = 409, description = "nothing would tell SYSPRO the numbers, too many labels at once, or the key was used"),
        (status = 422, description = "there is no such mode"),
    )
)]
pub(crate) async fn mode(
    State(web): State<Web>,
    who: Visitor,
    Path(site): Path<String>,
    Sent(wanted): Sent<ModeRequest>,
) -> Result<Json<SiteView>, Problem> {
    let site = site_of(&site)?;
    let known = MODES.iter().find(|(word, _)| *word == wanted.mode).map(|(_, mode)| *mode);
    let mode = known.ok_or_else(|| Problem::unusable(format!("there is no mode {}", wanted.mode)))?;
    board::set_mode(&web, &who, &site, mode, wanted.many).await?;
    Ok(Json(SiteView::of(&*runtime(&web, &site)?)))
}

/// What a site does by itself.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChoreView {
    /// Its name, e.g. `poll:dispatch_notes`.
    chore: String,
    /// When it runs.
    schedule: String,
    /// When it last ended.
    #[schema(format = DateTime)]
    last_ended: Option<String>,
    /// Whether it ended well.
    well: Option<bool>,
    /// What came of it.
    words: Option<String>,
    /// When it is next due.
    #[schema(format = DateTime)]
    next_due: Option<String>,
    /// Whether it runs now.
    running: bool,
    /// Who paused it, and why.
    paused: Option<String>,
}

impl ChoreView {
    fn of(row: &ChoreRow) -> Self {
        Self {
            chore: row.key.name(),
            schedule: row.plan.clone(),
            last_ended: row.last_ended.map(|it| it.to_string()),
            well: row.well,
            words: row.words.clone(),
            next_due: row.due_at.map(|it| it.to_string()),
            running: row.holder.is_some(),
            paused: row.paused.as_ref().map(|it| format!("{}: {}", it.by, it.why)),
        }
    }
}

/// What a site does by itself, and when.
#[utoipa::path(
    get, path = "/api/v1/sites/{site}/chores", tag = "manage", params(("site" = String, Path)),
    responses((status = 200, body = Vec<ChoreView>), (status = 404, description = "not a site of yours"))
)]
pub(crate) async fn list_chores(
    State(web): State<Web>,
    Path(site): Path<String>,
) -> Result<Json<Vec<ChoreView>>, Problem> {
    let rows = web.app().store.chores(Some(&site_of(&site)?)).await?;
    Ok(Json(rows.iter().map(ChoreView::of).collect()))
}

/// A word about a chore.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum ChoreRequest {
    /// Run it as soon as a node is free.
    Run,
    /// Let it rest.
    Pause {
        /// Why.
        reason: String,
    },
    /// Let it run again.
    Resume,
}

/// Runs a chore now, lets it rest or lets it run again.
#[utoipa::path(
    post, path = "/api/v1/sites/{site}/chores/{chore}", tag = "manage", request_body = ChoreRequest,
    params(("site" = String, Path), ("chore" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 200, body = ChoreView),
        (status = 404, description = "no such chore at a site of yours"),
        (status = 409, description = "it is paused, or the key was used for another request"),
        (status = 422, description = "the word cannot be read, or its reason is missing"),
    )
)]
pub(crate) async fn chore(
    State(web): State<Web>,
    who: Visitor,
    Path((site, name)): Path<(String, String)>,
    Sent(asked): Sent<ChoreRequest>,
) -> Result<Json<ChoreView>, Problem> {
    let site = site_of(&site)?;
    let key = chores::found(&web, &site, &name).await?;
    match asked {
        ChoreRequest::Run => chores::run_now(&web, &key).await?,
        ChoreRequest::Pause { reason } => chores::rest(&web, &who, &key, &said(reason)?).await?,
        ChoreRequest::Resume => chores::go_on(&web, &who, &key).await?,
    }
    let rows = web.app().store.chores(Some(&site)).await?;
    let row = rows.iter().find(|it| it.key == key).ok_or_else(|| Problem::not_found(format!("the chore {name}")))?;
    Ok(Json(ChoreView::of(row)))
}

/// An alarm.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AlarmView {
    /// Its site.
    site: String,
    /// Its name at the site.
    alarm: String,
    /// What it is about, for programs.
    kind: String,
    /// Which shipment, system or source.
    subject: String,
    /// Who should look.
    owner: String,
    /// What happened.
    words: String,
    /// What to do.
    to_do: String,
    /// When it was first raised.
    #[schema(format = DateTime)]
    raised_at: String,
    /// When it was last raised.
    #[schema(format = DateTime)]
    last_seen: String,
    /// How often.
    times: i64,
}

impl AlarmView {
    fn of(row: &AlarmRow) -> Self {
        Self {
            site: row.site.to_string(),
            alarm: row.id.clone(),
            kind: row.kind.as_str().to_owned(),
            subject: row.subject.clone(),
            owner: row.owner.as_str().to_owned(),
            words: row.words.clone(),
            to_do: row.kind.what_to_do().to_owned(),
            raised_at: row.raised_at.to_string(),
            last_seen: row.last_seen.to_string(),
            times: row.times,
        }
    }
}

/// Open alarms, at most 500 of each site, the newest first.
#[utoipa::path(get, path = "/api/v1/alarms", tag = "manage", responses((status = 200, body = Vec<AlarmView>)))]
pub(crate) async fn alarms(State(web): State<Web>, who: Visitor) -> Result<Json<Vec<AlarmView>>, Problem> {
    let mut told = Vec::new();
    for site in who.sites_of(&web) {
        let filter = AlarmFilter { site: Some(site), ..AlarmFilter::default() };
        told.extend(web.app().store.alarms(&filter, ALARMS).await?.iter().map(AlarmView::of));
    }
    Ok(Json(told))
}

/// Why an alarm is done.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AlarmDone {
    /// For whoever reads it later.
    reason: String,
}

/// Ticks an alarm off.
#[utoipa::path(
    post, path = "/api/v1/sites/{site}/alarms/{alarm}/done", tag = "manage", request_body = AlarmDone,
    params(("site" = String, Path), ("alarm" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 204, description = "it is done, by you or before"),
        (status = 404, description = "no such alarm at a site of yours"),
        (status = 409, description = "it closes by itself when its cause is gone, or the key was used for another request"),
        (status = 422, description = "the reason is missing"),
    )
)]
pub(crate) async fn alarm_done(
    State(web): State<Web>,
    who: Visitor,
    Path((site, alarm)): Path<(String, String)>,
    Sent(done): Sent<AlarmDone>,
) -> Result<StatusCode, Problem> {
    let (app, site) = (web.app(), site_of(&site)?);
    let row = app.store.alarm(&site, &alarm).await?.ok_or_else(|| Problem::not_found(format!("alarm {alarm}")))?;
    if row.kind.closing() == Closing::ByItself {
        return Err(Problem::conflict(format!(
            "it closes by itself when its cause is gone: {}",
            row.kind.what_to_do()
        )));
    }
    app.store.alarm_done(&site, &row.id, (&who.name, &said(done.reason)?), app.clock.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a label cost, as booked.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CostView {
    /// The day UPS was asked for it.
    #[schema(format = Date)]
    pub(in crate::web) day: String,
    /// Its site.
    pub(in crate::web) site: String,
    /// The document.
    pub(in crate::web) document: String,
    /// The service.
    pub(in crate::web) service: String,
    /// The customer.
    pub(in crate::web) customer: String,
    /// The warehouse.
    pub(in crate::web) warehouse: String,
    /// The lead tracking number.
    pub(in crate::web) tracking_number: String,
    /// The cost, where UPS told one.
    pub(in crate::web) cost: Option<MoneyView>,
    /// Whether it is the quote, because the label was found again without its charges.
    pub(in crate::web) quoted_only: bool,
}

/// What the labels of some days cost, voided ones left out; at most 92 days.
#[utoipa::path(
    get, path = "/api/v1/costs", tag = "manage",
    params(
        ("from" = Option<String>, Query, description = "first day (UTC), two weeks before the last if nothing is said"),
        ("to" = Option<String>, Query, description = "last day (UTC), today if nothing is said"),
    ),
    responses((status = 200, body = Vec<CostView>), (status = 422, description = "the days cannot be read, or are too many"))
)]
pub(crate) async fn list_costs(
    State(web): State<Web>,
    who: Visitor,
    fields: Fields,
) -> Result<Json<Vec<CostView>>, Problem> {
    Ok(Json(costs::lines(&web, &who, &fields).await?))
}

/// A person.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PersonView {
    /// What they log in with.
    name: String,
    /// What they may do.
    role: String,
    /// At which sites; none stands for all.
    sites: Option<Vec<String>>,
    /// Whether they are shut out.
    disabled: bool,
}

impl PersonView {
    fn of(row: PersonRow) -> Self {
        let sites = match row.sites {
            Sites::All => None,
            Sites::Only(names) => Some(names.iter().map(ToString::to_string).collect()),
        };
        Self { name: row.name, role: row.role.as_str().to_owned(), sites, disabled: row.disabled_at.is_some() }
    }
}

/// Everybody who may log in.
#[utoipa::path(get, path = "/api/v1/people", tag = "manage", responses((status = 200, body = Vec<PersonView>)))]
pub(crate) async fn people(State(web): State<Web>) -> Result<Json<Vec<PersonView>>, Problem> {
    Ok(Json(web.app().store.people().await?.into_iter().map(PersonView::of).collect()))
}

/// Somebody to be let in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPersonRequest {
    /// What they log in with.
    #[schema(example = "ann")]
    name: String,
    /// `viewer`, `shipper`, `supervisor`, `administrator` or `auditor`.
    #[schema(example = "shipper")]
    role: String,
    /// At which sites; none stands for all.
    sites: Option<Vec<String>>,
    /// Their first password.
    password: String,
}

fn role_of(text: &str) -> Result<Role, Problem> {
    text.parse().map_err(|error: crate::people::NoRole| Problem::unusable(error.to_string()))
}

fn sites_named(names: Option<Vec<String>>) -> Result<Sites, Problem> {
    let Some(names) = names else { return Ok(Sites::All) };
    Ok(Sites::Only(names.iter().map(|it| site_of(it)).collect::<Result<_, _>>()?))
}

/// Lets somebody in.
#[utoipa::path(
    post, path = "/api/v1/people", tag = "manage", request_body = NewPersonRequest,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 201, body = PersonView),
        (status = 404, description = "no such site"),
        (status = 409, description = "there is one of that name, or the key was used for another request"),
        (status = 422, description = "name, role or password cannot be taken"),
    )
)]
pub(crate) async fn add_person(
    State(web): State<Web>,
    who: Visitor,
    Sent(asked): Sent<NewPersonRequest>,
) -> Result<(StatusCode, Json<PersonView>), Problem> {
    let name = person_name(&asked.name).map_err(|error| Problem::unusable(error.to_string()))?;
    let (role, sites) = (role_of(&asked.role)?, sites_named(asked.sites)?);
    let typed = SecretString::from(asked.password);
    password::check(&name, &typed)?;
    let person = NewPerson { name: name.clone(), role, sites, password: Some(password::hash(typed).await?) };
    if !web.app().store.add_person(&person, &who.name, web.app().clock.real_now()).await? {
        return Err(Problem::conflict(format!("there is a {name} already")));
    }
    Ok((StatusCode::CREATED, Json(one(&web, &name).await?)))
}

async fn one(web: &Web, name: &str) -> Result<PersonView, Problem> {
    let row = web.app().store.person(name).await?.ok_or_else(|| Problem::not_found(format!("{name:?}")))?;
    Ok(PersonView::of(row))
}

/// A change of a person.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum PersonRequest {
    /// Another role or other sites.
    Role {
        /// The role.
        role: String,
        /// At which sites; none stands for all.
        sites: Option<Vec<String>>,
    },
    /// Another password.
    Password {
        /// The password.
        password: String,
    },
    /// Shut them out.
    Disable,
    /// Let them in again.
    Enable,
    /// Log their browsers out.
    LogOut,
}

/// Changes what somebody may do. Their browsers are logged out.
#[utoipa::path(
    post, path = "/api/v1/people/{name}", tag = "manage", request_body = PersonRequest,
    params(("name" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 200, body = PersonView),
        (status = 404, description = "nobody of that name"),
        (status = 409, description = "the key was used for another request"),
        (status = 422, description = "role or password cannot be taken"),
    )
)]
pub(crate) async fn person(
    State(web): State<Web>,
    who: Visitor,
    Path(name): Path<String>,
    Sent(asked): Sent<PersonRequest>,
) -> Result<Json<PersonView>, Problem> {
    let (store, now) = (&web.app().store, web.app().clock.real_now());
    one(&web, &name).await?;
    match asked {
        PersonRequest::Role { role, sites } => {
            store.set_role(&name, role_of(&role)?, &sites_named(sites)?, &who.name, now).await?;
        }
        PersonRequest::Password { password: typed } => {
            let typed = SecretString::from(typed);
            password::check(&name, &typed)?;
            let hashed = password::hash(typed).await?;
            store.set_password(&name, &hashed, &who.name, now).await?;
        }
        PersonRequest::Disable => store.set_disabled(&name, true, &who.name, now).await?,
        PersonRequest::Enable => store.set_disabled(&name, false, &who.name, now).await?,
        PersonRequest::LogOut => store.close_web_sessions(&name, &who.name, now).await?,
    }
    Ok(Json(one(&web, &name).await?))
}
