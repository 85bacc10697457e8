//! Messages of which the capture lacks the end.

use tls_parser::TlsHandshakeType;

use super::super::assembly::HandshakeMessage;
use super::super::certificates::read_cut_leaf;
use super::super::messages;
use super::Negotiation;
use crate::flow::Side;

impl Negotiation {
    /// Whether a message of this side may still tell something although it is cut.
    pub fn wants_cut_message(&self, from: Side) -> bool {
        let known = &self.handshake;
        let lacks_leaf = known.certificates.is_empty() && known.cut_leaf.is_none();
        known.client_hello.is_none() || from != known.client_side && lacks_leaf
    }

    /// A message that is cut: of a ClientHello and of the server's certificates, what came of it is kept. Nothing of it comes behind the offset
    /// `came_to`.
    pub fn cut_message(&mut self, from: Side, message: &HandshakeMessage, came_to: u64) {
        match message.kind() {
            Some(TlsHandshakeType::ClientHello) if self.handshake.client_hello.is_none() => {
                let missing = u64::from(message.announced()).saturating_sub(message.bytes.len() as u64);
                self.client_hello(from, message, messages::client_hello(message.body()), None);
                self.heard.hello_cut(came_to, missing);
                self.settle_acknowledgement();
            }
            Some(TlsHandshakeType::Certificate) if from != self.handshake.client_side => {
                self.handshake.cut_leaf = read_cut_leaf(message.body(), message.first);
            }
            _ => {}
        }
    }
}
