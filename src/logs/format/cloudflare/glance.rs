//! Records of the edge at a glance: those of one job have the same keys in the same order.

use super::known::RecordLayout;
use super::{parent_ray, source, stamp};
use crate::logs::glance::json_layout::{JsonLayout, JsonValue, KeyRole};
use crate::logs::glance::{EdgeGlance, Glance, Glancer, MOST_LAYOUTS};
use crate::logs::row::edge::{EdgeRecord, RequestSource};
use crate::ray::Ray;
use crate::text::address::KnownAddresses;
use crate::text::minute::MinuteMemory;
use crate::text::scan::{digits, is_plain};
use crate::text::timestamp::epoch_number;
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
    start: MinuteMemory,
    end: MinuteMemory,
    edge: KnownAddresses,
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
            let mut draft = Draft::new();
            let length = layout.read_ahead(text, |key, value| draft.put(key, value, memory))?;
            Some((Glance::Edge(draft.finish()?), length))
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
    let mut usual = Draft::new();
    if layout.read_usual(line, |key, value| usual.put(key, value, memory)).is_some() {
        return usual.finish();
    }
    let mut draft = Draft::new();
    layout.read(line, |key, value| draft.put(key, value, memory))?;
    draft.finish()
}

/// A record in the making.
struct Draft<'a> {
    glance: EdgeGlance<'a>,
    timed: bool,
}

impl<'a> Draft<'a> {
    fn new() -> Draft<'a> {
        let glance = EdgeGlance {
            start: Time::EPOCH,
            end: None,
            ray: None,
            host: None,
            edge_status: None,
            origin_status: None,
            went_to_origin: false,
            is_visitors: true,
            stands_for: 1,
        };
        Draft { glance, timed: false }
    }

    /// Takes a value; `None` where only the parser can say what it means.
    #[inline(always)]
    fn put(&mut self, key: EdgeKey, value: JsonValue<'a>, memory: &mut EdgeMemory) -> Option<()> {
        let glance = &mut self.glance;
        match key {
            EdgeKey::Start => {
                glance.start = instant(value, &mut memory.start)?;
                self.timed = true;
            }
            EdgeKey::End => glance.end = Some(instant(value, &mut memory.end)?),
            EdgeKey::Ray => {
                glance.ray = text(value).and_then(Ray::of_value);
            }
            EdgeKey::EdgeStatus => glance.edge_status = number(value)?,
            EdgeKey::OriginStatus => glance.origin_status = number(value)?,
            EdgeKey::EdgeAddress => {
                glance.went_to_origin = text(value).is_some_and(|text| memory.edge.is_address(text))
            }
            EdgeKey::Host => glance.host = host(value)?,
            EdgeKey::Source if value == JsonValue::Text(b"eyeball") => {}
            EdgeKey::Source => glance.is_visitors &= source(&value.scalar()?) != RequestSource::EdgeItself,
            EdgeKey::Subrequest => glance.is_visitors &= !value.scalar()?.truth(),
            EdgeKey::Parent => glance.is_visitors &= text(value).and_then(parent_ray).is_none(),
            EdgeKey::Interval => glance.stands_for = value.scalar()?.number::<u32>().unwrap_or(1).max(1),
        }
        Some(())
    }

    fn finish(self) -> Option<EdgeGlance<'a>> {
        self.timed.then_some(self.glance)
    }
}

fn text(value: JsonValue<'_>) -> Option<&[u8]> {
    match value {
        JsonValue::Text(text) => Some(text),
        _ => None,
    }
}

#[inline(always)]
fn instant(value: JsonValue<'_>, memory: &mut MinuteMemory) -> Option<Time> {
    match value {
        JsonValue::Text(text) => memory.any(text).map(|stamp| stamp.time),
        JsonValue::Number(number) => {
            epoch_number(i64::try_from(digits(number)?).ok()?).map(|stamp| stamp.time)
        }
        other => stamp(&other.scalar()?).map(|stamp| stamp.time),
    }
}

#[inline(always)]
fn number(value: JsonValue<'_>) -> Option<Option<u16>> {
    match value {
        JsonValue::Number(number) => digits(number).map(|number| u16::try_from(number).ok()),
        other => Some(other.scalar()?.number()),
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
