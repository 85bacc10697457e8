//! Extraction from logs: lines about failures become rows, all others are counted and sampled.

use crate::evidence::failure;
use crate::evidence::input::{InputKind, InputSummary, LineCounts};
use crate::evidence::interest::Interest;
use crate::evidence::partial::Partial;
use crate::evidence::place::{InputId, Place};
use crate::evidence::row::{AccessRow, EdgeRow, MessageRow};
use crate::evidence::sample::{HealthyRequest, Samples, Seen};
use crate::evidence::tally::{Direction, HeaderKind, Tallies};
use crate::facts::limits::Profile;
use crate::logs::{
    AccessLine, Dataset, EdgeRecord, LogFormat, LogKind, LogReader, LogRecord, MessageLine, Parsed,
    RecordBody, RecordReader,
};
use crate::ray::{Ray, RayAtColo};
use crate::source::Content;
use crate::time::{Duration, Time};

/// The most messages that are kept of one input. A log with more says the same again and again; a warning tells that the rest is left out.
const MOST_MESSAGES: usize = 200_000;

/// A log to be read.
pub struct LogFile<'a> {
    /// Its input.
    pub input: InputId,
    /// Its name.
    pub name: &'a str,
    /// Its size on the disk.
    pub bytes: u64,
    /// Its bytes.
    pub content: &'a Content,
    /// Its format.
    pub format: &'a LogFormat,
}

/// What is to be taken from a log.
pub struct Wanted<'a> {
    /// What failed by the sources that were read before.
    pub interest: &'a Interest,
    /// The limits in force.
    pub profile: &'a Profile,
    /// Only requests to this host, if given.
    pub host: Option<&'a str>,
    /// A time near which the log was written: gives lines without a year their year.
    pub reference: Option<Time>,
    /// Which time the log is read.
    pub look: Look,
}

/// Which time a log is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// For the first time: everything is counted and sampled, and what failed becomes rows.
    First,
    /// Once more, for the rays of `interest` alone: they become rows, and nothing is counted again.
    Second,
}

/// Extracts a log.
pub fn extract(file: &LogFile<'_>, wanted: &Wanted<'_>, progress: &dyn Fn(u64)) -> Partial {
    let kind = match file.format.kind() {
        LogKind::AccessLog => InputKind::AccessLog,
        LogKind::ErrorLog => InputKind::ErrorLog,
        LogKind::SystemLog => InputKind::SystemLog,
        LogKind::EdgeLog => InputKind::EdgeLog,
    };
    let mut reading = Reading {
        file,
        wanted,
        lines: file.format.reader(wanted.reference),
        summary: InputSummary::new(file.name, kind, file.format.id(), file.bytes),
        counts: LineCounts::default(),
        partial: Partial::default(),
        messages_beyond: 0,
    };
    let mut records = RecordReader::new(file.format.splitting());
    let damage = file.content.blocks(|block| {
        records.feed(block, &mut |record| reading.record(record));
        progress(block.len() as u64);
    });
    records.finish(&mut |record| reading.record(record));
    if let Some(damage) = damage {
        let warning =
            format!("the compressed data are damaged after {} bytes: {}", damage.after, damage.what);
        reading.summary.warnings.push(warning);
    }
    reading.finish()
}

struct Reading<'a> {
    file: &'a LogFile<'a>,
    wanted: &'a Wanted<'a>,
    lines: LogReader,
    summary: InputSummary,
    counts: LineCounts,
    partial: Partial,
    messages_beyond: u64,
}

