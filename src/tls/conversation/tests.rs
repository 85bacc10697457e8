//! Handshakes made with OpenSSL 3.0 through memory buffers, kept as (side, length, bytes) under tests/data/tls; ours.

mod segments;

use super::super::handshake::{AlertLevel, ClientCertificate, HandshakeState};
use super::super::names::alert_name;
use super::*;
use crate::flow::PacketId;
use crate::time::{Duration, Time};

const TLS12: &[u8] = include_bytes!("../../../tests/data/tls/tls12.bin");
const TLS13: &[u8] = include_bytes!("../../../tests/data/tls/tls13.bin");
const TLS13_RETRY: &[u8] = include_bytes!("../../../tests/data/tls/tls13_retry.bin");
const CLIENT_CERTIFICATE: &[u8] = include_bytes!("../../../tests/data/tls/tls12_client_certificate.bin");
const PROTOCOL_VERSION: &[u8] = include_bytes!("../../../tests/data/tls/protocol_version.bin");
const NO_SHARED_CIPHER: &[u8] = include_bytes!("../../../tests/data/tls/no_shared_cipher.bin");
const UNKNOWN_CA: &[u8] = include_bytes!("../../../tests/data/tls/unknown_ca.bin");
const TLS13_UNKNOWN_CA: &[u8] = include_bytes!("../../../tests/data/tls/tls13_unknown_ca.bin");

const ALERT_RECORD: u8 = TlsRecordType::Alert.0;

fn packet(frame: u64) -> Arrival {
    Arrival { time: Time(0), packet: PacketId::new(0, frame) }
}

fn turns(mut recording: &[u8]) -> Vec<(Side, Vec<u8>)> {
    let mut turns = Vec::new();
    while let Some((&[side, a, b, c, d], rest)) = recording.split_first_chunk::<5>() {
        let (bytes, rest) = rest.split_at(u32::from_be_bytes([a, b, c, d]) as usize);
        turns.push((if side == 0 { Side::Client } else { Side::Server }, bytes.to_vec()));
        recording = rest;
    }
    turns
}

/// Plays it in segments of at most this size; `swap` exchanges the flow's idea of who is who.
fn play(turns: &[(Side, Vec<u8>)], size: usize, swap: bool) -> Handshake {
    let mut conversation = TlsConversation::new();
    let (mut offsets, mut frame) = ([0u64; 2], 0);
    for (side, bytes) in turns {
        let side = if swap { side.peer() } else { *side };
        for segment in bytes.chunks(size) {
            frame += 1;
            conversation.bytes(&mut (), side, offsets[side as usize], segment, packet(frame));
            offsets[side as usize] += segment.len() as u64;
        }
        frame += 1;
        conversation.acknowledged(&mut (), side, offsets[side as usize], packet(frame));
    }
    for side in [Side::Client, Side::Server] {
        conversation.end(&mut (), side, offsets[side as usize], End::Fin, packet(frame + 1));
    }
    conversation.finish()
}

fn whole(recording: &[u8]) -> Handshake {
    play(&turns(recording), usize::MAX, false)
}

#[test]
fn a_tls_1_2_handshake_tells_its_certificates() {
    let read = whole(TLS12);
    let hello = read.client_hello.as_ref().unwrap();
    assert_eq!(hello.sni.as_deref(), Some("shop.example"));
    assert_eq!(hello.alpn, ["h2", "http/1.1"]);
    assert_eq!(hello.versions, [0x0304, 0x0303]);
    assert!(hello.cipher_suites.contains(&0x1301));
    assert_eq!((hello.bytes, hello.records, hello.segments), (512, 1, 1));
    assert_eq!((hello.at, hello.complete, hello.acknowledged), (packet(1), Some(packet(1)), Some(packet(2))));
    let answer = read.server_hello.as_ref().unwrap();
    assert_eq!(
        (answer.version, answer.hello_retry, answer.alpn.as_deref()),
        (0x0303, false, Some("http/1.1"))
    );
    assert_eq!(answer.cipher_suite, 0xc02c);
    assert_eq!(read.certificates.len(), 2);
    let leaf = &read.certificates[0];
    assert_eq!((leaf.subject.as_str(), leaf.serial.as_str()), ("CN=shop.example", "1234abcd"));
    assert_eq!(leaf.issuer, "O=Example Trust, CN=Example Root");
    assert_eq!(leaf.dns_names, ["shop.example", "*.shop.example"]);
    assert!(!leaf.self_issued && read.certificates[1].self_issued && !leaf.unreadable);
    assert_eq!(leaf.not_after.since(leaf.not_before), Duration::from_seconds(90 * 86_400));
    assert_eq!((read.state, read.unread), (HandshakeState::Encrypted, None));
    // close_notify of both sides, encrypted: never "thirteen alerts" out of 26 bytes.
    assert_eq!((read.alerts.len(), read.encrypted_alerts), (0, BySide { client: 1, server: 1 }));
    assert_eq!(read.ended.of(Side::Server).map(|(how, _)| how), Some(End::Fin));
}

