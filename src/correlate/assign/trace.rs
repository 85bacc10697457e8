//! What is asked of whatever a request leaves in a log.

use super::claimant::{Claimant, NamedPeer};
use crate::evidence::InputId;
use crate::logs::AccessLine;
use crate::time::{Duration, Time};

/// What takes less than this is one order of magnitude.
const SHORT: Duration = Duration::from_milliseconds(10);

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

    /// Takes note of how likely any request comes from the peer that this names.
    fn is_from_peer_of(&mut self, share: f64);

    /// Whether one request cannot have left both.
    fn excludes(&self, other: &Self) -> bool;
}

/// What a trace says of a request.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Saying<'e> {
    /// A known message.
    Message(SaidByMessage<'e>),
    /// A line of an access log.
    Line(SaidByLine<'e>),
}

/// What a message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SaidByMessage<'e> {
    /// The known message that it is.
    pub signature: &'static str,
    /// The upstream that it names.
    pub upstream: Option<&'e str>,
    /// The client that it names.
    pub peer: Option<NamedPeer>,
    /// Which of the programs on the way wrote it.
    pub writer: usize,
}

/// What a line of an access log says of how a request ended. What it took and what was sent count by their order of magnitude.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SaidByLine<'e> {
    log: InputId,
    status: Option<u16>,
    ending: Option<&'e str>,
    server: Option<&'e str>,
    tries: Vec<(Option<&'e str>, Option<u16>)>,
    process: Option<u32>,
    took: Option<u32>,
    sent: Option<u32>,
}

impl<'e> Saying<'e> {
    /// What it says, whoever the client is that it names.
    pub fn by_anyone(self) -> Saying<'e> {
        match self {
            Saying::Message(said) => Saying::Message(SaidByMessage { peer: None, ..said }),
            line @ Saying::Line(_) => line,
        }
    }
}

impl<'e> SaidByLine<'e> {
    /// What a line says; `None` where messages name its connection: those of two connections may say different things.
    pub fn of(log: InputId, line: &'e AccessLine) -> Option<SaidByLine<'e>> {
        let tries = line.upstream.iter().map(|tried| (tried.address.as_deref(), tried.status));
        let order_of_time = |took: Duration| took.div_euclid(SHORT).unsigned_abs().checked_ilog2();
        line.connection.is_none().then(|| SaidByLine {
            log,
            status: line.status,
            ending: line.termination.as_ref().map(|termination| termination.code.as_str()),
            server: line.server.as_deref(),
            tries: tries.collect(),
            process: line.process,
            took: line.request_time.and_then(order_of_time),
            sent: line.sent_bytes.or(line.body_bytes).and_then(u64::checked_ilog2),
        })
    }
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
