//! Conversations as networks, captures and other tools' bug lists have them (issue numbers: PcapPlusPlus, Zeek).

use std::net::{IpAddr, Ipv4Addr};

use proptest::prelude::*;

use super::*;
use crate::flow::{End, Gap, SeenIn, Side};
use crate::packet::{Flags, Options, Quoted};
use crate::time::MILLISECOND;

const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(172, 64, 0, 1));
const SERVER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
const SYN: u8 = Flags::SYN;
const ACK: u8 = Flags::ACK;
const FIN: u8 = Flags::FIN;
const RST: u8 = Flags::RST;

/// What an application was told, in order; checks that it is told by the rules.
#[derive(Default)]
struct Recorder {
    read: [Vec<u8>; 2],
    gaps: Vec<(Side, u64, u64, Gap)>,
    acknowledged: [u64; 2],
    ends: Vec<(Side, u64, End)>,
    events: usize,
}

impl Recorder {
    fn advance(&mut self, from: Side, offset: u64) {
        assert!(!self.ends.iter().any(|&(side, ..)| side == from), "nothing comes after the end");
        assert_eq!(self.read[from as usize].len() as u64, offset, "a stream has no hole but declared ones");
        self.events += 1;
    }
}

impl Application for Recorder {
    fn bytes(&mut self, from: Side, offset: u64, data: &[u8], _: Arrival) {
        assert!(!data.is_empty());
        self.advance(from, offset);
        self.read[from as usize].extend(data);
    }

    fn gap(&mut self, from: Side, offset: u64, length: u64, cause: Gap, _: Arrival) {
        assert!(length > 0);
        self.advance(from, offset);
        // Bounded, for the gaps of random segments are large.
        let shown = self.read[from as usize].len() + usize::try_from(length).unwrap();
        self.read[from as usize].resize(shown, b'?');
        self.gaps.push((from, offset, length, cause));
    }

    fn acknowledged(&mut self, from: Side, offset: u64, _: Arrival) {
        assert!(offset > self.acknowledged[from as usize], "only when it grows");
        assert!(offset <= self.read[from as usize].len() as u64, "not before it was delivered or declared");
        self.acknowledged[from as usize] = offset;
    }

    fn end(&mut self, from: Side, offset: u64, how: End, _: Arrival) {
        self.advance(from, offset);
        self.ends.push((from, offset, how));
    }
}

/// A table and the packets that are fed to it.
struct Wire {
    table: Table<Recorder>,
    done: Vec<(Connection, Recorder)>,
    at: Arrival,
    ports: (u16, u16),
}

fn wire_with(limits: Limits) -> Wire {
    let at = Arrival { time: Time::from_seconds(1_000, 0), packet: PacketId { file: 0, frame: 0 } };
    Wire { table: Table::new(limits, |_| Recorder::default()), done: Vec::new(), at, ports: (40_000, 443) }
}

fn wire() -> Wire {
    wire_with(Limits::default())
}

fn segment<'a>(
    from: Side,
    ports: (u16, u16),
    flags: u8,
    sequence: u32,
    ack: u32,
    data: &'a [u8],
) -> Segment<'a> {
    let (ends, ports) = match from {
        Side::Client => ((CLIENT, SERVER), ports),
        Side::Server => ((SERVER, CLIENT), (ports.1, ports.0)),
    };
    Segment {
        source: ends.0,
        destination: ends.1,
        source_port: ports.0,
        destination_port: ports.1,
        sequence,
        acknowledgement: ack,
        flags: Flags(flags),
        window: 500,
        options: Options::default(),
        payload: data,
        length: data.len() as u32,
        ttl: 60,
        ip_id: None,
    }
}

impl Wire {
    fn put(&mut self, segment: &Segment<'_>) {
        self.at.packet.frame += 1;
        self.at.time = self.at.time.plus(MILLISECOND);
        let done = &mut self.done;
        self.table.segment(segment, self.at.packet, self.at.time, &mut |connection, recorder| {
            done.push((connection, recorder));
        });
    }

    fn client(&mut self, flags: u8, sequence: u32, ack: u32, data: &[u8]) {
        self.put(&segment(Side::Client, self.ports, flags, sequence, ack, data));
    }

