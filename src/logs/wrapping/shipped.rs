//! What log shippers and stores put around a line: an object that has the line in one member, its time in another.

use std::borrow::Cow;

use serde::Deserialize;

use crate::text::json::Scalar;
use crate::text::timestamp::{self, Stamp};
use crate::time::Duration;

/// The members that hold a line or its time, by the shipper that names them so.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ShippedObject<'a> {
    /// Filebeat, Fluentd, Logstash, Vector, CloudWatch Logs (`aws logs filter-log-events`).
    #[serde(borrow)]
    message: Scalar<'a>,
    /// Fluent Bit's inputs and its Kubernetes filter.
    #[serde(borrow)]
    log: Scalar<'a>,
    /// GELF 1.1 (Graylog, docker's gelf driver).
    #[serde(borrow)]
    short_message: Scalar<'a>,
    /// Loki (`logcli query -o jsonl`).
    #[serde(borrow)]
    line: Scalar<'a>,
    /// Google Cloud Logging (LogEntry).
    #[serde(borrow, rename = "textPayload")]
    text_payload: Scalar<'a>,
    /// Splunk's export.
    #[serde(borrow, rename = "_raw")]
    raw: Scalar<'a>,
    #[serde(borrow, rename = "@timestamp")]
    at_timestamp: Scalar<'a>,
    #[serde(borrow)]
    timestamp: Scalar<'a>,
    #[serde(borrow)]
    time: Scalar<'a>,
    /// Fluent Bit's own, in seconds with a fraction.
    #[serde(borrow)]
    date: Scalar<'a>,
    #[serde(borrow, rename = "_time")]
    splunk_time: Scalar<'a>,
}

/// An object that has such an object inside: a hit of Elasticsearch, a result of Splunk.
#[derive(Default, Deserialize)]
#[serde(default)]
struct StoredObject<'a> {
    #[serde(borrow, rename = "_source")]
    source: Option<ShippedObject<'a>>,
    #[serde(borrow)]
    result: Option<ShippedObject<'a>>,
}

/// The line that an object holds, and when it was taken; `None` where it holds none.
pub fn shipped(object: &[u8]) -> Option<(Cow<'_, [u8]>, Option<Stamp>)> {
    if object.starts_with(b"[") {
        return pair(object);
    }
    if !object.starts_with(b"{") {
        return None;
    }
    let plain = serde_json::from_slice::<ShippedObject<'_>>(object).ok().and_then(ShippedObject::taken);
    plain.or_else(|| {
        let stored = serde_json::from_slice::<StoredObject<'_>>(object).ok()?;
        stored.source.or(stored.result)?.taken()
    })
}

/// A value of Loki's streams (`/loki/api/v1/query_range`): the instant in nanoseconds, the line, and what else is known of it.
fn pair(array: &[u8]) -> Option<(Cow<'_, [u8]>, Option<Stamp>)> {
    let values: Vec<Scalar<'_>> = serde_json::from_slice(array).ok()?;
    let mut values = values.into_iter();
    let stamp = timestamp::epoch(values.next()?.text()?.as_bytes());
    let stamp = stamp.filter(|stamp| stamp.resolution == Duration::NANOSECOND)?;
    match values.next()? {
        Scalar::Text(text) => Some((bytes_of(text), Some(stamp))),
        _ => None,
    }
}

impl<'a> ShippedObject<'a> {
    fn taken(self) -> Option<(Cow<'a, [u8]>, Option<Stamp>)> {
        let stamp = [&self.at_timestamp, &self.timestamp, &self.time, &self.date, &self.splunk_time]
            .into_iter()
            .find_map(stamp_of);
        let lines = [self.log, self.message, self.short_message, self.line, self.text_payload, self.raw];
        let text = lines.into_iter().find_map(|value| match value {
            Scalar::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        })?;
        Some((bytes_of(text), stamp))
    }
}

/// An instant as structured logs write it: text, or a number since 1970 in any of the usual units.
pub fn stamp_of(value: &Scalar<'_>) -> Option<Stamp> {
    match value {
        Scalar::Text(text) => timestamp::any(text.as_bytes()),
        Scalar::Integer(number) => timestamp::epoch_number(*number),
        Scalar::Float(seconds) => timestamp::epoch(format!("{seconds:.6}").as_bytes()),
        _ => None,
    }
}

/// The bytes of a text.
pub fn bytes_of(text: Cow<'_, str>) -> Cow<'_, [u8]> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Time;

    #[test]
    fn each_shippers_object_gives_its_line_and_time() {
        for object in [
            r#"{"@timestamp":"2026-11-17T08:01:01.000Z","log":{"offset":3},"message":"GET \"/\"","host":{"name":"web1"}}"#,
            r#"{"date":1794902461.0,"stream":"stdout","log":"GET \"/\""}"#,
            r#"{"version":"1.1","host":"web1","short_message":"GET \"/\"","timestamp":1794902461.000,"level":6}"#,
            r#"{"labels":{"app":"web"},"line":"GET \"/\"","timestamp":"2026-11-17T08:01:01Z"}"#,
            r#"{"logStreamName":"web1","timestamp":1794902461000,"message":"GET \"/\"","ingestionTime":1794902462000}"#,
            r#"{"_index":"logs","_source":{"@timestamp":"2026-11-17T08:01:01Z","message":"GET \"/\""}}"#,
            r#"["1794902461000000000","GET \"/\"",{"level":"info"}]"#,
            r#"{"preview":false,"result":{"_raw":"GET \"/\"","_time":"2026-11-17T09:01:01.000+01:00"}}"#,
        ] {
            let (line, stamp) = shipped(object.as_bytes()).unwrap();
            assert_eq!(&*line, br#"GET "/""#, "{object}");
            assert_eq!(
                stamp.map(|stamp| stamp.time),
                Time::parse_rfc3339("2026-11-17T08:01:01Z"),
                "{object}"
            );
        }
        assert_eq!(shipped(br#"{"level":"info"}"#), None);
        assert_eq!(shipped(b"{"), None);
    }
}
