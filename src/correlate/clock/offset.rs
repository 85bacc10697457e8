//! How far two clocks are apart, by requests that both saw.

use super::seen::SeenRequest;
use crate::time::{Duration, Time};

/// How far one clock is ahead of another, from requests that both saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offset {
    /// The reference clock's name.
    pub reference: String,
    /// By how much the reference is ahead.
    pub ahead: Duration,
    /// Half the width that holds the middle half of the pairs, and never less than the resolution allows.
    pub spread: Duration,
    /// Requests that both saw.
    pub pairs: u64,
}

/// Two sources' words on one request: by how much the reference is ahead at its start and at its end.
pub(super) struct BothSaw {
    at_start: Duration,
    at_end: Option<Duration>,
    resolution: Duration,
}

impl BothSaw {
    /// What the reference and another clock say of one request.
    pub fn of(reference: &SeenRequest, other: &SeenRequest) -> BothSaw {
        // A clock that tells whole seconds has cut them off: the middle of its second is the best guess.
        let middle = |seen: &SeenRequest, time: Time| time.plus(seen.resolution / 2);
        let ahead = |a: Time, b: Time| middle(reference, a).since(middle(other, b));
        BothSaw {
            at_start: ahead(reference.start, other.start),
            at_end: reference.end.zip(other.end).map(|(a, b)| ahead(a, b)),
            resolution: reference.resolution.max(other.resolution),
        }
    }
}

/// Between two places a request takes time on its way there and an answer on its way back: the true offset lies between what the
/// starts and what the ends say, so the middle of both is taken, each from the tenth of the pairs that lost least on the way. Where
/// some pairs are fine and others coarse (packets beside a log of whole seconds), only the fine ones speak.
pub(super) fn offset_of(mut pairs: Vec<BothSaw>, reference: String) -> Offset {
    let finest = pairs.iter().map(|pair| pair.resolution).min().unwrap_or_default().max(Duration::NANOSECOND);
    pairs.retain(|pair| pair.resolution <= finest * 10);
    let sorted = |mut values: Vec<Duration>| {
        values.sort_unstable();
        values
    };
    let starts = sorted(pairs.iter().map(|pair| pair.at_start).collect());
    let ends = sorted(pairs.iter().filter_map(|pair| pair.at_end).collect());
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
    let quarter = (at(&starts, 7).unwrap_or(median) - at(&starts, 3).unwrap_or(median)) / 2;
    Offset { reference, ahead: low / 2 + high / 2, spread: quarter.max(finest), pairs: pairs.len() as u64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::InputId;

    fn requests(latency: Duration, ahead: Duration, resolution: Duration) -> Vec<BothSaw> {
        let request = |number: i64| {
            let origin = SeenRequest {
                input: InputId(1),
                start: Time::EPOCH.plus(number * 7 * Duration::SECOND / 3),
                end: None,
                resolution,
            };
            let took = Duration::from_milliseconds(20);
            // Some connections are new and take a round trip more before the request is sent.
            let way = if number % 3 == 0 { 3 * latency } else { latency };
            let edge = SeenRequest {
                input: InputId(0),
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
            BothSaw::of(&edge, &logged)
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
        );
        assert!(
            (offset.ahead - Duration::from_milliseconds(7_310)).abs() < Duration::from_milliseconds(2),
            "{offset:?}"
        );
    }

    #[test]
    fn a_log_of_whole_seconds_still_gives_an_offset_within_its_resolution() {
        let offset = offset_of(
            requests(Duration::from_milliseconds(20), Duration::from_milliseconds(-3_800), Duration::SECOND),
            "edge".to_owned(),
        );
        assert!(
            (offset.ahead + Duration::from_milliseconds(3_800)).abs() < Duration::SECOND / 2,
            "{offset:?}"
        );
    }
}
