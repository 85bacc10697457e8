//! Addresses of the edge that an origin may count as one client each: many of their requests are answered 429, of the others' hardly any.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::net::IpAddr;

use super::exact_test::chance_of_more;
use super::sample::{Samples, Seen};
use crate::facts::ranges::EdgeRanges;

/// The answer to too many requests (RFC 6585, 4).
pub const TOO_MANY_REQUESTS: u16 = 429;

/// What chance may show of all addresses together.
const CHANCE: f64 = 0.001;

/// Requests that a limit may have refused, and all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LimitedShare {
    /// Answered with the status of such a limit.
    pub limited: u64,
    /// All.
    pub of: u64,
}

impl LimitedShare {
    /// Adds a request.
    pub fn add(&mut self, is_limited: bool) {
        self.limited += u64::from(is_limited);
        self.of += 1;
    }
}

/// The addresses of the edge whose sampled requests were answered 429 more often than those of the others by more than chance: their share, and
/// that of all addresses that are none of them. From the edge's logs, and from access logs where no log of the edge tells.
pub fn limited_addresses(
    samples: &Samples,
    ranges: &EdgeRanges,
) -> BTreeMap<IpAddr, (LimitedShare, LimitedShare)> {
    let mut found = by_source(Seen::Access, samples, ranges);
    found.extend(by_source(Seen::Edge, samples, ranges));
    found
}

fn by_source(
    seen: Seen,
    samples: &Samples,
    ranges: &EdgeRanges,
) -> BTreeMap<IpAddr, (LimitedShare, LimitedShare)> {
    let mut shares: BTreeMap<IpAddr, LimitedShare> = BTreeMap::new();
    for request in samples.of(seen) {
        if let Some(address) = request.edge_address.filter(|address| ranges.contains(*address)) {
            shares.entry(address).or_default().add(request.status == Some(TOO_MANY_REQUESTS));
        }
    }
    standing_out(shares)
}

/// The addresses whose requests were limited more often than those of the others by more than chance: their share, and that of all addresses
/// that are none of them.
pub fn standing_out(
    shares: BTreeMap<IpAddr, LimitedShare>,
) -> BTreeMap<IpAddr, (LimitedShare, LimitedShare)> {
    let mut rest = shares.values().fold(LimitedShare::default(), |rest, share| LimitedShare {
        limited: rest.limited + share.limited,
        of: rest.of + share.of,
    });
    let mut shares: Vec<(IpAddr, LimitedShare)> =
        shares.into_iter().filter(|(_, share)| share.limited > 0).collect();
    let tested = shares.len() as f64;
    // The largest share first: what stands out does not hide the next.
    shares.sort_by_key(|(address, share)| (Reverse(share.limited * 1000 / share.of), *address));
    let mut found = Vec::new();
    for (address, share) in shares {
        let others = LimitedShare { limited: rest.limited - share.limited, of: rest.of - share.of };
        if chance_of_more((share.limited, share.of), (others.limited, others.of)) * tested >= CHANCE {
            break;
        }
        rest = others;
        found.push((address, share));
    }
    found.into_iter().map(|(address, share)| (address, (share, rest))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::sample::HealthyRequest;
    use crate::ray::Ray;
    use crate::time::Duration;

    fn samples(shares: &[(&str, u64, u64)]) -> Samples {
        let (mut samples, mut ray) = (Samples::default(), 0);
        for (address, limited, of) in shares {
            for number in 0..*of {
                ray += 1;
                let request = HealthyRequest {
                    ray: Some(Ray(ray)),
                    resolution: Duration::SECOND,
                    edge_address: address.parse().ok(),
                    status: Some(if number < *limited { TOO_MANY_REQUESTS } else { 200 }),
                    ..HealthyRequest::default()
                };
                samples.offer(Seen::Edge, ray, || request, Some(Ray(ray)));
            }
        }
        samples
    }

    fn found(shares: &[(&str, u64, u64)]) -> Vec<String> {
        let found = limited_addresses(&samples(shares), &EdgeRanges::with(&[]));
        found.keys().map(ToString::to_string).collect()
    }

    #[test]
    fn addresses_stand_out_beside_those_that_pass_and_do_not_hide_each_other() {
        let limited = [("172.69.33.165", 34, 64), ("162.158.233.98", 26, 56), ("141.101.99.232", 22, 52)];
        let passing = ("172.68.10.9", 0, 108);
        assert_eq!(found(&[&limited[..], &[passing]].concat()).len(), 3);
        assert_eq!(found(&limited), [""; 0], "where all are alike, no address is told from another");
        assert_eq!(found(&[("172.69.33.165", 2, 60), ("172.68.10.9", 1, 60)]), [""; 0], "few are chance");
        let robot = ("203.0.113.9", 40, 40);
        assert_eq!(found(&[robot, passing]), [""; 0], "no address of the edge");
    }
}
