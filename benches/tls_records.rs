//! The same exchanges in the clear, inside TLS whose secrets nobody has, and inside TLS with a key log; and their records opened by the crypto library
//! alone: what TLS costs, in instructions. `benches/tls` makes the conversations with OpenSSL and counts.
//!
//! ```text
//! cargo bench --no-default-features --bench tls_records --no-run
//! tls_records build|http|tls|keys FILE ROUNDS [KEYS]
//! tls_records library FILE ROUNDS aes128-gcm|aes256-gcm|chacha20|aes128-cbc-sha|aes256-cbc-sha384
//! ```
//!
//! FILE holds one connection as (side, length, bytes), as tests/data/tls/opened has them; it is read ROUNDS times over. `build` loads it and nothing
//! more: what that counts is to be taken off.

use std::process::ExitCode;

use aes::cipher::array::Array;
use aes::cipher::{BlockModeDecrypt, KeyInit, KeyIvInit};
use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes128Gcm, Aes256Gcm};
use chacha20poly1305::ChaCha20Poly1305;
use hmac::{Hmac, Mac};
use rayscope::flow::{Application, Arrival, End, PacketId, Side};
use rayscope::http::HttpConversation;
use rayscope::time::Time;
use rayscope::tls::{Above, ClientRandom, KeyLog, SessionSecrets, Sessions, TlsConversation};
use sha1::Sha1;
use sha2::Sha384;

/// Bytes of a segment.
const SEGMENT: usize = 1_400;
/// Bytes of a record's header.
const HEADER: usize = 5;

/// Bytes in the order in which the sides said them.
type Turns = Vec<(Side, Vec<u8>)>;

fn turns(mut file: &[u8]) -> Turns {
    let mut turns = Vec::new();
    while let Some((&[side, a, b, c, d], rest)) = file.split_first_chunk::<5>() {
        let Some((bytes, rest)) = rest.split_at_checked(u32::from_be_bytes([a, b, c, d]) as usize) else {
            break;
        };
        turns.push((if side == 0 { Side::Client } else { Side::Server }, bytes.to_vec()));
        file = rest;
    }
    turns
}

/// Someone who has a key log, and reads what is inside.
struct WithKeys {
    sessions: Sessions,
    inside: HttpConversation,
}

impl Above for WithKeys {
    fn secrets(&mut self, random: &ClientRandom) -> Option<SessionSecrets> {
        self.sessions.find(random).map(|(_, secrets)| secrets.clone())
    }

    fn reader(&mut self) -> Option<&mut dyn Application> {
        Some(&mut self.inside)
    }

    fn may_hold(&mut self, _: usize) -> bool {
        true
    }

    fn let_go(&mut self, _: usize) {}
}

/// Says all in segments, each of which is acknowledged; `after` is called behind each.
fn say<C, A: Application<C>>(
    turns: &Turns,
    to: &mut A,
    context: &mut C,
    mut after: impl FnMut(&mut A, &mut C),
) {
    let (mut offsets, mut frame) = ([0; 2], 0);
    let arrival = |frame: u64| Arrival {
        time: Time(i64::try_from(frame).unwrap_or(0) * 1_000_000),
        packet: PacketId::new(0, frame),
    };
    for (from, bytes) in turns {
        let offset = &mut offsets[*from as usize];
        for segment in bytes.chunks(SEGMENT) {
            frame += 1;
            to.bytes(context, *from, *offset, segment, arrival(frame));
            *offset += segment.len() as u64;
            to.acknowledged(context, *from, *offset, arrival(frame));
            after(to, context);
        }
    }
    for side in [Side::Client, Side::Server] {
        to.end(context, side, offsets[side as usize], End::Fin, arrival(frame + 1));
    }
}

/// Exchanges that are over.
fn finished(conversation: &mut HttpConversation) -> usize {
    std::iter::from_fn(|| conversation.next_finished()).count()
}

fn http(turns: &Turns) -> usize {
    let (mut read, mut conversation) = (0, HttpConversation::new(true));
    say(turns, &mut conversation, &mut (), |conversation, ()| read += finished(conversation));
    read + conversation.finish().0.len()
}

fn with_keys(turns: &Turns, keys: &[u8]) -> usize {
    let mut sessions = Sessions::default();
    let mut log = KeyLog::default();
    if log.read(keys, &mut sessions).is_err() {
        return 0;
    }
    let mut above = WithKeys { sessions, inside: HttpConversation::new(true) };
    let mut read = 0;
    let mut outside = TlsConversation::new();
    say(turns, &mut outside, &mut above, |_, above| read += finished(&mut above.inside));
    read + above.inside.finish().0.len()
}

