//! Many incidents: when, which host, who has to act, the first cause, how much failed, and where the report is; and which causes came again.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use serde::Serialize;

use super::interval::Measured;
use super::read::{ReadReport, read_report};
use crate::error::Result;

/// The form of the index.
const SCHEMA: &str = "rayscope.index/1";

/// All incidents, the latest first.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Incidents {
    /// The name and version of this form.
    pub schema: &'static str,
    /// One a report.
    pub incidents: Vec<IndexedIncident>,
    /// The first causes of several incidents, the most frequent first.
    pub again: Vec<Recurrence>,
    /// Files called `report.json` that are no report, or cannot be read, with the reason.
    pub passed_over: Vec<String>,
}

/// One incident.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IndexedIncident {
    /// When its evidence begins, RFC 3339.
    pub first: Option<String>,
    /// When its evidence ends.
    pub last: Option<String>,
    /// The hosts of what failed.
    pub hosts: Vec<String>,
    /// Who has to act.
    pub verdict: String,
    /// Why, in one sentence.
    pub headline: String,
    /// The id of the first cause; empty where none is named.
    pub cause: String,
    /// How many failures that cause explains.
    pub cause_failures: u64,
    /// How many causes follow.
    pub further_causes: usize,
    /// How much failed.
    pub failed: Measured,
    /// What is counted: `request` or `connection`.
    pub noun: &'static str,
    /// The folder of the report, from where the index lies, `/` between folders.
    pub folder: String,
}

/// A cause that was the first one of several incidents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Recurrence {
    /// Its id.
    pub cause: String,
    /// Of how many incidents.
    pub incidents: usize,
    /// How many failures it explains in all of them.
    pub failures: u64,
    /// When the latest of them began.
    pub latest: Option<String>,
}

/// The index of these reports, with links from the folder where it will lie.
///
/// # Errors
/// Where none of them can be read.
pub fn index(reports: &[PathBuf], from: &Path) -> Result<Incidents> {
    let (mut incidents, mut passed_over, mut refused) = (Vec::new(), Vec::new(), None);
    for path in reports {
        match read_report(path) {
            Ok(report) => incidents.push(indexed(&report, &relative(path.parent().unwrap_or(path), from))),
            Err(error) => {
                let told = error.to_string();
                passed_over.push(told.lines().next().unwrap_or_default().to_owned());
                refused.get_or_insert(error);
            }
        }
    }
    if let (Some(error), true) = (refused, incidents.is_empty()) {
        return Err(error);
    }
    incidents.sort_by(|a, b| (&b.first, &a.folder).cmp(&(&a.first, &b.folder)));
    let again = again(&incidents);
    Ok(Incidents { schema: SCHEMA, incidents, again, passed_over })
}

fn indexed(report: &ReadReport, folder: &str) -> IndexedIncident {
    IndexedIncident {
        first: report.window.first.clone(),
        last: report.window.last.clone(),
        hosts: report.hosts.clone(),
        verdict: report.verdict.kind.clone(),
        headline: report.verdict.headline.clone(),
        cause: report.causes.first().map_or_else(String::new, |cause| cause.slug.clone()),
        cause_failures: report.causes.first().map_or(0, |cause| cause.affected.failures),
        further_causes: report.causes.len().saturating_sub(1),
        failed: Measured::of(report.totals.failed(), report.totals.whole()),
        noun: report.totals.noun(),
        folder: folder.to_owned(),
    }
}

fn again(incidents: &[IndexedIncident]) -> Vec<Recurrence> {
    let mut by_cause: BTreeMap<&str, Recurrence> = BTreeMap::new();
    for incident in incidents.iter().filter(|incident| !incident.cause.is_empty()) {
        let cause = incident.cause.clone();
        let known = by_cause.entry(&incident.cause);
        let known = known.or_insert(Recurrence { cause, incidents: 0, failures: 0, latest: None });
        known.incidents += 1;
        known.failures = known.failures.saturating_add(incident.cause_failures);
        known.latest = known.latest.take().max(incident.first.clone());
    }
    let mut again: Vec<Recurrence> = by_cause.into_values().filter(|cause| cause.incidents > 1).collect();
    again.sort_by(|a, b| (b.incidents, b.failures, &a.cause).cmp(&(a.incidents, a.failures, &b.cause)));
    again
}

/// The way from one folder to another; both are absolute.
fn relative(to: &Path, from: &Path) -> String {
    let (to, from): (Vec<Component<'_>>, Vec<Component<'_>>) =
        (to.components().collect(), from.components().collect());
    let same = to.iter().zip(&from).take_while(|(a, b)| a == b).count();
    let up = from.iter().skip(same).map(|_| "..".to_owned());
    let down = to.iter().skip(same).map(|part| part.as_os_str().to_string_lossy().into_owned());
    let way: Vec<String> = up.chain(down).collect();
    if way.is_empty() { ".".to_owned() } else { way.join("/") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_from_the_index_to_the_report() {
        for (to, from, wanted) in [("/a/b/c", "/a", "b/c"), ("/a/b", "/a/x/y", "../../b"), ("/a", "/a", ".")]
        {
            assert_eq!(relative(Path::new(to), Path::new(from)), wanted);
        }
    }
}
