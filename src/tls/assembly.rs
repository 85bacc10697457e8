//! Handshake messages put together out of the payloads of one side's records (RFC 8446, 5.1): a message may lie in several records, and
//! a record may hold several messages.

use serde::{Deserialize, Serialize};

use tls_parser::TlsHandshakeType;

use crate::flow::Arrival;

/// A handshake message larger than this is not read. (A long chain of certificates has some 20 KiB.)
const LARGEST_MESSAGE: usize = 256 * 1024;
/// Bytes of a message's header: type and length.
const HEADER: usize = 4;

/// supplemental_data (RFC 4680), which tls-parser does not name.
const SUPPLEMENTAL_DATA: TlsHandshakeType = TlsHandshakeType(23);
/// compressed_certificate (RFC 8879), which tls-parser does not name.
const COMPRESSED_CERTIFICATE: TlsHandshakeType = TlsHandshakeType(25);

/// Every type that a message may have (IANA, TLS HandshakeType).
const KNOWN: &[TlsHandshakeType] = &[
    TlsHandshakeType::HelloRequest,
    TlsHandshakeType::ClientHello,
    TlsHandshakeType::ServerHello,
    TlsHandshakeType::HelloVerifyRequest,
    TlsHandshakeType::NewSessionTicket,
    TlsHandshakeType::EndOfEarlyData,
    TlsHandshakeType::EncryptedExtensions,
    TlsHandshakeType::Certificate,
    TlsHandshakeType::ServerKeyExchange,
    TlsHandshakeType::CertificateRequest,
    TlsHandshakeType::ServerDone,
    TlsHandshakeType::CertificateVerify,
    TlsHandshakeType::ClientKeyExchange,
    TlsHandshakeType::Finished,
    TlsHandshakeType::CertificateURL,
    TlsHandshakeType::CertificateStatus,
    SUPPLEMENTAL_DATA,
    TlsHandshakeType::KeyUpdate,
    COMPRESSED_CERTIFICATE,
];

/// A handshake message, or the beginning of one.
#[derive(Clone, Debug)]
pub(super) struct HandshakeMessage {
    /// Its bytes, its header included.
    pub bytes: Vec<u8>,
    /// Bytes of the record that it began in: where its header is cut, all that tells of its length.
    record: u16,
    /// The packet with its first byte.
    pub first: Arrival,
    /// Records it came in.
    pub records: u32,
    /// Segments it came in.
    pub segments: u32,
}

impl HandshakeMessage {
    /// Its type; a message has at least its header.
    pub fn kind(&self) -> Option<TlsHandshakeType> {
        self.bytes.first().map(|kind| TlsHandshakeType(*kind))
    }

    /// Without its header.
    pub fn body(&self) -> &[u8] {
        self.bytes.get(HEADER..).unwrap_or_default()
    }

    /// Bytes that it announces, its header included; those of its record where the capture cut its header.
    pub fn announced(&self) -> u32 {
        match self.bytes.len() {
            0..HEADER => u32::from(self.record),
            _ => u32::try_from(wanted(&self.bytes)).unwrap_or(u32::MAX),
        }
    }
}

/// What lies there is no handshake message, or one larger than any.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct BadMessage;

/// Puts one side's handshake messages together.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct MessageAssembly {
    /// The message at hand.
    bytes: Vec<u8>,
    /// Bytes of the record that it began in.
    record: u16,
    first: Option<Arrival>,
    records: u32,
    segments: u32,
    /// The segment at hand is counted in `segments`.
    counted: bool,
    /// Bytes of a message still to come that cannot be used: a part of it is missing.
    skip: u64,
    /// A message is broken, and it is not known where the next begins: a record may begin one.
    broken: bool,
}

impl MessageAssembly {
    /// A record with so many bytes of handshake messages begins.
    pub fn record_begins(&mut self, length: u16) {
        self.broken = false;
        if self.bytes.is_empty() {
            self.record = length;
        }
        self.records = self.records.saturating_add(1);
    }

    /// Bytes of another segment follow.
    pub fn segment_begins(&mut self) {
        self.counted = false;
    }

    /// Whether nothing can be read before the next record.
    pub fn is_broken(&self) -> bool {
        self.broken
    }

    /// Takes what comes next off the front of `rest`: the message that it completes, `None` where it is used up before.
    pub fn next(&mut self, rest: &mut &[u8], at: Arrival) -> Result<Option<HandshakeMessage>, BadMessage> {
        let skipped = usize::try_from(self.skip).map_or(rest.len(), |skip| skip.min(rest.len()));
        self.skip = self.skip.saturating_sub(skipped as u64);
        *rest = &rest[skipped..];
        loop {
            let kind = self.bytes.first().or(rest.first()).map(|kind| TlsHandshakeType(*kind));
            let wanted = wanted(&self.bytes);
            if kind.is_some_and(|kind| !KNOWN.contains(&kind)) || wanted > LARGEST_MESSAGE {
                return Err(BadMessage);
            }
            // The first round may complete the header, which tells how much is wanted.
            if self.bytes.len() >= HEADER && self.bytes.len() == wanted {
                return Ok(self.complete(rest.is_empty()));
            }
            if rest.is_empty() {
                return Ok(None);
            }
            let (part, after) = rest.split_at(rest.len().min(wanted.saturating_sub(self.bytes.len())));
            self.first.get_or_insert(at);
            if !self.counted {
                self.counted = true;
                self.segments = self.segments.saturating_add(1);
            }
            self.bytes.extend_from_slice(part);
            *rest = after;
        }
    }

    fn complete(&mut self, record_is_used_up: bool) -> Option<HandshakeMessage> {
        let first = self.first.take()?;
        let (records, segments) = (self.records, std::mem::take(&mut self.segments));
        // The next message begins in the same record, if anything is left of it.
        self.records = u32::from(!record_is_used_up);
        self.counted = false;
        let bytes = std::mem::take(&mut self.bytes);
        Some(HandshakeMessage { bytes, record: self.record, first, records, segments })
    }

    /// The message at hand as far as it came, where at least its type did.
    pub fn so_far(&self) -> Option<HandshakeMessage> {
        let first = self.first.filter(|_| !self.bytes.is_empty())?;
        Some(HandshakeMessage {
            bytes: self.bytes.clone(),
            record: self.record,
            first,
            records: self.records,
            segments: self.segments,
        })
    }

    /// Gives the message at hand up: what follows cannot be read before the next record.
    pub fn give_up(&mut self) {
        *self = MessageAssembly { counted: self.counted, broken: true, ..MessageAssembly::default() };
    }

    /// Gives the message at hand up for a hole in it. Where its length is known and it goes on behind the hole, the next can be read.
    pub fn step_over(&mut self, hole: u64) {
        let left = match self.bytes.len() {
            0..HEADER => self.skip,
            have => wanted(&self.bytes).saturating_sub(have) as u64,
        };
        self.give_up();
        if let Some(left) = left.checked_sub(hole) {
            self.skip = left;
            self.broken = false;
        }
    }
}

/// Bytes that the message at hand will have, its header included; as long as that is not whole, the header's.
fn wanted(message: &[u8]) -> usize {
    match message.first_chunk::<HEADER>() {
        Some(&[_, high, middle, low]) => HEADER + u32::from_be_bytes([0, high, middle, low]) as usize,
        None => HEADER,
    }
}