#[test]
fn a_tls_1_3_handshake_is_encrypted_from_the_server_hello_on() {
    let read = whole(TLS13);
    let answer = read.server_hello.as_ref().unwrap();
    assert_eq!((answer.version, answer.cipher_suite), (0x0304, 0x1302));
    assert_eq!((read.certificates.len(), read.state), (0, HandshakeState::Encrypted));
    assert_eq!(read.first_protected.client.map(|(_, length)| length), Some(69));
    assert!(read.application_data_bytes.server > 700);
    assert_eq!((read.alerts.len(), read.unread), (0, None));
    let retry = whole(TLS13_RETRY);
    assert!(retry.server_hello.unwrap().hello_retry);
    assert_eq!(retry.state, HandshakeState::Encrypted);
    assert_eq!(retry.client_hello.unwrap().at, packet(1));
}

/// What the ServerHello says of the version comes before what the order of records would: a second ClientHello is in the clear in TLS 1.3, too. Otherwise the Finished
/// of a client that was asked for a certificate and has none is a request that nobody answers.
#[test]
fn behind_a_second_client_hello_a_client_without_a_certificate_has_asked_for_nothing() {
    let mut turns = turns(TLS13_RETRY);
    let is_finished = |bytes: &[u8]| bytes.starts_with(&[23, 3, 3, 0]) && matches!(bytes[4], 53 | 69);
    let of_client = |(side, _): &(Side, Vec<u8>)| *side == Side::Client;
    let place = |bytes: &[u8]| bytes.windows(5).position(is_finished);
    let turn = turns.iter().position(|turn| of_client(turn) && place(&turn.1).is_some()).unwrap();
    turns.truncate(turn + 1);
    let at = place(&turns[turn].1).unwrap();
    let no_certificate = [&[23, 3, 3, 0, 25][..], &[0; 25]].concat();
    turns[turn].1.splice(at..at, no_certificate);
    assert_eq!(play(&turns, usize::MAX, false).last_turn, None);
}

/// "No HTTP/2 here" must not be said of what nobody could read.
#[test]
fn http2_is_ruled_out_only_by_a_handshake_that_tells() {
    let chosen = |recording, protocol: Option<&str>| {
        let mut read = whole(recording);
        if let Some(answer) = &mut read.server_hello {
            answer.alpn = protocol.map(str::to_owned);
        }
        read.may_carry_http2().is_some()
    };
    assert!(!chosen(TLS12, Some("http/1.1")), "TLS 1.2 tells its choice");
    assert!(!chosen(TLS12, None), "and that it chose none");
    assert!(chosen(TLS12, Some("h2")));
    let mut hidden = whole(TLS13);
    assert!(hidden.client_hello.as_ref().unwrap().alpn.contains(&"h2".to_owned()));
    assert!(hidden.may_carry_http2().is_some(), "TLS 1.3 hides its choice");
    hidden.client_hello.as_mut().unwrap().alpn = vec!["http/1.1".to_owned()];
    assert_eq!(hidden.may_carry_http2(), None, "what was not offered cannot be chosen");
    let from_the_middle = play(&turns(TLS13)[2..], usize::MAX, false);
    assert!(from_the_middle.client_hello.is_none() && from_the_middle.may_carry_http2().is_some());
    assert_eq!(whole(PROTOCOL_VERSION).may_carry_http2(), None, "nothing was ever encrypted");
}

#[test]
fn a_failed_handshake_names_its_alert_and_where_it_stood() {
    for (recording, from, alert, state) in [
        (PROTOCOL_VERSION, Side::Server, "protocol_version", HandshakeState::AwaitServerHello),
        (NO_SHARED_CIPHER, Side::Server, "handshake_failure", HandshakeState::AwaitServerHello),
        (UNKNOWN_CA, Side::Client, "unknown_ca", HandshakeState::AwaitClientKeyExchange),
        (TLS13_UNKNOWN_CA, Side::Client, "unknown_ca", HandshakeState::Encrypted),
        (CLIENT_CERTIFICATE, Side::Server, "handshake_failure", HandshakeState::AwaitChangeCipherSpec),
    ] {
        let read = whole(recording);
        let alerts: Vec<_> = read
            .alerts
            .iter()
            .map(|alert| (alert.from, alert.level, alert_name(alert.description)))
            .collect();
        assert_eq!(alerts, [(from, AlertLevel::Fatal, Some(alert))]);
        assert_eq!(read.state, state, "{alert}");
    }
}

