//! Logs of applications: a line with an instant at its start in one of the usual forms, or without any where the message itself is
//! known (uWSGI, Node). Everything else goes on with the line before it: of a trace the exceptions are taken, the frames are passed over.

mod go_dump;
mod json;
mod mention;
mod opening;
mod said;
mod trace;

use self::go_dump::DumpLine;
pub use self::mention::peer_of_go;
pub use self::opening::{LineOpening, opening, severity};
use self::said::{go_died, node_died, of_opening};
pub use self::said::{of_passenger, parse_line, parse_text};
pub use self::trace::{Trace, exception};
use crate::facts::messages::{self, Program};
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::row::message::MessageLine;
use crate::logs::sample::Sample;
use crate::text::clock::LineClock;

/// The format.
#[derive(Clone, Copy, Debug, Default)]
pub struct ApplicationLog;

impl LineFormat for ApplicationLog {
    type Memory = Trace;

    fn detect(_: &Sample<'_>) -> Option<Self> {
        Some(ApplicationLog)
    }

    fn id(&self) -> &'static str {
        "application"
    }

    fn kind(&self) -> LogKind {
        LogKind::ErrorLog
    }

    fn parse(&self, line: &[u8], trace: &mut Trace, clock: &mut LineClock) -> Parsed {
        if let Some(row) = of_whole_line(line) {
            trace.begin(clock.collected());
            return Parsed::Message(row);
        }
        match trace.takes_dump(line, clock.collected()) {
            DumpLine::First => {
                return Parsed::Message(parse_text(line).at(clock.at_earliest()));
            }
            DumpLine::Telling => return Parsed::Cause(go_died()),
            DumpLine::Within => return Parsed::Skip(Skip::Continuation),
            DumpLine::Foreign => {}
        }
        if trace.tells_of_end(line) {
            return Parsed::Cause(node_died());
        }
        let known = messages::find(line, Some(Program::Application)).is_some();
        let exception = trace::exception(line);
        let belongs = trace.takes(line, exception.is_some(), clock.collected());
        if line.starts_with(b"# ") && !known {
            return Parsed::Skip(Skip::Comment);
        }
        let within = trace::is_within(line);
        if belongs
            && within
            && let Some((client, client_port)) = mention::peer_alone(line)
        {
            return Parsed::Cause(MessageLine {
                client: Some(client),
                client_port,
                ..MessageLine::default()
            });
        }
        if belongs && (exception.is_some() || within && known) {
            return Parsed::Cause(parse_text(exception.unwrap_or(line.trim_ascii())));
        }
        // A container's line without an instant of its own has the collector's.
        if known || exception.is_some() || !within && clock.collected().is_some() {
            match exception {
                Some(_) => trace.begin_with_exception(clock.collected()),
                None => trace.begin(clock.collected()),
            }
            return Parsed::Message(parse_text(line).at(clock.at_earliest()));
        }
        Parsed::Skip(Skip::Continuation)
    }
}

