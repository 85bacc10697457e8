//! One TCP connection read as TLS, from both sides at once.

use serde::{Deserialize, Serialize};
use tls_parser::TlsRecordType;

use super::above::Above;
use super::assembly::{BadMessage, MessageAssembly};
use super::handshake::{BySide, Handshake, Reason};
use super::negotiation::Negotiation;
use super::protected_stream::ProtectedStream;
use super::records::{RecordPart, Records, Skipped};
use super::ssl2;
use crate::flow::{Application, Arrival, End, Gap, Side};
use crate::text::proxy_header::proxy_header;

/// Bytes of an alert in the clear.
const ALERT: usize = 2;

/// Reads a connection's two streams as TLS. What is protected is opened where the session's secrets are known (`opening`).
#[derive(Debug, Serialize, Deserialize)]
pub struct TlsConversation {
    negotiation: Negotiation,
    streams: BySide<RecordStream>,
}

/// One side's stream.
#[derive(Debug, Default, Serialize, Deserialize)]
struct RecordStream {
    records: Records,
    /// Where TLS begins in it.
    begin: u64,
    position: u64,
    messages: MessageAssembly,
    /// The first bytes of the alert record at hand.
    alert: Vec<u8>,
    /// It speaks no TLS.
    is_other_protocol: bool,
    /// Its protected records, where the secrets to open them are known.
    protected: Option<Box<ProtectedStream>>,
}

/// Bytes that were not captured.
#[derive(Clone, Copy, Debug)]
struct Uncaptured {
    offset: u64,
    length: u64,
    why: Gap,
    at: Arrival,
}

impl Uncaptured {
    /// Of which nobody told.
    fn between(position: u64, offset: u64, at: Arrival) -> Uncaptured {
        Uncaptured { offset: position, length: offset.saturating_sub(position), why: Gap::NotCaptured, at }
    }
}

impl Default for TlsConversation {
    fn default() -> Self {
        TlsConversation::new()
    }
}

impl TlsConversation {
    /// For a new connection. The client is the side that sends the ClientHello, whatever the flow says.
    pub fn new() -> TlsConversation {
        TlsConversation { negotiation: Negotiation::new(), streams: BySide::default() }
    }

    /// For one in which another protocol spoke before: TLS begins at these offsets of both streams.
    pub fn behind([client, server]: [u64; 2]) -> TlsConversation {
        let stream = |begin| RecordStream { begin, position: begin, ..RecordStream::default() };
        let streams = BySide { client: stream(client), server: stream(server) };
        TlsConversation { streams, ..TlsConversation::new() }
    }

    /// What is known so far.
    pub fn handshake(&self) -> &Handshake {
        self.negotiation.handshake()
    }

    /// What is known at the end. A message that never became whole is in it as far as it came, where that tells something.
    pub fn finish(mut self) -> Handshake {
        for side in [Side::Client, Side::Server] {
            self.keep_cut_message(side, self.streams.of(side).position);
        }
        self.negotiation.into_handshake()
    }

