//! Ways to carry a conversation: how it is cut into segments, in which order they come and which are repeated, and into which files of
//! which format the capture is written.

use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;

use proptest::prelude::*;
use proptest::sample::Index;

use super::conversation::{Act, Connection, Event, From};
use super::support::capture::{ACK, FIN, FileFormat, PSH, RST, SYN, Segment};

const ORIGIN: (Ipv4Addr, u16) = (Ipv4Addr::new(203, 0, 113, 7), 80);
/// After how many microseconds a sender repeats a segment that it takes for lost, although it was acknowledged.
const LATE: i64 = 1_500;

/// How one message is carried. Its times are those of the conversation, so that only the capture differs.
#[derive(Clone, Debug, Default)]
struct Cut {
    ends: Vec<Index>,
    swaps: Vec<(Index, Index)>,
    /// Whether the FIN comes in a segment of its own, after the last byte.
    close_apart: bool,
    /// Whether the receiver acknowledges each segment.
    answered: bool,
}

impl Cut {
    /// The segments of a message in the order in which they come: start, end, and whether it closes.
    fn parts(&self, length: usize, close: bool) -> Vec<(usize, usize, bool)> {
        let mut ends: Vec<usize> = self.ends.iter().map(|end| end.index(length + 1)).collect();
        ends.extend([0, length]);
        ends.sort_unstable();
        ends.dedup();
        let pairs = ends.windows(2).map(|pair| (pair[0], pair[1], false));
        let mut parts: Vec<(usize, usize, bool)> = pairs.collect();
        if close {
            match parts.last_mut().filter(|_| !self.close_apart) {
                Some(last) => last.2 = true,
                None => parts.push((length, length, true)),
            }
        }
        for (a, b) in &self.swaps {
            let (a, b) = (a.index(parts.len()), b.index(parts.len()));
            parts.swap(a, b);
        }
        parts
    }
}

/// One way to carry a conversation.
#[derive(Clone, Debug)]
pub struct Carriage {
    /// How the messages are carried, in order; where there are more messages, from the first again.
    cuts: Vec<Cut>,
    /// Segments that are repeated: of which message, which segment, and whether after the message was acknowledged.
    repeats: Vec<(Index, Index, bool)>,
    initial: (u32, u32),
    files: Vec<Index>,
    format: FileFormat,
}

impl Carriage {
    /// Whole messages in one file.
    pub fn plain() -> Carriage {
        Carriage {
            cuts: vec![Cut::default()],
            repeats: Vec::new(),
            initial: (1_000, 2_000),
            files: Vec::new(),
            format: FileFormat::Pcap,
        }
    }

    /// Any.
    pub fn any() -> impl Strategy<Value = Carriage> {
        Carriage::in_files(0..4)
    }

    /// Any, in several files.
    pub fn rotated() -> impl Strategy<Value = Carriage> {
        Carriage::in_files(3..9)
    }

    fn in_files(cuts: std::ops::Range<usize>) -> impl Strategy<Value = Carriage> {
        let index = any::<Index>;
        let cut = (
            prop::collection::vec(index(), 0..5),
            prop::collection::vec((index(), index()), 0..4),
            any::<(bool, bool)>(),
        );
        let cut =
            cut.prop_map(|(ends, swaps, (close_apart, answered))| Cut { ends, swaps, close_apart, answered });
        let format = prop::sample::select(vec![
            FileFormat::Pcap,
            FileFormat::PcapNanoseconds,
            FileFormat::PcapSwapped,
            FileFormat::Pcapng,
            FileFormat::PcapngNanoseconds,
        ]);
        // Far below one in a hundred: more would rightly be called loss.
        let repeats = prop::collection::vec((index(), index(), any::<bool>()), 0..5);
        let parts = (prop::collection::vec(cut, 1..12), repeats, any::<(u32, u32)>());
        (parts, prop::collection::vec(index(), cuts), format).prop_map(
            |((cuts, repeats, initial), files, format)| Carriage { cuts, repeats, initial, files, format },
        )
    }

    /// The conversation as packets, in the order in which they are captured: microseconds and frame.
    pub fn packets(&self, connections: &[Connection]) -> Vec<(i64, Vec<u8>)> {
        let mut events: Vec<(usize, &Event)> = Vec::new();
        for (number, connection) in connections.iter().enumerate() {
            events.extend(connection.events.iter().map(|event| (number, event)));
        }
        events.sort_by_key(|(number, event)| (event.at, *number));
        let mut wires: Vec<Wire> =
            connections.iter().map(|connection| Wire::new(connection, self.initial)).collect();
        let messages = events.iter().filter(|(_, event)| matches!(event.act, Act::Say { .. })).count();
        let end = events.last().map_or(0, |(_, event)| event.at);
        let (mut message, mut packets) = (0, Vec::new());
        for (number, event) in events {
            let wire = &mut wires[number];
            match &event.act {
                Act::Say { bytes, close } => {
                    let again = self.repeats.iter().filter(|(which, ..)| which.index(messages) == message);
                    let cut = &self.cuts[message % self.cuts.len()];
                    wire.say(event, (bytes, *close), cut, again, &mut packets);
                    message += 1;
                }
                act => packets.push((event.at, wire.control(event.from, act))),
            }
        }
        // Late segments still come before the end; otherwise the capture would last longer.
        packets.iter_mut().for_each(|(at, _)| *at = end.min(*at));
        packets.sort_by_key(|(at, _)| *at);
        packets
    }