/// The row of a line that tells its instant; `None` where it tells none.
pub fn of_whole_line(line: &[u8]) -> Option<MessageLine> {
    json::parse(line).or_else(|| opening(line).map(|opening| of_opening(&opening)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::timestamp;
    use crate::time::Time;

    fn message(line: &str) -> MessageLine {
        match ApplicationLog.parse(line.as_bytes(), &mut Trace::default(), &mut LineClock::default()) {
            Parsed::Message(row) => row,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn squids_limit_of_connections_names_the_client_that_it_refuses() {
        let row =
            message("2026/11/17 08:01:01| WARNING: 172.68.10.9:41022 attempting more than 4 connections.");
        assert_eq!((row.client, row.client_port), (Some("172.68.10.9".parse().unwrap()), Some(41_022)));
        assert_eq!((row.signature, row.figure), (Some("squid-connections-limited"), Some(4)));
    }

    /// OpenSSL's messages end in a line feed, and who logs one with the client's address behind it has that on the next line. Without the client such a
    /// line tells of nobody's handshake.
    #[test]
    fn an_address_alone_behind_a_message_is_its_client() {
        let mut trace = Trace::default();
        let mut parse =
            |line: &str| ApplicationLog.parse(line.as_bytes(), &mut trace, &mut LineClock::default());
        let failed = "2026-11-17T08:01:01.909Z tlsClientError ERR_SSL_UNSUPPORTED_PROTOCOL 802C2905467F0000:error:0A000102:SSL \
                      routines:tls_early_post_process_client_hello:unsupported protocol:../deps/openssl/ssl/statem/statem_srvr.c:1664:";
        assert!(
            matches!(parse(failed), Parsed::Message(row) if row.signature == Some("tls-version-unshared"))
        );
        let Parsed::Cause(cause) = parse(" 172.71.22.165") else { panic!("no part of the message") };
        assert_eq!(cause.client, "172.71.22.165".parse().ok());
        assert_eq!(parse("    at Socket.<anonymous> (10.0.0.1)"), Parsed::Skip(Skip::Continuation));
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
            &mut Trace::default(),
            &mut LineClock::default(),
        );
        assert_eq!(traced, Parsed::Skip(Skip::Continuation));
    }

    #[test]
    fn go_logfmt_json_and_ruby_lines_are_read() {
        let go = message("2026/11/17 08:01:01 http: TLS handshake error from 172.68.10.9:41022: EOF");
        assert_eq!((go.signature, go.client_port), (Some("go-tls-handshake-failed"), Some(41022)));
        let late = message(
            "logger=context userId=1 t=2026-11-17T08:01:01.5Z level=error msg=\"database is locked\"",
        );
        assert_eq!(late.time, Time::parse_rfc3339("2026-11-17T08:01:01.5Z"));
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
        assert_eq!((ruby.process, ruby.level.as_deref()), (Some(7), Some("error")));
        let spring = message("2026-11-17T08:01:01.123Z ERROR 811 --- [nio-8080-exec-1] o.a.c.c.C : boom");
        assert_eq!((spring.process, spring.level.as_deref()), (Some(811), Some("error")));
        let passenger = message(
            "[ W 2026-11-17 08:01:01.1234 811/T3 age/Cor/Main.cpp:12 ]: [Client 1] Returning HTTP 503",
        );
        assert_eq!((passenger.process, passenger.level.as_deref()), (Some(811), Some("warning")));
    }

    /// Else a line that says which request failed is held against every failure of its moment.
    #[test]
    fn the_request_at_the_start_of_a_text_is_read_behind_whatever_a_logger_sets_before_it() {
        let knex = "Error: Knex: Timeout acquiring a connection. The pool is probably full.";
        let cart = Some(("GET".to_owned(), "/cart?id=1".to_owned()));
        for before in
            ["", "ERROR ", "ERROR: ", "[error]: ", "[7] [ERROR] ", "ERROR 811 --- [exec-1] ", "error - \""]
        {
            let row = message(&format!("2026-11-17T08:01:20.112Z {before}GET /cart?id=1 {knex}"));
            assert_eq!(
                (row.request, row.signature),
                (cart.clone(), Some("database-pool-used-up")),
                "{before}"
            );
        }
        let colon = message("2026-11-17T08:01:20.112Z GET /cart?id=1: timed out");
        assert_eq!(colon.request, cart);
        // What it asked of another.
        let other = message("2026-11-17T08:01:20.112Z ERROR request failed: GET /stock timed out");
        assert_eq!(other.request, None);
    }

    /// Otherwise nobody knows when a deploy stopped the application, since no other line of it has an instant.
    #[test]
    fn the_instant_at_the_end_of_what_puma_says_of_itself_is_read() {
        for line in [
            "[811] === puma shutdown: 2026-11-17 09:01:01 +0100 ===",
            "=== puma startup: 2026-11-17 09:01:01 +0100 ===",
        ] {
            let row = message(line);
            assert_eq!(
                (row.time, row.signature),
                (Time::parse_rfc3339("2026-11-17T08:01:01Z"), Some("puma-restarted"))
            );
            assert_eq!(row.text, line);
        }
    }

    #[test]
    fn an_instant_behind_the_severity_is_read() {
        let time = Time::parse_rfc3339("2026-11-17T08:01:20.112Z");
        for line in [
            "ERROR 2026-11-17 08:01:20,112 log 811 140 Internal Server Error: /cart",
            "ERROR: 2026-11-17 08:01:20.112 Internal Server Error: /cart",
            "[ERROR] 2026-11-17T08:01:20.112 Internal Server Error: /cart",
            "[error] [2026-11-17 08:01:20.112] Internal Server Error: /cart",
        ] {
            let row = message(line);
            assert_eq!((row.time, row.level.as_deref()), (time, Some("error")), "{line}");
            assert!(row.request.is_some() || row.target.is_some(), "{line}: {row:?}");
        }
    }

    #[test]
    fn a_trace_is_one_event_with_the_exception_in_it() {
        let (mut trace, mut clock) = (Trace::default(), LineClock::default());
        let mut event: Option<MessageLine> = None;
        for line in [
            "2026-11-17 08:01:01.123 ERROR [exec-1] Servlet.service() for servlet [shop] threw exception",
            "java.lang.IllegalStateException: boom",
            "\tat a.b.C.d(E.java:3)",
            "Caused by: java.lang.OutOfMemoryError: Java heap space",
            "\t... 12 more",
        ] {
            match (ApplicationLog.parse(line.as_bytes(), &mut trace, &mut clock), &mut event) {
                (Parsed::Message(row), None) => event = Some(row),
                (Parsed::Cause(cause), Some(row)) => row.caused_by(cause),
                (Parsed::Skip(Skip::Continuation), Some(_)) => {}
                other => panic!("{other:?}"),
            }
        }
        let event = event.unwrap();
        assert_eq!(event.time, Time::parse_rfc3339("2026-11-17T08:01:01.123Z"));
        assert_eq!((event.signature, event.level.as_deref()), (Some("java-out-of-memory"), Some("error")));
        assert!(event.text.ends_with("boom: java.lang.OutOfMemoryError: Java heap space"), "{}", event.text);
    }

    /// The events of lines that a collector took at these instants: when each began, and what was taken into it.
    fn collected(lines: &[(&str, &str)]) -> Vec<String> {
        let (mut trace, mut clock) = (Trace::default(), LineClock::default());
        let mut events: Vec<String> = Vec::new();
        for (at, line) in lines {
            let stamp = timestamp::iso(format!("2026-11-17T08:01:{at}Z").as_bytes()).map(|(stamp, _)| stamp);
            clock.set_collected(stamp);
            match ApplicationLog.parse(line.as_bytes(), &mut trace, &mut clock) {
                Parsed::Message(row) => events.push(format!("{at} {}", row.text)),
                Parsed::Cause(cause) => *events.last_mut().unwrap() += &format!(" < {}", cause.text),
                _ => {}
            }
        }
        events
    }

    /// Otherwise what a container says as it starts takes in all that its application fails at later, and each failure's own time is lost.
    #[test]
    fn where_a_collector_gives_each_line_its_instant_each_exception_is_an_event() {
        let frame = "    at Client_PG.acquireConnection (/app/node_modules/knex/lib/client.js:332:26)";
        let node = collected(&[
            ("00.000", "api up"),
            ("09.000", "KnexTimeoutError: the pool is full"),
            ("09.000", frame),
            ("09.010", "KnexTimeoutError: the pool is full"),
            ("09.010", frame),
            ("09.020", "Error: again"),
            ("09.020", "Error: once more"),
        ]);
        assert_eq!(
            node,
            [
                "00.000 api up",
                "09.000 KnexTimeoutError: the pool is full",
                "09.010 KnexTimeoutError: the pool is full",
                "09.020 Error: again",
                "09.020 Error: once more",
            ]
        );
        let traceback = "Traceback (most recent call last):";
        let python = collected(&[
            ("00.000", "Exception on /cart [GET]"),
            ("00.001", traceback),
            ("00.001", "  File \"/srv/app.py\", line 3, in x"),
            ("00.001", "KeyError: 'cart'"),
            ("00.001", "During handling of the above exception, another exception occurred:"),
            ("00.001", traceback),
            ("00.001", "ValueError: no cart"),
            ("00.020", traceback),
            ("00.020", "ValueError: another one"),
        ]);
        assert_eq!(
            python,
            [
                "00.000 Exception on /cart [GET] < KeyError: 'cart' < ValueError: no cart",
                "00.020 ValueError: another one",
            ]
        );
        let java = collected(&[
            ("00.000", "request failed"),
            ("00.000", "java.lang.IllegalStateException: boom"),
            ("00.000", "\tat a.b.C.d(E.java:3)"),
            ("00.000", "Caused by: java.lang.OutOfMemoryError: Java heap space"),
        ]);
        assert_eq!(java.len(), 1, "{java:?}");
    }

    /// Otherwise an event is torn apart where a collector's clock of whole seconds goes on within it.
    #[test]
    fn an_event_may_reach_into_the_next_second_of_a_collector_of_whole_ones() {
        let events = collected(&[
            ("01", "request failed"),
            ("02", "java.lang.IllegalStateException: boom"),
            ("04", "java.lang.IllegalStateException: again"),
        ]);
        assert_eq!(
            events,
            [
                "01 request failed < java.lang.IllegalStateException: boom",
                "04 java.lang.IllegalStateException: again",
            ]
        );
    }
}
