//! Whether a stream's first bytes are HTTP/1, by content and on any port.

use memchr::{memchr, memmem};

use super::conform::is_token_byte;
use crate::flow::Side;
pub(crate) use crate::text::proxy_header::proxy_header;
pub use crate::tls::Probe;

/// Methods of RFC 9110, RFC 5789, WebDAV (RFC 4918) and of caches, which tell a request by themselves.
const METHODS: &[&str] = &[
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "DELETE",
    "CONNECT",
    "OPTIONS",
    "TRACE",
    "PATCH",
    "PURGE",
    "PROPFIND",
    "PROPPATCH",
    "MKCOL",
    "COPY",
    "MOVE",
    "LOCK",
    "UNLOCK",
    "REPORT",
    "SEARCH",
];
/// What a client of HTTP/2 sends first (RFC 9113, 3.4), as far as it takes to tell it from all else.
pub(crate) const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0";
/// A request line longer than this that nothing else confirms is none.
const LONGEST_LINE: usize = 32 * 1024;
/// Bytes of blank lines before a message that are passed over; RFC 9112, 2.2 asks for one line.
pub(crate) const MOST_BLANK: usize = 256;
/// The longest first word that is waited for.
const LONGEST_METHOD: usize = 24;
/// Bytes of a status line that tell it: `HTTP/1.1 200` and what follows it.
pub(crate) const STATUS_LINE_START: usize = 13;

/// Whether what `from` sent first, or from any message on, is HTTP/1: requests where `from` is the client, responses where it
/// is the server. Blank lines and a PROXY protocol header before a request are passed over.
pub fn probe(bytes: &[u8], from: Side) -> Probe {
    match from {
        Side::Client => request(&bytes[proxy_header(bytes).unwrap_or(0)..]),
        Side::Server => response(bytes),
    }
}

/// Whether these bytes are the first of HTTP/2, or begin as they do and as no method of HTTP/1 does.
pub(crate) fn begins_http2(bytes: &[u8]) -> bool {
    bytes.starts_with(HTTP2_PREFACE) || (bytes.len() > 2 && HTTP2_PREFACE.starts_with(bytes))
}

/// Whether a request begins here.
pub(crate) fn request(bytes: &[u8]) -> Probe {
    let blank = bytes.iter().take_while(|&&byte| byte == b'\r' || byte == b'\n').count();
    let bytes = &bytes[blank..];
    let shown = &bytes[..bytes.len().min(LONGEST_LINE)];
    let line = memchr(b'\n', shown).map(|end| shown[..end].strip_suffix(b"\r").unwrap_or(&shown[..end]));
    if shown.starts_with(HTTP2_PREFACE) {
        return Probe::No;
    }
    if HTTP2_PREFACE.starts_with(shown) {
        return Probe::TooShort;
    }
    if let Some(line) = line {
        return whole_line(line);
    }
    if crate::tls::probe(shown) != Probe::No {
        return Probe::No;
    }
    match memchr(b' ', &shown[..shown.len().min(LONGEST_METHOD + 1)]) {
        Some(end) if is_method(&shown[..end]) => match shown.get(end + 1) {
            None => Probe::TooShort,
            Some(b'/') => Probe::Possible,
            // Long enough for the version of whatever else has such methods (RTSP, SIP, ICAP) to have come.
            Some(_) if shown.len() < LONGEST_LINE => Probe::TooShort,
            Some(_) => Probe::No,
        },
        Some(end) if shown[..end].iter().all(|&byte| is_token_byte(byte)) && shown.len() < LONGEST_LINE => {
            Probe::TooShort
        }
        None if shown.len() <= LONGEST_METHOD && may_be_line(shown) => Probe::TooShort,
        // Broken method or none: only a version at the end of the line could still tell.
        Some(_) if shown.len() < 1024 && may_be_line(shown) => Probe::TooShort,
        _ => Probe::No,
    }
}

/// Whether these bytes may be a line with a broken method, of whose end the CR may have come.
fn may_be_line(bytes: &[u8]) -> bool {
    let line = bytes.strip_suffix(b"\r").unwrap_or(bytes);
    line.first().is_none_or(|&byte| byte >= b' ')
        && line.iter().all(|&byte| byte >= b' ' || matches!(byte, 0 | b'\t'))
}

/// Whether a response begins here.
pub(crate) fn response(bytes: &[u8]) -> Probe {
    const EXACT: &[u8] = b"HTTP/1.";
    if bytes.len() < EXACT.len() {
        return match EXACT.get(..bytes.len()).is_some_and(|start| start.eq_ignore_ascii_case(bytes)) {
            true => Probe::TooShort,
            false if b"ICY ".starts_with(bytes) || bytes.starts_with(b"ICY ") => Probe::Possible,
            false if bytes.len() > 5 && bytes[..5].eq_ignore_ascii_case(b"HTTP/") => Probe::Possible,
            false => Probe::No,
        };
    }
    if is_status_line_start(bytes) {
        return Probe::Certain;
    }
    let begins = bytes[..5].eq_ignore_ascii_case(b"HTTP/") || bytes.starts_with(b"ICY ");
    match begins {
        true if bytes.starts_with(EXACT) && bytes.len() < STATUS_LINE_START => Probe::TooShort,
        true => Probe::Possible,
        false => Probe::No,
    }
}

