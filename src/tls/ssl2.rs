//! The ClientHello in the form of SSL 2, with which old clients begin a TLS handshake (RFC 5246, appendix E.2).

use super::handshake::ClientHello;
use crate::flow::Arrival;

/// MSG-CLIENT-HELLO.
const CLIENT_HELLO: u8 = 1;
/// Record header, message type, version, and three lengths.
const FIXED: usize = 11;

/// Bytes of a ClientHello in the form of SSL 2 at the start of a client's stream, where all of it is there and it offers SSL 3 or TLS.
pub(super) fn length(bytes: &[u8]) -> Option<usize> {
    let [high, low, CLIENT_HELLO, 3, 0..=4] = *bytes.first_chunk::<5>()? else { return None };
    if high & 0x80 == 0 {
        return None;
    }
    let length = 2 + usize::from(u16::from_be_bytes([high & 0x7f, low]));
    (length >= FIXED && bytes.len() >= length).then_some(length)
}

/// Reads it. It has neither a server name nor ALPN.
pub(super) fn read(bytes: &[u8], at: Arrival) -> ClientHello {
    let number =
        |place: usize| bytes.get(place..place + 2).map_or(0, |pair| u16::from_be_bytes([pair[0], pair[1]]));
    let ciphers = bytes.get(FIXED..).unwrap_or_default();
    let ciphers = &ciphers[..ciphers.len().min(usize::from(number(5)))];
    // Of three bytes the first is 0 for suites of SSL 3 and TLS.
    let suites = ciphers.chunks_exact(3).filter(|spec| spec[0] == 0);
    ClientHello {
        at,
        complete: Some(at),
        sni: None,
        alpn: Vec::new(),
        versions: vec![number(3)],
        cipher_suites: suites.map(|spec| u16::from_be_bytes([spec[1], spec[2]])).collect(),
        bytes: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
        records: 1,
        segments: 1,
        acknowledged: None,
        part_acknowledged: None,
        marks: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::PacketId;
    use crate::time::Time;

    const HELLO: [u8; 19] = [0x80, 17, 1, 3, 1, 0, 6, 0, 0, 0, 2, 0, 0, 0x2f, 1, 0, 0x80, 9, 9];

    #[test]
    fn an_old_clients_hello_is_read_and_other_bytes_are_not_taken_for_one() {
        assert_eq!(length(&HELLO), Some(19));
        let at = Arrival { time: Time(0), packet: PacketId::new(0, 1) };
        let hello = read(&HELLO, at);
        assert_eq!((hello.versions, hello.cipher_suites), (vec![0x0301], vec![0x002f]));
        for other in [&HELLO[..18], b"\x80\x11\x01\x00\x02", b"GET / HTTP/1.1", b""] {
            assert_eq!(length(other), None, "{other:?}");
        }
    }
}
