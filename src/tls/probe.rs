//! Whether a stream's first bytes are TLS (RFC 8446, 5.1; RFC 5246, 6.2.1).

use tls_parser::{TlsHandshakeType, TlsRecordType};

use super::ssl2;
use crate::text::proxy_header::proxy_header;

/// What a look at the first bytes of a stream says of a protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Probe {
    /// It is this protocol.
    Certain,
    /// It may be: the beginning fits, or it is a broken form of it.
    Possible,
    /// It is not.
    No,
    /// The bytes so far fit and are too few to tell.
    TooShort,
}

/// Record types that a stream can begin or go on with (IANA, TLS ContentType).
const RECORD_TYPES: std::ops::RangeInclusive<u8> =
    TlsRecordType::ChangeCipherSpec.0..=TlsRecordType::Heartbeat.0;
/// The major version of SSL 3 and every TLS, and the highest minor one.
const MAJOR: u8 = 3;
const HIGHEST_MINOR: u8 = 4;
/// The largest payload a record may announce: 2^14 + 2048 (RFC 5246, 6.2.3; RFC 8446 allows less).
const LARGEST_RECORD: usize = 18_432;

/// Whether these bytes begin a TLS record: either side's stream, from its start or from any record on.
pub fn probe(bytes: &[u8]) -> Probe {
    let kind = match bytes {
        [] => return Probe::TooShort,
        [kind, ..] if !RECORD_TYPES.contains(kind) => return Probe::No,
        [kind, ..] => *kind,
    };
    match bytes.get(1..5) {
        None if bytes.get(1).is_some_and(|&major| major != MAJOR) => Probe::No,
        None if bytes.get(2).is_some_and(|&minor| minor > HIGHEST_MINOR) => Probe::No,
        None => Probe::TooShort,
        Some(&[MAJOR, minor, high, low]) if minor <= HIGHEST_MINOR => {
            let length = usize::from(u16::from_be_bytes([high, low]));
            // Only application data may be empty.
            let fits = length <= LARGEST_RECORD && (length > 0 || kind == TlsRecordType::ApplicationData.0);
            if fits { Probe::Certain } else { Probe::No }
        }
        Some(_) => Probe::No,
    }
}

/// Whether whoever speaks first speaks TLS: a record, or a ClientHello in the form of SSL 2, perhaps behind a PROXY protocol header.
pub fn begins_tls(bytes: &[u8]) -> bool {
    let bytes = &bytes[proxy_header(bytes).unwrap_or(0)..];
    probe(bytes) != Probe::No && !bytes.is_empty() || ssl2::length(bytes).is_some()
}

/// Whether a ClientHello begins here, and nothing else does: where TLS may begin in the middle of a connection.
pub fn begins_client_hello(bytes: &[u8]) -> bool {
    // No hello has 64 KiB.
    let is_hello = |message: &[u8]| message == [TlsHandshakeType::ClientHello.0, 0];
    bytes.first() == Some(&TlsRecordType::Handshake.0)
        && bytes.get(5..7).is_some_and(is_hello)
        && probe(bytes) == Probe::Certain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_known_as_soon_as_its_header_came() {
        const HELLO: &[u8] = &[22, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3];
        for length in 0..5 {
            assert_eq!(probe(&HELLO[..length]), Probe::TooShort, "{length}");
        }
        assert_eq!(probe(&HELLO[..5]), Probe::Certain);
    }

    #[test]
    fn other_protocols_on_the_port_are_not_taken_for_tls() {
        for bytes in [
            &b"GET / HTTP/1.1\r\n"[..],
            b"HTTP/1.1 400 Bad Request\r\n",
            b"SSH-2.0-OpenSSH",
            b"\x00\x00\x12\x04\x00\x00\x00\x00\x00",
            &[22, 2, 0],
            &[22, 3, 9],
            &[22, 3, 1, 255, 255, 1, 0],
        ] {
            assert_eq!(probe(bytes), Probe::No, "{bytes:?}");
        }
        assert_eq!(probe(&[21, 3, 3, 0, 2, 2, 40]), Probe::Certain);
        assert!(begins_client_hello(&[22, 3, 1, 0, 200, 1, 0, 0, 196]));
        for other in
            [&[22, 3, 1, 0, 200, 2, 0, 0, 196][..], &[22, 3, 1, 0, 200, 1, 7], &[22, 3, 1, 0, 200], b"a"]
        {
            assert!(!begins_client_hello(other), "{other:?}");
        }
    }
}
