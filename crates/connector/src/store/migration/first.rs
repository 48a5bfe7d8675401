//! The first migration: everything an order needs on its way from SYSPRO to its delivery.

use super::Script;

pub(super) const MIGRATION: Script = Script { name: "m20261123_000001_first", parts: &[TABLES, INDEXES, VIEWS] };

const TABLES: &[&str] = &[
    "CREATE TABLE sites (
        site_id TEXT NOT NULL PRIMARY KEY,
        settings_version BIGINT NOT NULL,
        mode TEXT NOT NULL,
        environment TEXT NOT NULL,
        booked_once BOOLEAN NOT NULL,
        created_at BIGINT NOT NULL
    )",
    "CREATE TABLE site_settings (
        site_id TEXT NOT NULL REFERENCES sites (site_id),
        version BIGINT NOT NULL,
        body TEXT NOT NULL,
        made_at BIGINT NOT NULL,
        actor TEXT NOT NULL,
        PRIMARY KEY (site_id, version)
    )",
    "CREATE TABLE site_events (
        site_id TEXT NOT NULL REFERENCES sites (site_id),
        seq BIGINT NOT NULL,
        at BIGINT NOT NULL,
        actor TEXT NOT NULL,
        event TEXT NOT NULL,
        words TEXT NOT NULL,
        PRIMARY KEY (site_id, seq)
    )",
    "CREATE TABLE secrets (
        site_id TEXT NOT NULL REFERENCES sites (site_id),
        name TEXT NOT NULL,
        version BIGINT NOT NULL,
        key_id TEXT NOT NULL,
        wrapped_key {blob} NOT NULL,
        nonce {blob} NOT NULL,
        ciphertext {blob} NOT NULL,
        made_at BIGINT NOT NULL,
        PRIMARY KEY (site_id, name, version)
    )",
    "CREATE TABLE shipments (
        site_id TEXT NOT NULL REFERENCES sites (site_id),
        id {uuid} NOT NULL,
        source TEXT NOT NULL,
        document TEXT NOT NULL,
        document_key TEXT NOT NULL,
        release_no BIGINT NOT NULL,
        sales_order TEXT,
        customer TEXT,
        stage TEXT NOT NULL,
        lane TEXT NOT NULL,
        due_at BIGINT,
        woken BIGINT NOT NULL,
        lease_epoch BIGINT NOT NULL,
        lease_until BIGINT,
        tries BIGINT NOT NULL,
        seq BIGINT NOT NULL,
        state TEXT NOT NULL,
        settings_version BIGINT NOT NULL,
        fingerprint TEXT NOT NULL,
        hold_code TEXT,
        tracking_number TEXT,
        created_at BIGINT NOT NULL,
        updated_at BIGINT NOT NULL,
        PRIMARY KEY (site_id, id),
        UNIQUE (site_id, source, document_key, release_no)
    )",
    "CREATE TABLE attempts (
        site_id TEXT NOT NULL,
        shipment_id {uuid} NOT NULL,
        attempt BIGINT NOT NULL,
        reference TEXT NOT NULL,
        request_digest TEXT NOT NULL,
        request TEXT NOT NULL,
        asked_at BIGINT NOT NULL,
        outcome TEXT,
        answer {blob},
        answered_at BIGINT,
        watch_until BIGINT NOT NULL,
        PRIMARY KEY (site_id, shipment_id, attempt),
        UNIQUE (site_id, reference),
        FOREIGN KEY (site_id, shipment_id) REFERENCES shipments (site_id, id)
    )",
    "CREATE TABLE audit (
        site_id TEXT NOT NULL,
        shipment_id {uuid} NOT NULL,
        seq BIGINT NOT NULL,
        at BIGINT NOT NULL,
        actor TEXT NOT NULL,
        event TEXT NOT NULL,
        words TEXT NOT NULL,
        detail TEXT NOT NULL,
        PRIMARY KEY (site_id, shipment_id, seq),
        FOREIGN KEY (site_id, shipment_id) REFERENCES shipments (site_id, id)
    )",
    "CREATE TABLE wishes (
        site_id TEXT NOT NULL,
        id {uuid} NOT NULL,
        shipment_id {uuid} NOT NULL,
        kind TEXT NOT NULL,
        body TEXT NOT NULL,
        actor TEXT NOT NULL,
        reason TEXT NOT NULL,
        made_at BIGINT NOT NULL,
        done_at BIGINT,
        PRIMARY KEY (site_id, id),
        FOREIGN KEY (site_id, shipment_id) REFERENCES shipments (site_id, id)
    )",
    "CREATE TABLE labels (
        site_id TEXT NOT NULL,
        shipment_id {uuid} NOT NULL,
        package_no BIGINT NOT NULL,
        kind TEXT NOT NULL,
        tracking_number TEXT NOT NULL,
        format TEXT NOT NULL,
        bytes {blob} NOT NULL,
        made_at BIGINT NOT NULL,
        PRIMARY KEY (site_id, shipment_id, package_no, kind),
        FOREIGN KEY (site_id, shipment_id) REFERENCES shipments (site_id, id)
    )",
    "CREATE TABLE scans (
        site_id TEXT NOT NULL,
        tracking_number TEXT NOT NULL,
        identity TEXT NOT NULL,
        shipment_id {uuid} NOT NULL,
        at BIGINT NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (site_id, tracking_number, identity),
        FOREIGN KEY (site_id, shipment_id) REFERENCES shipments (site_id, id)
    )",
    "CREATE TABLE operator_sessions (
        server TEXT NOT NULL,
        operator TEXT NOT NULL,
        holder TEXT,
        lease_until BIGINT,
        token_sealed {blob},
        logged_on_at BIGINT,
        used_at BIGINT,
        lost_count BIGINT NOT NULL,
        lost_since BIGINT,
        refused_logons BIGINT NOT NULL,
        not_before BIGINT,
        words TEXT,
        PRIMARY KEY (server, operator)
    )",
    "CREATE TABLE sightings (
        site_id TEXT NOT NULL REFERENCES sites (site_id),
        source TEXT NOT NULL,
        document_key TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        verdict TEXT NOT NULL,
        ship_via TEXT NOT NULL,
        shipment_id {uuid},
        first_seen BIGINT NOT NULL,
        last_seen BIGINT NOT NULL,
        PRIMARY KEY (site_id, source, document_key)
    )",
    "CREATE TABLE pollers (
        site_id TEXT NOT NULL REFERENCES sites (site_id),
        source TEXT NOT NULL,
        baseline_at BIGINT,
        last_poll BIGINT,
        watermark TEXT,
        paused_reason TEXT,
        leave_until BIGINT,
        PRIMARY KEY (site_id, source)
    )",
    "CREATE TABLE outages (
        site_id TEXT NOT NULL REFERENCES sites (site_id),
        remote TEXT NOT NULL,
        since BIGINT NOT NULL,
        cause TEXT NOT NULL,
        words TEXT NOT NULL,
        next_probe BIGINT,
        probes BIGINT NOT NULL,
        closed_at BIGINT,
        PRIMARY KEY (site_id, remote, since)
    )",
    "CREATE TABLE accepted_addresses (
        site_id TEXT NOT NULL REFERENCES sites (site_id),
        memory_key TEXT NOT NULL,
        address TEXT NOT NULL,
        actor TEXT NOT NULL,
        made_at BIGINT NOT NULL,
        PRIMARY KEY (site_id, memory_key)
    )",
];