    /// What may come before a side's first record: a PROXY protocol header, and a ClientHello in the form of SSL 2 instead of one.
    fn stream_begins<'a>(&mut self, from: Side, mut bytes: &'a [u8], at: Arrival) -> &'a [u8] {
        let position = &mut self.streams.of_mut(from).position;
        if let Some(header) = proxy_header(bytes) {
            *position = position.saturating_add(header as u64);
            bytes = &bytes[header..];
        }
        if self.negotiation.handshake().client_hello.is_none()
            && let Some(length) = ssl2::length(bytes)
        {
            *position = position.saturating_add(length as u64);
            let end = *position;
            self.negotiation.greeted(from, ssl2::read(&bytes[..length], at), Some(end));
            bytes = &bytes[length..];
        }
        bytes
    }

    fn records(&mut self, from: Side, mut rest: &[u8], at: Arrival, above: &mut dyn Above) {
        let mut is_segment_start = true;
        self.streams.of_mut(from).messages.segment_begins();
        loop {
            let stream = self.streams.of_mut(from);
            if stream.is_other_protocol {
                stream.position = stream.position.saturating_add(rest.len() as u64);
                if from != self.negotiation.handshake().client_side {
                    self.negotiation.more_plaintext(rest);
                }
                return;
            }
            let before = rest.len();
            let held = stream.records.held();
            let Some(part) = stream.records.next(&mut rest, is_segment_start) else {
                stream.position = stream.position.saturating_add((before - rest.len()) as u64);
                return;
            };
            is_segment_start = false;
            stream.position = stream.position.saturating_add((before - rest.len()) as u64);
            match part {
                RecordPart::NoRecord(bytes) => self.no_record(from, held.bytes(), bytes, at),
                part => self.record_part(from, part, at, above),
            }
        }
    }

    fn record_part(&mut self, from: Side, part: RecordPart, at: Arrival, above: &mut dyn Above) {
        if self.opens(from, part.kind()) && self.protected_part(from, part, at, above) {
            return;
        }
        let stream = self.streams.of_mut(from);
        match part {
            RecordPart::Begins { kind: TlsRecordType::Handshake, length } => {
                stream.messages.record_begins(length);
                self.negotiation.handshake_record_begins(from);
            }
            RecordPart::Begins { kind: TlsRecordType::Alert, .. } => stream.alert.clear(),
            RecordPart::Begins { kind: TlsRecordType::ApplicationData, length } => {
                self.negotiation.application_data_begins(from, length, at);
            }
            RecordPart::Payload { kind: TlsRecordType::Handshake, bytes } => {
                self.handshake_bytes(from, bytes, at, above);
            }
            RecordPart::Payload { kind: TlsRecordType::ApplicationData, bytes } => {
                self.negotiation.application_data(from, bytes.len() as u64);
            }
            RecordPart::Payload { kind: TlsRecordType::Alert, bytes } => {
                let room = ALERT.saturating_sub(stream.alert.len());
                stream.alert.extend_from_slice(&bytes[..bytes.len().min(room)]);
            }
            RecordPart::Ended { kind: TlsRecordType::Alert, length } => {
                self.negotiation.alert(from, length, &stream.alert, at);
            }
            RecordPart::Ended { kind: TlsRecordType::ChangeCipherSpec, .. } => {
                self.negotiation.change_cipher_spec(from, at);
            }
            RecordPart::Begins { .. }
            | RecordPart::Payload { .. }
            | RecordPart::Ended { .. }
            | RecordPart::NoRecord(_) => {}
        }
    }

    fn handshake_bytes(&mut self, from: Side, mut rest: &[u8], at: Arrival, above: &mut dyn Above) {
        if self.streams.of(from).messages.is_broken() {
            return;
        }
        while !self.negotiation.is_encrypted(from) {
            let stream = self.streams.of_mut(from);
            let message = match stream.messages.next(&mut rest, at) {
                Ok(Some(message)) => message,
                Ok(None) => return,
                Err(BadMessage) => return self.cannot_read(from, Reason::BadMessage, at),
            };
            let end = stream.position.saturating_sub(rest.len() as u64);
            if self.negotiation.message(from, &message, end, at).is_err() {
                self.cannot_read(from, Reason::BadMessage, at);
            }
            self.open_from_here(at, above);
        }
    }

    /// Bytes where a record should begin; before them came `held`.
    fn no_record(&mut self, from: Side, held: &[u8], bytes: &[u8], at: Arrival) {
        self.keep_cut_message(from.peer(), self.streams.of(from.peer()).position);
        let stream = self.streams.of_mut(from);
        let begins = stream.position == stream.begin.saturating_add((held.len() + bytes.len()) as u64);
        if begins && self.negotiation.answers(from) {
            stream.is_other_protocol = true;
            self.negotiation.plaintext_reply(&[held, bytes].concat(), at);
        } else {
            // A connection captured from its middle begins inside a record.
            stream.records.lose();
            self.cannot_read(from, Reason::NoRecord, at);
        }
    }

    /// The message at hand cannot be read: what came of it may still tell something.
    fn cannot_read(&mut self, from: Side, why: Reason, at: Arrival) {
        self.keep_cut_message(from, self.streams.of(from).position);
        self.streams.of_mut(from).messages.give_up();
        self.negotiation.unread(from, why, at);
    }

    /// Nothing of it comes behind this offset of the stream.
    fn keep_cut_message(&mut self, from: Side, came_to: u64) {
        if self.negotiation.wants_cut_message(from)
            && let Some(message) = self.streams.of(from).messages.so_far()
        {
            self.negotiation.cut_message(from, &message, came_to);
        }
    }

    /// Bytes that were not captured.
    fn hole(&mut self, from: Side, hole: Uncaptured, above: &mut dyn Above) {
        let Uncaptured { offset, length, why, at } = hole;
        let stream = self.streams.of_mut(from);
        stream.position = offset.saturating_add(length);
        if stream.is_other_protocol {
            return;
        }
        let begun = stream.records.held().bytes().len() as u64;
        let skipped = stream.records.gap(length);
        self.protected_hole(from, skipped, offset.saturating_sub(begun), why, above);
        match skipped {
            Skipped::Payload { kind: TlsRecordType::Handshake, .. }
                if !self.negotiation.is_encrypted(from) =>
            {
                self.keep_cut_message(from, offset);
                self.streams.of_mut(from).messages.step_over(length);
                self.negotiation.unread(from, Reason::GapInHandshake, at);
            }
            Skipped::Payload { kind: TlsRecordType::ApplicationData, .. } => {
                self.negotiation.application_data(from, length);
            }
            // Only encrypted ones are long enough to be cut.
            Skipped::Payload { kind: TlsRecordType::Alert, ended: true } => {
                self.negotiation.encrypted_alert(from)
            }
            Skipped::Payload { .. } => {}
            Skipped::Framing => self.cannot_read(from, Reason::GapBetweenRecords, at),
        }
    }
}

