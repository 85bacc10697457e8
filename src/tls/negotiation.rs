//! What the messages and alerts of both sides do to a handshake.

mod alert;
mod cut;
mod early_data;

use serde::{Deserialize, Serialize};

use self::alert::level_and_description;
use super::assembly::{BadMessage, HandshakeMessage};
use super::handshake::{
    Alert, BySide, ClientCertificate, ClientHello, EarlyData, Handshake, HandshakeState, Reason, ServerHello,
    Unread,
};
use super::heard::Heard;
use super::hello::{self, Answer, Offer};
use super::messages::{self, Said};
use super::names::TLS13;
use super::opener::Settled;
use super::secrets::ClientRandom;
use super::turns::{Among, Turns};
use crate::flow::{Arrival, End, Side};

/// Alerts that are kept.
const MOST_ALERTS: usize = 64;
/// Bytes of a plain text answer that are kept.
const PLAINTEXT_REPLY: usize = 64;

/// A handshake as far as it is known.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Negotiation {
    handshake: Handshake,
    heard: Heard,
    /// What a side sends is encrypted from here on.
    encrypted: BySide<bool>,
    turns: Turns,
    client_random: Option<ClientRandom>,
    /// What both hellos settle, until it is taken.
    settled: Option<Settled>,
    /// The client may say early data: it offered to, and has not said Finished.
    may_be_early: bool,
    /// Bytes that it said so, until they are taken.
    early_text: u64,
    /// Both sides' records are opened: what they say need not be guessed.
    is_read: bool,
    /// Of each side, the record that is to be opened: its length and its first packet.
    begun: BySide<Option<(u16, Arrival)>>,
}

impl Negotiation {
    /// Of a new connection. The client is the side that sends the ClientHello, whatever the flow says.
    pub fn new() -> Negotiation {
        Negotiation {
            handshake: Handshake::new(),
            heard: Heard::default(),
            encrypted: BySide::default(),
            turns: Turns::default(),
            client_random: None,
            settled: None,
            may_be_early: false,
            early_text: 0,
            is_read: false,
            begun: BySide::default(),
        }
    }

    /// What is known so far.
    pub fn handshake(&self) -> &Handshake {
        &self.handshake
    }

    /// What is known at the end.
    pub fn into_handshake(mut self) -> Handshake {
        if let Some(hello) = &mut self.handshake.client_hello {
            self.heard.conclude(self.handshake.client_side, hello);
        }
        Handshake { last_turn: self.turns.last(), last_answer: self.turns.last_answer(), ..self.handshake }
    }

    /// Whether what this side sends is encrypted from here on.
    pub fn is_encrypted(&self, side: Side) -> bool {
        *self.encrypted.of(side)
    }

    /// A whole message; `end` is the stream offset behind it.
    pub fn message(
        &mut self,
        from: Side,
        message: &HandshakeMessage,
        end: u64,
        at: Arrival,
    ) -> Result<(), BadMessage> {
        let of_client = from == self.handshake.client_side;
        match messages::read(&message.bytes, at).ok_or(BadMessage)? {
            Said::ClientHello(offer) => self.client_hello(from, message, offer, Some((at, end))),
            Said::ServerHello(answer) => self.server_hello(from, answer, at),
            Said::Certificates(chain) if of_client => {
                let certificates = u32::try_from(chain.len()).unwrap_or(u32::MAX);
                self.handshake.client_certificate = Some(ClientCertificate { at, certificates });
            }
            Said::Certificates(chain) if self.handshake.certificates.is_empty() => {
                self.handshake.certificates = chain;
                self.handshake.state = HandshakeState::AwaitServerHelloDone;
            }
            Said::CertificateRequest => {
                self.handshake.certificate_request.get_or_insert(at);
            }
            Said::ServerHelloDone => self.handshake.state = HandshakeState::AwaitClientKeyExchange,
            Said::ClientKeyExchange => self.handshake.state = HandshakeState::AwaitChangeCipherSpec,
            Said::Certificates(_) | Said::EncryptedExtensions { .. } | Said::Other => {}
        }
        Ok(())
    }

    /// A whole message of TLS 1.3 that was protected.
    pub fn protected_message(
        &mut self,
        from: Side,
        message: &HandshakeMessage,
        at: Arrival,
    ) -> Result<(), BadMessage> {
        let of_client = from == self.handshake.client_side;
        match messages::read_protected(&message.bytes, at).ok_or(BadMessage)? {
            Said::EncryptedExtensions { alpn, takes_early_data } if !of_client => {
                if let Some(answer) = &mut self.handshake.server_hello {
                    (answer.alpn, answer.tells_alpn) = (alpn, true);
                }
                let become_of = if takes_early_data { EarlyData::Accepted } else { EarlyData::Refused };
                self.early_data_is(become_of);
            }
            Said::Certificates(chain) if of_client => {
                let certificates = u32::try_from(chain.len()).unwrap_or(u32::MAX);
                self.handshake.client_certificate = Some(ClientCertificate { at, certificates });
            }
            Said::Certificates(chain) if self.handshake.certificates.is_empty() => {
                self.handshake.certificates = chain;
            }
            Said::CertificateRequest if !of_client => {
                self.handshake.certificate_request.get_or_insert(at);
            }
            _ => {}
        }
        Ok(())
    }

