//! What is known before a capture is read. All shards look things up in it, and none changes it.

use std::net::IpAddr;
use std::sync::Arc;

use crate::evidence::interest::Interest;
use crate::evidence::place::{InputId, Place};
use crate::evidence::view::Group;
use crate::facts::limits::Profile;
use crate::facts::ranges::EdgeRanges;
use crate::flow::Arrival;
use crate::memory::MemoryBudget;

/// What is known and what is wanted before a capture is read.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    /// The files of the set in time order.
    pub files: &'a Arc<[InputId]>,
    /// The edge's address ranges.
    pub ranges: &'a EdgeRanges,
    /// The limits in force.
    pub profile: &'a Profile,
    /// What to keep because another source says that it failed.
    pub interest: &'a Interest,
    /// Only requests to this host, if given.
    pub host: Option<&'a str>,
    /// What may be taken by what waits.
    pub memory: MemoryBudget,
}

impl Given<'_> {
    /// Where a person finds a packet.
    pub fn place(&self, at: Arrival) -> Place {
        let input = self.files.get(at.packet.file() as usize).copied().unwrap_or_default();
        Place::Packet { input, frame: at.packet.frame(), stream: None }
    }

    /// The group of a connection, by its two addresses.
    pub fn group(&self, client: IpAddr, server: IpAddr) -> Group {
        if self.ranges.contains(client) { Group::Edge(server) } else { Group::Server(server) }
    }

    /// Whether it is certain that `host` is the one that the person asked for, where one was: only then a request counts.
    pub fn is_asked_host(&self, host: Option<&str>) -> bool {
        self.host.is_none_or(|wanted| host.is_some_and(|host| host.eq_ignore_ascii_case(wanted)))
    }

    /// Whether `host` is another one than the person asked for.
    pub fn is_other_host(&self, host: Option<&str>) -> bool {
        matches!((self.host, host), (Some(wanted), Some(host)) if !host.eq_ignore_ascii_case(wanted))
    }
}
