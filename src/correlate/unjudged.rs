//! Failing requests that are not judged one by one, since there are so many of them.

use super::case::Case;
use super::clock::Clocks;
use super::counted::CountedIn;
use super::coverage::spans;
use super::filter::Filter;
use super::whole::Whole;
use crate::evidence::InputKind;
use crate::evidence::failing_lines::FailingLine;
use crate::evidence::row::MOST_EXCHANGES;
use crate::time::{Duration, Time};

/// How many they are, beyond those that are judged as cases. No request is in both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unjudged {
    /// Those that logs tell of: by the edge's logs, or, where these let none go, by the origins'.
    pub in_logs: u64,
    /// Those that captures alone tell of: on connections that had more than are kept of one.
    pub on_connections: u64,
}

impl Unjudged {
    /// Beyond these cases.
    pub(super) fn of(
        unit: CountedIn,
        cases: &[Case],
        evidence: &Whole,
        clocks: &Clocks,
        filter: &Filter,
    ) -> Unjudged {
        // Single rays are looked for and found.
        if unit == CountedIn::Connections || !filter.rays.is_empty() {
            return Unjudged::default();
        }
        Unjudged {
            in_logs: in_logs(cases, evidence),
            on_connections: on_connections(cases, evidence, clocks),
        }
    }

    /// All of them.
    pub fn all(self) -> u64 {
        self.in_logs.saturating_add(self.on_connections)
    }
}

/// Which lines were kept was left to chance: as many of those that were let go tell of a request of its own, in the window and of the host that are asked
/// about, as of the kept ones made a case.
fn in_logs(cases: &[Case], evidence: &Whole) -> u64 {
    let let_go = |kind: InputKind| -> u64 {
        let let_go = evidence.let_go.iter();
        let_go.filter(|(input, _)| evidence.kind(**input) == Some(kind)).map(|(_, count)| count).sum()
    };
    match let_go(InputKind::EdgeLog) {
        0 => {
            let told = cases.iter().filter(|case| case.access(evidence).any(FailingLine::fails)).count();
            let kept = evidence.access.iter().filter(|row| row.fails()).count();
            share(let_go(InputKind::AccessLog), told, kept)
        }
        lines => {
            let told =
                cases.iter().filter(|case| case.edge(evidence).is_some_and(FailingLine::fails)).count();
            share(lines, told, evidence.edge.iter().filter(|row| row.fails()).count())
        }
    }
}

/// As many as of the first ones of such connections made a case: not one that its client gave up, or that lies out of the window. A log of the
/// same time has told of them itself.
fn on_connections(cases: &[Case], evidence: &Whole, clocks: &Clocks) -> u64 {
    let beyond: u64 = evidence.tallies.servers.values().map(|server| server.unjudged_requests).sum();
    let reach = |kinds: &[InputKind]| {
        let inputs =
            evidence.inputs.iter().filter(|(_, input)| input.records > 0 && kinds.contains(&input.kind));
        spans(inputs, clocks)
    };
    if beyond == 0 {
        return 0;
    }
    let logs = reach(&[InputKind::EdgeLog, InputKind::AccessLog]);
    let captures = reach(&[InputKind::Capture]);
    // Logs tell whole seconds.
    let meets = |(from, to): &(Time, Time), (first, last): &(Time, Time)| {
        *from <= last.plus(Duration::SECOND) && *first <= to.plus(Duration::SECOND)
    };
    if captures.iter().any(|capture| logs.iter().any(|log| meets(capture, log))) {
        return 0;
    }
    let is_full = |case: &Case| {
        let mut rows = case.attempts.iter().filter(|attempt| attempt.exchange.is_some());
        rows.any(|attempt| {
            let row = evidence.connections.get(attempt.connection);
            row.is_some_and(|row| row.exchanges.len() >= MOST_EXCHANGES)
        })
    };
    let told = cases.iter().filter(|case| is_full(case)).count();
    let kept = evidence.connections.iter().map(|row| row.exchanges.len());
    share(beyond, told, kept.filter(|kept| *kept >= MOST_EXCHANGES).sum())
}

fn share(beyond: u64, told: usize, kept: usize) -> u64 {
    u64::try_from(u128::from(beyond) * told as u128 / kept.max(1) as u128).unwrap_or(u64::MAX)
}
