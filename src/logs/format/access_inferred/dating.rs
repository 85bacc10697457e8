//! Whether lines are dated by the start of their requests. A line is written as its request ends: where it is dated by the start, that of a long
//! request stands behind lines that are dated later, by about as much as it took.

use crate::logs::row::access::AccessLine;
use crate::time::{Duration, Time};

/// What takes less tells nothing beside clocks of whole seconds.
const LONG: Duration = Duration::from_milliseconds(1_500);

/// Whether rows that follow each other in a log are dated by the start. Lines of servers that write through buffers are out of order, too, whatever
/// they took.
pub(super) fn by_start<'r>(rows: impl IntoIterator<Item = &'r AccessLine>) -> bool {
    let mut latest: Option<Time> = None;
    let (mut explained, mut disorder) = (0, 0);
    for row in rows {
        let back = latest.map_or(Duration::ZERO, |latest| latest.since(row.time));
        let took = row.request_time.unwrap_or_default();
        if back >= row.resolution.max(Duration::MILLISECOND * 500) {
            let is_explained = took >= LONG && back * 2 >= took && back <= took + row.resolution;
            explained += usize::from(is_explained);
            disorder += usize::from(took < back - row.resolution);
        }
        latest = latest.max(Some(row.time));
    }
    explained > disorder
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A request a tenth of a second, of which every twentieth takes two seconds, as a server writes them; by whole seconds.
    fn written(by_start: bool) -> Vec<AccessLine> {
        let mut ended: Vec<(i64, i64)> = (0..100)
            .map(|number| (number * 100, if number % 20 == 5 { 2_000 } else { 10 }))
            .map(|(start, took)| (start + took, took))
            .collect();
        ended.sort_unstable();
        let row = |(end, took): (i64, i64)| {
            let at = if by_start { end - took } else { end };
            AccessLine {
                time: Time::EPOCH.plus(at / 1_000 * Duration::SECOND),
                resolution: Duration::SECOND,
                request_time: Some(Duration::from_milliseconds(took)),
                ..AccessLine::default()
            }
        };
        ended.into_iter().map(row).collect()
    }

    #[test]
    fn long_requests_that_stand_behind_later_ones_are_dated_by_their_start() {
        assert!(by_start(&written(true)));
        assert!(!by_start(&written(false)));
    }

    /// Otherwise nginx's buffers (`access_log … buffer=32k`) make Apache's log of its own.
    #[test]
    fn lines_of_buffers_that_were_written_one_after_the_other_tell_nothing() {
        let rows = written(false);
        let (first, second) = rows.split_at(50);
        assert!(!by_start(second.iter().chain(first)));
    }
}
