//! Which captures may be one, and when they were taken.

use super::opened::{Nature, OpenedFile};
use crate::logs::recognise;
use crate::source::rotation;
use crate::time::Time;

fn first_time(file: &OpenedFile) -> Option<Time> {
    let Nature::Capture(format) = file.nature else { return None };
    let mut reader = crate::capture::Reader::new(format);
    let mut first = None;
    crate::capture::read_slice(&mut reader, &file.content.head(recognise::HEAD), |packet| {
        first = first.or(Some(packet.time));
    });
    first
}

/// Captures that may be one rotated capture, each with the time of its first packet.
pub(super) type CaptureSet<'o> = Vec<(&'o OpenedFile, Option<Time>)>;

/// The captures in sets that may each be one rotated capture, by their names and first times, in the order of time. Captures that do not
/// follow each other are taken apart in `set_reading`.
pub(super) fn capture_sets(opened: &[OpenedFile]) -> Vec<CaptureSet<'_>> {
    let captures = opened.iter().filter(|file| matches!(file.nature, Nature::Capture(_)));
    let captures: Vec<(&OpenedFile, Option<Time>)> = captures.map(|file| (file, first_time(file))).collect();
    let named: Vec<(&str, Option<Time>)> =
        captures.iter().map(|(file, first)| (file.found.name.as_str(), *first)).collect();
    let sets = rotation::candidates(&named).into_iter();
    sets.map(|set| set.into_iter().filter_map(|index| captures.get(index).copied()).collect()).collect()
}
