//! Which formats a text is in, by how many of its first lines each reads. A container writes requests and messages into one stream, and several containers
//! may stand in one text: so the lines that the first format does not read have a vote of their own.

use crate::logs::format::application::ApplicationLog;
use crate::logs::format::go_proxy::GoProxy;
use crate::logs::format::server_errors::{ServerErrors, WebServerErrors};
use crate::logs::format::server_requests::ServerRequests;
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::log_format::{LogFormat, LogReader};
use crate::logs::sample::Sample;
use crate::time::Time;

/// Formats of requests that read what the application writes among them as well, and with that whatever begins with an instant.
const OF_APPLICATIONS: [&str; 4] = ["gin", "rails", "uvicorn", "uwsgi"];

/// Proposes a format for a sample; it is then judged by how many lines it reads.
pub type Detector = fn(&Sample<'_>) -> Option<LogFormat>;

/// A format, and what it made of the lines of a sample.
struct Vote<'a> {
    format: LogFormat,
    /// Lines that gave a row.
    matched: usize,
    /// Those of them that can hardly be anything else: requests with their status, messages that are known.
    certain: usize,
    /// Lines that gave none.
    rest: Vec<&'a [u8]>,
}

/// The format of most lines, with a second one for the rest where they are many or can hardly be anything else; `None` where too few lines are in any format.
/// `told` come before any guess. The last of the detectors is the application's, which reads whatever begins with an instant.
pub fn bare_format_of(
    head: &[u8],
    lines: &[&[u8]],
    told: Vec<LogFormat>,
    detectors: &[Detector],
) -> Option<LogFormat> {
    let sample = Sample { head, lines: lines.to_vec() };
    let first = best_of(&sample, told, detectors)?;
    let total = sample.lines.len();
    // A stray line that looks like a log makes no log of a text; one in five does: traces are longer than their message.
    if first.matched.saturating_mul(5) < total && !(first.is_many(total) && first.matched >= 5) {
        return None;
    }
    let particular = detectors.get(..detectors.len().saturating_sub(1)).unwrap_or_default();
    if first.format.id() != ApplicationLog.id() {
        let second = among_rest(&first, &sample, particular).map(|second| second.format);
        let second = second.or_else(|| GoProxy::beside_requests(&sample));
        return Some(with_what_comes_late(first.format, second));
    }
    // What is read with any instant may be of two formats that know more of it.
    let closer = best_of(&sample, Vec::new(), particular).filter(|vote| vote.is_second(&sample));
    let beside = closer.as_ref().and_then(|closer| among_rest(closer, &sample, particular));
    let of_both = [&closer, &beside].into_iter().flatten().map(|vote| vote.matched).sum::<usize>();
    let requests =
        [&closer, &beside].into_iter().flatten().find(|vote| vote.format.kind() == LogKind::AccessLog);
    let requests = requests.map(|vote| vote.format.clone());
    if let (Some(closer), Some(_)) = (&closer, &requests)
        && of_both >= first.matched
    {
        return Some(with_what_comes_late(closer.format.clone(), beside.map(|beside| beside.format)));
    }
    let second = requests.or_else(|| among_rest(&first, &sample, particular).map(|second| second.format));
    Some(with_what_comes_late(first.format, second))
}

/// The format of most of the lines that another one of the sample's does not read, where they are many or can hardly be anything else.
fn among_rest<'a>(vote: &Vote<'a>, sample: &Sample<'a>, detectors: &[Detector]) -> Option<Vote<'a>> {
    let rest = Sample { head: sample.head, lines: vote.rest.clone() };
    // Which server writes the messages says how it dates its requests, which a few of these do not.
    let usual = ServerRequests::beside(vote.format.id()).map(LogFormat::new);
    best_of(&rest, usual.into_iter().collect(), detectors).filter(|second| second.is_second(sample))
}

/// Whether one of these formats reads more than half of the lines.
pub fn reads_most(sample: &Sample<'_>, told: Vec<LogFormat>) -> bool {
    best_of(sample, told, &[]).is_some_and(|best| best.matched.saturating_mul(2) > sample.lines.len())
}

/// A format, with the second one that its sample shows, and with what the same server writes of which the sample may show too little: messages among
/// requests, requests among messages.
fn with_what_comes_late(format: LogFormat, second: Option<LogFormat>) -> LogFormat {
    let is_of_requests = |format: &LogFormat| format.kind() == LogKind::AccessLog;
    if is_of_requests(&format) {
        return match &second {
            Some(second) if OF_APPLICATIONS.contains(&second.id()) => {
                format.or(second).or_late(ServerErrors).behind(WebServerErrors)
            }
            Some(second) => format.or(second).or_late(ServerErrors),
            None => format.or(&LogFormat::new(ServerErrors)),
        };
    }
    let late = ServerRequests::beside(format.id()).filter(|_| !second.as_ref().is_some_and(is_of_requests));
    // An application's log is asked last: whatever begins with an instant is its line, and what nginx says and what Caddy was asked begin with one.
    let is_application = format.id() == ApplicationLog.id();
    let format = match second {
        Some(second) if is_application && is_of_requests(&second) => format.behind_requests(&second),
        Some(second) => format.or(&second),
        None => format,
    };
    let format = if is_application { format.behind(WebServerErrors) } else { format };
    match late {
        Some(requests) => format.or_late(requests),
        None => format,
    }
}

/// The format that reads most of the lines: of those told and those that can be recognised.
fn best_of<'a>(sample: &Sample<'a>, told: Vec<LogFormat>, detectors: &[Detector]) -> Option<Vote<'a>> {
    let guessed = detectors.iter().filter_map(|detect| detect(sample));
    let mut best: Option<Vote<'a>> = None;
    for format in told.into_iter().chain(guessed) {
        let vote = Vote::of(format, sample);
        // More than half is the majority: nothing later can be a better name for the file.
        let majority = vote.matched.saturating_mul(2) > sample.lines.len();
        if vote.matched > 0 && best.as_ref().is_none_or(|best| vote.matched > best.matched) {
            best = Some(vote);
        }
        if majority {
            break;
        }
    }
    best
}

impl<'a> Vote<'a> {
    fn of(format: LogFormat, sample: &Sample<'a>) -> Vote<'a> {
        let mut reader = trial_reader(&format);
        let (mut matched, mut certain, mut rest) = (0usize, 0usize, Vec::new());
        for line in &sample.lines {
            match reader.parse(line) {
                Parsed::Skip(skip) if skip != Skip::Partial => rest.push(*line),
                parsed => {
                    matched = matched.saturating_add(1);
                    certain = certain.saturating_add(usize::from(is_certain(&parsed)));
                }
            }
        }
        Vote { format, matched, certain, rest }
    }

    /// Whether it reads one line in twenty.
    fn is_many(&self, total: usize) -> bool {
        self.matched.saturating_mul(20) >= total
    }

    /// Whether it reads enough of a sample to stand beside another format.
    fn is_second(&self, sample: &Sample<'_>) -> bool {
        self.is_many(sample.lines.len()) || self.certain.saturating_mul(2) > self.matched
    }
}

/// Whether a row can hardly be anything else.
fn is_certain(parsed: &Parsed) -> bool {
    match parsed {
        Parsed::Access(row) => row.method.is_some() && row.target.is_some() && row.status.is_some(),
        Parsed::Message(row) => row.signature.is_some(),
        Parsed::Edge(_) => true,
        Parsed::Cause(_) | Parsed::Skip(_) => false,
    }
}

/// A reader to try a format with: any instant will do to read lines without a year.
fn trial_reader(format: &LogFormat) -> LogReader {
    format.reader(Some(Time(0)))
}
