//! Cloudflare's records (docs: logs/logpush/logpush-job/datasets/zone/http_requests and firewall_events; GraphQL
//! httpRequestsAdaptive). Numbers may stand in strings, instants in any of their forms; unknown keys pass.

mod columns;
pub(crate) mod csv;
mod glance;
mod groups;
mod headers;
mod known;
pub(crate) mod renamed;
mod wrapped;

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};

use self::glance::EdgeGlancer;
use self::groups::{group_length, merge};
use self::headers::{add_cookies, add_headers};
use self::wrapped::{containers_around, telling_keys};
use crate::logs::glance::Glancer;
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::record::Splitting;
use crate::logs::row::edge::{Dataset, EdgeRecord, RequestSource};
use crate::logs::sample::Sample;
use crate::ray::{Colo, Ray, RayAtColo};
use crate::text::address::address;
use crate::text::clock::LineClock;
use crate::text::json::{JsonKey, Scalar};
use crate::text::line::text_within;
use crate::text::timestamp::{self, Stamp};
use crate::time::Duration;

/// The format, and whether a record is a line (NDJSON) or an object of a larger document.
#[derive(Clone, Copy, Debug)]
pub struct Cloudflare {
    splitting: Splitting,
}

/// Lines that are looked at for the keys of a record.
const MOST_SAMPLES: usize = 32;

/// Why a record is none.
#[derive(Debug, thiserror::Error)]
pub enum EdgeError {
    /// No JSON object.
    #[error("not a JSON object: {0}")]
    Json(#[from] serde_json::Error),
    /// An object without ray or time, which nothing can be joined with.
    #[error("the record has neither RayID nor EdgeStartTimestamp: add these fields to the Logpush job")]
    NoKey,
    /// Without an instant it cannot be placed.
    #[error("the record has no EdgeStartTimestamp that can be read: add the field to the Logpush job")]
    NoTime,
}

impl Cloudflare {
    /// For a text whose records are not one a line: `[{…}]`, `{"events":[{…}]}`, objects behind one another or over several lines.
    /// `None` where the text holds no such records.
    pub fn of_document(text: &[u8]) -> Option<Cloudflare> {
        containers_around(text).map(|depth| Cloudflare { splitting: Splitting::Objects { depth } })
    }
}

impl LineFormat for Cloudflare {
    type Memory = ();

    fn detect(sample: &Sample<'_>) -> Option<Self> {
        // Of what a shipper wraps only the lines show the keys: in the head they are escaped.
        let fits = |line: &&[u8]| line.starts_with(b"{") && telling_keys(line) >= 2;
        sample.lines.iter().take(MOST_SAMPLES).any(fits).then_some(Cloudflare { splitting: Splitting::Lines })
    }

    fn id(&self) -> &'static str {
        "cloudflare"
    }

    fn kind(&self) -> LogKind {
        LogKind::EdgeLog
    }

    fn parse(&self, line: &[u8], (): &mut (), _: &mut LineClock) -> Parsed {
        parse_record(line).map_or(Parsed::Skip(Skip::Unparsed), Parsed::Edge)
    }

    fn splitting(&self) -> Splitting {
        self.splitting
    }

    fn glancer(&self) -> Option<Box<dyn Glancer>> {
        Some(Box::new(EdgeGlancer::default()))
    }
}

/// The record of one JSON object.
///
/// # Errors
/// Where the bytes are no JSON object, or one without ray and time.
pub fn parse_record(line: &[u8]) -> Result<EdgeRecord, EdgeError> {
    // Of a text each string need not be checked by itself.
    let draft: EdgeDraft = match std::str::from_utf8(line) {
        Ok(text) => serde_json::from_str(text)?,
        Err(_) => serde_json::from_slice(line)?,
    };
    draft.finish()
}

#[derive(Default)]
struct EdgeDraft {
    record: EdgeRecord,
    timed: bool,
    named: bool,
    path: Option<String>,
    query: Option<String>,
    /// It has a field for the query, filled or not.
    tells_query: bool,
    /// A newer name of the security action was seen and wins over older ones.
    new_action: bool,
    /// Requests of a group; those that were not sampled are counted already (docs: analytics/graphql-api/sampling).
    count: Option<u32>,
}

impl<'de> Deserialize<'de> for EdgeDraft {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RecordVisitor)
    }
}

struct RecordVisitor;

