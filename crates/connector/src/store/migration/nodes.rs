//! Nodes: who holds a shipment, so that a node that starts again on its data directory finds what it held; of which
//! company a session is, so that the next node can go on with it, and whether somebody waits for it.

use super::Script;

pub(super) const MIGRATION: Script = Script { name: "m20261123_000008_nodes", parts: &[COLUMNS] };

const COLUMNS: &[&str] = &[
    "ALTER TABLE shipments ADD COLUMN holder TEXT",
    "ALTER TABLE operator_sessions ADD COLUMN company TEXT",
    "ALTER TABLE operator_sessions ADD COLUMN wanted_until BIGINT",
];
