//! The laws of judgement that one incident can break by itself. Those that speak of one incident beside another are held by `tests/lab/laws`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rayscope::evidence::Place;
use rayscope::report::model::{Cause, Report, SignState};

use crate::support::extraction::{extracted, incident};

/// What the edge says of a request that never reached the origin. (That of a 524 did.)
const NEVER_SENT: [u16; 5] = [521, 522, 523, 525, 526];

/// How many lines of requests the joined incident gives to requests; where to one that was never sent, but for a line with its ray; and where
/// to two.
pub fn joins(evidence: &Path) -> (usize, Vec<String>) {
    let incident = incident(extracted(evidence));
    let rows = &incident.evidence;
    let (mut broken, mut served): (Vec<String>, BTreeMap<Place, usize>) = (Vec::new(), BTreeMap::new());
    for case in &incident.cases {
        let access = case.access(rows).map(|row| (row.place, row.line.ray.map(|ray| ray.ray)));
        let messages = case.messages(rows).filter(|row| row.line.ray.is_some() || row.line.request.is_some());
        let lines: Vec<_> = access.chain(messages.map(|row| (row.place, row.line.ray))).collect();
        let never_sent = case.edge_status(rows).is_some_and(|status| NEVER_SENT.contains(&status));
        for (place, ray) in lines {
            *served.entry(place).or_default() += 1;
            if never_sent && (ray.is_none() || ray != case.ray) {
                broken.push(format!(
                    "law 1: a request with {:?} has the line {place:?}",
                    case.edge_status(rows)
                ));
            }
        }
    }
    let given = served.len();
    let twice = served.into_iter().filter(|(_, requests)| *requests > 1);
    broken
        .extend(twice.map(|(place, requests)| format!("law 2: {requests} requests have the line {place:?}")));
    (given, broken)
}

/// Figures in the sentences of causes that no sign carries. What is counted (requests, moments, shares) needs none.
pub fn figures_without_sign(report: &Report) -> Vec<String> {
    report.causes.iter().flat_map(of_cause).collect()
}

fn of_cause(cause: &Cause) -> Vec<String> {
    let mut carried: BTreeSet<String> = BTreeSet::new();
    for sign in cause.signs.iter().filter(|sign| sign.state == SignState::Seen) {
        carried.extend(figures(&sign.text));
    }
    // The first sentence counts and dates up to "UTC"; the last one is the contrast, which stands in the report as figures.
    let (_, measured) = cause.summary.split_once(" UTC").unwrap_or_default();
    let contrast = measured.rfind(" % of them, but ").and_then(|at| measured[..at].rfind(". "));
    let claimed = &measured[..contrast.map_or(measured.len(), |at| at + 1)];
    let bare = figures(claimed).into_iter().filter(|figure| !carried.contains(figure));
    bare.map(|figure| format!("law 6: {}: {figure} in: {}", cause.slug, cause.summary)).collect()
}

/// Words of a text that hold a digit, without what stands around them.
fn figures(text: &str) -> Vec<String> {
    let words = text.split_whitespace().filter(|word| word.bytes().any(|byte| byte.is_ascii_digit()));
    words.map(|word| word.trim_matches(|char: char| !char.is_alphanumeric()).to_owned()).collect()
}
