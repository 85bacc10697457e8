//! A further look at the logs where some access log names no rays, or messages name what was asked: the healthy requests of the edge's log
//! that a failing one might be mistaken for; and, of access logs without rays, what both sides hold of the same requests, so that their
//! clocks can be compared.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{ErrorKind, Read};

use super::log::LogFile;
use crate::evidence::key_samples::{KeySamples, LogSide, LoggedRequest};
use crate::evidence::partial::Partial;
use crate::evidence::place::Place;
use crate::evidence::request_key::{AskedAtEdge, Competitor, RequestKey};
use crate::logs::{
    AccessLine, Dataset, EdgeRecord, Glance, LogFormat, LogKind, LogRecord, Parsed, RecordBody, RecordReader,
};
use crate::time::{Duration, Time};

/// The most healthy requests that are kept of one log because they ask the same as a failing one near them.
const MOST_COMPETITORS: usize = 100_000;
/// Bytes that are read at a time.
const BLOCK: usize = 256 << 10;
/// How near, by the edge's own clock: lines of either may be as far from their records.
const NEAR: Duration = Duration::from_seconds(5);

/// Whether a log is an access log most lines of which name no ray, by its head.
pub fn names_no_rays(format: &LogFormat, head: &[u8]) -> bool {
    if format.kind() != LogKind::AccessLog {
        return false;
    }
    let (mut with_ray, mut without) = (0u64, 0u64);
    read(format, |feed| feed(head), &|_| false, &mut |_, parsed| {
        if let Parsed::Access(line) = parsed {
            *(if line.ray.is_some() { &mut with_ray } else { &mut without }) += 1;
        }
    });
    without > with_ray / 3
}

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookFor {
    /// The requests that messages name: what competes for messages alone.
    Messages,
    /// All that an access line without a ray may be of, and samples of both sides.
    Lines,
}

/// When failing requests began and were over, by what they asked.
#[derive(Default)]
pub struct FailingTimes {
    by_asked: BTreeMap<RequestKey, Vec<Time>>,
    /// Of those whose path alone a message names: a healthy request with another query may be meant as well.
    by_path: BTreeMap<RequestKey, Vec<Time>>,
    /// Those of all keys.
    all: Vec<Time>,
    rows: BTreeSet<Place>,
    /// What the records tell of what was asked.
    asked_at_edge: AskedAtEdge,
}