impl<'de> Visitor<'de> for RecordVisitor {
    type Value = EdgeDraft;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record of the edge")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<EdgeDraft, A::Error> {
        let mut draft = EdgeDraft::default();
        while let Some(JsonKey(key)) = map.next_key()? {
            match &*key {
                "ResponseHeaders" | "ResponseFields" => {
                    add_headers(&mut draft.record.response_headers, map.next_value()?)
                }
                "RequestHeaders" => add_headers(&mut draft.record.request_headers, map.next_value()?),
                "Cookies" => add_cookies(&mut draft.record.request_headers, map.next_value()?),
                "dimensions" => {
                    // GraphQL groups hold their attributes one level down.
                    let inner: EdgeDraft = map.next_value()?;
                    draft = merge(draft, inner);
                }
                "count" => draft.count = map.next_value::<Scalar<'de>>()?.number(),
                other if is_wanted(other) => {
                    let value: Scalar<'de> = map.next_value()?;
                    draft.put(other, &value);
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(draft)
    }
}

/// Whether a key is read at all: most of the hundred are not, and skipping is cheaper than keeping.
fn is_wanted(key: &str) -> bool {
    matches!(
        key.as_bytes().first(),
        Some(b'R' | b'P' | b'E' | b'C' | b'O' | b'S' | b'W' | b'F' | b'A' | b'D')
    ) || key.as_bytes().first().is_some_and(u8::is_ascii_lowercase)
}

/// The ray of the request that a Worker asked for; of none where the record has zeros.
fn parent_ray(text: &[u8]) -> Option<Ray> {
    Ray::parse(text).filter(|ray| ray.0 != 0)
}

impl EdgeDraft {
    /// The record, if it has what places and names it.
    fn finish(self) -> Result<EdgeRecord, EdgeError> {
        let EdgeDraft { mut record, timed, named, path, query, tells_query, count, .. } = self;
        record.sample_interval = count.or(record.sample_interval);
        if !named {
            return Err(EdgeError::NoKey);
        }
        if !timed {
            return Err(EdgeError::NoTime);
        }
        if record.target.is_none() {
            record.target_is_path = path.is_some() && !tells_query;
            record.target = path.map(|path| match query.filter(|query| !query.is_empty()) {
                Some(query) if query.starts_with('?') => format!("{path}{query}"),
                Some(query) => format!("{path}?{query}"),
                None => path,
            });
        }
        Ok(record)
    }

    /// Takes a value; whether its key is one that is read.
    fn put(&mut self, key: &str, value: &Scalar<'_>) -> bool {
        self.put_request(key, value)
            || self.put_edge(key, value)
            || self.put_origin(key, value)
            || self.put_rest(key, value)
    }

    fn put_request(&mut self, key: &str, value: &Scalar<'_>) -> bool {
        let record = &mut self.record;
        match key {
            "RayID" | "rayName" => {
                record.ray =
                    value.text().and_then(|text| RayAtColo::parse(text.as_bytes())).map(|found| found.ray);
                self.named = true;
            }
            "ParentRayID" => record.parent_ray = value.text().and_then(|text| parent_ray(text.as_bytes())),
            "ClientRequestHost" | "clientRequestHTTPHost" => {
                record.host = filled(value, 256);
                self.named = true;
            }
            "ClientRequestMethod" | "clientRequestHTTPMethodName" => record.method = filled(value, 64),
            "ClientRequestURI" => record.target = filled(value, crate::text::line::LONGEST_FIELD),
            "ClientRequestPath" | "clientRequestPath" => {
                self.path = filled(value, crate::text::line::LONGEST_FIELD)
            }
            "ClientRequestQuery" | "clientRequestQuery" => {
                self.query = filled(value, crate::text::line::LONGEST_FIELD);
                self.tells_query = true;
            }
            "ClientIP" | "clientIP" => record.client_address = ip(value),
            "ClientCountry" | "clientCountryName" => record.country = filled(value, 64),
            "ClientRequestBytes" | "clientRequestBytes" => record.client_request_bytes = value.number(),
            "ClientRequestSource" | "RequestSource" | "requestSource" => record.source = source(value),
            "ClientRequestUserAgent" | "userAgent" => record.user_agent = filled(value, 1024),
            _ => return false,
        }
        true
    }

    fn put_edge(&mut self, key: &str, value: &Scalar<'_>) -> bool {
        match key {
            "EdgeStartTimestamp"
            | "datetime"
            | "Datetime"
            | "datetimeMinute"
            | "datetimeFiveMinutes"
            | "datetimeFifteenMinutes"
            | "datetimeHour" => {
                if key == "Datetime" {
                    self.record.dataset = Dataset::FirewallEvents;
                }
                self.named = true;
                if let Some(stamp) = stamp(value) {
                    self.record.start = stamp.time;
                    self.record.resolution = group_length(key).unwrap_or(stamp.resolution);
                    self.timed = true;
                }
            }
            "EdgeEndTimestamp" => {
                let stamp = stamp(value);
                self.record.end = stamp.map(|stamp| stamp.time);
                if let (false, Some(stamp)) = (self.timed, stamp) {
                    // A job without the start: the end places the record, if only roughly.
                    self.record.start = stamp.time;
                    self.record.resolution = stamp.resolution.max(Duration::SECOND);
                    self.timed = true;
                }
            }
            "EdgeColoCode" | "coloCode" => {
                self.record.colo = value.filled().and_then(|text| Colo::parse(text.as_bytes()));
            }
            "EdgeServerIP" => {
                self.record.edge_address_logged = true;
                self.record.edge_address = ip(value);
            }
            "EdgeResponseStatus" | "edgeResponseStatus" => {
                self.record.edge_status = value.number();
                self.named = true;
            }
            "EdgeResponseBytes" | "edgeResponseBytes" => self.record.response_bytes = value.number(),
            "EdgeTimeToFirstByteMs" | "edgeTimeToFirstByteMs" => {
                self.record.edge_first_byte_time = milliseconds(value)
            }
            _ => return false,
        }
        true
    }

    fn put_origin(&mut self, key: &str, value: &Scalar<'_>) -> bool {
        let record = &mut self.record;
        match key {
            "OriginIP" | "originIP" => record.origin_address = ip(value),
            "OriginResponseStatus" | "originResponseStatus" => record.origin_status = value.number(),
            "OriginTCPHandshakeDurationMs" => record.origin_tcp_time = milliseconds(value),
            "OriginTLSHandshakeDurationMs" => record.origin_tls_time = milliseconds(value),
            "OriginRequestHeaderSendDurationMs" => record.origin_send_time = milliseconds(value),
            "OriginResponseHeaderReceiveDurationMs" => record.origin_header_time = milliseconds(value),
            "OriginResponseDurationMs" | "originResponseDurationMs" => {
                record.origin_response_time = milliseconds(value)
            }
            // The older field counts nanoseconds.
            "OriginResponseTime" if record.origin_response_time.is_none() => {
                record.origin_response_time = value.integer().and_then(|nanoseconds| {
                    whole_milliseconds(Duration::from_nanoseconds(nanoseconds) / Duration::MILLISECOND)
                });
            }
            _ => return false,
        }
        true
    }

    fn put_rest(&mut self, key: &str, value: &Scalar<'_>) -> bool {
        let word = || value.filled().filter(|text| !text.eq_ignore_ascii_case("unknown"));
        let record = &mut self.record;
        match key {
            "CacheCacheStatus" | "cacheStatus" => record.cache_status = filled(value, 64),
            "SecurityAction" | "Action" | "action" => {
                if key != "SecurityAction" {
                    // Only records of firewall events name it so (Logpush firewall_events, GraphQL firewallEventsAdaptive).
                    record.dataset = Dataset::FirewallEvents;
                }
                self.new_action = true;
                record.security_action = word().map(|text| text.to_ascii_lowercase());
            }
            "WAFAction" | "FirewallMatchesActions" | "SecurityActions" | "EdgeRateLimitAction"
                if !self.new_action && record.security_action.is_none() =>
            {
                record.security_action = word().map(|text| text.to_ascii_lowercase());
            }
            "WorkerStatus" => record.worker_status = word().map(str::to_owned),
            "WorkerSubrequest" => record.worker_subrequest = value.truth(),
            "sampleInterval" | "SampleInterval" => record.sample_interval = value.number(),
            "sample_rate" | "sampleRate" => {
                record.sample_interval = match value {
                    Scalar::Float(rate) if *rate > 0.0 && *rate <= 1.0 =>
                    {
                        #[expect(
                            clippy::cast_possible_truncation,
                            clippy::cast_sign_loss,
                            reason = "a float to an integer saturates"
                        )]
                        Some((1.0 / rate).round() as u32)
                    }
                    other => other.number::<u32>().filter(|rate| *rate == 1),
                };
            }
            _ => return false,
        }
        true
    }
}

