//! Records of the edge at a glance: those of one job have the same keys in the same order.

use super::known::RecordLayout;
use super::{parent_ray, source, stamp};
use crate::logs::glance::json_layout::{JsonLayout, KeyRole};
use crate::logs::glance::json_value::JsonValue;
use crate::logs::glance::{EdgeGlance, Glance, Glancer, MOST_LAYOUTS};
use crate::logs::row::edge::{EdgeRecord, RequestSource};
use crate::ray::Ray;
use crate::text::address::KnownAddresses;
use crate::text::minute::{MinuteMemory, SecondMemory};
use crate::text::number::three_digits;
use crate::text::scan::{digits, is_plain, is_same};
use crate::time::Time;

/// What a healthy record is read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum EdgeKey {
    Ray,
    Start,
    End,
    EdgeStatus,
    OriginStatus,
    EdgeAddress,
    Host,
    Source,
    Subrequest,
    Parent,
    Interval,
}

impl EdgeKey {
    /// How many there are.
    const ALL: usize = EdgeKey::Interval as usize + 1;
}

/// The keys that [`super::EdgeDraft`] reads, as far as a healthy record is counted by them.
fn role(key: &[u8]) -> KeyRole<EdgeKey> {
    KeyRole::Read(match key {
        b"RayID" | b"rayName" => EdgeKey::Ray,
        b"EdgeStartTimestamp" | b"datetime" => EdgeKey::Start,
        b"EdgeEndTimestamp" => EdgeKey::End,
        b"EdgeResponseStatus" | b"edgeResponseStatus" => EdgeKey::EdgeStatus,
        b"OriginResponseStatus" | b"originResponseStatus" => EdgeKey::OriginStatus,
        b"EdgeServerIP" => EdgeKey::EdgeAddress,
        b"ClientRequestHost" | b"clientRequestHTTPHost" => EdgeKey::Host,
        b"ClientRequestSource" | b"RequestSource" | b"requestSource" => EdgeKey::Source,
        b"WorkerSubrequest" => EdgeKey::Subrequest,
        b"ParentRayID" => EdgeKey::Parent,
        b"sampleInterval" | b"SampleInterval" => EdgeKey::Interval,
        // Sizes of headers are noted of every record; groups, firewall events and rates are for the parser.
        b"ResponseHeaders" | b"ResponseFields" | b"RequestHeaders" | b"Cookies" | b"dimensions"
        | b"Datetime" | b"sample_rate" | b"sampleRate" | b"Action" | b"action" => return KeyRole::Empty,
        _ => return KeyRole::Passed,
    })
}

/// Looks at the records of one input.
#[derive(Default)]
pub struct EdgeGlancer {
    layouts: Vec<JsonLayout<EdgeKey>>,
    /// The same for records that are kept.
    whole: Vec<RecordLayout>,
    memory: EdgeMemory,
}

/// Values of earlier records that are known again.
#[derive(Default)]
struct EdgeMemory {
    start: InstantMemory,
    end: InstantMemory,
    edge: KnownAddresses,
}

/// What is known of the instants of one key.
#[derive(Default)]
struct InstantMemory {
    minute: MinuteMemory,
    second: SecondMemory,
}

impl Glancer for EdgeGlancer {
    fn glance<'a>(&mut self, line: &'a [u8]) -> Option<Glance<'a>> {
        if self.layouts.is_empty() || !is_plain(line) {
            return None;
        }
        let EdgeGlancer { layouts, memory, .. } = self;
        layouts.iter_mut().find_map(|layout| read(layout, line, memory)).map(Glance::Edge)
    }

    fn glance_ahead<'a>(&mut self, text: &'a [u8]) -> Option<(Glance<'a>, usize)> {
        let EdgeGlancer { layouts, memory, .. } = self;
        layouts.iter_mut().find_map(|layout| {
            let mut values = EdgeValues::default();
            let length = layout.read_ahead(text, |key, value| values.put(key, value))?;
            Some((Glance::Edge(values.glance(memory)?), length))
        })
    }

    fn record(&mut self, line: &[u8]) -> Option<EdgeRecord> {
        if self.whole.is_empty() || !is_plain(line) {
            return None;
        }
        self.whole.iter_mut().find_map(|layout| layout.read(line))
    }

    fn learn(&mut self, line: &[u8]) {
        if memchr::memchr(b'\\', line).is_some() || !is_plain(line) {
            return;
        }
        learn(&mut self.layouts, || JsonLayout::learn(line, role));
        learn(&mut self.whole, || RecordLayout::learn(line));
    }
}

