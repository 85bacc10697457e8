//! Who competes: of one name, the traces near a request, the requests near a trace, and what else those may have left.

use super::claimant::Claimant;
use super::contest::{MOST_LINES, MOST_RIVALS, Odds, chances};
use super::trace::{LogTrace, Moment};
use crate::time::{Duration, Time};

/// Of the traces (or requests) on either side of a moment, so many are weighed: more would be too many to tell apart.
const NEAREST: usize = 24;
/// Among so many on either side those are looked for that host and peer do not rule out.
const LOOKED_AT: usize = 128;
/// Of the traces elsewhere that a rival may take, so many are looked at.
const WAYS_OUT: usize = 3;

/// The requests and traces of one name, by their moments.
pub(super) struct Index<'a, 'e, T> {
    requests: Vec<&'a Claimant<'e>>,
    traces: Vec<&'a T>,
    starts: ByMoment,
    ends: ByMoment,
    trace_starts: ByMoment,
    trace_ends: ByMoment,
    traces_within: ByMoment,
    reach: Duration,
}

impl<'a, 'e, T: LogTrace> Index<'a, 'e, T> {
    pub fn of(requests: Vec<&'a Claimant<'e>>, traces: Vec<&'a T>) -> Index<'a, 'e, T> {
        let reach = traces.iter().map(|trace| trace.reach()).max().unwrap_or_default();
        let of_traces = |wanted: fn(Moment) -> Option<Time>| {
            ByMoment::of(traces.iter().map(|trace| trace.moment().and_then(wanted)))
        };
        Index {
            starts: ByMoment::of(requests.iter().map(|asked| Some(asked.start))),
            ends: ByMoment::of(requests.iter().map(|asked| asked.end)),
            trace_starts: of_traces(
                |moment| if let Moment::Start(time) = moment { Some(time) } else { None },
            ),
            trace_ends: of_traces(|moment| if let Moment::End(time) = moment { Some(time) } else { None }),
            traces_within: of_traces(
                |moment| if let Moment::Within(time) = moment { Some(time) } else { None },
            ),
            reach,
            requests,
            traces,
        }
    }

    /// The requests from this number on.
    pub fn requests_from(&self, number: usize) -> impl Iterator<Item = &'a Claimant<'e>> {
        self.requests.get(number..).unwrap_or_default().iter().copied()
    }

    pub fn traces(&self) -> impl Iterator<Item = &'a T> {
        self.traces.iter().copied()
    }

    pub fn request(&self, number: usize) -> Option<&'a Claimant<'e>> {
        self.requests.get(number).copied()
    }

    pub fn trace(&self, number: usize) -> Option<&'a T> {
        self.traces.get(number).copied()
    }

    /// The traces near a request with how well they fit, the best first.
    pub fn traces_near(&self, asked: &Claimant<'_>) -> Vec<(usize, f64)> {
        let end = asked.end.unwrap_or(asked.start);
        let may_be_its = |trace: usize| self.traces.get(trace).is_some_and(|told| told.may_be_of(asked));
        let near = |of: &ByMoment, moment| of.near(moment, self.reach, may_be_its).nearest;
        let mut near_both = near(&self.trace_starts, asked.start);
        near_both.extend(near(&self.trace_ends, end));
        if !self.traces_within.is_empty() {
            near_both.extend(near(&self.traces_within, asked.start));
            near_both.extend(near(&self.traces_within, end));
            near_both.sort_unstable();
            near_both.dedup();
        }
        let fit = |trace: usize| Some((trace, self.traces.get(trace)?.fit(asked)));
        let mut fits: Vec<(usize, f64)> =
            near_both.into_iter().filter_map(fit).filter(|(_, fit)| *fit > 0.0).collect();
        fits.sort_by(|(a, fit_a), (b, fit_b)| fit_b.total_cmp(fit_a).then(a.cmp(b)));
        fits
    }

    /// The requests near a trace that may have left it, by host and peer.
    pub fn requests_near(&self, told: &T) -> NearMoment {
        let may_be_its = |request: usize| self.request(request).is_some_and(|asked| told.may_be_of(asked));
        let near = |of: &ByMoment, moment| of.near(moment, self.reach, may_be_its);
        match told.moment() {
            Some(Moment::Start(start)) => near(&self.starts, start),
            Some(Moment::End(end)) => near(&self.ends, end),
            Some(Moment::Within(time)) => near(&self.starts, time).and(near(&self.ends, time)),
            None => NearMoment::default(),
        }
    }

    /// The chance that each of these traces is that of a request, all others competing; each with how well it fits. No more than a contest
    /// takes.
    pub fn chances(&self, number: usize, asked: &Claimant<'_>, traces: &[(usize, f64)]) -> Vec<f64> {
        let unclaimed =
            |(trace, _): &(usize, f64)| self.traces.get(*trace).map_or(0.0, |told| told.unclaimed());
        let mut unclaimed: Vec<f64> = traces.iter().take(MOST_LINES).map(unclaimed).collect();
        let rivals = self.rivals(number, traces);
        for rival in rivals.iter().skip(MOST_RIVALS) {
            unclaimed.iter_mut().zip(&rival.lines).for_each(|(unclaimed, fit)| *unclaimed += fit);
        }
        let of = Odds { lines: traces.iter().map(|(_, fit)| *fit).collect(), alone: asked.alone };
        chances(&of, &rivals, &unclaimed)
    }

    /// The other requests that may have left these traces, those that want them most first. Traces of theirs that are not among these are
    /// ways out, which they may take where no better claim is likely.
    fn rivals(&self, number: usize, traces: &[(usize, f64)]) -> Vec<Odds> {
        let mut near: Vec<usize> = Vec::new();
        for told in traces.iter().filter_map(|(trace, _)| self.traces.get(*trace)) {
            near.extend(self.requests_near(told).nearest);
        }
        near.sort_unstable();
        near.dedup();
        let of_traces = |asked: &Claimant<'_>| -> Vec<f64> {
            let fit = |(trace, _): &(usize, f64)| self.traces.get(*trace).map_or(0.0, |told| told.fit(asked));
            traces.iter().map(fit).collect()
        };
        let claims = near.into_iter().filter(|rival| *rival != number).filter_map(|rival| {
            let asked = *self.requests.get(rival)?;
            let of_rival = of_traces(asked);
            let claim = of_rival.iter().sum::<f64>() / asked.alone;
            (claim > 0.0).then_some((claim, rival, of_rival))
        });
        let mut claims: Vec<(f64, usize, Vec<f64>)> = claims.collect();
        claims.sort_by(|(a, first, _), (b, second, _)| b.total_cmp(a).then(first.cmp(second)));
        let odds = claims.into_iter().enumerate().filter_map(|(rank, (_, rival, of_rival))| {
            let asked = *self.requests.get(rival)?;
            // Only those that take part are looked at more closely.
            let has_ways = T::EACH_HAS_ONE && rank < MOST_RIVALS;
            let way_out = if has_ways { self.way_out(rival, number, traces) } else { 0.0 };
            Some(Odds { lines: of_rival, alone: asked.alone + way_out })
        });
        odds.collect()
    }

    /// How well a rival would do with traces that are not among these: each counts against what else would become of it. Where few leave
    /// any, there is no such way.
    fn way_out(&self, rival: usize, number: usize, traces: &[(usize, f64)]) -> f64 {
        let Some(asked) = self.requests.get(rival) else { return 0.0 };
        let is_elsewhere = |trace: usize| traces.iter().all(|(known, _)| *known != trace);
        let elsewhere = self.traces_near(asked).into_iter().filter(|(trace, _)| is_elsewhere(*trace));
        let ways = elsewhere.take(WAYS_OUT).filter_map(|(trace, of_rival)| {
            let told = self.traces.get(trace)?;
            let others = self.requests_near(told).nearest.into_iter();
            let others = others.filter(|other| *other != rival && *other != number);
            let wanted: f64 = others.filter_map(|other| Some(told.fit(self.requests.get(other)?))).sum();
            Some(of_rival / (told.unclaimed() + wanted))
        });
        ways.sum()
    }
}

