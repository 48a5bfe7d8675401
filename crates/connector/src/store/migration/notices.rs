//! Mail and webhooks on their way out: what was written and not yet taken.

use super::Script;

pub(super) const MIGRATION: Script = Script { name: "m20261123_000010_notices", parts: &[STATEMENTS] };

/// One outbox for both: `channel` says which, and `title` is a mail's subject or an event's type.
const STATEMENTS: &[&str] = &[
    "CREATE TABLE notices (
        site_id TEXT NOT NULL REFERENCES sites (site_id),
        notice_id TEXT NOT NULL,
        channel TEXT NOT NULL,
        recipients TEXT NOT NULL,
        title TEXT NOT NULL,
        body TEXT NOT NULL,
        made_at BIGINT NOT NULL,
        due_at BIGINT,
        tries BIGINT NOT NULL,
        lease_epoch BIGINT NOT NULL,
        lease_until BIGINT,
        sent_at BIGINT,
        trouble TEXT,
        PRIMARY KEY (site_id, notice_id)
    )",
    "CREATE INDEX notices_due ON notices (site_id, channel, due_at) WHERE due_at IS NOT NULL",
    "CREATE INDEX notices_made ON notices (site_id, channel, made_at)",
    "CREATE TABLE notice_causes (
        site_id TEXT NOT NULL REFERENCES sites (site_id),
        owner TEXT NOT NULL,
        kind TEXT NOT NULL,
        told_at BIGINT NOT NULL,
        PRIMARY KEY (site_id, owner, kind)
    )",
    "CREATE TABLE webhook_sites (
        site_id TEXT NOT NULL PRIMARY KEY REFERENCES sites (site_id),
        alarms BOOLEAN NOT NULL,
        since BIGINT NOT NULL
    )",
];
