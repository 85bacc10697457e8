//! Conversations that OpenSSL 3 had with itself, and their secrets (tests/data/tls/opened, made by `record.py` there): every suite that is read, a
//! resumption, updates of keys. What is inside is known: request n asks for /n, its answer has n times so many bytes.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::flow::{Application, PacketId};
use crate::time::Time;
use crate::tls::{ClientRandom, Handshake, KeyLog, SessionSecrets, Sessions};

const KEYS: &[u8] = include_bytes!("../../../../tests/data/tls/opened/keys.log");

macro_rules! recorded {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_bytes!(concat!("../../../../tests/data/tls/opened/", $name, ".bin")))),*]
    };
}

const SMALL: &[(&str, &[u8])] = recorded![
    "tls10-aes128-cbc-sha",
    "tls10-aes256-cbc-sha-mac-first",
    "tls11-aes128-cbc-sha-mac-first",
    "tls11-aes256-cbc-sha",
    "tls12-aes128-cbc-sha",
    "tls12-aes128-cbc-sha-mac-first",
    "tls12-aes128-cbc-sha256",
    "tls12-aes128-ccm",
    "tls12-aes128-gcm",
    "tls12-aes256-cbc-sha",
    "tls12-aes256-cbc-sha384",
    "tls12-aes256-cbc-sha384-mac-first",
    "tls12-aes256-ccm8",
    "tls12-aes256-gcm",
    "tls12-chacha20",
    "tls12-resumed",
    "tls12-rsa-aes128-gcm",
    "tls13-aes128-ccm",
    "tls13-aes128-ccm8",
    "tls13-aes128-gcm",
    "tls13-aes256-gcm",
    "tls13-chacha20",
    "tls13-key-updates",
];
const LARGE: &[u8] = include_bytes!("../../../../tests/data/tls/opened/tls13-large.bin");