impl<C: Above> Application<C> for TlsConversation {
    fn bytes(&mut self, above: &mut C, from: Side, offset: u64, data: &[u8], at: Arrival) {
        let stream = self.streams.of_mut(from);
        // Most bytes of most connections lie in the middle of a record.
        if offset == stream.position
            && !stream.is_other_protocol
            && stream.protected.is_none()
            && stream.records.pass_application_data(data.len())
        {
            let length = data.len() as u64;
            stream.position = stream.position.saturating_add(length);
            self.negotiation.application_data(from, length);
            return;
        }
        let position = stream.position;
        if offset > position {
            self.hole(from, Uncaptured::between(position, offset, at), above);
        }
        let seen = usize::try_from(position.saturating_sub(offset)).unwrap_or(usize::MAX);
        let Some(mut rest) = data.get(seen..).filter(|rest| !rest.is_empty()) else { return };
        if position == self.streams.of(from).begin {
            rest = self.stream_begins(from, rest, at);
        }
        self.records(from, rest, at, above);
    }

    fn gap(&mut self, above: &mut C, from: Side, offset: u64, length: u64, why: Gap, at: Arrival) {
        self.hole(from, Uncaptured { offset, length, why, at }, above);
    }

    fn acknowledged(&mut self, above: &mut C, from: Side, offset: u64, at: Arrival) {
        if let Some(protected) = &mut self.streams.of_mut(from).protected {
            protected.acknowledged(offset, from, at, above);
        }
        self.negotiation.acknowledged(from, offset, at);
    }

    fn end(&mut self, above: &mut C, from: Side, offset: u64, how: End, at: Arrival) {
        let position = self.streams.of(from).position;
        if offset > position {
            self.hole(from, Uncaptured::between(position, offset, at), above);
        }
        self.protected_end(from, offset, how, at, above);
        self.negotiation.ended(from, how, at);
    }
}

mod opening;
#[cfg(test)]
mod tests;
