//! The PROXY protocol (HAProxy's proxy-protocol.txt): what balancers write in front of a connection they forward, be it TLS or
//! HTTP.

use memchr::memmem;

/// The longest header of the PROXY protocol, version 1 (HAProxy's proxy-protocol.txt, 2.1).
const LONGEST_PROXY_LINE: usize = 107;
/// How it begins.
const PROXY_LINES: [&[u8]; 3] = [b"PROXY TCP4 ", b"PROXY TCP6 ", b"PROXY UNKNOWN"];
/// How a header of version 2 begins (the same, 2.2).
const PROXY_SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

/// Bytes of a header of version 2 that is waited for. Balancers write some hundred (addresses, names, a certificate's subject).
const LONGEST_WAITED_FOR: usize = 4 * 1024;

/// How many bytes of a PROXY protocol header stand before the first request; `None` where there is none, or not all of it.
/// Balancers write it in front of what they forward, in one piece.
pub(crate) fn proxy_header(bytes: &[u8]) -> Option<usize> {
    if bytes.starts_with(PROXY_SIGNATURE) {
        return announced_length(bytes).filter(|length| bytes.len() >= *length);
    }
    if !PROXY_LINES.iter().any(|start| bytes.starts_with(start)) {
        return None;
    }
    memmem::find(&bytes[..bytes.len().min(LONGEST_PROXY_LINE)], b"\r\n").map(|end| end + 2)
}

/// Bytes of a header of version 2, as it says itself; `None` where it has not said so yet.
fn announced_length(bytes: &[u8]) -> Option<usize> {
    let &[high, low] = bytes.get(14..16)? else { return None };
    Some(16 + usize::from(u16::from_be_bytes([high, low])))
}

/// Whether these first bytes of a stream are the beginning of a PROXY protocol header, or all of one and nothing more: then what follows tells
/// what is spoken.
pub(crate) fn is_all_proxy_header(bytes: &[u8]) -> bool {
    if bytes.is_empty() {
        return false;
    }
    if let Some(end) = proxy_header(bytes) {
        return end == bytes.len();
    }
    let begins = |start: &[u8]| bytes.starts_with(start) || start.starts_with(bytes);
    if begins(PROXY_SIGNATURE) {
        return announced_length(bytes).is_none_or(|length| length <= LONGEST_WAITED_FOR);
    }
    let is_line = PROXY_LINES.iter().any(|start| begins(start));
    is_line && bytes.len() < LONGEST_PROXY_LINE && !bytes.contains(&b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_a_header_is_waited_for_and_nothing_else() {
        let first = b"PROXY TCP6 ::1 ::1 1 2\r\nGET / HTTP/1.1\r\n";
        let second = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x02abGET";
        for (header, bytes) in [(24, &first[..]), (18, &second[..])] {
            for length in 0..bytes.len() {
                let waits = (1..=header).contains(&length);
                assert_eq!(is_all_proxy_header(&bytes[..length]), waits, "{length}");
            }
        }
        let endless = [b"PROXY TCP4 ", &[b'1'; 200][..]].concat();
        let huge = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff";
        for other in [&endless[..], huge, b"PROXY me", b"\r\n\r\nGET", b"GET / HTTP/1.1\r\n", b"PROPFIND /"] {
            assert!(!is_all_proxy_header(other), "{other:?}");
        }
    }

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
