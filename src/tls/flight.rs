//! What each message does to the handshake.

use super::conversation::{Conversation, wanted};
use super::handshake::{Alert, ClientCertificate, ClientHello, Reason, ServerHello, State};
use super::messages::{self, TLS13};
use crate::flow::{Arrival, Side};

/// Alerts that are kept.
const MOST_ALERTS: usize = 64;

impl Conversation {
    /// A whole message, its header included; `end` is the stream offset behind it.
    pub(super) fn message(&mut self, from: Side, message: &[u8], end: u64, at: Arrival) {
        let Some((&[kind, ..], body)) = message.split_first_chunk::<4>() else { return };
        let of_client = from == self.handshake.client_side;
        match kind {
            messages::CLIENT_HELLO => self.client_hello(from, message, Some(at), end),
            messages::SERVER_HELLO => match messages::read_server_hello(body, at) {
                Some(hello) => self.server_hello(from, hello),
                None => self.cannot_read(from, Reason::BadMessage, at),
            },
            messages::CERTIFICATE => match messages::read_certificates(body, at) {
                Some(chain) if of_client => {
                    let certificates = u32::try_from(chain.len()).unwrap_or(u32::MAX);
                    self.handshake.client_certificate = Some(ClientCertificate { at, certificates });
                }
                Some(chain) if self.handshake.certificates.is_empty() => {
                    self.handshake.certificates = chain;
                    self.handshake.state = State::AwaitServerHelloDone;
                }
                Some(_) => {}
                None => self.cannot_read(from, Reason::BadMessage, at),
            },
            messages::CERTIFICATE_REQUEST => {
                self.handshake.certificate_request.get_or_insert(at);
            }
            messages::SERVER_HELLO_DONE => self.handshake.state = State::AwaitClientKeyExchange,
            messages::CLIENT_KEY_EXCHANGE => self.handshake.state = State::AwaitChangeCipherSpec,
            _ => {}
        }
    }

    fn client_hello(&mut self, from: Side, message: &[u8], complete: Option<Arrival>, end: u64) {
        if self.handshake.client_hello.is_some() {
            if self.handshake.state == State::AwaitSecondClientHello && complete.is_some() {
                self.handshake.state = State::AwaitServerHello;
            }
            return;
        }
        let stream = self.streams.of(from);
        let Some(first) = stream.first else { return };
        let mut hello = ClientHello {
            at: first,
            complete,
            sni: None,
            alpn: Vec::new(),
            versions: Vec::new(),
            cipher_suites: Vec::new(),
            bytes: u32::try_from(wanted(message)).unwrap_or(u32::MAX),
            records: stream.records_of_message,
            segments: stream.segments_of_message,
            acknowledged: None,
        };
        messages::read_client_hello(message.get(4..).unwrap_or_default(), &mut hello);
        self.handshake.client_hello = Some(hello);
        self.handshake.client_side = from;
        self.handshake.state = State::AwaitServerHello;
        self.hello_end = complete.map(|_| end);
        self.settle_acknowledgement();
    }

    fn server_hello(&mut self, from: Side, mut hello: ServerHello) {
        if from == self.handshake.client_side && self.handshake.client_hello.is_some() {
            return;
        }
        // The ServerHello alone was captured: now it is known who is who.
        self.handshake.client_side = from.peer();
        if hello.hello_retry {
            self.handshake.state = State::AwaitSecondClientHello;
        } else {
            hello.hello_retry = self.handshake.server_hello.as_ref().is_some_and(|first| first.hello_retry);
            self.handshake.state =
                if hello.version >= TLS13 { State::Encrypted } else { State::AwaitCertificate };
            self.streams.of_mut(from).encrypted = hello.version >= TLS13;
        }
        self.handshake.server_hello = Some(hello);
    }

    /// TLS 1.3 sends it for show only (RFC 8446, D.4).
    pub(super) fn change_cipher_spec(&mut self, from: Side, at: Arrival) {
        let for_show = match &self.handshake.server_hello {
            Some(hello) => hello.version >= TLS13,
            None => self.handshake.client_hello.is_some(),
        };
        if for_show {
            return;
        }
        self.handshake.encrypted.get_or_insert(at);
        self.streams.of_mut(from).encrypted = true;
        self.handshake.state = match self.streams.of(from.peer()).encrypted {
            true => State::Encrypted,
            false => State::AwaitChangeCipherSpec,
        };
    }

    /// An alert in the clear has two bytes, a level of 1 or 2, and comes before encryption; any other is encrypted.
    pub(super) fn alert(&mut self, from: Side, length: u16, at: Arrival) {
        let stream = self.streams.of_mut(from);
        match *stream.alert.as_slice() {
            [level @ 1..=2, description] if length == 2 && !stream.encrypted => {
                if self.handshake.alerts.len() < MOST_ALERTS {
                    self.handshake.alerts.push(Alert { from, level, description, at });
                }
            }
            _ => {
                let count = self.handshake.encrypted_alerts.of_mut(from);
                *count = count.saturating_add(1);
            }
        }
    }

    /// A ClientHello that is cut: what came of it is kept.
    pub(super) fn keep_partial_hello(&mut self, from: Side) {
        let message = std::mem::take(&mut self.streams.of_mut(from).message);
        if message.first() == Some(&messages::CLIENT_HELLO)
            && message.len() >= 4
            && self.handshake.client_hello.is_none()
        {
            self.client_hello(from, &message, None, 0);
        }
        self.streams.of_mut(from).message = message;
    }

    pub(super) fn settle_acknowledgement(&mut self) {
        let acknowledged = *self.acknowledged.of(self.handshake.client_side);
        if let (Some(end), Some((offset, at)), Some(hello)) =
            (self.hello_end, acknowledged, &mut self.handshake.client_hello)
            && offset >= end
        {
            hello.acknowledged.get_or_insert(at);
        }
    }
}
