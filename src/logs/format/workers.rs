//! What Workers at the edge did: Logpush's data set of trace events (docs: logs/logpush/logpush-job/datasets/account/workers_trace_events) and
//! `wrangler tail --format json` (docs: workers/runtime-apis/handlers/tail, TailItems; cloudflare/workers-sdk,
//! packages/wrangler/src/tail/printing.ts, which prints each event over several lines). An event is about one request, by its ray. What
//! the console printed may be anything and is not taken.

use serde::Deserialize;

use crate::facts::messages::Program;
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::record::{LogRecord, RecordBody, RecordReader, Splitting};
use crate::logs::row::message::{MessageLine, message_text};
use crate::logs::sample::Sample;
use crate::logs::wrapping::stamp_of;
use crate::ray::RayAtColo;
use crate::text::clock::LineClock;
use crate::text::host::{bare_host, split_absolute};
use crate::text::json::Scalar;
use crate::text::line::{field_text, text_within};

/// How an invocation can end, by the runtime's words; `ok` and `canceled` (the visitor left) are no fault of the Worker.
const OUTCOMES: [&str; 10] = [
    "ok",
    "canceled",
    "exception",
    "exceededCpu",
    "exceededMemory",
    "exceededWallTime",
    "loadShed",
    "responseStreamDisconnected",
    "scriptNotFound",
    "unknown",
];

/// The format, and whether an event is a line or an object over several.
#[derive(Clone, Copy, Debug)]
pub struct WorkerTrace {
    splitting: Splitting,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TraceEvent<'a> {
    #[serde(borrow, alias = "Outcome")]
    outcome: Scalar<'a>,
    #[serde(borrow, rename = "scriptName", alias = "ScriptName")]
    script: Scalar<'a>,
    #[serde(borrow, rename = "eventTimestamp", alias = "EventTimestampMs")]
    time: Scalar<'a>,
    #[serde(borrow, alias = "Exceptions")]
    exceptions: Option<Vec<UncaughtException<'a>>>,
    #[serde(borrow, alias = "Event")]
    event: Option<Trigger<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct UncaughtException<'a> {
    #[serde(borrow, alias = "Name")]
    name: Scalar<'a>,
    #[serde(borrow, alias = "Message")]
    message: Scalar<'a>,
}

/// What made the Worker run. Only requests have a ray.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Trigger<'a> {
    #[serde(borrow, rename = "RayID", alias = "rayId")]
    ray: Scalar<'a>,
    #[serde(borrow, alias = "Request")]
    request: Option<TracedRequest<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TracedRequest<'a> {
    #[serde(borrow, alias = "URL")]
    url: Scalar<'a>,
    #[serde(borrow, alias = "Method")]
    method: Scalar<'a>,
    #[serde(borrow, alias = "Headers")]
    headers: Option<TracedHeaders<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TracedHeaders<'a> {
    #[serde(borrow, rename = "cf-ray")]
    ray: Scalar<'a>,
}

impl WorkerTrace {
    /// For a text that begins with such an event, whether each is a line or not; `None` where it is none.
    pub fn of_text(text: &[u8]) -> Option<WorkerTrace> {
        let first = text.split(|byte| *byte == b'\n').next().unwrap_or(text);
        if parse_event(first.trim_ascii()).is_some() {
            return Some(WorkerTrace { splitting: Splitting::Lines });
        }
        (0..=1u16).find_map(|depth| {
            let splitting = Splitting::Objects { depth };
            let (mut seen, mut told) = (0u32, false);
            RecordReader::new(splitting).feed(text, &mut |record: LogRecord<'_>| {
                seen = seen.saturating_add(1);
                told |= seen <= 4
                    && matches!(record.body, RecordBody::Text(object) if parse_event(object).is_some());
            });
            told.then_some(WorkerTrace { splitting })
        })
    }
}

impl LineFormat for WorkerTrace {
    type Memory = ();

    fn detect(sample: &Sample<'_>) -> Option<Self> {
        let told = sample.lines.iter().take(8).any(|line| parse_event(line).is_some());
        told.then_some(WorkerTrace { splitting: Splitting::Lines })
    }

    fn id(&self) -> &'static str {
        "workers_trace"
    }

    fn kind(&self) -> LogKind {
        LogKind::ErrorLog
    }

    fn parse(&self, line: &[u8], (): &mut (), _: &mut LineClock) -> Parsed {
        parse_event(line).map_or(Parsed::Skip(Skip::Unparsed), Parsed::Message)
    }

    fn splitting(&self) -> Splitting {
        self.splitting
    }
}

