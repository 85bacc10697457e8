//! A clock that drifts, and one that was set anew: the pairs of both sides' requests in stretches in each of which the clocks move apart
//! evenly. Pairs that are one request only perhaps are held against all others: where the clocks truly are, most of them agree.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::all_lines::where_all_agree;
use super::densest::{Weight, densest};
use super::offset::{Offset, drifted, offset_of};
use super::sight::BothSaw;
use crate::evidence::Place;
use crate::time::{Duration, Time};

/// Pairs that are looked at together: few enough that a clock that drifts by a second a minute has not gone far meanwhile.
const WINDOW: f64 = 24.0;
/// Pairs that agree lie within this, and within their resolution: ways between edge and origin, and drift within a window.
const AGREE: Duration = Duration::from_seconds(4);
/// The same without drift.
const WAYS: Duration = Duration::from_seconds(1);
/// The fastest drift that is believed: 3 %, nearly two seconds a minute.
const FASTEST: f64 = 0.03;
/// Fewer pairs that agree, or a smaller share of all, may be chance.
const FEWEST: f64 = 3.0;
const SHARE: f64 = 0.4;

/// Pairs of neighbouring requests, and what most of them say.
#[derive(Clone, Copy, Debug)]
struct Window {
    /// Which pairs.
    first: usize,
    end: usize,
    /// Their middle, by the other clock.
    other: Time,
    /// By how much the reference is ahead there.
    ahead: Duration,
}

/// The offsets of a clock, stretch by stretch in order of time; none where the pairs do not agree.
pub(super) fn offsets(mut pairs: Vec<BothSaw>, reference: &str) -> Vec<Offset> {
    pairs.par_sort_by_key(|pair| (pair.reference, pair.line, pair.other));
    let within = pairs.iter().map(|pair| pair.resolution).min().unwrap_or_default() * 2 + AGREE;
    let closely = within - AGREE + WAYS;
    let mut windows = windows(&pairs, within);
    drop_strays(&mut windows, within);
    let stretches: Vec<&[Window]> = windows.chunk_by(|a, b| !is_step(a, b, within)).collect();
    let stretches = those_of_their_own(stretches, &pairs, closely);
    let mut begin = 0;
    let mut offsets = Vec::new();
    for (index, stretch) in stretches.iter().enumerate() {
        let next = stretches.get(index + 1).and_then(|next| next.first());
        let end = match (stretch.last(), next) {
            (Some(last), Some(next)) => step_between(&pairs, last, next, within),
            _ => pairs.len(),
        };
        if let Some(part) = pairs.get(begin..end) {
            offsets.extend(offset_of_stretch(part, stretch, within, reference));
        }
        begin = end;
    }
    offsets
}

/// The pairs in windows of about the same weight, those left out where too few agree.
fn windows(pairs: &[BothSaw], within: Duration) -> Vec<Window> {
    let mut bounds = vec![0];
    let mut weight = 0.0;
    for (index, pair) in pairs.iter().enumerate() {
        weight += pair.weight;
        if weight >= WINDOW {
            bounds.push(index + 1);
            weight = 0.0;
        }
    }
    match (bounds.len(), weight < WINDOW / 2.0) {
        // What is left over is no window of its own.
        (2.., true) => *bounds.last_mut().unwrap_or(&mut 0) = pairs.len(),
        _ => bounds.push(pairs.len()),
    }
    bounds.par_windows(2).filter_map(|pair| window(pairs, pair[0], pair[1], within)).collect()
}

fn window(pairs: &[BothSaw], first: usize, end: usize, within: Duration) -> Option<Window> {
    let part = pairs.get(first..end)?;
    let mut sorted: Vec<(Duration, &BothSaw)> = part.iter().map(|pair| (pair.ahead(), pair)).collect();
    sorted.sort_by_key(|(ahead, _)| *ahead);
    // In a log of a few seconds everything lies within a few seconds, by chance: what agrees there agrees as closely as drift lets it.
    let span = part.last()?.reference.since(part.first()?.reference);
    let closely = within - AGREE + WAYS;
    let within = within.min(closely + drift_within(span));
    let (mut best, weight) = densest::<Weight>(&sorted, within);
    let all: f64 = part.iter().map(|pair| pair.weight).sum();
    if !are_sure(part) && (weight < FEWEST || weight < SHARE * all) {
        best = where_all_agree(&sorted, within.min(closely))?;
    }
    let (ahead, _) = *sorted.get(best.start + best.len() / 2)?;
    let mut others: Vec<Time> = sorted.get(best)?.iter().map(|(_, pair)| pair.other).collect();
    others.sort_unstable();
    let other = others.get(others.len() / 2).copied()?;
    Some(Window { first, end, other, ahead })
}

