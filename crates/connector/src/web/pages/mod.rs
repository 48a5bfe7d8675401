//! The pages: one file each, from a few questions to the store to HTML, and the actions that stand on it.

pub(super) mod actions;
pub(super) mod audit;
pub(super) mod begin;
pub(super) mod board;
pub(super) mod checks;
pub(super) mod chores;
pub(super) mod costs;
pub(super) mod desk;
pub(super) mod entry;
mod fix;
pub(super) mod health;
pub(super) mod needs;
pub(super) mod people;
pub(super) mod printers;
mod row;
pub(super) mod ship_via;
pub(super) mod shipment;
pub(super) mod shipments;
pub(super) mod sites;
pub(super) mod station;
pub(super) mod whereabouts;
