//! What a conversation does with protected records: opens them, and hands on what they hold.

use tls_parser::{TlsHandshakeType, TlsRecordType};

use super::TlsConversation;
use crate::flow::{Arrival, End, Gap, Side};
use crate::tls::above::Above;
use crate::tls::handshake::{EarlyData, Reason};
use crate::tls::names::TLS13;
use crate::tls::opener::Opener;
use crate::tls::protected_stream::ProtectedStream;
use crate::tls::records::{RecordPart, Skipped};
use crate::tls::said::SaidInside;
use crate::tls::secrets::Sessions;

/// Bytes of a record's header.
const HEADER: u64 = 5;

impl TlsConversation {
    /// Bytes of records that wait until they are whole.
    pub fn waiting(&self) -> usize {
        let of = |side| self.streams.of(side).protected.as_ref().map_or(0, |protected| protected.waiting());
        of(Side::Client) + of(Side::Server)
    }

    /// Takes the keys again that were not written with it, from the sessions whose secrets were known; `None` where they are not there.
    pub fn take_keys(&mut self, sessions: &Sessions) -> Option<()> {
        for side in [Side::Client, Side::Server] {
            if let Some(protected) = &mut self.streams.of_mut(side).protected {
                protected.take_keys(sessions)?;
            }
        }
        Some(())
    }

    fn is_tls13(&self) -> bool {
        self.negotiation.handshake().server_hello.as_ref().is_some_and(|hello| hello.version >= TLS13)
    }

    /// Once a client greeted that may say more before it is answered: what it says so is kept, if its secret is known.
    fn keep_early_data(&mut self, above: &mut dyn Above) {
        let protected = &mut self.streams.of_mut(self.negotiation.handshake().client_side).protected;
        if let Some(random) = self.negotiation.early_offer().filter(|_| protected.is_none())
            && above.secrets(random).is_some_and(|secrets| secrets.early.is_some())
        {
            *protected = Some(Box::new(ProtectedStream::of_early_data()));
        }
    }

    /// Once it is known whether the server takes early data, what was said so is said, or forgotten.
    fn decide_early_data(&mut self, at: Arrival, above: &mut dyn Above) {
        let handshake = self.negotiation.handshake();
        let Some(early @ (EarlyData::Accepted | EarlyData::Refused)) = handshake.early_data else { return };
        let (client, takes) = (handshake.client_side, early == EarlyData::Accepted);
        let missing = self.negotiation.take_early_text();
        let Some(protected) = &mut self.streams.of_mut(client).protected else { return };
        for said in protected.decide(takes, missing, (client, at), above) {
            self.told(client, &said.said, said.at);
        }
    }

    /// Once both sides greeted: asks for the session's secrets.
    pub(super) fn open_from_here(&mut self, at: Arrival, above: &mut dyn Above) {
        self.keep_early_data(above);
        self.open_what_is_settled(above);
        self.decide_early_data(at, above);
    }

    fn open_what_is_settled(&mut self, above: &mut dyn Above) {
        let Some(settled) = self.negotiation.take_settled() else { return };
        let Some(secrets) = above.secrets(&settled.client_random) else { return };
        let client = self.negotiation.handshake().client_side;
        let openers = Opener::of_sides(&settled, &secrets);
        if openers.client.is_none() && openers.server.is_none() {
            above.cannot_open(&settled.client_random, Opener::why_none(&settled));
        }
        let of_client = &mut self.streams.of_mut(client).protected;
        match (&mut *of_client, openers.client) {
            (Some(early), Some(opener)) => early.open_with(opener, client, above),
            (early, opener) => {
                above.let_go(early.as_ref().map_or(0, |early| early.waiting()));
                *of_client = opener.map(ProtectedStream::new).map(Box::new);
            }
        }
        let of_server = openers.server.map(ProtectedStream::new).map(Box::new);
        self.streams.of_mut(client.peer()).protected = of_server;
        if self.streams.client.protected.is_some() && self.streams.server.protected.is_some() {
            self.negotiation.is_read_from_here();
        }
    }

    /// Whether a record of this type is protected, and can be opened.
    pub(super) fn opens(&self, from: Side, kind: Option<TlsRecordType>) -> bool {
        if self.streams.of(from).protected.is_none() {
            return false;
        }
        match kind {
            Some(TlsRecordType::ApplicationData) => true,
            // TLS 1.3 protects all else in the same disguise, and TLS 1.2 all but the change of the cipher.
            Some(TlsRecordType::Handshake | TlsRecordType::Alert) => {
                !self.is_tls13() && self.negotiation.is_encrypted(from)
            }
            _ => false,
        }
    }

