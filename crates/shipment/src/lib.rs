//! The life of a shipment, pure: states, rules and decisions without I/O, clock or randomness.

pub mod address;
pub mod alarm;
pub mod decide;
pub mod document;
pub mod goods_value;
pub mod hold;
pub mod measure;
pub mod milestone;
pub mod money;
pub mod number;
pub mod ours;
pub mod packing;
pub mod remedy;
pub mod schedule;
pub mod service;
pub mod ship_date;
pub mod state;
pub mod tracking;
pub mod waybill;
pub mod write_back;
