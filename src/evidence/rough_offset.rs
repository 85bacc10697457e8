//! By how much an origin's log and the edge's are apart, roughly: enough to know which lines lie near a failing request, before their clocks
//! are compared in full.

use super::key_samples::{KeySamples, LoggedRequest};
use super::place::{InputId, Place};
use crate::time::{Duration, Time};

/// So many pairs tell an offset, of which half must lie this close together.
const PAIRS: usize = 24;
const FEWEST: usize = 6;
const TOGETHER: Duration = Duration::from_seconds(4);

/// The offsets of one log, window by window in the order of its lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoughOffsets(Vec<OffsetWindow>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct OffsetWindow {
    /// Its last line.
    until: Place,
    /// By how much the edge is ahead.
    ahead: Duration,
}

impl RoughOffsets {
    /// By the requests that both sides saw and that nobody else asked.
    pub fn of(keys: &KeySamples, log: InputId) -> RoughOffsets {
        let mut pairs: Vec<(Place, Duration)> = Vec::new();
        for (at_edge, at_origin) in keys.in_both() {
            let mut of_log = at_origin.iter().filter(|logged| logged.place.input() == log);
            if let ([edge], Some(logged), None) = (at_edge, of_log.next(), of_log.next()) {
                pairs.extend(ahead(edge, logged).map(|ahead| (logged.place, ahead)));
            }
        }
        pairs.sort_unstable();
        RoughOffsets(pairs.chunks(PAIRS).filter_map(window).collect())
    }

    /// When a line may have been written, by the edge's clock: what the window says that it lies in, and those beside it. A clock of which
    /// nothing is known is taken for right.
    pub fn at_edge(&self, place: Place, time: Time) -> impl Iterator<Item = Time> + '_ {
        let at = self.0.partition_point(|window| window.until < place);
        let windows = self.0.get(at.saturating_sub(1)..(at + 2).min(self.0.len())).unwrap_or_default();
        let untold = self.0.is_empty().then_some(time);
        windows.iter().map(move |window| time.plus(window.ahead)).chain(untold)
    }
}

fn ahead(edge: &LoggedRequest, logged: &LoggedRequest) -> Option<Duration> {
    match (logged.start, logged.end) {
        (Some(start), _) => Some(edge.start?.since(start)),
        (None, Some(end)) => Some(edge.end.or(edge.start)?.since(end)),
        (None, None) => None,
    }
}

fn window(pairs: &[(Place, Duration)]) -> Option<OffsetWindow> {
    let mut ahead: Vec<Duration> = pairs.iter().map(|(_, ahead)| *ahead).collect();
    ahead.sort_unstable();
    // From each offset on, those that lie close above it.
    let from = |at: usize| ahead.partition_point(|other| *other <= ahead[at] + TOGETHER) - at;
    let best = (0..ahead.len()).max_by_key(|at| (from(*at), usize::MAX - at))?;
    let count = from(best);
    let until = pairs.last()?.0;
    (pairs.len() >= FEWEST && count * 2 >= pairs.len())
        .then(|| OffsetWindow { until, ahead: ahead[best + count / 2] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{LogSide, RequestKey};

    /// A request a second, of which the origin's clock shows another second; it was set back by an hour after the hundredth.
    #[test]
    fn a_clock_that_is_an_hour_off_is_followed_from_line_to_line() {
        let mut keys = KeySamples::default();
        let shown = |second: i64| Time::from_seconds(if second < 100 { second + 3_600 } else { second }, 0);
        let place = |second: i64| Place::Line { input: InputId(1), line: second.unsigned_abs(), before: 0 };
        for second in 0..200i64 {
            let key = RequestKey::of("GET", &format!("/{second}"));
            let request = |place, time| LoggedRequest {
                start: Some(time),
                ..LoggedRequest::at(place, Duration::SECOND)
            };
            let at_edge = Place::Line { input: InputId(0), line: second.unsigned_abs(), before: 0 };
            keys.offer(LogSide::Edge, key, || request(at_edge, Time::from_seconds(second, 0)));
            keys.offer(LogSide::Origin, key, || request(place(second), shown(second)));
        }
        let offsets = RoughOffsets::of(&keys, InputId(1));
        for second in [5i64, 150] {
            let mut found = offsets.at_edge(place(second), shown(second));
            assert!(found.any(|time| time == Time::from_seconds(second, 0)), "{second}");
        }
        // Where one URL is asked for all day, no pair tells anything.
        let untold = RoughOffsets::of(&keys, InputId(2));
        assert_eq!(untold.at_edge(place(5), shown(5)).collect::<Vec<_>>(), [shown(5)]);
    }
}
