//! Cloudflare's records under other keys: a `record_template` of Logpush (docs: logs/logpush/logpush-job/log-output-options), a shipper or a
//! store writes them in another case, with underscores or dots, behind a prefix or inside another object. They are taken only where so many
//! keys are the edge's that nothing else can be meant.

use std::collections::BTreeSet;

use serde::de::Deserialize;
use serde_json::Value;

use super::EdgeDraft;
use super::headers::{HeaderSizes, add_cookies, add_headers};
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::record::Splitting;
use crate::logs::row::edge::EdgeRecord;
use crate::logs::sample::Sample;
use crate::text::clock::LineClock;
use crate::text::json::Scalar;

/// The fields of `http_requests` that are read, by Logpush's names.
const FIELDS: [&str; 41] = [
    "CacheCacheStatus",
    "ClientCountry",
    "ClientIP",
    "ClientRequestBytes",
    "ClientRequestHost",
    "ClientRequestMethod",
    "ClientRequestPath",
    "ClientRequestQuery",
    "ClientRequestSource",
    "ClientRequestURI",
    "ClientRequestUserAgent",
    "Cookies",
    "EdgeColoCode",
    "EdgeEndTimestamp",
    "EdgeRateLimitAction",
    "EdgeResponseBytes",
    "EdgeResponseStatus",
    "EdgeServerIP",
    "EdgeStartTimestamp",
    "EdgeTimeToFirstByteMs",
    "FirewallMatchesActions",
    "OriginIP",
    "OriginRequestHeaderSendDurationMs",
    "OriginResponseDurationMs",
    "OriginResponseHeaderReceiveDurationMs",
    "OriginResponseStatus",
    "OriginResponseTime",
    "OriginTCPHandshakeDurationMs",
    "OriginTLSHandshakeDurationMs",
    "ParentRayID",
    "RayID",
    "RequestHeaders",
    "RequestSource",
    "ResponseFields",
    "ResponseHeaders",
    "SampleInterval",
    "SecurityAction",
    "SecurityActions",
    "WAFAction",
    "WorkerStatus",
    "WorkerSubrequest",
];

/// GraphQL's names of the same (httpRequestsAdaptive), where they are others.
const GRAPHQL: [(&str, &str); 7] = [
    ("rayName", "RayID"),
    ("clientRequestHTTPHost", "ClientRequestHost"),
    ("clientRequestHTTPMethodName", "ClientRequestMethod"),
    ("clientCountryName", "ClientCountry"),
    ("coloCode", "EdgeColoCode"),
    ("cacheStatus", "CacheCacheStatus"),
    ("datetime", "EdgeStartTimestamp"),
];

/// Names by which a table of the firewall's events is known: it alone has its instants under `Datetime`.
const OF_EVENTS: [&str; 5] = ["Action", "RuleID", "Kind", "Source", "MatchIndex"];

/// Logpush's names of the columns of a table that has them, or GraphQL's, in any case; others as they are.
pub fn logpush_names(names: &[String]) -> Vec<String> {
    let is_of_events =
        names.iter().any(|name| OF_EVENTS.iter().any(|event| event.eq_ignore_ascii_case(name)));
    let known = |name: &String| {
        let graphql = GRAPHQL.iter().filter(|(own, _)| !(is_of_events && *own == "datetime"));
        let graphql =
            graphql.copied().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, field)| field);
        let field = graphql.or_else(|| FIELDS.into_iter().find(|field| field.eq_ignore_ascii_case(name)));
        field.unwrap_or(name).to_owned()
    };
    names.iter().map(known).collect()
}

/// The field that must be among them, and those of which some must be: no other log has these words.
const NEEDED: &str = "edgeresponsestatus";
const TELLING: [&str; 8] = [
    "rayid",
    "edgestarttimestamp",
    "edgeendtimestamp",
    "clientrequesthost",
    "clientrequestmethod",
    "clientrequesturi",
    "originresponsestatus",
    "edgeserverip",
];
const FEWEST_TELLING: usize = 3;