/// Whether rays say of all these pairs that they are one request each.
fn are_sure(pairs: &[BothSaw]) -> bool {
    pairs.iter().all(BothSaw::is_sure)
}

/// Whether the clock was set anew between two windows: further than it can drift.
fn is_step(a: &Window, b: &Window, within: Duration) -> bool {
    (b.ahead - a.ahead).abs() > within + drift_within(b.other.since(a.other).abs())
}

/// The most that a clock drifts in so long.
fn drift_within(span: Duration) -> Duration {
    Duration::from_seconds_f64(span.in_units_of(Duration::SECOND) * FASTEST)
}

/// The stretches without those that are there by chance alone: most of their lines are also those of a neighbour, which has more, and a line is
/// one request.
fn those_of_their_own<'w>(
    stretches: Vec<&'w [Window]>,
    pairs: &[BothSaw],
    within: Duration,
) -> Vec<&'w [Window]> {
    if stretches.len() < 2 {
        return stretches;
    }
    let lines: Vec<BTreeSet<Place>> =
        stretches.iter().map(|stretch| lines_that_agree(stretch, pairs, within)).collect();
    let is_neighbours = |own: &BTreeSet<Place>, others: &BTreeSet<Place>| {
        own.len() < others.len() && own.intersection(others).count() * 2 > own.len()
    };
    let is_chance = |index: usize| {
        let neighbours = [index.checked_sub(1), Some(index + 1)];
        let mut neighbours = neighbours.into_iter().flatten().filter_map(|index| lines.get(index));
        neighbours.any(|others| is_neighbours(&lines[index], others))
    };
    let own = (0..stretches.len()).filter(|index| !is_chance(*index));
    own.map(|index| stretches[index]).collect()
}

/// The other side's lines in the pairs that say what their windows say.
fn lines_that_agree(stretch: &[Window], pairs: &[BothSaw], within: Duration) -> BTreeSet<Place> {
    let of_window = |window: &Window| {
        let part = pairs.get(window.first..window.end).unwrap_or_default();
        let ahead = window.ahead;
        part.iter().filter(move |pair| (pair.ahead() - ahead).abs() <= within).filter_map(|pair| pair.line)
    };
    stretch.iter().flat_map(of_window).collect()
}

/// A single window that disagrees with both neighbours, which agree, was chance.
fn drop_strays(windows: &mut Vec<Window>, within: Duration) {
    let is_stray: Vec<bool> = (0..windows.len())
        .map(|index| {
            let before = index.checked_sub(1).and_then(|before| windows.get(before));
            match (before, windows.get(index), windows.get(index + 1)) {
                (Some(before), Some(window), Some(after)) => {
                    is_step(before, window, within)
                        && is_step(window, after, within)
                        && !is_step(before, after, within)
                }
                _ => false,
            }
        })
        .collect();
    let mut stray = is_stray.into_iter();
    windows.retain(|_| !stray.next().unwrap_or(false));
}

/// The first pair behind a step: where the fewest pairs of both windows are on the wrong side.
fn step_between(pairs: &[BothSaw], before: &Window, after: &Window, within: Duration) -> usize {
    let says = |window: &Window, pair: &BothSaw| (pair.ahead() - window.ahead).abs() <= within;
    let part = pairs.get(before.first..after.end).unwrap_or_default();
    let mut wrong = part.iter().filter(|pair| says(before, pair)).count();
    let (mut best, mut fewest) = (before.first, wrong);
    for (index, pair) in part.iter().enumerate() {
        wrong += usize::from(says(after, pair));
        wrong -= usize::from(says(before, pair));
        if wrong < fewest {
            (best, fewest) = (before.first + index + 1, wrong);
        }
    }
    best
}

