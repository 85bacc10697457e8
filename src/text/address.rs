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

/// Texts that were seen to be addresses: those of the edge come again and again.
pub struct KnownAddresses {
    /// Each in the place that its bytes give, with the one that was there before.
    texts: Box<[[u128; 2]; KnownAddresses::PLACES]>,
}

impl Default for KnownAddresses {
    fn default() -> KnownAddresses {
        KnownAddresses { texts: Box::new([[0; 2]; KnownAddresses::PLACES]) }
    }
}

impl KnownAddresses {
    const PLACES: usize = 2048;

    /// Whether a text, which holds no NUL, is an address.
    #[inline]
    pub fn is_address(&mut self, text: &[u8]) -> bool {
        let (Some(first), Some(last)) = (text.first_chunk::<8>(), text.last_chunk::<8>()) else {
            return address(text).is_some();
        };
        // Longer ones are rare.
        if text.len() > 16 {
            return address(text).is_some();
        }
        let (first, last) = (u64::from_le_bytes(*first), u64::from_le_bytes(*last));
        let word = u128::from(last) << ((text.len() - 8) * 8) | u128::from(first);
        let spread = (first ^ last.rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 53;
        let Some(known) = usize::try_from(spread).ok().and_then(|place| self.texts.get_mut(place)) else {
            return address(text).is_some();
        };
        let [last, before] = known;
        if *last == word || *before == word {
            return true;
        }
        let is_one = address(text).is_some();
        if is_one {
            *before = std::mem::replace(last, word);
        }
        is_one
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Otherwise a request that never went to the origin is counted among those that did, or the other way round.
        #[test]
        fn a_known_address_is_one_that_can_be_read(texts in proptest::collection::vec("[0-9]{1,3}[.][0-9]{1,3}[.][0-2]{0,2}[0-9][.:][0-9]{1,3}|[0-9a-f:]{2,18}", 1..40)) {
            let mut known = KnownAddresses::default();
            for text in texts.iter().chain(&texts) {
                prop_assert_eq!(known.is_address(text.as_bytes()), address(text.as_bytes()).is_some(), "{}", text);
            }
        }
    }

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