/// Objects inside one another that are opened; deeper ones are passed over.
const DEEPEST: usize = 6;

/// Longer keys are passed over with what they hold.
const LONGEST_KEY: usize = 512;

/// Records that are looked at to learn the keys.
const MOST_SAMPLES: usize = 32;

/// What people call fields in exports of their own (a script over GraphQL, `jq` over Logpush), without what stands between words. They are taken where the edge's
/// status is told from the origin's, or stands beside a ray.
const SHORT: [(&str, &str); 27] = [
    ("edgestatus", "EdgeResponseStatus"),
    ("edgestatuscode", "EdgeResponseStatus"),
    ("edgeresponsestatus", "EdgeResponseStatus"),
    ("edgeresponsestatuscode", "EdgeResponseStatus"),
    ("originstatus", "OriginResponseStatus"),
    ("originstatuscode", "OriginResponseStatus"),
    ("originresponsestatus", "OriginResponseStatus"),
    ("ray", "RayID"),
    ("rayid", "RayID"),
    ("rayname", "RayID"),
    ("cfray", "RayID"),
    ("date", "EdgeStartTimestamp"),
    ("datetime", "EdgeStartTimestamp"),
    ("time", "EdgeStartTimestamp"),
    ("timestamp", "EdgeStartTimestamp"),
    ("edgestart", "EdgeStartTimestamp"),
    ("host", "ClientRequestHost"),
    ("hostname", "ClientRequestHost"),
    ("method", "ClientRequestMethod"),
    ("path", "ClientRequestPath"),
    ("uri", "ClientRequestURI"),
    ("clientip", "ClientIP"),
    ("country", "ClientCountry"),
    ("colo", "EdgeColoCode"),
    ("originip", "OriginIP"),
    ("edgeserverip", "EdgeServerIP"),
    ("cachestatus", "CacheCacheStatus"),
];

/// How keys are renamed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldRenaming {
    /// The prefix that all of them have, in lower case and without what stands between words.
    Prefixed(String),
    /// Names that people give.
    Short,
}

impl FieldRenaming {
    /// What these keys tell; `None` where they are not the edge's.
    pub fn learn<'k>(keys: impl Iterator<Item = &'k str>) -> Option<FieldRenaming> {
        let keys: BTreeSet<String> = keys.map(bare).collect();
        let prefixes = keys.iter().filter_map(|key| key.strip_suffix(NEEDED));
        let has = |prefix: &str, name: &str| keys.contains(&format!("{prefix}{name}"));
        prefixes
            .filter(|prefix| {
                let placed = has(prefix, "edgestarttimestamp") || has(prefix, "edgeendtimestamp");
                let telling = TELLING.iter().filter(|name| has(prefix, name)).count();
                placed && telling >= FEWEST_TELLING
            })
            .min_by_key(|prefix| prefix.len())
            .map(|prefix| FieldRenaming::Prefixed(prefix.to_owned()))
            .or_else(|| are_short(&keys).then_some(FieldRenaming::Short))
    }

    /// Logpush's name of a key.
    pub fn field(&self, key: &str) -> Option<&'static str> {
        let key = bare(key);
        match self {
            FieldRenaming::Prefixed(prefix) => {
                let name = key.strip_prefix(prefix.as_str())?;
                FIELDS.into_iter().find(|field| field.eq_ignore_ascii_case(name))
            }
            FieldRenaming::Short => short(&key),
        }
    }
}

/// Logpush's name of what people call so, `Time (UTC)` among them.
fn short(key: &str) -> Option<&'static str> {
    let key = key.strip_suffix("utc").unwrap_or(key);
    SHORT.iter().find(|(own, _)| *own == key).map(|(_, field)| *field)
}

