//! The PROXY protocol (HAProxy's proxy-protocol.txt): what balancers write in front of a connection they forward, be it TLS or
//! HTTP.

use std::net::{IpAddr, SocketAddr};

use memchr::memmem;

use super::quote::unescape;

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

/// Whether a server that expects no such header has one for a request line. Empty lines in front of a request are passed over (RFC 9112, 2.2), and nginx logs
/// what then follows up to the next line end (src/http/ngx_http_variables.c, ngx_http_variable_request_line): of version 2 the NUL alone. Others log all
/// that came.
pub(crate) fn is_logged_header(request_line: &str) -> bool {
    const OF_VERSION_2: &[u8] = b"\0\r\nQUIT\n";
    let written = unescape(request_line.as_bytes());
    let line_end = |byte: &u8| matches!(byte, b'\r' | b'\n');
    let begun = written.iter().position(|byte| !line_end(byte)).map_or(&b""[..], |at| &written[at..]);
    let is_line = PROXY_LINES.iter().any(|start| begun.starts_with(start));
    is_line || begun == b"\0" || begun.starts_with(OF_VERSION_2)
}

/// The client that a header of version 1 names, where a server has it for a request line.
pub(crate) fn logged_client(request_line: &str) -> Option<SocketAddr> {
    let mut words = request_line.split_ascii_whitespace();
    let (proxy, family) = (words.next()?, words.next()?);
    let (client, _server, port) = (words.next()?, words.next()?, words.next()?);
    let is_line = proxy == "PROXY" && matches!(family, "TCP4" | "TCP6");
    is_line.then_some(SocketAddr::new(client.parse::<IpAddr>().ok()?, port.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_known_in_the_place_of_a_request_however_it_is_escaped() {
        for line in [
            r"\x00",
            "\0",
            r"\r\n\r\n\x00\r\nQUIT\n!\x11\x00\x0c",
            r"\x0D\x0A\x0D\x0A\x00\x0D\x0AQUIT\x0A",
            "\r\n\r\n\0\r\nQUIT\n",
            "PROXY TCP4 172.68.10.9 203.0.113.7 41022 443",
            "PROXY TCP6 2606:4700::9 2001:db8::7 41022 443",
            "PROXY UNKNOWN",
        ] {
            assert!(is_logged_header(line), "{line}");
        }
        for line in
            [r"\x16\x03\x01\x02", r"\x00\x00\x00\xA4", "", "-", r"\n", "PROXY me", "PRI * HTTP/2.0", "QUIT"]
        {
            assert!(!is_logged_header(line), "{line}");
        }
    }

    #[test]
    fn the_client_is_named_by_version_1_alone() {
        let client = logged_client("PROXY TCP4 172.68.10.9 203.0.113.7 41022 443");
        assert_eq!(client, "172.68.10.9:41022".parse().ok());
        let over_6 = logged_client("PROXY TCP6 2606:4700::9 2001:db8::7 41022 443");
        assert_eq!(over_6, "[2606:4700::9]:41022".parse().ok());
        for line in ["PROXY UNKNOWN", r"\x00", "PROXY TCP4 here there 1 2", "GET / HTTP/1.1"] {
            assert_eq!(logged_client(line), None, "{line}");
        }
    }

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