    fn server(&mut self, flags: u8, sequence: u32, ack: u32, data: &[u8]) {
        self.put(&segment(Side::Server, self.ports, flags, sequence, ack, data));
    }

    /// Client at 100, server at 500.
    fn handshake(&mut self) {
        self.client(SYN, 99, 0, b"");
        self.server(SYN | ACK, 499, 100, b"");
        self.client(ACK, 100, 500, b"");
    }

    fn wait(&mut self, nanoseconds: i64) {
        self.at.time = self.at.time.plus(nanoseconds);
    }

    fn finish(mut self) -> Vec<(Connection, Recorder)> {
        let done = &mut self.done;
        self.table.finish(&mut |connection, recorder| done.push((connection, recorder)));
        assert_eq!(self.table.waiting_bytes, 0);
        self.done
    }

    fn only(self) -> (Connection, Recorder) {
        let mut done = self.finish();
        assert_eq!(done.len(), 1);
        done.remove(0)
    }
}

#[test]
fn an_exchange_is_read_with_its_handshake_and_its_end() {
    let mut wire = wire();
    wire.handshake();
    wire.client(ACK, 100, 500, b"GET /");
    wire.server(ACK, 500, 105, b"200 OK");
    wire.server(FIN | ACK, 506, 105, b"");
    wire.client(FIN | ACK, 105, 507, b"");
    wire.server(ACK, 507, 106, b"");
    let (connection, recorder) = wire.only();
    assert_eq!(recorder.read, [b"GET /".to_vec(), b"200 OK".to_vec()]);
    assert_eq!(recorder.acknowledged, [5, 6]);
    assert_eq!(recorder.ends, [(Side::Server, 6, End::Fin), (Side::Client, 5, End::Fin)]);
    assert!(connection.initiator_known);
    assert_eq!(connection.client, SocketAddr::new(CLIENT, 40_000));
    let frames = |at: Option<Arrival>| at.map(|at| at.packet.frame);
    assert_eq!(frames(connection.handshake.syn), Some(1));
    assert_eq!(frames(connection.handshake.established), Some(3));
    assert_eq!(frames(connection.from_server.fin), Some(6));
    assert!(connection.from_client.all_acknowledged && connection.from_server.all_acknowledged);
    assert_eq!(connection.closed_first().map(|(side, ..)| side), Some(Side::Server));
    assert_eq!(connection.from_client.smallest_window, Some(500));
}

#[test]
fn a_request_that_crosses_the_servers_fin_is_read_and_its_rst_is_kept() {
    let mut wire = wire();
    wire.handshake();
    wire.server(FIN | ACK, 500, 100, b"");
    wire.client(ACK, 100, 500, b"GET /late");
    wire.server(RST, 501, 0, b"");
    let (connection, recorder) = wire.only();
    assert_eq!(recorder.read[0], b"GET /late");
    assert_eq!(
        recorder.ends,
        [(Side::Server, 0, End::Fin), (Side::Client, 9, End::Reset { by: Side::Server })]
    );
    assert!(connection.from_server.fin.is_some());
    assert_eq!(connection.reset.map(|reset| reset.by), Some(Side::Server));
}

#[test]
fn a_request_that_crosses_the_servers_rst_is_read() {
    let mut wire = wire();
    wire.handshake();
    wire.server(RST | ACK, 500, 100, b"");
    wire.client(ACK, 100, 500, b"GET /late");
    wire.server(RST, 500, 0, b"");
    let (connection, recorder) = wire.only();
    assert_eq!(recorder.read[0], b"GET /late");
    let by = Side::Server;
    assert_eq!(recorder.ends, [(by, 0, End::Reset { by }), (Side::Client, 9, End::Reset { by })]);
    assert_eq!(connection.reset.unwrap().at.packet.frame, 4);
    assert!(!connection.reset.unwrap().refused_syn);
}

