//! What should have been joined, what was, and how good that is.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::AddAssign;

use rayscope::correlate::Incident;
use rayscope::evidence::Place;
use rayscope::time::{Duration, Time};

use super::incident::{Axes, Drawn, JITTER, Layout, RaysIn, Request};

/// How many pairs of a failing request and a line about it there are, and how many were found.
#[derive(Clone, Copy, Debug, Default)]
pub struct Score {
    /// Lines about failing requests.
    pub logged: usize,
    /// Of these, those that can be told from all others.
    pub identifiable: usize,
    /// Of these, joined to their request.
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

    /// The share of the identifiable lines that were joined.
    pub fn recall(&self) -> f64 {
        share(self.found, self.identifiable)
    }

    /// The share of the lines about failing requests that can be told from all others.
    pub fn identifiable_share(&self) -> f64 {
        share(self.identifiable, self.logged)
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

/// A file and a request that a line of it is about.
type About<'d> = (&'d str, usize);

/// Compares the join of an incident with what it was drawn from: lines of access logs, and messages.
pub fn score(drawn: &Drawn, axes: &Axes, incident: &Incident) -> [Score; 2] {
    let about = |place: Place| -> Option<About<'_>> {
        let Place::Line { input, line, .. } = place else { return None };
        let (name, (_, lines)) = drawn.files.get_key_value(&incident.evidence.inputs.get(&input)?.name)?;
        Some((name, lines.get(usize::try_from(line).ok()?.checked_sub(1)?).copied()?))
    };
    let said = |place: Place| -> Option<(&str, &str)> {
        let Place::Line { input, line, .. } = place else { return None };
        let (text, _) = drawn.files.get(&incident.evidence.inputs.get(&input)?.name)?;
        text.lines().nth(usize::try_from(line).ok()?.checked_sub(1)?).map(but_for_connection)
    };
    let said_of = said_of(drawn);
    let (mut lines, mut messages) = (Joins::default(), Joins::default());
    for case in &incident.cases {
        let Some((_, request)) = case.edge(&incident.evidence).and_then(|row| about(row.place)) else {
            continue;
        };
        for told in case.access(&incident.evidence).filter_map(|row| about(row.place)) {
            lines.add(request, told);
        }
        for told in case.messages(&incident.evidence).filter_map(|row| about(row.place).zip(said(row.place)))
        {
            // A message that says the same as its own is as good.
            let (told, said) = told;
            let own = said_of.get(&(told.0, request));
            let is_right = own.is_some_and(|own| own.contains(&said));
            messages.add(request, if is_right { (told.0, request) } else { told });
        }
    }
    let others = Others::of(drawn, axes);
    let failed = drawn.requests.iter().filter(|request| request.failed()).count();
    let mut of_lines = lines.score(&logged(drawn, "access.log"), |index| others.is_alone(index));
    of_lines.counted_twice = incident.cases.len().saturating_sub(failed);
    let of_messages = messages.score(&logged(drawn, "error.log"), |index| others.is_alone_as_it_ends(index));
    [of_lines, of_messages]
}

/// A message without the number of its connection: when, and what.
fn but_for_connection(line: &str) -> (&str, &str) {
    let (before, rest) = line.split_once(" *").unwrap_or((line, ""));
    (before, rest.split_once(' ').map_or("", |(_, said)| said))
}

/// What each request left in each error log.
fn said_of(drawn: &Drawn) -> BTreeMap<About<'_>, BTreeSet<(&str, &str)>> {
    let mut said: BTreeMap<About<'_>, BTreeSet<(&str, &str)>> = BTreeMap::new();
    for (name, (text, about)) in drawn.files.iter().filter(|(name, _)| name.ends_with("error.log")) {
        for (line, request) in text.lines().zip(about) {
            said.entry((name, *request)).or_default().insert(but_for_connection(line));
        }
    }
    said
}

/// What was joined.
#[derive(Default)]
struct Joins<'d> {
    joined: usize,
    right: usize,
    found: BTreeSet<About<'d>>,
}

impl<'d> Joins<'d> {
    fn add(&mut self, request: usize, told: About<'d>) {
        self.joined += 1;
        self.right += usize::from(told.1 == request);
        if told.1 == request {
            self.found.insert(told);
        }
    }

    fn score(&self, logged: &BTreeSet<About<'d>>, is_identifiable: impl Fn(usize) -> bool) -> Score {
        let identifiable: BTreeSet<About<'d>> =
            logged.iter().filter(|(_, index)| is_identifiable(*index)).copied().collect();
        Score {
            logged: logged.len(),
            identifiable: identifiable.len(),
            found: identifiable.intersection(&self.found).count(),
            joined: self.joined,
            right: self.right,
            counted_twice: 0,
        }
    }
}

/// Lines about failing requests that the edge's log has, too.
fn logged<'d>(drawn: &'d Drawn, kind: &str) -> BTreeSet<About<'d>> {
    let edge: BTreeSet<usize> = drawn.files["cloudflare/edge.log"].1.iter().copied().collect();
    let files = drawn.files.iter().filter(|(name, _)| name.ends_with(kind));
    let lines = files.flat_map(|(name, (_, about))| about.iter().map(|index| (name.as_str(), *index)));
    lines.filter(|(_, index)| drawn.requests[*index].failed() && edge.contains(index)).collect()
}

/// Who asks the same as a request, and when.
struct Others<'d> {
    drawn: &'d Drawn,
    axes: &'d Axes,
    by_key: BTreeMap<(&'d str, &'d str), Vec<usize>>,
}

impl<'d> Others<'d> {
    fn of(drawn: &'d Drawn, axes: &'d Axes) -> Others<'d> {
        let mut by_key: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
        for (index, request) in drawn.requests.iter().enumerate() {
            by_key.entry((request.method, &request.target)).or_default().push(index);
        }
        Others { drawn, axes, by_key }
    }

    fn any(&self, index: usize, is_near: impl Fn(&Request) -> bool) -> bool {
        let request = &self.drawn.requests[index];
        let same = &self.by_key[&(request.method, request.target.as_str())];
        same.iter().any(|&other| other != index && is_near(&self.drawn.requests[other]))
    }

    /// With rays every line. Without, that of a request whose method and target nobody else asks for within the jitter of the clocks and
    /// the resolution of the lines.
    fn is_alone(&self, index: usize) -> bool {
        let resolution = match self.axes.layout {
            Layout::Seconds | Layout::SecondsAndDuration => Duration::SECOND,
            Layout::Milliseconds => Duration::MILLISECOND,
        };
        // A line without a duration tells only when the request was over.
        let moment = |request: &Request| -> Time {
            if self.axes.layout == Layout::Seconds { request.at_origin.1 } else { request.at_origin.0 }
        };
        let own = moment(&self.drawn.requests[index]);
        self.axes.rays == RaysIn::All
            || !self.any(index, |other| moment(other).since(own).abs() <= resolution + JITTER)
    }

    /// A message, which tells whole seconds, of a request that ended while nobody else was asking for the same.
    fn is_alone_as_it_ends(&self, index: usize) -> bool {
        let within = Duration::SECOND + JITTER;
        let end = self.drawn.requests[index].at_origin.1;
        !self.any(index, |other| {
            let (from, to) = other.at_origin;
            from.since(end) <= within && end.since(to) <= within
        })
    }
}
