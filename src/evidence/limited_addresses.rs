//! Addresses of the edge that an origin may count as one client each: many of their requests are answered 429, of the others' hardly any.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::exact_test::chance_of_more;
use super::sample::{Samples, Seen};
use crate::facts::ranges::EdgeRanges;

/// The answer to too many requests (RFC 6585, 4).
pub const TOO_MANY_REQUESTS: u16 = 429;

/// What chance may show of all addresses together.
const CHANCE: f64 = 0.001;
/// The same where one is known to be limited so: what else is limited there meets the same limit more likely than another.
const CHANCE_BESIDE_ANOTHER: f64 = 0.01;
/// What it may show of a single one that is limited at least half as often as one that is known to be.
const CHANCE_OF_ALIKE: f64 = 0.05;

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

    fn plus(self, other: LimitedShare) -> LimitedShare {
        LimitedShare { limited: self.limited + other.limited, of: self.of + other.of }
    }

    /// So many times those that were limited: two shares are compared without a division.
    fn times(self, of: u64) -> u128 {
        u128::from(self.limited) * u128::from(of)
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
    if !samples.of(seen).any(|request| request.status == Some(TOO_MANY_REQUESTS)) {
        return BTreeMap::new();
    }
    let mut shares: BTreeMap<IpAddr, LimitedShare> = BTreeMap::new();
    for request in samples.of(seen) {
        if let Some(address) = request.edge_address.filter(|address| ranges.contains(*address)) {
            shares.entry(address).or_default().add(request.status == Some(TOO_MANY_REQUESTS));
        }
    }
    standing_out(shares)
}

/// The addresses whose requests were limited more often, by more than chance, than those of the addresses that were limited at most half as often: a
/// limit that meets several addresses hides none of them behind the others. Their share, and that of all addresses that are none of them.
pub fn standing_out(
    shares: BTreeMap<IpAddr, LimitedShare>,
) -> BTreeMap<IpAddr, (LimitedShare, LimitedShare)> {
    let in_order = InOrder::of(shares.values().copied());
    let tested = shares.values().filter(|share| share.limited > 0).count().max(1) as f64;
    let stands_out = |share: &LimitedShare, chance: f64| {
        let others = in_order.limited_half_as_often(*share);
        share.limited > 0 && chance_of_more((share.limited, share.of), (others.limited, others.of)) < chance
    };
    let known = shares.values().copied().filter(|share| stands_out(share, CHANCE / tested));
    let least = known.min_by(|one, other| one.times(other.of).cmp(&other.times(one.of)));
    let is_limited = |share: &LimitedShare| {
        least.is_some_and(|least| {
            let is_alike = least.times(share.of) <= share.times(least.of) * 2;
            stands_out(share, CHANCE_BESIDE_ANOTHER / tested)
                || is_alike && stands_out(share, CHANCE_OF_ALIKE)
        })
    };
    let (found, others): (BTreeMap<_, _>, BTreeMap<_, _>) =
        shares.into_iter().partition(|(_, share)| is_limited(share));
    let rest = others.into_values().fold(LimitedShare::default(), LimitedShare::plus);
    found.into_iter().map(|(address, share)| (address, (share, rest))).collect()
}

/// Shares in order, the least first.
struct InOrder {
    shares: Vec<LimitedShare>,
    /// Of each so many of the first ones the sum.
    sums: Vec<LimitedShare>,
}

impl InOrder {
    fn of(shares: impl Iterator<Item = LimitedShare>) -> InOrder {
        let mut shares: Vec<LimitedShare> = shares.collect();
        shares.sort_by(|one, other| one.times(other.of).cmp(&other.times(one.of)));
        let sums = shares.iter().scan(LimitedShare::default(), |sum, share| {
            let before = *sum;
            *sum = sum.plus(*share);
            Some(before)
        });
        let mut sums: Vec<LimitedShare> = sums.collect();
        sums.push(shares.iter().copied().fold(LimitedShare::default(), LimitedShare::plus));
        InOrder { shares, sums }
    }

    /// All that were limited at most half as often as this one.
    fn limited_half_as_often(&self, share: LimitedShare) -> LimitedShare {
        let least = self.shares.partition_point(|other| other.times(share.of) * 2 <= share.times(other.of));
        self.sums.get(least).copied().unwrap_or_default()
    }
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
        let alike = [("172.68.10.10", 29, 50), ("172.71.22.125", 28, 51), ("172.70.85.8", 25, 46)];
        let others = [("104.22.56.109", 0, 20), ("172.69.33.165", 0, 26)];
        assert_eq!(found(&[&alike[..], &others].concat()).len(), 3, "each hid the others");
        let few_others = [("172.68.10.9", 0, 17)];
        let one_less = [("172.68.10.10", 28, 57), ("172.71.22.125", 23, 40), ("172.70.85.8", 16, 45)];
        assert_eq!(found(&[&one_less[..], &few_others].concat()).len(), 3, "beside those that surely are");
        assert_eq!(found(&[&one_less[2..], &few_others].concat()), [""; 0], "alone it may be chance");
        let nearly_all = [("162.158.84.6", 25, 28), ("104.23.197.89", 21, 36), ("141.101.98.53", 17, 31)];
        let hardly_any = [("104.22.56.109", 0, 5), ("162.158.166.161", 0, 1)];
        assert_eq!(found(&[&nearly_all[..], &hardly_any].concat()).len(), 3, "few pass beside them");
        let at_random = [("172.68.10.10", 29, 50), ("172.71.22.125", 21, 51), ("172.69.33.5", 14, 46)];
        assert_eq!(found(&at_random), [""; 0], "no address was limited half as often");
        assert_eq!(found(&limited), [""; 0], "where all are alike, no address is told from another");
        assert_eq!(found(&[("172.69.33.165", 2, 60), ("172.68.10.9", 1, 60)]), [""; 0], "few are chance");
        let robot = ("203.0.113.9", 40, 40);
        assert_eq!(found(&[robot, passing]), [""; 0], "no address of the edge");
    }
}