/// Adds a layout to those that are known, if it is a new one.
fn learn<L: PartialEq>(known: &mut Vec<L>, layout: impl FnOnce() -> Option<L>) {
    if known.len() < MOST_LAYOUTS
        && let Some(layout) = layout()
        && !known.contains(&layout)
    {
        known.push(layout);
    }
}

fn read<'a>(
    layout: &mut JsonLayout<EdgeKey>,
    line: &'a [u8],
    memory: &mut EdgeMemory,
) -> Option<EdgeGlance<'a>> {
    let mut usual = EdgeValues::default();
    if layout.read_usual(line, |key, value| usual.put(key, value)).is_some() {
        return usual.glance(memory);
    }
    let mut values = EdgeValues::default();
    layout.read(line, |key, value| values.put(key, value))?;
    values.glance(memory)
}

/// The values of a record, each in the place of its key: they are read when all are found, without asking of each which one it is.
#[derive(Default)]
struct EdgeValues<'a>([Option<JsonValue<'a>>; EdgeKey::ALL]);

impl<'a> EdgeValues<'a> {
    #[inline(always)]
    fn put(&mut self, key: EdgeKey, value: JsonValue<'a>) -> Option<()> {
        *self.0.get_mut(key as usize)? = Some(value);
        Some(())
    }

    #[inline(always)]
    fn of(&self, key: EdgeKey) -> Option<JsonValue<'a>> {
        self.0.get(key as usize).copied().flatten()
    }

    /// What they tell; `None` where only the parser can say what one means.
    #[inline(always)]
    fn glance(&self, memory: &mut EdgeMemory) -> Option<EdgeGlance<'a>> {
        let start = instant(self.of(EdgeKey::Start)?, &mut memory.start)?;
        let end = match self.of(EdgeKey::End) {
            Some(end) => Some(instant(end, &mut memory.end)?),
            None => None,
        };
        let by_worker = match self.of(EdgeKey::Subrequest) {
            Some(value) => value.scalar()?.truth(),
            None => false,
        };
        Some(EdgeGlance {
            start,
            end,
            ray: self.of(EdgeKey::Ray).and_then(text).and_then(Ray::of_value),
            host: self.of(EdgeKey::Host).map_or(Some(None), host)?,
            edge_status: status(self.of(EdgeKey::EdgeStatus))?,
            origin_status: status(self.of(EdgeKey::OriginStatus))?,
            went_to_origin: self
                .of(EdgeKey::EdgeAddress)
                .and_then(text)
                .is_some_and(|text| memory.edge.is_address(text)),
            is_visitors: self.of(EdgeKey::Source).map_or(Some(true), is_from_outside)?
                && !by_worker
                && self.of(EdgeKey::Parent).and_then(text).and_then(parent_ray).is_none(),
            stands_for: match self.of(EdgeKey::Interval) {
                Some(value) => value.scalar()?.number::<u32>().unwrap_or(1).max(1),
                None => 1,
            },
        })
    }
}

/// Whether the edge itself did not make the request.
#[inline(always)]
fn is_from_outside(value: JsonValue<'_>) -> Option<bool> {
    match value {
        JsonValue::Text(text) if is_same(text, b"eyeball") => Some(true),
        other => Some(source(&other.scalar()?) != RequestSource::EdgeItself),
    }
}

fn text(value: JsonValue<'_>) -> Option<&[u8]> {
    match value {
        JsonValue::Text(text) => Some(text),
        _ => None,
    }
}

#[inline(always)]
fn instant(value: JsonValue<'_>, memory: &mut InstantMemory) -> Option<Time> {
    let stamp = match value {
        JsonValue::Text(text) => memory.minute.any(text),
        JsonValue::Number(number) => memory.second.number(number),
        other => stamp(&other.scalar()?),
    };
    stamp.map(|stamp| stamp.time)
}

#[inline(always)]
fn status(value: Option<JsonValue<'_>>) -> Option<Option<u16>> {
    match value {
        Some(JsonValue::Number(number)) => match three_digits(number) {
            Some(status) => Some(Some(status)),
            None => digits(number).map(|number| u16::try_from(number).ok()),
        },
        Some(other) => Some(other.scalar()?.number()),
        None => Some(None),
    }
}

/// The host; the outer `None` for one that the parser would cut.
fn host(value: JsonValue<'_>) -> Option<Option<&[u8]>> {
    const LONGEST: usize = 256;
    match text(value) {
        Some(text) if text.len() > LONGEST => None,
        Some(text) => Some(Some(text).filter(|host| !host.is_empty())),
        None => Some(None),
    }
}
