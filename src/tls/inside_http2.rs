//! What a handshake and the records behind it tell of HTTP/2 inside, without being opened.

use super::handshake::{Handshake, HandshakeState};
use crate::flow::{Arrival, Side};

impl Handshake {
    /// The packet in which the client asks where both sides agreed in the clear on HTTP/2 and it does not speak it. Who speaks it acknowledges the other's settings
    /// at once, in a record behind its first one, and whose settings the server has not got it does not serve (RFC 9113, 3.4 and 6.5.3): here the server said its own
    /// first, the client one record behind that, and that is all.
    pub fn not_in_http2(&self) -> Option<Arrival> {
        let answer = self.server_hello.as_ref().filter(|_| self.shows_certificates())?;
        let is_agreed = answer.alpn.as_deref() == Some("h2");
        let one_record = |side: Side| {
            let (at, length) = (*self.first_protected.of(side))?;
            (*self.application_data_bytes.of(side) == u64::from(length)).then_some(at)
        };
        let (asked, greeted) = (one_record(self.client_side)?, one_record(self.client_side.peer())?);
        // What a snap length cut from the handshake hides no record behind it.
        let is_read = self.unread.is_none_or(|unread| unread.at < greeted);
        (is_agreed && is_read && greeted < asked).then_some(asked)
    }

    /// The packet from which on HTTP/2 is spoken inside, or may be; `None` where the handshake shows that it is not.
    ///
    /// A connection speaks HTTP/2 where both sides agree on `h2` by ALPN (RFC 9113, 3.2; RFC 7301). Up to TLS 1.2 the ServerHello tells the
    /// choice in the clear. TLS 1.3 encrypts it (RFC 8446, 4.3.1): without the secrets only a client that did not offer `h2` rules it out. Of a connection whose
    /// hellos were not captured nothing is known.
    pub fn may_carry_http2(&self) -> Option<Arrival> {
        let is_http2 = |protocol: &String| protocol == "h2";
        match (&self.server_hello, &self.client_hello) {
            (Some(answer), _) if answer.tells_alpn => {
                answer.alpn.as_ref().filter(|chosen| is_http2(chosen)).map(|_| answer.at)
            }
            (_, Some(hello)) if hello.complete.is_some() && !hello.alpn.iter().any(is_http2) => None,
            (answer, _) => self.encrypted.or_else(|| {
                answer.as_ref().filter(|_| self.state == HandshakeState::Encrypted).map(|answer| answer.at)
            }),
        }
    }
}
