//! Facts as data, each with its source; no logic beyond look-up.

pub mod messages;
