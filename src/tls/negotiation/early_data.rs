//! What is known of early data: whether it was offered, whether it was taken, how much it was (RFC 8446, 2.3 and 4.2.10).

use tls_parser::TlsExtensionType;

use super::Negotiation;
use crate::flow::{Arrival, Side};
use crate::tls::handshake::{ClientHello, EarlyData};
use crate::tls::marks::HelloMarks;
use crate::tls::secrets::ClientRandom;
use crate::tls::turns::{PROTECTED_ALERT, PROTECTED_FINISHED};

/// Payload of a record of TLS 1.3 that says nothing (the inner type, and the tag), and of one with EndOfEarlyData.
const PROTECTED_EMPTY: u16 = 17;
const END_OF_EARLY_DATA: u16 = PROTECTED_EMPTY + 4;

impl Negotiation {
    /// The first ClientHello came.
    pub(super) fn may_offer_early_data(&mut self, hello: &ClientHello) {
        let marks = hello.marks.as_deref();
        let offers = |marks: &HelloMarks| marks.extensions.contains(&TlsExtensionType::EarlyData.0);
        self.may_be_early = marks.is_some_and(offers);
        self.handshake.early_data = self.may_be_early.then_some(EarlyData::Offered);
    }

    /// Whether a record of application data is one of early data. It ends with the client's Finished, or where the client gives up by an alert.
    pub(super) fn is_early(&mut self, from: Side, length: u16) -> bool {
        let may_end = self.handshake.server_hello.is_some() && from == self.handshake.client_side;
        if may_end && (PROTECTED_FINISHED.contains(&length) || length == PROTECTED_ALERT) {
            self.may_be_early = false;
        }
        self.may_be_early && from == self.handshake.client_side
    }

    /// Who offers early data, from now on.
    pub fn early_offer(&self) -> Option<&ClientRandom> {
        self.client_random.as_ref().filter(|_| self.handshake.early_data == Some(EarlyData::Offered))
    }

    /// What became of early data, where that was not known.
    pub fn early_data_is(&mut self, become_of: EarlyData) {
        if self.handshake.early_data == Some(EarlyData::Offered) {
            self.handshake.early_data = Some(become_of);
            if become_of == EarlyData::Refused {
                self.turns.early_is_refused();
            }
        }
    }

    /// Bytes that were said early since they were last taken.
    pub fn take_early_text(&mut self) -> u64 {
        std::mem::take(&mut self.early_text)
    }

    /// A record of early data begins.
    pub(super) fn early_data_begins(&mut self, length: u16, at: Arrival) {
        self.handshake.encrypted.get_or_insert(at);
        if length != END_OF_EARLY_DATA {
            self.early_text =
                self.early_text.saturating_add(u64::from(length.saturating_sub(PROTECTED_EMPTY)));
        }
        if !self.is_read && self.handshake.early_data == Some(EarlyData::Offered) {
            self.turns.early(length, at);
        }
    }
}
