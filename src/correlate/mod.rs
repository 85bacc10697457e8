//! From rows to cases: places that saw the same traffic, clock offsets, the joins by ray, by addresses and ports, and by time; and what
//! only all cases together can tell. The result is an [`Incident`].

pub(crate) mod assign;
pub(crate) mod backends;
mod boot;
mod by_edge;
mod bystander;
pub(crate) mod case;
pub(crate) mod clock;
mod counted;
pub(crate) mod coverage;
pub(crate) mod edge_made;
pub(crate) mod filter;
pub(crate) mod happened;
pub(crate) mod hop;
mod in_numbers;
pub(crate) mod in_packets;
pub(crate) mod incident;
pub(crate) mod join;
pub(crate) mod limited;
pub(crate) mod machines;
pub(crate) mod messages;
pub(crate) mod outcome;
pub(crate) mod pages;
pub(crate) mod population;
mod repeated;
pub(crate) mod requests;
pub(crate) mod rows;
pub(crate) mod selective;
pub(crate) mod servers;
pub(crate) mod spread;
pub(crate) mod timer;
pub(crate) mod unanswered;
pub(crate) mod vantage;
pub(crate) mod whole;

pub use case::{Attempt, Case, Join};
pub use counted::{Counted, CountedIn};
pub use coverage::edge_seen;
pub use filter::Filter;
pub use happened::Happened;
pub use hop::{Hop, lost_at};
pub use incident::Incident;
pub use outcome::{Family, Outcome, ToldFrom};
pub use repeated::RepeatedRecords;
pub use spread::Spread;
pub use vantage::SameTraffic;
pub use whole::Whole;