#[test]
fn a_client_certificate_that_was_asked_for_and_not_sent_is_told() {
    let read = whole(CLIENT_CERTIFICATE);
    assert_eq!(read.certificate_request, Some(packet(3)));
    assert_eq!(read.client_certificate, Some(ClientCertificate { at: packet(5), certificates: 0 }));
    assert_eq!(whole(TLS12).certificate_request, None);
}

/// Cut wherever it is, the message tells nothing that the whole one does not.
#[test]
fn a_certificate_that_is_cut_tells_what_came_of_it() {
    let sent = turns(TLS12);
    let leaf = whole(TLS12).certificates.remove(0);
    let flight = sent[1].1.len();
    let mut told = Vec::new();
    for kept in 0..flight {
        let mut conversation = TlsConversation::new();
        conversation.bytes(&mut (), Side::Client, 0, &sent[0].1, packet(1));
        conversation.bytes(&mut (), Side::Server, 0, &sent[1].1[..kept], packet(2));
        conversation.gap(&mut (), Side::Server, kept as u64, (flight - kept) as u64, Gap::Snaplen, packet(2));
        let read = conversation.finish();
        let Some(cut) = read.cut_leaf.filter(|_| read.certificates.is_empty()) else { continue };
        assert_eq!(
            (&cut.issuer, cut.not_before, cut.not_after),
            (&leaf.issuer, leaf.not_before, leaf.not_after)
        );
        let subject = cut.subject.map(|subject| (subject.name, subject.is_issuer));
        assert!(subject.as_ref().is_none_or(|subject| *subject == (leaf.subject.clone(), leaf.self_issued)));
        assert!(cut.dns_names.as_ref().is_none_or(|names| *names == leaf.dns_names));
        told.push((subject.is_some(), cut.dns_names.is_some()));
    }
    told.dedup();
    assert_eq!(told, [(false, false), (true, false), (true, true)]);
}

#[test]
fn a_hello_over_two_segments_is_known_for_one_and_its_first_half_still_tells_the_host() {
    let hello = turns(TLS13)[0].1.clone();
    let read = play(&[(Side::Client, hello.clone())], 400, false);
    let split = read.client_hello.unwrap();
    assert_eq!((split.segments, split.records, split.complete), (2, 1, Some(packet(2))));
    let read = play(&[(Side::Client, hello[..400].to_vec())], 400, false);
    let half = read.client_hello.unwrap();
    assert_eq!((half.complete, half.bytes, half.segments, half.acknowledged), (None, 512, 1, None));
    assert_eq!(half.sni.as_deref(), Some("shop.example"));
    assert_eq!(read.state, HandshakeState::AwaitServerHello);
}

#[test]
fn a_plain_text_answer_on_a_tls_port_is_kept() {
    let hello = turns(TLS13)[0].1.clone();
    let answer = b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\nContent-Length: 230\r\nContent-Type: text/html\r\n\r\n";
    for size in [1, 10, 1000] {
        let read = play(&[(Side::Client, hello.clone()), (Side::Server, answer.to_vec())], size, false);
        assert_eq!(read.plaintext_reply.as_ref().unwrap().1, answer[..64]);
        assert_eq!((read.state, read.unread), (HandshakeState::PlaintextReply, None));
    }
}

#[test]
fn a_proxy_protocol_header_is_no_part_of_the_hello() {
    let mut hello = b"PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n".to_vec();
    hello.extend_from_slice(&turns(TLS13)[0].1);
    let read = play(&[(Side::Client, hello)], usize::MAX, false);
    assert_eq!(read.client_hello.unwrap().acknowledged, Some(packet(2)));
    assert_eq!(read.unread, None);
}

