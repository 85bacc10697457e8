//! What is known beforehand, as data with its source: limits, address ranges, statuses, log messages. No logic beyond look-up.

pub mod limits;
pub(crate) mod messages;
pub mod ranges;
pub(crate) mod statuses;
