//! Messages and lines that say the same. Two requests that fail in one way in one second may each have left either of two; where there are as
//! many as requests, each request has left one, and what it says is the same whichever it is.

use std::collections::{BTreeMap, BTreeSet};

use super::near::Index;
use super::trace::{LogTrace, Saying};

/// Of the claims on a message, those of requests that go well may be this share: else it may be none of the failing ones'.
const MOST_OF_OTHERS: f64 = 0.05;

/// Likelier than not, by enough that of two requests and one message neither is likely to have left it.
const LIKELY: f64 = 0.6;

/// A share that is less than this is not counted.
const SLIGHT: f64 = 0.02;

/// Requests and the traces that were given to them, by their numbers.
pub(super) type DealtTraces = Vec<(usize, usize)>;

/// Traces that were given to nobody, by their numbers, each with who may have left it.
pub(super) type ClaimedTraces = Vec<(usize, ClaimsOnTrace)>;

/// So often shares are settled between what a request can have left and what a trace can be: more changes none of them by a thousandth.
const ROUNDS: usize = 24;

/// Deals out traces that were given to nobody to the requests that surely left one of those that say the same: in order, each to one.
/// `wanting`: the requests below this number want traces. `sure`: how likely it must be.
pub(super) fn deal<T: LogTrace>(
    index: &Index<'_, '_, T>,
    wanting: usize,
    open: &[usize],
    given: &DealtTraces,
    sure: f64,
) -> DealtTraces {
    let mut had = by_request(given);
    let mut claimed = ClaimedTraces::new();
    for &trace in open {
        let claims = claims_on(index, wanting, trace, &had);
        if !claims.of_healthy && !claims.of_crowd {
            claimed.push((trace, claims));
        }
    }
    let end = |request: usize| index.request(request).map(|asked| asked.end.unwrap_or(asked.start));
    let mut dealt = DealtTraces::new();
    for twins in alike(index, &claimed).filter(|twins| twins.len() > 1) {
        let mut owed = Chances::of(&twins).sure_of_one(sure);
        owed.sort_by_key(|(request, _)| (end(*request), *request));
        let mut taken = BTreeSet::new();
        for (request, traces) in owed {
            let is_free =
                |trace: &usize| !taken.contains(trace) && !is_excluded(index, *trace, had.get(&request));
            if let Some(trace) = traces.into_iter().find(is_free) {
                taken.insert(trace);
                had.entry(request).or_default().push(trace);
                dealt.push((request, trace));
            }
        }
    }
    dealt
}

/// Requests that more likely than not left one of the traces that say the same, each with all of these that may be its own.
pub(super) fn likely<T: LogTrace>(
    index: &Index<'_, '_, T>,
    claimed: &ClaimedTraces,
) -> BTreeSet<(usize, usize)> {
    let all_known = |twins: &Vec<&(usize, ClaimsOnTrace)>| twins.iter().all(|(_, claims)| !claims.of_crowd);
    let owed =
        alike(index, claimed).filter(all_known).flat_map(|twins| Chances::of(&twins).sure_of_one(LIKELY));
    owed.flat_map(|(request, traces)| traces.into_iter().map(move |trace| (request, trace))).collect()
}

/// Those that are claimed, by what they say.
fn alike<'c, T: LogTrace>(
    index: &Index<'_, '_, T>,
    claimed: &'c ClaimedTraces,
) -> impl Iterator<Item = Vec<&'c (usize, ClaimsOnTrace)>> {
    let mut twins: BTreeMap<Saying<'_>, Vec<&(usize, ClaimsOnTrace)>> = BTreeMap::new();
    for of_trace @ (trace, claims) in claimed {
        if let Some(said) =
            index.trace(*trace).and_then(LogTrace::said).filter(|_| !claims.wanting.is_empty())
        {
            // Whose address each has come from the claims know, and where they do not, no request is turned down for it.
            twins.entry(said.by_anyone()).or_default().push(of_trace);
        }
    }
    let twins: Vec<_> = twins.into_values().collect();
    twins.into_iter()
}

/// For each request, the traces that it may have left with the chance that it did.
struct Chances(BTreeMap<usize, Vec<(usize, f64)>>);

