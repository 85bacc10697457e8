//! Messages that say the same. Two requests that fail in one way in one second may each have left either of two messages; where there are as
//! many messages as requests, each request has left one, and what it says is the same whichever it is.

use std::collections::{BTreeMap, BTreeSet};

use super::near::Index;
use super::trace::LogTrace;

/// Of the claims on a message, those of requests that go well may be this share: else it may be none of the failing ones'.
const MOST_OF_OTHERS: f64 = 0.05;

/// A share that is less than this is not counted.
const SLIGHT: f64 = 0.02;

/// Requests and the traces that were given to them, by their numbers.
pub(super) type DealtTraces = Vec<(usize, usize)>;

/// Deals out traces that were given to nobody to the requests that surely left one of those that say the same: in order, each to one.
/// `wanting`: the requests below this number want traces. `sure`: how likely it must be.
pub(super) fn deal<T: LogTrace>(
    index: &Index<'_, '_, T>,
    wanting: usize,
    open: &[usize],
    given: &DealtTraces,
    sure: f64,
) -> DealtTraces {
    let had = by_request(given);
    let mut claims: BTreeMap<usize, Vec<(usize, f64)>> = BTreeMap::new();
    for &trace in open {
        for (request, share) in shares(index, wanting, trace, &had) {
            claims.entry(request).or_default().push((trace, share));
        }
    }
    let end = |request: &usize| index.request(*request).map(|asked| asked.end.unwrap_or(asked.start));
    let mut owed: Vec<(usize, Vec<usize>)> = Vec::new();
    for (request, claims) in claims {
        owed.extend(sure_of_one(index, &claims, sure).map(|traces| (request, traces)));
    }
    owed.sort_by_key(|(request, _)| (end(request), *request));
    let mut dealt = DealtTraces::new();
    let mut taken = BTreeSet::new();
    for (request, traces) in owed {
        if let Some(trace) = traces.into_iter().find(|trace| !taken.contains(trace)) {
            taken.insert(trace);
            dealt.push((request, trace));
        }
    }
    dealt
}

/// The traces that each request was given.
pub(super) fn by_request(given: &DealtTraces) -> BTreeMap<usize, Vec<usize>> {
    let mut had: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (request, trace) in given {
        had.entry(*request).or_default().push(*trace);
    }
    had
}

/// The share of each wanting request in the claims on a trace; none where requests that go well claim it, too, or where more are near than are
/// looked at.
pub(super) fn shares<T: LogTrace>(
    index: &Index<'_, '_, T>,
    wanting: usize,
    trace: usize,
    had: &BTreeMap<usize, Vec<usize>>,
) -> Vec<(usize, f64)> {
    let Some(told) = index.trace(trace).filter(|told| !index.is_crowded_near(told)) else {
        return Vec::new();
    };
    let has_one = |request: &usize| {
        let of_request = had.get(request).into_iter().flatten();
        let mut of_request = of_request.filter_map(|trace| index.trace(*trace));
        of_request.any(|other| other.says_the_same(told) || other.excludes(told))
    };
    let near = index.requests_near(told).into_iter().filter(|request| !has_one(request));
    let fits = near.filter_map(|request| Some((request, told.fit(index.request(request)?))));
    let fits: Vec<(usize, f64)> = fits.filter(|(_, fit)| *fit > 0.0).collect();
    let all: f64 = fits.iter().map(|(_, fit)| fit).sum::<f64>() + told.unclaimed();
    let of_others: f64 = fits.iter().filter(|(request, _)| *request >= wanting).map(|(_, fit)| fit).sum();
    if of_others > all * MOST_OF_OTHERS {
        return Vec::new();
    }
    let shares = fits.into_iter().map(|(request, fit)| (request, fit / all));
    shares.filter(|(request, share)| *request < wanting && *share >= SLIGHT).collect()
}

/// Of traces with the shares that a request has in them, those that say the same and one of which it surely left; the likeliest first.
fn sure_of_one<T: LogTrace>(
    index: &Index<'_, '_, T>,
    claims: &[(usize, f64)],
    sure: f64,
) -> Option<Vec<usize>> {
    let same = |one: usize, two: usize| {
        let both = index.trace(one).zip(index.trace(two));
        one == two || both.is_some_and(|(one, two)| one.says_the_same(two))
    };
    let likeliest = claims.iter().max_by(|(a, one), (b, two)| one.total_cmp(two).then(b.cmp(a)))?.0;
    let mut twins: Vec<(usize, f64)> =
        claims.iter().filter(|(trace, _)| same(*trace, likeliest)).copied().collect();
    twins.sort_by(|(a, one), (b, two)| two.total_cmp(one).then(a.cmp(b)));
    let sum: f64 = twins.iter().map(|(_, share)| share).sum();
    (twins.len() > 1 && sum >= sure).then(|| twins.into_iter().map(|(trace, _)| trace).collect())
}
