//! Failing requests that are not judged one by one, since there are so many of them.

use super::case::Case;
use super::counted::CountedIn;
use super::filter::Filter;
use super::whole::Whole;
use crate::evidence::failing_lines::FailingLine;
use crate::evidence::row::MOST_EXCHANGES;
use crate::evidence::server_tally::ServerTally;
use crate::evidence::{ConnectionRow, InputKind};

/// How many they are, beyond those that are judged as cases, by what failures are counted in. No request is in both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unjudged {
    /// Those that logs tell of: by the edge's logs, or, where these let none go, by the origins'.
    pub in_logs: u64,
    /// Those that captures alone tell of: on connections that had more than are kept of one.
    pub on_connections: u64,
    /// Those that captures alone tell of, on connections that were let go, since there were so many that failed.
    pub of_connections: u64,
    /// Connections that failed before any request; none where failures are counted in requests.
    pub connections: u64,
}

impl Unjudged {
    /// Beyond these cases.
    pub(super) fn of(unit: CountedIn, cases: &[Case], evidence: &Whole, filter: &Filter) -> Unjudged {
        // Single rays are looked for and found.
        if !filter.rays.is_empty() {
            return Unjudged::default();
        }
        if unit == CountedIn::Connections {
            return Unjudged { connections: before_request(cases, evidence), ..Unjudged::default() };
        }
        let in_logs = in_logs(cases, evidence);
        let of_full = |row: &ConnectionRow| match row.exchanges.len() {
            all @ MOST_EXCHANGES.. => all,
            _ => 0,
        };
        let on_connections =
            of_captures(cases, evidence, in_logs, |server| server.unjudged_requests, of_full);
        let of_connections = of_captures(
            cases,
            evidence,
            in_logs,
            |server| server.let_go_requests,
            ConnectionRow::failed_requests,
        );
        Unjudged { in_logs, on_connections, of_connections, connections: 0 }
    }

    /// All of them that are requests.
    pub fn requests(self) -> u64 {
        self.in_logs.saturating_add(self.on_connections).saturating_add(self.of_connections)
    }

    /// All of them.
    pub fn all(self) -> u64 {
        self.requests().saturating_add(self.connections)
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

/// Of those that servers' tallies count, as many as of the kept ones on connections like theirs made a case of which no log tells: not one that its client gave up, or
/// that lies out of the window. What a log named by its ray was kept for that, and is left out; but where logs let lines go, it may have been looked up.
fn of_captures(
    cases: &[Case],
    evidence: &Whole,
    in_logs: u64,
    beyond: impl Fn(&ServerTally) -> u64,
    like_them: impl Fn(&ConnectionRow) -> usize,
) -> u64 {
    let beyond = evidence.tallies.over_servers(beyond);
    if beyond == 0 {
        return 0;
    }
    let kept: usize = evidence.connections.iter().map(&like_them).sum();
    let (mut alone, mut named) = (0usize, 0usize);
    let carried = |case: &&Case| {
        let mut rows = case.attempts.iter().filter(|attempt| attempt.exchange.is_some());
        rows.any(|attempt| evidence.connections.get(attempt.connection).is_some_and(|row| like_them(row) > 0))
    };
    for case in cases.iter().filter(carried) {
        let (edge, mut lines) = (case.edge(evidence), case.access(evidence).peekable());
        alone += usize::from(edge.is_none() && lines.peek().is_none());
        let is_named = edge.is_some_and(|row| row.ray().is_some()) || lines.any(|row| row.ray().is_some());
        named += usize::from(is_named && in_logs == 0);
    }
    share(beyond, alone, kept.saturating_sub(named))
}

/// Of the connections that failed before any request and were let go, as many as of the kept ones made a case.
fn before_request(cases: &[Case], evidence: &Whole) -> u64 {
    let is_like = |row: &ConnectionRow| row.exchanges.is_empty() && row.failed_before_request();
    let last =
        |case: &Case| case.attempts.last().and_then(|attempt| evidence.connections.get(attempt.connection));
    let told = cases.iter().filter(|case| last(case).is_some_and(is_like)).count();
    let kept = evidence.connections.iter().filter(|row| is_like(row)).count();
    share(evidence.tallies.over_servers(|server| server.unjudged), told, kept)
}

fn share(beyond: u64, told: usize, kept: usize) -> u64 {
    u64::try_from(u128::from(beyond) * told as u128 / kept.max(1) as u128).unwrap_or(u64::MAX)
}
