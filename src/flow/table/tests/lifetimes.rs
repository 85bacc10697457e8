//! Which packets make a connection, how long it lives, and what number it has.

use super::*;

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
    wire.at.packet = PacketId::new(1, 0);
    let ports = std::mem::replace(&mut wire.ports, (40_001, 443));
    wire.client(SYN, 1, 0, b"");
    wire.ports = ports;
    wire.client(ACK, 106, 500, b"second");
    assert_eq!((wire.table.facts(0).tcp_streams, wire.table.facts(1).tcp_streams), (1, 2));
    let (connection, recorder) = wire.finish().remove(0);
    assert_eq!(recorder.read[0], b"first second");
    let seen = |file, stream, first_frame, last_frame| SeenInFile { file, stream, first_frame, last_frame };
    assert_eq!(connection.seen_in, [seen(0, 0, 1, 4), seen(1, 1, 2, 2)]);
}

#[test]
fn memory_follows_open_connections() {
    let mut wire = wire();
    for port in 1..5_000 {
        wire.ports.0 = port;
        wire.handshake();
        wire.server(RST, 500, 0, b"");
        wire.wait(Duration::SECOND);
    }
    // 30 seconds for stragglers, each with its packets; a second of the clock with each packet at most.
    assert!(wire.table.open_connections() < 100, "{}", wire.table.open_connections());
    assert!(wire.table.open.slots() < 100);
    assert_eq!(wire.finish().len(), 4_999);
}

#[test]
fn an_idle_keep_alive_connection_stays_one_also_where_one_direction_was_captured() {
    let mut wire = wire();
    wire.client(ACK, 100, 500, b"one");
    wire.ports.0 += 1;
    // 900 seconds of other traffic.
    for _ in 0..900 {
        wire.wait(Duration::SECOND);
        wire.client(ACK, 1, 1, b"x");
    }
    wire.ports.0 -= 1;
    wire.client(ACK, 103, 500, b"two");
    let done = wire.finish();
    assert_eq!(done.len(), 2);
    assert_eq!(done[0].1.read[0], b"onetwo");
}

#[test]
fn a_stray_time_stamp_ends_no_connection() {
    let mut wire = wire();
    wire.handshake();
    let ports = std::mem::replace(&mut wire.ports, (1, 443));
    let time = wire.at.time;
    wire.wait(Duration::from_seconds(80 * 365 * 86_400));
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
    let limits = TableLimits { stream_segments: 4, ..TableLimits::default() };
    let mut wire = wire_with(limits);
    wire.handshake();
    for index in 0..8 {
        wire.client(ACK, 110 + 10 * index, 500, b"0123456789");
    }
    assert_eq!(wire.table.facts(0).streams_given_up, 1);
    let (connection, recorder) = wire.only();
    assert_eq!(recorder.gaps, [(Side::Client, 0, 10, Gap::GivenUp)]);
    assert_eq!(
        (connection.from_client.anomalies.holes_given_up, connection.from_client.anomalies.missing_bytes),
        (1, 10)
    );
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
    assert_eq!(connection.from_server.anomalies.out_of_window, 1);
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
        wire.at.packet = beside(wire.at.packet, 1);
        let report = report((SERVER, 443), (CLIENT, port), header_quoted);
        wire.table.icmp(&mut wire.done, &report, wire.at.packet, wire.at.time);
    };
    about(&mut wire, 40_000, false);
    about(&mut wire, 50_000, false);
    about(&mut wire, 50_001, true);
    wire.ports.0 = 50_002;
    wire.client(SYN, 1, 0, b"");
    assert_eq!(wire.table.facts(0).tcp_streams, 3);
    let done = wire.finish();
    let about = |c: &Connection| c.icmp.map(|icmp| icmp.about);
    let told: Vec<_> = done.iter().map(|(c, _)| (c.client.port(), c.seen_in[0].stream, about(c))).collect();
    let server = Some(Side::Server);
    assert_eq!(told, [(40_000, 0, server), (50_001, 1, server), (50_002, 2, None)]);
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
            shard.at.packet = beside(shard.at.packet, -1);
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