impl Chances {
    /// Over traces that say the same: shares that are settled by turns, so that no request has more than one trace and no trace more than one
    /// request (iterative proportional fitting: Deming and Stephan, 1940). Who can have left one trace alone has it, although those that can
    /// have left others claim it, too.
    fn of(twins: &[&(usize, ClaimsOnTrace)]) -> Chances {
        let mut of_request: BTreeMap<usize, Vec<(usize, f64)>> = BTreeMap::new();
        let mut of_others: BTreeMap<usize, f64> = BTreeMap::new();
        for (trace, claims) in twins {
            of_others.insert(*trace, claims.of_others);
            for (request, fit) in &claims.wanting {
                of_request.entry(*request).or_default().push((*trace, *fit));
            }
        }
        for _ in 0..ROUNDS {
            let mut of_trace = of_others.clone();
            for (trace, share) in of_request.values().flatten() {
                *of_trace.entry(*trace).or_default() += share;
            }
            for shares in of_request.values_mut() {
                shares.iter_mut().for_each(|(trace, share)| *share /= of_trace[trace]);
                let sum: f64 = shares.iter().map(|(_, share)| share).sum();
                shares.iter_mut().for_each(|(_, share)| *share /= sum.max(1.0));
            }
            of_others.iter_mut().for_each(|(trace, others)| *others /= of_trace[trace]);
        }
        Chances(of_request)
    }

    /// The requests that surely left one of them, each with those that it may have left, the likeliest first.
    fn sure_of_one(self, sure: f64) -> Vec<(usize, Vec<usize>)> {
        let owed = self.0.into_iter().filter_map(|(request, mut traces)| {
            let sum: f64 = traces.iter().map(|(_, chance)| chance).sum();
            traces.retain(|(_, chance)| *chance > 0.0);
            traces.sort_by(|(a, one), (b, two)| two.total_cmp(one).then(a.cmp(b)));
            (sum >= sure).then(|| (request, traces.into_iter().map(|(trace, _)| trace).collect()))
        });
        owed.collect()
    }
}

/// The traces that each request was given.
pub(super) fn by_request(given: &DealtTraces) -> BTreeMap<usize, Vec<usize>> {
    let mut had: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (request, trace) in given {
        had.entry(*request).or_default().push(*trace);
    }
    had
}

/// Whether a request that has these traces cannot have left this one, too: one that says the same, or that is another's.
fn is_excluded<T: LogTrace>(index: &Index<'_, '_, T>, trace: usize, had: Option<&Vec<usize>>) -> bool {
    let Some(told) = index.trace(trace) else { return true };
    let mut had = had.into_iter().flatten().filter_map(|trace| index.trace(*trace));
    had.any(|other| other.excludes(told) || told.said().is_some() && told.said() == other.said())
}

/// How well a trace fits all who may have left it.
#[derive(Default)]
pub(super) struct ClaimsOnTrace {
    /// The requests that want it.
    wanting: Vec<(usize, f64)>,
    /// All others, known or not.
    of_others: f64,
    /// Whether requests that go well claim it, too: it may be none of the failing ones'.
    of_healthy: bool,
    /// Whether more requests are near than are looked at.
    of_crowd: bool,
}

impl ClaimsOnTrace {
    /// The share of each wanting request in the claims.
    pub fn shares(&self) -> impl Iterator<Item = (usize, f64)> {
        let all = self.wanting.iter().map(|(_, fit)| fit).sum::<f64>() + self.of_others;
        self.wanting.iter().map(move |(request, fit)| (*request, fit / all))
    }
}

