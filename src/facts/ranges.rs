//! The address ranges from which the edge connects to origins.

use std::net::IpAddr;

use ipnet::IpNet;

/// Cloudflare's published ranges (docs: cloudflare-ip-addresses; taken on 2026-09-29 from copies that agree).
const CLOUDFLARE: [&str; 22] = [
    "103.21.244.0/22",
    "103.22.200.0/22",
    "103.31.4.0/22",
    "104.16.0.0/13",
    "104.24.0.0/14",
    "108.162.192.0/18",
    "131.0.72.0/22",
    "141.101.64.0/18",
    "162.158.0.0/15",
    "172.64.0.0/13",
    "173.245.48.0/20",
    "188.114.96.0/20",
    "190.93.240.0/20",
    "197.234.240.0/22",
    "198.41.128.0/17",
    "2400:cb00::/32",
    "2405:8100::/32",
    "2405:b500::/32",
    "2606:4700::/32",
    "2803:f800::/32",
    "2a06:98c0::/29",
    "2c0f:f248::/32",
];

/// The ranges of an edge: Cloudflare's own, and those that the person gave.
#[derive(Clone, Debug)]
pub struct EdgeRanges {
    ranges: Vec<IpNet>,
}

impl EdgeRanges {
    /// Cloudflare's published ranges, and `more`.
    pub fn with(more: &[IpNet]) -> EdgeRanges {
        let published = CLOUDFLARE.iter().filter_map(|range| range.parse().ok());
        let mut ranges: Vec<IpNet> = published.chain(more.iter().copied()).collect();
        ranges.sort();
        ranges.dedup();
        EdgeRanges { ranges }
    }

    /// The range that holds `address`; where several do, the narrowest. An IPv4 address that is mapped into IPv6 counts as IPv4.
    pub fn find(&self, address: IpAddr) -> Option<IpNet> {
        let address = address.to_canonical();
        // Ranges lie within each other or apart, and stand in order: the last one that holds the address is the narrowest.
        let before = self.ranges.partition_point(|range| range.network() <= address);
        self.ranges.get(..before)?.iter().rev().find(|range| range.contains(&address)).copied()
    }

    /// Whether any address of `range` is one from which the edge connects.
    pub fn touches(&self, range: IpNet) -> bool {
        self.ranges.iter().any(|own| own.contains(&range.network()) || range.contains(&own.network()))
    }

    /// Whether the edge connects from `address`.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.find(address).is_some()
    }
}

/// An address of the machine itself or of its own network (RFC 1918, RFC 4193, RFC 6598; loopback, link-local).
pub fn is_internal(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let shared = address.octets()[0] == 100 && address.octets()[1] & 0xc0 == 64;
            address.is_loopback() || address.is_private() || address.is_link_local() || shared
        }
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(mapped) => is_internal(IpAddr::V4(mapped)),
            None => address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_published_range_is_read() {
        assert_eq!(EdgeRanges::with(&[]).ranges.len(), CLOUDFLARE.len());
    }

    #[test]
    fn an_edge_address_is_known_by_its_range_and_private_ones_are_not() {
        let ranges = EdgeRanges::with(&["10.9.0.0/16".parse().unwrap()]);
        let range = |text: &str| ranges.find(text.parse().unwrap()).map(|range| range.to_string());
        assert_eq!(range("172.71.255.255").as_deref(), Some("172.64.0.0/13"));
        assert_eq!(range("::ffff:162.158.1.1").as_deref(), Some("162.158.0.0/15"));
        assert_eq!(range("2606:4700::1").as_deref(), Some("2606:4700::/32"));
        assert_eq!(range("10.9.1.1").as_deref(), Some("10.9.0.0/16"));
        let nested = EdgeRanges::with(&["172.64.0.0/24".parse().unwrap(), "172.64.9.0/24".parse().unwrap()]);
        let range = |text: &str| nested.find(text.parse().unwrap()).map(|range| range.to_string());
        assert_eq!(range("172.64.0.9").as_deref(), Some("172.64.0.0/24"), "the narrowest");
        assert_eq!(range("172.65.0.9").as_deref(), Some("172.64.0.0/13"), "behind narrower ones");
        for outside in ["172.72.0.1", "172.16.0.1", "8.8.8.8"] {
            assert_eq!(range(outside), None, "{outside}");
        }
    }

    #[test]
    fn an_internal_address_is_one_that_no_visitor_can_have() {
        for address in
            ["10.1.2.3", "192.168.0.1", "100.64.0.1", "169.254.1.1", "::1", "fe80::1", "::ffff:10.0.0.1"]
        {
            assert!(is_internal(address.parse().unwrap()), "{address}");
        }
        for address in ["172.68.10.9", "100.128.0.1", "2001:db8::1"] {
            assert!(!is_internal(address.parse().unwrap()), "{address}");
        }
    }
}
