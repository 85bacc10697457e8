//! What the sizes of its records tell of the flight that TLS 1.3's server hides from those without the secrets (RFC 8446, 2): EncryptedExtensions, a
//! CertificateRequest where it asks for a certificate, its own certificate with the proof, and Finished.

use super::handshake::{Handshake, ProtectedFlight};
use super::names::TLS13;
use super::turns::{PROTECTED_ALERT, PROTECTED_FINISHED, PROTECTED_NO_CERTIFICATE};
use crate::flow::{Arrival, Side};

/// Payload of a record with EncryptedExtensions that hold none: a header of 4 bytes, their length, the inner type, and a tag of 16.
const NO_EXTENSIONS: u16 = 23;
/// The answer to server_name (RFC 6066, 3), which has no content. Some servers give it.
const NAME_TAKEN: u16 = 4;
/// The answer to ALPN (RFC 7301, 3.1) but for the name of the protocol.
const PROTOCOL_CHOSEN: u16 = 7;
/// What may be chosen of what edges offer.
const PROTOCOLS: [&str; 2] = ["h2", "http/1.1"];
/// Extensions that are answered in the same message where a client has them: max_fragment_length, record_size_limit, early_data, and application
/// settings by both their numbers.
const ANSWERED_TOO: [u16; 5] = [1, 28, 42, 17513, 17613];

impl ProtectedFlight {
    /// Whether it is EncryptedExtensions, a certificate, its proof, and Finished.
    fn is_without_request(self) -> bool {
        self.records == 4 && PROTECTED_FINISHED.contains(&self.last)
    }
}

impl Handshake {
    /// A record of application data of a side begins, of so many bytes.
    pub(super) fn protected_record(&mut self, from: Side, length: u16, at: Arrival) {
        self.first_protected.of_mut(from).get_or_insert((at, length));
        if from == self.client_side {
            return;
        }
        if self.first_protected.of(self.client_side).is_some() {
            self.first_after_finished.get_or_insert((at, length));
        } else if !self.flight.is_without_request() {
            // Servers that asked for no certificate may send tickets at once (Go), which are no part of it.
            let records = self.flight.records.saturating_add(1);
            self.flight = ProtectedFlight { records, last: length };
        }
    }

    /// Which protocol TLS 1.3's server chose, where its record of EncryptedExtensions has the size of one choice alone, and the packet with it; of none
    /// inside, none was chosen. Servers that put more into one record tell nothing.
    pub fn chosen_by_size(&self) -> Option<(Option<&'static str>, Arrival)> {
        let hides =
            self.server_hello.as_ref().is_some_and(|hello| hello.version >= TLS13 && !hello.tells_alpn);
        let marks = self.client_hello.as_ref()?.marks.as_ref()?;
        let says_more = marks.extensions.iter().any(|extension| ANSWERED_TOO.contains(extension));
        let &(at, length) = self.first_protected.of(self.client_side.peer()).as_ref()?;
        let chosen = choice_of_size(length).filter(|_| hides && !says_more && self.unread.is_none())?;
        Some((chosen, at))
    }

    /// Whether TLS 1.3's server asked for no certificate: each message of its flight had a record of its own, and there was none for it.
    pub(super) fn asked_for_nothing(&self) -> bool {
        let first = self.first_protected.of(self.client_side.peer());
        let in_own_records = first.is_some_and(|(_, length)| choice_of_size(length).is_some());
        in_own_records && self.flight.is_without_request() && self.unread.is_none()
    }

    /// Where TLS 1.3's client answers the server's flight by a message of the size of an empty certificate: it was asked for one, and has none.
    pub fn sends_no_certificate_by_size(&self) -> Option<Arrival> {
        let first =
            self.first_protected.of(self.client_side).filter(|_| self.opened.is_none() && self.is_tls13());
        first.filter(|(_, length)| *length == PROTECTED_NO_CERTIFICATE).map(|(at, _)| at)
    }

    /// Whether it is TLS 1.3: by the ServerHello, or by what the client protects first, where the capture cut that off. Older clients send their
    /// Finished as a message of the handshake, and no request or alert has these sizes.
    pub(super) fn is_tls13(&self) -> bool {
        let by_client = || {
            let first = self.first_protected.of(self.client_side);
            let is_end = |length: u16| {
                PROTECTED_FINISHED.contains(&length)
                    || matches!(length, PROTECTED_ALERT | PROTECTED_NO_CERTIFICATE)
            };
            self.client_hello.is_some() && first.is_some_and(|(_, length)| is_end(length))
        };
        self.server_hello.as_ref().map_or_else(by_client, |hello| hello.version >= TLS13)
    }
}

/// What EncryptedExtensions choose whose record has a payload of so many bytes.
fn choice_of_size(length: u16) -> Option<Option<&'static str>> {
    let extensions = length.checked_sub(NO_EXTENSIONS)?;
    let is = |size: u16| extensions == size || extensions == size + NAME_TAKEN;
    let size_of = |protocol: &str| PROTOCOL_CHOSEN + u16::try_from(protocol.len()).unwrap_or(u16::MAX);
    let chosen = PROTOCOLS.into_iter().find(|protocol| is(size_of(protocol)));
    if chosen.is_some() || is(0) { Some(chosen) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sizes as OpenSSL 3.0 (Apache, nginx, HAProxy), Go and Node send them.
    #[test]
    fn a_choice_of_protocol_has_a_size_of_its_own() {
        let of = |length| choice_of_size(length);
        assert_eq!((of(23), of(27)), (Some(None), Some(None)));
        assert_eq!((of(32), of(36)), (Some(Some("h2")), Some(Some("h2"))));
        assert_eq!((of(38), of(42)), (Some(Some("http/1.1")), Some(Some("http/1.1"))));
        assert_eq!([0, 19, 22, 24, 34, 47, 1394].map(of), [None; 7]);
    }
}
