//! What is asked of whatever a request leaves in a log.

use super::claimant::Claimant;
use crate::time::{Duration, Time};

/// What a request may have left in a log.
pub trait LogTrace {
    /// Whether nearly every request leaves one.
    const EACH_HAS_ONE: bool;

    /// The moment by which it is looked for; `None` where it tells none.
    fn moment(&self) -> Option<Moment>;

    /// How far its moment can lie from the request's.
    fn reach(&self) -> Duration;

    /// How well a request and it go together: 1 at best, 0 where they cannot be one.
    fn fit(&self, asked: &Claimant<'_>) -> f64;

    /// How likely it is that it belongs to a request that is not known.
    fn unclaimed(&self) -> f64;

    /// Whether it says the same as another, whoever left them.
    fn says_the_same(&self, other: &Self) -> bool;

    /// Whether one request cannot have left both.
    fn excludes(&self, other: &Self) -> bool;
}

/// A moment of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Its start.
    Start(Time),
    /// Its end.
    End(Time),
    /// Any while it was under way.
    Within(Time),
}
