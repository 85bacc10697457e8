//! The streams of a capture as this program puts them together.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use flate2::read::MultiGzDecoder;
use rayscope::capture::{Packet, Reader, read_slice, read_stream, recognise};
use rayscope::flow::{Application, Arrival, Connection, End, Gap, Limits, PacketId, Side, Table};
use rayscope::packet::{Fragments, Tally};

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

impl Application for Kept {
    fn bytes(&mut self, from: Side, _: u64, data: &[u8], _: Arrival) {
        self.0[from as usize].data.extend_from_slice(data);
    }

    fn gap(&mut self, from: Side, _: u64, length: u64, _: Gap, _: Arrival) {
        self.0[from as usize].missing += length;
    }

    fn acknowledged(&mut self, _: Side, _: u64, _: Arrival) {}

    fn end(&mut self, _: Side, _: u64, _: End, _: Arrival) {}
}

/// The streams by the numbers that Wireshark gives them. What it takes for one stream and we for two connections comes one after the
/// other.
pub fn streams(bytes: &[u8]) -> BTreeMap<u32, Stream> {
    let mut connections = connections(bytes);
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

fn connections(bytes: &[u8]) -> Vec<(Connection, Kept)> {
    let mut found = Vec::new();
    let (mut fragments, mut tally) = (Fragments::default(), Tally::default());
    let mut table = Table::new(Limits::default(), |_| Kept::default());
    let mut sink = |connection: Connection, kept: Kept| found.push((connection, kept));
    let mut each = |packet: &Packet<'_>| {
        let place = PacketId { file: 0, frame: packet.frame };
        fragments.decode(packet, &mut tally, |content| table.packet(content, place, packet.time, &mut sink));
    };
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut head = [0; 12];
        std::io::Read::read_exact(&mut MultiGzDecoder::new(bytes), &mut head).expect("a head");
        let mut reader = Reader::new(recognise(&head).expect("a capture"));
        read_stream(&mut reader, MultiGzDecoder::new(bytes), 1 << 16, each).expect("no machine fault");
    } else {
        read_slice(&mut Reader::new(recognise(bytes).expect("a capture")), bytes, &mut each);
    }
    table.finish(&mut sink);
    found
}
