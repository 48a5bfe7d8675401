//! Stories of single calls, told against servers that answer as UPS was seen to answer.

mod address;
mod asking;
mod booking;
mod desk;
mod form;
mod lost;
mod observed;
mod tokens;
mod tracking;