/// Lengths of the payloads of all records of application data.
fn records(turns: &Turns) -> Vec<usize> {
    let mut streams = [Vec::new(), Vec::new()];
    turns.iter().for_each(|(side, bytes)| streams[*side as usize].extend_from_slice(bytes));
    let mut lengths = Vec::new();
    for stream in &streams {
        let mut rest = stream.as_slice();
        while let Some((&[kind, _, _, high, low], after)) = rest.split_first_chunk::<HEADER>() {
            let length = usize::from(u16::from_be_bytes([high, low]));
            let Some(after) = after.get(length..) else { break };
            if kind == 23 {
                lengths.push(length);
            }
            rest = after;
        }
    }
    lengths
}

/// Opens records of these lengths that were sealed by the same library.
fn opened<C: Aead + KeyInit>(lengths: &[usize], tag: usize) -> Option<usize> {
    let cipher = C::new(&Default::default());
    let nonce = Default::default();
    let mut sealed = std::collections::BTreeMap::new();
    let mut text = 0;
    for &length in lengths {
        let record = sealed.entry(length).or_insert_with(|| {
            cipher
                .encrypt(&nonce, Payload { msg: &vec![b'x'; length.saturating_sub(tag)], aad: &[0; 5] })
                .ok()
        });
        text += cipher.decrypt(&nonce, Payload { msg: record.as_ref()?, aad: &[0; 5] }).ok()?.len();
    }
    Some(text)
}

/// Verifies and decrypts as many blocks as records of these lengths have (encrypt-then-MAC: RFC 7366).
fn decrypted<C, M>(lengths: &[usize], key: &[u8], mac: usize) -> Option<usize>
where
    C: KeyIvInit + BlockModeDecrypt + aes::cipher::BlockSizeUser<BlockSize = aes::cipher::consts::U16>,
    M: Mac + KeyInit,
{
    let mut text = 0;
    for &length in lengths {
        let sealed = vec![0; (length - mac) / 16 * 16];
        let mut verified = <M as KeyInit>::new_from_slice(&key[..16]).ok()?;
        verified.update(&sealed);
        text += verified.finalize().into_bytes().len();
        let mut blocks = sealed[16..].to_vec();
        let mut chain = <C as KeyIvInit>::new_from_slices(key, &sealed[..16]).ok()?;
        let (whole, []) = Array::slice_as_chunks_mut(&mut blocks) else { return None };
        chain.decrypt_blocks(whole);
        text += blocks.len();
    }
    Some(text)
}

fn library(turns: &Turns, suite: &str) -> usize {
    let lengths = records(turns);
    let text = match suite {
        "aes128-gcm" => opened::<Aes128Gcm>(&lengths, 16),
        "aes256-gcm" => opened::<Aes256Gcm>(&lengths, 16),
        "chacha20" => opened::<ChaCha20Poly1305>(&lengths, 16),
        "aes128-cbc-sha" => decrypted::<cbc::Decryptor<aes::Aes128>, Hmac<Sha1>>(&lengths, &[7; 16], 20),
        "aes256-cbc-sha384" => decrypted::<cbc::Decryptor<aes::Aes256>, Hmac<Sha384>>(&lengths, &[7; 32], 48),
        _ => None,
    };
    text.unwrap_or(0)
}

fn once(what: &str, turns: &Turns, more: &str, keys: &[u8]) -> usize {
    match what {
        "http" => http(turns),
        "tls" => {
            let mut conversation = TlsConversation::new();
            say(turns, &mut conversation, &mut (), |_, ()| {});
            usize::from(conversation.finish().encrypted.is_some())
        }
        "keys" => with_keys(turns, keys),
        "library" => library(turns, more),
        _ => 0,
    }
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let file = words.get(1).and_then(|path| std::fs::read(path).ok());
    let rounds = words.get(2).and_then(|rounds| rounds.parse::<usize>().ok());
    let (Some(what), Some(file), Some(rounds)) = (words.first(), file, rounds) else {
        println!("usage: tls_records build|http|tls|keys|library FILE ROUNDS [KEYS|SUITE]");
        return ExitCode::from(2);
    };
    let (turns, more) = (turns(&file), words.get(3).map_or("", String::as_str));
    let keys = if what == "keys" { std::fs::read(more).unwrap_or_default() } else { Vec::new() };
    let done = match what.as_str() {
        "build" => turns.len(),
        what => (0..rounds).map(|_| once(what, &turns, more, &keys)).sum(),
    };
    println!("{done}");
    if done > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
