//! How far two clocks are apart, by requests that both saw.

use super::sight::BothSaw;
use crate::evidence::{InputId, Place};
use crate::time::{Duration, Time};

/// How far one clock is ahead of another, for a stretch of time in which it only drifts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offset {
    /// The reference clock's name.
    pub reference: String,
    /// By how much the reference is ahead when the other clock shows `base`.
    pub ahead: Duration,
    /// Half the width that holds the middle half of the pairs, and never less than the resolution allows.
    pub spread: Duration,
    /// Requests that both saw.
    pub pairs: u64,
    /// Where the stretch begins, by the other clock.
    pub base: Time,
    /// Nanoseconds that the other clock loses in a second of its own.
    pub drift: i64,
    /// Since when it holds, by the reference clock; of the first stretch, the first pair.
    pub from: Time,
    /// The first line of the other side that is in this stretch, where lines are known. A clock that was set back shows an hour twice.
    pub first_line: Option<Place>,
    /// From a start at the reference to that at the other side, beyond `ahead`: a request's way.
    pub at_start: Lag,
    /// The same of the ends: an answer's way, backwards.
    pub at_end: Lag,
}

/// What lies between two sights of one event once the clocks are corrected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lag {
    /// The median.
    pub middle: Duration,
    /// Half the width that holds eight pairs of ten.
    pub width: Duration,
}

impl Offset {
    /// No offset at all.
    pub(super) fn none(reference: String) -> Offset {
        Offset {
            reference,
            ahead: Duration::ZERO,
            spread: Duration::ZERO,
            pairs: 0,
            base: Time::EPOCH,
            drift: 0,
            from: Time::EPOCH,
            first_line: None,
            at_start: Lag::default(),
            at_end: Lag::default(),
        }
    }

    /// An instant of the other clock, by the reference.
    pub fn correct(&self, time: Time) -> Time {
        time.plus(self.ahead + drifted(self.drift, time.since(self.base)))
    }
}

/// The stretch that an instant of a clock lies in: corrected by it, it is neither before it nor after it; else the nearest.
pub(super) fn stretch_at(stretches: &[Offset], time: Time) -> Option<&Offset> {
    let outside = |index: usize, offset: &Offset| {
        let corrected = offset.correct(time);
        let early = if index == 0 { Duration::ZERO } else { offset.from.since(corrected) };
        let late = stretches.get(index + 1).map_or(Duration::ZERO, |next| corrected.since(next.from));
        early.max(late).max(Duration::ZERO)
    };
    let nearest = stretches.iter().enumerate().min_by_key(|(index, offset)| outside(*index, offset));
    nearest.map(|(_, offset)| offset)
}

/// So much does a clock lose in a span of time, at so many nanoseconds a second.
pub(super) fn drifted(drift: i64, span: Duration) -> Duration {
    let nanoseconds = i128::from(drift) * i128::from(span.nanoseconds()) / 1_000_000_000;
    Duration::from_nanoseconds(i64::try_from(nanoseconds).unwrap_or_default())
}

/// Between two places a request takes time on its way there and an answer on its way back: the true offset lies between what the
/// starts and what the ends say, so the middle of both is taken, each from the tenth of the pairs that lost least on the way. Where
/// some pairs are fine and others coarse (packets beside a log of whole seconds), only the fine ones speak. What the clock lost since
/// `base` at this drift is taken off first.
pub(super) fn offset_of(mut pairs: Vec<BothSaw>, reference: String, base: Time, drift: i64) -> Offset {
    let finest = pairs.iter().map(|pair| pair.resolution).min().unwrap_or_default().max(Duration::NANOSECOND);
    pairs.retain(|pair| pair.resolution <= finest * 10);
    let level = |pair: &BothSaw, ahead: Duration| ahead - drifted(drift, pair.other.since(base));
    let sorted = |mut values: Vec<Duration>| {
        values.sort_unstable();
        values
    };
    let starts = sorted(pairs.iter().map(|pair| level(pair, pair.at_start)).collect());
    let ends = sorted(pairs.iter().filter_map(|pair| Some(level(pair, pair.at_end?))).collect());
    let at = |values: &[Duration], tenths: usize| {
        values.get(values.len().saturating_sub(1) * tenths / 10).copied()
    };
    let median = at(&starts, 5).unwrap_or_default();
    // Which of both comes first depends on which source is nearer to the visitor.
    let (low, high) = match at(&ends, 5) {
        Some(end) if end >= median => (at(&starts, 9).unwrap_or(median), at(&ends, 1).unwrap_or(end)),
        Some(end) => (at(&ends, 9).unwrap_or(end), at(&starts, 1).unwrap_or(median)),
        None => (median, median),
    };
    let (low, high) = match finest >= Duration::SECOND {
        true => {
            let starts = mean(&starts, finest).unwrap_or_default();
            (starts, mean(&ends, finest).unwrap_or(starts))
        }
        false => (low, high),
    };
    let quarter = (at(&starts, 7).unwrap_or(median) - at(&starts, 3).unwrap_or(median)) / 2;
    let ahead = low / 2 + high / 2;
    let lag = |values: &[Duration]| Lag {
        middle: at(values, 5).map_or(Duration::ZERO, |middle| ahead - middle),
        width: (at(values, 9).unwrap_or_default() - at(values, 1).unwrap_or_default()) / 2,
    };
    let first = pairs.iter().min_by_key(|pair| pair.reference);
    Offset {
        ahead,
        spread: quarter.max(finest),
        pairs: pairs.len() as u64,
        base,
        drift,
        from: first.map(|pair| pair.reference).unwrap_or_default(),
        first_line: pairs.iter().filter_map(|pair| pair.line).min(),
        at_start: lag(&starts),
        at_end: lag(&ends),
        reference,
    }
}

