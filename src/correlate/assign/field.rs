//! All requests and traces of one name, and which goes to which.

use std::collections::{BTreeMap, BTreeSet};

use super::claimant::Claimant;
use super::contest::MOST_LINES;
use super::left_by_healthy::LeftByHealthy;
use super::near::Index;
use super::peers_told::PeersTold;
use super::trace::LogTrace;
use super::twins::{ClaimedTraces, DealtTraces, by_request, claims_on, deal, likely};
use crate::evidence::RequestKey;

/// A trace goes to a request that is its own with this chance.
const SURE: f64 = 0.95;
/// A trace that fits so little beside the best is not looked at.
const SLIGHT: f64 = 0.001;
/// A request that wants a trace so little beside all others is not looked at more closely.
const HOPELESS: f64 = 0.05;
/// With this share in the claims on a trace a request may well have left it.
const POSSIBLE: f64 = 0.1;
/// Of a line beyond those of a contest, that it is still free: nearly all lines have a request of their own.
const FREE: f64 = 0.1;

/// Requests and traces that wait to be brought together. Named by what the caller gives: `R` a request, `L` a trace, which is a `T`.
pub struct Field<'e, R, L, T> {
    keys: BTreeMap<RequestKey, OfKey<'e, R, L, T>>,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assigned<R, L> {
    /// Each trace that surely belongs to a request, with that request.
    pub pairs: Vec<(R, L)>,
    /// Traces that were given to none, each with a request that may well have left it.
    pub possible: Vec<Possible<R, L>>,
    /// What could not be decided, several ways being equally likely: requests where each has one line, else traces.
    pub undecided: u64,
}

/// A trace that was given to none, and a request that may well have left it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Possible<R, L> {
    /// The request.
    pub request: R,
    /// The trace.
    pub trace: L,
    /// Whether the request more likely than not left this one or another that says the same.
    pub is_likely: bool,
}

struct OfKey<'e, R, L, T> {
    wanting: Vec<(R, Claimant<'e>)>,
    rivals: Vec<Claimant<'e>>,
    traces: Vec<(L, T)>,
}

impl<R, L, T> Default for Field<'_, R, L, T> {
    /// A field without requests and traces.
    fn default() -> Self {
        Field { keys: BTreeMap::new() }
    }
}

impl<'e, R: Copy, L: Copy, T: LogTrace> Field<'e, R, L, T> {
    fn of(&mut self, key: RequestKey) -> &mut OfKey<'e, R, L, T> {
        let empty = || OfKey { wanting: Vec::new(), rivals: Vec::new(), traces: Vec::new() };
        self.keys.entry(key).or_insert_with(empty)
    }

    /// Adds a request that a trace is wanted for.
    pub fn want(&mut self, key: RequestKey, request: R, asked: Claimant<'e>) {
        self.of(key).wanting.push((request, asked));
    }

    /// Adds a request that competes, and whose trace nobody asks for.
    pub fn compete(&mut self, key: RequestKey, asked: Claimant<'e>) {
        if self.keys.contains_key(&key) {
            self.of(key).rivals.push(asked);
        }
    }

    /// Adds a trace.
    pub fn offer(&mut self, key: RequestKey, trace: L, told: T) {
        if self.keys.contains_key(&key) {
            self.of(key).traces.push((trace, told));
        }
    }

    /// Gives each request the one trace that surely belongs to it.
    pub fn assign(self) -> Assigned<R, L> {
        self.give(OfKey::assign)
    }

    /// Gives each trace to the request that surely left it. A request may have left several.
    pub fn assign_each(mut self) -> Assigned<R, L> {
        let traces = || self.keys.values().flat_map(|of_key| of_key.traces.iter().map(|(_, told)| told));
        let (mut left, peers) = (LeftByHealthy::of(traces()), PeersTold::of(traces()));
        self.keys.values().for_each(|of_key| left.add(&of_key.index(), of_key.wanting.len()));
        for (_, told) in self.keys.values_mut().flat_map(|of_key| &mut of_key.traces) {
            told.is_left_by_healthy(left.rate(told));
            told.is_from_peer_of(peers.share(told));
        }
        self.give(OfKey::assign_each)
    }

    fn give(self, how: impl Fn(&OfKey<'e, R, L, T>, &mut Assigned<R, L>)) -> Assigned<R, L> {
        let mut assigned = Assigned { pairs: Vec::new(), possible: Vec::new(), undecided: 0 };
        for of_key in self.keys.values().filter(|of_key| !of_key.traces.is_empty()) {
            how(of_key, &mut assigned);
        }
        assigned
    }
}

