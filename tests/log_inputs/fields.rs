//! The fields of a row by their names, as text.

use std::collections::BTreeMap;

use rayscope::evidence::{EventRow, MessageRow, SettingRow};
use rayscope::logs::{
    AccessLine, EdgeRecord, LogRecord, MessageLine, Parsed, RecordBody, RecordReader, TextContent, recognise,
};
use rayscope::time::{Duration, Time};

/// Fields by name.
pub type Fields = BTreeMap<&'static str, String>;

/// The rows of a log, each with its fields; none where the text is no log.
pub fn of_log(text: &[u8]) -> Vec<Fields> {
    let TextContent::Log(format) = recognise(text) else { return Vec::new() };
    let mut lines = format.reader(Time::parse_rfc3339("2026-11-17T08:00:00Z"));
    let mut records = RecordReader::new(format.splitting());
    let mut parsed = Vec::new();
    let mut each = |record: LogRecord<'_>| {
        if let RecordBody::Text(line) = record.body {
            parsed.push(lines.parse(line));
        }
    };
    records.feed(text, &mut each);
    records.finish(&mut each);
    parsed.push(lines.finish());
    with_causes(parsed).into_iter().filter_map(of_parsed).collect()
}

/// What was parsed, each message with what its trace adds.
fn with_causes(parsed: Vec<Parsed>) -> Vec<Parsed> {
    let mut rows: Vec<Parsed> = Vec::new();
    for one in parsed {
        match (one, rows.iter_mut().rev().find(|row| matches!(row, Parsed::Message(_)))) {
            (Parsed::Skip(_), _) => {}
            (Parsed::Cause(cause), Some(Parsed::Message(message))) => message.caused_by(cause),
            (Parsed::Cause(cause), _) => rows.push(Parsed::Message(cause)),
            (row, _) => rows.push(row),
        }
    }
    rows
}

/// The fields of a setting.
pub fn of_setting(row: &SettingRow) -> Fields {
    let setting = row.setting.clone();
    let program = setting.program.name().to_owned();
    let mut fields = Fields::from([
        ("line", setting.line.to_string()),
        ("program", program),
        ("directive", setting.directive),
        ("value", setting.value),
    ]);
    fields.extend(setting.block.map(|block| ("block", block)));
    fields
}

