//! java.util.logging as it comes (SimpleFormatter; Tomcat started by hand, Jetty, Java's own server): the instant and who logs it on one line,
//! `LEVEL: message` on the next, and a trace behind it.

use crate::facts::messages::Program;
use crate::logs::format::application::{exception, parse_text, severity};
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::row::message::MessageLine;
use crate::logs::sample::Sample;
use crate::text::clock::LineClock;
use crate::text::line::split_at_sequence;
use crate::text::timestamp;

/// The format.
#[derive(Clone, Copy, Debug)]
pub struct JavaUtilLogging;

impl LineFormat for JavaUtilLogging {
    type Memory = ();

    fn detect(sample: &Sample<'_>) -> Option<Self> {
        sample.lines.iter().any(|line| head(line).is_some()).then_some(JavaUtilLogging)
    }

    fn id(&self) -> &'static str {
        "java_util_logging"
    }

    fn kind(&self) -> LogKind {
        LogKind::ErrorLog
    }

    fn parse(&self, line: &[u8], (): &mut (), _: &mut LineClock) -> Parsed {
        if let Some(row) = head(line) {
            return Parsed::Message(row);
        }
        if let Some(row) = message(line) {
            return Parsed::Cause(row);
        }
        match exception(line) {
            Some(exception) => Parsed::Cause(MessageLine::of(exception, Some(Program::Java))),
            None => Parsed::Skip(Skip::Continuation),
        }
    }
}

/// The first line of a record: `Nov 17, 2026 8:01:01 AM org.apache.coyote.http11.Http11Processor service`.
fn head(line: &[u8]) -> Option<MessageLine> {
    let (stamp, rest) = timestamp::java(line)?;
    let row = MessageLine::of(rest.strip_prefix(b" ")?.trim_ascii(), Some(Program::Java));
    Some(MessageLine { program: Some("java".to_owned()), ..row }.at(Some(stamp)))
}

/// The second: `SEVERE: message`.
fn message(line: &[u8]) -> Option<MessageLine> {
    let (level, text) = split_at_sequence(line, b": ")?;
    let level = severity(level)
        .or_else(|| matches!(level, b"CONFIG" | b"FINE" | b"FINER" | b"FINEST").then_some("debug"))?;
    Some(MessageLine { level: Some(level.to_owned()), ..parse_text(text) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Time;

    #[test]
    fn a_record_of_two_lines_is_one_message_with_its_time_and_request() {
        let parse = |line: &str| JavaUtilLogging.parse(line.as_bytes(), &mut (), &mut LineClock::default());
        let Parsed::Message(mut row) = parse("Nov 17, 2026 8:01:01 PM com.acme.web.App service") else {
            panic!()
        };
        let text = "SEVERE: GET /cart failed: java.sql.SQLTransientConnectionException: HikariPool-1 - Connection is not available, request timed out after 2500ms.";
        let Parsed::Cause(cause) = parse(text) else { panic!() };
        row.caused_by(cause);
        assert_eq!(row.time, Time::parse_rfc3339("2026-11-17T20:01:01Z"));
        assert_eq!((row.level.as_deref(), row.time_is_local), (Some("error"), true));
        assert_eq!(row.request, Some(("GET".to_owned(), "/cart".into())));
        assert!(row.signature.is_some(), "{row:?}");
    }

    #[test]
    fn noon_and_midnight_are_told_apart() {
        let hour = |text: &str| timestamp::java(text.as_bytes()).map(|(stamp, _)| stamp.time);
        assert_eq!(hour("Nov 17, 2026 12:00:00 AM x"), Time::parse_rfc3339("2026-11-17T00:00:00Z"));
        assert_eq!(hour("Nov 17, 2026 12:00:00 PM x"), Time::parse_rfc3339("2026-11-17T12:00:00Z"));
        assert_eq!(hour("Nov 17, 2026 13:00:00 PM x"), None);
    }
}
