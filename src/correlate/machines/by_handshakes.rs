//! Further addresses of a machine, by handshakes that failed there: no request was ever heard, so that no line of one tells where its server listens.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::{BESIDE, FEWEST, Machines};
use crate::correlate::case::Case;
use crate::correlate::clock::Clocks;
use crate::correlate::moments::count_near;
use crate::correlate::whole::Whole;
use crate::facts::handshakes::{is_failed_handshake, tells_of_failed_handshake};
use crate::time::{Duration, Time};

/// By the edge's address.
type ByPeer<T> = BTreeMap<IpAddr, T>;

/// When lines were written, in order, and how far any of them may be off.
#[derive(Default)]
struct HandshakesTold {
    times: Vec<Time>,
    doubt: Duration,
}

impl Machines {
    /// A machine whose lines tell of failed handshakes, while the edge failed at none with the addresses that it is known to serve, has met them at
    /// another one: at that where the edge failed from the same peers at the same moments, if no other machine is known to be there.
    pub(super) fn serve_by_handshakes(&mut self, cases: &[Case], evidence: &Whole, clocks: &Clocks) {
        let written = self.tells_of_handshakes(evidence, clocks);
        if written.is_empty() {
            return;
        }
        let failed = failed_handshakes(cases, evidence);
        let known: BTreeSet<IpAddr> = self.serves.values().flatten().copied().collect();
        let listens_also = |machine: &usize| {
            let serves = self.serves.get(machine);
            serves.is_some_and(|serves| serves.iter().all(|server| !failed.contains_key(server)))
        };
        let others: Vec<_> = written.iter().filter(|(machine, _)| listens_also(machine)).collect();
        for (server, failed) in failed.iter().filter(|(server, _)| !known.contains(server)) {
            let beside = others.iter().filter(|(_, written)| are_told(failed, written));
            if let [machine] = beside.map(|(machine, _)| **machine).collect::<Vec<_>>()[..] {
                self.serves.entry(machine).or_default().insert(*server);
            }
        }
    }

    /// When each machine wrote of a failed handshake.
    fn tells_of_handshakes(
        &self,
        evidence: &Whole,
        clocks: &Clocks,
    ) -> BTreeMap<usize, ByPeer<HandshakesTold>> {
        let mut written: BTreeMap<usize, ByPeer<HandshakesTold>> = BTreeMap::new();
        let tells =
            evidence.messages.iter().filter(|row| row.line.signature.is_some_and(tells_of_failed_handshake));
        for row in tells.filter(|row| row.line.time.is_some()) {
            let input = row.place.input();
            if let Some((&machine, client)) = self.of_input.get(&input).zip(row.line.client) {
                let of_peer = written.entry(machine).or_default().entry(client).or_default();
                of_peer.times.push(clocks.time_of(row));
                of_peer.doubt = of_peer.doubt.max(BESIDE + clocks.doubt(input, row.line.resolution));
            }
        }
        let of_peers = written.values_mut().flat_map(BTreeMap::values_mut);
        of_peers.for_each(|written| written.times.sort_unstable());
        written
    }
}

/// When the edge failed at handshakes with each server.
fn failed_handshakes(cases: &[Case], evidence: &Whole) -> BTreeMap<IpAddr, ByPeer<Vec<Time>>> {
    let mut failed: BTreeMap<IpAddr, ByPeer<Vec<Time>>> = BTreeMap::new();
    for case in cases {
        let status = case.edge(evidence).and_then(|row| row.record.edge_status);
        let addresses = case.server_address(evidence).zip(case.edge_address(evidence));
        if let Some((server, peer)) = addresses.filter(|_| status.is_some_and(is_failed_handshake)) {
            failed.entry(server).or_default().entry(peer).or_default().push(case.end);
        }
    }
    failed
}

/// Whether half at least of a server's failed handshakes, and no mere few, have a line from the same peer beside them.
fn are_told(failed: &ByPeer<Vec<Time>>, written: &ByPeer<HandshakesTold>) -> bool {
    let is_told = |peer: &IpAddr, end: Time| {
        written.get(peer).is_some_and(|told| count_near(&told.times, end, told.doubt) > 0)
    };
    let ends = || failed.iter().flat_map(|(peer, ends)| ends.iter().map(move |end| (peer, *end)));
    let told = ends().filter(|(peer, end)| is_told(peer, *end)).count();
    told as u64 >= FEWEST && told * 2 >= ends().count()
}
