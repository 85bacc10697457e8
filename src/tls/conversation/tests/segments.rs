//! However the bytes come, in pieces, with holes or broken.

use proptest::prelude::*;

use super::*;

/// The same without what depends on the segments.
fn without_segments(mut read: Handshake) -> Handshake {
    let at = packet(0);
    if let Some(hello) = &mut read.client_hello {
        (hello.at, hello.complete, hello.segments) = (at, hello.complete.map(|_| at), 0);
        hello.acknowledged = hello.acknowledged.map(|_| at);
    }
    if let Some(hello) = &mut read.server_hello {
        hello.at = at;
    }
    read.certificates.iter_mut().for_each(|certificate| certificate.at = at);
    read.alerts.iter_mut().for_each(|alert| alert.at = at);
    read.certificate_request = read.certificate_request.map(|_| at);
    if let Some(certificate) = &mut read.client_certificate {
        certificate.at = at;
    }
    read.encrypted = read.encrypted.map(|_| at);
    read.first_after_finished = read.first_after_finished.map(|(_, length)| (at, length));
    read.last_turn = read.last_turn.map(|turn| crate::tls::Turn {
        first: at,
        last: at,
        acknowledged: None,
        before: turn.before.map(|_| at),
        answered: turn.answered.map(|_| at),
        ..turn
    });
    read.last_answer = read.last_answer.map(|_| at);
    for side in [Side::Client, Side::Server] {
        *read.ended.of_mut(side) = None;
        let first = read.first_protected.of_mut(side);
        *first = first.map(|(_, length)| (at, length));
    }
    read
}

const ALL: [&[u8]; 8] = [
    TLS12,
    TLS13,
    TLS13_RETRY,
    CLIENT_CERTIFICATE,
    PROTOCOL_VERSION,
    NO_SHARED_CIPHER,
    UNKNOWN_CA,
    TLS13_UNKNOWN_CA,
];

#[test]
fn any_segments_give_the_same_handshake() {
    for recording in ALL {
        let expected = without_segments(whole(recording));
        for size in [1, 2, 3, 5, 11, 100, 536, 1_448] {
            assert_eq!(without_segments(play(&turns(recording), size, false)), expected, "{size}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// A hole in the capture must not become an alert, an answer in plain text or another certificate.
    #[test]
    fn gaps_invent_nothing(
        which in 0..ALL.len(),
        holes in prop::collection::vec((any::<bool>(), 0..1500u64, 1..600u64), 1..3),
        size in 1..1500usize,
    ) {
        let mut conversation = TlsConversation::new();
        let mut offsets = [0u64; 2];
        for (side, bytes) in turns(ALL[which]) {
            for segment in bytes.chunks(size) {
                let offset = &mut offsets[side as usize];
                let mut rest = segment;
                while !rest.is_empty() {
                    let lost = |at: u64| holes.iter().any(|&(client, start, length)| {
                        client == (side == Side::Client) && (start..start + length).contains(&at)
                    });
                    let gone = lost(*offset);
                    let run = (0..rest.len() as u64).take_while(|i| lost(*offset + i) == gone).count();
                    let (part, after) = rest.split_at(run);
                    match gone {
                        true => conversation.gap(&mut (), side, *offset, run as u64, Gap::NotCaptured, packet(1)),
                        false => conversation.bytes(&mut (), side, *offset, part, packet(1)),
                    }
                    *offset += run as u64;
                    rest = after;
                }
            }
        }
        let (read, expected) = (conversation.finish(), whole(ALL[which]));
        prop_assert!(read.plaintext_reply.is_none());
        prop_assert!(read.alerts.len() <= expected.alerts.len());
        for (alert, expected) in read.alerts.iter().zip(&expected.alerts) {
            prop_assert_eq!(alert.description, expected.description);
        }
        let serials = |read: &Handshake| read.certificates.iter().map(|c| c.serial.clone()).collect::<Vec<_>>();
        prop_assert!(read.certificates.is_empty() || serials(&read) == serials(&expected));
        if let (Some(hello), Some(whole)) = (&read.server_hello, &expected.server_hello) {
            prop_assert_eq!(hello.cipher_suite, whole.cipher_suite);
        }
    }

    #[test]
    fn broken_bytes_never_panic(
        which in 0..ALL.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        noise in prop::collection::vec((any::<bool>(), prop::collection::vec(any::<u8>(), 0..50)), 0..6),
        size in 1..600usize,
    ) {
        let mut turns = turns(ALL[which]);
        for (at, byte) in changes {
            let count = turns.len();
            let bytes = &mut turns[at.index(count)].1;
            let length = bytes.len();
            bytes[at.index(length)] = byte;
        }
        for (client, bytes) in noise {
            turns.push((if client { Side::Client } else { Side::Server }, bytes));
        }
        play(&turns, size, false);
    }
}
