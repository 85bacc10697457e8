//! Where a log is sampled: how many requests there really were, and how many failed, estimated from the records that the log kept.

use crate::correlate::{Case, Incident};
use crate::evidence::failure;
use crate::evidence::sampling::LeftOut;
use crate::report::model::{Estimate, Estimated};
use crate::text::words::thousands;

/// No estimate is larger. Scripts read numbers as 64-bit floats, which hold every integer up to this one exactly.
const LARGEST: u64 = 1 << 53;

/// Estimates of requests and failed requests. `None` where no record of the window is a sample, and where the filter names single rays,
/// because these were chosen and not drawn by chance.
pub fn estimated(incident: &Incident) -> Option<Estimated> {
    let left_out = incident.request_counts().left_out();
    if !left_out.is_sampled() || !incident.filter.rays.is_empty() {
        return None;
    }
    let failed_requests = failed(incident, left_out.interval);
    let seen = estimate(incident.requests(), left_out, left_out.interval);
    // Where a source saw fewer requests than failed, it did not see them all.
    let requests = Estimate {
        value: seen.value.max(failed_requests.value),
        low: seen.low.max(failed_requests.low),
        high: seen.high.max(failed_requests.high),
    };
    Some(Estimated { requests, failed_requests })
}

/// What a person must know of the totals where a log is sampled.
pub fn note(incident: &Incident) -> Option<String> {
    let Estimated { requests, failed_requests } = estimated(incident)?;
    let words = |estimate: Estimate| {
        let [value, low, high] = [estimate.value, estimate.low, estimate.high].map(thousands);
        format!("about {value} (with 95 % between {low} and {high})")
    };
    Some(format!(
        "the edge's log is sampled: counts are of what it kept; in truth there were {} requests, of which {} failed",
        words(requests),
        words(failed_requests)
    ))
}

/// The estimate of the failed requests.
fn failed(incident: &Incident, interval: u32) -> Estimate {
    let cases = || incident.cases.iter().filter(|case| !case.is_connection_only(&incident.evidence));
    let mut left_out = LeftOut::default();
    for case in cases().filter(|case| !is_seen_elsewhere(case, incident)) {
        left_out.merge(LeftOut::by(case.edge(&incident.evidence).map_or(1, |row| row.record.stands_for())));
    }
    let judged = cases().count() as u64;
    // What is not judged stands for as many as what is.
    let left_out = left_out.scaled(judged.saturating_add(incident.unjudged.requests()), judged);
    estimate(judged.saturating_add(incident.unjudged.requests()), left_out, interval)
}

/// Whether a capture, an origin's log or a HAR shows the failure too. These are not sampled: they show it even where the edge's log kept no
/// record of it, so the case stands for itself alone.
fn is_seen_elsewhere(case: &Case, incident: &Incident) -> bool {
    let limit = incident.profile.warn.origin_header_line_bytes;
    let packets = case.exchanges(&incident.evidence).any(|(_, kept)| kept.failure.is_some());
    let log = case.access(&incident.evidence).any(|row| failure::of_access_line(&row.line, limit).is_some());
    let browser =
        case.har(&incident.evidence).is_some_and(|row| failure::of_har_entry(&row.entry, limit).is_some());
    packets || log || browser
}

/// The estimated number of requests, of which some were counted and the others left out of the sample, with its 95 % interval: 1.96
/// standard deviations to either side (the normal approximation). The lower end is never below what was counted. The upper end is at
/// least three times the largest sampling interval above the value, since with a chance of 5 in 100 so many requests are missing from a
/// sample (the rule of three). Integers only, rounded outwards, so that the bytes are equal everywhere.
fn estimate(counted: u64, left_out: LeftOut, interval: u32) -> Estimate {
    let value = counted.saturating_add(left_out.requests);
    // 196 standard deviations, rounded up; a hundredth of that is 1.96.
    let square = left_out.variance.saturating_mul(196 * 196);
    let root = square.isqrt();
    let root = if root * root < square { root + 1 } else { root };
    let half = u64::try_from(root.div_ceil(100)).unwrap_or(u64::MAX);
    Estimate {
        value: value.min(LARGEST),
        low: value.saturating_sub(half).max(counted).min(LARGEST),
        high: value.saturating_add(half.max(3 * u64::from(interval))).min(LARGEST),
    }
}

#[cfg(test)]
mod tests;
