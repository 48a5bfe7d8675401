//! Labels are kept per attempt, so that a release shipped again after a void keeps its first label.

use super::Script;

pub(super) const MIGRATION: Script = Script { name: "m20261123_000006_labels", parts: &[STEPS] };

/// SQLite changes no primary key in place. Until now the last label that was bought replaced the one before, so what is
/// there is the last booked attempt's.
const STEPS: &[&str] = &[
    "CREATE TABLE labels_of_attempts (
        site_id TEXT NOT NULL,
        shipment_id {uuid} NOT NULL,
        attempt BIGINT NOT NULL,
        package_no BIGINT NOT NULL,
        kind TEXT NOT NULL,
        tracking_number TEXT NOT NULL,
        format TEXT NOT NULL,
        bytes {blob} NOT NULL,
        made_at BIGINT NOT NULL,
        PRIMARY KEY (site_id, shipment_id, attempt, package_no, kind),
        FOREIGN KEY (site_id, shipment_id) REFERENCES shipments (site_id, id)
    )",
    "INSERT INTO labels_of_attempts
        (site_id, shipment_id, attempt, package_no, kind, tracking_number, format, bytes, made_at)
     SELECT l.site_id, l.shipment_id,
        COALESCE(
            (SELECT MAX(a.attempt) FROM attempts a
                WHERE a.site_id = l.site_id AND a.shipment_id = l.shipment_id AND a.outcome = 'booked'),
            (SELECT MAX(a.attempt) FROM attempts a WHERE a.site_id = l.site_id AND a.shipment_id = l.shipment_id),
            1),
        l.package_no, l.kind, l.tracking_number, l.format, l.bytes, l.made_at
     FROM labels l",
    "DROP TABLE labels",
    "ALTER TABLE labels_of_attempts RENAME TO labels",
    // The next look at an attempt that is over stands with its shipment; nobody asks over all attempts for it.
    "DROP INDEX attempts_watched",
];
