//! What a capture lacks because it never came, and what it lacks alone; an RST that nobody heard of.

use super::*;

/// The client's close comes behind a hole; then the server says how far it has come.
fn closes_behind_hole(waits: Duration, acknowledged: Option<u32>) -> Connection {
    let mut wire = wire();
    wire.handshake();
    wire.wait(waits);
    wire.client(FIN | ACK, 680, 500, b"");
    if let Some(number) = acknowledged {
        wire.server(ACK, 500, number, b"");
    }
    wire.only().0
}

fn lost(connection: &Connection) -> (u64, u64, Option<u64>) {
    let Anomalies { missing_bytes, never_arrived, .. } = *connection.from_client.anomalies;
    (missing_bytes, never_arrived, connection.unheard_bytes())
}

const LONG: Duration = Duration::from_seconds(3);

/// If this fails, requests that a path lost altogether are told by the edge's word alone, or not at all.
#[test]
fn what_the_receiver_says_that_it_lacks_never_arrived() {
    assert_eq!(lost(&closes_behind_hole(LONG, Some(100))), (580, 580, Some(580)));
}

#[test]
fn what_the_receiver_acknowledges_only_the_capture_lacks() {
    assert_eq!(lost(&closes_behind_hole(LONG, Some(681))), (580, 0, None));
}

#[test]
fn of_a_receiver_that_says_nothing_more_nobody_knows() {
    assert_eq!(lost(&closes_behind_hole(LONG, None)), (580, 0, None));
}

#[test]
fn who_leaves_at_once_has_waited_for_nothing() {
    assert_eq!(lost(&closes_behind_hole(Duration::from_milliseconds(300), Some(100))), (580, 580, None));
}

#[test]
fn what_comes_in_the_end_has_arrived() {
    let mut wire = wire();
    wire.handshake();
    wire.wait(LONG);
    wire.client(FIN | ACK, 105, 500, b"");
    wire.server(ACK, 500, 100, b"");
    wire.client(ACK, 100, 500, b"GET /");
    wire.server(ACK, 500, 106, b"");
    assert_eq!(lost(&wire.only().0), (0, 0, None));
}

/// The capture dropped what came after the receiver had asked for it.
#[test]
fn what_the_receiver_lacked_before_and_acknowledges_later_has_arrived() {
    let mut wire = wire();
    wire.handshake();
    wire.client(ACK, 105, 500, b"HTTP");
    wire.server(ACK, 500, 100, b"");
    wire.wait(LONG);
    wire.server(ACK, 500, 109, b"");
    wire.client(FIN | ACK, 109, 500, b"");
    assert_eq!(lost(&wire.only().0), (5, 0, None));
}

/// A request behind others: those arrived, so the connection itself says nothing of the last one.
#[test]
fn of_a_connection_on_which_something_arrived_not_all_is_lost() {
    let mut wire = wire();
    wire.handshake();
    wire.client(ACK, 100, 500, b"GET /");
    wire.server(ACK, 500, 105, b"answer");
    wire.wait(LONG);
    wire.client(FIN | ACK, 400, 506, b"");
    wire.server(ACK, 506, 105, b"");
    assert_eq!(lost(&wire.only().0), (295, 295, None));
}

#[test]
fn a_capture_that_begins_behind_the_handshake_does_not_say_that_nothing_arrived() {
    let mut wire = wire();
    wire.server(ACK, 500, 100, b"");
    wire.wait(LONG);
    wire.client(FIN | ACK, 680, 500, b"");
    wire.server(ACK, 500, 100, b"");
    assert_eq!(wire.only().0.unheard_bytes(), None);
}

#[test]
fn what_a_snap_length_cut_has_arrived() {
    let mut wire = wire();
    wire.handshake();
    let cut = segment(Side::Client, wire.ports, ACK, 100, 500, b"GET");
    wire.put(&Segment { length: 580, ..cut });
    wire.wait(LONG);
    wire.client(FIN | ACK, 680, 500, b"");
    wire.server(ACK, 500, 100, b"");
    assert_eq!(lost(&wire.only().0), (577, 0, None));
}

/// The server answers the client's request with an RST, and the client says it once more so much later.
fn goes_on_behind_reset(by: Side, later: Duration) -> bool {
    let mut wire = wire();
    wire.handshake();
    wire.client(ACK, 100, 500, b"GET /");
    match by {
        Side::Server => wire.server(RST, 500, 0, b""),
        Side::Client => wire.client(RST, 105, 0, b""),
    }
    wire.wait(later);
    wire.client(ACK, 100, 500, b"GET /");
    wire.only().0.reset_is_unheard()
}

#[test]
fn who_goes_on_behind_an_rst_did_not_hear_of_it() {
    assert!(goes_on_behind_reset(Side::Server, Duration::from_milliseconds(240)));
    // It was under way.
    assert!(!goes_on_behind_reset(Side::Server, Duration::from_milliseconds(20)));
    assert!(!goes_on_behind_reset(Side::Client, LONG));
}