/// The members of a list that are near a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct NearMoment {
    pub nearest: Vec<usize>,
    /// Whether there are more than are looked at.
    pub is_crowded: bool,
}

impl NearMoment {
    /// Those near either of two moments, in order of their numbers.
    fn and(mut self, other: NearMoment) -> NearMoment {
        self.nearest.extend(other.nearest);
        self.nearest.sort_unstable();
        self.nearest.dedup();
        NearMoment { nearest: self.nearest, is_crowded: self.is_crowded || other.is_crowded }
    }
}

/// The numbers of a list's members by a moment of each, in order of time.
struct ByMoment(Vec<(Time, usize)>);

impl ByMoment {
    fn of(moments: impl Iterator<Item = Option<Time>>) -> ByMoment {
        let mut sorted: Vec<(Time, usize)> =
            moments.enumerate().filter_map(|(number, moment)| Some((moment?, number))).collect();
        sorted.sort_unstable();
        ByMoment(sorted)
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those within reach of a moment that are admitted, the nearest on either side.
    fn near(&self, moment: Time, reach: Duration, admits: impl Fn(usize) -> bool) -> NearMoment {
        let (from, at, to) = self.span(moment, reach);
        let before = self.0.get(from..at).unwrap_or_default();
        let after = self.0.get(at..to).unwrap_or_default();
        let nearest = |members: &mut dyn Iterator<Item = &(Time, usize)>| -> Vec<usize> {
            let looked_at = members.take(LOOKED_AT).map(|(_, number)| *number);
            looked_at.filter(|number| admits(*number)).take(NEAREST + 1).collect()
        };
        let (mut near, mut after_it) = (nearest(&mut before.iter().rev()), nearest(&mut after.iter()));
        let is_crowded =
            near.len().max(after_it.len()) > NEAREST || before.len().max(after.len()) > LOOKED_AT;
        near.truncate(NEAREST);
        after_it.truncate(NEAREST);
        near.reverse();
        near.append(&mut after_it);
        NearMoment { nearest: near, is_crowded }
    }

    /// Where those within reach of a moment begin, where those from it on begin, and where all end.
    fn span(&self, moment: Time, reach: Duration) -> (usize, usize, usize) {
        let from = self.0.partition_point(|(time, _)| *time < moment.plus(-reach));
        let at = self.0.partition_point(|(time, _)| *time < moment);
        let to = self.0.partition_point(|(time, _)| *time <= moment.plus(reach));
        (from, at, to)
    }
}
