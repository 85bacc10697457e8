//! How often messages name each peer: a request of which nobody knows where it came from is so much less likely the one that left a message than one that is
//! known to have come from there.

use std::collections::BTreeMap;

use super::claimant::NamedPeer;
use super::trace::{LogTrace, Saying};

/// How often each peer is named, by the program that names it.
#[derive(Default)]
pub(super) struct PeersTold {
    of_peer: BTreeMap<(usize, NamedPeer), u32>,
    of_writer: BTreeMap<usize, u32>,
}

impl PeersTold {
    /// Of all messages.
    pub fn of<'t, T: LogTrace + 't>(traces: impl Iterator<Item = &'t T>) -> PeersTold {
        let mut told = PeersTold::default();
        for (writer, peer) in traces.filter_map(named_by) {
            *told.of_peer.entry((writer, peer)).or_default() += 1;
            *told.of_writer.entry(writer).or_default() += 1;
        }
        told
    }

    /// How likely a request comes from the peer that a message names; 1 where it names none.
    pub fn share(&self, told: &impl LogTrace) -> f64 {
        let Some((writer, peer)) = named_by(told) else { return 1.0 };
        let of_peer = self.of_peer.get(&(writer, peer)).copied().unwrap_or_default();
        let of_all = self.of_writer.get(&writer).copied().unwrap_or_default();
        // One more of this peer than were seen: few messages tell little of who else asks.
        (f64::from(of_peer) + 1.0) / (f64::from(of_all) + 1.0)
    }
}

fn named_by(told: &impl LogTrace) -> Option<(usize, NamedPeer)> {
    match told.said()? {
        Saying::Message(said) => said.peer.map(|peer| (said.writer, peer)),
        Saying::Line(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::claimant::{Claimant, OriginAnswer};
    use super::super::field::Field;
    use super::super::fixtures::{failed_at, told_at};
    use super::super::message::MessageTrace;
    use super::*;
    use crate::evidence::RequestKey;
    use crate::time::{Duration, Time};

    /// Which of the messages of one second are given, one of each of so many peers: each peer has a request that fails, and so many requests for the same page go
    /// well of which nobody knows where they came from.
    fn given(peers: u8, healthy: u64) -> Vec<(u64, u8)> {
        let (key, at) = (RequestKey::of("GET", "/"), Time::from_seconds(100, 0));
        let address = |peer: u8| std::net::IpAddr::from([172, 68, 9, peer]);
        let mut field: Field<'_, u64, u8, MessageTrace<'_>> = Field::default();
        for peer in 0..peers {
            let asked = Claimant {
                peers: [Some(address(peer)), None, None],
                resolution: Duration::SECOND,
                alone: 0.2,
                ..failed_at(at)
            };
            field.want(key, u64::from(peer), asked);
            let told = MessageTrace {
                peer: Some(NamedPeer::Edge(address(peer))),
                signature: Some("apache-backend-unresolved"),
                ..told_at(at)
            };
            field.offer(key, peer, told);
        }
        for _ in 0..healthy {
            let answer = OriginAnswer::Status(200);
            let asked = Claimant {
                resolution: Duration::SECOND,
                alone: 0.95,
                goes_well: true,
                answer,
                ..failed_at(at)
            };
            field.compete(key, asked);
        }
        field.assign_each().pairs
    }

    /// Otherwise a few healthy requests of which the edge's log tells no address keep messages from the one request that came from the client they name.
    #[test]
    fn who_is_known_to_come_from_there_is_likelier_than_who_may() {
        let own: Vec<(u64, u8)> = (0..12).map(|peer| (u64::from(peer), peer)).collect();
        assert_eq!(given(12, 10), own);
        assert_eq!(given(1, 10), [], "all that is known is of one client");
    }
}
