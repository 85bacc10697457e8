//! When the failures of one kind at one server fell, beside its healthy requests: in one window or in several, as deploys and restarts leave them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::clock::Clocks;
use super::moments::count_between;
use super::whole::Whole;
use crate::evidence::InputId;
use crate::evidence::sample::HealthyRequest;
use crate::time::{Duration, Time};

/// So many healthy requests between two failures end a window.
const PASSING: usize = 5;
/// Fewer failures make no window of their own, but at most one failure in ten may lie outside.
const FEWEST: usize = 3;
const MOST_OUTSIDE: usize = 10;
/// What lies further from a window is no part of it, however little is asked for meanwhile.
const LONGEST_QUIET: Duration = Duration::from_seconds(15);
/// In several windows next to nothing passes: one healthy request for so many failures.
const MOST_INSIDE: u64 = 5;

/// One window of failures at one server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailureWindow {
    /// How many failures lie in it.
    pub failures: u64,
    /// The first, by the reference clock.
    pub first: Time,
    /// The last.
    pub last: Time,
    /// How many healthy requests lie in it.
    passing: u64,
    /// How many windows of this kind of failure its server has.
    pub of: u64,
    /// How long they last together.
    together: Duration,
    /// From the first to the last healthy request, if it lies before the first failure of all windows and behind the last.
    surrounded: Option<(Time, Time)>,
    /// The last healthy request before it, and the first behind it.
    beside: [Option<Time>; 2],
}

impl FailureWindow {
    /// From the first failure to the last.
    pub fn lasts(&self) -> Duration {
        self.last.since(self.first)
    }

    /// Whether the windows together are a short part of the time that healthy requests are known of, with such before and after.
    pub fn is_short(&self) -> bool {
        self.surrounded.is_some_and(|(first, last)| self.together * 4 <= last.since(first))
    }

    /// When it began at the earliest, as far as healthy requests tell: a server may be gone before somebody asks it.
    pub fn begins(&self) -> Time {
        let [before, _] = self.beside;
        before.map_or(self.first, |before| before.max(self.first.plus(-LONGEST_QUIET)))
    }

    /// When it ended at the latest: a server may be back before somebody asks it.
    pub fn ends(&self) -> Time {
        let [_, behind] = self.beside;
        behind.map_or(self.last, |behind| behind.min(self.last.plus(LONGEST_QUIET)))
    }

    /// Whether some pass all the same: one for so few failures as no outage lets pass.
    pub fn lets_some_pass(&self) -> bool {
        self.passing * MOST_INSIDE > self.failures
    }

    /// Whether more fails in it than passes.
    pub fn mostly_fails(&self) -> bool {
        self.passing < self.failures
    }

    /// The windows of failures at these moments, in their order, beside these healthy requests, which are sorted.
    pub(super) fn cut(mut failures: Vec<Time>, healthy: &[Time]) -> Vec<FailureWindow> {
        failures.sort_unstable();
        let mut parts: Vec<&[Time]> =
            failures.chunk_by(|one, next| between(healthy, *one, *next) < PASSING).collect();
        let outside: usize = parts.iter().map(|part| part.len()).filter(|part| *part < FEWEST).sum();
        let passing = |part: &&[Time]| Some(passing(healthy, *part.first()?, *part.last()?) as u64);
        let inside: u64 = parts.iter().filter_map(passing).sum();
        if outside * MOST_OUTSIDE > failures.len() || inside * MOST_INSIDE > failures.len() as u64 {
            parts = vec![&failures];
        }
        let (of, of_all) = (parts.len() as u64, failures.first().zip(failures.last()));
        let together = parts.iter().filter_map(|part| Some(part.last()?.since(*part.first()?)));
        let together = together.fold(Duration::ZERO, |sum, lasts| sum + lasts);
        let around = healthy.first().copied().zip(healthy.last().copied());
        let surrounded = around
            .filter(|(before, after)| of_all.is_some_and(|(first, last)| before < first && last < after));
        let window = |part: &&[Time]| {
            let (failures, passing) = (part.len() as u64, passing(part)?);
            let (first, last) = (*part.first()?, *part.last()?);
            let beside = beside(healthy, first, last);
            Some(FailureWindow { failures, first, last, passing, of, together, surrounded, beside })
        };
        parts.iter().filter_map(window).collect()
    }
}

/// The last healthy request before these moments, and the first behind them.
fn beside(healthy: &[Time], first: Time, last: Time) -> [Option<Time>; 2] {
    let before = healthy.partition_point(|moment| *moment < first).checked_sub(1);
    let behind = healthy.partition_point(|moment| *moment <= last);
    [before.and_then(|index| healthy.get(index)).copied(), healthy.get(behind).copied()]
}

/// How many healthy requests go between two moments. Where a log has whole seconds, one that has the second of either may have gone before it or
/// behind: it is not known to lie between.
fn between(healthy: &[Time], one: Time, next: Time) -> usize {
    let begun = healthy.partition_point(|moment| *moment <= one);
    healthy.partition_point(|moment| *moment < next).saturating_sub(begun)
}

/// How many healthy requests go from the first failure to the last. Of failures that have no whole second between them only what goes well in their own
/// seconds tells whether nothing passed, so it counts: else each second of an outage that passes over some of the requests is a window.
fn passing(healthy: &[Time], first: Time, last: Time) -> usize {
    if last.since(first) > Duration::SECOND {
        return between(healthy, first, last);
    }
    count_between(healthy, first, last)
}