#[test]
fn the_clients_answer_tells_which_syn_ack_holds() {
    let mut wire = wire();
    wire.client(SYN, 99, 0, b"");
    wire.server(SYN | ACK, 499, 100, b"");
    wire.server(SYN | ACK, 4_000_000_000, 100, b"");
    wire.client(ACK, 100, 4_000_000_001, b"GET /");
    wire.server(ACK, 4_000_000_001, 105, b"200");
    let (_, recorder) = wire.only();
    assert_eq!(recorder.read, [b"GET /".to_vec(), b"200".to_vec()]);
    assert_eq!(recorder.gaps, []);
}

#[test]
fn an_answer_out_of_an_older_connection_spoils_nothing() {
    let mut wire = wire();
    wire.client(SYN, 99, 0, b"");
    wire.server(ACK, 777, 200_000_000, b"");
    wire.client(RST, 200_000_000, 0, b"");
    wire.client(SYN, 99, 0, b"");
    wire.server(SYN | ACK, 499, 100, b"");
    wire.client(ACK, 100, 500, b"GET /");
    let (connection, recorder) = wire.only();
    assert_eq!((&recorder.read[0][..], recorder.gaps.len()), (&b"GET /"[..], 0));
    assert_eq!((connection.reset, connection.from_client.out_of_window), (None, 1));
}

#[test]
fn a_refused_syn_is_told_from_other_resets() {
    let mut wire = wire();
    wire.client(SYN, 99, 0, b"");
    wire.server(RST | ACK, 0, 100, b"");
    let (connection, _) = wire.only();
    assert!(connection.reset.unwrap().refused_syn);
    assert_eq!(connection.handshake.syns, 1);
}

#[test]
fn a_reset_that_no_receiver_would_take_ends_nothing() {
    let mut wire = wire();
    wire.handshake();
    wire.server(RST, 2_000_000_000, 0, b"");
    wire.client(ACK, 100, 500, b"GET /");
    wire.server(ACK, 500, 105, b"200");
    let (connection, recorder) = wire.only();
    assert_eq!((connection.reset, connection.from_server.out_of_window), (None, 1));
    assert_eq!(recorder.read[1], b"200");
}

#[test]
fn data_that_arrives_behind_the_fin_but_lies_before_it_is_read() {
    // PcapPlusPlus 513, 1979.
    let mut wire = wire();
    wire.handshake();
    wire.server(FIN | ACK, 510, 100, b"tail");
    wire.server(ACK, 500, 100, b"0123456789");
    let (_, recorder) = wire.only();
    assert_eq!(recorder.read[1], b"0123456789tail");
    assert_eq!(recorder.ends[0], (Side::Server, 14, End::Fin));
}

#[test]
fn data_of_the_other_side_is_no_proof_of_loss() {
    // PcapPlusPlus 851, 1333.
    let mut wire = wire();
    wire.handshake();
    wire.client(ACK, 104, 500, b"2222");
    wire.server(ACK, 500, 100, b"answer");
    wire.client(ACK, 100, 506, b"1111");
    let (connection, recorder) = wire.only();
    assert_eq!(recorder.read[0], b"11112222");
    assert_eq!(recorder.gaps, []);
    assert_eq!(connection.from_client.missing_bytes, 0);
}

#[test]
fn a_hole_is_declared_when_its_receiver_acknowledges_it() {
    let mut wire = wire();
    wire.handshake();
    wire.client(ACK, 104, 500, b"2222");
    wire.server(ACK, 500, 108, b"");
    wire.client(ACK, 100, 500, b"1111");
    let (connection, recorder) = wire.only();
    assert_eq!(recorder.read[0], b"????2222");
    assert_eq!(recorder.gaps, [(Side::Client, 0, 4, Gap::NotCaptured)]);
    assert_eq!(recorder.acknowledged[0], 8);
    assert_eq!((connection.from_client.stream_bytes, connection.from_client.missing_bytes), (8, 4));
    assert_eq!(connection.from_client.lost_segments, 1);
}

#[test]
fn a_capture_of_one_direction_is_read_within_bounds() {
    // PcapPlusPlus 405.
    let mut wire = wire();
    wire.ports = (443, 40_000);
    wire.client(ACK, 1_000, 7, b"first");
    for index in 0..1_000u32 {
        wire.client(ACK, 2_000 + 1_000 * index, 7, &[b'x'; 1_000]);
        assert!(wire.table.waiting_bytes <= Limits::default().one_sided_bytes);
    }
    let (connection, recorder) = wire.only();
    assert_eq!(connection.server.port(), 443);
    assert_eq!(recorder.gaps, [(Side::Server, 5, 995, Gap::NotCaptured)]);
    assert_eq!(recorder.read[1].len(), 1_001_000);
}

