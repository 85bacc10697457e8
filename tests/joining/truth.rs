//! What should have been joined, what was, and how good that is.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::AddAssign;

use rayscope::correlate::Incident;
use rayscope::evidence::Place;
use rayscope::time::{Duration, Time};

use super::incident::{Axes, Drawn, JITTER, Layout, RaysIn, Request};

/// How many pairs of a failing request and its line there are, and how many were found.
#[derive(Clone, Copy, Debug, Default)]
pub struct Score {
    /// Failing requests whose line is in a log.
    pub logged: usize,
    /// Of these, those that can be told from all others.
    pub identifiable: usize,
    /// Of these, joined to their own line.
    pub found: usize,
    /// Lines that were joined to failing requests.
    pub joined: usize,
    /// Of these, to the request that they are about.
    pub right: usize,
    /// Failing requests that the report counts beyond those that failed.
    pub counted_twice: usize,
}

impl AddAssign for Score {
    fn add_assign(&mut self, other: Score) {
        self.logged += other.logged;
        self.identifiable += other.identifiable;
        self.found += other.found;
        self.joined += other.joined;
        self.right += other.right;
        self.counted_twice += other.counted_twice;
    }
}

impl Score {
    /// The share of the joined lines that are right.
    pub fn precision(&self) -> f64 {
        share(self.right, self.joined)
    }

    /// The share of the identifiable requests that were joined.
    pub fn recall(&self) -> f64 {
        share(self.found, self.identifiable)
    }

    /// The share of the failing requests with a line that can be told from all others.
    pub fn identifiable_share(&self) -> f64 {
        share(self.identifiable, self.logged)
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

/// Compares the join of an incident with what it was drawn from.
pub fn score(drawn: &Drawn, axes: &Axes, incident: &Incident) -> Score {
    let logged = logged_failures(drawn);
    let identifiable = identifiable(drawn, axes, &logged);
    let mut score = Score { logged: logged.len(), identifiable: identifiable.len(), ..Score::default() };
    let about = |place: Place| -> Option<usize> {
        let Place::Line { input, line, .. } = place else { return None };
        let (_, lines) = drawn.files.get(&incident.evidence.inputs.get(&input)?.name)?;
        lines.get(usize::try_from(line).ok()?.checked_sub(1)?).copied()
    };
    let mut found = BTreeSet::new();
    for case in &incident.cases {
        let Some(request) = case.edge(&incident.evidence).and_then(|row| about(row.place)) else { continue };
        for row in case.access(&incident.evidence) {
            let right = about(row.place) == Some(request);
            score.joined += 1;
            score.right += usize::from(right);
            if right {
                found.insert(request);
            }
        }
    }
    score.found = identifiable.intersection(&found).count();
    let failed = drawn.requests.iter().filter(|request| request.failed()).count();
    score.counted_twice = incident.cases.len().saturating_sub(failed);
    score
}

/// Failing requests of which a line is in a log.
fn logged_failures(drawn: &Drawn) -> BTreeSet<usize> {
    let lines =
        drawn.files.iter().filter(|(name, _)| name.starts_with("web")).flat_map(|(_, (_, about))| about);
    lines.copied().filter(|&index| drawn.requests[index].failed()).collect()
}

/// With rays all of them. Without, those whose method and target nobody else asks for within the jitter of the clocks and the resolution
/// of the lines.
fn identifiable(drawn: &Drawn, axes: &Axes, logged: &BTreeSet<usize>) -> BTreeSet<usize> {
    if axes.rays == RaysIn::All {
        return logged.clone();
    }
    let resolution = match axes.layout {
        Layout::Seconds | Layout::SecondsAndDuration => Duration::SECOND,
        Layout::Milliseconds => Duration::MILLISECOND,
    };
    let within = resolution + JITTER;
    // A line without a duration tells only when the request was over.
    let moment = |request: &Request| -> Time {
        if axes.layout == Layout::Seconds { request.at_origin.1 } else { request.at_origin.0 }
    };
    let mut by_key: BTreeMap<(&str, &str), Vec<(Time, usize)>> = BTreeMap::new();
    for (index, request) in drawn.requests.iter().enumerate() {
        by_key.entry((request.method, &request.target)).or_default().push((moment(request), index));
    }
    let mut identifiable = BTreeSet::new();
    for requests in by_key.values_mut() {
        requests.sort_unstable();
        for (at, &(time, index)) in requests.iter().enumerate() {
            let near = |other: Option<&(Time, usize)>| {
                other.is_some_and(|(other, _)| other.since(time).abs() <= within)
            };
            let before = at.checked_sub(1).and_then(|before| requests.get(before));
            if logged.contains(&index) && !near(before) && !near(requests.get(at + 1)) {
                identifiable.insert(index);
            }
        }
    }
    identifiable
}