impl Reading<'_> {
    fn record(&mut self, record: LogRecord<'_>) {
        self.counts.lines += 1;
        let RecordBody::Text(line) = record.body else {
            self.summary.skipped += 1;
            return;
        };
        let place = Place::Line { input: self.file.input, line: record.line };
        match self.lines.parse(line) {
            Parsed::Edge(record) => self.edge(record, place),
            Parsed::Access(line) => self.access(line, place),
            Parsed::Message(line) => self.message(line, place),
            Parsed::Skip(why) => self.summary.skipped += u64::from(why.is_loss()),
        }
    }

    /// Counts a request that a line tells of.
    fn request(&mut self, time: Time, status: Option<u16>, ray: Option<Ray>) {
        self.summary.records += 1;
        self.summary.saw(time);
        self.counts.with_time += 1;
        self.counts.with_status += u64::from(status.is_some());
        self.counts.with_ray += u64::from(ray.is_some());
        self.counts.telling += 1;
    }

    fn is_other_host(&self, host: Option<&String>) -> bool {
        matches!((self.wanted.host, host), (Some(wanted), Some(host)) if !host.eq_ignore_ascii_case(wanted))
    }

    fn edge(&mut self, record: EdgeRecord, place: Place) {
        self.request(record.start, record.edge_status, record.ray);
        self.summary.intervals.note(record.stands_for());
        if let Some(end) = record.end {
            self.summary.saw(end);
        }
        if self.is_other_host(record.host.as_ref()) {
            return;
        }
        if self.wanted.look == Look::Second {
            if record.ray.is_some_and(|ray| self.wanted.interest.rays.contains(&ray)) {
                self.partial.edge.push(EdgeRow { place, record });
            }
            return;
        }
        // The event of a firewall is about a request that has a record of its own, which is counted.
        if !failure::is_visitors(&record) || record.dataset != Dataset::Requests {
            return;
        }
        let input = self.file.input;
        let tallies = &mut self.partial.tallies;
        tallies.request(input, record.start, record.edge_status.unwrap_or(0));
        tallies.stands_for(input, record.start, record.stands_for());
        if let Some(status) = record.origin_status.filter(|_| record.edge_address.is_some()) {
            let second = record.start.second();
            *tallies.origin_statuses.entry(input).or_default().entry((second, status)).or_default() += 1;
        }
        audit(tallies, Direction::Request, &record.request_headers, record.start, place);
        audit(tallies, Direction::Response, &record.response_headers, record.start, place);
        let line_limit = self.wanted.profile.warn.origin_header_line_bytes;
        // Where the origin itself answered 400 it may demand a client certificate, which only the handshake shows.
        let refused_plainly = record.edge_status == Some(400) && record.origin_status == Some(400);
        let asked_for = record.ray.is_some_and(|ray| self.wanted.interest.rays.contains(&ray));
        if failure::of_edge_record(&record, line_limit).is_some()
            || record.edge_status == Some(499)
            || asked_for
            || refused_plainly
        {
            self.partial.edge.push(EdgeRow { place, record });
        } else {
            offer_edge(&mut self.partial.samples, &record, input, place);
        }
    }

    fn access(&mut self, mut line: AccessLine, place: Place) {
        // Sixteen hex digits that nothing names are a ray only where another source has them for one.
        if line.ray.is_none()
            && let Some(ray) = line.possible_ray.filter(|ray| self.wanted.interest.rays.contains(ray))
        {
            line.ray = Some(RayAtColo { ray, colo: None });
        }
        let ray = line.ray.map(|ray| ray.ray);
        self.request(line.time, line.status, ray);
        if self.is_other_host(line.host.as_ref()) {
            return;
        }
        let wanted = self.wanted.interest.holds(ray, line.method.as_deref(), line.target.as_deref());
        if self.wanted.look == Look::Second {
            if wanted {
                self.partial.access.push(AccessRow { place, line });
            }
            return;
        }
        self.partial.tallies.request(self.file.input, line.start(), line.status.unwrap_or(0));
        let line_limit = self.wanted.profile.warn.origin_header_line_bytes;
        let ended_without_answer = failure::ended_without_answer(&line);
        let failed = failure::of_access_line(&line, line_limit).is_some();
        if failed || wanted || ended_without_answer || line.odd_request_line.is_some() {
            self.partial.access.push(AccessRow { place, line });
        } else {
            offer_access(&mut self.partial.samples, &line, self.file.input, place);
        }
    }

    fn message(&mut self, line: MessageLine, place: Place) {
        self.summary.records += 1;
        if let Some(time) = line.time {
            self.summary.saw(time);
            self.counts.with_time += 1;
        }
        self.counts.with_ray += u64::from(line.ray.is_some());
        let tells = line.signature.is_some() || line.request.is_some();
        self.counts.telling += u64::from(tells);
        if !tells || self.wanted.look == Look::Second {
            return;
        }
        if self.partial.messages.len() < MOST_MESSAGES {
            self.partial.messages.push(MessageRow { place, line });
        } else {
            self.messages_beyond += 1;
        }
    }

    fn finish(mut self) -> Partial {
        if self.messages_beyond > 0 {
            let warning =
                format!("{} messages beyond the first {MOST_MESSAGES} were not kept", self.messages_beyond);
            self.summary.warnings.push(warning);
        }
        if self.summary.skipped > 0 {
            let warning = format!(
                "{} lines are not in the format {} and were skipped",
                self.summary.skipped, self.summary.format
            );
            self.summary.warnings.push(warning);
        }
        self.summary.warnings.extend(self.summary.intervals.warning());
        if self.wanted.look == Look::First {
            self.summary.lines = Some(self.counts);
            self.partial.inputs.insert(self.file.input, self.summary);
        }
        self.partial
    }
}

