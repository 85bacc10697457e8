//! Logs of applications: a line with an instant at its start in one of the usual forms, or without any where the message itself is
//! known (uWSGI, Node). Everything else goes on with the line before it.

use crate::facts::messages::{self, Program};
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::row::message::{MessageLine, system_error};
use crate::logs::sample::Sample;
use crate::text::clock::LineClock;
use crate::text::json::Scalar;
use crate::text::line::split_at_sequence;
use crate::text::number::leading_integer;
use crate::text::timestamp::{self, Stamp};

/// The format.
#[derive(Clone, Copy, Debug, Default)]
pub struct ApplicationLog;

impl LineFormat for ApplicationLog {
    type Memory = ();

    fn detect(_: &Sample<'_>) -> Option<Self> {
        Some(ApplicationLog)
    }

    fn id(&self) -> &'static str {
        "application"
    }

    fn kind(&self) -> LogKind {
        LogKind::ErrorLog
    }

    fn parse(&self, line: &[u8], (): &mut (), _: &mut LineClock) -> Parsed {
        if line.starts_with(b"# ") {
            return Parsed::Skip(Skip::Comment);
        }
        if let Some(row) = json(line) {
            return Parsed::Message(row);
        }
        match opening(line) {
            Some((stamp, rest)) => Parsed::Message(parse_text(rest).at(Some(stamp))),
            None if messages::find(line, Some(Program::Application)).is_some() => {
                Parsed::Message(parse_text(line))
            }
            None => Parsed::Skip(Skip::Continuation),
        }
    }
}

/// The instant at the start of a line, bare or in brackets, or as logfmt's `time="…"`, and what follows it.
fn opening(line: &[u8]) -> Option<(Stamp, &[u8])> {
    let inner = line.strip_prefix(b"[").unwrap_or(line);
    let inner = ["time=", "ts=", "timestamp="]
        .iter()
        .find_map(|key| inner.strip_prefix(key.as_bytes()))
        .map_or(inner, |value| value.strip_prefix(b"\"").unwrap_or(value));
    let (stamp, rest) = timestamp::iso(inner)
        .or_else(|| timestamp::common_log(inner))
        .or_else(|| timestamp::php(inner))
        .or_else(|| ruby(inner))?;
    let rest = rest.trim_ascii_start();
    let rest = rest.strip_prefix(b"]").or_else(|| rest.strip_prefix(b"\"")).unwrap_or(rest);
    Some((stamp, rest.trim_ascii_start()))
}

/// Ruby's `E, [2026-11-17T08:01:01.123 #811]`.
fn ruby(text: &[u8]) -> Option<(Stamp, &[u8])> {
    let (letter, rest) = text.split_first()?;
    let inner = rest.strip_prefix(b", [")?;
    letter.is_ascii_uppercase().then(|| timestamp::iso(inner)).flatten()
}

/// The row of an application's text without its instant.
pub fn parse_text(text: &[u8]) -> MessageLine {
    let mut row = MessageLine::of(text, Some(Program::Application));
    row.level = level_of(text).map(str::to_owned);
    row.system_error = system_error(text);
    // gunicorn: `[7] [CRITICAL] …`: the writer's own process.
    row.process = text
        .strip_prefix(b"[")
        .and_then(leading_integer)
        .filter(|(_, rest)| rest.starts_with(b"]"))
        .and_then(|(process, _)| u32::try_from(process).ok());
    // Go: `http: TLS handshake error from IP:PORT: …`
    if let Some((_, rest)) =
        split_at_sequence(text, b" error from ").or_else(|| split_at_sequence(text, b"panic serving "))
        && let Some((peer, _)) = split_at_sequence(rest, b": ")
        && let Some((client, port)) = crate::text::address::address_and_port(peer)
    {
        row.client = Some(client);
        row.client_port = port;
    }
    if let Some(id) = row.signature {
        row.program = messages::by_id(id).map(|signature| program_name(signature.program).to_owned());
    }
    row
}

fn program_name(program: Program) -> &'static str {
    match program {
        Program::Nginx => "nginx",
        Program::Apache => "apache",
        Program::Haproxy => "haproxy",
        Program::GoProxy => "proxy",
        Program::Lighttpd => "lighttpd",
        Program::Varnish => "varnish",
        Program::LiteSpeed => "litespeed",
        Program::PhpFpm => "php-fpm",
        Program::Php => "php",
        Program::Gunicorn => "gunicorn",
        Program::Uwsgi => "uwsgi",
        Program::Node => "node",
        Program::Java => "java",
        Program::Go => "go",
        Program::Ruby => "ruby",
        Program::Cloudflared => "cloudflared",
        Program::Kernel => "kernel",
        Program::Systemd => "systemd",
        Program::Application => "application",
    }
}