    /// `complete` is the packet with its last byte, and the stream offset behind it.
    fn client_hello(
        &mut self,
        from: Side,
        message: &HandshakeMessage,
        offer: Offer,
        complete: Option<(Arrival, u64)>,
    ) {
        if self.handshake.client_hello.is_some() {
            if self.handshake.state == HandshakeState::AwaitSecondClientHello && complete.is_some() {
                self.handshake.state = HandshakeState::AwaitServerHello;
                self.may_be_early = false;
            }
            return;
        }
        self.client_random = offer.random;
        let hello = ClientHello {
            at: message.first,
            complete: complete.map(|(at, _)| at),
            sni: offer.sni,
            alpn: offer.alpn,
            versions: offer.versions,
            cipher_suites: offer.cipher_suites,
            bytes: message.announced(),
            records: message.records,
            segments: message.segments,
            acknowledged: None,
            part_acknowledged: None,
            marks: complete.and_then(|_| hello::marks(message.body())).map(Box::new),
        };
        self.may_offer_early_data(&hello);
        self.greeted(from, hello, complete.map(|(_, end)| end));
    }

    /// The first ClientHello came; `end` is the stream offset behind it, where it came whole.
    pub fn greeted(&mut self, from: Side, hello: ClientHello, end: Option<u64>) {
        self.handshake.client_hello = Some(hello);
        self.handshake.client_side = from;
        self.handshake.state = HandshakeState::AwaitServerHello;
        self.heard.hello_ends(end);
        self.settle_acknowledgement();
    }

    fn server_hello(&mut self, from: Side, answer: Answer, at: Arrival) {
        if from == self.handshake.client_side && self.handshake.client_hello.is_some() {
            return;
        }
        // The ServerHello alone was captured: now it is known who is who.
        self.handshake.client_side = from.peer();
        if answer.is_retry_request || answer.version < TLS13 {
            self.early_data_is(EarlyData::Refused);
        }
        let mut hello_retry = answer.is_retry_request;
        if answer.is_retry_request {
            self.handshake.state = HandshakeState::AwaitSecondClientHello;
        } else {
            hello_retry = self.handshake.server_hello.as_ref().is_some_and(|first| first.hello_retry);
            let hides_the_rest = answer.version >= TLS13;
            self.handshake.state =
                if hides_the_rest { HandshakeState::Encrypted } else { HandshakeState::AwaitCertificate };
            *self.encrypted.of_mut(from) = hides_the_rest;
            self.settled = self.client_random.map(|client_random| Settled {
                version: answer.version,
                cipher_suite: answer.cipher_suite,
                client_random,
                server_random: answer.random,
                encrypt_then_mac: answer.encrypt_then_mac,
            });
        }
        let Answer { version, cipher_suite, alpn, .. } = answer;
        let hello = ServerHello { at, version, cipher_suite, alpn, tells_alpn: version < TLS13, hello_retry };
        self.handshake.server_hello = Some(hello);
    }

    /// What both hellos have just settled.
    pub fn take_settled(&mut self) -> Option<Settled> {
        self.settled.take()
    }

    /// Both sides' records are opened from here on.
    pub fn is_read_from_here(&mut self) {
        self.is_read = true;
    }

    /// A record was opened.
    pub fn opened(&mut self, at: Arrival) {
        self.handshake.opened.get_or_insert(at);
    }

    /// A record of a side that was opened said so much; it began in the packet `begun`.
    pub fn said(&mut self, from: Side, length: usize, begun: Arrival) {
        // What the turns take for a request is a record's payload, which is longer than what it says.
        let length = u16::try_from(length).unwrap_or(u16::MAX);
        if !self.is_read || length == 0 {
            return;
        }
        self.turn(from, length, begun, Among::Nothing);
    }

    fn turn(&mut self, from: Side, length: u16, begun: Arrival, among: Among) {
        if from == self.handshake.client_side {
            self.turns.client(length, begun, among);
        } else {
            self.turns.server(length, begun, among);
        }
    }

    /// The record at hand was cut, so that nobody opens it: what it is must be guessed all the same.
    pub fn is_cut(&mut self, from: Side) {
        if let Some((length, at)) = self.begun.of_mut(from).take() {
            self.turn(from, length, at, Among::Nothing);
        }
    }

    /// TLS 1.3 sends it for show only (RFC 8446, D.4).
    pub fn change_cipher_spec(&mut self, from: Side, at: Arrival) {
        let is_greeted = self.handshake.client_hello.is_some();
        if self.handshake.server_hello.as_ref().map_or(is_greeted, |hello| hello.version >= TLS13) {
            return;
        }
        self.handshake.encrypted.get_or_insert(at);
        *self.encrypted.of_mut(from) = true;
        self.handshake.state = match self.is_encrypted(from.peer()) {
            true => HandshakeState::Encrypted,
            false => HandshakeState::AwaitChangeCipherSpec,
        };
    }

