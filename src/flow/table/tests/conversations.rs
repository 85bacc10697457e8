//! Conversations as networks, captures and other tools' bug lists have them (issue numbers: PcapPlusPlus, Zeek).

use super::*;

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
    assert_eq!((connection.numbers.client, connection.numbers.server), (Some(99), Some(499)));
    assert_eq!(connection.client, SocketAddr::new(CLIENT, 40_000));
    let frames = |at: Option<Arrival>| at.map(|at| at.packet.frame());
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
    assert_eq!(connection.reset.unwrap().at.packet.frame(), 4);
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
fn a_syn_ack_that_the_client_does_not_answer_moves_nothing() {
    // Wireshark counts from the last one and follows no byte of such a server.
    let mut wire = wire();
    wire.handshake();
    wire.client(ACK, 100, 500, b"GET /");
    wire.server(SYN | ACK, 4_000_000_000, 100, b"");
    wire.client(ACK, 105, 500, b"");
    wire.server(ACK, 500, 105, b"200");
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
    assert_eq!((connection.reset, connection.from_client.anomalies.out_of_window), (None, 1));
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

/// RFC 9293, 3.10.7.1: only what acknowledges nothing, as a SYN, is answered by an RST of the number 0. A capture of what leaves the server alone has no SYN.
#[test]
fn a_refused_syn_is_known_by_its_refusal_alone() {
    for (flags, sequence, refused) in [(RST | ACK, 0, true), (RST | ACK, 7, false), (RST, 0, false)] {
        let mut wire = wire();
        wire.server(flags, sequence, 100, b"");
        let (connection, _) = wire.only();
        assert_eq!(
            connection.reset.map(|reset| (reset.by, reset.refused_syn)),
            Some((Side::Server, refused))
        );
        assert_eq!(connection.initiator_known, refused);
        assert_eq!(connection.numbers.client, refused.then_some(99), "other captures have it by this number");
    }
}

/// RFC 9293, 3.10.7.3: the client drops it, and its SYN may be accepted half a second later.
#[test]
fn a_reset_that_does_not_acknowledge_the_syn_refuses_nothing() {
    for (flags, acknowledged) in [(RST, 0), (RST | ACK, 99), (RST | ACK, 2_000_000_000)] {
        let mut wire = wire();
        wire.client(SYN, 99, 0, b"");
        wire.server(flags, 0, acknowledged, b"");
        wire.client(SYN, 99, 0, b"");
        wire.server(SYN | ACK, 499, 100, b"");
        wire.client(ACK, 100, 500, b"GET /");
        let (connection, recorder) = wire.only();
        assert_eq!(connection.reset, None);
        assert_eq!(recorder.read[0], b"GET /");
    }
}

#[test]
fn a_reset_that_no_receiver_would_take_ends_nothing() {
    let mut wire = wire();
    wire.handshake();
    wire.server(RST, 2_000_000_000, 0, b"");
    wire.client(ACK, 100, 500, b"GET /");
    wire.server(ACK, 500, 105, b"200");
    let (connection, recorder) = wire.only();
    assert_eq!((connection.reset, connection.from_server.anomalies.out_of_window), (None, 1));
    assert_eq!(recorder.read[1], b"200");
}

#[test]
fn a_request_behind_its_senders_reset_is_read_as_the_one_that_a_device_on_the_way_reset() {
    // As Wireshark does. The server has forgotten the connection and answers with an RST.
    let mut wire = wire();
    wire.handshake();
    wire.client(RST, 100, 0, b"");
    wire.client(ACK, 100, 500, b"GET /");
    wire.server(RST, 500, 0, b"");
    let (connection, recorder) = wire.only();
    assert_eq!(recorder.read, [b"GET /".to_vec(), b"".to_vec()]);
    assert_eq!(connection.reset.map(|reset| reset.by), Some(Side::Client));
    assert!(recorder.ends.contains(&(Side::Client, 5, End::Reset { by: Side::Client })));
}

#[test]
fn what_stands_behind_a_reset_that_left_a_hole_is_not_read() {
    let mut wire = wire();
    wire.handshake();
    wire.client(RST, 110, 0, b"");
    wire.client(ACK, 110, 500, b"GET /");
    let (_, recorder) = wire.only();
    assert_eq!(recorder.read, [b"".to_vec(), b"".to_vec()]);
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
    assert_eq!(connection.from_client.anomalies.missing_bytes, 0);
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
    assert_eq!((connection.from_client.stream_bytes, connection.from_client.anomalies.missing_bytes), (8, 4));
    assert_eq!(connection.from_client.anomalies.lost_segments, 1);
}

#[test]
fn a_capture_of_one_direction_is_read_within_bounds() {
    // PcapPlusPlus 405.
    let mut wire = wire();
    wire.ports = (443, 40_000);
    wire.client(ACK, 1_000, 7, b"first");
    for index in 0..1_000u32 {
        wire.client(ACK, 2_000 + 1_000 * index, 7, &[b'x'; 1_000]);
        assert!(wire.table.waiting_bytes <= TableLimits::default().one_sided_bytes);
    }
    let (connection, recorder) = wire.only();
    assert_eq!(connection.server.port(), 443);
    assert_eq!(recorder.gaps, [(Side::Server, 5, 995, Gap::GivenUp)]);
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
    assert_eq!(connection.from_server.anomalies.missing_bytes, 2_004);
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
    assert_eq!(connection.from_server.anomalies.conflicting_overlaps, 2);
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
    assert_eq!(
        (connection.from_client.anomalies.keep_alives, connection.from_client.retransmissions),
        (1, 0)
    );
    assert_eq!(
        (connection.from_server.anomalies.keep_alives, connection.from_client.anomalies.conflicting_overlaps),
        (1, 0)
    );
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
fn a_capture_that_begins_in_the_middle_begins_where_the_receiver_stood() {
    // Wireshark begins with the first segment captured, and follows no earlier one that comes late.
    let mut wire = wire();
    wire.client(ACK, 100, 500, b"");
    wire.server(ACK, 510, 100, b"tail");
    wire.server(ACK, 500, 100, b"0123456789");
    wire.client(ACK, 100, 514, b"GET /");
    let (_, recorder) = wire.only();
    assert_eq!(recorder.read, [b"GET /".to_vec(), b"0123456789tail".to_vec()]);
    assert!(recorder.gaps.is_empty());
}

#[test]
fn a_fin_that_was_not_captured_is_told_by_its_acknowledgement() {
    let mut wire = wire();
    wire.handshake();
    wire.client(ACK, 100, 500, b"GET /");
    wire.server(ACK, 500, 105, b"");
    // The client's own FIN acknowledges the server's.
    wire.client(FIN | ACK, 105, 501, b"");
    wire.server(ACK, 501, 106, b"");
    let (connection, recorder) = wire.only();
    assert_eq!(recorder.ends, [(Side::Client, 5, End::Fin), (Side::Server, 0, End::Fin)]);
    assert!(recorder.gaps.is_empty());
    assert!(connection.from_server.fin_is_unseen && !connection.from_client.fin_is_unseen);
    assert!(connection.from_server.captured_fin().is_none() && connection.from_server.all_acknowledged);
    let first = connection.closed_first().map(|(side, how, at)| (side, how, at.packet.frame()));
    assert_eq!(first, Some((Side::Server, End::Fin, 6)));
}

#[test]
fn a_byte_that_was_not_captured_is_no_fin() {
    let mut wire = wire();
    wire.handshake();
    wire.client(ACK, 100, 501, b"GET /");
    wire.server(ACK, 501, 105, b"answer");
    wire.client(ACK, 105, 507, b"");
    let (connection, recorder) = wire.only();
    assert_eq!(recorder.read[1], b"?answer");
    assert_eq!(recorder.gaps, [(Side::Server, 0, 1, Gap::NotCaptured)]);
    assert!(connection.from_server.fin.is_none());
    // Many bytes and a FIN look like many bytes.
    let mut other = self::wire();
    other.handshake();
    other.client(ACK, 100, 500, b"GET /");
    other.client(ACK, 105, 507, b"");
    assert!(other.only().0.from_server.fin.is_none());
}