/// Notes the sizes of header lines. The edge's log has the sizes of values: a line also has the name, a colon, a blank and the line end.
fn audit(tallies: &mut Tallies, direction: Direction, headers: &[(String, u64)], time: Time, place: Place) {
    for (name, bytes) in headers {
        let line = bytes.saturating_add(name.len() as u64).saturating_add(4);
        tallies.header(direction, HeaderKind::Header, name, line, time, place);
    }
}

fn ordinal(place: Place) -> u64 {
    match place {
        Place::Line { input, line } => u64::from(input.0) << 40 ^ line,
        Place::Packet { input, frame, .. } => u64::from(input.0) << 40 ^ frame,
        Place::Entry { input, entry } => u64::from(input.0) << 40 ^ u64::from(entry),
    }
}

fn offer_edge(samples: &mut Samples, record: &EdgeRecord, input: InputId, place: Place) {
    let sampled = || HealthyRequest {
        input,
        ray: record.ray,
        time: record.start,
        end: record.end,
        resolution: record.resolution,
        edge_address: record.edge_address,
        origin_address: record.origin_address,
        colo: record.colo,
        country: record.country.clone(),
        method: record.method.clone(),
        host: record.host.clone(),
        path: record.target.as_deref().map(path),
        status: record.edge_status,
        // Only a request that went to the origin had a connection to it.
        reused: record
            .origin_tcp_time
            .filter(|_| record.edge_address.is_some())
            .map(|time| time == Duration::ZERO),
        idle: None,
    };
    samples.offer(Seen::Edge, ordinal(place), sampled, record.ray);
}

fn offer_access(samples: &mut Samples, line: &AccessLine, input: InputId, place: Place) {
    let ray = line.ray.map(|ray| ray.ray);
    let sampled = || HealthyRequest {
        input,
        ray,
        time: line.start(),
        end: line.end(),
        resolution: line.resolution,
        edge_address: line.real_peer.or(line.remote_address),
        origin_address: None,
        colo: line.ray.and_then(|ray| ray.colo),
        country: None,
        method: line.method.clone(),
        host: line.host.clone(),
        path: line.target.as_deref().map(path),
        status: line.status,
        reused: line.connection_requests.map(|count| count > 1),
        idle: None,
    };
    samples.offer(Seen::Access, ordinal(place), sampled, ray);
}

fn path(target: &str) -> String {
    target.split('?').next().unwrap_or_default().to_owned()
}
