//! The whole way from the bytes of one file, or of several, to a report in all its forms.

use std::sync::Arc;

use rayscope::capture;
use rayscope::compose;
use rayscope::correlate::{Filter, Incident};
use rayscope::diagnose::diagnose;
use rayscope::evidence::{InputId, Interest, Partial};
use rayscope::extract::capture::{CaptureFile, CaptureWanted};
use rayscope::extract::log::{LogFile, Look, SampleLimits, Wanted};
use rayscope::extract::{Extraction, browser, extract, log};
use rayscope::facts::limits::Profile;
use rayscope::facts::ranges::EdgeRanges;
use rayscope::logs::{TextContent, recognise};
use rayscope::memory::MemoryBudget;
use rayscope::report::{html, json, markdown};
use rayscope::source::Content;

use super::sources::found_in;

const NAME: &str = "input";

/// A capture in which every address is the edge's, so that whatever breaks is a failure to be explained.
pub fn capture(bytes: &[u8]) {
    let Some(format) = capture::recognise(bytes) else { return };
    let content = Content::from_vec(bytes.to_vec());
    let file = CaptureFile {
        input: InputId(0),
        name: NAME,
        bytes: bytes.len() as u64,
        content: &content,
        format,
        first: None,
    };
    let (profile, interest) = (Profile::cloudflare(), Interest::default());
    let sessions = Arc::default();
    let wanted = CaptureWanted {
        ranges: &ranges(),
        profile: &profile,
        interest: &interest,
        sessions: &sessions,
        host: None,
        memory: MemoryBudget::default(),
    };
    let (partial, _) = rayscope::extract::set_reading::extract(&[file], &wanted, &|_| {}, None);
    report(partial);
}

/// A log or a HAR file.
pub fn text(bytes: &[u8]) {
    let content = Content::from_vec(bytes.to_vec());
    let partial = match recognise(bytes) {
        TextContent::Har => browser::extract(InputId(0), NAME, bytes.len() as u64, &content, None),
        TextContent::Log(format) => {
            let log = LogFile {
                input: InputId(0),
                name: NAME,
                bytes: bytes.len() as u64,
                content: &content,
                format: &format,
            };
            let wanted = Wanted {
                interest: &Interest::default(),
                profile: &Profile::cloudflare(),
                host: None,
                reference: None,
                look: Look::First,
                limits: &SampleLimits::default(),
                memory: MemoryBudget::default(),
            };
            log::extract(&log, &wanted, &|_| {})
        }
        _ => return,
    };
    report(partial);
}

/// The most files of one incident.
const MOST_FILES: usize = 8;

/// Several files that tell of one incident, or do not, each behind its length in three bytes; found, opened and joined as the program does it.
pub fn incident(mut bytes: &[u8]) {
    let mut files = Vec::new();
    while let ([high, middle, low, rest @ ..], true) = (bytes, files.len() < MOST_FILES) {
        let length = u32::from_be_bytes([0, *high, *middle, *low]) as usize;
        let (file, after) = rest.split_at(length.min(rest.len()));
        files.push(file);
        bytes = after;
    }
    let extraction = Extraction { ranges: ranges(), ..Extraction::default() };
    found_in(&files, |found| report(extract(found, &extraction, &|_| {})));
}

fn report(partial: Partial) {
    let incident = Incident::of(partial, ranges(), Profile::cloudflare(), Filter::default());
    let report = compose::report(&diagnose(incident), compose::Redaction::On);
    let printed = json::render(&report);
    assert!(printed.ends_with("}\n") || printed.ends_with('}'), "the report is whole");
    let _ = markdown::render(&report);
    let _ = html::render(&report);
}

fn ranges() -> EdgeRanges {
    let everywhere = ["0.0.0.0/0", "::/0"].into_iter().filter_map(|range| range.parse().ok());
    EdgeRanges::with(&everywhere.collect::<Vec<_>>())
}