#[test]
fn a_snap_length_leaves_gaps_of_the_right_size() {
    // Zeek 2517.
    let mut wire = wire();
    wire.handshake();
    let ports = wire.ports;
    for (sequence, captured) in [(500, &b"head"[..]), (1_500, b"")] {
        wire.put(&Segment { length: 1_000, ..segment(Side::Server, ports, ACK, sequence, 100, captured) });
    }
    let early = segment(Side::Server, ports, ACK, 2_510, 100, b"12");
    wire.put(&Segment { length: 10, ..early });
    wire.server(ACK, 2_500, 100, b"0123456789");
    let (connection, recorder) = wire.only();
    let gap = |offset, length| (Side::Server, offset, length, Gap::Snaplen);
    assert_eq!(recorder.gaps, [gap(4, 996), gap(1_000, 1_000), gap(2_012, 8)]);
    assert_eq!(connection.from_server.stream_bytes, 2_020);
    assert_eq!(connection.from_server.missing_bytes, 2_004);
}

#[test]
fn what_was_read_first_holds_and_a_contradiction_is_counted() {
    let mut wire = wire();
    wire.handshake();
    wire.server(ACK, 500, 100, b"real answer");
    wire.server(ACK, 500, 100, b"real answer, longer");
    wire.server(ACK, 500, 100, b"HTTP/1.1 302 injected");
    wire.server(ACK, 530, 100, b"later");
    wire.server(ACK, 525, 100, b"and LATER");
    let (connection, recorder) = wire.only();
    assert!(recorder.read[1].starts_with(b"real answer, longered"));
    assert!(recorder.read[1].ends_with(b"later"));
    assert_eq!(connection.from_server.conflicting_overlaps, 2);
}

#[test]
fn sequence_numbers_wrap() {
    let mut wire = wire();
    wire.client(SYN, u32::MAX - 3, 0, b"");
    wire.server(SYN | ACK, u32::MAX, u32::MAX - 2, b"");
    wire.client(ACK, 3, 0, b"def");
    wire.client(ACK, u32::MAX - 2, 0, b"");
    wire.client(ACK, u32::MAX - 2, 0, b"012abc");
    wire.server(ACK, 0, 6, b"ok");
    let (_, recorder) = wire.only();
    assert_eq!(recorder.read, [b"012abcdef".to_vec(), b"ok".to_vec()]);
    assert_eq!(recorder.acknowledged[0], 9);
}

#[test]
fn data_with_syn_and_fin_is_read_and_data_behind_the_fin_is_not() {
    let mut wire = wire();
    wire.client(SYN, 99, 0, b"early");
    wire.server(SYN | ACK, 499, 105, b"");
    wire.client(FIN | ACK, 105, 500, b" end");
    wire.client(ACK, 109, 500, b"ghost");
    wire.client(ACK, 105, 500, b" end and more");
    let (_, recorder) = wire.only();
    assert_eq!(recorder.read[0], b"early end");
    assert_eq!(recorder.ends[0], (Side::Client, 9, End::Fin));
}

#[test]
fn keep_alive_probes_are_no_data() {
    let mut wire = wire();
    wire.handshake();
    wire.client(ACK, 100, 500, b"GET /");
    wire.server(ACK, 500, 105, b"200");
    wire.client(ACK, 104, 503, b"\0");
    wire.server(ACK, 503, 105, b"");
    wire.server(ACK, 502, 105, b"");
    wire.client(ACK, 105, 503, b"GET /2");
    let (connection, recorder) = wire.only();
    assert_eq!(recorder.read[0], b"GET /GET /2");
    assert_eq!((connection.from_client.keep_alives, connection.from_client.retransmissions), (1, 0));
    assert_eq!((connection.from_server.keep_alives, connection.from_client.conflicting_overlaps), (1, 0));
}