    /// Writes a capture of the packets into a folder, as `tcpdump -C` names its files.
    pub fn write(&self, packets: &[(i64, Vec<u8>)], folder: &Path) {
        let mut ends: Vec<usize> = self.files.iter().map(|end| end.index(packets.len() + 1)).collect();
        ends.push(packets.len());
        ends.sort_unstable();
        let mut start = 0;
        for (number, end) in ends.iter().enumerate() {
            let name = if number == 0 { "cap.pcap".to_owned() } else { format!("cap.pcap{number}") };
            let part = packets[start..*end].iter().map(|(at, frame)| (at * 1_000, frame.as_slice()));
            fs::write(folder.join(name), self.format.write(part)).expect("a capture");
            start = *end;
        }
    }
}

/// A connection's packets.
struct Wire {
    ends: [(Ipv4Addr, u16); 2],
    initial: [u32; 2],
    next: [u32; 2],
    spoken: [bool; 2],
    id: u16,
}

impl Wire {
    fn new(connection: &Connection, (edge, origin): (u32, u32)) -> Wire {
        let (port, initial) = (u32::from(connection.edge.1), [edge, origin]);
        let initial = initial.map(|initial| initial.wrapping_add(port << 12));
        Wire { ends: [connection.edge, ORIGIN], initial, next: initial, spoken: [false; 2], id: 0 }
    }

    fn control(&mut self, from: From, act: &Act) -> Vec<u8> {
        let mine = from as usize;
        let (flags, begins) = match act {
            Act::Syn => (SYN, true),
            Act::SynAck => (SYN | ACK, true),
            Act::Reset => (RST | ACK, false),
            Act::Acknowledge | Act::Say { .. } => (ACK, false),
        };
        if begins {
            self.spoken[mine] = true;
            self.next[mine] = self.initial[mine].wrapping_add(1);
        }
        let sequence = match (begins, self.spoken[mine]) {
            (true, _) => self.initial[mine],
            (false, true) => self.next[mine],
            // A refusal has no number of its own (RFC 9293, 3.10.7.1).
            (false, false) => 0,
        };
        self.frame(from, flags, sequence, &[])
    }

    fn say<'a>(
        &mut self,
        event: &Event,
        (bytes, close): (&[u8], bool),
        cut: &Cut,
        again: impl Iterator<Item = &'a (Index, Index, bool)>,
        packets: &mut Vec<(i64, Vec<u8>)>,
    ) {
        let (now, parts) = (event.at, cut.parts(bytes.len(), close));
        let mut parts: Vec<_> = parts.into_iter().map(|part| (event.at, part)).collect();
        let in_time = parts.len();
        for (_, part, late) in again {
            let (_, part) = parts[part.index(in_time)];
            parts.push((if *late { now + LATE } else { now }, part));
        }
        let (mine, other) = (event.from as usize, 1 - event.from as usize);
        let begin = self.next[mine];
        let (mut arrived, mut acknowledged) = (vec![false; bytes.len()], 0);
        for (at, (start, end, close)) in parts {
            let flags = if close { ACK | PSH | FIN } else { ACK | PSH };
            packets.push((
                at,
                self.frame(event.from, flags, begin.wrapping_add(start as u32), &bytes[start..end]),
            ));
            arrived[start..end].fill(true);
            let whole = arrived.iter().take_while(|arrived| **arrived).count();
            // The last byte is acknowledged at the time that the conversation sets. Repeated acknowledgements would ask for a fast
            // retransmission, and an observer would take the next segment for one.
            if cut.answered && at == now && whole > acknowledged && whole < bytes.len() {
                acknowledged = whole;
                self.next[mine] = begin.wrapping_add(whole as u32);
                packets.push((at, self.frame(event.from.other(), ACK, self.next[other], &[])));
            }
        }
        self.next[mine] = begin.wrapping_add(bytes.len() as u32 + u32::from(close));
    }

    fn frame(&mut self, from: From, flags: u8, sequence: u32, payload: &[u8]) -> Vec<u8> {
        let (mine, other) = (from as usize, 1 - from as usize);
        self.id = self.id.wrapping_add(1);
        let acknowledged = if flags & ACK == 0 { 0 } else { self.next[other] };
        let ends = [self.ends[mine], self.ends[other]];
        let ttl = [57, 64][mine];
        Segment { ends, ip_id: self.id, ttl, flags, sequence, acknowledged, payload }.frame()
    }
}