/// The row of an event; `None` where the object is none.
fn parse_event(object: &[u8]) -> Option<MessageLine> {
    if !object.starts_with(b"{") {
        return None;
    }
    let event: TraceEvent<'_> = serde_json::from_slice(object).ok()?;
    let outcome = event.outcome.filled().filter(|outcome| OUTCOMES.contains(outcome))?;
    let stamp = stamp_of(&event.time)?;
    let script = event.script.filled();
    if script.is_none() && event.event.is_none() {
        return None;
    }
    let ended = format!("Worker {}: outcome {outcome}", script.unwrap_or("without a name"));
    let mut text = ended.clone();
    for exception in event.exceptions.iter().flatten() {
        let name = exception.name.filled().unwrap_or("exception");
        text.push_str(&format!(": {name}: {}", exception.message.filled().unwrap_or_default()));
    }
    // What an exception quotes may look like any message.
    let mut row = MessageLine::of(ended.as_bytes(), Some(Program::Worker)).at(Some(stamp));
    row.text = message_text(text.as_bytes());
    let threw = event.exceptions.is_some_and(|exceptions| !exceptions.is_empty());
    let well = matches!(outcome, "ok" | "canceled") && !threw;
    row.level = Some(if well { "info" } else { "error" }.to_owned());
    row.program = script.map(|script| text_within(script.as_bytes(), 64));
    take_request(&mut row, event.event.unwrap_or_default(), well);
    Some(row)
}

/// Takes what the event is about. An invocation that went well says nothing of a failure, so its request is not named.
fn take_request(row: &mut MessageLine, event: Trigger<'_>, well: bool) {
    let request = event.request.unwrap_or_default();
    let header = request.headers.unwrap_or_default().ray;
    let ray =
        [&event.ray, &header].into_iter().find_map(|value| RayAtColo::parse(value.filled()?.as_bytes()));
    row.ray = ray.map(|ray| ray.ray);
    let Some((authority, target)) = request.url.filled().and_then(|url| split_absolute(url.as_bytes()))
    else {
        return;
    };
    row.host = bare_host(&text_within(authority, 256));
    if !well {
        row.request =
            request.method.filled().map(|method| (text_within(method.as_bytes(), 64), field_text(target)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_writers_name_the_request_and_how_its_worker_ended() {
        for event in [
            r#"{"Event":{"RayID":"9c1f00aa12bc34de","Request":{"URL":"https://shop.example/cart?id=1","Method":"GET"},"Response":{"Status":500}},"EventTimestampMs":1794902461123,"EventType":"fetch","Exceptions":[{"Name":"TypeError","Message":"x is not a function","TimestampMs":1794902461125}],"Logs":[],"Outcome":"exception","ScriptName":"shop"}"#,
            r#"{"outcome":"exception","scriptName":"shop","exceptions":[{"name":"TypeError","message":"x is not a function","timestamp":1794902461125}],"logs":[{"message":["cookie","secret"],"level":"log","timestamp":1794902461124}],"eventTimestamp":1794902461123,"event":{"request":{"url":"https://shop.example/cart?id=1","method":"GET","headers":{"cf-ray":"9c1f00aa12bc34de","cookie":"REDACTED"},"cf":{"colo":"FRA"}},"response":{"status":500}}}"#,
        ] {
            let row = parse_event(event.as_bytes()).unwrap();
            assert_eq!(row.text, "Worker shop: outcome exception: TypeError: x is not a function");
            assert_eq!(row.signature, Some("worker-exception"));
            assert_eq!(row.ray.unwrap().to_string(), "9c1f00aa12bc34de");
            assert_eq!(row.request, Some(("GET".to_owned(), "/cart?id=1".to_owned())));
            assert_eq!(row.host.as_deref(), Some("shop.example"));
        }
    }

    #[test]
    fn other_objects_are_no_events_of_a_worker() {
        for line in [
            r#"{"outcome":"success","scriptName":"deploy","eventTimestamp":1794902461123}"#,
            r#"{"outcome":"ok","eventTimestamp":1794902461123}"#,
            r#"{"outcome":"ok","scriptName":"a"}"#,
            "[1]",
        ] {
            assert_eq!(parse_event(line.as_bytes()), None, "{line}");
        }
    }
}
