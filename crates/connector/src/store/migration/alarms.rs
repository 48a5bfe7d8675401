//! Alarms: what a person has to know of, once for each cause.

use super::Script;

pub(super) const MIGRATION: Script = Script { name: "m20261123_000004_alarms", parts: &[STATEMENTS] };

/// The last ones make alarms of what waited for a person before there were any, so that the next step of such a shipment
/// finds something to settle. Their owner is who mostly helps; a hold that is raised anew names its own.
const STATEMENTS: &[&str] = &[
    "CREATE TABLE alarms (
        site_id TEXT NOT NULL REFERENCES sites (site_id),
        alarm_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        subject TEXT NOT NULL,
        owner TEXT NOT NULL,
        words TEXT NOT NULL,
        shipment_id {uuid},
        raised_at BIGINT NOT NULL,
        last_seen BIGINT NOT NULL,
        times BIGINT NOT NULL,
        settled_at BIGINT,
        settled_by TEXT,
        settled_words TEXT,
        told_at BIGINT,
        end_told_at BIGINT,
        PRIMARY KEY (site_id, alarm_id)
    )",
    "CREATE UNIQUE INDEX alarms_open ON alarms (site_id, kind, subject) WHERE settled_at IS NULL",
    "CREATE INDEX alarms_standing ON alarms (raised_at, alarm_id) WHERE settled_at IS NULL",
    "CREATE INDEX alarms_newest ON alarms (site_id, raised_at, alarm_id)",
    "CREATE INDEX alarms_newest_of_all ON alarms (raised_at, alarm_id)",
    "CREATE INDEX alarms_of_shipment ON alarms (site_id, shipment_id) WHERE shipment_id IS NOT NULL",
    "CREATE INDEX alarms_untold ON alarms (site_id, raised_at) WHERE told_at IS NULL AND settled_at IS NULL",
    "CREATE INDEX alarms_end_untold ON alarms (site_id, settled_at)
        WHERE told_at IS NOT NULL AND settled_at IS NOT NULL AND end_told_at IS NULL",
    "INSERT INTO alarms (site_id, alarm_id, kind, subject, owner, words, shipment_id, raised_at, last_seen, times)
        SELECT site_id, {text:id}, 'in_doubt', {text:id}, 'warehouse',
            'it is not known whether a label was bought', id, updated_at, updated_at, 1
        FROM shipments WHERE stage = 'in_doubt'",
    "INSERT INTO alarms (site_id, alarm_id, kind, subject, owner, words, shipment_id, raised_at, last_seen, times)
        SELECT site_id, {text:id}, hold_code, {text:id}, 'it',
            'waits for a person', id, updated_at, updated_at, 1
        FROM shipments WHERE hold_code = 'write_back_refused'",
    "INSERT INTO alarms (site_id, alarm_id, kind, subject, owner, words, shipment_id, raised_at, last_seen, times)
        SELECT site_id, {text:id}, hold_code, {text:id}, 'customer_service',
            'waits for a person', id, updated_at, updated_at, 1
        FROM shipments WHERE hold_code = 'changed_after_booking'",
    "INSERT INTO alarms (site_id, alarm_id, kind, subject, owner, words, shipment_id, raised_at, last_seen, times)
        SELECT site_id, {text:id}, 'needs_you', {text:id} || '/' || hold_code, 'customer_service',
            'waits for a person', id, updated_at, updated_at, 1
        FROM shipments WHERE hold_code IS NOT NULL
            AND hold_code <> 'write_back_refused' AND hold_code <> 'changed_after_booking'",
    "CREATE VIEW alarms_report AS SELECT
        a.site_id AS site,
        a.alarm_id AS alarm,
        a.kind AS kind,
        a.owner AS owner,
        s.document AS document,
        a.subject AS subject,
        a.words AS words,
        a.times AS times,
        {iso:a.raised_at} AS raised_at,
        {iso:a.last_seen} AS last_seen_at,
        {iso:a.settled_at} AS settled_at,
        a.settled_by AS settled_by
    FROM alarms a LEFT JOIN shipments s ON s.site_id = a.site_id AND s.id = a.shipment_id",
];
