//! Bytes that stand where an answer should begin, and that begin as no HTTP does: an answer of its own, or what an earlier one left over.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::case::Case;
use super::reuse::{Reuse, count};
use super::whole::Whole;
use crate::evidence::sample::Seen;
use crate::http::conform::Rule;
use crate::http::exchange::Response;
use crate::time::Duration;

/// What such bytes follow, they follow by a time that is so many times as steady as that since the other: of so many at least, the more the
/// fewer they are. By chance one of a hundred is (n spans lie within 1/k of their range once in kⁿ⁻¹/n).
const STEADIER: [(usize, i64); 3] = [(5, 4), (4, 8), (3, 20)];

/// Such bytes of one server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Misread {
    /// On which connections they come.
    pub reuse: Reuse,
    /// How long after the end of the answer before, where there was one.
    ages: Vec<Duration>,
    /// How long after the request that they seem to answer; of the same ones.
    waits: Vec<Duration>,
}

/// What such bytes follow in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follows {
    /// The end of the answer before, whenever the next request came: after this time.
    AnswerBefore(Duration),
    /// The request, whenever the answer before ended.
    Request,
}

impl Misread {
    /// What they follow, where so many tell that it is no chance: all of them, or all but the shortest and the longest, since one server that
    /// stalled once is late once.
    pub fn follows(&self) -> Option<Follows> {
        let of = self.ages.len();
        [0, (of / 10).max(1)].into_iter().find_map(|left_out| {
            let told_by = of.checked_sub(2 * left_out)?;
            let (_, steadier) = STEADIER.into_iter().find(|(fewest, _)| told_by >= *fewest)?;
            let (ages, waits) = (without_ends(&self.ages, left_out), without_ends(&self.waits, left_out));
            if steadier * (ages.1 - ages.0) < waits.1 - waits.0 {
                Some(Follows::AnswerBefore(ages.0))
            } else if steadier * (waits.1 - waits.0) < ages.1 - ages.0 {
                Some(Follows::Request)
            } else {
                None
            }
        })
    }
}

/// Between which durations they lie, so many of the shortest and of the longest left out.
fn without_ends(durations: &[Duration], left_out: usize) -> (Duration, Duration) {
    let mut sorted = durations.to_vec();
    sorted.sort_unstable();
    let at = |index: usize| sorted.get(index).copied().unwrap_or_default();
    (at(left_out), at(sorted.len().saturating_sub(left_out + 1)))
}

/// By the packets, of each server.
pub(super) fn misread(cases: &[Case], evidence: &Whole) -> BTreeMap<IpAddr, Misread> {
    let mut of: BTreeMap<IpAddr, Misread> = BTreeMap::new();
    let is_misread =
        |response: &Response| response.findings.iter().any(|finding| finding.rule == Rule::NoStatusLine);
    for (row, kept) in cases.iter().filter_map(|case| case.exchanges(evidence).next_back()) {
        let Some(response) = kept.exchange.response.as_deref().filter(|response| is_misread(response)) else {
            continue;
        };
        let misread = of.entry(row.connection.server.ip()).or_default();
        misread.reuse.failing = count(misread.reuse.failing, kept.exchange.number > 1);
        if let Some((before, request)) = kept.previous_end.zip(kept.exchange.request.as_ref()) {
            misread.ages.push(response.first.time.since(before.time));
            misread.waits.push(response.first.time.since(request.first.time));
        }
    }
    for request in evidence.samples.of(Seen::Capture) {
        let misread = request.origin_address.and_then(|address| of.get_mut(&address));
        if let Some((misread, again)) = misread.zip(request.reused) {
            misread.reuse.healthy = count(misread.reuse.healthy, again);
        }
    }
    of
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(ages: &[i64], waits: &[i64]) -> Option<Follows> {
        let durations = |milliseconds: &[i64]| {
            milliseconds.iter().map(|milliseconds| Duration::from_milliseconds(*milliseconds)).collect()
        };
        Misread { ages: durations(ages), waits: durations(waits), ..Misread::default() }.follows()
    }

    /// Otherwise what a body left over is told as a server that answers no HTTP, wherever few requests met it.
    #[test]
    fn few_tell_what_they_follow_if_they_follow_it_the_more_steadily() {
        let three = |steadiness: i64| told(&[350, 350 + steadiness, 350], &[199, 233, 200]);
        assert_eq!(three(1), Some(Follows::AnswerBefore(Duration::from_milliseconds(350))));
        assert_eq!(three(3), None, "chance");
        assert_eq!(
            told(&[350, 353, 350, 352], &[199, 233, 200, 210]),
            Some(Follows::AnswerBefore(Duration::from_milliseconds(350)))
        );
        assert_eq!(told(&[350, 356, 350, 352], &[199, 233, 200, 210]), None, "chance");
    }

    /// Otherwise one answer that the server was late with has what all the others follow be told as a server that answers no HTTP.
    #[test]
    fn one_that_is_late_takes_nothing_from_what_the_others_follow() {
        let of_others = Some(Follows::AnswerBefore(Duration::from_milliseconds(350)));
        assert_eq!(told(&[350, 351, 350, 411, 349], &[199, 233, 210, 271, 180]), of_others);
        assert_eq!(
            told(&[350, 355, 350, 411, 349], &[199, 233, 210, 271, 205]),
            None,
            "three that are left may be chance"
        );
    }

    #[test]
    fn what_the_bytes_follow_is_what_they_follow_at_one_time() {
        let (steady, any) = ([350, 350, 351, 350, 352, 349], [195, 240, 270, 198, 310, 220]);
        assert_eq!(told(&steady, &any), Some(Follows::AnswerBefore(Duration::from_milliseconds(349))));
        assert_eq!(told(&any, &steady), Some(Follows::Request));
        assert_eq!(told(&any, &any), None);
        assert_eq!(told(&steady[..2], &any[..2]), None, "too few");
    }
}
