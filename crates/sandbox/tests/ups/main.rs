//! The pretended UPS, asked over real HTTP with JSON written here by hand.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

mod address;
mod alert;
mod booking;
mod counter;
mod customs;
mod manners;
mod pickup;
mod quantum_view;
mod rating;
mod returns;
mod rules;
mod time_in_transit;
mod tracking;
mod undoing;
