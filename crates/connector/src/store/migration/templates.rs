//! A site's own templates for SYSPRO's documents, kept with the version of the settings that named their folder.

use super::Script;

pub(super) const MIGRATION: Script = Script { name: "m20261123_000009_templates", parts: &[TABLES] };

const TABLES: &[&str] = &["CREATE TABLE site_templates (
        site_id TEXT NOT NULL REFERENCES sites (site_id),
        version BIGINT NOT NULL,
        template TEXT NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (site_id, version, template)
    )"];