/// A severity among the first words, or `level=…`.
fn level_of(text: &[u8]) -> Option<&'static str> {
    const LEVELS: [(&str, &str); 14] = [
        ("critical", "critical"),
        ("emergency", "emerg"),
        ("warning", "warning"),
        ("notice", "notice"),
        ("severe", "error"),
        ("error", "error"),
        ("fatal", "fatal"),
        ("debug", "debug"),
        ("trace", "debug"),
        ("warn", "warning"),
        ("info", "info"),
        ("crit", "critical"),
        ("inf", "info"),
        ("err", "error"),
    ];
    let head = text.get(..96).unwrap_or(text);
    let words = head.split(|byte| !byte.is_ascii_alphabetic()).filter(|word| word.len() >= 3).take(6);
    for word in words {
        if let Some((_, level)) = LEVELS.iter().find(|(name, _)| word.eq_ignore_ascii_case(name.as_bytes())) {
            return Some(level);
        }
    }
    None
}

/// An object of a structured logger: `time`/`ts`/`timestamp`, `level`/`severity`, `msg`/`message`/`log`.
fn json(line: &[u8]) -> Option<MessageLine> {
    #[derive(serde::Deserialize)]
    struct LoggerObject<'a> {
        #[serde(borrow, default)]
        time: Scalar<'a>,
        #[serde(borrow, default)]
        ts: Scalar<'a>,
        #[serde(borrow, default)]
        timestamp: Scalar<'a>,
        #[serde(borrow, default, rename = "@timestamp")]
        at_timestamp: Scalar<'a>,
        #[serde(borrow, default)]
        level: Scalar<'a>,
        #[serde(borrow, default)]
        severity: Scalar<'a>,
        #[serde(borrow, default)]
        msg: Scalar<'a>,
        #[serde(borrow, default)]
        message: Scalar<'a>,
        #[serde(borrow, default)]
        error: Scalar<'a>,
        #[serde(borrow, default)]
        pid: Scalar<'a>,
    }
    if !line.starts_with(b"{") {
        return None;
    }
    let fields: LoggerObject<'_> = serde_json::from_slice(line).ok()?;
    let stamp =
        [&fields.time, &fields.ts, &fields.timestamp, &fields.at_timestamp].into_iter().find_map(stamp)?;
    let mut text = fields.msg.filled().or(fields.message.filled())?.to_owned();
    if let Some(error) = fields.error.filled() {
        text.push_str(": ");
        text.push_str(error);
    }
    let mut row = parse_text(text.as_bytes()).at(Some(stamp));
    row.level = fields.level.filled().or(fields.severity.filled()).map(str::to_ascii_lowercase).or(row.level);
    row.process = fields.pid.number().or(row.process);
    Some(row)
}

fn stamp(value: &Scalar<'_>) -> Option<Stamp> {
    match value {
        Scalar::Text(text) => timestamp::any(text.as_bytes()),
        Scalar::Integer(number) => timestamp::epoch_number(*number),
        Scalar::Float(seconds) => timestamp::epoch(format!("{seconds:.6}").as_bytes()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Time;

    fn message(line: &str) -> MessageLine {
        match ApplicationLog.parse(line.as_bytes(), &mut (), &mut LineClock::default()) {
            Parsed::Message(row) => row,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn gunicorn_lines_name_the_worker_and_the_instant_with_its_zone() {
        let row = message("[2026-11-17 09:01:01 +0100] [7] [CRITICAL] WORKER TIMEOUT (pid:811)");
        assert_eq!((row.time, row.time_is_local), (Time::parse_rfc3339("2026-11-17T08:01:01Z"), false));
        assert_eq!((row.signature, row.about_process), (Some("gunicorn-worker-timeout"), Some(811)));
        assert_eq!(
            (row.process, row.level.as_deref(), row.program.as_deref()),
            (Some(7), Some("critical"), Some("gunicorn"))
        );
    }

    #[test]
    fn known_messages_count_without_an_instant() {
        let row = message("DAMN ! worker 3 (pid: 811) died, killed by signal 9 :( trying respawn ...");
        assert_eq!((row.time, row.signature, row.figure), (None, Some("uwsgi-worker-died"), Some(9)));
        assert_eq!(
            message("FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory")
                .signature,
            Some("node-heap-out-of-memory")
        );
        let traced = ApplicationLog.parse(
            b"    at Object.<anonymous> (/srv/app.js:3:9)",
            &mut (),
            &mut LineClock::default(),
        );
        assert_eq!(traced, Parsed::Skip(Skip::Continuation));
    }

    #[test]
    fn go_logfmt_json_and_ruby_lines_are_read() {
        let go = message("2026/11/17 08:01:01 http: TLS handshake error from 172.68.10.9:41022: EOF");
        assert_eq!((go.signature, go.client_port), (Some("go-tls-handshake-failed"), Some(41022)));
        let logfmt = message(r#"time="2026-11-17T08:01:01Z" level=warning msg="slow""#);
        assert_eq!((logfmt.level.as_deref(), logfmt.time_is_local), (Some("warning"), false));
        let json = message(
            r#"{"time":"2026-11-17T08:01:01.5Z","level":"ERROR","pid":7,"msg":"Error: EMFILE: too many open files"}"#,
        );
        assert_eq!(
            (json.signature, json.process, json.level.as_deref()),
            (Some("node-files-used-up"), Some(7), Some("error"))
        );
        let ruby = message(
            "E, [2026-11-17T08:01:01.123456 #7] ERROR -- : worker=1 PID:811 timeout (61s > 60s), killing",
        );
        assert_eq!((ruby.signature, ruby.about_process), (Some("unicorn-worker-timeout"), Some(811)));
    }
}