fn milliseconds(value: &Scalar<'_>) -> Option<Duration> {
    whole_milliseconds(value.integer()?)
}

/// `None` for negative ones and those above 49 days, which no request takes.
fn whole_milliseconds(milliseconds: i64) -> Option<Duration> {
    u32::try_from(milliseconds).ok().map(|milliseconds| Duration::from_milliseconds(i64::from(milliseconds)))
}

fn filled(value: &Scalar<'_>, longest: usize) -> Option<String> {
    let within = |text: &str| match text.len() <= longest {
        true => text.to_owned(),
        false => text_within(text.as_bytes(), longest),
    };
    value.filled().map(within)
}

fn ip(value: &Scalar<'_>) -> Option<std::net::IpAddr> {
    value.filled().and_then(|text| address(text.as_bytes()))
}

fn stamp(value: &Scalar<'_>) -> Option<Stamp> {
    match value {
        Scalar::Integer(number) => timestamp::epoch_number(*number),
        Scalar::Text(text) => timestamp::any(text.as_bytes()),
        Scalar::Float(seconds) => timestamp::epoch(format!("{seconds:.3}").as_bytes()),
        _ => None,
    }
}

fn source(value: &Scalar<'_>) -> RequestSource {
    match value {
        Scalar::Nothing => RequestSource::Absent,
        _ if value.integer() == Some(1) => RequestSource::Eyeball,
        _ if value.integer() == Some(0) => RequestSource::Absent,
        Scalar::Text(word) if word.is_empty() || word.eq_ignore_ascii_case("unknown") => {
            RequestSource::Absent
        }
        Scalar::Text(word) if word.eq_ignore_ascii_case("eyeball") => RequestSource::Eyeball,
        _ => RequestSource::EdgeItself,
    }
}

#[cfg(test)]
mod tests;
