//! One TCP connection read as TLS, from both sides at once.

use super::handshake::{BySide, Handshake, Reason, State, Unread};
use super::messages;
use super::records::{ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE, Item, Records, Skipped};
use super::ssl2;
use crate::flow::{Application, Arrival, End, Gap, Side};
use crate::text::proxy_header::proxy_header;

/// A handshake message larger than this is not read. (A long chain of certificates has some 20 KiB.)
const LARGEST_MESSAGE: usize = 256 * 1024;
/// Bytes of a plain text answer that are kept.
const PLAINTEXT_REPLY: usize = 64;

/// Reads a connection's two streams as TLS. Nothing is decrypted.
#[derive(Debug)]
pub struct Conversation {
    pub(super) handshake: Handshake,
    pub(super) streams: BySide<Stream>,
    /// Stream offset after the ClientHello.
    pub(super) hello_end: Option<u64>,
    pub(super) acknowledged: BySide<Option<(u64, Arrival)>>,
}

/// One side's stream.
#[derive(Debug, Default)]
pub(super) struct Stream {
    records: Records,
    position: u64,
    /// The handshake message at hand.
    pub(super) message: Vec<u8>,
    /// The packet with its first byte.
    pub(super) first: Option<Arrival>,
    pub(super) records_of_message: u32,
    pub(super) segments_of_message: u32,
    /// Bytes of the message at hand that are still to come and cannot be used: a part of it is missing.
    skip: u64,
    /// Its handshake messages cannot be read: one is broken. The next record may begin a new one.
    broken: bool,
    /// What it sends is encrypted from here on.
    pub(super) encrypted: bool,
    pub(super) alert: Vec<u8>,
    /// It speaks no TLS.
    silent: bool,
    /// Bytes of a record's payload came in the segment at hand.
    bytes_seen: bool,
}

impl Default for Conversation {
    fn default() -> Self {
        Conversation::new()
    }
}

impl Conversation {
    /// For a new connection. The client is the side that sends the ClientHello, whatever the flow says.
    pub fn new() -> Conversation {
        Conversation {
            handshake: Handshake {
                client_side: Side::Client,
                client_hello: None,
                server_hello: None,
                certificates: Vec::new(),
                certificate_request: None,
                client_certificate: None,
                alerts: Vec::new(),
                encrypted_alerts: BySide::default(),
                encrypted: None,
                application_data_bytes: BySide::default(),
                first_protected: BySide::default(),
                plaintext_reply: None,
                state: State::AwaitClientHello,
                unread: None,
                ended: BySide::default(),
            },
            streams: BySide::default(),
            hello_end: None,
            acknowledged: BySide::default(),
        }
    }

    /// What is known so far.
    pub fn handshake(&self) -> &Handshake {
        &self.handshake
    }

    /// What is known at the end. A ClientHello that never became whole is in it as far as it came.
    pub fn finish(mut self) -> Handshake {
        for side in [Side::Client, Side::Server] {
            self.keep_partial_hello(side);
        }
        self.handshake
    }

    fn item(&mut self, from: Side, item: Item, held: &[u8], at: Arrival) {
        match item {
            Item::Began { kind, length } => self.record_began(from, kind, length, at),
            Item::Payload { kind: HANDSHAKE, bytes } => self.handshake_bytes(from, bytes, at),
            Item::Payload { kind: APPLICATION_DATA, bytes } => {
                let count = self.handshake.application_data_bytes.of_mut(from);
                *count = count.saturating_add(bytes.len() as u64);
            }
            Item::Payload { kind: ALERT, bytes } => {
                let alert = &mut self.streams.of_mut(from).alert;
                alert.extend_from_slice(&bytes[..bytes.len().min(2usize.saturating_sub(alert.len()))]);
            }
            Item::Payload { .. } => {}
            Item::Ended { kind: ALERT, length } => self.alert(from, length, at),
            Item::Ended { kind: CHANGE_CIPHER_SPEC, .. } => self.change_cipher_spec(from, at),
            Item::Ended { .. } => {}
            Item::NoRecord(bytes) => self.no_record(from, held, bytes, at),
        }
    }

