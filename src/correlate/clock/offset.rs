//! How far two clocks are apart, by requests that both saw.

use super::seen::SeenRequest;
use crate::time::Time;

/// How far one clock is ahead of another, from requests that both saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offset {
    /// The reference clock's name.
    pub reference: String,
    /// Nanoseconds by which the reference is ahead.
    pub nanoseconds: i64,
    /// Half the width that holds the middle half of the pairs, in nanoseconds, and never less than the resolution allows.
    pub spread: i64,
    /// Requests that both saw.
    pub pairs: u64,
}

/// Two sources' words on one request: by how much the reference is ahead at its start and at its end, in nanoseconds.
pub(super) struct BothSaw {
    at_start: i64,
    at_end: Option<i64>,
    resolution: i64,
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
    let finest = pairs.iter().map(|pair| pair.resolution).min().unwrap_or(1).max(1);
    pairs.retain(|pair| pair.resolution <= finest.saturating_mul(10));
    let sorted = |mut values: Vec<i64>| {
        values.sort_unstable();
        values
    };
    let starts = sorted(pairs.iter().map(|pair| pair.at_start).collect());
    let ends = sorted(pairs.iter().filter_map(|pair| pair.at_end).collect());
    let at =
        |values: &[i64], tenths: usize| values.get(values.len().saturating_sub(1) * tenths / 10).copied();
    let median = at(&starts, 5).unwrap_or(0);
    // Which of both comes first depends on which source is nearer to the visitor.
    let (low, high) = match at(&ends, 5) {
        Some(end) if end >= median => (at(&starts, 9).unwrap_or(median), at(&ends, 1).unwrap_or(end)),
        Some(end) => (at(&ends, 9).unwrap_or(end), at(&starts, 1).unwrap_or(median)),
        None => (median, median),
    };
    let quarter = (at(&starts, 7).unwrap_or(median) - at(&starts, 3).unwrap_or(median)) / 2;
    Offset {
        reference,
        nanoseconds: low / 2 + high / 2,
        spread: quarter.max(finest),
        pairs: pairs.len() as u64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::InputId;
    use crate::time::{MILLISECOND, SECOND};

    fn requests(latency: i64, ahead: i64, resolution: i64) -> Vec<BothSaw> {
        let request = |number: i64| {
            let origin = SeenRequest {
                input: InputId(1),
                start: Time(number * 7 * SECOND / 3),
                end: None,
                resolution,
            };
            let took = 20 * MILLISECOND;
            // Some connections are new and take a round trip more before the request is sent.
            let way = if number % 3 == 0 { 3 * latency } else { latency };
            let edge = SeenRequest {
                input: InputId(0),
                start: origin.start.plus(ahead - way),
                end: Some(origin.start.plus(ahead + took + latency)),
                resolution: 1,
            };
            let floor = |time: Time| Time(time.0.div_euclid(resolution) * resolution);
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
        let offset = offset_of(requests(50 * MILLISECOND, 7_310 * MILLISECOND, 1), "edge".to_owned());
        assert!((offset.nanoseconds - 7_310 * MILLISECOND).abs() < 2 * MILLISECOND, "{offset:?}");
    }

    #[test]
    fn a_log_of_whole_seconds_still_gives_an_offset_within_its_resolution() {
        let offset = offset_of(requests(20 * MILLISECOND, -3_800 * MILLISECOND, SECOND), "edge".to_owned());
        assert!((offset.nanoseconds + 3_800 * MILLISECOND).abs() < SECOND / 2, "{offset:?}");
    }
}
