//! Nodes: who holds a shipment, so that a node that starts again on its data directory finds what it held; of which
//! company a session is, so that the next node can go on with it, and whether somebody waits for it.

use sea_orm::ConnectionTrait;
use sea_orm_migration::{DbErr, MigrationName, MigrationTrait, SchemaManager, async_trait};

use super::dialect;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261123_000008_nodes"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let backend = manager.get_database_backend();
        for text in COLUMNS {
            db.execute_unprepared(&dialect(backend, text)).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

const COLUMNS: &[&str] = &[
    "ALTER TABLE shipments ADD COLUMN holder TEXT",
    "ALTER TABLE operator_sessions ADD COLUMN company TEXT",
    "ALTER TABLE operator_sessions ADD COLUMN wanted_until BIGINT",
];
