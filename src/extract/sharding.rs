//! The shard to which a packet belongs: by a hash of both ends, which is the same for both directions of a connection.

use std::net::IpAddr;

use crate::packet::Carried;

/// The number of shards; fixed, so that the result does not depend on the number of threads.
pub const SHARDS: usize = 16;

/// Bits of the product that choose among sixteen shards lie above these.
const CHOSEN_BY: u32 = 60;
/// An odd number near 2^64 divided by the golden ratio: multiplied with it, low bits spread to the high ones (Knuth, The Art of Computer
/// Programming, volume 3, 6.4).
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
/// Another odd number with mixed bits (the first multiplier of MurmurHash3's finalizer).
const MIXED: u64 = 0xff51_afd7_ed55_8ccd;

/// The shard of what a packet carries: a segment, or an ICMP error about a connection. `None` where it belongs to no connection.
pub fn of_carried(carried: &Carried<'_>) -> Option<usize> {
    let (sender, receiver) = match carried {
        Carried::Tcp(segment) => (segment.sender(), segment.receiver()),
        Carried::MalformedTcp { sender, receiver } => (*sender, *receiver),
        Carried::Icmp(report) => (report.quoted.sender, report.quoted.receiver),
        Carried::Fragment(_) | Carried::Other => return None,
    };
    Some(of_ends([sender, receiver].map(|end| (end.ip(), end.port()))))
}

/// The shard of a connection between these addresses and ports.
#[inline]
pub fn of_ends([a, b]: [(IpAddr, u16); 2]) -> usize {
    let ports = u64::from(a.1) + u64::from(b.1);
    let mixed = (number(a.0).wrapping_add(number(b.0)).wrapping_add(ports)).wrapping_mul(GOLDEN);
    // The product's upper bits depend on all bits of both addresses and ports.
    (mixed >> CHOSEN_BY) as usize % SHARDS
}

fn number(address: IpAddr) -> u64 {
    match address {
        IpAddr::V4(address) => u64::from(address.to_bits()).wrapping_mul(MIXED),
        IpAddr::V6(address) => {
            let bits = address.to_bits();
            ((bits >> 64) as u64 ^ bits as u64).wrapping_mul(MIXED)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_directions_of_a_connection_are_read_by_one_shard_and_connections_by_all() {
        let origin = (IpAddr::from([192, 0, 2, 1]), 443);
        let mut shards = [0; SHARDS];
        for port in 1_024..9_024 {
            for edge in [IpAddr::from([172, 64, 0, 1]), IpAddr::from([0x2606, 0x4700, 0, 0, 0, 0, 0, 1])] {
                let shard = of_ends([(edge, port), origin]);
                assert_eq!(shard, of_ends([origin, (edge, port)]));
                shards[shard] += 1;
            }
        }
        assert!(shards.iter().all(|&connections| (500..2_000).contains(&connections)), "{shards:?}");
    }
}
