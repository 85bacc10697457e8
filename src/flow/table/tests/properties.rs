//! What holds for every conversation.

use proptest::prelude::*;

use super::*;

/// One side's turn: what it says, how it is cut, in which order and how often the parts are captured.
#[derive(Clone, Debug)]
struct Turn {
    from: Side,
    data: Vec<u8>,
    cuts: Vec<prop::sample::Index>,
    order: Vec<(prop::sample::Index, prop::sample::Index)>,
    repeats: Vec<prop::sample::Index>,
    next_file: bool,
}

fn turn() -> impl Strategy<Value = Turn> {
    let index = any::<prop::sample::Index>;
    let from = any::<bool>().prop_map(|client| if client { Side::Client } else { Side::Server });
    let data = prop::collection::vec(any::<u8>(), 1..400);
    let cuts = prop::collection::vec(index(), 0..12);
    let order = prop::collection::vec((index(), index()), 0..12);
    let repeats = prop::collection::vec(index(), 0..4);
    (from, data, cuts, order, repeats, any::<bool>()).prop_map(
        |(from, data, cuts, order, repeats, next_file)| Turn { from, data, cuts, order, repeats, next_file },
    )
}

impl Turn {
    /// Ranges of the data in the order in which they are captured.
    fn parts(&self) -> Vec<(usize, usize)> {
        let mut ends: Vec<usize> = self.cuts.iter().map(|cut| 1 + cut.index(self.data.len())).collect();
        ends.push(self.data.len());
        ends.sort_unstable();
        ends.dedup();
        let mut start = 0;
        let mut parts: Vec<(usize, usize)> = Vec::new();
        for end in ends {
            parts.push((start, end));
            start = end;
        }
        // Repeats may be cut otherwise than the first copies: from one part's start to the end of the turn.
        let again: Vec<_> =
            self.repeats.iter().map(|repeat| (parts[repeat.index(parts.len())].0, self.data.len())).collect();
        parts.extend(again);
        for (a, b) in &self.order {
            let (a, b) = (a.index(parts.len()), b.index(parts.len()));
            parts.swap(a, b);
        }
        parts
    }
}

