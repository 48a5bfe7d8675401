//! What may follow on what, written out; single stories; and random lives, which must never break a promise.

pub(crate) mod life;
pub(crate) mod sample;

mod promises;
mod stories;
mod table;
