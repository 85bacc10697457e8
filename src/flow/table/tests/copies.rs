//! Packets that the capture holds twice. Taken for retransmissions they would show loss where there is none.

use super::*;

const A_REQUEST: [(Side, u8, u32, u32, &[u8]); 7] = [
    (Side::Client, SYN, 99, 0, b""),
    (Side::Server, SYN | ACK, 499, 100, b""),
    (Side::Client, ACK, 100, 500, b""),
    (Side::Client, ACK, 100, 500, b"GET /"),
    (Side::Server, ACK, 500, 105, b""),
    (Side::Server, ACK, 500, 105, b"200 OK"),
    (Side::Client, ACK, 105, 506, b""),
];

impl Wire {
    /// A packet, seen again so much later.
    fn again(&mut self, segment: &Segment<'_>, later: Duration) {
        self.wait(later - Duration::MILLISECOND);
        self.put(segment);
    }
}

fn request(ip_id: impl Fn(u16) -> Option<u16>) -> Vec<Segment<'static>> {
    let numbered = A_REQUEST.iter().zip(1_000..);
    let segments = numbered.map(|(&(from, flags, sequence, ack, data), number)| Segment {
        ip_id: ip_id(number),
        ..segment(from, (40_000, 443), flags, sequence, ack, data)
    });
    segments.collect()
}

#[track_caller]
fn nothing_was_repeated(wire: &Wire, copies: u64) {
    let facts = wire.table.facts(0);
    assert_eq!(facts, Facts { tcp_streams: 1, copies, ..Facts::default() });
}

#[test]
fn a_packet_seen_on_two_interfaces_is_counted_once() {
    let mut wire = wire();
    for packet in request(Some) {
        wire.put(&packet);
        wire.again(&Segment { interface: 1, ..packet }, Duration::MILLISECOND / 10);
    }
    nothing_was_repeated(&wire, 7);
    let (connection, recorder) = wire.only();
    assert_eq!(recorder.read, [b"GET /".to_vec(), b"200 OK".to_vec()]);
    assert_eq!((connection.from_client.packets, connection.from_client.anomalies.copies), (4, 4));
    assert_eq!((connection.from_server.packets, connection.from_server.anomalies.copies), (3, 3));
    assert_eq!((connection.handshake.syns, connection.handshake.syn_acks), (1, 1));
    assert_eq!(connection.from_server.last_data.map(|at| at.packet.frame()), Some(11));
}

#[test]
fn copies_may_lie_behind_a_burst_of_others() {
    let mut wire = wire();
    wire.handshake();
    let ports = wire.ports;
    let body = [b'x'; 7];
    let burst: Vec<Segment<'_>> = (0..60u16)
        .map(|number| Segment {
            ip_id: Some(700 + number),
            ..segment(Side::Server, ports, ACK, 500 + 7 * u32::from(number), 100, &body)
        })
        .collect();
    for burst in burst.chunks(6).take(2) {
        burst.iter().for_each(|packet| wire.again(packet, Duration::ZERO));
        burst.iter().for_each(|packet| wire.again(packet, Duration::ZERO));
    }
    // Where copies were found, more packets are remembered.
    burst[12..].iter().for_each(|packet| wire.again(packet, Duration::ZERO));
    burst[12..].iter().for_each(|packet| wire.again(packet, Duration::ZERO));
    nothing_was_repeated(&wire, 60);
}

#[test]
fn a_segment_sent_again_is_a_retransmission() {
    let mut wire = wire();
    let packets = request(Some);
    packets.iter().for_each(|packet| wire.put(packet));
    wire.again(&Segment { ip_id: Some(2_000), ..packets[5] }, Duration::MILLISECOND / 10);
    // The same identification, but as late as a retransmission timer: a counter that wrapped.
    wire.again(&packets[3], Duration::from_milliseconds(300));
    assert_eq!((wire.table.facts(0).copies, wire.table.facts(0).retransmissions), (0, 2));
}