/// The fields of a fault that a state tells of.
pub fn of_state(row: &MessageRow) -> Fields {
    of_message(row.line.clone()).into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// The fields of an event.
pub fn of_event(row: &EventRow) -> Fields {
    let event = row.event.clone();
    Fields::from([
        ("line", event.line.to_string()),
        ("time", event.time.to_string()),
        ("kind", event.kind),
        ("text", event.text),
    ])
}

fn of_parsed(parsed: Parsed) -> Option<Fields> {
    let fields = match parsed {
        Parsed::Access(line) => of_access(line),
        Parsed::Message(line) | Parsed::Cause(line) => of_message(line),
        Parsed::Edge(record) => of_edge(record),
        Parsed::Skip(_) => return None,
    };
    Some(fields.into_iter().filter_map(|(name, value)| Some((name, value?))).collect())
}

fn of_access(line: AccessLine) -> Vec<(&'static str, Option<String>)> {
    let tries = |each: &dyn Fn(&rayscope::logs::UpstreamTry) -> Option<String>| {
        let each: Vec<String> =
            line.upstream.iter().map(|one| each(one).unwrap_or_else(|| "-".to_owned())).collect();
        Some(each.join(", ")).filter(|joined| !joined.is_empty())
    };
    vec![
        ("ending", line.ending().map(|ending| ending.id.to_owned())),
        ("upstream_address", tries(&|one| one.address.clone())),
        ("upstream_status", tries(&|one| text(one.status))),
        ("upstream_connect_time", tries(&|one| one.connect_time.map(seconds))),
        ("upstream_header_time", tries(&|one| one.header_time.map(seconds))),
        ("upstream_response_time", tries(&|one| one.response_time.map(seconds))),
        ("time", text(Some(line.time))),
        ("time_is_end", text(Some(line.time_is_end))),
        ("time_is_local", text(Some(line.time_is_local))),
        ("resolution", Some(seconds(line.resolution))),
        ("status", text(line.status)),
        ("ray", line.ray.map(|ray| ray.ray.to_string())),
        ("method", line.method),
        ("target", line.target),
        ("odd_request_line", line.odd_request_line),
        ("host", line.host),
        ("remote_address", text(line.remote_address)),
        ("remote_port", text(line.remote_port)),
        ("real_peer", text(line.real_peer)),
        ("request_time", line.request_time.map(seconds)),
        ("body_bytes", text(line.body_bytes)),
        ("sent_bytes", text(line.sent_bytes)),
        ("request_bytes", text(line.request_bytes)),
        ("connection", text(line.connection)),
        ("connection_requests", text(line.connection_requests)),
        ("possible_ray", text(line.possible_ray)),
        ("termination", text(line.termination)),
        ("server", line.server),
        ("user_agent", line.user_agent.map(String::from)),
        ("process", text(line.process)),
    ]
}

fn of_message(line: MessageLine) -> Vec<(&'static str, Option<String>)> {
    vec![
        ("time", text(line.time)),
        ("time_is_local", text(Some(line.time_is_local))),
        ("since_boot", line.since_boot.map(seconds)),
        ("level", line.level),
        ("program", line.program),
        ("process", text(line.process)),
        ("signature", line.signature.map(str::to_owned)),
        ("text", Some(line.text)),
        ("system_error", text(line.system_error)),
        ("action", line.action),
        ("ray", text(line.ray)),
        ("connection", text(line.connection)),
        ("client", text(line.client)),
        ("client_port", text(line.client_port)),
        ("request", line.request.map(|(method, target)| format!("{method} {target}"))),
        ("upstream", line.upstream),
        ("host", line.host),
        ("ray", text(line.ray)),
        ("target", line.target.as_ref().map(|target| target.text().to_owned())),
        ("about_process", text(line.about_process)),
        ("figure", text(line.figure)),
    ]
}

fn of_edge(record: EdgeRecord) -> Vec<(&'static str, Option<String>)> {
    vec![
        ("dataset", Some(format!("{:?}", record.dataset))),
        ("time", text(Some(record.start))),
        ("end", text(record.end)),
        ("ray", text(record.ray)),
        ("parent_ray", text(record.parent_ray)),
        ("status", text(record.edge_status)),
        ("origin_status", text(record.origin_status)),
        ("method", record.method),
        ("host", record.host),
        ("target", record.target),
        ("client", text(record.client_address)),
        ("country", record.country),
        ("colo", text(record.colo)),
        ("edge_address", text(record.edge_address)),
        ("origin_address", text(record.origin_address)),
        ("user_agent", record.user_agent),
        ("cache_status", record.cache_status),
        ("security_action", record.security_action),
        ("worker_status", record.worker_status),
        ("worker_subrequest", text(Some(record.worker_subrequest))),
        ("origin_response_time", record.origin_response_time.map(seconds)),
        ("origin_tcp_time", record.origin_tcp_time.map(seconds)),
        ("first_byte_time", record.edge_first_byte_time.map(seconds)),
        ("sample_interval", text(record.sample_interval)),
    ]
}

fn text(value: Option<impl ToString>) -> Option<String> {
    value.map(|value| value.to_string())
}

/// Seconds with as many digits as are needed: `0.402`.
fn seconds(duration: Duration) -> String {
    let nanoseconds = duration.nanoseconds();
    let (whole, rest) = (nanoseconds / 1_000_000_000, nanoseconds.unsigned_abs() % 1_000_000_000);
    format!("{whole}.{rest:09}").trim_end_matches('0').trim_end_matches('.').to_owned()
}
