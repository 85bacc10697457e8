//! A request that may have left something in a log.

use std::net::IpAddr;

use crate::time::{Duration, Time};

/// What the origin answered, by the side that asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OriginAnswer {
    /// This status.
    Status(u16),
    /// None.
    Nothing,
    /// It is not known.
    Unknown,
}

/// The peer that a log names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NamedPeer {
    /// Of the edge, or of what stands between it and this server.
    Edge(IpAddr),
    /// The visitor, whom a server names that takes the edge's word for it (nginx's module realip).
    Visitor(IpAddr),
}

/// A request that may have left a trace.
#[derive(Clone, Debug)]
pub struct Claimant<'e> {
    /// When it began, by the reference clock.
    pub start: Time,
    /// When it was over.
    pub end: Option<Time>,
    /// The resolution of both.
    pub resolution: Duration,
    /// What the origin answered.
    pub answer: OriginAnswer,
    /// Host.
    pub host: Option<&'e str>,
    /// Where it reached the origin from, as far as that is known: the edge's address, and those that packets and access lines name.
    pub peers: [Option<IpAddr>; 3],
    /// The visitor's address.
    pub visitor: Option<IpAddr>,
    /// Its connection, where the origin's server has told its number.
    pub connection: Option<ServerConnection>,
    /// What a server that has logged it says of its time.
    pub logged: Option<LoggedSpan>,
    /// How likely it is that it left no trace.
    pub alone: f64,
    /// Whether it is no failing request.
    pub goes_well: bool,
}

/// From when to when a request was under way, by a line of an access log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoggedSpan {
    /// Which clock, in any numbering.
    pub clock: usize,
    /// When it began, where the line tells; by the reference clock, as is the end. What the server has cut off is not added.
    pub start: Option<Time>,
    /// When it was over.
    pub end: Time,
    /// The resolution of both.
    pub resolution: Duration,
}

/// A connection by the number that a server gave to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServerConnection {
    /// Which machine, in any numbering.
    pub machine: usize,
    /// The server's own number.
    pub number: u64,
}

impl Claimant<'_> {
    /// Whether it is known where it came from, as the peer of a trace is.
    pub(super) fn tells_peer(&self, peer: Option<NamedPeer>) -> bool {
        match peer {
            Some(NamedPeer::Edge(_)) => self.peers.iter().any(Option::is_some),
            Some(NamedPeer::Visitor(_)) => self.visitor.is_some(),
            None => true,
        }
    }

    /// Whether a trace of this host and peer may be its own, as far as both are known.
    pub(super) fn may_be_at(&self, host: Option<&str>, peer: Option<NamedPeer>) -> bool {
        let same_host = match (self.host, host) {
            (Some(asked), Some(told)) => asked.eq_ignore_ascii_case(told),
            _ => true,
        };
        let same_peer = match peer {
            Some(NamedPeer::Edge(address)) => {
                self.peers.iter().all(Option::is_none) || self.peers.contains(&Some(address))
            }
            Some(NamedPeer::Visitor(address)) => self.visitor.is_none_or(|visitor| visitor == address),
            None => true,
        };
        same_host && same_peer
    }
}
