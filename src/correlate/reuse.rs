//! Whether failures happen on connections that were used before.

use super::case::Case;
use super::whole::Whole;
use crate::evidence::exact_test::chance_of_more;
use crate::evidence::sample::Seen;
use crate::time::Duration;

/// How failures spread over connections used again and new ones, beside healthy requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reuse {
    /// Failures on connections used again, and all whose connection is known.
    pub failing: (u64, u64),
    /// Healthy requests on connections used again, and all whose connection is known, as far as they are sampled.
    pub healthy: (u64, u64),
}

impl Reuse {
    /// Whether nine in ten of the failures are on connections used again, and that is more than chance makes of the healthy requests' share.
    pub fn is_confined(self) -> bool {
        self.failing.0 * 10 >= self.failing.1 * 9 && chance_of_more(self.failing, self.healthy) < 0.01
    }
}

/// A connection more, among (used again, all).
pub(super) fn count((used, all): (u64, u64), again: bool) -> (u64, u64) {
    (used + u64::from(again), all + 1)
}

/// Of failures without an answer, by the edge's own records.
pub(super) fn reuse(cases: &[Case], evidence: &Whole) -> Option<Reuse> {
    let records = cases.iter().filter_map(|case| case.asked_origin(evidence)).map(|row| &row.record);
    let unanswered =
        records.filter(|record| record.edge_status == Some(520) && record.origin_status == Some(0));
    let failing = unanswered
        .filter_map(|record| record.origin_tcp_time)
        .map(|time| time == Duration::ZERO)
        .fold((0, 0), count);
    let healthy = evidence.samples.of(Seen::Edge).filter_map(|request| request.reused).fold((0, 0), count);
    (failing.1 > 0 && healthy.1 > 0).then_some(Reuse { failing, healthy })
}
