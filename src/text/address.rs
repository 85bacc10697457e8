//! Addresses in the text of a line, with and without their port.

use std::net::IpAddr;

use crate::text::number::bounded_integer;

/// An address, with or without brackets. An IPv4 address inside IPv6 comes back as IPv4.
pub fn address(text: &[u8]) -> Option<IpAddr> {
    // Nothing longer is an address: `ffff:…:255.255.255.255` has 45 bytes.
    if !(2..=47).contains(&text.len()) {
        return None;
    }
    let text = text.strip_prefix(b"[").and_then(|inner| inner.strip_suffix(b"]")).unwrap_or(text);
    let address: IpAddr = std::str::from_utf8(text).ok()?.parse().ok()?;
    Some(address.to_canonical())
}

/// An address and its port: `192.0.2.1:80`, `[2001:db8::1]:80`, or the address alone.
pub fn address_and_port(text: &[u8]) -> Option<(IpAddr, Option<u16>)> {
    if let Some(alone) = address(text) {
        return Some((alone, None));
    }
    address_colon_port(text)
}

/// An address and its port with no bracket rule: the last colon splits them, as Apache's `%a:%p` writes also IPv6.
pub fn address_colon_port(text: &[u8]) -> Option<(IpAddr, Option<u16>)> {
    let colon = memchr::memrchr(b':', text)?;
    let port = bounded_integer(text.get(colon.checked_add(1)?..)?)?;
    Some((address(text.get(..colon)?)?, Some(port)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_join_in_one_form_whatever_the_log_writes() {
        assert_eq!(address(b"::ffff:172.68.10.9"), address(b"172.68.10.9"));
        assert_eq!(address_and_port(b"[2001:db8::1]:443"), Some(("2001:db8::1".parse().unwrap(), Some(443))));
        assert_eq!(address_and_port(b"2001:db8::1"), Some(("2001:db8::1".parse().unwrap(), None)));
        assert_eq!(
            address_colon_port(b"2001:db8::1:41022"),
            Some(("2001:db8::1".parse().unwrap(), Some(41022)))
        );
        assert_eq!(address_and_port(b"unix:"), None);
    }
}