impl FailingTimes {
    /// Of the edge's records that are kept, as far as something may be mistaken for theirs.
    pub fn of(partial: &Partial, wanted: LookFor) -> FailingTimes {
        let asked_at_edge = AskedAtEdge::of(partial.edge.iter().map(|row| &row.record));
        let messages = partial.messages.iter();
        let named: BTreeSet<RequestKey> =
            messages.filter_map(|row| asked_at_edge.of_message(&row.line)).collect();
        if wanted == LookFor::Messages && named.is_empty() {
            return FailingTimes::default();
        }
        let (mut by_asked, mut by_path) = (BTreeMap::<_, Vec<Time>>::new(), BTreeMap::<_, Vec<Time>>::new());
        for row in &partial.edge {
            let asked = RequestKey::of_record(&row.record).zip(row.record.target.as_deref());
            let Some((key, target)) = asked else { continue };
            let [target, path] = RequestKey::without_method(target);
            if wanted == LookFor::Messages && ![key, target, path].iter().any(|key| named.contains(key)) {
                continue;
            }
            let moments = [Some(row.record.start), row.record.over()].into_iter().flatten();
            by_asked.entry(key).or_default().extend(moments.clone());
            if named.contains(&path) {
                by_path.entry(path).or_default().extend(moments);
            }
        }
        by_asked.values_mut().chain(by_path.values_mut()).for_each(|times| times.sort_unstable());
        let mut all: Vec<Time> = by_asked.values().flatten().copied().collect();
        all.sort_unstable();
        FailingTimes {
            by_asked,
            by_path,
            all,
            rows: partial.edge.iter().map(|row| row.place).collect(),
            asked_at_edge,
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Whether one that a line may be about began or was over so near to an instant.
    pub fn any_within(&self, line: &AccessLine, time: Time, within: Duration) -> bool {
        let asked = self.asked_at_edge.of_line(line).and_then(|key| self.by_asked.get(&key));
        asked.is_some_and(|times| is_near(times, time, within))
    }

    /// Whether a line about one of them may be about this request instead, which asked for what `key` says.
    fn are_near(&self, key: RequestKey, record: &EdgeRecord) -> bool {
        let path = record.target.as_deref().filter(|_| !self.by_path.is_empty()).map(RequestKey::of_path);
        let alike = [self.by_asked.get(&key), path.and_then(|path| self.by_path.get(&path))];
        let mut moments = [Some(record.start), record.over()].into_iter().flatten();
        moments.any(|moment| alike.into_iter().flatten().any(|times| is_near(times, moment, NEAR)))
    }
}

/// Whether any of these times, which are in order, is so near to an instant.
fn is_near(times: &[Time], instant: Time, within: Duration) -> bool {
    let after = times.partition_point(|time| *time < instant.plus(-within));
    times.get(after).is_some_and(|time| *time <= instant.plus(within))
}

/// Looks at one log.
pub fn look(file: &LogFile<'_>, failing: &FailingTimes, wanted: LookFor, host: Option<&str>) -> Partial {
    let mut looking =
        Looking { failing, wanted, host, keys: KeySamples::default(), competing: Vec::new(), beyond: 0 };
    let passes = |glance: &Glance<'_>| match glance {
        Glance::Edge(glance) => {
            let mut moments = [Some(glance.start), glance.end].into_iter().flatten();
            wanted == LookFor::Messages && !moments.any(|moment| is_near(&failing.all, moment, NEAR))
        }
        Glance::Access(_) => false,
    };
    read_all(file, &passes, &mut |record, parsed| {
        let place = Place::Line { input: file.input, line: record.line, before: record.before };
        match parsed {
            Parsed::Edge(record) => looking.edge(&record, place),
            Parsed::Access(line) => looking.access(&line, place),
            Parsed::Message(_) | Parsed::Cause(_) | Parsed::Skip(_) => {}
        }
    });
    let mut partial = Partial { keys: looking.keys, competing: looking.competing, ..Partial::default() };
    if looking.beyond > 0 {
        partial.competing_beyond.insert(file.input, looking.beyond);
    }
    partial
}

/// Parses all records of a log, each with its record, but those that a glance says are passed over.
pub(super) fn read_all(
    file: &LogFile<'_>,
    passes: &dyn Fn(&Glance<'_>) -> bool,
    each: &mut dyn FnMut(&LogRecord<'_>, Parsed),
) {
    read(file.format, |feed| feed_all(file, feed), passes, each);
}

/// Feeds a log's bytes, as far as they can be read: that they are damaged was told when it was read for the first time.
fn feed_all(file: &LogFile<'_>, feed: &mut dyn FnMut(&[u8])) {
    let mut reader = file.content.reader();
    let mut block = vec![0; BLOCK];
    loop {
        match reader.read(&mut block) {
            Ok(0) => return,
            Ok(bytes) => feed(block.get(..bytes).unwrap_or_default()),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

/// Parses all records that `blocks` feeds, each with its record, but those that a glance says are passed over.
fn read(
    format: &LogFormat,
    blocks: impl FnOnce(&mut dyn FnMut(&[u8])),
    passes: &dyn Fn(&Glance<'_>) -> bool,
    each: &mut dyn FnMut(&LogRecord<'_>, Parsed),
) {
    let mut lines = format.reader(None);
    let mut records = RecordReader::new(format.splitting());
    let mut record = |record: LogRecord<'_>| {
        let RecordBody::Text(text) = record.body else { return };
        let glance = lines.glance(text, memchr::memchr(b'\\', text).is_some());
        if glance.as_ref().is_some_and(passes) {
            return;
        }
        let is_new = glance.is_none();
        let parsed = lines.parse(text);
        if is_new && matches!(parsed, Parsed::Edge(_) | Parsed::Access(_)) {
            lines.learn(text);
        }
        each(&record, parsed);
    };
    blocks(&mut |block| records.feed(block, &mut record));
    records.finish(&mut record);
}

struct Looking<'a> {
    failing: &'a FailingTimes,
    wanted: LookFor,
    host: Option<&'a str>,
    keys: KeySamples,
    competing: Vec<Competitor>,
    beyond: u64,
}

impl Looking<'_> {
    fn is_other_host(&self, host: Option<&String>) -> bool {
        matches!((self.host, host), (Some(wanted), Some(host)) if !host.eq_ignore_ascii_case(wanted))
    }

    fn edge(&mut self, record: &EdgeRecord, place: Place) {
        let Some(key) = RequestKey::of_record(record) else { return };
        // What the edge answered by itself has no line at the origin. What a Worker or the edge asked has one.
        let asked_origin = record.dataset == Dataset::Requests
            && !(record.edge_address_logged && record.edge_address.is_none());
        if !asked_origin || self.is_other_host(record.host.as_ref()) {
            return;
        }
        if self.wanted == LookFor::Lines {
            self.keys.offer(LogSide::Edge, key, || LoggedRequest::of_record(place, record));
            if let Some(address) = record.edge_address {
                let key = RequestKey::asked_by(address, key);
                self.keys.offer(LogSide::EdgeByAddress, key, || LoggedRequest::of_record(place, record));
            }
        }
        let is_row = || self.failing.rows.contains(&place);
        if !self.failing.are_near(key, record) || is_row() {
            return;
        }
        if self.competing.len() >= MOST_COMPETITORS {
            self.beyond += 1;
            return;
        }
        self.competing.push(Competitor {
            place,
            key,
            named: RequestKey::without_method(record.target.as_deref().unwrap_or_default()),
            ray: record.ray,
            span: (record.start, record.over()),
            resolution: record.resolution,
            host: record.host.as_deref().map(Box::from),
            edge_status: record.edge_status,
            origin_status: record.origin_status,
            edge_address: record.edge_address,
            client_address: record.client_address,
        });
    }

    fn access(&mut self, line: &AccessLine, place: Place) {
        if line.ray.is_some() || self.is_other_host(line.host.as_ref()) {
            return;
        }
        if let Some(key) = self.failing.asked_at_edge.of_line(line) {
            self.keys.offer(LogSide::Origin, key, || LoggedRequest::of_line(place, line));
        }
    }
}