/// Partial where only the living are asked for: their cost follows the work, not the history.
const INDEXES: &[&str] = &[
    "CREATE INDEX shipments_due ON shipments (site_id, lane, due_at) WHERE due_at IS NOT NULL",
    "CREATE INDEX shipments_lanes ON shipments (lane, due_at) WHERE due_at IS NOT NULL",
    "CREATE INDEX shipments_leased ON shipments (lease_until) WHERE lease_until IS NOT NULL",
    "CREATE INDEX shipments_newest ON shipments (site_id, created_at, id)",
    "CREATE INDEX shipments_newest_of_all ON shipments (created_at, id)",
    "CREATE INDEX shipments_standing ON shipments (site_id, stage, hold_code)",
    "CREATE INDEX shipments_held ON shipments (site_id, hold_code) WHERE hold_code IS NOT NULL",
    "CREATE INDEX shipments_tracking ON shipments (site_id, tracking_number) WHERE tracking_number IS NOT NULL",
    "CREATE INDEX attempts_asked ON attempts (site_id, asked_at)",
    "CREATE INDEX attempts_watched ON attempts (site_id, watch_until) WHERE outcome IS NULL OR outcome <> 'booked'",
    "CREATE INDEX wishes_open ON wishes (site_id, shipment_id) WHERE done_at IS NULL",
    "CREATE INDEX wishes_of_shipment ON wishes (site_id, shipment_id, made_at)",
    "CREATE INDEX scans_of_shipment ON scans (site_id, shipment_id, at)",
    "CREATE INDEX outages_open ON outages (site_id, remote) WHERE closed_at IS NULL",
];

/// For reporting tools: plain names, real times, no column that only the engine understands.
const VIEWS: &[&str] = &[
    "CREATE VIEW shipments_report AS SELECT
        site_id AS site,
        {text:id} AS shipment,
        source,
        document,
        release_no AS release,
        sales_order,
        customer,
        stage,
        hold_code AS hold_reason,
        tracking_number,
        {iso:due_at} AS next_step_at,
        {iso:created_at} AS received_at,
        {iso:updated_at} AS updated_at
    FROM shipments",
    "CREATE VIEW audit_report AS SELECT
        a.site_id AS site,
        {text:a.shipment_id} AS shipment,
        s.document AS document,
        a.seq AS line,
        {iso:a.at} AS at,
        a.actor AS actor,
        a.event AS event,
        a.words AS words,
        a.detail AS detail
    FROM audit a JOIN shipments s ON s.site_id = a.site_id AND s.id = a.shipment_id",
];
