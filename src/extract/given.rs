//! What a pass over captures is given before it begins: all shards look things up in it, and none changes it.

use std::net::IpAddr;

use crate::evidence::interest::Interest;
use crate::evidence::place::{InputId, Place};
use crate::evidence::view::Group;
use crate::facts::limits::Profile;
use crate::facts::ranges::EdgeRanges;
use crate::flow::Arrival;

/// What is known, and what is asked, before a capture is read.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    /// The files of the set in time order.
    pub files: &'a [InputId],
    /// The edge's address ranges.
    pub ranges: &'a EdgeRanges,
    /// The limits in force.
    pub profile: &'a Profile,
    /// What to keep because it failed elsewhere.
    pub interest: &'a Interest,
    /// Requests to this host only.
    pub host: Option<&'a str>,
}

impl Given<'_> {
    /// Where a person finds a packet.
    pub fn place(&self, at: Arrival) -> Place {
        let input = self.files.get(at.packet.file as usize).copied().unwrap_or_default();
        Place::Packet { input, frame: at.packet.frame, stream: None }
    }

    /// Whose connection it is, by its two addresses.
    pub fn group(&self, client: IpAddr, server: IpAddr) -> Group {
        if self.ranges.contains(client) { Group::Edge(server) } else { Group::Server(server) }
    }

    /// Whether a request to `host` is one that nobody asked about.
    pub fn is_other_host(&self, host: Option<&str>) -> bool {
        matches!((self.host, host), (Some(wanted), Some(host)) if !host.eq_ignore_ascii_case(wanted))
    }
}
