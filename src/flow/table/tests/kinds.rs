//! Kinds of repetition: they tell a lossy path from a slow reader and from an impatient sender.

use super::*;

/// What the server sent, as counted: all retransmissions, fast ones, spurious ones.
fn sent_again(wire: Wire) -> (u32, u32, u32) {
    let sent = wire.only().0.from_server;
    (sent.retransmissions, sent.anomalies.fast_retransmissions, sent.anomalies.spurious_retransmissions)
}

#[test]
fn duplicate_acknowledgements_ask_for_a_fast_retransmission() {
    let mut wire = wire();
    wire.handshake();
    wire.server(ACK, 500, 100, b"1111");
    wire.client(ACK, 100, 504, b"");
    for sequence in [508, 512, 516] {
        wire.server(ACK, sequence, 100, b"3333");
        wire.client(ACK, 100, 504, b"");
    }
    wire.server(ACK, 504, 100, b"2222");
    wire.client(ACK, 100, 520, b"");
    assert_eq!(wire.table.facts(0).duplicate_acks, 3);
    assert_eq!(sent_again(wire), (1, 1, 0));
}

#[test]
fn what_nobody_asked_for_is_sent_again_after_a_timeout() {
    let mut wire = wire();
    wire.handshake();
    wire.server(ACK, 500, 100, b"1111");
    wire.wait(Duration::SECOND);
    wire.server(ACK, 500, 100, b"1111");
    assert_eq!(sent_again(wire), (1, 0, 0));
}

#[test]
fn what_had_arrived_is_sent_again_in_vain() {
    let mut wire = wire();
    wire.handshake();
    wire.server(ACK, 500, 100, b"1111");
    wire.client(ACK, 100, 504, b"");
    wire.wait(Duration::SECOND);
    wire.server(ACK, 500, 100, b"1111");
    assert_eq!(sent_again(wire), (1, 0, 1));
}

#[test]
fn the_answer_to_a_keep_alive_and_an_opened_window_are_no_duplicate_acknowledgements() {
    let mut wire = wire();
    wire.handshake();
    wire.server(ACK, 500, 100, b"1111");
    wire.client(ACK, 100, 504, b"");
    wire.server(ACK, 503, 100, b"");
    wire.client(ACK, 100, 504, b"");
    let opened = segment(Side::Client, wire.ports, ACK, 100, 504, b"");
    wire.put(&Segment { window: 900, ..opened });
    let (facts, connection) = (wire.table.facts(0), wire.only().0);
    assert_eq!((facts.keep_alives, facts.duplicate_acks), (1, 0));
    assert_eq!(connection.from_client.anomalies.duplicate_acks, 0);
}

#[test]
fn a_sender_that_fills_the_window_waits_for_its_reader() {
    let window = [b'x'; 1_000];
    for (scales, full) in [((Some(1), Some(7)), 1), ((Some(1), None), 0)] {
        let mut wire = wire();
        let ports = wire.ports;
        let options = |window_scale| Options { window_scale, ..Options::default() };
        wire.put(&Segment { options: options(scales.0), ..segment(Side::Client, ports, SYN, 99, 0, b"") });
        let accepts = segment(Side::Server, ports, SYN | ACK, 499, 100, b"");
        wire.put(&Segment { options: options(scales.1), ..accepts });
        // A window field of 500: 1,000 bytes where both sides scale.
        wire.client(ACK, 100, 500, b"");
        wire.server(ACK, 500, 100, &window[..400]);
        wire.server(ACK, 900, 100, &window[..600]);
        assert_eq!(wire.table.facts(0).full_windows, full);
        assert_eq!(wire.only().0.from_server.anomalies.full_windows, full as u32);
    }
}

#[test]
fn a_window_whose_scale_was_not_captured_is_not_called_full() {
    let mut wire = wire();
    wire.client(ACK, 100, 500, b"GET /");
    wire.server(ACK, 500, 105, &[b'x'; 500]);
    assert_eq!(wire.table.facts(0).full_windows, 0);
}
