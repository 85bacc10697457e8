//! The codes of a connection's error as `error-log-format` writes them (configuration.txt, 8.2.5 and 7.3.3, `fc_err`):
//! `fc_err/ssl_fc_err/ssl_c_err/ssl_c_ca_err/resumed`, where the first is a number or, with `fc_err_str`, its words.

use crate::text::line::split_at_byte;
use crate::text::number::bounded_integer;

/// The words of `fc_err` (include/haproxy/connection-t.h, src/connection.c, `conn_err_code_str`), by number.
const WORDS: [&str; 37] = [
    "Success",
    "Reached configured maxconn value",
    "Too many sockets on the process",
    "Too many sockets on the system",
    "Out of system buffers",
    "Protocol or address family not supported",
    "General socket error",
    "Source port range exhausted",
    "Can't bind to source address",
    "Out of local source ports on the system",
    "Local source address already in use",
    "Connection closed while waiting for PROXY protocol header",
    "Connection error while waiting for PROXY protocol header",
    "Timeout while waiting for PROXY protocol header",
    "Truncated PROXY protocol header received",
    "Received something which does not look like a PROXY protocol header",
    "Received an invalid PROXY protocol header",
    "Received an unhandled protocol in the PROXY protocol header",
    "Connection closed while waiting for NetScaler Client IP header",
    "Connection error while waiting for NetScaler Client IP header",
    "Timeout while waiting for a NetScaler Client IP header",
    "Truncated NetScaler Client IP header received",
    "Received an invalid NetScaler Client IP magic number",
    "Received an unhandled protocol in the NetScaler Client IP header",
    "Connection closed during SSL handshake",
    "Connection error during SSL handshake",
    "Timeout during SSL handshake",
    "Too many SSL connections",
    "Out of memory when initializing an SSL connection",
    "Rejected a client-initiated SSL renegotiation attempt",
    "SSL client CA chain cannot be verified",
    "SSL client certificate not trusted",
    "Server presented an SSL certificate different from the configured one",
    "Server presented an SSL certificate different from the expected one",
    "SSL handshake failure",
    "SSL handshake failure after heartbeat",
    "Stopped a TLSv1 heartbeat attack (CVE-2014-0160)",
];

/// The words of the error in `frontend … codes …`, which follows the date of a connection; `None` where there are no such codes. Empty
/// words where the number means nothing that is known.
pub fn error_words(rest: &[u8]) -> Option<&'static str> {
    let (frontend, rest) = split_at_byte(rest, b' ')?;
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:/~".contains(byte);
    if frontend.is_empty() || !frontend.iter().all(plain) {
        return None;
    }
    let code = rest.split(|byte| *byte == b' ').find_map(codes)?;
    // With `fc_err_str` the words stand in the line itself.
    Some(bounded_integer::<usize>(code).and_then(|number| WORDS.get(number).copied()).unwrap_or_default())
}

/// The first of five codes: the second is in hex, the last says whether the session was resumed.
fn codes(word: &[u8]) -> Option<&[u8]> {
    let mut parts = word.split(|byte| *byte == b'/');
    let [first, tls, certificate, authority, resumed] =
        [parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?];
    let digits = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    let told = !tls.is_empty()
        && tls.iter().all(u8::is_ascii_hexdigit)
        && digits(certificate)
        && digits(authority)
        && matches!(resumed, b"0" | b"1");
    (told && !first.is_empty() && parts.next().is_none()).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_words_are_told_from_counts_and_timers() {
        let line = b"fe_https 2/1 34/A000086/0/0/0 shop.example/TLSv1.3/TLS_AES_256_GCM_SHA384";
        assert_eq!(error_words(line), Some("SSL handshake failure"));
        assert_eq!(error_words(b"fe~ SSL handshake failure/A000086/0/0/0 -/-/-"), Some(""));
        assert_eq!(error_words(b"fe app/web1 0/0/1/2/3 200 217"), None, "timers have no hex");
        assert_eq!(error_words(b"fe/1: SSL handshake failure"), None);
    }
}
