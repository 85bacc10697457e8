//! Deaths of processes that go one to one with the failures of one path: two programs, or two faults of one, may kill processes within the same seconds, and
//! then nearness in time alone would give each death to the failures of the other as well.

use std::collections::{BTreeMap, BTreeSet};

use super::case::Case;
use super::clock::Clocks;
use super::machines::{BESIDE, stand_one_by_one};
use super::whole::Whole;
use crate::evidence::sample::HealthyRequest;
use crate::evidence::{HostKey, InputId, MessageRow};
use crate::facts::deaths;
use crate::time::{Duration, Time};

/// Fewer deaths may stand beside the failures of a path by chance.
const FEWEST: usize = 4;
/// How far a death may be from the end of the request that it ended, beyond what its clock leaves open: most parents notice at once, and some look once a second.
const REACHES: [Duration; 2] = [Duration::from_milliseconds(250), BESIDE];
/// Of more paths and kinds of lines nobody could tell which belong together; nor are they all held against each other.
const MOST: usize = 256;

/// Whom a request was for, and its path.
type FailingPath = (Option<HostKey>, String);

/// Lines of one log that tell alike of deaths, by the same signal where one is told.
type DeathLines = (InputId, &'static str, Option<u64>);

/// See [the module](self).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeathsOfPaths {
    of: BTreeMap<DeathLines, FailingPath>,
}

impl DeathsOfPaths {
    pub(super) fn of(cases: &[Case], evidence: &Whole, clocks: &Clocks) -> DeathsOfPaths {
        let written = written(cases, evidence, clocks);
        // One kind alone is told apart from nothing.
        if written.len() < 2 || written.len() > MOST {
            return DeathsOfPaths::default();
        }
        let failed = failed(cases, evidence);
        if failed.len() > MOST {
            return DeathsOfPaths::default();
        }
        let of_one =
            |written: &[_]| REACHES.into_iter().find_map(|reach| only_one_beside(written, &failed, reach));
        let of = written.into_iter().filter_map(|(lines, written)| Some((lines, of_one(&written)?.clone())));
        DeathsOfPaths { of: of.collect() }
    }

    /// Whether a line tells of one of the deaths that ended the requests for the path of a case; `None` where either is not known. A death may end or
    /// keep out the requests for other paths as well: those of a path that has deaths of its own it did not end.
    pub fn ended(&self, row: &MessageRow, case: &Case, evidence: &Whole) -> Option<bool> {
        let ended = self.of.get(&lines_of(row)?)?;
        let path = path_of(case, evidence)?;
        self.of.values().any(|other| *other == path).then_some(path == *ended)
    }
}

/// The only path beside whose failures lines stand one by one.
fn only_one_beside<'f>(
    written: &[(Time, Duration)],
    failed: &'f BTreeMap<FailingPath, Vec<Time>>,
    reach: Duration,
) -> Option<&'f FailingPath> {
    let mut met = failed.iter().filter(|(_, ends)| stand_one_by_one(written, ends, reach));
    let (path, _) = met.next()?;
    met.next().is_none().then_some(path)
}

fn lines_of(row: &MessageRow) -> Option<DeathLines> {
    let signature = row.line.signature?;
    let tells = deaths::tells_of_death(signature) || deaths::killed_for_memory(signature);
    tells.then_some((row.place.input(), signature, row.line.figure))
}

fn path_of(case: &Case, evidence: &Whole) -> Option<FailingPath> {
    let path = HealthyRequest::path_of(case.target(evidence)?);
    Some((case.host(evidence).map(HostKey::of), path.to_owned()))
}

/// When requests for each path failed, in order, where enough did.
fn failed(cases: &[Case], evidence: &Whole) -> BTreeMap<FailingPath, Vec<Time>> {
    let mut failed: BTreeMap<FailingPath, Vec<Time>> = BTreeMap::new();
    for case in cases {
        if let Some(path) = path_of(case, evidence) {
            failed.entry(path).or_default().push(case.end);
        }
    }
    failed.retain(|_, ends| ends.len() >= FEWEST);
    failed.values_mut().for_each(|ends| ends.sort_unstable());
    failed
}

/// When lines of each kind were written while requests failed, in order, where enough were, each with how far that may be off.
fn written(cases: &[Case], evidence: &Whole, clocks: &Clocks) -> BTreeMap<DeathLines, Vec<(Time, Duration)>> {
    let ends: BTreeSet<Time> = cases.iter().map(|case| case.end).collect();
    let Some((first, last)) = ends.first().zip(ends.last()) else { return BTreeMap::new() };
    let mut written: BTreeMap<DeathLines, BTreeSet<(Time, Duration, Option<u32>)>> = BTreeMap::new();
    for row in evidence.messages.iter().filter(|row| row.line.time.is_some()) {
        let Some(lines) = lines_of(row) else { continue };
        let at = clocks.time_of(row);
        let doubt = clocks.doubt(row.place.input(), row.line.resolution);
        if first.since(at) <= BESIDE + doubt && at.since(*last) <= BESIDE + doubt {
            written.entry(lines).or_default().insert((at, doubt, row.line.about_process));
        }
    }
    // The kernel has several lines of one kill, of which some name the process alone.
    let once = written.into_iter().map(|(lines, mut written)| {
        if written.iter().any(|(.., process)| process.is_some()) {
            written.retain(|(.., process)| process.is_some());
        }
        (lines, written.into_iter().map(|(at, doubt, _)| (at, doubt)).collect::<Vec<_>>())
    });
    once.filter(|(_, written)| written.len() >= FEWEST).collect()
}
