//! The clock of a capture that shows no request which another source names. It was taken on a machine, and the logs of machines may tell its
//! clock; the attempts that failed say which of them fits.

use super::ended::Ended;
use super::offset::Offset;
use crate::evidence::InputId;

/// The reference's own clock has no stretches.
const REFERENCE: &[Offset] = &[];

/// The clock by which most of the attempts of a capture that failed have a record of the edge: the stretches of a machine's, or none for the
/// reference's own. `None` where too few have one by either.
pub(super) fn clock_of_capture<'a>(
    ended: &[Ended<'_>],
    is_of: impl Fn(InputId) -> bool,
    machines: impl Iterator<Item = &'a [Offset]>,
) -> Option<Vec<Offset>> {
    // Of clocks that fit alike the first is taken: a machine's before the reference's.
    let machines = machines.filter(|stretches| !stretches.is_empty());
    let clocks: Vec<&[Offset]> = machines.chain([REFERENCE]).collect();
    let mut matched = vec![0; clocks.len()];
    for ended in ended {
        matched.iter_mut().zip(ended.simultaneous(&is_of, &clocks)).for_each(|(sum, more)| *sum += more);
    }
    let most: usize = ended.iter().map(|ended| ended.most(&is_of)).sum();
    let best = clocks.into_iter().zip(matched).reduce(|best, next| if next.1 > best.1 { next } else { best });
    // An attempt that the edge made again has no record of its own.
    let (clock, _) = best.filter(|(_, matched)| matched * 2 >= most && *matched > 0)?;
    Some(clock.to_vec())
}
