//! Sites: their settings in versions, their mode, and what was done to them by whom.
//!
//! ```text
//! site apply ─► new version of the settings + sealed secrets + one event, one transaction
//! ```
//!
//! A version is never changed or dropped: a shipment names the one it was read under. Applying
//! the same text again makes no version. Once a site has booked a label its UPS environment is
//! fixed, because a test label must never be taken for a real one.

use jiff::Timestamp;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, Value,
};
use shipment::alarm::Kind;
use shipment::number::SiteName;

use super::column::{failed, get, micros, parsed, sql, time};
use super::transaction::only_one_at;
use super::{Store, StoreError, alarms, entity, secrets};
use crate::vault::Sealed;

/// What `site apply` puts into the store.
#[derive(Debug, Clone)]
pub struct SiteApplication {
    /// The site.
    pub site: SiteName,
    /// Its settings as the text they were given in, without secrets.
    pub body: String,
    /// The site's own templates for SYSPRO's documents, by name; kept with the version of the settings.
    pub templates: Vec<(String, String)>,
    /// The mode it shall have; `None` leaves the one it has.
    pub mode: Option<String>,
    /// UPS's environment.
    pub environment: String,
    /// The secrets read with it, sealed.
    pub secrets: Vec<Sealed>,
    /// Who applies it.
    pub actor: String,
    /// When (business time).
    pub at: Timestamp,
}

/// What became of an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// The site is new; its settings have version 1.
    Created,
    /// The settings have this new version.
    Changed(i64),
    /// The settings stand already, in this version.
    Unchanged(i64),
}

/// A site as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteRow {
    /// Its name.
    pub site: SiteName,
    /// The newest version of its settings.
    pub settings_version: i64,
    /// Its mode.
    pub mode: String,
    /// UPS's environment.
    pub environment: String,
    /// Whether it has ever booked a label.
    pub booked_once: bool,
    /// When it was created (business time).
    pub created_at: Timestamp,
}

/// One version of a site's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsRow {
    /// Counts from one.
    pub version: i64,
    /// The text.
    pub body: String,
    /// When it was applied (business time).
    pub made_at: Timestamp,
    /// Who applied it.
    pub actor: String,
}

/// Something done to a site as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteEventRow {
    /// Counts from one without a gap.
    pub seq: i64,
    /// When (business time).
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// What kind of thing.
    pub event: String,
    /// What, for people.
    pub words: String,
}

impl Store {
    /// Creates or changes a site, with its secrets, all or nothing.
    ///
    /// # Errors
    /// [`StoreError::EnvironmentFixed`] when the site has booked in another environment.
    pub async fn apply_site(&self, application: &SiteApplication) -> Result<Applied, StoreError> {
        let applied = self
            .write("apply a site", |transaction| async move {
                let transaction = &*transaction;
                let applied = apply(transaction, application).await?;
                if matches!(applied, Applied::Changed(_)) {
                    // What was not ours under the old rules may be under the new ones: the next poll judges it again.
                    let text = "DELETE FROM sightings WHERE site_id = $1 AND shipment_id IS NULL";
                    let values: Vec<sea_orm::Value> = vec![application.site.as_str().into()];
                    transaction.execute_raw(sql(transaction, text, values)).await.map_err(failed("apply a site"))?;
                    // New settings may have ended these; whoever still meets the cause raises them again.
                    for kind in [Kind::SourceUnreadable, Kind::FormFieldMissing, Kind::PrinterAway] {
                        alarms::settle_all(transaction, &application.site, kind, application.at).await?;
                    }
                }
                for sealed in &application.secrets {
                    secrets::put(transaction, sealed, application.at).await?;
                }
                Ok(applied)
            })
            .await?;
        self.hint();
        Ok(applied)
    }

