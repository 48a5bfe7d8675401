//! ml-connector: SYSPRO orders become UPS shipments, exactly once.

pub mod address_book;
pub mod app;
pub mod checkup;
pub mod chore;
pub mod cli;
pub mod clock;
pub mod config;
pub mod crash;
pub mod demo;
pub mod engine;
pub mod intake;
pub mod ladder;
pub mod notify;
pub mod people;
pub mod plan;
pub mod printing;
pub mod probe;
pub mod remote;
pub mod service;
pub mod site_mode;
pub mod store;
pub mod telemetry;
pub mod tracking;
pub mod vault;
pub mod web;
pub mod wishing;