/// When healthy requests went, as far as any source has them, and the same of each server, where the edge's log tells of several.
pub(super) struct HealthyMoments {
    all: Vec<Time>,
    of_server: BTreeMap<IpAddr, Vec<Time>>,
}

impl HealthyMoments {
    pub(super) fn of(evidence: &Whole, clocks: &Clocks) -> HealthyMoments {
        let mut moments = HealthyMoments { all: Vec::new(), of_server: BTreeMap::new() };
        let asked = |request: &&HealthyRequest| request.origin_address.is_some();
        let tell_origins: BTreeSet<InputId> =
            evidence.samples.on_the_way().filter(asked).map(|request| request.input).collect();
        // What the edge answered by itself, from its cache, says nothing of a server.
        let may_have_asked =
            |request: &&HealthyRequest| asked(request) || !tell_origins.contains(&request.input);
        for request in evidence.samples.on_the_way().filter(may_have_asked) {
            let at = clocks.correct(request.input, request.time);
            moments.all.push(at);
            if let Some(server) = request.origin_address {
                moments.of_server.entry(server).or_default().push(at);
            }
        }
        // Where no more than one server is told, all that was asked is its own.
        if moments.of_server.len() < 2 {
            moments.of_server.clear();
        }
        moments.all.sort_unstable();
        moments.of_server.values_mut().for_each(|of_server| of_server.sort_unstable());
        moments
    }

    /// Those of a server, sorted.
    pub(super) fn at(&self, server: Option<IpAddr>) -> &[Time] {
        match server {
            Some(server) if !self.of_server.is_empty() => {
                self.of_server.get(&server).map(Vec::as_slice).unwrap_or_default()
            }
            _ => &self.all,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(of: impl IntoIterator<Item = i64>) -> Vec<Time> {
        of.into_iter().map(|second| Time(second * 1_000_000_000)).collect()
    }

    #[test]
    fn two_deploys_are_two_windows_and_a_share_of_all_requests_is_one() {
        let healthy = seconds((0..30).chain(33..60).chain(63..100));
        let deploys = seconds([30, 31, 31, 32, 60, 61, 62]);
        let windows = FailureWindow::cut(deploys, &healthy);
        let told: Vec<_> =
            windows.iter().map(|window| (window.failures, window.of, window.is_short())).collect();
        assert_eq!(told, [(4, 2, true), (3, 2, true)]);
        let now_and_then = FailureWindow::cut(seconds([10, 20, 21, 40, 55, 70, 90]), &healthy);
        let told: Vec<_> = now_and_then.iter().map(|window| (window.failures, window.is_short())).collect();
        assert_eq!(told, [(7, false)]);
    }

    /// Otherwise each second of an outage that passes over some of the requests is a deploy.
    #[test]
    fn seconds_in_which_others_pass_are_no_windows() {
        let healthy = seconds((0..50).flat_map(|second| [second; 8]));
        let windows =
            FailureWindow::cut(seconds((10..40).step_by(6).flat_map(|second| [second; 9])), &healthy);
        let told: Vec<_> = windows.iter().map(|window| (window.failures, window.of)).collect();
        assert_eq!(told, [(45, 1)]);
    }

    /// Of windows at these seconds, in which this many go well in the midst of each: how many failures each has, and whether it is short.
    fn deploys(begins: [i64; 2], in_the_midst: usize) -> Vec<(u64, bool)> {
        let midst = begins.map(|begin| begin + 1);
        let goes_well = |second: i64| {
            let count = if midst.contains(&second) { in_the_midst } else { 8 };
            std::iter::repeat_n(second, count)
        };
        let fails = |begin: i64| {
            [(begin, 4), (begin + 1, 9), (begin + 2, 4)]
                .into_iter()
                .flat_map(|(second, count)| std::iter::repeat_n(second, count))
        };
        let failures = seconds(begins.into_iter().flat_map(fails));
        let windows = FailureWindow::cut(failures, &seconds((0..100).flat_map(goes_well)));
        windows.iter().map(|window| (window.failures, window.is_short())).collect()
    }

    /// Otherwise two restarts of a busy site are one long window, since the seconds in which each begins and ends have healthy requests, too.
    #[test]
    fn what_passes_in_the_second_of_the_first_or_last_failure_is_not_inside() {
        assert_eq!(deploys([30, 60], 0), [(17, true), (17, true)]);
        assert_eq!(deploys([30, 60], 8), [(34, false)], "an outage that passes over some of the requests");
    }

    /// Two seconds that follow each other have nothing in their midst that could tell.
    #[test]
    fn pairs_of_seconds_in_which_others_pass_are_no_windows() {
        let healthy = seconds((0..50).flat_map(|second| [second; 8]));
        let failing = [10, 11, 20, 21, 30, 31].into_iter().flat_map(|second| [second; 9]);
        let windows = FailureWindow::cut(seconds(failing), &healthy);
        assert_eq!(windows.iter().map(|window| (window.failures, window.of)).collect::<Vec<_>>(), [(54, 1)]);
    }

    #[test]
    fn what_is_not_surrounded_by_healthy_requests_is_no_short_window() {
        let windows = FailureWindow::cut(seconds([30, 31, 32]), &seconds(0..30));
        assert!(windows.iter().all(|window| !window.is_short()), "{windows:?}");
    }
}
