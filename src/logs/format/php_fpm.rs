//! php-fpm's log and PHP's own error log: `[17-Nov-2026 08:01:01] WARNING: [pool www] …`,
//! `[17-Nov-2026 08:01:01 UTC] PHP Fatal error:  …` (src: php-src sapi/fpm/fpm/zlog.c, main/main.c).

use crate::facts::messages::Program;
use crate::logs::line_format::{LineFormat, LogKind, Parsed, Skip};
use crate::logs::row::message::MessageLine;
use crate::logs::sample::Sample;
use crate::text::clock::LineClock;
use crate::text::line::{split_at_byte, split_at_sequence, text_within};
use crate::text::timestamp;

/// The format.
#[derive(Clone, Copy, Debug, Default)]
pub struct PhpFpm;

impl LineFormat for PhpFpm {
    type Memory = SlowTrace;

    fn detect(_: &Sample<'_>) -> Option<Self> {
        Some(PhpFpm)
    }

    fn id(&self) -> &'static str {
        "php_fpm"
    }

    fn kind(&self) -> LogKind {
        LogKind::ErrorLog
    }

    fn parse(&self, line: &[u8], trace: &mut SlowTrace, _: &mut LineClock) -> Parsed {
        if line.starts_with(b"# ") {
            return Parsed::Skip(Skip::Comment);
        }
        if let Some(cause) = trace.line(line) {
            return Parsed::Cause(cause);
        }
        match parse_line(line) {
            Some(row) => {
                trace.wanted = row.signature == Some("php-fpm-slow-trace");
                Parsed::Message(row)
            }
            None if line.starts_with(b"[") && line.get(3) == Some(&b'-') => Parsed::Skip(Skip::Unparsed),
            None => Parsed::Skip(Skip::Continuation),
        }
    }
}

/// Whether an entry of the slow log is read of which script and innermost frame are still to come.
#[derive(Clone, Copy, Debug, Default)]
pub struct SlowTrace {
    wanted: bool,
}

impl SlowTrace {
    /// What a line of the slow log adds: `script_filename = /x.php`, then the frame that the script waits in,
    /// `[0x00007f0c1a2b3c4d] curl_exec() /x.php:3` (src: php-src sapi/fpm/fpm/fpm_php_trace.c).
    fn line(&mut self, line: &[u8]) -> Option<MessageLine> {
        if !self.wanted {
            return None;
        }
        let script = line.strip_prefix(b"script_filename = ");
        let frame = || {
            let (_, frame) = split_at_sequence(line.strip_prefix(b"[0x")?, b"] ")?;
            Some(frame)
        };
        let text = match script {
            Some(script) => script,
            None => {
                let frame = frame()?;
                self.wanted = false;
                frame
            }
        };
        Some(MessageLine { text: text_within(text, 512), ..MessageLine::default() })
    }
}

/// The row of a line.
pub fn parse_line(line: &[u8]) -> Option<MessageLine> {
    let (stamp, rest) = timestamp::php(line.strip_prefix(b"[")?)?;
    // A zone's name may stand before the bracket closes.
    let (zone, message) = split_at_byte(rest, b']')?;
    if zone.len() > 40 {
        return None;
    }
    let mut row = parse_message(message.trim_ascii_start());
    row.time = Some(stamp.time);
    row.resolution = stamp.resolution;
    row.time_is_local = stamp.local;
    Some(row)
}

/// The row of what follows the instant; also what php-fpm sends to syslog.
pub fn parse_message(message: &[u8]) -> MessageLine {
    let (level, text) = match split_at_sequence(message, b": ") {
        Some((level @ (b"DEBUG" | b"NOTICE" | b"WARNING" | b"ERROR" | b"ALERT"), text)) => {
            (Some(level), text)
        }
        // To syslog it writes `[WARNING] …`.
        _ => match split_at_sequence(message, b"] ") {
            Some(([b'[', level @ ..], text))
                if matches!(level, b"NOTICE" | b"WARNING" | b"ERROR" | b"ALERT") =>
            {
                (Some(level), text)
            }
            _ => (None, message),
        },
    };
    let php = message.starts_with(b"PHP ");
    let program = if php { Program::Php } else { Program::PhpFpm };
    let mut row = MessageLine::of(text, Some(program));
    row.program = Some(if php { "php" } else { "php-fpm" }.to_owned());
    row.level = level.map(|level| text_within(level, 16).to_ascii_lowercase()).or_else(|| php_level(message));
    // `child 811, script '/x.php' (request: "GET /x.php?q=1") execution timed out`
    row.request = split_at_sequence(text, b"(request: \"")
        .and_then(|(_, rest)| split_at_byte(rest, b'"'))
        .and_then(|(request, _)| split_at_byte(request, b' '))
        .map(|(method, target)| (text_within(method, 64), crate::text::line::field_text(target)));
    row
}

/// `PHP Fatal error:  …`: the words between.
fn php_level(message: &[u8]) -> Option<String> {
    let (level, _) = split_at_byte(message.strip_prefix(b"PHP ")?, b':')?;
    (level.len() <= 32).then(|| text_within(level, 32).to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Time;

    #[test]
    fn pool_messages_give_process_and_limit() {
        let row = parse_line(b"[17-Nov-2026 08:01:01] WARNING: [pool www] server reached pm.max_children setting (50), consider raising it").unwrap();
        assert_eq!(row.time, Time::parse_rfc3339("2026-11-17T08:01:01Z"));
        assert!(row.time_is_local);
        assert_eq!(
            (row.level.as_deref(), row.signature, row.figure),
            (Some("warning"), Some("php-fpm-max-children"), Some(50))
        );
        let died = parse_line(b"[17-Nov-2026 08:01:01.123456] WARNING: [pool www] child 811 exited on signal 11 (SIGSEGV - core dumped) after 30.1 seconds from start").unwrap();
        assert_eq!((died.about_process, died.figure), (Some(811), Some(11)));
        let slow = parse_line(br#"[17-Nov-2026 08:01:01] WARNING: [pool www] child 811, script '/x.php' (request: "GET /x.php?q=1") execution timed out (30.5 sec), terminating"#).unwrap();
        assert_eq!(slow.request, Some(("GET".to_owned(), "/x.php?q=1".to_owned())));
        assert_eq!(slow.signature, Some("php-fpm-terminated"));
    }

    #[test]
    fn php_errors_have_zone_and_level_and_traces_go_on_quietly() {
        let row = parse_line(
            b"[17-Nov-2026 08:01:01 UTC] PHP Fatal error:  Allowed memory size of 5 bytes exhausted in /x",
        )
        .unwrap();
        assert!(!row.time_is_local);
        assert_eq!(
            (row.level.as_deref(), row.signature),
            (Some("fatal error"), Some("php-memory-exhausted"))
        );
        assert!(parse_line(b"[17-Nov-2026 08:01:01 Europe/Berlin] PHP Warning:  x").unwrap().time_is_local);
        assert_eq!(
            PhpFpm.parse(b"Stack trace:", &mut SlowTrace::default(), &mut LineClock::default()),
            Parsed::Skip(Skip::Continuation)
        );
    }
}
