//! Failing requests that logs tell of and that are not judged one by one, since there are so many of them.

use super::case::Case;
use super::counted::CountedIn;
use super::filter::Filter;
use super::whole::Whole;
use crate::evidence::InputKind;
use crate::evidence::failing_lines::FailingLine;

/// How many: by the edge's logs, or, where these let none go, by the origins'. Which lines were kept was left to chance: as many of those that were let go
/// tell of a request of its own, in the window and of the host that are asked about, as of the kept ones made a case.
pub fn unjudged(unit: CountedIn, cases: &[Case], evidence: &Whole, filter: &Filter) -> u64 {
    // Single rays are looked for and found.
    if unit == CountedIn::Connections || !filter.rays.is_empty() {
        return 0;
    }
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

fn share(lines: u64, told: usize, kept: usize) -> u64 {
    u64::try_from(u128::from(lines) * told as u128 / kept.max(1) as u128).unwrap_or(u64::MAX)
}