#[test]
fn a_capture_that_begins_in_the_middle_begins_with_the_first_byte_seen() {
    let mut wire = wire();
    wire.server(ACK, 70_000, 100, b"body");
    wire.client(ACK, 99, 70_004, b"\0");
    wire.client(ACK, 108, 70_004, b"second");
    wire.client(ACK, 100, 70_004, b"GET /1\r\n");
    let (connection, recorder) = wire.only();
    assert!(!connection.initiator_known);
    assert_eq!(connection.server, SocketAddr::new(SERVER, 443));
    assert_eq!(recorder.read, [b"GET /1\r\nsecond".to_vec(), b"body".to_vec()]);
    assert!(recorder.gaps.is_empty());
}

#[test]
fn ports_used_again_begin_another_connection() {
    let mut wire = wire();
    wire.handshake();
    wire.client(ACK, 100, 500, b"one");
    wire.client(SYN, 9_999, 0, b"");
    wire.client(SYN, 9_999, 0, b"");
    wire.server(SYN | ACK, 77, 10_000, b"");
    wire.client(ACK, 10_000, 78, b"two");
    assert_eq!(wire.table.facts(0).tcp_streams, 2);
    let done = wire.finish();
    let streams: Vec<u32> = done.iter().map(|(connection, _)| connection.seen_in[0].stream).collect();
    assert_eq!(streams, [0, 1]);
    assert_eq!(done[0].1.read[0], b"one");
    assert_eq!(done[0].1.ends, [(Side::Client, 3, End::Unseen), (Side::Server, 0, End::Unseen)]);
    assert_eq!(done[1].1.read[0], b"two");
    assert_eq!((done[1].0.handshake.syns, done[1].0.handshake.last_syn.is_some()), (2, true));
}

#[test]
fn a_connection_lives_on_across_rotated_files() {
    let mut wire = wire();
    wire.handshake();
    wire.client(ACK, 100, 500, b"first ");
    wire.at.packet = PacketId { file: 1, frame: 0 };
    let ports = std::mem::replace(&mut wire.ports, (40_001, 443));
    wire.client(SYN, 1, 0, b"");
    wire.ports = ports;
    wire.client(ACK, 106, 500, b"second");
    assert_eq!((wire.table.facts(0).tcp_streams, wire.table.facts(1).tcp_streams), (1, 2));
    let (connection, recorder) = wire.finish().remove(0);
    assert_eq!(recorder.read[0], b"first second");
    let seen = |file, stream, first_frame, last_frame| SeenIn { file, stream, first_frame, last_frame };
    assert_eq!(connection.seen_in, [seen(0, 0, 1, 4), seen(1, 1, 2, 2)]);
}

#[test]
fn memory_follows_open_connections() {
    let mut wire = wire();
    for port in 1..5_000 {
        wire.ports.0 = port;
        wire.handshake();
        wire.server(RST, 500, 0, b"");
        wire.wait(SECOND);
    }
    // 30 seconds for stragglers, each with its packets; a second of the clock with each packet at most.
    assert!(wire.table.open() < 100, "{}", wire.table.open());
    assert!(wire.table.connections.len() < 100);
    assert_eq!(wire.finish().len(), 4_999);
}

#[test]
fn a_stray_time_stamp_ends_no_connection() {
    let mut wire = wire();
    wire.handshake();
    let ports = std::mem::replace(&mut wire.ports, (1, 443));
    let time = wire.at.time;
    wire.wait(80 * 365 * 86_400 * SECOND);
    wire.client(SYN, 1, 0, b"");
    wire.at.time = time;
    wire.ports = ports;
    for index in 0..10 {
        wire.client(ACK, 100 + index, 500, b"x");
    }
    let done = wire.finish();
    assert_eq!(done.len(), 2);
    assert_eq!(done[0].1.read[0].len(), 10);
}

#[test]
fn too_much_waiting_declares_the_hole_and_goes_on() {
    let limits = Limits { stream_segments: 4, ..Limits::default() };
    let mut wire = wire_with(limits);
    wire.handshake();
    for index in 0..8 {
        wire.client(ACK, 110 + 10 * index, 500, b"0123456789");
    }
    let (_, recorder) = wire.only();
    assert_eq!(recorder.gaps, [(Side::Client, 0, 10, Gap::NotCaptured)]);
    assert_eq!(recorder.read[0].len(), 90);
}