/// The mean of those around the median of sorted values: where whole seconds are cut off, two clocks that are 0.3 s apart show a second's difference in three of
/// ten pairs, and no single pair tells more.
fn mean(values: &[Duration], resolution: Duration) -> Option<Duration> {
    let median = *values.get(values.len() / 2)?;
    let around = values.iter().map(|value| *value - median).filter(|from| from.abs() <= resolution * 2);
    let (sum, count) = around.fold((Duration::ZERO, 0), |(sum, count), from| (sum + from, count + 1));
    Some(median + sum / count.max(1))
}

/// Whether the stretches of an input begin at lines of it.
pub(super) fn tells_lines(stretches: &[Offset], input: InputId) -> bool {
    stretches.iter().any(|offset| offset.first_line.is_some_and(|first| first.input() == input))
}

#[cfg(test)]
mod tests {
    use super::super::sight::SeenRequest;
    use super::*;
    use crate::evidence::InputId;

    fn requests(latency: Duration, ahead: Duration, resolution: Duration) -> Vec<BothSaw> {
        let request = |number: i64| {
            let origin = SeenRequest {
                input: InputId(1),
                line: None,
                start: Time::EPOCH.plus(number * 7 * Duration::SECOND / 3),
                end: None,
                resolution,
            };
            let took = Duration::from_milliseconds(20);
            // Some connections are new and take a round trip more before the request is sent.
            let way = if number % 3 == 0 { 3 * latency } else { latency };
            let edge = SeenRequest {
                input: InputId(0),
                line: None,
                start: origin.start.plus(ahead - way),
                end: Some(origin.start.plus(ahead + took + latency)),
                resolution: Duration::NANOSECOND,
            };
            let floor =
                |time: Time| Time::EPOCH.plus(time.since(Time::EPOCH).div_euclid(resolution) * resolution);
            let logged = SeenRequest {
                start: floor(origin.start),
                end: Some(floor(origin.start.plus(took))),
                ..origin
            };
            BothSaw::of(&edge, &logged, 1.0)
        };
        (0..300).map(request).collect()
    }

    #[test]
    fn an_offset_is_not_mistaken_for_the_way_between() {
        let offset = offset_of(
            requests(
                Duration::from_milliseconds(50),
                Duration::from_milliseconds(7_310),
                Duration::NANOSECOND,
            ),
            "edge".to_owned(),
            Time::EPOCH,
            0,
        );
        assert!(
            (offset.ahead - Duration::from_milliseconds(7_310)).abs() < Duration::from_milliseconds(2),
            "{offset:?}"
        );
    }

    /// Otherwise the clock of a machine is off by half of what its answers take, and the lines of its other logs are held against requests of
    /// another moment.
    #[test]
    fn a_log_that_has_the_ends_alone_is_not_behind_by_what_answers_took() {
        let ahead = Duration::from_milliseconds(-480);
        let request = |number: i64| {
            let end = Time::EPOCH.plus(number * 7 * Duration::SECOND / 3);
            let seen = |input: u32, start: Time, end: Time| SeenRequest {
                input: InputId(input),
                line: None,
                start,
                end: Some(end),
                resolution: Duration::NANOSECOND,
            };
            let took = Duration::from_seconds(1 + number % 3);
            BothSaw::of(&seen(0, end.plus(ahead - took), end.plus(ahead)), &seen(1, end, end), 1.0)
        };
        let offset = offset_of((0..100).map(request).collect(), "edge".to_owned(), Time::EPOCH, 0);
        assert_eq!(offset.ahead, ahead, "{offset:?}");
    }

    #[test]
    fn a_log_of_whole_seconds_still_gives_an_offset_within_its_resolution() {
        let offset = offset_of(
            requests(Duration::from_milliseconds(20), Duration::from_milliseconds(-3_800), Duration::SECOND),
            "edge".to_owned(),
            Time::EPOCH,
            0,
        );
        assert!(
            (offset.ahead + Duration::from_milliseconds(3_800)).abs() < Duration::SECOND / 2,
            "{offset:?}"
        );
    }

    /// Otherwise a machine's clock is off by half a second, and its error log's lines, which have fractions, are of other requests of their connection.
    #[test]
    fn two_logs_of_whole_seconds_together_tell_parts_of_one() {
        let seen = |input: u32, at: Duration| {
            let time = Time::EPOCH.plus(at.div_euclid(Duration::SECOND) * Duration::SECOND);
            SeenRequest {
                input: InputId(input),
                line: None,
                start: time,
                end: Some(time),
                resolution: Duration::SECOND,
            }
        };
        for ahead in [-10, 0, 20, 300, 700] {
            let ahead = Duration::from_milliseconds(ahead);
            let request = |number: i64| {
                let at = number * Duration::from_milliseconds(317);
                BothSaw::of(&seen(0, at + ahead), &seen(1, at), 1.0)
            };
            let offset = offset_of((0..400).map(request).collect(), "edge".to_owned(), Time::EPOCH, 0);
            assert!((offset.ahead - ahead).abs() < Duration::from_milliseconds(60), "{ahead:?}: {offset:?}");
        }
    }
}
