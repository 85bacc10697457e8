//! URLs that the edge's log shows to be answered by a redirect and by nothing else. Where they lead to that log does not tell: most are moved, some lead to
//! themselves, and then their visitors ask again at once, until they give up.

use std::collections::{BTreeMap, BTreeSet};

use super::failure;
use super::request_key::HostKey;
use super::sample::{HealthyRequest, Samples, Seen};
use crate::logs::{Dataset, EdgeRecord};

/// A URL without its query.
type HostAndPath = (HostKey, String);

/// Such URLs, each with the status by which it redirects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SuspectedLoops(BTreeMap<HostAndPath, u16>);

impl SuspectedLoops {
    /// Those of the sampled requests. None where they are few among all: who is in a loop asks twenty times for each page, and the look at the whole
    /// log that they are worth takes as long as reading it.
    pub fn of(samples: &Samples) -> SuspectedLoops {
        /// Who asks for a page that was moved asks for it once.
        const ENOUGH: usize = 5;
        /// So many of a hundred requests that origins answer.
        const SHARE: usize = 10;
        let mut answered: BTreeMap<HostAndPath, (BTreeSet<u16>, usize)> = BTreeMap::new();
        let mut all = 0;
        for request in samples.of(Seen::Edge).filter(|request| request.edge_address.is_some()) {
            all += 1;
            if let (Some(host), Some(path), Some(status)) = (&request.host, &request.path, request.status) {
                let (statuses, requests) = answered.entry((HostKey::of(host), path.clone())).or_default();
                statuses.insert(status);
                *requests += 1;
            }
        }
        answered.retain(|_, (statuses, requests)| {
            *requests >= ENOUGH && statuses.len() == 1 && statuses.iter().all(|status| may_loop(*status))
        });
        let suspected: usize = answered.values().map(|(_, requests)| requests).sum();
        if suspected * 100 < all * SHARE {
            return SuspectedLoops::default();
        }
        let by_status = |(url, (statuses, _)): (HostAndPath, (BTreeSet<u16>, usize))| {
            Some((url, statuses.first().copied()?))
        };
        SuspectedLoops(answered.into_iter().filter_map(by_status).collect())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one redirects by this status.
    pub fn has_status(&self, status: u16) -> bool {
        may_loop(status) && self.0.values().any(|suspected| *suspected == status)
    }

    /// Whether a visitor's request that the edge's log has may be one of a loop.
    pub fn holds(&self, record: &EdgeRecord) -> bool {
        if self.is_empty() || record.dataset != Dataset::Requests || !failure::is_visitors(record) {
            return false;
        }
        let (Some(host), Some(target), Some(status)) = (&record.host, &record.target, record.edge_status)
        else {
            return false;
        };
        let path = HealthyRequest::path_of(target).to_owned();
        self.0.get(&(HostKey::of(host), path)) == Some(&status) && record.client_address.is_some()
    }
}

/// Redirects that a browser follows.
fn may_loop(status: u16) -> bool {
    matches!(status, 301 | 302 | 307 | 308)
}
