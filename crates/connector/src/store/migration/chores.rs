//! The migration of chores: what a site does from time to time, as leased rows; and when an accepted address that could
//! not be written is tried again.

use super::Script;

pub(super) const MIGRATION: Script = Script { name: "m20261123_000003_chores", parts: &[TABLES] };

/// `due_at`, `last_begun`, `last_ended` and `paused_at` are business time, `lease_until` is real time.
const TABLES: &[&str] = &[
    "CREATE TABLE chores (
        site_id TEXT NOT NULL REFERENCES sites (site_id),
        kind TEXT NOT NULL,
        subject TEXT NOT NULL,
        plan TEXT NOT NULL,
        settings_version BIGINT NOT NULL,
        due_at BIGINT,
        woken BIGINT NOT NULL,
        last_begun BIGINT,
        last_ended BIGINT,
        well BOOLEAN,
        words TEXT,
        paused_at BIGINT,
        paused_by TEXT,
        paused_why TEXT,
        lease_epoch BIGINT NOT NULL,
        lease_until BIGINT,
        holder TEXT,
        PRIMARY KEY (site_id, kind, subject)
    )",
    "ALTER TABLE address_checks ADD COLUMN tries BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE address_checks ADD COLUMN not_before BIGINT",
    "CREATE INDEX chores_due ON chores (due_at) WHERE due_at IS NOT NULL AND paused_at IS NULL",
];