    /// All sites, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sites(&self) -> Result<Vec<SiteRow>, StoreError> {
        let found = entity::site::Entity::find()
            .order_by_asc(entity::site::Column::SiteId)
            .all(&self.0.read)
            .await
            .map_err(failed("read the sites"))?;
        found.into_iter().map(site_row).collect()
    }

    /// One site.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn site(&self, site: &SiteName) -> Result<Option<SiteRow>, StoreError> {
        let found = entity::site::Entity::find_by_id(site.as_str().to_owned())
            .one(&self.0.read)
            .await
            .map_err(failed("read a site"))?;
        found.map(site_row).transpose()
    }

    /// One version of a site's settings; `None` for the newest.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn site_settings(
        &self,
        site: &SiteName,
        version: Option<i64>,
    ) -> Result<Option<SettingsRow>, StoreError> {
        use entity::site_settings::{Column, Entity};
        let mut found = Entity::find().filter(Column::SiteId.eq(site.as_str()));
        if let Some(version) = version {
            found = found.filter(Column::Version.eq(version));
        }
        let found = found.order_by_desc(Column::Version).one(&self.0.read).await.map_err(failed("read settings"))?;
        found.map(settings_row).transpose()
    }

    /// The site's own templates of one version of its settings, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn site_templates(&self, site: &SiteName, version: i64) -> Result<Vec<(String, String)>, StoreError> {
        templates(&self.0.read, site, version).await
    }

    /// Changes a site's mode.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] when there is no such site.
    pub async fn set_mode(&self, site: &SiteName, mode: &str, actor: &str, at: Timestamp) -> Result<(), StoreError> {
        self.write("change a mode", |transaction| async move {
            let transaction = &*transaction;
            let done = entity::site::Entity::update_many()
                .col_expr(entity::site::Column::Mode, mode.into())
                .filter(entity::site::Column::SiteId.eq(site.as_str()))
                .exec(transaction)
                .await
                .map_err(failed("change a mode"))?;
            if done.rows_affected == 0 {
                return Err(StoreError::Unknown { what: format!("site {site}") });
            }
            tell(transaction, site, at, actor, "mode_changed", &format!("mode is {mode}")).await
        })
        .await?;
        self.hint();
        Ok(())
    }

    /// Tells of something done to a site as a whole.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tell_site(
        &self,
        site: &SiteName,
        at: Timestamp,
        actor: &str,
        event: &str,
        words: &str,
    ) -> Result<(), StoreError> {
        self.write("tell of a site", |transaction| async move {
            let transaction = &*transaction;
            tell(transaction, site, at, actor, event, words).await
        })
        .await
    }

    /// What was done to a site, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn site_events(&self, site: &SiteName) -> Result<Vec<SiteEventRow>, StoreError> {
        let found = entity::site_event::Entity::find()
            .filter(entity::site_event::Column::SiteId.eq(site.as_str()))
            .order_by_asc(entity::site_event::Column::Seq)
            .all(&self.0.read)
            .await
            .map_err(failed("read what was done to a site"))?;
        found.into_iter().map(event_row).collect()
    }
}

async fn apply(transaction: &DatabaseTransaction, application: &SiteApplication) -> Result<Applied, StoreError> {
    let doing = "apply a site";
    let site = application.site.as_str().to_owned();
    if create(transaction, application).await? {
        put_settings(transaction, application, 1).await?;
        return Ok(Applied::Created);
    }
    only_one_at(transaction, &application.site).await?;
    let standing = entity::site::Entity::find_by_id(site.clone()).one(transaction).await.map_err(failed(doing))?;
    let standing = standing.ok_or_else(|| StoreError::Unknown { what: format!("site {site}") })?;
    if standing.booked_once && standing.environment != application.environment {
        return Err(StoreError::EnvironmentFixed {
            site: application.site.clone(),
            was: standing.environment,
            asked: application.environment.clone(),
        });
    }
    let mode = application.mode.clone().unwrap_or_else(|| standing.mode.clone());
    let body = entity::site_settings::Entity::find_by_id((site.clone(), standing.settings_version))
        .one(transaction)
        .await
        .map_err(failed(doing))?
        .map(|settings| settings.body);
    let kept = templates(transaction, &application.site, standing.settings_version).await?;
    let unchanged = body.as_ref() == Some(&application.body) && kept == sorted(&application.templates);
    let version = if unchanged { standing.settings_version } else { standing.settings_version + 1 };
    if !unchanged {
        put_settings(transaction, application, version).await?;
    }
    if mode != standing.mode {
        let words = format!("mode is {mode}");
        tell(transaction, &application.site, application.at, &application.actor, "mode_changed", &words).await?;
    }
    let model = entity::site::ActiveModel {
        site_id: Set(site),
        settings_version: Set(version),
        mode: Set(mode),
        environment: Set(application.environment.clone()),
        ..Default::default()
    };
    entity::site::Entity::update(model).exec(transaction).await.map_err(failed(doing))?;
    Ok(if unchanged { Applied::Unchanged(version) } else { Applied::Changed(version) })
}

