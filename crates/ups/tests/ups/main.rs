//! Stories of single calls, told against servers that answer as UPS was seen to answer.

mod address;
mod asking;
mod booking;
mod desk;
mod form;
mod lost;
mod observed;
mod pickup;
mod quantum_view;
mod time_in_transit;
mod tokens;
mod track_alert;
mod tracking;
