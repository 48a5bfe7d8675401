//! Prices, and how many of them are told.