#[test]
fn an_identification_that_all_packets_have_says_nothing() {
    for constant in [Some(0), Some(1), Some(0x1234)] {
        let mut wire = wire();
        let packets = request(|_| constant);
        packets.iter().for_each(|packet| wire.put(packet));
        wire.put(&packets[5]);
        assert_eq!((wire.table.facts(0).copies, wire.table.facts(0).retransmissions), (0, 1));
    }
}

#[test]
fn without_an_identification_another_place_shows_a_copy() {
    let elsewhere =
        |packet: &Segment<'static>| [Segment { interface: 3, ..*packet }, Segment { ttl: 59, ..*packet }];
    for place in 0..2 {
        let mut wire = wire();
        for packet in request(|_| None) {
            wire.put(&packet);
            wire.again(&elsewhere(&packet)[place], Duration::MILLISECOND);
        }
        nothing_was_repeated(&wire, 7);
    }
    // Too late: a retransmission that took another way.
    let mut wire = wire();
    let packets = request(|_| None);
    packets.iter().for_each(|packet| wire.put(packet));
    wire.again(&elsewhere(&packets[5])[1], Duration::from_milliseconds(30));
    assert_eq!((wire.table.facts(0).copies, wire.table.facts(0).retransmissions), (0, 1));
}

/// Without an identification, at one place: nobody sends the same again within the same moment.
#[test]
fn data_of_the_same_moment_is_a_copy_and_an_acknowledgement_is_none() {
    let mut wire = wire();
    for packet in request(|_| None) {
        wire.put(&packet);
        if packet.length > 0 || packet.flags.syn() {
            wire.again(&packet, Duration::ZERO);
        }
    }
    let facts = wire.table.facts(0);
    assert!(facts.copies > 0 && facts.retransmissions == 0, "{facts:?}");
}

#[test]
fn the_same_acknowledgement_twice_at_one_place_is_no_copy() {
    let mut wire = wire();
    let packets = request(|_| None);
    packets.iter().for_each(|packet| wire.put(packet));
    wire.again(&packets[6], Duration::ZERO);
    wire.again(&packets[6], Duration::ZERO);
    let (connection, _) = wire.only();
    assert_eq!((connection.from_client.anomalies.copies, connection.from_client.packets), (0, 6));
}

#[test]
fn a_second_reset_from_elsewhere_is_no_copy_of_the_first() {
    let mut wire = wire();
    request(Some).iter().for_each(|packet| wire.put(packet));
    let reset = segment(Side::Server, wire.ports, RST, 506, 0, b"");
    wire.put(&reset);
    wire.put(&Segment { ttl: 120, ..reset });
    assert_eq!(wire.only().0.from_server.anomalies.copies, 0);
}

#[test]
fn other_bytes_under_the_same_header_are_no_copy() {
    let mut wire = wire();
    let packets = request(Some);
    packets.iter().for_each(|packet| wire.put(packet));
    wire.again(&Segment { payload: b"302 No", ..packets[5] }, Duration::MILLISECOND / 10);
    let (connection, _) = wire.only();
    assert_eq!(
        (connection.from_server.anomalies.copies, connection.from_server.anomalies.conflicting_overlaps),
        (0, 1)
    );
}

/// A router's two interfaces, a container's host: what came in as one large segment goes out in small ones, and none is a copy of it.
#[test]
fn a_large_segment_that_goes_on_in_small_ones_is_no_loss() {
    let sent_again = |later: Duration| {
        let mut wire = wire();
        wire.handshake();
        let ports = wire.ports;
        let body = [b'x'; 200];
        wire.put(&segment(Side::Server, ports, ACK, 500, 100, &body));
        let half = |start: u32| segment(Side::Server, ports, ACK, 500 + start, 100, &body[..100]);
        wire.again(&half(0), later);
        wire.again(&half(100), Duration::ZERO);
        wire.only().0.from_server.retransmissions
    };
    assert_eq!(sent_again(Duration::ZERO), 0);
    assert_eq!(sent_again(Duration::from_milliseconds(250)), 2);
}
