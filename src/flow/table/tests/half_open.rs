//! Connections that carry no data yet.

use super::*;

/// If this fails, a flood of SYNs fills the memory, or is not told of.
#[test]
fn of_half_open_connections_so_many_wait_and_all_are_told() {
    let mut wire = wire_with(TableLimits { half_open: 10, ..TableLimits::default() });
    for port in 1..=100 {
        wire.ports.0 = port;
        wire.client(SYN, 99, 0, b"");
        assert!(wire.table.open_connections() <= 11, "{}", wire.table.open_connections());
    }
    // The last ones wait still: an answer finds its connection.
    wire.server(SYN | ACK, 499, 100, b"");
    wire.client(ACK, 100, 500, b"");
    let facts = wire.table.facts(0);
    assert_eq!((facts.tcp_streams, facts.half_open_given_up), (100, 90));
    let done = wire.finish();
    let ports: Vec<u16> = done.iter().map(|(connection, _)| connection.client.port()).collect();
    assert_eq!(ports, (1..=100).collect::<Vec<u16>>());
    let unanswered = done.iter().filter(|(connection, _)| connection.is_unanswered()).count();
    assert_eq!(unanswered, 99);
    assert!(done[99].0.handshake.established.is_some());
}

/// Who is established waits for its first request, however many do.
#[test]
fn an_established_connection_is_never_given_up_for_others() {
    let mut wire = wire_with(TableLimits { half_open: 2, ..TableLimits::default() });
    for port in 1..=50 {
        wire.ports.0 = port;
        wire.handshake();
    }
    for port in 1..=50 {
        wire.ports.0 = port;
        wire.client(ACK, 100, 500, b"GET");
    }
    assert_eq!(wire.table.facts(0).half_open_given_up, 0);
    let done = wire.finish();
    assert!(done.len() == 50 && done.iter().all(|(_, recorder)| recorder.read[0] == b"GET"));
}

/// What is remembered of a handshake is looked at as it came.
#[test]
fn repeated_handshakes_count_the_same_however_long_they_wait() {
    let mut wire = wire();
    wire.client(SYN, 99, 0, b"");
    wire.client(SYN, 99, 0, b"");
    wire.server(SYN | ACK, 499, 100, b"");
    wire.server(SYN | ACK, 499, 100, b"");
    wire.client(ACK, 100, 500, b"");
    let (connection, _) = wire.only();
    let handshake = &connection.handshake;
    assert_eq!((handshake.syns, handshake.syn_acks, connection.from_client.packets), (2, 2, 3));
    let frames = [handshake.syn, handshake.last_syn, handshake.syn_ack, handshake.established];
    assert_eq!(frames.map(|at| at.map(|at| at.packet.frame())), [Some(1), Some(2), Some(3), Some(5)]);
    assert_eq!((connection.first.packet.frame(), connection.last.packet.frame()), (1, 5));
    assert_eq!(connection.seen_in, [SeenInFile { file: 0, stream: 0, first_frame: 1, last_frame: 5 }]);
}

/// Else a path that loses the answers of a healthy server is taken for a full accept queue.
#[test]
fn only_a_repetition_behind_the_answer_says_that_the_answer_was_dropped() {
    let client_answers = |wire: &mut Wire| wire.client(ACK, 100, 500, b"");
    let server_repeats = |wire: &mut Wire| wire.server(SYN | ACK, 499, 100, b"");
    let is_dropped = |first: fn(&mut Wire), apart: i64, second: fn(&mut Wire)| {
        let mut wire = wire();
        wire.client(SYN, 99, 0, b"");
        wire.server(SYN | ACK, 499, 100, b"");
        first(&mut wire);
        wire.wait(apart * Duration::MILLISECOND);
        second(&mut wire);
        wire.only().0.handshake.is_repeated_after_answer
    };
    assert!(is_dropped(client_answers, 970, server_repeats));
    assert!(!is_dropped(server_repeats, 970, client_answers));
    // They crossed.
    assert!(!is_dropped(client_answers, 20, server_repeats));
}
