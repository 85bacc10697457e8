//! Extraction from HAR files and saved answers: every entry becomes a row, and the sizes of its headers and cookies are noted.

use crate::evidence::input::{InputKind, InputSummary};
use crate::evidence::partial::Partial;
use crate::evidence::place::{InputId, Place};
use crate::evidence::row::HarRow;
use crate::evidence::tally::{Direction, HeaderKind, Tallies, slower};
use crate::har::{self, HeadAudit, Saved};
use crate::source::Content;
use crate::time::Time;

/// A HAR file larger than this is not read: browsers write tens of megabytes.
const LARGEST: usize = 1 << 30;

/// Extracts an answer that was saved by hand.
pub fn extract_saved(input: InputId, name: &str, bytes: u64, content: &Content, saved: Saved) -> Partial {
    /// Pages and outputs of curl are small; what lies behind is not looked at.
    const LARGEST: usize = 16 << 20;
    let mut partial = Partial::default();
    let mut summary = InputSummary::new(name, InputKind::Har, saved.id(), bytes);
    let answers = saved.read(&content.head(LARGEST));
    summary.records = answers.entries.len() as u64;
    for entry in answers.entries {
        row(&mut partial, &mut summary, input, entry);
    }
    if !answers.notes.is_empty() {
        summary
            .warnings
            .push(format!("what it says of faults is only told, not judged: {}", answers.notes.join("; ")));
    }
    partial.inputs.insert(input, summary);
    partial
}

/// Extracts a HAR file; one that cannot be read is listed with the reason.
pub fn extract(input: InputId, name: &str, bytes: u64, content: &Content, host: Option<&str>) -> Partial {
    let mut partial = Partial::default();
    let mut summary = InputSummary::new(name, InputKind::Har, "har", bytes);
    match har::read(&content.head(LARGEST)) {
        Ok(file) => {
            summary.records = file.entries.len() as u64;
            for entry in file.entries {
                let other = host.is_some_and(|host| !entry.host.eq_ignore_ascii_case(host));
                if !other {
                    row(&mut partial, &mut summary, input, entry);
                }
            }
        }
        Err(error) => {
            summary.skipped = 1;
            summary.warnings.push(error.to_string());
        }
    }
    partial.inputs.insert(input, summary);
    partial
}

fn row(partial: &mut Partial, summary: &mut InputSummary, input: InputId, entry: har::Entry) {
    let place = Place::Entry { input, entry: entry.index };
    let start = entry.start.unwrap_or_default();
    if let Some(start) = entry.start {
        summary.saw(start);
        summary.saw(start.plus(entry.duration.unwrap_or_default()));
        partial.tallies.request(input, start, entry.status);
    }
    // The edge may say how long the origin took; otherwise the time that the browser waited comes closest.
    if let Some(waited) = entry.origin_time.or(entry.timings.wait) {
        partial.tallies.slowest_first_byte =
            slower(partial.tallies.slowest_first_byte, Some((waited, place)));
    }
    audit(&mut partial.tallies, Direction::Request, &entry.request, start, place);
    audit(&mut partial.tallies, Direction::Response, &entry.response, start, place);
    partial.har.push(HarRow { place, entry });
}

fn audit(tallies: &mut Tallies, direction: Direction, head: &HeadAudit, time: Time, place: Place) {
    tallies.head(direction, head.bytes, place);
    for (name, bytes) in &head.headers {
        tallies.header(direction, HeaderKind::Header, name, *bytes, time, place);
    }
    for (name, bytes) in &head.cookies {
        tallies.header(direction, HeaderKind::Cookie, name, *bytes, time, place);
    }
}