/// Whether such names are those of requests at the edge: what it answered, when, and what tells that somebody knows edge from origin.
fn are_short(keys: &BTreeSet<String>) -> bool {
    let has = |field: &str| keys.iter().any(|key| short(key) == Some(field));
    let is_edges = has("RayID") || has("OriginResponseStatus") && has("ClientRequestHost");
    has("EdgeResponseStatus") && has("EdgeStartTimestamp") && is_edges
}

/// A key without what stands between its words, in lower case.
fn bare(key: &str) -> String {
    key.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// The format.
#[derive(Clone, Debug)]
pub struct CloudflareRenamed {
    splitting: Splitting,
    renaming: FieldRenaming,
    note: String,
}

impl CloudflareRenamed {
    /// The format of these records, cut as `splitting` says; `None` where their keys are not the edge's.
    pub fn of_objects(objects: &[&[u8]], splitting: Splitting) -> Option<CloudflareRenamed> {
        let mut keys = BTreeSet::new();
        let whole = objects.iter().filter(|line| line.starts_with(b"{"));
        for object in whole.take(MOST_SAMPLES).filter_map(|line| serde_json::from_slice::<Value>(line).ok()) {
            leaves("", &object, 0, &mut |key, _| {
                keys.insert(key.to_owned());
            });
        }
        let renaming = FieldRenaming::learn(keys.iter().map(String::as_str))?;
        let status = keys.iter().find(|key| renaming.field(key) == Some("EdgeResponseStatus"))?;
        let note = format!(
            "renamed keys: they are taken for Logpush's by their words ({status} is EdgeResponseStatus)"
        );
        Some(CloudflareRenamed { splitting, renaming, note })
    }

    fn record(&self, line: &[u8]) -> Option<EdgeRecord> {
        if !line.trim_ascii_start().starts_with(b"{") {
            return None;
        }
        let object = serde_json::from_slice::<Value>(line).ok()?;
        let mut draft = EdgeDraft::default();
        leaves("", &object, 0, &mut |key, value| {
            if let Some(field) = self.renaming.field(key) {
                take(&mut draft, field, value);
            }
        });
        draft.finish().ok()
    }
}

/// Gives a value to the record under Logpush's name of it.
fn take(draft: &mut EdgeDraft, field: &str, value: &Value) {
    let sizes = || HeaderSizes::deserialize(value).unwrap_or_default();
    match field {
        "ResponseHeaders" | "ResponseFields" => add_headers(&mut draft.record.response_headers, sizes()),
        "RequestHeaders" => add_headers(&mut draft.record.request_headers, sizes()),
        "Cookies" => add_cookies(&mut draft.record.request_headers, sizes()),
        _ => {
            draft.put(field, &Scalar::deserialize(value).unwrap_or_default());
        }
    }
}

/// Gives every member of an object, and of those inside it, under its key, nested ones joined by dots.
fn leaves(prefix: &str, value: &Value, depth: usize, each: &mut dyn FnMut(&str, &Value)) {
    let Value::Object(members) = value else { return };
    // Names of a hostile length would be copied for every member.
    for (key, value) in
        members.iter().filter(|(key, _)| prefix.len() <= LONGEST_KEY && key.len() <= LONGEST_KEY)
    {
        let name = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        each(&name, value);
        if depth < DEEPEST {
            leaves(&name, value, depth.saturating_add(1), each);
        }
    }
}

impl LineFormat for CloudflareRenamed {
    type Memory = ();

    fn detect(sample: &Sample<'_>) -> Option<Self> {
        CloudflareRenamed::of_objects(&sample.lines, Splitting::Lines)
    }

    fn id(&self) -> &'static str {
        "cloudflare_renamed"
    }

    fn kind(&self) -> LogKind {
        LogKind::EdgeLog
    }

    fn note(&self) -> Option<&str> {
        Some(&self.note)
    }

    fn parse(&self, line: &[u8], (): &mut (), _: &mut LineClock) -> Parsed {
        self.record(line).map_or(Parsed::Skip(Skip::Unparsed), Parsed::Edge)
    }

    fn splitting(&self) -> Splitting {
        self.splitting
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::format::cloudflare::parse_record;

    const RECORD: &str = r#"{"RayID":"9c1f00aa12bc34de","EdgeStartTimestamp":1794902461123000000,"EdgeEndTimestamp":1794902461140000000,"ClientRequestHost":"shop.example","ClientRequestMethod":"GET","ClientRequestURI":"/cart?id=7","ClientRequestSource":"eyeball","EdgeColoCode":"FRA","EdgeServerIP":"172.68.10.9","EdgeResponseStatus":520,"OriginIP":"203.0.113.7","OriginResponseStatus":0,"OriginTCPHandshakeDurationMs":3,"CacheCacheStatus":"dynamic","WorkerSubrequest":true,"SampleInterval":10,"ResponseHeaders":{"set-cookie":["secret=1","b=22"]}}"#;

    fn renamed(key: &dyn Fn(&str) -> String) -> String {
        let Ok(Value::Object(members)) = serde_json::from_str(RECORD) else { panic!() };
        let members = members.into_iter().map(|(name, value)| (key(&name), value));
        Value::Object(members.collect()).to_string()
    }

    fn snake(name: &str) -> String {
        let mut out = String::new();
        let mut before = true;
        for letter in name.chars() {
            if letter.is_ascii_uppercase() && !before {
                out.push('_');
            }
            before = letter.is_ascii_uppercase();
            out.push(letter.to_ascii_lowercase());
        }
        out
    }

    fn read(line: &str) -> Option<EdgeRecord> {
        let lines = [line.as_bytes()];
        CloudflareRenamed::of_objects(&lines, Splitting::Lines)?.record(line.as_bytes())
    }

    #[test]
    fn a_record_under_other_keys_is_the_same_record() {
        let expected = parse_record(RECORD.as_bytes()).unwrap();
        for line in [
            renamed(&|name| name.to_ascii_lowercase()),
            renamed(&snake),
            renamed(&|name| format!("cf_{}", snake(name))),
            format!(r#"{{"time":1,"host":"s3","event":{}}}"#, renamed(&snake)),
            format!(r#"{{"message":{{"data":{RECORD}}},"status":200}}"#),
        ] {
            assert_eq!(read(&line), Some(expected.clone()), "{line}");
        }
    }

    #[test]
    fn a_few_like_words_are_no_record_of_the_edge() {
        for line in [
            r#"{"ray_id":"9c1f00aa12bc34de","status":502,"host":"a","time":"2026-11-17T08:01:01Z"}"#,
            r#"{"edge_response_status":520,"ray_id":"9c1f00aa12bc34de","client_request_host":"a","edge_server_ip":""}"#,
            r#"{"edge_status":520,"time":"2026-11-17T08:01:01Z","path":"/a"}"#,
            r#"{"a":{"edge_response_status":520},"edge_start_timestamp":1794902461,"ray_id":"9c1f00aa12bc34de"}"#,
        ] {
            assert_eq!(read(line), None, "{line}");
        }
    }

    /// Otherwise what somebody drew from the edge's analytics, and named as people do, is no log, and not one request failed.
    #[test]
    fn names_that_people_give_are_those_of_the_edges_fields() {
        for names in [
            "timestamp,rayName,host,path,edgeStatus,originStatus",
            "Date,Ray ID,Host,Path,Edge status code,Origin status code",
            "time;cf_ray;hostname;path;edge_response_status;origin_status",
            "Time (UTC),Ray ID,Host,Path,Edge status,Origin status",
        ] {
            let renaming = FieldRenaming::learn(names.split([',', ';']));
            let fields: Option<Vec<&str>> = renaming
                .and_then(|renaming| names.split([',', ';']).map(|name| renaming.field(name)).collect());
            let expected = [
                "EdgeStartTimestamp",
                "RayID",
                "ClientRequestHost",
                "ClientRequestPath",
                "EdgeResponseStatus",
                "OriginResponseStatus",
            ];
            assert_eq!(fields.as_deref(), Some(&expected[..]), "{names}");
        }
    }
}
