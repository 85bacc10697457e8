//! Lines of a log become rows, counts and samples, on one thread.

mod at_a_glance;

use super::blocks::LogBlock;
use super::dating::Dating;
use super::nameless::Nameless;
use super::open_message::OpenMessage;
use super::part::{LogPart, MOST_MESSAGES, line_in_block};
use super::sampling::Sampling;
use super::seconds::SecondCounts;
use super::together::Together;
use super::{LogFile, Look, Wanted, kind};
use crate::evidence::failure::{self, Failure};
use crate::evidence::input::{InputSummary, LineCounts};
use crate::evidence::partial::Partial;
use crate::evidence::place::Place;
use crate::evidence::request_key::RequestKey;
use crate::evidence::row::{AccessRow, EdgeRow, MessageRow};
use crate::evidence::tally::{Direction, HeaderKind, Tallies};
use crate::logs::{
    AccessLine, Dataset, EdgeRecord, Glance, LONGEST_RECORD, LogReader, LogRecord, Parsed, RecordBody, Skip,
};
use crate::ray::{Ray, RayAtColo};
use crate::time::Time;

/// What one thread has read of a log.
pub struct Reading<'a> {
    file: &'a LogFile<'a>,
    wanted: &'a Wanted<'a>,
    together: &'a Together,
    lines: LogReader,
    summary: InputSummary,
    counts: LineCounts,
    /// Requests by the status with which they were answered.
    requests: SecondCounts,
    /// Requests by the origin's status, as the edge's log has it.
    origin_statuses: SecondCounts,
    /// Records of the edge that stand for themselves alone.
    unsampled: u64,
    sampling: Sampling<'a>,
    partial: Partial,
    messages_beyond: u64,
    /// Lines that are kept although they tell of no failure themselves.
    nameless: Nameless,
    /// Where the record began that stands on several lines.
    begun: Option<LineAt>,
    /// The last message, of which a trace may follow.
    open: OpenMessage,
    dating: Dating,
    /// Number and lines of each block that was read by itself.
    blocks: Vec<(u32, u32)>,
}

/// Where a line stands.
#[derive(Clone, Copy)]
struct LineAt {
    place: Place,
    /// What tells it from the other lines of its input, also before its number is known.
    ordinal: u64,
}

