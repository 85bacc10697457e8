//! The streams of a capture as this program puts them together.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use rayscope::flow::{Application, Arrival, End, Gap, Side};

use crate::support::followed::follow;

/// What one side sent.
#[derive(Default)]
pub struct Sent {
    pub data: Vec<u8>,
    /// Bytes declared missing between them.
    pub missing: u64,
}

/// A connection's two directions, by who sent them.
#[derive(Default)]
pub struct Stream {
    pub sent: BTreeMap<SocketAddr, Sent>,
}

/// Keeps what it is told.
#[derive(Default)]
struct Kept([Sent; 2]);

impl<C> Application<C> for Kept {
    fn bytes(&mut self, _: &mut C, from: Side, _: u64, data: &[u8], _: Arrival) {
        self.0[from as usize].data.extend_from_slice(data);
    }

    fn gap(&mut self, _: &mut C, from: Side, _: u64, length: u64, _: Gap, _: Arrival) {
        self.0[from as usize].missing += length;
    }

    fn acknowledged(&mut self, _: &mut C, _: Side, _: u64, _: Arrival) {}

    fn end(&mut self, _: &mut C, _: Side, _: u64, _: End, _: Arrival) {}
}

/// The streams by the numbers that Wireshark gives them. What it takes for one stream and we for two connections comes one after the
/// other.
pub fn streams(bytes: &[u8]) -> BTreeMap<u32, Stream> {
    let mut connections = follow::<Kept>(bytes).expect("a capture").connections;
    connections.sort_by_key(|(connection, _)| connection.first.packet);
    let mut streams: BTreeMap<u32, Stream> = BTreeMap::new();
    for (connection, Kept(sent)) in connections {
        let Some(seen) = connection.seen_in.first() else { continue };
        let stream = streams.entry(seen.stream).or_default();
        for (end, sent) in [connection.client, connection.server].into_iter().zip(sent) {
            let whole = stream.sent.entry(end).or_default();
            whole.data.extend(sent.data);
            whole.missing += sent.missing;
        }
    }
    streams
}
