//! How far a clock is off by lines that name little, such as their client alone: each may be any of many requests, but at one offset, and at no
//! other, nearly every line is one, or far more of them are than by chance.

use std::collections::BTreeMap;
use std::ops::Range;

use super::densest::{Amount, Number, densest};
use super::sight::BothSaw;
use crate::evidence::Place;
use crate::time::{Duration, Time};

/// Of fewer lines that agree it may be chance.
const FEWEST: f64 = 6.0;
/// So much of all lines agrees where the clock truly is, in tenths, or of all requests where these are fewer: either side may begin later and
/// end earlier.
const NEARLY_ALL: f64 = 8.0;
/// What may agree anywhere else, in tenths of what agrees there.
const ELSEWHERE: f64 = 5.0;

/// Of fewer pairs that agree nothing is told by their number.
const FEWEST_PAIRS: f64 = 40.0;
/// So many pairs may agree anywhere else, in tenths of those that agree where the clock truly is; and so many deviations (Poisson's, the root of
/// their number) lie between.
const PAIRS_ELSEWHERE: f64 = 7.0;
const DEVIATIONS: f64 = 6.0;

/// The pairs, of those sorted by how far the reference is ahead, that lie within so much where nearly all lines agree, or far more pairs than
/// elsewhere; `None` where there is no such place.
pub(super) fn where_all_agree(sorted: &[(Duration, &BothSaw)], within: Duration) -> Option<Range<usize>> {
    nearly_all_lines(sorted, within).or_else(|| far_more_pairs(sorted, within))
}

fn nearly_all_lines(sorted: &[(Duration, &BothSaw)], within: Duration) -> Option<Range<usize>> {
    let mut all = Lines::default();
    sorted.iter().for_each(|(_, pair)| all.add(pair));
    let (best, agreeing) = densest::<Lines>(sorted, within);
    if agreeing < FEWEST || agreeing * 10.0 < all.amount() * NEARLY_ALL {
        return None;
    }
    let (_, elsewhere) = densest::<Lines>(&apart(sorted, &best, within)?, within);
    (elsewhere * 10.0 <= agreeing * ELSEWHERE).then_some(best)
}

fn far_more_pairs(sorted: &[(Duration, &BothSaw)], within: Duration) -> Option<Range<usize>> {
    let (best, agreeing) = densest::<Number>(sorted, within);
    if agreeing < FEWEST_PAIRS {
        return None;
    }
    let (_, elsewhere) = densest::<Number>(&apart(sorted, &best, within)?, within);
    let is_far_more = elsewhere * 10.0 <= agreeing * PAIRS_ELSEWHERE;
    let is_no_chance = (agreeing - elsewhere).powi(2) >= DEVIATIONS.powi(2) * elsewhere;
    (is_far_more && is_no_chance).then_some(best)
}

/// The pairs that lie further than so much from where a part of them lies.
fn apart<'p>(
    sorted: &[(Duration, &'p BothSaw)],
    part: &Range<usize>,
    within: Duration,
) -> Option<Vec<(Duration, &'p BothSaw)>> {
    let (first, last) = (sorted.get(part.start)?.0, sorted.get(part.end.checked_sub(1)?)?.0);
    let is_apart = |(ahead, _): &&(Duration, &BothSaw)| first - *ahead > within || *ahead - last > within;
    Some(sorted.iter().filter(is_apart).copied().collect())
}

/// Lines and requests in pairs, each with the number of its pairs: so many lines can have a request each.
#[derive(Default)]
struct Lines {
    lines: BTreeMap<Option<Place>, usize>,
    requests: BTreeMap<(Option<Place>, Time), usize>,
}

impl Amount for Lines {
    fn add(&mut self, pair: &BothSaw) {
        *self.lines.entry(pair.line).or_default() += 1;
        *self.requests.entry((pair.record, pair.reference)).or_default() += 1;
    }

    fn remove(&mut self, pair: &BothSaw) {
        take_one(&mut self.lines, &pair.line);
        take_one(&mut self.requests, &(pair.record, pair.reference));
    }

    fn amount(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let amount = self.lines.len().min(self.requests.len()) as f64;
        amount
    }
}

fn take_one<K: Ord>(counts: &mut BTreeMap<K, usize>, key: &K) {
    match counts.get_mut(key) {
        Some(count) if *count > 1 => *count -= 1,
        _ => {
            counts.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::InputId;

    /// Each line with each request of its client, of which there are four; the reference is so far ahead.
    fn pairs(at: &[i64], ahead: Duration) -> Vec<(Duration, BothSaw)> {
        let moment = |number: usize| Time::from_seconds(at[number], 0);
        let of_client = |client: usize| (0..at.len()).filter(move |number| number % 4 == client);
        let pair = |request: usize, line: usize| {
            let apart = moment(request).since(moment(line)) + ahead;
            let pair = BothSaw {
                reference: moment(request),
                other: moment(line).plus(-ahead),
                record: None,
                line: Some(Place::Line { input: InputId(1), line: line as u64, before: 0 }),
                at_start: apart,
                at_end: Some(apart),
                resolution: Duration::MILLISECOND,
                weight: 0.1,
            };
            (apart, pair)
        };
        let all = (0..4).flat_map(|client| {
            of_client(client).flat_map(move |request| of_client(client).map(move |line| (request, line)))
        });
        let mut pairs: Vec<(Duration, BothSaw)> = all.map(|(request, line)| pair(request, line)).collect();
        pairs.sort_by_key(|(ahead, _)| *ahead);
        pairs
    }

    fn told(at: &[i64], ahead: Duration) -> Option<Duration> {
        let pairs = pairs(at, ahead);
        let sorted: Vec<(Duration, &BothSaw)> = pairs.iter().map(|(ahead, pair)| (*ahead, pair)).collect();
        let agreeing = where_all_agree(&sorted, Duration::from_seconds(2))?;
        sorted.get(agreeing.start + agreeing.len() / 2).map(|(ahead, _)| *ahead)
    }

    #[test]
    fn lines_that_name_their_client_alone_agree_at_one_offset() {
        let scattered: Vec<i64> = (0..40).map(|number| number * number * 7 % 600).collect();
        let ahead = Duration::from_seconds(-47);
        let found = told(&scattered, ahead).unwrap();
        assert!((found - ahead).abs() <= Duration::SECOND, "{found:?}");
    }

    #[test]
    fn what_comes_in_a_rhythm_tells_no_offset() {
        let rhythm: Vec<i64> = (0..40).map(|number| number * 10).collect();
        assert_eq!(told(&rhythm, Duration::from_seconds(-47)), None);
    }

    /// Otherwise two logs of a few paths that everybody asks for all the time cannot be compared.
    #[test]
    fn what_is_asked_all_the_time_agrees_far_more_often_at_one_offset_than_at_others() {
        let often: Vec<i64> = (0..160).map(|number| number * number * 13 % 97).collect();
        let ahead = Duration::from_seconds(64);
        let found = told(&often, ahead).unwrap();
        assert!((found - ahead).abs() <= Duration::SECOND, "{found:?}");
    }
}