    /// A record of the handshake begins. A ServerHello that was read tells the version better than the order of records.
    pub fn handshake_record_begins(&mut self, from: Side) {
        if self.handshake.client_hello.is_some() && self.handshake.server_hello.is_none() {
            self.turns.handshake_begins(from == self.handshake.client_side);
        }
    }

    /// A record of application data begins, of so many bytes.
    pub fn application_data_begins(&mut self, from: Side, length: u16, at: Arrival) {
        if self.is_early(from, length) {
            return self.early_data_begins(length, at);
        }
        *self.encrypted.of_mut(from) = true;
        self.handshake.encrypted.get_or_insert(at);
        self.handshake.protected_record(from, length, at);
        let known = self.handshake.server_hello.as_ref().map(|hello| hello.version);
        let among =
            if known.is_some_and(|version| version < TLS13) { Among::Nothing } else { Among::Handshake };
        match self.is_read {
            // What it says is known once it is opened.
            true => *self.begun.of_mut(from) = Some((length, at)),
            false => self.turn(from, length, at, among),
        }
        // A connection may be captured from there on.
        if self.handshake.server_hello.is_some() || self.handshake.client_hello.is_none() {
            self.handshake.state = HandshakeState::Encrypted;
        }
    }

    /// So many bytes of application data came.
    #[inline]
    pub fn application_data(&mut self, from: Side, length: u64) {
        let count = self.handshake.application_data_bytes.of_mut(from);
        *count = count.saturating_add(length);
    }

    /// An alert record: its length and its first two bytes. One in the clear has two bytes, a level of 1 or 2, and comes before
    /// encryption; any other is encrypted.
    pub fn alert(&mut self, from: Side, length: u16, bytes: &[u8], at: Arrival) {
        match level_and_description(bytes) {
            Some((level, description)) if length == 2 && !self.is_encrypted(from) => {
                if self.handshake.alerts.len() < MOST_ALERTS {
                    self.handshake.alerts.push(Alert { from, level, description, in_clear: true, at });
                }
            }
            _ => self.encrypted_alert(from),
        }
    }

    /// An alert that was opened.
    pub fn opened_alert(&mut self, from: Side, bytes: &[u8], at: Arrival) {
        if let Some((level, description)) = level_and_description(bytes)
            && self.handshake.alerts.len() < MOST_ALERTS
        {
            self.handshake.alerts.push(Alert { from, level, description, in_clear: false, at });
        }
    }

    /// A side said Finished.
    pub fn finished(&mut self, from: Side, at: Arrival) {
        if from == self.handshake.client_side {
            // Early data that was taken would have ended before (RFC 8446, 4.5).
            self.early_data_is(EarlyData::Refused);
            self.may_be_early = false;
        }
        self.handshake.finished.of_mut(from).get_or_insert(at);
    }

    /// So many bytes were said inside in all.
    pub fn inside_bytes(&mut self, from: Side, bytes: u64) {
        *self.handshake.inside_bytes.of_mut(from) = bytes;
    }

    /// An alert whose content is encrypted.
    pub fn encrypted_alert(&mut self, from: Side) {
        let count = self.handshake.encrypted_alerts.of_mut(from);
        *count = count.saturating_add(1);
    }

    /// Whether it is this side's turn to answer a ClientHello.
    pub fn answers(&self, side: Side) -> bool {
        side != self.handshake.client_side && self.handshake.client_hello.is_some()
    }

    /// The answer to the ClientHello is no TLS; these are its first bytes.
    pub fn plaintext_reply(&mut self, bytes: &[u8], at: Arrival) {
        let kept = bytes[..bytes.len().min(PLAINTEXT_REPLY)].to_vec();
        self.handshake.plaintext_reply = Some((at, kept));
        self.handshake.state = HandshakeState::PlaintextReply;
    }

    /// More of that answer.
    pub fn more_plaintext(&mut self, bytes: &[u8]) {
        if let Some((_, reply)) = &mut self.handshake.plaintext_reply {
            let room = PLAINTEXT_REPLY.saturating_sub(reply.len());
            reply.extend_from_slice(&bytes[..bytes.len().min(room)]);
        }
    }

    /// A part of a side's stream cannot be read; the first is told.
    pub fn unread(&mut self, from: Side, why: Reason, at: Arrival) {
        self.handshake.unread.get_or_insert(Unread { from, at, why });
    }

    /// The peer has acknowledged this side's bytes up to that offset.
    pub fn acknowledged(&mut self, from: Side, offset: u64, at: Arrival) {
        self.heard.acknowledged(from, offset, at);
        if from == self.handshake.client_side {
            self.turns.acknowledged(at);
        }
        self.settle_acknowledgement();
    }

    fn settle_acknowledgement(&mut self) {
        if let Some(hello) = &mut self.handshake.client_hello {
            self.heard.settle(self.handshake.client_side, hello);
        }
    }

    /// A side's stream ended.
    pub fn ended(&mut self, from: Side, how: End, at: Arrival) {
        self.handshake.ended.of_mut(from).get_or_insert((how, at));
    }
}
