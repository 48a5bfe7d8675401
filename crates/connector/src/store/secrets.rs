//! Secrets, sealed before they come here and opened after they have left.
//!
//! A secret's version is part of what it is sealed with, so the caller asks for the next version,
//! seals, and puts. Old versions are dropped: a credential that was replaced opens nothing any
//! more and is only one more thing to lose.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
};
use shipment::number::SiteName;

use super::column::{failed, get, micros, parsed, sql, time};
use super::{Store, StoreError, entity, sites};
use crate::vault::Sealed;

/// A stored secret.
#[derive(Debug, Clone)]
pub struct SecretRow {
    /// The secret, sealed.
    pub sealed: Sealed,
    /// When it was put here (business time).
    pub made_at: Timestamp,
}

impl Store {
    /// The version under which a secret is to be sealed next.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next_secret_version(&self, site: &SiteName, name: &str) -> Result<i64, StoreError> {
        Ok(self.secret(site, name).await?.map_or(0, |secret| secret.sealed.version) + 1)
    }

    /// Puts a secret in the place of the one before.
    ///
    /// # Errors
    /// When the database fails, or the site is not known to it.
    pub async fn put_secret(&self, sealed: &Sealed, actor: &str, at: Timestamp) -> Result<(), StoreError> {
        self.write("put a secret", |transaction| async move {
            let transaction = &*transaction;
            put(transaction, sealed, at).await?;
            let words = format!("secret {} replaced", sealed.name);
            sites::tell(transaction, &sealed.site, at, actor, "secret_replaced", &words).await
        })
        .await?;
        self.hint();
        Ok(())
    }

    /// Puts a secret where there is none. One that is there stays: somebody else was first.
    ///
    /// # Errors
    /// When the database fails, or the site is not known to it.
    pub async fn put_first_secret(&self, sealed: &Sealed, at: Timestamp) -> Result<(), StoreError> {
        self.write("put a secret", |transaction| async move {
            let text = "INSERT INTO secrets (site_id, name, version, key_id, wrapped_key, nonce, ciphertext, made_at) \
                        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (site_id, name, version) DO NOTHING";
            let values: Vec<sea_orm::Value> = vec![
                sealed.site.as_str().into(),
                sealed.name.as_str().into(),
                sealed.version.into(),
                sealed.key_id.as_str().into(),
                sealed.wrapped_key.clone().into(),
                sealed.nonce.clone().into(),
                sealed.ciphertext.clone().into(),
                micros(at).into(),
            ];
            transaction.execute_raw(sql(&*transaction, text, values)).await.map_err(failed("put a secret")).map(drop)
        })
        .await
    }

    /// Puts secrets that were wrapped anew by another master key in the place of the same
    /// versions, all or nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn rewrap_secrets(&self, rewrapped: &[Sealed], at: Timestamp) -> Result<(), StoreError> {
        self.write("wrap secrets anew", |transaction| async move {
            let transaction = &*transaction;
            for sealed in rewrapped {
                put(transaction, sealed, at).await?;
            }
            Ok(())
        })
        .await
    }

    /// A site's secret of this name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn secret(&self, site: &SiteName, name: &str) -> Result<Option<SecretRow>, StoreError> {
        use entity::secret::{Column, Entity};
        let found = Entity::find()
            .filter(Column::SiteId.eq(site.as_str()))
            .filter(Column::Name.eq(name))
            .order_by_desc(Column::Version)
            .one(&self.0.read)
            .await
            .map_err(failed("read a secret"))?;
        found.map(row).transpose()
    }

    /// Which secrets there are, by site: name and version, so that a node sees whether one was replaced elsewhere.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn secret_versions(&self) -> Result<BTreeMap<SiteName, Vec<(String, i64)>>, StoreError> {
        let db = &self.0.read;
        let text = "SELECT site_id, name, version FROM secrets ORDER BY site_id, name, version";
        let rows = db.query_all_raw(sql(db, text, vec![])).await.map_err(failed("read the secrets' versions"))?;
        let mut versions: BTreeMap<SiteName, Vec<(String, i64)>> = BTreeMap::new();
        for row in &rows {
            let site = parsed("site", &get::<String>(row, 0)?)?;
            versions.entry(site).or_default().push((get(row, 1)?, get(row, 2)?));
        }
        Ok(versions)
    }

    /// All secrets of a site, or of all sites: for the check of the master key before anything
    /// is touched, and for wrapping them anew.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn secrets(&self, site: Option<&SiteName>) -> Result<Vec<SecretRow>, StoreError> {
        use entity::secret::{Column, Entity};
        let mut found = Entity::find().order_by_asc(Column::SiteId).order_by_asc(Column::Name);
        if let Some(site) = site {
            found = found.filter(Column::SiteId.eq(site.as_str()));
        }
        let found = found.all(&self.0.read).await.map_err(failed("read the secrets"))?;
        found.into_iter().map(row).collect()
    }
}

pub(super) async fn put(transaction: &DatabaseTransaction, sealed: &Sealed, at: Timestamp) -> Result<(), StoreError> {
    use entity::secret::{ActiveModel, Column, Entity};
    let doing = "put a secret";
    Entity::delete_many()
        .filter(Column::SiteId.eq(sealed.site.as_str()))
        .filter(Column::Name.eq(sealed.name.as_str()))
        .filter(Column::Version.lte(sealed.version))
        .exec(transaction)
        .await
        .map_err(failed(doing))?;
    let model = ActiveModel {
        site_id: Set(sealed.site.as_str().to_owned()),
        name: Set(sealed.name.clone()),
        version: Set(sealed.version),
        key_id: Set(sealed.key_id.clone()),
        wrapped_key: Set(sealed.wrapped_key.clone()),
        nonce: Set(sealed.nonce.clone()),
        ciphertext: Set(sealed.ciphertext.clone()),
        made_at: Set(micros(at)),
    };
    Entity::insert(model).exec_without_returning(transaction).await.map_err(failed(doing))?;
    Ok(())
}

fn row(found: entity::secret::Model) -> Result<SecretRow, StoreError> {
    Ok(SecretRow {
        made_at: time("secret time", found.made_at)?,
        sealed: Sealed {
            site: parsed("site", &found.site_id)?,
            name: found.name,
            version: found.version,
            key_id: found.key_id,
            wrapped_key: found.wrapped_key,
            nonce: found.nonce,
            ciphertext: found.ciphertext,
        },
    })
}