fn offset_of_stretch(
    pairs: &[BothSaw],
    windows: &[Window],
    within: Duration,
    reference: &str,
) -> Option<Offset> {
    let base = windows.first()?.other;
    let drift = drift(windows, pairs);
    let level = |ahead: Duration, other: Time| ahead - drifted(drift, other.since(base));
    let mut levels: Vec<Duration> = windows.iter().map(|window| level(window.ahead, window.other)).collect();
    levels.sort_unstable();
    let middle = levels.get(levels.len() / 2).copied()?;
    let agree = |pair: &&BothSaw| (level(pair.ahead(), pair.other) - middle).abs() <= within / 2 + within / 4;
    // Windows of pairs that may be two requests each say less than all pairs together: of two windows that disagree either may be the chance.
    let agreeing = match are_sure(pairs) {
        true => pairs.iter().filter(agree).copied().collect(),
        false => nearest_each_other(pairs, |pair| level(pair.ahead(), pair.other)),
    };
    Some(offset_of(agreeing, reference.to_owned(), base, drift))
}

/// Those of pairs, some of which are two requests, that lie closest together once the drift is taken off.
fn nearest_each_other(pairs: &[BothSaw], level: impl Fn(&BothSaw) -> Duration) -> Vec<BothSaw> {
    const WAY: Duration = Duration::from_milliseconds(250);
    let within = pairs.iter().map(|pair| pair.resolution).min().unwrap_or_default() + WAY;
    let mut sorted: Vec<(Duration, &BothSaw)> = pairs.iter().map(|pair| (level(pair), pair)).collect();
    sorted.sort_by_key(|(ahead, _)| *ahead);
    let (best, _) = densest::<Weight>(&sorted, within);
    sorted.get(best).unwrap_or_default().iter().map(|(_, pair)| **pair).collect()
}

