//! Host names as servers write them: with or without their port, in any case.

use crate::text::scan::position;

/// The host of `shop.example:443`, `[2001:db8::1]:443` or `Shop.Example`; `None` for `_`, which nginx writes where a server has no name,
/// and where there is none.
pub fn bare_host(text: &str) -> Option<String> {
    let host = host_within(text.trim().as_bytes())?;
    std::str::from_utf8(host).ok().map(str::to_ascii_lowercase)
}

/// [`bare_host`] in the case in which it is written, of text without blanks around it.
pub fn host_within(text: &[u8]) -> Option<&[u8]> {
    let bracketed = text.strip_prefix(b"[").and_then(|inner| inner.get(..memchr::memchr(b']', inner)?));
    let host = match (bracketed, position(text, b':')) {
        (Some(address), _) => address,
        // More than one colon: an IPv6 address without brackets.
        (None, Some(colon)) if memchr::memrchr(b':', text) == Some(colon) => text.get(..colon)?,
        _ => text,
    };
    let host = host.strip_suffix(b".").unwrap_or(host);
    (!host.is_empty() && host != b"_").then_some(host)
}

/// Scheme and authority of an absolute URL taken off: the authority and the target, `/` where the URL has none. `None` where it is no
/// absolute URL of HTTP.
pub fn split_absolute(url: &[u8]) -> Option<(&[u8], &[u8])> {
    let scheme = [&b"http://"[..], b"https://"]
        .into_iter()
        .find(|scheme| url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))?;
    let rest = url.get(scheme.len()..)?;
    let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or(rest.len());
    let (authority, target) = rest.split_at_checked(end)?;
    let authority = authority.rsplit(|byte| *byte == b'@').next().unwrap_or(authority);
    Some((authority, if target.is_empty() { b"/" } else { target }))
}

/// Whether a word can be the name of a host with a dot, with or without its port, as logs have it.
pub fn is_host(word: &[u8]) -> bool {
    let name = word.split(|byte| *byte == b':').next().unwrap_or_default();
    memchr::memchr(b'.', name).is_some()
        && name.iter().any(u8::is_ascii_alphabetic)
        && name.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
}

/// The authority and the target of what was asked for, where the log has both as one word: an absolute URL, or nginx's `$host$request_uri`.
pub fn split_authority(asked: &[u8]) -> Option<(&[u8], &[u8])> {
    split_absolute(asked).or_else(|| {
        let (authority, target) = asked.split_at_checked(memchr::memchr(b'/', asked)?)?;
        is_host(authority).then_some((authority, target))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_one_whatever_port_and_case_it_is_written_with() {
        for text in ["shop.example", "Shop.Example:443", "shop.example.", " shop.example:8443 "] {
            assert_eq!(bare_host(text).as_deref(), Some("shop.example"), "{text}");
        }
        assert_eq!(bare_host("[2001:DB8::1]:443").as_deref(), Some("2001:db8::1"));
        assert_eq!(bare_host("2001:db8::1").as_deref(), Some("2001:db8::1"));
        assert_eq!((bare_host("_"), bare_host(""), bare_host(":80")), (None, None, None));
    }

    #[test]
    fn an_absolute_url_is_host_and_target() {
        assert_eq!(
            split_absolute(b"http://shop.example/cart?id=1"),
            Some((&b"shop.example"[..], &b"/cart?id=1"[..]))
        );
        assert_eq!(
            split_absolute(b"HTTPS://u:p@shop.example:8443"),
            Some((&b"shop.example:8443"[..], &b"/"[..]))
        );
        assert_eq!(split_absolute(b"/cart"), None);
        assert_eq!(
            split_authority(b"shop.example:8443/cart"),
            Some((&b"shop.example:8443"[..], &b"/cart"[..]))
        );
        assert_eq!((split_authority(b"/v1.2/cart"), split_authority(b"shop.example:443")), (None, None));
    }
}