    /// A part of a record that can be opened; whether nothing else is to be done with it.
    pub(super) fn protected_part(
        &mut self,
        from: Side,
        part: RecordPart<'_>,
        at: Arrival,
        above: &mut dyn Above,
    ) -> bool {
        let stream = self.streams.of_mut(from);
        let Some(protected) = &mut stream.protected else { return false };
        match part {
            RecordPart::Begins { kind, .. } => {
                protected.begins(stream.position.saturating_sub(HEADER), at, above);
                kind != TlsRecordType::ApplicationData
            }
            RecordPart::Payload { kind, bytes } => {
                protected.payload(bytes, above);
                kind != TlsRecordType::ApplicationData
            }
            RecordPart::Ended { kind, .. } => {
                match protected.ended(kind, stream.position, from, at, above) {
                    Some(told) => {
                        self.told(from, &told, at);
                        self.decide_early_data(at, above);
                    }
                    None if kind == TlsRecordType::Alert => self.negotiation.encrypted_alert(from),
                    None => {}
                }
                true
            }
            RecordPart::NoRecord(_) => false,
        }
    }

    /// What an opened record says.
    fn told(&mut self, from: Side, told: &SaidInside, at: Arrival) {
        self.negotiation.opened(at);
        let text = told.record.text.as_slice();
        match told.record.kind {
            TlsRecordType::ApplicationData => self.negotiation.said(from, text.len(), told.begun),
            TlsRecordType::Alert => self.negotiation.opened_alert(from, text, at),
            TlsRecordType::Handshake if self.is_tls13() => {
                if told.after_hole {
                    self.streams.of_mut(from).messages.give_up();
                }
                self.protected_messages(from, text, at);
            }
            // In TLS 1.2 that is Finished, and what negotiates anew.
            TlsRecordType::Handshake => self.negotiation.finished(from, at),
            _ => {}
        }
    }

    fn protected_messages(&mut self, from: Side, mut rest: &[u8], at: Arrival) {
        let length = u16::try_from(rest.len()).unwrap_or(u16::MAX);
        self.streams.of_mut(from).messages.record_begins(length);
        loop {
            let stream = self.streams.of_mut(from);
            let Ok(next) = stream.messages.next(&mut rest, at) else {
                stream.messages.give_up();
                return self.negotiation.unread(from, Reason::BadMessage, at);
            };
            let Some(message) = next else { return };
            match (message.kind(), &mut stream.protected) {
                (Some(TlsHandshakeType::Finished), Some(protected)) => {
                    protected.finished();
                    self.negotiation.finished(from, at);
                }
                (Some(TlsHandshakeType::KeyUpdate), Some(protected)) => protected.update(),
                (Some(TlsHandshakeType::EndOfEarlyData), Some(protected)) => {
                    protected.early_data_is_over();
                    self.negotiation.early_data_is(EarlyData::Accepted);
                }
                _ => {
                    if self.negotiation.protected_message(from, &message, at).is_err() {
                        self.negotiation.unread(from, Reason::BadMessage, at);
                    }
                }
            }
        }
    }

    /// Bytes are missing; what cannot be opened for that begins at `offset`.
    pub(super) fn protected_hole(
        &mut self,
        from: Side,
        skipped: Skipped,
        offset: u64,
        why: Gap,
        above: &mut dyn Above,
    ) {
        let concerns = match skipped {
            Skipped::Payload { kind, .. } => self.opens(from, Some(kind)),
            Skipped::Framing => self.opens(from, Some(TlsRecordType::ApplicationData)),
        };
        if let Some(protected) = self.streams.of_mut(from).protected.as_mut().filter(|_| concerns) {
            protected.hole(offset, why, above);
            if matches!(skipped, Skipped::Payload { kind: TlsRecordType::ApplicationData, .. }) {
                self.negotiation.is_cut(from);
            }
        }
    }

    /// A side's stream ended at `offset`.
    pub(super) fn protected_end(
        &mut self,
        from: Side,
        offset: u64,
        how: End,
        at: Arrival,
        above: &mut dyn Above,
    ) {
        if let Some(protected) = &mut self.streams.of_mut(from).protected {
            protected.stream_ended(offset, from, how, at, above);
            self.negotiation.inside_bytes(from, protected.inside());
        }
    }
}

#[cfg(test)]
mod tests;