    fn record_began(&mut self, from: Side, kind: u8, length: u16, at: Arrival) {
        let stream = self.streams.of_mut(from);
        match kind {
            HANDSHAKE => {
                stream.broken = false;
                stream.records_of_message = stream.records_of_message.saturating_add(1);
            }
            ALERT => stream.alert.clear(),
            APPLICATION_DATA => {
                stream.encrypted = true;
                self.handshake.encrypted.get_or_insert(at);
                self.handshake.first_protected.of_mut(from).get_or_insert((at, length));
                // Early data comes before the server spoke (RFC 8446, 2.3).
                let hello = self.handshake.client_hello.is_some();
                if self.handshake.server_hello.is_some() || !hello {
                    self.handshake.state = State::Encrypted;
                }
            }
            _ => {}
        }
    }

    fn handshake_bytes(&mut self, from: Side, bytes: &[u8], at: Arrival) {
        let stream = self.streams.of_mut(from);
        if stream.encrypted || stream.broken {
            return;
        }
        let skipped = usize::try_from(stream.skip).map_or(bytes.len(), |skip| skip.min(bytes.len()));
        stream.skip = stream.skip.saturating_sub(skipped as u64);
        let mut rest = &bytes[skipped..];
        loop {
            let stream = self.streams.of_mut(from);
            if let Some(&kind) = stream.message.first().or(rest.first())
                && !messages::is_known(kind)
            {
                return self.cannot_read(from, Reason::BadMessage, at);
            }
            let wanted = wanted(&stream.message);
            if wanted > LARGEST_MESSAGE {
                return self.cannot_read(from, Reason::BadMessage, at);
            }
            let missing = wanted.saturating_sub(stream.message.len());
            let (part, after) = rest.split_at(rest.len().min(missing));
            if !part.is_empty() {
                stream.first.get_or_insert(at);
                if !stream.bytes_seen {
                    stream.bytes_seen = true;
                    stream.segments_of_message = stream.segments_of_message.saturating_add(1);
                }
                stream.message.extend_from_slice(part);
            }
            rest = after;
            if stream.message.len() < 4 || stream.message.len() < self::wanted(&stream.message) {
                if rest.is_empty() {
                    return;
                }
                continue;
            }
            let message = std::mem::take(&mut stream.message);
            let end = stream.position.saturating_sub(rest.len() as u64);
            self.message(from, &message, end, at);
            let stream = self.streams.of_mut(from);
            stream.first = None;
            stream.records_of_message = u32::from(!rest.is_empty());
            stream.segments_of_message = 0;
            stream.bytes_seen = false;
            if stream.encrypted {
                return;
            }
        }
    }

    fn no_record(&mut self, from: Side, held: &[u8], bytes: &[u8], at: Arrival) {
        self.keep_partial_hello(from.peer());
        let stream = self.streams.of_mut(from);
        let begins = stream.position == (held.len() + bytes.len()) as u64;
        let answers = from != self.handshake.client_side && self.handshake.client_hello.is_some();
        if begins && answers {
            let mut reply = held.to_vec();
            reply.extend_from_slice(&bytes[..bytes.len().min(PLAINTEXT_REPLY.saturating_sub(held.len()))]);
            self.handshake.plaintext_reply = Some((at, reply));
            self.handshake.state = State::PlaintextReply;
            stream.silent = true;
        } else {
            // A connection captured from its middle begins inside a record.
            stream.records.lose();
            self.cannot_read(from, Reason::NoRecord, at);
        }
    }

    pub(super) fn cannot_read(&mut self, from: Side, why: Reason, at: Arrival) {
        self.keep_partial_hello(from);
        let stream = self.streams.of_mut(from);
        stream.message.clear();
        stream.first = None;
        stream.records_of_message = 0;
        stream.segments_of_message = 0;
        stream.skip = 0;
        stream.broken = true;
        self.handshake.unread.get_or_insert(Unread { from, at, why });
    }
}

/// Bytes that the message at hand will have, its header included; 4 as long as the header is not whole.
pub(super) fn wanted(message: &[u8]) -> usize {
    match message.first_chunk::<4>() {
        Some(&[_, high, middle, low]) => {
            4 + usize::from(high) * 65_536 + usize::from(middle) * 256 + usize::from(low)
        }
        None => 4,
    }
}

