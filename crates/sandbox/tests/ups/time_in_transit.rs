//! Days on the way, by lane and calendar.
