//! A whole capture followed to the end of its connections, each read by an application of the test's own.

use flate2::read::MultiGzDecoder;
use rayscope::capture::{Packet, Reader, Summary, read_slice, read_stream, recognise};
use rayscope::flow::{
    Application, Applications, Connection, ConnectionTable, Facts, Opening, PacketId, TableLimits,
};
use rayscope::packet::{Fragments, Tally};

/// Connections that are over, in the order in which they left the table, and what read them.
pub struct Over<A>(Vec<(Connection, A)>);

impl<A: Application<Over<A>> + Default> Applications for Over<A> {
    type Application = A;

    fn open(&mut self, _: &Opening) -> A {
        A::default()
    }

    fn closed(&mut self, connection: Connection, application: A) {
        self.0.push((connection, application));
    }
}

/// What a capture holds.
pub struct Followed<A> {
    pub summary: Summary,
    pub tally: Tally,
    pub facts: Facts,
    pub connections: Vec<(Connection, A)>,
}

/// The whole way from a file's bytes, which gzip may have packed, to its connections; `None` where it is no capture.
pub fn follow<A: Application<Over<A>> + Default>(bytes: &[u8]) -> Option<Followed<A>> {
    let mut over = Over(Vec::new());
    let (summary, tally, facts) = follow_with(bytes, &mut over)?;
    Some(Followed { summary, tally, facts, connections: over.0 })
}

/// The same, for applications of the test's own.
pub fn follow_with<T: Applications>(bytes: &[u8], applications: &mut T) -> Option<(Summary, Tally, Facts)> {
    let is_packed = bytes.starts_with(&[0x1f, 0x8b]);
    let format = if is_packed {
        let mut head = [0; 12];
        std::io::Read::read_exact(&mut MultiGzDecoder::new(bytes), &mut head).ok()?;
        recognise(&head)?
    } else {
        recognise(bytes)?
    };
    let mut reader = Reader::new(format);
    let (mut fragments, mut tally) = (Fragments::default(), Tally::default());
    let mut table = ConnectionTable::new(TableLimits::default());
    let mut each = |packet: &Packet<'_>| {
        let place = PacketId::new(0, packet.frame);
        fragments
            .decode(packet, &mut tally, |content| table.packet(applications, content, place, packet.time));
    };
    if is_packed {
        read_stream(&mut reader, MultiGzDecoder::new(bytes), 1 << 16, each).expect("no machine fault");
    } else {
        read_slice(&mut reader, bytes, &mut each);
    }
    table.finish(applications);
    Some((reader.summary().clone(), tally, table.facts(0)))
}