impl<'e, R: Copy, L: Copy, T: LogTrace> OfKey<'e, R, L, T> {
    fn index(&self) -> Index<'_, 'e, T> {
        let requests = self.wanting.iter().map(|(_, asked)| asked).chain(&self.rivals).collect();
        Index::of(requests, self.traces.iter().map(|(_, told)| told).collect())
    }

    fn assign(&self, assigned: &mut Assigned<R, L>) {
        let index = self.index();
        // Of each line, the request that it fits best so far. Contests overlap, and a line must not be given twice.
        let mut best: BTreeMap<usize, (f64, usize)> = BTreeMap::new();
        let mut undecided = BTreeSet::new();
        for number in 0..self.wanting.len() {
            match contest(&index, number) {
                Decision::Line(line, chance) => {
                    let (known, holder) = best.entry(line).or_insert((chance, number));
                    if chance > *known {
                        undecided.insert(*holder);
                        (*known, *holder) = (chance, number);
                    } else if *holder != number {
                        undecided.insert(number);
                    }
                }
                Decision::Undecided => {
                    undecided.insert(number);
                }
                Decision::NoLine => {}
            }
        }
        let mut given: DealtTraces = best.into_iter().map(|(line, (_, holder))| (holder, line)).collect();
        let dealt = self.deal_alike(&index, &undecided, &given);
        dealt.iter().for_each(|(request, _)| {
            undecided.remove(request);
        });
        given.extend(dealt);
        assigned.undecided += undecided.len() as u64;
        assigned.pairs.extend(given.into_iter().filter_map(|pair| self.named(pair)));
    }

    /// Deals out the lines that say the same to requests of which each surely left one of them.
    fn deal_alike(
        &self,
        index: &Index<'_, 'e, T>,
        undecided: &BTreeSet<usize>,
        given: &DealtTraces,
    ) -> DealtTraces {
        let taken: BTreeSet<usize> = given.iter().map(|(_, line)| *line).collect();
        let near = undecided.iter().filter_map(|number| index.request(*number));
        let near = near.flat_map(|asked| index.traces_near(asked)).map(|(line, _)| line);
        let open: BTreeSet<usize> = near.filter(|line| !taken.contains(line)).collect();
        let open: Vec<usize> = open.into_iter().collect();
        deal(index, self.wanting.len(), &open, given, SURE)
    }

    fn assign_each(&self, assigned: &mut Assigned<R, L>) {
        let index = self.index();
        let (mut given, mut open) = (DealtTraces::new(), Vec::new());
        for (number, (_, told)) in self.traces.iter().enumerate() {
            let Some((holder, claim)) = self.best_claim(&index, told) else { continue };
            if claim >= HOPELESS && chance_of(&index, holder, number) >= SURE {
                given.push((holder, number));
            } else {
                open.push(number);
            }
        }
        let dealt = deal(&index, self.wanting.len(), &open, &given, SURE);
        assigned.undecided += (open.len() - dealt.len()) as u64;
        let taken: BTreeSet<usize> = dealt.iter().map(|(_, trace)| *trace).collect();
        open.retain(|trace| !taken.contains(trace));
        given.extend(dealt);
        let had = by_request(&given);
        let claims = |trace| (trace, claims_on(&index, self.wanting.len(), trace, &had));
        let claimed: ClaimedTraces = open.into_iter().map(claims).collect();
        let likely = likely(&index, &claimed);
        let possible = claimed.iter().flat_map(|(trace, claims)| {
            let shares = claims.shares().filter(|(_, share)| *share >= POSSIBLE);
            shares.map(move |(request, _)| (request, *trace))
        });
        assigned.possible.extend(possible.filter_map(|pair| {
            let (request, trace) = self.named(pair)?;
            Some(Possible { request, trace, is_likely: likely.contains(&pair) })
        }));
        assigned.pairs.extend(given.into_iter().filter_map(|pair| self.named(pair)));
    }

