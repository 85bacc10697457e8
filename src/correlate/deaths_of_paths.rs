//! Deaths of processes that go one to one with the failures of one path: two programs, or two faults of one, may kill processes within the same seconds, and
//! then nearness in time alone would give each death to the failures of the other as well.

use std::collections::{BTreeMap, BTreeSet};

use super::case::Case;
use super::clock::Clocks;
use super::machines::{BESIDE, stand_one_by_one};
use super::whole::Whole;
use crate::evidence::sample::HealthyRequest;
use crate::evidence::{HostKey, InputId, MessageRow};
use crate::facts::deaths::tells_of_end;
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

/// What lines of one kind tell of.
struct ToldDeaths {
    /// When they were written, in order, each with how far that may be off.
    written: Vec<(Time, Duration)>,
    /// Who died, as far as they name him.
    processes: BTreeSet<u32>,
}

/// See [the module](self).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeathsOfPaths {
    of: BTreeMap<DeathLines, FailingPath>,
}

impl DeathsOfPaths {
    pub(super) fn of(cases: &[Case], evidence: &Whole, clocks: &Clocks) -> DeathsOfPaths {
        let told = told(cases, evidence, clocks);
        // One kind alone is told apart from nothing.
        if told.len() < 2 || told.len() > MOST {
            return DeathsOfPaths::default();
        }
        let failed = failed(cases, evidence);
        if failed.len() > MOST {
            return DeathsOfPaths::default();
        }
        let of_one = |deaths: &ToldDeaths| {
            REACHES.into_iter().find_map(|reach| only_one_beside(&deaths.written, &failed, reach))
        };
        let met: Vec<_> = told
            .iter()
            .filter_map(|(lines, deaths)| Some((*lines, &deaths.processes, of_one(deaths)?)))
            .collect();
        // Who died once did not end the requests for two paths: some stand there by chance.
        let is_doubtful = |processes: &BTreeSet<u32>, path: &FailingPath| {
            met.iter().any(|(_, others, other)| *other != path && !others.is_disjoint(processes))
        };
        let sure = met.iter().filter(|(_, processes, path)| !is_doubtful(processes, path));
        DeathsOfPaths { of: sure.map(|(lines, _, path)| (*lines, (*path).clone())).collect() }
    }

    /// Whether a line tells of one of the deaths that ended the requests for the path of a case; `None` where either is not known. A death may end or
    /// keep out the requests for other paths as well: those of a path that has deaths of its own it did not end.
    pub fn ended(&self, row: &MessageRow, case: &Case, evidence: &Whole) -> Option<bool> {
        let ended = self.of.get(&lines_like(row)?)?;
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

fn lines_like(row: &MessageRow) -> Option<DeathLines> {
    Some((row.place.input(), row.line.signature?, row.line.figure))
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

/// What lines of each kind tell of while requests failed, where enough do.
fn told(cases: &[Case], evidence: &Whole, clocks: &Clocks) -> BTreeMap<DeathLines, ToldDeaths> {
    let ends = || cases.iter().map(|case| case.end);
    let Some((first, last)) = ends().min().zip(ends().max()) else { return BTreeMap::new() };
    let mut written: BTreeMap<DeathLines, BTreeSet<(Time, Duration, Option<u32>)>> = BTreeMap::new();
    for row in evidence.messages.iter().filter(|row| row.line.time.is_some()) {
        let Some(lines) = lines_like(row).filter(|(_, signature, _)| tells_of_end(signature)) else {
            continue;
        };
        let at = clocks.time_of(row);
        let doubt = clocks.doubt(row.place.input(), row.line.resolution);
        if first.since(at) <= BESIDE + doubt && at.since(last) <= BESIDE + doubt {
            written.entry(lines).or_default().insert((at, doubt, row.line.about_process));
        }
    }
    // The kernel has several lines of one kill, of which some name the process alone.
    let once = written.into_iter().map(|(lines, mut written)| {
        if written.iter().any(|(.., process)| process.is_some()) {
            written.retain(|(.., process)| process.is_some());
        }
        let processes = written.iter().filter_map(|(.., process)| *process).collect();
        let written = written.into_iter().map(|(at, doubt, _)| (at, doubt)).collect();
        (lines, ToldDeaths { written, processes })
    });
    once.filter(|(_, deaths)| deaths.written.len() >= FEWEST).collect()
}