/// What both sides say inside.
fn said(size: usize) -> [Vec<u8>; 2] {
    let (mut asked, mut answered) = (Vec::new(), Vec::new());
    for number in 1..=4 {
        asked.extend(format!("GET /{number} HTTP/1.1\r\nHost: shop.example\r\n\r\n").into_bytes());
        let length = number * size;
        answered.extend(format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n").into_bytes());
        answered.extend((0..length).map(|at| 97 + u8::try_from((at + number) % 26).unwrap()));
    }
    [asked, answered]
}

fn sessions_of(keys: &str) -> Sessions {
    let mut sessions = Sessions::default();
    KeyLog::default().read(keys.as_bytes(), &mut sessions).unwrap();
    sessions
}

fn keys() -> String {
    String::from_utf8(KEYS.to_vec()).unwrap()
}

/// Keeps what it hears.
#[derive(Default)]
struct Heard {
    bytes: [BTreeMap<u64, Vec<u8>>; 2],
    missing: [Vec<(u64, u64)>; 2],
    acknowledged: [u64; 2],
    ended: [Option<u64>; 2],
}

impl Heard {
    fn whole(&self, side: Side) -> Vec<u8> {
        self.bytes[side as usize].values().flatten().copied().collect()
    }
}

impl Application for Heard {
    fn bytes(&mut self, (): &mut (), from: Side, offset: u64, data: &[u8], _: Arrival) {
        self.bytes[from as usize].insert(offset, data.to_vec());
    }

    fn gap(&mut self, (): &mut (), from: Side, offset: u64, length: u64, _: Gap, _: Arrival) {
        self.missing[from as usize].push((offset, length));
    }

    fn acknowledged(&mut self, (): &mut (), from: Side, offset: u64, _: Arrival) {
        self.acknowledged[from as usize] = offset;
    }

    fn end(&mut self, (): &mut (), from: Side, offset: u64, _: End, _: Arrival) {
        self.ended[from as usize] = Some(offset);
    }
}

/// Someone who knows the secrets.
struct Knowing {
    sessions: Sessions,
    heard: Heard,
    waiting: usize,
}

impl Above for Knowing {
    fn secrets(&mut self, random: &ClientRandom) -> Option<SessionSecrets> {
        self.sessions.find(random).map(|(_, secrets)| secrets.clone())
    }

    fn reader(&mut self) -> Option<&mut dyn Application> {
        Some(&mut self.heard)
    }

    fn may_hold(&mut self, bytes: usize) -> bool {
        self.waiting += bytes;
        true
    }

    fn let_go(&mut self, bytes: usize) {
        self.waiting -= bytes;
    }
}

/// The turns of a recording, as far as it goes.
fn turns(mut recording: &[u8]) -> Vec<(Side, &[u8])> {
    let mut turns = Vec::new();
    while let Some((&[side, a, b, c, d], rest)) = recording.split_first_chunk::<5>() {
        let Some((bytes, rest)) = rest.split_at_checked(u32::from_be_bytes([a, b, c, d]) as usize) else {
            break;
        };
        turns.push((if side == 0 { Side::Client } else { Side::Server }, bytes));
        recording = rest;
    }
    turns
}

fn packet(frame: u64) -> Arrival {
    Arrival { time: Time(0), packet: PacketId::new(0, frame) }
}

/// Plays a recording in segments of at most this size; of each side these bytes are missing.
fn play(recording: &[u8], size: usize, holes: &[(Side, u64, u64)], sessions: Sessions) -> (Heard, Handshake) {
    play_through(recording, size, holes, sessions, |conversation| conversation)
}

/// The same; `on` gives the conversation with which it goes on behind each segment.
fn play_through(
    recording: &[u8],
    size: usize,
    holes: &[(Side, u64, u64)],
    sessions: Sessions,
    mut on: impl FnMut(TlsConversation) -> TlsConversation,
) -> (Heard, Handshake) {
    let mut above = Knowing { sessions, heard: Heard::default(), waiting: 0 };
    let mut conversation = TlsConversation::new();
    let (mut offsets, mut frame) = ([0u64; 2], 0);
    let is_lost = |side: Side, at: u64| {
        holes.iter().any(|&(of, from, length)| of == side && (from..from + length).contains(&at))
    };
    for (side, bytes) in turns(recording) {
        for segment in bytes.chunks(size) {
            frame += 1;
            let mut rest = segment;
            while !rest.is_empty() {
                let offset = offsets[side as usize];
                let lost = is_lost(side, offset);
                let run = (offset..).take(rest.len()).take_while(|at| is_lost(side, *at) == lost).count();
                let (part, after) = rest.split_at(run);
                if lost {
                    conversation.gap(&mut above, side, offset, run as u64, Gap::NotCaptured, packet(frame));
                } else {
                    conversation.bytes(&mut above, side, offset, part, packet(frame));
                }
                offsets[side as usize] += run as u64;
                rest = after;
            }
            conversation.acknowledged(&mut above, side, offsets[side as usize], packet(frame));
            conversation = on(conversation);
        }
    }
    for side in [Side::Client, Side::Server] {
        conversation.end(&mut above, side, offsets[side as usize], End::Fin, packet(frame + 1));
    }
    assert_eq!((above.waiting, conversation.waiting()), (0, 0));
    (above.heard, conversation.finish())
}

#[test]
fn what_is_inside_is_read_with_every_suite_and_in_any_segments() {
    let [asked, answered] = said(100);
    for (name, recording) in SMALL {
        for size in [1, 7, 100, 1_448, usize::MAX] {
            let (heard, handshake) = play(recording, size, &[], sessions_of(&keys()));
            assert_eq!(heard.whole(Side::Client), asked, "{name} {size}");
            assert_eq!(heard.whole(Side::Server), answered, "{name} {size}");
            assert_eq!(heard.missing, [vec![], vec![]], "{name}");
            let ends = [asked.len() as u64, answered.len() as u64];
            assert_eq!((heard.acknowledged, heard.ended), (ends, ends.map(Some)), "{name}");
            assert!(handshake.opened.is_some() && handshake.finished.client.is_some(), "{name}");
            assert_eq!(handshake.fatal_alert(), None, "{name}");
            assert_eq!(handshake.certificates.is_empty(), *name == "tls12-resumed", "{name}");
            if *name != "tls13-key-updates" {
                let closes =
                    handshake.alerts.iter().filter(|alert| alert.description == 0 && !alert.in_clear);
                assert_eq!((closes.count(), handshake.encrypted_alerts.client), (2, 0), "{name}");
                assert_eq!(handshake.server_hello.unwrap().alpn.as_deref(), Some("http/1.1"), "{name}");
            }
        }
    }
    let (heard, _) = play(LARGE, 1_448, &[], sessions_of(&keys()));
    assert_eq!([heard.whole(Side::Client), heard.whole(Side::Server)], said(9_000));
}

#[test]
fn without_the_secrets_nothing_is_heard_and_nothing_claimed() {
    for (name, recording) in SMALL {
        let (heard, handshake) = play(recording, 1_448, &[], Sessions::default());
        assert!(heard.bytes.iter().all(BTreeMap::is_empty), "{name}");
        assert_eq!((handshake.opened, handshake.finished.client), (None, None), "{name}");
    }
}

#[test]
fn wrong_secrets_open_nothing() {
    let wrong: Vec<String> = keys()
        .lines()
        .filter_map(|line| line.rsplit_once(' '))
        .map(|(before, secret)| format!("{before} {}\n", "5a".repeat(secret.len() / 2)))
        .collect();
    for (name, recording) in SMALL {
        let (heard, handshake) = play(recording, 1_448, &[], sessions_of(&wrong.concat()));
        assert!(heard.bytes.iter().all(BTreeMap::is_empty), "{name}");
        assert_eq!(handshake.opened, None, "{name}");
    }
}

#[test]
fn half_of_the_secrets_open_half_of_what_was_said() {
    let half: Vec<String> = keys()
        .lines()
        .filter(|line| line.starts_with("SERVER_TRAFFIC_SECRET_0"))
        .map(|line| format!("{line}\n"))
        .collect();
    let (_, recording) = SMALL.iter().find(|(name, _)| *name == "tls13-aes128-gcm").unwrap();
    let (heard, handshake) = play(recording, 1_448, &[], sessions_of(&half.concat()));
    assert_eq!(heard.whole(Side::Server), said(100)[1]);
    assert!(heard.bytes[0].is_empty() && handshake.certificates.is_empty());
}

/// A record of a side, outside: where it begins and ends, and its type.
struct RecordAt {
    start: u64,
    end: u64,
    kind: u8,
}

fn records(recording: &[u8], side: Side) -> Vec<RecordAt> {
    let of_side = turns(recording).into_iter().filter(|turn| turn.0 == side);
    let stream: Vec<u8> = of_side.flat_map(|turn| turn.1.to_vec()).collect();
    let (mut at, mut records) = (0, Vec::new());
    while let Some(header) = stream.get(at..at + 5) {
        let end = at + 5 + usize::from(u16::from_be_bytes([header[3], header[4]]));
        records.push(RecordAt { start: at as u64, end: end as u64, kind: header[0] });
        at = end;
    }
    records
}

/// Which of a side's records are the four messages that it says. Beside them stand close_notify, and in TLS 1.0 empty records before each.
fn said_in(records: &[RecordAt]) -> Vec<usize> {
    let speaks =
        |record: &RecordAt| record.kind == TlsRecordType::ApplicationData.0 && record.end - record.start > 60;
    let mut said: Vec<usize> = (0..records.len()).filter(|at| speaks(&records[*at])).collect();
    said.split_off(said.len().saturating_sub(4))
}

/// Otherwise nothing is known of what a snap length cut from records that could have been opened, and without the secrets more than with them.
#[test]
fn what_was_cut_of_opened_records_is_guessed_by_their_sizes() {
    for name in ["tls12-aes128-gcm", "tls12-aes128-ccm", "tls12-aes256-cbc-sha384"] {
        let (_, recording) = SMALL.iter().find(|(other, _)| *other == name).unwrap();
        let cut = |side| {
            let all = records(recording, side);
            let said = said_in(&all).into_iter();
            said.map(move |at| (side, all[at].start + 25, all[at].end - all[at].start - 25))
        };
        let holes: Vec<_> = cut(Side::Client).chain(cut(Side::Server)).collect();
        let (heard, handshake) = play(recording, usize::MAX, &holes, sessions_of(&keys()));
        let turn = handshake.last_turn.map(|turn| (turn.number, turn.answered.is_some()));
        assert_eq!(
            (heard.bytes[0].len(), handshake.opened.is_some(), turn),
            (0, true, Some((4, true))),
            "{name}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// One lost packet costs the records in which it lies, in TLS 1.0 the next one too, and, where it took a header, those up to the next that begins a segment; what is heard of
    /// the others stands where it was said.
    #[test]
    fn a_hole_costs_the_records_that_it_touches(
        which in 0..SMALL.len(),
        of_client: bool,
        place: prop::sample::Index,
        length in 1..300u64,
    ) {
        let (name, recording) = SMALL[which];
        let side = if of_client { Side::Client } else { Side::Server };
        let all = records(recording, side);
        let data = said_in(&all);
        prop_assume!(name != "tls13-key-updates" && data.len() == 4);
        let (first, last) = (&all[data[0]], &all[data[3]]);
        let from = first.start + place.index(usize::try_from(last.end - first.start).unwrap()) as u64;
        // Each record is a segment of its own.
        let (heard, _) = play(recording, usize::MAX, &[(side, from, length)], sessions_of(&keys()));
        let truth = &said(100)[side as usize];
        let is_touched = |record: &RecordAt| record.start < from + length && from < record.end;
        // The blocks of TLS 1.0 are chained from record to record: the next one needs the end of the one before.
        let is_chained = name.starts_with("tls10");
        let is_lost = |at: usize| is_touched(&all[at]) || is_chained && is_touched(&all[at - 1]);
        let touched = data.iter().filter(|at| is_lost(**at)).count();
        prop_assert_eq!(heard.bytes[side as usize].len(), 4 - touched, "{} {:?}", name, heard.missing);
        for (offset, bytes) in &heard.bytes[side as usize] {
            let there = truth.get(usize::try_from(*offset).unwrap()..).unwrap_or_default();
            // How much padding blocks have is not known.
            let is_there = there.starts_with(bytes) || name.contains("cbc");
            prop_assert!(is_there && truth.windows(bytes.len()).any(|part| part == bytes), "{} {}", name, offset);
        }
        let other = side.peer();
        prop_assert_eq!(heard.whole(other), said(100)[other as usize].clone());
    }

    #[test]
    fn broken_records_never_panic(
        which in 0..SMALL.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        holes in prop::collection::vec((any::<bool>(), 0..3_000u64, 1..600u64), 0..3),
        size in 1..600usize,
    ) {
        let mut recording = SMALL[which].1.to_vec();
        for (at, byte) in changes {
            let at = at.index(recording.len());
            recording[at] ^= byte;
        }
        let side = |client| if client { Side::Client } else { Side::Server };
        let holes: Vec<_> = holes.into_iter().map(|(client, from, length)| (side(client), from, length)).collect();
        play(&recording, size, &holes, sessions_of(&keys()));
    }
}

mod written;