    /// A request and a trace as the caller names them.
    fn named(&self, (request, trace): (usize, usize)) -> Option<(R, L)> {
        Some((self.wanting.get(request)?.0, self.traces.get(trace)?.0))
    }

    /// The request that wants a trace most, and which share of all claims on it is its own; `None` where it is likelier that of one that
    /// nobody asks for.
    fn best_claim(&self, index: &Index<'_, 'e, T>, told: &T) -> Option<(usize, f64)> {
        let claims = index.requests_near(told).nearest.into_iter().filter_map(|number| {
            let asked = index.request(number)?;
            Some((told.fit(asked) / asked.alone, number))
        });
        let claims: Vec<(f64, usize)> = claims.filter(|(claim, _)| *claim > 0.0).collect();
        let is_wanting = |number: usize| number < self.wanting.len();
        let sum = |wanted: bool| -> f64 {
            claims.iter().filter(|(_, number)| is_wanting(*number) == wanted).map(|(claim, _)| claim).sum()
        };
        let (wanted, healthy) = (sum(true), sum(false));
        let best = claims.iter().filter(|(_, number)| is_wanting(*number));
        let (claim, holder) =
            best.max_by(|(a, first), (b, second)| a.total_cmp(b).then(second.cmp(first)))?;
        (wanted >= healthy + told.unclaimed()).then(|| (*holder, claim / (wanted + healthy)))
    }
}

/// What became of a request.
enum Decision {
    /// This line is its own, with this chance.
    Line(usize, f64),
    /// A line may be its own or another's.
    Undecided,
    /// It left none, or none that is here.
    NoLine,
}

/// Which of the lines near a request is its own.
fn contest<T: LogTrace>(index: &Index<'_, '_, T>, number: usize) -> Decision {
    let Some(asked) = index.request(number) else { return Decision::NoLine };
    let mut lines = index.traces_near(asked);
    let best = lines.first().map_or(0.0, |(_, fit)| *fit);
    lines.retain(|(_, fit)| *fit >= best * SLIGHT && *fit > 0.0);
    if lines.is_empty() {
        return Decision::NoLine;
    }
    if lines.get(MOST_LINES).is_some_and(|(_, fit)| *fit >= best / 2.0) {
        return Decision::Undecided;
    }
    // With more lines than a contest takes, those left out fit less well, and count as places where it may be, too.
    let left_out: f64 = lines.iter().skip(MOST_LINES).map(|(_, fit)| fit * FREE).sum();
    lines.truncate(MOST_LINES);
    let chances = index.chances(number, asked, &lines);
    let sure = chances.iter().zip(&lines).max_by(|(a, _), (b, _)| a.total_cmp(b));
    let Some((&chance, &(line, fit))) = sure else { return Decision::NoLine };
    let among_all = chance * fit / (fit + left_out);
    match chances.iter().sum::<f64>() {
        _ if among_all >= SURE => Decision::Line(line, chance),
        any if any < 0.5 => Decision::NoLine,
        _ => Decision::Undecided,
    }
}

