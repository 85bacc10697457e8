//! Whose requests were refused at one address of the edge: those of many visitors for many targets, or one robot's.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use crate::evidence::limited_addresses::LimitedShare;
use crate::evidence::sample::HealthyRequest;

/// Visitors that meet a limit of their own are few for each address of the edge, and what a robot asks for is one's.
const FEWEST_VISITORS: usize = 3;
/// Where the visitors are not known, so many targets show that the limit is not on one of them.
const FEWEST_TARGETS: usize = 3;

/// An address of the edge that an origin counts as one client.
#[derive(Clone, Copy, Debug)]
pub struct Limited {
    /// Its requests, as far as they are kept or sampled.
    pub its: LimitedShare,
    /// Those of all other addresses.
    pub others: LimitedShare,
    /// Visitors whose requests were refused; 0 where they are not known.
    pub visitors: usize,
    /// Targets for which it was refused.
    pub targets: usize,
}

/// Who was refused, and what.
#[derive(Default)]
pub(super) struct Answered<'a> {
    visitors: BTreeMap<IpAddr, u64>,
    targets: BTreeSet<&'a str>,
}

impl<'a> Answered<'a> {
    /// Adds a request.
    pub(super) fn add(&mut self, visitor: Option<IpAddr>, target: Option<&'a str>) {
        if let Some(visitor) = visitor {
            *self.visitors.entry(visitor).or_default() += 1;
        }
        self.targets.extend(target.map(HealthyRequest::path_of));
    }

    /// Whether no single visitor and no single target explains them.
    pub(super) fn are_of_many(&self) -> bool {
        let all: u64 = self.visitors.values().sum();
        let most = self.visitors.values().max().copied().unwrap_or(0);
        match self.visitors.len() {
            0 => self.targets.len() >= FEWEST_TARGETS,
            visitors => visitors >= FEWEST_VISITORS && most * 2 <= all && self.targets.len() >= 2,
        }
    }

    /// The same, less strictly: beside an address that is known to be limited two visitors who are refused alike are enough.
    pub(super) fn are_of_several(&self) -> bool {
        let all: u64 = self.visitors.values().sum();
        let most = self.visitors.values().max().copied().unwrap_or(0);
        self.visitors.len() >= 2 && most * 3 <= all * 2 && self.targets.len() >= FEWEST_TARGETS
    }

    /// The address with these shares of its requests.
    pub(super) fn limited(&self, its: LimitedShare, others: LimitedShare) -> Limited {
        Limited { its, others, visitors: self.visitors.len(), targets: self.targets.len() }
    }
}
