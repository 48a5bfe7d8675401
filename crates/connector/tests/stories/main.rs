//! Shipping stories: the real application against both pretended systems over real HTTP, told stage by stage.
//!
//! Each story says in its first line what happens to whom; `dock` is the place where it happens.

#[macro_use]
mod ways;

mod address;
mod address_book;
mod bad_input;
mod booking;
mod changes;
mod customs;
mod dock;
mod doubt;
mod feeds;
mod hearing;
mod intake;
mod nodes;
mod notices;
mod outages;
mod packing;
mod post_office;
mod printing;
mod reconcile;
mod schedules;
mod session;
mod sources;
mod templates;
mod tracking;
mod void;
mod write_back;
mod write_back_kinds;
mod write_back_lines;