proptest! {
    /// What was said arrives, however it was cut, overtaken, repeated and rotated.
    #[test]
    fn any_way_to_carry_a_conversation_delivers_the_same_bytes(
        turns in prop::collection::vec(turn(), 1..8),
        initial in (any::<u32>(), any::<u32>()),
        handshake_seen: bool,
    ) {
        let mut wire = wire();
        let mut next = [initial.0.wrapping_add(1), initial.1.wrapping_add(1)];
        let mut said: [Vec<u8>; 2] = [Vec::new(), Vec::new()];
        if handshake_seen {
            wire.client(SYN, initial.0, 0, b"");
            wire.server(SYN | ACK, initial.1, next[0], b"");
        }
        // Both sides tell where they stand, so that a late start finds the beginning.
        wire.client(ACK, next[0], next[1], b"");
        wire.server(ACK, next[1], next[0], b"");
        for turn in &turns {
            let (mine, other) = (turn.from as usize, turn.from.peer() as usize);
            for (start, end) in turn.parts() {
                let sequence = next[mine].wrapping_add(start as u32);
                let ports = wire.ports;
                wire.put(&segment(turn.from, ports, ACK, sequence, next[other], &turn.data[start..end]));
            }
            next[mine] = next[mine].wrapping_add(turn.data.len() as u32);
            said[mine].extend(&turn.data);
            if turn.next_file {
                wire.at.packet = PacketId::new(wire.at.packet.file() + 1, 0);
            }
            let ports = wire.ports;
            wire.put(&segment(turn.from.peer(), ports, ACK, next[other], next[mine], b""));
        }
        wire.client(FIN | ACK, next[0], next[1], b"");
        wire.server(FIN | ACK, next[1], next[0].wrapping_add(1), b"");
        let (connection, recorder) = wire.only();
        prop_assert_eq!(&recorder.read, &said);
        prop_assert_eq!(&recorder.gaps, &[]);
        prop_assert_eq!(recorder.acknowledged[0], said[0].len() as u64);
        prop_assert_eq!(recorder.ends.len(), 2);
        prop_assert_eq!(connection.from_client.anomalies.conflicting_overlaps + connection.from_server.anomalies.conflicting_overlaps, 0);
    }

    /// The short way of segments that are expected says what the long way says, of good conversations and of bad ones; and a connection that
    /// rests between them forgets nothing.
    #[test]
    fn expected_segments_are_taken_as_any_others(
        segments in prop::collection::vec(
            // Mostly the next bytes and the last acknowledgement, now and then anything.
            (any::<bool>(), 0u8..32, 0u32..60, 0usize..60, 0u32..60, 0u16..4, 0u8..30),
            0..150,
        ),
        initial in (any::<u32>(), any::<u32>()),
        late: bool,
    ) {
        let data: Vec<u8> = (0..60u32).map(|byte| byte as u8).collect();
        let told = |short: bool, rests: bool| {
            let mut wire = wire();
            let mut next = [initial.0.wrapping_add(1), initial.1.wrapping_add(1)];
            let mut waiting = Vec::new();
            if !late {
                wire.client(SYN, initial.0, 0, b"");
                wire.server(SYN | ACK, initial.1, next[0], b"");
                wire.client(ACK, next[0], next[1], b"");
            }
            for &(client, flags, jump, length, ack_jump, window, file) in &segments {
                let (from, mine, other) = if client { (Side::Client, 0, 1) } else { (Side::Server, 1, 0) };
                let flags = [FIN | ACK, RST | ACK].get(usize::from(flags)).copied().unwrap_or(ACK);
                let jump = if jump < 50 { 0 } else { jump.wrapping_sub(55).wrapping_mul(30) };
                let ack_jump = if ack_jump < 50 { 0 } else { ack_jump.wrapping_sub(55).wrapping_mul(30) };
                let sequence = next[mine].wrapping_add(jump);
                let ack = next[other].wrapping_add(ack_jump);
                // One byte probes a closed window, or keeps a connection alive.
                let length = match length {
                    0..20 => 0,
                    20..30 => 1,
                    _ => length,
                };
                let ports = wire.ports;
                let segment = segment(from, ports, flags, sequence, ack, &data[..length]);
                if file == 0 {
                    wire.at.packet = PacketId::new(wire.at.packet.file() + 1, 0);
                }
                if !short {
                    wire.table.open.iter_mut().for_each(|live| live.under_way = false);
                }
                // The same header has the same identification, so that some are copies.
                let ip_id = Some((sequence ^ ack.rotate_left(8)) as u16).filter(|_| file % 3 > 0);
                wire.put(&Segment {
                    window: window * 100,
                    length: segment.length + u32::from(file == 29),
                    ip_id,
                    interface: u32::from(file % 2),
                    ..segment
                });
                waiting.push(wire.table.waiting_bytes);
                if rests {
                    wire.table.open.rest_all(&mut wire.done);
                }
                if jump == 0 {
                    next[mine] = next[mine].wrapping_add(length as u32);
                }
            }
            let facts: Vec<_> = (0..9).map(|file| wire.table.facts(file)).collect();
            let told = wire.finish().into_iter().map(|(connection, recorder)| {
                let Recorder { read, gaps, acknowledged, ends, events, .. } = recorder;
                (connection, read, gaps, acknowledged, ends, events)
            });
            (facts, waiting, told.collect::<Vec<_>>())
        };
        let expected = told(true, false);
        prop_assert_eq!(&told(false, false), &expected);
        prop_assert_eq!(&told(true, true), &expected);
    }

    /// Segments without sense: no panic, and the rules of [`Recorder`] hold for each connection.
    #[test]
    fn random_segments_are_survived(
        segments in prop::collection::vec(
            (any::<bool>(), 0u16..3, any::<u8>(), 0u32..3_000, 0u32..3_000, 0usize..300, 0u32..400, any::<bool>()),
            0..120,
        ),
        base in any::<u32>(),
        tight: bool,
    ) {
        let tight = tight.then_some(TableLimits { connection_bytes: 500, total_bytes: 800, ..TableLimits::default() });
        let mut wire = wire_with(tight.unwrap_or_default());
        let data: Vec<u8> = (0..300u32).map(|byte| byte as u8).collect();
        for (client, port, flags, sequence, ack, captured, cut, jump) in segments {
            let from = if client { Side::Client } else { Side::Server };
            let sequence = base.wrapping_add(sequence);
            // Far enough to be declared, near enough for the recorder's memory.
            let ack = base.wrapping_add(ack).wrapping_add(u32::from(jump) << 16);
            let ports = (40_000 + port, 443);
            let segment = segment(from, ports, flags, sequence, ack, &data[..captured]);
            wire.put(&Segment { length: segment.length + cut, ..segment });
            wire.wait(i64::from(cut) * Duration::SECOND / 10);
        }
        for (connection, recorder) in wire.finish() {
            prop_assert_eq!(recorder.ends.len(), 2);
            prop_assert_eq!(connection.from_client.stream_bytes, recorder.read[0].len() as u64);
            prop_assert_eq!(connection.from_server.stream_bytes, recorder.read[1].len() as u64);
        }
    }
}
