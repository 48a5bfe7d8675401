//! A site's own templates for SYSPRO's documents, kept with the version of the settings that named their folder.

use sea_orm::ConnectionTrait as _;
use sea_orm_migration::{DbErr, MigrationName, MigrationTrait, SchemaManager, async_trait};

use super::dialect;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261123_000010_books"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let text = dialect(manager.get_database_backend(), TABLE);
        manager.get_connection().execute_unprepared(&text).await.map(drop)
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

const TABLE: &str = "CREATE TABLE site_templates (
        site_id TEXT NOT NULL REFERENCES sites (site_id),
        version BIGINT NOT NULL,
        template TEXT NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (site_id, version, template)
    )";
