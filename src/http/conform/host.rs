//! What a Host header may hold: `uri-host [ ":" port ]` (RFC 9110, 7.2; RFC 3986, 3.2.2).

use memchr::memchr;

/// Whether this is a host with or without a port. Nothing is one, too: where the target has no authority Host is empty (RFC 9112, 3.2).
pub(crate) fn is_host(value: &[u8]) -> bool {
    let (host_is_good, behind) = match value {
        [b'[', rest @ ..] => match memchr(b']', rest) {
            Some(end) => (rest[..end].iter().all(is_address_byte), &rest[end + 1..]),
            None => return false,
        },
        _ => {
            let end = memchr(b':', value).unwrap_or(value.len());
            (value[..end].iter().all(is_name_byte), &value[end..])
        }
    };
    host_is_good
        && match behind {
            [] => true,
            [b':', port @ ..] => port.iter().all(u8::is_ascii_digit),
            _ => false,
        }
}

/// `reg-name`: unreserved, percent-encoded and sub-delims.
fn is_name_byte(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=".contains(byte)
}

/// Within the brackets: an IPv6 address, with a zone or without, or one of the future.
fn is_address_byte(byte: &u8) -> bool {
    *byte == b':' || is_name_byte(byte)
}

#[cfg(test)]
mod tests {
    use super::is_host;

    #[test]
    fn a_host_is_a_name_or_an_address_with_or_without_a_port() {
        for good in ["", "a.example", "a_b.example:8080", "192.0.2.1:", "[::1]", "[2001:db8::1]:443", "a:"] {
            assert!(is_host(good.as_bytes()), "{good}");
        }
        for bad in ["a b", "a/b", "u@a", "a:b", "a:1:2", "[::1", "[::1]x", "{a}", "\u{e4}", "\"a\"", "a\0"] {
            assert!(!is_host(bad.as_bytes()), "{bad}");
        }
    }
}