#[test]
fn messages_over_many_records_and_large_records_are_joined() {
    // Every handshake record of the recording is sent again as records of 7 bytes each.
    let mut split = Vec::new();
    for (side, bytes) in turns(TLS12) {
        let mut out = Vec::new();
        let mut rest = bytes.as_slice();
        let mut clear = true;
        while let Some((&[kind, major, minor, high, low], after)) = rest.split_first_chunk::<5>() {
            let (payload, after) = after.split_at(usize::from(u16::from_be_bytes([high, low])));
            clear &= kind == TlsRecordType::Handshake.0;
            for part in payload.chunks(if clear { 7 } else { usize::MAX }) {
                out.extend_from_slice(&[kind, major, minor]);
                out.extend_from_slice(&u16::try_from(part.len()).unwrap().to_be_bytes());
                out.extend_from_slice(part);
            }
            rest = after;
        }
        split.push((side, out));
    }
    let read = play(&split, usize::MAX, false);
    assert_eq!(read.certificates, whole(TLS12).certificates);
    assert_eq!(read.client_hello.unwrap().records, 512_u32.div_ceil(7));
    assert_eq!((read.state, read.unread), (HandshakeState::Encrypted, None));
    // TLS 1.2 allows records of 18432 bytes (RFC 5246, 6.2.3).
    let mut large = vec![TlsRecordType::ApplicationData.0, 3, 3, 0x48, 0x00];
    large.resize(5 + 18_432, 0);
    let read = play(&[(Side::Server, large)], 1_448, false);
    assert_eq!((read.application_data_bytes.server, read.state), (18_432, HandshakeState::Encrypted));
}

#[test]
fn the_side_that_says_hello_is_the_client_whatever_the_flow_says() {
    for recording in [TLS12, UNKNOWN_CA, CLIENT_CERTIFICATE] {
        let (right, swapped) = (whole(recording), play(&turns(recording), usize::MAX, true));
        assert_eq!((right.client_side, swapped.client_side), (Side::Client, Side::Server));
        assert_eq!(
            (&swapped.client_hello, &swapped.server_hello),
            (&right.client_hello, &right.server_hello)
        );
        assert_eq!(
            (swapped.certificates, swapped.client_certificate),
            (right.certificates, right.client_certificate)
        );
    }
}

#[test]
fn a_gap_inside_a_message_costs_that_message_alone() {
    let turns = turns(CLIENT_CERTIFICATE);
    let (hello, flight) = (&turns[0].1, &turns[1].1);
    let mut conversation = TlsConversation::new();
    conversation.bytes(&mut (), Side::Client, 0, hello, packet(1));
    conversation.bytes(&mut (), Side::Server, 0, &flight[..300], packet(2));
    conversation.gap(&mut (), Side::Server, 300, 200, Gap::NotCaptured, packet(3));
    conversation.bytes(&mut (), Side::Server, 500, &flight[500..], packet(4));
    let read = conversation.finish();
    assert!(read.server_hello.is_some() && read.certificates.is_empty());
    assert_eq!(read.certificate_request, Some(packet(4)));
    assert_eq!(read.state, HandshakeState::AwaitClientKeyExchange);
    assert_eq!(read.unread.map(|unread| unread.why), Some(Reason::GapInHandshake));
}

#[test]
fn after_a_gap_over_a_record_header_the_next_segment_is_read() {
    let turns = turns(TLS12);
    let mut conversation = TlsConversation::new();
    conversation.bytes(&mut (), Side::Client, 0, &turns[0].1, packet(1));
    conversation.gap(&mut (), Side::Server, 0, 5_000, Gap::NotCaptured, packet(2));
    conversation.bytes(&mut (), Side::Server, 5_000, &[1, 2, 3], packet(3));
    conversation.bytes(&mut (), Side::Server, 5_003, &[ALERT_RECORD, 3, 3, 0, 2, 2, 80], packet(4));
    let read = conversation.finish();
    assert_eq!((read.alerts.len(), read.alerts[0].description), (1, 80));
    assert_eq!(read.unread.map(|unread| unread.why), Some(Reason::GapBetweenRecords));
    assert_eq!(read.plaintext_reply, None);
}

#[test]
fn a_connection_captured_from_its_middle_is_counted_and_invents_nothing() {
    let mut conversation = TlsConversation::new();
    conversation.bytes(&mut (), Side::Server, 0, b"\x00some ciphertext of a record", packet(1));
    conversation.bytes(
        &mut (),
        Side::Server,
        28,
        &[TlsRecordType::ApplicationData.0, 3, 3, 0, 3, 9, 9, 9],
        packet(2),
    );
    conversation.bytes(&mut (), Side::Server, 36, &[ALERT_RECORD, 3, 3, 0, 26], packet(3));
    conversation.bytes(&mut (), Side::Server, 41, &[1; 26], packet(4));
    let read = conversation.finish();
    assert_eq!((read.application_data_bytes.server, read.state), (3, HandshakeState::Encrypted));
    assert_eq!((read.alerts.len(), read.encrypted_alerts.server), (0, 1));
}
