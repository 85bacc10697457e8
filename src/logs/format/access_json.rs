//! Access lines that are JSON objects: nginx `escape=json`, Caddy, Traefik and their kin, by the usual names of keys.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::facts::endings::EndingVocabulary;
use crate::logs::access::field::AccessField;
use crate::logs::access::named::NamedFields;
use crate::logs::access::unit::PlainUnit;
use crate::logs::access::variables::named_field;
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::row::access::{AccessLine, Termination};
use crate::logs::sample::Sample;
use crate::text::clock::LineClock;

/// Objects inside one another that are opened; deeper ones are passed over.
const DEEPEST: u8 = 4;

/// Longer keys, with those around them, are passed over.
const LONGEST_KEY: usize = 512;

/// One JSON object a line, keys by their usual names.
#[derive(Clone, Copy, Debug, Default)]
pub struct JsonAccess {
    /// What durations count whose keys do not say it.
    plain: PlainUnit,
}

impl JsonAccess {
    /// For requests that are no lines but objects of a document; `None` where most objects are none.
    pub fn of_objects(objects: &[&[u8]]) -> Option<JsonAccess> {
        let format = JsonAccess { plain: plain_unit(objects) };
        let requests = objects.iter().filter(|object| format.parse_line(object).is_some()).count();
        (requests.saturating_mul(2) > objects.len()).then_some(format)
    }

    /// The row of a line; `None` where it is no JSON object or lacks time, status or request, and where it tells of an error that has an
    /// access line of its own.
    pub fn parse_line(&self, line: &[u8]) -> Option<AccessLine> {
        let mut fields = NamedFields::new(self.plain);
        let (mut is_error, mut is_caddys) = (false, false);
        leaves(line, &mut |key, value| {
            // Caddy's error log has the whole request too (caddyserver/caddy modules/caddyhttp/logging.go).
            is_error |= key == "logger" && value.starts_with("http.log.error");
            is_caddys |= key == "logger" && value.starts_with("http.log.access");
            fields.put(within_envelope(key), value);
        })?;
        let line = fields.finish().filter(|_| !is_error)?;
        Some(if is_caddys && line.status == Some(0) { nothing_written(line) } else { line })
    }
}

/// The line with the word for a status that stands for none.
fn nothing_written(line: AccessLine) -> AccessLine {
    let termination = Termination { vocabulary: EndingVocabulary::Caddy, code: "unwritten".to_owned() };
    AccessLine { termination: Some(termination), ..line }
}

/// A key without the member in which a collector has the document: a hit of Elasticsearch, Google's `LogEntry`, a record of Azure Monitor.
pub fn within_envelope(key: &str) -> &str {
    let members = ["_source.", "httpRequest.", "jsonPayload.", "properties."];
    members.iter().find_map(|member| key.strip_prefix(member)).unwrap_or(key)
}

/// Gives each leaf of a line that is a JSON object to `fields`, under its key, nested ones joined by dots; `None` where it is none.
pub fn leaves(line: &[u8], fields: &mut dyn FnMut(&str, &str)) -> Option<()> {
    if !line.starts_with(b"{") {
        return None;
    }
    let mut deserializer = serde_json::Deserializer::from_slice(line);
    Object { fields, prefix: "", depth: 0 }.deserialize(&mut deserializer).ok()
}

/// The unit of the durations in these lines whose keys do not say it.
fn plain_unit(lines: &[&[u8]]) -> PlainUnit {
    let mut values: Vec<Vec<u8>> = Vec::new();
    for line in lines {
        leaves(line, &mut |key, value| {
            if named_field(key) == Some(AccessField::PlainDuration) {
                values.push(value.as_bytes().to_vec());
            }
        });
    }
    PlainUnit::of(values.iter().map(Vec::as_slice))
}

impl LineFormat for JsonAccess {
    type Memory = ();

    fn detect(sample: &Sample<'_>) -> Option<Self> {
        sample.has_line_with(b'{').then(|| JsonAccess { plain: plain_unit(&sample.lines) })
    }

    fn id(&self) -> &'static str {
        "json_access"
    }

    fn kind(&self) -> LogKind {
        LogKind::AccessLog
    }

    fn parse(&self, line: &[u8], (): &mut (), _: &mut LineClock) -> Parsed {
        self.parse_line(line).map_or(Parsed::Skip(Skip::Unparsed), Parsed::Access)
    }
}