/// Makes the site's row; `false` when somebody has made it, who is waited for if that is just being done.
async fn create(transaction: &DatabaseTransaction, application: &SiteApplication) -> Result<bool, StoreError> {
    let text = "INSERT INTO sites (site_id, settings_version, mode, environment, booked_once, created_at) \
                VALUES ($1, 1, $2, $3, FALSE, $4) ON CONFLICT (site_id) DO NOTHING";
    let values: Vec<Value> = vec![
        application.site.as_str().into(),
        // Nothing is booked before a person has said that it may be.
        application.mode.as_deref().unwrap_or("approve").into(),
        application.environment.as_str().into(),
        micros(application.at).into(),
    ];
    let done = transaction.execute_raw(sql(transaction, text, values)).await.map_err(failed("apply a site"))?;
    Ok(done.rows_affected() == 1)
}

async fn put_settings(
    transaction: &DatabaseTransaction,
    application: &SiteApplication,
    version: i64,
) -> Result<(), StoreError> {
    let model = entity::site_settings::ActiveModel {
        site_id: Set(application.site.as_str().to_owned()),
        version: Set(version),
        body: Set(application.body.clone()),
        made_at: Set(micros(application.at)),
        actor: Set(application.actor.clone()),
    };
    entity::site_settings::Entity::insert(model)
        .exec_without_returning(transaction)
        .await
        .map_err(failed("apply a site"))?;
    for (template, body) in &application.templates {
        let text = "INSERT INTO site_templates (site_id, version, template, body) VALUES ($1, $2, $3, $4)";
        let site = application.site.as_str();
        let values = vec![site.into(), version.into(), template.as_str().into(), body.as_str().into()];
        transaction.execute_raw(sql(transaction, text, values)).await.map_err(failed("keep a template"))?;
    }
    let words = format!("settings version {version} applied");
    tell(transaction, &application.site, application.at, &application.actor, "settings_applied", &words).await
}

async fn templates<C: ConnectionTrait>(
    db: &C,
    site: &SiteName,
    version: i64,
) -> Result<Vec<(String, String)>, StoreError> {
    let text = "SELECT template, body FROM site_templates WHERE site_id = $1 AND version = $2";
    let values = vec![site.as_str().into(), version.into()];
    let rows = db.query_all_raw(sql(db, text, values)).await.map_err(failed("read a site's templates"))?;
    let rows = rows.iter().map(|row| Ok((get(row, 0)?, get(row, 1)?))).collect::<Result<Vec<_>, StoreError>>()?;
    // Sorted here: databases differ in how they order text.
    Ok(sorted(&rows))
}

fn sorted(templates: &[(String, String)]) -> Vec<(String, String)> {
    let mut templates = templates.to_vec();
    templates.sort_unstable();
    templates
}

/// Appends an event; its number is the next one, which is safe because only one at a time decides about a site.
pub(super) async fn tell(
    transaction: &DatabaseTransaction,
    site: &SiteName,
    at: Timestamp,
    actor: &str,
    event: &str,
    words: &str,
) -> Result<(), StoreError> {
    let doing = "tell of a site";
    only_one_at(transaction, site).await?;
    let last = entity::site_event::Entity::find()
        .filter(entity::site_event::Column::SiteId.eq(site.as_str()))
        .order_by_desc(entity::site_event::Column::Seq)
        .one(transaction)
        .await
        .map_err(failed(doing))?;
    let model = entity::site_event::ActiveModel {
        site_id: Set(site.as_str().to_owned()),
        seq: Set(last.map_or(0, |last| last.seq) + 1),
        at: Set(micros(at)),
        actor: Set(actor.to_owned()),
        event: Set(event.to_owned()),
        words: Set(words.to_owned()),
    };
    entity::site_event::Entity::insert(model).exec_without_returning(transaction).await.map_err(failed(doing))?;
    Ok(())
}

fn site_row(found: entity::site::Model) -> Result<SiteRow, StoreError> {
    Ok(SiteRow {
        site: parsed("site", &found.site_id)?,
        settings_version: found.settings_version,
        mode: found.mode,
        environment: found.environment,
        booked_once: found.booked_once,
        created_at: time("creation time", found.created_at)?,
    })
}

fn settings_row(found: entity::site_settings::Model) -> Result<SettingsRow, StoreError> {
    Ok(SettingsRow {
        version: found.version,
        body: found.body,
        made_at: time("settings time", found.made_at)?,
        actor: found.actor,
    })
}

fn event_row(found: entity::site_event::Model) -> Result<SiteEventRow, StoreError> {
    Ok(SiteEventRow {
        seq: found.seq,
        at: time("event time", found.at)?,
        actor: found.actor,
        event: found.event,
        words: found.words,
    })
}