#[test]
fn what_lies_far_outside_the_window_is_not_delivered_in_the_end() {
    let mut wire = wire();
    wire.handshake();
    wire.server(ACK, 500, 100, b"real");
    wire.client(ACK, 100, 504, b"");
    wire.server(ACK, 500 + (1 << 28), 100, b"stray");
    let (connection, recorder) = wire.only();
    assert_eq!(recorder.read[1], b"real");
    assert_eq!(connection.from_server.out_of_window, 1);
}

fn report(sender: (IpAddr, u16), receiver: (IpAddr, u16), header_quoted: bool) -> IcmpReport {
    let quoted = Quoted {
        sender: SocketAddr::new(sender.0, sender.1),
        receiver: SocketAddr::new(receiver.0, receiver.1),
        sequence: Some(100),
        header_quoted,
    };
    IcmpReport { version: 4, kind: 3, code: 4, next_hop_mtu: Some(1_300), quoted }
}

#[test]
fn an_icmp_error_reaches_its_connection_and_numbers_stay_wiresharks() {
    let mut wire = wire();
    wire.handshake();
    let about = |wire: &mut Wire, port, header_quoted| {
        wire.at.packet.frame += 1;
        let report = report((SERVER, 443), (CLIENT, port), header_quoted);
        wire.table.icmp(&report, wire.at.packet, wire.at.time);
    };
    about(&mut wire, 40_000, false);
    about(&mut wire, 50_000, false);
    about(&mut wire, 50_001, true);
    wire.ports.0 = 50_002;
    wire.client(SYN, 1, 0, b"");
    assert_eq!(wire.table.facts(0).tcp_streams, 3);
    let done = wire.finish();
    let told: Vec<_> =
        done.iter().map(|(c, _)| (c.client.port(), c.seen_in[0].stream, c.icmp.is_some())).collect();
    assert_eq!(told, [(40_000, 0, true), (50_001, 1, true), (50_002, 2, false)]);
}

#[test]
fn shards_agree_with_one_table_on_stream_numbers() {
    let mut single = wire();
    let mut shards = [wire(), wire()];
    for port in 1..40u16 {
        for part in 0..2u32 {
            let ports = (port, 443);
            let data = segment(Side::Client, ports, if part == 0 { SYN } else { ACK }, part, 0, b"");
            single.put(&data);
            for shard in &mut shards {
                shard.at = single.at;
            }
            let shard = &mut shards[usize::from(port % 2)];
            shard.at.packet.frame -= 1;
            shard.put(&data);
        }
    }
    let mut index = StreamIndex::default();
    for shard in &shards {
        index.merge(shard.table.stream_index().clone());
    }
    assert_eq!(index.count(0), 39);
    let mut connections: Vec<Connection> =
        shards.into_iter().flat_map(Wire::finish).map(|(connection, _)| connection).collect();
    connections.iter_mut().for_each(|connection| index.assign(connection));
    connections.sort_by_key(|connection| connection.first.packet);
    let numbers = |connection: &Connection| (connection.client.port(), connection.seen_in.clone());
    let want: Vec<_> = single.finish().iter().map(|(connection, _)| numbers(connection)).collect();
    assert_eq!(connections.iter().map(numbers).collect::<Vec<_>>(), want);
}

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
                wire.at.packet = PacketId { file: wire.at.packet.file + 1, frame: 0 };
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
        prop_assert_eq!(connection.from_client.conflicting_overlaps + connection.from_server.conflicting_overlaps, 0);
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
        let tight = tight.then_some(Limits { connection_bytes: 500, total_bytes: 800, ..Limits::default() });
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
            wire.wait(i64::from(cut) * SECOND / 10);
        }
        for (connection, recorder) in wire.finish() {
            prop_assert_eq!(recorder.ends.len(), 2);
            prop_assert_eq!(connection.from_client.stream_bytes, recorder.read[0].len() as u64);
            prop_assert_eq!(connection.from_server.stream_bytes, recorder.read[1].len() as u64);
        }
    }
}