/// What the clock loses in a second, in nanoseconds, by the median of the slopes between windows (Theil and Sen); 0 where an even offset
/// says nearly as much.
fn drift(windows: &[Window], pairs: &[BothSaw]) -> i64 {
    const FEWEST_WINDOWS: usize = 4;
    if windows.len() < FEWEST_WINDOWS {
        return 0;
    }
    // Each window with the one half of them further on: the longest ways, and no more slopes than windows.
    let half = windows.len() / 2;
    let mut slopes: Vec<i64> = windows
        .iter()
        .zip(windows.iter().skip(half))
        .filter_map(|(a, b)| {
            let span = i128::from(b.other.since(a.other).nanoseconds());
            let gained = i128::from((b.ahead - a.ahead).nanoseconds()) * 1_000_000_000;
            i64::try_from(gained.checked_div(span)?).ok()
        })
        .collect();
    slopes.sort_unstable();
    let slope = slopes.get(slopes.len() / 2).copied().unwrap_or_default();
    let misfit = |drift: i64| {
        let base = windows.first().map(|window| window.other).unwrap_or_default();
        let mut levels: Vec<Duration> =
            windows.iter().map(|window| window.ahead - drifted(drift, window.other.since(base))).collect();
        levels.sort_unstable();
        let middle = levels.get(levels.len() / 2).copied().unwrap_or_default();
        levels.iter().fold(Duration::ZERO, |sum, level| sum + (*level - middle).abs())
    };
    let finest = pairs.iter().map(|pair| pair.resolution).min().unwrap_or_default();
    let span = windows.last().map(|last| last.other.since(windows[0].other)).unwrap_or_default();
    let tells = drifted(slope, span).abs() > (finest / 4).max(Duration::from_milliseconds(5));
    let tells = tells && drifted(slope, span).abs() <= drift_within(span.abs());
    if tells && misfit(slope) < misfit(0) / 2 { slope } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::InputId;

    /// A request a second; what the other clock shows is `shows(second)` behind, and every fifth pair is of two requests.
    fn pairs(shows: impl Fn(i64) -> Duration) -> Vec<BothSaw> {
        let pair = |second: i64| {
            let reference = Time::from_seconds(second, 0);
            let wrong =
                if second % 5 == 0 { Duration::from_seconds(second * 37 % 900) } else { Duration::ZERO };
            let ahead = shows(second) + wrong;
            let way = Duration::from_milliseconds(second * 7 % 20);
            BothSaw {
                reference,
                other: reference.plus(-ahead),
                record: None,
                line: Some(Place::Line { input: InputId(1), line: second.unsigned_abs(), before: 0 }),
                at_start: ahead - way,
                at_end: Some(ahead + way),
                resolution: Duration::MILLISECOND,
                weight: 0.9,
            }
        };
        (0..600).map(pair).collect()
    }

    fn worst(shows: impl Fn(i64) -> Duration + Copy, offsets: &[Offset]) -> Duration {
        let at = |second: i64| {
            let truth = Time::from_seconds(second, 0);
            let shown = truth.plus(-shows(second));
            let stretch = offsets.iter().rfind(|offset| offset.from <= truth).or(offsets.first());
            stretch.map_or(Duration::MAX, |offset| offset.correct(shown).since(truth).abs())
        };
        (0..600).map(at).max().unwrap_or(Duration::MAX)
    }

    #[test]
    fn a_clock_that_loses_a_second_a_minute_is_followed() {
        let shows = |second: i64| Duration::from_seconds(-40) + Duration::from_seconds(second) / 60;
        let found = offsets(pairs(shows), "edge");
        assert_eq!(found.len(), 1);
        assert!(worst(shows, &found) < Duration::from_milliseconds(60), "{found:?}");
    }

    #[test]
    fn a_change_of_daylight_saving_splits_the_log() {
        let shows = |second: i64| Duration::from_seconds(if second < 333 { -7_200 } else { -3_600 });
        let found = offsets(pairs(shows), "edge");
        assert_eq!(found.len(), 2);
        assert!(worst(shows, &found) < Duration::from_milliseconds(20), "{found:?}");
    }

    /// The edge's log of 13 seconds and an origin's of the last five of them, ten requests a second for one of forty paths: each record
    /// may be any line of its path.
    fn of_a_few_seconds(ahead: Duration) -> Vec<BothSaw> {
        let at = |request: i64| Time::EPOCH.plus(Duration::from_milliseconds(request * 97));
        let path = |request: i64| ((request * 2_654_435_761) >> 16) % 40;
        let of_path = |at_edge: i64| (80..134).filter(move |logged| path(*logged) == path(at_edge));
        let pair = |at_edge: i64, logged: i64| {
            let shown = at(logged).plus(-ahead);
            let second = Duration::SECOND;
            let other = Time::EPOCH.plus(shown.since(Time::EPOCH).div_euclid(second) * second);
            let ahead = at(at_edge).since(other) - second / 2;
            BothSaw {
                reference: at(at_edge),
                other,
                record: None,
                line: Some(Place::Line { input: InputId(1), line: logged.unsigned_abs(), before: 0 }),
                at_start: ahead,
                at_end: Some(ahead),
                resolution: second,
                weight: 0.25,
            }
        };
        (0..134).flat_map(|at_edge| of_path(at_edge).map(move |logged| pair(at_edge, logged))).collect()
    }

    #[test]
    fn a_log_that_begins_after_the_edges_was_not_set_anew_there() {
        let ahead = Duration::from_milliseconds(-330);
        let found = offsets(of_a_few_seconds(ahead), "edge");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!((found[0].ahead - ahead).abs() < Duration::SECOND, "{found:?}");
        assert_eq!(found[0].drift, 0);
    }

    /// The edge's log goes on with the requests of another server, for the same forty pages: of which this server's log, which ends by then, has each. Otherwise
    /// its own requests are taken for those of the other server, seconds later, and no line of it meets the request that it tells of.
    #[test]
    fn a_log_that_ends_while_the_edge_serves_another_server_was_not_set_anew() {
        let second = |request: i64| request / 10;
        let pair = |reference: i64, line: i64, weight: f64| {
            let at = |request: i64| Time::from_seconds(second(request), 0);
            let ahead = at(reference).since(at(line));
            BothSaw {
                reference: at(reference),
                other: at(line),
                record: None,
                line: Some(Place::Line { input: InputId(1), line: line.unsigned_abs(), before: 0 }),
                at_start: ahead,
                at_end: Some(ahead),
                resolution: Duration::SECOND,
                weight,
            }
        };
        let own = (0..30).map(|request| pair(request, request, 0.9));
        let others = (50..70).flat_map(|request| (0..30).map(move |line| (request, line)));
        let others = others.filter(|(request, line)| (40..=60).contains(&(request - line)));
        let pairs: Vec<BothSaw> =
            own.chain(others.map(|(request, line)| pair(request, line, 0.03))).collect();
        let found = offsets(pairs, "edge");
        assert_eq!(
            found.iter().map(|offset| offset.ahead).collect::<Vec<_>>(),
            [Duration::ZERO],
            "{found:?}"
        );
    }

    #[test]
    fn pairs_that_do_not_agree_tell_no_offset() {
        let found = offsets(pairs(|second| Duration::from_seconds(second * second * 7_919 % 80_000)), "edge");
        assert_eq!(found, []);
    }
}
