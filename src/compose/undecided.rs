//! How sources were brought together where no ray does so, and what was brought to nothing.

use crate::correlate::{Incident, Join};

/// One sentence for each.
pub fn notes(incident: &Incident) -> Vec<String> {
    let mut notes = Vec::new();
    let by_time = incident.cases.iter().filter(|case| case.join > Join::Ray).count();
    if by_time > 0 {
        notes.push(format!("{by_time} failing requests were joined by addresses or time, not by ray"));
    }
    let passed_over = incident.passed_over;
    if passed_over.unmatched_lines > 0 {
        notes.push(format!(
            "{} failures in the origin's logs belong to no failing request of the edge's log for certain, although it covers their \
             time; they are not counted as further failures",
            passed_over.unmatched_lines
        ));
    }
    if passed_over.of_another_time > 0 {
        notes.push(format!(
            "{} failures in the origin's logs lie more than an hour outside the time of the edge's log; they are none of this incident",
            passed_over.of_another_time
        ));
    }
    if passed_over.undecided > 0 {
        notes.push(format!(
            "{} failing requests may have left a line of the origin's logs that another request may have left as well; they were \
             given none",
            passed_over.undecided
        ));
    }
    if passed_over.undecided_messages > 0 {
        notes.push(format!(
            "{} messages of the origin's logs may be about several requests; they were joined to none",
            passed_over.undecided_messages
        ));
    }
    let beyond: u64 = incident.evidence.competing_beyond.values().sum();
    if beyond > 0 {
        notes.push(format!(
            "{beyond} healthy requests that ask the same as failing ones near them were beyond what is kept: lines without a ray, and \
             messages, may be joined to the wrong one"
        ));
    }
    notes
}
