//! The PROXY protocol (HAProxy's proxy-protocol.txt): what balancers write in front of a connection they forward, be it TLS or
//! HTTP.

use memchr::memmem;

/// The longest header of the PROXY protocol, version 1 (HAProxy's proxy-protocol.txt, 2.1).
const LONGEST_PROXY_LINE: usize = 107;
/// How a header of version 2 begins (the same, 2.2).
const PROXY_SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

/// How many bytes of a PROXY protocol header stand before the first request; `None` where there is none, or not all of it.
/// Balancers write it in front of what they forward, in one piece.
pub(crate) fn proxy_header(bytes: &[u8]) -> Option<usize> {
    if bytes.starts_with(PROXY_SIGNATURE) {
        let length = bytes.get(14..16)?;
        let end = 16 + usize::from(u16::from_be_bytes([length[0], length[1]]));
        return (bytes.len() >= end).then_some(end);
    }
    let known =
        [&b"PROXY TCP4 "[..], b"PROXY TCP6 ", b"PROXY UNKNOWN"].iter().any(|start| bytes.starts_with(start));
    if !known {
        return None;
    }
    memmem::find(&bytes[..bytes.len().min(LONGEST_PROXY_LINE)], b"\r\n").map(|end| end + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_are_measured_and_halves_are_not() {
        let first = b"PROXY TCP6 ::1 ::1 1 2\r\nGET / HTTP/1.1\r\n";
        assert_eq!(proxy_header(first), Some(24));
        let second = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x02abGET";
        assert_eq!(proxy_header(second), Some(18));
        for other in [&first[..20], &second[..17], b"PROXY me", b"GET / HTTP/1.1\r\n", b""] {
            assert_eq!(proxy_header(other), None, "{other:?}");
        }
    }
}