/// The claims on a trace.
pub(super) fn claims_on<T: LogTrace>(
    index: &Index<'_, '_, T>,
    wanting: usize,
    trace: usize,
    had: &BTreeMap<usize, Vec<usize>>,
) -> ClaimsOnTrace {
    let Some(told) = index.trace(trace) else { return ClaimsOnTrace::default() };
    let near = index.requests_near(told);
    let of_crowd = near.is_crowded;
    let near = near.nearest.into_iter().filter(|request| !is_excluded(index, trace, had.get(request)));
    let fits = near.filter_map(|request| Some((request, told.fit(index.request(request)?))));
    let fits: Vec<(usize, f64)> = fits.filter(|(_, fit)| *fit > 0.0).collect();
    let of_others: f64 = fits.iter().filter(|(request, _)| *request >= wanting).map(|(_, fit)| fit).sum();
    let all = fits.iter().map(|(_, fit)| fit).sum::<f64>() + told.unclaimed();
    let of_healthy = of_others > all * MOST_OF_OTHERS;
    let wanted = fits.into_iter().filter(|(request, fit)| *request < wanting && fit / all >= SLIGHT);
    ClaimsOnTrace { wanting: wanted.collect(), of_others: of_others + told.unclaimed(), of_healthy, of_crowd }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::claimant::{Claimant, OriginAnswer};
    use super::super::field::Field;
    use super::super::fit::{Lags, LoggedTrace};
    use super::super::fixtures::{failed_at, told_at};
    use super::super::message::MessageTrace;
    use crate::evidence::{InputId, RequestKey};
    use crate::facts::endings::EndingVocabulary;
    use crate::logs::{AccessLine, Termination};
    use crate::time::{Duration, Time};

    /// Otherwise requests for one URL in one second of the edge's clock have no line, although each left one and all say the same.
    #[test]
    fn lines_that_say_the_same_are_dealt_out_to_as_many_requests() {
        let dealt = |endings: [&str; 2]| {
            let lines = endings.map(|ending| AccessLine {
                status: Some(502),
                termination: Some(Termination {
                    vocabulary: EndingVocabulary::Haproxy,
                    code: ending.to_owned(),
                }),
                ..AccessLine::default()
            });
            let key = RequestKey::of("GET", "/");
            let mut field = Field::default();
            for (number, line) in lines.iter().enumerate() {
                let start = Time::from_seconds(100, 0);
                field.want(key, number, Claimant { resolution: Duration::SECOND, ..failed_at(start) });
                let trace = LoggedTrace {
                    start: Some(start.plus(Duration::from_milliseconds(400))),
                    end: None,
                    resolution: Duration::NANOSECOND,
                    status: line.status,
                    host: None,
                    peer: None,
                    line: Some((InputId(0), line)),
                    lags: Lags::default(),
                    unclaimed: 0.001,
                };
                field.offer(key, number, trace);
            }
            let assigned = field.assign();
            (assigned.pairs.len(), assigned.undecided)
        };
        assert_eq!(dealt(["PH--", "PH--"]), (2, 0));
        assert_eq!(dealt(["PH--", "SH--"]), (0, 2), "which of them is whose is not known");
    }

    /// Otherwise the absence of a line speaks against requests that likely left one of those of their second, since a healthy request may have.
    #[test]
    fn who_likely_left_one_of_several_is_told_beside_healthy_requests() {
        let likely = |messages: u64, healthy: u64| {
            let (key, at) = (RequestKey::of("GET", "/"), Time::from_seconds(100, 0));
            let mut field: Field<'_, u64, u64, MessageTrace<'_>> = Field::default();
            for number in 0..2 {
                field.want(
                    key,
                    number,
                    Claimant { resolution: Duration::SECOND, alone: 0.2, ..failed_at(at) },
                );
            }
            for _ in 0..healthy {
                let well = Claimant { resolution: Duration::SECOND, goes_well: true, ..failed_at(at) };
                field.compete(key, Claimant { alone: 0.95, answer: OriginAnswer::Status(200), ..well });
            }
            for number in 0..messages {
                field.offer(
                    key,
                    number,
                    MessageTrace { signature: Some("nginx-connect-refused"), ..told_at(at) },
                );
            }
            let assigned = field.assign_each();
            assert_eq!(assigned.pairs, []);
            assigned
                .possible
                .iter()
                .filter(|told| told.is_likely)
                .map(|told| told.request)
                .collect::<BTreeSet<_>>()
        };
        assert_eq!(likely(2, 5), BTreeSet::from([0, 1]));
        assert_eq!(likely(1, 5), BTreeSet::new(), "either of two may have left it");
        assert_eq!(likely(2, 60), BTreeSet::new(), "as many as may have left it are not looked at");
    }
}
