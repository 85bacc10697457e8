//! Limits on a client's requests that count an address of the edge as one client: its requests are answered 429, or 503 as by nginx, whoever the
//! visitor is and whatever is asked, and those of other addresses pass (judged by numbers, since many servers write no line about it).

mod of_many;
mod refused;
mod unavailable;

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::case::Case;
use super::whole::Whole;
use crate::evidence::limited_addresses::{LimitedShare, TOO_MANY_REQUESTS, limited_addresses, standing_out};
use crate::evidence::sample::Seen;
use crate::facts::ranges::EdgeRanges;
use of_many::{Answered, Limited};
use refused::{Answerer, captured, refused};
use unavailable::{UNAVAILABLE, refused_by_answerer};

/// The addresses of the edge that an origin counts as one client each.
#[derive(Clone, Debug, Default)]
pub struct LimitedAddresses {
    by_address: BTreeMap<IpAddr, Limited>,
    /// Those that are answered 503, by who answers.
    unavailable: BTreeMap<(Answerer, IpAddr), Limited>,
}

impl LimitedAddresses {
    /// Of the samples, and of the kept requests that were answered 429 or 503.
    pub fn of(evidence: &Whole, ranges: &EdgeRanges) -> LimitedAddresses {
        LimitedAddresses {
            by_address: too_many_requests(evidence, ranges),
            unavailable: refused_by_answerer(evidence, ranges),
        }
    }

    /// What is known of an address whose requests are answered 429, if it is one of them.
    pub fn get(&self, address: IpAddr) -> Option<&Limited> {
        self.by_address.get(&address)
    }

    /// What is known of the address of a case that was answered with this status of the origin, if it is one of them.
    pub fn of_case(&self, case: &Case, status: u16, evidence: &Whole) -> Option<&Limited> {
        let address = case.edge_address(evidence)?;
        match status {
            TOO_MANY_REQUESTS => self.get(address),
            UNAVAILABLE => Answerer::of_case(case, evidence)
                .find_map(|answerer| self.unavailable.get(&(answerer, address))),
            _ => None,
        }
    }

    /// Whether answers of this status are counted by the edge's addresses.
    pub fn counts(status: u16) -> bool {
        matches!(status, TOO_MANY_REQUESTS | UNAVAILABLE)
    }
}

fn too_many_requests(evidence: &Whole, ranges: &EdgeRanges) -> BTreeMap<IpAddr, Limited> {
    let mut shares = limited_in_packets(evidence, ranges);
    shares.extend(limited_addresses(&evidence.samples, ranges));
    if shares.is_empty() {
        return BTreeMap::new();
    }
    let answered = answered(evidence);
    let refused_at = |address: &IpAddr| answered.get(address);
    let one_is_known = shares.keys().filter_map(refused_at).any(Answered::are_of_many);
    let limited = shares.into_iter().filter_map(|(address, (its, others))| {
        let answered = refused_at(&address)?;
        let is_limited = answered.are_of_many() || one_is_known && answered.are_of_several();
        is_limited.then(|| (address, answered.limited(its, others)))
    });
    limited.collect()
}

/// The same as [`limited_addresses`] of captures, for which samples have what went well.
fn limited_in_packets(
    evidence: &Whole,
    ranges: &EdgeRanges,
) -> BTreeMap<IpAddr, (LimitedShare, LimitedShare)> {
    let mut shares: BTreeMap<IpAddr, LimitedShare> = BTreeMap::new();
    for request in captured(evidence, TOO_MANY_REQUESTS).filter(|request| ranges.contains(request.address)) {
        shares.entry(request.address).or_default().add(true);
    }
    if !shares.is_empty() {
        let passed = evidence.samples.of(Seen::Capture).filter_map(|request| request.edge_address);
        for address in passed.filter(|address| ranges.contains(*address)) {
            shares.entry(address).or_default().add(false);
        }
    }
    standing_out(shares)
}

fn answered(evidence: &Whole) -> BTreeMap<IpAddr, Answered<'_>> {
    let mut answered: BTreeMap<IpAddr, Answered<'_>> = BTreeMap::new();
    for request in refused(evidence, TOO_MANY_REQUESTS).chain(captured(evidence, TOO_MANY_REQUESTS)) {
        answered.entry(request.address).or_default().add(request.visitor, request.target);
    }
    answered
}
