//! What is asked of whatever a request leaves in a log.

use super::claimant::{Claimant, NamedPeer};
use crate::time::{Duration, Time};

/// What a request may have left in a log.
pub trait LogTrace {
    /// Whether nearly every request leaves one.
    const EACH_HAS_ONE: bool;

    /// The moment by which it is looked for; `None` where it tells none.
    fn moment(&self) -> Option<Moment>;

    /// How far its moment can lie from the request's.
    fn reach(&self) -> Duration;

    /// Whether a request may have left it by host and peer, as far as both are known.
    fn may_be_of(&self, asked: &Claimant<'_>) -> bool;

    /// How well a request and it go together: 1 at best, 0 where they cannot be one.
    fn fit(&self, asked: &Claimant<'_>) -> f64;

    /// How likely it is that it belongs to a request that is not known.
    fn unclaimed(&self) -> f64;

    /// What it says, whoever left it; `None` where nothing else can say the same.
    fn said(&self) -> Option<Saying<'_>>;

    /// Takes note of how likely a request that goes well leaves this.
    fn is_left_by_healthy(&mut self, rate: f64);

    /// Whether one request cannot have left both.
    fn excludes(&self, other: &Self) -> bool;
}

/// What a trace says of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Saying<'e> {
    /// The known message that it is.
    pub signature: &'static str,
    /// The upstream that it names.
    pub upstream: Option<&'e str>,
    /// The client that it names.
    pub peer: Option<NamedPeer>,
    /// Which of the programs on the way wrote it.
    pub writer: usize,
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
