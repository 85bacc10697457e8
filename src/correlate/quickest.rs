//! How soon each origin answers at the earliest, by the edge's own records. What fails sooner is no answer to what was asked: the question had not come
//! there and back yet.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::case::Case;
use super::whole::Whole;
use crate::evidence::sample::{HealthyRequest, Seen};
use crate::logs::EdgeRecord;
use crate::time::Duration;

/// Of fewer answers the quickest tells little.
const ENOUGH: u64 = 20;
/// Times of a coarser resolution tell nothing of ways there and back.
const FINE: Duration = Duration::MILLISECOND;

/// The quickest answer of an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuickestAnswer {
    /// From the request's start to its end, as the edge has them.
    pub took: Duration,
    /// The answers among which it is the quickest, as far as they are sampled.
    pub of: u64,
}

impl QuickestAnswer {
    /// Whether a request that ended so soon had no answer, be it the kernel's: that takes the way alone, and the quickest answer some work as well.
    pub fn is_behind(self, took: Duration) -> bool {
        took * 4 < self.took * 3
    }
}

/// The quickest answers, by the origin's address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QuickestAnswers {
    of_origin: BTreeMap<IpAddr, QuickestAnswer>,
    /// Requests on new connections that got no answer (520), and failed sooner than that once these were open.
    failed_anew: BTreeMap<IpAddr, u64>,
}

impl QuickestAnswers {
    /// Of the edge's healthy requests that went to an origin, and of those that failed.
    pub(super) fn of(cases: &[Case], evidence: &Whole) -> QuickestAnswers {
        let mut quickest: BTreeMap<IpAddr, QuickestAnswer> = BTreeMap::new();
        for (origin, took) in evidence.samples.of(Seen::Edge).filter_map(answer) {
            let known = quickest.entry(origin).or_insert(QuickestAnswer { took, of: 0 });
            known.took = known.took.min(took);
            known.of += 1;
        }
        quickest.retain(|_, answer| answer.of >= ENOUGH);
        let mut failed_anew: BTreeMap<IpAddr, u64> = BTreeMap::new();
        let records = cases.iter().filter_map(|case| case.asked_origin(evidence)).map(|row| &row.record);
        for (origin, waited) in records.filter_map(failed_on_new) {
            if quickest.get(&origin).is_some_and(|answer| answer.is_behind(waited)) {
                *failed_anew.entry(origin).or_default() += 1;
            }
        }
        QuickestAnswers { of_origin: quickest, failed_anew }
    }

    /// The quickest answer of this origin; `None` where too few are known.
    pub fn of_origin(&self, address: IpAddr) -> Option<QuickestAnswer> {
        self.of_origin.get(&address).copied()
    }

    /// How many requests to this origin on new connections failed too soon for an answer: on those nothing was under way before the request was.
    pub fn failed_anew(&self, address: IpAddr) -> u64 {
        self.failed_anew.get(&address).copied().unwrap_or_default()
    }
}

/// The origin of a request without an answer for which a connection was opened, and how long it waited on that.
fn failed_on_new(record: &EdgeRecord) -> Option<(IpAddr, Duration)> {
    let opened = record.origin_tcp_time.filter(|time| *time > Duration::ZERO)?;
    let took = record.end.filter(|_| record.edge_status == Some(520))?.since(record.start);
    let waited = took - opened - record.origin_tls_time.unwrap_or_default();
    Some((record.origin_address?, waited))
}

fn answer(request: &HealthyRequest) -> Option<(IpAddr, Duration)> {
    let took = request.end?.since(request.time);
    let origin = request.origin_address.filter(|_| request.edge_address.is_some())?;
    (request.resolution <= FINE && took > Duration::ZERO).then_some((origin, took))
}
