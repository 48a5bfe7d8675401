//! Stories of single calls, told against servers that answer as UPS was seen to answer.

mod address;
mod asking;
mod booking;
mod customs;
mod desk;
mod form;
mod lost;
mod observed;
mod pickup;
mod quantum_view;
mod rating;
mod recovering;
mod returning;
mod shipping;
mod time_in_transit;
mod tokens;
mod track_alert;
mod tracking;
mod voiding;
