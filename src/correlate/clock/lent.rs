//! The clock of a capture that shows no request which another source names. It was taken on a machine, and the logs of machines may tell its
//! clock; the attempts that failed say which of them fits.

use super::ended::Ended;
use super::offset::Offset;
use crate::evidence::InputId;
use crate::time::{Duration, Time};

/// Between edge and origin, beyond what clocks tell.
const WAY: Duration = Duration::from_milliseconds(500);

/// What a capture goes by.
pub(super) enum Clock {
    /// The reference's own clock.
    Reference,
    /// That of a machine.
    Of(Vec<Offset>),
}

/// The clock by which most of the attempts of a capture that failed have a record of the edge: that of a machine, or the reference's own.
/// `None` where too few have one by either.
pub(super) fn clock_of_capture<'a>(
    ended: &[Ended<'_>],
    is_of: impl Fn(InputId) -> bool,
    machines: impl Iterator<Item = &'a [Offset]>,
) -> Option<Clock> {
    let fits = |correct: &dyn Fn(Time) -> Time| -> usize {
        ended.iter().map(|ended| ended.simultaneous(&is_of, correct, WAY)).sum()
    };
    let most: usize = ended.iter().map(|ended| ended.most(&is_of)).sum();
    let of_machines = machines
        .filter(|offsets| !offsets.is_empty())
        .map(|offsets| (fits(&|time| correct(offsets, time)), offsets));
    let best = of_machines.reduce(|best, next| if next.0 > best.0 { next } else { best });
    let reference = fits(&|time| time);
    // An attempt that the edge made again has no record of its own.
    let is_enough = |matched: usize| matched * 2 >= most && matched > 0;
    match best {
        Some((matched, offsets)) if matched >= reference && is_enough(matched) => {
            Some(Clock::Of(offsets.to_vec()))
        }
        _ => is_enough(reference).then_some(Clock::Reference),
    }
}

/// By the stretch that begins last before it.
fn correct(offsets: &[Offset], time: Time) -> Time {
    let stretch = offsets.iter().rfind(|offset| offset.correct(time) >= offset.from);
    stretch.or(offsets.first()).map_or(time, |offset| offset.correct(time))
}