/// The chance that a request left this trace, and none of those that it cannot have left beside it.
fn chance_of<T: LogTrace>(index: &Index<'_, '_, T>, request: usize, trace: usize) -> f64 {
    let (Some(asked), Some(told)) = (index.request(request), index.trace(trace)) else { return 0.0 };
    let mut traces = vec![(trace, told.fit(asked))];
    let others = index.traces_near(asked).into_iter().filter(|(other, fit)| {
        let excluded = index.trace(*other).is_some_and(|other| other.excludes(told));
        *other != trace && excluded && *fit >= traces[0].1 * SLIGHT
    });
    let others: Vec<(usize, f64)> = others.collect();
    traces.extend(others);
    let left_out: f64 = traces.iter().skip(MOST_LINES).map(|(_, fit)| *fit).sum();
    traces.truncate(MOST_LINES);
    let chances = index.chances(request, asked, &traces);
    let of_all = traces[0].1 / (traces[0].1 + left_out * FREE);
    chances.first().map_or(0.0, |chance| chance * of_all)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::super::claimant::OriginAnswer;
    use super::super::fixtures::{failed_at, told_at};
    use super::super::message::MessageTrace;
    use super::super::trace::{Moment, Saying};
    use super::*;
    use crate::time::{Duration, Time};

    /// Counts how often a message is held against a request.
    struct Counted<'c>(MessageTrace<'static>, &'c Cell<u64>);

    impl LogTrace for Counted<'_> {
        const EACH_HAS_ONE: bool = false;

        fn moment(&self) -> Option<Moment> {
            self.0.moment()
        }

        fn reach(&self) -> Duration {
            self.0.reach()
        }

        fn may_be_of(&self, asked: &Claimant<'_>) -> bool {
            self.0.may_be_of(asked)
        }

        fn fit(&self, asked: &Claimant<'_>) -> f64 {
            self.1.set(self.1.get() + 1);
            self.0.fit(asked)
        }

        fn unclaimed(&self) -> f64 {
            self.0.unclaimed()
        }

        fn said(&self) -> Option<Saying<'_>> {
            self.0.said()
        }

        fn is_left_by_healthy(&mut self, rate: f64) {
            self.0.is_left_by_healthy(rate);
        }

        fn is_from_peer_of(&mut self, share: f64) {
            self.0.is_from_peer_of(share);
        }

        fn excludes(&self, other: &Self) -> bool {
            self.0.excludes(&other.0)
        }
    }

    /// How often `count` messages are held against as many requests for one URL, of each second so many.
    fn work(count: i64, of_a_second: i64, long: bool) -> u64 {
        let counter = Cell::new(0);
        let key = RequestKey::of("GET", "/");
        let mut field: Field<'_, i64, i64, Counted<'_>> = Field::default();
        for number in 0..count {
            let start = Time::EPOCH.plus(Duration::SECOND / of_a_second * number);
            let took = if long { Duration::from_seconds(100) } else { Duration::from_milliseconds(40) };
            let asked = Claimant {
                end: Some(start.plus(took)),
                answer: OriginAnswer::Nothing,
                alone: 0.5,
                ..failed_at(start)
            };
            let told = told_at(Time::from_seconds(start.plus(took).second(), 0));
            field.want(key, number, asked);
            field.offer(key, number, Counted(told, &counter));
        }
        field.assign_each();
        counter.get()
    }

    /// One URL in all lines must not cost the square of the lines: a day of one health check would take hours.
    #[test]
    fn messages_about_one_url_cost_as_much_as_their_number() {
        for (of_a_second, few) in [(1, 400), (10, 400), (1_000, 4_000)] {
            let (few, many) = (work(few, of_a_second, false), work(few * 4, of_a_second, false));
            assert!(many <= few * 5, "{of_a_second} a second: {few}, {many}");
        }
        // All are under way at once.
        let many = work(1_600, 100, true);
        assert!(many <= 1_600 * 400, "{many}");
    }
}