/// `HTTP/1.x nnn` and a blank or a line end: enough to find a response anew after bytes were lost.
pub(crate) fn is_status_line_start(bytes: &[u8]) -> bool {
    matches!(
        bytes.get(..STATUS_LINE_START),
        Some([
            b'H',
            b'T',
            b'T',
            b'P',
            b'/',
            b'1',
            b'.',
            b'0' | b'1',
            b' ',
            b'1'..=b'5',
            b'0'..=b'9',
            b'0'..=b'9',
            b' ' | b'\r' | b'\n'
        ])
    )
}

/// Whether these few bytes are the first of `HTTP/1.x nnn` and what follows it.
pub(crate) fn may_begin_status_line(bytes: &[u8]) -> bool {
    const EXAMPLE: &[u8; STATUS_LINE_START] = b"HTTP/1.1 200 ";
    let mut example = *EXAMPLE;
    match example.get_mut(..bytes.len()) {
        Some(start) => start.copy_from_slice(bytes),
        None => return false,
    }
    !bytes.is_empty() && is_status_line_start(&example)
}

/// Whether a whole first line is a request's, good or broken.
fn whole_line(line: &[u8]) -> Probe {
    let method = memchr(b' ', line).map_or(line, |end| &line[..end]);
    let version = line.rsplit(|&byte| byte == b' ').next().unwrap_or_default();
    let names_http = version.get(..5).is_some_and(|word| word.eq_ignore_ascii_case(b"HTTP/"));
    match (is_method(method), names_http) {
        _ if version == b"HTTP/2.0" && method == b"PRI" => Probe::No,
        (_, true) if !method.is_empty() && method.iter().all(|&byte| is_token_byte(byte)) => Probe::Certain,
        (_, true) => Probe::Possible,
        // HTTP/0.9, or a line that went wrong; RTSP, SIP and ICAP say so at its end.
        (true, false) if line.len() > method.len() && !names_another(version) => Probe::Possible,
        _ if memmem::find(line, b" HTTP/1.").is_some() => Probe::Possible,
        _ => Probe::No,
    }
}

fn names_another(version: &[u8]) -> bool {
    [&b"RTSP/"[..], b"SIP/", b"ICAP/"].iter().any(|name| version.starts_with(name))
}

pub(crate) fn is_method(word: &[u8]) -> bool {
    METHODS.iter().any(|method| method.as_bytes() == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_is_found_on_any_port_by_its_first_bytes() {
        let requests: &[(&[u8], Probe)] = &[
            (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", Probe::Certain),
            (b"\r\nBREW /pot HTTP/1.1\r\n", Probe::Certain),
            (b"PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\nGET / HTTP/1.0\r\n", Probe::Certain),
            (b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x02abGET / HTTP/1.0\r\n", Probe::Certain),
            (b"GET /a", Probe::Possible),
            (b"GET /old\r\n", Probe::Possible),
            (b"GET\0 / HTTP/1.1\r\n", Probe::Possible),
            (b"GE", Probe::TooShort),
            (b"", Probe::TooShort),
            (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Probe::No),
            (b"OPTIONS rtsp://a/ RTSP/1.0\r\n", Probe::No),
            (b"SSH-2.0-OpenSSH_9.6\r\n", Probe::No),
            (b"\x16\x03\x01\x00\xc8\x01\x00", Probe::No),
        ];
        for (bytes, expected) in requests {
            assert_eq!(probe(bytes, Side::Client), *expected, "{:?}", String::from_utf8_lossy(bytes));
        }
        let responses: &[(&[u8], Probe)] = &[
            (b"HTTP/1.1 200 OK\r\n", Probe::Certain),
            (b"HTTP/1.0 404\r\n", Probe::Certain),
            (b"HTTP/1.1 2", Probe::TooShort),
            (b"HT", Probe::TooShort),
            (b"HTTP/1.1 2x0 OK\r\n", Probe::Possible),
            (b"http/1.1 200 OK\r\n", Probe::Possible),
            (b"HTTP/2 200", Probe::Possible),
            (b"ICY 200 OK\r\n", Probe::Possible),
            (b"<html>", Probe::No),
            (b"\x15\x03\x03\x00\x02\x02\x28", Probe::No),
        ];
        for (bytes, expected) in responses {
            assert_eq!(probe(bytes, Side::Server), *expected, "{:?}", String::from_utf8_lossy(bytes));
        }
    }
}
