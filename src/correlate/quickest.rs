//! How soon each origin answers at the earliest, by the edge's own records. What fails sooner is no answer to what was asked: the question had not come
//! there and back yet.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::whole::Whole;
use crate::evidence::sample::{HealthyRequest, Seen};
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

/// The quickest answers, by the origin's address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QuickestAnswers(BTreeMap<IpAddr, QuickestAnswer>);

impl QuickestAnswers {
    /// Of the edge's healthy requests that went to an origin.
    pub(super) fn of(evidence: &Whole) -> QuickestAnswers {
        let mut quickest: BTreeMap<IpAddr, QuickestAnswer> = BTreeMap::new();
        for (origin, took) in evidence.samples.of(Seen::Edge).filter_map(answer) {
            let known = quickest.entry(origin).or_insert(QuickestAnswer { took, of: 0 });
            known.took = known.took.min(took);
            known.of += 1;
        }
        quickest.retain(|_, answer| answer.of >= ENOUGH);
        QuickestAnswers(quickest)
    }

    /// The quickest answer of this origin; `None` where too few are known.
    pub fn of_origin(&self, address: IpAddr) -> Option<QuickestAnswer> {
        self.0.get(&address).copied()
    }
}

fn answer(request: &HealthyRequest) -> Option<(IpAddr, Duration)> {
    let took = request.end?.since(request.time);
    let origin = request.origin_address.filter(|_| request.edge_address.is_some())?;
    (request.resolution <= FINE && took > Duration::ZERO).then_some((origin, took))
}
