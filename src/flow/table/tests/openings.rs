//! The rarer ways in which connections open.

use super::*;

#[test]
fn both_sides_may_open_at_once() {
    let mut wire = wire();
    wire.client(SYN, 99, 0, b"");
    wire.server(SYN, 499, 0, b"");
    wire.client(SYN | ACK, 99, 500, b"");
    wire.server(SYN | ACK, 499, 100, b"");
    wire.client(ACK, 100, 500, b"question");
    wire.server(ACK, 500, 108, b"answer");
    assert_eq!(wire.table.facts(0).tcp_streams, 1);
    let (connection, recorder) = wire.only();
    assert!(connection.initiator_known);
    assert_eq!(connection.client, SocketAddr::new(CLIENT, 40_000));
    assert_eq!(recorder.read, [b"question".to_vec(), b"answer".to_vec()]);
    assert!(recorder.gaps.is_empty());
}

// TCP Fast Open (RFC 7413, 3): a server without a valid cookie acknowledges the SYN alone, and the client sends its data again.
#[test]
fn data_in_a_syn_that_was_not_taken_are_read_once() {
    let mut wire = wire();
    wire.client(SYN, 99, 0, b"GET / HTTP/1.1\r\n\r\n");
    wire.server(SYN | ACK, 499, 100, b"");
    wire.client(ACK, 100, 500, b"GET / HTTP/1.1\r\n\r\n");
    wire.server(ACK, 500, 118, b"HTTP/1.1 200 OK\r\n\r\n");
    let (connection, recorder) = wire.only();
    assert_eq!(recorder.read, [b"GET / HTTP/1.1\r\n\r\n".to_vec(), b"HTTP/1.1 200 OK\r\n\r\n".to_vec()]);
    assert_eq!(
        (
            connection.from_client.anomalies.conflicting_overlaps,
            connection.from_client.anomalies.missing_bytes
        ),
        (0, 0)
    );
}

// RFC 6191: a client may use its ports again while the other side waits in TIME-WAIT.
#[test]
fn ports_used_again_behind_a_close_begin_another_connection_and_its_stragglers_do_not() {
    let mut wire = wire();
    wire.handshake();
    wire.client(FIN | ACK, 100, 500, b"");
    wire.server(FIN | ACK, 500, 101, b"");
    wire.client(ACK, 101, 501, b"");
    wire.server(FIN | ACK, 500, 101, b"");
    wire.client(SYN, 70_000, 0, b"");
    wire.server(SYN | ACK, 90_000, 70_001, b"");
    wire.client(ACK, 70_001, 90_001, b"again");
    let done = wire.finish();
    assert_eq!(done.len(), 2);
    assert_eq!(done[0].1.ends, [(Side::Client, 0, End::Fin), (Side::Server, 0, End::Fin)]);
    assert_eq!(done[1].1.read[0], b"again");
}

// RFC 6093: urgent data are in the stream like any others; what an application does with the mark is its own affair.
#[test]
fn urgent_data_are_data() {
    const URG: u8 = 0x20;
    let mut wire = wire();
    wire.handshake();
    wire.client(ACK, 100, 500, b"be");
    wire.client(ACK | URG, 102, 500, b"!");
    wire.client(ACK, 103, 500, b"hind");
    let (_, recorder) = wire.only();
    assert_eq!(recorder.read[0], b"be!hind");
    assert!(recorder.gaps.is_empty());
}

// Without the SYN/ACK, the client's acknowledgement tells where the server's stream begins: a first response that was not captured is
// missing, and the second one is not taken for it.
#[test]
fn a_stream_whose_syn_was_not_captured_begins_where_its_receiver_first_stood() {
    let mut wire = wire();
    wire.client(SYN, 99, 0, b"");
    wire.client(ACK, 100, 500, b"");
    wire.client(ACK, 100, 500, b"first question");
    wire.client(ACK, 114, 512, b"");
    wire.client(ACK, 114, 512, b"second question");
    wire.server(ACK, 512, 129, b"second answer");
    let (connection, recorder) = wire.only();
    assert_eq!(recorder.gaps, [(Side::Server, 0, 12, Gap::NotCaptured)]);
    assert_eq!(recorder.read[1], b"????????????second answer");
    assert_eq!(connection.from_server.anomalies.missing_bytes, 12);
}
