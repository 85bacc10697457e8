//! URLs that the edge's log shows to be answered by a redirect and by nothing else. Where they lead to that log does not tell: most are moved, some lead to
//! themselves, and then their visitors ask again at once, until they give up.

use std::collections::{BTreeMap, BTreeSet};

use super::failure;
use super::request_key::HostKey;
use super::sample::{Samples, Seen};
use crate::logs::{Dataset, EdgeRecord};

/// A URL without its query.
type HostAndPath = (HostKey, String);

/// Such URLs, each with the status by which it redirects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SuspectedLoops(BTreeMap<HostAndPath, u16>);

impl SuspectedLoops {
    /// Those of the sampled requests.
    pub fn of(samples: &Samples) -> SuspectedLoops {
        /// Who asks for a page that was moved asks for it once.
        const ENOUGH: usize = 5;
        let mut answered: BTreeMap<HostAndPath, (BTreeSet<u16>, usize)> = BTreeMap::new();
        for request in samples.of(Seen::Edge).filter(|request| request.edge_address.is_some()) {
            if let (Some(host), Some(path), Some(status)) = (&request.host, &request.path, request.status) {
                let (statuses, requests) = answered.entry((HostKey::of(host), path.clone())).or_default();
                statuses.insert(status);
                *requests += 1;
            }
        }
        let alone = |(url, (statuses, requests)): (HostAndPath, (BTreeSet<u16>, usize))| {
            let status = statuses.first().copied().filter(|status| may_loop(*status))?;
            (statuses.len() == 1 && requests >= ENOUGH).then_some((url, status))
        };
        SuspectedLoops(answered.into_iter().filter_map(alone).collect())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one redirects by this status.
    pub fn has_status(&self, status: u16) -> bool {
        self.0.values().any(|suspected| *suspected == status)
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
        let path = target.split('?').next().unwrap_or_default().to_owned();
        self.0.get(&(HostKey::of(host), path)) == Some(&status) && record.client_address.is_some()
    }
}

/// Redirects that a browser follows.
fn may_loop(status: u16) -> bool {
    matches!(status, 301 | 302 | 307 | 308)
}
