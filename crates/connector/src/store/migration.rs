//! The tables, in migrations that are never changed once they are out.
//!
//! One text serves both databases. Only the names of two column types and the way of writing a
//! time for people differ, and these are filled in here. Every primary and unique key begins
//! with the site, so that the rows can be spread by site one day; the sessions at SYSPRO belong
//! to a server and an operator instead.

mod alarms;
mod chores;
mod console;
mod first;
mod labels;
mod nodes;
mod notices;
mod second;
mod templates;
mod tracking;

use sea_orm::{ConnectionTrait as _, DbBackend};
use sea_orm_migration::{DbErr, MigrationName, MigrationTrait, MigratorTraitSelf, SchemaManager, async_trait};

/// All migrations, oldest first.
#[derive(Debug)]
pub(super) struct Migrator;

impl MigratorTraitSelf for Migrator {
    fn migrations(&self) -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(first::MIGRATION),
            Box::new(second::Migration),
            Box::new(chores::MIGRATION),
            Box::new(alarms::MIGRATION),
            Box::new(tracking::MIGRATION),
            Box::new(labels::MIGRATION),
            Box::new(console::MIGRATION),
            Box::new(nodes::MIGRATION),
            Box::new(templates::MIGRATION),
            Box::new(notices::MIGRATION),
        ]
    }
}

/// A migration that is statements alone, carried out in order in one transaction.
struct Script {
    name: &'static str,
    parts: &'static [&'static [&'static str]],
}

impl MigrationName for Script {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Script {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let backend = manager.get_database_backend();
        for part in self.parts {
            for text in *part {
                db.execute_unprepared(&dialect(backend, text)).await?;
            }
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// `text` in the dialect of a database.
fn dialect(backend: DbBackend, text: &str) -> String {
    match backend {
        DbBackend::Postgres => filled(text, "UUID", "BYTEA", postgres_iso, |column| format!("{column}::text")),
        _ => filled(text, "BLOB", "BLOB", sqlite_iso, sqlite_uuid),
    }
}

fn filled(
    text: &str,
    uuid: &str,
    blob: &str,
    iso: impl Fn(&str) -> String,
    uuid_text: impl Fn(&str) -> String,
) -> String {
    let text = text.replace("{uuid}", uuid).replace("{blob}", blob);
    let text = expanded(&text, "iso", iso);
    expanded(&text, "text", uuid_text)
}

/// Replaces every `{name:column}` by what `with` makes of the column.
fn expanded(text: &str, name: &str, with: impl Fn(&str) -> String) -> String {
    let opening = format!("{{{name}:");
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(&opening) {
        out.push_str(before);
        let (column, after) = after.split_once('}').unwrap_or((after, ""));
        out.push_str(&with(column));
        rest = after;
    }
    out.push_str(rest);
    out
}

fn postgres_iso(column: &str) -> String {
    format!("to_char(to_timestamp({column} / 1000000) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')")
}

fn sqlite_iso(column: &str) -> String {
    format!("strftime('%Y-%m-%dT%H:%M:%SZ', {column} / 1000000, 'unixepoch')")
}

fn sqlite_uuid(column: &str) -> String {
    let parts = [(1, 8), (9, 4), (13, 4), (17, 4), (21, 12)];
    let parts: Vec<String> =
        parts.iter().map(|(from, length)| format!("substr(hex({column}), {from}, {length})")).collect();
    format!("lower({})", parts.join(" || '-' || "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_text_becomes_both_dialects() {
        let text = "CREATE TABLE t (id {uuid}, b {blob}); SELECT {iso:t.at}, {text:id}";
        let sqlite = dialect(DbBackend::Sqlite, text);
        let postgres = dialect(DbBackend::Postgres, text);
        assert!(sqlite.starts_with("CREATE TABLE t (id BLOB, b BLOB); SELECT strftime("), "{sqlite}");
        assert!(postgres.starts_with("CREATE TABLE t (id UUID, b BYTEA); SELECT to_char("), "{postgres}");
        assert!(postgres.ends_with("id::text"), "{postgres}");
        assert!(!sqlite.contains('{') && !postgres.contains('{'));
    }
}
