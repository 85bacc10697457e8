//! The request line as servers log it.

use crate::text::line::split_at_byte;

/// Method and target of a request line; `None` where it is none.
pub fn split_request(request: &[u8]) -> Option<(&[u8], &[u8])> {
    let (method, rest) = split_at_byte(request, b' ')?;
    let token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    // HTTP/2's connection preface (RFC 9113, 3.4) asks for nothing.
    if method == b"PRI" || method.is_empty() || method.len() > 32 || !method.iter().all(token) {
        return None;
    }
    match memchr::memrchr(b' ', rest) {
        Some(at) if rest.get(at..)?.starts_with(b" HTTP/") => Some((method, rest.get(..at)?)),
        // HTTP/0.9 has no version; then the method must look like one and the target too.
        None if method.iter().all(u8::is_ascii_uppercase) && rest.starts_with(b"/") => Some((method, rest)),
        _ => None,
    }
}