/// An object whose leaves go to the collector under their keys, nested ones joined by dots.
struct Object<'c, 'p> {
    fields: &'c mut dyn FnMut(&str, &str),
    prefix: &'p str,
    depth: u8,
}

impl<'de> DeserializeSeed<'de> for Object<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Object<'_, '_> {
    fn leaf(&mut self, value: &str) {
        (self.fields)(self.prefix, value);
    }
}

impl<'de> Visitor<'de> for Object<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_str<E>(mut self, value: &str) -> Result<(), E> {
        self.leaf(value);
        Ok(())
    }

    fn visit_i64<E>(mut self, value: i64) -> Result<(), E> {
        self.leaf(&value.to_string());
        Ok(())
    }

    fn visit_u64<E>(mut self, value: u64) -> Result<(), E> {
        self.leaf(&value.to_string());
        Ok(())
    }

    fn visit_f64<E>(mut self, value: f64) -> Result<(), E> {
        self.leaf(&value.to_string());
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<(), A::Error> {
        // Header values come as lists of one.
        let inner = Object { fields: self.fields, prefix: self.prefix, depth: self.depth.saturating_add(1) };
        if self.depth < DEEPEST {
            sequence.next_element_seed(inner)?;
        }
        while sequence.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            // Names of a hostile length would be copied for every member.
            if self.depth >= DEEPEST || self.prefix.len().saturating_add(key.len()) > LONGEST_KEY {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let depth = self.depth.saturating_add(1);
            if self.prefix.is_empty() {
                map.next_value_seed(Object { fields: self.fields, prefix: &key, depth })?;
            } else {
                let name = format!("{}.{key}", self.prefix);
                map.next_value_seed(Object { fields: self.fields, prefix: &name, depth })?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Duration, Time};

    #[test]
    fn nginx_json_lines_are_read_by_their_keys() {
        let row = JsonAccess::default().parse_line(br#"{"time_iso8601":"2026-11-17T08:01:01+00:00","remote_addr":"172.68.10.9","request":"GET /a HTTP/1.1","status":"502","request_time":"0.402","upstream_status":"502, 200","http_cf_ray":"9c1f00aa12bc34de-FRA","http_cookie":"secret=1"}"#).unwrap();
        assert_eq!(row.time, Time::parse_rfc3339("2026-11-17T08:01:01Z").unwrap());
        assert_eq!((row.status, row.request_time), (Some(502), Some(Duration::from_milliseconds(402))));
        assert_eq!((row.upstream.len(), row.ray.is_some()), (2, true));
        assert!(!format!("{row:?}").contains("secret"));
    }

    /// Otherwise every record that somebody copies out of Kibana is passed over, though the same rows are read as a table.
    #[test]
    fn an_instant_is_read_as_kibana_shows_it() {
        let row = JsonAccess::default().parse_line(
            br#"{"@timestamp":"Nov 17, 2026 @ 08:01:01.500","request":"GET /a HTTP/1.1","status":502}"#,
        );
        let time = Time::parse_rfc3339("2026-11-17T08:01:01.5Z").unwrap();
        assert_eq!(row.map(|row| (row.time, row.time_is_local)), Some((time, true)));
    }

    /// Which key has the state is of the configuration's author's making. Otherwise a limit of time is told as the application's own 504.
    #[test]
    fn haproxys_state_is_known_under_whatever_key() {
        let ending = |key: &str, state: &str| {
            let line = format!(
                r#"{{"ts":"27/Nov/2026:04:01:53.769","client":"172.68.10.77:56705","be":"app","srv":"n1","tr":-1,"ta":2001,"status":504,"{key}":"{state}","req":"GET /a HTTP/1.1"}}"#
            );
            let row = JsonAccess::default().parse_line(line.as_bytes());
            row.and_then(|row| row.ending().map(|ending| ending.id))
        };
        assert_eq!(ending("term", "sH"), Some("haproxy-server-timed-out"));
        assert_eq!(ending("how", "sH--"), Some("haproxy-server-timed-out"));
        assert_eq!((ending("how", "sH"), ending("how", "----")), (None, None));
    }

    /// Envoy's keys are of the configuration's author's making; its flags tell the failures apart that all are 503.
    #[test]
    fn envoys_lines_are_read_under_short_keys() {
        let row = JsonAccess::default().parse_line(br#"{"start":"2026-11-19T20:00:00.271Z","method":"GET","path":"/a","code":503,"flags":"UF","duration":108,"xff":"192.0.2.7","cf_ray":"9a2a14cd16ea7f4d-CDG","authority":"www.example.com","upstream_host":"10.0.3.14:8080"}"#).unwrap();
        assert_eq!(
            (row.status, row.ending().map(|ending| ending.id)),
            (Some(503), Some("envoy-upstream-not-connected"))
        );
        assert!(row.ray.is_some());
        let other = JsonAccess::default().parse_line(
            br#"{"start":"2026-11-19T20:00:00.271Z","method":"GET","path":"/a","code":200,"flags":"-"}"#,
        );
        assert_eq!(other.unwrap().ending(), None);
    }

    #[test]
    fn caddy_says_by_a_status_of_0_that_nothing_was_written() {
        let line = |logger: &str| {
            let line = format!(
                r#"{{"logger":"{logger}","ts":1693840791.7,"msg":"handled request","request":{{"method":"GET","host":"a.example","uri":"/"}},"duration":0.000002,"size":0,"status":0}}"#
            );
            let row = JsonAccess::default().parse_line(line.as_bytes()).unwrap();
            (row.status, row.ending().map(|ending| ending.id))
        };
        assert_eq!(line("http.log.access.log1"), (Some(0), Some("caddy-nothing-written")));
        assert_eq!(line("other"), (Some(0), None));
    }

    #[test]
    fn caddy_lines_are_read_through_their_nesting() {
        let row = JsonAccess::default().parse_line(br#"{"level":"info","ts":1693840791.7564995,"msg":"handled request","request":{"remote_ip":"172.17.0.1","remote_port":"44790","method":"GET","host":"a.example","uri":"/x?y=1","headers":{"User-Agent":["curl/7"],"Cf-Ray":["9c1f00aa12bc34de-FRA"],"Cookie":["secret"]}},"duration":0.000002689,"size":12,"status":520,"resp_headers":{"Server":["Caddy"]}}"#).unwrap();
        assert_eq!(row.time, Time(1_693_840_791_756_500_000));
        assert_eq!(row.resolution, Duration::MICROSECOND);
        assert_eq!((row.remote_port, row.status, row.body_bytes), (Some(44790), Some(520), Some(12)));
        assert_eq!((row.host.as_deref(), row.target.as_deref()), (Some("a.example"), Some("/x?y=1")));
        assert_eq!(row.request_time, Some(Duration::from_nanoseconds(2689)));
        assert_eq!(row.user_agent.as_deref(), Some("curl/7"));
        assert!(row.ray.is_some());
    }

    #[test]
    fn traefik_lines_count_nanoseconds_and_start_time() {
        let row = JsonAccess::default().parse_line(br#"{"ClientAddr":"172.17.0.1:39490","ClientHost":"172.17.0.1","ClientPort":"39490","DownstreamStatus":404,"DownstreamContentSize":356,"Duration":215563,"OriginStatus":200,"RequestHost":"t.localhost","RequestMethod":"GET","RequestPath":"/a","StartUTC":"2021-12-08T09:16:05.1Z","time":"2021-12-08T09:16:05Z"}"#).unwrap();
        assert_eq!(
            (row.request_time, row.time_is_end, row.remote_port),
            (Some(Duration::from_nanoseconds(215_563)), false, Some(39490))
        );
        assert_eq!((row.status, row.upstream[0].status), (Some(404), Some(200)));
    }

    #[test]
    fn other_json_is_no_access_line() {
        assert!(
            JsonAccess::default()
                .parse_line(br#"{"time":"2026-11-17T08:01:01Z","level":20,"msg":"x"}"#)
                .is_none()
        );
        assert!(JsonAccess::default().parse_line(br#"{"time":"2026-11-17T08:01:01Z","status":"#).is_none());
        assert!(JsonAccess::default().parse_line(b"[1,2]").is_none());
    }
}
