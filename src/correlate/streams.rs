//! Which connection a stream of a capture's file is: a report cites packets by the thousand, each with a filter for its connection.

use super::rows::{ConnectionIndex, RowList};
use crate::evidence::{ConnectionRow, InputId};

/// The connections by file and stream (Wireshark's `tcp.stream`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StreamRows(Vec<(InputId, u32, ConnectionIndex)>);

impl StreamRows {
    /// Of these connections.
    pub(super) fn of(connections: &RowList<ConnectionRow, Box<ConnectionRow>>) -> StreamRows {
        let streams = connections.indexed().flat_map(|(index, row)| {
            let seen = row.connection.seen_in.iter();
            seen.filter_map(move |seen| Some((*row.files.get(seen.file as usize)?, seen.stream, index)))
        });
        let mut streams: Vec<_> = streams.collect();
        streams.sort_unstable();
        streams.shrink_to_fit();
        StreamRows(streams)
    }

    /// The connection of a stream. Where ports were used again without a new stream, it is the first of it.
    pub fn connection(&self, input: InputId, stream: u32) -> Option<ConnectionIndex> {
        let first = self.0.partition_point(|&(file, number, _)| (file, number) < (input, stream));
        let found = self.0.get(first).filter(|&&(file, number, _)| (file, number) == (input, stream));
        found.map(|&(_, _, index)| index)
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddr};

    use super::*;
    use crate::evidence::row::Protocol;
    use crate::evidence::view::Group;
    use crate::flow::connection::SeenInFile;
    use crate::flow::{Arrival, Connection, PacketId};
    use crate::memory::Seldom;
    use crate::time::Time;

    /// A connection that was seen as these streams, each with the index of its file.
    fn row(streams: &[(u32, u32)]) -> Box<ConnectionRow> {
        let end = SocketAddr::from((Ipv4Addr::LOCALHOST, 80));
        let at = Arrival { time: Time::default(), packet: PacketId::new(0, 1) };
        let seen = |&(file, stream): &(u32, u32)| SeenInFile { file, stream, first_frame: 1, last_frame: 2 };
        let seen_in = streams.iter().map(seen).collect();
        let connection = Connection { seen_in, ..Connection::begun([end, end], true, at) };
        Box::new(ConnectionRow {
            files: [InputId(4), InputId(2)].into(),
            group: Group::Rest,
            connection,
            protocol: Protocol::Silent,
            tls: None,
            http2: None,
            exchanges: Vec::new(),
            not_http: None,
            is_asked_for: false,
            exchange_count: 0,
            last_response_end: None,
            capture_end: Time::default(),
            also: Seldom::default(),
            between: Seldom::default(),
        })
    }

    #[test]
    fn a_connection_is_found_by_its_stream_in_each_of_its_files() {
        let rows = vec![row(&[(0, 7), (1, 0)]), row(&[(1, 7)]), row(&[(1, 7)])];
        let connections = RowList::from(rows);
        let indices: Vec<ConnectionIndex> = connections.indexed().map(|(index, _)| index).collect();
        let streams = StreamRows::of(&connections);
        assert_eq!(streams.connection(InputId(4), 7), Some(indices[0]));
        assert_eq!(streams.connection(InputId(2), 0), Some(indices[0]));
        assert_eq!(streams.connection(InputId(2), 7), Some(indices[1]));
        assert_eq!(streams.connection(InputId(4), 0), None);
    }
}
