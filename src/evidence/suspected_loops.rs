//! URLs that the edge's log, or where there is none an origin's access log, shows to be answered by a redirect and by nothing else. Where they lead to such a log does
//! not tell: most are moved, some lead to themselves, and then their visitors ask again at once, until they give up.

use std::collections::{BTreeMap, BTreeSet};

use super::failure;
use super::request_key::HostKey;
use super::sample::{HealthyRequest, Samples, Seen};
use crate::logs::{AccessLine, Dataset, EdgeRecord};

/// A URL without its query.
type HostAndPath = (HostKey, String);

/// Such URLs, each with the status by which it redirects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuspectedLoops {
    by: Seen,
    urls: BTreeMap<HostAndPath, u16>,
}

impl Default for SuspectedLoops {
    fn default() -> SuspectedLoops {
        SuspectedLoops { by: Seen::Edge, urls: BTreeMap::new() }
    }
}

impl SuspectedLoops {
    /// Those of the sampled requests. None where they are few among all of a large log: who is in a loop asks twenty times for each page, and the look at the
    /// whole log that they are worth takes as long as reading it.
    pub fn of(samples: &Samples) -> SuspectedLoops {
        /// Who asks for a page that was moved asks for it once.
        const ENOUGH: usize = 5;
        /// So many of a hundred requests that origins answer.
        const SHARE: usize = 10;
        let by = if samples.of(Seen::Edge).next().is_some() { Seen::Edge } else { Seen::Access };
        // Without their visitors nobody can tell who asks again, and the look at the whole log would be in vain.
        if !samples.of(by).any(|request| request.names_visitor) {
            return SuspectedLoops::default();
        }
        let mut answered: BTreeMap<HostAndPath, (BTreeSet<u16>, usize)> = BTreeMap::new();
        let mut all = 0;
        for request in samples.of(by).filter(|request| request.edge_address.is_some()) {
            all += 1;
            if let (Some(path), Some(status)) = (&request.path, request.status) {
                let url = (host_key(request.host.as_deref()), path.clone());
                let (statuses, requests) = answered.entry(url).or_default();
                statuses.insert(status);
                *requests += 1;
            }
        }
        answered.retain(|_, (statuses, requests)| {
            *requests >= ENOUGH && statuses.len() == 1 && statuses.iter().all(|status| may_loop(*status))
        });
        let suspected: usize = answered.values().map(|(_, requests)| requests).sum();
        let is_large = samples.largest(by).is_some();
        if is_large && suspected * 100 < all * SHARE {
            return SuspectedLoops::default();
        }
        let by_status = |(url, (statuses, _)): (HostAndPath, (BTreeSet<u16>, usize))| {
            Some((url, statuses.first().copied()?))
        };
        SuspectedLoops { by, urls: answered.into_iter().filter_map(by_status).collect() }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.urls.is_empty()
    }

    /// Whether one redirects by this status.
    pub fn has_status(&self, status: u16) -> bool {
        may_loop(status) && self.urls.values().any(|suspected| *suspected == status)
    }

    /// Whether the edge's log shows them.
    pub fn are_of_edge(&self) -> bool {
        self.by == Seen::Edge
    }

    /// Whether a visitor's request that the edge's log has may be one of a loop.
    pub fn holds(&self, record: &EdgeRecord) -> bool {
        if self.is_empty() || record.dataset != Dataset::Requests || !failure::is_visitors(record) {
            return false;
        }
        record.client_address.is_some()
            && self.has(record.host.as_deref(), record.target.as_deref(), record.edge_status)
    }

    /// The same of a line of an access log that names its visitor.
    pub fn holds_line(&self, line: &AccessLine) -> bool {
        !self.are_of_edge()
            && line.visitor.is_some()
            && self.has(line.host.as_deref(), line.target.as_deref(), line.status)
    }

    fn has(&self, host: Option<&str>, target: Option<&str>, status: Option<u16>) -> bool {
        let url = target.map(|target| (host_key(host), HealthyRequest::path_of(target).to_owned()));
        status.is_some() && url.is_some_and(|url| self.urls.get(&url).copied() == status)
    }
}

/// Logs of one host leave it out.
fn host_key(host: Option<&str>) -> HostKey {
    HostKey::of(host.unwrap_or_default())
}

/// Redirects that a browser follows.
fn may_loop(status: u16) -> bool {
    matches!(status, 301 | 302 | 307 | 308)
}
