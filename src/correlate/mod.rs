//! From rows to cases: places that saw the same traffic, clock offsets, the joins by ray, by addresses and ports, and by time; and what
//! only all cases together can tell. The result is an [`Incident`].

pub mod case;
pub mod clock;
pub mod coverage;
pub mod filter;
mod in_numbers;
pub mod incident;
pub mod join;
pub mod messages;
pub mod population;
pub mod requests;
pub mod rows;
pub mod selective;
pub mod timer;
pub mod vantage;
pub mod whole;

pub use case::{Attempt, Case, Join};
pub use clock::Clocks;
pub use filter::Filter;
pub use incident::Incident;
pub use population::Population;
pub use vantage::SameTraffic;
pub use whole::Whole;
