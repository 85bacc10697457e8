//! Which of the edge's records and of the lines of a log without rays may be one request.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::correlate::clock::Clocks;
use crate::correlate::whole::Whole;
use crate::evidence::{HostKey, LoggedRequest};
use crate::time::Duration;

/// How near in time a line and a record of one request are, beyond what clocks are corrected by.
const NEAR: Duration = Duration::from_seconds(5);

/// The peers and hosts of the edge's records. Where a log has others, its peer is the machine before it, and its host a name of its own.
pub(super) struct KnownAtEdge {
    peers: BTreeSet<IpAddr>,
    hosts: BTreeSet<HostKey>,
}

impl KnownAtEdge {
    pub(super) fn of(evidence: &Whole) -> KnownAtEdge {
        let records = || evidence.keys.in_both().flat_map(|(at_edge, _)| at_edge);
        KnownAtEdge {
            peers: records().filter_map(|record| record.peer).collect(),
            hosts: records().filter_map(|record| record.host).collect(),
        }
    }

    /// Whether both may be one request, by its peer, host and status.
    pub(super) fn agree(&self, record: &LoggedRequest, line: &LoggedRequest) -> bool {
        let peer = line.peer.filter(|peer| self.peers.contains(peer));
        let host = line.host.filter(|host| self.hosts.contains(host));
        let differ = |a: Option<u16>, b: Option<u16>| a.zip(b).is_some_and(|(a, b)| !may_be_one_answer(a, b));
        peer.zip(record.peer).is_none_or(|(a, b)| a == b)
            && host.zip(record.host).is_none_or(|(a, b)| a == b)
            && !differ(record.status, line.status)
    }
}

/// Whether a status of the edge's record and one of an access line may be of one request. The edge has a word of its own for what gave no
/// answer, as servers have for visitors who left, and serves what it had checked by a 304.
fn may_be_one_answer(at_edge: u16, at_origin: u16) -> bool {
    at_edge == at_origin || matches!(at_edge, 0 | 499 | 520..) || matches!(at_origin, 0 | 304 | 444 | 499)
}

/// Whether both may be one request, by when.
pub(super) fn are_near(record: &LoggedRequest, line: &LoggedRequest, clocks: &Clocks) -> bool {
    let moment =
        |logged: &LoggedRequest| logged.end.or(logged.start).map(|time| clocks.at(logged.place, time));
    let apart = moment(record).zip(moment(line)).map(|(one, two)| one.since(two));
    apart.is_some_and(|apart| apart.abs() <= NEAR)
}
