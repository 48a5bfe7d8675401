//! What UPS tells by itself: the inbox of its calls, every package by its number, and how each feed is heard.

use super::Script;

pub(super) const MIGRATION: Script = Script { name: "m20261123_000005_tracking", parts: &[TABLES, ROWS] };

const TABLES: &[&str] = &[
    "CREATE TABLE inbox (
        site_id TEXT NOT NULL REFERENCES sites (site_id),
        id {uuid} NOT NULL,
        heard_at BIGINT NOT NULL,
        body {blob} NOT NULL,
        PRIMARY KEY (site_id, id)
    )",
    "CREATE TABLE parcels (
        site_id TEXT NOT NULL,
        tracking_number TEXT NOT NULL,
        shipment_id {uuid} NOT NULL,
        followed BOOLEAN NOT NULL,
        subscribe_at BIGINT,
        subscribed_until BIGINT,
        tries BIGINT NOT NULL,
        lease_until BIGINT,
        words TEXT,
        PRIMARY KEY (site_id, tracking_number),
        FOREIGN KEY (site_id, shipment_id) REFERENCES shipments (site_id, id)
    )",
    "CREATE INDEX parcels_to_subscribe ON parcels (site_id, subscribe_at) WHERE subscribe_at IS NOT NULL",
    "CREATE INDEX parcels_of_shipment ON parcels (site_id, shipment_id)",
    "CREATE TABLE feeds (
        site_id TEXT NOT NULL REFERENCES sites (site_id),
        feed TEXT NOT NULL,
        events BIGINT NOT NULL,
        again BIGINT NOT NULL,
        others BIGINT NOT NULL,
        unreadable BIGINT NOT NULL,
        refused BIGINT NOT NULL,
        last_at BIGINT,
        words TEXT,
        PRIMARY KEY (site_id, feed)
    )",
    "CREATE TABLE quantum_views (
        site_id TEXT NOT NULL REFERENCES sites (site_id),
        read_until BIGINT,
        range_from BIGINT,
        range_to BIGINT,
        bookmark TEXT,
        PRIMARY KEY (site_id)
    )",
    "CREATE TABLE quantum_files (
        site_id TEXT NOT NULL REFERENCES sites (site_id),
        file TEXT NOT NULL,
        records BIGINT NOT NULL,
        read_at BIGINT NOT NULL,
        PRIMARY KEY (site_id, file)
    )",
    "ALTER TABLE scans ADD COLUMN feed TEXT NOT NULL DEFAULT 'track_api'",
    "ALTER TABLE scans ADD COLUMN heard_at BIGINT",
    "ALTER TABLE scans ADD COLUMN raw {blob}",
];

/// The packages of what is booked already. They are due to be subscribed where the site has UPS call; which of them are
/// at their end shows at the next look at each.
const ROWS: &[&str] = &["INSERT INTO parcels (site_id, tracking_number, shipment_id, followed, subscribe_at, tries)
     SELECT l.site_id, l.tracking_number, l.shipment_id, TRUE, MAX(l.made_at), 0
     FROM labels l JOIN shipments s ON s.site_id = l.site_id AND s.id = l.shipment_id
     WHERE l.kind = 'label' AND s.stage = 'booked'
     GROUP BY l.site_id, l.tracking_number, l.shipment_id
     ON CONFLICT (site_id, tracking_number) DO NOTHING"];
