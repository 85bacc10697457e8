//! Limits on a client's requests that count an address of the edge as one client: its requests are answered 429, whoever the visitor is and
//! whatever is asked, and those of other addresses pass (judged by numbers, since many servers write no line about it).

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::whole::Whole;
use crate::evidence::limited_addresses::{LimitedShare, TOO_MANY_REQUESTS, limited_addresses};
use crate::facts::ranges::EdgeRanges;

/// Visitors that meet a limit of their own are few for each address of the edge, and what a robot asks for is one's.
const FEWEST_VISITORS: usize = 3;
/// Where the visitors are not known, so many targets show that the limit is not on one of them.
const FEWEST_TARGETS: usize = 3;

/// The addresses of the edge that an origin counts as one client each.
#[derive(Clone, Debug, Default)]
pub struct LimitedAddresses {
    by_address: BTreeMap<IpAddr, Limited>,
}

/// Such an address.
#[derive(Clone, Copy, Debug)]
pub struct Limited {
    /// Its requests, of a sample.
    pub its: LimitedShare,
    /// Those of all other addresses.
    pub others: LimitedShare,
    /// Visitors whose requests were answered 429; 0 where they are not known.
    pub visitors: usize,
    /// Targets for which it was answered 429.
    pub targets: usize,
}

/// Who was answered 429, and to what.
#[derive(Default)]
struct Answered<'a> {
    visitors: BTreeMap<IpAddr, u64>,
    targets: BTreeSet<&'a str>,
}

impl<'a> Answered<'a> {
    fn add(&mut self, visitor: Option<IpAddr>, target: Option<&'a str>) {
        if let Some(visitor) = visitor {
            *self.visitors.entry(visitor).or_default() += 1;
        }
        self.targets.extend(target.map(|target| target.split('?').next().unwrap_or_default()));
    }

    /// Whether no single visitor and no single target explains them.
    fn are_of_many(&self) -> bool {
        let all: u64 = self.visitors.values().sum();
        let most = self.visitors.values().max().copied().unwrap_or(0);
        match self.visitors.len() {
            0 => self.targets.len() >= FEWEST_TARGETS,
            visitors => visitors >= FEWEST_VISITORS && most * 2 <= all && self.targets.len() >= 2,
        }
    }
}

impl LimitedAddresses {
    /// Of the samples, and of the kept requests that were answered 429.
    pub fn of(evidence: &Whole, ranges: &EdgeRanges) -> LimitedAddresses {
        let shares = limited_addresses(&evidence.samples, ranges);
        if shares.is_empty() {
            return LimitedAddresses::default();
        }
        let answered = answered(evidence);
        let by_address = shares.into_iter().filter_map(|(address, (its, others))| {
            let answered = answered.get(&address).filter(|answered| answered.are_of_many())?;
            let (visitors, targets) = (answered.visitors.len(), answered.targets.len());
            Some((address, Limited { its, others, visitors, targets }))
        });
        LimitedAddresses { by_address: by_address.collect() }
    }

    /// What is known of an address, if it is one of them.
    pub fn get(&self, address: IpAddr) -> Option<&Limited> {
        self.by_address.get(&address)
    }
}

fn answered(evidence: &Whole) -> BTreeMap<IpAddr, Answered<'_>> {
    let mut answered: BTreeMap<IpAddr, Answered<'_>> = BTreeMap::new();
    for row in evidence.edge.iter().filter(|row| row.record.edge_status == Some(TOO_MANY_REQUESTS)) {
        if let Some(address) = row.record.edge_address {
            answered.entry(address).or_default().add(row.record.client_address, row.record.target.as_deref());
        }
    }
    for row in evidence.access.iter().filter(|row| row.line.status == Some(TOO_MANY_REQUESTS)) {
        let line = &row.line;
        if let Some(address) = line.real_peer.or(line.remote_address) {
            answered
                .entry(address)
                .or_default()
                .add(line.real_peer.and(line.remote_address), line.target.as_deref());
        }
    }
    answered
}