impl<'a> Reading<'a> {
    /// Nothing read yet.
    pub fn new(file: &'a LogFile<'a>, wanted: &'a Wanted<'a>, together: &'a Together) -> Reading<'a> {
        Reading {
            file,
            wanted,
            together,
            lines: file.format.reader(wanted.reference),
            summary: InputSummary::new(file.name, kind(file.format), file.format.id(), file.bytes),
            counts: LineCounts::default(),
            requests: SecondCounts::default(),
            origin_statuses: SecondCounts::default(),
            unsampled: 0,
            sampling: Sampling::new(file.input, wanted.limits, &together.unread),
            partial: Partial::default(),
            messages_beyond: 0,
            nameless: Nameless::default(),
            begun: None,
            open: OpenMessage::default(),
            dating: Dating::new(file.format.reader(wanted.reference)),
            blocks: Vec::new(),
        }
    }

    /// Reads a block of whole lines.
    pub fn block(&mut self, block: &LogBlock) {
        let bytes = block.bytes();
        self.dating.next_block();
        let (mut start, mut line) = (0, 0);
        while let Some(rest) = bytes.get(start..).filter(|rest| !rest.is_empty()) {
            if let Some(passed) = self.passed(rest) {
                line += newlines(passed);
                start += passed.len();
                continue;
            }
            line += 1;
            let line_number = line_in_block(block.number, line);
            let place = Place::Line { input: self.file.input, line: line_number, before: 0 };
            let at = LineAt { place, ordinal: block.offset.saturating_add(start as u64) };
            let begin = start;
            start += self.line(rest, at) + 1;
            if self.open.asks_for_instant() {
                self.dating.date(&mut self.open, bytes, (begin, start));
            }
        }
        self.blocks.push((block.number, u32::try_from(line).unwrap_or(u32::MAX)));
        self.together.hand_in(&mut self.partial);
    }

    /// Reads the line with which `text` begins; gives its length without the line feed.
    #[inline(always)]
    fn line(&mut self, text: &[u8], at: LineAt) -> usize {
        if self.begun.is_none()
            && let Some((glance, length)) = self.lines.glance_ahead(text)
            && length <= LONGEST_RECORD
            && let Some(line) = text.get(..length)
            && self.is_told(&glance, line, at)
        {
            self.counts.lines += 1;
            return length;
        }
        let (length, holds_backslash) = line_length(text);
        self.body(RecordBody::of_line(text.get(..length).unwrap_or(text)), holds_backslash, at);
        length
    }

    /// Whether a glance is enough: then all is done that a line asks for.
    fn is_told(&mut self, glance: &Glance<'_>, line: &[u8], at: LineAt) -> bool {
        match glance {
            Glance::Edge(glance) => self.edge_at_a_glance(glance, line, at),
            Glance::Access(glance) => self.access_at_a_glance(glance, line, at),
        }
    }

    /// The lines with which `text` begins that hold none of the rays that a second look is for, if there are any.
    fn passed<'t>(&self, text: &'t [u8]) -> Option<&'t [u8]> {
        let Look::Second(Some(search)) = self.wanted.look else { return None };
        // What is wrapped or told in other ways than as text may hold its digits in another form.
        if !self.lines.reads_bare_text() {
            return None;
        }
        let passed = match search.find(text) {
            Some(at) => {
                text.get(..at).and_then(|before| memchr::memrchr(b'\n', before)).map_or(0, |end| end + 1)
            }
            None => text.len(),
        };
        text.get(..passed).filter(|passed| !passed.is_empty())
    }

    fn is_second_look(&self) -> bool {
        matches!(self.wanted.look, Look::Second(_))
    }

    /// Reads a record of a log that is read in order.
    pub fn record(&mut self, record: LogRecord<'_>) {
        let LogRecord { line, before, body } = record;
        let place = Place::Line { input: self.file.input, line, before };
        let holds_backslash = matches!(body, RecordBody::Text(text) if memchr::memchr(b'\\', text).is_some());
        self.body(body, holds_backslash, LineAt { place, ordinal: line ^ u64::from(before) << 32 });
        self.together.hand_in(&mut self.partial);
    }

    fn body(&mut self, body: RecordBody<'_>, holds_backslash: bool, at: LineAt) {
        self.counts.lines += 1;
        let RecordBody::Text(line) = body else {
            self.summary.skipped += 1;
            return;
        };
        // Where a record stands on several lines, its last one says what it is.
        let glance = match self.begun {
            None => self.lines.glance(line, holds_backslash),
            Some(_) => None,
        };
        if glance.as_ref().is_some_and(|glance| self.is_told(glance, line, at)) {
            return;
        }
        match self.lines.row(line, holds_backslash) {
            Parsed::Skip(Skip::Partial) => {
                self.begun.get_or_insert(at);
            }
            parsed => {
                if glance.is_none() && matches!(parsed, Parsed::Edge(_) | Parsed::Access(_)) {
                    self.lines.learn(line);
                }
                let at = self.begun.take().unwrap_or(at);
                self.parsed(parsed, at);
            }
        }
    }

    fn parsed(&mut self, parsed: Parsed, at: LineAt) {
        let told = self.lines.told();
        let waited = told.map(|told| self.open.is_before(told)).unwrap_or_default();
        waited.into_iter().for_each(|row| self.message(row));
        match parsed {
            Parsed::Edge(record) => self.edge(record, at),
            Parsed::Access(line) => self.access(line, at),
            Parsed::Message(line) => {
                let before = self.open.next(at.place, line, told.is_some());
                before.for_each(|row| self.message(row));
            }
            Parsed::Cause(cause) => self.open.caused_by(at.place, cause),
            Parsed::Skip(why) => self.summary.skipped += u64::from(why.is_loss()),
        }
    }

    fn note_interval(&mut self, interval: u32) {
        match interval {
            1 => self.unsampled += 1,
            _ => self.summary.intervals.note(interval),
        }
    }

    /// Counts a visitor's request by the edge's record of it.
    fn count_edge(&mut self, start: Time, edge: Option<u16>, origin: Option<u16>, stands_for: u32) {
        self.requests.note(start.second(), edge.unwrap_or(0));
        origin.into_iter().for_each(|status| self.origin_statuses.note(start.second(), status));
        if stands_for != 1 {
            self.partial.tallies.stands_for(self.file.input, start, stands_for);
        }
    }

    /// What was read.
    pub fn finish(mut self) -> LogPart {
        if let Some(at) = self.begun.take() {
            let parsed = self.lines.finish();
            self.parsed(parsed, at);
        }
        self.open.close().into_iter().for_each(|row| self.message(row));
        self.hand_in_sampled();
        let tallies = &mut self.partial.tallies;
        for (counts, into) in
            [(self.requests, &mut tallies.requests), (self.origin_statuses, &mut tallies.origin_statuses)]
        {
            let counts = counts.sorted();
            if !counts.is_empty() {
                into.insert(self.file.input, counts);
            }
        }
        self.partial.samples = self.sampling.finish();
        self.summary.lines = Some(self.counts);
        if self.unsampled > 0 {
            self.summary.intervals.note_all(1, self.unsampled);
        }
        LogPart {
            partial: self.partial,
            summary: self.summary,
            blocks: self.blocks,
            messages_beyond: self.messages_beyond,
            nameless: self.nameless,
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

    fn edge(&mut self, record: EdgeRecord, at: LineAt) {
        let place = at.place;
        self.request(record.start, record.edge_status, record.ray);
        self.note_interval(record.stands_for());
        if let Some(end) = record.end {
            self.summary.saw(end);
        }
        if !self.is_second_look() && failure::is_failed_subrequest(&record) {
            // Evidence of the request of a visitor, which has a record of its own, maybe of another host.
            self.partial.edge.push(EdgeRow { place, record });
            return;
        }
        if !self.is_asked_host(record.host.as_deref().map(str::as_bytes)) {
            return;
        }
        if self.is_second_look() {
            if record.ray.is_some_and(|ray| self.wanted.interest.rays.contains(&ray)) {
                self.partial.edge.push(EdgeRow { place, record });
            }
            return;
        }
        if !failure::is_visitors(&record) {
            return;
        }
        let line_limit = self.wanted.profile.warn.origin_header_line_bytes;
        if record.dataset == Dataset::FirewallEvents {
            // It is about a request that has a record of its own, which is counted. The event says which rule made an end of it.
            if failure::of_edge_record(&record, line_limit) == Some(Failure::EdgeBlock) {
                self.partial.edge.push(EdgeRow { place, record });
            }
            return;
        }
        let origin_status = record.origin_status.filter(|_| record.edge_address.is_some());
        self.count_edge(record.start, record.edge_status, origin_status, record.stands_for());
        let tallies = &mut self.partial.tallies;
        audit(tallies, Direction::Request, &record.request_headers, record.start, place);
        audit(tallies, Direction::Response, &record.response_headers, record.start, place);
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
            self.sampling.offer_edge(&record, at.ordinal);
        }
    }

    fn access(&mut self, mut line: AccessLine, at: LineAt) {
        // Sixteen hex digits that nothing names are a ray only where another source has them for one.
        if line.ray.is_none()
            && let Some(ray) = line.possible_ray.filter(|ray| self.wanted.interest.rays.contains(ray))
        {
            line.ray = Some(RayAtColo { ray, colo: None });
        }
        let place = at.place;
        let ray = line.ray.map(|ray| ray.ray);
        self.request(line.time, line.status, ray);
        self.summary.times_are_local |= line.time_is_local;
        if self.is_other_host(line.host.as_deref().map(str::as_bytes)) {
            return;
        }
        let wanted = self.wanted.interest.holds(ray, line.method.as_deref(), line.target.as_deref());
        if self.is_second_look() {
            if wanted {
                self.partial.access.push(AccessRow { place, line });
            }
            return;
        }
        if self.is_asked_host(line.host.as_deref().map(str::as_bytes)) {
            self.requests.note(line.start().second(), line.status.unwrap_or(0));
        }
        let line_limit = self.wanted.profile.warn.origin_header_line_bytes;
        let tells = failure::access_line_tells(&line, line_limit);
        if tells || wanted && (ray.is_some() || self.keeps_nameless(&line)) {
            self.partial.access.push(AccessRow { place, line });
        } else if !wanted {
            self.sampling.offer_access(&line, at.ordinal);
        }
    }

    fn keeps_nameless(&mut self, line: &AccessLine) -> bool {
        RequestKey::of_line(line).is_some_and(|key| self.nameless.keeps(key))
    }

    /// Counts and keeps a message.
    fn message(&mut self, row: MessageRow) {
        let line = &row.line;
        self.summary.records += 1;
        if let Some(time) = line.time {
            self.summary.saw(time);
            self.counts.with_time += 1;
        }
        self.counts.with_ray += u64::from(line.ray.is_some());
        let tells = line.signature.is_some() || line.request.is_some();
        self.counts.telling += u64::from(tells);
        if !tells || self.is_second_look() {
            return;
        }
        if self.partial.messages.len() < MOST_MESSAGES {
            self.partial.messages.push(row);
        } else {
            self.messages_beyond += 1;
        }
    }
}

fn newlines(text: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', text).count() as u64
}

/// The length of the line with which `text` begins, and whether it holds a backslash: seen in one pass, since most hold none.
fn line_length(text: &[u8]) -> (usize, bool) {
    match memchr::memchr2(b'\n', b'\\', text) {
        Some(at) if text.get(at) == Some(&b'\\') => {
            let end = text.get(at..).and_then(|rest| memchr::memchr(b'\n', rest));
            (end.map_or(text.len(), |end| at + end), true)
        }
        end => (end.unwrap_or(text.len()), false),
    }
}

/// Notes the sizes of header lines. The edge's log has the sizes of values: a line also has the name, a colon, a blank and the line end.
fn audit(tallies: &mut Tallies, direction: Direction, headers: &[(String, u64)], time: Time, place: Place) {
    for (name, bytes) in headers {
        let line = bytes.saturating_add(name.len() as u64).saturating_add(4);
        tallies.header(direction, HeaderKind::Header, name, line, time, place);
    }
}