impl<C> Application<C> for Conversation {
    fn bytes(&mut self, context: &mut C, from: Side, offset: u64, data: &[u8], at: Arrival) {
        let stream = self.streams.of_mut(from);
        // Most bytes of most connections lie in the middle of a record.
        if offset == stream.position && !stream.silent && stream.records.pass_application_data(data.len()) {
            let length = data.len() as u64;
            stream.bytes_seen = false;
            stream.position = stream.position.saturating_add(length);
            let count = self.handshake.application_data_bytes.of_mut(from);
            *count = count.saturating_add(length);
            return;
        }
        let position = stream.position;
        if offset > position {
            self.gap(context, from, position, offset - position, Gap::NotCaptured, at);
        }
        let seen = usize::try_from(position.saturating_sub(offset)).unwrap_or(usize::MAX);
        let Some(mut rest) = data.get(seen..).filter(|rest| !rest.is_empty()) else { return };
        if position == 0
            && let Some(header) = proxy_header(rest)
        {
            self.streams.of_mut(from).position = header as u64;
            rest = &rest[header..];
        }
        if position == 0
            && self.handshake.client_hello.is_none()
            && let Some(length) = ssl2::length(rest)
        {
            self.handshake.client_side = from;
            let hello = ssl2::read(&rest[..length], at);
            let stream = self.streams.of_mut(from);
            stream.position = stream.position.saturating_add(length as u64);
            self.hello_end = Some(stream.position);
            self.handshake.client_hello = Some(hello);
            self.handshake.state = State::AwaitServerHello;
            rest = &rest[length..];
        }
        let mut fresh = true;
        self.streams.of_mut(from).bytes_seen = false;
        loop {
            let stream = self.streams.of_mut(from);
            if stream.silent {
                let length = rest.len() as u64;
                stream.position = stream.position.saturating_add(length);
                if let Some((_, reply)) = &mut self.handshake.plaintext_reply
                    && from != self.handshake.client_side
                {
                    let room = PLAINTEXT_REPLY.saturating_sub(reply.len());
                    reply.extend_from_slice(&rest[..rest.len().min(room)]);
                }
                return;
            }
            let before = rest.len();
            let held = stream.records.held().to_vec();
            let item = stream.records.next(&mut rest, fresh);
            fresh = false;
            stream.position = stream.position.saturating_add((before - rest.len()) as u64);
            match item {
                Some(item) => self.item(from, item, &held, at),
                None => return,
            }
        }
    }

    fn gap(&mut self, _: &mut C, from: Side, offset: u64, length: u64, _cause: Gap, at: Arrival) {
        let stream = self.streams.of_mut(from);
        stream.position = offset.saturating_add(length);
        if stream.silent {
            return;
        }
        match stream.records.gap(length) {
            Skipped::Payload { kind: HANDSHAKE, .. } if !stream.encrypted => {
                let have = stream.message.len();
                let left = match have {
                    0..4 => stream.skip,
                    _ => wanted(&stream.message).saturating_sub(have) as u64,
                };
                self.cannot_read(from, Reason::GapInHandshake, at);
                if length <= left {
                    // The message's length is known: what follows it can be read.
                    let stream = self.streams.of_mut(from);
                    stream.skip = left - length;
                    stream.broken = false;
                }
            }
            Skipped::Payload { kind: APPLICATION_DATA, .. } => {
                let count = self.handshake.application_data_bytes.of_mut(from);
                *count = count.saturating_add(length);
            }
            Skipped::Payload { kind: ALERT, ended: true } => {
                // Only encrypted ones are long enough to be cut.
                let count = self.handshake.encrypted_alerts.of_mut(from);
                *count = count.saturating_add(1);
            }
            Skipped::Payload { .. } => {}
            Skipped::Framing => self.cannot_read(from, Reason::GapBetweenRecords, at),
        }
    }

    fn acknowledged(&mut self, _: &mut C, from: Side, offset: u64, at: Arrival) {
        *self.acknowledged.of_mut(from) = Some((offset, at));
        self.settle_acknowledgement();
    }

    fn end(&mut self, context: &mut C, from: Side, offset: u64, how: End, at: Arrival) {
        let position = self.streams.of(from).position;
        if offset > position {
            self.gap(context, from, position, offset - position, Gap::NotCaptured, at);
        }
        self.handshake.ended.of_mut(from).get_or_insert((how, at));
    }
}

#[cfg(test)]
mod tests;
